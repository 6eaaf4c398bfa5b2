"""Frames and their columns show amounts as amounts, and are what any of pandas' are besides."""

from __future__ import annotations

import io
import pickle
from decimal import Decimal

import pandas as pd
import pyarrow as pa

from corena_recon.schemas import MONEY
from corena_recon.tables.frames import frame_of

TABLE = pa.table(
    {
        "name": ["A", "B", "C"],
        "exact": pa.array([Decimal(0), Decimal("0.00000001"), None], MONEY),
        "few": pa.array([Decimal(0), Decimal("1234.5"), Decimal(-7)], MONEY),
    }
)


def test_no_amount_has_an_exponent_wherever_a_frame_is_shown() -> None:
    frame = frame_of(TABLE)
    for made in (frame, frame[frame["few"] >= 0], frame.sort_values("few").head(2), frame.merge(frame, on="name")):
        shown = (repr(made), made._repr_html_(), made.to_string(), made.to_html())
        assert not any("E-" in text for text in shown)
    assert [line.split() for line in repr(frame).split("\n")[1:]] == [
        ["0", "A", "0.00000000", "0.00"],
        ["1", "B", "0.00000001", "1234.50"],
        ["2", "C", "<NA>", "-7.00"],
    ]
    long = frame_of(pa.concat_tables([TABLE] * 100))
    assert "300 rows" in repr(long)
    assert "300 rows" in long._repr_html_()
    assert long._repr_html_().count("<tr") < 20


def test_a_column_by_itself_and_what_is_made_of_it_is_shown_alike() -> None:
    column = frame_of(TABLE)["exact"]
    again = pickle.loads(pickle.dumps(column))
    for made in (
        column,
        column.head(1),
        column.dropna().sort_values(),
        column - column,
        pd.concat([column] * 40),
        again,
    ):
        assert "0.00" in repr(made)
        assert "E-" not in repr(made)
    file = io.BytesIO()
    column.to_frame().to_parquet(file)
    read = pd.read_parquet(file, dtype_backend="pyarrow")["exact"]
    pd.testing.assert_series_equal(read, column)
    pd.testing.assert_series_equal(column, read)


def test_it_is_a_frame_like_any_other() -> None:
    frame = frame_of(TABLE)
    file = io.BytesIO()
    frame.to_parquet(file)
    plain = pd.read_parquet(file, dtype_backend="pyarrow")
    assert type(plain) is pd.DataFrame
    plain["name"] = plain["name"].astype(frame["name"].dtype)
    pd.testing.assert_frame_equal(plain, frame)
    pd.testing.assert_frame_equal(frame, plain)
    assert type(frame) is pd.DataFrame
    assert frame.to_csv() == plain.to_csv()
    assert pa.table(frame) == TABLE
