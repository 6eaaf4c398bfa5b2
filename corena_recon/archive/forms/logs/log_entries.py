"""Entries of logs that go on over several lines, told from the lines around them.

A line that names a field and is no notification by itself is part of one, or stands below the time of one. What
encloses it (an object, a dump, or else the lines up to the next entry) is one record, from the line that states its
time on; all other lines stay records by themselves.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Generator, Iterator
from itertools import accumulate
from json import JSONDecodeError
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from corena_recon.archive.forms.logs.log_prefixes import NAME, TextOf, text_behind
from corena_recon.archive.lines.line_runs import Line, Run, runs_of, without_byte_order_mark
from corena_recon.archive.printed.literals import literal_around
from corena_recon.archive.printed.markup import (
    OF_A_PAGE,
    place_with_markup,
    place_without_markup,
    without_markup,
)
from corena_recon.archive.printed.notations import names_a_notification
from corena_recon.archive.records.exact_json import parse_json_at
from corena_recon.archive.records.instants import STAMP
from corena_recon.native import NO_ENTRIES, named_lines
from corena_recon.php import find_dumps
from corena_recon.vocabulary import RECORD_MAX_BYTES, Unreadable

_FIRST_BYTES: Final = 128
"""How far into a line its moment is looked for; the core does the same, in ``moments.c``."""
_SYSLOG: Final = re.compile(rb"(?:<[0-9]{1,3}>)?[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} ")
_MOMENT: Final = re.compile(
    (
        r"(?:[\w.-]{1,64} *\| ?+)?+(?:<[0-9]{1,3}>[0-9]? ?)?+[\s\[(<\"'=*#>|-]{0,40}+"
        r"(?:(?:[A-Z]{1,9}|"
        r"(?i:date|time|timestamp|datetime|ts|at|when|received(?:[ _]at)?|created_at|__REALTIME_TIMESTAMP))"
        r"[\s:=,>|\[(\"'-]{1,8}+)?"
        rf"({STAMP})"
    ).encode()
)
_BACK_BYTES: Final = 65_536
_BACK_LINES: Final = 500
"""How far before a line that names a field its entry may begin."""
_ENTRY_LINES: Final = 100
"""How far an entry goes on that nothing closes."""
_WINDOWS: Final = (4_096, 65_536, 1 << 20)
"""How much is read in search of the end of an object."""
_ATTEMPTS: Final = 50
_DAMAGED_MAX: Final = (25, 2_000)
_DAMAGED_BYTES: Final = 2_048
"""After so many searches in vain, one for so many bytes, there is none for dumps: a log may be made of damaged ones."""
_CLOSING: Final = re.compile(rb"[}\])]+[;,]?\s*")
_PREFIXED_LINES: Final = (20, 100)
"""How many lines of one prefix are taken together on either side, at first and at most."""
_DUMP_HEAD: Final = re.compile(rb"""rray|bject|\b[aO]:[0-9]|\[\s*['"]|__set_state""")
_MAY_ENCLOSE: Final = re.compile(rb"""\{|rray|bject|\b[aO]:[0-9]|\[\s*['"\[]|\(\s*['"\[(]|__set_state""")


_PART_HEAD: Final = re.compile(rb'(?i)content-disposition: *form-data; *name="')
_PAIR: Final = re.compile(
    rb"""(?:<tr[^<>]{0,80}>)?(?:<t[dh]>)?[\["'<]{0,2}([A-Za-z_][\w.%-]{0,60}(?:\[[^\[\]\n]{0,60}\]){0,8})["'\]]{0,2}"""
    rb"""\s{0,40}(?:=>|->|[=:\t|>]|, |</|\Z)"""
)
"""A line that begins with a name before a value."""
_POSTED: Final = re.compile(
    rb"(?i)data\b|data_|(?:status|identifier|signature|amount|currency|payment_?trx|payment_?type|charge)\Z"
)


class Span(NamedTuple):
    """Where an entry begins, and where its last line ends, without the line feed."""

    begin: int
    end: int


def stamp_of(line: bytes) -> bytes | None:
    """The moment before what a line says; a syslog line's has no year, and is none."""
    if _SYSLOG.match(line):
        return None
    begins = _MOMENT.match(line, 0, _FIRST_BYTES)
    return begins[1] if begins else None


def is_stamped(line: bytes) -> bool:
    """Whether a line begins with a moment, be it one without a year."""
    return _SYSLOG.match(line) is not None or _MOMENT.match(line, 0, _FIRST_BYTES) is not None


def holds_a_dump(text: bytes) -> bool:
    """Whether a text has the signs that every dump of PHP has; most texts have none of them."""
    return b"=>" in text or b":{s:" in text or b":{i:" in text


def runs_of_entries(blocks: Iterator[bytes]) -> Iterator[Run | Line]:
    """Every line of the blocks, as ``runs_of`` gives them, with the entries among them that go on over several."""
    entries = NO_ENTRIES

    def cut() -> Iterator[bytes]:
        nonlocal entries
        for text, found in _cut_between_entries(without_byte_order_mark(blocks)):
            entries = found
            yield text

    for run in runs_of(cut()):
        if isinstance(run, Run) and len(entries):
            # What was cut between entries begins with a line, unless an overlong one came before.
            yield run._replace(entries=entries[entries[:, 0] >= run.begin])
        else:
            yield run


def _cut_between_entries(blocks: Iterator[bytes]) -> Iterator[tuple[bytes, NDArray[np.int64]]]:
    """The blocks, cut where no entry goes on, and the entries in each."""
    pending = b""
    for block in blocks:
        text = pending + block
        end = text.rfind(b"\n") + 1
        if not end:
            pending = text
            continue
        finder = _Finder(text, end, is_last=False)
        entries = finder.entries()
        if finder.safe_end:
            yield text[: finder.safe_end], entries
        pending = text[finder.safe_end :]
    end = pending.rfind(b"\n") + 1
    yield pending[:end], _Finder(pending, end, is_last=True).entries()
    yield pending[end:], NO_ENTRIES


class _OpenError(Exception):
    """An entry goes on beyond what there is of the text.

    Attributes:
        begin: Where it begins.
    """

    def __init__(self, begin: int) -> None:
        super().__init__(begin)
        self.begin = begin


class _Finder:
    """Finds the entries in complete lines.

    Args:
        text: The lines, and what follows them.
        end: Where the lines end.
        is_last: Whether no lines follow.
    """

    def __init__(self, text: bytes, end: int, *, is_last: bool) -> None:
        self._text = text
        self._end = end
        self._is_last = is_last
        self._floor = 0
        self._no_object_before = 0
        least, most = _DAMAGED_MAX
        self._damaged_left = min(least + len(text) // _DAMAGED_BYTES, most)
        self.safe_end = 0

    def entries(self) -> NDArray[np.int64]:
        """Where every entry begins and ends, in order; then ``safe_end`` is where the lines may be cut."""
        found = [NO_ENTRIES]
        try:
            found.extend(self._found())
        except _OpenError as open_entry:
            self.safe_end = open_entry.begin
        else:
            self.safe_end = self._end if self._is_last else self._back_from(self._end)
        return np.concatenate(found)

    def _found(self) -> Iterator[NDArray[np.int64]]:
        """Every entry, in order.

        Raises:
            _OpenError: The last one goes on behind the text.
        """
        begin: int | None = 0
        while begin is not None:
            lines_at_once, begin = named_lines(self._text, begin, self._end, self._floor), None
            for lines in lines_at_once:
                begin = yield from self._among(lines)
                if begin is not None:
                    break

    def _among(self, lines: NDArray[np.int64]) -> Generator[NDArray[np.int64], None, int | None]:
        """The entries of these lines, up to one of which the core does not know; gives where lines go on behind it."""
        unknown = [*np.flatnonzero(lines[:, 2] < 0).tolist(), len(lines)]
        position = 0
        for following in unknown:
            if position < following and self._trusts(int(lines[position, 1])):
                yield self._of_several_lines(lines[position:following, 1:])
                position = following
            for begin, _, entry_end in lines[position : following + 1].tolist():
                line_end = self._text.index(b"\n", begin)
                span = self._around(begin, line_end)
                goes_on = span is not None and self._text.find(b"\n", *span) >= 0
                if span is not None and goes_on:
                    yield np.array([span], np.int64)
                    self._floor = span.end + 1
                if goes_on or entry_end >= 0:
                    # The core does not know this entry, and has passed over other lines of what it took for one.
                    return max(line_end + 1, self._floor)
            position = following + 1
        return None

    def _trusts(self, entry_begin: int) -> bool:
        """Whether the core knew all that there is to know where it found an entry, and others behind it."""
        return entry_begin >= max(self._floor, self._no_object_before) and self._damaged_left > 0

    def _of_several_lines(self, entries: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of the entries that are more than one line."""
        several = entries[[self._text.find(b"\n", *entry) >= 0 for entry in entries.tolist()]]
        if len(several):
            self._floor = int(several[-1, 1]) + 1
        return several

    def _around(self, begin: int, line_end: int) -> Span | None:
        """The entry that a line belongs to.

        Raises:
            _OpenError: It may go on behind the text.
        """
        line = self._text[begin:line_end]
        has_stamp = is_stamped(line)
        pieces = self._pieces(begin, line_end, line)
        pieces = pieces or self._multipart(begin, line_end, line)
        if pieces is not None:
            return pieces
        if _is_whole(line):
            first = None if has_stamp else self._stamped_before(begin)
            return None if first is None else Span(first, line_end)
        prefixed = self._prefixed(begin, line_end, line)
        if prefixed is not None:
            return prefixed
        first = begin if has_stamp else self._stamped_before(begin, through_blanks=True)
        found = self._enclosed(self._back_from(begin) if first is None else first, begin, line_end)
        if found is not None:
            return found if first is None else Span(min(first, found.begin), found.end)
        return self._unclosed(begin if first is None else first, line_end)

    def _pieces(self, begin: int, line_end: int, line: bytes) -> Span | None:
        """The lines over which a container's engine has cut one long line; None where this is none of them.

        Raises:
            _OpenError: It goes on behind the text.
        """
        if line[:1] != b"{" or b'"log"' not in line:
            return None
        first, last = begin, line_end
        while first > self._floor:
            before = max(self._text.rfind(b"\n", 0, first - 1) + 1, self._floor)
            if _ends_its_text(self._text[before : first - 1]) or begin - before > RECORD_MAX_BYTES:
                break
            first = before
        while not _ends_its_text(line) and last - begin < RECORD_MAX_BYTES:
            if last + 1 >= self._end:
                if not self._is_last:
                    raise _OpenError(first)
                break
            after = self._text.index(b"\n", last + 1)
            line = self._text[last + 1 : after]
            if line[:1] != b"{" or b'"log"' not in line:
                break
            last = after
        return None if (first, last) == (begin, line_end) else Span(first, last)

    def _multipart(self, begin: int, line_end: int, line: bytes) -> Span | None:
        """The lines of a multipart body of which one names a part; None where this is none of them.

        Raises:
            _OpenError: It goes on behind the text.
        """
        if not _PART_HEAD.match(line):
            return None
        above = self._text.rfind(b"\n", 0, max(begin - 1, 0)) + 1
        boundary = self._text[above : max(begin - 1, 0)].rstrip(b"\r")
        first = self._text.find(boundary, max(self._floor, begin - _BACK_BYTES), begin)
        if not boundary.startswith(b"--") or len(boundary) < 4 or first < 0:
            return None
        closing = self._text.find(boundary + b"--", line_end, line_end + _BACK_BYTES)
        first = self._text.rfind(b"\n", 0, first) + 1
        if closing < 0 or closing >= self._end:
            if self._is_last or self._end > line_end + _BACK_BYTES:
                return None
            raise _OpenError(self._back_from(first))
        stamped = self._stamped_before(first)
        return Span(first if stamped is None else stamped, self._text.index(b"\n", closing))

    def _back_from(self, place: int) -> int:
        """Where the lines begin that may belong to an entry of which a line begins there: none names a field."""
        lowest = max(self._floor, place - _BACK_BYTES)
        for _ in range(_BACK_LINES):
            before = self._text.rfind(b"\n", 0, max(place - 1, 0)) + 1
            if place <= lowest or before < lowest or NAME.search(self._text, before, place):
                break
            place = before
        return place

    def _stamped_before(self, begin: int, *, through_blanks: bool = False) -> int | None:
        """Where the nearest line above begins that states a time.

        Args:
            begin: Where the line begins.
            through_blanks: Whether a blank line, or an object, may stand between.
        """
        lowest, place = self._back_from(begin), begin
        while place > lowest:
            before = self._text.rfind(b"\n", 0, place - 1) + 1
            line = self._text[before : place - 1]
            if is_stamped(line):
                return before
            if not through_blanks and (not line.strip() or line[:1] == b"{"):
                return None
            place = before
        return None

    def _enclosed(self, begin: int, anchor: int, line_end: int) -> Span | None:
        """The object or the dump that a line stands in, with the lines that it begins and ends in.

        Raises:
            _OpenError: It goes on behind the text.
        """
        begin = max(begin, self._no_object_before)
        if begin > anchor or not _MAY_ENCLOSE.search(self._text, begin, line_end):
            return None
        name = _name_in(self._text, anchor, line_end)
        for window in _WINDOWS:
            stop = self._end if line_end + window >= self._end else self._text.index(b"\n", line_end + window) + 1
            text = self._text[begin:stop]
            found = _enclosing(text, name - begin, has_dumps=self._damaged_left > 0)
            if found.end > found.begin:
                first = self._text.rfind(b"\n", 0, begin + found.begin) + 1
                return Span(first, self._text.index(b"\n", begin + found.end - 1))
            if not found.is_cut:
                break
            if stop == self._end:
                if not self._is_last:
                    raise _OpenError(begin)
                break
        self._damaged_left -= 1
        self._no_object_before = max(self._no_object_before, begin + found.end)
        return None

    def _unclosed(self, begin: int, line_end: int) -> Span | None:
        """An entry that nothing encloses, up to a blank line, a line of closing brackets, or the next entry.

        Pairs of the gateway's own names above belong to it; the first name that stands in it again begins the next.

        Raises:
            _OpenError: It goes on behind the text.
        """
        keys = {_posted_key(line) for line in self._text[begin:line_end].split(b"\n")}
        begin = self._pairs_above(begin, keys)
        stop = line_end
        for _ in range(_ENTRY_LINES):
            following = stop + 1
            if following >= self._end:
                if not self._is_last:
                    raise _OpenError(begin)
                break
            after = self._text.index(b"\n", following)
            line = self._text[following:after]
            named, key = NAME.findall(line), _posted_key(line)
            if not line.strip() or is_stamped(line) or any(self._text.find(one, begin, stop) >= 0 for one in named):
                break
            if key is not None and key in keys:
                break
            keys.add(key)
            stop = after
            if _CLOSING.fullmatch(line):
                break
        return Span(begin, stop) if names_a_notification(self._text[begin:stop]) else None

    def _pairs_above(self, begin: int, keys: set[bytes | None]) -> int:
        """Where the first of the lines above begins that are pairs of other posted names."""
        while begin > self._floor:
            before = max(self._text.rfind(b"\n", 0, begin - 1) + 1, self._floor)
            key = _posted_key(self._text[before : begin - 1])
            if key is None or key in keys:
                break
            keys.add(key)
            begin = before
        return begin

    def _prefixed(self, begin: int, line_end: int, line: bytes) -> Span | None:
        """The entry around a line of whose lines each has the same before it; None where no other line has.

        Raises:
            _OpenError: It goes on behind the text.
        """
        text_of = text_behind(line)
        if text_of is None:
            return None
        for most in _PREFIXED_LINES:
            above = self._alike_above(begin, text_of, most)
            alike = [*above, (Span(begin, line_end), text_of(line) or b""), *self._alike_below(line_end, text_of, most)]
            if len(alike) < 2:
                return None
            spans, texts = [span for span, _ in alike], [text for _, text in alike]
            ends = list(accumulate(map(len, texts), initial=0))
            whole = b"".join(texts)
            found = _enclosing(whole, _name_in(whole, ends[len(above)], ends[len(above) + 1]))
            if found.end > found.begin:
                first, last = bisect_right(ends, found.begin) - 1, bisect_left(ends, found.end) - 1
                return Span(spans[first].begin, spans[last].end)
        first, last = _belonging(texts, len(above))
        is_one = names_a_notification(b"".join(texts[first : last + 1]))
        return Span(spans[first].begin, spans[last].end) if is_one else None

    def _alike_above(self, begin: int, text_of: TextOf, most: int) -> list[tuple[Span, bytes]]:
        """The lines above that have the same before their texts, up to one that names a field."""
        found: list[tuple[Span, bytes]] = []
        while len(found) < most and begin > self._floor:
            before = max(self._text.rfind(b"\n", 0, begin - 1) + 1, self._floor)
            line = self._text[before : begin - 1]
            text = None if NAME.search(line) else text_of(line)
            if text is None:
                break
            found.append((Span(before, begin - 1), text))
            begin = before
        return found[::-1]

    def _alike_below(self, line_end: int, text_of: TextOf, most: int) -> list[tuple[Span, bytes]]:
        """The lines below that have the same before their texts, up to one that names a field again.

        Raises:
            _OpenError: They go on behind the text.
        """
        found: list[tuple[Span, bytes]] = []
        begin = self._text.rfind(b"\n", 0, line_end) + 1
        names = _names_in(self._text, begin, line_end)
        while len(found) < most:
            following = (found[-1][0].end if found else line_end) + 1
            if following >= self._end:
                if not self._is_last:
                    raise _OpenError(self._back_from(begin))
                break
            after = self._text.index(b"\n", following)
            named = _names_in(self._text, following, after)
            text = None if names & named else text_of(self._text[following:after])
            if text is None:
                break
            names |= named
            found.append((Span(following, after), text))
        return found


def _is_whole(line: bytes) -> bool:
    """Whether a line names all that a notification needs. The core says the same, in ``entries.c``."""
    return b"ignature" in line and b"mount" in line and (b"dentifier" in line or b"tatus" in line)


def _ends_its_text(line: bytes) -> bool:
    """Whether the text that an object of a container's engine holds is whole: a long one is cut in pieces."""
    return line[:1] != b"{" or b'"log"' not in line or b'\\n"' in line


def _belonging(texts: list[bytes], named: int) -> tuple[int, int]:
    """The first and the last of the lines that belong together, with a line among them.

    They are indented, are brackets, or name a value, each another one.
    """
    keys = {_key_in(texts[named])}
    first = last = named
    while first and _goes_on_with(
        texts[first - 1], keys, begins=texts[first][:1].isspace() or texts[first][:1] in b"({["
    ):
        first -= 1
    while last + 1 < len(texts):
        following = texts[last + 1]
        if following.strip() and not _goes_on_with(following, keys, begins=following[:1] in b" \t({[)}]<"):
            break
        last += 1
        if _CLOSING.fullmatch(following):
            break
    return first, last


def _goes_on_with(line: bytes, keys: set[bytes | None], *, begins: bool) -> bool:
    """Whether a line belongs to its neighbours: by its bracket or indentation, or as a pair of a new name."""
    key = _key_in(line)
    is_new = key is not None and key not in keys
    keys.add(key)
    return is_new or (begins and key is None) or (begins and line[:1].isspace())


def _posted_key(line: bytes) -> bytes | None:
    key = _key_in(line)
    return key if key is not None and _POSTED.match(key) else None


def _key_in(line: bytes) -> bytes | None:
    found = _PAIR.match(line)
    return None if found is None else found[1]


def _names_in(text: bytes, begin: int, end: int) -> set[bytes]:
    return set(map(bytes.lower, NAME.findall(text, begin, end)))


def _name_in(text: bytes, begin: int, end: int) -> int:
    found = NAME.search(text, begin, end)
    return begin if found is None else found.start()


class _Enclosing(NamedTuple):
    """What encloses a place in a text: empty where nothing does, its end then being how far that is certain.

    Attributes:
        is_cut: Whether it may be that the text ends too early.
    """

    begin: int
    end: int
    is_cut: bool = False


def _enclosing(text: bytes, place: int, *, has_dumps: bool = True) -> _Enclosing:  # noqa: C901 - two searches
    """The object or dump in a text that encloses a place."""
    certain, is_cut = 0, False
    if has_dumps and holds_a_dump(text) and _DUMP_HEAD.search(text, 0, place):
        for dump in find_dumps(text):
            if dump.begin > place:
                break
            if dump.end <= place:
                continue
            if dump.problem is None:
                return _Enclosing(dump.begin, dump.end)
            is_cut = dump.problem is Unreadable.TRUNCATED and not text[dump.end :].strip()
            certain = dump.end
    characters = text.decode("latin-1")
    begin = characters.find("{")
    for _ in range(_ATTEMPTS):
        if not 0 <= begin <= place:
            break
        try:
            _, end = parse_json_at(characters, begin)
        except JSONDecodeError as error:
            is_cut |= error.pos >= len(characters.rstrip()) - 1
            certain = max(certain, error.pos)
            end = begin + 1
        except (ValueError, RecursionError):
            certain, end = len(characters), begin + 1
        if end > place:
            return _Enclosing(begin, end)
        begin = characters.find("{", end)
    literal = literal_around(text, place)
    if literal is not None and not literal.is_cut:
        return _Enclosing(literal.begin, literal.end)
    if OF_A_PAGE.search(text):
        return _enclosing_of_a_page(text, place, is_cut=is_cut)
    is_cut |= literal is not None and literal.end == len(text)
    certain = certain if certain > place else 0
    return _Enclosing(certain, certain, is_cut)


def _enclosing_of_a_page(text: bytes, place: int, *, is_cut: bool) -> _Enclosing:
    """The same of a text that was written for a page."""
    found = _enclosing(without_markup(text), place_without_markup(text, place))
    begin, end = place_with_markup(text, found.begin), place_with_markup(text, found.end)
    return _Enclosing(begin, end, found.is_cut or is_cut)
