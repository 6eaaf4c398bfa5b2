"""Decisions as callers name them, and what is told where they cannot all be read."""

from __future__ import annotations

import os
from typing import Final, TypeAlias

from corena_recon.arguments import require
from corena_recon.decisions import Kept, read_decisions
from corena_recon.languages import Words
from corena_recon.report import DECISIONS_UNREADABLE
from corena_recon.text import printable
from corena_recon.vocabulary import Diagnosis, Severity

DECIDED_WORDS: Final = Words(
    "decided",
    {
        DECISIONS_UNREADABLE: (
            "{count:,} lines of the decisions {file} cannot be read, the first is line {line}: a decision is missing, "
            "or one that was taken back stands. Write it again, and take the line out."
        ),
    },
)
"""What is told of decisions."""

Decisions: TypeAlias = "str | os.PathLike[str] | Kept"
"""The path of a file of decisions, or what was read of one."""


def decisions_given(given: Decisions | None) -> Kept | None:
    """The decisions that a caller names; None where none are kept.

    Raises:
        OptionError: They are neither a path nor decisions.
        InputError: The file cannot be read.
    """
    if given is None or isinstance(given, Kept):
        return given
    require("decisions", given, (str, os.PathLike), "give the path of the file: decisions='decisions.jsonl'")
    return read_decisions(os.fsdecode(given))


def unreadable_decisions(kept: Kept | None, lang: str) -> list[Diagnosis]:
    """The diagnosis ``decisions_unreadable``; none where all can be read.

    Args:
        kept: The decisions.
        lang: Of its sentence.
    """
    if kept is None or not kept.flaws:
        return []
    facts = {"file": kept.file, "lines": list(kept.flaws)}
    shown = {"file": printable(kept.file), "count": len(kept.flaws), "line": kept.flaws[0]}
    text = DECIDED_WORDS.say(DECISIONS_UNREADABLE, lang, **shown)
    return [Diagnosis(DECISIONS_UNREADABLE, Severity.ERROR, facts, text)]
