#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/advice.h"

const char *const advice_ids[] = {
#define X(name, id, level) id,
    ADVICE_KINDS(X)
#undef X
    NULL,
};

static const uint8_t levels[] = {
#define X(name, id, level) ADVICE_##level,
    ADVICE_KINDS(X)
#undef X
};

const char *
advice_id(enum advice a)
{
	return advice_ids[a];
}

enum advice_level
advice_level(enum advice a)
{
	return (enum advice_level)levels[a];
}

const char *
advice_level_word(enum advice_level l)
{
	static const char *const words[] = {"error", "warning", "info"};

	return words[l];
}

int
advice_from(const char *id)
{
	for (int i = 0; advice_ids[i]; i++)
		if (!strcmp(advice_ids[i], id))
			return i;
	return -1;
}

const char *
advice_ignore(uint64_t *set, const char *id, char why[static 128])
{
	char shown[48];
	const char *near;
	int a = advice_from(id);

	if (a == ADVICE_CONFIG) {
		snprintf(why, 128, "%s: what is refused cannot be ignored", id);
		return why;
	}
	if (a >= 0) {
		*set |= ADVICE_BIT(a);
		return NULL;
	}
	near = text_nearest(id, advice_ids);
	text_clean(shown, sizeof(shown), id, strlen(id));
	snprintf(why, 128, "no advice has the id \"%s\"%s%s%s", shown,
	         near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
	return why;
}
