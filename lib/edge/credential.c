#include "edge/credential.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 512 };

void
buf_wipe(struct buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->cap);
	buf_free(b);
}

/* RFC 4648, section 4. */
static void
base64(struct buf *b, const unsigned char *s, size_t n)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)s[i] << 16 | (i + 1 < n ? s[i + 1] << 8 : 0) |
		             (i + 2 < n ? s[i + 2] : 0);
		char four[4] = {digits[v >> 18], digits[v >> 12 & 63],
		                i + 1 < n ? digits[v >> 6 & 63] : '=',
		                i + 2 < n ? digits[v & 63] : '='};

		buf_add(b, four, 4);
	}
}

static const char *
wrong_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return "auth_file is no regular file";
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return "auth_file belongs to somebody else";
	if (st.st_mode & (S_IRWXO | S_IWGRP))
		return "auth_file is open to others (chmod 600)";
	return NULL;
}

/* Text without control characters and with a colon. */
static bool
is_credential(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			return false;
	return memchr(s, ':', n) != NULL;
}

const char *
credential_read(const char *path, struct buf *b)
{
	char text[MOST];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *why, *nl;
	ssize_t n;
	size_t len;

	if (fd < 0)
		return "auth_file cannot be opened";
	why = wrong_file(fd);
	n = why ? -1 : read(fd, text, sizeof(text));
	close(fd);
	if (why)
		return why;
	if (n < 0)
		return "auth_file cannot be read";
	nl = memchr(text, '\n', (size_t)n);
	len = nl ? (size_t)(nl - text) : (size_t)n;
	if (len && text[len - 1] == '\r')
		len--;
	if (len < sizeof(text) && is_credential(text, len)) {
		buf_room(b, 2 * MOST); /* no copy is left behind by growing */
		buf_puts(b, "Basic ");
		base64(b, (const unsigned char *)text, len);
	} else {
		why = "auth_file is not user:password";
	}
	explicit_bzero(text, sizeof(text));
	return why;
}
