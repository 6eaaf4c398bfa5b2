"""HTML tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.errors import SourceError
from corena_recon.orders.exports.sheets import html_table
from corena_recon.orders.exports.sheets.html_table import read_html

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
        "<table><tr><td>a<td>b<td>c<tr><td rowspan=2>1<td>2<td>3<tr><td>4<td>5<tr><td>6<td rowspan=0>7<td>8<tr><td>9",
        ["a", "b", "c"],
        [["1", "1", "6", "9"], ["2", "4", "7", "7"], ["3", "5", "8", None]],
    ),
    (
        "<table><tr><td colspan=2>a<td>c<tr><td>1<td>2<td>3<tr><td colspan='x'>4<td rowspan=99999999>5",
        ["a", "column_2", "c"],
        [["1", "4"], ["2", "5"], ["3", None]],
    ),
    (
        "<table><tr><td>a<td>b<tr><td>1<tr><td>3<td>4<td>5",
        ["a", "b", "column_3"],
        [["1", "3"], [None, "4"], [None, "5"]],
    ),
    ("<table><tr><td>a<td>b<tr><td>1 < 2 <<3<td><", ["a", "b"], [["1 < 2 <<3"], ["<"]]),
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


PIECES = [
    "<",
    "<<",
    ">",
    "/",
    "!",
    "--",
    "?",
    "<td>",
    "</td>",
    "<td ",
    "<script>",
    "</script>",
    "<!--",
    '"',
    "=",
    "&lt;",
    "x",
    " ",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_what_begins_no_tag_is_read_as_the_parser_itself_reads_it(text: str) -> None:
    page = f"<table><tr><td>a<td>b<tr><td>1<td>{text}"
    quick = read_html("f", page.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html_table, "_unused_in", lambda _: "<")
        plain = read_html("f", page.encode())
    assert [column.to_pylist() for column in quick.columns] == [column.to_pylist() for column in plain.columns]
