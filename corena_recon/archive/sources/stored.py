"""The stored bytes of a source: what it held when it was opened, and what the system cannot read is no damage of it."""

from __future__ import annotations

import io
from typing import IO, Final

from corena_recon.errors import SourceError
from corena_recon.text import printable


class StoredFile(io.RawIOBase):
    """A file that can be gone about in, whose failures to be read are no damage of what it holds.

    Args:
        name: What reports call the source.
        file: Where its bytes are.
        end: Where it ended when it was opened; what is appended later is not read. Wherever it ends when None.
    """

    def __init__(self, name: str, file: IO[bytes], end: int | None = None) -> None:
        super().__init__()
        self._name = name
        self._file = file
        self._end = end

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes, all that are left by default.

        Raises:
            SourceError: The system, or a network, did not give them.
        """
        wanted = -1 if size is None else size
        try:
            if self._end is not None:
                left = max(self._end - self._file.tell(), 0)
                wanted = left if wanted < 0 else min(wanted, left)
            return self._file.read(wanted)
        except OSError as error:
            # Without a number it is what a decompressor says of the content, which a caller's file may be.
            if error.errno is None and not isinstance(error, ConnectionError | TimeoutError):
                raise
            raise not_given(self._name, error) from error

    def tell(self) -> int:
        """Where reading stands."""
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Goes to another place."""
        if whence == io.SEEK_END and self._end is not None:
            offset, whence = self._end + offset, io.SEEK_SET
        self._file.seek(offset, whence)
        return self._file.tell()


def not_given(name: str, error: OSError) -> SourceError:
    """What is said of a source that the system, or a network, did not give."""
    return SourceError(
        f"{printable(name)} cannot be read to its end: {error.strerror or type(error).__name__}",
        hint="run it again once all of it can be read",
    )


HELD_BYTES: Final = 1 << 26
"""How much of a pipe is held, so that its beginning can be looked at and read again."""


def held_at_its_start(file: IO[bytes] | io.RawIOBase) -> io.IOBase:
    """A file that cannot be gone about in, which is held where it is small; of another one the start is."""
    head = b""
    while len(head) < HELD_BYTES and (block := file.read(HELD_BYTES - len(head))):
        head += block
    return io.BytesIO(head) if len(head) < HELD_BYTES else _Forward(head, file)


class _Forward(io.RawIOBase):
    """A file that is read forward; going back ends with the bytes that are held."""

    def __init__(self, head: bytes, file: IO[bytes] | io.RawIOBase) -> None:
        super().__init__()
        self._head = head
        self._file = file
        self._position = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        wanted = -1 if size is None else size
        held = self._head[self._position : None if wanted < 0 else self._position + wanted]
        octets = held if held and wanted >= 0 else held + (self._file.read(wanted) or b"")
        self._position += len(octets)
        return octets

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence != io.SEEK_SET or max(offset, self._position) > len(self._head):
            raise io.UnsupportedOperation("a pipe cannot be gone about in")
        self._position = offset
        return offset
