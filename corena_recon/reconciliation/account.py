"""What was ordered and paid in all, and what it has to do with each outcome; accounts of shares add up to one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, Self

import pyarrow as pa

from corena_recon.currencies import SHARED_SYMBOLS
from corena_recon.errors import ConsistencyError
from corena_recon.money import exact_sum
from corena_recon.reconciliation.hints.zone_hint import HoursBefore
from corena_recon.schemas import TIE_OUT_SCHEMA
from corena_recon.vocabulary import OUTCOMES


class Account:
    """The sums and counts of some identifiers, none of which has rows elsewhere.

    Attributes:
        ordered: All orders, summed up before they were joined.
        paid: All payments, likewise.
        ordered_by: What was ordered, by currency and outcome.
        paid_by: What was paid, likewise.
        payments: How many payments there are.
        matched: How many of them found an order.
        uncompared: How many results compare amounts without their currencies.
        hours_before: By how much payments come before their orders.
    """

    def __init__(self) -> None:
        self.ordered = self.paid = Decimal(0)
        self.ordered_by: defaultdict[tuple[str | None, str], Decimal] = defaultdict(Decimal)
        self.paid_by: defaultdict[tuple[str | None, str], Decimal] = defaultdict(Decimal)
        self.payments = self.matched = self.uncompared = 0
        self.hours_before = HoursBefore()

    def add(self, other: Account) -> None:
        """Adds what another share has."""
        self.ordered = exact_sum(self.ordered, other.ordered)
        self.paid = exact_sum(self.paid, other.paid)
        for own, sums in ((self.ordered_by, other.ordered_by), (self.paid_by, other.paid_by)):
            for key, amount in sums.items():
                own[key] = exact_sum(own[key], amount)
        self.payments += other.payments
        self.matched += other.matched
        self.uncompared += other.uncompared
        self.hours_before.add_counts(other.hours_before)

    def as_facts(self) -> dict[str, Any]:
        """The account as plain values."""
        return {
            **{name: str(getattr(self, name)) for name in _SUMS},
            **{name: [[*key, str(sum_)] for key, sum_ in getattr(self, name).items()] for name in _SPLIT_SUMS},
            **{name: getattr(self, name) for name in _COUNTS},
            "hours_before": self.hours_before.as_facts(),
        }

    @classmethod
    def of_facts(cls, facts: Mapping[str, Any]) -> Self:
        """The account of which ``as_facts`` told."""
        account = cls()
        for name in _SUMS:
            setattr(account, name, Decimal(facts[name]))
        for name in _SPLIT_SUMS:
            getattr(account, name).update(
                ((currency, outcome), Decimal(text)) for currency, outcome, text in facts[name]
            )
        for name in _COUNTS:
            setattr(account, name, int(facts[name]))
        account.hours_before = HoursBefore.of_facts(facts["hours_before"])
        return account

    def tie_out(self) -> pa.Table:
        """One row a currency: ordered, paid, difference, and the difference split by outcome.

        Raises:
            ConsistencyError: The tie-out does not close.
        """
        currencies = {currency for currency, _ in self.paid_by if currency is not None}
        sole = currencies.pop() if len(currencies) == 1 else None
        rows: dict[str | None, dict[str, Any]] = {}
        for side, sign, sums in (("ordered", -1, self.ordered_by), ("paid", 1, self.paid_by)):
            for (currency, outcome), amount in sums.items():
                name = sole if side == "ordered" and sole in SHARED_SYMBOLS.get(currency or "", ()) else currency
                row = rows.setdefault(name, {"currency": name, **dict.fromkeys(TIE_OUT_SCHEMA.names[1:], Decimal(0))})
                row[side] = exact_sum(row[side], amount)
                for column in ("difference", outcome):
                    row[column] = exact_sum(row[column], amount if sign > 0 else amount.copy_negate())
        ordered_rows = sorted(rows.values(), key=lambda row: (row["currency"] is None, row["currency"] or ""))
        _require_closed(ordered_rows, self.ordered, self.paid)
        try:
            return pa.Table.from_pylist(ordered_rows, schema=TIE_OUT_SCHEMA)
        except pa.ArrowInvalid:
            raise ConsistencyError(f"the sums are larger than {TIE_OUT_SCHEMA.field('paid').type} can be") from None


_SUMS: Final = ("ordered", "paid")
_SPLIT_SUMS: Final = ("ordered_by", "paid_by")
_COUNTS: Final = ("payments", "matched", "uncompared")


def _require_closed(rows: list[dict[str, Any]], ordered: Decimal, paid: Decimal) -> None:
    splits_close = all(exact_sum(*(row[code] for code in OUTCOMES)) == row["difference"] for row in rows)
    totals = exact_sum(*(row["ordered"] for row in rows)), exact_sum(*(row["paid"] for row in rows))
    if not splits_close or totals != (ordered, paid):
        raise ConsistencyError(
            f"the tie-out does not close: ordered {ordered}, paid {paid}, accounted for {totals[0]} and {totals[1]}",
            hint="some sums are larger than an amount can be, or this is a defect: please report it",
        )
