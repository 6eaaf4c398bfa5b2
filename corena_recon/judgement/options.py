"""What a caller may set about judging."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import index
from typing import Any, Final, NamedTuple, SupportsIndex, TypedDict, Unpack

from corena_recon.arguments import is_mode, refuse_unknown, require_text, words_of
from corena_recon.errors import OptionError
from corena_recon.vocabulary import SUCCESS_STATUSES, SUPPORTED_CURRENCIES


class JudgingArguments(TypedDict, total=False):
    """The options of ``verify`` as callers give them; ``verify`` describes each."""

    mode: str | None
    merchant: str | None
    success_statuses: str | Iterable[str]
    amount_decimals: int | Iterable[int] | None
    currencies: str | Iterable[str]
    public_keys: str | Iterable[str]


class JudgingOptions(NamedTuple):
    """The options of ``verify``, checked."""

    mode: str | None = None
    merchant: str | None = None
    success_statuses: frozenset[str] = SUCCESS_STATUSES
    amount_decimals: frozenset[int] | None = None
    currencies: frozenset[str] = SUPPORTED_CURRENCIES
    public_keys: tuple[str, ...] = ()

    def asked_by(self, query: str) -> dict[str, Any]:
        """The parameters of a query of judging, by the names that it asks for."""
        values = {
            "mode": self.mode,
            "merchant": self.merchant,
            "success_statuses": sorted(self.success_statuses),
            "currencies": sorted(self.currencies),
        }
        return {name: value for name, value in values.items() if f"${name}" in query}


def option_facts(options: NamedTuple) -> dict[str, Any]:
    """Options as plain values for the manifest; only those that differ from their defaults."""
    return {name: _plain(value) for name, value in options._asdict().items() if value != options._field_defaults[name]}


def _plain(value: object) -> list[Any] | dict[str, str] | str:
    if isinstance(value, dict):
        return {name: str(each) for name, each in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else str(value)


def judging_options(**given: Unpack[JudgingArguments]) -> JudgingOptions:
    """The options of ``verify``, checked.

    Raises:
        OptionError: One has no meaning, or is none.
    """
    refuse_unknown("verify", given, JudgingOptions._fields)
    return JudgingOptions(**{name: _CHECKED[name](value) for name, value in given.items()})


def _mode(mode: str | None) -> str | None:
    if mode is not None and not is_mode(mode):
        raise OptionError("mode is neither 'live' nor 'test'", hint="give mode='live' or mode='test'")
    return mode


def _merchant(merchant: str | None) -> str | None:
    require_text("merchant", merchant, "my-shop")
    return merchant


def _success_statuses(success_statuses: str | Iterable[str]) -> frozenset[str]:
    statuses = frozenset(words_of("success_statuses", success_statuses, "success"))
    if not statuses:
        raise OptionError("success_statuses is empty: nothing would be a payment", hint="give the statuses that are")
    return statuses


_DECIMALS_MAX: Final = 20


def _amount_decimals(amount_decimals: int | Iterable[int] | None) -> frozenset[int] | None:
    """The numbers of decimals, or the only one; whatever counts, True and False apart, is a number."""
    if amount_decimals is None:
        return None
    given = tuple(amount_decimals) if isinstance(amount_decimals, Iterable) else (amount_decimals,)
    counts = [_count(each) for each in given]
    if not counts or None in counts:
        raise OptionError(
            "amount_decimals holds something that is no number of decimals", hint="for example amount_decimals={8}"
        )
    return frozenset(count for count in counts if count is not None)


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        return None
    try:
        count = index(value)
    except TypeError:
        return None
    return count if 0 <= count <= _DECIMALS_MAX else None


def _currencies(currencies: str | Iterable[str]) -> frozenset[str]:
    return frozenset(words_of("currencies", currencies, "USD"))


def _public_keys(public_keys: str | Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(words_of("public_keys", public_keys, "pro_…")))


_CHECKED: Final[Mapping[str, Callable[[Any], Any]]] = {
    "mode": _mode,
    "merchant": _merchant,
    "success_statuses": _success_statuses,
    "amount_decimals": _amount_decimals,
    "currencies": _currencies,
    "public_keys": _public_keys,
}
"""What becomes of each option that is given."""
