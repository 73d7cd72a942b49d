#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "edge/statedir.h"
#include "edge/sweep_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct statedir dir = {.fd = -1};
static const char *const made[] = {"reports/a1/000000000001.jsonl",
                                   "overrides/000000000001.jsonl",
                                   "reports/a1",
                                   "reports",
                                   "overrides",
                                   "format"};

static void
put(const char *sub, const uint8_t *data, size_t n)
{
	int fd = openat(dir.fd, sub, O_WRONLY | O_CREAT | O_TRUNC, 0640);

	if (fd < 0 || (n && write(fd, data, n) != (ssize_t)n))
		abort();
	close(fd);
}

static void
clear(void)
{
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
		unlinkat(dir.fd, made[i], i < 2 || i == 5 ? 0 : AT_REMOVEDIR);
	rmdir(dir.path);
	*strrchr(dir.path, '/') = '\0';
	rmdir(dir.path);
}

static void
open_once(void)
{
	static char path[64] = "/tmp/fodns-fuzz-XXXXXX";
	struct fault f;

	if (dir.fd >= 0)
		return;
	if (!mkdtemp(path) || statedir_open(&dir, strcat(path, "/s"), true, &f) < 0)
		abort();
	mkdirat(dir.fd, "reports", 0750);
	mkdirat(dir.fd, "reports/a1", 0750);
	mkdirat(dir.fd, "overrides", 0750);
	atexit(clear);
}

static size_t
read_out(const char *sub, const char *agent, size_t buffer)
{
	static const struct sweep_calls calls = {NULL, NULL, NULL, NULL};
	struct reader *r = reader_open(&dir, sub, agent, &calls, 0, NULL);
	size_t items = 0;

	if (!r)
		abort();
	reader_begin(r, buffer);
	while (reader_run(r)) {
		items += r->nrun;
		/* The directory is a1's, whatever the bytes say. */
		for (size_t i = 0; *agent && i < r->nrun; i++)
			if (strcmp(r->run[i].report.agent_id, agent))
				abort();
	}
	reader_end(r, false);
	reader_close(r);
	return items;
}

/* Any bytes as a journal: at most a record a line, none of another agent, the same in small pieces.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	size_t lines = 0, items;

	open_once();
	for (size_t i = 0; i < n; i++)
		lines += data[i] == '\n';
	put(made[0], data, n);
	put(made[1], data, n);
	items = read_out("reports/a1", "a1", 65536);
	if (items > lines || read_out("reports/a1", "a1", 8192) != items ||
	    read_out("overrides", "", 8192) > lines)
		abort();
	return 0;
}
