#include "core.h"

/* As VERSION in library.py. */
CORENA_EXPORT int32_t corena_version(void);

int32_t corena_version(void)
{
    return 9;
}
