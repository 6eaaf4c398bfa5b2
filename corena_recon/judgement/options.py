"""What a caller may set about judging."""

from __future__ import annotations

from collections.abc import Iterable
from operator import index
from typing import Any, Final, NamedTuple, SupportsIndex

from corena_recon.arguments import is_mode, require_text, words_of
from corena_recon.errors import OptionError
from corena_recon.vocabulary import SUCCESS_STATUSES, SUPPORTED_CURRENCIES


class JudgingOptions(NamedTuple):
    """What a caller may set about judging.

    Attributes:
        mode: What a record without an endpoint is: ``live`` or ``test``; by the key ring when None.
        merchant: Whose archive it is, for records that do not say.
        success_statuses: Statuses that mean a payment.
        amount_decimals: How many decimals genuine amounts have; learned from each key's notifications when None.
        currencies: Supported currencies.
        public_keys: The merchants' public keys, under which nothing genuine is ever signed.
    """

    mode: str | None = None
    merchant: str | None = None
    success_statuses: frozenset[str] = SUCCESS_STATUSES
    amount_decimals: frozenset[int] | None = None
    currencies: frozenset[str] = SUPPORTED_CURRENCIES
    public_keys: tuple[str, ...] = ()


def option_facts(options: NamedTuple) -> dict[str, Any]:
    """Options as plain values for the manifest; only those that differ from their defaults."""
    return {
        name: sorted(value) if isinstance(value, frozenset) else list(value) if isinstance(value, tuple) else str(value)
        for name, value in options._asdict().items()
        if value != options._field_defaults[name]
    }


_DECIMALS_MAX: Final = 20


def judging_options(
    *,
    mode: str | None = None,
    merchant: str | None = None,
    success_statuses: str | Iterable[str] = SUCCESS_STATUSES,
    amount_decimals: int | Iterable[int] | None = None,
    currencies: str | Iterable[str] = SUPPORTED_CURRENCIES,
    public_keys: str | Iterable[str] = (),
) -> JudgingOptions:
    """The options of ``verify``, checked.

    Raises:
        OptionError: One has no meaning.
    """
    if mode is not None and not is_mode(mode):
        raise OptionError("mode is neither 'live' nor 'test'", hint="give mode='live' or mode='test'")
    require_text("merchant", merchant, "my-shop")
    statuses = frozenset(words_of("success_statuses", success_statuses, "success"))
    if not statuses:
        raise OptionError("success_statuses is empty: nothing would be a payment", hint="give the statuses that are")
    return JudgingOptions(
        mode,
        merchant,
        statuses,
        None if amount_decimals is None else _decimal_counts(amount_decimals),
        frozenset(words_of("currencies", currencies, "USD")),
        tuple(sorted(words_of("public_keys", public_keys, "pro_…"))),
    )


def _decimal_counts(amount_decimals: object) -> frozenset[int]:
    """The numbers of decimals, or the only one; whatever counts, True and False apart, is a number."""
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
