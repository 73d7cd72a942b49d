#ifndef FODNS_OUTLET_H
#define FODNS_OUTLET_H

#include <stdbool.h>

#include "model/addr.h"
#include "model/probe.h"

/* From where of this host a probe goes out: source: and interface: */
enum { INTERFACE_MOST = 15 };

struct outlet {
	struct addr source; /* FAMILY_OTHER: the system chooses */
	char interface[INTERFACE_MOST + 1]; /* "": the same */
};

/* Why it is none; NULL: it may be, or is not said.  Sources are one address for each family. */
const char *outlet_source_wrong(const struct texts *source);
const char *outlet_interface_wrong(const char *interface);

/*
 * For a target of that family: the first of two sets that has an address of it, and the
 * first interface.
 */
void outlet_choose(struct outlet *o, enum family f, const struct texts *source,
    const char *interface, const struct texts *else_source, const char *else_interface);
bool outlet_any(const struct outlet *o);
bool outlet_equal(const struct outlet *a, const struct outlet *b);

#endif
