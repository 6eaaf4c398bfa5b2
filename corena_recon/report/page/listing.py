"""The worklist on a page: its head as markup that every reader can show, the rest as data that the script shows.

A row of the rest is a list of places in a list of texts, which holds every text once: thousands of explanations are
some megabytes so, and no element is made of a row before it is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from corena_recon.explanation import Story
from corena_recon.languages import OUTCOME_SENTENCES, quoted
from corena_recon.money import money_texts
from corena_recon.report.displays.terminal import Look
from corena_recon.text import printable
from corena_recon.vocabulary import OUTCOMES

LISTED_MAX: Final = 10_000
"""How many rows of the worklist a page holds, each explained, the dearest first."""
WRITTEN_MAX: Final = 100
"""How many of them are markup; as many the script shows at once."""

Row = dict[str, Any]
"""Of the worklist, with what is shown of it."""


def listed_rows(worklist: pa.Table, look: Look) -> list[Row]:
    """The first rows of the worklist, each with what is shown of it and what it is sorted by."""
    rows = worklist.slice(0, LISTED_MAX)
    amounts, currencies = (rows[name].combine_chunks() for name in ("at_risk", "currency"))
    shown = money_texts(amounts, currencies, look.lang).to_pylist() if len(rows) else []
    return [
        {
            **row,
            "money": " ".join(filter(None, (money, quoted(row["currency"] or "")))),
            "sort": "" if row["at_risk"] is None else f"{row['at_risk']:.8f}",
            "means": OUTCOME_SENTENCES.say(row["outcome"], look.lang) if row["outcome"] in OUTCOMES else "",
            "place": _place(row, look),
            "days": "" if row["since"] is None else look.say("days", count=look.grouped(row["since"])),
        }
        for row, money in zip(rows.to_pylist(), shown, strict=True)
    ]


def packed_rows(rows: Sequence[Row], stories: Mapping[str, Story]) -> dict[str, Any]:
    """Rows as the script reads them: plain values, ready for JSON.

    Args:
        rows: As ``listed_rows`` gives them.
        stories: The explanations of identifiers, by identifier.
    """
    texts = _Texts()
    packed = [
        [
            texts.places(
                *(row["money"], quoted(row["identifier"] or ""), row["outcome"], row["why"], row["next_step"]),
                *(row["decision"], row["place"], row["days"]),
            ),
            _packed_story(stories[row["identifier"]], texts) if row["identifier"] in stories else 0,
            [
                row["sort"],
                "" if row["since"] is None else str(row["since"]),
                *texts.places(row["means"], quoted(row["currency"] or "")),
            ],
        ]
        for row in rows
    ]
    return {"texts": [*texts.found], "rows": packed}


class _Texts:
    """Every text once, made visible, in the order in which they came; the first is the empty one."""

    def __init__(self) -> None:
        self.found: dict[str, int] = {"": 0}

    def places(self, *texts: str | None) -> list[int]:
        """Where texts stand."""
        return [self.found.setdefault(printable(text or ""), len(self.found)) for text in texts]


def _packed_story(story: Story, texts: _Texts) -> list[Any]:
    notifications = [
        [one.verdict.value, *texts.places(one.title), [texts.places(*line) for line in one.lines]]
        for one in story.notifications
    ]
    return [texts.places(story.headline, *story.head), notifications, texts.places(*story.foot)]


def _place(row: Row, look: Look) -> str:
    source: str = row["source"] or ""
    return source if row["record"] is None else look.say("where", source=source, record=row["record"])


def currencies_of(rows: Iterable[Row]) -> list[str]:
    """The currencies that rows can be filtered by, in the order in which they come."""
    return [*dict.fromkeys(quoted(row["currency"]) for row in rows if row["currency"])]
