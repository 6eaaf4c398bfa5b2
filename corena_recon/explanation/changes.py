"""What would have made each untrusted notification valid, as a sentence a person can act on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple

from corena_recon.explanation.counterfactuals.search import Case, Counterfactual, Search, other_splits
from corena_recon.explanation.evidence import Row
from corena_recon.explanation.facts import Setting, usual_decimals
from corena_recon.explanation.phrases import seamed
from corena_recon.languages import grouped
from corena_recon.signing import KeyRing
from corena_recon.vocabulary import SignatureStatus

SEARCHED_MAX: Final = 20
"""How many different untrusted contents of one identifier are searched for what would make them valid."""

_VERIFIED: Final = (SignatureStatus.VALID, SignatureStatus.VALID_RENDERED)

Content = tuple[str | None, str | None]
"""The amount and the signature of a notification; with the identifier, all that verifying looks at."""


class Changes(NamedTuple):
    """What would make untrusted notifications valid.

    Attributes:
        by_content: For each untrusted content the ``kind`` of change, its facts, and its ``sentence``.
        searched: How many contents were searched.
        tried: How many signatures were computed to find out.
    """

    by_content: dict[Content, dict[str, Any]]
    searched: int
    tried: int


class Bounds(NamedTuple):
    """How far a search goes.

    Attributes:
        candidates_max: How many signatures may be computed.
        searches_left: How many more contents are searched.
        searches_max: How many are in all.
    """

    candidates_max: int
    searches_left: int
    searches_max: int


def changes_in_words(
    rows: list[Row],
    keys: KeyRing | None,
    order_amounts: Iterable[Decimal | None],
    setting: Setting,
    bounds: Bounds,
) -> Changes:
    """What would make each notification valid whose signature or split is not to be trusted.

    Args:
        rows: What ``Evidence.notifications`` gives, of one identifier.
        keys: The key ring; without it only secrets that anyone knows are tried.
        order_amounts: The amounts of the identifier's orders.
        setting: What else to draw on.
        bounds: How far to search.
    """
    found = {content_of(row): _genuine_split(row, setting) for row in rows}
    for row in rows:
        if is_untrusted(row) and not row["signature"]:
            found[content_of(row)] = {"kind": "none_posted", "sentence": setting.say("nothing_posted")}
    searched = list({content_of(row): row for row in reversed(rows) if is_untrusted(row) and row["signature"]}.values())
    searched.reverse()
    public_keys = setting.options.get("public_keys", ())
    case_count = min(len(searched), bounds.searches_left)
    search = Search(keys, setting.evidence, case_count, public_keys=public_keys, candidates_max=bounds.candidates_max)
    amounts = tuple(amount for amount in order_amounts if amount is not None)
    for row in searched[:case_count]:
        change = _copied_pair(row, setting) or search.find(_case_of(row, amounts))
        found[content_of(row)] = _in_words(change, row, setting, has_keys=keys is not None)
    for row in searched[case_count:]:
        sentence = setting.say("not_searched", count=grouped(bounds.searches_max, setting.lang))
        found[content_of(row)] = {"kind": "not_searched", "sentence": sentence}
    return Changes({content: change for content, change in found.items() if change}, case_count, search.tried)


def is_untrusted(row: Row) -> bool:
    """Whether the row is a notification whose signature does not verify as it was posted."""
    return not row["unreadable"] and row["signature_status"] not in _VERIFIED


def content_of(row: Row) -> Content:
    """The row's key in ``Changes.by_content``."""
    return row["amount_text"], row["signature"]


def _case_of(row: Row, order_amounts: tuple[Decimal, ...]) -> Case:
    fields = {name: row[name] for name in ("status", "currency", "payment_trx") if row[name]}
    return Case(row["amount_text"], row["identifier"], row["signature"], fields, order_amounts)


def _copied_pair(row: Row, setting: Setting) -> Counterfactual | None:
    """For a copied signature, the notification that it was copied from, where it stands in the archive."""
    if "signature_copied" not in row["findings"]:
        return None
    for other in setting.evidence.compared("signature_copied", row)[:1]:
        is_same_amount = other["signed_amount"] == row["amount_text"]
        is_same_identifier = other["identifier"] == row["identifier"]
        return Counterfactual(
            "identifier" if is_same_amount else "amount" if is_same_identifier else "pair",
            origin="archive",
            key_id=other["key_id"],
            amount=None if is_same_amount else other["signed_amount"],
            identifier=None if is_same_identifier else other["identifier"],
            source=other["source"],
            record=other["record"],
        )
    return None


def _genuine_split(row: Row, setting: Setting) -> dict[str, Any] | None:
    """For signed bytes that were cut in an unusual place, the usual cut."""
    if row["signature_status"] not in _VERIFIED or not {"boundary_twin", "amount_decimals"} & set(row["findings"]):
        return None
    splits = [
        (split, decimals)
        for decimals in usual_decimals(row, setting)
        for split in other_splits(row["signed_amount"], row["identifier"], decimals)
    ]
    known = [(split, decimals) for split, decimals in splits if setting.evidence.knows(split[1])]
    for (amount, identifier), decimals in (known or splits)[:1]:
        sentence = setting.say("if_split", seam=seamed(amount, identifier), decimals=decimals)
        remarks = [setting.say("split_is_known")] if known else []
        facts = {"kind": "split", "amount": amount, "identifier": identifier}
        return {**facts, "sentence": _with_remarks(sentence, remarks)}
    return None


def _in_words(change: Counterfactual | None, row: Row, setting: Setting, *, has_keys: bool) -> dict[str, Any]:
    if change is None:
        phrase = "nothing_found" if has_keys else "no_keys"
        return {"kind": phrase, "sentence": setting.say(phrase)}
    facts = {name: value for name, value in change._asdict().items() if value is not None}
    return {**facts, "sentence": _change_sentence(change, row, setting)}


def _change_sentence(change: Counterfactual, row: Row, setting: Setting) -> str:
    if change.kind == "key":
        return setting.say("if_key", key=change.key_id)
    if change.kind == "weak_key":
        phrase = "if_weak_key" if change.weak_secret else "if_empty_key"
        return setting.say(phrase, secret=change.weak_secret)
    facts = change._asdict()
    posted = row["amount_text"] if change.kind == "amount" else row["identifier"]
    other = change.amount if change.kind == "amount" else change.identifier
    seam = seamed(change.amount, change.identifier) if change.amount and change.identifier else ""
    facts |= {"posted": posted, "other": other, "seam": seam, "where": setting.where(facts)}
    return _with_remarks(setting.say(f"if_{change.kind}", **facts), _remarks(change, setting))


def _remarks(change: Counterfactual, setting: Setting) -> Iterator[str]:
    is_shift = change.places is not None and change.origin in ("decimal_moved", "digits", "archive", "counted")
    if change.origin and change.kind in ("amount", "identifier") and not is_shift:
        is_placed = change.origin == "archive" and change.source is not None
        yield setting.where(change._asdict()) if is_placed else setting.say(f"origin_{change.origin}")
    if change.places is not None:
        yield setting.say("places", count=abs(change.places))
    if change.writing:
        yield setting.say(f"written_{change.writing}")
    if change.key_id:
        yield setting.say("under_key", key=change.key_id)


def _with_remarks(beginning: str, remarks: Iterable[str]) -> str:
    said = ", ".join(remarks)
    return f"{beginning} ({said})." if said else f"{beginning}."
