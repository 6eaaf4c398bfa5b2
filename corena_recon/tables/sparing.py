"""Keeps Arrow from loading pandas in the command line's own process.

Arrow loads pandas, if there is one, with the first array it makes: a fifth of a second that no command has a use for.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec


class _NoPandas:
    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is not needed here", name=fullname)
        return None


_FINDER = _NoPandas()


def spare_pandas() -> None:
    """From now on there is no pandas, unless it is loaded already."""
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _FINDER)


def allow_pandas() -> None:
    """There is pandas again, for whoever asks for it."""
    if _FINDER in sys.meta_path:
        sys.meta_path.remove(_FINDER)
