from __future__ import annotations

import pytest

from corena_recon.php.variables import MAX_INPUT_NESTING_LEVEL, PhpArray, register


@pytest.mark.parametrize(
    ("names", "fields"),
    [
        # names
        (["a"], {"a": "0"}),
        ([" a"], {"a": "0"}),
        (["a.b c"], {"a_b_c": "0"}),
        (["a\0b"], {"a": "0"}),
        ([""], {}),
        (["[x]"], {}),
        # brackets
        (["a[b][c]"], {"a": {"b": {"c": "0"}}}),
        (["a[b]c"], {"a": {"b": "0"}}),
        (["a[b"], {"a_b": "0"}),
        (["a[b][c"], {"a": {"b": "0"}}),
        (["a[b.c]"], {"a": {"b.c": "0"}}),
        # replacement
        (["a", "a[b]"], {"a": {"b": "1"}}),
        (["a[b]", "a"], {"a": "1"}),
        (["a", "b", "a"], {"a": "2", "b": "1"}),
        # numbering
        (["a[]", "a[]"], {"a": {"0": "0", "1": "1"}}),
        (["a[7]", "a[]"], {"a": {"7": "0", "8": "1"}}),
        (["a[07]", "a[]"], {"a": {"07": "0", "0": "1"}}),
        (["a[-5]", "a[]"], {"a": {"-5": "0", "-4": "1"}}),
        (["a[9223372036854775807]", "a[]"], {"a": {"9223372036854775807": "0"}}),
        # protected cookies
        (["__Host-a"], {"__Host-a": "0"}),
        (["..Host-a"], {}),
        (["a[__Secure-b]"], {"a": {}}),
    ],
)
def test_variables_as_php_registers_them(names: list[str], fields: dict[str, object]) -> None:
    variables = PhpArray()
    for number, name in enumerate(names):
        assert register(variables, name.encode(), str(number).encode())
    assert variables == encoded(fields)
    assert list(variables) == [name.encode() for name in fields]


@pytest.mark.parametrize(
    ("levels", "keeps_deep", "is_kept"),
    [
        (MAX_INPUT_NESTING_LEVEL, False, True),
        (MAX_INPUT_NESTING_LEVEL + 1, False, False),
        (MAX_INPUT_NESTING_LEVEL + 1, True, True),
        (MAX_INPUT_NESTING_LEVEL + 100, False, False),
    ],
)
def test_nesting_deletes_the_whole_variable(levels: int, keeps_deep: bool, is_kept: bool) -> None:
    variables = PhpArray()
    register(variables, b"a[b]", b"1")
    is_within = register(variables, b"a" + b"[x]" * levels, b"2", keeps_deep=keeps_deep)
    assert is_within is (levels <= MAX_INPUT_NESTING_LEVEL)
    assert (b"a" in variables) is is_kept


def encoded(fields: dict[str, object]) -> dict[bytes, object]:
    return {
        key.encode(): encoded(value) if isinstance(value, dict) else str(value).encode()
        for key, value in fields.items()
    }
