"""The form's controls: ipywidgets with visible labels, each with room for what is wrong beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ipywidgets
import traitlets

from corena_recon.payment_form.view.fields import FIELDS, THEMES, Field
from corena_recon.payment_form.view.markup import beside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LABEL_WIDTH: Final = "15em"
_CONTROL_WIDTH: Final = "40em"
_PRIMARY: Final = {"button_color": "#0050A0", "text_color": "#FFFFFF"}


class SecretField(ipywidgets.Password):
    """A password field whose content goes from the browser to this program and never back.

    It is left out of what is sent to the notebook, echoed there or saved; ``on_secret`` gets it once, and the field
    is empty again before that.
    """

    value = traitlets.Unicode("").tag(sync=True, echo_update=False, to_json=lambda _value, _widget: "")

    def __init__(self, on_secret: Callable[[str], None], **settings: Any) -> None:  # noqa: ANN401
        super().__init__(continuous_update=False, **settings)
        self._on_secret = on_secret
        self.observe(self._take, names="value")

    def _take(self, change: Mapping[str, Any]) -> None:
        if change["new"]:
            self.value = ""
            self._on_secret(change["new"])

    def __repr__(self) -> str:
        return "SecretField()"


class FieldControl:
    """One field of the documentation's table: its control, and what is wrong with it beside.

    Args:
        field: Which.
        language: Of its label.
        text: What it holds.
    """

    def __init__(self, field: Field, language: str, text: str) -> None:
        label = field.label(language) + (" *" if field.is_required else "")
        self.control = (
            ipywidgets.Dropdown(options=THEMES, value=text, description=label, **_layout())
            if field.name == "checkout_theme"
            # Sent when it is left, so that a click can never overtake what was typed before it.
            else ipywidgets.Text(value=text, continuous_update=False, description=label, **_layout())
        )
        self._problem = ipywidgets.HTML()
        self.row = row(self.control, self._problem)

    def put_beside(self, control: ipywidgets.Widget) -> None:
        """Another control between the field and what is wrong with it."""
        self.row.children = (self.control, control, self._problem)

    def show_problem(self, problem: str) -> None:
        """Say what is wrong, or nothing."""
        self._problem.value = beside(problem)


def field_controls(texts: Mapping[str, str], language: str) -> dict[str, FieldControl]:
    """A control for every field, filled."""
    return {name: FieldControl(field, language, texts.get(name, "")) for name, field in FIELDS.items()}


def text_control(label: str, text: str = "") -> ipywidgets.Text:
    """A line of text that is no field of the payment."""
    return ipywidgets.Text(value=text, continuous_update=False, description=label, **_layout())


def area_control(label: str) -> ipywidgets.Textarea:
    """Several lines of text."""
    return ipywidgets.Textarea(continuous_update=False, description=label, rows=3, **_layout())


def secret_control(label: str, on_secret: Callable[[str], None]) -> SecretField:
    """A field for the secret key."""
    return SecretField(on_secret, description=label, **_layout())


def button(label: str, on_click: Callable[[], None], *, is_primary: bool = False) -> ipywidgets.Button:
    """A button as wide as its words."""
    control = ipywidgets.Button(description=label, layout={"width": "auto"}, style=_PRIMARY if is_primary else {})
    control.on_click(lambda _button: on_click())
    return control


def row(*controls: ipywidgets.Widget) -> ipywidgets.HBox:
    """Controls side by side, on more lines where the window is narrow."""
    return ipywidgets.HBox(controls, layout={"flex_flow": "row wrap", "align_items": "center"})


def _layout() -> dict[str, Any]:
    return {
        "layout": {"width": _CONTROL_WIDTH, "max_width": "100%"},
        "style": {"description_width": _LABEL_WIDTH},
    }
