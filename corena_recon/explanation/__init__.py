"""Why the notifications of one identifier are what they are, from tables alone."""

from corena_recon.explanation.counterfactuals.search import CANDIDATES_MAX
from corena_recon.explanation.display import Story
from corena_recon.explanation.evidence import Evidence
from corena_recon.explanation.explanation import Explaining, Explanation
from corena_recon.explanation.many import EvidenceOfMany
from corena_recon.explanation.rewriting import Signed, rewritten_in

__all__ = [
    "CANDIDATES_MAX",
    "Evidence",
    "EvidenceOfMany",
    "Explaining",
    "Explanation",
    "Signed",
    "Story",
    "rewritten_in",
]
