"""What ``read_ipns`` or ``verify`` gave, recognised by its columns and taken over: nothing in it is interpreted again.

Verdicts depend on facts that no other table has: the very text of the amount, what survives of the posted bytes,
whether a body could be read in two ways. Read as any table they would be lost. What ``verify`` added is left out,
for it depends on keys and options, and so is ``amount``: ``amount_text`` says it, and that is what was signed.

Parquet and Feather keep everything. Most writers of CSV, pandas among them, write an absent and an empty field alike:
such a cell is absent. Where a writer quotes empty text alone, it is told apart.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.archive.records.batches import Batch
from corena_recon.archive.records.instants import instant_of
from corena_recon.errors import ColumnError, SourceError
from corena_recon.money import decimal_column
from corena_recon.schemas import INSTANT, NOTIFICATION_SCHEMA, REPORT_FORMAT
from corena_recon.tables.columns import Flags, encoded, flags, whole
from corena_recon.text import printable
from corena_recon.vocabulary import RAW_MAX_BYTES, Fidelity, Unreadable

_OURS_ALONE: Final = frozenset({"amount_text", "fidelity", "unreadable"})
"""Columns that no other table has, taken together."""
_DISPENSABLE: Final = frozenset({"amount", "raw"})
"""Columns without which every verdict is the same."""
_TAKEN: Final = [field for field in NOTIFICATION_SCHEMA if field.name != "amount"]
_NEEDED: Final = [field.name for field in NOTIFICATION_SCHEMA if field.name not in _DISPENSABLE]
_NEVER_EMPTY: Final = ("source", "endpoint", "merchant", "extra", "fidelity", "unreadable")
_POSTED: Final = ("status", "identifier", "signature", "amount_text")
_REQUIRED: Final = ("status", "identifier", "amount_text")
_HINT: Final = "give every column that read_ipns gave, as they were; the index is not read"

_EXPONENT: Final = re.compile(r"-?[0-9](?:\.[0-9]{1,7})?E-[0-9]{1,2}")
"""How Python writes decimals below 0.000001, zero with 8 decimals among them."""
_BYTES: Final = re.compile(rf"""b(?:'(?:[^'\\]|\\.){{0,{RAW_MAX_BYTES}}}'|"(?:[^"\\]|\\.){{0,{RAW_MAX_BYTES}}}")""")
"""How Python shows bytes, which is how pandas writes them into CSV files."""
_TRUTHS: Final = {"true": True, "false": False}


def is_own(names: Sequence[Any], where: str) -> bool:
    """Whether a table of these columns is one of ``read_ipns`` or ``verify``, with more columns or without.

    Raises:
        ColumnError: It is one, but lacks columns on which verdicts depend, or has two of one name.
    """
    if not _OURS_ALONE.issubset(names):
        return False
    missing = [name for name in _NEEDED if name not in names]
    repeated = [name for name in NOTIFICATION_SCHEMA.names if list(names).count(name) > 1]
    if missing or repeated:
        problem = f"lacks {', '.join(missing)}" if missing else f"has more than one column {repeated[0]}"
        raise ColumnError(
            f"{printable(where)} is what read_ipns or verify gave, but {problem}",
            hint=_HINT,
            found=list(map(str, names)),
            needed=_NEEDED,
        )
    return True


def refuse_later_format(schema: pa.Schema, where: str) -> None:
    """Refuses a table of a report whose columns may mean something that this version does not know.

    Raises:
        SourceError: A later version of this package wrote it.
    """
    number = (schema.metadata or {}).get(b"format", b"")
    if is_own(schema.names, where) and number.isdigit() and int(number) > REPORT_FORMAT:
        raise SourceError(
            f"{printable(where)} is of a report of format {int(number)}, and this version reads none above "
            f"{REPORT_FORMAT}",
            hint="update the package corena-recon",
        )


def table_of_columns(columns: Mapping[str, Any], where: str) -> pa.Table:
    """Columns of an own frame, as pandas or Python hold them, as a table.

    Raises:
        ColumnError: One holds values of several kinds.
    """
    arrays = {}
    for name, cells in columns.items():
        try:
            arrays[name] = pa.array(cells, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise ColumnError(
                f"{printable(where)} is what read_ipns or verify gave, but its column {name} holds what is no value of "
                f"one type: {type(error).__name__}",
                hint=_HINT,
            ) from None
    return pa.table(arrays)


def taken_over(table: pa.Table | pa.RecordBatch, where: str, known: Any = ()) -> Batch:  # noqa: ANN401
    """The rows of an own table, with NOTIFICATION_SCHEMA and ``source`` as a dictionary.

    They keep their ``source`` and ``record``; those of rows that are no notification of any source are null.

    Args:
        table: One for which ``is_own`` holds.
        where: What errors call it.
        known: What is known of the intake that it came from.

    Raises:
        ColumnError: A column's type is none that its values can have been kept in.
        pa.ArrowException: The table itself is damaged.
    """
    cells: dict[str, pa.Array] = {}
    has_bad_cell: Flags = np.zeros(len(table), bool)
    for field in _TAKEN:
        place = table.schema.get_field_index(field.name)
        column = whole(table.column(place)) if place >= 0 else pa.nulls(len(table), field.type)
        cells[field.name] = _cells(column, field, where)
        if field.name not in _DISPENSABLE:
            has_bad_cell |= _says_something(column) & flags(cells[field.name].is_null())
    cells = _without_empty(cells)
    cells["amount"] = decimal_column(cells["amount_text"])
    problems = _problems(cells, has_bad_cell)
    found = np.flatnonzero(flags(problems.is_valid()))
    if len(found):
        cells["unreadable"] = pc.coalesce(problems, cells["unreadable"])
        raws = {int(row): _raw_of(table, int(row)) for row in found}
        kept = cells["raw"].to_pylist()
        cells["raw"] = pa.array([raws.get(row, raw) for row, raw in enumerate(kept)], pa.binary())
    rows = pa.table([cells[name] for name in NOTIFICATION_SCHEMA.names], schema=NOTIFICATION_SCHEMA)
    return Batch(rows.set_column(0, "source", encoded(cells["source"])), len(rows), known)


def _says_something(column: pa.Array) -> Flags:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    is_valid = flags(column.is_valid())
    return is_valid & flags(pc.greater(pc.binary_length(column), 0)) if _is_text(column.type) else is_valid


def _without_empty(cells: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """The columns with null for empty text that nobody posted.

    Where a row has it in a column that is never empty, whoever wrote or read the row does not tell empty from absent.
    """
    is_empty = {
        name: pc.fill_null(pc.equal(cells[name], ""), False) for name in cells if pa.types.is_string(cells[name].type)
    }
    is_untold = reduce(pc.or_, (is_empty[name] for name in _NEVER_EMPTY))
    return {
        name: pc.if_else(pc.and_(is_empty[name], is_untold), None, column) if name in is_empty else column
        for name, column in cells.items()
    }


def _problems(cells: Mapping[str, pa.Array], has_bad_cell: Flags) -> pa.Array:
    """Why rows cannot be taken over as what they say they are; null where they can."""
    is_readable = flags(cells["unreadable"].is_null())
    is_known = flags(pc.is_in(cells["unreadable"], pa.array([word.value for word in Unreadable])))
    is_sound = flags(pc.is_in(cells["fidelity"], pa.array([word.value for word in Fidelity])))
    is_sound &= flags(cells["body_ambiguous"].is_valid())
    lacks = np.logical_or.reduce([~flags(pc.greater(pc.binary_length(cells[name]), 0)) for name in _REQUIRED])
    is_void = np.logical_and.reduce([flags(cells[name].is_null()) for name in _POSTED])
    words: NDArray[np.object_] = np.full(len(is_readable), None, object)
    words[(is_readable & ~is_sound) | ~(is_readable | is_known) | has_bad_cell] = Unreadable.INVALID_ROW.value
    words[is_readable & lacks & ~has_bad_cell] = Unreadable.MISSING_FIELD.value
    words[is_readable & is_void & ~has_bad_cell] = Unreadable.NO_IPN_FIELDS.value
    return pa.array(words, pa.string())


def _raw_of(table: pa.Table | pa.RecordBatch, row: int) -> bytes:
    try:
        cells = table.slice(row, 1).to_pylist()[0]
    except (ValueError, OverflowError):
        return b""
    return json.dumps(cells, default=str).encode()[:RAW_MAX_BYTES]


def _cells(column: pa.Array, field: pa.Field, where: str) -> pa.Array:
    """The column in the field's type; null where text does not say such a value."""
    if column.null_count == len(column):
        return pa.nulls(len(column), field.type)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    is_text = _is_text(column.type)
    if is_text or pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        column = column.cast(pa.large_binary())
    column.validate(full=True)
    try:
        if field.name == "raw" and not is_text:
            return column.cast(pa.binary())
        if pa.types.is_large_binary(column.type):
            return _PARSERS.get(field.name, _as_they_are)(_texts(column))
        if not pa.types.is_string(field.type):
            return column.cast(field.type, safe=not pa.types.is_timestamp(field.type))
    except pa.ArrowException:
        pass
    raise ColumnError(
        f"{printable(where)} is what read_ipns or verify gave, but its column {field.name} is {column.type}, "
        f"not {field.type}",
        hint="numbers do not say how they were written: read a CSV file with dtype=str, or give its path instead",
    )


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view())


def _texts(octets: pa.Array) -> pa.Array:
    try:
        return octets.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([None if one is None else _own_text(one) for one in octets.to_pylist()], pa.string())


def _own_text(octets: bytes) -> str:
    """Text that already has octet characters in it, which ``text_of`` would take for posted ones."""
    return octets.decode("utf-8", "corena_octets")


def _as_they_are(texts: pa.Array) -> pa.Array:
    return texts


def _numbers(texts: pa.Array) -> pa.Array:
    """Record numbers, also where a missing one has made them all fractions."""
    is_number = pc.match_substring_regex(texts, r"^[0-9]{1,18}(\.0)?$")
    return pc.replace_substring_regex(pc.if_else(is_number, texts, None), r"\.0$", "").cast(pa.int64())


def _instants(texts: pa.Array) -> pa.Array:
    return pa.array(map(instant_of, texts.to_pylist()), pa.int64()).cast(INSTANT)


def _charges(texts: pa.Array) -> pa.Array:
    return decimal_column(pa.array([_plain(text) for text in texts.to_pylist()], pa.string()))


def _plain(text: str | None) -> str | None:
    return f"{Decimal(text):f}" if text is not None and _EXPONENT.fullmatch(text) else text


def _octets(texts: pa.Array) -> pa.Array:
    return pa.array(
        [ast.literal_eval(text) if text is not None and _BYTES.fullmatch(text) else None for text in texts.to_pylist()],
        pa.binary(),
    )


def _truths(texts: pa.Array) -> pa.Array:
    return pa.array([None if text is None else _TRUTHS.get(text.lower()) for text in texts.to_pylist()], pa.bool_())


_PARSERS: Final[dict[str, Callable[[pa.Array], pa.Array]]] = {
    "record": _numbers,
    "received_at": _instants,
    "charge": _charges,
    "raw": _octets,
    "body_ambiguous": _truths,
}
