#!/bin/sh
# fodns-decide --watch: the live table on a terminal, and a line for each change in a pipe.
. "$(dirname "$0")/../lib.sh"

config() { # STATE DOMAINS
	cat <<E2
state_dir: $T/$1
zones:
  - name: failover
    domains:
E2
	seq -f "      service%g.failover: {fallback: [10.9.9.9], server: {timeout_sec: 600}, monitor: {targets: [{ip: 10.2.0.1, port: 80}, {ip: 10.2.0.2, port: 80}]}}" "$2"
}
config state 1000 >"$T/fodns.yaml"
FODNS_CONFIG=$T/fodns.yaml
export FODNS_CONFIG
cd "$T" || exit 1
# reports FROM TO TARGET STATUS [REASON]
reports() {
	awk -v at="$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" -v from="$1" -v to="$2" -v ip="$3" -v status="$4" -v why="${5-}" '
		BEGIN { for (n = from; n <= to; n++) printf "{\"agent_id\":\"a1\",\"timestamp\":\"%s\",\"check_name\":\"service%d.failover:%s:80\",\"domain\":\"service%d.failover\",\"type\":\"tcp\",\"target_ip\":\"%s\",\"port\":80,\"status\":\"%s\",\"reason\":%s}\n",
			at, n, ip, n, ip, status, why == "" ? "null" : "\"" why "\"" }' | fodns-report -q -s "$T/state"
}
exits 75 'without a state there is nothing to watch' fodns-decide --watch
is "$out" '' 'and nothing is said'
exits 2 'no table in a pipe' fodns-decide --watch -o table
exits 2 'nor of what is not configured' fodns-decide --watch service7.failver
like "$err" 'did you mean service7.failover' 'which is corrected'
reports 1 1000 10.2.0.1 ok
reports 1 1000 10.2.0.2 ok

# ---- a terminal: script(1) makes one; keys are written to its stdin
mkfifo keys
# watch COLUMNS ROWS OPERANDS...: starts it; what it writes goes to `screen`
watch() {
	_size="cols $1 rows $2"
	shift 2
	rm -f screen ended tty pid
	printf 'stty %s; stty -a >before; tty >tty; sh -c "echo \\$\\$ >pid; exec fodns-decide --watch %s"; echo $? >ended; stty -a >after\n' "$_size" "$*" >run.sh
	TERM=xterm SHELL=/bin/sh script -qfc "sh $T/run.sh" screen <keys >/dev/null 2>&1 &
	watched=$!
	_pids="$_pids $watched"
	exec 4>keys
}
# frame: the last whole drawing without what moves the cursor, a line a line
frame() {
	perl -0777 -ne 'my @f = /\e\[\?2026h(.*?)\e\[\?2026l/gs; my $f = $f[-1] // ""; $f =~ s/\e\[[0-9;?]*[A-Za-z]//g; $f =~ s/\r//g; $f =~ s/\n\z//; print "$f\n"' screen
}
shows() { frame | grep -Eq -- "$1"; }
size() { frame | perl -CS -ne 'chomp; $w = length if length > ($w // 0); END { printf "%dx%d\n", $w, $. }'; }
end() { # KEYS
	printf '%b' "$1" >&4
	wait_for 10 test -s ended
	exec 4>&-
	wait "$watched"
}

watch 80 24
wait_for 20 shows '^1000 of 1000 domains live$'
ok $? 'all are live'
is "$(frame | sed -n 6p)" 'DOMAIN              TYPE  SOURCE   UP  SINCE  ANSWER' 'a table'
like "$(frame | sed -n 24p)" '^… and 983 more live domains$' 'as far as the screen goes'
is "$(size)" 80x24 'it has the size of the screen'
reports 500 500 10.2.0.1 fail 'connection refused'
wait_for 20 shows '^service500.failover +A +live +1/2 '
reports 30 30 10.2.0.1 fail 'connection refused'
reports 30 30 10.2.0.2 fail 'connection refused'
wait_for 20 shows '^999 of 1000 domains live, 1 not live, 1 degraded$'
ok $? 'a change is shown'
like "$(frame | sed -n 7p)" '^service30.failover +A +fallback +0/2 .* 10.9.9.9$' 'what is not live comes first'
like "$(frame | sed -n 8p)" '^    10.2.0.1:80 down [(]0 of 1 up: connection refused[)]; 10.2.0.2:80 down .*…$' 'with its reason'
like "$(frame | sed -n 9p)" '^service500.failover +A +live +1/2 .* 10.2.0.2$' 'then what is degraded'
like "$(frame | sed -n 11p)" '^service1.failover +A +live +2/2 ' 'then the others'
like "$(frame | sed -n 4p)" '^last change .* ago: service30.failover A .* -> 10.9.9.9 fallback' 'the last change is told'
is "$(size)" 80x24 'the size stays'
fodns-override service40.failover 10.2.0.1 drain --for 60s >/dev/null
wait_for 20 shows '^999 of 1000 domains live, 1 not live, 1 degraded, 1 overridden$'
ok $? 'an override is shown'
like "$(frame | sed -n 11p)" '^service40.failover ' 'behind what is wrong'
stty -F "$(cat tty)" cols 60 rows 9
wide() { [ "$(size)" = "$1" ]; }
wait_for 20 wide 60x9
ok $? 'another size of the terminal is another size of the table' || note "$(size)"
like "$(frame | sed -n 9p)" '^… and 1 more that is not as it should be, 997 live domains$' 'and what has no room is counted'
like "$(cat screen)" "$(printf '\033\\[3[123]m')" 'in colour'
end q
is "$(cat ended)" 0 'q ends it: 0'
is "$(cat after)" "$(sed 's/rows 24; columns 80/rows 9; columns 60/' before)" 'keys are what they were'
like "$(tail -c 200 screen)" "$(printf '\033\\[\\?25h\033\\[\\?1049l')" 'and the screen'
is "$(grep -c "$(printf '\033\\[?1049h')" screen)" 1 'which was another one'

NO_COLOR=1 watch 120 40 service30.failover service31.failover
wait_for 20 shows '^1 of 2 domains live, 1 not live$'
ok $? 'domains can be chosen'
is "$(frame | wc -l)" 9 'and have no rest'
unlike "$(cat screen)" "$(printf '\033\\[[0-9]+m')" 'without colour where it is not wanted'
end '\003'
is "$(cat ended)" 0 'the interrupt key ends it: 0'
is "$(cat after)" "$(cat before)" 'and all is as it was'

watch 80 24
wait_for 20 shows '^999 of 1000'
mv state gone
wait_for 20 shows 'cannot be read: this is what was known last'
ok $? 'a state that is gone is said, and what was known stays'
mv gone state
wait_for 20 shows '^agents: 1 fresh'
ok $? 'until it is back'
kill "$(cat pid)"
wait_for 10 test -s ended
is "$(cat ended)" 0 'SIGTERM ends it: 0'
exec 4>&-
wait "$watched"
is "$(cat after)" "$(cat before)" 'and the terminal is as it was'

# ---- in a pipe
spawn fodns-decide --watch service30.failover service31.failover >lines 2>err
f=$pid
count() { [ "$(wc -l <lines)" -ge "$1" ]; }
wait_for 20 count 2
is "$(jq -r '[.type,.domain,.rrsets.A.source]|join(" ")' lines | tr '\n' '|')" \
	'decision service30.failover fallback|decision service31.failover live|' 'a decision line for each domain'
reports 30 32 10.2.0.1 ok
wait_for 20 count 3
ok $? 'and one for each change'
is "$(tail -n 1 lines | jq -r '[.domain,.rrsets.A.source]|join(" ")')" 'service30.failover live' 'of those that were asked for'
stop "$f"
is "$(wc -l <lines)" 3 'what did not change is not told'
sh -c 'fodns-decide --watch; echo $? >piped' | sed -n 1q >/dev/null
is "$(cat piped)" 0 'the end of the reader is the end: 0'
done_testing
