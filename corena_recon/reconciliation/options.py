"""What a caller may set about reconciling."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple, TypeAlias, TypedDict, Unpack
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from corena_recon.arguments import refuse_unknown, require, words_of
from corena_recon.errors import OptionError
from corena_recon.schemas import MONEY
from corena_recon.tables.frames import pandas
from corena_recon.vocabulary import MATCH_RULES

BY_IDENTIFIER: Final = ("identifier",)


WINDOW: Final = timedelta(days=3)
"""How long after its order a payment is looked for by amount."""


Tolerance: TypeAlias = Decimal | int | str


class ReconcilingArguments(TypedDict, total=False):
    """The options of ``reconcile`` as callers give them; ``reconcile`` describes each."""

    tolerance: Tolerance | Mapping[str, Tolerance]
    as_of: date | str | None
    grace: timedelta | str | None
    match_on: str | Iterable[str]
    window: timedelta | str
    ledger_timezone: str


class ReconcilingOptions(NamedTuple):
    """The options of ``reconcile``, checked."""

    tolerance: Decimal | dict[str, Decimal] = Decimal(0)
    as_of: datetime | None = None
    grace: timedelta | None = None
    match_on: tuple[str, ...] = BY_IDENTIFIER
    window: timedelta = WINDOW
    ledger_timezone: str = "UTC"

    def matches_more(self, *, has_ledger: bool) -> bool:
        """Whether payments are matched by more than their identifiers, which the engine does."""
        return has_ledger or self.match_on != BY_IDENTIFIER


def reconciling_options(**given: Unpack[ReconcilingArguments]) -> ReconcilingOptions:
    """The options of ``reconcile``, checked.

    Raises:
        OptionError: One has no meaning, or is none, or ``as_of`` is given without ``grace``.
    """
    refuse_unknown("reconcile", given, ReconcilingOptions._fields)
    options = ReconcilingOptions(**{name: _CHECKED[name](value) for name, value in given.items()})
    if options.as_of is not None and options.grace is None:
        raise OptionError("as_of and grace go together", hint="say how long an order may wait: grace='2 days'")
    return options


_TOLERANCE_END: Final = Decimal(10) ** (MONEY.precision - MONEY.scale)
_TOLERANCE_HINT: Final = "give an amount such as '0.01', or one a currency: {'USD': '0.01', 'XOF': '5'}"


def _tolerance(tolerance: Tolerance | Mapping[str, Tolerance]) -> Decimal | dict[str, Decimal]:
    """One amount, or one a currency; text may be either, as ``USD=0.01,XOF=5``."""
    if isinstance(tolerance, str) and "=" in tolerance:
        tolerance = dict(part.split("=", 1) for part in tolerance.split(",") if "=" in part)
    if not isinstance(tolerance, Mapping):
        return _allowed(tolerance)
    if not tolerance or not all(isinstance(code, str) and code.strip() for code in tolerance):
        raise OptionError("tolerance names no currency", hint=_TOLERANCE_HINT)
    return {code.strip().upper(): _allowed(amount) for code, amount in sorted(tolerance.items())}


def _allowed(amount: Tolerance) -> Decimal:
    if isinstance(amount, float):
        raise OptionError("tolerance is a float", hint="give a Decimal or a string: '0.01'")
    require("tolerance", amount, (Decimal, int, str), _TOLERANCE_HINT)
    try:
        allowed = Decimal(amount)
        is_amount = 0 <= allowed < _TOLERANCE_END and allowed == round(allowed, MONEY.scale)
    except InvalidOperation:
        is_amount = False
    if not is_amount:
        raise OptionError(
            "tolerance is no amount, or less than 0", hint="give an amount such as '0.01', with 8 decimals at most"
        )
    return allowed


def _match_on(match_on: str | Iterable[str]) -> tuple[str, ...]:
    passes = words_of("match_on", match_on, BY_IDENTIFIER[0])
    if not passes or not set(passes) <= set(MATCH_RULES) or len(set(passes)) != len(passes):
        raise OptionError(
            "match_on names no passes, or one that there is not, or one twice",
            hint="name some of " + ", ".join(MATCH_RULES) + ", each once",
        )
    return passes


def _as_of(as_of: date | str | None) -> datetime | None:
    if as_of is None:
        return None
    hint = "as_of='2026-01-31'"
    require("as_of", as_of, (date, str, np.datetime64), hint)
    try:
        moment = pandas().Timestamp(as_of)
    except (ValueError, TypeError, OverflowError):
        moment = None
    if moment is None or moment is pandas().NaT:
        raise OptionError("as_of cannot be read as a moment", hint=hint)
    in_utc: datetime = (moment.tz_localize(UTC) if moment.tzinfo is None else moment.tz_convert(UTC)).to_pydatetime()
    return in_utc


def _grace(grace: timedelta | str | None) -> timedelta | None:
    return None if grace is None else _span(grace, "grace")


def _window(window: timedelta | str) -> timedelta:
    return _span(window, "window")


def _ledger_timezone(zone: str) -> str:
    hint = "for example ledger_timezone='Africa/Lubumbashi'"
    require("ledger_timezone", zone, str, hint)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise OptionError("ledger_timezone is no zone that is known", hint=hint) from None
    return zone


_HAS_NO_UNIT: Final = re.compile(r"[-+0-9.\s]*")


def _span(text: timedelta | str, name: str) -> timedelta:
    require(name, text, (timedelta, str), f"{name}='2 days'")
    span = text if isinstance(text, timedelta) else _parsed_span(text, name)
    if span < timedelta(0):
        raise OptionError(f"{name} is negative", hint=f"{name}='2 days'")
    return span


def _parsed_span(text: str, name: str) -> timedelta:
    try:
        span = pandas().Timedelta(text)
    except (ValueError, OverflowError):
        span = None
    # Without a unit pandas would take nanoseconds.
    if span is None or span is pandas().NaT or _HAS_NO_UNIT.fullmatch(text):
        raise OptionError(f"{name} cannot be read as a span of time", hint=f"{name}='2 days'")
    parsed: timedelta = span.to_pytimedelta()
    return parsed


_CHECKED: Final[Mapping[str, Callable[[Any], Any]]] = {
    "tolerance": _tolerance,
    "as_of": _as_of,
    "grace": _grace,
    "match_on": _match_on,
    "window": _window,
    "ledger_timezone": _ledger_timezone,
}
"""What becomes of each option that is given."""
