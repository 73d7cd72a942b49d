#ifndef FODNS_NEAR_H
#define FODNS_NEAR_H

#include "model/config.h"

/* What of a config somebody may have meant by a word that names nothing: "did you mean". */
const char *near_domain(const struct config *c, const char *name); /* NULL: none is near */
/* As an address or as target_text has it; of one domain, or of all with NULL. dst or NULL. */
const char *near_target(char dst[static TARGET_TEXT], const struct config *c,
                        const struct domain *only, const char *text);

#endif
