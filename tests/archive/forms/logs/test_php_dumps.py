"""Files of PHP's dumps, read window by window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from corena_recon import read_ipns
from corena_recon.archive.forms.logs import php_dumps
from corena_recon.archive.forms.logs.php_dumps import PhpDumps
from corena_recon.native import has_core
from corena_recon.php import Dump, find_dumps
from tests.archive.differential import Archive, differences
from tests.archive_fixtures.php_writers import dumped, exported, printed, serialized
from tests.every_form import WAYS, Way, notifications
from tests.making import ipn

FOLDER = Path(__file__).parents[3] / "archive_fixtures/php"


class Stream:
    truncated = False

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def blocks(self) -> Iterator[bytes]:
        for begin in range(0, len(self._octets), 50):
            yield self._octets[begin : begin + 50]


def read(octets: bytes) -> list[dict[str, Any]]:
    stream: Any = Stream(octets)
    return [row for batch in PhpDumps().read(stream, keep_raw=True) for row in batch.table.to_pylist()]


@pytest.mark.parametrize("name", ["exported.txt", "serialized.txt", "dumped.txt", "separated.txt", "cut.txt"])
def test_windows_change_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    octets = (FOLDER / name).read_bytes()
    whole = read(octets)
    monkeypatch.setattr(php_dumps, "_WINDOW_BYTES", 60)
    assert read(octets) == whole


@pytest.mark.parametrize(
    ("head", "is_php"),
    [
        ("----- 2026-03-01 10:00:00 -----\nArray\n(\n    [status] => success\n)\n", True),
        ("IPN received:\nArray\n(\n    [status] => success\n)\n", True),
        ("[2026-03-01 10:00:00] app.INFO: IPN Array\n(\n    [status] => success\n)\n", False),
        ("2026-03-01 10:00:00 cron\nArray\n(\n    [status] => success\n)\n", False),
        ("Array\n(\n    [hello] => world\n)\n", False),
    ],
)
def test_a_file_of_dumps_is_told_from_a_log(head: str, is_php: bool) -> None:
    assert PhpDumps().recognises(head.encode()) is is_php


@pytest.mark.skipif(not has_core(), reason="there is no compiled core, or it is off")
@pytest.mark.parametrize("way", [way for way in WAYS if way.form == "php"], ids=lambda way: way.name)
def test_dumps_of_one_shape_are_read_by_the_core(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    octets = way.write(notifications(3_000))
    read_exactly = 0

    def counting(*arguments: Any) -> Iterator[Dump]:
        nonlocal read_exactly
        for dump in find_dumps(*arguments):
            read_exactly += 1
            yield dump

    monkeypatch.setattr(php_dumps, "find_dumps", counting)
    assert len(read_ipns(octets)) == 3_000
    assert read_exactly < 1_200


DUMP = "Array\n(\n    [status] => success\n    [identifier] => A\n    [signature] => F\n    [data] => x\n)\n"


@pytest.mark.parametrize(
    "between",
    [
        "\n",
        "2026-03-01 10:00:00\n",
        "no. 7\n",
        "    [data] => y\n",
        ")\n",
        "  )\n",
        "x\n    [a] b\n",
        "signature => F, data => y\n",
        "Array to string\n",
        'a:1:{s:1:"a";s:1:"b";}\n',
        "Array\n(\n",
        "Array\r\n(\r\n    [a] => b\r\n)\r\n",
        "array(0) {\n}\n",
        "    Array\n    (\n        [status] => x\n    )\n",
        "[ 'status' => 'x' ]\n",
        "Array ( [status] => x )\n",
        'O:1:"a":0:{}',
    ],
)
@pytest.mark.parametrize("keep_raw", [False, True])
def test_the_core_and_the_exact_reader_tell_the_same_of_what_stands_between(between: str, keep_raw: bool) -> None:
    octets = (DUMP * 3 + between + DUMP * 3 + between).encode()
    assert [differences(Archive((octets,), "php", size, keep_raw)) for size in (16, 1 << 24)] == [[], []]


@pytest.mark.parametrize("write", [printed, exported, dumped, serialized])
def test_a_list_of_notifications_is_a_record_each(write: Callable[[Any], str]) -> None:
    listed = write({number: ipn(name) for number, name in enumerate("ABC")})
    alone = write(ipn("D"))
    in_files = {f"{listed}\n": "ABC", f"{alone}\n{listed}\n{alone}\n": "DABCD", f"<?php return {listed};\n": "ABC"}
    stamp = "[2026-03-01 10:00:00] local.INFO:"
    log = f"{stamp} {alone}\n{stamp} {listed}\n{stamp} begun\n{stamp} {alone}\n"
    for text, names in {**in_files, f"{stamp} {listed}": "ABC", log: "DABCD"}.items():
        frame = read_ipns(text.encode())
        assert frame["identifier"].tolist() == [*names]
        assert frame["unreadable"].isna().all()
        assert not frame["body_ambiguous"].any()
        assert frame["received_at"].notna().iloc[0] == (stamp in text)
        assert differences(Archive((text.encode(),))) == []
