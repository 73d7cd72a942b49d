/* Files in memory for the loaders, and their problems as one text. */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "codec/config.h"

struct source_file {
	const char *path, *text;
};

/* arg: an array of files that ends with a NULL path. */
static int
source_read(void *arg, const char *path, struct buf *b, struct fault *f)
{
	for (const struct source_file *s = arg; s->path; s++) {
		if (strcmp(s->path, path) == 0) {
			buf_puts(b, s->text);
			return 0;
		}
	}
	return fault_set(f, "%s: No such file or directory", path);
}

static int
source_match(void *arg, const char *pattern, void (*found)(void *to, const char *path), void *to, struct fault *f)
{
	(void)f;
	for (const struct source_file *s = arg; s->path; s++)
		if (fnmatch(pattern, s->path, FNM_PATHNAME) == 0)
			found(to, s->path);
	return 0;
}

static bool
source_host(void *arg, struct addr *a)
{
	(void)arg;
	return addr_parse("192.0.2.99", a);
}

static struct config_source
source_of(const struct source_file *files)
{
	return (struct config_source){(void *)(uintptr_t)files, source_read, source_match, source_host};
}

static void
problems_text(const struct config_problems *p, struct buf *b)
{
	buf_init(b);
	buf_puts(b, "");
	for (size_t i = 0; i < p->n; i++) {
		if (p->list[i].warning)
			buf_puts(b, "warning: ");
		buf_puts(b, p->list[i].text);
		buf_putc(b, '\n');
	}
}
