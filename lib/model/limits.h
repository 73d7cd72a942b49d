#ifndef FODNS_LIMITS_H
#define FODNS_LIMITS_H

/* What is too much, in one place. */
enum {
	LIMIT_AGENT_ID = 64,        /* bytes */
	LIMIT_NAME = 253,           /* a domain name as text, without the last dot */
	LIMIT_CHECK_NAME = 512,     /* bytes */
	LIMIT_REASON = 128,         /* bytes of a report's reason that are kept */
	LIMIT_PERFDATA = 256,       /* bytes of a report's performance data that are kept */
	LIMIT_TYPE = 16,            /* bytes of a probe type's word */
	LIMIT_REPORT_LINE = 4096,   /* a report, override or task line with its newline */
	LIMIT_RDATA = 16384,        /* bytes of a static record: it stands in a stream line */
	LIMIT_STREAM_LINE = 65536,  /* a line of the decision stream */
	LIMIT_TARGETS = 256,        /* targets of a domain */
	LIMIT_STREAK = 1000,        /* rise and fall */
	LIMIT_WEIGHT = 65535,       /* of a target */
	LIMIT_FALLBACK = 64,        /* answers in a fallback list */
	LIMIT_VALUE = 2048,         /* bytes of a CNAME, SRV or TXT target's text */
	LIMIT_AGENTS_PER_DOMAIN = 256,
	LIMIT_AGENTS = 4096,        /* agent directories of a state directory */
	LIMIT_LISTENS = 64,         /* addresses that a server listens on */
	LIMIT_EXEMPT = 64,          /* networks that rate limiting exempts */
	LIMIT_NSID = 128,           /* bytes of a server's name in replies (RFC 5001) */
	LIMIT_REFERENCES = 16,      /* of an agent */
	LIMIT_CONFIG_DEPTH = 16,    /* nesting of YAML */
	LIMIT_CONFIG_NODES = 100000,/* expanded from aliases */
	LIMIT_CONFIG_FILES = 1024   /* the config and what it includes */
};
#define LIMIT_CONFIG_BYTES (64UL << 20)

#endif
