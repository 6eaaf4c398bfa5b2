"""What ``read_ipns`` or ``verify`` gave is taken over: as a frame, or saved and read again, it is the same rows.

CONTRACT: "recognised and taken over column by column, fidelity and body_ambiguous included: the same verdicts as the
first time".
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corena_recon as cr
from corena_recon.archive.forms.tables import csv_rows, table_rows
from corena_recon.archive.records import batches
from corena_recon.command_line.main import main
from corena_recon.errors import ColumnError, SourceError
from corena_recon.schemas import NOTIFICATION_SCHEMA
from tests.adversary.benchmark import OPTIONS
from tests.adversary.keyring import ring
from tests.archive_fixtures.fixture import SECRET, A, B, C
from tests.archive_support import EXPECTED, FIXTURES

pytestmark = pytest.mark.filterwarnings("ignore:pyarrow.feather:FutureWarning")
"""pandas 3.0 itself calls it, to write and to read Feather; PyArrow warns from 25 on."""

KEYS = cr.KeyRing([cr.Key(id="live", secret=SECRET.decode(), mode="live")])
JUDGED = ["source", "record", "signature_status", "key_id", "amount_rendering", "findings", "verdict"]
Way = Callable[[pd.DataFrame], Any]


def saved(frame: pd.DataFrame, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    getattr(frame, f"to_{form}")(out, **options)
    return out.getvalue()


def arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


EXACT: dict[str, Way] = {
    "frame": lambda frame: frame,
    "object frame": lambda frame: frame.astype(object),
    "Arrow table": arrow,
    "Arrow reader": lambda frame: arrow(frame).to_reader(max_chunksize=2),
    "Arrow batches": lambda frame: arrow(frame).to_batches(max_chunksize=2),
    "Arrow dataset": lambda frame: ds.dataset(arrow(frame)),
    "DuckDB relation": lambda frame: duckdb.from_arrow(arrow(frame)),
    "dicts": lambda frame: frame.to_dict("records"),
    "dicts one by one": lambda frame: iter(frame.to_dict("records")),
    "Parquet": lambda frame: saved(frame, "parquet"),
    "Feather": lambda frame: saved(frame, "feather"),
    "Feather, plain": lambda frame: saved(frame, "feather", compression="uncompressed"),
}
LIKE_CSV: dict[str, Way] = {
    "CSV": lambda frame: saved(frame, "csv"),
    "CSV without index": lambda frame: saved(frame, "csv", index=False),
    "CSV with semicolons": lambda frame: saved(frame, "csv", sep=";", encoding="utf-8-sig"),
    "CSV, all quoted": lambda frame: saved(frame, "csv", quoting=csv.QUOTE_ALL),
    "CSV read as text": lambda frame: pd.read_csv(io.BytesIO(saved(frame, "csv")), dtype=str, na_values=[""],
                                                  keep_default_na=False),
    "CSV read as text without nulls": lambda frame: pd.read_csv(io.BytesIO(saved(frame, "csv")), dtype=str,
                                                                keep_default_na=False),
}  # fmt: skip
"""Ways that do not tell an empty field from an absent one."""
WAYS = {**EXACT, **LIKE_CSV}


def as_csv_has_it(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.replace("", pd.NA)


@pytest.fixture(scope="module")
def fixtures() -> pd.DataFrame:
    """Every fixture, read and verified as one archive; nobody may change it."""
    return cr.verify(cr.read_ipns([FIXTURES / name for name in EXPECTED]), KEYS)


@pytest.mark.exhaustive
@pytest.mark.parametrize("way", WAYS)
def test_every_fixture_survives_every_way(way: str, fixtures: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (batches, csv_rows, table_rows):
        monkeypatch.setattr(module, "BATCH_ROWS", 3)
    first = fixtures[NOTIFICATION_SCHEMA.names]
    again = cr.read_ipns(WAYS[way](fixtures))
    pd.testing.assert_frame_equal(again, first if way in EXACT else as_csv_has_it(first))
    assert_adds_up(again)
    assert {*again["source"]} == {*first["source"]}


def test_every_fixture_is_judged_as_the_first_time(fixtures: pd.DataFrame) -> None:
    from_csv = cr.verify(cr.read_ipns(WAYS["CSV"](fixtures[NOTIFICATION_SCHEMA.names])), KEYS)
    pd.testing.assert_frame_equal(from_csv[JUDGED], fixtures[JUDGED])


def assert_adds_up(frame: pd.DataFrame) -> None:
    intake = frame.attrs["intake"]
    assert all(one["records"] == one["notifications"] + one["unreadable"] + one["other"] for one in intake)
    assert sum(one["notifications"] + one["unreadable"] for one in intake) == len(frame)


@pytest.mark.exhaustive
@pytest.mark.parametrize("way", ["frame", "Arrow table", "Parquet", "Feather", "CSV"])
def test_every_class_of_attack_is_judged_as_the_first_time(way: str, judged_attacks: pd.DataFrame) -> None:
    """Rows that are the same as the first time are judged alike: judging them again is tried once."""
    again = cr.read_ipns(WAYS[way](judged_attacks))
    if way not in ("frame", "CSV"):
        names = NOTIFICATION_SCHEMA.names
        pd.testing.assert_frame_equal(again, judged_attacks[names])
        return
    judged = cr.verify(again, ring(), **OPTIONS)
    pd.testing.assert_frame_equal(judged[JUDGED], judged_attacks[JUDGED])


AMBIGUOUS = f"status=failed&{C.body()}"
BODIES = f"{A.body()}\n{AMBIGUOUS}\n{B.body()}\n{B.body()}\nstatus=success&junk\n".encode()
ORDERS = [
    {"identifier": one.identifier, "amount": one.amount, "currency": "USD", "status": "completed"} for one in (A, B, C)
]


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bodies") / "bodies.txt"
    path.write_bytes(BODIES)
    return path


@pytest.fixture(scope="module")
def first(bodies: Path) -> cr.Reconciliation:
    """The audit of the bodies themselves; nobody may change it."""
    return cr.audit(bodies, ORDERS, KEYS)


@pytest.mark.parametrize("way", ["frame", "Arrow table", "Parquet", "Feather", "CSV"])
@pytest.mark.parametrize("stage", ["read", "audited"])
def test_an_audit_of_it_says_what_the_first_one_said(
    way: str, stage: str, bodies: Path, first: cr.Reconciliation
) -> None:
    frame = cr.read_ipns(bodies) if stage == "read" else first.notifications
    again = cr.audit(WAYS[way](frame), ORDERS, KEYS)
    pd.testing.assert_frame_equal(again.notifications, first.notifications)
    pd.testing.assert_frame_equal(again.results, first.results)
    assert first.notifications["verdict"].tolist() == ["accepted", "suspect", "accepted", "duplicate", "unreadable"]
    outcomes = first.results.set_index("identifier")["outcome"].to_dict()
    assert outcomes == {A.identifier: "matched", B.identifier: "matched", C.identifier: "no_trusted_payment"}
    assert {name: again.summary[name] for name in ("verdicts", "findings", "outcomes", "tie_out")} == {
        name: first.summary[name] for name in ("verdicts", "findings", "outcomes", "tie_out")
    }


@pytest.mark.parametrize(("form", "suffix"), [("csv", ".csv"), ("csv", ".csv.gz"), ("parquet", ""), ("feather", "")])
def test_the_command_line_says_the_same_of_a_saved_frame(
    form: str, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CORENA_SECRET_KEY", SECRET.decode())
    path, file = tmp_path / "bodies.txt", tmp_path / f"saved{suffix}"
    path.write_bytes(BODIES)
    getattr(cr.read_ipns(path), f"to_{form}")(file)
    said = []
    for archive in (path, file):
        assert main(["verify", str(archive), "--json"]) == 1
        said.append(json.loads(capsys.readouterr().out))
    assert said[0]["verdicts"] == said[1]["verdicts"] == {"accepted": 2, "duplicate": 1, "suspect": 1, "unreadable": 1}
    assert said[0]["findings"] == said[1]["findings"]


def written_by_arrow(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    pa.csv.write_csv(arrow(frame.drop(columns=["raw"])), out)
    return out.getvalue()


def own(*bodies: str, **changes: Any) -> pd.DataFrame:
    return cr.read_ipns("\n".join([*bodies, ""]).encode(), form="form").assign(**changes)


@pytest.mark.parametrize(
    ("identifier", "what"),
    [
        ("a%0Db", "a carriage return, which writers leave unquoted"),
        ("a%0D%0Ab", "a line end"),
        ("%22%7B%5C%2C", "what looks like a quote that a backslash escapes"),
        ("NULL", "a word for null"),
        ("+b'x'+", "spaces and quotes"),
        ("%E9%EE%BF%A9", "bytes that are not UTF-8, and a private character"),
        ("a%00b", "a zero byte"),
    ],
)
def test_csv_keeps_an_identifier_of(identifier: str, what: str) -> None:
    frame = own(A.body(), f"{B.body()}&identifier={identifier}", C.body(), charge=pd.NA)
    again = cr.read_ipns(saved(frame, "csv"))
    assert again["identifier"].tolist() == frame["identifier"].tolist(), what


def test_csv_keeps_zeros_moments_and_bytes() -> None:
    frame = own(f"{A.body()}&data%5Bcharge%5D=0.00", "x'\xff\x00\\")
    frame["received_at"] = pd.Timestamp("2026-01-02T03:04:05.000006+02:00")
    again = cr.read_ipns(saved(frame, "csv"))
    assert again["charge"].tolist()[0] == 0
    assert [*again["received_at"]] == [*frame["received_at"]]
    assert [*again["raw"]] == [*frame["raw"]]


@pytest.mark.parametrize(
    ("writer", "currency"),
    [
        (lambda frame: saved(frame, "csv"), None),
        (lambda frame: saved(frame, "csv", quoting=csv.QUOTE_ALL), None),
        (lambda frame: frame.fillna({"unreadable": ""}), None),
        (lambda frame: frame, ""),
        (written_by_arrow, ""),
    ],
    ids=["pandas", "pandas, all quoted", "filled frame", "frame", "Arrow"],
)
def test_an_empty_field_is_told_from_an_absent_one_where_it_can_be(writer: Way, currency: str | None) -> None:
    frame = own(f"{A.body()}&data%5Bcurrency%5D=", B.body())
    again = cr.read_ipns(writer(frame))
    assert again["currency"].replace({pd.NA: None}).tolist() == [currency, "USD"]
    assert again["unreadable"].isna().all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda frame: frame.drop(columns=["body_ambiguous", "charge"]), "lacks charge, body_ambiguous"),
        (lambda frame: frame.set_index(["source", "record"]), "lacks source, record"),
        (lambda frame: frame.assign(amount_text=11.5), "its column amount_text is double, not string"),
        (lambda frame: frame.assign(identifier=123), "its column identifier is int64, not string"),
        (lambda frame: frame.assign(charge=[object()]), "its column charge holds what is no value of one type"),
        (lambda frame: pd.concat([frame, frame[["status"]]], axis=1), "more than one column status"),
        (lambda frame: saved(frame.drop(columns="extra"), "csv"), "<memory> is what .* but lacks extra"),
        (lambda frame: saved(frame.drop(columns="extra"), "parquet"), "<memory> is what .* but lacks extra"),
    ],
)
def test_an_own_frame_that_has_lost_something_is_refused_and_not_misread(change: Way, words: str) -> None:
    with pytest.raises(ColumnError, match=words):
        cr.read_ipns(change(own(A.body())))


@pytest.mark.parametrize("way", ["file", "memory"])
def test_a_table_of_a_report_of_a_later_format_is_refused_and_not_misread(way: str, tmp_path: Path) -> None:
    report = cr.audit(A.body().encode(), keys=ring(), out=tmp_path / "report")
    assert len(cr.read_ipns(tmp_path / "report" / "notifications.parquet")) == len(report.notifications)
    later = pq.read_table(tmp_path / "report" / "notifications.parquet").replace_schema_metadata({"format": "2"})
    pq.write_table(later, tmp_path / "later.parquet")
    with pytest.raises(
        SourceError, match=r"of a report of format 2, and this version reads none above 1 \(hint: update"
    ):
        cr.read_ipns(tmp_path / "later.parquet" if way == "file" else later)


def test_what_no_verdict_depends_on_may_be_left_out() -> None:
    frame = own(A.body(), AMBIGUOUS)
    again = cr.read_ipns(frame.drop(columns=["amount", "raw"]))
    pd.testing.assert_frame_equal(again, frame)


def test_an_edited_amount_is_what_its_signed_text_says() -> None:
    frame = own(A.body(), amount=Decimal("9999.00000000"))
    assert cr.read_ipns(frame)["amount"].tolist() == own(A.body())["amount"].tolist()


def test_rows_that_are_no_notifications_are_unreadable_and_their_own_source(tmp_path: Path) -> None:
    frame = own(A.body(), B.body(), C.body(), A.body())
    frame.loc[1] = pd.NA
    frame.loc[2, "amount_text"] = pd.NA
    frame.loc[3, "fidelity"] = "most of it"
    for source in (frame, saved(frame, "csv")):
        again = cr.read_ipns(source)
        assert again["unreadable"].fillna("").tolist() == ["", "no_ipn_fields", "missing_field", "invalid_row"]
        assert again["source"].tolist() == ["<memory>"] * 4
        assert_adds_up(again)


def test_a_cut_csv_ends_in_an_unreadable_row(tmp_path: Path) -> None:
    path = tmp_path / "saved.csv"
    path.write_bytes(saved(own(A.body(), B.body()), "csv")[:-30])
    again = cr.read_ipns(path)
    assert again["unreadable"].fillna("").tolist() == ["", "truncated"]
    assert again["source"].tolist() == ["<memory>", str(path)]
    of_file, of_source = again.attrs["intake"]
    assert (of_file["source"], of_file["unreadable"], of_file["truncated"]) == (str(path), 1, True)
    assert (of_source["source"], of_source["notifications"]) == ("<memory>", 1)


def test_the_intake_is_that_of_the_rows_and_no_digest_is_claimed(tmp_path: Path) -> None:
    path = FIXTURES / "har" / "browser.har"
    frame = cr.read_ipns(path)
    (told,) = frame.attrs["intake"]
    assert told["other"] > 0
    unread = {"sha256": None, "bytes": None}
    rows = {"records": 1, "notifications": 1, "unreadable": 0, "other": 0}
    readable = frame[frame["unreadable"].isna()]
    assert cr.read_ipns(frame).attrs["intake"] == [told | unread]
    assert cr.read_ipns(readable[:1]).attrs["intake"] == [
        told | unread | rows | {"form": "own_frame", "note": "1 of the 2 rows that were read of it is here"}
    ]
    saved_file = tmp_path / "saved.parquet"
    frame.to_parquet(saved_file)
    of_file, of_source = cr.read_ipns(saved_file).attrs["intake"]
    assert (of_file["form"], of_file["records"], of_file["bytes"]) == ("own_frame", 0, saved_file.stat().st_size)
    assert of_source == told | unread
    frame.attrs["intake"] = [{"source": 1}, None]
    assert cr.read_ipns(frame).attrs["intake"][0]["form"] == "own_frame"


def test_frames_and_paths_stand_in_one_list_and_twice_the_same_rows_are_duplicates(tmp_path: Path) -> None:
    path = tmp_path / "bodies.txt"
    path.write_text(B.body() + "\n")
    frame = own(A.body())
    mixed = cr.read_ipns([frame, path, pd.concat([frame, frame]), [{"identifier": "1"}]])
    assert mixed["source"].tolist() == ["<memory>", str(path), "<memory>", "<memory>", "<memory>"]
    assert cr.verify(mixed, KEYS)["verdict"].tolist() == [
        "accepted",
        "accepted",
        "duplicate",
        "duplicate",
        "unreadable",
    ]
    assert_adds_up(mixed)


def test_an_earlier_report_of_an_own_frame_stands_for_no_file(tmp_path: Path) -> None:
    """A frame may have been edited: its rows are never what a later audit takes for the file that they came from."""
    path, saved_file = tmp_path / "bodies.txt", tmp_path / "saved.parquet"
    path.write_bytes(BODIES)
    cr.read_ipns(path)[:1].to_parquet(saved_file)
    for archive in (cr.read_ipns(path).assign(status="failed"), saved_file):
        cr.audit(archive, None, KEYS, tmp_path / "report")
        again = cr.audit([path, saved_file], None, KEYS, previous=tmp_path / "report")
        assert again.facts["reused_sources"] == 0
        assert len(again.notifications) == 6


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (iter(["a.jsonl"]), "holds str, not records"),
        ({"a.jsonl"}, "holds str, not records"),
        (pd.Series(["a.jsonl"]), "Series is no table"),
        (pa.array(["a.jsonl"]), "StringArray is no table"),
        ({"a.jsonl": 1}, "a source of type dict cannot be read"),
    ],
)
def test_only_a_path_is_a_path(source: Any, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        cr.read_ipns(source)


@pytest.mark.parametrize("way", [way for way in EXACT if "frame" not in way])
def test_a_table_of_somebody_else_is_read_as_before(way: str) -> None:
    rows = pd.DataFrame([A.flat("data.{}"), B.flat("data.{}")])
    again = cr.read_ipns(EXACT[way](rows))
    assert again["amount_text"].tolist() == [A.amount, B.amount]
    assert set(again["fidelity"]) == {"text"}


TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]), st.sampled_from('"",;\t\r\n\\{}\0=\uef80\uefe9\uefff\ufeff\u2028 ')
    ),
    max_size=12,
)
POSTED = ["identifier", "signature", "currency", "payment_trx", "payment_type", "amount_text", "extra", "merchant"]
NEVER_EMPTY = ("extra", "merchant")
FIELDS = {name: st.none() | (TEXT.filter(len) if name in NEVER_EMPTY else TEXT) for name in POSTED}


@pytest.mark.exhaustive
@settings(max_examples=12)
@given(rows=st.lists(st.fixed_dictionaries(FIELDS), min_size=1, max_size=3))
def test_no_text_is_changed_by_the_way_it_was_kept(rows: list[dict[str, str | None]]) -> None:
    """Rows need not be readable ones: those that are kept as unreadable keep their text like all others."""
    given_rows = [
        {
            **row,
            "source": "a.txt",
            "record": number,
            "fidelity": "raw",
            "unreadable": "too_large",
            "body_ambiguous": True,
        }
        for number, row in enumerate(rows, 1)
    ]
    table = pa.Table.from_pylist(given_rows, schema=NOTIFICATION_SCHEMA)
    frame = table.to_pandas(types_mapper=pd.ArrowDtype)
    wanted = frame[POSTED]
    for way, change in WAYS.items():
        if "read as text" in way:  # pandas itself ends rows at the carriage returns that it leaves unquoted
            continue
        again = cr.read_ipns(change(frame))[POSTED]
        pd.testing.assert_frame_equal(again, wanted if way in EXACT else as_csv_has_it(wanted), obj=way)
