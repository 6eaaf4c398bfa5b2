"""Workbooks as XML."""

from __future__ import annotations

import pytest

import corena_recon as cr
from corena_recon.errors import SourceError
from corena_recon.orders.exports.sheets.xml_workbook import is_xml_workbook, read_xml_workbook

WORKBOOK = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
{}</Workbook>"""
SHEET = '<Worksheet ss:Name="{}"><Table>{}</Table></Worksheet>'
HEADER = "<Row><Cell><Data>a</Data></Cell><Cell><Data>b</Data></Cell><Cell><Data>c</Data></Cell></Row>"
COVERED = (
    "<Row><Cell ss:MergeDown='1'><Data>1</Data></Cell><Cell><Data>2</Data></Cell></Row>"
    "<Row><Cell ss:Index='2'><Data>4</Data></Cell></Row><Row><Cell><Data>5</Data></Cell></Row>"
)
ROWS = [
    # the cells below a header of three, and what stands in each column
    ("<Row><Cell><Data>1</Data></Cell><Cell ss:Index='3'><Data>3</Data></Cell></Row>", [["1"], [""], ["3"]]),
    ("<Row ss:Index='9'><Cell/><Cell><Data/></Cell><Cell><Data> x &amp; y&#10;z</Data></Cell></Row>",
     [[""], [""], [" x & y\nz"]]),
    ("<Row><Cell ss:MergeAcross='1'><Data>1</Data></Cell><Cell><Data>3</Data></Cell></Row>", [["1"], [""], ["3"]]),
    (COVERED, [["1", "1", "5"], ["2", "4", None], [None] * 3]),
    ("<Row><Cell ss:Index='x'><Data ss:Type='Number'>12.50</Data><Comment><Data>late</Data></Comment></Cell></Row>",
     [["12.50"], [None], [None]]),
    ("<Row><Cell><Data ss:Type='Number'>1.25E1</Data></Cell><Cell><Data ss:Type='Number'>n</Data></Cell></Row>",
     [["12.5"], ["n"], [None]]),
]  # fmt: skip
DAMAGED = [
    WORKBOOK.format(SHEET.format("a", HEADER))[:-20],
    "<!DOCTYPE x [<!ENTITY a 'b'>]>" + WORKBOOK.format("")[21:],
    WORKBOOK.format(SHEET.format("a", HEADER + "<Row><Cell ss:Index='16384'/></Row>")),
    WORKBOOK.format(""),
]


@pytest.mark.parametrize(("rows", "columns"), ROWS)
def test_cells_stand_where_they_say(rows: str, columns: list[list[str | None]]) -> None:
    [export] = read_xml_workbook("f", WORKBOOK.format(SHEET.format("a", HEADER + rows)).encode())
    assert export.names == ["a", "b", "c"]
    assert [column.to_pylist() for column in export.columns] == columns


@pytest.mark.parametrize("text", DAMAGED)
def test_what_is_damaged_or_empty_or_expands_is_refused(text: str) -> None:
    with pytest.raises(SourceError):
        read_xml_workbook("f", text.encode())


def test_an_export_of_a_shop_s_grid_is_read_sheet_by_sheet() -> None:
    def row(*cells: str) -> str:
        typed = (f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in cells)
        return f"<Row>{''.join(typed)}</Row>"

    header = row("ID", "Purchase Point", "Purchase Date", "Grand Total (Purchased)", "Status")
    sheets = [
        SHEET.format(month, header + row(number, "Main", f"{month} 1, 2026", "$1,012.50", "Processing"))
        for month, number in (("Mar", "000000012"), ("Apr", "000000013"))
    ]
    octets = WORKBOOK.format("".join(sheets) + SHEET.format("Notes", row("x"))).encode()
    assert is_xml_workbook(octets)
    orders = cr.read_orders(octets)
    assert orders["identifier"].tolist() == ["000000012", "000000013"]
    assert orders["order_amount"].astype(str).tolist() == ["1012.50000000"] * 2
    assert orders.attrs["mapping"]["platform"] == "magento"
