"""What a person does next: exceptions by money at risk, each with a sentence and a next step."""

from corena_recon.report.worklist.gathering import EXCEPTIONAL, REMARKABLE, Gathered
from corena_recon.report.worklist.headline import (
    HEADLINE_COLUMNS,
    Headline,
    headline_of,
    headline_text,
    money_in_words,
)
from corena_recon.report.worklist.worklist import DERIVED, Worklist

__all__ = [
    "DERIVED",
    "EXCEPTIONAL",
    "HEADLINE_COLUMNS",
    "REMARKABLE",
    "Gathered",
    "Headline",
    "Worklist",
    "headline_of",
    "headline_text",
    "money_in_words",
]
