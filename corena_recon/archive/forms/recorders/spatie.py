"""The table ``webhook_calls`` of spatie's laravel-webhook-client, as JSON or as a CSV dump."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from corena_recon.archive.forms.recorders.recorded import RecordedRequests
from corena_recon.archive.forms.tables.csv_rows import record_batches
from corena_recon.archive.forms.tables.table_heads import TableHead, dialect_of, header_names
from corena_recon.archive.json_stream.json_elements import Layout
from corena_recon.archive.lines.lines import without_blank_start
from corena_recon.archive.records.batches import Batch
from corena_recon.archive.records.envelopes import from_request
from corena_recon.archive.records.exact_json import parse_json
from corena_recon.archive.records.instants import instant_of
from corena_recon.archive.records.posting import Facts, Posted, body_text_octets, unreadable

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream

_COLUMNS: Final = frozenset({"name", "payload", "exception", "created_at"})
_HEAD_BYTES: Final = 65_536


class Spatie(RecordedRequests):
    """The form ``spatie``: ``payload`` holds the fields that Laravel read, the address's query merged in."""

    name = "spatie"
    layout = Layout(("webhook_calls",), None, _COLUMNS)

    def recognises(self, head: bytes) -> bool:
        """Rows with the table's columns, or a CSV header of them."""
        return set(header_names(head) or ()) >= _COLUMNS or super().recognises(head)

    def is_entry(self, entry: dict[str, Any]) -> bool:
        """A row with the table's columns."""
        return entry.keys() >= _COLUMNS

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every row of the table."""
        head = without_blank_start(stream.head(_HEAD_BYTES))
        if header_names(head) is None:
            return super().read(stream, keep_raw=keep_raw)
        return record_batches(stream, TableHead(dialect_of(head)), self._row_of, self._read_json, keep_raw=keep_raw)

    def read_entry(self, entry: dict[str, Any], raw: bytes) -> Posted | None:
        """The row of one call."""
        payload = entry["payload"]
        facts = Facts(instant_of(entry.get("created_at")))
        ambiguous = False
        if isinstance(payload, str):
            parsed = parse_json(body_text_octets(payload))
            if parsed.problem is not None:
                return unreadable(parsed.problem, raw, facts)
            payload, ambiguous = parsed.value, parsed.repeats_a_key
        row = from_request(payload if isinstance(payload, dict) else None, facts, headers=entry.get("headers"), raw=raw)
        return row._replace(body_ambiguous=True) if ambiguous and row is not None and row.unreadable is None else row

    def _row_of(self, cells: dict[str, str], octets: bytes) -> Posted | None:
        return self.read_entry({"payload": None, **cells}, octets)

    def _read_json(self, octets: bytes) -> Posted | None:
        return self._row_of(parse_json(octets).value, octets)
