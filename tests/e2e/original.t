#!/bin/sh
# PyFailoverDNS beside fodns: our agent with an original master, an original agent with our master.
# shellcheck source=tests/lib.sh disable=SC2154
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
up=$(free_port) down=$(free_port)
spawn "$TOOLS/target" 127.0.0.1 "$up" 200 >/dev/null
wait_for 5 listening "$up"

# ---- an original master
task() { # DOMAIN PORT TYPE TAG
	printf '{"check_name":"%s.failover:127.0.0.1:%s","domain":"%s.failover","target_ip":"127.0.0.1","port":%s,"type":"%s","timeout_sec":1,"interval_sec":1,"tag":"%s"}\n' "$1" "$2" "$1" "$2" "$3" "$4"
}
{
	task open "$up" tcp eu-west4
	task closed "$down" tcp gcp
	task web "$up" http gcp
	task away "$up" tcp us
} >"$T/tasks"
spawn "$here/original.pl" master "$T/log" "$T/tasks" >"$T/port"
wait_for 5 grep -q . "$T/port"
master=$pid port=$(cat "$T/port")
cat >"$T/agent.yaml" <<END
agent_id: a1
spool_dir: $T/spool
servers: [{name: old, url: "http://127.0.0.1:$port", token: sesame-open, tags: [eu-west4, gcp]}]
END
logged() { [ "$(grep -c "$1" "$T/log")" -ge "$2" ]; }
spawn fodns agent -a "$T/agent.yaml" 2>"$T/agent.err"
agent=$pid
wait_for 20 logged "200 POST /api/v1/report: open" 3
wait_for 20 logged "200 POST /api/v1/report: closed" 3
wait_for 20 logged "200 POST /api/v1/report: web" 3
is "$(sort -u "$T/log" | sed 's/:127.0.0.1:[0-9]*//')" "200 GET /api/v1/tasks?tags=eu-west4,gcp: tags eu-west4,gcp
200 POST /api/v1/report: closed.failover tcp fail connection refused
200 POST /api/v1/report: open.failover tcp ok -
200 POST /api/v1/report: web.failover http ok -
404 POST /api/v1/reports: path" "an original master: our agent asks, checks and reports as it wants it"
is "$(grep -c '^404' "$T/log")" 1 "and asks once for what it has not"
# It goes, and comes back on its port with another list.
stop "$master"
wait_for 10 grep -q "master old: .* reports are kept" "$T/agent.err"
ok $? "without it reports are kept"
: >"$T/log"
spawn "$here/original.pl" master "$T/log" "$T/tasks" "$port" >"$T/port"
wait_for 20 logged "200 POST /api/v1/report: closed" 2
ok $? "and when it is back it gets its reports again"
is "$(grep -v "^200\|^404 POST /api/v1/reports" "$T/log")" "" "each as it wants it"
stop "$agent"
is "$status" 0 "the agent ends cleanly"
unlike "$(cat "$T/agent.err")" "sesame" "the token is in no log"

# ---- an original agent
dns=$(free_port) api=$(free_port)
cat >"$T/fodns.yaml" <<END
state_dir: $T/state
dns: {listen_ip: 127.0.0.1, listen_port: $dns, resolve_cache_ttl: 1}
api: {listen_ip: 127.0.0.1, listen_port: $api}
zones:
  - name: failover
    fallback_ttl: 30
    domains:
      open.failover:
        fallback: [192.0.2.254]
        server: {policy: any, timeout_sec: 60}
        monitor: {mode: tcp, monitor_tag: "eu-west4 gcp", targets: [{ip: 127.0.0.1, port: $up}, {ip: 127.0.0.2, port: $down}]}
        agent: {interval_sec: 30, timeout_sec: 1, token: sesame-open}
      web.failover:
        fallback: [192.0.2.253]
        server: {policy: any, timeout_sec: 60}
        monitor: {mode: http, monitor_tag: gcp, targets: [{ip: 127.0.0.1, port: $up}]}
        agent: {interval_sec: 30, timeout_sec: 1, token: sesame-open}
      ping.failover:
        fallback: [192.0.2.252]
        monitor: {mode: icmp, monitor_tag: gcp, targets: [{ip: 127.0.0.1}]}
        agent: {interval_sec: 30, timeout_sec: 1, token: sesame-open}
      away.failover:
        fallback: [192.0.2.251]
        monitor: {mode: tcp, monitor_tag: us, targets: [{ip: 127.0.0.1, port: $up}]}
        agent: {interval_sec: 30, timeout_sec: 1}
      secret.failover:
        fallback: [192.0.2.250]
        monitor: {mode: tcp, monitor_tag: gcp, targets: [{ip: 127.0.0.1, port: $up}]}
        agent: {interval_sec: 30, timeout_sec: 1, token: another}
END
spawn fodns master -c "$T/fodns.yaml" 2>"$T/master.err"
wait_for 10 listening "$api"
wait_for 10 answered "$dns" open.failover 192.0.2.254
exits 0 "an original agent and our master" "$here/original.pl" agent "http://127.0.0.1:$api" sesame-open eu-west4,gcp py1 2
is "$(echo "$out" | head -n 1)" "tasks 200 open.failover:127.0.0.1:$up=tcp open.failover:127.0.0.2:$down=tcp web.failover:127.0.0.1:$up=tcp" \
	"it gets what has its tags, a port and its token, all as tcp"
is "$(echo "$out" | tail -n +2 | sort | uniq -c | tr -s ' ')" ' 6 report 200 {"status":"ok"}' "and each report is taken"
wait_for 10 answered "$dns" open.failover 127.0.0.1
is "$(answers "$dns" open.failover)" 127.0.0.1 "its word decides"
wait_for 10 answered "$dns" web.failover 127.0.0.1
is "$(answers "$dns" web.failover)" 127.0.0.1 "also of another type, as nobody else makes that check"
is "$(curl -s "http://127.0.0.1:$api/api/v1/status/open.failover" | jq -c '[.ip_checks[].py1 | [.type, .status, .reason]]')" \
	'[["tcp","ok",null],["tcp","fail","connection refused"]]' "and is shown"
exits 0 "with the wrong token" "$here/original.pl" agent "http://127.0.0.1:$api" guess eu-west4,gcp py1
is "$out" "tasks 200 " "it gets no task"
exits 0 "with tags that nothing has" "$here/original.pl" agent "http://127.0.0.1:$api" sesame-open none py1
is "$out" "tasks 200 " "none either"
exits 0 "without a token" "$here/original.pl" agent "http://127.0.0.1:$api" "" us py1
is "$out" "tasks 200 away.failover:127.0.0.1:$up=tcp
report 200 {\"status\":\"ok\"}" "what needs none"

# ---- a shell is an agent, too
shell_agent() {
	curl -sf -H 'X-API-Key: sesame-open' "http://127.0.0.1:$api/api/v1/tasks?tags=gcp" |
		jq -c '.tasks[] | select(.type == "tcp") | {agent_id: "sh1", timestamp: now, check_name, domain, type, target_ip, port, status: "fail", latency_ms: null, reason: "said by a shell"}' |
		while read -r line; do
			printf '%s' "$line" | curl -sf -H 'X-API-Key: sesame-open' -H 'Content-Type: application/json' -d @- "http://127.0.0.1:$api/api/v1/report" || return 1
			echo
		done
}
exits 0 "curl and jq" shell_agent
is "$(echo "$out" | sort | uniq -c | tr -s ' ')" ' 2 {"status":"ok"}' "are an agent"
done_testing
