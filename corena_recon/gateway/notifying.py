"""One notification posted to a shop: one POST, no second try, no redirect followed.

The request's bytes are those of the gateway family's PHP: no User-Agent, ``Accept: */*``, headers in curl's order.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import AbstractContextManager, closing, nullcontext
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from corena_recon.errors import OptionError
from corena_recon.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

FORM_TYPE: Final = "application/x-www-form-urlencoded"
FAILURES: Final = (OSError, HTTPException, ValueError)
"""What keeps a notification from being posted, or its answer from being read."""

_TIMEOUT_S = 10.0
_REASON_MAX_CHARACTERS = 200
_ANSWER_MAX_BYTES = 64 * 1024
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Answer(NamedTuple):
    """What a shop answers.

    Attributes:
        status: The HTTP status.
        body: At most its first 64 KiB.
    """

    status: int
    body: bytes


class Handler(NamedTuple):
    """Where a shop takes notifications.

    Attributes:
        url: Its address.
        is_elsewhere: Whether it is on another machine than this.
    """

    url: str
    is_elsewhere: bool = False

    def post(self, body: bytes, *, content_type: str | None = None) -> Answer:
        """Posts one notification, as ``post`` does."""
        return post(self.url, body, content_type=content_type or FORM_TYPE, is_elsewhere=self.is_elsewhere)


def handler_at(option: str, url: object, host: object = None) -> Handler:
    """The handler on this machine, or on the host that is named twice.

    Args:
        option: As what its address was given.
        url: Its address.
        host: The host once more.

    Raises:
        OptionError: That is no such address, or the host is another machine and not named once more.
    """
    try:
        parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
        named, port = parts.hostname, parts.port
    except ValueError:
        named, port = None, None
    if not named or parts.scheme not in _DEFAULT_PORTS or parts.username is not None:
        raise OptionError(f"{option} is no address of a handler", hint="write it as in http://127.0.0.1:8080/ipn.php")
    try:
        loopback_address(named, port or 0)
    except PermissionError:
        if isinstance(host, str) and host.lower() == named:
            return Handler(parts.geturl(), is_elsewhere=True)
        raise OptionError(
            f"{printable(named)} is not this machine, and is not named twice",
            hint=f"give host={named!r} if notifications may be posted there",
        ) from None
    except OSError as error:
        raise OptionError(
            f"{printable(named)} has no address: {error.strerror or type(error).__name__}",
            hint=f"check its name; a host that is not this machine is named once more, too: host={named!r}",
        ) from None
    return Handler(parts.geturl())


def problem_of(error: Exception) -> str:
    """Why there is no answer, in the system's words where it has any, safe to show."""
    reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
    return printable(reason)[:_REASON_MAX_CHARACTERS]


def post(
    url: str,
    body: bytes,
    *,
    content_type: str = FORM_TYPE,
    is_elsewhere: bool = False,
    watched: Callable[[socket.socket], AbstractContextManager[object]] = nullcontext,
) -> Answer:
    """Posts one notification.

    Args:
        url: Where to.
        body: What is posted.
        content_type: What it is said to be.
        is_elsewhere: Whether the host may be another machine; its certificate is verified then. The family's PHP turns
            these checks off, and so does this on this machine.
        watched: Is entered with the connection, and again with the one over TLS, for as long as each is open.

    Raises:
        PermissionError: The host is not this machine, and may not be another.
        OSError: The host has no address, or the connection fails.
        HTTPException: The answer is no HTTP.
        ValueError: The URL has no meaning.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
    address = (host, port) if is_elsewhere else loopback_address(host, port)
    request = request_bytes(url, body, content_type=content_type)
    with socket.create_connection(address, _TIMEOUT_S) as connection, watched(connection):
        if parts.scheme == "http":
            return _exchange(connection, request)
        context = ssl.create_default_context() if is_elsewhere else _unverified()
        with context.wrap_socket(connection, server_hostname=host) as tls, watched(tls):
            return _exchange(tls, request)


def loopback_address(host: str, port: int) -> tuple[str, int]:
    """An address of the host on this machine.

    Raises:
        PermissionError: One of the host's addresses is elsewhere.
        OSError: The host has no address.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(address[0]) for *_, address in found]
    if not all(ip_address(address.partition("%")[0]).is_loopback for address in addresses):
        raise PermissionError(f"{host} is not this machine: notifications are posted to 127.0.0.1 alone")
    return addresses[0], port


def request_bytes(url: str, body: bytes, *, content_type: str = FORM_TYPE) -> bytes:
    """The request as PHP's curl writes it."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2].removesuffix(f":{_DEFAULT_PORTS[parts.scheme]}")
    head = (
        f"POST {target} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: {content_type}\r\n\r\n"
    )
    return head.encode() + body


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _exchange(connection: socket.socket, request: bytes) -> Answer:
    connection.sendall(request)
    with closing(HTTPResponse(connection, method="POST")) as response:
        response.begin()
        return Answer(status=response.status, body=response.read(_ANSWER_MAX_BYTES))
