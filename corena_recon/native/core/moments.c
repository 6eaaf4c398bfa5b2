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

static int64_t month_of(const uint8_t *name)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int64_t month = 0; month < 12; month++)
        if (memcmp(name, names + 3 * month, 3) == 0)
            return month + 1;
    return 0;
}

/* The zone behind a moment: none, Z, UTC, GMT, +00:00, +0000 or +00. */
static bool zone_of(const uint8_t *at, const uint8_t *end, int64_t *seconds)
{
    at += at < end && *at == ' ';
    bool is_named = end - at >= 3 && (memcmp(at, "UTC", 3) == 0 || memcmp(at, "GMT", 3) == 0);
    at += is_named ? 3 : 0;
    if (at == end || (end - at == 1 && *at == 'Z' && !is_named))
        return true;
    bool has_colon = end - at == 6 && fits(at + 1, end, "00:00"), is_short = end - at == 3;
    if (!has_colon && !(end - at == 5 && fits(at + 1, end, "0000")) && !(is_short && fits(at + 1, end, "00")))
        return false;
    int64_t hours = number(at + 1, 2), minutes = is_short ? 0 : number(at + (has_colon ? 4 : 3), 2);
    if ((*at != '+' && *at != '-') || hours > 23 || minutes > 59)
        return false;
    *seconds -= (*at == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

/* 00:00, with seconds and a fraction of them where they follow; NULL where there is no such time. */
static const uint8_t *clock_of(const uint8_t *at, const uint8_t *end, int64_t *seconds, int64_t *microseconds)
{
    if (!fits(at, end, "00:00"))
        return NULL;
    int64_t hour = number(at, 2), minute = number(at + 3, 2), second = 0, unit = 100000;
    at += 5;
    *microseconds = 0;
    if (fits(at, end, ":00")) {
        second = number(at + 1, 2);
        at += 3;
        if (end - at >= 2 && (*at == '.' || *at == ',') && is_digit(at[1]))
            for (at++; at < end && is_digit(*at); at++, unit /= 10)
                *microseconds += (*at - '0') * unit;
    }
    *seconds += hour * 3600 + minute * 60 + second;
    return hour < 24 && minute < 60 && second < 60 ? at : NULL;
}

/* The time and the zone behind a day. */
static bool with_clock(const uint8_t *at, const uint8_t *end, int64_t seconds, int64_t *microseconds)
{
    int64_t fraction;
    at = clock_of(at, end, &seconds, &fraction);
    if (!at || !zone_of(at, end, &seconds))
        return false;
    *microseconds = seconds * 1000000 + fraction;
    return true;
}

static bool year_first(const uint8_t *text, const uint8_t *end, int64_t *microseconds)
{
    int64_t seconds;
    return (text[10] == ' ' || text[10] == 'T') && day_of(number(text, 4), number(text + 5, 2), number(text + 8, 2), &seconds)
           && with_clock(text + 11, end, seconds, microseconds);
}

/* The day first, unless that is no day. */
static bool year_last(const uint8_t *text, const uint8_t *end, int64_t *microseconds)
{
    int64_t seconds, day = number(text, 2), month = number(text + 3, 2), year = number(text + 6, 4);
    bool is_known = month > 12 ? day_of(year, day, month, &seconds) : day_of(year, month, day, &seconds);
    return is_known && text[10] == ' ' && with_clock(text + 11, end, seconds, microseconds);
}

static bool with_month_name(const uint8_t *text, const uint8_t *end, int64_t *microseconds)
{
    int64_t seconds;
    return day_of(number(text + 7, 4), month_of(text + 3), number(text, 2), &seconds)
           && with_clock(text + 12, end, seconds, microseconds);
}

/* Apache's error log. */
static bool with_day_name(const uint8_t *text, const uint8_t *end, int64_t *microseconds)
{
    int64_t seconds, fraction;
    if (end[-5] != ' ' || !fits(end - 4, end, "0000") || !day_of(number(end - 4, 4), month_of(text + 4), number(text + 8, 2), &seconds))
        return false;
    const uint8_t *after = clock_of(text + 11, end, &seconds, &fraction);
    *microseconds = seconds * 1000000 + (after ? fraction : 0);
    return after == end - 5;
}

/* Digits that are a day and its time rather than a number: the exact reader reads them. */
static bool is_day_and_time(const uint8_t *digits, size_t length)
{
    return (length == 14 || length == 17) && digits[0] == '2' && digits[1] == '0';
}

static bool of_epoch(const uint8_t *text, size_t length, int64_t *microseconds)
{
    if (length < 9 || length > 17)
        return false;
    for (size_t place = 0; place < length; place++)
        if (!is_digit(text[place]))
            return false;
    int64_t value = number(text, (int)length);
    if (is_day_and_time(text, length))
        return false;
    *microseconds = value < 100000000000 ? value * 1000000 : value < 100000000000000 ? value * 1000 : value;
    return value < 100000000000000000;
}

bool moments_read(const uint8_t *text, size_t length, int64_t *microseconds)
{
    const uint8_t *end = text + length;
    if (fits(text, end, "0000-00-00 00:00") || fits(text, end, "0000/00/00 00:00") || fits(text, end, "0000-00-00T00:00"))
        return year_first(text, end, microseconds);
    if (fits(text, end, "00/00/0000 00:00") || fits(text, end, "00-00-0000 00:00") || fits(text, end, "00.00.0000 00:00"))
        return year_last(text, end, microseconds);
    if (fits(text, end, "00-Aaa-0000 00:00") || fits(text, end, "00/Aaa/0000:00:00"))
        return with_month_name(text, end, microseconds);
    if (fits(text, end, "Aaa Aaa 00 00:00:00"))
        return with_day_name(text, end, microseconds);
    return of_epoch(text, length, microseconds);
}

static bool is_word(uint8_t octet)
{
    uint8_t letter = octet | 0x20;
    return (letter >= 'a' && letter <= 'z') || is_digit(octet) || octet == '_';
}

static const char *const zones[] = {"AEDT", "AEST", "CEST", "EEST", "SAST", "WEST", "AST", "BST", "CAT", "CDT", "CET",
                                    "CST",  "EAT",  "EDT",  "EET",  "EST",  "GMT",  "IST", "JST", "MDT", "MSK", "MST",
                                    "PDT",  "PST",  "UTC",  "WAT",  "WET",  NULL};

static const uint8_t *after_offset(const uint8_t *at, const uint8_t *end)
{
    if (end - at < 3 || (*at != '+' && *at != '-') || !fits(at + 1, end, "00"))
        return NULL;
    if (fits(at + 3, end, ":00"))
        return at + 6;
    return fits(at + 3, end, "00") ? at + 5 : at + 3;
}

static bool is_one_of(const char *const *names, const uint8_t *at, size_t length)
{
    for (; *names; names++)
        if (length == strlen(*names) && memcmp(at, *names, length) == 0)
            return true;
    return false;
}

static bool is_region(const uint8_t *at, size_t length)
{
    static const char *const names[] = {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia",
                                        "Canada", "Etc",     "Europe",     "Indian", "Pacific", "US",    NULL};
    return is_one_of(names, at, length);
}

static bool stands_in_zone(uint8_t octet)
{
    return (is_word(octet) && !is_digit(octet)) || octet == '/' || octet == '+' || octet == '-';
}

/* Where the zone ends that stands behind a moment, if one does; NULL where only the exact reader can tell. */
static const uint8_t *after_zone(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *zone = at < end && *at == ' ' ? at + 1 : at, *after = zone, *slash = NULL;
    bool is_named = fits(zone, end, "UTC") || fits(zone, end, "GMT");
    const uint8_t *offset = after_offset(is_named ? zone + 3 : zone, end);
    if (offset)
        return offset == end || (!is_word(*offset) && *offset != '/' && *offset != ':') ? offset : NULL;
    if (zone == end || *zone < 'A' || *zone > 'Z')
        return at;
    for (int slashes = 0; after < end && stands_in_zone(*after); after++) {
        if (*after == '/' && slashes++ == 0)
            slash = after;
        if (after - zone > 64 || slashes > 1 || *after == '+' || *after == '-')
            return NULL;
    }
    if (after < end && is_digit(*after))
        return slash ? NULL : at;
    if (slash && !is_region(zone, (size_t)(slash - zone)))
        return at;
    if (slash)
        return after - slash > 2 && after - slash <= 21 ? after : NULL;
    if (after - zone == 1 && *zone == 'Z')
        return after;
    return is_one_of(zones, zone, (size_t)(after - zone)) ? after : at;
}

/* Where a time ends; NULL where none begins or only the exact reader can tell. */
static const uint8_t *after_clock(const uint8_t *at, const uint8_t *end)
{
    if (!fits(at, end, "00:00") || fits(at, end, "00:000"))
        return NULL;
    at += 5;
    if (fits(at, end, ":00")) {
        at += 3;
        if (end - at >= 2 && (*at == '.' || *at == ',') && is_digit(at[1]))
            for (const uint8_t *fraction = at++; at < end && is_digit(*at) && at - fraction < 10;)
                at++;
    }
    const uint8_t *half = at < end && *at == ' ' ? at + 1 : at;
    bool may_be_half = end - half >= 2 && strchr("aApP", *half) != NULL && *half && strchr("mM.", half[1]) != NULL;
    return may_be_half ? NULL : after_zone(at, end);
}

static const uint8_t *after_epoch(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *after = at;
    while (after < end && is_digit(*after))
        after++;
    bool is_epoch = after - at >= 10 && (after - at - 10) % 3 == 0 && after - at <= 16 && *at == '1' && at[1] >= '4';
    return is_epoch && after < end && strchr("] \t)|;:", *after) != NULL && *after ? after : NULL;
}

/* Whether a reader that is easily pleased could find a moment in the first bytes of a line. */
static bool may_hold_moment(const uint8_t *line, const uint8_t *end)
{
    if (end - line > MOMENTS_FIRST_BYTES)
        end = line + MOMENTS_FIRST_BYTES;
    for (const uint8_t *at = line; at < end;) {
        if (!is_digit(*at)) {
            at++;
            continue;
        }
        const uint8_t *digits = at;
        while (at < end && is_digit(*at))
            at++;
        bool is_in_word = digits > line && is_word(digits[-1]);
        if (at - digits >= 10 && digits[0] == '1' && digits[1] >= '4' && !is_in_word)
            return true;
        if (is_day_and_time(digits, (size_t)(at - digits)) || (at - digits == 8 && fits(at, end, "T0000")))
            return true;
        const uint8_t *letter = at < end && *at == ' ' ? at + 1 : at;
        if (letter < end && *letter == 'h' && (fits(letter + 1, end, "00") || fits(letter + 1, end, " 00")))
            return true;
        if (at < end && *at == ':' && fits(at + 1, end, "00") && (end - at < 4 || !is_digit(at[3])))
            return true;
    }
    return false;
}

static bool is_syslog(const uint8_t *at, const uint8_t *end)
{
    return fits(at, end, "Aaa  0 00:00:00 ") || fits(at, end, "Aaa 00 00:00:00 ");
}

moment_kind moments_at_start(const uint8_t *line, const uint8_t *end, size_t *begin, size_t *length)
{
    const uint8_t *at = line;
    if (at < end && *at == '<') {
        const uint8_t *close = at + 1;
        while (close < end && close - at < 4 && is_digit(*close))
            close++;
        if (close > at + 1 && close < end && *close == '>' && is_syslog(close + 1, end))
            return MOMENT_WITHOUT_YEAR;
    }
    if (is_syslog(at, end))
        return MOMENT_WITHOUT_YEAR;
    while (at < end && at - line < 40 && *at && strchr(" \t\r\n\v\f[(<\"'=*#>|-", *at) != NULL)
        at++;
    const uint8_t *after = NULL;
    if (fits(at, end, "0000-00-00 ") || fits(at, end, "0000-00-00T") || fits(at, end, "0000/00/00 ")
        || fits(at, end, "00/00/0000 ") || fits(at, end, "00-00-0000 ") || fits(at, end, "00.00.0000 "))
        after = after_clock(at + 11, end);
    else if ((fits(at, end, "00-Aaa-0000 ") || fits(at, end, "00/Aaa/0000:")) && month_of(at + 3))
        after = after_clock(at + 12, end);
    else if (fits(at, end, "Aaa Aaa 00 00:00:00") && end - at > 23) {
        const uint8_t *year = at + 19;
        if (*year == '.')
            for (year++; year < end && is_digit(*year) && year - at < 29;)
                year++;
        static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", NULL};
        bool is_whole = fits(year, end, " 0000") && is_one_of(days, at, 3) && month_of(at + 4);
        after = is_whole ? year + 5 : NULL;
    } else {
        after = after_epoch(at, end);
    }
    if (after) {
        *begin = (size_t)(at - line);
        *length = (size_t)(after - at);
        return MOMENT_PLAIN;
    }
    return may_hold_moment(line, end) ? MOMENT_FOR_EXACT_READER : MOMENT_NONE;
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
