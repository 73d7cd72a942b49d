#include "model/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <ctype.h>
#include <pcre2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
	DEPTH = 64,
	LARGEST = 1 << 24,
	WRITTEN = 8 * PATTERN_MOST,
	/* What one match may take: steps, each of which goes through some of the parts, for
	 * about 10 ms; at least one for each byte that the text may have. */
	STEPS_MOST = 500000,
	STEPS_LEAST = 100000,
	STEPS_OF_PARTS = 20000000,
	PARTS_OF_STEP = 40, /* that a step costs as much as */
	TIMES_MOST = 32,
	HEAP_KIB = 4096
};

/* ---- how large it is */

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
		} else if (*s == '*' || *s == '?' || *s == '+') {
			now++;
			last++;
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

/* ---- as PCRE2 writes it */

/*
 * The same expression for PCRE2, where [^a] is a newline, too, [\.] no backslash, and
 * a*+ and a{,2} have other meanings.  What PCRE2 has beside is refused:
 * back-references, atomic groups and lookaround take time that its limit does not count.
 */
struct writer {
	char text[WRITTEN];
	uint16_t from[WRITTEN]; /* where in the expression each byte comes from */
	size_t n;
	size_t at;
	size_t outer[DEPTH]; /* where the groups that are open begin */
	size_t depth;
	size_t last; /* where what a repetition repeats begins */
	enum { NOTHING, PART, REPEATED } is; /* what that is */
	const char *wrong;   /* the error at this byte, */
	const char *refused; /* or all of the reason */
};

static void
put_n(struct writer *w, const char *text, size_t n)
{
	for (size_t i = 0; i < n && w->n < WRITTEN; i++) {
		w->from[w->n] = (uint16_t)w->at;
		w->text[w->n++] = text[i];
	}
}

static void
put(struct writer *w, const char *text)
{
	put_n(w, text, strlen(text));
}

/* What is written next can be repeated. */
static void
begin(struct writer *w)
{
	w->last = w->n;
	w->is = PART;
}

/* A repetition of a repetition has it in a group. */
static void
put_repetition(struct writer *w, const char *text)
{
	char again[PATTERN_MOST * 4];
	size_t n = w->n - w->last;

	if (w->is == NOTHING) {
		w->wrong = "nothing to repeat";
		return;
	}
	if (w->is == REPEATED && n < sizeof(again)) {
		memcpy(again, w->text + w->last, n);
		w->n = w->last;
		put(w, "(?:");
		put_n(w, again, n);
		put(w, ")");
	}
	put(w, text);
	w->is = REPEATED;
}

static const char *
read_number(const char *s, unsigned *v)
{
	for (*v = 0; *s >= '0' && *s <= '9'; s++)
		if (*v <= PATTERN_PARTS)
			*v = *v * 10 + (unsigned)(*s - '0');
	return s;
}

/* {n}, {n,}, {n,m} or {,m}; to its end. */
static const char *
put_times(struct writer *w, const char *s)
{
	unsigned least, most = 0;
	const char *comma = read_number(s + 1, &least);
	const char *end = *comma == ',' ? read_number(comma + 1, &most) : comma;
	bool open = end == comma + 1;
	char text[32];

	if (*end != '}' || (comma == s + 1 && (open || end == comma)) ||
	    (end > comma + 1 && most < least)) {
		w->wrong = "wrong repetition in { }";
		return s;
	}
	if (end == comma)
		snprintf(text, sizeof(text), "{%u}", least);
	else if (open)
		snprintf(text, sizeof(text), "{%u,}", least);
	else
		snprintf(text, sizeof(text), "{%u,%u}", least, most);
	put_repetition(w, text);
	return end;
}

static const char *
put_bracket(struct writer *w, const char *s)
{
	const char *end = bracket_end(s);
	bool first = true;

	begin(w);
	put(w, "[");
	if (*++s == '^') {
		put(w, "^\\n");
		s++;
	}
	for (; s < end; s++, first = false) {
		const char *close = *s == '[' && strchr(".:=", s[1]) ? strchr(s + 1, ']') : NULL;

		if (close && close < end) {
			put_n(w, s, (size_t)(close - s) + 1);
			s = close;
			continue;
		}
		if (*s == '\\' || *s == '[' || (first && (*s == ']' || *s == '-')))
			put(w, "\\");
		put_n(w, s, 1);
	}
	if (!*end) {
		w->wrong = "[ without ]";
		return end - 1;
	}
	put(w, "]");
	return end;
}

static const char *
put_escape(struct writer *w, const char *s)
{
	/* As regcomp(3) has them. */
	static const char *const words[] = {"<(?:\\b(?=\\w))", ">(?:\\b(?<=\\w))", "`(?:\\A)", "'(?:\\z)"};
	char c = s[1];

	begin(w);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (c == *words[i]) {
			put(w, words[i] + 1);
			return s + 1;
		}
	if (c >= '1' && c <= '9')
		w->refused = "refers back (\\1), which is not supported";
	else if (!c)
		w->wrong = "\\ at the end";
	else if (isalnum((unsigned char)c) && !strchr("bBdDnrsStwW", c))
		w->wrong = "unknown letter after \\";
	put_n(w, s, 2);
	return c ? s + 1 : s;
}

/* (a|b) is [ab], and (.|\n) anything: a step, and no way back to keep.  NULL: it is another group. */
static const char *
put_choice(struct writer *w, const char *s)
{
	static const char any[] = "(.|\\n)";
	const char *end = s;

	if (strncmp(s, any, sizeof(any) - 1) == 0) {
		begin(w);
		put(w, "(?s:.)");
		return s + sizeof(any) - 2;
	}
	do
		if (!*++end || strchr(".[\\(){}*+?|^$", *end))
			return NULL;
	while (*++end == '|');
	if (*end != ')')
		return NULL;
	begin(w);
	put(w, "[");
	for (s++; s < end; s += 2) {
		if (ispunct((unsigned char)*s))
			put(w, "\\");
		put_n(w, s, 1);
	}
	put(w, "]");
	return end;
}

static void
put_open(struct writer *w)
{
	if (w->depth == DEPTH) {
		w->wrong = "over 64 groups in each other";
		return;
	}
	w->outer[w->depth++] = w->n;
	put(w, "(?:");
	w->is = NOTHING;
}

static void
put_close(struct writer *w)
{
	if (!w->depth) {
		w->wrong = ") without (";
		return;
	}
	begin(w);
	put(w, ")");
	w->last = w->outer[--w->depth];
}

static const char *
put_next(struct writer *w, const char *s)
{
	const char *end;

	switch (*s) {
	case '[':
		return put_bracket(w, s);
	case '\\':
		return put_escape(w, s);
	case '{':
		return put_times(w, s);
	case '(':
		if ((end = put_choice(w, s)))
			return end;
		put_open(w);
		return s;
	case ')':
		put_close(w);
		return s;
	case '*':
	case '?':
	case '+':
		put_repetition(w, (char[]){*s, 0});
		return s;
	}
	begin(w);
	put_n(w, s, 1);
	if (*s == '|')
		w->is = NOTHING;
	return s;
}

/* In a search .* at the front says nothing, and costs half the square of the line. */
static const char *
skip_anything(const char *s)
{
	while (s[0] == '.' && s[1] == '*' && !(s[2] && strchr("*?+{", s[2])))
		s += 2;
	return s;
}

/*
 * From the start of the text, over whatever comes first: PCRE2's limit is for each
 * byte that it tries from, and there are as many as the target likes.
 */
static void
write_search(struct writer *w, const char *expression)
{
	put(w, "(?s:.*?)(?:");
	for (const char *s = skip_anything(expression); *s && !w->wrong && !w->refused; s++) {
		w->at = (size_t)(s - expression);
		s = put_next(w, s);
		if (*s == '|' && !w->depth && w->is == NOTHING)
			s = skip_anything(s + 1) - 1;
	}
	if (w->depth && !w->wrong) {
		w->at = w->from[w->outer[w->depth - 1]];
		w->wrong = "( without )";
	}
	put(w, ")");
}

/* ---- */

struct regex {
	pcre2_code *code;
	pcre2_match_context *limits;
	uint32_t steps;
};

static pcre2_code *
compile(const struct writer *w, int *err, size_t *at)
{
	pcre2_compile_context *lines = pcre2_compile_context_create(NULL);
	pcre2_code *code;

	*err = PCRE2_ERROR_NOMEMORY;
	if (!lines)
		return NULL;
	pcre2_set_newline(lines, PCRE2_NEWLINE_LF);
	/* A possessive repetition goes through the text without a step that is counted. */
	code = pcre2_compile((PCRE2_SPTR)w->text, w->n, PCRE2_ANCHORED | PCRE2_MULTILINE |
	                     PCRE2_ALT_CIRCUMFLEX | PCRE2_NO_AUTO_POSSESS | PCRE2_NEVER_UTF,
	                     err, at, lines);
	pcre2_compile_context_free(lines);
	return code;
}

/* NULL: *why says why. */
static pcre2_code *
translate(const char *s, const char **why)
{
	static _Thread_local char text[128];
	struct writer w = {0};
	char said[80];
	pcre2_code *code = NULL;
	size_t at = 0;
	int err;

	if (!*s || strlen(s) > PATTERN_MOST) {
		*why = *s ? "is over 1024 bytes" : "is empty";
		return NULL;
	}
	if (parts(s) > PATTERN_PARTS) {
		*why = "is too large: over 500 parts, with its repetitions written out";
		return NULL;
	}
	write_search(&w, s);
	if (w.refused) {
		*why = w.refused;
		return NULL;
	}
	if (!w.wrong && (code = compile(&w, &err, &at)))
		return code;
	if (!w.wrong) {
		pcre2_get_error_message(err, (PCRE2_UCHAR *)said, sizeof(said));
		w.at = w.from[at ? at - 1 : 0];
	}
	snprintf(text, sizeof(text), "is no regular expression: %s at byte %zu",
	         w.wrong ? w.wrong : said, w.at + 1);
	*why = text;
	return NULL;
}

const char *
pattern_wrong(const char *s)
{
	const char *why = NULL;

	pcre2_code_free(translate(s, &why));
	return why;
}

static uint32_t
steps(const char *s)
{
	uint64_t n = STEPS_OF_PARTS / (PARTS_OF_STEP + parts(s));

	return n > STEPS_MOST ? STEPS_MOST : n < STEPS_LEAST ? STEPS_LEAST : (uint32_t)n;
}

struct regex *
pattern_make(const char *s)
{
	const char *why;
	pcre2_code *code = translate(s, &why);
	struct regex *re;

	if (!code)
		return NULL;
	re = mem_alloc(sizeof(*re));
	re->code = code;
	re->limits = pcre2_match_context_create(NULL);
	if (!re->limits) {
		pattern_free(re);
		return NULL;
	}
	re->steps = steps(s);
	pcre2_set_heap_limit(re->limits, HEAP_KIB);
	return re;
}

void
pattern_free(struct regex *re)
{
	if (!re)
		return;
	pcre2_match_context_free(re->limits);
	pcre2_code_free(re->code);
	free(re);
}

enum pattern_found
pattern_matches(const struct regex *re, const char *text, size_t n, unsigned times)
{
	pcre2_match_data *found = pcre2_match_data_create(1, NULL);
	int rc = PCRE2_ERROR_NOMEMORY;

	pcre2_set_match_limit(re->limits, re->steps * (times < TIMES_MOST ? times : TIMES_MOST));
	if (found)
		rc = pcre2_match(re->code, (PCRE2_SPTR)text, n, 0, 0, found, re->limits);
	pcre2_match_data_free(found);
	return rc >= 0 ? PATTERN_YES : rc == PCRE2_ERROR_NOMATCH ? PATTERN_NO : PATTERN_COSTLY;
}
