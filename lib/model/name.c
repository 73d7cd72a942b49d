#include <string.h>

#include "base/text.h"
#include "model/limits.h"
#include "model/name.h"

static bool
label_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static const char *
label_wrong(const char *label, size_t n, bool first)
{
	if (n == 0)
		return "empty label";
	if (n > 63)
		return "label over 63 bytes";
	if (first && n == 1 && label[0] == '*')
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (!label_byte(label[i]))
			return "only letters, digits, '-' and '_' can be in a name";
	return NULL;
}

static const char *
name_wrong(const char *s, size_t n)
{
	size_t from = 0;

	for (size_t i = 0; i <= n; i++) {
		const char *wrong;

		if (i < n && s[i] != '.')
			continue;
		wrong = label_wrong(s + from, i - from, from == 0);
		if (wrong)
			return wrong;
		from = i + 1;
	}
	return NULL;
}

bool
name_normal(char dst[static 254], const char *s, const char **why)
{
	size_t n = strlen(s);
	const char *wrong = NULL;

	if (strcmp(s, ".") == 0) {
		memcpy(dst, ".", 2);
		return true;
	}
	if (n > 1 && s[n - 1] == '.')
		n--;
	if (n == 0)
		wrong = "empty name";
	else if (n > LIMIT_NAME)
		wrong = "name over 253 bytes";
	for (size_t i = 0; !wrong && i < n; i++)
		dst[i] = lower(s[i]);
	if (!wrong)
		wrong = name_wrong(dst, n);
	dst[wrong ? 0 : n] = '\0';
	if (wrong && why)
		*why = wrong;
	return !wrong;
}

bool
name_host(char dst[static 254], const char *s, const char **why)
{
	const char *last;

	if (!name_normal(dst, s, why))
		return false;
	last = strrchr(dst, '.');
	last = last ? last + 1 : dst;
	if (why)
		*why = "not a host name";
	return *last && dst[0] != '*' && last[strspn(last, "0123456789")] != '\0';
}

bool
name_equal(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	if (*a == '.' && a[1] == '\0')
		a++;
	if (*b == '.' && b[1] == '\0')
		b++;
	return *a == '\0' && *b == '\0';
}

bool
name_under(const char *name, const char *zone)
{
	size_t n = strlen(name), z = strlen(zone);

	if (strcmp(zone, ".") == 0)
		return true;
	if (n < z || strcmp(name + n - z, zone) != 0)
		return false;
	return n == z || name[n - z - 1] == '.';
}

bool
agent_id_valid(const char *s, size_t n, const char **why)
{
	const char *wrong = NULL;

	if (n == 0)
		wrong = "agent_id is empty";
	else if (n > LIMIT_AGENT_ID)
		wrong = "agent_id is over 64 bytes";
	else if (text_dirty(s, n))
		wrong = "agent_id has control characters or is not UTF-8";
	if (wrong && why)
		*why = wrong;
	return !wrong;
}

void
agent_id_file(char dst[static AGENT_FILE], const char *id)
{
	static const char hex[] = "0123456789ABCDEF";
	char *p = dst;

	for (const char *s = id; *s && s - id < LIMIT_AGENT_ID; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
		    (c == '.' && s != id)) {
			*p++ = *s;
			continue;
		}
		*p++ = '%';
		*p++ = hex[c >> 4];
		*p++ = hex[c & 15];
	}
	*p = '\0';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
agent_id_from_file(char dst[static 65], const char *file)
{
	char again[AGENT_FILE];
	size_t n = 0;

	for (const char *s = file; *s; s++) {
		int c = (unsigned char)*s;

		if (c == '%') {
			int high = hex_digit(s[1]), low = high < 0 ? -1 : hex_digit(s[2]);

			if (low < 0)
				return false;
			c = high << 4 | low;
			s += 2;
		}
		if (n == LIMIT_AGENT_ID || c == 0)
			return false;
		dst[n++] = (char)c;
	}
	dst[n] = '\0';
	/* One id has one name, so another spelling of it is not ours. */
	agent_id_file(again, dst);
	return agent_id_valid(dst, n, NULL) && strcmp(again, file) == 0;
}
