"""The sandbox as a running thing: addresses of the gateway on a port of this machine."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from corena_recon.errors import GatewayRefused, OptionError
from corena_recon.gateway.events import Event, Observer
from corena_recon.gateway.http_server import HttpServer, Request, Response
from corena_recon.php import read_post
from corena_recon.sandbox.delivery import Courier
from corena_recon.sandbox.gateway import Gateway, PaymentState, is_same
from corena_recon.sandbox.ledger import COLUMNS, export_csv
from corena_recon.sandbox.mischief import Mischief, Plan, forged, plan
from corena_recon.sandbox.pages import (
    checkout_page,
    language_of,
    message_page,
    panel_page,
    security_headers,
)
from corena_recon.text import text_of
from corena_recon.vocabulary import RECORD_MAX_BYTES, Mode

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from corena_recon.sandbox.delivery import Delivery
    from corena_recon.sandbox.gateway import Merchant, Payment

CHECKOUT_PATH = "/payment/checkout"

_INITIATE_MODES = {"/payment/initiate": Mode.LIVE, "/test/payment/initiate": Mode.TEST}


class Sandbox:
    """A gateway on this machine that behaves as the documentation says; nothing it does moves money.

    It serves on 127.0.0.1 and delivers notifications to this machine alone. ``start`` makes one.

    Attributes:
        url: Its address; a client's ``base_url``.
        mischief: What happens to the notifications of payments that do not ask for anything else.
    """

    def __init__(
        self, gateway: Gateway, courier: Courier, *, port: int, mischief: Mischief, observer: Observer
    ) -> None:
        self.mischief = mischief
        self._observer = observer
        self._gateway = gateway
        self._courier = courier
        try:
            self._server = HttpServer(self._answer, port=port, methods=("GET", "POST"), body_max_bytes=RECORD_MAX_BYTES)
        except OSError as error:
            raise OptionError(
                f"port cannot be listened on: {error.strerror}", hint="choose another, or leave it out for a free one"
            ) from None
        self.url = self._server.url
        own_port = urlsplit(self.url).port
        self._own_hosts = {f"127.0.0.1:{own_port}", f"localhost:{own_port}"}
        self._server.start()

    @property
    def merchants(self) -> tuple[Merchant, ...]:
        """Its merchants, in the order given."""
        return tuple(self._gateway.merchants.values())

    @property
    def merchant(self) -> Merchant:
        """The first merchant."""
        return self.merchants[0]

    @property
    def payments(self) -> tuple[Payment, ...]:
        """Every payment, in the order of initiation."""
        return self._gateway.payments()

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Every notification that was posted, or refused because it would have left this machine."""
        return self._courier.deliveries

    def pay(self, redirect_url: str, *, mischief: str | None = None) -> Payment:
        """Pay as the payer would on the checkout page; the notification is delivered before this returns.

        Args:
            redirect_url: What initiating gave.
            mischief: What happens to the notification; the sandbox's own setting when None.

        Raises:
            OptionError: There is no such payment, or it is settled; or no such mischief.
        """
        kind = self.mischief if mischief is None else mischief_of(mischief)
        payment = self._settled(redirect_url, PaymentState.PAID)
        self._notify(payment, kind)
        return payment

    def cancel(self, redirect_url: str) -> Payment:
        """Cancel as the payer would; no notification is sent.

        Raises:
            OptionError: There is no such payment, or it is settled.
        """
        payment = self._settled(redirect_url, PaymentState.CANCELLED)
        self._observer(Event("cancelled", _facts(payment)))
        return payment

    def forge(self, redirect_url: str) -> None:
        """Post what somebody without the secret could post for that payment, paid or not.

        Raises:
            OptionError: There is no such payment.
        """
        payment = self._gateway.payment_of(_token_of(redirect_url))
        if payment is None:
            raise OptionError("there is no such payment", hint="give the redirect_url of an initiation")
        self._courier.dispatch(Plan(now=(forged(self._gateway, payment),)))

    def release(self) -> None:
        """Deliver at once every notification that was delayed or waits for the next one."""
        self._courier.release()

    def regenerate_keys(self, merchant: str | None = None) -> Merchant:
        """Replace all four keys of a merchant (the first when None) at once, as the gateway's panel does.

        Raises:
            OptionError: There is no such merchant.
        """
        return self._gateway.regenerate_keys(self._known(merchant))

    def ledger_csv(self, kind: str = "deposits", *, merchant: str | None = None, mode: str | None = None) -> str:
        """The merchant panel's export.

        Args:
            kind: ``deposits``, ``transactions`` or ``withdrawals``.
            merchant: Whose; the first when None.
            mode: ``live`` or ``test`` payments alone; both when None.

        Raises:
            OptionError: There is no such export or merchant.
        """
        if kind not in COLUMNS:
            raise OptionError(f"there is no export {kind!r}", hint="one of " + ", ".join(COLUMNS))
        name = self._known(merchant)
        own = (payment for payment in self.payments if payment.merchant == name)
        return export_csv(kind, [payment for payment in own if mode is None or payment.mode == mode])

    def stop(self) -> None:
        """End every thread; notifications that still wait are not delivered."""
        self._courier.stop()
        self._server.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"Sandbox(url={self.url!r}, merchants={list(self._gateway.merchants)})"

    def _known(self, merchant: str | None) -> str:
        if merchant is not None and merchant not in self._gateway.merchants:
            raise OptionError(f"there is no merchant {merchant!r}")
        return merchant or self.merchant.name

    def _settled(self, redirect_url: str, state: PaymentState) -> Payment:
        payment = self._gateway.settle(_token_of(redirect_url), state)
        if payment is None:
            raise OptionError(
                "there is no such payment, or it is settled", hint="give the redirect_url of an initiation"
            )
        return payment

    def _notify(self, payment: Payment, kind: Mischief) -> None:
        self._observer(Event("paid", {**_facts(payment), "mischief": kind.value}))
        self._courier.dispatch(plan(self._gateway, payment, kind))

    def _answer(self, request: Request) -> Response:
        if request.headers.get("host", "") not in self._own_hosts:
            # Another site's name may point here: its pages must not read this one.
            return Response(HTTPStatus.MISDIRECTED_REQUEST, b"not this host\n")
        if request.path in _INITIATE_MODES:
            return self._initiate(request) if request.method == "POST" else _not_allowed("POST")
        if request.path == CHECKOUT_PATH:
            return self._settle(request) if request.method == "POST" else self._checkout(request)
        if request.path in {"/", "/panel"}:
            return self._regenerate(request) if request.method == "POST" else self._panel()
        if request.path.startswith("/panel/export_") and request.method == "GET":
            return self._export(request)
        return Response(HTTPStatus.NOT_FOUND, b"not found\n")

    def _initiate(self, request: Request) -> Response:
        posted = read_post(request.body, request.headers.get("content-type", ""))
        try:
            payment = self._gateway.initiate(posted.fields, _INITIATE_MODES[request.path])
        except GatewayRefused as refusal:
            self._observer(Event("refused", {"messages": list(refusal.messages)}))
            return _json({"status": "error", "message": list(refusal.messages)})
        checkout_url = f"{self.url}{CHECKOUT_PATH}?payment_trx={payment.token}"
        self._observer(Event("initiated", {**_facts(payment), "checkout_url": checkout_url}))
        return _json({"status": "success", "message": ["Payment initiated"], "redirect_url": checkout_url})

    def _checkout(self, request: Request, *, is_stale: bool = False) -> Response:
        language = language_of(request.headers.get("accept-language", ""), _query(request, "lang"))
        payment = self._gateway.payment_of(_query(request, "payment_trx") or "")
        if payment is None:
            return _html(message_page("unknown", language=language), HTTPStatus.NOT_FOUND)
        if is_stale and payment.state is PaymentState.INITIATED:
            return _html(message_page("stale", language=language), HTTPStatus.FORBIDDEN)
        page = checkout_page(payment, language=language, mischief=self.mischief)
        return _html(page, HTTPStatus.OK, payment.success_url, payment.cancel_url)

    def _settle(self, request: Request) -> Response:
        form = _form(request)
        states = {"pay": PaymentState.PAID, "cancel": PaymentState.CANCELLED}
        state = states.get(form.get("action", ""))
        kind = form.get("mischief", self.mischief)
        payment = None
        if state is not None and kind in tuple(Mischief):
            token = _query(request, "payment_trx") or ""
            payment = self._gateway.settle(token, state, form.get("form_token", ""))
        if payment is None:
            return self._checkout(request, is_stale=True)
        if state is PaymentState.CANCELLED:
            self._observer(Event("cancelled", _facts(payment)))
            return _redirect(payment.cancel_url)
        self._notify(payment, Mischief(kind))
        return _redirect(payment.success_url)

    def _panel(self) -> Response:
        page = panel_page(
            self.merchants, self.payments, self._courier.deliveries, panel_token=self._gateway.panel_token
        )
        return _html(page, HTTPStatus.OK)

    def _regenerate(self, request: Request) -> Response:
        name = _query(request, "merchant") or ""
        is_own_form = is_same(_form(request).get("panel_token", ""), self._gateway.panel_token)
        if not is_own_form or name not in self._gateway.merchants:
            return Response(HTTPStatus.FORBIDDEN, b"this form is out of date\n")
        self._gateway.regenerate_keys(name)
        return _redirect("/panel")

    def _export(self, request: Request) -> Response:
        kind = request.path.removeprefix("/panel/export_").removesuffix(".csv")
        name = _query(request, "merchant") or self.merchant.name
        if kind not in COLUMNS or name not in self._gateway.merchants:
            return Response(HTTPStatus.NOT_FOUND, b"not found\n")
        content = self.ledger_csv(kind, merchant=name, mode=_query(request, "mode"))
        disposition = f'attachment; filename="export_{kind}.csv"'
        return Response(
            HTTPStatus.OK,
            content.encode(),
            "text/csv; charset=utf-8",
            (("Content-Disposition", disposition), *security_headers()),
        )


def run_sandbox(
    *,
    seed: int | None,
    port: int,
    merchants: tuple[str, ...],
    mischief: str,
    delay_s: float,
    currencies: frozenset[str],
    clock: Callable[[], datetime] | None,
    observer: Observer,
) -> Sandbox:
    """A sandbox that already serves."""
    clock = clock or (lambda: datetime.now(UTC))
    gateway = Gateway(merchants, seed=seed, currencies=currencies, clock=clock)
    courier = Courier(delay_s=delay_s, clock=clock, observer=observer)
    return Sandbox(gateway, courier, port=port, mischief=mischief_of(mischief), observer=observer)


def mischief_of(word: str) -> Mischief:
    """The mischief of that name.

    Raises:
        OptionError: There is none.
    """
    if not isinstance(word, str) or word not in tuple(Mischief):
        raise OptionError("mischief is none that there is", hint="one of " + ", ".join(Mischief))
    return Mischief(word)


def _facts(payment: Payment) -> dict[str, Any]:
    return {
        "identifier": text_of(payment.identifier),
        "amount": f"{payment.amount:f}",
        "currency": text_of(payment.currency),
        "mode": payment.mode.value,
        "merchant": payment.merchant,
    }


def _token_of(redirect_url: str) -> str:
    return parse_qs(urlsplit(redirect_url).query).get("payment_trx", [""])[0]


def _query(request: Request, name: str) -> str | None:
    return parse_qs(request.query, max_num_fields=100).get(name, [None])[0]


def _form(request: Request) -> dict[str, str]:
    posted = read_post(request.body, request.headers.get("content-type", ""))
    return {
        name.decode("utf-8", "replace"): value.decode("utf-8", "replace")
        for name, value in posted.fields.items()
        if isinstance(value, bytes)
    }


def _json(document: dict[str, Any]) -> Response:
    # PHP's json_encode escapes slashes.
    return Response(HTTPStatus.OK, json.dumps(document).replace("/", "\\/").encode(), "application/json")


def _html(page: str, status: int, *form_targets: str) -> Response:
    return Response(status, page.encode(), "text/html; charset=utf-8", security_headers(*form_targets))


def _redirect(url: str) -> Response:
    location = url.encode("utf-8").decode("latin-1")
    return Response(HTTPStatus.SEE_OTHER, headers=(("Location", location), *security_headers()))


def _not_allowed(methods: str) -> Response:
    return Response(HTTPStatus.METHOD_NOT_ALLOWED, b"method not allowed\n", headers=(("Allow", methods),))
