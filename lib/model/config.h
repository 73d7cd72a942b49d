#ifndef FODNS_CONFIG_H
#define FODNS_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "model/addr.h"
#include "model/advice.h"
#include "model/answer.h"
#include "model/limits.h"
#include "model/probe.h"
#include "model/words.h"

/*
 * A master's configuration, read only once loaded.  It and all it points to
 * live in its arena.  Durations are milliseconds.  Every default is filled in
 * and every inheritance done: who reads this never asks where a value is from.
 */

/* A place in a config file: files[file]:line:col, from 1. line 0: not written, a default. */
struct place {
	uint32_t line;
	uint16_t col, file;
};

/*
 * What a target is beyond an address that is answered and probed: another type's
 * rdata, another place to probe.
 */
struct target_more {
	const char *value; /* rdata, as in struct answer; NULL: the address is answered */
	const char *host;  /* the name in a CNAME or SRV, normal form; NULL */
	/* What is probed: an address, or with FAMILY_OTHER the host. */
	struct addr check;
	int check_port; /* PORT_NONE: none */
};

struct target {
	struct addr addr; /* answered; FAMILY_OTHER: more->value is */
	int port;         /* PORT_NONE: none */
	int priority;
	int weight;
	const char *check_name; /* "domain:ip:port", "domain:ip:icmp"; a host name for an ip */
	const struct target_more *more; /* NULL: nothing; most have none */
	struct place at;
};

/*
 * What makes a target the same one in two configs: what is answered, with its port,
 * and what is probed.  No two targets of a domain have the same.
 */
struct target_key {
	struct answer answered;
	int port;
	struct addr probed;
	int probed_port;
	const char *host; /* probed, with FAMILY_OTHER; else NULL */
};

enum quorum_kind { QUORUM_MAJORITY, QUORUM_COUNT, QUORUM_PERCENT };

struct quorum {
	enum quorum_kind kind;
	unsigned value;
};

/* "2" or "50%". */
struct amount {
	unsigned value;
	bool percent;
};

struct server_rules { /* server: */
	enum policy policy; /* as written, for /status; the two axes below are what counts */
	enum votes votes;
	enum select select;
	struct quorum quorum;
	struct amount min_healthy;
	enum on_silence on_silence;
	enum on_all_down on_all_down;
	int64_t timeout_ms; /* how long a report is fresh */
	int64_t hold_ms;    /* default 2 x timeout_ms */
	int64_t failback_delay_ms;
	int64_t agent_forget_ms; /* 24 h */
	bool failback_manual;
	int rise, fall;
	int max_answers; /* per response, default 8 */
	uint32_t ttl, fallback_ttl;
	uint32_t ttl_degraded; /* 0: not used */
};

/* Where keys of a domain were written, be it under defaults; line 0: nowhere. */
struct key_places {
	/* server: */
	struct place quorum, hold, min_healthy, rise, fall, failback_delay, agent_forget,
	    max_answers, ttl, fallback_ttl, ttl_degraded;
	struct place mode, monitor_tag; /* monitor: */
	struct place interval, fast_interval, token; /* agent: */
};

/* expect: what the domain must answer while targets are so; for --lint. */
enum { EXPECT_DOWN, EXPECT_UNKNOWN, EXPECT_DRAIN, EXPECT_STATES };
struct expect {
	/* as target_pattern_parse takes them; each names a configured target */
	const char **when[EXPECT_STATES];
	size_t nwhen[EXPECT_STATES];
	struct answer *answer; /* sorted as text */
	size_t nanswer;
	struct place at;
};

struct domain {
	const char *name; /* normal form */
	const struct zone *zone;
	struct answer *fallback; /* all addresses, or all of that type */
	struct target *targets; /* in the order of the file */
	uint32_t index;         /* in config.domains */
	uint16_t ntargets, nfallback;
	uint8_t type; /* enum rrtype, RRTYPE_A: addresses of both families; else of the targets */
	const struct server_rules *server; /* domains with equal ones share them */
	/* monitor: mode and parameters; the address is that of each target; shared, too */
	const struct probe *probe;
	const char **tags; /* monitor_tag; none matches every agent */
	size_t ntags;
	int64_t interval_ms, probe_timeout_ms; /* agent: */
	int64_t fast_interval_ms; /* 0: off */
	const char *token; /* NULL: none */
	struct expect *expect;
	size_t nexpect;
	uint64_t ignore; /* advice that --lint keeps to itself */
	const struct key_places *places; /* shared, too */
	struct place at, fallback_at;
	/* where rules of `server` were written, for the explanation */
	struct place policy_at, on_silence_at, on_all_down_at, timeout_at;
};

/* A static record; the rdata is in wire format, uncompressed. */
struct record {
	const char *owner; /* absolute, presentation form with the last dot */
	uint16_t type;
	uint32_t ttl;
	const uint8_t *rdata;
	uint16_t rdlen;
	const char *text; /* "A", "192.0.2.53": type and rdata in presentation form */
	const char *type_text;
	struct place at;
};

enum { ZONE_NS_TTL = 3600 }; /* of the NS records that a zone's `ns` makes */

struct soa { /* RFC 1035 3.3.13; names absolute with the last dot */
	const char *mname, *rname;
	uint32_t refresh, retry, expire, minimum;
};

struct zone {
	const char *name; /* normal form */
	struct soa soa;
	const char **ns; /* absolute, at least one */
	size_t nns;
	struct record *records; /* static, the address of a default name server included */
	size_t nrecords;
	uint32_t fallback_ttl;
	bool has_fallback_ttl; /* it was said for the zone */
	struct place at;
};

struct agent_binding { /* agents: */
	const char *id, *token;
	const char **tags;
	size_t ntags;
	struct place at;
};

struct listen {
	struct addr addr;
	int port;
	struct place at;
};

enum { RRL_RATE_MOST = 1000000, RRL_SLIP_MOST = 100 };
/* dns.rrl: how many UDP replies of one kind a network gets. */
struct rrl_rules {
	uint32_t rate;  /* a second; 0: no limit */
	uint32_t slip;  /* one of so many that are over it goes out truncated; 0: none */
	uint8_t bits[FAMILIES]; /* of a network */
	struct prefix exempt[LIMIT_EXEMPT];
	size_t nexempt;
};

/* No limit; private, link-local and loopback addresses exempt. */
void rrl_rules_default(struct rrl_rules *r);

/* What is kept of reports when nothing is said. */
#define CONFIG_RETENTION_BYTES (UINT64_C(2) << 30)

struct config {
	struct arena arena;
	const char **files; /* [0] is the one asked for, then what it includes */
	size_t nfiles;
	char hash[17]; /* of all files' bytes: names the config in STATE/config/ and stats */
	const char *state_dir; /* absolute, NULL: not said */
	uint64_t ignore;       /* advice on any of it that --lint keeps to itself */
	uint64_t retention_bytes; /* of reports: what is over it is deleted */
	struct listen *dns;
	size_t ndns;
	int threads; /* 0: auto */
	uint32_t resolve_cache_ttl;
	const char *nsid; /* text; NULL: the host's name */
	struct rrl_rules rrl;
	struct listen *api;
	size_t napi;
	const char *tls_cert, *tls_key; /* files, NULL: plain HTTP */
	bool status_auth;
	const char *admin_token; /* of admin_token_file; NULL: overrides over the API are off */
	struct place admin_at;
	struct agent_binding *agents; /* none: learned from the reports */
	size_t nagents;
	struct zone *zones;
	size_t nzones;
	struct domain *domains; /* of all zones, in the order of the files */
	size_t ndomains;
	struct map by_name; /* domain's normal name -> struct domain * */
};

bool listen_equal(const struct listen *a, const struct listen *b);
void config_free(struct config *c); /* idempotent; c itself is the caller's */
/* Any case, last dot or not; NULL: not configured. */
const struct domain *config_domain(const struct config *c, const char *name);
/*
 * Leaves only the domains that keep[index] says, in their order: who asks about one of
 * 100,000 need not have all judged.  Pointers to domains from before are no good any more.
 */
void config_narrow(struct config *c, const bool *keep);
/*
 * The target that a report on this place with this check_name is about: an address,
 * or a name with a FAMILY_OTHER.  Of several that are probed there, the one of that
 * name, else the first; where none is, a target that is not probed by its own
 * address is known by its check_name alone.  NULL: none.
 */
const struct target *config_target(const struct domain *d, const struct addr *a,
    const char *name, int port, const char *check_name);
/* The target of d that has this key; NULL: none. */
const struct target *config_keyed_target(const struct domain *d, const struct target_key *k);
/* Does an agent with these tags serve the domain? */
bool config_tags_match(const struct domain *d, const char *const *tags, size_t ntags);
const struct agent_binding *config_agent(const struct config *c, const char *id); /* NULL */
/* The families that the domain may answer: from *first up to before the result. */
int domain_families(const struct domain *d, int *first);
bool domain_has(const struct domain *d, enum family f); /* some target is of it */
bool domain_may(const struct domain *d, enum family f); /* or an answer of the fallback list */

struct answer target_answer(const struct target *t);
/* What the answer weighs: of several targets that have it, the smallest weight; 1: it is of none. */
int domain_weight(const struct domain *d, const struct answer *a);
struct target_key target_key(const struct target *t);
/* What is probed; *name is NULL for an address. */
const struct addr *target_probed(const struct target *t, const char **name, int *port);
/*
 * A place as text: "192.0.2.1:80", "eu.example.net:443"; name NULL: the address.
 * A target's: the same of what is answered; of a TXT its text, cut to fit.
 */
enum { TARGET_TEXT = LIMIT_NAME + 11 };
char *place_text(char dst[static TARGET_TEXT], const struct addr *a, const char *name, int port);
char *target_text(char dst[static TARGET_TEXT], const struct target *t);
/* "fodns.yaml:12:7", or "default". */
void config_place(const struct config *c, const struct place *at, char *dst, size_t cap);

/* An agent's configuration (agent_config.yaml). */
struct master {
	const char *name, *url, *token; /* url without a slash at its end; token NULL: none */
	const char *ca_file;            /* NULL: the system's */
	const char *cert, *key;         /* to show it; NULL: none; key NULL: in cert, too */
	const char *proxy;              /* NULL: none, whatever the environment says */
	const char **tags;
	size_t ntags;
	struct place at;
};

struct allow_rule { /* allow: networks and ports that tasks may probe */
	struct prefix net;
	int port_from, port_to; /* 0..65535: every port */
};

struct agent_command { /* commands: what exec tasks of masters may run */
	const char *name;
	struct texts words;
	bool args; /* a task's further words are appended */
	struct place at;
};

struct reference { /* reference: what this host must reach for a failure to count */
	const char *url, *host;
	const char *path; /* of http and https; NULL: none */
	const char *qname; /* of dns; NULL */
	int qtype;
	enum probe_type type;
	struct addr addr;
	int port;
};

struct agent_config {
	struct arena arena;
	const char *file;
	char hash[17];
	const char *agent_id;
	const char *spool_dir; /* absolute, NULL: not said */
	const char *ca_file;   /* of masters that say none */
	struct master *masters;
	size_t nmasters;
	struct allow_rule *allow;
	size_t nallow; /* 0: everything but link-local, multicast and unspecified */
	struct texts files; /* paths that tasks may name, or directories of them; none: none */
	struct texts source;   /* of tasks that say none */
	const char *interface; /* the same; NULL */
	struct agent_command *commands;
	size_t ncommands;
	struct reference *references;
	size_t nreferences;
};

void agent_config_free(struct agent_config *c);
const struct agent_command *agent_config_command(const struct agent_config *c, const char *name);
bool agent_config_allows(const struct agent_config *c, const struct addr *a, int port);
bool agent_config_lends(const struct agent_config *c, const char *path); /* by files: */

#endif
