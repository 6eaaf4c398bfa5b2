/* Cells of CSV as Python's csv module reads them. */
#ifndef CORENA_CSV_H
#define CORENA_CSV_H

#include "core.h"

/* A cell is two numbers, where it begins and ends in the text. With this bit in the end, its bytes are as they were
   written, quotes and escapes and all, and csv_unquote says what they mean; without it, they are its text. */
#define CSV_WRITTEN UINT32_C(0x80000000)

/* The beginning of a cell that a short row lacks. */
#define CSV_MISSING UINT32_MAX

/* Where cells are numbers of 32 bits with CSV_WRITTEN, a text is no longer than this. */
#define CSV_MAX_BYTES INT64_C(0x7FFFFFFF)

enum csv_stop {
    CSV_ALL_READ = 0,
    CSV_ENOUGH = 1,     /* as many records as were asked for */
    CSV_INCOMPLETE = 2, /* the text ends within a record */
    CSV_WIDTH = 3,      /* a record of more or fewer cells */
    CSV_DOUBT = 4,      /* an error, or what the csv module might read otherwise */
    CSV_LARGE = 5       /* a record of more bytes than a record may have here */
};

/* Where in a written cell its next byte stands. */
enum csv_place { CSV_START, CSV_BARE, CSV_ESCAPED, CSV_QUOTED, CSV_ESCAPED_IN_QUOTES, CSV_CLOSED };

/* Whether a byte of a written cell belongs to its text. Several cells and the delimiters between them are the text of
   the cells, joined. */
static inline int csv_says(enum csv_place *place, uint8_t octet, uint8_t delimiter, uint8_t escapes)
{
    switch (*place) {
    case CSV_QUOTED:
        if (octet == '"') {
            *place = CSV_CLOSED;
            return 0;
        }
        if (escapes && octet == '\\') {
            *place = CSV_ESCAPED_IN_QUOTES;
            return 0;
        }
        return 1;
    case CSV_ESCAPED_IN_QUOTES:
        *place = CSV_QUOTED;
        return 1;
    case CSV_ESCAPED:
        *place = CSV_BARE;
        return 1;
    case CSV_CLOSED:
        *place = octet == '"' ? CSV_QUOTED : octet == delimiter ? CSV_START : CSV_BARE;
        return 1;
    case CSV_START:
        if (octet == '"') {
            *place = CSV_QUOTED;
            return 0;
        }
        break;
    case CSV_BARE:
        break;
    }
    if (escapes && octet == '\\') {
        *place = CSV_ESCAPED;
        return 0;
    }
    *place = octet == delimiter ? CSV_START : CSV_BARE;
    return 1;
}

/* The text of a written cell, which is never longer than what is written; its length comes back. */
static inline size_t csv_unquote(const uint8_t *cell, size_t length, uint8_t delimiter, uint8_t escapes, uint8_t *out)
{
    enum csv_place place = CSV_START;
    size_t count = 0;
    for (size_t at = 0; at < length; at++) {
        /* Most bytes stand within quotes, and say themselves. */
        if (place == CSV_QUOTED)
            while (at < length && cell[at] != '"' && cell[at] != '\\')
                out[count++] = cell[at++];
        if (at < length && csv_says(&place, cell[at], delimiter, escapes))
            out[count++] = cell[at];
    }
    return count;
}

/* Complete records of equal width, read as csv.reader(strict=True) reads lines that end at line feeds.

   cells: width * max_records cells, two numbers each.
   spans: where each record begins and ends, its own line end apart.
   stopped_at: where the first record that was not read begins, or the end; blank lines before it are read.
   why: a csv_stop.
   How many records were read comes back. end is CSV_MAX_BYTES at most. */
CORENA_EXPORT int64_t corena_csv_records(const uint8_t *text, int64_t begin, int64_t end, uint8_t delimiter,
                                         uint8_t escapes, int64_t max_records, int64_t max_record_bytes, int64_t width,
                                         uint32_t *cells, int64_t *spans, int64_t *stopped_at, int32_t *why);

/* Rows of any width, read as csv.reader reads lines that end at line feeds, carriage returns or both, blank rows
   apart. Missing cells are CSV_MISSING; surplus ones are joined with the last, if they say anything.

   is_last: whether the text ends where its source does. Then a quote that is never closed costs its own line alone,
   so often as restarts says; without, the last row may not be whole, and is left.
   is_odd: a byte a row, whether its width is wrong, or a quote is never closed in it.
   sizes: to which the bytes of each column are added, missing cells apart; texts take no more.
   How many rows were read comes back, and in stopped_at where the next begins. end is CSV_MAX_BYTES at most. */
CORENA_EXPORT int64_t corena_csv_rows(const uint8_t *text, int64_t begin, int64_t end, uint8_t delimiter,
                                      uint8_t is_last, int64_t *restarts, int64_t max_rows, int64_t width,
                                      uint32_t *cells, uint8_t *is_odd, int64_t *sizes, int64_t *stopped_at);

/* Columns of the rows that corena_csv_rows read, as Arrow keeps strings.

   offsets: row_count + 1 a column, one column after another.
   data: for each column as many bytes as its size.
   valid: (row_count + 7) / 8 bytes a column, one column after another, all zero; bits are set.
   null_counts: to which the missing cells of each column are added. */
CORENA_EXPORT void corena_csv_columns(const uint8_t *text, const uint32_t *cells, int64_t row_count, int64_t width,
                                      uint8_t delimiter, int32_t *offsets, uint8_t *const *data, uint8_t *valid,
                                      int64_t *null_counts);

#endif
