"""What people read, in their language: English where a word is defined, every other language in a module of its own."""

from corena_recon.languages.notes import note, noted
from corena_recon.languages.speaking import (
    BLIND_SPOT_SENTENCES,
    ENGLISH,
    FINDING_SENTENCES,
    LANGUAGES,
    NUMBER_MARKS,
    OUTCOME_SENTENCES,
    QUOTED_MAX_CHARACTERS,
    REASON_SENTENCES,
    VERDICT_NAMES,
    Words,
    grouped,
    listed,
    ones,
    quoted,
    require_language,
)

__all__ = [
    "BLIND_SPOT_SENTENCES",
    "ENGLISH",
    "FINDING_SENTENCES",
    "LANGUAGES",
    "NUMBER_MARKS",
    "OUTCOME_SENTENCES",
    "QUOTED_MAX_CHARACTERS",
    "REASON_SENTENCES",
    "VERDICT_NAMES",
    "Words",
    "grouped",
    "listed",
    "note",
    "noted",
    "ones",
    "quoted",
    "require_language",
]
