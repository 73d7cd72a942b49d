#include "core/compare.h"

#include <stdlib.h>
#include <string.h>

#include "core/grid.h"
#include "core/listing.h"

bool
compare_shown(const struct compared *c, enum family f)
{
	return c->domain && (domain_has(c->domain, f) || c->decision->rrsets[f].nanswers > 0);
}

/* Shares are rounded for people; what differs is the weights. */
static void
add_selection(struct buf *b, const struct rrset *r)
{
	if (r->select == SELECT_HASH)
		buf_puts(b, ", one by client,");
	if (r->select != SELECT_WEIGHTED)
		return;
	buf_puts(b, ", weights");
	for (size_t i = 0; i < r->nanswers; i++)
		buf_printf(b, "%c%u", i ? ':' : ' ', r->weights[i]);
	buf_putc(b, ',');
}

/* Everything that two answers can differ in; equal text is an equal answer. */
void
compare_rrset(struct buf *b, const struct compared *c, enum family f)
{
	const struct rrset *r = &c->decision->rrsets[f];
	int most = c->decision->max_answers;

	buf_printf(b, "%s ", rrtype_word((int)family_type(f, c->domain->type)));
	listing_answers(b, r, " ");
	add_selection(b, r);
	if (r->source != SOURCE_NONE)
		buf_printf(b, " %s", source_word(r->source));
	if (r->nanswers)
		buf_printf(b, ", ttl %u", r->ttl);
	if (most > 0 && (size_t)most < r->nanswers)
		buf_printf(b, ", %d a response", most);
}

bool
compare_same(const struct compared *a, const struct compared *b, enum family f)
{
	bool x = compare_shown(a, f), y = compare_shown(b, f), same;
	struct buf of_a = {0}, of_b = {0};

	if (!x || !y)
		return x == y;
	compare_rrset(&of_a, a, f);
	compare_rrset(&of_b, b, f);
	same = !strcmp(of_a.data, of_b.data);
	buf_free(&of_a);
	buf_free(&of_b);
	return same;
}

bool
compare_all_same(const struct compared *a, const struct compared *b)
{
	for (int f = 0; f < FAMILIES; f++)
		if (!compare_same(a, b, (enum family)f))
			return false;
	return true;
}

void
compare_line(struct buf *b, bool colour, char sign, const char *text)
{
	struct buf line = {0};

	buf_printf(&line, "%c %s", sign, text);
	paint_add(b, colour, sign == '-' ? PAINT_BAD : PAINT_GOOD, line.data);
	buf_putc(b, '\n');
	buf_free(&line);
}

static void
write_side(struct buf *b, bool colour, char sign, const struct compared *c, enum family f)
{
	struct buf text = {0};

	if (!compare_shown(c, f))
		return;
	compare_rrset(&text, c, f);
	compare_line(b, colour, sign, text.data);
	buf_free(&text);
}

void
compare_sentence(struct buf *b, bool colour, char sign, const char *text, size_t width)
{
	enum paint paint = sign == '-' ? PAINT_BAD : PAINT_GOOD;
	struct buf lines = {0};
	struct grid g;

	grid_init(&g, 1);
	g.indent = 2;
	grid_add(&g, paint, text);
	grid_write(&g, &lines, colour, width);
	grid_free(&g);
	paint_add(b, colour, paint, (char[]){sign, '\0'});
	buf_add(b, lines.data + 1, lines.len - 1); /* in place of the first blank */
	buf_free(&lines);
}

void
compare_write(struct buf *b, bool colour, const struct compared *was, const struct compared *is)
{
	for (int f = 0; f < FAMILIES; f++) {
		if (compare_same(was, is, (enum family)f))
			continue;
		write_side(b, colour, '-', was, (enum family)f);
		write_side(b, colour, '+', is, (enum family)f);
	}
}
