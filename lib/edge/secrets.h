#ifndef FODNS_SECRETS_H
#define FODNS_SECRETS_H

#include "base/fault.h"
#include "codec/answer.h"

/*
 * Secrets of DNS cookies from a file: 32 hexadecimal digits a line, one or two
 * lines, the first makes cookies and both are known again, so that a secret can
 * be replaced on several servers one after the other (RFC 9018 5).  Empty lines
 * and those that begin with # are passed over.
 */
int secrets_read(struct answer_secrets *s, const char *path, struct fault *f);

/* One of our own, as long as we live. */
void secrets_random(struct answer_secrets *s);

#endif
