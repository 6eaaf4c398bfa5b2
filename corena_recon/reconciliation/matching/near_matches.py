"""Identifiers of unmatched payments and orders that differ only in form: a suggestion, never a match.

Two identifiers are near when they fold to the same text: case, spaces, invisible characters, leading zeros, a leading
``#``, words that say that a number follows (``Commande n°``, ``CMD-``), Unicode look-alikes and compositions, and
numbers that a spreadsheet has written as ``1E5`` or ``15.0``.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.reconciliation.facts import NEAR_FACTS
from corena_recon.schemas import ROW_GROUP_ROWS
from corena_recon.tables.columns import flags, whole
from corena_recon.tables.engine import EngineTable, Scope, sql_literal

if TYPE_CHECKING:
    import duckdb

_LOOK_ALIKES: Final = str.maketrans(
    "АВЕКМНОРСТУХІЈЅԌԚԜаеорсухіјѕԁԛԝһӏкмтΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορτυχϲ",
    "ABEKMHOPCTYXIJSGQWaeopcyxijsdqwhlkmtABEZHIKMNOPTYXaikvoptuxc",
)
"""Cyrillic and Greek letters that look like Latin ones."""
_NUMBER: Final = re.compile(r"([0-9]+)(?:\.([0-9]+))?(?:e\+?([0-9]{1,2}))?")
_WORD: Final = (
    "commandes?|cmde?|orders?|ord|pedido|numbers?|num[ée]ro|num|nr|no|n[°.]|r[ée]f[ée]rence|r[ée]f"  # case is gone
)
_WORDS_BEFORE_DIGIT: Final = rf"^(?:{_WORD})(?:{_WORD}|[-_/:.°])*([0-9])"
"""What stands before an order's number, to Python and to the engine alike."""
_PLAIN_RE2: Final = r"[A-DF-Za-df-z0-9 _#/-]*|[ #]*[A-Za-z_/-][A-Za-z0-9 _#/-]*"


def folded(identifier: str) -> str:
    """What two near identifiers have in common."""
    text = unicodedata.normalize("NFKC", identifier).translate(_LOOK_ALIKES)
    text = unicodedata.normalize("NFKC", text.casefold())
    text = "".join(
        character
        for character in text
        if character != "#" and not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf")
    )
    return re.sub(_WORDS_BEFORE_DIGIT, r"\1", _plain_number(text)).lstrip("0") or "0"


def folds_of(connection: duckdb.DuckDBPyConnection, identifiers: pa.ChunkedArray) -> pa.Array:
    """What each identifier has in common with those near it; null for null."""
    with Scope(connection, unmatched=pa.table([identifiers], names=["identifier"])):
        found = connection.sql(f"SELECT identifier, fold FROM ({PLAINLY_FOLDED})").to_arrow_table()
    folds = whole(found["fold"])
    others = np.flatnonzero(flags(folds.is_null()) & flags(found["identifier"].is_valid()))
    if not len(others):
        return folds
    texts = whole(found["identifier"]).take(pa.array(others)).to_pylist()
    places: NDArray[np.int64] = np.full(len(folds), -1)
    places[others] = np.arange(len(others))
    of_others = pa.array(map(folded, texts), pa.string()).take(pa.array(places, mask=places < 0))
    return pc.coalesce(folds, of_others)


def suggest(unmatched: EngineTable) -> EngineTable:
    """For unmatched identifiers the one on the other side that is near them, if there is only one.

    What anybody can post beside those that are trusted does not count.

    Args:
        unmatched: With ``facts.UNMATCHED``.

    Returns:
        A table with ``facts.NEAR_FACTS``, of those near which there is any.
    """
    connection = unmatched.connection
    with Scope(connection, unmatched=unmatched) as scope, EngineTable(connection, _FOLDS) as folds:
        scope.make("plainly_folded", PLAINLY_FOLDED)
        for first in range(0, unmatched.count(), _STEP_ROWS):
            step = {"first": first, "last": first + _STEP_ROWS - 1}
            texts = connection.sql(_UNUSUAL, params=step).to_arrow_table()["identifier"].to_pylist()
            folds.add(
                pa.table([pa.array(texts, pa.string()), pa.array(map(folded, texts), pa.string())], schema=_FOLDS)
            )
        with Scope(connection, folds=folds):
            return scope.kept(NEAR_FACTS, _NEAR)


_FOLDS: Final = pa.schema([("identifier", pa.string()), ("fold", pa.string())])
_STEP_ROWS: Final = ROW_GROUP_ROWS

PLAINLY_FOLDED: Final = f"""
SELECT *, CASE WHEN regexp_full_match(identifier, {sql_literal(_PLAIN_RE2)})
    THEN coalesce(nullif(ltrim(regexp_replace(lower(regexp_replace(identifier, '[ #]', '', 'g')),
        {sql_literal(_WORDS_BEFORE_DIGIT)}, '\\1'), '0'), ''), '0') END AS fold
FROM unmatched
"""
"""What is plain enough for the engine is folded by it."""

_UNUSUAL: Final = "SELECT identifier FROM plainly_folded WHERE fold IS NULL AND rowid BETWEEN $first AND $last"

_NEAR: Final = """
WITH sides AS (
    SELECT position, p.identifier, is_order, is_trusted, coalesce(p.fold, folds.fold) AS fold
    FROM plainly_folded p LEFT JOIN folds USING (identifier)
),
counted AS (
    SELECT fold, is_order, count(*) AS others, min(identifier) AS other, count(*) FILTER (is_trusted) AS trusted,
        min(identifier) FILTER (is_trusted) AS trusted_other
    FROM sides GROUP BY fold, is_order
)
SELECT position, CASE WHEN trusted = 1 THEN trusted_other WHEN others = 1 THEN other END AS suggested_identifier
FROM sides JOIN counted ON sides.fold = counted.fold AND sides.is_order <> counted.is_order
"""


def _plain_number(text: str) -> str:
    """A number as a spreadsheet may have written it, as plain digits; any other text as it is."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return text
    whole, fraction, exponent = match[1], (match[2] or "").rstrip("0"), int(match[3] or 0)
    if len(fraction) > exponent:
        return text
    return whole + fraction.ljust(exponent, "0")
