"""The workbook: read again by a reader that this project did not write, and as the XML that it is."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest
from python_calamine import CalamineWorkbook

import corena_recon as cr
from corena_recon.command_line.main import BAD_INPUT, NOTHING_EXCEPTIONAL, main
from corena_recon.report.workbook import write_workbook
from corena_recon.report.workbook.cells import CELL_MAX_UNITS
from corena_recon.text import printable
from tests.making import ipn, jsonl, orders, ring, verified
from tests.report.conftest import Strangers

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
SUMMARY = {
    "headline": "x",
    "diagnosis": [],
    "intake": dict.fromkeys(("records", "sources", "notifications", "unreadable", "other"), 0),
    **{name: {} for name in ("verdicts", "findings", "grades")},
    **{name: [] for name in ("exposure", "notes", "cannot_show")},
}


def rows_of(file: Path, sheet: str) -> list[dict[str, Any]]:
    head, *rows = CalamineWorkbook.from_object(file).get_sheet_by_name(sheet).to_python()
    return [dict(zip(head, row, strict=True)) for row in rows]


def lines_of(file: Path, sheet: str = "Summary") -> list[str]:
    return [str(row[0]) for row in CalamineWorkbook.from_object(file).get_sheet_by_name(sheet).to_python()]


def parts_of(file: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)


@pytest.fixture(scope="module")
def found() -> cr.Reconciliation:
    notifications = verified(
        ipn("00123", "1.00000000"),
        ipn("12345678901234567890", "5.00000001"),
        ipn("D", "12345678901234.12345678", data_charge="0"),
        ipn("E", "9.99000000"),
    )
    shop = orders(
        ("00123", "123456789.5", "USD", "paid"),
        ("12345678901234567890", "5", "USD", "paid"),
        ("C", "700", "XOF", "paid"),
        ("D", "1", "USD", "paid"),
        ("E", "9.99", "USD", "paid"),
        ("F", "9.5", "KWD", "paid"),
    )
    return cr.reconcile(notifications, shop)


@pytest.fixture(scope="module")
def workbook(found: cr.Reconciliation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found.to_excel(tmp_path_factory.mktemp("workbook") / "report.xlsx")


def test_sheets_hold_what_the_tables_do(found: cr.Reconciliation, workbook: Path) -> None:
    names = {"Worklist": "worklist", "Results": "results", "Notifications": "notifications", "Tie-out": "tie_out"}
    assert CalamineWorkbook.from_object(workbook).sheet_names == ["Summary", *names]
    for sheet, name in names.items():
        table = found.table(name).drop_columns(["raw"] if name == "notifications" else [])
        rows = rows_of(workbook, sheet)
        assert len(rows) == len(table)
        for row, expected in zip(rows, table.to_pylist(), strict=True):
            for column, value in expected.items():
                assert row[column] == as_read(value, table.schema.field(column).type), (sheet, column)


def as_read(value: Any, kind: pa.DataType) -> Any:
    """What a reader gives for a value of a table."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list():
            return ", ".join(value)
        case Decimal():
            digits = str(value).replace(".", "").strip("-0")
            return f"{value:f}" if len(digits) > 15 else float(value)
        case int():
            return float(value)
    return value.replace(tzinfo=None) if pa.types.is_timestamp(kind) else value


def test_amounts_are_numbers_with_the_decimals_of_their_currency(workbook: Path) -> None:
    parts = dict(parts_of(workbook))
    styles = ET.fromstring(parts["xl/styles.xml"])
    codes = {each.get("numFmtId"): each.get("formatCode") for each in styles.iter(f"{MAIN}numFmt")}
    looks = [codes.get(xf.get("numFmtId")) for xf in styles.find(f"{MAIN}cellXfs") or ()]
    cells = ET.fromstring(parts["xl/worksheets/sheet2.xml"]).iter(f"{MAIN}c")
    at_risk = [
        (looks[int(cell.get("s") or 0)], cell.get("t"), "".join(cell.itertext()))
        for cell in cells
        if re.fullmatch("D[0-9]+", cell.get("r") or "") and cell.get("r") != "D1"
    ]
    assert at_risk == [
        (None, "inlineStr", "12345678901233.12345678"),
        ("#,##0.00", None, "123456788.50"),
        ("#,##0", None, "700"),
        ("#,##0.000", None, "9.500"),
        ("#,##0.00000000", None, "0.00000001"),
    ]
    said = " ".join(lines_of(workbook))
    assert "Worklist: 1 amount has more digits than a spreadsheet keeps" in said
    assert "Notifications: 1 amount has" in said


def test_nothing_of_a_stranger_is_more_than_text(strangers: Strangers, tmp_path: Path) -> None:
    workbook = strangers.found.to_excel(tmp_path / "report.xlsx")
    for name, octets in parts_of(workbook):
        elements = {element.tag.removeprefix(MAIN) for element in ET.fromstring(octets).iter()}
        assert not elements & {"f", "hyperlink", "hyperlinks", "r", "oleObject"}, name
        assert not re.search(b"[\x00-\x08\x0b-\x1f\x7f]", octets)
    rows = rows_of(workbook, "Notifications")
    shown = [printable(text) for text in strangers.texts]
    assert len(shown) > 200
    for name in ("identifier", "payment_trx", "currency", "payment_type"):
        assert [row[name] for row in rows] == shown


def test_what_has_no_room_is_left_out_or_cut_and_said(tmp_path: Path) -> None:
    rows = pa.table(
        {"identifier": ["A", "x" * (CELL_MAX_UNITS + 1), "\U0001f600" * 20_000, "y" * CELL_MAX_UNITS, *"Z" * 20]}
    )
    file = tmp_path / "report.xlsx"
    with file.open("wb") as opened:
        write_workbook(
            opened, {"worklist": rows.column_names}, lambda _, names: [rows.select(names)], SUMMARY, "en", max_rows=16
        )
    assert [row["identifier"] for row in rows_of(file, "Worklist")] == [
        "A",
        "x" * (CELL_MAX_UNITS - 1) + "…",
        "\U0001f600" * 16_383 + "…",
        "y" * CELL_MAX_UNITS,
        *"Z" * 11,
    ]
    said = " ".join(lines_of(file))
    assert "Worklist: the last 9 rows of the table are not here" in said
    assert "Worklist: 2 texts are longer than a cell may be" in said


def test_the_command_writes_the_same_bytes_in_the_language_of_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = b"order_id,total,currency,status\nA,2,USD,paid\n"
    found = cr.audit(jsonl(ipn("A", "1.00000000")), shop, ring(), tmp_path / "report", lang="fr")
    workbook = tmp_path / "report.xlsx"
    assert main(["report", str(tmp_path / "report"), "--xlsx", str(workbook)]) == NOTHING_EXCEPTIONAL
    assert str(workbook) in capsys.readouterr().err
    assert workbook.read_bytes() == found.to_excel(tmp_path / "again.xlsx").read_bytes()
    with zipfile.ZipFile(workbook) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert CalamineWorkbook.from_object(workbook).sheet_names == [
        *("Résumé", "À faire", "Résultats", "Notifications", "Montants")
    ]
    assert lines_of(workbook, "Résumé")[0].startswith("Demande une personne")
    assert main(["report", str(tmp_path / "report"), "--xlsx", str(tmp_path / "absent" / "x.xlsx")]) == BAD_INPUT
    assert "cannot be written" in capsys.readouterr().err


def test_an_archive_without_orders_has_no_sheets_of_them(tmp_path: Path) -> None:
    found = cr.audit(jsonl(ipn("A", signature="0" * 64)), None, ring())
    sheets = CalamineWorkbook.from_object(found.to_excel(tmp_path / "x.xlsx")).sheet_names
    assert sheets == ["Summary", "Worklist", "Notifications"]
