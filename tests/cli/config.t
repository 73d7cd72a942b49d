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
like "$err$out" "agent_config.yaml:1:1: error: this is an agent's file" "and that is said"
exits 2 "an agent's file names a file that is not there" fodns-report -n -a examples/agent_full.yaml
is "$(echo "$err" | grep -vc 'agent_full.yaml:10:17: .*home.token: No such file')" 0 "and nothing else is wrong with the example"
exits 2 "a master's file is no agent's" fodns-report -a examples/config.yaml
like "$err" "config.yaml:1:1: this is a master's file" "and that is said, too"
exits 2 "a file that is not there" fodns-decide --lint -c "$T/none.yaml"
like "$err$out" "none.yaml: error: No such file or directory" "is named"

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
like "$err$out" "conf.d/3.yaml:2:3: error: domain h1.failover is already at .*conf.d/1.yaml:2:3" "names both places"
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

# one <addresses, zone text>: a config of that
one() { printf 'dns: {listen: [%s]}\nzones:\n  - name: z\n    records: |\n%s\n    domains: {a.z: {monitor: {targets: [{ip: 10.0.0.1, port: 80}]}}}\n' "$1" "$2" >"$T/one.yaml"; }
one "$(seq -f '"127.0.0.%g@53"' -s , 64)" '      x A 192.0.2.1'
exits 0 "64 addresses to listen on" fodns-decide --lint -c "$T/one.yaml"
one "$(seq -f '"127.0.0.%g@53"' -s , 65)" '      x A 192.0.2.1'
exits 2 "65 are too many" fodns-decide --lint -c "$T/one.yaml"
one '"127.0.0.1@53"' "      x TXT $(seq -f '"%0250g"' -s ' ' 66)"
exits 2 "a record over 16 KiB" fodns-decide --lint -c "$T/one.yaml"
like "$err$out" 'x.z. TXT has 16566 bytes, more than 16384' "is named"
one '"127.0.0.1@53"' "$(seq -f '      x TXT "%0250g"' 250)"
exits 2 "a set over 64 KiB" fodns-decide --lint -c "$T/one.yaml"
like "$err$out" 'x.z. TXT: more than a reply of 65535 bytes holds' "is named"

# What lint takes fits into the lines of the decision stream, to the last target; what does not is refused.
values() { # values TARGETS FALLBACKS: a TXT domain; each byte of its texts is escaped twice
	perl -e 'my ($t, $f) = @ARGV; my $v = "\\\\" x 500;
		print "zones:\n  - name: z\n    domains:\n      a.z:\n        fallback: [", join(",", map { "\"f$_$v\"" } 1 .. $f), "]\n";
		print "        monitor: {mode: tcp, targets: [", join(",", map { "{type: TXT, value: \"t$_$v\", check_ip: 10.0.0.$_, port: 80}" } 1 .. $t), "]}\n"' "$1" "$2" >"$T/values.yaml"
}
n=1
while values $n $n && fodns-decide --lint -c "$T/values.yaml" >"$T/values.err" 2>&1 && [ $n -lt 60 ]; do n=$((n + 1)); done
like "$(cat "$T/values.err")" "values.yaml:6:[0-9]+: error: the targets and the fallback of a.z are too long" "too much for a line: refused, and where"
n=$((n - 1))
values $n $n
# on silence the fallback; on "all" the targets, which are longer
sed 's/fallback: \[/server: {on_silence: all}\n        &/' "$T/values.yaml" >"$T/all.yaml"
for f in values all; do
	line=$(fodns-decide -j -c "$T/$f.yaml" -r /dev/null 2>/dev/null | wc -c)
	[ "$line" -gt 30000 ] && [ "$line" -lt 65536 ]
	ok $? "the most that is taken ($n targets and as many fallbacks) fits: $line bytes"
done
done_testing
