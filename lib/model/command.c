#include "model/command.h"

#include <stddef.h>
#include <string.h>

#define AT(member) offsetof(struct command_values, member)

static const struct {
	const char *name;
	size_t at;
} placeholders[] = {
    {"{ip}", AT(ip)},       {"{port}", AT(port)},       {"{domain}", AT(domain)},
    {"{check}", AT(check)}, {"{timeout}", AT(timeout)},
};

enum { PLACEHOLDERS = sizeof(placeholders) / sizeof(*placeholders) };

/* The one that s begins with; PLACEHOLDERS: none. */
static size_t
placeholder(const char *s)
{
	size_t i = 0;

	while (i < PLACEHOLDERS && strncmp(s, placeholders[i].name, strlen(placeholders[i].name)))
		i++;
	return i;
}

/* "{prot}" as a whole word is a slip of the pen; within one it is anything, JSON for example. */
static bool
looks_like_one(const char *s)
{
	size_t n = *s == '{' ? strspn(s + 1, "abcdefghijklmnopqrstuvwxyz") : 0;

	return n && strcmp(s + 1 + n, "}") == 0;
}

const char *
command_wrong(const struct texts *words)
{
	size_t total = 0;

	if (words->n && (!words->list[0][0] || strchr(words->list[0], '{')))
		return "must begin with a program, which has no placeholder";
	if (words->n == 1 && strchr(words->list[0], ' '))
		return "is a list of words, such as [check_load, -w, \"5\"]: no shell takes it apart";
	for (size_t i = 0; i < words->n; i++) {
		const char *s = words->list[i];

		total += strlen(s);
		if (looks_like_one(s) && placeholder(s) == PLACEHOLDERS)
			return "has a placeholder that is none of {ip}, {port}, {domain}, {check}, "
			       "{timeout}";
	}
	return total > COMMAND_BYTES_MOST ? "has over 8192 bytes" : NULL;
}

const char *
command_expand(struct buf *b, const char *word, const struct command_values *v)
{
	bool option = *word == '-';
	size_t from = b->len;

	while (*word) {
		size_t i = placeholder(word);
		const char *value;

		if (i == PLACEHOLDERS) {
			buf_putc(b, *word++);
			continue;
		}
		value = *(const char *const *)(const void *)((const char *)v + placeholders[i].at);
		if (!value)
			return "the command wants a port";
		buf_puts(b, value);
		word += strlen(placeholders[i].name);
	}
	return !option && b->len > from && b->data[from] == '-' ? "a name that looks like an option"
	                                                        : NULL;
}
