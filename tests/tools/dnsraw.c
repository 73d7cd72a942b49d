/*
 * dnsraw [-t] [-c CHUNK] [-e] [-n COUNT] [-l] ADDR PORT HEX...: sends each message given in
 * hexadecimal over UDP, or all over one TCP connection (-t: with their lengths; in pieces of
 * CHUNK bytes; -e: then closes its sending side), and prints the replies in hexadecimal, one a
 * line.  Waits until COUNT replies have come (default: one for each message) or one second
 * passed without any.  -l: HEX has the lengths already.  "eof" is printed when the server closes.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint8_t out[1 << 20], in[1 << 20];
static size_t outlen;

static size_t
from_hex(uint8_t *dst, const char *hex)
{
	size_t n = 0;
	unsigned byte;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		dst[n++] = (uint8_t)byte;
	return n;
}

static void
print_hex(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		printf("%02x", p[i]);
	putchar('\n');
	fflush(stdout);
}

static bool
readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 1000) > 0;
}

static void
run_udp(int fd, char **hex, int n, int count)
{
	for (int i = 0; i < n; i++) {
		outlen = from_hex(out, hex[i]);
		if (send(fd, out, outlen, 0) < 0)
			perror("send");
	}
	while (count-- > 0 && readable(fd)) {
		ssize_t got = recv(fd, in, sizeof(in), 0);

		if (got > 0)
			print_hex(in, (size_t)got);
	}
}

static void
send_pieces(int fd, size_t chunk)
{
	for (size_t at = 0; at < outlen;) {
		size_t n = outlen - at < chunk ? outlen - at : chunk;
		ssize_t sent = send(fd, out + at, n, MSG_NOSIGNAL);

		if (sent < 0)
			return;
		at += (size_t)sent;
		if (chunk < outlen)
			usleep(500); /* a segment of its own */
	}
}

/* Prints the whole replies among the n bytes; what is left of them. */
static size_t
take_replies(size_t n, int *count)
{
	size_t at = 0;

	while (n - at >= 2 && n - at - 2 >= (size_t)(in[at] << 8 | in[at + 1])) {
		size_t len = (size_t)(in[at] << 8 | in[at + 1]);

		print_hex(in + at + 2, len);
		--*count;
		at += 2 + len;
	}
	memmove(in, in + at, n - at);
	return n - at;
}

static void
run_tcp(int fd, size_t chunk, bool end, int count)
{
	size_t have = 0;
	ssize_t got;

	send_pieces(fd, chunk);
	if (end)
		shutdown(fd, SHUT_WR);
	while ((count > 0 || end) && readable(fd)) {
		got = recv(fd, in + have, sizeof(in) - have, 0);
		if (got <= 0) {
			puts("eof");
			return;
		}
		have = take_replies(have + (size_t)got, &count);
	}
}

int
main(int argc, char **argv)
{
	bool tcp = false, end = false, with_lengths = false;
	size_t chunk = sizeof(out);
	struct sockaddr_storage to = {0};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&to;
	int c, fd, count = -1, one = 1;

	while ((c = getopt(argc, argv, "tc:en:l")) != -1)
		switch (c) {
		case 't': tcp = true; break;
		case 'c': chunk = (size_t)atoi(optarg); break;
		case 'e': end = true; break;
		case 'n': count = atoi(optarg); break;
		case 'l': with_lengths = true; break;
		default: return 2;
		}
	if (argc - optind < 3)
		return 2;
	if (inet_pton(AF_INET, argv[optind], &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)atoi(argv[optind + 1]));
	} else if (inet_pton(AF_INET6, argv[optind], &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)atoi(argv[optind + 1]));
	} else {
		return 2;
	}
	fd = socket(to.ss_family, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("connect");
		return 1;
	}
	argv += optind + 2;
	argc -= optind + 2;
	if (count < 0)
		count = argc;
	if (!tcp) {
		run_udp(fd, argv, argc, count);
		return 0;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	for (int i = 0; i < argc; i++) {
		size_t n = from_hex(out + outlen + (with_lengths ? 0 : 2), argv[i]);

		if (!with_lengths) {
			out[outlen++] = (uint8_t)(n >> 8);
			out[outlen++] = (uint8_t)n;
		}
		outlen += n;
	}
	run_tcp(fd, chunk, end, count);
	return 0;
}
