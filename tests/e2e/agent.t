#!/bin/sh
# A master and an agent that meet over HTTP only; each program is killed in the middle.
. "$(dirname "$0")/../lib.sh"

dns=$(free_port) api=$(free_port) web=$(free_port)
config() {
	cat <<E2
state_dir: $T/state
dns: {listen_ip: 127.0.0.1, listen_port: $dns, resolve_cache_ttl: 1}
api: {listen_ip: 127.0.0.1, listen_port: $api}
zones:
  - name: failover
    domains:
      www.failover:
        fallback: ["192.0.2.254"]
        server: {policy: any, timeout_sec: ${1:-30}}
        monitor: {mode: tcp, monitor_tag: test, targets: [{ip: 127.0.0.1, port: $web}]}
        agent: {interval_sec: 0.2, timeout_sec: 0.15, token: "sesame-open"}
      other.failover:
        fallback: ["192.0.2.253"]
        server: {policy: any, timeout_sec: 30}
        monitor: {mode: tcp, monitor_tag: elsewhere, targets: [{ip: 127.0.0.1, port: $web}]}
        agent: {interval_sec: 0.2, timeout_sec: 0.15}
E2
}
config >"$T/fodns.yaml"
cat >"$T/agent.yaml" <<E2
agent_id: fra1
spool_dir: $T/spool
servers:
  - name: master1
    url: http://127.0.0.1:$api
    token: sesame-open
    tags: [test]
E2
spawn "$TOOLS/target" 127.0.0.1 "$web" >/dev/null
target=$pid
spawn fodns-serve -c "$T/fodns.yaml" 2>"$T/serve.log"
serve=$pid
spawn fodns-api -c "$T/fodns.yaml" 2>"$T/api.log"
apid=$pid
wait_for 10 listening "$api"
wait_for 10 answered "$dns" www.failover 192.0.2.254
is "$(answers "$dns" www.failover)" 192.0.2.254 "before the first report: the fallback"
spawn fodns agent -a "$T/agent.yaml" 2>"$T/agent.log"
agent=$pid
wait_for 20 answered "$dns" www.failover 127.0.0.1
is "$(answers "$dns" www.failover)" 127.0.0.1 "the agent's report is answered"
is "$(answers "$dns" other.failover)" 192.0.2.253 "a task with another tag is not the agent's"
shown() { curl -s "http://127.0.0.1:$api/api/v1/status/www.failover" | jq -r '.ip_checks["127.0.0.1"].fra1.status'; }
is_shown() { [ "$(shown)" = ok ]; }
wait_for 5 is_shown # the API has a follower of its own
is "$(shown)" ok "its report is shown"

# the API dies; the target dies meanwhile; what was spooled comes in when the API is back
stop "$apid" KILL
stop "$target"
sleep 1
is "$(answers "$dns" www.failover)" 127.0.0.1 "without the API the last thing known is answered"
spawn fodns-api -c "$T/fodns.yaml" 2>>"$T/api.log"
apid=$pid
wait_for 20 answered "$dns" www.failover 192.0.2.254
is "$(answers "$dns" www.failover)" 192.0.2.254 "with the API back, the news arrive"
spawn "$TOOLS/target" 127.0.0.1 "$web" >/dev/null
wait_for 10 answered "$dns" www.failover 127.0.0.1
is "$(answers "$dns" www.failover)" 127.0.0.1 "and go on"

# decide dies: serve keeps the answers and starts another
decide=$(pgrep -P "$serve" -x fodns-decide)
kill -9 "$decide"
is "$(answers "$dns" www.failover)" 127.0.0.1 "decide killed: the last answer stays"
wait_for 10 sh -c "pgrep -P $serve -x fodns-decide | grep -vqx $decide"
ok $? "another decide is started"

# the worker dies: the sockets stay with the keeper
worker=$(pgrep -P "$serve" -x fodns-serve | head -n 1)
kill -9 "$worker"
wait_for 10 answered "$dns" www.failover 127.0.0.1
is "$(answers "$dns" www.failover)" 127.0.0.1 "worker killed: another answers"

# serve as a whole dies and comes back: the state directory knows
stop "$serve" KILL
wait_for 5 sh -c "! pgrep -x fodns-decide -P $serve"
spawn fodns-serve -c "$T/fodns.yaml" 2>>"$T/serve.log"
serve=$pid
wait_for 10 answered "$dns" www.failover 127.0.0.1
is "$(answers "$dns" www.failover)" 127.0.0.1 "serve killed and started: the right answer from the journals"

# the agent dies by SIGKILL: none of its programs is left; silence leads to the fallback
parts=$(pgrep -P "$agent" | tr '\n' ' ')
stop "$agent" KILL
# shellcheck disable=SC2086 # a list of pids
wait_for 10 sh -c "! kill -0 $parts 2>/dev/null"
left=$(for p in $parts; do kill -0 "$p" 2>/dev/null && echo "$p"; done)
is "$left" "" "fodns agent killed: check and report end"
config 1 >"$T/fodns.yaml"
kill -HUP "$serve"
wait_for 10 answered "$dns" www.failover 192.0.2.254
is "$(answers "$dns" www.failover)" 192.0.2.254 "silence leads to the fallback"

# a one-shot agent as from cron
config 30 >"$T/fodns.yaml"
kill -HUP "$serve"
fodns-check -a "$T/agent.yaml" | fodns-report -a "$T/agent.yaml" 2>"$T/cron.log"
wait_for 5 answered "$dns" www.failover 127.0.0.1
is "$(answers "$dns" www.failover)" 127.0.0.1 "fodns-check -a | fodns-report -a, once"

unlike "$(cat "$T"/*.log)" sesame-open "no token in any log"
unlike "$(curl -s "http://127.0.0.1:$api/api/v1/status" "http://127.0.0.1:$api/metrics" "http://127.0.0.1:$api/api/v1/status/www.failover")" \
    sesame-open "nor in what the API shows"
stop "$serve"
is "$status" 0 "serve ends with 0"
stop "$apid"
is "$status" 0 "api ends with 0"
done_testing
