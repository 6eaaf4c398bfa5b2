"""What the form looks like: its controls, and how a situation shows in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import ipywidgets

from corena_recon.errors import CorenaReconError, GatewayBroken, GatewayRefused, OptionError
from corena_recon.gateway.parameters import problems_of
from corena_recon.payment_form.attempts import AttemptState
from corena_recon.payment_form.situation import FormState, Situation
from corena_recon.payment_form.view import controls, markup
from corena_recon.payment_form.view.fields import FIELDS, TAB_TITLES
from corena_recon.payment_form.words import words
from corena_recon.text import printable
from corena_recon.vocabulary import Mode, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_AGAIN: Final = {
    AttemptState.REFUSED: "try_again",
    AttemptState.UNREACHABLE: "try_again",
    AttemptState.BROKEN: "looked",
    AttemptState.UNKNOWN: "looked",
}


class Actions(NamedTuple):
    """What the person can do."""

    initiate: Callable[[], None]
    start_over: Callable[[], None]
    suggest_identifier: Callable[[], None]
    edited: Callable[[], None]
    forge: Callable[[], None]
    watch: Callable[[], None]
    paste: Callable[[], None]
    use_secret: Callable[[str], None]
    close: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Setting:
    """What does not change while the form is open.

    Attributes:
        language: ``en`` or ``fr``.
        mode: ``test`` or ``live``.
        gateway_host: The gateway's host and port.
        is_sandbox: Whether a sandbox on this machine stands in for the gateway.
    """

    language: str
    mode: Mode
    gateway_host: str
    is_sandbox: bool


class FormView:
    """The controls of one form.

    Args:
        setting: What does not change.
        texts: What the fields hold at first.
        archive: What is watched at first.
        actions: What the buttons do.
    """

    def __init__(self, setting: Setting, texts: Mapping[str, str], archive: str, actions: Actions) -> None:
        self._setting = setting
        language = setting.language
        self.fields = controls.field_controls(texts, language)
        for field in self.fields.values():
            field.control.observe(lambda _change: actions.edited(), names="value")
        self._suggest = controls.button(words("fresh_identifier", language), actions.suggest_identifier)
        self._initiate = controls.button(words("initiate", language), actions.initiate, is_primary=True)
        self._again = controls.button(words("again", language), actions.start_over)
        self._close = controls.button(words("close", language), actions.close)
        self._forge = controls.button(words("forge", language), actions.forge)
        self._watch = controls.button(words("watch", language), actions.watch)
        self._check = controls.button(words("check", language), actions.paste)
        self.archive = controls.text_control(words("archive", language), archive)
        self.pasted = controls.area_control(words("paste", language))
        self.secret = controls.secret_control(words("secret", language), actions.use_secret)
        names = ("alert", "status", "amount", "link", "source", "keys", "found", "forgery", "attempts")
        self._shown = {name: ipywidgets.HTML() for name in names}
        self._tabs = ipywidgets.Tab([self._tab(group) for group in TAB_TITLES.english])
        self.hidden: list[ipywidgets.Widget] = []
        self.children = self._laid_out()

    def texts(self) -> dict[str, str]:
        """What every field holds."""
        return {name: field.control.value for name, field in self.fields.items()}

    def show(self, situation: Situation, notice: str) -> None:
        """Show a situation, and what a click led to beside."""
        self._show_fields(situation)
        self._show_buttons(situation)
        language, current = self._setting.language, situation.current
        shown = self._shown
        shown["alert"].value = markup.alert(notice or self._alert_text(situation))
        shown["status"].value = markup.headline(self._status_text(situation))
        shown["source"].value = markup.status(self._source_text(situation))
        shown["keys"].value = markup.plain(self._keys_text(situation))
        shown["attempts"].value = markup.attempts_table(situation.attempts, language)
        # Who has paid needs no link any more.
        payable = current if current is not None and current.verdict is not Verdict.ACCEPTED else None
        shown["link"].value = (
            "" if payable is None else markup.checkout_link(payable, language, gateway_host=self._setting.gateway_host)
        )
        shown["found"].value = "" if current is None else markup.notification_list(current, language)
        shown["forgery"].value = "" if current is None else markup.forgery(current, language)

    def saved(self, situation: Situation) -> str:
        """The situation for whoever reads the notebook without this program: no address, no path, nothing to click."""
        setting, language = self._setting, self._setting.language
        host = "" if setting.is_sandbox else setting.gateway_host
        return "".join(
            (
                markup.badge(setting.mode, language, is_sandbox=setting.is_sandbox, host=host),
                markup.headline(self._status_text(situation) or words("editing", language)),
                markup.attempts_table(situation.attempts, language, is_open=True),
                markup.plain(words("saved", language)),
            )
        )

    def _tab(self, group: str) -> ipywidgets.VBox:
        rows = [self.fields[name].row for name, field in FIELDS.items() if field.group == group]
        if group == "payment":
            self.fields["identifier"].put_beside(self._suggest)
            rows.append(self._shown["amount"])
        return ipywidgets.VBox(rows)

    def _laid_out(self) -> tuple[ipywidgets.Widget, ...]:
        setting, shown, language = self._setting, self._shown, self._setting.language
        badge = ipywidgets.HTML(
            markup.badge(setting.mode, language, is_sandbox=setting.is_sandbox, host=setting.gateway_host)
        )
        offline = [controls.row(self._forge)]
        online = [
            controls.row(self.archive, self._watch),
            controls.row(self.secret, ipywidgets.HTML(markup.plain(words("secret_hint", language)))),
            shown["keys"],
        ]
        self.hidden = online if setting.is_sandbox else offline
        return (
            badge,
            shown["status"],
            self._tabs,
            controls.row(self._initiate, self._again, self._close),
            shown["alert"],
            shown["link"],
            shown["source"],
            *(offline if setting.is_sandbox else online),
            shown["found"],
            shown["forgery"],
            controls.row(self.pasted, self._check),
            shown["attempts"],
        )

    def _show_fields(self, situation: Situation) -> None:
        is_frozen = situation.state is not FormState.EDITING
        for name, field in self.fields.items():
            field.control.disabled = is_frozen
            field.show_problem(situation.problems.get(name, ""))
        language = self._setting.language
        for place, group in enumerate(TAB_TITLES.english):
            title = TAB_TITLES.say(group, language)
            count = sum(FIELDS[name].group == group for name in situation.problems if name in FIELDS)
            shown = words("errors_in_tab", language, title=title, count=count) if count else title
            self._tabs.set_title(place, shown)
        texts = self.texts()
        is_sendable = "amount" not in problems_of({"amount": texts["amount"]})
        self._shown["amount"].value = markup.exact_amount(
            texts["amount"], texts["currency"], language, is_sendable=is_sendable
        )

    def _show_buttons(self, situation: Situation) -> None:
        is_editing = situation.state is FormState.EDITING
        is_closed = situation.state is FormState.CLOSED
        current = situation.current
        self._initiate.disabled = self._suggest.disabled = not is_editing
        self._again.disabled = situation.state not in {FormState.INITIATED, FormState.FAILED}
        self._again.description = words(
            _AGAIN.get(current.state, "again") if current else "again", self._setting.language
        )
        self._forge.disabled = is_closed or current is None or current.redirect_url is None
        for control in (self._check, self._watch, self._close, self.pasted, self.archive, self.secret):
            control.disabled = is_closed

    def _alert_text(self, situation: Situation) -> str:
        language, current = self._setting.language, situation.current
        if situation.failure is not None:
            return failure_text(situation.failure, None if current is None else current.state, language)
        if situation.problems:
            labels = [FIELDS[name].label(language) if name in FIELDS else name for name in situation.problems]
            return words("invalid", language, fields=", ".join(labels))
        return ""

    def _status_text(self, situation: Situation) -> str:
        language, current = self._setting.language, situation.current
        if situation.state is FormState.CLOSED:
            return words("closed", language)
        if situation.state is FormState.SENDING:
            return words("sending", language, host=self._setting.gateway_host)
        if current is None or situation.state is not FormState.INITIATED:
            return ""
        if current.outcome is not None:
            return markup.outcome_text(current, language)
        if current.notifications:
            return words("unchecked", language)
        initiated = words("initiated", language, messages=", ".join(current.messages))
        return f"{initiated}. {words('waiting', language)}"

    def _source_text(self, situation: Situation) -> str:
        language = self._setting.language
        if situation.archive_problem is not None:
            return words("source_problem", language, message=situation.archive_problem)
        if self._setting.is_sandbox:
            text = words("source_sandbox", language)
        elif situation.archive is None:
            text = words("watching_nothing", language)
        else:
            text = words("watching", language, path=situation.archive)
        if situation.unreadable:
            text += " " + words("source_unreadable", language, count=situation.unreadable)
        return text

    def _keys_text(self, situation: Situation) -> str:
        if not situation.key_ids:
            return words("keys_unknown", self._setting.language)
        return words("keys_known", self._setting.language, keys=", ".join(situation.key_ids))


def failure_text(failure: Exception, state: AttemptState | None, language: str) -> str:
    """What went wrong, in the person's language; never a traceback, never a secret."""
    if isinstance(failure, OptionError) and "word_facts" in failure.facts:
        return words(failure.code, language, **failure.word_facts)
    if isinstance(failure, GatewayRefused):
        messages = ", ".join(failure.messages) or words("no_reason", language)
        return words("refused", language, messages=messages)
    if isinstance(failure, GatewayBroken):
        return words("broken", language, status=failure.status)
    if isinstance(failure, CorenaReconError):
        message = str(failure)
    else:
        message = f"{type(failure).__name__}: {printable(str(failure))}"
    if state in {AttemptState.UNREACHABLE, AttemptState.UNKNOWN}:
        return f"{words(state.value, language)} {message}"
    return words("failure", language, message=message)
