"""Which column of an export is the identifier, the amount, and so on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from corena_recon.errors import ColumnError, OptionError
from corena_recon.orders.cells.currencies import SPELT_SYMBOLS, unit_of
from corena_recon.orders.cells.states import fold
from corena_recon.orders.platforms import (
    FIELDS,
    GENERIC,
    NEEDED,
    PLATFORM_NAMES,
    Platform,
    platform_named,
    recognise,
)
from corena_recon.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALIASES: Final = {
    "amount": "order_amount",
    "currency": "order_currency",
    "status": "order_status",
    "date": "ordered_at",
    "created_at": "ordered_at",
    "transaction": "transaction_id",
    "payment_trx": "transaction_id",
}
_UNIT_SUFFIX = re.compile(
    rf"\s*[(\[]\s*({'|'.join(map(re.escape, SPELT_SYMBOLS))}|[A-Za-z]{{3,4}}|[^\w\s]{{1,3}})\s*[)\]]\s*$"
)
_SHOWN_NAMES: Final = 40
_SHOWN_CHARACTERS: Final = 60


class ColumnMap(NamedTuple):
    """Which column of an export is what.

    Attributes:
        platform: The kind of export.
        places: The index of the column of each field that has one.
        header_currency: The code or shared symbol that the amount's own header names, as in ``Total (EUR)``, or None.
    """

    platform: Platform
    places: dict[str, int]
    header_currency: str | None


def map_columns(
    source: str, names: list[str], *, columns: Mapping[str, str] | None = None, platform: str | None = None
) -> ColumnMap:
    """The place of every field in this header: by hand, by platform, then by common names.

    Raises:
        ColumnError: The identifier or the amount has no column, a column named by hand does not exist, or the
            export is one whose amounts are not what was charged.
        OptionError: ``columns`` or ``platform`` has an unknown word.
    """
    kind = _kind_of_export(names, platform)
    places = _places_by_hand(source, names, columns or {})
    if kind.refusal and "order_amount" not in places:
        raise ColumnError(
            f"{printable(source)} is a {kind.name} export: {kind.refusal}",
            hint="export the order totals, for example with an order export plugin or the REST API",
            found=names,
            needed=list(NEEDED),
        )
    has_own_status = "order_status" in places
    for candidates in (kind.fields, GENERIC.fields):
        for field in FIELDS:
            if field not in places:
                place = _find(names, candidates.get(field, ()), set(places.values()))
                if place is not None:
                    places[field] = place
    if has_own_status:
        places.pop("payment_status", None)
    missing = [field for field in NEEDED if field not in places]
    if missing:
        raise _column_error(source, f"no column for {' and '.join(missing)}", names)
    return ColumnMap(kind, places, _currency_in(names[places["order_amount"]]))


def _kind_of_export(names: list[str], platform: str | None) -> Platform:
    recognised = recognise(names)
    if platform is None or recognised.name.startswith(f"{platform.casefold()}-"):
        return recognised
    named = platform_named(platform)
    if named is None:
        raise OptionError("platform is none that is known", hint=f"one of {', '.join(PLATFORM_NAMES)}")
    return named


def _places_by_hand(source: str, names: list[str], columns: Mapping[str, str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for key, name in columns.items():
        field = _ALIASES.get(key, key)
        if field not in FIELDS:
            raise OptionError("columns names a field that there is not", hint=f"one of {', '.join(FIELDS)}")
        found = [place for place, each in enumerate(names) if each == name.strip()]
        found = found or [place for place, each in enumerate(names) if fold(each) == fold(name)]
        if not found:
            raise _column_error(source, f"no column {printable(name)!r} for {field}", names)
        places[field] = found[0]
    return places


def _find(names: list[str], candidates: tuple[str, ...], taken: set[int]) -> int | None:
    for folded in ([fold(name) for name in names], [fold(_UNIT_SUFFIX.sub("", name)) for name in names]):
        for candidate in candidates:
            for place, header in enumerate(folded):
                if header == candidate and place not in taken:
                    return place
    return None


def _currency_in(header: str) -> str | None:
    suffix = _UNIT_SUFFIX.search(header)
    return unit_of(suffix[1]) if suffix else None


def _column_error(source: str, what: str, names: list[str]) -> ColumnError:
    shown = [printable(name[:_SHOWN_CHARACTERS]) for name in names[:_SHOWN_NAMES]]
    rest = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return ColumnError(
        f"{printable(source)}: {what}; found: {', '.join(shown)}{rest}; needed: {', '.join(NEEDED)}",
        hint='name them, for example columns={"identifier": "Order ID", "amount": "Total"}',
        found=names,
        needed=list(NEEDED),
    )
