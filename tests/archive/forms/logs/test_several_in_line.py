"""A line in which several notifications stand is a line for each; all other lines and entries stay as they are."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from corena_recon import read_ipns
from tests.archive.differential import Archive, differences
from tests.archive_fixtures.php_writers import printed
from tests.making import ipn

ONE, TWO, THREE = (ipn(name) for name in ("A", "B", "C"))
STAMP = "[2026-03-01 10:00:00]"


def body_of(one: dict[str, Any]) -> str:
    data = {f"data[{name}]": value for name, value in one["data"].items()}
    return urlencode({name: value for name, value in one.items() if name != "data"} | data)


def test_entries_that_were_appended_without_line_ends_are_a_record_each() -> None:
    stamps = [f"[2026-03-01 10:0{number}:00]" for number in range(3)]
    for texts in ([json.dumps(one) for one in (ONE, TWO, THREE)], [body_of(one) for one in (ONE, TWO, THREE)]):
        entries = [f"{stamp} IPN {text}" for stamp, text in zip(stamps, texts, strict=True)]
        for log in ("".join(entries), "".join(entries) + "\n", f"{stamps[0]} begun\n" + " ".join(entries) + "\n"):
            frame = read_ipns(log.encode())
            assert frame["identifier"].tolist() == list("ABC")
            assert frame["received_at"].dt.minute.tolist() == [0, 1, 2]
            assert differences(Archive((log.encode(),))) == []


def test_each_of_several_notifications_of_a_line_is_a_record_with_the_line_s_moment() -> None:
    log = (
        f"{STAMP} batch {json.dumps([ONE, TWO])} kept\n"
        f"{STAMP} IPN {printed(THREE)}"
        f"{STAMP} again {json.dumps(ONE)} was {json.dumps(ONE)}\n"
        f"{STAMP} done\n"
        f"{STAMP} {json.dumps(TWO)} then {json.dumps(THREE)}\n"
        f"{STAMP} IPN {printed(ONE)}"
    )
    frame = read_ipns(log.encode())
    assert frame["identifier"].tolist() == list("ABCABCA")
    assert frame["unreadable"].isna().all()
    assert set(frame["received_at"].astype(str)) == {"2026-03-01 10:00:00+00:00"}
    [count] = frame.attrs["intake"]
    assert (count["notifications"], count["other"]) == (7, 1)
