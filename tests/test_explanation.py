"""Why a notification is what it is, and which single change would make a forged one valid."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

import corena_recon as cr
from tests.making import SECRET, ipn, orders, ring, signature, verified


def explained(*notifications: dict[str, Any], identifier: str = "A", lang: str = "en", **options: Any) -> Any:
    found = cr.reconcile(verified(*notifications, **options), orders((identifier, "10.00", "USD", "paid")))
    return cr.explain(found, identifier, ring(), lang=lang)


FORGERIES = [
    ("10.00000000 instead of 1000.00000000", "1000.00000000", signature("10.00000000", "A")),
    ("live", "10.00000000", hmac.new(SECRET.encode(), b"A10.00000000", hashlib.sha256).hexdigest().upper()),
    ("live", "10.00000000", hmac.new(SECRET.encode(), b"10.00000000|A", hashlib.sha256).hexdigest().upper()),
]


@pytest.mark.parametrize(("words", "amount", "forged"), FORGERIES)
def test_the_change_that_would_make_it_valid_is_named(words: str, amount: str, forged: str) -> None:
    text = str(explained(ipn("A", amount, signature=forged)))
    assert "✘ forged" in text
    assert "→ Valid if" in text
    assert words in text


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_no_signature_that_would_be_valid_and_no_secret_is_ever_shown(lang: str) -> None:
    explanation = explained(ipn("A", "1000.00000000", signature=signature("10.00000000", "A")), lang=lang)
    shown = str(explanation) + explanation._repr_html_() + json.dumps(explanation.to_dict()) + repr(explanation)
    right = signature("1000.00000000", "A")
    assert right[:9] not in shown.upper()
    assert SECRET not in shown


def test_a_moved_boundary_is_told_with_its_seam() -> None:
    text = str(
        explained(
            ipn("15001"),
            ipn("X"),
            ipn("5001", "11.000000001", signature=signature("11.00000000", "15001")),
            identifier="5001",
        )
    )
    assert "11.000000001|5001" in text
    assert "boundary_twin" in text


def test_strangers_text_never_acts() -> None:
    hostile = "<script>\x1b[31m"
    explanation = explained(ipn(hostile), identifier="A")
    card = cr.explain(cr.reconcile(verified(ipn(hostile)), orders(("A", "1", "USD", "paid"))), hostile)._repr_html_()
    assert "<script>" not in card
    assert "\x1b" not in str(explanation)


def test_an_unknown_identifier_is_said_to_be_unknown() -> None:
    text = str(cr.explain(verified(ipn("CMD-1")), "cmd-1"))
    assert "CMD-1" in text
