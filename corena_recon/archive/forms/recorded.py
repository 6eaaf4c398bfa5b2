"""Recorded requests as JSON: what the forms of tools and platforms that record them have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from corena_recon.archive.json_stream.json_elements import Layout, elements_of
from corena_recon.archive.json_stream.json_shape import entries_in, sample_of
from corena_recon.archive.lines.lines import line_entries
from corena_recon.archive.records.batches import Batch, Entry, Room, batches_of
from corena_recon.archive.records.envelopes import from_value, is_other_traffic
from corena_recon.archive.records.exact_json import parse_json
from corena_recon.archive.records.posting import Posted, unreadable
from corena_recon.text import octets_of
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
        return batches_of(
            self._by_line(stream) if self._is_by_line(stream) else self._by_element(stream), keep_raw=keep_raw
        )

    def _is_by_line(self, stream: ByteStream) -> bool:
        head = stream.head(65_536)
        lines = [line.strip() for line in head.split(b"\n")[:20]]
        values = [parse_json(line).value for line in lines if line[:1] == b"{" and line[-1:] == b"}"]
        return any(isinstance(value, dict) and self.is_entry(value) for value in values)

    def _by_line(self, stream: ByteStream) -> Iterator[Entry]:
        return line_entries(stream, self._read_line, _is_cut)

    def _by_element(self, stream: ByteStream) -> Iterator[Entry]:
        for element in elements_of(stream, self.layout):
            raw = octets_of(element.text)
            if element.parsed.problem is not None:
                yield unreadable(element.parsed.problem, raw), raw
            else:
                yield self._row(element.parsed.value, raw, ambiguous=element.parsed.repeats_a_key), raw

    def _read_line(self, octets: bytes) -> Posted | None:
        parsed = parse_json(octets)
        if parsed.problem is not None:
            return unreadable(parsed.problem, octets)
        return self._row(parsed.value, octets, ambiguous=parsed.repeats_a_key)

    def _row(self, value: Any, raw: bytes, *, ambiguous: bool) -> Posted | None:  # noqa: ANN401
        if isinstance(value, dict) and self.is_entry(value):
            row = self.read_entry(value, raw)
            if ambiguous and row is not None and row.unreadable is None:
                return row._replace(body_ambiguous=True)
            return row
        # An entry of another kind among them may still hold a notification, and is read like any record.
        row = from_value(value, ambiguous=ambiguous, raw=raw)
        return None if is_other_traffic(row, raw) else row


def _is_cut(row: Posted | None, *, stream_is_cut: bool) -> bool:  # noqa: ARG001
    return row is not None and row.unreadable == Unreadable.INVALID_JSON
