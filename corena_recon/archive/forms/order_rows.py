"""Order exports and the merchant panel's own among archives: other traffic, and never forged notifications."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import dropwhile
from typing import TYPE_CHECKING, Final

from corena_recon.archive.forms.csv_rows import dialect_of, header_names
from corena_recon.archive.forms.exact_csv import ExactRows
from corena_recon.archive.lines.lines import lines_of, without_blank_start
from corena_recon.archive.records.batches import Batch, Entry, Room, batches_of
from corena_recon.archive.records.envelopes import BODY_CELLS, from_value
from corena_recon.text import text_of

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

_HEAD_BYTES: Final = 65_536
_POSTED_ALONE: Final = ("signature", "payment_type", "data[", "data.", "body_b")
"""Parts of names that no shop's export has; an archive may lack the signature."""


def export_of(names: Sequence[str]) -> str | None:
    """``orders`` or ``ledger`` where a table of these columns is such an export; None for an archive.

    A table with a column for what is posted alone, or for a body, is an archive, whatever its rows lack.
    """
    lowered = [name.strip().lower() for name in names]
    if any(part in name for name in lowered for part in _POSTED_ALONE) or not set(lowered).isdisjoint(BODY_CELLS):
        return None
    from corena_recon.orders import export_named  # noqa: PLC0415 - most archives are none, and it takes a while

    return export_named(names)


def says_signature(octets: bytes) -> bool:
    """Whether a row names a signature all the same, and may be a notification."""
    return b"signature" in octets or b"signature" in octets.lower()


class OrderRows(Room):
    """The forms ``orders`` and ``ledger``, which nobody asks for: a CSV file that is no archive."""

    name = "csv"

    def recognises(self, head: bytes) -> bool:
        """A header that maps as an order export or a ledger."""
        names = header_names(head)
        return names is not None and export_of(names) is not None

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every row as other traffic, but for one that names a signature."""
        head = without_blank_start(stream.head(_HEAD_BYTES))
        names = header_names(head) or []
        rows = ExactRows(dropwhile(lambda line: not line.octets.strip(), lines_of(stream.blocks())), dialect_of(head))
        next(rows, None)

        def entries() -> Iterator[Entry]:
            for row in rows:
                stream.truncated |= not row.is_complete
                if says_signature(row.octets):
                    cells = dict(zip(names, row.cells or [text_of(row.octets)], strict=False))
                    yield from_value(cells, raw=row.octets), row.octets
                else:
                    yield None, row.octets

        for batch in batches_of(entries(), keep_raw=keep_raw):
            yield batch._replace(form=export_of(names))
