/* Columns of a table, as Python gives them. */
#ifndef CORENA_COLUMNS_H
#define CORENA_COLUMNS_H

#include "core.h"

enum { COLUMN_TEXT, COLUMN_NUMBER, COLUMN_TRUTH, COLUMN_MOMENT, COLUMN_UTC_MOMENT, COLUMN_OBJECT, COLUMN_OBJECT_END };

/* As `_COLUMN` in native/columns.py. Places in the buffers count from `offset`, a row each. */
typedef struct {
    int64_t kind;
    int64_t name_begin, name_length; /* as it stands in JSON */
    int64_t offset;
    const uint8_t *validity;         /* a bit a row; NULL: there are no nulls */
    const int64_t *numbers;          /* where texts begin, and the last one ends; or microseconds since 1970 */
    const uint8_t *octets;           /* of texts; or a bit a row */
    int64_t octet_count;             /* of texts */
    int64_t end;                     /* of an object: the column that is its end */
} column;

/* As `Columns` in native/columns.py. */
typedef struct {
    const column *columns;
    const uint8_t *names;
    int64_t column_count, name_octet_count, row_count;
} columns;

#endif
