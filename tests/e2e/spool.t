#!/bin/sh
# The spool of fodns-report: a disk that is full, and kill -9 at any moment.
# shellcheck source=tests/lib.sh disable=SC2154
if [ -z "${SPOOL_NS-}" ] && unshare -rm sh -c 'mount -t tmpfs none /mnt' 2>/dev/null; then
	SPOOL_NS=yes exec unshare -rm "$0"
fi
. "$(dirname "$0")/../lib.sh"

port=$(free_port)
mode() { echo "$@" >"$T/.mode" && mv "$T/.mode" "$T/mode"; }
mode status 503
spawn "$TOOLS/fakemaster" "$port" "$T/mode" "$T/got"
wait_for 5 listening "$port"
: >"$T/got"
printf 'agent_id: a1\nspool_dir: %s/disk/spool\nservers: [{name: m1, url: "http://127.0.0.1:%s"}]\n' "$T" "$port" >"$T/agent.yaml"
mkdir "$T/disk"
# reports FROM TO [MORE]: number n is a check of its own
reports() {
	perl -e 'my ($from, $to, $more) = @ARGV;
		for ($from .. $to) { printf qq({"agent_id":"a1","timestamp":"2026-11-22T10:00:00.250Z","check_name":"c%d","domain":"d.failover","type":"tcp","target_ip":"192.0.2.1","port":80,"status":"ok","latency_ms":1,"reason":"%s"%s}\n), $_, "x" x 100, $more // "" }' "$@"
}
numbers() { sed -n 's/.*"check_name":"c\([0-9]*\)".*"reason":"x\{100\}".*}$/\1/p' "$@" 2>/dev/null | sort -u; }
count() { numbers "$@" | wc -l; }
got() { [ "$(count "$T/got")" -ge "$1" ]; }
start() {
	rm -f "$T/fifo" && mkfifo "$T/fifo"
	"$@" fodns-report -a "$T/agent.yaml" <"$T/fifo" 2>>"$T/err" &
	report=$!
	_pids="$_pids $report"
	exec 3>"$T/fifo"
}

# ---- a full disk
if [ -n "${SPOOL_NS-}" ]; then
	mount -t tmpfs -o size=1m,nr_inodes=16 none "$T/disk"
	start
	reports 1 100 >&3
	wait_for 5 sh -c "cat '$T'/disk/spool/m1/* | grep -q '\"c100\"'"
	ok $? "a disk that has room takes what its master does not"
	cat /dev/zero >"$T/disk/filler" 2>/dev/null
	reports 101 600 >&3
	wait_for 5 grep -q "master m1: reports cannot be spooled: $T/disk/spool/m1: No space left on device" "$T/err"
	ok $? "one that is full is said"
	[ "$(cat "$T"/disk/spool/m1/* | tail -c 1 | od -An -c | tr -d ' ')" = '\n' ]
	ok $? "and nothing is left half-written"
	rm "$T/disk/filler"
	reports 601 610 >&3
	wait_for 15 sh -c "cat '$T'/disk/spool/m1/* | grep -q '\"c610\"'"
	is "$(count "$T"/disk/spool/m1/*)" 610 "what had waited in memory goes there once there is room"
	mode fodns
	wait_for 15 got 610
	is "$(count "$T/got")" 610 "and all of it to the master"
	wait_for 5 sh -c "! ls '$T'/disk/spool/m1/* 2>/dev/null"
	mode status 503
	cat /dev/zero >"$T/disk/filler" 2>/dev/null
	: >"$T/got"
	reports 1 20 >&3
	wait_for 15 sh -c "[ \"\$(grep -c 'cannot be spooled' '$T/err')\" = 2 ]"
	mode fodns
	wait_for 15 got 20
	is "$(count "$T/got")" 20 "with a full disk and a master that comes back nothing is lost"
	stop "$report"
	is "$status" 0 "and the end is a good one"
	mode status 503
	start
	reports 1 20 >&3
	exec 3>&-
	wait "$report"
	is $? 75 "neither a disk nor a master is a temporary failure"
	umount "$T/disk"
fi

# ---- a limit of the file's size
: >"$T/err" && : >"$T/got"
mode status 503
start sh -c 'ulimit -f 8; exec "$@"' sh
reports 1 100 >&3
wait_for 5 grep -q "cannot be spooled: .*: File too large" "$T/err"
ok $? "a file at its limit is a full disk"
mode fodns
wait_for 15 got 100
is "$(count "$T/got")" 100 "and not the end of the program"
exec 3>&-
wait "$report"
is $? 0 "which ends well"

# ---- what was kept is as old as it is
mode status 503
: >"$T/got"
fodns-check -j --domain d.failover "tcp://127.0.0.1:$port" >"$T/line"
at=$(sed -n 's/.*"timestamp":"\([^"]*\)".*/\1/p' "$T/line")
fodns-report -q -a "$T/agent.yaml" <"$T/line" 2>/dev/null
sleep 1.5
mode fodns
fodns-report -q -a "$T/agent.yaml" </dev/null
is "$(sed -n 's/.*"timestamp":"\([^"]*\)".*/\1/p' "$T/got")" "$at" "a report that waited has the time of its probe"
age=$(sed -n 's/.*"age_ms":\([0-9]*\)}$/\1/p' "$T/got")
[ "${age:-0}" -ge 1500 ]
ok $? "and an age that counts the wait" || note "age $age"

# ---- kill -9, again and again, with a master that comes and goes
: >"$T/got"
n=0
for round in $(seq 30); do
	case $((round % 3)) in 0) mode fodns ;; 1) mode status 503 ;; 2) mode fodns slow 5 ;; esac
	start
	reports $((n + 1)) $((n + 40)) >&3
	n=$((n + 40))
	# What is neither on the disk nor delivered when it dies was never anywhere but in its memory.
	if [ $((round % 2)) = 0 ]; then
		wait_for 10 sh -c "cat '$T/got' '$T'/disk/spool/m1/* 2>/dev/null | grep -q '\"c$n\"'"
		numbers "$T/got" "$T"/disk/spool/m1/* >"$T/seen"
		sort -u "$T/seen" "$T/sure" 2>/dev/null >"$T/sure.new"
		mv "$T/sure.new" "$T/sure"
	fi
	reports $((n + 1)) $((n + 400)) >&3
	n=$((n + 400))
	perl -e 'select undef, undef, undef, rand 0.02'
	kill -9 "$report"
	wait "$report" 2>/dev/null
	exec 3>&-
done
mode fodns
fodns-report -a "$T/agent.yaml" </dev/null 2>"$T/last.err"
is $? 0 "after thirty times kill -9 the next run works" || note "$(cat "$T/last.err")"
numbers "$T/got" >"$T/all"
want=$(wc -l <"$T/sure")
[ "$want" -ge 600 ]
ok $? "of $n reports $want were seen on the disk or with the master before"
is "$(comm -23 "$T/sure" "$T/all" 2>/dev/null | wc -l)" 0 "and each of them arrived"
is "$(find "$T/disk/spool/m1" -type f)" "" "nothing stays behind"
is "$(grep -cv '^{"agent_id":"a1".*}$' "$T/got")" 0 "nor was anything sent that is torn"
done_testing
