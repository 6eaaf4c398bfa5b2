"""JSON exports: an array, an object that wraps one, or an object a line; number tokens keep their text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pyarrow as pa

from corena_recon.errors import SourceError
from corena_recon.orders.exports.columnar import NumberText, export_of_records
from corena_recon.orders.exports.delimited import decode
from corena_recon.orders.exports.export import NO_HINTS, Hints
from corena_recon.text import printable
from corena_recon.vocabulary import OrderUnreadable

if TYPE_CHECKING:
    from corena_recon.orders.exports.export import Export

Record: TypeAlias = "dict[str, Any]"

_WRAPPER_DEPTH: Final = 3
_SEARCH_DEPTH: Final = 5
_SEARCHED_MAX: Final = 50
"""How deep a document is gone through for records, and how many values of each of its objects and lists."""
_EDGE: Final = {"node", "cursor"}
_CURRENCIES: Final = ("currency", "currencyCode", "currency_code")
_CHARGED: Final = ("presentmentMoney", "presentment_money", "shopMoney", "shop_money")
_ELEMENT: Final = re.compile(r"[^ \t\r\n,\[\]]")
_NEXT_OBJECT: Final = re.compile(r"\}\s*,?\s*(?=\{)")
_RESUME_ATTEMPTS: Final = 1_000
"""How many places after damage are tried in all: each may be long to read."""
_HALF_A_PAIR: Final = re.compile(r"\\u[dD][89a-fA-F]")


class _Flaw(str):
    """Why an element is no record."""

    __slots__ = ()


_DUPLICATE_KEY: Final = _Flaw("duplicate key")


def read_json(source: str, octets: bytes, hints: Hints = NO_HINTS) -> Export:
    """A JSON or JSON-lines export as strings, one row an object.

    Of a document the records are the first list in it whose objects have the names of a header, however deep, or the
    document where it has them itself.

    Raises:
        SourceError: It holds no list of objects.
    """
    decoded = decode(octets, hints.encoding)
    text = decoded.octets.decode("utf-8")
    form, elements = _elements(source, text, hints)
    may_be_torn = _HALF_A_PAIR.search(text) is not None
    flaws = [_flaw_of(element) or (_torn_text(element) if may_be_torn else None) for element in elements]
    records = [{} if flaw else _with_money(element) for element, flaw in zip(elements, flaws, strict=True)]
    export = export_of_records(source, form, records)
    if not export.names:
        export = replace(export, record=pa.array(range(1, len(flaws) + 1), pa.int64()))
    return replace(export, unreadable=pa.array(flaws, pa.string()), notes={"encoding": decoded.encoding})


def _elements(source: str, text: str, hints: Hints) -> tuple[str, list[Any]]:
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and lines[0].lstrip().startswith("{"):
        first = _parsed(lines[0])
        if isinstance(first, Mapping):
            return "jsonl", _of_lines([first, *map(_parsed, lines[1:])], hints.is_header)
    whole = _parsed(text)
    if isinstance(whole, list):
        return "json", [_node(each) for each in whole]
    if isinstance(whole, Mapping):
        found = _records_in(whole, hints.is_header, _SEARCH_DEPTH) if hints.is_header else None
        return "json", found or _unwrapped(whole, _WRAPPER_DEPTH) or [whole]
    if text.lstrip().startswith("["):
        return "json", _salvaged(text, hints.is_header)
    if not lines:
        raise SourceError(f"{printable(source)} is empty", hint="export the orders again", path=source)
    parsed = [_parsed(line) for line in lines]
    if not any(isinstance(each, Mapping) for each in parsed):
        raise SourceError(
            f"{printable(source)} is JSON that is damaged or cut off", hint="export the orders again", path=source
        )
    return "jsonl", parsed


def _of_lines(parsed: list[Any], is_header: Callable[[list[str]], bool] | None) -> list[Any]:
    """The records of documents a line: each is one, or is a page that holds some where the first one is."""
    if is_header is None or is_header(list(parsed[0])) or not _records_in(parsed[0], is_header, _SEARCH_DEPTH):
        return [_node(each) for each in parsed]
    return [each for page in parsed for each in _of_page(page, is_header)]


def _of_page(page: Any, is_header: Callable[[list[str]], bool]) -> list[Any]:  # noqa: ANN401 - whatever a line holds
    if not isinstance(page, Mapping):
        return [page]
    return _records_in(page, is_header, _SEARCH_DEPTH) or ([] if [] in page.values() else [page])


def _records_in(value: Any, is_header: Callable[[list[str]], bool], depth: int) -> list[Any] | None:  # noqa: ANN401
    """The first records in a document that have the names of a header."""
    if isinstance(value, Mapping):
        if is_header(list(value)):
            return [value]
        inner = list(value.values())
    else:
        inner = [_node(each) for each in value]
        first = next((each for each in inner if isinstance(each, Mapping)), None)
        if first is not None and is_header(list(first)):
            return inner
    within = (
        _records_in(each, is_header, depth - 1) for each in inner[:_SEARCHED_MAX] if isinstance(each, (Mapping, list))
    )
    return next(filter(None, within), None) if depth else None


def _node(element: Any) -> Any:  # noqa: ANN401 - whatever the document holds
    """What an edge of GraphQL leads to; any other element as it is."""
    is_edge = isinstance(element, Mapping) and isinstance(element.get("node"), Mapping) and len(element) <= len(_EDGE)
    return element["node"] if is_edge and set(element) <= _EDGE else element


def _with_money(record: Record) -> Record:
    """The record with amounts that are objects of value and currency as one text each."""
    money = {name: text for name, value in record.items() if isinstance(value, Mapping) and (text := _money(value))}
    return {**record, **money} if money else record


def _money(value: Mapping[str, Any]) -> str | None:
    """What an object says that is an amount with its currency, or such an object for each of two shops' currencies."""
    charged = next((value[name] for name in _CHARGED if isinstance(value.get(name), Mapping)), value)
    amount = next((charged[name] for name in ("amount", "value") if name in charged), None)
    currency = next((charged[name] for name in _CURRENCIES if name in charged), None)
    if not isinstance(amount, str) or not isinstance(currency, str) or len(charged) != len(("amount", "currency")):
        return None
    return f"{amount} {currency}"


def _unwrapped(whole: Mapping[str, Any], depth: int) -> list[Any] | None:
    lists = [value for value in whole.values() if isinstance(value, list) and value and isinstance(value[0], Mapping)]
    if "id" in whole or "identifier" in whole:
        return None
    if len(lists) == 1:
        return lists[0]
    inner = [value for value in whole.values() if isinstance(value, Mapping)]
    return _unwrapped(inner[0], depth - 1) if not lists and len(inner) == 1 and depth else None


def _salvaged(text: str, is_header: Callable[[list[str]], bool] | None) -> list[Any]:
    """The elements of arrays one after the other, damaged or cut off; a flaw for each stretch that cannot be read."""
    decoder = _decoder()
    elements: list[Any] = []
    names: set[str] = set()
    attempts = iter(range(_RESUME_ATTEMPTS))
    position = 0
    while (found := _ELEMENT.search(text, position)) is not None:
        try:
            element, position = decoder.raw_decode(text, found.start())
        except (ValueError, RecursionError):
            element = _Flaw(OrderUnreadable.INVALID_JSON.value)
            starts = zip((each.end() for each in _NEXT_OBJECT.finditer(text, found.start())), attempts, strict=False)
            position = next((start for start, _ in starts if _is_alike(text, start, names, is_header)), len(text))
        elements.append(element)
        if isinstance(element, Mapping) and len(element) > len(names):
            names = set(element)
    return elements


def _is_alike(text: str, start: int, names: set[str], is_header: Callable[[list[str]], bool] | None) -> bool:
    """Whether an object begins there that has half the names of another; of a header, where there is no other."""
    try:
        element, _ = _decoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return False
    if names:
        return len(names & set(element)) * 2 >= len(names)
    return is_header is not None and is_header(list(element))


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
    except (UnicodeEncodeError, RecursionError):
        return OrderUnreadable.INVALID_JSON.value
    return None
