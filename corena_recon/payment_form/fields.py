"""The form's fields: every parameter of the documentation's table, in groups, with its labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from corena_recon.errors import OptionError
from corena_recon.gateway.parameters import PARAMETERS, amount_text
from corena_recon.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

THEMES: Final = ("", "light", "dark")
"""What ``checkout_theme`` may be; empty leaves it to the gateway."""

GROUPS: Final[dict[str, tuple[str, str]]] = {
    "payment": ("Payment", "Paiement"),
    "shop": ("Shop", "Boutique"),
    "pages": ("Addresses", "Adresses web"),
    "customer": ("Customer", "Client"),
    "shipping_info": ("Shipping", "Livraison"),
    "billing_info": ("Billing", "Facturation"),
}
"""The form's tabs: titles in English and in French."""


class Field(NamedTuple):
    """One field of the form.

    Attributes:
        name: The parameter; a field of a group is written ``group.field``.
        group: The tab it is on.
        labels: Its visible label in English and in French.
    """

    name: str
    group: str
    labels: tuple[str, str]

    @property
    def is_required(self) -> bool:
        """Whether the documentation says so."""
        return self.name in _REQUIRED


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


def _address(group: str) -> tuple[Field, ...]:
    return tuple(
        Field(f"{group}.{name}", group, labels)
        for name, labels in (
            ("address_one", ("Address", "Adresse")),
            ("address_two", ("Address, second line", "Adresse, deuxième ligne")),
            ("area", ("Area", "Zone")),
            ("city", ("City", "Ville")),
            ("sub_city", ("District", "Quartier")),
            ("state", ("State or province", "État ou province")),
            ("postcode", ("Postcode", "Code postal")),
            ("country", ("Country", "Pays")),
            ("others", ("Other", "Autre")),
        )
    )


_REQUIRED = frozenset(parameter.name for parameter in PARAMETERS if parameter.is_required)

FIELDS: Final = {
    field.name: field
    for field in (
        Field("identifier", "payment", ("Identifier", "Identifiant")),
        Field("amount", "payment", ("Amount", "Montant")),
        Field("currency", "payment", ("Currency", "Devise")),
        Field("details", "payment", ("Details", "Détails")),
        Field("public_key", "shop", ("Public key", "Clé publique")),
        Field("site_name", "shop", ("Shop's name", "Nom de la boutique")),
        Field("site_logo", "shop", ("Logo (address)", "Logo (adresse web)")),
        Field("checkout_theme", "shop", ("Checkout theme", "Thème de la page")),
        Field("gateway_methods", "shop", ("Methods (a, b, c)", "Moyens (a, b, c)")),
        Field("ipn_url", "pages", ("Notification (IPN)", "Notification (IPN)")),
        Field("success_url", "pages", ("After paying", "Après paiement")),
        Field("cancel_url", "pages", ("After cancelling", "Après annulation")),
        Field("customer.first_name", "customer", ("First name", "Prénom")),
        Field("customer.last_name", "customer", ("Last name", "Nom")),
        Field("customer.email", "customer", ("E-mail", "E-mail")),
        Field("customer.mobile", "customer", ("Telephone", "Téléphone")),
        *_address("shipping_info"),
        *_address("billing_info"),
    )
}
"""Every field by its name, in the form's order."""
