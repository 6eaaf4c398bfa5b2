"""Archives and orders with planted fraud and accidents, and what an audit must find in them.

Everything follows from the number of rows and the seed: no clock, no network, the same bytes everywhere.
Expectations are written beside each planted case, from the rules, never taken from a run of the audit. Each
case has identifiers of its own, so that no case touches another.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from corena_recon.demonstration.cases import CASES
from corena_recon.demonstration.lines import ARCHIVES, EXPORT, EXPORT_HEADER
from corena_recon.demonstration.shop import InventedShop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from corena_recon.demonstration.shop import Record, SpecimenKey

_CASE_BY_NAME: Final = {case.name: case for case in CASES}


class ExpectedRow(NamedTuple):
    """What verification must say about one record.

    Attributes:
        source: Name of the archive.
        record: 1-based number of the record in it.
        identifier: As posted; empty where the record is unreadable.
        signature_status: Word of the contract; empty where the record is unreadable.
        verdict: Word of the contract.
        findings: Codes, sorted.
        planted: Name of the planted case; empty for an honest record.
    """

    source: str
    record: int
    identifier: str
    signature_status: str
    verdict: str
    findings: tuple[str, ...]
    planted: str


@dataclass(frozen=True)
class Specimen:
    """Archives, orders and keys, with the expected result of auditing them.

    Attributes:
        archives: Bytes of each archive by its file name.
        orders_csv: The shop's export.
        keys: The key ring.
        keys_toml: The key ring as the text of a TOML file.
        outcomes: The expected outcome of every identifier that has an order or a readable notification.
        expected: One row a record, archive after archive, each in its own order.
    """

    archives: dict[str, bytes]
    orders_csv: bytes
    keys: tuple[SpecimenKey, ...]
    keys_toml: str = field(repr=False)
    outcomes: dict[str, str]
    expected: list[ExpectedRow]


def make_specimen(rows: int, seed: int = 20260101) -> Specimen:
    """A whole shop in memory, with every expectation.

    Args:
        rows: As for ``InventedShop``.
        seed: Likewise.
    """
    shop = InventedShop(rows, seed)
    lines: dict[str, list[str]] = {source: first_lines(source) for source in ARCHIVES}
    expected: dict[str, list[ExpectedRow]] = {source: [] for source in ARCHIVES}
    for record, row in with_expectation(shop.records()):
        lines[record.source].append(record.line)
        expected[record.source].append(row)
    return Specimen(
        {source: "\n".join([*some, ""]).encode() for source, some in lines.items()},
        "\n".join([*shop.orders(), ""]).encode(),
        shop.keys,
        shop.keys_toml,
        dict(shop.outcomes()),
        [row for source in ARCHIVES for row in expected[source]],
    )


def first_lines(source: str) -> list[str]:
    """What stands in an archive before its records."""
    return [EXPORT_HEADER] if source == EXPORT else []


def with_expectation(records: Iterable[Record]) -> Iterator[tuple[Record, ExpectedRow]]:
    """Each record with what verification must say about it."""
    places: Counter[str] = Counter()
    for record in records:
        places[record.source] += 1
        yield record, _expected_row(record, places[record.source])


def _expected_row(record: Record, place: int) -> ExpectedRow:
    if not record.planted:
        return ExpectedRow(record.source, place, record.identifier, "valid", "accepted", (), "")
    post = _CASE_BY_NAME[record.planted].posts[record.turn]
    shown = "" if post.verdict == "unreadable" else record.identifier
    findings = tuple(sorted(post.findings.split()))
    return ExpectedRow(record.source, place, shown, post.signature_status, post.verdict, findings, record.planted)
