"""What a source without a checksum would not show is said of it."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import corena_recon as cr
from corena_recon.archive.sources.checksums import NO_CHECKSUM, zstd_has_checksum
from tests.making import ipn, jsonl

LINES = jsonl(ipn("A"), ipn("B"))
ROWS = pa.table({"status": ["success"], "signature": ["0" * 64], "identifier": ["A"], "amount": ["11.00"]})


def parquet(**options: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(ROWS, file, **options)
    return file.getvalue()


def zstd(octets: bytes) -> bytes:
    """As Arrow compresses, which gives no checksum."""
    compressed: bytes = pa.compress(octets, codec="zstd", asbytes=True)
    return compressed


SOURCES = {
    # what is handed over, and whether there is a note
    "plain": (LINES, False),
    "gzip": (gzip.compress(LINES), False),
    "zstd": (zstd(LINES), True),
    "parquet": (parquet(), True),
    "parquet with checksums": (parquet(write_page_checksum=True), False),
    "parquet without dictionaries": (parquet(use_dictionary=False), True),
    "parquet without dictionaries with checksums": (parquet(use_dictionary=False, write_page_checksum=True), False),
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_without_a_checksum_is_noted(source: str) -> None:
    octets, is_noted = SOURCES[source]
    [count] = cr.read_ipns(octets).attrs["intake"]
    assert count["notifications"] > 0
    assert count["note"] == (NO_CHECKSUM if is_noted else None)


def test_a_page_that_changed_is_damage_where_it_has_a_checksum() -> None:
    octets = parquet(write_page_checksum=True, compression="none")
    changed = octets.replace(b"11.00", b"91.00", 1)
    assert changed != octets
    [count] = cr.read_ipns(changed).attrs["intake"]
    assert (count["truncated"], count["notifications"], count["unreadable"]) == (True, 0, 1)


@pytest.mark.parametrize(
    ("head", "has"),
    [(b"\x28\xb5\x2f\xfd\x24\x00", True), (b"\x28\xb5\x2f\xfd\x20\x00", False), (b"\x28\xb5\x2f\xfd", True)],
)
def test_a_zstd_frame_says_whether_it_has_one(head: bytes, has: bool) -> None:
    assert zstd_has_checksum(head) == has
