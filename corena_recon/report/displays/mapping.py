"""How the orders were read, in sentences: which column is what, how cells are written, what is no order or lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from corena_recon.languages import ENGLISH, Words
from corena_recon.text import printable

MAPPING_SENTENCES: Final = Words(
    "mapping_sentences",
    {
        "columns": "Orders were read as {platform}: {columns}.",
        "column": "{field} from {name}",
        "amount_notation": "Amounts are written as {words}.",
        "order_amount_rule": "Amounts are what was charged: {words}.",
        "date_order": "Dates that could be of two days were read as {words}.",
        "other_sheets": "Other sheets were not read: {words} (sheet).",
        "excluded": "{count:,} row{count:|s} {count:was|were} left out as asked (where).",
        "totals_rows": "{count:,} {count:row sums up others and is no order|rows sum up others and are no orders}.",
        "merged_rows": (
            "{count:,} {count:row holds items of the order above and is no order|rows hold items of the order above "
            "and are no orders}."
        ),
        "repeated_headers": "{count:,} {count:row repeats|rows repeat} the header.",
        "float_noise": (
            "{count:,} {count:amount was a computer's fraction, and is read as the decimal that it|amounts were a "
            "computer's fractions, and are read as the decimals that they} came from."
        ),
        "undated": "{count:,} {count:order has|orders have} a date that cannot be read.",
        "without_currency": "{count:,} {count:order names|orders name} no currency (currency).",
        "damaged_identifiers": (
            "{count:,} {count:identifier was made a number by a spreadsheet: its|identifiers were made numbers by a "
            "spreadsheet: their} last digits are lost."
        ),
    },
)
"""Each under the key that ``read_orders`` reports it with."""

RULES: Final = Words(
    "mapping_rules",
    {
        rule: rule
        for rule in (
            *("day first", "month first"),
            "total x currency_value, rounded half up to the currency's minor unit as OpenCart charges it",
        )
    },
)
"""What ``read_orders`` reports in words of its own."""

MAPPED_FIELDS: Final = (
    *("identifier", "order_amount", "order_currency", "order_status", "payment_status", "cancelled_at", "ordered_at"),
    *("transaction_id", "payment_method", "refunded_amount"),
)
"""What columns of an export are mapped to."""
_WORDED: Final = ("amount_notation", "order_amount_rule", "date_order", "other_sheets")
_UNDECIDED: Final = "undecided"
"""The notation of amounts that all read the same whatever a mark means: there is nothing to tell."""
_SHOWN_CHARACTERS: Final = 200


def mapping_sentences(mapping: Mapping[str, Any], lang: str = ENGLISH) -> list[str]:
    """What there is to say of how orders were read; nothing where it is not known.

    Args:
        mapping: As ``read_orders`` leaves it in ``attrs["mapping"]``.
        lang: One of ``LANGUAGES``.
    """
    if not mapping:
        return []
    columns = [
        MAPPING_SENTENCES.say("column", lang, field=field, name=repr(_shown(mapping[field])))
        for field in MAPPED_FIELDS
        if mapping.get(field)
    ]
    platform = _shown(mapping.get("platform", "generic"))
    said = [MAPPING_SENTENCES.say("columns", lang, platform=platform, columns=", ".join(columns))]
    for key in MAPPING_SENTENCES.english:
        found = mapping.get(key)
        if key in _WORDED and found and found != _UNDECIDED:
            rules = " | ".join(RULES.say(one, lang) if one in RULES.english else one for one in str(found).split(" | "))
            said.append(MAPPING_SENTENCES.say(key, lang, words=_shown(rules)))
        elif isinstance(found, int) and found:
            said.append(MAPPING_SENTENCES.say(key, lang, count=found))
    return said


def _shown(words: object) -> str:
    text = printable(str(words))
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
