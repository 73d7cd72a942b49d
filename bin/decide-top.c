#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/stamp.h"
#include "codec/records.h"
#include "core/board.h"
#include "core/say.h"
#include "decide-pick.h"
#include "decide.h"
#include "edge/clock.h"
#include "edge/file.h"
#include "edge/screen.h"
#include "follower.h"

enum { DRAW_MS = 100 }; /* from one drawing to the next, however much changes */

/* --watch: the table of all domains, kept current; in a pipe a decision line for each change. */
struct top {
	const struct decide *d;
	struct config config;
	struct pick pick;
	struct loop *loop;
	struct follower *follower;
	struct screen screen;
	struct loop_timer second, soon;
	struct loop_io keys;
	struct loop_signal end[3], resize, stop, cont;
	struct buf out;
	char last[1024]; /* the last change of an answer */
	int64_t last_at, drawn; /* drawn: CLOCK_MONOTONIC */
	int status;
};

/* ---- on a terminal */

static void
draw(struct top *t)
{
	char when[STAMP_LEN];
	struct board board = {
		.engine = follower_engine(t->follower),
		.config = &t->config,
		.chosen = t->pick.domains,
		.when = stamp_local(when, clock_wall()),
		.last = t->last[0] ? t->last : NULL,
		.last_at = t->last_at,
		.colour = cli_colour(stdout),
	};

	loop_timer_stop(&t->soon);
	t->drawn = clock_mono();
	if (!follower_ready(t->follower))
		board.trouble = "reading the journals";
	else if (follower_degraded(t->follower))
		board.trouble = "the state directory cannot be read: this is what was known last";
	screen_size(&board.width, &board.height);
	buf_clear(&t->out);
	board_write(&board, &t->out);
	if (!screen_draw(t->out.data, t->out.len))
		loop_stop(t->loop);
}

static void
on_soon(struct loop_timer *w)
{
	draw(w->arg);
}

static void
draw_soon(struct top *t)
{
	int64_t wait = t->drawn + DRAW_MS - clock_mono();

	loop_timer_start(t->loop, &t->soon, wait > 0 ? wait : 0, 0, on_soon, t);
}

static void
on_second(struct loop_timer *w)
{
	draw(w->arg);
}

static void
on_resize(struct loop_signal *w, int signo)
{
	(void)signo;
	draw_soon(w->arg);
}

static void
on_end(struct loop_signal *w, int signo)
{
	struct top *t = w->arg;

	(void)signo;
	loop_stop(t->loop);
}

/* ^Z: the shell gets its screen back. */
static void
on_stop(struct loop_signal *w, int signo)
{
	struct top *t = w->arg;

	(void)signo;
	screen_close(&t->screen);
	kill(getpid(), SIGSTOP);
}

static void
on_cont(struct loop_signal *w, int signo)
{
	struct top *t = w->arg;

	(void)signo;
	screen_open(&t->screen);
	draw_soon(t);
}

static void
on_keys(struct loop_io *w, int events)
{
	struct top *t = w->arg;
	char keys[64];
	ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));

	(void)events;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		loop_io_stop(w);
	for (ssize_t i = 0; i < n; i++)
		if (keys[i] == 'q' || keys[i] == 'Q' || keys[i] == 4)
			loop_stop(t->loop);
	if (n > 0)
		draw_soon(t);
}

static void
settled_screen(void *arg)
{
	static struct event ev;
	struct top *t = arg;
	const struct domain *d;

	while (engine_event(follower_engine(t->follower), &ev)) {
		d = ev.kind == EVENT_ANSWER ? config_domain(&t->config, ev.domain) : NULL;
		if (!d || !t->pick.domains[d->index])
			continue;
		say_event(t->last, sizeof(t->last), &ev);
		t->last_at = ev.at;
	}
	draw_soon(t);
}

static void
start_screen(struct top *t)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP};

	for (size_t i = 0; i < 3; i++)
		loop_signal_start(t->loop, &t->end[i], ends[i], on_end, t);
	loop_signal_start(t->loop, &t->resize, SIGWINCH, on_resize, t);
	loop_signal_start(t->loop, &t->stop, SIGTSTP, on_stop, t);
	loop_signal_start(t->loop, &t->cont, SIGCONT, on_cont, t);
	loop_timer_start(t->loop, &t->second, 1000, 1000, on_second, t);
	if (isatty(STDIN_FILENO))
		loop_io_start(t->loop, &t->keys, STDIN_FILENO, LOOP_READ, on_keys, t);
	/* What the log would say goes over the table; the head says what matters of it. */
	if (isatty(STDERR_FILENO))
		log_level((enum log_level)0);
	screen_open(&t->screen);
	draw_soon(t);
}

/* ---- in a pipe */

static void
add_line(struct top *t, const struct domain *d)
{
	static struct decision dec;

	if (!t->pick.domains[d->index])
		return;
	engine_decision(follower_engine(t->follower), d, &dec);
	decision_write(&t->out, &dec);
}

static void
flush(struct top *t)
{
	if (t->out.len && !file_write_all(STDOUT_FILENO, t->out.data, t->out.len)) {
		if (errno != EPIPE) {
			log_error("stdout: %s", strerror(errno));
			t->status = EXIT_AGAIN;
		}
		loop_stop(t->loop);
	}
	buf_clear(&t->out);
}

static void
ready_lines(void *arg)
{
	struct top *t = arg;
	const struct domain *d;

	while (engine_changed(follower_engine(t->follower), &d))
		; /* all are said */
	for (size_t i = 0; i < t->config.ndomains; i++)
		add_line(t, &t->config.domains[i]);
	flush(t);
}

static void
settled_lines(void *arg)
{
	struct top *t = arg;
	const struct domain *d;

	while (engine_changed(follower_engine(t->follower), &d))
		add_line(t, d);
	flush(t);
}

/* ---- both */

static void
run(struct top *t, bool screen)
{
	struct follower_calls calls = {.arg = t,
	                               .ready = screen ? settled_screen : ready_lines,
	                               .settled = screen ? settled_screen : settled_lines};
	struct statedir dir;
	struct fault f;

	if (decide_state(t->d, &t->config, false, &dir, &f) < 0)
		cli_fail(&f);
	t->loop = loop_new();
	t->follower = follower_new(t->loop, &dir, &t->config, screen, &calls, &f);
	statedir_close(&dir);
	if (!t->follower)
		cli_fail(&f);
	if (screen)
		start_screen(t);
	loop_run(t->loop);
	screen_close(&t->screen);
	follower_free(t->follower);
	loop_free(t->loop);
}

int
decide_watch(struct decide *d)
{
	bool lines = d->output && !strcmp(d->output, "json");
	struct top t = {.d = d};

	if (d->output && !lines && !screen_possible())
		cli_usage(d->cli, "--watch -o table: stdout is no terminal that can do it");
	signal(SIGPIPE, SIG_IGN);
	cli_load_config(&t.config, cli_config_path(d->config));
	pick_init(&t.pick, d, &t.config, false);
	run(&t, !lines && screen_possible());
	pick_free(&t.pick);
	buf_free(&t.out);
	config_free(&t.config);
	return t.status;
}
