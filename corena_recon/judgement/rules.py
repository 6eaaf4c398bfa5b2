"""Every rule that judges a notification, each once, as SQL over columns.

A *row rule* looks at one notification and the key that verified it; a *text rule* at its letters. A *group rule*
compares notifications with each other; it looks only at those whose signature verifies, so that junk posts cannot cast
doubt on a genuine payment. Test and live keys are two worlds, and merchants number their orders alike: one payment
never has notifications of both.
What each code means and which verdict it forces stands in ``vocabulary.FINDINGS``.

A rule reads what is declared, and the engine refuses it anything else. Row rules: ``traits.RULE_SCHEMA``;
``is_verified``; what the ring knows of the key, ``key_mode``, ``key_merchant``, ``key_valid_from``,
``key_valid_until``, ``key_decimals`` (what notifications of the key have; null when the evidence favours none) and
``key_usual`` (those that are not rare among them); and the options ``$mode``, ``$merchant``, ``$success_statuses``,
``$currencies``. Text rules: ``traits.SHOWN_FIELDS``, ``extra``, and ``signature`` where it is malformed. Group rules:
``COMPARED_COLUMNS``, which are made of ``traits.CANDIDATE_SCHEMA``, and what of it ``queries.KEEP_CANDIDATES`` keeps,
with ``key_mode`` and ``key_merchant``.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, NamedTuple

from corena_recon.judgement.traits import SHOWN_FIELDS
from corena_recon.money import MAX_DECIMALS
from corena_recon.tables.code_sets import CODE_BITS
from corena_recon.tables.engine import sql_literal
from corena_recon.text import HOSTILE_PATTERN, OCTETS_PATTERN
from corena_recon.vocabulary import FINDINGS

_FIELDS: Final = ", ".join((*SHOWN_FIELDS, "signature"))
_SHOWN_TEXT: Final = f"concat_ws(chr(9), {_FIELDS}, extra)"
"""Every posted field in one text, with tabs between them; 64 hexadecimal digits need no second look."""
_HOLDS_A_TAB: Final = f"strpos(concat({_FIELDS}), chr(9)) > 0"
_ESCAPED_CONTROL: Final = r"(?:^|[^\\])(?:\\\\)*\\[bfnrt]"
"""A control character in a field of ``extra``, which is JSON."""

ROW_RULES: Final[dict[str, str]] = {
    "signature_missing": "signature_status = 'missing'",
    "signature_invalid": "signature_status = 'invalid'",
    "signature_format": "signature_status = 'malformed' AND is_mended",
    "signature_malformed": "signature_status = 'malformed' AND NOT is_mended",
    "signature_unverifiable": "signature_status = 'unverifiable'",
    "weak_key": "is_weak",
    "test_key": "key_mode = 'test' AND coalesce(endpoint, $mode) = 'live'",
    "live_key_on_test": "key_mode = 'live' AND coalesce(endpoint, $mode) = 'test'",
    "retired_key": "arrival < key_valid_from OR arrival > key_valid_until",
    "other_merchant": "key_merchant <> coalesce(merchant, $merchant)",
    "amount_format": (
        "NOT is_plain OR signature_status = 'valid_rendered' AND amount_sign IS NULL"
        " AND fidelity IS DISTINCT FROM 'raw'"
    ),
    "amount_decimals": (
        f"is_verified AND ((fidelity <> 'number' OR decimals > {MAX_DECIMALS})"
        f" AND NOT list_contains(coalesce(key_usual, range({MAX_DECIMALS + 1})), decimals)"
        " OR amount_sign IS NULL AND is_plain AND fidelity <> 'number')"
    ),
    "amount_not_positive": "amount_sign <= 0",
    "amount_rewritten": "signature_status = 'valid_rendered' AND fidelity = 'raw'",
    "identifier_too_long": "is_long",
    "body_ambiguous": "body_ambiguous",
    "sample_identifier": "is_sample",
    "currency_unsupported": "NOT list_contains($currencies, currency)",
}
"""Predicates over one notification. The gateway stores ``decimal(28, 8)``: an amount that does not fit has decimals
no profile has, and neither does one with more than 8 where the profile is unclear."""

TEXT_RULES: Final[dict[str, str]] = {
    "hostile_text": (
        f"regexp_matches({_SHOWN_TEXT}, {sql_literal(HOSTILE_PATTERN)})"
        f" OR regexp_matches(extra, {sql_literal(_ESCAPED_CONTROL)}) OR {_HOLDS_A_TAB}"
    ),
    "encoding": f"regexp_matches({_SHOWN_TEXT}, {sql_literal(OCTETS_PATTERN)})",
}
"""Predicates over every letter of one notification; no harmless one breaks them, so that none is asked of it."""

ARRIVAL: Final = ("received_at IS NULL", "received_at", "source", "record")
"""By what notifications are earlier or later than others."""

_WORLD: Final = "concat(key_mode, ' ', key_merchant)"
_SIGNED_AMOUNT: Final = "coalesce(amount_rendering, amount_text)"
COMPARED_COLUMNS: Final[dict[str, str]] = {
    "world": _WORLD,
    "signed_amount": _SIGNED_AMOUNT,
    "trx": f"""CASE WHEN keeps_payment_trx OR payment_trx <> '' THEN coalesce(payment_trx, '') ELSE coalesce(
        arg_min(payment_trx, row({", ".join(ARRIVAL)}))
            FILTER (payment_trx <> '' AND signature_status IN ('valid', 'valid_rendered'))
            OVER (PARTITION BY {_WORLD}, identifier, {_SIGNED_AMOUNT}), '') END""",
    "its_currency": "CASE WHEN keeps_currency THEN coalesce('+' || currency, '-') END",
    "its_charge": "CASE WHEN keeps_charge THEN coalesce(charge::VARCHAR, '-') END",
    "its_type": "CASE WHEN keeps_payment_type THEN coalesce('+' || payment_type, '-') END",
    "payment": "concat(length(identifier), ':', identifier, coalesce(amount_rendering, amount_text))",
    "is_success": "coalesce(list_contains($success_statuses, status), false)",
    "outcome": "CASE WHEN list_contains($success_statuses, status) THEN '' ELSE status END",
}
"""What rules compare beside columns of the notifications. ``world``: mode and merchant of the key;
``signed_amount``: the text that verified, else the posted one; ``trx``: the transaction id or empty, where the source
has none anywhere that of the first notification with the same signed bytes that has one; ``its_…``: the
other unsigned fields, null where the source has that field nowhere; ``payment``: identifier and amount as one text;
``outcome``: the status, or empty for any success."""


class Among(Enum):
    """Which notifications a rule looks at beside one: all, those that arrived before it, or all but those after it.

    Where no time tells which of two was the first, each is none that surely came after the other.
    """

    ALL = auto()
    EARLIER = auto()
    NOT_SURELY_LATER = auto()


class Comparison(NamedTuple):
    """Which notifications a rule compares with one, and which of them break it.

    Attributes:
        shared: The columns in which all that are compared with each other are the same.
        differing: The columns in one of which those that break the rule differ from the one. Null differs from nothing.
        alike: The columns in which they are the same as the one; so is null.
        among: Which of them break it, by when they arrived.
        condition: SQL that must hold of the one, and so of all.
    """

    shared: tuple[str, ...]
    differing: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    among: Among = Among.ALL
    condition: str = "true"


_PAYMENT: Final = ("world", "identifier", "signed_amount")
_TRX: Final = (*_PAYMENT, "trx")
_UNSIGNED: Final = ("its_currency", "its_charge", "its_type")

GROUP_RULES: Final[dict[str, Comparison]] = {
    "trx_conflict": Comparison(_PAYMENT, differing=("trx",), among=Among.EARLIER),
    "unsigned_conflict": Comparison(_TRX, differing=_UNSIGNED, among=Among.EARLIER),
    "status_conflict": Comparison(_TRX, differing=("is_success",)),
    "trx_reused": Comparison(
        ("world", "trx"), differing=("payment",), among=Among.NOT_SURELY_LATER, condition="trx <> ''"
    ),
    "replayed": Comparison((*_TRX, "outcome"), alike=_UNSIGNED, among=Among.EARLIER),
}
"""What judging compares, twins that are told apart left out; what shares a transaction id or what is signed is
gathered for it, and nothing else."""

TWINS: Final = Comparison(("world", "signature"), differing=("identifier",))
"""Notifications whose signed bytes another one splits elsewhere."""

CONFORMS: Final = "coalesce(list_contains(key_decimals, decimals), false)"
TWIN_RULES: Final[dict[str, str]] = {
    "boundary_twin": f"key_decimals IS NOT NULL AND NOT {CONFORMS}",
    "amount_decimals": f"key_decimals IS NULL OR {CONFORMS} AND several_conform",
}
"""Predicates over TWINS; ``several_conform`` says that those of several identifiers have the decimals of their key.
Where the decimals cannot tell which split is genuine, none is called forged and none accepted."""

COMPARISONS: Final[dict[str, Comparison]] = {
    **GROUP_RULES,
    "boundary_twin": TWINS,
    "signature_copied": Comparison(("signature",)),
}
"""For each finding that compares notifications, the others that it is about; they verify, whatever the one does."""


def twins_among(relation: str) -> str:
    """The query for the shared columns of TWINS, of verified notifications in a relation."""
    shared = ", ".join(TWINS.shared)
    return f"SELECT {shared} FROM {relation} GROUP BY {shared} HAVING {are_several()}"


def are_several(which: str = "true") -> str:
    """Whether those of a group of TWINS of which a predicate holds are of several identifiers, as SQL."""
    [seam] = TWINS.differing
    return f"coalesce(min({seam}) FILTER ({which}) <> max({seam}) FILTER ({which}), false)"


BITS: Final[dict[str, int]] = {code: CODE_BITS[code] for code in FINDINGS}
"""Each finding's bit in the set that judging works with."""
