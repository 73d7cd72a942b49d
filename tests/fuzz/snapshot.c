#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/config.h"
#include "codec/snapshot.h"
#include "core/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A master of three domains, one of them of names. */
static const char text[] =
    "zones:\n- name: z\n  domains:\n"
    "    a.z: {fallback: [10.9.9.9], server: {votes: quorum, on_silence: keep, on_all_down: last, rise: 2, fall: 2, failback_delay: 9},\n"
    "      monitor: {targets: [{ip: 10.0.0.1, port: 80}, {ip: 10.0.0.2, port: 80}, {ip: \"2001:db8::1\", port: 80}]}}\n"
    "    b.z: {server: {select: priority, failback: manual, timeout_sec: 5},\n"
    "      monitor: {mode: http, targets: [{ip: 10.0.0.1, port: 80, priority: 5}, {ip: 10.0.0.2, port: 80}]}}\n"
    "    c.z: {fallback: [x.example], monitor: {targets: [{type: CNAME, value: s.example, port: 80}, {type: CNAME, value: t.example, port: 80}]}}\n";
enum { BASE = 1000000000 };

static int
give(void *arg, const char *path, struct buf *b, struct fault *f)
{
	(void)path;
	(void)f;
	buf_puts(b, arg);
	return 0;
}

/* With agents that are learned, and with bound ones. */
static const struct config *
config(void)
{
	static struct config made[2];
	static char both[2][4096];

	for (int i = 0; i < 2 && !made[1].ndomains; i++) {
		struct config_source src = {both[i], give, NULL, NULL};
		struct config_problems p = {0};

		if (i)
			strcpy(both[i], "agents: [{id: a1, token: x}, {id: a2, token: y}, {id: a3, token: z}]\n");
		strcat(both[i], text);
		if (config_load(&made[i], "/f", &src, &p) < 0)
			abort();
	}
	return made;
}

/* ---- a snapshot as lines */

static void
put_agent(void *arg, const struct saved_agent *a)
{
	snap_write_agent(arg, a);
}

static void
put_override(void *arg, const struct saved_override *o)
{
	snap_write_override(arg, o, BASE);
}

static void
put_domain(void *arg, const struct saved_domain *d)
{
	snap_write_domain(arg, d, BASE);
}

static struct buf
save(const struct engine *e)
{
	struct buf b = {0};
	struct saved_calls calls = {&b, put_agent, put_override, put_domain};

	engine_save(e, &calls);
	buf_add(&b, "", 0);
	return b;
}

static void
load_line(struct engine *e, const struct snap_line *l)
{
	if (l->kind == SNAP_AGENT)
		engine_load_agent(e, &l->agent);
	else if (l->kind == SNAP_OVERRIDE)
		engine_load_override(e, &l->override);
	else if (l->kind == SNAP_DOMAIN)
		engine_load_domain(e, &l->domain);
}

/* What was read is written in one form, which is read as the same again. */
static void
write_line(struct buf *b, const struct snap_line *l)
{
	switch (l->kind) {
	case SNAP_HEAD: snap_write_head(b, &l->head); break;
	case SNAP_PLACE: snap_write_place(b, &l->place); break;
	case SNAP_AGENT: snap_write_agent(b, &l->agent); break;
	case SNAP_OVERRIDE: snap_write_override(b, &l->override, BASE); break;
	case SNAP_DOMAIN: snap_write_domain(b, &l->domain, BASE); break;
	case SNAP_END: snap_write_end(b, l->end.lines, strtoull(l->end.sum, NULL, 16)); break;
	case SNAP_OTHER: break;
	}
}

static void
check_line(const struct snap_line *l)
{
	struct buf once = {0}, twice = {0}, line = {0};
	struct snap_line again;
	struct fault f;

	write_line(&once, l);
	if (once.len) {
		snap_line_init(&again);
		buf_add(&line, once.data, once.len);
		if (snap_read(&again, line.data, line.len - 1, BASE, &f) < 0 || again.kind != l->kind)
			abort();
		write_line(&twice, &again);
		if (once.len != twice.len || memcmp(once.data, twice.data, once.len))
			abort();
		snap_line_free(&again);
	}
	buf_free(&once);
	buf_free(&twice);
	buf_free(&line);
}

static struct engine *
load(const struct config *c, const char *data, size_t n, bool check)
{
	struct engine *e = engine_new(c, BASE);
	char *copy = mem_alloc(n + 1), *p = copy, *end = copy + n;
	struct snap_line l;
	struct fault f;

	if (n)
		memcpy(copy, data, n);
	snap_line_init(&l);
	while (p < end) {
		char *nl = memchr(p, '\n', (size_t)(end - p)), *stop = nl ? nl : end;
		/* Each line in its own memory, so that reading too far is seen. */
		size_t len = (size_t)(stop - p);
		char *line = mem_alloc(len + 1);

		memcpy(line, p, len);
		if (snap_read(&l, line, len, BASE, &f) == 0) {
			load_line(e, &l);
			if (check)
				check_line(&l);
		}
		free(line);
		p = stop + 1;
	}
	snap_line_free(&l);
	free(copy);
	engine_load_end(e);
	return e;
}

/* Any bytes as a snapshot: what an engine takes from it, it saves, and the same comes of that. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct config *c = config();

	if (n > 65536)
		return 0;
	for (int i = 0; i < 2; i++) {
		struct engine *first = load(&c[i], (const char *)data, n, i == 0), *second;
		struct buf a = save(first), b;

		second = load(&c[i], a.data, a.len, false);
		b = save(second);
		if (a.len != b.len || memcmp(a.data, b.data, a.len))
			abort();
		/* It goes on with what it took. */
		engine_advance(second, BASE + 100000);
		engine_free(first);
		engine_free(second);
		buf_free(&a);
		buf_free(&b);
	}
	return 0;
}
