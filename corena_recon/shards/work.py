"""The folder in which the shares of one run are kept until they are merged; each share whole, or not at all.

A share is a folder ``shard-3-of-16``: Parquet files in which each bucket has row groups of its own, and a manifest,
written last, sealed with the keys. A share that is made again takes the place of the earlier one, with the same bytes.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

from corena_recon.errors import InputError, OptionError, OutputError
from corena_recon.report import MANIFEST, sha256_of, sync, take_place
from corena_recon.schemas import ROW_GROUP_ROWS
from corena_recon.shards.share import SHARE_KINDS
from corena_recon.signing import KeyRing
from corena_recon.tables.own_folders import own_folder
from corena_recon.tables.spool import Spool
from corena_recon.text import printable
from corena_recon.version import __version__

FORMAT: Final = 2
_NAME: Final = re.compile(r"shard-([0-9]+)-of-([0-9]+)")
_PACKAGE: Final = "corena_recon"
_SHARDS_MAX: Final = 100_000
_TOLD_MAX: Final = 8
_RUN_FACTS: Final = ("version", "buckets", "options", "keys", "parts", "has_orders", "has_ledger")
"""What all shares of a run say alike, and what it means where they do not."""
_DIFFER: Final = {
    "version": "were made by different versions of this package",
    "buckets": "have different numbers of buckets",
    "options": "were made with different options",
    "keys": "were made with different keys",
    "parts": "found different files in the archive",
    "has_orders": "were not all given orders, or all none",
    "has_ledger": "were not all given a ledger, or all none",
}


class Shard(NamedTuple):
    """Which share of how many, from 1 on."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def shard_numbers(text: object) -> Shard:
    """What ``3/16`` says.

    Raises:
        OptionError: It is no share.
    """
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text) if isinstance(text, str) else None
    shard = Shard(int(found[1]), int(found[2])) if found else Shard(0, 0)
    if not 1 <= shard.number <= shard.of <= _SHARDS_MAX:
        raise OptionError("shard is no share of several", hint="give the third of sixteen as shard='3/16'")
    return shard


def work_path(folder: object) -> Path:
    """The folder that a caller names for shares.

    Raises:
        OptionError: It is no path.
    """
    if not isinstance(folder, str | os.PathLike) or "://" in os.fsdecode(folder):
        given = "a URL" if isinstance(folder, str) else f"of type {type(folder).__name__}"
        raise OptionError(
            f"work is {given}, and names no folder",
            hint="give the folder that all shares of the run are written to, mounted where each runs: work='work'",
        )
    return Path(os.fsdecode(folder))


class ShareFile:
    """A file of a finished share: row groups by bucket."""

    def __init__(self, path: Path, groups: Mapping[str, list[int]]) -> None:
        self.path = path
        self._groups = groups

    def tables(self, bucket: int) -> Iterator[pa.Table]:
        """The rows of a bucket in order."""
        first, count = self._groups.get(str(bucket), (0, 0))
        if count:
            with pq.ParquetFile(self.path) as file:
                for group in range(first, first + count):
                    yield file.read_row_group(group)


class FinishedShare(NamedTuple):
    """A share as it stands in the work folder."""

    folder: Path
    manifest: dict[str, Any]

    def file(self, kind: str) -> ShareFile:
        """The rows of a kind."""
        return ShareFile(self.folder / f"{kind}.parquet", self.manifest["groups"][kind])


class WorkFolder:
    """The shares of one run.

    Args:
        folder: Where they are, as ``work_path`` gives it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def new_share(self, shard: Shard) -> Iterator[ShareWriter]:
        """A share to fill; it takes its place when the block ends without an exception.

        Raises:
            OutputError: The folder cannot be written, or something else stands there.
        """
        target = self.folder / f"shard-{shard.number}-of-{shard.of}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if target.exists() and _manifest_in(target) is None and any(target.iterdir()):
                raise OutputError(f"{target} holds something that is no shard", hint="name a new folder as work")
            with own_folder(f".{target.name}.", ".partial", parent=self.folder) as partial:
                with ShareWriter(partial, shard) as writer:
                    yield writer
                for path in (*partial.iterdir(), partial):
                    sync(path)
                take_place(partial, target)
        except OSError as error:
            raise OutputError(f"{target} cannot be written: {error.strerror or type(error).__name__}") from None

    def shares(self, keys: KeyRing | None) -> list[FinishedShare]:
        """All shares of the run in order, none lost, none there twice, none changed.

        Args:
            keys: With them it is proven that holders of the keys made the shares.

        Raises:
            InputError: They are not that.
        """
        try:
            found = {path.name: path for path in self.folder.iterdir() if _NAME.fullmatch(path.name)}
        except OSError as error:
            raise InputError(f"{self.folder} cannot be read: {error.strerror or type(error).__name__}") from None
        shards = {Shard(*map(int, _NAME.fullmatch(name).groups())): path for name, path in found.items()}  # type: ignore[union-attr]
        _require_all(self.folder, shards)
        shares = [FinishedShare(path, _manifest_of(path, shard)) for shard, path in sorted(shards.items())]
        _require_alike(shares)
        names = dict(enumerate(name for name, _ in shares[0].manifest["parts"]))
        require_each_once(names, (place for share in shares for place in share.manifest["own_parts"]))
        for share in shares:
            _require_unchanged(share, keys)
        return shares


def _require_all(folder: Path, shards: Mapping[Shard, Path]) -> None:
    counts = sorted({shard.of for shard in shards})
    if not counts:
        raise InputError(
            f"{folder} holds no shard", hint="run each share first: audit(…, shard='1/4', work=folder) and so on"
        )
    if len(counts) > 1:
        told = ", ".join(f"of {count}: {_told(s.number for s in shards if s.of == count)}" for count in counts)
        raise InputError(
            f"{folder} holds shards of several runs ({told}), so that sources would count twice",
            hint="remove the folders of the run that is not meant",
        )
    lost = [number for number in range(1, counts[0] + 1) if Shard(number, counts[0]) not in shards]
    if lost:
        raise InputError(
            f"{folder} lacks {len(lost)} of {counts[0]} shards: {_told(iter(lost))}",
            hint=f"run what is lost again: shard='{lost[0]}/{counts[0]}'",
        )


def _told(numbers: Iterator[int]) -> str:
    several = sorted(numbers)
    return ", ".join(map(str, several[:_TOLD_MAX])) + (", …" if len(several) > _TOLD_MAX else "")


def _manifest_in(folder: Path) -> dict[str, Any] | None:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="ascii"))
    except (OSError, ValueError, RecursionError):
        return None
    is_own = isinstance(manifest, dict) and manifest.get("package") == _PACKAGE and "shard" in manifest
    return manifest if is_own else None


def _manifest_of(folder: Path, shard: Shard) -> dict[str, Any]:
    manifest = _manifest_in(folder)
    if manifest is None or manifest.get("format") != FORMAT:
        raise InputError(f"{folder} is no shard that this version can read", hint=f"run it again: shard='{shard}'")
    if manifest["shard"] != list(shard):
        number, count = manifest["shard"]
        raise InputError(
            f"{folder} holds shard {number}/{count} and not {shard}, which it is called: one is there twice, or lost",
            hint=f"run it again: shard='{shard}'",
        )
    return manifest


def _require_alike(shares: list[FinishedShare]) -> None:
    first = shares[0].manifest
    for share in shares[1:]:
        for name in _RUN_FACTS:
            if share.manifest[name] != first[name]:
                raise InputError(
                    f"{shares[0].folder.name} and {share.folder.name} {_DIFFER[name]}",
                    hint="run all shares with the same call, while the archive stays as it is",
                )


def require_each_once(names: Mapping[int, str], read: Iterable[int]) -> None:
    """Nothing where all parts of an archive were read, and nothing else.

    Args:
        names: What the part of each number is called.
        read: The numbers of those that were read.

    Raises:
        InputError: A part is lost, was read twice, or is none of the archive.
    """
    times = Counter(read)
    for number in sorted({*names, *times}):
        name, expected = names.get(number, f"part {number}"), int(number in names)
        if times[number] != expected:
            raise InputError(
                f"{printable(name)} was read {times[number]} times instead of {expected}",
                hint="run all shares with the same call, while the archive stays as it is",
            )


def _require_unchanged(share: FinishedShare, keys: KeyRing | None) -> None:
    manifest = share.manifest
    for name, digest in manifest["outputs"].items():
        path = share.folder / name
        try:
            is_same = sha256_of(path) == digest
        except OSError:
            is_same = False
        if not is_same:
            raise InputError(
                f"{path} is not the file that its manifest names: it was changed, or not copied whole",
                hint=f"run it again: shard='{Shard(*manifest['shard'])}'",
            )
    if keys is not None and manifest.get("seal") != seal_of_share(keys, manifest):
        raise InputError(
            f"{share.folder} was not made with these keys, or was changed", hint="give the keys of the shares"
        )


def seal_of_share(keys: KeyRing, manifest: Mapping[str, Any]) -> str:
    """What proves that a holder of the keys has made a share."""
    facts = {name: value for name, value in manifest.items() if name != "seal"}
    return keys.seal(b"share\n" + json.dumps(facts, sort_keys=True).encode("ascii"))


class ShareWriter:
    """The files of one share, from entering it on.

    Args:
        folder: Empty.
        shard: Which share it is.
    """

    def __init__(self, folder: Path, shard: Shard) -> None:
        self._folder = folder
        self._shard = shard
        self._spools: dict[tuple[str, int], Spool] = {}
        self._scratch = ExitStack()

    def __enter__(self) -> Self:
        scratch = self._scratch.enter_context(own_folder("scratch.", ".temporary", parent=self._folder))
        self._scratch_folder = scratch
        return self

    def __exit__(self, *_: object) -> None:
        self._scratch.close()

    def add(self, kind: str, bucket: int, table: pa.Table) -> None:
        """Takes rows, those of one kind and bucket in order."""
        spool = self._spools.get((kind, bucket))
        if spool is None:
            file = self._scratch_folder / f"{kind}-{bucket}.arrow"
            spool = self._spools[kind, bucket] = Spool(file, _HELD_BYTES, is_packed=True)
        spool.add(table)

    @contextmanager
    def table_file(self, name: str) -> Iterator[Callable[[pa.Table], None]]:
        """Takes the rows of a table of its own, of which there must be one table at least."""
        with ExitStack() as opened:
            file = opened.enter_context((self._folder / f"{name}.parquet").open("xb"))
            writers: list[pq.ParquetWriter] = []

            def write(table: pa.Table) -> None:
                if not writers:
                    writers.append(opened.enter_context(pq.ParquetWriter(file, table.schema, compression="zstd")))
                writers[0].write_table(table, ROW_GROUP_ROWS)

            yield write

    def finish(self, facts: Mapping[str, Any], keys: KeyRing) -> dict[str, Any]:
        """Writes all files, and the manifest with the facts; gives the manifest."""
        groups = {kind: self._write_kind(kind, schema) for kind, schema in SHARE_KINDS.items()}
        self._scratch.close()
        outputs = {path.name: sha256_of(path) for path in sorted(self._folder.iterdir())}
        manifest: dict[str, Any] = {
            "package": _PACKAGE,
            "format": FORMAT,
            "version": __version__,
            "shard": list(self._shard),
            **facts,
            "groups": groups,
            "outputs": outputs,
        }
        manifest = json.loads(json.dumps(manifest))
        manifest["seal"] = seal_of_share(keys, manifest)
        text = json.dumps(manifest, sort_keys=True, ensure_ascii=True) + "\n"
        (self._folder / MANIFEST).write_text(text, encoding="ascii")
        return manifest

    def _write_kind(self, kind: str, schema: pa.Schema) -> dict[str, list[int]]:
        groups: dict[str, list[int]] = {}
        count = 0
        with (
            (self._folder / f"{kind}.parquet").open("xb") as file,
            pq.ParquetWriter(
                file,
                schema,
                compression="zstd",
                use_dictionary=[name for name in _FEW_VALUES if name in schema.names],
                write_statistics=False,
                store_schema=False,
            ) as writer,
        ):
            for bucket in sorted(bucket for each, bucket in self._spools if each == kind):
                first = count
                for chunk in self._spools[kind, bucket].chunks(rows=ROW_GROUP_ROWS):
                    writer.write_table(chunk.table.combine_chunks(), ROW_GROUP_ROWS)
                    count += 1
                groups[str(bucket)] = [first, count - first]
        return groups


_HELD_BYTES: Final = 4 * 1024**2
"""How much of one bucket is held in memory while a share is made."""
_FEW_VALUES: Final = [
    "source",
    "endpoint",
    "merchant",
    "status",
    "currency",
    "payment_type",
    "extra",
    "fidelity",
    "unreadable",
    "signature_status",
    "key_id",
    "order_currency",
    "order_currency_symbol",
    "order_status",
    "order_state",
]
