"""The file of a workbook: a zip of XML parts, the same bytes for the same rows.

Sheets are written in parts, so that memory stays bounded. No part is larger than what every program reads: what does
not fit into a sheet is left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import IO, Final, NamedTuple
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

import pyarrow as pa

from corena_recon.report.workbook.cells import Bent, Column, head_element, letters_of, row_elements
from corena_recon.report.workbook.styles import DECLARATION, MAIN, styles_part

SHEET_MAX_ROWS: Final = 1_048_576
"""How many rows a sheet has room for, the names of the columns among them."""

_SHEET_MAX_BYTES: Final = (1 << 31) - (1 << 26)
"""Beyond this a zip needs extensions that not every spreadsheet reads."""
_BATCH_ROWS: Final = 4_096
_LEVEL: Final = 3
_A4: Final = 9
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPES: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"


class Sheet(NamedTuple):
    """A sheet to be written.

    Attributes:
        title: On its tab.
        columns: In the order of their places.
        parts: Its rows, in parts.
        is_table: Whether the names of the columns come first, stay in sight and filter.
        choices: Words that a column's cells are offered; others may be typed.
    """

    title: str
    columns: tuple[Column, ...]
    parts: Iterable[pa.Table]
    is_table: bool = True
    choices: Mapping[str, Sequence[str]] = MappingProxyType({})


class Written(NamedTuple):
    """What a sheet holds.

    Attributes:
        rows: Of the table that are in it.
        left_out: Rows for which it has no room.
        bent: Cells that do not hold what the table does.
    """

    rows: int
    left_out: int
    bent: Bent


def write_package(
    file: IO[bytes], sheets: Sequence[Sheet], written: list[Written], *, max_rows: int = SHEET_MAX_ROWS
) -> None:
    """Writes a workbook.

    Args:
        file: Where to.
        sheets: In the order of their tabs; they are written from the last to the first, whose rows may tell of the
            others.
        written: Filled with what each sheet holds, the last one first.
        max_rows: How many rows a sheet has room for.
    """
    # Parts that are named, and no more, have one fixed date.
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, text in _frame_of(len(sheets)).items():
            with archive.open(name, "w") as part:
                part.write(text.encode())
        for number in range(len(sheets), 0, -1):
            with archive.open(f"xl/worksheets/sheet{number}.xml", "w") as part:
                written.append(_write_sheet(part, sheets[number - 1], max_rows, is_first=number == 1))
        with archive.open("xl/workbook.xml", "w") as part:
            part.write(_workbook(sheets, written[::-1]).encode())


def _write_sheet(part: IO[bytes], sheet: Sheet, max_rows: int, *, is_first: bool) -> Written:
    head = _sheet_head(sheet, is_first=is_first).encode() + (head_element(sheet.columns) if sheet.is_table else b"")
    part.write(head)
    above = 1 if sheet.is_table else 0
    room_rows, room_bytes = max_rows - above, _SHEET_MAX_BYTES - len(head)
    rows, left_out, bent = 0, 0, Bent()
    for table in sheet.parts:
        for first in range(0, len(table), _BATCH_ROWS):
            batch = table.slice(first, _BATCH_ROWS)
            fitting = batch.slice(0, 0 if left_out else room_rows - rows)
            if len(fitting):
                elements, of_batch = row_elements(fitting, sheet.columns, rows + above + 1)
                octets = _octets(elements)
                if len(octets) > room_bytes:
                    fitting = fitting.slice(0, 0)
                else:
                    part.write(octets)
                    room_bytes -= len(octets)
                    bent = bent.plus(of_batch)
            rows += len(fitting)
            left_out += len(batch) - len(fitting)
    part.write(_sheet_foot(sheet, rows + above).encode())
    return Written(rows, left_out, bent)


def _octets(elements: pa.Array) -> memoryview:
    """The texts one after another."""
    starts = memoryview(elements.buffers()[1]).cast("q")
    return memoryview(elements.buffers()[2])[starts[elements.offset] : starts[elements.offset + len(elements)]]


def _sheet_head(sheet: Sheet, *, is_first: bool) -> str:
    selected = ' tabSelected="1"' if is_first else ""
    frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' if sheet.is_table else ""
    widths = {column.place: column.width for column in sheet.columns}
    columns = "".join(
        f'<col min="{place + 1}" max="{place + 1}" width="{width}" customWidth="1"/>' for place, width in widths.items()
    )
    return (
        f'{DECLARATION}<worksheet xmlns="{MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView{selected} workbookViewId="0">{frozen}'
        f"</sheetView></sheetViews><cols>{columns}</cols><sheetData>"
    )


def _sheet_foot(sheet: Sheet, rows: int) -> str:
    all_cells = f"A1:{_last_letters(sheet)}{max(rows, 1)}"
    filters = f'<autoFilter ref="{all_cells}"/>' if sheet.is_table else ""
    text_is_meant = f'<ignoredErrors><ignoredError sqref="{all_cells}" numberStoredAsText="1"/></ignoredErrors>'
    on_paper = f'<pageSetup paperSize="{_A4}" orientation="landscape" fitToHeight="0"/>'
    return f"</sheetData>{filters}{_offered(sheet, rows)}{on_paper}{text_is_meant}</worksheet>"


def _offered(sheet: Sheet, rows: int) -> str:
    lists = [
        f'<dataValidation type="list" allowBlank="1" sqref="{letters}2:{letters}{rows}">'
        f'<formula1>"{escape(",".join(sheet.choices[column.name]))}"</formula1></dataValidation>'
        for column in sheet.columns
        if column.name in sheet.choices and rows > 1
        for letters in [letters_of(column.place)]
    ]
    return f'<dataValidations count="{len(lists)}">{"".join(lists)}</dataValidations>' if lists else ""


def _workbook(sheets: Sequence[Sheet], written: Sequence[Written]) -> str:
    named = "".join(
        f'<sheet name={quoteattr(sheet.title)} sheetId="{number}" r:id="rId{number}"/>'
        for number, sheet in enumerate(sheets, 1)
    )
    filters = "".join(
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="{place}" hidden="1">'
        f"{escape(_quoted(sheet.title))}!$A$1:${_last_letters(sheet)}${of_sheet.rows + 1}</definedName>"
        for place, (sheet, of_sheet) in enumerate(zip(sheets, written, strict=True))
        if sheet.is_table
    )
    return (
        f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{_RELATIONS}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{named}</sheets><definedNames>{filters}</definedNames></workbook>"
    )


def _last_letters(sheet: Sheet) -> str:
    return letters_of(max(column.place for column in sheet.columns))


def _quoted(title: str) -> str:
    return "'" + title.replace("'", "''") + "'"


def _frame_of(sheet_count: int) -> dict[str, str]:
    """The parts beside the sheets and their list, by name."""
    numbers = range(1, sheet_count + 1)
    types = [
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>',
        '<Default Extension="xml" ContentType="application/xml"/>',
        _type_of("workbook.xml", "sheet.main"),
        _type_of("styles.xml", "styles"),
        *(_type_of(f"worksheets/sheet{number}.xml", "worksheet") for number in numbers),
    ]
    to_workbook = [_relation(1, "officeDocument", "xl/workbook.xml")]
    to_parts = [_relation(number, "worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    to_parts.append(_relation(sheet_count + 1, "styles", "styles.xml"))
    relations = f'{DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">'
    return {
        "[Content_Types].xml": f'{DECLARATION}<Types xmlns="{_PACKAGE}/content-types">{"".join(types)}</Types>',
        "_rels/.rels": f"{relations}{''.join(to_workbook)}</Relationships>",
        "xl/_rels/workbook.xml.rels": f"{relations}{''.join(to_parts)}</Relationships>",
        "xl/styles.xml": styles_part(),
    }


def _type_of(part: str, kind: str) -> str:
    return f'<Override PartName="/xl/{part}" ContentType="{_TYPES}.{kind}+xml"/>'


def _relation(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
