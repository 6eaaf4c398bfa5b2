"""Files of PHP's dumps, read window by window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corena_recon.archive.forms.logs import php_dumps
from corena_recon.archive.forms.logs.php_dumps import PhpDumps

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
