"""Long lines that a container's runtime has cut in pieces, put together again.

The runtimes of Kubernetes write ``<moment> <stream> <tag> <text>`` a line: the tag is ``P`` where the text goes on in
the stream's next line, and ``F`` where it ends. Source: the logging format of the Container Runtime Interface.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from corena_recon.vocabulary import RECORD_MAX_BYTES

_BEGIN: Final = (
    rb"(?P<begin>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}(?:Z|[+-][0-9:]{4,6}) (?P<stream>stdout|stderr) )"
    rb"(?P<tag>[PF])(?::[^ \n]{0,80})? "
)
_PIECE: Final = re.compile(_BEGIN + rb"(?P<text>.*)", re.DOTALL)
_IS_OF_A_RUNTIME: Final = re.compile(rb"^" + _BEGIN, re.MULTILINE)
_PARTIAL: Final = re.compile(rb" std(?:out|err) P[ :]")
_LINE: Final = re.compile(rb"[^\n]*\n|[^\n]+\Z")
_HEAD_BYTES: Final = 65_536


class _Open:
    """A line that goes on.

    Args:
        begin: What stands before its first piece: its moment and stream.
    """

    def __init__(self, begin: bytes) -> None:
        self.lines: list[bytes] = []
        self.texts = [begin + b"F "]
        self.text_bytes = 0

    def add(self, line: bytes, text: bytes) -> None:
        """The next piece: a line of the log, and what it holds."""
        self.lines.append(line)
        self.texts.append(text)
        self.text_bytes += len(text)


def whole_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks of a log with every line that a container's runtime has cut as one line; other logs as they are."""
    first = next(blocks, b"")
    blocks = chain((first,), blocks)
    if _IS_OF_A_RUNTIME.search(first, 0, _HEAD_BYTES) is None:
        yield from blocks
        return
    pieces = _Pieces()
    kept = b""
    for block in blocks:
        text = kept + block
        end = text.rfind(b"\n") + 1
        if len(text) - end > RECORD_MAX_BYTES:
            end = len(text)
        kept = text[end:]
        yield pieces.joined(text[:end])
    yield pieces.joined(kept) + pieces.rest()


class _Pieces:
    """Pieces of lines, by the stream that they are of."""

    def __init__(self) -> None:
        self._open: dict[bytes, _Open] = {}

    def joined(self, text: bytes) -> bytes:
        """The lines of a text, those that went on before it and end in it among them."""
        if not self._open and _PARTIAL.search(text) is None:
            return text
        return b"".join(chain.from_iterable(map(self._taken, _LINE.findall(text))))

    def rest(self) -> bytes:
        """What goes on at the end of the log, each line without an end."""
        rest = b"\n".join(b"".join(each.texts) for each in self._open.values())
        self._open.clear()
        return rest

    def _taken(self, line: bytes) -> Iterator[bytes]:
        piece = _PIECE.fullmatch(line)
        if piece is None:
            yield from chain.from_iterable(each.lines for each in self._open.values())
            self._open.clear()
            yield line
            return
        stream, text = piece["stream"], piece["text"]
        if piece["tag"] == b"F":
            ended = self._open.pop(stream, None)
            yield line if ended is None else b"".join([*ended.texts, text])
            return
        goes_on = self._open.setdefault(stream, _Open(piece["begin"]))
        goes_on.add(line, text.removesuffix(b"\n"))
        if goes_on.text_bytes > RECORD_MAX_BYTES:
            del self._open[stream]
            yield b"".join(goes_on.texts) + b"\n"
