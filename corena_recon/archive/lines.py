"""Line-wise forms: splitting without losing or joining lines, whatever their length or ending."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from corena_recon.archive.batches import Batch, Entry, Room, batches_of
from corena_recon.archive.posting import Posted, unreadable
from corena_recon.vocabulary import RAW_MAX_BYTES, RECORD_MAX_BYTES, Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.containers import ByteStream

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One physical line.

    Attributes:
        octets: Its bytes without the line end; the first part alone where it is too long.
        is_complete: Whether a line end follows; false for a last line that may be cut off.
        is_too_long: Whether it is longer than a record may be.
    """

    octets: bytes
    is_complete: bool = True
    is_too_long: bool = False


def lines_of(blocks: Iterator[bytes]) -> Iterator[Line]:
    """Every line of the blocks, in bounded memory; a byte order mark at the very start is no part of the first."""
    pending = b""
    overlong: bytes | None = None
    at_start = True
    for block in blocks:
        data = pending + block
        if at_start and len(data) >= len(BYTE_ORDER_MARK):
            data = data.removeprefix(BYTE_ORDER_MARK)
            at_start = False
        *complete, pending = data.split(b"\n")
        if overlong is not None and complete:
            yield Line(overlong, is_too_long=True)
            overlong = None
            del complete[0]
        for octets in complete:
            yield _line(octets)
        if overlong is not None:
            pending = b""
        elif len(pending) > RECORD_MAX_BYTES:
            overlong, pending = pending[:RAW_MAX_BYTES], b""
    if overlong is not None:
        yield Line(overlong, is_complete=False, is_too_long=True)
    elif pending and pending != BYTE_ORDER_MARK:
        yield Line(pending.removesuffix(b"\r"), is_complete=False, is_too_long=len(pending) > RECORD_MAX_BYTES)


def _line(octets: bytes) -> Line:
    if len(octets) > RECORD_MAX_BYTES:
        return Line(octets[:RAW_MAX_BYTES], is_too_long=True)
    return Line(octets.removesuffix(b"\r"))


class LineRoom(Room):
    """A form with one record a line; a blank line is no record.

    Attributes:
        ends_every_line: Whether what writes this form ends every line, so that a last line without an end was cut.
    """

    ends_every_line = False

    def read_line(self, octets: bytes) -> Posted | None:
        """The row of one line; None for other traffic."""
        raise NotImplementedError

    def is_cut(self, row: Posted | None, *, stream_is_cut: bool) -> bool:
        """Whether a last line without a line end was cut off, judging by the row it gave."""
        incomplete = (Unreadable.INVALID_JSON, Unreadable.MISSING_FIELD, Unreadable.NO_IPN_FIELDS)
        return stream_is_cut or (row is not None and row.unreadable in incomplete)

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every line of the stream."""
        return batches_of(
            line_entries(stream, self.read_line, self.is_cut, ends_every_line=self.ends_every_line), keep_raw=keep_raw
        )


def line_entries(
    stream: ByteStream,
    read_line: Callable[[bytes], Posted | None],
    is_cut: Callable[..., bool],
    *,
    ends_every_line: bool = False,
) -> Iterator[Entry]:
    """Every line of the stream that is not blank, read; ``LineRoom`` explains the arguments."""
    for line in lines_of(stream.blocks()):
        if line.is_too_long:
            stream.truncated |= not line.is_complete
            yield unreadable(Unreadable.TOO_LARGE, line.octets), line.octets
        elif line.octets and not line.octets.isspace():
            row = read_line(line.octets)
            if not line.is_complete:
                was_cut = is_cut(row, stream_is_cut=stream.truncated)
                stream.truncated |= was_cut or ends_every_line
                row = unreadable(Unreadable.TRUNCATED, line.octets) if was_cut and row is not None else row
            yield row, line.octets
