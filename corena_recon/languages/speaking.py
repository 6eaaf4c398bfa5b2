"""Saying things in a person's language.

English stands once, where a word is defined; every other language is one module with the same keys, named in
``LANGUAGES``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from corena_recon.errors import OptionError
from corena_recon.languages.french import FRENCH
from corena_recon.vocabulary import BLIND_SPOTS, FINDINGS, OUTCOMES, REASONS, Verdict

ENGLISH: Final = "en"
LANGUAGES: Final[dict[str, Mapping[str, Mapping[str, str]]]] = {ENGLISH: {}, "fr": FRENCH}
"""By language, its words by group and key. English has none here: each of the ``Words`` holds its own."""
QUOTED_MAX_CHARACTERS: Final = 120


class Words(NamedTuple):
    """Sentences or labels of one kind, where they are defined; facts stand in braces.

    What is said otherwise of one thing than of several stands in braces with a bar: ``{count} record{count:|s}``.

    Attributes:
        group: Under what every other language has them.
        english: Each by its key.
    """

    group: str
    english: Mapping[str, str]

    def say(self, key: str, lang: str, /, **facts: object) -> str:
        """The sentence or label in one of ``LANGUAGES``."""
        template = self.template(key, lang)
        if lang == ENGLISH and "|" not in template:
            return template.format(**facts)
        counted = {name: _Fact(fact, lang) if isinstance(fact, int | str) else fact for name, fact in facts.items()}
        return template.format(**counted)

    def template(self, key: str, lang: str, /) -> str:
        """The sentence or label with its braces."""
        return self.english[key] if lang == ENGLISH else LANGUAGES[lang][self.group][key]


class _Fact(NamedTuple):
    """A number or a text in a sentence: it chooses between the words for one and several, and groups its digits."""

    fact: int | str
    lang: str

    def __format__(self, spec: str) -> str:
        if "|" in spec:
            one, several = spec.split("|")
            return one if str(self.fact) in ones(self.lang) else several
        shown = format(self.fact, spec)
        return shown.replace(",", NUMBER_MARKS.template("group", self.lang)) if isinstance(self.fact, int) else shown


VERDICT_NAMES: Final = Words("verdicts", {verdict: verdict.replace("_", " ") for verdict in Verdict})
FINDING_SENTENCES: Final = Words("findings", {code: finding.when for code, finding in FINDINGS.items()})
OUTCOME_SENTENCES: Final = Words("outcomes", {code: outcome.when for code, outcome in OUTCOMES.items()})
REASON_SENTENCES: Final = Words("reasons", REASONS)
BLIND_SPOT_SENTENCES: Final = Words("blind_spots", BLIND_SPOTS)
NUMBER_MARKS: Final = Words("number_marks", {"group": ",", "point": ".", "ones": "1", "list": "; "})
"""What stands between groups of three digits, before decimals, and in a list; and the numbers that are of one thing."""


def require_language(lang: object, option: str = "lang") -> None:
    """Refuses a language that there is not.

    Args:
        lang: What was given.
        option: As what.

    Raises:
        OptionError: It is none of ``LANGUAGES``.
    """
    if not isinstance(lang, str) or lang not in LANGUAGES:
        raise OptionError(
            f"{option} is neither {' nor '.join(map(repr, LANGUAGES))}",
            hint="give " + " or ".join(f"{option}={known!r}" for known in LANGUAGES),
        )


def grouped(count: int, lang: str) -> str:
    """A number of things, its digits in groups of three."""
    return f"{count:,}".replace(",", NUMBER_MARKS.say("group", lang))


def ones(lang: str) -> list[str]:
    """The numbers of which a language says what it says of one thing."""
    return NUMBER_MARKS.template("ones", lang).split()


def listed(texts: Iterable[str], lang: str) -> str:
    """Several parts of a sentence, one after the other."""
    return NUMBER_MARKS.template("list", lang).join(texts)


def quoted(value: Any) -> str:  # noqa: ANN401
    """A fact as text, shortened in its middle."""
    text = str(value)
    half = QUOTED_MAX_CHARACTERS // 2
    return text if len(text) <= QUOTED_MAX_CHARACTERS else f"{text[:half]}…{text[-half:]}"
