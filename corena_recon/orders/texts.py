"""A table that people filled in, as text: whatever the file, with the cells of every row by the names of its header."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from corena_recon.orders.exports.content import contents
from corena_recon.orders.exports.export import Hints
from corena_recon.orders.exports.forms import read_content


def read_texts(file: Path, header: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a sheet with their numbers; cells that are empty are left out.

    Args:
        file: A workbook, CSV or any other file that orders are read from.
        header: A name that the row of names holds; rows before that are titles.

    Raises:
        SourceError: The file cannot be read, or is of no known form.
    """
    hints = Hints(is_header=lambda cells: header in cells)
    for content in contents(file):
        for export in read_content(content, hints):
            columns = [column.to_pylist() for column in export.columns]
            for number, cells in zip(export.record.to_pylist(), zip(*columns, strict=True), strict=True):
                row = {name: text.strip() for name, text in zip(export.names, cells, strict=True) if text}
                yield number, {name: text for name, text in row.items() if text}
