"""Columns and rows of tables whose chunks are cut anywhere."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.schemas import WORD
from corena_recon.tables.columns import (
    encoded,
    few_rows,
    first_octets,
    is_digit,
    last_octets,
    octets_in,
    translated,
    with_own_dictionaries,
)


@given(st.lists(st.integers(0, 5), max_size=6), st.data())
def test_few_rows_are_those_that_take_gives(sizes: list[int], data: st.DataObject) -> None:
    count = sum(sizes)
    ends = np.cumsum([0, *sizes])
    rows_of = ((ends[place], ends[place + 1]) for place in range(len(sizes)))
    chunks = [pa.array([f"row {row}" for row in range(first, end)], pa.string()) for first, end in rows_of]
    table = pa.table({"number": np.arange(count), "text": pa.chunked_array(chunks, pa.string())})
    wanted = sorted(data.draw(st.sets(st.sampled_from(range(count)))) if count else ())
    rows = np.array(wanted, np.int64)
    assert few_rows(table, rows).equals(table.take(pa.array(rows)))


def test_the_octets_of_a_slice_are_those_of_its_own_cells() -> None:
    column = pa.array(["a+", None, "", "é", "z"])
    assert octets_in(column) == "a+éz".encode()
    assert octets_in(column.slice(1, 3)) == "é".encode()
    assert octets_in(pa.nulls(3, pa.string())) == b""
    assert octets_in(column.slice(0, 0)) == b""


WORDS = st.lists(st.none() | st.sampled_from(["", "a", "ab", "ba", "aa", "é"]), max_size=8)


@given(WORDS, st.integers(0, 3), st.booleans())
def test_encoded_words_are_the_same_words(words: list[str | None], skipped: int, is_repeated: bool) -> None:
    words = words[:1] * 4 if is_repeated else words
    cells = encoded(pa.array(words, pa.string()).slice(skipped))
    assert cells.type == WORD
    assert cells.to_pylist() == words[skipped:]
    assert encoded(cells) is cells


@given(WORDS, WORDS)
def test_a_dictionary_of_its_own_is_what_the_rows_say_in_their_order(
    first: list[str | None], other: list[str | None]
) -> None:
    """What Parquet's own writer would find: the same rows give the same bytes, whatever they were cut from."""
    pieces = [pa.table({"word": pa.array(words, pa.string()).dictionary_encode()}) for words in (first, other)]
    whole = pa.concat_tables(pieces)
    for rows in (whole, whole.slice(len(whole) // 2)):
        found = with_own_dictionaries(rows, ["word"])["word"].combine_chunks()
        expected = pa.array(rows["word"].to_pylist(), pa.string()).dictionary_encode()
        assert found.to_pylist() == expected.to_pylist()
        assert found.dictionary.to_pylist() == expected.dictionary.to_pylist()


def test_translated_words_are_told_apart_by_what_they_are_now() -> None:
    cells = translated(pa.array(["a", "b", None, "c"]).dictionary_encode(), ["x", "x", None])
    assert cells.to_pylist() == ["x", "x", None, None]
    assert cells.dictionary.to_pylist() == ["x"]


def test_the_bytes_at_the_ends_of_cells() -> None:
    cells = pa.array(["left out", "ab", "", None, "é", "7"])[1:]
    assert first_octets(cells).tolist() == [ord("a"), 0, 0, 0xC3, ord("7")]
    assert last_octets(cells).tolist() == [ord("b"), 0, 0, 0xA9, ord("7")]
    assert is_digit(last_octets(cells)).tolist() == [False, False, False, False, True]
    assert last_octets(pa.nulls(2, pa.string())).tolist() == [0, 0]
    made_null = pc.if_else(pa.array([True, False]), pa.array(["a", "b"]), None)
    assert first_octets(made_null).tolist() == last_octets(made_null).tolist() == [ord("a"), 0]
