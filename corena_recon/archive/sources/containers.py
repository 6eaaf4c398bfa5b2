"""From what a caller hands over to named streams of bytes: files, compression, members of zips and tars.

Nothing is extracted to disk. What could lead elsewhere or never end is refused or passed over with a note: symbolic
links, pipes, devices, zip members whose names escape, encrypted members, archives in archives, streams that expand
beyond reason.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Any, Final, NamedTuple, cast

from corena_recon.archive.sources.checksums import zstd_has_checksum
from corena_recon.archive.sources.encoding import in_utf8
from corena_recon.archive.sources.expansion import BLOCK_BYTES, DAMAGE, compression_of, expanded_blocks
from corena_recon.archive.sources.mails import plain_mails
from corena_recon.archive.sources.places import (
    NO_ARCHIVE_BY_NAME,
    Place,
    is_written_for_people,
    open_regular,
)
from corena_recon.archive.sources.stored import StoredFile, held_at_its_start, not_given
from corena_recon.archive.sources.subscriptions import without_subscriptions
from corena_recon.archive.sources.table_formats import live_rows, refuse_table_in
from corena_recon.archive.sources.tar import TarMember, is_tar, members_of
from corena_recon.archive.sources.urls import Url, open_url
from corena_recon.errors import SourceError
from corena_recon.languages import note
from corena_recon.paths import is_zipped_folder, name_of, refuse_text
from corena_recon.text import printable
from corena_recon.vocabulary import EXPANSION_FREE_BYTES, EXPANSION_MAX_RATIO

SOURCE_MAX_BYTES: Final = 1 << 40
MEMORY_SOURCE: Final = "<memory>"
_HEAD_BYTES: Final = 512
"""The header of a tar's first member, and more than any other kind's mark."""

_NO_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""What stands in a zip where no date was written."""


class ByteStream:
    """The decompressed bytes of one source, text as UTF-8, hashed and counted as they are stored.

    Args:
        name: What reports call the source.
        stored: Where its bytes are.
        modified_at: When the file or member was last changed.
        member: Opens a zip's member once more: going back in one would leave its checksum unchecked.
        is_alone: Whether the caller named this very file, and no folder, glob or archive that holds it.
        is_member: Whether it is a member of an archive, and may be no archive itself.

    Attributes:
        name: What reports call the source.
        modified_at: When the file or member was last changed; None in memory.
        on_block: Called with every block of bytes that is read; None when nobody listens.
        truncated: Whether the compressed stream ended before its end, known once it is read.
        note: What people must know of the source beside its counts, a sentence without its name; None as a rule.
        has_checksum: Whether what is compressed in it is checked, as far as it is known to be compressed.
    """

    def __init__(
        self,
        name: str,
        stored: IO[bytes],
        *,
        modified_at: datetime | None = None,
        member: Callable[[], IO[bytes]] | None = None,
        is_alone: bool = True,
        is_member: bool = False,
    ) -> None:
        self.name = name
        self.is_alone = is_alone
        self._is_member = is_member
        self.modified_at = modified_at
        self._member = member
        self.truncated = False
        self.note: str | None = None
        self.has_checksum = True
        self._stored = stored
        self._start = stored.tell() if member is None else 0
        self._digest = hashlib.sha256()
        self._stored_bytes = 0
        self._is_at_end = False
        self._expanded = self._decompressed()
        text = in_utf8(self._expanded, self._mark_truncated, self._tell, name)
        self._blocks = plain_mails(without_subscriptions(text))
        self._ahead: list[bytes] = []
        self.on_block: Callable[[bytes], None] | None = None

    @property
    def file_bytes(self) -> int | None:
        """How many bytes of a file were read so far; None for what is within one."""
        return None if self._is_member else self._stored_bytes

    def expanded(self) -> Iterator[bytes]:
        """The bytes that were compressed, as they are, where none were read as text yet."""
        return self._expanded

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
            if not self._stored.seekable():
                return None
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
        self.has_checksum = kind != "zstd" or zstd_has_checksum(first)
        stored = self._stored_blocks(first)
        if kind is None:
            self._refuse_tar(first)
            yield from stored
            return
        expanded = 0
        for block in expanded_blocks(kind, stored, self._stored_again, self._mark_truncated):
            if not expanded:
                self._refuse_tar(block)
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

    def _refuse_tar(self, head: bytes) -> None:
        if self._is_member and is_tar(head):
            raise SourceError(f"{printable(self.name)} is a tar inside an archive", hint="unpack the inner tar first")

    def _stored_again(self) -> Iterator[bytes]:
        """The stored bytes once more, from the start; where reading stands does not change."""
        if self._member is not None:
            with self._member() as stored:
                yield from iter(partial(stored.read, BLOCK_BYTES), b"")
            return
        if not self._stored.seekable():
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


class NotRead(NamedTuple):
    """A source of which nothing is read, and why, a sentence without its name.

    Attributes:
        name: What reports call the source.
        note: The sentence.
        truncated: Whether it was cut off or damaged.
    """

    name: str
    note: str
    truncated: bool = False


class LiveTable(NamedTuple):
    """A folder of a table format as it stands now: what reports call it, and its rows."""

    name: str
    rows: Any


class StoredBytes(NamedTuple):
    """A file that somebody else has read: what reports call it, its bytes, and when it was last changed."""

    name: str
    octets: bytes
    modified_at: datetime | None


Opened = ByteStream | NotRead | LiveTable


@contextmanager
def opened(
    source: Any,  # noqa: ANN401 - the contract's list of kinds
) -> Iterator[Iterator[Opened]]:
    """What a part of an archive holds, in order: a place, URL, open binary file or bytes.

    Each stream must be read before the next one is asked for.

    Raises:
        SourceError: Something cannot be opened or is refused.
    """
    streams = _streams(source)
    try:
        yield streams
    finally:
        streams.close()


def _streams(source: Any) -> Generator[Opened, None, None]:  # noqa: ANN401
    if isinstance(source, bytes | bytearray | memoryview):
        yield from _members_or_self(MEMORY_SOURCE, io.BytesIO(bytes(source)))
    elif isinstance(source, Url):
        with open_url(source) as file:
            yield from _members_or_self(source.name, file, is_alone=source.is_alone)
    elif isinstance(source, Place):
        yield from _at(source)
    elif isinstance(source, StoredBytes):
        yield from _of_stored(source)
    elif hasattr(source, "read"):
        refuse_text(source)
        name = getattr(source, "name", None)
        name = name_of(name) if isinstance(name, str | bytes) else MEMORY_SOURCE
        yield from _members_or_self(name, source)
    elif hasattr(source, "fs") and hasattr(source, "path") and hasattr(source, "__enter__"):
        # What fsspec.open gives, before it is opened.
        with source as file:
            yield from _members_or_self(name_of(str(source.path)), file)
    else:
        raise SourceError(
            f"a source of type {type(source).__name__} cannot be read",
            hint="give a path, bytes, an open binary file, a table, dicts, or a list of those",
        )


def _of_stored(source: StoredBytes) -> Iterator[Opened]:
    if is_written_for_people(PurePosixPath(source.name).name):
        yield NotRead(source.name, NO_ARCHIVE_BY_NAME)
    else:
        yield from _members_or_self(source.name, io.BytesIO(source.octets), source.modified_at, is_alone=False)


def _at(place: Place) -> Iterator[Opened]:
    name = name_of(place.path)
    if place.note is not None:
        yield NotRead(name, place.note)
    elif place.table is not None:
        yield LiveTable(name, live_rows(place.path, place.table))
    else:
        with open_regular(place.path) as stored:
            changed_at = datetime.fromtimestamp(os.fstat(stored.fileno()).st_mtime, UTC)
            yield from _members_or_self(name, stored, changed_at, is_alone=place.is_alone)


def _members_or_self(
    name: str, file: IO[bytes], modified_at: datetime | None = None, *, is_alone: bool = True
) -> Iterator[Opened]:
    is_seekable = hasattr(file, "seekable") and file.seekable()
    stored = cast("IO[bytes]", StoredFile(name, file, _end_of(file, name) if is_seekable else None))
    if not is_seekable:
        stored = cast("IO[bytes]", held_at_its_start(stored))
    start = stored.tell()
    head = stored.read(_HEAD_BYTES)
    stored.seek(start)
    kind = compression_of(head)
    if kind == "zip" or head.startswith(b"PK\x05\x06"):
        stored = stored if stored.seekable() else io.BytesIO(stored.read())
        yield from _zip_members(name, stored, modified_at)
    elif is_tar(head if kind is None else _expanded_head(kind, stored)):
        outer = ByteStream(name, stored, modified_at=modified_at)
        for member in members_of(name, outer.expanded()):
            yield from _of_tar(name, member)
    else:
        yield ByteStream(name, stored, modified_at=modified_at, is_alone=is_alone)


def _expanded_head(kind: str, stored: IO[bytes]) -> bytes:
    """The first bytes of a compressed stream; where reading stands does not change."""
    start = stored.tell()
    blocks = expanded_blocks(kind, iter(partial(stored.read, _HEAD_BYTES), b""), lambda: iter(()), lambda: None)
    head = b""
    while len(head) < _HEAD_BYTES and (block := next(blocks, b"")):
        head += block[:_HEAD_BYTES]
    stored.seek(start)
    return head


def _of_tar(name: str, member: TarMember) -> Iterator[Opened]:
    if member.name is None:
        yield NotRead(name, member.note or "", member.is_cut)
        return
    member_name = f"{name}!/{member.name}"
    inner = PurePosixPath(member.name)
    if _is_of_macos(inner):
        return
    if member.file is None or is_written_for_people(inner.name):
        yield NotRead(member_name, member.note or NO_ARCHIVE_BY_NAME)
        return
    with member.file:
        stream = ByteStream(member_name, member.file, modified_at=member.modified_at, is_alone=False, is_member=True)
        stream.truncated = member.is_cut
        if inner.is_absolute() or ".." in inner.parts:
            stream.note = note("leads_out")
        yield stream


def _is_of_macos(inner: PurePosixPath) -> bool:
    """Whether macOS keeps it beside files. Other hidden members may be records: nothing is left out in silence."""
    return inner.name.startswith("._") or inner.name == ".DS_Store"


def _zip_members(name: str, stored: IO[bytes], modified_at: datetime | None) -> Iterator[Opened]:
    start = stored.tell()
    try:
        archive = zipfile.ZipFile(stored)
    except DAMAGE:
        stored.seek(start)
        yield DamagedSource(name, stored, modified_at=modified_at)
        return
    with archive:
        refuse_table_in(name, archive.namelist())
        _refuse_workbook(name, archive)
        for member in archive.infolist():
            if not is_zipped_folder(member):
                yield from _member(name, archive, member)


def _refuse_workbook(name: str, archive: zipfile.ZipFile) -> None:
    """Refuses a spreadsheet's file, which is a zip, too: its cells keep numbers, not what was posted."""
    if any(parts <= {*archive.namelist()} for parts in _WORKBOOKS):
        raise SourceError(
            f"{printable(name)} is a spreadsheet's workbook, which is no archive form: its cells lose zeros and digits",
            hint="save the sheet as CSV, with every column as text",
        )


_WORKBOOKS: Final = (
    {"[Content_Types].xml", "xl/workbook.xml"},
    {"[Content_Types].xml", "xl/workbook.bin"},
    {"mimetype", "content.xml"},
)


def _end_of(stored: IO[bytes], name: str) -> int | None:
    """Where a file of the system's ends now; None for what a caller's own file may have to compute."""
    if not isinstance(stored, io.FileIO | io.BytesIO) and not isinstance(getattr(stored, "raw", None), io.FileIO):
        return None
    try:
        start = stored.tell()
        end = stored.seek(0, io.SEEK_END)
        stored.seek(start)
    except OSError as error:
        raise not_given(name, error) from error
    return end


class DamagedSource(ByteStream):
    """A zip, or a member of one, whose headers are cut off or damaged: one record that cannot be read."""

    def _decompressed(self) -> Iterator[bytes]:
        self.truncated = True
        yield from self._stored_blocks(self._read_stored())


def _member(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Opened]:
    inner = PurePosixPath(member.filename.replace("\\", "/"))
    member_name = f"{name}!/{member.filename}"
    if inner.is_absolute() or ".." in inner.parts or ":" in inner.as_posix().partition("/")[0]:
        raise SourceError(f"{printable(name)} has a member whose path escapes: it is refused")
    printed = printable(member_name)
    if _is_of_macos(inner):
        return
    if is_written_for_people(inner.name):
        yield NotRead(member_name, NO_ARCHIVE_BY_NAME)
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
        modified_at = None if member.date_time == _NO_DATE else datetime(*member.date_time, tzinfo=UTC)
    except ValueError:
        modified_at = None
    try:
        stored = archive.open(member)
    except DAMAGE:
        yield DamagedSource(member_name, io.BytesIO(), modified_at=modified_at, is_alone=False)
        return
    with stored:
        yield ByteStream(
            member_name,
            stored,
            modified_at=modified_at,
            member=partial(archive.open, member),
            is_alone=False,
            is_member=True,
        )
