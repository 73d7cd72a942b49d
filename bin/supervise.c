#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "edge/loop.h"

enum { MOST_PARTS = 8, PATIENCE_MS = 10000, LAG_MS = 500 };

const char *
program_path(const char *name)
{
	static char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);
	char *slash;

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash || snprintf(slash + 1, 64, "%s", name) >= 64 || access(path, X_OK) < 0)
		return NULL;
	return path;
}

void
program_exec(char *const *argv)
{
	const char *path = program_path(argv[0]);

	if (path)
		execv(path, argv);
	else
		execvp(argv[0], argv);
}

struct party {
	struct loop *loop;
	struct part *parts;
	struct loop_child watch[MOST_PARTS];
	struct loop_signal signals[4];
	struct loop_timer patience, lag;
	size_t reader; /* ended at the end of its input, while its writer is still to be reaped */
	size_t n, left;
	bool ending, asked;
	bool terminal; /* stderr was one when we started */
	int status;
};

static void
signal_all(struct party *p, int signo)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->parts[i].pid > 0)
			kill(p->parts[i].pid, signo);
}

static void
out_of_patience(struct loop_timer *t)
{
	struct party *p = t->arg;

	log_warn("some did not end within %d s: killing them", PATIENCE_MS / 1000);
	signal_all(p, SIGKILL);
}

static void
end_all(struct party *p)
{
	if (p->ending)
		return;
	p->ending = true;
	signal_all(p, SIGTERM);
	loop_timer_start(p->loop, &p->patience, PATIENCE_MS, 0, out_of_patience, p);
}

static void
on_signal(struct loop_signal *s, int signo)
{
	struct party *p = s->arg;

	/* Somebody wants a reload; or our terminal is gone, and nobody is left to end us. */
	if (signo == SIGHUP && !(p->terminal && !isatty(STDERR_FILENO))) {
		signal_all(p, SIGHUP);
		return;
	}
	p->asked = true;
	end_all(p);
}

/* The first end is what the others follow: the reason, and the status. */
static void
first_end(struct party *p, size_t i, int status)
{
	const char *name = p->parts[i].argv[0];

	p->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (WIFSIGNALED(status))
		log_error("%s was ended by signal %d (%s); ending the others", name,
		          WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (p->left)
		log_note("%s ended with status %d; ending the others", name, WEXITSTATUS(status));
}

static void
on_lag(struct loop_timer *t)
{
	struct party *p = t->arg;

	if (p->ending)
		return;
	first_end(p, p->reader, 0);
	end_all(p);
}

/* A writer that dies closes its pipe before it can be reaped: its reader may seem to end first. */
static bool
by_its_writer(const struct party *p, size_t i, int status)
{
	return status == 0 && i > 0 && p->parts[i - 1].piped && p->parts[i - 1].pid;
}

static void
ended(struct loop_child *w, int status)
{
	struct party *p = w->arg;
	size_t i = (size_t)(w - p->watch);

	p->parts[i].pid = 0;
	p->left--;
	if (!p->ending && by_its_writer(p, i, status)) {
		p->reader = i;
		loop_timer_start(p->loop, &p->lag, LAG_MS, 0, on_lag, p);
		return;
	}
	if (!p->ending)
		first_end(p, i, status);
	if (p->left)
		end_all(p);
	else
		loop_stop(p->loop);
}

/* In the child: from here to exec only what is safe after fork. */
_Noreturn static void
become(const struct part *part, int in, int out, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0);
	if ((in >= 0 && dup2(in, 0) < 0) || (out >= 0 && dup2(out, 1) < 0))
		_exit(75);
	program_exec(part->argv);
	log_error("%s: %s", part->argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Starts them from first to last; what is started when one fails is ended by the caller. */
static int
start(struct party *p)
{
	pid_t parent = getpid();
	int in = -1;

	for (size_t i = 0; i < p->n; i++) {
		int pair[2] = {-1, -1};

		if (p->parts[i].piped && pipe2(pair, O_CLOEXEC) < 0)
			return -1;
		p->parts[i].pid = fork();
		if (p->parts[i].pid == 0)
			become(&p->parts[i], in, pair[1], parent);
		if (in >= 0)
			close(in);
		if (pair[1] >= 0)
			close(pair[1]);
		in = pair[0];
		if (p->parts[i].pid < 0)
			return -1;
		p->left++;
		if (loop_child_start(p->loop, &p->watch[i], p->parts[i].pid, ended, p) < 0)
			return -1;
	}
	return 0;
}

int
supervise(struct part *parts, size_t n)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct party p = {
	    .parts = parts, .n = n, .loop = loop_new(), .terminal = isatty(STDERR_FILENO)};

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		loop_signal_start(p.loop, &p.signals[i], signals[i], on_signal, &p);
	if (start(&p) < 0) {
		log_error("cannot start all: %s", strerror(errno));
		p.status = 75;
		end_all(&p);
	}
	if (p.left)
		loop_run(p.loop);
	loop_free(p.loop);
	return p.asked ? 0 : p.status;
}
