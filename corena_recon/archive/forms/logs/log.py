"""Application logs: lines that end in a JSON object or a body, and log lines that are JSON objects themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice
from json import JSONDecodeError
from typing import Any, Final

from corena_recon.archive.forms.logs.container_pieces import whole_lines
from corena_recon.archive.forms.logs.log_entries import (
    holds_a_dump,
    is_stamped,
    runs_of_entries,
    stamp_of,
)
from corena_recon.archive.forms.logs.log_prefixes import without_prefixes
from corena_recon.archive.forms.logs.several_in_line import one_in_each_line
from corena_recon.archive.forms.logs.urlencoded import Body, FormLines
from corena_recon.archive.json_stream.json_shape import sample_of
from corena_recon.archive.lines.line_runs import Line, Run
from corena_recon.archive.lines.lines import LineRoom
from corena_recon.archive.printed.encoded import ENCODED, TWICE, decoded_once, encoded_notification
from corena_recon.archive.printed.literals import literal_around, unescaped_text
from corena_recon.archive.printed.markup import OF_A_PAGE, without_markup
from corena_recon.archive.printed.notations import names_a_notification
from corena_recon.archive.printed.written import rows_of_written
from corena_recon.archive.records.envelopes import from_value, is_other_traffic, names_a_field
from corena_recon.archive.records.exact_json import NumberToken, Parsed, json_text, parse_json, parse_json_at
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import (
    Facts,
    Posted,
    body_text_octets,
    carries_a_notification,
    from_body,
    is_body,
    unreadable,
)
from corena_recon.native import Kind
from corena_recon.php import find_dumps
from corena_recon.text import octets_of
from corena_recon.vocabulary import RAW_MAX_BYTES, Unreadable

_WORD: Final = re.compile(rb"[^\s\"'`<>]+")
_GOES_ON: Final = re.compile(rb"(?:[ ']+[^\s\"'`<>&=?]*)++&[^\s\"'`<>&=]+=[^\s\"'`<>]*")
"""A raw space or apostrophe in a value, and what stands behind it up to the next pair and with it."""
_COLOURS: Final = re.compile(rb"\x1b\[[0-9;]*m")
_CELLS_BEHIND: Final = re.compile(rb",[^=&]*\Z")
"""Other cells of a line behind a body: a comma that was posted would be encoded."""
_CLOSED: Final = re.compile(rb"[\"'`](?![\w%&])")
_NAMES: Final = re.compile(rb"&([^&=]+)=")
_FIELD_NAME: Final = re.compile(rb"status|identifier|signature|data|%")
_ADDRESS: Final = re.compile(rb"(?:[\w.-]+[:=])*(?:https?://|/)[^&]*\?")
_BEFORE_BODY: Final = re.compile(
    rb"[\[(]*(?:(?:[\w.-]+[:=])+[\[(]*(?=(?:status|identifier|signature|data)(?:=|\[|%5B)))?", re.IGNORECASE
)
_BRACKETS: Final = ((b"[", b"]"), (b"(", b")"))
_MESSAGES: Final = ("message", "msg", "log", "textPayload", "@message")
_LOGGERS: Final = frozenset(
    [
        "level",
        "level_name",
        "levelname",
        "severity",
        "lvl",
        "stream",
        "channel",
        "logger",
        "logStreamName",
        "timestamp",
        "@timestamp",
        "time",
        "ts",
        "datetime",
    ]
)
_MOMENT_NAMES: Final = ("timestamp", "@timestamp", "datetime", "time", "ts", "date")
_ESCAPED_START: Final = '{\\"'
_QUOTED: Final = re.compile(r"'((?:[^'\\]|\\.)*+)'", re.DOTALL)
"""JSON as Python and Node print a text that holds it: the backslashes in it are escaped once more."""
_STRING_REST: Final = re.compile(r'(?:[^"\\]++|\\.)*+')
_WRITTEN: Final = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|[^\\]", re.DOTALL)
"""What stands in a JSON string for one character."""
_ESCAPED_LINES: Final = re.compile(rb"""(?:rray|[({])(?:\\r)?\\n""")
"""A dump or an object over several lines begins, in a line that has no such end."""
_ESCAPE: Final = re.compile(rb"""\\(?:([nrt\\"])|x([0-9A-Fa-f]{2}))""")
_LETTERS: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_SEARCH_MAX_TIMES: Final = 50
_SEARCH_FREE_CHARACTERS: Final = 65_536
"""How often the text of a line, or so much, is read in search of objects: a hostile line may hold only braces."""
_OBJECT_CHARACTERS: Final = 1_000
"""To look for a notification in an object takes as long as to read so much."""
_SAMPLE_LINES: Final = 50
_HEADER_BYTES: Final = 512
"""In so many bytes at its beginning a text has no NUL: what has one is a file of another kind."""
_CRASH_GAP: Final = re.compile(rb"(?:\A|\n)\0+")
"""NULs where a line begins are what a crash has left of lines that were not yet written."""
_HEAD_LINES: Final = 5_000
_ENOUGH_STAMPS: Final = 3
_JSON_START: Final = re.compile(rb"""\s*(?:\{\s*(?:["}]|\Z)|\[\s*(?:\{\s*["}]|["\]]|\[(?![A-Za-z_])|\Z))""")
"""How JSON begins; what else begins with such a bracket is a log."""
_JSON_NAME: Final = re.compile(rb'"(status|identifier|signature|data)"\s*:')
_NAME: Final = re.compile(rb"(?i)identifier|signature")
_DIGEST: Final = re.compile(rb"[0-9A-Fa-f]{64}")
_BESIDE: Final = (FormLines(), Body())
"""Forms whose lines may hold spaces and a notification, too."""


class LogLines(LineRoom):
    """The form ``log``: one notification a line at most; every other line is other traffic."""

    name = "log"
    ends_every_line = True
    kind = Kind.LOG

    def recognises(self, head: bytes) -> bool:
        """Lines that begin with a time, objects as loggers write them, or some text before a notification."""
        if b"\0" in _CRASH_GAP.sub(b"\n", head[:_HEADER_BYTES]):
            return False
        is_json = _JSON_START.match(head) is not None
        objects = sample_of(head) if is_json else ()
        if objects:
            return sum(map(_is_logger_object, objects)) * 2 > len(objects) or _has_texts_behind(head)
        lines = [line for line in head.split(b"\n") if line.strip()]
        if not lines or (not is_stamped(lines[0]) and any(room.recognises(head) for room in _BESIDE)):
            return False
        stamped = [is_stamped(line) for line in lines[:_HEAD_LINES]]
        if sum(stamped[:_SAMPLE_LINES]) * 2 >= min(len(lines), _SAMPLE_LINES):
            return True
        if (is_json and not _is_printed(head)) or (head.lstrip()[:1] == b"<" and not stamped[0] and not _is_page(head)):
            return False
        return sum(stamped) >= _ENOUGH_STAMPS or self._shows_a_notification(head)

    def _shows_a_notification(self, head: bytes) -> bool:
        """Whether there is one, be it unreadable, that has a signature, or words around it."""
        runs = self.runs(iter((head,)))
        entries = chain.from_iterable(run.lines() if isinstance(run, Run) else (run,) for run in runs)
        named = (entry.octets for entry in entries if _NAME.search(entry.octets))
        for octets in islice(named, _SAMPLE_LINES):
            row = self.read_line(octets)
            if row is None:
                continue
            if _DIGEST.search(octets) or (row.unreadable is None and b" " in octets.strip()):
                return True
        return False

    def runs(self, blocks: Iterator[bytes]) -> Iterator[Run | Line]:
        """The lines of the blocks, with entries that go on over several, and one for each of several objects."""
        return one_in_each_line(runs_of_entries(whole_lines(blocks)))

    def record_of(self, octets: bytes) -> bytes:
        """A line, or an entry without what stands before each of its lines, below the moment that it states."""
        octets = super().record_of(octets)
        text = without_prefixes(octets) if b"\n" in octets else None
        return octets if text is None else b"%b\n%b" % (_stamp_of_entry(octets), text)

    def read_line(self, octets: bytes) -> Posted | None:
        """The row of one line, or of one entry that goes on over several; None for other traffic."""
        line = _without_marks(octets)
        if b"\n" in line:
            return _from_entry(line, octets)
        whole = parse_json(line) if line.lstrip()[:1] == b"{" else None
        if whole is not None and isinstance(whole.value, dict):
            return _from_logger_object(whole, octets)
        stamp = stamp_of(line)
        return _from_text(line, Facts(instant_of(stamp.decode())) if stamp else Facts(), octets)


def _is_printed(head: bytes) -> bool:
    """Whether what begins as JSON does is what another language prints: an object, or such in lines."""
    lines = [line.strip() for line in head.split(b"\n", _SAMPLE_LINES)[:_SAMPLE_LINES] if line.strip()]
    closed = [line for line in lines if line[:1] + line[-1:] in (b"{}", b"[]") and len(line) > 2]
    are_other = all(parse_json(line).problem is not None and not _JSON_NAME.search(line) for line in closed)
    if len(closed) * 2 > len(lines) and are_other:
        return True
    literal = literal_around(head, head.find(b"signature"))
    return literal is not None and not head[: literal.begin].strip() and not sample_of(head)


def _has_texts_behind(head: bytes) -> bool:
    """Whether most of the first lines are an object with words behind it."""
    if head.lstrip()[:1] != b"{":
        return False
    lines = [line for line in head.split(b"\n", _SAMPLE_LINES)[:_SAMPLE_LINES] if line.strip()]
    return sum(map(_has_text_behind, lines)) * 2 > len(lines)


def _has_text_behind(line: bytes) -> bool:
    """Whether a line begins with an object, and goes on as no JSON does."""
    text = line.decode("latin-1")
    try:
        _, end = parse_json_at(text, 0) if text[:1] == "{" else (None, len(text))
    except (ValueError, RecursionError):
        return False
    return re.match(r"\s*[^\s,{}\[\]]", text[end:]) is not None


def _is_page(head: bytes) -> bool:
    """Whether what begins as markup does is pairs or objects in it, rather than a document of its own."""
    return head.lstrip()[:1] == b"<" and rows_of_written(head, Facts()) != []


def _without_marks(octets: bytes) -> bytes:
    """A line without the colours of a terminal, and without what a crash has left before it: a gap of NULs."""
    octets = octets.lstrip(b"\0")
    return _COLOURS.sub(b"", octets) if b"\x1b[" in octets else octets


def _from_entry(octets: bytes, raw: bytes) -> Posted | None:
    """The row of an entry of several lines, whose first one states its time."""
    stamp = _stamp_of_entry(octets)
    text = without_prefixes(octets)
    return _from_text(octets if text is None else text, Facts(instant_of(stamp.decode())) if stamp else Facts(), raw)


def _stamp_of_entry(octets: bytes) -> bytes:
    """The moment that the first line of an entry states; nothing where it states none."""
    first_line = octets.split(b"\n", 1)[0]
    logged = parse_json(first_line).value if first_line[:1] == b"{" else None
    if not isinstance(logged, dict) or not _is_logger_object(logged):
        return stamp_of(first_line) or b""
    moments = (logged.get(name) for name in _MOMENT_NAMES)
    stamp = next((str(moment) for moment in moments if instant_of(moment) is not None), "")
    return octets_of(stamp)


def _moment_of(logged: dict[str, Any]) -> int | None:
    moments = (instant_of(logged.get(name)) for name in _MOMENT_NAMES)
    return next((moment for moment in moments if moment is not None), None)


def _is_notification(row: Posted | None) -> bool:
    return row is not None and row.unreadable is None


def _is_logger_object(value: dict[str, Any]) -> bool:
    return (
        "signature" not in value
        and any(isinstance(value.get(name), str) for name in _MESSAGES)
        and not _LOGGERS.isdisjoint(value)
    )


def _from_logger_object(line: Parsed, raw: bytes) -> Posted | None:
    """The row of a line that is an object: the notification is among its values, or in its message."""
    value = line.value
    facts = Facts(_moment_of(value))
    is_logger = _is_logger_object(value)
    row = from_value(value, facts, ambiguous=line.repeats_a_key, raw=raw)
    if row.unreadable is None or not is_logger:
        return None if is_other_traffic(row, raw) else row
    for name in _MESSAGES:
        if isinstance(value.get(name), str):
            in_message = _from_text(_without_marks(body_text_octets(value[name])), facts, raw)
            if in_message is not None:
                return in_message
    encoded = encoded_notification(raw)
    if encoded is not None:
        return _from_plain_text(encoded, facts, raw)
    # A logger's own ``status`` is no notification's.
    says_more = row.identifier is not None or row.signature is not None or row.amount_text is not None
    return row if says_more and not is_other_traffic(row, raw) else None


def _from_text(octets: bytes, facts: Facts, raw: bytes) -> Posted | None:
    """The row of what a text holds; also where the log wrote its line ends as escapes, or a page its characters."""
    row = _from_plain_text(octets, facts, raw)
    if row is None:
        encoded = encoded_notification(octets)
        return None if encoded is None else _from_plain_text(encoded, facts, raw)
    if row.unreadable is None:
        return row
    ways = (
        (_ESCAPED_LINES, lambda text: _ESCAPE.sub(_unescaped, text)),
        (OF_A_PAGE, without_markup),
        (ENCODED, lambda text: encoded_notification(text) or b""),
        (TWICE, decoded_once),
    )
    again = (_from_plain_text(undo(octets), facts, raw) for sign, undo in ways if sign.search(octets))
    return next(filter(_is_notification, again), row)


def _unescaped(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[2], 16)]) if escape[2] else _LETTERS.get(escape[1], escape[1])


def _from_plain_text(octets: bytes, facts: Facts, raw: bytes) -> Posted | None:
    rows, between = _rows_of_values(octets, facts)
    rows.extend(_rows_of_bodies(b'"'.join(between), facts))
    whole = [row for row in rows if row.unreadable is None]
    is_named = not whole and names_a_notification(octets)
    if is_named:
        written = rows_of_written(octets, facts)
        whole = [row for row in written if row.unreadable is None]
        rows = rows or written
    if not rows:
        is_damaged = is_named or any(map(_has_damaged_object, between))
        return unreadable(Unreadable.INVALID_JSON, raw, facts) if is_damaged else None
    if len(whole) > 1:
        return whole[0]._replace(body_ambiguous=True)
    return whole[0] if whole else rows[0]._replace(raw=raw[:RAW_MAX_BYTES])


def _rows_of_values(octets: bytes, facts: Facts) -> tuple[list[Posted], list[bytes]]:
    """The rows of the objects and dumps in a text, and the text outside of them; one may stand within the other."""
    if not holds_a_dump(octets):
        return _rows_of_objects(octets, facts)
    outermost = _rows_of_dumps
    dumps = find_dumps(octets)
    first = next(dumps, None)
    if first is None or 0 <= octets.find(b"{") < first.begin:
        outermost = _rows_of_objects
    rows, between = outermost(octets, facts)
    within = _rows_of_objects if outermost is _rows_of_dumps else _rows_of_dumps
    outside: list[bytes] = []
    for text in between:
        more, rest = within(text, facts)
        rows += more
        outside += rest
    return rows, outside


def _rows_of_dumps(octets: bytes, facts: Facts) -> tuple[list[Posted], list[bytes]]:
    """The rows of the dumps of PHP in a text that carry a notification, and the text outside of dumps."""
    rows: list[Posted] = []
    between: list[bytes] = []
    position = 0
    for dump in find_dumps(octets, NumberToken):
        text = octets[dump.begin : dump.end]
        if dump.problem is not None:
            if names_a_notification(text):
                rows.append(unreadable(dump.problem, text, facts))
        else:
            is_posted = carries_a_notification(dump.fields)
            row = from_value(dump.fields, facts, ambiguous=dump.ambiguous, is_posted=is_posted)
            if not is_other_traffic(row, b""):
                rows.append(row)
        between.append(octets[position : dump.begin])
        position = dump.end
    return rows, [*between, octets[position:]]


def _rows_of_objects(octets: bytes, facts: Facts) -> tuple[list[Posted], list[bytes]]:
    """The rows of every JSON object in a text that carries a notification, and the text outside of objects."""
    if b"{" not in octets:
        return [], [octets]
    text = json_text(octets)
    rows: list[Posted] = []
    between: list[str] = []
    begin, position = 0, text.find("{")
    left = _SEARCH_MAX_TIMES * max(len(text), _SEARCH_FREE_CHARACTERS)
    while position >= 0 and left > 0:
        try:
            parsed, end = _object_at(text, position)
        except (ValueError, RecursionError) as error:
            # The decoder counts the lines up to where it stopped, so even a short attempt costs as much.
            left -= error.pos if isinstance(error, JSONDecodeError) else len(text)
            position = text.find("{", position + 1)
            continue
        left -= len(text) if text.startswith(_ESCAPED_START, position) else _OBJECT_CHARACTERS
        is_posted = carries_a_notification(parsed.value)
        row = from_value(parsed.value, facts, ambiguous=parsed.repeats_a_key, is_posted=is_posted)
        if not is_other_traffic(row, b""):
            rows.append(row)
        between.append(text[begin:position])
        begin, position = end, text.find("{", end)
    return rows, [octets_of(piece) for piece in [*between, text[begin:]]]


def _object_at(text: str, position: int) -> tuple[Parsed, int]:
    """The JSON object that begins at a brace, also where it is written as a JSON string, and where that ends.

    Raises:
        ValueError: None begins there.
        RecursionError: It is nested too deeply.
    """
    if text.startswith(_ESCAPED_START, position) and text[position - 1 : position] != '"':
        return _object_within_string(text, position)
    quoted = _QUOTED.match(text, position - 1) if text.startswith("'", position - 1) else None
    if quoted is not None and "\\\\" in quoted[1]:
        again = parse_json(unescaped_text(octets_of(quoted[1])))
        if isinstance(again.value, dict):
            return again, quoted.end() - 1
    if not text.startswith('"{\\', position - 1):
        return parse_json_at(text, position)
    try:
        written, end = parse_json_at(text, position - 1)
    except JSONDecodeError as error:
        # Its position is where the string begins, however far it was read.
        raise ValueError(error.msg) from None
    parsed = parse_json(body_text_octets(written.value))
    if not isinstance(parsed.value, dict):
        raise ValueError("no object")  # noqa: TRY004 - the text is wrong, not its type
    return parsed, end


def _object_within_string(text: str, position: int) -> tuple[Parsed, int]:
    """The JSON object that begins within a string, whose escapes it therefore has, and where it ends.

    Raises:
        ValueError: There is none.
        RecursionError: It is nested too deeply.
    """
    found = _STRING_REST.match(text, position)
    written = found[0] if found else ""
    whole = parse_json(octets_of(f'"{written}"')).value
    inner = json_text(body_text_octets(whole)) if isinstance(whole, str) else ""
    if not isinstance(whole, str) or len(inner) != len(whole):
        raise ValueError("no plain string")
    try:
        parsed, end = parse_json_at(inner, 0)
    except JSONDecodeError as error:
        # As far as it was read is not how long that took.
        raise ValueError(error.msg) from None
    return parsed, position + sum(len(one[0]) for one in islice(_WRITTEN.finditer(written), end))


def _rows_of_bodies(octets: bytes, facts: Facts) -> list[Posted]:
    if b"&" not in octets or b"=" not in octets:
        return []
    rows: list[Posted] = []
    end = 0
    while word := _WORD.search(octets, end):
        end = word.end()
        before = _BEFORE_BODY.match(octets, word.start(), end)
        begin = before.end() if before else word.start()
        if not _can_be_body(octets[begin:end]):
            continue
        end, is_closed = _end_of_body(octets, word)
        body = octets[begin:end]
        row = from_body(body if is_closed else _without_punctuation(body), facts, raw=b"")
        is_joined = end > word.end()
        if row.unreadable is None and (
            (is_joined and _has_raw_space(row)) or _may_go_on(octets, end, is_closed=is_closed)
        ):
            row = row._replace(body_ambiguous=True)
        rows.append(row)
    return rows


def _can_be_body(word: bytes) -> bool:
    # An address has a question mark before its first pair; a body would have it encoded.
    first_pair, more, _ = word.partition(b"&")
    return bool(more) and b"?" not in first_pair and not word.startswith((b"/", b"{")) and is_body(word)


def _without_punctuation(body: bytes) -> bytes:
    """A body without what the log set behind it: commas, and brackets that were opened before it."""
    last_pair = body.rfind(b"&")
    cells = _CELLS_BEHIND.search(body, last_pair + 1)
    body = body[: cells.start()] if cells else body.rstrip(b",;")
    for opening, closing in _BRACKETS:
        if body.endswith(closing) and body.count(closing) > body.count(opening):
            body = body[:-1]
    return body


def _end_of_body(octets: bytes, word: re.Match[bytes]) -> tuple[int, bool]:
    """Where a body ends that begins with a word, and whether the quotes around it end there."""
    end, quote = word.end(), octets[max(word.start() - 1, 0) : word.start()]
    while True:
        is_closed = octets[end : end + 1] == quote and _CLOSED.match(octets, end) is not None
        more = None if is_closed else _GOES_ON.match(octets, end)
        if more is None:
            return end, is_closed
        end = more.end()


def _has_raw_space(row: Posted) -> bool:
    """Whether a field of the gateway's own holds what may be words of the log instead."""
    own = (row.status, row.identifier, row.currency, row.payment_trx, row.payment_type, row.amount_text)
    return any(text is not None and (" " in text or "'" in text) for text in own)


def _may_go_on(octets: bytes, end: int, *, is_closed: bool) -> bool:
    """Whether pairs stand behind a body that may be its own, cut off by what is no part of a posted body."""
    for behind in _WORD.finditer(octets, end):
        word = behind.group()
        names = _NAMES.findall(word)
        if names and (any(map(_FIELD_NAME.search, names)) or not (is_closed or _ADDRESS.match(word))):
            return True
    return False


def _has_damaged_object(octets: bytes) -> bool:
    return (b"{" in octets and names_a_field(octets)) or len(set(_JSON_NAME.findall(octets))) > 1
