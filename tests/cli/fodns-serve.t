#!/bin/sh
# fodns-serve on decision lines of a file and a pipe, asked by dig and by hand-made packets.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

port=$(free_port)
zone='{"type":"zone","zone":"failover.","soa":{"mname":"ns.failover.","rname":"hostmaster.failover.","serial":7,"refresh":3600,"retry":600,"expire":86400,"minimum":5},"ns":["ns.failover."]}'
server() { echo '{"type":"server","gen":'"$1"',"listen":['"$2"'],"threads":2,"config":"0123456789abcdef"}'; }
# decision NAME A AAAA
decision() {
	echo '{"type":"decision","at":"2026-11-22T10:00:00.000Z","domain":"'"$1"'","rrsets":{"A":{"answers":['"$2"'],"ttl":5,"source":"live"},"AAAA":{"answers":['"$3"'],"ttl":5,"source":"none"}},"since":"2026-11-22T10:00:00.000Z","targets":[],"next":null}'
}
many=$(i=0; while [ $i -lt 60 ]; do printf '%s"10.9.0.%d"' "${sep-}" $i; sep=,; i=$((i + 1)); done)
generation() { # generation ADDRESS-OF-WEB
	echo "$zone"
	echo '{"type":"rr","zone":"failover.","owner":"ns.failover.","rrtype":"A","ttl":60,"rdata":"192.0.2.53","wire":"c0000235"}'
	echo '{"type":"rr","zone":"failover.","owner":"txt.failover.","rrtype":"TXT","ttl":60,"rdata":"\"hi\"","wire":"026869"}'
	decision web.failover "$1" ""
	decision a.deep.failover "" '"2001:db8::1"'
	decision unheard.failover '"10.0.0.9"' "" |
		sed 's/"source":"live"/"source":"fallback"/; s/"targets":\[\]/"targets":[{"ip":"10.0.0.1","port":80,"state":"unknown","ok":0,"fail":0,"missing":1}]/'
	decision many.failover "$many" "" | sed 's/"ttl":5,/"ttl":5,"max":60,/'
	echo '{"type":"ready","gen":'"$2"',"lines":7}'
}
{
	server 1 "\"127.0.0.1@$port\""
	generation '"10.0.0.1","10.0.0.2"' 1
} >"$T/stream"

spawn fodns-serve --decisions "$T/stream" -s "$T/state" 2>"$T/log"
serve=$pid
wait_for 10 grep -q serving "$T/log"
like "$(cat "$T/log")" "^fodns-serve: serving [0-9]+ names of 1 zone on 127.0.0.1@$port\$" "says what it serves, and where"

# ask NAME TYPE [dig options]: status, flags, counts, then the records
ask() { dig +tries=1 +time=2 +noall +comments +answer +authority +additional @127.0.0.1 -p "$port" "$@" 2>/dev/null | tr '\t' ' ' | tr -s ' '; }
status_of() { ask "$@" | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }

is "$(answers "$port" web.failover)" "10.0.0.1 10.0.0.2" "A"
like "$(ask web.failover A)" 'flags: qr aa rd; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1' "AA, RD copied, nothing beside the answer"
like "$(ask web.failover A)" '^web.failover. 5 IN A 10.0.0.1$' "with its TTL"
like "$(ask web.failover AAAA)" 'status: NOERROR' "AAAA that is not there: NOERROR"
like "$(ask web.failover AAAA)" '^failover. 5 IN SOA ns.failover. hostmaster.failover. 7 3600 600 86400 5$' "with the SOA"
like "$(ask nobody.failover A)" 'status: NXDOMAIN' "a name that is not there: NXDOMAIN"
like "$(ask nobody.failover A)" '^failover. 5 IN SOA' "with the SOA"
is "$(status_of deep.failover A)" NOERROR "an empty non-terminal exists"
like "$(ask failover SOA)" '^failover. 5 IN SOA' "SOA"
like "$(ask failover NS)" '^failover. 3600 IN NS ns.failover.' "NS"
like "$(ask failover NS)" '^ns.failover. 60 IN A 192.0.2.53' "with the address of a name server in the zone"
is "$(answers "$port" txt.failover TXT)" '"hi"' "a static record"
is "$(status_of example.com A)" REFUSED "outside: REFUSED"
unlike "$(ask example.com A)" 'flags:.* aa' "without AA"
is "$(status_of . NS)" REFUSED "the root: REFUSED, not silence"
is "$(status_of failover AXFR +tcp)" REFUSED "AXFR"
is "$(status_of failover ANY +notcp)" NOERROR "ANY"
is "$(status_of version.bind TXT -c CH)" REFUSED "CHAOS"
is "$(status_of failover SOA +opcode=notify)" NOTIMP "NOTIFY"
is "$(status_of failover SOA +opcode=update)" NOTIMP "UPDATE"
is "$(status_of web.failover A +edns=1 +noednsneg)" BADVERS "EDNS version 1"
like "$(ask web.failover A +dnssec)" 'EDNS: version: 0, flags: do; udp: 1232' "DO comes back"
like "$(ask web.failover A +nsid)" "^; NSID: .*\(\"$(hostname)\"\)" "NSID: the host's name"
unlike "$(ask web.failover A +nonsid +nocookie)" 'NSID|COOKIE|KEEPALIVE|EDE' "no option unasked"
cookie=$(ask web.failover A +cookie=0102030405060708 | sed -n 's/^; COOKIE: \([0-9a-f]*\) (good)$/\1/p')
like "$cookie" '^010203040506070801000000[0-9a-f]{24}$' "a cookie (RFC 9018)"
like "$(ask web.failover A "+cookie=$cookie" +header-only)" 'status: NOERROR' "a cookie without a question"
like "$(ask web.failover A "+cookie=${cookie%?????}00000" +header-only)" 'BADCOOKIE, retrying' "a wrong one: BADCOOKIE"
like "$(ask web.failover A +tcp +keepalive)" 'TCP KEEPALIVE: 15.0' "TCP: how long a connection may idle"
unlike "$(ask web.failover A +keepalive)" 'KEEPALIVE' "never over UDP"
like "$(ask example.com A)" 'EDE: 20 \(Not Authoritative\)' "a refusal says why"
like "$(ask unheard.failover A)" 'EDE: 14 \(Not Ready\): \(no fresh reports\)' "before the first report: Not Ready"
unlike "$(ask web.failover A +noedns)" 'OPT' "no OPT unasked"
like "$(ask many.failover A +noedns +ignore)" 'flags: qr aa tc rd; QUERY: 1, ANSWER: 0' "too long for 512 bytes: TC, empty"
like "$(ask many.failover A +bufsize=4096)" 'flags: qr aa rd; QUERY: 1, ANSWER: 60' "60 fit into 1232"
like "$(ask many.failover A +noedns)" 'ANSWER: 60' "and over TCP"
is "$(status_of wEb.FaIlOvEr A)" NOERROR "letter case does not matter"
like "$(dig +tries=1 +time=2 @127.0.0.1 -p "$port" wEb.FaIlOvEr A | tr '\t' ' ' | tr -s ' ')" '^wEb.FaIlOvEr. 5 IN A' "and comes back"

# raw packets; q: web.failover A with id 0001
raw() { "$TOOLS/dnsraw" "$@"; }
name=03776562086661696c6f76657200
q=000101000001000000000000${name}00010001
is "$(raw -n 1 127.0.0.1 "$port" "00018100${q#00010100}" "$(printf %s "$q" | sed 's/^0001/0002/')" | cut -c1-8)" 00028500 \
    "a reply is not answered, a query behind it is"
is "$(raw -n 1 127.0.0.1 "$port" 0001010000010000000000 "$(printf %s "$q" | sed 's/^0001/0003/')" | cut -c1-8)" 00038500 "11 bytes are not answered"
is "$(raw 127.0.0.1 "$port" 000101000001000000000000c00c00010001 | cut -c1-8)" 00018101 "a pointer for a name: FORMERR"
is "$(raw 127.0.0.1 "$port" "00010100000200000000000${q#00010100000100000000000}" | cut -c1-8)" 00018101 "two questions: FORMERR"
two=$(raw -t 127.0.0.1 "$port" "$q" "$(printf %s "$q" | sed 's/^0001/0002/')" | cut -c1-8 | tr '\n' ' ')
is "$two" "00018500 00028500 " "TCP: pipelined"
is "$(raw -t -c 1 127.0.0.1 "$port" "$q" "$(printf %s "$q" | sed 's/^0001/0002/')" | cut -c1-8 | tr '\n' ' ')" "00018500 00028500 " "TCP: byte by byte"
is "$(raw -t -e 127.0.0.1 "$port" "$q" | cut -c1-8 | tr '\n' ' ')" "00018500 eof " "TCP: half-closed"
is "$(raw -t -l -n 5 127.0.0.1 "$port" 0005aaaaaaaaaa)" eof "TCP: a length below 12 closes"

# reloading a file, and what does not fit
{
	server 2 "\"127.0.0.1@$port\""
	generation '"10.0.0.3"' 2
} >"$T/stream.new"
mv "$T/stream.new" "$T/stream"
kill -HUP "$serve"
wait_for 10 answered "$port" web.failover 10.0.0.3
is "$(answers "$port" web.failover)" 10.0.0.3 "SIGHUP reads the file again"
head -n 4 "$T/stream" >"$T/stream.new" && mv "$T/stream.new" "$T/stream"
kill -HUP "$serve"
is "$(answers "$port" web.failover)" 10.0.0.3 "half a generation is none"
like "$(ask failover SOA)" 'SOA ns.failover. hostmaster.failover. 8 ' "the serial has risen by one change"

exits 75 "the port in use: exit 75" timeout 20 fodns-serve --decisions "$T/stream" -s "$T/state2"
like "$err" "127.0.0.1[@:]$port" "says which"
like "$err" "fodns-serve \(pid $serve\)" "and who holds it"

wait_for 5 grep -q '"ready":true' "$T/state/stats/serve.json"
wait_for 5 grep -q '"tcp":[1-9]' "$T/state/stats/serve.json"
like "$(cat "$T/state/stats/serve.json")" '"config":"0123456789abcdef".*"domains":4,' "stats/serve.json"

worker=$(pgrep -P "$serve" -x fodns-serve)
kill -9 "$worker"
kill -HUP "$serve"
generation '"10.0.0.6"' 3 >"$T/stream.rest"
{ server 3 "\"127.0.0.1@$port\""; cat "$T/stream.rest"; } >"$T/stream.new" && mv "$T/stream.new" "$T/stream"
another() { # a worker that is not the first one
	second=$(pgrep -P "$serve" -x fodns-serve) && [ "$second" != "$worker" ]
}
wait_for 10 another
kill -9 "$second"
wait_for 10 answered "$port" web.failover 10.0.0.6
is "$(answers "$port" web.failover)" 10.0.0.6 "the worker is killed: another one reads the file and answers"
worker=$(pgrep -P "$serve" -x fodns-serve)
stop "$serve"
is "$status" 0 "SIGTERM: 0"
kill -0 "$worker" 2>/dev/null
is $? 1 "and no worker is left"

# a pipe: changes are served as they come, and its end changes nothing
mkfifo "$T/fifo"
port=$(free_port)
sh -c 'exec fodns-serve --decisions - -s "$1/state3" --listen "127.0.0.1@$2" --listen "::1@$2" <"$1/fifo"' sh "$T" "$port" 2>"$T/log2" &
serve=$!
_pids="$_pids $serve"
exec 5>"$T/fifo"
server 1 '"127.0.0.1@1"' >&5
wait_for 5 sh -c "ss -lun 2>/dev/null | grep -q ':$port ' || grep -qi ':$(printf %04X "$port") ' /proc/net/udp"
(dig +short +tries=1 +time=9 @127.0.0.1 -p "$port" web.failover >"$T/early") &
early=$!
generation '"10.0.0.4"' 1 >&5
wait $early
is "$(cat "$T/early")" 10.0.0.4 "a query that came before the first generation is answered"
decision web.failover '"10.0.0.5"' "" >&5
wait_for 5 answered "$port" web.failover 10.0.0.5
is "$(answers "$port" web.failover)" 10.0.0.5 "a decision is served at once"
is "$(dig +short +tries=1 +time=2 @::1 -p "$port" web.failover)" 10.0.0.5 "over IPv6, too"
exec 5>&-
is "$(answers "$port" web.failover)" 10.0.0.5 "the stream ends: the answers stay"
worker=$(pgrep -P "$serve" -x fodns-serve)
stop "$serve" KILL
wait_for 5 sh -c "! kill -0 $worker 2>/dev/null"
kill -0 "$worker" 2>/dev/null
is $? 1 "the keeper is killed: its worker ends"

# secrets that servers share; replies that are limited
port=$(free_port)
cat >"$T/secrets" <<'EOF'
# made by openssl
000102030405060708090a0b0c0d0e0f
EOF
{
	server 2 "\"127.0.0.1@$port\"" | sed 's/"threads"/"nsid":"ns7","rrl":{"rate":5,"slip":1,"ipv4_prefix":24,"ipv6_prefix":56,"exempt":[]},"threads"/'
	generation '"10.0.0.3"' 2
} >"$T/stream"
spawn fodns-serve --decisions "$T/stream" -s "$T/state4" --cookie-secrets "$T/secrets" 2>"$T/log4"
serve=$pid
wait_for 5 grep -q serving "$T/log4"
like "$(ask web.failover A +nsid)" '^; NSID: .*\("ns7"\)' "NSID as configured"
cookie=$(ask web.failover A +cookie=0102030405060708 | sed -n 's/^; COOKIE: \([0-9a-f]*\) (good)$/\1/p')
i=0
while [ $i -lt 12 ]; do
	ask web.failover A +ignore +nocookie
	i=$((i + 1))
done >"$T/flood"
like "$(cat "$T/flood")" 'flags: qr aa tc rd; QUERY: 1, ANSWER: 0' "over the rate: empty, with TC"
like "$(ask web.failover A +ignore "+cookie=$cookie")" 'flags: qr aa rd; QUERY: 1, ANSWER: 1' "not for who shows a cookie"
like "$(ask web.failover A +nocookie)" 'ANSWER: 1' "nor over TCP"
echo fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0 >"$T/secrets.new" && mv "$T/secrets.new" "$T/secrets"
kill -HUP "$serve"
forgotten() { ask web.failover A "+cookie=$cookie" +header-only | grep -q BADCOOKIE; }
wait_for 5 forgotten
forgotten
ok $? "SIGHUP: another secret, and cookies of the first are unknown"
stop "$serve"
echo "not a secret" >"$T/secrets"
exits 2 "a file without secrets: exit 2" timeout 20 fodns-serve --decisions "$T/stream" -s "$T/state4" --cookie-secrets "$T/secrets"
like "$err" "$T/secrets:1: not 32 hexadecimal digits" "says where, and not what"

# on every address: the reply comes from the one that was asked
port=$(free_port)
{
	server 2 "\"127.0.0.1@$port\""
	generation '"10.0.0.3"' 2
} >"$T/stream"
spawn fodns-serve --decisions "$T/stream" -s "$T/state4" --listen "0.0.0.0@$port" 2>"$T/log3"
serve=$pid
wait_for 5 grep -q serving "$T/log3"
is "$(dig +short +tries=1 +time=2 @127.0.0.7 -p "$port" web.failover)" 10.0.0.3 "asked at 127.0.0.7"
stop "$serve"

exits 2 "an empty stream: exit 2" timeout 20 fodns-serve --decisions /dev/null -s "$T/state5"
exits 2 "an unknown option: exit 2" fodns-serve --wrong
exits 2 "an operand: exit 2" fodns-serve x
exits 2 "a bad address: exit 2" fodns-serve --listen nowhere
done_testing
