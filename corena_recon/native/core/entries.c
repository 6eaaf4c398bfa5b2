/* Lines of logs that name a field of a notification and are none by themselves. */
#include "moments.h"

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

/* Whether a line is a record by itself, beyond doubt: it names all that a notification has, and is an object below
   another, or states its own time. */
static bool is_settled(const uint8_t *text, const uint8_t *line, const uint8_t *end, const uint8_t *last_object)
{
    size_t begin, length;
    if (!holds(line, end, "signature", 2) || !holds(line, end, "amount", 1)
        || !(holds(line, end, "identifier", 6) || holds(line, end, "status", 4)))
        return false;
    if (*line != '{')
        return moments_at_start(line, end, &begin, &length) == MOMENT_PLAIN;
    if (line == text || !ends_its_text(line, end))
        return false;
    const uint8_t *before = line == last_object ? NULL : line_before(text, line);
    return !before || (*before == '{' && ends_its_text(before, line - 1));
}

CORENA_EXPORT int64_t corena_named_lines(const uint8_t *text, int64_t begin, int64_t end, int64_t *begins, int64_t room);

/* Where lines begin that name signature or identifier, but for those that are settled; at most `room` of them. */
int64_t corena_named_lines(const uint8_t *text, int64_t begin, int64_t end, int64_t *begins, int64_t room)
{
    searched signature = {"signature", 9, 2, NULL}, identifier = {"identifier", 10, 6, NULL};
    const uint8_t *at = text + begin, *stop = text + end;
    const uint8_t *last_object = NULL; /* where the line begins behind one that is settled */
    int64_t count = 0;
    while (at < stop && count < room) {
        const uint8_t *first = next_of(&signature, at, stop), *other = next_of(&identifier, at, stop);
        const uint8_t *found = first < other ? first : other;
        if (found == stop)
            break;
        const uint8_t *line = found;
        while (line > at && line[-1] != '\n')
            line--;
        const uint8_t *feed = memchr(found, '\n', (size_t)(stop - found));
        const uint8_t *line_end = feed ? feed : stop;
        if (!is_settled(text, line, line_end, last_object))
            begins[count++] = line - text;
        else if (*line == '{')
            last_object = line_end + 1;
        at = feed ? feed + 1 : stop;
    }
    return count;
}
