#include "codec/answer_options.h"

#include <string.h>

enum { OPTION_HEAD = 4 };

/* What people read beside the number of an extended error (RFC 8914 2). */
static const char *
ede_text(int code)
{
	switch (code) {
	case EDE_STALE:
		return "an earlier answer";
	case EDE_NOT_READY:
		return "no fresh reports";
	case EDE_INVALID_DATA:
		return "all targets are down";
	default:
		return "";
	}
}

/* Appends an option; one that does not fit is left out. */
static void
put_option(struct reply *r, unsigned code, const void *data, size_t n)
{
	uint8_t *p = r->p + r->at;

	if (r->end - r->at < OPTION_HEAD + n)
		return;
	wire_put16(p, (uint16_t)code);
	wire_put16(p + 2, (uint16_t)n);
	memcpy(p + OPTION_HEAD, data, n);
	r->at += OPTION_HEAD + n;
}

static const struct answer_secrets *
secrets(const struct reply *r)
{
	const struct answer_site *site = r->w->site;

	return r->q->cookielen && r->peerlen && site
	           ? __atomic_load_n(&site->secrets, __ATOMIC_ACQUIRE)
	           : NULL;
}

static uint32_t
seconds(const struct reply *r)
{
	return __atomic_load_n(&r->w->site->seconds, __ATOMIC_RELAXED);
}

bool
options_known(const struct reply *r)
{
	const struct answer_secrets *s = secrets(r);

	for (unsigned i = 0; s && i < s->n; i++)
		if (cookie_valid(s->secret[i], r->q->cookie, r->q->cookielen, r->peer, r->peerlen,
		                 seconds(r)))
			return true;
	return false;
}

static void
put_cookie(struct reply *r)
{
	const struct answer_secrets *s = secrets(r);
	uint8_t cookie[COOKIE_CLIENT + COOKIE_SERVER];

	if (!s)
		return;
	cookie_make(cookie, s->secret[0], r->q->cookie, r->peer, r->peerlen, seconds(r));
	put_option(r, OPTION_COOKIE, cookie, sizeof(cookie));
}

/* Most needed first. */
void
options_put(struct reply *r)
{
	uint8_t data[2 + 64];

	put_cookie(r);
	if (r->q->keepalive && r->w->keepalive && r->w->tcp) {
		wire_put16(data, r->w->keepalive);
		put_option(r, OPTION_KEEPALIVE, data, 2);
	}
	if (r->q->nsid && r->t->nsidlen)
		put_option(r, OPTION_NSID, r->t->nsid, r->t->nsidlen);
	if (r->ede != EDE_NONE) {
		size_t n = strlen(ede_text(r->ede));

		wire_put16(data, (uint16_t)r->ede);
		memcpy(data + 2, ede_text(r->ede), n);
		put_option(r, OPTION_EDE, data, 2 + n);
	}
}

uint8_t
options_judge(const struct reply *r)
{
	if (r->q->keepalive_wrong && r->w->tcp) /* over UDP it means nothing (RFC 7828 3.2.1) */
		return RCODE_FORMERR;
	if (!r->q->namelen && r->q->cookielen > COOKIE_CLIENT && !options_known(r))
		return RCODE_BADCOOKIE;
	return RCODE_NOERROR;
}
