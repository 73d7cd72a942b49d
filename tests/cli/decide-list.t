#!/bin/sh
# fodns-decide --list, and the completion of bash that asks it.
# shellcheck disable=SC2016 # an agent that names itself as a command
. "$(dirname "$0")/../lib.sh"

completions=$(cd "$(dirname "$0")/../../completions" && pwd)
cat >"$T/fodns.yaml" <<E2
state_dir: $T/state
agents: [{id: fra1, token: x, tags: [eu]}, {id: nyc1, token: y}]
zones:
  - name: failover
    ns: [ns1.failover.]
    records: |
      ns1 A 192.0.2.53
    domains:
      web.failover: {fallback: [10.10.10.254], monitor: {targets: [{ip: 10.10.10.250, port: 80}, {ip: "2001:db8::1", port: 80}]}}
      txt.failover: {monitor: {targets: [{type: TXT, value: "v=1; a", check_ip: 10.10.10.1, port: 80}]}}
  - name: example
    domains:
      www.example: {fallback: [10.10.10.254], monitor: {targets: [{ip: 10.10.10.250, port: 80, priority: 3}]}}
E2
FODNS_CONFIG=$T/fodns.yaml
export FODNS_CONFIG
cd "$T" || exit 1
one() { printf '%s' "$out" | tr '\n' '|'; }
listed() { # WANT NAME OPERANDS...
	_what=$1 _text=$2
	shift 2
	exits 0 "--list $*" fodns-decide --list "$@"
	is "$(one)" "$_what" "$_text"
}
listed 'web.failover|txt.failover|www.example' 'domains in the order of the file'
listed 'web.failover|txt.failover|www.example' 'by their word' domains
listed 'www.example' 'those of a zone' domains example
listed '10.10.10.250:80|[2001:db8::1]:80|"v=1; a"' 'targets, each once' targets
listed '10.10.10.250:80' 'those of a domain' targets WWW.example
listed 'failover|example' 'zones' zones
exits 75 'agents without a state' fodns-decide --list agents
is "$out" '' 'nothing is left out in silence'
like "$err" 'state: there is no state directory' 'but said'
exits 75 'overrides without a state' fodns-decide --list overrides
is "$out" '' 'neither'
# agents that report: one of the config's, and others
sed '/^agents:/d' fodns.yaml >learned.yaml
for a in zrh1 'a $(id) b' ams:1; do
	printf '{"agent_id":"%s","timestamp":"%s","check_name":"web.failover:10.10.10.250:80","domain":"web.failover","type":"tcp","target_ip":"10.10.10.250","port":80,"status":"ok"}\n' \
		"$a" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
done | fodns-report -c learned.yaml
printf '{"agent_id":"fra1","timestamp":"%s","check_name":"web.failover:10.10.10.250:80","domain":"web.failover","type":"tcp","target_ip":"10.10.10.250","port":80,"status":"ok"}\n' \
	"$(date -u +%Y-%m-%dT%H:%M:%SZ)" | fodns-report -s "$T/state"
listed 'fra1|nyc1|a $(id) b|ams:1|zrh1' 'agents of the config, then of the state' agents
listed '' 'no override' overrides
fodns-override web.failover 10.10.10.250 down --for 60s >/dev/null
fodns-override '[2001:db8::1]:80' drain --for 60s >/dev/null
listed '* [2001:db8::1]:80 drain|web.failover 10.10.10.250 down' 'overrides' overrides
listed '* [2001:db8::1]:80 drain' 'those that count for a domain' overrides www.example

exits 0 'as JSON' fodns-decide --list -j agents
is "$(printf '%s\n' "$out" | jq -c '[.agent,.configured,.reported]' | tr '\n' ' ')" \
	'["fra1",true,true] ["nyc1",true,false] ["a $(id) b",false,true] ["ams:1",false,true] ["zrh1",false,true] ' 'agents say whether they reported'
is "$(fodns-decide --list -j targets | jq -c '[.domain,.target,.check_name,.priority]' | tail -n 1)" \
	'["www.example","10.10.10.250:80","www.example:10.10.10.250:80",3]' 'targets are those of each domain'
is "$(fodns-decide --list -j domains | jq -c '[.domain,.zone,.targets,.fallback]' | head -n 1)" '["web.failover","failover",2,1]' 'domains'
is "$(fodns-decide --list -j zones | jq -c '[.zone,.ns,.records]' | head -n 1)" '["failover",["ns1.failover."],1]' 'zones'
is "$(fodns-decide --list -j overrides | jq -r .state | tr '\n' ' ')" 'drain down ' 'overrides'

exits 2 'what cannot be listed' fodns-decide --list domians
like "$err" '"domians" is not one of domains, targets, agents, zones or overrides [(]did you mean domains[?][)]' 'is corrected'
exits 2 'an unknown domain' fodns-decide --list targets wbe.failover
like "$err" 'did you mean web.failover' 'too'
exits 2 'agents of a zone' fodns-decide --list agents failover

# ---- bash: what it would offer for a line that ends where the cursor is
offers() {
	bash -c '
		. "$1"
		COMP_LINE=$2 COMP_POINT=${#2}
		# as readline splits: a colon is a word by itself
		read -ra COMP_WORDS <<<"${2//:/ : }"
		[[ $2 != *[[:blank:]:] ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_fodns 2>/dev/null
		printf "%s\n" "${COMPREPLY[@]}"' bash "$completions/fodns.bash" "$1" | tr '\n' ' ' | sed 's/ $//'
}
is "$(offers 'fodns-decide --explain w')" 'web.failover www.example' 'domains'
is "$(offers 'fodns-decide --list ')" 'domains targets agents zones overrides' 'what --list lists'
is "$(offers 'fodns-decide -o zone ')" 'web.failover txt.failover www.example failover example' 'zones, too, where they count'
is "$(offers 'fodns-decide -o ')" 'table json zone nsupdate prometheus' 'forms'
is "$(offers 'fodns-decide --wait --until ')" 'live fallback' 'what to wait for'
is "$(offers 'fodns-override 10')" '10.10.10.250:80' 'targets'
is "$(offers 'fodns-override 10.10.10.250:')" '80' 'behind a colon'
is "$(offers 'fodns-override [2001:db8::')" '1]:80' 'of any kind'
is "$(offers 'fodns-override web.failover 10.10.10.250:80 dr')" 'drain' 'and what to do'
is "$(offers 'fodns override d')" 'down drain' 'behind the front door, too'
is "$(offers 'fodns-report --agent ')" 'fra1 nyc1 ams:1 zrh1' 'agents, but none that the shell would run'
sed 's/web[.]failover/else.failover/' fodns.yaml >other.yaml
is "$(offers 'fodns-decide -c other.yaml e')" 'else.failover' 'of the config that the line names'
done_testing
