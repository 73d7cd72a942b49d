#!/bin/sh
# fodns-check: what is slow or dead delays nothing else.  A thousand targets that take no connection, others that take
# one and say nothing, names that no server answers for, and beside them a thousand good ones.
# shellcheck source=tests/lib.sh disable=SC2154
. "$(dirname "$0")/../lib.sh"
export XDG_STATE_HOME="$T/xdg"
RUNS=3 # of each good one, while every dead one is in its first

spawn "$TOOLS/hostile" full >"$T/full"
spawn "$TOOLS/hostile" silent >"$T/silent"
up=$(free_port)
spawn "$TOOLS/target" 127.0.0.1 "$up" >"$T/target"
nobody=$(free_port)
# shellcheck disable=SC2016 # perl's
spawn perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1", LocalPort => $ARGV[0]) or die; sleep' "$nobody"
wait_for 5 grep -q ready "$T/target"
wait_for 5 test -s "$T/full" -a -s "$T/silent"
full=$(head -n 1 "$T/full") silent=$(head -n 1 "$T/silent")

# As many as there may be open files.
many=1000
# shellcheck disable=SC3045 # dash and bash have it
files=$(ulimit -Hn)
[ "$files" = unlimited ] || [ "$files" -ge 2400 ] || many=$(((files - 200) / 2))

# tasks KIND COUNT TYPE IP PORT SECONDS INTERVAL: each has a timeout of its own, up to a second more, and so is a probe
# of its own
tasks() {
	perl -e 'my ($kind, $n, $type, $ip, $port, $sec, $interval) = @ARGV;
		for my $i (1 .. $n) {
			printf qq({"check_name":"%s%d","domain":"%s%d.z","target_ip":"%s","port":%d,"type":"%s","timeout_sec":%.3f,"interval_sec":%s}\n),
				$kind, $i, $kind, $i, $ip, $port, $type, $sec + $i / 1000, $interval }' "$@"
}
{
	tasks dead "$many" tcp 127.0.0.1 "$full" 300 600
	tasks mute 30 http 127.0.0.1 "$silent" 300 600
	tasks lost 30 tcp no-such-name.example "$up" 300 600
	tasks good "$many" tcp 127.0.0.1 "$up" 0.5 2
} >"$T/tasks"

# seen: has every good one had its runs?
seen() {
	grep -o '"check_name":"good[0-9]*"' "$T/out" | sort | uniq -c |
		awk -v runs="$RUNS" -v many="$many" '$1 >= runs {n++} END {exit n != many}'
}
spawn fodns-check --follow -j --resolver "127.0.0.1@$nobody" -t "$T/tasks" >"$T/out" 2>"$T/err"
check=$pid
wait_for 120 seen
ok $? "$many good targets have $RUNS results each"
stop "$check"
is "$status" 0 "and it ends cleanly"
is "$(grep -c '"check_name":"[dm]' "$T/out")" 0 "while none of the dead ones has ended"
is "$(grep '"check_name":"good' "$T/out" | grep -cv '"status":"ok"')" 0 "every result of a good one is ok"
is "$(grep -c 'left out' "$T/err")" 0 "and no run was left out"

# The dead ones end by their own budget, and as what they are.
{
	tasks dead "$many" tcp 127.0.0.1 "$full" 1 10
	tasks mute 30 http 127.0.0.1 "$silent" 1 10
	tasks lost 30 tcp no-such-name.example "$up" 1 10
} >"$T/tasks"
fodns-check -j --resolver "127.0.0.1@$nobody" -t "$T/tasks" >"$T/out" 2>"$T/err"
is "$(sed 's/.*"check_name":"\([a-z]*\).*"status":"\([a-z]*\)".*"reason":"\([^"]*\)".*/\1 \2 \3/' "$T/out" | sort | uniq -c | tr -s ' ')" \
	" $many dead fail timed out
 30 lost unknown local: cannot resolve
 30 mute fail timed out" "the dead are told from what could not be checked"

# More dead ones than open files: there it cannot be helped.
tasks dead 400 tcp 127.0.0.1 "$full" 1 10 >"$T/tasks"
cat >"$T/few" <<-'END'
	#!/bin/sh
	ulimit -n 300
	exec fodns-check --follow -j -t "$1"
END
spawn sh "$T/few" "$T/tasks" >"$T/out" 2>"$T/err"
check=$pid
had() { [ "$(grep -o '"check_name":"dead[0-9]*"' "$T/out" | sort -u | wc -l)" = 400 ]; }
wait_for 60 had
ok $? "more dead ones than open files: all have their turn"
stop "$check"
is "$(grep -c 'probes are under way.*ulimit -n' "$T/err")" 1 "and that others wait is said once"

done_testing
