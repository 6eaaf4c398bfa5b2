"""Frames whose amounts are shown as amounts: Python writes a decimal of nothing as ``0E-8``, and pandas shows that.

Nothing else about them is their own: they hold what any frame of Arrow types does, and what is made of them by
filtering or sorting is shown alike. A single column shown by itself is pandas' own.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_FEW: Final = 2


class _AnyFrame(type):
    """Any frame may stand where one of these does: comparing a plain one with it must not fail for its class."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, pd.DataFrame)


class ShownFrame(pd.DataFrame, metaclass=_AnyFrame):
    """A DataFrame that shows decimals without an exponent."""

    @property
    def _constructor(self) -> type[ShownFrame]:
        return ShownFrame

    def to_string(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as pandas has it
        """As pandas', with amounts as amounts."""
        options.setdefault("formatters", self._formatters())
        return super().to_string(*args, **options)

    def to_html(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as pandas has it
        """As pandas', with amounts as amounts."""
        options.setdefault("formatters", self._formatters())
        return super().to_html(*args, **options)

    def _repr_html_(self) -> str | None:
        shown: str | None = super()._repr_html_()
        if shown is None or shown.startswith("<pre>") or not self._formatters():
            return shown
        rows_max = pd.get_option("display.max_rows")
        is_long = rows_max and len(self) > rows_max
        return str(
            self.to_html(
                max_rows=pd.get_option("display.min_rows") or rows_max if is_long else rows_max,
                max_cols=pd.get_option("display.max_columns"),
                show_dimensions=is_long or pd.get_option("display.show_dimensions") is True,
                notebook=True,
            )
        )

    def _formatters(self) -> dict[Any, Callable[[Any], str]]:
        """What shows the cells of each column of decimals."""
        if not self.columns.is_unique:
            return {}
        return {
            name: _formatter(pa.array(self[name]))
            for name, kind in self.dtypes.items()
            if isinstance(kind, pd.ArrowDtype) and pa.types.is_decimal(kind.pyarrow_dtype)
        }


def _formatter(column: pa.Array | pa.ChunkedArray) -> Callable[[Any], str]:
    """Shows two decimals where no amount of the column has more, and else all."""
    scale = column.type.scale
    has_few = scale <= _FEW or pc.all(pc.equal(pc.round(column, _FEW), column)).as_py() is not False
    digits = min(scale, _FEW) if has_few else scale
    return lambda cell: f"{cell:.{digits}f}" if isinstance(cell, Decimal) else str(cell)
