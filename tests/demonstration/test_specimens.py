"""The planted specimens: always the same, signed as the standard library signs, in the vocabulary's words."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import json
import tomllib
from collections import Counter, defaultdict
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corena_recon.demonstration.cases import CASES
from corena_recon.demonstration.lines import BODIES, ENVELOPES, EXPORT, NESTED
from corena_recon.demonstration.shop import ROTATED_AT, signer
from corena_recon.demonstration.specimens import ExpectedRow, Specimen, make_specimen
from corena_recon.vocabulary import FINDINGS, OUTCOMES, VERDICT_PRECEDENCE, SignatureStatus, Verdict


@pytest.fixture(scope="module")
def specimen() -> Specimen:
    return make_specimen(13_000)


def records_of(specimen: Specimen, source: str) -> list[str]:
    lines = specimen.archives[source].decode().splitlines()
    return lines[1:] if source == EXPORT else lines


def rows_with_lines(specimen: Specimen) -> list[tuple[ExpectedRow, str]]:
    lines = [line for source in specimen.archives for line in records_of(specimen, source)]
    return list(zip(specimen.expected, lines, strict=True))


def fields_of(source: str, line: str) -> dict[str, Any]:
    """Posted fields, read with the standard library alone."""
    if source == EXPORT:
        cells = next(csv.reader([line]))
        names = ("received_at", "status", "signature", "identifier", "payment_trx", "amount", "payment_type")
        return dict(zip(names, cells, strict=False))
    outer: dict[str, Any] = json.loads(line) if source in {NESTED, ENVELOPES} else {"body": line}
    if source == NESTED:
        return {**outer, **outer["data"]}
    body = {name: values[-1] for name, values in parse_qs(outer["body"], errors="replace").items()}
    flat = {name.removeprefix("data[").removesuffix("]"): value for name, value in body.items()}
    return {**outer, **flat}


def test_same_seed_same_bytes() -> None:
    specimen = make_specimen(300)
    whole = b"".join([*specimen.archives.values(), specimen.orders_csv, specimen.keys_toml.encode()])
    assert hashlib.sha256(whole).hexdigest() == "1e5501022eb10f366e4fd953f44635d0540f89ecf2bc7cef810f8e7c9d5461da"
    assert make_specimen(300, seed=2).archives != specimen.archives


@pytest.mark.parametrize(("asked", "given"), [(1, 164), (300, 300), (5_999, 5_999), (12_345, 12_345)])
def test_rows_are_records_of_all_archives(asked: int, given: int) -> None:
    specimen = make_specimen(asked)
    assert len(specimen.expected) == given
    for source in specimen.archives:
        rows = [row for row in specimen.expected if row.source == source]
        assert [row.record for row in rows] == list(range(1, len(records_of(specimen, source)) + 1))


def test_every_expected_row_stands_at_its_record(specimen: Specimen) -> None:
    for row, line in rows_with_lines(specimen):
        if row.verdict != "unreadable":
            assert fields_of(row.source, line)["identifier"] == row.identifier


def test_signatures_by_the_standard_library(specimen: Specimen) -> None:
    secrets = [key.secret.encode() for key in specimen.keys]
    for row, line in rows_with_lines(specimen):
        if row.signature_status not in {"valid", "invalid"}:
            continue
        fields = fields_of(row.source, line)
        signed = (fields["amount"] + fields["identifier"]).encode()
        made = {hmac.digest(secret, signed, "sha256").hex().upper() for secret in secrets}
        assert (fields["signature"] in made) == (row.signature_status == "valid"), row


def test_words_are_the_vocabulary_s(specimen: Specimen) -> None:
    # A payment of another world proves nothing here, and has no place in a shop's own outcomes.
    assert {row.verdict for row in specimen.expected} == set(Verdict) - {Verdict.OTHER_MODE}
    assert {row.signature_status for row in specimen.expected} <= {"", *SignatureStatus}
    # Nothing of the specimen keeps amounts as fractions of a computer.
    assert {code for row in specimen.expected for code in row.findings} == set(FINDINGS) - {"signature_unverifiable"}
    assert set(specimen.outcomes.values()) == set(OUTCOMES) - {
        "not_yet_due",  # needs as_of and grace
        "nothing_due",  # the shop gives nothing away
        "not_in_ledger",  # it has no panel export
    }


def test_each_verdict_follows_from_its_findings(specimen: Specimen) -> None:
    """Forged beats suspect beats no_payment beats duplicate beats accepted."""
    for row in specimen.expected:
        forced = [FINDINGS[code].verdict for code in row.findings]
        if row.planted == "failed_status":
            forced.append(Verdict.NO_PAYMENT)
        expected = next((v for v in VERDICT_PRECEDENCE if v in forced), Verdict.ACCEPTED)
        assert row.verdict == ("unreadable" if row.signature_status == "" else expected), row


def test_the_first_planted_order_is_the_tampered_amount(specimen: Specimen) -> None:
    [row] = [row for row in specimen.expected if row.identifier == "CMD-000071"]
    line = records_of(specimen, row.source)[row.record - 1]
    assert (row.planted, row.verdict, specimen.outcomes["CMD-000071"]) == (
        "tampered_amount",
        "forged",
        "paid_on_forgery",
    )
    assert fields_of(row.source, line)["amount"] == "1000.00000000"


def test_planted_cases_are_isolated_and_rare(specimen: Specimen) -> None:
    planted_of: dict[str, set[str]] = defaultdict(set)
    for row in specimen.expected:
        if row.identifier:
            planted_of[row.identifier].add(row.planted)
    assert all(len(names) == 1 for names in planted_of.values())
    assert 0.005 < sum(bool(row.planted) for row in specimen.expected) / len(specimen.expected) < 0.02


@given(st.integers(1, 7_000), st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_no_key_is_out_of_its_time_by_accident(rows: int, seed: int) -> None:
    specimen = make_specimen(rows, seed)
    secrets = {key.id: key.secret for key in specimen.keys}
    signers = {key_id: signer(secret) for key_id, secret in secrets.items()}
    for row, line in rows_with_lines(specimen):
        if row.source == BODIES or row.signature_status != "valid":
            continue
        fields = fields_of(row.source, line)
        late = datetime.fromisoformat(fields["received_at"]) >= ROTATED_AT
        current = signers["live-2026" if late else "live-2025"](fields["amount"] + fields["identifier"])
        unusual = {"retired_key", "test_key", "other_merchant"} & set(row.findings)
        assert (fields["signature"] == current) == (not unusual), row


def test_orders_and_outcomes_cover_each_other(specimen: Specimen) -> None:
    orders = list(csv.DictReader(io.StringIO(specimen.orders_csv.decode())))
    seen = {row["identifier"] for row in orders} | {row.identifier for row in specimen.expected} - {""}
    assert seen == set(specimen.outcomes)
    rows = Counter(row["identifier"] for row in orders)
    assert set(rows.values()) == {1, 2}


def test_keys_are_a_toml_file_and_stay_out_of_repr(specimen: Specimen) -> None:
    read = tomllib.loads(specimen.keys_toml)["keys"]
    assert [key["secret"] for key in read] == [key.secret for key in specimen.keys]
    assert read[0]["valid_until"] == read[1]["valid_from"] == ROTATED_AT
    assert not [key for key in specimen.keys if key.secret in repr(specimen)]


@given(st.text(st.characters(codec="utf-8"), max_size=200), st.text(st.characters(codec="utf-8"), max_size=100))
def test_signer_agrees_with_hmac(secret: str, message: str) -> None:
    made = hmac.new(secret.encode(), message.encode(), "sha256").hexdigest().upper()
    assert signer(secret)(message) == made


def test_case_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
