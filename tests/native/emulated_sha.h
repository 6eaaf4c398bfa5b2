/* Intel's SHA extensions as the manual describes them, for machines without: compile with -include of this file. */
#include <immintrin.h>
#include <stdint.h>

static inline uint32_t emulated_rotation(uint32_t word, int bits)
{
    return word >> bits | word << (32 - bits);
}

static inline __m128i emulated_rounds(__m128i cdgh, __m128i abef, __m128i sums)
{
    uint32_t low[4], high[4], wk[4];
    _mm_storeu_si128((__m128i *)low, cdgh);
    _mm_storeu_si128((__m128i *)high, abef);
    _mm_storeu_si128((__m128i *)wk, sums);
    uint32_t a = high[3], b = high[2], c = low[3], d = low[2], e = high[1], f = high[0], g = low[1], h = low[0];
    for (int round = 0; round < 2; round++) {
        const uint32_t choice = (e & f) ^ (~e & g), majority = (a & b) ^ (a & c) ^ (b & c);
        const uint32_t first =
            choice + (emulated_rotation(e, 6) ^ emulated_rotation(e, 11) ^ emulated_rotation(e, 25)) + wk[round] + h;
        const uint32_t second = majority + (emulated_rotation(a, 2) ^ emulated_rotation(a, 13) ^ emulated_rotation(a, 22));
        h = g, g = f, f = e, e = first + d, d = c, c = b, b = a, a = first + second;
    }
    return _mm_set_epi32((int)a, (int)b, (int)e, (int)f);
}

static inline uint32_t emulated_early(uint32_t word)
{
    return emulated_rotation(word, 7) ^ emulated_rotation(word, 18) ^ word >> 3;
}

static inline uint32_t emulated_late(uint32_t word)
{
    return emulated_rotation(word, 17) ^ emulated_rotation(word, 19) ^ word >> 10;
}

static inline __m128i emulated_first_message(__m128i first, __m128i second)
{
    uint32_t w[4], next[4];
    _mm_storeu_si128((__m128i *)w, first);
    _mm_storeu_si128((__m128i *)next, second);
    return _mm_set_epi32(
        (int)(w[3] + emulated_early(next[0])),
        (int)(w[2] + emulated_early(w[3])),
        (int)(w[1] + emulated_early(w[2])),
        (int)(w[0] + emulated_early(w[1])));
}

static inline __m128i emulated_second_message(__m128i first, __m128i second)
{
    uint32_t w[4], late[4];
    _mm_storeu_si128((__m128i *)w, first);
    _mm_storeu_si128((__m128i *)late, second);
    const uint32_t w16 = w[0] + emulated_late(late[2]), w17 = w[1] + emulated_late(late[3]);
    const uint32_t w18 = w[2] + emulated_late(w16), w19 = w[3] + emulated_late(w17);
    return _mm_set_epi32((int)w19, (int)w18, (int)w17, (int)w16);
}

#define _mm_sha256rnds2_epu32 emulated_rounds
#define _mm_sha256msg1_epu32 emulated_first_message
#define _mm_sha256msg2_epu32 emulated_second_message
