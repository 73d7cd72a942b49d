#!/bin/sh
# fodns-decide --at: what was really answered, beside a replay and where the reports are gone.
# shellcheck disable=SC2016 # perl expands what stands here in single quotes
. "$(dirname "$0")/../lib.sh"
cd "$T" || exit 1
export TZ=UTC

cat >fodns.yaml <<'YAML'
dns: {listen_ip: 127.0.0.1, listen_port: 8053}
api: {listen_ip: 127.0.0.1, listen_port: 8000}
zones:
  - name: failover
    domains:
      webmail.failover:
        fallback: ["10.10.10.254"]
        server: {policy: any, timeout_sec: 60}
        monitor: {mode: tcp, targets: [{ip: 10.10.10.250, port: 80}]}
      quiet.failover:
        fallback: ["10.10.10.254"]
        server: {policy: any, timeout_sec: 60}
        monitor: {mode: tcp, targets: [{ip: 10.10.10.251, port: 80}]}
YAML
FODNS_CONFIG=$T/fodns.yaml
export FODNS_CONFIG

D=2025-11-22T
segment() { printf '{"type":"segment","format":1,"boot_id":"b","agent":%s,"boot_ms":1,"at":"%s"}\n' "$1" "$D$2"; }
# report TIME STATUS: stored at that time
report() {
	printf '{"agent_id":"a1","timestamp":"%s","check_name":"webmail.failover:10.10.10.250:80","domain":"webmail.failover","type":"tcp","target_ip":"10.10.10.250","port":80,"status":"%s","latency_ms":null,"reason":null,"received":"%s","boot_ms":1}\n' "$D$1" "$2" "$D$1"
}
# changed TIME FROM TO SOURCE
changed() {
	printf '{"type":"event","event":"answer","at":"%s","domain":"webmail.failover","family":"A","from":"%s","to":"%s","source":"%s","why":"10.10.10.250:80 is so"}\n' "$D$1" "$2" "$3" "$4"
}
json() { perl -MJSON::PP -e 'local $/; my $j = decode_json(<STDIN>); print eval $ARGV[0] // "undef"' "$1"; }
mkdir -p state/reports/a1 state/decisions
echo 'fodns-state 1' >state/format
{
	segment '"a1"' 10:00:00.000Z
	report 10:00:00.000Z ok
	report 10:00:10.000Z fail
	report 10:00:40.000Z ok
} >state/reports/a1/000000000001.jsonl
{
	segment null 09:00:00.000Z
	changed 10:00:00.000Z 10.10.10.254 10.10.10.250 live
	changed 10:00:10.000Z 10.10.10.250 10.10.10.254 fallback
	changed 10:00:45.000Z 10.10.10.254 10.10.10.250 live
} >state/decisions/000000000001.jsonl

# ---- beside a replay
explain() { fodns-decide -s state --explain --at "$@"; }
exits 0 'a replay of the reports' explain ${D}10:00:30Z webmail.failover
like "$out" '^  answered then: same$' 'and what was answered, the same'
exits 0 'as one JSON object' explain ${D}10:00:30Z webmail.failover -j
is "$(echo "$out" | json '$j->{answered}')" same 'it says so, too'
exits 0 'the recorder was late, or down' explain ${D}10:00:42Z webmail.failover
like "$out" '^ +live, ttl' 'the reports say up'
like "$out" '^  answered then: DIFFERENT: A 10.10.10.254 fallback since 2025-11-22 10:00:10:$' 'but it answered otherwise'
is "$(printf '%s\n' "$out" | awk 'length > 80')" '' 'within 80 columns'
exits 0 'a domain that never changed' explain ${D}10:00:30Z quiet.failover
like "$out" 'answered then: not known: no change of it is in the history' 'has nothing to compare with'
exits 0 'a time before the reports, but not before the history' explain ${D}09:30:00Z webmail.failover
like "$out" 'answered then: DIFFERENT|answered then: same' 'has what was answered'
for mode in --explain -j --nagios --digest '--what-if agent=a1\ silent' '-o zone'; do
	exits 2 "before both: $mode" eval fodns-decide -s state --at ${D}08:00:00Z "$mode" webmail.failover
	like "$err" '^fodns-decide: --at: nothing is known of 2025-11-22 08:00:00; the oldest there is is 2025-11-22 09:00:00$' 'nothing is made up'
	is "$out" '' 'nor said'
done
exits 0 'a time to come' explain 2100-01-01T00:00:00Z webmail.failover
like "$err" '^fodns-decide: --at is in [0-9]+[a-z].*: what would be answered then if nothing more were reported$' 'is a guess'
unlike "$out" 'answered then' 'and nothing was answered then'
mkdir bare && cp state/format bare
exits 2 'where nothing was recorded' fodns-decide -s bare --at 03:00 -j
like "$err" 'nothing was recorded yet$' 'is no time'
exits 0 'a replay of report lines' fodns-decide -r state/reports/a1/000000000001.jsonl --explain --at ${D}10:00:30Z webmail.failover
unlike "$out" 'answered' 'is compared with nothing'
exits 0 'of now' fodns-decide -s state --explain webmail.failover
unlike "$out" 'answered' 'there is nothing that was answered then'
mv state/decisions away
exits 0 'without a history' explain ${D}10:00:30Z webmail.failover
like "$out" 'answered then: not known: there is no history' 'that is said'
mv away state/decisions

# ---- in its place: retention took the beginning of the reports
{
	segment '"a1"' 12:00:00.000Z
	report 12:00:00.000Z fail
} >state/reports/a1/000000000007.jsonl
exits 0 'while all reports are there they are judged' explain ${D}10:00:30Z webmail.failover
like "$out" '^Because$' 'with their reasons'
rm state/reports/a1/000000000001.jsonl
at() { fodns-decide -s state --at "$@"; }
exits 1 'the reports of the time are gone' at ${D}10:00:30Z webmail.failover
is "$out" '{"type":"decision","at":"2025-11-22T10:00:30.000Z","domain":"webmail.failover","rrsets":{"A":{"answers":["10.10.10.254"],"source":"fallback"},"AAAA":{"answers":[],"source":"none"}},"since":"2025-11-22T10:00:10.000Z","from":"decisions"}' \
	'what was answered is told, as far as it is known'
like "$err" 'answered then; the reports of that time are gone \(kept from 2025-11-22 12:00:00\)' 'and that it is no judgement'
exits 0 'it was live' at ${D}10:00:05Z webmail.failover
exits 3 'nobody knows of one' at ${D}10:00:05Z
is "$(echo "$out" | tail -n 1 | json '$j->{domain} . " " . ($j->{rrsets}{A} // "null")')" 'quiet.failover null' 'which is null'
exits 3 'the answer of before its first change' at ${D}09:30:00Z webmail.failover
is "$(echo "$out" | json '"@{$j->{rrsets}{A}{answers}} " . ($j->{rrsets}{A}{source} // "null") . ($j->{since} // "null")')" \
	'10.10.10.254 nullnull' 'is what it changed from; its source is not known'
out=$(at ${D}10:00:30Z -o table 2>/dev/null)
is "$out" 'DOMAIN            TYPE  SOURCE    SINCE                ANSWER
webmail.failover  A     fallback  2025-11-22 10:00:10  10.10.10.254
quiet.failover    A     ?                              not recorded' 'a table of it'
exits 0 'an explanation' explain ${D}10:00:30Z webmail.failover
is "$out" 'webmail.failover at 2025-11-22 10:00:30 answered
  A  10.10.10.254
     fallback, since 2025-11-22 10:00:10 (20s), until 2025-11-22 10:00:45 (15s)
     10.10.10.250:80 is so' 'has the recorded cause'
exits 0 'and one of JSON' explain ${D}10:00:30Z webmail.failover -j
is "$(echo "$out" | json '"$j->{type} $j->{from} $j->{rrsets}{A}{why} $j->{rrsets}{A}{until}"')" \
	'explanation decisions 10.10.10.250:80 is so 2025-11-22T10:00:45.000Z' 'the same'
exits 2 'before the history, too' at ${D}08:00:00Z
like "$err" 'nothing is known of .*; the oldest there is is 2025-11-22 09:00:00' 'names the oldest'
is "$out" '' 'and says nothing'
exits 1 'what is kept is judged' at ${D}12:00:30Z webmail.failover
like "$out" '"targets":\[' 'as ever'
mv state/decisions away
exits 2 'without a history' at ${D}10:00:30Z
like "$err" 'the oldest there is is 2025-11-22 12:00:00' 'it is not judged as silence'
mv away state/decisions
changed 10:01:00.000Z 10.10.10.254 10.10.10.250 live >>state/decisions/000000000001.jsonl
exits 0 'a change that was not recorded' explain ${D}10:00:50Z webmail.failover
like "$out" 'a later change is missing' 'is said'
ln -sf /dev/null state/decisions/000000000001.jsonl
exits 75 'a history that cannot be read' at ${D}10:00:30Z
is "$out" '' 'says nothing'
done_testing
