/* Lines of logs that name a field of a notification and are none by themselves, and the entries that they stand in. */
#include "moments.h"
#include "reader.h"

typedef struct {
    const char *name;
    size_t length, rare; /* where a letter stands that is seldom */
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

static const uint8_t *next_of(searched *of, const uint8_t *at, const uint8_t *end)
{
    if (!of->next || of->next < at)
        of->next = find(at, end, of->name, of->length, of->rare);
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
    return holds(line, end, "signature", 2) && holds(line, end, "amount", 1)
           && (holds(line, end, "identifier", 6) || holds(line, end, "status", 4));
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

/* The nearest line above that states its time, if no line between names a field; NULL where that cannot be told.
   `is_near`: whether no blank line, and no object, may stand between. */
static const uint8_t *stamped_before(const uint8_t *lowest, const uint8_t *line, bool is_near)
{
    const uint8_t *at = line;
    for (int lines = 0; lines < BACK_LINES && at > lowest && line - at < BACK_BYTES; lines++) {
        size_t begin, length;
        const uint8_t *before = line_before(lowest, at), *end = at - 1;
        if (holds(before, end, "signature", 2) || holds(before, end, "identifier", 6))
            return NULL;
        moment_kind kind = moments_at_start(before, end, &begin, &length);
        if (kind != MOMENT_NONE)
            return kind == MOMENT_PLAIN ? before : NULL;
        if (is_near && (is_blank(before, end) || *before == '{'))
            return NULL;
        at = before;
    }
    return NULL;
}

/* Where the name of a field stands in a line that has nothing before it but a bracket or a quotation mark. */
static const uint8_t *leading_name(const uint8_t *line, const uint8_t *end)
{
    const uint8_t *at = line;
    while (at < end && (*at == ' ' || (*at >= '\t' && *at <= '\r')))
        at++;
    while (at < end && (*at == '[' || *at == '"' || *at == '\'' || *at == '\\'))
        at++;
    bool is_named = (end - at >= 9 && memcmp(at, "signature", 9) == 0)
                    || (end - at >= 10 && memcmp(at, "identifier", 10) == 0);
    return is_named ? at : NULL;
}

/* Behind the first dump, or else the first object, between a line and a name, if it goes on beyond that; else NULL. */
static const uint8_t *enclosing_end(tokens *with, const uint8_t *line, const uint8_t *name, const uint8_t *end)
{
    const uint8_t *after, *head = dumps_head(line, name);
    end = end - name > TOKENS_RECORD_MAX ? name + TOKENS_RECORD_MAX : end;
    tokens_begin(with, LINES_NOWHERE);
    if (head)
        return tokens_dump(with, head, end, &after) && after > name ? after : NULL;
    const uint8_t *brace = memchr(line, '{', (size_t)(name - line));
    return brace && tokens_json(with, brace, end, &after) == JSON_WHOLE && after > name ? after : NULL;
}

/* The entry of a line that names a field, where it is plain to see. */
static named_line entry_of(tokens *with, const uint8_t *text, const uint8_t *lowest, const uint8_t *line,
                           const uint8_t *line_end, const uint8_t *stop)
{
    named_line found = {line - text, -1, -1};
    size_t begin, length;
    bool is_whole_line = is_whole(line, line_end);
    const uint8_t *name = is_whole_line ? line : leading_name(line, line_end);
    if (!name || *line == '{' || moments_at_start(line, line_end, &begin, &length) != MOMENT_NONE)
        return found;
    const uint8_t *first = stamped_before(lowest, line, is_whole_line);
    const uint8_t *after = !first ? NULL : is_whole_line ? line_end : enclosing_end(with, first, name, stop);
    const uint8_t *last = !after ? NULL : is_whole_line ? line_end : memchr(after - 1, '\n', (size_t)(stop - after + 1));
    if (last && last < stop) {
        found.begin = first - text;
        found.end = last - text;
    }
    return found;
}

CORENA_EXPORT int64_t corena_named_lines(const uint8_t *text, int64_t begin, int64_t end, named_line *found,
                                         int64_t room);

/* Where lines begin that name signature or identifier, but for those that are settled, and for the others in an entry
   that is found; at most `room` of them. -1 where there is no memory. */
int64_t corena_named_lines(const uint8_t *text, int64_t begin, int64_t end, named_line *found, int64_t room)
{
    searched signature = {"signature", 9, 2, NULL}, identifier = {"identifier", 10, 6, NULL};
    const uint8_t *at = text + begin, *stop = text + end, *lowest = text;
    const uint8_t *last_object = NULL; /* where the line begins behind one that is settled */
    int64_t count = 0;
    tokens *with = tokens_new();
    if (!with)
        return -1;
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
        if (!is_settled(text, line, line_end, last_object)) {
            found[count] = entry_of(with, text, lowest, line, line_end, stop);
            if (found[count].end >= 0)
                lowest = at = text + found[count].end + 1;
            count++;
        } else if (*line == '{') {
            last_object = line_end + 1;
        }
    }
    tokens_free(with);
    return count;
}
