#!/bin/sh
# Every corpus through its target: seeds, and what fuzzing found.
cd "$(dirname "$0")/../.." || exit 2
n=0
for c in tests/fuzz/*.c; do
	[ -e "$c" ] || continue
	t=$(basename "$c" .c)
	n=$((n + 1))
	if out=$("$(dirname "$FODNS_BIN")/tests/fuzz/$t.replay" "tests/fuzz/corpus/$t" 2>&1); then
		echo "ok $n - $t: $out"
	else
		echo "not ok $n - $t"
		printf '%s\n' "$out" | sed 's/^/# /'
	fi
done
echo "1..$n"
