#ifndef FODNS_TEST_STATE_H
#define FODNS_TEST_STATE_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "codec/records.h"
#include "edge/journal.h"
#include "edge/statedir.h"
#include "edge/statefile.h"
#include "edge/sweep.h"

/* A state directory of its own for each test, and what it takes to look into it. */
static char state_root[64];

static inline void
state_open(struct statedir *dir)
{
	struct fault f;
	char path[80];

	strcpy(state_root, "/tmp/fodns-state-XXXXXX");
	assert_non_null(mkdtemp(state_root));
	snprintf(path, sizeof(path), "%s/s", state_root);
	if (statedir_open(dir, path, true, &f) < 0)
		fail_msg("%s", f.text);
}

static inline void
state_remove(struct statedir *dir)
{
	char command[128];

	statedir_close(dir);
	statedir_boot_id_set(NULL);
	snprintf(command, sizeof(command), "rm -rf '%s'", state_root);
	assert_int_equal(system(command), 0);
}

/* The text of a file below the state directory; NULL if it is not there. */
static inline char *
state_text(const struct statedir *dir, const char *sub)
{
	static char text[65536];
	int fd = openat(dir->fd, sub, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static inline void
state_append(const struct statedir *dir, const char *sub, const char *text)
{
	int fd = openat(dir->fd, sub, O_WRONLY | O_APPEND | O_CREAT, 0640);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static inline size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; text && (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

static inline struct report
a_report(const char *agent, uint64_t seq)
{
	struct report r = {.port = 80,
	                   .status = STATUS_OK,
	                   .latency_ms = 1,
	                   .timestamp = 1000,
	                   .inc = 1,
	                   .seq = seq,
	                   .mono_ms = -1,
	                   .age_ms = -1,
	                   .received = -1,
	                   .boot_ms = -1};

	snprintf(r.agent_id, sizeof(r.agent_id), "%s", agent);
	strcpy(r.domain, "d");
	strcpy(r.check_name, "d:192.0.2.1:80");
	strcpy(r.type, "tcp");
	addr_parse("192.0.2.1", &r.target);
	return r;
}

static inline void
must(int r, const struct fault *f)
{
	if (r < 0)
		fail_msg("%s", f->text);
}

#endif
