#include "core/listing.h"

#include "base/num.h"
#include "core/view.h"

/* Whether any view that counts is fresh: else what is answered is a guess. */
static bool
any_fresh(struct engine *e, const struct domain *d)
{
	struct agent_view a;

	for (size_t t = 0; t < d->ntargets; t++) {
		size_t n = view_agents(e, d, t);

		for (size_t i = 0; i < n; i++) {
			view_agent(e, d, t, i, &a);
			if (a.fresh)
				return true;
		}
	}
	return false;
}

enum health
listing_health(struct engine *e, const struct domain *d, const struct decision *dec)
{
	for (int f = 0; f < FAMILIES; f++)
		if (domain_has(d, (enum family)f) && dec->rrsets[f].source != SOURCE_LIVE)
			return any_fresh(e, d) ? HEALTH_NOT_LIVE : HEALTH_UNKNOWN;
	return d->ntargets > 0 ? HEALTH_LIVE : HEALTH_NOT_LIVE;
}

static size_t
stale_agents(struct engine *e, const struct domain *d, size_t target)
{
	struct agent_view a;
	size_t n = view_agents(e, d, target), stale = 0;

	for (size_t i = 0; i < n; i++) {
		view_agent(e, d, target, i, &a);
		stale += a.expected && !a.fresh;
	}
	return stale;
}

void
listing_degree(struct engine *e, const struct domain *d, struct degree *out)
{
	struct target_state t;

	*out = (struct degree){.targets = d->ntargets};
	for (size_t i = 0; i < d->ntargets; i++) {
		view_target(e, d, i, &t);
		out->up += t.state == STATE_UP;
		out->overrides += t.override != NULL;
		out->stale_agents += stale_agents(e, d, i);
	}
}

/* "75%"; a share that is neither nothing nor all is shown as neither. */
static void
add_share(struct buf *b, const struct rrset *r, size_t i)
{
	unsigned sum = 0, percent;

	for (size_t k = 0; k < r->nanswers; k++)
		sum += r->weights[k];
	percent = (100 * r->weights[i] + sum / 2) / sum;
	if (percent == 0 || percent == 100)
		buf_puts(b, percent ? " >99%" : " <1%");
	else
		buf_printf(b, " %u%%", percent);
}

void
listing_answers(struct buf *b, const struct rrset *r, const char *sep)
{
	char text[ADDR_TEXT];

	if (r->nanswers == 0)
		buf_puts(b, r->rcode ? rcode_word((int)r->rcode) : "nothing");
	for (size_t i = 0; i < r->nanswers; i++) {
		buf_printf(b, "%s%s", i ? sep : "", answer_text(text, &r->answers[i]));
		if (r->select == SELECT_WEIGHTED)
			add_share(b, r, i);
	}
}

void
listing_head(struct grid *t)
{
	static const char *const names[] = {"DOMAIN", "TYPE", "SOURCE", "UP", "SINCE", "ANSWER"};

	grid_init(t, sizeof(names) / sizeof(*names));
	t->right = 1u << 3 | 1u << 4;
	for (size_t i = 0; i < t->columns; i++)
		grid_add(t, PAINT_DIM, names[i]);
}

static enum paint
source_paint(enum source s, const struct degree *g)
{
	if (s == SOURCE_LIVE)
		return g->up == g->targets ? PAINT_GOOD : PAINT_WARN;
	return s == SOURCE_KEEP || s == SOURCE_LAST ? PAINT_WARN : PAINT_BAD;
}

/* A family that is neither configured nor answered has no row. */
static bool
shown(const struct domain *d, const struct decision *dec, enum family f)
{
	return domain_has(d, f) || dec->rrsets[f].nanswers > 0;
}

void
listing_row(struct grid *t, struct engine *e, const struct domain *d, const struct decision *dec)
{
	const char *name = d->name;
	struct rrset_view v;
	struct degree g;
	struct buf b = {0};
	char age[24];

	listing_degree(e, d, &g);
	for (int f = 0; f < FAMILIES; f++) {
		if (!shown(d, dec, f))
			continue;
		view_rrset(e, d, f, &v);
		grid_add(t, PAINT_PLAIN, name);
		grid_add(t, PAINT_PLAIN, rrtype_word((int)family_type((enum family)f, d->type)));
		grid_add(t, source_paint(dec->rrsets[f].source, &g),
		         source_word(dec->rrsets[f].source));
		if (*name)
			grid_addf(t, PAINT_PLAIN, "%zu/%zu", g.up, g.targets);
		else
			grid_add(t, PAINT_PLAIN, "");
		grid_add(t, PAINT_PLAIN, num_duration_text(age, dec->at - v.since));
		buf_clear(&b);
		listing_answers(&b, &dec->rrsets[f], " ");
		grid_add(t, PAINT_PLAIN, b.data);
		name = "";
	}
	buf_free(&b);
}
