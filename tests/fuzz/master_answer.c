#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/post.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { LINES = 3 };

static unsigned refusals;

static void
refused(void *arg, const struct parcel *p, const struct parcel_item *it, int status,
        const char *detail)
{
	(void)arg;
	if (it < p->items || it >= p->items + p->n || it->fate != FATE_REFUSED || status < 100 ||
	    status > 999)
		abort();
	for (; *detail; detail++)
		if ((unsigned char)*detail < ' ')
			abort();
	refusals++;
}

static void
judge(const struct fetch_result *res, bool single)
{
	const struct post_refusal refuse = {NULL, refused};
	struct post_verdict v;
	struct parcel p;
	unsigned open = 0;

	parcel_init(&p);
	for (int i = 0; i < LINES; i++)
		parcel_add(&p, "{}\n", 3)->input = 1;
	refusals = 0;
	if (single)
		post_judge_single(&p, 1, res, &refuse, &v);
	else
		post_judge_lines(&p, res, &refuse, &v);
	for (int i = 0; i < LINES; i++)
		open += p.items[i].fate == FATE_OPEN;
	/* Nothing is lost: what is not taken or refused waits, and then it is said why or sent in
	 * another way. */
	if (refusals > LINES || (!single && open && v.end == POST_DONE && !v.why[0]))
		abort();
	if (v.end != POST_DONE && open != LINES)
		abort();
	parcel_free(&p);
}

/* What a master answers, hostile ones too: two bytes of status, then the body. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct fetch_result res = {.end = FETCH_DONE, .retry_after_ms = -1};
	char *body;

	if (n < 3)
		return 0;
	for (int i = 0; i < 3; i++)
		res.code = res.code * 10 + data[i] % 10;
	body = malloc(n - 2);
	if (!body)
		return 0;
	memcpy(body, data + 3, n - 3);
	body[n - 3] = '\0';
	res.body = body;
	res.body_len = n - 3;
	judge(&res, false);
	judge(&res, true);
	free(body);
	return 0;
}
