"""Compressed streams expanded in bounded memory: of a damaged one, everything before the damage."""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import pyarrow as pa

BLOCK_BYTES: Final = 1 << 24

DAMAGE: Final = (
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    pa.ArrowException,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What decompressors and zipfile raise on damaged input; a method or version not implemented is damage too."""

_MAGIC: Final = {b"\x1f\x8b": "gzip", b"(\xb5/\xfd": "zstd", b"\xfd7zXZ\x00": "xz", b"BZh": "bz2", b"PK\x03\x04": "zip"}
_PIECE_BYTES: Final = 1 << 20
_STORED_PIECE_BYTES: Final = 1 << 16
_STEPS: Final = ((_STORED_PIECE_BYTES, _PIECE_BYTES), (1 << 8, 1 << 12), (1, 1))
"""How many stored and expanded bytes are asked for at once: a step that fails loses what it has expanded already."""


def compression_of(head: bytes) -> str | None:
    """Which compression the first bytes say: ``gzip``, ``zstd``, ``xz``, ``bz2``, ``zip`` or None."""
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)


def expanded_blocks(
    kind: str, stored: Iterator[bytes], again: Callable[[], Iterator[bytes]], on_damage: Callable[[], None]
) -> Iterator[bytes]:
    """Every member of a compressed stream, in pieces of bounded size.

    Args:
        kind: The compression.
        stored: The stream.
        again: Reads the stream once more: the neighbourhood of a damage is expanded again in smaller steps.
        on_damage: Called where the stream is cut or damaged; what was expanded before that follows.
    """
    given = settled = 0
    for stored_step, expanded_step in _STEPS:
        chunks = _Chunks(stored, stored_step, settled)
        position = 0
        try:
            for piece in _pieces_of(kind, chunks, given, expanded_step):
                position += len(piece)
                if position > given:
                    yield piece[given - position :]
                    given = position
        except DAMAGE as error:
            on_damage()
            if isinstance(error, EOFError):
                return
            stored, settled = again(), chunks.settled
        else:
            return


class _Chunks(io.RawIOBase):
    """Blocks as a readable file that gives them in small steps after a place, and remembers where they were asked for.

    Attributes:
        settled: Everything before this place was expanded when the last bytes were asked for.
    """

    def __init__(self, blocks: Iterator[bytes], step: int, steps_from: int) -> None:
        self._blocks = blocks
        self._rest = memoryview(b"")
        self._step = step
        self._steps_from = steps_from
        self._position = 0
        self.settled = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401
        self.settled = self._position
        if not self._rest:
            self._rest = memoryview(next(self._blocks, b""))
        step = min(self._steps_from - self._position, _STORED_PIECE_BYTES)
        size = min(len(buffer), len(self._rest), step if step > 0 else self._step)
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        self._position += size
        return size


def _pieces_of(kind: str, chunks: _Chunks, known: int, step: int) -> Iterator[bytes]:
    """The stream expanded; beyond the bytes that are ``known`` to be sound, at most ``step`` at once.

    Raises:
        EOFError: It is cut, and all before has been given.
        Exception: One of ``DAMAGE``; some of what is before may not have been given.
    """
    if kind == "zstd":
        reader = pa.CompressedInputStream(pa.PythonFile(chunks, mode="r"), kind)
        position = 0
        while piece := reader.read(min(known - position, _PIECE_BYTES) if position < known else step):
            position += len(piece)
            yield piece
    else:
        yield from _members_of(kind, iter(partial(chunks.read, _STORED_PIECE_BYTES), b""))


class _Inflater:
    """A gzip member's decompressor with the interface of the others."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, octets: bytes, max_length: int) -> bytes:
        return self._inflate.decompress(self._inflate.unconsumed_tail + octets, max_length)


_DECOMPRESSORS: Final[dict[str, Callable[[], Any]]] = {
    "gzip": _Inflater,
    "bz2": bz2.BZ2Decompressor,
    "xz": partial(lzma.LZMADecompressor, lzma.FORMAT_XZ),
}


def _members_of(kind: str, stored: Iterator[bytes]) -> Iterator[bytes]:
    """Members one after the other, with padding or without."""
    member = None
    for octets in stored:
        rest = octets
        while rest := rest if member is not None else rest.lstrip(b"\0"):
            member = member or _DECOMPRESSORS[kind]()
            piece = member.decompress(rest, _PIECE_BYTES)
            yield piece
            while len(piece) == _PIECE_BYTES and not member.eof:
                piece = member.decompress(b"", _PIECE_BYTES)
                yield piece
            rest = member.unused_data
            member = None if member.eof else member
    if member is not None:
        raise EOFError
