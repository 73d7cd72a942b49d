#!/bin/sh
# fodns-decide --against: how the answers of two configs differ.
. "$(dirname "$0")/../lib.sh"

cat >"$T/ours.yaml" <<'YAML'
zones:
  - name: failover
    fallback_ttl: 30
    ns: [ns1.failover.]
    records: |
      ns1 IN A 192.0.2.53
      www IN CNAME web
    domains:
      web.failover:
        fallback: ["192.0.2.254"]
        server: {policy: any, timeout_sec: 60}
        monitor: {mode: tcp, targets: [{ip: 192.0.2.1, port: 80}, {ip: 192.0.2.2, port: 80}]}
      mail.failover:
        fallback: ["192.0.2.254"]
        server: {policy: any, timeout_sec: 60}
        monitor: {mode: tcp, targets: [{ip: 192.0.2.1, port: 25}]}
      old.failover:
        monitor: {mode: tcp, targets: [{ip: 192.0.2.5, port: 80}]}
YAML
cd "$T" || exit 1
sed -e 's/policy: any, timeout_sec: 60}/policy: priority, ttl: 9}/' -e 's/ip: 192.0.2.1, port: 80/&, priority: 3/' \
	-e 's/old.failover/new.failover/' -e 's/192.0.2.5,/192.0.2.6,/' -e 's/ns1 IN A 192.0.2.53/ns1 IN A 192.0.2.54/' ours.yaml >theirs.yaml
FODNS_CONFIG=$T/ours.yaml FODNS_STATE=$T/none
export FODNS_CONFIG FODNS_STATE

# report DOMAIN IP PORT STATUS
report() {
	printf '{"agent_id":"a1","timestamp":"2026-11-22T10:00:00Z","check_name":"%s:%s:%s","domain":"%s","type":"tcp","target_ip":"%s","port":%s,"status":"%s"}\n' \
		"$1" "$2" "$3" "$1" "$2" "$3" "$4"
}
{
	report web.failover 192.0.2.1 80 fail
	report web.failover 192.0.2.2 80 ok
	report mail.failover 192.0.2.1 25 ok
	report new.failover 192.0.2.6 80 ok
} >r.jsonl

exits 1 'different: 1' fodns-decide -c ours.yaml --against theirs.yaml --assume up
is "$out" '--- ours.yaml
+++ theirs.yaml
@@ zone failover @@
- ns1.failover. 3600 A 192.0.2.53
+ ns1.failover. 3600 A 192.0.2.54
@@ web.failover @@
- A 192.0.2.1 192.0.2.2 live, ttl 5
+ A 192.0.2.1 live, ttl 9
@@ mail.failover @@
- A 192.0.2.1 live, ttl 5
+ A 192.0.2.1 live, ttl 9
@@ old.failover @@
- A 192.0.2.5 live, ttl 5
@@ new.failover @@
+ A 192.0.2.6 live, ttl 5
zones: 1 changed, 0 same
domains: 2 changed, 1 added, 1 removed, 0 same' 'the whole of it, while all is up'
is "$err" '' 'and nothing is wrong'

exits 0 'the same: 0' fodns-decide --against ours.yaml --assume down
is "$out" 'domains: 3 same' 'and how many'
cp ours.yaml copy.yaml
sed -i 's/timeout_sec: 60/timeout_sec: 61/' copy.yaml
exits 0 'what is answered is compared, not what is written' fodns-decide --against copy.yaml --assume down
exits 1 'while all is down' fodns-decide --against theirs.yaml --assume down web.failover old.failover
like "$out" '^domains: 1 removed, 1 same$' 'of the domains that are asked for'
unlike "$out" 'zone|new.failover|mail.failover' 'and no other'

exits 1 'over the same reports' fodns-decide -r r.jsonl --at 2026-11-22T10:00:10Z --against theirs.yaml
like "$(printf '%s\n' "$out" | sed -n '/new.failover/,$p')" '^\+ A 192.0.2.6 live' 'each has those that it has targets for'
like "$(printf '%s\n' "$out" | sed -n '/@@ web.failover/,/@@ mail/p')" '^- A 192.0.2.2 live, ttl 5$' 'as they were then'
is "$err" '' 'a report that only one has a target for is no mistake'
fodns-decide -r - --at 2026-11-22T10:00:10Z --against theirs.yaml <r.jsonl >piped
is "$(cat piped)" "$out" 'from standard input, for both'

exits 1 'as JSON lines' fodns-decide -r r.jsonl --at 2026-11-22T10:00:10Z --against theirs.yaml -j
is "$(printf '%s\n' "$out" | jq -c 'select(.domain) | [.domain, .change, .before.rrsets.A.ttl, .after.rrsets.A.ttl]')" \
	'["web.failover","changed",5,9]
["mail.failover","changed",5,9]
["old.failover","removed",5,null]
["new.failover","added",null,5]' 'one for each domain that differs'
is "$(printf '%s\n' "$out" | jq -c 'select(.zone) | [.zone, .change, .before, .after]')" \
	'["failover","changed",["ns1.failover. 3600 A 192.0.2.53"],["ns1.failover. 3600 A 192.0.2.54"]]' 'and for each zone'

sed 's/policy: priority/polcy: priority/; s/port: 25/port: 99999/' theirs.yaml >wrong.yaml
exits 2 'trouble: 2' fodns-decide --against wrong.yaml --assume up
like "$err" 'wrong.yaml:11:18: .*"polcy".*"policy"' 'every mistake of the other has its place'
like "$err" 'wrong.yaml:16:[0-9]+: .*99999' 'not only the first'
is "$out" '' 'and nothing is on stdout'
exits 2 'no such file' fodns-decide --against missing.yaml --assume up
exits 2 'no such domain in either' fodns-decide --against theirs.yaml --assume up wbe.failover
like "$err" 'did you mean web.failover' 'the nearest'
exits 75 'no state and nothing assumed' fodns-decide --against theirs.yaml
is "$out" '' 'nothing is judged'
done_testing
