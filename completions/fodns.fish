# Completions of fodns, written by completions/generate from the programs' tables of options.
# Names of the config and state that the line gives, as far as they are plain words.
function __fodns_list
    set -l words (commandline -opc)
    set -l given
    for i in (seq 2 (count $words))
        if contains -- $words[$i] -c --config -s --state
            set given $given $words[$i] $words[(math $i + 1)]
        end
    end
    for what in $argv
        fodns-decide --list $what $given 2>/dev/null | string match -r '^[][A-Za-z0-9_.:/@%+-]+$'
    end
end
function __fodns_has
    for word in (commandline -opc)
        contains -- $word $argv; and return 0
    end
    return 1
end
function __fodns_decide_names
    set -l words (commandline -opc)
    if test "$words[-1]" = --list
        printf '%s\n' domains targets agents zones overrides
    else if __fodns_has --list zone nsupdate prometheus
        __fodns_list domains zones
    else
        __fodns_list domains
    end
end
function __fodns_override_names
    if __fodns_has --list
        __fodns_list domains
    else
        printf '%s\n' up down drain
        __fodns_list domains targets
    end
end
complete -c fodns -n __fish_use_subcommand -xa 'master agent up reload init api check decide override report serve'
complete -c fodns -s c -l config -rF -d 'the master\'s config (default $FODNS_CONFIG, /etc/fodns/fodns.yaml)'
complete -c fodns -l config-max -x -d 'most bytes of one file of a config (default $FODNS_CONFIG_MAX, 64M)'
complete -c fodns -s a -l agent-config -rF -d 'the agent\'s config (default $FODNS_AGENT_CONFIG, /etc/fodns/agent.yaml)'
complete -c fodns -s s -l state -xa '(__fish_complete_directories)' -d 'the state directory (default $FODNS_STATE, the config\'s state_dir)'
complete -c fodns -s q -l quiet -d 'say less on stderr'
complete -c fodns -s v -l verbose -d 'say more on stderr'
complete -c fodns -s f -l force -d 'init: write over a file that is there; reload: in spite of errors'
complete -c fodns -l agent-id -xa '(__fodns_list agents)' -d 'up: the name of the local agent (default: the host\'s)'
complete -c fodns -l timeout -x -d 'reload: how long to wait for the daemons (default 10s)'
complete -c fodns -s h -l help -d 'say this'
complete -c fodns -s V -l version -d 'say the version'
complete -c fodns-api -s c -l config -rF -d 'the master\'s config (default $FODNS_CONFIG, /etc/fodns/fodns.yaml)'
complete -c fodns-api -l config-max -x -d 'most bytes of one file of a config (default $FODNS_CONFIG_MAX, 64M)'
complete -c fodns-api -s s -l state -xa '(__fish_complete_directories)' -d 'the state directory (default $FODNS_STATE, the config\'s state_dir)'
complete -c fodns-api -l rate -x -d 'requests and report lines a second for each token, or address without one (250000; 0: no limit)'
complete -c fodns-api -l connections -x -d 'most connections (2048)'
complete -c fodns-api -l connections-per-address -x -d 'most connections from one address (256)'
complete -c fodns-api -l header-timeout -x -d 'for a request\'s headers to be complete (10s)'
complete -c fodns-api -l request-timeout -x -d 'for a whole request and its answer (30s)'
complete -c fodns-api -l idle-timeout -x -d 'how long a connection is kept between requests (75s)'
complete -c fodns-api -s q -l quiet -d 'say less on stderr'
complete -c fodns-api -s v -l verbose -d 'say more on stderr'
complete -c fodns-api -s h -l help -d 'say this'
complete -c fodns-api -s V -l version -d 'say the version'
complete -c fodns-check -s t -l tasks -rF -d 'task lines to work on; - is standard input'
complete -c fodns-check -s c -l config -rF -d 'the master\'s config (default $FODNS_CONFIG, /etc/fodns/fodns.yaml)'
complete -c fodns-check -l config-max -x -d 'most bytes of one file of a config (default $FODNS_CONFIG_MAX, 64M)'
complete -c fodns-check -s a -l agent-config -rF -d 'the agent\'s config (default $FODNS_AGENT_CONFIG, /etc/fodns/agent.yaml)'
complete -c fodns-check -l follow -d 'go on for ever, each check at its interval'
complete -c fodns-check -l for -x -d 'go on for so long, then end'
complete -c fodns-check -l until-ok -x -d 'end as soon as all is well, at the latest after so long'
complete -c fodns-check -l repeat -x -d 'make every check N times, a second apart'
complete -c fodns-check -l summary -d 'in place of the results say at the end what they came to'
complete -c fodns-check -l agent-id -xa '(__fodns_list agents)' -d 'agent_id of the reports (default: the agent file\'s, else the host\'s name)'
complete -c fodns-check -l domain -xa '(__fodns_list domains)' -d 'domain of checks given as URLs (default: the URL\'s host)'
complete -c fodns-check -l timeout -x -d 'budget of checks given as URLs (default 5s)'
complete -c fodns-check -l interval -x -d 'interval of checks given as URLs (default 30s), or between repeated runs'
complete -c fodns-check -l resolver -x -d 'DNS server for targets that are names (default: those of /etc/resolv.conf)'
complete -c fodns-check -l nagios -d 'one line and the exit status for monitoring'
complete -c fodns-check -s s -l state -xa '(__fish_complete_directories)' -d 'with -c: where fodns reload finds this process (default: as the config says)'
complete -c fodns-check -s o -l output -xa 'table json' -d 'form of the listing (default: table on a terminal, json in a pipe)'
complete -c fodns-check -s j -l json -d 'the same as -o json'
complete -c fodns-check -s q -l quiet -d 'say less on stderr'
complete -c fodns-check -s v -l verbose -d 'say more on stderr'
complete -c fodns-check -s h -l help -d 'say this'
complete -c fodns-check -s V -l version -d 'say the version'
complete -c fodns-decide -s c -l config -rF -d 'the master\'s config (default $FODNS_CONFIG, /etc/fodns/fodns.yaml)'
complete -c fodns-decide -l config-max -x -d 'most bytes of one file of a config (default $FODNS_CONFIG_MAX, 64M)'
complete -c fodns-decide -s s -l state -xa '(__fish_complete_directories)' -d 'the state directory (default $FODNS_STATE, the config\'s state_dir)'
complete -c fodns-decide -s r -l reports -rF -d 'judge report lines in place of a state; - is stdin'
complete -c fodns-decide -l at -x -d 'judge as of then'
complete -c fodns-decide -s o -l output -xa 'table json zone nsupdate prometheus' -d 'form of the answers (default: table on a terminal, json in a pipe)'
complete -c fodns-decide -s j -l json -d 'the same as -o json'
complete -c fodns-decide -l explain -d 'say why, from the answer backwards'
complete -c fodns-decide -l follow -d 'write the decision stream, for fodns-serve'
complete -c fodns-decide -l events -d 'write a JSON line for each change from now on'
complete -c fodns-decide -l since -x -d 'list what changed from then on, up to --at'
complete -c fodns-decide -l all -d 'with --since: targets, agents and overrides, too'
complete -c fodns-decide -l lint -d 'list all problems of the config, and advice'
complete -c fodns-decide -s W -l strict -d 'with --lint: exit 1 if there are warnings'
complete -c fodns-decide -l ignore -x -d 'with --lint: leave out advice of these ids'
complete -c fodns-decide -l wait -d 'wait for what --until says of one domain'
complete -c fodns-decide -l until -xa 'live fallback' -d 'what to wait for (default live)'
complete -c fodns-decide -l for -x -d 'wait no longer than this (default 60s)'
complete -c fodns-decide -l list -d 'list the domains, or targets, agents, zones, overrides'
complete -c fodns-decide -l watch -d 'a live table; in a pipe a decision line for each change'
complete -c fodns-decide -l nagios -d 'one line and the exit status for monitoring'
complete -c fodns-decide -l last-good -d 'with --follow: if the config is refused, go on with the last accepted one'
complete -c fodns-decide -l what-if -x -d 'what would be answered, as a diff to now'
complete -c fodns-decide -l against -rF -d 'how the answers of another config differ'
complete -c fodns-decide -l assume -xa 'up down unknown' -d 'what targets without a fresh report are taken to be'
complete -c fodns-decide -l digest -d 'a hash of each domain\'s answers, to compare masters'
complete -c fodns-decide -l replay -d 'the recorded reports under the rules of --set'
complete -c fodns-decide -l set -x -d 'with --replay: a key of server:, as server.fall=3'
complete -c fodns-decide -s q -l quiet -d 'say less on stderr'
complete -c fodns-decide -s v -l verbose -d 'say more on stderr'
complete -c fodns-decide -s h -l help -d 'say this'
complete -c fodns-decide -s V -l version -d 'say the version'
complete -c fodns-override -s c -l config -rF -d 'the master\'s config (default $FODNS_CONFIG, /etc/fodns/fodns.yaml)'
complete -c fodns-override -l config-max -x -d 'most bytes of one file of a config (default $FODNS_CONFIG_MAX, 64M)'
complete -c fodns-override -s s -l state -xa '(__fish_complete_directories)' -d 'the state directory (default $FODNS_STATE, the config\'s state_dir)'
complete -c fodns-override -l for -x -d 'how long it is in force: 90s, 30m, 2h, 1d'
complete -c fodns-override -l forever -d 'in place of --for: until it is cleared'
complete -c fodns-override -l reason -x -d 'why; shown wherever the override is'
complete -c fodns-override -l clear -d 'end the overrides of this domain or target'
complete -c fodns-override -l list -d 'list the overrides in force'
complete -c fodns-override -l wait -d 'return when no answer has the target and the longest TTL sent has passed'
complete -c fodns-override -s n -l dry-run -d 'say what would be done, do nothing'
complete -c fodns-override -s o -l output -xa 'table json' -d 'form of the listing (default: table on a terminal, json in a pipe)'
complete -c fodns-override -s j -l json -d 'the same as -o json'
complete -c fodns-override -s q -l quiet -d 'say less on stderr'
complete -c fodns-override -s v -l verbose -d 'say more on stderr'
complete -c fodns-override -s h -l help -d 'say this'
complete -c fodns-override -s V -l version -d 'say the version'
complete -c fodns-report -s s -l state -xa '(__fish_complete_directories)' -d 'the state directory (default $FODNS_STATE, the config\'s state_dir)'
complete -c fodns-report -s a -l agent-config -rF -d 'the agent\'s config (default $FODNS_AGENT_CONFIG, /etc/fodns/agent.yaml)'
complete -c fodns-report -s c -l config -rF -d 'the master\'s config (default $FODNS_CONFIG, /etc/fodns/fodns.yaml)'
complete -c fodns-report -l config-max -x -d 'most bytes of one file of a config (default $FODNS_CONFIG_MAX, 64M)'
complete -c fodns-report -l agent -xa '(__fodns_list agents)' -d 'take this agent\'s reports only'
complete -c fodns-report -l spool-max -x -d 'bytes to keep for each master that is down (default 16M)'
complete -c fodns-report -l durable -d 'sync to the disk after each batch (with -s)'
complete -c fodns-report -s n -l dry-run -d 'say what would be done, do nothing'
complete -c fodns-report -s q -l quiet -d 'say less on stderr'
complete -c fodns-report -s v -l verbose -d 'say more on stderr'
complete -c fodns-report -s h -l help -d 'say this'
complete -c fodns-report -s V -l version -d 'say the version'
complete -c fodns-serve -s c -l config -rF -d 'the master\'s config (default $FODNS_CONFIG, /etc/fodns/fodns.yaml)'
complete -c fodns-serve -l config-max -x -d 'most bytes of one file of a config (default $FODNS_CONFIG_MAX, 64M)'
complete -c fodns-serve -s s -l state -xa '(__fish_complete_directories)' -d 'the state directory (default $FODNS_STATE, the config\'s state_dir)'
complete -c fodns-serve -l decisions -rF -d 'take the decision stream from FILE, - is stdin (default: start fodns-decide)'
complete -c fodns-serve -l listen -x -d 'listen here and not where the config says; may be repeated'
complete -c fodns-serve -l threads -x -d 'UDP threads for each address, 0: one for each core'
complete -c fodns-serve -l cookie-secrets -rF -d 'secrets of DNS cookies that several servers share (default: one of its own)'
complete -c fodns-serve -l require-sandbox -d 'do not serve unless the sandbox is whole'
complete -c fodns-serve -s q -l quiet -d 'say less on stderr'
complete -c fodns-serve -s v -l verbose -d 'say more on stderr'
complete -c fodns-serve -s h -l help -d 'say this'
complete -c fodns-serve -s V -l version -d 'say the version'
complete -c fodns-decide -xa '(__fodns_decide_names)'
complete -c fodns-override -xa '(__fodns_override_names)'
