#ifndef FODNS_ANNALS_H
#define FODNS_ANNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/map.h"
#include "edge/statedir.h"
#include "model/decision.h"

/*
 * Reading STATE/decisions/, the journal of what was answered and why.  It takes
 * no lock, opens files as statefile.h does, reads each to its last newline, and
 * passes over segments that end before the time asked for or begin behind it, and
 * over those that retention takes away meanwhile.  Times are those of the records:
 * milliseconds of the wall clock.
 *
 * Where there are few segments each is looked at, so that a clock that was wrong
 * for a while hides nothing; where there are many their beginnings are searched as
 * if they were in order.
 */
enum {
	ANNALS_ANSWERS = 1 << EVENT_ANSWER | 1 << EVENT_TIER,
	ANNALS_ALL = (1 << EVENT_OVERRIDE << 1) - 1
};

struct annals_query {
	int64_t since, until;      /* both inclusive */
	unsigned kinds;            /* a bit for each enum event_kind */
	const struct map *domains; /* by name in normal form, no value NULL; kept; NULL: all */
	bool common; /* with domains: also what is about none, as an agent's liveness */
	bool others; /* also records of other types, such as "config" */
};

struct annals_line {
	const struct event *event; /* NULL: of another type */
	int64_t at;
	const char *text; /* as it stands in the journal, without its newline */
	size_t n;
};

struct annals {
	const struct statedir *dir;
	struct annals_query q;
	/* Told of each damaged line ("decisions/000000000001.jsonl:17"); may be NULL. */
	void (*bad)(void *arg, const char *where, const char *why);
	void *arg;
	int dirfd, fd;
	uint64_t first;    /* segment of all that there are */
	uint64_t *numbers; /* of the segments that may matter */
	size_t n, next;
	uint64_t number; /* of the open segment, and where in it the next line begins */
	int64_t offset;
	uint64_t line;   /* of those read of it since it was entered */
	char *buf;
	size_t pos, len;
	bool overlong, ended;
	int64_t budget; /* bytes that may still be read */
	struct event event;
};

enum annals_step {
	ANNALS_LINE,
	ANNALS_END,
	ANNALS_PAUSE, /* the budget is used up: on from annals_place, another time */
	ANNALS_FAILED
};

/* The query is copied.  0; 1: nothing was ever recorded; -1.  annals_close after 0 only. */
int annals_open(struct annals *p, const struct statedir *dir, const struct annals_query *q,
              struct fault *f);
void annals_close(struct annals *p);

/* The next line, oldest first; valid until the next call. */
enum annals_step annals_next(struct annals *p, struct annals_line *out, struct fault *f);

/* Reads no more than about so many bytes before it pauses; without it there is no limit. */
void annals_budget(struct annals *p, int64_t bytes);

/* Where the next line begins: before ANNALS_END. */
void annals_place(const struct annals *p, uint64_t *number, int64_t *offset);
/* Right after annals_open: goes on at the place of another reader; false: no line begins there. */
bool annals_resume(struct annals *p, uint64_t number, int64_t offset);

/*
 * When the history that there is begins, whatever was asked for; *whole: nothing of it
 * was deleted.  False: it does not say.  After annals_open, before annals_close.
 */
bool annals_oldest(const struct annals *p, int64_t *at, bool *whole);


/* ---- what was answered */

struct annals_rrset {
	bool known;
	bool gap;       /* the next change begins from another answer: one in between is missing */
	enum rrtype type;
	int source;     /* enum source; -1: not known */
	int64_t since;  /* -1: before the history begins */
	int64_t until;  /* of the next change; -1: there was none */
	char *answers;  /* as in an event's `to`; NULL: not known */
	char *why;      /* of the change at `since`; NULL */
};

struct annals_answer {
	const char *domain; /* in normal form, the caller's */
	unsigned families;  /* a bit for each enum family that it may answer */
	struct annals_rrset of[FAMILIES];
};

enum annals_known {
	ANNALS_KNOWN,     /* at least one family of one domain */
	ANNALS_TOO_EARLY, /* the history begins later: at *oldest; -1: there is none */
	ANNALS_NOTHING,   /* no change of any of the domains is recorded */
	ANNALS_UNREADABLE /* with a fault */
};

/*
 * What these domains (all different) were answering at an instant, from one reading:
 * backwards to the last change before it, and on to the first one after it.  Fills
 * `of`, which annals_answer_free gives back in any case.
 */
enum annals_known annals_answer(const struct statedir *dir, struct annals_answer *list, size_t n,
                            int64_t at, int64_t *oldest, struct fault *f);
void annals_answer_free(struct annals_answer *list, size_t n);

#endif
