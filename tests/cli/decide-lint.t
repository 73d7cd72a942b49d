#!/bin/sh
# fodns-decide --lint: a row for each id, where it is said; what silences it; expect; many domains; the examples.
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/tests/lib.sh"
cd "$T" || exit 2

# ids FILE OPTION...: "line:column level id", one after the other; errors are status 2, and nothing else is
ids() {
	_file=$1
	shift
	fodns-decide --lint -j --ignore detection -c "$_file" "$@" >ids.json
	_status=$?
	jq -r '"\(.line):\(.column) \(.level) \(.id)"' ids.json | tr '\n' ' ' | sed 's/ $//'
	case $_status$(grep -o '"level":"error"' ids.json | head -n 1) in
	0 | '2"level":"error"') ;;
	*) printf ' status %s' $_status ;;
	esac
}
api='{listen_ip: 127.0.0.1}' agents=
# config LINE [TARGETS [FALLBACK [MONITOR]]]: one domain that is as it should be, but for what is given; LINE is line 9
config() {
	cat <<YAML
api: $api
state_dir: none
defaults: {server: {rise: 2, fall: 3}, agent: {interval_sec: 10, timeout_sec: 3}}
agents: $agents
zones:
- name: z
  domains:
    a.z:
      $1
      fallback: [${3-192.0.2.9}]
      monitor: {${4-}targets: [${2-"{ip: 192.0.2.1, port: 80}"}]}
YAML
}
# finds WANT LINE...
finds() {
	_want=$1
	shift
	config "$@" >row.yaml
	is "$(ids row.yaml)" "$_want" "${_want:-nothing}: $(echo "$*" | tr -s '\n ' ' ')"
}
two='{ip: 192.0.2.1, port: 80}, {ip: 192.0.2.2, port: 80}'
ranks='{ip: 192.0.2.1, port: 80, priority: 2}, {ip: 192.0.2.2, port: 80}'
v6='{ip: 192.0.2.1, port: 80}, {ip: "2001:db8::1", port: 80}'

# ---- one domain
finds '' ''
finds '9:38 warning timeout-short' 'server: {rise: 2, timeout_sec: 19.9}'
finds '' 'server: {timeout_sec: 20}'
finds '9:22 warning fall-1' 'server: {fall: 1}'
finds '9:34 warning fast-unused' 'agent: {fast_interval_sec: 10}'
finds '' 'agent: {fast_interval_sec: 2}'
finds '9:28 warning budget-cut' 'agent: {timeout_sec: 11, interval_sec: 11}'
finds '9:21 warning ttl-long' 'server: {ttl: 300}'
finds '9:21 info ttl-0' 'server: {ttl: 0}'
finds '9:30 warning ttl-degraded' 'server: {ttl_degraded: 9}'
finds '9:30 info fallback-ttl' 'server: {fallback_ttl: 30}'
finds '8:5 warning no-fallback' '' '{ip: 192.0.2.1, port: 80}' ''
finds '' 'server: {on_all_down: nodata}' '{ip: 192.0.2.1, port: 80}' ''
finds '' '' "$two" ''
finds '10:17 warning fallback-is-target' '' "$two" '192.0.2.9, 192.0.2.2'
for a in 0.0.0.0 255.255.255.255 224.0.0.1 127.0.0.1 169.254.0.1; do
	finds '10:17 warning fallback-useless' '' "$two" $a
done
finds '' '' '{ip: 127.0.0.1, port: 80}' 127.0.0.2
finds '10:17 info fallback-no-v6' '' "$v6"
finds '10:17 warning fallback-no-v4' '' "$v6" '"2001:db8::9"'
finds '' 'server: {on_all_down: nodata, on_silence: keep}' "$v6"
finds '11:67 warning priority-unused' '' "$ranks"
finds '9:24 warning priority-equal' 'server: {policy: priority}' "$two"
finds '' 'server: {policy: priority}' "$ranks"
finds '' 'server: {policy: priority}'
finds '11:67 warning priority-unreached 11:67 info answer-twice' 'server: {policy: priority}' \
    '{ip: 192.0.2.1, port: 80, priority: 2}, {ip: 192.0.2.1, port: 443}'
finds '11:67 info answer-twice' 'server: {policy: priority, min_healthy: "50%"}' \
    '{ip: 192.0.2.1, port: 80, priority: 2}, {ip: 192.0.2.1, port: 443}, {ip: 192.0.2.2, port: 80, priority: 2}'
finds '11:27 warning weight-unused' '' '{ip: 192.0.2.1, port: 80, weight: 5}'
finds '' 'server: {select: weighted, max_answers: 1}' '{ip: 192.0.2.1, port: 80, weight: 5}, {ip: 192.0.2.2, port: 80, weight: 0}'
finds '11:27 warning weight-0' 'server: {select: weighted}' '{ip: 192.0.2.1, port: 80, weight: 0}, {ip: 192.0.2.2, port: 80, weight: 0}'
finds '11:27 warning weight-unused' 'server: {select: hash}' '{ip: 192.0.2.1, port: 80, weight: 0}, {ip: 192.0.2.2, port: 80}'
finds '9:43 warning min-healthy-unused' 'server: {select: hash, min_healthy: 2}' "$two"
finds '9:29 warning min-healthy-unused' 'server: {min_healthy: 2}' "$two"
finds '11:54 info answer-twice' '' '{ip: 192.0.2.1, port: 80}, {ip: 192.0.2.1, port: 443}'
finds '9:29 info max-answers' 'server: {max_answers: 1}' "$two"
finds '9:50 warning failback-delay-manual' 'server: {failback: manual, failback_delay: 5m}'
finds '9:30 warning forget-short' 'server: {agent_forget: 59s}'
finds '9:24 warning quorum-learned' 'server: {policy: quorum}'
finds '9:24 warning quorum-learned 9:38 warning hold-short' 'server: {policy: quorum, hold: 9.9s}'
finds '9:24 warning quorum-learned 9:38 info hold-keep' 'server: {policy: quorum, hold: 2m, on_silence: keep}'
finds '11:79 info check-ip-same' '' '{ip: 192.0.2.1, port: 80, check_port: 81, check_ip: 192.0.2.1}'
finds '11:61 warning port-ignored' '' '{ip: 192.0.2.1, port: 80}' 192.0.2.9 'mode: icmp, '
finds '11:25 warning source-family' '' '{ip: 192.0.2.1, port: 80}' 192.0.2.9 'source: "::1", '
finds '11:25 warning source-family' '' "$two, {ip: 192.0.2.3, port: 80, check_ip: \"::2\"}" 192.0.2.9 'source: 192.0.2.77, '
finds '' '' "$two" 192.0.2.9 'source: [192.0.2.77, "::1"], '
finds '9:22 warning token-empty' 'agent: {token: ""}'
finds '11:32 error config' '' '{ip: 192.0.2, port: 80}'

{ echo 'monitor_templates: {web: {mode: http}, wbe: {mode: http}}' && config '' '{ip: 192.0.2.1, port: 80}' 192.0.2.9 'template: web, '; } >row.yaml
is "$(ids row.yaml)" '1:40 info template-unused' 'a template that nobody uses'

# ---- agents under agents:
agents='[{id: a, token: 0123456789abcdef, tags: eu}, {id: b, token: 1123456789abcdef, tags: eu}, {id: c, token: 2123456789abcdef, tags: us}]'
finds '' 'server: {policy: quorum}'
finds '9:40 error quorum-too-large' 'server: {policy: quorum, quorum: 4}'
finds '9:40 warning quorum-fragile' 'server: {policy: quorum, quorum: 3}'
finds '9:24 warning quorum-fragile' 'server: {policy: quorum}' "$two" 192.0.2.9 'monitor_tag: eu, '
finds '9:24 warning quorum-fragile' 'server: {policy: quorum}' "$two" 192.0.2.9 'monitor_tag: us, '
finds '9:40 warning quorum-one' 'server: {policy: quorum, quorum: 1}'
finds '9:40 warning quorum-rounded 9:40 warning quorum-fragile' 'server: {policy: quorum, quorum: 67%}'
like "$(fodns-decide --lint -c row.yaml)" '67% of 3 agents is 2.01, rounded up to 3: 66% would be 2 ' 'and by how much'
finds '' 'server: {policy: quorum, quorum: 66%}'
finds '11:30 error no-agents' '' "$two" 192.0.2.9 'monitor_tag: ue, '
finds '9:22 warning token-ignored' 'agent: {token: 0123456789abcdef}'
finds '' 'server: {agent_forget: 59s}'

# ---- the API
api='{listen_ip: 0.0.0.0, status_auth: yes}'
finds '1:18 warning api-plain' ''
agents=
finds '8:5 warning api-open' ''
finds '1:18 warning api-plain 8:5 info token-shared' 'agent: {token: 0123456789abcdef}'
finds '1:18 warning api-plain 9:22 warning token-short 8:5 info token-shared' 'agent: {token: 0123456789abcde}'
agents='[{id: a, token: 0123456789abcde}]'
finds '1:18 warning api-plain 4:15 warning token-short' ''
api='{listen_ip: 127.0.0.1}'
finds '' ''
api='{listen_ip: ["127.0.0.1", "192.0.2.1"], tls: {cert: c, key: k}}' agents=
finds '8:5 warning api-open 1:19 info status-open' ''
echo 0123456789abcdef >admin.token
api='{listen_ip: 127.0.0.1, admin_token_file: admin.token}'
finds '8:5 warning token-admin' 'agent: {token: 0123456789abcdef}'
agents='[{id: a, token: 0123456789abcdef}]'
finds '4:15 warning token-admin' ''
echo 0123456789abcde >admin.token
finds '1:47 warning token-short' ''
api='{listen_ip: 127.0.0.1}' agents=

# ---- aliases; records of the zone stand on line 9 as domains do not
aliases() { # aliases WANT RECORDS NAME=TARGET...: domains of one CNAME each, from line 8
	_want=$1 _records=$2
	shift 2
	{
		printf 'api: {listen_ip: 127.0.0.1}\nstate_dir: none\ndefaults: {server: {fall: 3}}\nzones:\n- name: z\n  records: "%s"\n  domains:\n' "$_records"
		for _a; do
			printf '    %s: {fallback: ["%s"], monitor: {targets: [%s]}}\n' "${_a%%=*}" "$last" \
			    "{type: ${type:-CNAME}, value: \"${_a#*=}\", port: 80}"
		done
	} >row.yaml
	is "$(ids row.yaml)" "$_want" "${_want:-nothing}: $*"
}
last=192.0.2.9
aliases '' '' a.z=b.example. b.z=c.example.
aliases '9:56 error alias-ring' '' a.z=b.z. b.z=a.z.
like "$(fodns-decide --lint -c row.yaml)" ': a.z -> b.z -> a.z \[alias-ring' 'the ring is named'
aliases '10:56 error alias-ring' '' a.z=b.z. b.z=c.z. c.z=b.z.
like "$(fodns-decide --lint -c row.yaml)" ': b.z -> c.z -> b.z \[alias-ring' 'without the way to it'
aliases '8:56 error alias-ring' 's CNAME t\nt CNAME a' a.z=s.z.
aliases '' '' a.z=b.z. b.z=c.example. c.z=b.z.
aliases '8:56 warning alias-nowhere' '' a.z=n.z.
aliases '' 'n A 192.0.2.1' a.z=n.z.
aliases '' '*.n A 192.0.2.1' a.z=m.n.z.
aliases '8:56 warning alias-nowhere' '*.n A 192.0.2.1' a.z=n.z.
type=SRV last='1 1 80 f.example.'
aliases '8:64 warning alias-nowhere' '' 'a.z=1 1 80 n.z.' 'b.z=1 1 80 ns.z.'
type=

# ---- the original's
original() { # original WANT SERVER MONITOR FALLBACK
	printf 'api: {listen_ip: 127.0.0.1}\nzones:\n- name: z\n  domains:\n    a.z: {server: {%s}, monitor: {%s, targets: [{ip: 192.0.2.1, port: 80}, {ip: 192.0.2.2, port: 80, priority: 1}]}%s}\n' \
	    "$2" "$3" "${4-, fallback: [192.0.2.9]}" >row.yaml
	is "$(ids row.yaml --ignore fall-1,priority-unused,quorum-learned)" "$1" "${1:-nothing}: of the original, $2 $3"
}
original '' 'policy: any' 'monitor_tag: t'
original '5:39 info original' '' 'mode: http, monitor_tag: t'
original '5:28 info original' 'policy: priority' 'monitor_tag: t'
original '5:28 info original' 'policy: quorum' 'monitor_tag: t'
original '5:5 info original' '' 'mode: tcp'
original '5:5 info original' '' 'monitor_tag: t' ''
original '' 'rise: 2' 'mode: http'
original '5:5 info original 5:28 info original 5:50 info original' 'policy: all' 'mode: https'

# ---- what silences
config 'server: {fall: 1, ttl: 0}' >row.yaml
exits 0 'a warning' fodns-decide --lint -c row.yaml
like "$out" '^row.yaml:9:22: warning: a.z: fall is 1: .* \[fall-1\]$' 'is written as compilers do'
like "$out" '^row.yaml: 1 zone, 1 domain: no errors, 1 warning, 2 infos$' 'with a sum at the end'
exits 1 'and fails if it is asked to' fodns-decide --lint -W -c row.yaml
exits 0 'unless it is ignored' fodns-decide --lint -W --ignore fall-1,ttl-0 -c row.yaml
like "$out" '1 zone, 1 domain: no errors, no warnings, 1 info, 2 ignored$' 'which is counted'
unlike "$out" 'fall-1|ttl-0' 'and not said'
exits 0 'also one by one' fodns-decide --lint -W --ignore fall-1 --ignore ttl-0 -c row.yaml
exits 2 'an id that there is not' fodns-decide --lint --ignore ttl-0,fall1 -c row.yaml
like "$err" 'no advice has the id "fall1" \(did you mean "fall-1"\?\)' 'with the nearest'
is "$out" '' 'and nothing is linted'
exits 2 'a refusal cannot be ignored' fodns-decide --lint --ignore config -c row.yaml
exits 2 '--ignore is for --lint' fodns-decide --ignore fall-1 -c row.yaml -r /dev/null
finds '9:21 info ttl-0' 'server: {ttl: 0, fall: 1}
      lint: {ignore: [fall-1]}'
finds '' 'agent: {token: ""}
      lint: {ignore: token-empty}'
exits 0 'also for who only reads it' fodns-decide --list -c row.yaml
is "$err" '' 'and says nothing'
{ echo 'lint: {ignore: [fall-1, ttl-0]}' && config 'server: {fall: 1, ttl: 0}'; } >row.yaml
is "$(ids row.yaml)" '' 'for the whole file'
{ echo 'lint: {ignore: [fall-2]}' && config ''; } >row.yaml
is "$(ids row.yaml)" '1:17 error config' 'a wrong id in the file is an error'

# ---- expect
want() { # want RULES TARGETS FALLBACK EXPECT...: each entry is line 10 and on; prints what failed
	config "server: {$1}
      expect:$(shift 3 && printf '\n      - {%s}' "$@")" "$2" "$3" >row.yaml
	fodns-decide --lint -c row.yaml >out
	echo $? >status
	sed -n 's/^row.yaml:\([0-9]*:[0-9]*\): error: a.z: \(.*\) \[expect\]$/\1 \2/p' out
}
is "$(want '' "$two" 192.0.2.9 'when: {down: [192.0.2.1]}, answer: [192.0.2.2]' \
    'when: {down: [192.0.2.1, "192.0.2.2:80"]}, answer: [192.0.2.9]' 'answer: [192.0.2.1, 192.0.2.2]')" '' 'what is expected is answered'
is "$(cat status)" 0 'and all is well'
is "$(want '' "$two" 192.0.2.9 'answer: [192.0.2.1, 192.0.2.2]' 'when: {down: [192.0.2.1]}, answer: [192.0.2.9]')" \
    '12:9 with 192.0.2.1 down it answers 192.0.2.2, not 192.0.2.9; A: 1 of 2 targets is up; select all answers every one of them' \
    'what is not is said, and why'
is "$(cat status)" 2 'and is an error'
is "$(fodns-decide --lint -j -c row.yaml | jq -c 'select(.id == "expect") | [.line, .column, .level, .domain]')" '[12,9,"error","a.z"]' 'in JSON, too'
is "$(want 'fall: 7, on_all_down: last' "$two" 192.0.2.9 'when: {down: 192.0.2.0/24}, answer: [192.0.2.1, 192.0.2.2]')" '' \
    'the last answer is that of before'
is "$(want 'on_silence: keep' "$two" 192.0.2.9 'when: {unknown: 192.0.2.0/24}, answer: [192.0.2.1, 192.0.2.2]' \
    'when: {unknown: 192.0.2.1, down: 192.0.2.2}, answer: [192.0.2.1]' \
    'when: {unknown: 192.0.2.1}, answer: [192.0.2.2]')" '' 'silence'
is "$(want 'policy: priority' "$ranks" 192.0.2.9 'when: {drain: 192.0.2.1}, answer: [192.0.2.2]' \
    'when: {drain: 192.0.2.1, down: 192.0.2.2}, answer: [192.0.2.1]' 'answer: [192.0.2.2]')" \
    '13:9 with all targets up it answers 192.0.2.1, not 192.0.2.2; A: 2 of 2 targets are up; of priority 2, the highest that is healthy enough, all that are up are answered' \
    'priorities and drain'
is "$(want 'votes: quorum, quorum: 3, failback: manual' "$v6" '192.0.2.9, "2001:db8::9"' \
    'when: {down: 192.0.2.1}, answer: ["2001:db8::1", 192.0.2.9]' 'answer: [192.0.2.1, "2001:db8::1"]')" '' 'made up agents reach a quorum'
agents='[{id: a, token: 0123456789abcdef, tags: eu}, {id: b, token: 1123456789abcdef, tags: us}]'
is "$(want '' "$two" 192.0.2.9 'when: {down: 192.0.2.1}, answer: [192.0.2.2]')" '' 'agents that are configured'
agents=
names='{type: CNAME, value: a.example., port: 80}, {type: CNAME, value: b.example., port: 80, check_ip: 192.0.2.1}'
is "$(want '' "$names" 192.0.2.9 'when: {down: a.example}, answer: [b.example]' 'when: {down: [a.example, b.example.]}, answer: [192.0.2.9]')" '' \
    'of CNAMEs'
text='{type: TXT, value: "a b", check_ip: 192.0.2.1, port: 80}, {type: TXT, value: c, check_ip: 192.0.2.2, port: 80}'
is "$(want '' "$text" d 'when: {down: 192.0.2.2}, answer: ["a b"]' 'when: {down: 192.0.2.0/24}, answer: [d]')" '' 'of texts'
is "$(want '' '{type: SRV, value: 1 1 80 a.example., port: 80}' '1 1 80 b.example.' 'when: {down: "a.example:80"}, answer: ["1 1 80 b.example"]')" '' 'of SRV records'

# ---- reports that come too seldom
now=$(date +%s)
reports() { # reports PERIOD
	for a in 1 0; do
		t=$(date -u -d "@$((now - a * $1))" +%Y-%m-%dT%H:%M:%SZ)
		printf '{"agent_id":"fra1","timestamp":"%s","check_name":"a.z:192.0.2.1:80","domain":"a.z","type":"tcp","target_ip":"192.0.2.1","port":80,"status":"ok","latency_ms":1,"reason":null}\n' "$t"
	done
}
config 'server: {timeout_sec: 60}' >row.yaml
reports 30 >r.jsonl
is "$(ids row.yaml -r r.jsonl)" '' 'an agent that reports in time'
reports 31 >r.jsonl
is "$(ids row.yaml -r r.jsonl)" '9:29 warning period-long' 'one that is too slow'
reports 62 >r.jsonl
like "$(fodns-decide --lint -c row.yaml -r r.jsonl)" 'a.z: agent fra1 reports every 1m2s, and timeout_sec is 1m: its word is stale before the next' 'is named'
fodns-report -c row.yaml -s state <r.jsonl
fodns-report -c row.yaml -s state <r.jsonl
like "$(fodns-decide --lint -c row.yaml -s state)" '1 info$' 'from the state, by when they were received'
exits 0 'no state is no fault' fodns-decide --lint -W -v -c row.yaml -s none
like "$err" 'how often agents report is not looked at: none: ' 'and said to who wants to know'
exits 0 'in silence else' fodns-decide --lint -W -c row.yaml -s none
is "$err" '' 'nothing on stderr'

# ---- detection
config 'server: {ttl: 7, ttl_degraded: 5}' >row.yaml
like "$(fodns-decide --lint -c row.yaml)" 'info: a.z: a loss is noticed in 18s to 35s, clients follow up to 7s later; the fallback 1m after all agents fall silent \[detection\]' \
    'how fast a loss is noticed'
config 'server: {fall: 1, ttl: 0, votes: quorum, on_silence: all}' >row.yaml
like "$(fodns-decide --lint -c row.yaml)" 'a loss is noticed within 15s, clients follow at once; all targets 3m after all agents fall silent' 'with other rules'

# ---- many domains
awk 'BEGIN {
	print "api: {listen_ip: 127.0.0.1}\nstate_dir: none\nzones:\n- name: m\n  domains:"
	for (i = 0; i < 2000; i++)
		printf "    h%d.m: {fallback: [10.0.%d.%d], monitor: {monitor_tag: t, targets: [{ip: 10.0.%d.%d, port: 80}]}}\n",
		    i, i / 250, i % 250, i / 250, i % 250
}' >many.yaml
exits 0 'many domains' fodns-decide --lint -c many.yaml
is "$(printf '%s\n' "$out" | cut -c-60)" 'many.yaml:6:5: warning: h0.m and 1,999 more: fall is 1: one 
many.yaml:6:22: warning: h0.m: fallback 10.0.0.0 is also a t
many.yaml:7:22: warning: h1.m: fallback 10.0.0.1 is also a t
many.yaml:8:22: warning: h2.m: fallback 10.0.0.2 is also a t
many.yaml:9:22: warning: h3.m: fallback 10.0.0.3 is also a t
many.yaml:10:22: warning: h4.m: fallback 10.0.0.4 is also a 
... and 1,995 more (-v lists all) [fallback-is-target]
many.yaml:6:5: info: h0.m and 1,999 more: a loss is noticed 
many.yaml: 1 zone, 2,000 domains: no errors, 4,000 warnings,' 'what is the same is one line, and of an id there are five'
is "$(fodns-decide --lint -v -c many.yaml 2>/dev/null | grep -c 'fall-1')" 2000 '-v lists all'
is "$(fodns-decide --lint -j -c many.yaml | grep -c 'fallback-is-target')" 2000 'JSON, too'
sed 's/port: 80/port: 0/' many.yaml >wrong.yaml
exits 2 'many errors' fodns-decide --lint -c wrong.yaml
is "$(printf '%s\n' "$out" | tail -n 2)" '... and 980 more (-v lists all) [config]
wrong.yaml: refused: 2,000 errors, no warnings' 'are counted all'

# ---- the examples, and the manual
fodns init starter.yaml >/dev/null
for f in starter.yaml "$root/examples/quickstart.yaml" "$root/examples/full.yaml"; do
	exits 0 "${f##*/} has no warning" fodns-decide --lint -W -c "$f"
done
is "$(ids "$root/examples/config.yaml")" '14:7 warning api-open 14:7 warning fall-1 7:14 info status-open 14:7 info fallback-ttl' \
    "the original's file has what is unsafe in it"
all=$(sed -n 's/^\tX([A-Z0-9_]*, "\([a-z0-9-]*\)".*/\1/p' "$root/lib/model/advice.h")
is "$(echo "$all" | grep -c '^config$')" 1 'there are ids'
for i in $all; do
	grep -qx "\.It Cm $i" "$root/man/fodns-decide.1" || missing="$missing $i"
	grep -q "[ ']$i" "$root/tests/cli/decide-lint.t" || untested="$untested $i"
done
is "$missing$untested" '' 'each id is in the manual, and has a row here'
done_testing
