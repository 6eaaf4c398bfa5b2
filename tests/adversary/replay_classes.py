"""The same notification again: as it was, and with the fields edited that no signature covers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from tests.adversary.keyring import NEW, OLD, THIRD
from tests.adversary.posts import BODIES, DAY_US, TIMED, TIMED_RAW, Maker, Planted, Scene


def _edited(finding: str, base: dict[str, Any], *edits: dict[str, Any], also: tuple[str, ...] = ()) -> Maker:
    """A genuine notification, then a replay with one unsigned field edited."""

    def make(scene: Scene) -> Planted:
        post = scene.genuine(**base)
        edit = dict(scene.one_of(*edits))
        if "trx" in edit and edit["trx"] == "another":
            edit["trx"] = scene.trx()
        return [post, replace(post, **edit, at_us=scene.moment_us()).suspect(finding, *also)]

    return make


def redelivered_many_times(scene: Scene) -> Planted:
    post = scene.genuine()
    return [post, *(scene.again(post) for _ in range(5))]


def redelivered_without_times(scene: Scene) -> Planted:
    post = scene.genuine(forms=(BODIES,))
    return [post, *(scene.again(post) for _ in range(scene.random.randint(1, 3)))]


def redelivered_out_of_order(scene: Scene) -> Planted:
    post = scene.genuine()
    return [scene.again(post), post, scene.again(post)]


def trx_case_changed(scene: Scene) -> Planted:
    post = scene.genuine()
    lowered = replace(post, trx=(post.trx or "").lower(), at_us=scene.moment_us())
    return [post, lowered.suspect("trx_conflict")]


def trx_edited_many_times(scene: Scene) -> Planted:
    post = scene.genuine()
    return [
        post,
        *(replace(post, trx=scene.trx(), at_us=scene.moment_us()).suspect("trx_conflict") for _ in range(4)),
    ]


def trx_edited_out_of_order(scene: Scene) -> Planted:
    """The archive's order is not the order of arrival."""
    post = scene.genuine()
    later = replace(post, trx=scene.trx(), at_us=scene.moment_us()).suspect("trx_conflict")
    return [later, post]


def trx_and_currency_edited(scene: Scene) -> Planted:
    post = scene.genuine()
    edited = replace(post, trx=scene.trx(), currency="EUR", at_us=scene.moment_us())
    return [post, edited.suspect("trx_conflict")]


def edited_replay_replayed(scene: Scene) -> Planted:
    post = scene.genuine()
    edited = replace(post, trx=scene.trx(), at_us=scene.moment_us()).suspect("trx_conflict")
    again = replace(edited, at_us=scene.moment_us()).suspect("trx_conflict", "replayed")
    return [post, edited, again]


def redelivery_before_an_edited_replay(scene: Scene) -> Planted:
    post = scene.genuine()
    again = scene.again(post)
    return [post, again, replace(post, trx=scene.trx(), at_us=scene.moment_us()).suspect("trx_conflict")]


def second_payment_of_one_order(scene: Scene) -> Planted:
    """Two true payments cannot be told from a replay with an edited id."""
    post = scene.genuine()
    return [post, scene.genuine(amount=post.amount, identifier=post.identifier).suspect("trx_conflict")]


def second_payment_across_rotation(scene: Scene) -> Planted:
    first = scene.genuine(OLD)
    first = replace(first, at_us=first.at_us - 95 * DAY_US)
    second = scene.genuine(NEW, amount=first.amount, identifier=first.identifier)
    return [first, second.suspect("trx_conflict")]


def status_flipped(scene: Scene) -> Planted:
    post = scene.genuine(status=scene.one_of("failed", "cancelled", "pending", "SUCCESS"))
    flipped = replace(post, status="success", at_us=scene.moment_us())
    return [each.suspect("status_conflict") for each in (post, flipped)]


def status_flipped_back(scene: Scene) -> Planted:
    post = scene.genuine()
    flipped = replace(post, status=scene.one_of("failed", "refunded", "Success", " success"), at_us=scene.moment_us())
    return [each.suspect("status_conflict") for each in (post, flipped)]


def status_flipped_amid_redeliveries(scene: Scene) -> Planted:
    post = scene.genuine()
    flipped = replace(post, status="failed", at_us=scene.moment_us()).suspect("status_conflict")
    again = scene.again(post).suspect("status_conflict", "replayed")
    return [post.suspect("status_conflict"), flipped, again]


def status_and_trx_edited(scene: Scene) -> Planted:
    """A failed payment is signed like a successful one."""
    failed = scene.genuine(status="failed").no_payment()
    edited = replace(failed, status="success", trx=scene.trx(), at_us=scene.moment_us())
    return [failed, edited.suspect("trx_conflict")]


def trx_reused(scene: Scene) -> Planted:
    one = scene.genuine()
    return [one, scene.genuine(trx=one.trx).suspect("trx_reused")]


def trx_reused_for_another_amount(scene: Scene) -> Planted:
    one = scene.genuine()
    return [one, scene.genuine(trx=one.trx, identifier=one.identifier).suspect("trx_reused")]


def trx_reused_by_many(scene: Scene) -> Planted:
    one = scene.genuine()
    return [one, *(scene.genuine(trx=one.trx).suspect("trx_reused") for _ in range(3))]


def trx_reused_then_redelivered(scene: Scene) -> Planted:
    one = scene.genuine()
    two = scene.genuine(trx=one.trx)
    again = scene.again(one).suspect("trx_reused", "replayed")
    return [one, two.suspect("trx_reused"), again]


def trx_reused_in_junk(scene: Scene) -> Planted:
    """Junk cannot cast doubt: its signature does not verify."""
    post = scene.genuine()
    junk = scene.genuine(trx=post.trx).forged("signature_invalid", signature="A" * 64)
    return [junk, post]


def conflict_in_junk(scene: Scene) -> Planted:
    post = scene.genuine()
    junk = replace(post, signature="B" * 64, at_us=post.at_us - 1)
    edits: tuple[dict[str, Any], ...] = (
        {"trx": scene.trx()},
        {"status": "failed"},
        {"currency": "EUR"},
        {"charge": "1.00"},
    )
    return [*(replace(junk, **edit).forged("signature_invalid") for edit in edits), post]


def same_order_of_another_merchant_replayed(scene: Scene) -> Planted:
    one = scene.genuine()
    two = scene.genuine(THIRD, amount=one.amount, identifier=one.identifier)
    return [one, two, replace(two, trx=scene.trx(), at_us=scene.moment_us()).suspect("trx_conflict")]


def replayed_as_raw_with_other_parameters(scene: Scene) -> Planted:
    post = scene.genuine(forms=TIMED_RAW)
    return [post, scene.again(post, more={"nonce": scene.trx(), "data[note]": "x"})]


CLASSES: Final[dict[str, Maker]] = {
    "replay_trx_edited": _edited("trx_conflict", {}, {"trx": "another"}),
    "replay_trx_removed": _edited("trx_conflict", {}, {"trx": None}),
    "replay_trx_added": _edited("trx_conflict", {"trx": None}, {"trx": "another"}),
    "replay_trx_emptied": _edited("trx_conflict", {"forms": TIMED_RAW}, {"trx": ""}),
    "replay_currency_edited": _edited("unsigned_conflict", {}, {"currency": "EUR"}),
    "replay_currency_removed": _edited("unsigned_conflict", {}, {"currency": None}),
    "replay_currency_added": _edited("unsigned_conflict", {"currency": None}, {"currency": "USD"}),
    "replay_charge_added": _edited("unsigned_conflict", {}, {"charge": "0.50"}),
    "replay_charge_edited": _edited("unsigned_conflict", {"charge": "0.50"}, {"charge": "5.00"}, {"charge": "-0.50"}),
    "replay_charge_removed": _edited("unsigned_conflict", {"charge": "0.50"}, {"charge": None}),
    "replay_payment_type_edited": _edited("unsigned_conflict", {}, {"payment_type": "hosted"}),
    "replay_payment_type_removed": _edited("unsigned_conflict", {}, {"payment_type": None}),
    "replay_everything_edited": _edited(
        "unsigned_conflict", {"forms": TIMED}, {"currency": "EUR", "charge": "1", "payment_type": "x"}
    ),
    **{
        f"replay_{maker.__name__}": maker
        for maker in (
            redelivered_many_times,
            redelivered_without_times,
            redelivered_out_of_order,
            trx_case_changed,
            trx_edited_many_times,
            trx_edited_out_of_order,
            trx_and_currency_edited,
            edited_replay_replayed,
            redelivery_before_an_edited_replay,
            second_payment_of_one_order,
            second_payment_across_rotation,
            status_flipped,
            status_flipped_back,
            status_flipped_amid_redeliveries,
            status_and_trx_edited,
            trx_reused,
            trx_reused_for_another_amount,
            trx_reused_by_many,
            trx_reused_then_redelivered,
            trx_reused_in_junk,
            conflict_in_junk,
            same_order_of_another_merchant_replayed,
            replayed_as_raw_with_other_parameters,
        )
    },
}
