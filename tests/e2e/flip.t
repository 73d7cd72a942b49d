#!/bin/sh
# 2,000 names flip under load: each answer is the old one or the new one, whole.
cd "$(dirname "$0")/../.." || exit 2
. tests/lib.sh

dns=$(free_port)
"$TOOLS/drive" config 2000 "$dns" 1 >"$T/fodns.yaml"
feed() { "$TOOLS/drive" feed 2000 0 0 "$1" 2>"$T/sent" >"$T/reports"; }
feed ok
fodns-report -q -c "$T/fodns.yaml" -s "$T/state" <"$T/reports"
spawn fodns-serve -q -c "$T/fodns.yaml" -s "$T/state"
serve=$pid
"$TOOLS/blast" ready "$dns" 2000 30 live
ok $? "both targets of the last name are answered"

# flip STATUS WANT NAME
flip() {
	feed "$1"
	said=$("$TOOLS/blast" flip "$dns" 2000 "$2" "$T/reports" fodns-report -q -c "$T/fodns.yaml" -s "$T/state" 2>"$T/wrong")
	ok $? "$3: all names have flipped" || note "$(cat "$T/wrong")"
	is "$(echo "$said" | cut -d' ' -f2)" 0 "$3: none of the answers was wrong" || note "$(cat "$T/wrong")"
}
flip fail fallback "all targets are lost"
flip ok live "all are back"
stop "$serve"
done_testing
