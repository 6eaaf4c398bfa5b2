"""Findings and verdicts: what each notification is, by itself and among the others."""

from corena_recon.judgement.judging import ring_facts, unclear_profiles
from corena_recon.judgement.options import JudgingArguments, JudgingOptions, judging_options, option_facts
from corena_recon.judgement.rules import (
    ARRIVAL,
    COMPARED_COLUMNS,
    COMPARISONS,
    GROUP_RULES,
    TWIN_RULES,
    TWINS,
    twins_among,
)
from corena_recon.judgement.verification import ENCODED_SCHEMA, Checking, verify_table

__all__ = [
    "ARRIVAL",
    "COMPARED_COLUMNS",
    "COMPARISONS",
    "ENCODED_SCHEMA",
    "GROUP_RULES",
    "TWINS",
    "TWIN_RULES",
    "Checking",
    "JudgingArguments",
    "JudgingOptions",
    "judging_options",
    "option_facts",
    "ring_facts",
    "twins_among",
    "unclear_profiles",
    "verify_table",
]
