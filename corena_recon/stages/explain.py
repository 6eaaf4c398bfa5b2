"""The stage ``explain``: why the notifications of one identifier are what they are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

from corena_recon.arguments import require
from corena_recon.errors import InputError, OptionError
from corena_recon.explanation import CANDIDATES_MAX, Evidence, Explaining, Explanation
from corena_recon.judgement import ring_facts
from corena_recon.languages import require_language
from corena_recon.report import Reconciliation
from corena_recon.schemas import VERIFIED_SCHEMA
from corena_recon.signing import KeyRing, Keys
from corena_recon.stages.reconcile import reconcile
from corena_recon.tables.engine import connect, rows_in
from corena_recon.tables.frames import frame_given, table_of
from corena_recon.text import text_of
from corena_recon.vocabulary import SUCCESS_STATUSES

if TYPE_CHECKING:
    import pandas as pd

MEMORY_BYTES: Final = 1024**3
"""How much memory the engine may use; beyond it, it works on disk."""

Explained: TypeAlias = "Reconciliation | str | os.PathLike[str] | pd.DataFrame | tuple[Any, Any]"
"""What can be explained: a reconciliation, a report folder, what ``verify`` returned, or that with the orders."""


_SAID: Final = ("options", "ring")
_NEEDED: Final = ("identifier", "amount_text", "signature", "verdict", "findings", "signature_status", "unreadable")


def explain(
    explained: Explained,
    identifier: str,
    keys: Keys | None = None,
    *,
    lang: str = "en",
    candidates_max: int = CANDIDATES_MAX,
) -> Explanation:
    """Every notification of one identifier: what was signed, what was tried, what was found, and what would be valid.

    Args:
        explained: A reconciliation, the path of a report folder, the frame that ``verify`` returned, or a tuple of that
            frame and the orders as ``reconcile`` takes them (reconciled with the default options). A reconciliation
            read from a report folder is not loaded: what is asked is queried from its files.
        identifier: Exactly as archived.
        keys: As for ``verify``; without them no change that needs a secret is searched.
        lang: ``en`` or ``fr``.
        candidates_max: How many signatures may be computed in search of what would be valid.

    Returns:
        The explanation, also for an identifier that nothing has: then it offers those of similar form.

    Raises:
        OptionError: The language is none of the two, the identifier is no text, or another option has no meaning.
        KeyRingError: The keys are none, or cannot be used.
        OutputError: The folder is no report, or one of its files is not the one that was written.
        ColumnError: A frame is not one of ``verify`` or ``read_orders``.
        InputError: It is nothing that can be explained.
    """
    key_ring = None if keys is None else KeyRing.of(keys)
    require_language(lang)
    require("candidates_max", candidates_max, int, "give a number of signatures")
    exact = _archived(identifier)
    reconciliation = _reconciliation_of(explained)
    tables = reconciliation.tables
    with connect(rows=rows_in(tables.values()), memory_limit_bytes=MEMORY_BYTES) as connection:
        evidence = Evidence(
            connection,
            tables,
            exact,
            success_statuses=reconciliation.facts.get("options", {}).get("success_statuses", SUCCESS_STATUSES),
            ring={**ring_facts(key_ring or ()), **reconciliation.facts.get("ring", {})},
        )
        explanation = Explaining(evidence, key_ring, reconciliation.facts, lang).explanation(exact, candidates_max)
    reconciliation.require_in_place()
    return explanation


def _reconciliation_of(explained: Explained) -> Reconciliation:
    if isinstance(explained, Reconciliation):
        return explained
    if isinstance(explained, str | os.PathLike):
        return Reconciliation.read_parquet(explained)
    if isinstance(explained, tuple) and len(explained) == 2:
        notifications, orders = explained
        if orders is not None:
            return reconcile(notifications, orders)
        explained = notifications
    verified = frame_given(explained, _refuse)
    table = table_of(verified, VERIFIED_SCHEMA, needed=_NEEDED, made_by="verify")
    return Reconciliation({"notifications": table}, facts={name: verified.attrs.get(name, {}) for name in _SAID})


def _refuse(explained: object) -> NoReturn:
    raise InputError(
        f"a {type(explained).__name__} cannot be explained",
        hint="give a reconciliation, the path of its report folder, or the frame that verify returned",
    )


def _archived(identifier: object) -> str:
    """The identifier as archives hold it; a command line's bytes that are not UTF-8 come as surrogates."""
    if not isinstance(identifier, str):
        raise OptionError(
            f"the identifier is of type {type(identifier).__name__}", hint="identifiers are text: '00123'"
        )
    try:
        identifier.encode()
    except UnicodeEncodeError:
        return text_of(identifier.encode("utf-8", "surrogateescape"))
    return identifier
