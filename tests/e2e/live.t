#!/bin/sh
# Under load: reloads, kills of decide and of the worker, and restarts with a service manager's sockets.  Every
# query is counted, none is sent twice.
. "$(dirname "$0")/../lib.sh"

dns=$(free_port)
threads=2 names=1000 batch=32 # ANSWER_BATCH
# Without root the kernel may hold few queries; the sanitizers take long to start.
rate=5000
[ "$(id -u)" = 0 ] || [ "$(cat /proc/sys/net/core/rmem_max)" -ge 4194304 ] || rate=1000
case $FODNS_BIN in */asan/* | */tsan/*) rate=1000 ;; esac

# config PREFIX: name number n falls back to PREFIX.N.N, its target is 10.3.N.N
config() {
	echo "state_dir: $T/state"
	echo "dns: {listen_ip: 127.0.0.1, listen_port: $dns, resolve_cache_ttl: 2, threads: $threads}"
	echo "zones:"
	echo "  - name: failover"
	echo "    domains:"
	awk -v p="$1" -v n=$names 'BEGIN { for (i = 0; i < n; i++) {
		at = int(i / 256) "." i % 256
		printf "      h%06d.failover: {fallback: [\"%s.%s\"], server: {policy: any, timeout_sec: 600}, monitor: {mode: tcp, targets: [{ip: 10.3.%s, port: 80}]}}\n", i, p, at, at
	} }'
}
# use PREFIX: that config, in place of the other
use() { cp "$T/$1" "$T/next" && mv "$T/next" "$T/fodns.yaml"; }
# said NUMBER STATUS: a report on the target of a name
said() {
	printf '{"agent_id":"a","timestamp":"%s","check_name":"h%06d.failover:10.3.0.%d:80","domain":"h%06d.failover","type":"tcp","target_ip":"10.3.0.%d","port":80,"status":"%s"}\n' \
	    "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$1" "$1" "$1" "$1" "$2" | fodns-report -q -c "$T/fodns.yaml"
}
load() { # starts it
	spawn "$TOOLS/dnsload" -r $rate -n $names -w 4 127.0.0.1 "$dns" 10.1 10.2 10.3 >"$T/load" 2>"$T/load.err"
	load=$pid
}
# loaded: ends it; what it counted in $count, and each as $lost, $wrong, $sent
loaded() {
	kill "$load"
	wait "$load"
	count=$(cat "$T/load")
	note "$rate/s: $count"
	[ ! -s "$T/load.err" ] || note "$(cat "$T/load.err")"
	# shellcheck disable=SC2086 # words
	set -- $count
	sent=${2:-0} lost=${6:--1} wrong=${8:--1}
}
config 10.1 >"$T/10.1"
config 10.2 >"$T/10.2"
use 10.1
spawn fodns-serve -q -c "$T/fodns.yaml" 2>"$T/log"
serve=$pid
wait_for 30 answered "$dns" h000009.failover 10.1.0.9

# reloads: ten signals, ten times `fodns reload`
load
good=0
for i in 1 2 3 4 5 6 7 8 9 10; do
	for to in 10.2 10.1; do
		use $to
		if [ $((i % 2)) = 0 ]; then
			kill -HUP "$serve"
			wait_for 20 answered "$dns" h000009.failover $to.0.9
		else
			fodns reload -c "$T/fodns.yaml" >"$T/reload" 2>&1
		fi
		answered "$dns" h000009.failover $to.0.9 && good=$((good + 1))
	done
done
loaded
is $good 20 "20 reloads under load: the new config is served after each"
is "$lost lost $wrong wrong" "0 lost 0 wrong" "no query is lost, no answer is wrong"
[ "$sent" -ge $rate ]
ok $? "of enough"

# decide is killed: what was served stays, and changes come again
load
good=0
for i in 1 2 3 4 5; do
	sleep 0.2
	stop "$(pgrep -P "$serve" fodns-decide)" KILL
	said $i ok
	wait_for 20 answered "$dns" "h00000$i.failover" "10.3.0.$i" && good=$((good + 1))
done
loaded
is $good 5 "five kills of decide under load: the next one serves a change"
is "$lost lost $wrong wrong" "0 lost 0 wrong" "no query is lost, no answer is wrong"

# The worker is killed: queries wait in the sockets.  What it had read it may take with it, a batch of each thread.
# Beside it 20 TCP clients, who see the end of their connections and come again.
cat >"$T/tcp.pl" <<'E2'
use strict; use warnings; use IO::Socket::INET;
my ($port, $n) = @ARGV;
my $q = pack('n6', 7, 0, 1, 0, 0, 0) . "\7h000009\10failover\0" . pack('n2', 1, 1);
alarm 60; $SIG{PIPE} = 'IGNORE'; $| = 1;
sub ask { # true when the reply is right
	my $s = shift or return;
	my $r = '';
	syswrite $s, pack('n', length $q) . $q;
	while (length $r < 52) { sysread($s, $r, 200, length $r) or return }
	return substr($r, -4) eq "\12\1\0\11";
}
sub dial { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 5) }
my @s = map { dial() } 1 .. $n;
printf "%d asked\n", scalar grep { ask($_) } @s;
my $ended = grep { my $b; !sysread $_, $b, 1 } @s;
my $again = 0;
for (1 .. $n) { for my $try (1 .. 50) { if (ask(dial())) { $again++; last } select undef, undef, undef, 0.1 } }
print "$ended ended, $again asked again\n";
E2
spawn perl "$T/tcp.pl" "$dns" 20 >"$T/tcp"
tcp=$pid
wait_for 10 grep -q '20 asked' "$T/tcp"
load
kills=3

for i in $(seq $kills); do
	sleep 0.4
	worker=$(pgrep -P "$serve" -x fodns-serve)
	kill -9 "$worker"
	wait_for 30 answered "$dns" h000009.failover 10.1.0.9
done
wait "$tcp"
loaded
is "$(cat "$T/tcp")" "20 asked
20 ended, 20 asked again" "TCP clients of a killed worker see the end, and are answered by the next"
[ "$lost" -ge 0 ] && [ "$lost" -le $((kills * threads * batch)) ]
ok $? "$kills kills of the worker under load: no more is lost than it can have held, $((threads * batch)) queries a kill"
is "$wrong" 0 "no answer is wrong"
stop "$serve"
is "$status" 0 "and it ends as if nothing had been"

# a service manager holds the sockets, and starts the server again
spawn "$TOOLS/activate" "127.0.0.1@$dns" -- fodns-serve -q -c "$T/fodns.yaml" 2>>"$T/log" >"$T/starts"
manager=$pid
wait_for 30 answered "$dns" h000009.failover 10.1.0.9
load
for i in 1 2 3 4 5; do
	sleep 0.3
	kill -HUP "$manager"
	wait_for 30 sh -c "[ \$(wc -l <'$T/starts') -gt $i ]"
	wait_for 30 answered "$dns" h000009.failover 10.1.0.9
done
loaded
stop "$manager"
is "$(wc -l <"$T/starts")" 6 "five restarts under load, on the sockets of a service manager"
is "$lost lost $wrong wrong" "0 lost 0 wrong" "no query is lost, no answer is wrong"
unlike "$(cat "$T/log")" 'ended.*exit|ERROR' "and nothing else went wrong"
done_testing
