#include "codec/records_scan.h"

#include "model/limits.h"

/* Four numbers without leading zeros; most targets are these. */
static bool
scan_v4(const char *p, const char *end, struct addr *a)
{
	memset(a, 0, sizeof(*a));
	a->family = FAMILY_V4;
	for (int i = 0; i < 4; i++) {
		const char *from = p;
		unsigned v = 0;

		while (p < end && *p >= '0' && *p <= '9' && p - from < 3)
			v = v * 10 + (unsigned)(*p++ - '0');
		if (p == from || v > 255 || (*from == '0' && p - from > 1))
			return false;
		a->b[i] = (uint8_t)v;
		if (i < 3 && (p == end || *p++ != '.'))
			return false;
	}
	return p == end;
}

bool
scan_addr(struct scan *s, struct addr *a)
{
	size_t most = (size_t)(s->end - s->p);
	const char *quote = memchr(s->p, '"', most < ADDR_TEXT ? most : ADDR_TEXT);
	char text[ADDR_TEXT];

	if (!quote)
		return false;
	if (!scan_v4(s->p, quote, a)) {
		if (!scan_text(s, text, sizeof(text)) || !addr_parse(text, a))
			return false;
	}
	s->p = quote + 1;
	return true;
}

bool
scan_name(struct scan *s, char *dst)
{
	size_t n = 0, label = 0;

	for (; s->p + n < s->end && n <= LIMIT_NAME; n++) {
		char c = s->p[n];

		if (c == '.' || c == '"') {
			if (!label || label > 63)
				return false;
			label = 0;
			if (c == '"')
				break;
		} else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
		           c == '_') {
			label++;
		} else {
			return false;
		}
		dst[n] = c;
	}
	if (s->p + n >= s->end || n > LIMIT_NAME)
		return false;
	dst[n] = '\0';
	s->p += n + 1;
	return true;
}
