/* Moments as archives write them most; all others are for the exact reader. */
#ifndef CORENA_MOMENTS_H
#define CORENA_MOMENTS_H

#include "core.h"

/* Microseconds since 1970 (UTC) of ISO 8601 text, an access log's or PHP's error log's date, or seconds,
   milliseconds or microseconds since 1970 by their size. A moment without a zone is UTC. False for any other text. */
bool moments_read(const uint8_t *text, size_t length, int64_t *microseconds);

enum { MOMENTS_FIRST_BYTES = 128 };

typedef enum { MOMENT_NONE, MOMENT_WITHOUT_YEAR, MOMENT_PLAIN, MOMENT_FOR_EXACT_READER } moment_kind;

/* The moment before what a log's line says, with brackets and the like in front of it, if it is one of the usual ones;
   a syslog line's has no year. */
moment_kind moments_at_start(const uint8_t *line, const uint8_t *end, size_t *begin, size_t *length);

/* How long the date of an access log is that begins here: 0000-00-00T00:00:00 with fraction and zone, or
   00/Mon/0000:00:00:00 +0000. 0 where none does. */
size_t moments_length(const uint8_t *at, const uint8_t *end);

enum { MOMENTS_WRITTEN_MAX = 32 };

/* ISO 8601 text as Python's isoformat() writes it, with +00:00 behind it where a zone is written; its length.
   0 for a year that is none of 1 to 9999. `to` has room for MOMENTS_WRITTEN_MAX. */
size_t moments_write(int64_t microseconds, bool has_zone, uint8_t *to);

#endif
