#ifndef FODNS_NUM_H
#define FODNS_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers and durations from text.  All refuse empty text, spaces, signs and anything behind the
 * number. */
bool num_u64(const char *s, uint64_t min, uint64_t max, uint64_t *v);
bool num_i64(const char *s, int64_t min, int64_t max, int64_t *v); /* a sign is allowed */

/* Seconds with decimals ("5", "0.25") to milliseconds, 0 .. 10 years. */
bool num_seconds(const char *s, int64_t *ms);

/* "90", "90s", "1.5s", "250ms", "5m", "5min", "2h", "1d", "1h30m" to milliseconds; a bare number is
 * seconds. */
bool num_duration(const char *s, int64_t *ms);

/* "65536", "64k", "16M", "1G": bytes, in steps of 1024. */
bool num_bytes(const char *s, uint64_t *v);

/* A duration for people: "850ms", "4.2s", "55s", "12m30s", "3h5m", "2d4h". Returns dst. */
char *num_duration_text(char dst[static 24], int64_t ms);

/* n hexadecimal digits of either case to n / 2 bytes; false if that is not what they are. */
bool num_hex(uint8_t *dst, const char *s, size_t n);

#endif
