from __future__ import annotations

import base64
import csv
import io
import json
import pprint
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon import read_ipns, verify
from corena_recon.archive.forms.tables.csv_rows import record_batches
from corena_recon.archive.forms.tables.table_heads import TableHead, canonical_names, dialect_of, header_names
from corena_recon.archive.records.exact_json import parse_json
from corena_recon.archive.records.posting import Posted
from corena_recon.archive.sources.containers import ByteStream
from corena_recon.errors import SourceError
from corena_recon.vocabulary import RECORD_MAX_BYTES
from tests.archive.differential import Archive, differences
from tests.making import ipn, ring, signature


def kept(cells: dict[str, str], _: bytes) -> Posted:
    """A row that keeps the cells."""
    return Posted(extra=json.dumps(cells, ensure_ascii=False))


def kept_json(octets: bytes) -> Posted:
    return kept(parse_json(octets).value, octets)


def table_of(octets: bytes) -> tuple[list[dict[str, Any]], bool]:
    stream = ByteStream("test", io.BytesIO(octets))
    batches = list(
        record_batches(
            stream, TableHead(dialect_of(octets.removeprefix(b"\xef\xbb\xbf"))), kept, kept_json, keep_raw=True
        )
    )
    return [row for batch in batches for row in batch.table.to_pylist()], stream.truncated


def read(text: str) -> tuple[list[Any], bool]:
    rows, is_truncated = table_of(text.encode())
    return [row["unreadable"] or json.loads(row["extra"]) for row in rows], is_truncated


@pytest.mark.parametrize(
    ("text", "rows", "truncated"),
    [
        ("", [], False),
        ("a,b\n", [], False),
        ("a,b\n1,2\n", [{"a": "1", "b": "2"}], False),
        ("\ufeffa;b\r\n1;2\r\n", [{"a": "1", "b": "2"}], False),
        ("a\tb\n1,5\t2\n", [{"a": "1,5", "b": "2"}], False),
        ('"a","b"\n"x ""y""","1\n2"\n', [{"a": 'x "y"', "b": "1\n2"}], False),
        ("a,b\nNULL,\\N\n,x\n", [{}, {"b": "x"}], False),
        ("a,b\n1\n1,2,3\n4,5\n", ["invalid_row", "invalid_row", {"a": "4", "b": "5"}], False),
        ("a,b\n1,2\n\n3,4\n", [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}], False),
        ("a,b\n1,2", [{"a": "1", "b": "2"}], True),
        ("a,b\n1", ["truncated"], True),
        ('a,b\n1,"x\n3,4\n5,6\n', ["invalid_row", {"a": "3", "b": "4"}, {"a": "5", "b": "6"}], False),
        ('a,b\n1,"x" y\n3,4\n', ["invalid_row", {"a": "3", "b": "4"}], False),
        ("a,b\n1,x\0y\n3,4\n", [{"a": "1", "b": "x\0y"}, {"a": "3", "b": "4"}], False),
        ('a,b\n1,"{\\"k\\": \\"v\\"}"\n2,\\N\n', [{"a": "1", "b": '{"k": "v"}'}, {"a": "2"}], False),
        ('a,b\n1,"{""k"": ""v""}"\n', [{"a": "1", "b": '{"k": "v"}'}], False),
        ("a, b ,\ufeffc\n1,2,3\n", [{"a": "1", "b": "2", "c": "3"}], False),
    ],
)  # fmt: skip
def test_rows_of_every_dialect(text: str, rows: list[Any], truncated: bool) -> None:
    assert read(text) == (rows, truncated)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r", "\r\r\n", "\n\r\n"])
def test_line_breaks_in_a_cell_are_kept_and_the_rows_own_is_not(break_: str, end: str) -> None:
    cell = f"1{break_}2"
    row = f'"{cell}",3'
    rows, _ = table_of(f"a,b{end}{row}{end}{row}{end}".encode())
    assert [json.loads(each["extra"]) for each in rows] == [{"a": cell, "b": "3"}] * 2
    assert [each["raw"] for each in rows] == [row.encode()] * 2


def test_a_genuine_identifier_of_two_lines_verifies() -> None:
    identifier, amount = "A\r\nB", "11.00000000"
    out = io.StringIO()
    csv.writer(out).writerows(
        [
            ("status", "signature", "identifier", "amount"),
            ("success", signature(amount, identifier), identifier, amount),
        ]
    )
    assert verify(read_ipns(out.getvalue().encode()), ring())["signature_status"].tolist() == ["valid"]


def test_columns_of_the_same_name_are_ambiguous_where_they_differ() -> None:
    rows, _ = table_of(b"a,a,b\n1,1,2\n1,2,2\n")
    assert [row["body_ambiguous"] for row in rows] == [False, True]


@pytest.mark.parametrize(
    ("head", "names"),
    [
        (b"a,b\n1,2", ["a", "b"]),
        (b"status;identifier", ["status", "identifier"]),
        (b"", None),
        (b"{", None),
        (b"[1,2]", None),
        (b"<html>", None),
        (b"status=success&identifier=A", None),
        (b"a\rb,c", None),
    ],
)
def test_the_header(head: bytes, names: list[str] | None) -> None:
    assert header_names(head) == names


def test_json_written_twice_is_not_taken_for_escaped_quotes() -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["a", "b"], ["1", json.dumps(json.dumps({"k": "v"}))]])
    assert dialect_of(out.getvalue().encode()).escapes_quotes is False
    assert dialect_of(b'a,b\n1,"{\\"k\\":1}"').escapes_quotes is True


def test_an_oversized_cell_is_one_record_and_costs_its_neighbours_nothing() -> None:
    for filling in (f"x,{'y' * 900},z\n", f'say ""{"x" * 900}""\n'):
        big = filling * (RECORD_MAX_BYTES // len(filling) + 2)
        assert read(f'a,b\n1,2\n3,"{big}"\n5,6\n') == ([{"a": "1", "b": "2"}, "too_large", {"a": "5", "b": "6"}], False)


def test_a_quote_never_closed_before_many_good_rows() -> None:
    cell = "4" * 1000
    count = RECORD_MAX_BYTES // 1000 + 10
    rows, _ = read('a,b\n1,"2\n' + f"3,{cell}\n" * count)
    assert rows == ["invalid_row", *[{"a": "3", "b": cell}] * count]


def test_the_csv_modules_own_limit_is_left_alone() -> None:
    before = csv.field_size_limit()
    read('a\n"' + "x" * 200_000 + '"\n')
    assert csv.field_size_limit() == before


CELLS = st.text(
    alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs", "Co"]), min_size=1, max_size=8
)


@given(st.lists(st.tuples(CELLS, CELLS), max_size=6), st.sampled_from([",", ";", "\t", "|"]))
def test_what_the_standard_library_writes_is_read(rows: list[tuple[str, str]], delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("a", "b"), *rows])
    text = out.getvalue()
    if not dialect_of(text.encode()).escapes_quotes:
        expected = [
            {name: cell for name, cell in zip("ab", row, strict=True) if cell not in ("NULL", "\\N")} for row in rows
        ]
        assert read(text) == (expected, False)


POST = ipn("CMD-1")
FLAT = {"status": "success", "identifier": "CMD-1", "signature": POST["signature"], "amount": "11.00000000"}
BODY = urlencode({name: value for name, value in FLAT.items() if name != "amount"} | {"data[amount]": "11.00000000"})
MOMENT = "2026-03-01 10:00:00"
LOGGED = f"IPN {json.dumps(POST)}"


def written(*rows: Sequence[str], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode()


def flat(names: Sequence[str], *before: str, delimiter: str = ",") -> bytes:
    cells = dict(zip(names, FLAT.values(), strict=True))
    return "".join(line + "\r\n" for line in before).encode() + written(names, [*cells.values()], delimiter=delimiter)


@pytest.mark.parametrize(
    ("octets", "other"),
    [
        # One cell holds the notification, whatever its column is called and wherever it stands.
        (written(["created_at", "ip", "ipn"], [MOMENT, "192.0.2.1", json.dumps(POST)]), 0),
        (written(["ipn", "created_at"], [json.dumps(POST), MOMENT], ["", MOMENT]), 1),
        (written(["id", "contenu reçu"], ["1", BODY], ["2", "rien"]), 1),
        (written(["timestamp [UTC]", "message", "severityLevel"], [MOMENT, f"IPN {BODY}", "1"]), 0),
        (written(["Date", "Host", "Message"], [MOMENT, "web1", f"IPN {BODY}"], [MOMENT, "web1", "GET /"]), 1),
        (written(["@timestamp", "@message"], [MOMENT, f"b2b1\tINFO\tbody: {BODY}\n"], [MOMENT, "START b2b1"]), 1),
        (written(["log_id", "timestamp", "level", "message"], ["0", MOMENT, "200", LOGGED]), 0),
        (written(["meta_id", "meta_key", "meta_value"], ["1", "_ipn", json.dumps(POST)], ["2", "_total", "11"]), 1),
        (written(["id", "data", "created_at"], ["1", json.dumps(POST), MOMENT]), 0),
        (written(["ipn"], [json.dumps(POST)]), 0),
        (written(["id", "ipn"], ["1", json.dumps(json.dumps(POST))]), 0),
        # Columns in other spellings.
        (flat([" Status", "IDENTIFIER ", "Signature", "Data[Amount]"]), 0),
        (flat(["status", "identifier", "signature", "data_amount"]), 0),
        (flat(["Statut", "Identifiant", "Signature", "Montant"], delimiter=";"), 0),
        (flat(["Status", "Identifier", "Signature", "Data Amount"], "sep=;", delimiter=";"), 0),
        # What stands above a header, or between rows.
        (flat([*FLAT], "Corena notifications", "Generated 2026-03-01", ""), 0),
        (flat([*FLAT]) + written([*FLAT]) + written([*FLAT]), 2),
        (flat([*FLAT]) + b"\xef\xbb\xbf" + written([*FLAT]), 1),
        (b"Notifications\nof March, 2026\n\n" + written(["id", "when", "note"], ["1", MOMENT, LOGGED]), 0),
        (written(["id", "date", "note"], ["1", MOMENT, LOGGED]) + written(["id", "date", "note"]), 1),
        # Names in another encoding, texts as for a page or an address, and a first notification far behind.
        (written(["N°", "Reçu le", "Données"], ["1", MOMENT, LOGGED]).decode().encode("cp1252"), 0),
        (written(["id", "quand", "note"], ["1", MOMENT, quote(json.dumps(POST))]), 0),
        (written(["id", "date", "note"], ["0", MOMENT, "x" * 70_000], ["1", MOMENT, LOGGED]), 1),
        # No header.
        (written(["0", json.dumps(POST), MOMENT], ["1", "nothing", MOMENT]), 1),
        (written(["0", BODY, MOMENT]), 0),
    ],
)
def test_a_table_of_whatever_columns(octets: bytes, other: int) -> None:
    for archive in (Archive((octets,)), Archive((octets,), None, 50)):
        assert differences(archive) == []
    frame = verify(read_ipns(octets), ring())
    assert frame["verdict"].tolist() == ["accepted"]
    assert [(count["form"], count["other"]) for count in frame.attrs["intake"]] == [("csv", other)]
    moment = pd.Timestamp(MOMENT, tz="UTC") if MOMENT.encode() in octets else None
    assert frame["received_at"].astype(object).where(frame["received_at"].notna(), None).tolist() == [moment]


def test_a_body_before_another_cell_ends_where_its_cell_ends() -> None:
    body = f"{BODY}&data%5Bcurrency%5D=USD"
    frame = read_ipns(written(["time [UTC]", "message", "level"], *[[MOMENT, f"IPN {body}", "1"]] * 3))
    assert frame["currency"].tolist() == ["USD"] * 3


def test_cells_of_a_table_without_a_header_may_be_encoded_or_go_on_over_lines() -> None:
    encoded = base64.b64encode(BODY.encode()).decode()
    for cell in (encoded, pprint.pformat(POST, width=40), f"<pre>{POST}\n</pre>"):
        frame = read_ipns(written([MOMENT, "1", cell], *[[MOMENT, "2", cell]] * 3))
        assert frame["signature"].tolist() == [POST["signature"]] * 4


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(POST)[:-3],
        str(POST)[:-3],
        "Array\n(\n    [status] => success\n    [signature] => 6F\n",
        f"signature: {POST['signature']}\namount: 11.00000000",
    ],
)
def test_a_cell_that_names_a_notification_but_cannot_be_read_is_a_row(text: str) -> None:
    frame = read_ipns(written(["id", "ipn"], ["1", json.dumps(POST)], ["2", text]))
    assert frame["unreadable"].notna().tolist() == [False, True]


def test_a_table_in_which_columns_would_be_guessed_is_refused() -> None:
    with pytest.raises(SourceError, match="it has no header"):
        read_ipns(written([*FLAT.values()], [*FLAT.values()]))
    names = ["date", "statut", "identifiant", "sig", "montant"]
    with pytest.raises(SourceError, match="no column is named signature: it is of no known archive form"):
        read_ipns(written(names, [MOMENT, *FLAT.values()]))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Date", "Status"], ["received_at", "Status"]),
        (["id", "date", "created_at"], ["id", "date", "created_at"]),
        (["Statut", "Identifiant", "SIGNATURE", "Devise"], ["status", "identifier", "signature", "currency"]),
        (["identifier", "signature", "Data.Amount"], ["identifier", "signature", "data[amount]"]),
        (["identifier", "signature", "data payment trx"], ["identifier", "signature", "data[payment_trx]"]),
        (["signature", "Signature", "identifier"], ["signature", "Signature", "identifier"]),
        (["statut", "montant"], ["statut", "montant"]),
    ],
)  # fmt: skip
def test_what_columns_are_called(names: list[str], expected: list[str]) -> None:
    assert canonical_names(names) == expected
