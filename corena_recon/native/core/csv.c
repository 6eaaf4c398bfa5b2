#include <string.h>

#include "csv.h"

/* How a cell ended. */
enum ending { AT_DELIMITER, AT_CR, AT_LF, AT_TEXT_END, LEFT_OPEN, IN_DOUBT };

struct cell {
    int64_t begin, end;
    int is_written;
    enum ending ending;
};

struct dialect {
    uint8_t delimiter;
    uint8_t escapes;
    uint8_t is_strict;
};

/* Whether a bare \N is here, which stands for nothing in dumps that escape quotes. */
static int is_null_word(const uint8_t *text, int64_t at, int64_t end, uint8_t delimiter)
{
    if (end - at < 3 || text[at] != '\\' || text[at + 1] != 'N')
        return 0;
    uint8_t next = text[at + 2];
    return next == delimiter || next == '\n' || (next == '\r' && end - at > 3 && text[at + 3] == '\n');
}

/* Goes past an escape and what it escapes; 0 where the exact reader must look: it takes a \N between delimiters for
   nothing even within a cell, and bytes of one character that an escape parts do not become that character. */
static int skip_escape(const uint8_t *text, int64_t cell_begin, int64_t *at, int64_t end, uint8_t delimiter)
{
    if (end - *at < 2 || text[*at + 1] >= 0x80)
        return 0;
    if (*at > cell_begin && (text[*at - 1] == delimiter || text[*at - 1] == '\n')
        && is_null_word(text, *at, end, delimiter))
        return 0;
    *at += 2;
    return 1;
}

static enum ending ending_of(uint8_t octet)
{
    return octet == '\n' ? AT_LF : octet == '\r' ? AT_CR : AT_DELIMITER;
}

/* The rest of a cell that is bare from here on. */
static inline int64_t bare_end(const uint8_t *text, int64_t at, int64_t end, struct dialect dialect, struct cell *cell)
{
    for (; at < end; at++) {
        uint8_t octet = text[at];
        if (octet == dialect.delimiter || octet == '\n' || octet == '\r') {
            cell->ending = ending_of(octet);
            return at;
        }
        if (dialect.escapes && octet == '\\') {
            int is_line_end = at + 1 < end && (text[at + 1] == '\n' || text[at + 1] == '\r');
            cell->is_written = 1;
            if (is_line_end || !skip_escape(text, cell->begin, &at, end, dialect.delimiter)) {
                cell->ending = IN_DOUBT;
                return at;
            }
            at--;
        }
    }
    cell->ending = AT_TEXT_END;
    return at;
}

/* The closing quote of a cell that was opened before here; end where there is none. */
static inline int64_t closing_quote(const uint8_t *text, int64_t at, int64_t end, struct dialect dialect,
                                    struct cell *cell)
{
    while (at < end) {
        if (!dialect.escapes) {
            const uint8_t *found = memchr(text + at, '"', (size_t)(end - at));
            if (found == NULL)
                return end;
            at = found - text;
        } else if (text[at] == '\\') {
            cell->is_written = 1;
            if (!skip_escape(text, cell->begin, &at, end, dialect.delimiter)) {
                cell->ending = IN_DOUBT;
                return at;
            }
            continue;
        } else if (text[at] != '"') {
            at++;
            continue;
        }
        if (at + 1 == end || text[at + 1] != '"')
            return at;
        cell->is_written = 1;
        at += 2;
    }
    return end;
}

static inline void read_quoted(const uint8_t *text, int64_t begin, int64_t end, struct dialect dialect,
                               struct cell *cell)
{
    cell->ending = AT_TEXT_END;
    int64_t quote = closing_quote(text, begin + 1, end, dialect, cell);
    if (cell->ending == IN_DOUBT)
        return;
    if (quote >= end) {
        *cell = (struct cell){begin, end, 1, LEFT_OPEN};
        return;
    }
    int64_t after = quote + 1;
    uint8_t next = after < end ? text[after] : '\n';
    int is_end = next == dialect.delimiter || next == '\n' || next == '\r';
    if (!is_end && dialect.is_strict) {
        cell->ending = IN_DOUBT;
        return;
    }
    if (!is_end) {
        cell->is_written = 1;
        cell->end = bare_end(text, after, end, dialect, cell);
        return;
    }
    cell->ending = after == end ? AT_TEXT_END : ending_of(next);
    cell->begin = cell->is_written ? begin : begin + 1;
    cell->end = cell->is_written ? after : quote;
}

/* One cell; where its delimiter or line end stands comes back. */
static inline int64_t read_cell(const uint8_t *text, int64_t begin, int64_t end, struct dialect dialect,
                                struct cell *cell)
{
    *cell = (struct cell){begin, begin, 0, AT_TEXT_END};
    if (begin < end && text[begin] == '"') {
        read_quoted(text, begin, end, dialect, cell);
        return cell->is_written || cell->ending >= LEFT_OPEN ? cell->end : cell->end + 1;
    }
    if (dialect.escapes && is_null_word(text, begin, end, dialect.delimiter)) {
        cell->ending = ending_of(text[begin + 2]);
        return begin + 2;
    }
    return cell->end = bare_end(text, begin, end, dialect, cell);
}

static inline void put(uint32_t *cells, const struct cell *cell)
{
    cells[0] = (uint32_t)cell->begin;
    cells[1] = (uint32_t)cell->end | (cell->is_written ? CSV_WRITTEN : 0);
}

/* One record of a strict reader; where it ends comes back, or -1 with the reason why it is not read. */
static inline int64_t read_record(const uint8_t *text, int64_t begin, int64_t end, struct dialect dialect,
                                  int64_t width, uint32_t *cells, int32_t *why)
{
    int64_t at = begin;
    /* Emptied, such a line is blank. */
    if (dialect.escapes && width == 1 && is_null_word(text, begin, end, dialect.delimiter)) {
        *why = CSV_DOUBT;
        return -1;
    }
    for (int64_t count = 1;; count++) {
        struct cell cell;
        at = read_cell(text, at, end, dialect, &cell);
        if (cell.ending == AT_TEXT_END || cell.ending == LEFT_OPEN) {
            *why = CSV_INCOMPLETE;
            return -1;
        }
        /* A carriage return within a line is an error, but for those that end it. */
        if (cell.ending == IN_DOUBT || (cell.ending == AT_CR && (at + 1 == end || text[at + 1] != '\n'))) {
            *why = CSV_DOUBT;
            return -1;
        }
        if (count > width || (count < width && cell.ending != AT_DELIMITER)) {
            *why = CSV_WIDTH;
            return -1;
        }
        put(cells + 2 * (count - 1), &cell);
        if (cell.ending != AT_DELIMITER)
            return at;
        at++;
    }
}

static inline int64_t past_line_end(const uint8_t *text, int64_t at, int64_t end)
{
    return at + (text[at] == '\r' && at + 1 < end && text[at + 1] == '\n' ? 2 : 1);
}

int64_t corena_csv_records(const uint8_t *text, int64_t begin, int64_t end, uint8_t delimiter, uint8_t escapes,
                           int64_t max_records, int64_t max_record_bytes, int64_t width, uint32_t *cells,
                           int64_t *spans, int64_t *stopped_at, int32_t *why)
{
    const struct dialect dialect = {delimiter, escapes, 1};
    int64_t at = begin, count = 0;
    *why = CSV_ALL_READ;
    if (end > CSV_MAX_BYTES) {
        *stopped_at = begin;
        *why = CSV_LARGE;
        return 0;
    }
    while (at < end) {
        if (text[at] == '\n' || (text[at] == '\r' && at + 1 < end && text[at + 1] == '\n')) {
            at = past_line_end(text, at, end);
            continue;
        }
        if (count == max_records) {
            *why = CSV_ENOUGH;
            break;
        }
        /* A record's size is looked at before it is read: a quote that is never closed would cost all that follows. */
        int64_t limit = end - at <= max_record_bytes ? end : at + max_record_bytes;
        int64_t record_end = read_record(text, at, limit, dialect, width, cells + 2 * width * count, why);
        if (record_end < 0) {
            if (*why == CSV_INCOMPLETE && limit < end)
                *why = CSV_LARGE;
            break;
        }
        spans[2 * count] = at;
        spans[2 * count + 1] = record_end;
        count++;
        at = past_line_end(text, record_end, end);
    }
    *stopped_at = at;
    return count;
}

/* How many bytes the white space character here has, as str.strip knows it; 0 where it is none. */
static int64_t blank_bytes(const uint8_t *text, int64_t left)
{
    uint8_t first = text[0];
    if (first == ' ' || (first >= 0x09 && first <= 0x0D) || (first >= 0x1C && first <= 0x1F))
        return 1;
    if (first == 0xC2 && left > 1)
        return text[1] == 0x85 || text[1] == 0xA0 ? 2 : 0;
    if (left < 3)
        return 0;
    uint32_t three = (uint32_t)first << 16 | (uint32_t)text[1] << 8 | text[2];
    int is_blank = three == 0xE19A80 || (three >= 0xE28080 && three <= 0xE2808A) || three == 0xE280A8
                   || three == 0xE280A9 || three == 0xE280AF || three == 0xE2819F || three == 0xE38080;
    return is_blank ? 3 : 0;
}

/* Whether the text of a cell is empty or white space; no character of it is cut by a quote. */
static int is_blank(const uint8_t *text, const struct cell *cell, uint8_t delimiter)
{
    enum csv_place place = cell->is_written ? CSV_START : CSV_BARE;
    for (int64_t at = cell->begin; at < cell->end;) {
        if (!csv_says(&place, text[at], delimiter, 0)) {
            at++;
            continue;
        }
        int64_t length = blank_bytes(text + at, cell->end - at);
        if (length == 0)
            return 0;
        at += length;
    }
    return 1;
}

static int is_empty(const uint8_t *text, const struct cell *cell, uint8_t delimiter)
{
    enum csv_place place = cell->is_written ? CSV_START : CSV_BARE;
    for (int64_t at = cell->begin; at < cell->end; at++)
        if (csv_says(&place, text[at], delimiter, 0))
            return 0;
    return 1;
}

struct row {
    int64_t end; /* where its line end stands, or the text ends */
    int64_t cell_count;
    enum ending ending;
    int is_blank;
    int has_surplus; /* whether a cell beyond the width says anything */
};

static inline struct row read_row(const uint8_t *text, int64_t begin, int64_t end, struct dialect dialect,
                                  int64_t width, uint32_t *cells)
{
    struct row row = {begin, 0, AT_DELIMITER, 0, 0};
    struct cell cell, last = {begin, begin, 0, AT_TEXT_END};
    int64_t at = begin, last_begin = begin;
    while (row.ending == AT_DELIMITER) {
        int64_t cell_begin = at;
        at = read_cell(text, at, end, dialect, &cell);
        row.ending = cell.ending;
        if (row.cell_count < width) {
            put(cells + 2 * row.cell_count, &cell);
            last = cell;
            last_begin = cell_begin;
        } else if (!row.has_surplus) {
            row.has_surplus = !is_empty(text, &cell, dialect.delimiter);
        }
        row.cell_count++;
        row.end = at;
        at++;
    }
    if (row.cell_count == 1)
        row.is_blank = is_blank(text, &last, dialect.delimiter);
    if (row.has_surplus) {
        const struct cell joined = {last_begin, row.end, 1, row.ending};
        put(cells + 2 * (width - 1), &joined);
    }
    for (int64_t missing = row.cell_count; missing < width; missing++) {
        cells[2 * missing] = CSV_MISSING;
        cells[2 * missing + 1] = 0;
    }
    return row;
}

static int64_t first_line_end(const uint8_t *text, int64_t at, int64_t end)
{
    while (at < end && text[at] != '\n' && text[at] != '\r')
        at++;
    return at < end ? past_line_end(text, at, end) : end;
}

int64_t corena_csv_rows(const uint8_t *text, int64_t begin, int64_t end, uint8_t delimiter, uint8_t is_last,
                        int64_t *restarts, int64_t max_rows, int64_t width, uint32_t *cells, uint8_t *is_odd,
                        int64_t *sizes, int64_t *stopped_at)
{
    const struct dialect dialect = {delimiter, 0, 0};
    int64_t at = begin, count = 0;
    while (at < end && count < max_rows && end <= CSV_MAX_BYTES) {
        uint32_t *own_cells = cells + 2 * width * count;
        struct row row = read_row(text, at, end, dialect, width, own_cells);
        /* A carriage return may be half of a line end. */
        int is_at_end = row.ending == AT_TEXT_END || row.ending == LEFT_OPEN
                        || (row.ending == AT_CR && row.end + 1 == end);
        if (is_at_end && !is_last)
            break;
        int64_t next = row.end < end ? past_line_end(text, row.end, end) : end;
        if (row.ending == LEFT_OPEN) {
            int64_t line_end = first_line_end(text, at, end);
            if (line_end < end && *restarts > 0) {
                --*restarts;
                row = read_row(text, at, line_end, dialect, width, own_cells);
                next = line_end;
            }
        } else if (row.is_blank) {
            at = next;
            continue;
        }
        for (int64_t place = 0; place < width; place++)
            if (own_cells[2 * place] != CSV_MISSING)
                sizes[place] += (own_cells[2 * place + 1] & ~CSV_WRITTEN) - own_cells[2 * place];
        is_odd[count] = row.ending == LEFT_OPEN || row.cell_count < width || row.has_surplus;
        count++;
        at = next;
    }
    *stopped_at = at;
    return count;
}

void corena_csv_columns(const uint8_t *text, const uint32_t *cells, int64_t row_count, int64_t width,
                        uint8_t delimiter, int32_t *offsets, uint8_t *const *data, uint8_t *valid,
                        int64_t *null_counts)
{
    const int64_t valid_bytes = (row_count + 7) / 8;
    for (int64_t place = 0; place < width; place++)
        offsets[place * (row_count + 1)] = 0;
    for (int64_t row = 0; row < row_count; row++) {
        for (int64_t place = 0; place < width; place++) {
            const uint32_t *cell = cells + 2 * (row * width + place);
            int32_t *offset = offsets + place * (row_count + 1) + row;
            uint8_t *out = data[place] + offset[0];
            size_t length = 0;
            if (cell[0] == CSV_MISSING) {
                null_counts[place]++;
            } else {
                valid[place * valid_bytes + row / 8] |= (uint8_t)(1u << (row % 8));
                length = (cell[1] & ~CSV_WRITTEN) - cell[0];
                if (cell[1] & CSV_WRITTEN)
                    length = csv_unquote(text + cell[0], length, delimiter, 0, out);
                else
                    memcpy(out, text + cell[0], length);
            }
            offset[1] = offset[0] + (int32_t)length;
        }
    }
}
