from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import corena_recon as cr
from tests.making import ipn

ROW: dict[str, Any] = {"status": "success", "identifier": "00123", "signature": "F", "amount": "11.00000000"}


def parquet_of(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


@pytest.mark.parametrize(
    "source",
    [
        [ROW],
        pd.DataFrame([ROW]),
        pd.DataFrame([ROW]).astype("string"),
        pd.DataFrame([ROW]).astype("category"),
        pa.Table.from_pylist([ROW]),
        parquet_of(pa.Table.from_pylist([ROW])),
        parquet_of(pa.table({name: pa.array([value]).dictionary_encode() for name, value in ROW.items()})),
        parquet_of(pa.table({name: pa.array([value.encode()]) for name, value in ROW.items()})),
    ],
    ids=["dicts", "frame", "string frame", "category frame", "table", "parquet", "dictionary", "binary"],
)
def test_the_same_row_from_every_kind_of_table(source: Any) -> None:
    frame = cr.read_ipns(source)
    assert frame[["identifier", "amount_text", "fidelity"]].to_numpy().tolist() == [["00123", "11.00000000", "text"]]


@pytest.mark.parametrize(
    ("amount", "text", "fidelity"),
    [
        (Decimal("11.00"), "11.00", "number"),
        (Decimal("1E+3"), "1000", "number"),
        (11, "11", "number"),
        (11.5, "11.5", "number"),
        (np.float64(11.5), "11.5", "number"),
        (np.int64(11), "11", "number"),
        (b"11.00", "11.00", "text"),
        ("11.00", "11.00", "text"),
    ],
)
def test_an_amount_keeps_all_that_the_cell_knows(amount: Any, text: str, fidelity: str) -> None:
    frame = cr.read_ipns([ROW | {"amount": amount}])
    assert frame[["amount_text", "fidelity"]].to_numpy().tolist() == [[text, fidelity]]


@pytest.mark.parametrize("missing", [None, pd.NA, pd.NaT, float("nan"), np.nan, Decimal("NaN")])
def test_a_missing_cell_is_absent(missing: Any) -> None:
    frame = cr.read_ipns([ROW | {"identifier": missing}])
    assert frame["unreadable"].tolist() == ["missing_field"]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "2024-01-02T03:04:05.000006+00:00"),
        (pd.Timestamp("2024-01-02T03:04:05+02:00"), "2024-01-02T01:04:05+00:00"),
        (date(2024, 1, 2), "2024-01-02T00:00:00+00:00"),
        (1704164645, "2024-01-02T03:04:05+00:00"),
        ("2024-01-02 03:04:05", "2024-01-02T03:04:05+00:00"),
    ],
)
def test_moments_of_every_kind(moment: Any, expected: str) -> None:
    frame = cr.read_ipns([ROW | {"received_at": moment}])
    assert frame["received_at"].iloc[0].isoformat() == expected


def test_cells_of_other_kinds_do_not_raise() -> None:
    odd = {"a": np.array([1, 2]), "b": {1: {2, 3}}, "c": (1, "x"), "d": object, "e": pd.Timedelta("1s"), "f": 1j}
    frame = cr.read_ipns([ROW | odd, {"a": np.array([1, 2])}])
    assert frame["unreadable"].isna().tolist() == [True, False]


def test_text_that_is_not_utf8_survives_in_parquet() -> None:
    octets = pa.array([b"caf\xe9", b"00123"])
    columns = {name: pa.array([value] * 2) for name, value in ROW.items()} | {"identifier": octets.view(pa.string())}
    frame = cr.read_ipns(pa.table(columns))
    assert frame["identifier"].tolist() == ["caf\uefe9", "00123"]


def test_a_row_whose_cell_python_cannot_hold_is_one_bad_row() -> None:
    far = pa.array([0, 2**62], pa.int64()).view(pa.timestamp("s"))
    columns = {name: pa.array([value] * 2) for name, value in ROW.items()} | {"received_at": far}
    frame = cr.read_ipns(pa.table(columns))
    assert frame["unreadable"].fillna("").tolist() == ["", "invalid_row"]


def test_a_damaged_page_is_reported() -> None:
    whole = parquet_of(pa.Table.from_pylist([ROW] * 50))
    frame = cr.read_ipns(whole[:8] + b"\xff" * 40 + whole[48:])
    assert frame["unreadable"].notna().any()


def test_two_columns_of_one_name_are_never_resolved_in_silence() -> None:
    names, columns = [*ROW, "amount"], [*([value] * 3 for value in ROW.values()), ["11.00000000", "99", None]]
    table = pa.table([pa.array(cells) for cells in columns], names=names)
    frame = pd.concat([pd.Series(cells) for cells in columns], axis=1).set_axis(names, axis=1)
    for source in (table, frame, parquet_of(table)):
        found = cr.read_ipns(source)
        assert found["body_ambiguous"].tolist() == [False, True, False]
        assert found["amount_text"].tolist() == ["11.00000000", "99", "11.00000000"]


def test_records_that_python_cannot_write_are_bad_rows() -> None:
    cyclic: dict[str, Any] = dict(ROW)
    cyclic["x"] = cyclic
    records = [ROW, {**ROW, "x": 10**5000}, {**ROW, "x": Decimal("sNaN")}, cyclic]
    assert cr.read_ipns(records)["unreadable"].fillna("").tolist() == ["", *["invalid_row"] * 3]


def test_a_cell_of_any_name_holds_the_notification() -> None:
    post = ipn("CMD-1")
    texts = [json.dumps(post), f"IPN {json.dumps(post)}", "x"]
    records = [{"at": at, "ipn": text} for at, text in enumerate(texts)]
    for table in (pd.DataFrame(records), records):
        frame = cr.read_ipns(table)
        assert frame["identifier"].fillna("").tolist() == ["CMD-1", "CMD-1", ""]
        assert frame["unreadable"].fillna("").tolist() == ["", "", "no_ipn_fields"]


def test_columns_are_known_in_every_spelling_and_say_when() -> None:
    post = ipn("CMD-1")
    row = {
        "Reçu le": datetime(2026, 3, 1, 10, tzinfo=UTC),
        "Identifier": "CMD-1",
        " Signature": post["signature"],
        "Data Amount": post["data"]["amount"],
        "Statut": "success",
    }
    table = pa.Table.from_pylist([row])
    for source in (table, table.to_pandas(), [row], parquet_of(table)):
        [read] = cr.read_ipns(source).to_dict("records")
        assert (read["identifier"], read["amount_text"], read["status"]) == ("CMD-1", "11.00000000", "success")
        assert read["received_at"] == pd.Timestamp("2026-03-01 10:00", tz="UTC")
