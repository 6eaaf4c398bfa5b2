/* Records of every kind by recipes: made of the input's own first records, and of whatever numbers there are. */
#include <stdlib.h>

#include "fuzz.h"
#include "reader.h"

enum { RECIPES_MAX = 3, GUARDS_MAX = 2, PIECES_MAX = 2, NAMES_MAX = 6, CALLS = 4 };

sink *corena_sink_new(void);
void corena_sink_free(sink *);
void corena_sink_rewind(sink *, int64_t row_count, int64_t record_count, int64_t left_count);
int32_t corena_take_apart(const uint8_t *record, int64_t length, int32_t kind, int32_t is_sorted, apart *into);
int32_t corena_read_lines(const uint8_t *text, int64_t begin, int64_t end, const int64_t *entries, int64_t entry_count,
                          int32_t kind, int32_t keeps_raw, int64_t max_records, const book *with, sink *into);
int64_t corena_lines_of_several(const uint8_t *text, int64_t begin, int64_t end, int64_t *found, int64_t room);
int64_t corena_named_lines(const uint8_t *text, int64_t floor, int64_t begin, int64_t end, named_line *found,
                           int64_t room);
int32_t corena_read_dumps(const uint8_t *text, int64_t begin, int64_t end, int32_t keeps_raw, int64_t max_records,
                          const book *with, sink *into);
int32_t corena_read_tuples(const uint8_t *text, int64_t begin, int64_t end, uint8_t escapes, const uint8_t *statement,
                           int64_t statement_length, const column_names *names, const uint8_t *are_numbers,
                           int32_t kind, int32_t keeps_raw, int64_t max_records, const book *with, sink *into);
int32_t corena_read_copied(const uint8_t *text, int64_t begin, int64_t end, const column_names *names, int32_t kind,
                           int32_t keeps_raw, int64_t max_records, const book *with, sink *into);
int32_t corena_read_elements(const uint8_t *text, int64_t begin, int64_t end, int32_t are_documents, int32_t keeps_raw,
                             int64_t max_records, const book *with, sink *into);
int32_t corena_read_csv(const uint8_t *text, int64_t begin, int64_t end, uint8_t delimiter, uint8_t escapes,
                        const column_names *names, int32_t kind, int32_t keeps_raw, int64_t max_records,
                        const book *with, sink *into);

static uint64_t chance;

static int64_t below(int64_t limit)
{
    chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return limit > 0 ? (int64_t)((chance >> 33) % (uint64_t)limit) : 0;
}

/* What is read, and how. */
typedef struct {
    const uint8_t *text;
    int64_t size;
    int32_t kind, keeps_raw;
    enum { LINES, ELEMENTS, ROWS, DUMPS, TUPLES, COPIED, WAYS } way;
    uint8_t delimiter, escapes;
    int64_t most;
} source;

static const uint8_t names_text[] = "payloadbodysignatureiddata[amount]x";
static const int64_t names_ends[NAMES_MAX] = {7, 11, 20, 22, 34, 35};
static const uint8_t are_numbers[NAMES_MAX] = {0, 0, 0, 0, 1, 0};

static int32_t read_on(const source *from, const book *with, sink *into)
{
    const int64_t begin = into->stopped_at, most = into->record_count + from->most;
    const column_names names = {names_text, names_ends, 1 + from->most % NAMES_MAX};
    if (from->way == ELEMENTS)
        return corena_read_elements(from->text, begin, from->size, from->escapes, from->keeps_raw, most, with, into);
    if (from->way == ROWS)
        return corena_read_csv(from->text, begin, from->size, from->delimiter, from->escapes, &names, from->kind,
                               from->keeps_raw, most, with, into);
    if (from->way == DUMPS)
        return corena_read_dumps(from->text, begin, from->size, from->keeps_raw, most, with, into);
    if (from->way == TUPLES)
        return corena_read_tuples(from->text, begin, from->size, from->escapes, (const uint8_t *)"INSERT INTO t VALUES",
                                  20, &names, are_numbers, from->kind, from->keeps_raw, most, with, into);
    if (from->way == COPIED)
        return corena_read_copied(from->text, begin, from->size, &names, from->kind, from->keeps_raw, most, with, into);
    int64_t several[4];
    int64_t lines = corena_lines_of_several(from->text, begin, from->size, several, 2);
    FUZZ_REQUIRE(0 <= lines && lines <= 2);
    for (int64_t number = 0; number < lines; number++)
        FUZZ_REQUIRE((number ? several[1] : begin - 1) < several[2 * number]
                     && several[2 * number] < several[2 * number + 1] && several[2 * number + 1] <= from->size);
    named_line named[2] = {{0, -1, -1}, {0, -1, -1}};
    int64_t count = corena_named_lines(from->text, begin / 2, begin, from->size, named, 2);
    FUZZ_REQUIRE(0 <= count && count <= 2);
    for (int64_t number = 0; number < count; number++)
        FUZZ_REQUIRE(begin <= named[number].line
                     && (named[number].end < 0
                             ? named[number].begin < 0
                             : begin / 2 <= named[number].begin && named[number].begin <= named[number].line
                                   && named[number].line <= named[number].end && named[number].end < from->size
                                   && from->text[named[number].end] == '\n'));
    const int is_entry = count && named[0].end >= 0 && named[0].begin >= begin;
    const int64_t entries[4] = {is_entry ? named[0].begin : named[0].line, is_entry ? named[0].end : named[1].line,
                                named[1].line, from->size};
    return corena_read_lines(from->text, begin, from->size, entries, 2, from->kind, from->keeps_raw, most, with, into);
}

/* Room for a book, and the book. */
typedef struct {
    uint8_t *octets;
    int64_t used;
    recipe recipes[RECIPES_MAX];
    guard guards[GUARDS_MAX * RECIPES_MAX];
    piece pieces[PIECES_MAX * SINK_COLUMNS * RECIPES_MAX];
    book made;
} shelf;

static int64_t a_leaf(const apart *of)
{
    return below(5) ? below(of->leaf_count) - (of->leaf_count == 0) : -1;
}

static void add_recipe(shelf *into, const apart *of, int is_sorted)
{
    book *made = &into->made;
    recipe *one = &into->recipes[made->recipe_count++];
    *one = (recipe){into->used, of->shape_length, below(8) > 0, is_sorted, made->guard_count, 0, a_leaf(of), a_leaf(of),
                    {{0, 0}}};
    memcpy(into->octets + into->used, of->shape, (size_t)of->shape_length);
    into->used += of->shape_length;
    const int64_t texts = into->used;
    memcpy(into->octets + into->used, of->bytes, (size_t)of->byte_count);
    into->used += of->byte_count;
    for (int64_t wanted = below(GUARDS_MAX + 1); wanted > 0 && of->leaf_count > 0; wanted--) {
        int64_t leaf = below(of->leaf_count), begin = texts;
        for (int64_t before = 0; before < leaf; before++)
            begin += of->leaf_lengths[before];
        into->guards[made->guard_count++] =
            (guard){leaf, below(4) ? -1 : below(TOKENS_NESTED_TEXTS), begin, of->leaf_lengths[leaf]};
        one->guard_count++;
    }
    for (int column = 0; column < SINK_COLUMNS - 1; column++) {
        one->cells[column].piece_begin = made->piece_count;
        one->cells[column].piece_count = below(4) ? below(PIECES_MAX + 1) : -1;
        for (int64_t wanted = one->cells[column].piece_count; wanted > 0; wanted--) {
            int64_t begin = below(into->used), most = into->used - begin;
            int64_t anchor = below(3) ? -1 : a_leaf(of);
            into->pieces[made->piece_count++] =
                (piece){begin, below(most < 8 ? most : 8), a_leaf(of), below(2), anchor < 0 ? 0 : 1, anchor};
        }
    }
}

/* One number of the book that may be any. */
static void spoil(shelf *of)
{
    static const int64_t odd[] = {INT64_MIN, -2, -1, 0, 1, 511, 512, 1 << 20, INT64_MAX};
    int64_t value = odd[below(sizeof odd / sizeof *odd)];
    book *made = &of->made;
    switch (below(4)) {
    case 0:
        if (made->recipe_count)
            memcpy((uint8_t *)of->recipes + 8 * below(made->recipe_count * (int64_t)(sizeof(recipe) / 8)), &value, 8);
        break;
    case 1:
        if (made->guard_count)
            memcpy((uint8_t *)of->guards + 8 * below(made->guard_count * (int64_t)(sizeof(guard) / 8)), &value, 8);
        break;
    case 2:
        if (made->piece_count)
            memcpy((uint8_t *)of->pieces + 8 * below(made->piece_count * (int64_t)(sizeof(piece) / 8)), &value, 8);
        break;
    default:
        made->recipe_count = value < RECIPES_MAX ? value : made->recipe_count;
    }
}

/* Recipes for the first records of the source, which reading without any leaves over. */
static shelf *learned(const source *from)
{
    static apart room_for_one;
    static uint8_t room[RECIPES_MAX * (sizeof room_for_one.shape + sizeof room_for_one.bytes)];
    apart *one = &room_for_one;
    shelf *made = calloc(1, sizeof *made);
    made->octets = room;
    made->made = (book){made->octets, made->recipes, made->guards, made->pieces, 0, 0, 0, 0};
    sink *left = corena_sink_new();
    read_on(from, &made->made, left);
    for (int64_t number = 0; number < left->left_count && made->made.recipe_count < RECIPES_MAX; number++) {
        const left_record *record = &left->left[number];
        int32_t is_sorted = (int32_t)below(2), kind = from->way == LINES   ? from->kind
                                                          : from->way == DUMPS ? KIND_PHP
                                                                               : KIND_JSON;
        FUZZ_REQUIRE(0 <= record->begin && record->begin <= record->end && record->end <= from->size);
        if (corena_take_apart(from->text + record->begin, record->end - record->begin, kind, is_sorted, one)) {
            FUZZ_REQUIRE(0 <= one->byte_count && one->byte_count <= (int64_t)sizeof one->bytes);
            FUZZ_REQUIRE(0 <= one->shape_length && one->shape_length <= (int64_t)sizeof one->shape);
            add_recipe(made, one, is_sorted);
        }
    }
    made->made.octet_count = made->used;
    corena_sink_free(left);
    /* Behind what is used nothing may be read. */
    uint8_t *exact = malloc(made->used ? (size_t)made->used : 1);
    memcpy(exact, room, (size_t)made->used);
    made->octets = exact;
    made->made.octets = exact;
    return made;
}

static void check(const sink *of, const source *from)
{
    FUZZ_REQUIRE(0 <= of->row_count && of->row_count <= of->record_count && of->row_count <= of->row_room);
    FUZZ_REQUIRE(0 <= of->stopped_at && of->stopped_at <= from->size);
    FUZZ_REQUIRE(of->row_count + of->left_count <= of->record_count);
    for (int64_t row = 1; row < of->row_count; row++)
        FUZZ_REQUIRE(of->numbers[row - 1] < of->numbers[row]);
    for (int number = 0; number < SINK_COLUMNS && of->row_count; number++) {
        const sink_column *column = &of->columns[number];
        int64_t nulls = 0;
        FUZZ_REQUIRE(0 <= column->null_count && column->null_count <= of->row_count && column->used <= column->room);
        for (int64_t row = 0; row < of->row_count && column->null_count < of->row_count; row++) {
            nulls += column->null_count && !(column->validity[row >> 3] >> (row & 7) & 1);
            FUZZ_REQUIRE(0 <= column->offsets[row] && column->offsets[row] <= column->offsets[row + 1]);
        }
        if (column->null_count < of->row_count)
            FUZZ_REQUIRE(nulls == column->null_count && column->offsets[of->row_count] == column->used);
    }
    for (int64_t number = 0; number < of->left_count; number++)
        FUZZ_REQUIRE(0 <= of->left[number].begin && of->left[number].begin <= of->left[number].end
                     && of->left[number].end <= from->size);
}

void fuzz_one(uint64_t options, const uint8_t *octets, size_t size)
{
    static const uint8_t delimiters[4] = ",;\t|";
    chance = options;
    source from = {octets, (int64_t)size, (int32_t)fuzz_take(&options, 2), (int32_t)fuzz_take(&options, 1),
                   fuzz_take(&options, 8) % WAYS, delimiters[fuzz_take(&options, 2)], (uint8_t)fuzz_take(&options, 1),
                   1 + fuzz_take(&options, 5)};
    shelf *shelved = learned(&from);
    int is_spoilt = fuzz_take(&options, 4) == 0;
    if (is_spoilt)
        spoil(shelved);
    sink *into = corena_sink_new();
    for (int call = 0; call < CALLS; call++) {
        int64_t rows = into->row_count, records = into->record_count, left = into->left_count;
        if (!read_on(&from, &shelved->made, into)) {
            FUZZ_REQUIRE(is_spoilt);
            break;
        }
        check(into, &from);
        if (below(4) == 0) {
            corena_sink_rewind(into, rows, records, left);
            check(into, &from);
        }
    }
    corena_sink_free(into);
    free(shelved->octets);
    free(shelved);
}
