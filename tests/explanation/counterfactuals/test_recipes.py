from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corena_recon.explanation.counterfactuals.recipes import MESSAGE_MAX_BYTES, Claim, claims_of, formulas

DIGEST = bytes(range(32))
HEX = DIGEST.hex().upper()


@pytest.mark.parametrize(
    ("signature", "claim"),
    [
        (HEX, Claim(DIGEST, "hex")),
        (HEX.lower(), Claim(DIGEST, "lower")),
        (f"\t{HEX}", Claim(DIGEST, "edges")),
        (f"sha256={HEX}", Claim(DIGEST, "edges")),
        (HEX[:32], Claim(DIGEST[:16], "hex")),
        (base64.b64encode(DIGEST).decode(), Claim(DIGEST, "base64")),
        (base64.b64encode(HEX.encode()).decode(), Claim(DIGEST, "base64_of_hex")),
    ],
)
def test_what_a_signature_may_spell(signature: str, claim: Claim) -> None:
    assert claim in claims_of(signature)


@pytest.mark.parametrize("signature", ["", "0", "ABC", HEX[:62], "verified-by-phone", "é" * 32, "A" * 10_000])
def test_other_texts_spell_no_digest(signature: str) -> None:
    assert not claims_of(signature)


@given(st.text(max_size=200))
def test_any_text_is_read_without_failing(signature: str) -> None:
    assert all(len(claim.octets) in {16, 20, 28, 32, 48, 64} for claim in claims_of(signature))


def test_formulas_are_distinct_and_the_gateway_s_own_is_first() -> None:
    fields = {"payment_trx": "AB12", "currency": "USD", "status": "success"}
    made = list(formulas(b"secret-bytes", b"11.00", b"A-1", fields))
    assert made[0].notation == "HMAC-SHA256(secret, amount + identifier)"
    notations = [formula.notation for formula in made]
    assert len(notations) > 1000
    assert not any("secret-bytes" in notation or "11.00" in notation or "A-1" in notation for notation in notations)


@settings(max_examples=20)
@given(st.binary(max_size=40), st.binary(max_size=20), st.binary(max_size=20))
def test_any_bytes_have_formulas(secret: bytes, amount: bytes, identifier: bytes) -> None:
    assert next(formulas(secret, amount, identifier, {}), None) is not None
    assert sum(1 for _ in formulas(secret, amount, identifier, {})) < 5000


def test_a_long_message_has_none() -> None:
    assert not list(formulas(b"s", b"1" * MESSAGE_MAX_BYTES, b"A", {}))
