#include "codec/dnsask.h"

#include <string.h>

#include "codec/zonetext.h"

enum { HEADER = 12, QR = 0x80, OPCODE = 0x78, TC = 0x02, RD = 0x01 };

static const uint16_t numbers[QTYPES] = {
    [QTYPE_A] = TYPE_A,     [QTYPE_AAAA] = TYPE_AAAA, [QTYPE_NS] = TYPE_NS,
    [QTYPE_CNAME] = TYPE_CNAME, [QTYPE_SOA] = TYPE_SOA, [QTYPE_PTR] = TYPE_PTR,
    [QTYPE_MX] = TYPE_MX,   [QTYPE_TXT] = TYPE_TXT,   [QTYPE_SRV] = TYPE_SRV,
    [QTYPE_NAPTR] = 35,     [QTYPE_CAA] = 257,        [QTYPE_DS] = 43,
    [QTYPE_DNSKEY] = 48,    [QTYPE_TLSA] = 52,
};

size_t
dnsask_query(uint8_t dst[static DNSASK_QUERY], uint16_t id, const char *name, enum qtype type)
{
	size_t n;

	memset(dst, 0, HEADER);
	wire_put16(dst, id);
	dst[2] = RD;
	wire_put16(dst + 4, 1);
	n = wire_name(dst + HEADER, name);
	if (n == 0)
		return 0;
	wire_put16(dst + HEADER + n, numbers[type]);
	wire_put16(dst + HEADER + n + 2, CLASS_IN);
	return HEADER + n + 4;
}

/* In any case of letters: RFC 4343. Lengths of labels are no letters. */
static bool
same_question(const uint8_t *query, const uint8_t *message, size_t n)
{
	uint8_t name[WIRE_NAME];

	wire_lower(name, message, n - 4);
	return memcmp(query, name, n - 4) == 0 && memcmp(query + n - 4, message + n - 4, 4) == 0;
}

bool
dnsask_fits(const uint8_t *query, size_t nquery, const uint8_t *message, size_t n)
{
	if (n < HEADER || memcmp(query, message, 2) != 0 || !(message[2] & QR) ||
	    message[2] & OPCODE)
		return false;
	if (wire_get16(message + 4) == 0)
		return dnsask_rcode(message) != RCODE_NOERROR;
	return wire_get16(message + 4) == 1 && n >= nquery &&
	       same_question(query + HEADER, message + HEADER, nquery - HEADER);
}

bool
dnsask_truncated(const uint8_t *message)
{
	return message[2] & TC;
}

unsigned
dnsask_rcode(const uint8_t *message)
{
	return message[3] & 15;
}

/* Behind the question, which is as long as that of the query. */
static size_t
answers_at(const uint8_t *message, size_t n)
{
	size_t at = HEADER;

	if (wire_get16(message + 4) == 0)
		return at;
	while (at < n && message[at])
		at += 1 + (size_t)message[at];
	return at + 5;
}

bool
dnsask_answers(struct buf *b, const uint8_t *message, size_t n)
{
	size_t at = answers_at(message, n), most = b->len + DNSASK_TEXT;
	unsigned count = wire_get16(message + 6);

	if (count > DNSASK_RECORDS)
		return false;
	for (; count > 0; count--)
		if (!zonetext_record(b, message, n, &at) || b->len > most)
			return false;
	return true;
}
