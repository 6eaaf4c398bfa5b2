"""From joined facts to results: outcome, reasons, and what each outcome has to do with the difference."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.currencies import SHARED_SYMBOLS
from corena_recon.money import exact_sum
from corena_recon.reconciliation import queries as sql
from corena_recon.reconciliation.account import Account
from corena_recon.schemas import MONEY, RESULT_SCHEMA, as_worked_on
from corena_recon.tables.code_sets import RESULT_BITS, CodeSets, reason_lists
from corena_recon.tables.columns import Flags, few_rows, flags, translated, whole, worded
from corena_recon.tables.engine import Scope
from corena_recon.vocabulary import MATCH_RULES, OUTCOMES, OrderUnreadable

if TYPE_CHECKING:
    import duckdb

_CODES: Final = tuple(OUTCOMES)
_NO_WORD: Final = -1
_CHOICES: Final = np.arange(1 << len(_CODES))
_FIRST: Final = np.where(_CHOICES == 0, _NO_WORD, np.log2(np.maximum(_CHOICES & -_CHOICES, 1))).astype(np.int8)
"""By the set of outcomes that hold: the first one."""
_LATER: Final[CodeSets] = np.bitwise_or.reduce(
    [
        np.where((_CHOICES & bit != 0) & (bit != _CHOICES & -_CHOICES), RESULT_BITS[code], 0)
        for code, bit in sql.OUTCOME_BITS.items()
    ]
)
"""By the set of outcomes that hold: the words of all but the first."""
_SAMPLE_ROWS: Final = 1000
_UNTRUSTED: Final = [_CODES.index(code) for code in ("paid_on_forgery", "no_trusted_payment")]
ENCODED_RESULT_SCHEMA: Final = as_worked_on(RESULT_SCHEMA)


class Outcomes:
    """Turns joined facts into results, stretch by stretch, and adds them up meanwhile.

    Args:
        connection: Where the rules run.
        parameters: ``tolerance``, ``as_of``, ``grace``, ``first_order_us`` and
            ``last_order_us``.
        has_unjoined: Whether identifiers may end with ``queries.UNJOINED``, which is no part of them.

    Attributes:
        account: What the results so far add up to, by currency and outcome.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, parameters: dict[str, Any], *, has_unjoined: bool = False
    ) -> None:
        self.account = Account()
        self._connection = connection
        self._has_unjoined = has_unjoined
        self._tolerance: Decimal | Mapping[str, Decimal] = parameters["tolerance"]
        self._parameters = {name: value for name, value in parameters.items() if f"${name}" in sql.DECIDED}

    def results(self, joined: pa.Table, sides: pa.Table) -> pa.Table:
        """The results of some joined facts, with ENCODED_RESULT_SCHEMA.

        Args:
            joined: With ``facts.JOINED_SCHEMA``.
            sides: What other steps found out about the same positions, with ``facts.SIDE_FACTS``.
        """
        joined = joined.combine_chunks()
        order_code = _upper_case(whole(joined["order_currency"]))
        order_symbol = whole(joined["order_currency_symbol"])
        facts = joined.append_column("order_code", order_code).append_column("symbol_codes", _codes_of(order_symbol))
        facts = facts.append_column("tolerance", _tolerances(order_code, self._tolerance))
        facts = facts.append_column("is_absent", pa.array(_are_absent(joined["position"], sides)))
        with Scope(self._connection, joined=facts):
            decided = self._connection.sql(sql.DECIDED, params=self._parameters).to_arrow_table()
        holding, words = (np.asarray(whole(decided[name])) for name in ("outcomes", "words"))
        self.account.uncompared += int(np.count_nonzero(words & RESULT_BITS["currency_unknown"]))
        outcome = _FIRST[holding]
        words = words | _LATER[holding] | _problem_words(joined["order_problem"])
        found, verdicts = (np.asarray(whole(joined[name])) for name in ("words", "verdict_words"))
        found = np.where(np.isin(outcome, _UNTRUSTED), found | verdicts, found)
        places = _places(sides["position"], joined["position"])
        words[places] |= np.asarray(whole(sides["words"]))
        rule: NDArray[np.int8] = np.full(len(joined), MATCH_RULES.index("identifier"), np.int8)
        named = pc.index_in(sides["match_rule"], pa.array(MATCH_RULES))
        rule[places] = np.asarray(whole(pc.fill_null(named, MATCH_RULES.index("identifier"))))
        is_paired = [np.asarray(whole(joined[name])) > 0 for name in ("order_rows", "payments")]
        rule[~np.logical_and(*is_paired)] = _NO_WORD
        columns = {
            **{name: joined[name] for name in RESULT_SCHEMA.names if name in joined.column_names},
            "identifier": _as_posted(joined["identifier"]) if self._has_unjoined else joined["identifier"],
            "outcome": worded(outcome, _CODES),
            "reasons": reason_lists(found, words),
            "match_rule": worded(rule, MATCH_RULES),
            "difference": decided["difference"],
            "suggested_identifier": _spread(sides["suggested_identifier"], places, len(joined)),
            "ledger": _spread(sides["ledger"], places, len(joined)),
        }
        results = pa.table([columns[name] for name in RESULT_SCHEMA.names], schema=ENCODED_RESULT_SCHEMA)
        self._add(results, outcome, _either(order_code, order_symbol))
        self._add_apart(whole(joined["paid_apart"]), outcome)
        return results

    def _add(self, results: pa.Table, outcome: NDArray[np.int8], order_code: pa.DictionaryArray) -> None:
        """Adds up ordered and paid by currency and outcome, each in its own, or in none.

        A symbol stands for itself, unless it may mean the currency of the payment.
        """
        paid_code = whole(results["paid_currency"])
        shape = len(_CODES), len(order_code.dictionary) + 1, len(paid_code.dictionary) + 1
        codes = _places_or_last(order_code), _places_or_last(paid_code)
        groups = np.ravel_multi_index((outcome, *codes), shape)
        amounts = results.select(["order_amount", "paid_amount"]).append_column("group", pa.array(groups))
        order_names, paid_names = ([*code.dictionary.to_pylist(), None] for code in (order_code, paid_code))
        for row in _sums(amounts, groups):
            place, order_place, paid_place = np.unravel_index(row["group"], shape)
            order_name, paid_name = order_names[order_place], paid_names[paid_place]
            if order_name in SHARED_SYMBOLS and paid_name in SHARED_SYMBOLS[order_name]:
                order_name = paid_name
            by = self.account.ordered_by, self.account.paid_by
            sides = (by[0], order_name, "order_amount_sum"), (by[1], paid_name, "paid_amount_sum")
            for totals, name, column in sides:
                if row[column] is not None:
                    totals[name, _CODES[place]] = exact_sum(totals[name, _CODES[place]], row[column])

    def _add_apart(self, apart: pa.ListArray, outcome: NDArray[np.int8]) -> None:
        """Adds up what was paid in several currencies, each sum in its own."""
        for row in np.flatnonzero(flags(apart.is_valid())).tolist():
            for paid in apart[row].as_py():
                key = paid["currency"], _CODES[outcome[row]]
                self.account.paid_by[key] = exact_sum(self.account.paid_by[key], paid["amount"])


def _tolerances(order_code: pa.DictionaryArray, tolerance: Decimal | Mapping[str, Decimal]) -> pa.Array:
    """How far each order may differ from what was paid; with one amount a currency, by nothing where none is named."""
    codes = [*order_code.dictionary.to_pylist(), None]
    allowed = [tolerance.get(code, Decimal(0)) if isinstance(tolerance, Mapping) else tolerance for code in codes]
    return pa.array(allowed, MONEY).take(pa.array(_places_or_last(order_code)))


def _are_absent(positions: pa.ChunkedArray, sides: pa.Table) -> Flags:
    """Which results have payments that the ledger should have and does not."""
    is_absent: Flags = np.zeros(len(positions), bool)
    absent = pc.fill_null(pc.equal(sides["ledger"], "absent"), False)
    is_absent[_places(sides["position"].filter(absent), positions)] = True
    return is_absent


def _sums(amounts: pa.Table, groups: NDArray[np.int64]) -> list[dict[str, Any]]:
    """The sums of ``order_amount`` and ``paid_amount`` by ``group``; nearly all rows are of one group as a rule."""
    kinds, counts = np.unique(groups[:: len(groups) // _SAMPLE_ROWS + 1], return_counts=True)
    usual = kinds[counts.argmax()]
    most = amounts.filter(pa.array(groups == usual))
    others = few_rows(amounts, np.flatnonzero(groups != usual)).group_by("group", use_threads=False)
    return [
        {"group": usual, **{f"{name}_sum": pc.sum(most[name]).as_py() for name in ("order_amount", "paid_amount")}},
        *others.aggregate([("order_amount", "sum"), ("paid_amount", "sum")]).to_pylist(),
    ]


def _codes_of(symbols: pa.DictionaryArray) -> pa.DictionaryArray:
    """What each symbol may mean, between blanks; null for what is no symbol."""
    known = [sorted(SHARED_SYMBOLS.get(symbol, ())) for symbol in symbols.dictionary.to_pylist()]
    return translated(symbols, [f" {' '.join(codes)} " if codes else None for codes in known])


def _either(codes: pa.DictionaryArray, symbols: pa.DictionaryArray) -> pa.DictionaryArray:
    """The code, or the symbol where there is none."""
    if symbols.null_count == len(symbols):
        return codes
    return pc.coalesce(codes.dictionary_decode(), symbols.dictionary_decode()).dictionary_encode()


def _upper_case(codes: pa.DictionaryArray) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(codes.indices, pc.utf8_upper(codes.dictionary))


def _places_or_last(codes: pa.DictionaryArray) -> NDArray[np.int64]:
    return np.asarray(pc.fill_null(codes.indices, len(codes.dictionary)))


def _as_posted(identifiers: pa.ChunkedArray) -> pa.ChunkedArray:
    bare = pc.utf8_slice_codeunits(identifiers, 0, -len(sql.UNJOINED))
    return pc.if_else(pc.ends_with(identifiers, sql.UNJOINED), bare, identifiers)


def _problem_words(problems: pa.ChunkedArray) -> CodeSets:
    if problems.null_count == len(problems):
        return np.zeros(len(problems), np.int64)
    known = [str(code) for code in OrderUnreadable]
    bits = np.array([*(RESULT_BITS[code] for code in known), 0], np.int64)
    places: NDArray[np.int32] = np.asarray(whole(pc.fill_null(pc.index_in(problems, pa.array(known)), len(known))))
    return bits[places]


def _places(wanted: pa.ChunkedArray, positions: pa.ChunkedArray) -> NDArray[np.int64]:
    return np.searchsorted(np.asarray(whole(positions)), np.asarray(whole(wanted)))


def _spread(cells: pa.ChunkedArray, places: NDArray[np.int64], count: int) -> pa.Array:
    """A column that is null but for these places."""
    if cells.null_count == len(cells):
        return pa.nulls(count, cells.type)
    rows: NDArray[np.int64] = np.zeros(count, np.int64)
    rows[places] = np.arange(1, len(cells) + 1)
    return pa.concat_arrays([pa.nulls(1, cells.type), whole(cells)]).take(pa.array(rows))
