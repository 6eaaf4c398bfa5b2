"""What the sandbox delivers for a payment: the genuine notification, or what goes wrong with it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from corena_recon.languages import Words
from corena_recon.sandbox.gateway import Notification, notification
from corena_recon.vocabulary import Mode

if TYPE_CHECKING:
    from collections.abc import Callable

    from corena_recon.sandbox.gateway import Gateway, Payment


class Mischief(StrEnum):
    """What happens to a notification on its way."""

    NONE = "none"
    DROP = "drop"
    DELAY = "delay"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    TAMPER = "tamper"
    REPLAY = "replay"
    FORGE = "forge"
    TEST_KEY = "test_key"


DESCRIPTIONS: Final = Words(
    "mischief",
    {
        Mischief.NONE: "Nothing: one genuine notification",
        Mischief.DROP: "Drop it",
        Mischief.DELAY: "Deliver it late",
        Mischief.DUPLICATE: "Deliver it twice",
        Mischief.REORDER: "Deliver it after the next one",
        Mischief.TAMPER: "Alter the amount on the way",
        Mischief.REPLAY: "Replay it with another transaction id",
        Mischief.FORGE: "Send a forged one first",
        Mischief.TEST_KEY: "Sign it with the other mode's key",
    },
)
"""What the checkout page calls each."""

_FORGERS_SECRET = b"what a forger guesses"


class Plan(NamedTuple):
    """What is delivered for one payment.

    Attributes:
        now: At once, in this order.
        late: After the sandbox's delay.
        behind_next: After the next payment's.
    """

    now: tuple[Notification, ...] = ()
    late: tuple[Notification, ...] = ()
    behind_next: tuple[Notification, ...] = ()


def plan(gateway: Gateway, payment: Payment, mischief: Mischief) -> Plan:
    """What to deliver for a payment that was just paid.

    Args:
        gateway: Signs, and gives fresh transaction ids.
        payment: The payment.
        mischief: What goes wrong.

    Returns:
        For ``tamper`` the amount is tenfold under the signature of the true one; for ``replay`` the genuine
        one is followed by itself under another transaction id, which the signature does not cover; for
        ``forge`` one signed with a guessed secret comes before the genuine one; for ``test_key`` the other
        mode's secret signs.
    """
    genuine = gateway.notification_of(payment)
    plans: dict[Mischief, Callable[[], Plan]] = {
        Mischief.NONE: lambda: Plan(now=(genuine,)),
        Mischief.DROP: Plan,
        Mischief.DELAY: lambda: Plan(late=(genuine,)),
        Mischief.DUPLICATE: lambda: Plan(now=(genuine, genuine)),
        Mischief.REORDER: lambda: Plan(behind_next=(genuine,)),
        Mischief.TAMPER: lambda: Plan(now=(_with_data(genuine, amount=_tenfold(payment)),)),
        Mischief.REPLAY: lambda: Plan(now=(genuine, _with_data(genuine, payment_trx=gateway.new_trx()))),
        Mischief.FORGE: lambda: Plan(now=(forged(gateway, payment), genuine)),
        Mischief.TEST_KEY: lambda: Plan(now=(gateway.notification_of(payment, signed_as=_other_mode(payment)),)),
    }
    return plans[mischief]()


def forged(gateway: Gateway, payment: Payment) -> Notification:
    """What somebody without the secret can post for a payment: all right but the signature."""
    return notification(
        payment.ipn_url,
        _FORGERS_SECRET,
        amount=f"{payment.amount:f}",
        identifier=payment.identifier,
        trx=gateway.new_trx(),
        currency=payment.currency,
    )


def _tenfold(payment: Payment) -> str:
    return f"{payment.amount * 10:f}"


def _other_mode(payment: Payment) -> Mode:
    return Mode.LIVE if payment.mode is Mode.TEST else Mode.TEST


def _with_data(genuine: Notification, **changes: str) -> Notification:
    data = genuine.fields["data"]
    changed = {**data, **changes} if isinstance(data, dict) else data
    return genuine._replace(fields={**genuine.fields, "data": changed})
