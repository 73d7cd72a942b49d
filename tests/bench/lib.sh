# shellcheck shell=sh disable=SC2034
# What the benches in shell share, beside tests/lib.sh.
. "$(dirname "$0")/../lib.sh"
PATH=$PATH:/usr/sbin:/sbin
: "${ROUNDS:=5}"

# The load on the first processor, what is measured on the second, where there are two.
if [ "$(nproc)" -gt 1 ] && command -v taskset >/dev/null; then
	load='taskset -c 0' measured='taskset -c 1'
else
	load='' measured=''
fi

median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
# Of what is counted by ticks of the clock, a dozen a round: all rounds together.
mean() { awk '{s += $1} END {printf "%.0f\n", s / NR}'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'; }
us() { awk -v n="$1" 'BEGIN {printf "%.2f us", n / 1000}'; }
row() { printf '%-62s %12s   %s\n' "$1" "$2" "$3"; }
# asked GOT MOST [WHAT]: within a twentieth
asked() { awk -v got="$1" -v most="$2" -v what="${3-$2}" 'BEGIN {printf "asked %s: %s", what, got <= most * 1.05 ? "pass" : "FAIL"}'; }

# cpu PID...: nanoseconds of all their threads; user PID: of them outside the kernel, by the clock's ticks
cpu() {
	for _p in "$@"; do cat "/proc/$_p/task/"*/schedstat; done 2>/dev/null | awk '{s += $1} END {printf "%.0f\n", s}'
}
user() { awk -v hz="$(getconf CLK_TCK)" '{printf "%.0f\n", $14 * 1000000000 / hz}' "/proc/$1/stat"; }
