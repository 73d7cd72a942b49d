#include "model/answer.h"

#include <stdlib.h>
#include <string.h>

struct answer
answer_addr(const struct addr *a)
{
	return (struct answer){.addr = *a};
}

struct answer
answer_value(const char *text)
{
	struct answer a;

	memset(&a, 0, sizeof(a));
	a.family = FAMILY_OTHER;
	a.text = text;
	return a;
}

bool
answer_equal(const struct answer *a, const struct answer *b)
{
	if (a->family != FAMILY_OTHER)
		return addr_equal(&a->addr, &b->addr);
	return b->family == FAMILY_OTHER && strcmp(a->text, b->text) == 0;
}

const char *
answer_text(char dst[static ADDR_TEXT], const struct answer *a)
{
	return a->family == FAMILY_OTHER ? a->text : addr_format(dst, &a->addr);
}

static int
cmp_text(const void *x, const void *y)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];

	return strcmp(answer_text(a, x), answer_text(b, y));
}

size_t
answer_sort(struct answer *a, size_t n)
{
	size_t kept = 0;

	if (n < 2)
		return n;
	qsort(a, n, sizeof(*a), cmp_text);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !answer_equal(&a[kept - 1], &a[i]))
			a[kept++] = a[i];
	return kept;
}

enum rrtype
family_type(enum family f, enum rrtype other)
{
	return f == FAMILY_OTHER ? other : f == FAMILY_V6 ? RRTYPE_AAAA : RRTYPE_A;
}

enum family
type_family(enum rrtype t)
{
	return t == RRTYPE_A ? FAMILY_V4 : t == RRTYPE_AAAA ? FAMILY_V6 : FAMILY_OTHER;
}

bool
answer_each(const char **list, const char **answer, size_t *n)
{
	const char *p = *list;
	bool quoted = false;

	if (!*p)
		return false;
	for (*answer = p; *p && (quoted || *p != ','); p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '"')
			quoted = !quoted;
	}
	*n = (size_t)(p - *answer);
	*list = p + (*p == ',');
	return true;
}
