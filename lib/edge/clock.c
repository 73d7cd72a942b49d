#include "edge/clock.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/siphash.h"

static struct timespec
reading(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t;
}

static int64_t
milliseconds(clockid_t id)
{
	struct timespec t = reading(id);

	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_wall(void)
{
	return milliseconds(CLOCK_REALTIME);
}

int64_t
clock_mono(void)
{
	return milliseconds(CLOCK_MONOTONIC);
}

int64_t
clock_coarse(void)
{
	return milliseconds(CLOCK_MONOTONIC_COARSE);
}

int64_t
clock_boot(void)
{
	return milliseconds(CLOCK_BOOTTIME);
}

double
clock_mono_us(void)
{
	struct timespec t = reading(CLOCK_MONOTONIC);

	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

const char *
clock_boot_id(void)
{
	static char id[33];
	char text[64];
	ssize_t n;
	size_t o = 0;
	int fd;

	if (id[0])
		return id;
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return id;
	n = read(fd, text, sizeof(text));
	close(fd);
	for (ssize_t i = 0; i < n && o < 32; i++)
		if (isxdigit((unsigned char)text[i]))
			id[o++] = text[i];
	return id;
}

uint64_t
clock_boot_hash(void)
{
	static const uint64_t key[2] = {0x666f646e73, 1};
	static uint64_t hash;

	/* 53 bits, so that it survives as a JSON number everywhere. */
	if (!hash)
		hash = (siphash13(key, clock_boot_id(), strlen(clock_boot_id())) >> 11) | 1;
	return hash;
}

static int64_t
nanoseconds(clockid_t id)
{
	struct timespec t = reading(id);

	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/*
 * Wall minus monotonic, taken once: the axis starts as the wall clock and then only counts.  Of
 * nanoseconds, then rounded: two programs that look at one state name the same instants.
 */
static int64_t
axis_offset(void)
{
	static int64_t offset;

	if (!offset)
		offset = (nanoseconds(CLOCK_REALTIME) - nanoseconds(CLOCK_MONOTONIC) + 500000) / 1000000;
	return offset;
}

int64_t
clock_axis_of_mono(int64_t mono)
{
	return axis_offset() + mono;
}

int64_t
clock_mono_of_axis(int64_t at)
{
	return at - axis_offset();
}

int64_t
clock_axis(void)
{
	return clock_axis_of_mono(clock_mono());
}
