"""The sentences of the worklist: why a row stands in it, and what to do about it.

A key is a form of a row: an outcome, or what is told of it more exactly. Facts stand in braces: amounts with their
currency, counts, and text of strangers, which is made safe where it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.languages import ENGLISH, LANGUAGES, Words

WHY: Final = Words(
    "worklist_why",
    {
        "ambiguous_order": "The rows of this order disagree on what was ordered.",
        "ambiguous_order_paid": "{paid} was paid, and the rows of this order disagree on what was ordered.",
        "orphan_payment": "{paid} was paid, and the export has no such order.",
        "orphan_payment_near": "{paid} was paid, and no order is called so; {suggested} differs only in its form.",
        "currency_mismatch": "{ordered} was ordered, and {paid} was paid.",
        "currency_mismatch_mixed": "{ordered} was ordered, and the payments are in several currencies.",
        "duplicate_payment": "{count} payments, together {paid}, came for an order of {ordered}.",
        "duplicate_payment_conflict": (
            "{ordered} was paid, and the same amount came again with another transaction id: a replay, or a second "
            "payment."
        ),
        "underpaid": "{paid} was paid of {ordered}: {difference} is missing.",
        "overpaid": "{paid} was paid for {ordered}: {difference} is too much.",
        "status_conflict_cancelled": "{paid} was paid in full, and the shop says cancelled.",
        "status_conflict_open": "{paid} was paid in full, and the shop says open.",
        "not_in_ledger": "{paid} was paid, as notifications say, and the ledger of that day has no such entry.",
        "paid_on_forgery": "The shop counts {ordered} as paid, and what says so is forged.",
        "no_trusted_payment": "Notifications came for an identifier that no order has, and none is accepted.",
        "no_trusted_payment_paid": "The shop counts {ordered} as paid, and no notification of it is accepted.",
        "no_trusted_payment_open": "Notifications came for an order of {ordered}, and none is accepted.",
        "missing_payment": "The shop does not say whether {ordered} was paid, and no notification came.",
        "missing_payment_paid": "The shop counts {ordered} as paid, and no notification came.",
        "missing_payment_near": (
            "{ordered} was ordered, and no notification is called so; {suggested} differs only in its form."
        ),
        "missing_payment_ledger": (
            "No notification came for {ordered}, and the ledger has exactly one free entry of that amount and day."
        ),
        "refund_without_order": "{refunded} was given back, and the export has no such order.",
        "refund_without_payment": "{refunded} was given back, and no accepted notification paid this order.",
        "refund_twice": "{refunded} was given back of {paid} that was paid, as if twice.",
        "refund_exceeds_payment": "{refunded} was given back, and {paid} was paid.",
        "refund_not_in_orders": "The panel gave {refunded} back of this payment, and the shop does not say so.",
        "refund_without_order_of_none": (
            "Refunds of this source that name no order: {count}, together {refunded}; the first is record {record}."
        ),
        "refund_not_in_orders_of_none": (
            "The panel gave back what no refund of the shop explains, and more than one payment or none may be meant: "
            "{count}, together {refunded}; the first is record {record}."
        ),
        "forged": "Forged: {paid} is claimed.",
        "suspect": "Suspect: {paid} is claimed.",
        "forged_in_order": "Forged notifications of orders that are in order without them: {count}.",
        "suspect_in_order": "Suspect notifications of orders that are in order without them: {count}.",
        "unreadable": "Records of this source that cannot be read: {count}; the first because of {reason}.",
        "broken_chain": "The chain of this capture is {reason}: lines were changed, left out or cut off.",
    },
)
"""Why a row stands in the worklist, by its form."""

NEXT_STEPS: Final = Words(
    "worklist_next_steps",
    {
        "ambiguous_order": "Look the order up in the shop, and export it again with one row.",
        "orphan_payment": (
            "Look for the order in the shop and in what was deleted; if there is none, refund transaction {trx}."
        ),
        "orphan_payment_near": "See whether the payment belongs to {suggested}; if so, mark that order paid.",
        "currency_mismatch": (
            "Look for transaction {trx} in the merchant panel; ask the payer for the rest, or refund it."
        ),
        "duplicate_payment": "Compare the transactions in the merchant panel, and refund what was paid too much.",
        "duplicate_payment_conflict": (
            "Look for transaction {trx} in the merchant panel: if it is there, refund it; if not, it is a replay."
        ),
        "underpaid": "Ask the payer for {difference}, or refund; deliver nothing before.",
        "overpaid": "Refund {difference}, or credit it to the payer.",
        "status_conflict_cancelled": "Refund {paid}, or open the order again.",
        "status_conflict_open": "Mark the order paid and deliver it, or refund {paid}.",
        "not_in_ledger": (
            "Look for transaction {trx} in the merchant panel; if it is not there, replace the secret key."
        ),
        "paid_on_forgery": "Stop the delivery, and look in the merchant panel for any payment of {ordered}.",
        "no_trusted_payment": "Look for transaction {trx} in the merchant panel: if it is not there, nobody paid.",
        "no_trusted_payment_paid": (
            "Look for transaction {trx} in the merchant panel; if it is not there, stop the delivery."
        ),
        "no_trusted_payment_key": "Ask when the key was in use: correct its dates in the key ring, or retire the key.",
        "missing_payment": "Look for a payment of {ordered} in the merchant panel, and in the shop how it was paid.",
        "missing_payment_near": "See whether the payment of {suggested} belongs to this order.",
        "missing_payment_ledger": "Compare that entry with the order: its notification was lost.",
        "refund_without_order": "Look for the order in the shop and in what was deleted, and ask who got the money.",
        "refund_without_payment": (
            "Ask for what this was given back: look for a payment of the order in the merchant panel first."
        ),
        "refund_twice": "See in the merchant panel what went out for transaction {trx}; ask the payer for the second.",
        "refund_exceeds_payment": "See in the merchant panel what went out for transaction {trx}; ask for the rest.",
        "refund_not_in_orders": "Mark the order refunded, or ask who gave the money back.",
        "refund_without_order_of_none": "Name the order of each in the shop, and export again.",
        "refund_not_in_orders_of_none": "Look at each in the merchant panel, and note in the shop what was refunded.",
        "forged": "Look for transaction {trx} in the merchant panel: if it is not there, nobody paid.",
        "suspect": "Look for transaction {trx} in the merchant panel, and compare every field.",
        "forged_in_order": "See that the endpoint checks signatures; explain says of each what was changed.",
        "suspect_in_order": "Compare the first one with the merchant panel; explain says what is unusual in it.",
        "unreadable": "Look at record {record}; if it was cut off or damaged, export the source again.",
        "broken_chain": "Compare the capture with a copy of it, and export the payments from the merchant panel.",
    },
)
"""What to do about a row, by its form."""

UNKNOWN: Final = Words("worklist_unknown", {"amount": "an unknown amount", "text": "(not named)"})
"""What stands for a fact that nobody knows."""

_STEP_OF: Final = {
    "ambiguous_order_paid": "ambiguous_order",
    "currency_mismatch_mixed": "currency_mismatch",
    "no_trusted_payment_open": "no_trusted_payment",
    "missing_payment_paid": "missing_payment",
}
"""Forms that have the next step of another."""


def next_step_of(form: str) -> str:
    """The key of NEXT_STEPS for a form of WHY."""
    return _STEP_OF.get(form, form)


def template(words: Words, key: str, lang: str) -> str:
    """A sentence with its facts still in braces."""
    return (words.english if lang == ENGLISH else LANGUAGES[lang][words.group])[key]


def filled(sentence: str, facts: Mapping[str, pa.Array], count: int) -> pa.Array:
    """A sentence for each of so many rows, each with its own facts."""
    parts: list[pa.Array | str] = []
    for text, name, _, _ in Formatter().parse(sentence):
        parts += [text, *([] if name is None else [facts[name]])]
    if not any(isinstance(part, pa.Array) for part in parts):
        return pa.array([sentence] * count, pa.string())
    return pc.binary_join_element_wise(*parts, "")
