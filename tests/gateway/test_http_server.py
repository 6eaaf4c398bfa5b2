"""The small server: what it refuses, what bounds it, and that slow senders harm nobody else."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from corena_recon.gateway.http_server import HttpServer, Request, Response
from tests.raw_http import connect, exchange, ipn, read_all

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def serving(requests: list[Request], **options: Any) -> Iterator[str]:
    def handle(request: Request) -> Response:
        requests.append(request)
        return Response(200, b"seen", headers=(("X-Length", str(len(request.body))),))

    server = HttpServer(handle, **{"body_max_bytes": 1000, **options}).start()
    try:
        yield server.url
    finally:
        server.stop()


def test_a_request_arrives_as_it_was_sent() -> None:
    requests: list[Request] = []
    with serving(requests) as url:
        octets = ipn(b"a=\xff\x00", path="//x/%2e?q=1&r=?#", headers="X-A: 1\r\nx-a:  2 \r\nX-B:\xe9\r\n")
        status, head, body = exchange(url, octets)
    assert (status, body) == (200, b"seen")
    assert b"X-Length: 4" in head
    assert b"Connection: close" in head
    (request,) = requests
    assert request[:3] == ("POST", "//x/%2e", "q=1&r=?#")
    assert request.headers == {
        "host": "127.0.0.1",
        "accept": "*/*",
        "content-length": "4",
        "content-type": "application/x-www-form-urlencoded",
        "x-a": "1, 2",
        "x-b": "Ã©",
    }
    assert request.remote_addr == "127.0.0.1"
    assert request.body == b"a=\xff\x00"


CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"POST / HTTP/1.1\r\n\r\n", 200),
        (b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nab", 200),
        (CHUNKED + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: 1\r\n\r\n", 200),
        (ipn(b"x" * 1000), 200),
        (ipn(b"x" * 1001), 413),
        (CHUNKED + b"3e8\r\n" + b"x" * 1000 + b"\r\n1\r\nx\r\n0\r\n\r\n", 413),
        (CHUNKED + b"fffffff\r\n", 413),
        (b"GET / HTTP/1.1\r\n\r\n", 405),
        (b"HEAD / HTTP/1.1\r\n\r\n", 405),
        (b"PUT / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", 405),
        (b"post / HTTP/1.1\r\n\r\n", 405),
        (b"BREW / HTTP/1.1\r\n\r\n", 405),
        # heads that two readers could read in two ways
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: +2\r\n\r\nab", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 0x2\r\n\r\nab", 400),
        (b"POST / HTTP/1.1\r\nContent-Length : 2\r\n\r\nab", 400),
        (b"POST / HTTP/1.1\r\nX: 1\r\n folded\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST /a b HTTP/1.1\r\n\r\n", 400),
        (b"POST /\r\n\r\n", 400),
        (b"POST / HTTP/2.0\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
        (CHUNKED + b"-1\r\n", 400),
        (CHUNKED + b"3\r\nabcXX", 400),
        (b"POST / HTTP/1.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", 431),
    ],
)
def test_what_is_taken_and_what_is_refused(octets: bytes, status: int) -> None:
    requests: list[Request] = []
    with serving(requests) as url:
        found, head, _ = exchange(url, octets)
        assert exchange(url, ipn())[0] == 200
    assert found == status
    assert len(requests) == (2 if status == 200 else 1)
    assert (b"Allow: POST" in head) == (status == 405)


def test_a_body_far_over_the_limit_is_answered_although_the_sender_reads_late() -> None:
    with serving([]) as url:
        assert exchange(url, ipn(b"x" * 12_000_000))[0] == 413


def test_100_continue_is_said_only_to_a_body_that_is_taken() -> None:
    with serving([]) as url, connect(url) as fitting, connect(url) as too_long:
        head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: "
        fitting.sendall(head + b"2\r\n\r\n")
        assert fitting.recv(1000).startswith(b"HTTP/1.1 100 ")
        fitting.sendall(b"ab")
        assert read_all(fitting).startswith(b"HTTP/1.1 200 ")
        too_long.sendall(head + b"1001\r\n\r\n")
        assert too_long.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_a_sender_that_breaks_off_leaves_no_request() -> None:
    requests: list[Request] = []
    with serving(requests) as url:
        with connect(url) as connection:
            connection.sendall(ipn()[:-10])
        with connect(url):
            pass
    assert requests == []


def test_a_slow_sender_runs_into_the_deadline_of_the_whole_request() -> None:
    requests: list[Request] = []
    stopped = threading.Event()
    with serving(requests, request_timeout_s=0.3) as url, connect(url) as connection:

        def drip() -> None:
            while not stopped.wait(0.02):
                connection.sendall(b"P")

        dripping = threading.Thread(target=_ignoring_oserror(drip))
        dripping.start()
        answer = connection.recv(1000)
        stopped.set()
        dripping.join()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert requests == []


def test_senders_that_hold_every_connection_make_room_for_quick_ones() -> None:
    requests: list[Request] = []
    with serving(requests, max_connections=4, request_timeout_s=60) as url, ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(connect(url)).sendall(b"POST / HT")
        assert exchange(url, ipn())[0] == 200
    assert len(requests) == 1


def test_a_handler_that_fails_is_a_500_without_its_inside() -> None:
    def fail(_request: Request) -> Response:
        raise ValueError("canary")

    server = HttpServer(fail, body_max_bytes=1000).start()
    try:
        status, head, body = exchange(server.url, ipn())
    finally:
        server.stop()
    assert status == 500
    assert b"canary" not in head + body


def test_a_header_cannot_be_split() -> None:
    server = HttpServer(
        lambda _request: Response(303, headers=(("Location", "/a\r\nX-Evil: 1\r\n\r\n<b>"),)),
        body_max_bytes=9,
    ).start()
    try:
        status, head, body = exchange(server.url, b"POST / HTTP/1.1\r\n\r\n")
    finally:
        server.stop()
    assert (status, body) == (303, b"")
    assert b"Location: /aX-Evil: 1<b>" in head


def test_stopping_ends_every_thread_also_with_senders_hanging() -> None:
    before = set(threading.enumerate())
    server = HttpServer(lambda _request: Response(200), body_max_bytes=9, request_timeout_s=600).start()
    with connect(server.url) as hanging:
        hanging.sendall(b"POST / ")
        assert exchange(server.url, b"POST / HTTP/1.1\r\n\r\n")[0] == 200
        server.stop()
    assert set(threading.enumerate()) == before
    with pytest.raises(OSError, match="refused"):
        connect(server.url)


def test_a_server_that_never_started_can_be_stopped() -> None:
    HttpServer(lambda _request: Response(200), body_max_bytes=9).stop()


def _ignoring_oserror(action: Any) -> Any:
    def run() -> None:
        try:
            action()
        except OSError:
            return

    return run
