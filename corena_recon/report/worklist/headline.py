"""The sentence that comes first: how many of how many need a person, and how much money that is."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final, NamedTuple

import pyarrow as pa

from corena_recon.languages import Words, grouped
from corena_recon.money import exact_sum, money_text

HEADLINES: Final = Words(
    "headlines",
    {
        "nothing": "Nothing needs a person. Identifiers in order: {all} of {all}.",
        "nothing_verified": "Nothing needs a person: no notification is forged, suspect or unreadable.",
        "some": "Needs a person: {some} of {all} identifier{all:|s}, {money} at risk.",
        "some_verified": "Needs a person: {some} identifier{some:|s}, {money} claimed by what is forged or suspect.",
        "besides": "Besides, concerning no identifier alone: {count}.",
        "only_besides": (
            "Identifiers in order: {all} of {all}. Needs a person anyway: {count}, concerning no identifier alone."
        ),
        "only_besides_verified": "Needs a person: {count}, concerning no identifier alone.",
        "nothing_open": "Nothing needs a person any more: what did is decided.",
        "decided": "Decided: {decided}.",
        "no_money": "no amount that is known",
    },
)
"""The headline, by what there is to say."""

HEADLINE_COLUMNS: Final = ("identifier", "currency", "at_risk", "decision")
"""What the headline is made of."""
_SHOWN_MAX: Final = 5


class Headline(NamedTuple):
    """What the headline says.

    Attributes:
        identifiers: How many need a person.
        others: How many rows of the worklist concern no identifier alone.
        total: How many identifiers there are in all; None where there are no orders.
        at_risk: Money at risk by currency, the largest first.
        decided: How many rows a person has decided, which need none any more.
    """

    identifiers: int
    others: int
    total: int | None
    at_risk: dict[str | None, Decimal]
    decided: int = 0

    def as_facts(self) -> dict[str, Any]:
        """The same as plain values, ready for JSON; amounts are text."""
        at_risk = {code or "": f"{amount:.8f}" for code, amount in self.at_risk.items()}
        return {**self._asdict(), "at_risk": at_risk}


def headline_of(worklist: Iterable[pa.Table], total: int | None) -> Headline:
    """What the headline says.

    Args:
        worklist: In parts, each with HEADLINE_COLUMNS at least.
        total: How many identifiers there are in all; None where there are no orders.
    """
    rows = identifiers = decided = 0
    at_risk: dict[str | None, Decimal] = {}
    for each in worklist:
        part = each.filter(each["decision"].is_null())
        decided += len(each) - len(part)
        rows += len(part)
        identifiers += len(part) - part["identifier"].null_count
        sums = (
            part.select(["currency", "at_risk"]).group_by("currency", use_threads=False).aggregate([("at_risk", "sum")])
        )
        for row in sums.to_pylist():
            at_risk[row["currency"]] = exact_sum(
                at_risk.get(row["currency"], Decimal(0)), row["at_risk_sum"] or Decimal(0)
            )
    money = sorted(
        ((code, amount) for code, amount in at_risk.items() if amount), key=lambda each: (-each[1], each[0] or "")
    )
    return Headline(identifiers, rows - identifiers, total, dict(money), decided)


def headline_text(headline: Headline, lang: str) -> str:
    """The headline as a sentence or two."""
    has_orders = headline.total is not None
    facts = {
        "some": grouped(headline.identifiers, lang),
        "all": grouped(headline.total or 0, lang),
        "count": grouped(headline.others, lang),
        "decided": grouped(headline.decided, lang),
        "money": money_in_words(headline.at_risk, lang),
    }
    key = "some" if headline.identifiers else "only_besides" if headline.others else "nothing"
    if headline.decided and not headline.identifiers:
        # Not all identifiers are in order: some are decided.
        form = "only_besides_verified" if headline.others else "nothing_open"
    else:
        form = key if has_orders else f"{key}_verified"
    said = [HEADLINES.say(form, lang, **facts)]
    if headline.identifiers and headline.others:
        said.append(HEADLINES.say("besides", lang, **facts))
    if headline.decided:
        said.append(HEADLINES.say("decided", lang, **facts))
    return " ".join(said)


def money_in_words(at_risk: dict[str | None, Decimal], lang: str) -> str:
    """Sums by currency, one after another."""
    shown = [f"{money_text(amount, code, lang)} {code or ''}".rstrip() for code, amount in at_risk.items()]
    more = [f"+ {len(shown) - _SHOWN_MAX}"] if len(shown) > _SHOWN_MAX else []
    return ", ".join([*shown[:_SHOWN_MAX], *more]) or HEADLINES.say("no_money", lang)
