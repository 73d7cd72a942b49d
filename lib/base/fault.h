#ifndef FODNS_FAULT_H
#define FODNS_FAULT_H

#include <stdbool.h>

/*
 * Why something failed: one line without a newline, "place: reason".  A
 * temporary fault is worth another try (exit 75), a permanent one is not (2).
 * Library functions return 0 or -1 and fill one; only programs print and exit.
 */
struct fault {
	bool temporary;
	char text[512];
};

/* Both return -1, so that a function can `return fault_set(f, ...)`.  f may be NULL. */
int fault_set(struct fault *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int fault_temp(struct fault *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The exit status of a fault: 75 or 2. */
int fault_exit(const struct fault *f);

#endif
