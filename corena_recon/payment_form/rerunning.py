"""Which cell a form was made in, so that running the cell again replaces the form."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class _Made(NamedTuple):
    execution: str
    close: Callable[[], None]


_FORMS: dict[str, list[_Made]] = {}


def replace_earlier(close: Callable[[], None]) -> None:
    """Close the forms that an earlier execution of the running cell made; remember how to close this one.

    Outside a notebook there is no cell, and nothing is closed.
    """
    cell, execution = _running_cell()
    if cell is None:
        return
    earlier = [made for made in _FORMS.get(cell, []) if made.execution != execution]
    same = [made for made in _FORMS.get(cell, []) if made.execution == execution]
    _FORMS[cell] = [*same, _Made(execution, close)]
    for made in earlier:
        made.close()


def _running_cell() -> tuple[str | None, str]:
    """The cell's id, or its code where the notebook gives no id, and the id of this execution."""
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython is not None else None
    message = shell.get_parent() if hasattr(shell, "get_parent") else None
    if not message:
        return None, ""
    cell = message.get("metadata", {}).get("cellId") or message.get("content", {}).get("code")
    return cell, message.get("header", {}).get("msg_id", "")
