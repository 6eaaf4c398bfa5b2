#include "recipes.h"

#include "moments.h"
#include "texts.h"

enum { RAW_MAX_BYTES = 65536, RAW_COLUMN = SINK_COLUMNS - 1 };

static uint64_t hash_of(const uint8_t *shape, size_t length)
{
    uint64_t hash = 0x9E3779B97F4A7C15u ^ length, word;
    for (; length >= 8; shape += 8, length -= 8) {
        memcpy(&word, shape, 8);
        hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, shape, length);
    hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
    hash ^= hash >> 29;
    return hash ? hash : 1;
}

static bool is_within(int64_t begin, int64_t length, int64_t count)
{
    return begin >= 0 && length >= 0 && begin <= count && length <= count - begin;
}

static bool is_leaf(int64_t number)
{
    return number >= -1 && number < TOKENS_LEAVES_MAX;
}

static bool is_sound(const book *of)
{
    if (of->recipe_count < 0 || of->recipe_count > BOOK_RECIPES_MAX)
        return false;
    for (int64_t number = 0; number < of->recipe_count; number++) {
        const recipe *one = &of->recipes[number];
        if (!is_within(one->shape_begin, one->shape_length, of->octet_count) || one->shape_length > TOKENS_SHAPE_MAX
            || !is_within(one->guard_begin, one->guard_count, of->guard_count) || !is_leaf(one->instant)
            || !is_leaf(one->charge))
            return false;
        for (int column = 0; column < RAW_COLUMN; column++)
            if (one->cells[column].piece_count != -1
                && !is_within(one->cells[column].piece_begin, one->cells[column].piece_count, of->piece_count))
                return false;
    }
    for (int64_t number = 0; number < of->guard_count; number++) {
        const guard *one = &of->guards[number];
        if (one->leaf < 0 || !is_leaf(one->leaf) || one->nested < -1 || one->nested >= TOKENS_NESTED_TEXTS
            || !is_within(one->begin, one->length, of->octet_count))
            return false;
    }
    for (int64_t number = 0; number < of->piece_count; number++)
        if (!is_within(of->pieces[number].begin, of->pieces[number].length, of->octet_count)
            || !is_leaf(of->pieces[number].leaf) || !is_leaf(of->pieces[number].anchor)
            || (of->pieces[number].group && of->pieces[number].anchor < 0))
            return false;
    return true;
}

bool recipes_open(opened *into, const book *from)
{
    if (!is_sound(from))
        return false;
    into->of = from;
    into->last = 0;
    memset(into->slots, -1, sizeof into->slots);
    for (int64_t number = 0; number < from->recipe_count; number++) {
        const recipe *one = &from->recipes[number];
        uint64_t hash = hash_of(from->octets + one->shape_begin, (size_t)one->shape_length);
        into->hashes[number] = hash;
        uint64_t slot = hash % BOOK_SLOTS;
        while (into->slots[slot] >= 0)
            slot = (slot + 1) % BOOK_SLOTS;
        into->slots[slot] = (int16_t)number;
    }
    return true;
}

static bool has_shape(const book *of, int64_t number, const tokens *record)
{
    const recipe *one = &of->recipes[number];
    return one->shape_length == record->shape_length
           && memcmp(of->octets + one->shape_begin, record->shape, record->shape_length) == 0;
}

static bool is_number(const leaf *text, uint32_t number)
{
    uint64_t value = 0;
    if (text->length == 0 || text->length > 9 || (text->length > 1 && text->text[0] == '0'))
        return false;
    for (uint32_t place = 0; place < text->length; place++) {
        if (!is_digit(text->text[place]))
            return false;
        value = value * 10 + (uint64_t)(text->text[place] - '0');
    }
    return value == number;
}

static bool passes(const book *of, const recipe *one, const tokens *record)
{
    for (int64_t number = one->guard_begin; number < one->guard_begin + one->guard_count; number++) {
        const guard *wanted = &of->guards[number];
        if (wanted->leaf >= record->leaf_count)
            return false;
        const leaf *found = &record->leaves[wanted->leaf];
        if (wanted->nested >= 0) {
            if (wanted->nested >= record->nested_count || !is_number(found, record->nested_lengths[wanted->nested]))
                return false;
        } else if (found->length != wanted->length || memcmp(found->text, of->octets + wanted->begin, found->length)) {
            return false;
        }
    }
    return true;
}

/* A decimal as a multiple of 0.00000001. */
static bool is_charge(const leaf *text, int64_t *value)
{
    const uint8_t *at = text->text, *end = at + text->length;
    bool is_negative = at < end && *at == '-';
    int64_t read = 0, digits = 0, decimals = -1;
    for (at += is_negative; at < end; at++) {
        if (*at == '.' && decimals < 0 && digits > 0) {
            decimals = 0;
        } else if (is_digit(*at)) {
            read = read * 10 + (*at - '0');
            digits++;
            decimals += decimals >= 0;
            if (digits > 18 || digits - (decimals > 0 ? decimals : 0) > 10 || decimals > 8)
                return false;
        } else {
            return false;
        }
    }
    if (!digits || decimals == 0)
        return false;
    for (decimals = decimals < 0 ? 0 : decimals; decimals < 8; decimals++)
        read *= 10;
    *value = is_negative ? -read : read;
    return true;
}

static bool has_high_bit(const uint8_t *text, size_t length)
{
    uint64_t word, all = 0;
    for (; length >= 8; text += 8, length -= 8) {
        memcpy(&word, text, 8);
        all |= word;
    }
    for (; length; text++, length--)
        all |= *text;
    return (all & 0x8080808080808080u) != 0;
}

static bool may_stand(leaf *text)
{
    if (text->standing == STANDING_UNKNOWN)
        text->standing = !has_high_bit(text->text, text->length) || texts_may_stand(text->text, text->length)
                             ? STANDING_YES
                             : STANDING_NO;
    return text->standing == STANDING_YES;
}

static put put_piece(const book *of, const piece *part, tokens *record, sink *into, sink_column *to)
{
    leaf *text = NULL;
    if (part->leaf >= 0) {
        if (part->leaf >= record->leaf_count || !may_stand(text = &record->leaves[part->leaf]))
            return PUT_LEFT;
    }
    size_t length = text ? text->length : 0;
    size_t wanted = (size_t)part->length + (part->is_escaped ? 6 : 1) * length;
    uint8_t *room = to->used + (int64_t)wanted > INT32_MAX ? NULL : sink_room(into, to, wanted);
    if (!room)
        return PUT_FULL;
    copy_some(room, of->octets + part->begin, (size_t)part->length);
    room += part->length;
    if (text && part->is_escaped)
        length = texts_escape_json(text->text, length, room);
    else if (text)
        copy_some(room, text->text, length);
    to->used += part->length + (int64_t)length;
    return PUT;
}

enum { GROUP_MEMBERS_MAX = 32 };

/* Members of an object in the order of the record; `pieces` is all of one group. */
static put put_group(const book *of, const piece *pieces, int64_t count, tokens *record, sink *into, sink_column *to)
{
    int64_t begins[GROUP_MEMBERS_MAX + 1], members = 0;
    for (int64_t number = 0; number < count; number++) {
        if (number && pieces[number].anchor == pieces[number - 1].anchor)
            continue;
        if (members == GROUP_MEMBERS_MAX || pieces[number].anchor >= record->leaf_count)
            return PUT_LEFT;
        int64_t place = members++;
        for (; place > 0; place--) {
            uint16_t before = record->leaves[pieces[begins[place - 1]].anchor].position;
            if (before < record->leaves[pieces[number].anchor].position)
                break;
            begins[place] = begins[place - 1];
        }
        begins[place] = number;
    }
    put how = PUT;
    for (int64_t member = 0; member < members && how == PUT; member++) {
        if (member) {
            uint8_t *room = sink_room(into, to, 1);
            if (!room || to->used == INT32_MAX)
                return PUT_FULL;
            *room = ',';
            to->used++;
        }
        int64_t number = begins[member];
        do
            how = put_piece(of, &pieces[number], record, into, to);
        while (how == PUT && ++number < count && pieces[number].anchor == pieces[number - 1].anchor);
    }
    return how;
}

/* Writes the cell of a column, or some of it where a leaf may not stand there. */
static put put_cell(const book *of, const recipe *one, int column, tokens *record, sink *into)
{
    sink_column *to = &into->columns[column];
    const piece *pieces = of->pieces + one->cells[column].piece_begin;
    int64_t count = one->cells[column].piece_count;
    put how = PUT;
    for (int64_t number = 0, next; number < count && how == PUT; number = next) {
        next = number + 1;
        if (!pieces[number].group) {
            how = put_piece(of, &pieces[number], record, into, to);
            continue;
        }
        while (next < count && pieces[next].group == pieces[number].group)
            next++;
        how = put_group(of, pieces + number, next - number, record, into, to);
    }
    return how;
}

static put put_row(const book *of, const recipe *one, tokens *record, sink *into, raw_source source)
{
    int64_t instant = SINK_NO_VALUE, charge = SINK_NO_VALUE, row = into->row_count;
    if (one->instant >= record->leaf_count || one->charge >= record->leaf_count)
        return PUT_LEFT;
    if (one->instant >= 0) {
        const leaf *text = &record->leaves[one->instant];
        if (!moments_read(text->text, text->length, &instant))
            return PUT_LEFT;
    }
    if (one->charge >= 0 && !is_charge(&record->leaves[one->charge], &charge))
        return PUT_LEFT;
    if (!sink_has_room(into))
        return PUT_FULL;
    put how = PUT;
    for (int column = 0; column < RAW_COLUMN && how == PUT; column++) {
        if (one->cells[column].piece_count >= 0)
            how = put_cell(of, one, column, record, into);
    }
    sink_column *raws = &into->columns[RAW_COLUMN];
    size_t raw_length = !source.is_kept ? 0 : source.length > RAW_MAX_BYTES ? RAW_MAX_BYTES : source.length;
    if (how == PUT && raw_length) {
        uint8_t *room = raws->used + (int64_t)raw_length > INT32_MAX ? NULL : sink_room(into, raws, raw_length);
        if (room) {
            memcpy(room, source.octets, raw_length);
            raws->used += (int64_t)raw_length;
        } else {
            how = PUT_FULL;
        }
    }
    if (how != PUT) {
        for (int column = 0; column < SINK_COLUMNS; column++)
            sink_undo_cell(into, &into->columns[column]);
        return how;
    }
    for (int column = 0; column < RAW_COLUMN; column++)
        sink_end_cell(into, &into->columns[column], one->cells[column].piece_count < 0);
    sink_end_cell(into, raws, !source.is_kept);
    into->instants[row] = instant;
    into->charges[row] = charge;
    into->numbers[row] = into->record_count;
    into->row_count++;
    return PUT;
}

static put try_recipe(opened *from, int64_t number, tokens *record, sink *into, raw_source source)
{
    const recipe *one = &from->of->recipes[number];
    if (!passes(from->of, one, record))
        return PUT_LEFT;
    put how = one->is_row ? put_row(from->of, one, record, into, source) : PUT_OTHER;
    if (how != PUT_LEFT)
        from->last = number;
    return how;
}

static put find(opened *from, uint64_t hash, tokens *record, sink *into, raw_source source, bool is_sorted)
{
    for (uint64_t slot = hash % BOOK_SLOTS; from->slots[slot] >= 0; slot = (slot + 1) % BOOK_SLOTS) {
        int64_t number = from->slots[slot];
        const recipe *one = &from->of->recipes[number];
        if (from->hashes[number] != hash || (is_sorted && !one->is_free) || !has_shape(from->of, number, record))
            continue;
        put how = try_recipe(from, number, record, into, source);
        if (how != PUT_LEFT)
            return how;
    }
    return PUT_LEFT;
}

put recipes_put(opened *from, tokens *record, sink *into, raw_source source, uint64_t *shape)
{
    *shape = 0;
    if (record->is_given_up)
        return PUT_LEFT;
    if (from->last < from->of->recipe_count && has_shape(from->of, from->last, record)) {
        put how = try_recipe(from, from->last, record, into, source);
        if (how != PUT_LEFT)
            return how;
    }
    uint64_t hash = hash_of(record->shape, record->shape_length);
    put how = find(from, hash, record, into, source, false);
    *shape = hash;
    if (how == PUT_LEFT && tokens_sort(record)) {
        hash = hash_of(record->shape, record->shape_length);
        *shape = hash;
        how = find(from, hash, record, into, source, true);
    }
    return how;
}
