#!/bin/sh
# The whole road in one command: real targets die and come back, dig and curl look on.
. "$(dirname "$0")/../lib.sh"

dns=$(free_port) api=$(free_port) web=$(free_port)
cat >"$T/fodns.yaml" <<E2
state_dir: $T/state
dns: {listen_ip: 127.0.0.1, listen_port: $dns, resolve_cache_ttl: 1}
api: {listen_ip: 127.0.0.1, listen_port: $api}
zones:
  - name: failover
    domains:
      www.failover:
        fallback: ["192.0.2.254"]
        server: {policy: any, timeout_sec: 10}
        monitor: {mode: tcp, targets: [{ip: 127.0.0.1, port: $web}, {ip: 127.0.0.2, port: $web}]}
        agent: {interval_sec: 0.2, timeout_sec: 0.15}
      page.failover:
        fallback: ["192.0.2.253"]
        server: {policy: any, timeout_sec: 10}
        monitor: {mode: http, path: /healthz, targets: [{ip: 127.0.0.3, port: $web}]}
        agent: {interval_sec: 0.2, timeout_sec: 0.15}
E2
spawn "$TOOLS/target" 127.0.0.1 "$web" >/dev/null
one=$pid
spawn "$TOOLS/target" 127.0.0.2 "$web" >/dev/null
two=$pid
spawn "$TOOLS/target" 127.0.0.3 "$web" 200 >/dev/null
page=$pid
spawn fodns up -c "$T/fodns.yaml" 2>"$T/log"
up=$pid

wait_for 10 answered "$dns" www.failover "127.0.0.1 127.0.0.2"
is "$(answers "$dns" www.failover)" "127.0.0.1 127.0.0.2" "both targets are answered"
wait_for 5 answered "$dns" page.failover 127.0.0.3
is "$(answers "$dns" page.failover)" 127.0.0.3 "the page that answers 200 is up"

stop "$page"
spawn "$TOOLS/target" 127.0.0.3 "$web" 503 >/dev/null
wait_for 5 answered "$dns" page.failover 192.0.2.253
is "$(answers "$dns" page.failover)" 192.0.2.253 "a page that answers 503 leads to the fallback"

stop "$one"
wait_for 5 answered "$dns" www.failover 127.0.0.2
is "$(answers "$dns" www.failover)" 127.0.0.2 "a target that died is answered no more"

like "$(dig @127.0.0.1 -p "$dns" www.failover AAAA)" 'status: NOERROR.*' "AAAA of a name with A: NOERROR"
like "$(dig @127.0.0.1 -p "$dns" www.failover AAAA)" 'AUTHORITY: 1' "with the SOA"
like "$(dig @127.0.0.1 -p "$dns" nosuch.failover)" 'status: NXDOMAIN' "a name that is not there: NXDOMAIN"
like "$(dig @127.0.0.1 -p "$dns" example.org)" 'status: REFUSED' "outside the zones: REFUSED"
is "$(dig +tcp +short @127.0.0.1 -p "$dns" www.failover)" 127.0.0.2 "TCP says the same"

like "$(curl -s "http://127.0.0.1:$api/healthz")" ok "healthz"
is "$(curl -s "http://127.0.0.1:$api/api/v1/status" | jq -c '.status[0]|[.domain,.live_ips,.using_fallback]')" \
    '["www.failover",["127.0.0.2"],false]' "the status names the live address"
like "$(curl -s "http://127.0.0.1:$api/metrics")" '^# TYPE fodns_' "metrics"

fodns-override -c "$T/fodns.yaml" www.failover 127.0.0.2 down --for 60s --reason test >"$T/o" 2>&1
is $? 0 "an override is taken"
wait_for 5 answered "$dns" www.failover 192.0.2.254
is "$(answers "$dns" www.failover)" 192.0.2.254 "and counts"
fodns-override -c "$T/fodns.yaml" www.failover 127.0.0.2 --clear >"$T/o" 2>&1 || note "$(cat "$T/o")"
wait_for 5 answered "$dns" www.failover 127.0.0.2
is "$(answers "$dns" www.failover)" 127.0.0.2 "cleared, it is as before"

stop "$two"
wait_for 5 answered "$dns" www.failover 192.0.2.254
is "$(answers "$dns" www.failover)" 192.0.2.254 "nothing left: the fallback"
like "$(fodns-decide -c "$T/fodns.yaml" --explain www.failover)" 'refused' "the explanation says why"
like "$(fodns-decide -c "$T/fodns.yaml" --explain www.failover)" 'served:? *same' "and that the server says the same"

spawn "$TOOLS/target" 127.0.0.2 "$web" >/dev/null
wait_for 5 answered "$dns" www.failover 127.0.0.2
is "$(answers "$dns" www.failover)" 127.0.0.2 "a target that came back is answered again"
like "$(cat "$T/log")" 'www[.]failover A 127[.]0[.]0[.]2 -> 192[.]0[.]2[.]254 fallback: ' "the log tells the change in one line"

# A reload adds a domain without a restart; a wrong one is refused whole.
cat >>"$T/fodns.yaml" <<E2
      new.failover:
        fallback: ["192.0.2.252"]
        monitor: {mode: tcp, targets: [{ip: 127.0.0.9, port: 1}]}
E2
exits 0 "reload" fodns reload -c "$T/fodns.yaml"
wait_for 5 answered "$dns" new.failover 192.0.2.252
is "$(answers "$dns" new.failover)" 192.0.2.252 "the new domain is answered"
cp "$T/fodns.yaml" "$T/good.yaml"
echo '      bad.failover: {fallbak: []}' >>"$T/fodns.yaml"
exits 2 "a wrong config is refused" fodns reload -c "$T/fodns.yaml"
like "$err" 'fodns.yaml:[0-9]+:[0-9]+: .*fallbak.*fallback' "with its place and a suggestion"
is "$(answers "$dns" www.failover)" 127.0.0.2 "and the old one stays in force"
cp "$T/good.yaml" "$T/fodns.yaml"

# One that is valid and does not do what it expects of itself is stopped, too, unless somebody insists.
cat >>"$T/fodns.yaml" <<E3
      exp.failover:
        fallback: ["192.0.2.250"]
        monitor: {mode: tcp, targets: [{ip: 127.0.0.9, port: 1}]}
        expect: [{when: {down: 127.0.0.9}, answer: [192.0.2.251]}]
E3
exits 2 "an expectation that does not hold" fodns reload -c "$T/fodns.yaml"
like "$err" 'fodns.yaml:[0-9]+:[0-9]+: exp.failover: with 127.0.0.9 down it answers 192.0.2.250, not 192.0.2.251; .* \[expect\]' "is said"
is "$(answers "$dns" exp.failover)" "" "and nothing is reloaded"
exits 0 "but by force" fodns reload -f -c "$T/fodns.yaml"
wait_for 5 answered "$dns" exp.failover 192.0.2.250
is "$(answers "$dns" exp.failover)" 192.0.2.250 "it is"

children=$(pgrep -P "$up" | tr '\n' ' ')
grand=$(for p in $children; do pgrep -P "$p"; done | tr '\n' ' ')
stop "$up"
is "$status" 0 "SIGTERM ends it with 0"
left=$(for p in $children $grand; do kill -0 "$p" 2>/dev/null && echo "$p"; done)
is "$left" "" "and nothing is left running"
done_testing
