"""Identifiers changed in ways that eyes, databases and normalisers overlook."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tests.adversary.posts import EXACT, TIMED, Maker, Planted, Scene

_BIDI: Final = ("\u202e", "\u2066", "\u200f")


def _changed(change: Callable[[str], str], *findings: str, prefix: str = "Ré") -> Maker:
    """Signed under one identifier, posted under one that looks or compares alike."""

    def make(scene: Scene) -> Planted:
        post = scene.genuine(identifier=unicodedata.normalize("NFC", prefix) + scene.identifier(), forms=EXACT)
        changed = change(post.identifier)
        assert changed != post.identifier
        return [post.forged("signature_invalid", *findings, identifier=changed)]

    return make


def _beside(change: Callable[[str], str], *findings: str) -> Maker:
    """The same beside the genuine one: the genuine one stands, the other is a copy."""

    def make(scene: Scene) -> Planted:
        post = scene.genuine(identifier="Ré" + scene.identifier(), forms=EXACT)
        other = replace(post, identifier=change(post.identifier), at_us=scene.moment_us())
        return [post, other.forged("signature_invalid", "signature_copied", *findings)]

    return make


def _signed(identifier: Callable[[Scene], str], verdict: str, *findings: str) -> Maker:
    """An odd identifier that the gateway itself signed."""

    def make(scene: Scene) -> Planted:
        post = scene.genuine(identifier=identifier(scene), forms=EXACT)
        return [post.suspect(*findings) if verdict == "suspect" else post.accepted(*findings)]

    return make


def leading_zeros_lost(scene: Scene) -> Planted:
    number = "000" + scene.number()
    post = scene.genuine(identifier=number, forms=TIMED)
    return [post.forged("signature_invalid", identifier=number.lstrip("0"))]


def leading_zeros_added(scene: Scene) -> Planted:
    number = scene.number()
    return [scene.genuine(identifier=number, forms=TIMED).forged("signature_invalid", identifier="00" + number)]


def number_as_a_float(scene: Scene) -> Planted:
    number = scene.number()
    return [scene.genuine(identifier=number, forms=TIMED).forged("signature_invalid", identifier=number + ".0")]


def exponent_read_as_a_number(scene: Scene) -> Planted:
    mantissa = scene.random.randint(1, 9)
    other = scene.one_of(f"{mantissa}00000", f"{mantissa}00000.0", f"{mantissa}E+5", f"{mantissa}e5")
    post = scene.genuine(identifier=f"{mantissa}E5", amount=scene.amount())
    return [post.forged("signature_invalid", identifier=other)]


def _private_character(scene: Scene) -> Planted:
    """Kept as its octets, which then look like bytes that are not UTF-8: said or not, the payment stands."""
    post = scene.genuine(identifier=scene.identifier() + "\uefff", forms=EXACT)
    return [replace(post, may=frozenset({"encoding"}))]


CLASSES: Final[dict[str, Maker]] = {
    "identifier_case": _changed(str.lower),
    "identifier_look_alike": _changed(lambda text: text.replace("P", "Р")),
    "identifier_zero_width": _changed(lambda text: text[:3] + "\u200b" + text[3:], "hostile_text"),
    "identifier_soft_hyphen": _changed(lambda text: text[:3] + "\u00ad" + text[3:], "hostile_text"),
    "identifier_bidi": _changed(lambda text: _BIDI[len(text) % 3] + text, "hostile_text"),
    "identifier_byte_order_mark": _changed(lambda text: "\ufeff" + text, "hostile_text"),
    "identifier_nfd": _changed(lambda text: unicodedata.normalize("NFD", text)),
    "identifier_nfc_from_nfd": _changed(lambda text: unicodedata.normalize("NFD", text), prefix="Ño"),
    "identifier_compatibility_form": _changed(lambda text: unicodedata.normalize("NFKC", text), prefix="ﬁ"),
    "identifier_full_width": _changed(lambda text: text.translate({ord("P"): "Ｐ"})),
    "identifier_nul_inside": _changed(lambda text: text[:4] + "\0" + text[4:], "hostile_text"),
    "identifier_nul_behind": _changed(lambda text: text + "\0", "hostile_text"),
    "identifier_space_behind": _changed(lambda text: text + " "),
    "identifier_space_before": _changed(lambda text: " " + text),
    "identifier_no_break_space": _changed(lambda text: text + "\u00a0"),
    "identifier_newline": _changed(lambda text: text + "\n", "hostile_text"),
    "identifier_tab": _changed(lambda text: text + "\t", "hostile_text"),
    "identifier_escaped_twice": _changed(lambda text: "%52" + text[1:]),
    "identifier_mojibake": _changed(lambda text: text.encode().decode("cp1252")),
    "identifier_replacement_character": _changed(lambda text: text.replace("é", "\ufffd")),
    "identifier_latin1_bytes": _changed(lambda text: text.replace("é", "\udce9"), "encoding"),
    "identifier_accent_lost": _changed(lambda text: text.replace("é", "e")),
    "identifier_accent_beside": _beside(lambda text: text.replace("é", "e")),
    "identifier_nfd_beside": _beside(lambda text: unicodedata.normalize("NFD", text)),
    "identifier_nul_beside": _beside(lambda text: text + "\0", "hostile_text"),
    "identifier_21_characters": _signed(
        lambda scene: scene.identifier().ljust(21, "x"), "suspect", "identifier_too_long"
    ),
    "identifier_21_wide_characters": _signed(
        lambda scene: scene.identifier().ljust(21, "注"), "suspect", "identifier_too_long"
    ),
    "identifier_300_characters": _signed(
        lambda scene: scene.identifier().ljust(300, "x"), "suspect", "identifier_too_long"
    ),
    "identifier_20_wide_characters": _signed(lambda scene: scene.identifier().ljust(20, "💳"), "accepted"),
    "identifier_signed_invalid_utf8": _signed(
        lambda scene: scene.identifier() + "\udcff\udcfe", "accepted", "encoding"
    ),
    "identifier_signed_nul": _signed(lambda scene: scene.identifier() + "\0", "accepted", "hostile_text"),
    "identifier_signed_private_character": _private_character,
    **{
        maker.__name__: maker
        for maker in (leading_zeros_lost, leading_zeros_added, number_as_a_float, exponent_read_as_a_number)
    },
}
