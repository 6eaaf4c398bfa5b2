"""Amounts that are shown as amounts: Python writes a decimal of nothing as ``0E-8``, and pandas shows that.

Nothing else about such a column is its own: it is Arrow's decimal128, equal to pandas' own type for that, holds the
same values and is written alike. What is made of it is shown alike: rows and single cells too, which are decimals that
say what they are worth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_FEW: Final = 2


class Amount(Decimal):
    """A decimal that is written without an exponent; what is computed with it is Python's own, and so is its pickle."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:  # type: ignore[override]  # typeshed knows an argument that C has not
        return super().__format__(spec or "f")

    def __str__(self) -> str:
        return format(self)

    def __repr__(self) -> str:
        return f"Decimal('{self}')"

    def __reduce__(self) -> tuple[type[Decimal], tuple[str]]:  # type: ignore[override]  # pickles need no package
        return Decimal, (str(self),)


class AmountType(pd.ArrowDtype):
    """pandas' type for Arrow's decimals, and equal to it; arrays that pandas makes of it are ``ShownAmounts``."""

    def construct_array_type(self) -> type[ShownAmounts]:
        """Of what arrays of this type are."""
        return ShownAmounts

    def __eq__(self, other: object) -> bool:
        if isinstance(other, pd.ArrowDtype):
            return bool(self.pyarrow_dtype == other.pyarrow_dtype)
        return bool(super().__eq__(other))

    __hash__ = pd.ArrowDtype.__hash__


class ShownAmounts(pd.arrays.ArrowExtensionArray):
    """A column of decimals that are shown without an exponent."""

    def __init__(self, values: pa.Array | pa.ChunkedArray) -> None:
        super().__init__(values)
        if pa.types.is_decimal(values.type):
            self._dtype = AmountType(values.type)

    def __getitem__(self, item: Any) -> Any:  # noqa: ANN401 - as pandas has it
        return _amount(super().__getitem__(item))

    def __iter__(self) -> Iterator[Any]:
        return map(_amount, super().__iter__())

    def to_numpy(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as pandas has it
        """The cells; those that are decimals are amounts."""
        cells = super().to_numpy(*args, **kwargs)
        return _amounts(cells) if cells.dtype == object and len(cells) else cells

    def _reduce(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as pandas has it
        return _amount(super()._reduce(*args, **kwargs))

    def _formatter(self, boxed: bool = False) -> Callable[[Any], str]:  # noqa: ARG002 - as pandas asks it
        """Shows two decimals where no amount of the column has more, and else all."""
        column = pa.chunked_array(pa.array(self))
        if not pa.types.is_decimal(column.type):
            return str
        scale = column.type.scale
        has_few = scale <= _FEW or pc.all(pc.equal(pc.round(column, _FEW), column)).as_py() is not False
        digits = min(scale, _FEW) if has_few else scale
        return lambda cell: f"{cell:.{digits}f}" if isinstance(cell, Decimal) else str(cell)


def _amount(cell: Any) -> Any:  # noqa: ANN401 - whatever pandas has there
    return Amount(cell) if isinstance(cell, Decimal) else cell


_amounts: Final = np.frompyfunc(_amount, 1, 1)
