"""Damage and oddities for archives of every form: what a line of people's files or an attacker's post may hold."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from random import Random
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

PIECES: Final = (
    *(bytes([octet]) for octet in b"\"\\{}[],:=&%+' \t;.-_?#<>/0aZ"),
    b"\n",
    b"\r\n",
    b"\r",
    b"\x00",
    b"\x0b",
    b"\x1f",
    b"\x7f",
    *(letters.encode() for letters in ("é", "ß", "漢", "😀", "\u202e", "\u200b", "\ufeff", "\u2028", "\x85")),
    *(b"\xff", b"\xc3", b"\xe9", b"\xed\xa0\x80", b"\xf0\x9f", b"\xc0\xaf", b"\x80"),
    *(rb"\u00e9", rb"\u0000", rb"\ud83d\ude00", rb"\ud83d", rb"\u12", rb"\/", rb"\"", rb"\\", rb"\n", rb"\x22", rb"\N"),
    *(b"%41", b"%00", b"%5B", b"%5d", b"%zz", b"%", b"%C3%A9", b"%FF", b"+"),
    *(b'""', b'","', b'":"', b"},{", b"null", b"true", b"-", b"1e5", b"[]", b"{}", b"data[", b"]", b"&&", b"=="),
)
"""What is put in."""
VALUES: Final = (
    *(b"null true false 0 -0 -1 11 11.00 1e400 1E5 0.1e1 .5 5. 007 99999999999999999999.5 NaN Infinity".split()),
    *(b'"" "\\u00e9" " " "a\\/b" "\\ud800" [] {} [1] {"a":1} ["x"] "11.00000000" "success" "null"'.split()),
    b'"' + b"x" * 5_000 + b'"',
    b'{"amount": {"amount": 1}}',
    b"[" * 600 + b"]" * 600,
    b'{"a":' * 40 + b"1" + b"}" * 40,
)
"""What stands in place of a value."""
NAMES: Final = (
    *(b"status signature identifier data amount payment_trx payment_type currency charge received_at".split()),
    *(b"endpoint merchant body payload content raw request headers content_type body_base64 created_at log".split()),
    *(b"message context time timestamp isBase64Encoded data[amount] data.amount data%5Bamount%5D amount[] x".split()),
)
_PAIR: Final = re.compile(rb'"(?:[^"\\]|\\.){1,60}"\s*:\s*(?:"(?:[^"\\]|\\.){0,2000}"|[^,{}\[\]"\s]{1,40})')
_NAME: Final = re.compile(rb'(?<=")[\w.\[\]-]{1,20}(?=":)|(?<=&)[\w%.\[\]]{1,20}(?==)')
_VALUE: Final = re.compile(rb'(?<=": )(?:"(?:[^"\\]|\\.){0,2000}"|[^,{}\[\]"\s]{1,40})')
_FORM_PAIR: Final = re.compile(rb"[\w%.\[\]]{1,40}=[^&\s\"\\]{0,200}")
_CELL: Final = re.compile(rb'(?<=,)(?:"(?:[^"]|"")*"|[^,"\n]*)')
_MAX_FOUND: Final = 400

Mutation = Callable[[bytes, Random], bytes]


def mutated(octets: bytes, chance: Random) -> bytes:
    """The archive with one to four changes, so that most of its records are still what they were."""
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        octets = chance.choice(MUTATIONS)(octets, chance)
    return octets


def _place(octets: bytes, chance: Random) -> int:
    return chance.randrange(len(octets) + 1)


def _span(octets: bytes, chance: Random) -> tuple[int, int]:
    begin = _place(octets, chance)
    return begin, min(len(octets), begin + chance.choice((1, 1, 2, 3, 8, 30, 200)))


def flip(octets: bytes, chance: Random) -> bytes:
    if not octets:
        return octets
    place = chance.randrange(len(octets))
    return octets[:place] + bytes([octets[place] ^ 1 << chance.randrange(8)]) + octets[place + 1 :]


def any_octet(octets: bytes, chance: Random) -> bytes:
    begin, end = _span(octets, chance)
    return octets[:begin] + chance.randbytes(1) + octets[end if chance.random() < 0.2 else begin + 1 :]


def insert(octets: bytes, chance: Random) -> bytes:
    place = _place(octets, chance)
    return octets[:place] + chance.choice(PIECES) * chance.choice((1, 1, 1, 2, 40)) + octets[place:]


def overwrite(octets: bytes, chance: Random) -> bytes:
    place, piece = _place(octets, chance), chance.choice(PIECES)
    return octets[:place] + piece + octets[place + len(piece) :]


def delete(octets: bytes, chance: Random) -> bytes:
    begin, end = _span(octets, chance)
    return octets[:begin] + octets[end:]


def cut(octets: bytes, chance: Random) -> bytes:
    place = _place(octets, chance)
    return octets[:place] if chance.random() < 0.8 else octets[place:]


def duplicate(octets: bytes, chance: Random) -> bytes:
    begin, end = _span(octets, chance)
    return octets[:end] + octets[begin:end] * chance.choice((1, 1, 3)) + octets[end:]


def swap(octets: bytes, chance: Random) -> bytes:
    first, second = sorted((_span(octets, chance), _span(octets, chance)))
    return _exchanged(octets, first, second)


def _exchanged(octets: bytes, first: tuple[int, int], second: tuple[int, int]) -> bytes:
    if first[1] > second[0]:
        return octets
    (begin, end), (other_begin, other_end) = first, second
    between = octets[end:other_begin]
    return octets[:begin] + octets[other_begin:other_end] + between + octets[begin:end] + octets[other_end:]


def digits_to_letters(octets: bytes, chance: Random) -> bytes:
    return _one_of(octets, chance, re.compile(rb"[0-9]+"), lambda found: bytes(65 + digit % 16 for digit in found))


def letters_to_digits(octets: bytes, chance: Random) -> bytes:
    return _one_of(octets, chance, re.compile(rb"[A-Za-z]+"), lambda found: bytes(48 + letter % 10 for letter in found))


def longer_number(octets: bytes, chance: Random) -> bytes:
    return _one_of(octets, chance, re.compile(rb"[0-9]+"), lambda found: found * chance.choice((2, 5, 40)))


def another_name(octets: bytes, chance: Random) -> bytes:
    return _one_of(octets, chance, _NAME, lambda _found: chance.choice(NAMES))


def another_value(octets: bytes, chance: Random) -> bytes:
    return _one_of(octets, chance, _VALUE, lambda _found: chance.choice(VALUES))


def within_values(octets: bytes, chance: Random) -> bytes:
    """Values of one to five members, pairs or cells that hold what a reader may not take as it stands."""
    pattern = chance.choice((_VALUE, _VALUE, _FORM_PAIR, _CELL))
    for begin, end in sorted(_some(_found(octets, chance, pattern), chance, 5), reverse=True):
        place, piece = chance.randrange(begin, end + 1), chance.choice(PIECES)
        octets = octets[:place] + piece + octets[place + chance.randrange(2) * len(piece) :]
    return octets


def escaped_letter(octets: bytes, chance: Random) -> bytes:
    r"""A letter as ``\u0041`` or ``%41``: the same text, written otherwise."""
    ways = (lambda one: b"\\u%04x" % one[0], lambda one: b"%%%02X" % one[0], lambda one: b"%%%02x" % one[0])
    return _one_of(octets, chance, re.compile(rb"[A-Za-z0-9\[\]]"), chance.choice(ways))


def another_case(octets: bytes, chance: Random) -> bytes:
    return _one_of(octets, chance, re.compile(rb"[A-Za-z%0-9]{2,64}"), bytes.swapcase)


def shuffled_pairs(octets: bytes, chance: Random) -> bytes:
    """Two members of one JSON object, pairs of one body or cells of one row in each other's place."""
    pattern = chance.choice((_PAIR, _PAIR, _FORM_PAIR, _CELL))
    found = _found(octets, chance, pattern)
    if len(found) < 2:
        return octets
    place = chance.randrange(len(found) - 1)
    neighbour = min(len(found) - 1, place + chance.randrange(1, 4))
    return _exchanged(octets, found[place], found[neighbour])


def repeated_pair(octets: bytes, chance: Random) -> bytes:
    """A member of a JSON object, or a pair of a body, that comes once more; with another value some of the times."""
    pattern, seam = chance.choice(((_PAIR, b", "), (_FORM_PAIR, b"&"), (_CELL, b",")))
    found = _found(octets, chance, pattern)
    if not found:
        return octets
    begin, end = chance.choice(found)
    again = octets[begin:end] if chance.random() < 0.5 else flip(octets[begin:end], chance)
    return octets[:end] + seam + again + octets[end:]


def dropped_pair(octets: bytes, chance: Random) -> bytes:
    pattern, seam = chance.choice(((_PAIR, re.compile(rb",\s*")), (_FORM_PAIR, re.compile(rb"&"))))
    found = _found(octets, chance, pattern)
    if not found:
        return octets
    begin, end = chance.choice(found)
    behind = seam.match(octets, end)
    return octets[:begin] + octets[behind.end() if behind else end :]


def blanks(octets: bytes, chance: Random) -> bytes:
    """White space where JSON allows it, or beside what separates pairs and cells."""
    blank = chance.choice((b" ", b"\t", b"\n", b"\r\n", b"  ", b"\x0c"))
    return _one_of(
        octets, chance, re.compile(rb"[{}\[\],:=&]"), lambda found: chance.choice((b"", blank)) + found + blank
    )


def lines_elsewhere(octets: bytes, chance: Random) -> bytes:
    """A line repeated, left out, joined to the next, moved, or a blank one put in."""
    lines = octets.splitlines(keepends=True)
    if len(lines) < 2:
        return octets
    place, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    kind = chance.randrange(6)
    if kind == 0:
        lines.insert(other, lines[place])
    elif kind == 1:
        del lines[place]
    elif kind == 2:
        lines[place] = lines[place].rstrip(b"\r\n")
    elif kind == 3:
        lines[place], lines[other] = lines[other], lines[place]
    elif kind == 4:
        lines.insert(place, chance.choice((b"\n", b"\r\n", b"  \n", b"\x00\n")))
    else:
        lines[place] = lines[place].replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\n")))
    return b"".join(lines)


def other_line_ends(octets: bytes, chance: Random) -> bytes:
    return octets.replace(b"\n", chance.choice((b"\r\n", b"\r\n", b"\r", b"\n\n")))


MUTATIONS: Final[tuple[Mutation, ...]] = (
    *(flip, any_octet, insert, insert, insert, overwrite, delete, cut, duplicate, swap),
    *(digits_to_letters, letters_to_digits, longer_number, another_name, another_value, another_value),
    *(within_values,) * 5,
    *(escaped_letter, another_case, shuffled_pairs, shuffled_pairs, repeated_pair, dropped_pair, blanks),
    *(lines_elsewhere, other_line_ends),
)


def _found(octets: bytes, chance: Random, pattern: re.Pattern[bytes]) -> list[tuple[int, int]]:
    """Where the pattern is found from some place on; in a long archive it is not looked for everywhere."""
    begin = chance.randrange(len(octets) + 1) * 3 // 4
    found = []
    for match in pattern.finditer(octets, begin):
        found.append(match.span())
        if len(found) == _MAX_FOUND:
            break
    return found


def _some(found: list[tuple[int, int]], chance: Random, at_most: int) -> list[tuple[int, int]]:
    return chance.sample(found, min(len(found), chance.randrange(1, at_most + 1)))


def _one_of(octets: bytes, chance: Random, pattern: re.Pattern[bytes], replacement: Callable[[bytes], bytes]) -> bytes:
    found = pattern.search(octets, _place(octets, chance)) or pattern.search(octets)
    if found is None:
        return octets
    return octets[: found.start()] + replacement(found.group()) + octets[found.end() :]


def interleaved(octets: bytes, other: bytes, chance: Random) -> bytes:
    """The lines of two archives, each in its order: shapes of records that come and go."""
    lines, others = octets.splitlines(keepends=True), other.splitlines(keepends=True)
    merged = []
    while lines and others:
        taken = lines if chance.random() < 0.5 else others
        merged.extend(taken[: (run := chance.randrange(1, 6))])
        del taken[:run]
    return b"".join([*merged, *lines, *others])


def mutated_table(table: pa.Table, chance: Random) -> pa.Table:
    """The table with one to four of its texts changed, absent, or its columns renamed or of another type."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        place = chance.randrange(table.num_columns)
        name, column = table.column_names[place], table.column(place)
        kind = chance.randrange(8)
        if kind == 0:
            names = list(table.column_names)
            names[place] = chance.choice(NAMES).decode()
            table = table.rename_columns(names)
        elif kind == 1:
            table = table.append_column(chance.choice(NAMES).decode(), column)
        elif kind == 2:
            order = chance.sample(range(table.num_columns), table.num_columns)
            table = table.select(order)
        else:
            table = table.set_column(place, name, _mutated_column(column, chance))
    return table


def _mutated_column(column: pa.ChunkedArray, chance: Random) -> pa.Array:
    cells = column.to_pylist()
    place = chance.randrange(len(cells))
    if chance.random() < 0.2:
        cells[place] = None
        return pa.array(cells, column.type)
    if not pa.types.is_string(column.type):
        return pa.array([None if cell is None else str(cell) for cell in cells])
    texts = [None if cell is None else cell.encode() for cell in cells]
    texts[place] = mutated(texts[place] or b"", chance)
    try:
        return pa.array([None if text is None else text.decode() for text in texts])
    except UnicodeDecodeError:
        return pa.array(texts, pa.binary())


def parquet_of(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def feather_of(table: pa.Table) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_file(out, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as file:
        file.write_table(table)
    return out.getvalue()
