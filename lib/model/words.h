#ifndef FODNS_WORDS_H
#define FODNS_WORDS_H

/*
 * The enumerations of fodns and their words.  x_word(v) is never NULL for a
 * value of the enum; x_from(s) is -1 for a word that is none of them; x_words
 * ends with NULL and is in the order of the enum, for messages and completion.
 */
#define WORDS(x) \
	extern const char *const x##_words[]; \
	const char *x##_word(int v); \
	int x##_from(const char *s);

enum status { STATUS_OK, STATUS_WARN, STATUS_FAIL, STATUS_UNKNOWN };
WORDS(status)

enum probe_type {
	PROBE_TCP,
	PROBE_HTTP,
	PROBE_HTTPS,
	PROBE_ICMP,
	PROBE_TLS,
	PROBE_UDP,
	PROBE_DNS,
	PROBE_EXEC,
	PROBE_TYPES
};
WORDS(probe_type)

/* What the exit statuses of a command mean. */
enum exec_codes { CODES_NAGIOS, CODES_POSIX };
WORDS(exec_codes)

enum votes { VOTES_ANY, VOTES_ALL, VOTES_QUORUM };
WORDS(votes)

enum select { SELECT_ALL, SELECT_PRIORITY, SELECT_WEIGHTED, SELECT_HASH };
WORDS(select)

enum policy { POLICY_ANY, POLICY_ALL, POLICY_QUORUM, POLICY_PRIORITY };
WORDS(policy)

enum on_silence { SILENCE_FALLBACK, SILENCE_KEEP, SILENCE_ALL };
WORDS(on_silence)

enum on_all_down {
	DOWN_FALLBACK,
	DOWN_ALL,
	DOWN_LAST,
	DOWN_NODATA,
	DOWN_SERVFAIL,
	DOWN_REFUSED
};
WORDS(on_all_down)

/* A target's state; drain only by an override. */
enum state { STATE_UNKNOWN, STATE_UP, STATE_DOWN, STATE_DRAIN };
WORDS(state)

/* What failover domains answer: addresses, or one of the other types. */
enum rrtype { RRTYPE_A, RRTYPE_AAAA, RRTYPE_CNAME, RRTYPE_SRV, RRTYPE_TXT };
WORDS(rrtype)

enum source { SOURCE_NONE, SOURCE_LIVE, SOURCE_FALLBACK, SOURCE_ALL, SOURCE_LAST, SOURCE_KEEP };
WORDS(source)

/* What is said in place of answers where that was configured, as in DNS. */
enum rcode { DECIDED_NOERROR, DECIDED_SERVFAIL, DECIDED_REFUSED };
WORDS(rcode)

enum override_state { OVERRIDE_UP, OVERRIDE_DOWN, OVERRIDE_DRAIN, OVERRIDE_CLEAR };
WORDS(override_state)

/* What a change is of. */
enum event_kind { EVENT_TARGET, EVENT_TIER, EVENT_ANSWER, EVENT_AGENT, EVENT_OVERRIDE };
WORDS(event_kind)

/* What a dns probe asks for, of those whose data has a form to write down. */
enum qtype {
	QTYPE_A,
	QTYPE_AAAA,
	QTYPE_NS,
	QTYPE_CNAME,
	QTYPE_SOA,
	QTYPE_PTR,
	QTYPE_MX,
	QTYPE_TXT,
	QTYPE_SRV,
	QTYPE_NAPTR,
	QTYPE_CAA,
	QTYPE_DS,
	QTYPE_DNSKEY,
	QTYPE_TLSA,
	QTYPES
};
WORDS(qtype)

/* The codes of answers, each at its number (RFC 1035 4.1.1, RFC 2136 2.2). */
enum { DNS_RCODES = 11 };
WORDS(dns_rcode)

#undef WORDS
#endif
