#include "edge/secrets.h"

#include <bsd/stdlib.h>
#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "edge/file.h"

enum { MOST_BYTES = 4096, BYTES = sizeof(((struct answer_secrets *)0)->secret[0]) };

/* What is wrong is never quoted: it may be a secret. */
static int
take_lines(struct answer_secrets *s, const char *path, const char *p, struct fault *f)
{
	unsigned line = 1;

	for (const char *end; *p; p = end + (*end == '\n'), line++) {
		size_t n = strcspn(p, "\n");

		end = p + n;
		while (n && isspace((unsigned char)p[n - 1]))
			n--;
		if (!n || *p == '#')
			continue;
		if (s->n == sizeof(s->secret) / sizeof(*s->secret))
			return fault_set(f, "%s:%u: more than two secrets", path, line);
		if (n != 2 * BYTES || !num_hex(s->secret[s->n++], p, n))
			return fault_set(f, "%s:%u: not 32 hexadecimal digits", path, line);
	}
	return s->n ? 0 : fault_set(f, "%s: there is no secret in it", path);
}

int
secrets_read(struct answer_secrets *s, const char *path, struct fault *f)
{
	struct answer_secrets read = {.n = 0};
	struct buf b;
	int r;

	buf_init(&b);
	r = file_read(path, &b, MOST_BYTES, f);
	if (r == 0) {
		buf_putc(&b, '\0');
		r = take_lines(&read, path, b.data, f);
	}
	if (r == 0)
		*s = read;
	explicit_bzero(b.data, b.len);
	buf_free(&b);
	return r;
}

void
secrets_random(struct answer_secrets *s)
{
	s->n = 1;
	arc4random_buf(s->secret[0], BYTES);
}
