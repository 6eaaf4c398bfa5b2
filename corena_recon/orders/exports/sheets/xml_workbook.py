"""Workbooks as XML (SpreadsheetML of 2003), which Magento's grids and many shops' scripts export.

Source: Microsoft's reference of the XML Spreadsheet: cells follow each other unless ``ss:Index`` says where they stand;
``ss:MergeAcross`` and ``ss:MergeDown`` count the further columns and rows that a cell covers.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final
from xml.parsers import expat

from corena_recon.errors import SourceError
from corena_recon.orders.exports.columnar import NumberText
from corena_recon.orders.exports.delimited import decode
from corena_recon.orders.exports.export import NO_HINTS, Export, Hints
from corena_recon.orders.exports.sheets.sheets import exports_of_sheets, text_of_number
from corena_recon.text import printable

_WORKBOOK: Final = re.compile(rb"<(?:[A-Za-z]+:)?Workbook[\s>]")
_PLAIN: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_OFFICE: Final = "urn:schemas-microsoft-com:office:spreadsheet "
_COLUMNS_MAX: Final = 16_384


def is_xml_workbook(octets: bytes) -> bool:
    """Whether these are the first bytes of such a workbook."""
    return _WORKBOOK.search(octets) is not None


def read_xml_workbook(source: str, octets: bytes, hints: Hints = NO_HINTS) -> list[Export]:
    """The sheets of such a workbook as strings, chosen as those of other workbooks are.

    Raises:
        SourceError: It is damaged, declares entities of its own, has more empty cells than bytes, or holds no rows.
        OptionError: It has no such sheet.
    """
    decoded = decode(octets, hints.encoding)
    try:
        sheets = _Sheets(cells_max=len(octets)).read(decoded.octets)
    except (expat.ExpatError, _RefusedError) as error:
        raise SourceError(
            f"{printable(source)} is no readable workbook: {error}",
            hint="open it in a spreadsheet and save it as .xlsx, or export the orders as CSV",
            path=source,
        ) from error
    return exports_of_sheets(source, "excel", sheets, hints, {"encoding": decoded.encoding})


class _RefusedError(Exception):
    """The file is refused as a whole."""


class _Sheets:
    """Collects the rows of every sheet.

    Args:
        cells_max: How many cells there may be in all, those that are passed over included.
    """

    def __init__(self, cells_max: int) -> None:
        self._sheets: dict[str, list[list[str]]] = {}
        self._rows: list[list[str]] = []
        self._cells_left = cells_max
        self._from_above: dict[int, tuple[str, int]] = {}
        self._spans = (0, 0)
        self._kind: str | None = None
        self._is_comment = False
        self._text: list[str] = []

    def read(self, octets: bytes) -> dict[str, list[list[str]]]:
        """The rows of each sheet by its name, from UTF-8."""
        parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._hear
        parser.Parse(octets, True)
        return {name: [row for row in rows if any(row)] for name, rows in self._sheets.items()}

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == f"{_OFFICE}Worksheet":
            name = attributes.get(f"{_OFFICE}Name", f"Sheet{len(self._sheets) + 1}")
            self._rows = self._sheets.setdefault(name, [])
            self._from_above = {}
        elif tag == f"{_OFFICE}Row":
            self._rows.append([])
        elif tag == f"{_OFFICE}Cell" and self._rows:
            self._begin_cell(attributes)
        elif tag == f"{_OFFICE}Comment":
            self._is_comment = True
        elif tag == f"{_OFFICE}Data" and not self._is_comment:
            self._kind = attributes.get(f"{_OFFICE}Type", "String")

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._text = []
        self._fill(_number(attributes.get(f"{_OFFICE}Index"), len(self._rows[-1]) + 1) - 1)
        across, down = (_number(attributes.get(f"{_OFFICE}Merge{way}"), 0) for way in ("Across", "Down"))
        self._spans = (across, down)

    def _end(self, tag: str) -> None:
        if tag == f"{_OFFICE}Data":
            if self._kind == "Number":
                self._text = [_number_text("".join(self._text))]
            self._kind = None
        elif tag == f"{_OFFICE}Comment":
            self._is_comment = False
        elif tag == f"{_OFFICE}Cell" and self._rows:
            self._fill(len(self._rows[-1]))
            across, down = self._spans
            text = self._text[0] if len(self._text) == 1 else "".join(self._text)
            for each in (text, *[""] * min(across, _COLUMNS_MAX)):
                self._put(each, down)
        elif tag == f"{_OFFICE}Row":
            self._fill(1 + max(self._from_above, default=-1))

    def _hear(self, text: str) -> None:
        if self._kind is not None:
            self._text.append(text)

    def _fill(self, place: int) -> None:
        """Fills the row up to a place, and on as long as cells of rows above cover it."""
        row = self._rows[-1]
        while len(row) < min(place, _COLUMNS_MAX) or len(row) in self._from_above:
            text, left = self._from_above.pop(len(row), ("", 0))
            self._put(text, left - 1)

    def _put(self, text: str, rows_below: int) -> None:
        row = self._rows[-1]
        self._cells_left -= 1
        if self._cells_left < 0:
            raise _RefusedError("its cells stand too far apart")
        if rows_below > 0:
            self._from_above[len(row)] = (text, rows_below)
        row.append(text)


def _refuse_doctype(*_: object) -> None:
    raise _RefusedError("it declares a document type, which no spreadsheet writes")


def _number(text: str | None, otherwise: int) -> int:
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= len(str(2**31))
    return int(text) if text is not None and is_number else otherwise


def _number_text(text: str) -> str:
    """The number as it is written; where it has an exponent, with the digits that a spreadsheet shows."""
    if _PLAIN.fullmatch(text):
        return NumberText(text)
    with suppress(ValueError):
        return text_of_number(float(text))
    return text
