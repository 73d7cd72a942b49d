#ifndef FODNS_SNAPSHOT_DOMAIN_H
#define FODNS_SNAPSHOT_DOMAIN_H

#include "codec/pull.h"
#include "model/saved.h"

/* A domain's part of snapshot.c: what stands between type and the closing brace. */
struct snap_store;
struct snap_store *snap_store_new(void);
void snap_store_free(struct snap_store *s); /* NULL is fine */

void snapshot_put_domain(struct buf *b, const struct saved_domain *d, int64_t base);
bool snapshot_take_domain(struct pull *j, struct saved_domain *d, struct snap_store *s,
                          int64_t base);

#endif
