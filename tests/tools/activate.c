/*
 * activate [-u N] [-t N] [-n] ADDR@PORT... -- COMMAND...: what a service manager does for a unit
 * with a socket.  Binds N UDP sockets (default one; several share the port) and N TCP listeners of
 * each address, runs the command with them by the protocol of sd_listen_fds(3), and starts it again
 * with the same ones whenever a signal or status 0 ends it.  -n: the sockets do not block.  [::] takes IPv4, too.
 * SIGHUP ends the command (by SIGTERM) and so starts it again; SIGTERM ends both.  Each start is a
 * line on stdout: "start PID".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int fds[64], nfds;
static volatile sig_atomic_t child, ending;

_Noreturn static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
on_signal(int signo)
{
	ending = signo != SIGHUP;
	if (child)
		kill(child, SIGTERM);
}

static void
bind_one(const struct sockaddr *at, socklen_t n, int type)
{
	int fd = socket(at->sa_family, type, 0), one = 1;

	if (fd < 0 || nfds == 64)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	if ((type & ~SOCK_NONBLOCK) == SOCK_STREAM) /* also beside connections that are over */
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, at, n) < 0 ||
	    ((type & ~SOCK_NONBLOCK) == SOCK_STREAM && listen(fd, 128) < 0))
		die("bind");
	fds[nfds++] = fd;
}

static void
bind_all(char *where, int udp, int tcp, int flags)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	char *port = strchr(where, '@');
	const struct sockaddr *at = (struct sockaddr *)&v4;
	socklen_t n = sizeof(v4);

	if (!port)
		exit(2);
	*port++ = '\0';
	v4.sin_port = v6.sin6_port = htons((uint16_t)atoi(port));
	if (inet_pton(AF_INET, where, &v4.sin_addr) != 1) {
		if (inet_pton(AF_INET6, where, &v6.sin6_addr) != 1)
			exit(2);
		at = (struct sockaddr *)&v6;
		n = sizeof(v6);
	}
	while (udp--)
		bind_one(at, n, SOCK_DGRAM | flags);
	while (tcp--)
		bind_one(at, n, SOCK_STREAM | flags);
}

/* The sockets were opened first of all: they are 3, 4, ... already. */
_Noreturn static void
run(char **argv)
{
	char text[16];

	sigset_t none;

	signal(SIGHUP, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	snprintf(text, sizeof(text), "%d", (int)getpid());
	setenv("LISTEN_PID", text, 1);
	snprintf(text, sizeof(text), "%d", nfds);
	setenv("LISTEN_FDS", text, 1);
	setenv("LISTEN_FDNAMES", "test.socket", 1);
	execvp(*argv, argv);
	die(*argv);
}

static int
keep_running(char **argv)
{
	sigset_t both, before;
	int status;

	sigemptyset(&both);
	sigaddset(&both, SIGHUP);
	sigaddset(&both, SIGTERM);
	while (!ending) {
		sigprocmask(SIG_BLOCK, &both, &before); /* neither is lost between fork and exec */
		child = fork();
		if (child == 0)
			run(argv);
		sigprocmask(SIG_SETMASK, &before, NULL);
		printf("start %d\n", (int)child);
		fflush(stdout);
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			continue;
		child = 0;
		if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
			return WEXITSTATUS(status);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct sigaction act = {.sa_handler = on_signal};
	int c, udp = 1, tcp = 1, flags = 0;

	while ((c = getopt(argc, argv, "+u:t:n")) != -1)
		switch (c) {
		case 'u': udp = atoi(optarg); break;
		case 't': tcp = atoi(optarg); break;
		case 'n': flags = SOCK_NONBLOCK; break;
		default: return 2;
		}
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	sigaction(SIGHUP, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	for (; optind < argc && strchr(argv[optind], '@'); optind++)
		bind_all(argv[optind], udp, tcp, flags);
	if (optind < argc && !strcmp(argv[optind], "--"))
		optind++;
	if (optind == argc || nfds == 0)
		return 2;
	return keep_running(argv + optind);
}
