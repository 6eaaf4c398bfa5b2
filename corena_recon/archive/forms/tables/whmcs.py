"""WHMCS's gateway log: its table as CSV, and its entries as copied from the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from corena_recon.archive.forms.tables.csv_rows import CsvRows
from corena_recon.archive.forms.tables.table_cells import row_in_text
from corena_recon.archive.forms.tables.table_heads import WHMCS_COLUMNS, header_names
from corena_recon.archive.lines.lines import Line, lines_of, without_blank_start
from corena_recon.archive.records.batches import Batch, Entry, batches_of
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import Facts, unreadable
from corena_recon.text import text_of
from corena_recon.vocabulary import RECORD_MAX_BYTES, Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

_HEAD_BYTES: Final = 65_536
_PAIR: Final = re.compile(rb"^(?:signature|identifier) => ", re.MULTILINE)


class Whmcs(CsvRows):
    """The form ``whmcs``: an entry holds pairs, a dump, JSON or a body; other gateways' are other traffic."""

    name = "whmcs"

    def recognises(self, head: bytes) -> bool:
        """The table's columns, or pairs as the screen shows them."""
        return _is_table(head) or (head[:1] not in (b"{", b"[", b"<") and _is_screen(head))

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every entry; from the screen, what stands between blank lines."""
        if _is_table(without_blank_start(stream.head(_HEAD_BYTES))):
            return super().read(stream, keep_raw=keep_raw)
        return batches_of(_entries(stream), keep_raw=keep_raw)


def _is_screen(head: bytes) -> bool:
    """Whether pairs follow the lines that say when and by which gateway, and begin no line with anything else."""
    pair = _PAIR.search(head)
    if pair is None:
        return False
    lines = head[: pair.start()].rstrip(b"\n").split(b"\n\n")[-1].replace(b"\r", b"").split(b"\n\n")[-1].split(b"\n")
    first = next((place for place, line in enumerate(lines) if _PAIR_BEGINS.match(line)), len(lines))
    return first <= _FIRST_LINES and not any(b" => " in line for line in lines[:first])


def _is_table(head: bytes) -> bool:
    return {*map(str.lower, header_names(head) or ())} >= WHMCS_COLUMNS


def _entries(stream: ByteStream) -> Iterator[Entry]:
    """Every entry of the screen; one whose last line does not end, or is no result, may be cut off."""
    paragraph: list[bytes] = []
    lines = _watched(stream, lines_of(stream.blocks()))
    for paragraph in _paragraphs(lines):
        yield _entry_of(paragraph)
    stream.truncated |= bool(paragraph) and _PAIR_BEGINS.match(paragraph[-1]) is not None


def _watched(stream: ByteStream, lines: Iterator[Line]) -> Iterator[Line]:
    for line in lines:
        stream.truncated |= not line.is_complete
        yield line


def _paragraphs(lines: Iterator[Line]) -> Iterator[list[bytes]]:
    some: list[bytes] = []
    size = 0
    for line in lines:
        is_blank = not line.octets.strip()
        if not is_blank and size <= RECORD_MAX_BYTES:
            some.append(line.octets)
            size += len(line.octets)
        elif is_blank and some:
            yield some
            some, size = [], 0
    if some:
        yield some


def _entry_of(lines: list[bytes]) -> Entry:
    """The entry of a paragraph: when and by which gateway, the pairs, and what became of it."""
    raw = b"\n".join(lines)
    if sum(map(len, lines)) > RECORD_MAX_BYTES:
        return unreadable(Unreadable.TOO_LARGE, raw), raw
    moments = (instant_of(text_of(line)) for line in lines[:_FIRST_LINES])
    facts = Facts(next((moment for moment in moments if moment is not None), None))
    return row_in_text(text_of(b"\n".join(_posted(lines))), facts, raw), raw


def _posted(lines: list[bytes]) -> list[bytes]:
    """The lines without those before the first pair, and without the one that says what became of it."""
    first = next((place for place, line in enumerate(lines) if _PAIR_BEGINS.match(line)), 0)
    has_result = len(lines) > first + 1 and _PAIR_BEGINS.match(lines[-1]) is None
    return lines[first : len(lines) - has_result]


_FIRST_LINES: Final = 3
_PAIR_BEGINS: Final = re.compile(rb"[\w.\[\]]+ => ")
