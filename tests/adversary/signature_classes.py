"""Signatures that are not the gateway's: tampered fields, copies, wrong recipes, wrong shapes."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tests.adversary.keyring import NEW, octets, signed
from tests.adversary.posts import ANY, EXACT, RAW, Maker, Planted, Post, Scene

Recipe = Callable[[Post], str]
_SECRET: Final = octets(NEW.secret)


def _other_price(scene: Scene) -> str:
    return scene.amount()


def amount_raised(scene: Scene) -> Planted:
    return [scene.genuine(forms=ANY).forged("signature_invalid", amount=_other_price(scene))]


def amount_raised_beside_the_original(scene: Scene) -> Planted:
    post = scene.genuine()
    raised = replace(post, amount=_other_price(scene), at_us=scene.moment_us())
    return [post, raised.forged("signature_invalid", "signature_copied")]


def one_amount_digit(scene: Scene) -> Planted:
    post = scene.genuine(forms=ANY)
    place = scene.random.choice([at for at, digit in enumerate(post.amount) if digit != "."])
    digit = str((int(post.amount[place]) + 1) % 9 + 1)
    return [post.forged("signature_invalid", amount=post.amount[:place] + digit + post.amount[place + 1 :])]


def identifier_changed(scene: Scene) -> Planted:
    return [scene.genuine(forms=ANY).forged("signature_invalid", identifier=scene.identifier())]


def identifier_changed_beside_the_original(scene: Scene) -> Planted:
    post = scene.genuine()
    other = replace(post, identifier=scene.identifier(), at_us=scene.moment_us())
    return [post, other.forged("signature_invalid", "signature_copied")]


def amount_and_identifier_changed(scene: Scene) -> Planted:
    other = {"amount": _other_price(scene), "identifier": scene.identifier()}
    return [scene.genuine(forms=ANY).forged("signature_invalid", **other)]


def one_signature_digit(scene: Scene) -> Planted:
    post = scene.genuine(forms=ANY)
    signature = post.signature or ""
    place = scene.random.randrange(64)
    digit = "0" if signature[place] != "0" else "F"
    return [post.forged("signature_invalid", signature=signature[:place] + digit + signature[place + 1 :])]


def swapped_signatures(scene: Scene) -> Planted:
    one, two = scene.genuine(), scene.genuine()
    swapped = (replace(one, signature=two.signature), replace(two, signature=one.signature))
    return [post.forged("signature_invalid", "signature_copied") for post in swapped]


def rotated_signatures(scene: Scene) -> Planted:
    posts = [scene.genuine() for _ in range(4)]
    signatures = [post.signature for post in (*posts[1:], posts[0])]
    return [
        post.forged("signature_invalid", "signature_copied", signature=signature)
        for post, signature in zip(posts, signatures, strict=True)
    ]


def copied_onto_many(scene: Scene) -> Planted:
    post = scene.genuine()
    copies = [scene.genuine(signature=post.signature) for _ in range(3)]
    return [post, *(copy.forged("signature_invalid", "signature_copied") for copy in copies)]


def copied_from_a_failed_payment(scene: Scene) -> Planted:
    failed = scene.genuine(status="failed").no_payment()
    copy = scene.genuine(signature=failed.signature)
    return [failed, copy.forged("signature_invalid", "signature_copied")]


def copied_from_one_in_lower_case(scene: Scene) -> Planted:
    post = scene.genuine()
    lowered = post.suspect("signature_format", signature=(post.signature or "").lower())
    copy = scene.genuine(signature=post.signature)
    return [lowered, copy.forged("signature_invalid", "signature_copied")]


def copied_from_one_whose_own_is_missing(scene: Scene) -> Planted:
    post = scene.genuine()
    stripped = post.forged("signature_missing", signature=None)
    copy = scene.genuine(signature=post.signature)
    return [stripped, copy.forged("signature_invalid", "signature_copied")]


def missing(scene: Scene) -> Planted:
    return [scene.genuine(forms=ANY).forged("signature_missing", signature=scene.one_of(None, ""))]


def junk_on_a_genuine_payment(scene: Scene) -> Planted:
    post = scene.genuine()
    junk = replace(post, signature=_random_hex(scene), trx=scene.trx(), at_us=post.at_us - 1_000_000)
    return [junk.forged("signature_invalid"), post, replace(junk, at_us=scene.moment_us()).forged("signature_invalid")]


def _random_hex(scene: Scene) -> str:
    return "".join(scene.random.choices("0123456789ABCDEF", k=64))


def _recipe(recipe: Recipe, finding: str = "signature_invalid") -> Maker:
    """Signed correctly by a recipe that is not the gateway's."""

    def make(scene: Scene) -> Planted:
        post = scene.genuine(forms=ANY)
        return [post.forged(finding, signature=recipe(post))]

    return make


def _digest(algorithm: str, message: str) -> str:
    return hashlib.new(algorithm, octets(message)).hexdigest().upper()


def _hmac(algorithm: str, message: str) -> str:
    return hmac.new(_SECRET, octets(message), algorithm).hexdigest().upper()


def _shape(change: Callable[[str], str], verdict: str = "forged", finding: str = "signature_malformed") -> Maker:
    """The right signature in a wrong shape."""

    def make(scene: Scene) -> Planted:
        post = scene.genuine(forms=EXACT)
        label = post.suspect if verdict == "suspect" else post.forged
        return [label(finding, signature=change(post.signature or ""))]

    return make


def _mended(change: Callable[[str], str]) -> Maker:
    return _shape(change, "suspect", "signature_format")


def _space(scene: Scene) -> Planted:
    post = scene.genuine(forms=EXACT)
    edge = scene.one_of(" ", "\t", "\n", "\r\n", "  ")
    signature = f"{edge}{post.signature}" if scene.variant % 2 else f"{post.signature}{edge}"
    may = frozenset() if edge.isspace() and not edge.strip(" ") else frozenset({"hostile_text"})
    return [replace(post, may=may).suspect("signature_format", signature=signature)]


def _rewritten_in_a_body(scene: Scene) -> Planted:
    """Signed over ``11.5`` and posted as ``11.50000000``: value-preserving, yet not what was posted."""
    price = f"{scene.random.randint(1, 999)}.5"
    post = scene.genuine(amount=price, forms=RAW)
    return [post.suspect("amount_rewritten", amount=price + "0000000")]


_FULL_WIDTH: Final = {ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789ABCDEF"}

CLASSES: Final[dict[str, Maker]] = {
    **{
        maker.__name__: maker
        for maker in (
            amount_raised,
            amount_raised_beside_the_original,
            one_amount_digit,
            identifier_changed,
            identifier_changed_beside_the_original,
            amount_and_identifier_changed,
            one_signature_digit,
            swapped_signatures,
            rotated_signatures,
            copied_onto_many,
            copied_from_a_failed_payment,
            copied_from_one_in_lower_case,
            copied_from_one_whose_own_is_missing,
            junk_on_a_genuine_payment,
        )
    },
    "signature_missing": missing,
    "signature_random": lambda scene: [
        scene.genuine(forms=ANY, signature=_random_hex(scene)).forged("signature_invalid")
    ],
    "signature_all_zero": _recipe(lambda _: "0" * 64),
    "recipe_identifier_then_amount": _recipe(lambda post: signed(NEW.secret, post.identifier + post.amount)),
    "recipe_separator": lambda scene: _recipe(
        lambda post: signed(
            NEW.secret, post.amount + scene.one_of("|", ":", "-", ".", " ", "\n", ",") + post.identifier
        )
    )(scene),
    "recipe_sha256_secret_first": _recipe(lambda post: _digest("sha256", NEW.secret + post.amount + post.identifier)),
    "recipe_sha256_secret_last": _recipe(lambda post: _digest("sha256", post.amount + post.identifier + NEW.secret)),
    "recipe_sha256_alone": _recipe(lambda post: _digest("sha256", post.amount + post.identifier)),
    "recipe_double_sha256": _recipe(lambda post: _digest("sha256", post.signature or "")),
    "recipe_hmac_sha3": _recipe(lambda post: _hmac("sha3_256", post.amount + post.identifier)),
    "recipe_hmac_md5": _recipe(lambda post: _hmac("md5", post.amount + post.identifier), "signature_malformed"),
    "recipe_hmac_sha1": _recipe(lambda post: _hmac("sha1", post.amount + post.identifier), "signature_malformed"),
    "recipe_hmac_sha512": _recipe(lambda post: _hmac("sha512", post.amount + post.identifier), "signature_malformed"),
    "recipe_sha512_cut": _recipe(lambda post: _hmac("sha512", post.amount + post.identifier)[:64]),
    "recipe_trx_signed_too": _recipe(lambda post: signed(NEW.secret, post.amount + post.identifier + (post.trx or ""))),
    "recipe_currency_signed_too": _recipe(lambda post: signed(NEW.secret, post.amount + "USD" + post.identifier)),
    "recipe_identifier_alone": _recipe(lambda post: signed(NEW.secret, post.identifier)),
    "recipe_amount_alone": _recipe(lambda post: signed(NEW.secret, post.amount)),
    "recipe_nothing": _recipe(lambda _: signed(NEW.secret, "")),
    "recipe_cents": _recipe(lambda post: signed(NEW.secret, post.amount[:-6].replace(".", "") + post.identifier)),
    "recipe_key_and_message_exchanged": _recipe(
        lambda post: hmac.new(octets(post.amount + post.identifier), _SECRET, "sha256").hexdigest().upper()
    ),
    "shape_lower_case": _mended(str.lower),
    "shape_mixed_case": _mended(lambda text: text[:32] + text[32:].lower()),
    "shape_spaces_around": _space,
    "shape_cut": _shape(lambda text: text[:63]),
    "shape_half": _shape(lambda text: text[:32]),
    "shape_doubled": _shape(lambda text: text * 2),
    "shape_one_digit_more": _shape(lambda text: text + "0"),
    "shape_0x": _shape(lambda text: "0x" + text),
    "shape_prefixed": _shape(lambda text: "sha256=" + text),
    "shape_base64": _shape(lambda text: base64.b64encode(bytes.fromhex(text)).decode()),
    "shape_colons": _shape(lambda text: ":".join(text[at : at + 2] for at in range(0, 64, 2))),
    "shape_inner_spaces": _shape(lambda text: " ".join(text[at : at + 8] for at in range(0, 64, 8))),
    "shape_full_width": _shape(lambda text: text.translate(_FULL_WIDTH)),
    "shape_look_alikes": _shape(lambda text: "А" + text[1:]),
    "shape_not_hexadecimal": _shape(lambda text: "G" + text[1:]),
    "shape_words": _shape(lambda _: "verified"),
    "shape_bytes_reversed": _recipe(lambda post: bytes.fromhex(post.signature or "")[::-1].hex().upper()),
    "amount_rewritten_in_a_body": _rewritten_in_a_body,
}
