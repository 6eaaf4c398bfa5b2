#include "sha256.h"

#if CORENA_X86
#include <cpuid.h>
#include <immintrin.h>
#endif

const uint32_t sha256_initial[SHA256_WORDS] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

const uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#if CORENA_X86

enum {
    LEAF_1_ECX_SSSE3 = 1 << 9,
    LEAF_1_ECX_SSE4_1 = 1 << 19,
    LEAF_1_ECX_OSXSAVE = 1 << 27,
    LEAF_7_EBX_AVX2 = 1 << 5,
    LEAF_7_EBX_AVX512F = 1 << 16,
    LEAF_7_EBX_SHA = 1 << 29,
    SAVED_AVX = 0x06,
    SAVED_AVX512 = 0xe6,
};

/* Which registers the operating system keeps for each thread: without, using them corrupts other threads. */
static uint32_t saved_registers(uint32_t leaf_1_ecx)
{
    uint32_t low = 0, high = 0;
    if (leaf_1_ecx & LEAF_1_ECX_OSXSAVE)
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

/* Asked of the processor itself: __builtin_cpu_supports needs a library that not every compiler brings. */
int sha256_knows(enum sha256_way way)
{
    uint32_t a, b, leaf_1_ecx, leaf_7_ebx, c, d;
    if (way == SHA256_PLAIN)
        return 1;
    if (!__get_cpuid(1, &a, &b, &leaf_1_ecx, &d) || !__get_cpuid_count(7, 0, &a, &leaf_7_ebx, &c, &d))
        return 0;
    const uint32_t saved = saved_registers(leaf_1_ecx);
    switch (way) {
    case SHA256_AVX2:
        return (leaf_7_ebx & LEAF_7_EBX_AVX2) && (saved & SAVED_AVX) == SAVED_AVX;
    case SHA256_AVX512:
        return (leaf_7_ebx & LEAF_7_EBX_AVX2) && (leaf_7_ebx & LEAF_7_EBX_AVX512F) &&
               (saved & SAVED_AVX512) == SAVED_AVX512;
    case SHA256_SHA:
        return (leaf_7_ebx & LEAF_7_EBX_SHA) && (leaf_1_ecx & LEAF_1_ECX_SSSE3) && (leaf_1_ecx & LEAF_1_ECX_SSE4_1);
    default:
        return 0;
    }
}

#else

int sha256_knows(enum sha256_way way)
{
    return way == SHA256_PLAIN;
}

#endif

static inline uint32_t rotated(uint32_t word, int bits)
{
    return word >> bits | word << (32 - bits);
}

static void absorb_plainly(uint32_t state[SHA256_WORDS], const uint8_t *block)
{
    uint32_t w[64], a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int t = 0; t < 16; t++)
        w[t] = sha256_read_word(block + 4 * t);
    for (int t = 16; t < 64; t++) {
        const uint32_t early = w[t - 15], late = w[t - 2];
        w[t] = w[t - 16] + (rotated(early, 7) ^ rotated(early, 18) ^ early >> 3) + w[t - 7] +
               (rotated(late, 17) ^ rotated(late, 19) ^ late >> 10);
    }
    for (int t = 0; t < 64; t++) {
        const uint32_t first =
            h + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) + (g ^ (e & (f ^ g))) + sha256_constants[t] + w[t];
        const uint32_t second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) | (c & (a | b)));
        h = g, g = f, f = e, e = d + first, d = c, c = b, b = a, a = first + second;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

#if CORENA_X86

/* Four rounds; SCHEDULE makes the words of four rounds 16 rounds later out of those at hand. */
#define FOUR_ROUNDS(number, words)                                                                                     \
    do {                                                                                                               \
        const __m128i *constants = (const __m128i *)(sha256_constants + 4 * (number));                                 \
        const __m128i sums = _mm_add_epi32(words, _mm_loadu_si128(constants));                                         \
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sums);                                                                \
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sums, 0x0e));                                       \
    } while (0)
#define SCHEDULE(w0, w1, w2, w3)                                                                                       \
    w0 = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4)), w3)

__attribute__((target("sha,ssse3,sse4.1"))) static void absorb_by_sha(
    uint32_t state[SHA256_WORDS], const uint8_t *blocks, size_t block_count)
{
    const __m128i byte_order = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
    const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
    __m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
    for (; block_count; block_count--, blocks += SHA256_BLOCK_BYTES) {
        const __m128i *block = (const __m128i *)blocks;
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w0 = _mm_shuffle_epi8(_mm_loadu_si128(block), byte_order);
        __m128i w1 = _mm_shuffle_epi8(_mm_loadu_si128(block + 1), byte_order);
        __m128i w2 = _mm_shuffle_epi8(_mm_loadu_si128(block + 2), byte_order);
        __m128i w3 = _mm_shuffle_epi8(_mm_loadu_si128(block + 3), byte_order);
        for (int number = 0; number < 12; number += 4) {
            FOUR_ROUNDS(number, w0);
            SCHEDULE(w0, w1, w2, w3);
            FOUR_ROUNDS(number + 1, w1);
            SCHEDULE(w1, w2, w3, w0);
            FOUR_ROUNDS(number + 2, w2);
            SCHEDULE(w2, w3, w0, w1);
            FOUR_ROUNDS(number + 3, w3);
            SCHEDULE(w3, w0, w1, w2);
        }
        FOUR_ROUNDS(12, w0);
        FOUR_ROUNDS(13, w1);
        FOUR_ROUNDS(14, w2);
        FOUR_ROUNDS(15, w3);
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    const __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

#endif

void sha256_absorb(enum sha256_way way, uint32_t state[SHA256_WORDS], const uint8_t *blocks, size_t block_count)
{
#if CORENA_X86
    if (way == SHA256_SHA) {
        absorb_by_sha(state, blocks, block_count);
        return;
    }
#else
    (void)way;
#endif
    for (size_t number = 0; number < block_count; number++)
        absorb_plainly(state, blocks + SHA256_BLOCK_BYTES * number);
}
