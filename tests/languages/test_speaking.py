"""Saying things in a language."""

from __future__ import annotations

import re

import pytest

from corena_recon import explain, reconcile
from corena_recon.errors import OptionError
from corena_recon.gateway.parameters import problems_of
from corena_recon.languages import LANGUAGES, VERDICT_NAMES, Words, quoted, require_language
from corena_recon.sandbox.pages import language_of, message_page
from corena_recon.vocabulary import Verdict
from tests.languages.groups import EVERY_WORD, GROUPS
from tests.making import ipn, orders, ring, verified
from tests.places import ROOT


def test_facts_are_put_in_their_places() -> None:
    words = Words("explanation_phrases", {"where": "{source} record {record}"})
    assert words.say("where", "en", source="a{b}", record=3) == "a{b} record 3"
    assert words.say("where", "fr", source="a{b}", record=3) == "a{b} enregistrement 3"


COUNTED = "{count:,} record{count:|s} {count:is|are} read"


@pytest.mark.parametrize(
    ("lang", "count", "said"),
    [
        ("en", 0, "0 records are read"),
        ("en", 1, "1 record is read"),
        ("en", 1234, "1,234 records are read"),
        ("fr", 0, "0 record is read"),
        ("fr", 1, "1 record is read"),
        ("fr", 1234, "1\N{NO-BREAK SPACE}234 records are read"),
    ],
)
def test_one_thing_is_said_otherwise_than_several(
    monkeypatch: pytest.MonkeyPatch, lang: str, count: int, said: str
) -> None:
    monkeypatch.setitem(LANGUAGES, "fr", {**LANGUAGES["fr"], "counted": {"key": COUNTED}})
    words = Words("counted", {"key": COUNTED})
    assert words.say("key", lang, count=count) == said


ALWAYS_SEVERAL = {("worklist_why", "duplicate_payment")}
"""What is said of more than one alone: ``payments > 1`` chooses that sentence."""
COUNTS = {name for group, key in EVERY_WORD for name in re.findall(r"{(\w+):", GROUPS[group].template(key, "fr"))}


@pytest.mark.parametrize(("lang", "numbers"), [("en", "1"), ("fr", "01")])
def test_no_sentence_has_several_of_what_is_one(lang: str, numbers: str) -> None:
    # "of the 1 orders" and "des 0 commandes" are parts of what is several.
    several = re.compile(rf"(?<!of the )(?<!des )\b[{numbers}] (?:more |other |order |autres )?(\w+[sx]|are|were)\b")
    is_one = {"is", "was", "does", "has", "verifies", "names", "des", "plus", "dans", "hors", "près"}
    faults = []
    for group, key in [one for one in EVERY_WORD if one not in ALWAYS_SEVERAL]:
        named = re.findall(r"{(\w+)", GROUPS[group].template(key, lang))
        for number in numbers:
            facts = {name: int(number) if name in COUNTS - {"limit"} else "X" for name in named}
            said = GROUPS[group].say(key, lang, **facts)
            faults += [said for word in several.findall(said) if word not in is_one]
    assert faults == []


def test_a_verdict_is_named_as_people_say_it() -> None:
    assert [VERDICT_NAMES.say(Verdict.NO_PAYMENT, lang) for lang in LANGUAGES] == ["no payment", "sans paiement"]


@pytest.mark.parametrize("lang", ["de", "EN", "", None, 1, ["fr"]])
def test_a_language_that_there_is_not_is_refused(lang: object) -> None:
    with pytest.raises(OptionError) as refusal:
        require_language(lang, "language")
    assert str(refusal.value) == "language is neither 'en' nor 'fr' (hint: give language='en' or language='fr')"


@pytest.mark.parametrize(
    ("fact", "said"),
    [(5, "5"), ("x" * 120, "x" * 120), ("a" * 61 + "b" * 60, "a" * 60 + "…" + "b" * 60)],
    ids=["a number", "as long as may be", "longer"],
)
def test_a_fact_is_shortened_in_its_middle(fact: object, said: str) -> None:
    assert quoted(fact) == said


def test_a_third_language_is_one_mapping_and_its_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    def said(group: str, key: str) -> str:
        return f"{group}.{key} " + " ".join(re.findall(r"{\w+}", GROUPS[group].english[key]))

    third = {group: {key: said(group, key) for key in words.english} for group, words in GROUPS.items()}
    monkeypatch.setitem(LANGUAGES, "qq", third)
    found = reconcile(verified(ipn("A"), ipn("A", signature="0" * 64)), orders(("A", "12", "USD", "paid")))
    texts = [
        str(explain(found, "A", ring(), lang="qq")),
        str(problems_of({}, language="qq")),
        message_page("stale", language=language_of("qq-AA,en", None)),
    ]
    english = [GROUPS[group].english[key] for group, key in EVERY_WORD]
    for text in texts:
        # A lone word may also be a code, which is the same in every language.
        assert [sentence for sentence in english if " " in sentence.strip() and sentence in text] == []
    assert "outcomes.underpaid" in texts[0]
    assert "parameter_problems.required" in texts[1]
    assert "sandbox_pages.stale" in texts[2]


def test_no_other_room_knows_a_language_but_english() -> None:
    rooms = ROOT / "corena_recon"
    code = re.compile("|".join(rf"""["']{lang}["']""" for lang in LANGUAGES if lang != "en"))
    sources = [path for path in rooms.rglob("*.py") if path.parent != rooms / "languages"]
    assert [path.name for path in sources if code.search(path.read_text(encoding="utf-8"))] == []
