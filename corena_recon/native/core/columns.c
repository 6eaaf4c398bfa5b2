/* Rows of columns as Arrow keeps them, each taken apart as the JSON object that it is: null cells are left out. */
#include "columns.h"

#include "moments.h"
#include "reader.h"

enum { COLUMNS_MAX = 4096 };

/* Whether names are names, and every object ends where it says. */
static bool is_sound(const columns *of)
{
    int64_t open[TOKENS_DEPTH_MAX];
    int depth = 0;
    if (of->column_count < 0 || of->column_count > COLUMNS_MAX)
        return false;
    for (int64_t number = 0; number < of->column_count; number++) {
        const column *one = &of->columns[number];
        if (one->kind < COLUMN_TEXT || one->kind > COLUMN_OBJECT_END)
            return false;
        if (one->kind == COLUMN_OBJECT_END) {
            if (!depth || of->columns[open[--depth]].end != number)
                return false;
            continue;
        }
        if (one->offset < 0 || one->name_begin < 0 || one->name_length < 0 || one->name_begin > of->name_octet_count
            || one->name_length > of->name_octet_count - one->name_begin)
            return false;
        if (one->kind == COLUMN_OBJECT) {
            if (depth == TOKENS_DEPTH_MAX)
                return false;
            open[depth++] = number;
        }
    }
    return depth == 0;
}

static bool bit_at(const uint8_t *bits, int64_t place)
{
    return bits[place >> 3] >> (place & 7) & 1;
}

static void text_cell(tokens *into, const column *of, int64_t place)
{
    int64_t begin = of->numbers[place], end = of->numbers[place + 1];
    if (begin < 0 || end < begin || end > of->octet_count || end - begin > TOKENS_RECORD_MAX)
        into->is_given_up = true;
    else if (of->kind == COLUMN_NUMBER)
        tokens_number(into, of->octets + begin, (size_t)(end - begin));
    else
        tokens_text(into, of->octets + begin, (size_t)(end - begin));
}

static void moment_cell(tokens *into, const column *of, int64_t place)
{
    uint8_t *room = tokens_room(into, MOMENTS_WRITTEN_MAX);
    size_t length = room ? moments_write(of->numbers[place], of->kind == COLUMN_UTC_MOMENT, room) : 0;
    if (length)
        tokens_text(into, room, length);
    else
        into->is_given_up = true;
}

static void row_apart(tokens *into, const columns *of, int64_t row, int32_t kind)
{
    tokens_begin(into, lines_of(kind));
    tokens_letter(into, SHAPE_OBJECT);
    for (int64_t number = 0; number < of->column_count && !into->is_given_up; number++) {
        const column *one = &of->columns[number];
        int64_t place = one->offset + row;
        if (one->kind == COLUMN_OBJECT_END) {
            tokens_letter(into, SHAPE_OBJECT_END);
            continue;
        }
        if (one->validity && !bit_at(one->validity, place)) {
            if (one->kind == COLUMN_OBJECT)
                number = one->end;
            continue;
        }
        tokens_named(into, SHAPE_KEY, of->names + one->name_begin, (size_t)one->name_length);
        if (one->kind == COLUMN_OBJECT)
            tokens_letter(into, SHAPE_OBJECT);
        else if (one->kind == COLUMN_TRUTH)
            tokens_letter(into, bit_at(one->octets, place) ? SHAPE_TRUE : SHAPE_FALSE);
        else if (one->kind == COLUMN_MOMENT || one->kind == COLUMN_UTC_MOMENT)
            moment_cell(into, one, place);
        else
            text_cell(into, one, place);
    }
    tokens_letter(into, SHAPE_OBJECT_END);
}

CORENA_EXPORT int32_t corena_read_columns(const columns *of, int64_t begin, int32_t kind, int32_t keeps_raw,
                                          int64_t max_records, const book *with, sink *into);

/* Rows from one on, of which cells may hold lines of a log. No bytes are kept of any: it has none. 0 where columns or book are unsound or there is no memory. */
int32_t corena_read_columns(const columns *of, int64_t begin, int32_t kind, int32_t keeps_raw,
                            int64_t max_records, const book *with, sink *into)
{
    reader *with_book = begin >= 0 && is_sound(of) ? reader_new(with) : NULL;
    if (!with_book)
        return 0;
    int64_t row = begin;
    into->why = STOPPED_AT_END;
    for (; row < of->row_count && !into->has_failed; row++) {
        if (into->record_count >= max_records) {
            into->why = STOPPED_FULL;
            break;
        }
        uint64_t shape;
        row_apart(with_book->record, of, row, kind);
        into->record_count++;
        put how = recipes_put(&with_book->book, with_book->record, into,
                              (raw_source){(const uint8_t *)"", 0, keeps_raw}, &shape);
        if (how == PUT_FULL) {
            into->record_count--;
            into->why = STOPPED_FULL;
            break;
        }
        if (how == PUT_LEFT)
            sink_leave(into, row, row + 1, shape);
    }
    into->stopped_at = row;
    reader_free(with_book);
    return !into->has_failed;
}
