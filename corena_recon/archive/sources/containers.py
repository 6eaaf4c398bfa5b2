"""From what a caller hands over to named streams of bytes: files, folders, globs, compression and zip members.

Nothing is extracted to disk. What could lead elsewhere or never end is refused: symbolic links, pipes, devices, zip
members whose names escape, encrypted members, archives in archives, streams that expand beyond reason.
"""

from __future__ import annotations

import glob
import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, cast

from corena_recon.archive.sources.encoding import in_utf8
from corena_recon.archive.sources.expansion import BLOCK_BYTES, DAMAGE, compression_of, expanded_blocks
from corena_recon.archive.sources.stored import StoredFile
from corena_recon.errors import SourceError
from corena_recon.paths import inner_paths, name_of, path_hint, refuse_text, shown, within
from corena_recon.text import printable

EXPANSION_FREE_BYTES: Final = 32 * 1024 * 1024
EXPANSION_MAX_RATIO: Final = 500
"""Archives of payment notifications shrink about tenfold; beyond this ratio a stream is a trap."""
SOURCE_MAX_BYTES: Final = 1 << 40
MEMORY_SOURCE: Final = "<memory>"


class ByteStream:
    """The decompressed bytes of one source, text as UTF-8, hashed and counted as they are stored.

    Args:
        name: What reports call the source.
        stored: Where its bytes are.
        modified_at: When the file or member was last changed.
        member: Opens a zip's member once more: going back in one would leave its checksum unchecked.

    Attributes:
        name: What reports call the source.
        modified_at: When the file or member was last changed; None in memory.
        on_block: Called with every block of bytes that is read; None when nobody listens.
        truncated: Whether the compressed stream ended before its end, known once it is read.
        note: What people must know of the source beside its counts, a sentence without its name; None as a rule.
    """

    def __init__(
        self,
        name: str,
        stored: IO[bytes],
        *,
        modified_at: datetime | None = None,
        member: Callable[[], IO[bytes]] | None = None,
    ) -> None:
        self.name = name
        self.modified_at = modified_at
        self._member = member
        self.truncated = False
        self.note: str | None = None
        self._stored = stored
        self._start = stored.tell() if member is None else 0
        self._digest = hashlib.sha256()
        self._stored_bytes = 0
        self._is_at_end = False
        self._blocks = in_utf8(self._decompressed(), self._mark_truncated, self._tell)
        self._ahead: list[bytes] = []
        self.on_block: Callable[[bytes], None] | None = None

    def head(self, size: int) -> bytes:
        """The first bytes of the source, up to ``size``, without consuming them."""
        missing = size - sum(map(len, self._ahead))
        while missing > 0 and (block := next(self._blocks, b"")):
            self._ahead.append(block)
            missing -= len(block)
        self._ahead = [b"".join(self._ahead)]
        return self._ahead[0][:size]

    def blocks(self) -> Iterator[bytes]:
        """The bytes from where reading stands, block by block."""
        while self._ahead:
            block = self._ahead.pop(0)
            if block:
                yield self._seen(block)
        for block in self._blocks:
            yield self._seen(block)

    def _seen(self, block: bytes) -> bytes:
        if self.on_block is not None:
            self.on_block(block)
        return block

    def read_all(self) -> bytes:
        """Everything that is left."""
        return b"".join(self.blocks())

    def digest(self) -> tuple[str, int]:
        """SHA-256 and size of the source as it is stored; reads what is left of it."""
        while self._read_stored():
            pass
        return self._digest.hexdigest(), self._stored_bytes

    def digest_ahead(self, sizes: Collection[int]) -> str | None:
        """SHA-256 of the source as it is stored, before anything of it is read.

        Args:
            sizes: Those that are of interest, in bytes; a source of another size is left alone.

        Returns:
            Hexadecimal digits, or None where the source has another size or is damaged.
        """
        try:
            if self._member is not None:
                with self._member() as stored:
                    return _sha256_of(stored) if sizes else None
            start = self._stored.tell()
            try:
                size = self._stored.seek(0, io.SEEK_END) - start
                self._stored.seek(start)
                return _sha256_of(self._stored) if size in sizes else None
            finally:
                self._stored.seek(start)
        except DAMAGE:
            return None

    def _read_stored(self) -> bytes:
        if self._is_at_end:
            # What is appended meanwhile was not read as records; the digest must not say that it was.
            return b""
        try:
            block = self._stored.read(BLOCK_BYTES)
        except DAMAGE:
            self.truncated = True
            block = b""
        self._is_at_end = not block
        self._digest.update(block)
        self._stored_bytes += len(block)
        return block

    def _decompressed(self) -> Iterator[bytes]:
        first = self._read_stored()
        kind = compression_of(first)
        name = printable(self.name)
        if kind == "zip":
            raise SourceError(f"{name} is a zip inside an archive", hint="unpack the inner zip first")
        stored = self._stored_blocks(first)
        if kind is None:
            yield from stored
            return
        expanded = 0
        for block in expanded_blocks(kind, stored, self._stored_again, self._mark_truncated):
            expanded += len(block)
            if expanded > EXPANSION_FREE_BYTES and expanded > EXPANSION_MAX_RATIO * self._stored_bytes:
                raise SourceError(
                    f"{name} expands more than {EXPANSION_MAX_RATIO} times: it is refused as a decompression bomb"
                )
            if expanded > SOURCE_MAX_BYTES:
                raise SourceError(f"{name} expands beyond {SOURCE_MAX_BYTES} bytes")
            yield block

    def _mark_truncated(self) -> None:
        self.truncated = True

    def _tell(self, note: str) -> None:
        self.note = note

    def _stored_again(self) -> Iterator[bytes]:
        """The stored bytes once more, from the start; where reading stands does not change."""
        if self._member is not None:
            with self._member() as stored:
                yield from iter(partial(stored.read, BLOCK_BYTES), b"")
            return
        position = self._start
        while block := self._stored_at(position):
            yield block
            position += len(block)

    def _stored_at(self, position: int) -> bytes:
        stands_at = self._stored.tell()
        try:
            self._stored.seek(position)
            return self._stored.read(BLOCK_BYTES)
        finally:
            self._stored.seek(stands_at)

    def _stored_blocks(self, first: bytes) -> Iterator[bytes]:
        block = first
        while block:
            yield block
            block = self._read_stored()


def _sha256_of(stored: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := stored.read(BLOCK_BYTES):
        digest.update(block)
    return digest.hexdigest()


@contextmanager
def opened(
    source: Any,  # noqa: ANN401 - the contract's list of kinds
    without: Path | None = None,
) -> Iterator[Iterator[ByteStream]]:
    """The byte streams of a path, glob, folder, open binary file, bytes, or a list of those, in order.

    What folders and globs hold within the folder ``without`` is left out.

    Each stream must be read before the next one is asked for.

    Raises:
        SourceError: Something cannot be opened or is refused.
    """
    streams = _streams(source, without)
    try:
        yield streams
    finally:
        streams.close()


def _streams(source: Any, without: Path | None) -> Generator[ByteStream, None, None]:  # noqa: ANN401
    if isinstance(source, bytes | bytearray | memoryview):
        yield from _members_or_self(MEMORY_SOURCE, io.BytesIO(bytes(source)), None)
    elif isinstance(source, str | os.PathLike):
        for path in expanded_paths(source, without):
            with _open_regular(path) as stored:
                changed_at = datetime.fromtimestamp(os.fstat(stored.fileno()).st_mtime, UTC)
                yield from _members_or_self(name_of(path), stored, changed_at)
    elif hasattr(source, "read"):
        refuse_text(source)
        name = getattr(source, "name", None)
        name = name_of(name) if isinstance(name, str | bytes) else MEMORY_SOURCE
        yield from _members_or_self(name, source, None)
    elif isinstance(source, list | tuple):
        for one in source:
            yield from _streams(one, without)
    else:
        raise SourceError(f"a source of type {type(source).__name__} cannot be read")


def expanded_paths(source: str | os.PathLike[str], without: Path | None = None) -> list[Path]:
    """The regular files that a path, folder or glob names, in order of their names.

    Args:
        source: The path, folder or glob.
        without: A folder; what folders and globs hold within it is left out.

    Raises:
        SourceError: There is none.
    """
    path = Path(source)
    try:
        is_folder = stat.S_ISDIR(path.lstat().st_mode)
    except (OSError, ValueError) as error:
        return _matching(str(source), without, error)
    if not is_folder:
        return [path]
    found = sorted(inner for inner in inner_paths(path, without) if inner.is_symlink() or not inner.is_dir())
    if not found:
        raise SourceError(f"the folder {printable(name_of(path))} holds no file")
    return found


def _matching(pattern: str, without: Path | None, error: OSError | ValueError) -> list[Path]:
    """The regular files that a glob names, which is no path because of the error."""
    if glob.has_magic(pattern):
        names = glob.glob(pattern, recursive=True)  # noqa: PTH207 - pathlib globs relative patterns alone
        is_left_out = within(without)
        found = sorted(path for path in map(Path, names) if not path.is_dir() and not is_left_out(path))
        if found:
            return found
        raise SourceError(f"no file matches {shown(pattern)}", hint=path_hint(pattern)) from None
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        raise SourceError(f"{shown(pattern)} does not exist", hint=path_hint(pattern)) from None
    raise SourceError(f"{shown(pattern)} cannot be opened: {error.strerror}", hint=path_hint(pattern)) from None


@contextmanager
def _open_regular(path: Path) -> Iterator[IO[bytes]]:
    name = printable(name_of(path))
    try:
        if stat.S_ISLNK(path.lstat().st_mode):
            raise SourceError(f"{name} is a symbolic link: it is refused", hint="give the file itself")
        # Opening a pipe would wait for its writer, and what stands at the path may have been exchanged meanwhile.
        stored = open(path, "rb", buffering=0, opener=_open_waiting_for_nothing)  # noqa: SIM115
    except OSError as error:
        raise SourceError(f"{name} cannot be opened: {error.strerror or type(error).__name__}") from None
    with stored:
        if not stat.S_ISREG(os.fstat(stored.fileno()).st_mode):
            raise SourceError(f"{name} is no regular file: pipes, devices and sockets are refused")
        yield stored


def _open_waiting_for_nothing(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def _members_or_self(name: str, stored: IO[bytes], modified_at: datetime | None) -> Iterator[ByteStream]:
    is_seekable = hasattr(stored, "seekable") and stored.seekable()
    stored = cast("IO[bytes]", StoredFile(name, stored, _end_of(stored) if is_seekable else None))
    if not is_seekable:
        stored = io.BytesIO(stored.read())
    start = stored.tell()
    magic = stored.read(4)
    stored.seek(start)
    if compression_of(magic) != "zip" and magic != b"PK\x05\x06":
        yield ByteStream(name, stored, modified_at=modified_at)
        return
    try:
        archive = zipfile.ZipFile(stored)
    except DAMAGE:
        stored.seek(start)
        yield DamagedSource(name, stored, modified_at=modified_at)
        return
    with archive:
        for member in archive.infolist():
            if not member.is_dir():
                yield from _member(name, archive, member)


def _end_of(stored: IO[bytes]) -> int | None:
    """Where a file of the system's ends now; None for what a caller's own file may have to compute."""
    if not isinstance(stored, io.FileIO | io.BytesIO) and not isinstance(getattr(stored, "raw", None), io.FileIO):
        return None
    start = stored.tell()
    try:
        return stored.seek(0, io.SEEK_END)
    finally:
        stored.seek(start)


class DamagedSource(ByteStream):
    """A zip, or a member of one, whose headers are cut off or damaged: one record that cannot be read."""

    def _decompressed(self) -> Iterator[bytes]:
        self.truncated = True
        yield from self._stored_blocks(self._read_stored())


def _member(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[ByteStream]:
    inner = PurePosixPath(member.filename.replace("\\", "/"))
    member_name = f"{name}!/{member.filename}"
    if inner.is_absolute() or ".." in inner.parts or ":" in inner.parts[0]:
        raise SourceError(f"{printable(name)} has a member whose path escapes: it is refused")
    printed = printable(member_name)
    if inner.name.startswith("._") or inner.name == ".DS_Store":
        # What macOS keeps beside files. Other hidden members may be records, and nothing is left out in silence.
        return
    if stat.S_ISLNK(member.external_attr >> 16):
        raise SourceError(f"{printed} is a symbolic link: it is refused")
    if member.flag_bits & 0x1:
        raise SourceError(f"{printed} is encrypted", hint="decrypt the archive first")
    if member.file_size > max(EXPANSION_FREE_BYTES, EXPANSION_MAX_RATIO * max(member.compress_size, 1)):
        raise SourceError(
            f"{printed} expands more than {EXPANSION_MAX_RATIO} times: it is refused as a decompression bomb"
        )
    try:
        modified_at = datetime(*member.date_time, tzinfo=UTC)
    except ValueError:
        modified_at = None
    try:
        stored = archive.open(member)
    except DAMAGE:
        yield DamagedSource(member_name, io.BytesIO(), modified_at=modified_at)
        return
    with stored:
        yield ByteStream(member_name, stored, modified_at=modified_at, member=partial(archive.open, member))
