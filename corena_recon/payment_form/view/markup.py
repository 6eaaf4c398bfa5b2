"""The form's HTML. Fields of notifications and answers are strangers' text: everything is escaped here, once.

Inline styles and literal colours alone, text in the notebook's own colour: it reads on white and on dark, and in a
notebook that somebody else ran.
"""

from __future__ import annotations

import base64
import io
from html import escape
from typing import TYPE_CHECKING, Final

from corena_recon.languages import FINDING_SENTENCES, VERDICT_NAMES
from corena_recon.payment_form.attempts import AttemptState
from corena_recon.payment_form.words import OUTCOME_WORDS, STATE_WORDS, words
from corena_recon.text import printable
from corena_recon.vocabulary import COLOURS, SYMBOLS, Mode, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from corena_recon.payment_form.attempts import Attempt, Seen

_TEXT_CHARACTERS: Final = 300
_SHOWN_ROWS: Final = 20
_BADGES: Final = {
    "badge_sandbox": "background:#E69F00;color:#000",
    "badge_test": "background:#E69F00;color:#000",
    "badge_live": "background:#8A0F00;color:#fff",
}
_BADGE_FORM: Final = "display:inline-block;font-weight:700;font-size:1.1em;padding:3px 12px;border-radius:4px"


def safe(text: str) -> str:
    """A stranger's text, escaped, with nothing that hides from the eye, and not without end."""
    shown = printable(text)
    return escape(shown if len(shown) <= _TEXT_CHARACTERS else shown[: _TEXT_CHARACTERS - 1] + "…")


def badge(mode: Mode, language: str, *, is_sandbox: bool, host: str) -> str:
    """What no one may miss: whether money moves."""
    code = "badge_live" if mode is Mode.LIVE else "badge_sandbox" if is_sandbox else "badge_test"
    title = words("title_live" if mode is Mode.LIVE else "title", language)
    gateway = safe(words("gateway", language, host=host)) if host else ""
    return (
        f'<div><span style="font-size:1.3em;font-weight:700;margin-right:1em">{safe(title)}</span>'
        f'<span style="{_BADGES[code]};{_BADGE_FORM}">'
        f"{safe(words(code, language))}</span>"
        f'<span style="margin-left:1em">{gateway}</span></div>'
    )


def alert(text: str) -> str:
    """What went wrong, where a screen reader hears it at once."""
    return f'<div role="alert">{_bordered("#D55E00", f"<b>!</b> {safe(text)}") if text else ""}</div>'


def status(text: str) -> str:
    """What is going on, where a screen reader hears it in its turn."""
    return f'<div role="status">{safe(text)}</div>'


def headline(text: str) -> str:
    """What is true now, above all else; a screen reader hears it in its turn."""
    return f'<div role="status" style="font-weight:700;margin:4px 0">{safe(text)}</div>'


def plain(text: str) -> str:
    """A sentence."""
    return f"<div>{safe(text)}</div>"


def beside(text: str) -> str:
    """What is wrong with a field, beside it."""
    return _bordered("#D55E00", f"<b>!</b> {safe(text)}") if text else ""


def exact_amount(amount: str, currency: str, language: str, *, is_sendable: bool) -> str:
    """The very text that will be posted."""
    if not amount:
        return ""
    if not is_sendable:
        return _bordered("#D55E00", f"<b>!</b> {safe(words('not_sendable', language))} <code>{safe(amount)}</code>")
    return f"{safe(words('exact_amount', language))} <code><b>{safe(amount)}</b></code> {safe(currency)}"


def checkout_link(attempt: Attempt, language: str, *, gateway_host: str) -> str:
    """The link to the checkout page with its host, and the same as a QR code."""
    if attempt.redirect_url is None:
        return ""
    host = attempt.checkout_host or ""
    note = ""
    if host != gateway_host:
        note = _bordered("#E69F00", f"<b>?</b> {safe(words('other_host', language, host=gateway_host))}")
    return (
        f'<div style="display:flex;gap:1.5em;align-items:center;flex-wrap:wrap">'
        f'<div><a href="{escape(attempt.redirect_url)}" target="_blank" rel="noopener noreferrer" '
        f'style="color:inherit;text-decoration:underline;font-size:1.1em;font-weight:700">'
        f"{safe(words('open_checkout', language))}</a> {safe(words('on_host', language, host=shown_host(host)))}{note}"
        f"</div>{_qr_picture(attempt.redirect_url, language)}</div>"
    )


def shown_host(netloc: str) -> str:
    """A host and port with nothing but ASCII, so that look-alike letters show."""
    try:
        return netloc.encode("idna").decode("ascii")
    except UnicodeError:
        return printable(netloc.encode("ascii", "backslashreplace").decode("ascii"))


def notification_list(attempt: Attempt, language: str) -> str:
    """Every notification of the attempt with its verdict, as symbol and word, and the reason."""
    if not attempt.notifications:
        return ""
    rows = "".join(_notification(seen, language) for seen in attempt.notifications[-_SHOWN_ROWS:])
    return f"<p style='margin:4px 0'><b>{safe(words('notifications', language))}</b></p>{rows}"


def outcome_text(attempt: Attempt, language: str) -> str:
    """What became of the attempt, as symbol and words."""
    outcome = attempt.outcome or ""
    if outcome in OUTCOME_WORDS.english:
        outcome = OUTCOME_WORDS.say(outcome, language, paid=attempt.paid or "")
    return f"{words('outcome', language)} {outcome}"


def attempts_table(attempts: Sequence[Attempt], language: str, *, is_open: bool = False) -> str:
    """The attempts so far, newest first."""
    if not attempts:
        return ""
    rows = []
    for attempt in reversed(attempts[-_SHOWN_ROWS:]):
        verdict = "" if attempt.verdict is None else _verdict_words(attempt.verdict, language)
        state = "" if verdict and attempt.state is AttemptState.INITIATED else STATE_WORDS.say(attempt.state, language)
        rows.append(
            (str(attempt.number), attempt.identifier, f"{attempt.amount} {attempt.currency}", f"{state} {verdict}")
        )
    names = (words("attempt", language), *(words(code, language) for code in ("identifier", "amount", "state")))
    summary = words("attempts", language, count=len(attempts))
    return f"<details{' open' if is_open else ''}><summary>{safe(summary)}</summary>{_table(names, rows)}</details>"


def forgery(attempt: Attempt, language: str) -> str:
    """Why a forged notification fails, once one has arrived."""
    forged = next((seen for seen in reversed(attempt.notifications) if seen.verdict is Verdict.FORGED), None)
    if forged is None:
        return ""
    signed = f"{forged.amount_text or ''}{forged.identifier or ''}"
    before, after = escape(words("forgery", language, signed="\0")).split("\0")
    return _bordered(COLOURS[Verdict.FORGED], f"{before}<code>{safe(signed)}</code>{after}")


def _notification(seen: Seen, language: str) -> str:
    colour = "#999999" if seen.verdict is None else COLOURS[seen.verdict]
    word = "…" if seen.verdict is None else _verdict_words(seen.verdict, language)
    moment = "" if seen.received_at is None else f" · {seen.received_at:%Y-%m-%d %H:%M:%S} UTC"
    fields = (
        ("status", seen.status),
        ("identifier", seen.identifier),
        ("amount", seen.amount_text),
        ("currency", seen.currency),
        ("payment_trx", seen.payment_trx),
        ("signature", seen.signature),
    )
    posted = _table((), [(name, value or "") for name, value in fields])
    return _bordered(
        colour,
        f"<b>{safe(word)}</b>{safe(moment)}<br>{'<br>'.join(_reasons(seen, language))}"
        f"<details><summary>{safe(words('posted', language))}</summary>{posted}</details>",
    )


def _reasons(seen: Seen, language: str) -> Iterable[str]:
    if seen.verdict is None:
        yield safe(words("unchecked", language))
        return
    if seen.verdict is Verdict.NO_PAYMENT:
        yield safe(words("status_is", language, status=seen.status or "?"))
    if seen.verdict is Verdict.ACCEPTED:
        yield safe(words("genuine", language))
    for code in seen.findings:
        yield f"{safe(FINDING_SENTENCES.say(code, language))} <code>{safe(code)}</code>"


def _verdict_words(verdict: Verdict, language: str) -> str:
    return f"{SYMBOLS[verdict]} {VERDICT_NAMES.say(verdict, language)}"


def _bordered(colour: str, content: str) -> str:
    return f'<div style="border-left:5px solid {colour};padding:1px 8px;margin:3px 0">{content}</div>'


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cell = 'style="text-align:left;padding:1px 10px;overflow-wrap:anywhere"'
    head = "".join(f'<th scope="col" {cell}>{safe(name)}</th>' for name in names)
    body = "".join("<tr>" + "".join(f"<td {cell}>{safe(text)}</td>" for text in row) + "</tr>" for row in rows)
    head = f"<thead><tr>{head}</tr></thead>" if names else ""
    return f'<table style="color:inherit">{head}<tbody>{body}</tbody></table>'


def _qr_picture(url: str, language: str) -> str:
    import segno  # noqa: PLC0415 - loaded when a link is shown

    picture = io.BytesIO()
    try:
        segno.make(url, error="l", micro=False).save(picture, kind="png", scale=4, border=4)
    except segno.DataOverflowError:
        return ""
    encoded = base64.b64encode(picture.getvalue()).decode("ascii")
    return f'<img alt="{safe(words("qr", language))}" src="data:image/png;base64,{encoded}">'
