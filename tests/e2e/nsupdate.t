#!/bin/sh
# fodns-decide --follow -o nsupdate | nsupdate: a BIND answers what is live, and is never without an answer.
. "$(dirname "$0")/../lib.sh"
PATH=$PATH:/usr/sbin:/sbin

dns=$(free_port) named=$(free_port)
config() { # DOMAINS
	cat <<E2
state_dir: $T/state
dns: {listen_ip: 127.0.0.1, listen_port: $dns, resolve_cache_ttl: 1}
zones:
  - name: failover
    records: |
      www A 192.0.2.80
    domains:
      mail.failover:
        fallback: ["10.10.10.254", "2001:db8::fe"]
        server: {timeout_sec: 600}
        monitor: {targets: [{ip: 10.10.10.250, port: 80}, {ip: 10.10.10.251, port: 80}]}
      alias.failover:
        fallback: [192.0.2.254]
        server: {timeout_sec: 600}
        monitor: {targets: [{type: CNAME, value: EU.example.net, port: 80}]}
      empty.failover:
        server: {timeout_sec: 600, on_all_down: nodata}
        monitor: {targets: [{ip: 10.10.10.242, port: 80}]}
      txt.failover:
        fallback: ['"no;ne" "at \"all\\\\"']
        server: {timeout_sec: 600}
        monitor: {targets: [{type: TXT, value: 'v=1; a', check_ip: 192.0.2.1, port: 80}]}
$1
E2
}
config '      gone.failover: {fallback: [10.1.1.1], monitor: {targets: [{ip: 10.10.10.243, port: 80}]}}' >"$T/fodns.yaml"
FODNS_CONFIG=$T/fodns.yaml
export FODNS_CONFIG
cd "$T" || exit 1
# tell DOMAIN TARGET STATUS: a report of now into the state
tell() {
	printf '{"agent_id":"a1","timestamp":"%s","check_name":"%s:%s:80","domain":"%s","type":"tcp","target_ip":"%s","port":80,"status":"%s"}\n' \
		"$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$1" "$2" "$1" "$2" "$3" | fodns-report -s "$T/state"
}
tell mail.failover 10.10.10.250 ok
tell empty.failover 10.10.10.242 fail

# ---- the commands
exits 0 'the full set' fodns-decide -o nsupdate
is "$(printf '%s\n' "$out" | grep -c '^send$')" 5 'is one message a domain'
is "$(printf '%s\n' "$out" | sed '/^send$/q')" 'zone failover.
update delete mail.failover. A
update delete mail.failover. AAAA
update add mail.failover. 1 A 10.10.10.250
send' 'deletion and answers together'
exits 0 'a domain' fodns-decide -o nsupdate empty.failover
is "$out" 'zone failover.
update delete empty.failover. A
send' 'that answers nothing is deleted'
exits 2 'no stream of zone files' fodns-decide --follow -o zone
like "$err" '-o zone does not go with --follow' 'says so'
exits 2 'an unknown zone to follow' fodns-decide --follow -o nsupdate falover
like "$err" 'did you mean failover' 'is corrected'
is "$out" '' 'and nothing was said'

# ---- a BIND with a key and the zone of now
tsig-keygen fodns-key >key
fodns-decide -o zone >failover.zone
cat >named.conf <<E2
include "$T/key";
options {
	directory "$T"; pid-file none; session-keyfile none; lock-file none; recursion no; notify no; minimal-responses yes;
	listen-on port $named { 127.0.0.1; }; listen-on-v6 { none; }; allow-query { any; }; empty-zones-enable no;
};
controls { };
zone "failover" { type primary; file "failover.zone"; update-policy { grant fodns-key zonesub ANY; }; };
E2
spawn named -f -g -n 1 -c "$T/named.conf" 2>named.err
wait_for 20 answered "$named" mail.failover 10.10.10.250
ok $? 'BIND has the zone'
serial() { dig +short @127.0.0.1 -p "$named" failover SOA | cut -d' ' -f3; }
update() { (echo "server 127.0.0.1 $named" && cat) | nsupdate -k key; }
was=$(serial)
fodns-decide -o nsupdate | update 2>update.err
is "$? $(cat update.err)" '0 ' 'the full set is accepted'
is "$(serial)" "$was" 'and as it is what BIND has, the zone stays what it is'

# A stream that is cut off leaves no name empty.
printf 'zone failover.\nupdate delete mail.failover. A\n' | update
is "$(serial)" "$was" 'a message without its end is none'

mkfifo pipe
{ echo "server 127.0.0.1 $named" && cat pipe; } | nsupdate -k key >nsupdate.log 2>&1 &
reader=$!
_pids="$_pids $reader"
spawn fodns-decide --follow -o nsupdate >pipe 2>decide.log
decide=$pid
told() { dig +short +norec +tries=1 +time=2 @127.0.0.1 -p "$named" "$1" "$2" | sort | tr '\n' '|'; }
is_told() { [ "$(told "$1" "$2")" = "$3" ]; }
says() { # NAME TYPE WANT TEXT
	wait_for 20 is_told "$1" "$2" "$3"
	is "$(told "$1" "$2")" "$3" "$4"
}
tell mail.failover 10.10.10.251 ok
says mail.failover A '10.10.10.250|10.10.10.251|' 'a report, and BIND answers the second target'
tell mail.failover 10.10.10.250 fail
says mail.failover A '10.10.10.251|' 'the first is down'
tell mail.failover 10.10.10.251 fail
says mail.failover A '10.10.10.254|' 'both: the fallback'
says mail.failover AAAA '2001:db8::fe|' 'of both families'
tell mail.failover 10.10.10.250 ok
says mail.failover A '10.10.10.250|' 'and back'
says mail.failover AAAA '' 'nothing of the fallback is left'
is "$(told www.failover A)" '192.0.2.80|' 'a static record is not touched'

tell alias.failover eu.example.net ok
says alias.failover CNAME 'eu.example.net.|' 'an address gives way to an alias'
tell alias.failover eu.example.net fail
says alias.failover A '192.0.2.254|' 'and the alias to an address'
is "$(told txt.failover TXT)" '"no;ne" "at \"all\\"|' 'texts are what they were'
tell txt.failover 192.0.2.1 ok
says txt.failover TXT '"v=1; a"|' 'and change'
tell empty.failover 10.10.10.242 ok
says empty.failover A '10.10.10.242|' 'what was empty gets an answer'
tell empty.failover 10.10.10.242 fail
says empty.failover A '' 'and loses it'

# ---- while it flips, every question has an answer
cat >poll.pl <<'E2'
use strict; use warnings; use IO::Socket::INET;
my ($port, $stop) = @ARGV;
my $s = IO::Socket::INET->new(Proto => 'udp', PeerAddr => '127.0.0.1', PeerPort => $port) or die;
my %seen = (empty => 0, lost => 0, 254 => 0, 250 => 0);
my $q = pack('n6', 7, 0, 1, 0, 0, 0) . "\4mail\10failover\0" . pack('n2', 1, 1);
until (-e $stop) {
	$s->send($q);
	my $in = '';
	vec($in, fileno($s), 1) = 1;
	select($in, undef, undef, 5) or $seen{lost}++, next;
	$s->recv(my $r, 512);
	if (unpack('x6n', $r)) { $seen{ord substr $r, -1}++ } else { $seen{empty}++ }
}
print "empty $seen{empty} lost $seen{lost} flips ", $seen{254} && $seen{250} ? 'seen' : 'not seen', "\n";
E2
spawn perl poll.pl "$named" stop >polled
poll=$pid
for _ in 1 2 3 4 5 6 7 8 9 10; do
	tell mail.failover 10.10.10.250 fail
	wait_for 20 is_told mail.failover A '10.10.10.254|'
	tell mail.failover 10.10.10.250 ok
	wait_for 20 is_told mail.failover A '10.10.10.250|'
done
touch stop
wait "$poll"
is "$(cat polled)" 'empty 0 lost 0 flips seen' 'ten flips, and no moment without an answer'

# ---- what a reload takes away
is "$(told gone.failover A)" '10.1.1.1|' 'a domain'
config '      new.failover: {fallback: [10.1.1.2], monitor: {targets: [{ip: 10.10.10.244, port: 80}]}}' >"$T/fodns.yaml"
kill -HUP "$decide"
says new.failover A '10.1.1.2|' 'a reload brings another'
says gone.failover A '' 'and deletes what went away'
is "$(told mail.failover A)" '10.10.10.250|' 'the others stay'

# ---- ends
stop "$decide"
is "$status" 0 'SIGTERM ends it: 0'
wait "$reader"
is "$? $(cat nsupdate.log)" '0 ' 'nsupdate had nothing to complain of'
is "$(told mail.failover A)" '10.10.10.250|' 'what it said stays'
done_testing
