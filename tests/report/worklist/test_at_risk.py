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

A refund that a person must look at has a row too, where its order is in order without it; where it is not, the
order's own row says it, and names the larger of the two sums:

| row | `at_risk` |
|---|---|
| `refund_without_order`, `refund_without_payment` | what was given back |
| `refund_twice`, `refund_exceeds_payment` | what was given back beyond what was paid |
| `refund_not_in_orders`: the panel gave back what the shop does not tell of | what was given back |

The panel's refunds name no payment as a rule. They belong to the one whose transaction they name, else to the one of
that amount and currency, where there is exactly one and the shop tells of no other refund of the amount; all others
are named by their place in the ledger, and `found.refunds` says `ambiguous` of them. A withdrawal of the amount may
be a refund (`possible`), and is nothing by itself.

Null is what nobody can know, and zero where nothing is lost. Records that cannot be read, and captures whose chain is
broken, have none; forged notifications of orders that are in order without them put nothing at risk.
"""


def test_the_documentation_says_what_the_worklist_computes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


if __name__ == "__main__":
    sys.exit(PAGE.write_text(page(), encoding="utf-8") == 0)
