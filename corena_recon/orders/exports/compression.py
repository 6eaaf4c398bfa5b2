"""Exports as they are stored: compressed by gzip, bzip2, xz or zstd, or together in a zip."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, Final

import pyarrow as pa

from corena_recon.errors import SourceError
from corena_recon.text import printable

DAMAGE: Final = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    lzma.LZMAError,
    zlib.error,
    zipfile.BadZipFile,
    pa.ArrowException,
)
"""What reading damaged compressed bytes raises."""

_KINDS: Final = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"(\xb5/\xfd": "zstd"}
_OPENERS: Final[dict[str, Any]] = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}
_HEAD_BYTES: Final = 6
_ZIP: Final = b"PK\x03\x04"
_OF_WORKBOOKS: Final = ("[Content_Types].xml", "content.xml", "mimetype", "xl/workbook.xml", "xl/workbook.bin")
_EXPANDED_MAX_BYTES: Final = 4 * 1024**3
_RATIO_MAX: Final = 2_000
_RATIO_FROM_BYTES: Final = 64 * 1024**2
"""How far a file may expand, and from what size on that is looked at."""
_STEP_BYTES: Final = 1 << 20


def compression_of(head: bytes) -> str | None:
    """How a file that begins so is compressed; None where it is not."""
    return next((kind for magic, kind in _KINDS.items() if head.startswith(magic)), None)


def opened(kind: str, stored: IO[bytes]) -> IO[bytes]:
    """The contents of a compressed stream."""
    if kind == "zstd":
        stream: IO[bytes] = pa.CompressedInputStream(pa.PythonFile(stored, mode="r"), "zstd")
        return stream
    contents: IO[bytes] = _OPENERS[kind](stored)
    return contents


def expanded(name: str, octets: bytes) -> bytes:
    """The contents of a file's bytes, whether or not they are compressed.

    Raises:
        SourceError: They are damaged, or expand beyond measure.
    """
    kind = compression_of(octets[:_HEAD_BYTES])
    if kind is None:
        return octets
    try:
        with opened(kind, io.BytesIO(octets)) as contents:
            return _whole(name, contents, len(octets))
    except DAMAGE as error:
        raise damaged(name, kind) from error


def zipped(name: str, octets: bytes) -> Iterator[tuple[str, bytes]] | None:
    """The files in a zip by name, ``name!/member``; None where it is none, or a workbook.

    Raises:
        SourceError: From the files: one is damaged or encrypted, or expands beyond measure.
    """
    if not octets.startswith(_ZIP):
        return None
    try:
        members = zipfile.ZipFile(io.BytesIO(octets))
    except DAMAGE:
        return None
    if any(known in members.namelist() for known in _OF_WORKBOOKS):
        return None
    return _members(name, members)


def damaged(name: str, kind: str) -> SourceError:
    """What is said of a file that cannot be expanded."""
    return SourceError(f"{printable(name)} is a damaged {kind} file", hint="fetch the export again", path=name)


def _members(name: str, members: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    with members:
        for member in members.infolist():
            parts = member.filename.split("/")
            if member.is_dir() or any(part.startswith(".") or part == "__MACOSX" for part in parts):
                continue
            own_name = f"{name}!/{member.filename}"
            try:
                with members.open(member) as contents:
                    yield own_name, expanded(own_name, _whole(own_name, contents, member.compress_size))
            except DAMAGE as error:
                raise damaged(own_name, "zip") from error


def _whole(name: str, contents: IO[bytes], stored_bytes: int) -> bytes:
    most = min(_EXPANDED_MAX_BYTES, max(_RATIO_FROM_BYTES, _RATIO_MAX * stored_bytes))
    pieces = []
    size = 0
    while piece := contents.read(_STEP_BYTES):
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise SourceError(
                f"{printable(name)} expands to over {most:,} bytes", hint="expand it and give its files", path=name
            )
    return b"".join(pieces)
