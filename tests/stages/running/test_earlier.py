"""An audit that takes what it can from an earlier report is the full audit, byte for byte."""

from __future__ import annotations

import gzip
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import corena_recon as cr
from corena_recon.archive import reading
from corena_recon.command_line.main import main
from corena_recon.errors import OutputError
from corena_recon.report.stored.folder import TABLES
from corena_recon.report.stored.stored_tables import sha256_of
from corena_recon.schemas import NOTIFICATION_SCHEMA, ROW_GROUP_ROWS
from corena_recon.signing import checking as signatures
from corena_recon.stages.running import earlier
from corena_recon.tables.columns import decoded
from tests.making import ipn, jsonl, ring
from tests.places import SAMPLE_DATA

SAMPLES = SAMPLE_DATA
ARCHIVES = ("ipn-nested.jsonl.gz", "ipn-bodies.txt", "ipn-export.csv", "ipn-envelopes.jsonl")


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def first_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of archives: the sample's, one of them in a zip, and one that ends too early.

    Beside it are the same again, ``kept``, and the report of it, ``full``.
    """
    folder = tmp_path_factory.mktemp("first") / "archive"
    folder.mkdir()
    for name in ARCHIVES[:3]:
        shutil.copy(SAMPLES / name, folder)
    with zipfile.ZipFile(folder / "months.zip", "w", zipfile.ZIP_DEFLATED) as members:
        members.write(SAMPLES / ARCHIVES[3], "05.jsonl")
        members.writestr("06.jsonl", jsonl(ipn("A"), ipn("A"), ipn("B")) + b'{"status":')
    (folder / "torn.jsonl.gz").write_bytes(gzip.compress(jsonl(ipn("C"), ipn("D")))[:-9])
    shutil.copytree(folder, folder.with_name("kept"))
    audited(folder, folder.with_name("full"))
    return folder


@pytest.fixture
def archive(first_archive: Path) -> Path:
    """The folder as it was: a report says where its archive stands, so that it stands there for every test."""
    shutil.rmtree(first_archive)
    shutil.copytree(first_archive.with_name("kept"), first_archive)
    return first_archive


@pytest.fixture
def full(first_archive: Path) -> Path:
    """The report of the archive as it was; nobody may change it."""
    return first_archive.with_name("full")


@pytest.fixture
def read_again(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the sources that are read rather than taken from the earlier report."""
    names: list[str] = []
    read = reading._read_stream

    def noted(stream: Any, *others: Any, **options: Any) -> Any:
        names.append(Path(stream.name).name)
        return read(stream, *others, **options)

    monkeypatch.setattr(reading, "_read_stream", noted)
    return names


def audited(archive: Any, out: Path, **options: Any) -> cr.Reconciliation:
    keys = options.pop("keys", None) or cr.KeyRing.from_toml(SAMPLES / "keys.toml")
    return cr.audit(archive, SAMPLES / "orders.csv", keys, out, **options)


def test_what_was_read_is_not_read_again(tmp_path: Path, archive: Path, full: Path, read_again: list[str]) -> None:
    found = audited(archive, tmp_path / "again", previous=full)
    assert read_again == []
    assert found.facts["reused_sources"] == 6
    assert files_of(tmp_path / "again") == files_of(full)


def test_a_report_may_take_the_place_of_the_one_it_uses(
    tmp_path: Path, archive: Path, full: Path, read_again: list[str]
) -> None:
    shutil.copytree(full, tmp_path / "report")
    audited(archive, tmp_path / "report", previous=tmp_path / "report")
    assert read_again == []
    assert files_of(tmp_path / "report") == files_of(full)


def test_an_archive_grows_shrinks_and_is_renamed(
    tmp_path: Path, archive: Path, full: Path, read_again: list[str]
) -> None:
    yesterday = full
    (archive / "00-new.jsonl").write_bytes(jsonl(ipn("A"), ipn("E"), ipn("F", amount="7.5")))
    (archive / "copy of bodies.txt").write_bytes((archive / "ipn-bodies.txt").read_bytes())
    (archive / "ipn-export.csv").rename(archive / "renamed.csv")
    (archive / "torn.jsonl.gz").unlink()
    nested = archive / "ipn-nested.jsonl.gz"
    nested.write_bytes(nested.read_bytes() + gzip.compress(jsonl(ipn("G"))))
    audited(archive, tmp_path / "full")
    read_again.clear()
    audited(archive, tmp_path / "report", previous=yesterday)
    assert sorted(read_again) == ["00-new.jsonl", "ipn-nested.jsonl.gz"]
    assert files_of(tmp_path / "report") == files_of(tmp_path / "full")


def test_settings_of_judging_may_change(tmp_path: Path, archive: Path, full: Path, read_again: list[str]) -> None:
    options = {"public_keys": ["unknown"], "amount_decimals": [2], "tolerance": {"USD": 5, "EUR": 5}, "mode": "test"}
    audited(archive, tmp_path / "full", **options)
    read_again.clear()
    audited(archive, tmp_path / "report", previous=full, **options)
    assert read_again == []
    assert files_of(tmp_path / "report") == files_of(tmp_path / "full")


@pytest.mark.exhaustive
def test_more_rows_than_are_written_at_once_are_the_same_bytes(tmp_path: Path, read_again: list[str]) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    numbers = range(ROW_GROUP_ROWS + 20_000)
    (archive / "1.jsonl").write_bytes(jsonl(*(ipn(f"A{number}") for number in numbers[:9_000])))
    (archive / "2.jsonl").write_bytes(jsonl(*(ipn(f"A{number}") for number in numbers[9_000:])))
    orders = tmp_path / "orders.csv"
    orders.write_text("order_id,total,currency\n" + "".join(f"A{number},11,USD\n" for number in numbers))
    cr.audit(archive, orders, ring(), tmp_path / "full")
    cr.audit(archive, orders, ring(), tmp_path / "on disk", memory_bytes=2**25)
    read_again.clear()
    cr.audit(archive, orders, ring(), tmp_path / "again", previous=tmp_path / "full")
    assert read_again == []
    full = files_of(tmp_path / "full")
    assert sorted(full) == sorted(["manifest.json", *(f"{name}.parquet" for name in TABLES)])
    for other in ("again", "on disk"):
        assert [name for name, octets in files_of(tmp_path / other).items() if octets != full[name]] == []


def reversed_keys() -> cr.KeyRing:
    return cr.KeyRing(list(cr.KeyRing.from_toml(SAMPLES / "keys.toml"))[::-1])


def fewer_keys() -> cr.KeyRing:
    return cr.KeyRing(list(cr.KeyRing.from_toml(SAMPLES / "keys.toml"))[:1])


@pytest.mark.parametrize(
    "options", [{"keys": reversed_keys()}, {"keys": fewer_keys()}, {"keep_raw": True}], ids=["order", "keys", "raw"]
)
def test_other_keys_or_another_way_of_reading_start_afresh(
    tmp_path: Path, archive: Path, full: Path, read_again: list[str], options: dict[str, Any]
) -> None:
    audited(archive, tmp_path / "full", **options)
    read_again.clear()
    found = audited(archive, tmp_path / "report", previous=full, **options)
    assert (len(read_again), found.facts["reused_sources"]) == (6, 0)
    assert files_of(tmp_path / "report") == files_of(tmp_path / "full")


@pytest.mark.parametrize("name", ["__version__", "_rules_digest"])
def test_another_package_starts_afresh(
    tmp_path: Path, archive: Path, full: Path, read_again: list[str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earlier, name, "9" if name == "__version__" else lambda: "9")
    audited(archive, tmp_path / "report", previous=full)
    assert len(read_again) == 6


def made_genuine(folder: Path) -> None:
    """What an intruder would do who can write the report and has no secret."""
    path = folder / "notifications.parquet"
    table = pq.read_table(path)
    status = pa.array(["valid"] * len(table))
    pq.write_table(table.set_column(table.schema.get_field_index("signature_status"), "signature_status", status), path)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["outputs"][path.name] = sha256_of(path)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def with_another_intake(folder: Path) -> None:
    path = folder / "intake.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)


@pytest.mark.parametrize("change", [made_genuine, with_another_intake])
def test_a_report_that_was_changed_is_not_used(
    tmp_path: Path, archive: Path, full: Path, read_again: list[str], change: Callable[[Path], None]
) -> None:
    shutil.copytree(full, tmp_path / "changed")
    change(tmp_path / "changed")
    audited(archive, tmp_path / "report", previous=tmp_path / "changed")
    assert len(read_again) == 6
    assert files_of(tmp_path / "report") == files_of(full)


def test_a_single_body_is_dated_by_its_file_and_read_again(tmp_path: Path, read_again: list[str]) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"status=success&identifier=A&signature=00&data%5Bamount%5D=1")
    keys = ring()
    cr.audit(body, keys=keys, out=tmp_path / "first", form="body")
    read_again.clear()
    cr.audit(body, keys=keys, out=tmp_path / "report", form="body", previous=tmp_path / "first")
    assert read_again == ["body"]


def test_bytes_open_files_and_frames_may_be_given(tmp_path: Path, read_again: list[str]) -> None:
    octets = jsonl(ipn("A"), ipn("B"))
    path = tmp_path / "a.jsonl"
    path.write_bytes(octets)
    cr.audit(path, keys=ring(), out=tmp_path / "first")
    read_again.clear()
    with path.open("rb") as file:
        cr.audit([octets, file], keys=ring(), out=tmp_path / "report", previous=tmp_path / "first")
    assert read_again == []
    cr.audit([octets, path], keys=ring(), out=tmp_path / "full")
    names = ["source", "sha256", "records"]
    assert pq.read_table(tmp_path / "report" / "intake.parquet", columns=names).equals(
        pq.read_table(tmp_path / "full" / "intake.parquet", columns=names)
    )
    frame = cr.read_ipns(path)
    cr.audit(frame, keys=ring(), out=tmp_path / "frame", previous=tmp_path / "first")


def test_what_is_no_report_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is no report"):
        cr.audit(jsonl(ipn("A")), keys=ring(), previous=tmp_path / "absent")


def test_a_report_without_its_tables_is_one_sentence(tmp_path: Path) -> None:
    cr.audit(jsonl(ipn("A")), keys=ring(), out=tmp_path / "first")
    (tmp_path / "first" / "notifications.parquet").unlink()
    with pytest.raises(OutputError, match="cannot be read"):
        cr.audit(jsonl(ipn("A")), keys=ring(), previous=tmp_path / "first")


def test_the_seal_gives_no_secret_away_and_needs_all_of_them() -> None:
    keys = ring()
    assert len(keys.seal(b"message")) == 64
    assert keys.seal(b"message") == ring().seal(b"message") != keys.seal(b"massage")
    assert keys[0].secret_bytes().hex() not in keys.seal(b"message")


def test_what_is_known_of_signatures_is_what_checking_finds() -> None:
    keys = cr.KeyRing.from_toml(SAMPLES / "keys.toml")
    batches = map(decoded, reading.read_batches([SAMPLES / name for name in ARCHIVES], []))
    table = pa.concat_tables([NOTIFICATION_SCHEMA.empty_table(), *batches]).combine_chunks()
    checked = signatures.check_signatures(table, keys, public_keys=("unknown",))
    names = ["signature_status", "key_id", "amount_rendering"]
    known = table
    for name in names:
        known = known.append_column(name, decoded(checked.select([name]))[name])
    for part in (known, known.slice(0, 0), known.slice(5, 40)):
        first = 5 if len(part) == 40 else 0
        again = signatures.signatures_known(part, keys, public_keys=("unknown",))
        assert again.schema == checked.schema
        assert again.to_pylist() == checked.slice(first, len(part)).to_pylist()


def test_what_a_frame_says_of_its_signatures_is_not_believed() -> None:
    other = ring(secret="another-secret-9")
    frame = cr.verify(cr.read_ipns(jsonl(ipn("A"))), ring())
    assert frame["signature_status"].tolist() == ["valid"]
    assert cr.verify(frame, other)["signature_status"].tolist() == ["invalid"]
    assert cr.audit(frame, keys=other).notifications["verdict"].tolist() == ["forged"]


def test_the_command_line_takes_a_previous_report(
    tmp_path: Path, archive: Path, read_again: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["verify", str(archive), "--keys", str(SAMPLES / "keys.toml"), "--json", "--out"]
    main([*arguments, str(tmp_path / "first")])
    assert "reused_sources" not in json.loads(capsys.readouterr().out)
    read_again.clear()
    main([*arguments, str(tmp_path / "second"), "--previous", str(tmp_path / "first")])
    assert json.loads(capsys.readouterr().out)["reused_sources"] == 6
    assert read_again == []
    assert files_of(tmp_path / "first") == files_of(tmp_path / "second")
