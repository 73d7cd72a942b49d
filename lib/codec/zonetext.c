#include "codec/zonetext.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

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
