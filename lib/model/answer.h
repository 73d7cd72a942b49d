#ifndef FODNS_ANSWER_MODEL_H
#define FODNS_ANSWER_MODEL_H

#include "model/addr.h"
#include "model/words.h"

/*
 * One record that a domain may answer: an address, or the rdata of its other type
 * in canonical presentation form, which belongs to who made it: a name absolute
 * and in lower case ("eu.example.net."), "10 5 5060 sip1.example.net.", a TXT's
 * strings in quotes.
 */
struct answer {
	union {
		struct addr addr; /* FAMILY_V4, FAMILY_V6 */
		struct {
			uint8_t family; /* of each form */
			const char *text; /* FAMILY_OTHER */
		};
	};
};

struct answer answer_addr(const struct addr *a);
struct answer answer_value(const char *text);
bool answer_equal(const struct answer *a, const struct answer *b);
/* As it stands in records and in zone files; an address is written to dst. */
const char *answer_text(char dst[static ADDR_TEXT], const struct answer *a);
/* Sorts as text and drops duplicates; returns the new count. */
size_t answer_sort(struct answer *a, size_t n);

/* The type of a family's records; `other` is the domain's. */
enum rrtype family_type(enum family f, enum rrtype other);
enum family type_family(enum rrtype t);

/*
 * The next answer of a list as events have it, "a,b"; false: no more.  Commas in the
 * quotes of a TXT record part nothing.
 */
bool answer_each(const char **list, const char **answer, size_t *n);

#endif
