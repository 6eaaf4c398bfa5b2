"""Lines of known shapes read in machine code, block by block in several threads; all others by the exact reader."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np

from corena_recon.archive.lines.checking import KERNEL
from corena_recon.archive.lines.line_runs import Line, Run, line_of
from corena_recon.archive.lines.pages import page_of
from corena_recon.archive.lines.template_book import MAX_ATTEMPTS, Learned, TemplateBook
from corena_recon.archive.lines.templates import ReadLine
from corena_recon.archive.records.batches import BATCH_ROWS, Batch, Entry, batch_of, batches_of
from corena_recon.native import LINES_PAY_FROM_BYTES, LineKernel, LineRows, text_array
from corena_recon.tables.threads import ordered_map

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ATTEMPTS_SMALL: Final = 1
"""Samples that a small source may have traced; more would take longer than its lines."""

WORTH_LEARNING: Final = 64
"""Lines of a batch that fit no template before new templates are looked for."""

_WORTH_LEARNING_SHARE: Final = 0.01
_SAMPLE_LINES: Final = 128

EntryOf = Callable[[Line], Entry | None]
"""The exact reader: the entry of a line, None for a blank one."""


def batches_of_runs(
    runs: Iterator[Run | Line],
    entry_of: EntryOf,
    read_line: ReadLine,
    *,
    keep_raw: bool,
    threads: int | None = None,
    pays_from_bytes: int = LINES_PAY_FROM_BYTES,
    worth_learning: int = WORTH_LEARNING,
) -> Iterator[Batch]:
    """Every line in order; small sources are left to the exact reader alone until all together are worth the kernel.

    Args:
        runs: The lines.
        entry_of: Reads a line that follows no template.
        read_line: Reads the bytes of a complete line; what templates are learned from.
        keep_raw: As for ``batch_of``.
        threads: How many work side by side; one a processor when None.
        pays_from_bytes: The size of a small source.
        worth_learning: Lines of a batch that must fit no template before new ones are looked for.
    """
    held: list[Run | Line] = []
    byte_count = 0
    for run in runs:
        held.append(run)
        byte_count += run.end - run.begin if isinstance(run, Run) else len(run.octets)
        if byte_count >= pays_from_bytes:
            break
    runs = chain(held, runs)
    is_large = byte_count >= pays_from_bytes
    kernel = KERNEL.kernel_for(LINES_PAY_FROM_BYTES if is_large else byte_count)
    if kernel is None:
        lines = chain.from_iterable(run.lines() if isinstance(run, Run) else (run,) for run in runs)
        yield from batches_of(filter(None, map(entry_of, lines)), keep_raw=keep_raw)
        return
    book = TemplateBook(read_line, keeps_raw=keep_raw, attempts=MAX_ATTEMPTS if is_large else _ATTEMPTS_SMALL)
    reader = RunReader(kernel, entry_of, book, keep_raw=keep_raw, worth_learning=worth_learning)
    threads = threads or os.cpu_count() or 1
    if threads == 1:
        yield from chain.from_iterable(map(reader.read, runs))
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from chain.from_iterable(ordered_map(pool, reader.read, runs, ahead=threads))


class RunReader:
    """Reads runs of one source, several at once."""

    def __init__(
        self, kernel: LineKernel, entry_of: EntryOf, book: TemplateBook, *, keep_raw: bool, worth_learning: int
    ) -> None:
        self._kernel = kernel
        self._entry_of = entry_of
        self._keep_raw = keep_raw
        self._worth_learning = worth_learning
        self._book = book

    def read(self, run: Run | Line) -> list[Batch]:
        """The batches of one run."""
        if isinstance(run, Line):
            entry = self._entry_of(run)
            return [batch_of([entry], keep_raw=self._keep_raw)] if entry is not None else []
        batches = []
        position, before = run.begin, run.before
        while position < run.end:
            batch, position = self._read_some(run, position, before)
            if batch.records:
                batches.append(batch)
            before = None
        return batches

    def _read_some(self, run: Run, begin: int, before: Line | None) -> tuple[Batch, int]:
        text = text_array(run.octets)
        others = [] if before is None else [before]
        while True:
            learned = self._book.learned
            rows, stopped = self._kernel.match(
                learned.program, text, begin, run.end, BATCH_ROWS, rows_before=len(others)
            )
            values = self._values(learned, rows)
            left = np.flatnonzero(rows.templates < 0)
            unread = left[len(others) :]
            if not self._is_worth_learning(len(unread), len(rows.templates)):
                break
            sample = _lines(run, rows, unread[:: -(-len(unread) // _SAMPLE_LINES)])
            if not self._book.learn([line.removesuffix(b"\r") for line in sample], learned):
                break
        entries = [self._entry_of(line) for line in (*others, *map(line_of, _lines(run, rows, unread)))]
        if len(left) == len(rows.templates):
            return batch_of([entry for entry in entries if entry], keep_raw=self._keep_raw), stopped
        return page_of(self._kernel, learned.program, rows, entries, values, keep_raw=self._keep_raw), stopped

    def _is_worth_learning(self, left: int, count: int) -> bool:
        return left >= max(self._worth_learning, _WORTH_LEARNING_SHARE * count)

    def _values(self, learned: Learned, rows: LineRows) -> dict[str, NDArray[np.int64]]:
        """The fixed-width columns; lines with a value that only the exact reader can read leave their template."""
        slots = {
            "received_at": ("instants", [template.instant_slot for template in learned.templates]),
            "charge": ("decimals", [template.charge_slot for template in learned.templates]),
        }
        return {
            name: self._kernel.read_values(kind, rows, numbers)
            for name, (kind, numbers) in slots.items()
            if max(numbers, default=-1) >= 0
        }


def _lines(run: Run, rows: LineRows, numbers: NDArray[np.intp]) -> list[bytes]:
    return [run.octets[begin:end] for begin, end in rows.spans[numbers, 0].tolist()]
