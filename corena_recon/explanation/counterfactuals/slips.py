"""Texts one slip away from a posted amount or identifier: what it may have been before somebody changed it.

Every generator is bounded by its text's length, and gives nothing for a text longer than the gateway's column.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from decimal import ROUND_HALF_UP, Decimal
from html import escape, unescape
from typing import Final, NamedTuple
from urllib.parse import quote, quote_plus, unquote_to_bytes

from corena_recon.money import decimal_of, exact_value, plain_text, renderings
from corena_recon.text import octets_of, text_of

AMOUNT_MAX_CHARACTERS: Final = 40
IDENTIFIER_MAX_CHARACTERS: Final = 255
"""What ``api_payments.identifier`` can store; the documentation allows 20."""
CUT_MAX: Final = 29
"""How many characters an amount may have that is cut from signed bytes in another place."""

_EDITED_MAX_CHARACTERS: Final = 64
_POWERS: Final = tuple(sorted((*range(-8, 0), *range(1, 9)), key=abs))
_AMOUNT_CHARACTERS: Final = string.digits + "."
_IDENTIFIER_CHARACTERS: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase + "-_"
_NEIGHBOURS: Final = 1000
_LAST_NUMBER = re.compile(r"[0-9]{1,18}(?=[^0-9]*$)", re.ASCII)
_ADDED_SLASH: Final = re.compile(r"\\([\\'\"0/])")
_ESCAPED: Final = re.compile(r"\\u([0-9a-fA-F]{4})", re.ASCII)
_ESCAPED_WITHOUT_SLASH: Final = re.compile(r"u([0-9a-fA-F]{4})", re.ASCII)
"""What WordPress leaves of it, which takes backslashes away."""
_GROUPING: Final = re.compile(r"[\s'.]")
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")


class Variant(NamedTuple):
    """A text in the place of another.

    Attributes:
        kind: Which slip leads from one to the other; ``explanation_words`` has a phrase for each.
        text: The other text.
    """

    kind: str
    text: str


def amount_writings(value: Decimal, decimals: int) -> list[str]:
    """The ways in which programs write one amount, the gateway's own first.

    Args:
        value: The amount.
        decimals: How many decimals the posted text has; written so where that loses nothing.
    """
    plain = plain_text(value)
    integer, _, fraction = plain.partition(".")
    texts = list(renderings(value))
    texts += [f"{integer}.{fraction:0<{count}}" for count in (decimals, *range(3, 8)) if len(fraction) <= count != 0]
    texts += [repr(float(value)), f"{integer}.{fraction:0<2}", plain.replace(".", ",")]
    texts += [f"{integer},{fraction:0<2}", f"{int(integer):,}.{fraction:0<2}", f"+{plain}"]
    return list(dict.fromkeys(texts))


def amount_variants(text: str) -> Iterator[Variant]:
    """Amounts that one slip or one edit makes of a posted amount: other writings, powers of ten, digits.

    Args:
        text: The amount as posted; nothing is given where it is longer than AMOUNT_MAX_CHARACTERS.
    """
    if len(text) > AMOUNT_MAX_CHARACTERS:
        return
    value = exact_value(text)
    if value is not None:
        yield from _of_value(value, len(text.partition(".")[2]))
    yield from (Variant("amount_written", other) for other in written_amounts(text))
    yield from (Variant("digits", other) for other in _edits(text, _AMOUNT_CHARACTERS) if _is_number(other))
    for start in range(len(text)):
        shorter = (text[:start] + text[end:] for end in range(start + 2, len(text) + 1))
        yield from (Variant("digits", other) for other in shorter if _is_number(other))


def written_amounts(text: str) -> list[str]:
    """Other writings of an amount as an archive has it, be it with a decimal comma; none where it is too long."""
    if len(text) > AMOUNT_MAX_CHARACTERS:
        return []
    stripped = text.strip()
    written = [stripped, stripped.replace(",", "."), f" {text}"]
    value = exact_value(text)
    if value is not None:
        return [*amount_writings(value, len(text.partition(".")[2])), *written]
    local = exact_value(_GROUPING.sub("", text).replace(",", "."))
    return [*([] if local is None else amount_writings(local, len(text.partition(",")[2]))), *written]


def decimal_shift(posted: str, other: str) -> int | None:
    """By how many places the decimal point was moved between two amounts; None when more than that differs."""
    one, two = exact_value(posted), exact_value(other)
    if not one or not two:
        return None
    return next((power for power in _POWERS if two.scaleb(power) == one), None)


def identifier_variants(text: str) -> Iterator[Variant]:
    """Identifiers that a slip or an archive's writer makes of one: other forms, a character, a cut, the next number.

    Args:
        text: The identifier as posted; nothing is given where it is longer than IDENTIFIER_MAX_CHARACTERS.
    """
    if len(text) > IDENTIFIER_MAX_CHARACTERS:
        return
    yield from (Variant("identifier_case", other) for other in (text.upper(), text.lower(), text.swapcase()))
    yield from _before_it_was_archived(text)
    compact = "".join(text.split())
    yield from (Variant("identifier_spaces", other) for other in (text.strip(), compact, f"{text} ", f" {text}"))
    yield from (Variant("identifier_spaces", text + end) for end in ("\n", "\r\n", "\t"))
    yield from (Variant("identifier_zeros", other) for other in _other_zeros(text))
    yield from (Variant("identifier_form", other) for other in _other_forms(text))
    if len(text) <= _EDITED_MAX_CHARACTERS:
        edits = (other for other in _edits(text, _IDENTIFIER_CHARACTERS) if other[1:] != text or other[0].isalnum())
        yield from (Variant("identifier_character", other) for other in edits if other)
    yield from (Variant("identifier_cut", text[:end]) for end in range(1, len(text)))
    yield from (Variant("identifier_cut", text[start:]) for start in range(1, len(text)))
    yield from (Variant("identifier_neighbour", other) for other in _neighbours(text))


def archived_identifiers(text: str) -> Iterator[Variant]:
    """What an identifier was before a writer of archives changed it, or took it for a number, or cut its blanks off.

    Args:
        text: The identifier as archived; nothing is given where it is longer than IDENTIFIER_MAX_CHARACTERS.
    """
    yield from rewritten_identifiers(text)
    if len(text) <= IDENTIFIER_MAX_CHARACTERS:
        yield from (Variant("identifier_zeros", other) for other in _other_zeros(text))
        yield from (Variant("identifier_spaces", other) for other in (f"{text} ", f" {text}"))


def rewritten_identifiers(text: str) -> Iterator[Variant]:
    """What an identifier was before writers of archives changed it, one behind the other: two at most.

    Args:
        text: The identifier as archived; nothing is given where it is longer than IDENTIFIER_MAX_CHARACTERS.
    """
    if len(text) > IDENTIFIER_MAX_CHARACTERS:
        return
    once = {variant.text: variant for variant in _before_it_was_archived(text) if variant.text != text}
    yield from once.values()
    for variant in once.values():
        yield from (Variant(variant.kind, other.text) for other in _before_it_was_archived(variant.text))


def _of_value(value: Decimal, decimals: int) -> Iterator[Variant]:
    yield from (Variant("amount_written", other) for other in amount_writings(value, decimals))
    for power in _POWERS:
        moved = decimal_of(f"{value.scaleb(power):f}")
        if moved is not None and moved:
            yield from (Variant("decimal_moved", other) for other in amount_writings(moved, decimals))
    for count in range(5):
        rounded = decimal_of(f"{value.quantize(Decimal(1).scaleb(-count), ROUND_HALF_UP):f}")
        if rounded is not None:
            yield from (Variant("rounded", other) for other in amount_writings(rounded, decimals))
    if value:
        yield from (Variant("sign", other) for other in amount_writings(-value, decimals))


def _before_it_was_archived(text: str) -> Iterator[Variant]:
    """What a text was before a writer of archives added backslashes, entities or escapes, or mistook its encoding."""
    yield Variant("identifier_slashes", _ADDED_SLASH.sub(r"\1", text))
    once = unescape(text)
    yield from (Variant("identifier_entities", other) for other in (once, unescape(once), escape(text)))
    yield from (Variant("identifier_percent", text_of(unquote_to_bytes(octets_of(other)))) for other in _spaced(text))
    yield from (Variant("identifier_percent", quoted(octets_of(text), safe="")) for quoted in (quote, quote_plus))
    yield Variant("identifier_percent", text.replace(" ", "+"))
    for pattern in (_ESCAPED, _ESCAPED_WITHOUT_SLASH):
        unescaped = pattern.sub(lambda found: chr(int(found[1], 16)), text)
        joined = unescaped.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        yield Variant("identifier_escapes", joined)
    yield from (Variant("identifier_encoding", other) for other in _other_encodings(text))


def _spaced(text: str) -> tuple[str, str]:
    return text, text.replace("+", " ")


def _other_encodings(text: str) -> Iterator[str]:
    """The text where it was taken once too often for one byte a character, or once too seldom."""
    for codec in ("latin-1", "cp1252"):
        with suppress(UnicodeError):
            yield text_of(text.encode(codec))
        with suppress(UnicodeError):
            yield octets_of(text).decode(codec)


def _is_number(text: str) -> bool:
    """Whether a gateway could have written it; else a separator between amount and identifier is likelier."""
    return text.isascii() and text.replace(".", "", 1).isdecimal() and text[0] != "." != text[-1]


def _edits(text: str, alphabet: str) -> Iterator[str]:
    """Every text one character away: changed, dropped, inserted, or swapped with its neighbour."""
    for place in range(len(text) + 1):
        before, after = text[:place], text[place:]
        yield from (before + character + after for character in alphabet)
        if after:
            yield before + after[1:]
            yield from (before + character + after[1:] for character in alphabet)
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


def _other_zeros(text: str) -> Iterator[str]:
    yield _LEADING_ZEROS.sub("", text)
    number = _LAST_NUMBER.search(text)
    if number:
        digits = number[0].lstrip("0") or "0"
        for width in range(len(digits), 19):
            yield text[: number.start()] + digits.zfill(width) + text[number.end() :]


def _other_forms(text: str) -> Iterator[str]:
    yield from (unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD"))
    for old, new in (("-", "_"), ("_", "-"), ("-", ""), ("_", ""), ("-", " "), (" ", "-"), ("+", " "), ("/", "-")):
        yield text.replace(old, new)
    yield text.lstrip("#='")
    yield from (prefix + text for prefix in ("#", "=", "'"))


def _neighbours(text: str) -> Iterator[str]:
    number = _LAST_NUMBER.search(text)
    if not number:
        return
    for step in range(1, _NEIGHBOURS + 1):
        for other in (int(number[0]) + step, int(number[0]) - step):
            if other >= 0:
                yield text[: number.start()] + str(other).zfill(len(number[0])) + text[number.end() :]
