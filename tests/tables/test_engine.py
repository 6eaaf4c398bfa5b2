from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corena_recon.errors import OptionError
from corena_recon.schemas import INSTANT, MONEY, WORD
from corena_recon.tables.engine import EngineTable, Scope, connect, rows_in, sql_literal


def test_a_connection_speaks_utc_and_keeps_its_limits(tmp_path: Path) -> None:
    with connect(threads=1, memory_limit_bytes=256_000_000, spill_folder=tmp_path) as connection:
        settings = connection.execute(
            "SELECT current_setting('TimeZone'), current_setting('threads'), current_setting('temp_directory')"
        ).fetchall()
        with connection.cursor() as other:
            zone = other.execute("SELECT current_setting('TimeZone')").fetchall()
    assert settings == [("UTC", 1, str(tmp_path))]
    assert zone == [("UTC",)]


def test_too_little_memory_is_an_error_of_its_own(tmp_path: Path) -> None:
    many = "SELECT list(range ORDER BY hash(range)) FROM range(10_000_000)"
    with (
        pytest.raises(OptionError, match="memory"),
        connect(threads=1, memory_limit_bytes=16_000_000, spill_folder=tmp_path) as connection,
    ):
        connection.execute(many)


def settings_of(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    limits = "current_setting('memory_limit'), current_setting('threads'), current_setting('temp_directory')"
    return connection.execute(f"SELECT {limits}").fetchall()


def test_an_engine_that_served_before_keeps_nothing_of_it(tmp_path: Path) -> None:
    with connect(spill_folder=tmp_path) as connection:
        fresh = settings_of(connection)
    with connect(threads=1, memory_limit_bytes=64_000_000) as connection:
        connection.execute("CREATE TEMP TABLE kept AS SELECT 1")
        connection.register("given", pa.table({"a": [1]}))
        assert settings_of(connection) != fresh
    with connect(spill_folder=tmp_path) as connection:
        assert names(connection) == []
        assert settings_of(connection) == fresh


def test_few_rows_are_worked_over_by_one_thread(tmp_path: Path) -> None:
    tables = {"memory": pa.table({"a": [1, 2, 3]}), "file": tmp_path / "file.parquet"}
    pq.write_table(tables["memory"], tables["file"])
    assert rows_in(tables.values()) == 6
    cores = os.cpu_count() or 1
    for rows, threads in ((6, 1), (32_768, 1), (32_769, cores), (None, cores)):
        with connect(rows=rows) as connection:
            assert settings_of(connection)[0][1] == threads, rows


def test_a_variable_of_whoever_calls_is_no_table() -> None:
    bystander = pa.table({"a": [1]})
    assert len(bystander) == 1
    with connect() as connection, connection.cursor() as other, pytest.raises(duckdb.CatalogException):
        other.execute("FROM bystander")


def test_an_engine_that_has_spilled_leaves_its_folder(tmp_path: Path) -> None:
    for name in ("first", "second"):
        with connect(threads=1, memory_limit_bytes=48_000_000, spill_folder=tmp_path / name) as connection:
            connection.execute("CREATE TEMP TABLE many AS SELECT range, hash(range) AS h FROM range(8_000_000)")
            assert any((tmp_path / name).iterdir())
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_process_that_is_forked_has_an_engine_of_its_own() -> None:
    with connect() as connection:
        connection.execute("SELECT sum(range) FROM range(1_000_000)")
    child = os.fork()
    if not child:
        with connect() as connection:
            found = connection.execute("SELECT sum(range) FROM range(3)").fetchall()
        os._exit(int(found != [(3,)]))
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("text", ["plain", "it's", "''", "\\", "é\n"])
def test_a_literal_is_the_text(text: str) -> None:
    with connect(threads=1) as connection:
        assert connection.execute(f"SELECT {sql_literal(text)}").fetchall() == [(text,)]


SCHEMA = pa.schema([("number", pa.int64()), ("word", WORD), ("amount", MONEY), ("moment", INSTANT)])


def rows(table: EngineTable) -> list[Any]:
    found: list[Any] = table.connection.execute(f"FROM {table.name}").fetchall()
    return found


def names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM (SHOW ALL TABLES)").fetchall()]


def test_a_table_of_the_engine_takes_columns_by_their_names_and_as_their_types() -> None:
    with connect(threads=1) as connection, EngineTable(connection, SCHEMA) as table:
        table.add(pa.Table.from_pylist([{"word": "a", "other": 1, "amount": None, "moment": None, "number": 1}]))
        table.add_from("SELECT 2.5 AS amount, $n::INTEGER AS number, 'b' AS word, NULL AS moment", {"n": 7})
        assert [(number, word, str(amount)) for number, word, amount, _ in rows(table)] == [
            (1, "a", "None"),
            (7, "b", "2.50000000"),
        ]
        assert table.count() == 2
        types = [kind for _, kind, *_ in connection.execute(f"DESCRIBE {table.name}").fetchall()]
        assert types == ["BIGINT", "VARCHAR", "DECIMAL(28,8)", "TIMESTAMP WITH TIME ZONE"]
        with pytest.raises(duckdb.BinderException, match="moment"):
            table.add_from("SELECT 1 AS number, 'a' AS word, 1 AS amount")


def test_names_are_known_within_their_scope_alone() -> None:
    with connect(threads=1) as connection, EngineTable(connection, SCHEMA) as table:
        with Scope(connection, kept=table, given=pa.table({"number": [1, 2]})) as scope:
            scope.make("twice", "SELECT number * $by AS number FROM given", {"by": 2})
            scope.view("seen", "SELECT number FROM kept")
            found = scope.kept(pa.schema([SCHEMA.field("number")]), "SELECT number FROM twice ORDER BY ALL DESC")
            table.add(pa.Table.from_pylist([{"number": 5}], SCHEMA))
            assert connection.execute("FROM seen").fetchall() == [(5,)]
            with pytest.raises(duckdb.CatalogException, match="exists"), Scope(connection, kept=found):
                pass
        assert names(connection) == [table.name, found.name]
        assert rows(found) == [(4,), (2,)]
        found.close()
        found.close()
        assert names(connection) == [table.name]


def test_a_scope_that_fails_takes_its_names_back() -> None:
    with connect(threads=1) as connection:
        scope = Scope(connection, given=pa.table({"a": [1]}))
        with pytest.raises(duckdb.BinderException), scope:
            scope.make("wrong", "SELECT nothing FROM given")
        assert names(connection) == []
