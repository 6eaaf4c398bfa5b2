"""The tables' columns are declared once, and how each is kept with them."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pytest

from corena_recon import schemas
from corena_recon.schemas import CODES, Keeping, as_worked_on, keeping_of

SEEN: Final = {name: schema for name, schema in vars(schemas).items() if name.endswith("_SCHEMA")}


def test_what_is_declared_is_a_column_of_a_table() -> None:
    columns = {field.name for schema in SEEN.values() for field in schema}
    assert set(schemas._KEEPING) <= columns
    assert keeping_of("a column of somebody's export") == Keeping()


@pytest.mark.parametrize("schema", SEEN.values(), ids=list(SEEN))
def test_what_is_worked_on_is_what_is_seen_but_for_dictionaries(schema: pa.Schema) -> None:
    worked_on = as_worked_on(schema)
    assert worked_on.names == schema.names
    for seen, kept in zip(schema, worked_on, strict=True):
        assert (kept.type.value_type if pa.types.is_dictionary(kept.type) else kept.type) == seen.type


@pytest.mark.parametrize("schema", SEEN.values(), ids=list(SEEN))
def test_only_numbers_are_kept_as_differences_and_only_text_in_words(schema: pa.Schema) -> None:
    for field in schema:
        keeping = keeping_of(field.name)
        is_text = pa.types.is_string(field.type) or field.type == CODES
        assert not keeping.is_near_the_last or pa.types.is_integer(field.type) or pa.types.is_timestamp(field.type)
        assert is_text or not (keeping.is_random or keeping.worked_on_as)
