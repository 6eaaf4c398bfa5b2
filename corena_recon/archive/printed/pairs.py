"""Lines of names and values, as programs write them that walk through what was posted: ``name = value`` and its like.

Nothing is quoted: a value goes on to the end of its line, where the next line is a pair again. Pairs on one line are
read where no value holds what could part it.
"""

from __future__ import annotations

import html
import re
from typing import Any, Final, NamedTuple

from corena_recon.archive.records.exact_json import parse_json
from corena_recon.text import octets_of, text_of

_FIELDS: Final = r"(?:status|identifier|signature|amount|data|payment_trx)"
_TYPED_FIELDS: Final = r"(?:Status|Identifier|Signature|Amount|Data|PaymentTrx|paymentTrx)"
"""The same as languages with types name them."""
_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NAME: Final = r"[A-Za-z_][\w.%-]{0,60}(?:\[[^\[\]\n]{0,60}\]){0,8}"
_BY: Final = re.compile(
    r"(?i:signature)(?P<behind>[\"'`\])]{0,2})(?P<by>\s{0,40}(?:=>|->|[=:|\t,]))(?P<pad>[ \t]{0,40})"
    r"(?P<quote>[\"'`\[]?)(?=[0-9A-Fa-f]{8})"
)
_JSON_START: Final = ("{", "[")
_LOGGED_TAIL: Final = re.compile(r"(?: (?:\[\]|\{\}))* *\Z")
"""What a logger sets behind a text: Monolog's empty arrays, and blanks."""
_CELL: Final = r"<t[dh][^<>]{0,80}>([^<]*+)</t[dh]>"
_ROW: Final = re.compile(rf"<tr[^<>]{{0,80}}>\s*+{_CELL}\s*+{_CELL}\s*+</tr>", re.IGNORECASE)
_AMOUNT: Final = re.compile(r"[0-9]{1,20}\.[0-9]{1,20}")
_ON_ONE_LINE: Final = re.compile(
    rf"(?P<name>{_NAME})\s?(?:=>|[=:])\s?(?:(?P<opens>\{{|map\[|[A-Z][\w.$]{{0,60}} ?[({{\[])"
    r"|\"(?P<quoted>[^\"\\\n]*)\"|'(?P<single>[^'\\\n]*)'|\[(?P<item>[\w.@+/#%:-]{0,200})\]"
    r"|(?P<plain>[\w.@+/#%-]{0,200}+)(?=[\s,;|)}\]]|\Z))[)}\]]*(?:[,;|]?\s*\|?\s*|\Z)"
)
"""A pair on a line of others whose value nothing could part, and what parts it from the next one."""
_POSTED: Final = re.compile(
    r"(?:data[\[.])?(?:status|identifier|signature|data|amount|currency|code|symbol|payment_trx|payment_type|charge)\]?\Z"
)


class Pairs(NamedTuple):
    """What lines of names and values say.

    Attributes:
        fields: By name; where lines are indented below a name, they are its value.
        ambiguous: Whether a name stands twice.
    """

    fields: dict[str, Any]
    ambiguous: bool


def read_pairs(octets: bytes) -> Pairs | None:
    """The names and values in a text; None where it is no such text, or where a value may be another.

    Args:
        octets: One entry of a log, or one cell, that names a notification.
    """
    if octets.count(b"{") > octets.count(b"}"):
        # What an object that is cut off has not said may be among the fields that count.
        return None
    text = text_of(octets.replace(b"\r\n", b"\n"))
    rows = _ROW.findall(text)
    if len(rows) > 2:
        return _of([(html.unescape(name).strip(), html.unescape(value)) for name, value in rows])
    by = _BY.search(text)
    if by is None or by["quote"] == "`":
        return None
    return (None if by["quote"] == "[" else _in_lines(text, by)) or _in_one_line(text)


def _in_lines(text: str, by: re.Match[str]) -> Pairs | None:
    """Pairs of which each has a line of its own, written as the signature's is."""
    opening = text[: by.start()].rpartition("\n")[2]
    mark = re.search(r"[\"'`\[(]{0,2}\Z", opening)
    before = mark[0] if mark else ""
    pair = re.compile(
        rf"(?P<indent>[ \t]*){re.escape(before)}(?P<name>{_NAME}){re.escape(by['behind'])}\s{{0,40}}"
        rf"{re.escape(by['by'].strip() or by['by'])}(?P<pad>[ \t]*)(?P<value>.*)"
    )
    lines = text.strip("\n").split("\n")
    closing = "]" if before == "[" and by["by"].strip() == "," else ""
    pairs: list[tuple[int, str, str]] = []
    for line in lines:
        found = pair.fullmatch(line) or (None if pairs else _first_in(pair, line))
        if found is None:
            if pairs and line.strip():
                break
            continue
        value = found["pad"].removeprefix(by["pad"]) + found["value"]
        value = _LOGGED_TAIL.sub("", value) if closing and not value.endswith(closing) else value
        pairs.append((len(found["indent"]), found["name"], value.removesuffix(closing)))
    signature = next((value for _, name, value in pairs if name.lower() == "signature"), ",")
    # What is parted by commas is an object of some language, whose end is lost.
    if len(pairs) < 3 or signature.endswith(","):
        return None
    depth, name, value = pairs[-1]
    if text.endswith(value):
        pairs[-1] = (depth, name, _LOGGED_TAIL.sub("", value))
    values = _unquoted([value for _, _, value in pairs])
    return (
        None if values is None else _nested([(one[0], one[1], value) for one, value in zip(pairs, values, strict=True)])
    )


def _first_in(pair: re.Pattern[str], line: str) -> re.Match[str] | None:
    """The pair that stands in the first line behind what the log set there."""
    name = re.search(rf"[\"'`\[(]{{0,2}}\b{_FIELDS}\b", line)
    return None if name is None else pair.fullmatch(line, name.start())


def _unquoted(values: list[str]) -> list[str] | None:
    """The values without the quotation marks of YAML and its like; None where it is not told whether these are such."""
    marked = [value[:1] in ("'", '"') and value[-1:] == value[:1] and len(value) > 1 for value in values]
    if not any(marked):
        return values
    decimals = [
        is_marked for value, is_marked in zip(values, marked, strict=True) if _AMOUNT.fullmatch(value.strip("'\""))
    ]
    if not decimals or not all(decimals):
        return None
    found: list[str] = []
    for value, is_marked in zip(values, marked, strict=True):
        if not is_marked:
            found.append(value)
        elif value[0] == "'":
            found.append(value[1:-1].replace("''", "'"))
        else:
            parsed = parse_json(octets_of(value)).value
            if not isinstance(parsed, str):
                return None
            found.append(parsed)
    return found


def _nested(pairs: list[tuple[int, str, str]]) -> Pairs | None:
    """The pairs, those that are indented below a name without a value being its value."""
    least = min(depth for depth, _, _ in pairs[1:])
    fields: dict[str, Any] = {}
    ambiguous = False
    ways: list[tuple[int, dict[str, Any]]] = [(least, fields)]
    for number, (depth, name, value) in enumerate(pairs):
        while len(ways) > 1 and depth < ways[-1][0] and number:
            ways.pop()
        into = ways[-1][1]
        ambiguous |= name in into
        following = pairs[number + 1][0] if number + 1 < len(pairs) else 0
        if not value and number and following > depth:
            inner: dict[str, Any] = {}
            into[name] = inner
            ways.append((following, inner))
            continue
        into[name] = _value(value)
    return Pairs(fields, ambiguous)


def _value(text: str) -> Any:  # noqa: ANN401
    if text[:1] in _JSON_START:
        parsed = parse_json(octets_of(text))
        if parsed.problem is None and isinstance(parsed.value, dict):
            return parsed.value
    return text


def posted_name(name: str) -> str:
    """A name as the gateway writes it, where a language with types writes it in one word with capitals."""
    return _CAPITAL.sub("_", name).lower()


def _in_one_line(text: str) -> Pairs | None:
    """Pairs one behind the other, of which no value could be parted."""
    return _pairs_from(_FIELDS, text) or _pairs_from(_TYPED_FIELDS, text)


def _pairs_from(fields: str, text: str) -> Pairs | None:
    """Such pairs from the first one on that has one of these names."""
    first = re.search(rf"(?<![\w.])(?:{fields})(?=[\w\[\].]{{0,40}}\s?(?:=>|[=:]))", text)
    found: list[tuple[str, str]] = []
    marked: set[bool] = set()
    at = 0 if first is None else first.start()
    while first is not None and (pair := _ON_ONE_LINE.match(text, at)):
        at = pair.end()
        if pair["single"] is not None or (pair["plain"] and _AMOUNT.fullmatch(pair["plain"])):
            marked.add(pair["single"] is not None)
        if pair["opens"] is None:
            value = next(one for one in pair.group("quoted", "single", "item", "plain") if one is not None)
            own = posted_name(pair["name"])
            found.append((own if _POSTED.match(own) else pair["name"], value))
    # Where texts are quoted amounts are, too: else the marks may be posted.
    if len(found) < 3 or len(marked) > 1 or (text[at:].strip() and _names_more(text[at:])):
        return None
    pairs = _of(found)
    return pairs and pairs._replace(ambiguous=pairs.ambiguous or not all(map(_POSTED.match, pairs.fields)))


def _names_more(rest: str) -> bool:
    """Whether behind pairs there are words that may belong to the last value, or further pairs."""
    return "=" in rest or re.search(_FIELDS, rest) is not None


def _of(pairs: list[tuple[str, str]]) -> Pairs | None:
    fields = {name: _value(value) for name, value in pairs}
    return Pairs(fields, len(fields) != len(pairs)) if "signature" in fields else None
