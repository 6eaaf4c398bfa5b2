"""The sandbox as its users meet it: client, browser, shop, panel."""

from __future__ import annotations

import csv
import html
import io
import re
import threading
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from corena_recon import sandbox
from corena_recon.errors import GatewayRefused, OptionError
from corena_recon.gateway.client import PaymentClient
from corena_recon.gateway.events import EVENT_SENTENCES, Event
from corena_recon.gateway.http_server import HttpServer, Request, Response
from corena_recon.sandbox import Mischief, Sandbox
from corena_recon.signing.message import sign, signing_key
from tests.fault_server import FaultServer, answering, certified, dripping
from tests.gateway.test_client import PAYMENT
from tests.raw_http import exchange, ipn
from tests.waiting import WAIT_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202e\x1b[31m"


class Shop:
    """A shop's notification address on loopback, and what was posted to it."""

    def __init__(self) -> None:
        self.received: list[dict[str, str]] = []
        self.requests: list[Request] = []
        self.arrived = threading.Semaphore(0)
        self._server = HttpServer(self._receive, body_max_bytes=10_000).start()
        self.ipn_url = self._server.url + "/ipn"
        self.stop = self._server.stop

    def _receive(self, request: Request) -> Response:
        self.requests.append(request)
        self.received.append(dict(parse_qsl(request.body.decode())))
        self.arrived.release()
        return Response(302, headers=(("Location", self._server.url + "/elsewhere"),))


@contextmanager
def rehearsal(**options: Any) -> Iterator[tuple[Sandbox, Shop]]:
    shop = Shop()
    try:
        with sandbox.start(**{"seed": 1, **options}) as running:
            yield running, shop
    finally:
        shop.stop()


def initiated(running: Sandbox, shop: Shop, *, mode: str = "test", **changes: Any) -> str:
    """The checkout address of a new payment."""
    key = running.merchant.test_public_key if mode == "test" else running.merchant.live_public_key
    client = PaymentClient(key, mode=mode, allow_live=True, base_url=running.url)
    return client.initiate(**{**PAYMENT, "ipn_url": shop.ipn_url, **changes}).redirect_url


def get(url: str, **headers: str) -> tuple[int, str, str]:
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"GET {target} HTTP/1.1", f"Host: {headers.pop('host', parts.netloc)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    status, head, body = exchange(url, ("\r\n".join(lines) + "\r\n\r\n").encode())
    return status, head.decode(), body.decode()


def submit(url: str, **fields: str) -> tuple[int, str, str]:
    parts = urlsplit(url)
    octets = ipn(urlencode(fields).encode(), path=f"{parts.path}?{parts.query}")
    octets = octets.replace(b"Host: 127.0.0.1\r\n", f"Host: {parts.netloc}\r\n".encode())
    status, head, body = exchange(url, octets)
    return status, head.decode(), body.decode()


def hidden_field(page: str, name: str) -> str:
    match = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert match
    return html.unescape(match[1])


# Paying.


def test_a_paid_payment_is_notified_with_the_bytes_of_the_gateway_family() -> None:
    with rehearsal() as (running, shop):
        payment = running.pay(initiated(running, shop))
        secret = running.merchant.keys.secret_text("test").encode()
    signature = sign(secret, "11.00000000", "DFU80XZIKS")
    (request,) = shop.requests
    assert request.body.decode() == (
        f"status=success&signature={signature}&identifier=DFU80XZIKS&data%5Bpayment_trx%5D={payment.trx}"
        "&data%5Bamount%5D=11.00000000&data%5Bpayment_type%5D=checkout&data%5Bcurrency%5D=USD"
    )
    assert list(request.headers) == ["host", "accept", "content-length", "content-type"]
    assert re.fullmatch("[A-Z1-9]{12}", payment.trx)
    (delivery,) = running.deliveries
    assert (delivery.status, delivery.problem) == (302, None)


def test_the_whole_request_is_the_documented_one() -> None:
    with FaultServer(answering(b"ok")) as raw, sandbox.start(seed=1) as running:
        client = PaymentClient(running.merchant.test_public_key, base_url=running.url)
        running.pay(client.initiate(**{**PAYMENT, "ipn_url": raw.url + "/ipn.php?shop=7"}).redirect_url)
        host = urlsplit(raw.url).netloc
    (request,) = raw.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.decode() == (
        f"POST /ipn.php?shop=7 HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/x-www-form-urlencoded"
    )


@pytest.mark.parametrize(
    ("amount", "posted"),
    [
        ("0.00000001", "0.00000001"),
        ("1234567.5", "1234567.50000000"),
        (Decimal("1E+3"), "1000.00000000"),
        ("99999999999999999999.99999999", "99999999999999999999.99999999"),
    ],
)
def test_the_amount_is_posted_with_eight_decimals(amount: Any, posted: str) -> None:
    with rehearsal() as (running, shop):
        running.pay(initiated(running, shop, amount=amount))
    assert shop.received[0]["data[amount]"] == posted


def test_the_key_ring_verifies_live_and_test_and_what_came_before_new_keys() -> None:
    with rehearsal(merchants=("shop", "bazaar")) as (running, shop):
        before = initiated(running, shop, mode="live")
        running.pay(before)
        old_key = running.merchant.live_public_key
        running.regenerate_keys()
        running.pay(initiated(running, shop, mode="live"))
        running.pay(initiated(running, shop, mode="test"))
        with pytest.raises(GatewayRefused) as caught:
            PaymentClient(old_key, mode="live", allow_live=True, base_url=running.url).initiate(**PAYMENT)
        keys = running.merchant.key_ring()
        other_keys = running.merchants[1].key_ring()
    assert caught.value.messages == ("Invalid api key",)
    signers = [
        signing_key(keys, posted["data[amount]"], posted["identifier"], posted["signature"]) for posted in shop.received
    ]
    assert [signer and (signer.id, signer.mode) for signer in signers] == [
        ("shop-live-1", "live"),
        ("shop-live-2", "live"),
        ("shop-test-2", "test"),
    ]
    assert keys[0].valid_until == keys[2].valid_from
    assert {key.fingerprint() for key in keys}.isdisjoint({key.fingerprint() for key in other_keys})


def test_a_live_key_is_no_test_key() -> None:
    with rehearsal() as (running, _):
        client = PaymentClient(running.merchant.live_public_key, base_url=running.url)
        with pytest.raises(GatewayRefused, match="Invalid api key"):
            client.initiate(**PAYMENT)


def test_another_currency_is_refused_in_the_gateways_words() -> None:
    with rehearsal() as (running, shop), pytest.raises(GatewayRefused) as caught:
        initiated(running, shop, currency="EUR")
    assert caught.value.messages == ("Currency or gateway method not supported",)


def test_validation_messages_come_with_200_and_all_at_once() -> None:
    with rehearsal() as (running, _):
        status, head, body = submit(running.url + "/test/payment/initiate?", identifier="x" * 21, amount="0")
    assert status == 200
    assert "application/json" in head
    assert '"The public key field is required."' in body
    assert '"The identifier field must not be greater than 20 characters."' in body
    assert '"The amount field must be greater than 0."' in body
    assert '"The customer.first name field is required."' in body


def test_a_seed_gives_the_same_keys_and_ids_and_no_seed_does_not() -> None:
    def run(seed: int | None) -> tuple[str, ...]:
        with rehearsal(seed=seed) as (running, shop):
            payment = running.pay(initiated(running, shop))
            keys = running.merchant.keys
            return (payment.trx, payment.deposit_trx, payment.token, keys.secret_text("live"), keys.secret_text("test"))

    assert run(7) == run(7)
    assert set(run(None)).isdisjoint(run(None))
    assert set(run(7)).isdisjoint(run(8))


def test_keys_have_the_documented_length_and_secrets_are_not_shown() -> None:
    with rehearsal() as (running, shop):
        initiated(running, shop)
        keys = running.merchant.keys
        shown = repr((running, running.merchants, keys, running.merchant.key_ring(), running.payments))
        panel = get(running.url + "/panel")[2]
    assert len(running.merchant.test_public_key) == 50
    for mode in ("live", "test"):
        assert keys.secret_text(mode) not in shown
        assert keys.secret_text(mode) not in panel


# Mischief.


@pytest.mark.parametrize(
    ("mischief", "verdicts"),
    [
        ("none", ["genuine"]),
        ("drop", []),
        ("duplicate", ["genuine", "genuine"]),
        ("tamper", ["forged"]),
        ("replay", ["genuine", "genuine"]),
        ("forge", ["forged", "genuine"]),
        ("test_key", ["other mode"]),
    ],
)
def test_mischief_arrives_as_announced(mischief: str, verdicts: list[str]) -> None:
    with rehearsal(mischief=mischief) as (running, shop):
        running.pay(initiated(running, shop))
        keys = running.merchant.key_ring()

    def verdict(posted: dict[str, str]) -> str:
        key = signing_key(keys, posted["data[amount]"], posted["identifier"], posted["signature"])
        return "forged" if key is None else "genuine" if key.mode == "test" else "other mode"

    assert [verdict(posted) for posted in shop.received] == verdicts
    trxs = [posted["data[payment_trx]"] for posted in shop.received]
    assert (len(set(trxs)) < len(trxs)) == (mischief == "duplicate")


def test_a_reordered_notification_comes_behind_the_next_one() -> None:
    with rehearsal() as (running, shop):
        running.pay(initiated(running, shop, identifier="FIRST"), mischief="reorder")
        assert shop.received == []
        running.pay(initiated(running, shop, identifier="SECOND"))
        running.pay(initiated(running, shop, identifier="THIRD"))
    assert [posted["identifier"] for posted in shop.received] == ["SECOND", "FIRST", "THIRD"]


def test_a_delayed_notification_comes_by_itself_or_when_released_and_never_twice() -> None:
    with rehearsal(delay_s=0.05) as (running, shop):
        running.pay(initiated(running, shop), mischief="delay")
        assert shop.arrived.acquire(timeout=WAIT_S)
        running.release()
    assert len(shop.received) == 1
    with rehearsal(delay_s=600, mischief="delay") as (running, shop):
        running.pay(initiated(running, shop))
        running.pay(initiated(running, shop), mischief="reorder")
        assert shop.received == []
        running.release()
        running.release()
        assert len(shop.received) == 2


def test_stopping_ends_every_thread_and_what_waits_is_not_delivered() -> None:
    before = set(threading.enumerate())
    with rehearsal(delay_s=600, mischief="delay") as (running, shop):
        running.pay(initiated(running, shop))
    assert shop.received == []
    assert set(threading.enumerate()) == before


def test_a_forged_notification_can_be_asked_for_without_paying() -> None:
    with rehearsal() as (running, shop):
        checkout = initiated(running, shop)
        running.forge(checkout)
        assert running.payments[0].state == "initiated"
        (posted,) = shop.received
        keys = running.merchant.key_ring()
    assert posted["status"] == "success"
    assert signing_key(keys, posted["data[amount]"], posted["identifier"], posted["signature"]) is None


# Delivery.


@pytest.mark.parametrize(
    "ipn_url",
    ["http://192.0.2.1/ipn", "http://[2001:db8::1]/ipn", "http://0.0.0.0/ipn", "https://192.0.2.1/ipn"],
)
def test_nothing_is_delivered_to_another_machine(ipn_url: str) -> None:
    with rehearsal() as (running, shop):
        running.pay(initiated(running, shop, ipn_url=ipn_url))
        (delivery,) = running.deliveries
    assert delivery.status is None
    assert "not this machine" in str(delivery.problem)


def test_a_name_that_leads_elsewhere_too_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def two_addresses(_host: str, port: int, **_: Any) -> Any:
        return [(2, 1, 6, "", ("127.0.0.1", port)), (2, 1, 6, "", ("192.0.2.1", port))]

    with rehearsal() as (running, shop):
        checkout = initiated(running, shop, ipn_url="http://rebinding.test/ipn")
        monkeypatch.setattr("corena_recon.sandbox.delivery.socket.getaddrinfo", two_addresses)
        running.pay(checkout)
        (delivery,) = running.deliveries
    assert "not this machine" in str(delivery.problem)


def test_an_answer_is_ignored_and_nothing_is_sent_twice() -> None:
    for behave in (answering(b"", status="500 Internal Server Error"), answering(b"x" * 200_000), lambda *_: None):
        with FaultServer(behave) as raw, sandbox.start() as running:
            client = PaymentClient(running.merchant.test_public_key, base_url=running.url)
            running.pay(client.initiate(**{**PAYMENT, "ipn_url": raw.url}).redirect_url)
            assert len(running.deliveries) == 1
        assert raw.post_count <= 1


def test_stopping_ends_a_delivery_to_a_shop_that_drips() -> None:
    with FaultServer(dripping(b"HTTP/1.1 200 OK\r\nX: ", b"y")) as raw:
        running = sandbox.start()
        client = PaymentClient(running.merchant.test_public_key, base_url=running.url)
        checkout = client.initiate(**{**PAYMENT, "ipn_url": raw.url}).redirect_url
        paying = threading.Thread(target=running.pay, args=(checkout,))
        paying.start()
        raw.has_request.wait(20)
        running.stop()
        paying.join()
    assert not paying.is_alive()
    assert len(running.deliveries) == 1


def test_a_shop_with_its_own_certificate_is_reached_as_the_gateway_does(tmp_path: Path) -> None:
    with FaultServer(answering(b"ok"), certificate=certified(tmp_path)) as raw, sandbox.start() as running:
        client = PaymentClient(running.merchant.test_public_key, base_url=running.url)
        running.pay(client.initiate(**{**PAYMENT, "ipn_url": raw.url + "/ipn"}).redirect_url)
        assert running.deliveries[0].status == 200
    assert raw.post_count == 1


# The checkout page, as a browser meets it.


def test_a_payer_pays_on_the_page_and_is_led_back() -> None:
    with rehearsal() as (running, shop):
        checkout = initiated(running, shop, success_url="http://127.0.0.1:9/thanks?a=1&b=é")
        status, head, page = get(checkout)
        assert status == 200
        assert "11.00 USD" in page
        assert "TEST" in page
        token = hidden_field(page, "form_token")
        status, head, _ = submit(checkout, action="pay", form_token=token, mischief="duplicate")
        assert status == 303
        assert "Location: http://127.0.0.1:9/thanks?a=1&b=é" in head
        assert len(shop.received) == 2
        assert "already paid" in get(checkout)[2]
        assert submit(checkout, action="pay", form_token=token)[0] == 200
    assert len(shop.received) == 2


def test_a_payer_cancels_and_no_notification_is_sent() -> None:
    with rehearsal() as (running, shop):
        checkout = initiated(running, shop)
        token = hidden_field(get(checkout)[2], "form_token")
        status, head, _ = submit(checkout, action="cancel", form_token=token)
        assert "was cancelled" in get(checkout)[2]
    assert status == 303
    assert "Location: http://example.com/cancel_url.php" in head
    assert shop.received == []


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "pay"},
        {"action": "pay", "form_token": "guessed"},
        {"action": "pay", "form_token": "é"},
        {"action": "steal", "form_token": "TOKEN"},
        {"action": "pay", "form_token": "TOKEN", "mischief": "explode"},
        {},
    ],
)
def test_a_forged_or_broken_form_pays_nothing(fields: dict[str, str]) -> None:
    with rehearsal() as (running, shop):
        checkout = initiated(running, shop)
        token = hidden_field(get(checkout)[2], "form_token")
        fields = {name: value.replace("TOKEN", token) for name, value in fields.items()}
        assert submit(checkout, **fields)[0] == 403
        assert running.payments[0].state == "initiated"
    assert shop.received == []


def test_two_clicks_at_once_pay_once() -> None:
    with rehearsal() as (running, shop):
        checkout = initiated(running, shop)
        token = hidden_field(get(checkout)[2], "form_token")
        clicks = [
            threading.Thread(target=submit, args=(checkout,), kwargs={"action": "pay", "form_token": token})
            for _ in range(8)
        ]
        for click in clicks:
            click.start()
        for click in clicks:
            click.join()
    assert len(shop.received) == 1


def test_text_of_strangers_is_inert_on_every_page() -> None:
    with rehearsal(merchants=("shop", "<b>bazaar</b>&")) as (running, shop):
        hostile: dict[str, Any] = {
            "identifier": "<b>\"'&\u202e",
            "details": HOSTILE,
            "site_name": HOSTILE,
            "customer": {**PAYMENT["customer"], "first_name": HOSTILE, "last_name": HOSTILE},
            "success_url": "http://127.0.0.1/'onmouseover='alert(1)",
        }
        checkout = initiated(running, shop, **hostile)
        pages = [get(checkout), get(checkout + "&lang=fr"), get(running.url + "/panel"), get(running.url + "/")]
        running.pay(checkout)
        pages.append(get(checkout))
    for status, head, page in pages:
        assert status == 200
        assert not re.search(r"<(script|img|b)\b", page)
        assert "\u202e" not in page
        assert "\x1b" not in page
        assert "Content-Security-Policy: default-src 'none'; style-src 'sha256-" in head
        for name in ("script", "onerror", "onmouseover"):
            assert not re.search(rf"<[^>\"']*\b{name}=", page)


def test_the_page_speaks_french_and_english_and_is_light_or_dark() -> None:
    with rehearsal() as (running, shop):
        light, dark = initiated(running, shop), initiated(running, shop, checkout_theme="dark")
        pages = [
            get(light)[2],
            get(light, accept_language="fr-CD,fr;q=0.9,en;q=0.8")[2],
            get(dark + "&lang=fr")[2],
            get(light + "&lang=en", accept_language="fr")[2],
        ]
    assert [re.findall(r'<html lang="(..)"', page)[0] for page in pages] == ["en", "fr", "fr", "en"]
    assert [re.findall(r'<body class="(\w+)"', page)[0] for page in pages] == ["light", "light", "dark", "light"]
    assert "Payer</button>" in pages[1]
    assert "Pay</button>" in pages[0]
    assert all(page.count("<option") == len(Mischief) for page in pages)


@pytest.mark.parametrize(
    ("success_url", "origin"),
    [
        ("http://127.0.0.1:9/thanks", "http://127.0.0.1:9"),
        ("https://shop.example/x;y,z", "https://shop.example"),
        ("http://[::1]:9/", "http:"),
        ("https://user@shop.example/", "https:"),
        ("https://shop_x.example';script-src/", "https:"),
    ],
)
def test_the_policy_lets_a_form_lead_to_the_shop_alone(success_url: str, origin: str) -> None:
    with rehearsal() as (running, shop):
        _, head, _ = get(initiated(running, shop, success_url=success_url, cancel_url=success_url))
    assert f"form-action 'self' {origin}; base-uri 'none'" in head


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", ""])
def test_another_name_for_this_address_is_not_served(host: str) -> None:
    with rehearsal() as (running, _):
        assert get(running.url + "/panel", host=host)[0] == 421


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/nowhere", 404),
        ("/payment/checkout", 404),
        ("/payment/checkout?payment_trx=unknown", 404),
        ("/payment/initiate", 405),
        ("/test/payment/initiate", 405),
        ("/panel/export_everything.csv", 404),
        ("/panel/export_deposits.csv?merchant=nobody", 404),
        ("/", 200),
    ],
)
def test_other_addresses(target: str, status: int) -> None:
    with rehearsal() as (running, _):
        assert get(running.url + target)[0] == status


# The panel.


def test_the_exports_hold_the_paid_payments_under_a_transaction_id_of_their_own() -> None:
    with rehearsal() as (running, shop):
        first = running.pay(initiated(running, shop, mode="live", amount="1234.5"))
        second = running.pay(initiated(running, shop, mode="test", amount="0.005"))
        initiated(running, shop)
        running.cancel(initiated(running, shop))
        status, head, deposits = get(running.url + "/panel/export_deposits.csv?merchant=shop")
        _, _, live_alone = get(running.url + "/panel/export_deposits.csv?mode=live")
        transactions = running.ledger_csv("transactions")
        withdrawals = running.ledger_csv("withdrawals")
    assert status == 200
    assert 'filename="export_deposits.csv"' in head
    day = f"{first.settled_at:%d/%m/%Y}"
    header, *rows = csv.reader(io.StringIO(deposits))
    assert ",".join(header) == (
        "SL,Trx Number,Amount,Charge,Payment Charge,After Charge,Gateway Name,Method Currency,Date"
    )
    assert rows == [
        ["1", second.deposit_trx, "0.01 USD", "0.00 USD", "0.00 USD", "0.00 USD", "Sandbox", "USD", day],
        ["2", first.deposit_trx, "1,234.50 USD", "24.69 USD", "24.69 USD", "0.00 USD", "Sandbox", "USD", day],
    ]
    assert [row[1] for row in csv.reader(io.StringIO(live_alone))][1:] == [first.deposit_trx]
    assert transactions.splitlines()[0] == "SL,Trx Number,Trx Type,Amount,Charge,Post Charge,Details,Remark,Date"
    assert len(transactions.splitlines()) == 3
    assert withdrawals == "SL,Trx Number,Amount,Charge,After Charge,Gateway Name,Method Currency,Date\n"
    assert first.trx not in deposits + transactions


def test_new_keys_are_made_by_the_panels_own_form_alone() -> None:
    with rehearsal(merchants=("shop", "a&b")) as (running, _):
        url = f"{running.url}/panel?merchant={quote('a&b')}"
        before = running.merchants[1].test_public_key
        token = hidden_field(get(running.url + "/panel")[2], "panel_token")
        assert submit(url, panel_token="guessed")[0] == 403
        assert submit(url)[0] == 403
        assert submit(running.url + "/panel?merchant=nobody", panel_token=token)[0] == 403
        assert running.merchants[1].test_public_key == before
        assert submit(url, panel_token=token)[0] == 303
        assert running.merchants[1].test_public_key != before
        assert running.merchants[1].test_public_key in get(running.url + "/panel")[2]


def test_each_thing_that_happens_is_told() -> None:
    told: list[Event] = []
    with rehearsal(observer=told.append) as (running, shop):
        initiated(running, shop, identifier="A-1", amount="11")
        running.pay(initiated(running, shop, identifier="A-2", amount="12"), mischief="duplicate")
        running.cancel(initiated(running, shop, identifier="A-3"))
        with pytest.raises(GatewayRefused):
            initiated(running, shop, currency="ZZZ")
    assert [(event.code, event.facts.get("identifier")) for event in told] == [
        ("initiated", "A-1"),
        ("initiated", "A-2"),
        ("paid", "A-2"),
        ("delivered", "A-2"),
        ("delivered", "A-2"),
        ("initiated", "A-3"),
        ("cancelled", "A-3"),
        ("refused", None),
    ]
    assert told[2].facts["amount"] == "12.00000000"
    assert told[3].facts["status"] == 302
    assert told[-1].facts["messages"] == ["Currency or gateway method not supported"]
    assert all(EVENT_SENTENCES.say(event.code, "fr", **event.facts) for event in told)


def test_a_closed_port_leaves_a_trace_on_the_panel_and_with_who_watches() -> None:
    told: list[Event] = []
    with rehearsal(observer=told.append) as (running, shop):
        running.pay(initiated(running, shop, identifier="A-1"))
        shop.stop()
        running.pay(initiated(running, shop, identifier="<b>A-2"))
        panel = get(running.url + "/panel")[2]
    assert [event.code for event in told if event.code.endswith("delivered")] == ["delivered", "undelivered"]
    assert "Connection refused" in told[-1].facts["problem"]
    notifications = panel.partition("<h2>Notifications</h2>")[2]
    assert "✓ 302" in notifications
    assert "Connection refused" in notifications
    assert "&lt;b&gt;A-2" in notifications
    assert "<b>" not in notifications


# Wrong calls.


def test_one_merchant_and_one_currency_are_themselves_and_not_their_letters() -> None:
    with rehearsal(merchants="bazaar", currencies="CDF") as (running, shop):
        assert [merchant.name for merchant in running.merchants] == ["bazaar"]
        assert initiated(running, shop, currency="CDF").startswith(running.url)


def test_options_without_meaning_are_refused() -> None:
    for options in ({"merchants": ()}, {"merchants": ("a", "a")}, {"mischief": "explode"}, {"port": 70_000}):
        with pytest.raises(OptionError):
            sandbox.start(**options)
    with rehearsal() as (running, shop):
        checkout = initiated(running, shop)
        running.pay(checkout)
        for call in (
            lambda: running.pay(checkout),
            lambda: running.cancel(checkout),
            lambda: running.pay("http://127.0.0.1/payment/checkout?payment_trx=unknown"),
            lambda: running.pay(checkout, mischief="explode"),
            lambda: running.forge("unknown"),
            lambda: running.ledger_csv("everything"),
            lambda: running.ledger_csv(merchant="nobody"),
            lambda: running.regenerate_keys("nobody"),
            lambda: sandbox.start(port=int(running.url.rsplit(":", 1)[1])),
        ):
            with pytest.raises(OptionError):
                call()
