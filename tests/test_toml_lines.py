"""What is written as TOML is read back by Python's own reader."""

from __future__ import annotations

import tomllib

from hypothesis import example, given
from hypothesis import strategies as st

from corena_recon.toml_lines import toml_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    TEXTS | st.integers(-(2**63), 2**63 - 1) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
@example("\x7f")
@example({"a b": {"c.d": ['"', "\\", "\n"]}, "": 1})
def test_a_value_that_is_written_is_read_back(value: object) -> None:
    assert tomllib.loads(f"value = {toml_of(value)}")["value"] == value
