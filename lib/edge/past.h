#ifndef FODNS_PAST_H
#define FODNS_PAST_H

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
	PAST_ANSWERS = 1 << EVENT_ANSWER | 1 << EVENT_TIER,
	PAST_ALL = (1 << EVENT_OVERRIDE << 1) - 1
};

struct past_query {
	int64_t since, until;      /* both inclusive */
	unsigned kinds;            /* a bit for each enum event_kind */
	const struct map *domains; /* by name in normal form, no value NULL; kept; NULL: all */
	bool common; /* with domains: also what is about none, as an agent's liveness */
	bool others; /* also records of other types, such as "config" */
};

struct past_line {
	const struct event *event; /* NULL: of another type */
	int64_t at;
	const char *text; /* as it stands in the journal, without its newline */
	size_t n;
};

struct past {
	const struct statedir *dir;
	struct past_query q;
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

enum past_step {
	PAST_LINE,
	PAST_END,
	PAST_PAUSE, /* the budget is used up: on from past_place, another time */
	PAST_FAILED
};

/* The query is copied.  0; 1: nothing was ever recorded; -1.  past_close after 0 only. */
int past_open(struct past *p, const struct statedir *dir, const struct past_query *q,
              struct fault *f);
void past_close(struct past *p);

/* The next line, oldest first; valid until the next call. */
enum past_step past_next(struct past *p, struct past_line *out, struct fault *f);

/* Reads no more than about so many bytes before it pauses; without it there is no limit. */
void past_budget(struct past *p, int64_t bytes);

/* Where the next line begins: before PAST_END. */
void past_place(const struct past *p, uint64_t *number, int64_t *offset);
/* Right after past_open: goes on at the place of another reader; false: no line begins there. */
bool past_resume(struct past *p, uint64_t number, int64_t offset);

/*
 * When the history that there is begins, whatever was asked for; *whole: nothing of it
 * was deleted.  False: it does not say.  After past_open, before past_close.
 */
bool past_oldest(const struct past *p, int64_t *at, bool *whole);

/* When the open segment was begun; false: its first line does not say. */
bool past_begun(int fd, int64_t *at);

/* ---- what was answered */

struct past_rrset {
	bool known;
	bool gap;       /* the next change begins from another answer: one in between is missing */
	enum rrtype type;
	int source;     /* enum source; -1: not known */
	int64_t since;  /* -1: before the history begins */
	int64_t until;  /* of the next change; -1: there was none */
	char *answers;  /* as in an event's `to`; NULL: not known */
	char *why;      /* of the change at `since`; NULL */
};

struct past_answer {
	const char *domain; /* in normal form, the caller's */
	unsigned families;  /* a bit for each enum family that it may answer */
	struct past_rrset of[FAMILIES];
};

enum past_known {
	PAST_KNOWN,     /* at least one family of one domain */
	PAST_TOO_EARLY, /* the history begins later: at *oldest; -1: there is none */
	PAST_NOTHING,   /* no change of any of the domains is recorded */
	PAST_UNREADABLE /* with a fault */
};

/*
 * What these domains (all different) were answering at an instant, from one reading:
 * backwards to the last change before it, and on to the first one after it.  Fills
 * `of`, which past_answer_free gives back in any case.
 */
enum past_known past_answer(const struct statedir *dir, struct past_answer *list, size_t n,
                            int64_t at, int64_t *oldest, struct fault *f);
void past_answer_free(struct past_answer *list, size_t n);

/*
 * The time before which reports are missing: some agent's journal has lost its
 * beginning.  INT64_MIN: all that ever came is there.
 */
int past_reports(const struct statedir *dir, int64_t *from, struct fault *f);

#endif
