"""What has changed since a decision, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from corena_recon.decisions.decision import Decision, Standing
from corena_recon.languages import Words, listed, quoted
from corena_recon.vocabulary import Verdict

CHANGES: Final = Words(
    "decision_changes",
    {
        "void": "Decided by {by} ({decision}), and since then other than it was: {changes}.",
        "unreviewed": "Decided by {by} ({decision}), and no second person has reviewed it.",
        "changed": "{what} {before} → {now}",
        "nothing": "none",
        "content": "what its notifications say",
        "evidence": "its evidence",
        "outcome": "outcome",
        "reasons": "reasons",
        "match_rule": "match rule",
        "order_amount": "order amount",
        "order_amounts": "order amounts",
        "order_currency": "order currency",
        "order_state": "order state",
        "payments": "payments",
        "paid_amount": "paid amount",
        "paid_currency": "paid currency",
        "payment_trx": "transactions",
        "suggested_identifier": "suggested identifier",
        "ledger": "ledger",
        "chain": "chain",
        "refund_problem": "what is wrong with its refund",
        "refunded": "what was given back",
        **{verdict.value: f"{verdict.value.replace('_', ' ')} notifications" for verdict in Verdict},
    },
)
"""What is said of a decision that does not stand, and what the facts of a basis are called."""

CONTENT: Final = "content"
"""The fact of a basis that is a digest of its notifications: what it was says nothing to a person."""


def changes_said(decision: Decision, standing: Standing, basis: Mapping[str, Any] | None, lang: str) -> str | None:
    """Why a decision does not stand, as a sentence; None where nothing need be said.

    Args:
        decision: The decision.
        standing: What it is worth.
        basis: What there is to decide on now.
        lang: Of the sentence.
    """
    if standing not in (Standing.VOID, Standing.UNREVIEWED) or basis is None:
        return None
    facts = {"by": quoted(decision.by), "decision": quoted(decision.decision)}
    if standing == Standing.UNREVIEWED:
        return CHANGES.say("unreviewed", lang, **facts)
    changes = list(_changes(decision.basis, basis, lang)) or [CHANGES.say("evidence", lang)]
    return CHANGES.say("void", lang, **facts, changes=listed(changes, lang))


def _changes(before: Mapping[str, Any] | None, now: Mapping[str, Any], lang: str) -> Iterator[str]:
    if before is None:
        return
    names = [name for name in CHANGES.english if before.get(name) != now.get(name) and name != CONTENT]
    for name in names:
        shown = {when: _shown(basis.get(name), lang) for when, basis in (("before", before), ("now", now))}
        yield CHANGES.say("changed", lang, what=CHANGES.say(name, lang), **shown)
    if not names and before.get(CONTENT) != now.get(CONTENT):
        yield CHANGES.say(CONTENT, lang)


def _shown(fact: Any, lang: str) -> str:  # noqa: ANN401 - plain values
    if fact is None:
        return CHANGES.say("nothing", lang)
    return quoted(", ".join(map(str, fact)) if isinstance(fact, list) else fact)
