#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

static const char *program_name = "fodns";
static enum log_level most_level = LOG_INFO;
static bool with_priority;
static const char *before = "";

/* systemd names the device and inode of the journal's socket; only then are priorities wanted. */
static bool
stderr_is_journal(void)
{
	const char *s = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return s && sscanf(s, "%llu:%llu", &dev, &ino) == 2 && !fstat(2, &st) &&
	       st.st_dev == dev && st.st_ino == ino;
}

void
log_open(const char *program, enum log_level most)
{
	program_name = program;
	most_level = most;
	with_priority = stderr_is_journal();
}

const char *
log_program(void)
{
	return program_name;
}

void
log_level(enum log_level most)
{
	most_level = most;
}

bool
log_says(enum log_level level)
{
	return level <= most_level;
}

void
log_before(const char *text)
{
	before = text;
}

void
log_at(enum log_level level, const char *fmt, ...)
{
	char text[4096], line[4400];
	int saved = errno, n, head;
	va_list ap;

	if (level > most_level)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if (with_priority)
		head = snprintf(line, 300, "%s<%d>%s: ", before, (int)level, program_name);
	else
		head = snprintf(line, 300, "%s%s: ", before, program_name);
	if (head > 299)
		head = 299;
	n = head +
	    (int)text_clean(line + head, sizeof(line) - (size_t)head - 1, text, strlen(text));
	line[n++] = '\n';
	if (write(2, line, (size_t)n) < 0)
		n = 0; /* stderr is gone: nothing is left to tell it to */
	errno = saved;
}
