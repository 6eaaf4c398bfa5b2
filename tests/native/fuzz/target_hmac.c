/* HMAC in every way that the processor knows: whatever the offsets say, and always the same digests. */
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "fuzz.h"

enum { PARTS = 2, ROWS_MAX = 64, WAYS = 4, DIGEST_BYTES = 32, HEX_BYTES = 64, BLOCK_BYTES = 64 };

struct corena_cells {
    const uint8_t *octets;
    const int64_t *offsets;
    int64_t octet_count;
    int64_t row_count;
};

int32_t corena_hmac_knows(int32_t way);
int32_t corena_hmac_rows(int32_t way, const uint8_t *key_blocks, const struct corena_cells *parts, int64_t part_count,
                         const int64_t *rows, const int64_t *targets, int64_t count, uint8_t *digests);
int32_t corena_hex_digests(const struct corena_cells *cells, const int64_t *rows, int64_t count, uint8_t *digests,
                           uint8_t *well_formed);

/* Offsets that grow by bytes of the input, or are whatever it says. */
static void fill_offsets(uint64_t *options, int64_t *offsets, int64_t rows, const uint8_t *octets, size_t size)
{
    const int is_hostile = fuzz_take(options, 3) == 0, step = fuzz_take(options, 1) ? HEX_BYTES : 0;
    int64_t at = 0;
    for (int64_t row = 0; row <= rows; row++) {
        int64_t said = size ? octets[(size_t)row * 7 % size] : 0;
        offsets[row] = at;
        at += step ? step : said % 90;
        if (is_hostile && said % 5 == 0)
            memcpy(offsets + row, octets, size < sizeof *offsets ? size : sizeof *offsets);
        else if (at > (int64_t)size)
            at = (int64_t)size;
    }
}

static void sign(uint64_t options, const uint8_t *octets, size_t size)
{
    int64_t offsets[PARTS][ROWS_MAX + 1], numbers[ROWS_MAX];
    /* Few rows mostly, many some of the times: lanes are filled from 16 rows on. */
    const int64_t rows = fuzz_take(&options, fuzz_take(&options, 4) ? 3 : 6);
    struct corena_cells parts[PARTS];
    uint8_t key_blocks[2 * BLOCK_BYTES];
    memset(key_blocks, (int)fuzz_take(&options, 8), sizeof key_blocks);
    for (int part = 0; part < PARTS; part++) {
        fill_offsets(&options, offsets[part], rows, octets, size);
        parts[part] = (struct corena_cells){octets, offsets[part], (int64_t)size, rows};
    }
    for (int64_t row = 0; row < rows; row++)
        numbers[row] = row;
    uint8_t *first = malloc((size_t)rows * DIGEST_BYTES + 1), *other = malloc((size_t)rows * DIGEST_BYTES + 1);
    int32_t fits = corena_hmac_rows(0, key_blocks, parts, PARTS, numbers, numbers, rows, first);
    const int32_t way = 1 + (int32_t)fuzz_take(&options, 8) % (WAYS - 1);
    if (corena_hmac_knows(way)) {
        FUZZ_REQUIRE(corena_hmac_rows(way, key_blocks, parts, PARTS, numbers, numbers, rows, other) == fits);
        FUZZ_REQUIRE(!fits || memcmp(first, other, (size_t)rows * DIGEST_BYTES) == 0);
    }
    free(first);
    free(other);
}

static void decode(uint64_t options, const uint8_t *octets, size_t size)
{
    int64_t offsets[ROWS_MAX + 1], numbers[ROWS_MAX];
    const int64_t rows = fuzz_take(&options, 6);
    fill_offsets(&options, offsets, rows, octets, size);
    const struct corena_cells cells = {octets, offsets, (int64_t)size, rows};
    for (int64_t row = 0; row < rows; row++)
        numbers[row] = rows - row - 1;
    uint8_t *digests = malloc((size_t)rows * DIGEST_BYTES + 1), *well_formed = malloc((size_t)rows + 1);
    if (corena_hex_digests(&cells, numbers, rows, digests, well_formed))
        for (int64_t row = 0; row < rows; row++) {
            int is_good = 1;
            for (int place = 0; place < HEX_BYTES; place++)
                is_good &= octets[offsets[row] + place] != 0
                           && memchr("0123456789ABCDEF", octets[offsets[row] + place], 16) != NULL;
            FUZZ_REQUIRE(well_formed[row] == is_good);
        }
    free(digests);
    free(well_formed);
}

void fuzz_one(uint64_t options, const uint8_t *octets, size_t size)
{
    if (fuzz_take(&options, 1))
        sign(options, octets, size);
    else
        decode(options, octets, size);
}
