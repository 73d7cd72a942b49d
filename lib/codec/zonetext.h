#ifndef FODNS_ZONETEXT_H
#define FODNS_ZONETEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "model/config.h"

/*
 * The door to ldns for static records: zone-file text (RFC 1035 5) to records
 * with wire rdata, in a's memory; owners in lower case.  A record's at.line is
 * the line within the text on which it ends.  problem() is called with the line
 * within the text, counted from 1.  Returns the number of problems.
 */
typedef void zonetext_problem(void *arg, uint32_t line, const char *text);
size_t zonetext_parse(struct arena *a, const char *origin, uint32_t default_ttl, const char *text,
    size_t n, struct record **records, size_t *nrecords, zonetext_problem *problem, void *arg);

/* An address record; owner absolute with the last dot, kept as it is. */
void zonetext_address(struct arena *a, struct record *r, const char *owner, uint32_t ttl,
    const struct addr *addr);

/*
 * The rdata of a failover target, a CNAME, SRV or TXT: presentation form to the
 * canonical one (model/answer.h) in a's memory.  Names are absolute with or without
 * the last dot; a TXT without any quote is one string, cut at 255 bytes.  False:
 * *why says what is wrong.
 */
struct zonetext_value {
	const char *text;
	const char *host; /* the name in it, normal form; NULL: a TXT, or the root */
	int port;         /* of an SRV, else PORT_NONE */
};
bool zonetext_value(struct arena *a, enum rrtype type, const char *text, struct zonetext_value *v,
    const char **why);

/* The same in wire format, names in lower case and uncompressed; bytes, or 0: none, or over cap. */
size_t zonetext_rdata(uint8_t *dst, size_t cap, enum rrtype type, const char *text);
/* And back; "" if the bytes are no rdata of the type. */
char *zonetext_text(char *dst, size_t cap, enum rrtype type, const uint8_t *rdata, size_t n);

/*
 * The record at *at in the answers of a message: its data in presentation form and
 * a newline to b, *at behind it.  False: malformed.  It may cost as much as the
 * message is long.
 */
bool zonetext_record(struct buf *b, const uint8_t *message, size_t n, size_t *at);

#endif
