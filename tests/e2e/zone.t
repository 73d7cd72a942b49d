#!/bin/sh
# fodns-decide -o zone: the answers as a master file, loaded by other servers, which then answer as fodns-serve does.
# shellcheck disable=SC2016 # dollars of zone files
. "$(dirname "$0")/../lib.sh"
PATH=$PATH:/usr/sbin:/sbin

dns=$(free_port) nsd=$(free_port) named=$(free_port)
cat >"$T/fodns.yaml" <<E2
state_dir: $T/state
dns: {listen_ip: 127.0.0.1, listen_port: $dns, resolve_cache_ttl: 5}
zones:
  - name: failover
    fallback_ttl: 30
    soa: {mname: ns1.failover., rname: host.failover., refresh: 601, retry: 602, expire: 603603, minimum: 4}
    ns: [ns1.failover., ns2.failover.]
    records: |
      ns1 A 192.0.2.53
      ns2 300 AAAA 2001:db8::53
      @ MX 10 mail
      mail A 192.0.2.25
      mail A 192.0.2.26
      plain TXT "a;b" "q\"uote" "back\\\\slash" "\000\009\195\188" "(open"
      long TXT "$(printf '%0250d' 7)" "$(printf '%0250d' 8)"
      \\\$odd TXT "dollar"
      q\"uote.a TXT "quote"
      \@ TXT "at"
      semi\;colon TXT "semi"
      par\(en\).x TXT "paren"
      dot\.ted TXT "one label"
      \032space TXT "space"
      back\\\\slash TXT "backslash"
      alias CNAME \$odd
      quoted CNAME q\"uote.a
      *.wild A 192.0.2.77
      h HTTPS 1 . alpn=h2
      caa CAA 0 issue "ca.example; policy=ev"
      unknown TYPE65280 \# 2 abcd
      naptr NAPTR 100 10 "u" "E2U+sip" "!^.*\$!sip:info@example.com!" .
      tlsa TLSA 3 1 1 ABCDEF00112233445566778899aabbccddeeff00112233445566778899aabbcc
      hinfo HINFO "a b" "c\"d"
      loc LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
      sshfp SSHFP 4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789
      rp RP host.failover. plain
      _x._tcp SRV 1 2 443 mail
    domains:
      failover:
        fallback: [192.0.2.1]
        monitor: {targets: [{ip: 10.10.10.249, port: 80}]}
      web.failover:
        fallback: ["10.10.10.254", "2001:db8::fe"]
        monitor: {targets: [{ip: 10.10.10.250, port: 80}, {ip: 10.10.10.251, port: 80}, {ip: "2001:db8::250", port: 80}]}
      down.failover:
        fallback: ["10.10.10.254", "2001:db8::fe"]
        monitor: {targets: [{ip: 10.10.10.240, port: 80}]}
      silent.failover:
        fallback: ["10.10.10.253"]
        monitor: {targets: [{ip: 10.10.10.241, port: 80}]}
      empty.failover:
        server: {on_all_down: nodata}
        monitor: {targets: [{ip: 10.10.10.242, port: 80}]}
      many.failover:
        server: {on_silence: all}
        monitor: {targets: [$(seq -s ', ' -f '{ip: 10.11.0.%g, port: 80}' 12)]}
      cname.failover:
        server: {on_silence: all}
        monitor: {targets: [{type: CNAME, value: us.example.net, port: 443}, {type: CNAME, value: EU.example.net, port: 443}]}
      inside.failover:
        fallback: ["192.0.2.254"]
        monitor: {targets: [{type: CNAME, value: host.failover, port: 443}]}
      _sip._udp.failover:
        fallback: ["30 0 5060 sip9.example.net"]
        monitor: {targets: [{type: SRV, value: 10 5 5060 sip1.example.net}]}
      txt.failover:
        fallback: ['"no;ne" "at \"all\\\\" "\195\188"']
        monitor: {targets: [{type: TXT, value: 'v=1; a', check_ip: 192.0.2.1, port: 80}]}
  - name: other.example
    domains:
      www.other.example: {fallback: [10.1.1.1], monitor: {targets: [{ip: 10.10.10.250, port: 80}]}}
E2
FODNS_CONFIG=$T/fodns.yaml
export FODNS_CONFIG
cd "$T" || exit 1
# tell DOMAIN TARGET_IP STATUS: a report of now into the state
tell() {
	printf '{"agent_id":"a1","timestamp":"%s","check_name":"%s:%s:80","domain":"%s","type":"tcp","target_ip":"%s","port":80,"status":"%s"}\n' \
		"$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$1" "$2" "$1" "$2" "$3" | fodns-report -s "$T/state"
}
exits 75 'no state: nothing is judged' fodns-decide -o zone
is "$out" '' 'and no file is begun'
tell web.failover 10.10.10.250 ok
tell web.failover 10.10.10.251 ok
tell web.failover 2001:db8::250 ok
tell down.failover 10.10.10.240 fail
tell empty.failover 10.10.10.242 fail
tell failover 10.10.10.249 fail

exits 0 'done, although domains are down' fodns-decide -o zone
is "$(printf '%s\n' "$out" | grep -c '^\$ORIGIN')" 2 'two zones, one after the other'
before=$(date +%s)
exits 0 'one zone' fodns-decide -o zone Failover.
printf '%s\n' "$out" >failover.zone
is "$(grep -c '[$]ORIGIN' failover.zone)" 1 'that one only'
serial=$(awk '$4 == "SOA" {print $7}' failover.zone)
[ "$serial" -ge "$before" ] && [ "$serial" -le "$(date +%s)" ]
ok $? 'its serial is the time'
like "$out" '^; empty[.]failover[.] A: no answer$' 'what is not answered is a comment'
like "$out" '^; cname[.]failover[.] CNAME: or us[.]example[.]net[.]$' 'and so is a second alias'
like "$out" '^; many[.]failover[.] A: fodns-serve gives 8 of these 12 a reply$' 'and what the server chooses by reply'
like "$out" '^down[.]failover[.]	30	IN	A	10[.]10[.]10[.]254 ; fallback$' 'where the answer is from stands behind it'
unlike "$out" '^; (web|down|inside)[.]' 'what is as it should be needs no word'
exits 0 'the other' fodns-decide -o zone other.example
printf '%s\n' "$out" >other.zone
exits 0 'a domain' fodns-decide -o zone WEB.failover
is "$out" 'web.failover.	5	IN	A	10.10.10.250
web.failover.	5	IN	A	10.10.10.251
web.failover.	5	IN	AAAA	2001:db8::250' 'is its records alone'
exits 2 'what is neither' fodns-decide -o zone wbe.failover
like "$err" 'wbe[.]failover: no such zone or domain in .*did you mean web[.]failover' 'is corrected'
at=$(date -u -d '+1 second' +%Y-%m-%dT%H:%M:%SZ)
sleep 1.1
is "$(fodns-decide -o zone --at "$at" | md5sum)" "$(fodns-decide -o zone --at "$at" | md5sum)" 'of one instant it is always the same'

exits 0 'BIND finds nothing wrong' named-checkzone -i none -k fail failover failover.zone
exits 0 'nor in the other zone' named-checkzone other.example other.zone
exits 0 'NSD does not either' nsd-checkzone failover failover.zone
is "$err" '' 'and has nothing to say'

# ---- real servers of both, and ours: every name is answered the same
cat >nsd.conf <<E2
server:
  ip-address: 127.0.0.1@$nsd
  zonesdir: "$T"
  database: ""
  username: ""
  chroot: ""
  logfile: "$T/nsd.log"
  pidfile: "$T/nsd.pid"
  xfrdfile: "$T/xfrd.state"
  zonelistfile: "$T/zone.list"
  xfrdir: "$T"
remote-control:
  control-enable: no
zone:
  name: failover
  zonefile: failover.zone
zone:
  name: other.example
  zonefile: other.zone
E2
cat >named.conf <<E2
options {
	directory "$T"; pid-file none; session-keyfile none; lock-file none; recursion no; notify no; minimal-responses yes;
	listen-on port $named { 127.0.0.1; }; listen-on-v6 { none; }; allow-query { any; }; empty-zones-enable no;
};
controls { };
zone "failover" { type primary; file "failover.zone"; check-integrity no; };
zone "other.example" { type primary; file "other.zone"; };
E2
spawn nsd -d -c "$T/nsd.conf" 2>nsd.err
spawn named -f -g -n 1 -c "$T/named.conf" 2>named.err
spawn fodns-serve -c "$T/fodns.yaml" 2>serve.log
# told PORT NAME TYPE: status and records with their TTLs, sorted; names in lower case
told() {
	dig +norec +noall +comments +answer +time=2 +tries=2 @127.0.0.1 -p "$1" "$2" "$3" |
		sed -n 's/.*status: \([A-Z]*\),.*/\1/p; /^[^;]/p' | tr 'A-Z\t' 'a-z ' | tr -s ' ' | sort
}
known() { told "$1" ns1.failover A | grep -q 192.0.2.53; }
for s in "$dns" "$nsd" "$named"; do
	wait_for 20 known "$s"
	ok $? "the server on port $s is there"
done
wait_for 10 answered "$dns" web.failover '10.10.10.250 10.10.10.251'
ok $? 'ours knows the reports'
# all PORT: the same of each line of `questions`, with its number in front
all() {
	dig +norec +noall +comments +answer +time=2 +tries=2 @127.0.0.1 -p "$1" -f questions |
		awk '/status: / {n++; sub(/.*status: /, ""); sub(/,.*/, ""); print n, $0} /^[^;]/ {print n, $0}' |
		tr 'A-Z\t' 'a-z ' | tr -s ' ' | sort
}
for name in failover web.failover down.failover silent.failover inside.failover _sip._udp.failover txt.failover \
	www.other.example ns1.failover ns2.failover mail.failover plain.failover long.failover '\$odd.failover' \
	'q\"uote.a.failover' '\@.failover' 'semi\;colon.failover' 'par\(en\).x.failover' 'dot\.ted.failover' \
	'\032space.failover' 'back\\slash.failover' alias.failover x.wild.failover h.failover caa.failover \
	unknown.failover naptr.failover tlsa.failover hinfo.failover loc.failover sshfp.failover rp.failover \
	_x._tcp.failover other.example ns.other.example nosuch.failover wild.failover; do
	for type in A AAAA TXT SRV MX CAA HTTPS TYPE65280 NAPTR TLSA HINFO LOC SSHFP RP NS; do
		printf '%s %s\n' "$name" $type
	done
done >questions
for name in inside.failover alias.failover quoted.failover; do printf '%s CNAME\n' $name; done >>questions
all "$dns" >ours
for s in nsd named; do
	eval "_port=\$$s"
	all "$_port" >"theirs.$s"
	differs=$(diff ours "theirs.$s" | sed -n 's/^[<>] \([0-9]*\) .*/\1/p' | sort -un | wc -l)
	is "$differs of $(grep -c . questions) differ" "0 of $(grep -c . questions) differ" "$s answers as ours does" ||
		note "$(diff ours "theirs.$s" | head -n 20)"
done
[ "$(cut -d' ' -f1 ours | sort -u | wc -l)" = "$(grep -c . questions)" ] && [ "$(grep -c . questions)" -gt 500 ]
ok $? 'each question has its answer, and they are many'
like "$(told "$named" cname.failover CNAME)" 'cname.failover. 5 in cname eu.example.net.' 'of two aliases the first is in the zone'
is "$(told "$named" many.failover A | grep -c 10.11.0.)" 12 'and of many addresses all'
for s in "$nsd" "$named"; do
	is "$(dig +norec +short @127.0.0.1 -p "$s" failover SOA | cut -d' ' -f1,2,4-)" \
		"$(dig +norec +short @127.0.0.1 -p "$dns" failover SOA | cut -d' ' -f1,2,4-)" 'the SOA is ours but for the serial'
done
done_testing
