r"""Rows in dumps of databases: tuples of INSERT statements, and lines of PostgreSQL's COPY.

A dump is read as a stream. Statements are looked for where lines begin, whatever stands between them: a comment with an
apostrophe, or the body of a trigger, never hides the rows that follow. In MySQL's dumps a backslash in a string
escapes, in those of others it is a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import reduce
from typing import Final, NamedTuple

from corena_recon.archive.forms.dumps.sql_cells import Cell, cell_of, copied_cell
from corena_recon.archive.lines.line_runs import BYTE_ORDER_MARK
from corena_recon.text import text_of
from corena_recon.vocabulary import RAW_MAX_BYTES, RECORD_MAX_BYTES, Unreadable

_NAME: Final = rb"(?:`[^`]++`|\"[^\"]++\"|\[[^\]]++\]|[\w$]++)"
_NAMES: Final = rb"\((?:\s*+%(n)b\s*+,?+)++\)" % {b"n": _NAME}
"""Nothing of it is given back: a list of names that the end cuts off would be tried in every division of its words."""
_KEYWORD: Final = re.compile(rb"[\n;][ \t]{0,80}(?=(?:INSERT|REPLACE|COPY|CREATE)\b)", re.IGNORECASE)
_KEYWORD_MAX_BYTES: Final = 100
_INSERT: Final = re.compile(
    rb"(?:INSERT|REPLACE)(?:\s++(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE|OR\s++[A-Z]++))*+(?:\s++INTO)?+\s++"
    rb"(%(n)b(?:\s*+\.\s*+%(n)b)*+)\s*+(%(ns)b)?+\s*+(?:OVERRIDING\s++\w++\s++VALUE\s*+)?+VALUES?+\s*+(?=\()"
    % {b"n": _NAME, b"ns": _NAMES},
    re.IGNORECASE,
)
_COPY: Final = re.compile(
    rb"COPY\s++(%(n)b(?:\s*+\.\s*+%(n)b)*+)(?:\s*+(%(ns)b))?+\s++FROM\s++stdin\b[^;\n]*+;?+[ \t]*+\r?\n"
    % {b"n": _NAME, b"ns": _NAMES},
    re.IGNORECASE,
)
_CREATE: Final = re.compile(
    rb"CREATE\s++(?:(?:TEMP|TEMPORARY|UNLOGGED|GLOBAL|LOCAL)\s++)*+TABLE\s++(?:IF\s++NOT\s++EXISTS\s++)?+"
    rb"(%(n)b(?:\s*+\.\s*+%(n)b)*+)\s*+\(" % {b"n": _NAME},
    re.IGNORECASE,
)
_QUOTED: Final = rb"""'(?:[^'\\]++|\\.|'')*+'|"[^"]*+"|`[^`]*+`"""
_DEFINITION: Final = re.compile(
    rb"""(?:[^'"`(),]++|QUOTED|\((?:[^'"`()]++|QUOTED|\((?:[^'"`()]++|QUOTED)*+\))*+\))++""".replace(
        b"QUOTED", _QUOTED
    ),
    re.DOTALL,
)
_NO_COLUMNS: Final = frozenset(
    [b"primary", b"key", b"unique", b"constraint", b"index", b"fulltext", b"foreign", b"check", b"spatial", b"exclude"]
)
_ONE_NAME: Final = re.compile(_NAME)
_BARE_END: Final = re.compile(
    rb"\)[ \t]{0,80}\r?\n(?:[ \t]*+\r?\n){0,9}[ \t]{0,80}(?:INSERT|REPLACE|GO)\b", re.IGNORECASE
)
"""A statement that no semicolon ends, as SQL Server's tools write all of them."""
_HEAD_MAX_BYTES: Final = 1 << 16
"""A statement's own words, and the definition of a table, are no longer than this."""
_ROWS_AT_ONCE_MAX: Final = 256

_MYSQL: Final = re.compile(
    rb"MySQL dump|MariaDB dump|phpMyAdmin|Adminer|HeidiSQL|INTO `|/\*!\d{5}|[^\\]\\'|'[{\[]?\\\""
)
_STANDARD: Final = re.compile(
    rb"PostgreSQL database dump|standard_conforming_strings = on|PRAGMA foreign_keys|INSERT \[|INTO \["
)


class SqlTable(NamedTuple):
    """Where rows come from.

    Attributes:
        name: As statements call it.
        columns: Its columns' names, in the order of a row's cells; none where nothing names them.
    """

    name: str
    columns: tuple[str, ...]

    @property
    def width(self) -> int:
        """How many cells a row has; 0 where nothing tells."""
        return len(self.columns)


class SqlRow(NamedTuple):
    """One row.

    Attributes:
        table: Where it comes from.
        cells: Its values; none where it cannot be read.
        octets: Its bytes.
        problem: Why it cannot be read.
    """

    table: SqlTable
    cells: list[Cell]
    octets: bytes
    problem: Unreadable | None = None


class Stretch:
    """Rows that lie together in memory, which whoever is given them may read.

    Attributes:
        table: Where they come from.
        octets: A text.
        at: Where they begin in it; whoever reads some says here where those end.
        statement: The words of the INSERT before its tuples.
        escapes: Whether backslashes in strings escape; None where the rows are lines of a COPY.
    """

    def __init__(
        self, table: SqlTable, octets: bytes, at: int, *, statement: bytes = b"", escapes: bool | None = None
    ) -> None:
        self.table = table
        self.statement = statement
        self.octets = octets
        self.at = at
        self.escapes = escapes

    def __getitem__(self, span: slice) -> SqlRow:
        """The sound row that stands there."""
        octets = self.octets[span]
        return copied_row(self.table, octets) if self.escapes is None else tuple_row(self.table, octets, self.escapes)


def tuple_row(table: SqlTable, octets: bytes, escapes: bool) -> SqlRow:
    """A sound row of an INSERT."""
    text = text_of(octets)
    values = (_MYSQL_GRAMMAR if escapes else _STANDARD_GRAMMAR).value.findall(text, 1, len(text) - 1)
    return SqlRow(table, [cell_of(value, escapes=escapes) for value in values], octets)


def copied_row(table: SqlTable, octets: bytes) -> SqlRow:
    """A sound line of a COPY."""
    return SqlRow(table, [copied_cell(cell) for cell in octets.split(b"\t")], octets)


class SqlDump:
    """The rows of a dump, in order.

    Args:
        blocks: Its bytes.

    Attributes:
        is_cut: Whether it ended within a row or its statement, known once it is read.
    """

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        # A statement begins behind a line end, the first one too.
        self._text = b"\n"
        self._at = 0
        self._is_whole = False
        self._need(_HEAD_MAX_BYTES)
        self._text = b"\n" + self._text[1:].removeprefix(BYTE_ORDER_MARK)
        self._columns: dict[bytes, tuple[str, ...]] = {}
        self._last: tuple[tuple[bytes, bytes | None], SqlTable] | None = None
        self._escapes = _are_escaped(self._text[:_HEAD_MAX_BYTES])
        self._ends_bare = _BARE_END.search(self._text, 0, _HEAD_MAX_BYTES) is not None
        self._rows_alone = 0
        self._rows_at_once = 1
        self.is_cut = False

    def rows(self) -> Iterator[SqlRow]:
        """Every row."""
        return (row for row in self.parts() if isinstance(row, SqlRow))

    def parts(self) -> Iterator[SqlRow | Stretch]:
        """Every row by itself, but for those of a stretch before it that have been read."""
        while True:
            found = _KEYWORD.search(self._text, self._at)
            if found is None:
                self._at = max(self._at, len(self._text) - _KEYWORD_MAX_BYTES)
                if not self._more(1):
                    return
                continue
            self._at = found.end()
            self._need(_HEAD_MAX_BYTES)
            if insert := _INSERT.match(self._text, self._at):
                self._at = insert.end()
                yield from self._tuples(self._table(insert[1], insert[2]), insert[0])
            elif copy := _COPY.match(self._text, self._at):
                self._at = copy.end()
                yield from self._lines(self._table(copy[1], copy[2]))
            elif create := _CREATE.match(self._text, self._at):
                self._at = create.end()
                self._columns[_bare(create[1])] = _defined(self._text, self._at)
                self._last = None

    def _table(self, name: bytes, columns: bytes | None) -> SqlTable:
        if self._last is None or self._last[0] != (name, columns):
            bare = _bare(name)
            named = tuple(map(_unquoted, _ONE_NAME.findall(columns))) if columns else self._columns.get(bare, ())
            self._last = (name, columns), SqlTable(text_of(bare), named)
        return self._last[1]

    def _tuples(self, table: SqlTable, statement: bytes) -> Iterator[SqlRow | Stretch]:
        """The tuples of an INSERT with these words."""
        if self._escapes is None:
            self._escapes = _are_escaped(self._text[self._at : self._at + _HEAD_MAX_BYTES]) or False
        escapes = self._escapes
        grammar = _MYSQL_GRAMMAR if escapes else _STANDARD_GRAMMAR
        while True:
            yield from self._stretch(table, statement, escapes=escapes)
            between = _BETWEEN.match(self._text, self._at)
            after = between.end() if between else self._at
            if not self._text.startswith(b"(", after):
                # The next statement may begin a line although nothing ends this one.
                line_end = self._text.rfind(b"\n", self._at, after)
                self._at = after if line_end < 0 else line_end
                is_last = after == len(self._text)
                if is_last and self._more(len(self._text) - self._at + 1):
                    continue
                self.is_cut |= is_last and not self._ends_bare
                return
            self._at = after
            row = grammar.row.match(self._text, self._at)
            if row is not None:
                self._at = row.end()
                octets = row[0]
                if len(octets) > RECORD_MAX_BYTES:
                    yield SqlRow(table, [], octets[:RAW_MAX_BYTES], Unreadable.TOO_LARGE)
                    continue
                yield tuple_row(table, octets, escapes)
            elif not self._goes_on(grammar):
                yield self._bad_row(table)

    def _stretch(self, table: SqlTable, statement: bytes = b"", *, escapes: bool | None = None) -> Iterator[Stretch]:
        """The rows at hand, less often the oftener there was none among them that could be read."""
        self._rows_alone += 1
        if self._rows_alone < self._rows_at_once:
            return
        stretch = Stretch(table, self._text, self._at, statement=statement, escapes=escapes)
        yield stretch
        self._rows_at_once = 1 if stretch.at > self._at else min(2 * self._rows_at_once, _ROWS_AT_ONCE_MAX)
        self._rows_alone = 0
        self._at = stretch.at

    def _goes_on(self, grammar: _Grammar) -> bool:
        """Whether what is left may be the beginning of a row, of which more is read now."""
        size = len(self._text) - self._at
        if self._is_whole or size > RECORD_MAX_BYTES:
            return False
        begun = grammar.begun.match(self._text, self._at)
        reached = begun.end() if begun else self._at
        is_open = reached == len(self._text) or grammar.open.match(self._text, reached) is not None
        return is_open and self._more(size)

    def _bad_row(self, table: SqlTable) -> SqlRow:
        """What is no row, up to where the next one may begin."""
        begin, self._at = self._at, self._at + 1
        passed = 0
        octets = b""
        while (found := _RESUMES.search(self._text, self._at)) is None:
            octets = octets or self._text[begin : begin + RAW_MAX_BYTES]
            self._at = max(self._at, len(self._text) - _KEYWORD_MAX_BYTES)
            passed, begin = passed + self._at - begin, 0
            if not self._more(1):
                self._at = len(self._text)
                self.is_cut = True
                return SqlRow(table, [], octets, Unreadable.TRUNCATED)
        octets = octets or self._text[begin : min(found.end(), begin + RAW_MAX_BYTES)]
        is_large = passed + found.end() - begin > RECORD_MAX_BYTES
        self._at = found.end()
        return SqlRow(table, [], octets, Unreadable.TOO_LARGE if is_large else Unreadable.INVALID_ROW)

    def _lines(self, table: SqlTable) -> Iterator[SqlRow | Stretch]:
        """The lines of a COPY."""
        while True:
            yield from self._stretch(table)
            end = self._text.find(b"\n", self._at)
            size = len(self._text) - self._at
            if end < 0 and size <= RECORD_MAX_BYTES and self._more(size):
                continue
            is_last = end < 0
            octets = self._text[self._at : len(self._text) if is_last else end].removesuffix(b"\r")
            self._at = len(self._text) if is_last else end + 1
            self.is_cut |= is_last
            if octets == b"\\." or (is_last and not octets):
                return
            if len(octets) > RECORD_MAX_BYTES:
                yield SqlRow(table, [], octets, Unreadable.TOO_LARGE)
            else:
                row = copied_row(table, octets)
                is_torn = is_last and len(row.cells) < len(table.columns)
                yield row._replace(problem=Unreadable.TRUNCATED) if is_torn else row

    def _need(self, size: int) -> None:
        while len(self._text) - self._at < size and self._more(1):
            pass

    def _more(self, size: int) -> bool:
        """Whether there was more to read, so much at least if there is; what stands before the current place goes."""
        pieces = [self._text[self._at :]]
        while size > 0 and not self._is_whole:
            block = next(self._blocks, b"")
            self._is_whole = not block
            pieces.append(block)
            size -= len(block)
        if len(pieces) == 1 or not any(pieces[1:]):
            return False
        self._text, self._at = b"".join(pieces), 0
        return True


class _Grammar(NamedTuple):
    """Patterns of one way to write strings.

    Attributes:
        row: One row.
        value: One value and the comma behind it.
        begun: A row as far as it goes.
        open: A string, or a word, that the text ends in.
    """

    row: re.Pattern[bytes]
    value: re.Pattern[str]
    begun: re.Pattern[bytes]
    open: re.Pattern[bytes]


def _grammar(string: bytes, cut: bytes) -> _Grammar:
    call = rb"\w+\((?:[^()'\"]++|STRING|\((?:[^()'\"]++|STRING|\((?:[^()'\"]++|STRING)*+\))*+\))*+\)"
    strings = rb"(?:_\w+ ?|[NEXBnexb])?STRING(?:\s*+\|\|\s*+(?:CALL|STRING))*+"
    value = rb"(?:(?:STRINGS|CALL)(?:::[\w. \[\]]++)?|[^\s,'\"()][^,'\"()]*+)"
    some = rb"\(\s*+(?:VALUE\s*+(?:,\s*+|(?=\))))*+"
    is_open = rb"(?:STRINGS)?[^,'\"()]*+(?:CUT)?\Z|\w+\((?:[^'\"]++|STRING)*+(?:CUT)?\Z"

    def pattern(of: bytes) -> bytes:
        parts = {b"VALUE": value, b"STRINGS": strings, b"CALL": call, b"STRING": string, b"CUT": cut}
        return reduce(lambda made, part: made.replace(*part), parts.items(), of)

    return _Grammar(
        re.compile(pattern(some) + rb"\)", re.DOTALL),
        re.compile(pattern(rb"\s*+(VALUE)\s*+,?").decode(), re.DOTALL),
        re.compile(pattern(some), re.DOTALL),
        re.compile(pattern(is_open), re.DOTALL),
    )


_BETWEEN: Final = re.compile(rb"[\s,]*+")
_MYSQL_GRAMMAR: Final = _grammar(
    rb"(?:'(?:[^'\\]++|\\.|'')*+'|\"(?:[^\"\\]++|\\.|\"\")*+\")",
    rb"(?:'(?:[^'\\]++|\\.|'')*+\\?|\"(?:[^\"\\]++|\\.|\"\")*+\\?)",
)
_STANDARD_GRAMMAR: Final = _grammar(
    rb"(?:(?<=[Ee])'(?:[^'\\]++|\\.|'')*+'|(?<![Ee])'(?:[^']++|'')*+'|\"(?:[^\"]++|\"\")*+\")",
    rb"(?:'(?:[^']++|'')*+|\"(?:[^\"]++|\"\")*+)",
)
_RESUMES: Final = re.compile(rb"\)\s{0,80},\s{0,80}(?=\()|,?\r?\n(?=\()|\)\s{0,80};[ \t\r]{0,80}(?=\n)")
"""Where the next row, or the next statement, may begin."""


def _are_escaped(text: bytes) -> bool | None:
    """Whether backslashes in strings escape; None where nothing tells."""
    if _STANDARD.search(text):
        return False
    return True if _MYSQL.search(text) else None


def _bare(name: bytes) -> bytes:
    """The name of a table without that of its database, and without quotes."""
    own: bytes = _ONE_NAME.findall(name)[-1]
    return own.strip(b'`"[]').lower()


def _unquoted(name: bytes) -> str:
    return text_of(name.strip(b'`"[]'))


def _defined(text: bytes, at: int) -> tuple[str, ...]:
    """The columns in a table's definition, from behind its opening bracket on."""
    names = []
    end = min(len(text), at + _HEAD_MAX_BYTES)
    while found := _DEFINITION.match(text, at, end):
        name = _ONE_NAME.match(found[0].strip())
        if name is not None and name[0].lower() not in _NO_COLUMNS:
            names.append(_unquoted(name[0]))
        at = found.end() + 1
        if text[found.end() : at] != b",":
            break
    return tuple(names)
