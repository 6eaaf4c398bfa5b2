"""The first five minutes: invented archives with planted fraud, audited, and held against what was planted."""

from __future__ import annotations

import io
from pathlib import Path
from typing import NamedTuple

from corena_recon.arguments import require
from corena_recon.demonstration.specimens import Specimen, make_specimen
from corena_recon.errors import OptionError
from corena_recon.languages import ENGLISH
from corena_recon.report import Reconciliation
from corena_recon.signing import Key, KeyRing
from corena_recon.stages.audit import audit
from corena_recon.stages.progress import Progress

DEMO_ROWS = 100_000


class Demonstration(NamedTuple):
    """A demonstration's audit and how it compares with what was planted.

    Attributes:
        reconciliation: The audit.
        planted: How many records were planted.
        missed: Records whose verdict is not the one that was planted.
    """

    reconciliation: Reconciliation
    planted: int
    missed: list[str]


def demo(rows: int = DEMO_ROWS, out: str | Path | None = None, *, lang: str = ENGLISH) -> Reconciliation:
    """Audits an invented shop with planted fraud, offline: a first look without an archive of one's own.

    Args:
        rows: How many notifications, about.
        out: A report folder; without it nothing is written.
        lang: The language of the sentences: ``en`` or ``fr``.

    Raises:
        OptionError: There are no so many rows.
        OutputError: The folder cannot be written.
    """
    return demonstrate(rows, out, lang=lang).reconciliation


def demonstrate(
    rows: int = DEMO_ROWS, out: str | Path | None = None, progress: Progress | None = None, *, lang: str = ENGLISH
) -> Demonstration:
    """The same as ``demo``, with the comparison."""
    require("rows", rows, int, "give a number of notifications")
    if rows < 1:
        raise OptionError("rows is less than 1", hint="give at least 1")
    specimen = make_specimen(rows)
    found = audit(
        [_named(name, octets) for name, octets in specimen.archives.items()],
        _named("orders.csv", specimen.orders_csv),
        _ring(specimen),
        out,
        progress=progress,
        lang=lang,
    )
    table = found.table("notifications").select(["source", "record", "verdict"]).to_pydict()
    verdicts = dict(zip(zip(table["source"], table["record"], strict=True), table["verdict"], strict=True))
    expected = specimen.expected
    missed = [
        f"{row.source} record {row.record}: expected {row.verdict}, found {verdicts.get((row.source, row.record))}"
        for row in expected
        if verdicts.get((row.source, row.record)) != row.verdict
    ]
    return Demonstration(found, sum(1 for row in expected if row.planted), missed)


def _named(name: str, octets: bytes) -> io.BytesIO:
    file = io.BytesIO(octets)
    file.name = name
    return file


def _ring(specimen: Specimen) -> KeyRing:
    return KeyRing(
        Key(
            id=key.id,
            secret=key.secret,
            mode=key.mode,
            merchant=key.merchant,
            valid_from=key.valid_from,
            valid_until=key.valid_until,
        )
        for key in specimen.keys
    )
