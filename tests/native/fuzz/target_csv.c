/* Records for archives, and rows and columns for order exports. */
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "fuzz.h"

enum { RECORDS_MAX = 64, WIDTH_MAX = 8, RESTARTS = 3 };

static const uint8_t delimiters[4] = ",;\t|";

static void read_records(uint64_t options, const uint8_t *octets, size_t size)
{
    const uint8_t delimiter = delimiters[fuzz_take(&options, 2)], escapes = (uint8_t)fuzz_take(&options, 1);
    const int64_t width = 1 + fuzz_take(&options, 3), end = (int64_t)size;
    const int64_t most = 1 + fuzz_take(&options, 6), large = fuzz_take(&options, 1) ? 100000 : fuzz_take(&options, 8);
    int64_t begin = size ? (int64_t)(fuzz_take(&options, 10) % (size + 1)) : 0;
    uint32_t *cells = malloc((size_t)(width * most) * 2 * sizeof *cells);
    int64_t *spans = malloc((size_t)most * 2 * sizeof *spans);
    uint8_t *out = malloc(size + 1);
    int64_t stopped_at = -1;
    int32_t why = -1;
    int64_t count = corena_csv_records(octets, begin, end, delimiter, escapes, most, large, width, cells, spans,
                                       &stopped_at, &why);
    FUZZ_REQUIRE(0 <= count && count <= most && CSV_ALL_READ <= why && why <= CSV_LARGE);
    FUZZ_REQUIRE(begin <= stopped_at && stopped_at <= end && (why != CSV_ALL_READ || stopped_at == end));
    for (int64_t record = 0; record < count; record++) {
        FUZZ_REQUIRE(begin <= spans[2 * record] && spans[2 * record] <= spans[2 * record + 1]);
        FUZZ_REQUIRE(spans[2 * record + 1] <= stopped_at);
        for (int64_t place = 0; place < width; place++) {
            const uint32_t *cell = cells + 2 * (record * width + place), cell_end = cell[1] & ~CSV_WRITTEN;
            FUZZ_REQUIRE(spans[2 * record] <= cell[0] && cell[0] <= cell_end && cell_end <= spans[2 * record + 1]);
            if (cell[1] & CSV_WRITTEN)
                FUZZ_REQUIRE(csv_unquote(octets + cell[0], cell_end - cell[0], delimiter, escapes, out)
                             <= cell_end - cell[0]);
        }
    }
    free(cells);
    free(spans);
    free(out);
}

static void read_rows(uint64_t options, const uint8_t *octets, size_t size)
{
    const uint8_t delimiter = delimiters[fuzz_take(&options, 2)], is_last = (uint8_t)fuzz_take(&options, 1);
    const int64_t width = 1 + fuzz_take(&options, 3), most = 1 + fuzz_take(&options, 6);
    uint32_t *cells = malloc((size_t)(width * most) * 2 * sizeof *cells);
    uint8_t *is_odd = malloc((size_t)most);
    int64_t sizes[WIDTH_MAX] = {0}, null_counts[WIDTH_MAX] = {0}, restarts = RESTARTS, stopped_at = -1;
    int64_t count = corena_csv_rows(octets, 0, (int64_t)size, delimiter, is_last, &restarts, most, width, cells, is_odd,
                                    sizes, &stopped_at);
    FUZZ_REQUIRE(0 <= count && count <= most && 0 <= stopped_at && stopped_at <= (int64_t)size);
    FUZZ_REQUIRE(!is_last || count == most || stopped_at == (int64_t)size);
    uint8_t *data[WIDTH_MAX];
    for (int64_t place = 0; place < width; place++)
        data[place] = malloc((size_t)sizes[place] + 1);
    int32_t *offsets = malloc((size_t)(width * (count + 1)) * sizeof *offsets);
    uint8_t *valid = calloc((size_t)(width * ((count + 7) / 8)) + 1, 1);
    corena_csv_columns(octets, cells, count, width, delimiter, offsets, data, valid, null_counts);
    for (int64_t place = 0; place < width; place++) {
        FUZZ_REQUIRE(offsets[place * (count + 1) + count] <= sizes[place] && null_counts[place] <= count);
        free(data[place]);
    }
    free(offsets);
    free(valid);
    free(cells);
    free(is_odd);
}

void fuzz_one(uint64_t options, const uint8_t *octets, size_t size)
{
    if (fuzz_take(&options, 1))
        read_records(options, octets, size);
    else
        read_rows(options, octets, size);
}
