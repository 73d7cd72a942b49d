#!/bin/sh
# fodns-decide: listings, replay, explanation, stream, events, waiting, lint.
. "$(dirname "$0")/../lib.sh"
isolated=$(cd "$(dirname "$0")/../golden/isolated-agent" && pwd)

cat >"$T/fodns.yaml" <<'YAML'
dns: {listen_ip: 127.0.0.1, listen_port: 8053}
api: {listen_ip: 127.0.0.1, listen_port: 8000}
zones:
  - name: failover
    fallback_ttl: 30
    domains:
      webmail.failover:
        fallback: ["10.10.10.254"]
        server: {policy: any, timeout_sec: 60}
        monitor: {mode: tcp, targets: [{ip: 10.10.10.250, port: 80}]}
        agent: {interval_sec: 30, timeout_sec: 5}
      other.failover:
        fallback: ["10.10.10.254"]
        server: {policy: any, timeout_sec: 60}
        monitor: {mode: tcp, targets: [{ip: 10.10.10.251, port: 80}]}
        agent: {interval_sec: 30, timeout_sec: 5}
YAML
cd "$T" || exit 1
dns=$(free_port)
sed -i "s/listen_port: 8053/listen_port: $dns/" fodns.yaml
FODNS_CONFIG=$T/fodns.yaml
export FODNS_CONFIG

# report TIME DOMAIN IP STATUS
report() {
	printf '{"agent_id":"a1","timestamp":"%s","check_name":"%s:%s:80","domain":"%s","type":"tcp","target_ip":"%s","port":80,"status":"%s","latency_ms":null,"reason":null}\n' \
		"$1" "$2" "$3" "$2" "$3" "$4"
}
now() { date -u +%Y-%m-%dT%H:%M:%S.%3NZ; }
# tell DOMAIN IP STATUS: a report of now into the state
tell() { report "$(now)" "$@" | fodns-report -s "$T/state"; }
in_stream() { grep -q "$1" "$T/stream"; }
hash_of() { sed -n 's/.*"config":"\([0-9a-f]*\)".*/\1/p' "$1" | tail -n 1; }

# ---- report lines in place of a state
T0=2026-11-22T10:00:00Z
{
	report $T0 webmail.failover 10.10.10.250 ok
	report $T0 other.failover 10.10.10.251 ok
} >ok.jsonl
exits 0 'all live: 0' fodns-decide -r ok.jsonl --at 2026-11-22T10:00:10Z
is "$(printf '%s\n' "$out" | wc -l)" 2 'a decision line for each domain in a pipe'
like "$out" '"domain":"webmail.failover".*"answers":\["10.10.10.250"\].*"source":"live"' 'the live target is answered'
exits 3 'nobody has reported yet: could not tell' fodns-decide -r ok.jsonl --at 2026-11-22T09:00:00Z
exits 0 'a domain can be chosen, in any case' fodns-decide -r ok.jsonl --at 2026-11-22T10:00:10Z Webmail.Failover.
is "$(printf '%s\n' "$out" | wc -l)" 1 'and is the only one'
exits 2 'an unknown domain' fodns-decide -r ok.jsonl webmial.failover
like "$err" 'webmial.failover: no such domain .*did you mean webmail.failover' 'names the nearest'
is "$out" '' 'and nothing is on stdout'

{
	cat ok.jsonl
	echo '{"agent_id":'
	report $T0 webmail.failover 10.66.66.66 ok
} >bad.jsonl
exits 1 'bad lines are skipped: 1' fodns-decide -r bad.jsonl --at 2026-11-22T10:00:10Z
like "$err" 'bad.jsonl:3: ' 'a broken line is named'
like "$err" 'bad.jsonl:4: ' 'and so is one that is not configured'
like "$err" '2 lines were skipped' 'and they are counted'
unlike "$out" '10.66.66.66' 'what is not configured is never answered'
exits 2 'no such file' fodns-decide -r none.jsonl

out=$(fodns-decide -r - --at 2026-11-22T10:00:10Z -o table <ok.jsonl)
like "$out" '^DOMAIN +TYPE +SOURCE +UP +SINCE +ANSWER$' 'a table has a head'
like "$out" '^webmail.failover +A +live +1/1 +10s +10.10.10.250$' 'and a row for each domain'
unlike "$out" "$(printf '\033')" 'and no colour in a pipe'

report 2026-11-22T10:00:05Z webmail.failover 10.10.10.250 fail >>ok.jsonl
exits 1 'a clear no: 1' fodns-decide -r ok.jsonl --at 2026-11-22T10:00:10Z
exits 0 'explaining is done: 0' fodns-decide --explain -r ok.jsonl --at 2026-11-22T10:00:10Z webmail.failover
like "$out" '10\.10\.10\.254' 'the explanation has the answer'
like "$out" 'fallback, ttl 30, since 2026-11-22 10:00:05 \(5s\)' 'and since when'
like "$out" 'the only target is down; on_all_down: fallback' 'and the rule'
like "$out" 'fodns.yaml:9:' 'and where it is written'
like "$out" 'a1 +down +5s ago +fail' 'and the agent'
is "$(printf '%s\n' "$out" | awk 'length > 80')" '' 'within 80 columns'
out=$(fodns-decide --explain -j -r ok.jsonl --at 2026-11-22T10:00:10Z webmail.failover)
is "$(printf '%s' "$out" | perl -MJSON::PP -e 'local $/; my $j = decode_json(<STDIN>); print "$j->{rrsets}{A}{rule} $j->{targets}[0]{agents}[0]{agent_id}"')" \
	'all down a1' 'and as one JSON object'
is "$(printf '%s' "$out" | jq -c '[.votes.rule, .votes.rise, .votes.fall, .votes.timeout_sec, (.votes.why | length > 20), .targets[0].failback_manual, .targets[0].agents[0].seldom]')" \
	'["any",1,1,60,true,false,false]' 'with what its sentences are made of'
exits 2 'monitoring: not live is critical' fodns-decide --nagios -r ok.jsonl --at 2026-11-22T10:00:10Z
like "$out" '^FODNS CRITICAL - 1 of 2 domains live.*\|' 'with performance data'
# monitoring and isolation
cp "$isolated/fodns.yaml" three.yaml
nagios() { fodns-decide --nagios -c three.yaml -r "$@"; }
exits 2 'an agent is isolated' nagios "$isolated/reports.jsonl" --at 2026-11-22T10:00:10Z
is "$out" 'FODNS CRITICAL - 4 of 5 domains live, 4 of 5 targets up, 0 overridden; of 3 agents 0 stale, 1 isolated | live=4;;;0;5 up=4;;;0;5 stale=0 isolated=1 overrides=0' 'is said in the line'
exits 1 'also where all is up without it' nagios "$isolated/reports.jsonl" --at 2026-11-22T10:00:10Z d1.failover
is "$out" 'FODNS WARNING - 1 of 1 domains live, 1 of 1 targets up, 0 overridden; of 3 agents 0 stale, 1 isolated | live=1;;;0;1 up=1;;;0;1 stale=0 isolated=1 overrides=0' 'as a warning'
sed '/"a3"/d; s/"fail"/"ok"/' "$isolated/reports.jsonl" >two.jsonl
exits 1 'a configured agent that never reported' nagios two.jsonl --at 2026-11-22T10:00:10Z
like "$out" '^FODNS WARNING - 5 of 5 .*; of 3 agents 1 stale, 0 isolated ' 'is stale, once'

# ---- config
exits 0 'list' fodns-decide --list
is "$(echo "$out" | tr '\n' ' ')" 'webmail.failover other.failover ' 'the domains in the order of the file'
exits 0 'advice is no error' fodns-decide --lint
like "$out" 'fodns.yaml:[0-9]+:[0-9]+: warning: webmail.failover.*: fall is 1' 'advice has its place'
exits 1 'unless strict' fodns-decide --lint -W
sed 's/policy: any/polcy: any/; s/port: 80}/port: 99999}/' fodns.yaml >wrong.yaml
exits 2 'a wrong config' fodns-decide --lint -c wrong.yaml
like "$out" 'wrong.yaml:9:[0-9]+: error: .*polcy.*policy' 'has all its errors listed'
like "$out" 'wrong.yaml:10:[0-9]+: error: .*99999' 'not only the first'
exits 2 'a missing config' fodns-decide -c none.yaml -r ok.jsonl
exits 2 'a config over the cap' fodns-decide --list --config-max 100
like "$err" 'fodns.yaml: larger than 100 bytes' 'says so'
exits 0 'within it' fodns-decide --list --config-max 64k
exits 2 'the cap of the environment' env FODNS_CONFIG_MAX=100 fodns-decide --list
exits 2 'a cap that is none' fodns-decide --list --config-max 1x
exits 2 'two modes' fodns-decide --list --lint
exits 2 'a part of a name' fodns-decide -r ok.jsonl webmail
like "$err" 'did you mean webmail.failover' 'names the one that it is of'
exits 75 'a stream to a full disk' sh -c "timeout 10 fodns-decide --follow -s '$T/full' >/dev/full"
like "$err" 'stdout: No space left on device' 'ends and says so'
exits 75 'no state: nothing is judged' fodns-decide -s "$T/state"
is "$out" '' 'and nothing said'
exits 3 'which monitoring calls unknown' fodns-decide --nagios -s "$T/state"

# A journal that is there and cannot be read is not an agent that is silent.
fodns-report -s "$T/part" -c fodns.yaml <ok.jsonl
ln -sf /dev/null "$T/part/reports/a1/000000000001.jsonl"
exits 75 'a part of the state cannot be read: nothing is judged' fodns-decide -s "$T/part"
is "$out" '' 'and nothing said'
like "$err" 'part/reports/a1/000000000001.jsonl: a symbolic link there is not followed' 'but why'

rm part/reports/a1/000000000001.jsonl
echo '{}' >part/reports/a1/000000000001.jsonl
if [ "$(id -u)" = 0 ]; then
	chown 1 part/reports/a1/000000000001.jsonl
	hint="it does not belong to the owner of $T/part; try: chown --reference=$T/part"
else
	chmod 0 part/reports/a1/000000000001.jsonl
	hint='Permission denied: its mode is 0000; try: chmod u[+]rw'
fi
exits 75 'nor a segment of another' fodns-decide -s "$T/part"
like "$err" "$T/part/reports/a1/000000000001.jsonl: $hint $T/part/reports/a1/000000000001.jsonl\$" 'what to do is said'

# ---- the stream
mkfifo pipe
cat pipe >stream &
_pids="$_pids $!"
spawn fodns-decide --follow -s "$T/state" >pipe 2>log
decide=$pid
wait_for 10 in_stream '"type":"ready"'
ok $? 'a generation is sent'
like "$(head -n 1 stream)" "^\\{\"type\":\"server\",\"gen\":[0-9]+,\"listen\":\\[\"127.0.0.1@$dns\"\\]" 'the server line is the first'
like "$(cat stream)" '"type":"zone".*"zone":"failover."' 'with the zone'
is "$(sed -n 's/.*"type":"ready".*"lines":\([0-9]*\).*/\1/p' stream)" \
	"$(sed '/"type":"ready"/q' stream | grep -c '"type":"\(zone\|rr\|decision\)"')" 'ready counts the lines'
wait_for 10 in_stream '"type":"alive"'
ok $? 'and a sign of life comes'

tell webmail.failover 10.10.10.250 ok
wait_for 10 in_stream 'webmail.failover.*10.10.10.250.*live'
ok $? 'a report changes the answer'
wait_for 10 grep -q 'webmail.failover A 10.10.10.254 -> 10.10.10.250 live' log
ok $? 'the change is in the log'
tell webmail.failover 10.10.10.250 fail
wait_for 10 grep -q 'webmail.failover A 10.10.10.250 -> 10.10.10.254 fallback: 10.10.10.250:80 down' log
ok $? 'with its reason'
wait_for 10 grep -q '"event":"answer"' state/decisions/*.jsonl
ok $? 'and in the history'
wait_for 10 test -s state/stats/decide.json
ok $? 'counters are written'
good=$(hash_of state/stats/decide.json)
ok "$([ -s "state/config/$good.yaml" ]; echo $?)" 'the accepted config is kept'

exits 1 'the listing reads the same state' fodns-decide -s "$T/state" webmail.failover
t=$(now)
fodns-decide -j -s "$T/state" --at "$t" >all.json
fodns-decide -j -s "$T/state" --at "$t" Webmail.failover >one.json
is "$(cat one.json)" "$(grep webmail.failover all.json)" 'one domain alone is judged as among all'
exits 0 'explaining of now' fodns-decide --explain -s "$T/state" webmail.failover
like "$out" "served: nothing: .* from 127.0.0.1:$dns" 'asks the server'

# ---- a state directory that goes away is no news, and comes back by itself
changes=$(grep -c ' -> ' log)
mv state away
wait_for 10 grep -q 'state unreadable, going on with what is known' log
ok $? 'a state that went away is said'
sed 1d "away/config/$good.yaml" >kept
rm -r away/config
mv away state
wait_for 10 grep -q 'the state is readable again' log
ok $? 'and that it came back'
is "$(grep -c ' -> ' log)" "$changes" 'and nothing changed by it'
wait_for 10 grep -q '"degraded":false' state/stats/decide.json
ok $? 'nor is it degraded any more'
wait_for 10 test -s "state/config/$good.yaml"
ok $? 'the accepted config is kept again'
is "$(sed 1d "state/config/$good.yaml")" "$(cat kept)" 'whole, though its text was let go of'

# ---- a stream that nobody reads any more ends by itself
{
	timeout 10 fodns-decide --follow -s "$T/state" 2>/dev/null
	echo $? >ended
} | head -n 1 >first
like "$(cat first)" '"type":"server"' 'a reader takes one line and goes'
is "$(cat ended)" 0 'and the stream ends'

# ---- a second follower prints, and does not record
spawn fodns-decide --follow -s "$T/state" >second 2>second.log
second=$pid
wait_for 10 grep -q '"type":"ready"' second
ok $? 'a second follower has the same to say'
like "$(hash_of state/stats/decide.json) $(cat state/stats/decide.json)" "^$good .*\"pid\":$decide," 'but does not record'

# ---- reload
cp fodns.yaml good.yaml
cp wrong.yaml fodns.yaml
kill -HUP "$decide"
wait_for 10 grep -q '"config_refused":"[^"]' state/stats/decide.json
ok $? 'a bad config is refused'
like "$(cat state/stats/decide.json)" '"config_refused":"[^"]*fodns.yaml:[0-9]+:' 'with its place'
is "$(hash_of state/stats/decide.json)" "$good" 'and the old one stays'
exits 0 'explaining with a refused config' fodns-decide --explain -s "$T/state" webmail.failover
like "$out" 'the config on disk is refused: .*fodns.yaml:9:' 'says so first'
grep -v other.failover good.yaml | sed '/10.10.10.251/d' | awk '!/^        (fallback|server|agent)/ || ++n[$1] == 1' >fodns.yaml
kill -HUP "$decide"
wait_for 10 grep -q '"config_refused":null' state/stats/decide.json
ok $? 'a good one is accepted'
wait_for 10 sh -c "[ \$(grep -c '\"type\":\"ready\"' '$T/stream') = 2 ]"
ok $? 'and sent as a new generation'
is "$(sed '1,/"type":"ready"/d' stream | sed '1,/"type":"server"/d' | grep -c other.failover)" 0 'without what it does not name'

# ---- a config of several files is kept whole
mkdir conf.d
sed -n '/^zones/,/domains:/p' good.yaml | sed 's/name: failover/name: more/' >conf.d/more.yaml
sed -n '/other.failover/,$p' good.yaml | sed 's/failover:/more:/' >>conf.d/more.yaml
{ echo 'include: [conf.d/*.yaml]'; cat good.yaml; } >fodns.yaml
kill -HUP "$decide" "$second"
wait_for 10 in_stream '"domain":"other.more"'
ok $? 'an included domain is decided'
wait_for 10 sh -c "[ '$good' != \"\$(sed -n 's/.*\"config\":\"\([0-9a-f]*\)\".*/\1/p' state/stats/decide.json)\" ]"

# ---- a successor, and the last good config
stop "$decide"
is "$status" 0 'SIGTERM ends it with 0'
wait_for 10 grep -q "\"pid\":$second," state/stats/decide.json
ok $? 'the second one takes over'
stop "$second"
rm -r conf.d
cp wrong.yaml fodns.yaml
exits 2 'a first start with a bad config' fodns-decide --follow -s "$T/state"
is "$out" '' 'says nothing on stdout'
spawn fodns-decide --follow --last-good -s "$T/state" >third 2>third.log
wait_for 10 grep -q '"type":"ready"' third
ok $? 'a restarted one goes on with the last good'
like "$(cat third.log)" 'refused; going on with the last accepted config' 'and says so'
like "$(cat third)" '"domain":"other.more"' 'with all its files'
like "$(cat third)" 'webmail.failover.*10.10.10.254' 'with what the journals tell'
stop "$pid"

# ---- events and waiting
cp good.yaml fodns.yaml
spawn fodns-decide --events -s "$T/state" >events 2>/dev/null
events=$pid
spawn fodns-decide --wait --until 10.10.10.250 --for 20s -s "$T/state" webmail.failover
waiter=$pid
wait_for 10 sh -c "fodns-decide -s '$T/state' webmail.failover; [ \$? != 75 ]"
i=0
while ! grep -q '"event":"answer"' events && [ $i -lt 100 ]; do
	tell webmail.failover 10.10.10.250 "$([ $((i % 2)) = 0 ] && echo ok || echo fail)"
	sleep 0.1
	i=$((i + 1))
done
ok "$([ $i -lt 100 ]; echo $?)" 'events are followed'
tell webmail.failover 10.10.10.250 ok
wait "$waiter"
is $? 0 'waiting ends when it is so'
exits 1 'or when the time is over' fodns-decide --wait --until fallback --for 0.2s -s "$T/state" webmail.failover
like "$err" 'webmail.failover: not fallback within 200ms' 'which is said'
exits 1 'at once, with no time at all' fodns-decide --wait --until fallback --for 0 -s "$T/state" webmail.failover
like "$err" 'webmail.failover: not fallback now' 'and how it is'
exits 0 'looks all the same' fodns-decide --wait --until live --for 0 -s "$T/state" webmail.failover
exits 2 'an address or a word' fodns-decide --wait --until lively -s "$T/state" webmail.failover
stop "$events"

# ---- a data centre at once: the log sums it up, the history has all of it
many=12000
awk -v n=$many 'BEGIN {
	print "zones:\n- name: m\n  domains:"
	for (i = 0; i < n; i++)
		printf "    host-with-a-rather-long-name-%06d.m: {fallback: [192.0.2.1], " \
			"monitor: {targets: [{ip: 10.1.%d.%d, port: 80}]}}\n", i, i / 250, i % 250 + 1
}' >many.yaml
awk -v n=$many -v t="$(now)" 'BEGIN {
	for (i = 0; i < n; i++) {
		d = sprintf("host-with-a-rather-long-name-%06d.m", i)
		a = "10.1." int(i / 250) "." i % 250 + 1
		print "{\"agent_id\":\"a1\",\"timestamp\":\"" t "\",\"check_name\":\"" d ":" a ":80\"," \
			"\"domain\":\"" d "\",\"type\":\"tcp\",\"target_ip\":\"" a "\",\"port\":80," \
			"\"status\":\"ok\",\"latency_ms\":null,\"reason\":null}"
	}
}' >many.jsonl
spawn fodns-decide --follow -c many.yaml -s "$T/crowd" >crowd.stream 2>crowd.log
wait_for 10 grep -q '"type":"ready"' crowd.stream
kill -STOP "$pid"
fodns-report -c many.yaml -s "$T/crowd" <many.jsonl
kill -CONT "$pid"
wait_for 20 grep -q "\"answer_changes\":$many," crowd/stats/decide.json
ok $? 'all changes are told'
stop "$pid"
is "$(cat crowd/decisions/*.jsonl | grep -c '"event":"answer"')" $many 'and all are in the history'
like "$(cat crowd.log)" 'and [0-9]+ more changes at this moment' 'the log names the first ones'
done_testing
