"""Notifications and orders for tests, signed with the standard library and not with the package."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

import corena_recon as cr

if TYPE_CHECKING:
    from corena_recon.demonstration.specimens import Specimen

SECRET = "invented-for-tests-7f3a"


def signature(amount: str, identifier: str, secret: str = SECRET) -> str:
    """The documentation's recipe: strtoupper(hash_hmac('sha256', amount . identifier, secret))."""
    return hmac.new(secret.encode(), (amount + identifier).encode(), hashlib.sha256).hexdigest().upper()


def ipn(identifier: str, amount: str = "11.00000000", trx: str | None = None, **changes: Any) -> dict[str, Any]:
    """One genuine notification as nested JSON; ``changes`` name top-level fields, ``data_*`` those of data.

    Without ``trx`` the transaction id is the identifier's own.
    """
    data = {
        "payment_trx": f"TRX{identifier}" if trx is None else trx,
        "amount": amount,
        "payment_type": "checkout",
        "currency": "USD",
    }
    data.update({name[5:]: value for name, value in changes.items() if name.startswith("data_")})
    posted = {
        "status": "success",
        "signature": signature(amount, identifier),
        "identifier": identifier,
        "data": data,
        **{name: value for name, value in changes.items() if not name.startswith("data_")},
    }
    return {name: value for name, value in posted.items() if value is not None}


def jsonl(*notifications: dict[str, Any]) -> bytes:
    """The notifications as JSON lines."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in notifications)


def ring(**changes: Any) -> cr.KeyRing:
    """A ring of the one live key."""
    return cr.KeyRing([cr.Key(**{"id": "live", "secret": SECRET, "mode": "live", **changes})])


def ring_of(specimen: Specimen) -> cr.KeyRing:
    """The ring of an invented shop."""
    return cr.KeyRing(cr.Key(**asdict(key)) for key in specimen.keys)


def verified(*notifications: dict[str, Any], **options: Any) -> pd.DataFrame:
    """The notifications read and verified with the one live key."""
    return cr.verify(cr.read_ipns(jsonl(*notifications)), ring(), **options)


def orders(*rows: tuple[str, str, str, str], header: str = "order_id,total,currency,status") -> pd.DataFrame:
    """Orders read from a CSV of these rows."""
    return cr.read_orders("\n".join([header, *(",".join(row) for row in rows), ""]).encode())


class OnlyArrow:
    """A table that offers Arrow's capsule and nothing else, as another library's frame."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The stream of its rows."""
        return self._table.__arrow_c_stream__(requested_schema)
