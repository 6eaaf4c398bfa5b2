/* Marks of cells, and rows of one mark. */
#include <string.h>

#include "core.h"

CORENA_EXPORT int32_t corena_mark_cells(
    const uint8_t *octets, int64_t octet_count, const int32_t *offsets, int64_t count, uint64_t seed, uint64_t *marks);
CORENA_EXPORT void corena_first_rows(
    const uint64_t *marks, int64_t count, uint64_t *slots, uint64_t last_slot, int64_t *firsts);

enum { WORD_BYTES = 8, PREFETCHED = 16 };

static const uint64_t lower_half = 0xffffffff;

/* Multiplies to 128 bits and joins the halves. Who does not know the seed does not know the state, and so cannot
   choose words that lead to one mark. */
static inline uint64_t folded(uint64_t state, uint64_t word)
{
    const unsigned __int128 product = (unsigned __int128)(state ^ word) * 0x9e3779b97f4a7c15;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t word_at(const uint8_t *octets)
{
    uint64_t word;
    memcpy(&word, octets, sizeof word);
    return word;
}

/* Never 0, which is the mark of nothing. */
static inline uint64_t mark_of(const uint8_t *cell, int64_t length, uint64_t seed)
{
    uint64_t state = folded(seed, (uint64_t)length), last = 0;
    if (length >= WORD_BYTES) {
        const int64_t last_place = length - WORD_BYTES;
        for (int64_t place = 0; place < last_place; place += WORD_BYTES)
            state = folded(state, word_at(cell + place));
        last = word_at(cell + last_place);
    } else {
        for (int64_t place = 0; place < length; place++)
            last = last << 8 | cell[place];
    }
    return folded(state, last) | 1;
}

/* marks[row] = a number that equal cells of an Arrow string array share, and that others share only by chance; 0 for
   an empty cell. Gives 0 where a cell is not in its column. */
int32_t corena_mark_cells(
    const uint8_t *octets, int64_t octet_count, const int32_t *offsets, int64_t count, uint64_t seed, uint64_t *marks)
{
    for (int64_t row = 0; row < count; row++) {
        const int64_t begin = offsets[row], end = offsets[row + 1];
        if (begin < 0 || end < begin || end > octet_count)
            return 0;
        marks[row] = begin < end ? mark_of(octets + begin, end - begin, seed) : 0;
    }
    return 1;
}

/* firsts[row] = the first row with the same mark; the row itself where the mark is 0. ``slots`` has ``last_slot`` + 1
   places, a power of two and more than ``count``, which is below 2**32; all are 0 at first. A slot holds the upper half
   of a mark, and a row's number plus one. */
void corena_first_rows(const uint64_t *marks, int64_t count, uint64_t *slots, uint64_t last_slot, int64_t *firsts)
{
    for (int64_t row = 0; row < count; row++) {
        /* The table is larger than the caches. */
        if (row + PREFETCHED < count)
            __builtin_prefetch(slots + (marks[row + PREFETCHED] >> 1 & last_slot), 1);
        const uint64_t mark = marks[row], upper = mark & ~lower_half;
        firsts[row] = row;
        if (mark == 0)
            continue;
        for (uint64_t place = mark >> 1;; place++) {
            uint64_t *slot = slots + (place & last_slot);
            if (*slot == 0) {
                *slot = upper | (uint64_t)(row + 1);
                break;
            }
            const uint64_t other = (*slot & lower_half) - 1;
            if ((*slot & ~lower_half) == upper && marks[other] == mark) {
                firsts[row] = (int64_t)other;
                break;
            }
        }
    }
}
