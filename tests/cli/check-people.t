#!/bin/sh
# fodns-check for people: --repeat, --summary, and how far a run is that takes its time.
# shellcheck source=tests/lib.sh disable=SC2154
. "$(dirname "$0")/../lib.sh"
export XDG_STATE_HOME="$T/xdg" TERM=xterm
field() { sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^,\"}]*\\).*/\\1/p"; }
up=$(free_port) down=$(free_port)
spawn "$TOOLS/target" 127.0.0.1 "$up" 200 >"$T/target.out"
spawn "$TOOLS/hostile" silent >"$T/silent.out"
wait_for 5 grep -q ready "$T/target.out"
wait_for 5 test -s "$T/silent.out"
silent=$(head -n 1 "$T/silent.out")

# ---- again and again
exits 0 "--repeat" fodns-check --repeat 4 --interval 50ms "http://127.0.0.1:$up/"
is "$(echo "$out" | grep -c '"status":"ok"') $(echo "$out" | wc -l)" "4 4" "so many results, and nothing else in a pipe"
exits 1 "a failure" fodns-check --repeat 3 --interval 1ms -o table "http://127.0.0.1:$up/" "tcp://127.0.0.1:$down"
is "$(echo "$out" | sed '/^$/,$d' | grep -c '^ok') $(echo "$out" | grep -c '^fail')" "3 3" "a row for each result"
like "$out" '^RUNS  LOSS   MIN ms  MEAN ms   MAX ms  TYPE   TARGET +DOMAIN +REASON$' "then what they came to"
like "$out" "^   3  100%        -        -        -  tcp    127.0.0.1:$down +127.0.0.1  connection refused\$" "for those that failed"
like "$out" "^   3    0%( +[0-9]+\\.[0-9]{2}){3}  http   127.0.0.1:$up +127.0.0.1\$" "and those that did not"
like "$out" '^ {12}connect [0-9.]+ \+ first byte [0-9.]+( \+ rest [0-9.]+)? ms$' "with the mean of each phase"
like "$(echo "$out" | tail -n 1)" '^2 checks, 6 runs in [0-9.]+ s: 3 ok, 3 failed$' "and all in a line"
echo "$out" | sed -n '/^   [0-9]/p' | awk '$2 == "0%" && !($3 <= $4 && $4 <= $5 && $3 > 0) {exit 1}'
ok $? "the mean is between the least and the most"
exits 1 "a budget longer than the interval" fodns-check --repeat 2 --interval 1ms --timeout 300ms "http://127.0.0.1:$silent/"
is "$(echo "$out" | field reason | sort | uniq -c | tr -s ' ')" " 2 timed out" "holds, and the next one waits"
printf '{"check_name":"c","domain":"c.z","target_ip":"127.0.0.1","port":%s,"type":"tcp","timeout_sec":1,"interval_sec":30}\n' "$up" >"$T/tasks"
exits 0 "of task lines, too" fodns-check --repeat 3 --interval 1ms -t "$T/tasks"
is "$(echo "$out" | wc -l)" 3 "as often"
spawn fodns-check --repeat 1000 --interval 50ms -o table "tcp://127.0.0.1:$up" >"$T/ended"
check=$pid
wait_for 10 grep -q '^ok' "$T/ended"
stop "$check" INT
is "$status" 0 "one that is interrupted"
like "$(tail -n 1 "$T/ended")" '^1 check, [0-9]+ runs? in .*: [0-9]+ ok$' "says what it came to so far"
for row in '0:not a number' 'x:not a number' '1 --follow:together' '1 --for 1s:together' '1 --until-ok 1s:together'; do
	# shellcheck disable=SC2086 # options
	exits 2 "--repeat ${row%:*}" fodns-check --repeat ${row%:*} "tcp://127.0.0.1:$up"
	like "$err" "${row#*:}" "is said"
done

# ---- what it came to, and nothing else
exits 1 "--summary" fodns-check --summary -o table "tcp://127.0.0.1:$up" "tcp://127.0.0.1:$down"
is "$(echo "$out" | wc -l)" 4 "a heading, two rows, a total"
is "$(echo "$out" | sed -n 2p | awk '{print $2}')" "100%" "the worst first"
exits 1 "--summary in a pipe" fodns-check --summary --repeat 2 --interval 1ms "tcp://127.0.0.1:$up" "tcp://127.0.0.1:$down" tcp://name.invalid:1
is "$(echo "$out" | sed 's/.*"port":\([0-9]*\),\("runs":.*"unknown":[0-9]*\).*"reason":\(.*\)}/\1 \2 \3/; s/"//g' | sort)" "$(sort <<END
1 runs:2,ok:0,warn:0,fail:0,unknown:2 local: cannot resolve
$up runs:2,ok:2,warn:0,fail:0,unknown:0 null
$down runs:2,ok:0,warn:0,fail:2,unknown:0 connection refused
END
)" "a line for each check"
like "$(echo "$out" | grep "\"port\":$up")" '"min_ms":[0-9.]+,"mean_ms":[0-9.]+,"max_ms":[0-9.]+' "with times"
like "$(echo "$out" | grep "\"port\":$down")" '"min_ms":null,"mean_ms":null,"max_ms":null' "if there are any"
for i in $(seq 30); do
	port=$up
	[ "$i" -gt 2 ] || port=$down
	printf '{"check_name":"c%s","domain":"c%s.z","target_ip":"127.0.0.1","port":%s,"type":"tcp","timeout_sec":5,"interval_sec":30}\n' "$i" "$i" "$port"
done >"$T/tasks"
exits 1 "--summary of many" fodns-check --summary -o table -t "$T/tasks"
is "$(echo "$out" | grep -c '100%') $(echo "$out" | grep -c ' 0%')" "2 0" "shows what is not well"
is "$(echo "$out" | tail -n 1)" "28 of the checks were always ok" "and counts the rest"
is "$(fodns-check --summary -t "$T/tasks" | wc -l)" 30 "in a pipe it shows all"
exits 0 "--summary with --for" fodns-check --for 400ms --interval 100ms --summary -o table "tcp://127.0.0.1:$up"
like "$out" '^ +[2-9]    0% ' "says it at the end"

# ---- on a terminal
# screen NAME COMMAND: what a terminal of 80 columns gets
screen() { script -qec "stty cols 80; $2" /dev/null </dev/null | sed 's/\r$//' >"$T/$1"; }
esc=$(printf '\033')
erase=$(printf '\r\033\\[K')
screen long "fodns-check --timeout 2s http://127.0.0.1:$silent/ tcp://127.0.0.1:$down"
like "$(cat "$T/long")" "${erase}1 of 2 checked, 1 failed, 1 under way, [12] s" "a run that takes its time says how far it is"
like "$(grep 'timed out' "$T/long")" "$erase($esc\\[[0-9;]*m)?fail .* timed out\$" "which makes room for what is found"
unlike "$(tail -n 1 "$T/long")" 'checked' "and is gone at the end"
screen stderr "fodns-check --timeout 2s http://127.0.0.1:$silent/ >$T/stdout"
like "$(cat "$T/stderr")" "0 of 1 checked, 1 under way, [12] s${erase}\$" "also when only errors go to the terminal"
is "$(grep -c checked "$T/stdout")" 0 "it is not among the results"
screen short "fodns-check tcp://127.0.0.1:$up"
unlike "$(cat "$T/short")" 'checked' "a short run says nothing"
screen quiet "fodns-check -q --timeout 1500ms http://127.0.0.1:$silent/"
unlike "$(cat "$T/quiet")" 'checked' "nor does a quiet one"
screen dumb "TERM=dumb fodns-check --timeout 1500ms http://127.0.0.1:$silent/"
unlike "$(cat "$T/dumb")" "checked|$esc" "nor on a terminal that cannot"
exits 1 "without a terminal" fodns-check --timeout 1500ms "http://127.0.0.1:$silent/"
is "$err" "" "nothing"
screen narrow "stty cols 20; fodns-check --timeout 1500ms http://127.0.0.1:$silent/"
like "$(cat "$T/narrow")" "${erase}0 of 1 checked, 1 u${erase}" "a narrow terminal gets what fits"
done_testing
