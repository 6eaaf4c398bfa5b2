"""Every word for people that the package defines, wherever it stands."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Final

import corena_recon
from corena_recon.languages import Words


def _found() -> dict[str, Words]:
    names = [module.name for module in pkgutil.walk_packages(corena_recon.__path__, "corena_recon.")]
    values = [value for name in names for value in vars(importlib.import_module(name)).values()]
    groups: dict[str, Words] = {}
    for value in values:
        if isinstance(value, Words):
            assert groups.setdefault(value.group, value) is value, value.group
    return groups


GROUPS: Final = _found()
"""Every ``Words`` by its group."""
EVERY_WORD: Final = [(group, key) for group, words in GROUPS.items() for key in words.english]
"""Group and key of every sentence and label."""
