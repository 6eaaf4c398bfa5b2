"""One JSON object a line: nested, flat (``data[amount]``), or an envelope around a body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from corena_recon.archive.forms.by_content import paths_to_records, read_json
from corena_recon.archive.lines.line_runs import BYTE_ORDER_MARK, Line, Run, runs_of
from corena_recon.archive.lines.lines import LineRoom, batches_of_lines, line_entry
from corena_recon.archive.records.batches import Batch
from corena_recon.archive.records.exact_json import parse_json, parse_json_at
from corena_recon.archive.records.posting import Posted
from corena_recon.native import Kind, lines_of_several

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream


_REPR: Final = re.compile(rb"\{\s*u?'")
"""As Python writes a dict: no JSON, but a record a line."""
_NAME: Final = b'"signature"'
_SPACE: Final = re.compile("(?:[ \t\r\0\f\x1e]|\xef\xbb\xbf|\xe2\x80[\xa8\xa9])*")
"""What parts objects in a line: blanks, marks, and what other programs end lines with. The core knows the same."""
_AROUND: Final = b" \t\r\0\f\x1e"


class JsonLines(LineRoom):
    """The form ``jsonl``."""

    name = "jsonl"
    kind = Kind.JSON

    def recognises(self, head: bytes) -> bool:
        """A line of its own that is an object; the first lines may be damaged, and none opens an array.

        Objects that are glued together without any line are a document each.
        """
        if paths_to_records(head):
            return False
        lines = [line.strip() for line in head.split(b"\n")]
        if lines[0][:1] == b"[" and parse_json(lines[0]).problem is not None:
            return False
        objects = [line for line in lines[:50] if line[:1] == b"{" and len(line) > 2]
        if any(line[-1:] == b"}" and isinstance(parse_json(line).value, dict) for line in objects):
            return True
        if len(objects) > 1 and all(_REPR.match(line) and line[-1:] == b"}" for line in objects):
            return True
        return len(objects) == 1 and len(lines) == 1 and head[:2] == b'{"' and len(objects_in_line(lines[0])) < 2

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every line of the stream; of one that is an array of notifications, or has objects glued, each of them."""
        entry_of = partial(line_entry, stream, self.read_line, self.is_cut)
        runs = _unglued(runs_of(stream.blocks()))
        return batches_of_lines(runs, entry_of, self.read_line, self.kind, keep_raw=keep_raw)

    def read_line(self, octets: bytes) -> Posted | None:
        """The row of one JSON text; None for other traffic of a log."""
        text = octets.removeprefix(BYTE_ORDER_MARK)
        if text[:1] not in (b"{", b"[") or text[-1:] not in (b"}", b"]"):
            text = text.strip(_AROUND).removeprefix(b",")
        return read_json(text)

    def is_cut(self, row: Posted | None, *, stream_is_cut: bool) -> bool:  # noqa: ARG002
        """A JSON text that parses is whole, whatever follows it."""
        return row is not None and row.unreadable == "invalid_json"


def objects_in_line(octets: bytes) -> list[bytes]:
    """The JSON objects that one line is made of, several without a line end between them; else none.

    The last one may be damaged or cut off.
    """
    # What a JSON text is made of is ASCII, so that its ends are the same whatever its other bytes mean.
    text = octets.decode("latin-1")
    pieces: list[bytes] = []
    position = _SPACE.match(text).end()  # type: ignore[union-attr]
    while position < len(text):
        end = len(text)
        try:
            _, end = parse_json_at(text, position) if text[position] == "{" else (None, -1)
        except (ValueError, RecursionError):
            if not pieces:
                return []
        if end < 0:
            return []
        pieces.append(octets[position:end])
        position = _SPACE.match(text, end).end()  # type: ignore[union-attr]
    return pieces if len(pieces) > 1 else []


def _elements_in_line(octets: bytes) -> list[bytes]:
    """The elements of one line that is an array of objects of which several have a signature; else none."""
    text = octets.decode("latin-1")
    pieces: list[bytes] = []
    position = text.find("[") + 1
    is_array = octets.count(_NAME) > 1 and position > 0 and not text[: position - 1].strip(" \t")
    while is_array:
        position = _SPACE.match(text, position).end()  # type: ignore[union-attr]
        try:
            _, end = parse_json_at(text, position) if text.startswith("{", position) else (None, -1)
        except (ValueError, RecursionError):
            return []
        if end < 0:
            return []
        pieces.append(octets[position:end])
        position = _SPACE.match(text, end).end() + 1  # type: ignore[union-attr]
        if text.startswith("]", position - 1):
            return pieces if len(pieces) > 1 and not text[position:].strip(" \t\r") else []
        is_array = text.startswith(",", position - 1)
    return []


def _unglued(runs: Iterator[Run | Line]) -> Iterator[Run | Line]:
    """The runs with a line for each object."""
    for run in runs:
        line = run if isinstance(run, Line) else run.before
        pieces = [] if line is None or line.is_too_long else _pieces_of_line(line.octets)
        if line is not None and pieces:
            last = [] if line.is_complete else [Line(pieces.pop(), is_complete=False)]
            yield _run_of(pieces)
            yield from last
        if isinstance(run, Line):
            if not pieces:
                yield run
        else:
            yield _without_glue(run._replace(before=None) if pieces else run)


def _without_glue(run: Run) -> Run:
    parts: list[bytes] = []
    position = run.begin
    for begin, end in lines_of_several(run.octets, run.begin, run.end):
        pieces = _pieces(run.octets[begin:end])
        if pieces:
            parts += [run.octets[position:begin], *(piece + b"\n" for piece in pieces)]
            position = end + 1
    if not parts:
        return run
    octets = b"".join([*parts, run.octets[position : run.end]])
    return Run(octets, 0, len(octets), run.before)


def _pieces_of_line(octets: bytes) -> list[bytes]:
    return _pieces(octets) if any(lines_of_several(octets, 0, len(octets))) else []


def _pieces(octets: bytes) -> list[bytes]:
    return _elements_in_line(octets) or objects_in_line(octets)


def _run_of(lines: list[bytes]) -> Run:
    octets = b"".join(line + b"\n" for line in lines)
    return Run(octets, 0, len(octets))
