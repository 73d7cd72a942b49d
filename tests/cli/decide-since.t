#!/bin/sh
# fodns-decide --since: the history of answers, by hand and by a real recorder.
. "$(dirname "$0")/../lib.sh"
cd "$T" || exit 1
export TZ=UTC

cat >fodns.yaml <<'YAML'
dns: {listen_ip: 127.0.0.1, listen_port: 8053}
api: {listen_ip: 127.0.0.1, listen_port: 8000}
zones:
  - name: failover
    domains:
      webmail.failover:
        fallback: ["10.10.10.254"]
        server: {policy: any, timeout_sec: 60}
        monitor: {mode: tcp, targets: [{ip: 10.10.10.250, port: 80}]}
      other.failover:
        fallback: ["10.10.10.254"]
        server: {policy: any, timeout_sec: 60}
        monitor: {mode: tcp, targets: [{ip: 10.10.10.251, port: 80}]}
YAML
FODNS_CONFIG=$T/fodns.yaml
export FODNS_CONFIG

# report TIME DOMAIN IP STATUS
report() {
	printf '{"agent_id":"a1","timestamp":"%s","check_name":"%s:%s:80","domain":"%s","type":"tcp","target_ip":"%s","port":80,"status":"%s","latency_ms":null,"reason":null}\n' \
		"$1" "$2" "$3" "$2" "$3" "$4"
}
# changed TIME DOMAIN FROM TO SOURCE
changed() {
	printf '{"type":"event","event":"answer","at":"%s","domain":"%s","family":"A","from":"%s","to":"%s","source":"%s","why":"10.10.10.250:80 said so (0 of 3 up: connection refused)"}\n' "$@"
}
segment() { printf '{"type":"segment","format":1,"boot_id":"b","agent":null,"boot_ms":1,"at":"%s"}\n' "$1"; }
lines() { printf '%s' "$1" | grep -c ''; }

# ---- a state by hand
mkdir -p state/decisions
echo 'fodns-state 1' >state/format
{
	segment 2025-11-21T22:00:00.000Z
	changed 2025-11-21T23:12:07.125Z webmail.failover 10.10.10.250 10.10.10.254 fallback
	echo '{"type":"event","event":"agent","at":"2025-11-21T23:30:00.000Z","agent":"fra1","from":"fresh","to":"silent","why":"its last report is stale everywhere"}'
	echo '{"type":"config","at":"2025-11-21T23:40:00.000Z","boot_ms":7,"config":"0123456789abcdef","path":"x.yaml"}'
	changed 2025-11-22T03:00:00.000Z gone.failover 10.0.0.1 10.0.0.2 live
	echo '{"type":"seal","at":"2025-11-22T03:05:00.000Z"}'
} >state/decisions/000000000001.jsonl
{
	segment 2025-11-22T03:05:00.000Z
	changed 2025-11-22T03:05:00.000Z webmail.failover 10.10.10.254 10.10.10.250 live
	printf '{"type":"event","event":"ans'
} >state/decisions/000000000002.jsonl
since() { fodns-decide -s state --since "$@"; }

exits 0 'all there is' since 2025-11-21T22:00:00Z
is "$out" "$(cat state/decisions/*.jsonl | grep '"answer"')" 'in a pipe: the lines as they are, oldest first'
is "$err" '' 'without a word'
exits 0 'with everything else' since 2025-11-21T22:00:00Z --all -j
is "$(lines "$out")" 5 'agents and configs, too, but no segments, and no torn line'
exits 0 'up to a time' since 2025-11-21T23:12:07.125Z --at 2025-11-22T03:00:00Z
is "$(lines "$out")" 2 'both ends belong to it'
exits 0 'one domain' since 2025-11-21T22:00:00Z WebMail.Failover.
is "$(lines "$out")" 2 'in any case'
exits 0 'one with everything else' since 2025-11-21T22:00:00Z --all webmail.failover
is "$(lines "$out")" 4 'has what is about no domain, too'
exits 0 'a domain that is not configured any more' since 2025-11-21T22:00:00Z gone.failover
is "$(lines "$out")" 1 'has its history'
exits 0 'also of a time when it did not change' since 2025-11-22T03:01:00Z gone.failover
is "$out" '' 'which is nothing'
exits 2 'one that never was' since 2025-11-21T22:00:00Z webmal.failover
like "$err" 'webmal.failover: no such domain, neither configured nor in the history \(did you mean webmail.failover' 'names the nearest'
exits 2 'the nearest may be of the history' since 2025-11-21T22:00:00Z gome.failover
like "$err" 'did you mean gone.failover' 'as it is here'
is "$out" '' 'and nothing is on stdout'

# Every form of a time.
for t in 2025-11-22T02:00:00Z 2025-11-22T03:00:00+01:00 '2025-11-22 02:00' 2025-11-22T02:00:00 1763776800 @1763776800; do
	is "$(since "$t" --at 2025-11-22T04:00:00Z 2>&1 | grep -c '"at":"2025-11-22T03:0')" 2 "a time: $t"
done
is "$(TZ=Europe/Berlin fodns-decide -s state --since '2025-11-22 04:01' | grep -c '')" 1 'local time'
exits 0 'back from now' since -15min
exits 0 'the last one past' since 00:00
exits 2 'a time that is none' since noon
like "$err" '\-\-since: "noon" is not a time' 'is said'
exits 2 'an end before the beginning' since 2025-11-22T03:00:00Z --at 2025-11-22T02:00:00Z
like "$err" 'lies behind --at' 'is said'
exits 2 'the future' since 2100-01-01
exits 2 'it is a mode' since 03:12 --explain
exits 2 '--all of something else' fodns-decide -s state --all

# Before what is kept.
exits 0 'from before the history' since 2025-11-20T00:00:00Z
is "$(lines "$out")" 3 'lists what there is'
like "$err" 'the history begins at 2025-11-21 22:00:00' 'and says from when on'
exits 2 'wholly before it' since 2025-11-20T00:00:00Z --at 2025-11-21T00:00:00Z
like "$err" 'the history begins at 2025-11-21 22:00:00, later than the time asked for' 'says that'
cp -r state kept
rm kept/decisions/000000000001.jsonl
exits 0 'with a part that retention took' fodns-decide -s kept --since 2025-11-20T00:00:00Z
like "$err" 'the history is kept from 2025-11-22 03:05:00' 'it is kept from'
rm -r kept/decisions
exits 75 'without any' fodns-decide -s kept --since 2025-11-20T00:00:00Z
like "$err" 'kept/decisions: no history is there' 'there is no "nothing changed"'
exits 75 'no state' fodns-decide -s none --since 2025-11-20T00:00:00Z
is "$out" '' 'and nothing on stdout'
ln -s /dev/null state/decisions/000000000003.jsonl
exits 75 'a part that cannot be read' since 2025-11-21T22:00:00Z
like "$err" 'decisions/000000000003.jsonl: a symbolic link' 'is named'
rm state/decisions/000000000003.jsonl

# For people.
exits 0 'a table' since 2025-11-21T22:00:00Z -o table
is "$out" 'Fri 2025-11-21 UTC
23:12:07  webmail.failover  A      fallback  10.10.10.250 -> 10.10.10.254
          10.10.10.250:80 said so (0 of 3 up: connection refused)

Sat 2025-11-22 UTC
03:00:00  gone.failover     A      live      10.0.0.1 -> 10.0.0.2
          10.10.10.250:80 said so (0 of 3 up: connection refused)
03:05:00  webmail.failover  A      live      10.10.10.254 -> 10.10.10.250
          10.10.10.250:80 said so (0 of 3 up: connection refused)' 'two lines a change'
exits 0 'with everything else' since 2025-11-21T22:00:00Z --at 2025-11-22T00:00:00Z -o table --all
like "$out" '^23:30:00 +agent +fra1 fresh -> silent$' 'has agents'
like "$out" '^23:40:00 +config +0123456789abcdef, path x.yaml$' 'and configs'
exits 0 'of a quiet time' since 2025-11-22T01:00:00Z --at 2025-11-22T02:00:00Z -o table webmail.failover
is "$out" '' 'nothing'
like "$err" 'webmail.failover: nothing changed from 2025-11-22 01:00:00 to 2025-11-22 02:00:00' 'which is said'

# A file that was just broken hides nothing.
echo 'zones: [' >broken.yaml
exits 0 'without a config' fodns-decide -c broken.yaml -s state --since 2025-11-21T22:00:00Z
is "$(lines "$out")" 3 'the history is there'
exits 2 'but not without a state' env -u FODNS_STATE fodns-decide -c broken.yaml --since 2025-11-21T22:00:00Z

# A damaged line is named and skipped.
{
	echo
	changed 2025-11-22T03:06:00.000Z webmail.failover 10.10.10.250 10.10.10.254 fallback
} >>state/decisions/000000000002.jsonl
exits 0 'a torn line that was written on from' since 2025-11-22T03:01:00Z
is "$(lines "$out")" 2 'costs only itself'
like "$err" 'decisions/000000000002.jsonl:3: ' 'and is named'

# ---- a replay
{
	report 2025-11-22T10:00:00Z webmail.failover 10.10.10.250 ok
	report 2025-11-22T10:00:10Z webmail.failover 10.10.10.250 fail
	report 2025-11-22T10:00:20Z other.failover 10.10.10.251 ok
} >reports.jsonl
exits 0 'of reports' fodns-decide -r reports.jsonl --since 2025-11-22T10:00:05Z --at 2025-11-22T10:00:30Z
is "$(printf '%s\n' "$out" | sed 's/.*"domain":"\([a-z.]*\)".*"to":"\([0-9.]*\)".*/\1 \2/')" 'webmail.failover 10.10.10.254
other.failover 10.10.10.251' 'from then on'
exits 0 'of one domain' fodns-decide -r reports.jsonl --since 2025-11-22T10:00:05Z --at 2025-11-22T10:00:30Z other.failover
is "$(lines "$out")" 1 'only its own'
exits 2 'a replay knows what is configured' fodns-decide -r reports.jsonl --since 2025-11-22T10:00:05Z gone.failover
echo '{"agent_id":' >>reports.jsonl
exits 1 'with a bad line' fodns-decide -r reports.jsonl --since 2025-11-22T10:00:05Z --at 2025-11-22T10:00:30Z
is "$(lines "$out")" 2 'it still tells'

# ---- a real recorder
spawn fodns-decide --follow -s real >/dev/null 2>log
recorder=$pid
wait_for 10 grep -q '"ready":true' real/stats/decide.json
now() { date -u +%Y-%m-%dT%H:%M:%S.%3NZ; }
tell() { report "$(now)" "$@" | fodns-report -s real; }
recorded() { [ "$(fodns-decide -s real --since -1h 2>/dev/null | grep -c '')" = "$1" ]; }
tell webmail.failover 10.10.10.250 ok
wait_for 10 recorded 1
ok $? 'a change is in the history at once'
tell webmail.failover 10.10.10.250 fail
wait_for 10 recorded 2
ok $? 'and the next'
fodns-override -s real 10.10.10.250 up --for 1h --reason test >/dev/null 2>&1
wait_for 10 recorded 3
ok $? 'and one by an override'
out=$(fodns-decide -s real --since -1h --all webmail.failover 2>/dev/null)
is "$(printf '%s\n' "$out" | sed 's/.*"event":"\([a-z]*\)".*"to":"\([^"]*\)".*/\1 \2/' | grep -v '^agent\|"type":"config"')" 'target up
answer 10.10.10.250
target down
answer 10.10.10.254
override up
target up
answer 10.10.10.250' 'cause before effect'
is "$(fodns-decide -s real --since -1h --all 2>/dev/null)" "$(grep -h '"event"\|"type":"config"' real/decisions/*.jsonl)" 'it is what was written'

# ---- a reload
sed -i 's/10.10.10.254/10.10.10.253/; s/other.failover/new.failover/' fodns.yaml
fodns-override -s real --clear 10.10.10.250 >/dev/null 2>&1
wait_for 10 recorded 4
kill -HUP "$recorder"
wait_for 10 recorded 7
ok $? 'what another config answers is a change'
out=$(fodns-decide -s real --since -1h 2>/dev/null | tail -n 3)
is "$(printf '%s\n' "$out" | jq -r '"\(.domain) \(.from) -> \(.to): \(.why)"')" 'webmail.failover 10.10.10.254 -> 10.10.10.253: another config
new.failover  -> 10.10.10.253: newly configured
other.failover 10.10.10.254 -> : no longer configured' 'and so are domains that come and go'
is "$(fodns-decide -s real --since -1h --all -j 2>/dev/null | tail -n 4 | jq -r 'if .type == "config" then "config" else .event end' | tr '\n' ' ')" 'config answer answer answer ' 'after the config that did it'
is "$(fodns-decide -s real --since -1h --all -j 2>/dev/null | tail -n 4 | jq -r .at | uniq | grep -c '')" 1 'at the same instant'

# ---- what happened while there was no recorder
answers() { fodns-decide -s real --since -1h 2>/dev/null | tail -n +8 | jq -r '"\(.domain) \(.from) -> \(.to) \(.source): \(.why)"'; }
again() {
	rm real/stats/decide.json
	spawn fodns-decide --follow -s real >/dev/null 2>>log
	recorder=$pid
	wait_for 10 grep -q '"ready":true' real/stats/decide.json
}
snapped() { [ "$(jq .snapshots real/stats/decide.json)" -ge 1 ]; }
kill -9 "$recorder"
wait "$recorder" 2>/dev/null
tell webmail.failover 10.10.10.250 ok
again
wait_for 10 recorded 8
ok $? 'a change that came while it was killed is recorded at its start'
is "$(answers)" 'webmail.failover 10.10.10.253 -> 10.10.10.250 live: while nothing was recorded: 10.10.10.250:80 up (1 of 1 up)' 'and said to be'
wait_for 10 snapped
stop "$recorder"
tell webmail.failover 10.10.10.250 fail
tell webmail.failover 10.10.10.250 ok
again
wait_for 10 snapped
stop "$recorder"
recorded 8
ok $? 'what is as it was is none'
sed -i 's/10.10.10.253/10.10.10.252/' fodns.yaml
again
wait_for 10 recorded 9
ok $? 'so is what another config answers'
is "$(answers | tail -n 1)" 'new.failover 10.10.10.253 -> 10.10.10.252 fallback: while nothing was recorded: another config' 'with its cause'

# ---- a first recorder: what the journals began from was never answered
tell_young() { report "$(now)" "$@" | fodns-report -s young; }
tell_young webmail.failover 10.10.10.250 ok
spawn fodns-decide --follow -s young >/dev/null 2>>log
first=$pid
wait_for 10 grep -q '"ready":true' young/stats/decide.json
is "$(fodns-decide -s young --since -1h 2>/dev/null)" '' 'a first recorder makes up no change'
tell_young webmail.failover 10.10.10.250 fail
wait_for 10 sh -c 'fodns-decide -s young --since -1h 2>/dev/null | grep -q .'
is "$(fodns-decide -s young --since -1h 2>/dev/null | jq -r '"\(.from) -> \(.to): \(.why)"')" '10.10.10.250 -> 10.10.10.252: 10.10.10.250:80 down (0 of 1 up)' 'and has the first one that it sees'
stop "$first"

# ---- two of them: the one that does not record takes over
spawn fodns-decide --follow -s real >/dev/null 2>>log
second=$pid
wait_for 10 snapped
# What the first one cannot write any more, as it does not get to it.
kill -STOP "$recorder"
tell webmail.failover 10.10.10.250 fail
tell new.failover 10.10.10.251 ok
kill -9 "$recorder"
wait "$recorder" 2>/dev/null
wait_for 10 recorded 11
ok $? 'and writes what the first one did not'
is "$(answers | tail -n 2 | sort)" 'new.failover 10.10.10.252 -> 10.10.10.251 live: while nothing was recorded: 10.10.10.251:80 up (1 of 1 up)
webmail.failover 10.10.10.250 -> 10.10.10.252 fallback: while nothing was recorded: 10.10.10.250:80 down (0 of 1 up)' 'each once'
tell webmail.failover 10.10.10.250 ok
wait_for 10 recorded 12
ok $? 'then it records'
is "$(answers | tail -n 1)" 'webmail.failover 10.10.10.252 -> 10.10.10.250 live: 10.10.10.250:80 up (1 of 1 up)' 'as any other'
tell webmail.failover 10.10.10.250 fail
wait_for 10 recorded 13
stop "$second"

# ---- without a snapshot what was answered is what was recorded last
rm -r real/snap
sed -i 's/10.10.10.252/10.10.10.253/' fodns.yaml
again
wait_for 10 recorded 14
ok $? 'another config is a change, too, where there is no snapshot'
is "$(answers | tail -n 1)" 'webmail.failover 10.10.10.252 -> 10.10.10.253 fallback: while nothing was recorded: 10.10.10.250:80 down (0 of 1 up)' 'from the last one in the history'
stop "$recorder"
done_testing
