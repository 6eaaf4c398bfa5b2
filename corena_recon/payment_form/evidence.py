"""Notifications found so far, judged against the attempts: the same reading, verifying and reconciling as an audit."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from corena_recon.archive import read_ipns
from corena_recon.payment_form.attempts import Attempt, AttemptState, Seen
from corena_recon.schemas import ORDER_SCHEMA
from corena_recon.stages.reconcile import reconcile
from corena_recon.stages.verify import verify
from corena_recon.vocabulary import Mode, OrderState, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from corena_recon.signing.keys import KeyRing

_SEEN_COLUMNS = (
    "source",
    "record",
    "received_at",
    "status",
    "identifier",
    "amount_text",
    "currency",
    "payment_trx",
    "signature",
)


def read_pasted(body: str, number: int) -> pd.DataFrame:
    """The notification that a person pasted, as ``read_ipns`` gives it.

    Args:
        body: The body; line ends around it are not part of it.
        number: Tells pasted ones apart.

    Raises:
        SourceError: It is of no known form.
    """
    frame = read_ipns(body.strip("\r\n").encode("utf-8", "surrogatepass"))
    frame["source"] = pd.Series([f"<pasted {number}>"] * len(frame), dtype=frame["source"].dtype, index=frame.index)
    return frame


def judged(
    attempts: Sequence[Attempt], frames: Iterable[pd.DataFrame], keys: KeyRing | None, mode: Mode
) -> tuple[Attempt, ...]:
    """The attempts with the notifications that arrived for them.

    Args:
        attempts: In order.
        frames: What was read from each source; all of it is judged together, so that replays show.
        keys: The secrets to check with; without them notifications stay unchecked.
        mode: What a notification is whose source does not say.
    """
    found = [frame for frame in frames if len(frame)]
    if not found:
        return tuple(attempts)
    notifications = pd.concat(found, ignore_index=True)
    verified = notifications if keys is None else verify(notifications, keys, mode=mode.value)
    owners = _owners(attempts, verified)
    arrived: dict[int, list[Seen]] = {attempt.number: [] for attempt in attempts}
    for row, owner in owners.items():
        arrived[owner].append(_seen(verified.iloc[row].to_dict()))
    results = {} if keys is None or not owners else _results(attempts, verified.iloc[list(owners)])
    return tuple(
        _with_result(replace(attempt, notifications=tuple(arrived[attempt.number])), results) for attempt in attempts
    )


def _owners(attempts: Sequence[Attempt], notifications: pd.DataFrame) -> dict[int, int]:
    """Row positions by the attempt they belong to: the latest of that identifier that had not seen them before."""
    owners: dict[int, int] = {}
    for attempt in attempts:
        if attempt.state is AttemptState.SENDING:
            continue
        rows = (notifications["identifier"] == attempt.identifier).fillna(value=False).to_numpy(dtype=bool)
        for row in rows.nonzero()[0].tolist():
            place = (notifications["source"].iloc[row], int(notifications["record"].iloc[row]))
            if place not in attempt.known_places:
                owners[row] = attempt.number
    return dict(sorted(owners.items()))


def _seen(row: dict[str, Any]) -> Seen:
    known: dict[str, Any] = {name: None if pd.isna(row[name]) else row[name] for name in _SEEN_COLUMNS}
    verdict = row.get("verdict")
    findings = row.get("findings")
    return Seen(
        **known,
        verdict=None if verdict is None or pd.isna(verdict) else Verdict(verdict),
        findings=() if findings is None else tuple(findings),
    )


def _results(attempts: Sequence[Attempt], verified: pd.DataFrame) -> dict[str, dict[str, Any]]:
    initiated = {attempt.identifier: attempt for attempt in attempts if not attempt.state.frees_identifier}
    orders = pa.Table.from_pylist(
        [
            {
                "source": "<form>",
                "record": attempt.number,
                "identifier": attempt.identifier,
                "order_amount": Decimal(attempt.amount).quantize(Decimal("1e-8")),
                "order_currency": attempt.currency,
                "order_state": OrderState.UNKNOWN.value,
            }
            for attempt in initiated.values()
        ],
        schema=ORDER_SCHEMA,
    ).to_pandas(types_mapper=pd.ArrowDtype)
    results = reconcile(verified, orders).results
    return {row["identifier"]: row for row in results.to_dict("records")}


def _with_result(attempt: Attempt, results: dict[str, dict[str, Any]]) -> Attempt:
    row = results.get(attempt.identifier)
    if row is None or not attempt.notifications:
        return replace(attempt, outcome=None, paid=None, reasons=())
    paid = None if pd.isna(row["paid_amount"]) else f"{row['paid_amount']:f} {row['paid_currency']}"
    return replace(attempt, outcome=row["outcome"], paid=paid, reasons=tuple(row["reasons"]))
