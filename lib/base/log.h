#ifndef FODNS_LOG_H
#define FODNS_LOG_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Diagnostics on stderr, one line each: "program: text", with the "<N>" syslog
 * priority in front under systemd ($JOURNAL_STREAM names our stderr).  Each
 * line is one write.  Control characters are taken out.
 */
enum log_level { LOG_ERROR = 3, LOG_WARN = 4, LOG_NOTE = 5, LOG_INFO = 6, LOG_DEBUG = 7 };

void log_open(const char *program, enum log_level most); /* program is kept, not copied */
const char *log_program(void);
void log_level(enum log_level most);
bool log_says(enum log_level level); /* is it written? */
/* What is written in front of each line, kept: what takes away a line that is drawn there. */
void log_before(const char *text);
void log_at(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_note(...) log_at(LOG_NOTE, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)

#endif
