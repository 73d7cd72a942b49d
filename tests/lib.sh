# Shared by the tests in sh: TAP, temporary places, free ports, real processes.
# shellcheck shell=sh disable=SC2034
# A test sources this, says `plan N` or ends with `done_testing`, and its
# processes end with it: start them by `spawn`, which notes the pid.

: "${FODNS_BIN:?names the directory of the programs}"
PATH=$FODNS_BIN:$PATH
LC_ALL=C.UTF-8
export PATH LC_ALL
T=$(mktemp -d "${TMPDIR:-/tmp}/fodns-test.XXXXXX")
_n=0
_pids=

# A pid of one that has ended may be somebody else's by now.
ours() { grep -qsx "PPid:	$$" "/proc/$1/status"; }
cleanup() {
	for _p in $_pids; do
		! ours "$_p" || kill "$_p" 2>/dev/null
	done
	for _p in $_pids; do
		_i=0
		while ours "$_p" && kill -0 "$_p" 2>/dev/null && [ $_i -lt 40 ]; do
			sleep 0.05
			_i=$((_i + 1))
		done
		! ours "$_p" || kill -9 "$_p" 2>/dev/null
	done
	# Under ThreadSanitizer a race is a failure, also one of a process that nobody waits for.
	_race=
	[ -z "${TSAN_OPTIONS-}" ] || _race=$(grep -rsh -A16 'WARNING: ThreadSanitizer' "$T")
	rm -rf "$T"
	[ -z "$_race" ] || {
		printf '%s\n' "$_race" >&2
		exit 1
	}
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

plan() { echo "1..$1"; }
done_testing() { echo "1..$_n"; }
ok() { # ok STATUS NAME
	_n=$((_n + 1))
	if [ "$1" = 0 ]; then echo "ok $_n - $2"; else
		echo "not ok $_n - $2"
		return 1
	fi
}
note() { printf '%s\n' "$*" | sed 's/^/# /'; }
# is GOT WANT NAME
is() {
	if [ "$1" = "$2" ]; then ok 0 "$3"; else
		ok 1 "$3"
		note "got:  $1"
		note "want: $2"
	fi
}
# like TEXT REGEX NAME (extended, any line)
like() {
	if printf '%s\n' "$1" | grep -Eq -- "$2"; then ok 0 "$3"; else
		ok 1 "$3"
		note "text: $1"
		note "does not match: $2"
	fi
}
unlike() {
	if printf '%s\n' "$1" | grep -Eq -- "$2"; then
		ok 1 "$3"
		note "text: $1"
		note "matches: $2"
	else ok 0 "$3"; fi
}
# exits STATUS NAME COMMAND...: runs it, stdout to $out, stderr to $err
exits() {
	_want=$1 _name=$2
	shift 2
	"$@" >"$T/.out" 2>"$T/.err" </dev/null
	_got=$?
	out=$(cat "$T/.out") err=$(cat "$T/.err")
	is "$_got" "$_want" "$_name" || note "stderr: $err"
}
# spawn COMMAND...: in the background, its pid in $pid; ended with the test
spawn() {
	"$@" &
	pid=$!
	_pids="$_pids $pid"
}
# stop PID [SIGNAL]: ends one and waits; its exit status in $status. A child that was
# forked this instant may still hold the shell's own handlers, and one that hangs must not
# hang the test: the signal is repeated, and after ten seconds it is KILL.
stop() {
	kill "-${2:-TERM}" "$1" 2>/dev/null
	(
		for _s in 0.5 1.5 8; do
			sleep $_s
			kill "-${2:-TERM}" "$1" 2>/dev/null || exit
		done
		kill -KILL "$1" 2>/dev/null
	) >/dev/null 2>&1 &
	_watch=$!
	wait "$1" 2>/dev/null
	status=$?
	kill "$_watch" 2>/dev/null
	wait "$_watch" 2>/dev/null
}
# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
	_end=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -le "$_end" ] || return 1
		sleep 0.05
	done
}
# free_port: a port that nobody listens on, neither UDP nor TCP; taken below the
# ephemeral range so that no outgoing connection gets it meanwhile
free_port() {
	perl -MIO::Socket::INET -e '
		for (1 .. 500) {
			my $p = 12000 + int rand 18000;
			my $t = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => $p) or next;
			my $u = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1", LocalPort => $p) or next;
			print "$p\n"; exit }
		exit 1'
}
# answers PORT NAME [TYPE]: the addresses that the server on loopback gives, sorted, on one line
answers() { dig +short +tries=1 +time=1 @127.0.0.1 -p "$1" "$2" "${3:-A}" 2>/dev/null | sort | tr '\n' ' ' | sed 's/ $//'; }
# answered PORT NAME WANT: for wait_for
answered() { [ "$(answers "$1" "$2")" = "$3" ]; }
# listening PORT [ADDRESS]
listening() { perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(PeerAddr => "$ARGV[1]:$ARGV[0]", Timeout => 1)' "$1" "${2:-127.0.0.1}"; }
