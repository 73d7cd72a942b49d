#!/bin/sh
# fodns-check running commands: what they say, what they may, and that none outlives its time.
# shellcheck source=tests/lib.sh disable=SC2154
. "$(dirname "$0")/../lib.sh"
export XDG_STATE_HOME="$T/xdg"
plugins=/usr/lib/nagios/plugins
field() { sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^,\"}]*\\).*/\\1/p"; }

# task NAME TIMEOUT PARAMETERS: a task line with a command
task() { printf '{"check_name":"%s:127.0.0.1:exec","domain":"%s.failover","target_ip":"127.0.0.1","port":null,"type":"exec","timeout_sec":%s,"interval_sec":30,"exec":{%s}}\n' "$1" "$1" "$2" "$3"; }
# script NAME: stdin becomes an executable file
script() {
	{ echo '#!/bin/sh'; cat; } >"$T/$1"
	chmod +x "$T/$1"
}
# line NAME: of the last run
line() { echo "$all" | grep "\"check_name\":\"$1:"; }
# said NAME STATUS REASON
said() { is "$(line "$1" | field status): $(line "$1" | field reason)" "$2: $3" "${4:-$1}"; }

# ---- a plugin's exit status and what it prints
script perf <<'END'
echo
echo "  DISK OK - free: /	90%	| /=90%;5;10 x=1  "
echo "more"
exit 1
END
script quiet <<'END'
exit "$1"
END
script stderr <<'END'
echo "cannot open socket" >&2
exit 2
END
script long <<'END'
printf 'A|'
i=0
while [ $i -lt 100 ]; do printf ' label%d=%d' $i $i; i=$((i + 1)); done
END
script control <<'END'
printf 'one\033[31m two\007 \377 | a=1\033\n'
END
{
	task dummy0 5 "\"command\":[\"check_dummy\",\"0\",\"well\"]"
	task dummy1 5 "\"command\":[\"$plugins/check_dummy\",\"1\",\"so so\"]"
	task dummy2 5 "\"command\":[\"check_dummy\",\"2\",\"bad\"]"
	task dummy3 5 "\"command\":[\"check_dummy\",\"3\",\"who knows\"]"
	task posix0 5 "\"command\":[\"$T/quiet\",\"0\"],\"codes\":\"posix\""
	task posix1 5 "\"command\":[\"$T/quiet\",\"1\"],\"codes\":\"posix\""
	task posix77 5 "\"command\":[\"$T/quiet\",\"77\"],\"codes\":\"posix\""
	task posix127 5 "\"command\":[\"$T/quiet\",\"127\"],\"codes\":\"posix\""
	task nagios77 5 "\"command\":[\"$T/quiet\",\"77\"]"
	task nagios2 5 "\"command\":[\"$T/quiet\",\"2\"]"
	task perf 5 "\"command\":[\"$T/perf\"]"
	task stderr 5 "\"command\":[\"$T/stderr\"]"
	task long 5 "\"command\":[\"$T/long\"]"
	task control 5 "\"command\":[\"$T/control\"]"
	task signal 5 "\"command\":[\"sh\",\"-c\",\"kill -SEGV \$\$\"]"
	task none 5 "\"command\":[\"$T/none\"]"
	task word 5 "\"command\":[\"no-such-program\"]"
	task file 5 "\"command\":[\"$T/data\"]"
	task port 5 "\"command\":[\"$T/quiet\",\"{port}\"]"
} >"$T/tasks"
echo data >"$T/data"
exits 1 "commands" fodns-check -t "$T/tasks"
all=$out
said dummy0 ok "OK: well" "exit 0 is ok"
said dummy1 warn "WARNING: so so" "exit 1 is warn"
said dummy2 fail "CRITICAL: bad" "exit 2 is fail"
said dummy3 unknown "local: UNKNOWN: who knows" "exit 3 is unknown"
said posix0 ok null "codes posix: 0 is ok"
said posix1 fail "exit status 1" "and every other is fail"
said posix77 fail "exit status 77" "whatever it is"
said posix127 unknown "local: exit status 127" "but for a shell's word for: not found"
said nagios77 unknown "local: exit status 77" "an exit status that says nothing"
said nagios2 fail "exit status 2" "without a word the status is the reason"
said perf warn "DISK OK - free: / 90%" "the first line that is not empty, without spaces and what is behind the bar"
is "$(line perf | field perfdata)" "/=90%;5;10 x=1" "which is the performance data"
like "$(line perf)" '"boot":[0-9]*,"perfdata":' "and comes after what fodns-check adds"
unlike "$(line posix0)" perfdata "only where there is some"
said stderr fail "cannot open socket" "stderr, where stdout says nothing"
data=$(line long | field perfdata)
like "$data" "^label0=0 label1=1 .* label([0-9]+)=([0-9]+)\$" "long performance data"
is "${data##*=}" "$(echo "${data##* }" | sed 's/label\(.*\)=.*/\1/')" "is cut between two items"
[ ${#data} -le 256 ]
ok $? "after at most 256 bytes"
said control ok "one[31m two" "control characters and what is not UTF-8 go"
said signal unknown "local: command killed by signal 11" "a crash is no fault of the target"
said none unknown "local: command not found" "a missing program"
said word unknown "local: command not found" "a word that is none"
said file unknown "local: command not executable" "a file that is no program"
said port unknown "local: the command wants a port" "{port} where there is none"
like "$(line dummy0)" '"latency_ms":[0-9.]+,' "the time that it took"
exits 0 "monitoring" fodns-check --nagios -t "$T/tasks" dummy0.failover
exits 3 "an unknown" fodns-check --nagios -t "$T/tasks" dummy3.failover

# ---- what it is given: words, environment, files
script look <<'END'
i=0
for a; do i=$((i + 1)) && echo "$i<$a>"; done >"$OUT"
env | grep -v -e ^_= -e ^OLDPWD= -e ^OUT= | sort >>"$OUT"
cat >>"$OUT" # stdin
ls -l /proc/self/fd | sed -n 's/.* \([0-9]*\) -> \(.*\)/\1 \2/p' >>"$OUT"
awk '{print "session", ($6 == $1), "group", ($5 == $1)}' /proc/$$/stat >>"$OUT"
ulimit -n >>"$OUT"
END
sed -i "2iOUT=$T/looked" "$T/look"
echo "{\"check_name\":\"look\",\"domain\":\"look.failover\",\"target_ip\":\"::1\",\"port\":8080,\"type\":\"exec\",\"timeout_sec\":7.9,\"interval_sec\":30,\"exec\":{\"command\":[\"$T/look\",\"{ip}\",\"http://[{ip}]:{port}/\",\"{domain}\",\"{timeout}\",\"a b; c \$(d) {x}\",\"\",\"{check}\"]}}" >"$T/tasks"
SECRET=x HOME=/home/x TZ=UTC fodns-check -t "$T/tasks" >"$T/out" 7<"$T/look"
# shellcheck disable=SC2016 # as it is, dollar and all
is "$(sed -n '1,7p' "$T/looked")" '1<::1>
2<http://[::1]:8080/>
3<look.failover>
4<7>
5<a b; c $(d) {x}>
6<>
7<look>' "words with placeholders, and no shell"
is "$(sed -n '/=/p' "$T/looked" | grep -v ^PWD | tr '\n' ' ')" "FODNS_CHECK=look FODNS_DOMAIN=look.failover FODNS_PORT=8080 FODNS_TARGET=::1 FODNS_TIMEOUT=7 HOME=/home/x LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/nagios/plugins:/usr/lib64/nagios/plugins TZ=UTC " "a small environment"
like "$(grep '^0 ' "$T/looked")" '^0 /dev/null$' "nothing on stdin"
is "$(grep -cE '^([3-9]|[1-9][0-9]+) ' "$T/looked")" 1 "no file of ours: the only other one is that of ls itself"
like "$(cat "$T/looked")" 'session 1 group 1' "a session of its own"
is "$(tail -n 1 "$T/looked")" 1024 "and the limit of files that programs expect"
for name in -x --help.failover; do
	echo "{\"check_name\":\"look\",\"domain\":\"$name\",\"target_ip\":\"::1\",\"port\":null,\"type\":\"exec\",\"timeout_sec\":5,\"interval_sec\":30,\"exec\":{\"command\":[\"$T/look\",\"{domain}\"]}}" >"$T/tasks"
	exits 3 "a name that would be an option" fodns-check -t "$T/tasks"
	is "$(echo "$out" | field reason)" "local: a name that looks like an option" "is not passed on"
done

# ---- time
script stubborn <<'END'
trap '' TERM HUP INT
echo $$ >>"$PIDS"
while :; do sleep 1; done
END
script family <<'END'
echo $$ >>"$PIDS"
(trap '' TERM; while :; do sleep 1; done) &
echo $! >>"$PIDS"
sleep 1000
END
script holder <<'END'
sleep 1000 &
echo $! >>"$PIDS"
echo "gone on"
END
script endless <<'END'
echo $$ >>"$PIDS"
echo first
exec yes "more and more"
END
script greedy <<'END'
block=$(printf '%4095d' 0)
while echo "$block"; do echo >>"$0.count"; done
END
script much <<'END'
printf '%400000d' 0 && echo 'came to its end' >"$0.end"
END
script tidy <<'END'
clean() { echo "was ended" && echo tidied >"$0.end" && exit 2; }
trap clean TERM
while :; do sleep 0.05; done
END
task tidy 1 "\"command\":[\"$T/tidy\"]" >"$T/tasks"
exits 1 "one that tidies up when it is ended" fodns-check -t "$T/tasks"
is "$(cat "$T/tidy.end")" tidied "has the time, and may write, though the run is over"
for s in stubborn family holder endless; do sed -i "2iPIDS=$T/$s.pids" "$T/$s"; done
{
	task stubborn 1 "\"command\":[\"$T/stubborn\"]"
	task family 1 "\"command\":[\"$T/family\"]"
	task holder 30 "\"command\":[\"$T/holder\"]"
	task endless 1 "\"command\":[\"$T/endless\"]"
	task greedy 1 "\"command\":[\"$T/greedy\"]"
	task much 30 "\"command\":[\"$T/much\"]"
	task well 30 "\"command\":[\"check_dummy\",\"0\"]"
} >"$T/tasks"
spawn fodns-check --follow -t "$T/tasks" >"$T/out"
check=$pid
wait_for 20 sh -c "[ \$(wc -l <'$T/out') -ge 7 ]"
all=$(cat "$T/out")
said stubborn fail "timed out" "one that does not end"
said family fail "timed out" "nor does its child"
said holder ok "gone on" "one whose child holds the pipe is over when it ends itself"
said endless fail "timed out" "one that writes without end"
said greedy fail "timed out" "another"
blocks=$(wc -l <"$T/greedy.count")
ok $((blocks > 1500)) "is held back: $blocks blocks of 4096 bytes in a second"
is "$(line much | field status) $(cat "$T/much.end")" "ok came to its end" "one that writes much is not cut off"
said well ok "OK" "and beside them one that is well"
all_gone() { # PIDS...
	for _g; do ! kill -0 "$_g" 2>/dev/null || return 1; done
}
for s in holder endless family stubborn; do
	# shellcheck disable=SC2046 # a list of pids
	wait_for 10 all_gone $(cat "$T/$s.pids")
	ok $? "$s: nothing of it is left"
done
wait_for 10 sh -c "set -- /proc/$check/fd/* && [ \$# -le 12 ]"
ok $? "no descriptor stays open"
is "$(pgrep -c -r Z -P "$check")" 0 "and nobody is a zombie"
stop "$check"
is "$status" 0 "it ends cleanly"

# What runs at the end of fodns-check ends with it.
rm -f "$T/stubborn.pids"
task stubborn 30 "\"command\":[\"$T/stubborn\"]" >"$T/tasks"
spawn fodns-check --follow -t "$T/tasks" >"$T/out"
check=$pid
wait_for 10 test -s "$T/stubborn.pids"
stop "$check"
wait_for 10 all_gone "$(cat "$T/stubborn.pids")"
ok $? "a command ends with fodns-check"

# ---- many: 64 at a time, the others wait for their turn within their own budget
script count <<'END'
mkdir "$D/$$"
ls "$D" | wc -l >>"$MOST"
sleep 0.3
rmdir "$D/$$"
END
mkdir "$T/d"
sed -i "2iD=$T/d MOST=$T/most" "$T/count"
i=0
while [ $i -lt 150 ]; do
	task "many$i" 60 "\"command\":[\"$T/count\"]"
	i=$((i + 1))
done >"$T/tasks"
exits 0 "150 commands" fodns-check -t "$T/tasks"
is "$(echo "$out" | grep -c '"status":"ok"')" 150 "are all made"
most=$(sort -n "$T/most" | tail -n 1)
[ "$most" -le 64 ]
ok $? "never more than 64 at one time ($most)"
script sleeper <<'END'
exec sleep 1000
END
i=0
while [ $i -lt 70 ]; do
	task "many$i" 3 "\"command\":[\"$T/sleeper\"]"
	i=$((i + 1))
done >"$T/tasks"
exits 1 "70 that take all the time there is" fodns-check -t "$T/tasks"
is "$(echo "$out" | grep -c '"reason":"timed out"')" 64 "those that had their turn failed"
is "$(echo "$out" | grep -c '"reason":"local: too many commands at one time"')" 6 "of the others nothing is known"

# ---- configs
conf() { # MONITOR
	cat >"$T/fodns.yaml" <<END
zones:
  - name: failover
    domains:
      www.failover:
        fallback: [127.0.0.9]
        monitor: {mode: exec, $1}
END
}
conf 'command: [./quiet, "0"], targets: [{ip: 127.0.0.1}, {ip: 127.0.0.2, port: 80}]'
(cd / && fodns-check -c "$T/fodns.yaml" >"$T/out")
is "$(field status <"$T/out" | tr '\n' ' ')" "ok ok " "a path is relative to the config, and a port can be or not"
is "$(field check_name <"$T/out" | sort | tr '\n' ' ')" "www.failover:127.0.0.1:exec www.failover:127.0.0.2:80 " "names of checks"
for row in "targets: [{ip: 127.0.0.1}]=:6:25: mode exec needs command" \
	"command: [], targets: [{ip: 127.0.0.1}]=:6:25: mode exec needs command" \
	"command: check_load -w 5, targets: [{ip: 127.0.0.1}]=:6:40: command is a list of words, such as" \
	"command: [a, \"{prot}\"], targets: [{ip: 127.0.0.1}]=:6:40: command has a placeholder that is none of" \
	"command: [\"{ip}\"], targets: [{ip: 127.0.0.1}]=:6:40: command must begin with a program" \
	"command: [a], codes: icinga, targets: [{ip: 127.0.0.1}]=:6:52: codes \"icinga\" is none of nagios or posix" \
	"command: [a], path: /x, targets: [{ip: 127.0.0.1}]=:6:51: path is for mode http or https, and here mode is exec"; do
	conf "${row%%=*}"
	exits 2 "refused: ${row%%, targets*}" fodns-check -c "$T/fodns.yaml"
	like "$err" "fodns.yaml${row#*=}" "and said where"
done

# ---- a master names a command, the agent says what that is
conf 'command: [web, "{ip}", extra], codes: posix, targets: [{ip: 127.0.0.1, port: 80}]'
port=$(free_port)
cat >>"$T/fodns.yaml" <<END
      no.failover:
        fallback: [127.0.0.9]
        monitor: {mode: exec, command: [/bin/rm, -f, "$T/precious"], targets: [{ip: 127.0.0.1}, {ip: 127.0.0.2}]}
      args.failover:
        fallback: [127.0.0.9]
        monitor: {mode: exec, command: [plain, "7"], targets: [{ip: 127.0.0.1}]}
      plain.failover:
        fallback: [127.0.0.9]
        monitor: {mode: exec, command: [plain], targets: [{ip: 127.0.0.1}]}
api: {listen_ip: 127.0.0.1, listen_port: $port}
END
mkdir "$T/state"
echo "fodns-state 1" >"$T/state/format"
spawn fodns-api -c "$T/fodns.yaml" -s "$T/state" 2>"$T/api.err"
api=$pid
wait_for 10 listening "$port"
script echo <<'END'
echo "$FODNS_DOMAIN: $*"
END
echo precious >"$T/precious"
cat >"$T/agent.yaml" <<END
agent_id: a1
spool_dir: spool
servers: [{name: m1, url: "http://127.0.0.1:$port"}]
commands:
  web: {command: [./echo, -H], args: yes}
  plain: [./echo, as it is]
END
exits 3 "an agent with commands" fodns-check -a "$T/agent.yaml"
all=$out
said www.failover ok "www.failover: -H 127.0.0.1 extra" "the agent's words, then the task's where it says args"
said plain.failover ok "plain.failover: as it is" "or the agent's alone"
said args.failover unknown "local: command not allowed" "words that it does not take"
is "$(line no.failover | field reason | sort -u)" "local: command not allowed" "a program that is not its own"
is "$(cat "$T/precious")" precious "was not run"
is "$(echo "$err" | grep -c 'command "/bin/rm" is none of this agent.s (commands)')" 1 "which is said once"
like "$err" 'command "plain" takes no arguments from a master here \(args\)' "and so is the other"
# The list that was kept is no way around.
sed -i '/plain:/d' "$T/agent.yaml"
stop "$api"
exits 3 "while the master is down" fodns-check -a "$T/agent.yaml" plain.failover
is "$(echo "$out" | field reason)" "local: command not allowed" "the agent's file in force counts"

# Its own mistakes.
agent() { printf 'servers: [{url: "http://127.0.0.1:1"}]\ncommands: %s\n' "$1" >"$T/agent.yaml"; }
for row in 'x=:2:11: commands must be a map' '{a: []}=:2:15: command a is empty' '{a: {args: on}}=:2:12: command a is empty' \
	'{a: {comand: [b]}}=:2:16: unknown key "comand" \(did you mean "command"' '{a: b c}=:2:15: command a is a list of words'; do
	agent "${row%%=*}"
	exits 2 "refused: ${row%%=*}" fodns-check -a "$T/agent.yaml"
	like "$err" "agent.yaml${row#*=}" "and said where"
done

# ---- the result on its way
fodns-check --agent-id a1 -t - >"$T/out" <<END
$(task perf 5 "\"command\":[\"$T/perf\"]")
END
mkdir "$T/store"
exits 0 "a result with performance data is stored" sh -c "fodns-report -s '$T/store' --agent a1 <'$T/out'"
cat "$T/store"/reports/*/*.jsonl >"$T/stored"
is "$(grep -v '"type":"segment"' "$T/stored" | field perfdata)" "/=90%;5;10 x=1" "as it is"
done_testing
