"""A stream of JSON text read through a window of bounded size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONDecodeError
from typing import TYPE_CHECKING, Final

from corena_recon.archive.lines.line_runs import BYTE_ORDER_MARK
from corena_recon.archive.records.exact_json import Parsed, json_text, parse_json_at
from corena_recon.vocabulary import RAW_MAX_BYTES, RECORD_MAX_BYTES

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

_GAP: Final = re.compile("[\\s,\ufeff\0]*")
_COLON: Final = re.compile(r"\s*:\s*")
_GROWTH_CHARACTERS: Final = 1 << 17
"""Python's JSON errors count lines from the beginning of the text, so the text is kept short."""
_FORGOTTEN_CHARACTERS: Final = 1 << 19
_ENDING_CHARACTERS: Final = 16
"""An error this near to the end of what has been read may be nothing but the end."""
_CUT_TOKEN: Final = re.compile(r"[\\A-Za-z0-9+.-]{0,8}\s*")
_STRING_REST: Final = re.compile(r'(?:[^"\\]++|\\.)*+', re.DOTALL)
_STRUCTURE: Final = re.compile(r'["\[\]{}]')


class JsonWindow:
    """The part of the stream that is being read, as text.

    Attributes:
        text: What has been read and not forgotten.
        position: Where reading stands.
        mark: From where on the text must be kept.
        is_exhausted: Whether the stream has no more.
        is_unfinished: Whether the last value that could not be read was sound as far as it went.
    """

    def __init__(self, stream: ByteStream) -> None:
        self._blocks = _small_blocks(stream.blocks())
        self._pending = b""
        self.text = ""
        self.position = 0
        self.mark = 0
        self.is_exhausted = False
        self.is_unfinished = False
        self.grow()
        self.text = self.text.removeprefix(BYTE_ORDER_MARK.decode())

    @property
    def kept_characters(self) -> int:
        """How much is kept from the mark on."""
        return len(self.text) - self.mark

    def begin(self) -> None:
        """Marks the position as where a value begins."""
        self.mark = self.position
        if self.mark > _FORGOTTEN_CHARACTERS:
            self.text = self.text[self.mark :]
            self.mark = self.position = 0

    def grow(self) -> None:
        """Reads on, and forgets what lies before the mark."""
        self.mark = min(self.mark, self.position)
        pieces = [self._pending]
        wanted = max(_GROWTH_CHARACTERS, self.kept_characters)
        while wanted > 0 and not self.is_exhausted:
            block = next(self._blocks, b"")
            self.is_exhausted = not block
            pieces.append(block)
            wanted -= len(block)
        octets = b"".join(pieces)
        # A cut behind one of these parts neither a character nor an escaped pair of surrogates.
        cut = len(octets) if self.is_exhausted else max(map(octets.rfind, (b"}", b",", b"\n", b'"'))) + 1
        self._pending = octets[cut:]
        self.text = self.text[self.mark :] + json_text(octets[:cut])
        self.position -= self.mark
        self.mark = 0

    def peek(self) -> str:
        """The next character that is neither white space nor a comma; empty at the end of the stream."""
        while True:
            gap = _GAP.match(self.text, self.position)
            self.position = gap.end() if gap else self.position
            if self.position < len(self.text):
                return self.text[self.position]
            if self.is_exhausted:
                return ""
            self.grow()

    def passes_colon(self) -> bool:
        """Whether a colon stands here; the position moves behind it."""
        if len(self.text) - self.position < _ENDING_CHARACTERS and not self.is_exhausted:
            self.grow()
        found = _COLON.match(self.text, self.position)
        self.position = found.end() if found else self.position
        return found is not None

    def parsed_here(self) -> Parsed | None:
        """The value at the position, which moves behind it; None where there is none within a record's size."""
        while True:
            try:
                parsed, end = parse_json_at(self.text, self.position)
            except (ValueError, RecursionError) as error:
                parsed, end = None, len(self.text)
                self.is_unfinished = not _is_certain(error, self.text, is_whole=self.is_exhausted)
                if not self.is_unfinished:
                    return None
            if parsed is not None and (end < len(self.text) or self.is_exhausted):
                self.position = end
                return parsed
            if self.is_exhausted or self.kept_characters > RECORD_MAX_BYTES:
                return None
            self.grow()

    def pass_over(self) -> str:
        """Moves behind a value of any size by its quotes and brackets alone; gives its beginning."""
        beginning = self.text[self.position : self.position + RAW_MAX_BYTES]
        depth = 0
        in_string = False
        while True:
            if in_string:
                in_string = not self._passes_string_end()
                is_stuck = in_string
            else:
                found = _STRUCTURE.search(self.text, self.position)
                self.position = found.end() if found else len(self.text)
                is_stuck = found is None
                in_string = found is not None and found.group() == '"'
                if found and not in_string:
                    depth += 1 if found.group() in "[{" else -1
            if is_stuck and self.is_exhausted:
                self.position = len(self.text)
                return beginning
            if is_stuck:
                self.mark = self.position
                self.grow()
            elif depth <= 0 and not in_string:
                return beginning

    def rest(self) -> str:
        """What is left from the mark on, as far as a record may reach; reading ends here."""
        rest = self.text[self.mark : self.mark + RECORD_MAX_BYTES]
        while not self.is_exhausted:
            self.mark = self.position = len(self.text)
            self.grow()
            rest += self.text[: max(0, RECORD_MAX_BYTES - len(rest))]
        self.position = len(self.text)
        return rest

    def _passes_string_end(self) -> bool:
        rest = _STRING_REST.match(self.text, self.position)
        self.position = rest.end() if rest else self.position
        if self.text[self.position : self.position + 1] != '"':
            return False
        self.position += 1
        return True


def _small_blocks(blocks: Iterator[bytes]) -> Iterator[bytes]:
    for block in blocks:
        for start in range(0, len(block), _GROWTH_CHARACTERS):
            yield block[start : start + _GROWTH_CHARACTERS]


def _is_certain(error: Exception, text: str, *, is_whole: bool) -> bool:
    """Whether more text could not heal the error; of a whole text, whether it is not just cut off."""
    if not isinstance(error, JSONDecodeError):
        return True
    if error.msg.startswith("Unterminated string"):
        return False
    if is_whole:
        return _CUT_TOKEN.fullmatch(text, error.pos) is None
    return error.pos < len(text) - _ENDING_CHARACTERS
