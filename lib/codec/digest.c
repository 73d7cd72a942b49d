#include "codec/digest.h"

#include <ldns/sha2.h>
#include <stdio.h>

#include "base/mem.h"

char *
digest_text(char dst[static DIGEST_TEXT], const char *text, size_t n)
{
	uint8_t hash[LDNS_SHA256_DIGEST_LENGTH];
	ldns_sha256_CTX sha;

	ldns_sha256_init(&sha);
	ldns_sha256_update(&sha, (const uint8_t *)text, n);
	ldns_sha256_final(hash, &sha);
	for (size_t i = 0; i < (DIGEST_TEXT - 1) / 2; i++)
		snprintf(dst + 2 * i, 3, "%02x", hash[i]);
	return dst;
}

/* "A 5 8 all 10.0.0.1 10.0.0.2": what of an rrset reaches a client; weights behind the answers. */
static void
add_line(struct buf *b, const struct decision *d, enum family f)
{
	const struct rrset *r = &d->rrsets[f];
	char text[ADDR_TEXT];

	buf_printf(b, "%s\t%u\t%d\t%s", rrtype_word((int)family_type(f, d->type)), r->ttl,
	           d->max_answers, r->rcode ? rcode_word((int)r->rcode) : select_word((int)r->select));
	for (size_t i = 0; i < r->nanswers; i++)
		buf_printf(b, "\t%s", answer_text(text, &r->answers[i]));
	for (size_t i = 0; r->select == SELECT_WEIGHTED && i < r->nanswers; i++)
		buf_printf(b, "\t%u", r->weights[i]);
	buf_putc(b, '\n');
}

void
digest_lines(struct buf *b, const struct decision *d)
{
	for (int f = 0; f < FAMILIES; f++)
		if (f != FAMILY_OTHER || d->type != RRTYPE_A)
			add_line(b, d, (enum family)f);
}
