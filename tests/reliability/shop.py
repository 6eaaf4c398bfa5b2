"""A small shop whose archive is audited again and again, and what must be true of its report each time."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from corena_recon.command_line.main import main
from corena_recon.report import read_manifest
from corena_recon.report.stored.stored_tables import sha256_of
from tests.making import SECRET, ipn, jsonl


class Figure(NamedTuple):
    """How often something was done, and a sentence for each time that it went wrong."""

    times: int
    failed: list[str]


class Shop:
    """Files of a shop in a folder: one archive of each size, orders, keys, and the place of the report.

    Args:
        folder: An empty one.
        sizes: How many notifications each archive has; a report is told by that.
    """

    def __init__(self, folder: Path, sizes: tuple[int, ...] = (3, 5)) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.report = folder / "reports" / "report"
        self.report.parent.mkdir()
        self.archives = [folder / f"{size}.jsonl" for size in sizes]
        for size, archive in zip(sizes, self.archives, strict=True):
            archive.write_bytes(jsonl(*(ipn(f"A{number}") for number in range(size))))
        (folder / "orders.csv").write_text("order_id,total,currency,status\nA0,11,USD,paid\nA1,11,USD,paid\n")
        (folder / "keys.toml").write_text(f"[[keys]]\nid = 'live'\nmode = 'live'\nsecret = '{SECRET}'\n")

    def command(self, archive: Path) -> list[str]:
        """The arguments of an audit of an archive into the report."""
        named = ["--orders", str(self.folder / "orders.csv"), "--keys", str(self.folder / "keys.toml")]
        return ["reconcile", str(archive), *named, "--out", str(self.report)]

    def size_reported(self) -> int | None:
        """How many notifications the report counts; None where it is none, or is not whole."""
        outputs = read_manifest(self.report)["outputs"]
        if any(sha256_of(self.report / name) != digest for name, digest in outputs.items()):
            return None
        rows = {name: pq.read_metadata(self.report / name).num_rows for name in outputs}
        manifest = read_manifest(self.report)
        return (
            rows["notifications.parquet"] if rows == {f"{k}.parquet": v for k, v in manifest["rows"].items()} else None
        )

    def left_over(self) -> list[str]:
        """What stands beside the report or in it, and is no part of it."""
        beside = {path.name for path in self.report.parent.iterdir()} - {self.report.name}
        within = {path.name for path in self.report.iterdir()} - {
            "manifest.json",
            *read_manifest(self.report)["outputs"],
        }
        return sorted(beside | within)


def ran(arguments: list[str]) -> tuple[int, str]:
    """The exit code of a command in this process, and what it says to people."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
        code = main(arguments)
    return code, said.getvalue()


def in_child(work: Callable[[], int]) -> int:
    """The exit code of a process that does the work; it begins with all that this one has loaded."""
    child = os.fork()
    if not child:
        code = 99
        try:
            code = work()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@contextlib.contextmanager
def silent_children() -> Iterator[None]:
    """Children within say nothing."""
    before = [os.dup(stream) for stream in (1, 2)]
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        for stream in (1, 2):
            os.dup2(nothing, stream)
        yield
    finally:
        for stream, kept in zip((1, 2), before, strict=True):
            os.dup2(kept, stream)
            os.close(kept)
        os.close(nothing)
