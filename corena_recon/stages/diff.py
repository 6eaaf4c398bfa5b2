"""The stage ``diff``: what has changed from one report to the next."""

from __future__ import annotations

import os
from typing import TypeAlias

from corena_recon.errors import InputError
from corena_recon.languages import require_language
from corena_recon.report import Difference, Reconciliation, difference_of

Reported: TypeAlias = "Reconciliation | str | os.PathLike[str]"
"""A reconciliation, or the path of its report folder."""


def diff(old: Reported, new: Reported, *, lang: str | None = None) -> Difference:
    """What has changed from one report to the next: identifiers, forgeries, inputs, money.

    Args:
        old: The earlier reconciliation, or the path of its report folder.
        new: The later one, likewise.
        lang: The language of the sentences: ``en`` or ``fr``; that of the later report when None.

    Returns:
        The difference: ``frame`` has the identifiers whose outcome, amounts or reasons changed, that are new or
        vanished; ``forged`` the forgeries that were not there; ``str`` says it in words; ``got_worse`` whether there
        is an exception that was none, or a forgery that was not there.

    Raises:
        OutputError: A folder is no report, or one of its files is not the one that was written.
        InputError: Something is neither a reconciliation nor a path.
        OptionError: The language is none of the two.
    """
    if lang is not None:
        require_language(lang)
    before, now = _reconciliation(old), _reconciliation(new)
    return difference_of(before, now, lang or now.lang)


def _reconciliation(reported: object) -> Reconciliation:
    if isinstance(reported, Reconciliation):
        return reported
    if isinstance(reported, str | os.PathLike):
        return Reconciliation.read_parquet(reported)
    raise InputError(
        f"a {type(reported).__name__} is no report", hint="give a reconciliation or the path of its report folder"
    )
