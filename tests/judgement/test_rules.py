"""Each rule over one notification, in isolation: what it finds, and the nearest thing that it must not find."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import duckdb
import pyarrow as pa
import pytest

import corena_recon as cr
from corena_recon.judgement import queries as judging_sql
from corena_recon.judgement.judging import Profile, ring_of
from corena_recon.judgement.options import judging_options
from corena_recon.judgement.rules import BITS, GROUP_RULES, ROW_RULES, TEXT_RULES, TWIN_RULES
from corena_recon.judgement.traits import RULE_SCHEMA, SHOWN_FIELDS
from corena_recon.judgement.verification import Checking
from corena_recon.schemas import NOTIFICATION_SCHEMA
from corena_recon.tables.columns import with_row
from corena_recon.tables.engine import connect
from corena_recon.vocabulary import FINDINGS
from tests.making import SECRET, ipn, jsonl, ring, signature

_KEYS: Final = cr.KeyRing(
    [
        cr.Key(
            id="live",
            secret=SECRET,
            mode="live",
            merchant="shop",
            valid_from="2026-02-01",
            valid_until="2026-02-28",
        ),
        cr.Key(id="test", secret="t-" + SECRET, mode="test"),
        cr.Key(id="other", secret="o-" + SECRET, mode="live", merchant="other"),
    ]
)
_OPTIONS: Final[dict[str, Any]] = {"amount_decimals": {8}, "public_keys": ["pro_public"]}


def body(amount: str, signed_amount: str) -> dict[str, Any]:
    """A posted body whose signature covers another text of the amount."""
    return {"body": f"status=success&signature={signature(signed_amount, 'A')}&identifier=A&data[amount]={amount}"}


def number(token: str, signed_amount: str) -> bytes:
    """A JSON line that holds the amount as a number."""
    line = jsonl(ipn("A", "@", signature=signature(signed_amount, "A")))
    return line.replace(b'"@"', token.encode())


def signed_by(prefix: str, **changes: Any) -> dict[str, Any]:
    return ipn("A", signature=signature("11.00000000", "A", prefix + SECRET), **changes)


def weak(secret: str) -> dict[str, Any]:
    return ipn("A", signature=signature("11.00000000", "A", secret))


_GOOD: Final = signature("11.00000000", "A")

# The finding, a notification that has it, and one that nearly has it.
CASES: Final[list[tuple[str, Any, Any]]] = [
    ("signature_missing", ipn("A", signature=None), ipn("A", signature=" ")),
    ("signature_missing", ipn("A", signature=""), ipn("A")),
    ("signature_invalid", ipn("A", signature="0" * 64), ipn("A", signature="0" * 63)),
    ("signature_invalid", weak("else"), ipn("A")),
    ("signature_format", ipn("A", signature=_GOOD.lower()), ipn("A", signature="a" * 64)),
    ("signature_format", ipn("A", signature=f" {_GOOD}\n"), ipn("A")),
    ("signature_format", ipn("A", "11.00", signature=_GOOD.lower()), ipn("A", "11.01", signature=_GOOD.lower())),
    ("signature_unverifiable", number("1234567890123.123", "1.00000000"), number("123456789012.123", "1.00000000")),
    ("signature_malformed", ipn("A", signature="a" * 64), ipn("A", signature=_GOOD.lower())),
    ("signature_malformed", ipn("A", signature="0x" + _GOOD), ipn("A", signature="0" * 64)),
    ("weak_key", weak(""), weak("else")),
    ("weak_key", weak("YOUR_SECRET_KEY"), weak("YOUR_SECRET_KEY ")),
    ("weak_key", weak("your_public_key"), ipn("A")),
    ("weak_key", weak("pro_public"), weak("PRO_PUBLIC")),
    ("test_key", signed_by("t-", endpoint="live"), signed_by("t-", endpoint="test")),
    ("test_key", signed_by("t-"), signed_by("")),
    ("live_key_on_test", ipn("A", endpoint="test"), ipn("A", endpoint="live")),
    ("retired_key", ipn("A", received_at="2026-03-01"), ipn("A", received_at="2026-02-28T23:59:59.999999Z")),
    ("retired_key", ipn("A", received_at="2026-01-31T23:59:59.999999Z"), ipn("A", received_at="2026-02-01")),
    ("retired_key", ipn("A", received_at="2027-01-01"), ipn("A")),
    ("other_merchant", ipn("A", merchant="other"), ipn("A", merchant="shop")),
    ("other_merchant", signed_by("o-", merchant="shop"), signed_by("o-")),
    ("amount_decimals", ipn("A", "11.00"), ipn("A", "11.00000000")),
    ("amount_decimals", ipn("A", "11.000000000"), ipn("A", "11.00", signature="0" * 64)),
    ("amount_decimals", ipn("A", "0.000000001"), number("11.5", "11.5")),
    ("amount_decimals", number("11.000000000", "11.000000000"), number("11.0", "11.00000000")),
    ("amount_format", ipn("A", "011.00000000"), ipn("A", "0.11000000")),
    ("amount_format", ipn("A", "11,00000000"), ipn("A", "11.00000000")),
    ("amount_format", ipn("A", "1" * 21), ipn("A", "1" * 20)),
    ("amount_format", ipn("A", ".11000000"), ipn("A", "11")),
    ("amount_format", ipn("A", "11."), number("11.50", "11.50000000")),
    ("amount_format", ipn("A", "１１.00000000"), ipn("A", "11.00000000")),
    ("amount_format", number("1e-05", "0.00001000"), number("0.00001", "0.00001000")),
    ("amount_not_positive", ipn("A", "0.00000000"), ipn("A", "0.00000001")),
    ("amount_not_positive", ipn("A", "-1.00000000"), ipn("A", "1.00000000")),
    ("amount_rewritten", body("11.00", "11.00000000"), body("11.00000000", "11.00000000")),
    ("amount_rewritten", body("11.00", "11"), ipn("A", "11.00", signature=_GOOD)),
    ("identifier_too_long", ipn("A" * 21), ipn("A" * 20)),
    ("identifier_too_long", ipn("é" * 21), ipn("💳" * 20)),
    ("body_ambiguous", {"body": body("1", "1")["body"] + "&status=failed"}, body("1", "1")),
    ("sample_identifier", ipn("DFU80XZIKS"), ipn("DFU80XZIKs")),
    ("currency_unsupported", ipn("A", data_currency="usd"), ipn("A", data_currency="USD")),
    ("currency_unsupported", ipn("A", data_currency=""), ipn("A", data_currency=None)),
    ("hostile_text", ipn("A\t"), ipn("A B")),
    ("hostile_text", ipn("A", note="a\nb"), ipn("A", note="a\\nb")),
    ("hostile_text", ipn("A", note="a\\\nb"), ipn("A", note="C:\\temp\\new")),
    ("hostile_text", ipn("A", data_payment_type="=1+1"), ipn("A", data_payment_type="1=1")),
    ("hostile_text", ipn("A", data_payment_trx="<b>"), ipn("A", data_payment_trx="a < b")),
    ("hostile_text", ipn("\u202eA"), ipn("éA")),
    (
        "encoding",
        jsonl(ipn("A")).replace(b'"checkout"', b'"\xff"'),
        jsonl(ipn("A")).replace(b'"checkout"', b'"\xc3\xa9"'),
    ),
]


@contextmanager
def judging_connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the relations that rules over one notification read, without a row."""
    table = pa.Table.from_pandas(cr.read_ipns(jsonl(ipn("A"))), schema=NOTIFICATION_SCHEMA, preserve_index=False)
    checked = Checking(_KEYS, judging_options()).checked(table)
    with connect(threads=1) as connection:
        connection.register("texts", with_row(checked.slice(0, 0)))
        connection.register("rule_rows", with_row(RULE_SCHEMA.empty_table()))
        connection.register("ring", ring_of(_KEYS, Profile({}, {}, {})))
        yield connection


def found(*notifications: Any) -> list[set[str]]:
    """The findings of each, in an archive of its own."""
    archives = [one if isinstance(one, bytes) else jsonl(one) for one in notifications]
    judged = cr.verify(cr.read_ipns(archives), _KEYS, **_OPTIONS)
    assert judged["unreadable"].isna().all()
    assert len(judged) == len(notifications)
    return [set(findings) for findings in judged["findings"]]


def test_a_rule_finds_what_it_names_and_nothing_near_it() -> None:
    """What one notification shows, it shows whatever stands beside it."""
    with_it, nearly = found(*(case[1] for case in CASES)), found(*(case[2] for case in CASES))
    codes = [case[0] for case in CASES]
    assert [(code, told) for code, told in zip(codes, with_it, strict=True) if code not in told] == []
    assert [(code, told) for code, told in zip(codes, nearly, strict=True) if code in told] == []


@pytest.mark.parametrize("code", sorted({*ROW_RULES, *TEXT_RULES}))
def test_a_rule_finds_it_in_the_only_notification(code: str) -> None:
    [told] = found(next(case[1] for case in CASES if case[0] == code))
    assert code in told


def test_the_cases_show_every_rule_over_one_notification() -> None:
    assert {code for code, *_ in CASES} == {*ROW_RULES, *TEXT_RULES}


def test_every_finding_of_the_vocabulary_has_one_home() -> None:
    compared = set(GROUP_RULES) | {"boundary_twin", "signature_copied"}
    assert set(TWIN_RULES) == {"boundary_twin", "amount_decimals"}
    assert set(FINDINGS) == {*ROW_RULES, *TEXT_RULES, *compared}
    assert len(FINDINGS) == len(ROW_RULES) + len(TEXT_RULES) + len(compared)


def test_what_rules_may_read_is_what_is_declared() -> None:
    of_the_key = {"key_mode", "key_merchant", "key_valid_from", "key_valid_until", "key_decimals", "key_usual"}
    with judging_connection() as connection:
        row_columns = connection.sql(f"SELECT * FROM {judging_sql.RULE_INPUT}").columns
        text_columns = connection.sql(f"SELECT * FROM {judging_sql.TEXT_INPUT}").columns
    assert sorted(row_columns) == sorted({"row", *RULE_SCHEMA.names, "is_verified", *of_the_key})
    assert sorted(text_columns) == sorted({"row", *SHOWN_FIELDS, "extra", "signature"})


@pytest.mark.parametrize(
    ("relation", "rule"),
    [
        *((judging_sql.RULE_INPUT, rule) for rule in ROW_RULES.values()),
        *((judging_sql.TEXT_INPUT, rule) for rule in TEXT_RULES.values()),
    ],
)
def test_a_rule_over_one_notification_reads_declared_columns_and_never_the_row_s_number(
    relation: str, rule: str
) -> None:
    parameters = {
        name: value
        for name, value in {"mode": "live", "merchant": None, "currencies": ["USD"]}.items()
        if f"${name}" in rule
    }
    with judging_connection() as connection:
        assert connection.execute(f"SELECT {rule} FROM (SELECT * EXCLUDE (row) FROM {relation})", parameters)


UNDECLARED: Final = [
    ("ROW_MASKS", "charge > amount", "charge"),
    ("ROW_MASKS", "received_at < '2026-02-01'", "received_at"),
    ("ROW_MASKS", "identifier LIKE 'A%'", "identifier"),
    ("ROW_MASKS", "amount > 100", "amount"),
    ("ROW_MASKS", "payment_trx IS NULL", "payment_trx"),
    ("TEXT_MASKS", "charge > 0", "charge"),
    ("TEXT_MASKS", "is_verified", "is_verified"),
]


@pytest.mark.parametrize(("query", "rule", "column"), UNDECLARED)
@pytest.mark.parametrize("identifier", ["A", "A B"])
def test_a_rule_that_reads_another_column_is_an_error_at_its_first_use(
    monkeypatch: pytest.MonkeyPatch, query: str, rule: str, column: str, identifier: str
) -> None:
    masks_of = {"ROW_MASKS": judging_sql.row_masks, "TEXT_MASKS": judging_sql.text_masks}[query]
    monkeypatch.setattr(judging_sql, query, masks_of({"amount_not_positive": rule}))
    judge = functools.partial(cr.verify, cr.read_ipns(jsonl(ipn(identifier))), _KEYS)
    if query == "TEXT_MASKS" and identifier == "A":
        assert list(judge()["verdict"]) == ["accepted"]
    else:
        with pytest.raises(duckdb.BinderException, match=f'Referenced column "{column}" not found'):
            judge()


def test_bits_are_distinct_and_fit_a_signed_integer() -> None:
    assert sum(BITS.values()) == 2 ** len(FINDINGS) - 1
    assert sum(BITS.values()) < 2**63


@pytest.mark.parametrize("code", [code for code, finding in FINDINGS.items() if finding.verdict is None])
def test_information_alone_forces_no_verdict(code: str) -> None:
    notification = next(has_it for known, has_it, _ in CASES if known == code)
    archive = notification if isinstance(notification, bytes) else jsonl(notification)
    assert list(cr.verify(cr.read_ipns(archive), _KEYS, **_OPTIONS)["verdict"]) in (["accepted"], ["forged"])


def test_the_merchant_of_the_whole_archive_is_that_of_records_that_do_not_say() -> None:
    frame = cr.read_ipns(jsonl(signed_by("o-"), signed_by("o-", merchant="other")))
    judged = cr.verify(frame, _KEYS, merchant="shop", amount_decimals={8})
    assert judged["findings"].tolist()[0] == ["other_merchant"]
    assert "other_merchant" not in judged["findings"].tolist()[1]


@pytest.mark.parametrize(("mode", "expected"), [(None, ["test_key"]), ("live", ["test_key"]), ("test", [])])
def test_the_mode_of_records_that_do_not_say(mode: str | None, expected: list[str]) -> None:
    judged = cr.verify(cr.read_ipns(jsonl(signed_by("t-"))), _KEYS, mode=mode)
    assert judged["findings"].tolist() == [expected]


def test_a_ring_of_test_keys_alone_is_of_test_mode() -> None:
    keys = cr.KeyRing([cr.Key(id="t", secret=SECRET, mode="test")])
    assert list(cr.verify(cr.read_ipns(jsonl(ipn("A"))), keys)["verdict"]) == ["accepted"]
    assert list(cr.verify(cr.read_ipns(jsonl(ipn("A", endpoint="live"))), keys)["verdict"]) == ["suspect"]


def test_the_decimals_of_a_number_are_not_judged() -> None:
    small = json.dumps(ipn("A", "0.00001000")).replace('"0.00001000"', "1e-05")
    others = jsonl(*(ipn(f"B{number}") for number in range(5)))
    found = cr.verify(cr.read_ipns(small.encode() + b"\n" + others), ring())
    assert list(found["findings"][0]) == ["amount_format"]
