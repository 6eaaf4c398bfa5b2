/* What a target of the fuzzer is: a file target_NAME.c beside this one, tried where the core has NAME.c. */
#ifndef CORENA_FUZZ_H
#define CORENA_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Calls the core with bytes that no other byte of the process stands next to: reading beyond them is seen.

   options: as random as the bytes, for whatever else the functions want; kept with them. */
void fuzz_one(uint64_t options, const uint8_t *octets, size_t size);

/* Whether what the core gave holds together; if not, the input is kept as for a crash. */
#define FUZZ_REQUIRE(condition) ((condition) ? (void)0 : fuzz_broken(#condition, __FILE__, __LINE__))

void fuzz_broken(const char *condition, const char *file, int line);

/* The next few bits of the options. */
static inline unsigned fuzz_take(uint64_t *options, unsigned bits)
{
    unsigned taken = (unsigned)(*options & ((UINT64_C(1) << bits) - 1));
    *options >>= bits;
    return taken;
}

#endif
