#ifndef FODNS_CONFIG_READ_H
#define FODNS_CONFIG_READ_H

#include "codec/config.h"
#include "codec/yaml.h"

/*
 * Inside of config*.c: from YAML nodes to members of structs by tables of keys.
 * Whoever finds a problem says it and goes on; errors are counted at the end.
 */
struct settings;

struct reader {
	struct arena *arena; /* of the model that is made */
	struct arena trees;  /* of the YAML nodes; freed after loading */
	const struct config_source *src;
	struct config_problems *problems;
	const char **files;
	size_t nfiles, capfiles;
	uint16_t file; /* the one being read */
	uint64_t hash;
	struct config *config;
	uint64_t ignore; /* advice, by lint: of the file and of the domain being read */
	const struct settings *defaults; /* of all domains */
	const struct config_overlay *over; /* NULL: none, or it is wrong */
	const struct yaml *over_map;
	uint16_t over_file;
	struct map templates; /* name -> struct template * */
	struct template *all_templates;
	struct map zones;                /* name -> struct zone * */
	struct map rules, probes, places; /* what of these there is, to be shared */
	struct addr own_address;         /* of default name servers */
	bool has_own_address;
};

enum key_kind {
	KEY_INT,      /* int */
	KEY_U32,      /* uint32_t */
	KEY_SECONDS,  /* int64_t ms from "5", "0.25" */
	KEY_DURATION, /* the same, and "90s", "2h" */
	KEY_BYTES,    /* uint64_t from "65536", "64M", "2G" */
	KEY_BOOL,     /* bool */
	KEY_WORD,     /* int, index in words */
	KEY_TEXT,     /* const char * */
	KEY_PATH,     /* const char *, absolute */
	KEY_SECRET,   /* const char *, never shown; NULL if empty */
	KEY_NODE      /* const struct yaml *, for the caller to read */
};

struct key {
	const char *name; /* NULL ends a table */
	enum key_kind kind;
	size_t at;        /* offset of the member */
	size_t place;     /* offset of a struct place to fill; 0: none */
	int64_t min, max; /* of numbers; ms of durations */
	const char *const *words;
};

/* Reads the pairs of a map into `into`; returns a bit for each key of the table that was there. */
uint64_t read_map(struct reader *r, const struct yaml *map, const char *what,
    const struct key *keys, void *into);
#define SEEN(k) (UINT64_C(1) << (k))

/* One value, as in a table. False (and a problem) if it is not of that kind. */
bool read_value(struct reader *r, const struct yaml *n, const struct key *k, void *into);

/* A list of scalars or one scalar, empty allowed; each() is called for every one. */
void read_each(struct reader *r, const struct yaml *n, const char *what,
    void (*each)(struct reader *, const struct yaml *, void *), void *arg);

/* Texts from a list, or from one string split at commas and spaces. */
void read_tags(struct reader *r, const struct yaml *n, const char *what, const char ***tags,
               size_t *ntags);

bool read_clean(const struct yaml *n); /* no control characters, valid UTF-8 */
bool read_is_null(const struct yaml *n); /* nothing, ~ or null without quotes */
bool read_expect_kind(struct reader *r, const struct yaml *n, enum yaml_kind kind,
                      const char *what);
bool read_address(struct reader *r, const struct yaml *n, const char *what, struct addr *a);
/* In normal form; NULL after a problem. */
const char *read_name(struct reader *r, const struct yaml *n, const char *what);

struct place read_place(const struct reader *r, const struct yaml *n);
char *read_show(char dst[static 64], const struct yaml *n); /* a value, fit for a message */
void read_problem(struct reader *r, const struct yaml *n, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void read_problem_at(struct reader *r, struct place at, bool warning, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* A warning that has an id, or an info for who wants these. */
void read_advice(struct reader *r, struct place at, enum advice id, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* config_file.c: what a config refers to */
void reader_init(struct reader *r, struct arena *model, const struct config_source *src,
    struct config_problems *p);
void config_read_end(struct reader *r); /* sorts the problems, frees the trees */
uint16_t reader_add_file(struct reader *r, const char *path); /* its number, for places */
void reader_where(const struct reader *r, const struct place *at, char *dst, size_t cap);
/* The overlay as a file of its own; a wrong one is said and then is none. */
void reader_overlay(struct reader *r, const struct config_overlay *over);
const struct yaml *reader_file(struct reader *r, const char *path, const struct yaml *from);
char *reader_path(struct reader *r, const char *path); /* made absolute */
/* What a token_file holds; NULL after a problem. */
const char *reader_secret(struct reader *r, struct place at, const char *path);
bool reader_text(struct reader *r, struct place at, const char *path, struct buf *b);
void reader_hash(const struct reader *r, char hash[static 17]);

/* config_monitor.c: at most PARAM_TEXTS_MOST; the first word of a command may be a path. */
void config_read_texts(struct reader *r, const struct yaml *n, const char *name, struct texts *t,
    bool command);

/* config_probing.c: of an agent's file */
/* source NULL: not said */
void config_read_outlet(struct reader *r, const struct yaml *source, const char *interface,
    struct place at, struct agent_config *c);
void config_read_references(struct reader *r, const struct yaml *n, struct agent_config *c);
void config_read_commands(struct reader *r, const struct yaml *map, struct agent_config *c);

/* The sections. */
void config_read_servers(struct reader *r, const struct yaml *dns, const struct yaml *api);
void config_read_agents(struct reader *r, const struct yaml *list);
void config_read_lint(struct reader *r, const struct yaml *map, uint64_t *ignore); /* NULL is fine */

/* The zones: and domains: of a file. */
struct root {
	const struct yaml *zones, *domains, *templates;
	uint16_t file;
};
void config_read_templates(struct reader *r, const struct yaml *map); /* NULL is fine */
void config_unused_templates(struct reader *r);
void config_read_zones(struct reader *r, const struct root *roots, size_t n);

struct settings *settings_new(struct reader *r, const struct yaml *defaults);
void config_read_domain(struct reader *r, const struct zone *z, const struct yaml *name,
    const struct yaml *value, struct domain *d);

#endif
