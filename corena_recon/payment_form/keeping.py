"""What a notebook keeps of a form: its situation as HTML beside the widget, which needs a kernel to be shown."""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

from IPython import get_ipython
from IPython.display import HTML, display

_KEPT: Final = "corena-recon-kept"
# While the widget is there, it says the same and more. A notebook that somebody else ran is shown without styles.
_HIDDEN: Final = (
    f"<style>.jp-OutputArea-child:has(.widget-vbox) ~ .jp-OutputArea-child .{_KEPT}{{display:none}}</style>"
)


class KeptOutput:
    """An output of a notebook that follows what is true, so that the saved notebook says it without a kernel."""

    def __init__(self) -> None:
        self._id = f"{_KEPT}-{uuid4().hex}"
        self._shown: str | None = None

    def show(self, widget: dict[str, Any], situation: str) -> None:
        """Shows a widget and, beside it, what a notebook keeps of it.

        Args:
            widget: The widget as MIME types and their data.
            situation: What is true now, as HTML.
        """
        display(widget, raw=True)
        display(_kept(situation), display_id=self._id)
        self._shown = situation

    def follow(self, situation: str) -> None:
        """What is true now, where that has changed since it was shown."""
        if self._shown in (None, situation):
            return
        self._shown = situation
        display(_kept(situation), display_id=self._id, update=True)


def is_in_notebook() -> bool:
    """Whether a kernel shows what is displayed; a terminal shows none of it."""
    return hasattr(get_ipython(), "kernel")


def _kept(situation: str) -> HTML:
    return HTML(f'{_HIDDEN}<div class="{_KEPT}">{situation}</div>')
