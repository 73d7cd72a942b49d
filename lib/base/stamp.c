#include "base/stamp.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/num.h"

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar. */
static int64_t
days(int y, int m, int d)
{
	int64_t yy = y - (m <= 2), era = (yy >= 0 ? yy : yy - 399) / 400, yoe = yy - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void
date(int64_t day, int *y, int *m, int *d)
{
	int64_t z = day + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = (int)(yoe + era * 400 + (*m <= 2));
}

static bool
two(const char **s, int max, int *v)
{
	const char *p = *s;

	if (!isdigit((unsigned char)p[0]) || !isdigit((unsigned char)p[1]))
		return false;
	*v = (p[0] - '0') * 10 + p[1] - '0';
	*s += 2;
	return *v <= max;
}

/* Z, +hh:mm, +hhmm, +hh; nothing is *given = false. */
static bool
zone(const char **s, int64_t *offset, bool *given)
{
	int sign, h, m = 0;

	*offset = 0;
	*given = **s != '\0';
	if (!**s)
		return true;
	if (**s == 'Z' || **s == 'z') {
		(*s)++;
		return true;
	}
	if (**s != '+' && **s != '-')
		return false;
	sign = *(*s)++ == '-' ? -1 : 1;
	if (!two(s, 23, &h))
		return false;
	if (**s == ':')
		(*s)++;
	if (**s && !two(s, 59, &m))
		return false;
	*offset = sign * (h * 3600 + m * 60) * INT64_C(1000);
	return true;
}

static bool
month_has(int y, int m, int d)
{
	static const int n[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	return m >= 1 && m <= 12 && d >= 1 && d <= n[m - 1] && !(m == 2 && d == 29 && !leap);
}

static bool
parse(const char *s, int64_t *ms, bool *zoned)
{
	int cc, yy, mo, d, h = 0, mi = 0, se = 0, frac = 0, scale = 100;
	int64_t offset;

	if (!two(&s, 99, &cc) || !two(&s, 99, &yy) || *s++ != '-' || !two(&s, 12, &mo) ||
	    *s++ != '-' || !two(&s, 31, &d) || !month_has(cc * 100 + yy, mo, d))
		return false;
	if (*s == 'T' || *s == 't' || *s == ' ') {
		s++;
		if (!two(&s, 23, &h) || *s++ != ':' || !two(&s, 59, &mi))
			return false;
		if (*s == ':' && (s++, !two(&s, 60, &se)))
			return false;
		if (*s == '.' || *s == ',') {
			if (!isdigit((unsigned char)*++s))
				return false;
			for (; isdigit((unsigned char)*s); s++, scale /= 10)
				frac += (*s - '0') * scale;
		}
	}
	if (!zone(&s, &offset, zoned) || *s)
		return false;
	*ms = ((days(cc * 100 + yy, mo, d) * 24 + h) * 60 + mi) * 60000 + se * 1000 + frac - offset;
	return true;
}

bool
stamp_parse(const char *s, int64_t *ms)
{
	bool zoned;

	return parse(s, ms, &zoned);
}

static void
put2(char *dst, int v)
{
	dst[0] = (char)('0' + v / 10 % 10);
	dst[1] = (char)('0' + v % 10);
}

/* This runs twice for each stored report: no snprintf. */
char *
stamp_format(char dst[static STAMP_LEN], int64_t ms)
{
	int64_t day = ms / 86400000, in = ms % 86400000;
	int y, m, d;

	if (in < 0) {
		in += 86400000;
		day--;
	}
	date(day, &y, &m, &d);
	if (y < 0 || y > 9999)
		y = y < 0 ? 0 : 9999;
	memcpy(dst, "....-..-..T..:..:......Z", STAMP_LEN);
	put2(dst, y / 100);
	put2(dst + 2, y % 100);
	put2(dst + 5, m);
	put2(dst + 8, d);
	put2(dst + 11, (int)(in / 3600000));
	put2(dst + 14, (int)(in / 60000 % 60));
	put2(dst + 17, (int)(in / 1000 % 60));
	dst[20] = (char)('0' + in / 100 % 10);
	put2(dst + 21, (int)(in % 100));
	return dst;
}

bool
stamp_scan(const char *s, int64_t *ms)
{
	static const char form[] = "0000-00-00T00:00:00.000Z";
	int y, m, d, in;

	for (int i = 0; i < STAMP_LEN - 1; i++)
		if (form[i] == '0' ? !isdigit((unsigned char)s[i]) : s[i] != form[i])
			return false;
#define NUM2(i) ((s[i] - '0') * 10 + s[(i) + 1] - '0')
	y = NUM2(0) * 100 + NUM2(2), m = NUM2(5), d = NUM2(8);
	if (!month_has(y, m, d) || NUM2(11) > 23 || NUM2(14) > 59 || NUM2(17) > 59)
		return false;
	in = ((NUM2(11) * 60 + NUM2(14)) * 60 + NUM2(17)) * 1000 + (s[20] - '0') * 100 + NUM2(21);
#undef NUM2
	*ms = days(y, m, d) * 86400000 + in;
	return true;
}

/* The instant at which a local clock shows what `utc` shows in UTC. */
static int64_t
from_local(int64_t utc)
{
	time_t t = (time_t)(utc / 1000);
	struct tm tm;

	gmtime_r(&t, &tm);
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * 1000 + utc % 1000;
}

/* The last HH:MM[:SS] past. */
static bool
clock_time(const char *s, int64_t now, int64_t *ms)
{
	time_t t = (time_t)(now / 1000);
	int h, m, se = 0;
	struct tm tm;

	if (!two(&s, 23, &h) || *s++ != ':' || !two(&s, 59, &m))
		return false;
	if (*s == ':' && (s++, !two(&s, 59, &se)))
		return false;
	if (*s)
		return false;
	localtime_r(&t, &tm);
	tm.tm_hour = h, tm.tm_min = m, tm.tm_sec = se, tm.tm_isdst = -1;
	*ms = (int64_t)mktime(&tm) * 1000;
	if (*ms > now) {
		tm.tm_mday--, tm.tm_hour = h, tm.tm_min = m, tm.tm_sec = se, tm.tm_isdst = -1;
		*ms = (int64_t)mktime(&tm) * 1000;
	}
	return true;
}

/* "1795341600" or "1795341600.25", up to the year 9999. */
static bool
epoch(const char *s, int64_t *ms)
{
	int scale = 100;

	if (!isdigit((unsigned char)*s))
		return false;
	for (*ms = 0; isdigit((unsigned char)*s); s++) {
		*ms = *ms * 10 + *s - '0';
		if (*ms > INT64_C(253402300799))
			return false;
	}
	*ms *= 1000;
	if (*s == '.' && isdigit((unsigned char)s[1]))
		for (s++; isdigit((unsigned char)*s); s++, scale /= 10)
			*ms += (*s - '0') * scale;
	return !*s;
}

bool
stamp_typed(const char *s, int64_t now, int64_t *ms)
{
	bool zoned;
	int64_t v;

	if (!strcmp(s, "now")) {
		*ms = now;
		return true;
	}
	if (*s == '-' && num_duration(s + 1, &v)) {
		*ms = now - v;
		return true;
	}
	if (clock_time(s, now, ms))
		return true;
	if (epoch(*s == '@' ? s + 1 : s, ms))
		return true;
	if (!parse(s, ms, &zoned))
		return false;
	if (!zoned)
		*ms = from_local(*ms);
	return true;
}

static char *
local(char *dst, int64_t ms, const char *form)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	localtime_r(&t, &tm);
	if (!strftime(dst, STAMP_LEN, form, &tm))
		dst[0] = '\0';
	return dst;
}

char *
stamp_local(char dst[static STAMP_LEN], int64_t ms)
{
	return local(dst, ms, "%Y-%m-%d %H:%M:%S");
}

char *
stamp_day(char dst[static STAMP_LEN], int64_t ms)
{
	return local(dst, ms, "%a %Y-%m-%d %Z");
}
