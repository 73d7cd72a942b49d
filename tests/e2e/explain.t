#!/bin/sh
# Thousands of random states: what --explain says is what the server answers.  SEED, ROUNDS and DOMAINS ask for others.
. "$(dirname "$0")/../lib.sh"

dns=$(free_port)
here=$(dirname "$0")/../model
seed=${SEED:-1} domains=${DOMAINS:-200} rounds=${ROUNDS:-20}
perl "$here/served.pl" config "$seed" "$domains" "$dns" "$T/state" >"$T/fodns.yaml"
perl "$here/served.pl" before "$seed" "$domains" "$dns" "$T/fodns.yaml"
spawn fodns-serve -q -c "$T/fodns.yaml" 2>"$T/log"
serve=$pid
wait_for 30 dig +tries=1 +time=1 @127.0.0.1 -p "$dns" ns.failover
perl "$here/served.pl" rounds "$seed" "$domains" "$dns" "$T/fodns.yaml" "$rounds" >"$T/said" 2>&1
ok $? "$rounds rounds over $domains domains: all are served as they are explained" || note "$(cat "$T/log")"
cat "$T/said"
for kind in live fallback all last keep none; do
	like "$(cat "$T/said")" "seen:.* [0-9]+ $kind" "some of them are '$kind'"
done
stop "$serve"
is "$status" 0 "the server ends as always"
done_testing
