"""Decisions as callers name them, and what is told where they cannot all be read."""

from __future__ import annotations

import os
from typing import TypeAlias

from corena_recon.arguments import require
from corena_recon.decisions import Kept, read_decisions
from corena_recon.report import DECISIONS_UNREADABLE, stage_diagnosis
from corena_recon.vocabulary import Diagnosis, Severity

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
    return [stage_diagnosis(DECISIONS_UNREADABLE, Severity.ERROR, facts, lang)]
