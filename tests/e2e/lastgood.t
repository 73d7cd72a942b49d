#!/bin/sh
# A config that was broken on disk: the server goes on, over restarts of any part, with the last accepted one.
. "$(dirname "$0")/../lib.sh"

dns=$(free_port)
cd "$T" || exit 1
cat >fodns.yaml <<E2
state_dir: "./state" # beside this file
dns: {listen_ip: 127.0.0.1, listen_port: $dns}
zones:
  - name: failover
    domains:
      www.failover:
        fallback: ["192.0.2.254"]
        monitor: {mode: tcp, targets: [{ip: 127.0.0.1, port: 1}]}
E2
cp fodns.yaml good.yaml
sed 's/fallback:/fallbak:/' good.yaml >bad.yaml

cp bad.yaml fodns.yaml
exits 2 "the first start ever with a bad config: 2" timeout 10 fodns-serve -c fodns.yaml
like "$err" 'fodns.yaml:7:9: .*fallbak.*fallback' "with the place"
unlike "$err" 'accepted' "and nothing else"

cp good.yaml fodns.yaml
spawn fodns-serve -c fodns.yaml 2>log
serve=$pid
wait_for 10 answered "$dns" www.failover 192.0.2.254
kept() { ls state/config/*.yaml; }
wait_for 10 kept
cp bad.yaml fodns.yaml
before=$(pgrep -P "$serve" fodns-decide)
kill -KILL "$before"
going_on() { [ "$(grep -c 'going on with the last accepted config' log)" -ge "$1" ]; }
wait_for 10 going_on 1
ok $? "a decide that is started again goes on with the last accepted config"
refused() { grep -q '"config_refused":"fodns.yaml:7:9: ' state/stats/decide.json; }
wait_for 10 refused
ok $? "its counters say what is refused"
is "$(answers "$dns" www.failover)" 192.0.2.254 "the answers stay"
exits 0 "it explains by what is in force" fodns-decide -c fodns.yaml --explain www.failover
like "$out" 'the config on disk is refused: fodns.yaml:7:9: ' "and says that"

stop "$serve"
is "$status" 0 "SIGTERM: 0"
spawn fodns-serve -c fodns.yaml 2>log
serve=$pid
wait_for 10 answered "$dns" www.failover 192.0.2.254
is "$(answers "$dns" www.failover)" 192.0.2.254 "a server that is started again, too"
like "$(cat log)" 'going on with the last accepted config' "and says so"
stop "$serve"

cp bad.yaml other.yaml
exits 2 "another file's config is no stand-in" timeout 10 fodns-serve -c other.yaml
done_testing
