"""Text that could act where it is shown, in every field: flagged, and never a reason to judge otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tests.adversary.posts import EXACT, Maker, Planted, Post, Scene

HOSTILE: Final = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("http://x","y")',
    "@SUM(1+1)",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|'/C calc'!A0",
    "a\u202eb",
    "a\u200bb",
    "\ufeffa",
    "a\x1b[31mb",
    "a\x00b",
    "a\x7fb",
    "a\u2028b",
    "a\nb",
    "a\rb",
    "a\tb",
    "javascript:alert(1)",
    "&#x3c;b&#x3e;",
    "\x85",
    "a\u2066b",
)


def _label(post: Post, value: str, *, field: str) -> Post:
    if field == "status":
        return post.no_payment("hostile_text", status=value)
    if field == "signature":
        return post.forged("hostile_text", "signature_malformed", signature=value)
    if field == "currency":
        return post.accepted("hostile_text", "currency_unsupported", currency=value)
    if field == "amount":
        return post.forged(
            "hostile_text", "signature_invalid", "amount_format", amount=value, may=frozenset({"amount_not_positive"})
        )
    if field == "identifier":
        may = frozenset({"identifier_too_long"})
        return post.forged("hostile_text", "signature_invalid", identifier=value, may=may)
    return post.accepted("hostile_text", **{field: value})


def _in(field: str) -> Maker:
    def make(scene: Scene) -> Planted:
        values = HOSTILE[scene.variant :: 10]
        if field == "trx":
            values = tuple(value + scene.trx() for value in values)
        return [_label(scene.genuine(forms=EXACT), value, field=field) for value in values]

    return make


def _more(name: str) -> Maker:
    def make(scene: Scene) -> Planted:
        values = HOSTILE[scene.variant :: 10]
        return [scene.genuine(forms=EXACT, more={name: value}).accepted("hostile_text") for value in values]

    return make


def signed_identifier(scene: Scene) -> Planted:
    """The payer chooses the identifier, and the gateway signs it."""
    identifiers = [value[:11] + scene.identifier() for value in HOSTILE[scene.variant :: 10]]
    return [scene.genuine(identifier=text, forms=EXACT).accepted("hostile_text") for text in identifiers]


def name_of_a_field(scene: Scene) -> Planted:
    return [scene.genuine(forms=EXACT, more={"<b>x</b>": "1"}).accepted("hostile_text")]


def _not_utf8(field: str) -> Maker:
    def make(scene: Scene) -> Planted:
        value = scene.one_of("\udcff", "caf\udce9", "\udcc0\udcaf", "\udced\udca0\udc80", "x\udcf5")
        post = scene.genuine(forms=EXACT)
        if field == "status":
            return [post.no_payment("encoding", status=value)]
        if field == "signature":
            return [post.forged("encoding", "signature_malformed", signature=value)]
        if field == "currency":
            return [post.accepted("encoding", "currency_unsupported", currency=value)]
        if field == "more":
            return [replace(post, more={"data[note]": value}).accepted("encoding")]
        return [post.accepted("encoding", **{field: value + scene.trx()})]

    return make


CLASSES: Final[dict[str, Maker]] = {
    **{
        f"hostile_{field}": _in(field)
        for field in ("status", "signature", "identifier", "amount", "currency", "trx", "payment_type", "charge")
    },
    "hostile_extra": _more("note"),
    "hostile_data_extra": _more("data[account_holder]"),
    "hostile_name": name_of_a_field,
    "hostile_signed_identifier": signed_identifier,
    **{
        f"encoding_{field}": _not_utf8(field)
        for field in ("status", "signature", "currency", "trx", "payment_type", "more")
    },
}
