"""The lines of a specimen's archives: one notification as each of the four forms writes it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NESTED, BODIES, EXPORT, ENVELOPES = (
    "ipn-nested.jsonl",
    "ipn-bodies.txt",
    "ipn-export.csv",
    "ipn-envelopes.jsonl",
)
"""The archives: nested JSON lines, urlencoded bodies, flat CSV, JSON envelopes around posted bodies."""
ARCHIVES: Final = (NESTED, BODIES, EXPORT, ENVELOPES)
EXPORT_HEADER: Final = "received_at,status,signature,identifier,payment_trx,amount,payment_type,currency"
STARTED_AT: Final = datetime(2025, 12, 1, tzinfo=UTC)
"""When the first order was made; seconds are counted from here."""

_TIMES_OF_DAY: Final = tuple(f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(1440))


def moment(at_s: int) -> str:
    """The second of the specimen as ISO 8601 in UTC."""
    day, second = divmod(at_s, 86400)
    return f"{_day(day)}T{_TIMES_OF_DAY[second // 60]}:{second % 60:02d}Z"


def plain_line(source: str, arrived: str, values: tuple[str, str, str, str]) -> str:
    """The same text as ``line_of`` for values that need no escaping, and several times faster."""
    signature, identifier, trx, amount = values
    if source == NESTED:
        data = f'"payment_trx": "{trx}", "amount": "{amount}", "payment_type": "checkout", "currency": "USD"'
        return (
            f'{{"status": "success", "signature": "{signature}", "identifier": "{identifier}", '
            f'"data": {{{data}}}, "received_at": "{arrived}"}}'
        )
    if source == EXPORT:
        return f"{arrived},success,{signature},{identifier},{trx},{amount},checkout,USD"
    body = (
        f"status=success&signature={signature}&identifier={identifier}&data%5Bpayment_trx%5D={trx}"
        f"&data%5Bamount%5D={amount}&data%5Bpayment_type%5D=checkout&data%5Bcurrency%5D=USD"
    )
    return body if source == BODIES else _envelope(arrived, body, {"endpoint": "live"})


def line_of(source: str, arrived: str, fields: dict[str, str | bytes | None], facts: Mapping[str, str]) -> str:
    """One notification in the form of the archive; a field that is None is left out."""
    if source == EXPORT:
        return csv_line((arrived, *(str(value or "") for value in fields.values())))
    posted = {name: value for name, value in fields.items() if value is not None}
    top = {name: posted.pop(name) for name in ("status", "signature", "identifier") if name in posted}
    if source == NESTED:
        return json.dumps({**top, "data": posted, "received_at": arrived})
    pairs = [*top.items(), *((f"data[{name}]", value) for name, value in posted.items())]
    body = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)
    return body if source == BODIES else _envelope(arrived, body, {"endpoint": "live", **facts})


def csv_line(cells: tuple[str, ...]) -> str:
    """The cells as a line of CSV."""
    return ",".join(_quoted(cells))


@cache
def _day(days: int) -> str:
    return (STARTED_AT + timedelta(days=days)).strftime("%Y-%m-%d")


def _envelope(arrived: str, body: str, facts: Mapping[str, str]) -> str:
    quoted = "".join(f'"{name}": "{value}", ' for name, value in facts.items())
    return (
        f'{{"received_at": "{arrived}", {quoted}"content_type": "application/x-www-form-urlencoded", "body": "{body}"}}'
    )


def _quoted(cells: tuple[str, ...]) -> Iterator[str]:
    for cell in cells:
        yield '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\r\n') else cell
