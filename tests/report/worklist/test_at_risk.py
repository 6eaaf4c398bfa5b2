"""The documentation's table of what is at risk; ``python -m tests.report.worklist.test_at_risk`` writes it."""

from __future__ import annotations

import sys

from corena_recon.report.worklist.queries import AT_RISK
from corena_recon.vocabulary import OUTCOMES
from tests.places import ROOT

PAGE = ROOT / "docs" / "reference" / "at-risk.md"


def page() -> str:
    """The page as it must be."""
    rows = "\n".join(f"| `{code}` | {OUTCOMES[code].when} | {risk.said} |" for code, risk in AT_RISK.items())
    return f"""# What is at risk

The worklist is sorted by `at_risk`, the largest first: what could be lost, or is owed, of an identifier.

| outcome | when | `at_risk` |
|---|---|---|
{rows}

Null is what nobody can know, and zero where nothing is lost. Records that cannot be read, and captures whose chain is
broken, have none; forged notifications of orders that are in order without them put nothing at risk.
"""


def test_the_documentation_says_what_the_worklist_computes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


if __name__ == "__main__":
    sys.exit(PAGE.write_text(page(), encoding="utf-8") == 0)
