/* SHA-256 (FIPS 180-4) of whole blocks, in every way that a processor may have. */
#ifndef CORENA_SHA256_H
#define CORENA_SHA256_H

#include "core.h"

#if defined(__x86_64__) || defined(__i386__)
#define CORENA_X86 1
#else
#define CORENA_X86 0
#endif

enum { SHA256_BLOCK_BYTES = 64, SHA256_DIGEST_BYTES = 32, SHA256_WORDS = 8 };

/* As WAYS in hmac.py. */
enum sha256_way { SHA256_PLAIN, SHA256_AVX2, SHA256_AVX512, SHA256_SHA, SHA256_WAY_COUNT };

extern const uint32_t sha256_initial[SHA256_WORDS];
extern const uint32_t sha256_constants[64];

/* Whether this processor, and its operating system, know a way. */
int sha256_knows(enum sha256_way way);

/* Absorbs blocks that stand one after another. The ways with lanes do it plainly. */
void sha256_absorb(enum sha256_way way, uint32_t state[SHA256_WORDS], const uint8_t *blocks, size_t block_count);

static inline uint32_t sha256_read_word(const uint8_t *octets)
{
    return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 | octets[3];
}

static inline void sha256_write_word(uint8_t *octets, uint32_t word)
{
    octets[0] = (uint8_t)(word >> 24);
    octets[1] = (uint8_t)(word >> 16);
    octets[2] = (uint8_t)(word >> 8);
    octets[3] = (uint8_t)word;
}

#endif
