#!/bin/sh
# fodns-override: setting, clearing and listing overrides; the answers before and after.
. "$(dirname "$0")/../lib.sh"

cat >"$T/fodns.yaml" <<'YAML'
dns: {listen_ip: 127.0.0.1, listen_port: 8053}
zones:
  - name: failover
    fallback_ttl: 1
    domains:
      web.failover:
        fallback: ["192.0.2.254"]
        server: {policy: any, timeout_sec: 3600, ttl: 1}
        monitor: {mode: tcp, targets: [{ip: 192.0.2.1, port: 80}, {ip: 192.0.2.2, port: 80}]}
        agent: {interval_sec: 30, timeout_sec: 5}
      mail.failover:
        fallback: ["192.0.2.254"]
        server: {policy: any, timeout_sec: 3600, ttl: 1}
        monitor: {mode: tcp, targets: [{ip: 192.0.2.1, port: 25}]}
        agent: {interval_sec: 30, timeout_sec: 5}
YAML
FODNS_CONFIG=$T/fodns.yaml FODNS_STATE=$T/state
export FODNS_CONFIG FODNS_STATE
cd "$T" || exit 1

# tell DOMAIN IP PORT STATUS: a report of now into the state
tell() {
	printf '{"agent_id":"a1","timestamp":"%s","check_name":"%s:%s:%s","domain":"%s","type":"tcp","target_ip":"%s","port":%s,"status":"%s"}\n' \
		"$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$1" "$2" "$3" "$1" "$2" "$3" "$4" | fodns-report -s "$T/state"
}
answer() { fodns-decide -j "$1" 2>/dev/null | jq -c .rrsets.A.answers; }
records() { cat "$T"/state/overrides/*.jsonl 2>/dev/null | grep -c '"type":"override"'; }

exits 75 'no state directory: try again later' fodns-override 192.0.2.1 down --for 1h
is "$out" '' 'nothing on stdout'

tell web.failover 192.0.2.1 80 ok
tell web.failover 192.0.2.2 80 ok
tell mail.failover 192.0.2.1 25 ok
is "$(answer web.failover)" '["192.0.2.1","192.0.2.2"]' 'both are answered at first'

# ---- what makes no sense
exits 2 'no operand' fodns-override
exits 2 'no time' fodns-override 192.0.2.1 down
like "$err" 'for how long' 'it says what is missing'
exits 2 'for ever and for a time' fodns-override 192.0.2.1 down --for 1h --forever
exits 2 'no such state' fodns-override 192.0.2.1 dwon --for 1h
like "$err" 'did you mean "?down' 'the nearest word'
exits 2 'no such domain' fodns-override webb.failover 192.0.2.1 down --for 1h
like "$err" 'did you mean web.failover' 'the nearest domain'
exits 2 'no such target' fodns-override web.failover 192.0.2.3 down --for 1h
like "$err" 'did you mean 192.0.2.[12]' 'the nearest target'
exits 2 'a port that is not configured' fodns-override 192.0.2.2:25 down --for 1h
exits 2 'a network that is none' fodns-override 192.0.2.1/33 down --for 1h
like "$err" 'is no address' 'is not taken for a domain'
exits 2 'a network without targets' fodns-override 198.51.100.0/24 down --for 1h
exits 2 'an end at once' fodns-override 192.0.2.1 down --for 0
exits 2 'clear for a time' fodns-override --clear 192.0.2.1 --for 1h
is "$(records)" 0 'nothing was written'

# ---- dry run
exits 0 'dry run' fodns-override -n -o table web.failover 192.0.2.1 down --for 1h
is "$out" 'web.failover A 192.0.2.1, 192.0.2.2 live -> 192.0.2.2 live' 'it says what would be'
is "$(records)" 0 'and wrote nothing'

# ---- down for one domain, JSON lines in a pipe
exits 0 'down' env SUDO_USER=jo fodns-override web.failover 192.0.2.1 down --for 1h --reason 'kernel upgrade'
is "$(printf '%s' "$out" | jq -c '[.domain,.rrtype,.before.answers,.after.answers]')" \
	'["web.failover","A",["192.0.2.1","192.0.2.2"],["192.0.2.2"]]' 'before and after'
is "$(answer web.failover)" '["192.0.2.2"]' 'it is answered no more'
is "$(answer mail.failover)" '["192.0.2.1"]' 'the other domain keeps it'
exits 0 'list' fodns-override --list
is "$(printf '%s' "$out" | jq -c '[.type,.domain,.target,.state,.reason,.who]')" \
	'["override","web.failover","192.0.2.1","down","kernel upgrade","jo"]' 'the record'
is "$(printf '%s' "$out" | jq '((.until|sub("\\.[0-9]+Z";"Z")|fromdate)-(.at|sub("\\.[0-9]+Z";"Z")|fromdate)) | . >= 3599 and . <= 3601')" \
	true 'it lasts an hour'
exits 0 'list as a table' fodns-override --list -o table
like "$out" 'web.failover +192.0.2.1 +down .* jo +kernel upgrade' 'a row'
exits 0 'list of another domain' fodns-override --list mail.failover
is "$out" '' 'has nothing'

# ---- without a domain: everywhere
exits 0 'down everywhere' fodns-override -o table 192.0.2.1 down --for 1h
like "$out" '^mail.failover A 192.0.2.1 live -> 192.0.2.254 fallback$' 'the fallback of one'
like "$out" '^web.failover A 192.0.2.2 live \(no change\)$' 'no change for the other'

# ---- clear
exits 0 'clear of a domain' fodns-override --clear -o table web.failover 192.0.2.1
is "$(answer mail.failover)" '["192.0.2.254"]' 'the override of every domain is in force'
exits 0 'clear of the rest' fodns-override --clear -o table 192.0.2.1
is "$(answer mail.failover)" '["192.0.2.1"]' 'back'
is "$(answer web.failover)" '["192.0.2.1","192.0.2.2"]' 'and back'
is "$(fodns-override --list)" '' 'the list is empty'
exits 0 'clear of nothing' fodns-override --clear web.failover 192.0.2.1
like "$err" 'no override' 'is said'

# ---- drain
exits 0 'drain' fodns-override web.failover 192.0.2.1:80 drain --for 1h
is "$(answer web.failover)" '["192.0.2.2"]' 'another one is up'
exits 0 'drain the last' fodns-override mail.failover 192.0.2.1 drain --forever
like "$err" 'still answered: no other target is up \(use down\)' 'warned that it is still answered'
like "$err" 'no end' 'warned that it has no end'
exits 0 'a network down' fodns-override 192.0.2.0/24 down --for 1h
is "$(answer web.failover)" '["192.0.2.254"]' 'the last word on a target counts'
fodns-override --clear 192.0.2.0/24 >/dev/null 2>&1
is "$(fodns-override --list)" '' 'a network clears what lies in it'

# ---- expiry needs nothing to run
fodns-override web.failover 192.0.2.1 down --for 1s >/dev/null 2>&1
back() { [ "$(answer web.failover)" = '["192.0.2.1","192.0.2.2"]' ]; }
wait_for 10 back
ok $? 'it ends by itself'

# ---- wait
exits 0 'wait' fodns-override web.failover 192.0.2.2 down --for 1h --wait
like "$err" 'caches may have it for another 1' 'the longest TTL was waited for'

# ---- a domain alone
fodns-override --clear web.failover >/dev/null 2>&1
exits 0 'a whole domain down' fodns-override web.failover down --for 1h
is "$(answer web.failover)" '["192.0.2.254"]' 'the fallback answers'
done_testing
