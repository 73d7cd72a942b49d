#!/bin/sh
# fodns-decide -o: metrics, the words of -o, the stream for nsupdate (zone and nsupdate whole: tests/e2e).
. "$(dirname "$0")/../lib.sh"

tests=$(cd "$(dirname "$0")/.." && pwd)
dns=$(free_port)
config() { # DOMAINS
	cat <<E2
state_dir: $T/state
dns: {listen_ip: 127.0.0.1, listen_port: $dns, resolve_cache_ttl: 5}
agents: [{id: a1, token: x}, {id: late, token: y}]
zones:
  - name: failover
    domains:
$1
E2
}
web='      web.failover: {fallback: [10.10.10.254], server: {timeout_sec: 600}, monitor: {targets: [{ip: 10.10.10.250, port: 80}, {ip: "2001:db8::1", port: 80}]}}'
txt='      txt.failover: {server: {timeout_sec: 600}, monitor: {targets: [{type: TXT, value: '\''"a\"b\\c"'\'', check_ip: 10.10.10.1, port: 80}]}}'
long=$(printf '%0300d' 0)
twins="      twins.failover: {monitor: {targets: [{type: TXT, value: '${long}a', check_ip: 10.10.10.2, port: 80}, {type: TXT, value: '${long}b', check_ip: 10.10.10.3, port: 80}]}}"
v4='      v4.failover: {fallback: [10.10.10.254], server: {timeout_sec: 600}, monitor: {targets: [{ip: 10.10.10.251, port: 80}]}}'
config "$web
$txt
$twins
$v4" >"$T/fodns.yaml"
FODNS_CONFIG=$T/fodns.yaml
export FODNS_CONFIG
cd "$T" || exit 1
# tell DOMAIN TARGET STATUS: a report of now into the state
tell() {
	printf '{"agent_id":"a1","timestamp":"%s","check_name":"%s:%s:80","domain":"%s","type":"tcp","target_ip":"%s","port":80,"status":"%s"}\n' \
		"$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$1" "$2" "$1" "$2" "$3" | fodns-report -s "$T/state"
}

# ---- the words
exits 2 'an output that is none' fodns-decide -o zoen
like "$err" '"zoen" is not one of table, json, zone, nsupdate or prometheus [(]did you mean zone[?][)]' 'all are listed'
exits 2 'a zone is no explanation' fodns-decide --explain -o zone
like "$err" '-o zone does not go with --explain' 'says so'
for o in zone nsupdate prometheus; do
	exits 75 "-o $o without a state: nothing is judged" fodns-decide -o $o
	is "$out" '' 'and nothing is said'
done
tell web.failover 10.10.10.250 fail
exits 1 '-o json is the listing' fodns-decide -o json web.failover
like "$out" '^[{]"type":"decision"' 'in decision lines'
exits 1 '-o table too' fodns-decide -o table web.failover
like "$out" '^DOMAIN +TYPE' 'as a table'
exits 2 'the variable only says how listings look' env FODNS_OUTPUT=zone fodns-decide
like "$err" '[$]FODNS_OUTPUT: "zone" is neither table nor json' 'and is corrected'
exits 1 'a listing by the variable' env FODNS_OUTPUT=table fodns-decide web.failover
like "$out" '^DOMAIN +TYPE' 'is a table'

# ---- metrics
exits 0 'metrics are written whatever is down' fodns-decide -o prometheus
printf '%s\n' "$out" >metrics
like "$(perl "$tests/exposition.pl" <metrics 2>&1)" '^[0-9]+ samples$' 'in the format of Prometheus'
# has LINE NAME
has() {
	grep -qxF -- "$1" metrics
	ok $? "$2" || note "$(grep "^${1%%[{ ]*}" metrics)"
}
has 'fodns_domain_up{domain="web.failover"} 0' 'a domain that is not live'
has 'fodns_domain_fallback{domain="v4.failover"} 1' 'one on its fallback'
has 'fodns_domain_source{domain="v4.failover",type="A",source="fallback"} 1' 'where an answer is from'
has 'fodns_domain_answers{domain="v4.failover",type="A"} 1' 'how many there are'
is "$(grep -c 'fodns_domain_answers{domain="v4.failover",type="AAAA"}' metrics)" 0 'but not of a family that it cannot have'
has 'fodns_domain_ttl_seconds{domain="v4.failover",type="A"} 5' 'their TTL'
has 'fodns_target_state{domain="web.failover",target="10.10.10.250:80",state="down"} 1' 'the state of a target'
has 'fodns_target_up{domain="web.failover",target="[2001:db8::1]:80"} 0' 'as a number'
has 'fodns_target_up{domain="txt.failover",target="\"a\\\"b\\\\c\""} 0' 'a text is escaped'
is "$(grep -c '^fodns_target_up{domain="twins.failover",target=".*"} 0$' metrics)" 2 'two texts that look the same are two series'
has 'fodns_agent_stale{agent="a1"} 0' 'an agent that reports'
has 'fodns_agent_stale{agent="late"} 1' 'one that should'
has 'fodns_overrides 0' 'no override'
has 'fodns_domains 4' 'how many domains'
has "fodns_config_info{hash=\"$(sed -n 's/.*config_info{hash="\([0-9a-f]*\)".*/\1/p' metrics)\"} 1" 'the config'
fodns-override web.failover 10.10.10.250 up --for 60s >/dev/null
fodns-decide -o prometheus web.failover >metrics
has 'fodns_overrides 1' 'an override'
has 'fodns_domain_up{domain="web.failover"} 1' 'and its effect'
has 'fodns_domains 1' 'of the domain that was asked for'
is "$(grep -c txt.failover metrics)" 0 'and no other'
fodns-override web.failover 10.10.10.250 --clear >/dev/null
fodns-decide -o prometheus --at 2100-01-01T00:00:00Z failover >metrics 2>/dev/null
has 'fodns_judged_time_seconds 4102444800' 'as of then'
has 'fodns_domains 4' 'all of a zone'
api=$(free_port)
sed "s/^zones:/api: {listen_ip: 127.0.0.1, listen_port: $api}\nzones:/" fodns.yaml >api.yaml
spawn fodns-api -c api.yaml 2>api.log
scraped() { curl -sf "http://127.0.0.1:$api/metrics" >scraped && grep -q '^fodns_ready 1' scraped; }
wait_for 10 scraped
like "$(perl "$tests/exposition.pl" <scraped 2>&1)" '^[0-9]+ samples$' 'the page of fodns-api is in the format, too'
fodns-decide -o prometheus >metrics
is "$(grep '^# ' metrics | sort)" "$(grep -Fxf metrics scraped | grep '^# ' | sort)" 'and says the same of each family that is in both'

# ---- the stream for nsupdate
mkdir empty
fodns-decide --follow -o nsupdate -s "$T/empty/state" >early 2>early.log &
early=$!
_pids="$_pids $early"
wait_for 10 test -d "$T/empty/state"
: >none
# A state that is there and cannot be read: nobody can tell it from silence.
mkdir -p broken/reports
echo 'fodns-state 99' >broken/format
spawn fodns-decide --follow -o nsupdate -s "$T/broken" >late 2>late.log
late=$pid
wait_for 10 grep -q 'unreadable' late.log
ok $? 'a state that cannot be read is said'
wait_for 10 grep -q '^send$' early
ok $? 'an empty one is judged'
is "$(wc -c <late)" 0 'the other is not: what BIND answers stays'
stop "$early"
rm -r broken
mkdir broken
fodns-report -s "$T/broken" </dev/null
wait_for 10 grep -q '^send$' late
ok $? 'until it can be read'
kill "$late"

# Only changes of answers are told.
msgs() { grep -c '^send$' out; }
spawn fodns-decide --follow -o nsupdate web.failover >out 2>log
f=$pid
wait_for 10 grep -q '^send$' out
is "$(msgs)" 1 'the domain that was asked for'
tell web.failover 2001:db8::1 fail
tell web.failover 10.10.10.250 fail
tell web.failover 10.10.10.250 ok
wait_for 10 grep -q 'add web.failover. 5 A 10.10.10.250$' out
ok $? 'a change is told'
is "$(msgs)" 2 'a target that was down and is down is not'
is "$(tail -n 5 out)" 'zone failover.
update delete web.failover. A
update delete web.failover. AAAA
update add web.failover. 5 A 10.10.10.250
send' 'each message is whole'
stop "$f"
is "$status" 0 'SIGTERM ends it: 0'

# A reader that went away ends it; one that does not read costs nothing, and gets the newest in the end.
sh -c 'fodns-decide --follow -o nsupdate 2>epipe.log; echo $? >epipe' | sed -n 1q
is "$(cat epipe)" 0 'the end of the reader is the end: 0'
is "$(grep -v 'accepted\|->' epipe.log)" '' 'without a complaint'
mkfifo slow
{
	echo "state_dir: $T/many"
	printf 'dns: {listen_ip: 127.0.0.1, listen_port: %s, resolve_cache_ttl: 5}\nzones:\n  - name: failover\n    domains:\n' "$dns"
	seq -f '      n%g.failover: {fallback: [10.9.9.9], server: {timeout_sec: 600}, monitor: {targets: [{ip: 10.2.0.1, port: 80}]}}' 600
} >many.yaml
# said STATUS [FIRST]: reports of now on all domains, or on those up to FIRST
said() {
	awk -v at="$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" -v status="$1" -v most="${2:-600}" 'BEGIN { for (n = 1; n <= most; n++)
		printf "{\"agent_id\":\"a1\",\"timestamp\":\"%s\",\"check_name\":\"n%d.failover:10.2.0.1:80\",\"domain\":\"n%d.failover\",\"type\":\"tcp\",\"target_ip\":\"10.2.0.1\",\"port\":80,\"status\":\"%s\"}\n", at, n, n, status }' |
		fodns-report -q -s "$T/many"
}
FODNS_CONFIG=$T/many.yaml
exec 3<>slow # a reader, which does not read
spawn fodns-decide --follow -o nsupdate >slow 2>slow.log
f=$pid
for _ in 1 2 3 4 5; do
	said ok
	said fail
done
said ok 1
caught_up() { [ "$(sed -n 's/.*"answer_changes":\([0-9]*\).*/\1/p' many/stats/decide.json)" -ge 6001 ]; }
wait_for 20 caught_up
ok $? 'decide has gone through all of it'
cat <&3 >slow.out &
_pids="$_pids $!"
last() { sed -n "s/^update add n$1[.]failover[.] 5 A //p" slow.out | tail -n 1; }
settled() { [ "$(last 1)" = 10.2.0.1 ] && [ "$(last 600)" = 10.9.9.9 ] && [ "$(last 300)" = 10.9.9.9 ]; }
wait_for 20 settled
ok $? 'a slow reader has the newest answer in the end' || note "$(last 1) $(last 300) $(last 600)"
sent=$(grep -c '^send$' slow.out)
[ "$sent" -lt 4000 ]
ok $? "and not all those between ($sent messages, 6001 changes)"
more() { [ "$(grep -c '^send$' slow.out)" -gt "$sent" ]; }
wait_for 20 more
ok $? 'what is told already is told again in time, as a message may have been lost'
stop "$f"
done_testing
