# ruff: noqa: N802 - names are Spark's
"""What ``corena_recon.spark`` asks of a session, in one process: steps go through pickle, and run on each partition.

No proof of Spark, which ``python -m tests.shards --engine spark`` is: here faults are planted, and it is seen what is
shipped.
"""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

ARROW = {
    "string": pa.string(),
    "int": pa.int32(),
    "long": pa.int64(),
    "boolean": pa.bool_(),
    "binary": pa.binary(),
}
Step = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def untouched(_: str, batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    return batches


class Session:
    """A session that keeps what was ``shipped``, and does to the result of each task what ``fault`` does.

    Args:
        fault: Is given the name of the step, and the batches of one task.
    """

    def __init__(self, fault: Callable[[str, list[pa.RecordBatch]], list[pa.RecordBatch]] = untouched) -> None:
        self.fault = fault
        self.shipped: list[bytes] = []
        self.views: dict[str, Frame] = {}
        self.read = self.conf = self.catalog = self
        self.settings: dict[str, str] = {}

    def get(self, name: str, default: str) -> str:
        return self.settings.get(name, default)

    def set(self, name: str, value: str) -> None:
        self.settings[name] = value

    def createDataFrame(self, data: Any, schema: str) -> Frame:
        if isinstance(data, pa.Table):
            return Frame(self, [data])
        fields = schema_of(schema)
        return Frame(self, [pa.table(list(map(list, zip(*data, strict=True))), fields)])

    def parquet(self, folder: str) -> Frame:
        return Frame(self, [pq.read_table(file) for file in sorted(Path(folder).glob("*.parquet"))])

    def sql(self, query: str) -> Frame:
        return Frame(self, [asked(query, **{name: frame.toArrow() for name, frame in self.views.items()})])

    def dropTempView(self, name: str) -> None:
        del self.views[name]


class Frame:
    """Tables, one a partition."""

    def __init__(self, session: Session, partitions: list[pa.Table]) -> None:
        self.session = session
        self.partitions = partitions
        self.write = self
        self.how = ""

    def mapInArrow(self, step: Step, schema: str) -> Frame:
        octets = pickle.dumps(step)
        self.session.shipped.append(octets)
        fields = schema_of(schema)
        name = getattr(step, "__name__", type(step).__name__)
        # Each task has the step anew, as on machines of their own; and there are more tasks than have anything to do.
        done = [
            list(pickle.loads(octets)(iter(part.to_batches(max_chunksize=16))))
            for part in [*self.partitions, self.toArrow()[:0]]
        ]
        return Frame(
            self.session, [pa.Table.from_batches(self.session.fault(name, batches), fields) for batches in done]
        )

    def toArrow(self) -> pa.Table:
        return pa.concat_tables(self.partitions)

    def filter(self, condition: str) -> Frame:
        return Frame(self.session, [asked(f"FROM part WHERE {condition}", part=part) for part in self.partitions])

    def repartition(self, count: int, column: str | None = None) -> Frame:
        table = self.toArrow()
        numbers = range(len(table)) if column is None else table[column].to_pylist()
        places = [[at for at, number in enumerate(numbers) if number % count == part] for part in range(count)]
        # What is shuffled arrives in any order.
        return Frame(self.session, [table.take(pa.array(rows[::-1], pa.int64())) for rows in places])

    def persist(self) -> Frame:
        return self

    def unpersist(self) -> None:
        pass

    def createOrReplaceTempView(self, name: str) -> None:
        self.session.views[name] = self

    def toLocalIterator(self) -> Iterator[Row]:
        return map(Row, self.toArrow().to_pylist())

    def mode(self, how: str) -> Frame:
        self.how = how
        return self

    def parquet(self, folder: str) -> None:
        if self.how == "overwrite":
            shutil.rmtree(folder, ignore_errors=True)
        Path(folder).mkdir(parents=True, exist_ok=True)
        before = len(list(Path(folder).iterdir()))
        for number, part in enumerate(self.partitions, before):
            pq.write_table(part, Path(folder) / f"{number:05d}.parquet")


class Row(dict[str, Any]):
    def asDict(self) -> dict[str, Any]:
        return self


def schema_of(schema: str) -> pa.Schema:
    return pa.schema([(name, ARROW[kind]) for name, kind in (field.split() for field in schema.split(", "))])


def asked(query: str, **tables: pa.Table) -> pa.Table:
    with duckdb.connect() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        return connection.sql(query).to_arrow_table()
