#!/bin/sh
# Configuration files on disk: the examples, the original's, includes, mistakes.
cd "$(dirname "$0")/../.." || exit 2
. tests/lib.sh

sum() { sha256sum "$1" | cut -d' ' -f1; }
is "$(sum examples/config.yaml)" c064ce97607dc473e69c62af63b9a2fd20b1e50f69b986dd35f1388014197584 \
    "the original's file for a master, byte for byte"
is "$(sum examples/agent_config.yaml)" 0638a69054bef5ff0ce14a78609abc7792349e352bb427874bb666e8450b6385 \
    "the original's file for an agent, byte for byte"

for f in config quickstart full; do
	exits 0 "$f.yaml has no error" fodns-decide --lint -c "examples/$f.yaml"
done

exits 2 "an agent's file is no master's" fodns-decide --lint -c examples/agent_config.yaml
like "$err$out" "agent_config.yaml:1:1: this is an agent's file" "and that is said"
exits 2 "a master's file is no agent's" fodns-report -a examples/config.yaml
like "$err" "config.yaml:1:1: this is a master's file" "and that is said, too"
exits 2 "a file that is not there" fodns-decide --lint -c "$T/none.yaml"
like "$err$out" "none.yaml: No such file or directory" "is named"

mkdir "$T/conf.d"
cat >"$T/fodns.yaml" <<'END'
state_dir: state
include: conf.d/*.yaml
zones:
  - name: failover
END
for i in 1 2; do
	printf 'domains:\n  h%s.failover: {monitor: {targets: [{ip: 127.0.0.%s, port: 80}]}}\n' $i $i >"$T/conf.d/$i.yaml"
done
(cd "$T" && fodns-decide -j -c fodns.yaml -r /dev/null >out)
is "$(jq -r .domain <"$T/out" | tr '\n' ' ')" "h1.failover h2.failover " "domains come from included files"

cp "$T/conf.d/1.yaml" "$T/conf.d/3.yaml"
exits 2 "a domain that is there twice" fodns-decide --lint -c "$T/fodns.yaml"
like "$err$out" "conf.d/3.yaml:2:3: domain h1.failover is already at .*conf.d/1.yaml:2:3" "names both places"
rm "$T/conf.d/3.yaml"

cat >"$T/bad.yaml" <<'END'
dns: {listen_port: 70000}
zones:
  - name: failover
    domains:
      www.failover:
        server: {polcy: any}
        monitor: {targets: [{ip: 127.0.0.1, port: 80, weight: 900000}]}
        agent: {token:s3cret}
END
exits 2 "mistakes" fodns-decide -c "$T/bad.yaml" -r /dev/null
is "$(printf '%s\n' "$err" | sed "s|$T/||")" \
    'fodns-decide: bad.yaml:1:20: listen_port 70000 is over 65535
fodns-decide: bad.yaml:6:18: unknown key "polcy" (did you mean "policy"?)
fodns-decide: bad.yaml:7:63: weight 900000 is over 65535
fodns-decide: bad.yaml:8:17: unknown key "token:...": a space is missing after the colon' \
    "are listed all, in order, with their places, and without secrets"
is "$out" "" "and nothing is decided"

done_testing
