#!/bin/sh
# fodns-report to masters: verdicts, the original's way, spool and recovery.
# shellcheck source=tests/lib.sh
. "${0%/*}/../lib.sh"

# report CHECK NUMBER [DOMAIN [STATUS [MORE]]]: number n of a check, latency n
report() {
	printf '{"agent_id":"a1","timestamp":"%s","check_name":"%s","domain":"%s","type":"tcp",' \
	    "$(date -u -d "@$((1700000000 + $2))" +%Y-%m-%dT%H:%M:%SZ)" "$1" "${3:-web.failover}"
	printf '"target_ip":"192.0.2.1","port":80,"status":"%s","latency_ms":%s,"reason":null%s}\n' "${4:-ok}" "$2" "${5:-}"
}
# feed STATUS NAME ARGUMENT...: $T/in to fodns-report -a $T/agent.yaml, stderr in $err
feed() {
	want=$1 name=$2
	shift 2
	fodns-report -a "$T/agent.yaml" "$@" <"$T/in" >"$T/.out" 2>"$T/.err"
	got=$?
	out=$(cat "$T/.out") err=$(cat "$T/.err")
	is "$got" "$want" "$name" || note "stderr: $err"
}
# got DUMP: "c1/3 c2/1 ": what a master took, in order; lines DUMP: how many
got() { sed 's/.*"check_name":"\([^"]*\)".*"latency_ms":\([0-9]*\).*/\1\/\2/' "$1" 2>/dev/null | tr '\n' ' '; }
lines() { wc -l <"$1" 2>/dev/null || echo 0; }
took() { [ "$(lines "$1")" -ge "$2" ]; }
spooled() { cat "$T/spool/$1"/*.jsonl 2>/dev/null | wc -l; }
# master NAME WORDS...: starts one, its port in $port, its dump is $T/NAME
master() {
	name=$1
	shift
	mode "$name" "$@"
	port=$(free_port)
	spawn "$TOOLS/fakemaster" "$port" "$T/$name.mode" "$T/$name"
	wait_for 5 listening "$port"
}
mode() {
	_name=$1
	shift
	echo "$@" >"$T/.mode" && mv "$T/.mode" "$T/$_name.mode"
}
# agent NAME PORT [MORE]...: agent.yaml with these masters
agent() {
	echo "agent_id: a1
spool_dir: $T/spool
servers:" >"$T/agent.yaml"
	while [ $# -ge 2 ]; do
		echo "  - {name: $1, url: \"http://127.0.0.1:$2\", token: tok, tags: [test]}" >>"$T/agent.yaml"
		shift 2
	done
}

# ---- a fodns-api
master m1 fodns
p1=$port
agent m1 "$p1"
{ report c1 1; report c2 2; } >"$T/in"
feed 0 "two reports to a fodns-api" -v
is "$(got "$T/m1")" "c1/1 c2/2 " "arrive in their order"
is "$(cut -d' ' -f2,4 "$T/m1.requests")" "/api/v1/reports application/x-ndjson" "in one request"
like "$err" "delivered 2 to m1, spooled 0, refused 0" "and are counted at -v"
[ ! -d "$T/spool/m1" ]
ok $? "nothing is spooled"

mode m1 fodns token tok
report c1 3 >"$T/in"
feed 0 "the token goes in X-API-Key"
is "$(lines "$T/m1")" 3 "and fits"
mode m1 fodns token other
feed 1 "a wrong token is refused"
like "$err" "stdin:1: web.failover: master m1: 403 Invalid token" "and said by line"
unlike "$err" "tok[^e]" "without the token"
mode m1 fodns
mode m1 fodns token other
i=0
while [ $i -lt 100 ]; do i=$((i + 1)) && report c1 $i; done >"$T/in"
feed 1 "a hundred refusals"
is "$(echo "$err" | grep -c "master m1: 403 Invalid token")" 20 "are not a hundred lines"
like "$err" "^fodns-report: master m1: 80 more refused$" "but all are counted"
mode m1 fodns
: >"$T/m1"
{ report c1 1; report c1 2 unknown.failover; report c1 3; } >"$T/in"
feed 1 "one refused line"
is "$(got "$T/m1")" "c1/1 c1/3 " "rejects only itself"
like "$err" "stdin:2: unknown.failover: master m1: 404 Unknown domain" "and is named"
is "$(spooled m1)" 0 "and not spooled"

: >"$T/m1"
report c1 1 web.failover ok ',"age_ms":1,"mono_ms":5,"boot":255,"inc":7,"seq":8' >"$T/in"
feed 0 "another boot's clock"
like "$(cat "$T/m1")" '"inc":7,"seq":8}' "is worth nothing here"
fodns-check --help >/dev/null 2>&1 && {
	: >"$T/m1"
	fodns-check --domain web.failover tcp://127.0.0.1:1 >"$T/in" 2>/dev/null
	feed 0 "of our own boot"
	like "$(cat "$T/m1")" '"age_ms":[0-9]+}$' "mono_ms becomes age_ms"
	unlike "$(cat "$T/m1")" 'mono_ms|"boot"' "and leaves itself"
}

i=0
while [ $i -lt 2500 ]; do i=$((i + 1)); echo $i; done >"$T/numbers"
sample=$(report cX 1 | sed 's/"latency_ms":1/"latency_ms":N/')
awk -v s="$sample" '{ t = s; sub(/latency_ms":N/, "latency_ms\":" $1, t); print t }' "$T/numbers" >"$T/in"
: >"$T/m1" && : >"$T/m1.requests"
feed 0 "2500 lines"
is "$(lines "$T/m1")" 2500 "arrive"
is "$(tail -n 1 "$T/m1" | sed 's/.*"latency_ms":\([0-9]*\).*/\1/')" 2500 "in their order"
[ "$(lines "$T/m1.requests")" -le 40 ]
ok $? "in few requests"
is "$(cut -d' ' -f1 "$T/m1.requests" | sort -u | wc -l)" 1 "over one connection"
mode m1 fodns most 30000
: >"$T/m1"
feed 0 "a master that takes less at a time"
is "$(lines "$T/m1")" 2500 "gets it in smaller batches"

# ---- an original master
master old original
old=$port
agent old "$old"
{ report c1 1; report c2 2 web.failover warn; report c3 3 web.failover unknown; report c4 4 unknown.failover; report c1 5; } >"$T/in"
feed 1 "an original master"
is "$(got "$T/old" | tr ' ' '\n' | sort | tr '\n' ' ' | sed 's/^ //')" "c1/1 c1/5 c2/2 " "gets each on its own, unknown not at all"
is "$(got "$T/old" | sed 's/c2\/2 //')" "c1/1 c1/5 " "those of one check in their order"
is "$(cut -d' ' -f2,4 "$T/old.requests" | sort | uniq -c | sed 's/^ *//' | tr '\n' ';')" \
    "4 /api/v1/report application/json;1 /api/v1/reports application/x-ndjson;" "it is asked once what it is"
like "$(grep c2 "$T/old")" '^\{"agent_id":"a1","timestamp":"2023-11-14T22:13:22.000Z","check_name":"c2","domain":"web.failover","type":"tcp","target_ip":"192.0.2.1","port":80,"status":"ok","latency_ms":2.00,"reason":null\}$' \
    "with the original's fields alone, warn as ok"
like "$err" "stdin:4: unknown.failover: master old: 404 Unknown domain" "its refusal is named"
is "$(spooled old)" 0 "nothing stays in the spool"

# ---- down, and back
agent m1 1
{ report c1 1; report c2 1; report c1 2; } >"$T/in"
feed 0 "a master that is down"
is "$(echo "$err" | wc -l)" 1 "one line on stderr"
like "$err" "master m1: .*refused.*$T/spool/m1" "says where the reports are"
is "$(spooled m1)" 3 "the spool has them"
{ report c1 3; report c3 3 web.failover fail; } >"$T/in"
feed 0 "another run"
is "$(spooled m1)" 5 "adds to it"
is "$(ls "$T/spool/m1")" 000000000001.jsonl "in the same file"

agent m1 "$p1"
mode m1 status 503
feed 0 "503"
like "$err" "HTTP 503 told to" "is a master that is down"
is "$(spooled m1)" 7 "and spooled"
mode m1 fodns
: >"$T/m1" && : >"$T/m1.requests" && : >"$T/in"
feed 0 "a run without input delivers the spool"
is "$(lines "$T/m1")" 7 "all of it"
is "$(got "$T/m1" | cut -d' ' -f1-3 | tr ' ' '\n' | sort | tr '\n' ' ')" "c1/3 c2/1 c3/3 " "the newest of each check first"
is "$(got "$T/m1" | cut -d' ' -f4-)" "c1/1 c1/2 c1/3 c3/3 " "then the backlog, oldest first"
is "$(find "$T/spool/m1" -type f)" "" "and nothing is left"

agent m1 1
{ report c1 1; report c1 2; report c2 1 unknown.failover; } >"$T/in"
feed 0 "spooled for an original master"
agent m1 "$old"
: >"$T/old" && report c1 3 >"$T/in"
feed 1 "which is back"
is "$(got "$T/old" | sed 's/c1\/2 //')" "c1/3 " "it gets the newest only, and last"
unlike "$(got "$T/old")" "c1/1" "none that is older than what is there"
like "$err" "spool: unknown.failover: master m1: 404" "a refusal out of the spool is said"
is "$(spooled m1)" 0 "the rest is of no use to it"

# ---- a cap, and no spool at all
agent m1 1
head -n 500 "$T/numbers" | awk -v s="$sample" '{ t = s; sub(/latency_ms":N/, "latency_ms\":" $1, t); print t }' >"$T/in"
feed 0 "more than the cap" --spool-max 40k
like "$err" "[0-9]+ oldest reports dropped" "drops the oldest, counted"
[ "$(cat "$T"/spool/m1/* | wc -c)" -le 40960 ]
ok $? "and keeps the cap"
like "$(cat "$T"/spool/m1/* | tail -n 1)" '"latency_ms":500' "the newest are there"
rm -r "$T/spool"
: >"$T/spool"
report c1 1 >"$T/in"
feed 75 "neither delivered nor spooled"
like "$err" "$T/spool" "says where the spool would be"
unlike "$err" "kept in $T" "where nothing is kept"
like "$err" "1 report is lost" "and what is lost"
rm "$T/spool"

# ---- several masters
master m2 fodns
p2=$port
agent m1 "$p1" m2 "$p2"
: >"$T/m1"
{ report c1 1; report c2 2 web.failover ok ',"server":"m2"'; report c3 3 web.failover ok ',"server":"m9"'; } >"$T/in"
feed 1 "two masters"
is "$(got "$T/m1")" "c1/1 " "a line without server goes to both"
is "$(got "$T/m2")" "c1/1 c2/2 " "one with, to that one"
like "$err" 'stdin:3: web.failover: no master "m9"' "an unknown server is refused"
unlike "$(cat "$T/m2")" server "the field itself stays here"
: >"$T/m1" && : >"$T/m2"
report c1 1 >"$T/in"
feed 0 "masters and a state directory" -s "$T/state"
is "$(lines "$T/m1") $(lines "$T/m2") $(cat "$T"/state/reports/a1/* | grep -c check_name)" "1 1 1" "are all served"
feed 0 "-n" -n
like "$out" "stdin:1: web.failover 192.0.2.1:80 ok, agent a1 -> m1 \\(http://127.0.0.1:$p1\\), m2 " "names them"

# ---- a running pipe
mkfifo "$T/fifo"
: >"$T/m1" && : >"$T/m2" && : >"$T/m1.requests"
mode m2 fodns slow 4000
fodns-report -a "$T/agent.yaml" <"$T/fifo" 2>"$T/pipe.err" &
pipe=$!
_pids="$_pids $pipe"
exec 3>"$T/fifo"
report c1 1 >&3
wait_for 3 took "$T/m1" 1
ok $? "a line alone goes out at once"
report c1 2 >&3
wait_for 3 took "$T/m1" 2
ok $? "a slow master does not delay another"
mode m1 status 503
report c1 3 >&3
wait_for 5 grep -q "master m1: HTTP 503" "$T/pipe.err"
report c1 4 >&3
wait_for 5 sh -c "grep -q '\"latency_ms\":4' '$T'/spool/m1/*"
ok $? "while one is down, its reports are on disk"
mode m1 fodns
wait_for 10 took "$T/m1" 4
ok $? "and go out when it is back"
is "$(got "$T/m1" | cut -d' ' -f3)" "c1/4" "the newest first"
wait_for 5 grep -q "master m1: answers again" "$T/pipe.err"
ok $? "which is said"
agent m1 "$p1"
kill -HUP "$pipe"
report c2 5 >&3
wait_for 5 grep -q c2 "$T/m1"
ok $? "SIGHUP takes up a changed agent file"
like "$(cat "$T/pipe.err")" "agent.yaml: read again, 1 master$" "and says so"
mode m1 fodns slow 1000
n=$(lines "$T/m1.requests")
report c5 1 >&3
wait_for 5 took "$T/m1.requests" $((n + 1))
kill -HUP "$pipe"
report c5 2 >&3
wait_for 5 grep -q '"c5".*"latency_ms":2' "$T/m1"
is "$(grep -c '"check_name":"c5"' "$T/m1")" 2 "what is under way goes on, and is not sent again"
is "$(spooled m1)" 0 "nor spooled"
rm -r "$T/spool" && : >"$T/spool"
mode m1 status 503
report c6 1 >&3
wait_for 5 grep -q "cannot be spooled" "$T/pipe.err"
sed 's/token: tok,/token: other,/' "$T/agent.yaml" >"$T/agent.new" && mv "$T/agent.new" "$T/agent.yaml"
kill -HUP "$pipe"
mode m1 fodns token other
wait_for 15 grep -q c6 "$T/m1"
ok $? "what is in memory alone outlives a change of the token, too"
rm "$T/spool"
mode m1 fodns slow 30000
n=$(lines "$T/m1.requests")
report c3 6 >&3
wait_for 5 took "$T/m1.requests" $((n + 1))
report c3 7 >&3
stop "$pipe"
is "$status" 0 "TERM ends it with 0"
is "$(cat "$T"/spool/m1/* | grep -c '"check_name":"c3"')" 2 "what was under way and what was not is spooled"
exec 3>&-

# ---- kill -9, and what the next one finds
rm -r "$T/spool"
: >"$T/m1"
agent m1 1
fodns-report -q -a "$T/agent.yaml" <"$T/fifo" 2>/dev/null &
pipe=$!
_pids="$_pids $pipe"
exec 3>"$T/fifo"
i=0
while [ $i -lt 50 ]; do
	i=$((i + 1))
	report "k$i" $i >&3
done
wait_for 5 sh -c "[ \"\$(cat '$T'/spool/m1/* | wc -l)\" = 50 ]"
stop "$pipe" KILL
exec 3>&-
printf '{"agent_id":"a' >>"$T/spool/m1/000000000001.jsonl"
mode m1 fodns
agent m1 "$p1"
: >"$T/in"
feed 0 "after kill -9 in the middle of a write"
is "$(lines "$T/m1") $(sort -u "$T/m1" | wc -l)" "50 50" "all that was spooled arrives, once"

done_testing
