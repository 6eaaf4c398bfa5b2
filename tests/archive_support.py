"""What the archive tests share: the fixtures and how their expectations are compared."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from tests.places import ARCHIVE_FIXTURES

FIXTURES = ARCHIVE_FIXTURES
EXPECTED: dict[str, Any] = json.loads((FIXTURES / "expected.json").read_text())
COMPARED = ["identifier", "amount_text", "received_at", "fidelity", "unreadable", "body_ambiguous"]


def compared(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[COMPARED].astype(object).where(frame[COMPARED].notna(), None).reset_index(drop=True)


def expected_frame(path: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The expectation of a fixture; ``file`` for a time that is the file's own is taken from the frame."""
    rows = EXPECTED[path]["rows"]
    moments = [
        read
        if row["received_at"] == "file"
        else None
        if row["received_at"] is None
        else pd.Timestamp(row["received_at"])
        for row, read in zip(rows, [*frame["received_at"], *[None] * len(rows)], strict=False)
    ]
    wanted = pd.DataFrame(rows, columns=COMPARED, dtype=object)
    wanted["received_at"] = pd.Series(moments, dtype=object)
    return wanted.astype(object).where(wanted.notna(), None)
