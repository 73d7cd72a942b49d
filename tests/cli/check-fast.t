#!/bin/sh
# fast_interval_sec: from a config to the task, and from the task to when a check is made.
# shellcheck source=tests/lib.sh disable=SC2154
. "$(dirname "$0")/../lib.sh"
export XDG_STATE_HOME="$T/xdg"

port=$(free_port) api=$(free_port)
conf() { # AGENT [SERVER]
	cat >"$T/fodns.yaml" <<END
api: {listen_ip: 127.0.0.1, listen_port: $api}
zones:
  - name: failover
    domains:
      www.failover:
        fallback: [127.0.0.9]
        server: {rise: 2, fall: 3$2}
        agent: {$1}
        monitor: {targets: [{ip: 127.0.0.1, port: $port}]}
END
}

# ---- what goes into a task
conf 'interval_sec: 10, timeout_sec: 1, fast_interval_sec: 0.25'
mkdir "$T/state"
echo "fodns-state 1" >"$T/state/format"
spawn fodns-api -c "$T/fodns.yaml" -s "$T/state" 2>"$T/api.err"
master=$pid
wait_for 10 listening "$api"
tasks() { curl -s "$@" "http://127.0.0.1:$api/api/v1/tasks?tags="; }
like "$(tasks)" '"interval_sec":10,"fast_interval_sec":0.25,"rise":2,"fall":3[},]' "a task has the interval and what turns the view"
like "$(tasks -A python-requests/2.31.0)" '"interval_sec":10}' "that of an original agent has its seven fields"
reload() { # PATTERN: of the new task
	kill -HUP "$master"
	wait_for 5 sh -c "curl -s 'http://127.0.0.1:$api/api/v1/tasks?tags=' | grep -q '$1'"
}
conf 'interval_sec: 11, timeout_sec: 1, fast_interval_sec: 11'
reload '"interval_sec":11'
like "$(tasks)" '"interval_sec":11}' "not one that is no faster"
conf 'interval_sec: 12, timeout_sec: 1, fast_interval_sec: 1' ', rise: 1, fall: 1'
sed -i 's/rise: 2, fall: 3, //' "$T/fodns.yaml"
reload '"interval_sec":12'
like "$(tasks)" '"interval_sec":12}' "and not where one result decides"
conf 'interval_sec: 13, timeout_sec: 1, fast_interval_sec: 0'
reload '"interval_sec":13'
like "$(tasks)" '"interval_sec":13}' "0 is off"
stop "$master"

# ---- what is refused, and what is advised against
conf 'fast_interval_sec: -1'
exits 2 "a time that is none" fodns-check -c "$T/fodns.yaml"
like "$err" 'fodns.yaml:8:36: fast_interval_sec -1 is under 0ms' "is refused"
conf 'fast_intervall_sec: 1'
exits 2 "a slip of the pen" fodns-check -c "$T/fodns.yaml"
like "$err" 'did you mean "fast_interval_sec"' "has a suggestion"
conf 'interval_sec: 10, timeout_sec: 3, fast_interval_sec: 10'
like "$(fodns-decide --lint -c "$T/fodns.yaml")" 'fodns.yaml:8:70: warning: www.failover: fast_interval_sec is not under interval_sec.*\[fast-unused\]' "lint says what changes nothing"
conf 'interval_sec: 10, timeout_sec: 1, fast_interval_sec: 2'
like "$(fodns-decide --lint -c "$T/fodns.yaml")" 'a loss is noticed in 3.6s to 17s' "and how fast a loss is noticed with it"

# ---- a target that goes and comes: between two states the checks come fast
conf 'interval_sec: 4, timeout_sec: 0.15, fast_interval_sec: 0.2' ''
sed -i 's/rise: 2, fall: 3/rise: 4, fall: 6/' "$T/fodns.yaml"
up() {
	spawn "$TOOLS/target" 127.0.0.1 "$port" 200 >"$T/target.out"
	target=$pid
	wait_for 5 grep -q ready "$T/target.out"
}
up
spawn fodns-check --follow -c "$T/fodns.yaml" >"$T/out"
check=$pid
wait_for 10 grep -q '"status":"ok"' "$T/out"
stop "$target"
n_of() { [ "$(grep -c "\"status\":\"$1\"" "$T/out")" -ge "$2" ]; }
wait_for 30 n_of fail 7
before=$(grep -c '"status":"ok"' "$T/out")
up
wait_for 30 n_of ok $((before + 5))
stop "$check"
# gaps STATUS: ms between two results of it in a row, after the first change
gaps() {
	tail -n +$((before + 1)) "$T/out" | grep "\"status\":\"$1\"" | sed 's/.*"mono_ms":\([0-9]*\).*/\1/' |
		awk 'NR > 1 {print $1 - last} {last = $1}'
}
is "$(gaps fail | head -n 5 | awk '$1 < 2000' | wc -l)" 5 "six failures are soon together, for an interval of 4 s"
is "$(gaps fail | sed -n '6p' | awk '$1 > 350' | wc -l)" 1 "then the view has turned, and there is time again"
is "$(gaps ok | head -n 3 | awk '$1 < 2000' | wc -l)" 3 "and so it is on the way back"
note "$(gaps fail | tr '\n' ' ')- $(gaps ok | tr '\n' ' ')"
done_testing
