#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/echo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
sound(const struct echo_seen *s, size_t n)
{
	if (s->what > ECHO_REFUSED || (s->why && s->what != ECHO_REFUSED))
		abort();
	if (s->what != ECHO_OTHER && s->size + ECHO_HEADER > n)
		abort();
	if (s->whole && s->size < PING_SIZE_LEAST)
		abort();
	if (s->why && (strlen(s->why) == 0 || strlen(s->why) > 63))
		abort();
}

/*
 * Two bytes say how the packet came; nothing is read beyond it, and what it is taken for it has
 * room for.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	enum family f;
	struct echo_seen s;
	uint8_t *copy;

	if (n < 2)
		return 0;
	f = data[0] & 1 ? FAMILY_V6 : FAMILY_V4;
	copy = malloc(n > 2 ? n - 2 : 1); /* of its exact size, for the sanitizer */
	if (!copy)
		return 0;
	memcpy(copy, data + 2, n - 2);
	if (data[0] & 4)
		echo_read_refused(&s, data[1], (uint8_t)(data[0] >> 3), copy, n - 2, f);
	else
		echo_read(&s, copy, n - 2, f, data[0] & 2);
	(void)echo_intact(copy, n - 2);
	sound(&s, n - 2);
	free(copy);
	return 0;
}
