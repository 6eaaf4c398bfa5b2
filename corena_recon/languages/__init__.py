"""What people read, in their language: English where a word is defined, every other language in a module of its own."""

from corena_recon.languages.speaking import (
    BLIND_SPOT_SENTENCES,
    ENGLISH,
    FINDING_SENTENCES,
    LANGUAGES,
    OUTCOME_SENTENCES,
    REASON_SENTENCES,
    VERDICT_NAMES,
    Words,
    quoted,
    require_language,
)

__all__ = [
    "BLIND_SPOT_SENTENCES",
    "ENGLISH",
    "FINDING_SENTENCES",
    "LANGUAGES",
    "OUTCOME_SENTENCES",
    "REASON_SENTENCES",
    "VERDICT_NAMES",
    "Words",
    "quoted",
    "require_language",
]
