/* Arrays as PHP's print_r, var_export, var_dump and serialize write them. What is written in any other way, or could
   stand for another array, is for the exact reader. */
#include "moments.h"
#include "tokens.h"

enum { DEPTH_MAX = 16, STEP = 8, NUMBER_MAX = 24, KEY_DIGITS_MAX = 18, PRINTED_KEY_MAX = 200 };
enum { STARTS_LINE = 5 }; /* behind Array */

typedef struct {
    tokens *into;
    const uint8_t *at, *end;
} cursor;

static bool is_white(uint8_t octet)
{
    return octet == ' ' || (octet >= '\t' && octet <= '\r');
}

static const uint8_t *after_white(const uint8_t *at, const uint8_t *end)
{
    while (at < end && is_white(*at))
        at++;
    return at;
}

static void pass_white(cursor *of)
{
    of->at = after_white(of->at, of->end);
}

static bool is_next(const cursor *of, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(of->end - of->at) >= length && memcmp(of->at, word, length) == 0;
}

static bool takes(cursor *of, const char *word)
{
    if (!is_next(of, word))
        return false;
    of->at += strlen(word);
    return true;
}

/* A list of names in quotes, with an arrow behind the first: how tools write short arrays. */
static bool begins_short_array(const uint8_t *at, const uint8_t *end)
{
    at = after_white(at + 1, end);
    if (at == end || (*at != '"' && *at != '\''))
        return false;
    for (at++; at < end && *at != '"' && *at != '\'' && *at != '\n';)
        at++;
    at = at == end ? at : after_white(at + 1, end);
    return end - at >= 2 && at[0] == '=' && at[1] == '>';
}

/* What php/parts.py takes for the head of a dump, and some more. */
static bool may_be_head(const uint8_t *at, const uint8_t *end)
{
    cursor word = {NULL, at, end};
    switch (*at) {
    case '[':
        return begins_short_array(at, end);
    case 'A':
    case 'O':
        if (!takes(&word, "Array") && !takes(&word, "Object"))
            return end - at >= 3 && at[0] == 'O' && at[1] == ':' && is_digit(at[2]);
        at = after_white(word.at, end);
        return at > word.at && at < end && *at == '(';
    case 'a':
        if (end - at >= 3 && at[1] == ':' && is_digit(at[2]))
            return true;
        if (!takes(&word, "array"))
            return false;
        at = after_white(word.at, end);
        return at < end && *at == '(';
    case 'o':
        return is_next(&word, "object(");
    default:
        return false;
    }
}

const uint8_t *dumps_head(const uint8_t *at, const uint8_t *end)
{
    for (; at < end; at++)
        if ((*at == 'a' || *at == 'A' || *at == 'o' || *at == 'O' || *at == '[') && may_be_head(at, end))
            return at;
    return NULL;
}

/* How many elements or bytes are announced; -1 where none are. */
static int64_t takes_count(cursor *of)
{
    int64_t count = 0;
    const uint8_t *begin = of->at;
    for (; of->at < of->end && is_digit(*of->at) && of->at - begin < 9; of->at++)
        count = count * 10 + (*of->at - '0');
    return of->at == begin || (of->at < of->end && is_digit(*of->at)) ? -1 : count;
}

static bool is_index(const uint8_t *key, size_t length)
{
    size_t sign = length && *key == '-';
    if (length == sign || length - sign > KEY_DIGITS_MAX || (key[sign] == '0' && length > 1))
        return false;
    for (size_t place = sign; place < length; place++)
        if (!is_digit(key[place]))
            return false;
    return true;
}

/* A key as it would stand in JSON, too. */
static bool named(cursor *of, const uint8_t *key, size_t length)
{
    for (size_t place = 0; place < length; place++)
        if (key[place] < ' ' || key[place] > '~' || key[place] == '"' || key[place] == '\'' || key[place] == '\\')
            return false;
    tokens_named(of->into, SHAPE_KEY, key, length);
    return length > 0;
}

/* A key in quotes; PHP has none that is a whole number. */
static bool named_in_quotes(cursor *of, const uint8_t *key, size_t length)
{
    bool is_number = length > 0;
    for (size_t place = *key == '-'; place < length; place++)
        is_number &= is_digit(key[place]);
    return !is_number && named(of, key, length);
}

static bool takes_index(cursor *of)
{
    const uint8_t *begin = of->at;
    while (of->at < of->end && (*of->at == '-' || is_digit(*of->at)))
        of->at++;
    return is_index(begin, (size_t)(of->at - begin)) && named(of, begin, (size_t)(of->at - begin));
}

static bool takes_number(cursor *of)
{
    const uint8_t *begin = of->at;
    while (of->at < of->end && (is_digit(*of->at) || (*of->at && strchr("-+.eE", *of->at))))
        of->at++;
    size_t length = (size_t)(of->at - begin);
    if (length == 0 || length > NUMBER_MAX)
        return false;
    tokens_number(of->into, begin, length);
    return !of->into->is_given_up;
}

static void truth(cursor *of, bool is_true)
{
    /* PHP posts these texts. */
    tokens_text(of->into, (const uint8_t *)"1", is_true);
}

static bool takes_spaces(cursor *of, size_t count)
{
    if ((size_t)(of->end - of->at) < count)
        return false;
    for (size_t place = 0; place < count; place++)
        if (of->at[place] != ' ')
            return false;
    of->at += count;
    return true;
}

/* Where the value ends that begins at `at`: at the end of its line, or where a log has joined the lines by spaces, in
   front of what may be another line's indentation. NULL where it may be taken for something else. */
static const uint8_t *printed_value_end(const uint8_t *at, const uint8_t *end, const char *line_end)
{
    bool is_joined = *line_end == ' ';
    for (; at < end; at++) {
        if (is_joined && *at == ' ' && end - at >= 2 && (at[1] == ' ' || at[1] == ')'))
            return at;
        if (*at == '\r' && *line_end == '\r' && end - at >= 2 && at[1] == '\n')
            return at;
        if (*at == '\n' && *line_end == '\n')
            return at;
        if (*at == '\n' || *at == '\r' || (*at == ']' && end - at >= 4 && memcmp(at, "] =>", 4) == 0))
            return NULL;
    }
    return NULL;
}

static bool printed_key(cursor *of, bool is_joined)
{
    const uint8_t *key = of->at;
    while (of->at < of->end && *of->at >= ' ' && !is_next(of, "] =>")) {
        if (is_joined && is_next(of, "  "))
            return false;
        of->at++;
    }
    size_t length = (size_t)(of->at - key);
    return length <= PRINTED_KEY_MAX && takes(of, "] => ") && named(of, key, length);
}

/* Line by line, each indented as it must be: nothing is quoted. */
static bool printed(cursor *of, const char *line_end, size_t indented, int depth)
{
    bool is_joined = *line_end == ' ';
    if (depth == DEPTH_MAX || !takes(of, "Array") || !takes(of, line_end) || !takes_spaces(of, indented)
        || !takes(of, "(") || !takes(of, line_end))
        return false;
    tokens_letter(of->into, SHAPE_OBJECT);
    for (;;) {
        if (!takes_spaces(of, indented))
            return false;
        if (takes(of, ")")) {
            tokens_letter(of->into, SHAPE_OBJECT_END);
            return of->at == of->end || is_next(of, line_end) || (is_joined && is_next(of, "\n"));
        }
        if (!takes_spaces(of, STEP / 2) || !takes(of, "[") || !printed_key(of, is_joined))
            return false;
        const uint8_t *value = of->at, *value_end = printed_value_end(value, of->end, line_end);
        if (!value_end)
            return false;
        if (value_end - value == 5 && memcmp(value, "Array", 5) == 0) {
            if (!printed(of, line_end, indented + STEP, depth + 1) || !takes(of, line_end) || !takes(of, line_end))
                return false;
            continue;
        }
        tokens_text(of->into, value, (size_t)(value_end - value));
        of->at = value_end;
        if (!takes(of, line_end))
            return false;
    }
}

/* Whether a line of text looks like one of print_r's, which then may go on in it. */
static bool printed_goes_on(const uint8_t *at, const uint8_t *end)
{
    for (const uint8_t *feed = memchr(at, '\n', (size_t)(end - at)); feed;
         feed = memchr(feed, '\n', (size_t)(end - feed))) {
        for (feed++; feed < end && (*feed == ' ' || *feed == '\t');)
            feed++;
        if (feed == end)
            break;
        const uint8_t *line_end = memchr(feed, '\n', (size_t)(end - feed));
        if (*feed == ')' || (*feed == '[' && memchr(feed, '>', (size_t)((line_end ? line_end : end) - feed))))
            return true;
    }
    return false;
}

/* The same of a line that was joined of several: brackets behind spaces. */
static bool joined_goes_on(const uint8_t *at, const uint8_t *end)
{
    for (; end - at >= 2 && *at != '\n'; at++)
        if (*at == ' ' && (at[1] == ')' || (end - at >= 6 && memcmp(at, "     [", 6) == 0)))
            return true;
    return false;
}

bool dumps_go_on(const uint8_t *head, const uint8_t *after, const uint8_t *end)
{
    if (*head != 'A')
        return false;
    return head[STARTS_LINE] == ' ' ? joined_goes_on(after, end) : printed_goes_on(after, end);
}

/* A text in single quotes, in which these and backslashes are escaped. */
static bool takes_quoted(cursor *of)
{
    const uint8_t *begin = ++of->at;
    bool is_escaped = false;
    while (of->at < of->end && *of->at != '\'') {
        is_escaped |= *of->at == '\\';
        of->at += *of->at == '\\' ? 2 : 1;
    }
    if (of->at >= of->end)
        return false;
    size_t length = (size_t)(of->at++ - begin);
    if (is_escaped) {
        uint8_t *room = length > TOKENS_RECORD_MAX ? NULL : tokens_room(of->into, length);
        if (!room)
            return false;
        size_t used = 0;
        for (size_t place = 0; place < length; place++) {
            if (begin[place] == '\\' && (begin[place + 1] == '\\' || begin[place + 1] == '\''))
                place++;
            room[used++] = begin[place];
        }
        begin = room;
        length = used;
    }
    tokens_text(of->into, begin, length);
    return true;
}

static bool exported(cursor *of, int depth)
{
    bool is_short = takes(of, "[");
    if (depth == DEPTH_MAX || (!is_short && !takes(of, "array")))
        return false;
    pass_white(of);
    if (!is_short && !takes(of, "("))
        return false;
    const char *close = is_short ? "]" : ")";
    tokens_letter(of->into, SHAPE_OBJECT);
    for (bool needs_comma = false;; needs_comma = true) {
        pass_white(of);
        if (needs_comma) {
            bool has_comma = takes(of, ",");
            pass_white(of);
            if (!has_comma && !is_next(of, close))
                return false;
        }
        if (takes(of, close)) {
            tokens_letter(of->into, SHAPE_OBJECT_END);
            return true;
        }
        if (takes(of, "'")) {
            const uint8_t *quote = memchr(of->at, '\'', (size_t)(of->end - of->at));
            if (!quote || !named_in_quotes(of, of->at, (size_t)(quote - of->at)))
                return false;
            of->at = quote + 1;
        } else if (!takes_index(of)) {
            return false;
        }
        pass_white(of);
        if (!takes(of, "=>"))
            return false;
        pass_white(of);
        if (is_next(of, "'")) {
            if (!takes_quoted(of))
                return false;
        } else if (is_next(of, "array") || is_next(of, "[")) {
            if (!exported(of, depth + 1))
                return false;
        } else if (takes(of, "NULL")) {
            tokens_letter(of->into, SHAPE_NULL);
        } else if (is_next(of, "true") || is_next(of, "false")) {
            truth(of, is_next(of, "true"));
            of->at += is_next(of, "true") ? 4 : 5;
        } else if (!takes_number(of)) {
            return false;
        }
    }
}

/* A text as long as it says. */
static bool takes_counted(cursor *of, int64_t length)
{
    if (length < 0 || length >= of->end - of->at || of->at[length] != '"')
        return false;
    tokens_text(of->into, of->at, (size_t)length);
    of->at += length + 1;
    return true;
}

static bool holds_key_end(const uint8_t *text, int64_t length)
{
    for (int64_t place = 0; place + 1 < length; place++)
        if (text[place] == '"' && text[place + 1] == ']')
            return true;
    return false;
}

static bool dumped(cursor *of, int depth)
{
    if (depth == DEPTH_MAX || !takes(of, "array("))
        return false;
    int64_t left = takes_count(of);
    if (left < 0 || !takes(of, ")"))
        return false;
    pass_white(of);
    if (!takes(of, "{"))
        return false;
    tokens_letter(of->into, SHAPE_OBJECT);
    for (;; left--) {
        pass_white(of);
        if (left == 0) {
            tokens_letter(of->into, SHAPE_OBJECT_END);
            return takes(of, "}");
        }
        if (takes(of, "[\"")) {
            const uint8_t *quote = memchr(of->at, '"', (size_t)(of->end - of->at));
            if (!quote || quote - of->at > 500 || !named_in_quotes(of, of->at, (size_t)(quote - of->at)))
                return false;
            of->at = quote + 1;
        } else if (!takes(of, "[") || !takes_index(of)) {
            return false;
        }
        if (!takes(of, "]"))
            return false;
        pass_white(of);
        if (!takes(of, "=>"))
            return false;
        pass_white(of);
        if (takes(of, "string(")) {
            int64_t length = takes_count(of);
            if (length < 0 || !takes(of, ") \"") || length >= of->end - of->at || holds_key_end(of->at, length)
                || !takes_counted(of, length))
                return false;
        } else if (is_next(of, "array(")) {
            if (!dumped(of, depth + 1))
                return false;
        } else if (takes(of, "NULL")) {
            tokens_letter(of->into, SHAPE_NULL);
        } else if (takes(of, "bool(")) {
            truth(of, is_next(of, "true"));
            if (!takes(of, "true)") && !takes(of, "false)"))
                return false;
        } else if ((!takes(of, "int(") && !takes(of, "float(")) || !takes_number(of) || !takes(of, ")")) {
            return false;
        }
    }
}

static bool serialized(cursor *of, int depth)
{
    if (depth == DEPTH_MAX || !takes(of, "a:"))
        return false;
    int64_t left = takes_count(of);
    if (left < 0 || !takes(of, ":{"))
        return false;
    tokens_letter(of->into, SHAPE_OBJECT);
    for (; left > 0; left--) {
        if (takes(of, "s:")) {
            int64_t length = takes_count(of);
            if (length < 0 || !takes(of, ":\"") || length >= of->end - of->at
                || !named_in_quotes(of, of->at, (size_t)length))
                return false;
            of->at += length;
            if (!takes(of, "\";"))
                return false;
        } else if (!takes(of, "i:") || !takes_index(of) || !takes(of, ";")) {
            return false;
        }
        if (takes(of, "s:")) {
            int64_t length = takes_count(of);
            if (length < 0 || !takes(of, ":\"") || !takes_counted(of, length) || !takes(of, ";"))
                return false;
        } else if (is_next(of, "a:")) {
            if (!serialized(of, depth + 1))
                return false;
        } else if (takes(of, "N;")) {
            tokens_letter(of->into, SHAPE_NULL);
        } else if (is_next(of, "b:0;") || is_next(of, "b:1;")) {
            truth(of, of->at[2] == '1');
            of->at += 4;
        } else if ((!takes(of, "i:") && !takes(of, "d:")) || !takes_number(of) || !takes(of, ";")) {
            return false;
        }
    }
    tokens_letter(of->into, SHAPE_OBJECT_END);
    return takes(of, "}");
}

bool tokens_dump(tokens *into, const uint8_t *at, const uint8_t *end, const uint8_t **after)
{
    cursor reading = {into, at, end};
    bool is_whole = false;
    uint32_t empty_length = into->shape_length + 3;
    if (*at == 'A') {
        uint8_t first = end - at > STARTS_LINE ? at[STARTS_LINE] : '\0';
        const char *line_end = first == ' ' ? " " : first == '\r' ? "\r\n" : "\n";
        tokens_letter(into, first == ' ' ? SHAPE_JOINED : first == '\r' ? SHAPE_PRINTED_CRLF : SHAPE_PRINTED);
        is_whole = printed(&reading, line_end, 0, 0);
    } else if (is_next(&reading, "a:")) {
        tokens_letter(into, SHAPE_SERIALIZED);
        is_whole = serialized(&reading, 0);
    } else if (is_next(&reading, "array(") && end - at > 6 && is_digit(at[6])) {
        tokens_letter(into, SHAPE_DUMPED);
        is_whole = dumped(&reading, 0);
    } else if (*at == 'a' || *at == '[') {
        tokens_letter(into, *at == '[' ? SHAPE_SHORT : SHAPE_EXPORTED);
        is_whole = exported(&reading, 0);
    }
    *after = reading.at;
    return is_whole && !into->is_given_up && into->shape_length > empty_length;
}

/* Text in front of a dump. A moment is the one thing in it that differs from one record to the next. */
static bool front(tokens *into, const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        const uint8_t *feed = memchr(at, '\n', (size_t)(end - at));
        const uint8_t *line_end = feed ? feed + 1 : end;
        size_t begin, length;
        const uint8_t *place = at;
        while (place < line_end && !is_digit(*place))
            place++;
        if (place < line_end) {
            if (moments_at_start(at, line_end, &begin, &length) != MOMENT_PLAIN)
                return false;
            tokens_constant(into, at, begin);
            tokens_moment(into, at + begin, length);
            at += begin + length;
            for (place = at; place < line_end; place++)
                if (is_digit(*place))
                    return false;
        }
        tokens_constant(into, at, (size_t)(line_end - at));
        at = line_end;
    }
    return true;
}

bool tokens_headed_dump(tokens *into, const uint8_t *text, const uint8_t *head, const uint8_t *end,
                        const uint8_t **after)
{
    return front(into, text, head) && tokens_dump(into, head, end, after) && !into->is_given_up;
}
