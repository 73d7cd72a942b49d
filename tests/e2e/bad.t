#!/bin/sh
# Bad input is refused with a clear message, is never in an answer, and costs nothing else.
. "$(dirname "$0")/../lib.sh"

dns=$(free_port) api=$(free_port)
cat >"$T/fodns.yaml" <<E2
dns: {listen_ip: 127.0.0.1, listen_port: $dns, resolve_cache_ttl: 1}
api: {listen_ip: 127.0.0.1, listen_port: $api}
zones:
  - name: failover
    domains:
      www.failover:
        fallback: ["192.0.2.254"]
        server: {policy: any, timeout_sec: 2}
        monitor: {mode: tcp, targets: [{ip: 10.0.0.1, port: 80}, {ip: 10.0.0.2, port: 80}]}
        agent: {token: open-sesame}
E2
line() { # line KEY=VALUE...: a report line, with members replaced by jq
	jq -nc --arg t "$(date -u +%FT%TZ)" '{agent_id:"a1",timestamp:$t,check_name:"www.failover:10.0.0.1:80",
		domain:"www.failover",type:"tcp",target_ip:"10.0.0.1",port:80,status:"ok",latency_ms:1.0,reason:null} | '"${1:-.}"
}
report() { fodns-report -c "$T/fodns.yaml" -s "$T/state"; }
spawn fodns master -c "$T/fodns.yaml" -s "$T/state" 2>"$T/log"
master=$pid
wait_for 10 listening "$api"
wait_for 10 answered "$dns" www.failover 192.0.2.254

# among bad lines a good one: the good one counts
{
	line '.domain="nosuch.failover"'
	echo 'this is not JSON'
	line '.target_ip="10.9.9.9"'
	line '.agent_id=""'
	line '.agent_id=("x"*65)'
	line '.agent_id="a\u0007b"'
	line '.status="splendid"'
	line '.port=81'
	line .
} | report 2>"$T/err"
is $? 1 "bad lines: exit 1"
for n in 1 2 3 4 5 6 7 8; do
	like "$(cat "$T/err")" "stdin:$n: " "line $n is named"
done
unlike "$(cat "$T/err")" "stdin:9: " "the good one is not"
wait_for 5 answered "$dns" www.failover 10.0.0.1
is "$(answers "$dns" www.failover)" 10.0.0.1 "and is answered"

# an agent_id is only ever an encoded name inside reports/
line '.agent_id="../x"' | report
is $? 0 "../x is a name like any other"
[ -d "$T/state/reports/%2e./x" ] || [ -e "$T/state/x" ] || [ -e "$T/x" ]
is $? 1 "it leads nowhere"
is "$(find "$T/state/reports" -mindepth 1 -maxdepth 1 | wc -l)" 2 "there are two agents' directories"

post() { # post BODY [TOKEN]: status and body
	curl -s -o "$T/body" -w '%{http_code}' -H 'Content-Type: application/json' -H "X-API-Key: ${2-open-sesame}" \
	    -d "$1" "http://127.0.0.1:$api/api/v1/report"
}
is "$(post "$(line '.domain="nosuch.failover"')")" 404 "unknown domain: 404"
is "$(jq -c . "$T/body")" '{"detail":"Unknown domain"}' "as the original says it"
is "$(post "$(line .)" wrong)" 403 "wrong token: 403"
is "$(jq -c . "$T/body")" '{"detail":"Invalid token"}' "as the original says it"
is "$(post "$(line '.target_ip="10.9.9.9"')")" 422 "a target that is not configured: 422"
is "$(post '{"agent_id":')" 422 "broken JSON: 422"
is "$(post "$(line '.agent_id=""')")" 422 "an empty agent_id: 422"
is "$(answers "$dns" www.failover)" 10.0.0.1 "nothing of it is answered"

# a future timestamp counts as now: it is stale after timeout_sec like any other
is "$(post "$(line '.target_ip="10.0.0.2" | .check_name="www.failover:10.0.0.2:80" | .timestamp="2099-01-01T00:00:00Z"')")" \
    200 "a future timestamp is taken"
wait_for 8 answered "$dns" www.failover 192.0.2.254
is "$(answers "$dns" www.failover)" 192.0.2.254 "and goes stale all the same"

# a wrong config: exit 2, every error with its place
printf 'dns: {listen_prt: 1}\nzones:\n  - name: failover\n    domains:\n      a.failover: {server: {policy: sometimes}}\n' >"$T/bad.yaml"
exits 2 "a wrong config: serve exits 2" fodns-serve -c "$T/bad.yaml" -s "$T/other"
like "$err" 'bad.yaml:1:[0-9]+: .*listen_prt.*listen_port' "first error with a suggestion"
like "$err" 'bad.yaml:5:[0-9]+: .*sometimes' "second error"
exits 2 "decide exits 2" fodns-decide -c "$T/bad.yaml" -s "$T/other"
exits 2 "api exits 2" fodns-api -c "$T/bad.yaml" -s "$T/other"
exits 2 "a missing config" fodns-serve -c "$T/nosuch.yaml" -s "$T/other"
like "$err" 'nosuch.yaml' "is named"

# a port in use: which, and who holds it
exits 75 "a second serve: exit 75" fodns-serve -c "$T/fodns.yaml" -s "$T/second"
like "$err" "127.0.0.1[@:]$dns" "names the address"
like "$err" 'fodns-serve' "and who holds it"
exits 75 "a second api: exit 75" fodns-api -c "$T/fodns.yaml" -s "$T/second"
like "$err" "127.0.0.1[@:]$api.*fodns-api" "names the address and who holds it"

stop "$master"
is "$status" 0 "the master ran on through all of it"
done_testing
