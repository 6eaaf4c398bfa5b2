"""Decisions held against the worklist: which of them stand, and the rows of those that do at its end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from corena_recon.decisions import Decision, Kept, Standing, changes_said, standing_of
from corena_recon.report.worklist.evidence import SUBJECT, bases
from corena_recon.schemas import DECISION_SCHEMA
from corena_recon.tables.engine import Scope

if TYPE_CHECKING:
    import duckdb

_SHOWN: Final = (Standing.STANDS,)
_STANDING_SCHEMA: Final = pa.schema([(name, pa.string()) for name in ("subject", "decision", "note")])

DECIDED_ROWS: Final = f"""
    SELECT listed.*, standings.decision AS decision, note
    FROM (SELECT *, {SUBJECT} AS subject FROM listed) AS listed LEFT JOIN standings USING (subject)
    ORDER BY decision IS NOT NULL, at_risk DESC NULLS LAST, moment, identifier, form, listed.source, record
"""
"""The rows of the worklist, those that are decided last."""

_DECIDED: Final = f"""
    FROM (SELECT {SUBJECT} AS subject, identifier, outcome, source FROM listed) SEMI JOIN subjects USING (subject)
"""


class Deciding:
    """The decisions that were made, held against what there is to decide.

    Args:
        kept: The decisions.
        two_people: Whether each needs a second person.
        lang: Of what is said of them.
    """

    def __init__(self, kept: Kept, *, two_people: bool, lang: str) -> None:
        self._kept = kept
        self._two_people = two_people
        self._lang = lang
        self._bases: dict[str, Mapping[str, Any]] = {}

    def look(self, connection: duckdb.DuckDBPyConnection, *, has_orders: bool) -> pa.Table:
        """Looks at what the relation ``listed`` says of what was decided.

        Returns:
            ``subject``, ``decision`` where one stands, ``note`` where one does not.
        """
        last = self._kept.last()
        subjects = pa.table({"subject": pa.array([*last], pa.string())})
        with Scope(connection, subjects=subjects) as scope:
            scope.make("decided", _DECIDED)
            found = bases(connection, "decided", has_orders=has_orders)
            self._bases = {told["subject"]: basis for told, basis in found}
        rows = []
        for subject, decision in last.items():
            standing, changed = self._judged(decision)
            said = decision.decision if standing in _SHOWN else None
            rows.append({"subject": subject, "decision": said, "note": changed})
        return pa.Table.from_pylist(rows, _STANDING_SCHEMA)

    def table(self) -> pa.Table:
        """All decisions, with their standing."""
        last = self._kept.last()
        rows = []
        for one in self._kept.decisions:
            standing, changed = Standing.SUPERSEDED, None
            if last[one.subject] is one:
                standing, changed = self._judged(one)
            basis = None if one.basis is None else json.dumps(one.basis, sort_keys=True)
            rows.append({**one._asdict(), "basis": basis, "standing": standing.value, "changed": changed})
        return pa.Table.from_pylist(rows, DECISION_SCHEMA)

    def _judged(self, decision: Decision) -> tuple[Standing, str | None]:
        basis = self._bases.get(decision.subject)
        standing = standing_of(decision, basis, two_people=self._two_people)
        return standing, changes_said(decision, standing, basis, self._lang)
