#!/bin/sh
# fodns-decide: what goes with what; nothing that is given is without effect.
. "$(dirname "$0")/../lib.sh"
cd "$T" || exit 1

# What is not refused goes on to a config that is not there, and says so.
: >wrong
# goes yes|no MODE OPTION...
goes() {
	_want=$1
	shift
	fodns-decide -c none.yaml "$@" >out 2>err </dev/null
	_got=$?
	_says=no
	cat out err | grep -q 'none.yaml' && ! grep -q -e --help err && _says=yes
	[ $_got = 2 ] && [ $_says = "$_want" ] && return
	echo "$_want: $* ($_got): $(cat err)" >>wrong
}

# modes and the options that stand in their lines of SYNOPSIS
rows='
|r at j
-o zone|r at
-o nsupdate|r at
-o prometheus|r at
--explain|r at j
--since 2026-11-21T10:00:00Z|r at j all
--follow|last j
--follow -o nsupdate|last
--events|j
--wait a.z|until for
--nagios|r at
--watch|j
--lint|r j W ignore
--list|j
--what-if agent=a|r at j assume
--against other.yaml|r at j assume
--digest|r at j assume
--replay --set server.fall=3|r at j since set
'
option() {
	case $1 in
	r) echo "-r none" ;;
	j) echo -j ;;
	W) echo -W ;;
	at) echo --at 2026-11-22T10:00:00Z ;;
	all) echo --all ;;
	last) echo --last-good ;;
	until) echo --until live ;;
	for) echo --for 1s ;;
	ignore) echo --ignore fall-1 ;;
	assume) echo --assume up ;;
	since) echo --since 2026-11-21T10:00:00Z ;;
	set) echo --set server.rise=3 ;;
	esac
}
printf '%s' "$rows" | while IFS='|' read -r mode takes; do
	[ -n "$mode$takes" ] || continue
	for o in r at j all last until for W ignore assume since set; do
		want=no
		case " $takes " in *" $o "*) want=yes ;; esac
		# Alone it is a mode, and with itself nothing new.
		case $o:$mode in since: | since:--since*) continue ;; esac
		# shellcheck disable=SC2046,SC2086
		goes $want $mode $(option $o)
	done
	echo "$mode" >>walked
done
is "$(wc -l <walked)" 18 'each mode with each option'
is "$(cat wrong)" '' 'goes where SYNOPSIS has it, and is refused elsewhere'

for row in \
	'--for is for --wait|--for 5s' \
	'--until is for --wait|--nagios --until fallback' \
	'--strict is for --lint|-W' \
	'--last-good is for --follow|--last-good --events' \
	'--ignore is for --lint|--ignore fall-1' \
	'--set is for --replay|--what-if agent=a --set server.fall=2' \
	'--assume is for --what-if, --against or --digest|--assume up --explain' \
	'--at does not go with --lint|--lint --at 03:00' \
	'--reports does not go with --watch|--watch -r none' \
	'-o json does not go with --nagios|--nagios -j' \
	'-o table does not go with --wait|--wait a.z -o table' \
	'-o prometheus does not go with --explain|--explain -o prometheus' \
	'only one form can be written: json or zone|-j -o zone' \
	'only one form can be written: table or json|-o table -o json' \
	'only one of --explain, --since|--explain --since 03:00'; do
	# shellcheck disable=SC2086
	exits 2 "${row#*|}" fodns-decide -c none.yaml ${row#*|}
	like "$err" "^fodns-decide: ${row%%|*}" 'says why'
done
: >wrong
goes yes -j -o json -j
goes yes --at 03:00 --at 04:00
goes yes --lint --ignore fall-1 --ignore ttl-0
is "$(cat wrong)" '' 'the same twice is no contradiction, and of other options the last one counts'
done_testing
