"""A raw-socket server on loopback that goes wrong in one chosen way, and counts the requests it got."""

from __future__ import annotations

import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from tests.conftest import required_program

if TYPE_CHECKING:
    from pathlib import Path

Behaviour = Callable[[socket.socket, "FaultServer"], None]


class FaultServer:
    """Accepts connections one after the other; each goes through ``behave``."""

    def __init__(self, behave: Behaviour, *, certificate: Path | None = None) -> None:
        self.requests: list[bytes] = []
        self.has_request = threading.Event()
        self.stopped = threading.Event()
        self._behave = behave
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._context: ssl.SSLContext | None = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate)
        self._thread = threading.Thread(target=self._serve)

    @property
    def url(self) -> str:
        scheme = "https" if self._context else "http"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def post_count(self) -> int:
        return sum(request.startswith(b"POST ") for request in self.requests)

    def read_request(self, connection: socket.socket) -> bytes:
        """One whole request, counted."""
        received = b""
        while b"\r\n\r\n" not in received:
            received += _some(connection)
        head, _, body = received.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        )
        while len(body) < length:
            body += _some(connection)
        self.requests.append(head + b"\r\n\r\n" + body)
        self.has_request.set()
        return body

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with suppress(OSError), connection:
                if self._context:
                    connection = self._context.wrap_socket(connection, server_side=True)
                with connection:
                    self._behave(connection, self)


def reset(connection: socket.socket) -> None:
    """Close with a RST instead of a FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def answering(body: bytes, *, status: str = "200 OK", headers: tuple[str, ...] = ()) -> Behaviour:
    """Read the request, then give this answer."""

    def behave(connection: socket.socket, server: FaultServer) -> None:
        server.read_request(connection)
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return behave


def dripping(beginning: bytes, drop: bytes) -> Behaviour:
    """Read the request, then send a byte at a time until the client or the test ends it."""

    def behave(connection: socket.socket, server: FaultServer) -> None:
        server.read_request(connection)
        connection.sendall(beginning)
        while not server.stopped.wait(0.02):
            connection.sendall(drop)

    return behave


def certified(folder: Path) -> Path:
    """A fresh key and a certificate for 127.0.0.1 that nobody has signed, in one file."""
    pem, certificate = folder / "self_signed.pem", folder / "self_signed.crt"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    subject = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    command = (required_program("openssl", "openssl"), "req", "-x509", *curve, "-days", "1", *subject)
    subprocess.run([*command, "-keyout", pem, "-out", certificate], check=True, capture_output=True)
    pem.write_bytes(pem.read_bytes() + certificate.read_bytes())
    return pem


def _some(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise OSError("the client went away")
    return piece
