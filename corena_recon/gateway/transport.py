"""One POST to the gateway, sent once and never twice.

Trying again happens only where no byte of the request had left; once one has, every failure is
``OutcomeUnknown``. What the gateway answers is bounded in size and time, redirects are not followed, proxies
and credentials of the environment are not used, and TLS is always verified.
"""

from __future__ import annotations

import threading
import time
import zlib
from contextvars import ContextVar
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from corena_recon.errors import GatewayUnreachable, OutcomeUnknown
from corena_recon.gateway.parameters import broken_answer
from corena_recon.text import printable

if TYPE_CHECKING:
    import socket
    from types import TracebackType

RESPONSE_MAX_BYTES: Final = 1024 * 1024
"""How much of an answer is read, counted after decompression."""

_CONNECTION_TRIES = 2
_TRANSPORT_ERRORS = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)
_READ_BYTES = 16 * 1024
_BODY_ENCODINGS = {"", "identity", "gzip", "x-gzip", "deflate"}


def post_once(
    url: str, body: bytes, *, connect_timeout_s: float, read_timeout_s: float, deadline_s: float
) -> tuple[int, bytes]:
    """Post a urlencoded body and give the answer's status and decoded body.

    Args:
        url: An https address, or http on this machine.
        body: What is posted.
        connect_timeout_s: Seconds for one connection to be made.
        read_timeout_s: Longest silence, in seconds.
        deadline_s: Seconds for the whole call.

    Raises:
        GatewayUnreachable: No connection, or an unverified certificate. Nothing was sent.
        GatewayBroken: The answer is too large or wrongly compressed.
        OutcomeUnknown: The request was sent and no whole answer came back.
    """
    ends_at = time.monotonic() + deadline_s
    for tries_left in reversed(range(_CONNECTION_TRIES)):
        with _Sending(ends_at) as sending, _session() as session:
            try:
                answer = _exchange(session, url, body, (connect_timeout_s, read_timeout_s))
                sending.refuse_past_deadline()
            except _TRANSPORT_ERRORS as error:
                if sending.has_sent or sending.is_past_deadline or not tries_left:
                    raise _failure(url, sending, deadline_s, error) from error
            else:
                return answer
    raise AssertionError("unreachable")


def _exchange(session: requests.Session, url: str, body: bytes, timeouts_s: tuple[float, float]) -> tuple[int, bytes]:
    with session.post(
        url,
        data=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        timeout=timeouts_s,
        allow_redirects=False,
        stream=True,
    ) as response:
        return response.status_code, _capped_body(response)


def _failure(url: str, sending: _Sending, deadline_s: float, error: Exception) -> GatewayUnreachable | OutcomeUnknown:
    host = urlsplit(url).netloc
    cause = f"no whole answer within {deadline_s:g} s" if sending.is_past_deadline else _cause(error)
    if sending.has_sent:
        return OutcomeUnknown(
            f"a request was sent to {host} and its outcome is unknown: {cause}",
            hint="look in the merchant panel whether the payment exists before trying again",
        )
    return GatewayUnreachable(f"no request was sent to {host}: {cause}", hint="trying again is safe: nothing was sent")


def _cause(error: BaseException) -> str:
    innermost = error
    while innermost.__cause__ or innermost.__context__:
        innermost = innermost.__cause__ or innermost.__context__ or innermost
    text = getattr(innermost, "strerror", None) or getattr(innermost, "verify_message", None) or str(innermost)
    return printable(f"{type(innermost).__name__}: {text}")[:200]


class _Sending:
    """One try: whether any byte of the request has left, and the end of the connection at the deadline.

    Timeouts of a socket bound one silence, not the whole exchange: a server that drips defeats them. A timer
    therefore shuts the connection down, through a duplicate of its descriptor that stays valid while TLS
    wraps the original.
    """

    def __init__(self, ends_at: float) -> None:
        self.has_sent = False
        self.is_past_deadline = False
        self._lock = threading.Lock()
        self._watched: socket.socket | None = None
        self._timer = threading.Timer(max(0.0, ends_at - time.monotonic()), self._end)
        self._timer.daemon = True

    def watch(self, connection: socket.socket) -> None:
        with self._lock:
            self._watched = connection.dup()
        self.refuse_past_deadline()

    def begin(self) -> None:
        """Mark the moment before the first byte leaves; past the deadline none may."""
        with self._lock:
            if not self.is_past_deadline:
                self.has_sent = True
                return
        self.refuse_past_deadline()

    def refuse_past_deadline(self) -> None:
        """Fail past the deadline: an answer cut short by it can look like a whole one."""
        if self.is_past_deadline:
            raise TimeoutError("the deadline has passed")

    def __enter__(self) -> Self:
        self._token = _CURRENT.set(self)
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _CURRENT.reset(self._token)
        self._timer.cancel()
        with self._lock:
            if self._watched is not None:
                self._watched.close()
                self._watched = None

    def _end(self) -> None:
        with self._lock:
            self.is_past_deadline = True
            if self._watched is not None:
                try:
                    self._watched.shutdown(2)
                except OSError:
                    return


_CURRENT: ContextVar[_Sending] = ContextVar("corena_recon_sending")


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        connection = super()._new_conn()
        try:
            _CURRENT.get().watch(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def send(self, data: Any) -> None:  # noqa: ANN401 - the signature of http.client
        if self.sock is None:
            self.connect()
        _CURRENT.get().begin()
        super().send(data)


class _TlsConnection(_PlainConnection, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _OneShotAdapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - passed through
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.verify = True
    session.headers.clear()
    session.headers.update(
        {
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": "corena-recon",
        }
    )
    adapter = _OneShotAdapter(max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _capped_body(response: requests.Response) -> bytes:
    wire = b""
    while len(wire) <= RESPONSE_MAX_BYTES:
        piece = response.raw.read(_READ_BYTES, decode_content=False)
        if not piece:
            break
        wire += piece
    encoding = (response.headers.get("Content-Encoding") or "").strip().lower()
    if encoding not in _BODY_ENCODINGS:
        raise broken_answer("the gateway's answer is compressed in an unknown way", response.status_code, wire)
    body = wire if encoding in {"", "identity"} else _inflated(wire, response.status_code)
    if len(body) > RESPONSE_MAX_BYTES or len(wire) > RESPONSE_MAX_BYTES:
        raise broken_answer("the gateway's answer is over 1 MiB", response.status_code, body)
    return body


def _inflated(wire: bytes, status: int) -> bytes:
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        return inflater.decompress(wire, RESPONSE_MAX_BYTES + 1)
    except zlib.error:
        raise broken_answer("the gateway's answer is not the compression it claims", status, wire) from None
