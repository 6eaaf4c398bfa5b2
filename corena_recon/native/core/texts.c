#include "texts.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static int hex_value(uint8_t octet)
{
    if (is_digit(octet))
        return octet - '0';
    octet |= 0x20;
    return octet >= 'a' && octet <= 'f' ? octet - 'a' + 10 : -1;
}

static int32_t four_hex(const uint8_t *at, const uint8_t *end)
{
    if (end - at < 4)
        return -1;
    int32_t value = 0;
    for (int place = 0; place < 4; place++) {
        int digit = hex_value(at[place]);
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

static uint8_t *put_character(uint8_t *out, uint32_t character)
{
    if (character < 0x80) {
        *out++ = (uint8_t)character;
    } else if (character < 0x800) {
        *out++ = (uint8_t)(0xC0 | character >> 6);
        *out++ = (uint8_t)(0x80 | (character & 0x3F));
    } else if (character < 0x10000) {
        *out++ = (uint8_t)(0xE0 | character >> 12);
        *out++ = (uint8_t)(0x80 | (character >> 6 & 0x3F));
        *out++ = (uint8_t)(0x80 | (character & 0x3F));
    } else {
        *out++ = (uint8_t)(0xF0 | character >> 18);
        *out++ = (uint8_t)(0x80 | (character >> 12 & 0x3F));
        *out++ = (uint8_t)(0x80 | (character >> 6 & 0x3F));
        *out++ = (uint8_t)(0x80 | (character & 0x3F));
    }
    return out;
}

static uint8_t simple_escape(uint8_t letter)
{
    switch (letter) {
    case '"':
    case '\\':
    case '/':
        return letter;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return 0;
    }
}

/* The character that an escape stands for, whose u is followed by `at`; a lone surrogate stands for itself.
   `after` is where it ends; negative where it is none. */
static int32_t escaped_character(const uint8_t *at, const uint8_t *end, const uint8_t **after)
{
    int32_t unit = four_hex(at, end);
    if (unit < 0)
        return -1;
    *after = at + 4;
    if (unit < 0xD800 || unit >= 0xDC00 || end - *after < 6 || (*after)[0] != '\\' || (*after)[1] != 'u')
        return unit;
    int32_t low = four_hex(*after + 2, end);
    if (low < 0xDC00 || low >= 0xE000)
        return unit;
    *after += 6;
    return 0x10000 + ((unit & 0x3FF) << 10 | (low & 0x3FF));
}

int64_t texts_unescape_json(const uint8_t *source, size_t length, uint8_t *out)
{
    const uint8_t *at = source, *end = source + length;
    uint8_t *to = out;
    bool is_for_exact = out == NULL;
    while (at < end) {
        const uint8_t *escape = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((escape ? escape : end) - at);
        if (out) {
            memcpy(to, at, plain);
            to += plain;
        }
        if (!escape)
            break;
        at = escape + 2;
        uint8_t octet = end - escape < 2 ? 0 : simple_escape(escape[1]);
        int32_t character = octet;
        if (!octet) {
            character = end - escape < 2 || escape[1] != 'u' ? -1 : escaped_character(at, end, &at);
            if (character < 0)
                return TEXT_INVALID;
            bool is_lone = character >= 0xD800 && character < 0xE000;
            is_for_exact |= is_lone || (character >= 0xEF80 && character <= 0xEFFF);
        }
        if (out)
            to = put_character(to, (uint32_t)character);
    }
    return is_for_exact ? TEXT_FOR_EXACT_READER : to - out;
}

size_t texts_decode_form(const uint8_t *source, size_t length, uint8_t *out)
{
    const uint8_t *at = source, *end = source + length;
    uint8_t *to = out;
    while (at < end) {
        if (*at == '%' && end - at >= 3) {
            int high = hex_value(at[1]), low = hex_value(at[2]);
            if (high >= 0 && low >= 0) {
                *to++ = (uint8_t)(high << 4 | low);
                at += 3;
                continue;
            }
        }
        *to++ = *at == '+' ? ' ' : *at;
        at++;
    }
    return (size_t)(to - out);
}

int64_t texts_unescape_nginx(const uint8_t *source, size_t length, uint8_t *out)
{
    const uint8_t *at = source, *end = source + length;
    uint8_t *to = out;
    while (at < end) {
        if (*at != '\\' || end - at < 2) {
            *to++ = *at++;
            continue;
        }
        int high = at[1] == 'x' && end - at >= 4 ? hex_value(at[2]) : -1;
        int low = high >= 0 ? hex_value(at[3]) : -1;
        uint8_t octet = simple_escape(at[1]);
        if (low >= 0) {
            *to++ = (uint8_t)(high << 4 | low);
            at += 4;
        } else if (at[1] == 'u' && four_hex(at + 2, end) >= 0) {
            return TEXT_FOR_EXACT_READER;
        } else if (octet) {
            *to++ = octet;
            at += 2;
        } else {
            *to++ = *at++;
        }
    }
    return to - out;
}

/* What the digits of base64 are worth, from '+' to 'z'; -1 where there is none. */
static const int8_t base64_values['z' - '+' + 1] = {
    62, -1, -1, -1, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1,
    -1, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
    18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, -1, -1, 26, 27, 28, 29, 30, 31,
    32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
};

static int base64_value(uint8_t octet)
{
    return octet < '+' || octet > 'z' ? -1 : base64_values[octet - '+'];
}

int64_t texts_decode_base64(const uint8_t *source, size_t length, uint8_t *out)
{
    if (length == 0 || length % 4 != 0)
        return -1;
    size_t padding = source[length - 1] != '=' ? 0 : source[length - 2] != '=' ? 1 : 2;
    uint8_t *to = out;
    int all = 0; /* negative where any digit is none */
    for (size_t place = 0; place < length; place += 4) {
        size_t digits = place + 4 == length ? 4 - padding : 4;
        int values[4] = {0, 0, 0, 0};
        for (size_t digit = 0; digit < digits; digit++)
            values[digit] = base64_value(source[place + digit]);
        all |= values[0] | values[1] | values[2] | values[3];
        uint32_t bits = (uint32_t)values[0] << 18 | (uint32_t)values[1] << 12 | (uint32_t)values[2] << 6
                        | (uint32_t)values[3];
        *to++ = (uint8_t)(bits >> 16);
        if (digits > 2)
            *to++ = (uint8_t)(bits >> 8);
        if (digits > 3)
            *to++ = (uint8_t)bits;
    }
    return all < 0 ? -1 : to - out;
}

int64_t texts_decode_hex(const uint8_t *digits, size_t length, uint8_t *out)
{
    if (length % 2 != 0)
        return -1;
    for (size_t place = 0; place < length; place += 2) {
        int high = hex_value(digits[place]), low = hex_value(digits[place + 1]);
        if (high < 0 || low < 0)
            return -1;
        out[place / 2] = (uint8_t)(high << 4 | low);
    }
    return (int64_t)(length / 2);
}

static bool is_continuation(uint8_t octet)
{
    return (octet & 0xC0) == 0x80;
}

bool texts_may_stand(const uint8_t *text, size_t length)
{
    const uint8_t *at = text, *end = text + length;
    while (at < end) {
        if (*at < 0x80) {
            at++;
            continue;
        }
        size_t count = *at < 0xC2 ? 0 : *at < 0xE0 ? 2 : *at < 0xF0 ? 3 : *at < 0xF5 ? 4 : 0;
        if (!count || (size_t)(end - at) < count)
            return false;
        for (size_t place = 1; place < count; place++)
            if (!is_continuation(at[place]))
                return false;
        bool is_too_long = (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xF0 && at[1] < 0x90);
        bool is_beyond = (at[0] == 0xED && at[1] >= 0xA0) || (at[0] == 0xF4 && at[1] >= 0x90);
        bool is_octet = at[0] == 0xEE && at[1] >= 0xBE;
        if (is_too_long || is_beyond || is_octet)
            return false;
        at += count;
    }
    return true;
}

static bool is_word(const uint8_t *at, const char *word, size_t length)
{
    for (size_t place = 0; place < length; place++)
        if ((at[place] | 0x20) != (uint8_t)word[place])
            return false;
    return true;
}

enum { SIGNATURE_LENGTH = 9, IDENTIFIER_LENGTH = 10 };

static bool names_a_field_at(const uint8_t *at, size_t left)
{
    return (left >= SIGNATURE_LENGTH && is_word(at, "signature", SIGNATURE_LENGTH))
           || (left >= IDENTIFIER_LENGTH && is_word(at, "identifier", IDENTIFIER_LENGTH));
}

bool texts_name_a_field(const uint8_t *text, size_t length)
{
    size_t place = 0;
#if defined(__SSE2__)
    /* The first and last letters of sixteen places at once: hardly any other text has them so far apart. */
    const __m128i lower = _mm_set1_epi8(0x20);
    for (; place + 16 + IDENTIFIER_LENGTH <= length; place += 16) {
        const uint8_t *at = text + place;
        __m128i first = _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)at), lower);
        __m128i ninth = _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)(at + 8)), lower);
        __m128i tenth = _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)(at + 9)), lower);
        __m128i signature =
            _mm_and_si128(_mm_cmpeq_epi8(first, _mm_set1_epi8('s')), _mm_cmpeq_epi8(ninth, _mm_set1_epi8('e')));
        __m128i identifier =
            _mm_and_si128(_mm_cmpeq_epi8(first, _mm_set1_epi8('i')), _mm_cmpeq_epi8(tenth, _mm_set1_epi8('r')));
        unsigned found = (unsigned)_mm_movemask_epi8(_mm_or_si128(signature, identifier));
        for (; found; found &= found - 1) {
            size_t here = place + (size_t)__builtin_ctz(found);
            if (names_a_field_at(text + here, length - here))
                return true;
        }
    }
#endif
    for (; place + SIGNATURE_LENGTH <= length; place++)
        if (names_a_field_at(text + place, length - place))
            return true;
    return false;
}

static uint8_t letter_of(uint8_t octet)
{
    switch (octet) {
    case '"':
    case '\\':
        return octet;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

size_t texts_escape_json(const uint8_t *text, size_t length, uint8_t *out)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *to = out;
    for (size_t place = 0; place < length; place++) {
        uint8_t octet = text[place];
        if (octet >= 0x20 && octet != '"' && octet != '\\') {
            *to++ = octet;
            continue;
        }
        uint8_t letter = letter_of(octet);
        *to++ = '\\';
        if (letter) {
            *to++ = letter;
        } else {
            memcpy(to, "u00", 3);
            to[3] = (uint8_t)digits[octet >> 4];
            to[4] = (uint8_t)digits[octet & 15];
            to += 5;
        }
    }
    return (size_t)(to - out);
}
