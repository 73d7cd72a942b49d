#!/bin/sh
# One agent, several masters: none waits for another, and a list that changes disturbs no other check.
# shellcheck source=tests/lib.sh disable=SC2154
. "$(dirname "$0")/../lib.sh"
hostile() { # NAME MODE [FILE]
	spawn "$TOOLS/hostile" "$2" ${3:+"$3"} >"$T/$1.out"
	wait_for 5 test -s "$T/$1.out"
	port=$(head -n 1 "$T/$1.out")
}
api=$(free_port) other=$(free_port) web=$(free_port)
spawn "$TOOLS/target" 127.0.0.1 "$web" >/dev/null
wait_for 5 listening "$web"
# config API DIR DOMAIN:TOKEN:TAG:INTERVAL:TIMEOUT..., the same probe where the last is the same
config() {
	printf 'state_dir: %s/%s\napi: {listen_ip: 127.0.0.1, listen_port: %s}\nzones:\n  - name: failover\n    domains:\n' "$T" "$2" "$1" >"$T/$2.yaml"
	_dir=$2
	shift 2
	for d in "$@"; do
		IFS=: read -r name token tag every sec <<-END
			$d
		END
		printf '      %s.failover: {fallback: [192.0.2.254], monitor: {monitor_tag: %s, targets: [{ip: 127.0.0.1, port: %s}]}, agent: {interval_sec: %s, timeout_sec: %s, token: %s}}\n' \
			"$name" "$tag" "$web" "$every" "$sec" "$token" >>"$T/$_dir.yaml"
	done
}
config "$api" one a:token-one:red:1:0.2 b:token-one:blue:1:0.15 c:token-else:red:1:0.15
config "$other" two d:token-two:blue:0.5:0.15 e:token-two:red:0.5:0.15
spawn fodns-api -v -c "$T/one.yaml" 2>"$T/one.log"
one=$pid
spawn fodns-api -c "$T/two.yaml" 2>"$T/two.log"
wait_for 10 listening "$api" && wait_for 10 listening "$other"
hostile silent silent
silent=$port
hostile drip drip
drip=$port
hostile full full
full=$port
cat >"$T/agent.yaml" <<END
agent_id: a1
spool_dir: $T/spool
servers:
  - {name: silent, url: "http://127.0.0.1:$silent"}
  - {name: one, url: "http://127.0.0.1:$api", token: token-one, tags: [red]}
  - {name: down, url: "http://127.0.0.1:$(free_port)"}
  - {name: two, url: "http://127.0.0.1:$other", token: token-two, tags: [blue]}
  - {name: drip, url: "http://127.0.0.1:$drip"}
  - {name: full, url: "http://127.0.0.1:$full"}
END
# Through a file, to look on what is between check and report.
spawn fodns-check --follow -j -a "$T/agent.yaml" >"$T/lines" 2>"$T/check.err"
check=$pid
wait_for 10 test -s "$T/lines"
unlike "$(cat "$T/check.err")" "silent: cannot fetch" "the first checks wait for no other master"
domains() { sed -n 's/.*"domain":"\([^"]*\)".*"server":"\([^"]*\)".*/\2 \1/p' "$T/lines" | sort -u | tr '\n' ','; }
has() { [ "$(domains)" = "$1" ]; }
wait_for 10 has "one a.failover,two d.failover,"
is "$(domains)" "one a.failover,two d.failover," "each master's tasks by its own token and tags"
wait_for 15 grep -q "full: cannot fetch tasks: timed out" "$T/check.err"
for m in silent drip full; do like "$(cat "$T/check.err")" "^fodns-check: $m: cannot fetch tasks: timed out\$" "$m is given up"; done

# ---- reports: what every master is to get
stop "$check"
stored() { cat "$T/$1"/reports/a1/*.jsonl 2>/dev/null | grep check_name; }
many() { [ "$(stored "$1" | wc -l)" -ge "$2" ]; }
mkfifo "$T/fifo"
fodns-report -a "$T/agent.yaml" <"$T/fifo" 2>"$T/report.err" &
report=$!
_pids="$_pids $report"
exec 3>"$T/fifo"
spawn fodns-check --follow -j -a "$T/agent.yaml" >"$T/lines" 2>"$T/check.err"
check=$pid
for n in 1 2 3 4 5 6 7 8; do
	wait_for 20 sh -c "grep -q a.failover '$T/lines'"
	grep a.failover "$T/lines" | tail -n 1 | sed "s/,\"server\":\"[^\"]*\"//; s/\"seq\":[0-9]*/\"seq\":$((1000 + n))/" >&3
	wait_for 20 many one "$n"
done
# Masters that never answer are given up after 5 s each time: with one that waits for them it would be 40 s.
late=$(stored one | perl -MTime::Local -ne '
	sub ms { $_[0] =~ /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):([\d.]+)Z/ or die; timegm(int $6, $5, $4, $3, $2 - 1, $1) * 1000 + 1000 * ($6 - int $6) }
	/"received":"([^"]*)"/ and push @at, ms($1);
	END { printf "%d\n", @at == 8 ? $at[7] - $at[0] : 999999 }')
[ "$late" -lt 20000 ]
ok $? "beside masters that are silent, slow, full and down a good one gets its reports" || note "$late ms for 8"
like "$(cat "$T/report.err")" "^fodns-report: master down: connection refused: reports are kept in $T/spool/down\$" "and nothing is lost of the others'"
stop "$report"
is "$status" 0 "an end with four that hang is an end"
for m in down silent drip full; do is "$(cat "$T/spool/$m"/*.jsonl | wc -l)" 8 "$m: all is kept"; done
exec 3>&-
stop "$check"

# ---- tasks that change: a.failover goes on in its phase, in the same process
rm -r "$T/spool" "$T/one/reports"
spawn fodns agent -a "$T/agent.yaml" 2>"$T/agent.err"
agent=$pid
wait_for 20 many one 8
config "$api" one a:token-one:red:1:0.2 b:token-one:red:0.5:0.15 c:token-else:red:1:0.15
kill -HUP "$one"
wait_for 10 grep -q "config .* in force" "$T/one.log"
stored_of() { stored one | grep -c "\"$1.failover\""; }
got_of() { [ "$(stored_of "$1")" -ge "$2" ]; }
wait_for 40 got_of b 3
ok $? "a task that is new on the master is found without anybody's doing"
n=$(stored_of a)
wait_for 20 got_of a $((n + 4))
phases=$(stored one | grep '"a.failover"' | perl -ne '
	/"inc":(\d+)/ and $inc{$1}++;
	/"timestamp":"[^"]*:([\d.]+)Z"/ and push @at, $1 * 1000 % 1000;
	END { my ($in, $near) = (0, 0);
		for my $x (@at[1 .. $#at]) { my $d = abs(($x - $at[-1] + 500) % 1000 - 500); $near++ if $d <= 250 }
		printf "%d %s\n", scalar keys %inc, $near >= 0.8 * $#at ? "steady" : "moved @at" }')
is "$phases" "1 steady" "and the one that was there went on undisturbed, in its phase"
grep -c "GET /api/v1/tasks 304" "$T/one.log" >"$T/unchanged"
[ "$(cat "$T/unchanged")" -ge 1 ] || wait_for 20 grep -q "GET /api/v1/tasks 304" "$T/one.log"
like "$(cat "$T/one.log")" "GET /api/v1/tasks 304" "what has not changed is not sent again"
stop "$agent"
is "$status" 0 "it ends cleanly"
done_testing
