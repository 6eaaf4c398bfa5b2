"""HTTP as bytes on a socket, for tests that need to send what no client would."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from tests.waiting import WAIT_S

IPN_BODY = (
    b"status=success&signature=FF78915E48DDE61A5699F41A3A3D28B94A34151B983EB37EFC8182B813B54349"
    b"&identifier=DFU80XZIKS&data%5Bpayment_trx%5D=AB12CD34EF56&data%5Bamount%5D=11.00000000"
    b"&data%5Bpayment_type%5D=checkout&data%5Bcurrency%5D=USD"
)
"""The very bytes that a gateway of the family posts, signed with ``test_secret``."""


def connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return socket.create_connection((parts.hostname, parts.port), timeout=WAIT_S)


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def exchange(url: str, octets: bytes) -> tuple[int, bytes, bytes]:
    """Status, head and body of the answer to exactly these bytes."""
    with connect(url) as connection:
        connection.sendall(octets)
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
    return int(head.split()[1]), head, body


def ipn(body: bytes = IPN_BODY, *, path: str = "/ipn", headers: str = "") -> bytes:
    """A request as the gateway's curl writes it."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\n{headers}\r\n"
    ).encode() + body
