"""Why one identifier's notifications are what they are, and what would have made a forged one valid.

An explanation is plain data with two ways to be shown. It holds no key, no secret, and of a signature that would make
an untrusted message verify at most the first 8 digits.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from corena_recon.explanation.changes import SEARCHED_MAX, Bounds, Changes, changes_in_words, content_of, is_untrusted
from corena_recon.explanation.display import Story, explanation_card, explanation_story, explanation_text
from corena_recon.explanation.evidence import Evidence, Row
from corena_recon.explanation.facts import Setting, findings_in_words
from corena_recon.explanation.phrases import reason_sentence, seamed
from corena_recon.explanation.withholding import SHOWN_DIGITS, Withheld
from corena_recon.languages import OUTCOME_SENTENCES
from corena_recon.money import exact_value, renderings
from corena_recon.signing import KeyRing, sign
from corena_recon.text import printable
from corena_recon.vocabulary import SignatureStatus, Verdict

NOTIFICATIONS_MAX: Final = 50
"""How many notifications of one identifier are explained; the others are counted."""
TEXT_MAX_CHARACTERS: Final = 4096
"""How much of one posted field an explanation keeps; the report keeps all."""

_VERIFIED: Final = (SignatureStatus.VALID, SignatureStatus.VALID_RENDERED)
_SHOWN: Final = (
    "source",
    "record",
    "received_at",
    "endpoint",
    "merchant",
    "verdict",
    "identifier",
    "amount_text",
    "status",
    "currency",
    "payment_trx",
    "payment_type",
    "charge",
    "fidelity",
    "unreadable",
    "signature_status",
    "key_id",
    "amount_rendering",
)


class Explanation:
    """What is known about one identifier, in plain words.

    ``str()`` gives text for a terminal, a notebook shows a card, ``to_dict()`` gives plain data.

    Args:
        data: Plain values alone, with everything that must be withheld already cut out.
    """

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    @property
    def identifier(self) -> str:
        """The identifier that was asked for."""
        return str(self._data["identifier"])

    @property
    def is_known(self) -> bool:
        """Whether any notification or order has exactly this identifier."""
        return bool(self._data["counts"] or self._data["orders"] or self._data["outcome"])

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, ready for JSON; amounts are text, moments ISO 8601 in UTC."""
        return copy.deepcopy(self._data)

    def story(self, digits_max: int) -> Story:
        """The same as lines, for whoever shows them in another way.

        Args:
            digits_max: How much of a received signature is told.
        """
        notifications = [
            {**told, "signature": f"{told['signature'][:digits_max]}…"}
            if len(told["signature"] or "") > digits_max
            else told
            for told in self._data["notifications"]
        ]
        return explanation_story({**self._data, "notifications": notifications})

    def __str__(self) -> str:
        return explanation_text(self._data)

    def __repr__(self) -> str:
        counts = ", ".join(f"{verdict}: {count}" for verdict, count in self._data["counts"].items())
        return f"Explanation({printable(self.identifier)!r}, {counts or 'no notification'})"

    def _repr_html_(self) -> str:
        return explanation_card(self._data)


class Explaining:
    """Explanations in the making; it knows the keys, and nothing of it outlives the call.

    Args:
        evidence: What is known.
        keys: The key ring; without it no change that needs a secret is searched.
        facts: Of the reconciliation.
        lang: Of the sentences.
        searches_max: How many untrusted contents are searched for what would make them valid, in all explanations.
    """

    def __init__(
        self,
        evidence: Evidence,
        keys: KeyRing | None,
        facts: Mapping[str, Any],
        lang: str,
        *,
        searches_max: int = SEARCHED_MAX,
    ) -> None:
        self._evidence = evidence
        self._keys = keys
        self._facts = facts
        self._setting = Setting.of(evidence, keys, facts, lang)
        self._lang = lang
        self._searches_max = self._searches_left = searches_max

    def explanation(self, identifier: str, candidates_max: int) -> Explanation:
        """Everything that is known about the identifier, in words."""
        rows = self._evidence.notifications(NOTIFICATIONS_MAX)
        orders = self._evidence.orders()
        counts = self._evidence.counts()
        withheld = _withheld(rows, self._keys)
        order_amounts = [row["order_amount"] for row in orders]
        bounds = Bounds(candidates_max, self._searches_left, self._searches_max)
        changes = changes_in_words(rows, self._keys, order_amounts, self._setting, bounds)
        self._searches_left -= changes.searched
        similar = []
        if not rows or (self._evidence.has_orders and not orders):
            similar = self._evidence.similar_identifiers(is_mistyped=not rows and not orders)
        data = {
            "identifier": _short(identifier),
            "lang": self._lang,
            "counts": counts,
            "not_shown": sum(counts.values()) - len(rows),
            "has_orders": self._evidence.has_orders,
            "orders": [_plain(row) for row in orders],
            "outcome": self._outcome(),
            "passed": self._passed(),
            "similar_identifiers": [_short(other) for other in similar],
            "with_keys": self._keys is not None,
            "notifications": [self._notification(row, changes, withheld) for row in rows],
            "search": {"tried": changes.tried, "limit": candidates_max},
        }
        return Explanation(withheld.cut_all(data))

    def _outcome(self) -> dict[str, Any] | None:
        result = self._evidence.result()
        if result is None:
            return None
        code = result["outcome"]
        reasons = [
            {"code": reason, "sentence": reason_sentence(reason, self._lang)} for reason in result["reasons"] or ()
        ]
        names = ("match_rule", "paid_amount", "paid_currency", "difference", "suggested_identifier")
        return {
            "code": code,
            "sentence": OUTCOME_SENTENCES.say(code, self._lang),
            "reasons": reasons,
            **_plain({name: result[name] for name in names}),
        }

    def _passed(self) -> list[str]:
        """Which payments were found by another pass than the identifier, and where they were posted or went."""
        found = [("sent_on", self._evidence.payments_sent_on()), ("brought", self._evidence.payments_brought())]
        return [
            self._setting.say(
                phrase,
                trx=row["payment_trx"],
                identifier=row["identifier"],
                rule=row["match_rule"],
                where=self._setting.where(row),
            )
            for phrase, rows in found
            for row in rows
        ]

    def _notification(self, row: Row, changes: Changes, withheld: Withheld) -> dict[str, Any]:
        received = _short(row["signature"])
        signature = None if received is None else withheld.cut_signature(received)
        return {
            **_plain({name: row[name] for name in _SHOWN}),
            "signed_bytes": None if row["unreadable"] else _short(seamed(row["signed_amount"], row["identifier"])),
            "signature": signature,
            "is_withheld": signature != received,
            "expected_begins": self._expected(row),
            "tried": self._tried(row),
            "statement": self._statement(row),
            "findings": findings_in_words(row, self._setting),
            "counterfactual": changes.by_content.get(content_of(row)),
        }

    def _tried(self, row: Row) -> dict[str, list[str]] | None:
        """Which keys and which writings of the amount the verification tried."""
        if row["unreadable"] or not row["signature"]:
            return None
        ids = list(self._facts.get("keys", {})) or [key.id for key in self._keys or ()]
        value = None if row["signature_status"] == SignatureStatus.VALID else exact_value(row["amount_text"])
        others = [] if value is None else [text for text in renderings(value) if text != row["amount_text"]]
        return {"keys": ids, "amounts": others if row["signature_status"] != SignatureStatus.MALFORMED else []}

    def _expected(self, row: Row) -> dict[str, str]:
        """By key, how the signature of a message that does not verify would begin."""
        if row["unreadable"] or row["signature_status"] in _VERIFIED:
            return {}
        return {
            key.id: sign(key.secret_bytes(), row["amount_text"], row["identifier"])[:SHOWN_DIGITS]
            for key in self._keys or ()
        }

    def _statement(self, row: Row) -> str:
        """What the signature's status and the posted status mean, where no finding says it."""
        if row["unreadable"]:
            return self._setting.say("unreadable", reason=row["unreadable"])
        sentences = []
        if row["signature_status"] in _VERIFIED:
            sentences.append(
                self._setting.say(row["signature_status"], posted=row["amount_text"], rendering=row["amount_rendering"])
            )
        if row["verdict"] == Verdict.OTHER_MODE:
            sentences.append(self._setting.say("other_mode"))
        if row["verdict"] == Verdict.NO_PAYMENT:
            sentences.append(self._setting.say("no_payment", status=row["status"]))
        return " ".join(sentences)


def _withheld(rows: list[Row], keys: KeyRing | None) -> Withheld:
    """What the explanation of these notifications must not say."""
    secrets = [key.secret_bytes() for key in keys or ()]
    untrusted = {text for row in rows if is_untrusted(row) for text in (row["amount_text"], *_writings(row))}
    digests = {bytes.fromhex(sign(secret, text, rows[0]["identifier"])) for secret in secrets for text in untrusted}
    for row in rows:
        is_mended = "signature_format" in (row["findings"] or ())
        is_valid = row["signature_status"] in _VERIFIED
        if is_mended or (is_valid and (row["verdict"] == Verdict.FORGED or row["signed_amount"] in untrusted)):
            digests.add(bytes.fromhex(row["signature"].strip()))
    return Withheld(digests, secrets)


def _writings(row: Row) -> list[str]:
    value = exact_value(row["amount_text"])
    return [] if value is None else renderings(value)


def _short(text: str | None) -> str | None:
    """A text as an explanation keeps it: longer than anybody reads, it is cut, and its length said."""
    if text is None or len(text) <= TEXT_MAX_CHARACTERS:
        return text
    return f"{text[:TEXT_MAX_CHARACTERS]}… ({len(text)})"


def _plain(row: Row) -> dict[str, Any]:
    """A row as plain values: amounts as text, moments in ISO 8601, texts no longer than anybody reads."""
    return {name: _plain_cell(value) for name, value in row.items()}


def _plain_cell(value: Any) -> Any:  # noqa: ANN401 - any cell of a row
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat()
    return _short(value) if isinstance(value, str) else value
