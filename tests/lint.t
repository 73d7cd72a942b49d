#!/bin/sh
# What the house asks of the source: floors and walls, doors, shell, manuals, completions.
cd "$(dirname "$0")/.." || exit 2
. tests/lib.sh

# none NAME COMMAND...: prints nothing
none() {
	_name=$1
	shift
	_found=$("$@" 2>&1)
	[ -z "$_found" ]
	ok $? "$_name" || note "$_found"
}

# includes FLOOR ALLOWED...: includes of other floors than the allowed ones
includes() {
	floor=$1
	shift
	pattern=$(echo "$*" | tr ' ' '|')
	grep -nE '^#include "[a-z]+/' lib/"$floor"/*.[ch] | grep -vE "#include \"($pattern)/"
}
none "base includes only base" includes base base
none "model includes only model and base" includes model model base
none "core includes neither codec nor edge" includes core core model base
none "codec includes neither core nor edge" includes codec codec model base
none "edge does not include core" includes edge edge codec model base

# What a judge may not touch: clocks, files, sockets, stdio streams, the end of the process.
impure() {
	nm -u "$BUILD/lib$1.a" 2>/dev/null | awk '{print $NF}' | grep -xE \
	    '(_?exit|_Exit|abort|quick_exit|time|clock|clock_gettime|gettimeofday|nanosleep|usleep|sleep|localtime|localtime_r|mktime|open|open64|openat|close|read|write|pread|pwrite|fopen|fopen64|fclose|fread|fwrite|printf|fprintf|__fprintf_chk|__printf_chk|puts|putchar|stdout|stderr|stdin|socket|bind|connect|send|recv|sendto|recvfrom|poll|select|getenv|system|popen|fork|execve|rand|random|arc4random)'
}
none "libcore knows no clock, file, socket, stream or exit" impure core
none "libmodel knows no clock, file, socket, stream or exit" impure model

# Each library of others stands behind one door: its header in one or two .c files, in no header but a door's own.
door() {
	users=$(grep -lE "^#include <($1)" lib/*/*.[ch] bin/*.[ch] | grep -v _own.h)
	[ "$(echo "$users" | wc -w)" -le 2 ] || echo "$users"
	echo "$users" | grep '[.]h$'
}
none "one door to libyaml" door 'yaml[.]h'
none "one door to libcurl" door 'curl/'
none "one door to json-c" door 'json-c/'
none "one door to ldns" door 'ldns/'
none "one door to libmicrohttpd" door 'microhttpd[.]h'
none "one door to OpenSSL" door 'openssl/'
none "one door to libev" door 'ev[.]h'
none "one door to PCRE2" door 'pcre2[.]h'

scripts() { git ls-files 2>/dev/null | xargs grep -lE '^#!/bin/sh' -- ; }
# shellcheck disable=SC2046 # names without spaces
none "shellcheck" shellcheck -x -e SC1091,SC2154 $(scripts)
none "bash reads its completions" bash -n completions/fodns.bash
none "zsh reads its completions" zsh -n completions/_fodns
none "fish reads its completions" fish -n completions/fodns.fish
completions() {
	mkdir -p "$T/completions"
	completions/generate "$T/completions"
	for f in fodns.bash _fodns fodns.fish; do diff -u "completions/$f" "$T/completions/$f"; done
}
none "the completions are those of the programs' tables (make completions)" completions

none "mandoc -Tlint" mandoc -Tlint -W warning man/*.[1578]
undocumented() {
	for p in "$FODNS_BIN"/fodns "$FODNS_BIN"/fodns-*; do
		case $p in *.[od]) continue ;; esac
		page=$(echo man/"${p##*/}".[18])
		[ -e "$page" ] || echo "$page: there is none"
		"$p" --dump-options | cut -f2 | while read -r o; do
			[ "$o" = help ] || [ "$o" = version ] || mandoc -Tascii "$page" | col -b | grep -qe "--$o" || echo "$page: --$o"
		done
	done
}
none "every option stands in its manual" undocumented
units() { # as they are installed, with the programs of this build
	mkdir -p "$T/units"
	for u in examples/systemd/*.service examples/systemd/*.socket; do
		sed "s|@BINDIR@|$FODNS_BIN|g" "$u" >"$T/units/${u##*/}"
	done
	systemd-analyze verify --man=no --recursive-errors=no "$T"/units/fodns-* 2>&1
}
! command -v systemd-analyze >/dev/null || none "systemd-analyze verify" units
elsewhere() { git grep -nE '\.\./shared' -- ':!tests/bench' ':!tests/lint.t'; }
none "nothing leads out of the tree" elsewhere
long_files() { wc -l lib/*/*.[ch] bin/*.[ch] | awk '$2 != "total" && $1 > 600'; }
none "no file over 600 lines" long_files
done_testing
