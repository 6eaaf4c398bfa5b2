"""What is done to a report while it is replaced."""

from __future__ import annotations

import errno
import io
import os
import random
import resource
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa

import corena_recon as cr
from corena_recon.errors import CorenaReconError
from corena_recon.report.stored import replacing
from corena_recon.report.stored.folder import new_report, read_manifest, write_manifest
from corena_recon.report.stored.stored_tables import sha256_of
from corena_recon.report.stored.table_files import write_tables
from tests.reliability.shop import Figure, Shop, in_child, ran, silent_children

_KILLED_WITHIN_S = 0.02


def killed(scratch: Path, count: int) -> Figure:
    """A process that replaces a report without end is killed at any moment, half of them without an exchange."""
    failed: list[str] = []
    chance = random.Random(0)
    for number in range(count):
        can_exchange = number % 2 == 0
        folder = scratch / ("exchanged" if can_exchange else "replaced") / "report"
        if not folder.exists():
            _write(folder, 0)
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            with patch.object(replacing, "system_function", replacing.system_function if can_exchange else _nothing):
                _replace_without_end(folder, writing)
        os.close(writing)
        os.read(reading, 1)
        time.sleep(chance.random() * _KILLED_WITHIN_S)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
        try:
            outputs = read_manifest(folder)["outputs"]
            is_whole = all(sha256_of(folder / name) == digest for name, digest in outputs.items())
        except (CorenaReconError, OSError) as error:
            failed.append(f"kill {number}: {error}")
            continue
        if not is_whole:
            failed.append(f"kill {number}: the report is of two runs")
        _write(folder, number)
        if [path.name for path in folder.parent.iterdir()] != [folder.name]:
            failed.append(f"kill {number}: something is left beside the report")
    return Figure(count, failed)


def _nothing(_name: str) -> None:
    return None


def _replace_without_end(folder: Path, writing: int) -> None:
    number = 0
    while True:
        _write(folder, number)
        number += 1
        os.write(writing, b".")


def _write(folder: Path, number: int) -> None:
    table = pa.table({"records": [number] * 100})
    with new_report(folder) as partial:
        write_manifest(partial, {"number": number}, write_tables(partial, {"intake": table, "orders": table}))


_STEPS: dict[str, tuple[Any, str]] = {
    "write": (io.BufferedWriter, ""),
    "fsync": (os, "fsync"),
    "rename": (os, "rename"),
    "mkdir": (os, "mkdir"),
    "open": (os, "open"),
    "open file": (io, "open"),
}


def failing(scratch: Path, count: int) -> Figure:
    """The Nth write, fsync, rename, mkdir or open of an audit fails, for every N up to the count."""
    failed: list[str] = []
    times = 0
    shop = Shop(scratch / "shop")
    ran(shop.command(shop.archives[0]))
    for can_exchange in (True, False):
        for step in _STEPS:
            for at in range(1, count + 1):
                fault = _Fault(at)
                with (
                    fault.in_step(step),
                    patch.object(replacing, "system_function", replacing.system_function if can_exchange else _nothing),
                ):
                    code, said = ran(shop.command(shop.archives[1]))
                if not fault.happened:
                    ran(shop.command(shop.archives[0]))
                    break
                times += 1
                name = f"{step} {at}{'' if can_exchange else ' without exchange'}"
                failed += _told_wrongly(name, code, said, shop.size_reported(), {2: (3,), 0: (5,), 1: (5,)})
                ran(shop.command(shop.archives[0]))
                failed += [f"{name}: {left} is left" for left in shop.left_over()]
    return Figure(times, failed)


def _told_wrongly(name: str, code: int, said: str, size: int | None, right: dict[int, tuple[int, ...]]) -> list[str]:
    """What is wrong with how an audit ended, if anything."""
    if size not in right.get(code, ()):
        return [f"{name}: exit code {code}, and the report counts {size}: {said.strip()}"]
    return [f"{name}: {said!r}"] if code == 2 and (said.count("\n") != 1 or "Traceback" in said) else []


class _Fault:
    """The Nth time that something is done it fails, once.

    Args:
        at: N, from 1.
    """

    def __init__(self, at: int) -> None:
        self._left = at
        self._lock = threading.Lock()
        self.happened = False

    def in_step(self, step: str) -> Any:
        """Has it happen in a step of that name."""
        if step == "write":
            from corena_recon.report.stored import table_files  # noqa: PLC0415

            return patch.object(table_files._DigestedFile, "write", self._failing(table_files._DigestedFile.write))
        owner, name = _STEPS[step]
        return patch.object(owner, name, self._failing(getattr(owner, name)))

    def _failing(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **options: Any) -> Any:
            with self._lock:
                self._left -= 1
                is_now = self._left == 0
            if is_now:
                self.happened = True
                raise OSError(errno.EIO, "Input/output error")
            return function(*arguments, **options)

        return step


def disk_full(scratch: Path, count: int) -> Figure:
    """No file can grow beyond a size, from nothing up: as on a disk that is full there."""
    shop = Shop(scratch / "shop")
    ran(shop.command(shop.archives[0]))
    failed: list[str] = []
    with silent_children():
        for number in range(count):
            size = 97 * number

            def audited(size: int = size) -> int:
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
                return ran(shop.command(shop.archives[1]))[0]

            code = in_child(audited)
            failed += _told_wrongly(f"{size} bytes", code, "\n", shop.size_reported(), {2: (3,), 0: (5,), 1: (5,)})
            ran(shop.command(shop.archives[0]))
            failed += [f"{size} bytes: {left} is left" for left in shop.left_over()]
    return Figure(count, failed)


def descriptors(scratch: Path, count: int) -> Figure:
    """A process may open so many files more, from none up."""
    shop = Shop(scratch / "shop")
    ran(shop.command(shop.archives[0]))
    failed: list[str] = []
    with silent_children():
        for number in range(count):

            def audited(more: int = number) -> int:
                used = max(int(name) for name in os.listdir("/dev/fd"))  # noqa: PTH208
                hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
                resource.setrlimit(resource.RLIMIT_NOFILE, (used + 1 + more, hard))
                return ran(shop.command(shop.archives[1]))[0]

            code = in_child(audited)
            failed += _told_wrongly(f"{number} more", code, "\n", shop.size_reported(), {2: (3,), 0: (5,), 1: (5,)})
            ran(shop.command(shop.archives[0]))
            failed += [f"{number} more: {left} is left" for left in shop.left_over()]
    return Figure(count, failed)


def two_audits(scratch: Path, count: int) -> Figure:
    """Two audits of two archives into one folder at once: each shows its own, and the folder one of them."""
    shop = Shop(scratch / "shop")
    failed: list[str] = []

    def audited(archive: Path, expected: int) -> None:
        try:
            found = cr.audit(archive, shop.folder / "orders.csv", str(shop.folder / "keys.toml"), shop.report)
            shown = (len(found.notifications), found.summary["intake"]["records"], len(found.table("intake")))
            if shown != (expected, expected, 1):
                failed.append(f"an audit of {expected} shows {shown}")
        except CorenaReconError as error:
            failed.append(f"an audit of {expected}: {error}")

    for _ in range(count):
        work = [threading.Thread(target=audited, args=(shop.archives[place], size)) for place, size in ((0, 3), (1, 5))]
        for thread in work:
            thread.start()
        for thread in work:
            thread.join()
        if shop.size_reported() not in (3, 5) or shop.left_over():
            failed.append(f"the report counts {shop.size_reported()}; left are {shop.left_over()}")
    return Figure(2 * count, failed)
