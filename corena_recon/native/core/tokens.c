#include "tokens.h"

#include <stdlib.h>

#include "texts.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

tokens *tokens_new(void)
{
    tokens *made = malloc(sizeof *made);
    if (!made)
        return NULL;
    made->arena = malloc(TOKENS_ARENA_BYTES);
    if (!made->arena) {
        free(made);
        return NULL;
    }
    return made;
}

void tokens_free(tokens *of)
{
    if (of)
        free(of->arena);
    free(of);
}

tokens_place tokens_here(const tokens *of)
{
    return (tokens_place){of->shape_length, of->leaf_count, of->nested_count, of->arena_used};
}

void tokens_go_back(tokens *to, tokens_place where)
{
    to->shape_length = where.shape_length;
    to->leaf_count = where.leaf_count;
    to->nested_count = where.nested_count;
    to->arena_used = where.arena_used;
}

void tokens_begin(tokens *into, lines_in lines)
{
    into->lines = lines;
    into->cut_string = NULL;
    into->expected_length = 0;
    into->shape_length = into->leaf_count = into->nested_count = into->nesting = 0;
    into->is_given_up = false;
    into->arena_used = 0;
}

void tokens_letter(tokens *into, uint8_t letter)
{
    if (into->shape_length == TOKENS_SHAPE_MAX) {
        into->is_given_up = true;
        return;
    }
    into->shape[into->shape_length++] = letter;
}

void tokens_named(tokens *into, uint8_t letter, const uint8_t *name, size_t length)
{
    if (length + 3 > TOKENS_SHAPE_MAX - into->shape_length) {
        into->is_given_up = true;
        return;
    }
    uint8_t *to = into->shape + into->shape_length;
    to[0] = letter;
    to[1] = (uint8_t)length;
    to[2] = (uint8_t)(length >> 8);
    copy_some(to + 3, name, length);
    into->shape_length += (uint32_t)length + 3;
}

void tokens_leaf(tokens *into, uint8_t letter, const uint8_t *text, size_t length)
{
    if (into->leaf_count == TOKENS_LEAVES_MAX || length > TOKENS_RECORD_MAX) {
        into->is_given_up = true;
        return;
    }
    leaf *one = &into->leaves[into->leaf_count];
    *one = (leaf){text, (uint32_t)length, letter, STANDING_UNKNOWN, (uint16_t)into->leaf_count};
    into->leaf_count++;
    tokens_letter(into, letter);
}

uint8_t *tokens_room(tokens *of, size_t length)
{
    if (length > TOKENS_ARENA_BYTES - of->arena_used) {
        of->is_given_up = true;
        return NULL;
    }
    uint8_t *room = of->arena + of->arena_used;
    of->arena_used += length;
    return room;
}

static bool is_space(uint8_t octet)
{
    return octet == ' ' || octet == '\t' || octet == '\n' || octet == '\r';
}

static inline const uint8_t *after_space(const uint8_t *at, const uint8_t *end)
{
    if (at < end && *at > ' ')
        return at;
    while (at < end && is_space(*at))
        at++;
    return at;
}

static unsigned marks_of(const uint8_t *text, size_t length)
{
    unsigned marks = 0;
    for (size_t place = 0; place < length; place++)
        marks |= (text[place] == '=' || text[place] == '&' ? MARK_PAIRS : 0) | (text[place] >= 0x80 ? MARK_HIGH : 0);
    return marks;
}

/* The quote that ends the string that begins at `at`, and what is in it. */
static json_end string_end(const uint8_t *at, const uint8_t *end, const uint8_t **quote, unsigned *marks)
{
    unsigned found = 0;
    for (;;) {
#if defined(__SSE2__)
        while (end - at >= 16) {
            __m128i some = _mm_loadu_si128((const __m128i *)(const void *)at);
            __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(some, _mm_set1_epi8(0x1F)), some);
            __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(some, _mm_set1_epi8('"')),
                                        _mm_cmpeq_epi8(some, _mm_set1_epi8('\\')));
            __m128i pairs = _mm_or_si128(_mm_cmpeq_epi8(some, _mm_set1_epi8('=')),
                                         _mm_cmpeq_epi8(some, _mm_set1_epi8('&')));
            unsigned high = (unsigned)_mm_movemask_epi8(some);
            unsigned stops = (unsigned)_mm_movemask_epi8(_mm_or_si128(ends, controls));
            unsigned paired = (unsigned)_mm_movemask_epi8(pairs);
            if (stops) {
                int count = __builtin_ctz(stops);
                unsigned before = (1u << count) - 1;
                found |= (paired & before ? MARK_PAIRS : 0) | (high & before ? MARK_HIGH : 0);
                at += count;
                break;
            }
            found |= (paired ? MARK_PAIRS : 0) | (high ? MARK_HIGH : 0);
            at += 16;
        }
#endif
        while (at < end && *at != '"' && *at != '\\' && *at >= 0x20) {
            found |= (*at == '=' || *at == '&' ? MARK_PAIRS : 0) | (*at >= 0x80 ? MARK_HIGH : 0);
            at++;
        }
        if (at == end)
            return JSON_UNFINISHED;
        if (*at == '"') {
            *quote = at;
            *marks = found;
            return JSON_WHOLE;
        }
        if (*at != '\\')
            return JSON_INVALID;
        found |= MARK_ESCAPE;
        if (end - at < 2)
            return JSON_UNFINISHED;
        at += 2;
    }
}

static const uint8_t *digits_end(const uint8_t *at, const uint8_t *end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

/* Where the number ends that begins at `at`, or NULL; `letter` is its leaf's. */
static const uint8_t *number_end(const uint8_t *at, const uint8_t *end, uint8_t *letter)
{
    if (at < end && *at == '-')
        at++;
    if (at == end || !is_digit(*at))
        return NULL;
    at = *at == '0' ? at + 1 : digits_end(at, end);
    *letter = LEAF_NUMBER;
    if (end - at >= 2 && *at == '.' && is_digit(at[1]))
        at = digits_end(at + 1, end);
    if (at < end && (*at == 'e' || *at == 'E')) {
        const uint8_t *digits = at + 1;
        if (digits < end && (*digits == '+' || *digits == '-'))
            digits++;
        if (digits < end && is_digit(*digits)) {
            *letter = LEAF_POWER;
            at = digits_end(digits, end);
        }
    }
    return at;
}

static bool begins_with(const uint8_t *at, const uint8_t *end, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(end - at) >= length && memcmp(at, word, length) == 0;
}

static void found_text(tokens *into, const uint8_t *text, size_t length, unsigned marks);

/* The string whose source is given, a value. False where it has an escape that is none. */
static bool string_value(tokens *into, const uint8_t *source, size_t length, unsigned marks)
{
    if (!(marks & MARK_ESCAPE)) {
        if (!into->is_given_up)
            found_text(into, source, length, marks);
        return true;
    }
    uint8_t *room = into->is_given_up ? NULL : tokens_room(into, length);
    int64_t count = texts_unescape_json(source, length, room);
    if (count < 0) {
        into->is_given_up = true;
        return count != TEXT_INVALID;
    }
    into->arena_used -= length - (size_t)count;
    found_text(into, room, (size_t)count, marks_of(room, (size_t)count));
    return true;
}

/* A value that holds no other. */
static json_end scalar(tokens *into, const uint8_t *at, const uint8_t *end, const uint8_t **after)
{
    static const struct { const char *word; uint8_t letter; } words[] = {
        {"true", SHAPE_TRUE}, {"false", SHAPE_FALSE}, {"null", SHAPE_NULL}};
    if (*at == '"') {
        const uint8_t *quote;
        unsigned marks;
        json_end how = string_end(at + 1, end, &quote, &marks);
        into->cut_string = how == JSON_UNFINISHED ? at + 1 : NULL;
        if (how != JSON_WHOLE)
            return how;
        *after = quote + 1;
        return string_value(into, at + 1, (size_t)(quote - at - 1), marks) ? JSON_WHOLE : JSON_INVALID;
    }
    if (*at == '-' || is_digit(*at)) {
        uint8_t letter;
        *after = number_end(at, end, &letter);
        if (!*after)
            return end - at < 2 ? JSON_UNFINISHED : JSON_INVALID;
        if (!into->is_given_up)
            tokens_leaf(into, letter, at, (size_t)(*after - at));
        return JSON_WHOLE;
    }
    for (size_t number = 0; number < sizeof words / sizeof *words; number++) {
        if (begins_with(at, end, words[number].word)) {
            tokens_letter(into, words[number].letter);
            *after = at + strlen(words[number].word);
            return JSON_WHOLE;
        }
    }
    return end - at < 5 ? JSON_UNFINISHED : JSON_INVALID;
}

static bool are_equal(const uint8_t *one, const uint8_t *other, size_t length)
{
    uint64_t first, second;
    for (; length >= 8; one += 8, other += 8, length -= 8) {
        memcpy(&first, one, 8);
        memcpy(&second, other, 8);
        if (first != second)
            return false;
    }
    for (; length; length--)
        if (*one++ != *other++)
            return false;
    return true;
}

/* The quote that ends the key that begins at `at`, where it is the one that the expected shape has here; else NULL. */
static const uint8_t *expected_key(tokens *into, const uint8_t *at, const uint8_t *end)
{
    size_t here = into->shape_length;
    if (into->is_given_up || here + 3 > into->expected_length || into->expected[here] != SHAPE_KEY || *at != '"')
        return NULL;
    const uint8_t *key = into->expected + here;
    size_t length = (size_t)key[1] | (size_t)key[2] << 8;
    if (length + 3 > into->expected_length - here || (size_t)(end - at) < length + 2 || at[length + 1] != '"'
        || !are_equal(at + 1, key + 3, length))
        return NULL;
    copy_some(into->shape + here, key, length + 3);
    into->shape_length += (uint32_t)length + 3;
    return at + length + 1;
}

/* A list of as many numbers may be bytes, in which anything may be found. */
enum { BYTES_AT_LEAST = 32 };

static bool may_be_bytes(const tokens *of)
{
    const uint8_t *end = of->shape + of->shape_length;
    for (int count = 1; count <= BYTES_AT_LEAST; count++)
        if (of->shape_length < BYTES_AT_LEAST || end[-count] != LEAF_NUMBER)
            return false;
    return true;
}

json_end tokens_json(tokens *into, const uint8_t *at, const uint8_t *end, const uint8_t **after)
{
    uint8_t open[TOKENS_DEPTH_MAX];
    int depth = 0;
    bool has_members = false; /* whether the innermost one holds anything yet */
    for (;;) {
        at = after_space(at, end);
        if (at == end)
            return JSON_UNFINISHED;
        bool is_closing = depth && !has_members && *at == (open[depth - 1] == '{' ? '}' : ']');
        if (depth && !is_closing && open[depth - 1] == '{') {
            const uint8_t *quote = expected_key(into, at, end);
            if (!quote) {
                unsigned marks;
                if (*at != '"')
                    return JSON_INVALID;
                json_end how = string_end(at + 1, end, &quote, &marks);
                if (how != JSON_WHOLE)
                    return how;
                size_t length = (size_t)(quote - at - 1);
                if (marks & MARK_ESCAPE && texts_unescape_json(at + 1, length, NULL) == TEXT_INVALID)
                    return JSON_INVALID;
                if (!into->is_given_up)
                    tokens_named(into, SHAPE_KEY, at + 1, length);
            }
            at = after_space(quote + 1, end);
            if (at == end)
                return JSON_UNFINISHED;
            if (*at++ != ':')
                return JSON_INVALID;
            at = after_space(at, end);
            if (at == end)
                return JSON_UNFINISHED;
        }
        if (!is_closing && (*at == '{' || *at == '[')) {
            if (depth == TOKENS_DEPTH_MAX)
                return JSON_INVALID;
            open[depth++] = *at;
            tokens_letter(into, *at++);
            has_members = false;
            continue;
        }
        if (!is_closing) {
            json_end how = scalar(into, at, end, &at);
            if (how != JSON_WHOLE)
                return how;
            has_members = true;
        }
        /* Behind a value: what closes, or a comma. */
        for (;;) {
            if (depth == 0) {
                *after = at;
                return JSON_WHOLE;
            }
            at = after_space(at, end);
            if (at == end)
                return JSON_UNFINISHED;
            if (*at == ',' && has_members) {
                at++;
                break;
            }
            if (*at != (open[depth - 1] == '{' ? '}' : ']'))
                return JSON_INVALID;
            into->is_given_up |= *at == ']' && may_be_bytes(into);
            tokens_letter(into, *at++);
            depth--;
            has_members = true;
        }
    }
}

void tokens_number(tokens *into, const uint8_t *text, size_t length)
{
    uint8_t letter = LEAF_NUMBER;
    if (number_end(text, text + length, &letter) == text + length)
        tokens_leaf(into, letter, text, length);
    else
        into->is_given_up = true;
}

bool tokens_json_text(tokens *into, const uint8_t *text, size_t length)
{
    const uint8_t *end = text + length, *after;
    return tokens_json(into, text, end, &after) == JSON_WHOLE && after_space(after, end) == end;
}

static bool stands_in_name(uint8_t octet)
{
    uint8_t letter = octet | 0x20;
    bool is_mark = octet == '_' || octet == '.' || octet == '%' || octet == '[' || octet == ']' || octet == '-';
    return (letter >= 'a' && letter <= 'z') || is_digit(octet) || is_mark;
}

static bool form_value(tokens *into, const uint8_t *value, size_t length)
{
    if (memchr(value, '%', length) || memchr(value, '+', length)) {
        uint8_t *room = tokens_room(into, length);
        if (!room)
            return false;
        length = texts_decode_form(value, length, room);
        value = room;
    }
    tokens_text(into, value, length);
    return true;
}

bool tokens_form(tokens *into, const uint8_t *body, size_t length)
{
    if (length > TOKENS_BODY_MAX) {
        into->is_given_up = true;
        return false;
    }
    tokens_place before = tokens_here(into);
    const uint8_t *at = body, *end = body + length;
    tokens_letter(into, SHAPE_FORM);
    for (;;) {
        const uint8_t *ampersand = memchr(at, '&', (size_t)(end - at));
        const uint8_t *pair_end = ampersand ? ampersand : end;
        const uint8_t *name_end = at;
        while (name_end < pair_end && stands_in_name(*name_end))
            name_end++;
        bool is_pair = name_end < pair_end;
        bool is_first = at == body;
        if ((is_pair && *name_end != '=') || (is_first && (!is_pair || name_end == at))) {
            tokens_go_back(into, before);
            return false;
        }
        tokens_named(into, is_pair ? SHAPE_PAIR : SHAPE_BARE_NAME, at, (size_t)(name_end - at));
        if (is_pair && !form_value(into, name_end + 1, (size_t)(pair_end - name_end - 1)))
            return false;
        if (pair_end == end)
            break;
        at = pair_end + 1;
    }
    tokens_letter(into, SHAPE_FORM_END);
    return true;
}

static bool is_nested(tokens *into, uint8_t letter, const uint8_t *text, size_t length)
{
    if (into->is_given_up || into->nesting == TOKENS_NESTED_MAX || into->nested_count == TOKENS_NESTED_TEXTS)
        return false;
    tokens_place before = tokens_here(into);
    into->nested_lengths[into->nested_count++] = (uint32_t)length;
    into->nesting++;
    bool is_found;
    if (letter == SHAPE_FORM) {
        is_found = tokens_form(into, text, length);
    } else {
        tokens_letter(into, letter);
        is_found = letter == SHAPE_JSON   ? tokens_json_text(into, text, length)
                   : letter == SHAPE_LINE ? tokens_log_line(into, text, length)
                                          : tokens_message(into, text, length);
        tokens_letter(into, letter | 0x20);
    }
    into->nesting--;
    if (is_found && !into->is_given_up)
        return true;
    into->is_given_up = letter != SHAPE_LINE && (is_found || into->is_given_up);
    tokens_go_back(into, before);
    return false;
}

/* Whether it begins as readable text does in base64. Whoever decodes that may find anything in it. */
static bool is_readable_base64(const uint8_t *text, size_t length)
{
    uint8_t first[18];
    while (length && is_space(*text)) {
        text++;
        length--;
    }
    if (length < 24 || texts_decode_base64(text, 24, first) != 18)
        return false;
    for (int octet = 0; octet < 18; octet++)
        if ((first[octet] < 0x20 && !is_space(first[octet])) || first[octet] >= 0x7F)
            return false;
    return true;
}

/* Where the request line of an HTTP request ends, behind its line end; NULL where there is none. */
static const uint8_t *request_line_end(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *method = at;
    while (at < end && *at >= 'A' && *at <= 'Z')
        at++;
    if (at - method < 3 || at - method > 10 || at == end || *at != ' ')
        return NULL;
    const uint8_t *target = ++at;
    while (at < end && *at != ' ' && *at != '\r' && *at != '\n')
        at++;
    if (at == target || at - target > 8192 || !begins_with(at, end, " HTTP/1."))
        return NULL;
    at += 8;
    if (end - at < 3 || !is_digit(*at++))
        return NULL;
    at += *at == '\r';
    return *at == '\n' ? at + 1 : NULL;
}

static bool is_message(const uint8_t *text, size_t length)
{
    return request_line_end(text, text + length) != NULL;
}

bool tokens_message(tokens *into, const uint8_t *message, size_t length)
{
    const uint8_t *end = message + length, *at = request_line_end(message, end);
    if (!at)
        return false;
    const uint8_t *target = (const uint8_t *)memchr(message, ' ', length) + 1;
    const uint8_t *target_end = memchr(target, ' ', (size_t)(at - target));
    tokens_named(into, SHAPE_CONSTANT, message, (size_t)(target - message));
    tokens_leaf(into, LEAF_RUN, target, (size_t)(target_end - target));
    tokens_named(into, SHAPE_CONSTANT, target_end, (size_t)(at - target_end));
    for (;;) {
        const uint8_t *feed = memchr(at, '\n', (size_t)(end - at));
        if (!feed)
            return false;
        const uint8_t *line_end = feed > at && feed[-1] == '\r' ? feed - 1 : feed;
        if (line_end == at) {
            tokens_named(into, SHAPE_CONSTANT, at, (size_t)(feed + 1 - at));
            tokens_text(into, feed + 1, (size_t)(end - feed - 1));
            return true;
        }
        const uint8_t *value = memchr(at, ':', (size_t)(line_end - at));
        if (!value)
            return false;
        for (value++; value < line_end && *value == ' ';)
            value++;
        tokens_named(into, SHAPE_CONSTANT, at, (size_t)(value - at));
        tokens_text(into, value, (size_t)(line_end - value));
        tokens_named(into, SHAPE_CONSTANT, line_end, (size_t)(feed + 1 - line_end));
        at = feed + 1;
    }
}

/* Shorter texts are neither in base64 nor a request. */
enum { SHORT_MAX = 16 };

static bool is_plain_start(uint8_t octet)
{
    uint8_t letter = octet | 0x20;
    return (letter >= 'a' && letter <= 'z') || is_digit(octet);
}

/* A long base64 text in which a body or JSON is found; as it begins tells it from most others. */
static bool is_base64_of_text(tokens *into, const uint8_t *text, size_t length)
{
    uint8_t first[3];
    if (length < 24 || length % 4 != 0 || into->nesting == TOKENS_NESTED_MAX
        || texts_decode_base64(text, 4, first) != 3)
        return false;
    for (int octet = 0; octet < 3; octet++)
        if ((first[octet] < 0x20 && !is_space(first[octet])) || first[octet] >= 0x7F)
            return false;
    tokens_place before = tokens_here(into);
    uint8_t *room = tokens_room(into, length / 4 * 3);
    int64_t count = room ? texts_decode_base64(text, length, room) : -1;
    if (count > 0) {
        tokens_letter(into, SHAPE_BASE64);
        uint8_t letter = *room == '{' ? SHAPE_JSON : is_message(room, (size_t)count) ? SHAPE_MESSAGE : SHAPE_FORM;
        bool is_found = is_nested(into, letter, room, (size_t)count);
        tokens_letter(into, SHAPE_BASE64_END);
        if (is_found)
            return true;
    }
    tokens_go_back(into, before);
    return false;
}

static bool is_address(const uint8_t *text, size_t length)
{
    const uint8_t *end = text + length, *at = text;
    if (*text == '/' || begins_with(text, end, "http://") || begins_with(text, end, "https://"))
        return true;
    while (at < end && *at >= 'A' && *at <= 'Z')
        at++;
    return at - text >= 3 && at - text <= 10 && end - at >= 2 && at[0] == ' ' && at[1] == '/';
}

static bool is_padded_alone(const uint8_t *text, size_t length)
{
    size_t padding = text[length - 1] != '=' ? 0 : length > 1 && text[length - 2] == '=' ? 2 : 1;
    return padding && length % 4 == 0 && !memchr(text, '=', length - padding) && !memchr(text, '&', length);
}

/* Whether a text is more than one word, and holds what is looked for in a log's line; or a dump, be it all of it. */
static bool may_be_line(const uint8_t *text, size_t length)
{
    bool has_words = memchr(text, ' ', length) != NULL;
    return (has_words && (memchr(text, '{', length) || memchr(text, '&', length)))
           || ((has_words || memchr(text, '{', length) || memchr(text, '>', length)) && dumps_head(text, text + length));
}

/* A text in which the core finds no other. */
static void unopened(tokens *into, uint8_t letter, const uint8_t *text, size_t length)
{
    tokens_leaf(into, texts_name_a_field(text, length) ? LEAF_NAMING : letter, text, length);
}

static bool is_named_line(tokens *into, const uint8_t *text, size_t length)
{
    return into->lines == LINES_WHERE_NAMED && length >= SHORT_MAX && may_be_line(text, length)
           && texts_name_a_field(text, length) && is_nested(into, SHAPE_LINE, text, length);
}

static void found_text(tokens *into, const uint8_t *text, size_t length, unsigned marks)
{
    uint32_t leaves = into->leaf_count;
    bool has_pairs = marks & MARK_PAIRS;
    uint8_t first = length ? *text : 0;
    if (length == 0) {
        tokens_leaf(into, LEAF_EMPTY, text, 0);
    } else if (length < SHORT_MAX && !has_pairs && into->lines != LINES_FIRST && is_plain_start(first)) {
        unopened(into, LEAF_TEXT, text, length);
    } else if (first == '{' || first == '[' || first == '"') {
        if (!is_nested(into, SHAPE_JSON, text, length))
            unopened(into, LEAF_BRACES, text, length);
    } else if (is_base64_of_text(into, text, length)) {
        return;
    } else if (is_readable_base64(text, length)) {
        unopened(into, LEAF_READABLE, text, length);
    } else if (first <= 0x20 || first >= 0x7F) {
        unopened(into, has_pairs ? LEAF_ODD_PAIRS : LEAF_ODD, text, length);
    } else if (begins_with(text, text + length, "--")) {
        unopened(into, LEAF_HYPHENS, text, length);
    } else if (into->lines == LINES_FIRST && may_be_line(text, length)) {
        if (!is_nested(into, SHAPE_LINE, text, length))
            unopened(into, LEAF_LINE, text, length);
    } else if (first >= 'A' && first <= 'Z' && is_message(text, length)) {
        if (!is_nested(into, SHAPE_MESSAGE, text, length))
            unopened(into, LEAF_LINE, text, length);
    } else if (!has_pairs) {
        if (!is_named_line(into, text, length))
            unopened(into, LEAF_TEXT, text, length);
    } else if (is_address(text, length)) {
        unopened(into, LEAF_ADDRESS, text, length);
    } else if (is_padded_alone(text, length)) {
        unopened(into, LEAF_BASE64, text, length);
    } else if (!is_nested(into, SHAPE_FORM, text, length) && !is_named_line(into, text, length)) {
        unopened(into, LEAF_PAIRS, text, length);
    }
    if (!(marks & MARK_HIGH) && into->leaf_count == leaves + 1 && into->leaves[leaves].text == text)
        into->leaves[leaves].standing = STANDING_YES;
}

void tokens_text(tokens *into, const uint8_t *text, size_t length)
{
    found_text(into, text, length, marks_of(text, length));
}
