"""The moment for which the question is asked, taken from the archive where nobody names one."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from corena_recon.languages import Words
from corena_recon.reconciliation import ReconcilingOptions
from corena_recon.vocabulary import Diagnosis, Severity

MOMENTS: Final = Words(
    "moments",
    {
        "as_of_taken": (
            "Asked for {as_of}, when the last notification of the archive came: orders of the {grace} before that may "
            "still wait for theirs."
        ),
        "as_of_unknown": (
            "No notification of the archive says when it came: no order is not yet due (grace) unless the moment is "
            "named (as_of)."
        ),
    },
)
"""What is told of the moment."""


def with_moment(
    options: ReconcilingOptions, latest: datetime | None, lang: str
) -> tuple[ReconcilingOptions, list[Diagnosis]]:
    """The options with the moment that is asked for, and what is told of it where nobody named one.

    Args:
        options: Of reconciling.
        latest: When the last notification came; None where none says.
        lang: Of what is told.
    """
    if options.grace is None or options.as_of is not None:
        return options, []
    if latest is None:
        told = Diagnosis("as_of_unknown", Severity.INFO, {}, MOMENTS.say("as_of_unknown", lang))
        return options._replace(grace=None), [told]
    facts = {"as_of": f"{latest:%Y-%m-%d %H:%M} UTC", "grace": _span(options)}
    told = Diagnosis("as_of_taken", Severity.INFO, facts, MOMENTS.say("as_of_taken", lang, **facts))
    return options._replace(as_of=latest), [told]


def _span(options: ReconcilingOptions) -> str:
    hours = (options.grace.total_seconds() if options.grace else 0) / 3600
    return f"{hours:g} h"
