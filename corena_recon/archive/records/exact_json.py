"""JSON read without losing what matters as evidence.

A number keeps its source text (``11.00`` is not ``11.0``), a repeated key is reported, bytes that are not UTF-8 are
kept, and nothing but JSON is accepted (no ``NaN``, no raw control character in a string).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple, NoReturn

from corena_recon.text import text_of
from corena_recon.vocabulary import Unreadable

_PRIVATE_ESCAPE: Final = re.compile(rb"(?<!\\)((?:\\\\)*)\\u([eE][fF][89a-fA-F][0-9a-fA-F])")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
DEPTH_MAX: Final = 512
"""How deep PHP's ``json_decode`` reads; deeper is no JSON to it, and to what writes it again here."""
_JSON_SPACE: Final = " \t\n\r"


class NumberToken(str):
    """The source text of a JSON number."""

    __slots__ = ()


class Parsed(NamedTuple):
    """One JSON text.

    Attributes:
        value: Objects as dicts, arrays as lists, strings exact, numbers as ``NumberToken``.
        repeats_a_key: Whether any object in it has a key twice.
        problem: Why there is no value.
    """

    value: Any
    repeats_a_key: bool
    problem: Unreadable | None


_INVALID: Final = Parsed(None, repeats_a_key=False, problem=Unreadable.INVALID_JSON)


class _RepeatedKeyError(Exception):
    """An object has a key twice; the text is read once more by a reader that remembers it."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise _RepeatedKeyError
    return read


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _decoder(object_pairs_hook: Callable[[list[tuple[str, Any]]], dict[str, Any]]) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=object_pairs_hook,
        parse_float=NumberToken,
        parse_int=NumberToken,
        parse_constant=_refuse_constant,
    )


# Building a decoder costs more than reading a record, and neither of these has state: threads share them.
_DECODER: Final = _decoder(_object)
_LENIENT_DECODER: Final = _decoder(dict)


def parse_json(octets: bytes) -> Parsed:
    """The one JSON value of the bytes; ``invalid_json`` when they are anything else."""
    text = json_text(octets).strip(_JSON_SPACE)
    try:
        parsed, end = parse_json_at(text, 0)
    except (ValueError, RecursionError):
        return _INVALID
    return parsed if end == len(text) else _INVALID


def parse_json_at(text: str, position: int) -> tuple[Parsed, int]:
    """The JSON value that begins at the position of the text, and where it ends.

    Raises:
        ValueError: No JSON value begins there.
        RecursionError: It is nested too deeply.
    """
    try:
        repeats_a_key = False
        value, end = _DECODER.raw_decode(text, position)
    except _RepeatedKeyError:
        repeats_a_key = True
        value, end = _LENIENT_DECODER.raw_decode(text, position)
    if text.count("[", position, end) + text.count("{", position, end) > DEPTH_MAX and _is_deep(value):
        raise RecursionError
    return Parsed(value, repeats_a_key, None), end


def _is_deep(value: Any) -> bool:  # noqa: ANN401
    level = [value]
    for _ in range(DEPTH_MAX + 1):
        containers = [item for item in level if isinstance(item, dict | list)]
        if not containers:
            return False
        level = [inner for item in containers for inner in (item.values() if isinstance(item, dict) else item)]
    return True


def json_text(octets: bytes) -> str:
    """The bytes of a JSON text as text, with octet characters never mistaken for escaped private ones."""
    if b"\\u" in octets and _PRIVATE_ESCAPE.search(octets):
        octets = _PRIVATE_ESCAPE.sub(lambda match: match[1] + chr(int(match[2], 16)).encode(), octets)
    return text_of(octets)


def exact_text(value: str) -> str:
    """A JSON string as text that Arrow can hold: a lone surrogate becomes octet characters."""
    if not value.isascii() and _SURROGATE.search(value):
        return text_of(value.encode("utf-8", "surrogatepass"))
    return value
