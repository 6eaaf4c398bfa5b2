/* Rows in dumps of databases, each taken apart as the JSON object that it is: nulls are left out. */
#include "reader.h"
#include "texts.h"

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

/* A string between its quotes. */
typedef struct {
    const uint8_t *begin, *end;
    uint8_t quote;
    bool escapes;      /* whether a backslash does */
    bool has_escapes;  /* whether there are any, or doubled quotes */
} sql_string;

static void string_cell(tokens *into, const sql_string *of)
{
    const uint8_t *text = of->begin;
    size_t length = (size_t)(of->end - of->begin);
    if (of->has_escapes) {
        uint8_t *room = length > TOKENS_RECORD_MAX ? NULL : tokens_room(into, length);
        into->is_given_up |= !room;
        if (!room)
            return;
        size_t used = 0;
        for (size_t place = 0; place < length; place++) {
            if (text[place] == '\\' && of->escapes) {
                uint8_t letter = text[++place];
                if (letter == '%' || letter == '_')
                    room[used++] = '\\';
                room[used++] = escaped(letter);
            } else {
                place += text[place] == of->quote;
                room[used++] = text[place];
            }
        }
        text = room;
        length = used;
    }
    tokens_text(into, text, length);
}

/* A blob, of which every octet is written as two digits; false where they are not all such. */
static bool blob_cell(tokens *into, const uint8_t *digits, size_t length)
{
    uint8_t *room = length > TOKENS_RECORD_MAX ? NULL : tokens_room(into, length / 2);
    into->is_given_up |= !room;
    if (!room)
        return true;
    int64_t count = texts_decode_hex(digits, length, room);
    if (count >= 0)
        tokens_text(into, room, (size_t)count);
    return count >= 0;
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

/* The string that begins at a quote; `after` stands behind it. */
static row_end string_at(const uint8_t *at, const uint8_t *end, bool escapes, sql_string *found, const uint8_t **after)
{
    *found = (sql_string){at + 1, NULL, *at, escapes, false};
    for (at++;; at += 2) {
        while (at < end && *at != found->quote && (*at != '\\' || !escapes))
            at++;
        if (end - at < 2)
            return ROW_UNFINISHED;
        if (*at == found->quote && at[1] != found->quote)
            break;
        found->has_escapes = true;
    }
    found->end = at;
    *after = at + 1;
    return ROW_WHOLE;
}

/* Behind the word in front of a string, as _utf8mb4 '...' or N'...' has one; `at` where none is. */
static const uint8_t *after_introducer(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *after = at;
    while (after < end && (*after == '_' || is_digit(*after) || ((*after | 0x20) >= 'a' && (*after | 0x20) <= 'z')))
        after++;
    bool is_letter = after - at == 1 && strchr("NEXBnexb", *at) != NULL;
    if (after == at || (!is_letter && (*at != '_' || after - at == 1)))
        return at;
    after += !is_letter && after < end && *after == ' ';
    return after < end && (*after == '\'' || *after == '"') ? after : at;
}

/* A row that is being taken apart. */
typedef struct {
    tokens *into;
    const uint8_t *at, *end;
    const sql_table *of;
    bool escapes;
    int64_t number; /* of the column */
} sql_row;

static row_end takes_string(sql_row *row, const uint8_t *introducer)
{
    sql_string found;
    uint8_t letter = row->at > introducer ? *introducer | 0x20 : 0;
    if (*row->at == '"' && !row->escapes)
        return ROW_STRANGE;
    const uint8_t *begin = row->at;
    row_end how = string_at(begin, row->end, row->escapes || letter == 'e', &found, &row->at);
    if (how != ROW_WHOLE || row->into->is_given_up)
        return how;
    named(row->into, row->of, row->number);
    if (letter != 'x' || *begin == '"' || !blob_cell(row->into, found.begin, (size_t)(found.end - found.begin)))
        string_cell(row->into, &found);
    return ROW_WHOLE;
}

/* A value without quotes. */
static row_end takes_word(sql_row *row)
{
    const uint8_t *word = row->at;
    while (row->at < row->end && (!*row->at || !strchr(",)'\"(", *row->at)))
        row->at++;
    const uint8_t *word_end = row->at;
    while (word_end > word && is_white(word_end[-1]))
        word_end--;
    if (row->at == row->end)
        return ROW_UNFINISHED;
    if (word_end == word)
        return ROW_STRANGE;
    size_t length = (size_t)(word_end - word);
    if (row->into->is_given_up || is_null(word, length))
        return ROW_WHOLE;
    named(row->into, row->of, row->number);
    bool is_blob = length >= 2 && word[0] == '0' && (word[1] | 0x20) == 'x';
    if (!is_blob || !blob_cell(row->into, word + 2, length - 2))
        word_cell(row->into, word, length, row->of->are_numbers[row->number]);
    return ROW_WHOLE;
}

static bool is_word_next(const sql_row *row, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(row->end - row->at) >= length && memcmp(row->at, word, length) == 0;
}

/* Behind CAST( a string or a number, the type that it has, and the bracket. */
static row_end takes_cast(sql_row *row)
{
    const uint8_t *begin = row->at += 5;
    row->at = after_introducer(begin, row->end);
    if (row->at < row->end && *row->at == '\'') {
        if (row->at > begin && (*begin | 0x20) != 'n')
            return ROW_STRANGE;
        row_end how = takes_string(row, begin);
        if (how != ROW_WHOLE)
            return how;
    } else {
        while (row->at < row->end && (is_digit(*row->at) || *row->at == '-' || *row->at == '.'))
            row->at++;
        if (row->at == begin)
            return ROW_STRANGE;
        if (!row->into->is_given_up) {
            named(row->into, row->of, row->number);
            word_cell(row->into, begin, (size_t)(row->at - begin), row->of->are_numbers[row->number]);
        }
    }
    if (!is_word_next(row, " AS "))
        return ROW_STRANGE;
    row->at += 4;
    const uint8_t *type = row->at;
    while (row->at < row->end && ((*row->at | 0x20) >= 'a' && (*row->at | 0x20) <= 'z'))
        row->at++;
    if (row->at == type)
        return ROW_STRANGE;
    if (row->at < row->end && *row->at == '(') {
        for (row->at++; row->at < row->end && (is_digit(*row->at) || *row->at == ',' || *row->at == ' ');)
            row->at++;
        if (row->at == row->end || *row->at++ != ')')
            return ROW_STRANGE;
    }
    return row->at < row->end && *row->at++ == ')' ? ROW_WHOLE : ROW_STRANGE;
}

static row_end takes_value(sql_row *row)
{
    const uint8_t *introducer = row->at;
    if (*row->at == '\'' || *row->at == '"')
        return takes_string(row, introducer);
    if (is_word_next(row, "CAST("))
        return takes_cast(row);
    row->at = after_introducer(row->at, row->end);
    return row->at > introducer ? takes_string(row, introducer) : takes_word(row);
}

/* The tuple behind the bracket that `at` stands behind. Where the tokens are given up its end is still certain. */
static row_end tuple(tokens *into, const uint8_t *at, const uint8_t *end, bool escapes, const sql_table *of,
                     const uint8_t **after)
{
    sql_row row = {into, at, end, of, escapes, 0};
    tokens_letter(into, SHAPE_OBJECT);
    for (;; row.number++) {
        while (row.at < end && is_white(*row.at))
            row.at++;
        if (row.at == end)
            return ROW_UNFINISHED;
        if (row.number == of->names->count)
            return ROW_STRANGE;
        row_end how = takes_value(&row);
        if (how != ROW_WHOLE)
            return how;
        while (row.at < end && is_white(*row.at))
            row.at++;
        if (row.at == end)
            return ROW_UNFINISHED;
        if (*row.at == ')') {
            *after = row.at + 1;
            tokens_letter(into, SHAPE_OBJECT_END);
            return row.number + 1 == of->names->count ? ROW_WHOLE : ROW_STRANGE;
        }
        if (*row.at++ != ',')
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

/* A cell of a line, with backslashes in it: octets by number are for the exact reader. */
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
    bool is_blob = used > 2 && room[0] == '\\' && room[1] == 'x';
    if (!into->is_given_up && (!is_blob || !blob_cell(into, room + 2, used - 2)))
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

/* Behind the words of the next statement, which must be just those of this one; NULL where they are others.
   Between them stand a semicolon, line ends, and GO in a line of its own. */
static const uint8_t *next_statement(const uint8_t *at, const uint8_t *end, const uint8_t *words, size_t length)
{
    const uint8_t *begin = at;
    at += at < end && *at == ';';
    while (at < end && (*at == '\n' || *at == '\r'))
        at++;
    if (end - at > 3 && memcmp(at, "GO", 2) == 0 && (at[2] == '\n' || (at[2] == '\r' && at[3] == '\n')))
        for (at += 2; at < end && (*at == '\n' || *at == '\r');)
            at++;
    bool begins_line = at > begin && (at[-1] == '\n' || at[-1] == ';');
    bool is_begun = begins_line && length && (size_t)(end - at) > length && memcmp(at, words, length) == 0;
    return is_begun && at[length] == '(' ? at + length : NULL;
}

/* What rows of these columns are read with; NULL where they are for the exact reader, or, and then 0 is given, where the
   book is unsound or there is no memory. */
static int32_t begin_rows(sink *into, int64_t begin, const column_names *names, const book *with, reader **with_book)
{
    bool is_wide = names->count < 1 || names->count > WIDTH_MAX;
    into->why = STOPPED_FOR_EXACT_READER;
    into->stopped_at = begin;
    *with_book = is_wide ? NULL : reader_new(with);
    return is_wide;
}

/* Tuples of an INSERT, and of those like it that follow, in whose strings backslashes may escape, up to what is none;
   stops in front of what only the exact reader can judge. `statement`: its words up to the first tuple. */
int32_t corena_read_tuples(const uint8_t *text, int64_t begin, int64_t end, uint8_t escapes,
                           const uint8_t *statement, int64_t statement_length, const column_names *names,
                           const uint8_t *are_numbers, int32_t kind, int32_t keeps_raw, int64_t max_records,
                           const book *with, sink *into)
{
    reader *with_book;
    int32_t is_sound = begin_rows(into, begin, names, with, &with_book);
    if (!with_book)
        return is_sound;
    const sql_table table = {names, are_numbers};
    const uint8_t *at = text + begin, *stop = text + end;
    while (!into->has_failed) {
        const uint8_t *row = at, *after = at;
        const uint8_t *next = next_statement(row, stop, statement, (size_t)statement_length);
        row = next ? next : row;
        while (!next && row < stop && (is_white(*row) || *row == ','))
            row++;
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
    reader *with_book;
    int32_t is_sound = begin_rows(into, begin, names, with, &with_book);
    if (!with_book)
        return is_sound;
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
