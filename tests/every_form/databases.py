"""Dumps as databases' own tools write them."""

from __future__ import annotations

import json
import sqlite3

from tests.every_form.notifications import Notification, Notifications

_ROWS_A_STATEMENT = 500


def mysqldump_json(posts: Notifications) -> bytes:
    """Extended inserts, and a table beside that holds as many rows of other things."""
    orders = [f"({one.number + 1},'L\\'été; (n° {one.number})',{one.amount})" for one in posts]
    rows = [f"({one.number + 1},{_escaped(json.dumps(one.nested()))},NULL,'{one.day_and_time}')" for one in posts]
    return _mysql(
        *("CREATE TABLE `orders` (", "  `id` int NOT NULL,", "  `note` varchar(80) DEFAULT 'a,b (c)',"),
        *("  `total` decimal(10,2),", "  PRIMARY KEY (`id`)", ");", *_inserted("orders", orders)),
        *("CREATE TABLE `ipn_log` (", "  `id` bigint unsigned NOT NULL AUTO_INCREMENT,", "  `response` longtext,"),
        *("  `error` text,", "  `created_at` timestamp NULL DEFAULT NULL,", "  KEY `created` (`created_at`)", ");"),
        *_inserted("ipn_log", rows),
    )


def mysqldump_bodies(posts: Notifications) -> bytes:
    """One statement on one line, of a table that nothing defines."""
    rows = [f"({one.number},'{one.body()}','{one.day_and_time}')" for one in posts]
    return _mysql(f"INSERT INTO `ipn` VALUES {','.join(rows)};")


def mysqldump_blobs(posts: Notifications) -> bytes:
    """What ``--hex-blob`` writes."""
    rows = [f"({one.number},0x{json.dumps(one.nested()).encode().hex().upper()})" for one in posts]
    return _mysql("CREATE TABLE `ipn` (", "  `id` int,", "  `payload` longblob", ");", *_inserted("ipn", rows))


def mysqldump_quoted(posts: Notifications) -> bytes:
    """Strings in quotation marks, one with the name of its character set before it."""
    rows = [
        f'({one.number},_utf8mb4 {_escaped(json.dumps(one.nested()))},"L\'""été""","{one.day_and_time}")'
        for one in posts
    ]
    return _mysql(*_inserted("ipn", rows))


def sql_server(posts: Notifications) -> bytes:
    """What SQL Server's Management Studio writes: no semicolons, and types around numbers and dates."""
    return "".join(
        "INSERT [dbo].[ipn] ([id], [status], [identifier], [signature], [amount], [created_at]) VALUES "
        f"({one.number}, N'success', N'{one.identifier}', N'{one.signature}', CAST({one.amount} AS Decimal(28, 8)), "
        f"CAST(N'{one.at:%Y-%m-%dT%H:%M:%S}.000' AS DateTime))\r\n" + "GO\r\n" * (one.number % 2)
        for one in posts
    ).encode()


def _mysql(*lines: str) -> bytes:
    return "\n".join(["-- MySQL dump 10.13  Distrib 8.0.36", "/*!40101 SET NAMES utf8mb4 */;", *lines, ""]).encode()


def _inserted(table: str, rows: list[str]) -> list[str]:
    parts = [rows[first : first + _ROWS_A_STATEMENT] for first in range(0, len(rows), _ROWS_A_STATEMENT)]
    return [f"INSERT INTO `{table}` VALUES\n" + ",\n".join(part) + ";" for part in parts]


def _escaped(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"').replace("\n", "\\n") + "'"


def sqlite_flat(posts: Notifications) -> bytes:
    """What sqlite itself dumps."""
    with sqlite3.connect(":memory:") as database:
        names = [*posts[0].flat("{}")]
        database.execute(f"CREATE TABLE ipn (id INTEGER PRIMARY KEY, received_at TEXT, {', '.join(names)})")
        marks = ", ".join("?" * (len(names) + 1))
        rows = [(one.day_and_time, *one.flat("{}").values()) for one in posts]
        database.executemany(f"INSERT INTO ipn (received_at, {', '.join(names)}) VALUES ({marks})", rows)
        text = "\n".join(database.iterdump())
    database.close()
    return (text + "\n").encode()


def copied(posts: Notifications) -> bytes:
    head = ["--", "-- PostgreSQL database dump", "--", "SET standard_conforming_strings = on;"]
    begin = "COPY public.payment_transactions (id, api_response, created_at) FROM stdin;"
    return "\n".join([*head, begin, *map(_line_of, posts), "\\.", "", "-- complete", ""]).encode()


def _line_of(one: Notification) -> str:
    response = json.dumps(one.flat()).replace("\\", "\\\\")
    return f"{one.number}\t{response}\t{one.day_and_time}+00"
