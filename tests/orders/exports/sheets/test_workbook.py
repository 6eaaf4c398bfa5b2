"""Spreadsheets."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

import corena_recon as cr
from corena_recon.errors import OptionError, SourceError
from corena_recon.orders.exports.export import Hints
from corena_recon.orders.exports.sheets.workbook import read_workbook
from tests.making import ring
from tests.places import ORDERS_FIXTURES

FIXTURES = ORDERS_FIXTURES


@pytest.mark.parametrize("name", ["workbook.xlsx", "workbook.xls"])
def test_a_workbooks_cells_are_text_as_the_spreadsheet_shows_it(name: str) -> None:
    [export] = read_workbook(name, (FIXTURES / name).read_bytes())
    assert export.names == ["Order ID", "Total", "Currency", "Status", "Date"]
    assert export.columns[0].to_pylist()[:2] == ["00123", "1001"]
    # 1.1 * 3 is 3.3000000000000003 in binary; a spreadsheet keeps 15 digits
    assert export.columns[1].to_pylist()[:2] == ["3.3", "11"]
    assert export.columns[4].to_pylist()[:2] == ["2026-01-05 10:00:00", "2026-01-06"]
    assert export.is_number[1].to_pylist() == [True, True, False, False, True]


def test_a_sheet_is_chosen_by_name_and_the_others_are_named() -> None:
    octets = (FIXTURES / "workbook.xlsx").read_bytes()
    assert read_workbook("f", octets)[0].notes == {"sheet": "Sheet", "other_sheets": "Notes"}
    assert read_workbook("f", octets, Hints(sheet="Notes"))[0].names == ["not orders"]
    with pytest.raises(OptionError, match="Notes"):
        read_workbook("f", octets, Hints(sheet="Orders"))


@pytest.mark.parametrize("octets", [b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0broken", b"PK\x05\x06" + bytes(18)])
def test_a_broken_workbook_is_refused(octets: bytes) -> None:
    with pytest.raises(SourceError, match="no readable workbook"):
        read_workbook("f", octets)


def sheet_of(*cells: tuple[str, str]) -> bytes:
    """An ``.xlsx`` whose first sheet has these texts."""
    parts = ['<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>']
    for name, text in cells:
        row = name.lstrip(LETTERS)
        parts.append(f'<row r="{row}"><c r="{name}" t="inlineStr"><is><t>{text}</t></is></c></row>')
    parts.append("</sheetData></worksheet>")
    stored = io.BytesIO()
    with zipfile.ZipFile(FIXTURES / "workbook.xlsx") as old, zipfile.ZipFile(stored, "w") as new:
        for name in old.namelist():
            new.writestr(name, "".join(parts) if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return stored.getvalue()


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SMALL = (("A1", "order_id"), ("B1", "total"), ("A2", "X1"), ("B2", "1"))


# one that is refused for its memory, one that would fit and is mostly empty, one below, one beside
@pytest.mark.parametrize("far", ["ZZ100000", "XFD1048576", "CV20000", "A1048576", "XFD2"])
def test_a_stray_cell_far_away_is_passed_over_and_named(far: str) -> None:
    [export] = read_workbook("f", sheet_of(*SMALL, (far, "z")))
    if far == "XFD2":
        # small enough to be read as it is
        assert (len(export.names), export.row_count) == (16384, 1)
        return
    assert (export.names, export.row_count) == (["order_id", "total"], 1)
    assert export.notes == {"sheet": "Sheet", "other_sheets": "Notes", "stray_cells": far}


def test_an_audit_says_which_cells_were_passed_over() -> None:
    octets = sheet_of(*SMALL, *((f"ZZ{row}", "z") for row in range(100_000, 100_012)))
    found = cr.audit(b"status=success&identifier=X1&data[amount]=1", octets, ring())
    named = ", ".join(f"ZZ{row}" for row in range(100_000, 100_010))
    sentence = f"<memory> has cells far from all others, which were passed over: {named} and 2 more."
    assert sentence in found.summary["notes"]


def test_far_cells_without_an_end_are_one_sentence() -> None:
    columns = [
        first + second + third for first in " ABCDEFGHIJKLMNOPQRSTUVW" for second in LETTERS for third in LETTERS
    ]
    steps = [(f"{column.strip()}{900 * place}", "z") for place, column in enumerate(columns[::90], 1)]
    with pytest.raises(SourceError, match="takes more time or memory"):
        read_workbook("f", sheet_of(*SMALL, *steps))


@pytest.mark.parametrize("path", sorted((FIXTURES / "damaged_workbooks").iterdir()), ids=lambda path: path.name)
def test_a_damaged_workbook_is_one_sentence_and_no_end_of_the_process(path: Path) -> None:
    """Some end the process that reads them, some fill the memory, some raise what no package documents."""
    with pytest.raises(SourceError, match="no readable workbook"):
        read_workbook("f", path.read_bytes())


def test_a_sheet_that_no_workbook_can_have_is_refused() -> None:
    for name in ("", "\0", "\ud800"):
        with pytest.raises(OptionError, match="sheet names none"):
            read_workbook("f", sheet_of(*SMALL), Hints(sheet=name))
