#include "edge/router.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The tail, or NULL if the path is none of this route's. */
static const char *
path_matches(const struct route *r, const char *path)
{
	size_t n = strlen(r->path);

	if (n && r->path[n - 1] == '*')
		return !strncmp(r->path, path, n - 1) && path[n - 1] ? path + n - 1 : NULL;
	return !strcmp(r->path, path) ? "" : NULL;
}

static bool
method_matches(const struct route *r, const char *method)
{
	return !strcmp(r->method, method) || (!strcmp(r->method, "GET") && !strcmp(method, "HEAD"));
}

static void
allow(struct routed *out, const char *method)
{
	size_t n = strlen(out->allow);

	snprintf(out->allow + n, sizeof(out->allow) - n, "%s%s%s", n ? ", " : "", method,
	    !strcmp(method, "GET") ? ", HEAD" : "");
}

void
router_find(struct routed *out, const struct route *routes, const char *method, const char *path)
{
	out->route = NULL;
	out->tail = "";
	out->allow[0] = '\0';
	for (const struct route *r = routes; r->path; r++) {
		const char *tail = path_matches(r, path);

		if (!tail)
			continue;
		if (method_matches(r, method)) {
			out->route = r;
			out->tail = tail;
			return;
		}
		allow(out, r->method);
	}
}
