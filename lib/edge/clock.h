#ifndef FODNS_CLOCK_H
#define FODNS_CLOCK_H

#include <stdint.h>

/* The only place that reads clocks.  Milliseconds. */
int64_t clock_wall(void);  /* since 1970, UTC */
int64_t clock_mono(void);  /* CLOCK_MONOTONIC: does not count suspend */
int64_t clock_coarse(void); /* the same to a tick of the kernel, for a few instructions */
int64_t clock_boot(void);  /* CLOCK_BOOTTIME: counts suspend */
double clock_mono_us(void); /* microseconds with fraction, for latencies */

/* the kernel's boot id, 32 hex digits without dashes; "" if there is none */
const char *clock_boot_id(void);
uint64_t clock_boot_hash(void);  /* of it, never 0 */

/*
 * The engine's axis while following: wall time at the start of the process plus
 * what CLOCK_MONOTONIC has counted since.  A step of the wall clock does not
 * move it.
 */
int64_t clock_axis(void);

/* where a CLOCK_MONOTONIC reading of this boot lies on it */
int64_t clock_axis_of_mono(int64_t mono);
int64_t clock_mono_of_axis(int64_t at); /* the reverse */

#endif
