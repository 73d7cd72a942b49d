#!/bin/sh
# tcp with send and expect, udp, dns and tls: against real servers and against hostile ones, all on loopback.
# shellcheck source=tests/lib.sh disable=SC2154
. "$(dirname "$0")/../lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
export XDG_STATE_HOME="$T/xdg"

# peer NAME MODE: starts one; its port in $port
peer() {
	spawn perl "$here/peer.pl" "$2" >"$T/$1.port"
	wait_for 10 test -s "$T/$1.port"
	port=$(cat "$T/$1.port")
}
# want LABEL STATUS REASON TYPE PORT [PARAMETERS [TIMEOUT]]: notes a probe; REASON is an extended regex
count=0
want() {
	count=$((count + 1))
	printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$T/wanted"
	printf '{"check_name":"c%s:x","domain":"good.test","target_ip":"127.0.0.1","port":%s,"type":"%s","timeout_sec":%s,"interval_sec":30,"%s":{%s}}\n' \
		"$count" "$5" "$4" "${7:-10}" "$4" "${6-}" >>"$T/tasks"
}
field() { sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^,\"}]*\\).*/\\1/p"; }
# made: makes the probes that were noted, and compares
made() {
	fodns-check -t "$T/tasks" --agent-id a1 >"$T/made" 2>"$T/made.err"
	_i=0
	while IFS="$(printf '\t')" read -r label status reason; do
		_i=$((_i + 1))
		line=$(grep "\"check_name\":\"c$_i:x\"" "$T/made")
		is "$(echo "$line" | field status)" "$status" "$label: $status" || note "$line"
		like "$(echo "$line" | field reason)" "^($reason)\$" "$label: $reason"
	done <"$T/wanted"
	is "$(wc -l <"$T/made")" "$count" "one result for each"
	rm -f "$T/tasks" "$T/wanted"
	count=0
}

# ---- tcp: words over the connection
peer banner tcp-banner
want "a banner" ok null tcp "$port" '"expect":"^220 .*ESMTP"'
want "another banner" fail "answer does not match" tcp "$port" '"expect":"^221 "' 1.5
want "nothing must refuse" ok null tcp "$port" '"expect":"!^5"' 1.5
want "and it does" fail "answer matches what it must not" tcp "$port" '"expect":"!^2"'
want "only connected to" ok null tcp "$port"
want "said goodbye to" ok null tcp "$port" '"send":"QUIT\r\n"'
peer pieces tcp-pieces
want "a banner in pieces" ok null tcp "$port" '"expect":"^220 mail ESMTP.$"'
peer echo tcp-echo
want "an answer to what was sent" ok null tcp "$port" '"send":"PING\r\n","expect":"^PING.$"'
run=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab
want "an answer that takes endless tries" unknown "local: pattern costs too much" tcp "$port" "\"send\":\"$run\",\"expect\":\"(a|aa)+\$\""
want "and what must not come" unknown "local: pattern costs too much" tcp "$port" "\"send\":\"$run\",\"expect\":\"!(a|aa)+\$\""
peer nul tcp-nul
want "bytes that are no text" ok null tcp "$port" '"expect":"PONG"'
peer bye tcp-bye
want "a match before the end" ok null tcp "$port" '"expect":"hello"'
want "an end without a match" fail "answer does not match" tcp "$port" '"expect":"hallo"'
want "an end without what must not be" ok null tcp "$port" '"expect":"!hallo"'
peer close tcp-close
want "closed at once" fail "connection (closed|reset)" tcp "$port" '"expect":"x"'
want "closed at once, with !" fail "connection (closed|reset)" tcp "$port" '"expect":"!x"'
peer silent tcp-silent
want "silence" fail "timed out" tcp "$port" '"expect":"x"' 3
want "silence with !" fail "timed out" tcp "$port" '"expect":"!x"' 3
peer rst tcp-rst
want "RST" fail "connection (reset|closed)" tcp "$port" '"expect":"x"'
peer endless tcp-endless
want "bytes without end" fail "answer does not match" tcp "$port" '"expect":"zzz"' 60
want "bytes without end, with !" ok null tcp "$port" '"expect":"!zzz"' 60
want "a costly pattern" unknown "local: pattern costs too much" tcp "$port" '"expect":"a.*b.*c.*z"' 60
peer drip tcp-drip
want "byte by byte" fail "answer does not match" tcp "$port" '"expect":"y"' 1
peer buried tcp-buried
want "a word among bytes that never pause" ok null tcp "$port" '"expect":"READY"' 2
peer late tcp-late
want "late, and not what must not be" ok null tcp "$port" '"expect":"!error"' 2
want "late, and what must not be" fail "answer matches what it must not" tcp "$port" '"expect":"!hello"' 2
want "a port where nobody listens" fail "connection refused" tcp "$(free_port)" '"expect":"x"'

# ---- udp
peer udpecho udp-echo
want "a reply" ok null udp "$port" '"send":"ping","expect":"^ping$"'
want "any reply" ok null udp "$port" '"send":"ping"'
want "a reply to nothing" ok null udp "$port"
want "no reply that must not be" ok null udp "$port" '"send":"ping","expect":"!error"'
want "one that must not be" fail "answer matches what it must not" udp "$port" '"send":"error","expect":"!error"'
want "one that takes endless tries" unknown "local: pattern costs too much" udp "$port" "\"send\":\"$run\",\"expect\":\"(a|aa)+\$\""
want "and with !" unknown "local: pattern costs too much" udp "$port" "\"send\":\"$run\",\"expect\":\"!(a|aa)+\$\""
want "another reply" fail "answer does not match" udp "$port" '"send":"ping","expect":"pong"' 3
peer second udp-second
want "the first is lost" ok null udp "$port" '"send":"ping","expect":"pong"' 3
peer udpsilent udp-silent
want "silence" warn "no answer; udp cannot tell" udp "$port" '"send":"ping"' 3
want "silence where a reply is expected" fail "timed out" udp "$port" '"send":"ping","expect":"pong"' 3
peer udpother udp-other
want "somebody else's reply" fail "timed out" udp "$port" '"send":"ping","expect":"pong"' 3
peer udpnoise udp-noise
want "many replies" fail "answer does not match" udp "$port" '"send":"ping","expect":"pong"' 1.5
want "nobody there" fail "connection refused" udp "$(free_port)" '"send":"ping"'

# ---- dns, hostile
for row in good:ok:null wrongid:fail:answer_to_another_question wrongq:fail:answer_to_another_question \
	query:fail:answer_to_another_question garbage:fail:answer_to_another_question header:fail:answer_to_another_question \
	loop:fail:answer_is_malformed.* chain:fail:answer_is_malformed.* many:fail:answer_is_malformed.* cut:fail:answer_is_malformed.* \
	owner:fail:answer_has_no_such_record class:fail:answer_has_no_such_record type:fail:answer_has_no_such_record \
	nowhere:fail:answer_has_no_such_record alias:ok:null tcptrunc:fail:answer_is_malformed.* \
	empty:fail:answer_has_no_such_record refused:fail:rcode_REFUSED rcode15:fail:rcode_15 case:ok:null silent:fail:timed_out both:ok:null \
	tcpgood:ok:null tcpslow:fail:timed_out tcpwrong:fail:answer_to_another_question tcphuge:fail:answer_is_malformed.* \
	tcpchain:fail:answer_is_malformed.* tcpclose:fail:connection_closed tcpsilent:fail:timed_out tcp:fail:connection_\(closed\|reset\); do
	mode=${row%%:*} rest=${row#*:}
	peer "dns$mode" "dns-$mode"
	want "dns $mode" "${rest%%:*}" "$(echo "${rest#*:}" | tr _ ' ')" dns "$port" '"expect":"^192\\.0\\.2\\.1$"' 1.5
	case $mode in
	loop | chain | many | cut | tcpchain | tcptrunc) want "dns $mode, of which nothing is expected" fail "answer is malformed.*" dns "$port" ;;
	owner) want "dns $mode, of which nothing is expected" ok null dns "$port" ;;
	esac
	[ "$mode" != empty ] || empty=$port
	[ "$mode" != good ] || good=$port
done
peer dnsflood dns-flood
want "a flood of forged answers before the good one" ok null dns "$port" '"expect":"^192\\.0\\.2\\.1$"' 6
want "any of a list of codes" ok null dns "$empty" '"rcode":["NXDOMAIN","NOERROR"]'
want "none of it" fail "rcode NOERROR" dns "$empty" '"rcode":["NXDOMAIN"]'
want "no records, and none must match" ok null dns "$empty" '"expect":"!."'
want "the second record" ok null dns "$good" '"expect":"^192\\.0\\.2\\.2$"'
want "one that must not be there" fail "answer matches what it must not" dns "$good" '"expect":"!\\.2$"'
want "nobody there" fail "connection refused" dns "$(free_port)" '' 2
want "nobody there by TCP" fail "connection refused" dns "$(free_port)" '"tcp":true' 2

# ---- dns, real: dnsmasq, by UDP and TCP
ns=$(free_port)
many=$(i=1; while [ $i -le 60 ]; do printf -- '--host-record=many.test,192.0.2.%s ' $i; i=$((i + 1)); done)
# shellcheck disable=SC2086 # a list
spawn dnsmasq -k --conf-file=/dev/null --no-resolv --no-hosts --port="$ns" --listen-address=127.0.0.1 --bind-interfaces \
	--user="$(id -un)" --pid-file= --local=/test/ --host-record=good.test,192.0.2.7,2001:db8::7 --mx-host=good.test,mail.test,10 \
	--txt-record=good.test,"v=1; a" $many >"$T/dnsmasq.log" 2>&1
dnsmasq=$pid
wait_for 10 answered "$ns" good.test 192.0.2.7
want "the domain's own name" ok null dns "$ns" '"expect":"^192\\.0\\.2\\.7$"'
want "by TCP" ok null dns "$ns" '"expect":"^192\\.0\\.2\\.7$","tcp":true'
want "AAAA" ok null dns "$ns" '"qtype":"AAAA","expect":"^2001:db8::7$"'
want "MX" ok null dns "$ns" '"qtype":"MX","expect":"^10 mail\\.test\\.$"'
want "TXT" ok null dns "$ns" '"qtype":"TXT","expect":"v=1"'
want "what takes endless tries" unknown "local: pattern costs too much" dns "$ns" '"qname":"many.test","expect":"((.|..|\\s)+)+[=%]"'
want "nor is it known not to match" unknown "local: pattern costs too much" dns "$ns" '"qname":"many.test","expect":"!((.|..|\\s)+)+[=%]"'
want "a name that is not" fail "rcode NXDOMAIN" dns "$ns" '"qname":"no.test"'
want "and shall not be" ok null dns "$ns" '"qname":"no.test","rcode":["NXDOMAIN"]'
want "more than UDP takes" ok null dns "$ns" '"qname":"many.test","expect":"^192\\.0\\.2\\.60$"'

# ---- tls, hostile
for row in silent:timed_out tlsrst:connection_reset tlsgarbage:'(not_TLS|TLS_handshake_failed)' tlsplain:not_TLS tlsslow:'(timed_out|not_TLS|TLS_handshake_failed)' \
	tlscut:connection_closed close:connection_'(closed|reset)' tlsrecords:'(TLS_handshake_failed|not_TLS|connection_reset)' \
	tlslarge:'(TLS_handshake_failed|not_TLS|connection_reset)' tlsalert:TLS_handshake_failed tlswarnings:'(TLS_handshake_failed|not_TLS|connection_reset)' \
	banner:not_TLS endless:not_TLS; do
	mode=${row%%:*}
	peer "t$mode" "tcp-$mode"
	want "tls $mode" fail "$(echo "${row#*:}" | tr _ ' ')" tls "$port" '"verify":false' 1.5
done

# ---- tls, real: openssl s_server
cd "$T" || exit 1
new_key() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -subj "/CN=$2" -out "$1.csr" 2>/dev/null; }
# issue NAME CN DAYS [EXTENSIONS]: a certificate of our authority
issue() {
	new_key "$1" "$2"
	printf '%s\n' "${4:-subjectAltName=DNS:$2}" >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$3" -extfile "$1.ext" -out "$1.pem" 2>/dev/null
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=testca 2>/dev/null
issue good good.test 20
issue other other.test 20
issue address good.test 20 "subjectAltName=IP:127.0.0.1"
issue client client 20
new_key self good.test
openssl x509 -req -in self.csr -signkey self.key -days 20 -out self.pem 2>/dev/null
# As faketime is not everywhere: an authority of openssl ca, which takes dates.
mkdir db && : >db/index && echo "unique_subject = no" >db/index.attr && printf '[ca]\ndefault_ca=d\n[d]\ndatabase=db/index\nnew_certs_dir=db\nserial=db/serial\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' >ca.cnf
new_key old good.test
new_key young good.test
openssl ca -batch -config ca.cnf -rand_serial -cert ca.pem -keyfile ca.key -in old.csr -out old.pem -startdate 200101000000Z -enddate 200201000000Z -extfile good.ext -notext 2>/dev/null
openssl ca -batch -config ca.cnf -rand_serial -cert ca.pem -keyfile ca.key -in young.csr -out young.pem -startdate 400101000000Z -enddate 400201000000Z -extfile good.ext -notext 2>/dev/null
openssl ec -in client.key -aes128 -passout pass:secret -out locked.key 2>/dev/null
# server NAME CERT [OPTIONS]: its port in $port
server() {
	_name=$1 _cert=$2
	shift 2
	port=$(free_port)
	spawn openssl s_server -accept "127.0.0.1:$port" -cert "$_cert.pem" -key "$_cert.key" -quiet "$@" >"$_name.log" 2>&1
	wait_for 10 listening "$port"
}
ca="\"ca\":\"$T/ca.pem\""
server good good -alpn imap,h2
good=$port
want "good" ok null tls "$good" "$ca"
want "no authority" fail "certificate of an unknown authority|self-signed certificate in the chain" tls "$good"
want "not verified" ok null tls "$good" '"verify":false'
want "by the name it has" ok null tls "$good" "$ca,\"sni\":\"good.test\""
want "by another name" fail "certificate is for another name" tls "$good" "$ca,\"sni\":\"www.good.test\""
want "by an address" fail "certificate is for another name" tls "$good" "$ca,\"sni\":\"127.0.0.1\""
want "a shared protocol" ok null tls "$good" "$ca,\"alpn\":\"imap\""
want "no shared protocol" fail "no shared protocol" tls "$good" "$ca,\"alpn\":\"xmpp-client\""
want "days enough" ok null tls "$good" "$ca,\"min_days\":15"
want "not days enough" warn "certificate ends in 19 days" tls "$good" "$ca,\"min_days\":30"
want "a certificate that nobody asked for" ok null tls "$good" "$ca,\"cert\":\"$T/client.pem\",\"key\":\"$T/client.key\""
want "no CA file" unknown "local: CA file not readable" tls "$good" "\"ca\":\"$T/none.pem\""
want "a CA file that is none" unknown "local: CA file not readable" tls "$good" "\"ca\":\"$T/ca.cnf\""
want "a CA file that blocks" unknown "local: CA file not readable" tls "$good" "\"ca\":\"$T/fifo\""
mkfifo fifo
want "a key that does not fit" unknown "local: client certificate or key not usable" tls "$good" "$ca,\"cert\":\"$T/client.pem\",\"key\":\"$T/good.key\""
want "a key behind a password" unknown "local: client certificate or key not usable" tls "$good" "$ca,\"cert\":\"$T/client.pem\",\"key\":\"$T/locked.key\""
server noalpn good
want "a server without ALPN" fail "no shared protocol" tls "$port" "$ca,\"alpn\":\"h2\""
server old old
want "expired" fail "certificate expired" tls "$port" "$ca"
want "expired, not verified, but looked at" warn "certificate expired" tls "$port" '"verify":false,"min_days":1'
server young young
want "not valid yet" fail "certificate not valid yet" tls "$port" "$ca"
server other other
want "another name" fail "certificate is for another name" tls "$port" "$ca"
server self self
want "self-signed" fail "self-signed certificate" tls "$port" "$ca"
want "self-signed and trusted" ok null tls "$port" "\"ca\":\"$T/self.pem\",\"sni\":\"good.test\""
server address address
want "an address in the certificate" ok null tls "$port" "$ca,\"sni\":\"127.0.0.1\""
server tls10 good -tls1_1 -cipher ALL:@SECLEVEL=0
want "an old protocol" fail "no shared TLS version|TLS handshake failed" tls "$port" "$ca"
openssl req -x509 -newkey rsa:2048 -nodes -keyout rsa.key -out rsa.pem -days 20 -subj /CN=good.test 2>/dev/null
for bits in 2048 8192; do
	openssl genpkey -genparam -algorithm DH -pkeyopt "group:ffdhe$bits" -out "dh$bits.pem" 2>/dev/null
	server "dh$bits" rsa -www -tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256 -dhparam "dh$bits.pem"
	for type in tls https; do
		if [ $bits = 2048 ]; then
			want "$type: an old server's Diffie-Hellman" ok null $type "$port" '"verify":false'
		else
			want "$type: one that costs as much as thousands of others" fail "Diffie-Hellman key too small or too large" $type "$port" '"verify":false'
		fi
	done
done
server tls13 good -www -tls1_3 -groups ffdhe8192
for type in tls https; do
	want "$type: and by TLS 1.3" fail "TLS handshake failed" $type "$port" '"verify":false'
done
for v in tls1_2 tls1_3; do
	server mtls-$v good -$v -Verify 1 -verify_return_error -CAfile ca.pem
	want "$v: a client certificate" ok null tls "$port" "$ca,\"cert\":\"$T/client.pem\",\"key\":\"$T/client.key\""
	want "$v: none" fail "client certificate wanted" tls "$port" "$ca"
	want "$v: a stranger's" fail "client certificate refused|connection reset" tls "$port" "$ca,\"cert\":\"$T/self.pem\",\"key\":\"$T/self.key\""
done
made

# ---- URLs for people
exits 0 "tls://" fodns-check --domain good.test "udp://127.0.0.1:$(cat udpecho.port)"
exits 1 "a tls URL" fodns-check "tls://127.0.0.1:$good"
like "$(echo "$out" | field reason)" "certificate" "is verified"
exits 0 "dns://" fodns-check "dns://127.0.0.1:$ns/good.test?type=aaaa"
like "$out" "\"check_name\":\"good.test:127.0.0.1:$ns\",.*\"type\":\"dns\"" "is a check of that name at that server"
exits 1 "a name that is not" fodns-check "dns://127.0.0.1:$ns/no.test"
is "$(echo "$out" | field reason)" "rcode NXDOMAIN" "is said"
exits 2 "no name" fodns-check "dns://127.0.0.1:$ns"
like "$err" 'dns://SERVER/NAME' "says how"

# ---- a config: the same parameters, and lint of what a type does not have
api=$(free_port)
cat >fodns.yaml <<END
api: {listen_ip: 127.0.0.1, listen_port: $api}
zones:
  - name: test
    domains:
      good.test:
        fallback: [192.0.2.1]
        monitor: {mode: tls, ca: ca.pem, alpn: h2, min_days: 5, targets: [{ip: 127.0.0.1, port: $good}]}
      dns.test:
        fallback: [192.0.2.1]
        monitor: {mode: dns, qname: good.test, qtype: MX, rcode: NOERROR, expect: "^10 mail", targets: [{ip: 127.0.0.1, port: $ns}]}
      mail.test:
        fallback: [192.0.2.1]
        monitor: {mode: tcp, send: "EHLO x\r\n", expect: "^220 ", targets: [{ip: 127.0.0.1, port: $(cat banner.port)}]}
      log.test:
        fallback: [192.0.2.1]
        monitor: {mode: udp, send: "hello\r\n", expect: '^hello.$', targets: [{ip: 127.0.0.1, port: $(cat udpecho.port)}]}
END
exits 0 "all of a config" fodns-check -c fodns.yaml
is "$(echo "$out" | field status | sort -u)" ok "is ok"
sed 's/mode: udp/mode: udp, qtype: MX, alpn: h2/; s/qtype: MX, rcode: NOERROR/qtype: MXX, rcode: [NOERROR, NOPE]/; s/expect: "^10 mail"/expect: "("/' fodns.yaml >bad.yaml
exits 2 "a config with errors" fodns-check -c bad.yaml
like "$err" 'qtype is for mode dns, and here mode is udp' "names a parameter of another type"
like "$err" 'did you mean "MX"' "and the nearest word"
like "$err" 'rcode has "NOPE", no code such as' "a code that is none"
like "$err" 'expect is no regular expression' "and what is no pattern"

# ---- an agent of the original's, which connects whatever is to be asked
spawn fodns-api -c fodns.yaml -s "$T/state" 2>"$T/api.log"
wait_for 20 curl -sf "http://127.0.0.1:$api/readyz" || note "$(cat "$T/api.log")"
tasks=$(curl -s -A python-requests/2.31.0 "http://127.0.0.1:$api/api/v1/tasks?tags=")
is "$(echo "$tasks" | grep -o '"type":"[a-z]*"' | sort | uniq -c | tr -s ' ')" ' 4 "type":"tcp"' "it is told of four connections"
unlike "$tasks" 'qname|alpn|expect|send' "and of nothing else"
tasks=$(curl -s "http://127.0.0.1:$api/api/v1/tasks?tags=")
like "$tasks" '"type":"dns",.*"dns":\{"expect":"\^10 mail","qname":"good.test","qtype":"MX"\}' "ours is told what to ask"
like "$tasks" '"tcp":\{"send":"EHLO x\\u000d\\n","expect":"\^220 "\}' "and what to say"
is "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$api/api/v1/report" -d \
	"{\"agent_id\":\"old\",\"timestamp\":\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\",\"check_name\":\"dns.test:127.0.0.1:$ns\",\"domain\":\"dns.test\",\"type\":\"tcp\",\"target_ip\":\"127.0.0.1\",\"port\":$ns,\"status\":\"ok\",\"latency_ms\":1,\"reason\":null}")" \
	200 "the report of its connection is taken"
like "$(curl -s "http://127.0.0.1:$api/api/v1/status/dns.test")" '"live":true,.*"agent_id":"old",.*"type":"tcp"' "and counts while nobody really asks"

# ---- nothing is left open: a run that goes on over all that is hostile
for p in "$T"/*.port; do
	mode=$(basename "$p" .port)
	case $mode in t*) type=tls ;; dns*) type=dns ;; udp* | second) type=udp ;; *) type=tcp ;; esac
	expect=
	[ $type = tls ] || expect='"expect":"zzz"'
	printf '{"check_name":"%s:x","domain":"good.test","target_ip":"127.0.0.1","port":%s,"type":"%s","timeout_sec":0.4,"interval_sec":0.5,"%s":{%s}}\n' \
		"$mode" "$(cat "$p")" "$type" "$type" "$expect" >>"$T/tasks"
done
n=$(wc -l <"$T/tasks")
spawn fodns-check --follow -t "$T/tasks" >"$T/follow" 2>"$T/follow.err"
check=$pid
wait_for 60 grep -q "\"seq\":$((n * 12))," "$T/follow"
ok $? "a dozen rounds of $n hostile targets"
files=$(find "/proc/$check/fd" -mindepth 1 2>/dev/null | wc -l)
[ "$files" -le $((n + 24)) ]
ok $? "no more files are open than probes can be under way ($files)"
is "$(grep '"status":"unknown"' "$T/follow" | field reason | grep -v 'checker too busy' | sort | uniq -c)" "" "none of it is taken for trouble of our own"
kill -0 "$dnsmasq" && stop "$check"
is "$status" 0 "and it ends cleanly"
is "$(grep -v 'runs left out' "$T/follow.err")" "" "in silence"

done_testing
