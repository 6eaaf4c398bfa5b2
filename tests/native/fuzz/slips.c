/* Functions with a slip each, for the test that the fuzzer finds what there is to find. SLIP says which. */
#include "fuzz.h"

static volatile int sum;

void fuzz_one(uint64_t options, const uint8_t *octets, size_t size)
{
    (void)options;
    for (size_t at = 0; at + 3 < size; at++) {
        if (octets[at] != '\\' || octets[at + 1] != 'u' || octets[at + 2] != '0')
            continue;
#if SLIP == 1
        if (octets[at + 3] == 'Z')
            sum += octets[size];
#elif SLIP == 2
        if (octets[at + 3] == 'Z')
            sum = INT32_MAX - (int)size + octets[at + 3] * 1000;
#elif SLIP == 3
        if (octets[at + 3] == 'Z')
            while (size) sum = 1;
#else
        FUZZ_REQUIRE(octets[at + 3] != 'Z');
#endif
    }
}
