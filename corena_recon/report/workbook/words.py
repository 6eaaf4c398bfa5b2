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
            "{sheet}: the last {count} row{count:|s} of the table {count:is|are} not here, since the sheet has no room "
            "for them; the report folder has them all."
        ),
        "cut": (
            "{sheet}: {count} {count:text is longer than a cell may be; it is cut and ends|texts are longer than a "
            "cell may be; each is cut and ends} in an ellipsis."
        ),
        "as_text": (
            "{sheet}: {count} {count:amount has more digits than a spreadsheet keeps; it is|amounts have more digits "
            "than a spreadsheet keeps; they are} text, so that none is rounded, and sums pass them over."
        ),
    },
)
