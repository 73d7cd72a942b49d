#include "model/pattern.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH = 64, LARGEST = 1 << 24 };

/* The end of [...], where a ] that comes first is one of its characters. */
static const char *
bracket_end(const char *s)
{
	s += s[1] == '^' ? 2 : 1;
	if (*s == ']')
		s++;
	for (; *s && *s != ']'; s++)
		if (*s == '[' && s[1] && strchr(".:=", s[1]) && s[2]) {
			const char *end = s + 2;

			while (*end && !(*end == s[1] && end[1] == ']'))
				end++;
			s = *end ? end + 1 : end - 1;
		}
	return s;
}

/* How often {n,m} has its part written down: the larger of both. */
static uint64_t
times(const char **s)
{
	uint64_t v = 0, most = 1;

	for (; **s && **s != '}'; (*s)++) {
		if (**s < '0' || **s > '9')
			v = 0;
		else if (v < LARGEST)
			v = v * 10 + (uint64_t)(**s - '0');
		most = v > most ? v : most;
	}
	return most;
}

/* How many parts the expression has when its repetitions are written out. */
static uint64_t
parts(const char *s)
{
	uint64_t outer[DEPTH], now = 0, last = 0;
	size_t depth = 0;

	for (; *s && now < LARGEST; s++) {
		if (*s == '(') {
			if (depth == DEPTH)
				return LARGEST;
			outer[depth++] = now;
			now = last = 0;
		} else if (*s == ')' && depth) {
			last = now + 1;
			now = outer[--depth] + last;
		} else if (*s == '{') {
			uint64_t n = times(&s);

			now += last * (n - 1);
			last *= n;
			if (!*s)
				break;
		} else if (*s == '*' || *s == '?') {
			now++;
			last++;
		} else if (*s == '+') { /* once, and then as often as you like */
			now += last + 1;
			last += last + 1;
		} else {
			if (*s == '[')
				s = bracket_end(s);
			else if (*s == '\\' && s[1])
				s++;
			last = 1;
			now++;
			if (!*s)
				break;
		}
	}
	while (depth)
		now += outer[--depth];
	return now;
}

static bool
refers_back(const char *s)
{
	for (; *s; s++) {
		if (*s == '[')
			s = bracket_end(s);
		else if (*s == '\\' && s[1] && *++s >= '1' && *s <= '9')
			return true;
		if (!*s)
			break;
	}
	return false;
}

static const char *
not_taken(const char *s)
{
	if (!*s)
		return "is empty";
	if (strlen(s) > PATTERN_MOST)
		return "is over 1024 bytes";
	if (refers_back(s))
		return "refers back (\\1), which is not supported";
	if (parts(s) > PATTERN_PARTS)
		return "is too large: its repetitions make over 500 parts of it";
	return NULL;
}

static int
compile(regex_t *re, const char *s)
{
	return regcomp(re, s, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
}

/*
 * From the start of the text, over whatever comes first: otherwise regexec tries
 * from each byte anew, and a.*b.*c takes ten seconds for 64 KiB of "ab".
 */
static int
compile_search(regex_t *re, const char *s)
{
	char text[PATTERN_MOST + 32];

	snprintf(text, sizeof(text), "\\`([^a]|[a\n])*(%s)", s);
	return compile(re, text);
}

const char *
pattern_wrong(const char *s)
{
	static _Thread_local char text[128];
	const char *why = not_taken(s);
	char said[96];
	regex_t re;
	int err;

	if (why)
		return why;
	err = compile(&re, s);
	if (!err) {
		regfree(&re);
		return NULL;
	}
	regerror(err, &re, said, sizeof(said));
	snprintf(text, sizeof(text), "is no regular expression: %s", said);
	return text;
}

bool
pattern_make(regex_t *re, const char *s)
{
	return !pattern_wrong(s) && compile_search(re, s) == 0;
}

bool
pattern_matches(const regex_t *re, const char *text, size_t n)
{
	regmatch_t all = {.rm_so = 0, .rm_eo = (regoff_t)n};

	return regexec(re, text, 0, &all, REG_STARTEND) == 0;
}
