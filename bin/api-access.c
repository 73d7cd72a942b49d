#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "api.h"
#include "base/mem.h"
#include "codec/request.h"

static struct api_key *
key_of(struct access *a, const char *token)
{
	void **slot = map_puts(&a->by_token, token);
	struct api_key *k = *slot;

	if (!k) {
		k = &a->keys[a->n++];
		k->token = token;
		k->group = (uint32_t)a->n;
		*slot = k;
	}
	return k;
}

/*
 * Tokens are found by a hash that is keyed with a secret of this process, so
 * that the time of a search says nothing about tokens that are near.
 */
void
access_init(struct access *a, const struct config *c)
{
	uint64_t seed[2] = {0, 0};

	memset(a, 0, sizeof(*a));
	a->config = c;
	a->keys = mem_alloc((c->ndomains + c->nagents + 1) * sizeof(*a->keys));
	a->groups = mem_alloc(c->ndomains * sizeof(*a->groups));
	if (getrandom(seed, sizeof(seed), 0) != sizeof(seed))
		seed[0] = (uint64_t)(uintptr_t)a->keys;
	map_init(&a->by_token);
	map_seed(&a->by_token, seed[0], seed[1]);
	for (size_t i = 0; i < c->ndomains; i++)
		if (c->domains[i].token) {
			struct api_key *k = key_of(a, c->domains[i].token);

			k->domains = true;
			a->groups[i] = k->group;
		}
	for (size_t i = 0; i < c->nagents; i++) {
		struct api_key *k = key_of(a, c->agents[i].token);

		if (!k->agent)
			k->agent = &c->agents[i];
	}
	if (c->admin_token)
		key_of(a, c->admin_token)->admin = true;
}

void
access_free(struct access *a)
{
	map_free(&a->by_token);
	free(a->keys);
	free(a->groups);
	memset(a, 0, sizeof(*a));
}

/* In a time that depends on the length alone; volatile, so that no compiler ends it early. */
static bool
same(const char *x, const char *y, size_t n)
{
	volatile unsigned char diff = 0;

	for (size_t i = 0; i < n; i++)
		diff |= (unsigned char)x[i] ^ (unsigned char)y[i];
	return !diff;
}

const struct api_key *
access_key(const struct access *a, const struct http_request *q)
{
	size_t n;
	const char *token =
	    request_token(http_header(q, "X-API-Key"), http_header(q, "Authorization"), &n);
	const struct api_key *k = token ? map_get(&a->by_token, token, n) : NULL;

	return k && strlen(k->token) == n && same(k->token, token, n) ? k : NULL;
}

bool
access_domain(const struct access *a, const struct api_key *k, const struct domain *d)
{
	if (a->config->nagents)
		return k && k->agent;
	return !d->token || (k && k->group == a->groups[d->index]);
}

bool
access_status(const struct access *a, const struct api_key *k, const struct domain *d)
{
	if (!a->config->status_auth)
		return true;
	if (!k)
		return false;
	if (k->admin || k->agent)
		return true;
	return d && d->token && !a->config->nagents && k->group == a->groups[d->index];
}

bool
access_some(const struct access *a, const struct api_key *k)
{
	return access_status(a, k, NULL) || (k && k->domains && !a->config->nagents);
}

void
access_refuse(const struct http_request *q, struct http_reply *r)
{
	size_t n;

	if (request_token(http_header(q, "X-API-Key"), http_header(q, "Authorization"), &n)) {
		http_detail(r, 403, "Invalid token");
		return;
	}
	http_detail(r, 401, "A token is required");
	r->authenticate = true;
}
