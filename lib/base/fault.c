#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>

static void
fill(struct fault *f, bool temporary, const char *fmt, va_list ap)
{
	if (!f)
		return;
	f->temporary = temporary;
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
}

int
fault_set(struct fault *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(f, false, fmt, ap);
	va_end(ap);
	return -1;
}

int
fault_temp(struct fault *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(f, true, fmt, ap);
	va_end(ap);
	return -1;
}

int
fault_exit(const struct fault *f)
{
	return f->temporary ? 75 : 2;
}
