#!/bin/sh
# fodns-report to a state directory: what is stored, what is refused, and what is said.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"

# report DOMAIN IP STATUS [AGENT [MORE]]
report() {
	printf '{"agent_id":"%s","timestamp":"%s","check_name":"%s:%s:80","domain":"%s","type":"tcp","target_ip":"%s",' \
	    "${4-a1}" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$2" "$1" "$2"
	printf '"port":80,"status":"%s","latency_ms":1.5,"reason":null%s}\n' "$3" "${5:-}"
}
# feed STATUS NAME ARGUMENT...: runs it on $T/in, stdout in $out, stderr in $err
feed() {
	want=$1 name=$2
	shift 2
	fodns-report "$@" <"$T/in" >"$T/.out" 2>"$T/.err"
	got=$?
	out=$(cat "$T/.out") err=$(cat "$T/.err")
	is "$got" "$want" "$name" || note "stderr: $err"
}
stored() { cat "$1"/reports/*/*.jsonl 2>/dev/null | grep -c '"check_name"'; }
S=$T/state

cat >"$T/fodns.yaml" <<EOF
state_dir: $T/configured
zones:
  - name: failover
    domains:
      web.failover:
        fallback: [192.0.2.254]
        monitor: {mode: tcp, targets: [{ip: 192.0.2.1, port: 80}, {ip: 192.0.2.2, port: 80}]}
EOF

# ---- where to
exits 2 "no destination is a usage error" fodns-report
like "$err" "-s DIR.*-a FILE" "which names both"
exits 2 "an operand is a usage error" fodns-report -s "$S" reports.jsonl
exits 2 "so is a size that is none" fodns-report -s "$S" --spool-max 5x
exits 2 "and an agent_id that is none" fodns-report -s "$S" --agent ""
exits 0 "no line, nothing to do" fodns-report -s "$S"

# ---- a state directory
report web.failover 192.0.2.1 ok >"$T/in"
feed 0 "a report is stored" -s "$S"
is "$err$out" "" "without a word"
is "$(stored "$S")" 1 "once"
like "$(cat "$S"/reports/a1/*.jsonl)" '"received":"20' "with the time of its arrival"

{ report web.failover 192.0.2.1 ok a1; report web.failover 192.0.2.2 ok a2; report web.failover 192.0.2.2 ok a1; } >"$T/in"
feed 0 "agents in turn" -s "$S" -v
like "$err" "stored 3 in" "are counted at -v"
is "$(stored "$S")" 4 "and stored"
printf '%s' "$(report web.failover 192.0.2.1 fail)" >"$T/in"
feed 0 "a last line without its newline is a line" -s "$S"
is "$(stored "$S")" 5 "and stored"

# ---- bad lines
long=$(head -c 5000 /dev/zero | tr '\0' x)
{
	report web.failover 192.0.2.1 ok
	echo 'not json'
	echo
	echo '{"agent_id":"a1"}'
	echo "$long"
	report web.failover 192.0.2.1 perhaps
	report web.failover 192.0.2.1 ok ''
	report web.failover 192.0.2.1 ok "$(head -c 65 /dev/zero | tr '\0' a)"
	report web.failover 192.0.2.1 ok 'a\u0007b'
	printf '{"agent_id":"a1"'
} >"$T/in"
S=$T/bad
feed 1 "bad lines are skipped" -s "$S"
is "$(stored "$S")" 1 "the good one is stored"
is "$(echo "$err" | sed -n 's/^fodns-report: stdin:\([0-9]*\): .*/\1/p' | tr '\n' ' ')" "2 4 5 6 7 8 9 10 " \
    "each bad one is named by its number"
like "$err" "stdin:5: longer than 4096 bytes" "a long line is not read whole"

report web.failover 192.0.2.1 ok '../x' >"$T/in"
feed 0 "an id that looks like a path" -s "$S"
is "$(find "$T" -name x)" "" "never becomes one"
like "$(ls "$S/reports")" '^%2[eE]\.%2[fF]x$' "only an encoded name"

# ---- ages
S=$T/ages
{
	report web.failover 192.0.2.1 ok a1 ',"age_ms":5'
	report web.failover 192.0.2.1 ok a1 ',"inc":1,"seq":1,"mono_ms":1,"boot":255'
	report web.failover 192.0.2.1 ok a1 ',"received":"2020-01-01T00:00:00Z","boot_ms":1'
} >"$T/in"
feed 0 "fields that only a receiver can know" -s "$S"
unlike "$(cat "$S"/reports/a1/*.jsonl)" '"age_ms":[1-9]|mono_ms|"boot"|2020' "are not believed"

# ---- a config
S=$T/state2
{
	report web.failover 192.0.2.1 ok
	report nosuch.failover 192.0.2.1 ok
	report web.failover 192.0.2.9 ok
	report web.failover 192.0.2.2 ok
} >"$T/in"
feed 1 "a config refuses what it has no place for" -s "$S" -c "$T/fodns.yaml"
is "$(stored "$S")" 2 "and takes the rest"
like "$err" "stdin:2: nosuch.failover: .*fodns.yaml" "an unknown domain is named"
like "$err" "stdin:3: web.failover: 192.0.2.9:80" "an unknown target, too"
feed 1 "-c alone" -c "$T/fodns.yaml"
is "$(stored "$T/configured")" 2 "writes to the config's state directory"
FODNS_CONFIG=$T/fodns.yaml
export FODNS_CONFIG
feed 1 "the default config judges as well" -s "$S"
FODNS_CONFIG=$T/none.yaml
feed 0 "without any config all is taken" -s "$T/state3"
unset FODNS_CONFIG
echo 'zones: [' >"$T/broken.yaml"
feed 2 "a given config that is bad" -s "$T/never" -c "$T/broken.yaml"
like "$err" "broken.yaml:[0-9]+:[0-9]+: " "is said by line and column"
[ ! -e "$T/never" ]
ok $? "and nothing is touched"

# A running pipe takes up a changed config by itself.
mkfifo "$T/fifo"
S=$T/state4
fodns-report -s "$S" -c "$T/fodns.yaml" <"$T/fifo" 2>"$T/pipe.err" &
pipe=$!
_pids="$_pids $pipe"
exec 3>"$T/fifo"
report new.failover 192.0.2.7 ok >&3
wait_for 5 grep -q new.failover "$T/pipe.err"
ok $? "a domain that is not configured yet is refused"
sed 's/web.failover/new.failover/; s/192.0.2.1,/192.0.2.7,/' "$T/fodns.yaml" >"$T/fodns.new"
mv "$T/fodns.new" "$T/fodns.yaml"
# shellcheck disable=SC2317,SC2329 # called by wait_for
again() {
	report new.failover 192.0.2.7 ok >&3
	sleep 0.2
	[ "$(stored "$S")" -gt 0 ]
}
wait_for 10 again
ok $? "once it is, it is taken"
stop "$pipe"
is "$status" 0 "TERM ends a pipe with 0"
exec 3>&-

# ---- one agent's lines only
S=$T/state5
{ report web.failover 192.0.2.1 ok a1; report web.failover 192.0.2.1 ok a2; } >"$T/in"
feed 1 "--agent refuses the others" -s "$S" --agent a1
is "$(ls "$S/reports")" a1 "of whom nothing is stored"
like "$err" 'stdin:2: .*"a2".*"a1"' "and says so"

# ---- a dry run
{ report web.failover 192.0.2.1 ok a1; echo x; } >"$T/in"
feed 1 "-n" -n -s "$T/dry"
like "$out" "^stdin:1: web.failover 192.0.2.1:80 ok, agent a1 -> $T/dry/reports/a1$" "says what would be done"
[ ! -e "$T/dry" ]
ok $? "and does nothing"

# ---- trouble
: >"$T/file"
report web.failover 192.0.2.1 ok >"$T/in"
feed 2 "a state directory that cannot be" -s "$T/file/state"
like "$err" "$T/file" "is named"
S=$T/state6
feed 0 "once" -s "$S"
spawn flock -F "$S/reports/a1/lock" sleep 10
wait_for 5 sh -c "! flock -n '$S/reports/a1/lock' true"
{ report web.failover 192.0.2.1 ok a1; report web.failover 192.0.2.1 ok a2; report web.failover 192.0.2.1 fail a1; } >"$T/in"
feed 75 "a journal that somebody else holds" -s "$S"
is "$(grep -c check_name "$S"/reports/a1/*.jsonl)" 1 "takes nothing"
is "$(grep -c check_name "$S"/reports/a2/*.jsonl)" 1 "the others do"
like "$err" "2 reports are lost" "which is said"

fodns-report -s "$T/stream" <"$T/fifo" &
pipe=$!
_pids="$_pids $pipe"
exec 3>"$T/fifo"
report web.failover 192.0.2.1 ok >&3
wait_for 5 sh -c "cat '$T'/stream/reports/a1/*.jsonl | grep -q check_name"
ok $? "a line alone is stored at once"
rm -r "$T/stream"
# shellcheck disable=SC2317,SC2329 # called by wait_for
afresh() {
	report web.failover 192.0.2.1 ok >&3
	sleep 0.2
	[ "$(stored "$T/stream")" -gt 0 ]
}
wait_for 10 afresh
ok $? "a directory that is deleted is made again"
exec 3>&-
wait "$pipe"
is "$?" 0 "the end of stdin ends it"

exits 2 "a path from a variable that is not set" fodns-report -s ''
like "$err" '^fodns-report: --state: the path is empty' "is named"

# timestamps in whole seconds, as a shell writes them: those of one second count in their order
report new.failover 192.0.2.7 ok >"$T/first"
{ cat "$T/first"; sed 's/"status":"ok"/"status":"fail"/' "$T/first"; } >"$T/in"
feed 0 "two reports of one second" -c "$T/fodns.yaml" -s "$T/second"
is "$(fodns-decide -c "$T/fodns.yaml" -s "$T/second" -j | jq -r '.targets[0].state')" down "the later line is the news"

done_testing
