#ifndef FODNS_DNSASK_H
#define FODNS_DNSASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "codec/wire.h"
#include "model/words.h"

/*
 * The question of a dns probe and the answers of strangers.  What an answer is
 * to, and its code, is read by hand; only the records of one that fits, of the
 * size below, are shown to ldns.
 */
enum {
	DNSASK_QUERY = 12 + WIRE_NAME + 4,
	DNSASK_UDP_MOST = 4096,
	DNSASK_TCP_MOST = 16384,
	DNSASK_RECORDS = 128, /* that are read; each may cost as much as the message is long */
	DNSASK_TEXT = 65536
};

/* A query with RD and without EDNS, for class IN; its length, or 0: name is no name. */
size_t dnsask_query(uint8_t dst[static DNSASK_QUERY], uint16_t id, const char *name,
    enum qtype type);

/* Does the message answer this query: ID, QR, opcode and question?  An error may leave the
 * question out. */
bool dnsask_fits(const uint8_t *query, size_t nquery, const uint8_t *message, size_t n);

/* Of a message that fits. */
bool dnsask_truncated(const uint8_t *message);
unsigned dnsask_rcode(const uint8_t *message);
/* Each record whole, the counts right, each pointer backwards (RFC 1035 4.1.4). */
bool dnsask_valid(const uint8_t *message, size_t n);
/*
 * Appends the data of the records that were asked for, in presentation form, a line for each: those
 * of the question's type and class whose owner is its name, or what that is an alias of in the end.
 * False: not valid, or over DNSASK_RECORDS or DNSASK_TEXT.
 */
bool dnsask_answers(struct buf *b, const uint8_t *query, const uint8_t *message, size_t n);

#endif
