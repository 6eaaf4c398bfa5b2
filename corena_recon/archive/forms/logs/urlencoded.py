"""Bodies as they were posted: one a line, or a file that is one body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Final

from corena_recon.archive.lines.line_runs import Line, Run, runs_of
from corena_recon.archive.lines.lines import LineRoom, without_blank_start
from corena_recon.archive.records.batches import Batch, Room, batch_of
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import Facts, Posted, from_body, is_body, is_multipart, unreadable
from corena_recon.native import Kind
from corena_recon.vocabulary import RECORD_MAX_BYTES, Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

_CURRENCY_MIN_CHARACTERS: Final = 3
_GLUED: Final = re.compile(rb"=[^&=\n]*?(?=status=[^&=\s]*&)")
"""A value behind which another body begins: an equals sign that was posted would be encoded."""
_FIRST_NAME: Final = b"status="
"""What the gateway posts first: a file that begins otherwise was not made of bodies alone."""
_NEXT_BEGINS: Final = re.compile(r"(?:\r|s|st|sta|stat|statu|status|status=[^=]*)\Z")
"""The end of a value behind which the next body was cut off within its first name."""
_VALUE_MAX_BYTES: Final = 65_536
_BARE: Final = re.compile(rb"(?:status|identifier|signature|data(?:\[|%5B|\.)[^\s=&]*)=[^&=]*&", re.IGNORECASE)


class FormLines(LineRoom):
    """The form ``form``: one urlencoded body a line."""

    name = "form"
    kind = Kind.FORM

    def recognises(self, head: bytes) -> bool:
        """Several lines, most of the first ones a body; also where nothing ends them."""
        head = b"".join(_with_line_ends(iter((head,))))
        lines = [line for line in head.split(b"\n")[:20] if line.strip()]
        bodies = [line.strip() for line in lines if is_body(line)]
        is_bare = len(lines) > 1 and len(bodies) * 2 > len(lines) and _is_bare(bodies[0])
        return is_bare and _is_bare(lines[0].strip())

    def runs(self, blocks: Iterator[bytes]) -> Iterator[Run | Line]:
        """The lines of the blocks; bodies that were appended to one another without line ends are lines, too."""
        return runs_of(_with_line_ends(blocks))

    def read_line(self, octets: bytes) -> Posted:
        """The row of one body; what a crash has left before it, a gap of NULs, is no part of it."""
        return from_body(octets.lstrip(b"\0"))

    def is_cut(self, row: Posted | None, *, stream_is_cut: bool) -> bool:
        """A last body that lacks its end, too."""
        return super().is_cut(row, stream_is_cut=stream_is_cut) or (row is not None and _ends_early(row))


class Body(Room):
    """The form ``body``: a file that is one body, urlencoded or multipart; its time is the file's."""

    name = "body"

    def recognises(self, head: bytes) -> bool:
        """One line that is a body, or a multipart body."""
        line = head.strip()
        is_glued = line.startswith(_FIRST_NAME) and _GLUED.search(line) is not None
        return is_multipart(head) or (is_body(head) and b"\n" not in line and _is_bare(line) and not is_glued)

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """The one record; what stands blank before it and one line end at the end of the file are no part of it."""
        head = stream.head(RECORD_MAX_BYTES + 2)
        octets = without_blank_start(head)
        facts = Facts(received_at=_instant(stream.modified_at))
        if len(head) > RECORD_MAX_BYTES:
            row = unreadable(Unreadable.TOO_LARGE, octets, facts)
        elif stream.truncated:
            row = unreadable(Unreadable.TRUNCATED, octets, facts)
        elif is_multipart(octets):
            bodies = _multiparts(octets)
            stream.truncated |= not _is_closed(bodies[-1])
            yield batch_of([(_of_several(body, bodies, facts), body) for body in bodies], keep_raw=keep_raw)
            return
        else:
            row = from_body(octets.removesuffix(b"\n").removesuffix(b"\r"), facts)
        stream.truncated |= _ends_early(row)
        yield batch_of([(row, octets)], keep_raw=keep_raw)


def _with_line_ends(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks with a line end before every body that follows another without one."""
    kept = b""
    first = next(blocks, b"")
    blocks = chain((first,), blocks)
    if not without_blank_start(first).startswith(_FIRST_NAME):
        yield from blocks
        return
    for block in blocks:
        text = kept + block
        ended = text.count(b"\nstatus=") + text.count(b"&status=") + text.startswith(b"status=")
        if text.count(b"status=") > ended:
            text = _GLUED.sub(_ended, text)
        # The name of a first pair, and what shows that a value stands before it, may be cut by the block's end.
        last_pair = max(text.rfind(b"&"), text.rfind(b"\n"), len(text) - _VALUE_MAX_BYTES) + 1
        kept = text[last_pair:]
        yield text[:last_pair]
    yield _GLUED.sub(_ended, kept)


def _ended(value: re.Match[bytes]) -> bytes:
    """A value with a line end in place of what parts bodies: none, or a NUL."""
    return value[0].rstrip(b"\0\x1e") + b"\n"


def _multiparts(octets: bytes) -> list[bytes]:
    """The multipart bodies that follow one another."""
    bodies: list[bytes] = []
    begin = 0
    while True:
        boundary = octets[begin:].split(b"\n", 1)[0].rstrip(b"\r")
        closing = octets.find(boundary + b"--", begin)
        behind = octets[closing + len(boundary) + 2 :]
        rest = behind.lstrip()
        if closing < 0 or not is_multipart(rest):
            return [*bodies, octets[begin:]]
        bodies.append(octets[begin : len(octets) - len(rest)])
        begin = len(octets) - len(rest)


def _of_several(body: bytes, bodies: list[bytes], facts: Facts) -> Posted:
    """The row of one of several bodies; ambiguous where its boundary is another's: PHP reads on behind its end."""
    row = from_body(body, facts)
    boundary = body.split(b"\n", 1)[0]
    is_shared = sum(other.startswith(boundary) for other in bodies) > 1
    return row._replace(body_ambiguous=True) if is_shared and row.unreadable is None else row


def _is_bare(line: bytes) -> bool:
    """Whether nothing stands before the first pair of a body: values may have raw spaces, as PHP reads them."""
    if len(line.split()) <= 1:
        return True
    row = from_body(line) if _BARE.match(line) else None
    # What stands behind a blank in the currency, which the gateway posts last, is a log's.
    return row is not None and row.unreadable is None and len((row.currency or "").split()) <= 1


def _ends_early(row: Posted) -> bool:
    """Whether the currency, which the gateway posts last, is missing or too short, or another body begins in it."""
    currency = row.currency or ""
    is_cut = len(currency) < _CURRENCY_MIN_CHARACTERS or _NEXT_BEGINS.search(currency) is not None
    return row.unreadable is None and (row.body_ambiguous or is_cut)


def _is_closed(multipart: bytes) -> bool:
    first_line = multipart.split(b"\n", 1)[0].rstrip(b"\r")
    return first_line + b"--" in multipart


def _instant(moment: datetime | None) -> int | None:
    return None if moment is None else instant_of(moment)
