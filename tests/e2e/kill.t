#!/bin/sh
# kill -9 of what writes reports, under load, with a follower: nothing acknowledged is lost.
. "$(dirname "$0")/../lib.sh"

dns=$(free_port) api=$(free_port)
"$TOOLS/drive" config 50 "$dns" "$api" >"$T/fodns.yaml"
spawn fodns-serve -q -c "$T/fodns.yaml" -s "$T/state" 2>"$T/serve.log"
serve=$pid
wait_for 10 answered "$dns" h000001.failover 192.0.2.1
spawn fodns-api -q -c "$T/fodns.yaml" -s "$T/state" 2>"$T/api.log"
apid=$pid
wait_for 10 listening "$api"
spawn "$TOOLS/drive" acked "$api" 50 60 >"$T/acked"
driver=$pid
kills=0
while [ $kills -lt 25 ]; do
	wait_for 10 listening "$api"
	sleep 0.1
	stop "$apid" KILL
	kills=$((kills + 1))
	spawn fodns-api -q -c "$T/fodns.yaml" -s "$T/state" 2>>"$T/api.log"
	apid=$pid
done
acknowledged() { [ "$(wc -l <"$T/acked")" -ge 100 ]; }
wait_for 30 acknowledged
stop "$driver"
note "$kills kills, $(wc -l <"$T/acked") reports acknowledged"
acknowledged
ok $? "meanwhile reports were acknowledged"
cat "$T/state/reports/bench/"*.jsonl >"$T/all"
grep -v '"type":"seal' "$T/all" | jq -R 'fromjson? | .seq // empty' | sort -u >"$T/stored"
sort -u "$T/acked" | comm -23 - "$T/stored" >"$T/lost"
is "$(wc -l <"$T/lost")" 0 "every acknowledged report is in the journal"
wait_for 5 answered "$dns" h000001.failover "10.0.0.1 10.64.0.1"
is "$(answers "$dns" h000001.failover)" "10.0.0.1 10.64.0.1" "the follower goes on"

# writers of one agent's journal side by side, killed at random: whole lines only
# shellcheck disable=SC2034 # a counter
for i in $(seq 80); do
	"$TOOLS/drive" feed 50 4000 1 2>/dev/null | fodns-report -q -s "$T/state" -c "$T/fodns.yaml" 2>/dev/null &
	a=$!
	"$TOOLS/drive" feed 50 4000 1 2>/dev/null | fodns-report -q -s "$T/state" -c "$T/fodns.yaml" 2>/dev/null &
	b=$!
	_pids="$_pids $a $b"
	sleep 0.05
	kill -9 $a $b 2>/dev/null
	wait $a $b 2>/dev/null
done
bad=$(cat "$T/state/reports/bench/"*.jsonl | jq -R 'fromjson? // "bad"' | grep -c '^"bad"')
note "$bad torn lines"
exits 0 "decide reads what is left" fodns-decide -c "$T/fodns.yaml" -s "$T/state" -j
stop "$serve"
stop "$apid"
done_testing
