"""Members of a tar, one after the other as it is read: nothing is extracted, and nothing leads out of it."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO, Final, NamedTuple, cast

from corena_recon.errors import SourceError
from corena_recon.languages import note
from corena_recon.text import printable, text_of

_BLOCK_BYTES: Final = tarfile.BLOCKSIZE
_ZEROS: Final = bytes(_BLOCK_BYTES)
_HELD_MAX_BYTES: Final = 1 << 24
_HEADER_MAX_BYTES: Final = 1 << 20
_READ: Final = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_EXTENDED: Final = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
_UNSAID: Final = (tarfile.DIRTYPE, b"V", b"D", b"N")
"""Folders, labels, and lists of names."""
_NOTES: Final = {
    tarfile.SYMTYPE: "tar_link",
    tarfile.LNKTYPE: "tar_other_name",
    tarfile.CHRTYPE: "tar_device",
    tarfile.BLKTYPE: "tar_device",
    tarfile.FIFOTYPE: "tar_pipe",
}
_PAX_RECORD: Final = re.compile(rb"([0-9]{1,7}) ([^=\n]+)=")
_SPARSE: Final = "is stored in a tar as a sparse file, which is not read"


class TarMember(NamedTuple):
    """One member, whose bytes must be read before the next one is asked for.

    Attributes:
        name: Its name in the tar; None for what is said of the tar itself.
        file: Its bytes, which raises EOFError where the tar ends before them; None where there is nothing to read.
        modified_at: When it was last changed.
        note: What people must know of it, a sentence without its name.
        is_cut: Whether some of it is missing, where that is known already.
    """

    name: str | None
    file: IO[bytes] | None = None
    modified_at: datetime | None = None
    note: str | None = None
    is_cut: bool = False


def is_tar(head: bytes) -> bool:
    """Whether the first bytes are the header of a tar's first member, or what stands before such a header."""
    return _header_in(head[:_BLOCK_BYTES]) is not None


def members_of(name: str, blocks: Iterator[bytes]) -> Iterator[TarMember]:
    """Every member that is or could be a file, in order; tars that were appended to each other are read on.

    Args:
        name: What errors call the tar.
        blocks: Its bytes.

    Raises:
        SourceError: A member is stored in a way that does not give its bytes.
    """
    octets = _Octets(blocks)
    has_end = is_damaged = False
    said: dict[str, bytes] = {}
    common: dict[str, bytes] = {}
    while block := octets.exactly(_BLOCK_BYTES):
        info = _header_in(block)
        if info is None:
            if block.strip(b"\0") and not is_damaged:
                yield TarMember(None, note=note("tar_damaged"), is_cut=True)
            # Behind a damage the next header is looked for.
            is_damaged = bool(block.strip(b"\0"))
            has_end |= block == _ZEROS
            continue
        has_end = is_damaged = False
        if info.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XGLTYPE, *_EXTENDED):
            content = octets.padded(min(info.size, _HEADER_MAX_BYTES), info.size)
            if info.type == tarfile.XGLTYPE:
                common |= _pax_records(content)
            elif info.type == tarfile.GNUTYPE_LONGNAME:
                said["path"] = content.rstrip(b"\0")
            elif info.type in _EXTENDED:
                said |= _pax_records(content)
            continue
        yield from _member(name, info, {**common, **said}, octets)
        said = {}
    if not has_end:
        yield TarMember(None, note=note("tar_unended"), is_cut=True)


def _header_in(block: bytes) -> tarfile.TarInfo | None:
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return None
    return info if info.size >= 0 else None


def _pax_records(content: bytes) -> dict[str, bytes]:
    records = {}
    place = 0
    while found := _PAX_RECORD.match(content, place):
        end = place + int(found[1])
        if end <= found.end():
            break
        records[text_of(found[2])] = content[found.end() : end - 1]
        place = end
    return records


def _member(tar: str, info: tarfile.TarInfo, said: dict[str, bytes], octets: _Octets) -> Iterator[TarMember]:
    own_name = info.name.encode("utf-8", "surrogateescape")
    name = text_of(said.get("path", own_name))
    is_sparse = info.type == tarfile.GNUTYPE_SPARSE or any(key.startswith("GNU.sparse") for key in said)
    if is_sparse or info.type == b"M":
        raise SourceError(
            f"{printable(f'{tar}!/{name}')} {_SPARSE if is_sparse else 'goes on from another tar, which is not read'}",
            hint="pack it again, without --sparse and into one tar",
        )
    if info.type not in _READ:
        if info.type not in _UNSAID:
            yield TarMember(name, note=note(_NOTES.get(info.type, "tar_unknown")))
        # Links and devices have no bytes, whatever they say; of unknown kinds it is believed.
        if info.type not in _NOTES and info.type != tarfile.DIRTYPE:
            octets.skip_padded(info.size)
        return
    size = info.size
    if (told := said.get("size", b"")).isdigit():
        size = int(told[:20])
    modified_at = None
    # Who makes archives that do not depend on the day writes the beginning of their time.
    with suppress(ValueError, OverflowError, OSError):
        modified_at = datetime.fromtimestamp(int(info.mtime), UTC) if info.mtime else None
    if size <= _HELD_MAX_BYTES:
        content = octets.padded(size, size)
        yield TarMember(name, io.BytesIO(content), modified_at, is_cut=len(content) < size)
        return
    file = _Member(octets, size)
    yield TarMember(name, cast("IO[bytes]", file), modified_at)
    file.skip()


class _Octets:
    """Blocks as one run of bytes."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = memoryview(b"")

    def some(self, size: int) -> memoryview:
        """Some of the next bytes, ``size`` at most; none at the end."""
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                break
            self._rest = memoryview(block)
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece

    def exactly(self, size: int) -> bytes:
        """The next bytes; fewer where they end."""
        pieces = []
        while size and (piece := self.some(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def skip(self, size: int) -> None:
        """Passes over bytes."""
        while size and (piece := self.some(size)):
            size -= len(piece)

    def padded(self, kept: int, size: int) -> bytes:
        """The first bytes of a member's; passes over the others and what fills its last block."""
        content = self.exactly(kept)
        self.skip(size - kept + -size % _BLOCK_BYTES)
        return content

    def skip_padded(self, size: int) -> None:
        """Passes over a member's bytes and what fills its last block."""
        self.padded(0, size)


class _Member(io.RawIOBase):
    """The bytes of a member too large to be held."""

    def __init__(self, octets: _Octets, size: int) -> None:
        super().__init__()
        self._octets = octets
        self._size = size
        self._left = size

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size - self._left

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes.

        Raises:
            EOFError: The tar ends before the member.
        """
        if not self._left:
            return b""
        piece = bytes(self._octets.some(self._left if size is None or size < 0 else min(size, self._left)))
        if not piece:
            raise EOFError
        self._left -= len(piece)
        return piece

    def skip(self) -> None:
        """Passes over what is left of it, and what fills its last block."""
        self._octets.skip(self._left + -self._size % _BLOCK_BYTES)
