/* Decimals of cells, whatever the offsets say; what is read is what a slow reader of digits reads. */
#include <stdlib.h>
#include <string.h>

#include "core.h"
#include "fuzz.h"

enum { ROWS_MAX = 64, DECIMALS = 8, DIGITS_MAX = 20 };

int64_t corena_read_decimals(const uint8_t *octets, int64_t octet_count, const int32_t *offsets,
                             const uint8_t *validity, int64_t first_bit, int64_t count, uint64_t *values,
                             uint8_t *is_read);

/* Whether a text is a minus or none, digits, and perhaps a point and digits, and what it is worth without a sign. */
static int is_decimal(const uint8_t *text, size_t length, unsigned __int128 *value)
{
    size_t at = length && text[0] == '-';
    int places = -1;
    *value = 0;
    for (size_t first = at; at < length; at++) {
        if (text[at] == '.' && places < 0 && at > first) {
            places = 0;
            continue;
        }
        if (text[at] < '0' || text[at] > '9' || length > DIGITS_MAX)
            return 0;
        *value = *value * 10 + (unsigned)(text[at] - '0');
        places += places >= 0;
    }
    if (places == 0 || places > DECIMALS || length == (length && text[0] == '-'))
        return 0;
    for (places = places < 0 ? 0 : places; places < DECIMALS; places++)
        *value *= 10;
    return 1;
}

void fuzz_one(uint64_t options, const uint8_t *octets, size_t size)
{
    int32_t offsets[ROWS_MAX + 1];
    uint64_t values[2 * ROWS_MAX] = {0};
    uint8_t is_read[ROWS_MAX / 8] = {0}, validity[sizeof options];
    const int64_t first_bit = fuzz_take(&options, 3), rows = fuzz_take(&options, 5);
    const int is_hostile = fuzz_take(&options, 3) == 0;
    memcpy(validity, &options, sizeof validity);
    size_t at = 0;
    for (int64_t row = 0; row <= rows; row++) {
        offsets[row] = (int32_t)at;
        /* A cell begins anywhere, or where a number does. */
        while (at < size && ((octets[at] >= '0' && octets[at] <= '9') || octets[at] == '.'))
            at++;
        at += at < size && octets[at] != '-' && row % 3;
        at += at < size && row % 2;
        if (is_hostile && size >= sizeof *offsets && row % 5 == 4)
            memcpy(offsets + row, octets, sizeof *offsets);
    }
    const uint8_t *valid = options % 3 ? validity : NULL;
    int64_t unread = corena_read_decimals(octets, (int64_t)size, offsets, valid, first_bit, rows, values, is_read);
    FUZZ_REQUIRE(is_hostile ? -1 <= unread && unread <= rows : 0 <= unread && unread <= rows);
    for (int64_t row = 0; row < rows && unread >= 0; row++) {
        unsigned __int128 wanted, found;
        const uint8_t *text = octets + offsets[row];
        const int64_t bit = first_bit + row;
        const int is_null = valid != NULL && !(valid[bit / 8] >> bit % 8 & 1);
        if (is_null || !is_decimal(text, (size_t)(offsets[row + 1] - offsets[row]), &wanted))
            continue;
        memcpy(&found, values + 2 * row, sizeof found);
        FUZZ_REQUIRE(is_read[row / 8] >> row % 8 & 1);
        FUZZ_REQUIRE(found == (text[0] == '-' ? -wanted : wanted));
    }
}
