#include "model/outlet.h"

#include <stdio.h>
#include <string.h>

const char *
outlet_source_wrong(const struct texts *source)
{
	bool have[FAMILIES] = {false};

	for (size_t i = 0; i < source->n; i++) {
		struct addr a;

		if (!addr_parse(source->list[i], &a) || addr_is_wildcard(&a) ||
		    addr_is_multicast(&a))
			return "is not an address of this host, or a list of an IPv4 and an IPv6 one";
		if (have[a.family])
			return "has two addresses of one family";
		have[a.family] = true;
	}
	return NULL;
}

const char *
outlet_interface_wrong(const char *interface)
{
	if (!interface)
		return NULL;
	if (!*interface || strlen(interface) > INTERFACE_MOST || strpbrk(interface, "/: \t"))
		return "is not the name of a network interface, such as eth0";
	return NULL;
}

static bool
source_of(struct addr *a, enum family f, const struct texts *source)
{
	for (size_t i = 0; source && i < source->n; i++)
		if (addr_parse(source->list[i], a) && a->family == f)
			return true;
	*a = (struct addr){.family = FAMILY_OTHER};
	return false;
}

void
outlet_choose(struct outlet *o, enum family f, const struct texts *source, const char *interface,
    const struct texts *else_source, const char *else_interface)
{
	const char *name = interface ? interface : else_interface;

	if (!source_of(&o->source, f, source))
		source_of(&o->source, f, else_source);
	o->interface[0] = '\0';
	if (name) /* most say none, and each probe asks */
		snprintf(o->interface, sizeof(o->interface), "%s", name);
}

bool
outlet_any(const struct outlet *o)
{
	return o->source.family != FAMILY_OTHER || o->interface[0];
}

bool
outlet_equal(const struct outlet *a, const struct outlet *b)
{
	return addr_equal(&a->source, &b->source) && strcmp(a->interface, b->interface) == 0;
}
