#include "edge/rights.h"

#include <stdio.h>
#include <unistd.h>

#include "base/log.h"

const char *
rights_setcap(void)
{
	static char text[4200];
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[n > 0 ? n : 0] = '\0';
	snprintf(text, sizeof(text), "setcap cap_net_raw+ep %s", n > 0 ? path : log_program());
	return text;
}
