#!/bin/sh
# demo.sh TARGET: the system with two real targets that die and come back: `make demo`.
# TARGET is the program that plays them (tests/tools/target.c).
set -u
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "${FODNS_BIN:-$here/../build/bin}" && pwd) || exit 2
target=${1:?demo.sh TARGET}
dir=$(mktemp -d "${TMPDIR:-/tmp}/fodns-demo.XXXXXX") || exit 75
up="" one="" two=""
finish() {
	for p in $up $one $two; do kill "$p" 2>/dev/null; done
	[ -z "$up" ] || wait "$up" 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() {
	perl -MIO::Socket::INET -e 'for (1 .. 500) { my $p = 20000 + int rand 10000;
		my $t = IO::Socket::INET->new(Listen => 1, LocalAddr => "0.0.0.0", LocalPort => $p) or next;
		my $u = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1", LocalPort => $p) or next;
		print $p; exit } exit 1'
}
dns=$(free_port) api=$(free_port) web=$(free_port)
cat >"$dir/fodns.yaml" <<END
state_dir: $dir/state
dns: {listen_ip: 127.0.0.1, listen_port: $dns, resolve_cache_ttl: 1}
api: {listen_ip: 127.0.0.1, listen_port: $api}
zones:
  - name: failover
    domains:
      www.failover:
        fallback: ["192.0.2.254"]
        server: {policy: any, timeout_sec: 5}
        monitor: {mode: tcp, targets: [{ip: 127.0.0.1, port: $web}, {ip: 127.0.0.2, port: $web}]}
        agent: {interval_sec: 0.25, timeout_sec: 0.2}
END

say() { printf '\n== %s\n' "$*"; }
now_ms() { echo $(($(date +%s%N) / 1000000)); }
ask() { dig +short +tries=1 +time=1 @127.0.0.1 -p "$dns" www.failover A 2>/dev/null | sort | tr '\n' ' ' | sed 's/ $//'; }
show() { printf '$ dig +short @127.0.0.1 -p %s www.failover\n%s\n' "$dns" "$(ask | tr ' ' '\n')"; }
# await WHAT WANT: until the answer is WANT; says how long it took
await() {
	since=$(now_ms)
	until [ "$(ask)" = "$2" ]; do
		if [ $(($(now_ms) - since)) -gt 7000 ]; then
			echo "demo: no answer \"$2\" within 7 s; it is \"$(ask)\"" >&2
			cat "$dir/log" >&2
			exit 1
		fi
		sleep 0.01
	done
	printf '%s: the answer changed after %s ms (the agent looks every 250 ms)\n' "$1" $(($(now_ms) - since))
}
start_target() { "$target" "$1" "$web" >/dev/null & }

say "two targets, 127.0.0.1:$web and 127.0.0.2:$web, and fodns up: DNS, API and a local agent"
start_target 127.0.0.1
one=$!
start_target 127.0.0.2
two=$!
"$bin/fodns" up -c "$dir/fodns.yaml" 2>"$dir/log" &
up=$!
await "both alive" "127.0.0.1 127.0.0.2"
show

say "kill the target on 127.0.0.1"
kill "$one"
wait "$one" 2>/dev/null
one=""
await "one died" 127.0.0.2
show

say "kill the other: nothing is left, the fallback is answered"
kill "$two"
wait "$two" 2>/dev/null
two=""
await "the other died" 192.0.2.254
show

say "start 127.0.0.2 again"
start_target 127.0.0.2
two=$!
await "one came back" 127.0.0.2
show

say "why? fodns-decide --explain www.failover"
"$bin/fodns-decide" -c "$dir/fodns.yaml" --explain www.failover || exit 1

say "what the operator saw on stderr"
grep -v ' serving ' "$dir/log" | sed 's/^/  /'
say "done; nothing is left running"
