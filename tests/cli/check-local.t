#!/bin/sh
# fodns-check: what goes wrong on this host is never held against a target, whatever kind of probe meets it.
# shellcheck source=tests/lib.sh disable=SC2154
. "$(dirname "$0")/../lib.sh"
export XDG_STATE_HOME="$T/xdg"
up=$(free_port)
spawn "$TOOLS/target" 127.0.0.1 "$up" 200 >"$T/target.out"
wait_for 5 grep -q ready "$T/target.out"

# task TYPE PARAMETERS: a line
task() { printf '{"check_name":"%s","domain":"www.failover","target_ip":"127.0.0.1","port":%s,"type":"%s","timeout_sec":2,"interval_sec":30,"%s":{%s}}\n' "$1$2" "$up" "$1" "$1" "$(echo "$2" | tr \' \")"; }
streams="tcp: tcp:'expect':'x' http: http:'follow':1 https: tls: dns:'tcp':true"
datagrams="udp: dns:"
# refused SYSCALL ERRNO REASON PROBES
refused() {
	for _p in $4; do
		task "${_p%%:*}" "${_p#*:}" >"$T/task"
		"$TOOLS/refuse" "$1" "$2" fodns-check -j -t "$T/task" >"$T/out" 2>"$T/err"
		is "$? $(sed 's/.*"status":"\([a-z]*\)".*"reason":"\([^"]*\)".*/\1 \2/' "$T/out")" "3 unknown local: $3" "$1 says $2: $_p"
	done
}
for row in EMFILE:too_many_open_files ENFILE:too_many_open_files ENOBUFS:no_buffer_space ENOMEM:no_memory EACCES:not_permitted \
	EPERM:not_permitted EAFNOSUPPORT:address_family_not_supported; do
	refused socket "${row%:*}" "$(echo "${row#*:}" | tr _ ' ')" "$streams $datagrams icmp:"
done
for row in ENETUNREACH:network_unreachable EHOSTUNREACH:no_route_to_host EADDRNOTAVAIL:no_local_address_or_port \
	ENOBUFS:no_buffer_space ENETDOWN:network_is_down EINVAL:address_cannot_be_used EPERM:not_permitted EACCES:not_permitted; do
	refused connect "${row%:*}" "$(echo "${row#*:}" | tr _ ' ')" "$streams $datagrams"
done
refused connect EAGAIN "no buffer space" "tcp: http: tls: udp: dns:"
for row in ENOBUFS:no_buffer_space EPERM:not_permitted ENETUNREACH:network_unreachable ENETDOWN:network_is_down; do
	refused send "${row%:*}" "$(echo "${row#*:}" | tr _ ' ')" "$datagrams"
	fodns-check -q icmp://127.0.0.1 >"$T/icmp" 2>&1 || continue
	refused send "${row%:*}" "$(echo "${row#*:}" | tr _ ' ')" icmp:
done

# So few files that the program just starts: then one of three sockets at a time can be had, or none.
for p in $streams $datagrams; do
	for sec in 2 3 4; do task "${p%%:*}" "${p#*:}" | sed "s/\"timeout_sec\":2/\"timeout_sec\":$sec/"; done >"$T/task"
	for n in $(seq 4 20); do
		# shellcheck disable=SC3045 # dash and bash have it
		(ulimit -n "$n" && fodns-check -j -t "$T/task") >"$T/out" 2>"$T/err"
		[ ! -s "$T/out" ] || break
	done
	grep -oE '"reason":"local: [^"]*' "$T/out" >"$T/reasons"
	[ "$(grep -cE 'too many open files|CA file not readable' "$T/reasons")" -ge 2 ]
	ok $? "$n files are too few: $p"
	is "$(grep -cvE 'too many open files|CA file not readable' "$T/reasons")" 0 "and that is what is said"
done

# Routes that there are not, where this user may have a network of its own.
if unshare -rn true 2>/dev/null; then
	cat >"$T/routes" <<'END'
ip link set lo up
ip route add prohibit 10.1.0.0/16
ip route add unreachable 10.2.0.0/16
ip route add blackhole 10.3.0.0/16
ip -6 route add prohibit 2001:db8:1::/48
ip -6 route add unreachable 2001:db8:2::/48
for a in 192.0.2.1 10.1.0.1 10.2.0.1 10.3.0.1 "[2001:db8:1::1]" "[2001:db8:2::1]" "[2001:db8:3::1]" "[fe80::1]"; do
	fodns-check -j "tcp://$a:80" "http://$a/" "https://$a/" "udp://$a:80" "dns://$a/a.example" "tls://$a:443" "icmp://$a"
done
END
	unshare -rn sh "$T/routes" >"$T/out" 2>/dev/null
	is "$(wc -l <"$T/out") $(grep -c '"status":"unknown".*"reason":"local: ' "$T/out")" "56 56" "no route for any kind is local"
	note "$(sed 's/.*"target_ip":"\([^"]*\)".*"reason":"\([^"]*\)".*/\1 \2/' "$T/out" | sort | uniq -c | tr -s ' ' | tr '\n' ';')"
	# Where a socket is given the very port that it asks, nobody listens, whatever comes back.
	cat >"$T/self" <<'END'
ip link set lo up
echo "40000 40001" >/proc/sys/net/ipv4/ip_local_port_range
for i in 1 2 3 4 5 6 7 8 9 10; do
	fodns-check -j --timeout 1s udp://127.0.0.1:40000 tcp://127.0.0.1:40000 http://127.0.0.1:40000/ dns://127.0.0.1:40000/a.example
	fodns-check -j --timeout 1s udp://127.0.0.1:40001 tcp://127.0.0.1:40001 http://127.0.0.1:40001/ dns://127.0.0.1:40001/a.example
done
END
	unshare -rn sh "$T/self" >"$T/out" 2>/dev/null
	is "$(wc -l <"$T/out") $(grep -c '"status":"ok"' "$T/out")" "80 0" "a socket that meets itself has met nobody"
else
	note "no network namespaces for this user: routes were not tested"
fi
done_testing
