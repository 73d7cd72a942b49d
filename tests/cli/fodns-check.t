#!/bin/sh
# fodns-check against real targets, good ones and hostile ones, all on loopback.
# shellcheck source=tests/lib.sh disable=SC2154
. "$(dirname "$0")/../lib.sh"
export XDG_STATE_HOME="$T/xdg"

# hostile NAME MODE [FILE]: starts one; its port in $port
hostile() {
	_name=$1
	shift
	spawn "$TOOLS/hostile" "$@" >"$T/$_name.out"
	wait_for 5 test -s "$T/$_name.out"
	port=$(head -n 1 "$T/$_name.out")
}
field() { sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^,\"}]*\\).*/\\1/p"; }

# ---- usage
exits 2 "nothing to check is a usage error" fodns-check
like "$err" 'URLs.*task lines \(-t\).*config \(-c\).*agent.s file \(-a\)' "which names the sources"
exits 2 "two sources" fodns-check -t x -c y
exits 2 "a URL beside a source" fodns-check -t /dev/null tcp://127.0.0.1:1
exits 2 "not a URL" fodns-check 127.0.0.1:80
exits 2 "a bad agent_id" fodns-check --agent-id '' tcp://127.0.0.1:1
exits 2 "a missing task file" fodns-check -t "$T/none"
like "$err" 'none: No such file' "is named"

# ---- tcp
up=$(free_port) down=$(free_port)
spawn "$TOOLS/target" 127.0.0.1 "$up" 200 >"$T/target.out"
wait_for 5 grep -q ready "$T/target.out"

exits 0 "tcp to a listener" fodns-check --agent-id a1 "tcp://127.0.0.1:$up"
like "$out" "^\\{\"agent_id\":\"a1\",\"timestamp\":\"[^\"]*Z\",\"check_name\":\"127.0.0.1:127.0.0.1:$up\",\"domain\":\"127.0.0.1\",\"type\":\"tcp\",\"target_ip\":\"127.0.0.1\",\"port\":$up,\"status\":\"ok\",\"latency_ms\":[0-9.]+,\"reason\":null,\"inc\":[1-9][0-9]*,\"seq\":1,\"mono_ms\":[0-9]+,\"boot\":" "the line has all its fields"
exits 1 "tcp to a closed port" fodns-check "tcp:127.0.0.1:$down"
is "$(echo "$out" | field reason)" "connection refused" "is refused"
is "$(echo "$out" | field status)" fail "and failed"
exits 1 "one up, one down" fodns-check "tcp://127.0.0.1:$up" "tcp://127.0.0.1:$down"
exits 0 "--domain" fodns-check --domain WWW.Failover. "tcp://127.0.0.1:$up"
is "$(echo "$out" | field domain)" www.failover "in its normal form"
exits 3 "a name that does not exist" fodns-check tcp://name.invalid:80
is "$(echo "$out" | field reason)" "local: cannot resolve" "is no fault of a target"
exits 1 "an unknown beside a failure" fodns-check tcp://name.invalid:80 "tcp://127.0.0.1:$down"
is "$(echo "$out" | grep name.invalid | field target_ip)" 0.0.0.0 "a record has no address of it"
is "$(fodns-check -o table tcp://name.invalid:80 | awk 'NR == 2 {print $4}')" name.invalid:80 "people see the name"
hostile full full
exits 1 "a listener that takes nobody" fodns-check --timeout 300ms "tcp://127.0.0.1:$port"
is "$(echo "$out" | field reason)" "timed out" "timed out"

# ---- monitoring
exits 0 "monitoring: all is well" fodns-check --nagios "tcp://127.0.0.1:$up"
like "$out" "^FODNS OK - 127.0.0.1 tcp 127.0.0.1:$up ok in [0-9.]+ ms \\| time=0\\.[0-9]{6}s;;;0;5.000 connect=0\\.[0-9]{6}s;;;0 ok=1;;;0;1 warn=0 fail=0 unknown=0\$" "in one line"
exits 2 "a failure is critical" fodns-check --nagios tcp://name.invalid:80 "tcp://127.0.0.1:$down" "tcp://127.0.0.1:$up"
like "$out" "^FODNS CRITICAL - 1 of 3 checks ok; 127.0.0.1 tcp 127.0.0.1:$down fail: connection refused \\| slowest=0\\.[0-9]+s;;;0 ok=1;;;0;3 warn=0 fail=1 unknown=1\$" "and named"
is "$(echo "$out" | sed '1d' | sort | sed 's/:[0-9]*//')" "127.0.0.1 tcp 127.0.0.1 fail: connection refused
name.invalid tcp name.invalid unknown: local: cannot resolve" "what is not ok is listed below"
for _ in $(seq 25); do printf 'tcp://127.0.0.1:%s ' "$(free_port)"; done >"$T/urls"
# shellcheck disable=SC2046 # a list
exits 2 "many failures" fodns-check --nagios $(cat "$T/urls")
is "$(echo "$out" | wc -l) $(echo "$out" | tail -n 1)" "22 and 5 more" "are not all listed"
exits 3 "not to know is unknown" fodns-check --nagios tcp://name.invalid:80
exits 2 "not for a run that goes on" fodns-check --nagios --for 1s "tcp://127.0.0.1:$up"
like "$err" 'for one run' "which is said"
exits 2 "nor for repeated ones" fodns-check --nagios --repeat 2 "tcp://127.0.0.1:$up"

# ---- output that cannot be written
exits 75 "a full disk" sh -c "exec fodns-check tcp://127.0.0.1:$up >/dev/full"
like "$err" 'output: No space left' "is said"
exits 75 "no stdout at all" sh -c "exec fodns-check tcp://127.0.0.1:$up >&-"
like "$err" 'output: Bad file descriptor' "is an error, not a file of our own written over"

# ---- http
exits 0 "http" fodns-check "http://127.0.0.1:$up/healthz"
is "$(echo "$out" | field type)" http "is its type"
spawn "$TOOLS/target" 127.0.0.1 "$down" 503 >"$T/target2.out"
wait_for 5 grep -q ready "$T/target2.out"
exits 1 "http with a bad status" fodns-check "http://127.0.0.1:$down/"
is "$(echo "$out" | field reason)" "status 503" "which is the reason"
exits 1 "https on a port that speaks none" fodns-check "https://127.0.0.1:$up/"

# ---- icmp
fodns-check icmp://127.0.0.1 >"$T/icmp" 2>"$T/icmp.err"
status=$?
if [ $status = 3 ]; then
	is "$(field reason <"$T/icmp")" "local: not permitted" "icmp without rights is unknown"
	like "$(cat "$T/icmp.err")" 'ping_group_range' "and says what to do"
else
	is "$status" 0 "icmp to loopback"
	is "$(field port <"$T/icmp")" null "has no port"
fi

# ---- task lines
task() { printf '{"check_name":"%s:127.0.0.1:%s","domain":"%s","target_ip":"127.0.0.1","port":%s,"type":"tcp","timeout_sec":%s,"interval_sec":%s}\n' "$1" "$2" "$1" "$2" "${3:-5}" "${4:-30}"; }
{ task a.failover "$up"; echo nonsense; task b.failover "$up"; } >"$T/tasks"
exits 1 "a bad task line" fodns-check -t "$T/tasks"
like "$err" 'tasks:2: ' "is named"
is "$(echo "$out" | wc -l)" 2 "and the others are checked"
task a.failover "$up" | sed 's/"type":"tcp"/"type":"tcp","tcp":{"expct":"^no"}/' >"$T/tasks"
exits 1 "a parameter that there is not" fodns-check -t "$T/tasks"
like "$err" 'tasks:1: tcp: unknown parameter "expct" \(did you mean "expect"\?\)' "is named with what was meant"
is "$out" "" "and nothing is probed without it"
exits 0 "a file without tasks" fodns-check -t /dev/null
like "$err" '/dev/null: no tasks' "is told from one whose checks are well"
out=$(task x.failover "$up" | fodns-check -t -)
is "$(echo "$out" | field check_name)" "x.failover:127.0.0.1:$up" "task lines on stdin"
{ task a.failover "$down"; task b.failover "$up"; } >"$T/tasks"
exits 0 "a domain chooses" fodns-check -t "$T/tasks" b.failover
exits 2 "an unknown domain" fodns-check -t "$T/tasks" b.failovr
like "$err" 'did you mean "b.failover"' "with a suggestion"
exits 2 "an unknown target" fodns-check -t "$T/tasks" 127.0.0.9

# Two tasks for one probe: one connection, two lines.
{ task a.failover "$up"; task b.failover "$up"; } >"$T/tasks"
exits 0 "identical probes" fodns-check -t "$T/tasks"
is "$(echo "$out" | field latency_ms | sort -u | wc -l)" 1 "are made once"
is "$(echo "$out" | field domain | sort | tr '\n' ' ')" "a.failover b.failover " "and reported for each"

# ---- a config
cat >"$T/fodns.yaml" <<END
zones:
  - name: failover
    domains:
      www.failover:
        fallback: [127.0.0.9]
        monitor: {mode: tcp, targets: [{ip: 127.0.0.1, port: $up}, {ip: 127.0.0.1, port: $down}]}
      web.failover:
        fallback: [127.0.0.9]
        monitor: {mode: http, path: /x, expect_status: "503", targets: [{ip: 127.0.0.1, port: $down}]}
END
exits 0 "all of a config" fodns-check -c "$T/fodns.yaml"
is "$(echo "$out" | wc -l)" 3 "three targets"
exits 0 "a target of it" fodns-check -c "$T/fodns.yaml" "127.0.0.1:$up"
is "$(echo "$out" | wc -l)" 1 "alone"
exits 2 "a config that is not there" fodns-check -c "$T/none.yaml"

# Counters in the state directory, by which fodns reload finds it.
mkdir "$T/state"
printf 'fodns-state 1\n' >"$T/state/format"
spawn fodns-check --follow -c "$T/fodns.yaml" -s "$T/state" >"$T/config.out" 2>"$T/config.err"
check=$pid
wait_for 5 grep -q '"program":"fodns-check"' "$T/state/stats/agent.json"
ok $? "-c --follow keeps counters"
hash=$(field config <"$T/state/stats/agent.json")
sed -i 's/127.0.0.9/127.0.0.8/' "$T/fodns.yaml"
kill -HUP "$check"
wait_for 5 grep -q 'read again' "$T/config.err"
[ "$(field config <"$T/state/stats/agent.json")" != "$hash" ]
ok $? "with the new config after SIGHUP"
echo 'nonsense: [' >>"$T/fodns.yaml"
kill -HUP "$check"
wait_for 5 grep -q '"config_refused":"[^"]' "$T/state/stats/agent.json"
ok $? "and why a bad one was refused"
stop "$check"

# ---- going on
exits 0 "--for ends" fodns-check --for 700ms --interval 200ms "tcp://127.0.0.1:$up"
[ "$(echo "$out" | wc -l)" -ge 2 ]
ok $? "after several runs"
is "$(echo "$out" | field seq | sort -n | uniq -d)" "" "each with its own seq"
exits 0 "-v" fodns-check -v --for 300ms --interval 100ms "tcp://127.0.0.1:$up"
like "$err" 'late by [0-9]+ ms \(p50\), [0-9]+ ms \(p99\)' "says how late probes started"
spawn fodns-check --follow --interval 100ms "tcp://127.0.0.1:$up" >"$T/follow"
check=$pid
wait_for 5 grep -q '"seq":3' "$T/follow"
stop "$check"
is "$status" 0 "SIGTERM ends --follow cleanly"
unlike "$(tail -n 1 "$T/follow")" '[^}]$' "with a whole line"
late=$(free_port)
spawn fodns-check --until-ok 20s "tcp://127.0.0.1:$late" >"$T/until"
check=$pid
wait_for 5 test -s "$T/until"
spawn "$TOOLS/target" 127.0.0.1 "$late" >"$T/target3.out"
wait "$check"
is $? 0 "--until-ok waits for a target to come up"
exits 1 "--until-ok gives up" fodns-check --until-ok 300ms "tcp://127.0.0.1:$(free_port)"
{ fodns-check --follow --interval 100ms "tcp://127.0.0.1:$up" 2>"$T/epipe"; echo $? >"$T/epipe.status"; } | head -n 1 >/dev/null
is "$(cat "$T/epipe.status" "$T/epipe")" 0 "a reader that goes away ends it quietly"

# A table where it is asked for.
exits 0 "-o table" fodns-check -o table "tcp://127.0.0.1:$up"
like "$out" '^STATUS +LATENCY +TYPE +TARGET +DOMAIN' "has a heading"
like "$out" "^ok +[0-9.]+ ms +tcp +127.0.0.1:$up" "and a row"

# SIGHUP reads task lines again; what did not change goes on.
task a.failover "$up" 0.05 0.1 >"$T/tasks"
spawn fodns-check --follow -t "$T/tasks" >"$T/hup" 2>"$T/hup.err"
check=$pid
wait_for 5 grep -q a.failover "$T/hup"
task b.failover "$down" 0.05 0.1 >>"$T/tasks"
kill -HUP "$check"
wait_for 5 grep -q b.failover "$T/hup"
ok $? "SIGHUP takes a new task"
is "$(field inc <"$T/hup" | sort -u | wc -l)" 1 "in the same run"
sed -i 's/a\.failover/renamed.failover/g' "$T/tasks"
kill -HUP "$check"
wait_for 5 grep -q '"check_name":"renamed.failover.*"domain":"renamed.failover".*"status":"ok"' "$T/hup"
ok $? "and a new name of the same probe"
rm "$T/tasks"
kill -HUP "$check"
wait_for 5 grep -q 'the old one stays' "$T/hup.err"
ok $? "a reload that fails changes nothing"
stop "$check"
is "$status" 0 "and it ends cleanly"

# ---- an agent and its masters
list() { printf '{"tasks":[%s]}' "$1"; }
list "$(task a.failover "$up" | tr -d '\n'),$(task c.failover "$down" | tr -d '\n')" >"$T/list1"
list "$(task a.failover "$up" | tr -d '\n')" >"$T/list2"
hostile m1 tasks "$T/list1"
m1=$port m1_pid=$pid
hostile m2 tasks "$T/list2"
m2=$port
cat >"$T/agent.yaml" <<END
agent_id: a9
spool_dir: $T/spool
servers:
  - {name: one, url: "http://127.0.0.1:$m1", token: secret_token, tags: [eu, "a+b"]}
  - {name: two, url: "http://127.0.0.1:$m2", tags: [test]}
END
exits 0 "an agent's masters" fodns-check -a "$T/agent.yaml"
is "$(echo "$out" | sed 's/.*"domain":"\([^"]*\)".*"server":"\([^"]*\)".*/\2 \1/' | sort | tr '\n' ',')" \
	"one a.failover,one c.failover,two a.failover," "a line for each master that asked"
is "$(echo "$out" | grep a.failover | field latency_ms | sort -u | wc -l)" 1 "of one probe"
is "$(echo "$out" | field agent_id | sort -u)" a9 "in the agent's name"
like "$(cat "$T/m1.out")" '^/api/v1/tasks\?tags=eu,a%2Bb secret_token -$' "asked with tags and token"
unlike "$out$err" secret_token "the token is not said"
stop "$m1_pid"
exits 0 "with a master down" fodns-check -a "$T/agent.yaml"
is "$(echo "$out" | wc -l)" 3 "its last list goes on"
like "$err" 'one: cannot fetch tasks: connection refused' "which is said"
sed "s|spool_dir:.*|spool_dir: $T/other|" "$T/agent.yaml" | sed '/name: two/d' >"$T/agent2.yaml"
exits 75 "no master and no list" fodns-check -a "$T/agent2.yaml"
unlike "$err" "no task" "which is not having no task"

# The lock: a second run of the same agent ends at once.
spawn fodns-check -a "$T/agent.yaml" --follow >"$T/first" 2>/dev/null
check=$pid
wait_for 5 test -s "$T/first"
exits 0 "a second run" fodns-check -a "$T/agent.yaml" --for 20s
is "$out" "" "does nothing"
stop "$check"

# allow: what tasks may probe.
printf 'allow: [10.0.0.0/8]\n' | cat "$T/agent.yaml" - >"$T/agent3.yaml"
exits 0 "nothing allowed" fodns-check -a "$T/agent3.yaml"
is "$out" "" "nothing probed"
like "$err" 'a.failover:127.0.0.1:[0-9]*: this agent may not probe' "and said"

# A list that changes, and one that is no list.
echo 'not json' >"$T/list2"
exits 0 "a broken list" fodns-check -a "$T/agent.yaml"
like "$err" 'two: cannot fetch tasks: the answer is not a list of tasks' "is refused"
is "$(echo "$out" | grep -c '"server":"two"')" 1 "and the last one goes on"

done_testing
