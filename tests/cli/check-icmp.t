#!/bin/sh
# fodns-check, icmp: every verdict, over raw and over ping sockets, IPv4 and IPv6, against hosts behind a tun
# device in a network namespace of its own.
# shellcheck source=tests/lib.sh disable=SC2154
if [ -z "${ICMP_NET-}" ]; then
	if unshare -rn sh -c 'ip tuntap add dev t0 mode tun' 2>/dev/null; then
		ICMP_NET=yes exec unshare -rn "$0"
	fi
	echo "1..0 # SKIP no user namespaces, or no tun device"
	exit 0
fi
. "$(dirname "$0")/../lib.sh"
field() { sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^,\"}]*\\).*/\\1/p"; }

ip link set lo up
ip tuntap add dev t0 mode tun
ip addr add 10.9.0.254/24 dev t0
ip addr add fd09::fe/64 dev t0 nodad
ip link set t0 up
ip route add unreachable 10.8.0.0/16
spawn "$TOOLS/icmphost" t0 >"$T/host.out"
wait_for 5 grep -q ready "$T/host.out"

# config TARGET PARAMETERS SECONDS
config() {
	cat >"$T/fodns.yaml" <<-END
		zones: [{name: z, domains: {a.z: {fallback: [127.0.0.9], agent: {timeout_sec: $3},
		  monitor: {mode: icmp, $2, targets: [{ip: "$1"}]}}}}]
	END
}
# verdict WANT REASON TARGET PARAMETERS NAME [SECONDS]: 60 where the verdict must not take its time
verdict() {
	_sec=2
	[ "$1" = ok ] || _sec=0.3
	config "$3" "$4" "${6:-$_sec}"
	fodns-check -j -c "$T/fodns.yaml" >"$T/out" 2>"$T/err"
	is "$(field status <"$T/out") $(field reason <"$T/out")" "$1 $2" "$how, $3: $5"
}

# host N: the address of a host, of the family in turn
host() { if [ "$net" = 4 ]; then echo "10.9.0.$1"; else printf 'fd09::%x\n' "$1"; fi; }
# all: every verdict
all() {
	verdict ok null "$(host 1)" 'size: 56' "an answer"
	verdict ok null "$(host 1)" 'size: 24' "the least payload"
	verdict ok null "$(host 1)" 'size: 1400' "the most"
	verdict ok null "$(host 1)" 'count: 20, max_loss: 0' "twenty of twenty"
	verdict fail "timed out" "$(host 2)" 'count: 3' "silence"
	verdict fail "timed out" "$(host 3)" 'count: 2' "an answer from elsewhere is none"
	verdict fail "timed out" "$(host 4)" 'count: 2' "nor is one that was made up"
	verdict fail "timed out" "$(host 5)" 'count: 2' "nor one that lost bytes"
	verdict ok null "$(host 6)" 'count: 3' "an answer that comes twice"
	verdict fail "1 of 3 lost" "$(host 7)" 'count: 3, max_loss: 0' "a loss is one loss too many" 1
	verdict fail "2 of 4 lost" "$(host 8)" 'count: 4, max_loss: 49' "half is over 49 %" 1
	verdict ok null "$(host 8)" 'count: 4, max_loss: 50' "but not over 50 %"
	verdict ok null "$(host 7)" 'count: 3' "one answer is enough"
	verdict ok null "$(host 9)" 'count: 1' "a slow answer" 5
	verdict ok null "$(host 9)" 'max_rtt_ms: 5000, count: 1' "not so slow" 9
	verdict fail "host unreachable" "$(host 10)" 'count: 3' "a router's word" 60
	verdict fail "administratively prohibited" "$(host 11)" 'count: 3' "a short one" 60
	verdict fail "timed out" "$(host 12)" 'count: 2' "a forged one"
	verdict ok null "$(host 13)" 'count: 3' "too big is no end"
	verdict fail "time to live exceeded" "$(host 14)" 'count: 3' "a loop of routers" 60
	verdict ok null "$(host 15)" 'count: 3' "an answer in a heap of nonsense"
	verdict fail "timed out" "$(host 17)" 'count: 2' "an answer with a wrong checksum"
	# Too slow ends at once when all have come: the budget is a minute.
	config "$(host 9)" 'max_rtt_ms: 50' 60
	exits 1 "$how, $(host 9): too slow" fodns-check -j -c "$T/fodns.yaml"
	like "$(echo "$out" | field reason)" '^rtt [0-9]{3,} ms$' "$how, $(host 9): by how much"
	# It gives the answer to the probe before.
	config "$(host 16)" 'count: 1' 0.2
	fodns-check -c "$T/fodns.yaml" >/dev/null
	verdict fail "timed out" "$(host 16)" 'count: 1' "an old answer is none"
}

# several SOCKETS: what is the same for both kinds, over one socket of that kind
several() {
	config 10.9.0.1 'count: 1' 5
	spawn fodns-check -c "$T/fodns.yaml" --follow >"$T/follow"
	check=$pid
	wait_for 5 test -s "$T/follow"
	is "$(($(wc -l <"/proc/net/$1") - 1))" 1 "$how: one socket of that kind"
	stop "$check"
	# 300 targets, unreachable and good ones by turns: each gets its own word.
	for i in $(seq 300); do
		printf '{"check_name":"c%s","domain":"c%s.z","target_ip":"10.9.0.%s","port":null,"type":"icmp","timeout_sec":9.%03d,"interval_sec":30}\n' \
			"$i" "$i" "$((i % 2 ? 1 : 10))" "$i"
	done >"$T/tasks"
	fodns-check -j -t "$T/tasks" >"$T/out"
	is "$(sed -n 's/.*"target_ip":"10.9.0.1",.*"status":"\([a-z]*\)".*/\1/p' "$T/out" | sort | uniq -c | tr -s ' ')" \
		" 150 ok" "$how: a word about one is not taken for another's"
	is "$(sed -n 's/.*"target_ip":"10.9.0.10",.*"reason":"\([a-z: ]*\)".*/\1/p' "$T/out" | sort | uniq -c | tr -s ' ')" \
		" 150 host unreachable" "$how: nor is it missed"
	verdict unknown "local: no route to host" 10.8.0.1 'count: 1' "no route" 60
}

# In a new network namespace nobody may have ping sockets.
how=raw
for net in 4 6; do all; done
several raw
exits 3 "without rights" setpriv --bounding-set=-net_raw --inh-caps=-net_raw fodns-check -j icmp://10.9.0.1 icmp://10.9.0.2 icmp://fd09::1
is "$(echo "$out" | field reason | sort | uniq -c | tr -s ' ')" " 3 local: not permitted" "all are unknown"
is "$(echo "$err" | grep -c 'setcap cap_net_raw+ep /.*/fodns-check, or sysctl.*ping_group_range')" 1 "and what helps is said once"

how=ping
echo "0 0" >/proc/sys/net/ipv4/ping_group_range
for net in 4 6; do all; done
several icmp

# ---- what cannot be
for row in 'count: 0=count' 'count: 21=count' 'max_loss: 101=max_loss' 'max_loss: -1=max_loss' 'max_rtt_ms: 0=max_rtt_ms' \
	'size: 23=size' 'size: 1401=size'; do
	config 10.9.0.1 "${row%=*}" 5
	exits 2 "refused: ${row%=*}" fodns-check -c "$T/fodns.yaml"
	like "$err" "fodns.yaml:2:[0-9]*: ${row#*=} " "with its name and place"
done
cat >"$T/fodns.yaml" <<-END
	zones: [{name: z, domains: {a.z: {fallback: [127.0.0.9], monitor: {mode: tcp, count: 3, targets: [{ip: 127.0.0.1, port: 1}]}}}}]
END
exits 2 "not for tcp" fodns-check -c "$T/fodns.yaml"
like "$err" "count is for mode icmp, and here mode is tcp" "which is said"

done_testing
