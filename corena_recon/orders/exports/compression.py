"""Exports as they are stored: compressed by gzip, bzip2, xz or zstd, or together in a zip."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, Any, Final

import pyarrow as pa

from corena_recon.errors import SourceError
from corena_recon.paths import is_zipped_folder
from corena_recon.text import printable
from corena_recon.vocabulary import EXPANSION_FREE_BYTES, EXPANSION_MAX_RATIO

_DAMAGE: Final = (
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
_STEP_BYTES: Final = 1 << 20


def compression_of(head: bytes) -> str | None:
    """How a file that begins so is compressed; None where it is not."""
    return next((kind for magic, kind in _KINDS.items() if head.startswith(magic)), None)


def expanded(name: str, octets: bytes) -> bytes:
    """The contents of a file's bytes, whether or not they are compressed.

    Raises:
        SourceError: They are damaged, or expand beyond measure.
    """
    kind = compression_of(octets[:_HEAD_BYTES])
    if kind is None:
        return octets
    return b"".join(expanded_blocks(name, kind, io.BytesIO(octets), _STEP_BYTES))


def expanded_blocks(name: str, kind: str, stored: IO[bytes], size: int) -> Iterator[bytes]:
    """The contents of a compressed stream, so many bytes at a time; what the system cannot read is no damage of it.

    Raises:
        SourceError: It is damaged, or expands beyond measure.
        OSError: The system does not give it.
    """
    expanded_bytes = 0
    try:
        with _opened(kind, stored) as contents:
            while block := contents.read(size):
                expanded_bytes += len(block)
                _refuse_beyond_measure(name, expanded_bytes, stored.tell())
                yield block
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _damaged(name, kind) from error


def zipped(name: str, octets: bytes) -> Iterator[tuple[str, bytes]] | None:
    """The files in a zip by name, ``name!/member``; None where it is none, or a workbook.

    Raises:
        SourceError: From the files: one is damaged or encrypted, or expands beyond measure.
    """
    if not octets.startswith(_ZIP):
        return None
    try:
        members = zipfile.ZipFile(io.BytesIO(octets))
    except _DAMAGE:
        return None
    if any(known in members.namelist() for known in _OF_WORKBOOKS):
        return None
    return _members(name, members)


def _members(name: str, members: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    with members:
        for member in members.infolist():
            parts = PurePosixPath(member.filename).parts
            if is_zipped_folder(member) or any(part.startswith(".") or part == "__MACOSX" for part in parts):
                continue
            own_name = f"{name}!/{member.filename}"
            try:
                with members.open(member) as contents:
                    yield own_name, expanded(own_name, _whole(own_name, contents, member.compress_size))
            except _DAMAGE as error:
                raise _damaged(own_name, "zip") from error


def _whole(name: str, contents: IO[bytes], stored_bytes: int) -> bytes:
    pieces = []
    size = 0
    while piece := contents.read(_STEP_BYTES):
        pieces.append(piece)
        size += len(piece)
        _refuse_beyond_measure(name, size, stored_bytes)
    return b"".join(pieces)


def _refuse_beyond_measure(name: str, expanded_bytes: int, stored_bytes: int) -> None:
    if expanded_bytes > max(EXPANSION_FREE_BYTES, EXPANSION_MAX_RATIO * stored_bytes):
        raise SourceError(
            f"{printable(name)} expands more than {EXPANSION_MAX_RATIO} times: it is refused as a decompression bomb",
            path=name,
        )


def _opened(kind: str, stored: IO[bytes]) -> IO[bytes]:
    if kind == "zstd":
        stream: IO[bytes] = pa.CompressedInputStream(pa.PythonFile(stored, mode="r"), "zstd")
        return stream
    contents: IO[bytes] = _OPENERS[kind](stored)
    return contents


def _damaged(name: str, kind: str) -> SourceError:
    return SourceError(f"{printable(name)} is a damaged {kind} file", hint="fetch the export again", path=name)
