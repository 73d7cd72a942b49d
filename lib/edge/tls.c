#include "edge/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "base/mem.h"
#include "edge/credential.h"
#include "edge/fetchcurl.h"
#include "edge/file.h"
#include "edge/tlserror.h"
#include "model/addr.h"

enum { STORES = 64, CA_BYTES = 16 << 20, KEY_BYTES = 1 << 20, CHAIN_MOST = 16, MESSAGES_MOST = 1000,
       FIELD_BITS_MOST = 4096 };

/* The authorities of one file as they were when it looked like this. */
struct store {
	struct store *next;
	X509_STORE *certs;
	struct stat looked;
	char path[];
};

struct tls_maker {
	SSL_CTX *ctx;
	struct store *stores; /* the one used last first */
};

struct tls {
	SSL *ssl;
	bool shaken, asked, shown; /* asked: for a certificate of ours; shown: it has one */
	const char *alpn, *why;
	char protocol[256]; /* alpn with its length in front */
};

/* The first error that OpenSSL has noted is the cause of the others. */
static const char *
reason(const struct tls *t)
{
	unsigned long e = ERR_peek_error();
	int code = ERR_GET_LIB(e) == ERR_LIB_SSL ? ERR_GET_REASON(e) : 0;

	if (code == SSL_R_CERTIFICATE_VERIFY_FAILED)
		return tls_certificate_error(SSL_get_verify_result(t->ssl));
	/* TLS 1.2 has no alert of its own for a missing one. */
	if (t->asked && !t->shown && code >= SSL_AD_REASON_OFFSET)
		return tls_handshake_error(SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED);
	return tls_handshake_error(code);
}

/* ---- authorities */

static void
store_free(struct store *s)
{
	X509_STORE_free(s->certs);
	free(s);
}

/* A file as OpenSSL reads it, in memory: none that is no regular file, nor a large one. */
static BIO *
open_pem(const char *path, struct buf *b, size_t cap)
{
	struct fault f;
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || file_read(path, b, cap, &f) < 0)
		return NULL;
	return BIO_new_mem_buf(b->data ? b->data : "", (int)b->len);
}

static void
close_pem(BIO *bio, struct buf *b)
{
	BIO_free(bio);
	buf_wipe(b); /* perhaps a key */
}

/* Nobody is asked for a password. */
static int
no_password(char *dst, int cap, int writing, void *arg)
{
	(void)dst;
	(void)cap;
	(void)writing;
	(void)arg;
	return -1;
}

static bool
read_store(X509_STORE *to, const char *path)
{
	struct buf b = {0};
	BIO *bio = open_pem(path, &b, CA_BYTES);
	X509 *one;
	bool any = false;

	while (bio && (one = PEM_read_bio_X509_AUX(bio, NULL, no_password, NULL))) {
		any |= X509_STORE_add_cert(to, one) == 1;
		X509_free(one);
	}
	ERR_clear_error();
	close_pem(bio, &b);
	return any;
}

static struct store *
store_new(const char *path, const struct stat *looked)
{
	struct store *s = mem_alloc(sizeof(*s) + strlen(path) + 1);

	strcpy(s->path, path);
	s->looked = *looked;
	s->certs = X509_STORE_new();
	if (s->certs && read_store(s->certs, path)) {
		/* As libcurl does: what the file names is trusted, be it the root or not. */
		X509_STORE_set_flags(s->certs, X509_V_FLAG_PARTIAL_CHAIN);
		return s;
	}
	store_free(s);
	return NULL;
}

static bool
same_look(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Takes the one of this path out of the list; the last one, too, if there are too many. */
static struct store *
take_out(struct tls_maker *m, const char *path)
{
	struct store *found = NULL, *s, **at = &m->stores;
	size_t n = 0;

	while ((s = *at)) {
		bool it = strcmp(s->path, path) == 0;

		if (!it && ++n < STORES) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		if (it)
			found = s;
		else
			store_free(s);
	}
	return found;
}

static X509_STORE *
store_of(struct tls_maker *m, const char *path)
{
	struct store *s = take_out(m, path);
	struct stat look;

	if (stat(path, &look) < 0 || (s && !same_look(&s->looked, &look))) {
		if (s)
			store_free(s);
		s = NULL;
	}
	if (!s)
		s = store_new(path, &look);
	if (!s)
		return NULL;
	s->next = m->stores;
	m->stores = s;
	return s->certs;
}

/* ---- what a handshake may take */

static int
counter_index(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	return index;
}

static intptr_t
messages(const SSL *ssl)
{
	return (intptr_t)SSL_get_ex_data(ssl, counter_index());
}

/* One too many, and there is nothing to read any more: that is an end for whoever reads. */
static void
on_message(int sent, int version, int type, const void *p, size_t n, SSL *ssl, void *arg)
{
	intptr_t count = messages(ssl) + 1;

	(void)version;
	(void)p;
	(void)n;
	(void)arg;
	if (sent || type != SSL3_RT_HANDSHAKE)
		return;
	SSL_set_ex_data(ssl, counter_index(), (void *)count);
	if (count == MESSAGES_MOST)
		SSL_set0_rbio(ssl, BIO_new(BIO_s_null()));
}

static int (*library_allows)(const SSL *, const SSL_CTX *, int, int, int, void *, void *);

/* Finite fields over 4096 bits: two powers in one of 10,000 bits take a second, in one call. */
static bool
is_slow(int op, void *other)
{
	const unsigned char *group = other;

	if (!other)
		return false;
	if (op == SSL_SECOP_TMP_DH)
		return EVP_PKEY_get_bits(other) > FIELD_BITS_MOST;
	return (op & SSL_SECOP_OTHER_TYPE) == SSL_SECOP_OTHER_CURVE && group[0] == 1 &&
	       group[1] > 2; /* ffdhe6144, ffdhe8192: RFC 7919, 2 */
}

static int
on_allow(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other, void *ex)
{
	return is_slow(op, other) ? 0 : library_allows(ssl, ctx, op, bits, nid, other, ex);
}

void
tls_bound(void *ctx)
{
	SSL_CTX_set_msg_callback(ctx, on_message);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
	if (SSL_CTX_get_security_callback(ctx) != on_allow) {
		library_allows = SSL_CTX_get_security_callback(ctx);
		SSL_CTX_set_security_callback(ctx, on_allow);
	}
}

struct tls_maker *
tls_maker_new(void)
{
	struct tls_maker *m = mem_alloc(sizeof(*m));

	m->ctx = SSL_CTX_new(TLS_client_method());
	if (!m->ctx) {
		free(m);
		return NULL;
	}
	SSL_CTX_set_session_cache_mode(m->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_clear_mode(m->ctx, SSL_MODE_AUTO_RETRY); /* one record a step */
	SSL_CTX_set_verify_depth(m->ctx, CHAIN_MOST);
	tls_bound(m->ctx);
	return m;
}

void
tls_maker_free(struct tls_maker *m)
{
	struct store *s;

	if (!m)
		return;
	while ((s = m->stores)) {
		m->stores = s->next;
		store_free(s);
	}
	SSL_CTX_free(m->ctx);
	free(m);
}

/* ---- a handshake */

static const char *
set_name(SSL *ssl, const char *name, bool verify)
{
	X509_VERIFY_PARAM *p = SSL_get0_param(ssl);
	struct addr a;
	bool address = addr_parse(name, &a);

	if (!address && SSL_set_tlsext_host_name(ssl, name) != 1)
		return "no name for TLS";
	if (!verify)
		return NULL;
	X509_VERIFY_PARAM_set_hostflags(p, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (address ? X509_VERIFY_PARAM_set1_ip_asc(p, name) : X509_VERIFY_PARAM_set1_host(p, name, 0))
		return NULL;
	return "no name for TLS";
}

static const char *
set_authorities(struct tls_maker *m, SSL *ssl, const struct tls_request *q)
{
	const char *path = q->ca ? q->ca : fetch_curl_ca();
	X509_STORE *s;

	if (!q->verify) {
		SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
		return NULL;
	}
	s = path ? store_of(m, path) : NULL;
	if (!s)
		return "CA file not readable";
	SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	return SSL_set1_verify_cert_store(ssl, s) == 1 ? NULL : "no memory";
}

static bool
set_certificate(SSL *ssl, const char *path)
{
	struct buf b = {0};
	BIO *bio = open_pem(path, &b, KEY_BYTES);
	X509 *one;
	bool good = true;
	int n = 0;

	for (; bio && good && (one = PEM_read_bio_X509(bio, NULL, no_password, NULL)); n++) {
		good = n == 0 ? SSL_use_certificate(ssl, one) == 1
		              : n < CHAIN_MOST && SSL_add1_chain_cert(ssl, one) == 1;
		X509_free(one);
	}
	close_pem(bio, &b);
	return good && n > 0;
}

static bool
set_key(SSL *ssl, const char *path)
{
	struct buf b = {0};
	BIO *bio = open_pem(path, &b, KEY_BYTES);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
	bool good = key && SSL_use_PrivateKey(ssl, key) == 1;

	EVP_PKEY_free(key);
	close_pem(bio, &b);
	return good;
}

static const char *
set_protocol(struct tls *t, const char *alpn)
{
	size_t n = strlen(alpn);

	if (n == 0 || n >= sizeof(t->protocol))
		return "no protocol for ALPN";
	t->protocol[0] = (char)n;
	memcpy(t->protocol + 1, alpn, n);
	t->alpn = t->protocol;
	return SSL_set_alpn_protos(t->ssl, (const unsigned char *)t->alpn, (unsigned)n + 1) == 0
	    ? NULL
	    : "no memory";
}

static int
on_asked(SSL *ssl, void *arg)
{
	struct tls *t = arg;

	(void)ssl;
	t->asked = true;
	return 1;
}

static const char *
set_all(struct tls_maker *m, struct tls *t, const struct tls_request *q, int fd)
{
	const char *why;

	if (!t->ssl || SSL_set_fd(t->ssl, fd) != 1)
		return "no memory";
	SSL_set_connect_state(t->ssl);
	SSL_set_cert_cb(t->ssl, on_asked, t);
	if ((why = set_name(t->ssl, q->name, q->verify)) || (why = set_authorities(m, t->ssl, q)))
		return why;
	if (q->alpn && (why = set_protocol(t, q->alpn)))
		return why;
	t->shown = q->cert != NULL;
	if (q->cert && (!set_certificate(t->ssl, q->cert) ||
	                !set_key(t->ssl, q->key ? q->key : q->cert)))
		return "client certificate or key not usable";
	return NULL;
}

struct tls *
tls_open(struct tls_maker *m, const struct tls_request *q, int fd, const char **why)
{
	struct tls *t = mem_alloc(sizeof(*t));

	t->ssl = SSL_new(m->ctx);
	*why = set_all(m, t, q, fd);
	ERR_clear_error();
	if (!*why)
		return t;
	tls_free(t);
	return NULL;
}

void
tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	free(t);
}

static enum tls_step
bad(struct tls *t, const char *why)
{
	t->why = why;
	return TLS_BAD;
}

/* What is to be done after OpenSSL said ret. */
static enum tls_step
unfinished(struct tls *t, int ret, int *err)
{
	int saved = errno, code = SSL_get_error(t->ssl, ret);

	if (messages(t->ssl) >= MESSAGES_MOST)
		return bad(t, "handshake without end");
	if (code == SSL_ERROR_WANT_READ)
		return TLS_READ;
	if (code == SSL_ERROR_WANT_WRITE)
		return TLS_WRITE;
	if (code != SSL_ERROR_SYSCALL || !saved)
		return bad(t, reason(t));
	*err = saved;
	return TLS_LOST;
}

/* Is the protocol the one that was asked for? */
static bool
agreed(const struct tls *t)
{
	const unsigned char *p;
	unsigned n;

	if (!t->alpn)
		return true;
	SSL_get0_alpn_selected(t->ssl, &p, &n);
	return n == (unsigned char)t->alpn[0] && memcmp(p, t->alpn + 1, n) == 0;
}

/*
 * In TLS 1.3 the handshake is over for us before the server has looked at our
 * certificate: its word comes before it answers our close_notify (RFC 8446 4.4.2.4).
 */
static enum tls_step
hear_verdict(struct tls *t, int *err)
{
	char byte;
	int ret = SSL_read(t->ssl, &byte, 1);
	enum tls_step s;

	if (ret > 0 || SSL_get_error(t->ssl, ret) == SSL_ERROR_ZERO_RETURN)
		return TLS_DONE;
	s = unfinished(t, ret, err);
	if (s == TLS_BAD && ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return TLS_DONE;
	return s;
}

enum tls_step
tls_step(struct tls *t, int *err)
{
	int ret;

	ERR_clear_error();
	errno = 0;
	if (t->shaken)
		return hear_verdict(t, err);
	ret = SSL_do_handshake(t->ssl);
	if (ret != 1)
		return unfinished(t, ret, err);
	if (!agreed(t))
		return bad(t, "no shared protocol");
	t->shaken = true;
	SSL_shutdown(t->ssl);
	ERR_clear_error();
	return t->asked && SSL_version(t->ssl) >= TLS1_3_VERSION ? TLS_READ : TLS_DONE;
}

const char *
tls_why(const struct tls *t)
{
	return t->why;
}

int64_t
tls_cert_end(const struct tls *t)
{
	X509 *cert = SSL_get0_peer_certificate(t->ssl);
	struct tm tm;

	if (!cert || ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1)
		return 0;
	return (int64_t)timegm(&tm) * 1000;
}
