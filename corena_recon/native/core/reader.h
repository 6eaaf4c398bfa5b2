/* What a call that reads records works with. */
#ifndef CORENA_READER_H
#define CORENA_READER_H

#include "recipes.h"

/* What a record is, as `Kind` in native/records.py. */
enum { KIND_JSON, KIND_FORM, KIND_LOG, KIND_ACCESS_LOG, KIND_PHP };

/* Where the texts of a record may be lines of a log. */
static inline lines_in lines_of(int32_t kind)
{
    return kind == KIND_LOG ? LINES_FIRST : kind == KIND_JSON ? LINES_WHERE_NAMED : LINES_NOWHERE;
}

typedef struct {
    opened book;
    tokens *record; /* taken apart one after another */
} reader;

/* NULL where the book is unsound or there is no memory. */
reader *reader_new(const book *with);
void reader_free(reader *of);

/* The names of columns, as they stand in JSON; as `_Names` in native/records.py. */
typedef struct {
    const uint8_t *octets;
    const int64_t *ends;
    int64_t count;
} column_names;

/* A line of a log that names a field; its entry goes from `begin` on to its last line's end, or both are -1. */
typedef struct {
    int64_t line, begin, end;
} named_line;

/* One record taken apart, as `_Apart` in native/records.py: lengths of leaves and nested texts, then bytes. */
typedef struct {
    int64_t shape_length, leaf_count, nested_count, byte_count;
    uint8_t shape[TOKENS_SHAPE_MAX];
    uint32_t leaf_lengths[TOKENS_LEAVES_MAX];
    uint32_t positions[TOKENS_LEAVES_MAX];
    uint32_t nested_lengths[TOKENS_NESTED_TEXTS];
    uint8_t bytes[2 * TOKENS_RECORD_MAX];
} apart;

#endif
