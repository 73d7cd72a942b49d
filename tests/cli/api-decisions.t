#!/bin/sh
# GET /api/v1/decisions: the history of answers over HTTP, in pieces.
# shellcheck disable=SC2016 # perl expands what stands here in single quotes
. "$(dirname "$0")/../lib.sh"
cd "$T" || exit 1

port=$(free_port)
url=http://127.0.0.1:$port/api/v1/decisions
write_config() { # write_config [LINE OF api:]
	cat >fodns.yaml <<-YAML
	dns: {listen_ip: 127.0.0.1, listen_port: 8053}
	api: {listen_ip: 127.0.0.1, listen_port: $port$1}
	zones:
	  - name: failover
	    domains:
	      web.failover:
	        fallback: [10.10.10.254]
	        server: {policy: any, timeout_sec: 60}
	        monitor: {mode: tcp, targets: [{ip: 10.10.10.250, port: 80}]}
	        agent: {interval_sec: 30, timeout_sec: 5, token: first_secret}
	      open.failover:
	        fallback: [10.10.10.253]
	        monitor: {mode: icmp, targets: [{ip: 10.10.10.9}]}
	YAML
}
D=2025-11-22T
segment() { printf '{"type":"segment","format":1,"boot_id":"b","agent":null,"boot_ms":1,"at":"%s"}\n' "$D$1"; }
changed() { # changed TIME DOMAIN TO
	printf '{"type":"event","event":"answer","at":"%s","domain":"%s","family":"A","from":"10.0.0.1","to":"%s","source":"live","why":"so"}\n' "$D$1" "$2" "$3"
}
write_config
mkdir -p state/decisions
echo 'fodns-state 1' >state/format
{
	segment 09:00:00.000Z
	changed 10:00:00.000Z web.failover 10.0.0.2
	echo "{\"type\":\"event\",\"event\":\"agent\",\"at\":\"${D}10:00:30.000Z\",\"agent\":\"a1\",\"from\":\"fresh\",\"to\":\"silent\",\"why\":\"\"}"
	changed 10:01:00.000Z open.failover 10.0.0.3
	changed 10:02:00.000Z gone.failover 10.0.0.4
} >state/decisions/000000000001.jsonl
{
	segment 11:00:00.000Z
	echo "{\"type\":\"config\",\"at\":\"${D}11:00:00.000Z\",\"hash\":\"00\"}"
	changed 11:00:00.000Z web.failover 10.0.0.5
	printf '{"type":"event"'
} >state/decisions/000000000002.jsonl

api() {
	spawn fodns-api -c fodns.yaml -s state 2>>log
	api_pid=$pid
	wait_for 10 curl -sf "http://127.0.0.1:$port/readyz" || note "not ready: $(cat log)"
}
# req QUERY CURL-ARGS...: $code, $body
req() {
	_query=$1
	shift
	code=$(curl -s -m 10 -o body -w '%{http_code}' "$@" "$url$_query")
	body=$(cat body)
}
# json EXPRESSION: of $body as $j
json() { printf '%s' "$body" | perl -MJSON::PP -e 'local $/; my $j = decode_json(<STDIN>); print eval $ARGV[0] // "undef"' "$1"; }
tos() { json 'join " ", map { $_->{to} // $_->{hash} } @{$j->{decisions}}'; }
api

req "?since=${D}09:00:00Z"
is "$code $(tos)" '200 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5' 'every change of an answer, newest last'
is "$(json '"$j->{oldest} " . ($j->{next} // "null")')" "${D}09:00:00.000Z null" 'with the beginning of the history, and no more'
is "$(json 'join ",", sort keys %{$j->{decisions}[0]}')" 'at,domain,event,family,from,source,to,type,why' 'they are events'
req ''
is "$code $(tos)" '200 ' 'without since: of the last 24 hours'
req "?since=${D}09:00:00Z&all=1"
is "$(tos)" '10.0.0.2 silent 10.0.0.3 10.0.0.4 00 10.0.0.5' 'or all there is'
req "?since=${D}10:01:00Z&until=${D}10:02:00Z"
is "$(tos)" '10.0.0.3 10.0.0.4' 'of a time, both ends belong to it'
req '?since=1763805660&until=1763805720.5'
is "$(tos)" '10.0.0.3 10.0.0.4' 'in seconds since 1970'
req "?since=${D}11:01:00+01:00&until=${D}11:02:00%2b01:00"
is "$(tos)" '10.0.0.3 10.0.0.4' 'with an offset'
req '?since=-15min'
is "$code $(tos)" '200 ' 'or back from now'
req "?since=${D}09:00:00Z&domain=WEB.failover."
is "$(tos)" '10.0.0.2 10.0.0.5' 'of one domain'
req "?since=${D}09:00:00Z&domain=gone.failover"
is "$(tos)" '10.0.0.4' 'also when it is configured no more'
req "?since=${D}10:30:00Z&domain=gone.failover"
is "$code $(tos)" '200 ' 'and has no change in that time'
req "?since=${D}09:00:00Z&limit=3"
is "$(tos)" '10.0.0.2 10.0.0.3 10.0.0.4' 'no more than a limit'
next=$(json '$j->{next}')
req "?since=${D}09:00:00Z&limit=3&next=$next"
is "$(tos) $(json '$j->{next} // "null"')" '10.0.0.5 null' 'and then the rest'

for bad in "since=noon" "since=03:12" "until=" "limit=0" "limit=10001" "limit=x" "next=1" "next=1.17" "all=yes" \
	"since=${D}10:00:00Z&until=${D}09:00:00Z"; do
	req "?$bad"
	field=${bad%%=*}
	[ "${bad#*&}" = "$bad" ] || field=until
	is "$code $(json 'join " ", @{$j->{detail}[0]{loc}}')" "422 query $field" "422: $bad"
done
for unknown in nowhere.failover '' 'a..b'; do
	req "?domain=$unknown"
	is "$code $body" '404 {"detail":"Unknown domain"}' "404: domain=$unknown"
done
req '' -X POST
is "$code" 405 'it is read only'

# A long history does not keep the others waiting: a request reads a part of it.
perl -e 'printf qq({"type":"event","event":"answer","at":"2025-11-22T12:%02d:%02d.%03dZ","domain":"web.failover","family":"A","from":"10.0.0.1","to":"10.0.0.2","source":"live","why":"%s"}\n),
	$_ / 60000 % 60, $_ / 1000 % 60, $_ % 1000, "x" x 200 for 0 .. 29999' >long
{ segment 12:00:00.000Z; cat long; } >state/decisions/000000000003.jsonl
req "?since=${D}09:00:00Z&domain=open.failover"
is "$code $(tos) $(json '$j->{next} ? "more" : "all"')" '200 10.0.0.3 more' 'what was not read yet is next'
n=0
pages=0
next=
while :; do
	req "?since=${D}12:00:00Z&limit=10000${next:+&next=$next}"
	n=$((n + $(json 'scalar @{$j->{decisions}}')))
	pages=$((pages + 1))
	next=$(json '$j->{next} // ""')
	{ [ -n "$next" ] && [ $pages -lt 100 ]; } || break
done
is "$n" 30000 'in pieces every line comes once'
ok "$([ $pages -gt 5 ]; echo $?)" 'none of them large'
req "?since=${D}09:00:00Z&domain=nowhere.failover"
is "$code" 200 'a name that may be in the part that was not read is no error'
rm state/decisions/000000000003.jsonl

# The state goes away, and leads elsewhere.
ln -s /dev/null state/decisions/000000000003.jsonl
req "?since=${D}09:00:00Z"
is "$code $body" '503 {"detail":"the history cannot be read"}' 'a part that cannot be read'
mv state/decisions gone
req "?since=${D}09:00:00Z"
is "$code $body" '200 {"decisions":[],"next":null,"oldest":null}' 'no history yet'
mv gone state/decisions
rm state/decisions/000000000003.jsonl

# ---- who may see it
stop "$api_pid"
write_config ', status_auth: true'
api
req "?since=${D}09:00:00Z"
is "$code" 401 'status_auth: 401 without a token'
req '?domain=nowhere.failover'
is "$code" 401 'nobody learns which names there are'
req "?since=${D}09:00:00Z" -H 'X-API-Key: wrong'
is "$code $body" '403 {"detail":"Invalid token"}' '403 with a wrong one'
req "?since=${D}09:00:00Z&all=1" -H 'X-API-Key: first_secret'
is "$code $(tos)" '200 10.0.0.2 10.0.0.5' "a domain's token shows that domain, and nothing of all"
req "?since=${D}09:00:00Z&domain=web.failover" -H 'X-API-Key: first_secret'
is "$code $(tos)" '200 10.0.0.2 10.0.0.5' 'also by name'
req "?since=${D}09:00:00Z&domain=open.failover" -H 'X-API-Key: first_secret'
is "$code" 403 'and no other'
req "?since=${D}09:00:00Z&domain=gone.failover" -H 'X-API-Key: first_secret'
is "$code" 403 'nor one that is gone'
done_testing
