"""Amounts that pandas shows as amounts: Python writes a decimal of nothing as ``0E-8``, and pandas shows that.

Nothing else about such a column is its own: it is of pandas' own type for Arrow's decimals, holds the same values and
is written alike. What is made of it by filtering, sorting or adding up is shown alike, in frames and by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_FEW: Final = 2


class ShownAmounts(pd.arrays.ArrowExtensionArray):
    """A column of decimals that are shown without an exponent."""

    def _formatter(self, boxed: bool = False) -> Callable[[Any], str]:  # noqa: ARG002 - as pandas asks it
        """Shows two decimals where no amount of the column has more, and else all."""
        column = pa.chunked_array(pa.array(self))
        if not pa.types.is_decimal(column.type):
            return str
        scale = column.type.scale
        has_few = scale <= _FEW or pc.all(pc.equal(pc.round(column, _FEW), column)).as_py() is not False
        digits = min(scale, _FEW) if has_few else scale
        return lambda cell: f"{cell:.{digits}f}" if isinstance(cell, Decimal) else str(cell)
