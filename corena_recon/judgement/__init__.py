"""Findings and verdicts: what each notification is, by itself and among the others."""

from corena_recon.judgement.comparing import KeepingOf, Votes
from corena_recon.judgement.judging import (
    VERDICTS,
    Judged,
    Judging,
    Known,
    Profile,
    decimals_facts,
    profile_of,
    ring_facts,
    unclear_profiles,
)
from corena_recon.judgement.options import JudgingArguments, JudgingOptions, judging_options, option_facts
from corena_recon.judgement.rules import (
    ARRIVAL,
    COMPARED_COLUMNS,
    COMPARISONS,
    GROUP_RULES,
    TWIN_RULES,
    TWINS,
    Among,
    Comparison,
    twins_among,
)
from corena_recon.judgement.traits import KEPT_FIELDS, TRAIT_SCHEMA
from corena_recon.judgement.verification import ENCODED_SCHEMA, WORDS, Checking, Settling, verify_table
from corena_recon.judgement.worlds import ELSEWHERE, World, is_told_elsewhere

__all__ = [
    "ARRIVAL",
    "COMPARED_COLUMNS",
    "COMPARISONS",
    "ELSEWHERE",
    "ENCODED_SCHEMA",
    "GROUP_RULES",
    "KEPT_FIELDS",
    "TRAIT_SCHEMA",
    "TWINS",
    "TWIN_RULES",
    "VERDICTS",
    "WORDS",
    "Among",
    "Checking",
    "Comparison",
    "Judged",
    "Judging",
    "JudgingArguments",
    "JudgingOptions",
    "KeepingOf",
    "Known",
    "Profile",
    "Settling",
    "Votes",
    "World",
    "decimals_facts",
    "is_told_elsewhere",
    "judging_options",
    "option_facts",
    "profile_of",
    "ring_facts",
    "twins_among",
    "unclear_profiles",
    "verify_table",
]
