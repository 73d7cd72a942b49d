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
fold1	fail,.	fail,.
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
tlsrst	fail,connection reset	fail,connection reset
tlsend	fail,connection closed	fail,connection closed
tlsplain	fail,not TLS	fail,not TLS
tlsalert	fail,TLS handshake failed	fail,TLS handshake failed
tlswarn	fail,.	fail,.
tlsmany	fail,.	fail,.
tlsempty	fail,not TLS	fail,not TLS
tlshello	fail,handshake without end	fail,connection closed
garbage	fail,timed out	fail,timed out
expired	fail,certificate expired	fail,certificate expired
young	fail,certificate not valid yet	fail,certificate not valid yet
other	fail,certificate is for another name	fail,certificate is for another name
selfsigned	fail,self-signed certificate	fail,self-signed certificate
stranger	fail,certificate of an unknown authority	fail,certificate of an unknown authority
good	ok,null	ok,null
END
head -c 50000000 /dev/zero | gzip -9 >"$T/bomb.gz"
modes=$(cut -f1 "$T/rows" "$T/tls" | sort -u | grep -vE '^(expired|young|other|selfsigned|stranger|good)$')
for mode in $modes; do
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

# ---- a thousand of them at once, beside a thousand good ones
up=$(free_port)
spawn "$TOOLS/target" 127.0.0.1 "$up" 200 >"$T/target"
wait_for 5 grep -q ready "$T/target"
echo "up $up" >>"$T/ports"
many=1000
# shellcheck disable=SC3045 # dash and bash have it
files=$(ulimit -Hn)
[ "$files" = unlimited ] || [ "$files" -ge 2400 ] || many=$(((files - 200) / 2))
RUNS=4

# One of each kind, for what a quiet process holds open; their long intervals leave it quiet.
calm() {
	i=0
	for row in tcp: http: 'http:"follow":1' tls: "https:$ca" https: udp: dns:; do
		printf '{"check_name":"calm%s","domain":"good.test","target_ip":"127.0.0.1","port":%s,"type":"%s","timeout_sec":2,"interval_sec":600,"%s":{%s}}\n' \
			$i "$up" "${row%%:*}" "${row%%:*}" "${row#*:}"
		i=$((i + 1))
	done
}
# The tasks of before by turns, each with a budget of its own, which makes it a probe of its own.
mixed() {
	perl -e 'my ($many, $up, $tasks) = @ARGV; open my $f, "<", $tasks; my @lines = <$f>;
		@lines = grep { !/"(expired|young|other|selfsigned|stranger|good)-/ } @lines; # their servers take one at a time
		for my $i (0 .. $many - 1) {
			my $t = $lines[$i % @lines]; my $round = int($i / @lines);
			my $slow = $t =~ /"timeout_sec":2,/;
			$t =~ s/"check_name":"([^"]*)"/"check_name":"$1#$round"/;
			$t =~ s/"timeout_sec":\d+/sprintf qq("timeout_sec":%.3f), ($slow ? 1 : 7) + $i \/ 10000/e;
			$t =~ s/"interval_sec":\d+/"interval_sec":8/;
			print $t;
			my $type = $i % 2 ? "http" : "tcp";
			printf qq({"check_name":"good%d","domain":"good%d.z","target_ip":"127.0.0.1","port":%d,"type":"%s","timeout_sec":%.4f,"interval_sec":3}\n),
				$i, $i, $up, $type, 2.5 + $i / 10000 }' "$many" "$up" "$T/tasks"
}
mixed >"$T/mixed"
calm >"$T/list"
fds() { find "/proc/$check/fd" -mindepth 1 2>/dev/null | wc -l; }
peak() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$check/status"; }
results() { grep -c "\"check_name\":\"calm" "$T/out"; }
calm_again() { [ "$(results)" -ge "$1" ]; }
few() { [ "$(fds)" -le "$1" ]; }
# seen: has every good one had its runs, and every other one its first?
seen() {
	sed -n 's/.*"check_name":"\([^"]*\)".*/\1/p' "$T/out" | sort | uniq -c | awk -v runs="$RUNS" -v many="$many" '
		$2 ~ /^good/ {if ($1 >= runs) n++; next} $2 !~ /^calm/ {bad++} END {exit !(n == many && bad == many)}'
}
spawn fodns-check --follow -j -t "$T/list" >"$T/out" 2>"$T/err"
check=$pid
wait_for 30 calm_again 8
before=$(fds)
cp "$T/mixed" "$T/list"
kill -HUP "$check"
wait_for 180 seen
ok $? "$many good targets have $RUNS results each, beside $many that behave badly"
calm >"$T/list"
kill -HUP "$check"
wait_for 30 few "$before"
ok $? "no descriptor is lost: $before before, $(fds) after"
high=$(peak)
stop "$check"
is "$status" 0 "and it ends cleanly"
grep '"check_name":"good' "$T/out" >"$T/good"
is "$(grep -cv '"status":"ok"' "$T/good")" 0 "every result of a good one is ok"
sed 's/.*"check_name":"\([^"]*\)".*/\1/' "$T/good" | sort | uniq -c |
	awk 'NR == 1 {least = most = $1} $1 < least {least = $1} $1 > most {most = $1} END {exit !(most - least <= 2)}'
ok $? "none was passed over: all have as many, but for two at the window's ends"
# Of the others each has its verdict; when all at once want the same two processors a timeout may come first.
sed -n 's/.*"check_name":"\([^"#]*\)#[0-9]*".*"status":"\([a-z]*\)".*"reason":"\{0,1\}\([^,"]*\).*/\1	\2,\3/p' "$T/out" >"$T/bad"
[ "$(wc -l <"$T/bad")" -ge "$many" ]
ok $? "$(wc -l <"$T/bad") results of the others"
wrong=$(awk -F '\t' 'NR == FNR {want[$1] = $2; next}
	$2 ~ "^" want[$1] {next} want[$1] ~ /^fail/ && $2 == "fail,timed out" {next} {print}' "$T/want" "$T/bad" | sort | uniq -c | head)
is "$wrong" "" "are right"
# What their bodies may take in all is less than this; the sanitizers take their own.
most=262144
! grep -qaE '__(asan|tsan)_init' "$FODNS_BIN/fodns-check" || most=4194304
[ "$high" -lt $most ]
ok $? "in $high KB of memory"
done_testing
