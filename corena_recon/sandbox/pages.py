"""The sandbox's pages: the payer's and the merchant's. Every text from outside is escaped here."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from corena_recon.languages import ENGLISH, LANGUAGES, Words
from corena_recon.sandbox.gateway import PaymentState
from corena_recon.sandbox.mischief import DESCRIPTIONS, Mischief
from corena_recon.text import printable, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from corena_recon.sandbox.delivery import Delivery
    from corena_recon.sandbox.gateway import Merchant, Payment

_STYLE = """
body{--back:#f4f5f7;--ink:#1b1f24;--paper:#fff;--link:#0050a0;
font:1rem/1.5 system-ui,sans-serif;margin:0;background:var(--back);color:var(--ink)}
body.dark{--back:#14171a;--ink:#e8eaed;--paper:#22272c;--link:#8ab8ff}
@media(prefers-color-scheme:dark){body.auto{--back:#14171a;--ink:#e8eaed;--paper:#22272c;--link:#8ab8ff}}
main{max-width:34rem;margin:2rem auto;padding:1.5rem;background:var(--paper);border-radius:.5rem;
overflow-wrap:anywhere}
main.wide{max-width:72rem}
.scroll{overflow-x:auto}
.scroll th,.scroll td{white-space:nowrap}
.badge{display:inline-block;padding:.1rem .6rem;border:2px solid #d55e00;border-radius:1rem;
font-weight:700}
.amount{font-size:2rem;font-weight:700;margin:.5rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1rem}
dt{font-weight:600}dd{margin:0}
button{font:inherit;padding:.6rem 1.4rem;margin:.5rem .5rem .5rem 0;border-radius:.4rem;
border:2px solid #0050a0;background:#fff;color:#0050a0;cursor:pointer}
button.pay{background:#0050a0;color:#fff}
select{font:inherit;max-width:100%}
a{color:var(--link)}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?")

_WORDS: Final = Words(
    "sandbox_pages",
    {
        "title": "Checkout",
        "test": "TEST: no real money",
        "live": "SANDBOX, live keys: no real money",
        "shop": "Shop",
        "details": "Details",
        "identifier": "Identifier",
        "customer": "Customer",
        "pay": "Pay",
        "cancel": "Cancel",
        "mischief": "What happens to the notification",
        "language": "English",
        "paid": "This payment is already paid.",
        "cancelled": "This payment was cancelled.",
        "back": "Back to the shop",
        "unknown": "There is no such payment.",
        "stale": "This form is out of date; nothing was paid.",
        "panel": "Merchant panel",
    },
)


def language_of(accept_language: str, query_language: str | None) -> str:
    """The page's language: what the address asks for, else what the browser prefers, else English."""
    if query_language in LANGUAGES:
        return str(query_language)
    preferred = re.match(r"\s*(\w+)", accept_language)
    language = preferred.group(1).lower() if preferred else ENGLISH
    return language if language in LANGUAGES else ENGLISH


def security_headers(*form_targets: str) -> tuple[tuple[str, str], ...]:
    """The headers of every page: no script, no picture, no other origin but those a form may lead on to.

    Args:
        form_targets: Addresses that the answer to a form redirects to; browsers check those too.
    """
    origins = " ".join(sorted({_origin(target) for target in form_targets}))
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self' {origins}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return (
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-store"),
    )


def checkout_page(payment: Payment, *, language: str, mischief: Mischief) -> str:
    """What the payer sees."""
    words = _words(language)
    rows = (
        (words["shop"], payment.site_name),
        (words["details"], payment.details),
        (words["identifier"], text_of(payment.identifier)),
        (words["customer"], payment.customer),
    )
    links = " ".join(
        f'<a href="?payment_trx={quote(payment.token)}&amp;lang={other}" lang="{other}">'
        f"{_safe(_WORDS.say('language', other))}</a>"
        for other in LANGUAGES
        if other != language
    )
    facts = "".join(f"<dt>{_safe(name)}</dt><dd>{_safe(value)}</dd>" for name, value in rows)
    return _page(
        words["title"],
        f'<p class="badge">{_safe(words[payment.mode])}</p>'
        f'<p class="amount">{_safe(_amount(payment))}</p>'
        f"<dl>{facts}</dl>" + _actions(payment, language, mischief) + f"<p>{links}</p>",
        language=language,
        is_dark=payment.is_dark,
    )


def message_page(code: str, *, language: str) -> str:
    """A page that says one thing: ``unknown`` or ``stale``."""
    words = _words(language)
    return _page(words["title"], f'<p role="alert">{_safe(words[code])}</p>', language=language)


def panel_page(
    merchants: Iterable[Merchant], payments: Iterable[Payment], deliveries: Iterable[Delivery], *, panel_token: str
) -> str:
    """The merchants' panel: public keys, payments, exports, deliveries. It shows no secret key."""
    all_payments = tuple(payments)
    sections = "".join(
        _panel_section(
            merchant, [payment for payment in all_payments if payment.merchant == merchant.name], panel_token
        )
        for merchant in merchants
    )
    return _page(_words(ENGLISH)["panel"], sections + _deliveries_section(deliveries), language=ENGLISH, is_panel=True)


def _actions(payment: Payment, language: str, mischief: Mischief) -> str:
    words = _words(language)
    if payment.state is not PaymentState.INITIATED:
        target = payment.success_url if payment.state is PaymentState.PAID else payment.cancel_url
        link = f'<a href="{_safe(target)}" rel="noreferrer">{_safe(words["back"])}</a>'
        return f'<p role="status">{_safe(words[payment.state])} {link}</p>'
    options = "".join(
        f'<option value="{kind}"{" selected" if kind is mischief else ""}>'
        f"{_safe(DESCRIPTIONS.say(kind, language))}</option>"
        for kind in Mischief
    )
    return (
        f'<form method="post" action="?payment_trx={quote(payment.token)}&amp;lang={language}">'
        f'<input type="hidden" name="form_token" value="{_safe(payment.form_token)}">'
        f'<p><label for="mischief">{_safe(words["mischief"])}</label><br>'
        f'<select id="mischief" name="mischief">{options}</select></p>'
        f'<button class="pay" name="action" value="pay">{_safe(words["pay"])}</button>'
        f'<button name="action" value="cancel">{_safe(words["cancel"])}</button></form>'
    )


def _deliveries_section(deliveries: Iterable[Delivery]) -> str:
    rows = [
        (
            f"{delivery.posted_at:%Y-%m-%d %H:%M:%S}",
            f"✓ {delivery.status}" if delivery.problem is None else f"✗ {delivery.problem}",
            delivery.identifier,
            f"{delivery.took_s * 1000:.0f} ms",
            delivery.url,
        )
        for delivery in deliveries
    ]
    return "<h2>Notifications</h2>" + _table(("Posted (UTC)", "Answer", "Identifier", "Took", "To"), rows)


def _panel_section(merchant: Merchant, payments: list[Payment], panel_token: str) -> str:
    name = quote(merchant.name, safe="")
    headings = ("Initiated (UTC)", "Mode", "Identifier", "Amount", "State", "payment_trx", "Deposit trx")
    rows = [
        (
            f"{payment.created_at:%Y-%m-%d %H:%M:%S}",
            payment.mode,
            text_of(payment.identifier),
            _amount(payment),
            payment.state,
            payment.trx,
            payment.deposit_trx if payment.state is PaymentState.PAID else "",
        )
        for payment in payments
    ]
    exports = " ".join(
        f'<a href="/panel/export_{kind}.csv?merchant={name}">export_{kind}.csv</a>'
        for kind in ("deposits", "transactions", "withdrawals")
    )
    return (
        f"<section><h2>{_safe(merchant.name)}</h2>"
        f"<p>Live public key: <code>{_safe(merchant.live_public_key)}</code><br>"
        f"Test public key: <code>{_safe(merchant.test_public_key)}</code></p>"
        f'<form method="post" action="/panel?merchant={name}">'
        f'<input type="hidden" name="panel_token" value="{_safe(panel_token)}">'
        f"<button>Generate new keys</button></form><p>{exports}</p>"
        f"{_table(headings, rows)}</section>"
    )


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The rows, the latest first."""
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{_safe(cell)}</td>" for cell in row) + "</tr>" for row in reversed(rows))
    return f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _page(title: str, content: str, *, language: str, is_dark: bool = False, is_panel: bool = False) -> str:
    theme = "auto" if is_panel else "dark" if is_dark else "light"
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_safe(title)}</title><style>{_STYLE}</style></head>"
        f'<body class="{theme}"><main class="{"wide" if is_panel else ""}">'
        f"<h1>{_safe(title)}</h1>{content}</main></body></html>"
    )


def _amount(payment: Payment) -> str:
    whole, _, decimals = f"{payment.amount:,f}".partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2} {text_of(payment.currency)}"


def _words(language: str) -> dict[str, str]:
    return {code: _WORDS.say(code, language) for code in _WORDS.english}


def _safe(text: str) -> str:
    return html.escape(printable(text))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    match = _ORIGIN.match(f"{parts.scheme}://{parts.netloc}")
    is_expressible = match is not None and match.group() == f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}://{parts.netloc}" if is_expressible else f"{parts.scheme}:"
