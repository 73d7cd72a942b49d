#!/bin/sh
# http and https probes of a real server: nginx with a private CA, two names with a certificate each, client
# certificates, certificates that are not right, redirects, passwords.
# shellcheck source=tests/lib.sh disable=SC2154
. "$(dirname "$0")/../lib.sh"
PATH=$PATH:/usr/sbin:/sbin
field() { sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^,\"}]*\\).*/\\1/p"; }

# ---- certificates
cd "$T" || exit 2
quiet() { "$@" >"$T/openssl.log" 2>&1 || { cat "$T/openssl.log" >&2 && exit 1; }; }
quiet openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj "/CN=Test CA"
quiet openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -days 30 -subj "/CN=Other CA"
# certificate FILE NAME DAYS [CA]: signed; DAYS below 0: it has ended
certificate() {
	quiet openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$2"
	printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$2" >"$1.ext"
	start=$(date -u -d '-60 days' +%Y%m%d%H%M%SZ) end=$(date -u -d "$3 days 1 hour" +%Y%m%d%H%M%SZ)
	mkdir -p "db.$1" && : >"db.$1/index"
	printf '[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=db.%s\ndatabase=db.%s/index\nserial=db.%s/serial\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n' \
		"$1" "$1" "$1" >"$1.cnf"
	quiet openssl ca -batch -config "$1.cnf" -rand_serial -notext -cert "${4:-ca}.pem" -keyfile "${4:-ca}.key" -startdate "$start" -enddate "$end" \
		-extfile "$1.ext" -in "$1.csr" -out "$1.pem"
}
certificate one www.one.example 20
certificate two www.two.example 6
certificate old www.old.example -3
certificate client client 20
certificate stranger client 20 other
quiet openssl req -x509 -newkey rsa:2048 -nodes -keyout self.key -out self.pem -days 30 -subj "/CN=www.self.example" -addext subjectAltName=DNS:www.self.example
cat one.pem ca.pem >chain.pem

# ---- the server
p=$(free_port) s=$(free_port) m=$(free_port)
printf 'user:%s\n' "$(openssl passwd -apr1 'pass word')" >users
mkdir tmp
server() { printf 'server { listen 127.0.0.1:%s ssl; server_name %s; ssl_certificate %s/%s.pem; ssl_certificate_key %s/%s.key; location / { return 200 "this is %s\\n"; } %s }\n' "$1" "$2" "$T" "$3" "$T" "$4" "$2" "${5-}"; }
cat >nginx.conf <<END
daemon off; master_process off; pid $T/nginx.pid; error_log $T/error.log;
events { worker_connections 256; }
http {
	access_log $T/access.log; default_type text/plain;
	client_body_temp_path tmp/b; proxy_temp_path tmp/p; fastcgi_temp_path tmp/f; uwsgi_temp_path tmp/u; scgi_temp_path tmp/s;
	server {
		listen 127.0.0.1:$p; server_name www.one.example;
		location / { return 200 "status: up\\nhost: \$host\\n"; }
		location /busy { return 429; }
		location /old { return 301 /new; }
		location /safe { return 308 https://www.one.example:$s/; }
		location /hidden { auth_basic x; auth_basic_user_file $T/users; try_files /none =204; }
		location /posted { if (\$request_method != POST) { return 405; } return 200 "\$http_x_one \$content_type \$content_length\\n"; }
		location /big { alias $T/big; }
	}
	$(server "$s" www.one.example chain one "location /unsafe { return 302 http://www.one.example:$p/; } location /elsewhere { return 302 https://127.0.0.1:$s/; }")
	$(server "$s" www.two.example two two)
	$(server "$s" www.old.example old old)
	$(server "$s" www.self.example self self)
	$(server "$m" www.one.example one one "ssl_client_certificate $T/ca.pem; ssl_verify_client on;")
}
END
head -c 1000000 /dev/zero | tr '\0' x >big
spawn nginx -e "$T/error.log" -p "$T" -c "$T/nginx.conf"
wait_for 5 listening "$s" || cat "$T/error.log" >&2

# check TYPE PORT NAME PARAMETERS WANT WHAT: status and reason of one probe, by a task line
check() {
	got=$(printf '{"check_name":"x","domain":"%s","target_ip":"127.0.0.1","port":%s,"type":"%s","timeout_sec":5,"interval_sec":30,"%s":{%s}}\n' \
		"$3" "$2" "$1" "$1" "$4" | fodns-check -t - 2>&1 | sed 's/.*"status":"\([a-z]*\)".*"reason":"\{0,1\}\([^"]*\).*/\1 \2/; s/ null,$//')
	is "$got" "$5" "$6"
}
one=www.one.example ca="\"ca\":\"$T/ca.pem\""

# ---- http, by both clients
for f in '"follow":0' '"follow":1'; do
	check http "$p" $one "$f" ok "http ($f)"
	check http "$p" $one "\"expect_body\":\"^host: www.one.example\$\",$f" ok "a body to match ($f)"
	check http "$p" $one "\"path\":\"/busy\",$f" "warn status 429" "too many requests ($f)"
	check http "$p" $one "\"path\":\"/hidden\",$f" "fail status 401" "a password is asked for ($f)"
	printf 'user:pass word\n' >auth && chmod 600 auth
	check http "$p" $one "\"path\":\"/hidden\",\"expect_status\":\"204\",\"auth_file\":\"$T/auth\",$f" ok "and given ($f)"
	printf 'user:wrong\n' >auth
	check http "$p" $one "\"path\":\"/hidden\",\"auth_file\":\"$T/auth\",$f" "fail status 401" "a wrong one ($f)"
	check http "$p" $one "\"path\":\"/posted\",\"headers\":[\"X-One: a b\"],\"body\":\"x=1\",\"expect_body\":\"^a b application/x-www-form-urlencoded 3\$\",$f" ok "a form ($f)"
	check http "$p" $one "\"path\":\"/big\",\"expect_body\":\"^x+\$\",$f" ok "the first 64 KiB of a body ($f)"
	check http "$p" $one "\"method\":\"HEAD\",\"path\":\"/big\",$f" ok "HEAD ($f)"
done
check http "$p" $one '"path":"/old","expect_status":"301"' ok "a redirect as such"
check http "$p" $one '"path":"/old","expect_body":"^host: www.one.example$","follow":1' ok "a redirect that is followed"

# ---- https
check https "$s" $one "$ca" ok "https, with a private CA"
check https "$s" $one "$ca,\"expect_body\":\"^this is $one\"" ok "the name by SNI"
check https "$s" www.two.example "$ca,\"expect_body\":\"^this is www.two.example\"" ok "another name, another certificate"
check https "$s" x.failover "$ca,\"host\":\"www.two.example\",\"expect_body\":\"^this is www.two.example\"" ok "the name by host"
check https "$s" $one '' "fail self-signed certificate in the chain" "without the CA"
check https "$s" www.two.example '' "fail certificate of an unknown authority" "and without it in the chain"
check https "$s" www.two.example '"verify":false' ok "not verified"
check https "$s" www.three.example "$ca" "fail certificate is for another name" "a wrong name"
check https "$s" www.old.example "$ca" "fail certificate expired" "an expired one"
check https "$s" www.self.example "$ca" "fail self-signed certificate" "a self-signed one"
check https "$s" www.self.example "\"ca\":\"$T/self.pem\"" ok "which is trusted by itself"
check https "$s" $one "\"ca\":\"$T/none.pem\"" "unknown local: CA file not readable" "no CA file"
check https "$s" www.two.example "$ca,\"min_days\":7" "warn certificate ends in 6 days" "one that ends soon"
check https "$s" www.two.example "$ca,\"min_days\":6" ok "but not too soon"
check https "$s" www.old.example '"verify":false,"min_days":1' "warn certificate expired" "not verified, and past"
check https "$p" $one "$ca" "fail not TLS" "a server that has no TLS"

# ---- client certificates
check https "$m" $one "$ca" "fail status 400" "a client certificate is asked for"
check https "$m" $one "$ca,\"cert\":\"$T/client.pem\",\"key\":\"$T/client.key\"" ok "and given"
cat client.pem client.key >both.pem
check https "$m" $one "$ca,\"cert\":\"$T/both.pem\"" ok "with its key in one file"
check https "$m" $one "$ca,\"cert\":\"$T/stranger.pem\",\"key\":\"$T/stranger.key\"" "fail status 400" "one of another authority"
check https "$m" $one "$ca,\"cert\":\"$T/client.pem\",\"key\":\"$T/one.key\"" "unknown local: client certificate or key not usable" "a key of another certificate"
check https "$m" $one "$ca,\"cert\":\"$T/none.pem\"" "unknown local: client certificate or key not usable" "none there"

# ---- redirects
check http "$p" $one '"path":"/safe","follow":1' "fail self-signed certificate in the chain" "from http to https, verified"
check https "$s" $one "$ca,\"path\":\"/unsafe\",\"follow\":1" "fail redirect from https to http" "from https to http"
check https "$s" $one "$ca,\"path\":\"/elsewhere\",\"follow\":1" "fail certificate is for another name" "to another name, whose certificate it must be"

# ---- by two CAs in turn: each is parsed once, or a probe costs 20 times as much
for i in 1 2 3 4 5 6 7 8 9 10; do
	for c in "$ca" "\"ca\":\"/etc/ssl/certs/ca-certificates.crt\",\"verify\":true"; do
		printf '{"check_name":"%s","domain":"%s","target_ip":"127.0.0.1","port":%s,"type":"https","timeout_sec":5,"interval_sec":30,"https":{"path":"/%s",%s}}\n' "$i" $one "$s" "$i" "$c"
	done
done >tasks
exits 1 "twenty probes with two files of authorities" fodns-check -t tasks
is "$(echo "$out" | field status | sort | uniq -c | tr -s ' \n' ' ')" " 10 fail 10 ok " "each by its own"

done_testing
