"""A list of notifications in one cell of a table is a record each, with what the row says beside it."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from typing import Any

import pandas as pd
import pytest

from corena_recon import read_ipns, verify
from tests.archive.differential import Archive, differences
from tests.archive_fixtures.php_writers import printed
from tests.making import ipn, ring

NAMES = [f"N{number}" for number in range(40)]
ALL = [ipn(name) for name in NAMES]
DAY = "2026-03-01 10:00:00"


def listed(some: list[dict[str, Any]]) -> str:
    return json.dumps(some)


WRITERS = {
    "list": listed,
    "under a key": lambda some: json.dumps({"count": len(some), "notifications": some}),
    "twice": lambda some: json.dumps(json.dumps(some)),
    "lines": lambda some: "\n".join(map(json.dumps, some)),
    "one behind the other": lambda some: "".join(map(json.dumps, some)),
    "php": lambda some: printed({str(number): one for number, one in enumerate(some)}),
}


def rows(write: Any) -> list[tuple[str, str, str]]:
    """Rows of which the second holds three notifications, the tenth two, and all others one."""
    shares = [ALL[:1], ALL[1:4], *([one] for one in ALL[4:11]), ALL[11:13], *([one] for one in ALL[13:])]
    texts = [write(share) if len(share) > 1 else json.dumps(share[0]) for share in shares]
    return [(str(number), text, DAY) for number, text in enumerate(texts)]


def csv_of(write: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([("id", "answer", "created_at"), *rows(write)])
    return text.getvalue().encode()


def sql_of(write: Any) -> bytes:
    with sqlite3.connect(":memory:") as database:
        database.execute("create table ipn (id text, answer text, created_at text)")
        database.executemany("insert into ipn values (?, ?, ?)", rows(write))
        dump = "\n".join(database.iterdump())
    database.close()
    return dump.encode()


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("table", [csv_of, sql_of])
def test_each_is_a_record_of_its_own(table: Any, write: Any) -> None:
    octets = table(write)
    checked = verify(read_ipns(octets), ring())
    assert checked["identifier"].tolist() == NAMES
    assert set(checked["verdict"]) == {"accepted"}
    assert checked["record"].tolist() == [*range(1, len(NAMES) + 1)]
    assert set(checked["received_at"].astype(str)) == {"2026-03-01 10:00:00+00:00"}
    [count] = checked.attrs["intake"]
    assert (count["records"], count["notifications"]) == (len(NAMES), len(NAMES))
    assert differences(Archive((octets,))) == []


def test_frames_and_records_too() -> None:
    table = pd.DataFrame(rows(listed), columns=["id", "answer", "created_at"])
    nested = [{"id": 1, "answer": ALL[:2], "created_at": DAY}, {"id": 2, "answer": ALL[2], "created_at": DAY}]
    assert read_ipns(table)["identifier"].tolist() == NAMES
    frame = read_ipns(nested)
    assert frame["identifier"].tolist() == NAMES[:3]
    assert frame["record"].tolist() == [1, 2, 3]


def test_many_lists_among_many_rows_keep_the_order() -> None:
    header = "id,answer,created_at\r\n"
    block = csv_of(listed).decode().removeprefix(header)
    frame = read_ipns((header + block * 200).encode())
    assert frame["identifier"].tolist() == NAMES * 200
    assert frame["record"].tolist() == [*range(1, len(NAMES) * 200 + 1)]


def test_what_was_posted_as_one_is_one_record() -> None:
    one, two = ipn("A"), ipn("B")
    cells = {
        "posted beside others": json.dumps({**one, "list": [two, two]}),
        "bodies": "status=success&identifier=A&signature=F\nstatus=success&identifier=B&signature=F",
        "damaged": json.dumps([one, two])[:-9],
    }
    for name, cell in cells.items():
        text = io.StringIO()
        csv.writer(text).writerows([("id", "payload"), ("1", cell), ("2", json.dumps(two))])
        frame = read_ipns(text.getvalue().encode())
        assert frame["record"].tolist() == [1, 2], name
