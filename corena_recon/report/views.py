"""The tables of a report as an engine sees them, and one that is made of them: findings, a row each."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.languages import FINDING_SENTENCES
from corena_recon.tables.columns import encoded, whole
from corena_recon.tables.engine import opened, sql_literal
from corena_recon.vocabulary import FINDINGS, OUTCOMES

if TYPE_CHECKING:
    import duckdb

_OF_A_NOTIFICATION: Final = ("source", "record", "identifier", "verdict")


def findings_table(notifications: pa.Table, lang: str) -> pa.Table:
    """One row a notification and finding: where it is, its verdict, the finding's code and its sentence.

    Args:
        notifications: Those of a report.
        lang: Of the sentences.
    """
    lists = whole(notifications["findings"])
    codes = encoded(lists.flatten().cast(pa.string()))
    rows = notifications.select(_OF_A_NOTIFICATION).take(pc.list_parent_indices(lists))
    sentences = pa.array([FINDING_SENTENCES.say(code, lang) for code in codes.dictionary.to_pylist()], pa.string())
    return rows.append_column("code", codes.dictionary_decode()).append_column(
        "sentence", sentences.take(codes.indices)
    )


def connected(tables: Mapping[str, pa.Table | Path], lang: str) -> duckdb.DuckDBPyConnection:
    """A connection of its own that has the views of ``name_views``.

    Args:
        tables: Of a report, in memory or in Parquet files.
        lang: Of the sentences of findings.
    """
    folder = tempfile.mkdtemp(prefix="corena-recon-")
    connection = opened(Path(folder))
    weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
    name_views(connection, tables, lang, kind="VIEW")
    return connection


def name_views(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, pa.Table | Path],
    lang: str,
    *,
    kind: str = "TEMP VIEW",
) -> None:
    """Has a connection see each table as a view, ``findings``, and ``exceptions`` where there are results.

    Args:
        connection: Where.
        tables: Of a report, in memory or in Parquet files.
        lang: Of the sentences of findings.
        kind: Of views: what others that share the engine do not see, or what they do.
    """
    for name, table in tables.items():
        if isinstance(table, Path):
            connection.execute(f"CREATE {kind} {name} AS FROM read_parquet({sql_literal(str(table))})")
        else:
            connection.register(name, table)
    said = [(code, FINDING_SENTENCES.say(code, lang)) for code in FINDINGS]
    connection.register("finding_sentences", pa.table(list(zip(*said, strict=True)), names=["code", "sentence"]))
    connection.execute(f"CREATE {kind} findings AS {_FINDINGS}")
    if "results" in tables:
        codes = ", ".join(sql_literal(code) for code, outcome in OUTCOMES.items() if outcome.is_exception)
        connection.execute(f"CREATE {kind} exceptions AS FROM results WHERE outcome IN ({codes})")


_FINDINGS: Final = f"""
    SELECT {", ".join(_OF_A_NOTIFICATION)}, code, sentence
    FROM (SELECT *, unnest(findings) AS code FROM notifications) JOIN finding_sentences USING (code)
"""
