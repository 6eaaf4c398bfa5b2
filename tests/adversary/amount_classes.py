"""Amounts that are not written as the gateway writes them, or are not the amounts that were signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tests.adversary.posts import EXACT, OBJECTS, RAW, TEXT, TIMED, Maker, Planted, Scene

_FULL_WIDTH: Final = str.maketrans("0123456789", "０１２３４５６７８９")
_ARABIC: Final = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def _written(change: Callable[[str], str], *findings: str) -> Maker:
    """Signed exactly as posted, in a way the gateway never writes."""

    def make(scene: Scene) -> Planted:
        amount = change(scene.amount())
        post = scene.genuine(amount=amount, forms=EXACT)
        may = frozenset({"amount_decimals", "amount_not_positive", "hostile_text"}) - set(findings)
        return [replace(post, may=may).suspect(*findings)]

    return make


def _odd(change: Callable[[str], str]) -> Maker:
    return _written(change, "amount_format")


def _decimals(change: Callable[[str], str]) -> Maker:
    """A plain amount with another number of decimals than the key's notifications have."""

    def make(scene: Scene) -> Planted:
        return [scene.genuine(amount=change(scene.price()), forms=TIMED).suspect("amount_decimals")]

    return make


def _not_positive(*amounts: str, also: tuple[str, ...] = ()) -> Maker:
    def make(scene: Scene) -> Planted:
        return [scene.genuine(amount=scene.one_of(*amounts)).suspect("amount_not_positive", *also)]

    return make


def _rewritten(change: Callable[[str], str], *findings: str) -> Maker:
    """The posted bytes survive and say the signed value in another way."""

    def make(scene: Scene) -> Planted:
        post = scene.genuine(forms=RAW)
        return [post.suspect("amount_rewritten", *findings, amount=change(post.amount))]

    return make


def _other_value(change: Callable[[str], str], *findings: str, forms: tuple[str, ...] = TIMED) -> Maker:
    """Another value than the signed one."""

    def make(scene: Scene) -> Planted:
        post = scene.genuine(forms=forms)
        may = frozenset({"amount_format", "amount_not_positive"})
        return [replace(post, may=may).forged("signature_invalid", *findings, amount=change(post.amount))]

    return make


def rewritten_copy_beside_the_original(scene: Scene) -> Planted:
    """One signature posted in several spellings does not change what the key's notifications look like."""
    post = scene.genuine()
    copies = [
        replace(post, at_us=scene.moment_us(), forms=("envelopes", "captures", "cells")).suspect(
            "amount_rewritten", "amount_decimals", "replayed", amount=amount
        )
        for amount in (post.amount[:-6], post.amount[:-5])
        if amount != post.amount
    ]
    return [post, *copies[:1]]


def rounded_to_a_cent(scene: Scene) -> Planted:
    post = scene.genuine(amount=f"{scene.random.randint(1, 999)}.12345678")
    return [post.forged("signature_invalid", amount=post.amount[:-6])]


def bankers_tolerance(scene: Scene) -> Planted:
    """A signature for 11.00 does not cover 11.40: no rendering that rounds is tried."""
    whole = scene.random.randint(1, 999)
    post = scene.genuine(amount=scene.one_of(f"{whole}.00000000", f"{whole}.40000000"), forms=TEXT)
    return [post.forged("signature_invalid", amount=scene.one_of(f"{whole}.40", f"{whole}"))]


CLASSES: Final[dict[str, Maker]] = {
    "amount_exponent": _odd(lambda text: text.replace(".", "") + "E-8"),
    "amount_php_exponent": _odd(lambda _: "1.0E+25"),
    "amount_plus_sign": _odd(lambda text: "+" + text),
    "amount_leading_zeros": _odd(lambda text: "00" + text),
    "amount_full_width_digits": _odd(lambda text: text.translate(_FULL_WIDTH)),
    "amount_arabic_digits": _odd(lambda text: text.translate(_ARABIC)),
    "amount_one_foreign_digit": _odd(lambda text: text[:-1] + "٠"),
    "amount_leading_space": _odd(lambda text: " " + text),
    "amount_trailing_space": _odd(lambda text: text + " "),
    "amount_trailing_newline": _odd(lambda text: text + "\n"),
    "amount_no_break_space": _odd(lambda text: text + "\u00a0"),
    "amount_zero_width": _odd(lambda text: text[:1] + "\u200b" + text[1:]),
    "amount_nul_inside": _odd(lambda text: text[:1] + "\0" + text[1:]),
    "amount_nul_behind": _odd(lambda text: text + "\0"),
    "amount_thousands": _odd(lambda text: "1," + text.rjust(12, "0")),
    "amount_decimal_comma": _odd(lambda text: text.replace(".", ",")),
    "amount_hexadecimal": _odd(lambda text: hex(int(text.partition(".")[0]))),
    "amount_no_whole_part": _odd(lambda text: text[text.index(".") :]),
    "amount_bare_point": _odd(lambda text: text[: text.index(".") + 1]),
    "amount_two_points": _odd(lambda text: "1." + text),
    "amount_underscore": _odd(lambda text: "1_" + text),
    "amount_currency_sign": _odd(lambda text: "$" + text),
    "amount_currency_code": _odd(lambda text: text + " USD"),
    "amount_words": _odd(lambda text: ("NaN", "INF", "null", "Array", "eleven")[int(text[-7]) % 5]),
    "amount_invalid_utf8": _written(lambda text: text + "\udcff", "amount_format", "encoding"),
    "amount_21_digits": _odd(lambda text: "9" * (22 - text.index(".")) + text),
    "amount_40_digits": _odd(lambda text: "1" + "0" * 40 + text),
    "amount_negative": _not_positive("-11.00000000", "-0.01000000", also=("amount_format",)),
    "amount_zero": _not_positive("0.00000000"),
    "amount_negative_zero": _not_positive("-0.00000000", also=("amount_format",)),
    "decimals_nine": _decimals(lambda price: price + "0000001"),
    "decimals_ten_zeros": _decimals(lambda price: price + "0" * 8),
    "decimals_thirty": _decimals(lambda price: price + "0" * 27 + "1"),
    "decimals_seven": _decimals(lambda price: price + "00000"),
    "decimals_two": _decimals(lambda price: price),
    "decimals_none": _decimals(lambda price: price[:-3]),
    "rewritten_two_decimals": _rewritten(lambda text: text[:-6], "amount_decimals"),
    "rewritten_nine_decimals": _rewritten(lambda text: text + "0", "amount_decimals"),
    "rewritten_leading_zero": _rewritten(lambda text: "0" + text, "amount_format"),
    "rewritten_exponent": _rewritten(
        lambda text: text[:-6].replace(".", "") + "e-2", "amount_format", "amount_decimals"
    ),
    "value_point_moved_right": _other_value(lambda text: text.replace(".", "")[:-7] + "." + text[-7:] + "0"),
    "value_point_moved_left": _other_value(lambda text: "0." + text.replace(".", "")[:8]),
    "value_times_hundred": _other_value(lambda text: text[:-9] + text[-8:-6] + "." + "0" * 8),
    "value_digit_prepended": _other_value(lambda text: "9" + text),
    "value_sign_flipped": _other_value(lambda text: "-" + text, "amount_not_positive"),
    "value_exponent_appended": _other_value(lambda text: text + "e3"),
    "value_huge": _other_value(lambda text: "9" * 300 + text),
    "value_json_exponent_bomb": _other_value(lambda _: "1e999999999", forms=OBJECTS),
    **{maker.__name__: maker for maker in (rewritten_copy_beside_the_original, rounded_to_a_cent, bankers_tolerance)},
}
