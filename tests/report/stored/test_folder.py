from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corena_recon.errors import OutputError
from corena_recon.report.stored import table_files
from corena_recon.report.stored.folder import new_report, read_manifest, report_path, write_manifest
from corena_recon.report.stored.stored_tables import sha256_of
from corena_recon.report.stored.table_files import write_tables

ONE = {"intake": pa.table({"source": ["a"], "records": [1]})}
TWO = {"intake": pa.table({"source": ["b"], "records": [2]})}


def write(folder: Path, tables: dict[str, pa.Table]) -> None:
    with new_report(folder) as partial:
        write_manifest(partial, {"rows": len(tables)}, write_tables(partial, tables))


def records(folder: Path) -> list[int]:
    return list(pq.read_table(folder / "intake.parquet")["records"].to_pylist())


def test_a_report_takes_the_place_of_an_earlier_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / "deep" / "report", ONE)
    write(tmp_path / "deep" / "report", TWO)
    assert records(tmp_path / "deep" / "report") == [2]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["report"]


def test_a_failed_run_leaves_the_earlier_report_as_it_was(tmp_path: Path) -> None:
    write(tmp_path / "report", ONE)

    def failing() -> None:
        with new_report(tmp_path / "report") as partial:
            write_tables(partial, TWO)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert records(tmp_path / "report") == [1]
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_the_manifest_holds_the_digest_of_every_file(tmp_path: Path) -> None:
    write(tmp_path / "report", ONE)
    manifest = read_manifest(tmp_path / "report")
    assert manifest["outputs"] == {"intake.parquet": sha256_of(tmp_path / "report" / "intake.parquet")}


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    write(tmp_path / "report", ONE)
    assert records(tmp_path / "report") == [1]


def test_what_is_no_report_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.txt").write_text("years of work")
    (tmp_path / "file").write_text("more work")
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    for name in ("folder", "file", "link"):
        with pytest.raises(OutputError):
            write(tmp_path / name, ONE)
    assert (tmp_path / "folder" / "thesis.txt").read_text() == "years of work"


def test_a_way_that_leads_up_again_hides_nothing(tmp_path: Path) -> None:
    """The folder is not there while its way is not; it must not be taken for a new one."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.txt").write_text("years of work")
    target = report_path(tmp_path / "new" / ".." / "folder")
    with pytest.raises(OutputError, match="no report"):
        write(target, ONE)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert (tmp_path / "folder" / "thesis.txt").read_text() == "years of work"
    write(report_path(tmp_path / "new" / ".." / "report"), ONE)
    assert records(tmp_path / "report") == [1]


def test_what_appears_meanwhile_is_never_replaced(tmp_path: Path) -> None:
    def writing() -> None:
        with new_report(tmp_path / "report") as partial:
            write_manifest(partial, {}, write_tables(partial, ONE))
            (tmp_path / "report").mkdir()
            (tmp_path / "report" / "thesis.txt").write_text("years of work")

    with pytest.raises(OutputError, match="no report"):
        writing()
    assert [path.name for path in (tmp_path / "report").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    "manifest", ['{"name": "my web app"}', '{"package": "corena_recon", "outputs": {"app.js": ""}}']
)
def test_a_manifest_of_something_else_makes_no_report(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    (tmp_path / "app.js").write_text("years of work")
    with pytest.raises(OutputError, match="no report"):
        write(tmp_path, ONE)
    assert (tmp_path / "app.js").read_text() == "years of work"


def test_a_report_with_something_else_beside_it_is_never_replaced(tmp_path: Path) -> None:
    write(tmp_path / "report", ONE)
    (tmp_path / "report" / "notes.txt").write_text("years of work")
    with pytest.raises(OutputError, match=r"more than a report: notes\.txt"):
        write(tmp_path / "report", TWO)
    (tmp_path / "report" / "notes.txt").rename(tmp_path / "report" / ".DS_Store")
    write(tmp_path / "report", TWO)
    assert records(tmp_path / "report") == [2]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot be written"):
        write(tmp_path / "report", ONE)


@pytest.mark.parametrize("method", ["write", "flush", "close"])
def test_a_report_on_a_full_disk_is_one_sentence(tmp_path: Path, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "report", ONE)

    def full(file: io.BufferedWriter, *octets: bytes) -> None:
        if method == "close":
            io.BufferedWriter.close(file)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(table_files._DigestedFile, method, full, raising=False)
        with pytest.raises(OutputError, match="report cannot be written: No space left on device"):
            write(tmp_path / "report", TWO)
    assert records(tmp_path / "report") == [1]
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_what_fails_beside_the_report_is_not_told_of_the_report(tmp_path: Path) -> None:
    def failing() -> None:
        with new_report(tmp_path / "report"):
            raise OSError(errno.ENOSPC, "No space left on device", "elsewhere")

    with pytest.raises(OSError, match="elsewhere"):
        failing()


def test_a_parent_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write(tmp_path / "file" / "report", ONE)


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", "{}", "null", '{"outputs": {}}', '{"package": "corena_recon", "outputs": []}']
)
def test_a_folder_without_a_manifest_is_no_report(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(OutputError, match="no report"):
        read_manifest(tmp_path)


def with_format(folder: Path, number: object) -> Path:
    """The same report, whose manifest names another format; none where it is None."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest = {name: value for name, value in manifest.items() if name != "format"}
    (folder / "manifest.json").write_text(json.dumps(manifest if number is None else manifest | {"format": number}))
    return folder


def test_manifest_and_files_name_their_format_and_nothing_else_of_how_they_were_made(tmp_path: Path) -> None:
    table = pa.table({"source": ["a"]}).replace_schema_metadata({"pandas": "{}", "seen": "today"})
    write(tmp_path / "report", {"intake": table})
    assert read_manifest(tmp_path / "report")["format"] == 1
    file = tmp_path / "report" / "intake.parquet"
    assert pq.read_metadata(file).metadata == {b"package": b"corena_recon", b"format": b"1"}


def test_a_report_that_names_no_format_is_of_the_first(tmp_path: Path) -> None:
    write(tmp_path / "report", ONE)
    assert "outputs" in read_manifest(with_format(tmp_path / "report", None))


def test_a_report_of_a_later_format_is_neither_read_nor_replaced(tmp_path: Path) -> None:
    write(tmp_path / "report", ONE)
    manifest = with_format(tmp_path / "report", 2) / "manifest.json"
    manifest.write_text(manifest.read_text().replace("intake.parquet", "of_tomorrow.parquet"))
    message = r"report is a report of format 2, and this version reads none above 1 \(hint: update the package"
    with pytest.raises(OutputError, match=message):
        read_manifest(tmp_path / "report")
    with pytest.raises(OutputError, match=message):
        write(tmp_path / "report", TWO)
    assert records(tmp_path / "report") == [1]


@pytest.mark.parametrize("number", [0, -1, True, 1.0, "1", [1]])
def test_a_format_that_is_no_number_makes_no_report(tmp_path: Path, number: object) -> None:
    write(tmp_path / "report", ONE)
    with pytest.raises(OutputError, match="no report"):
        read_manifest(with_format(tmp_path / "report", number))


ENDLESS_WRITER = """
import sys
sys.path.insert(0, ".")
from pathlib import Path
import pyarrow as pa
from corena_recon.report.stored.folder import new_report, write_manifest
from corena_recon.report.stored.table_files import write_tables
number = 0
while True:
    number += 1
    with new_report(Path(sys.argv[1])) as partial:
        digests = write_tables(partial, {"intake": pa.table({"records": [number] * 1000})})
        write_manifest(partial, {"number": number}, digests)
    print(number, flush=True)
"""


def test_a_writer_killed_at_any_moment_leaves_a_whole_report(tmp_path: Path) -> None:
    for _ in range(5):
        writer = subprocess.Popen(
            [sys.executable, "-c", ENDLESS_WRITER, str(tmp_path / "report")], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        for _ in range(3):
            assert writer.stdout.readline()
        writer.kill()
        writer.wait()
        writer.stdout.close()
        manifest = json.loads((tmp_path / "report" / "manifest.json").read_text())
        assert records(tmp_path / "report") == [manifest["number"]] * 1000
