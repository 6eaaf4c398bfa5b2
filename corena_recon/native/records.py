"""Records taken apart into shape and leaves, and columns gathered from them by recipes.

Two records of one shape differ in their leaves alone. A recipe says what the exact reader makes of a shape: which
leaves go into which cell. Nothing here knows what a field means.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from corena_recon.native.columns import Columns
from corena_recon.native.entries import NO_ENTRIES
from corena_recon.native.library import core

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_VALUE: Final = -(2**63)
"""Stands in the fixed-width columns for null."""

MAX_RECIPES: Final = 1024
TEXT_COLUMNS: Final = 12
_COLUMNS: Final = TEXT_COLUMNS + 1
_RECIPE_NUMBERS: Final = 8 + 2 * TEXT_COLUMNS
_SHAPE_MAX, _LEAVES_MAX, _NESTED_MAX, _BYTES_MAX = 16384, 512, 32, 131072


class Kind(IntEnum):
    """What a record is, before anything in it is known."""

    JSON = 0
    FORM = 1
    LOG = 2
    ACCESS_LOG = 3
    PHP = 4
    """A dump of PHP, with the text in front of it."""


class Why(IntEnum):
    """Why reading stopped."""

    END = 0
    FULL = 1
    UNFINISHED = 2
    FOR_EXACT_READER = 3
    BEHIND_ARRAY = 4


class Apart(NamedTuple):
    """One record taken apart.

    Attributes:
        shape: Everything but its leaves.
        leaves: Their texts, unescaped and decoded.
        nested_lengths: How many bytes each text has in which others were found, the outer ones first.
        positions: Where each leaf stands among those of the record as it is.
    """

    shape: bytes
    leaves: tuple[bytes, ...]
    nested_lengths: tuple[int, ...]
    positions: tuple[int, ...]


class Guard(NamedTuple):
    """What a leaf must be besides: these bytes, or the length of a nested text in decimal digits."""

    leaf: int
    octets: bytes
    nested: int = -1


class Piece(NamedTuple):
    """A part of a cell: constant bytes, then a leaf if there is one, as JSON escapes it where it stands in JSON.

    Pieces of one group, other than 0, are members of an object, with commas between them; those of one anchor are one
    member, which stands where this leaf stands in the record.
    """

    octets: bytes
    leaf: int = -1
    is_escaped: bool = False
    group: int = 0
    anchor: int = -1


class Recipe(NamedTuple):
    """What becomes of records of one shape.

    Attributes:
        shape: As ``Apart`` has it.
        is_row: False for other traffic.
        guards: All must hold, or the recipe is not for this record.
        instant: The leaf that says when it was received, or -1.
        charge: The leaf of a decimal, or -1.
        cells: One for each of the ``TEXT_COLUMNS``; None for null.
        is_free: Whether members of objects may be in any order; then its shape is the sorted one.
    """

    shape: bytes
    is_row: bool
    guards: tuple[Guard, ...]
    instant: int
    charge: int
    cells: tuple[tuple[Piece, ...] | None, ...]
    is_free: bool = False


class _Apart(ctypes.Structure):
    _fields_ = (
        ("shape_length", ctypes.c_int64),
        ("leaf_count", ctypes.c_int64),
        ("nested_count", ctypes.c_int64),
        ("byte_count", ctypes.c_int64),
        ("shape", ctypes.c_uint8 * _SHAPE_MAX),
        ("leaf_lengths", ctypes.c_uint32 * _LEAVES_MAX),
        ("positions", ctypes.c_uint32 * _LEAVES_MAX),
        ("nested_lengths", ctypes.c_uint32 * _NESTED_MAX),
        ("octets", ctypes.c_uint8 * _BYTES_MAX),
    )


class _Book(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("octets", "recipes", "guards", "pieces")),
        *((name, ctypes.c_int64) for name in ("octet_count", "recipe_count", "guard_count", "piece_count")),
    )


class _Names(ctypes.Structure):
    _fields_ = (("octets", ctypes.c_void_p), ("ends", ctypes.c_void_p), ("count", ctypes.c_int64))


class _Column(ctypes.Structure):
    _fields_ = (
        ("octets", ctypes.c_void_p),
        ("used", ctypes.c_int64),
        ("room", ctypes.c_int64),
        ("offsets", ctypes.c_void_p),
        ("validity", ctypes.c_void_p),
        ("null_count", ctypes.c_int64),
    )


class _Sink(ctypes.Structure):
    _fields_ = (
        ("row_count", ctypes.c_int64),
        ("record_count", ctypes.c_int64),
        ("left_count", ctypes.c_int64),
        ("stopped_at", ctypes.c_int64),
        ("why", ctypes.c_int32),
        ("has_failed", ctypes.c_int32),
        ("row_room", ctypes.c_int64),
        ("left_room", ctypes.c_int64),
        *((name, ctypes.c_void_p) for name in ("numbers", "instants", "charges", "left")),
        ("columns", _Column * _COLUMNS),
    )


_LEFT: Final = np.dtype([("begin", np.int64), ("end", np.int64), ("number", np.int64), ("shape", np.uint64)])


def take_apart(record: bytes, kind: Kind, *, is_sorted: bool = False) -> Apart | None:
    """The shape and the leaves of a record; None where only the exact reader can read it.

    Args:
        record: Its bytes.
        kind: What it is.
        is_sorted: Whether the members of objects are put in the core's own order; not where two have one name.
    """
    library = core()
    found = _Apart()
    arguments = (record, len(record), kind, is_sorted, ctypes.byref(found))
    if library is None or not library.corena_take_apart(*arguments):
        return None
    ends = np.cumsum(found.leaf_lengths[: found.leaf_count], dtype=np.int64).tolist()
    octets = bytes(memoryview(found.octets)[: found.byte_count])
    leaves = tuple(octets[begin:end] for begin, end in zip([0, *ends], ends, strict=False))
    shape = bytes(memoryview(found.shape)[: found.shape_length])
    nested_lengths = tuple(found.nested_lengths[: found.nested_count])
    return Apart(shape, leaves, nested_lengths, tuple(found.positions[: found.leaf_count]))


_Numbers = tuple[int, int, int, int]


class Book:
    """Recipes as the core reads them; never changed."""

    def __init__(self, recipes: Sequence[Recipe]) -> None:
        self._octets = bytearray()
        guards: list[_Numbers] = []
        pieces: list[tuple[int, ...]] = []
        numbers = [self._numbers(recipe, guards, pieces) for recipe in recipes[:MAX_RECIPES]]
        self._arrays: list[NDArray[Any]] = [
            np.frombuffer(bytes(self._octets) or b"\0", np.uint8),
            np.array(numbers, np.int64).reshape(-1, _RECIPE_NUMBERS),
            np.array(guards, np.int64).reshape(-1, 4),
            np.array(pieces, np.int64).reshape(-1, 6),
        ]
        counts = (len(self._octets), len(numbers), len(guards), len(pieces))
        self.structure = _Book(*(array.ctypes.data for array in self._arrays), *counts)

    def _numbers(self, recipe: Recipe, guards: list[_Numbers], pieces: list[tuple[int, ...]]) -> list[int]:
        first_guard = len(guards)
        guards.extend((guard.leaf, guard.nested, *self._kept(guard.octets)) for guard in recipe.guards)
        cells: list[int] = []
        for cell in recipe.cells:
            cells += (len(pieces), -1 if cell is None else len(cell))
            pieces.extend((*self._kept(piece.octets), *piece[1:]) for piece in cell or ())
        shape = self._kept(recipe.shape)
        span = (first_guard, len(recipe.guards))
        return [*shape, recipe.is_row, recipe.is_free, *span, recipe.instant, recipe.charge, *cells]

    def _kept(self, octets: bytes) -> tuple[int, int]:
        begin = len(self._octets)
        self._octets += octets
        return begin, len(octets)


class ColumnNames:
    """The names of a table's columns.

    Args:
        names: As they stand in a JSON string.
    """

    def __init__(self, names: Sequence[bytes]) -> None:
        self._arrays = (
            np.frombuffer(b"".join(names) or b"\0", np.uint8),
            np.cumsum([len(name) for name in names], dtype=np.int64),
        )
        self.structure = _Names(*(array.ctypes.data for array in self._arrays), len(names))


class Sink:
    """Where the records of a source go, some calls long: columns, and what is left to the exact reader.

    Args:
        keeps_raw: Whether the bytes of every record are kept, 64 KiB at most each.

    Raises:
        LookupError: There is no core.
        MemoryError: There is no memory.
    """

    def __init__(self, *, keeps_raw: bool) -> None:
        library = core()
        if library is None:
            raise LookupError("there is no core")
        self._library = library
        self._keeps_raw = keeps_raw
        self._address = self._library.corena_sink_new()
        if not self._address:
            raise MemoryError
        self._structure = _Sink.from_address(self._address)
        self._stay = (0, 0, 0)

    def __del__(self) -> None:
        if getattr(self, "_address", None):
            self._library.corena_sink_free(self._address)

    def read_lines(  # noqa: PLR0917 - a text, and what is said of it
        self,
        octets: bytes,
        span: tuple[int, int],
        kind: Kind,
        book: Book,
        max_records: int,
        entries: NDArray[np.int64] = NO_ENTRIES,
    ) -> None:
        """Reads the complete lines that stand in a span, some of which are an entry together."""
        spans = np.ascontiguousarray(entries)
        arguments = (*span, spans.ctypes.data, len(spans), kind)
        self._run(self._library.corena_read_lines, octets, *arguments, book=book, max_records=max_records)

    def read_elements(
        self, octets: bytes, span: tuple[int, int], book: Book, max_records: int, *, are_documents: bool = False
    ) -> None:
        """Reads JSON objects with commas or white space between them; and arrays, but where each is a document."""
        self._run(self._library.corena_read_elements, octets, *span, are_documents, book=book, max_records=max_records)

    def read_dumps(self, octets: bytes, span: tuple[int, int], book: Book, max_records: int) -> None:
        """Reads dumps of PHP up to the last one, of which more text may tell where it ends."""
        self._run(self._library.corena_read_dumps, octets, *span, book=book, max_records=max_records)

    def read_csv(  # noqa: PLR0917 - a text, and what is said of it
        self,
        octets: bytes,
        span: tuple[int, int],
        names: ColumnNames,
        dialect: tuple[str, bool],
        kind: Kind,
        book: Book,
        max_records: int,
    ) -> None:
        """Reads complete CSV records, of a delimiter and whether a backslash stands before quotes.

        Cells of kind ``LOG`` may hold lines of a log.
        """
        arguments = (*span, ord(dialect[0]), dialect[1], ctypes.byref(names.structure), kind)
        self._run(self._library.corena_read_csv, octets, *arguments, book=book, max_records=max_records)

    def read_tuples(  # noqa: PLR0917 - a text, and what is said of it
        self,
        octets: bytes,
        span: tuple[int, int],
        names: ColumnNames,
        are_numbers: Sequence[bool],
        statement: tuple[bytes, bool],
        book: Book,
        max_records: int,
    ) -> None:
        """Reads tuples of an INSERT, and of those like it behind it, in whose cells lines of a log may stand.

        Args:
            octets: The text.
            span: From behind a tuple, or the keyword, to the end of the text.
            names: Of the columns.
            are_numbers: Whether a number without quotes is one in each column; else it is text.
            statement: The words of the INSERT, and whether backslashes in strings escape.
            book: What is known.
            max_records: As for all.
        """
        words, escapes = statement
        arguments = (*span, escapes, words, len(words), ctypes.byref(names.structure), bytes(are_numbers), Kind.LOG)
        self._run(self._library.corena_read_tuples, octets, *arguments, book=book, max_records=max_records)

    def read_copied(
        self, octets: bytes, span: tuple[int, int], names: ColumnNames, book: Book, max_records: int
    ) -> None:
        """Reads complete lines of a COPY, up to the one that ends it, in whose cells lines of a log may stand."""
        arguments = (*span, ctypes.byref(names.structure), Kind.LOG)
        self._run(self._library.corena_read_copied, octets, *arguments, book=book, max_records=max_records)

    def read_columns(self, columns: Columns, begin: int, kind: Kind, book: Book, max_records: int) -> None:
        """Reads the rows of a table from one on, which have no bytes. Cells of kind ``LOG`` may hold lines of a log."""
        arguments = (ctypes.byref(columns.structure), begin, kind, self._keeps_raw, max_records)
        if not self._library.corena_read_columns(*arguments, ctypes.byref(book.structure), self._address):
            raise MemoryError

    def _run(self, function: Callable[..., int], octets: bytes, *counts: object, book: Book, max_records: int) -> None:
        text = np.frombuffer(octets, np.uint8)
        arguments = (text.ctypes.data, *counts, self._keeps_raw, max_records)
        if not function(*arguments, ctypes.byref(book.structure), self._address):
            raise MemoryError

    def stay(self) -> None:
        """Forgets what was left, and remembers this as where ``go_back`` leads."""
        self._structure.left_count = 0
        self._stay = (self.row_count, self.record_count, 0)

    def go_back(self) -> None:
        """Takes back what has been read since ``stay``."""
        self._library.corena_sink_rewind(self._address, *self._stay)

    @property
    def stopped_at(self) -> int:
        """Where reading goes on."""
        return int(self._structure.stopped_at)

    @property
    def why(self) -> Why:
        """Why it stopped there."""
        return Why(self._structure.why)

    @property
    def record_count(self) -> int:
        """How many records there were, rows or not."""
        return int(self._structure.record_count)

    @record_count.setter
    def record_count(self, count: int) -> None:
        self._structure.record_count = count

    @property
    def row_count(self) -> int:
        """How many of them are rows."""
        return int(self._structure.row_count)

    @property
    def left(self) -> NDArray[np.void]:
        """The records since ``stay`` that are left to the exact reader.

        Each has its begin and end, its number, and a mark of its shape; 0 where it has none.
        """
        return self._array(self._structure.left, self._structure.left_count, _LEFT).copy()

    @property
    def numbers(self) -> NDArray[np.int64]:
        """The number of the record of each row."""
        return self._fixed(self._structure.numbers)

    @property
    def instants(self) -> NDArray[np.int64]:
        """When each row was received, in microseconds, or ``NO_VALUE``."""
        return self._fixed(self._structure.instants)

    @property
    def charges(self) -> NDArray[np.int64]:
        """The decimal of each row as a multiple of 0.00000001, or ``NO_VALUE``."""
        return self._fixed(self._structure.charges)

    def texts(self) -> list[pa.Array]:
        """The text columns, and the column of bytes; they keep this sink alive, which must not be read into again."""
        kinds = [pa.string()] * TEXT_COLUMNS + [pa.binary()]
        return [self._column(column, kind) for column, kind in zip(self._structure.columns, kinds, strict=True)]

    def _column(self, column: _Column, kind: pa.DataType) -> pa.Array:
        count = self.row_count
        if not count or column.null_count == count:
            return pa.nulls(count, kind)
        octets = pa.foreign_buffer(column.octets, column.used, self) if column.used else pa.py_buffer(b"")
        offsets = pa.foreign_buffer(column.offsets, 4 * (count + 1), self)
        validity = pa.foreign_buffer(column.validity, (count + 7) // 8, self) if column.null_count else None
        return pa.Array.from_buffers(kind, count, [validity, offsets, octets], column.null_count)

    def _fixed(self, address: int) -> NDArray[np.int64]:
        return self._array(address, self.row_count, np.dtype(np.int64))

    def _array(self, address: int, count: int, kind: np.dtype[Any]) -> NDArray[Any]:
        if not count:
            return np.empty(0, kind)
        kept = pa.foreign_buffer(address, count * kind.itemsize, self)
        return np.frombuffer(kept, kind)
