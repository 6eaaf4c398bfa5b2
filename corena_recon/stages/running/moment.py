"""The moment for which the question is asked, taken from the archive where nobody names one."""

from __future__ import annotations

from datetime import datetime

from corena_recon.reconciliation import ReconcilingOptions
from corena_recon.report import stage_diagnosis
from corena_recon.vocabulary import Diagnosis, Severity


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
        return options._replace(grace=None), [stage_diagnosis("as_of_unknown", Severity.INFO, {}, lang)]
    facts = {"as_of": f"{latest:%Y-%m-%d %H:%M} UTC", "grace": _span(options)}
    return options._replace(as_of=latest), [stage_diagnosis("as_of_taken", Severity.INFO, facts, lang)]


def _span(options: ReconcilingOptions) -> str:
    hours = (options.grace.total_seconds() if options.grace else 0) / 3600
    return f"{hours:g} h"
