#include "codec/zonetext.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "model/name.h"

enum { MOST_RECORDS = 100000 };

struct zonetext {
	struct arena *arena;
	zonetext_problem *problem;
	void *arg;
	struct record *list;
	size_t n, cap, problems;
	long counted; /* bytes of the text whose lines are in `lines` */
	int lines;
};

static void
complain(struct zonetext *z, int line, const char *text)
{
	z->problems++;
	z->problem(z->arg, line > 0 ? (uint32_t)line : 1, text);
}

/* Types that only exist in messages or answers, and what needs more than looking up. */
static const char *
type_wrong(unsigned type)
{
	if (type == LDNS_RR_TYPE_DNAME)
		return "DNAME records are not served";
	if (type == 0 || type == LDNS_RR_TYPE_OPT || (type >= 128 && type <= 255))
		return "this type cannot be in a zone";
	return NULL;
}

static char *
keep(struct arena *a, char *text)
{
	char *kept = text ? arena_strdup(a, text) : NULL;

	free(text);
	return kept;
}

/* The rdata in presentation form: its fields with spaces between them. */
static const char *
rdata_text(struct arena *a, const ldns_rr *rr)
{
	ldns_buffer *b = ldns_buffer_new(512);
	char *text = NULL;
	bool ok = b != NULL;

	for (size_t i = 0; ok && i < ldns_rr_rd_count(rr); i++) {
		if (i > 0)
			ldns_buffer_printf(b, " ");
		ok = ldns_rdf2buffer_str(b, ldns_rr_rdf(rr, i)) == LDNS_STATUS_OK;
	}
	if (ok)
		text = keep(a, ldns_buffer_export2str(b));
	ldns_buffer_free(b);
	return text;
}

bool
zonetext_record(struct buf *b, const uint8_t *message, size_t n, size_t *at)
{
	struct arena a;
	const char *text = NULL;
	ldns_rr *rr = NULL;

	if (ldns_wire2rr(&rr, message, n, at, LDNS_SECTION_ANSWER) != LDNS_STATUS_OK)
		return false;
	arena_init(&a);
	text = rdata_text(&a, rr);
	if (text) {
		buf_puts(b, text);
		buf_putc(b, '\n');
	}
	arena_free(&a);
	ldns_rr_free(rr);
	return text != NULL;
}

static bool
rdata_wire(struct arena *a, const ldns_rr *rr, struct record *r)
{
	ldns_buffer *b = ldns_buffer_new(LDNS_MAX_PACKETLEN);
	bool ok = b && ldns_rr_rdata2buffer_wire(b, rr) == LDNS_STATUS_OK &&
	          ldns_buffer_position(b) <= 60000;

	if (ok) {
		uint8_t *p = arena_alloc(a, ldns_buffer_position(b));

		r->rdlen = (uint16_t)ldns_buffer_position(b);
		memcpy(p, ldns_buffer_begin(b), r->rdlen);
		r->rdata = p;
	}
	ldns_buffer_free(b);
	return ok;
}

static void
add_record(struct zonetext *z, ldns_rr *rr, int line)
{
	const char *wrong = type_wrong(ldns_rr_get_type(rr));
	struct record r = {.type = (uint16_t)ldns_rr_get_type(rr), .ttl = ldns_rr_ttl(rr),
	    .at = {.line = line > 0 ? (uint32_t)line : 1, .col = 1}};

	if (ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN)
		wrong = "only class IN is served";
	else if (r.ttl > INT32_MAX)
		wrong = "TTL over 2147483647";
	else if (z->n == MOST_RECORDS)
		wrong = "more than 100000 records";
	if (wrong) {
		complain(z, line, wrong);
		return;
	}
	ldns_dname2canonical(ldns_rr_owner(rr));
	r.owner = keep(z->arena, ldns_rdf2str(ldns_rr_owner(rr)));
	r.type_text = keep(z->arena, ldns_rr_type2str(ldns_rr_get_type(rr)));
	r.text = rdata_text(z->arena, rr);
	if (!r.owner || !r.type_text || !r.text || !rdata_wire(z->arena, rr, &r)) {
		complain(z, line, "the record cannot be written in wire format");
		return;
	}
	z->list = mem_array(z->list, &z->cap, z->n + 1, sizeof(*z->list));
	z->list[z->n++] = r;
}

/*
 * The line that ends what ldns has just read.  Its own count is one less before
 * 1.8 and goes on over empty lines behind the record.
 */
static int
last_line(struct zonetext *z, FILE *f, const char *text)
{
	long end = ftell(f);

	while (end > z->counted && strchr(" \t\r\n", text[end - 1]))
		end--;
	for (; z->counted < end; z->counted++)
		z->lines += text[z->counted] == '\n';
	return z->lines + 1;
}

static void
read_records(struct zonetext *z, FILE *f, const char *text, ldns_rdf **origin, uint32_t ttl)
{
	ldns_rdf *prev = NULL;
	int read = 0;

	/* The first error of a text without an end would repeat; ldns reads at least a line each
	 * time. */
	while (!feof(f) && z->problems < 100) {
		ldns_rr *rr = NULL;
		ldns_status s = ldns_rr_new_frm_fp_l(&rr, f, &ttl, origin, &prev, &read);
		int line = last_line(z, f, text);

		if (s == LDNS_STATUS_OK)
			add_record(z, rr, line);
		else if (s != LDNS_STATUS_SYNTAX_EMPTY && s != LDNS_STATUS_SYNTAX_TTL &&
		    s != LDNS_STATUS_SYNTAX_ORIGIN)
			complain(z, line,
			         s == LDNS_STATUS_SYNTAX_INCLUDE ? "$INCLUDE is not followed"
			                                         : ldns_get_errorstr_by_id(s));
		ldns_rr_free(rr);
	}
	ldns_rdf_deep_free(prev);
}

size_t
zonetext_parse(struct arena *a, const char *origin, uint32_t default_ttl, const char *text,
    size_t n, struct record **records, size_t *nrecords, zonetext_problem *problem, void *arg)
{
	struct zonetext z = {.arena = a, .problem = problem, .arg = arg};
	ldns_rdf *name = ldns_dname_new_frm_str(origin);
	char *copy = mem_alloc(n + 2); /* ldns takes a last line without its newline for cut */
	FILE *f;

	memcpy(copy, text, n);
	copy[n] = '\n';
	f = fmemopen(copy, n + 1, "r");
	if (name && f)
		read_records(&z, f, copy, &name, default_ttl);
	else
		complain(&z, 1, name ? "out of memory" : "the zone's name is wrong");
	if (f)
		fclose(f);
	free(copy);
	ldns_rdf_deep_free(name);
	*nrecords = z.n;
	*records = arena_alloc(a, z.n * sizeof(**records));
	if (z.n > 0)
		memcpy(*records, z.list, z.n * sizeof(**records));
	free(z.list);
	return z.problems;
}

void
zonetext_address(struct arena *a, struct record *r, const char *owner, uint32_t ttl,
    const struct addr *addr)
{
	bool v4 = addr->family == FAMILY_V4;
	char text[ADDR_TEXT];
	uint8_t *rdata = arena_alloc(a, sizeof(addr->b));

	memcpy(rdata, addr->b, sizeof(addr->b));
	*r = (struct record){
	    .owner = owner,
	    .type = v4 ? LDNS_RR_TYPE_A : LDNS_RR_TYPE_AAAA,
	    .type_text = v4 ? "A" : "AAAA",
	    .ttl = ttl,
	    .rdata = rdata,
	    .rdlen = v4 ? 4 : 16,
	    .text = arena_strdup(a, addr_format(text, addr)),
	};
}

/* ---- one value */

enum { MOST_VALUE = 4096, MOST_STRING = 255 };

/* A string without quotes is taken as its bytes. */
static void
quote_string(struct buf *b, const char *s)
{
	size_t n = strlen(s);

	do {
		size_t part = n < MOST_STRING ? n : MOST_STRING;

		buf_puts(b, b->len ? " \"" : "\"");
		for (size_t i = 0; i < part; i++) {
			unsigned char c = (unsigned char)s[i];

			if (c < 0x20 || c >= 0x7f)
				buf_printf(b, "\\%03u", c);
			else
				buf_printf(b, c == '"' || c == '\\' ? "\\%c" : "%c", c);
		}
		buf_putc(b, '"');
		s += part;
		n -= part;
	} while (n > 0);
}

/* Strings between blanks, each in quotes or without any: nothing that a zone file reads as more. */
static bool
strings_fine(const char *s)
{
	while (*(s += strspn(s, " \t"))) {
		bool quoted = *s == '"';

		for (s += quoted; *s && (quoted ? *s != '"' : !strchr(" \t", *s)); s++) {
			if (*s == '\\' && !*++s)
				return false;
			if ((unsigned char)*s < ' ' || (!quoted && strchr("\";()", *s)))
				return false;
		}
		if (quoted && (*s++ != '"' || (*s && !strchr(" \t", *s))))
			return false;
	}
	return true;
}

static const char *
strings_text(const char *text, struct buf *b)
{
	if (!strchr(text, '"'))
		quote_string(b, text);
	else if (strings_fine(text))
		buf_puts(b, text);
	else
		return "not strings in quotes, such as \"v=1\" \"more\"";
	return NULL;
}

/* The words between blanks; their number, SIZE_MAX when they are more than `most`. */
static size_t
split(char *text, char **words, size_t most)
{
	char *save, *word = strtok_r(text, " \t", &save);
	size_t n = 0;

	for (; word; word = strtok_r(NULL, " \t", &save)) {
		if (n == most)
			return SIZE_MAX;
		words[n++] = word;
	}
	return n;
}

/* A name as text, "." for the root; *why if it is none. */
static bool
target_name(const char *word, char name[static 254], const char **why)
{
	if (strcmp(word, ".") == 0) {
		strcpy(name, "");
		return true;
	}
	return name_host(name, word, why);
}

static const char *
cname_text(char *text, struct buf *b, struct zonetext_value *v, char name[static 254])
{
	char *words[1];
	const char *why = "not one name";

	(void)v;
	if (split(text, words, 1) != 1 || !target_name(words[0], name, &why))
		return why;
	if (!*name)
		return "the root is no host";
	buf_printf(b, "%s.", name);
	return NULL;
}

static const char *
srv_text(char *text, struct buf *b, struct zonetext_value *v, char name[static 254])
{
	const char *why =
	    "not priority, weight, port and name, such as 10 5 5060 sip1.example.net.";
	uint64_t number[3];
	char *words[4];

	if (split(text, words, 4) != 4)
		return why;
	for (size_t i = 0; i < 3; i++)
		if (!num_u64(words[i], 0, UINT16_MAX, &number[i]))
			return why;
	if (!target_name(words[3], name, &why))
		return why;
	buf_printf(b, "%u %u %u %s.", (unsigned)number[0], (unsigned)number[1],
	           (unsigned)number[2], name);
	v->port = number[2] ? (int)number[2] : PORT_NONE;
	return NULL;
}

/* The value as ldns reads it; NULL and *why: it is none.  name: the host in it, or "". */
static ldns_rr *
value_rr(enum rrtype type, const char *text, struct zonetext_value *v, char name[static 254],
    const char **why)
{
	char *copy = mem_strdup(text);
	struct buf b = {0};
	ldns_rr *rr = NULL;
	struct buf line = {0};

	v->port = PORT_NONE;
	name[0] = '\0';
	*why = strlen(text) > MOST_VALUE ? "too long"
	    : type == RRTYPE_CNAME       ? cname_text(copy, &b, v, name)
	    : type == RRTYPE_SRV         ? srv_text(copy, &b, v, name)
	    : type == RRTYPE_TXT         ? strings_text(text, &b)
	                                 : "of a type without values";
	free(copy);
	if (!*why) {
		buf_printf(&line, ". 0 IN %s %s", rrtype_word((int)type), b.data);
		if (ldns_rr_new_frm_str(&rr, line.data, 0, NULL, NULL) != LDNS_STATUS_OK)
			*why = type == RRTYPE_TXT ? "not strings of at most 255 bytes"
			                          : "not rdata of the type";
	}
	buf_free(&line);
	buf_free(&b);
	return *why ? NULL : rr;
}

bool
zonetext_value(struct arena *a, enum rrtype type, const char *text, struct zonetext_value *v,
    const char **why)
{
	char name[254];
	ldns_rr *rr = value_rr(type, text, v, name, why);

	if (!rr)
		return false;
	v->text = rdata_text(a, rr);
	v->host = *name ? arena_strdup(a, name) : NULL;
	ldns_rr_free(rr);
	*why = "cannot be written";
	return v->text != NULL;
}

size_t
zonetext_rdata(uint8_t *dst, size_t cap, enum rrtype type, const char *text)
{
	struct zonetext_value v;
	const char *why;
	char name[254];
	ldns_rr *rr = value_rr(type, text, &v, name, &why);
	ldns_buffer *b = rr ? ldns_buffer_new(LDNS_MAX_PACKETLEN) : NULL;
	size_t n = 0;

	if (b && ldns_rr_rdata2buffer_wire(b, rr) == LDNS_STATUS_OK)
		n = ldns_buffer_position(b);
	if (n > cap)
		n = 0;
	if (n > 0)
		memcpy(dst, ldns_buffer_begin(b), n);
	ldns_buffer_free(b);
	ldns_rr_free(rr);
	return n;
}

char *
zonetext_text(char *dst, size_t cap, enum rrtype type, const uint8_t *rdata, size_t n)
{
	static const ldns_rr_type types[] = {[RRTYPE_CNAME] = LDNS_RR_TYPE_CNAME,
	    [RRTYPE_SRV] = LDNS_RR_TYPE_SRV, [RRTYPE_TXT] = LDNS_RR_TYPE_TXT};
	uint8_t *wire = mem_alloc(n + 11);
	ldns_rr *rr = NULL;
	struct arena a;
	size_t at = 0;
	const char *text;

	/* A whole record, as that is what ldns reads: the root's, class IN, TTL 0. */
	wire[1] = (uint8_t)(types[type] >> 8);
	wire[2] = (uint8_t)types[type];
	wire[4] = LDNS_RR_CLASS_IN;
	wire[9] = (uint8_t)(n >> 8);
	wire[10] = (uint8_t)n;
	memcpy(wire + 11, rdata, n);
	arena_init(&a);
	dst[0] = '\0';
	if (n <= UINT16_MAX &&
	    ldns_wire2rr(&rr, wire, n + 11, &at, LDNS_SECTION_ANSWER) == LDNS_STATUS_OK &&
	    (text = rdata_text(&a, rr)))
		snprintf(dst, cap, "%s", text);
	ldns_rr_free(rr);
	arena_free(&a);
	free(wire);
	return dst;
}
