#include "accepted.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/stamp.h"
#include "codec/config.h"
#include "edge/clock.h"
#include "edge/file.h"
#include "model/limits.h"

static const char MARK[] = "#fodns-file ";

/* ---- loading from disk, noting what was read */

/* Includes are matched on disk and read once each, in the order of the loader. */
static int
note_read(void *arg, const char *path, struct buf *b, struct fault *f)
{
	struct accepted *a = arg;
	size_t before = b->len;

	if (file_source.read(file_source.arg, path, b, f) < 0)
		return -1;
	buf_printf(&a->text, "%s%zu %s\n", MARK, b->len - before, path);
	buf_add(&a->text, b->data + before, b->len - before);
	buf_putc(&a->text, '\n');
	return 0;
}

static int
disk_match(void *arg, const char *pattern, void (*found)(void *to, const char *path), void *to,
           struct fault *f)
{
	(void)arg;
	return file_source.match(file_source.arg, pattern, found, to, f);
}

static void
say_all(struct config_problems *p, char *first)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct config_problem *q = &p->list[i];

		log_at(q->warning ? LOG_WARN : LOG_ERROR, "%s%s", q->warning ? "warning: " : "",
		       q->text);
		if (first && !q->warning && !*first)
			snprintf(first, sizeof(q->text), "%s", q->text);
	}
	config_problems_free(p);
}

int
accepted_load(struct accepted *a, const char *path, char first[static 512])
{
	struct config_source src = {a, note_read, disk_match, file_source.host};
	struct config_problems p = {0};
	int r;

	memset(a, 0, sizeof(*a));
	first[0] = '\0';
	r = config_load(&a->config, path, &src, &p);
	say_all(&p, first);
	if (r < 0)
		buf_free(&a->text);
	return r;
}

/* ---- loading from the kept text */

struct member {
	char *path;
	const char *text;
	size_t len;
};

struct bundle {
	struct buf text;
	struct member *members;
	size_t n, cap;
};

static void
bundle_free(struct bundle *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->members[i].path);
	free(b->members);
	buf_free(&b->text);
}

/* One "#fodns-file BYTES PATH" with its bytes at s; the length of all that, 0 if it is none. */
static size_t
take_member(struct bundle *b, const char *s, size_t left)
{
	const char *end = memchr(s, '\n', left), *p = s + sizeof(MARK) - 1;
	char digits[24];
	uint64_t len;
	size_t n;

	if (!end || (size_t)(end - s) < sizeof(MARK) || memcmp(s, MARK, sizeof(MARK) - 1) != 0)
		return 0;
	n = strspn(p, "0123456789");
	if (n == 0 || n >= sizeof(digits) || p[n] != ' ')
		return 0;
	snprintf(digits, sizeof(digits), "%.*s", (int)n, p);
	left -= (size_t)(end + 1 - s);
	if (!num_u64(digits, 0, LIMIT_CONFIG_BYTES, &len) || len >= left || end[1 + len] != '\n')
		return 0;
	b->members = mem_array(b->members, &b->cap, b->n + 1, sizeof(*b->members));
	b->members[b->n++] = (struct member){mem_strndup(p + n + 1, (size_t)(end - (p + n + 1))),
	                                     end + 1, (size_t)len};
	return (size_t)(end + 1 - s) + (size_t)len + 1;
}

static int
bundle_open(struct bundle *b, const char *path, struct fault *f)
{
	const char *s, *end;
	size_t n;

	memset(b, 0, sizeof(*b));
	if (file_read(path, &b->text, 2 * LIMIT_CONFIG_BYTES, f) < 0)
		return -1;
	/* In front of the first file stands a comment: when it came into force. */
	s = b->text.len ? memmem(b->text.data, b->text.len, MARK, sizeof(MARK) - 1) : NULL;
	end = b->text.data + b->text.len;
	for (; s && s < end && (n = take_member(b, s, (size_t)(end - s))); s += n)
		;
	if (s == end)
		return 0;
	bundle_free(b);
	return fault_set(f, "%s: not a kept config", path);
}

static int
bundle_read(void *arg, const char *path, struct buf *to, struct fault *f)
{
	const struct bundle *b = arg;

	for (size_t i = 0; i < b->n; i++) {
		if (strcmp(b->members[i].path, path) != 0)
			continue;
		buf_add(to, b->members[i].text, b->members[i].len);
		return 0;
	}
	return fault_set(f, "%s: not among the files of the kept config", path);
}

static int
bundle_match(void *arg, const char *pattern, void (*found)(void *to, const char *path), void *to,
             struct fault *f)
{
	const struct bundle *b = arg;

	(void)f;
	for (size_t i = 0; i < b->n; i++)
		if (!fnmatch(pattern, b->members[i].path, FNM_PATHNAME | FNM_PERIOD))
			found(to, b->members[i].path);
	return 0;
}

/* The text from the first file on: the comment in front is made anew. */
static void
keep_files(struct accepted *a, const struct bundle *b)
{
	const char *s = memmem(b->text.data, b->text.len, MARK, sizeof(MARK) - 1);

	buf_add(&a->text, s, b->text.len - (size_t)(s - b->text.data));
}

static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Another file's config than `given` is no stand-in for it: 1. NULL: any is. */
static int
load_kept(struct accepted *a, const char *path, const char *given, struct fault *f)
{
	struct config_problems p = {0};
	struct bundle b;
	struct config_source src = {&b, bundle_read, bundle_match, file_source.host};
	int r;

	if (bundle_open(&b, path, f) < 0)
		return -1;
	/* A state directory may be shared by mistake. */
	if (given && strcmp(last_part(given), last_part(b.members[0].path)) != 0) {
		fault_set(f, "%s: is of %s", path, b.members[0].path);
		bundle_free(&b);
		return 1;
	}
	r = config_load(&a->config, b.members[0].path, &src, &p);
	if (r < 0)
		fault_set(f, "%s: %s", path, p.n ? p.list[0].text : "not loaded");
	else
		keep_files(a, &b);
	config_problems_free(&p);
	bundle_free(&b);
	return r;
}

int
accepted_last(struct accepted *a, const struct statedir *dir, const char *given,
              struct fault *f)
{
	char path[4096];
	int r;

	memset(a, 0, sizeof(*a));
	r = statedir_last_config(dir, path, f);
	if (r > 0)
		fault_set(f, "%s/config: no config was ever accepted here", dir->path);
	return r ? r : load_kept(a, path, given, f);
}

int
accepted_kept(struct accepted *a, const struct statedir *dir, const char *hash, struct fault *f)
{
	char path[4096 + 32];

	memset(a, 0, sizeof(*a));
	/* The hash may come from a file: it must not lead elsewhere. */
	if (!*hash || strspn(hash, "0123456789abcdef") != strlen(hash))
		return fault_set(f, "\"%s\" is no config's hash", hash);
	snprintf(path, sizeof(path), "%s/config/%s.yaml", dir->path, hash);
	return load_kept(a, path, NULL, f);
}

/* "state_dir: VALUE" at the start of a line, with or without quotes. */
static const char *
state_value(const char *text, size_t *len)
{
	static const char key[] = "state_dir:";
	const char *s = strncmp(text, key, sizeof(key) - 1) ? strstr(text, "\nstate_dir:") : text;

	if (!s)
		return NULL;
	s = strchr(s, ':') + 1;
	s += strspn(s, " \t");
	*len = strcspn(s, "\n#");
	while (*len && strchr(" \t\r", s[*len - 1]))
		--*len;
	if (*len > 1 && (*s == '"' || *s == '\'') && s[*len - 1] == *s) {
		s++;
		*len -= 2;
	}
	return *len ? s : NULL;
}

const char *
accepted_state(const char *path, char dst[static 4096])
{
	struct buf b = {0};
	struct fault f;
	const char *s = NULL;
	size_t n, dir;

	if (file_read(path, &b, LIMIT_CONFIG_BYTES, &f) == 0) {
		buf_putc(&b, '\0');
		s = state_value(b.data, &n);
	}
	if (s) {
		dir = *s == '/' ? 0 : (size_t)(last_part(path) - path);
		snprintf(dst, 4096, "%.*s%.*s", (int)dir, path, (int)n, s);
	}
	buf_free(&b);
	return s ? dst : NULL;
}

/* What is in a kept file behind the comment. */
static int
text_again(const struct accepted *a, struct buf *b, struct fault *f)
{
	int64_t at = 0;
	ssize_t n;

	while ((n = pread(a->kept, buf_room(b, 1 << 20), 1 << 20, at)) > 0) {
		b->len += (size_t)n;
		at += n;
	}
	if (n == 0 && b->len)
		return 0;
	return fault_temp(f, "%s: the kept config is not read again: %s", a->config.files[0],
	                  n ? strerror(errno) : "it is empty");
}

static void
let_go(struct accepted *a, const struct statedir *dir)
{
	char path[64];

	snprintf(path, sizeof(path), "config/%s.yaml", a->config.hash);
	a->kept = openat(dir->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (a->kept > 0)
		buf_free(&a->text);
	else
		a->kept = 0;
}

int
accepted_keep(struct accepted *a, const struct statedir *dir, struct fault *f)
{
	struct buf b = {0}, again = {0};
	const struct buf *text = a->kept ? &again : &a->text;
	char when[STAMP_LEN];
	const char *from;
	int r = -1;

	if (!a->kept || text_again(a, &again, f) == 0) {
		from = memmem(text->data, text->len, MARK, sizeof(MARK) - 1);
		buf_printf(&b, "# in force from %s on: %s\n", stamp_format(when, clock_wall()),
		           a->config.files[0]);
		if (from)
			buf_add(&b, from, text->len - (size_t)(from - text->data));
		r = statedir_keep_config(dir, a->config.hash, b.data, b.len, f);
	}
	buf_free(&b);
	buf_free(&again);
	if (r == 0 && !a->kept)
		let_go(a, dir);
	return r;
}

void
accepted_free(struct accepted *a)
{
	config_free(&a->config);
	buf_free(&a->text);
	if (a->kept)
		close(a->kept);
	a->kept = 0;
}
