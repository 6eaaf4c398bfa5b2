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

static inline bool is_digit(uint8_t octet)
{
    return octet >= '0' && octet <= '9';
}

#endif
