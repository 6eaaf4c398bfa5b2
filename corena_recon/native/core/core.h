/* What all sources of the core share. */
#ifndef CORENA_CORE_H
#define CORENA_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(_WIN32)
#define CORENA_EXPORT __declspec(dllexport)
#else
#define CORENA_EXPORT __attribute__((visibility("default")))
#endif

/* Few bytes, without a call. */
static inline void copy_some(uint8_t *to, const uint8_t *from, size_t length)
{
    if (length > 16) {
        memcpy(to, from, length);
        return;
    }
    if (length >= 8) {
        uint64_t first, last;
        memcpy(&first, from, 8);
        memcpy(&last, from + length - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + length - 8, &last, 8);
    } else if (length >= 4) {
        uint32_t first, last;
        memcpy(&first, from, 4);
        memcpy(&last, from + length - 4, 4);
        memcpy(to, &first, 4);
        memcpy(to + length - 4, &last, 4);
    } else {
        for (; length; length--)
            *to++ = *from++;
    }
}

static inline bool is_digit(uint8_t octet)
{
    return octet >= '0' && octet <= '9';
}

#endif
