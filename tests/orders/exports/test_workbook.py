"""Spreadsheets."""

from __future__ import annotations

import pytest

from corena_recon.errors import OptionError, SourceError
from corena_recon.orders.exports.workbook import read_html, read_workbook
from tests.places import ORDERS_FIXTURES

FIXTURES = ORDERS_FIXTURES


@pytest.mark.parametrize("name", ["workbook.xlsx", "workbook.xls"])
def test_a_workbooks_cells_are_text_as_the_spreadsheet_shows_it(name: str) -> None:
    export = read_workbook(name, (FIXTURES / name).read_bytes())
    assert export.names == ["Order ID", "Total", "Currency", "Status", "Date"]
    assert export.columns[0].to_pylist()[:2] == ["00123", "1001"]
    # 1.1 * 3 is 3.3000000000000003 in binary; a spreadsheet keeps 15 digits
    assert export.columns[1].to_pylist()[:2] == ["3.3", "11"]
    assert export.columns[4].to_pylist()[:2] == ["2026-01-05 10:00:00", "2026-01-06"]
    assert export.is_number[1].to_pylist() == [True, True, False, False, True]


def test_a_sheet_is_chosen_by_name_and_the_others_are_named() -> None:
    octets = (FIXTURES / "workbook.xlsx").read_bytes()
    assert read_workbook("f", octets).notes == {"sheet": "Sheet", "other_sheets": "Notes"}
    assert read_workbook("f", octets, sheet="Notes").names == ["not orders"]
    with pytest.raises(OptionError, match="Notes"):
        read_workbook("f", octets, sheet="Orders")


@pytest.mark.parametrize("octets", [b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0broken", b"PK\x05\x06" + bytes(18)])
def test_a_broken_workbook_is_refused(octets: bytes) -> None:
    with pytest.raises(SourceError, match="no readable workbook"):
        read_workbook("f", octets)


TABLES = [
    # html, header, cells
    ("<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", ["a", "b"], [["1"], ["2"]]),
    ("<table><thead><tr><th> a <th>b<tbody><tr><td>1<td>2</table>", ["a", "b"], [["1"], ["2"]]),
    (
        "<table><tr><td>a<td>b<tr><td>&lt;1&gt;&nbsp;&euro;<td>x<br>y</table>",
        ["a", "b"],
        [["<1>\u00a0€"], ["x\ny"]],
    ),
    (
        "<table><tr><td>only a title</table><table><tr><td>a<td>b<tr><td>1<td>2</table>",
        ["a", "b"],
        [["1"], ["2"]],
    ),
    ("<table><tr><td>a<td>b<tr><td>1<table><tr><td>in</table><td>2</table>", ["a", "b"], [["1in"], ["2"]]),
    (
        "<table><tr><td>a<td>b<tr><td>1<tr><td>3<td>4<td>5",
        ["a", "b", "column_3"],
        [["1", "3"], [None, "4"], [None, "5"]],
    ),
]


@pytest.mark.parametrize(("html", "names", "columns"), TABLES)
def test_an_html_table(html: str, names: list[str], columns: list[list[str | None]]) -> None:
    export = read_html("f", html.encode())
    assert export.names == names
    assert [column.to_pylist() for column in export.columns] == columns


@pytest.mark.parametrize("html", ["<table></table>", "<p>no table</p>", "<table><tr></tr></table>", "</table><td>x"])
def test_html_without_a_table_is_refused(html: str) -> None:
    with pytest.raises(SourceError, match="no table"):
        read_html("f", html.encode())
