"""The signatures of whole columns: renderings, mended shapes, weak keys, marks, and what cannot be verified."""

from __future__ import annotations

import hashlib
import hmac
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pytest

import corena_recon as cr
from corena_recon.money import exact_value
from corena_recon.signing.checking import CHECK_SCHEMA, check_signatures
from tests.making import SECRET, ring, signature

_NAMES: Final = ("amount_text", "identifier", "signature", "fidelity", "unreadable")


def checked(*rows: tuple[Any, ...], keys: cr.KeyRing | None = None, **options: Any) -> list[dict[str, Any]]:
    """Rows of amount, identifier, signature, and optionally fidelity and unreadable."""
    full = [(*row, *("raw", None)[len(row) - 3 :]) for row in rows]
    columns = [pa.array(values, pa.string()) for values in zip(*full, strict=True)]
    table = check_signatures(pa.table(columns, names=list(_NAMES)), keys or ring(), **options)
    assert table.select(list(_NAMES)).to_pylist() == [dict(zip(_NAMES, row, strict=True)) for row in full]
    assert table.select(CHECK_SCHEMA.names).schema == CHECK_SCHEMA
    checks: list[dict[str, Any]] = table.select(CHECK_SCHEMA.names).to_pylist()
    return checks


def status_of(amount: str, signed_amount: str, fidelity: str = "text") -> tuple[str, str | None]:
    row = checked((amount, "A", signature(signed_amount, "A"), fidelity))[0]
    return row["signature_status"], row["amount_rendering"]


@pytest.mark.parametrize(
    ("amount", "signed_amount", "expected"),
    [
        ("11.00", "11.00", ("valid", None)),
        # 8 decimals, as PHP writes a float, 2, 1 and 0 decimals.
        ("11", "11.00000000", ("valid_rendered", "11.00000000")),
        ("11.50", "11.5", ("valid_rendered", "11.5")),
        ("11.00", "11", ("valid_rendered", "11")),
        ("11.5", "11.50", ("valid_rendered", "11.50")),
        ("11", "11.0", ("valid_rendered", "11.0")),
        ("1000000000000000", "1.0E+15", ("valid_rendered", "1.0E+15")),
        ("1e3", "1000.00", ("valid_rendered", "1000.00")),
        ("1E-5", "0.00001000", ("valid_rendered", "0.00001000")),
        ("011", "11.00000000", ("valid_rendered", "11.00000000")),
        # Never another value, and no other spelling.
        ("11.4", "11", ("invalid", None)),
        ("11", "11.00000001", ("invalid", None)),
        ("11.5", "11.500", ("invalid", None)),
        ("11", "011", ("invalid", None)),
        ("11", "11,00", ("invalid", None)),
        ("１１", "11", ("invalid", None)),
        ("11 ", "11", ("invalid", None)),
        ("1e999999999", "0", ("invalid", None)),
        ("NaN", "0", ("invalid", None)),
        ("Infinity", "0", ("invalid", None)),
        ("99999999999999999999999", "1", ("invalid", None)),
    ],
)
def test_renderings_keep_the_value(amount: str, signed_amount: str, expected: tuple[str, str | None]) -> None:
    for fidelity in ("raw", "text", "number"):
        if expected[0] != "invalid" or len(amount) < 16:
            assert status_of(amount, signed_amount, fidelity) == expected


@pytest.mark.parametrize(
    ("amount", "fidelity", "status"),
    [
        ("1234567890123.123", "number", "unverifiable"),
        ("1.2345678901234567e+16", "number", "unverifiable"),
        ("123456789012.123", "number", "invalid"),
        ("0.000123456789012345", "number", "invalid"),
        ("1000000000000000000", "number", "invalid"),
        ("1234567890123.123", "text", "invalid"),
        ("1234567890123.123", "raw", "invalid"),
    ],
)
def test_beyond_15_digits_a_number_s_text_is_lost(amount: str, fidelity: str, status: str) -> None:
    assert status_of(amount, "7.00", fidelity)[0] == status


def test_a_number_beyond_15_digits_that_verifies_is_valid() -> None:
    assert status_of("1234567890123.12345678", "1234567890123.12345678", "number")[0] == "valid"


_GOOD: Final = signature("1.00", "A")


@pytest.mark.parametrize(
    ("posted", "status", "is_mended"),
    [
        (_GOOD, "valid", False),
        (_GOOD.lower(), "malformed", True),
        (f"\t{_GOOD}\r\n", "malformed", True),
        (_GOOD[:-1], "malformed", False),
        (_GOOD + "0", "malformed", False),
        ("0x" + _GOOD, "malformed", False),
        ("\u0410" + _GOOD[1:], "malformed", False),
        (_GOOD + "\0", "malformed", False),
        ("\uefff" * 64, "malformed", False),
        ("0" * 64, "invalid", False),
        ("", "missing", False),
        (None, "missing", False),
    ],
)
def test_shapes(posted: str | None, status: str, *, is_mended: bool) -> None:
    row = checked(("1.00", "A", posted))[0]
    assert (row["signature_status"], row["is_mended"]) == (status, is_mended)
    assert row["key_id"] == ("live" if is_mended or status == "valid" else None)


@pytest.mark.parametrize("secret", ["", "secret", "YOUR_SECRET_KEY", "YOUR_PUBLIC_KEY", "pro_public"])
def test_weak_keys(secret: str) -> None:
    row = checked(("1.00", "A", signature("1.00", "A", secret)), public_keys=("pro_public",))[0]
    assert (row["signature_status"], row["key_id"], row["is_weak"]) == ("invalid", None, True)


def test_nothing_that_verifies_is_weak() -> None:
    assert checked(("1.00", "A", _GOOD), public_keys=(SECRET,))[0]["is_weak"] is False


def test_every_key_is_tried_in_order() -> None:
    keys = cr.KeyRing(cr.Key(id=str(number), secret=f"s{number}", mode="live") for number in range(4))
    rows = [("1.00", "A", signature("1.00", "A", f"s{number}")) for number in (3, 0, 2, 9)]
    rows.append(("1", "A", signature("1.00", "A", "s2")))
    assert [row["key_id"] for row in checked(*rows, keys=keys)] == ["3", "0", "2", None, "2"]


def test_bytes_are_signed_not_text() -> None:
    octets = "caf\uefe9"
    row = checked(("1.00", octets, _signature_of_bytes(b"1.00caf\xe9")), ("1.00", octets, signature("1.00", octets)))
    assert [one["signature_status"] for one in row] == ["valid", "invalid"]


def _signature_of_bytes(message: bytes) -> str:
    return hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest().upper()


def test_marks_tell_whose_signature_was_claimed_and_hold_no_usable_one() -> None:
    one, two, lowered, missing, good = checked(
        ("1.00", "A", signature("1.00", "B")),
        ("1.00", "B", "0" * 64),
        ("2.00", "C", signature("2.00", "C").lower()),
        ("3.00", "D", None),
        ("4.00", "E", signature("4.00", "E")),
    )
    assert one["claimed_mark"] in two["expected_marks"]
    assert one["claimed_mark"] not in one["expected_marks"]
    assert len(lowered["expected_marks"]) == len(missing["expected_marks"]) == 1
    assert lowered["claimed_mark"] is None
    assert good["expected_marks"] is good["claimed_mark"] is None
    assert bytes.fromhex(signature("1.00", "B"))[:16] not in (one["claimed_mark"], *two["expected_marks"])


def test_unreadable_rows_have_nothing() -> None:
    row = checked((None, None, _GOOD, None, "invalid_json"))[0]
    assert row == {**dict.fromkeys(CHECK_SCHEMA.names), "is_weak": False, "is_mended": False}


def test_no_rows() -> None:
    empty = pa.table({name: pa.array([], pa.string()) for name in _NAMES})
    assert len(check_signatures(empty, ring())) == 0


_NO_AMOUNTS: Final = ("", ".", "abc", "1,0", "nan", "sNaN", "-inf", "1e999999999", "٣", "1_0", " 1", "1 ", "+5", "5.")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.10", "1.10"),
        ("1e3", "1000"),
        ("1.5E-7", "0.00000015"),
        ("-2e+1", "-20"),
        *((text, None) for text in (*_NO_AMOUNTS, "1e-9", "1e21", ".5", "0x1", "1e5\n")),
    ],
)
def test_the_value_of_an_amount_s_text(text: str, value: str | None) -> None:
    assert exact_value(text) == (None if value is None else Decimal(value))
