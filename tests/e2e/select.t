#!/bin/sh
# select: weighted and hash, on_all_down: servfail and refused, from reports to what a client is told by a real
# fodns-serve: which of several answers, to whom, and which error.
. "$(dirname "$0")/../lib.sh"

dns=$(free_port) api=$(free_port)
cat >"$T/fodns.yaml" <<E2
state_dir: $T/state
dns: {listen_ip: 127.0.0.1, listen_port: $dns, resolve_cache_ttl: 1}
api: {listen_ip: 127.0.0.1, listen_port: $api}
defaults: {server: {timeout_sec: 600}}
zones:
  - name: failover
    domains:
      weighted.failover:
        fallback: [192.0.2.254, 192.0.2.253]
        server: {select: weighted}
        monitor:
          targets:
            - {ip: 192.0.2.1, port: 80, weight: 6}
            - {ip: 192.0.2.2, port: 80, weight: 3}
            - {ip: 192.0.2.3, port: 80}
            - {ip: 192.0.2.4, port: 80, weight: 0}
      hash.failover:
        fallback: [192.0.2.254]
        server: {select: hash}
        monitor:
          targets:
            - {ip: 192.0.2.1, port: 80}
            - {ip: 192.0.2.2, port: 80}
            - {ip: 192.0.2.3, port: 80}
            - {ip: 192.0.2.4, port: 80}
      fails.failover:
        fallback: [192.0.2.254]
        server: {on_all_down: servfail}
        monitor: {targets: [{ip: 192.0.2.1, port: 80}, {ip: "2001:db8::1", port: 80}]}
      refuses.failover:
        server: {on_all_down: refused, on_silence: keep}
        monitor: {targets: [{ip: 192.0.2.1, port: 80}]}
      name.failover:
        server: {on_all_down: servfail}
        monitor: {targets: [{type: CNAME, value: a.example.net, port: 80}]}
E2
# tell DOMAIN TARGET STATUS...: reports of now
tell() {
	_d=$1
	shift
	while [ $# -gt 0 ]; do
		printf '{"agent_id":"a1","timestamp":"%s","check_name":"%s:%s:80","domain":"%s","type":"tcp","target_ip":"%s","port":80,"status":"%s"}\n' \
			"$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$_d" "$1" "$_d" "$1" "$2"
		shift 2
	done | fodns-report -q -s "$T/state"
}
# How many of N queries get which answer, by one client: "192.0.2.1=N ...", sorted; more than one in a reply is "many".
# By clients: `clients N FILE` asks from 127.x.y.1 for N networks and prints a line "network answer" for each, sorted.
cat >"$T/ask.pl" <<'E2'
use strict; use warnings; use IO::Socket::INET;
my ($mode, $port, $name, $n, $proto) = @ARGV;
alarm 120;
my $q = pack('n6', 7, 0, 1, 0, 0, 0) . join('', map { chr(length) . $_ } split /[.]/, $name) . "\0" . pack('n2', 1, 1);
my $at = length $q;
sub answer {
	my ($r) = @_;
	my $count = unpack 'x6 n', $r;
	return 'none' if !$count;
	return 'many' if $count > 1;
	return join '.', unpack 'C4', substr $r, $at + 12, 4;
}
# A query over UDP that is lost is asked again.
sub udp {
	my ($s) = @_;
	for (1 .. 20) {
		send $s, $q, 0;
		my ($v, $r) = '';
		vec($v, fileno($s), 1) = 1;
		next unless select $v, undef, undef, 1;
		return answer($r) if defined recv $s, $r, 2048, 0;
	}
	return 'silence';
}
sub tcp {
	my ($s) = @_;
	my $r = '';
	syswrite $s, pack('n', length $q) . $q;
	while (length $r < 2 || length $r < 2 + unpack 'n', $r) { sysread($s, $r, 4096, length $r) or return 'end' }
	return answer(substr $r, 2);
}
sub dial { IO::Socket::INET->new(Proto => $_[0], PeerAddr => "127.0.0.1:$port", LocalAddr => $_[1]) or die "$_[1]: $!" }
if ($mode eq 'count') {
	my %count;
	my $s = dial($proto, '127.0.0.1');
	$count{$proto eq 'tcp' ? tcp($s) : udp($s)}++ for 1 .. $n;
	print join(' ', map { "$_=$count{$_}" } sort keys %count), "\n";
} else {
	for my $net (0 .. $n - 1) {
		my @client = (127, 1 + ($net >> 8), $net & 255);
		my $first = udp(dial('udp', join '.', @client, 1));
		my $again = udp(dial('udp', join '.', @client, 200));
		$first = "$first/$again" if $first ne $again;
		if ($net % 64 == 0) { my $other = tcp(dial('tcp', join '.', @client, 9)); $first .= "/$other" if $first ne $other }
		printf "%05d %s\n", $net, $first;
	}
}
E2
# chi COUNTS ANSWER=SHARE...: Pearson's sum over the counts; "wrong" if there is an answer that has no share
cat >"$T/chi.pl" <<'E2'
use strict; use warnings;
my %count = map { split /=/ } split ' ', shift;
my %share = map { split /=/ } @ARGV;
my ($n, $sum, $chi) = (0, 0, 0);
$n += $_ for values %count;
$sum += $_ for values %share;
for (keys %count) { if (!$share{$_}) { print "wrong\n"; exit } }
for (keys %share) { my $want = $n * $share{$_} / $sum; $chi += (($count{$_} // 0) - $want) ** 2 / $want }
printf "%.2f\n", $chi;
E2
# fits COUNTS LIMIT SHARES... NAME: LIMIT is the point that chi-square exceeds once in 1e9 runs
fits() {
	_counts=$1 _limit=$2 _text=$3
	shift 3
	_chi=$(perl "$T/chi.pl" "$_counts" "$@")
	case $_chi in
	*[!0-9.]*) false ;;
	*) [ "$(printf '%s\n' "$_chi" "$_limit" | sort -g | head -1)" = "$_chi" ] ;;
	esac
	ok $? "$_text" || note "$_counts: chi-square $_chi, not under $_limit"
}
count() { perl "$T/ask.pl" count "$dns" "$1" "$2" "${3:-udp}"; }
status() { dig +tries=1 +time=2 @127.0.0.1 -p "$dns" "$@" 2>/dev/null | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }
served() { fodns-decide -c "$T/fodns.yaml" --explain "$1" | sed -n 's/ *served: //p'; }
# An explanation judges the journals; the server may be a moment behind.
is_served() { served "$1" | grep -q ^same; }

queries=20000
case $FODNS_BIN in */asan/* | */tsan/*) queries=4000 ;; esac
spawn fodns master -c "$T/fodns.yaml" 2>"$T/log"
master=$pid
wait_for 30 answered "$dns" weighted.failover "192.0.2.253 192.0.2.254"
ok $? "nothing is known: the fallback list, whole"
is "$(served weighted.failover)" "same by 127.0.0.1:$dns" "the explanation agrees"

# ---- weighted
tell weighted.failover 192.0.2.1 ok 192.0.2.2 ok 192.0.2.3 ok 192.0.2.4 ok
wait_for 20 is_served weighted.failover
ok $? "live: the explanation says one of them is served"
counts=$(count weighted.failover $queries)
fits "$counts" 41.45 "$queries queries of one client: 6 to 3 to 1, none to weight 0" 192.0.2.1=6 192.0.2.2=3 192.0.2.3=1
counts=$(count weighted.failover $queries tcp)
fits "$counts" 41.45 "the same over TCP" 192.0.2.1=6 192.0.2.2=3 192.0.2.3=1
tell weighted.failover 192.0.2.1 fail
wait_for 20 is_served weighted.failover
counts=$(count weighted.failover 4000)
fits "$counts" 37.33 "one is down: 3 to 1" 192.0.2.2=3 192.0.2.3=1
like "$(fodns-decide -c "$T/fodns.yaml" -o table weighted.failover)" '192.0.2.2 75% 192.0.2.3 25%' "the listing shows shares"
tell weighted.failover 192.0.2.2 fail 192.0.2.3 fail
wait_for 20 answered "$dns" weighted.failover "192.0.2.253 192.0.2.254"
ok $? "only the one of weight 0 is up: the fallback, whole"
like "$(fodns-decide -c "$T/fodns.yaml" --explain weighted.failover)" '192.0.2.4:80 +up .*weight 0: never answered' "which is explained"

# ---- hash
clients=2000
case $FODNS_BIN in */asan/* | */tsan/*) clients=300 ;; esac
ask() { perl "$T/ask.pl" clients "$dns" hash.failover $clients >"$T/$1"; }
tell hash.failover 192.0.2.1 ok 192.0.2.2 ok 192.0.2.3 ok 192.0.2.4 ok
wait_for 20 is_served hash.failover
ok $? "hash: the explanation agrees"
ask all
is "$(grep -c '/\|many\|none\|silence\|end' "$T/all")" 0 "$clients networks: two addresses of each get one same answer, over TCP too"
is "$(cut -d' ' -f2 "$T/all" | sort -u | tr '\n' ' ')" "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 " "each target has clients"
tell hash.failover 192.0.2.3 fail
wait_for 20 is_served hash.failover
ask less
is "$(join "$T/all" "$T/less" | wc -l)" "$clients" "one is down: everybody is answered"
is "$(join "$T/all" "$T/less" | awk '$2 != "192.0.2.3" && $2 != $3' | wc -l)" 0 "the others' clients stay where they are"
is "$(join "$T/all" "$T/less" | awk '$2 == "192.0.2.3" { print $3 }' | sort -u | tr '\n' ' ')" "192.0.2.1 192.0.2.2 192.0.2.4 " \
	"its own went to all of the others"
tell hash.failover 192.0.2.3 ok
wait_for 20 is_served hash.failover
ask back
cmp -s "$T/all" "$T/back"
ok $? "it is back: so are its clients, and no others"

# ---- errors
tell fails.failover 192.0.2.1 fail 2001:db8::1 ok
wait_for 20 is_served fails.failover
is "$(status fails.failover A) $(status fails.failover AAAA)" "SERVFAIL NOERROR" "all of one family are down: SERVFAIL for it alone"
is "$(dig +short @127.0.0.1 -p "$dns" fails.failover AAAA)" 2001:db8::1 "the other is answered"
is "$(status fails.failover MX)" NOERROR "a type that it has not is still none"
like "$(dig @127.0.0.1 -p "$dns" fails.failover A)" 'EDE: 24 .*all targets are down' "an extended error says why"
unlike "$(dig @127.0.0.1 -p "$dns" fails.failover A)" 'SOA|flags:[^;]* aa' "no negative answer, without authority"
is "$(status fails.failover A +tcp)" SERVFAIL "over TCP, too"
like "$(fodns-decide -c "$T/fodns.yaml" --explain fails.failover)" 'SERVFAIL' "explained"
is "$(fodns-decide -c "$T/fodns.yaml" -j fails.failover | jq -c '.rrsets|[.A.answers,.A.source,.A.rcode,.AAAA.rcode]')" '[[],"none","SERVFAIL",null]' \
	"and in the decision"
like "$(cat "$T/log")" 'fails[.]failover A .*SERVFAIL none' "the log has it in a line" || note "$(cat "$T/log")"
tell fails.failover 192.0.2.1 ok
wait_for 20 answered "$dns" fails.failover 192.0.2.1
ok $? "up again: answered again"
tell refuses.failover 192.0.2.1 fail
wait_for 20 is_served refuses.failover
is "$(status refuses.failover A) $(status refuses.failover AAAA)" "REFUSED NOERROR" "refused"
tell name.failover a.example.net fail
wait_for 20 is_served name.failover
is "$(status name.failover CNAME) $(status name.failover A) $(status name.failover MX)" "SERVFAIL SERVFAIL SERVFAIL" \
	"an alias that fails fails for every type"
is "$(served name.failover)" "same by 127.0.0.1:$dns" "as explained"
is "$(curl -s "http://127.0.0.1:$api/api/v1/status" | jq -c '.status[]|select(.domain=="refuses.failover" or .domain=="fails.failover")|[.answer,.source,.rcode]' | tr '\n' ' ')" \
	'[["192.0.2.1","2001:db8::1"],"live",null] [[],"none","REFUSED"] ' "the status of the API has the error where nothing is answered"
stop "$master"
done_testing
