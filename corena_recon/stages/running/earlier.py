"""An earlier report of a growing archive: what it read and verified need not be read and verified again.

A report is used again only where its manifest bears the seal that this run would give it. The seal is keyed with the
secrets of the key ring and covers the report's notifications and intake, the package and its rules, and how the archive
was read: what was changed since, by whomever, is read afresh. Findings and verdicts are never used again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import accumulate
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from corena_recon.archive import ByteStream, SourceCount
from corena_recon.errors import OutputError
from corena_recon.report import StoredTable, read_manifest
from corena_recon.schemas import NOTIFICATION_SCHEMA
from corena_recon.signing import KeyRing
from corena_recon.version import __version__
from corena_recon.vocabulary import OWN_FRAME

SEALED: Final = ("notifications.parquet", "intake.parquet")
_PROVEN_COLUMNS: Final = ("signature_status", "key_id", "amount_rendering")
_READ_AGAIN: Final = frozenset({"body", OWN_FRAME})
"""Forms whose rows the bytes of a file do not tell alone: bodies are dated by their file, and the rows of own frames
are counted in the sources that they came from."""


def seal_of(keys: KeyRing, digests: Mapping[str, str], *, form: str | None, keep_raw: bool) -> str:
    """What proves that a report was made by this package with these keys, in hexadecimal digits.

    Args:
        keys: In the order in which they are tried.
        digests: SHA-256 of the report's files by name, with those of SEALED.
        form: The archive form that was asked for.
        keep_raw: Whether every record's bytes were kept.
    """
    facts = {
        "version": __version__,
        "rules": _rules_digest(),
        "form": form,
        "keep_raw": keep_raw,
        "outputs": {name: digests[name] for name in SEALED},
    }
    return keys.seal(json.dumps(facts, sort_keys=True).encode("ascii"))


class EarlierReport:
    """The sources of an earlier report, found by what they hold.

    Args:
        folder: The report.
        keys: As for ``seal_of``.
        form: As for ``seal_of``.
        keep_raw: As for ``seal_of``.

    Attributes:
        reused: How many sources were found in it so far.

    Raises:
        OutputError: The folder is no report.
    """

    def __init__(self, folder: Path, keys: KeyRing, *, form: str | None, keep_raw: bool) -> None:
        manifest = read_manifest(folder)
        notifications, intake = sealed = [StoredTable.at(folder / name) for name in SEALED]
        self.reused = 0
        self._file: pq.ParquetFile | None = None
        self._opened = ExitStack()
        self._counts: dict[str, SourceCount] = {}
        self._starts: dict[str, int] = {}
        self._kept: tuple[int, pa.Table] | None = None
        try:
            digests = {table.path.name: table.sha256() for table in sealed}
            if manifest.get("seal") != seal_of(keys, digests, form=form, keep_raw=keep_raw):
                return
            counts = [SourceCount(**row) for row in intake.read().to_pylist()]
            self._file = self._opened.enter_context(notifications.opened())
        except OSError as error:
            raise OutputError(f"{folder} cannot be read: {error.strerror or type(error).__name__}") from None
        row_counts = [count.notifications + count.unreadable for count in counts]
        for count, start in zip(counts, accumulate(row_counts, initial=0), strict=False):
            if count.sha256 is not None and count.form not in _READ_AGAIN:
                self._counts.setdefault(count.sha256, count)
                self._starts.setdefault(count.sha256, start)
        self._sizes = {count.bytes for count in self._counts.values() if count.bytes is not None}

    def found(self, stream: ByteStream) -> tuple[SourceCount, Iterator[pa.Table]] | None:
        """What was counted in a source that nothing was read of yet, and its rows; None if the report has it not.

        The rows have the columns of NOTIFICATION_SCHEMA, and whether and how each signature verified.
        """
        sha256 = stream.digest_ahead(self._sizes) if self._file is not None else None
        if self._file is None or sha256 is None or sha256 not in self._counts:
            return None
        self.reused += 1
        count, first = self._counts[sha256], self._starts[sha256]
        return count, self._rows(self._file, first, first + count.notifications + count.unreadable)

    def _rows(self, file: pq.ParquetFile, first: int, end: int) -> Iterator[pa.Table]:
        start = 0
        for group in range(file.num_row_groups):
            stop = start + file.metadata.row_group(group).num_rows
            if start < end and stop > first:
                low = max(first - start, 0)
                yield self._group(file, group).slice(low, min(end, stop) - start - low)
            start = stop

    def _group(self, file: pq.ParquetFile, number: int) -> pa.Table:
        """A row group; the last one is kept, since sources that follow each other share it."""
        if self._kept is None or self._kept[0] != number:
            rows = file.read_row_group(number, columns=[*NOTIFICATION_SCHEMA.names, *_PROVEN_COLUMNS])
            self._kept = number, rows
        return self._kept[1]

    def close(self) -> None:
        """Lets go of its files."""
        self._kept = None
        self._opened.close()


@cache
def _rules_digest() -> str:
    """SHA-256 of the package's own modules, in hexadecimal digits."""
    digest = hashlib.sha256()
    for path, octets in sorted(_modules(files("corena_recon"), "")):
        digest.update(f"{path} {len(octets)}\n".encode())
        digest.update(octets)
    return digest.hexdigest()


def _modules(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _modules(entry, f"{path}{entry.name}/")
        elif entry.name.endswith(".py"):
            yield f"{path}{entry.name}", entry.read_bytes()
