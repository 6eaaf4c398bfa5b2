"""What real PHP dumps of generated arrays is read back to the same arrays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corena_recon.php import find_dumps
from corena_recon.text import octets_of
from tests.php.oracle import php_literal, run

JOINED = r'str_replace("\n", " ", %s)'
PRINT_R = "print_r($a, true)"
VAR_EXPORT = "var_export($a, true)"
VAR_DUMP = "dumped($a)"

# What a dump could be taken apart at.
PIECES = (
    """a|é|€|'|"|\\|\0|=>| => |Array|Object|(|)|[|]|{|}|;|,|$a|\\'|\\"|] => |status|NULL|1|0| |    |'a' => |a:1:{|"""
    """\n|\r|\t|\r\n|\n    [a] => |\n    [status] => x|\n)|\n)\n|\n        (\n|\n\n|"]=>\n  |string(1) "|array (\n"""
)
pieces = [piece.encode() for piece in PIECES.split("|")]

texts = st.lists(st.sampled_from(pieces), max_size=5).map(b"".join) | st.binary(max_size=4)
keys = st.sampled_from([b"status", b"signature", b"data", b"0", b"1", b"-7"]) | texts
scalars = texts | st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1)


def array_of(values: st.SearchStrategy[Any], *, min_size: int = 0) -> st.SearchStrategy[dict[bytes, Any]]:
    return st.dictionaries(keys, values, min_size=min_size, max_size=3)


arrays = array_of(st.recursive(scalars, array_of, max_leaves=6), min_size=1)


def as_read(value: Any, *, null: bytes | None = None, joined: bool = False) -> Any:
    """What a dump says of a value: texts, and arrays of them."""
    if isinstance(value, dict):
        return {as_read(key, joined=joined): as_read(inner, null=null, joined=joined) for key, inner in value.items()}
    if isinstance(value, bytes):
        return value.replace(b"\n", b" ") if joined else value
    return null if value is None else b"1" if value is True else b"" if value is False else str(value).encode()


def of_octets(value: Any) -> Any:
    if isinstance(value, dict):
        return {octets_of(key): of_octets(inner) for key, inner in value.items()}
    return octets_of(value) if isinstance(value, str) else value


def written(php: str, batch: list[dict[bytes, Any]], writer: str) -> list[bytes]:
    code = (
        "function dumped($a) { ob_start(); var_dump($a); return ob_get_clean(); }"
        f"foreach ([{','.join(map(php_literal, batch))}] as $a) {{ echo bin2hex({writer}), ' '; }}"
    )
    return [bytes.fromhex(text.decode()) for text in run(php, code).split()]


def holds(value: Any, text: bytes) -> bool:
    """Whether a text stands in any key or value."""
    if isinstance(value, dict):
        return any(text in key or holds(inner, text) for key, inner in value.items())
    return isinstance(value, bytes) and text in value


batches = given(batch=st.lists(arrays, min_size=1, max_size=60))
in_few_processes = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.php
@pytest.mark.parametrize("writer", ["serialize($a)", VAR_EXPORT])
@in_few_processes
@batches
def test_what_is_quoted_is_read_back(php: str, writer: str, batch: list[dict[bytes, Any]]) -> None:
    for array, dump in zip(batch, written(php, batch, writer), strict=True):
        (found,) = find_dumps(dump)
        assert of_octets(found.fields) == as_read(array), dump
        assert (found.begin, found.end, found.ambiguous, found.problem) == (0, len(dump), False, None), dump


@pytest.mark.php
@in_few_processes
@batches
def test_an_export_on_one_line_is_read_back(php: str, batch: list[dict[bytes, Any]]) -> None:
    for array, dump in zip(batch, written(php, batch, JOINED % VAR_EXPORT), strict=True):
        (found,) = find_dumps(dump)
        assert found.ambiguous or of_octets(found.fields) == as_read(array, joined=True), dump


@pytest.mark.php
@in_few_processes
@batches
def test_what_var_dump_writes_is_read_back(php: str, batch: list[dict[bytes, Any]]) -> None:
    for array, dump in zip(batch, written(php, batch, VAR_DUMP), strict=True):
        first, *more = find_dumps(dump)
        is_odd = holds(array, b'"]')
        assert is_odd or not (more or first.ambiguous or first.problem), dump
        assert first.ambiguous or first.problem or of_octets(first.fields) == as_read(array), dump


@pytest.mark.php
@pytest.mark.parametrize("writer", [PRINT_R, JOINED % PRINT_R])
@in_few_processes
@batches
def test_what_print_r_writes_is_read_back_or_ambiguous(php: str, writer: str, batch: list[dict[bytes, Any]]) -> None:
    """PHP prints some arrays alike, which no reader can tell apart."""
    is_joined = writer != PRINT_R
    others: list[dict[bytes, Any]] = []
    dumps: list[bytes] = []
    for array, dump in zip(batch, written(php, batch, writer), strict=True):
        first, *more = find_dumps(dump)
        expected = as_read(array, null=b"", joined=is_joined)
        if first.ambiguous or first.problem:
            assert holds(array, b"\n") or holds(array, b" ") or holds(array, b"]") or holds(array, b")"), dump
        elif (of_octets(first.fields) != expected or more) and not holds(array, b"array (\n'a' =>"):
            others.append(of_octets(first.fields))
            dumps.append(dump)
    assert written(php, others, writer) == dumps
