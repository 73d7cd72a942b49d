#!/bin/sh
# fodns-decide --digest: a hash of what each domain answers, that others can compute.
. "$(dirname "$0")/../lib.sh"

cat >"$T/fodns.yaml" <<'YAML'
zones:
  - name: failover
    fallback_ttl: 30
    domains:
      web.failover:
        fallback: ["192.0.2.254", "2001:db8::fe"]
        server: {policy: any, timeout_sec: 60, on_silence: keep, max_answers: 1}
        monitor: {mode: tcp, targets: [{ip: 192.0.2.1, port: 80}, {ip: 192.0.2.2, port: 80}, {ip: "2001:db8::1", port: 80}]}
      weights.failover:
        server: {select: weighted, timeout_sec: 60}
        monitor: {mode: tcp, targets: [{ip: 192.0.2.1, port: 80, weight: 3}, {ip: 192.0.2.2, port: 80}]}
      error.failover:
        server: {on_all_down: servfail, timeout_sec: 60}
        monitor: {mode: tcp, targets: [{ip: 192.0.2.1, port: 80}]}
      txt.failover:
        server: {policy: any, timeout_sec: 60}
        monitor: {mode: tcp, targets: [{type: TXT, value: 'v=1; a  b', check_ip: 192.0.2.3, port: 80}]}
YAML
cd "$T" || exit 1
FODNS_CONFIG=$T/fodns.yaml
export FODNS_CONFIG

# report DOMAIN IP STATUS TIME
report() {
	printf '{"agent_id":"a1","timestamp":"%s","check_name":"%s:%s:80","domain":"%s","type":"tcp","target_ip":"%s","port":80,"status":"%s"}\n' \
		"$4" "$1" "$2" "$1" "$2" "$3"
}
{
	report web.failover 192.0.2.1 ok 2026-11-22T10:00:00Z
	report web.failover 192.0.2.2 ok 2026-11-22T10:00:00Z
	report weights.failover 192.0.2.1 ok 2026-11-22T10:00:00Z
	report weights.failover 192.0.2.2 ok 2026-11-22T10:00:00Z
	report error.failover 192.0.2.1 fail 2026-11-22T10:00:00Z
} >r.jsonl

# As the manual says: from decision lines, by other programs.
by_hand() {
	fodns-decide -j "$@" 2>/dev/null | jq -c . | while read -r line; do
		printf '%s %s\n' "$(printf '%s' "$line" | jq -r .domain)" "$(printf '%s' "$line" |
			jq -r '.rrsets | to_entries[] | [.key, (.value | .ttl, .max // 0, .rcode // .select // "all")] +
				.value.answers + (.value.weights // []) | join("\t")' |
			sha256sum | cut -c 1-32)"
	done >hashes
	printf '(all) %s\n' "$(sha256sum <hashes | cut -c 1-32)" >>hashes
	cat hashes
}
at10='-r r.jsonl --at 2026-11-22T10:00:10Z'
# shellcheck disable=SC2086 # a list of options
exits 0 'it is done: 0, whatever is answered' fodns-decide $at10 --digest
is "$(printf '%s\n' "$out" | sed 's/[0-9a-f]\{32\}$/HASH/')" 'web.failover HASH
weights.failover HASH
error.failover HASH
txt.failover HASH
(all) HASH' 'a line for each domain in the order of the config, and one for all'
# shellcheck disable=SC2086
is "$out" "$(by_hand $at10)" 'the hashes are those that the manual describes'
first=$out

# shellcheck disable=SC2086
exits 0 'JSON lines' fodns-decide $at10 --digest -j
is "$(printf '%s\n' "$out" | jq -r '"\(.domain // "(all)") \(.digest)"')" "$first" 'have the same'

# Another master heard other agents at other times; what it answers is the same.
sed 's/"a1"/"b7"/; s/10:00:00Z/10:00:07Z/' r.jsonl >r2.jsonl
is "$(fodns-decide -r r2.jsonl --at 2026-11-22T10:00:20Z --digest)" "$first" 'no time is in it, and no agent'
is "$(fodns-decide -r r.jsonl --at 2026-11-22T10:05:00Z --digest web.failover | head -n 1)" \
	"$(printf '%s\n' "$first" | head -n 1)" 'nor why it is answered (source keep)'

# change SED NAME: a config whose answer is another
change() {
	sed "$1" fodns.yaml >other.yaml
	# shellcheck disable=SC2086
	got=$(fodns-decide -c other.yaml $at10 --digest web.failover)
	[ "$got" != "$(printf '%s\n' "$first" | head -n 1)" ] && [ "${got%% *}" = web.failover ] &&
		[ "$(echo "$got" | head -n 1)" != "$(echo "$first" | head -n 1)" ]
	ok $? "$2"
}
change 's/timeout_sec: 60, on/timeout_sec: 60, ttl: 6, on/' 'a TTL is in it'
change 's/max_answers: 1/max_answers: 2/' 'and how many are answered at once'
sed 's/weight: 3/weight: 4/' fodns.yaml >other.yaml
# shellcheck disable=SC2086
is "$(fodns-decide -c other.yaml $at10 --digest | grep -vxF "$first" | grep -c .)" 2 'a weight, for one domain and for all'
report web.failover 192.0.2.2 fail 2026-11-22T10:00:09Z >>r.jsonl
change 's/x/x/' 'and what is answered'

exits 2 'no such domain' fodns-decide -r r.jsonl --digest wbe.failover
like "$err" 'did you mean web.failover' 'the nearest'
exits 75 'no state: nothing is judged' fodns-decide -s "$T/none" --digest
is "$out" '' 'and nothing on stdout'
exits 0 'of a config alone' fodns-decide --assume up --digest
is "$(printf '%s\n' "$out" | wc -l)" 5 'all of it'
done_testing
