#ifndef FODNS_CODEC_CONFIG_H
#define FODNS_CODEC_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/fault.h"
#include "model/config.h"

/*
 * fodns.yaml(5) and the agent's file from YAML text to the model.  All problems
 * of a file are found, not only the first.  The codec opens nothing: files are
 * read by a function of the caller's (edge/file.h has one).
 */
struct config_problem {
	bool warning;
	enum advice id; /* of a warning; ADVICE_CONFIG of all else */
	struct place at;
	size_t file_len, message; /* of text: how long the file's name is, where the reason begins */
	char text[512]; /* "fodns.yaml:12:7: unknown key "polcy" (did you mean "policy"?)" */
};

struct config_problems {
	struct config_problem *list; /* sorted by place; at most 1000 are kept */
	size_t n, cap, errors;
	size_t ignored; /* advice that the config wants to be left out */
	bool infos;     /* advice of that level is wanted, too: set by who lints */
};

void config_problems_free(struct config_problems *p);

/*
 * Where files come from.  read: the whole of `path` into b; 0, or -1 with a
 * fault.  match: for include patterns, calls found() for each path that
 * matches, sorted; -1 with a fault.  host: an address of this host that others
 * can reach, for a name server nobody gave one; may be NULL, false if it has none.
 */
struct config_source {
	void *arg;
	int (*read)(void *arg, const char *path, struct buf *b, struct fault *f);
	int (*match)(void *arg, const char *pattern, void (*found)(void *to, const char *path),
	             void *to, struct fault *f);
	bool (*host)(void *arg, struct addr *a);
};

/*
 * Keys of server: that count more than the file's, for who asks what would be
 * under other rules: "fall: 3", in YAML, with the name that problems call it by.
 */
struct config_overlay {
	const char *name;
	const char *const *lines;
	size_t nlines;
	const char *const *domains; /* in normal form; none: every domain */
	size_t ndomains;
};

/* 0: c is filled (there may be warnings); -1: problems say why, c is empty. */
int config_load(struct config *c, const char *path, const struct config_source *src,
                struct config_problems *p);
int config_load_over(struct config *c, const char *path, const struct config_source *src,
                     const struct config_overlay *over, struct config_problems *p);
int agent_config_load(struct agent_config *c, const char *path, const struct config_source *src,
                      struct config_problems *p);

#endif
