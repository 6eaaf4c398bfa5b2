"""What a workbook says of itself."""

from __future__ import annotations

from typing import Final

from corena_recon.languages import Words

WORKBOOK: Final = Words(
    "workbook",
    {
        "summary": "Summary",
        "worklist": "Worklist",
        "results": "Results",
        "notifications": "Notifications",
        "tie_out": "Tie-out",
        "about": "About this workbook",
        "text": "Identifiers, texts and amounts as posted are text; no cell is a formula or a link. Moments are UTC.",
        "left_out": (
            "{sheet}: the last {count} rows of the table are not here, since the sheet has no room for them; the "
            "report folder has them all."
        ),
        "cut": "{sheet}: {count} texts are longer than a cell may be; each is cut and ends in an ellipsis.",
        "as_text": (
            "{sheet}: {count} amounts have more digits than a spreadsheet keeps; they are text, so that none is "
            "rounded, and sums pass them over."
        ),
    },
)
