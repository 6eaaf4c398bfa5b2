"""The shape that every form is brought into."""

from __future__ import annotations

import pyarrow as pa

from corena_recon.orders.exports.export import (
    clean_names,
    export_of_columns,
    is_blank,
    without_blank_rows,
    without_repeated_headers,
)


def test_blank_cells() -> None:
    cells = pa.array(["", " ", "\u00a0\t", None, "x", " x ", "0"])
    assert is_blank(cells).to_pylist() == [True, True, True, True, False, False, False]


def test_names_are_cleaned_and_never_empty() -> None:
    assert clean_names(["\ufeffid ", "", " ", "x"]) == ["id", "column_2", "column_3", "x"]


def test_blank_rows_and_repeated_headers_are_left_out_and_counted() -> None:
    columns = [pa.array(["id", "", "1", "\ufeffid", "id"]), pa.array(["total", None, "2", "total", "5"])]
    export = export_of_columns("f", "csv", ["id", "total"], columns, notes={"encoding": "utf-8"})
    kept = without_blank_rows(without_repeated_headers(export))
    assert kept.record.to_pylist() == [3, 5]
    assert kept.notes == {"encoding": "utf-8", "repeated_headers": 2, "blank_rows": 1}
    assert without_blank_rows(kept) is kept


def test_an_empty_record_is_no_layout() -> None:
    export = export_of_columns("f", "json", ["id"], [pa.array([None, "1"])])
    assert without_blank_rows(export).row_count == 2
