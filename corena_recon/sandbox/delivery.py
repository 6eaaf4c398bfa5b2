"""Deliver notifications, to this machine alone: one POST each, no second try, no redirect followed.

The request's bytes are those of the gateway family's PHP: no User-Agent, ``Accept: */*``, headers in curl's
order. The answer is read and ignored, as the gateway does; it is only recorded.
"""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import closing, contextmanager, suppress
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from corena_recon.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corena_recon.sandbox.gateway import Notification
    from corena_recon.sandbox.mischief import Plan

_TIMEOUT_S = 10.0
_ANSWER_MAX_BYTES = 64 * 1024
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Delivery(NamedTuple):
    """One notification that was posted, or that was not.

    Attributes:
        url: Where to.
        body: What was posted.
        status: The HTTP status of the answer, or None.
        problem: Why there is no answer, or None.
    """

    url: str
    body: bytes
    status: int | None
    problem: str | None


class Courier:
    """Delivers plans and remembers what became of them.

    Args:
        delay_s: How long late ones wait, in seconds.
    """

    def __init__(self, *, delay_s: float) -> None:
        self._delay_s = delay_s
        self._lock = threading.Lock()
        self._deliveries: list[Delivery] = []
        self._behind_next: list[Notification] = []
        self._late: list[Notification] = []
        self._timers: list[threading.Timer] = []
        self._open: set[socket.socket] = set()
        self._is_stopped = False

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """What was posted so far, in order."""
        with self._lock:
            return tuple(self._deliveries)

    def dispatch(self, plan: Plan) -> None:
        """Deliver what is due now, then what waited for it; keep the rest."""
        with self._lock:
            if self._is_stopped:
                return
            due = [*plan.now, *self._behind_next]
            self._behind_next = list(plan.behind_next)
            if plan.late:
                self._late += plan.late
                timer = threading.Timer(self._delay_s, self._deliver_late, [plan.late])
                self._timers.append(timer)
                timer.start()
        for notification in due:
            self._deliver(notification)

    def release(self) -> None:
        """Deliver at once everything that waits."""
        with self._lock:
            due = [*self._behind_next, *self._late]
            self._behind_next, self._late = [], []
        for notification in due:
            self._deliver(notification)

    def stop(self) -> None:
        """End every delivery and thread; what still waits is not delivered."""
        with self._lock:
            self._is_stopped = True
            self._behind_next, self._late = [], []
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for timer in self._timers:
            timer.cancel()
            timer.join()

    def _deliver_late(self, late: tuple[Notification, ...]) -> None:
        for notification in late:
            with self._lock:
                is_due = notification in self._late
                if is_due:
                    self._late.remove(notification)
            if is_due:
                self._deliver(notification)

    def _deliver(self, notification: Notification) -> None:
        body = notification.body
        status, problem = None, None
        try:
            status = self._post(notification.url, body)
        except (OSError, HTTPException, ValueError) as error:
            problem = printable(f"{type(error).__name__}: {error}")[:200]
        with self._lock:
            self._deliveries.append(Delivery(notification.url, body, status, problem))

    def _post(self, url: str, body: bytes) -> int:
        parts = urlsplit(url)
        address = loopback_address(parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme])
        request = request_bytes(url, body)
        with socket.create_connection(address, _TIMEOUT_S) as connection, self._watched(connection):
            if parts.scheme == "http":
                return _exchange(connection, request)
            with _unverified_tls(connection, parts.hostname or "") as tls, self._watched(tls):
                return _exchange(tls, request)

    @contextmanager
    def _watched(self, connection: socket.socket) -> Iterator[None]:
        with self._lock:
            if self._is_stopped:
                raise ConnectionAbortedError("the sandbox is stopping")
            self._open.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)


def loopback_address(host: str, port: int) -> tuple[str, int]:
    """An address of the host on this machine.

    Raises:
        PermissionError: One of the host's addresses is elsewhere.
        OSError: The host has no address.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(address[0]) for *_, address in found]
    if not all(ip_address(address.partition("%")[0]).is_loopback for address in addresses):
        raise PermissionError(f"{host} is not this machine: the sandbox delivers to 127.0.0.1 alone")
    return addresses[0], port


def request_bytes(url: str, body: bytes) -> bytes:
    """The request as PHP's curl writes it."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2].removesuffix(f":{_DEFAULT_PORTS[parts.scheme]}")
    head = (
        f"POST {target} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    return head.encode() + body


def _unverified_tls(connection: socket.socket, host: str) -> ssl.SSLSocket:
    """The family's PHP turns certificate checks off; here the peer is this machine."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection, server_hostname=host)


def _exchange(connection: socket.socket, request: bytes) -> int:
    connection.sendall(request)
    with closing(HTTPResponse(connection, method="POST")) as response:
        response.begin()
        response.read(_ANSWER_MAX_BYTES)
        return response.status
