#!/bin/sh
# An agent that is cut off says so of itself, and not that its targets are down.
# shellcheck source=tests/lib.sh disable=SC2154
. "$(dirname "$0")/../lib.sh"
export XDG_STATE_HOME="$T/xdg"
field() { sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^,\"}]*\\).*/\\1/p"; }

up=$(free_port) down=$(free_port) ref=$(free_port) api=$(free_port)
listen() { # PORT
	spawn "$TOOLS/target" 127.0.0.1 "$1" 200 >"$T/target.$1"
	wait_for 5 grep -q ready "$T/target.$1"
	listener=$pid
}
listen "$up"
target=$listener
cat >"$T/fodns.yaml" <<END
api: {listen_ip: 127.0.0.1, listen_port: $api}
defaults: {agent: {interval_sec: 0.2, timeout_sec: 0.15}}
zones:
  - name: failover
    domains:
      up.failover: {fallback: [127.0.0.9], monitor: {targets: [{ip: 127.0.0.1, port: $up}]}}
      down.failover: {fallback: [127.0.0.9], monitor: {targets: [{ip: 127.0.0.1, port: $down}]}}
END
mkdir "$T/state"
echo "fodns-state 1" >"$T/state/format"
spawn fodns-api -c "$T/fodns.yaml" -s "$T/state" 2>"$T/api.err"
wait_for 10 listening "$api"
agent() { # REFERENCES
	printf 'agent_id: a1\nspool_dir: %s\nservers: [{name: m1, url: "http://127.0.0.1:%s"}]\nreference: %s\n' "$T/spool" "$api" "$1" >"$T/agent.yaml"
}
# now DOMAIN PATTERN: some line from now on has it
now() {
	wc -l <"$T/out" >"$T/from"
	wait_for 15 sh -c "tail -n +\$((\$(cat '$T/from') + 1)) '$T/out' | grep '\"domain\":\"$1\"' | grep -q '$2'"
}

# ---- one run
agent "\"tcp://127.0.0.1:$ref\""
exits 3 "no reference at all: one run" fodns-check -a "$T/agent.yaml"
is "$(echo "$out" | grep down.failover | field reason)" "local: no reference reachable" "a failure says nothing"
is "$(echo "$out" | grep up.failover | field status)" ok "and what is right is right"
like "$err" "no reference is reachable \\(tcp://127.0.0.1:$ref\\): checks that fail are unknown until one is" "which is said"
listen "$ref"
reference=$listener
exits 1 "with it" fodns-check -a "$T/agent.yaml"
is "$(echo "$out" | grep down.failover | field reason)" "connection refused" "a failure is one"
agent "[\"tcp://127.0.0.1:$(free_port)\", \"tcp://127.0.0.1:$ref\"]"
exits 1 "one of two is enough" fodns-check -a "$T/agent.yaml"
agent "[\"http://127.0.0.1:$ref/x\"]"
exits 1 "also one over http" fodns-check -a "$T/agent.yaml"

# ---- a run that goes on
agent "[\"tcp://127.0.0.1:$(free_port)\", \"tcp://127.0.0.1:$ref\"]"
spawn fodns-check --follow -a "$T/agent.yaml" >"$T/out" 2>"$T/err"
check=$pid
now down.failover '"status":"fail"'
ok $? "it reports failures while a reference is there"
wait_for 5 grep -q '"reference":"reachable","reference_since":"' "$T/spool/check.a1.json"
ok $? "and counts among its own that there is one"

stop "$reference"
now down.failover 'local: no reference reachable'
ok $? "without any, failures are unknown"
wc -l <"$T/out" >"$T/cut"
now up.failover '"status":"ok"'
ok $? "the others are as they were"
wait_for 5 grep -q '"reference":"none"' "$T/spool/check.a1.json"
ok $? "its counters say so"
is "$(grep -c 'no reference is reachable' "$T/err")" 1 "the log says it once"
# From the first unknown on not one failure was told.
now down.failover unknown
now down.failover unknown
is "$(tail -n +"$(cat "$T/cut")" "$T/out" | grep -c '"status":"fail"')" 0 "not one failure is told meanwhile"

listen "$ref"
reference=$listener
now down.failover '"status":"fail"'
ok $? "when one is back, failures are failures again"
like "$(cat "$T/err")" "reference tcp://127.0.0.1:$ref is reachable again, after [0-9]" "and the log says since when"

# A file that is read again: other references, or none.
stop "$reference"
now down.failover 'local: no reference reachable'
agent '[]'
kill -HUP "$check"
now down.failover '"status":"fail"'
ok $? "without references every failure is one"
agent "\"tcp://127.0.0.1:$ref\""
kill -HUP "$check"
now down.failover 'local: no reference reachable'
ok $? "with them again it is not"
set -- "/proc/$check/fd"/*
[ $# -lt 40 ]
ok $? "no descriptor is left over"
stop "$check"
is "$status" 0 "it ends cleanly"
is "$(field agent_id <"$T/out" | sort -u)" a1 "as the agent that it was"
wait_for 5 grep -q '"config_refused":""' "$T/spool/check.a1.json"
ok $? "a file in force is not refused"

# ---- what comes of it: a target that was up is not down because the agent is cut off
agent "\"tcp://127.0.0.1:$ref\""
listen "$ref"
reference=$listener
fodns-check -a "$T/agent.yaml" up.failover >"$T/reports"
stop "$reference"
stop "$target"
fodns-check -a "$T/agent.yaml" up.failover >>"$T/reports" 2>/dev/null
is "$(field status <"$T/reports" | tr '\n' ' ')" "ok unknown " "cut off, with a target that is gone"
like "$(fodns-decide -c "$T/fodns.yaml" -j -r "$T/reports" 2>/dev/null | grep up.failover)" '"answers":\["127.0.0.1"\].*"source":"live"' \
	"the target is answered"

# ---- mistakes
for row in '"tcp://ref.example:53"=:4:12: reference ref.example: an address is needed, not a name' \
	'["tcp://127.0.0.1"]=:4:13: reference tcp://127.0.0.1: tcp needs a port' \
	'10.0.0.1=:4:12: reference 10.0.0.1: not a check' '{a: b}=:4:12: reference must be a list'; do
	agent "${row%%=*}"
	exits 2 "refused: ${row%%=*}" fodns-check -a "$T/agent.yaml"
	like "$err" "agent.yaml${row#*=}" "and said where"
done
done_testing
