#ifndef FODNS_RECORDS_H
#define FODNS_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "model/config.h"
#include "model/decision.h"
#include "model/override.h"
#include "model/report.h"
#include "model/task.h"

/*
 * The records of fodns-records(5), one JSON object a line.  Readers take the
 * line without its newline and need not be NUL-terminated; they return 0, or -1
 * with a fault such as `timestamp: not a time`.  Writers append one line with
 * its newline, in the one canonical form: fields in the order of the manual, no
 * spaces.  What was read and written again is the same.
 */
int report_read(struct report *r, const char *line, size_t n, struct fault *f);
/*
 * The two halves of report_read: a reader of the canonical form alone (false: not in it), and
 * json-c for every other.
 */
bool report_scan(struct report *r, const char *line, size_t n);
int report_read_json(struct report *r, const char *line, size_t n, struct fault *f);
/* age_ms, received, boot_ms only when set */
void report_write(struct buf *b, const struct report *r);
/*
 * The same record of parts that are written once: what is the same in all reports of one check
 * (check_name to port), and what is the same in all that one agent makes at one instant.
 */
struct report_instant {
	struct buf agent, inc, clock;
};
void report_instant_set(struct report_instant *i, const struct report *r);
void report_instant_free(struct report_instant *i);
void report_write_check(struct buf *b, const struct report *r);
void report_write_about(struct buf *b, const struct report *r, const struct report_instant *i,
    const char *check, size_t n);

/* The field a fault is about ("timestamp"), for the API's 422; "" if the line as a whole. */
struct field_fault {
	char field[32];  /* "" : the body */
	char type[32];   /* "missing", "string_type", "value_error", "json_invalid", … */
	char message[160];
};
/* all faults */
int report_read_fields(struct report *r, const char *line, size_t n, struct field_fault *faults,
    size_t *nfaults, size_t cap);

/*
 * Strings and probe of a task live in a.  t->probe at the call: NULL, or one in a that is taken
 * again if it is the same.
 */
int task_read(struct task *t, struct arena *a, const char *line, size_t n, struct fault *f);
void task_write(struct buf *b, const struct task *t);      /* one line */
/* no newline; original: the seven keys of PyFailoverDNS only, type tcp */
void task_write_object(struct buf *b, const struct task *t, bool original);

int override_read(struct override *o, const char *line, size_t n, struct fault *f);
void override_write(struct buf *b, const struct override *o);

/* The first and the last line of a segment (fodns-state(5)). */
struct segment_line {
	bool seal; /* nothing else is set then */
	char boot_id[33], agent[LIMIT_AGENT_ID + 1]; /* agent "": a journal of no agent */
	int64_t boot_ms; /* CLOCK_MONOTONIC when it was begun, -1 */
	int64_t at;      /* wall clock when it was begun, only read; -1 */
};
int segment_read(struct segment_line *s, const char *line, size_t n, struct fault *f);
void segment_write(struct buf *b, const struct segment_line *s, int64_t at); /* at: wall clock */

/* 0, or 1: a record of another type, or an event of a kind that is not known; -1 with a fault. */
int event_read(struct event *e, const char *line, size_t n, struct fault *f);
/* as with reports */
bool event_scan(struct event *e, const char *line, size_t n);
int event_read_json(struct event *e, const char *line, size_t n, struct fault *f);
void event_write(struct buf *b, const struct event *e);

/* How an event about a domain begins: enough to pass over most lines of a history unread. */
struct event_head {
	enum event_kind kind;
	int64_t at;
	char domain[LIMIT_NAME + 1];
};
bool event_peek(struct event_head *h, const char *line, size_t n); /* false: read the line */

/* Of any record: its type and its time; type "": none, or a longer one; *at -1: none. */
bool record_type(const char *line, size_t n, char type[static 16], int64_t *at);
/* A config came into force; in decisions/, between the events. */
#define CONFIG_CHANGE_LEAD "{\"type\":\"config\","
struct config_change {
	int64_t at, boot_ms; /* wall clock; CLOCK_MONOTONIC, -1 */
	char config[17];     /* hash */
};
int config_change_read(struct config_change *c, const char *line, size_t n, struct fault *f);
void config_change_write(struct buf *b, const struct config_change *c);

/* The decision stream (fodns-decide --follow). */
enum stream_type { STREAM_SERVER, STREAM_ZONE, STREAM_RR, STREAM_DECISION, STREAM_READY,
    STREAM_ALIVE, STREAM_OTHER };

struct stream_server {
	uint64_t gen;
	struct listen listen[LIMIT_LISTENS];
	size_t nlisten;
	int threads;
	bool provisional;
	char config[17]; /* hash */
	bool has_nsid;   /* else the host's name is told */
	char nsid[LIMIT_NSID + 1];
	struct rrl_rules rrl;
};

struct stream_zone {
	char name[LIMIT_NAME + 2];
	char mname[LIMIT_NAME + 2], rname[LIMIT_NAME + 2]; /* absolute */
	uint32_t serial, refresh, retry, expire, minimum;
	char ns[16][LIMIT_NAME + 2];
	size_t nns;
};

struct stream_rr {
	char owner[1024], zone[LIMIT_NAME + 2];
	uint16_t type;
	uint32_t ttl;
	uint16_t rdlen;
	uint8_t rdata[LIMIT_RDATA];
};

struct stream_ready {
	uint64_t gen, lines; /* lines: of zone, rr and decision in this generation */
	bool provisional;
};

/* What the texts of a decision that was read stand in. */
struct decision_text {
	char domain[LIMIT_NAME + 1];
	size_t used;
	char values[LIMIT_STREAM_LINE];
};

struct stream_line { /* large: keep one */
	enum stream_type type;
	int64_t at; /* of decision and alive */
	union {
		struct stream_server server;
		struct stream_zone zone;
		struct stream_rr rr;
		struct decision decision; /* its texts are in decision_text */
		struct stream_ready ready;
	};
	struct decision_text decision_text;
};

int stream_read(struct stream_line *s, const char *line, size_t n, struct fault *f);
/* without the quick reader of decisions */
int stream_read_json(struct stream_line *s, const char *line, size_t n, struct fault *f);
void decision_write(struct buf *b, const struct decision *d);
/* its "rrsets":{...} alone */
void decision_write_rrsets(struct buf *b, const struct decision *d);
void stream_write_server(struct buf *b, const struct config *c, uint64_t gen, bool provisional);
void stream_write_zone(struct buf *b, const struct zone *z, uint32_t serial);
void stream_write_record(struct buf *b, const struct zone *z, const struct record *r);
void stream_write_ready(struct buf *b, uint64_t gen, uint64_t lines, bool provisional);
void stream_write_alive(struct buf *b, int64_t at);

#endif
