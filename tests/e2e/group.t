#!/bin/sh
# Signals as a terminal and a service manager send them: to all of a group at once, or to any one.
. "$(dirname "$0")/../lib.sh"

dns=$(free_port) api=$(free_port)
cat >"$T/fodns.yaml" <<E2
state_dir: $T/state
dns: {listen_ip: 127.0.0.1, listen_port: $dns}
api: {listen_ip: 127.0.0.1, listen_port: $api}
zones:
  - name: failover
    domains:
      www.failover:
        fallback: ["192.0.2.254"]
        monitor: {mode: tcp, targets: [{ip: 127.0.0.1, port: 1}]}
E2

# begin COMMAND...: as the leader of a session of its own
begin() {
	spawn setsid "$@" 2>"$T/log"
	wait_for 10 answered "$dns" www.failover 192.0.2.254
	wait_for 5 [ -s "$T/state/stats/decide.json" ]
}
# members of the session
members() { pgrep -s "$pid" | tr '\n' ' '; }
none() { [ -z "$(pgrep -s "$pid")" ]; }
gone() { wait_for 10 none; }
comm() { pgrep -s "$pid" -f "$1" | head -1; }

for signal in INT TERM; do
	for i in 1 2 3; do
		begin fodns-serve -c "$T/fodns.yaml"
		kill "-$signal" "-$pid"
		wait "$pid"
		is "$?" 0 "serve: SIG$signal to all at once: 0"
		gone
		is "$(members)" "" "nobody is left"
		unlike "$(cat "$T/log")" 'ended|again' "no end is a surprise ($i)"
	done
	begin fodns up -c "$T/fodns.yaml"
	kill "-$signal" "-$pid"
	wait "$pid"
	is "$?" 0 "up: SIG$signal to all at once: 0"
	gone
	is "$(members)" "" "nobody is left"
	unlike "$(cat "$T/log")" 'ended|again' "no end is a surprise"
done

for victim in fodns-serve fodns-api fodns-check fodns-report; do
	for signal in TERM KILL; do
		begin fodns up -c "$T/fodns.yaml"
		wait_for 5 comm "^$victim -c"
		kill "-$signal" "$(comm "^$victim -c")" # not the worker, whose pid may be the lower one
		wait "$pid"
		gone
		is "$(members)" "" "up: $victim gets SIG$signal: nobody is left"
		like "$(cat "$T/log")" "fodns: $victim .*ended" "and the log says who ended first"
	done
done
begin fodns up -c "$T/fodns.yaml"
kill -KILL "$pid"
wait "$pid" 2>/dev/null
gone
is "$(members)" "" "up itself is killed: nobody is left"
# To become the owner of the state makes the kernel forget whom to end with.
if [ "$(id -u)" = 0 ]; then
	chmod 755 "$T"
	rm -rf "$T/state"
	install -d -o nobody -g nogroup "$T/state"
	begin fodns up -c "$T/fodns.yaml"
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	gone
	is "$(members)" "" "nor is anybody who became the owner of the state"
fi

# A terminal that is closed while fodns runs on it: script(1) is the terminal.
spawn script -qc "fodns up -c $T/fodns.yaml" /dev/null </dev/null >"$T/log"
wait_for 10 answered "$dns" www.failover 192.0.2.254
up=$(pgrep -f "^fodns up -c $T/fodns.yaml")
[ -n "$up" ]
ok $? "up runs on a terminal"
script=$pid
pid=$(ps -o sid= -p "$up" | tr -d ' ')
stop "$script" KILL
gone
is "$(members)" "" "up: its terminal is closed: nobody is left"

begin fodns-serve -c "$T/fodns.yaml"
kill -TERM "$(comm 'fodns-serve --worker')"
is "$(answers "$dns" www.failover)" 192.0.2.254 "SIGTERM to the worker alone does not end it"
unlike "$(cat "$T/log")" 'ended' "nor is it restarted"
decide=$(comm 'fodns-decide --follow')
kill -STOP "$decide"
another() { [ -n "$(comm 'fodns-decide --follow')" ] && [ "$(comm 'fodns-decide --follow')" != "$decide" ]; }
wait_for 15 another
ok $? "a decide that hangs is replaced"
like "$(cat "$T/log")" 'fodns-decide has said nothing for [0-9]+ s: it is started again' "and the log says so"
is "$(answers "$dns" www.failover)" 192.0.2.254 "the answers stay"
stop "$pid"
is "$status" 0 "SIGTERM: 0"
done_testing
