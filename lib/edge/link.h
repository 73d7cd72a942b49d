#ifndef FODNS_LINK_H
#define FODNS_LINK_H

#include <stdbool.h>
#include <stddef.h>

#include "edge/fetch.h"
#include "model/config.h"

/* How a master is talked to: what its entry in the agent's file says of connections. */
enum { LINK_WHY = 512 };

/* Authorities, certificate and proxy of a request to it; the rest is the caller's. */
void link_request(struct fetch_request *r, const struct master *m);

bool link_same(const struct master *a, const struct master *b); /* the same way to the same place */

/* Why there was no answer, with what is to be looked at: the file, the proxy. */
void link_why(char dst[static LINK_WHY], const struct master *m, const struct fetch_result *res);

/*
 * What an answer that is not the one hoped for says of itself: the detail of a
 * master's, else the title of a page, as a server in front of one sends it.
 * True: it is a master's.
 */
bool link_said(char *dst, size_t cap, const struct fetch_result *res);

/* The text of {"detail": "…"} or {"detail": [{"msg": "…"}]}; false, and "": there is none. */
struct json;
bool link_detail(char *dst, size_t cap, const struct json *j);

#endif
