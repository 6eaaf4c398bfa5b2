"""Rows that belong to an order of another row: refunds, and the parts that PrestaShop splits an order into."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.money import exact_sum
from corena_recon.orders.cells.states import fold
from corena_recon.schemas import MONEY
from corena_recon.tables.columns import Flags, encoded, flags
from corena_recon.vocabulary import OrderState

_REFUND_TYPES: Final = (
    *("refund", "shop order refund", "remboursement", "credit", "credit note", "credit memo", "avoir", "reversal"),
)


class Amounts(NamedTuple):
    """What orders cost, and what of it went back.

    Attributes:
        is_own: Which rows are orders; the others belong to one.
        amount: Of each row.
        refunded: Of each row, null where nothing says it.
        is_lost: Which rows are of a kind that gives money back, and of no order here.
        refund_count: How many rows are refunds of others.
    """

    is_own: Flags
    amount: pa.Array
    refunded: pa.Array
    is_lost: Flags
    refund_count: int


def says_refund(kinds: pa.Array) -> Flags:
    """Where what kind of row it is says that it gives money back."""
    words = encoded(kinds)
    is_refund = pa.array([fold(word or "") in _REFUND_TYPES for word in words.dictionary.to_pylist()], pa.bool_())
    return flags(is_refund.take(words.indices))


def with_refunds(identifiers: pa.Array, amounts: pa.Array, refunded: pa.Array, is_refund: Flags) -> Amounts:
    """The orders, each with what its refund rows gave back: rows of its identifier that are negative, or of that kind.

    Args:
        identifiers: Of the rows; null belongs to nothing.
        amounts: Of the rows, null where a row has none.
        refunded: What the export itself says of each order.
        is_refund: Which rows are of a kind that gives money back.
    """
    is_lost = is_refund & flags(amounts.is_valid())
    is_refund = is_lost | (flags(pc.less(amounts, Decimal(0))) & flags(amounts.is_valid()))
    is_order = ~is_refund & flags(amounts.is_valid())
    refunds = np.flatnonzero(is_refund)
    heads = _first_orders(identifiers, is_order, refunds)
    refunds, heads = refunds[heads >= 0], heads[heads >= 0]
    is_own: Flags = np.ones(len(amounts), np.bool_)
    is_lost[refunds] = False
    if not len(refunds):
        return Amounts(is_own, amounts, refunded, is_lost, 0)
    is_own[refunds] = False
    given_back: defaultdict[int, Decimal] = defaultdict(Decimal)
    for head, amount in zip(heads.tolist(), amounts.take(pa.array(refunds)).to_pylist(), strict=True):
        given_back[head] = exact_sum(given_back[head], abs(amount))
    said = refunded.to_pylist()
    for head, amount in given_back.items():
        said[head] = max(amount, said[head] or Decimal(0))
    return Amounts(is_own, amounts, pa.array(said, MONEY), is_lost, len(refunds))


def joined_parts(
    identifiers: pa.Array, numbers: pa.Array, amounts: pa.Array, alike: pa.Array
) -> tuple[Flags, pa.Array]:
    """Which rows stay, and their amounts, where orders that share a reference were paid for at once.

    Args:
        identifiers: The references that were paid for.
        numbers: The number of each order; rows of one number are one order.
        amounts: Of the rows.
        alike: What rows must have in common, as their currency and state.
    """
    is_own: Flags = np.ones(len(amounts), np.bool_)
    names = identifiers.dictionary_encode()
    if len(names.dictionary) + names.null_count == len(names):
        return is_own, amounts
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(identifiers.to_pylist()):
        if name is not None:
            groups[name].append(row)
    cells, own_numbers, kinds = amounts.to_pylist(), numbers.to_pylist(), alike.to_pylist()
    for first, *others in groups.values():
        rows = (first, *others)
        is_split = len({own_numbers[row] for row in rows}) == len(rows) > 1 and len({kinds[row] for row in rows}) == 1
        if is_split and all(cells[row] is not None for row in rows):
            cells[first] = exact_sum(*(cells[row] for row in rows))
            is_own[others] = False
    return is_own, pa.array(cells, MONEY)


def refunded_states(states: pa.DictionaryArray, amounts: pa.Array, refunded: pa.Array) -> pa.DictionaryArray:
    """The states, ``refunded`` where all that was paid went back."""
    is_all = pc.and_(pc.greater_equal(refunded, amounts), pc.greater(refunded, Decimal(0)))
    decoded = states.dictionary_decode()
    is_all = pc.fill_null(pc.and_(is_all, pc.equal(decoded, OrderState.PAID.value)), False)
    if not pc.any(is_all).as_py():
        return states
    return pc.if_else(is_all, OrderState.REFUNDED.value, decoded).dictionary_encode()


def _first_orders(identifiers: pa.Array, is_order: Flags, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first order of the identifier of each of these rows, or -1."""
    places = np.flatnonzero(is_order & flags(identifiers.is_valid()))
    found = pc.index_in(identifiers.take(pa.array(rows)), identifiers.take(pa.array(places)), skip_nulls=True)
    index = np.asarray(pc.fill_null(found, -1))
    return np.where(index >= 0, np.append(places, -1)[index], -1)
