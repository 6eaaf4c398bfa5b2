/* Rows of columns: the input's bytes as cells, cut anywhere, in columns of every kind. */
#include <stdlib.h>

#include "columns.h"
#include "fuzz.h"
#include "recipes.h"

enum { KINDS = COLUMN_OBJECT_END + 1, COLUMNS_MAX = 8 };

sink *corena_sink_new(void);
void corena_sink_free(sink *);
int32_t corena_read_columns(const columns *of, int64_t begin, int32_t kind, int32_t keeps_raw,
                            int64_t max_records, const book *with,
                            sink *into);

static const uint8_t names[] = "statusidentifierdata[amount]";

void fuzz_one(uint64_t options, const uint8_t *octets, size_t size)
{
    int64_t rows = 1 + fuzz_take(&options, 4), count = 1 + fuzz_take(&options, 3), depth = 0, open[COLUMNS_MAX];
    uint64_t chance = options | 1;
    column *made = calloc((size_t)(2 * count), sizeof *made);
    int64_t *numbers = malloc((size_t)(rows + 1) * sizeof *numbers);
    uint8_t *bits = calloc((size_t)rows / 8 + 1, 1);
    uint8_t *cells = malloc(size ? size : 1);
    memcpy(cells, octets, size);
    for (int64_t row = 0; row <= rows; row++)
        numbers[row] = (int64_t)size * row / rows;
    for (int64_t row = 0; row < rows; row++)
        bits[row / 8] |= (uint8_t)((chance >> row & 1) << (row % 8));
    int64_t used = 0;
    for (int64_t number = 0; number < count; number++) {
        chance = chance * UINT64_C(6364136223846793005) + 1;
        int64_t kind = (int64_t)(chance >> 40) % KINDS;
        if (kind == COLUMN_OBJECT_END && !depth)
            kind = COLUMN_TEXT;
        if (kind == COLUMN_OBJECT_END)
            made[open[--depth]].end = used;
        if (kind == COLUMN_OBJECT)
            open[depth++] = used;
        made[used++] = (column){kind, 6 * (number % 3), 6, 0, chance >> 30 & 1 ? bits : NULL, numbers,
                                kind == COLUMN_TRUTH ? bits : cells, (int64_t)size, 0};
    }
    while (depth) {
        made[open[--depth]].end = used;
        made[used++] = (column){COLUMN_OBJECT_END, 0, 0, 0, NULL, NULL, NULL, 0, 0};
    }
    const columns table = {made, names, used, sizeof names - 1, rows};
    const book nothing = {names, NULL, NULL, NULL, 0, 0, 0, 0};
    sink *into = corena_sink_new();
    FUZZ_REQUIRE(corena_read_columns(&table, 0, 0, 1, rows, &nothing, into));
    FUZZ_REQUIRE(into->record_count == rows && into->left_count == rows && into->stopped_at == rows);
    if (chance >> 20 & 1)
        made[0].kind = chance >> 21 & 1 ? -1 : KINDS;
    made[0].name_length = (int64_t)(chance >> 10) % 64;
    numbers[rows / 2] = (int64_t)(chance >> 3);
    corena_read_columns(&table, 0, 1, 0, 2 * rows, &nothing, into);
    corena_sink_free(into);
    free(cells);
    free(bits);
    free(numbers);
    free(made);
}
