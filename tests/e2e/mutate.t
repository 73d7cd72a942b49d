#!/bin/sh
# Mutated and random packets and streams beside good load.  SEED, PACKETS and STREAMS of the environment ask for others.
. "$(dirname "$0")/../lib.sh"

dns=$(free_port)
rate=5000 grown=2048 # KiB
case $FODNS_BIN in */asan/* | */tsan/*) rate=1000 grown=400000 ;; esac # freed memory is kept from use
{
	echo "state_dir: $T/state"
	echo "dns: {listen_ip: 127.0.0.1, listen_port: $dns, threads: 2}"
	echo "zones: [{name: failover, domains: {"
	awk 'BEGIN { for (i = 0; i < 1000; i++) printf "h%06d.failover: {fallback: [\"10.1.%d.%d\"], monitor: {mode: tcp, targets: [{ip: 10.3.0.1, port: 80}]}},\n", i, int(i / 256), i % 256 }'
	echo "}}]"
} >"$T/fodns.yaml"
spawn fodns-serve -q -c "$T/fodns.yaml" 2>"$T/log"
serve=$pid
wait_for 30 answered "$dns" h000009.failover 10.1.0.9
worker=$(pgrep -P "$serve" -x fodns-serve)
# Only root may see what the worker has open; its counters say the connections to all.
files() { [ "$(id -u)" != 0 ] || find "/proc/$worker/fd" -mindepth 1 | wc -l; }
memory() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$worker/status"; }

files=$(files)
"$TOOLS/dnsmutate" -n 500 -t 100 -s 0 127.0.0.1 "$dns" >"$T/warm" 2>&1 # all that is allocated once
"$TOOLS/dnsload" -r $rate -s 0.2 127.0.0.1 "$dns" 10.1 >>"$T/warm" 2>&1
all_closed() { grep -q '"tcp":{"open":0,"accepted":[1-9]' "$T/state/stats/serve.json" && [ "$(files)" = "$files" ]; }
memory=$(memory)
spawn "$TOOLS/dnsload" -r $rate -w 4 127.0.0.1 "$dns" 10.1 >"$T/load" 2>"$T/load.err"
load=$pid
"$TOOLS/dnsmutate" -n "${PACKETS:-10000}" -t "${STREAMS:-3000}" -s "${SEED:-20261124}" 127.0.0.1 "$dns" >"$T/mutate" 2>"$T/mutate.err"
is $? 0 "every reply is one to a query: QR, id, opcode, a legal rcode; none to a reply or to half a header"
note "$(cat "$T/mutate" "$T/mutate.err")"
kill "$load"
wait "$load"
is $? 0 "no good query is lost, no answer is wrong"
note "$(cat "$T/load" "$T/load.err")"
[ "$(sed 's/.* replies \([0-9]*\) streams.*/\1/' "$T/mutate")" -gt 1000 ]
ok $? "most are well enough to be answered"
wait_for 10 all_closed
ok $? "no file is left open"
is "$(pgrep -P "$serve" -x fodns-serve)" "$worker" "the worker is the one that began"
now=$(memory)
note "worker: $memory KiB before, $now KiB after"
[ "$now" -le $((memory + grown)) ]
ok $? "its memory has not grown"
stop "$serve"
is "$status,$(cat "$T/log")" 0, "it ends as always, and has nothing to say"
done_testing
