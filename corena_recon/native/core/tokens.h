/* A record taken apart: its shape, which is everything about it but the texts in it, and these texts, its leaves.

   Two records of one shape differ in their leaves alone. What a leaf is, is said by one letter in the shape. */
#ifndef CORENA_TOKENS_H
#define CORENA_TOKENS_H

#include "core.h"

enum {
    TOKENS_LEAVES_MAX = 512,
    TOKENS_SHAPE_MAX = 16384,
    TOKENS_DEPTH_MAX = 64,      /* of JSON in JSON's own brackets */
    TOKENS_NESTED_MAX = 4,      /* of texts in texts */
    TOKENS_NESTED_TEXTS = 32,
    TOKENS_RECORD_MAX = 65536,  /* longer records are for the exact reader */
    TOKENS_BODY_MAX = 4000,     /* PHP's reader, and ours, look at longer bodies in another way */
};

/* Letters of a shape. Those of leaves say which texts may stand in place of each other. */
enum {
    SHAPE_OBJECT = '{', SHAPE_OBJECT_END = '}', SHAPE_ARRAY = '[', SHAPE_ARRAY_END = ']',
    SHAPE_KEY = 'k',            /* then its length (2 bytes) and its source */
    SHAPE_CONSTANT = 'c',       /* likewise: bytes around what a line holds */
    SHAPE_JSON = 'J', SHAPE_JSON_END = 'j',
    SHAPE_BASE64 = 'B', SHAPE_BASE64_END = 'b',
    SHAPE_FORM = 'F', SHAPE_FORM_END = 'f',
    SHAPE_LINE = 'L', SHAPE_LINE_END = 'l',       /* a log's line in a text */
    SHAPE_MESSAGE = 'A', SHAPE_MESSAGE_END = 'a', /* an HTTP request */
    SHAPE_PRINTED = 'Y', SHAPE_PRINTED_CRLF = 'R', SHAPE_JOINED = 'O', /* then PHP's array, as of the following */
    SHAPE_EXPORTED = 'E', SHAPE_SHORT = 'H', SHAPE_DUMPED = 'G', SHAPE_SERIALIZED = 'S',
    SHAPE_PAIR = 'p',           /* like a key: a name with an equals sign */
    SHAPE_BARE_NAME = 'P',      /* and one without */
    SHAPE_TRUE = 'T', SHAPE_FALSE = 'U', SHAPE_NULL = 'V',
    LEAF_NUMBER = 'n', LEAF_POWER = 'x',
    LEAF_EMPTY = 'e', LEAF_TEXT = 's', LEAF_ODD = 'w', LEAF_ODD_PAIRS = 'W', LEAF_BRACES = 'd', LEAF_PAIRS = 'q',
    LEAF_ADDRESS = 'r', LEAF_HYPHENS = 'h', LEAF_BASE64 = '6', LEAF_READABLE = 'Z',
    LEAF_RUN = 't', LEAF_RUN_BRACES = 'u', LEAF_MOMENT = 'm', LEAF_LINE = 'v', LEAF_CUT = 'D',
    LEAF_NAMING = 'N', LEAF_RUN_NAMING = 'M', /* see texts_name_a_field: any other such text may mean something else */
};

typedef struct {
    const uint8_t *text;
    uint32_t length;
    uint8_t letter;
    uint8_t standing;  /* whether it may stand in a column: see texts_may_stand */
    uint16_t position; /* among the leaves, before they were sorted */
} leaf;

enum { STANDING_UNKNOWN, STANDING_YES, STANDING_NO };

/* What was seen in a text while its end was looked for. */
enum { MARK_ESCAPE = 1, MARK_PAIRS = 2, MARK_HIGH = 4 };

/* Whether lines of logs are looked for in texts: in those that are nothing else and name a field, or before all else. */
typedef enum { LINES_NOWHERE, LINES_WHERE_NAMED, LINES_FIRST } lines_in;

typedef struct {
    uint32_t shape_length, leaf_count, nested_count;
    uint32_t nesting;
    bool is_given_up;           /* beyond a limit, or only the exact reader can tell */
    lines_in lines;             /* whether texts may be lines of a log */
    const uint8_t *cut_string;  /* the string that a JSON text has ended in, if it has */
    const uint8_t *expected;    /* a shape that this one may well be, of which a key is looked for where it would be */
    size_t expected_length;
    size_t arena_used;
    uint8_t *arena;             /* TOKENS_ARENA_BYTES */
    uint32_t nested_lengths[TOKENS_NESTED_TEXTS]; /* of the texts in which others were found */
    leaf leaves[TOKENS_LEAVES_MAX];
    uint8_t shape[TOKENS_SHAPE_MAX];
} tokens;

/* Every level of nesting decodes no more than the one around it holds. */
#define TOKENS_ARENA_BYTES ((size_t)(2 * TOKENS_NESTED_MAX + 4) * TOKENS_RECORD_MAX)

/* NULL where there is no memory. */
tokens *tokens_new(void);
void tokens_free(tokens *of);

void tokens_begin(tokens *into, lines_in lines);

typedef enum { JSON_WHOLE, JSON_INVALID, JSON_UNFINISHED } json_end;

/* The JSON value at `at`, whose end is given in `after`; leading white space is passed over.
   Where the tokens are given up the value is still passed over. Nothing that Python's reader refuses is whole. */
json_end tokens_json(tokens *into, const uint8_t *at, const uint8_t *end, const uint8_t **after);

/* A whole text that is one JSON value with white space around it. */
bool tokens_json_text(tokens *into, const uint8_t *text, size_t length);

/* A urlencoded body; false, and nothing added, where it is not plainly one. */
bool tokens_form(tokens *into, const uint8_t *body, size_t length);

/* The text of a cell or a string: a leaf, or what is found in it. */
void tokens_text(tokens *into, const uint8_t *text, size_t length);

/* The text of a number, a leaf; given up where JSON would not write it so. */
void tokens_number(tokens *into, const uint8_t *text, size_t length);

/* One line of an application's log, or of an access log. */
bool tokens_log_line(tokens *into, const uint8_t *line, size_t length);
bool tokens_access_log_line(tokens *into, const uint8_t *line, size_t length);

/* Where PHP may have begun to dump an array, at `at` or behind it; NULL where it nowhere can have. */
const uint8_t *dumps_head(const uint8_t *at, const uint8_t *end);

/* The dump of an array that begins at `at`; false, with some of it added, where it is not just as PHP writes it. */
bool tokens_dump(tokens *into, const uint8_t *at, const uint8_t *end, const uint8_t **after);

/* Whether what follows print_r's dump may be a part of it, which then quoted none of it. */
bool dumps_go_on(const uint8_t *head, const uint8_t *after, const uint8_t *end);

/* Text with a moment in a line of its own, if any, and the dump that it ends with; `head` is where that begins. */
bool tokens_headed_dump(tokens *into, const uint8_t *text, const uint8_t *head, const uint8_t *end,
                        const uint8_t **after);

/* An HTTP request from its request line on; false, with some of it added, where it is none. */
bool tokens_message(tokens *into, const uint8_t *message, size_t length);

/* Puts the members of all objects in one order, which depends on their names alone, and the leaves with them.
   False, with some of them in another order, where two have one name, or this cannot be told. */
bool tokens_sort(tokens *of);

/* Room for a text that is at most so long, as long as the record is; NULL, and given up, where there is none. */
uint8_t *tokens_room(tokens *of, size_t length);

/* How far a record has been taken apart; what was added since is taken back. */
typedef struct {
    uint32_t shape_length, leaf_count, nested_count;
    size_t arena_used;
} tokens_place;

tokens_place tokens_here(const tokens *of);
void tokens_go_back(tokens *to, tokens_place where);

/* Pieces of the above. */
void tokens_letter(tokens *into, uint8_t letter);
void tokens_named(tokens *into, uint8_t letter, const uint8_t *name, size_t length);
void tokens_leaf(tokens *into, uint8_t letter, const uint8_t *text, size_t length);
void tokens_constant(tokens *into, const uint8_t *text, size_t length);
/* With what it looks like before it: digits and the names of months may differ within a shape. */
void tokens_moment(tokens *into, const uint8_t *at, size_t length);

#endif
