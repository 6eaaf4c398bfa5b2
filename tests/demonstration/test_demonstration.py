"""The demonstration's folder: what is left behind, that its commands work there, and that nothing of others is lost."""

from __future__ import annotations

import shlex
import tracemalloc
from typing import TYPE_CHECKING

import pytest

import corena_recon as cr
from corena_recon.command_line.main import EXCEPTIONS, NOTHING_EXCEPTIONAL, main
from corena_recon.demonstration import demonstration
from corena_recon.demonstration.demonstration import demonstrate, next_commands
from corena_recon.demonstration.shop import InventedShop
from corena_recon.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_three_commands_can_be_typed_where_the_folder_has_a_blank() -> None:
    assert [shlex.split(command)[1] for command in next_commands("my demo").values()] == [
        "my demo/report",
        "my demo",
        "my demo/report",
    ]


def test_what_is_done_is_said_in_french(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["demo", "--rows", "300", "--out", str(tmp_path / "d"), "--lang", "fr"])
    main(["report", str(tmp_path / "d" / "report"), "--csv", str(tmp_path / "w.csv"), "--lang", "fr"])
    told = capsys.readouterr().err
    assert f"rapport écrit dans {tmp_path / 'd' / 'report'}" in told
    assert f"liste de travail écrite dans {tmp_path / 'w.csv'}" in told
    assert "written" not in told


def test_demo_leaves_a_shop_whose_three_commands_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--rows", "300"]) == NOTHING_EXCEPTIONAL
    told = capsys.readouterr().err
    assert "every verdict is the one that was planted" in told
    commands = list(next_commands("corena-demo").values())
    assert len(commands) == 3
    codes = []
    for command in commands:
        assert f"  corena-recon {command}\n" in told
        codes.append(main(shlex.split(command)))
    assert codes == [NOTHING_EXCEPTIONAL, EXCEPTIONS, NOTHING_EXCEPTIONAL]
    assert "Valid if the amount were 10.00000000 instead of 1000.00000000" in capsys.readouterr().out
    assert (tmp_path / "corena-demo" / "worklist.csv").is_file()
    assert b"CMD-000071" in (tmp_path / "corena-demo" / "report.html").read_bytes()

    archive = tmp_path / "corena-demo" / "archive" / "ipn-bodies.txt"
    archive.write_bytes(archive.read_bytes().replace(b"status=success", b"status=failed", 1))
    before = files_of(tmp_path / "corena-demo")
    assert main(["demo", "--rows", "300"]) == EXCEPTIONS
    assert "expected accepted, found no_payment" in capsys.readouterr().err
    after = files_of(tmp_path / "corena-demo")
    changed = {name for name in before if before[name] != after[name]}
    assert {name for name in changed if not name.startswith("report/")} == {".corena-closes.jsonl", "report.html"}


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "corena.toml").write_text("archive = 'mine'\n")
    before = files_of(tmp_path)
    with pytest.raises(OutputError, match="is there already and is no shop of this demonstration"):
        cr.demo(300, tmp_path)
    assert files_of(tmp_path) == before


def test_a_shop_that_cannot_be_finished_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(demonstration, "with_expectation", fails)
    with pytest.raises(OutputError, match="No space left on device"):
        demonstrate(300, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_a_shop_of_millions_is_told_in_little_memory() -> None:
    """What is honest is made when it is asked for; one in a hundred is held."""
    shop = InventedShop(200_000)
    tracemalloc.start()
    records = shop.records()
    first = [next(records) for _ in range(100)]
    held_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [record.at_s for record in first] == sorted(record.at_s for record in first)
    assert held_bytes < 20e6
