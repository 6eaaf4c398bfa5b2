from __future__ import annotations

import csv
import hashlib
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import corena_recon as cr
from corena_recon.archive.reading import read_batches
from corena_recon.errors import ColumnError, KeyRingError, OptionError, OutputError, SourceError
from corena_recon.judgement.judging import ring_facts
from corena_recon.report.stored import table_files
from corena_recon.report.stored.folder import read_manifest
from corena_recon.schemas import ROW_GROUP_ROWS
from corena_recon.stages import audit as auditing
from corena_recon.stages.running import reporting
from corena_recon.tables.spool import ChunkedParquet, Spool
from tests.archive.differential import native_reading
from tests.making import SECRET, ipn, jsonl, ring
from tests.places import SAMPLE_DATA

SAMPLES = SAMPLE_DATA
ARCHIVES = ("ipn-nested.jsonl.gz", "ipn-bodies.txt", "ipn-export.csv", "ipn-envelopes.jsonl")


def sample_audit(**options: Any) -> cr.Reconciliation:
    keys = cr.KeyRing.from_toml(SAMPLES / "keys.toml")
    found: cr.Reconciliation = cr.audit([SAMPLES / name for name in ARCHIVES], SAMPLES / "orders.csv", keys, **options)
    return found


def table_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def text(value: object) -> str:
    return "" if value is pd.NA or value is None else str(value)


@pytest.fixture(scope="module")
def whole() -> cr.Reconciliation:
    """The audit of the sample, in memory; nobody may change it."""
    return sample_audit()


def test_every_record_of_the_sample_is_judged_as_it_was_planted(whole: cr.Reconciliation) -> None:
    notifications = whole.notifications
    found = {
        (Path(row.source).name, str(row.record)): (
            text(row.signature_status),
            row.verdict,
            "" if row.findings is pd.NA else " ".join(row.findings),
        )
        for row in notifications.itertuples()
    }
    expected = {
        (row["source"], row["record"]): (row["signature_status"], row["verdict"], row["findings"])
        for row in table_of(SAMPLES / "expected.csv")
    }
    assert found == expected


def test_every_identifier_of_the_sample_has_the_outcome_that_was_planted(whole: cr.Reconciliation) -> None:
    results = whole.results
    expected = {row["identifier"]: row["outcome"] for row in table_of(SAMPLES / "expected_outcomes.csv")}
    assert dict(zip(results["identifier"], results["outcome"], strict=True)) == expected


def test_bodies_made_by_real_php_are_judged_as_they_were_made() -> None:
    bodies = SAMPLES / "php"
    found = cr.verify(cr.read_ipns(bodies / "bodies.txt"), cr.KeyRing.from_toml(bodies / "keys.toml"))
    expected = table_of(bodies / "expected.csv")
    assert [
        (text(row.identifier), text(row.signature_status), row.verdict, " ".join(row.findings))
        for row in found.itertuples()
    ] == [(row["identifier"], row["signature_status"], row["verdict"], row["findings"]) for row in expected]


def test_the_stages_one_by_one_give_what_the_audit_gives(
    whole: cr.Reconciliation, by_stages: cr.Reconciliation
) -> None:
    for name in ("notifications", "results", "orders", "intake", "tie_out"):
        assert by_stages.table(name).equals(whole.table(name).cast(by_stages.table(name).schema)), name


def test_a_folder_holds_what_memory_holds(tmp_path: Path, whole: cr.Reconciliation) -> None:
    on_disk = sample_audit(out=tmp_path / "report")
    assert on_disk.summary == whole.summary == cr.Reconciliation.read_parquet(tmp_path / "report").summary
    for name in ("notifications", "results", "orders", "intake", "tie_out"):
        assert on_disk.table(name).equals(whole.table(name).cast(on_disk.table(name).schema)), name


def bytes_of_tables(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.parquet")}


@pytest.mark.parametrize("rows", [64, pytest.param(ROW_GROUP_ROWS, marks=pytest.mark.exhaustive)])
def test_the_same_tables_are_the_same_bytes_whichever_way_they_were_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(table_files, "ROW_GROUP_ROWS", rows)
    keys = cr.KeyRing.from_toml(SAMPLES / "keys.toml")
    sample_audit(out=tmp_path / "audit")
    sample_audit(out=tmp_path / "previous", previous=tmp_path / "audit")
    notifications = cr.verify(cr.read_ipns([SAMPLES / name for name in ARCHIVES]), keys)
    ways = {
        "memory": sample_audit(),
        "stages": cr.reconcile(notifications, cr.read_orders(SAMPLES / "orders.csv")),
        "again": cr.Reconciliation.read_parquet(tmp_path / "audit"),
    }
    for name, found in ways.items():
        found.to_parquet(tmp_path / name)
    with native_reading(is_on=False):
        sample_audit(out=tmp_path / "without the core")
    expected = bytes_of_tables(tmp_path / "audit")
    assert len(expected) == 6
    for folder in tmp_path.iterdir():
        assert bytes_of_tables(folder) == expected, folder.name


def spare_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, share in ((auditing, "_CHECKED_SHARE"), (auditing, "_JOINING_SHARE"), (reporting, "_ORDERS_SHARE")):
        monkeypatch.setattr(module, share, 0.0)


def test_spilling_to_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample_audit(out=tmp_path / "roomy")
    spare_memory(monkeypatch)
    sample_audit(out=tmp_path / "spilled")
    assert {path.name: path.read_bytes() for path in (tmp_path / "roomy").iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "spilled").iterdir()
    }


@pytest.fixture(scope="module")
def by_stages() -> cr.Reconciliation:
    """The sample, stage by stage in memory; nobody may change it."""
    keys = cr.KeyRing.from_toml(SAMPLES / "keys.toml")
    notifications = cr.verify(cr.read_ipns([SAMPLES / name for name in ARCHIVES]), keys)
    return cr.reconcile(notifications, cr.read_orders(SAMPLES / "orders.csv"))


@pytest.mark.parametrize(
    ("rows", "is_spilling"),
    [
        pytest.param(1, True, marks=pytest.mark.exhaustive),
        pytest.param(2, False, marks=pytest.mark.exhaustive),
        (7, True),
        (7, False),
        (10_000, True),
    ],
)
def test_the_size_of_batches_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_stages: cr.Reconciliation, rows: int, is_spilling: bool
) -> None:

    def in_batches(*arguments: Any, **options: Any) -> Iterator[pa.Table]:
        for table in read_batches(*arguments, **options):
            yield from (table.slice(start, rows) for start in range(0, len(table), rows))

    monkeypatch.setattr(auditing, "read_batches", in_batches)
    for chunks in (Spool.chunks, ChunkedParquet.chunks):
        assert chunks.__kwdefaults__ is not None
        monkeypatch.setitem(chunks.__kwdefaults__, "rows", rows)
    if is_spilling:
        spare_memory(monkeypatch)
    streamed = sample_audit(out=tmp_path / "report")
    for name in ("notifications", "results", "orders", "intake", "tie_out"):
        assert streamed.table(name).equals(by_stages.table(name).cast(streamed.table(name).schema)), name
    assert streamed.summary == by_stages.summary


def test_an_audit_without_orders_verifies_alone(tmp_path: Path) -> None:
    found = cr.audit(jsonl(ipn("A")), keys=ring(), out=tmp_path / "report")
    assert found.summary["verdicts"] == {"accepted": 1}
    assert "outcomes" not in found.summary
    assert not found.is_exceptional
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == [
        "intake.parquet",
        "manifest.json",
        "notifications.parquet",
        "worklist.parquet",
    ]


def test_a_run_that_fails_late_leaves_no_report(tmp_path: Path) -> None:
    with pytest.raises(ColumnError):
        cr.audit(jsonl(ipn("A")), b"a,b\n1,2\n", ring(), tmp_path / "report")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("archive", "error", "words"),
    [
        ("absent.jsonl", SourceError, "does not exist"),
        (b"", SourceError, "no record"),
        (b"\x00\x01\x02binary", SourceError, "no known archive form"),
    ],
)
def test_archives_that_cannot_be_read_are_one_sentence(archive: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        cr.audit(archive, keys=ring())


def test_without_keys_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CORENA_SECRET_KEY", raising=False)
    with pytest.raises(KeyRingError, match="no key"):
        cr.audit(jsonl(ipn("A")))
    monkeypatch.setenv("CORENA_SECRET_KEY", SECRET)
    assert cr.audit(jsonl(ipn("A"))).summary["verdicts"] == {"accepted": 1}


def test_keys_and_the_options_of_orders_come_in_the_shape_they_plainly_have(tmp_path: Path) -> None:
    keys = tmp_path / "keys.toml"
    keys.write_text(f"[[keys]]\nid='live'\nmode='live'\nsecret='{SECRET}'\n")
    export, columns = b"Number;Sum\nA;11.00\n", {"identifier": "Number", "amount": "Sum"}
    for given in (keys, str(keys), ring()[0]):
        found = cr.audit(jsonl(ipn("A")), export, given, order_options={"columns": columns, "currency": "USD"})
        assert found.results["outcome"].tolist() == ["matched"]
        assert found.facts["options"] == {"columns": columns, "currency": "USD"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"order_options": {"column": {}}}, r"read_orders has no option column \(hint: did you mean columns\?\)"),
        ({"order_options": {5: 5}}, "read_orders is given an option that it has not .*platform"),
        ({"order_options": "woocommerce"}, "order_options is of type str"),
        ({"order_options": {"columns": "Number"}}, "columns is of type str"),
        ({"memory_bytes": "2 GiB"}, "memory_bytes is no size that a computer has"),
        ({"keep_raw": "yes"}, "keep_raw is of type str"),
        ({"form": 5}, "form is of type int"),
        ({"progress": True}, "progress is a bool"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        cr.audit(jsonl(ipn("A")), b"order_id,total\nA,11.00\n", ring(), **options)


def test_the_type_checker_and_the_run_refuse_an_unknown_option() -> None:
    with pytest.raises(OptionError, match=r"audit has no option tolerence \(hint: did you mean tolerance\?\)"):
        cr.audit(jsonl(ipn("A")), keys=ring(), tolerence=1)  # type: ignore[call-overload]
    with pytest.raises(OptionError, match=r"an option that it has not \(hint: its options are mode, .*memory_bytes"):
        cr.audit(jsonl(ipn("A")), keys=ring(), sk_l1ve=1)  # type: ignore[call-overload]


def test_progress_is_told() -> None:
    told: list[tuple[str, int]] = []
    cr.audit(jsonl(ipn("A")), keys=ring(), progress=lambda stage, count: told.append((stage, count)))
    assert ("read and verify", 1) in told


def test_the_report_that_is_replaced_is_no_part_of_the_archive(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    (archive / "ipn.jsonl").write_bytes(jsonl(ipn("A")))
    contents = []
    for _ in range(2):
        cr.audit(archive, None, ring(), out=archive / "report")
        contents.append({path.name: path.read_bytes() for path in (archive / "report").iterdir()})
    assert contents[0] == contents[1]


def test_the_manifest_names_every_input(tmp_path: Path) -> None:
    names = {"ipn.jsonl": jsonl(ipn("A")), "orders.csv": b"order_id,total,currency\nA,11,USD\n"}
    for name, octets in names.items():
        (tmp_path / name).write_bytes(octets)
    archive, orders = (tmp_path / name for name in names)
    digests = {str(tmp_path / name): hashlib.sha256(octets).hexdigest() for name, octets in names.items()}
    cr.audit(archive, orders, ring(), out=tmp_path / "one")
    assert read_manifest(tmp_path / "one")["inputs"] == digests
    by_stages = cr.reconcile(cr.verify(cr.read_ipns(archive), ring(), mode="live"), cr.read_orders(orders))
    by_stages.to_parquet(tmp_path / "two")
    cr.Reconciliation.read_parquet(tmp_path / "two").to_parquet(tmp_path / "three")
    for name in ("two", "three"):
        manifest = read_manifest(tmp_path / name)
        assert manifest["inputs"] == digests
        for fact, said in (("keys", {"live": ring()[0].fingerprint()}), ("profile", {"live": [8]})):
            assert manifest[fact] == read_manifest(tmp_path / "one")[fact] == said
        assert manifest["ring"] == read_manifest(tmp_path / "one")["ring"] == ring_facts(ring())
        assert manifest["options"] == {"mode": "live"}


def test_inputs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    archive, orders = jsonl(ipn("A")), b"order_id,total,currency\nA,11,USD\n"
    cr.audit(archive, orders, ring(), out=tmp_path / "report")
    assert read_manifest(tmp_path / "report")["inputs"] == {
        "<memory>": hashlib.sha256(archive).hexdigest(),
        "<memory> (2)": hashlib.sha256(orders).hexdigest(),
    }


def test_an_export_without_orders_is_an_export() -> None:
    found = cr.audit(jsonl(ipn("A")), b"order_id,total,currency,status\n", ring())
    assert list(found.results["outcome"]) == ["orphan_payment"]
    assert len(found.orders) == 0


@pytest.mark.parametrize("memory_bytes", [0, -1, 10**21])
def test_memory_that_no_computer_has_is_refused(memory_bytes: int) -> None:
    with pytest.raises(OptionError, match="memory"):
        cr.audit(jsonl(ipn("A")), None, ring(), memory_bytes=memory_bytes)


@pytest.mark.exhaustive
def test_words_of_any_number_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words are dictionaries, which are meant for a few: many must come out all the same, from disk too."""
    count = 3000
    posts = [ipn(f"N{number}", data_currency=f"C{number}", status=f"s{number}") for number in range(count)]
    orders = "".join(f"N{number},11,U{number:04d},state {number}\n" for number in range(count))
    export = f"order_id,total,currency,status\n{orders}".encode()
    in_memory = cr.audit(jsonl(*posts), export, ring(), success_statuses=[f"s{number}" for number in range(count)])
    assert list(in_memory.orders["order_status"]) == [f"state {number}" for number in range(count)]
    assert list(in_memory.notifications["currency"]) == [f"C{number}" for number in range(count)]
    assert len(in_memory.tie_out) == 2 * count
    spare_memory(monkeypatch)
    on_disk = cr.audit(
        jsonl(*posts), export, ring(), tmp_path / "report", success_statuses=[f"s{number}" for number in range(count)]
    )
    for name in ("notifications", "results", "orders", "tie_out"):
        assert on_disk.table(name).equals(in_memory.table(name).cast(on_disk.table(name).schema)), name


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_full_temporary_files_are_told_of_themselves_and_the_report_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = jsonl(*(ipn(f"A{number}") for number in range(50)))
    cr.audit(archive, keys=ring(), out=tmp_path / "report")
    before = {path.name: path.read_bytes() for path in (tmp_path / "report").iterdir()}
    init = Spool.__init__

    def full(self: Spool, file: Path | None = None, memory_bytes: int = 0, **options: Any) -> None:
        init(self, file and Path("/dev/full"), 0, **options)

    monkeypatch.setattr(Spool, "__init__", full)
    with pytest.raises(OutputError, match=r"temporary files cannot be written: .*TMPDIR"):
        cr.audit(archive, keys=ring(), out=tmp_path / "report")
    assert {path.name: path.read_bytes() for path in (tmp_path / "report").iterdir()} == before
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    with pytest.raises(OutputError, match="temporary files cannot be written: No such file"):
        cr.audit(archive, keys=ring())
