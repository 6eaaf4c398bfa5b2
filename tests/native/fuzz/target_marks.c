/* Marks of cells, and the first rows of each: equal cells have equal marks, and rows of one mark are found. */
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "fuzz.h"

enum { ROWS_MAX = 32, SLOTS = 64 };

int32_t corena_mark_cells(const uint8_t *octets, int64_t octet_count, const int32_t *offsets, int64_t count,
                          uint64_t seed, uint64_t *marks);
void corena_first_rows(const uint64_t *marks, int64_t count, uint64_t *slots, uint64_t last_slot, int64_t *firsts);

void fuzz_one(uint64_t options, const uint8_t *octets, size_t size)
{
    int32_t offsets[ROWS_MAX + 1];
    uint64_t marks[ROWS_MAX], slots[SLOTS] = {0};
    int64_t firsts[ROWS_MAX];
    const int64_t rows = fuzz_take(&options, 5);
    const int is_hostile = fuzz_take(&options, 3) == 0;
    size_t at = 0;
    for (int64_t row = 0; row <= rows; row++) {
        offsets[row] = (int32_t)at;
        size_t step = size ? octets[(size_t)row * 5 % size] % 24 : 0;
        at = at + step < size ? at + step : size;
        if (is_hostile && size >= sizeof *offsets && step == 7)
            memcpy(offsets + row, octets, sizeof *offsets);
    }
    if (!corena_mark_cells(octets, (int64_t)size, offsets, rows, options, marks)) {
        FUZZ_REQUIRE(is_hostile);
        return;
    }
    corena_first_rows(marks, rows, slots, SLOTS - 1, firsts);
    for (int64_t row = 0; row < rows; row++) {
        FUZZ_REQUIRE(0 <= firsts[row] && firsts[row] <= row && marks[firsts[row]] == marks[row]);
        for (int64_t other = 0; other < row; other++) {
            size_t length = (size_t)(offsets[row + 1] - offsets[row]);
            int is_same = length == (size_t)(offsets[other + 1] - offsets[other])
                          && memcmp(octets + offsets[row], octets + offsets[other], length) == 0;
            FUZZ_REQUIRE(!is_same || marks[row] == marks[other]);
            FUZZ_REQUIRE(!is_same || length == 0 || firsts[row] <= other);
        }
    }
}
