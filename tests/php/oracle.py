"""Real PHP, asked what it reads: ``$_POST`` of a body, through PHP's own web server on the loopback interface."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

_ROUTER = Path(__file__).with_name("router.php")
# Without php.ini, so that the built-in limits hold: 8M, 1000 variables, 64 levels.
PLAIN_PHP = ("-n", "-d", "display_errors=0", "-d", "log_errors=0")
_WORKERS = 2
_ANSWER_TIMEOUT_S = 30.0


class Posted(NamedTuple):
    """One request: its content type (None: no such header) and its body."""

    content_type: bytes | None
    body: bytes


URLENCODED = b"application/x-www-form-urlencoded"


class PhpServer:
    """A running ``php -S``.

    Args:
        port: Where it listens on 127.0.0.1.
    """

    def __init__(self, port: int) -> None:
        self.port = port

    def post(self, posted: Posted) -> dict[bytes, Any]:
        """``$_POST`` as PHP fills it for one request: nested, in PHP's order, keys and values as bytes."""
        head = [b"POST / HTTP/1.1", b"Host: oracle", b"Content-Length: %d" % len(posted.body)]
        if posted.content_type is not None:
            head.append(b"Content-Type: " + posted.content_type)
        with socket.create_connection(("127.0.0.1", self.port), timeout=_ANSWER_TIMEOUT_S) as connection:
            connection.sendall(b"\r\n".join(head) + b"\r\n\r\n" + posted.body)
            answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        status, _, rest = answer.partition(b"\r\n")
        if b" 200 " not in status:
            raise RuntimeError(f"PHP answered {status!r} to {posted!r}"[:500])
        return _from_hexadecimal(json.loads(rest.partition(b"\r\n\r\n")[2]))

    def post_all(self, requests: Sequence[Posted]) -> list[dict[bytes, Any]]:
        """The same for many requests, several at a time, answers in order."""
        with ThreadPoolExecutor(max_workers=_WORKERS * 2) as pool:
            return list(pool.map(self.post, requests, chunksize=64))


@contextlib.contextmanager
def serving(php: str) -> Iterator[PhpServer]:
    """Runs ``php -S`` on a free loopback port for the length of the block.

    Args:
        php: Path of the interpreter.
    """
    process = subprocess.Popen(
        [php, *PLAIN_PHP, "-S", "127.0.0.1:0", str(_ROUTER)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PHP_CLI_SERVER_WORKERS": str(_WORKERS)},
        start_new_session=True,
    )
    try:
        yield PhpServer(_port(process))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stderr:
            process.stderr.close()


def version(php: str) -> str:
    """The interpreter's version, such as ``8.2.36``."""
    return _run(php, "echo PHP_VERSION;", b"").decode()


def http_build_queries(php: str, literals: Sequence[str]) -> list[bytes]:
    """``http_build_query`` of arrays that are written as PHP source, by one PHP process.

    Args:
        php: Path of the interpreter.
        literals: PHP array literals.
    """
    calls = ",".join(f"http_build_query({literal})" for literal in literals)
    answer = _run(php, f"echo json_encode([{calls}]);", b"")
    return [query.encode() for query in json.loads(answer)]


def _run(php: str, code: str, given: bytes) -> bytes:
    script = b"<?php " + code.encode()
    return subprocess.run(
        [php, *PLAIN_PHP], input=script + given, capture_output=True, check=True, timeout=60
    ).stdout


def _port(process: subprocess.Popen[bytes]) -> int:
    """The port from PHP's own announcement; its further log lines are read away so that it never blocks."""
    assert process.stderr is not None
    for line in process.stderr:
        announced = re.search(rb"\(http://127\.0\.0\.1:([0-9]+)\) started", line)
        if announced:
            ThreadPoolExecutor(max_workers=1).submit(lambda: [None for _ in process.stderr or ()])
            return int(announced[1])
    raise RuntimeError("PHP's web server did not start")


def _from_hexadecimal(answer: dict[str, Any]) -> dict[bytes, Any]:
    return {
        bytes.fromhex(key): _from_hexadecimal(value) if isinstance(value, dict) else bytes.fromhex(value)
        for key, value in answer.items()
    }
