#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/siphash.h"
#include "base/text.h"
#include "codec/config_read.h"
#include "model/limits.h"

enum { MOST_SECRET = 1024 };

void
reader_init(struct reader *r, struct arena *model, const struct config_source *src,
    struct config_problems *p)
{
	memset(r, 0, sizeof(*r));
	arena_init(model);
	arena_init(&r->trees);
	r->arena = model;
	r->src = src;
	r->problems = p;
}

static int
by_place(const void *x, const void *y)
{
	const struct config_problem *a = x, *b = y;

	if (a->at.file != b->at.file)
		return a->at.file < b->at.file ? -1 : 1;
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	if (a->at.col != b->at.col)
		return a->at.col < b->at.col ? -1 : 1;
	return strcmp(a->text, b->text);
}

void
config_read_end(struct reader *r)
{
	struct config_problems *p = r->problems;

	if (p->n > 1)
		qsort(p->list, p->n, sizeof(*p->list), by_place);
	arena_free(&r->trees);
	map_free(&r->templates);
	map_free(&r->zones);
	map_free(&r->rules);
	map_free(&r->probes);
	map_free(&r->places);
	free(r->files);
	r->files = NULL;
}

void
config_problems_free(struct config_problems *p)
{
	free(p->list);
	memset(p, 0, sizeof(*p));
}

/* ---- the hash of all that was read */

static void
add_hash(struct reader *r, const struct buf *b)
{
	const uint64_t key[2] = {r->hash, UINT64_C(0x666f646e732d3031)};

	r->hash = siphash13(key, b->data ? b->data : "", b->len);
}

void
reader_hash(const struct reader *r, char hash[static 17])
{
	snprintf(hash, 17, "%016llx", (unsigned long long)r->hash);
}

/* ---- files */

uint16_t
reader_add_file(struct reader *r, const char *path)
{
	r->files = mem_array(r->files, &r->capfiles, r->nfiles + 1, sizeof(*r->files));
	r->files[r->nfiles] = arena_strdup(r->arena, path);
	return (uint16_t)r->nfiles++;
}

void
reader_where(const struct reader *r, const struct place *at, char *dst, size_t cap)
{
	snprintf(dst, cap, "%s:%u:%u", r->files[at->file], (unsigned)at->line, (unsigned)at->col);
}

static void
take_problem(void *arg, uint32_t line, uint32_t col, const char *text)
{
	struct reader *r = arg;
	struct place at = {
	    .line = line, .col = col > UINT16_MAX ? UINT16_MAX : (uint16_t)col, .file = r->file};

	read_problem_at(r, at, false, "%s", text);
}

/* A fault says the path itself; a problem has said it already. */
static const char *
fault_reason(const struct fault *f, const char *path)
{
	size_t n = strlen(path);

	return strncmp(f->text, path, n) == 0 && strncmp(f->text + n, ": ", 2) == 0
	           ? f->text + n + 2
	           : f->text;
}

const struct yaml *
reader_file(struct reader *r, const char *path, const struct yaml *from)
{
	struct place at = from ? read_place(r, from) : (struct place){0};
	struct fault f = {0};
	struct buf b;
	struct yaml *root = NULL;

	r->file = reader_add_file(r, path);
	buf_init(&b);
	if (r->src->read(r->src->arg, path, &b, &f) < 0) {
		read_problem_at(r, at, false, "%s", from ? f.text : fault_reason(&f, path));
	} else {
		add_hash(r, &b);
		root = yaml_parse(&r->trees, b.data ? b.data : "", b.len, take_problem, r);
	}
	buf_free(&b);
	return root;
}

void
reader_overlay(struct reader *r, const struct config_overlay *over)
{
	uint16_t back = r->file;
	struct buf b = {0};

	r->file = r->over_file = reader_add_file(r, over->name);
	for (size_t i = 0; i < over->nlines; i++)
		buf_printf(&b, "%s\n", over->lines[i]);
	r->over_map = yaml_parse(&r->trees, b.data ? b.data : "", b.len, take_problem, r);
	if (r->over_map)
		r->over = over;
	r->file = back;
	buf_free(&b);
}

/* Relative paths are relative to the file that names them. */
char *
reader_path(struct reader *r, const char *path)
{
	const char *file = r->files[r->file], *slash = strrchr(file, '/');
	char cwd[4096] = "";
	struct buf b;
	char *p;

	if (path[0] == '/')
		return arena_strdup(r->arena, path);
	if (file[0] != '/' && !getcwd(cwd, sizeof(cwd)))
		cwd[0] = '\0';
	buf_init(&b);
	if (cwd[0])
		buf_printf(&b, "%s/", strcmp(cwd, "/") == 0 ? "" : cwd);
	if (slash)
		buf_add(&b, file, (size_t)(slash - file) + 1);
	while (path[0] == '.' && path[1] == '/')
		path += 2 + strspn(path + 2, "/");
	buf_puts(&b, path);
	p = arena_strndup(r->arena, b.data, b.len);
	buf_free(&b);
	return p;
}

bool
reader_text(struct reader *r, struct place at, const char *path, struct buf *b)
{
	struct fault f = {0};

	if (r->src->read(r->src->arg, path, b, &f) < 0) {
		read_problem_at(r, at, false, "%s", f.text);
		return false;
	}
	add_hash(r, b);
	return true;
}

static const char *
secret_wrong(const struct buf *b, size_t n)
{
	if (n == 0)
		return "is empty";
	if (n > MOST_SECRET)
		return "holds more than 1024 bytes";
	return text_dirty(b->data, n) ? "holds more than one line of text" : NULL;
}

const char *
reader_secret(struct reader *r, struct place at, const char *path)
{
	const char *wrong, *secret = NULL;
	struct buf b;
	size_t n;

	buf_init(&b);
	if (reader_text(r, at, path, &b)) {
		for (n = b.len; n > 0 && strchr("\r\n \t", b.data[n - 1]) && b.data[n - 1]; n--)
			continue;
		wrong = secret_wrong(&b, n);
		if (wrong)
			read_problem_at(r, at, false, "%s %s", path, wrong);
		else
			secret = arena_strndup(r->arena, b.data, n);
	}
	buf_free(&b);
	return secret;
}
