#ifndef FODNS_API_H
#define FODNS_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "core/engine.h"
#include "edge/bucket.h"
#include "edge/httpd.h"
#include "edge/journal.h"
#include "edge/loop.h"
#include "edge/statedir.h"
#include "follower.h"
#include "model/config.h"

/*
 * fodns-api in parts: the config in force (api-config), who may do what
 * (api-access), reports in (api-report), tasks out (api-tasks), status
 * (api-status), history (api-decisions), metrics (api-metrics).
 */

/* ---- access: tokens of a config.  None of this is ever printed. */

struct api_key {
	const char *token; /* the config's */
	uint32_t group;    /* of the domains that have it; from 1 */
	bool domains;      /* some domain has it */
	bool admin;
	const struct agent_binding *agent; /* NULL: none */
};

struct access {
	const struct config *config;
	struct map by_token;  /* -> struct api_key * */
	struct api_key *keys;
	size_t n;
	uint32_t *groups;     /* of each domain; 0: has no token */
};

void access_init(struct access *a, const struct config *c);
void access_free(struct access *a);
/* The key of a request's token, NULL if it has none or one that is not configured. */
const struct api_key *access_key(const struct access *a, const struct http_request *q);
/* Whether the key opens the domain: its own token, none at all, or with agents: any agent's. */
bool access_domain(const struct access *a, const struct api_key *k, const struct domain *d);
/* With status_auth, whether the key may see all (admin, agents), or this domain. */
bool access_status(const struct access *a, const struct api_key *k, const struct domain *d);
/* Whether it may see all or some of them. */
bool access_some(const struct access *a, const struct api_key *k);
/* 401 for a request without a token, 403 for one whose token does not do. */
void access_refuse(const struct http_request *q, struct http_reply *r);

/* ---- counters */

enum api_reason {
	API_INVALID,
	API_UNKNOWN_DOMAIN,
	API_TOKEN,
	API_NOT_CONFIGURED,
	API_RATE,
	API_TOO_LARGE,
	API_STATE,
	API_REASONS
};

struct api_counts {
	uint64_t accepted;              /* reports stored */
	uint64_t rejected[API_REASONS]; /* reports, or requests that never got so far */
	uint64_t batches;
	uint64_t tasks, tasks_unchanged;
	uint64_t status[6];             /* answers by first digit of their status */
};

const char *api_reason_word(enum api_reason r);

/* ---- the program */

struct api {
	struct loop *loop;
	struct httpd *http;
	struct config *config;
	const char *config_path;
	struct access access;
	struct statedir dir;
	struct recorder *recorder;
	struct follower *follower;
	struct buckets *buckets; /* NULL: no limit */
	struct api_counts counts;
	int64_t started;         /* wall */
	bool verbose;
	char refused[512];       /* why the config on disk is not in force; "" */
	char trouble[512];       /* why the last report could not be stored; "" */
	int64_t trouble_until;   /* when it is forgotten, on loop_now() */
	struct {
		int64_t until;   /* until then refusals are only counted */
		unsigned skipped;
	} said[API_REASONS];
};

/* Rate per token, else per address: true, or the reply is 429. */
bool api_admit(struct api *a, const struct http_request *q, const struct api_key *k,
               struct http_reply *r);
/* Counts, and says it in the log, at most one line in 10 s a reason. */
void api_rejected(struct api *a, enum api_reason why, const struct http_request *q,
                  const char *what);

/* 422 for a parameter of the query. */
void api_bad_query(struct http_reply *r, const char *field, const char *type,
                   const char *message);

/* state readable and writable, config accepted */
bool api_healthy(const struct api *a, const char **why);
struct engine *api_engine(struct api *a);                /* of this instant */

/* Takes the config's certificate into use, if it names one. */
int api_tls(struct api *a, const struct config *c, struct fault *f);
/* Who may see a domain's details sees the lines of the config that count, not where it is. */
void api_hide_directories(struct config *c);
/* Reads it again. Refused whole: the old one stays, whatever is wrong with the new one. */
void api_reload(struct api *a);

void api_report(void *arg, const struct http_request *q, struct http_reply *r);
void api_reports(void *arg, const struct http_request *q, struct http_reply *r);
void api_tasks(void *arg, const struct http_request *q, struct http_reply *r);
void api_status(void *arg, const struct http_request *q, struct http_reply *r);
void api_details(void *arg, const struct http_request *q, struct http_reply *r);
void api_decisions(void *arg, const struct http_request *q, struct http_reply *r);
void api_metrics(void *arg, const struct http_request *q, struct http_reply *r);

#endif
