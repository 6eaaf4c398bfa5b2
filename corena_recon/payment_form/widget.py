"""``PaymentForm``: initiate a payment in a notebook and watch its notification arrive and verify."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import ipywidgets
import traitlets

from corena_recon.arguments import require, require_text
from corena_recon.errors import OptionError
from corena_recon.gateway.client import GATEWAY_URL
from corena_recon.gateway.parameters import fresh_identifier
from corena_recon.languages import ENGLISH, LANGUAGES, require_language
from corena_recon.payment_form.attempts import attempts_frame
from corena_recon.payment_form.controller import PaymentController
from corena_recon.payment_form.keeping import KeptOutput, is_in_notebook
from corena_recon.payment_form.rehearsal import Rehearsal, rehearsal_texts
from corena_recon.payment_form.rerunning import replace_earlier
from corena_recon.payment_form.situation import FormState, GatewayChoice, Situation
from corena_recon.payment_form.view.fields import flattened, payment_of
from corena_recon.payment_form.view.view import Actions, FormView, Setting, failure_text
from corena_recon.sandbox import Sandbox
from corena_recon.signing import KeyRing
from corena_recon.vocabulary import PUBLIC_KEY_MAX_CHARACTERS, Mode, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from corena_recon.signing.keys import Keys


class PaymentForm(ipywidgets.VBox):
    """A form for one payment after another, with what arrives for each.

    Without a public key, everything happens on this machine: a sandbox takes the payment and its notification comes
    back to the form. With one, the request goes to the gateway, and notifications come from an archive that grows
    or are pasted. One click sends one request; the form has to be started over before it sends another.

    Threads set the traits below, so observers run in those threads. Running the cell again, ``close()`` and the end
    of the program stop them.

    Args:
        public_key: The merchant's public key of that mode; None rehearses in a sandbox.
        mode: ``test`` or ``live``.
        allow_live: Must be True for ``live``.
        base_url: Another gateway of the family.
        sandbox: A running sandbox to rehearse in; one of its own when None.
        archive: A file or folder of notifications to watch; with a sandbox, the folder they are stored in.
        keys: The secrets to check notifications with, as for ``verify``; a sandbox's own are known.
        lang: ``en`` or ``fr``.
        payment: What the fields hold at first, as ``PaymentClient.initiate`` takes it.
        public_key_max_characters: The documentation's 50; some gateways of the family give longer keys.

    Attributes:
        lang: The form's language.
        state: ``editing``, ``sending``, ``initiated``, ``failed`` or ``closed``.
        redirect_url: The checkout page of the current attempt; None before it is initiated.
        verdict: The best verdict among the current attempt's notifications; None before one is checked.
        problems: What is wrong with the fields, by name, since the last click.

    Raises:
        OptionError: An option has no meaning, or ``payment`` has an unknown field or a float.
        KeyRingError: The keys are none, or cannot be used.
    """

    lang = traitlets.Enum(tuple(LANGUAGES), default_value=ENGLISH, read_only=True)
    state = traitlets.Enum([state.value for state in FormState], default_value="editing", read_only=True)
    redirect_url = traitlets.Unicode(None, allow_none=True, read_only=True)
    verdict = traitlets.Enum(
        [verdict.value for verdict in Verdict], default_value=None, allow_none=True, read_only=True
    )
    problems = traitlets.Dict(value_trait=traitlets.Unicode(), key_trait=traitlets.Unicode(), read_only=True)

    def __init__(
        self,
        public_key: str | None = None,
        *,
        mode: str = "test",
        allow_live: bool = False,
        base_url: str | None = None,
        sandbox: Sandbox | None = None,
        archive: str | os.PathLike[str] | None = None,
        keys: Keys | None = None,
        lang: str = ENGLISH,
        payment: Mapping[str, Any] | None = None,
        public_key_max_characters: int = PUBLIC_KEY_MAX_CHARACTERS,
    ) -> None:
        self._rehearsal: Rehearsal | None = None
        self._controller: PaymentController | None = None
        key_ring = None if keys is None else KeyRing.of(keys)
        _check(public_key, base_url, sandbox, archive, payment)
        is_sandbox = sandbox is not None or (public_key is None and base_url is None)
        if is_sandbox and base_url is not None:
            raise OptionError("sandbox and base_url are both given", hint="a sandbox has an address of its own")
        require_language(lang)
        given = flattened({} if payment is None else payment)
        choice = GatewayChoice(mode, allow_live, base_url or GATEWAY_URL, public_key_max_characters)
        if is_sandbox:
            choice.client("")
            self._rehearsal = Rehearsal(Mode(mode), sandbox=sandbox, folder=archive)
            sandbox, archive = self._rehearsal.sandbox, self._rehearsal.folder
            choice = choice._replace(base_url=sandbox.url)
            key_ring = key_ring or sandbox.merchant.key_ring()
            given = {**rehearsal_texts(self._rehearsal, choice.mode, lang), **given}
        try:
            self._controller = PaymentController(
                choice, keys=key_ring, archive=archive, sandbox=sandbox if is_sandbox else None, language=lang
            )
            self._notice = ""
            self._kept = KeptOutput()
            self._showing = threading.RLock()
            setting = Setting(lang, self._controller.mode, urlsplit(self._controller.base_url).netloc, is_sandbox)
            texts = {"currency": "USD", "identifier": fresh_identifier(), **given}
            if public_key is not None:
                texts["public_key"] = public_key
            self._view = FormView(
                setting, texts, "" if archive is None or is_sandbox else str(archive), self._actions()
            )
            super().__init__(children=self._view.children)
        except BaseException:
            self._stop()
            raise
        self.set_trait("lang", lang)
        self._controller.listen(self._show)
        self._show()
        replace_earlier(self.close)

    @property
    def attempts(self) -> pd.DataFrame:
        """Every attempt so far, one row each, with the columns of ``ATTEMPT_SCHEMA``."""
        return attempts_frame(self._live_controller.situation.attempts)

    @property
    def sandbox(self) -> Sandbox | None:
        """The sandbox behind the form, to pay in as the payer would; None at a gateway."""
        return None if self._rehearsal is None else self._rehearsal.sandbox

    @property
    def fields(self) -> dict[str, ipywidgets.Widget]:
        """The controls of the payment's fields by name, such as ``form.fields["customer.email"]``."""
        return {name: field.control for name, field in self._view.fields.items()}

    @property
    def archive_field(self) -> ipywidgets.Text:
        """Where the archive to watch is named."""
        return self._view.archive

    @property
    def pasted_field(self) -> ipywidgets.Textarea:
        """Where a notification's body is pasted."""
        return self._view.pasted

    @property
    def secret_field(self) -> ipywidgets.Password:
        """Where the secret key is typed; always empty."""
        return self._view.secret

    def fill(self, **payment: Any) -> None:  # noqa: ANN401
        """Fill fields, named as in ``PaymentClient.initiate``.

        Raises:
            OptionError: An unknown field, or a value that is no text (an amount may be a Decimal, never a float).
        """
        for name, text in flattened(payment).items():
            self._view.fields[name].control.value = text

    def initiate(self) -> bool:
        """Send the payment as a click does; says whether a request is on its way."""
        texts = self._view.texts()
        return self._live_controller.submit(texts["public_key"], payment_of(texts))

    def start_over(self) -> None:
        """Back to editing, with a fresh identifier where the last one may exist at the gateway."""
        if not self._live_controller.start_over():
            self._view.fields["identifier"].control.value = fresh_identifier()

    def forge(self) -> None:
        """Let the sandbox post a forged notification for the current attempt.

        Raises:
            OptionError: There is no sandbox, or no initiated payment.
        """
        self._live_controller.forge()

    def paste(self, body: str) -> None:
        """Judge a notification's body.

        Raises:
            SourceError: It is of no known form.
            OptionError: It is no notification, or not for an attempt of this form.
        """
        self._live_controller.paste(body)

    def wait_for_link(self, *, timeout_s: float = 90.0) -> str | None:
        """The checkout page of the current attempt, once it is initiated; None when that failed or took longer."""
        self._live_controller.wait_until(lambda situation: situation.state is not FormState.SENDING, timeout_s)
        self._show()
        return None if self.redirect_url is None else str(self.redirect_url)

    def wait_for_verdict(self, *verdicts: str, timeout_s: float = 30.0) -> str | None:
        """The first of these verdicts that a notification of the current attempt has, any when none is named."""
        wanted = verdicts or tuple(Verdict)

        def arrived(situation: Situation) -> list[str]:
            seen = situation.current.notifications if situation.current else ()
            return [one.verdict.value for one in seen if one.verdict is not None and one.verdict in wanted]

        self._live_controller.wait_until(lambda situation: bool(arrived(situation)), timeout_s)
        self._show()
        return next(iter(arrived(self._live_controller.situation)), None)

    def close(self) -> None:
        """Stop every thread, forget the keys, and take the form off the page."""
        self._stop()
        view = getattr(self, "_view", None)
        for widget in (*self.children, *(() if view is None else view.hidden)):
            for part in (*_parts(widget), widget):
                part.close()
        self.layout.close()
        super().close()

    def __repr__(self) -> str:
        return f"PaymentForm(state={self.state!r}, lang={self.lang!r})"

    def _ipython_display_(self) -> None:
        """In a notebook the widget, and beside it what the notebook keeps; elsewhere IPython takes what follows."""
        if not is_in_notebook():
            raise NotImplementedError
        self._kept.show(self._repr_mimebundle_(), self._repr_html_())

    def _repr_html_(self) -> str:
        """What is true now, for whoever shows no widgets."""
        return self._view.saved(self._live_controller.situation)

    @property
    def _live_controller(self) -> PaymentController:
        assert self._controller is not None  # noqa: S101 - set by every constructor that returns
        return self._controller

    def _stop(self) -> None:
        controller, rehearsal = getattr(self, "_controller", None), getattr(self, "_rehearsal", None)
        if controller is not None:
            controller.close()
        if rehearsal is not None:
            rehearsal.close()

    def _actions(self) -> Actions:
        return Actions(
            initiate=self._guarded(self.initiate),
            start_over=self._guarded(self.start_over),
            suggest_identifier=self._guarded(self._suggest_identifier),
            edited=self._guarded(self._edited),
            forge=self._guarded(self.forge),
            watch=self._guarded(self._watch_named),
            paste=self._guarded(self._paste_typed),
            use_secret=self._guarded(self._use_secret),
            close=self._guarded(self._stop),
        )

    def _guarded(self, action: Callable[..., object]) -> Callable[..., None]:
        """An action whose errors the person sees: the notebook itself would swallow them."""

        def run(*arguments: str) -> None:
            try:
                self._notice = ""
                action(*arguments)
            except Exception as error:  # noqa: BLE001 - shown, whatever it is
                self._notice = failure_text(error, None, self.lang)
            self._show()

        return run

    def _suggest_identifier(self) -> None:
        self._view.fields["identifier"].control.value = fresh_identifier()

    def _edited(self) -> None:
        texts = self._view.texts()
        self._live_controller.recheck(texts["public_key"], payment_of(texts))

    def _watch_named(self) -> None:
        if not self._view.archive.value:
            raise OptionError("no archive is named", hint="give the path of a file or folder")
        self._live_controller.watch(self._view.archive.value)

    def _paste_typed(self) -> None:
        self._live_controller.paste(self._view.pasted.value)
        self._view.pasted.value = ""

    def _use_secret(self, secret: str) -> None:
        self._live_controller.use_secret(secret)

    def _show(self) -> None:
        with self._showing:
            situation = self._live_controller.situation
            current = situation.current
            self._view.show(situation, self._notice)
            self.set_trait("problems", dict(situation.problems))
            self.set_trait("redirect_url", None if current is None else current.redirect_url)
            verdict = None if current is None else current.verdict
            self.set_trait("verdict", None if verdict is None else verdict.value)
            self.set_trait("state", situation.state.value)
            self._kept.follow(self._view.saved(situation))


def _parts(widget: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    """The widgets within, with the layouts and styles that came with them."""
    own = [getattr(widget, name) for name in ("layout", "style") if hasattr(widget, name)]
    children = getattr(widget, "children", ())
    return [*own, *(part for child in children for part in (child, *_parts(child)))]


def _check(public_key: object, base_url: object, sandbox: object, archive: object, payment: object) -> None:
    """Refuses what has no meaning before anything is started."""
    require_text("public_key", public_key, "test_…")
    require_text("base_url", base_url, GATEWAY_URL)
    require("sandbox", sandbox, (Sandbox, type(None)), "give what sandbox.start() returned")
    require("archive", archive, (str, os.PathLike, type(None)), "give the path of a file or folder")
    require("payment", payment, (Mapping, type(None)), "give a mapping, for example payment={'amount': '11.00'}")
