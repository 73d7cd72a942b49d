#!/bin/sh
# kill -9 of the recorder, or of the child that writes its snapshot, while it writes and under load: there is
# always a whole snapshot or none, and a start from it knows what a reading of all journals knows.
. "$(dirname "$0")/../lib.sh"

N=3000
"$TOOLS/drive" config "$N" 1 2 >"$T/fodns.yaml"
S=$T/state
rounds=${SNAPSHOT_KILLS:-6}

# all: what is answered and why, without the instant of asking
all() { fodns-decide -j -s "$S" -c "$T/fodns.yaml" 2>"$T/err" | jq -c '[.domain, .rrsets, .targets]'; }
# child_of PID: the process that it forked
child_of() { child=$(cat "/proc/$1/task/$1/children" 2>/dev/null) && [ -n "$child" ]; }
pause() { sleep "$(awk -v i="$1" 'BEGIN {srand(i); printf "%.3f", 0.12 * rand()}')"; }

"$TOOLS/drive" feed "$N" 0 0 2>/dev/null | fodns-report -q -s "$S" -c "$T/fodns.yaml"
writing=0 bad=0 wrong=0
for i in $(seq "$rounds"); do
	[ $((i % 3)) = 0 ] && status=fail || status=ok
	mkfifo "$T/fifo"
	fodns-report -q -s "$S" -c "$T/fodns.yaml" <"$T/fifo" 2>/dev/null & # opens the fifo there, not here
	report=$!
	"$TOOLS/drive" feed "$N" 8000 60 "$status" >"$T/fifo" 2>/dev/null &
	feeder=$!
	_pids="$_pids $report $feeder"
	spawn fodns-decide --follow -s "$S" -c "$T/fodns.yaml" >"$T/stream" 2>"$T/log"
	recorder=$pid
	tries=0
	until child_of "$recorder" || [ $((tries += 1)) -gt 2000 ]; do sleep 0.005; done
	[ $((i % 2)) = 1 ] || pause "$i" # at once, or a little later
	! child_of "$recorder" || writing=$((writing + 1))
	[ $((i % 2)) = 0 ] || [ -z "$child" ] || kill -9 "$child" 2>/dev/null
	stop "$recorder" KILL
	stop "$feeder"
	wait "$report"
	rm "$T/fifo"
	! grep -q 'snapshot that' "$T/log" || bad=$((bad + 1))
	all >"$T/with"
	[ ! -s "$T/err" ] || bad=$((bad + 1))
	[ ! -d "$S/snap" ] || mv "$S/snap" "$T/hidden"
	all >"$T/without"
	[ ! -d "$T/hidden" ] || mv "$T/hidden" "$S/snap"
	cmp -s "$T/with" "$T/without" || wrong=$((wrong + 1))
	for s in "$S"/snap/*.jsonl; do
		[ ! -e "$s" ] || [ "$(tail -n 1 "$s" | jq -r .type)" = end ] || bad=$((bad + 1))
	done
done
note "$rounds kills, $writing of them while a snapshot was written; $(find "$S/snap" -name '*.jsonl' 2>/dev/null | wc -l) are there"
[ "$writing" -gt 0 ]
ok $? 'it was killed while it wrote'
is "$(wc -l <"$T/with")" "$N" 'all domains are judged'
is "$bad" 0 'every snapshot is whole'
is "$wrong" 0 'and tells what all journals tell'
# The next one goes on as if nothing had been, and sweeps up.
rm -f "$S/stats/decide.json"
spawn fodns-decide --follow -s "$S" -c "$T/fodns.yaml" >"$T/stream" 2>"$T/log"
wait_for 20 sh -c "[ \"\$(jq .snapshots '$S/stats/decide.json')\" -ge 1 ]"
is "$(find "$S/snap" -name '.*' -type f | wc -l)" 0 'what a killed child left is swept up'
is "$(grep -c snapshot "$T/log")" 0 'and nothing is to be said'
stop "$pid"
done_testing
