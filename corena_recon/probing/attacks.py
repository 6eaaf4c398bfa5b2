"""What is posted to a shop's handler: the genuine notification of an order, and what must never pay it.

Whoever knows a shop's public key can initiate a payment of any amount under any identifier, and the gateway signs it.
So some of these carry a signature that is right, for something else than what the shop waits for.
"""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, NamedTuple

from corena_recon.gateway.notifying import FORM_TYPE
from corena_recon.languages import Words
from corena_recon.php import http_build_query
from corena_recon.signing import sign

JSON_TYPE: Final = "application/json"
SMALLEST_AMOUNT: Final = "0.01000000"
"""What an attacker pays to have something signed."""

_GUESSED_SECRET = b"what a forger guesses"
_OTHER_IDENTIFIER = "NOT-THIS-ORDER"
_OTHER_CURRENCIES = {"USD": "XOF"}
_TRX_LETTERS = string.ascii_uppercase + "123456789"
_TRX_LENGTH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order that waits for its payment, and what its notifications are made with.

    Attributes:
        identifier: As it was sent to the gateway.
        amount: As the gateway writes it, with eight decimals.
        currency: Its code.
        secret: The key of the handler.
        public_key: The shop's public key, where it is known.
    """

    identifier: str
    amount: str
    currency: str
    secret: bytes = field(repr=False)
    public_key: str | None = None

    def fields(self, attack: str = "", /, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
        """The fields of a notification in the gateway's order; it is genuine where nothing changes.

        Args:
            attack: Gives the transaction id.
            changes: Fields that differ; None leaves one out. ``secret``, ``signed_amount`` and ``signed_identifier``
                are what is signed instead.
        """
        identifier, amount = changes.get("identifier", self.identifier), changes.get("amount", self.amount)
        signature = sign(
            changes.get("secret", self.secret),
            changes.get("signed_amount", amount),
            changes.get("signed_identifier", identifier),
        )
        posted = {
            "status": changes.get("status", "success"),
            "signature": changes.get("signature", signature),
            "identifier": identifier,
            "data": {
                "payment_trx": _transaction(self.identifier, attack),
                "amount": amount,
                "payment_type": "checkout",
                "currency": changes.get("currency", self.currency),
            },
        }
        return {name: value for name, value in posted.items() if value is not None}


class Attack(NamedTuple):
    """One way to have an order taken for paid.

    Attributes:
        code: Its name; a finding's, where an audit would find it.
        changes: What differs from the genuine notification, of the order; None where it cannot be tried on this order.
        content_type: What the body is.
        is_late: Whether it comes after the genuine one, whose transaction id it may have.
        keeps_transaction: Whether it has that.
    """

    code: str
    changes: Callable[[Order], Mapping[str, Any] | None]
    content_type: str = FORM_TYPE
    is_late: bool = False
    keeps_transaction: bool = False

    def body(self, order: Order) -> bytes | None:
        """What is posted; None where it cannot be tried on this order."""
        changes = self.changes(order)
        if changes is None:
            return None
        posted = order.fields("" if self.keeps_transaction else self.code, **changes)
        return json.dumps(posted).encode() if self.content_type == JSON_TYPE else http_build_query(posted)


GENUINE: Final = Attack("genuine", lambda _: {}, keeps_transaction=True)
"""What a handler must accept."""
ATTACKS: Final = (
    Attack("signature_missing", lambda _: {"signature": None}),
    Attack("signature_empty", lambda _: {"signature": ""}),
    Attack("signature_invalid", lambda _: {"secret": _GUESSED_SECRET}),
    Attack("signature_copied", lambda _: {"signed_identifier": _OTHER_IDENTIFIER}),
    Attack("signature_array", lambda _: {"signature": [""]}),
    Attack("signature_true", lambda _: {"signature": True}, JSON_TYPE),
    Attack("signature_zero", lambda _: {"signature": 0}, JSON_TYPE),
    Attack("weak_key_empty", lambda _: {"secret": b""}),
    Attack("weak_key_placeholder", lambda _: {"secret": b"YOUR_SECRET_KEY"}),
    Attack("weak_key_public", lambda order: (order.public_key and {"secret": order.public_key.encode()}) or None),
    Attack("amount_raised", lambda _: {"signed_amount": SMALLEST_AMOUNT}),
    Attack("amount_underpaid", lambda _: {"amount": SMALLEST_AMOUNT}),
    Attack("boundary_twin", lambda order: {"amount": order.amount + "1"}),
    Attack("currency_other", lambda order: {"currency": _OTHER_CURRENCIES.get(order.currency, "USD")}),
    Attack("status_failed", lambda _: {"status": "failed"}),
    Attack("status_missing", lambda _: {"status": None}),
    Attack("identifier_other", lambda _: {"identifier": _OTHER_IDENTIFIER}),
    Attack("identifier_case", lambda order: _other_identifier(order, order.identifier.swapcase())),
    Attack("identifier_space", lambda order: {"identifier": order.identifier + " "}),
    Attack("identifier_number", lambda order: {"identifier": "0" + order.identifier} if _is_number(order) else None),
    Attack("replayed", lambda _: {}, is_late=True, keeps_transaction=True),
    Attack("trx_conflict", lambda _: {}, is_late=True),
)
"""What a handler must refuse, in the order in which it is posted."""

ATTACK_SENTENCES: Final = Words(
    "attacks",
    {
        "genuine": "the genuine notification",
        "signature_missing": "no signature at all",
        "signature_empty": "an empty signature",
        "signature_invalid": "signed with a guessed secret",
        "signature_copied": "the signature of another order of the same amount",
        "signature_array": "the signature is a list: signature[0]=",
        "signature_true": "JSON whose signature is true, which a loose comparison holds equal to any text",
        "signature_zero": "JSON whose signature is 0, which old PHP holds equal to any text that begins with a letter",
        "weak_key_empty": "signed with an empty secret",
        "weak_key_placeholder": "signed with YOUR_SECRET_KEY, the documentation's placeholder",
        "weak_key_public": "signed with the public key",
        "amount_raised": "the order's amount under the signature of 0.01",
        "amount_underpaid": "0.01 was really paid for this order, and is rightly signed",
        "boundary_twin": "a payment of another order (1 before its number) whose signed bytes are split elsewhere",
        "currency_other": "another currency, which the signature does not cover",
        "status_failed": "the status failed, which the signature does not cover",
        "status_missing": "no status",
        "identifier_other": "the rightly signed payment of another order",
        "identifier_case": "the identifier in the other case, rightly signed",
        "identifier_space": "the identifier with a blank behind it, rightly signed",
        "identifier_number": "a zero before the identifier, rightly signed: equal as a number",
        "replayed": "the genuine notification once more, byte for byte",
        "trx_conflict": "the genuine notification with another transaction id, which the signature does not cover",
    },
)
"""What is posted."""
ATTACK_REMEDIES: Final = Words(
    "attack_remedies",
    {
        "signature_missing": "refuse a notification without a signature before comparing",
        "signature_empty": "refuse an empty signature before comparing",
        "signature_invalid": "compute the HMAC and compare it; refuse where it differs",
        "signature_copied": "sign the posted amount and the posted identifier themselves",
        "signature_array": "refuse a signature that is not a text; compare with hash_equals",
        "signature_true": "read the form's fields alone; compare with hash_equals, never with ==",
        "signature_zero": "read the form's fields alone; compare with hash_equals, never with ==",
        "weak_key_empty": "stop where no secret is configured",
        "weak_key_placeholder": "put the secret key of the merchant panel in the placeholder's place",
        "weak_key_public": "sign with the secret key, not with the public one",
        "amount_raised": "sign the posted amount, not one of your own",
        "amount_underpaid": "compare the amount with the order's: anybody can pay 0.01 under its identifier",
        "boundary_twin": "accept amounts with exactly eight decimals alone, and identifiers of your own form alone",
        "currency_other": "compare the currency with the order's, and ask the merchant panel where it matters",
        "status_failed": "accept the status success alone",
        "status_missing": "accept the status success alone",
        "identifier_other": "look the order up by the posted identifier, and pay no other",
        "identifier_case": "compare identifiers byte for byte: the database's collation may ignore the case",
        "identifier_space": "compare identifiers byte for byte: the database may ignore a blank at the end",
        "identifier_number": "compare identifiers with ===: == holds 071 equal to 71",
        "replayed": "release an order once: remember which are paid",
        "trx_conflict": "release an order once, whatever transaction id comes with it",
    },
)
"""What to change where it is accepted."""


def _other_identifier(order: Order, identifier: str) -> dict[str, Any] | None:
    return None if identifier == order.identifier else {"identifier": identifier}


def _is_number(order: Order) -> bool:
    return order.identifier.isascii() and order.identifier.isdigit()


def _transaction(identifier: str, attack: str) -> str:
    digest = sha256(f"{identifier} {attack}".encode("utf-8", "surrogatepass")).digest()
    return "".join(_TRX_LETTERS[octet % len(_TRX_LETTERS)] for octet in digest[:_TRX_LENGTH])
