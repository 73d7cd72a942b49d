# Completions of fodns, written by completions/generate from the programs' tables of options.
# _fodns_list WHAT...: names of the config and state that the line gives; only what no shell takes for more than a word,
# as an agent names itself and compgen expands what it is given
_fodns_list() {
	local i what
	local -a given=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c | --config | -s | --state) given+=("${COMP_WORDS[i]}" "${COMP_WORDS[i + 1]}") ;;
		esac
	done
	for what; do
		fodns-decide --list "$what" "${given[@]}" 2>/dev/null | LC_ALL=C grep -xE '[][A-Za-z0-9_.:/@%+-]+'
	done
}

# A colon ends a word for readline, but is within many of ours: its part before the last one stands already.
_fodns_words() {
	local line=${COMP_LINE:0:COMP_POINT}
	local cur=${line##*[[:blank:]]}
	mapfile -t COMPREPLY < <(compgen "$@" -- "$cur")
	[[ $COMP_WORDBREAKS != *:* ]] || COMPREPLY=("${COMPREPLY[@]#"${cur%"${cur##*:}"}"}")
	[[ $1 == -W ]] || compopt -o filenames 2>/dev/null
}

# _fodns_has WORD...: does the line have one of them?
_fodns_has() {
	local word
	for word; do
		[[ " ${COMP_WORDS[*]:1:COMP_CWORD-1} " != *" $word "* ]] || return 0
	done
	return 1
}

_fodns() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local program=${COMP_WORDS[0]##*/} options
	if [[ $program == fodns ]]; then
		if ((COMP_CWORD == 1)); then
			_fodns_words -W "master agent up reload init api check decide override report serve"
			return
		fi
		[[ " master agent up reload init " == *" ${COMP_WORDS[1]} "* ]] || program=fodns-${COMP_WORDS[1]}
	fi
	case "$program $prev" in
	fodns\ --config|fodns\ -c) _fodns_words -f; return ;;
	fodns\ --config-max) COMPREPLY=(); return; return ;;
	fodns\ --agent-config|fodns\ -a) _fodns_words -f; return ;;
	fodns\ --state|fodns\ -s) _fodns_words -d; return ;;
	fodns\ --agent-id) _fodns_words -W "$(_fodns_list agents)"; return ;;
	fodns\ --timeout) COMPREPLY=(); return; return ;;
	fodns-api\ --config|fodns-api\ -c) _fodns_words -f; return ;;
	fodns-api\ --config-max) COMPREPLY=(); return; return ;;
	fodns-api\ --state|fodns-api\ -s) _fodns_words -d; return ;;
	fodns-api\ --rate) COMPREPLY=(); return; return ;;
	fodns-api\ --connections) COMPREPLY=(); return; return ;;
	fodns-api\ --connections-per-address) COMPREPLY=(); return; return ;;
	fodns-api\ --header-timeout) COMPREPLY=(); return; return ;;
	fodns-api\ --request-timeout) COMPREPLY=(); return; return ;;
	fodns-api\ --idle-timeout) COMPREPLY=(); return; return ;;
	fodns-check\ --tasks|fodns-check\ -t) _fodns_words -f; return ;;
	fodns-check\ --config|fodns-check\ -c) _fodns_words -f; return ;;
	fodns-check\ --config-max) COMPREPLY=(); return; return ;;
	fodns-check\ --agent-config|fodns-check\ -a) _fodns_words -f; return ;;
	fodns-check\ --for) COMPREPLY=(); return; return ;;
	fodns-check\ --until-ok) COMPREPLY=(); return; return ;;
	fodns-check\ --repeat) COMPREPLY=(); return; return ;;
	fodns-check\ --agent-id) _fodns_words -W "$(_fodns_list agents)"; return ;;
	fodns-check\ --domain) _fodns_words -W "$(_fodns_list domains)"; return ;;
	fodns-check\ --timeout) COMPREPLY=(); return; return ;;
	fodns-check\ --interval) COMPREPLY=(); return; return ;;
	fodns-check\ --resolver) COMPREPLY=(); return; return ;;
	fodns-check\ --state|fodns-check\ -s) _fodns_words -d; return ;;
	fodns-check\ --output|fodns-check\ -o) _fodns_words -W "table json"; return ;;
	fodns-decide\ --config|fodns-decide\ -c) _fodns_words -f; return ;;
	fodns-decide\ --config-max) COMPREPLY=(); return; return ;;
	fodns-decide\ --state|fodns-decide\ -s) _fodns_words -d; return ;;
	fodns-decide\ --reports|fodns-decide\ -r) _fodns_words -f; return ;;
	fodns-decide\ --at) COMPREPLY=(); return; return ;;
	fodns-decide\ --output|fodns-decide\ -o) _fodns_words -W "table json zone nsupdate prometheus"; return ;;
	fodns-decide\ --since) COMPREPLY=(); return; return ;;
	fodns-decide\ --ignore) COMPREPLY=(); return; return ;;
	fodns-decide\ --until) _fodns_words -W "live fallback"; return ;;
	fodns-decide\ --for) COMPREPLY=(); return; return ;;
	fodns-decide\ --what-if) COMPREPLY=(); return; return ;;
	fodns-decide\ --against) _fodns_words -f; return ;;
	fodns-decide\ --assume) _fodns_words -W "up down unknown"; return ;;
	fodns-decide\ --set) COMPREPLY=(); return; return ;;
	fodns-override\ --config|fodns-override\ -c) _fodns_words -f; return ;;
	fodns-override\ --config-max) COMPREPLY=(); return; return ;;
	fodns-override\ --state|fodns-override\ -s) _fodns_words -d; return ;;
	fodns-override\ --for) COMPREPLY=(); return; return ;;
	fodns-override\ --reason) COMPREPLY=(); return; return ;;
	fodns-override\ --output|fodns-override\ -o) _fodns_words -W "table json"; return ;;
	fodns-report\ --state|fodns-report\ -s) _fodns_words -d; return ;;
	fodns-report\ --agent-config|fodns-report\ -a) _fodns_words -f; return ;;
	fodns-report\ --config|fodns-report\ -c) _fodns_words -f; return ;;
	fodns-report\ --config-max) COMPREPLY=(); return; return ;;
	fodns-report\ --agent) _fodns_words -W "$(_fodns_list agents)"; return ;;
	fodns-report\ --spool-max) COMPREPLY=(); return; return ;;
	fodns-serve\ --config|fodns-serve\ -c) _fodns_words -f; return ;;
	fodns-serve\ --config-max) COMPREPLY=(); return; return ;;
	fodns-serve\ --state|fodns-serve\ -s) _fodns_words -d; return ;;
	fodns-serve\ --decisions) _fodns_words -f; return ;;
	fodns-serve\ --listen) COMPREPLY=(); return; return ;;
	fodns-serve\ --threads) COMPREPLY=(); return; return ;;
	fodns-serve\ --cookie-secrets) _fodns_words -f; return ;;
	esac
	case $program in
	fodns) options="-c --config --config-max -a --agent-config -s --state -q --quiet -v --verbose -f --force --agent-id --timeout -h --help -V --version" ;;
	fodns-api) options="-c --config --config-max -s --state --rate --connections --connections-per-address --header-timeout --request-timeout --idle-timeout -q --quiet -v --verbose -h --help -V --version" ;;
	fodns-check) options="-t --tasks -c --config --config-max -a --agent-config --follow --for --until-ok --repeat --summary --agent-id --domain --timeout --interval --resolver --nagios -s --state -o --output -j --json -q --quiet -v --verbose -h --help -V --version" ;;
	fodns-decide) options="-c --config --config-max -s --state -r --reports --at -o --output -j --json --explain --follow --events --since --all --lint -W --strict --ignore --wait --until --for --list --watch --nagios --last-good --what-if --against --assume --digest --replay --set -q --quiet -v --verbose -h --help -V --version" ;;
	fodns-override) options="-c --config --config-max -s --state --for --forever --reason --clear --list --wait -n --dry-run -o --output -j --json -q --quiet -v --verbose -h --help -V --version" ;;
	fodns-report) options="-s --state -a --agent-config -c --config --config-max --agent --spool-max --durable -n --dry-run -q --quiet -v --verbose -h --help -V --version" ;;
	fodns-serve) options="-c --config --config-max -s --state --decisions --listen --threads --cookie-secrets --require-sandbox -q --quiet -v --verbose -h --help -V --version" ;;
	*) return ;;
	esac
	if [[ $cur == -* ]]; then
		_fodns_words -W "$options"
	elif [[ $program == fodns-decide && $prev == --list ]]; then
		_fodns_words -W "domains targets agents zones overrides"
	elif [[ $program == fodns-decide ]] && _fodns_has --list zone nsupdate prometheus; then
		_fodns_words -W "$(_fodns_list domains zones)"
	elif [[ $program == fodns-decide ]]; then
		_fodns_words -W "$(_fodns_list domains)"
	elif [[ $program == fodns-override ]] && _fodns_has --list; then
		_fodns_words -W "$(_fodns_list domains)"
	elif [[ $program == fodns-override ]]; then
		_fodns_words -W "up down drain $(_fodns_list domains targets)"
	else
		_fodns_words -f
	fi
}
complete -F _fodns fodns fodns-api fodns-check fodns-decide fodns-override fodns-report fodns-serve
