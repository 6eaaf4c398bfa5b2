"""The seam that is not signed: one payment posted again as another amount of another order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from tests.adversary.keyring import CENTS, NEW, OLD, TEST, UNCLEAR, WHOLE, Signer
from tests.adversary.posts import DAY_US, NUMBERS, Maker, Planted, Post, Scene


def split(post: Post, moved: int) -> dict[str, Any]:
    """The same signed bytes with the seam moved to the right, or to the left where it is negative."""
    seam = len(post.amount) + moved
    signed_text = post.amount + post.identifier
    return {"amount": signed_text[:seam], "identifier": signed_text[seam:]}


def twin(scene: Scene, post: Post, moved: int, **changes: str) -> Post:
    """A boundary twin as posted later; unless told otherwise with a transaction id of its own."""
    changes.setdefault("trx", scene.trx())
    # Whether it also repeats an earlier one is for no one to say: it is no notification at all.
    may = frozenset({"replayed", "amount_format", "identifier_too_long", "amount_not_positive"})
    posted = replace(post, may=may, at_us=scene.moment_us())
    return posted.forged("boundary_twin", "amount_decimals", **{**split(post, moved), **changes})


def _order(scene: Scene, signer: Signer = NEW, **fields: str) -> Post:
    return scene.genuine(signer, identifier=scene.number(), **fields)


def _moved(low: int, high: int, signer: Signer = NEW) -> Maker:
    """Some digits moved across the seam, beside the original."""

    def make(scene: Scene) -> Planted:
        post = _order(scene, signer)
        return [post, twin(scene, post, scene.random.randint(low, high))]

    return make


def before_the_original(scene: Scene) -> Planted:
    post = _order(scene)
    early = twin(scene, post, scene.random.choice((-2, -1, 1, 2)))
    return [replace(early, at_us=post.at_us - 1), post]


def chain(scene: Scene) -> Planted:
    post = _order(scene)
    return [post, *(twin(scene, post, moved) for moved in range(1, scene.random.randint(3, 6)))]


def both_directions(scene: Scene) -> Planted:
    post = _order(scene)
    return [twin(scene, post, -1), post, twin(scene, post, 1)]


def same_trx(scene: Scene) -> Planted:
    post = _order(scene)
    return [post, twin(scene, post, 1, trx=post.trx or "")]


def edited_trx(scene: Scene) -> Planted:
    post = _order(scene)
    return [post, twin(scene, post, 1), twin(scene, post, 1)]


def edited_currency(scene: Scene) -> Planted:
    post = _order(scene)
    return [post, twin(scene, post, 1, trx=post.trx or "", currency="EUR")]


def edited_status(scene: Scene) -> Planted:
    post = _order(scene)
    return [post, twin(scene, post, 1, trx=post.trx or "", status="failed")]


def replayed_twin(scene: Scene) -> Planted:
    post = _order(scene)
    first = twin(scene, post, 1)
    return [post, first, *(replace(first, at_us=scene.moment_us()) for _ in range(2))]


def redelivered_original(scene: Scene) -> Planted:
    post = _order(scene)
    return [post, twin(scene, post, 1, trx=post.trx or ""), scene.again(post)]


def of_an_edited_replay(scene: Scene) -> Planted:
    """The original's later conflict is judged among genuine splits alone."""
    post = _order(scene)
    edited = replace(post, trx=scene.trx(), at_us=scene.moment_us()).suspect("trx_conflict")
    return [post, edited, twin(scene, post, 1, trx=edited.trx or "")]


def with_the_trx_of_another_payment(scene: Scene) -> Planted:
    """The other payment stays out of it."""
    other, post = _order(scene), _order(scene)
    return [other, post, twin(scene, post, 1, trx=other.trx or "")]


def of_a_failed_payment(scene: Scene) -> Planted:
    post = replace(_order(scene), status="failed").no_payment()
    return [post, twin(scene, post, 1, status="success")]


def alone(scene: Scene) -> Planted:
    post = _order(scene)
    return [post.suspect("amount_decimals", **split(post, scene.random.choice((-5, -2, -1, 1, 2, 3))))]


def alone_with_equal_value(scene: Scene) -> Planted:
    """Zeros moved from the order number to the amount: the value is the same."""
    post = scene.genuine(identifier="0" + scene.number())
    return [post.suspect("amount_decimals", **split(post, 1))]


def equal_value_beside_the_original(scene: Scene) -> Planted:
    post = scene.genuine(identifier="0" + scene.number())
    return [post, twin(scene, post, 1)]


def without_the_original(scene: Scene) -> Planted:
    post = _order(scene)
    return [twin(scene, post, moved) for moved in (1, 2, -1)]


def point_moved_out_of_the_amount(scene: Scene) -> Planted:
    post = scene.genuine(amount="12.34000000", identifier=str(scene.random.randint(100, 999)) + scene.number()[:6])
    return [post, twin(scene, post, -9)]


def first_digit_alone(scene: Scene) -> Planted:
    post = scene.genuine(amount=f"15{scene.random.randint(0, 9)}.00000000", identifier=scene.number())
    return [post, twin(scene, post, 1 - len(post.amount))]


def with_letters(scene: Scene) -> Planted:
    post = scene.genuine(identifier=scene.identifier())
    other = twin(scene, post, scene.one_of(1, 2, 3))
    return [post, replace(other, findings=other.findings | {"amount_format"})]


def unclear_decimals(scene: Scene) -> Planted:
    """Nothing tells which split is genuine: none is accepted and none called forged."""
    post = scene.genuine(UNCLEAR, identifier=scene.number(), amount=scene.price() + scene.one_of("", "000000"))
    other = replace(post, **split(post, scene.random.choice((-1, 1))), trx=scene.trx(), at_us=scene.moment_us())
    return [each.suspect("amount_decimals") for each in (post, other)]


def whole_amounts(scene: Scene) -> Planted:
    """Amounts without decimals look alike wherever they are cut."""
    post = scene.genuine(WHOLE, identifier=scene.number())
    other = replace(post, **split(post, scene.one_of(-1, 1, 2)), trx=scene.trx(), at_us=scene.moment_us())
    return [each.suspect("amount_decimals") for each in (post, other)]


def lower_case_twin(scene: Scene) -> Planted:
    post = _order(scene)
    lowered = {**split(post, 1), "signature": (post.signature or "").lower(), "trx": scene.trx()}
    other = replace(post, at_us=scene.moment_us(), may=frozenset({"amount_decimals", "boundary_twin"}))
    return [post, other.suspect("signature_format", **lowered)]


def original_in_a_number_store(scene: Scene) -> Planted:
    post = _order(scene)
    stored = replace(post, amount=repr(float(post.amount)), forms=(NUMBERS,))
    return [stored, twin(scene, post, 1)]


def of_an_old_payment(scene: Scene) -> Planted:
    post = scene.genuine(OLD, identifier=scene.number(), at_us=scene.moment_us() - 95 * DAY_US)
    other = twin(scene, post, 1)
    return [post, replace(other, at_us=post.at_us + 1_000)]


def late_twin_of_an_old_payment(scene: Scene) -> Planted:
    post = scene.genuine(OLD, identifier=scene.number(), at_us=scene.moment_us() - 95 * DAY_US)
    other = twin(scene, post, 1)
    return [post, replace(other, findings=other.findings | {"retired_key"})]


def of_a_test_payment(scene: Scene) -> Planted:
    post = scene.genuine(TEST, identifier=scene.number())
    return [post, twin(scene, post, 1)]


CLASSES: Final[dict[str, Maker]] = {
    "boundary_one_digit_right": _moved(1, 1),
    "boundary_one_digit_left": _moved(-1, -1),
    "boundary_digits_right": _moved(2, 6),
    "boundary_digits_left": _moved(-7, -2),
    "boundary_in_cents_right": _moved(1, 5, CENTS),
    "boundary_in_cents_left": _moved(-1, -1, CENTS),
    **{
        f"boundary_{maker.__name__}": maker
        for maker in (
            before_the_original,
            chain,
            both_directions,
            same_trx,
            edited_trx,
            edited_currency,
            edited_status,
            replayed_twin,
            redelivered_original,
            of_an_edited_replay,
            with_the_trx_of_another_payment,
            of_a_failed_payment,
            alone,
            alone_with_equal_value,
            equal_value_beside_the_original,
            without_the_original,
            point_moved_out_of_the_amount,
            first_digit_alone,
            with_letters,
            unclear_decimals,
            whole_amounts,
            lower_case_twin,
            original_in_a_number_store,
            of_an_old_payment,
            late_twin_of_an_old_payment,
            of_a_test_payment,
        )
    },
}
