"""How far an audit is, told to whoever wants to know while it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from corena_recon.archive import ByteStream, parts_of
from corena_recon.errors import SourceError
from corena_recon.paths import paths_in
from corena_recon.progress import Progress, Stages, Telling
from corena_recon.tables.spool import CHUNK_ROWS, Chunk, ChunkedRows

READING: Final = "read and verify"
READING_ORDERS: Final = "read orders"
COMPARING: Final = "compare"
JUDGING: Final = "judge"
MATCHING: Final = "match"
RECONCILING: Final = "reconcile"
WRITING: Final = "write"


class Teller(Stages):
    """Tells of the stages of one audit.

    Args:
        progress: Whom; nobody when None.
        archive: What is read.
    """

    def __init__(self, progress: Progress | None, archive: Any) -> None:  # noqa: ANN401
        super().__init__(progress)
        self._total_bytes = 0 if self._share is None else _bytes_in(archive)
        self._ended_bytes = 0
        self._stream: ByteStream | None = None

    def begin_source(self, stream: ByteStream) -> None:
        """Says which stream is read now."""
        self._ended_bytes += self._read_bytes
        self._stream = stream

    def _tell_share(self, stage: str, done: int, total: int) -> None:
        if stage == READING:
            done, total = self._ended_bytes + self._read_bytes, self._total_bytes
        super()._tell_share(stage, done, total)

    @property
    def _read_bytes(self) -> int:
        return (self._stream.file_bytes or 0) if self._stream is not None else 0


class WatchedRows:
    """Rows that tell how many of them have been gone through, while somebody watches.

    Args:
        watched: The rows.
    """

    def __init__(self, watched: ChunkedRows) -> None:
        self._watched = watched
        self._tell: Telling | None = None
        self._gone_through, self._total = 0, 0

    @property
    def rows(self) -> int:
        """How many there are."""
        return self._watched.rows

    @property
    def names(self) -> list[str]:
        """Their columns."""
        return self._watched.names

    def chunks(self, columns: Sequence[str] | None = None, *, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
        """As ``ChunkedRows`` says."""
        for chunk in self._watched.chunks(columns, rows=rows):
            yield chunk
            if self._tell is not None:
                self._gone_through += len(chunk.table)
                self._tell(self._gone_through, self._total)

    def watch(self, tell: Telling | None, times: int = 1) -> None:
        """Tells from now on; nobody when None.

        Args:
            tell: Whom.
            times: How often they will be gone through, as far as that is known.
        """
        self._tell, self._gone_through, self._total = tell, 0, times * self.rows


def _bytes_in(archive: Any) -> int:  # noqa: ANN401
    """The size of all files that are read; 0 where there is something else, too."""
    several = list(archive) if isinstance(archive, list | tuple) else [archive]
    if len(paths_in(archive)) < len(several):
        return 0
    try:
        return sum(part.bytes for part in parts_of(archive))
    except SourceError:
        return 0
