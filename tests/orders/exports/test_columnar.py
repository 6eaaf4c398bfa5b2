"""Typed tables as text."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corena_recon.errors import InputError, SourceError
from corena_recon.orders import read_orders
from corena_recon.orders.exports.columnar import (
    cell_text,
    export_of_frame,
    export_of_records,
    export_of_table,
    read_parquet,
)
from tests.making import OnlyArrow

MOMENT = dt.datetime(2026, 1, 5, 10, 0, 0, 123, tzinfo=dt.timezone(dt.timedelta(hours=2)))

ARRAYS = [
    # array, texts, number mask
    (pa.array(["00123", "1E5", "", None]), ["00123", "1E5", "", None], None),
    (pa.array([1001, -7, None]), ["1001", "-7", None], [True, True, False]),
    (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"], [True]),
    (pa.array([1001.0, 0.1 + 0.2, None]), ["1001", "0.30000000000000004", None], [True, True, False]),
    (pa.array([1.1], pa.float32()), ["1.1"], [True]),
    (pa.array([float("inf")]), ["inf"], [True]),
    (pa.array([Decimal("11.00"), None]), ["11.00", None], [True, False]),
    (pa.array([Decimal("1E+3")], pa.decimal128(28, 8)), ["1000.00000000"], [True]),
    (pa.array([True, None]), ["true", None], None),
    (pa.array([dt.date(2026, 1, 5)]), ["2026-01-05"], None),
    (pa.array([MOMENT.replace(tzinfo=None)]), ["2026-01-05 10:00:00.000123"], None),
    (pa.array([MOMENT], pa.timestamp("ns", "Europe/Paris")), ["2026-01-05 08:00:00.000123Z"], None),
    (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"], None),
    (pa.array([[1, 2]]), ["[1,2]"], None),
    (pa.array([{"a": "é", "b": None}]), ['{"a":"é","b":null}'], None),
    (pa.array([b"caf\xe9"]), ["caf\uefe9"], None),
    (pa.nulls(2), [None, None], None),
    (pa.array(["x"], pa.large_string()), ["x"], None),
]  # fmt: skip


@pytest.mark.parametrize(("array", "texts", "is_number"), ARRAYS)
def test_arrow_types_become_exact_text(array: pa.Array, texts: list[str | None], is_number: list[bool] | None) -> None:
    export = export_of_table("t", "arrow", pa.table({"column": array}))
    assert export.columns[0].to_pylist() == texts
    assert export.columns[0].type == pa.string()
    assert [mask.to_pylist() for mask in export.is_number.values()] == ([is_number] if is_number else [])


def test_objects_of_a_frame_become_exact_text() -> None:
    key = uuid.UUID(int=5)
    values = [
        Decimal("11.50"),
        "007",
        8,
        9.0,
        None,
        float("nan"),
        pd.NaT,
        pd.NA,
        key,
        True,
        np.int64(3),
        np.float64(1.5),
    ]
    frame = pd.DataFrame({"mixed": pd.Series(values, dtype=object), 5: range(len(values))})
    export = export_of_frame("<memory>", frame)
    assert export.names == ["mixed", "5"]
    assert export.columns[0].to_pylist() == [
        "11.50",
        "007",
        "8",
        "9",
        None,
        None,
        None,
        None,
        str(key),
        "true",
        "3",
        "1.5",
    ]
    numbers = export.is_number[0].to_pylist()
    assert [place for place, number in enumerate(numbers) if number] == [0, 2, 3, 10, 11]


def test_a_frame_whose_names_repeat_keeps_both_columns() -> None:
    frame = pd.DataFrame([["a", "b"]], columns=["x", "x"])
    export = export_of_frame("<memory>", frame)
    assert export.names == ["x", "x"]
    assert [column.to_pylist() for column in export.columns] == [["a"], ["b"]]


def test_pandas_own_types_survive() -> None:
    frame = pd.DataFrame(
        {
            "integer": pd.array([1, None], dtype="Int64"),
            "text": pd.array(["00123", None], dtype="string"),
            "damaged": [1001.0, None],
            "moment": pd.to_datetime(["2026-01-05 10:00", None]),
            "kind": pd.Categorical(["a", None]),
        }
    )
    export = export_of_frame("<memory>", frame)
    assert [column.to_pylist()[0] for column in export.columns] == [
        "1", "00123", "1001", "2026-01-05 10:00:00.000000", "a",
    ]  # fmt: skip
    assert all(column[1].as_py() is None for column in export.columns)


def test_records_may_lack_keys() -> None:
    export = export_of_records("<memory>", "memory", [{"id": 1}, {"total": "2", "id": "x"}])
    assert [column.to_pylist() for column in export.columns] == [["1", "x"], [None, "2"]]
    assert export.is_number[0].to_pylist() == [True, False]


def test_a_parquet_file_is_read_and_a_damaged_one_refused() -> None:
    written = io.BytesIO()
    pq.write_table(pa.table({"id": ["00123"]}), written)
    assert read_parquet("f", written.getvalue()).columns[0].to_pylist() == ["00123"]
    with pytest.raises(SourceError, match="damaged Parquet"):
        read_parquet("f", written.getvalue()[:-20])


def test_values_of_no_special_kind() -> None:
    assert cell_text(dt.time(10, 0)) == "10:00:00"
    assert cell_text([Decimal("1.50"), None, {"a": (1, "é")}]) == '["1.50",null,{"a":[1,"é"]}]'


def test_a_table_that_another_library_offers_to_arrow_is_read() -> None:
    words = pa.DictionaryArray.from_arrays(pa.array([1, 0], pa.uint32()), pa.array(["USD", "EUR"], pa.string_view()))
    table = pa.table(
        {
            "order_id": pa.array(["00123", "A"], pa.string_view()),
            "total": pa.array([Decimal("11.00"), None], pa.decimal128(38, 8)),
            "currency": words,
            "tags": pa.array([["a"], None], pa.large_list(pa.string_view())),
        }
    )
    for source in (OnlyArrow(table), [OnlyArrow(table)], table.to_reader(), duckdb.from_arrow(table)):
        found = read_orders(source)
        assert found["identifier"].tolist() == ["00123", "A"]
        assert found["order_amount"].dropna().tolist() == [Decimal("11.00000000")]
        assert found["order_currency"].tolist() == ["EUR", "USD"]
        assert found["tags"].dropna().tolist() == ['["a"]']


@pytest.mark.parametrize("source", [pa.chunked_array([[1]]), pd.Series([1])])
def test_what_offers_no_table_is_refused(source: Any) -> None:
    with pytest.raises(InputError, match="offers to Arrow is no table"):
        read_orders(source)
