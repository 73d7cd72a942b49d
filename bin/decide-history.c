#include "decide-history.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "codec/records.h"
#include "edge/clock.h"
#include "edge/journal.h"

enum { KEPT_BYTES = 4 << 20 };

struct history {
	int lock; /* -1: another's */
	struct journal journal;
	bool open, failing;
	char config[17]; /* hash of the last one kept */
	struct buf lines;
	uint64_t waiting, written, lost;
};

struct history *
history_new(void)
{
	struct history *h = mem_alloc(sizeof(*h));

	h->lock = -1;
	return h;
}

void
history_moved(struct history *h)
{
	if (h->open)
		journal_close(&h->journal);
	if (h->lock >= 0)
		close(h->lock);
	h->open = false;
	h->lock = -1;
	h->config[0] = '\0';
}

void
history_free(struct history *h)
{
	if (!h)
		return;
	history_write(h);
	history_moved(h);
	buf_free(&h->lines);
	free(h);
}

/* Said when it begins and when it ends, not each second between. */
static void
failed(struct history *h, const struct fault *f)
{
	if (!h->failing)
		log_error("history is not recorded: %s", f->text);
	h->failing = true;
}

static bool
take_lock(struct history *h, const struct statedir *dir)
{
	struct fault f;
	int r;

	if (h->lock >= 0)
		return true;
	r = statedir_record(dir, &h->lock, &f);
	if (r == 0)
		return true;
	h->lock = -1;
	if (r < 0)
		failed(h, &f);
	return false;
}

/* So that who looks back judges each stretch by the config that was in force. */
static void
note_config(struct history *h, const char *hash, int64_t at)
{
	struct config_change c = {.at = at, .boot_ms = clock_mono_of_axis(at)};

	memcpy(c.config, hash, sizeof(c.config));
	config_change_write(&h->lines, &c);
}

static void
keep_config(struct history *h, const struct statedir *dir, struct accepted *a, int64_t at)
{
	struct fault f;

	if (!strcmp(h->config, a->config.hash))
		return;
	if (accepted_keep(a, dir, &f) < 0) {
		failed(h, &f);
		return;
	}
	memcpy(h->config, a->config.hash, sizeof(h->config));
	note_config(h, a->config.hash, at);
}

static void
open_journal(struct history *h, const struct statedir *dir)
{
	struct fault f;

	if (h->open)
		return;
	if (journal_open(&h->journal, dir, "decisions", "", &f) < 0)
		failed(h, &f);
	else
		h->open = true;
}

void
history_tick(struct history *h, const struct statedir *dir, struct accepted *config, int64_t at)
{
	if (dir->fd < 0 || !take_lock(h, dir))
		return;
	keep_config(h, dir, config, at);
	open_journal(h, dir);
	history_write(h);
}

void
history_event(struct history *h, const struct event *ev)
{
	if (h->lock < 0)
		return; /* the recorder writes it */
	if (h->lines.len > KEPT_BYTES) {
		h->lost++;
		return;
	}
	event_write(&h->lines, ev);
	h->waiting++;
}

void
history_write(struct history *h)
{
	struct fault f;

	if (!h->open || h->lines.len == 0)
		return;
	if (journal_append(&h->journal, h->lines.data, h->lines.len, 0, &f) < 0) {
		failed(h, &f);
		return; /* tried again with the next tick */
	}
	if (h->failing)
		log_note("history is recorded again; %llu events were lost",
		         (unsigned long long)h->lost);
	h->failing = false;
	h->written += h->waiting;
	h->waiting = 0;
	buf_clear(&h->lines);
}

bool
history_recording(const struct history *h)
{
	return h->lock >= 0;
}

uint64_t
history_events(const struct history *h)
{
	return h->written;
}

uint64_t
history_lost(const struct history *h)
{
	return h->lost;
}
