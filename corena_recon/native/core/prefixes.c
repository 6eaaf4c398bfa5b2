/* Entries of logs of whose lines each has the same before its text, or is an object with it. The exact reader's rules
   are those of log_prefixes.py; where the two could differ, it is asked. */
#include "prefixes.h"

#include "moments.h"
#include "texts.h"

enum { PREFIX_MAX = 300, NAME_LENGTH = 9, OTHER_NAME_LENGTH = 10 };

static bool is_white(uint8_t octet)
{
    return octet == ' ' || (octet >= '\t' && octet <= '\r');
}

const uint8_t *prefixes_name(const uint8_t *at, const uint8_t *end)
{
    for (; end - at >= NAME_LENGTH; at++)
        if (((*at | 0x20) == 's' && memcmp(at + 1, "ignature", NAME_LENGTH - 1) == 0)
            || ((*at | 0x20) == 'i' && end - at >= OTHER_NAME_LENGTH
                && memcmp(at + 1, "dentifier", OTHER_NAME_LENGTH - 1) == 0))
            return at;
    return end;
}

static const uint8_t *after_string(const uint8_t *quote, const uint8_t *end)
{
    for (quote++; quote < end && *quote != '"';)
        quote += *quote == '\\' ? 2 : 1;
    return quote < end ? quote + 1 : end;
}

/* A member of an object. */
typedef struct {
    const uint8_t *name, *name_end, *value, *value_end;
} member;

static const uint8_t *after_white(const uint8_t *at, const uint8_t *end)
{
    while (at < end && is_white(*at))
        at++;
    return at;
}

/* The next member of an object that is sound, of which `at` is inside; NULL behind the last one, else where it ends. */
static const uint8_t *next_member(const uint8_t *at, const uint8_t *end, member *found)
{
    while (at < end && (is_white(*at) || *at == ','))
        at++;
    if (at == end || *at != '"')
        return NULL;
    found->name = at + 1;
    at = after_string(at, end);
    found->name_end = at - 1;
    at = after_white(at, end);
    at = after_white(at < end ? at + 1 : end, end);
    found->value = at;
    for (int depth = 0; at < end;) {
        if (depth == 0 && (*at == ',' || *at == '}' || *at == ']'))
            break;
        depth += *at == '{' || *at == '[' ? 1 : *at == '}' || *at == ']' ? -1 : 0;
        at = *at == '"' ? after_string(at, end) : at + 1;
    }
    found->value_end = at;
    while (found->value_end > found->value && is_white(found->value_end[-1]))
        found->value_end--;
    return at;
}

static bool is_called(const member *of, const char *name)
{
    size_t length = strlen(name);
    return (size_t)(of->name_end - of->name) == length && memcmp(of->name, name, length) == 0;
}

/* How often an object has a member that is a text, or any; negative where a name may be another than it seems. */
static int count_of(const uint8_t *line, const uint8_t *end, const char *name, bool is_text, member *found)
{
    int count = 0;
    member one;
    for (const uint8_t *at = line + 1; (at = next_member(at, end, &one)) != NULL;) {
        if (memchr(one.name, '\\', (size_t)(one.name_end - one.name)))
            return -1;
        if (!is_called(&one, name))
            continue;
        if (is_text && *one.value != '"')
            return -1;
        *found = one;
        count++;
    }
    return count;
}

/* Whether a line is one sound object and nothing else. */
static bool is_object(tokens *with, const uint8_t *line, const uint8_t *end)
{
    const uint8_t *after;
    tokens_place before = tokens_here(with);
    bool was_given_up = with->is_given_up;
    /* The value is passed over, and nothing of it is kept. */
    with->is_given_up = true;
    bool is_whole = *line == '{' && tokens_json(with, line, end, &after) == JSON_WHOLE && after_white(after, end) == end;
    with->is_given_up = was_given_up;
    tokens_go_back(with, before);
    return is_whole;
}

int prefixes_of(tokens *with, const uint8_t *line, const uint8_t *end, line_prefix *found)
{
    static const char *const members[] = {"log", "message", "msg", "MESSAGE"};
    *found = (line_prefix){NULL, line, 0, false};
    if (line < end && *line == '{') {
        if (!is_object(with, line, end))
            return LINE_FOR_EXACT_READER;
        for (size_t number = 0; number < sizeof members / sizeof *members; number++) {
            member one;
            int count = count_of(line, end, members[number], true, &one);
            if (count == 0)
                continue;
            found->member = members[number];
            return count == 1 ? 0 : LINE_FOR_EXACT_READER;
        }
        return LINE_WITHOUT;
    }
    const uint8_t *before_end = prefixes_name(line, end);
    if (before_end == end)
        return LINE_WITHOUT;
    while (before_end > line && before_end[-1] && strchr("[\"'\\", before_end[-1]))
        before_end--;
    while (before_end > line && is_white(before_end[-1]))
        before_end--;
    found->length = (size_t)(before_end - line);
    if (found->length == 0 || found->length > PREFIX_MAX)
        return LINE_WITHOUT;
    found->is_quoted = before_end[-1] == '"';
    return 0;
}

static int64_t text_of_member(tokens *with, const char *name, const uint8_t *line, const uint8_t *end, uint8_t *out)
{
    member one;
    if (line == end || *line != '{')
        return LINE_WITHOUT;
    if (!is_object(with, line, end) || count_of(line, end, name, true, &one) != 1)
        return LINE_FOR_EXACT_READER;
    size_t length = (size_t)(one.value_end - one.value) - 2;
    int64_t count = texts_unescape_json(one.value + 1, length, out);
    if (count < 0)
        return LINE_FOR_EXACT_READER;
    if (strcmp(name, "log") != 0 && (count == 0 || out[count - 1] != '\n'))
        out[count++] = '\n';
    return count;
}

/* Where a line goes on behind the prefix; NULL where it has another. */
static const uint8_t *after_prefix(const line_prefix *of, const uint8_t *line, const uint8_t *end)
{
    const uint8_t *at = line, *before = of->before, *before_end = of->before + of->length;
    while (before < before_end) {
        if (at == end)
            return NULL;
        if (!is_digit(*before)) {
            if (*at++ != *before++)
                return NULL;
            continue;
        }
        if (!is_digit(*at))
            return NULL;
        while (before < before_end && is_digit(*before))
            before++;
        while (at < end && is_digit(*at))
            at++;
    }
    return at;
}

int64_t prefixes_text(tokens *with, const line_prefix *of, const uint8_t *line, const uint8_t *end, uint8_t *out)
{
    if (of->member)
        return text_of_member(with, of->member, line, end, out);
    const uint8_t *text = after_prefix(of, line, end);
    if (!text)
        return LINE_WITHOUT;
    end -= end > text && end[-1] == '\r';
    if (of->is_quoted)
        end -= end > text && end[-1] == '"';
    else
        text += text < end && *text == ' ';
    copy_some(out, text, (size_t)(end - text));
    out[end - text] = '\n';
    return end - text + 1;
}

/* Whether a logger wrote an object, so that it is asked for its moment; -1 where only the exact reader can tell. */
static int is_of_logger(const uint8_t *line, const uint8_t *end)
{
    static const char *const texts[] = {"message", "msg", "log", "textPayload", "@message"};
    static const char *const others[] = {"level",   "level_name", "levelname",     "severity",  "lvl",
                                         "stream",  "channel",    "logger",        "timestamp", "@timestamp",
                                         "time",    "ts",         "logStreamName", "datetime"};
    member one;
    int has_text = 0, has_other = 0;
    if (count_of(line, end, "signature", false, &one) != 0)
        return -1;
    for (size_t number = 0; number < sizeof texts / sizeof *texts; number++)
        has_text |= count_of(line, end, texts[number], true, &one);
    for (size_t number = 0; number < sizeof others / sizeof *others; number++)
        has_other |= count_of(line, end, others[number], false, &one);
    return has_text < 0 || has_other < 0 ? -1 : has_text && has_other;
}

/* The moment that an object states, as its source has it; LINE_FOR_EXACT_READER where that is no plain text. */
static int64_t stamp_of_object(const uint8_t *line, const uint8_t *end, uint8_t *out)
{
    static const char *const names[] = {"timestamp", "@timestamp", "datetime", "time", "ts", "date"};
    int is_logger = is_of_logger(line, end);
    for (size_t number = 0; is_logger > 0 && number < sizeof names / sizeof *names; number++) {
        member one;
        int64_t microseconds;
        int count = count_of(line, end, names[number], true, &one);
        if (count == 0)
            continue;
        size_t length = count == 1 ? (size_t)(one.value_end - one.value) - 2 : 0;
        if (length == 0 || length > PREFIXES_STAMP_MAX || !moments_read(one.value + 1, length, &microseconds))
            return LINE_FOR_EXACT_READER;
        memcpy(out, one.value + 1, length);
        return (int64_t)length;
    }
    return is_logger < 0 ? LINE_FOR_EXACT_READER : 0;
}

static int64_t stamp_of(const uint8_t *line, const uint8_t *end, uint8_t *out)
{
    size_t begin, length;
    if (line < end && *line == '{')
        return stamp_of_object(line, end, out);
    moment_kind kind = moments_at_start(line, end, &begin, &length);
    if (kind != MOMENT_PLAIN)
        return kind == MOMENT_FOR_EXACT_READER ? LINE_FOR_EXACT_READER : 0;
    if (length > PREFIXES_STAMP_MAX)
        return LINE_FOR_EXACT_READER;
    memcpy(out, line + begin, length);
    return (int64_t)length;
}

int64_t prefixes_plain(tokens *with, const uint8_t *entry, const uint8_t *end, uint8_t *out)
{
    const uint8_t *name = prefixes_name(entry, end), *named = name;
    if (name == end)
        return LINE_WITHOUT;
    while (named > entry && named[-1] != '\n')
        named--;
    const uint8_t *feed = memchr(name, '\n', (size_t)(end - name)), *first_end = memchr(entry, '\n', (size_t)(end - entry));
    line_prefix prefix;
    int how = prefixes_of(with, named, feed ? feed : end, &prefix);
    if (how < 0)
        return how;
    int64_t stamp = stamp_of(entry, first_end ? first_end : end, out), used = stamp < 0 ? 0 : stamp;
    out[used++] = '\n';
    for (const uint8_t *line = entry;; line = feed + 1) {
        feed = memchr(line, '\n', (size_t)(end - line));
        int64_t count = prefixes_text(with, &prefix, line, feed ? feed : end, out + used);
        if (count < 0)
            return count;
        used += count;
        if (!feed)
            break;
    }
    size_t begin, length;
    bool is_same = stamp == 0 || (moments_at_start(out, out + used, &begin, &length) == MOMENT_PLAIN && begin == 0
                                  && (int64_t)length == stamp);
    return stamp < 0 || !is_same ? LINE_FOR_EXACT_READER : used;
}
