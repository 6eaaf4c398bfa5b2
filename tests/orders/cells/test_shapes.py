"""Cells by what they say apart from their digits."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.orders.cells.shapes import cut_after, shapes_of, with_digits_of

columns = st.lists(st.text(alphabet="0179., €-\u0663", max_size=6) | st.none(), max_size=6)

SHAPES = [
    # a cell, its shape, and where the first zero counts
    ("1,234.50 €", "1,111.11 €", "1,111.11 €"),
    ("0.50", "1.11", "0.11"),
    ("$007", "$111", "$011"),
    ("700", "111", "111"),
    ("", "", ""),
    ("-", "-", "-"),
    ("\u0663", "\u0663", "\u0663"),
]


@pytest.mark.parametrize(("cell", "shape", "with_first_zero"), SHAPES)
def test_the_shape_of_a_cell(cell: str, shape: str, with_first_zero: str) -> None:
    cells = pa.array(["0", cell, None, cell])[1:]
    assert shapes_of(cells).to_pylist() == [shape, None, shape]
    assert shapes_of(cells, with_first_zero=True).to_pylist() == [with_first_zero, None, with_first_zero]


@given(columns, st.booleans(), st.data())
def test_a_shape_with_a_cells_digits_is_the_cell(
    cells: list[str | None], with_first_zero: bool, data: st.DataObject
) -> None:
    kept = data.draw(st.lists(st.booleans(), min_size=len(cells), max_size=len(cells)))
    # what Arrow makes null may keep its bytes
    texts = pc.if_else(pa.array(kept, pa.bool_()), pa.array(cells, pa.string()), None)
    shapes = shapes_of(texts, with_first_zero=with_first_zero)
    assert with_digits_of(texts, shapes.dictionary_decode()).equals(texts)
    bare = pa.array([re.sub("[^0-9]", "", text) for text in shapes.dictionary.to_pylist()], pa.string())
    digits = [None if text is None else re.sub("[^0-9]", "", text) for text in texts.to_pylist()]
    assert with_digits_of(texts, bare.take(shapes.indices)).to_pylist() == digits


@given(columns, st.data())
def test_cells_are_cut_after_so_many_bytes(cells: list[str | None], data: st.DataObject) -> None:
    ends = [data.draw(st.none() | st.integers(0, len(cell))) if cell is not None else None for cell in cells]
    pairs = list(zip(cells, ends, strict=True))
    counts = [None if cell is None or end is None else len(cell[:end].encode()) for cell, end in pairs]
    first, rest = cut_after(pa.array(cells, pa.string()), pa.array(counts, pa.int32()))
    assert first.to_pylist() == [None if cell is None or end is None else cell[:end] for cell, end in pairs]
    assert rest.to_pylist() == [None if cell is None or end is None else cell[end:] for cell, end in pairs]
