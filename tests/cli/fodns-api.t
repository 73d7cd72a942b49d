#!/bin/sh
# fodns-api over real sockets: every endpoint, each error in its order, tokens, limits, reload.
. "${0%/*}/../lib.sh"

port=$(free_port)
url=http://127.0.0.1:$port
state=$T/state
log=$T/log

write_config() { # write_config [LINES OF api:]
	cat >"$T/fodns.yaml" <<-EOF
	dns: {listen_ip: 127.0.0.1, listen_port: 8053, resolve_cache_ttl: 5}
	api:
	  listen_ip: 127.0.0.1
	  listen_port: $port
	$1
	zones:
	  - name: failover
	    fallback_ttl: 30
	    domains:
	      web.failover:
	        fallback: [10.10.10.254]
	        server: {policy: any, timeout_sec: 60}
	        monitor: {mode: tcp, monitor_tag: test, targets: [{ip: 10.10.10.250, port: 80}, {ip: 10.10.10.251, port: 80}]}
	        agent: {interval_sec: 30, timeout_sec: 5, token: first_secret}
	      open.failover:
	        fallback: [10.10.10.253]
	        monitor: {mode: icmp, targets: [{ip: 10.10.10.9}]}
	      site.failover:
	        fallback: [10.10.10.253]
	        monitor: {mode: http, targets: [{ip: 10.10.10.8, port: 8080}]}
	EOF
}
# api [OPTIONS]: starts it and waits until it is ready
api() {
	spawn fodns-api -c "$T/fodns.yaml" -s "$state" "$@" 2>>"$log"
	api_pid=$pid
	wait_for 10 curl -sf "$url/readyz" || note "not ready: $(cat "$log")"
}
# req PATH CURL-ARGS...: $code, $body, $head
req() {
	_path=$1
	shift
	code=$(curl -s -m 10 -o "$T/body" -D "$T/head" -w '%{http_code}' "$@" "$url$_path")
	body=$(cat "$T/body" 2>/dev/null)
	head=$(tr -d '\r' <"$T/head" 2>/dev/null)
	: >"$T/body"
}
# report DOMAIN IP PORT STATUS [AGENT [TYPE]]: its JSON
report() {
	if [ "$3" = null ]; then _p=icmp; else _p=$3; fi
	printf '{"agent_id":"%s","timestamp":"%s","check_name":"%s:%s:%s","domain":"%s","type":"%s","target_ip":"%s","port":%s,"status":"%s","latency_ms":1.5,"reason":null}' \
		"${5-a1}" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "$2" "$_p" "$1" "${6:-tcp}" "$2" "$3" "$4"
}
# refused PATH CODE BODY NAME CURL-ARGS...
refused() {
	_w="$2 $3" _name=$4 _path=$1
	shift 4
	req "$_path" "$@"
	is "$code $body" "$_w" "$_name"
}

write_config ""
api -v --header-timeout 1s

# ---- reports

req /api/v1/report -H 'X-API-Key: first_secret' -d "$(report web.failover 10.10.10.250 80 ok)"
is "$code $body" '200 {"status":"ok"}' "a report is taken"
like "$head" '^Content-Type: application/json' "as JSON"
is "$(cat "$state"/reports/a1/*.jsonl | grep -c '"status":"ok"')" 1 "it is in the state directory when it is acknowledged"
req /api/v1/report -H 'Authorization: Bearer first_secret' -d "$(report web.failover 10.10.10.251 80 fail)"
is "$code $body" '200 {"status":"ok"}' "a bearer token does, too"
req /api/v1/report -d "$(report open.failover 10.10.10.9 null ok a1 icmp)"
is "$code" 200 "a domain without token takes everybody's"
req /api/v1/report -d "$(report open.failover 10.10.10.9 null ok a1 icmp | sed 's/"domain":"open.failover"/"domain":"OPEN.Failover."/')"
is "$code" 200 "a name is compared without case and last dot"

k='X-API-Key: first_secret'
req /api/v1/report -H "$k" -d '{"agent_id":"a1"'
is "$code" 422 "422: no JSON"
like "$body" '^\{"detail":\[\{"type":"[a-z_]+","loc":\["body"' "with type, loc and msg"
req /api/v1/report -d "$(report nowhere.failover 10.0.0.1 80 up)"
is "$code" 422 "422 for the body comes before 404 for the domain"
like "$body" '"loc":\["body","status"\]' "and names the field"
req /api/v1/report -H "$k" -d '{}'
is "$(printf '%s' "$body" | grep -o '"type":"missing"' | wc -l | tr -d ' ')" 7 "all required fields that are missing are named"
refused /api/v1/report 404 '{"detail":"Unknown domain"}' "404: unknown domain, before the token counts" \
	-H 'X-API-Key: wrong' -d "$(report nowhere.failover 10.0.0.1 80 ok)"
refused /api/v1/report 404 '{"detail":"Unknown domain"}' "404: a domain that is no name" \
	-d "$(report 'no name' 10.10.10.250 80 ok)"
refused /api/v1/report 404 '{"detail":"Unknown domain"}' "404: unknown domain, before an address that is none" \
	-d "$(report nowhere.failover 10.0.0 80 ok)"
refused /api/v1/report 403 '{"detail":"Invalid token"}' "403: wrong token, before an address that is none" \
	-H 'X-API-Key: wrong' -d "$(report web.failover 10.0.0 80 ok)"
req /api/v1/report -H "$k" -d "$(report web.failover 10.0.0 80 ok)"
is "$code" 422 "422: an address that is none"
like "$body" '"loc":\["body","target_ip"\],"msg":"Value error, not an IP address or host name"' "named as that"
req /api/v1/report -H "$k" -d "$(report 'no name' 10.10.10.250 80 up)"
is "$code" 422 "422: a status that is none comes before all"
req /api/v1/report -H "$k" -d "$(report web.failover 10.10.10.250 80 ok | sed 's/"latency_ms":1.5/"latency_ms":-3/')"
is "$code" 200 "a latency that cannot be, as when the clock was set, is none"
refused /api/v1/report 403 '{"detail":"Invalid token"}' "403: wrong token, before the target counts" \
	-H 'X-API-Key: wrong' -d "$(report web.failover 10.0.0.1 80 ok)"
req /api/v1/report -H 'X-API-Key;' -H 'Authorization: Bearer first_secret ' -d "$(report web.failover 10.10.10.250 80 ok)"
is "$code" 200 "an empty X-API-Key is none, and blanks around a token are not of it"
refused /api/v1/report 403 '{"detail":"Invalid token"}' "403: no token" -d "$(report web.failover 10.10.10.250 80 ok)"
refused /api/v1/report 403 '{"detail":"Invalid token"}' "403: a beginning of the token" \
	-H 'X-API-Key: first_secre' -d "$(report web.failover 10.10.10.250 80 ok)"
req /api/v1/report -H "$k" -d "$(report web.failover 10.10.10.1 80 ok)"
is "$code" 422 "422: target not configured"
like "$body" '"loc":\["body","target_ip"\]' "named as that"
req /api/v1/report -H "$k" -d "$(report web.failover 10.10.10.250 81 ok)"
is "$code" 422 "422: port not configured"
req /api/v1/report -H "$k" -d "$(report web.failover 10.10.10.250 80 ok a1 http)"
is "$code" 422 "422: check not configured"
req /api/v1/report -H "$k" -d "$(report web.failover 10.10.10.250 80 ok | sed 's/"web.failover:[^"]*"/"something"/')"
is "$code" 422 "422: a check_name of nothing that is configured"
req /api/v1/report -H "$k" -d "$(report web.failover 10.10.10.250 80 ok | sed 's/"web.failover:[^"]*"/"web.failover:10.0.0.1:80"/')"
is "$code" 200 "but target_ip counts, not the address in the name"
req /api/v1/report -H "$k" -d "$(report web.failover 10.10.10.250 80 ok '../x')"
is "$code" 200 "an agent may be called ../x"
is "$(ls -d "$state"/reports/*x)" "$state/reports/%2E.%2Fx" "and only becomes an encoded name"
for _i in $(seq 257); do
	report open.failover 10.10.10.9 null ok "n$_i" icmp
	echo
done >"$T/many"
head -n 255 "$T/many" >"$T/batch"
req /api/v1/reports --data-binary "@$T/batch"
like "$body" '^\{"accepted":255,"rejected":0,' "255 agents beside a1 are a domain's most"
refused /api/v1/report 403 '{"detail":"too many agents for this domain"}' "one more is told so" -d "$(tail -n 1 "$T/many")"
req /api/v1/report -d "$(head -n 1 "$T/many")"
is "$code" 200 "and those that are in stay"
id=$(printf 'x%.0s' $(seq 65))
req /api/v1/report -H "$k" -d "$(report web.failover 10.10.10.250 80 ok "$id")"
is "$code" 422 "an agent_id over 64 bytes is refused"
req /api/v1/report -H "$k" -d "$(report web.failover 10.10.10.250 80 ok '')"
is "$code" 422 "an empty one, too"
req /api/v1/report -H "$k" -d "$(report web.failover 10.10.10.250 80 ok 'a\u0007b')"
is "$code" 422 "one with a control character, too"

# ---- batches

{
	report web.failover 10.10.10.250 80 ok b1; echo
	echo
	report nowhere.failover 10.10.10.250 80 ok b1; echo
	echo 'no json'
	printf ' \t\n'
	report web.failover 10.10.10.251 80 ok b1; echo
	report web.failover 10.10.10.251 80 ok b2; echo
	report web.failover 10.10.10.1 80 ok b1
} >"$T/batch"
req /api/v1/reports -H "$k" --data-binary "@$T/batch"
is "$code" 200 "a batch is answered by 200"
like "$body" '^\{"accepted":3,"rejected":3,"errors":\[' "three lines taken, three refused"
like "$body" '\{"line":3,"status":404,"detail":"Unknown domain"\},\{"line":4,"status":422,' "by line, blank ones counted"
like "$body" '\{"line":8,"status":422,"detail":"target_ip: ' "the last line needs no newline"
is "$(cat "$state"/reports/b[12]/*.jsonl | grep -c '"check_name"')" 3 "the good ones are stored"
req /api/v1/reports -H "$k" --data-binary "@$T/batch"
like "$body" '^\{"accepted":3,' "duplicates are accepted"
req /api/v1/reports -H "$k" --data-binary ''
is "$code $body" '200 {"accepted":0,"rejected":0,"errors":[]}' "an empty batch"
req /api/v1/reports -H 'X-API-Key: wrong' --data-binary "$(report web.failover 10.10.10.250 80 ok b1)"
is "$body" '{"accepted":0,"rejected":1,"errors":[{"line":1,"status":403,"detail":"Invalid token"}]}' "a wrong token is a verdict of each line"

# ---- tasks

req '/api/v1/tasks?tags=test,eu' -H "$k"
is "$code" 200 "tasks"
like "$body" '^\{"tasks":\[\{"check_name":"web.failover:10.10.10.250:80","domain":"web.failover","target_ip":"10.10.10.250","port":80,"type":"tcp","timeout_sec":5,"interval_sec":30\},' "keys in their order"
like "$body" '"check_name":"open.failover:10.10.10.9:icmp","domain":"open.failover","target_ip":"10.10.10.9","port":null,"type":"icmp"' "icmp in place of a missing port; no tag matches every agent"
etag=$(printf '%s\n' "$head" | sed -n 's/^ETag: //p')
req '/api/v1/tasks?tags=test,eu' -H "$k" -H "If-None-Match: $etag"
is "$code $body" "304 " "304 when nothing changed"
req '/api/v1/tasks?tags=test' -H "If-None-Match: $etag"
is "$code" 200 "another asker has another tag"
unlike "$body" 'web.failover' "without the token the domain is left out"
like "$body" 'open.failover' "domains without token are listed"
req '/api/v1/tasks?tags=other' -H "$k"
unlike "$body" 'web.failover' "tags select"
req '/api/v1/tasks?tags='
is "$code" 200 "tags may be empty"
req /api/v1/tasks
is "$code $body" '422 {"detail":[{"type":"missing","loc":["query","tags"],"msg":"Field required"}]}' "but not missing"
req '/api/v1/tasks?tags=test' -H "$k" -A python-requests/2.31.0
is "$body" '{"tasks":[{"check_name":"web.failover:10.10.10.250:80","domain":"web.failover","target_ip":"10.10.10.250","port":80,"type":"tcp","timeout_sec":5,"interval_sec":30},{"check_name":"web.failover:10.10.10.251:80","domain":"web.failover","target_ip":"10.10.10.251","port":80,"type":"tcp","timeout_sec":5,"interval_sec":30},{"check_name":"site.failover:10.10.10.8:8080","domain":"site.failover","target_ip":"10.10.10.8","port":8080,"type":"tcp","timeout_sec":5,"interval_sec":30}]}' "the original agent gets every port as tcp and nothing else"
req /api/v1/report -d "$(report site.failover 10.10.10.8 8080 ok orig tcp)"
is "$code" 200 "and its tcp report for a check of another type is taken"

# ---- status

req /api/v1/status
like "$body" '^\{"status":\[\{"domain":"web.failover","live_ips":\["10.10.10.250","10.10.10.251"\],"using_fallback":false,"fallback_ips":\["10.10.10.254"\],"agents":\[\{"agent_id":"../x","checked_ips":\["10.10.10.250"\],"last_seen":"[0-9TZ:.-]+"\},\{"agent_id":"a1","checked_ips":\["10.10.10.250","10.10.10.251"\],' "status in config order"
like "$body" '"last_updated":"[0-9TZ:.-]+","answer":\["10.10.10.250","10.10.10.251"\],"ttl":5,"policy":"any","source":"live"\},\{"domain":"open.failover"' "with answer, ttl, policy and source"
for _f in 0 1; do
	req /api/v1/reports -H "$k" --data-binary "$(for a in '../x' a1 b1 b2; do for t in 250 251; do report web.failover 10.10.10.$t 80 fail $a; echo; done; done)"
done
req /api/v1/status
like "$body" '"domain":"web.failover","live_ips":\[\],"using_fallback":true' "a report that was acknowledged is in the next status"
like "$body" '"answer":\["10.10.10.254"\],"ttl":30,"policy":"any","source":"fallback"' "the fallback has its own ttl"
req /api/v1/status/WEB.failover.
is "$code" 200 "details, in any case and with the last dot"
like "$body" '^\{"domain":"web.failover","check_type":"tcp","live":false,"fallback_ips":\["10.10.10.254"\],"ip_checks":\{"10.10.10.250":\{"../x":\{"agent_id":"../x","timestamp":"[^"]+","check_name":"web.failover:10.10.10.250:80","domain":"web.failover","type":"tcp","target_ip":"10.10.10.250","port":80,"status":"fail","latency_ms":1.5' "reports by address and agent"
for key in answer ttl policy targets explain; do
	like "$body" "\"$key\":" "details have $key"
done
printf '%s' "$body" | perl -MJSON::PP -e 'local $/; decode_json(<STDIN>)' 2>"$T/err"
is "$?" 0 "details are valid JSON"
unlike "$body" "$T" "and do not tell where the config is"
req /api/v1/status
printf '%s' "$body" | perl -MJSON::PP -e 'local $/; decode_json(<STDIN>)' 2>"$T/err"
is "$?" 0 "status is valid JSON"
refused /api/v1/status/nowhere.failover 404 '{"detail":"Unknown domain"}' "details of an unknown domain"

# ---- metrics, health

req /metrics
like "$head" '^Content-Type: text/plain; version=0.0.4' "metrics are Prometheus text"
is "$(printf '%s\n' "$body" | grep -Ecv '^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+-]+)$')" 0 "every line of them"
is "$(printf '%s\n' "$body" | sed -n 's/^# HELP \([^ ]*\) .*/\1/p')" "$(printf '%s\n' "$body" | sed -n 's/^# TYPE \([^ ]*\) .*/\1/p')" "each family has its HELP and TYPE"
is "$(printf '%s\n' "$body" | sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' | sort | uniq -d)" "" "each family once"
like "$body" '^fodns_domain_up\{domain="web.failover"\} 0$' "a domain's gauge"
like "$body" '^fodns_domain_fallback\{domain="web.failover"\} 1$' "its fallback"
like "$body" '^fodns_domain_source\{domain="web.failover",type="A",source="fallback"\} 1$' "its source"
like "$body" '^fodns_target_state\{domain="web.failover",target="10.10.10.250:80",state="down"\} 1$' "a target's state"
like "$body" '^fodns_agent_age_seconds\{agent="a1"\} [0-9.]+$' "an agent's age"
like "$body" '^fodns_api_reports_accepted_total [1-9]' "reports accepted"
like "$body" '^fodns_api_reports_rejected_total\{reason="token"\} [1-9]' "reports refused by reason"
like "$body" '^fodns_config_ok 1$' "the config is in force"
req /healthz
is "$code $body" '200 {"status":"ok"}' "healthz"
req /health
is "$code $body" '200 {"status":"ok"}' "health"
req /readyz
is "$code $body" '200 {"status":"ready"}' "readyz"
wait_for 5 grep -q '"ready":true' "$state/stats/api.json"
like "$(cat "$state/stats/api.json")" "\"program\":\"fodns-api\",\"pid\":$api_pid,.*\"config\":\"[0-9a-f]{16}\"" "pid and config hash in stats/api.json"

# ---- what is no request of ours

refused /nothing 404 '{"detail":"Not Found"}' "404: unknown path"
refused /api/v1/report 405 '{"detail":"Method Not Allowed"}' "405: method"
like "$head" '^Allow: POST' "with Allow"
refused /healthz 405 '{"detail":"Method Not Allowed"}' "405: unknown method" -X BREW
head -c 70000 /dev/zero | tr '\0' ' ' >"$T/large"
refused /api/v1/report 413 '{"detail":"The request body is too large"}' "413: a report over 64 KiB" -H 'Expect:' --data-binary "@$T/large"
req /api/v1/reports --data-binary "@$T/large" -H 'Expect:'
is "$code" 200 "a batch may be larger"
head -c 1100000 /dev/zero | tr '\0' '\n' >"$T/large"
refused /api/v1/reports 413 '{"detail":"The request body is too large"}' "413: a batch over 1 MiB" -H 'Expect:' --data-binary "@$T/large"
head -c 10000000 /dev/zero >"$T/large"
refused /api/v1/report 413 '{"detail":"The request body is too large"}' "413: far over the cap" -H 'Expect:' --data-binary "@$T/large"
refused /api/v1/reports 413 '{"detail":"The request body is too large"}' "413: in chunks" -H 'Expect:' -H 'Transfer-Encoding: chunked' --data-binary "@$T/large"
refused /healthz 200 '{"status":"ok"}' "a body that nobody reads is no error" -X GET -d 'x=1'
slow=$(perl -MIO::Socket::INET -MTime::HiRes=sleep,time -e '
	my $s = IO::Socket::INET->new("127.0.0.1:$ARGV[0]") or die; my $t = time; $SIG{PIPE} = "IGNORE";
	for my $c (split //, "GET /healthz HTTP/1.1\r\nHost: x\r\nX: " . "y" x 200) {
		last if time - $t > 8; print $s $c or last; $s->flush; my $r = "";
		vec($r, fileno $s, 1) = 1; next unless select($r, undef, undef, 0.05); print "closed"; last }' "$port")
is "$slow" closed "headers that drip are cut off at their deadline"
req /metrics
like "$body" '^fodns_api_connections_late_total [1-9]' "and counted"

# More connections than one address may have wait for ever: the next one is served.
slow=$(perl -MIO::Socket::INET -e '
	my @s; for (1 .. 300) { my $s = IO::Socket::INET->new("127.0.0.1:$ARGV[0]") or next; print $s "GET /h"; $s->flush; push @s, $s }
	my $s = IO::Socket::INET->new("127.0.0.1:$ARGV[0]") or die;
	print $s "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"; $s->flush;
	my $l = <$s>; print scalar(@s), " $l"' "$port" | tr -d '\r')
is "$slow" "300 HTTP/1.1 200 OK" "300 connections that wait keep nobody out"

# ---- reload

hash=$(sed -n 's/.*"config":"\([0-9a-f]*\)".*/\1/p' "$state/stats/api.json")
echo 'zones: [{nmae: x}]' >"$T/fodns.yaml"
kill -HUP "$api_pid"
wait_for 5 grep -q config_refused "$state/stats/api.json"
ok $? "a bad config is refused"
req /api/v1/status/web.failover
is "$code" 200 "and the old one stays in force"
like "$(cat "$state/stats/api.json")" "\"config\":\"$hash\"" "as the hash says"
req /metrics
like "$body" '^fodns_config_ok 0$' "and the metrics"
write_config "  status_auth: true"
sed 's/first_secret/second_secret/' "$T/fodns.yaml" >"$T/new" && mv "$T/new" "$T/fodns.yaml"
kill -HUP "$api_pid"
wait_for 5 grep -vq "$hash" "$state/stats/api.json"
refused /api/v1/report 403 '{"detail":"Invalid token"}' "after a reload the old token is none" \
	-H "$k" -d "$(report web.failover 10.10.10.250 80 ok)"
req /api/v1/report -H 'X-API-Key: second_secret' -d "$(report web.failover 10.10.10.250 80 ok)"
is "$code" 200 "but the new one"
req /api/v1/status
is "$code" 401 "status_auth: 401 without a token"
like "$head" '^WWW-Authenticate: Bearer' "that says how"
req /api/v1/status -H 'X-API-Key: wrong'
is "$code $body" '403 {"detail":"Invalid token"}' "403 with a wrong one"
unlike "$head" '^WWW-Authenticate' "that does not ask again"
req /api/v1/status/web.failover -H 'X-API-Key: wrong'
is "$code" 403 "for one domain, too"
req /api/v1/status/nowhere.failover
is "$code" 401 "and nobody learns which names there are"
req /api/v1/status -H 'X-API-Key: second_secret'
like "$body" '^\{"status":\[\{"domain":"web.failover".*\}\]\}$' "a domain's token shows that domain"
unlike "$body" 'open.failover' "and no other"
req /api/v1/status/open.failover -H 'X-API-Key: second_secret'
is "$code" 403 "not even when it is asked for"
req /metrics
is "$code" 401 "metrics want a token, too"

# ---- ending, starting

stop "$api_pid"
is "$status" 0 "SIGTERM ends it with 0"
unlike "$(cat "$log" "$state"/stats/*.json)" 'first_secret|second_secret|first_secre' "no token in the log or the counters"

write_config ""
echo 'agents: [{id: fra1, token: fra_secret, tags: [test]}, {id: muc1, token: muc_secret, tags: [none]}]' >>"$T/fodns.yaml"
sed -i '/listen_port: 8053/d' "$T/fodns.yaml"
api --rate 3
refused /api/v1/report 403 '{"detail":"Invalid token"}' "with agents: a domain's token no longer counts" \
	-H "$k" -d "$(report web.failover 10.10.10.250 80 ok fra1)"
req /api/v1/report -H 'X-API-Key: fra_secret' -d "$(report web.failover 10.10.10.250 80 ok fra1)"
is "$code" 200 "an agent's own does"
req /api/v1/report -H 'X-API-Key: fra_secret' -d "$(report web.failover 10.10.10.250 80 ok muc1)"
is "$code" 403 "but not for another's agent_id"
req /api/v1/report -H 'X-API-Key: muc_secret' -d "$(report web.failover 10.10.10.250 80 ok muc1)"
is "$code" 403 "nor where its tags do not fit"
req '/api/v1/tasks?tags=test,none' -H 'X-API-Key: muc_secret'
unlike "$body" 'web.failover' "nor gets it such tasks"
_i=0
while [ "$code" != 429 ] && [ $_i -lt 100 ]; do
	req /api/v1/tasks?tags= -H 'X-API-Key: muc_secret'
	_i=$((_i + 1))
done
is "$code" 429 "over the rate: 429"
like "$head" '^Retry-After: [1-9]' "with Retry-After"
req /api/v1/tasks?tags=test -H 'X-API-Key: fra_secret'
is "$code" 200 "while another token goes on"
exits 75 "a second one on the same port" fodns-api -c "$T/fodns.yaml" -s "$state"
like "$err" "127.0.0.1:$port: address already in use by fodns-api \(pid $api_pid\)" "says who holds it"
stop "$api_pid"

# ---- a state directory that is full, one that goes away

write_config ""
# shellcheck disable=SC2016 # the inner shell expands
# shellcheck disable=SC2016 # for the inner shell
spawn sh -c 'ulimit -f 1; exec fodns-api -c "$1" -s "$2" 2>>"$3"' sh "$T/fodns.yaml" "$T/full" "$log"
api_pid=$pid
wait_for 10 curl -sf "$url/readyz"
_i=0
code=200
while [ "$code" = 200 ] && [ $_i -lt 20 ]; do
	req /api/v1/report -H "$k" -d "$(report web.failover 10.10.10.250 80 ok)"
	_i=$((_i + 1))
done
is "$code $body" '503 {"detail":"The state directory cannot be written"}' "503 when a report cannot be stored"
like "$head" '^Retry-After: [1-9]' "with Retry-After"
req /readyz
is "$code" 503 "and it is not ready"
wait_for 10 curl -sf "$url/readyz"
is "$?" 0 "until it is time to try again"
req /healthz
is "$code" 200 "it goes on"
stop "$api_pid"
is "$status" 0 "until it is told to end"
api
mv "$state" "$T/moved"
wait_for 5 sh -c "curl -s $url/readyz | grep -q 'cannot be read'"
is "$?" 0 "a state directory that went away: not ready"
req /api/v1/report -H "$k" -d "$(report web.failover 10.10.10.250 80 ok)"
is "$code" 503 "a report is not stored where nobody reads it"
mv "$T/moved" "$state"
wait_for 5 curl -sf "$url/readyz"
is "$?" 0 "ready when the directory is back, without a report before"
req /api/v1/report -H "$k" -d "$(report web.failover 10.10.10.250 80 ok)"
is "$code" 200 "and reports are stored again"
stop "$api_pid"

# ---- TLS

for turn in one two; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$turn" \
		-addext "subjectAltName=IP:127.0.0.1" -keyout "$T/$turn.key" -out "$T/$turn.crt" 2>/dev/null
done
cp "$T/one.crt" "$T/tls.crt"
cp "$T/one.key" "$T/tls.key"
write_config "  tls: {cert: tls.crt, key: tls.key}"
url=https://127.0.0.1:$port
spawn fodns-api -c "$T/fodns.yaml" -s "$state" 2>>"$log"
api_pid=$pid
wait_for 10 curl -sf --cacert "$T/one.crt" "$url/readyz"
req /api/v1/report --cacert "$T/one.crt" -H "$k" -d "$(report web.failover 10.10.10.250 80 ok)"
is "$code $body" '200 {"status":"ok"}' "a report over HTTPS"
req /healthz --cacert "$T/one.crt" --tls-max 1.1
is "$code" 000 "not below TLS 1.2"
cp "$T/two.key" "$T/tls.key"
kill -HUP "$api_pid"
wait_for 5 grep -q config_refused "$state/stats/api.json"
req /healthz --cacert "$T/one.crt"
is "$code" 200 "a key that does not fit is refused and the old one stays"
cp "$T/two.crt" "$T/tls.crt"
kill -HUP "$api_pid"
wait_for 5 curl -sf --cacert "$T/two.crt" "$url/readyz"
is "$?" 0 "SIGHUP takes a new certificate"
stop "$api_pid"
cp "$T/one.key" "$T/tls.key"
exits 2 "a key that does not fit" fodns-api -c "$T/fodns.yaml" -s "$state"

exits 2 "a missing config" fodns-api -c "$T/none.yaml" -s "$state"
exits 2 "an operand" fodns-api -c "$T/fodns.yaml" x
exits 2 "a rate that is no number" fodns-api --rate fast
exits 2 "a state directory that cannot be made" fodns-api -c "$T/fodns.yaml" -s "$T/fodns.yaml/state"
unlike "$(cat "$log" "$state"/stats/*.json)" 'fra_secret|muc_secret' "no agent's token in the log, either"
done_testing
