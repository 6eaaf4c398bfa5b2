"""One notification's fields as one row, or why they are none; every form ends here.

The gateway's documentation names the posted fields: ``status``, ``identifier``, ``signature`` and ``data`` with the
amount, currency, transaction id and charge.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from corena_recon.archive.records.exact_json import NumberToken, exact_text, parse_json
from corena_recon.money import decimal_of
from corena_recon.php import read_post
from corena_recon.text import octets_of, text_of
from corena_recon.vocabulary import RAW_MAX_BYTES, Fidelity, Unreadable

IPN_FIELDS: Final = ("status", "identifier", "signature", "data")
DATA_FIELDS: Final = ("amount", "currency", "payment_trx", "payment_type", "charge")
_SCALAR_FIELDS: Final = ("status", "identifier", "signature")

_IPN_FIELD_SET: Final = frozenset(IPN_FIELDS)
_DATA_FIELD_SET: Final = frozenset(DATA_FIELDS)
_NAME_TEXTS: Final = {name.encode(): name for name in (*IPN_FIELDS, *DATA_FIELDS)}
_FLAT_DATA: Final = re.compile(r"data(?:\[[^\[\]]*\])+|data(?:\.[^.\[\]]+)+")
_FLAT_STEP: Final = re.compile(r"\[([^\[\]]*)\]|\.([^.\[\]]+)")
_BODY_PAIR: Final = re.compile(
    rb"(?:^|&)\s*(?:status|identifier|signature|data(?:\[|%5B|=|\.))[^\s=&]*=", re.IGNORECASE
)
_MULTIPART: Final = re.compile(rb"--([^\r\n]{1,200})\r?\ncontent-disposition:", re.IGNORECASE)
_HEAD_BYTES: Final = 4096


class Facts(NamedTuple):
    """What an archive says about a record beside what was posted.

    Attributes:
        received_at: Microseconds since 1970, UTC.
        endpoint: ``live``, ``test`` or None.
        merchant: Whose notification it is.
    """

    received_at: int | None = None
    endpoint: str | None = None
    merchant: str | None = None

    def or_else(self, other: Facts) -> Facts:
        """These facts, with the other's where these are silent."""
        return Facts(
            other.received_at if self.received_at is None else self.received_at,
            other.endpoint if self.endpoint is None else self.endpoint,
            other.merchant if self.merchant is None else self.merchant,
        )


class Posted(NamedTuple):
    """One row, without its source and record number; the fields are those of the notification schema."""

    received_at: int | None = None
    endpoint: str | None = None
    merchant: str | None = None
    status: str | None = None
    identifier: str | None = None
    signature: str | None = None
    currency: str | None = None
    payment_trx: str | None = None
    payment_type: str | None = None
    amount_text: str | None = None
    charge: str | None = None
    extra: str | None = None
    fidelity: str | None = None
    unreadable: str | None = None
    raw: bytes | None = None
    body_ambiguous: bool = False


NO_FACTS: Final = Facts()


def unreadable(why: Unreadable, raw: bytes, facts: Facts = NO_FACTS) -> Posted:
    """The row of a record that cannot be read."""
    return Posted(*facts, unreadable=why.value, raw=raw[:RAW_MAX_BYTES])


def is_body(octets: bytes) -> bool:
    """Whether the bytes look like one posted body of a notification, urlencoded or multipart."""
    head = octets[:_HEAD_BYTES]
    if head[:1] in (b"{", b"[", b"<", b'"'):
        return False
    return _BODY_PAIR.search(head) is not None or _MULTIPART.match(head) is not None


def is_multipart(octets: bytes) -> bool:
    """Whether the bytes begin like a multipart body."""
    return _MULTIPART.match(octets[:_HEAD_BYTES]) is not None


def from_body(
    body: bytes, facts: Facts = NO_FACTS, *, content_type: str | None = None, raw: bytes | None = None
) -> Posted:
    """The row of one posted body, read as PHP fills ``$_POST``.

    Args:
        body: The very bytes that were posted.
        facts: What the archive says beside them.
        content_type: The request's content type; urlencoded when the archive does not say, or multipart where the body
            begins like one.
        raw: The bytes of the whole record, where that is more than the body.
    """
    raw = body if raw is None else raw
    if content_type is None and body[:2] == b"--" and (boundary := _MULTIPART.match(body[:_HEAD_BYTES])):
        content_type = 'multipart/form-data; boundary="' + text_of(boundary[1]) + '"'
    posted = read_post(body, content_type)
    if posted.problem is not None and posted.problem is not Unreadable.BODY_LIMIT:
        return unreadable(posted.problem, raw, facts)
    fields = _text_fields(posted.fields)
    row = _row(fields, fields.get("data"), facts, Fidelity.RAW, posted.ambiguous, raw)
    if posted.problem is Unreadable.BODY_LIMIT:
        return row._replace(unreadable=posted.problem.value, raw=raw[:RAW_MAX_BYTES])
    return row


def carries_a_notification(value: Any) -> bool:  # noqa: ANN401
    """Whether any of the posted fields' names stands in the value: else it is other traffic."""
    return isinstance(value, dict) and (
        any(value.get(name) is not None for name in IPN_FIELDS) or any(map(_FLAT_DATA.fullmatch, value))
    )


def from_fields(
    fields: dict[str, Any],
    facts: Facts,
    *,
    ambiguous: bool = False,
    raw: bytes = b"",
    beside: Collection[str] = (),
) -> Posted:
    """The row of one notification whose values an archive keeps as JSON or cells, nested or flat.

    Args:
        fields: Values as ``exact_json`` reads them.
        facts: What the archive says beside them.
        ambiguous: Whether a key was repeated.
        raw: The bytes of the whole record.
        beside: Names in ``fields`` that the archive added to what was posted.
    """
    if beside:
        fields = {name: value for name, value in fields.items() if name not in beside}
    fields, data, conflicting = _with_nested_data(fields)
    return _row(fields, data, facts, Fidelity.TEXT, ambiguous or conflicting, raw)


def body_text_octets(text: str) -> bytes:
    """The bytes of a body that an archive holds as a JSON string or a cell."""
    return octets_of(exact_text(text))


def _text_fields(fields: Mapping[bytes, Any]) -> dict[str, Any]:
    texts: dict[str, Any] = {}
    for name, value in fields.items():
        text: Any
        if not isinstance(value, bytes):
            text = _text_fields(value)
        else:
            text = value.decode() if value.isascii() else text_of(value)
        texts[_NAME_TEXTS.get(name) or text_of(name)] = text
    return texts


def _row(  # noqa: PLR0917 - positional for speed: every record passes here
    fields: dict[str, Any],
    data: Any,  # noqa: ANN401
    facts: Facts,
    fidelity: Fidelity,
    ambiguous: bool,
    raw: bytes,
) -> Posted:
    if data is None or data == []:
        data = {}
    elif not isinstance(data, dict):
        return unreadable(Unreadable.WRONG_TYPE, raw, facts)
    status, identifier, signature = map(_scalar, map(fields.get, _SCALAR_FIELDS))
    amount, posted_currency, trx, payment_type, posted_charge = map(data.get, DATA_FIELDS)
    amount_text, charge = _scalar(amount), _scalar(posted_charge)
    currency, currency_rest = _currency(posted_currency)
    problem = None
    if posted_charge is not None or not (status and identifier and signature and amount_text):
        problem = _problem(fields, data, has_required=bool(status and identifier and amount_text))
    elif currency is None or not isinstance(trx, str) or not isinstance(payment_type, str):
        problem = _problem(fields, data, has_required=True)
    lost_charge = charge is not None and decimal_of(charge) is None
    return Posted(
        *facts,
        status,
        identifier,
        signature,
        currency,
        _scalar(trx),
        _scalar(payment_type),
        amount_text,
        None if lost_charge else charge,
        None if problem is not None else _extra(fields, data, currency_rest, keeps_charge=lost_charge),
        None if problem is not None else (Fidelity.NUMBER if isinstance(amount, NumberToken) else fidelity).value,
        None if problem is None else problem.value,
        None if problem is None else raw[:RAW_MAX_BYTES],
        ambiguous and problem is None,
    )


def _scalar(value: Any) -> str | None:  # noqa: ANN401
    if isinstance(value, str):
        return value if value.isascii() else exact_text(value)
    return None


def _currency(value: Any) -> tuple[str | None, dict[str, Any] | None]:  # noqa: ANN401
    """The currency's code: older gateways post ``data[currency][code]`` and ``[symbol]``."""
    if isinstance(value, dict):
        return _scalar(value.get("code")), {name: rest for name, rest in value.items() if name != "code"}
    return _scalar(value), None


def _with_nested_data(fields: dict[str, Any]) -> tuple[dict[str, Any], Any, bool]:
    """Top-level fields, the data fields, and whether a data field is given twice and differently."""
    data = fields.get("data")
    conflicting = False
    if isinstance(data, str) and data[:1] == "{":
        data, conflicting, _ = parse_json(body_text_octets(data))
    flat = [name for name in fields if name[:4] == "data" and name != "data" and _FLAT_DATA.fullmatch(name)]
    if not flat and data:
        return fields, data, conflicting
    if data and not isinstance(data, dict):
        return fields, data, True
    data = dict(data or {})
    top = {name: value for name, value in fields.items() if name not in flat}
    for name in flat:
        conflicting |= not _put(data, [a or b for a, b in _FLAT_STEP.findall(name[4:])], fields[name])
    for name in DATA_FIELDS:
        if name in top and name not in data:
            data[name] = top.pop(name)
    return top, data, conflicting


def _put(data: dict[str, Any], path: list[str], value: Any) -> bool:  # noqa: ANN401
    for step in path[:-1]:
        inner = data.setdefault(step, {})
        if not isinstance(inner, dict):
            return False
        data = inner
    if path[-1] in data:
        return bool(data[path[-1]] == value)
    data[path[-1]] = value
    return True


def _problem(fields: dict[str, Any], data: dict[str, Any], *, has_required: bool) -> Unreadable | None:
    posted = [fields.get(name) for name in _SCALAR_FIELDS] + [data.get(name) for name in DATA_FIELDS]
    currency = data.get("currency")
    if isinstance(currency, dict):
        posted = [value for value in posted if value is not currency] + [currency.get("code")]
    if any(value is not None and not isinstance(value, str) for value in posted):
        return Unreadable.WRONG_TYPE
    if has_required:
        return None
    carries_any = bool(data) or any(fields.get(name) is not None for name in IPN_FIELDS)
    return Unreadable.MISSING_FIELD if carries_any else Unreadable.NO_IPN_FIELDS


def _extra(
    fields: dict[str, Any], data: dict[str, Any], currency_rest: dict[str, Any] | None, *, keeps_charge: bool
) -> str:
    if _IPN_FIELD_SET.issuperset(fields) and _DATA_FIELD_SET.issuperset(data) and not (currency_rest or keeps_charge):
        return "{}"
    more = {name: value for name, value in fields.items() if name not in _IPN_FIELD_SET}
    more_data = {name: value for name, value in data.items() if name not in _DATA_FIELD_SET}
    if currency_rest:
        more_data["currency"] = currency_rest
    if keeps_charge:
        more_data["charge"] = data["charge"]
    if more_data:
        more["data"] = more_data
    return exact_text(json.dumps(more, ensure_ascii=False, separators=(",", ":"), default=str))
