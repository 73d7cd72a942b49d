#!/bin/sh
# http probes: what is asked, what is taken for an answer; the small client for plain http and libcurl, which
# follows redirects, judge alike.
# shellcheck source=tests/lib.sh disable=SC2154
. "$(dirname "$0")/../lib.sh"

# hostile NAME MODE [FILE]: starts one; its port in $port
hostile() {
	_name=$1
	shift
	spawn "$TOOLS/hostile" "$@" >"$T/$_name.out"
	wait_for 5 test -s "$T/$_name.out"
	port=$(head -n 1 "$T/$_name.out")
}
field() { sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^,\"}]*\\).*/\\1/p"; }
# task NAME PORT PARAMETERS [TIMEOUT]: a line
task() { printf '{"check_name":"%s","domain":"www.failover","target_ip":"127.0.0.1","port":%s,"type":"http","timeout_sec":%s,"interval_sec":30,"http":{%s}}\n' "$1" "$2" "${4:-2}" "$3"; }
# says NAME PARAMETERS WANT [DNSPORT]: the status and reason of one probe of $port
says() {
	got=$(task x "$port" "$2" | fodns-check ${4:+--resolver 127.0.0.1@$4} -t - 2>&1 | sed 's/.*"status":"\([a-z]*\)".*"reason":"\{0,1\}\([^"]*\).*/\1 \2/; s/ null,$//')
	is "$got" "$3" "$1"
}

# ---- redirects
for row in "file fail redirect to what is not http" "self fail too many redirects" "nowhere fail redirect to an address that is not allowed"; do
	mode=${row%% *}
	hostile "$mode" "$mode"
	says "a redirect ($mode) is not followed unbidden" '' ok
	says "nor everywhere when it is" '"follow":3' "${row#* }"
done

# ---- what is asked: the answers of a server that tells its requests
cat >"$T/server.pl" <<'END'
use strict; use warnings; use IO::Socket::INET;
my $l = IO::Socket::INET->new(Listen => 16, LocalAddr => "127.0.0.1", LocalPort => 0) or die;
$| = 1; print $l->sockport, "\n";
while (my $c = $l->accept) {
	my ($head, $body) = ("", "");
	while ($head !~ /\r\n\r\n/) { sysread($c, $head, 4096, length $head) or last }
	next unless $head =~ s/\r\n\r\n(.*)//s; $body = $1;
	my $n = $head =~ /^Content-Length: (\d+)/mi ? $1 : 0;
	while (length($body) < $n) { sysread($c, $body, 65536, length $body) or last }
	open my $f, ">", "$ENV{T}/request"; $head =~ s/\r//g; print $f "$head\n\n$body"; close $f;
	my ($path) = $head =~ /^\S+ (\S+)/;
	if ($path eq "/page") { print $c "HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\nversion 7\nstatus: up\n\n" }
	elsif ($path eq "/wait") { select undef, undef, undef, 0.2; print $c "HTTP/1.1 204 x\r\n"; select undef, undef, undef, 0.2; print $c "\r\n" }
	elsif ($path eq "/chunked") { print $c "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nstatus: \r\n2\r\nup\r\n0\r\n\r\n" }
	elsif ($path eq "/empty") { print $c "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"; sleep 1 }
	elsif ($path =~ m,^/to(\d+)/(.*),) { print $c "HTTP/1.1 $1 x\r\nLocation: $2\r\nContent-Length: 0\r\n\r\n" }
	else { print $c "HTTP/1.1 204 x\r\n\r\n" }
	close $c;
}
END
export T
spawn perl "$T/server.pl" >"$T/server.out"
wait_for 5 test -s "$T/server.out"
port=$(cat "$T/server.out")
request() { cat "$T/request"; }

for follow in '' ',"follow":2'; do
	client=own
	[ -z "$follow" ] || client=curl
	says "$client: a path, plainly" "\"path\":\"/a?b=%20\"$follow" ok
	is "$(request | sort | tr '\n' '|')" "|Accept: */*|Connection: close|GET /a?b=%20 HTTP/1.1|Host: www.failover:$port|User-Agent: fodns/$(fodns-check --version | awk '{print $NF}')|" "$client: and nothing else"
	says "$client: host, headers" "\"host\":\"other.example\",\"headers\":[\"X-One: 1\",\"User-Agent: mine\"]$follow" ok
	like "$(request)" "^Host: other.example:$port\$" "$client: the name"
	like "$(request)" "^X-One: 1\$" "$client: a header"
	is "$(request | grep -ci '^user-agent:')" 1 "$client: one of ours is replaced"
	says "$client: a body" "\"body\":\"a=1\\n\"$follow" ok
	like "$(request)" '^POST / HTTP/1.1$' "$client: makes it a POST"
	like "$(request)" '^Content-Type: application/x-www-form-urlencoded$' "$client: of a form"
	is "$(request | tail -n 1)" "a=1" "$client: and is sent"
	says "$client: a body with a type, to PUT" "\"method\":\"PUT\",\"headers\":[\"Content-Type: a/b\"],\"body\":\"{}\"$follow" ok
	like "$(request)" '^PUT / HTTP/1.1$' "$client: the method"
	is "$(request | grep -i '^content-type:')" "Content-Type: a/b" "$client: one type"
	says "$client: HEAD" "\"method\":\"HEAD\",\"path\":\"/page\"$follow" ok
	says "$client: a body to match" "\"path\":\"/page\",\"expect_body\":\"^status: (up|ok)\$\"$follow" ok
	says "$client: in chunks" "\"path\":\"/chunked\",\"expect_body\":\"^status: up\$\"$follow" ok
	says "$client: an empty one" "\"path\":\"/empty\",\"expect_body\":\"!.\"$follow" ok
	says "$client: that does not match" "\"path\":\"/page\",\"expect_body\":\"^up\"$follow" "fail body does not match"
	says "$client: that must not match" "\"path\":\"/page\",\"expect_body\":\"!version [0-9]\"$follow" "fail body matches what it must not"
	says "$client: that takes endless tries" "\"path\":\"/page\",\"expect_body\":\"((.|..|\\\\s)+)+[=%]\"$follow" "unknown local: pattern costs too much"
	says "$client: nor is it known not to match" "\"path\":\"/page\",\"expect_body\":\"!((.|..|\\\\s)+)+[=%]\"$follow" "unknown local: pattern costs too much"
	says "$client: a status that is not expected" "\"path\":\"/page\",\"expect_status\":\"204\",\"expect_body\":\"up\"$follow" "fail status 200"

	printf 'user:secret word\n' >"$T/auth"
	chmod 600 "$T/auth"
	says "$client: auth_file" "\"auth_file\":\"$T/auth\"$follow" ok
	is "$(request | grep -i '^authorization:')" "Authorization: Basic $(printf 'user:secret word' | openssl base64)" "$client: is sent"
	chmod 604 "$T/auth"
	says "$client: open to all" "\"auth_file\":\"$T/auth\"$follow" "unknown local: auth_file is open to others (chmod 600)"
	printf 'nothing' >"$T/auth"
	chmod 600 "$T/auth"
	says "$client: with something else in it" "\"auth_file\":\"$T/auth\"$follow" "unknown local: auth_file is not user:password"
	says "$client: that is not there" "\"auth_file\":\"$T/none\"$follow" "unknown local: auth_file cannot be opened"
	mkfifo "$T/fifo$client"
	chmod 600 "$T/fifo$client"
	says "$client: that is no file" "\"auth_file\":\"$T/fifo$client\"$follow" "unknown local: auth_file is no regular file"
done
# A request too large for the buffers of the connection.
body=$(perl -e 'print "x" x 4096')
headers=$(perl -e 'print join ",", map { "\"X-$_: " . "y" x 3000 . "\"" } 1 .. 5')
says "a large request" "\"body\":\"$body\",\"headers\":[$headers]" ok
is "$(request | tail -n 1 | wc -c)" 4096 "is sent whole"

# ---- for people
exits 0 "a table" fodns-check -o table "http://127.0.0.1:$port/page"
like "$out" '^ +connect [0-9.]+ \+ first byte [0-9.]+( \+ rest [0-9.]+)? ms$' "says how the time was spent"
exits 0 "a server that takes its time" fodns-check --nagios "http://127.0.0.1:$port/wait"
like "$out" ' first_byte=(0\.[2-9]|[1-9])' "and is said to be who did"
plain=$(free_port)
spawn "$TOOLS/target" 127.0.0.1 "$plain" 200 >"$T/target.out"
wait_for 5 grep -q ready "$T/target.out"
exits 1 "https where there is none" fodns-check -o table "https://127.0.0.1:$plain/page"
like "$out" '^fail +- +https .* not TLS$' "says why"
like "$out" '^ +connect [0-9.]+ ms, no TLS$' "and how far it came"
exits 1 "nobody there" fodns-check -o table "http://127.0.0.1:$(free_port)/"
unlike "$out" 'connect ' "came nowhere"
script -qec "stty cols 72; exec fodns-check http://127.0.0.1:$(free_port)/" /dev/null </dev/null | tr -d '\r' >"$T/screen"
like "$(cat "$T/screen")" '^ {22}connection refused' "a reason that does not fit stands below"

# ---- following
printf 'user:secret\n' >"$T/auth"
f='"follow":2,"expect_status":"200-299"'
says "a redirect on the same host" "\"path\":\"/to302//page\",$f" ok
says "a relative one" "\"path\":\"/to302/../page\",$f" ok
says "two of them" "\"path\":\"/to302//to307//page\",$f" ok
says "three are too many" "\"path\":\"/to302//to307//to301//page\",$f" "fail too many redirects"
for ip in ::ffff:a9fe:a9fe 64:ff9b::a9fe:a9fe ::a9fe:a9fe 2002:a9fe:a9fe::; do
	says "not to $ip" "\"path\":\"/to302/http://[$ip]:$port/page\",$f" "fail redirect to an address that is not allowed"
done
says "to the probed address by its number" "\"path\":\"/to302/http://127.0.0.1:$port/page\",$f,\"auth_file\":\"$T/auth\",\"headers\":[\"X-Own: 1\"]" ok
unlike "$(request)" '^(Authorization|X-Own)' "takes no secrets along to another host"
says "by its name" "\"path\":\"/to302/http://www.failover:$port/page\",$f,\"auth_file\":\"$T/auth\",\"headers\":[\"X-Own: 1\"]" ok
is "$(request | grep -cE '^(Authorization|X-Own)')" 2 "to the same one it does"
says "303 after a body" "\"path\":\"/to303//page\",\"body\":\"a=1\",$f" ok
like "$(request)" '^GET /page ' "is a GET"
says "307 after a body" "\"path\":\"/to307//page\",\"body\":\"a=1\",$f" ok
like "$(request)" '^POST /page ' "stays what it was"
dns=$(free_port)
spawn dnsmasq -k -p "$dns" -C /dev/null --no-resolv --no-hosts --listen-address=127.0.0.1 --bind-interfaces --pid-file \
	--address=/gone.example/ --address=/here.example/127.0.0.1 --address=/meta.example/169.254.169.254
wait_for 5 answered "$dns" here.example 127.0.0.1
says "to a name that is resolved" "\"path\":\"/to302/http://here.example:$port/page\",$f" ok "$dns"
like "$(request)" "^Host: here.example:$port\$" "and told"
says "to a name that is not there" "\"path\":\"/to302/http://gone.example/\",$f" "fail redirect to a name not found" "$dns"
says "to a name that leads to where nobody may" "\"path\":\"/to302/http://meta.example/\",$f" "fail redirect to an address that is not allowed" "$dns"
says "while no DNS server answers" "\"path\":\"/to302/http://here.example/\",$f" "unknown local: cannot resolve what a redirect leads to" "$(free_port)"
says "to another protocol" "\"path\":\"/to302/ftp://127.0.0.1/\",$f" "fail redirect to what is not http"
says "to a place with a password" "\"path\":\"/to302/http://a:b@127.0.0.1:$port/\",$f" "fail redirect to nowhere"
says "to the wildcard address" "\"path\":\"/to302/http://0.0.0.0:$port/\",$f" "fail redirect to an address that is not allowed"
says "a redirect by default is good enough" '"path":"/to302//page"' ok

# ---- a master's tasks: where redirects may lead, and which files may be named, is the agent's word
printf '{"tasks":[%s,%s,%s]}' "$(task home "$port" "\"path\":\"/to302/http://www.failover:$port/page\",$f")" \
	"$(task away "$port" "\"path\":\"/to302/http://www.failover:$dns/page\",$f")" \
	"$(task file "$port" "\"auth_file\":\"$T/auth\"")" | tr -d '\n' >"$T/list"
task_port=$port
hostile master tasks "$T/list"
cat >"$T/agent.yaml" <<END
agent_id: a1
spool_dir: $T/spool
allow: ["127.0.0.1:$task_port"]
servers: [{name: one, url: "http://127.0.0.1:$port"}]
END
exits 1 "an agent with allow" fodns-check -a "$T/agent.yaml"
is "$(echo "$out" | grep '"home"' | field status)" ok "a redirect within it"
is "$(echo "$out" | grep '"away"' | field reason)" "redirect to an address that is not allowed" "one to another port of the same host"
like "$err" "file: auth_file is a file that a master may not name here \(files\)" "and no file that it did not name"
echo "files: [$T/]" >>"$T/agent.yaml"
exits 1 "an agent with files" fodns-check -a "$T/agent.yaml"
is "$(echo "$out" | grep '"file"' | field status)" ok "lends it"
unlike "$out$err" 'secret' "and tells nobody what is in it"
port=$task_port

# ---- in a config
cat >"$T/fodns.yaml" <<END
zones:
  - name: failover
    domains:
      www.failover:
        fallback: [127.0.0.9]
        monitor: {mode: http, path: /page, headers: ["X-One: 1"], expect_body: "^status: up$", targets: [{ip: 127.0.0.1, port: $port}]}
      api.failover:
        fallback: [127.0.0.9]
        monitor: {mode: http, path: /page, auth_file: auth, body: "a b", method: PUT, targets: [{ip: 127.0.0.1, port: $port}]}
END
exits 0 "all parameters in a config" fodns-check -c "$T/fodns.yaml"
like "$(request)" '^(PUT|GET) /page' "ask as they say"
# bad KEYS WHY
bad() {
	KEYS=$1 perl -pe 's/headers: .*expect_body: [^,]*/$ENV{KEYS}/' "$T/fodns.yaml" >"$T/bad.yaml"
	exits 2 "$1" fodns-check -c "$T/bad.yaml"
	like "$err" "bad.yaml:6:[0-9]*: $2" "is refused"
}
bad 'expect_body: "("' 'expect_body is no regular expression: \( without \) at byte 1'
bad 'expect_body: "!"' 'expect_body is empty'
bad 'expect_body: (a)\1' 'expect_body refers back'
bad 'method: HEAD, expect_body: a' 'method cannot be: method HEAD goes neither'
bad 'headers: ["host: x"]' 'headers cannot set Host \(use host\)'
bad 'headers: ["Content-Length: 1"]' 'headers cannot set'
bad 'headers: ["X Y: 1"]' 'headers has an entry that is not "Name: value"'
bad 'headers: ["X:"]' 'headers has an entry'
bad 'headers: ["X: a\tb"]' 'headers: an entry has control characters'
bad 'auth_file: a, headers: ["Authorization: x"]' 'headers has Authorization'
bad 'follow: 11' 'follow 11 is over 10'
bad 'min_days: 3' 'min_days is for mode https or tls, and here mode is http'
bad 'host: "a:80"' 'host is a host name without a port'
done_testing
