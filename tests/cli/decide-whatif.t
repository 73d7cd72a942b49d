#!/bin/sh
# fodns-decide --what-if and --assume: what would be answered.
. "$(dirname "$0")/../lib.sh"

cat >"$T/fodns.yaml" <<'YAML'
agents:
  - {id: fra1, token: "0123456789abcdef-1"}
  - {id: ber1, token: "0123456789abcdef-2"}
  - {id: par1, token: "0123456789abcdef-3"}
zones:
  - name: failover
    fallback_ttl: 30
    domains:
      web.failover:
        fallback: ["192.0.2.254"]
        server: {policy: quorum, timeout_sec: 60}
        monitor: {mode: tcp, targets: [{ip: 192.0.2.1, port: 80}, {ip: 192.0.2.2, port: 80}]}
      mail.failover:
        fallback: ["192.0.2.254"]
        server: {policy: any, timeout_sec: 60}
        monitor: {mode: tcp, targets: [{ip: 192.0.2.1, port: 25}]}
      shop.failover:
        server: {policy: priority, timeout_sec: 60, failback_delay: 5m}
        monitor: {mode: tcp, targets: [{ip: 192.0.2.3, port: 443, priority: 2}, {ip: 192.0.2.4, port: 443, priority: 1}]}
YAML
cd "$T" || exit 1
FODNS_CONFIG=$T/fodns.yaml TZ=UTC
export FODNS_CONFIG TZ

# report AGENT DOMAIN IP PORT STATUS
report() {
	printf '{"agent_id":"%s","timestamp":"%s","check_name":"%s:%s:%s","domain":"%s","type":"tcp","target_ip":"%s","port":%s,"status":"%s","latency_ms":null,"reason":null}\n' \
		"$1" "$at" "$2" "$3" "$4" "$2" "$3" "$4" "$5"
}
# reports: as two of three agents see it
reports() {
	for a in fra1 ber1; do
		report $a web.failover 192.0.2.1 80 ok
		report $a web.failover 192.0.2.2 80 ok
		report $a mail.failover 192.0.2.1 25 ok
		report $a shop.failover 192.0.2.3 443 fail
		report $a shop.failover 192.0.2.4 443 ok
	done
}
at=2026-11-22T10:00:00Z
reports >r.jsonl
# what SUPPOSED...: at ten seconds past ten
what() { exits 0 "$1" fodns-decide -r r.jsonl --at 2026-11-22T10:00:10Z --what-if "$@"; }

what 'target=192.0.2.1 down'
is "$out" 'supposed: target=192.0.2.1 down (2 targets of 2 domains)

web.failover
- A 192.0.2.1 192.0.2.2 live, ttl 5
+ A 192.0.2.2 live, ttl 5
  1 of 2 targets is up; select all answers every one of them
  192.0.2.1:80 up -> down: 0 of 3 up: supposed

mail.failover
- A 192.0.2.1 live, ttl 5
+ A 192.0.2.254 fallback, ttl 30
  the only target is down; on_all_down: fallback
  192.0.2.1:25 up -> down: 0 of 3 up: supposed

2 domains changed at once, 0 later if all else stays, 1 same' 'the whole of it: a diff, why, and a count'

what 'agent=fra1 silent' web.failover
is "$out" 'supposed: agent=fra1 silent (5 targets of 3 domains)

web.failover
  A 192.0.2.1 192.0.2.2 live, ttl 5
+ then at 2026-11-22 10:02:10 (in 2m): A 192.0.2.254 fallback, ttl 30
  no target is up and 2 of 2 are unknown (no fresh word, or no agreement);
  on_silence: fallback

0 domains changed at once, 1 later if all else stays, 0 same' 'a silent agent: held, then unknown; only the domain that was asked for'

what 'agent=fra1 silent' 'agent=par1 up' web.failover mail.failover
like "$out" '^0 domains changed at once, 0 later if all else stays, 2 same$' 'another agent makes up for it: nothing changes, ever'
what 'target=192.0.2.3 up'
like "$out" '^\+ then at 2026-11-22 10:05:10 \(in 5m\): A 192.0.2.3 live' 'what comes back waits for failback_delay'
what 'target=web.failover/192.0.2.1:80 drain'
like "$out" '^\+ A 192.0.2.2 live, ttl 5$' 'drained, in one domain'
like "$out" '^1 domain changed at once, 0 later if all else stays, 2 same$' 'and not in the other'
what 'domain=web.failover down' 'override=192.0.2.1:80 up'
like "$out" '^\+ A 192.0.2.1 live, ttl 5$' 'several at once: an operator counts more than reports'
what 'target=192.0.2.0/24 down' shop.failover
like "$out" '^\+ A 192.0.2.3 all, ttl 5$' 'a network; nothing is left, and no fallback'
is "$(printf '%s\n' "$out" | awk 'length > 80')" '' 'within 80 columns'

exits 0 'as often as there are suppositions' fodns-decide -r r.jsonl --at 2026-11-22T10:00:10Z \
	--what-if 'target=192.0.2.1:80 down' --what-if 'target=192.0.2.2:80 down' -j web.failover
is "$(printf '%s' "$out" | jq -c '[.type, .at, .domain, .before.rrsets.A.answers, .after.rrsets.A.answers, .after.rrsets.A.source, .why, .next]')" \
	'["what-if","2026-11-22T10:00:10.000Z","web.failover",["192.0.2.1","192.0.2.2"],["192.0.2.254"],"fallback","all 2 targets are down; on_all_down: fallback",null]' \
	'one JSON object for a domain'
is "$(printf '%s' "$out" | jq -c '.targets[0]')" \
	'{"target":"192.0.2.1:80","before":"up","after":"down","why":"0 of 3 up: supposed"}' 'with its targets'
exits 0 'the same of later' fodns-decide -r r.jsonl --at 2026-11-22T10:00:10Z --what-if 'agent=ber1 silent' -j
is "$(printf '%s' "$out" | jq -c '[.domain, .next, .before.later, .after.later[0].at, .after.later[0].rrsets.A.source]')" \
	'["web.failover","2026-11-22T10:02:10.000Z",[],"2026-11-22T10:02:10.000Z","fallback"]' 'has when and what'
fodns-decide -r - --at 2026-11-22T10:00:10Z --what-if 'agent=ber1 silent' -j <r.jsonl >piped
is "$(cat piped)" "$out" 'from standard input'

# ---- what makes no sense
# refused SUPPOSED REGEX
refused() {
	exits 2 "refused: $1" fodns-decide -r r.jsonl --at 2026-11-22T10:00:10Z --what-if "$1"
	like "$err" "$2" 'and why'
	is "$out" '' 'and nothing on stdout'
}
refused 'target=192.0.2.9 down' '192.0.2.9: no such target in any domain \(did you mean 192.0.2.1\?\)'
refused 'agent=fra2 silent' 'fra2: no such agent, .* \(did you mean fra1\?\)'
refused 'domain=wbe.failover down' 'wbe.failover: no such domain .* \(did you mean web.failover\?\)'
refused 'target=192.0.2.1 dwon' 'did you mean "down"'
refused '192.0.2.1 down' 'supposes nothing'
exits 2 'without quotes' fodns-decide -r r.jsonl --what-if 'target=192.0.2.1 down' up
like "$err" 'put the supposition in quotes' 'it says what to do'
exits 2 'no such domain' fodns-decide -r r.jsonl --what-if 'target=192.0.2.1 down' wbe.failover
like "$err" 'did you mean web.failover' 'the nearest'
exits 75 'no state: nothing is judged' fodns-decide -s "$T/none" --what-if 'target=192.0.2.1 down'
is "$out" '' 'and nothing on stdout'
exits 2 'assume goes with what it serves' fodns-decide --assume up --explain
exits 2 'nothing else can be assumed' fodns-decide --assume drain --what-if 'target=192.0.2.1 down'

# ---- --assume
exits 0 'without any state' env FODNS_STATE="$T/none" fodns-decide --assume up --what-if 'target=192.0.2.1 down' mail.failover
like "$out" '^- A 192.0.2.1 live, ttl 5$' 'everything is up before'
like "$out" '^\+ A 192.0.2.254 fallback, ttl 30$' 'and it is not after'
exits 0 'beside reports' fodns-decide -r r.jsonl --at 2026-11-22T10:00:10Z --assume down --what-if 'agent=fra1 silent' web.failover
like "$out" '^  A 192.0.2.1 192.0.2.2 live' 'what is fresh is known better'
exits 0 'beside old ones' fodns-decide -r r.jsonl --at 2026-11-22T10:02:00Z --assume down --what-if 'domain=web.failover up' web.failover
like "$out" '^- A 192.0.2.254 fallback' 'what is stale is assumed'

# ---- a state, now
at=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
reports | fodns-report -s "$T/state"
exits 0 'of a state directory' fodns-decide -s "$T/state" --what-if 'target=192.0.2.1:25 down'
like "$out" '^\+ A 192.0.2.254 fallback, ttl 30$' 'and of now'
like "$out" '^1 domain changed at once' 'one domain'
exits 0 'the state is as it was' fodns-decide -s "$T/state" mail.failover web.failover
# ---- long lines are broken, also of what comes later
cat >long.yaml <<'YAML'
zones:
  - name: failover
    domains:
      many.failover:
        fallback: ["192.0.2.254"]
        server: {policy: any, timeout_sec: 60, failback_delay: 5m}
        monitor: {mode: tcp, targets: [{ip: 192.0.2.101, port: 80}, {ip: 192.0.2.102, port: 80}, {ip: 192.0.2.103, port: 80}, {ip: 192.0.2.104, port: 80}]}
YAML
at=2026-11-22T10:00:00Z
for i in 1 2 3 4; do report a1 many.failover 192.0.2.10$i 80 fail; done >long.jsonl
out=$(fodns-decide -c long.yaml -r long.jsonl --at 2026-11-22T10:00:10Z --what-if 'domain=many.failover up')
is "$(printf '%s\n' "$out" | grep -A 1 '^+ then at')" '+ then at 2026-11-22 10:05:10 (in 5m): A 192.0.2.101 192.0.2.102 192.0.2.103
  192.0.2.104 live, ttl 5' 'at a space, and set in'
done_testing
