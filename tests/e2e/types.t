#!/bin/sh
# CNAME, SRV and TXT as failover targets: reports come, dig looks on; a check_ip is probed in a target's place.
. "$(dirname "$0")/../lib.sh"

dns=$(free_port) api=$(free_port) web=$(free_port)
cat >"$T/fodns.yaml" <<E2
state_dir: $T/state
dns: {listen_ip: 127.0.0.1, listen_port: $dns, resolve_cache_ttl: 1}
api: {listen_ip: 127.0.0.1, listen_port: $api}
zones:
  - name: failover
    records: |
      listener A 127.0.0.2
      empty TXT "no address"
    domains:
      www.failover:
        fallback: [sorry.example.net]
        server: {policy: priority, timeout_sec: 600}
        monitor:
          targets:
            - {type: CNAME, value: EU.example.net, port: 443, priority: 10}
            - {type: CNAME, value: us.example.net., port: 443, priority: 5}
      inside.failover:
        fallback: ["192.0.2.254", "2001:db8::fe"]
        server: {timeout_sec: 600}
        monitor: {targets: [{type: CNAME, value: host.failover, port: 443}]}
      host.failover:
        server: {timeout_sec: 600}
        monitor: {targets: [{ip: 192.0.2.7, port: 443}]}
      _sip._udp.failover:
        fallback: ["30 0 5060 sip9.example.net"]
        server: {timeout_sec: 600}
        monitor:
          targets:
            - {type: SRV, value: 10 5 5060 sip1.example.net}
            - {type: SRV, value: 20 5 5060 sip2.example.net}
      txt.failover:
        fallback: ['"none" "at all"']
        server: {timeout_sec: 600}
        monitor:
          targets:
            - {type: TXT, value: 'v=1; a', check_ip: 192.0.2.1, port: 80}
            - {type: TXT, value: 'v=1; b', check_ip: 192.0.2.2, port: 80}
      probed.failover:
        fallback: [192.0.2.254]
        server: {timeout_sec: 600}
        monitor: {targets: [{ip: 192.0.2.8, port: 443, check_ip: 127.0.0.2, check_port: $web}]}
        agent: {interval_sec: 5, timeout_sec: 2}
      text.failover:
        fallback: [down]
        server: {timeout_sec: 600}
        monitor: {targets: [{type: TXT, value: up, check_ip: 127.0.0.2, port: $web}]}
        agent: {interval_sec: 5, timeout_sec: 2}
      named.failover:
        fallback: [sorry.example.net]
        server: {timeout_sec: 600}
        monitor: {mode: http, host: www.example, targets: [{type: CNAME, value: listener.failover, port: $web}]}
        agent: {interval_sec: 5, timeout_sec: 2}
      lost.failover:
        monitor: {targets: [{type: CNAME, value: nosuch.failover, port: $web}, {type: CNAME, value: empty.failover, port: $web}]}
        agent: {interval_sec: 5, timeout_sec: 2}
      foreign.failover:
        monitor: {targets: [{type: CNAME, value: a.example, port: $web}]}
        agent: {interval_sec: 5, timeout_sec: 2}
E2
# tell DOMAIN TARGET_IP PORT STATUS [NAME]: a report of now into the state
tell() {
	printf '{"agent_id":"a1","timestamp":"%s","check_name":"%s:%s:%s","domain":"%s","type":"tcp","target_ip":"%s","port":%s,"status":"%s"}\n' \
		"$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$1" "${5:-$2}" "$3" "$1" "$2" "$3" "$4" | fodns-report -s "$T/state"
}
told() { dig +short +tries=1 +time=1 @127.0.0.1 -p "$dns" "$1" "$2" | sort | tr '\n' '|'; }
is_told() { [ "$(told "$1" "$2")" = "$3|" ]; }
says() { # NAME TYPE WANT TEXT
	wait_for 20 is_told "$1" "$2" "$3"
	is "$(told "$1" "$2")" "$3|" "$4"
}
spawn fodns master -c "$T/fodns.yaml" 2>"$T/log"
says www.failover CNAME sorry.example.net. "nothing is known: the CNAME of the fallback list"

tell www.failover eu.example.net 443 ok
tell www.failover 192.0.2.99 443 ok us.example.net
says www.failover CNAME eu.example.net. "the first tier"
says www.failover A eu.example.net. "and for A the same"
says www.failover TXT eu.example.net. "or anything else"
tell www.failover eu.example.net 443 fail
says www.failover CNAME us.example.net. "it is down: the next tier"
tell www.failover us.example.net 443 fail
says www.failover CNAME sorry.example.net. "all are down: the fallback"
like "$(cat "$T/log")" 'www[.]failover CNAME us[.]example[.]net[.] -> sorry[.]example[.]net[.] fallback: us[.]example[.]net:443 down' \
	"the log tells it in one line"
like "$(fodns-decide -c "$T/fodns.yaml" --explain www.failover)" 'served: same' "the explanation asks the server, which says the same"

tell host.failover 192.0.2.7 443 ok
tell inside.failover host.failover 443 ok
says inside.failover A '192.0.2.7|host.failover.' "an alias of our own name brings that one's address"
tell inside.failover host.failover 443 fail
says inside.failover A 192.0.2.254 "its fallback is an address"
says inside.failover AAAA 2001:db8::fe "of both families"
is "$(dig +short @127.0.0.1 -p "$dns" inside.failover CNAME)" '' "and the alias is gone"
like "$(fodns-decide -c "$T/fodns.yaml" --explain inside.failover)" 'served: same' "the explanation knows"

tell _sip._udp.failover sip1.example.net 5060 ok
tell _sip._udp.failover sip2.example.net 5060 ok
says _sip._udp.failover SRV '10 5 5060 sip1.example.net.|20 5 5060 sip2.example.net.' "both services"
tell _sip._udp.failover sip1.example.net 5060 fail
says _sip._udp.failover SRV '20 5 5060 sip2.example.net.' "one is left"
like "$(fodns-decide -c "$T/fodns.yaml" --explain _sip._udp.failover)" 'served: same' "the explanation compares services"
tell _sip._udp.failover sip2.example.net 5060 fail
says _sip._udp.failover SRV '30 0 5060 sip9.example.net.' "none: the fallback"

tell txt.failover 192.0.2.1 80 ok
tell txt.failover 192.0.2.2 80 ok
says txt.failover TXT '"v=1; a"|"v=1; b"' "both texts"
tell txt.failover 192.0.2.1 80 fail
says txt.failover TXT '"v=1; b"' "one is left"
like "$(fodns-decide -c "$T/fodns.yaml" --explain txt.failover)" 'served: same' "the explanation compares texts"
tell txt.failover 192.0.2.2 80 fail
says txt.failover TXT '"none" "at all"' "none: the fallback"

# Overrides by value, by host and port, and by what is probed.
tell www.failover eu.example.net 443 ok
tell www.failover us.example.net 443 ok
says www.failover CNAME eu.example.net. "up again"
exits 0 "an override of the name" fodns-override -c "$T/fodns.yaml" EU.example.net. down --for 60s
like "$out" '"rrtype":"CNAME","before":[{]"answers":\["eu.example.net."\].*"after":[{]"answers":\["us.example.net."\]' "shows before and after"
says www.failover CNAME us.example.net. "counts"
exits 0 "its list names it" fodns-override -c "$T/fodns.yaml" --list
like "$out" '"target":"eu.example.net"' "as a name"
exits 0 "and is cleared by host and port too" fodns-override -c "$T/fodns.yaml" eu.example.net:443 --clear
says www.failover CNAME eu.example.net. "cleared"
tell txt.failover 192.0.2.1 80 ok
tell txt.failover 192.0.2.2 80 ok
says txt.failover TXT '"v=1; a"|"v=1; b"' "both texts again"
exits 0 "an override of what is probed" fodns-override -c "$T/fodns.yaml" txt.failover 192.0.2.1:80 down --for 60s
says txt.failover TXT '"v=1; b"' "takes its text out"
exits 0 "one of the text" fodns-override -c "$T/fodns.yaml" txt.failover 'v=1; b' down --for 60s
says txt.failover TXT '"none" "at all"' "as well"
exits 2 "one of what is no target" fodns-override -c "$T/fodns.yaml" www.failover eu.exmaple.net down --for 60s
like "$err" 'eu.exmaple.net: not a target of www.failover in .*did you mean eu.example.net' "is corrected"

is "$(curl -s "http://127.0.0.1:$api/api/v1/status" | jq -c '.status[]|select(.domain=="www.failover")|[.live_ips,.fallback_ips,.answer,.using_fallback]')" \
	'[["eu.example.net.","us.example.net."],["sorry.example.net."],["eu.example.net."],false]' "the status has names as it has addresses"
is "$(curl -s "http://127.0.0.1:$api/api/v1/status/www.failover" | jq -c '[.ip_checks["eu.example.net."].a1.target_ip,.targets[0].value,.explain.rrsets.CNAME.source]')" \
	'["eu.example.net","eu.example.net.","live"]' "and its details"
like "$(curl -s "http://127.0.0.1:$api/metrics")" 'fodns_domain_source[{]domain="www.failover",type="CNAME",source="live"[}] 1' "metrics name the type"
is "$(curl -s "http://127.0.0.1:$api/api/v1/tasks?tags=" | jq -c '[.tasks[]|select(.domain=="www.failover" or .domain=="txt.failover")|[.check_name,.target_ip,.port]]|sort')" \
	'[["txt.failover:192.0.2.1:80","192.0.2.1",80],["txt.failover:192.0.2.2:80","192.0.2.2",80],["www.failover:eu.example.net:443","eu.example.net",443],["www.failover:us.example.net:443","us.example.net",443]]' \
	"tasks name what is probed"
is "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$api/api/v1/report" -H 'Content-Type: application/json' \
	-d '{"agent_id":"py","timestamp":"'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'","check_name":"www.failover:eu.example.net:443","domain":"www.failover","type":"tcp","target_ip":"eu.example.net","port":443,"status":"ok","latency_ms":1.0,"reason":null}')" \
	200 "an original agent's report has the name that it was given"
fodns-decide -c "$T/fodns.yaml" --wait www.failover --until EU.example.net --for 20s
is $? 0 "--wait takes a name"

# A listener stands in for targets that nobody could reach.
spawn "$TOOLS/target" 127.0.0.2 "$web" >/dev/null
wait_for 20 listening "$web" 127.0.0.2
target=$pid
fodns-check -c "$T/fodns.yaml" --agent-id c1 probed.failover text.failover >"$T/checked"
is "$(jq -c '[.check_name,.target_ip,.status]' "$T/checked" | sort)" \
	"[\"probed.failover:192.0.2.8:443\",\"127.0.0.2\",\"ok\"]
[\"text.failover:127.0.0.2:$web\",\"127.0.0.2\",\"ok\"]" "check_ip is probed"
fodns-report -s "$T/state" <"$T/checked"
says probed.failover A 192.0.2.8 "and what is answered is the target"
says text.failover TXT '"up"' "or its text"
stop "$target"
fodns-check -c "$T/fodns.yaml" --agent-id c1 probed.failover text.failover | fodns-report -s "$T/state"
says probed.failover A 192.0.2.254 "the listener is gone: the fallback"
says text.failover TXT '"down"' "of both"

# A name is resolved before each probe; here our own server is the resolver.
named() { fodns-check -c "$T/fodns.yaml" --resolver "127.0.0.1@$dns" --agent-id c1 "$@" 2>&1 | jq -c '[.target_ip,.status,.reason]' | sort; }
is "$(named named.failover)" '["listener.failover","fail","connection refused"]' "a name's address is probed"
spawn "$TOOLS/target" 127.0.0.2 "$web" 200 >/dev/null
wait_for 20 listening "$web" 127.0.0.2
is "$(named named.failover)" '["listener.failover","ok",null]' "and is up"
fodns-check -c "$T/fodns.yaml" --resolver "127.0.0.1@$dns" named.failover | fodns-report -s "$T/state"
says named.failover CNAME listener.failover. "its report leads to the alias"
is "$(named lost.failover)" '["empty.failover","fail","name not found"]
["nosuch.failover","fail","name not found"]' "no such name, and a name without address: fail"
is "$(named foreign.failover)" '["a.example","unknown","local: cannot resolve"]' "a server that cannot tell: unknown"
is "$(fodns-check -c "$T/fodns.yaml" --resolver "127.0.0.1@$web" --agent-id c1 named.failover | jq -c '[.status,.reason]')" \
	'["unknown","local: cannot resolve"]' "none at all: the same"
printf 'agent_id: c2\nspool_dir: %s\nservers: [{name: m, url: "http://127.0.0.1:%s"}]\nallow: ["127.0.0.2/32:%s"]\n' "$T/spool" "$api" "$web" >"$T/allowed.yaml"
sed 's|127.0.0.2/32|127.0.0.3/32|' "$T/allowed.yaml" >"$T/refused.yaml"
like "$(fodns-check -a "$T/allowed.yaml" --resolver "127.0.0.1@$dns" named.failover 2>&1)" '"target_ip":"listener.failover".*"status":"ok"' \
	"an agent probes what its allow list has"
like "$(fodns-check -a "$T/refused.yaml" --resolver "127.0.0.1@$dns" named.failover 2>&1)" '"status":"unknown".*may not be probed' \
	"and nothing else that a name leads to"

# Lines by hand say only what is answered.
dns=$(free_port)
cat >"$T/stream" <<E2
{"type":"server","gen":1,"listen":["127.0.0.1@$dns"],"threads":1,"config":"0123456789abcdef"}
{"type":"zone","zone":"hand.","soa":{"mname":"ns.hand.","rname":"h.hand.","serial":1,"refresh":1,"retry":2,"expire":3,"minimum":4},"ns":["ns.hand."]}
{"type":"decision","at":1,"domain":"www.hand","rrsets":{"CNAME":{"answers":["eu.example.net"],"ttl":5,"source":"live"}}}
{"type":"decision","at":1,"domain":"txt.hand","rrsets":{"TXT":{"answers":["v=1; a"],"ttl":5,"source":"live"}}}
{"type":"ready","gen":1,"lines":3}
E2
mkfifo "$T/fifo"
fodns-serve --decisions - -s "$T/state2" <"$T/fifo" 2>"$T/log2" &
_pids="$_pids $!"
exec 3>"$T/fifo"
cat "$T/stream" >&3
says www.hand A eu.example.net. "a decision line by hand"
says txt.hand TXT '"v=1; a"' "of any type"
echo '{"type":"decision","at":2,"domain":"www.hand","rrsets":{"CNAME":{"answers":["us.example.net."],"ttl":5,"source":"live"}}}' >&3
says www.hand CNAME us.example.net. "and another one in its place"
exec 3>&-

done_testing
