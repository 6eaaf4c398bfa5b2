"""Honest traffic with honest oddities: all of it is accepted, a duplicate, or no payment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from tests.adversary.forms import urlencoded
from tests.adversary.keyring import CENTS, NEW, OLD, TEST, THIRD, UNCLEAR, WHOLE, signed
from tests.adversary.posts import ANY, DAY_US, NUMBERS, RAW, START_US, TEXT, TIMED, TIMED_RAW, Post, Scene


def plain(scene: Scene) -> list[Post]:
    return [scene.genuine(forms=ANY)]


def merchant_named(scene: Scene) -> list[Post]:
    return [scene.genuine(merchant="shop-a")]


def old_key(scene: Scene) -> list[Post]:
    post = scene.genuine(OLD)
    return [replace(post, at_us=post.at_us - 95 * DAY_US)]


def overlapping_keys(scene: Scene) -> list[Post]:
    posts = [scene.genuine(key, forms=TIMED) for key in (OLD, NEW, OLD)]
    first_us = START_US + 59 * DAY_US + scene.random.randrange(9 * DAY_US)
    return [replace(post, at_us=first_us + turn) for turn, post in enumerate(posts)]


def two_decimals(scene: Scene) -> list[Post]:
    return [scene.genuine(CENTS, forms=ANY, merchant=scene.one_of(None, "shop-b"))]


def whole_amounts(scene: Scene) -> list[Post]:
    return [scene.genuine(WHOLE, forms=ANY)]


def unclear_decimals(scene: Scene) -> list[Post]:
    price = scene.price()
    return [scene.genuine(UNCLEAR, amount=price), scene.genuine(UNCLEAR, amount=price + "000000")]


def numeric_order_id(scene: Scene) -> list[Post]:
    return [scene.genuine(identifier=scene.number(), forms=ANY)]


def constant_identifier(scene: Scene) -> list[Post]:
    amount = f"{1000 + scene.variant}.{scene.random.randint(0, 99):02d}000000"
    if scene.variant % 2:
        return [scene.genuine(identifier="payment_link_7", amount=amount, forms=ANY)]
    return [scene.genuine(identifier="DFU80XZIKS", amount=amount, forms=ANY).accepted("sample_identifier")]


def split_payment(scene: Scene) -> list[Post]:
    identifier = scene.identifier()
    return [scene.genuine(identifier=identifier, amount=f"{amount}.00000000") for amount in (10, 20, 30)]


def redelivery(scene: Scene) -> list[Post]:
    first = scene.genuine()
    return [first, *(scene.again(first) for _ in range(scene.one_of(1, 2)))]


def redelivery_with_new_timestamp(scene: Scene) -> list[Post]:
    first = scene.genuine(more={"data[payment_timestamp]": "2026-04-01T10:00:00.000000Z"})
    return [first, scene.again(first, more={"data[payment_timestamp]": "2026-04-01T10:00:09.000000Z"})]


def redelivery_under_new_key(scene: Scene) -> list[Post]:
    first = scene.genuine(OLD)
    first = replace(first, at_us=first.at_us - 95 * DAY_US)
    signature = signed(NEW.secret, first.amount + first.identifier)
    return [first, scene.again(first, signature=signature)]


def test_endpoint(scene: Scene) -> list[Post]:
    return [scene.genuine(TEST)]


def failed_status(scene: Scene) -> list[Post]:
    return [scene.genuine(status=scene.one_of("failed", "cancelled", "pending"), forms=ANY).no_payment()]


def other_currency(scene: Scene) -> list[Post]:
    supported = scene.genuine(currency="EUR", forms=ANY)
    return [supported, scene.genuine(currency=scene.one_of("XOF", "GBP"), forms=ANY).accepted("currency_unsupported")]


def no_transaction_id(scene: Scene) -> list[Post]:
    return [scene.genuine(trx=None, payment_type=None, forms=ANY)]


def older_generation(scene: Scene) -> list[Post]:
    more = {
        "data[account_holder]": scene.one_of("Zoé d'Arc", "Jean-Pierre Le Goff", "陳大文", "O'Brien & Sons"),
        "data[currency][code]": "USD",
        "data[currency][symbol]": "$",
        "data[payment_timestamp][date]": "2026-04-01 12:00:00.000000",
        "data[payment_timestamp][timezone_type]": "3",
        "data[payment_timestamp][timezone]": "UTC",
    }
    return [scene.genuine(currency=None, payment_type="hosted", charge="3.3", more=more, forms=RAW)]


def merged_request(scene: Scene) -> list[Post]:
    return [scene.genuine(more={"PHPSESSID": "a1b2c3", "page_id": "12", "utm_source": "mail"}, forms=ANY)]


def free_identifier(scene: Scene) -> list[Post]:
    unique = scene.identifier()
    texts = ("éà ", "注文", "№", "#", "a b ", "x/", "100%", "a&b", "q=", "💳")
    identifier = (scene.one_of(*texts) + unique).ljust(20, "_") if scene.variant % 3 else scene.one_of(*texts) + unique
    return [scene.genuine(identifier=identifier, forms=ANY)]


def edge_amount(scene: Scene) -> list[Post]:
    amounts = ("0.01000000", "0.00000001", "99999999999999999999.99999999", "100.00000000", "1000000.10000000")
    return [scene.genuine(amount=scene.one_of(*amounts), forms=ANY)]


def same_order_number_of_two_merchants(scene: Scene) -> list[Post]:
    number, amount = scene.number(), scene.amount()
    return [scene.genuine(key, identifier=number, amount=amount) for key in (NEW, THIRD)]


def third_merchant(scene: Scene) -> list[Post]:
    return [scene.genuine(THIRD, merchant="shop-c")]


def body_spellings(scene: Scene) -> list[Post]:
    post = scene.genuine(identifier="a b " + scene.identifier())
    body = urlencoded({**_fields(post), "note": "a b"})
    spelling: Callable[[bytes], bytes] = scene.one_of(
        lambda text: text.replace(b"%5B", b"[").replace(b"%5D", b"]"),
        lambda text: text.replace(b"+", b"%20"),
        lambda text: text.replace(b"%5B", b"%5b").replace(b"%5D", b"%5d"),
        lambda text: b"&".join(reversed(text.split(b"&"))),
        lambda text: text + b"&",
    )
    return [replace(post, body=spelling(body), forms=TIMED_RAW)]


def number_store(scene: Scene) -> list[Post]:
    price = scene.price()
    tokens = (f"{float(price)!r}", price, price.rstrip("0").rstrip("."), price + "000000", price + "0")
    amount = price + "000000"
    post = scene.genuine(amount=amount)
    return [replace(post, amount=scene.one_of(*tokens), forms=(NUMBERS,))]


def number_store_of_cents(scene: Scene) -> list[Post]:
    price = scene.price()
    signature = scene.genuine(CENTS, amount=price)
    return [replace(signature, amount=repr(float(price)), forms=(NUMBERS,))]


def rewritten_text_store(scene: Scene) -> list[Post]:
    post = scene.genuine()
    price = post.amount[:-6]
    texts = (price, repr(float(price)), price + "00", price.rstrip("0").rstrip("."), "0" + price)
    return [replace(post, amount=scene.one_of(*texts), forms=TEXT)]


HONEST: Final[dict[Callable[[Scene], list[Post]], int]] = {
    plain: 2800,
    merchant_named: 600,
    old_key: 1000,
    overlapping_keys: 100,
    two_decimals: 1200,
    whole_amounts: 200,
    unclear_decimals: 60,
    numeric_order_id: 1000,
    constant_identifier: 200,
    split_payment: 100,
    redelivery: 150,
    redelivery_with_new_timestamp: 30,
    redelivery_under_new_key: 30,
    test_endpoint: 400,
    failed_status: 200,
    other_currency: 100,
    no_transaction_id: 100,
    older_generation: 100,
    merged_request: 100,
    free_identifier: 200,
    edge_amount: 60,
    same_order_number_of_two_merchants: 60,
    third_merchant: 400,
    body_spellings: 100,
    number_store: 400,
    number_store_of_cents: 100,
    rewritten_text_store: 200,
}
"""How many scenes of each honest kind."""


def honest_scenes() -> Iterator[tuple[str, list[Post]]]:
    """Every honest scene with the name of its kind."""
    serial = 500_000
    for maker, count in HONEST.items():
        for variant in range(count):
            serial += 1
            yield maker.__name__, maker(Scene(maker.__name__, variant, serial))


def _fields(post: Post) -> dict[str, str]:
    return {
        "status": "success",
        "signature": post.signature or "",
        "identifier": post.identifier,
        "data[payment_trx]": post.trx or "",
        "data[amount]": post.amount,
        "data[payment_type]": "checkout",
        "data[currency]": "USD",
    }
