"""What initiating a payment asks of the gateway and what it may answer: parameters, limits, bytes, shapes.

Nothing here knows the network. Parameters, their lengths and which of them are required come from the table
of the gateway's API documentation; the order on the wire is that of its PHP sample. The older answers are
those of earlier products of the same family, which white-label gateways still give.
"""

from __future__ import annotations

import ipaddress
import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from corena_recon.errors import GatewayBroken, GatewayRefused, OptionError
from corena_recon.languages import ENGLISH, Words
from corena_recon.php import http_build_query
from corena_recon.text import printable
from corena_recon.vocabulary import (
    CURRENCY_MAX_CHARACTERS,
    DETAILS_MAX_CHARACTERS,
    IDENTIFIER_MAX_CHARACTERS,
    PUBLIC_KEY_MAX_CHARACTERS,
)

CUSTOMER_FIELDS: Final = ("first_name", "last_name", "email", "mobile")
ADDRESS_FIELDS: Final = (
    "address_one",
    "address_two",
    "area",
    "city",
    "sub_city",
    "state",
    "postcode",
    "country",
    "others",
)
"""The nine fields of ``shipping_info`` and of ``billing_info``."""
PROBLEMS: Final = Words(
    "parameter_problems",
    {
        "required": "is required",
        "not_text": "must be text",
        "not_unicode": "holds characters that cannot be sent",
        "too_long": "has {found} character{found:|s}, at most {limit} {limit:is|are} allowed",
        "edges": "begins or ends with white space",
        "control": "holds control characters",
        "currency": "must be upper-case letters, such as USD",
        "amount_type": "must be text or Decimal, a float is not exact",
        "amount": "must be written like 11.00: digits, a point, at most 8 decimals",
        "not_positive": "must be greater than zero",
        "url": "must be an http or https address",
        "theme": "must be light or dark",
        "email": "must be an e-mail address",
        "mobile": "must be a telephone number",
        "not_group": "must be a mapping of fields",
        "not_list": "must be a list of names",
        "unknown": "is not a parameter of the gateway",
    },
)
"""What can be wrong with a parameter."""

_AMOUNT = re.compile(r"(?:0|[1-9][0-9]{0,19})(?:\.[0-9]{1,8})?")
_URL_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2000-\u200f\u2028-\u202f\u3000\\<>\"]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CURRENCY = re.compile(r"[A-Z]+")
_THEME = re.compile("light|dark")
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+")
_MOBILE = re.compile(r"\+?[0-9 ().\-]*")
_SHOWN_BYTES = 200
_IDENTIFIER_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Parameter(NamedTuple):
    """One parameter of the documentation's table.

    Attributes:
        name: Its name; a field of a group is written ``group.field``.
        is_required: Whether the documentation says "Obligatoire".
        max_characters: The longest value, or None.
        problem: Gives the code of what is wrong with a text, or None.
    """

    name: str
    is_required: bool
    max_characters: int | None = None
    problem: Callable[[str], str | None] = lambda _text: None


class Answer(NamedTuple):
    """A gateway's success: its words and where the payer goes.

    Attributes:
        messages: What the gateway says.
        redirect_url: The checkout page.
    """

    messages: tuple[str, ...]
    redirect_url: str


def amount_text(amount: str | Decimal | int) -> str:
    """The amount exactly as it will be posted: text as it is, a Decimal written out without exponent."""
    return format(amount, "f") if isinstance(amount, Decimal) else str(amount)


def is_loopback(host: str | None) -> bool:
    """Whether the host names this very machine: ``localhost`` or an address of 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def fresh_identifier() -> str:
    """A new identifier of 16 characters, beginning with letters, without look-alikes (I and 1, O and 0)."""
    return "CR" + "".join(secrets.choice(_IDENTIFIER_ALPHABET) for _ in range(14))


def problems_of(
    payment: Mapping[str, Any],
    *,
    language: str = ENGLISH,
    public_key_max_characters: int = PUBLIC_KEY_MAX_CHARACTERS,
) -> dict[str, str]:
    """Everything that is wrong with a payment, by field, in the order of the documentation's table.

    Args:
        payment: The parameters by name; ``customer``, ``shipping_info`` and ``billing_info`` are mappings,
            ``gateway_methods`` is a list of names, ``amount`` is text or Decimal. None leaves a parameter
            out.
        language: One of ``LANGUAGES``.
        public_key_max_characters: The documentation says 50; some gateways of the family give longer keys.

    Returns:
        What is wrong, by field name (``customer.email`` for a field of a group); empty when all is well.
    """
    found: dict[str, tuple[str, dict[str, int]]] = {}
    values = _flattened(payment, found)
    for parameter in PARAMETERS:
        limit = public_key_max_characters if parameter.name == "public_key" else parameter.max_characters
        problem = _problem(parameter, values.pop(parameter.name, None), limit)
        if problem and parameter.name not in found:
            found[parameter.name] = problem
    found.update(dict.fromkeys(values, ("unknown", {})))
    return {name: PROBLEMS.say(code, language, **facts) for name, (code, facts) in found.items()}


def encode(payment: Mapping[str, Any], *, public_key_max_characters: int = PUBLIC_KEY_MAX_CHARACTERS) -> bytes:
    """The request body, byte for byte as PHP's ``http_build_query`` writes the documentation's sample.

    Raises:
        OptionError: A parameter is missing, too long or malformed; ``problems`` has them all by field.
    """
    problems = problems_of(payment, public_key_max_characters=public_key_max_characters)
    if problems:
        raise OptionError(
            "the payment cannot be initiated: "
            + "; ".join(f"{printable(name)} {problem}" for name, problem in problems.items()),
            hint="every field is in the table of the gateway's documentation",
            problems=problems,
        )
    ordered: dict[str, Any] = {name: payment.get(name) for name in _WIRE_ORDER}
    ordered["amount"] = amount_text(payment["amount"])
    for group, fields in _GROUPS.items():
        given = ordered[group]
        ordered[group] = None if given is None else {name: given[name] for name in fields if name in given}
    return http_build_query(ordered)


def read_answer(status: int, body: bytes, *, is_loopback_gateway: bool = False) -> Answer:
    """What the gateway answered, in the documented shape or an older one of the family.

    Args:
        status: The HTTP status; errors come with 200 too.
        body: The decoded body.
        is_loopback_gateway: Whether it is a sandbox on this machine, whose checkout page may be plain http.

    Raises:
        GatewayRefused: The gateway answered with an error; ``messages`` has its words.
        GatewayBroken: Anything else, with ``status`` and ``first_bytes``.
    """
    document = _json_object(body)
    if document is not None and 200 <= status < 500:
        refusal = _refusal(document)
        if refusal is not None:
            messages = ", ".join(printable(message)[:_SHOWN_BYTES] for message in refusal) or "no reason given"
            raise GatewayRefused(f"the gateway refused the payment: {messages}", messages=refusal, status=status)
        answer = _success(document) if 200 <= status < 300 else None
        if answer is not None and _is_checkout_url(answer.redirect_url, is_loopback_gateway=is_loopback_gateway):
            return answer
    raise broken_answer("the gateway's answer is none that its documentation knows", status, body)


def broken_answer(message: str, status: int, body: bytes) -> GatewayBroken:
    """The error for an answer that cannot be used, with its status and first bytes made safe to show."""
    first_bytes = printable(body[:_SHOWN_BYTES].decode("utf-8", "corena_octets"))
    return GatewayBroken(
        f"{message}: HTTP {status}, beginning {first_bytes!r}",
        hint="look in the merchant panel whether the payment exists before trying again",
        status=status,
        first_bytes=first_bytes,
    )


def _flattened(payment: Mapping[str, Any], found: dict[str, tuple[str, dict[str, int]]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in payment.items():
        if name not in _GROUPS:
            values[name] = value
        elif isinstance(value, Mapping):
            values.update({f"{name}.{field}": text for field, text in value.items()})
        elif value is not None:
            found[name] = ("not_group", {})
    methods = values.pop("gateway_methods", None)
    if methods is not None and not _is_list_of_names(methods):
        found["gateway_methods"] = ("not_list", {})
    return values


def _is_list_of_names(value: object) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str | bytes)
        and all(isinstance(name, str) and name and _is_unicode(name) for name in value)
    )


def _problem(parameter: Parameter, value: object, limit: int | None) -> tuple[str, dict[str, int]] | None:
    if value is None or (parameter.is_required and isinstance(value, str) and not value):
        return ("required", {}) if parameter.is_required else None
    if parameter.name == "amount":
        if isinstance(value, bool) or not isinstance(value, str | Decimal | int):
            return "amount_type", {}
        value = amount_text(value)
    if not isinstance(value, str):
        return "not_text", {}
    if not _is_unicode(value):
        return "not_unicode", {}
    if limit is not None and len(value) > limit:
        return "too_long", {"found": len(value), "limit": limit}
    code = parameter.problem(value)
    return (code, {}) if code else None


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _matching(pattern: re.Pattern[str], code: str) -> Callable[[str], str | None]:
    return lambda text: None if pattern.fullmatch(text) else code


def _identifier_problem(text: str) -> str | None:
    if _CONTROL.search(text):
        return "control"
    return "edges" if text != text.strip() else None


def _amount_problem(text: str) -> str | None:
    if not _AMOUNT.fullmatch(text):
        return "not_positive" if re.fullmatch(r"-[0-9.]+", text) else "amount"
    return None if Decimal(text) > 0 else "not_positive"


def _url_problem(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "url"
    return None if is_usable and not _URL_FORBIDDEN.search(text) else "url"


def _mobile_problem(text: str) -> str | None:
    return None if _MOBILE.fullmatch(text) and sum(map(str.isdigit, text)) >= 4 else "mobile"


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body.decode("utf-8-sig"), object_pairs_hook=_unique_names)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name occurs twice")
    return names


def _refusal(document: dict[str, Any]) -> tuple[str, ...] | None:
    if document.get("status") == "error":
        return _messages(document.get("message"))
    if document.get("error") in {"true", "yes"}:
        return _messages(document.get("errors", document.get("message")))
    return None


def _success(document: dict[str, Any]) -> Answer | None:
    if document.get("status") == "success":
        redirect_url = document.get("redirect_url")
    elif document.get("success") == "ok":
        redirect_url = document.get("url")
    else:
        return None
    messages = _messages(document.get("message"))
    if messages is None or not isinstance(redirect_url, str):
        return None
    return Answer(messages, redirect_url)


def _messages(value: object) -> tuple[str, ...] | None:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(message, str) for message in value):
        return tuple(value)
    return None


def _is_checkout_url(url: str, *, is_loopback_gateway: bool) -> bool:
    if _url_problem(url):
        return False
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        return False
    return parts.scheme == "https" or (is_loopback_gateway and is_loopback(parts.hostname))


_GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "customer": CUSTOMER_FIELDS,
    "shipping_info": ADDRESS_FIELDS,
    "billing_info": ADDRESS_FIELDS,
}
_WIRE_ORDER = (
    "identifier",
    "currency",
    "amount",
    "gateway_methods",
    "details",
    "ipn_url",
    "cancel_url",
    "success_url",
    "public_key",
    "site_name",
    "site_logo",
    "checkout_theme",
    *_GROUPS,
)

PARAMETERS: Final = (
    Parameter("public_key", True, PUBLIC_KEY_MAX_CHARACTERS, _identifier_problem),
    Parameter("identifier", True, IDENTIFIER_MAX_CHARACTERS, _identifier_problem),
    Parameter("currency", True, CURRENCY_MAX_CHARACTERS, _matching(_CURRENCY, "currency")),
    Parameter("amount", True, None, _amount_problem),
    Parameter("details", True, DETAILS_MAX_CHARACTERS),
    Parameter("ipn_url", True, None, _url_problem),
    Parameter("success_url", True, None, _url_problem),
    Parameter("cancel_url", True, None, _url_problem),
    Parameter("site_name", True),
    Parameter("site_logo", False),
    Parameter("checkout_theme", False, None, _matching(_THEME, "theme")),
    Parameter("customer.first_name", True),
    Parameter("customer.last_name", True),
    Parameter("customer.email", True, None, _matching(_EMAIL, "email")),
    Parameter("customer.mobile", True, None, _mobile_problem),
    *(Parameter(f"shipping_info.{field}", False) for field in ADDRESS_FIELDS),
    *(Parameter(f"billing_info.{field}", False) for field in ADDRESS_FIELDS),
)
"""The documentation's table, in its order; ``gateway_methods``, a list, is in its PHP sample alone."""
