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


def test_rows_and_cells_say_what_they_are_worth_and_are_decimals() -> None:
    frame = frame_of(TABLE)
    amounts = frame[["exact", "few"]]
    for name, made in {
        "row": frame.iloc[0],
        "row of amounts": amounts.iloc[0],
        "cell": frame.loc[0, "exact"],
        "cells": frame["exact"].tolist(),
        "tuples": [*frame.itertuples()],
        "rows": [row for _, row in frame.iterrows()],
        "dicts": frame.to_dict("records"),
        "values": frame.to_numpy(),
        "objects": frame.astype(object),
        "turned": frame.T,
        "indexed": frame.set_index("name").loc["A"],
        "sum": frame["exact"].sub(frame["exact"]).sum(),
        "least": frame["few"].abs().min(),
        "by name": frame.groupby("name")["exact"].min(),
        "text": frame["exact"].astype(str),
        "told": f"{frame.loc[0, 'exact']} {frame['exact'].map(str).tolist()}",
        "sheet": frame.to_csv(),
        "markup": frame.iloc[:1].to_html(),
    }.items():
        assert "E-" not in f"{made} {made!r}", name
    zero, little = frame["exact"].tolist()[:2]
    assert (zero, little, hash(little)) == (Decimal(0), Decimal("0.00000001"), hash(Decimal("0.00000001")))
    assert repr(little) == "Decimal('0.00000001')"
    assert type(pickle.loads(pickle.dumps(zero))) is Decimal
    assert pa.array([zero, little], MONEY) == TABLE["exact"].chunk(0).slice(0, 2)


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
    assert pa.table(frame) == TABLE
