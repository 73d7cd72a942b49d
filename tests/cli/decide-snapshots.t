#!/bin/sh
# Snapshots: written by the recorder, read at a start, doubted, thinned; --at by the config in force then.
. "$(dirname "$0")/../lib.sh"

cd "$T" || exit 1
S=$T/state
# config FALLBACK [DOMAIN]
config() {
	cat <<YAML
dns: {listen_ip: 127.0.0.1, listen_port: 8053}
api: {listen_ip: 127.0.0.1, listen_port: 8000}
zones:
  - name: failover
    domains:
      webmail.failover:
        fallback: ["$1"]
        server: {policy: any, timeout_sec: 600}
        monitor: {mode: tcp, targets: [{ip: 10.10.10.250, port: 80}]}
      ${2-other.failover}:
        fallback: ["$1"]
        server: {policy: any, timeout_sec: 600}
        monitor: {mode: tcp, targets: [{ip: 10.10.10.251, port: 80}]}
YAML
}
config 10.10.10.254 >fodns.yaml
FODNS_CONFIG=$T/fodns.yaml FODNS_STATE=$S
export FODNS_CONFIG FODNS_STATE

# tell DOMAIN IP STATUS: a report of now into the state
tell() {
	printf '{"agent_id":"a1","timestamp":"%s","check_name":"%s:%s:80","domain":"%s","type":"tcp","target_ip":"%s","port":80,"status":"%s","latency_ms":null,"reason":null}\n' \
		"$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$1" "$2" "$1" "$2" "$3" | fodns-report
}
newest() { printf '%s\n' "$S"/snap/*.jsonl | tail -n 1; }
there() { [ -e "$S/snap/$(printf %012d "$1").jsonl" ]; }
follow() {
	: >stream # the last one's lines are not this one's, nor its counters
	rm -f "$S/stats/decide.json"
	spawn fodns-decide --follow >stream 2>log
	wait_for 10 grep -q '"type":"ready"' stream
}
written() { [ "$(jq .snapshots "$S/stats/decide.json")" -ge "${1-1}" ]; }
said() { fodns-decide -j "$@" 2>err | jq -c '[.domain, .rrsets, .targets]'; }

tell webmail.failover 10.10.10.250 ok
tell other.failover 10.10.10.251 fail
want=$(said)
follow
wait_for 10 written
ok $? 'the recorder writes a snapshot soon after its start'
stop "$pid"
one=$(newest)
is "$(stat -c %a "$one") $(stat -c %a "$S/snap")" '640 2750' 'with the modes of the state directory'
is "$(jq -r .type "$one" | uniq | tr '\n' ' ')" 'snapshot journal agent domain end ' 'jq reads it'
is "$(jq -r 'select(.type == "snapshot").config' "$one")" "$(jq -r .config "$S/stats/decide.json")" 'it names the config'
is "$(jq -r 'select(.type == "end").lines' "$one")" "$(($(wc -l <"$one") - 1))" 'and how long it is'

# What is in the snapshot is not read again: without its journal all is known.
mv "$S/reports" kept
mkdir "$S/reports"
is "$(said)" "$want" 'a start knows what the snapshot knew'
is "$(cat err)" '' 'and says nothing of it'
rmdir "$S/reports"
mv kept "$S/reports"
tell other.failover 10.10.10.251 ok
like "$(said other.failover)" '"10.10.10.251".*"live"' 'what came after it is read'
want=$(said)

# damage: the one before it, said
cp "$one" "$S/snap/000000000005.jsonl"
cp "$one" good
for how in 's/"fail"/"okay"/' '/"end"/d' 's/"format":1/"format":9/' 's/$/ /;1q' 's/\(.*"end".*\)/\1\n{"type":"end"}/'; do
	sed -e "$how" good >"$S/snap/000000000005.jsonl"
	is "$(said)" "$want" "damaged: the one before it is taken" || note "by $how"
	like "$(cat err)" 'state/snap/000000000005.jsonl is no snapshot that can be used \(' 'and it is named'
	is "$(wc -l <err)" 1 'once'
done
head -c 300 good >"$S/snap/000000000005.jsonl"
is "$(said)" "$want" 'torn'
: >"$S/snap/000000000005.jsonl"
is "$(said)" "$want" 'empty'
like "$(cat err)" 'it is empty' 'is said'
rm "$S/snap/000000000005.jsonl"
ln -s "$one" "$S/snap/000000000005.jsonl"
is "$(said)" "$want" 'a symbolic link'
like "$(cat err)" '000000000005.jsonl is no snapshot' 'is none'
rm "$S/snap/000000000005.jsonl"
echo nonsense >"$one"
is "$(said)" "$want" 'none is good: all journals are read'
follow
is "$(grep -c 'no snapshot that can be used' log)" 1 'the recorder says it once, too'
wait_for 10 written
rm "$one"

# none is good, and the journals do not begin at their beginning any more
cp -R "$S" lost
for s in lost/snap/*.jsonl; do echo nonsense >"$s"; done
fodns-decide -s lost -j >/dev/null 2>err
is "$(grep -c 'no snapshot can be used' err)" 0 'while the journals are whole nothing is missing'
perl -e 'for (glob "lost/reports/*/000000000001.jsonl") { my $to = s/0001.jsonl$/0002.jsonl/r; rename $_, $to or die }'
fodns-decide -s lost -j >/dev/null 2>err
like "$(cat err)" 'lost: no snapshot can be used and reports from before .* are gone' 'what they knew and the journals do not say is said to be missing'
is "$(grep -c 'no snapshot can be used and' err)" 1 'once'

# the config in force then
past=$(date +%s.%N | cut -c 1-14)
sleep 0.1
config 10.10.10.99 new.failover >fodns.yaml
kill -HUP "$pid"
wait_for 10 grep -q accepted log
wait_for 10 written 2
ok $? 'a snapshot follows a reload'
is "$(cat "$S"/decisions/*.jsonl | jq -r 'select(.type == "config").config' | uniq | wc -l)" 2 'decisions/ tells which config was in force'
tell webmail.failover 10.10.10.250 fail
sleep 0.05
exits 0 'of then' fodns-decide --explain --at "$past" webmail.failover other.failover
like "$(printf '%s\n' "$out" | head -n 1)" '^note: by the config in force then \([0-9a-f]{16}\), not that on disk' 'it is said which config that was'
like "$out" 'other.failover at' 'and its domains are known'
like "$out" '10.10.10.250:80 +up' 'and what was'
exits 0 'of now' fodns-decide --explain --at now webmail.failover
unlike "$out" 'in force then' 'is by the one on disk'
like "$out" '10.10.10.99' 'which is another'
exits 2 'a domain of then is not one of now' fodns-decide --at now other.failover
exits 2 'nor one of now of then' fodns-decide --at "$past" new.failover
like "$err" 'new.failover: no such domain in the config in force then \([0-9a-f]{16}\)$' 'by which config, is said'
# the past does not hang on a file that is broken now
cp fodns.yaml whole.yaml
exits 0 'a listing of then' fodns-decide -j --at "$past"
then=$out
echo 'zones: [' >>fodns.yaml
exits 2 'a broken file' fodns-decide -j
exits 0 'is nothing to a listing of then' fodns-decide -j --at "$past"
is "$out" "$then" 'which is the same'
like "$err" 'fodns.yaml is refused now, as said; going on with the last accepted config \(' 'and said'
exits 0 'nor to one for monitoring' fodns-decide --nagios --at "$past"
like "$out" '^FODNS OK - 2 of 2' 'which tells of then'
mv whole.yaml fodns.yaml
# a stretch under two configs: from the snapshot before, over the change
mkdir aside
mv "$(newest)" aside/
fodns-decide --explain --at now webmail.failover new.failover >over.txt 2>&1
like "$(cat over.txt)" '10.10.10.99' 'a change of config between the snapshot and then is gone through'
mv aside/* "$S/snap/"
stop "$pid"

# a state that cannot take one: said once, and it goes on
rm -rf "$S/snap"
: >"$S/snap"
follow
wait_for 5 grep -q 'no snapshot is written' log
sleep 2.2
is "$(grep -c 'no snapshot' log)" 1 'a snapshot that cannot be written is said once'
tell webmail.failover 10.10.10.250 ok
wait_for 5 grep -q '"answers":\["10.10.10.250"\]' stream
ok $? 'and the decisions go on'
rm "$S/snap"
kill -HUP "$pid"
wait_for 10 grep -q 'snapshots are written again' log
ok $? 'until it can'
stop "$pid"

# files that may not grow: a full disk, not the end
rm -rf "$T/small"
: >stream
mkfifo out
spawn cat out >stream
spawn sh -c "ulimit -f 1; exec fodns-decide --follow -s '$T/small'" >out 2>log
wait_for 10 grep -q '"type":"ready"' stream
i=0
while [ $i -lt 12 ]; do
	printf '{"agent_id":"a1","timestamp":"%s","check_name":"webmail.failover:10.10.10.250:80","domain":"webmail.failover","type":"tcp","target_ip":"10.10.10.250","port":80,"status":"%s"}\n' \
		"$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$([ $((i % 2)) = 0 ] && echo ok || echo fail)" | fodns-report -s "$T/small"
	i=$((i + 1))
	sleep 0.03
done
wait_for 10 grep -q 'history is not recorded: .*File too large' log
ok $? 'a history at the limit of its file is said'
printf '{"agent_id":"a1","timestamp":"%s","check_name":"webmail.failover:10.10.10.250:80","domain":"webmail.failover","type":"tcp","target_ip":"10.10.10.250","port":80,"status":"ok"}\n' \
	"$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" | fodns-report -s "$T/small"
wait_for 10 sh -c "tail -n 3 stream | grep -q '\"answers\":\[\"10.10.10.250\"\]'"
ok $? 'and the decisions go on'
stop "$pid"

# Which are kept: of an hour the first; the newest two; of those that are too old the last.
rm -f "$S"/snap/*
follow
wait_for 10 written
stop "$pid"
one=$(newest)
# older NUMBER AGE: one of then, of another boot
older() {
	sed "1s/\"at\":\"[^\"]*\",\"boot_id\":\"[0-9a-f]*\"/\"at\":\"$2\",\"boot_id\":\"00\"/" "$one" >"$S/snap/$(printf %012d "$1").jsonl"
}
hour=$(($(date +%s) / 3600 * 3600))
iso() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%S.000Z; }
mv "$one" good
one=good
older 1 "$(iso $((hour - 9 * 86400)))"
older 2 "$(iso $((hour - 8 * 86400)))"
older 3 "$(iso $((hour - 5 * 3600 + 60)))"
older 4 "$(iso $((hour - 5 * 3600 + 120)))"
older 5 "$(iso $((hour - 4 * 3600 + 60)))"
older 6 "$(iso $((hour - 4 * 3600 + 70)))"
older 7 "$(iso $((hour - 4 * 3600 + 80)))"
follow
wait_for 10 written
is "$(cd "$S/snap" && echo *.jsonl | sed 's/0000000000*//g; s/.jsonl//g')" '2 3 5 7 8' 'snapshots are thinned'
stop "$pid"

# before all that there is
rm -f "$S"/snap/*
d=$(printf '%s' "$S"/reports/a1)
mv "$d/000000000001.jsonl" "$d/000000000007.jsonl"
first=$(sed -n '1s/.*"at":"\([^"]*\)".*/\1/p' "$d/000000000007.jsonl")
exits 2 'a time before all that is kept' fodns-decide --at 2026-01-01T12:00:00Z
like "$err" "^fodns-decide: --at: nothing is known of 2026-01-01 [0-9:]+; the oldest there is is $(date -d "$first" '+%F %T')" 'names the oldest'
is "$out" '' 'and nothing is on stdout'
exits 2 'for --explain, too' fodns-decide --explain --at 2026-01-01T12:00:00Z webmail.failover
fodns-decide --at now >/dev/null 2>err
is "$(cat err)" '' 'of later times it tells'
done_testing
