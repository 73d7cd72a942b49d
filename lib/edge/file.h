#ifndef FODNS_FILE_H
#define FODNS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "codec/config.h"

/* Whole files. Faults name the path, and whose it is when rights are missing. */
int file_read(const char *path, struct buf *b, size_t cap, struct fault *f);
/* A temporary file beside it, then rename. */
int file_replace(const char *path, const char *data, size_t n, unsigned mode, struct fault *f);
int file_replace_at(int dirfd, const char *name, const char *data, size_t n, unsigned mode,
                    struct fault *f);
/* EINTR and short writes handled; false with errno */
bool file_write_all(int fd, const void *p, size_t n);

/* As many open files as this process may have, now allowed; UINT64_MAX without a limit. */
uint64_t file_limit(void);

/* "Permission denied: /x/y belongs to fodns (mode 0750), you are nobody; try: sudo -u fodns …" to
 * f, as a temporary fault. */
int file_denied(struct fault *f, const char *path, int err);

extern const struct config_source file_source; /* read up to the cap, glob */
void file_config_max(uint64_t bytes);          /* that cap; LIMIT_CONFIG_BYTES until it is called */

#endif
