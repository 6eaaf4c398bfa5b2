"""The client against a gateway that answers, and against one that goes wrong in every way we know."""

from __future__ import annotations

import gzip
import json
import pickle
import socket
import tracemalloc
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from corena_recon.errors import (
    GatewayBroken,
    GatewayError,
    GatewayRefused,
    GatewayUnreachable,
    OptionError,
    OutcomeUnknown,
)
from corena_recon.gateway.client import Initiated, PaymentClient
from tests.fault_server import Behaviour, FaultServer, answering, certified, dripping, reset
from tests.places import PHP_GATEWAY
from tests.waiting import WAIT_S

CHECKOUT = "http://127.0.0.1:9/payment/checkout?payment_trx=eyJpdiI6"
SUCCESS = json.dumps({"status": "success", "message": ["Payment initiated"], "redirect_url": CHECKOUT}).encode()
PAYMENT: dict[str, Any] = {
    "identifier": "DFU80XZIKS",
    "currency": "USD",
    "amount": "11",
    "gateway_methods": [],
    "details": "Purchase T-shirt",
    "ipn_url": "http://example.com/ipn_url.php",
    "cancel_url": "http://example.com/cancel_url.php",
    "success_url": "http://example.com/success_url.php",
    "site_name": "your_site_name",
    "site_logo": "http://yoursite.com/logo.png",
    "checkout_theme": "light",
    "customer": {
        "first_name": "John",
        "last_name": "Doe",
        "email": "joan@gmail.com",
        "mobile": "12345789",
    },
    "shipping_info": dict.fromkeys(
        ("address_one", "address_two", "area", "city", "sub_city", "state", "postcode", "country", "others"),
        "",
    ),
}
PAYMENT["billing_info"] = PAYMENT["shipping_info"]


def client_of(server: FaultServer, **options: Any) -> PaymentClient:
    return PaymentClient("your_public_key", base_url=server.url, **{"deadline_s": WAIT_S, **options})


def test_one_post_with_the_documented_bytes_gives_the_checkout_page() -> None:
    with FaultServer(answering(SUCCESS)) as server:
        initiated = client_of(server).initiate(**PAYMENT)
    assert initiated == Initiated(
        redirect_url=CHECKOUT,
        messages=("Payment initiated",),
        identifier="DFU80XZIKS",
        amount="11",
        currency="USD",
        mode="test",  # type: ignore[arg-type]
    )
    assert initiated.checkout_host == "127.0.0.1"
    (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"POST /test/payment/initiate HTTP/1.1"
    assert body == (PHP_GATEWAY / "initiate_body.txt").read_bytes()
    assert b"Content-Type: application/x-www-form-urlencoded" in head
    assert b"Content-Length: 966" in head


def test_live_goes_to_the_live_address() -> None:
    with FaultServer(answering(SUCCESS)) as server:
        client = client_of(server, mode="live", allow_live=True)
        assert client.initiate(**{**PAYMENT, "amount": Decimal("11.00")}).amount == "11.00"
    assert server.requests[0].startswith(b"POST /payment/initiate HTTP/1.1\r\n")


def test_bad_parameters_send_nothing() -> None:
    with FaultServer(answering(SUCCESS)) as server, pytest.raises(OptionError) as caught:
        client_of(server).initiate(**{**PAYMENT, "amount": 11.0, "currency": "usd"})
    assert list(caught.value.problems) == ["currency", "amount"]
    assert server.requests == []


def test_problems_are_told_in_a_language_that_there_is() -> None:
    client = PaymentClient("k")
    assert client.problems_of({}, language="fr")["amount"] == "est obligatoire"
    with pytest.raises(OptionError, match="language is neither 'en' nor 'fr'"):
        client.problems_of({}, language="de")


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "live"},
        {"mode": "sandbox"},
        {"deadline_s": 0},
        {"base_url": "http://corenapayme.com"},
        {"base_url": "http://192.168.1.1:8000"},
        {"base_url": "http://127.0.0.1.example.com"},
        {"base_url": "https://user:word@corenapayme.com"},
        {"base_url": "https://corenapayme.com/?x=1"},
        {"base_url": "https://corenapayme.com:x"},
        {"base_url": "https://corena\npayme.com"},
        {"base_url": "https://"},
        {"base_url": "file:///etc/passwd"},
        {"base_url": ""},
    ],
)
def test_options_without_meaning_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        PaymentClient("key", **options)


def test_the_key_is_not_shown() -> None:
    client = PaymentClient("pro_canary_public_key")
    assert repr(client) == "PaymentClient(mode='test', base_url='https://www.corenapayme.com')"


def never_answers(connection: socket.socket, server: FaultServer) -> None:
    server.stopped.wait(10)


# Faults: what the server does, what the caller gets, how many POSTs the server saw.


def reset_within_request(connection: socket.socket, server: FaultServer) -> None:
    connection.recv(10)
    reset(connection)


def reset_after_request(connection: socket.socket, server: FaultServer) -> None:
    server.read_request(connection)
    reset(connection)


def close_after_request(connection: socket.socket, server: FaultServer) -> None:
    server.read_request(connection)


def silence(connection: socket.socket, server: FaultServer) -> None:
    server.read_request(connection)
    server.stopped.wait(10)


def half_answer(connection: socket.socket, server: FaultServer) -> None:
    server.read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(SUCCESS) + SUCCESS[:20])


def half_answer_until_close(connection: socket.socket, server: FaultServer) -> None:
    server.read_request(connection)
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + SUCCESS[:20])


def endless(connection: socket.socket, server: FaultServer) -> None:
    server.read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(64):
        connection.sendall(b" " * 65536)


def no_http(connection: socket.socket, server: FaultServer) -> None:
    server.read_request(connection)
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


def bad_chunk(connection: socket.socket, server: FaultServer) -> None:
    server.read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")


def endless_headers(connection: socket.socket, server: FaultServer) -> None:
    server.read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000)


GZIP = ("Content-Encoding: gzip",)
FAST = {"deadline_s": 0.5}
FAULTS: list[tuple[str, Behaviour, dict[str, float], type[GatewayError], int]] = [
    ("reset within the request", reset_within_request, {}, OutcomeUnknown, 0),
    ("reset after the request", reset_after_request, {}, OutcomeUnknown, 1),
    ("closed after the request", close_after_request, {}, OutcomeUnknown, 1),
    ("silence", silence, {"read_timeout_s": 0.3}, OutcomeUnknown, 1),
    ("silence, long read timeout", silence, FAST, OutcomeUnknown, 1),
    ("half an answer", half_answer, {}, OutcomeUnknown, 1),
    ("half an answer, no length", half_answer_until_close, {}, GatewayBroken, 1),
    ("drips its status line", dripping(b"HTTP/1.1 200 ", b"O"), FAST, OutcomeUnknown, 1),
    ("drips a header", dripping(b"HTTP/1.1 200 OK\r\nX: ", b"y"), FAST, OutcomeUnknown, 1),
    (
        "drips its body",
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", b" "),
        FAST,
        OutcomeUnknown,
        1,
    ),
    ("drips a body without length", dripping(b"HTTP/1.0 200 OK\r\n\r\n", b" "), FAST, OutcomeUnknown, 1),
    ("drips 100 Continue", dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), FAST, OutcomeUnknown, 1),
    ("4 MiB", endless, {}, GatewayBroken, 1),
    ("gzip bomb", answering(gzip.compress(b" " * 50_000_000, 9), headers=GZIP), {}, GatewayBroken, 1),
    ("gzip that is none", answering(SUCCESS, headers=GZIP), {}, GatewayBroken, 1),
    ("unknown compression", answering(SUCCESS, headers=("Content-Encoding: br",)), {}, GatewayBroken, 1),
    ("empty answer", answering(b""), {}, GatewayBroken, 1),
    ("204", answering(b"", status="204 No Content"), {}, GatewayBroken, 1),
    ("HTML", answering(b"<html>Just a moment...</html>"), {}, GatewayBroken, 1),
    ("other JSON", answering(b'{"ok":true}'), {}, GatewayBroken, 1),
    ("500", answering(b"Server Error", status="500 Internal Server Error"), {}, GatewayBroken, 1),
    ("success with 500", answering(SUCCESS, status="500 Internal Server Error"), {}, GatewayBroken, 1),
    ("not HTTP", no_http, {}, OutcomeUnknown, 1),
    ("bad chunk", bad_chunk, {}, OutcomeUnknown, 1),
    ("a thousand headers", endless_headers, {}, OutcomeUnknown, 1),
    (
        "refusal",
        answering(b'{"status":"error","message":["Invalid api key"]}'),
        {},
        GatewayRefused,
        1,
    ),
]


@pytest.mark.parametrize(
    ("behave", "options", "error", "post_count"),
    [fault[1:] for fault in FAULTS],
    ids=[fault[0] for fault in FAULTS],
)
def test_a_fault_is_told_apart_and_never_sends_twice(
    behave: Behaviour, options: dict[str, float], error: type[GatewayError], post_count: int
) -> None:
    with FaultServer(behave) as server, pytest.raises(GatewayError) as caught:
        client_of(server, **options).initiate(**PAYMENT)
    assert type(caught.value) is error
    assert server.post_count == post_count
    assert "your_public_key" not in str(caught.value)
    assert caught.value.hint if error is not GatewayRefused else caught.value.messages
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
)
def test_a_redirect_is_not_followed(status: str) -> None:
    with FaultServer(answering(SUCCESS)) as elsewhere:
        location = f"Location: {elsewhere.url}/steal"
        with FaultServer(answering(SUCCESS, status=status, headers=(location,))) as server:
            with pytest.raises(GatewayBroken) as caught:
                client_of(server).initiate(**PAYMENT)
            assert server.post_count == 1
        assert elsewhere.requests == []
    assert caught.value.status == int(status[:3])


def test_a_gzip_bomb_is_not_inflated_beyond_the_limit() -> None:
    bomb = gzip.compress(b" " * 50_000_000, 9)
    with FaultServer(answering(bomb, headers=GZIP)) as server:
        tracemalloc.start()
        try:
            with pytest.raises(GatewayBroken, match="over 1 MiB"):
                client_of(server).initiate(**PAYMENT)
            _, peak_bytes = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak_bytes < 20_000_000


def test_a_gzipped_answer_of_honest_size_is_read() -> None:
    with FaultServer(answering(gzip.compress(SUCCESS), headers=GZIP)) as server:
        assert client_of(server).initiate(**PAYMENT).redirect_url == CHECKOUT


def test_a_refused_connection_says_that_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    client = PaymentClient("key", base_url=f"http://127.0.0.1:{port}")
    with pytest.raises(GatewayUnreachable, match="nothing was sent"):
        client.initiate(**PAYMENT)


def test_a_reset_on_connecting_is_seen_before_or_after_the_request_leaves() -> None:
    with FaultServer(lambda connection, _server: reset(connection)) as server:
        with pytest.raises((GatewayUnreachable, OutcomeUnknown)):
            client_of(server).initiate(**PAYMENT)
        assert server.post_count == 0


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certified(tmp_path_factory.mktemp("tls"))


def test_a_self_signed_certificate_is_refused_before_anything_is_sent(self_signed: Path) -> None:
    with (
        FaultServer(answering(SUCCESS), certificate=self_signed) as server,
        pytest.raises(GatewayUnreachable, match="certificate"),
    ):
        client_of(server).initiate(**PAYMENT)
    assert server.requests == []


def test_a_certificate_named_by_the_environment_does_not_count(
    self_signed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(self_signed))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(self_signed))
    with (
        FaultServer(answering(SUCCESS), certificate=self_signed) as server,
        pytest.raises(GatewayUnreachable),
    ):
        client_of(server).initiate(**PAYMENT)
    assert server.requests == []


def test_tls_that_never_shakes_hands_ends_at_the_deadline_with_nothing_sent() -> None:
    with FaultServer(never_answers) as server:
        client = PaymentClient("key", base_url=server.url.replace("http://", "https://"), deadline_s=0.3)
        with pytest.raises(GatewayUnreachable, match="nothing was sent"):
            client.initiate(**PAYMENT)
        server.stopped.set()


def test_proxies_and_credentials_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login canary password canary\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    with FaultServer(answering(SUCCESS)) as proxy, FaultServer(answering(SUCCESS)) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        client_of(server).initiate(**PAYMENT)
        assert proxy.requests == []
    assert b"Authorization" not in server.requests[0]


def test_a_connection_that_fails_once_is_made_again_and_the_request_is_sent_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, failures = socket.getaddrinfo, iter([True])

    def fail_once(*arguments: Any, **options: Any) -> Any:
        if next(failures, False):
            raise socket.gaierror(-3, "Temporary failure in name resolution")
        return real(*arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", fail_once)
    with FaultServer(answering(SUCCESS)) as server:
        assert client_of(server).initiate(**PAYMENT).redirect_url == CHECKOUT
    assert server.post_count == 1
