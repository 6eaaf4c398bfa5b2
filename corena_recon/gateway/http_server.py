"""A small HTTP server for this machine: requests as values in, responses as values out, everything bounded.

One request a connection. A request has one deadline for all of its bytes, so a sender that drips holds a
connection no longer than that; when all connections are taken, one that has been sending for over a second
makes room, so that slow senders cannot keep quick ones out. ``stop`` ends every thread.
"""

from __future__ import annotations

import errno
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_SLOW_AFTER_S = 1.0
_ANSWER_TIMEOUT_S = 10.0
_LINGER_MAX_BYTES = 64 * 1024 * 1024
_HEAD_MAX_BYTES = 64 * 1024
_BACKLOG = 1024
_PAUSE_S = 0.1
_REQUEST_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}) ([\x21-\x7e\x80-\xff]+) HTTP/1\.[01]")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", re.DOTALL)
_PORT = re.compile(r":[0-9]*\Z")
_LINE_END = re.compile(r"[\r\n]")


class Request(NamedTuple):
    """One whole request.

    Attributes:
        method: As sent.
        path: As sent, without the query.
        query: What followed the first question mark.
        headers: By lower-case name; repeated ones are joined with a comma and a space.
        remote_addr: The peer's address.
        body: Its bytes, without any transfer encoding.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    remote_addr: str
    body: bytes


class Response(NamedTuple):
    """What is answered.

    Attributes:
        status: The HTTP status.
        body: Its bytes.
        content_type: The header's value.
        headers: Further headers.
    """

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


class HttpServer:
    """Serves ``handle``, one thread a connection, until it is stopped.

    Args:
        handle: Gives the response to a whole request; called from several threads at once.
        host: The address to listen on.
        port: The port; 0 takes a free one.
        methods: Any other method is answered with 405.
        hosts: Requests for any other host are answered with 421; all are served when there is none.
        body_max_bytes: A longer body is answered with 413.
        request_timeout_s: Seconds for all bytes of one request.
        max_connections: How many are served at once; more wait.

    Raises:
        OSError: The address cannot be listened on.
    """

    def __init__(
        self,
        handle: Callable[[Request], Response],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        methods: tuple[str, ...] = ("POST",),
        hosts: Iterable[str] = (),
        body_max_bytes: int,
        request_timeout_s: float = 10.0,
        max_connections: int = 256,
    ) -> None:
        self._handle = handle
        self._methods = methods
        self._hosts = frozenset(known.lower() for known in hosts)
        self._body_max_bytes = body_max_bytes
        self._request_timeout_s = request_timeout_s
        self._max_connections = max_connections
        self._open: set[socket.socket] = set()
        self._sending_since_s: dict[socket.socket, float] = {}
        self._changed = threading.Condition()
        self._is_stopped = False
        if not 0 <= port <= 65535:
            raise OSError(errno.EINVAL, "there is no such port")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        self._listener.settimeout(_PAUSE_S)
        shown_host = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown_host}:{self._listener.getsockname()[1]}"
        self._workers = ThreadPoolExecutor(max_connections, thread_name_prefix="corena_recon http")
        self._acceptor = threading.Thread(target=self._accept, name="corena_recon http accept")

    def start(self) -> Self:
        """Begin to serve."""
        self._acceptor.start()
        return self

    def stop(self) -> None:
        """Finish the requests that are whole, drop the others, and end every thread."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
            for connection in self._sending_since_s:
                _shut(connection)
        if self._acceptor.ident is not None:
            self._acceptor.join()
        self._listener.close()
        self._workers.shutdown()

    def _accept(self) -> None:
        while True:
            try:
                connection, address = self._listener.accept()
            except OSError:
                with self._changed:
                    if self._is_stopped or self._changed.wait_for(lambda: self._is_stopped, _PAUSE_S):
                        return
                continue
            if not self._admit(connection):
                connection.close()
                return
            self._workers.submit(self._serve, connection, str(address[0]))

    def _admit(self, connection: socket.socket) -> bool:
        with self._changed:
            while len(self._open) >= self._max_connections and not self._is_stopped:
                self._drop_slowest()
                self._changed.wait(_PAUSE_S)
            if self._is_stopped:
                return False
            self._open.add(connection)
            self._sending_since_s[connection] = time.monotonic()
            return True

    def _drop_slowest(self) -> None:
        slowest = min(self._sending_since_s, key=self._sending_since_s.__getitem__, default=None)
        if slowest is not None and time.monotonic() - self._sending_since_s[slowest] > _SLOW_AFTER_S:
            del self._sending_since_s[slowest]
            _shut(slowest)

    def _serve(self, connection: socket.socket, remote_addr: str) -> None:
        try:
            with connection, suppress(OSError):
                reader = _Reader(connection, self._request_timeout_s)
                response = self._response(reader, connection, remote_addr)
                _answer(connection, response)
                if response.status >= HTTPStatus.BAD_REQUEST:
                    reader.linger()
        finally:
            with self._changed:
                self._open.discard(connection)
                self._sending_since_s.pop(connection, None)
                self._changed.notify()

    def _response(self, reader: _Reader, connection: socket.socket, remote_addr: str) -> Response:
        try:
            request = _read_request(reader, remote_addr, self._methods, self._hosts, self._body_max_bytes)
        except TimeoutError:
            return _plain(HTTPStatus.REQUEST_TIMEOUT)
        except _Refused as refusal:
            return _plain(refusal.status, self._methods)
        with self._changed:
            self._sending_since_s.pop(connection, None)
        try:
            return self._handle(request)
        except Exception:  # noqa: BLE001 - one request must not end the server, nor tell its inside
            return _plain(HTTPStatus.INTERNAL_SERVER_ERROR)


class _Refused(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Reader:
    """Reads a connection until one deadline."""

    def __init__(self, connection: socket.socket, timeout_s: float) -> None:
        self.connection = connection
        self._ends_at_s = time.monotonic() + timeout_s
        self._rest = b""

    def until(self, mark: bytes, *, limit_bytes: int, status: int) -> bytes:
        """What comes before the mark, which is taken away."""
        while mark not in self._rest:
            if len(self._rest) > limit_bytes:
                raise _Refused(status)
            self._rest += self._some()
        found, _, self._rest = self._rest.partition(mark)
        if len(found) > limit_bytes:
            raise _Refused(status)
        return found

    def exactly(self, length_bytes: int) -> bytes:
        """The next bytes, all of them."""
        pieces, missing_bytes = [self._rest], length_bytes - len(self._rest)
        while missing_bytes > 0:
            pieces.append(self._some())
            missing_bytes -= len(pieces[-1])
        octets = b"".join(pieces)
        self._rest = octets[length_bytes:]
        return octets[:length_bytes]

    def linger(self) -> None:
        """Read on: closing on unread bytes would reset the connection before the answer is read."""
        self.connection.shutdown(socket.SHUT_WR)
        read_bytes = 0
        while read_bytes < _LINGER_MAX_BYTES:
            read_bytes += len(self._some())

    def _some(self) -> bytes:
        remaining_s = self._ends_at_s - time.monotonic()
        if remaining_s <= 0:
            raise TimeoutError
        self.connection.settimeout(remaining_s)
        piece = self.connection.recv(256 * 1024)
        if not piece:
            raise ConnectionResetError
        return piece


def _read_request(
    reader: _Reader, remote_addr: str, methods: tuple[str, ...], hosts: frozenset[str], body_max_bytes: int
) -> Request:
    head = reader.until(b"\r\n\r\n", limit_bytes=_HEAD_MAX_BYTES, status=HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
    request_line, *lines = head.decode("latin-1").split("\r\n")
    parts = _REQUEST_LINE.fullmatch(request_line)
    if parts is None:
        raise _Refused(HTTPStatus.BAD_REQUEST)
    if parts[1] not in methods:
        raise _Refused(HTTPStatus.METHOD_NOT_ALLOWED)
    headers: dict[str, str] = {}
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header is None:
            raise _Refused(HTTPStatus.BAD_REQUEST)
        name = header[1].lower()
        headers[name] = f"{headers[name]}, {header[2]}" if name in headers else header[2]
    if hosts and _PORT.sub("", headers.get("host", "")).lower() not in hosts:
        raise _Refused(HTTPStatus.MISDIRECTED_REQUEST)
    path, _, query = parts[2].partition("?")
    return Request(parts[1], path, query, headers, remote_addr, _body(reader, headers, body_max_bytes))


def _body(reader: _Reader, headers: Mapping[str, str], limit_bytes: int) -> bytes:
    if "transfer-encoding" in headers:
        if "content-length" in headers or headers["transfer-encoding"].lower() != "chunked":
            raise _Refused(HTTPStatus.BAD_REQUEST)
        _continue(reader, headers)
        return _chunks(reader, limit_bytes)
    length = headers.get("content-length", "0")
    if not re.fullmatch("[0-9]{1,18}", length):
        raise _Refused(HTTPStatus.BAD_REQUEST)
    if int(length) > limit_bytes:
        raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    _continue(reader, headers)
    return reader.exactly(int(length))


def _continue(reader: _Reader, headers: Mapping[str, str]) -> None:
    if headers.get("expect", "").lower() == "100-continue":
        reader.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def _chunks(reader: _Reader, limit_bytes: int) -> bytes:
    chunks: list[bytes] = []
    total_bytes = 0
    while True:
        line = reader.until(b"\r\n", limit_bytes=1024, status=HTTPStatus.BAD_REQUEST)
        size = re.fullmatch(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?", line, re.DOTALL)
        if size is None:
            raise _Refused(HTTPStatus.BAD_REQUEST)
        total_bytes += int(size[1], 16)
        if total_bytes > limit_bytes:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if int(size[1], 16) == 0:
            break
        chunks.append(reader.exactly(int(size[1], 16)))
        if reader.exactly(2) != b"\r\n":
            raise _Refused(HTTPStatus.BAD_REQUEST)
    while reader.until(b"\r\n", limit_bytes=_HEAD_MAX_BYTES, status=HTTPStatus.BAD_REQUEST):
        continue
    return b"".join(chunks)


def _answer(connection: socket.socket, response: Response) -> None:
    headers = (
        ("Content-Type", response.content_type),
        ("Content-Length", str(len(response.body))),
        ("Connection", "close"),
        *response.headers,
    )
    head = f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
    head += "".join(f"{name}: {_LINE_END.sub('', value)}\r\n" for name, value in headers)
    connection.settimeout(_ANSWER_TIMEOUT_S)
    connection.sendall(head.encode("latin-1", "replace") + b"\r\n" + response.body)


def _plain(status: int, methods: tuple[str, ...] = ()) -> Response:
    headers = (("Allow", ", ".join(methods)),) if status == HTTPStatus.METHOD_NOT_ALLOWED else ()
    return Response(status, HTTPStatus(status).phrase.encode() + b"\n", headers=headers)


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
