#ifndef FODNS_STARTER_H
#define FODNS_STARTER_H

/* The commented first config that `fodns init` writes, with the recommended values. */
extern const char starter_config[];

#endif
