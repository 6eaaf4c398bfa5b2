"""What the compiled core makes of CSV; the readers that use it compare it with Python's csv module."""

from __future__ import annotations

import pytest

from corena_recon.native import csv_columns, has_core
from tests.csv_framing import WRITTEN, CsvStop, csv_records

pytestmark = pytest.mark.skipif(not has_core(), reason="there is no compiled core, or it is off")


@pytest.mark.parametrize(
    ("record", "stop"),
    [
        (b"1,2\n", CsvStop.ALL_READ),
        (b"\n\r\n1,2\n", CsvStop.ALL_READ),
        (b"1,2", CsvStop.INCOMPLETE),
        (b'1,"2\n', CsvStop.INCOMPLETE),
        (b"1\n", CsvStop.WIDTH),
        (b"1,2,3\n", CsvStop.WIDTH),
        (b"1,2\r3\n", CsvStop.DOUBT),
        (b'1,"2"3\n', CsvStop.DOUBT),
        (b"1," + b"2" * 30 + b"\n", CsvStop.LARGE),
        (b'1,"' + b"2\n" * 30 + b'"\n', CsvStop.LARGE),
    ],
)  # fmt: skip
def test_the_core_says_why_it_stops(record: bytes, stop: CsvStop) -> None:
    octets = b"0,0\n" + record
    records = csv_records(octets, 4, len(octets), 2, ",", escapes_quotes=False, max_records=9, max_record_bytes=20)
    assert records is not None
    assert records.stop == stop
    assert records.stopped_at == (len(octets) if stop == CsvStop.ALL_READ else 4)


def test_a_record_is_where_its_cells_are() -> None:
    octets = b'x\n1,"two",\r\n"a ""b""",,3\n'
    records = csv_records(octets, 2, len(octets), 3, ",", escapes_quotes=False, max_records=9, max_record_bytes=99)
    assert records is not None
    assert [octets[begin:end] for begin, end in records.spans.tolist()] == [b'1,"two",', b'"a ""b""",,3']
    # a cell that is quoted, and no more, lies within its quotes
    cells = [[octets[begin : end & ~WRITTEN] for begin, end in cells] for cells in records.cells.tolist()]
    assert cells == [[b"1", b"two", b""], [b'"a ""b"""', b"", b"3"]]
    assert [[end >= WRITTEN for _, end in cells] for cells in records.cells.tolist()] == [
        [False, False, False],
        [True, False, False],
    ]


def test_no_more_records_are_read_than_asked_for() -> None:
    records = csv_records(b"1\n2\n3\n", 0, 6, 1, ",", escapes_quotes=False, max_records=2, max_record_bytes=99)
    assert records is not None
    assert (len(records.cells), records.stopped_at, records.stop) == (2, 4, CsvStop.ENOUGH)


ROWS = [
    # text, whether it is the last, cells by column, whether each row is odd, where the next row begins
    ("1,2\n3,4\n", False, [["1", "3"], ["2", "4"]], [False, False], 8),
    ("1,2\n3,4", False, [["1"], ["2"]], [False], 4),
    ("1,2\n3,4", True, [["1", "3"], ["2", "4"]], [False, False], 7),
    # half of a line end, perhaps
    ("1,2\r", False, [[], []], [], 0),
    ("1,2\r", True, [["1"], ["2"]], [False], 4),
    ('1,"2"', False, [[], []], [], 0),
    ("1\n2,,\n3,4,5\n", True, [["1", "2", "3"], [None, "", "4,5"]], [True, False, True], 12),
    ('1,"2\n3,4\n', True, [["1", "3"], ["2\n", "4"]], [True, False], 9),
    ("\n  \n\u3000\n1,2\n", True, [["1"], ["2"]], [False], 12),
]


@pytest.mark.parametrize(("text", "is_last", "columns", "is_odd", "end"), ROWS)
def test_rows_by_column(
    text: str, is_last: bool, columns: list[list[str | None]], is_odd: list[bool], end: int
) -> None:
    found = csv_columns(text.encode(), 0, 2, ",", is_last=is_last, restarts=1)
    assert found is not None
    assert [column.to_pylist() for column in found.columns] == columns
    assert found.is_odd.tolist() == is_odd
    assert found.end == end


@pytest.mark.parametrize("delimiter", ["é", '"', "\n"])
def test_a_delimiter_that_parts_nothing_is_left_to_others(delimiter: str) -> None:
    assert csv_columns(b"1,2\n", 0, 2, delimiter, is_last=True, restarts=1) is None
