#ifndef FODNS_PROBE_H
#define FODNS_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/addr.h"
#include "model/words.h"

/* What a probe does, apart from where and when.  Strings belong to whoever made it. */
struct code_range {
	uint16_t from, to;
};

enum { PROBE_CODES = 16 };

struct probe_http {
	const char *path;   /* default "/" */
	const char *method; /* default GET */
	const char *host;   /* Host and SNI; NULL: the domain, for an ad-hoc probe the URL's host */
	const char *ca;     /* file; NULL: the system's */
	bool verify;        /* https: default true */
	struct code_range codes[PROBE_CODES];
	uint8_t ncodes;     /* default 200-399 */
};

struct probe {
	enum probe_type type;
	struct probe_http http; /* of http and https */
};

void probe_default(struct probe *p, enum probe_type type);
bool probe_needs_port(enum probe_type type);
bool probe_equal(const struct probe *a, const struct probe *b); /* same type and parameters */

/* "200-299,302" to ranges; false if it is none. */
bool code_ranges_parse(const char *s, struct code_range *r, uint8_t *n);
bool code_ranges_have(const struct code_range *r, uint8_t n, unsigned code);
char *code_ranges_format(char *dst, size_t cap, const struct code_range *r, uint8_t n);

#endif
