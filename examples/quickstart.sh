#!/bin/sh
# The whole of fodns on this host, in the foreground, as any user: `make run`.
set -u
here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "${FODNS_BIN:-$here/../build/bin}" && pwd) || exit 2
state=${FODNS_STATE:-${XDG_STATE_HOME:-${HOME:-/nonexistent}/.local/state}/fodns-quickstart}
# Without a home to write in: beside the programs.
mkdir -p "$(dirname "$state")" 2>/dev/null && [ -w "$(dirname "$state")" ] || state=${bin%/*}/quickstart-state
mkdir -p "$(dirname "$state")" || exit 75
cat <<END
fodns: DNS on 127.0.0.1:8053, API on 127.0.0.1:8000, a local agent; Ctrl-C ends it.
In another terminal:

  dig @127.0.0.1 -p 8053 api.failover                 alive: the address of its target
  dig @127.0.0.1 -p 8053 gone.failover                all targets down: the fallback
  curl -s http://127.0.0.1:8000/api/v1/status | jq    what the API says
  curl -s http://127.0.0.1:8000/metrics               for Prometheus
  $bin/fodns-decide -c $here/quickstart.yaml -s $state
  $bin/fodns-decide -c $here/quickstart.yaml -s $state --explain gone.failover

State: $state   Config: $here/quickstart.yaml

END
exec "$bin/fodns" up -c "$here/quickstart.yaml" -s "$state"
