"""The package held against the reference, by every way in."""

from __future__ import annotations

import contextlib
import io
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

import pandas as pd

import corena_recon as cr
from corena_recon.command_line.main import main
from tests.reference.judging import judge
from tests.reference.worlds import World

Judged: TypeAlias = dict[tuple[str, int], tuple[str, tuple[str, ...]]]
"""Verdict and findings of each record, by its file and number."""


def expected(world: World) -> Judged:
    """What the reference says."""
    posts = world.fresh_posts()
    judge(posts, world.keys, world.audit)
    return {(post.source, post.record): (post.verdict, tuple(sorted(post.findings))) for post in posts}


def by_pipeline(world: World, archive: list[Path], _folder: Path) -> Judged:
    """Read and verified."""
    return _judged(cr.verify(cr.read_ipns(archive), world.ring(), **world.options()))


def shuffled(world: World, archive: list[Path], _folder: Path) -> Judged:
    """The files named in another order, and the rows in any."""
    files = random.Random(world.seed).sample(archive, len(archive))
    frame = cr.read_ipns(files).sample(frac=1, random_state=world.seed)
    return _judged(cr.verify(frame, world.ring(), **world.options()))


def in_pieces(world: World, archive: list[Path], _folder: Path) -> Judged:
    """Each file read by itself, and all verified together."""
    frame = pd.concat([cr.read_ipns(path) for path in archive])
    return _judged(cr.verify(frame, world.ring(), **world.options()))


def audited(world: World, archive: list[Path], _folder: Path) -> Judged:
    """Audited in memory."""
    return _judged(cr.audit(archive, None, world.ring(), **world.options()).notifications)


def to_a_folder(world: World, archive: list[Path], folder: Path) -> Judged:
    """Audited to a report folder, and read back from there."""
    out = folder / "report"
    cr.audit(archive, None, world.ring(), out=out, **world.options())
    return _judged(cr.Reconciliation.read_parquet(out).notifications)


def with_previous(world: World, archive: list[Path], folder: Path) -> Judged:
    """Some of the files audited first, and all of them on top of that report."""
    first, out = folder / "first", folder / "second"
    cr.audit(archive[:-1] or archive, None, world.ring(), out=first, **world.options())
    cr.audit(archive, None, world.ring(), out=out, previous=first, **world.options())
    return _judged(cr.Reconciliation.read_parquet(out).notifications)


def by_command(world: World, archive: list[Path], folder: Path) -> Judged:
    """The command line."""
    out = folder / "by-command"
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())), contextlib.redirect_stderr(io.StringIO()) as said:
        code = main(_command(world, archive, folder, out))
    assert code in (0, 1), said.getvalue()
    return _judged(cr.Reconciliation.read_parquet(out).notifications)


def by_process(world: World, archive: list[Path], folder: Path) -> Judged:
    """The command line, in a process of its own."""
    out = folder / "by-process"
    command = [sys.executable, "-m", "corena_recon", *_command(world, archive, folder, out)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr.decode()
    return _judged(cr.Reconciliation.read_parquet(out).notifications)


def in_shares(world: World, archive: list[Path], folder: Path) -> Judged:
    """Each of two shares of the files by itself, put together."""
    work, out = folder / "work", folder / "merged"
    for share in ("1/2", "2/2"):
        cr.audit(archive, None, world.ring(), shard=share, work=work, **world.options())
    cr.merge(work, out=out)
    return _judged(cr.Reconciliation.read_parquet(out).notifications)


def _command(world: World, archive: list[Path], folder: Path, out: Path) -> list[str]:
    keys = folder / "keys.toml"
    keys.write_text("".join(map(_as_toml, world.keys)), encoding="utf-8")
    options = [text for name, value in world.options().items() for text in _as_options(name, value)]
    return ["verify", *map(str, archive), "--keys", str(keys), "--out", str(out), *options]


QUICK: Final[tuple[Callable[[World, list[Path], Path], Judged], ...]] = (by_pipeline, shuffled, in_pieces, audited)
SLOW: Final = (to_a_folder, with_previous, by_command)


def differences(world: World, way: Callable[[World, list[Path], Path], Judged], folder: Path) -> list[str]:
    """What this way in says otherwise than the reference, a line each."""
    archive, wanted = world.write(folder), expected(world)
    found = way(world, archive, folder)
    return [
        f"{place}: {found.get(place)}, the contract says {wanted.get(place)}"
        for place in sorted({*found, *wanted})
        if found.get(place) != wanted.get(place)
    ]


def _judged(frame: pd.DataFrame) -> Judged:
    rows = zip(frame["source"], frame["record"], frame["verdict"], frame["findings"].tolist(), strict=True)
    return {
        (Path(source).name, int(record)): (verdict, ("unread",) if findings is None else tuple(findings))
        for source, record, verdict, findings in rows
    }


def _as_toml(key: Any) -> str:
    fields = {"id": key.id, "secret": key.secret, "mode": key.mode, "merchant": key.merchant}
    moments = {"valid_from": key.valid_from, "valid_until": key.valid_until}
    lines = [f'{name} = "{value}"' for name, value in fields.items() if value is not None]
    lines += [f'{name} = "{value.isoformat()}"' for name, value in moments.items() if value is not None]
    return "\n".join(["[[keys]]", *lines, ""])


def _as_options(name: str, value: Any) -> list[str]:
    values = sorted(value) if isinstance(value, frozenset) else [value]
    return [text for one in values for text in (f"--{name.replace('_', '-')}", str(one))]
