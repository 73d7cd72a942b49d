#include "codec/request.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
separates(char c)
{
	return c == ',' || blank(c);
}

const char *
request_tags(struct request_tags *t, const char *s, size_t n)
{
	char *p = t->text;

	t->n = 0;
	if (n >= sizeof(t->text))
		return "Tags are over 2047 bytes";
	if (text_dirty(s, n))
		return "Tags should be UTF-8 without control characters";
	memcpy(t->text, s, n);
	t->text[n] = '\0';
	while (*p) {
		if (separates(*p)) {
			*p++ = '\0';
			continue;
		}
		if (t->n == REQUEST_TAGS)
			return "There should be at most 64 tags";
		t->list[t->n++] = p;
		while (*p && !separates(*p))
			p++;
	}
	return NULL;
}

bool
request_line(struct request_lines *l)
{
	while (l->next < l->end) {
		const char *lf = memchr(l->next, '\n', (size_t)(l->end - l->next));
		const char *stop = lf ? lf : l->end;

		l->line = l->next;
		l->next = lf ? lf + 1 : l->end;
		l->number++;
		if (stop > l->line && stop[-1] == '\r')
			stop--;
		l->len = (size_t)(stop - l->line);
		for (size_t i = 0; i < l->len; i++)
			if (!blank(l->line[i]))
				return true;
	}
	return false;
}

/* Without the blanks around it; NULL if nothing is left. */
static const char *
trimmed(const char *s, size_t *n)
{
	while (blank(*s))
		s++;
	*n = strlen(s);
	while (*n && blank(s[*n - 1]))
		(*n)--;
	return *n ? s : NULL;
}

const char *
request_token(const char *x_api_key, const char *authorization, size_t *n)
{
	static const char scheme[] = "Bearer";
	const size_t len = sizeof(scheme) - 1;
	const char *token = x_api_key ? trimmed(x_api_key, n) : NULL;

	/* The original's agent sends an empty one when it has none. */
	if (token)
		return token;
	if (!authorization || strncasecmp(authorization, scheme, len) || authorization[len] != ' ')
		return NULL;
	return trimmed(authorization + len, n);
}

bool
request_etag(const char *if_none_match, const char *etag)
{
	size_t n = strlen(etag);
	const char *p = if_none_match;

	while (p && *p) {
		while (*p == ' ' || *p == '\t' || *p == ',')
			p++;
		if (*p == '*')
			return true;
		if (!strncmp(p, "W/", 2))
			p += 2;
		if (!strncmp(p, etag, n) && (!p[n] || separates(p[n])))
			return true;
		/* An opaque tag may hold commas: skip it by its quotes. */
		if (*p == '"' && (p = strchr(p + 1, '"')))
			p++;
		else if (p)
			p = strchr(p, ',');
	}
	return false;
}

bool
request_original_agent(const char *user_agent)
{
	return user_agent && !strncmp(user_agent, "python-requests/", 16);
}
