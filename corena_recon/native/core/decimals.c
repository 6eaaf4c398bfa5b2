/* Plain decimals read from text, exactly. */
#include <string.h>

#include "core.h"

CORENA_EXPORT int64_t corena_read_decimals(
    const uint8_t *octets,
    int64_t octet_count,
    const int32_t *offsets,
    const uint8_t *validity,
    int64_t first_bit,
    int64_t count,
    uint64_t *values,
    uint8_t *is_read);

enum { MAX_INTEGER_DIGITS = 20, DECIMALS = 8, DIGITS_OF_A_WORD = 19 };

static inline int digit_at(const uint8_t *place, const uint8_t *end)
{
    return place < end && *place >= '0' && *place <= '9' ? *place - '0' : -1;
}

/* An optional minus, digits, and optionally a point with digits behind it, as a multiple of 0.00000001. Gives 0 for
   anything else, and for what has more than 20 integer digits or 8 decimals, zeros at its ends not counted. */
static int read_decimal(const uint8_t *place, const uint8_t *end, unsigned __int128 *value)
{
    const int is_negative = place < end && *place == '-';
    uint64_t integer = 0, decimals = 0;
    unsigned __int128 magnitude;
    int integer_digits = 0, decimal_digits = 0, digit, last_digit = -1;
    place += is_negative;
    if (digit_at(place, end) < 0)
        return 0;
    while (digit_at(place, end) == 0)
        place++;
    for (; (digit = digit_at(place, end)) >= 0; place++) {
        if (++integer_digits > MAX_INTEGER_DIGITS)
            return 0;
        if (integer_digits > DIGITS_OF_A_WORD)
            last_digit = digit;
        else
            integer = 10 * integer + (uint64_t)digit;
    }
    magnitude = last_digit < 0 ? integer : (unsigned __int128)integer * 10 + (unsigned)last_digit;
    if (place < end && *place == '.') {
        place++;
        if (digit_at(place, end) < 0)
            return 0;
        for (; (digit = digit_at(place, end)) >= 0; place++) {
            if (decimal_digits == DECIMALS && digit)
                return 0;
            if (decimal_digits < DECIMALS) {
                decimals = 10 * decimals + (uint64_t)digit;
                decimal_digits++;
            }
        }
    }
    if (place != end)
        return 0;
    for (; decimal_digits < DECIMALS; decimal_digits++)
        decimals *= 10;
    magnitude = magnitude * 100000000 + decimals;
    *value = is_negative ? -magnitude : magnitude;
    return 1;
}

/* values[row] = the value of a cell of an Arrow string array, two words of decimal128(28, 8), and bit ``row`` of
   ``is_read`` whether there is one; zeros where the cell is null or no such decimal. ``validity`` may be null. Gives how
   many have no value; -1 where a cell is not in its column. */
int64_t corena_read_decimals(
    const uint8_t *octets,
    int64_t octet_count,
    const int32_t *offsets,
    const uint8_t *validity,
    int64_t first_bit,
    int64_t count,
    uint64_t *values,
    uint8_t *is_read)
{
    int64_t unread = 0;
    memset(is_read, 0, (size_t)(count + 7) / 8);
    for (int64_t row = 0; row < count; row++) {
        const int64_t begin = offsets[row], end = offsets[row + 1], bit = first_bit + row;
        unsigned __int128 value = 0;
        if (begin < 0 || end < begin || end > octet_count)
            return -1;
        const int is_null = validity && !(validity[bit / 8] >> bit % 8 & 1);
        if (!is_null && begin < end && read_decimal(octets + begin, octets + end, &value))
            is_read[row / 8] |= (uint8_t)(1 << row % 8);
        else
            unread++;
        values[2 * row] = (uint64_t)value;
        values[2 * row + 1] = (uint64_t)(value >> 64);
    }
    return unread;
}
