"""The labels and sentences of the page."""

from __future__ import annotations

from typing import Final

from corena_recon.languages import Words

PAGE: Final = Words(
    "page",
    {
        "made_by": "Report of corena_recon {version}",
        "contents": "On this page",
        "worklist": "What needs a person",
        "nothing": "Nothing.",
        "search": "Search",
        "any": "any",
        "shown": "{shown} of {total} row{total:|s}",
        "explain": "Why is that so?",
        "listed": (
            "The dearest {count} of {total} {count:is|are} listed and explained here; all are in worklist.parquet, and "
            "corena-recon explain explains any."
        ),
        "unlisted": (
            "The other {count} {count:is shown by this page's script: it needs|are shown by this page's script: they "
            "need} JavaScript."
        ),
        "further": "Show {count} more",
        "further_all": "Show the {count} that {count:is|are} left",
        "money": "Money",
        "tie_out": "Tie-out",
        "tie_out_said": "The difference of each currency, split by outcome without a remainder.",
        "waterfall": "From ordered to paid, {currency}",
        "axis": "The axis begins at {amount}, so that the steps can be seen.",
        "by_outcome": "Exceptions by money, {currency}",
        "in_order": "What is in order is not drawn; it is in the table.",
        "numbers": "The numbers",
        "notifications": "Notifications",
        "daily": "Records a day",
        "untrusted": "Forged, suspect and unreadable records a day",
        "weekly": "There are so many days that a bar stands for seven.",
        "undated": (
            "{count} {count:record does not say when it came, and is|records do not say when they came, and are} not "
            "drawn."
        ),
        "day": "day",
        "no_day": "not recorded",
        "finding": "finding",
        "meaning": "what it means",
        "records": "records",
        "silent": "{count} other rule{count:|s} {count:was|were} checked and found nothing",
        "amounts": "How large accepted payments are",
        "least": "the least",
        "quarter": "a quarter are at most",
        "half": "half are at most",
        "three_quarters": "three quarters are at most",
        "greatest": "the greatest",
        "columns": "What the columns hold",
        "column": "column",
        "filled": "filled",
        "empty": "empty",
        "distinct": "different",
        "frequent": "the most frequent",
        "exposure": "What a shop that checks as the documentation's sample does would have released wrongly",
        "class": "class",
        "orders": "orders",
        "amount": "amount",
        "proof": "Check every signature yourself",
        "proof_said": (
            "Type the secret of a key, and this page computes the signatures again: HMAC-SHA256 over the amount and "
            "the identifier, byte for byte as they were posted. The secret stays in this page: it has no way to send "
            "anything, and clears what was typed before it computes."
        ),
        "proof_half": (
            "Of each signature the page holds the first 32 of 64 digits: enough to compare, too few to post."
        ),
        "proof_all": "It holds {count:the one notification|all notifications} that can be read: {count}.",
        "proof_some": (
            "Above {limit} notifications it holds those of exceptions and a sample of the others: {count} of {total}, "
            "{exceptions} of them of exceptions. The sample is drawn by the digests of what was read (seed {seed})."
        ),
        "proof_none": "No notification that can be read is there to be checked.",
        "proof_silent": "{count} of them {count:has|have} no signature that could be compared.",
        "proof_long": "{count} of them {count:is|are} too long for this page.",
        "proof_digest": (
            "Whoever alters this file can alter its script too. Compare its SHA-256 with the one that was printed when "
            "it was written, or with report.html in manifest.json."
        ),
        "proof_script": "This needs JavaScript.",
        "proof_insecure": (
            "This browser does not let this page compute signatures (no crypto.subtle). Open the saved file itself in "
            "a current browser, from file:// or https://."
        ),
        "secret": "Secret of key {key}",
        "compute": "Compute all signatures",
        "computing": "Computing: {count} of {total} …",
        "no_secret": "Type at least one secret.",
        "agree": "Everything agrees: {count} signature{count:|s} computed in {seconds} s.",
        "disagree": "{differ} of {count} row{count:|s} {differ:does|do} not agree ({seconds} s).",
        "of_key": "{key}: {agree} of {count} signature{count:|s} {agree:agrees|agree}.",
        "of_none": (
            "Refused: {agree} of {count} signature{count:|s} {agree:agrees|agree} with none of these keys, as the "
            "report says."
        ),
        "not_typed": "{key}: {count} signature{count:|s} not checked; its secret was not typed.",
        "no_agreement": "None of the signatures of {key} agrees: that is hardly its secret.",
        "should": "signed with {key}, says the report",
        "should_not": "refused, says the report, and it agrees with {key}",
        "signed_bytes": "signed bytes",
        "says": "what differs",
        "intake": "What was read",
        "source": "source",
        "form": "form",
        "bytes": "bytes",
        "unreadable": "unreadable",
        "other": "other",
        "chain": "chain",
        "inputs": "Exports",
        "options": "Options",
        "no_options": "None was set.",
        "keys": "Keys",
        "key": "key",
        "mode": "mode",
        "merchant": "merchant",
        "fingerprint": "fingerprint",
        "mapping": "How the orders were read",
        "more": "… and {count} more",
    },
)
"""By what it is of; facts stand in braces, those that the page itself fills in too."""
