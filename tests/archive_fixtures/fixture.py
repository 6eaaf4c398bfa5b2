"""One fixture: the notifications it is made of, and what reading it must give."""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import io
import json
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

HERE = Path(__file__).parent
SECRET = b"an invented secret for archive fixtures"
FORM_TYPE = "application/x-www-form-urlencoded"


class Ipn(NamedTuple):
    identifier: str
    amount: str
    trx: str
    status: str = "success"
    currency: str = "USD"

    @property
    def signature(self) -> str:
        return hmac.new(SECRET, (self.amount + self.identifier).encode(), hashlib.sha256).hexdigest().upper()

    def nested(self) -> dict[str, Any]:
        data = {
            "payment_trx": self.trx,
            "amount": self.amount,
            "payment_type": "checkout",
            "currency": self.currency,
        }
        return {"status": self.status, "signature": self.signature, "identifier": self.identifier, "data": data}

    def flat(self, pattern: str = "data[{}]") -> dict[str, str]:
        nested = self.nested()
        return {name: nested[name] for name in ("status", "signature", "identifier")} | {
            pattern.format(name): value for name, value in nested["data"].items()
        }

    def body(self) -> str:
        return urlencode(self.flat())


A = Ipn("ORD1001", "11.00000000", "AB12CD34EF56")
B = Ipn("00123", "1250.50000000", "ZZ9XYA1B2C3D")
C = Ipn("café-7", "0.10000000", "QWERTY123456")
D = Ipn("1E5", "99.99000000", "M1N2B3V4C5X6", currency="EUR")
FAILED = Ipn("ORD1002", "5.00000000", "FAILED123456", status="failed")


class Want(NamedTuple):
    """One expected row."""

    identifier: str | None
    amount_text: str | None
    received_at: str | None = None
    fidelity: str | None = "raw"
    unreadable: str | None = None
    body_ambiguous: bool = False


def row(ipn: Ipn, at: str | None = None, fidelity: str = "raw", **more: Any) -> Want:
    return Want(ipn.identifier, ipn.amount, at, fidelity, **more)


def bad(why: str, at: str | None = None, identifier: str | None = None, amount: str | None = None) -> Want:
    return Want(identifier, amount, at, None, why)


EXPECTED: dict[str, Any] = {}


def write(path: str, content: str | bytes, wants: list[Want], *, other: int = 0, truncated: bool = False) -> None:
    octets = content.encode() if isinstance(content, str) else content
    file = HERE / path
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(octets)
    EXPECTED[path] = {
        "form": path.split("/", maxsplit=1)[0],
        "other": other,
        "truncated": truncated,
        "rows": [want._asdict() for want in wants],
    }


def pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def lines(values: list[Any], end: str = "\n") -> str:
    return "".join((one if isinstance(one, str) else json.dumps(one)) + end for one in values)


def base64_of(octets: str | bytes) -> str:
    return base64.b64encode(octets.encode() if isinstance(octets, str) else octets).decode()


def csv_text(header: list[str], rows: list[list[Any]], **dialect: Any) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", **dialect)
    writer.writerows([header, *rows])
    return out.getvalue()
