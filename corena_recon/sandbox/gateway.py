"""The sandbox gateway's state and decisions: merchants, keys, payments; it knows no socket and no page.

Every method may be called from several threads.
"""

from __future__ import annotations

import hmac
import random
import string
import threading
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from corena_recon.errors import GatewayRefused, OptionError
from corena_recon.php import http_build_query
from corena_recon.sandbox.rules import complaints_of, field_of, stored_amount
from corena_recon.signing import Key, KeyRing, sign
from corena_recon.text import text_of
from corena_recon.vocabulary import PUBLIC_KEY_MAX_CHARACTERS, Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from corena_recon.php.variables import PostValue

CHARGE_PERCENT: Final = Decimal(2)
"""What the sandbox keeps of a payment; it shows in the ledger alone, never in a notification."""

_TRX_ALPHABET = string.ascii_uppercase + "123456789"
_KEY_ALPHABET = string.digits + string.ascii_lowercase.replace("o", "")
_TOKEN_ALPHABET = string.ascii_letters + string.digits
_KEY_PREFIXES = {Mode.LIVE: "pro", Mode.TEST: "test"}


class PaymentState(StrEnum):
    """How far a payment has come."""

    INITIATED = "initiated"
    PAID = "paid"
    CANCELLED = "cancelled"


class KeySet:
    """The four keys that a merchant has at one time; regenerating replaces them all at once.

    Args:
        public_keys: The public key of each mode.
        secret_keys: The secret key of each mode.
        since: From when they are in force.
    """

    __slots__ = ("_secret_keys", "public_keys", "since")

    def __init__(self, public_keys: dict[Mode, str], secret_keys: dict[Mode, str], since: datetime) -> None:
        self.public_keys = public_keys
        self.since = since
        self._secret_keys = secret_keys

    def secret_bytes(self, mode: Mode) -> bytes:
        """The secret key of a mode, for signing alone."""
        return self._secret_keys[mode].encode("ascii")

    def secret_text(self, mode: str) -> str:
        """The secret key of a mode, for the shop's own configuration."""
        return self._secret_keys[Mode(mode)]

    def __repr__(self) -> str:
        return f"KeySet(public_keys={self.public_keys!r}, secret_keys=…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are never pickled or copied: they hold secrets")


class Merchant:
    """A merchant of the sandbox.

    Args:
        name: What tells merchants apart.
        keys: The keys in force.
    """

    def __init__(self, name: str, keys: KeySet) -> None:
        self.name = name
        self.key_sets = [keys]

    @property
    def keys(self) -> KeySet:
        """The keys in force."""
        return self.key_sets[-1]

    @property
    def live_public_key(self) -> str:
        """The public key for ``/payment/initiate``."""
        return self.keys.public_keys[Mode.LIVE]

    @property
    def test_public_key(self) -> str:
        """The public key for ``/test/payment/initiate``."""
        return self.keys.public_keys[Mode.TEST]

    def key_ring(self) -> KeyRing:
        """Every secret this merchant ever had, with its validity, for verifying notifications."""
        ends = [later.since for later in self.key_sets[1:]] + [None]
        return KeyRing(
            Key(
                id=f"{self.name}-{mode}-{number}",
                secret=keys.secret_bytes(mode),
                mode=mode,
                merchant=self.name,
                valid_from=keys.since,
                valid_until=end,
            )
            for number, (keys, end) in enumerate(zip(self.key_sets, ends, strict=True), start=1)
            for mode in Mode
        )

    def __repr__(self) -> str:
        return f"Merchant(name={self.name!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One payment from its initiation on; texts are as posted, trimmed.

    Attributes:
        merchant: The merchant's name.
        mode: ``live`` or ``test``.
        state: How far it has come.
        trx: The transaction id that its notification carries.
        deposit_trx: The other id, which the merchant panel's exports carry.
        token: What its checkout address carries.
        form_token: What its checkout form carries against forged clicks.
        identifier: The merchant's own name for it, bytes as posted.
        currency: Bytes as posted.
        amount: As stored, with eight decimals.
        details: What is paid.
        ipn_url: Where its notification goes.
        success_url: Where the payer goes after paying.
        cancel_url: Where the payer goes after cancelling.
        site_name: The shop's name.
        customer: The payer's name.
        is_dark: Whether the dark checkout page was asked for.
        created_at: When it was initiated.
        settled_at: When it was paid or cancelled.
    """

    merchant: str
    mode: Mode
    state: PaymentState = PaymentState.INITIATED
    trx: str
    deposit_trx: str
    token: str
    form_token: str
    identifier: bytes
    currency: bytes
    amount: Decimal
    details: str
    ipn_url: str
    success_url: str
    cancel_url: str
    site_name: str
    customer: str
    is_dark: bool
    created_at: datetime
    settled_at: datetime | None = None

    @property
    def charge(self) -> Decimal:
        """What the gateway keeps."""
        return (self.amount * CHARGE_PERCENT / 100).quantize(self.amount, rounding="ROUND_HALF_UP")


class Notification(NamedTuple):
    """What is posted to a shop.

    Attributes:
        url: Where to.
        fields: The posted parameters in the gateway's order.
    """

    url: str
    fields: dict[str, str | bytes | dict[str, str | bytes]]

    @property
    def body(self) -> bytes:
        """The bytes, as PHP's ``http_build_query`` writes them."""
        return http_build_query(self.fields)

    @property
    def identifier(self) -> bytes:
        """The merchant's own name for the payment."""
        value = self.fields["identifier"]
        return value if isinstance(value, bytes) else b""


class Gateway:
    """The gateway's memory.

    Args:
        merchants: Their names.
        seed: The same seed gives the same keys, tokens and transaction ids; None gives unpredictable ones.
        currencies: Which currencies it takes.
        clock: Gives the current moment, with its zone.

    Raises:
        OptionError: No merchant, or two of one name.
    """

    def __init__(
        self,
        merchants: Sequence[str],
        *,
        seed: int | None,
        currencies: frozenset[str],
        clock: Callable[[], datetime],
    ) -> None:
        if not merchants or len(set(merchants)) != len(merchants) or not all(merchants):
            raise OptionError("merchants need at least one name, each its own", hint="for example merchants={'shop'}")
        self._random = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311 - a rehearsal
        self._clock = clock
        self._currencies = currencies
        self._lock = threading.RLock()
        self._payments: dict[str, Payment] = {}
        self.merchants = {name: Merchant(name, self._new_keys()) for name in merchants}
        self.panel_token = self._token(43)

    def initiate(self, fields: Mapping[bytes, PostValue], mode: Mode) -> Payment:
        """Take a payment.

        Args:
            fields: What PHP reads from the posted body.
            mode: Which endpoint it came to.

        Raises:
            GatewayRefused: ``messages`` are the gateway's words.
        """
        complaints = complaints_of(fields)
        if complaints:
            raise _refusal(*complaints)
        texts = {name: _bytes(field_of(fields, name)) for name in _STORED}
        with self._lock:
            merchant = self._merchant_of(text_of(texts["public_key"]), mode)
            if text_of(texts["currency"]) not in self._currencies:
                raise _refusal("Currency or gateway method not supported")
            payment = self._payment(merchant, mode, texts)
            self._payments[payment.token] = payment
        return payment

    def payment_of(self, token: str) -> Payment | None:
        """The payment of a checkout address, or None."""
        with self._lock:
            return self._payments.get(token)

    def settle(self, token: str, state: PaymentState, form_token: str | None = None) -> Payment | None:
        """Mark a payment as paid or cancelled, once; None where it is unknown, settled or the form forged."""
        with self._lock:
            payment = self._payments.get(token)
            if payment is None or payment.state is not PaymentState.INITIATED:
                return None
            if form_token is not None and not is_same(form_token, payment.form_token):
                return None
            settled = replace(payment, state=state, settled_at=self._clock())
            self._payments[token] = settled
            return settled

    def regenerate_keys(self, name: str) -> Merchant:
        """Replace all four keys of a merchant at once."""
        with self._lock:
            merchant = self.merchants[name]
            merchant.key_sets.append(self._new_keys())
            return merchant

    def payments(self) -> tuple[Payment, ...]:
        """Every payment in the order of initiation."""
        with self._lock:
            return tuple(self._payments.values())

    def notification_of(self, payment: Payment, *, signed_as: Mode | None = None) -> Notification:
        """The notification of a payment, signed with the merchant's key of its mode, or of another."""
        with self._lock:
            secret = self.merchants[payment.merchant].keys.secret_bytes(signed_as or payment.mode)
        return notification(
            payment.ipn_url,
            secret,
            amount=f"{payment.amount:f}",
            identifier=payment.identifier,
            trx=payment.trx,
            currency=payment.currency,
        )

    def new_trx(self) -> str:
        """A transaction id: twelve of A-Z and 1-9."""
        with self._lock:
            return "".join(self._random.choices(_TRX_ALPHABET, k=12))

    def _merchant_of(self, public_key: str, mode: Mode) -> Merchant:
        for merchant in self.merchants.values():
            if merchant.keys.public_keys[mode] == public_key:
                return merchant
        raise _refusal("Invalid api key")

    def _payment(self, merchant: Merchant, mode: Mode, texts: Mapping[str, bytes]) -> Payment:
        return Payment(
            merchant=merchant.name,
            mode=mode,
            trx=self.new_trx(),
            deposit_trx=self.new_trx(),
            token=self._token(64),
            form_token=self._token(43),
            identifier=texts["identifier"],
            currency=texts["currency"],
            amount=stored_amount(texts["amount"]),
            details=text_of(texts["details"]),
            ipn_url=texts["ipn_url"].decode(),
            success_url=texts["success_url"].decode(),
            cancel_url=texts["cancel_url"].decode(),
            site_name=text_of(texts["site_name"]),
            customer=text_of(texts["customer.first_name"] + b" " + texts["customer.last_name"]),
            is_dark=texts["checkout_theme"] == b"dark",
            created_at=self._clock(),
        )

    def _new_keys(self) -> KeySet:
        public_keys, secret_keys = (
            {mode: self._key(prefix) for mode, prefix in _KEY_PREFIXES.items()} for _ in range(2)
        )
        return KeySet(public_keys, secret_keys, self._clock())

    def _key(self, prefix: str) -> str:
        length = PUBLIC_KEY_MAX_CHARACTERS - len(prefix) - 1
        return f"{prefix}_{''.join(self._random.choices(_KEY_ALPHABET, k=length))}"

    def _token(self, length: int) -> str:
        return "".join(self._random.choices(_TOKEN_ALPHABET, k=length))


def notification(url: str, secret: bytes, *, amount: str, identifier: bytes, trx: str, currency: bytes) -> Notification:
    """A success notification, its fields in the order in which gateways of the family post them."""
    return Notification(
        url,
        {
            "status": "success",
            "signature": sign(secret, amount, identifier),
            "identifier": identifier,
            "data": {
                "payment_trx": trx,
                "amount": amount,
                "payment_type": "checkout",
                "currency": currency,
            },
        },
    )


def is_same(claimed: str, expected: str) -> bool:
    """Whether two tokens are the same, compared in constant time."""
    return hmac.compare_digest(claimed.encode("utf-8", "surrogatepass"), expected.encode("ascii"))


def _refusal(*messages: str) -> GatewayRefused:
    return GatewayRefused(f"the sandbox refuses the payment: {', '.join(messages)}", messages=messages)


def _bytes(value: PostValue | None) -> bytes:
    return value if isinstance(value, bytes) else b""


_STORED = (
    "public_key",
    "identifier",
    "currency",
    "amount",
    "details",
    "ipn_url",
    "success_url",
    "cancel_url",
    "site_name",
    "checkout_theme",
    "customer.first_name",
    "customer.last_name",
)
