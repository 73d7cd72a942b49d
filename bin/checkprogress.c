#include "checkprogress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/log.h"
#include "checktable.h"
#include "edge/clock.h"
#include "edge/screen.h"

enum { FIRST_MS = 1000, EACH_MS = 200, LINE = 160, NARROW = 80 };

bool
checkprogress_possible(void)
{
	return screen_on(STDERR_FILENO) && log_says(LOG_INFO);
}

/* One less than there are, so that the cursor stays in the line. */
static size_t
room(void)
{
	struct winsize w;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_col < 2)
		return NARROW - 1;
	return w.ws_col - 1U;
}

static size_t
add(char *line, size_t len, size_t n, const char *word)
{
	if (!n)
		return len;
	return len + (size_t)snprintf(line + len, LINE - len, ", %zu %s", n, word);
}

static void
draw(struct loop_timer *w)
{
	struct checkprogress *p = w->arg;
	struct checkrun_tally t = checkrun_tally(p->run);
	char line[LINE];
	size_t erase = strlen(CHECKTABLE_ERASE), len, most = erase + room();

	if (t.all == 0)
		return; /* no list yet */
	len = (size_t)snprintf(line, sizeof(line), CHECKTABLE_ERASE "%zu of %zu checked",
	                       t.all - t.none, t.all);
	len = add(line, len, t.n[STATUS_FAIL], "failed");
	len = add(line, len, t.n[STATUS_UNKNOWN], "unknown");
	len = add(line, len, t.running, "under way");
	len += (size_t)snprintf(line + len, LINE - len, ", %d s",
	                        (int)((clock_mono() - p->began) / 1000));
	if (write(STDERR_FILENO, line, len < most ? len : most) < 0)
		loop_timer_stop(&p->timer);
	p->shown = true;
	log_before(CHECKTABLE_ERASE);
}

void
checkprogress_start(struct checkprogress *p, struct loop *l, const struct checkrun *run)
{
	p->loop = l;
	p->run = run;
	p->began = clock_mono();
	loop_timer_start(l, &p->timer, FIRST_MS, EACH_MS, draw, p);
}

void
checkprogress_stop(struct checkprogress *p)
{
	loop_timer_stop(&p->timer);
	if (p->shown && write(STDERR_FILENO, CHECKTABLE_ERASE, strlen(CHECKTABLE_ERASE)) < 0)
		p->shown = false;
	p->shown = false;
	log_before("");
}
