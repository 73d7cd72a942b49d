#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "codec/digest.h"
#include "core/view.h"
#include "decide.h"

/* fodns-decide --digest: a hash of what each domain answers, to compare masters by. */
struct digesting {
	bool json;
	struct buf lines; /* "NAME HASH", of all: what the last hash is of */
	size_t n;
};

static void
take_domain(struct digesting *g, const struct engine *e, const struct domain *d)
{
	static struct decision dec;
	struct buf b = {0};
	char hash[DIGEST_TEXT];

	view_decision(e, d, &dec);
	digest_lines(&b, &dec);
	digest_text(hash, b.data, b.len);
	buf_free(&b);
	buf_printf(&g->lines, "%s %s\n", d->name, hash);
	g->n++;
	if (g->json)
		printf("{\"type\":\"digest\",\"domain\":\"%s\",\"digest\":\"%s\"}\n", d->name,
		       hash);
}

static void
end(const struct digesting *g)
{
	const char *text = g->lines.data ? g->lines.data : "";
	char hash[DIGEST_TEXT];

	digest_text(hash, text, g->lines.len);
	if (g->json)
		printf("{\"type\":\"digest\",\"domain\":null,\"domains\":%zu,\"digest\":\"%s\"}\n",
		       g->n, hash);
	else
		printf("%s(all) %s\n", text, hash);
}

int
decide_digest(struct decide *d)
{
	struct digesting g = {.json = decide_json(d)};
	size_t n = (size_t)d->noperands;
	struct engine *e;
	struct config c;
	uint64_t bad = 0;
	struct fault f;

	cli_load_config(&c, cli_config_path(d->config));
	for (size_t i = 0; i < n; i++)
		decide_domain(&c, d->operands[i]);
	if (!(e = decide_world(d, &c, &bad, &f)))
		cli_fail(&f);
	for (size_t i = 0; i < (n ? n : c.ndomains); i++)
		take_domain(&g, e, n ? decide_domain(&c, d->operands[i]) : &c.domains[i]);
	end(&g);
	buf_free(&g.lines);
	engine_free(e);
	config_free(&c);
	return EXIT_DONE;
}
