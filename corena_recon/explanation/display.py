"""An explanation shown to people: plain text for a terminal, an escaped card for a notebook.

Both draw on the same lines. Archived fields are strangers' text: every line is made printable here, and escaped in the
card, which uses inline styles and literal colours alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from html import escape
from itertools import accumulate
from typing import Any, Final, NamedTuple

from corena_recon.explanation.phrases import say
from corena_recon.languages import ENGLISH, VERDICT_NAMES, grouped
from corena_recon.money import money_text
from corena_recon.text import printable
from corena_recon.vocabulary import COLOURS, SYMBOLS, Verdict

CARD_BYTES: Final = 80 * 1024
"""How long the notifications of a card may be in all; the others are counted."""

_VALUE_MAX_CHARACTERS: Final = 400
_LABEL_WIDTH: Final = 20


class Line(NamedTuple):
    """One line about a notification: a label with a value, or a sentence without a label.

    Attributes:
        label: What the value is; empty for a sentence.
        text: The value or sentence, strangers' text included.
        mark: ``-`` before a finding, ``→`` before a counterfactual, blanks before what belongs to the line above.
    """

    label: str
    text: str
    mark: str = ""


class Told(NamedTuple):
    """What is told of one notification.

    Attributes:
        verdict: Its verdict.
        title: What and where it is.
        lines: The rest.
    """

    verdict: Verdict
    title: str
    lines: list[Line]


class Story(NamedTuple):
    """An explanation as lines, with strangers' text as it is: whoever shows it makes it safe.

    Attributes:
        headline: The identifier and its verdicts.
        head: Orders, outcome and reasons.
        notifications: One after the other.
        foot: What holds for all.
    """

    headline: str
    head: list[str]
    notifications: list[Told]
    foot: list[str]


def explanation_story(data: Mapping[str, Any]) -> Story:
    """The explanation as lines.

    Args:
        data: What ``Explanation.to_dict`` gives.
    """
    lang = data["lang"]
    told = [Told(Verdict(one["verdict"]), _title(one, lang), [*_lines(one, lang)]) for one in data["notifications"]]
    return Story(_headline(data), [*_head(data)], told, [*_foot(data, len(told))])


def explanation_text(data: Mapping[str, Any]) -> str:
    """The explanation as text for a terminal.

    Args:
        data: What ``Explanation.to_dict`` gives.
    """
    story = explanation_story(data)
    lines = [story.headline, *story.head]
    for number, told in enumerate(story.notifications, start=1):
        lines += ["", f"{number}. {told.title}"]
        for line in told.lines:
            head = f"{line.label:<{_LABEL_WIDTH}} " if line.label else f"{line.mark} "
            lines.append(f"   {head}{line.text}")
    return "\n".join(_shown(line) for line in [*lines, *([""] if story.foot else []), *story.foot])


def explanation_card(data: Mapping[str, Any]) -> str:
    """The explanation as HTML for a notebook.

    Args:
        data: What ``Explanation.to_dict`` gives.
    """
    sections = [_section(notification, data["lang"]) for notification in data["notifications"]]
    bytes_so_far = accumulate(len(section.encode()) for section in sections)
    shown = [section for section, total in zip(sections, bytes_so_far, strict=True) if total <= CARD_BYTES]
    parts = [f"<p><b>{_safe(_headline(data))}</b></p>", *(f"<p>{_safe(line)}</p>" for line in _head(data))]
    parts += shown
    parts += [f'<p style="font-size:90%">{_safe(line)}</p>' for line in _foot(data, len(shown))]
    return f'<div style="border-left:4px solid #0072B2;padding:0 12px">{"".join(parts)}</div>'


def _headline(data: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{count} {_verdict(word, data['lang'])}" for word, count in data["counts"].items())
    return f"{say('identifier', data['lang'])} {_cut(data['identifier'])}" + (f" — {counts}" if counts else "")


def _head(data: Mapping[str, Any]) -> Iterator[str]:
    lang = data["lang"]
    if not data["counts"]:
        yield say("no_notification" if data["orders"] else "unknown", lang)
    elif data["has_orders"] and not data["orders"]:
        yield say("no_order", lang)
    if data["similar_identifiers"]:
        yield say("similar", lang, found=", ".join(map(_cut, data["similar_identifiers"])))
    for order in data["orders"]:
        where = say("where", lang, source=order["source"], record=order["record"])
        yield _label("order", lang) + say(
            "order_line",
            lang,
            amount=_money(order["order_amount"], order["order_currency"], lang) or order["unreadable"] or "—",
            currency=order["order_currency"] or "—",
            state=order["order_state"],
            status=order["order_status"] or "—",
            where=where,
        )
    if data["outcome"]:
        yield f"{_label('outcome', lang)}{data['outcome']['code']}. {data['outcome']['sentence']}"
        if data["outcome"]["paid_amount"]:
            yield "  " + _paid(data["outcome"], lang)
        yield from _reasons(data["outcome"]["reasons"], data)
    yield from (f"  {sentence}" for sentence in data["passed"])


def _paid(outcome: Mapping[str, Any], lang: str) -> str:
    currency = outcome["paid_currency"]
    facts = {"amount": outcome["paid_amount"], "difference": outcome["difference"]}
    shown = {name: _money(amount, currency, lang) or "—" for name, amount in facts.items()}
    return say("paid_line", lang, currency=currency or "—", **shown)


def _money(amount: str | None, currency: str | None, lang: str) -> str | None:
    return None if amount is None else money_text(Decimal(amount), currency, lang)


def _reasons(reasons: Sequence[Mapping[str, str]], data: Mapping[str, Any]) -> Iterator[str]:
    """The reasons' words, and the sentences of those that no notification below explains."""
    if reasons:
        yield _label("reason", data["lang"]) + ", ".join(reason["code"] for reason in reasons)
    below = {finding["code"] for notification in data["notifications"] for finding in notification["findings"]}
    for reason in reasons:
        if reason["sentence"] and reason["code"] not in below:
            yield f"  {reason['code']}{say('colon', data['lang'])}{reason['sentence']}"


def _title(notification: Mapping[str, Any], lang: str) -> str:
    at = notification["received_at"]
    moment = f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M:%S} UTC" if at else None
    facts = [
        _verdict(notification["verdict"], lang),
        say("where", lang, source=notification["source"], record=notification["record"]),
        say("arrived", lang, at=moment) if moment else say("no_arrival", lang),
        notification["endpoint"],
        notification["merchant"],
    ]
    return " · ".join(_cut(fact) for fact in facts if fact)


def _lines(notification: Mapping[str, Any], lang: str) -> Iterator[Line]:
    if not notification["unreadable"]:
        yield Line(say("signed_bytes", lang), _cut(notification["signed_bytes"]))
        yield Line(say("signature", lang), _signature(notification, lang))
        if notification["expected_begins"]:
            begins = ", ".join(f"{digits}… ({key})" for key, digits in notification["expected_begins"].items())
            yield Line(say("expected", lang), begins)
        yield Line(say("tried", lang), _tried(notification["tried"], lang))
        yield Line(say("verified_by", lang), _verified_by(notification, lang))
        names = ("status", "currency", "payment_trx", "payment_type", "charge")
        posted = [f"{name} {_cut(notification[name])}" for name in names if notification[name]]
        yield Line(say("fields", lang), ", ".join(posted) or "—")
    if notification["statement"]:
        yield Line("", notification["statement"], "-")
    for finding in notification["findings"]:
        yield Line("", f"{finding['code']}{say('colon', lang)}{finding['sentence']}", "-")
        yield from (Line("", fact, " ") for fact in finding["facts"])
    if notification["counterfactual"]:
        yield Line("", notification["counterfactual"]["sentence"], "→")


def _signature(notification: Mapping[str, Any], lang: str) -> str:
    signature = notification["signature"]
    if not signature:
        return say("none_posted", lang)
    return say("withheld", lang, digits=signature) if notification["is_withheld"] else _cut(signature)


def _tried(tried: Mapping[str, list[str]] | None, lang: str) -> str:
    if tried is None:
        return say("not_tried", lang)
    keys = say("keys_tried", lang, keys=", ".join(tried["keys"])) if tried["keys"] else say("no_keys_known", lang)
    amounts = [say("as_posted", lang)]
    if tried["amounts"]:
        amounts.append(say("renderings", lang, amounts=", ".join(tried["amounts"])))
    return f"{keys}; {' '.join(amounts)}"


def _verified_by(notification: Mapping[str, Any], lang: str) -> str:
    key, rendering = notification["key_id"], notification["amount_rendering"]
    if not key:
        return say("no_key_fits", lang)
    if rendering:
        return say("key_fits_rendered", lang, key=key, rendering=rendering)
    return say("key_fits_mended" if notification["signature_status"] == "malformed" else "key_fits", lang, key=key)


def _foot(data: Mapping[str, Any], shown: int) -> Iterator[str]:
    lang = data["lang"]
    hidden = data["not_shown"] + len(data["notifications"]) - shown
    if hidden:
        yield say("more", lang, count=grouped(hidden, lang))
    if shown:
        yield say("seam_note", lang)
        yield say("unsigned_note", lang)
    search = data["search"]
    if search["tried"]:
        yield say("search_note", lang, tried=grouped(search["tried"], lang), limit=grouped(search["limit"], lang))


def _section(notification: Mapping[str, Any], lang: str) -> str:
    colour = COLOURS[Verdict(notification["verdict"])]
    rows, sentences = [], []
    for line in _lines(notification, lang):
        if line.label:
            style = "text-align:left;vertical-align:top;padding:2px 10px"
            value = f'<code style="word-break:break-all">{_safe(line.text)}</code>'
            rows.append(f'<tr><th scope="row" style="{style}">{_safe(line.label)}</th><td>{value}</td></tr>')
        else:
            indent = "36px" if line.mark == " " else "18px"
            weight = ";font-weight:bold" if line.mark == "→" else ""
            text = _safe(f"{line.mark} {line.text}".strip())
            sentences.append(f'<p style="margin:2px 0 2px {indent}{weight}">{text}</p>')
    return (
        f'<div style="border-left:6px solid {colour};padding:0 10px;margin:8px 0">'
        f"<p><b>{_safe(_title(notification, lang))}</b></p><table>{''.join(rows)}</table>{''.join(sentences)}</div>"
    )


def _label(name: str, lang: str) -> str:
    return say(name, lang) + say("colon", lang)


def _verdict(word: str, lang: str) -> str:
    shown = f"{SYMBOLS[Verdict(word)]} {word}"
    return shown if lang == ENGLISH else f"{shown} ({VERDICT_NAMES.say(word, lang)})"


def _cut(value: Any) -> str:  # noqa: ANN401
    """A posted value, shortened where it is longer than anybody reads."""
    text = str(value)
    return text if len(text) <= _VALUE_MAX_CHARACTERS else f"{text[:_VALUE_MAX_CHARACTERS]}… ({len(text)})"


def _shown(line: str) -> str:
    return printable(line)


def _safe(text: str) -> str:
    return escape(printable(text))
