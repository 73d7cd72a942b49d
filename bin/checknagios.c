#include "checknagios.h"

#include <stdio.h>
#include <string.h>

#include "model/addr.h"

/* By enum status: the plugins' level, and which of two is worse (a fail, then not knowing). */
static const struct {
	int level, rank;
	const char *word;
} levels[] = {[STATUS_OK] = {0, 0, "OK"},
              [STATUS_WARN] = {1, 1, "WARNING"},
              [STATUS_FAIL] = {2, 3, "CRITICAL"},
              [STATUS_UNKNOWN] = {3, 2, "UNKNOWN"}};

void
checknagios_take(struct checknagios *c, const struct report *r)
{
	c->n[r->status]++;
	if (levels[r->status].rank > levels[c->worst.status].rank)
		c->worst = *r;
	/* A bar would begin the performance data. */
	for (char *bar = c->worst.reason; (bar = strchr(bar, '|'));)
		*bar = '/';
}

int
checknagios_say(const struct checknagios *c)
{
	const struct report *w = &c->worst;
	size_t all = c->n[STATUS_OK] + c->n[STATUS_WARN] + c->n[STATUS_FAIL] + c->n[STATUS_UNKNOWN];
	enum status status = all ? w->status : STATUS_UNKNOWN;
	char to[TARGET_TEXT];

	printf("FODNS %s - %zu of %zu checks ok", levels[status].word, c->n[STATUS_OK], all);
	if (all == 0)
		printf(", nothing was checked");
	else if (status != STATUS_OK)
		printf("; %s %s %s %s: %s", w->domain, w->type,
		       report_target(to, w), status_word((int)status),
		       w->reason);
	printf(" | ok=%zu;;;0;%zu warn=%zu fail=%zu unknown=%zu\n", c->n[STATUS_OK], all,
	       c->n[STATUS_WARN], c->n[STATUS_FAIL], c->n[STATUS_UNKNOWN]);
	return levels[status].level;
}
