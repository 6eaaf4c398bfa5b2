"""What looks like wrong input rather than like fraud: said before any verdict is.

Nothing here changes a verdict. The sentences ask, for a tally cannot know; the facts beside them are for programs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corena_recon.languages import ENGLISH, Words, grouped, listed
from corena_recon.money import money_text
from corena_recon.reconciliation import said_again
from corena_recon.report.aspects import empty_sources
from corena_recon.report.diagnosis.counts import Counts
from corena_recon.report.diagnosis.stretches import DAY_HOURS, HOUR_US, moment_text
from corena_recon.report.diagnosis.tallies import Kind, Moments, SigningTally
from corena_recon.text import printable
from corena_recon.vocabulary import OWN_FRAME, Diagnosis, Mode, Severity

DECISIONS_UNREADABLE: Final = "decisions_unreadable"
"""The diagnosis that says so."""
REWRITTEN: Final = "rewritten"
"""The diagnosis of an archive that holds what was posted otherwise than as it was posted."""

DIAGNOSES: Final = Words(
    "diagnoses",
    {
        "more": "{shown} and {count:,} more",
        "no_key_verifies": (
            "No key of the ring verifies any of the {refused:,} signed notifications: is it the right ring for "
            "this archive?"
        ),
        "key_missing_merchant": (
            "Hardly any notification of {names} verifies ({verified:,} of {signed:,}), while those of other "
            "merchants do: is that merchant's key missing from the ring?"
        ),
        "key_missing_endpoint": (
            "Hardly any notification of the endpoint {names} verifies ({verified:,} of {signed:,}), while others "
            "do: is the key of that mode missing from the ring?"
        ),
        "key_missing_source": (
            "Hardly anything in {names} verifies ({verified:,} of {signed:,}), while other sources do: is a key "
            "missing from the ring, or are they another shop's?"
        ),
        "key_missing_from": (
            "From {since} on hardly anything verifies ({verified:,} of {signed:,}), while before it {others:,} "
            "do: is a key missing from the ring, one that took over then?"
        ),
        "key_missing_until": (
            "Up to {until} hardly anything verifies ({verified:,} of {signed:,}), while after it {others:,} do: "
            "is a key missing from the ring, one that was in use until then?"
        ),
        "key_missing_between": (
            "From {since} to {until} hardly anything verifies ({verified:,} of {signed:,}), while {others:,} do "
            "before and after: is a key missing from the ring, one that was in use then?"
        ),
        "test_archive": (
            "{tests:,} of the {verified:,} notifications that verify {tests:is|are} signed with a test key: is this "
            "the archive of the test endpoint?"
        ),
        "no_signatures": (
            "None of the {notifications:,} notifications in {names} has a signature: does the archive leave it out?"
        ),
        "archive_of_orders": (
            "{names} holds an order export or a ledger and no notification: it was left out of the archive."
        ),
        "own_frame": (
            "{rows:,} row{rows:|s} {rows:was|were} taken over as an earlier run left {rows:it|them}; {rows:it was|they "
            "were} not read from an archive."
        ),
        "filtered_frame": (
            "Only {rows:,} of the {archived:,} rows that were read {rows:is|are} here: some were filtered out, and "
            "what follows knows nothing of them."
        ),
        "filtered_sources": (
            "Of {names} fewer rows are here than were read: some were filtered out, and what follows knows nothing of "
            "them."
        ),
        "unreadable_sources": "Of {names} nothing could be read: it is of no known form, or damaged.",
        "young_orders": (
            "Orders of the day before the last notification ({until}) count as missing payments where none came: "
            "{count:,}{money}. With a span of grace (grace) such orders are not yet due."
        ),
        "fees_differ": (
            "Payments of which the gateway kept another charge by the ledger than by the notification, which is not "
            "signed: {count:,}{money}: {names}."
        ),
        "left_open": " Orders of that time that wait for a notification: {count:,}{money}.",
        "silent_stretch": (
            "No notification came from {since} to {until} ({hours:,} hour{hours:|s}), where about {expected:,} "
            "{expected:was|were} to be expected: was the endpoint down, or is part of the archive missing?{left_open}"
        ),
        "capture_gap": "Lines of the capture {names} are missing or changed between {since} and {until}.{left_open}",
        "silent_source": (
            "No notification of {names} came from {since} to {until}, where there were always some, while others went "
            "on: was it down, or is part of the archive missing?{left_open}"
        ),
        "silent_source_since": (
            "No notification of {names} came after {since}, where there were always some, while others went on: was it "
            "given up, or is part of the archive missing?{left_open}"
        ),
        "empty_sources": (
            "No notification is in {names}, while {others:,} other {others:source of the form holds|sources of the "
            "form hold} some: was the endpoint down, or were these cut off?"
        ),
        "silent_days": (
            "No notification came on {days}, where on other days of that kind some do. Orders of that time that wait "
            "for one: {orders:,}{money}. Was the endpoint down, or is part of the archive missing?"
        ),
        "ledger_days": (
            "The ledger has {count:,} payment{count:|s}{money} more than notifications were accepted, on {days}: were "
            "these lost?"
        ),
        "refund_without_order": "Refunds of no order that the export has: {count:,}{money}: {names}.",
        "refund_without_payment": "Refunds of orders that no accepted notification paid: {count:,}{money}: {names}.",
        "refund_twice": "Refunds of several times what was paid, as if given back twice: {count:,}{money}: {names}.",
        "refund_exceeds_payment": "Refunds of more than was paid: {count:,}{money}: {names}.",
        "refund_not_in_orders": "Refunds in the panel of which the shop says nothing: {count:,}{money}: {names}.",
        "cut_off_archive": (
            "The archive ends at {archive_until}, the order export goes on to {orders_until}: {count:,} "
            "order{count:|s} of that time{money} can have no notification."
        ),
        "cut_off_orders": (
            "The order export ends at {orders_until}, the archive goes on to {archive_until}: {count:,} "
            "payment{count:|s} of that time{money} can have no order."
        ),
        "cut_off_archive_begin": (
            "The archive begins at {archive_since}, the order export before that, at {orders_since}: {count:,} "
            "order{count:|s} of that time{money} can have no notification."
        ),
        "cut_off_orders_begin": (
            "The order export begins at {orders_since}, the archive before that, at {archive_since}: {count:,} "
            "payment{count:|s} of that time{money} can have no order."
        ),
        "as_of_taken": (
            "Asked for {as_of}, when the last notification of the archive came: orders of the {grace} before that may "
            "still wait for theirs."
        ),
        "as_of_unknown": (
            "No notification of the archive says when it came: no order is not yet due (grace) unless the moment is "
            "named (as_of)."
        ),
        DECISIONS_UNREADABLE: (
            "{count:,} line{count:|s} of the decisions {file} cannot be read, the first is line {line}: a decision is "
            "missing, or one that was taken back stands. Write it again, and take the line out."
        ),
        REWRITTEN: (
            "Of {tried:,} notification{tried:|s} whose signature no key makes {found:,} would verify as they were "
            "before the archive was written: {steps}. That is no fraud: archive what was posted as it was posted. Each "
            "is told by explain."
        ),
        "rewritten_identifier_slashes": "backslashes were added",
        "rewritten_identifier_entities": "characters were written as for a page",
        "rewritten_identifier_percent": "what is encoded as for an address was decoded once too often, or not at all",
        "rewritten_identifier_escapes": "escapes such as \\u00e9 were left in",
        "rewritten_identifier_encoding": "the encoding was mistaken",
        "rewritten_identifier_zeros": "identifiers were taken for numbers, without their leading zeros",
        "rewritten_identifier_spaces": "blanks were cut off",
        "rewritten_amount_written": "amounts are written otherwise",
    },
)
"""The sentence of each diagnosis; those that begin with a code are its forms."""

OF_STAGES: Final = ("as_of_taken", "as_of_unknown", DECISIONS_UNREADABLE, REWRITTEN)
"""Those that stages tell of what they were asked, each in one form."""

_ENOUGH: Final = 5
_HARDLY: Final = 50
"""Hardly anything verifies where at most one in so many does."""
_SHARE: Final = 20
"""A key is missed where at least one in so many signed notifications would be its own."""
_SHOWN_MAX: Final = 5
_LISTS: Final = ("names", "days")
_ORDER_FORMS: Final = ("orders", "ledger")


def diagnoses(counts: Counts, intake: pa.Table, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Everything that looks like wrong input, the gravest first; plain values, ready for JSON.

    Args:
        counts: Of the whole report.
        intake: The intake table.
        facts: The report's: the keys' modes under ``ring``, options, and what earlier stages found under ``diagnosis``.
    """
    found = [
        *_of_keys(counts.signing),
        *_of_modes(counts, facts),
        *_of_unsigned(counts.signing),
        *_of_sources(intake),
        *_of_filtering(counts, intake),
        *_of_stretches(facts),
        *_of_days(facts),
        *_of_refunds(facts),
    ]
    if any(
        one["code"] == REWRITTEN and one["facts"]["found"] * 2 >= one["facts"]["tried"]
        for one in facts.get("diagnosis", ())
    ):
        # It is not for the ring that they do not verify.
        found = [one for one in found if one.code != "no_key_verifies"]
    lang = facts.get("options", {}).get("lang", ENGLISH)
    told = [*(one.said(lang)._asdict() for one in found), *facts.get("diagnosis", ())]
    return sorted(told, key=lambda one: list(Severity).index(Severity(one["severity"])))


def stage_diagnosis(code: str, severity: Severity, facts: Mapping[str, Any], lang: str) -> Diagnosis:
    """A diagnosis that a stage makes of its own facts, with its sentence.

    Args:
        code: One of OF_STAGES.
        severity: How much of the result it puts in question.
        facts: What its sentence holds.
        lang: Of the sentence.
    """
    return Diagnosis(code, severity, {**facts}, _of_a_stage(code, facts, lang))


def told_again(diagnosis: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """A diagnosis that a run keeps, told in another language; as it was said where its facts do not tell it again."""
    code, facts, text = (diagnosis[name] for name in ("code", "facts", "text"))
    said = _of_a_stage(code, facts, lang) if code in OF_STAGES else said_again(code, facts, text, lang)
    return {**diagnosis, "text": said or text}


def _of_a_stage(code: str, facts: Mapping[str, Any], lang: str) -> str:
    shown = {**facts}
    if code == DECISIONS_UNREADABLE:
        shown = {"file": printable(facts["file"]), "count": len(facts["lines"]), "line": facts["lines"][0]}
    if code == REWRITTEN:
        steps = (
            f"{DIAGNOSES.say(f'rewritten_{step}', lang)} ({grouped(count, lang)})"
            for step, count in facts["steps"].items()
        )
        shown["steps"] = listed(steps, lang)
    return DIAGNOSES.say(code, lang, **shown)


class _Found(NamedTuple):
    """What looks wrong, before it is said.

    Attributes:
        key: Of DIAGNOSES.
        code: The word.
        severity: How much of the result it puts in question.
        facts: What its sentence holds.
    """

    key: str
    code: str
    severity: Severity
    facts: Mapping[str, Any]

    def said(self, lang: str) -> Diagnosis:
        """The diagnosis with its sentence in a language."""
        shown = {name: _listed(value, lang) if name in _LISTS else value for name, value in self.facts.items()}
        if "amounts" in self.facts:
            shown["money"] = _money(self.facts["amounts"], lang)
        is_open = "amounts" in self.facts and bool(self.facts.get("count"))
        shown["left_open"] = DIAGNOSES.say("left_open", lang, **shown) if is_open else ""
        return Diagnosis(self.code, self.severity, {**self.facts}, DIAGNOSES.say(self.key, lang, **shown))


def _of_stretches(facts: Mapping[str, Any]) -> Iterator[_Found]:
    """Stretches and sources that are silent, and ends of archive and export that lie apart."""
    for told in facts.get("stretches", ()):
        severity = Severity.INFO if told["code"] == "young_orders" else Severity.WARNING
        yield _Found(told["key"], told["code"], severity, told["facts"])


def _of_days(facts: Mapping[str, Any]) -> Iterator[_Found]:
    """Days without notifications, and what they leave open."""
    if facts.get("silent_days"):
        yield _Found("silent_days", "silent_days", Severity.WARNING, facts["silent_days"])
    if facts.get("ledger_days"):
        yield _Found("ledger_days", "ledger_days", Severity.WARNING, facts["ledger_days"])
    if facts.get("fees") and facts["fees"]["count"]:
        yield _Found("fees_differ", "fees_differ", Severity.WARNING, facts["fees"])


def _of_refunds(facts: Mapping[str, Any]) -> Iterator[_Found]:
    """Refunds that nothing was paid for, or less than went back."""
    for problem, told in facts.get("refunds", {}).items():
        yield _Found(problem, problem, Severity.WARNING, told)


def _of_keys(tally: SigningTally) -> Iterator[_Found]:
    """Keys that the ring has not: it verifies nothing, or nothing of a part."""
    verified, refused = _totals(tally.places.values())
    if not verified:
        if refused:
            yield _Found("no_key_verifies", "no_key_verifies", Severity.ERROR, {"refused": refused})
        return
    for name in ("merchant", "endpoint"):
        missing = _missing_in(tally, name)
        if missing is not None:
            yield missing
            return
    missing = _missing_while(tally.moments, verified + refused) or _missing_in(tally, "source")
    if missing is not None:
        yield missing


def _missing_in(tally: SigningTally, name: str) -> _Found | None:
    """The merchants, endpoints or sources of which hardly anything verifies, where the others' does."""
    groups: dict[str | None, NDArray[np.int64]] = {}
    for place, counts in tally.places.items():
        key = getattr(place, name)
        groups[key] = groups.get(key, 0) + counts
    bad = {key: counts for key, counts in groups.items() if key is not None and _hardly(counts)}
    verified, refused = _totals(bad.values())
    others = _totals(counts for key, counts in groups.items() if key not in bad)
    if not bad or not _is_missed(refused, verified, others):
        return None
    facts = {"by": name, "names": sorted(bad), "verified": verified, "signed": verified + refused}
    return _Found(f"key_missing_{name}", "key_missing", Severity.ERROR, facts)


def _missing_while(moments: Moments, signed: int) -> _Found | None:
    """The stretch of time in which hardly anything verifies, where it does before or after."""
    counts = moments.counts[:, [Kind.VERIFIED, Kind.REFUSED]]
    is_signed = counts.any(axis=1)
    counts, steps = counts[is_signed], moments.steps[is_signed]
    begin, end = _heaviest(counts[:, 1] - (_HARDLY - 1) * counts[:, 0])
    verified, refused = (int(count) for count in counts[begin:end].sum(axis=0))
    others = (int(counts[:, 0].sum()) - verified, int(counts[:, 1].sum()) - refused)
    if not _is_missed(refused, verified, others) or refused * _SHARE < signed:
        return None
    is_first, is_last = begin == 0, end == len(counts)
    if not (is_first or is_last) and (steps[end - 1] - steps[begin]) * moments.unit_us < DAY_HOURS * HOUR_US:
        return None
    since, until = moment_text(steps[begin] * moments.unit_us), moment_text((steps[end - 1] + 1) * moments.unit_us)
    facts: dict[str, Any] = {"verified": verified, "signed": verified + refused, "others": others[0]}
    facts |= {} if is_first else {"since": since}
    facts |= {} if is_last else {"until": until}
    key = "key_missing_until" if is_first else "key_missing_from" if is_last else "key_missing_between"
    return _Found(key, "key_missing", Severity.ERROR, facts)


def _hardly(counts: NDArray[np.int64]) -> bool:
    refused = int(counts[Kind.REFUSED])
    return refused >= _ENOUGH and int(counts[Kind.VERIFIED]) * (_HARDLY - 1) <= refused


def _is_missed(refused: int, verified: int, others: tuple[int, int]) -> bool:
    """Whether a part is refused as a whole, while of the others at least half verifies."""
    has_enough = refused >= _ENOUGH and others[0] >= _ENOUGH
    return has_enough and verified * (_HARDLY - 1) <= refused and others[0] >= others[1]


def _heaviest(weights: NDArray[np.int64]) -> tuple[int, int]:
    """Where the stretch of the greatest sum begins and ends."""
    sums = np.concatenate([[0], np.cumsum(weights)])
    lowest = np.minimum.accumulate(sums)
    end = int(np.argmax(sums - lowest))
    return int(np.argmin(sums[: end + 1])), end


def _of_modes(counts: Counts, facts: Mapping[str, Any]) -> Iterator[_Found]:
    """An archive of test payments that is read as a live one."""
    modes = {key: said.get("mode") for key, said in facts.get("ring", {}).items()}
    if set(modes.values()) != set(Mode) or facts.get("options", {}).get("mode") == Mode.TEST:
        return
    tests = sum(count for key, count in counts.keys.items() if modes.get(key) == Mode.TEST)
    verified = counts.keys.total()
    if verified >= _ENOUGH and tests * 2 > verified:
        yield _Found("test_archive", "test_archive", Severity.ERROR, {"tests": tests, "verified": verified})


def _of_unsigned(tally: SigningTally) -> Iterator[_Found]:
    """Sources without any signature; one or two notifications without one may be a stranger's."""
    sources: dict[str | None, NDArray[np.int64]] = {}
    for place, counts in tally.places.items():
        sources[place.source] = sources.get(place.source, 0) + counts
    unsigned = {
        source or "": int(counts[Kind.UNSIGNED])
        for source, counts in sources.items()
        if counts[Kind.UNSIGNED] >= _ENOUGH and counts[Kind.UNSIGNED] == counts.sum()
    }
    if unsigned:
        facts = {"names": sorted(unsigned), "notifications": sum(unsigned.values())}
        yield _Found("no_signatures", "no_signatures", Severity.ERROR, facts)


def _of_sources(intake: pa.Table) -> Iterator[_Found]:
    """Sources that are no archive, or of which nothing could be read."""
    of_orders = intake.filter(pc.is_in(intake["form"], pa.array(_ORDER_FORMS)))
    if len(of_orders):
        facts = {"names": of_orders["source"].to_pylist()}
        yield _Found("archive_of_orders", "archive_of_orders", Severity.WARNING, facts)
    own = intake.filter(pc.and_(intake["form"].is_valid(), intake["sha256"].is_null()))
    if len(own):
        rows = int(pc.sum(own["records"]).as_py())
        yield _Found("own_frame", "own_frame", Severity.INFO, {"rows": rows})
    empty = empty_sources(intake)
    if empty is not None:
        yield _Found("empty_sources", "silent_source", Severity.WARNING, empty)
    is_unknown = pc.and_(intake["form"].is_null(), pc.greater(pc.fill_null(intake["bytes"], 0), 0))
    is_damaged = pc.and_(pc.greater(intake["records"], 0), pc.equal(intake["unreadable"], intake["records"]))
    lost = intake.filter(pc.or_(is_unknown, is_damaged))
    if len(lost):
        facts = {"names": lost["source"].to_pylist()}
        yield _Found("unreadable_sources", "unreadable_sources", Severity.WARNING, facts)


def _of_filtering(counts: Counts, intake: pa.Table) -> Iterator[_Found]:
    """A frame with fewer rows than were read into it."""
    archived = sum(int(pc.sum(intake[name]).as_py() or 0) for name in ("notifications", "unreadable"))
    rows = counts.verdicts.total()
    if rows < archived:
        yield _Found("filtered_frame", "filtered_frame", Severity.WARNING, {"rows": rows, "archived": archived})
    # Reports of before have no notes.
    if "note" not in intake.column_names:
        return
    filtered = intake.filter(pc.and_(pc.equal(intake["form"], OWN_FRAME), intake["note"].is_valid()))
    if len(filtered):
        facts = {"names": filtered["source"].to_pylist()}
        yield _Found("filtered_sources", "filtered_frame", Severity.WARNING, facts)


def _totals(counts: Iterable[NDArray[np.int64]]) -> tuple[int, int]:
    """How many verify, and how many are refused."""
    total = sum(counts, np.zeros(len(Kind), np.int64))
    return int(total[Kind.VERIFIED]), int(total[Kind.REFUSED])


def _money(amounts: Mapping[str, str], lang: str) -> str:
    """Sums by currency in parentheses; nothing where there are none."""
    sums = ((money_text(Decimal(amount), code, lang), printable(code)) for code, amount in amounts.items())
    shown = ", ".join(" ".join(filter(None, each)) for each in sums)
    return f" ({shown})" if shown else ""


def _listed(names: list[str], lang: str) -> str:
    shown = ", ".join(printable(name) for name in names[:_SHOWN_MAX])
    more = len(names) - _SHOWN_MAX
    return shown if more <= 0 else DIAGNOSES.say("more", lang, shown=shown, count=more)
