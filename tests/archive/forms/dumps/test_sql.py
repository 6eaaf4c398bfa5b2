"""Rows of database dumps: what their tools write, what damages them, and that they are read as a stream."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon import read_ipns, verify
from corena_recon.archive.forms.dumps import sql_rows
from corena_recon.archive.forms.dumps.sql import Sql
from corena_recon.archive.forms.dumps.sql_rows import SqlDump, SqlRow
from corena_recon.native import has_core
from tests.archive.differential import Archive, differences
from tests.every_form import WAYS, Way, notifications
from tests.making import ipn, ring

POST = ipn("CMD-1")
ESCAPED = json.dumps(POST).replace('"', '\\"')


def read(text: str | bytes, block_bytes: int = 1 << 20) -> list[tuple[str, list[str | None]]]:
    octets = text.encode() if isinstance(text, str) else text
    blocks = (octets[at : at + block_bytes] for at in range(0, len(octets), block_bytes))
    rows = SqlDump(blocks).rows()
    return [(row.table.name, row.cells if row.problem is None else [row.problem.value]) for row in rows]


@pytest.mark.parametrize("block_bytes", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("INSERT INTO `t` VALUES (1,'a'),(2,NULL);\n", [["1", "a"], ["2", None]]),
        ("insert into t (a, b) values\n(1, 'x') ,\n(2, 'y');\n", [["1", "x"], ["2", "y"]]),
        # Strings of MySQL.
        (r"INSERT INTO `t` VALUES ('a\'b\"c\\d\n\r\0\Z\té%\%');" + "\n", [["a'b\"c\\d\n\r\0\x1a\té%\\%"]]),
        (r"INSERT INTO `t` VALUES ('\\\'','\\\\n','it''s');" + "\n", [["\\'", "\\\\n", "it's"]]),
        ('INSERT INTO `t` VALUES ("say \\"x\\" ""y""");\n', [['say "x" "y"']]),
        (
            "INSERT INTO `t` VALUES (_binary 'a',_utf8mb4'b',0x6162,X'C3A9',0x,b'01');\n",
            [["a", "b", "ab", "é", "", "01"]],
        ),
        (
            "INSERT INTO `t` VALUES (CAST('{\\\"a\\\": 1}' AS JSON),now(),-1.50e3,TRUE);\n",
            [['{"a": 1}', "now()", "-1.50e3", "TRUE"]],
        ),
        # Strings of all others.
        ("PRAGMA foreign_keys=OFF;\nINSERT INTO t VALUES('a\\','it''s','\"');\n", [["a\\", "it's", '"']]),
        ("PRAGMA foreign_keys=OFF;\nINSERT INTO t VALUES(replace('a\\nb','\\n',char(10)));\n", [["a\nb"]]),
        ("PRAGMA foreign_keys=OFF;\nINSERT INTO t VALUES(unistr('a\\u000ab\\\\'));\n", [["a\nb\\"]]),
        (
            "SET standard_conforming_strings = on;\nINSERT INTO p.t VALUES ('{a,b}'::text[], E'a\\'b', '{}'::jsonb);\n",
            [["{a,b}", "a'b", "{}"]],
        ),
        (
            "INSERT [dbo].[t] ([id], [p]) VALUES (1, N'l''été', CAST(N'2026-03-01' AS DateTime))\nGO\n",
            [["1", "l'été", "2026-03-01"]],
        ),
        (
            "INSERT t VALUES (CAST(1.0 AS D(8, 2)))\r\n\nINSERT t VALUES (2)\nGO\nINSERT t VALUES (CAST(0x9 AS A))\n",
            [["1.0"], ["2"], ["CAST(0x9 AS A)"]],
        ),
        ("INSERT INTO t VALUES ('a'||chr(38)||'b''c' || 'd', 2);\n", [["a&b'cd", "2"]]),
        # COPY.
        (
            "COPY p.t (a, b, c) FROM stdin;\n1\t\\N\ta\\tb\\\\n\\x41\\101\n2\t\tz\n\\.\n",
            [["1", None, "a\tb\\nAA"], ["2", "", "z"]],
        ),
        ("COPY t (a) FROM stdin WITH CSV;\n\\\\x6162\n\\.\n\nINSERT INTO u VALUES (1);\n", [["ab"], ["1"]]),
        # What stands between and within.
        (
            "-- it's\n/* ' */ INSERT INTO t VALUES (1);\nINSERT INTO t VALUES ('a;\nINSERT INTO t VALUES (9)');\n",
            [["a;\nINSERT INTO t VALUES (9)"]],
        ),
        ("INSERT INTO `t` VALUES (1);INSERT INTO `t` VALUES (2);\n", [["1"], ["2"]]),
        (
            "INSERT INTO `t` VALUES (1)\nON DUPLICATE KEY UPDATE a=VALUES(a);\nREPLACE INTO `t` VALUES (2);\n",
            [["1"], ["2"]],
        ),
        # Damage stays where it is.
        ("INSERT INTO `t` VALUES (1,'a'),(2,'b'c'),(3,'d');\n", [["1", "a"], ["invalid_row"], ["3", "d"]]),
        (
            "INSERT INTO `t` VALUES\n(1,'a'),\n(2,'b\n(3,'d'),\n(4,'e');\n",
            [["1", "a"], ["invalid_row"], ["3", "d"], ["4", "e"]],
        ),
        ("INSERT INTO `t` VALUES (1,'a'),(2,'b", [["1", "a"], ["truncated"]]),
        ("COPY t (a, b) FROM stdin;\n1\t2\n3", [["1", "2"], ["truncated"]]),
    ],
)
def test_what_tools_write(text: str, rows: list[list[str | None]], block_bytes: int) -> None:
    assert [cells for _, cells in read(text, block_bytes)] == rows


@pytest.mark.parametrize(
    ("definition", "names"),
    [
        (
            (
                "CREATE TABLE `t` (\n  `id` int NOT NULL COMMENT 'a, (b)',\n  `Data Amount` decimal(10,2),\n"
                "  PRIMARY KEY (`id`,`x`)\n);"
            ),
            ("id", "Data Amount"),
        ),
        (
            'CREATE TABLE IF NOT EXISTS "t" (a INTEGER PRIMARY KEY, "b c" TEXT DEFAULT (1), CHECK (a > 0));',
            ("a", "b c"),
        ),
        ("CREATE TABLE public.t (\n    id bigint NOT NULL,\n    at timestamp(0) without time zone\n);", ("id", "at")),
        ("CREATE TABLE [dbo].[t] ([id] [int] NOT NULL, [p] [nvarchar](max));", ("id", "p")),
    ],
)
def test_columns_are_called_as_the_table_is_defined(definition: str, names: tuple[str, ...]) -> None:
    [row] = SqlDump(iter([f"{definition}\nINSERT INTO t VALUES (1,2);\n".encode()])).rows()
    assert row.table.columns == names


CHARACTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs", "Co"])
VALUES = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.text(CHARACTERS, max_size=12))


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=5), st.sampled_from([3, 1 << 20]))
def test_what_sqlite_dumps_is_read(rows: list[tuple[int | str | None, int | str | None]], block_bytes: int) -> None:
    database = sqlite3.connect(":memory:")
    with database:
        database.execute("CREATE TABLE t (a BLOB, b BLOB)")
        database.executemany("INSERT INTO t VALUES (?, ?)", rows)
        text = "\n".join(["PRAGMA foreign_keys=OFF;", *database.iterdump()])
    database.close()
    kept = [[None if cell is None else str(cell) for cell in row] for row in rows]
    assert [cells for _, cells in read(text, block_bytes)] == kept


def test_notifications_of_several_tables_are_told_from_their_neighbours() -> None:
    rows = ",".join(f"({number},'x')" for number in range(100))
    dump = (
        f"INSERT INTO `users` VALUES {rows};\n"
        "CREATE TABLE `p` (`id` int, `Status` text, `Identifier` text, `Signature` text, `Amount` decimal(28,8));\n"
        f"INSERT INTO `p` VALUES (1,'success','CMD-1','{POST['signature']}',11.00000000);\n"
        f"INSERT INTO `log` (id, reply) VALUES (1,'{ESCAPED}'),(2,'other'),(3,'a','b');\n"
    ).encode()
    frame = verify(read_ipns(dump), ring())
    assert frame["verdict"].tolist() == ["accepted", "suspect", "unreadable"]
    assert frame["fidelity"].tolist()[:2] == ["number", "text"]
    assert frame.attrs["intake"][0]["other"] == 101
    assert frame["record"].tolist() == [101, 102, 104]
    assert differences(Archive((dump,), None, 100)) == []


def test_a_body_that_lacks_signature_and_identifier_is_no_other_traffic() -> None:
    body = '{"status": "success", "data": {"amount": "11.00"}}'
    dump = f"INSERT INTO p (id, payload, error) VALUES (1,'{body}',NULL),(2,'{{\"status\": 1}}',NULL);\n".encode()
    frame = read_ipns(dump)
    assert frame["unreadable"].tolist() == ["missing_field"]
    assert frame.attrs["intake"][0]["other"] == 1
    assert differences(Archive((dump,))) == []


def test_a_signature_among_columns_that_nothing_names_is_no_other_traffic() -> None:
    rows = f"(1,'CMD-1','{POST['signature']}','11.00000000')"
    dump = f"INSERT INTO `p` VALUES {rows},{rows};\n".encode()
    assert read_ipns(dump)["unreadable"].tolist() == ["missing_field"] * 2
    assert differences(Archive((dump,))) == []


@pytest.mark.parametrize(
    ("octets", "is_sql"),
    [
        (b"-- comment\nINSERT INTO t VALUES (1,'a');\n", True),
        (b"CREATE TABLE t (a int);\n", True),
        (b"2026-03-01 10:00:00 SELECT 1\nINSERT INTO t VALUES (1);\n", False),
        (b"-- only a comment\nDear customer,\n", False),
        (b"id,body\n1,x\n", False),
    ],
)
def test_dumps_are_recognised(octets: bytes, is_sql: bool) -> None:
    assert Sql().recognises(octets) is is_sql


@pytest.mark.parametrize(
    "piece", [b"(", b"('", b"(1,'a", b")", b"(1),", b"\n(", b"'", b"INSERT INTO t VALUES ", b";CREATE TABLE t (", b"x"]
)
def test_a_hostile_dump_is_read_in_one_go(piece: bytes) -> None:
    size = 1 << 18
    dump = SqlDump(_blocks(b"INSERT INTO t VALUES (1,'" + piece * (size // len(piece)), 1 << 12))
    assert sum(1 for _ in dump.rows()) <= size


def _blocks(octets: bytes, size: int) -> Iterator[bytes]:
    return (octets[at : at + size] for at in range(0, len(octets), size))


def test_a_row_too_large_is_one_record(tmp_path: Path) -> None:
    file = tmp_path / "dump.sql"
    large = "x" * (9 << 20)
    file.write_text(f"INSERT INTO `t` VALUES (1,'{large}'),\n(2,'a');\n")
    frame = read_ipns(file)
    assert frame["unreadable"].tolist() == ["too_large"]
    assert frame.attrs["intake"][0]["other"] == 1


@pytest.mark.parametrize("block_bytes", [997, 30_011])
@pytest.mark.parametrize("name", ["sql", "sql-body", "sql-flat", "sql-copy"])
def test_a_row_may_be_cut_anywhere_by_the_end_of_a_block(name: str, block_bytes: int) -> None:
    way = next(way for way in WAYS if way.name == name)
    octets = way.write(notifications(400))
    whole = [*SqlDump(iter([octets])).rows()]
    assert [*SqlDump(_blocks(octets, block_bytes)).rows()] == whole
    assert not any(row.problem for row in whole)
    numbers = ",".join(f"({number}, 'it''s', 1.25, now() , CAST('(a)' AS JSON))" for number in range(9_000))
    rows = [*SqlDump(_blocks(f"INSERT INTO t VALUES {numbers};\n".encode(), block_bytes)).rows()]
    assert [row.cells for row in rows] == [[str(number), "it's", "1.25", "now()", "(a)"] for number in range(9_000)]


@pytest.mark.parametrize(
    "head",
    [
        b"INSERT INTO t (" + b"a" * 60_000,
        b"INSERT INTO t (" + b"a, " * 20_000,
        b"INSERT INTO t" + b" " * 60_000,
        b"INSERT INTO " + b"a." * 30_000,
        b"INSERT" + b" IGNORE" * 9_000,
        b"COPY t (" + b"a" * 60_000,
        b"COPY t" + b" " * 60_000,
        b"CREATE TABLE a" + b" " * 60_000,
    ],
)
def test_the_head_of_a_statement_that_never_ends_is_passed_over(head: bytes) -> None:
    row = b"\nINSERT INTO t (a) VALUES (1);\n"
    assert [found.cells for found in SqlDump(iter([head + row])).rows()] == [["1"]]


@pytest.mark.skipif(not has_core(), reason="there is no compiled core, or it is off")
@pytest.mark.parametrize("way", [way for way in WAYS if way.form == "sql"], ids=lambda way: way.name)
def test_rows_of_one_table_are_read_by_the_core(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    octets = way.write(notifications(1_500))
    read_exactly = 0

    def counted(row: Callable[..., SqlRow]) -> Callable[..., SqlRow]:
        def counting(*arguments: Any) -> SqlRow:
            nonlocal read_exactly
            read_exactly += 1
            return row(*arguments)

        return counting

    for name in ("tuple_row", "copied_row"):
        monkeypatch.setattr(sql_rows, name, counted(getattr(sql_rows, name)))
    assert len(read_ipns(octets)) == 1_500
    assert read_exactly < 100


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO `ipn` VALUES (1,'BODY'),(2,NULL),(3,'a\\'b''c'),(4,'%\\%\\_\\0\\Z\\x'),(5,'BODY');\n",
        "INSERT INTO `ipn` VALUES (1,'BODY') , (2, 0x6162 ),(3, now()),(4,\"BODY\"),(5,_binary 'BODY'),(6,'BODY');\n",
        "INSERT INTO `ipn` VALUES (1,'BODY'),(2),(3,'BODY','x'),(4,'BODY',),(),(5,'BODY');\n",
        "INSERT INTO `ipn` VALUES (1,'BODY');INSERT INTO `ipn` VALUES (2,'BODY');\r\nINSERT INTO `ipn` VALUES (3,'x')",
        "INSERT INTO `ipn` VALUES (1,'x');\nINSERT INTO `ipn` (b, a) VALUES ('BODY',2);\nINSERT INTO t VALUES (3,1);",
        "INSERT INTO t (amount, identifier, signature, status) VALUES (11.00 ,'A','F','s'),(1e3,'C','F','s');\n",
        "INSERT INTO t (amount, identifier, signature, status) VALUES (.5,'D','F',1),(nUll,'E',7,'s'),(-0,'G','F',1);",
        "SET standard_conforming_strings = on;\nINSERT INTO t VALUES (1,'x\\'),(2,E'BODY\\''),(3,'BODY' || 'x'),(4,1);",
        "INSERT INTO `t` VALUES (N'BODY',X'6162'),(_a'BODY',x'6'),(_b \"BODY\",0x6),(\"it\"\"s\",CAST(N'B' AS c));\n",
        "PRAGMA foreign_keys=OFF;\nINSERT INTO t VALUES (CAST(1.5 AS int),e'BODY\\n'),(CAST(x AS int),\"a\");",
        "INSERT t VALUES (1)\nINSERT t VALUES ('BODY')\r\nGO\r\nINSERT t VALUES (2),\n\nINSERT u VALUES ('BODY')\n",
        "COPY t (id, body) FROM stdin;\n1\tBODY\n2\t\\N\n3\tBODY\\\\\\t\n4\t\\x6162\n8\tBODY\r\n\\.\n",
        "COPY t (id, body) FROM stdin;\n5\t\\101BODY\\q\n6\n7\tBODY\tx\r\n8\tBODY\n9\tBODY\\\n10\tBO",
    ],
)  # fmt: skip
@pytest.mark.parametrize("keep_raw", [False, True])
def test_the_core_and_the_exact_reader_tell_the_same_of_odd_rows(text: str, keep_raw: bool) -> None:
    body = "status=success&identifier=A&signature=F&data[amount]=11"
    octets = f"-- x\nCREATE TABLE x (a int);\n{text}".replace("BODY", body).encode()
    assert [differences(Archive((octets,), "sql", size, keep_raw)) for size in (16, 1 << 24)] == [[], []]
