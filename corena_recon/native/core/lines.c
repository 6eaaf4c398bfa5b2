/* Lines of logs: text of any kind around what was posted. */
#include "moments.h"
#include "texts.h"
#include "tokens.h"

static bool is_white(uint8_t octet)
{
    return octet == ' ' || (octet >= '\t' && octet <= '\r');
}

static bool ends_word(uint8_t octet)
{
    return is_white(octet) || octet == '"' || octet == '\'' || octet == '`' || octet == '<' || octet == '>';
}

void tokens_constant(tokens *into, const uint8_t *text, size_t length)
{
    if (length)
        tokens_named(into, SHAPE_CONSTANT, text, length);
}

/* A moment, and what it looks like: digits and the names of months may differ within a shape. */
void tokens_moment(tokens *into, const uint8_t *at, size_t length)
{
    uint8_t pattern[64];
    if (length > sizeof pattern) {
        into->is_given_up = true;
        return;
    }
    for (size_t place = 0; place < length; place++)
        pattern[place] = is_digit(at[place]) ? '0' : at[place];
    if (length > 6 && (at[2] == '-' || at[2] == '/') && !is_digit(at[3]))
        memcpy(pattern + 3, "Mon", 3);
    else if (length > 6 && at[3] == ' ' && !is_digit(at[0]))
        memcpy(pattern, "Day Mon", 7);
    tokens_named(into, SHAPE_CONSTANT, pattern, length);
    tokens_leaf(into, LEAF_MOMENT, at, length);
}

/* Text around what a line holds. */
static void outer_run(tokens *into, uint8_t letter, const uint8_t *at, size_t length)
{
    tokens_leaf(into, texts_name_a_field(at, length) ? LEAF_RUN_NAMING : letter, at, length);
}

/* How a notification in base64 begins; encoded.py knows what follows. */
static const char *const encoded_starts[]
    = {"c3RhdHVzP", "eyJzdGF0dXMi", "eyJzaWduYXR1", "eyJpZGVudGlm", "eyJkYXRhI", "ewogICAgIn"};

enum { ENCODED_MIN_BYTES = 60, ENCODED_STARTS = sizeof encoded_starts / sizeof *encoded_starts };

static bool holds_encoded(const uint8_t *at, const uint8_t *end)
{
    for (size_t number = 0; number < ENCODED_STARTS; number++) {
        size_t length = strlen(encoded_starts[number]);
        for (const uint8_t *place = at; end - place >= (ptrdiff_t)length; place++) {
            place = memchr(place, encoded_starts[number][0], (size_t)(end - place));
            if (!place || end - place < (ptrdiff_t)length)
                break;
            if (!memcmp(place, encoded_starts[number], length))
                return true;
        }
    }
    for (const uint8_t *place = at; end - place >= 10; place++) {
        place = memchr(place, 'Y', (size_t)(end - place));
        if (!place || end - place < 10)
            break;
        if (!memcmp(place, "YTo", 3) && !memcmp(place + 4, "OntzOj", 6))
            return true;
    }
    return false;
}

/* Text of one line without an ampersand in which no object begins. */
static void run_in_line(tokens *into, const uint8_t *at, const uint8_t *end)
{
    size_t length = (size_t)(end - at);
    if (!length)
        return;
    into->is_given_up |= length > ENCODED_MIN_BYTES && holds_encoded(at, end);
    bool has_braces = memchr(at, '{', length) != NULL;
    into->is_given_up |= has_braces && (memchr(at, '"', length) || memchr(at, '\'', length) || memchr(at, '=', length));
    outer_run(into, has_braces ? LEAF_RUN_BRACES : LEAF_RUN, at, length);
}

/* The same of an entry, each of whose lines is a leaf. */
static void run(tokens *into, const uint8_t *at, const uint8_t *end)
{
    for (const uint8_t *feed; at < end && (feed = memchr(at, '\n', (size_t)(end - at))); at = feed + 1) {
        run_in_line(into, at, feed);
        tokens_constant(into, feed, 1);
    }
    run_in_line(into, at, end);
}

static bool may_begin_object(const uint8_t *at, const uint8_t *end)
{
    return end - at >= 2 && at[0] == '{' && (is_white(at[1]) || strchr("\"'\\}", at[1]) != NULL);
}

/* An object that is cut off within a string, as a log cuts a text of several lines: all before it belongs to the shape. */
static const uint8_t *cut_object(tokens *into, const uint8_t *at, const uint8_t *end)
{
    const uint8_t *string = into->cut_string;
    size_t length = string ? (size_t)(end - string) : 0;
    if (!length || memchr(string, '&', length) || memchr(string, '\'', length) || memchr(string, '"', length)
        || texts_name_a_field(string, length))
        return NULL;
    for (const uint8_t *place = string; place < end; place++)
        if (may_begin_object(place, end))
            return NULL;
    tokens_constant(into, at, (size_t)(string - at));
    tokens_leaf(into, LEAF_CUT, string, length);
    return end;
}

static bool has_two_backslashes(const uint8_t *at, const uint8_t *end)
{
    while ((at = memchr(at, '\\', (size_t)(end - at))) && at + 1 < end) {
        if (at[1] == '\\')
            return true;
        at++;
    }
    return false;
}

/* Where the object that begins here ends; NULL for the exact reader, also where it is written as a JSON string. */
static const uint8_t *object(tokens *into, const uint8_t *at, const uint8_t *line, const uint8_t *end)
{
    const uint8_t *after;
    if (at > line && at[-1] == '"' && at[1] == '\\')
        return NULL;
    uint32_t nested = into->nested_count, shape_length = into->shape_length, leaf_count = into->leaf_count;
    if (nested == TOKENS_NESTED_TEXTS)
        return NULL;
    into->nested_count++;
    tokens_letter(into, SHAPE_JSON);
    json_end how = tokens_json(into, at, end, &after);
    if (how == JSON_UNFINISHED) {
        into->nested_count = nested;
        into->shape_length = shape_length;
        into->leaf_count = leaf_count;
        return cut_object(into, at, end);
    }
    if (how != JSON_WHOLE)
        return NULL;
    /* A text that Python or Node printed: the exact reader undoes one more escape. */
    if (at > line && at[-1] == '\'' && has_two_backslashes(at, after))
        return NULL;
    into->nested_lengths[nested] = (uint32_t)(after - at);
    tokens_letter(into, SHAPE_JSON_END);
    return after;
}

/* How much of a word stands before a body as its name: brackets, and what ends in = or : before a pair. */
static size_t label_length(const uint8_t *word, const uint8_t *end)
{
    const uint8_t *ampersand = memchr(word, '&', (size_t)(end - word));
    const uint8_t *at = word, *label = word, *separator = NULL;
    while (at < end && (*at == '[' || *at == '('))
        label = ++at;
    for (; at < (ampersand ? ampersand : end); at++) {
        if (*at != '=' && *at != ':')
            continue;
        if (*at == '=' && separator)
            label = separator + 1;
        separator = at;
    }
    return (size_t)(label - word);
}

/* A word with an ampersand. What stands beside it belongs to the shape, as does what a log set behind it. */
static const uint8_t *paired_word(tokens *into, const uint8_t *word, const uint8_t *word_end, const uint8_t *end)
{
    const uint8_t *body_end = word_end;
    while (body_end > word && strchr(",;)]", body_end[-1]) != NULL && body_end[-1])
        body_end--;
    const uint8_t *last_pair = body_end;
    while (last_pair > word && last_pair[-1] != '&')
        last_pair--;
    /* The exact reader cuts off other cells behind a body. */
    into->is_given_up |= memchr(last_pair, ',', (size_t)(body_end - last_pair)) != NULL;
    size_t label = label_length(word, body_end);
    tokens_constant(into, word, label);
    tokens_text(into, word + label, (size_t)(body_end - word) - label);
    const uint8_t *after = word_end < end ? word_end + 1 : word_end;
    tokens_constant(into, body_end, (size_t)(after - body_end));
    return after;
}

/* The text before a dump, and the dump; where that ends, or NULL, with nothing added, for the exact reader. */
static const uint8_t *dump(tokens *into, const uint8_t *begin, const uint8_t *at, const uint8_t *end)
{
    tokens_place before = tokens_here(into);
    bool was_given_up = into->is_given_up;
    const uint8_t *after;
    run(into, begin, at);
    if (tokens_dump(into, at, end, &after) && !dumps_go_on(at, after, end))
        return after;
    tokens_go_back(into, before);
    into->is_given_up = was_given_up;
    return NULL;
}

bool tokens_log_line(tokens *into, const uint8_t *line, size_t length)
{
    const uint8_t *begin = line, *end = line + length;
    size_t moment_begin, moment_length;
    moment_kind kind = moments_at_start(line, end, &moment_begin, &moment_length);
    /* Where the line is a text in a record, the exact reader looks for no moment in it. */
    if ((kind == MOMENT_FOR_EXACT_READER && !into->nesting) || *line == '\0' || memchr(line, '\x1b', length))
        return false;
    if (kind == MOMENT_PLAIN) {
        tokens_constant(into, line, moment_begin);
        tokens_moment(into, line + moment_begin, moment_length);
        begin += moment_begin + moment_length;
    }
    const uint8_t *at = begin, *head = dumps_head(at, end);
    bool has_strange_head = false;
    while (at < end && !into->is_given_up) {
        if (head && head < at)
            head = dumps_head(at, end);
        if (at == head) {
            const uint8_t *after = dump(into, begin, at, end);
            has_strange_head |= !after;
            /* What the exact reader makes of the strange one may hold this one. */
            into->is_given_up |= after && has_strange_head;
            head = dumps_head(after ? after : at + 1, end);
            begin = after ? after : begin;
            at = after ? after : at;
            if (after)
                continue;
        }
        if (may_begin_object(at, end)) {
            run(into, begin, at);
            at = object(into, at, line, end);
            if (!at)
                return false;
            begin = at;
            continue;
        }
        bool is_word = !ends_word(*at) && (at == begin || ends_word(at[-1]));
        if (!is_word) {
            at++;
            continue;
        }
        const uint8_t *word_end = at;
        while (word_end < end && !ends_word(*word_end) && !may_begin_object(word_end, end))
            word_end++;
        if (word_end == at || !memchr(at, '&', (size_t)(word_end - at))) {
            at = word_end;
            continue;
        }
        if (at > begin) {
            run(into, begin, at - 1);
            tokens_constant(into, at - 1, 1);
        }
        begin = at = paired_word(into, at, word_end, end);
    }
    run(into, begin, end);
    /* The lines of a dump that is not as PHP writes it say more together than each by itself. */
    return !into->is_given_up && !(has_strange_head && texts_name_a_field(line, length));
}

/* Whether a date could begin here to a reader that is easily pleased. */
static bool may_begin_moment(const uint8_t *at, const uint8_t *end)
{
    return end - at >= 6 && is_digit(at[0]) && is_digit(at[1])
           && ((at[2] == '/' && !is_digit(at[3])) || (is_digit(at[2]) && is_digit(at[3]) && at[4] == '-'));
}

static void plain_words(tokens *into, const uint8_t *at, const uint8_t *end)
{
    size_t length = (size_t)(end - at);
    if (!length)
        return;
    for (const uint8_t *place = at; place < end; place++)
        into->is_given_up |= *place == '{' || *place == '\\' || may_begin_moment(place, end);
    if (!memchr(at, '=', length) && !memchr(at, '&', length)) {
        outer_run(into, LEAF_RUN, at, length);
        return;
    }
    while (at < end) {
        const uint8_t *space = memchr(at, ' ', (size_t)(end - at));
        const uint8_t *word_end = space ? space : end;
        const uint8_t *equals = memchr(at, '=', (size_t)(word_end - at));
        if (!equals) {
            into->is_given_up |= memchr(at, '&', (size_t)(word_end - at)) != NULL;
            if (word_end > at)
                outer_run(into, LEAF_RUN, at, (size_t)(word_end - at));
        } else if (memchr(at, '&', (size_t)(word_end - at))) {
            tokens_text(into, at, (size_t)(word_end - at));
        } else {
            tokens_constant(into, at, (size_t)(equals + 1 - at));
            tokens_text(into, equals + 1, (size_t)(word_end - equals - 1));
        }
        if (!space)
            return;
        tokens_constant(into, space, 1);
        at = space + 1;
    }
}

/* What stands outside of quotes, with the first moment in it. */
static bool unquoted(tokens *into, const uint8_t *at, const uint8_t *end, bool has_moment)
{
    for (const uint8_t *place = at; place < end && !has_moment; place++) {
        size_t length = is_digit(*place) ? moments_length(place, end) : 0;
        if (length && (place[10] != ' ' || place[2] == '/')) {
            plain_words(into, at, place);
            tokens_moment(into, place, length);
            plain_words(into, place + length, end);
            return true;
        }
        if (may_begin_moment(place, end))
            break;
    }
    plain_words(into, at, end);
    return has_moment;
}

static bool quoted(tokens *into, const uint8_t *cell, size_t length)
{
    tokens_constant(into, (const uint8_t *)"\"", 1);
    if (memchr(cell, '\\', length)) {
        uint8_t *room = tokens_room(into, length);
        int64_t count = room ? texts_unescape_nginx(cell, length, room) : TEXT_FOR_EXACT_READER;
        if (count < 0)
            return false;
        cell = room;
        length = (size_t)count;
    }
    tokens_text(into, cell, length);
    tokens_constant(into, (const uint8_t *)"\"", 1);
    return true;
}

bool tokens_access_log_line(tokens *into, const uint8_t *line, size_t length)
{
    const uint8_t *at = line, *end = line + length;
    bool has_moment = false;
    while (at < end && !into->is_given_up) {
        const uint8_t *quote = memchr(at, '"', (size_t)(end - at));
        has_moment = unquoted(into, at, quote ? quote : end, has_moment);
        if (!quote)
            return !into->is_given_up;
        const uint8_t *close = quote + 1;
        while (close < end && *close != '"')
            close += *close == '\\' ? 2 : 1;
        if (close >= end || !quoted(into, quote + 1, (size_t)(close - quote - 1)))
            return false;
        at = close + 1;
    }
    return !into->is_given_up;
}
