/* A fuzzer in one file: takes inputs, changes them, keeps those that reach code that none has reached before.

   fuzz CORPUS COUNT SEED CRASH     COUNT inputs made of those in CORPUS/inputs; pieces to put in are in CORPUS/pieces.
   fuzz CRASH                       one input, as it was kept.

   Both files of the corpus hold records: four bytes of length, as this machine writes them, then the bytes. An input
   that is kept has its options in front. What the sanitizers find, a requirement that does not hold and an input that
   takes seconds end the process; the input is then in CRASH. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include <sanitizer/common_interface_defs.h>

#include "fuzz.h"

enum {
    INPUT_MAX_BYTES = 4096,
    LARGE_MAX_BYTES = 1 << 17,
    ENTRIES_MAX = 1 << 16,
    PLACES = 1 << 16,
    CHANGES_MAX = 6,
    SMALL_BYTES = 400,
    STUCK_CPU_S = 1,
};

struct octets {
    uint8_t *at;
    size_t size;
};

struct entries {
    struct octets *all;
    size_t count;
    size_t given;
};

static struct {
    uint64_t options;
    const uint8_t *octets;
    size_t size;
    uint64_t number;
    uint64_t number_seen;
    const char *crash;
} current;

static uint8_t reached[PLACES];
static uint64_t reached_count;
static uintptr_t reached_before;
static uint64_t state;

/* Called by what is compiled with -fsanitize-coverage=trace-pc, wherever a piece of code begins. */
void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
    /* Addresses change from one run to the next, distances do not. */
    uintptr_t place = (uintptr_t)__builtin_return_address(0) - (uintptr_t)&fuzz_one;
    size_t step = (place * UINT64_C(0x9E3779B97F4A7C15) >> 47 ^ reached_before) % PLACES;
    reached_before = place >> 1;
    if (!reached[step]) {
        reached[step] = 1;
        reached_count++;
    }
}

static void keep_input(void)
{
    FILE *file = current.crash ? fopen(current.crash, "wb") : NULL;
    if (file == NULL)
        return;
    fwrite(&current.options, sizeof current.options, 1, file);
    fwrite(current.octets, 1, current.size, file);
    fclose(file);
    fprintf(stderr, "input %llu of %zu bytes is kept in %s\n", (unsigned long long)current.number, current.size,
            current.crash);
}

void fuzz_broken(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    keep_input();
    _Exit(1);
}

/* An input is kept with which a block can be looked for again; where each was asked for need not be known. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "malloc_context_size=2:quarantine_size_mb=8";
}

/* The sanitizer of undefined behaviour knows no callback. */
const char *__ubsan_default_options(void);

const char *__ubsan_default_options(void)
{
    return "abort_on_error=1";
}

static void on_abort(int signal)
{
    (void)signal;
    keep_input();
    _Exit(1);
}

/* Counts time of the processor, so that a busy machine makes no input slow. */
static void on_tick(int signal)
{
    (void)signal;
    if (current.number == current.number_seen) {
        fprintf(stderr, "an input takes more than %d s\n", STUCK_CPU_S);
        keep_input();
        _Exit(1);
    }
    current.number_seen = current.number;
}

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * UINT64_C(0x2545F4914F6CDD1D);
}

static size_t below(size_t limit)
{
    return limit ? (size_t)((next_random() >> 32) % limit) : 0;
}

static void require_memory(const void *memory)
{
    if (memory == NULL) {
        fprintf(stderr, "no memory\n");
        _Exit(2);
    }
}

/* The core asks for large blocks of few sizes again and again, and the sanitizer takes long to give and to take back
   each. Here they are kept: their ends are watched as ever, but not that they are used after they were freed. */
enum { KEPT_BLOCKS = 16, KEPT_FROM_BYTES = 1 << 14 };

static struct {
    void *block;
    size_t size;
    int is_used;
} kept[KEPT_BLOCKS];

void *fuzz_malloc(size_t size);
void *fuzz_realloc(void *block, size_t size);
void fuzz_free(void *block);

void *fuzz_malloc(size_t size)
{
    for (int place = 0; size >= KEPT_FROM_BYTES && place < KEPT_BLOCKS; place++) {
        if (kept[place].block == NULL) {
            kept[place].block = malloc(size);
            kept[place].size = size;
        }
        if (kept[place].size == size && !kept[place].is_used) {
            kept[place].is_used = 1;
            return kept[place].block;
        }
    }
    return malloc(size);
}

void *fuzz_realloc(void *block, size_t size)
{
    for (int place = 0; block != NULL && place < KEPT_BLOCKS; place++) {
        if (kept[place].block != block)
            continue;
        void *grown = fuzz_malloc(size);
        if (grown != NULL) {
            memcpy(grown, block, size < kept[place].size ? size : kept[place].size);
            kept[place].is_used = 0;
        }
        return grown;
    }
    return realloc(block, size);
}

void fuzz_free(void *block)
{
    for (int place = 0; block != NULL && place < KEPT_BLOCKS; place++) {
        if (kept[place].block != block)
            continue;
        kept[place].is_used = 0;
        return;
    }
    free(block);
}

static void try_one(uint64_t options, const uint8_t *octets, size_t size)
{
    /* In a block of its own, whose neighbours the address sanitizer watches. */
    uint8_t *own = malloc(size ? size : 1);
    require_memory(own);
    memcpy(own, octets, size);
    current.options = options;
    current.octets = own;
    current.size = size;
    current.number++;
    fuzz_one(options, size ? own : own + 1, size);
    free(own);
}

static void add_entry(struct entries *entries, const uint8_t *octets, size_t size)
{
    if (entries->count == ENTRIES_MAX)
        return;
    uint8_t *own = malloc(size ? size : 1);
    require_memory(own);
    memcpy(own, octets, size);
    entries->all[entries->count++] = (struct octets){own, size};
}

static struct octets whole_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "%s cannot be opened\n", path);
        _Exit(2);
    }
    struct octets read = {NULL, 0};
    size_t room = 0, got = 0;
    do {
        read.size += got;
        if (read.size == room) {
            room = room ? 2 * room : 1 << 16;
            read.at = realloc(read.at, room);
            require_memory(read.at);
        }
        got = fread(read.at + read.size, 1, room - read.size, file);
    } while (got > 0);
    fclose(file);
    return read;
}

static struct entries entries_of(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    struct octets file = whole_file(path);
    struct entries entries = {calloc(ENTRIES_MAX, sizeof(struct octets)), 0, 0};
    require_memory(entries.all);
    for (size_t at = 0; at + sizeof(uint32_t) <= file.size;) {
        uint32_t size;
        memcpy(&size, file.at + at, sizeof size);
        at += sizeof size;
        if (size > file.size - at)
            break;
        add_entry(&entries, file.at + at, size);
        at += size;
    }
    free(file.at);
    entries.given = entries.count;
    return entries;
}

/* An input under way: changes beyond its room are left out. */
struct draft {
    uint8_t octets[LARGE_MAX_BYTES];
    size_t size;
    size_t room;
};

static void put_in(struct draft *draft, size_t place, const uint8_t *octets, size_t size)
{
    if (size > draft->room - draft->size)
        return;
    memmove(draft->octets + place + size, draft->octets + place, draft->size - place);
    memcpy(draft->octets + place, octets, size);
    draft->size += size;
}

static void take_out(struct draft *draft, size_t place, size_t size)
{
    memmove(draft->octets + place, draft->octets + place + size, draft->size - place - size);
    draft->size -= size;
}

static size_t span_from(const struct draft *draft, size_t place)
{
    size_t left = draft->size - place, size = 1 + below(below(2) ? 4 : 64);
    return size < left ? size : left;
}

static void change(struct draft *draft, const struct entries *inputs, const struct entries *pieces)
{
    size_t place = below(draft->size + 1), other = below(draft->size + 1);
    const struct octets *piece = &pieces->all[below(pieces->count)];
    uint8_t span[64];
    size_t size = span_from(draft, place);
    memcpy(span, draft->octets + place, size);
    switch (below(12)) {
    case 0:
        if (size)
            draft->octets[place] ^= (uint8_t)(1 << below(8));
        break;
    case 1:
        if (size)
            draft->octets[place] = (uint8_t)next_random();
        break;
    case 2:
    case 3:
    case 4:
        put_in(draft, place, piece->at, piece->size);
        break;
    case 5:
        if (piece->size <= draft->size - place)
            memcpy(draft->octets + place, piece->at, piece->size);
        break;
    case 6:
        take_out(draft, place, size);
        break;
    case 7:
        put_in(draft, other, span, size);
        break;
    case 8:
        take_out(draft, place, size);
        put_in(draft, below(draft->size + 1), span, size);
        break;
    case 9:
        for (size_t times = below(below(16) ? 8 : 1024); times > 0; times--)
            put_in(draft, place, piece->at, piece->size);
        break;
    case 10:
        draft->size = below(2) ? place : draft->size;
        break;
    default: {
        const struct octets *donor = &inputs->all[below(inputs->count)];
        size_t from = below(donor->size + 1), length = below(donor->size - from + 1);
        put_in(draft, place, donor->at + from, length);
    }
    }
}

/* A stretch of an input, mostly a short one: the shorter, the more of them in a second. */
static void begin_with(struct draft *draft, const struct octets *input)
{
    size_t most = below(8) ? SMALL_BYTES : INPUT_MAX_BYTES;
    size_t begin = input->size > most && below(2) ? below(input->size - most + 1) : 0;
    size_t size = input->size - begin < most ? input->size - begin : most;
    memcpy(draft->octets, input->at + begin, size);
    draft->size = size;
    draft->room = below(1000) ? INPUT_MAX_BYTES : LARGE_MAX_BYTES;
}

static void fuzz(const char *folder, uint64_t count)
{
    static struct draft draft;
    struct entries inputs = entries_of(folder, "inputs"), pieces = entries_of(folder, "pieces");
    if (inputs.count == 0 || pieces.count == 0) {
        fprintf(stderr, "%s holds no inputs or no pieces\n", folder);
        _Exit(2);
    }
    for (uint64_t number = 0; number < count; number++) {
        /* What reached something new is taken as often as what was given. */
        size_t found = inputs.count - inputs.given;
        size_t which = found && below(2) ? inputs.given + below(found) : below(inputs.given);
        begin_with(&draft, &inputs.all[which]);
        for (size_t changes = below(CHANGES_MAX + 1); changes > 0; changes--)
            change(&draft, &inputs, &pieces);
        uint64_t before = reached_count;
        try_one(next_random(), draft.octets, draft.size);
        if (reached_count > before && draft.size <= INPUT_MAX_BYTES)
            add_entry(&inputs, draft.octets, draft.size);
    }
    printf("%llu inputs, %zu given, %zu kept, %llu steps of the code reached\n", (unsigned long long)count, inputs.given,
           inputs.count - inputs.given, (unsigned long long)reached_count);
    for (size_t place = 0; place < inputs.count; place++)
        free(inputs.all[place].at);
    for (size_t place = 0; place < pieces.count; place++)
        free(pieces.all[place].at);
    free(inputs.all);
    free(pieces.all);
}

int main(int count, char **arguments)
{
    __sanitizer_set_death_callback(keep_input);
    signal(SIGABRT, on_abort);
    signal(SIGPROF, on_tick);
    struct itimerval ticks = {{STUCK_CPU_S, 0}, {STUCK_CPU_S, 0}};
    setitimer(ITIMER_PROF, &ticks, NULL);
    if (count == 2) {
        struct octets kept = whole_file(arguments[1]);
        if (kept.size >= sizeof(uint64_t)) {
            uint64_t options;
            memcpy(&options, kept.at, sizeof options);
            try_one(options, kept.at + sizeof options, kept.size - sizeof options);
        }
        free(kept.at);
        return 0;
    }
    if (count != 5) {
        fprintf(stderr, "arguments: CORPUS COUNT SEED CRASH, or CRASH\n");
        return 2;
    }
    current.crash = arguments[4];
    state = strtoull(arguments[3], NULL, 10) * 2 + 1;
    fuzz(arguments[1], strtoull(arguments[2], NULL, 10));
    return 0;
}
