#include <stddef.h>

#include "codec/config_read.h"

/* lint: what fodns-decide --lint keeps to itself, of the whole file or of a domain. */

struct lint_nodes {
	const struct yaml *ignore;
};

static const struct key lint_keys[] = {
    {"ignore", KEY_NODE, offsetof(struct lint_nodes, ignore), 0, 0, 0, NULL},
    {0},
};

static void
take_id(struct reader *r, const struct yaml *n, void *arg)
{
	char why[128];

	if (advice_ignore(arg, n->text, why))
		read_problem(r, n, "%s", why);
}

void
config_read_lint(struct reader *r, const struct yaml *map, uint64_t *ignore)
{
	struct lint_nodes nodes = {0};

	if (!map)
		return;
	read_map(r, map, "lint", lint_keys, &nodes);
	if (nodes.ignore)
		read_each(r, nodes.ignore, "ignore", take_id, ignore);
}
