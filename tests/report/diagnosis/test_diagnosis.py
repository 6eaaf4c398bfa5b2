"""Wrong input looks like wrong input: what is said above the verdicts, and what is not said of fraud."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

import corena_recon as cr
from corena_recon.chain import GENESIS, canonical_json, chain_of
from corena_recon.languages import LANGUAGES
from corena_recon.php import http_build_query
from corena_recon.report.diagnosis.diagnosis import DIAGNOSES
from corena_recon.report.diagnosis.tallies import Moments
from tests.making import ipn, jsonl, orders, ring, signature

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
OTHER = "another-invented-secret-51c0"


def at(moment: datetime, **envelope: Any) -> dict[str, Any]:
    """What an envelope says beside a notification."""
    return {"received_at": moment.isoformat(), **envelope}


def signed(number: int, secret: str | None = None, **beside: Any) -> dict[str, Any]:
    """A notification of its own, signed with the ring's secret or another."""
    identifier = f"CMD-{number:06}"
    one = ipn(identifier) if secret is None else ipn(identifier, signature=signature("11.00000000", identifier, secret))
    return {**one, **beside}


def said(*notifications: dict[str, Any], keys: cr.KeyRing | None = None, **options: Any) -> list[dict[str, Any]]:
    """The diagnosis of an audit of the notifications."""
    found: list[dict[str, Any]] = cr.audit(jsonl(*notifications), keys=keys or ring(), **options).summary["diagnosis"]
    return found


def test_nothing_is_said_of_an_archive_that_holds_forgeries_alone_besides() -> None:
    days = [
        signed(number, OTHER if number % 4 == 0 else None, **at(START + timedelta(hours=number)))
        for number in range(80)
    ]
    flood = [signed(1000 + number, OTHER, **at(START + timedelta(hours=30, minutes=number))) for number in range(50)]
    assert said(*days, *flood) == []


def test_a_ring_that_verifies_nothing() -> None:
    [one] = said(*(signed(number, OTHER) for number in range(3)))
    assert (one["code"], one["severity"], one["facts"]) == ("no_key_verifies", "error", {"refused": 3})
    assert "right ring" in one["text"]


@pytest.mark.parametrize(
    ("is_other", "named"),
    [
        (lambda number: number >= 20, {"since": "2026-03-03 04:00 UTC"}),
        (lambda number: number < 20, {"until": "2026-03-03 03:01 UTC"}),
        (lambda number: 10 <= number < 40, {"since": "2026-03-02 18:00 UTC", "until": "2026-03-03 23:01 UTC"}),
    ],
)
def test_a_key_that_is_missing_for_a_time(is_other: Any, named: dict[str, str]) -> None:
    notifications = [
        signed(number, OTHER if is_other(number) else None, **at(START + timedelta(hours=number)))
        for number in range(60)
    ]
    [one] = said(*notifications)
    assert one["code"] == "key_missing"
    assert {name: one["facts"][name] for name in ("since", "until") if name in one["facts"]} == named


def test_minutes_are_told_apart() -> None:
    notifications = [
        signed(number, OTHER if number >= 12 else None, **at(START + timedelta(minutes=number))) for number in range(20)
    ]
    [one] = said(*notifications)
    assert one["facts"] == {"verified": 0, "signed": 8, "others": 12, "since": "2026-03-02 08:12 UTC"}


@pytest.mark.parametrize(("name", "word"), [("merchant", "boutique-b"), ("endpoint", "test")])
def test_a_key_that_is_missing_for_a_part(name: str, word: str) -> None:
    mine = [signed(number, **at(START + timedelta(hours=number))) for number in range(20)]
    theirs = [signed(100 + number, OTHER, **at(START + timedelta(hours=number), **{name: word})) for number in range(8)]
    [one] = said(*mine, *theirs)
    assert one["facts"] == {"by": name, "names": [word], "verified": 0, "signed": 8}
    assert word in one["text"]


def test_a_source_of_another_shop(tmp_path: Any) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl(*(signed(number) for number in range(9))))
    (tmp_path / "b.jsonl").write_bytes(jsonl(*(signed(number, OTHER) for number in range(9))))
    [one] = cr.audit(tmp_path, keys=ring()).summary["diagnosis"]
    assert one["facts"]["by"] == "source"
    assert one["facts"]["names"] == [str(tmp_path / "b.jsonl")]


def test_copies_of_genuine_signatures_speak_against_no_key() -> None:
    genuine = [signed(number, **at(START + timedelta(hours=number))) for number in range(30)]
    copied = [
        {**ipn(f"CMD-{number:06}", "99.00000000", signature=genuine[0]["signature"]), **at(START + timedelta(days=9))}
        for number in range(100, 120)
    ]
    assert [one["code"] for one in said(*genuine, *copied)] == []


def test_an_archive_of_the_test_endpoint() -> None:
    keys = cr.KeyRing([*ring(), cr.Key(id="test", secret=OTHER, mode="test")])
    tests = [signed(number, OTHER) for number in range(8)]
    [one] = said(signed(100), *tests, keys=keys)
    assert (one["code"], one["facts"]) == ("test_archive", {"tests": 8, "verified": 9})
    assert said(signed(100), *tests, keys=keys, mode="test") == []


def test_a_source_without_signatures() -> None:
    [one] = said(*(signed(number, signature=None) for number in range(7)))
    assert (one["code"], one["facts"]["notifications"]) == ("no_signatures", 7)


def test_a_frame_that_was_filtered_and_one_that_is_taken_over() -> None:
    frame = cr.verify(cr.read_ipns(jsonl(*(signed(number) for number in range(4)))), ring())
    kept = frame[frame["identifier"] != "CMD-000002"]
    kept.attrs = frame.attrs
    [one] = cr.reconcile(
        kept, orders(("CMD-000000", "11", "USD", "paid"), ("CMD-000001", "11", "USD", "paid"))
    ).summary["diagnosis"]
    assert (one["code"], one["facts"]) == ("filtered_frame", {"rows": 3, "archived": 4})
    assert [one["code"] for one in cr.audit(frame, keys=ring()).summary["diagnosis"]] == ["own_frame"]
    filtered = cr.audit(kept, keys=ring()).summary
    assert [one["code"] for one in filtered["diagnosis"]] == ["filtered_frame", "own_frame"]
    assert filtered["intake"]["records"] == 3
    assert any("3 of the 4 rows" in note for note in filtered["notes"])


def test_a_source_of_which_nothing_can_be_read(tmp_path: Any) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl(signed(1)))
    (tmp_path / "b.jsonl").write_bytes(b'{"status": "success", "identifier": "A", "data": {\n' * 3)
    [one] = cr.audit(tmp_path, keys=ring()).summary["diagnosis"]
    assert (one["code"], one["facts"]["names"]) == ("unreadable_sources", [str(tmp_path / "b.jsonl")])


def test_a_silent_stretch_and_no_silence_in_nights_and_on_sundays() -> None:
    hours = [START + timedelta(hours=hour) for hour in range(24 * 28)]
    shop_hours = [hour for hour in hours if 8 <= hour.hour < 20 and hour.weekday() != 6]
    busy = [
        signed(number, **at(hour + timedelta(minutes=minute)))
        for number, (hour, minute) in enumerate((hour, minute) for hour in shop_hours for minute in (5, 25, 45))
    ]
    assert said(*busy) == []
    day = (START + timedelta(days=8)).date().isoformat()
    rest = [one for one in busy if not one["received_at"].startswith((day, "2026-03-11", "2026-03-12"))]
    [one] = said(*rest)
    assert one["code"] == "silent_stretch"
    assert (one["facts"]["since"], one["facts"]["until"]) == ("2026-03-09 20:00 UTC", "2026-03-13 08:00 UTC")


def test_what_is_silent_is_named_with_the_orders_and_the_money_that_wait(tmp_path: Any) -> None:
    """Two servers' captures: both silent for a day, one for good; and files of days, one of them empty."""
    hours = [START + timedelta(hours=hour) for hour in range(24 * 20)]
    files: dict[str, list[dict[str, Any]]] = {"one": [], "two": []}
    for number, hour in enumerate(hours):
        for place, (name, until) in enumerate((("one", 16), ("two", 32))):
            if hour.day != 12 and hour.day < until:
                files[name].append(signed(2 * number + place, **at(hour)))
    paths = [tmp_path / f"{name}.jsonl" for name in (*files, "empty", "last")]
    for path, posted in zip(
        paths, (*files.values(), [], [signed(n, **at(hours[-1])) for n in range(900, 905)]), strict=True
    ):
        path.write_bytes(jsonl(*posted) if posted else b"")
    waiting = [
        ("A", "2026-03-12 10:00", "10.5 EUR"),
        ("B", "2026-03-12 12:00", "11 EUR"),
        ("C", "2026-03-20 09:00", "7 USD"),
    ]
    rows = [f"{name},{total},paid,{date}" for name, date, total in waiting]
    orders = "\n".join(["order_id,total,status,date", *rows, ""]).encode()
    summary = cr.audit(paths, orders, ring()).summary
    told = {(one["code"], *one["facts"].get("names", ())): one for one in summary["diagnosis"]}
    stretch = told[("silent_stretch",)]
    assert (stretch["facts"]["since"], stretch["facts"]["until"]) == ("2026-03-12 00:00 UTC", "2026-03-13 00:00 UTC")
    assert (stretch["facts"]["count"], stretch["facts"]["amounts"]) == (2, {"EUR": "21.50000000"})
    assert stretch["text"].endswith("Orders of that time that wait for a notification: 2 (21.50 EUR).")
    one, empty = (told["silent_source", str(paths[place])] for place in (0, 2))
    assert one["facts"]["since"] == "2026-03-16"
    assert "(7.00 USD)" in one["text"]
    assert "while 3 other sources of the form hold some" in empty["text"]
    assert sum(code == "silent_source" for code, *_ in told) == 2
    assert [one["key"] for one in summary["stretches"]][:2] == ["silent_stretch", "silent_source_since"]


def test_a_gap_in_a_capture_says_when_it_is_and_what_waits_since() -> None:
    lines, chain = [], GENESIS
    for seq in range(1, 6):
        posted = {"body_base64": b64encode(http_build_query(ipn(f"C{seq}"))).decode(), "seq": seq}
        record = {**posted, **at(START + timedelta(hours=seq)), "content_type": "application/x-www-form-urlencoded"}
        chain = chain_of(chain, record)
        lines.append(canonical_json({**record, "chain": chain}) + b"\n")
    orders = b"order_id,total,currency,status,date\nC3,11,USD,paid,2026-03-02 10:30:00\n"
    summary = cr.audit(b"".join([*lines[:2], *lines[3:]]), orders, ring()).summary
    [told] = [one for one in summary["diagnosis"] if one["code"] == "capture_gap"]
    assert (told["facts"]["since"], told["facts"]["until"]) == ("2026-03-02 10:00 UTC", "2026-03-02 12:00 UTC")
    assert told["facts"]["amounts"] == {"USD": "11.00000000"}
    [young] = [one for one in summary["diagnosis"] if one["code"] == "young_orders"]
    assert (young["severity"], young["facts"]["count"]) == ("info", 1)
    assert "(2026-03-02 13:01 UTC) count as missing payments where none came: 1 (11.00 USD)" in young["text"]


@pytest.mark.parametrize(("count", "total", "key"), [(10, 30, "orders"), (18, 10, "payments")])
def test_an_archive_or_an_export_that_ends_before_the_other(count: int, total: int, key: str) -> None:
    notifications = [signed(number, **at(START + timedelta(days=number))) for number in range(count)]
    rows = [f"CMD-{number:06},11,USD,paid,{(START + timedelta(days=number)).date()}" for number in range(total)]
    export = "\n".join(["order_id,total,currency,status,date", *rows, ""]).encode()
    [one] = said(*notifications, orders=export)
    assert (one["code"], one["facts"]["count"]) == ("cut_off", abs(total - count))
    assert key in one["text"]


def test_what_is_told_is_in_the_language_of_the_run() -> None:
    sources = [signed(number, OTHER) for number in range(3)]
    [one] = said(*sources, lang="fr")
    assert one["text"].startswith("Aucune clé du trousseau ne vérifie une seule des 3 notifications")


@pytest.mark.parametrize(
    ("archive_from", "orders_from", "count"),
    [(0, 10, 10), (10, 0, 10), (0, 1, 0), (1, 0, 0), (0, 0, 0)],
)
def test_an_archive_or_an_export_that_begins_before_the_other(archive_from: int, orders_from: int, count: int) -> None:
    notifications = [signed(number, **at(START + timedelta(days=number))) for number in range(archive_from, 30)]
    rows = [f"CMD-{number:06},11,USD,paid,{START + timedelta(days=number)}" for number in range(orders_from, 30)]
    export = "\n".join(["order_id,total,currency,status,date", *rows, ""]).encode()
    found = said(*notifications, orders=export)
    assert [(one["code"], one["facts"]["count"]) for one in found] == [("cut_off", count)] * bool(count)
    if archive_from < orders_from and count:
        assert found[0]["text"].startswith("The order export begins at 2026-03-12 08:00 UTC, the archive before that")
    if orders_from < archive_from and count:
        assert found[0]["text"].startswith("The archive begins at 2026-03-12 08:00 UTC, the order export before that")


def test_it_stands_above_the_verdicts_and_survives_the_report(tmp_path: Any) -> None:
    found = cr.audit(
        jsonl(*(signed(number, OTHER) for number in range(3))),
        orders(("A", "1", "USD", "paid")),
        ring(),
        tmp_path / "report",
    )
    read = cr.Reconciliation.read_parquet(tmp_path / "report")
    assert read.summary == found.summary
    assert found._repr_html_().index("right ring") < found._repr_html_().index("forged")


def test_an_archive_that_was_written_otherwise_than_it_was_posted() -> None:
    numbers = [{**ipn(f"{number:07}"), "identifier": str(number)} for number in range(3)]
    plus = {**ipn("a+b"), "identifier": "a b"}
    comma = ipn("CMD-9")
    comma["data"]["amount"] = "11,00"
    for lang in LANGUAGES:
        [one] = said(*numbers, plus, comma, signed(1), signed(2, OTHER), lang=lang)
        assert (one["code"], one["severity"]) == ("rewritten", "error")
        steps = {"identifier_zeros": 3, "identifier_percent": 1, "amount_written": 1}
        assert one["facts"] == {"tried": 6, "found": 5, "steps": steps}
        assert "(3)" in one["text"]
    assert [one["code"] for one in said(*numbers)] == ["rewritten"]
    assert all(one["code"] != "rewritten" for one in said(plus, *(signed(number, OTHER) for number in range(9))))


def test_every_sentence_takes_its_facts_in_every_language() -> None:
    counts = [
        "refused",
        "verified",
        "signed",
        "others",
        "tests",
        "notifications",
        "rows",
        "archived",
        "hours",
        "expected",
        "count",
        "orders",
        "tried",
        "found",
    ]
    names = [
        "names",
        "shown",
        "days",
        "money",
        "left_open",
        "since",
        "until",
        "archive_since",
        "archive_until",
        "orders_since",
        "orders_until",
        "as_of",
        "grace",
        "file",
        "line",
        "steps",
    ]
    facts, words = dict.fromkeys(counts, 3), dict.fromkeys(names, "x")
    for lang in LANGUAGES:
        assert all(DIAGNOSES.say(key, lang, **facts, **words) for key in DIAGNOSES.english)


def test_moments_of_many_years_are_counted_by_the_hour() -> None:
    moments = Moments()
    minutes = [60_000_000 * 7 * number for number in range(150_000)]
    for begin in range(0, len(minutes), 40_000):
        part = pa.array(minutes[begin : begin + 40_000], pa.timestamp("us", "UTC"))
        moments.add(pa.chunked_array([part]))
    assert moments.counts.sum() == len(minutes)
    assert moments.steps.tolist() == sorted({minute // 3_600_000_000 for minute in minutes})
