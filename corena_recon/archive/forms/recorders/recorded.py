"""Recorded requests as JSON: what the forms of tools and platforms that record them have in common."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from corena_recon.archive.forms.by_content import read_value
from corena_recon.archive.json_stream.element_batches import batches_of_elements
from corena_recon.archive.json_stream.json_elements import Layout
from corena_recon.archive.json_stream.json_shape import entries_in, json_head, sample_of
from corena_recon.archive.lines.line_runs import runs_of
from corena_recon.archive.lines.lines import batches_of_lines, line_entry
from corena_recon.archive.records.batches import Batch, Room
from corena_recon.archive.records.envelopes import is_other_traffic
from corena_recon.archive.records.exact_json import Parsed, parse_json
from corena_recon.archive.records.posting import Posted, unreadable
from corena_recon.native import Kind
from corena_recon.vocabulary import Unreadable

if TYPE_CHECKING:
    from corena_recon.archive.sources.containers import ByteStream


class RecordedRequests(Room):
    """A form whose entries are JSON objects: in one document under a known name, in an array, or one a line."""

    layout: ClassVar[Layout]

    def is_entry(self, entry: dict[str, Any]) -> bool:
        """Whether the object is an entry of this form; its own keys are the recorder's."""
        raise NotImplementedError

    def read_entry(self, entry: dict[str, Any], raw: bytes) -> Posted | None:
        """The row of one entry; None for other traffic.

        Args:
            entry: As ``exact_json`` reads it.
            raw: Its bytes.
        """
        raise NotImplementedError

    def is_wrapper(self, outer: dict[str, Any]) -> bool:  # noqa: ARG002
        """Whether an object without any entry is an empty document of this form."""
        return False

    def recognises(self, head: bytes) -> bool:
        """Most of the first entries are of this form."""
        entries = entries_in(head, self.layout)
        if entries is None:
            return False
        if not entries:
            return self.is_wrapper(sample_of(head)[0])
        return sum(map(self.is_entry, entries)) * 2 > len(entries)

    def read(self, stream: ByteStream, *, keep_raw: bool) -> Iterator[Batch]:
        """Every entry; entries one a line are read line by line, so that damage stays within its line."""
        if self._is_by_line(stream):
            entry_of = partial(line_entry, stream, self._read_line, _is_cut)
            return batches_of_lines(runs_of(stream.blocks()), entry_of, self._read_line, Kind.JSON, keep_raw=keep_raw)
        return batches_of_elements(stream, self.layout, self._read_parsed, self._read_line, keep_raw=keep_raw)

    def _is_by_line(self, stream: ByteStream) -> bool:
        head = json_head(stream)
        if head.lstrip()[:1] == b"[":
            return False
        lines = [line.strip() for line in head.split(b"\n")[:20]]
        values = [parse_json(line).value for line in lines if line[:1] == b"{" and line[-1:] == b"}"]
        return any(isinstance(value, dict) and self.is_entry(value) for value in values)

    def _read_line(self, octets: bytes) -> Posted | None:
        parsed = parse_json(octets)
        return unreadable(parsed.problem, octets) if parsed.problem is not None else self._read_parsed(parsed, octets)

    def _read_parsed(self, parsed: Parsed, raw: bytes) -> Posted | None:
        return self._row(parsed.value, raw, ambiguous=parsed.repeats_a_key)

    def _row(self, value: Any, raw: bytes, *, ambiguous: bool) -> Posted | None:  # noqa: ANN401
        if isinstance(value, dict) and self.is_entry(value):
            row = self.read_entry(value, raw)
            if ambiguous and row is not None and row.unreadable is None:
                return row._replace(body_ambiguous=True)
            return row
        # An entry of another kind among them may still hold a notification, and is read like any record.
        row = read_value(value, ambiguous=ambiguous, raw=raw)
        return None if row is None or is_other_traffic(row, raw) else row


def _is_cut(row: Posted | None, *, stream_is_cut: bool) -> bool:  # noqa: ARG001
    return row is not None and row.unreadable == Unreadable.INVALID_JSON
