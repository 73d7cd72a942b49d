#!/bin/sh
# fodns-decide --replay --set: recorded reports under other rules.
. "$(dirname "$0")/../lib.sh"

cat >"$T/fodns.yaml" <<'YAML'
zones:
  - name: failover
    fallback_ttl: 30
    domains:
      web.failover:
        fallback: ["192.0.2.254"]
        server: {policy: any, timeout_sec: 120, fall: 1}
        monitor: {mode: tcp, targets: [{ip: 192.0.2.1, port: 80}]}
      mail.failover:
        fallback: ["192.0.2.254"]
        server: {policy: any, timeout_sec: 120}
        monitor: {mode: tcp, targets: [{ip: 192.0.2.2, port: 25}]}
YAML
cd "$T" || exit 1
FODNS_CONFIG=$T/fodns.yaml TZ=UTC
export FODNS_CONFIG TZ

# A day of a report a minute: every hour one probe is lost, and from 12:00 on ten are.
perl -e 'for my $m (0 .. 1439) {
	my $bad = $m % 60 == 30 || ($m >= 720 && $m < 730);
	printf qq({"agent_id":"a1","timestamp":"2026-11-22T%02d:%02d:00Z","check_name":"web.failover:192.0.2.1:80","domain":"web.failover","type":"tcp","target_ip":"192.0.2.1","port":80,"status":"%s"}\n),
	    $m / 60, $m % 60, $bad ? "fail" : "ok" }' >day.jsonl
replay() { exits 0 "$1" fodns-decide -r day.jsonl --at 2026-11-23T00:00:00Z --replay --set "$@"; }

replay server.fall=3
is "$out" '2026-11-22 00:00:00 to 2026-11-23 00:00:00 (1d), as it is and with server.fall=3

DOMAIN         CHANGES/DAY  SET  NOT LIVE  SET  FLAPS  SET
web.failover          50.0  2.0       34m   8m     25    1
mail.failover            -    -         -    -      -    -
(all)                 50.0  2.0       34m   8m     25    1' 'the whole of it: 24 lost probes are no failures any more'

exits 0 'as JSON lines' fodns-decide -r day.jsonl --at 2026-11-23T00:00:00Z --replay --set server.fall=3 -j web.failover
is "$(printf '%s' "$out" | jq -c '[.type, .domain, .from, .to]')" \
	'["replay","web.failover","2026-11-22T00:00:00.000Z","2026-11-23T00:00:00.000Z"]' 'of which time'
is "$(printf '%s' "$out" | jq -c '.now, .set')" \
	'{"changes":50,"changes_per_day":50,"fallback_min":34,"not_live_min":34,"flaps":25}
{"changes":2,"changes_per_day":2,"fallback_min":8,"not_live_min":8,"flaps":1}' 'and both sums'
exits 0 'a part of it' fodns-decide -r day.jsonl --since 2026-11-22T18:00:00Z --at 2026-11-23T00:00:00Z --replay --set server.fall=3 -j web.failover
is "$(printf '%s' "$out" | jq -c '.now.changes, .now.fallback_min, .set.changes')" '12
6
0' 'what came before only sets the scene'
replay server.rise=5 --set server.fall=2
like "$out" '^web.failover +50.0 +2.0 +34m +13m +25 +1$' 'several rules at once'
replay server.fall=3 mail.failover
unlike "$out" 'web.failover' 'domains that are named'
replay server.fallback_ttl=7
like "$out" '^web.failover +50.0 +50.0 +34m +34m +25 +25$' 'a rule that changes nothing'

# refused SET REGEX
refused() {
	exits 2 "refused: $1" fodns-decide -r day.jsonl --replay --set "$1"
	like "$err" "$2" 'and why'
	is "$out" '' 'and nothing on stdout'
}
refused server.fal=3 '--set:1:1: unknown key "fal" \(did you mean "fall"\?\)'
refused server.fall=0 'fall 0 is under 1'
refused server.votes=qourum 'did you mean "quorum"'
refused server.fall 'is not KEY=VALUE'
refused agent.interval_sec=5 'only keys of server:'
exits 2 'the same key twice' fodns-decide -r day.jsonl --replay --set server.fall=3 --set server.fall=4
like "$err" '--set:2:1: duplicate key' 'names the second'
exits 2 'no rule' fodns-decide -r day.jsonl --replay
exits 2 'what is of a quorum, where there is none' fodns-decide -r day.jsonl --replay --set server.quorum=2 web.failover
like "$err" 'quorum is for votes quorum' 'is said'
exits 2 'no such domain' fodns-decide -r day.jsonl --replay --set server.fall=3 wbe.failover
like "$err" 'did you mean web.failover' 'the nearest'
exits 2 '--set without --replay' fodns-decide -r day.jsonl --set server.fall=3
exits 2 'since after at' fodns-decide -r day.jsonl --replay --set server.fall=3 --since now --at -1h
exits 3 'before any report: could not tell' fodns-decide -r day.jsonl --at 2020-01-01T00:00:00Z --replay --set server.fall=3
is "$out" '' 'and nothing on stdout'
exits 75 'no state' fodns-decide -s "$T/none" --replay --set server.fall=3

# ---- a state directory: reports as they arrive
now() { date -u +%Y-%m-%dT%H:%M:%S.%3NZ; }
# tell STATUS
tell() {
	printf '{"agent_id":"a1","timestamp":"%s","check_name":"web.failover:192.0.2.1:80","domain":"web.failover","type":"tcp","target_ip":"192.0.2.1","port":80,"status":"%s"}\n' \
		"$(now)" "$1" | fodns-report -s "$T/state"
}
for s in ok fail ok fail ok; do tell $s; done
exits 0 'of a state directory' fodns-decide -s "$T/state" --replay --set server.fall=2 -j web.failover
is "$(printf '%s' "$out" | jq -c '[.now.changes, .now.flaps, .set.changes, .set.flaps]')" '[4,2,0,0]' 'all that it has'

# ---- a target that never has a state under the other rule
cat >two.yaml <<'YAML'
agents: [{id: a1, token: aaaaaaaaaaaaaaaaaaaaaaa}, {id: a2, token: bbbbbbbbbbbbbbbbbbbbbbbb}]
zones:
  - name: failover
    domains:
      web.failover:
        fallback: ["192.0.2.254"]
        server: {votes: quorum, quorum: 1, timeout_sec: 600}
        monitor: {targets: [{ip: 192.0.2.1, port: 80}]}
YAML
grep -m 10 . day.jsonl >ten.jsonl
exits 0 'a quorum that is never met' fodns-decide -c two.yaml -r ten.jsonl --replay --set server.quorum=2 -j
is "$(printf '%s' "$out" | jq -c '[.from, .now.not_live_min, .set.not_live_min, .set.changes]')" '["2026-11-22T00:00:00.000Z",0,9,0]' 'counts from the first report on'
done_testing
