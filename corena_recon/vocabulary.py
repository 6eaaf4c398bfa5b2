"""The words and limits that every other module takes from here.

Sources: the gateway's API documentation (field names and lengths) and what its deployments put on the wire.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, NamedTuple

IDENTIFIER_MAX_CHARACTERS: Final = 20
PUBLIC_KEY_MAX_CHARACTERS: Final = 50
CURRENCY_MAX_CHARACTERS: Final = 4
DETAILS_MAX_CHARACTERS: Final = 100
SAMPLE_IDENTIFIER: Final = "DFU80XZIKS"
"""The identifier of the documentation's example, which shops have copied as a constant."""
PLACEHOLDER_SECRETS: Final = frozenset({"YOUR_SECRET_KEY", "your_secret_key", "secret", "changeme"})
"""Secrets that documentation or habit put where a key belongs."""
PLACEHOLDER_PUBLIC_KEYS: Final = frozenset({"your_public_key", "YOUR_PUBLIC_KEY"})
SUPPORTED_CURRENCIES: Final = frozenset({"USD"})
SUCCESS_STATUSES: Final = frozenset({"success"})
RAW_MAX_BYTES: Final = 64 * 1024
"""How much of an unreadable record is kept."""
EXPANSION_FREE_BYTES: Final = 32 * 1024 * 1024
EXPANSION_MAX_RATIO: Final = 500
"""Archives and exports shrink about tenfold; what expands more than so many times, beyond the free bytes, is a trap."""
RECORD_MAX_BYTES: Final = 8 * 1024 * 1024
"""A longer record is ``too_large``: PHP's ``post_max_size`` is 8 MiB."""
FLOAT_EXACT_DIGITS: Final = 15
"""Significant digits a double always keeps."""
SIGNATURE_HEX_DIGITS: Final = 64

OWN_FRAME: Final = "own_frame"
"""The form of what ``read_ipns`` or ``verify`` gave, and of sources of which nothing more is known than such rows."""


class Fidelity(StrEnum):
    """How much of what was posted survives in the archive."""

    RAW = "raw"
    TEXT = "text"
    NUMBER = "number"


class Unreadable(StrEnum):
    """Why a record of an archive could not be read as a notification."""

    INVALID_JSON = "invalid_json"
    NOT_AN_OBJECT = "not_an_object"
    TRUNCATED = "truncated"
    TOO_LARGE = "too_large"
    BODY_LIMIT = "body_limit"
    CONTENT_TYPE = "content_type"
    EMPTY_BODY = "empty_body"
    NO_IPN_FIELDS = "no_ipn_fields"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    INVALID_ROW = "invalid_row"


class OrderUnreadable(StrEnum):
    """Why a row of an order export or ledger could not be read."""

    INVALID_ROW = "invalid_row"
    INVALID_JSON = "invalid_json"
    NOT_AN_OBJECT = "not_an_object"
    TOTALS_ROW = "totals_row"
    REFUND_WITHOUT_ORDER = "refund_without_order"
    MISSING_IDENTIFIER = "missing_identifier"
    MISSING_AMOUNT = "missing_amount"
    INVALID_AMOUNT = "invalid_amount"
    AMBIGUOUS_AMOUNT = "ambiguous_amount"
    AMBIGUOUS_CURRENCY = "ambiguous_currency"
    INVALID_DATE = "invalid_date"


class LedgerEntry(StrEnum):
    """What a row of the merchant panel's own export is."""

    PAYMENT = "payment"
    REFUND = "refund"
    WITHDRAWAL = "withdrawal"


class RefundProblem(StrEnum):
    """Why a person must look at a refund; a row of the worklist has it for an outcome."""

    WITHOUT_ORDER = "refund_without_order"
    WITHOUT_PAYMENT = "refund_without_payment"
    TWICE = "refund_twice"
    EXCEEDS_PAYMENT = "refund_exceeds_payment"
    NOT_IN_ORDERS = "refund_not_in_orders"


class SignatureStatus(StrEnum):
    """What checking the signature of one notification gave."""

    VALID = "valid"
    VALID_RENDERED = "valid_rendered"
    INVALID = "invalid"
    MALFORMED = "malformed"
    MISSING = "missing"
    UNVERIFIABLE = "unverifiable"


class Verdict(StrEnum):
    """What one notification is; only ``accepted`` is money."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    NO_PAYMENT = "no_payment"
    OTHER_MODE = "other_mode"
    SUSPECT = "suspect"
    FORGED = "forged"
    UNREADABLE = "unreadable"


VERDICT_PLACES: Final = {verdict: place for place, verdict in enumerate(Verdict)}
"""The small integer that stands for a verdict while its rows are worked on."""


class Severity(StrEnum):
    """How much of a result a diagnosis puts in question, the gravest first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Diagnosis(NamedTuple):
    """One thing by which the input itself looks wrong, rather than what it records.

    Attributes:
        code: The word.
        severity: How much of the result it puts in question.
        facts: Counts, moments and names, ready for JSON.
        text: What it says, in a sentence or a few.
    """

    code: str
    severity: Severity
    facts: dict[str, Any]
    text: str


class Mode(StrEnum):
    """Which of the gateway's two endpoints a key or a notification belongs to."""

    LIVE = "live"
    TEST = "test"


class OrderState(StrEnum):
    """What an export's own status means for payment."""

    PAID = "paid"
    OPEN = "open"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    UNKNOWN = "unknown"


class Finding(NamedTuple):
    """One coded observation about one notification.

    Attributes:
        code: The word.
        verdict: The verdict it forces, or None.
        when: When it holds, in one sentence.
    """

    code: str
    verdict: Verdict | None
    when: str


_FORGED, _SUSPECT, _DUPLICATE = Verdict.FORGED, Verdict.SUSPECT, Verdict.DUPLICATE

FINDINGS: Final[dict[str, Finding]] = {
    finding.code: finding
    for finding in (
        Finding(
            "signature_missing",
            _FORGED,
            "No signature was posted.",
        ),
        Finding(
            "signature_invalid",
            _FORGED,
            "The signature is well formed, and no key of the ring gives it.",
        ),
        Finding(
            "signature_format",
            _SUSPECT,
            "The signature verifies only once trimmed and upper-cased; the gateway never sends it so.",
        ),
        Finding(
            "signature_unverifiable",
            _SUSPECT,
            "The archive lost the amount's text, and its value has over 15 significant digits: "
            "the signature cannot be checked.",
        ),
        Finding(
            "signature_malformed",
            _FORGED,
            "The signature is not 64 upper-case hexadecimal digits, and does not verify once mended.",
        ),
        Finding(
            "signature_copied",
            _FORGED,
            "The signature is the very one of another notification's amount and identifier.",
        ),
        Finding(
            "weak_key",
            _FORGED,
            "The signature was made with an empty, placeholder or public key, which anyone knows.",
        ),
        Finding(
            "test_key",
            _SUSPECT,
            "Signed with a test key, on the live endpoint.",
        ),
        Finding(
            "live_key_on_test",
            _SUSPECT,
            "Signed with a live key, on the test endpoint.",
        ),
        Finding(
            "retired_key",
            _SUSPECT,
            "Signed with a key outside its validity at the time of arrival.",
        ),
        Finding(
            "other_merchant",
            _SUSPECT,
            "Signed with the key of another merchant.",
        ),
        Finding(
            "boundary_twin",
            _FORGED,
            "The same signed bytes as another notification, split elsewhere; this split has the unusual decimals.",
        ),
        Finding(
            "amount_decimals",
            _SUSPECT,
            "The amount has a number of decimals that this key's notifications do not have.",
        ),
        Finding(
            "amount_format",
            _SUSPECT,
            "The amount is not written as the gateway writes amounts.",
        ),
        Finding(
            "amount_not_positive",
            _SUSPECT,
            "The amount is zero or negative.",
        ),
        Finding(
            "amount_rewritten",
            _SUSPECT,
            "The posted bytes survive, yet the signature fits only another way of writing the amount.",
        ),
        Finding(
            "identifier_too_long",
            _SUSPECT,
            "The identifier is longer than the 20 characters that the gateway allows.",
        ),
        Finding(
            "body_ambiguous",
            _SUSPECT,
            "Two readers of the same body would see different values.",
        ),
        Finding(
            "trx_conflict",
            _SUSPECT,
            "Same amount and identifier as an earlier notification, another transaction id: "
            "a replay with an edited id, or a second payment.",
        ),
        Finding(
            "unsigned_conflict",
            _SUSPECT,
            "Same amount, identifier and transaction id as an earlier notification, "
            "but another currency, charge or payment type.",
        ),
        Finding(
            "status_conflict",
            _SUSPECT,
            "Same amount, identifier and transaction id, once a success and once not; the status is not signed.",
        ),
        Finding(
            "trx_reused",
            _SUSPECT,
            "The same transaction id on different identifiers or amounts.",
        ),
        Finding(
            "replayed",
            _DUPLICATE,
            "The same notification as an earlier one.",
        ),
        Finding(
            "sample_identifier",
            None,
            "The identifier is the documentation's example.",
        ),
        Finding(
            "currency_unsupported",
            None,
            "The currency is not one of the supported ones.",
        ),
        Finding(
            "hostile_text",
            None,
            "A field holds control, bidirectional or zero-width characters, markup or a leading formula character.",
        ),
        Finding(
            "encoding",
            None,
            "A field holds bytes that are not UTF-8.",
        ),
    )
}
"""Every finding by its code."""

VERDICT_PRECEDENCE: Final = (
    Verdict.FORGED,
    Verdict.SUSPECT,
    Verdict.OTHER_MODE,
    Verdict.NO_PAYMENT,
    Verdict.DUPLICATE,
    Verdict.ACCEPTED,
)
"""Which verdict wins where findings force several, strongest first."""

ARCHIVE_FORMS: Final = (
    "parquet",
    "feather",
    "har",
    "ngrok",
    "telescope",
    "webhook.site",
    "hookdeck",
    "hooksense",
    "spatie",
    "lambda",
    "sql",
    "whmcs",
    "csv",
    "nginx",
    "php",
    "log",
    "jsonl",
    "json",
    "body",
    "form",
)
"""The forms of archives, as callers name them."""

ORDER_PLATFORMS: Final = (
    "woocommerce",
    "shopify",
    "prestashop",
    "magento",
    "opencart",
    "whmcs",
    "odoo",
    "wix",
    "squarespace",
    "bigcommerce",
    "generic",
)
"""The kinds of order exports, as callers name them; one may have several layouts."""

MISCHIEFS: Final = ("none", "drop", "delay", "duplicate", "reorder", "tamper", "replay", "forge", "test_key")
"""What a sandbox may do to notifications, as callers name it."""

MATCH_RULES: Final = ("identifier", "transaction", "amount")
"""By what a payment may be matched with its order."""


class Outcome(NamedTuple):
    """The one coded result for one identifier.

    Attributes:
        code: The word.
        is_exception: Whether a person must look.
        when: When it holds, in one sentence.
    """

    code: str
    is_exception: bool
    when: str


OUTCOMES: Final[dict[str, Outcome]] = {
    outcome.code: outcome
    for outcome in (
        Outcome(
            "ambiguous_order",
            True,
            "Several order rows for the identifier disagree on amount or currency, or several exports on the day.",
        ),
        Outcome("orphan_payment", True, "A payment without an order."),
        Outcome("currency_mismatch", True, "Payment and order are in different currencies."),
        Outcome(
            "duplicate_payment",
            True,
            "More than one payment, and the sum is not the order amount; or a later conflict on a paid order.",
        ),
        Outcome("underpaid", True, "Less was paid than ordered, beyond the tolerance."),
        Outcome("overpaid", True, "More was paid than ordered, beyond the tolerance."),
        Outcome("status_conflict", True, "Paid in full, and the shop says cancelled or open."),
        Outcome(
            "not_in_ledger",
            True,
            "Paid in full, and the gateway's own ledger, which covers the day, has no such entry.",
        ),
        Outcome("refunded", False, "Paid in full, and the shop says refunded."),
        Outcome("matched", False, "Paid in full."),
        Outcome(
            "paid_on_forgery",
            True,
            "The shop says paid, no notification is accepted, and one at least is forged: goods may have left for "
            "nothing.",
        ),
        Outcome("no_trusted_payment", True, "Notifications exist, and none is accepted."),
        Outcome("nothing_due", False, "The order's amount is zero, and there is no notification."),
        Outcome("missing_payment", True, "The shop says paid, or does not say, and there is no notification."),
        Outcome("not_yet_due", False, "As missing_payment, but ordered a short while ago."),
        Outcome("unpaid", False, "The shop says open, cancelled or refunded, and there is no notification."),
    )
}
"""Every outcome by its code, in the order in which they are tried."""

REASONS: Final[dict[str, str]] = {
    "currency_unknown": "Paid and ordered are compared without their currencies: one of them is not certain.",
    "state_unknown": "What the shop says of the order is not understood, or it says nothing.",
    "state_changed": "Rows of the order disagree on its state; the latest counts.",
    "within_tolerance": "The difference is within the tolerance.",
    "split_payment": "Several payments sum up to the order amount.",
    "outside_export": "The payment arrived before the export's first order, or after its last.",
    "paid_before_order": "The payment arrived before the order was made.",
    "paid_late": "The payment arrived over 30 days after the order.",
    "near_match": "The other side has an identifier that differs only in its form.",
    "ambiguous_amount": "Several payments or orders share amount and currency; none was chosen.",
    "lost_notification": "No accepted notification, but exactly one free ledger entry of the amount and day.",
    "ledger_ambiguous": "Several ledger entries could be this payment; none was chosen.",
}
"""Reasons that are neither an outcome, a finding nor a verdict."""

BLIND_SPOTS: Final[dict[str, str]] = {
    "flipped_status": "A flipped status alone: the status is not signed.",
    "second_payment": (
        "A second payment against a replay with an edited transaction id: both carry the same signature."
    ),
    "deleted_both": "A deleted notification of a deleted order: nothing is left that could show it.",
    "held_secret": "A forgery by a holder of the secret: it is signed like a genuine notification.",
}
"""What this signature scheme cannot show, stated in every summary and report."""

SYMBOLS: Final = {
    Verdict.ACCEPTED: "✔",
    Verdict.DUPLICATE: "=",
    Verdict.NO_PAYMENT: "○",
    Verdict.OTHER_MODE: "◇",
    Verdict.SUSPECT: "?",
    Verdict.FORGED: "✘",
    Verdict.UNREADABLE: "▢",
}

COLOURS: Final = {
    Verdict.ACCEPTED: "#009E73",
    Verdict.DUPLICATE: "#56B4E9",
    Verdict.NO_PAYMENT: "#999999",
    Verdict.OTHER_MODE: "#0072B2",
    Verdict.SUSPECT: "#E69F00",
    Verdict.FORGED: "#D55E00",
    Verdict.UNREADABLE: "#CC79A7",
}
"""Okabe and Ito's palette: told apart by every kind of eye; never the only sign."""
