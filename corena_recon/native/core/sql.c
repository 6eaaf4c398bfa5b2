/* Rows in dumps of databases, each taken apart as the JSON object that it is: nulls are left out. */
#include "reader.h"

enum { ROW_MAX_BYTES = 8 * 1024 * 1024, WIDTH_MAX = 4096 };

/* The columns of a table. */
typedef struct {
    const column_names *names;
    const uint8_t *are_numbers; /* whether a number is one in a column; in all others it is text */
} sql_table;

static bool is_white(uint8_t octet)
{
    return octet == ' ' || (octet >= '\t' && octet <= '\r');
}

static void named(tokens *into, const sql_table *of, int64_t number)
{
    const column_names *names = of->names;
    int64_t begin = number ? names->ends[number - 1] : 0;
    tokens_named(into, SHAPE_KEY, names->octets + begin, (size_t)(names->ends[number] - begin));
}

static uint8_t escaped(uint8_t letter)
{
    switch (letter) {
    case '0':
        return '\0';
    case 'b':
        return '\b';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'Z':
        return '\x1a';
    default:
        return letter;
    }
}

/* A string without its quotes. Both kinds of escapes in one are for the exact reader. */
static void string_cell(tokens *into, const uint8_t *text, size_t length, bool has_backslash, bool has_doubled)
{
    if (has_backslash || has_doubled) {
        uint8_t *room = length > TOKENS_RECORD_MAX ? NULL : tokens_room(into, length);
        into->is_given_up |= !room || (has_backslash && has_doubled);
        if (into->is_given_up)
            return;
        size_t used = 0;
        for (size_t place = 0; place < length; place++) {
            if (has_doubled) {
                place += text[place] == '\'';
                room[used++] = text[place];
            } else if (text[place] != '\\') {
                room[used++] = text[place];
            } else {
                uint8_t letter = text[++place];
                if (letter == '%' || letter == '_')
                    room[used++] = '\\';
                room[used++] = escaped(letter);
            }
        }
        text = room;
        length = used;
    }
    tokens_text(into, text, length);
}

static bool is_null(const uint8_t *word, size_t length)
{
    return length == 4 && (word[0] | 0x20) == 'n' && (word[1] | 0x20) == 'u' && (word[2] | 0x20) == 'l'
           && (word[3] | 0x20) == 'l';
}

/* A value without quotes that is not null: a number, or what only the exact reader knows. */
static void word_cell(tokens *into, const uint8_t *word, size_t length, bool is_number)
{
    uint32_t leaves = into->leaf_count, letters = into->shape_length;
    tokens_number(into, word, length);
    if (into->is_given_up || is_number)
        return;
    into->leaf_count = leaves;
    into->shape_length = letters;
    tokens_text(into, word, length);
}

typedef enum { ROW_WHOLE, ROW_UNFINISHED, ROW_STRANGE } row_end;

/* The tuple behind the bracket that `at` stands behind. Where the tokens are given up its end is still certain. */
static row_end tuple(tokens *into, const uint8_t *at, const uint8_t *end, bool escapes, const sql_table *of,
                     const uint8_t **after)
{
    tokens_letter(into, SHAPE_OBJECT);
    for (int64_t number = 0;; number++) {
        while (at < end && is_white(*at))
            at++;
        if (at == end)
            return ROW_UNFINISHED;
        if (number == of->names->count)
            return ROW_STRANGE;
        if (*at == '\'') {
            const uint8_t *begin = ++at;
            bool has_backslash = false, has_doubled = false;
            for (;;) {
                while (at < end && *at != '\'' && *at != '\\')
                    at++;
                if (end - at < 2)
                    return ROW_UNFINISHED;
                if (*at == '\\') {
                    has_backslash |= escapes;
                    at += escapes ? 2 : 1;
                } else if (at[1] == '\'') {
                    has_doubled = true;
                    at += 2;
                } else {
                    break;
                }
            }
            if (!into->is_given_up) {
                named(into, of, number);
                string_cell(into, begin, (size_t)(at - begin), has_backslash, has_doubled);
            }
            at++;
        } else {
            const uint8_t *word = at;
            while (at < end && *at != ',' && *at != ')' && *at != '\'' && *at != '"' && *at != '(')
                at++;
            const uint8_t *word_end = at;
            while (word_end > word && is_white(word_end[-1]))
                word_end--;
            if (at < end && word_end == word)
                return ROW_STRANGE;
            size_t length = (size_t)(word_end - word);
            if (at < end && !into->is_given_up && !is_null(word, length)) {
                named(into, of, number);
                word_cell(into, word, length, of->are_numbers[number]);
            }
        }
        while (at < end && is_white(*at))
            at++;
        if (at == end)
            return ROW_UNFINISHED;
        if (*at == ')') {
            *after = at + 1;
            tokens_letter(into, SHAPE_OBJECT_END);
            return number + 1 == of->names->count ? ROW_WHOLE : ROW_STRANGE;
        }
        if (*at++ != ',')
            return ROW_STRANGE;
    }
}

static uint8_t copied(uint8_t letter)
{
    switch (letter) {
    case 'f':
        return '\f';
    case 'v':
        return '\v';
    case '0':
    case 'Z':
        return letter;
    default:
        return escaped(letter);
    }
}

/* A cell of a line, with backslashes in it: octets by number, and blobs, are for the exact reader. */
static void copied_cell(tokens *into, const uint8_t *text, size_t length)
{
    uint8_t *room = length > TOKENS_RECORD_MAX ? NULL : tokens_room(into, length);
    into->is_given_up |= !room;
    size_t used = 0;
    for (size_t place = 0; place < length && !into->is_given_up; place++) {
        if (text[place] == '\\') {
            place++;
            into->is_given_up |= place == length || (text[place] >= '0' && text[place] <= '7') || text[place] == 'x';
            if (into->is_given_up)
                return;
            room[used++] = copied(text[place]);
        } else {
            room[used++] = text[place];
        }
    }
    into->is_given_up |= used >= 2 && room[0] == '\\' && room[1] == 'x';
    if (!into->is_given_up)
        tokens_text(into, room, used);
}

static row_end copied_line(tokens *into, const uint8_t *at, const uint8_t *end, const sql_table *of)
{
    tokens_letter(into, SHAPE_OBJECT);
    for (int64_t number = 0;; number++) {
        if (number == of->names->count)
            return ROW_STRANGE;
        const uint8_t *tab = memchr(at, '\t', (size_t)(end - at));
        size_t length = (size_t)((tab ? tab : end) - at);
        bool is_absent = length == 2 && at[0] == '\\' && at[1] == 'N';
        if (!is_absent && !into->is_given_up) {
            named(into, of, number);
            if (memchr(at, '\\', length))
                copied_cell(into, at, length);
            else
                tokens_text(into, at, length);
        }
        if (!tab) {
            tokens_letter(into, SHAPE_OBJECT_END);
            return number + 1 == of->names->count ? ROW_WHOLE : ROW_STRANGE;
        }
        at = tab + 1;
    }
}

/* Where a record begins and ends. */
typedef struct {
    const uint8_t *begin, *end;
} sql_span;

static bool has_put(reader *with_book, sink *into, const uint8_t *text, sql_span row, int32_t keeps_raw)
{
    uint64_t shape = 0;
    size_t length = (size_t)(row.end - row.begin);
    with_book->record->is_given_up |= length > TOKENS_RECORD_MAX;
    into->record_count++;
    put how = recipes_put(&with_book->book, with_book->record, into, (raw_source){row.begin, length, keeps_raw}, &shape);
    if (how == PUT_FULL) {
        into->record_count--;
        into->why = STOPPED_FULL;
        return false;
    }
    if (how == PUT_LEFT)
        sink_leave(into, row.begin - text, row.end - text, shape);
    return true;
}

CORENA_EXPORT int32_t corena_read_tuples(const uint8_t *text, int64_t begin, int64_t end, uint8_t escapes,
                                         const uint8_t *statement, int64_t statement_length,
                                         const column_names *names, const uint8_t *are_numbers, int32_t kind,
                                         int32_t keeps_raw, int64_t max_records, const book *with, sink *into);
CORENA_EXPORT int32_t corena_read_copied(const uint8_t *text, int64_t begin, int64_t end, const column_names *names,
                                         int32_t kind, int32_t keeps_raw, int64_t max_records, const book *with,
                                         sink *into);

/* Behind the words of the next statement, which must be just those of this one; NULL where they are others. */
static const uint8_t *next_statement(const uint8_t *at, const uint8_t *end, const uint8_t *words, size_t length)
{
    if (at == end || *at != ';')
        return NULL;
    for (at++; at < end && (*at == '\n' || *at == '\r');)
        at++;
    bool is_begun = at[-1] != '\r' && length && (size_t)(end - at) > length && memcmp(at, words, length) == 0;
    return is_begun && at[length] == '(' ? at + length : NULL;
}

/* Tuples of an INSERT, and of those like it that follow, in whose strings backslashes may escape, up to what is none;
   stops in front of what only the exact reader can judge. `statement`: its words up to the first tuple. */
int32_t corena_read_tuples(const uint8_t *text, int64_t begin, int64_t end, uint8_t escapes,
                           const uint8_t *statement, int64_t statement_length, const column_names *names,
                           const uint8_t *are_numbers, int32_t kind, int32_t keeps_raw, int64_t max_records,
                           const book *with, sink *into)
{
    into->why = STOPPED_FOR_EXACT_READER;
    into->stopped_at = begin;
    if (names->count < 1 || names->count > WIDTH_MAX)
        return 1;
    reader *with_book = reader_new(with);
    if (!with_book)
        return 0;
    const sql_table table = {names, are_numbers};
    const uint8_t *at = text + begin, *stop = text + end;
    while (!into->has_failed) {
        const uint8_t *row = at, *after = at;
        while (row < stop && (is_white(*row) || *row == ','))
            row++;
        const uint8_t *next = next_statement(row, stop, statement, (size_t)statement_length);
        row = next ? next : row;
        if (row == stop || *row != '(') {
            into->why = row == stop ? STOPPED_UNFINISHED : STOPPED_AT_END;
            break;
        }
        if (into->record_count >= max_records) {
            into->why = STOPPED_FULL;
            break;
        }
        tokens_begin(with_book->record, lines_of(kind));
        row_end how = tuple(with_book->record, row + 1, stop, escapes, &table, &after);
        if (how != ROW_WHOLE || after - row > ROW_MAX_BYTES) {
            into->why = how == ROW_UNFINISHED ? STOPPED_UNFINISHED : STOPPED_FOR_EXACT_READER;
            break;
        }
        if (!has_put(with_book, into, text, (sql_span){row, after}, keeps_raw))
            break;
        at = after;
    }
    into->stopped_at = at - text;
    reader_free(with_book);
    return !into->has_failed;
}

/* Complete lines of a COPY, up to the one that ends it; stops in front of what only the exact reader can judge. */
int32_t corena_read_copied(const uint8_t *text, int64_t begin, int64_t end, const column_names *names, int32_t kind,
                           int32_t keeps_raw, int64_t max_records, const book *with, sink *into)
{
    into->why = STOPPED_FOR_EXACT_READER;
    into->stopped_at = begin;
    if (names->count < 1 || names->count > WIDTH_MAX)
        return 1;
    reader *with_book = reader_new(with);
    if (!with_book)
        return 0;
    const sql_table table = {names, NULL};
    const uint8_t *at = text + begin, *stop = text + end;
    while (!into->has_failed) {
        const uint8_t *feed = at < stop ? memchr(at, '\n', (size_t)(stop - at)) : NULL;
        if (!feed) {
            into->why = STOPPED_UNFINISHED;
            break;
        }
        if (into->record_count >= max_records) {
            into->why = STOPPED_FULL;
            break;
        }
        const uint8_t *line_end = feed > at && feed[-1] == '\r' ? feed - 1 : feed;
        tokens_begin(with_book->record, lines_of(kind));
        bool is_last = line_end - at == 2 && at[0] == '\\' && at[1] == '.';
        if (is_last || line_end - at > ROW_MAX_BYTES
            || copied_line(with_book->record, at, line_end, &table) != ROW_WHOLE) {
            into->why = is_last ? STOPPED_AT_END : STOPPED_FOR_EXACT_READER;
            break;
        }
        if (!has_put(with_book, into, text, (sql_span){at, line_end}, keeps_raw))
            break;
        at = feed + 1;
    }
    into->stopped_at = at - text;
    reader_free(with_book);
    return !into->has_failed;
}
