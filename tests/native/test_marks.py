"""Marks in the core: cells that do not fit their column."""

from __future__ import annotations

import numpy as np
import pytest

from corena_recon.errors import InputError
from corena_recon.native.library import PATH, opened
from corena_recon.native.marks import mark_cells


@pytest.mark.parametrize("offsets", [[0, 9, 3], [0, 2, 1], [-1, 3], [0, 4]])
def test_no_cell_is_read_outside_of_its_column(offsets: list[int]) -> None:
    with pytest.raises(InputError, match="damaged"):
        mark_cells(opened(PATH), np.frombuffer(b"abc", np.uint8), np.array(offsets, np.int32), seed=1)
