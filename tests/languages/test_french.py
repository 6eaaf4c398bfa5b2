"""French says what English says, all of it, and one thing in one word."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from corena_recon.languages import LANGUAGES
from tests.languages.groups import EVERY_WORD, GROUPS

FRENCH = LANGUAGES["fr"]

ONE_WORD = [
    # what English calls it, and French
    ("forge", "falsifi"),
    ("genuine", "authentique"),
    ("replay", "rejeu|rejou"),
    ("duplicate", "doublon"),
    ("notification", "notification"),
    ("identifier", "identifiant"),
    ("amount", "montant"),
    ("currency", "devise"),
    ("decimals", "décimales"),
    ("signature", "signature"),
    ("secret key", "clé secrète"),
    ("key", "clé"),
    ("ring", "trousseau"),
    ("transaction id", "numéro de transaction"),
    ("status", "statut"),
    ("tolerance", "tolérance"),
    ("ledger", "relevé"),
    ("shop", "boutique"),
    ("gateway", "passerelle"),
    ("sandbox", "bac à sable"),
    ("merchant panel", "panneau marchand"),
    ("upper-case", "majuscules"),
]


def facts_of(sentence: str) -> list[str]:
    """What is put in; a choice between the words for one and for several is none of them."""
    return sorted(
        name for _, name, spec, _ in Formatter().parse(sentence) if name is not None and "|" not in (spec or "")
    )


def test_french_has_the_keys_of_english_and_no_others() -> None:
    assert {group: set(said) for group, said in FRENCH.items()} == {
        group: set(words.english) for group, words in GROUPS.items()
    }


def test_a_french_sentence_holds_the_facts_of_the_english_one() -> None:
    said = {(group, key): (GROUPS[group].english[key], FRENCH[group][key]) for group, key in EVERY_WORD}
    assert [place for place, sentences in said.items() if not all(sentences)] == []
    facts = {place: (facts_of(english), facts_of(french)) for place, (english, french) in said.items()}
    assert {place: both for place, both in facts.items() if both[0] != both[1]} == {}


@pytest.mark.parametrize(("english_word", "french_word"), ONE_WORD)
def test_one_thing_has_one_french_word(english_word: str, french_word: str) -> None:
    said = {
        GROUPS[group].english[key]: FRENCH[group][key]
        for group, key in EVERY_WORD
        if key != "if_recipe"  # its formula is the same in every language
    }
    # A field named in braces is no word.
    named = [french for english, french in said.items() if re.search(rf"(?i)(?<!{{)\b{english_word}", english)]
    assert named
    assert [french for french in named if not re.search(f"(?i){french_word}", french)] == []
