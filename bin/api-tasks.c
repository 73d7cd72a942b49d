#include <stdio.h>
#include <string.h>

#include "api.h"
#include "base/siphash.h"
#include "codec/records.h"
#include "codec/request.h"

/* What decides which tasks somebody gets. */
struct asker {
	const struct api_key *key;
	struct request_tags tags;
	bool original; /* PyFailoverDNS's agent: a TCP connect whatever the task says */
};

/*
 * The same asker with the same config gets the same list: so the tag is of those, and nothing is
 * rendered for a 304.
 */
static void
make_etag(const struct api *a, const struct asker *w, char etag[static 40])
{
	static const uint64_t seed[2] = {0x666f646e73, 0x7461736b73};
	struct buf b = {0};

	buf_puts(&b, a->config->hash);
	buf_putc(&b, w->original ? 'o' : 'n');
	buf_puti(&b, w->key ? (int64_t)w->key->group : 0);
	for (size_t i = 0; i < w->tags.n; i++) {
		buf_putc(&b, ',');
		buf_puts(&b, w->tags.list[i]);
	}
	snprintf(etag, 40, "\"%016llx\"", (unsigned long long)siphash13(seed, b.data, b.len));
	buf_free(&b);
}

static void
add_task(struct buf *b, const struct domain *d, const struct target *t, bool original)
{
	struct task task = task_of(d, t);

	/* It connects to the port it is given, and has nothing to do where there is none. */
	if (original && task.port == PORT_NONE)
		return;
	if (b->data[b->len - 1] == '}')
		buf_putc(b, ',');
	task_write_object(b, &task, original);
}

/* With agents: a task whose report would then be refused is not handed out. */
static bool
wanted(const struct api *a, const struct asker *w, const struct domain *d)
{
	const struct agent_binding *b = a->config->nagents && w->key ? w->key->agent : NULL;

	return config_tags_match(d, w->tags.list, w->tags.n) &&
	       access_domain(&a->access, w->key, d) &&
	       (!b || config_tags_match(d, b->tags, b->ntags));
}

static void
add_tasks(const struct api *a, const struct asker *w, struct buf *b)
{
	const struct config *c = a->config;

	buf_puts(b, "{\"tasks\":[");
	for (size_t i = 0; i < c->ndomains; i++) {
		const struct domain *d = &c->domains[i];

		if (!wanted(a, w, d))
			continue;
		for (size_t k = 0; k < d->ntargets; k++)
			add_task(b, d, &d->targets[k], w->original);
	}
	buf_puts(b, "]}");
}

void
api_bad_query(struct http_reply *r, const char *field, const char *type, const char *message)
{
	r->status = 422;
	buf_puts(&r->body, "{\"detail\":[{\"type\":");
	buf_json(&r->body, type);
	buf_puts(&r->body, ",\"loc\":[\"query\",");
	buf_json(&r->body, field);
	buf_puts(&r->body, "],\"msg\":");
	buf_json(&r->body, message);
	buf_puts(&r->body, "}]}");
}

/* GET /api/v1/tasks?tags=a,b */
void
api_tasks(void *arg, const struct http_request *q, struct http_reply *r)
{
	struct api *a = arg;
	struct asker w = {.key = access_key(&a->access, q)};
	const char *tags, *why;
	size_t n;

	if (!api_admit(a, q, w.key, r))
		return;
	tags = http_query(q, "tags", &n);
	if (!tags) {
		api_bad_query(r, "tags", "missing", "Field required");
		return;
	}
	if ((why = request_tags(&w.tags, tags, n))) {
		api_bad_query(r, "tags", "value_error", why);
		return;
	}
	w.original = request_original_agent(http_header(q, "User-Agent"));
	make_etag(a, &w, r->etag);
	a->counts.tasks++;
	if (request_etag(http_header(q, "If-None-Match"), r->etag)) {
		a->counts.tasks_unchanged++;
		r->status = 304;
		return;
	}
	add_tasks(a, &w, &r->body);
}
