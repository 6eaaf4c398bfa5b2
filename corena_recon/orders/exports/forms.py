"""Which form an export has, by its content, and the reader of that form."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from corena_recon.errors import SourceError
from corena_recon.orders.exports.columnar import export_of_frame, export_of_records, export_of_table, read_parquet
from corena_recon.orders.exports.content import StoredFile
from corena_recon.orders.exports.delimited import read_delimited, read_parts
from corena_recon.orders.exports.export import NO_HINTS, Export, Hints
from corena_recon.orders.exports.objects import read_json
from corena_recon.orders.exports.sheets.html_table import read_html
from corena_recon.orders.exports.sheets.workbook import read_workbook
from corena_recon.orders.exports.sheets.xml_workbook import is_xml_workbook, read_xml_workbook
from corena_recon.tables.frames import is_frame
from corena_recon.text import printable

if TYPE_CHECKING:
    from corena_recon.orders.exports.content import Content

_LOOKED_AT_BYTES: Final = 4096
_BLANKS = b" \t\r\n\xef\xbb\xbf"
_CONTROLS = bytes(octet for octet in range(32) if octet not in b"\t\n\r\x0c\x1b")
_MOST_CONTROLS: Final = 0.1
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_NOT_DELIMITED = (*_WORKBOOKS, b"PAR1", b"\xff\xfe", b"\xfe\xff")

PARTS_FROM_BYTES: Final = 24 * 1024 * 1024
"""A smaller file is read at once."""
BLOCK_BYTES: Final = 8 * 1024 * 1024


def read_content(content: Content, hints: Hints = NO_HINTS) -> list[Export]:
    """One file or table as strings, by the reader of its form; several sheets of a workbook are several exports.

    Raises:
        SourceError: The form is none that is known, or the file is damaged or empty.
    """
    payload = content.payload
    if isinstance(payload, Export):
        return [payload]
    if isinstance(payload, StoredFile):
        payload = payload.read()
    if is_frame(payload):
        return [export_of_frame(content.source, payload)]
    if isinstance(payload, pa.Table):
        return [export_of_table(content.source, "arrow", payload)]
    if not isinstance(payload, bytes):
        return [export_of_records(content.source, "memory", payload)]
    if payload.startswith(_WORKBOOKS):
        return read_workbook(content.source, payload, hints)
    return _read_bytes(content.source, payload, hints)


def read_in_parts(content: Content, hints: Hints = NO_HINTS) -> Iterator[Export] | None:
    """A large delimited file part by part, in bounded memory; None where it is something else.

    Raises:
        NotInParts: From the parts: read it as a whole.
    """
    payload = content.payload
    if not isinstance(payload, StoredFile) or payload.byte_count() < PARTS_FROM_BYTES:
        return None
    blocks = payload.blocks(BLOCK_BYTES)
    first = next(blocks, b"")
    start = first[:_LOOKED_AT_BYTES].lstrip(_BLANKS)
    if first.startswith(_NOT_DELIMITED) or start[:1] in (b"{", b"[", b"<"):
        return None
    return read_parts(content.source, chain([first], blocks), hints)


def _read_bytes(source: str, octets: bytes, hints: Hints) -> list[Export]:
    start = octets[:_LOOKED_AT_BYTES].lstrip(_BLANKS)
    if not start:
        raise SourceError(f"{printable(source)} is empty", hint="export the orders again", path=source)
    if octets.startswith(b"PAR1"):
        return [read_parquet(source, octets)]
    if start[:1] in (b"{", b"["):
        return [read_json(source, octets, hints)]
    if is_xml_workbook(start):
        return read_xml_workbook(source, octets, hints)
    if start[:1] == b"<" and b"<table" in octets.lower():
        return [read_html(source, octets, hints)]
    is_wide = octets.startswith((b"\xff\xfe", b"\xfe\xff")) or hints.encoding is not None
    if not is_wide and len(start.translate(None, _CONTROLS)) < len(start) * (1 - _MOST_CONTROLS):
        raise SourceError(
            f"{printable(source)} is of no known form",
            hint="give CSV, TSV, JSON, JSON lines, Parquet or a workbook",
            path=source,
        )
    return [read_delimited(source, octets, hints)]
