#!/bin/sh
# Agents and masters over TLS: servers in front of fodns-api that want a client certificate, authorities that are
# not the right ones, proxies.
# shellcheck source=tests/lib.sh disable=SC2154
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
cd "$T" || exit 2
quiet() { "$@" >"$T/openssl.log" 2>&1 || { cat "$T/openssl.log" >&2 && exit 1; }; }
authority() { quiet openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 30 -subj "/CN=$1"; }
# certificate FILE NAME CA
certificate() {
	quiet openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$2"
	printf 'subjectAltName=DNS:%s,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n' "$2" >"$1.ext"
	quiet openssl x509 -req -in "$1.csr" -CA "$3.pem" -CAkey "$3.key" -CAcreateserial -days 20 -extfile "$1.ext" -out "$1.pem"
}
authority ca && authority other
certificate front localhost ca
certificate client client ca
certificate stranger client other

# ---- the master: fodns-api; before it nginx, which wants a certificate; and openssl, which wants it in the handshake
api=$(free_port) front=$(free_port) strict=$(free_port) plain=$(free_port)
cat >fodns.yaml <<END
state_dir: $T/state
api: {listen_ip: 127.0.0.1, listen_port: $api}
zones:
  - name: failover
    domains:
      www.failover:
        fallback: [192.0.2.254]
        monitor: {targets: [{ip: 127.0.0.1, port: $api}]}
        agent: {interval_sec: 0.2, timeout_sec: 0.15, token: sesame-open}
END
spawn fodns-api -c fodns.yaml 2>api.log
wait_for 10 listening "$api"
mkdir tmp
cat >nginx.conf <<END
daemon off; master_process off; pid $T/nginx.pid; error_log $T/error.log;
events { worker_connections 64; }
http {
	access_log $T/access.log;
	client_body_temp_path tmp/b; proxy_temp_path tmp/p; fastcgi_temp_path tmp/f; uwsgi_temp_path tmp/u; scgi_temp_path tmp/s;
	server { listen 127.0.0.1:$front ssl; ssl_certificate $T/front.pem; ssl_certificate_key $T/front.key;
		ssl_client_certificate $T/ca.pem; ssl_verify_client on;
		location / { proxy_pass http://127.0.0.1:$api; } }
	server { listen 127.0.0.1:$plain; location / { deny all; } }
}
END
spawn nginx -p "$T" -c nginx.conf 2>nginx.err
wait_for 10 listening "$front" || note "$(cat nginx.err error.log)"
spawn openssl s_server -accept "127.0.0.1:$strict" -cert front.pem -key front.key -CAfile ca.pem -Verify 1 -verify_return_error -quiet -www >s_server.log 2>&1
wait_for 10 listening "$strict"

# agent URL LINES: an agent's file with this master
agent() { printf 'agent_id: a1\nspool_dir: %s/spool\nservers:\n  - {name: m1, url: "%s", token: sesame-open%s}\n' "$T" "$1" "${2:+, $2}" >agent.yaml; }
report() { printf '{"agent_id":"a1","timestamp":"%s","check_name":"www.failover:127.0.0.1:%s","domain":"www.failover","type":"tcp","target_ip":"127.0.0.1","port":%s,"status":"ok","latency_ms":1,"reason":null}\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$api" "$api" >in; }
spooled() { cat "$T"/spool/m1/*.jsonl 2>/dev/null | wc -l; }
stored() { cat "$T"/state/reports/a1/*.jsonl 2>/dev/null | grep -c check_name; }
# refused WHY NAME: nothing is taken from this master, nothing is lost, and why is said in one line by each program
refused() {
	rm -rf spool
	report
	exits 75 "$2: no tasks" fodns-check -a agent.yaml
	like "$err" "^fodns-check: m1: cannot fetch tasks: $1\$" "which is said"
	fodns-report -a agent.yaml <in 2>err
	is "$?" 0 "and no reports"
	like "$(cat err)" "^fodns-report: master m1: $1: reports are kept in $T/spool/m1\$" "which is said"
	is "$(wc -l <err)" 1 "once"
	is "$(spooled)" 1 "and kept"
}
good="ca_file: $T/ca.pem, cert: $T/client.pem, key: $T/client.key"

agent "https://localhost:$front" "$good"
exits 0 "a master behind TLS that wants a certificate" fodns-check -a agent.yaml
like "$out" '"domain":"www.failover".*"status":"ok"' "gives its tasks"
report
exits 0 "and takes" sh -c 'fodns-report -v -a agent.yaml <in'
like "$err" "delivered 1 to m1, spooled 0, refused 0" "reports"
is "$(stored)" 1 "that are stored"
cat client.pem client.key >both.pem
agent "https://localhost:$front" "ca_file: ca.pem, cert: both.pem"
exits 0 "one file for both, relative to the agent's" fodns-check -a agent.yaml
agent "https://127.0.0.1:$front" "$good"
exits 0 "a certificate for an address" fodns-check -a agent.yaml
agent "https://localhost:$front" "cert: both.pem"
echo "ca_file: ca.pem" >>agent.yaml
exits 0 "the authorities for all masters of the file" fodns-check -a agent.yaml

agent "https://localhost:$front" "ca_file: $T/ca.pem"
refused "HTTP 400 No required SSL certificate was sent" "without a certificate"
agent "https://localhost:$front" "ca_file: $T/ca.pem, cert: $T/stranger.pem, key: $T/stranger.key"
refused "HTTP 400 The SSL certificate error" "with one of another authority"
agent "https://localhost:$strict" "ca_file: $T/ca.pem"
refused "client certificate wanted \(no cert is set\)" "without one, in the handshake"
agent "https://localhost:$strict" "ca_file: $T/ca.pem, cert: $T/stranger.pem, key: $T/stranger.key"
refused "client certificate refused \(cert $T/stranger.pem\)" "with another's, in the handshake"
agent "https://localhost:$front" "ca_file: $T/other.pem, cert: both.pem"
refused "(certificate of an unknown authority|self-signed certificate in the chain) \(ca_file $T/other.pem\)" "by another authority"
agent "https://localhost:$front" "cert: both.pem"
refused "(certificate of an unknown authority|self-signed certificate in the chain) \(no ca_file is set\)" "by the system's authorities"
agent "https://localhost.localdomain:$front" "$good"
if [ -n "$(getent hosts localhost.localdomain)" ]; then
	refused "certificate is for another name" "by another name"
fi
agent "https://localhost:$front" "ca_file: none.pem, cert: both.pem"
refused "CA file not readable \(ca_file $T/none.pem\)" "a file that is not there"
agent "https://localhost:$front" "ca_file: ca.pem, cert: client.pem, key: other.key"
refused "client certificate or key not usable \(cert $T/client.pem, key $T/other.key\)" "a key of another certificate"
agent "https://localhost:$api" "ca_file: ca.pem"
refused "(not TLS|connection closed|connection reset)" "where there is no TLS"
agent "http://127.0.0.1:$plain"
refused "HTTP 403 Forbidden" "a server in front that denies"
unlike "$(cat err)" sesame "no token is shown"

# ---- what was kept goes out, once the file is right
agent "https://localhost:$front" "$good"
: >in
exits 0 "with the right one" sh -c 'fodns-report -v -a agent.yaml <in'
like "$err" "delivered 1 to m1, spooled 0" "what was kept is delivered"
is "$(stored)" 2 "and stored"

# ---- proxies: none but the one of the file
dead=$(free_port)
export http_proxy="http://127.0.0.1:$dead" https_proxy="http://127.0.0.1:$dead" all_proxy="http://127.0.0.1:$dead" HTTPS_PROXY="http://127.0.0.1:$dead" ALL_PROXY="http://127.0.0.1:$dead"
exits 0 "a proxy of the environment is not used" fodns-check -a agent.yaml
agent "http://127.0.0.1:$api"
exits 0 "nor over http" fodns-check -a agent.yaml
export no_proxy='*' NO_PROXY='*'
agent "http://127.0.0.1:$api" "proxy: \"http://127.0.0.1:$dead\""
refused "http://127.0.0.1:$dead: connection refused" "one of the file that is dead, whatever no_proxy says"
proxy() { # LOG [refuse]
	: >"$1"
	spawn "$here/proxy.pl" "$T/$1" ${2:+"$2"} >"$1.port"
	wait_for 5 grep -q . "$1.port"
	port=$(cat "$1.port")
}
proxy seen
agent "http://127.0.0.1:$api" "proxy: \"http://127.0.0.1:$port\""
exits 0 "through a proxy" fodns-check -a agent.yaml
is "$(cat seen)" "GET http://127.0.0.1:$api/api/v1/tasks?tags= HTTP/1.1" "goes what is asked"
agent "https://localhost:$front" "$good, proxy: \"http://127.0.0.1:$port\""
report
exits 0 "and over TLS" sh -c 'fodns-report -v -a agent.yaml <in'
like "$err" "delivered 2 to m1" "what is reported, and what was kept"
is "$(tail -n 1 seen)" "CONNECT localhost:$front HTTP/1.1" "in a tunnel"
proxy not refuse
agent "https://localhost:$front" "$good, proxy: \"http://127.0.0.1:$port\""
refused "http://127.0.0.1:$port: refused by the proxy" "a proxy that lets nobody through"
agent "http://127.0.0.1:$api" "proxy: \"http://127.0.0.1:$port\""
refused "HTTP 407" "and over http"
done_testing
