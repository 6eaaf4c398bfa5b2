/* Where records go: columns as Arrow keeps them, and the records that are left to the exact reader. */
#ifndef CORENA_SINK_H
#define CORENA_SINK_H

#include "core.h"

enum { SINK_COLUMNS = 13 };

#define SINK_NO_VALUE INT64_MIN

typedef struct {
    uint8_t *bytes;
    int64_t used, room;
    int32_t *offsets;  /* one more than rows; not written where all are null so far */
    uint8_t *validity; /* a bit a row; not written where all are null so far, or none is */
    int64_t null_count;
} sink_column;

typedef struct {
    int64_t begin, end; /* in the text that was read; or a row of a table and the next one */
    int64_t number;
    uint64_t shape;     /* equal for records of one shape; 0 where it has none */
} left_record;

/* As `_Sink` in native/records.py. */
typedef struct {
    int64_t row_count, record_count, left_count;
    int64_t stopped_at; /* where reading goes on */
    int32_t why;        /* why it stopped: STOPPED_... */
    int32_t has_failed; /* whether there was no memory */
    int64_t row_room, left_room;
    int64_t *numbers, *instants, *charges;
    left_record *left;
    sink_column columns[SINK_COLUMNS];
} sink;

enum { STOPPED_AT_END, STOPPED_FULL, STOPPED_UNFINISHED, STOPPED_FOR_EXACT_READER, STOPPED_BEHIND_ARRAY };

bool sink_has_room(sink *of); /* for one more row */
void sink_leave(sink *of, int64_t begin, int64_t end, uint64_t shape);

/* As sink_end_cell, whatever stands in the column. */
void sink_end_any_cell(sink *of, sink_column *column, bool is_null);

/* Ends the cell of a row, the last one: null, or what has been put into the column. Most are as those before. */
static inline void sink_end_cell(sink *of, sink_column *column, bool is_null)
{
    if (is_null && column->null_count == of->row_count)
        column->null_count++;
    else if (!is_null && column->null_count == 0 && of->row_count)
        column->offsets[of->row_count + 1] = (int32_t)column->used;
    else
        sink_end_any_cell(of, column, is_null);
}

/* Takes back what has been put into a column for the row that has not ended. */
void sink_undo_cell(const sink *of, sink_column *column);

/* Room for so many bytes more in a column, or NULL. */
uint8_t *sink_room(sink *of, sink_column *column, size_t length);

#endif
