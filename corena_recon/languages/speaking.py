"""Saying things in a person's language.

English stands once, where a word is defined; every other language is one module with the same keys, named in
``LANGUAGES``.
"""

from __future__ import annotations

from collections.abc import Mapping
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

    Attributes:
        group: Under what every other language has them.
        english: Each by its key.
    """

    group: str
    english: Mapping[str, str]

    def say(self, key: str, lang: str, /, **facts: object) -> str:
        """The sentence or label in one of ``LANGUAGES``."""
        if lang == ENGLISH:
            return self.english[key].format(**facts)
        mark = LANGUAGES[lang][NUMBER_MARKS.group]["group"]
        counted = {name: _Count(fact, mark) if type(fact) is int else fact for name, fact in facts.items()}
        return LANGUAGES[lang][self.group][key].format(**counted)


class _Count(NamedTuple):
    """A number whose digits another language groups by its own mark, where a sentence has them grouped."""

    number: int
    mark: str

    def __format__(self, spec: str) -> str:
        return format(self.number, spec).replace(",", self.mark)


VERDICT_NAMES: Final = Words("verdicts", {verdict: verdict.replace("_", " ") for verdict in Verdict})
FINDING_SENTENCES: Final = Words("findings", {code: finding.when for code, finding in FINDINGS.items()})
OUTCOME_SENTENCES: Final = Words("outcomes", {code: outcome.when for code, outcome in OUTCOMES.items()})
REASON_SENTENCES: Final = Words("reasons", REASONS)
BLIND_SPOT_SENTENCES: Final = Words("blind_spots", BLIND_SPOTS)
NUMBER_MARKS: Final = Words("number_marks", {"group": ",", "point": "."})
"""What stands between groups of three digits, and before decimals."""


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


def quoted(value: Any) -> str:  # noqa: ANN401
    """A fact as text, shortened in its middle."""
    text = str(value)
    half = QUOTED_MAX_CHARACTERS // 2
    return text if len(text) <= QUOTED_MAX_CHARACTERS else f"{text[:half]}…{text[-half:]}"
