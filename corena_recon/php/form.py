"""Posted bodies as PHP reads them into ``$_POST``, and arrays as PHP's ``http_build_query`` writes them.

Shops of this gateway run PHP, so what PHP made of a body is what the merchant saw. Bodies are read on bytes,
and compared with what other readers would make of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias
from urllib.parse import quote_plus, unquote_to_bytes

from corena_recon.errors import OptionError
from corena_recon.php.multipart import boundary_of, php_parts, plain_parts
from corena_recon.php.variables import COOKIE_PREFIXES, PhpArray, PostValue, register
from corena_recon.text import octets_of
from corena_recon.vocabulary import RECORD_MAX_BYTES, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

QueryValue: TypeAlias = "str | bytes | int | Decimal | QueryArray | None"
"""What ``http_build_query`` writes; True is ``1`` and False is ``0``."""

QueryArray: TypeAlias = "Mapping[str, QueryValue] | Mapping[int, QueryValue] | Sequence[QueryValue]"
"""A PHP array: named, numbered, or a list."""

MAX_INPUT_VARS: Final = 1000
"""PHP's ``max_input_vars``. Of an urlencoded body PHP keeps one more."""

# They bound what the caches of names and content types can hold; web servers refuse longer headers.
_ORDINARY_MAX_BYTES = 4 * 1024
_ORDINARY_MAX_NAMES = 64
# How much of what PHP dropped is still compared: no honest body has any.
_CUT_MAX_VARIABLES = 10_000
_AIMED_NAME_MAX_BYTES = 4 * 1024
_HEADER_MAX_BYTES = 8 * 1024

_IPN_ROOTS = (b"status", b"identifier", b"signature", b"data")
_WHITESPACE = b" \t\n\v\f\r"

_NO_MARKS = bytes(set(range(256)) - set(b"=&%+"))
_ORDINARY_NAME = re.compile(rb"([0-9A-Za-z_-]+)(?:\[([0-9A-Za-z_-]+)\])?(?:\[([0-9A-Za-z_-]+)\])?")
_MAY_BE_IPN = re.compile(rb"(?:\A|&)([^&=]*(?:status|identifier|signature|data|%)[^&]*)")
_IPN_NAME = re.compile(rb"(?:status|identifier|signature|data)(?:\[[^][\s\0](?:[^][\0]*[^][\s\0])?\])*")
_IMITATED_ROOT = re.compile(rb"(?:\xef\xbb\xbf)?[\0-\x20?]*(status|identifier|signature|data)(?=[].[\0-\x20]|\Z)")

_Variables: TypeAlias = "list[tuple[bytes, bytes]]"


class PostedBody(NamedTuple):
    """What PHP makes of a posted body.

    Attributes:
        fields: ``$_POST``, in PHP's order.
        ambiguous: Whether another reader would see other values for status, identifier, signature or data.
        problem: Why the body cannot stand for a notification, or None.
    """

    fields: dict[bytes, PostValue]
    ambiguous: bool
    problem: Unreadable | None


def read_post(body: bytes, content_type: bytes | str | None = None) -> PostedBody:
    """Reads a body as PHP does.

    A body over ``post_max_size`` and a content type that PHP does not parse leave ``$_POST`` empty. Where a
    limit on variables or nesting cut something off, that is a problem only when status, identifier, signature
    or a field of data was lost by it: junk that PHP dropped behind a complete notification changes nothing
    for the merchant, and a dropped duplicate with another value makes the body ambiguous.

    Args:
        body: The exact bytes.
        content_type: The header's value. None when the archive does not say: the body is read as urlencoded.
            Empty when it was posted without one: PHP reads nothing.

    Returns:
        The fields, whether they are ambiguous, and the problem: ``empty_body``, ``content_type``,
        ``body_limit``.
    """
    is_parsed, boundary = True, None
    if content_type is not None:
        is_parsed, boundary = _encoding_of(content_type[:_HEADER_MAX_BYTES])
    if not body:
        return PostedBody({}, False, Unreadable.EMPTY_BODY)
    if not is_parsed:
        return PostedBody({}, False, Unreadable.CONTENT_TYPE)
    if len(body) > RECORD_MAX_BYTES:
        return PostedBody({}, False, Unreadable.BODY_LIMIT)
    if boundary is not None:
        return _read_multipart(body, boundary)
    return _read_ordinary(body) or _read_urlencoded(body)


def http_build_query(parameters: QueryArray) -> bytes:
    """A urlencoded body, byte for byte as PHP's ``http_build_query`` writes the same array.

    Args:
        parameters: Names and values; nested mappings and sequences become bracketed names. None and empty
            arrays are left out, as PHP does. A Decimal is written as its own text.

    Raises:
        OptionError: A value is a float, whose text depends on the writer, or of another type without an exact
            text; or a text cannot be written in UTF-8.
    """
    return "&".join(_query_pairs(_items_of(parameters), "", "")).encode()


@lru_cache(maxsize=16)
def _encoding_of(content_type: bytes | str) -> tuple[bool, bytes | None]:
    """Whether PHP parses such a body, and the boundary of a multipart one."""
    header = octets_of(content_type) if isinstance(content_type, str) else content_type
    # Web servers strip a header's edges before PHP sees it; PHP's own server keeps the trailing one.
    header = header.strip(_WHITESPACE)
    media_type = re.split(rb"[;, ]", header, maxsplit=1)[0].lower()
    if media_type == b"multipart/form-data":
        boundary = boundary_of(header)
        return boundary is not None, boundary
    return media_type == b"application/x-www-form-urlencoded", None


class _Layout(NamedTuple):
    """Where the values of a sequence of ordinary names go.

    Attributes:
        marks: The separators and escapes of the names alone: a body without others needs no decoding.
        top_keys: The leading names that are keys of ``$_POST`` itself.
        arrays: For the others, in runs that share an array: the keys that lead to it, the keys in it, and the
            positions of their first value and behind their last.
    """

    marks: bytes
    top_keys: tuple[bytes, ...]
    arrays: tuple[tuple[tuple[bytes, ...], tuple[bytes, ...], int, int], ...]


def _read_ordinary(body: bytes) -> PostedBody | None:
    """The reading of a short body of simple names, each once; None for any other body.

    The names alone decide where values go. Honest archives hold few sequences of names, so the layout of each
    is remembered.
    """
    if len(body) > _ORDINARY_MAX_BYTES:
        return None
    tokens = body.replace(b"&", b"=").split(b"=")
    layout = _layout_of(tuple(tokens[::2]))
    if layout is None:
        return None
    values = tokens[1::2]
    marks = body.translate(None, _NO_MARKS)
    if marks != layout.marks:
        if marks.translate(None, b"%+") != layout.marks.translate(None, b"%+"):
            return None
        values = [_decoded(value) if b"%" in value or b"+" in value else value for value in values]
    fields: dict[bytes, PostValue] = dict(zip(layout.top_keys, values))  # noqa: B905 - leading values only
    for path, keys, start, stop in layout.arrays:
        array = fields
        for key in path:
            # Never a text: the layout has no clashes.
            array = array.setdefault(key, {})  # type: ignore[assignment]
        array.update(zip(keys, values[start:stop]))  # noqa: B905 - as many by construction
    return PostedBody(fields, False, None)


@lru_cache(maxsize=128)
def _layout_of(names: tuple[bytes, ...]) -> _Layout | None:
    """The layout of names that every reader understands alike; None for any other names."""
    places = [place for place in map(_ordinary_place, names) if place]
    distinct = set(places)
    if len(distinct) < len(names) or len(names) > _ORDINARY_MAX_NAMES:
        return None
    inner_places = {place[:depth] for place in places for depth in range(1, len(place))}
    if not distinct.isdisjoint(inner_places):
        return None
    arrays = []
    for path, run in groupby(enumerate(places), key=lambda numbered: numbered[1][:-1]):
        numbered = list(run)
        arrays.append((path, tuple(place[-1] for _, place in numbered), numbered[0][0], numbered[-1][0] + 1))
    top_keys = arrays.pop(0)[1] if arrays and not arrays[0][0] else ()
    marks = b"&".join(name.translate(None, _NO_MARKS) + b"=" for name in names)
    return _Layout(marks, top_keys, tuple(arrays))


def _ordinary_place(name: bytes) -> tuple[bytes, ...] | None:
    """The keys of a name that every reader understands alike, or None."""
    match = _ORDINARY_NAME.fullmatch(unquote_to_bytes(name))
    if match is None:
        return None
    place = tuple(key for key in match.groups() if key is not None)
    return None if any(key.startswith(COOKIE_PREFIXES) for key in place) else place


def _decoded(text: bytes) -> bytes:
    """Percent escapes and plus signs undone once; what is no escape stays."""
    return unquote_to_bytes(text.replace(b"+", b" "))


def _read_urlencoded(body: bytes) -> PostedBody:
    pieces = body.split(b"&", MAX_INPUT_VARS + 1)
    rest = pieces.pop() if len(pieces) > MAX_INPUT_VARS + 1 else b""
    read = [_variable(piece) for piece in pieces]
    cut = [_variable(match[1]) for match in islice(_MAY_BE_IPN.finditer(rest), _CUT_MAX_VARIABLES)]
    posted = _read_variables(read, cut, [*read, *cut])
    # Where more was dropped than is compared, nobody can say that readers agree.
    return posted._replace(ambiguous=True) if len(cut) == _CUT_MAX_VARIABLES else posted


def _variable(pair: bytes) -> tuple[bytes, bytes]:
    name, _, value = pair.partition(b"=")
    return _decoded(name), _decoded(value)


def _read_multipart(body: bytes, boundary: bytes) -> PostedBody:
    if b"--" + boundary not in body:
        return PostedBody({}, False, Unreadable.CONTENT_TYPE)
    parts = list(php_parts(body, boundary, max_fields=MAX_INPUT_VARS))
    read = [(part.name, part.value) for part in parts if part.is_read]
    cut = [(part.name, part.value) for part in parts if not part.is_read]
    plain = [(part.name, part.value) for part in plain_parts(body, boundary)]
    return _read_variables(read, cut, plain)


def _read_variables(read: _Variables, cut: _Variables, plain: _Variables) -> PostedBody:
    """Registers what PHP reads, and compares it with what it cut off and with what a plain reader sees."""
    fields = PhpArray()
    are_cut = bool(cut)
    for name, value in read:
        are_cut |= not register(fields, name, value)
    seen = dict(_ipn_leaves(fields))
    is_lost = False
    if are_cut:
        unlimited = PhpArray()
        for name, value in [*read, *cut]:
            register(unlimited, name, value, keeps_deep=True)
        is_lost = any(name not in seen for name, _ in _ipn_leaves(unlimited))
    is_ambiguous = _is_ambiguous(seen, [*read, *cut, *plain], plain)
    return PostedBody(fields, is_ambiguous, Unreadable.BODY_LIMIT if is_lost else None)


def _is_ambiguous(seen: dict[bytes, bytes], posted: _Variables, plain: _Variables) -> bool:
    """Whether readers differ on status, identifier, signature or data.

    Three readings must agree: PHP's, the exact names of a plain reader, and the names that a lenient reader
    could take for them (dots, spaces, unclosed or doubled brackets, text behind a bracket, NUL, a byte order
    mark, the question mark that URLSearchParams skips). Where no name repeats with another value, readers of
    the first and of the last value agree too.

    Args:
        seen: PHP's reading.
        posted: Every variable in any reading.
        plain: The variables of a plain reader.
    """
    aimed: dict[bytes, bytes] = {}
    for name, value in posted:
        aimed_name = _aimed_name(name)
        if aimed_name is not None and aimed.setdefault(aimed_name, value) != value:
            return True
    exact = {name for name, _ in plain if _IPN_NAME.fullmatch(name)}
    return aimed.keys() != exact or aimed != seen


def _aimed_name(name: bytes) -> bytes | None:
    """The field of a notification that a name is, or could be taken for."""
    if _IPN_NAME.fullmatch(name):
        return name
    root = _IMITATED_ROOT.match(name)
    if root is None:
        return None
    # Like PHP, most readers stop behind a bracket that no other follows.
    rest = name[root.end() : root.end() + _AIMED_NAME_MAX_BYTES]
    rest = re.split(rb"\0|(?<=\])(?!\[)", rest, maxsplit=1)[0]
    keys = [key.strip(_WHITESPACE) for key in re.findall(rb"[^][]+" if b"[" in rest else rb"[^].[]+", rest)]
    return root[1] + b"".join(b"[%b]" % key for key in keys if key)


def _ipn_leaves(fields: dict[bytes, PostValue]) -> Iterator[tuple[bytes, bytes]]:
    for root in _IPN_ROOTS:
        if root in fields:
            yield from _leaves(root, fields[root])


def _leaves(name: bytes, value: PostValue) -> Iterator[tuple[bytes, bytes]]:
    """Every text below a value with its bracketed name."""
    if isinstance(value, bytes):
        yield name, value
    else:
        for key, inner in value.items():
            yield from _leaves(b"%b[%b]" % (name, key), inner)


def _items_of(array: Mapping[Any, object] | Sequence[object]) -> Iterable[tuple[object, object]]:
    return array.items() if isinstance(array, Mapping) else enumerate(array)


def _query_pairs(items: Iterable[tuple[object, object]], prefix: str, suffix: str) -> Iterator[str]:
    for key, value in items:
        name = f"{prefix}{_query_text(key, prefix)}{suffix}"
        if isinstance(value, Mapping | Sequence) and not isinstance(value, str | bytes):
            yield from _query_pairs(_items_of(value), f"{name}%5B", "%5D")
        elif value is not None:
            yield f"{name}={_query_text(value, name)}"


def _query_text(value: object, name: str) -> str:
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, Decimal):
        value = str(value)
    if not isinstance(value, str | bytes):
        raise OptionError(
            f"{name or 'a parameter'} is a {type(value).__name__}, which has no exact text",
            hint="give amounts as text or Decimal",
        )
    try:
        return quote_plus(value, safe="").replace("~", "%7E")
    except UnicodeEncodeError:
        raise OptionError(f"{name or 'a parameter'} holds half a surrogate pair, which UTF-8 cannot write") from None
