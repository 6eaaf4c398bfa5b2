"""Which column of an export is the identifier, the amount, and so on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from corena_recon.errors import ColumnError, OptionError
from corena_recon.orders.cells.currencies import SPELT_SYMBOLS, unit_of
from corena_recon.orders.cells.states import fold
from corena_recon.orders.platforms import (
    AMOUNTS,
    BASE,
    CHARGED,
    CHARGED_CURRENCIES,
    FIELDS,
    GENERIC,
    GROSS,
    NEEDED,
    NET,
    PLATFORM_NAMES,
    Platform,
    platform_named,
    recognise,
)
from corena_recon.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

Told: TypeAlias = dict[str, Any]
"""What is told of how an export was read: words, counts, and counts by word."""

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
_BY_PLACE: Final = re.compile(r"column_([1-9][0-9]{0,4})")
_INVOICE_NUMBERS: Final = ("invoice number", "invoice no", "numero de facture")
_OWN_NUMBERS: Final = ("id", "id order", "order id")
_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_IS_LESS_REFUNDS: Final = re.compile(r"\(\s*[-\u2212]")
_HINTS: Final = {"where": "name one of those that were found"}
_SHOWN_NAMES: Final = 40
_SHOWN_CHARACTERS: Final = 60


class ColumnMap(NamedTuple):
    """Which column of an export is what.

    Attributes:
        platform: The kind of export.
        places: The index of the column of each field that has one.
        header_currency: The code or shared symbol that the amount's own header names, as in ``Total (EUR)``, or None.
        rivals: Columns that are the amount by the same right, as ``Total (XOF)`` is beside ``Total (EUR)``, and what
            their headers name.
    """

    platform: Platform
    places: dict[str, int]
    header_currency: str | None
    rivals: dict[int, str | None]


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
    by_hand = set(places)
    has_own_status = "order_status" in by_hand
    header = _Header.of(names)
    for candidates in (kind.fields, GENERIC.fields):
        for field in FIELDS:
            if field not in places:
                place = header.find(_fitting(candidates.get(field, ()), header), set(places.values()))
                if place is not None:
                    places[field] = place
    if has_own_status:
        places = {field: place for field, place in places.items() if field not in ("payment_status", "is_paid")}
    if "ordered_at" not in places:
        places.pop("ordered_time", None)
    rivals: list[int] = []
    if "order_amount" not in places:
        found = _amounts(source, names, set(places.values()))
        places |= {"order_amount": found[0]} if found else {}
        rivals = found[1:]
        is_charged = bool(found) and CHARGED.search(_words(names[found[0]])) is not None
        own = header.find(CHARGED_CURRENCIES, set()) if is_charged and "order_currency" not in by_hand else None
        places |= {} if own is None else {"order_currency": own}
    missing = [field for field in NEEDED if field not in places]
    if missing:
        raise _column_error(source, f"no column for {' and '.join(missing)}", names)
    places = {field: places[field] for field in FIELDS if field in places}
    currencies = {place: _currency_in(names[place]) for place in (places["order_amount"], *rivals)}
    return ColumnMap(kind, places, currencies.pop(places["order_amount"]), currencies)


def place_named(source: str, names: list[str], name: str, what_for: str) -> int:
    """The place of the column of this name, or of ``column_3`` by its number; of several the one spelt so.

    Raises:
        ColumnError: There is none.
    """
    found = [place for place, each in enumerate(names) if each == name.strip()]
    found = found or [place for place, each in enumerate(names) if fold(each) == fold(name)]
    if not found and (by_place := _BY_PLACE.fullmatch(name.strip())) and int(by_place[1]) <= len(names):
        found = [int(by_place[1]) - 1]
    if not found:
        raise _column_error(source, f"no column {printable(name)!r} for {what_for}", names, _HINTS.get(what_for))
    return found[0]


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
        places[field] = place_named(source, names, name, field)
    return places


def _fitting(candidates: tuple[str, ...], header: _Header) -> tuple[str, ...]:
    """Without references where rows are invoices with numbers: there they are the customer's own."""
    words = set(header.words)
    if words.isdisjoint(_INVOICE_NUMBERS) or not words.isdisjoint(_OWN_NUMBERS):
        return candidates
    return tuple(candidate for candidate in candidates if candidate not in ("reference", "ref"))


class _Header(NamedTuple):
    """The names of the columns as they may be read: folded, with words that capitals part, and without units."""

    folded: list[str]
    words: list[str]
    bare: list[str]

    @classmethod
    def of(cls, names: list[str]) -> _Header:
        """The readings of these names."""
        return cls(list(map(fold, names)), list(map(_words, names)), list(map(_bare, names)))

    def find(self, candidates: tuple[str, ...], taken: set[int]) -> int | None:
        """The place of the first candidate that a column is called."""
        for reading in self:
            known = set(reading)
            for candidate in candidates:
                if candidate in known:
                    for place, header in enumerate(reading):
                        if header == candidate and place not in taken:
                            return place
        return None


def _words(header: str) -> str:
    """The header's words, though capitals alone part them."""
    return fold(_CAPITAL.sub(" ", header))


def _bare(header: str) -> str:
    return fold(_UNIT_SUFFIX.sub("", header))


class _Rank(NamedTuple):
    """How well a column fits as the amount of the order that was charged; the smallest fits best."""

    is_net: bool
    is_base: bool
    is_not_charged: bool
    tier: int
    is_not_gross: bool
    candidate: int


def _amounts(source: str, names: list[str], taken: set[int]) -> list[int]:
    """The columns that fit best, all alike.

    Raises:
        ColumnError: All that fit are without tax.
    """
    ranked = [(rank, place) for place, name in enumerate(names) if place not in taken and (rank := _rank(name))]
    if not ranked:
        return []
    best = min(ranked)[0]
    found = [place for rank, place in ranked if rank == best]
    if best.is_net:
        shown = printable(names[found[0]][:_SHOWN_CHARACTERS])
        raise ColumnError(
            f"{printable(source)} has amounts without tax alone, {shown!r}: they are not what was charged",
            hint=f'export the totals with tax, or say that it is what was charged: columns={{"amount": "{shown}"}}',
            found=names,
            needed=list(NEEDED),
        )
    return found


def _rank(name: str) -> _Rank | None:
    if _IS_LESS_REFUNDS.search(name):
        return None
    kinds = [kind for kind in (NET, GROSS, CHARGED, BASE) if kind.search(_words(name))]
    is_alone = NET in kinds or GROSS in kinds
    for header in (fold(name), _words(name), _bare(name)):
        bare = header
        for kind in kinds:
            bare = kind.sub(" ", bare)
        bare = " ".join(bare.split())
        for tier, candidates in enumerate(AMOUNTS):
            if bare in candidates or (is_alone and not bare and tier == len(AMOUNTS) - 1):
                place = candidates.index(bare) if bare else len(candidates)
                return _Rank(NET in kinds, BASE in kinds, CHARGED not in kinds, tier, GROSS not in kinds, place)
    return None


def _currency_in(header: str) -> str | None:
    suffix = _UNIT_SUFFIX.search(header)
    return unit_of(suffix[1]) if suffix else None


def _column_error(source: str, what: str, names: list[str], hint: str | None = None) -> ColumnError:
    shown = [printable(name[:_SHOWN_CHARACTERS]) for name in names[:_SHOWN_NAMES]]
    rest = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return ColumnError(
        f"{printable(source)}: {what}; found: {', '.join(shown)}{rest}; needed: {', '.join(NEEDED)}",
        hint=hint or 'name them, for example columns={"identifier": "Order ID", "amount": "Total"}',
        found=names,
        needed=list(NEEDED),
    )
