"""Titles before the header, several sheets, merged cells: the orders in what people arranged for eyes."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from corena_recon.errors import ColumnError, OptionError
from corena_recon.orders.reading import OrderReading, read_orders
from tests.places import ORDERS_FIXTURES

TITLED = [
    # an export, its options
    ("Boutique Invention\nMarch 2026\n\nOrder ID,Total,Status\nA,5,paid\n", {}),
    ("# exported by hand, 2026-03-31\n#\nOrder ID;Total;Status\nA;5;paid\n", {}),
    ("Boutique Invention;;\n;;\nN° de commande;Montant TTC;Statut\nA;5;Payée\n", {}),
    ("Title, with a comma\tand a tab\nOrder ID\tTotal\tStatus\nA\t5\tpaid\n", {}),
    ("Report\nNum,Amount,State\nA,5,paid\n", {"columns": {"identifier": "Num"}}),
    ("Order ID,Total\nold,1\nOrder ID,Total,Status\nA,5,paid\n", {"header_row": 3}),
    ("\n\nx,y,z\nA,5,paid\n", {"header_row": 3, "columns": {"identifier": "x", "amount": "y", "status": "z"}}),
]


@pytest.mark.parametrize(("text", "options"), TITLED)
@pytest.mark.parametrize("is_table", [False, True])
def test_titles_before_the_header_are_passed_over(text: str, options: dict[str, object], *, is_table: bool) -> None:
    if is_table:
        mark = max(",;\t", key=text.count)
        cells = "".join(f"<tr>{''.join(f'<td>{cell}' for cell in line.split(mark))}" for line in text.split("\n")[:-1])
        text = f"<table>{cells}</table>"
        if "header_row" in options and text.startswith("<table><tr><td><tr>"):
            options = {**options, "header_row": 3}
    frame = read_orders(text.encode(), **options)  # type: ignore[arg-type]
    found = frame[["record", "identifier", "order_amount", "order_state"]].to_numpy().tolist()
    assert found == [[1, "A", Decimal(5), "paid"]]


WRAPPED = [
    'Order ID,Total,Note;\n"A,5,""x, y""";\n"B,6,";\n',
    '"Order ID,Total,Note"\n"A,5,""x, y"""\n"B,6,"\n',
]


def test_a_quoted_first_cell_is_no_line_that_was_quoted() -> None:
    text = b'id,total,note\n"1,5",1,x\n"2,5","2","y"\n'
    assert read_orders(text)["identifier"].to_list() == ["1,5", "2,5"]


@pytest.mark.parametrize("text", WRAPPED)
def test_lines_that_a_spreadsheet_quoted_as_a_whole_are_read(text: str) -> None:
    frame = read_orders(text.encode())
    assert frame[["identifier", "order_amount", "Note"]].to_numpy().tolist() == [["A", 5, "x, y"], ["B", 6, ""]]


def test_a_file_in_parts_has_titles_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corena_recon.orders.exports.forms.PARTS_FROM_BYTES", 0)
    monkeypatch.setattr("corena_recon.orders.exports.forms.BLOCK_BYTES", 64)
    path = tmp_path / "orders.csv"
    path.write_text("March\nOrder ID,Total\n" + "".join(f"A{number},5\n" for number in range(99)))
    tables = list(OrderReading(path).tables())
    assert sum(map(len, tables)) == 99
    assert len(tables) > 1


@pytest.mark.parametrize("row", [9, 2])
def test_a_header_row_that_there_is_not_is_refused(row: int) -> None:
    with pytest.raises(OptionError, match="header_row names none"):
        read_orders(b"id,total\n\n1,2\n", header_row=row)


def test_without_a_header_the_first_row_is_shown() -> None:
    with pytest.raises(ColumnError, match="found: x, y"):
        read_orders(b"x,y\n1,2\n")


def book_of(**sheets: str) -> bytes:
    """An ``.xlsx`` with the rows of these sheets; cells are parted by commas, rows by bars, ``^`` is merged upwards."""
    stored = io.BytesIO()
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(ORDERS_FIXTURES / "workbook.xlsx") as old, zipfile.ZipFile(stored, "w") as new:
        for name in old.namelist():
            if not name.startswith(("xl/worksheets/", "xl/workbook.xml", "xl/_rels", "[Content")):
                new.writestr(name, old.read(name))
        listed = "".join(f'<sheet name="{n}" sheetId="{p}" r:id="s{p}"/>' for p, n in enumerate(sheets, 1))
        relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        new.writestr("xl/workbook.xml", f'<workbook {space} xmlns:r="{relations}"><sheets>{listed}</sheets></workbook>')
        links = "".join(
            f'<Relationship Id="s{p}" Type="{relations}/worksheet" Target="worksheets/own{p}.xml"/>'
            for p in range(1, len(sheets) + 1)
        )
        package = "http://schemas.openxmlformats.org/package/2006"
        new.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}/relationships">{links}</Relationships>'
        )
        new.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>')
        for place, text in enumerate(sheets.values(), 1):
            new.writestr(f"xl/worksheets/own{place}.xml", f"<worksheet {space}>{_sheet(text)}</worksheet>")
    return stored.getvalue()


def _sheet(text: str) -> str:
    rows = [line.split(",") for line in text.split("|")]
    cells, merged = [], []
    for number, row in enumerate(rows, 1):
        cells.append(f'<row r="{number}">')
        for letter, cell in zip("ABCDEFGH", row, strict=False):
            if cell and cell != "^":
                cells.append(f'<c r="{letter}{number}" t="inlineStr"><is><t>{cell}</t></is></c>')
            if cell == "^":
                merged.append(f'<mergeCell ref="{letter}{number - 1}:{letter}{number}"/>')
        cells.append("</row>")
    return f"<sheetData>{''.join(cells)}</sheetData><mergeCells>{''.join(merged)}</mergeCells>"


def test_every_sheet_that_has_orders_is_read_and_the_others_are_named() -> None:
    book = book_of(
        Cover="Export of orders|do not change",
        March="Title||Order ID,Total|A,5|B,6",
        April="N° de commande,Montant|C,7",
        Lists="Status|paid",
    )
    frame = read_orders(book)
    assert frame[["source", "record", "identifier", "order_amount"]].to_numpy().tolist() == [
        ["<memory>!/March", 1, "A", 5],
        ["<memory>!/March", 2, "B", 6],
        ["<memory>!/April", 1, "C", 7],
    ]
    mapping = frame.attrs["mapping"]
    assert (mapping["sheet"], mapping["other_sheets"]) == ("March | April", "Cover, Lists")
    assert len(frame.attrs["inputs"]) == 1
    assert read_orders(book, sheet="April")["identifier"].to_list() == ["C"]
    with pytest.raises(OptionError, match="no export is a workbook"):
        read_orders(b"order_id,total\nA,5\n", sheet="April")
    assert read_orders([b"order_id,total\nA,5\n", book], sheet="April")["identifier"].to_list() == ["A", "C"]


def test_a_merged_cell_is_in_every_row_that_it_covers() -> None:
    frame = read_orders(book_of(Orders="Order ID,Total,Item|A,5,Hat|^,^,Scarf|B,6,Mug"))
    assert frame[["identifier", "order_amount", "Item"]].to_numpy().tolist() == [
        ["A", 5, "Hat"], ["A", 5, "Scarf"], ["B", 6, "Mug"],
    ]  # fmt: skip
    assert frame["unreadable"].isna().all()
