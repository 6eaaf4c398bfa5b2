#include "moments.h"

enum { DAYS_BEFORE_1970 = 719468 }; /* from 1 March of the year 0 */

/* Whether a text begins like a pattern: 0 is a digit, A and a are letters, all else is itself. */
static bool fits(const uint8_t *at, const uint8_t *end, const char *pattern)
{
    size_t length = strlen(pattern);
    if ((size_t)(end - at) < length)
        return false;
    for (size_t place = 0; place < length; place++) {
        uint8_t octet = at[place];
        bool does = pattern[place] == '0'   ? is_digit(octet)
                    : pattern[place] == 'A' ? octet >= 'A' && octet <= 'Z'
                    : pattern[place] == 'a' ? octet >= 'a' && octet <= 'z'
                                            : octet == (uint8_t)pattern[place];
        if (!does)
            return false;
    }
    return true;
}

static int64_t number(const uint8_t *at, int digits)
{
    int64_t value = 0;
    for (int place = 0; place < digits; place++)
        value = value * 10 + (at[place] - '0');
    return value;
}

static int64_t days_in(int64_t year, int64_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && is_leap);
}

/* Seconds since 1970; false where there is no such day. The years are those between 1900 and 2099. */
static bool day_of(int64_t year, int64_t month, int64_t day, int64_t *seconds)
{
    if (year < 1900 || year > 2099 || month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        return false;
    int64_t from_march = (month + 9) % 12;
    int64_t of_year = year - (month <= 2);
    int64_t days = of_year * 365 + of_year / 4 - of_year / 100 + of_year / 400 + (153 * from_march + 2) / 5 + day - 1;
    *seconds = (days - DAYS_BEFORE_1970) * 86400;
    return true;
}

static bool clock_of(const uint8_t *at, int64_t *seconds)
{
    int64_t hour = number(at, 2), minute = number(at + 3, 2), second = number(at + 6, 2);
    *seconds += hour * 3600 + minute * 60 + second;
    return hour < 24 && minute < 60 && second < 60;
}

static int64_t month_of(const uint8_t *name)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int64_t month = 0; month < 12; month++)
        if (memcmp(name, names + 3 * month, 3) == 0)
            return month + 1;
    return 0;
}

/* The zone behind a moment: none, Z, +00:00 or +0000. */
static bool zone_of(const uint8_t *at, const uint8_t *end, int64_t *seconds)
{
    if (at == end || (end - at == 1 && *at == 'Z'))
        return true;
    bool has_colon = end - at == 6 && fits(at + 1, end, "00:00");
    if (!has_colon && !(end - at == 5 && fits(at + 1, end, "0000")))
        return false;
    int64_t hours = number(at + 1, 2), minutes = number(at + (has_colon ? 4 : 3), 2);
    if ((*at != '+' && *at != '-') || hours > 23 || minutes > 59)
        return false;
    *seconds -= (*at == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

static bool iso(const uint8_t *text, const uint8_t *end, int64_t *microseconds)
{
    int64_t seconds, fraction = 0, unit = 100000;
    if ((text[10] != 'T' && text[10] != ' ') || !fits(text + 11, end, "00:00:00"))
        return false;
    if (!day_of(number(text, 4), number(text + 5, 2), number(text + 8, 2), &seconds) || !clock_of(text + 11, &seconds))
        return false;
    const uint8_t *at = text + 19;
    if (at < end && *at == '.') {
        for (at++; at < end && is_digit(*at); at++, unit /= 10)
            fraction += (*at - '0') * unit;
        if (unit == 100000)
            return false;
    }
    if (!zone_of(at, end, &seconds))
        return false;
    *microseconds = seconds * 1000000 + fraction;
    return true;
}

static bool with_month_name(const uint8_t *text, const uint8_t *end, int64_t *microseconds)
{
    int64_t seconds;
    bool is_known = day_of(number(text + 7, 4), month_of(text + 3), number(text, 2), &seconds)
                    && clock_of(text + 12, &seconds);
    const uint8_t *zone = text + 20;
    if (text[2] == '-') /* PHP's, in UTC by name or without a zone */
        is_known = is_known && (zone == end || (end - zone == 4 && memcmp(zone, " UTC", 4) == 0));
    else
        is_known = is_known && end - zone == 6 && *zone == ' ' && zone_of(zone + 1, end, &seconds);
    if (is_known)
        *microseconds = seconds * 1000000;
    return is_known;
}

static bool of_epoch(const uint8_t *text, size_t length, int64_t *microseconds)
{
    if (length < 9 || length > 17)
        return false;
    for (size_t place = 0; place < length; place++)
        if (!is_digit(text[place]))
            return false;
    int64_t value = number(text, (int)length);
    *microseconds = value < 100000000000 ? value * 1000000 : value < 100000000000000 ? value * 1000 : value;
    return value < 100000000000000000;
}

bool moments_read(const uint8_t *text, size_t length, int64_t *microseconds)
{
    const uint8_t *end = text + length;
    if (fits(text, end, "0000-00-00") && length > 18)
        return iso(text, end, microseconds);
    if (fits(text, end, "00-Aaa-0000 00:00:00") || fits(text, end, "00/Aaa/0000:00:00:00"))
        return with_month_name(text, end, microseconds);
    return of_epoch(text, length, microseconds);
}

static bool is_word(uint8_t octet)
{
    uint8_t letter = octet | 0x20;
    return (letter >= 'a' && letter <= 'z') || is_digit(octet) || octet == '_';
}

static const uint8_t *after_iso_zone(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *zone = at < end && *at == ' ' ? at + 1 : at, *after = NULL;
    if (zone < end && *zone == 'Z')
        after = zone + 1;
    else if (fits(zone, end, "UTC"))
        after = zone + 3;
    else if (zone < end && (*zone == '+' || *zone == '-'))
        after = fits(zone + 1, end, "00:00") ? zone + 6 : fits(zone + 1, end, "0000") ? zone + 5 : NULL;
    return after && (after == end || !is_word(*after)) ? after : at;
}

size_t moments_length(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *after = at;
    if (fits(at, end, "0000-00-00T00:00:00") || fits(at, end, "0000-00-00 00:00:00")) {
        after = at + 19;
        if (end - after >= 2 && (*after == '.' || *after == ',') && is_digit(after[1]))
            for (after++; after < end && is_digit(*after) && after - at < 29; after++)
                ;
        after = after_iso_zone(after, end);
    } else if (fits(at, end, "00-Aaa-0000 00:00:00")) {
        after = at + 20;
        const uint8_t *zone = after + 1;
        while (zone < end && zone - after <= 40 && (is_word(*zone) || strchr("/+-", *zone) != NULL) && !is_digit(*zone)
               && *zone)
            zone++;
        if (after < end && *after == ' ' && zone - after > 3)
            after = zone;
    } else if (fits(at, end, "00/Aaa/0000:00:00:00 +0000") || fits(at, end, "00/Aaa/0000:00:00:00 -0000")) {
        after = at + 26;
    }
    return (size_t)(after - at);
}

static uint8_t *put_digits(uint8_t *to, int64_t value, int digits)
{
    for (int place = digits - 1; place >= 0; place--, value /= 10)
        to[place] = (uint8_t)('0' + value % 10);
    return to + digits;
}

enum { DAYS_OF_400_YEARS = 146097 };

static uint8_t *put_day(uint8_t *to, int64_t days)
{
    int64_t of_era = days % DAYS_OF_400_YEARS;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t from_march = (5 * of_year + 2) / 153;
    int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    to = put_digits(to, days / DAYS_OF_400_YEARS * 400 + year + (month <= 2), 4);
    *to++ = '-';
    to = put_digits(to, month, 2);
    *to++ = '-';
    return put_digits(to, of_year - (153 * from_march + 2) / 5 + 1, 2);
}

size_t moments_write(int64_t microseconds, bool has_zone, uint8_t *to)
{
    const int64_t first = -62135596800000000, last = 253402300799999999; /* of the years 1 and 9999 */
    if (microseconds < first || microseconds > last)
        return 0;
    int64_t since_0000 = microseconds + DAYS_BEFORE_1970 * INT64_C(86400000000);
    int64_t fraction = since_0000 % 1000000, seconds = since_0000 / 1000000;
    uint8_t *at = put_day(to, seconds / 86400);
    *at++ = 'T';
    at = put_digits(at, seconds / 3600 % 24, 2);
    *at++ = ':';
    at = put_digits(at, seconds / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, seconds % 60, 2);
    if (fraction) {
        *at++ = '.';
        at = put_digits(at, fraction, 6);
    }
    if (has_zone) {
        memcpy(at, "+00:00", 6);
        at += 6;
    }
    return (size_t)(at - to);
}
