"""One record of an archive as one row: what was posted, what the archive says about it, or why it cannot be read.

Every form ends here. The gateway's documentation names the posted fields: ``status``, ``identifier``, ``signature`` and
``data`` with the amount, currency, transaction id and charge.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from corena_recon.archive.exact_json import NumberToken, exact_text, parse_json
from corena_recon.archive.instants import instant_of
from corena_recon.money import decimal_of
from corena_recon.php_form import read_post
from corena_recon.text import octets_of, text_of
from corena_recon.vocabulary import RAW_MAX_BYTES, Fidelity, Mode, Unreadable

BODY_CELLS: Final = ("payload", "body", "content", "raw", "request", "api_response", "gateway_response")
"""Cells of an envelope, a CSV row or a table row that hold a whole body or JSON object."""
IPN_FIELDS: Final = ("status", "identifier", "signature", "data")
DATA_FIELDS: Final = ("amount", "currency", "payment_trx", "payment_type", "charge")

_SEARCH_DEPTH: Final = 3
_FACT_NAMES: Final = {
    "received_at": ("received_at", "receivedAt", "created_at", "createdAt", "timestamp", "ingested_at", "time"),
    "endpoint": ("endpoint",),
    "merchant": ("merchant",),
}
_FLAT_DATA: Final = re.compile(r"data(?:\[[^\[\]]*\])+|data\.[^.]+(?:\.[^.]+)*")
_FLAT_STEP: Final = re.compile(r"\[([^\[\]]*)\]|\.([^.\[\]]+)")


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
        return Facts(*(mine if mine is not None else theirs for mine, theirs in zip(self, other, strict=True)))


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


def from_body(
    body: bytes, facts: Facts = NO_FACTS, *, content_type: str | None = None, raw: bytes | None = None
) -> Posted:
    """The row of one posted body, read as PHP fills ``$_POST``.

    Args:
        body: The very bytes that were posted.
        facts: What the archive says beside them.
        content_type: The request's content type; urlencoded when the archive does not say.
        raw: The bytes of the whole record, where that is more than the body.
    """
    raw = body if raw is None else raw
    if content_type is None and body.startswith(b"--"):
        content_type = _sniffed_multipart(body)
    posted = read_post(body, content_type)
    if posted.problem is not None and posted.problem is not Unreadable.BODY_LIMIT:
        return unreadable(posted.problem, raw, facts)
    fields = _text_fields(posted.fields)
    row = from_fields(fields, facts, fidelity=Fidelity.RAW, ambiguous=posted.ambiguous, raw=raw)
    if posted.problem is Unreadable.BODY_LIMIT:
        return row._replace(unreadable=posted.problem.value, raw=raw[:RAW_MAX_BYTES])
    return row


def from_json(octets: bytes, facts: Facts = NO_FACTS) -> Posted:
    """The row of one JSON text: a notification, or an envelope around one."""
    parsed = parse_json(octets)
    if parsed.problem is not None:
        return unreadable(parsed.problem, octets, facts)
    return from_value(parsed.value, facts, ambiguous=parsed.repeats_a_key, raw=octets)


def from_value(value: Any, facts: Facts = NO_FACTS, *, ambiguous: bool = False, raw: bytes = b"") -> Posted:  # noqa: ANN401
    """The row of one parsed JSON value or of one row of a table."""
    if not isinstance(value, dict):
        return unreadable(Unreadable.NOT_AN_OBJECT, raw, facts)
    found = _locate(value, facts)
    if found is None:
        return unreadable(Unreadable.NO_IPN_FIELDS, raw, facts_of(value).or_else(facts))
    carried, its_facts, content_type, more_ambiguous = found
    if isinstance(carried, bytes):
        row = from_body(carried, its_facts, content_type=content_type, raw=raw)
        return row._replace(body_ambiguous=True) if ambiguous and row.unreadable is None else row
    return from_fields(carried, its_facts, fidelity=Fidelity.TEXT, ambiguous=ambiguous or more_ambiguous, raw=raw)


def carries_a_notification(value: Any) -> bool:  # noqa: ANN401
    """Whether any of the posted fields' names stands in the value: else it is other traffic."""
    return isinstance(value, dict) and (
        any(name in value for name in IPN_FIELDS) or any(map(_FLAT_DATA.fullmatch, value))
    )


def facts_of(envelope: Mapping[str, Any]) -> Facts:
    """What an envelope's own keys say about time, endpoint and merchant."""
    received_at = next(
        (
            moment
            for name in _FACT_NAMES["received_at"]
            if (moment := instant_of(_scalar(envelope.get(name)))) is not None
        ),
        None,
    )
    endpoint = _scalar(envelope.get("endpoint"))
    merchant = _scalar(envelope.get("merchant"))
    return Facts(received_at, endpoint if endpoint in tuple(Mode) else None, merchant or None)


def from_fields(
    fields: dict[str, Any], facts: Facts, *, fidelity: Fidelity, ambiguous: bool = False, raw: bytes = b""
) -> Posted:
    """The row of one notification's fields, nested or flat, each value exact text."""
    fields, data, conflicting = _with_nested_data(fields)
    if data is None:
        return unreadable(Unreadable.WRONG_TYPE, raw, facts)
    values = [_scalar(fields.get(name)) for name in ("status", "identifier", "signature")]
    currency, currency_rest = _currency(data.get("currency"))
    charge = _scalar(data.get("charge"))
    amount = data.get("amount")
    row = Posted(
        *facts,
        *values,
        currency,
        _scalar(data.get("payment_trx")),
        _scalar(data.get("payment_type")),
        _scalar(amount),
        charge if charge is not None and decimal_of(charge) is not None else None,
        fidelity=(Fidelity.NUMBER if isinstance(amount, NumberToken) else fidelity).value,
        body_ambiguous=ambiguous or conflicting,
    )
    problem = _problem(fields, data, row)
    if problem is not None:
        return row._replace(unreadable=problem.value, raw=raw[:RAW_MAX_BYTES], fidelity=None, body_ambiguous=False)
    return row._replace(extra=_extra(fields, data, row, currency_rest))


def body_text_octets(text: str) -> bytes:
    """The bytes of a body that an archive holds as a JSON string or a cell."""
    return octets_of(exact_text(text))


def _sniffed_multipart(body: bytes) -> str | None:
    first_line, _, rest = body.partition(b"\r\n")
    if b"content-disposition" in rest[:200].lower():
        return "multipart/form-data; boundary=" + first_line[2:].decode("latin-1")
    return None


def _text_fields(fields: Mapping[bytes, Any]) -> dict[str, Any]:
    return {
        text_of(name): _text_fields(value) if isinstance(value, dict) else text_of(value)
        for name, value in fields.items()
    }


def _scalar(value: Any) -> str | None:  # noqa: ANN401
    if isinstance(value, str):
        return exact_text(value)
    return None


def _currency(value: Any) -> tuple[str | None, dict[str, Any] | None]:  # noqa: ANN401
    """The currency's code: older gateways post ``data[currency][code]`` and ``[symbol]``."""
    if isinstance(value, dict):
        return _scalar(value.get("code")), {name: rest for name, rest in value.items() if name != "code"}
    return _scalar(value), None


def _with_nested_data(fields: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None, bool]:
    """Top-level fields, the data fields, and whether two spellings of a data field disagree; data None: wrong type."""
    data = fields.get("data")
    if isinstance(data, str) and data[:1] == "{":
        parsed = parse_json(body_text_octets(data))
        data = parsed.value
    if data is not None and not isinstance(data, dict):
        return fields, None, False
    flat = [name for name in fields if name[:4] == "data" and name != "data" and _FLAT_DATA.fullmatch(name)]
    if not flat and data:
        return fields, data, False
    data = dict(data or {})
    conflicting = False
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


def _problem(fields: dict[str, Any], data: dict[str, Any], row: Posted) -> Unreadable | None:
    currency = data.get("currency")
    scalars = [fields.get(name) for name in ("status", "identifier", "signature")]
    scalars += [data.get(name) for name in DATA_FIELDS if name != "currency"]
    scalars.append(currency.get("code") if isinstance(currency, dict) else currency)
    if any(value is not None and not isinstance(value, str) for value in scalars):
        return Unreadable.WRONG_TYPE
    if not row.status or not row.identifier or not row.amount_text:
        known = (row.status, row.identifier, row.signature, row.amount_text)
        return Unreadable.NO_IPN_FIELDS if all(value is None for value in known) else Unreadable.MISSING_FIELD
    return None


def _extra(fields: dict[str, Any], data: dict[str, Any], row: Posted, currency_rest: dict[str, Any] | None) -> str:
    was_posted = row.fidelity == Fidelity.RAW
    more = {
        name: value
        for name, value in fields.items()
        if name not in IPN_FIELDS and (was_posted or name not in Facts._fields or getattr(row, name) is None)
    }
    more_data = {name: value for name, value in data.items() if name not in DATA_FIELDS}
    if currency_rest:
        more_data["currency"] = currency_rest
    if data.get("charge") is not None and row.charge is None:
        more_data["charge"] = data["charge"]
    if more_data:
        more["data"] = more_data
    if not more:
        return "{}"
    return exact_text(json.dumps(more, ensure_ascii=False, separators=(",", ":"), default=str))


_Located = tuple[dict[str, Any] | bytes, Facts, str | None, bool]


def _locate(value: dict[str, Any], outer: Facts) -> _Located | None:
    """The notification in an object: its fields, or the body that holds them, with what its envelopes say."""
    level: list[tuple[dict[str, Any], Facts, bool]] = [(value, outer, False)]
    for _ in range(_SEARCH_DEPTH + 1):
        inner: list[tuple[dict[str, Any], Facts, bool]] = []
        for candidate, facts, ambiguous in level:
            its_facts = facts_of(candidate).or_else(facts)
            is_envelope = not ({"signature", "identifier"} & candidate.keys())
            body = _body_octets(candidate) if is_envelope else None
            if body is not None:
                return body, its_facts, _content_type(candidate), ambiguous
            if carries_a_notification(candidate) and _looks_whole(candidate):
                return candidate, its_facts, None, ambiguous
            inner.extend((child, its_facts, ambiguous or again) for child, again in _children(candidate))
        if not inner:
            break
        level = inner
    return (value, facts_of(value).or_else(outer), None, False) if carries_a_notification(value) else None


def _looks_whole(candidate: dict[str, Any]) -> bool:
    return "signature" in candidate or "identifier" in candidate or not any(_children(candidate))


def _children(value: dict[str, Any]) -> Iterator[tuple[dict[str, Any], bool]]:
    for name, child in value.items():
        if isinstance(child, dict):
            yield child, False
        elif isinstance(child, str) and name in BODY_CELLS and child.lstrip()[:1] == "{":
            parsed = parse_json(body_text_octets(child))
            if isinstance(parsed.value, dict):
                yield parsed.value, parsed.repeats_a_key


def _body_octets(envelope: dict[str, Any]) -> bytes | None:
    for name in ("body_base64", "body_b64"):
        if isinstance(envelope.get(name), str):
            return _decoded(envelope[name])
    for name in BODY_CELLS:
        body = envelope.get(name)
        if not isinstance(body, str):
            continue
        if name == "body" and envelope.get("isBase64Encoded") in (True, "true", "1"):
            return _decoded(body)
        if body.lstrip()[:1] == "{" and _content_type(envelope) is None:
            continue
        if name == "body" or "=" in body:
            return body_text_octets(body)
    return None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _content_type(envelope: dict[str, Any]) -> str | None:
    for name in ("content_type", "contentType", "content-type"):
        if isinstance(envelope.get(name), str) and envelope[name]:
            return str(envelope[name])
    return header_of(envelope.get("headers"), "content-type")


def header_of(headers: Any, wanted: str) -> str | None:  # noqa: ANN401
    """The value of a header in whichever shape an archive keeps headers: a dict, of lists too, or name/value pairs."""
    if isinstance(headers, str) and headers.lstrip()[:1] in "{[":
        headers = parse_json(body_text_octets(headers)).value
    if isinstance(headers, list):
        headers = {
            str(pair.get("name")): pair.get("value") for pair in headers if isinstance(pair, dict) and "name" in pair
        }
    if not isinstance(headers, dict):
        return None
    for name, value in headers.items():
        if str(name).lower() == wanted:
            first = value[0] if isinstance(value, list) and value else value
            return str(first) if isinstance(first, str) and first else None
    return None
