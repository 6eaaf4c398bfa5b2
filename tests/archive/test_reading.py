from __future__ import annotations

import gzip
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import corena_recon as cr
from corena_recon.archive.reading import SourceCount, intake_table, read_batches
from corena_recon.errors import SourceError
from corena_recon.schemas import NOTIFICATION_SCHEMA
from corena_recon.vocabulary import RAW_MAX_BYTES
from tests.making import ipn, ring, signature


def lines(*records: Any) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def test_columns_and_types_are_the_contracts() -> None:
    frame = cr.read_ipns(lines(ipn("A"), {"hello": "world"}))
    assert list(frame.columns) == NOTIFICATION_SCHEMA.names
    assert [column.pyarrow_dtype for column in frame.dtypes] == [field.type for field in NOTIFICATION_SCHEMA]
    assert frame["record"].tolist() == [1, 2]
    assert frame["raw"].isna().tolist() == [True, False]


def test_the_intake_of_each_source(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_bytes(lines(ipn("B"), {"x": 1}))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines(ipn("A"))))
    (tmp_path / "c.txt").write_bytes(b"")
    (tmp_path / ".hidden").write_bytes(b"no archive at all")
    frame = cr.read_ipns(tmp_path)
    assert frame["source"].tolist() == [str(tmp_path / "a.jsonl.gz"), *[str(tmp_path / "b.jsonl")] * 2]
    assert frame["record"].tolist() == [1, 1, 2]
    hidden, *counts = frame.attrs["intake"]
    assert (hidden["source"], hidden["sha256"], hidden["records"]) == (str(tmp_path / ".hidden"), None, 0)
    assert [(count["form"], count["records"], count["notifications"], count["unreadable"]) for count in counts] == [
        ("jsonl", 1, 1, 0),
        ("jsonl", 2, 1, 1),
        (None, 0, 0, 0),
    ]
    for count in counts:
        stored = Path(count["source"]).read_bytes()
        assert (count["sha256"], count["bytes"]) == (hashlib.sha256(stored).hexdigest(), len(stored))
    assert intake_table([]).num_rows == 0


def test_small_sources_are_handed_on_together(tmp_path: Path) -> None:
    for day in range(5):
        (tmp_path / f"{day}.jsonl").write_bytes(lines(ipn(f"{day}A"), ipn(f"{day}B")))
    intake: list[SourceCount] = []
    [table] = read_batches(tmp_path, intake)
    assert table["identifier"].to_pylist() == [f"{day}{letter}" for day in range(5) for letter in "AB"]
    assert table["source"].to_pylist() == [count.source for count in intake for _ in "AB"]


def test_other_traffic_keeps_its_record_number() -> None:
    log = f"2024-01-02 03:04:05 start\n2024-01-02 03:04:05 IPN {json.dumps(ipn('A'))}\n".encode()
    frame = cr.read_ipns(log)
    assert frame["record"].tolist() == [2]
    assert frame.attrs["intake"][0]["other"] == 1


@pytest.mark.parametrize("kind", ["path", "text", "glob", "file", "bytes", "list"])
def test_every_kind_of_source(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(ipn("A")))
    with path.open("rb") as file:
        sources = {
            "path": path, "text": str(path), "glob": str(tmp_path / "*.jsonl"), "file": file,
            "bytes": path.read_bytes(),
            "list": [path],
        }  # fmt: skip
        assert cr.read_ipns(sources[kind])["identifier"].tolist() == ["A"]


def test_a_stream_that_cannot_seek() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self, octets: bytes) -> None:
            self.inner = io.BytesIO(octets)

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            return self.inner.readinto(buffer)

    assert cr.read_ipns(io.BufferedReader(Pipe(lines(ipn("A")))))["identifier"].tolist() == ["A"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (Path("no such file.jsonl"), "does not exist"),
        ("no such *.jsonl", "no file matches"),
        (b"", "no record"),
        (5, "type int cannot be read"),
        ([], "no record"),
    ],
)
def test_what_cannot_be_opened_is_refused(source: Any, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        cr.read_ipns(source)


def test_documents_of_several_kinds_stand_behind_each_other() -> None:
    one, *others = map(json.dumps, (ipn("A"), ipn("B"), ipn("C")))
    frame = cr.read_ipns(f"{one}\n[{', '.join(others)}]\n{one}".encode(), form="json")
    assert frame["identifier"].to_list() == ["A", "B", "C", "A"]


def test_raw_bytes_are_kept_where_asked_and_never_beyond_their_limit() -> None:
    record = ipn("A", note="x" * RAW_MAX_BYTES)
    assert cr.read_ipns(lines(record), keep_raw=True)["raw"].tolist() == [json.dumps(record).encode()[:RAW_MAX_BYTES]]
    assert cr.read_ipns(lines(record))["raw"].isna().all()


def test_tables_in_memory_have_one_source() -> None:
    for source in (pd.DataFrame([{"status": "success"}]), pa.table({"status": ["success"]}), [{"status": "success"}]):
        frame = cr.read_ipns(source)
        assert frame["source"].tolist() == ["<memory>"]
        assert frame["unreadable"].tolist() == ["missing_field"]


def test_a_damaged_source_is_never_passed_over_in_silence(tmp_path: Path) -> None:
    whole = "".join(json.dumps(ipn(f"A{number}")) + "\n" for number in range(20)).encode()
    damaged = bytearray(gzip.compress(whole, mtime=0))
    damaged[12] ^= 0xFF
    (tmp_path / "a.jsonl.gz").write_bytes(damaged)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(whole, mtime=0)[:-8])
    frame = cr.read_ipns(tmp_path)
    assert frame["unreadable"].value_counts().to_dict() == {"truncated": 1}
    assert [count["truncated"] for count in frame.attrs["intake"]] == [True, True]
    found = cr.audit(tmp_path / "b.jsonl.gz", keys=ring())
    assert [note for note in found.summary["notes"] if "b.jsonl.gz may be cut off or damaged" in note]
    assert cr.audit(whole, keys=ring()).summary["notes"] == []


def test_a_table_whose_last_line_has_no_end_is_nothing_exceptional() -> None:
    table = b"status,signature,identifier,amount,currency\nsuccess,%s,A,11.00000000,USD"
    found = cr.audit(table % signature("11.00000000", "A").encode(), keys=ring())
    assert (found.summary["verdicts"], found.is_exceptional) == ({"accepted": 1}, False)
