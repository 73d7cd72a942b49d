#!/bin/sh
# fodns-check: from which address and by which interface a probe goes out.
# shellcheck source=tests/lib.sh disable=SC2154
. "$(dirname "$0")/../lib.sh"
export XDG_STATE_HOME="$T/xdg"
field() { sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^,\"}]*\\).*/\\1/p"; }

# A server that answers HTTP and writes where each connection came from.
port=$(free_port)
# shellcheck disable=SC2016 # perl's
spawn perl -MIO::Socket::IP -MSocket=:all -e '
	$| = 1;
	$SIG{PIPE} = "IGNORE";
	my $s = IO::Socket::IP->new(Listen => 20, LocalHost => "::", LocalPort => $ARGV[0], V6Only => 0, ReuseAddr => 1) or die $@;
	while (my ($c, $peer) = $s->accept) {
		my (undef, $from) = getnameinfo($peer, NI_NUMERICHOST | NI_NUMERICSERV);
		$from =~ s/^::ffff://;
		print "$from\n";
		syswrite $c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
		close $c;
	}' "$port" >>"$T/from"
wait_for 5 listening "$port"

# conf MONITOR [TARGET]
conf() {
	cat >"$T/fodns.yaml" <<END
zones:
  - name: failover
    domains:
      www.failover: {fallback: [127.0.0.9], monitor: {$1, targets: [{ip: ${2:-127.0.0.1}, port: $port}]}}
END
}
# seen WANT NAME: where the last connection came from.  Nobody sees a tcp probe: it is reset
# before the server could take it.
seen() {
	[ "$mode" != tcp ] || return 0
	wait_for 5 test -s "$T/from"
	is "$(tail -n 1 "$T/from")" "$1" "$2"
	: >"$T/from"
}
: >"$T/from"

mode=http
conf 'mode: http'
exits 0 "no source" fodns-check -c "$T/fodns.yaml"
seen 127.0.0.1 "is the system's choice"
for mode in tcp 'tcp, expect: "^HTTP"' http "http, follow: 1"; do
	conf "mode: $mode, source: 127.0.0.77"
	exits 0 "$mode: a source" fodns-check -c "$T/fodns.yaml"
	seen 127.0.0.77 "is where it comes from"
	conf "mode: $mode, source: [\"::1\", 127.0.0.78]"
	exits 0 "$mode: one of each family" fodns-check -c "$T/fodns.yaml"
	seen 127.0.0.78 "that of the target counts"
	conf "mode: $mode, source: 127.0.0.77" '"::1"'
	exits 0 "$mode: a target of another family" fodns-check -c "$T/fodns.yaml"
	seen ::1 "goes out as the system wants"
	conf "mode: $mode, interface: lo"
	exits 0 "$mode: an interface" fodns-check -c "$T/fodns.yaml"
	conf "mode: $mode, interface: none0"
	exits 3 "$mode: an interface that is not there" fodns-check -c "$T/fodns.yaml"
	is "$(echo "$out" | field reason)" "local: no such interface" "is no fault of the target"
	conf "mode: $mode, source: 192.0.2.77"
	exits 3 "$mode: an address that is not ours" fodns-check -c "$T/fodns.yaml"
	is "$(echo "$out" | field reason)" "local: source is not an address of this host" "is none either"
done

# A connection that comes to nothing has come from there, too.
for mode in tls https; do
	: >"$T/from"
	conf "mode: $mode, source: 127.0.0.77"
	exits 1 "$mode: a source" fodns-check -c "$T/fodns.yaml"
	seen 127.0.0.77 "is where it comes from"
done
# shellcheck disable=SC2016 # perl's
spawn perl -MIO::Socket::IP -e '
	$| = 1;
	my $s = IO::Socket::IP->new(LocalHost => "127.0.0.1", LocalPort => $ARGV[0], Proto => "udp") or die $@;
	print "ready\n";
	while (defined $s->recv(my $said, 512)) {
		print $s->peerhost, "\n";
		# To a DNS question, that it is refused.
		$s->send(length $said > 12 ? substr($said, 0, 2) . "\x80\x05" . substr($said, 4) : "heard");
	}' "$port" >"$T/udp"
wait_for 5 grep -q ready "$T/udp"
for mode in udp "dns, rcode: REFUSED"; do
	conf "mode: $mode, source: 127.0.0.77"
	exits 0 "$mode: a source" fodns-check -c "$T/fodns.yaml"
	is "$(tail -n 1 "$T/udp")" 127.0.0.77 "is where it comes from"
done
for mode in tls https udp dns; do
	conf "mode: $mode, interface: none0"
	exits 3 "$mode: an interface that is not there" fodns-check -c "$T/fodns.yaml"
	is "$(echo "$out" | field reason)" "local: no such interface" "is no fault of the target"
	conf "mode: $mode, source: 192.0.2.77"
	exits 3 "$mode: an address that is not ours" fodns-check -c "$T/fodns.yaml"
	is "$(echo "$out" | field reason)" "local: source is not an address of this host" "is none either"
done

# By TCP, as the probe says it, or as the server does: whatever is asked by UDP is too long for it.
dns=$(free_port)
# shellcheck disable=SC2016 # perl's
spawn perl -MIO::Socket::INET -MIO::Select -e '
	$| = 1;
	my $u = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Proto => "udp") or die $@;
	my $t = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Listen => 9) or die $@;
	my $both = IO::Select->new($u, $t);
	print "ready\n";
	while (my @can = $both->can_read) {
		for (@can) {
			if ($_ == $u) {
				$u->recv(my $said, 512);
				print "udp ", $u->peerhost, "\n";
				$u->send(substr($said, 0, 2) . "\x82\x00" . substr($said, 4));
			} elsif (my $c = $t->accept) {
				print "tcp ", $c->peerhost, "\n";
				sysread $c, my $said, 512;
				syswrite $c, substr($said, 0, 4) . "\x80\x05" . substr($said, 6);
			}
		}
	}' "$dns" >>"$T/dns"
wait_for 5 grep -q ready "$T/dns"
for row in ', tcp: on=tcp' '=udp tcp'; do
	conf "mode: dns, rcode: REFUSED${row%=*}, source: 127.0.0.77"
	sed -i "s/port: $port/port: $dns/" "$T/fodns.yaml"
	: >"$T/dns"
	exits 0 "dns by TCP${row%=*}: a source" fodns-check -c "$T/fodns.yaml"
	is "$(sed -n 's/\([a-z]*\) 127.0.0.77$/\1/p' "$T/dns" | tr '\n' ' ')" "${row#*=} " "is where it comes from"
	is "$(grep -vc 77 "$T/dns")" 0 "every time"
done

# Every kind goes to the check_ip and check_port of a target, from there, and reports on the target.
for mode in tcp 'tcp, expect: "^HTTP"' http "http, follow: 1" tls https; do
	conf "mode: $mode, source: 127.0.0.77" "192.0.2.1"
	sed -i "s/port: $port/port: 443, check_ip: 127.0.0.1, check_port: $port/" "$T/fodns.yaml"
	want=0
	case $mode in tls | https) want=1 ;; esac
	: >"$T/from"
	exits $want "$mode: check_ip" fodns-check -c "$T/fodns.yaml"
	seen 127.0.0.77 "is what is probed, from its source"
	is "$(echo "$out" | sed 's/.*"target_ip":"\([^"]*\)","port":\([0-9]*\).*/\1 \2/')" "127.0.0.1 $port" "and the report says so"
done
for mode in udp "dns, rcode: REFUSED"; do
	conf "mode: $mode, source: 127.0.0.77" "192.0.2.1"
	sed -i "s/port: $port/port: 443, check_ip: 127.0.0.1, check_port: $port/" "$T/fodns.yaml"
	exits 0 "$mode: check_ip" fodns-check -c "$T/fodns.yaml"
	is "$(tail -n 1 "$T/udp")" 127.0.0.77 "is what is probed, from its source"
done

# icmp, where this user may.
if fodns-check -q icmp://127.0.0.1 >"$T/icmp" 2>&1; then
	for row in '0=source: 127.0.0.77=null' '0=source: ["::1"]=null' '0=source: 127.0.0.77, interface: lo=null' \
		'3=source: 192.0.2.77=local: source is not an address of this host' \
		'3=interface: none0=local: no such interface'; do
		want=${row%%=*} rest=${row#*=}
		cat >"$T/fodns.yaml" <<END
zones: [{name: z, domains: {a.z: {fallback: [127.0.0.9], monitor: {mode: icmp, ${rest%%=*}, targets: [{ip: 127.0.0.1}]}}}}]
END
		exits "$want" "icmp, ${rest%%=*}" fodns-check -c "$T/fodns.yaml"
		is "$(echo "$out" | field reason)" "${rest#*=}" "says so"
	done
	# By interface lo nothing gets out of this host.
	cat >"$T/fodns.yaml" <<END
zones: [{name: z, domains: {a.z: {fallback: [127.0.0.9], agent: {timeout_sec: 0.3}, monitor: {mode: icmp, interface: lo, targets: [{ip: 192.0.2.1}]}}}}]
END
	fodns-check -c "$T/fodns.yaml" >"$T/out"
	unlike "$(cat "$T/out")" '"status":"ok"' "an interface is kept to"
else
	note "icmp is not permitted to this user: its source and interface were not tested"
fi

# A template's source is that of the domains which stand on it.
cat >"$T/fodns.yaml" <<END
monitor_templates: {web: {mode: http, source: 127.0.0.82}}
zones:
  - name: failover
    domains:
      a.failover: {fallback: [127.0.0.9], monitor: {template: web, targets: [{ip: 192.0.2.1, port: 80, check_ip: 127.0.0.1, check_port: $port}]}}
END
mode=http
: >"$T/from"
exits 0 "a template with a source" fodns-check -c "$T/fodns.yaml"
seen 127.0.0.82 "is where it comes from"

# Two sources are two probes; one is one.
cat >"$T/fodns.yaml" <<END
zones:
  - name: failover
    domains:
      a.failover: {fallback: [127.0.0.9], monitor: {mode: http, host: one, source: 127.0.0.77, targets: [{ip: 127.0.0.1, port: $port}]}}
      b.failover: {fallback: [127.0.0.9], monitor: {mode: http, host: one, source: 127.0.0.77, targets: [{ip: 127.0.0.1, port: $port}]}}
      c.failover: {fallback: [127.0.0.9], monitor: {mode: http, host: one, source: 127.0.0.78, targets: [{ip: 127.0.0.1, port: $port}]}}
END
: >"$T/from"
exits 0 "three domains" fodns-check -c "$T/fodns.yaml"
wait_for 5 sh -c "[ \$(wc -l <'$T/from') -ge 2 ]"
is "$(sort "$T/from" | tr '\n' ' ')" "127.0.0.77 127.0.0.78 " "with two sources are two probes"

# ---- what cannot be
for row in 'source: 0.0.0.0=:4:63: source is not an address of this host' 'source: eth0=:4:63: source is not an address' \
	'source: [127.0.0.1, 127.0.0.2]=:4:63: source has two addresses of one family' \
	'interface: ""=:4:66: interface is not the name of a network interface' \
	'interface: abcdefghijklmnop=:4:66: interface is not the name' \
	'mode: exec, command: [a], source: 127.0.0.1=:4:89: source is for mode tcp, http, https, icmp, tls, udp or dns, and here mode is exec'; do
	conf "${row%%=*}"
	exits 2 "refused: ${row%%=*}" fodns-check -c "$T/fodns.yaml"
	like "$err" "fodns.yaml${row#*=}" "and said where"
done

# ---- an agent's own default, below what a task says
api=$(free_port)
cat >"$T/fodns.yaml" <<END
api: {listen_ip: 127.0.0.1, listen_port: $api}
zones:
  - name: failover
    domains:
      own.failover: {fallback: [127.0.0.9], monitor: {mode: http, targets: [{ip: 127.0.0.1, port: $port}]}}
      said.failover: {fallback: [127.0.0.9], monitor: {mode: http, source: 127.0.0.80, targets: [{ip: 127.0.0.1, port: $port}]}}
      iface.failover: {fallback: [127.0.0.9], monitor: {mode: http, interface: none0, targets: [{ip: 127.0.0.1, port: $port}]}}
END
mkdir "$T/state"
echo "fodns-state 1" >"$T/state/format"
spawn fodns-api -c "$T/fodns.yaml" -s "$T/state" 2>"$T/api.err"
fodns_api=$pid
wait_for 10 listening "$api"
agent() {
	printf 'agent_id: a1\nspool_dir: %s\nservers: [{name: m1, url: "http://127.0.0.1:%s"}]\n%s\n' "$T/spool" "$api" "$1" >"$T/agent.yaml"
}
agent 'source: [127.0.0.79, "::1"]'
: >"$T/from"
exits 0 "an agent's source" fodns-check -a "$T/agent.yaml" own.failover
seen 127.0.0.79 "is where its probes come from"
exits 0 "but for a task that" fodns-check -a "$T/agent.yaml" said.failover
seen 127.0.0.80 "says another"
# What must be reached for a failure to count is reached from there, too.
: >"$T/from"
agent "source: 127.0.0.85
reference: [\"http://127.0.0.1:$port/\"]"
fodns-check -a "$T/agent.yaml" own.failover --for 1s >"$T/out" 2>"$T/err"
wait_for 5 grep -q 127.0.0.85 "$T/from"
is "$(sort -u "$T/from")" 127.0.0.85 "an agent's source is its references', too"
agent 'interface: none1'
exits 3 "an agent's interface" fodns-check -a "$T/agent.yaml" own.failover
is "$(echo "$out" | field reason)" "local: no such interface" "is taken, too"
agent 'interface: lo'
exits 3 "but for a task that says another" fodns-check -a "$T/agent.yaml"
is "$(echo "$out" | grep -c '"status":"ok"')" 2 "alone"
# A file that is read again counts for the next probe.
agent 'source: 127.0.0.81'
sed -i 's/\(own.failover: {\)/\1agent: {interval_sec: 0.2, timeout_sec: 0.1}, /' "$T/fodns.yaml"
kill -HUP "$fodns_api"
wait_for 5 sh -c "curl -s 'http://127.0.0.1:$api/api/v1/tasks?tags=' | grep -q '\"interval_sec\":0.2'"
spawn fodns-check --follow -a "$T/agent.yaml" own.failover >"$T/out" 2>"$T/err"
check=$pid
wait_for 10 grep -q 127.0.0.81 "$T/from"
ok $? "an agent's source while it goes on"
agent 'source: 127.0.0.84'
kill -HUP "$check"
wait_for 10 grep -q 127.0.0.84 "$T/from"
ok $? "and another one after SIGHUP"
stop "$check"
for row in 'source: x=:4:9: source is not an address' 'interface: "a/b"=:4:12: interface is not the name'; do
	agent "${row%%=*}"
	exits 2 "refused: ${row%%=*}" fodns-check -a "$T/agent.yaml"
	like "$err" "agent.yaml${row#*=}" "and said where"
done
done_testing
