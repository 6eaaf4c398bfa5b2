"""JSON exports: an array, an object that wraps one, or an object a line; number tokens keep their text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pyarrow as pa

from corena_recon.errors import SourceError
from corena_recon.orders.exports.columnar import NumberText, export_of_records
from corena_recon.orders.exports.delimited import decode
from corena_recon.text import printable
from corena_recon.vocabulary import OrderUnreadable

if TYPE_CHECKING:
    from corena_recon.orders.exports.export import Export

Record: TypeAlias = "dict[str, Any]"

_WRAPPER_DEPTH: Final = 3
_HALF_A_PAIR: Final = re.compile(r"\\u[dD][89a-fA-F]")


class _Flaw(str):
    """Why an element is no record."""

    __slots__ = ()


_DUPLICATE_KEY: Final = _Flaw("duplicate key")


def read_json(source: str, octets: bytes, *, encoding: str | None = None) -> Export:
    """A JSON or JSON-lines export as strings, one row an object.

    Raises:
        SourceError: It holds no list of objects.
    """
    decoded = decode(octets, encoding)
    text = decoded.octets.decode("utf-8")
    form, elements = _elements(source, text)
    may_be_torn = _HALF_A_PAIR.search(text) is not None
    flaws = [_flaw_of(element) or (_torn_text(element) if may_be_torn else None) for element in elements]
    records = [{} if flaw else element for element, flaw in zip(elements, flaws, strict=True)]
    export = export_of_records(source, form, records)
    if not export.names:
        export = replace(export, record=pa.array(range(1, len(flaws) + 1), pa.int64()))
    return replace(export, unreadable=pa.array(flaws, pa.string()), notes={"encoding": decoded.encoding})


def _elements(source: str, text: str) -> tuple[str, list[Any]]:
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and lines[0].lstrip().startswith("{"):
        first = _parsed(lines[0])
        if isinstance(first, Mapping):
            return "jsonl", [first, *(_parsed(line) for line in lines[1:])]
    whole = _parsed(text)
    if isinstance(whole, list):
        return "json", whole
    if isinstance(whole, Mapping):
        return "json", _unwrapped(whole, _WRAPPER_DEPTH) or [whole]
    if text.lstrip().startswith("["):
        return "json", _salvaged(text)
    if lines:
        return "jsonl", [_parsed(line) for line in lines]
    raise SourceError(f"{printable(source)} is empty", hint="export the orders again", path=source)


def _unwrapped(whole: Mapping[str, Any], depth: int) -> list[Any] | None:
    lists = [value for value in whole.values() if isinstance(value, list) and value and isinstance(value[0], Mapping)]
    if "id" in whole or "identifier" in whole:
        return None
    if len(lists) == 1:
        return lists[0]
    inner = [value for value in whole.values() if isinstance(value, Mapping)]
    return _unwrapped(inner[0], depth - 1) if not lists and len(inner) == 1 and depth else None


def _salvaged(text: str) -> list[Any]:
    decoder = _decoder()
    elements: list[Any] = []
    position = text.index("[") + 1
    while True:
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1
        if position >= len(text) or text[position] == "]":
            return elements
        try:
            element, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return [*elements, _Flaw(OrderUnreadable.INVALID_JSON.value)]
        elements.append(element)


def _parsed(text: str) -> Any:  # noqa: ANN401 - whatever the document is
    try:
        return _decoder().decode(text.strip(" \t\r\n\ufeff"))
    except (ValueError, RecursionError):
        return _Flaw(OrderUnreadable.INVALID_JSON.value)


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(
        parse_int=NumberText, parse_float=NumberText, parse_constant=NumberText, object_pairs_hook=_object
    )


def _object(pairs: list[tuple[str, Any]]) -> Record:
    record = dict(pairs)
    if len(record) != len(pairs):
        record[""] = _DUPLICATE_KEY
    return record


def _flaw_of(element: Any) -> str | None:  # noqa: ANN401 - whatever the document holds
    if isinstance(element, _Flaw):
        return str(element)
    if not isinstance(element, Mapping):
        return OrderUnreadable.NOT_AN_OBJECT.value
    return OrderUnreadable.INVALID_JSON.value if element.get("") is _DUPLICATE_KEY else None


def _torn_text(element: Any) -> str | None:  # noqa: ANN401 - whatever the document holds
    """Why an element with half a surrogate pair in it is no record: PHP does not read it either."""
    try:
        json.dumps(element, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return OrderUnreadable.INVALID_JSON.value
    return None
