#!/bin/sh
# Resolvers in front, each set up by its recipe in README.md: answers, negative answers, a change after the TTL, what is
# too long for UDP, and what rebind protection does without the recipe's lines.  CoreDNS, which Debian does not have,
# is played by a client that checks what its forward plugin checks.
. "$(dirname "$0")/../lib.sh"

PATH=$PATH:/usr/sbin:/usr/local/sbin
for p in dnsmasq unbound named; do
	command -v $p >/dev/null || {
		echo "1..0 # SKIP no $p (Debian: dnsmasq-base, unbound, bind9)"
		exit 0
	}
	# A copy: Debian's AppArmor profiles, which go by the path, do not let them into our directory.
	cp "$(command -v $p)" "$T/$p"
done
readme=$(dirname "$0")/../../README.md
dns=$(free_port)
# recipe NAME: the indented lines below it in the README, with our port
recipe() {
	awk -v name="$1" '
		/^[A-Za-z]/ { on = $1 == name || $1 == name ":" }
		/^#/ { on = 0 }
		on && /^    / { print substr($0, 5) }' "$readme" | sed "s/8053/$dns/"
}
cat >"$T/fodns.yaml" <<E2
state_dir: $T/state
dns: {listen_ip: 127.0.0.1, listen_port: $dns, resolve_cache_ttl: 2}
zones:
  - name: failover
    records: |
      big 60 IN TXT $(for i in 1 2 3 4 5 6 7 8 9; do printf '"%0200d" ' "$i"; done)
    domains:
      www.failover:
        fallback: ["10.0.0.254"]
        server: {policy: any, timeout_sec: 60}
        monitor: {mode: tcp, targets: [{ip: 10.0.0.1, port: 80}]}
      six.failover:
        fallback: ["2600:db8::fe"]
        monitor: {mode: tcp, targets: [{ip: "2600:db8::1", port: 80}]}
E2
# said STATUS: a report on www.failover
said() {
	printf '{"agent_id":"a","timestamp":"%s","check_name":"www.failover:10.0.0.1:80","domain":"www.failover","type":"tcp","target_ip":"10.0.0.1","port":80,"status":"%s"}\n' \
	    "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$1" | fodns-report -c "$T/fodns.yaml" -s "$T/state"
}
spawn fodns-serve -q -c "$T/fodns.yaml"
wait_for 10 answered "$dns" www.failover 10.0.0.254
said ok
wait_for 5 answered "$dns" www.failover 10.0.0.1

# start_NAME DIRECTORY PORT: with the recipe in DIRECTORY/recipe, and rebind protection
start_dnsmasq() {
	spawn "$T/dnsmasq" --keep-in-foreground --conf-file="$1/recipe" --no-resolv --no-hosts --user= --pid-file= \
	    --listen-address=127.0.0.1 --bind-interfaces --port="$2" --cache-size=150 --stop-dns-rebind 2>"$1/log"
}
start_unbound() {
	{
		cat "$1/recipe"
		cat <<E2
server:
	directory: "$1"
	chroot: ""
	username: ""
	pidfile: ""
	use-syslog: no
	do-daemonize: no
	interface: 127.0.0.1
	port: $2
	module-config: "validator iterator"
	trust-anchor: ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"
	private-address: 10.0.0.0/8
remote-control:
	control-enable: no
E2
	} >"$1/conf"
	spawn "$T/unbound" -d -c "$1/conf" 2>"$1/log"
}
start_named() {
	{
		cat <<E2
options {
	directory "$1"; pid-file none; session-keyfile none; recursion yes; dnssec-validation auto;
	listen-on port $2 { 127.0.0.1; }; listen-on-v6 { none; };
	deny-answer-addresses { 10.0.0.0/8; } $(cat "$1/except");
E2
		sed '/^options {/d' "$1/recipe"
	} >"$1/conf"
	echo 'controls {};' >>"$1/conf"
	spawn "$T/named" -g -c "$1/conf" 2>"$1/log"
}
# front NAME PORT TITLE [EDIT]: starts it; EDIT is a sed command on the recipe
front() {
	mkdir -p "$T/$1$2"
	recipe "$3" | sed "${4-}" >"$T/$1$2/recipe"
	echo "${5-}" >"$T/$1$2/except"
	"start_$1" "$T/$1$2" "$2"
}
ask() { dig +tries=2 +time=2 @127.0.0.1 "$@"; }
# pair PORT: A and AAAA at once from one socket, as glibc asks: id, flags, and the number of answers of each
pair() {
	"$TOOLS/dnsraw" 127.0.0.1 "$1" 00010100000100000000000003777777086661696c6f7665720000010001 \
	    00020100000100000000000003777777086661696c6f76657200001c0001 | sort | sed 's/^\(....\)...\(.\)....\(....\).*/\1 rcode \2 answers \3/'
}
m=$(free_port) u=$(free_port) b=$(free_port)
front dnsmasq "$m" dnsmasq
front unbound "$u" unbound
front named "$b" BIND '' 'except-from { "failover"; }'
m0=$(free_port) u0=$(free_port) b0=$(free_port)
front dnsmasq "$m0" dnsmasq /rebind-domain-ok/d
front unbound "$u0" unbound /private-domain/d
front named "$b0" BIND

# CoreDNS: same id, QR, exactly the question asked, within two seconds; its TCP connections live ten
cat >"$T/coredns.pl" <<'E2'
use strict; use warnings; use IO::Socket::INET;
my $port = shift; alarm 60; $| = 1;
my $www = "\3www\10failover\0";
sub query { my ($id, $name, $type) = @_; return pack('n6', $id, 0x0100, 1, 0, 0, 1) . $name . pack('n2', $type, 1) . "\0" . pack('nnNn', 41, 1232, 0, 0) }
sub good { my ($r, $q, $name) = @_; my $n = length($name) + 4;
	return length $r > 12 && substr($r, 0, 2) eq substr($q, 0, 2) && vec($r, 2, 8) & 0x80 && substr($r, 4, 2) eq "\0\1" && substr($r, 12, $n) eq substr($q, 12, $n) }
sub udp { my ($q) = @_; my $s = IO::Socket::INET->new(Proto => 'udp', PeerAddr => "127.0.0.1:$port"); $s->send($q);
	my $r = ''; my $in = ''; vec($in, fileno $s, 1) = 1; select($in, undef, undef, 2) and $s->recv($r, 4096); return $r }
my $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") or die;
sub tcp { my ($q) = @_; my ($n, $r) = ('', ''); syswrite $c, pack('n', length $q) . $q; sysread($c, $n, 2) == 2 or return ''; sysread $c, $r, unpack('n', $n); return $r }
my $q = query(4711, $www, 1);
print "udp ", good(udp($q), $q, $www) ? "ok" : "bad", "\n";
$q = query(4712, "\0", 2);
print "probe ", length udp($q) > 12 ? "answered" : "silence", "\n";
$q = query(4713, $www, 1);
print "tcp ", good(tcp($q), $q, $www) ? "ok" : "bad", "\n";
sleep 10;
print "after ten seconds ", good(tcp($q), $q, $www) ? "ok" : "bad", "\n";
E2
spawn perl "$T/coredns.pl" "$dns" >"$T/coredns"
coredns=$pid

# through NAME PORT: what stays the same through all of them
through() {
	port=$2
	wait_for 10 answered "$port" www.failover 10.0.0.1 || note "$(tail -n 5 "$T/$1$port/log")"
	is "$(answers "$port" www.failover)" 10.0.0.1 "$1: A, private as it is"
	is "$(answers "$port" six.failover AAAA)" 2600:db8::fe "$1: AAAA"
	is "$(pair "$port")" "0001 rcode 0 answers 0001
0002 rcode 0 answers 0000" "$1: A and AAAA at once, NOERROR without data for the latter"
	is "$(answers "$port" www.failover)" 10.0.0.1 "$1: which does not take the A away"
	like "$(ask -p "$port" nobody.failover)" 'status: NXDOMAIN' "$1: a name that is not there"
	like "$(ask -p "$port" nobody.failover AAAA)" 'status: NXDOMAIN' "$1: nor as AAAA"
	is "$(ask -p "$port" +tcp +short www.failover)" 10.0.0.1 "$1: over TCP"
	is "$(ask -p "$port" +short big.failover TXT | tr -cd '0-9 ' | wc -c)" 1808 "$1: an answer that needs TCP on both sides"
}
through dnsmasq "$m"
through unbound "$u"
through named "$b"

# bare NAME PORT: without the recipe's line it is up, and drops what is private
bare() {
	wait_for 10 answered6 "$2" || note "$(tail -n 5 "$T/$1$2/log")"
	is "$(answers "$2" six.failover AAAA),$(answers "$2" www.failover)" 2600:db8::fe, "$1 without the line on rebind protection drops 10.0.0.1"
}
answered6() { [ "$(answers "$1" six.failover AAAA)" = 2600:db8::fe ]; }
bare dnsmasq "$m0"
bare unbound "$u0"
bare named "$b0"

said fail
wait_for 3 answered "$dns" www.failover 10.0.0.254
for f in "dnsmasq $m" "unbound $u" "named $b"; do
	wait_for 6 answered "${f#* }" www.failover 10.0.0.254
	is "$(answers "${f#* }" www.failover)" 10.0.0.254 "${f% *}: a change is seen when the TTL is over"
done
wait "$coredns"
is "$(cat "$T/coredns")" "udp ok
probe answered
tcp ok
after ten seconds ok" "what CoreDNS checks, and the life of its connections"
done_testing
