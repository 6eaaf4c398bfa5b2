"""Where a table of text begins, how its cells are parted, and what its columns are called.

People put titles above a table, spreadsheets the line ``sep=;``; columns are named in capitals, with spaces, in
French, or not at all. What is certain is read; where columns would be guessed the table is refused.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from corena_recon.archive.forms.tables.exact_csv import Dialect, ExactRows
from corena_recon.archive.forms.tables.table_cells import is_whole_notification, row_in_text
from corena_recon.archive.lines.line_runs import line_of, without_blank_start
from corena_recon.archive.records.envelopes import BODY_CELLS, facts_of
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import DATA_FIELDS, IPN_FIELDS, NO_FACTS
from corena_recon.text import OCTETS_PATTERN, octets_of, text_of

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

_DELIMITERS: Final = (",", ";", "\t", "|")
# In a cell that doubles its quotes, a backslash of the JSON within stands before two of them.
_BACKSLASH_QUOTES: Final = re.compile(rb'"(?:\\")?[\[{](?:\\[nrt]|\s){0,40}\\+"[^"]')
_SEPARATOR_LINE: Final = re.compile(rb'"?sep=(.)"?\s*', re.IGNORECASE)
_KNOWN_NAMES: Final = re.compile(r"data(\[|\.)|" + "|".join(f"(?:{name})$" for name in (*IPN_FIELDS, *BODY_CELLS)))
_STRONG_NAMES: Final = frozenset((*BODY_CELLS, "data", "identifier", "signature"))
_TITLE_LINES_MAX: Final = 20
_SAMPLE_ROWS: Final = 50
_FAR_BYTES: Final = 16 << 20
_FAR_LINES_BYTES: Final = 65_536
"""How far into a source its first notification is looked for, and how much there is judged."""
_NAME: Final = re.compile(r"[@_\w](?:[\w @.\[\]()#/%:*°º$'’-]{0,62}[\w\]).#%*°º$])?")
_OCTETS: Final = re.compile(OCTETS_PATTERN)
_SIGNATURE: Final = re.compile(rb"signature", re.IGNORECASE)
_DIGEST: Final = re.compile("[0-9A-Fa-f]{64}")
_DECIMAL: Final = re.compile(r"[0-9]{1,20}[.,][0-9]{1,8}")

_WORDS: Final = {
    "statut": "status",
    "état": "status",
    "identifiant": "identifier",
    "montant": "amount",
    "devise": "currency",
    "paymenttrx": "payment_trx",
    "trx": "payment_trx",
    "paymenttype": "payment_type",
}
"""Other names of posted fields, where those of the others say that the table is one of notifications."""
_TIMES: Final = frozenset(
    {
        *("date", "datetime", "date_time", "date_utc", "@timestamp", "timestamp_utc", "time_utc", "_time"),
        *(
            "logged_at",
            "reçu_le",
            "recu_le",
            "horodatage",
            "when",
            "quand",
            "reçu",
            "recu",
            "date_heure",
            "date_et_heure",
            "date_and_time",
        ),
        *("créé_le", "cree_le", "date_de_création", "date_creation", "date_added", "added", "created", "created_on"),
        *("received", "received_on", "log_time", "event_time", "request_time", "logged", "posted_at", "inserted_at"),
    }
)
"""Names under which tables say when something came."""
_LOG_CELLS: Final = frozenset(["meta_value", "@message", "_raw", "message", "line", "msg", "textpayload"])
"""Names under which tables of other things keep texts."""
WHMCS_COLUMNS: Final = frozenset(["date", "gateway", "data", "result"])
_OTHERS_TABLES: Final = (WHMCS_COLUMNS, frozenset(["uuid", "batch_id", "type", "content"]))
"""Columns of tables that hold other things, too, although one is called as a posted field or a body's cell is."""


class TableHead(NamedTuple):
    """How the rows of a table are read.

    Attributes:
        dialect: How its cells are parted.
        before: How many lines stand before the header, blank ones at the very start apart.
        names: Of the columns, where no header names them.
        is_mixed: Whether it holds other things, too: its columns are no posted fields, nor known to hold them.
        lack: Why it cannot be read: which column is which would be a guess.
    """

    dialect: Dialect
    before: int = 0
    names: tuple[str, ...] = ()
    is_mixed: bool = False
    lack: str | None = None


def table_head(head: bytes) -> TableHead | None:
    """How a table is read that begins like this; None where it is none that holds notifications."""
    first_line, _, below = head.partition(b"\n")
    separator = _SEPARATOR_LINE.fullmatch(first_line.rstrip(b"\r"))
    if separator is None:
        return _named_or_told(head)
    found = _named_or_told(below)
    return found and found._replace(
        before=found.before + 1, dialect=found.dialect._replace(delimiter=text_of(separator[1]))
    )


def far_head(stream: ByteStream, head: bytes) -> bytes | None:
    """The first line of a source with some lines around the first that names a signature; None where none does.

    Args:
        stream: The source.
        head: Its first bytes, in which there is none.
    """
    octets = without_blank_start(stream.head(_FAR_BYTES))
    named = _SIGNATURE.search(octets, len(head))
    if named is None:
        return None
    begin = octets.rfind(b"\n", 0, named.start()) + 1
    end = octets.find(b"\n", begin + _FAR_LINES_BYTES) + 1 or len(octets)
    return octets[: octets.index(b"\n") + 1] + octets[begin:end]


def header_names(head: bytes) -> list[str] | None:
    """The column names in the first line, or None where it is no CSV header."""
    first_line = text_of(head.split(b"\n", 1)[0].strip())
    if not first_line or first_line[0] in "{[<" or "=" in first_line:
        return None
    try:
        names = next(csv.reader([first_line], delimiter=dialect_of(head).delimiter), [])
    except csv.Error:
        return None
    return [_readable(name).strip() for name in names]


def _readable(name: str) -> str:
    """A column's name; one that is not in UTF-8 is Windows' in most of Europe."""
    return octets_of(name).decode("cp1252", "replace") if _OCTETS.search(name) else name


def dialect_of(head: bytes) -> Dialect:
    """The delimiter most frequent in the header, and how quotes in cells are written."""
    first_line = text_of(head.split(b"\n", 1)[0])
    delimiter = max(_DELIMITERS, key=first_line.count)
    return Dialect(delimiter, _BACKSLASH_QUOTES.search(head) is not None)


def canonical_names(names: Sequence[str]) -> list[str]:
    """The names with those of posted fields as the gateway calls them, where they can be told.

    White space around names says nothing. A table is one of notifications where two columns are its identifier and its
    signature; in no other are names changed, but for the one that says when something came.
    """
    names = [_readable(name).strip().strip("\ufeff").strip() for name in names]
    posted = [_posted_name(name) for name in names]
    if {"identifier", "signature"} <= set(posted):
        names = [
            own if own is not None and own not in names and posted.index(own) == place else name
            for place, (name, own) in enumerate(zip(names, posted, strict=True))
        ]
    moments = [place for place, name in enumerate(names) if _plain(name) in _TIMES]
    if moments and not _say_when(names):
        names = [*names[: moments[0]], "received_at", *names[moments[0] + 1 :]]
    return names


def invented_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Names for columns that have none; the one cell that is a moment says when a record came."""
    moments = [instant_of(cell) is not None for cell in cells]
    return tuple(
        "received_at" if is_moment and sum(moments) == 1 else f"column {place}"
        for place, is_moment in enumerate(moments, 1)
    )


def looks_posted(cells: Sequence[str]) -> bool:
    """Whether cells without names are those of a notification: a signature and an amount are among them."""
    return any(map(_DIGEST.fullmatch, cells)) and any(map(_DECIMAL.fullmatch, cells))


def _named_or_told(head: bytes) -> TableHead | None:
    first = header_names(head)
    if first is not None and _is_strong(canonical_names(first)):
        is_mixed = any(columns <= {*map(str.lower, first)} for columns in _OTHERS_TABLES)
        return TableHead(dialect_of(head), is_mixed=is_mixed)
    return _below_titles(head) or _by_content(head) or _texts_below_titles(head) or _by_weak_name(head, first)


def _posted_name(name: str) -> str | None:
    plain = _plain(name)
    plain = _WORDS.get(plain, plain)
    if plain in IPN_FIELDS or plain in DATA_FIELDS:
        return plain
    inner = plain.removeprefix("data_")
    return f"data[{inner}]" if inner != plain and inner in DATA_FIELDS else None


def _plain(name: str) -> str:
    """The name in small letters, its words joined by single underscores."""
    return re.sub(r"[^\w@]+|_+", "_", name.strip().lower()).rstrip("_") if not name.startswith("_") else name.lower()


def _is_strong(names: Sequence[str]) -> bool:
    return any(name in _STRONG_NAMES or name.startswith(("data[", "data.")) for name in names)


def _below_titles(head: bytes) -> TableHead | None:
    """A header below other lines, which names identifier and signature, and rows of its width below it."""
    lines = head.split(b"\n")[: _TITLE_LINES_MAX + 1]
    for before in range(1, len(lines)):
        if not lines[before].strip() or b"\0" in lines[before]:
            continue
        below = head.split(b"\n", before)[before]
        names = header_names(below)
        if names is not None and {"identifier", "signature"} <= set(canonical_names(names)):
            return TableHead(dialect_of(below), before) if _sample(below, dialect_of(below)) else None
    return None


def _texts_below_titles(head: bytes) -> TableHead | None:
    """A header below other lines, none of which names a signature, and rows below it that hold notifications."""
    lines = head.split(b"\n")[: _TITLE_LINES_MAX + 1]
    for before in range(1, len(lines)):
        if _SIGNATURE.search(lines[before - 1]):
            break
        below = head.split(b"\n", before)[before]
        names = header_names(below)
        if names is not None and len(names) > 1 and _is_header(names) and _sample(below, dialect_of(below)):
            found = _by_content(below)
            has_header = found is not None and not found.names and found.lack is None
            return found._replace(before=before) if found is not None and has_header else None
    return None


def _by_content(head: bytes) -> TableHead | None:
    r"""A table of which a cell holds a notification, whatever its column's name, or that has no header."""
    first_line = text_of(head.split(b"\n", 1)[0])
    if head[:1] in (b"{", b"[", b"<"):
        return None
    escapes = _BACKSLASH_QUOTES.search(head) is not None
    for delimiter in sorted(_DELIMITERS, key=first_line.count, reverse=True):
        dialect = Dialect(delimiter, escapes)
        rows = _sample(head, dialect)
        if rows is None:
            continue
        first, *others = rows
        if _is_header(first):
            if any(map(_holds_notification, others)) or _keeps_texts(canonical_names(first)):
                return TableHead(dialect, is_mixed=True)
        elif len(first) > 1 and (
            any(map(is_whole_notification, first)) or _holds_notification(filter(_is_lines, first))
        ):
            return TableHead(dialect, names=invented_names(first), is_mixed=True)
        lack = _lacks(rows)
        if lack is not None:
            return TableHead(dialect, lack=lack)
    return None


def _sample(head: bytes, dialect: Dialect) -> list[list[str]] | None:
    """The first rows of what is a regular table, one damaged row or a fifth of them apart; None where it is none."""
    octets, whole, _ = head.rpartition(b"\n")
    text = octets if whole and len(octets) * 2 > len(head) else head
    if dialect.delimiter.encode() not in text and b'\n"' not in text:
        return None
    rows = [*islice(ExactRows(iter(map(line_of, text.split(b"\n"))), dialect), _SAMPLE_ROWS)]
    while rows and rows[-1].cells is None:
        rows.pop()
    if not rows or rows[0].cells is None:
        return None
    width = len(rows[0].cells)
    regular = [row.cells for row in rows if row.cells is not None and len(row.cells) == width]
    # One cell a line is a table where the cells are quoted; else it may be anything.
    is_table = width > 1 or b'\n"' in text
    return regular if is_table and len(rows) - len(regular) <= max(1, len(rows) // 5) else None


def _is_header(cells: Sequence[str]) -> bool:
    names = [_readable(cell).strip().strip("\ufeff") for cell in cells]
    return (
        all(name == "" or _NAME.fullmatch(name) for name in names)
        and sum(name == "" for name in names) <= 1
        and not any(instant_of(name) is not None or name.isdigit() for name in names)
        and not any(map(_DIGEST.fullmatch, names))
    )


def _is_lines(cell: str) -> bool:
    """Whether a cell goes on over several lines: in a log none would, for its quotation marks part it from others."""
    return "\n" in cell.strip()


def _holds_notification(cells: Iterable[str]) -> bool:
    return any(row_in_text(cell, NO_FACTS, b"") is not None for cell in cells)


def _keeps_texts(names: Sequence[str]) -> bool:
    """Whether columns are those of a table of log entries, or of what plugins keep."""
    plain = set(map(str.lower, names))
    return not _LOG_CELLS.isdisjoint(plain) and ("meta_key" in plain or _say_when(names))


def _say_when(names: Sequence[str]) -> bool:
    """Whether a column of these says when a record came."""
    return facts_of(dict.fromkeys(names, "2026-01-01 00:00:00")).received_at is not None


def _lacks(rows: Sequence[Sequence[str]]) -> str | None:
    """What a table of notifications lacks to be read without a guess; None where it is no such table."""
    has_header = _is_header(rows[0])
    records = rows[1:] if has_header else rows
    if not records or sum(map(looks_posted, records)) * 2 <= len(records):
        return None
    if not has_header:
        return "it has no header"
    posted = {*map(_posted_name, rows[0])}
    return "no column is named " + " or ".join(name for name in ("identifier", "signature") if name not in posted)


def _by_weak_name(head: bytes, names: list[str] | None) -> TableHead | None:
    """A table of which one column alone is called as a posted field is."""
    if names is None or not any(map(_KNOWN_NAMES.match, names)):
        return None
    return TableHead(dialect_of(head))
