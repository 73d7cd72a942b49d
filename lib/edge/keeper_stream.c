/* Where decisions come from: a decide of our own, or what --decisions names. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "codec/json.h"
#include "edge/cli.h"
#include "edge/keeper_own.h"
#include "edge/spawn.h"
#include "model/limits.h"

enum { PIPE_SIZE = 1 << 20, SILENT_MS = 5000, LOADING_MS = 60000 };

static void
restart_decide(struct loop_timer *timer)
{
	struct keeper *k = timer->arg;

	if (!k->sockets || k->worker.pid) /* else the next worker asks for one of its own */
		stream_open(k);
}

/*
 * decide has something to say about what is wrong, on stderr; here it only counts whether it may be
 * better later.
 */
static void
on_decide_end(struct loop_child *w, int status)
{
	struct keeper *k = w->arg;
	bool first = !k->sockets;
	char how[32];

	k->decide.pid = 0;
	stream_close(k);
	k->flowing = false;
	if (k->stopping) {
		keeper_stop(k, k->status);
	} else if (first && WIFEXITED(status) &&
	           (WEXITSTATUS(status) == 2 || WEXITSTATUS(status) == 127)) {
		keeper_stop(k, 2);
	} else {
		if (!k->decide.replaced)
			log_warn("fodns-decide ended (%s): it is started again%s",
			         child_how(status, how, sizeof(how)),
			         k->said ? ", the last answers stay" : "");
		child_retry(&k->decide, restart_decide);
	}
}

static void
start_decide(struct keeper *k)
{
	const char *argv[10] = {"fodns-decide", "--follow", "--last-good"};
	const char *state = k->o->state ? k->o->state : k->state_path[0] ? k->state_path : NULL;
	char path[4096];
	int pipes[2], pid, n = 3;

	if (spawn_beside(path, sizeof(path), "fodns-decide") < 0 || pipe2(pipes, O_CLOEXEC) < 0) {
		log_error("cannot start fodns-decide: %s", strerror(errno));
		child_retry(&k->decide, restart_decide);
		return;
	}
	(void)!fcntl(pipes[1], F_SETPIPE_SZ, PIPE_SIZE);
	if (k->o->config)
		argv[n++] = "-c", argv[n++] = k->o->config;
	if (state) /* of the first one's config, if this one finds that refused */
		argv[n++] = "-s", argv[n++] = state;
	if (k->o->quiet || k->o->verbose)
		argv[n++] = k->o->quiet ? "-q" : "-v";
	pid = spawn_program(path, argv, pipes[1], -1);
	close(pipes[1]);
	if (pid < 0) {
		log_error("cannot start fodns-decide: %s", strerror(errno));
		close(pipes[0]);
		child_retry(&k->decide, restart_decide);
		return;
	}
	k->stream = pipes[0];
	child_started(&k->decide, pid, on_decide_end);
}

/* ---- the first line */

static void
note_state(struct keeper *k)
{
	struct json *j = json_parse(k->line.data, k->line.len, NULL);
	const char *said = json_string(json_get(j, "state"), NULL);

	if (!k->state_path[0]) /* it is the same for the life of the process */
		snprintf(k->state_path, sizeof(k->state_path), "%s",
		         cli_state_path(k->o->state, said));
	json_free(j);
}

static int
take_first(struct keeper *k)
{
	struct fault f;

	if (stream_read(&k->parsed, k->line.data, k->line.len, &f) < 0 ||
	    k->parsed.type != STREAM_SERVER) {
		log_error("the decision stream does not begin with a server line");
		return -1;
	}
	note_state(k);
	if (!k->sockets) {
		if (worker_bind(k, &k->parsed.server) < 0)
			return -1;
		worker_start(k);
	}
	if (k->worker.pid && worker_give_stream(k, k->stream, k->line.data, k->line.len) == 0)
		return 0;
	/* It has died, or is as good as dead: the next one gets a stream of its own. */
	if (k->worker.pid)
		kill(k->worker.pid, SIGKILL);
	return k->stopping ? -1 : 1;
}

static void
first_line(struct keeper *k)
{
	int r = take_first(k);

	stream_close(k);
	if (r == 0) {
		k->flowing = true;
		k->heard_at = loop_now(k->loop);
		k->late = false;
	} else if (!k->stopping && r < 0 && k->decide.pid) {
		kill(k->decide.pid, SIGKILL);
	} else if (!k->stopping && r < 0 && k->o->decisions) {
		keeper_stop(k, 2);
	}
}

/* A byte at a time: what comes behind the line is the worker's. */
static void
on_first(struct loop_io *io, int events)
{
	struct keeper *k = io->arg;
	char c;
	ssize_t n = read(k->stream, &c, 1);

	(void)events;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0 || k->line.len >= LIMIT_STREAM_LINE) {
		bool lonely = k->o->decisions && !k->stopping;

		stream_close(k); /* of decide, its end is to come */
		if (lonely) {
			log_error("the decision stream is empty");
			keeper_stop(k, 2);
		}
		return;
	}
	if (c != '\n')
		buf_putc(&k->line, c);
	else
		first_line(k);
}

void
stream_close(struct keeper *k)
{
	loop_io_stop(&k->first);
	if (k->stream >= 0)
		close(k->stream);
	k->stream = -1;
}

static void
open_decisions(struct keeper *k)
{
	const char *path = k->o->decisions;

	k->stream =
	    strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : fcntl(0, F_DUPFD_CLOEXEC, 4);
	if (k->stream < 0) {
		log_error("%s: %s", path, strerror(errno));
		keeper_stop(k, 75);
	}
}

void
stream_open(struct keeper *k)
{
	stream_close(k);
	if (k->o->decisions)
		open_decisions(k);
	else
		start_decide(k);
	if (k->stream < 0)
		return;
	k->opened = loop_now(k->loop);
	buf_clear(&k->line);
	loop_io_start(k->loop, &k->first, k->stream, LOOP_READ, on_first, k);
}

bool
stream_again(struct keeper *k)
{
	struct stat st;

	if (!k->o->decisions) {
		if (k->decide.pid) {
			k->decide.replaced = true;
			kill(k->decide.pid, SIGTERM);
		} else {
			loop_timer_stop(&k->decide.again);
			stream_open(k);
		}
		return true;
	}
	if (!strcmp(k->o->decisions, "-") || stat(k->o->decisions, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	stream_open(k);
	return true;
}

/* decide writes a line each second, whatever happens; one that does not hangs. */
void
stream_watch(struct keeper *k)
{
	int64_t now = loop_now(k->loop), silent;

	if (k->shared && k->shared->heard != k->heard) {
		k->heard = k->shared->heard;
		k->heard_at = now;
		k->late = false;
	}
	if (k->o->decisions || !k->decide.pid || k->late)
		return;
	silent = k->flowing ? now - k->heard_at : now - k->opened;
	if (silent < (k->flowing ? SILENT_MS : LOADING_MS))
		return;
	k->late = true;
	log_error("fodns-decide has said nothing for %lld s: it is started again",
	          (long long)(silent / 1000));
	kill(k->decide.pid, SIGKILL);
}
