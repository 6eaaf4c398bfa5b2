"""Which orders are wanted: rows by what any of their columns says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.orders.exports.export import Export, is_blank
from corena_recon.orders.mapping import place_named


def wanted_rows(export: Export, where: Mapping[str, str | Sequence[str]] | None) -> Export:
    """The rows that say one of these values in each of these columns; ``excluded`` counts the others.

    Case and white space around do not matter. A row that is no row of the table stays what it is.

    Raises:
        ColumnError: There is no such column.
    """
    if not where:
        return export
    is_wanted = pa.array([True] * export.row_count, pa.bool_())
    for name, values in where.items():
        cells = export.columns[place_named(export.source, export.names, name, "where")]
        texts = [values] if isinstance(values, str) else values
        wanted = pa.array([text.strip().casefold() for text in texts], pa.string())
        folded = pc.utf8_lower(pc.utf8_trim_whitespace(pc.if_else(is_blank(cells), "", cells)))
        is_wanted = pc.and_(is_wanted, pc.is_in(folded, wanted))
    kept = pc.indices_nonzero(pc.or_(is_wanted, pc.is_valid(export.unreadable)))
    return export.taking(kept, excluded=export.row_count - len(kept))
