/* What stands before the text of every line of a log's entry, or around it. */
#ifndef CORENA_PREFIXES_H
#define CORENA_PREFIXES_H

#include "tokens.h"

typedef struct {
    const char *member;    /* of the object that each line is, where its text is; NULL where lines are none */
    const uint8_t *before; /* else what each line has before its text, but for the digits in it */
    size_t length;
    bool is_quoted;        /* whether it ends with a quotation mark */
} line_prefix;

/* What is told of a line in place of the length of its text. */
enum { LINE_WITHOUT = -1, LINE_FOR_EXACT_READER = -2 };

/* The prefix of an entry's lines, which one of them tells; LINE_WITHOUT where there is none, else 0 or
   LINE_FOR_EXACT_READER. `with` is used and left as it was. */
int prefixes_of(tokens *with, const uint8_t *line, const uint8_t *end, line_prefix *found);

/* The text of a line, with a line feed behind it, and how long that is; `out` has room for the line and one more. */
int64_t prefixes_text(tokens *with, const line_prefix *of, const uint8_t *line, const uint8_t *end, uint8_t *out);

enum { PREFIXES_STAMP_MAX = 64 };

/* An entry of several lines without their prefix, below the moment that its first line states: what the exact reader
   makes of both is the same. `out` has room for the entry and PREFIXES_STAMP_MAX + 2 more. */
int64_t prefixes_plain(tokens *with, const uint8_t *entry, const uint8_t *end, uint8_t *out);

/* The first place where a text names the signature or the identifier; `end` where it nowhere does. */
const uint8_t *prefixes_name(const uint8_t *at, const uint8_t *end);

#endif
