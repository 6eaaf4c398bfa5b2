"""Dumps of databases, and tables of other tools as they are exported."""

from __future__ import annotations

import json
from typing import Any

from tests.archive_fixtures.fixture import FAILED, A, B, C, D, Ipn, bad, csv_text, row, write

AT = "2024-01-02 03:04:05"
MOMENT = "2024-01-02T03:04:05Z"


def mysql_string(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"').replace("\n", "\\n") + "'"


def sql() -> None:
    rows = [
        f"(1,{mysql_string(json.dumps(A.nested(), indent=1))},'{AT}')",
        f"(2,NULL,'{AT}')",
        f"(3,_binary {mysql_string(B.body())},NULL)",
        f"(4,0x{json.dumps(C.nested(), ensure_ascii=False).encode().hex()},'{AT}')",
        f"(5,{mysql_string('l' + chr(39) + 'été; ' + chr(92) + ' (a),' + chr(10) + '(b)')},'{AT}')",
        f"(6,{mysql_string(D.body())})",
        f"(7,{mysql_string(str(A.nested()))},'{AT}')",
    ]
    write(
        "sql/mysqldump.sql",
        "-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)\n--\n-- Host: localhost    Database: shop's\n\n"
        "/*!40101 SET NAMES utf8mb4 */;\nDROP TABLE IF EXISTS `ipn_log`;\nCREATE TABLE `ipn_log` (\n"
        "  `id` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'a, (b)',\n  `reply` longtext,\n"
        "  `created_at` timestamp NULL DEFAULT NULL,\n  PRIMARY KEY (`id`),\n  KEY `when` (`created_at`,`id`)\n"
        ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n\nLOCK TABLES `ipn_log` WRITE;\n"
        f"INSERT INTO `ipn_log` VALUES {','.join(rows)};\nUNLOCK TABLES;\n",
        [
            row(A, MOMENT, "text"),
            row(B),
            row(C, MOMENT, "text"),
            bad("invalid_row"),
            row(A, MOMENT, "text"),
        ],
        other=2,
    )
    copied = "".join(
        "\t".join([str(number), json.dumps(one.flat()).replace("\\", "\\\\"), AT]) + "\n"
        for number, one in enumerate((A, C))
    )
    write(
        "sql/pg_dump.sql",
        "--\n-- PostgreSQL database dump\n--\n\nSET standard_conforming_strings = on;\n\n"
        "CREATE TABLE public.users (\n    id bigint NOT NULL,\n    name text\n);\n\n"
        "COPY public.users (id, name) FROM stdin;\n1\tA\\tb\\\\\n2\t\\N\n\\.\n\n\n"
        f"COPY public.payment_transactions (id, api_response, created_at) FROM stdin;\n{copied}\\.\n\n"
        "INSERT INTO public.ipn (status, identifier, signature, amount, received_at) VALUES "
        f"('success', '{D.identifier}', '{D.signature}', '{D.amount}', '{AT}');\n",
        [row(A, MOMENT, "text"), row(C, MOMENT, "text"), row(D, MOMENT, "text")],
        other=2,
    )


def pairs(one: Ipn) -> str:
    return "".join(f"{name} => {value}\n" for name, value in one.flat().items())


def printed(value: Any, indent: str = "") -> str:
    """What PHP's print_r prints of an array."""
    if not isinstance(value, dict):
        return str(value)
    lines = [f"{indent}    [{name}] => {printed(inner, indent + '        ')}" for name, inner in value.items()]
    return "\n".join(["Array", f"{indent}(", *lines, f"{indent})", ""])


def whmcs() -> None:
    header = ["id", "date", "gateway", "data", "result"]
    rows: list[list[Any]] = [
        [1, AT, "corena", pairs(A), "Successful"],
        [2, AT, "corena", printed(B.nested()), "Successful"],
        [3, AT, "corena", json.dumps(C.nested()), "Successful"],
        [4, AT, "corena", D.body(), "Successful"],
        [5, AT, "paypal", "payment_status => Completed\ntxn_id => 5\n", "Successful"],
        [6, AT, "corena", f"signature => {A.signature}\namount => 11\nnote => two\nlines\n", "Error"],
    ]
    write(
        "whmcs/tblgatewaylog.csv",
        csv_text(header, rows),
        [
            row(A, MOMENT, "text"),
            row(B, MOMENT, "text"),
            row(C, MOMENT, "text"),
            row(D, MOMENT),
            bad("invalid_json", MOMENT),
        ],
        other=1,
    )
    entries = [
        f"{AT}\nCorena Payme\n{pairs(A)}Successful\n",
        f"{AT}\nPayPal\ntxn_id => 5\nSuccessful\n",
        f"{AT}\nCorena Payme\n{pairs(FAILED)}Declined\n",
    ]
    write("whmcs/screen.txt", "\n".join(entries), [row(A, MOMENT, "text"), row(FAILED, MOMENT, "text")], other=1)


def tables() -> None:
    """CSV in which a cell of any name holds the notification."""
    log = [
        [AT, "web1", f"IPN {json.dumps(A.nested())}", "1"],
        [AT, "web1", "GET /health 200", "1"],
        [AT, "web1", f"body: {B.body()}", "1"],
        [AT, "web1", f"IPN {json.dumps(C.nested())[:-9]}", "1"],
    ]
    write(
        "csv/console.csv",
        csv_text(["Date", "Host", "Message", "Level"], log),
        [row(A, MOMENT, "text"), row(B, MOMENT), bad("invalid_json", MOMENT)],
        other=1,
    )
    names = ["Date", "Statut", " IDENTIFIANT", "Signature ", "Data Amount"]
    flat = [[AT, one.status, one.identifier, one.signature, one.amount] for one in (A, B)]
    table = csv_text(names, flat, delimiter=";")
    write(
        "csv/spelled.csv",
        "sep=;\n" + table + table.partition("\n")[0] + "\n" + csv_text([AT, *flat[0][1:]], [], delimiter=";"),
        [row(A, MOMENT, "text"), row(B, MOMENT, "text"), row(A, MOMENT, "text")],
        other=1,
    )
    bare: list[list[Any]] = [[1, AT, json.dumps(A.nested())], [2, AT, "nothing"], [3, AT, json.dumps(D.nested())]]
    write(
        "csv/no_header.csv",
        csv_text(bare[0], bare[1:]),
        [row(A, MOMENT, "text"), row(D, MOMENT, "text")],
        other=1,
    )
