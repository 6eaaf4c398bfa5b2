#include "sink.h"

#include <stdlib.h>

CORENA_EXPORT sink *corena_sink_new(void);
CORENA_EXPORT void corena_sink_free(sink *);

sink *corena_sink_new(void)
{
    return calloc(1, sizeof(sink));
}

void corena_sink_free(sink *of)
{
    if (!of)
        return;
    for (int number = 0; number < SINK_COLUMNS; number++) {
        free(of->columns[number].bytes);
        free(of->columns[number].offsets);
        free(of->columns[number].validity);
    }
    free(of->numbers);
    free(of->instants);
    free(of->charges);
    free(of->left);
    free(of);
}

static bool grow(sink *of, void *array, int64_t count, size_t size)
{
    void **where = array;
    void *grown = realloc(*where, (size_t)count * size);
    if (!grown) {
        of->has_failed = 1;
        return false;
    }
    *where = grown;
    return true;
}

bool sink_has_room(sink *of)
{
    if (of->row_count < of->row_room)
        return true;
    int64_t room = of->row_room ? 2 * of->row_room : 1024;
    if (!grow(of, &of->numbers, room, sizeof *of->numbers) || !grow(of, &of->instants, room, sizeof *of->instants)
        || !grow(of, &of->charges, room, sizeof *of->charges))
        return false;
    for (int number = 0; number < SINK_COLUMNS; number++) {
        sink_column *column = &of->columns[number];
        if (!grow(of, &column->offsets, room + 1, sizeof *column->offsets) || !grow(of, &column->validity, room / 8, 1))
            return false;
    }
    of->row_room = room;
    return true;
}

static void set_bits(uint8_t *bits, int64_t count, bool are_set)
{
    memset(bits, are_set ? 0xFF : 0, (size_t)(count + 7) / 8);
}

void sink_undo_cell(const sink *of, sink_column *column)
{
    column->used = column->null_count == of->row_count ? 0 : column->offsets[of->row_count];
}

void sink_end_any_cell(sink *of, sink_column *column, bool is_null)
{
    int64_t row = of->row_count;
    bool are_all_null = column->null_count == row, is_none_null = column->null_count == 0;
    if (are_all_null)
        memset(column->offsets, 0, (size_t)(row + 1) * sizeof *column->offsets);
    column->offsets[row + 1] = (int32_t)column->used;
    if (is_none_null && !is_null)
        return;
    if (is_none_null || are_all_null)
        set_bits(column->validity, row, is_none_null);
    uint8_t bit = (uint8_t)(1 << (row & 7));
    column->validity[row >> 3] = (uint8_t)((column->validity[row >> 3] & ~bit) | (is_null ? 0 : bit));
    column->null_count += is_null;
}

void sink_leave(sink *of, int64_t begin, int64_t end, uint64_t shape)
{
    if (of->left_count == of->left_room) {
        int64_t room = of->left_room ? 2 * of->left_room : 64;
        if (!grow(of, &of->left, room, sizeof *of->left))
            return;
        of->left_room = room;
    }
    of->left[of->left_count++] = (left_record){begin, end, of->record_count, shape};
}

uint8_t *sink_room(sink *of, sink_column *column, size_t length)
{
    int64_t wanted = column->used + (int64_t)length;
    if (wanted > column->room || !column->bytes) {
        int64_t room = wanted + wanted / 2 + 4096;
        if (!grow(of, &column->bytes, room, 1))
            return NULL;
        column->room = room;
    }
    return column->bytes + column->used;
}

CORENA_EXPORT void corena_sink_rewind(sink *, int64_t row_count, int64_t record_count, int64_t left_count);

/* Takes back what came after so many rows, records and left records; no more than there are. */
void corena_sink_rewind(sink *of, int64_t row_count, int64_t record_count, int64_t left_count)
{
    for (int number = 0; number < SINK_COLUMNS && of->row_room; number++) {
        sink_column *column = &of->columns[number];
        if (column->null_count == of->row_count) {
            column->null_count = row_count;
            continue;
        }
        for (int64_t row = row_count; row < of->row_count && column->null_count; row++)
            column->null_count -= !(column->validity[row >> 3] >> (row & 7) & 1);
        column->used = column->offsets[row_count];
    }
    of->row_count = row_count;
    of->record_count = record_count;
    of->left_count = left_count;
}
