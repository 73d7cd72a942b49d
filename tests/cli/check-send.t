#!/bin/sh
# fodns-check: what a tcp or udp probe says, where that is no text.
# shellcheck source=tests/lib.sh disable=SC2154
. "$(dirname "$0")/../lib.sh"
export XDG_STATE_HOME="$T/xdg"

# A STUN server, as far as a probe sees it: what came is written as digits, and answered with
# the transaction's id; anything else is not answered.
port=$(free_port)
# shellcheck disable=SC2016 # perl's
spawn perl -MIO::Socket::IP -e '
	$| = 1;
	my $u = IO::Socket::IP->new(LocalHost => "127.0.0.1", LocalPort => $ARGV[0], Proto => "udp") or die $@;
	my $t = IO::Socket::IP->new(Listen => 5, LocalHost => "127.0.0.1", LocalPort => $ARGV[0], ReuseAddr => 1) or die $@;
	my ($in, $said) = ("");
	vec($in, fileno $u, 1) = vec($in, fileno $t, 1) = 1;
	sub answer { print unpack("H*", $_[0]), "\n"; return "\x01\x01\0\0" . substr($_[0], 4, 16) }
	print "ready\n";
	while (select(my $now = $in, undef, undef, undef)) {
		if (vec $now, fileno $u, 1) {
			$u->recv($said, 4096);
			$u->send(answer($said));
		} else {
			my $c = $t->accept or next;
			my $all = "";
			while (length $all < 20 && sysread $c, $said, 4096) { $all .= $said }
			syswrite $c, answer($all);
			close $c;
		}
	}' "$port" >"$T/came"
wait_for 5 grep -q ready "$T/came"

question=000100002112A442666f646e732d70726f626521
for mode in udp tcp; do
	cat >"$T/fodns.yaml" <<END
zones:
  - name: failover
    domains:
      www.failover: {fallback: [127.0.0.9], monitor: {mode: $mode, send_hex: $question, expect: "fodns-probe!", targets: [{ip: 127.0.0.1, port: $port}]}}
END
	: >"$T/came"
	exits 0 "$mode: bytes with NULs" fodns-check -c "$T/fodns.yaml"
	is "$(tr -d '\0' <"$T/came")" 000100002112a442666f646e732d70726f626521 "go out as they are"
	sed -i 's/fodns-probe!/another/' "$T/fodns.yaml"
	exits 1 "$mode: another answer" fodns-check -c "$T/fodns.yaml"
	printf '{"check_name":"c","domain":"d.failover","target_ip":"127.0.0.1","port":%s,"type":"%s","timeout_sec":5,"interval_sec":30,"%s":{"send_hex":"ff00%s","expect":"probe!$"}}\n' \
	    "$port" "$mode" "$mode" "$(echo $question | cut -c 5-)" >"$T/tasks"
	: >"$T/came"
	exits 0 "$mode: a task's" fodns-check -t "$T/tasks"
	is "$(tr -d '\0' <"$T/came")" ff0000002112a442666f646e732d70726f626521 "go out, too"
done
done_testing
