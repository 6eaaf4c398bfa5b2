"""What the form says, in English; other languages have it in ``languages``."""

from __future__ import annotations

from typing import Final

from corena_recon.languages import Words

WORDS: Final = Words(
    "form_words",
    {
        "title": "Test payment",
        "title_live": "Payment",
        "badge_sandbox": "TEST: sandbox on this machine, no real money",
        "badge_test": "TEST: no real money",
        "badge_live": "LIVE: REAL MONEY",
        "gateway": "Gateway: {host}",
        "errors_in_tab": "! {title} ({count})",
        "exact_amount": "Will be posted exactly as:",
        "not_sendable": "This amount cannot be sent:",
        "fresh_identifier": "Suggest another identifier",
        "initiate": "Initiate the payment",
        "again": "New payment",
        "try_again": "Correct and try again",
        "looked": "I have looked in the merchant panel: new payment",
        "close": "Close the form",
        "closed": "This form is closed.",
        "editing": "Nothing is sent yet.",
        "saved": "What the notebook keeps of the form; run the cell to use it.",
        "invalid": "Nothing was sent. To correct: {fields}.",
        "identifier_used": "was sent by an earlier attempt; take another one",
        "sending": "Sending one request to {host}…",
        "initiated": "Initiated. The gateway says: {messages}",
        "refused": "The gateway refused the payment: {messages}",
        "no_reason": "no reason given",
        "unreachable": "The gateway could not be reached; nothing was sent, trying again is safe.",
        "broken": (
            "The gateway's answer (HTTP {status}) is none that its documentation knows. Look in the merchant panel "
            "whether the payment exists before trying again."
        ),
        "unknown": (
            "The request was sent and nobody knows what became of it. Look in the merchant panel whether the payment "
            "exists before trying again."
        ),
        "failure": "It did not work: {message}",
        "open_checkout": "Open the checkout page",
        "on_host": "on {host}",
        "other_host": "Careful: this is not the gateway's own host ({host}).",
        "qr": "QR code of the checkout page's address",
        "waiting": "Waiting for the notification (IPN). A cancelled payment sends none.",
        "notifications": "Notifications of this payment",
        "unchecked": "Arrived, but not checked: give the secret key.",
        "genuine": "The secret key gives exactly this signature for this amount and identifier.",
        "status_is": "The status is {status}, not a success.",
        "posted": "What was posted",
        "outcome": "Result:",
        "forge": "Forge one",
        "forgery": (
            "Every field of a forged notification can look right. Its signature cannot: it covers the bytes {signed}, "
            "and who does not know the secret key can only guess 64 digits."
        ),
        "source_sandbox": "The sandbox posts the notification to this form, on this machine.",
        "archive": "Archive file or folder",
        "watch": "Watch it",
        "watching": "Watching {path}.",
        "watching_nothing": "Watching nothing: name an archive that grows, or paste the notification's body.",
        "source_problem": "The archive cannot be read yet: {message}",
        "source_unreadable": (
            "{count} new record{count:|s} of the archive {count:is no readable notification|are no readable "
            "notifications}."
        ),
        "paste": "Body of a notification",
        "check": "Check it",
        "paste_empty": "There is nothing to check.",
        "paste_unreadable": "This is no notification ({reason}).",
        "paste_other": "This notification is for the identifier {identifier}, which no attempt of this form has sent.",
        "secret": "Secret key",
        "secret_hint": (
            "Press Enter. Only to check notifications, on this machine; the field is emptied at once, nothing is saved."
        ),
        "keys_known": "Checked with: {keys}",
        "keys_unknown": "No secret key yet.",
        "attempts": "Attempts: {count}",
        "attempt": "Attempt",
        "identifier": "Identifier",
        "amount": "Amount",
        "state": "State",
        "payment": "Payment",
        "test_shop": "Test shop",
        "test_name": "Test",
    },
)
"""Every sentence and label outside the fields, by code."""

STATE_WORDS: Final = Words(
    "form_states",
    {
        "sending": "sending",
        "initiated": "waiting",
        "refused": "refused",
        "unreachable": "not sent",
        "broken": "unknown: look in the panel",
        "unknown": "unknown: look in the panel",
    },
)

OUTCOME_WORDS: Final = Words(
    "form_outcomes",
    {
        "matched": "✔ paid in full",
        "underpaid": "! paid less than asked: {paid}",
        "overpaid": "! paid more than asked: {paid}",
        "currency_mismatch": "! paid in another currency: {paid}",
        "duplicate_payment": "! paid more than once, or a replay: {paid}",
        "no_trusted_payment": "! not paid: no notification is accepted",
    },
)


def words(code: str, language: str, /, **facts: object) -> str:
    """One sentence or label in the language."""
    return WORDS.say(code, language, **facts)
