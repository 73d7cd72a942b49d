#ifndef FODNS_CONFIG_DOMAIN_H
#define FODNS_CONFIG_DOMAIN_H

#include "codec/config_read.h"

/*
 * What a domain's sections say, defaults: and the built-in values below it: it
 * starts as a copy of the defaults, and each map read overwrites what it names.
 */
struct settings {
	struct domain d;
	struct server_rules rules; /* of d.server */
	struct probe probe;        /* of d.probe */
	struct key_places places;  /* of d.places */
	bool by_policy;         /* the axes are from `policy`, not from votes or select */
	int failback;           /* auto, manual */
	uint64_t server_given;  /* keys said here or in defaults */
	uint64_t monitor_given;
	uint64_t agent_given;
	const struct settings *untemplated; /* defaults without their template; NULL: they have none */
	/* Of the map being read. */
	struct server_nodes {
		const struct yaml *quorum, *min_healthy;
		struct place votes_at;
	} server;
	struct monitor_nodes {
		const struct yaml *tags, *targets, *template;
		uint64_t said; /* keys of the section, and of its template */
		bool lost; /* there is no such template: what is missing may be its */
		const struct yaml *lists[PROBE_PARAMS_MOST]; /* of parameters that are no scalars */
		struct place at[PROBE_PARAMS_MOST];
	} monitor;
	struct agent_nodes {
		const char *token_file;
		struct place token_file_at, timeout_at;
	} agent;
};

void settings_server(struct reader *r, struct settings *s, const struct yaml *map, bool defaults);
void settings_server_end(const struct reader *r, struct settings *s, const struct zone *z);

/* Where a monitor section stands. */
enum monitor_of { MONITOR_DOMAIN, MONITOR_DEFAULTS, MONITOR_TEMPLATE };
void settings_monitor(struct reader *r, struct settings *s, const struct yaml *map,
    enum monitor_of of);

/* Advice where what the domain says of source does nothing for one of its targets. */
void config_check_source(struct reader *r, const struct settings *s);

struct template { /* config_template.c */
	const char *name;
	struct settings *s;    /* its monitor_given says what is said */
	bool wrong, used;      /* wrong: said already, and it counts for nothing */
	struct place at;
	struct template *next;
};
/* NULL: there is none, or it is wrong */
struct template *config_template(struct reader *r, const struct yaml *name);

void settings_agent(struct reader *r, struct settings *s, const struct yaml *map, bool defaults);

void config_read_targets(struct reader *r, const struct yaml *list, struct domain *d);

/* A problem if what the domain may answer does not fit into a line of the decision stream. */
void config_check_size(struct reader *r, const struct yaml *list, const struct domain *d);

/* A list of what the domain may answer; its type is that of its targets, so read these first. */
struct answer *config_read_answers(struct reader *r, const struct yaml *n, const char *what,
    const struct domain *d, size_t *count);

#endif
