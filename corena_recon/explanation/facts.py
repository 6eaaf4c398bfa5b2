"""The concrete facts behind each finding of one notification: which other record, which key, which field.

What a code means in general stands in ``vocabulary.FINDINGS``; here is what it means this time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from corena_recon.explanation.evidence import Evidence, Row
from corena_recon.explanation.phrases import say, seamed
from corena_recon.languages import FINDING_SENTENCES
from corena_recon.signing import Key, KeyRing
from corena_recon.text import HOSTILE_PATTERN, OCTETS_PATTERN

_UNSIGNED: Final = (
    "its.currency IS NOT DISTINCT FROM this.currency AND its.charge IS NOT DISTINCT FROM this.charge "
    "AND its.payment_type IS NOT DISTINCT FROM this.payment_type"
)
_POSSIBLY_EDITED: Final = ("payment_trx", "currency", "charge", "payment_type")
_POSTED: Final = ("status", "identifier", "signature", "currency", "payment_trx", "payment_type", "amount_text")
_SIGNATURE_TROUBLES: Final = {
    "signature_blank": re.compile(r"\A\s|\s\Z"),
    "signature_lower": re.compile(r"[a-f]"),
    "signature_other": re.compile(r"[^0-9A-Fa-f\s]"),
}


class Setting(NamedTuple):
    """What explaining a finding may draw on.

    Attributes:
        evidence: The tables.
        keys: The key ring by key id; empty where none was given.
        options: The options of the verification, as the report's manifest has them.
        lang: ``en`` or ``fr``.
    """

    evidence: Evidence
    keys: Mapping[str, Key]
    options: Mapping[str, Any]
    lang: str

    @classmethod
    def of(cls, evidence: Evidence, keys: KeyRing | None, facts: Mapping[str, Any], lang: str) -> Setting:
        """The setting of one explanation, from a reconciliation's facts and the ring given now."""
        by_id = {key.id: key for key in keys or ()}
        return cls(evidence, by_id, facts.get("options", {}), lang)

    def say(self, phrase: str, **facts: Any) -> str:  # noqa: ANN401
        """One of the phrases in the explanation's language."""
        return say(phrase, self.lang, **facts)

    def where(self, row: Mapping[str, Any]) -> str:
        """A record's place in the archive."""
        return self.say("where", source=row["source"], record=row["record"])

    def seam_of(self, row: Mapping[str, Any]) -> str:
        """A record's signed bytes with the seam."""
        return seamed(row["signed_amount"], row["identifier"])


def findings_in_words(row: Row, setting: Setting) -> list[dict[str, Any]]:
    """Each finding's ``code``, its ``sentence`` and the ``facts`` behind it, as sentences.

    Args:
        row: One of ``Evidence.notifications``.
        setting: What to draw on.
    """
    found = []
    for code in row["findings"] or ():
        facts = _FACTS.get(code)
        found.append(
            {
                "code": code,
                "sentence": FINDING_SENTENCES.say(code, setting.lang),
                "facts": list(facts(row, setting)) if facts else [],
            }
        )
    return found


def moment(value: datetime | None) -> str | None:
    """A moment as people read it, in UTC, to the second."""
    return None if value is None else f"{value:%Y-%m-%d %H:%M:%S} UTC"


def _beside(code: str, phrase: str, names: tuple[str, ...]) -> Callable[[Row, Setting], Iterable[str]]:
    """The first notification that a finding is about, and how it differs in the named fields."""

    def facts(row: Row, setting: Setting) -> Iterable[str]:
        for other in setting.evidence.compared(code, row)[:1]:
            yield setting.say(phrase, where=setting.where(other))
            yield from _differences(row, other, names, setting)

    return facts


def _differences(row: Row, other: Row, names: Iterable[str], setting: Setting) -> Iterable[str]:
    for name in names:
        if row[name] != other[name]:
            yield setting.say("differs", field=name, there=_or_dash(other[name]), here=_or_dash(row[name]))


def _or_dash(value: Any) -> str:  # noqa: ANN401
    return "—" if value is None or value == "" else str(value)


def _each(code: str, phrase: str) -> Callable[[Row, Setting], Iterable[str]]:
    """The notifications that a finding is about, each with its signed bytes."""

    def facts(row: Row, setting: Setting) -> Iterable[str]:
        for other in setting.evidence.compared(code, row):
            yield setting.say(phrase, seam=setting.seam_of(other), where=setting.where(other))

    return facts


def _copied(row: Row, setting: Setting) -> Iterable[str]:
    for other in setting.evidence.compared("signature_copied", row)[:1]:
        yield setting.say("copied_from", seam=setting.seam_of(other), where=setting.where(other))


def _decimals(row: Row, setting: Setting) -> Iterable[str]:
    text = row["amount_text"] if row["fidelity"] == "raw" else row["signed_amount"]
    count = len(text.partition(".")[2])
    usual = usual_decimals(row, setting)
    if usual:
        wanted = ", ".join(map(str, usual))
        yield setting.say("decimals_are", count=count, key=row["key_id"], usual=wanted)
    else:
        yield setting.say("decimals_count", count=count)


def usual_decimals(row: Row, setting: Setting) -> list[int]:
    """The numbers of decimals that notifications of the row's key have: as set, else as most of them have."""
    if setting.options.get("amount_decimals"):
        return [int(count) for count in setting.options["amount_decimals"]]
    usual = setting.evidence.usual_decimals(row["key_id"]) if row["key_id"] else None
    return [] if usual is None else [usual]


def _validity(row: Row, setting: Setting) -> Iterable[str]:
    yield setting.say("signed_with", key=row["key_id"])
    key = setting.keys.get(row["key_id"])
    if key and (key.valid_from or key.valid_until):
        start, end = moment(key.valid_from), moment(key.valid_until)
        phrase = "from_until" if start and end else "from" if start else "until"
        yield setting.say("in_force", key=key.id, span=say(phrase, setting.lang, start=start, end=end))


def _signer(row: Row, setting: Setting) -> Iterable[str]:
    yield setting.say("signed_with", key=row["key_id"])


def _merchants(row: Row, setting: Setting) -> Iterable[str]:
    key = setting.keys.get(row["key_id"])
    merchant = row["merchant"] or setting.options.get("merchant")
    if key and key.merchant and merchant:
        yield setting.say("merchants", key=key.id, owner=key.merchant, merchant=merchant)
    else:
        yield from _signer(row, setting)


def _signature_form(row: Row, setting: Setting) -> Iterable[str]:
    signature = row["signature"] or ""
    if len(signature) != 64:
        yield setting.say("signature_length", count=len(signature))
    for phrase, trouble in _SIGNATURE_TROUBLES.items():
        if trouble.search(signature):
            yield setting.say(phrase)


def _posted_amount(row: Row, setting: Setting) -> Iterable[str]:
    yield setting.say("posted_amount", amount=row["amount_text"])


def _rewritten(row: Row, setting: Setting) -> Iterable[str]:
    yield setting.say("posted_amount", amount=row["amount_text"])
    yield setting.say("rendering_fits", rendering=row["amount_rendering"])


def _length(row: Row, setting: Setting) -> Iterable[str]:
    yield setting.say("characters", count=len(row["identifier"]))


def _currency(row: Row, setting: Setting) -> Iterable[str]:
    yield setting.say("currency_is", currency=row["currency"])


def _in_fields(pattern: str) -> Callable[[Row, Setting], Iterable[str]]:
    search = re.compile(pattern).search

    def facts(row: Row, setting: Setting) -> Iterable[str]:
        names = [name for name in (*_POSTED, "extra") if row.get(name) and search(row[name])]
        if names:
            yield setting.say("in_fields", fields=", ".join(names))

    return facts


_FACTS: Final[dict[str, Callable[[Row, Setting], Iterable[str]]]] = {
    "signature_format": _signature_form,
    "signature_malformed": _signature_form,
    "signature_copied": _copied,
    "test_key": _signer,
    "live_key_on_test": _signer,
    "retired_key": _validity,
    "other_merchant": _merchants,
    "boundary_twin": _each("boundary_twin", "twin_is"),
    "amount_decimals": _decimals,
    "amount_format": _posted_amount,
    "amount_not_positive": _posted_amount,
    "amount_rewritten": _rewritten,
    "identifier_too_long": _length,
    "trx_conflict": _beside("trx_conflict", "earlier_is", _POSSIBLY_EDITED),
    "unsigned_conflict": _beside("unsigned_conflict", "earlier_is", _POSSIBLY_EDITED),
    "status_conflict": _beside("status_conflict", "other_is", ("status",)),
    "trx_reused": _each("trx_reused", "also_on"),
    "replayed": _beside("replayed", "earlier_is", _POSSIBLY_EDITED),
    "currency_unsupported": _currency,
    "hostile_text": _in_fields(HOSTILE_PATTERN),
    "encoding": _in_fields(OCTETS_PATTERN),
}
