#!/bin/sh
# A server of names that never answers holds up nobody but who asked: neither reports to other masters, nor checks.
# shellcheck source=tests/lib.sh disable=SC2016,SC2154
if [ -z "${NAMES_NS-}" ]; then
	if unshare -rnm sh -c 'ip link set lo up && mount --bind /dev/null /etc/resolv.conf' 2>/dev/null; then
		NAMES_NS=yes exec unshare -rnm "$0"
	fi
	echo "1..0 # SKIP no namespaces for this user"
	exit 0
fi
. "$(dirname "$0")/../lib.sh"
ip link set lo up
printf 'nameserver 127.0.0.1\noptions timeout:30 attempts:1\n' >"$T/resolv.conf"
mount --bind "$T/resolv.conf" /etc/resolv.conf
printf 'hosts: files dns\n' >"$T/nsswitch.conf"
mount --bind "$T/nsswitch.conf" /etc/nsswitch.conf
spawn perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1", LocalPort => 53) or die $!;
	$| = 1;
	print "ready\n";
	while (defined $s->recv(my $q, 512)) { print "asked\n" }' >"$T/names"
wait_for 5 grep -q ready "$T/names"

port=$(free_port)
echo fodns >"$T/mode"
spawn "$TOOLS/fakemaster" "$port" "$T/mode" "$T/two"
wait_for 5 listening "$port"
cat >"$T/agent.yaml" <<END
agent_id: a1
spool_dir: $T/spool
servers: [{name: one, url: "http://one.example:8000"}, {name: two, url: "http://127.0.0.1:$port"}]
END
report() { printf '{"agent_id":"a1","timestamp":"2026-11-22T10:00:00Z","check_name":"%s","domain":"d.failover","type":"tcp","target_ip":"192.0.2.1","port":80,"status":"ok","latency_ms":1,"reason":null}\n' "$1"; }
mkfifo "$T/fifo"
fodns-report -a "$T/agent.yaml" <"$T/fifo" 2>"$T/report.err" &
report=$!
_pids="$_pids $report"
exec 3>"$T/fifo"
report c1 >&3
wait_for 5 grep -q c1 "$T/two"
ok $? "a master that is no name gets its reports"
wait_for 5 grep -q asked "$T/names"
ok $? "while the name of another is asked for"
wait_for 15 grep -q "master one: timed out" "$T/report.err"
ok $? "which is given up when its time is up, not when the system gives up"
report c2 >&3
wait_for 5 grep -q c2 "$T/two"
ok $? "and the first one goes on getting its reports"
stop "$report"
is "$status" 0 "the end waits for no name"

printf '{"check_name":"c","domain":"d.failover","target_ip":"127.0.0.1","port":%s,"type":"tcp","timeout_sec":1,"interval_sec":0.5}\n' "$port" >"$T/task"
printf '{"tasks":[%s]}' "$(cat "$T/task")" >"$T/tasks.json"
spawn perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(Listen => 9, LocalAddr => "127.0.0.1", LocalPort => shift, ReuseAddr => 1) or die $!;
	my $body = do { local (@ARGV, $/) = shift; <> };
	while (my $c = $s->accept) { sysread $c, my $q, 4096; print $c "HTTP/1.0 200 OK\r\nContent-Length: ", length $body, "\r\n\r\n$body" }' "$((port + 1))" "$T/tasks.json"
wait_for 5 listening "$((port + 1))"
sed -i "s/$port/$((port + 1))/" "$T/agent.yaml"
spawn fodns-check --follow -j -a "$T/agent.yaml" >"$T/lines" 2>"$T/check.err"
check=$pid
wait_for 15 grep -q "one: cannot fetch tasks: timed out" "$T/check.err"
ok $? "tasks of the named one are given up in time"
wait_for 5 grep -q '"status":"ok"' "$T/lines"
ok $? "and those of the other one are checked"
stop "$check"
is "$status" 0 "and it ends"
done_testing
