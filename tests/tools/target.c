/*
 * target ADDR PORT [STATUS]: something to check.  Accepts TCP on ADDR:PORT and
 * closes; with STATUS it answers each HTTP request with it.  One client at a
 * time is enough for a probe.  Says "ready" once it listens, and on SIGUSR1 how
 * many came.  0.0.0.0 is all of loopback and nothing else.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile unsigned long came;

static void
tell(int signo)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%lu\n", came);

	(void)signo;
	(void)!write(STDOUT_FILENO, text, (size_t)n);
}

static int
listen_on(const char *ip, int port)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int v6 = inet_pton(AF_INET6, ip, &six.sin6_addr) == 1, one = 1, fd;

	if (!v6 && inet_pton(AF_INET, ip, &four.sin_addr) != 1)
		return -1;
	fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!v6 && !four.sin_addr.s_addr && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2) < 0)
		return -1;
	if (bind(fd, v6 ? (struct sockaddr *)&six : (struct sockaddr *)&four, v6 ? sizeof(six) : sizeof(four)) < 0 ||
	    listen(fd, 4096) < 0)
		return -1;
	return fd;
}

static void
answer(int c, const char *status)
{
	char text[4096];
	ssize_t n = recv(c, text, sizeof(text) - 1, 0);
	int len;

	if (n <= 0)
		return;
	len = snprintf(text, sizeof(text), "HTTP/1.1 %s x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
	send(c, text, (size_t)len, MSG_NOSIGNAL);
}

int
main(int argc, char **argv)
{
	struct timeval patience = {1, 0};
	int fd, c;

	if (argc < 3 || (fd = listen_on(argv[1], atoi(argv[2]))) < 0) {
		fprintf(stderr, "target ADDR PORT [STATUS]: cannot listen\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, tell);
	puts("ready");
	fflush(stdout);
	while ((c = accept(fd, NULL, NULL)) >= 0) {
		came++;
		setsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		if (argc > 3)
			answer(c, argv[3]);
		close(c);
	}
	return 1;
}
