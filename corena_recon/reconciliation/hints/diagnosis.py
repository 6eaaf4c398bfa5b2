"""What orders and payments show of wrong input: names, words, currencies and times by which they miss each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.languages import LANGUAGES, Words
from corena_recon.reconciliation.hints.payment_methods import other_methods
from corena_recon.reconciliation.hints.zone_hint import ZONES, HoursBefore, Unpaired
from corena_recon.schemas import ORDER_SCHEMA
from corena_recon.tables.columns import Flags, whole
from corena_recon.tables.engine import EngineTable, Scope
from corena_recon.tables.spool import Chunk, ChunkedRows
from corena_recon.text import printable
from corena_recon.vocabulary import VERDICT_PLACES, Diagnosis, OrderState, Severity, Verdict

if TYPE_CHECKING:
    import duckdb

PAID_COLUMNS: Final = ("own_identifier", "identifier", "payment_trx", "verdict")
_JOIN_PARTS: Final = {
    "join_constant": "constant",
    "join_identifier": "identifier_column",
    "join_transaction": "transaction_column",
    "join_currency": "without_currency",
}
"""What is said of a poor join besides, by the fact that it tells."""
_KEPT_MAX: Final = 20
"""Of so many words the counts are kept."""
_SHOWN_MAX: Final = 5
_SHOWN_CHARACTERS: Final = 40


SENTENCES: Final = Words(
    "reconciliation_diagnoses",
    {
        "join": "Only {matched:,} of {payments:,} payment{payments:|s} {matched:finds|find} an order by identifier.",
        "join_otherwise": "Only {matched:,} of {payments:,} payment{payments:|s} {matched:finds|find} an order.",
        "join_currency": (
            "By amount none of the {without_currency:,} orders that name no currency is found: give the currency of "
            "the orders (currency)."
        ),
        "join_constant": (
            "Every payment carries the same identifier {constant}: the shop sends a constant. "
            "Match by transaction or amount instead (match_on)."
        ),
        "join_identifier": (
            "The column {identifier_column} of the export holds {identifiers:,} of the {payments:,} identifiers: "
            "map it as identifier."
        ),
        "join_transaction": (
            "The column {transaction_column} of the export holds {transactions:,} of the {payments:,} transaction ids: "
            "map it as transaction_id and match by transaction (match_on)."
        ),
        "join_nowhere": ("No column of the export holds them: it does not name what the shop sends as identifier."),
        "currency_not_compared": (
            "Currencies are not compared for {orders:,} of the paid orders, where order or payment leaves them open: "
            "map the export's currency column, or give the currency of its orders (currency)."
        ),
        "unknown_states": (
            "What the shop says of {orders:,} order{orders:|s} is not understood, whether {orders:it is|they are} "
            "paid, open or cancelled: {words}. Say what these words mean (states)."
        ),
        "other_payment_methods": (
            "No payment ever came for {orders:,} order{orders:|s} of other payment methods (column {column}): "
            "{methods}. Leave them out by naming the payment method of this gateway (where), here {paid}."
        ),
        "time_zone": (
            "Most payments ({before:,} of {payments:,}) come just before their orders, {hours} h too early: the "
            "export's times are of a zone so much ahead of the one that they were read in. Name it (timezone){zone}."
        ),
        "time_zone_amounts": (
            "Most payments without an order ({before:,} of {payments:,}) come just before one of their amount, "
            "{hours} h too early: the export's times are of a zone so much ahead of the one that they were read in. "
            "Name it (timezone){zone}."
        ),
        "such_as": ", such as {zone} where it was UTC",
    },
)
"""The sentences of each diagnosis; those that begin with a code are its parts or forms."""


def join_problems(
    connection: duckdb.DuckDBPyConnection,
    notifications: Iterable[Chunk],
    orders: ChunkedRows,
    *,
    payments: int,
    matched: int,
    passes: Collection[str],
    lang: str,
) -> list[Diagnosis]:
    """The diagnosis ``join``; none when at least half of the payments found an order.

    Args:
        connection: For temporary tables.
        notifications: With PAID_COLUMNS of ``facts.PAYMENT_FACTS``.
        orders: As read, with all columns of the export.
        payments: How many payments there are.
        matched: How many of them found an order.
        passes: By which they were looked for.
        lang: Of its sentences.
    """
    if not payments or matched * 2 >= payments:
        return []
    said = ["join" if "identifier" in passes else "join_otherwise"]
    facts: dict[str, Any] = {"payments": payments, "matched": matched}
    with EngineTable(connection, _ACCEPTED_SCHEMA) as paid:
        for chunk in notifications:
            with Scope(connection, part=chunk.table):
                paid.add_from(_ACCEPTED)
        counts = _counts(paid, orders)
        with Scope(connection, accepted=paid):
            [(kinds, constant)] = connection.execute(_KINDS).fetchall()
    if kinds == 1 and payments > 1:
        facts["constant"] = constant
        said.append("join_constant")
    column, count = max(((column, named) for column, named, _ in counts), key=_count, default=("", 0))
    if count > matched:
        facts |= {"identifier_column": column, "identifiers": count}
        said.append("join_identifier")
    column, count = max(((column, named) for column, _, named in counts), key=_count, default=("", 0))
    if count:
        facts |= {"transaction_column": column, "transactions": count}
        said.append("join_transaction")
    without_currency = _without_currency(orders) if "amount" in passes else 0
    if without_currency:
        facts["without_currency"] = without_currency
        said.append("join_currency")
    if said == ["join"]:
        said.append("join_nowhere")
    return [_diagnosis("join", Severity.ERROR, facts, lang, *said)]


def uncompared_currencies(count: int, lang: str) -> list[Diagnosis]:
    """The diagnosis ``currency_not_compared`` where amounts were compared without currencies; none where none were.

    Args:
        count: Of how many orders.
        lang: Of its sentence.
    """
    return [_diagnosis("currency_not_compared", Severity.WARNING, {"orders": count}, lang)] if count else []


def unknown_states(orders: ChunkedRows, lang: str) -> list[Diagnosis]:
    """The diagnosis ``unknown_states``: words of the export's status that are not understood, and how many have each.

    Args:
        orders: As read, with ``schemas.ORDER_SCHEMA``.
        lang: Of its sentence.
    """
    words: Counter[str] = Counter()
    for chunk in orders.chunks(["order_status", "order_state", "unreadable"]):
        status, state, unreadable = (whole(column) for column in chunk.table.columns)
        is_unknown = pc.and_(pc.equal(state, OrderState.UNKNOWN.value), unreadable.is_null())
        for found in pc.value_counts(status.filter(is_unknown).drop_null()).to_pylist():
            words[found["values"]] += found["counts"]
    if not words:
        return []
    facts = {"orders": words.total(), "words": dict(words.most_common(_KEPT_MAX))}
    return [_diagnosis("unknown_states", Severity.WARNING, facts, lang)]


def other_payment_methods(orders: ChunkedRows, is_paid_of: Callable[[int, int], Flags], lang: str) -> list[Diagnosis]:
    """The diagnosis ``other_payment_methods``: those for which no payment ever came, and how many orders have each.

    Args:
        orders: As read, with all columns of the export.
        is_paid_of: As for ``payment_methods.other_methods``.
        lang: Of its sentence.
    """
    found = other_methods(orders, is_paid_of)
    if found is None:
        return []
    methods, paid = (dict(counts.most_common(_KEPT_MAX)) for counts in (found.unpaid, found.paid))
    facts = {"column": found.column, "orders": found.unpaid.total(), "methods": methods, "paid": paid}
    return [_diagnosis("other_payment_methods", Severity.WARNING, facts, lang)]


def other_zone(hours_before: HoursBefore, unpaired: Unpaired | None, lang: str) -> list[Diagnosis]:
    """The diagnosis ``time_zone``, where most payments come just before their orders by some hours.

    Args:
        hours_before: Of payments and their orders.
        unpaired: Payments and orders that the pass ``amount`` did not bring together.
        lang: Of its sentence.
    """
    hours = hours_before.hours()
    if hours is not None:
        facts = {"payments": hours_before.count, "before": hours_before.before, "hours": hours}
        return [_diagnosis("time_zone", Severity.WARNING, facts, lang)]
    by_amount = None if unpaired is None else unpaired.hours()
    if by_amount is None:
        return []
    hours, payments, before = by_amount
    facts = {"payments": payments, "before": before, "hours": hours}
    return [_diagnosis("time_zone", Severity.WARNING, facts, lang, "time_zone_amounts")]


def said_again(code: str, facts: Mapping[str, Any], text: str, lang: str) -> str | None:
    """The sentences of a diagnosis of this module in a language; None where it is another's, or was said otherwise.

    Args:
        code: Of the diagnosis.
        facts: Of it, as a manifest keeps them.
        text: What was said, in whichever language.
        lang: The language of what is told now.
    """
    forms = _forms(code, facts)
    said = [keys for keys in forms if len(forms) == 1 or any(_said(keys, facts, known) == text for known in LANGUAGES)]
    return _said(said[0], facts, lang) if said else None


def _forms(code: str, facts: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The sentences that a diagnosis may have been told by."""
    match code:
        case "join":
            parts = [part for part, fact in _JOIN_PARTS.items() if fact in facts]
            return [("join", *(parts or ["join_nowhere"])), ("join_otherwise", *parts)]
        case "time_zone":
            return [("time_zone",), ("time_zone_amounts",)]
        case "currency_not_compared" | "unknown_states" | "other_payment_methods":
            return [(code,)]
    return []


def _diagnosis(code: str, severity: Severity, facts: dict[str, Any], lang: str, *keys: str) -> Diagnosis:
    """The diagnosis with its sentences, those of the code where no others are named."""
    return Diagnosis(code, severity, facts, _said(keys or (code,), facts, lang))


def _said(keys: Iterable[str], facts: Mapping[str, Any], lang: str) -> str:
    shown = {name: _shown(name, value) for name, value in facts.items()}
    if "hours" in facts:
        zone = ZONES.get(facts["hours"])
        shown["zone"] = "" if zone is None else SENTENCES.say("such_as", lang, zone=zone)
    return " ".join(SENTENCES.say(key, lang, **shown) for key in keys)


def _shown(name: str, value: Any) -> object:  # noqa: ANN401
    """A fact as a sentence has it: strangers' words are printable, and the first few of them."""
    if name == "hours":
        return f"{value:g}"
    if isinstance(value, str):
        return repr(printable(value))
    if not isinstance(value, dict):
        return value
    most = sorted(value.items(), key=lambda each: -each[1])[:_SHOWN_MAX]
    shown = [f"{_shortened(word)} ({count:,})" for word, count in most]
    return ", ".join([*shown, "…"] if len(value) > _SHOWN_MAX else shown)


def _counts(accepted: EngineTable, orders: ChunkedRows) -> list[tuple[str, int, int]]:
    """For each of the export's own text columns, how many identifiers and how many transaction ids it holds."""
    connection, counts = accepted.connection, []
    for column in orders.names:
        if column in ORDER_SCHEMA.names:
            continue
        with EngineTable(connection, _CELLS_SCHEMA) as held, Scope(connection, accepted=accepted, cells=held):
            for chunk in orders.chunks([column]):
                with Scope(connection, part=chunk.table.rename_columns(["cell"])):
                    held.add_from("SELECT DISTINCT cell FROM part WHERE cell <> ''")
            [(identifiers, transactions)] = connection.execute(_HELD).fetchall()
        counts.append((column, identifiers, transactions))
    return counts


def _shortened(word: str) -> str:
    text = printable(word)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"


def _without_currency(orders: ChunkedRows) -> int:
    """How many of the orders that could be read name no currency."""
    tables = (chunk.table for chunk in orders.chunks(["order_currency", "unreadable"]))
    return sum(
        len(table.filter(pc.and_(table["order_currency"].is_null(), table["unreadable"].is_null()))) for table in tables
    )


def _count(pair: tuple[str, int]) -> int:
    return pair[1]


_ACCEPTED_SCHEMA: Final = pa.schema([("identifier", pa.string()), ("payment_trx", pa.string())])
_CELLS_SCHEMA: Final = pa.schema([("cell", pa.string())])

_ACCEPTED: Final = f"""
SELECT DISTINCT coalesce(own_identifier, identifier) AS identifier, payment_trx FROM part
WHERE verdict = {VERDICT_PLACES[Verdict.ACCEPTED]}
"""

_KINDS: Final = "SELECT count(DISTINCT identifier), min(identifier) FROM accepted"

_HELD: Final = """
SELECT count(DISTINCT accepted) FILTER (identifier IN (SELECT cell FROM cells)),
    count(DISTINCT accepted) FILTER (payment_trx IN (SELECT cell FROM cells))
FROM accepted
"""
