/* Records of one source, read by recipes: what other languages call. */
#include <stdlib.h>

#include "csv.h"
#include "prefixes.h"
#include "reader.h"
#include "texts.h"


enum { RECORD_MAX_BYTES = 8 * 1024 * 1024 };

static bool is_object(const uint8_t *at, const uint8_t *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    return at < end && *at == '{';
}

static bool is_container(const uint8_t *at, const uint8_t *end)
{
    return is_object(at, end) || (at < end && *at == '[');
}

static bool take_apart(tokens *into, const uint8_t *record, size_t length, int32_t kind)
{
    if (length > TOKENS_RECORD_MAX)
        return false;
    if (kind == KIND_FORM) {
        into->nested_lengths[into->nested_count++] = (uint32_t)length;
        return tokens_form(into, record, length) && !into->is_given_up;
    }
    if (kind == KIND_PHP) {
        const uint8_t *end = record + length, *head = dumps_head(record, end), *after;
        return head && tokens_headed_dump(into, record, head, end, &after) && after == end;
    }
    if (kind == KIND_JSON || is_object(record, record + length))
        return is_container(record, record + length) && tokens_json_text(into, record, length) && !into->is_given_up;
    return kind == KIND_LOG ? tokens_log_line(into, record, length) : tokens_access_log_line(into, record, length);
}

static bool is_blank(const uint8_t *at, const uint8_t *end)
{
    while (at < end && (*at == ' ' || (*at >= '\t' && *at <= '\r')))
        at++;
    return at == end;
}

/* Begins a record, which may well have the shape of the one before. */
static void begin_record(reader *with_book, lines_in lines)
{
    const book *of = with_book->book.of;
    tokens_begin(with_book->record, lines);
    if (of->recipe_count) {
        const recipe *last = &of->recipes[with_book->book.last];
        with_book->record->expected = of->octets + last->shape_begin;
        with_book->record->expected_length = (size_t)last->shape_length;
    }
}

reader *reader_new(const book *with)
{
    reader *made = malloc(sizeof *made);
    if (!made)
        return NULL;
    made->record = tokens_new();
    if (!made->record || !recipes_open(&made->book, with)) {
        tokens_free(made->record);
        free(made);
        return NULL;
    }
    return made;
}

void reader_free(reader *of)
{
    if (!of)
        return;
    tokens_free(of->record);
    free(of);
}

CORENA_EXPORT int32_t corena_read_lines(const uint8_t *text, int64_t begin, int64_t end, const int64_t *entries,
                                        int64_t entry_count, int32_t kind, int32_t keeps_raw, int64_t max_records,
                                        const book *with, sink *into);
CORENA_EXPORT int32_t corena_read_elements(const uint8_t *text, int64_t begin, int64_t end, int32_t are_documents,
                                           int32_t keeps_raw, int64_t max_records, const book *with, sink *into);

/* An entry of several lines, without what stands before each of them. */
static bool take_entry_apart(tokens *into, const uint8_t *entry, size_t length)
{
    if (*entry == '\0' || memchr(entry, '\x1b', length))
        return false;
    uint8_t *room = tokens_room(into, length + PREFIXES_STAMP_MAX + 2);
    int64_t count = room ? prefixes_plain(into, entry, entry + length, room) : LINE_FOR_EXACT_READER;
    if (count == LINE_WITHOUT)
        return take_apart(into, entry, length, KIND_LOG);
    return count >= 0 && take_apart(into, room, (size_t)count, KIND_LOG);
}

/* Complete lines, the last one ended by a line feed. 0 where the book is unsound or there is no memory.
   Entries of several lines are given each by its begin and its end. */
int32_t corena_read_lines(const uint8_t *text, int64_t begin, int64_t end, const int64_t *entries, int64_t entry_count,
                          int32_t kind, int32_t keeps_raw, int64_t max_records, const book *with, sink *into)
{
    reader *with_book = reader_new(with);
    if (!with_book)
        return 0;
    const uint8_t *at = text + begin, *stop = text + end;
    const int64_t *entry = entries, *last_entry = entries + 2 * entry_count;
    into->why = STOPPED_AT_END;
    while (at < stop) {
        if (into->record_count >= max_records) {
            into->why = STOPPED_FULL;
            break;
        }
        while (entry < last_entry && entry[0] < at - text)
            entry += 2;
        const uint8_t *feed = memchr(at, '\n', (size_t)(stop - at));
        const uint8_t *line_end = feed ? feed : stop;
        bool is_entry = entry < last_entry && entry[0] == at - text && entry[1] > entry[0] && entry[1] < end;
        if (is_entry)
            line_end = text + entry[1];
        const uint8_t *record_end = line_end > at && line_end[-1] == '\r' ? line_end - 1 : line_end;
        size_t length = (size_t)(record_end - at);
        bool is_long = line_end - at > TOKENS_RECORD_MAX;
        if (is_long || !is_blank(at, record_end)) {
            uint64_t shape = 0;
            into->record_count++;
            put how = PUT_LEFT;
            begin_record(with_book, lines_of(kind));
            if (!is_long && (is_entry && kind == KIND_LOG ? take_entry_apart(with_book->record, at, length)
                                                          : take_apart(with_book->record, at, length, kind)))
                how = recipes_put(&with_book->book, with_book->record, into, (raw_source){at, length, keeps_raw},
                                  &shape);
            if (how == PUT_FULL) {
                into->record_count--;
                into->why = STOPPED_FULL;
                break;
            }
            if (how == PUT_LEFT)
                sink_leave(into, at - text, line_end - text, shape);
        }
        at = line_end < stop ? line_end + 1 : stop;
        if (into->has_failed)
            break;
    }
    into->stopped_at = at - text;
    reader_free(with_book);
    return !into->has_failed;
}

static const uint8_t *after_gap(const uint8_t *at, const uint8_t *end)
{
    while (at < end && (*at == ' ' || *at == ',' || (*at >= '\t' && *at <= '\r')))
        at++;
    return at;
}

/* Elements of a JSON array from one on, or documents, of which an array holds others; stops in front of what is neither
   object nor such an array, or is none yet. */
int32_t corena_read_elements(const uint8_t *text, int64_t begin, int64_t end, int32_t are_documents, int32_t keeps_raw,
                             int64_t max_records, const book *with, sink *into)
{
    reader *with_book = reader_new(with);
    if (!with_book)
        return 0;
    const uint8_t *at = text + begin, *stop = text + end;
    into->why = STOPPED_UNFINISHED;
    while (!into->has_failed) {
        at = after_gap(at, stop);
        if (at == stop)
            break;
        if (into->record_count >= max_records) {
            into->why = STOPPED_FULL;
            break;
        }
        if (*at != '{' && (*at != '[' || are_documents)) {
            into->why = *at == ']' ? STOPPED_BEHIND_ARRAY : STOPPED_FOR_EXACT_READER;
            break;
        }
        const uint8_t *after;
        begin_record(with_book, lines_of(KIND_JSON));
        json_end how_it_ends = tokens_json(with_book->record, at, stop, &after);
        if (how_it_ends != JSON_WHOLE || after - at > RECORD_MAX_BYTES) {
            into->why = how_it_ends == JSON_UNFINISHED ? STOPPED_UNFINISHED : STOPPED_FOR_EXACT_READER;
            break;
        }
        uint64_t shape = 0;
        size_t length = (size_t)(after - at);
        into->record_count++;
        put how = length > TOKENS_RECORD_MAX ? PUT_LEFT
                                             : recipes_put(&with_book->book, with_book->record, into,
                                                           (raw_source){at, length, keeps_raw}, &shape);
        if (how == PUT_FULL) {
            into->record_count--;
            into->why = STOPPED_FULL;
            break;
        }
        if (how == PUT_LEFT)
            sink_leave(into, at - text, after - text, shape);
        at = after;
    }
    into->stopped_at = at - text;
    reader_free(with_book);
    return !into->has_failed;
}

enum { HEAD_BYTES = 8 }; /* of print_r's */

CORENA_EXPORT int32_t corena_read_dumps(const uint8_t *text, int64_t begin, int64_t end, int32_t keeps_raw,
                                        int64_t max_records, const book *with, sink *into);

/* Dumps of PHP from behind one on, each with the text in front of it; stops in front of the last one, behind which
   text may go on, and of what only the exact reader can judge. */
int32_t corena_read_dumps(const uint8_t *text, int64_t begin, int64_t end, int32_t keeps_raw, int64_t max_records,
                          const book *with, sink *into)
{
    reader *with_book = reader_new(with);
    if (!with_book)
        return 0;
    const uint8_t *at = text + begin, *stop = text + end, *head = dumps_head(at, stop);
    into->why = STOPPED_UNFINISHED;
    while (head && !into->has_failed) {
        if (into->record_count >= max_records) {
            into->why = STOPPED_FULL;
            break;
        }
        const uint8_t *after;
        begin_record(with_book, lines_of(KIND_PHP));
        bool is_plain = head - at <= TOKENS_RECORD_MAX && !texts_name_a_field(at, (size_t)(head - at))
                        && tokens_headed_dump(with_book->record, at, head, stop, &after)
                        && after - at <= TOKENS_RECORD_MAX;
        const uint8_t *next = is_plain ? dumps_head(after, stop) : NULL;
        if (is_plain && (!next || stop - next < HEAD_BYTES))
            break;
        if (!is_plain || dumps_go_on(head, after, next) || (*head == 'A' && memcmp(next, head, HEAD_BYTES) != 0)) {
            into->why = STOPPED_FOR_EXACT_READER;
            break;
        }
        uint64_t shape = 0;
        into->record_count++;
        put how = recipes_put(&with_book->book, with_book->record, into,
                              (raw_source){head, (size_t)(after - head), keeps_raw}, &shape);
        if (how == PUT_FULL) {
            into->record_count--;
            into->why = STOPPED_FULL;
            break;
        }
        if (how == PUT_LEFT)
            sink_leave(into, at - text, after - text, shape);
        at = after;
        head = next;
    }
    into->stopped_at = at - text;
    reader_free(with_book);
    return !into->has_failed;
}

/* Whether a cell says that there is nothing in it. */
static bool is_nothing(const uint8_t *text, size_t length)
{
    return length == 0 || (length == 4 && memcmp(text, "NULL", 4) == 0) || (length == 2 && memcmp(text, "\\N", 2) == 0);
}

static void cells_apart(tokens *into, const uint8_t *text, const uint32_t *cells, const column_names *names,
                        uint8_t delimiter, uint8_t escapes, int32_t kind)
{
    tokens_begin(into, lines_of(kind));
    tokens_letter(into, SHAPE_OBJECT);
    for (int64_t number = 0, begin = 0; number < names->count; begin = names->ends[number++]) {
        const uint8_t *cell = text + cells[2 * number];
        size_t length = (cells[2 * number + 1] & ~CSV_WRITTEN) - cells[2 * number];
        if (cells[2 * number + 1] & CSV_WRITTEN) {
            uint8_t *room = length > TOKENS_RECORD_MAX ? NULL : tokens_room(into, length);
            into->is_given_up |= !room;
            if (!room)
                return;
            length = csv_unquote(cell, length, delimiter, escapes, room);
            cell = room;
        }
        if (is_nothing(cell, length))
            continue;
        tokens_named(into, SHAPE_KEY, names->octets + begin, (size_t)(names->ends[number] - begin));
        tokens_text(into, cell, length);
    }
    tokens_letter(into, SHAPE_OBJECT_END);
}

enum { CSV_AT_ONCE = 64, CSV_RECORD_MAX = 100000, CSV_WIDTH_MAX = 4096 };

CORENA_EXPORT int32_t corena_read_csv(const uint8_t *text, int64_t begin, int64_t end, uint8_t delimiter,
                                      uint8_t escapes, const column_names *names, int32_t kind, int32_t keeps_raw,
                                      int64_t max_records, const book *with, sink *into);

/* Rows of a CSV file behind its header, from where one begins, of which cells may hold lines of a log; stops in front
   of what only the exact reader can judge. */
int32_t corena_read_csv(const uint8_t *text, int64_t begin, int64_t end, uint8_t delimiter, uint8_t escapes,
                        const column_names *names, int32_t kind, int32_t keeps_raw, int64_t max_records,
                        const book *with, sink *into)
{
    into->why = STOPPED_FOR_EXACT_READER;
    into->stopped_at = begin;
    if (names->count < 1 || names->count > CSV_WIDTH_MAX || end > CSV_MAX_BYTES)
        return 1;
    reader *with_book = reader_new(with);
    uint32_t *cells = malloc((size_t)names->count * CSV_AT_ONCE * 2 * sizeof *cells);
    int64_t spans[2 * CSV_AT_ONCE];
    int32_t why = cells && with_book ? CSV_ENOUGH : CSV_DOUBT;
    bool is_full = false;
    while (why == CSV_ENOUGH && !is_full && !into->has_failed) {
        int64_t wanted = max_records - into->record_count;
        int64_t stopped_at, count = corena_csv_records(text, into->stopped_at, end, delimiter, escapes,
                                                       wanted < CSV_AT_ONCE ? wanted : CSV_AT_ONCE, CSV_RECORD_MAX,
                                                       names->count, cells, spans, &stopped_at, &why);
        for (int64_t number = 0; number < count && !is_full; number++) {
            const int64_t *span = spans + 2 * number;
            uint64_t shape;
            cells_apart(with_book->record, text, cells + 2 * number * names->count, names, delimiter, escapes,
                        kind);
            into->record_count++;
            put how = recipes_put(&with_book->book, with_book->record, into,
                                  (raw_source){text + span[0], (size_t)(span[1] - span[0]), keeps_raw}, &shape);
            if (how == PUT_FULL) {
                into->record_count--;
                is_full = true;
                stopped_at = span[0];
            }
            if (how == PUT_LEFT)
                sink_leave(into, span[0], span[1], shape);
        }
        into->stopped_at = stopped_at;
        is_full |= into->record_count >= max_records;
    }
    into->why = why == CSV_ALL_READ     ? STOPPED_AT_END
                : is_full               ? STOPPED_FULL
                : why == CSV_INCOMPLETE ? STOPPED_UNFINISHED
                                        : STOPPED_FOR_EXACT_READER;
    int32_t is_done = cells && with_book && !into->has_failed;
    free(cells);
    reader_free(with_book);
    return is_done;
}

CORENA_EXPORT int32_t corena_take_apart(const uint8_t *record, int64_t length, int32_t kind, int32_t is_sorted,
                                        apart *into);

/* 0 where it has no shape, its members cannot be sorted, or its leaves are too long to be shown. */
int32_t corena_take_apart(const uint8_t *record, int64_t length, int32_t kind, int32_t is_sorted, apart *into)
{
    tokens *found = tokens_new();
    if (!found)
        return 0;
    tokens_begin(found, lines_of(kind));
    bool is_shown = length >= 0 && take_apart(found, record, (size_t)length, kind) && (!is_sorted || tokens_sort(found));
    into->byte_count = 0;
    for (uint32_t number = 0; is_shown && number < found->leaf_count; number++) {
        const leaf *one = &found->leaves[number];
        is_shown = into->byte_count + (int64_t)one->length <= (int64_t)sizeof into->bytes;
        if (is_shown) {
            memcpy(into->bytes + into->byte_count, one->text, one->length);
            into->byte_count += one->length;
            into->leaf_lengths[number] = one->length;
            into->positions[number] = one->position;
        }
    }
    if (is_shown) {
        into->shape_length = found->shape_length;
        into->leaf_count = found->leaf_count;
        into->nested_count = found->nested_count;
        memcpy(into->shape, found->shape, found->shape_length);
        memcpy(into->nested_lengths, found->nested_lengths, sizeof into->nested_lengths);
    }
    tokens_free(found);
    return is_shown;
}
