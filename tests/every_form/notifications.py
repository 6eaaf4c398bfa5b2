"""The notifications that every form writes: honest, signed, and the same for the same count."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import quote_plus

SECRET: Final = "invented-for-every-form-51c2"
FORM_TYPE: Final = "application/x-www-form-urlencoded"
_STARTED_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_TRX_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789"
_TRX_TABLE: Final = bytes(_TRX_LETTERS[octet % len(_TRX_LETTERS)] for octet in range(256))


class Notification(NamedTuple):
    """One genuine notification and when it came."""

    number: int
    at: datetime
    identifier: str
    amount: str
    trx: str
    signature: str
    currency: str = "USD"
    payment_type: str = "checkout"

    @property
    def day_and_time(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"

    @property
    def iso(self) -> str:
        return f"{self.at:%Y-%m-%dT%H:%M:%SZ}"

    def nested(self) -> dict[str, Any]:
        return {
            "status": "success",
            "signature": self.signature,
            "identifier": self.identifier,
            "data": {
                "payment_trx": self.trx,
                "amount": self.amount,
                "payment_type": self.payment_type,
                "currency": self.currency,
            },
        }

    def flat(self, pattern: str = "data[{}]") -> dict[str, str]:
        posted = self.nested()
        data = posted.pop("data")
        return posted | {pattern.format(name): value for name, value in data.items()}

    def body(self) -> str:
        """As PHP's ``http_build_query`` writes it."""
        return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in self.flat().items())


Notifications = Sequence[Notification]


def notifications(count: int) -> list[Notification]:
    """So many notifications, one a minute, of amounts that have 3 to 6 digits before their eight decimals."""
    key = hmac.new(SECRET.encode(), digestmod=hashlib.sha256)
    chance = hashlib.shake_128(b"every form").digest(count * 16)
    letters = chance.translate(_TRX_TABLE).decode()
    made = []
    for number in range(count):
        place = number * 16
        cents = 100 + int.from_bytes(chance[place + 12 : place + 16], "big") % 99_999_900
        identifier, amount = f"CMD-{number:08d}", f"{cents // 100}.{cents % 100:02d}000000"
        signing = key.copy()
        signing.update((amount + identifier).encode())
        at = _STARTED_AT + timedelta(seconds=60 * number + number % 60)
        trx = letters[place : place + 12]
        made.append(Notification(number, at, identifier, amount, trx, signing.hexdigest().upper()))
    return made
