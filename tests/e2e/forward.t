#!/bin/sh
# dnsmasq in front, as the README says: answers, negative answers, and a change after the TTL.
. "$(dirname "$0")/../lib.sh"

PATH=$PATH:/usr/sbin:/usr/local/sbin
command -v dnsmasq >/dev/null || {
	echo "1..0 # SKIP no dnsmasq (Debian: dnsmasq-base)"
	exit 0
}
dns=$(free_port) front=$(free_port)
cat >"$T/fodns.yaml" <<E2
state_dir: $T/state
dns: {listen_ip: 127.0.0.1, listen_port: $dns, resolve_cache_ttl: 2}
zones:
  - name: failover
    domains:
      www.failover:
        fallback: ["10.0.0.254"]
        server: {policy: any, timeout_sec: 60}
        monitor: {mode: tcp, targets: [{ip: 10.0.0.1, port: 80}]}
      six.failover:
        fallback: ["2001:db8::fe"]
        monitor: {mode: tcp, targets: [{ip: "2001:db8::1", port: 80}]}
E2
# said STATUS: a report on www.failover
said() {
	printf '{"agent_id":"a","timestamp":"%s","check_name":"www.failover:10.0.0.1:80","domain":"www.failover","type":"tcp","target_ip":"10.0.0.1","port":80,"status":"%s"}\n' \
	    "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$1" | fodns-report -c "$T/fodns.yaml" -s "$T/state"
}
spawn fodns-serve -q -c "$T/fodns.yaml"
wait_for 10 answered "$dns" www.failover 10.0.0.254
said ok
wait_for 5 answered "$dns" www.failover 10.0.0.1
spawn dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user= --pid-file= \
    --listen-address=127.0.0.1 --bind-interfaces --port="$front" --cache-size=150 --stop-dns-rebind \
    --rebind-domain-ok=/failover/ --server="/failover/127.0.0.1#$dns" 2>"$T/dnsmasq.log"
wait_for 10 answered "$front" www.failover 10.0.0.1 || note "$(cat "$T/dnsmasq.log")"

ask() { dig +tries=2 +time=2 @127.0.0.1 -p "$front" "$@"; }
is "$(answers "$front" www.failover)" 10.0.0.1 "A"
is "$(answers "$front" six.failover AAAA)" 2001:db8::fe "AAAA"
like "$(ask www.failover AAAA)" 'status: NOERROR' "AAAA of a name with an A: NOERROR"
like "$(ask www.failover AAAA)" 'ANSWER: 0' "and no data"
is "$(answers "$front" www.failover)" 10.0.0.1 "which does not take the A away"
like "$(ask nobody.failover)" 'status: NXDOMAIN' "a name that is not there"
like "$(ask nobody.failover AAAA)" 'status: NXDOMAIN' "nor as AAAA"
is "$(ask +tcp +short www.failover)" 10.0.0.1 "over TCP"

said fail
wait_for 3 answered "$dns" www.failover 10.0.0.254
wait_for 6 answered "$front" www.failover 10.0.0.254
is "$(answers "$front" www.failover)" 10.0.0.254 "a change is seen through it when the TTL is over"
done_testing
