/* Records whose objects have their members in another order. */
#include "tokens.h"

enum { MEMBERS_MAX = TOKENS_LEAVES_MAX, OPEN_MAX = TOKENS_DEPTH_MAX * (TOKENS_NESTED_MAX + 1) };

/* A member of an object that is open: where it begins in the shape, among the leaves, and among the nested texts. */
typedef struct {
    uint32_t shape, leaf, nested;
} member;

typedef struct {
    member members[MEMBERS_MAX + 1]; /* of all open objects; behind the last one stands where its object ends */
    uint32_t open[OPEN_MAX];         /* the first member of each open object */
    uint8_t shape[TOKENS_SHAPE_MAX];
    leaf leaves[TOKENS_LEAVES_MAX];
    uint32_t nested_lengths[TOKENS_NESTED_TEXTS];
    uint16_t order[MEMBERS_MAX];
} sorting;

static uint32_t name_length(const uint8_t *letter)
{
    return (uint32_t)letter[1] | (uint32_t)letter[2] << 8;
}

/* Of two members' names; shorter ones first. */
static int compare(const uint8_t *one, const uint8_t *other)
{
    uint32_t length = name_length(one), other_length = name_length(other);
    if (length != other_length)
        return length < other_length ? -1 : 1;
    return memcmp(one + 3, other + 3, length);
}

/* Puts the members of the innermost object in order; false where two have one name. */
static bool close_object(tokens *of, sorting *with, uint32_t first, uint32_t count)
{
    const member *members = with->members + first;
    uint16_t *order = with->order;
    bool is_sorted = true;
    for (uint32_t number = 0; number < count; number++) {
        uint32_t place = number;
        const uint8_t *name = of->shape + members[number].shape;
        for (; place > 0; place--) {
            int how = compare(name, of->shape + members[order[place - 1]].shape);
            if (how == 0)
                return false;
            if (how > 0)
                break;
            order[place] = order[place - 1];
            is_sorted = false;
        }
        order[place] = (uint16_t)number;
    }
    if (is_sorted)
        return true;
    uint32_t shape = 0, leaves = 0, nested = 0;
    for (uint32_t number = 0; number < count; number++) {
        const member *one = &members[order[number]], *next = one + 1;
        memcpy(with->shape + shape, of->shape + one->shape, next->shape - one->shape);
        memcpy(with->leaves + leaves, of->leaves + one->leaf, (next->leaf - one->leaf) * sizeof(leaf));
        memcpy(with->nested_lengths + nested, of->nested_lengths + one->nested,
               (next->nested - one->nested) * sizeof(uint32_t));
        shape += next->shape - one->shape;
        leaves += next->leaf - one->leaf;
        nested += next->nested - one->nested;
    }
    memcpy(of->shape + members->shape, with->shape, shape);
    memcpy(of->leaves + members->leaf, with->leaves, leaves * sizeof(leaf));
    memcpy(of->nested_lengths + members->nested, with->nested_lengths, nested * sizeof(uint32_t));
    return true;
}

/* Sorting by insertion is for objects such as honest records have. */
enum { SORTED_MEMBERS_MAX = 128 };

bool tokens_sort(tokens *of)
{
    sorting with;
    uint32_t at = 0, leaves = 0, nested = 0, depth = 0, count = 0;
    while (at < of->shape_length) {
        uint8_t letter = of->shape[at];
        if (letter == SHAPE_KEY) {
            if (count == MEMBERS_MAX || memchr(of->shape + at + 3, '\\', name_length(of->shape + at)))
                return false;
            with.members[count++] = (member){at, leaves, nested};
        }
        switch (letter) {
        case SHAPE_KEY:
        case SHAPE_CONSTANT:
        case SHAPE_PAIR:
        case SHAPE_BARE_NAME:
            at += 3 + name_length(of->shape + at);
            continue;
        case SHAPE_OBJECT:
            if (depth == OPEN_MAX)
                return false;
            with.open[depth++] = count;
            break;
        case SHAPE_OBJECT_END:
            if (!depth)
                return false;
            uint32_t first = with.open[--depth];
            if (count - first > SORTED_MEMBERS_MAX)
                return false;
            with.members[count] = (member){at, leaves, nested};
            if (!close_object(of, &with, first, count - first))
                return false;
            count = first;
            break;
        case SHAPE_JSON:
        case SHAPE_FORM:
        case SHAPE_LINE:
        case SHAPE_MESSAGE:
            nested++;
            break;
        case SHAPE_ARRAY:
        case SHAPE_ARRAY_END:
        case SHAPE_JSON_END:
        case SHAPE_FORM_END:
        case SHAPE_LINE_END:
        case SHAPE_MESSAGE_END:
        case SHAPE_BASE64:
        case SHAPE_BASE64_END:
        case SHAPE_TRUE:
        case SHAPE_FALSE:
        case SHAPE_NULL:
        case SHAPE_PRINTED:
        case SHAPE_PRINTED_CRLF:
        case SHAPE_JOINED:
        case SHAPE_EXPORTED:
        case SHAPE_SHORT:
        case SHAPE_DUMPED:
        case SHAPE_SERIALIZED:
            break;
        default:
            leaves++;
        }
        at++;
    }
    return depth == 0;
}
