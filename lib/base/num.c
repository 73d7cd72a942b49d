#include "base/num.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const int64_t LONGEST = INT64_C(3650) * 86400 * 1000; /* ten years, in ms */

/* Digits at *s; moves *s behind them. */
static bool
digits(const char **s, uint64_t *v)
{
	const char *p = *s;
	uint64_t n = 0;

	for (; isdigit((unsigned char)*p); p++) {
		unsigned d = (unsigned)(*p - '0');

		if (n > (UINT64_MAX - d) / 10)
			return false;
		n = n * 10 + d;
	}
	if (p == *s)
		return false;
	*s = p;
	*v = n;
	return true;
}

bool
num_u64(const char *s, uint64_t min, uint64_t max, uint64_t *v)
{
	uint64_t n;

	if (!digits(&s, &n) || *s || n < min || n > max)
		return false;
	*v = n;
	return true;
}

bool
num_i64(const char *s, int64_t min, int64_t max, int64_t *v)
{
	bool minus = *s == '-';
	uint64_t n;
	int64_t r;

	if (minus || *s == '+')
		s++;
	if (!digits(&s, &n) || *s || n > (uint64_t)INT64_MAX)
		return false;
	r = minus ? -(int64_t)n : (int64_t)n;
	if (r < min || r > max)
		return false;
	*v = r;
	return true;
}

/* A decimal number in units of `unit` ms at *s, rounded down to whole ms. */
static bool
decimal(const char **s, uint64_t *whole, uint64_t *milli)
{
	uint64_t scale = 100;

	*milli = 0;
	if (!digits(s, whole))
		return false;
	if (**s != '.')
		return true;
	(*s)++;
	if (!isdigit((unsigned char)**s))
		return false;
	for (; isdigit((unsigned char)**s); (*s)++) {
		*milli += (uint64_t)(**s - '0') * scale;
		scale /= 10;
	}
	return true;
}

bool
num_seconds(const char *s, int64_t *ms)
{
	uint64_t whole, milli;

	if (!decimal(&s, &whole, &milli) || *s || whole > (uint64_t)LONGEST / 1000)
		return false;
	*ms = (int64_t)(whole * 1000 + milli);
	return true;
}

static const struct {
	const char *name;
	int64_t ms;
} units[] = {
	{"ms", 1}, {"min", 60000}, {"m", 60000}, {"sec", 1000}, {"s", 1000},
	{"h", 3600000}, {"d", 86400000}, {"w", 604800000},
};

static int64_t
unit(const char **s)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		size_t n = strlen(units[i].name);

		if (!strncmp(*s, units[i].name, n) && !isalpha((unsigned char)(*s)[n])) {
			*s += n;
			return units[i].ms;
		}
	}
	return 0;
}

bool
num_duration(const char *s, int64_t *ms)
{
	uint64_t whole, milli;
	int64_t total = 0, u;

	if (num_seconds(s, ms))
		return true;
	if (!*s)
		return false;
	while (*s) {
		if (!decimal(&s, &whole, &milli) || !(u = unit(&s)) ||
		    whole > (uint64_t)(LONGEST / u))
			return false;
		total += (int64_t)whole * u + (int64_t)milli * u / 1000;
		if (total > LONGEST)
			return false;
	}
	*ms = total;
	return true;
}

char *
num_duration_text(char dst[static 24], int64_t ms)
{
	long long s = ms / 1000;

	if (ms < 0)
		snprintf(dst, 24, "0s");
	else if (ms < 1000)
		snprintf(dst, 24, "%dms", (int)ms);
	else if (ms < 10000 && ms % 1000 >= 100)
		snprintf(dst, 24, "%lld.%ds", s, (int)(ms % 1000) / 100);
	else if (s < 60)
		snprintf(dst, 24, "%llds", s);
	else if (s < 3600)
		snprintf(dst, 24, s % 60 ? "%lldm%llds" : "%lldm", s / 60, s % 60);
	else if (s < 86400)
		snprintf(dst, 24, s / 60 % 60 ? "%lldh%lldm" : "%lldh", s / 3600, s / 60 % 60);
	else
		snprintf(dst, 24, s / 3600 % 24 ? "%lldd%lldh" : "%lldd", s / 86400, s / 3600 % 24);
	return dst;
}

bool
num_bytes(const char *s, uint64_t *v)
{
	static const char letters[] = "kMG";
	size_t n = strlen(s);
	const char *unit = n ? strchr(letters, s[n - 1]) : NULL;
	char digits[24];

	if (n >= sizeof(digits))
		return false;
	memcpy(digits, s, n + 1);
	if (unit)
		digits[n - 1] = '\0';
	if (!num_u64(digits, 0, UINT32_MAX, v))
		return false;
	if (unit)
		*v <<= 10 * (unit - letters + 1);
	return true;
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
num_hex(uint8_t *dst, const char *s, size_t n)
{
	if (n % 2)
		return false;
	for (size_t i = 0; i < n; i += 2) {
		int high = nibble(s[i]), low = nibble(s[i + 1]);

		if (high < 0 || low < 0)
			return false;
		dst[i / 2] = (uint8_t)(high << 4 | low);
	}
	return true;
}
