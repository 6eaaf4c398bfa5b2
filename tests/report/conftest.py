"""Shared by the tests of reports."""

from __future__ import annotations

from typing import NamedTuple

import pytest

import corena_recon as cr
from tests.hostile import HOSTILE
from tests.making import ipn, orders, verified

_BEYOND: tuple[str, ...] = (
    # what a spreadsheet in French cuts at, and what workbooks hold as XML
    *("x;=1+1", "x; @SUM(A1)", 'x";-1+cmd', "_x001B_[31m", "_x0041_x0042_", " lead", "trail ", "]]>", "&amp;"),
    *('<r><t>x</t></r></is></c><c r="B1"><f>1+41</f></c><c><is><r></r>', "https://shop.example/"),
)


class Strangers(NamedTuple):
    """What was made of strangers' strings.

    Attributes:
        texts: Each is identifier, transaction, currency, type of payment, status and an order's name and column.
        found: The report.
    """

    texts: list[str]
    found: cr.Reconciliation


@pytest.fixture(scope="session")
def strangers() -> Strangers:
    """A report in which every field of every notification is hostile; nobody may change it."""
    texts = [*(text for text in HOSTILE if text.strip()), *_BEYOND]
    archive = verified(
        *(
            ipn(text, trx=text, data_currency=text, data_payment_type=text, status=text if place % 2 else "success")
            for place, text in enumerate(texts)
        )
    )
    return Strangers(texts, cr.reconcile(archive, orders(("A", "1", "USD", "open"))))
