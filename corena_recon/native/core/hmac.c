/* HMAC-SHA256 (RFC 2104) of rows whose cells are joined, and the digests that 64 hexadecimal digits spell.

   Several messages at once where they are short and of one number of blocks; all others one after another. */
#include <string.h>

#include "sha256.h"

#if CORENA_X86
#include <immintrin.h>
#endif

/* An Arrow large_binary array. */
struct corena_cells {
    const uint8_t *octets;
    const int64_t *offsets;
    int64_t octet_count;
    int64_t row_count;
};

CORENA_EXPORT int32_t corena_hmac_knows(int32_t way);
CORENA_EXPORT int32_t corena_hmac_rows(
    int32_t way,
    const uint8_t *key_blocks,
    const struct corena_cells *parts,
    int64_t part_count,
    const int64_t *rows,
    const int64_t *targets,
    int64_t count,
    uint8_t *digests);
CORENA_EXPORT int32_t corena_hex_digests(
    const struct corena_cells *cells, const int64_t *rows, int64_t count, uint8_t *digests, uint8_t *well_formed);

enum { MANY_LANES = 16, SHORT_BLOCKS = 4, LENGTH_BYTES = 8 };

struct job {
    enum sha256_way way;
    uint32_t inner[SHA256_WORDS], outer[SHA256_WORDS];
    const struct corena_cells *parts;
    int64_t part_count;
    const int64_t *rows, *targets;
    uint8_t *digests;
};

struct padded {
    _Alignas(32) uint8_t octets[SHORT_BLOCKS * SHA256_BLOCK_BYTES];
};

/* What follows an inner digest in the one block of the outer hash; the key's block counts as hashed. */
static const uint32_t outer_padding[8] = {0x80000000, 0, 0, 0, 0, 0, 0, 8 * (SHA256_BLOCK_BYTES + SHA256_DIGEST_BYTES)};

/* The offsets are strangers' too: a frame may have been read from any file. */
static int fits(const struct corena_cells *cells, int64_t row)
{
    if (row < 0 || row >= cells->row_count)
        return 0;
    const int64_t begin = cells->offsets[row], end = cells->offsets[row + 1];
    return 0 <= begin && begin <= end && end <= cells->octet_count;
}

/* How long the message of a row is; -1 where a cell does not fit its column. */
static int64_t message_bytes(const struct job *job, int64_t row)
{
    int64_t total = 0;
    for (int64_t part = 0; part < job->part_count; part++) {
        const struct corena_cells *cells = job->parts + part;
        if (!fits(cells, row) || __builtin_add_overflow(total, cells->offsets[row + 1] - cells->offsets[row], &total))
            return -1;
    }
    return total;
}

static uint8_t *digest_of(const struct job *job, int64_t position)
{
    return job->digests + SHA256_DIGEST_BYTES * job->targets[position];
}

static void write_length(uint8_t *place, uint64_t message_byte_count)
{
    const uint64_t bits = 8 * (SHA256_BLOCK_BYTES + message_byte_count);
    sha256_write_word(place, (uint32_t)(bits >> 32));
    sha256_write_word(place + 4, (uint32_t)bits);
}

/* Absorbs any number of cells, whose ends are not those of blocks. */
struct stream {
    enum sha256_way way;
    uint32_t state[SHA256_WORDS];
    size_t held_count;
    uint8_t held[SHA256_BLOCK_BYTES];
};

static void absorb_octets(struct stream *stream, const uint8_t *octets, size_t count)
{
    if (stream->held_count) {
        const size_t room = SHA256_BLOCK_BYTES - stream->held_count, taken = count < room ? count : room;
        memcpy(stream->held + stream->held_count, octets, taken);
        stream->held_count += taken;
        octets += taken, count -= taken;
        if (stream->held_count < SHA256_BLOCK_BYTES)
            return;
        sha256_absorb(stream->way, stream->state, stream->held, 1);
        stream->held_count = 0;
    }
    sha256_absorb(stream->way, stream->state, octets, count / SHA256_BLOCK_BYTES);
    stream->held_count = count % SHA256_BLOCK_BYTES;
    memcpy(stream->held, octets + (count - stream->held_count), stream->held_count);
}

static void end_stream(struct stream *stream, uint64_t message_byte_count)
{
    stream->held[stream->held_count++] = 0x80;
    if (stream->held_count > SHA256_BLOCK_BYTES - LENGTH_BYTES) {
        memset(stream->held + stream->held_count, 0, SHA256_BLOCK_BYTES - stream->held_count);
        sha256_absorb(stream->way, stream->state, stream->held, 1);
        stream->held_count = 0;
    }
    memset(stream->held + stream->held_count, 0, SHA256_BLOCK_BYTES - LENGTH_BYTES - stream->held_count);
    write_length(stream->held + SHA256_BLOCK_BYTES - LENGTH_BYTES, message_byte_count);
    sha256_absorb(stream->way, stream->state, stream->held, 1);
}

static void sign_one(const struct job *job, int64_t position, uint64_t byte_count)
{
    const int64_t row = job->rows[position];
    struct stream stream = {.way = job->way};
    uint8_t block[SHA256_BLOCK_BYTES];
    uint32_t state[SHA256_WORDS];
    memcpy(stream.state, job->inner, sizeof stream.state);
    for (int64_t part = 0; part < job->part_count; part++) {
        const int64_t begin = job->parts[part].offsets[row], end = job->parts[part].offsets[row + 1];
        if (begin < end)
            absorb_octets(&stream, job->parts[part].octets + begin, (size_t)(end - begin));
    }
    end_stream(&stream, byte_count);
    for (int word = 0; word < SHA256_WORDS; word++) {
        sha256_write_word(block + 4 * word, stream.state[word]);
        sha256_write_word(block + SHA256_DIGEST_BYTES + 4 * word, outer_padding[word]);
    }
    memcpy(state, job->outer, sizeof state);
    sha256_absorb(job->way, state, block, 1);
    for (int word = 0; word < SHA256_WORDS; word++)
        sha256_write_word(digest_of(job, position) + 4 * word, state[word]);
}

#if CORENA_X86

static inline void pad_message(const struct job *job, int64_t row, size_t block_count, uint8_t *message)
{
    const size_t padded_count = SHA256_BLOCK_BYTES * block_count;
    size_t byte_count = 0;
    memset(message, 0, padded_count);
    for (int64_t part = 0; part < job->part_count; part++) {
        const int64_t begin = job->parts[part].offsets[row], end = job->parts[part].offsets[row + 1];
        if (begin < end)
            memcpy(message + byte_count, job->parts[part].octets + begin, (size_t)(end - begin));
        byte_count += (size_t)(end - begin);
    }
    message[byte_count] = 0x80;
    write_length(message + padded_count - LENGTH_BYTES, byte_count);
}

#define LANES 8
#define TARGET __attribute__((target("avx2")))
#define NAMED(x) x##_of_8
#include "hmac_lanes.h"

#define LANES 16
#define TARGET __attribute__((target("avx2,avx512f")))
#define NAMED(x) x##_of_16
#include "hmac_lanes.h"

/* Messages that wait for others of as many blocks. */
struct waiting {
    int counts[SHORT_BLOCKS];
    int64_t positions[SHORT_BLOCKS][MANY_LANES];
};

static void sign_waiting(const struct job *job, struct waiting *waiting, size_t block_count)
{
    const int64_t *positions = waiting->positions[block_count - 1];
    const int count = waiting->counts[block_count - 1];
    waiting->counts[block_count - 1] = 0;
    if (job->way == SHA256_AVX512)
        sign_of_16(job, block_count, positions, count);
    else
        sign_of_8(job, block_count, positions, count);
}

static int32_t sign_in_lanes(const struct job *job, int64_t count)
{
    struct waiting waiting = {{0}, {{0}}};
    const int lanes = job->way == SHA256_AVX512 ? 16 : 8;
    for (int64_t position = 0; position < count; position++) {
        const int64_t byte_count = message_bytes(job, job->rows[position]);
        if (byte_count < 0)
            return 0;
        if (byte_count > SHORT_BLOCKS * SHA256_BLOCK_BYTES - LENGTH_BYTES - 1) {
            sign_one(job, position, (uint64_t)byte_count);
            continue;
        }
        const size_t block_count = (size_t)(byte_count + LENGTH_BYTES) / SHA256_BLOCK_BYTES + 1;
        int *waiting_count = waiting.counts + block_count - 1;
        waiting.positions[block_count - 1][(*waiting_count)++] = position;
        if (*waiting_count == lanes)
            sign_waiting(job, &waiting, block_count);
    }
    for (size_t block_count = 1; block_count <= SHORT_BLOCKS; block_count++)
        if (waiting.counts[block_count - 1])
            sign_waiting(job, &waiting, block_count);
    return 1;
}

#endif

int32_t corena_hmac_knows(int32_t way)
{
    return way >= 0 && way < SHA256_WAY_COUNT && sha256_knows((enum sha256_way)way);
}

/* digests[targets[i]] = the HMAC of row rows[i], its cells in all parts joined, in a way that this processor knows.
   ``key_blocks``: the first block of the inner and of the outer hash. Gives 0 where a row or a cell is not in its
   column. */
int32_t corena_hmac_rows(
    int32_t way,
    const uint8_t *key_blocks,
    const struct corena_cells *parts,
    int64_t part_count,
    const int64_t *rows,
    const int64_t *targets,
    int64_t count,
    uint8_t *digests)
{
    struct job job = {(enum sha256_way)way, {0}, {0}, parts, part_count, rows, targets, digests};
    memcpy(job.inner, sha256_initial, sizeof job.inner);
    memcpy(job.outer, sha256_initial, sizeof job.outer);
    sha256_absorb(job.way, job.inner, key_blocks, 1);
    sha256_absorb(job.way, job.outer, key_blocks + SHA256_BLOCK_BYTES, 1);
#if CORENA_X86
    if (way == SHA256_AVX2 || way == SHA256_AVX512)
        return sign_in_lanes(&job, count);
#endif
    for (int64_t position = 0; position < count; position++) {
        const int64_t byte_count = message_bytes(&job, rows[position]);
        if (byte_count < 0)
            return 0;
        sign_one(&job, position, (uint64_t)byte_count);
    }
    return 1;
}

typedef uint8_t octets __attribute__((vector_size(16)));
typedef uint16_t pairs __attribute__((vector_size(16)));
typedef uint8_t halves __attribute__((vector_size(8)));

/* What 16 of the characters 0-9 and A-F spell; ``good`` loses bits where there are others. */
static inline halves spelt(const uint8_t *characters, octets *good)
{
    octets given, nibbles;
    pairs both;
    memcpy(&given, characters, sizeof given);
    const octets digit = given - '0', letter = given - 'A';
    const octets is_digit = (octets)(digit < 10), is_letter = (octets)(letter < 6);
    *good &= is_digit | is_letter;
    nibbles = (is_digit & digit) | (is_letter & (letter + 10));
    memcpy(&both, &nibbles, sizeof both);
    return __builtin_convertvector((both << 4 | both >> 8) & 0xff, halves);
}

/* digests[row] = the octets that the row's 64 characters spell, and well_formed[row] whether all of them are in 0-9
   and A-F; zeros where not. Gives 0 where a row is not in the column, or not of 64 characters. */
int32_t corena_hex_digests(
    const struct corena_cells *cells, const int64_t *rows, int64_t count, uint8_t *digests, uint8_t *well_formed)
{
    for (int64_t position = 0; position < count; position++) {
        const int64_t row = rows[position];
        if (!fits(cells, row) || cells->offsets[row + 1] - cells->offsets[row] != 2 * SHA256_DIGEST_BYTES)
            return 0;
        const uint8_t *characters = cells->octets + cells->offsets[row];
        uint8_t *digest = digests + SHA256_DIGEST_BYTES * row;
        octets good = ~(octets){0};
        for (int place = 0; place < SHA256_DIGEST_BYTES; place += 8) {
            const halves octets_spelt = spelt(characters + 2 * place, &good);
            memcpy(digest + place, &octets_spelt, sizeof octets_spelt);
        }
        uint64_t all_good[2];
        memcpy(all_good, &good, sizeof all_good);
        well_formed[row] = (all_good[0] & all_good[1]) == UINT64_MAX;
        if (!well_formed[row])
            memset(digest, 0, SHA256_DIGEST_BYTES);
    }
    return 1;
}
