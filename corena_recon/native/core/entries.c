/* Lines of logs that name a field of a notification and are none by themselves, and the entries that they stand in. */
#include <stdlib.h>

#include "moments.h"
#include "prefixes.h"
#include "reader.h"

/* A name but for its first letter, which is small, or in languages with types a capital. */
typedef struct {
    const char *rest;
    size_t length, rare; /* where a letter stands that is seldom */
    uint8_t first;
    const uint8_t *next; /* where it is found next; NULL before the first search */
} searched;

static const uint8_t *find(const uint8_t *at, const uint8_t *end, const char *name, size_t length, size_t rare)
{
    while ((size_t)(end - at) >= length) {
        const uint8_t *letter = memchr(at + rare, name[rare], (size_t)(end - at) - rare);
        if (!letter || (size_t)(end - letter) < length - rare)
            return end;
        if (memcmp(letter - rare, name, length) == 0)
            return letter - rare;
        at = letter - rare + 1;
    }
    return end;
}

static const searched SIGNATURE = {"ignature", 8, 1, 's', NULL}, IDENTIFIER = {"dentifier", 9, 5, 'i', NULL};

static const uint8_t *find_name(const searched *of, const uint8_t *at, const uint8_t *end)
{
    const uint8_t *rest = at;
    while ((rest = find(rest, end, of->rest, of->length, of->rare)) != end) {
        if (rest > at && (rest[-1] | 0x20) == of->first)
            return rest - 1;
        rest++;
    }
    return end;
}

static const uint8_t *next_of(searched *of, const uint8_t *at, const uint8_t *end)
{
    if (!of->next || of->next < at)
        of->next = find_name(of, at, end);
    return of->next;
}

static bool holds(const uint8_t *line, const uint8_t *end, const char *name, size_t rare)
{
    return find(line, end, name, strlen(name), rare) != end;
}

enum { BEHIND_TEXT_MAX = 160 };

/* Whether the text that an object of a container's engine holds is whole, as it seems: a long one is cut in pieces. */
static bool ends_its_text(const uint8_t *line, const uint8_t *end)
{
    const uint8_t *last = end - line > BEHIND_TEXT_MAX ? end - BEHIND_TEXT_MAX : line;
    return holds(last, end, "\\n\"", 0) || !holds(line, end, "\"log\"", 1);
}

static const uint8_t *line_before(const uint8_t *text, const uint8_t *line)
{
    const uint8_t *before = line - 1;
    while (before > text && before[-1] != '\n')
        before--;
    return before;
}

/* Whether a line names all that a notification has; as in log_entries.py. */
static bool is_whole(const uint8_t *line, const uint8_t *end)
{
    return holds(line, end, "ignature", 1) && holds(line, end, "mount", 0)
           && (holds(line, end, "dentifier", 5) || holds(line, end, "tatus", 3));
}

/* Whether a line is a record by itself, beyond doubt: it names all that a notification has, and is an object below
   another, or states its own time. */
static bool is_settled(const uint8_t *text, const uint8_t *line, const uint8_t *end, const uint8_t *last_object)
{
    size_t begin, length;
    if (!is_whole(line, end))
        return false;
    if (*line != '{')
        return moments_at_start(line, end, &begin, &length) == MOMENT_PLAIN;
    if (line == text || !ends_its_text(line, end))
        return false;
    const uint8_t *before = line == last_object ? NULL : line_before(text, line);
    return !before || (*before == '{' && ends_its_text(before, line - 1));
}

enum { BACK_BYTES = 60000, BACK_LINES = 400 };

static bool is_blank(const uint8_t *at, const uint8_t *end)
{
    while (at < end && (*at == ' ' || (*at >= '\t' && *at <= '\r')))
        at++;
    return at == end;
}

/* Where the lines above one were looked at from, and the nearest of them that states its time, if one does. */
typedef struct {
    const uint8_t *from, *stamped;
    bool is_certain;
} above;

/* `is_near`: whether no blank line, and no object, may stand between. Where a line names a field the search ends. */
static above lines_above(const uint8_t *lowest, const uint8_t *line, bool is_near)
{
    const uint8_t *at = line;
    for (int lines = 0; at > lowest; lines++) {
        size_t begin, length;
        const uint8_t *before = line_before(lowest, at), *end = at - 1;
        if (lines == BACK_LINES || line - before > BACK_BYTES)
            return (above){at, NULL, false};
        if (prefixes_name(before, end) != end)
            break;
        moment_kind kind = moments_at_start(before, end, &begin, &length);
        if (kind != MOMENT_NONE)
            return (above){at, kind == MOMENT_PLAIN ? before : NULL, kind == MOMENT_PLAIN};
        if (is_near && (is_blank(before, end) || *before == '{'))
            break;
        at = before;
    }
    return (above){at, NULL, true};
}

/* Where the name of a field stands in a line that has nothing before it but a bracket or a quotation mark. */
static const uint8_t *leading_name(const uint8_t *line, const uint8_t *end)
{
    const uint8_t *at = line;
    while (at < end && (*at == ' ' || (*at >= '\t' && *at <= '\r')))
        at++;
    while (at < end && (*at == '[' || *at == '"' || *at == '\'' || *at == '\\'))
        at++;
    bool is_named = (end - at >= 9 && (*at | 0x20) == 's' && memcmp(at + 1, "ignature", 8) == 0)
                    || (end - at >= 10 && (*at | 0x20) == 'i' && memcmp(at + 1, "dentifier", 9) == 0);
    return is_named ? at : NULL;
}

enum { OBJECTS_MAX = 40 };

/* Behind the dump, or else the object, that a name stands in, and where that begins; NULL where this is not plain to
   see. Those before it must be sound. */
static const uint8_t *enclosing_end(tokens *with, const uint8_t *from, const uint8_t *name, const uint8_t *end,
                                    const uint8_t **begin)
{
    const uint8_t *after = from;
    end = end - name > TOKENS_RECORD_MAX ? name + TOKENS_RECORD_MAX : end;
    for (*begin = dumps_head(from, name); *begin; *begin = dumps_head(after, name)) {
        tokens_begin(with, LINES_NOWHERE);
        if (!tokens_dump(with, *begin, end, &after))
            return NULL;
        if (after > name)
            return after;
    }
    after = from;
    for (int objects = 0; objects < OBJECTS_MAX; objects++) {
        *begin = memchr(after, '{', (size_t)(name - after));
        if (!*begin)
            return NULL;
        after = *begin + 1;
        while (after < name && (*after == ' ' || (*after >= '\t' && *after <= '\r')))
            after++;
        if (*after != '"' && *after != '}')
            continue;
        tokens_begin(with, LINES_NOWHERE);
        if (tokens_json(with, *begin, end, &after) != JSON_WHOLE)
            return NULL;
        if (after > name)
            return after;
    }
    return NULL;
}

enum { ALIKE_MAX = 20, JOINED_BYTES = 1 << 16 };

/* What entries are found with. */
typedef struct {
    tokens *with;
    uint8_t *joined; /* JOINED_BYTES, for the texts of lines */
} finder;

static int64_t joined_text(const finder *of, const line_prefix *prefix, const uint8_t *line, const uint8_t *end, size_t used)
{
    bool has_room = (size_t)(end - line) + 1 < JOINED_BYTES - used;
    return has_room ? prefixes_text(of->with, prefix, line, end, of->joined + used) : LINE_FOR_EXACT_READER;
}

/* The line where a text of lines of one prefix begins: as many above one as have it and name no field. NULL where that
   is for the exact reader. */
static const uint8_t *alike_above(const finder *of, const line_prefix *prefix, const uint8_t *lowest, const uint8_t *line)
{
    for (int lines = 0; lines < ALIKE_MAX && line > lowest; lines++) {
        const uint8_t *before = line_before(lowest, line);
        if (prefixes_name(before, line - 1) != line - 1)
            break;
        int64_t count = joined_text(of, prefix, before, line - 1, 0);
        if (count == LINE_WITHOUT)
            break;
        if (count < 0)
            return NULL;
        line = before;
    }
    return line;
}

/* Whether a line names what another one names. */
static bool names_again(const uint8_t *line, const uint8_t *end, bool *has_signature, bool *has_identifier)
{
    bool signature = find_name(&SIGNATURE, line, end) != end, identifier = find_name(&IDENTIFIER, line, end) != end;
    bool is_again = (signature && *has_signature) || (identifier && *has_identifier);
    *has_signature |= signature;
    *has_identifier |= identifier;
    return is_again;
}

/* The entry of a line of which each line has the same before its text. */
static named_line prefixed_entry(const finder *of, const uint8_t *text, const uint8_t *lowest, const uint8_t *line,
                                 const uint8_t *line_end, const uint8_t *stop)
{
    named_line unknown = {line - text, -1, -1};
    line_prefix prefix;
    if (prefixes_of(of->with, line, line_end, &prefix) < 0)
        return unknown;
    const uint8_t *first = alike_above(of, &prefix, lowest, line), *at = first;
    const uint8_t *begins[2 * ALIKE_MAX + 2], *name = NULL;
    size_t ends[2 * ALIKE_MAX + 2], used = 0, count = 0, own = 0;
    bool has_signature = false, has_identifier = false;
    bool may_be_piece = *line == '{' && (!ends_its_text(line, line_end)
                                         || (line > lowest && !ends_its_text(line_before(lowest, line), line - 1)));
    if (!first || may_be_piece)
        return unknown;
    for (; at < stop && (at <= line || count - own <= ALIKE_MAX); count++) {
        const uint8_t *feed = memchr(at, '\n', (size_t)(stop - at));
        if (!feed || (at >= line && names_again(at, feed, &has_signature, &has_identifier)))
            break;
        int64_t length = joined_text(of, &prefix, at, feed, used);
        if (length == LINE_WITHOUT)
            break;
        if (length <= 0)
            return unknown;
        if (at == line) {
            own = count;
            name = prefixes_name(of->joined + used, of->joined + used + length);
        }
        begins[count] = at;
        ends[count] = used += (size_t)length;
        at = feed + 1;
    }
    const uint8_t *begin;
    if (at >= stop || count < 2 || !name || name == of->joined + ends[own])
        return unknown;
    const uint8_t *after = enclosing_end(of->with, of->joined, name, of->joined + used, &begin);
    if (!after)
        return unknown;
    size_t top = 0, last = 0;
    while (ends[top] <= (size_t)(begin - of->joined))
        top++;
    while (ends[last] < (size_t)(after - of->joined))
        last++;
    const uint8_t *last_feed = memchr(begins[last], '\n', (size_t)(stop - begins[last]));
    return last_feed ? (named_line){line - text, begins[top] - text, last_feed - text} : unknown;
}

/* The entry of a line that names a field, where it is plain to see. */
static named_line entry_of(const finder *of, const uint8_t *text, const uint8_t *lowest, const uint8_t *line,
                           const uint8_t *line_end, const uint8_t *stop)
{
    named_line unknown = {line - text, -1, -1};
    size_t begin, length;
    bool is_whole_line = is_whole(line, line_end);
    const uint8_t *name = is_whole_line ? line : leading_name(line, line_end);
    if (!name)
        return prefixed_entry(of, text, lowest, line, line_end, stop);
    if (*line == '{' || moments_at_start(line, line_end, &begin, &length) != MOMENT_NONE)
        return unknown;
    above found = lines_above(lowest, line, is_whole_line);
    if (!found.is_certain || (is_whole_line && !found.stamped))
        return unknown;
    const uint8_t *first = found.stamped ? found.stamped : found.from, *enclosing = first, *after = line_end;
    if (!is_whole_line) {
        after = enclosing_end(of->with, first, name, stop, &enclosing);
        if (!after)
            return unknown;
    }
    const uint8_t *last = is_whole_line ? line_end : memchr(after - 1, '\n', (size_t)(stop - after + 1));
    if (!found.stamped)
        for (first = enclosing; first > lowest && first[-1] != '\n';)
            first--;
    return last && last < stop ? (named_line){line - text, first - text, last - text} : unknown;
}

/* Whether a line names all that a notification has, and no line that states a time can belong to it. */
static bool is_alone(const uint8_t *lowest, const uint8_t *line, const uint8_t *end)
{
    size_t begin, length;
    if (*line == '{' || !is_whole(line, end) || moments_at_start(line, end, &begin, &length) != MOMENT_NONE)
        return false;
    above found = lines_above(lowest, line, true);
    return found.is_certain && !found.stamped;
}

CORENA_EXPORT int64_t corena_named_lines(const uint8_t *text, int64_t floor, int64_t begin, int64_t end,
                                         named_line *found, int64_t room);

/* Where lines begin that name signature or identifier, but for those that are settled, and for the others in an entry
   that is found, which begins at `floor` or behind it; at most `room` of them. -1 where there is no memory. */
int64_t corena_named_lines(const uint8_t *text, int64_t floor, int64_t begin, int64_t end, named_line *found,
                           int64_t room)
{
    searched signature = SIGNATURE, identifier = IDENTIFIER;
    const uint8_t *at = text + begin, *stop = text + end, *lowest = text + floor;
    const uint8_t *last_object = NULL; /* where the line begins behind one that is settled */
    int64_t count = 0;
    finder of = {tokens_new(), malloc(JOINED_BYTES)};
    if (!of.with || !of.joined) {
        tokens_free(of.with);
        free(of.joined);
        return -1;
    }
    tokens_begin(of.with, LINES_NOWHERE);
    while (at < stop && count < room) {
        const uint8_t *first = next_of(&signature, at, stop), *other = next_of(&identifier, at, stop);
        const uint8_t *name = first < other ? first : other;
        if (name == stop)
            break;
        const uint8_t *line = name;
        while (line > at && line[-1] != '\n')
            line--;
        const uint8_t *feed = memchr(name, '\n', (size_t)(stop - name));
        const uint8_t *line_end = feed ? feed : stop;
        at = feed ? feed + 1 : stop;
        if (!is_settled(text, line, line_end, last_object) && !is_alone(lowest, line, line_end)) {
            found[count] = entry_of(&of, text, lowest, line, line_end, stop);
            if (found[count].end >= 0)
                lowest = at = text + found[count].end + 1;
            count++;
        } else if (*line == '{') {
            last_object = line_end + 1;
        }
    }
    tokens_free(of.with);
    free(of.joined);
    return count;
}

/* Behind what parts objects in a line, as in jsonl.py; but for carriage returns, behind which nothing else stands. */
static const uint8_t *behind_blanks(const uint8_t *at, const uint8_t *end)
{
    for (;;) {
        if (at < end && (*at == ' ' || *at == '\t' || *at == '\0' || *at == '\f' || *at == 0x1E))
            at++;
        else if (end - at > 3 && (memcmp(at, "\xef\xbb\xbf", 3) == 0 || memcmp(at, "\xe2\x80\xa8", 3) == 0
                                  || memcmp(at, "\xe2\x80\xa9", 3) == 0))
            at += 3;
        else
            return at;
    }
}

/* Whether a line opens an array of objects, or in it an object follows another. */
static bool may_hold_several(const uint8_t *line, const uint8_t *end)
{
    const uint8_t *at = behind_blanks(line, end);
    if (at < end && *at == '[') {
        at = behind_blanks(at + 1, end);
        if (at < end && *at == '{')
            return true;
    }
    for (at = line; at < end && (at = memchr(at, '}', (size_t)(end - at)));) {
        at = behind_blanks(at + 1, end);
        if (at < end && *at == '{')
            return true;
    }
    return false;
}

CORENA_EXPORT int64_t corena_lines_of_several(const uint8_t *text, int64_t begin, int64_t end, int64_t *found,
                                              int64_t room);

/* Where lines begin and end, without their line feed, that may hold several objects; at most `room` of them. */
int64_t corena_lines_of_several(const uint8_t *text, int64_t begin, int64_t end, int64_t *found, int64_t room)
{
    const uint8_t *line = text + begin, *stop = text + end;
    int64_t count = 0;
    while (line < stop && count < room) {
        const uint8_t *feed = memchr(line, '\n', (size_t)(stop - line));
        const uint8_t *line_end = feed ? feed : stop;
        if (may_hold_several(line, line_end)) {
            found[2 * count] = line - text;
            found[2 * count + 1] = line_end - text;
            count++;
        }
        line = feed ? feed + 1 : stop;
    }
    return count;
}
