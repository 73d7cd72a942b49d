#ifndef FODNS_CREDENTIAL_H
#define FODNS_CREDENTIAL_H

#include "base/buf.h"

/*
 * A file with "user:password" in its first line, read for each probe, so that a
 * new password counts at once.  Only root or we may own it, nobody else may read
 * or write it but a group that reads.  Appends the value of an Authorization
 * header (RFC 7617) to b, which buf_wipe then clears.
 *
 * NULL, or why not, without a word of what is in it.
 */
const char *credential_read(const char *path, struct buf *b);

void buf_wipe(struct buf *b); /* overwritten, then freed */

#endif
