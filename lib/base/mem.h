#ifndef FODNS_MEM_H
#define FODNS_MEM_H

#include <stddef.h>

/*
 * Allocation that does not return NULL.  When the system has no memory left a
 * small program can do nothing better than stop and be started again, so these
 * say "out of memory" on stderr and end the process with 75 (try again).
 * Nothing on the path of a DNS query allocates.
 */
void *mem_alloc(size_t n);                            /* zeroed; free() it */
void *mem_resize(void *p, size_t n);                  /* like realloc */

/* grow p (of *cap elements) to hold want; new part zeroed */
void *mem_array(void *p, size_t *cap, size_t want, size_t size);
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t n);

/* Gives what was freed back to the system: after a time when much more was needed than usual. */
void mem_trim(void);

#endif
