"""The form's fields: every parameter of the documentation's table, on its tab, with its label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from corena_recon.errors import OptionError
from corena_recon.gateway.parameters import ADDRESS_FIELDS, CUSTOMER_FIELDS, PARAMETERS, amount_text
from corena_recon.languages import Words
from corena_recon.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

THEMES: Final = ("", "light", "dark")
"""What ``checkout_theme`` may be; empty leaves it to the gateway."""

TAB_TITLES: Final = Words(
    "form_tabs",
    {
        "payment": "Payment",
        "shop": "Shop",
        "pages": "Addresses",
        "customer": "Customer",
        "shipping_info": "Shipping",
        "billing_info": "Billing",
    },
)
"""The form's tabs."""
FIELD_LABELS: Final = Words(
    "form_labels",
    {
        "identifier": "Identifier",
        "amount": "Amount",
        "currency": "Currency",
        "details": "Details",
        "public_key": "Public key",
        "site_name": "Shop's name",
        "site_logo": "Logo (address)",
        "checkout_theme": "Checkout theme",
        "gateway_methods": "Methods (a, b, c)",
        "ipn_url": "Notification (IPN)",
        "success_url": "After paying",
        "cancel_url": "After cancelling",
        "first_name": "First name",
        "last_name": "Last name",
        "email": "E-mail",
        "mobile": "Telephone",
        "address_one": "Address",
        "address_two": "Address, second line",
        "area": "Area",
        "city": "City",
        "sub_city": "District",
        "state": "State or province",
        "postcode": "Postcode",
        "country": "Country",
        "others": "Other",
    },
)
"""The fields' labels, by the last part of their names."""


class Field(NamedTuple):
    """One field of the form.

    Attributes:
        name: The parameter; a field of a group is written ``group.field``.
        group: The tab it is on.
    """

    name: str
    group: str

    @property
    def is_required(self) -> bool:
        """Whether the documentation says so."""
        return self.name in _REQUIRED

    def label(self, language: str) -> str:
        """Its visible label."""
        return FIELD_LABELS.say(self.name.rpartition(".")[2], language)


def flattened(payment: Mapping[str, Any]) -> dict[str, str]:
    """A payment's parameters as texts by field name, to fill the form with.

    Args:
        payment: As ``PaymentClient.initiate`` takes it.

    Raises:
        OptionError: A name is no parameter, or a value is no text (an amount may be a Decimal, never a float)
            or no theme.
    """
    texts: dict[str, str] = {}
    for name, value in payment.items():
        if isinstance(value, Mapping):
            texts.update({f"{name}.{field}": _text(f"{name}.{field}", text) for field, text in value.items()})
        elif name == "gateway_methods" and not isinstance(value, str):
            texts[name] = ", ".join(_text(name, method) for method in value or ())
        else:
            texts[name] = _text(name, value)
    unknown = [name for name in texts if name not in FIELDS]
    if unknown:
        raise OptionError(
            f"{printable(str(unknown[0]))!r} is no field of the form", hint="fields are " + ", ".join(FIELDS)
        )
    if texts.get("checkout_theme", "") not in THEMES:
        raise OptionError("checkout_theme is none that the gateway has", hint="it is 'light', 'dark' or left out")
    return texts


def payment_of(texts: Mapping[str, str]) -> dict[str, Any]:
    """What ``PaymentClient.initiate`` takes, from the texts of the fields; empty optional fields are left out."""
    payment: dict[str, Any] = {"customer": {}, "shipping_info": {}, "billing_info": {}}
    for name, text in texts.items():
        group, _, inner_name = name.partition(".")
        if inner_name:
            if text or FIELDS[name].is_required:
                payment[group][inner_name] = text
        elif name == "gateway_methods":
            payment[name] = _names(text) or None
        elif name != "public_key":
            payment[name] = text if text or FIELDS[name].is_required else None
    for group in ("shipping_info", "billing_info"):
        payment[group] = payment[group] or None
    return payment


def _names(text: str) -> Sequence[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _text(name: str, value: object) -> str:
    if value is None:
        return ""
    if name == "amount" and not isinstance(value, str | float | bool):
        return amount_text(value)  # type: ignore[arg-type]
    if not isinstance(value, str):
        raise OptionError(
            f"{name} is of type {type(value).__name__}, not text", hint="write amounts as '11.00' or Decimal('11.00')"
        )
    return value


_REQUIRED = frozenset(parameter.name for parameter in PARAMETERS if parameter.is_required)

FIELDS: Final = {
    name: Field(name, group)
    for group, names in {
        "payment": ("identifier", "amount", "currency", "details"),
        "shop": ("public_key", "site_name", "site_logo", "checkout_theme", "gateway_methods"),
        "pages": ("ipn_url", "success_url", "cancel_url"),
        "customer": tuple(f"customer.{field}" for field in CUSTOMER_FIELDS),
        "shipping_info": tuple(f"shipping_info.{field}" for field in ADDRESS_FIELDS),
        "billing_info": tuple(f"billing_info.{field}" for field in ADDRESS_FIELDS),
    }.items()
    for name in names
}
"""Every field by its name, in the form's order."""
