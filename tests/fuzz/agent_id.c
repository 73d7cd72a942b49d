#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
there_and_back(const char *id)
{
	char file[AGENT_FILE], back[65];

	agent_id_file(file, id);
	if (!*file || *file == '.' || strchr(file, '/') || strlen(file) >= AGENT_FILE)
		abort();
	for (const char *p = file; *p; p++)
		if (*p <= ' ' || *p >= 0x7f)
			abort();
	if (!agent_id_from_file(back, file) || strcmp(back, id))
		abort();
}

/* An id becomes one plain name and comes back from it; a name that is no id's is refused. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char text[512], id[65], file[AGENT_FILE];
	const char *why;

	if (n >= sizeof(text))
		return 0;
	memcpy(text, data, n);
	text[n] = '\0';
	if (agent_id_valid(text, n, &why))
		there_and_back(text);
	if (agent_id_from_file(id, text)) {
		agent_id_file(file, id);
		if (strcmp(file, text))
			abort();
	}
	return 0;
}
