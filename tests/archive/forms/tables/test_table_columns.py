"""Rows of tables by recipes: which tables are read so, and that the rows are those of the exact reader."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any
from unittest.mock import patch

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corena_recon.archive import SourceCount, read_batches
from corena_recon.archive.forms.tables import table_columns, table_rows
from corena_recon.schemas import NOTIFICATION_SCHEMA
from corena_recon.tables.columns import decoded
from tests.archive.differential import Outcome, differences_between, native_reading
from tests.archive.mutation import feather_of, parquet_of
from tests.every_form import notifications

POSTS = notifications(60)
NESTED = [one.nested() for one in POSTS]
FLAT = [one.flat("data[{}]") for one in POSTS]
MOMENTS = [one.at for one in POSTS]


def outcome(source: Any, *, keep_raw: bool = False) -> Outcome:
    intake: list[SourceCount] = []
    batches = [*map(decoded, read_batches(source, intake, keep_raw=keep_raw))]
    return Outcome(pa.concat_tables([NOTIFICATION_SCHEMA.empty_table(), *batches]).combine_chunks(), intake, None)


def found_differences(source: Any, *, keep_raw: bool = False) -> list[str]:
    with native_reading(is_on=True):
        natively = outcome(source, keep_raw=keep_raw)
    with native_reading(is_on=False):
        exactly = outcome(source, keep_raw=keep_raw)
    return differences_between(natively, exactly)


@contextmanager
def exactly_read() -> Iterator[list[Any]]:
    """The records that the exact reader is given for their rows."""
    seen: list[Any] = []
    entries = table_rows._entries

    def counted(records: Any) -> Iterator[Any]:
        records = [*records]
        seen.extend(records)
        return entries(records)

    with patch.object(table_rows, "_entries", counted), native_reading(is_on=True):
        yield seen


def flat(**changed: Sequence[Any] | pa.Array) -> pa.Table:
    cells = {name: pa.array([row[name] for row in FLAT], pa.string()) for name in FLAT[0]}
    return pa.table(cells | {"received_at": pa.array(MOMENTS)} | changed)


def frame(**changed: Any) -> pd.DataFrame:
    return pd.DataFrame(FLAT).assign(received_at=MOMENTS, **changed)


def recast(table: pa.Table, kind: pa.DataType) -> pa.Table:
    return pa.table(
        {name: table[name].cast(kind) if name != "received_at" else table[name] for name in table.schema.names}
    )


def with_some(cells: Sequence[Any], nothing: Any) -> list[Any]:
    return [nothing if place % 7 == 0 else cell for place, cell in enumerate(cells)]


READ_BY_RECIPES: dict[str, Any] = {
    "parquet": parquet_of(flat()),
    "feather": feather_of(flat()),
    "a slice": flat().slice(5, 40),
    "large text": recast(flat(), pa.large_string()),
    "text views": recast(flat(), pa.string_view()),
    "octets": recast(flat(), pa.binary()),
    "large octets": recast(flat(), pa.large_binary()),
    "dictionaries": pa.table({name: column.dictionary_encode() for name, column in zip(FLAT[0], flat(), strict=False)}),
    "objects": pa.Table.from_pylist([row | {"received_at": at} for row, at in zip(NESTED, MOMENTS, strict=True)]),
    "objects that are null": flat(beside=pa.array(with_some([{"a": 1, "b": None}] * 60, None))),
    "whole amounts": flat(**{"data[amount]": pa.array(range(60), pa.int16())}),
    "amounts in floats": flat(**{"data[amount]": pa.array([place / 7 for place in range(60)])}),
    "amounts in decimals": flat(**{"data[amount]": pa.array([Decimal(place) / 8 for place in range(60)])}),
    "truths": flat(beside=pa.array(with_some([True, False] * 30, None))),
    "nothing at all": flat(beside=pa.nulls(60)),
    "moments without a zone": flat(received_at=pa.array(MOMENTS).cast(pa.timestamp("us"))),
    "moments in milliseconds": flat(received_at=pa.array(MOMENTS).cast(pa.timestamp("ms", "UTC"), safe=False)),
    "moments in nanoseconds": flat(received_at=pa.array(MOMENTS).cast(pa.timestamp("ns", "UTC"))),
    "moments of a zone": flat(received_at=pa.array(MOMENTS).cast(pa.timestamp("us", "+02:00"))),
    "days": flat(beside=pa.array([at.date() for at in MOMENTS])),
    "empty text in the first row": flat(**{"data[payment_type]": pa.array([""] * 60)}),
    "text missing": flat(beside=pa.array(with_some([str(place) for place in range(60)], None))),
    "a frame": frame(),
    "a frame of objects": frame().astype(object),
    "a frame of strings": frame().astype("string"),
    "a frame of Arrow's strings": frame().astype({name: pd.ArrowDtype(pa.string()) for name in FLAT[0]}),
    "a frame of categories": frame().astype(dict.fromkeys(FLAT[0], "category")),
    "a frame with missing cells": frame(beside=with_some(["x"] * 60, None), other=with_some([1.5] * 60, float("nan"))),
    "a frame with numbers": frame(beside=range(60), truth=[True, False] * 30),
    "a frame with pandas' missing": pd.DataFrame(FLAT).assign(beside=pd.array(with_some([7] * 60, None), "Int64")),
    "a frame of dicts": pd.DataFrame(NESTED),
    "dicts": FLAT,
    "dicts of dicts": NESTED,
    "dicts of several kinds": [row | {"beside": place if place % 2 else str(place)} for place, row in enumerate(FLAT)],
    "dicts with keys absent": [{**row, "beside": "x"} if place % 3 else row for place, row in enumerate(FLAT)],
    "a generator of dicts": None,
}


@pytest.mark.parametrize("name", READ_BY_RECIPES)
def test_read_by_recipes(name: str) -> None:
    source = READ_BY_RECIPES[name]
    made: Callable[[], Any] = (lambda: iter(FLAT)) if source is None else (lambda: source)
    with exactly_read():
        outcome(made())
    with exactly_read() as seen:
        natively = outcome(made())
    with native_reading(is_on=False):
        exactly = outcome(made())
    assert differences_between(natively, exactly) == []
    assert seen == []
    assert exactly.table["signature"].null_count < len(exactly.table) == len(natively.table) > 0


LEFT_TO_THE_EXACT_READER: dict[str, Any] = {
    "lists": flat(beside=pa.array([[1]] * 60)),
    "maps": flat(beside=pa.array([[("a", 1)]] * 60, pa.map_(pa.string(), pa.int8()))),
    "two columns of one name": pa.table([*flat().columns, flat()["status"]], [*flat().column_names, "status"]),
    "two members of one name": flat(beside=pa.StructArray.from_arrays([pa.array(range(60))] * 2, ["a", "a"])),
    "a name that is a number": frame().rename(columns={"status": 7}),
    "an octet's character": frame(beside="\uef80"),
    "an octet's character in a name": frame(**{"\uef80": "x"}),
    "an octet's character in an object": flat(beside=pa.array([{"a": "\uef80"}] * 60)),
    "half a pair": [row | {"beside": "\ud800"} for row in FLAT],
    "objects of Python": frame(beside=[{1, 2}] * 60).astype(object),
    "keys that are no text": [row | {"beside": {1: 2}} for row in FLAT],
    "keys in other orders": [FLAT[0], dict(reversed(FLAT[0].items()))] * 30,
    "deep": [row | {"beside": json.loads('{"a":' * 40 + "1" + "}" * 40)} for row in FLAT],
    "moments that no text has": flat(received_at=pa.array([2**62] * 60).view(pa.timestamp("s"))),
    "moments that no text has, in a frame": flat(
        received_at=pa.array([0, 2**62] * 30).view(pa.timestamp("s"))
    ).to_pandas(types_mapper=pd.ArrowDtype),
    "a nanosecond": flat(received_at=pa.array([1_700_000_000_000_000_001] * 60).view(pa.timestamp("ns", "UTC"))),
    "intervals": flat(beside=pa.array([(1, 2, 3)] * 60, pa.month_day_nano_interval())),
    "a dictionary of long text": flat(beside=pa.DictionaryArray.from_arrays([0] * 60, ["x" * 500_000])),
    "infinite": flat(beside=pa.array([float("inf")] * 60)),
    "text that is not UTF-8": flat(beside=pa.array([b"caf\xe9"] * 60)),
    "text that is not UTF-8 in an object": flat(
        beside=pa.StructArray.from_arrays([pa.array([b"\xe9"] * 60).view(pa.string())], ["a"])
    ),
    "long text": flat(beside=pa.array(["x" * 70_000] * 60)),
    "many columns": pa.table({f"{place}": pa.array(["x"] * 60) for place in range(5_000)}),
    "no columns": pd.DataFrame(index=range(60)),
    "no rows": flat().slice(0, 0),
}


@pytest.mark.exhaustive
@pytest.mark.parametrize("keep_raw", [False, True])
@pytest.mark.parametrize("name", LEFT_TO_THE_EXACT_READER)
def test_left_to_the_exact_reader(name: str, keep_raw: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_columns, "_DECODED_MAX_BYTES", 1 << 24)
    assert found_differences(LEFT_TO_THE_EXACT_READER[name], keep_raw=keep_raw) == []


TEXTS = st.one_of(
    st.sampled_from(
        (
            *("", "x", "0", "1.50", "live", "test", "{}", '{"status":"x"}', "status=success&identifier=a&signature=b"),
            *("2024-01-02T03:04:05Z", "caf\u00e9", "\uef80", "\ue000", "\x00", '"', "application/json", "YT1i", " x"),
        )
    ),
    st.text(max_size=4),
)
MOMENT = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))  # noqa: DTZ001
KINDS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "string": (pa.string(), TEXTS),
    "large_string": (pa.large_string(), TEXTS),
    "string_view": (pa.string_view(), TEXTS),
    "binary": (pa.binary(), st.one_of(st.binary(max_size=5), TEXTS.map(lambda text: text.encode()))),
    "fixed": (pa.binary(3), st.binary(min_size=3, max_size=3)),
    "dictionary": (pa.dictionary(pa.int8(), pa.string()), TEXTS),
    "int64": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "uint8": (pa.uint8(), st.integers(0, 255)),
    "float": (pa.float64(), st.floats()),
    "float32": (pa.float32(), st.floats(width=32)),
    "half": (pa.float16(), st.floats(width=16)),
    "decimal": (pa.decimal128(20, 8), st.decimals(-(10**11), 10**11, places=8)),
    "hundreds": (pa.decimal128(5, -2), st.integers(-99, 99).map(lambda number: Decimal(number) * 100)),
    "bool": (pa.bool_(), st.booleans()),
    "date": (pa.date32(), st.dates()),
    "seconds": (pa.timestamp("s"), MOMENT.map(lambda moment: moment.replace(microsecond=0))),
    "microseconds": (pa.timestamp("us"), MOMENT),
    "utc": (pa.timestamp("us", "UTC"), MOMENT.map(lambda moment: moment.replace(tzinfo=UTC))),
    "any": (pa.timestamp("us"), st.integers(-(2**63), 2**63 - 1)),
    "nanoseconds": (pa.timestamp("ns"), st.integers(-(2**62), 2**62)),
    "zone": (
        pa.timestamp("us", "Europe/Paris"),
        st.datetimes(datetime(1950, 1, 1), datetime(2050, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC)),  # noqa: DTZ001
    ),
    "time": (pa.time64("us"), st.times()),
    "duration": (pa.duration("ms"), st.integers(-(10**12), 10**12)),
    "null": (pa.null(), st.none()),
    "list": (pa.list_(pa.string()), st.lists(TEXTS, max_size=2)),
    "object": (
        pa.struct(
            {"amount": pa.string(), "inner": pa.struct({"a": pa.bool_(), "b": pa.int8()}), "octets": pa.binary()}
        ),
        st.fixed_dictionaries(
            {
                "amount": st.none() | TEXTS,
                "inner": st.none() | st.fixed_dictionaries({"a": st.none() | st.booleans(), "b": st.integers(0, 9)}),
                "octets": st.none() | st.binary(max_size=2),
            }
        ),
    ),
}
NAMES = st.sampled_from(
    (
        *(*FLAT[0], "received_at", "data", "amount", "payload", "body", "content_type", "isBase64Encoded", "endpoint"),
        *("merchant", "x", 'a"b', "caf\u00e9", "data[x][y]", "charge", "timestamp", "headers"),
    )
)


@st.composite
def arrays(draw: st.DrawFn, length: int) -> pa.Array:
    kind, cells = KINDS[draw(st.sampled_from([*KINDS]))]
    some = draw(st.lists(cells, min_size=1, max_size=6))
    none_each = draw(st.sampled_from([0, 0, 2, 5]))
    chance = Random(draw(st.integers(0, 2**32)))
    drawn = [None if none_each and not chance.randrange(none_each) else chance.choice(some) for _ in range(length + 3)]
    return pa.array(drawn, kind).slice(3)


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Notifications, some of whose columns hold other things or are absent, with more columns beside."""
    length = draw(st.sampled_from([1, 3, 30]))
    is_nested = draw(st.booleans())
    base = pa.Table.from_pylist(NESTED[:length]) if is_nested else flat().slice(0, length)
    columns = dict(zip(base.column_names, base.columns, strict=True))
    for name in draw(st.lists(NAMES, max_size=3)):
        columns[name] = draw(arrays(length))
    for name in draw(st.lists(st.sampled_from([*columns]), max_size=1)):
        del columns[name]
    return pa.table({name: columns[name] for name in draw(st.permutations([*columns]))})


def as_records(table: pa.Table) -> list[Mapping[str, Any]]:
    """Dicts in every other of which nothing is missing."""
    return [
        {name: cell for name, cell in row.items() if cell is not None or place % 2}
        for place, row in enumerate(table.to_pylist())
    ]


SOURCES: dict[str, Callable[[pa.Table], Any]] = {
    "table": lambda table: table,
    "parquet": parquet_of,
    "feather": feather_of,
    "views": lambda table: recast(table, pa.string_view()),
    "frame": lambda table: table.to_pandas(),
    "Arrow frame": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "nullable frame": lambda table: table.to_pandas().convert_dtypes(),
    "records": as_records,
}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(tables(), st.sampled_from([*SOURCES]), st.booleans())
def test_any_table_is_read_as_the_exact_reader_does(table: pa.Table, way: str, keep_raw: bool) -> None:
    try:
        source = SOURCES[way](table)
    except (pa.ArrowException, OSError, OverflowError, ValueError):
        return  # what this kind of table cannot hold
    assert found_differences(source, keep_raw=keep_raw) == []
