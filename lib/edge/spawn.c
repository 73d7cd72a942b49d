#include "edge/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"

/* In the child: nothing of ours may leak into it but what it is meant to have. */
static void
become(const char *path, const char *const *argv, int out, int extra, int parent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent) /* it died before we could ask */
		_exit(75);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (null >= 0)
		dup2(null, 0);
	if (out >= 0)
		dup2(out, 1);
	if (extra == 3)
		fcntl(3, F_SETFD, 0);
	else if (extra >= 0)
		dup2(extra, 3);
	execv(path, (char *const *)(uintptr_t)argv);
	log_error("%s: %s", path, strerror(errno));
	_exit(127);
}

int
spawn_program(const char *path, const char *const *argv, int out, int extra)
{
	int parent = getpid(), pid = fork();

	if (pid == 0)
		become(path, argv, out, extra, parent);
	return pid;
}

int
spawn_beside(char *dst, size_t cap, const char *name)
{
	ssize_t n = readlink("/proc/self/exe", dst, cap - 1);
	char *slash;

	if (n <= 0)
		return -1;
	dst[n] = 0;
	slash = strrchr(dst, '/');
	if (!slash || (size_t)(slash + 1 - dst) + strlen(name) >= cap)
		return -1;
	strcpy(slash + 1, name);
	return 0;
}
