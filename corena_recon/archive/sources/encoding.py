"""Text as UTF-8 and its lines ended by line feeds, whatever wrote them: UTF-16, marks, lone carriage returns.

Bytes of any other encoding stay as they are, and so do Parquet and Feather.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final, Literal, NamedTuple

from corena_recon.errors import SourceError
from corena_recon.languages import note
from corena_recon.text import printable

_HEAD_BYTES: Final = 65_536
_SAMPLE_BYTES: Final = 4_096
_NO_TEXT: Final = (b"PAR1", b"ARROW1")
_UTF8_MARK: Final = b"\xef\xbb\xbf"
_UTF32_MARKS: Final = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
_LONG_LINE_BYTES: Final = 1 << 20
"""What of a longer line is read already goes on without its end."""
_SURE_CHARACTERS: Final = 4
"""So many characters in a row say how many bytes each has."""
_JUDGED_BYTES: Final = 256
"""How much of a line without zeros is looked at."""
_ASCII: Final = rb"[\t\r\n\x20-\x7e]"
_NO_ASCII: Final = bytes(range(0x80, 0x100))
_ASCII_SPANS: Final = ((0x09, 0x0A), (0x0D, 0x0D), (0x20, 0x7E))
_PAIR: Final = "".join(
    f"{chr(high << 8 | first)}-{chr(high << 8 | last)}"
    for begin, end in _ASCII_SPANS
    for high in range(begin, end + 1)
    for first, last in _ASCII_SPANS
)
_PAIRS: Final = re.compile(f"[{_PAIR}]{{{_SURE_CHARACTERS}}}")
"""Characters of UTF-16 each of which two bytes of ASCII would be, too."""
_BODY_START: Final = re.compile(rb"[^\s=&{\[\"]+=[^\r&]*&")


class _Wide(NamedTuple):
    """UTF-16 of one order of bytes.

    Attributes:
        codec: Python's name of it.
        mark: Its byte order mark.
        line_end: A line feed.
        start: How a line begins that is surely of it.
        line: The same behind a line end of any kind.
    """

    codec: str
    mark: bytes
    line_end: bytes
    start: re.Pattern[bytes]
    line: re.Pattern[bytes]


def _wide(codec: str, mark: bytes, line_end: bytes, character: bytes) -> _Wide:
    start = rb"(?:%s)?(?:%s){%d}" % (mark, character, _SURE_CHARACTERS)
    return _Wide(codec, mark, line_end, re.compile(start), re.compile(rb"\n" + start))


_LITTLE: Final = _wide("utf-16-le", b"\xff\xfe", b"\n\0", _ASCII + rb"\0")
_BIG: Final = _wide("utf-16-be", b"\xfe\xff", b"\0\n", rb"\0" + _ASCII)


def in_utf8(
    blocks: Iterator[bytes], on_damage: Callable[[], None], tell: Callable[[str], None], name: str = "the text"
) -> Iterator[bytes]:
    """The blocks of a source as UTF-8 where they are UTF-16, and with line feeds where only carriage returns end lines.

    UTF-16 is known by its mark or by its first characters; lines of single bytes in it, and lines of it among others,
    are read as what they are. A mark at the start of a later line, where files were appended, is left out.

    Args:
        blocks: The bytes.
        on_damage: Called where UTF-16 ends within a character.
        tell: Given a sentence where the lines are not all of one encoding.
        name: What errors call the source.

    Raises:
        SourceError: It is UTF-32.
    """
    head = b""
    for block in blocks:
        head += block
        if len(head) >= _HEAD_BYTES:
            break
    if head.startswith(_UTF32_MARKS):
        raise SourceError(f"{printable(name)} is text of UTF-32, which is not read", hint="save it as UTF-8")
    blocks = chain([head], blocks)
    wide = _wide_of(head)
    if head.startswith(_NO_TEXT):
        yield from blocks
        return
    text = _Lines(wide, on_damage, tell).in_utf8(blocks)
    head = next(text, b"")
    whole = chain([head], text)
    yield from (block.replace(b"\r", b"\n") for block in whole) if _ends_lines_with_returns(head) else whole


def _wide_of(head: bytes) -> _Wide | None:
    for wide in (_LITTLE, _BIG):
        if head.startswith(wide.mark):
            return wide
        if wide.start.match(head):
            # Zeros alone may be what a crash left in a file.
            sample = head[:_SAMPLE_BYTES]
            zeros = sample[: _line_end(sample, 0, wide) or len(sample)][wide.line_end.index(0) :: 2]
            if zeros.count(0) * 4 >= len(zeros) * 3:
                return wide
    return None


class _Lines:
    """Lines of UTF-16 and of single bytes, each judged by how it begins.

    Args:
        wide: What most lines are where that is UTF-16; None for single bytes.
        on_damage: As for ``in_utf8``.
        tell: As for ``in_utf8``.
    """

    def __init__(self, wide: _Wide | None, on_damage: Callable[[], None], tell: Callable[[str], None]) -> None:
        self._wide = wide
        self._on_damage = on_damage
        self._tell = tell
        self._within: Literal["wide", "narrow"] | None = None
        """What the line is of which the start is gone already; None at the start of a line."""
        self._alternates = False

    def in_utf8(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """The blocks, each without what may belong to the next one's start."""
        pending = b""
        is_start = True
        for block in blocks:
            octets = pending + block if pending else block
            read = self._read_narrow if self._wide is None else self._read_wide
            text, used = read(octets)
            pending = octets[used:] if used < len(octets) else b""
            if text:
                yield _without_marks(text, is_start=is_start)
                is_start = text.endswith(b"\n")
        if pending:
            text, used = (b"", 0) if self._wide is None else self._read_lines(pending)
            yield _without_marks(text + self._last(pending[used:]), is_start=is_start)

    def _read_narrow(self, octets: bytes) -> tuple[bytes, int]:
        """Text and how many bytes it was; all but what could be the start of a wide line or a mark."""
        if b"\0" in octets and (wide := _wide_line_in(octets)) is not None:
            self._wide = wide
            return self._read_lines(octets)
        end = len(octets)
        held = octets.rfind(b"\n", end - 3) + 1
        used = held if held and held < end else end
        self._within = None if octets[used - 1 : used] == b"\n" else "narrow"
        return octets[:used], used

    def _read_wide(self, octets: bytes) -> tuple[bytes, int]:
        assert self._wide is not None  # noqa: S101 - for the type checker
        if self._within != "narrow":
            end = _last_line_end(octets, self._wide)
            if not end and len(octets) > _LONG_LINE_BYTES:
                end = _whole_characters(octets, self._wide)
            text = octets[:end].decode(self._wide.codec, "surrogatepass")
            if end and (text.isascii() or not _PAIRS.search(text)):
                self._within = None if text.endswith("\n") else "wide"
                return text.encode("utf-8", "surrogatepass"), end
        return self._read_lines(octets)

    def _read_lines(self, octets: bytes) -> tuple[bytes, int]:
        """Line by line, up to a last one that has no end yet."""
        assert self._wide is not None  # noqa: S101
        lines: list[bytes] = []
        begin = 0
        while begin < len(octets):
            is_narrow = self._is_narrow(octets, begin)
            end = octets.find(b"\n", begin) + 1 if is_narrow else _line_end(octets, begin, self._wide)
            self._alternates |= is_narrow and bool(end)
            if not end:
                break
            line = octets[begin:end]
            lines.append(line if is_narrow else self._narrowed(line))
            begin, self._within = end, None
        if len(octets) - begin > _LONG_LINE_BYTES:
            is_narrow = self._is_narrow(octets, begin)
            end = len(octets) if is_narrow else begin + _whole_characters(octets[begin:], self._wide)
            lines.append(octets[begin:end] if is_narrow else self._narrowed(octets[begin:end]))
            begin, self._within = end, "narrow" if is_narrow else "wide"
        if self._alternates:
            self._tell(note("mixed_encodings"))
        return b"".join(lines), begin

    def _is_narrow(self, octets: bytes, begin: int) -> bool:
        if self._within is not None:
            return self._within == "narrow"
        wide = self._wide
        if wide is None or wide.start.match(octets, begin) or octets.startswith(wide.line_end, begin):
            return wide is None
        end = octets.find(b"\n", begin)
        end = len(octets) if end < 0 else end
        judged = octets[begin : min(end, begin + _JUDGED_BYTES)]
        is_ascii = len(judged.translate(None, _NO_ASCII)) * 4 >= len(judged) * 3
        # Of two bytes, a space, a digit or a line end has a zero; that of a line feed stands behind it or before.
        return is_ascii and octets.find(b"\0", begin, end + len(wide.line_end.lstrip(b"\0"))) < 0

    def _narrowed(self, line: bytes) -> bytes:
        assert self._wide is not None  # noqa: S101
        return line.decode(self._wide.codec, "surrogatepass").encode("utf-8", "surrogatepass")

    def _last(self, octets: bytes) -> bytes:
        """A last line without an end, or nothing."""
        if self._wide is None or not octets or (len(octets) > 1 and self._is_narrow(octets, 0)):
            return octets
        whole = _whole_characters(octets, self._wide)
        if whole < len(octets):
            self._on_damage()
        return self._narrowed(octets[: len(octets) // 2 * 2])


def _wide_line_in(octets: bytes) -> _Wide | None:
    """Which UTF-16 a line among others is; None where zeros are no part of one."""
    found = (wide for wide in (_LITTLE, _BIG) if wide.start.match(octets) or wide.line.search(octets))
    return next(found, None)


def _line_end(octets: bytes, begin: int, wide: _Wide) -> int:
    """Where the first line ends that begins there; 0 where it does not."""
    place = octets.find(wide.line_end, begin)
    while place >= 0:
        if (place - begin) % 2 == 0:
            return place + 2
        place = octets.find(wide.line_end, place + 1)
    return 0


def _last_line_end(octets: bytes, wide: _Wide) -> int:
    place = octets.rfind(wide.line_end)
    while place % 2 and place >= 0:
        place = octets.rfind(wide.line_end, 0, place + 1)
    return place + 2 if place >= 0 else 0


def _whole_characters(octets: bytes, wide: _Wide) -> int:
    """How many of the bytes are whole characters, the first half of a pair being none."""
    end = len(octets) // 2 * 2
    last = octets[end - 2 : end].decode(wide.codec, "surrogatepass")
    return end - 2 if "\ud800" <= last <= "\udbff" else end


def _without_marks(text: bytes, *, is_start: bool) -> bytes:
    """The text without marks that begin lines; the first mark of all is left to who reads the text."""
    if b"\xef" not in text:
        return text
    text = text.replace(b"\n" + _UTF8_MARK, b"\n")
    return text.removeprefix(_UTF8_MARK) if is_start else text


def _ends_lines_with_returns(head: bytes) -> bool:
    text = head.rstrip(b"\r")
    if b"\r" not in text or b"\n" in head:
        return False
    # A raw carriage return within one posted body is a part of it.
    return _BODY_START.match(text) is None or head.count(b"identifier") > 1
