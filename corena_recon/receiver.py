"""Receive notifications: every POST becomes one line of a capture before it is answered with 200.

Nothing is judged here: a forged or unreadable POST is stored like any other, and verified later from the
archive. Every path is taken, so that the notification URL can be any. Bodies that reading would call too large (some
5.6 MiB) are answered with 413, bodies whose length nobody tells with 411, other methods with 405, requests for other
hosts with 421 where hosts are named, a POST that could not be stored with 503.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from corena_recon.errors import OptionError, OutputError
from corena_recon.gateway.capture_log import BODY_MAX_BYTES, Arrival, CaptureLog
from corena_recon.gateway.events import Event, Observer, nobody
from corena_recon.gateway.http_server import HttpServer, Request, Response
from corena_recon.gateway.notifying import FAILURES, Handler, handler_at, problem_of
from corena_recon.php import read_post
from corena_recon.text import text_of
from corena_recon.vocabulary import Mode

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable
    from types import TracebackType

_STATUS_LINES = {
    200: "200 OK",
    400: "400 Bad Request",
    405: "405 Method Not Allowed",
    411: "411 Length Required",
    413: "413 Content Too Large",
    503: "503 Service Unavailable",
}


class Receiver:
    """Listens for notifications and stores them; a context manager that starts and stops it.

    Args:
        folder: Where the capture files are.
        endpoint: ``live`` or ``test``, stored with every notification; None leaves it open.
        host: The address to listen on; the default takes nothing from other machines.
        port: The port; 0 takes a free one.
        hosts: The names by which senders know it; requests for any other host are refused. Any is taken by default,
            since a tunnel or a proxy may pass on the name that it has itself.
        request_timeout_s: Seconds for all bytes of one request.
        max_connections: How many are served at once; more wait.
        forward_to: A handler on this machine to which every stored notification is posted in turn, its very bytes,
            whatever becomes of that; None forwards nothing.
        observer: Is told of each notification, from the thread in which it is stored or forwarded.

    Raises:
        OptionError: The endpoint has no meaning, the address cannot be listened on, or the handler is elsewhere.
        OutputError: The folder cannot be made.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        endpoint: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        hosts: Iterable[str] = (),
        request_timeout_s: float = 10.0,
        max_connections: int = 256,
        forward_to: str | None = None,
        observer: Observer = nobody,
    ) -> None:
        self._endpoint = _usable_endpoint(endpoint)
        self._forward_to = None if forward_to is None else handler_at("forward_to", forward_to)
        self._forwarding = ThreadPoolExecutor(1, thread_name_prefix="corena_recon forward")
        self._observer = observer
        self.log = CaptureLog(folder)
        try:
            self._server = HttpServer(
                self._store,
                host=host,
                port=port,
                hosts=_usable_hosts(hosts),
                body_max_bytes=BODY_MAX_BYTES,
                request_timeout_s=request_timeout_s,
                max_connections=max_connections,
            )
        except OSError as error:
            raise OptionError(
                f"host and port cannot be listened on: {error.strerror}",
                hint="choose another port, or leave it out for a free one",
            ) from None

    @property
    def url(self) -> str:
        """The address to send notifications to; any path may follow."""
        return self._server.url

    def start(self) -> Self:
        """Begin to listen."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Answer what has arrived whole, then end every thread and close the file; what waits is not forwarded."""
        self._server.stop()
        self._forwarding.shutdown(cancel_futures=True)
        self.log.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"Receiver(folder={str(self.log.folder)!r}, url={self.url!r})"

    def _store(self, request: Request) -> Response:
        arrival = Arrival(
            endpoint=self._endpoint,
            method=request.method,
            path=request.path,
            query=request.query,
            content_type=request.headers.get("content-type"),
            headers=request.headers,
            remote_addr=request.remote_addr,
            body=request.body,
        )
        facts = {"path": request.path, "bytes": len(request.body)}
        try:
            seq = self.log.append(arrival)
        except OutputError as error:
            self._observer(Event("not_stored", {**facts, "problem": error.message}))
            return Response(503, b"not stored\n")
        self._observer(Event("stored", {"seq": seq, **facts, **_posted_texts(arrival)}))
        if self._forward_to is not None:
            self._forwarding.submit(self._forward, self._forward_to, seq, arrival)
        return Response(200, b"stored\n")

    def _forward(self, handler: Handler, seq: int, arrival: Arrival) -> None:
        facts, began_s = {"seq": seq, "url": handler.url}, time.monotonic()
        try:
            answer = handler.post(arrival.body, content_type=arrival.content_type)
        except FAILURES as error:
            problem = problem_of(error)
            self._observer(Event("not_forwarded", {**facts, "problem": problem}))
            return
        took_ms = round((time.monotonic() - began_s) * 1000)
        self._observer(Event("forwarded", {**facts, "status": answer.status, "milliseconds": took_ms}))


def _posted_texts(arrival: Arrival) -> dict[str, str]:
    """What a notification says of itself, unverified; empty texts where it says nothing."""
    posted = read_post(arrival.body, arrival.content_type or "").fields
    data = posted.get(b"data")
    values = {**posted, b"amount": data.get(b"amount") if isinstance(data, dict) else None}
    texts = {name: values.get(name.encode()) for name in ("status", "identifier", "amount")}
    return {name: text_of(value) if isinstance(value, bytes) else "" for name, value in texts.items()}


def app(
    folder: str | os.PathLike[str], *, endpoint: str | None = None
) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """A WSGI application that does the same behind a real server, in any number of threads and processes.

    Args:
        folder: Where the capture files are, on a local disk.
        endpoint: ``live`` or ``test``, stored with every notification; None leaves it open.

    Raises:
        OptionError: The endpoint has no meaning.
        OutputError: The folder cannot be made.
    """
    known_endpoint = _usable_endpoint(endpoint)
    log = CaptureLog(folder)

    def capture(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, headers = _captured(environ, log, known_endpoint), [("Content-Type", "text/plain")]
        if status == 405:
            headers.append(("Allow", "POST"))
        line = _STATUS_LINES[status]
        body = line.partition(" ")[2].encode() + b"\n"
        start_response(line, [*headers, ("Content-Length", str(len(body)))])
        return [body]

    return capture


def _captured(environ: dict[str, Any], log: CaptureLog, endpoint: str | None) -> int:
    if environ["REQUEST_METHOD"] != "POST":
        return 405
    is_chunked = not environ.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" in environ
    if is_chunked and not environ.get("wsgi.input_terminated"):
        # Where it ends cannot be told.
        return 411
    try:
        body = _wsgi_body(environ)
    except (ValueError, OSError):
        return 400
    if len(body) > BODY_MAX_BYTES:
        return 413
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    arrival = Arrival(
        endpoint=endpoint,
        method="POST",
        path=quote(path, safe="/:@!$&'()*+,;=~", encoding="latin-1") or "/",
        query=environ.get("QUERY_STRING", ""),
        content_type=environ.get("CONTENT_TYPE") or None,
        headers=_wsgi_headers(environ),
        remote_addr=environ.get("REMOTE_ADDR", ""),
        body=body,
    )
    try:
        log.append(arrival)
    except OutputError:
        return 503
    return 200


def _wsgi_body(environ: dict[str, Any]) -> bytes:
    """At most one byte over the limit; raises where the sender broke off or gave a length that is none."""
    stream, length = environ["wsgi.input"], environ.get("CONTENT_LENGTH") or ""
    if not length:
        is_terminated = environ.get("wsgi.input_terminated", False)
        return _read(stream, BODY_MAX_BYTES + 1) if is_terminated else b""
    if not (length.isascii() and length.isdigit()):
        raise ValueError("Content-Length is no number")
    body = _read(stream, min(int(length), BODY_MAX_BYTES + 1))
    if len(body) < min(int(length), BODY_MAX_BYTES + 1):
        raise ValueError("the body is shorter than its length says")
    return body


def _read(stream: Any, size_bytes: int) -> bytes:  # noqa: ANN401 - any WSGI input stream
    pieces, missing_bytes = [], size_bytes
    while missing_bytes and (piece := stream.read(missing_bytes)):
        pieces.append(piece)
        missing_bytes -= len(piece)
    return b"".join(pieces)


def _wsgi_headers(environ: dict[str, Any]) -> dict[str, str]:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name, header in (("CONTENT_TYPE", "content-type"), ("CONTENT_LENGTH", "content-length")):
        if environ.get(name):
            headers[header] = environ[name]
    return headers


def _usable_hosts(hosts: Iterable[str]) -> tuple[str, ...]:
    names = (hosts,) if isinstance(hosts, str) else tuple(hosts)
    if not all(isinstance(name, str) and name for name in names):
        raise OptionError(
            "hosts holds what is no name", hint="give the names in the notification URL: hosts=['shop.example']"
        )
    return names


def _usable_endpoint(endpoint: str | None) -> str | None:
    if endpoint is not None and endpoint not in tuple(Mode):
        raise OptionError("endpoint is neither 'live' nor 'test'", hint="give endpoint='live' or endpoint='test'")
    return None if endpoint is None else Mode(endpoint).value
