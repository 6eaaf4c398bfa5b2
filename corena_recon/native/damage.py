"""What is said where the core finds a column damaged."""

from __future__ import annotations

from corena_recon.errors import InputError


def damaged_column() -> InputError:
    """The error: offsets come from whoever wrote the frame, and the core reads nowhere outside of a column."""
    return InputError("a column of text is damaged: a cell lies outside of its bytes", hint="read the file again")
