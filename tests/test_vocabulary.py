"""Documentation and code use the same words."""

from __future__ import annotations

import re

from corena_recon.archive.forms.recognition import FORMS
from corena_recon.orders.platforms import PLATFORM_NAMES, platform_named
from corena_recon.sandbox.mischief import Mischief
from corena_recon.vocabulary import (
    ARCHIVE_FORMS,
    FINDINGS,
    MISCHIEFS,
    ORDER_PLATFORMS,
    OUTCOMES,
    REASONS,
    Verdict,
)
from tests.places import ROOT


def first_cells(text: str, header: str) -> list[str]:
    table = text.split(f"| {header} |", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\| `([a-z_]+)`", table, flags=re.MULTILINE)


def test_the_readme_explains_every_verdict() -> None:
    assert first_cells((ROOT / "README.md").read_text(encoding="utf-8"), "verdict") == [word.value for word in Verdict]


def test_no_word_means_two_things() -> None:
    assert not set(REASONS) & (set(FINDINGS) | set(OUTCOMES))


def test_what_callers_may_name_is_what_there_is() -> None:
    assert ARCHIVE_FORMS == FORMS
    assert tuple(Mischief) == MISCHIEFS
    assert all(platform_named(name) for name in ORDER_PLATFORMS)
    assert {name.partition("-")[0] for name in PLATFORM_NAMES} == {*ORDER_PLATFORMS}
