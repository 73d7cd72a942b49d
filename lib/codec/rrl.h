#ifndef FODNS_RRL_H
#define FODNS_RRL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/config.h"

/*
 * Response rate limiting: so many UDP replies of one kind a second to one
 * network, so that a forged source cannot make us a loud speaker.  A bucket of
 * tokens for each network and kind, in one table that all threads share without
 * a lock: a bucket is one word, and one that two threads write at once loses a
 * token at most.
 */
enum rrl_kind { RRL_ANSWER, RRL_NODATA, RRL_NXDOMAIN, RRL_ERROR };
enum rrl_verdict { RRL_SEND, RRL_SLIP, RRL_DROP };

struct rrl; /* the buckets */

/* 1 MiB, of which the kernel gives what is touched. key: random. */
struct rrl *rrl_new(const uint64_t key[2]);
void rrl_free(struct rrl *r);

/* Is this address (4 or 16 bytes) never limited? */
bool rrl_exempt(const struct rrl_rules *rules, const uint8_t *addr, size_t addrlen);

/*
 * What becomes of a reply of that kind to the address at `now`, in ms on any
 * clock that does not step.  chance: a random number, of which replies slip.
 */
enum rrl_verdict rrl_judge(struct rrl *r, const struct rrl_rules *rules, const uint8_t *addr,
                           size_t addrlen, enum rrl_kind kind, int64_t now, uint32_t chance);

#endif
