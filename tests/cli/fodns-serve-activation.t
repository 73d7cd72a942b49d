#!/bin/sh
# Sockets that a service manager has bound: taken as they are, kept from the children, read by every thread.
. "$(dirname "$0")/../lib.sh"

port=$(free_port) other=$(free_port)
zone='{"type":"zone","zone":"failover.","soa":{"mname":"ns.failover.","rname":"hostmaster.failover.","serial":7,"refresh":3600,"retry":600,"expire":86400,"minimum":5},"ns":["ns.failover."]}'
{ # stream: the config says where the sockets are not
	echo '{"type":"server","gen":1,"listen":["127.0.0.1@'"$other"'"],"threads":3,"config":"0123456789abcdef"}'
	echo "$zone"
	echo '{"type":"decision","at":"2026-11-22T10:00:00.000Z","domain":"web.failover","rrsets":{"A":{"answers":["10.0.0.1"],"ttl":5,"source":"live"},"AAAA":{"answers":[],"ttl":5,"source":"none"}},"since":"2026-11-22T10:00:00.000Z","targets":[],"next":null}'
	echo '{"type":"ready","gen":1,"lines":2}'
} >"$T/stream"
# serve ARGUMENT... -- [OPTION...]: under activate; its pid in $serve, activate's in $manager
serve() {
	: >"$T/starts"
	spawn "$TOOLS/activate" "$@" -s "$T/state" >"$T/starts" 2>"$T/log"
	manager=$pid
	wait_for 10 grep -q serving "$T/log" || note "$(cat "$T/log")"
	serve=$(sed -n '$s/start //p' "$T/starts")
}
# of PID: what it has open among the sockets of internet families, and which variables
sockets_of() { find "/proc/$1/fd" -lname 'socket:*' -exec readlink {} \; | sort -u; }
threads_of() { # of the worker
	n=$(find "/proc/$(pgrep -P "$serve" -x fodns-serve)/task" -mindepth 1 -maxdepth 1 | wc -l)
	[ -z "${TSAN_OPTIONS-}" ] || n=$((n - 1)) # it has one of its own
	echo "$n"
}
ask() { dig +short +tries=1 +time=2 -p "$port" "$@" web.failover; }

serve "127.0.0.1@$port" -- fodns-serve --decisions "$T/stream"
is "$(ask @127.0.0.1)" 10.0.0.1 "UDP on a passed socket"
is "$(ask @127.0.0.1 +tcp)" 10.0.0.1 "TCP on a passed listener"
like "$(cat "$T/log")" 'sockets of the service manager are used, the config says something else' "where the config says something else, that is logged"
like "$(cat "$T/log")" "on 127.0.0.1@$port\$" "the log says where it serves"
is "$(threads_of)" 5 "three threads share the one UDP socket, one has TCP"
listening "$other"
is $? 1 "nothing else is bound"
first=$serve
kill -HUP "$manager" # start again
restarted() { serve=$(sed -n '$s/start //p' "$T/starts") && [ "$serve" != "$first" ]; }
wait_for 10 restarted
is "$(ask @127.0.0.1)" 10.0.0.1 "after a restart, the first query is answered"
stop "$manager"

# several sockets on one port, that do not block; two listeners
serve -n -u 3 -t 2 "127.0.0.1@$port" -- fodns-serve --threads 1 --listen "127.0.0.1@$port" --decisions "$T/stream"
unlike "$(cat "$T/log")" 'says something else' "the same addresses: no word"
is "$(threads_of)" 5 "a thread for each socket"
eight() { for _ in 1 2 3 4 5 6 7 8; do ask "$@"; done; }
eight @127.0.0.1 >"$T/udp"
is "$(sort "$T/udp" | uniq -c | tr -s ' ')" " 8 10.0.0.1" "whichever socket a query comes in at"
eight @127.0.0.1 +tcp >"$T/tcp"
is "$(sort "$T/tcp" | uniq -c | tr -s ' ')" " 8 10.0.0.1" "and whichever listener"
wait_for 5 grep -q '"receive_errors":0' "$T/state/stats/serve.json"
like "$(cat "$T/state/stats/serve.json")" '"receive_errors":0' "no thread spins on a socket that does not block"
stop "$manager"

# one half is missing; one socket for both families
serve -t 0 "::@$port" -- fodns-serve --decisions "$T/stream"
is "$(ask @127.0.0.1) $(ask @::1)" "10.0.0.1 10.0.0.1" "a socket of both families"
is "$(ask @127.0.0.7)" 10.0.0.1 "answers from the address that was asked"
is "$(ask @127.0.0.1 +tcp) $(ask @::1 +tcp)" "10.0.0.1 10.0.0.1" "the listener that is missing is bound"
stop "$manager"

# a whole server: decide has none of it
cat >"$T/fodns.yaml" <<E2
dns: {listen_ip: 127.0.0.1, listen_port: $port}
zones: [{name: failover, domains: {web.failover: {fallback: [10.0.0.2], monitor: {mode: tcp, targets: [{ip: 127.0.0.1, port: 1}]}}}}]
E2
serve "127.0.0.1@$port" -- fodns-serve -c "$T/fodns.yaml"
is "$(ask @127.0.0.1)" 10.0.0.2 "with a decide of its own"
decide=$(pgrep -P "$serve" fodns-decide)
sockets_of "$serve" >"$T/serve.fds"
sockets_of "$decide" >"$T/decide.fds"
[ "$(wc -l <"$T/serve.fds")" -ge 2 ]
ok $? "the keeper keeps them"
is "$(comm -12 "$T/serve.fds" "$T/decide.fds")" "" "decide has none"
is "$(tr '\0' '\n' <"/proc/$decide/environ" | grep LISTEN_)" "" "and no variable"
stop "$manager"

# asked before it is there
# shellcheck disable=SC2016 # for the inner shell
spawn "$TOOLS/activate" "127.0.0.1@$port" -- sh -c 'sleep 0.5; exec fodns-serve --decisions "$1" -s "$2"' sh "$T/stream" "$T/state" >"$T/starts" 2>"$T/log"
manager=$pid
wait_for 10 grep -q start "$T/starts"
(dig +short +tries=1 +time=9 @127.0.0.1 -p "$port" +tcp web.failover >"$T/tcp") &
early=$!
is "$(dig +short +tries=1 +time=9 @127.0.0.1 -p "$port" web.failover)" 10.0.0.1 "a query that came before the start is answered"
wait $early
is "$(cat "$T/tcp")" 10.0.0.1 "and one over TCP"
stop "$manager"

# not for us
spawn env LISTEN_PID=1 LISTEN_FDS=1 fodns-serve --decisions "$T/stream" -s "$T/state" 2>"$T/log"
wait_for 10 grep -q serving "$T/log"
like "$(cat "$T/log")" "on 127.0.0.1@$other\$" "another process's sockets: the config's addresses are bound"
done_testing
