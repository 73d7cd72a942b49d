#ifndef FODNS_PROBE_H
#define FODNS_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/addr.h"
#include "model/words.h"

/* Codes such as "200-299,302". */
enum { PROBE_CODES = 16 };

struct code_ranges {
	struct {
		uint16_t from, to;
	} list[PROBE_CODES];
	uint8_t n;
};

struct texts {
	const char **list;
	size_t n;
};

/*
 * What a probe does, apart from where and when.  Strings belong to whoever made
 * it; NULL and empty lists are "not said".  Which type has which parameter says
 * probe_params.
 */
struct probe {
	enum probe_type type;
	/* http, https */
	const char *path;         /* default "/" */
	const char *method;       /* NULL: GET, with a body POST */
	const char *host;         /* Host and SNI; NULL: the domain, ad hoc the URL's host */
	struct texts headers;     /* "Name: value" */
	const char *body;
	const char *auth_file;    /* user:password for Basic */
	struct code_ranges codes; /* expect_status; default 200-399 */
	const char *expect_body;  /* pattern; '!' in front: must not match */
	int follow;               /* redirects; default 0 */
	/* https, tls */
	bool verify;              /* default true */
	const char *ca;           /* a file; NULL: the system's */
	const char *cert, *key;   /* files; key NULL: in cert, too */
	int min_days;             /* warn when the certificate ends sooner; 0: never */
	/* tls */
	const char *sni;          /* and the certificate's name; NULL: the domain */
	const char *alpn;         /* the protocol that must be agreed on; NULL: none is offered */
	/* tcp, udp, dns */
	const char *send;         /* not of dns; NULL: nothing */
	const char *send_hex;     /* the same as digits, two a byte; never beside send */
	const char *expect;       /* pattern; '!' in front: must not match */
	/* dns */
	const char *qname;        /* NULL: the domain */
	int qtype;                /* enum qtype */
	struct texts rcodes;      /* dns_rcode_words; default NOERROR */
	bool by_tcp;              /* never asked by UDP */
	/* exec */
	struct texts command;     /* program and arguments; none: not allowed here */
	int exec_codes;           /* enum exec_codes */
	/* icmp */
	int count;                /* echoes, default 3 */
	int max_loss;             /* percent of them, default 100: one reply is enough */
	int max_rtt_ms;           /* a reply that takes longer is none; 0: none does */
	int size;                 /* bytes of payload, default 56 */
	/* all that go over the network: from where of this host; none: the system chooses */
	struct texts source;      /* addresses, at most one of each family */
	const char *interface;
};

/* An echo needs room for who asked; 1400 with its headers fits nearly every link. */
enum { PING_COUNT_MOST = 20, PING_RTT_MOST = 60000, PING_SIZE_LEAST = 24, PING_SIZE_MOST = 1400 };

void probe_default(struct probe *p, enum probe_type type);
bool probe_has_port(enum probe_type type);
bool probe_needs_port(enum probe_type type);
/* The parameter that it cannot do without and has not; NULL: none. */
const char *probe_lacks(const struct probe *p);
/* Does what is sent have the name of the domain in it, where no parameter says another? */
bool probe_tells_name(enum probe_type type);
bool probe_equal(const struct probe *a, const struct probe *b); /* same type and parameters */
/* Appends bytes that are the same for equal probes and for no others. */
void probe_key(struct buf *b, const struct probe *p);

/*
 * The parameters of all types: the keys of monitor: in fodns.yaml(5) and the
 * members of a task's object in fodns-records(5), under one name, with one
 * meaning and the same limits.
 */
enum param_kind {
	PARAM_TEXT,   /* const char *, one line */
	PARAM_BYTES,  /* const char *, any bytes but NUL */
	PARAM_FILE,   /* const char *, a path; in a config relative to it */
	PARAM_BOOL,   /* bool */
	PARAM_NUMBER, /* int, from min to max */
	PARAM_WORD,   /* int, index in words */
	PARAM_CODES,  /* struct code_ranges */
	PARAM_TEXTS,  /* struct texts, at least min of them; words: those that they can be */
	PARAM_COMMAND /* the same; the first is a path, if it has a slash, or a word */
};

struct probe_param {
	const char *name; /* NULL ends the table */
	enum param_kind kind;
	unsigned types; /* a bit for each enum probe_type that has it */
	size_t at;      /* offset in struct probe */
	int min, max;
	const char *const *words;
	/* Why its value cannot be; NULL: it can, or is not said. */
	const char *(*wrong)(const struct probe *p);
};

enum { PROBE_PARAMS_MOST = 48, PARAM_BYTES_MOST = 4096, PARAM_TEXTS_MOST = 64, PROBE_HEADERS_MOST = 16384 };
extern const struct probe_param probe_params[];

/* Copies one parameter; what a text or list points to stays shared. */
void probe_take(struct probe *to, const struct probe *from, const struct probe_param *q);
bool probe_has(enum probe_type type, const struct probe_param *q);
/* Words that a list can have, in any case of letters, become these. */
void probe_param_words(const struct probe_param *q, struct texts *t);
/* Is the parameter what probe_default says? */
bool probe_is_default(const struct probe *p, const struct probe_param *q);
const void *probe_value(const struct probe *p, const struct probe_param *q);
/* The types that have it: "http or https". */
char *probe_param_types(char *dst, size_t cap, const struct probe_param *q);

/* "200-299,302" to ranges; false if it is none. */
bool code_ranges_parse(const char *s, struct code_ranges *r);
bool code_ranges_have(const struct code_ranges *r, unsigned code);
char *code_ranges_format(char *dst, size_t cap, const struct code_ranges *r);

#endif
