/* HMAC-SHA256 of as many messages at once as a vector has lanes; hmac.c includes this once for each width.

   LANES is 8 or 16, TARGET the attribute, NAMED(x) gives x a name of its own. */

typedef uint32_t NAMED(words) __attribute__((vector_size(4 * LANES)));

#define ROTATED(word, bits) ((word) >> (bits) | (word) << (32 - (bits)))
#define ROUND(a, b, c, d, e, f, g, h, t)                                                                               \
    do {                                                                                                               \
        const NAMED(words) first = h + (ROTATED(e, 6) ^ ROTATED(e, 11) ^ ROTATED(e, 25)) + (g ^ (e & (f ^ g))) +       \
                                   sha256_constants[number + (t)] + w[t];                                              \
        d += first;                                                                                                    \
        const NAMED(words) differ = a ^ b;                                                                             \
        h = first + (ROTATED(a, 2) ^ ROTATED(a, 13) ^ ROTATED(a, 22)) + (b ^ (differ & differed));                     \
        differed = differ;                                                                                             \
    } while (0)
#define EIGHT_ROUNDS(t)                                                                                                \
    do {                                                                                                               \
        ROUND(a, b, c, d, e, f, g, h, (t));                                                                            \
        ROUND(h, a, b, c, d, e, f, g, (t) + 1);                                                                        \
        ROUND(g, h, a, b, c, d, e, f, (t) + 2);                                                                        \
        ROUND(f, g, h, a, b, c, d, e, (t) + 3);                                                                        \
        ROUND(e, f, g, h, a, b, c, d, (t) + 4);                                                                        \
        ROUND(d, e, f, g, h, a, b, c, (t) + 5);                                                                        \
        ROUND(c, d, e, f, g, h, a, b, (t) + 6);                                                                        \
        ROUND(b, c, d, e, f, g, h, a, (t) + 7);                                                                        \
    } while (0)
#define SCHEDULE_WORD(t)                                                                                               \
    do {                                                                                                               \
        const NAMED(words) early = w[((t) + 1) % 16], late = w[((t) + 14) % 16];                                       \
        w[t] += (ROTATED(early, 7) ^ ROTATED(early, 18) ^ early >> 3) + w[((t) + 9) % 16] +                            \
                (ROTATED(late, 17) ^ ROTATED(late, 19) ^ late >> 10);                                                  \
    } while (0)
#define SCHEDULE_FOUR(t)                                                                                               \
    do {                                                                                                               \
        SCHEDULE_WORD(t);                                                                                              \
        SCHEDULE_WORD((t) + 1);                                                                                        \
        SCHEDULE_WORD((t) + 2);                                                                                        \
        SCHEDULE_WORD((t) + 3);                                                                                        \
    } while (0)

/* Absorbs one block a lane, whose words it uses up. */
TARGET static void NAMED(absorb)(NAMED(words) state[SHA256_WORDS], NAMED(words) w[16])
{
    NAMED(words) a = state[0], b = state[1], c = state[2], d = state[3];
    NAMED(words) e = state[4], f = state[5], g = state[6], h = state[7], differed = b ^ c;
    for (int number = 0;; number += 16) {
        EIGHT_ROUNDS(0);
        EIGHT_ROUNDS(8);
        if (number == 48)
            break;
        SCHEDULE_FOUR(0);
        SCHEDULE_FOUR(4);
        SCHEDULE_FOUR(8);
        SCHEDULE_FOUR(12);
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

/* The words of one block of each of eight messages: word t of lane n to w[t] at n, of the half named. */
TARGET static inline void NAMED(read_eight)(NAMED(words) w[16], int half, const struct padded *messages, size_t block)
{
    const __m256i byte_order = _mm256_broadcastsi128_si256(_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
    for (int side = 0; side < 2; side++) {
        __m256i rows[8], pairs[8], fours[8];
        for (int lane = 0; lane < 8; lane++) {
            const uint8_t *from = messages[lane].octets + SHA256_BLOCK_BYTES * block + 32 * side;
            rows[lane] = _mm256_shuffle_epi8(_mm256_load_si256((const __m256i *)from), byte_order);
        }
        for (int lane = 0; lane < 8; lane += 2) {
            pairs[lane] = _mm256_unpacklo_epi32(rows[lane], rows[lane + 1]);
            pairs[lane + 1] = _mm256_unpackhi_epi32(rows[lane], rows[lane + 1]);
        }
        for (int four = 0; four < 8; four += 4)
            for (int pair = 0; pair < 2; pair++) {
                fours[four + 2 * pair] = _mm256_unpacklo_epi64(pairs[four + pair], pairs[four + pair + 2]);
                fours[four + 2 * pair + 1] = _mm256_unpackhi_epi64(pairs[four + pair], pairs[four + pair + 2]);
            }
        for (int word = 0; word < 4; word++) {
            const __m256i low = _mm256_permute2x128_si256(fours[word], fours[word + 4], 0x20);
            const __m256i high = _mm256_permute2x128_si256(fours[word], fours[word + 4], 0x31);
            _mm256_store_si256((__m256i *)(w + 8 * side + word) + half, low);
            _mm256_store_si256((__m256i *)(w + 8 * side + word + 4) + half, high);
        }
    }
}

/* Signs up to LANES messages of one number of blocks. */
TARGET static void NAMED(sign)(const struct job *job, size_t block_count, const int64_t *positions, int count)
{
    struct padded messages[LANES];
    NAMED(words) state[SHA256_WORDS], w[16];
    uint32_t out[SHA256_WORDS][LANES];
    for (int lane = 0; lane < LANES; lane++)
        pad_message(job, job->rows[positions[lane < count ? lane : 0]], block_count, messages[lane].octets);
    for (int word = 0; word < SHA256_WORDS; word++)
        state[word] = job->inner[word] - (NAMED(words)){0};
    for (size_t block = 0; block < block_count; block++) {
        for (int half = 0; half < LANES / 8; half++)
            NAMED(read_eight)(w, half, messages + 8 * half, block);
        NAMED(absorb)(state, w);
    }
    for (int word = 0; word < SHA256_WORDS; word++) {
        w[word] = state[word];
        state[word] = job->outer[word] - (NAMED(words)){0};
    }
    for (int word = SHA256_WORDS; word < 16; word++)
        w[word] = outer_padding[word - SHA256_WORDS] - (NAMED(words)){0};
    NAMED(absorb)(state, w);
    memcpy(out, state, sizeof out);
    for (int lane = 0; lane < count; lane++)
        for (int word = 0; word < SHA256_WORDS; word++)
            sha256_write_word(digest_of(job, positions[lane]) + 4 * word, out[word][lane]);
}

#undef ROTATED
#undef ROUND
#undef EIGHT_ROUNDS
#undef SCHEDULE_WORD
#undef SCHEDULE_FOUR
#undef LANES
#undef TARGET
#undef NAMED
