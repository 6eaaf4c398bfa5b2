"""Every frame that is handed out survives what people do with frames, and is taken back afterwards."""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import corena_recon as cr
from corena_recon.errors import ColumnError
from corena_recon.payment_form.attempts import Attempt, attempts_frame
from corena_recon.schemas import CODES
from corena_recon.tables.frames import frame_of, table_of
from corena_recon.vocabulary import Mode
from tests.making import ipn, jsonl, ring
from tests.places import ORDERS_FIXTURES, SAMPLE_DATA

pytestmark = pytest.mark.filterwarnings("ignore:pyarrow.feather:FutureWarning")
"""pandas 3.0 itself calls it, to write and to read Feather; PyArrow warns from 25 on."""

SAMPLES = SAMPLE_DATA
ARCHIVES = [
    SAMPLES / name for name in ("ipn-nested.jsonl.gz", "ipn-bodies.txt", "ipn-export.csv", "ipn-envelopes.jsonl")
]
POSTED: dict[str, Any] = {"identifier": "A", "amount": "11.00", "currency": "USD"}
READ = ("read_ipns", "verify", "read_orders", "read_ledger", "attempts")
FOUND = ("notifications", "results", "exceptions", "orders", "intake", "tie_out")
SAVED = {
    "parquet": (pd.DataFrame.to_parquet, pd.read_parquet),
    "feather": (pd.DataFrame.to_feather, pd.read_feather),
}


@cache
def handed_out() -> dict[str, pd.DataFrame]:
    """Every frame by the name of what gives it."""
    frames = {"read_ipns": cr.read_ipns(ARCHIVES)}
    frames["verify"] = cr.verify(frames["read_ipns"], cr.KeyRing.from_toml(SAMPLES / "keys.toml"))
    frames["read_orders"] = cr.read_orders(SAMPLES / "orders.csv")
    frames["read_ledger"] = cr.read_ledger(ORDERS_FIXTURES / "export_deposits.csv")
    found = cr.reconcile(frames["verify"], frames["read_orders"], ledger=frames["read_ledger"])
    attempts = [
        Attempt(number=1, started_at=datetime(2026, 1, 2, tzinfo=UTC), mode=Mode.TEST, **POSTED),
        Attempt(number=2, started_at=datetime(2026, 1, 3, tzinfo=UTC), mode=Mode.LIVE, reasons=("replayed",), **POSTED),
    ]
    frames["attempts"] = attempts_frame(attempts)
    return {**frames, **{name: getattr(found, name) for name in FOUND}}


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as plain values, whatever holds them."""
    return [
        {name: list(cell) if is_list(cell) else None if pd.isna(cell) else cell for name, cell in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]


def is_list(cell: object) -> bool:
    return isinstance(cell, list | tuple | np.ndarray)


def saved_and_read(frame: pd.DataFrame, form: str, folder: Path) -> pd.DataFrame:
    write, read = SAVED[form]
    write(frame, folder / form)
    back: pd.DataFrame = read(folder / form)
    return back


@pytest.mark.parametrize("form", SAVED)
@pytest.mark.parametrize("name", [*READ, *FOUND])
def test_a_frame_comes_back_from_a_file_as_it_was(tmp_path: Path, name: str, form: str) -> None:
    frame = handed_out()[name]
    assert len(frame) > 0
    back = saved_and_read(frame, form, tmp_path)
    assert list(back.columns) == list(frame.columns)
    assert rows_of(back) == rows_of(frame)
    assert rows_of(saved_and_read(frame.iloc[:0], form, tmp_path)) == []


@pytest.mark.parametrize("name", [*READ, *FOUND])
def test_a_frame_is_merged_joined_and_filtered(name: str) -> None:
    frame = handed_out()[name]
    key = "identifier" if "identifier" in frame else frame.columns[0]
    known = frame[[key]].drop_duplicates().assign(is_known=True)
    merged = frame.merge(known, on=key, how="left")
    assert merged.pop("is_known").all()
    halves = pd.concat([frame.iloc[:2], frame.iloc[2:]])
    odd = pd.Series(np.arange(len(frame)) % 2 == 1, frame.index)
    for same, rows in ((merged, rows_of(frame)), (halves, rows_of(frame)), (frame[odd], rows_of(frame)[1::2])):
        assert rows_of(same) == rows
        assert same.dtypes.equals(frame.dtypes)


@pytest.mark.parametrize("form", SAVED)
def test_what_comes_back_is_verified_and_reconciled_as_before(tmp_path: Path, form: str) -> None:
    frames = handed_out()
    notifications, orders, ledger = (
        saved_and_read(frames[name], form, tmp_path) for name in ("read_ipns", "read_orders", "read_ledger")
    )
    verified = cr.verify(notifications, cr.KeyRing.from_toml(SAMPLES / "keys.toml"))
    pd.testing.assert_frame_equal(verified, frames["verify"])
    before = cr.reconcile(frames["verify"], frames["read_orders"], ledger=frames["read_ledger"])
    found = cr.reconcile(saved_and_read(verified, form, tmp_path), orders, ledger=ledger)
    for name in ("notifications", "results", "intake", "tie_out"):
        assert found.table(name).equals(before.table(name)), name
    assert str(cr.explain(saved_and_read(verified, form, tmp_path), "x")) == str(cr.explain(frames["verify"], "x"))


def test_findings_are_asked_for_a_code_in_every_row() -> None:
    for frame in (handed_out()["verify"], handed_out()["notifications"]):
        is_unreadable = frame["unreadable"].notna()
        assert is_unreadable.sum() == 6
        assert frame.loc[is_unreadable, "findings"].tolist() == [[]] * 6
        assert (
            frame["findings"].apply(lambda codes: "replayed" in codes).sum() == (frame["verdict"] == "duplicate").sum()
        )


def test_the_report_has_no_findings_for_what_cannot_be_read(tmp_path: Path) -> None:
    archive = jsonl(ipn("A")) + b"{\n"
    cr.audit(archive, jsonl({"order_id": "A", "total": "11"}), ring(), tmp_path / "audit")
    by_stages = cr.reconcile(
        cr.verify(cr.read_ipns(archive), ring()), cr.read_orders(jsonl({"order_id": "A", "total": "11"}))
    )
    for found in (by_stages, cr.Reconciliation.read_parquet(tmp_path / "audit")):
        assert found.table("notifications")["findings"].to_pylist() == [[], None]
        assert found.notifications["findings"].tolist() == [[], []]


def test_a_list_is_its_row_s_own() -> None:
    table = pa.table({"findings": pa.array([["replayed"], ["replayed"], [], [], None], CODES)})
    frame = frame_of(table.slice(0, 5))
    frame["findings"][0].append("encoding")
    frame["findings"][2].append("encoding")
    assert frame["findings"].tolist() == [["replayed", "encoding"], ["replayed"], ["encoding"], [], []]


def test_lists_in_pieces_and_slices_are_the_lists_of_their_rows() -> None:
    lists = [["a", "b"], None, [], ["b"], ["c", None], ["a"]]
    whole = pa.array(lists, CODES)
    table = pa.table({"codes": pa.chunked_array([whole.slice(1, 4), whole.slice(0, 0), whole.slice(5)])})
    assert frame_of(table)["codes"].tolist() == [cell or [] for cell in lists[1:]]
    assert frame_of(table.slice(0, 0))["codes"].tolist() == []


@pytest.mark.parametrize("made", [list, tuple, np.array, lambda cell: np.array(cell, object)])
def test_lists_are_taken_back_in_whatever_holds_them(made: Callable[[list[str]], Any]) -> None:
    schema = pa.schema([("codes", CODES)])
    cells = [made(["a", "b"]), made([]), None, float("nan")]
    for given, expected in ((cells, [["a", "b"], [], None, None]), (cells[1:2], [[]]), (cells[2:], [None, None])):
        frame = pd.DataFrame({"codes": pd.Series(given, dtype=object)})
        assert table_of(frame, schema, needed=["codes"], made_by="verify")["codes"].to_pylist() == expected


@pytest.mark.parametrize("cell", ["['replayed']", 5, [5], [["replayed"]]])
def test_what_is_no_list_of_words_is_refused(cell: object) -> None:
    frame = pd.DataFrame({"codes": pd.Series([cell], dtype=object)})
    with pytest.raises(ColumnError, match=r"the column codes is not of type list"):
        table_of(frame, pa.schema([("codes", CODES)]), needed=["codes"], made_by="verify")


@pytest.mark.parametrize("is_enabled", [True, False])
def test_making_lists_leaves_the_collector_as_it_was(is_enabled: bool) -> None:
    try:
        (gc.enable if is_enabled else gc.disable)()
        frame_of(pa.table({"codes": pa.array([["a"], None, []], CODES)}))
        assert gc.isenabled() is is_enabled
    finally:
        gc.enable()
