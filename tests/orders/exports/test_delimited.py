"""Delimited files: the compiled core against Python's csv module, encodings, delimiters, damage."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from unittest import mock

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corena_recon.errors import OptionError, SourceError
from corena_recon.orders.exports import delimited
from corena_recon.orders.exports.delimited import decode, exact_rows, read_delimited
from corena_recon.orders.exports.export import Export, Hints

raw_texts = st.text(alphabet='ab,"\n\r ', max_size=40)
FIXTURES = sorted((Path(__file__).parents[2] / "orders_fixtures").glob("*.[ct]sv"))
MARKS = ['"', '""', ",", ";", "\n", "\r", "\r\n", '"\n', ',"', " ", "\t", "\0", "\ufeff", "\u3000", "é"]


def _rows_of(columns: list[pa.Array]) -> list[list[str | None]]:
    return [list(row) for row in zip(*(column.to_pylist() for column in columns), strict=True)]


def _exactly(octets: bytes) -> Export:
    """What is read where there is no compiled core."""
    with mock.patch.object(delimited, "csv_columns", return_value=None):
        return read_delimited("f", octets)


def _in_parts(octets: bytes, block_bytes: int, delimiter: str) -> list[Export]:
    blocks = (octets[begin : begin + block_bytes] for begin in range(0, len(octets), block_bytes))
    return list(delimited.read_parts("f", blocks, Hints(delimiter)))


@st.composite
def damaged_fixtures(draw: st.DrawFn) -> bytes:
    """A stretch of an export after its first lines, with marks put in and pieces taken out."""
    whole = decode(draw(st.sampled_from(FIXTURES)).read_bytes()).octets.decode()
    first_line, second_line, *lines = whole.splitlines(keepends=True)
    first = draw(st.integers(0, len(lines)))
    text = "".join(lines[first : first + 12])
    for _ in range(draw(st.integers(0, 5))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.sampled_from(MARKS)) + text[place + draw(st.integers(0, 4)) :]
    return (first_line + second_line + text).encode()


@settings(deadline=None, max_examples=300)
@given(raw_texts.map(lambda text: ("id,total\n" + text).encode()) | damaged_fixtures(), st.sampled_from([50, 400]))
@example(b'a,b\n1,"b"c\n', 9)
@example(b'a,b\n1,2\n\n"",""\n', 9)
@example(b'a,b\n1,"2\n3,4\n', 9)
@example(b"a,b\n\xef\xbb\xbf1,2\n", 9)
def test_the_core_reads_what_pythons_csv_reads(octets: bytes, block_bytes: int) -> None:
    exact, native = _exactly(octets), read_delimited("f", octets)
    assert native == exact
    try:
        parts = _in_parts(octets, max(block_bytes, octets.index(b"\n") + 2), str(exact.notes["delimiter"]))
    except delimited.NotInParts:
        return
    assert [row for part in parts for row in _rows_of(part.columns)] == _rows_of(exact.columns)
    assert pa.concat_arrays([part.unreadable for part in parts]).equals(exact.unreadable)
    assert pa.concat_arrays([part.record for part in parts]).equals(exact.record)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_every_fixture_is_read_by_the_core_as_by_pythons_csv(path: Path) -> None:
    assert read_delimited("f", path.read_bytes()) == _exactly(path.read_bytes())


def test_many_unclosed_quotes_are_read_alike() -> None:
    octets = b'id,total\n1,"a" "\n' + b'"x\n' * 501
    assert read_delimited("f", octets) == _exactly(octets)


NOT_IN_PARTS = {
    "a row larger than a block": [b'a,b\n1,"', b"x" * 40, b"x" * 40],
    "bytes that are not UTF-8": [b"a,b\n1,2\n", b"1,\xe9\n"],
    "a header larger than a block": [b'a,"', b'b"\n1,2\n'],
    "a header cut within a character": [b"a,\xc3", b"\xa9\n1,2\n"],
}


@pytest.mark.parametrize("blocks", NOT_IN_PARTS.values(), ids=NOT_IN_PARTS)
def test_what_is_not_read_in_parts(monkeypatch: pytest.MonkeyPatch, blocks: list[bytes]) -> None:
    monkeypatch.setattr(delimited, "_BLOCK_BYTES", 50)
    with pytest.raises(delimited.NotInParts):
        list(delimited.read_parts("f", iter(blocks)))


@settings(deadline=None)
@given(raw_texts)
def test_no_record_of_any_text_is_dropped(text: str) -> None:
    expected = [row for row in csv.reader(io.StringIO(text, newline="")) if row and (len(row) > 1 or row[0].strip())]
    rows = exact_rows(text, ",")
    if all(row.is_whole for row in rows):
        assert [row.cells for row in rows] == expected
    else:
        assert len(rows) >= len(expected)


def test_an_unclosed_quote_costs_its_own_line_alone() -> None:
    rows = exact_rows('1,"a\n2,b\n3,c\n', ",")
    assert [(row.cells, row.is_whole) for row in rows] == [
        (["1", "a\n"], False),
        (["2", "b"], True),
        (["3", "c"], True),
    ]


def test_many_unclosed_quotes_end_in_time() -> None:
    rows = exact_rows('a" "\n"x\n' * 501, ",")
    assert rows
    assert not rows[-1].is_whole or len(rows) > 1


DELIMITERS = [
    ("id,total\n1,2\n", ","),
    ("id;total\n1;2,50\n", ";"),
    ("id\ttotal\n1\t2\n", "\t"),
    ("id|total\n1|2\n", "|"),
    ("id;total;note\n1;2,50;a, b, c\n2;3,50;a, b\n", ";"),
    ('"a;b";total\n', ";"),
    ("sep=|\nid|total\n", "|"),
    ("sep=;\r\na,b;c\r\n", ";"),
    # of marks that part nothing: no such line
    ('sep="\nid,total\n', ","),
    ("sep=\r\nid,total\r\n", ","),
    ("\n\nid;total\n1;2\n", ";"),
]


@pytest.mark.parametrize(("text", "delimiter"), DELIMITERS)
def test_the_delimiter_is_detected(text: str, delimiter: str) -> None:
    assert read_delimited("f", text.encode()).notes["delimiter"] == delimiter


ENCODINGS = [
    ("id,é\n".encode(), "utf-8", "id,é\n"),
    (b"id\n", "utf-8", "id\n"),
    ("id,é\n".encode("utf-8-sig"), "utf-8-sig", "id,é\n"),
    ("id,é\n".encode("utf-16"), "utf-16", "id,é\n"),
    ("id,é\n".encode("utf-16-be").join([b"\xfe\xff", b""]), "utf-16", "id,é\n"),
    ("id,é€\n".encode("cp1252"), "cp1252", "id,é€\n"),
    (b"id,\xe9\x81\n", "cp1252", "id,é\x81\n"),
    # one foreign byte does not turn a UTF-8 file into Windows-1252
    ("éàü".encode() + b"\xe9\n", "utf-8", "éàü\uefe9\n"),
]


@pytest.mark.parametrize(("octets", "encoding", "text"), ENCODINGS)
def test_the_encoding_is_detected(octets: bytes, encoding: str, text: str) -> None:
    assert decode(octets) == (text.encode(), encoding)


def test_options_override_what_would_be_detected() -> None:
    export = read_delimited("f", "a;b,c\né;1,2\n".encode("latin-1"), Hints(",", "latin-1"))
    assert export.names == ["a;b", "c"]
    assert export.columns[0].to_pylist() == ["é;1"]


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", "é"])
def test_an_impossible_delimiter_is_refused(delimiter: str) -> None:
    with pytest.raises(OptionError, match="delimiter"):
        read_delimited("f", b"a,b\n", Hints(delimiter))


@pytest.mark.parametrize("encoding", ["unheard-of", "ascii"])
def test_an_encoding_that_does_not_read_the_file_is_refused(encoding: str) -> None:
    with pytest.raises(OptionError, match="encoding"):
        read_delimited("f", "é,b\n".encode(), Hints(encoding=encoding))


@pytest.mark.parametrize("octets", [b"", b"\n\n", b" \n", b"sep=;\n"])
def test_an_empty_file_is_refused(octets: bytes) -> None:
    with pytest.raises(SourceError, match="empty"):
        read_delimited("f", octets)


ODD_ROWS = [
    # body, cells by row, unreadable by row
    ("1,2\n3\n", [["1", "2"], ["3", None]], [None, "invalid_row"]),
    ("1,2,3\n", [["1", "2,3"]], ["invalid_row"]),
    # a trailing delimiter on every row is no third cell
    ("1,2,\n3,4,\n", [["1", "2"], ["3", "4"]], [None, None]),
    ("1,a\x00b\n", [["1", "a\x00b"]], [None]),
    ("1,a\rb,2\r3,c\r", [["1", "a"], ["b", "2"], ["3", "c"]], [None, None, None]),
    ('1,"a""b"c\n', [["1", 'a"bc']], [None]),
    ("1,2\n   \n3,4\n", [["1", "2"], ["3", "4"]], [None, None]),
]


@pytest.mark.parametrize(("body", "rows", "unreadable"), ODD_ROWS)
def test_odd_rows_are_kept_and_coded(body: str, rows: list[list[str]], unreadable: list[str | None]) -> None:
    export = read_delimited("f", ("id,total\n" + body).encode())
    assert _rows_of(export.columns) == rows
    assert export.unreadable.to_pylist() == unreadable
    assert export.record.to_pylist() == list(range(1, len(rows) + 1))


def test_a_huge_cell_is_read_and_the_limit_of_the_csv_module_is_put_back() -> None:
    limit = csv.field_size_limit()
    huge = "x" * (limit + 1)
    export = read_delimited("f", f'id,total\n1,a"{huge}\n'.encode())
    assert export.columns[1].to_pylist() == [f'a"{huge}']
    assert read_delimited("f", f'{huge},"t"x\n1,2\n'.encode()).names == [huge, "tx"]
    assert csv.field_size_limit() == limit


def test_header_cells_lose_their_byte_order_marks_and_blanks() -> None:
    assert read_delimited("f", '\ufeff"\ufeffid", total ,\n1,2,\n'.encode()).names == [
        "id",
        "total",
        "column_3",
    ]
