/* What the exact reader makes of records of one shape, as it has said when it was asked. */
#ifndef CORENA_RECIPES_H
#define CORENA_RECIPES_H

#include "sink.h"
#include "tokens.h"

/* One recipe, in 8 numbers and two a column; as `_RECIPE_NUMBERS` in native/records.py. */
typedef struct {
    int64_t shape_begin, shape_length;
    int64_t is_row;           /* else it is other traffic */
    int64_t is_free;          /* whether its shape is the canonical one, for members of objects in any order */
    int64_t guard_begin, guard_count;
    int64_t instant, charge;  /* leaves, or -1 */
    struct { int64_t piece_begin, piece_count; } cells[SINK_COLUMNS - 1]; /* -1 pieces: null */
} recipe;

/* What a record must hold besides its shape. */
typedef struct {
    int64_t leaf;
    int64_t nested; /* -1: the leaf is these bytes; else it is the length of that nested text */
    int64_t begin, length;
} guard;

/* A part of a cell: constant bytes, then a leaf. */
typedef struct {
    int64_t begin, length;
    int64_t leaf;       /* or -1 */
    int64_t is_escaped; /* whether the leaf stands within JSON */
    int64_t group;      /* pieces of one group are members of an object, in the order of the record; 0: none */
    int64_t anchor;     /* the leaf that says where a member stands in the record */
} piece;

/* As `_Book` in native/records.py. */
typedef struct {
    const uint8_t *octets;
    const recipe *recipes;
    const guard *guards;
    const piece *pieces;
    int64_t octet_count, recipe_count, guard_count, piece_count;
} book;

enum { BOOK_RECIPES_MAX = 1024, BOOK_SLOTS = 4096 };

/* A book opened for reading: recipes found by their shape. */
typedef struct {
    const book *of;
    int64_t last;
    int16_t slots[BOOK_SLOTS];
    uint64_t hashes[BOOK_RECIPES_MAX];
} opened;

/* False where it points out of itself. */
bool recipes_open(opened *into, const book *from);

/* Puts a record where it belongs: a row, other traffic, or left to the exact reader. */
typedef enum { PUT, PUT_OTHER, PUT_LEFT, PUT_FULL } put;

/* The bytes of a record, and whether they are kept in a column. */
typedef struct {
    const uint8_t *octets;
    size_t length;
    bool is_kept;
} raw_source;

/* Leaves are in another order afterwards where the record is left. `shape` is equal for records of one shape, members
   of objects in any order; 0 where it has none. */
put recipes_put(opened *from, tokens *record, sink *into, raw_source source, uint64_t *shape);

#endif
