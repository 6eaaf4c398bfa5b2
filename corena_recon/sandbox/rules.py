"""What the sandbox demands of an initiation, in the words of the gateway family's framework.

The rules are the documentation's table. The words are Laravel's English validation messages: gateways of the
family are Laravel applications and answer with them. Values are trimmed and empty ones count as absent, as
Laravel does.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from corena_recon.text import text_of
from corena_recon.vocabulary import (
    CURRENCY_MAX_CHARACTERS,
    DETAILS_MAX_CHARACTERS,
    IDENTIFIER_MAX_CHARACTERS,
    PUBLIC_KEY_MAX_CHARACTERS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from corena_recon.php.variables import PostValue

AMOUNT_DECIMALS: Final = Decimal("0.00000001")
"""The gateway stores ``decimal(28,8)``."""

_WHITE_SPACE = b" \t\n\r\0\x0b"
_NUMERIC = re.compile(rb"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")
_URL_FORBIDDEN = re.compile(rb"[\x00-\x20\x7f\\<>\"]")
_INTEGER_DIGITS = 20


class Rule(NamedTuple):
    """What is demanded of one field.

    Attributes:
        name: Its name; a field of an array is written ``array.field``.
        is_required: Whether it must be there.
        max_characters: The longest text, or None.
        complaint: Gives what is wrong with a value, or None.
    """

    name: str
    is_required: bool = True
    max_characters: int | None = None
    complaint: Callable[[bytes], str | None] = lambda _value: None


def field_of(fields: Mapping[bytes, PostValue], name: str) -> PostValue | None:
    """A posted field, trimmed; None where it is absent or empty."""
    array_name, _, inner_name = name.partition(".")
    value: PostValue | None = fields.get(array_name.encode())
    if inner_name:
        value = value.get(inner_name.encode()) if isinstance(value, dict) else None
    if isinstance(value, bytes):
        value = value.strip(_WHITE_SPACE)
    return value or None


def complaints_of(fields: Mapping[bytes, PostValue]) -> list[str]:
    """Every validation message, in the order of the rules; empty when all is well."""
    messages = [message for rule in RULES for message in _complaints(rule, field_of(fields, rule.name))]
    for name in ("customer", "shipping_info", "billing_info", "gateway_methods"):
        value = field_of(fields, name)
        if value is None and name == "customer":
            messages.append(f"The {name} field is required.")
        elif value is not None and not isinstance(value, dict):
            messages.append(f"The {name.replace('_', ' ')} field must be an array.")
    return messages


def stored_amount(value: bytes) -> Decimal:
    """The amount as the gateway's database keeps it: eight decimals, halves away from zero."""
    return Decimal(value.decode("ascii")).quantize(AMOUNT_DECIMALS, rounding="ROUND_HALF_UP")


def _complaints(rule: Rule, value: PostValue | None) -> list[str]:
    attribute = f"The {rule.name.replace('_', ' ')} field"
    if value is None:
        return [f"{attribute} is required."] if rule.is_required else []
    if isinstance(value, dict):
        return [f"{attribute} must be a string."]
    messages = []
    if rule.max_characters is not None and len(text_of(value)) > rule.max_characters:
        messages.append(f"{attribute} must not be greater than {rule.max_characters} characters.")
    complaint = rule.complaint(value)
    if complaint:
        messages.append(complaint.format(attribute=attribute, name=rule.name.replace("_", " ")))
    return messages


def _amount_complaint(value: bytes) -> str | None:
    if not _NUMERIC.fullmatch(value):
        return "{attribute} must be a number."
    amount = Decimal(value.decode("ascii"))
    if amount <= 0:
        return "{attribute} must be greater than 0."
    if amount.adjusted() >= _INTEGER_DIGITS:
        return "{attribute} must not be greater than 99999999999999999999.99999999."
    return None


def _currency_complaint(value: bytes) -> str | None:
    return None if value == value.upper() else "{attribute} must be uppercase."


def _url_complaint(value: bytes) -> str | None:
    try:
        parts = urlsplit(value.decode("utf-8"))
        is_url = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    return None if is_url and not _URL_FORBIDDEN.search(value) else "{attribute} must be a valid URL."


def _email_complaint(value: bytes) -> str | None:
    is_email = re.fullmatch(rb"[^@\s]+@[^@\s]+", value)
    return None if is_email else "{attribute} must be a valid email address."


def _theme_complaint(value: bytes) -> str | None:
    return None if value in {b"light", b"dark"} else "The selected {name} is invalid."


RULES: Final = (
    Rule("public_key", max_characters=PUBLIC_KEY_MAX_CHARACTERS),
    Rule("identifier", max_characters=IDENTIFIER_MAX_CHARACTERS),
    Rule("currency", max_characters=CURRENCY_MAX_CHARACTERS, complaint=_currency_complaint),
    Rule("amount", complaint=_amount_complaint),
    Rule("details", max_characters=DETAILS_MAX_CHARACTERS),
    Rule("ipn_url", complaint=_url_complaint),
    Rule("success_url", complaint=_url_complaint),
    Rule("cancel_url", complaint=_url_complaint),
    Rule("site_name"),
    Rule("site_logo", is_required=False),
    Rule("checkout_theme", is_required=False, complaint=_theme_complaint),
    Rule("customer.first_name"),
    Rule("customer.last_name"),
    Rule("customer.email", complaint=_email_complaint),
    Rule("customer.mobile"),
)
"""The documentation's table; the arrays themselves are judged apart."""
