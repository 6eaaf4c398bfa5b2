"""What commands say when they are done."""

from __future__ import annotations

from typing import Final

from corena_recon.languages import Words

DONE: Final = Words(
    "commands_done",
    {
        "report": "report written to {path}",
        "page": "page written to {path}, SHA-256:",
        "worklist": "worklist written to {path}",
        "workbook": "workbook written to {path}",
        "tests": "tests written to {path}",
        "sheet": "{rows} row{rows:|s} written to {path}; fill in decision and by, then {command}",
        "decisions": (
            "{added} decision{added:|s} added to {path}, {known} {known:was|were} there; they count from the next "
            "close on"
        ),
        "none_stored": "no stored notification is of these",
        "not_posted": "{count} would be posted; nothing was (hint: give --journal FILE to post them)",
    },
)
"""By what was done."""
