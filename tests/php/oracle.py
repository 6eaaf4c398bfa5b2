"""Real PHP, asked what it reads and writes: ``$_POST`` of a body, ``http_build_query`` of an array."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.waiting import WAIT_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FOLDER = Path(__file__).parent
URLENCODED = b"application/x-www-form-urlencoded"

# Without php.ini, so that the built-in limits hold: 8M, 1000 variables, 64 levels.
_PLAIN_PHP = ("-n", "-d", "display_errors=0", "-d", "log_errors=0")
_WORKERS = 2


class Posted(NamedTuple):
    """One request: its content type (None: no such header) and its body."""

    content_type: bytes | None
    body: bytes


class PhpServer:
    """A running ``php -S``.

    Args:
        port: Where it listens on 127.0.0.1.
    """

    def __init__(self, port: int) -> None:
        self._port = port

    def post(self, posted: Posted) -> dict[bytes, Any]:
        """``$_POST`` as PHP fills it for one request: nested, in PHP's order, keys and values as bytes."""
        head = [b"POST / HTTP/1.1", b"Host: oracle", b"Content-Length: %d" % len(posted.body)]
        if posted.content_type is not None:
            head.append(b"Content-Type: " + posted.content_type)
        with socket.create_connection(("127.0.0.1", self._port), timeout=WAIT_S) as connection:
            connection.sendall(b"\r\n".join(head) + b"\r\n\r\n" + posted.body)
            answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        status, _, rest = answer.partition(b"\r\n")
        if b" 200 " not in status:
            raise RuntimeError(f"PHP answered {status!r} to {posted!r}"[:500])
        return _from_hexadecimal(json.loads(rest.partition(b"\r\n\r\n")[2]))

    def post_all(self, requests: Sequence[Posted]) -> list[dict[bytes, Any]]:
        """The same for many requests, several at a time, answers in order."""
        with ThreadPoolExecutor(max_workers=_WORKERS * 2) as pool:
            return list(pool.map(self.post, requests))


@contextlib.contextmanager
def serving(php: str) -> Iterator[PhpServer]:
    """Runs ``php -S`` on a free loopback port for the length of the block.

    Args:
        php: Path of the interpreter.
    """
    process = subprocess.Popen(
        [php, *_PLAIN_PHP, "-S", "127.0.0.1:0", str(FOLDER / "router.php")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PHP_CLI_SERVER_WORKERS": str(_WORKERS)},
        start_new_session=True,
    )
    assert process.stderr is not None
    with process.stderr as log:
        port = _announced_port(log)
        # The rest of its log is read away, or the full pipe would stop it.
        drain = threading.Thread(target=log.read, daemon=True)
        drain.start()
        try:
            yield PhpServer(port)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            drain.join()


def version(php: str) -> str:
    """The interpreter's version, such as ``8.2.36``."""
    return run(php, "echo PHP_VERSION;").decode()


def run(php: str, code: str) -> bytes:
    """What PHP prints when it runs the code."""
    return subprocess.run(
        [php, *_PLAIN_PHP], input=f"<?php {code}".encode(), capture_output=True, check=True, timeout=WAIT_S
    ).stdout


def http_build_queries(php: str, arrays: Sequence[str]) -> list[bytes]:
    """``http_build_query`` of arrays that are written as PHP source, all by one PHP process.

    Args:
        php: Path of the interpreter.
        arrays: PHP array literals.
    """
    calls = ",".join(f"http_build_query({array})" for array in arrays)
    return [query.encode() for query in json.loads(run(php, f"echo json_encode([{calls}]);"))]


def php_literal(value: Any) -> str:
    """A nested value as PHP source; every text byte by byte."""
    if isinstance(value, dict):
        return f"[{','.join(f'{php_literal(key)}=>{php_literal(inner)}' for key, inner in value.items())}]"
    if isinstance(value, list):
        return f"[{','.join(map(php_literal, value))}]"
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value).lower()
    octets = value if isinstance(value, bytes) else value.encode()
    return '"' + "".join(f"\\x{octet:02x}" for octet in octets) + '"'


def as_text(post: dict[bytes, Any]) -> dict[str, Any]:
    """A ``$_POST`` for JSON: every byte as the character of its number."""
    return {
        key.decode("latin-1"): as_text(value) if isinstance(value, dict) else value.decode("latin-1")
        for key, value in post.items()
    }


def from_text(post: dict[str, Any]) -> dict[bytes, Any]:
    """The reverse of ``as_text``."""
    return {
        key.encode("latin-1"): from_text(value) if isinstance(value, dict) else value.encode("latin-1")
        for key, value in post.items()
    }


class QueryCase(NamedTuple):
    """One line of the committed table of queries: an array and what PHP writes for it."""

    name: str
    array: Any
    query: bytes


def query_table() -> list[QueryCase]:
    """The committed table of queries."""
    table = json.loads((FOLDER / "http_build_query.json").read_text(encoding="utf-8"))
    return [QueryCase(case["id"], _unpaired(case["array"]), case["query"].encode()) for case in table["cases"]]


def _unpaired(value: Any) -> Any:
    if isinstance(value, dict) and "array" in value:
        return {key: _unpaired(inner) for key, inner in value["array"]}
    if isinstance(value, dict):
        return bytes.fromhex(value["bytes"])
    return [_unpaired(inner) for inner in value] if isinstance(value, list) else value


class PostCase(NamedTuple):
    """One line of the committed table: a request and what PHP made of it."""

    name: str
    posted: Posted
    post: dict[bytes, Any]


def post_table() -> list[PostCase]:
    """The committed table; bodies are written as texts with a number of repetitions."""
    table = json.loads((FOLDER / "post_table.json").read_text(encoding="utf-8"))
    return [
        PostCase(
            case["id"],
            Posted(
                None if case["content_type"] is None else case["content_type"].encode("latin-1"),
                b"".join(text.encode("latin-1") * count for text, count in case["body"]),
            ),
            from_text(case["post"]),
        )
        for case in table["cases"]
    ]


def _announced_port(log: Any) -> int:
    for line in log:
        announced = re.search(rb"\(http://127\.0\.0\.1:([0-9]+)\) started", line)
        if announced:
            return int(announced[1])
    raise RuntimeError("PHP's web server did not start")


def _from_hexadecimal(answer: dict[str, Any]) -> dict[bytes, Any]:
    return {
        bytes.fromhex(key): _from_hexadecimal(value) if isinstance(value, dict) else bytes.fromhex(value)
        for key, value in answer.items()
    }
