"""Posting the attacks to a handler, slowly, and telling from its answers or its deeds what it accepted."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final, NamedTuple

from corena_recon.errors import InputError, OptionError
from corena_recon.gateway.notifying import FAILURES, Answer, Handler, handler_at, problem_of
from corena_recon.languages import ENGLISH, Words
from corena_recon.money import MAX_DECIMALS, decimal_of
from corena_recon.probing.attacks import (
    ATTACK_REMEDIES,
    ATTACK_SENTENCES,
    ATTACKS,
    GENUINE,
    SMALLEST_AMOUNT,
    Attack,
    Order,
)
from corena_recon.signing import Key, KeyRing
from corena_recon.text import printable
from corena_recon.vocabulary import IDENTIFIER_MAX_CHARACTERS, Mode

PAUSE_S: Final = 0.02
PAUSE_ELSEWHERE_S: Final = 1.0
"""How long is waited after each post; on another machine somebody else may be served."""

PROBE_WORDS: Final = Words(
    "probe",
    {
        "accepts": "{count} of {tried} {tried:forgery|forgeries} {count:is|are} accepted by {url}",
        "accepts_none": "none of {tried} {tried:forgery|forgeries} is accepted by {url}",
        "refuses_all": (
            "nothing can be told: the genuine notification is not accepted either (is it the key of {url}, is the "
            "order open, is the amount its own?)"
        ),
        "accepted": "accepted",
        "refused": "refused",
        "no_answer": "no answer",
        "change": "to change: {remedy}",
        "not_tried": "not tried on these orders: {codes}",
        "not_watched": (
            "not tried: {codes}; whether an order is released twice shows in no answer, so name a file to watch"
        ),
    },
)

_SAME_IN_EVERY_ANSWER = re.compile(rb"[0-9A-Fa-f]{8,}|[0-9]+")
_SUCCESSES = range(200, 300)


class Reply(NamedTuple):
    """What became of one post.

    Attributes:
        code: Of the attack, or ``genuine``.
        status: The HTTP status of the answer; None where there is none.
        is_accepted: Whether the handler took the order for paid.
        problem: Why there is no answer.
    """

    code: str
    status: int | None
    is_accepted: bool
    problem: str | None


@dataclass(frozen=True, slots=True)
class Probe:
    """What a handler does with forgeries.

    Attributes:
        url: The handler.
        genuine: What became of the genuine notification.
        replies: What became of each attack, in the order of ``ATTACKS``.
        not_tried: Codes of the attacks that cannot be tried on these orders, or without a file to watch.
    """

    url: str
    genuine: Reply
    replies: tuple[Reply, ...]
    not_tried: tuple[str, ...]

    @property
    def accepted(self) -> tuple[str, ...]:
        """Codes of the attacks that the handler accepted."""
        return tuple(reply.code for reply in self.replies if reply.is_accepted)

    @property
    def is_conclusive(self) -> bool:
        """Whether it can be told: some forgery is accepted, or the genuine notification is."""
        return self.genuine.is_accepted or bool(self.accepted)

    def text(self, lang: str = ENGLISH) -> str:
        """The whole as text: the headline, one line an attack, and what to change."""
        say = PROBE_WORDS.say
        facts = {"count": len(self.accepted), "tried": len(self.replies), "url": printable(self.url)}
        headline = "accepts" if self.accepted else "accepts_none" if self.is_conclusive else "refuses_all"
        lines = [say(headline, lang, **facts), ""]
        for reply in (self.genuine, *self.replies):
            word = "accepted" if reply.is_accepted else "no_answer" if reply.status is None else "refused"
            sign = "✗" if reply.is_accepted is (reply is not self.genuine) else "✓"
            sentence = ATTACK_SENTENCES.say(reply.code, lang)
            lines.append(f"{sign} {say(word, lang):<10} {reply.status or '---'}  {reply.code:<20} {sentence}")
            if reply.is_accepted and reply is not self.genuine:
                lines.append(" " * 18 + say("change", lang, remedy=ATTACK_REMEDIES.say(reply.code, lang)))
        for word, is_late in (("not_tried", False), ("not_watched", True)):
            codes = [attack.code for attack in ATTACKS if attack.is_late is is_late and attack.code in self.not_tried]
            if codes:
                lines += ["", say(word, lang, codes=", ".join(codes))]
        return "\n".join(lines)

    def as_dict(self, lang: str = ENGLISH) -> dict[str, Any]:
        """The whole as JSON can hold it."""
        return {
            "url": self.url,
            "is_conclusive": self.is_conclusive,
            "genuine": self.genuine._asdict(),
            "accepted": list(self.accepted),
            "attacks": [
                {
                    **reply._asdict(),
                    "text": ATTACK_SENTENCES.say(reply.code, lang),
                    "remedy": ATTACK_REMEDIES.say(reply.code, lang),
                }
                for reply in self.replies
            ],
            "not_tried": list(self.not_tried),
        }


def probe(
    url: str,
    keys: KeyRing,
    *,
    identifiers: Sequence[str],
    amount: str,
    currency: str = "USD",
    public_key: str | None = None,
    watch: str | PathLike[str] | None = None,
    host: str | None = None,
) -> Probe:
    """Posts a genuine notification and some twenty bad ones to a shop's own handler.

    Args:
        url: The handler; on this machine, or on the host that is named once more.
        keys: The ring with the handler's test key; a live key never signs anything here.
        identifiers: Orders that wait for their payment, each of the same amount. The last is paid by the genuine
            notification, the forgeries take turns at the others; one may do for a handler that remembers nothing.
        amount: The orders' amount.
        currency: The orders' currency.
        public_key: The shop's public key, to try it as a secret.
        watch: A file that the handler writes to when it accepts a notification, and only then. Without it the answers
            tell, where a refused notification is answered otherwise than an accepted one.
        host: The host of the URL once more, where it is not this machine.

    Raises:
        OptionError: The host is another machine and not named twice, there is not exactly one test key, an identifier
            or the amount has no meaning, or the answers do not tell what is accepted.
        InputError: Nothing answers.
    """
    handler = handler_at("url", url, host)
    key = _test_key(keys)
    orders = [
        Order(
            identifier=identifier,
            amount=amount_as_posted(amount),
            currency=currency,
            secret=key.secret_bytes(),
            public_key=public_key,
        )
        for identifier in _distinct(identifiers)
    ]
    watched = _Watched(handler, None if watch is None else Path(fspath(watch)))
    early = [attack for attack in ATTACKS if not attack.is_late]
    posts = [(attack, orders[turn % max(1, len(orders) - 1)]) for turn, attack in enumerate(early)]
    late = [attack for attack in ATTACKS if attack.is_late and watch is not None]
    posts += [(attack, orders[-1]) for attack in (GENUINE, *late)]
    deeds: dict[str, _Deed] = {}
    for attack, order in posts:
        body = attack.body(order)
        if body is not None:
            deeds[attack.code] = watched.deed(attack, body, order)
    genuine, *others = _judged(deeds, is_watched=watch is not None)
    by_code = {reply.code: reply for reply in others}
    return Probe(
        url,
        genuine,
        tuple(by_code[attack.code] for attack in ATTACKS if attack.code in by_code),
        tuple(attack.code for attack in ATTACKS if attack.code not in by_code),
    )


def amount_as_posted(amount: str) -> str:
    """The amount as the gateway writes it.

    Raises:
        OptionError: It is no plain decimal above the least amount that an attacker would pay.
    """
    value = decimal_of(amount) if isinstance(amount, str) else None
    if value is None or value <= Decimal(SMALLEST_AMOUNT):
        raise OptionError("amount is no plain decimal above 0.01", hint="write the orders' amount as in 11.00")
    return f"{value:.{MAX_DECIMALS}f}"


class _Deed(NamedTuple):
    """What a handler did on one post: its answer but for what is in every one, and whether the watched file changed."""

    status: int | None
    answer: bytes
    has_written: bool
    problem: str | None


class _Watched:
    """The handler that is probed.

    Args:
        handler: Where it is.
        file: What it writes to when it accepts.
    """

    def __init__(self, handler: Handler, file: Path | None) -> None:
        self._handler = handler
        self._file = file
        self._has_answered = False

    def deed(self, attack: Attack, body: bytes, order: Order) -> _Deed:
        before = self._written()
        answer, problem = None, None
        try:
            answer = self._handler.post(body, content_type=attack.content_type)
            self._has_answered = True
        except FAILURES as error:
            problem = problem_of(error)
            if not self._has_answered:
                raise InputError(f"{printable(self._handler.url)} does not answer: {problem}") from None
        time.sleep(PAUSE_ELSEWHERE_S if self._handler.is_elsewhere else PAUSE_S)
        has_written = self._written() != before
        if answer is None:
            return _Deed(None, b"", has_written, problem)
        return _Deed(answer.status, _comparable(answer, order), has_written, None)

    def _written(self) -> bytes | None:
        if self._file is None:
            return None
        try:
            return sha256(self._file.read_bytes()).digest()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OptionError(f"watch names a file that cannot be read: {error.strerror}") from None


def _comparable(answer: Answer, order: Order) -> bytes:
    """An answer without what differs between two of one kind: numbers, tokens, and what was posted."""
    body = answer.body
    for text in (order.identifier, order.identifier.swapcase(), order.currency):
        body = body.replace(text.encode(), b"")
    return b"%d %s" % (answer.status, _SAME_IN_EVERY_ANSWER.sub(b"", body))


def _judged(deeds: dict[str, _Deed], *, is_watched: bool) -> list[Reply]:
    genuine = deeds[GENUINE.code]
    if not is_watched and genuine.status in _SUCCESSES and deeds["signature_invalid"].answer == genuine.answer:
        raise OptionError(
            "a notification with a wrong signature is answered as the genuine one is: either it is accepted, or the "
            "answers do not tell",
            hint="give watch, a file that the handler writes to when it accepts",
        )

    def reply(code: str) -> Reply:
        deed = deeds[code]
        is_taken = deed.status in _SUCCESSES and deed.answer == genuine.answer
        return Reply(code, deed.status, deed.has_written if is_watched else is_taken, deed.problem)

    return [reply(GENUINE.code), *(reply(code) for code in deeds if code != GENUINE.code)]


def _test_key(keys: KeyRing) -> Key:
    held = [key for key in keys if key.mode is Mode.TEST]
    if len(held) != 1:
        raise OptionError(
            f"the key ring holds {len(held) or 'no'} test keys, and exactly one signs here",
            hint="give a ring with the handler's own test key; a live key is never used",
        )
    return held[0]


def _distinct(identifiers: Sequence[str]) -> list[str]:
    kept = list(dict.fromkeys(identifiers))
    if not kept or any(not each or len(each) > IDENTIFIER_MAX_CHARACTERS for each in kept):
        raise OptionError(
            f"identifiers are none, or not of 1 to {IDENTIFIER_MAX_CHARACTERS} characters",
            hint="name orders that wait for their payment",
        )
    return kept
