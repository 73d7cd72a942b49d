#!/bin/sh
# fodns-check against targets that behave badly: the right verdict for each, by each client, in time; and a thousand of
# them at once beside a thousand good ones, whose results stay right.  Memory stays bounded and no descriptor is lost.
# shellcheck source=tests/lib.sh disable=SC2154
. "$(dirname "$0")/../lib.sh"
export XDG_STATE_HOME="$T/xdg"
field() { sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^,\"}]*\\).*/\\1/p"; }
# hostile MODE [FILE]: starts one and notes its port in $T/ports
hostile() {
	spawn "$TOOLS/hostile" "$@" >"$T/$1.out"
	wait_for 10 test -s "$T/$1.out"
	echo "$1 $(head -n 1 "$T/$1.out")" >>"$T/ports"
}
port_of() { sed -n "s/^$1 //p" "$T/ports"; }

# mode, verdict by the head alone, verdict with its body; a reason that depends on who is asked is a dot
cat >"$T/rows" <<'END'
silent	fail,timed out	fail,timed out
slow	fail,timed out	fail,timed out
close	fail,.	fail,.
rst	fail,connection reset	fail,connection reset
rstreq	fail,connection reset	fail,connection reset
rsthead	fail,connection reset	fail,connection reset
rstbody	ok,null	fail,connection reset
eofhead	fail,.	fail,.
early	ok,null	ok,null
garbage	fail,not HTTP	fail,not HTTP
http09	fail,not HTTP	fail,not HTTP
http2	fail,.	fail,.
code	fail,.	fail,.
blank	fail,not HTTP	fail,not HTTP
headers	fail,headers too large	fail,headers too large
longline	fail,headers too large	fail,headers too large
100k	fail,headers too large	fail,headers too large
continue	fail,interim answers without end	fail,interim answers without end
chunks	ok,null	fail,.
chunk	ok,null	fail,.
chunk16	ok,null	fail,.
trailers	ok,null	fail,.
body	ok,null	ok,null
bomb	ok,null	fail,body does not match
short	ok,null	fail,answer cut short
drip	ok,null	fail,timed out
429	warn,status 429	warn,status 429
big	ok,null	ok,null
two	ok,null	ok,null
both	fail,Content-Length beside Transfer-Encoding	fail,Content-Length beside Transfer-Encoding
lengths	fail,.	fail,.
huge	fail,Content-Length not valid	fail,Content-Length not valid
minus	fail,.	fail,.
zip	fail,Transfer-Encoding not asked for	fail,Transfer-Encoding not asked for
nul	fail,not HTTP	fail,not HTTP
barelf	ok,null	ok,null
fold	ok,null	ok,null
shut	ok,null	ok,null
echo	fail,.	fail,.
file	ok,null	ok,null
self	ok,null	ok,null
nowhere	ok,null	ok,null
away	ok,null	ok,null
END
# The same where redirects are followed: libcurl's way.
cat >"$T/led" <<'END'
file	fail,redirect to what is not http
self	fail,too many redirects
nowhere	fail,redirect to an address that is not allowed
away	fail,redirect to nowhere
END
# TLS: by a handshake alone, by https; without keys, and with certificates that are not good
cat >"$T/tls" <<'END'
tlswait	fail,timed out	fail,timed out
tlsslow	fail,timed out	fail,timed out
tlsrst	fail,connection reset	fail,.
tlsend	fail,connection closed	fail,.
tlsplain	fail,not TLS	fail,.
tlsalert	fail,TLS handshake failed	fail,TLS handshake failed
tlswarn	fail,.	fail,.
tlsmany	fail,.	fail,.
tlsempty	fail,.	fail,.
garbage	fail,timed out	fail,timed out
expired	fail,certificate expired	fail,certificate expired
young	fail,certificate not valid yet	fail,certificate not valid yet
other	fail,certificate is for another name	fail,certificate is for another name
selfsigned	fail,self-signed certificate	fail,self-signed certificate
stranger	fail,certificate of an unknown authority	fail,certificate of an unknown authority
good	ok,null	ok,null
END
head -c 50000000 /dev/zero | gzip -9 >"$T/bomb.gz"
for mode in $(cut -f1 "$T/rows" "$T/tls" | sort -u | grep -vE '^(expired|young|other|selfsigned|stranger|good)$'); do
	hostile "$mode" "$T/bomb.gz"
done

# ---- certificates: an authority of openssl ca, which takes dates
cd "$T" || exit 1
new_key() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -subj "/CN=$2" -out "$1.csr" 2>/dev/null; }
for ca in ca strange; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $ca.key -out $ca.pem -days 30 -subj /CN=$ca 2>/dev/null
done
mkdir db && : >db/index && echo "unique_subject = no" >db/index.attr && printf '[ca]\ndefault_ca=d\n[d]\ndatabase=db/index\nnew_certs_dir=db\nserial=db/serial\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' >ca.cnf
# issue NAME HOST START END CA
issue() {
	new_key "$1" "$2"
	echo "subjectAltName=DNS:$2" >"$1.ext"
	openssl ca -batch -config ca.cnf -rand_serial -cert "$5.pem" -keyfile "$5.key" -in "$1.csr" -out "$1.pem" -startdate "$3" -enddate "$4" -extfile "$1.ext" -notext 2>/dev/null
}
issue good good.test 200101000000Z 400201000000Z ca
issue expired good.test 200101000000Z 200201000000Z ca
issue young good.test 400101000000Z 400201000000Z ca
issue other other.test 200101000000Z 400201000000Z ca
issue stranger good.test 200101000000Z 400201000000Z strange
new_key selfsigned good.test
openssl x509 -req -in selfsigned.csr -signkey selfsigned.key -days 20 -out selfsigned.pem 2>/dev/null
for cert in good expired young other selfsigned stranger; do
	port=$(free_port)
	spawn openssl s_server -accept "127.0.0.1:$port" -cert $cert.pem -key $cert.key -quiet -www >"$T/$cert.log" 2>&1
	wait_for 10 listening "$port"
	echo "$cert $port" >>"$T/ports"
done

# ---- each of them once: task NAME TYPE MODE PARAMETERS, expected verdicts in $T/want
task() { printf '{"check_name":"%s","domain":"good.test","target_ip":"127.0.0.1","port":%s,"type":"%s","timeout_sec":%s,"interval_sec":30,"%s":{%s}}\n' "$1" "$(port_of "$3")" "$2" "${5:-2}" "$2" "$4" >>"$T/tasks"; }
ca="\"ca\":\"$T/ca.pem\""
tab=$(printf '\t')
: >"$T/tasks"
while IFS=$tab read -r mode head body; do
	budget=20
	case "$head$body" in *timed*) budget=2 ;; esac
	led='"follow":1'
	case $mode in file | self | nowhere | away) led= ;; esac
	task "$mode-own-head" http "$mode" '' $budget
	task "$mode-own-body" http "$mode" '"expect_body":"x|o"' $budget
	task "$mode-curl-head" http "$mode" "$led" $budget
	task "$mode-curl-body" http "$mode" "\"expect_body\":\"x|o\"${led:+,$led}" $budget
	[ -n "$led" ] || body=$head
	printf '%s\t%s\n' "$mode-own-head" "$head" "$mode-curl-head" "$head" "$mode-own-body" "$body" "$mode-curl-body" "$body"
done <"$T/rows" >"$T/want"
sed -i -E 's/^((file|self|nowhere|away)-.*-body)	.*/\1	fail,body does not match/' "$T/want"
while IFS=$tab read -r mode led; do
	task "$mode-led" http "$mode" '"follow":3' 20
	printf '%s\t%s\n' "$mode-led" "$led"
done <"$T/led" >>"$T/want"
while IFS=$tab read -r mode tls https; do
	budget=20
	case "$tls" in *timed*) budget=2 ;; esac
	task "$mode-tls" tls "$mode" "$ca" $budget
	task "$mode-https" https "$mode" "$ca" $budget
	printf '%s\t%s\n' "$mode-tls" "$tls" "$mode-https" "$https"
done <"$T/tls" >>"$T/want"
[ "$(cut -f1 "$T/rows" "$T/tls" | sort -u | wc -l)" -ge 24 ]
ok $? "$(cut -f1 "$T/rows" "$T/tls" | sort -u | wc -l) kinds of behaviour"
fodns-check -j -t "$T/tasks" >"$T/once" 2>"$T/once.err"
is "$?" 1 "are probed"
is "$(cat "$T/once.err")" "" "without a word"
is "$(wc -l <"$T/once")" "$(wc -l <"$T/want")" "a verdict for each"
while IFS=$tab read -r name want; do
	line=$(grep "\"check_name\":\"$name\"" "$T/once")
	like "$(echo "$line" | field status),$(echo "$line" | field reason)" "^$want" "$name"
done <"$T/want"
done_testing
