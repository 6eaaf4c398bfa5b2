"""An export that expands beyond reason is refused before it fills memory."""

from __future__ import annotations

import errno
import gzip
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import corena_recon as cr
from corena_recon.errors import SourceError
from corena_recon.orders.exports.content import StoredFile

HEADER = b"order_id,total\n"
TRAP = gzip.compress(HEADER + b"A,11\n" * 8_000_000)
"""Forty megabytes in forty kilobytes."""


@pytest.mark.parametrize("is_file", [False, True])
def test_a_compressed_trap_is_refused(tmp_path: Path, is_file: bool) -> None:
    source: Any = TRAP
    if is_file:
        source = tmp_path / "orders.csv.gz"
        source.write_bytes(TRAP)
    with pytest.raises(SourceError, match="expands more than 500 times: it is refused as a decompression bomb"):
        cr.read_orders(source)


def test_what_shrinks_well_is_read() -> None:
    octets = HEADER + b"".join(b"%d,11.00\n" % number for number in range(1000)) + b"\n" * 1_000_000
    assert len(cr.read_orders(gzip.compress(octets))) == 1000


def test_a_parquet_trap_is_refused() -> None:
    file = io.BytesIO()
    rows = pa.nulls(17_000_000, pa.int8())
    pq.write_table(pa.table({"order_id": rows, "total": rows}), file, row_group_size=len(rows))
    with pytest.raises(SourceError, match="34,000,000 cells in"):
        cr.read_orders(file.getvalue())


def test_what_the_system_cannot_read_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "orders.csv.gz").write_bytes(gzip.compress(HEADER + b"A,11\n"))

    def failing(_file: gzip.GzipFile, _size: int) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(gzip.GzipFile, "read", failing)
    with pytest.raises(SourceError, match="cannot be opened: Input/output error"):
        list(StoredFile(str(tmp_path / "orders.csv.gz")).blocks(10))


@pytest.mark.parametrize("damaged", [TRAP[:1000], TRAP[:100] + b"\0" * 100 + TRAP[200:]])
def test_a_damaged_export_is_one_sentence(damaged: bytes) -> None:
    with pytest.raises(SourceError, match="is a damaged gzip file"):
        cr.read_orders(damaged)
