#include "core/say.h"

#include <stdio.h>

static const char *
or_nothing(const char *addresses)
{
	return *addresses ? addresses : "nothing";
}

/* What changed, up to the colon before why. */
static int
say_what(char *dst, size_t cap, const struct event *ev)
{
	const char *type = rrtype_word((int)ev->type);

	switch (ev->kind) {
	case EVENT_ANSWER:
		return snprintf(dst, cap, "%s %s %s -> %s %s", ev->domain, type,
		                or_nothing(ev->from), or_nothing(ev->to), source_word(ev->source));
	case EVENT_TIER:
		return snprintf(dst, cap, "%s %s priority %s -> %s", ev->domain, type, ev->from,
		                ev->to);
	case EVENT_TARGET:
		return snprintf(dst, cap, "%s %s %s -> %s", ev->domain, ev->target, ev->from,
		                ev->to);
	case EVENT_AGENT:
		return snprintf(dst, cap, "agent %s %s -> %s", ev->agent, ev->from, ev->to);
	case EVENT_OVERRIDE:
		break;
	}
	return snprintf(dst, cap, "%s%soverride of %s: %s -> %s", ev->domain,
	                *ev->domain ? " " : "", *ev->target ? ev->target : "all targets", ev->from,
	                ev->to);
}

char *
say_event(char *dst, size_t cap, const struct event *ev)
{
	int n = say_what(dst, cap, ev);

	if (*ev->why && n >= 0 && (size_t)n < cap)
		snprintf(dst + n, cap - (size_t)n, ": %s", ev->why);
	return dst;
}
