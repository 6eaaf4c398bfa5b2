"""Keys that must not have signed: weak, unknown, retired, of the other mode, of another merchant."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tests.adversary.keyring import CENTS, NEW, OLD, PUBLIC_KEY, TEST, THIRD, UNKNOWN_SECRET, signed
from tests.adversary.posts import ANY, DAY_US, JSON_CELLS, START_US, TIMED, TIMED_RAW, Maker, Planted, Post, Scene

_OLD_ENDS_US: Final = START_US + 69 * DAY_US
_NEW_BEGINS_US: Final = START_US + 59 * DAY_US


def _under(scene: Scene, secret: str) -> Post:
    post = scene.genuine(forms=ANY)
    return replace(post, signature=signed(secret, post.amount + post.identifier))


def _weak(*secrets: str) -> Maker:
    return lambda scene: [_under(scene, scene.one_of(*secrets)).forged("signature_invalid", "weak_key")]


def unknown_key(scene: Scene) -> Planted:
    return [_under(scene, UNKNOWN_SECRET + str(scene.variant)).forged("signature_invalid")]


def secret_with_line_end(scene: Scene) -> Planted:
    secret = NEW.secret + scene.one_of("\n", "\r\n", " ", "\t")
    return [_under(scene, secret).forged("signature_invalid")]


def secret_in_other_case(scene: Scene) -> Planted:
    return [_under(scene, NEW.secret.upper()).forged("signature_invalid")]


def secret_cut(scene: Scene) -> Planted:
    return [_under(scene, NEW.secret[: scene.random.randint(1, len(NEW.secret) - 1)]).forged("signature_invalid")]


def test_key_on_the_live_endpoint(scene: Scene) -> Planted:
    return [scene.genuine(TEST, endpoint="live").suspect("test_key")]


def test_key_without_an_endpoint(scene: Scene) -> Planted:
    return [scene.genuine(TEST, endpoint=None, forms=ANY).suspect("test_key")]


def test_payment_replayed_live(scene: Scene) -> Planted:
    post = scene.genuine(TEST)
    return [post, scene.again(post).suspect("test_key", "replayed", endpoint="live")]


def live_key_on_the_test_endpoint(scene: Scene) -> Planted:
    return [scene.genuine(endpoint="test").suspect("live_key_on_test")]


def live_payment_replayed_on_the_test_endpoint(scene: Scene) -> Planted:
    post = scene.genuine()
    return [post, scene.again(post).suspect("live_key_on_test", "replayed", endpoint="test")]


def same_payment_by_test_and_live_key(scene: Scene) -> Planted:
    """Anyone may sign anything in test mode; a live payment of the same order stands."""
    live = scene.genuine()
    test = scene.genuine(TEST, amount=live.amount, identifier=live.identifier, trx=live.trx)
    return [replace(test, at_us=live.at_us - 1).suspect("test_key", endpoint="live"), live]


def test_mode_with_a_genuine_trx(scene: Scene) -> Planted:
    live = scene.genuine()
    return [live, scene.genuine(TEST, trx=live.trx).suspect("test_key", endpoint="live")]


def retired_key(scene: Scene) -> Planted:
    late_us = scene.random.choice((0, 1, 1_000_000, DAY_US, 90 * DAY_US))
    return [scene.genuine(OLD, at_us=_OLD_ENDS_US + late_us).suspect("retired_key")]


def key_not_yet_valid(scene: Scene) -> Planted:
    early_us = scene.random.choice((1, 1_000_000, DAY_US, 50 * DAY_US))
    return [scene.genuine(at_us=_NEW_BEGINS_US - early_us).suspect("retired_key")]


def last_and_first_moment_of_a_key(scene: Scene) -> Planted:
    return [scene.genuine(OLD, at_us=_OLD_ENDS_US - 1), scene.genuine(at_us=_NEW_BEGINS_US)]


def old_payment_replayed_after_rotation(scene: Scene) -> Planted:
    post = scene.genuine(OLD, at_us=_OLD_ENDS_US - DAY_US)
    return [post, post.suspect("replayed", "retired_key", at_us=_OLD_ENDS_US + DAY_US)]


def other_merchant(scene: Scene) -> Planted:
    signer = scene.one_of(CENTS, THIRD)
    return [scene.genuine(signer, merchant="shop-a").suspect("other_merchant")]


def replayed_at_another_merchant(scene: Scene) -> Planted:
    post = scene.genuine(THIRD, merchant="shop-c")
    return [post, scene.again(post).suspect("other_merchant", "replayed", merchant=scene.one_of("shop-a", "shop-b"))]


def unknown_merchant(scene: Scene) -> Planted:
    return [scene.genuine(merchant="shop-x").suspect("other_merchant")]


def everything_wrong_with_the_key(scene: Scene) -> Planted:
    post = scene.genuine(TEST, endpoint="live", merchant="shop-c", forms=TIMED)
    return [post.suspect("test_key", "other_merchant")]


def posted_words_about_arrival(scene: Scene) -> Planted:
    """Who posts cannot say when, where and for whom it was posted."""
    lies = {"endpoint": "test", "received_at": "2020-01-01T00:00:00Z", "merchant": "shop-x"}
    test = scene.genuine(TEST, endpoint="live", merchant="shop-a", more=lies, forms=(*TIMED_RAW, JSON_CELLS))
    post = scene.genuine(merchant="shop-a", forms=TIMED_RAW)
    edited = replace(post, trx=scene.trx(), at_us=scene.moment_us(), more=lies, forms=(*TIMED_RAW, JSON_CELLS))
    return [test.suspect("test_key"), post, edited.suspect("trx_conflict")]


CLASSES: Final[dict[str, Maker]] = {
    "weak_empty_key": _weak(""),
    "weak_placeholder_key": _weak("YOUR_SECRET_KEY", "your_secret_key", "secret", "changeme"),
    "weak_placeholder_public_key": _weak("your_public_key", "YOUR_PUBLIC_KEY"),
    "weak_public_key": _weak(PUBLIC_KEY),
    **{
        maker.__name__: maker
        for maker in (
            unknown_key,
            secret_with_line_end,
            secret_in_other_case,
            secret_cut,
            test_key_on_the_live_endpoint,
            test_key_without_an_endpoint,
            test_payment_replayed_live,
            live_key_on_the_test_endpoint,
            live_payment_replayed_on_the_test_endpoint,
            same_payment_by_test_and_live_key,
            test_mode_with_a_genuine_trx,
            retired_key,
            key_not_yet_valid,
            last_and_first_moment_of_a_key,
            old_payment_replayed_after_rotation,
            other_merchant,
            replayed_at_another_merchant,
            unknown_merchant,
            everything_wrong_with_the_key,
            posted_words_about_arrival,
        )
    },
}
