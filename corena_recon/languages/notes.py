"""Notes on what was read and run: kept in English beside the data that they are about, and told in any language.

A table or a manifest says the same whoever runs it. So such a sentence is found again by its words when it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from string import Formatter
from typing import Final

from corena_recon.languages.speaking import ENGLISH, Words, listed

_UNREAD: Final = "and nothing of it is read"
_CHANGED: Final = "the frame was changed since, and its attrs are gone"

NOTES: Final = Words(
    "notes",
    {
        "empty": "it is empty",
        "no_form": f"it is of no known archive form, {_UNREAD}",
        "no_form_named": f"it is of no known archive form ({{name}}), {_UNREAD}",
        "hidden": f"it is hidden, {_UNREAD}",
        "link": "it is a symbolic link, and what it leads to is not read",
        "no_file": f"it is a pipe, a device or a socket, {_UNREAD}",
        "named_before": "it was named before, and is read once",
        "by_name": f"by its name it is documentation or configuration, {_UNREAD}",
        "no_checksum": ("it has no checksum: bytes that changed in it, on a disk or on the way, would not be noticed"),
        "orders": "it is an order export without signatures: its rows are other traffic, no notifications",
        "ledger": "it is an export of the merchant panel's: its rows are other traffic, no notifications",
        "filtered": "{count} of the {rows} rows that were read of it {count:is|are} here",
        "late_start": "its first line is number {seq} of its capture, and the files before it are not in the archive",
        "mixed_encodings": "some of its lines are UTF-16 and others are not; each is read as what it is",
        "leads_out": "its name leads out of the tar; it is read, and nothing is written",
        "tar_damaged": "it is damaged: what stands there is not read",
        "tar_unended": "the tar ends without its end mark: members may be missing",
        "tar_link": f"it is a symbolic link, {_UNREAD}",
        "tar_other_name": f"it is another name of a member before it, {_UNREAD}",
        "tar_device": f"it is a device, {_UNREAD}",
        "tar_pipe": f"it is a pipe, {_UNREAD}",
        "tar_unknown": f"it is of a kind that is not known, {_UNREAD}",
        "stray_cells": "{source} has cells far from all others, which were passed over: {cells}.",
        "decimals": (
            "The number of decimals of key {key} is unclear: {shares}; two thirds would be clear. A number that fewer "
            "than a third of its payments have is suspect, and no split is told from another."
        ),
        "decimals_share": "{number} in {count} of {total}",
        "decimals_unseen": "no payment shows it",
        "archive_unknown": (
            f"Other traffic, forms and digests of the archive are not known: {_CHANGED} (read_ipns). The intake counts "
            "the rows that are there."
        ),
        "verification_unknown": (
            "Options of verify, the decimals that it expected and fingerprints of its keys are not known: "
            f"{_CHANGED} (verify)."
        ),
        "orders_unknown": f"Digests of the orders' files are not known: {_CHANGED} (read_orders).",
        "ledger_unknown": f"Digests of the ledger's files are not known: {_CHANGED} (read_ledger).",
        "masked_given": "Names, mails, numbers and addresses are masked by a keyed digest: equal ones are equal.",
        "masked_random": (
            "Names, mails, numbers and addresses are masked by a keyed digest: equal ones are equal within this "
            "report. Its key was drawn at random and is not kept."
        ),
    },
)
"""What is kept, by what it is of."""

_COUNTS: Final = frozenset({"number", "count", "total", "rows", "seq"})
_ANY: Final = {True: "[0-9,]+", False: ".*"}


def note(key: str, /, **facts: object) -> str:
    """A note as it is kept: in English."""
    return NOTES.say(key, ENGLISH, **facts)


def noted(text: str, lang: str) -> str:
    """A note that was kept, or several of one source, in a language; what is none of ours stays as it is."""
    if lang == ENGLISH:
        return text
    whole = _said_again(text, lang)
    return whole if whole is not None else listed(_each(text, "; ", lang), lang)


def _each(text: str, between: str, lang: str) -> Iterator[str]:
    return (_said_again(one, lang) or one for one in text.split(between))


def _said_again(text: str, lang: str) -> str | None:
    for key, pattern in _patterns().items():
        found = pattern.fullmatch(text)
        if found is not None:
            facts = found.groupdict()
            if "shares" in facts:
                facts["shares"] = ", ".join(_each(facts["shares"], ", ", lang))
            return NOTES.say(key, lang, **facts)
    return None


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    return {
        key: re.compile(
            "".join(
                re.escape(words) + ("" if fact is None else _form(fact, spec or ""))
                for words, fact, spec, _ in Formatter().parse(template)
            ),
            re.DOTALL,
        )
        for key, template in NOTES.english.items()
    }


def _form(fact: str, spec: str) -> str:
    return f"(?:{spec})" if "|" in spec else f"(?P<{fact}>{_ANY[fact in _COUNTS]})"
