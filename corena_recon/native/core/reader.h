/* What a call that reads records works with. */
#ifndef CORENA_READER_H
#define CORENA_READER_H

#include "recipes.h"

typedef struct {
    opened book;
    tokens *record; /* taken apart one after another */
} reader;

/* NULL where the book is unsound or there is no memory. */
reader *reader_new(const book *with);
void reader_free(reader *of);

#endif
