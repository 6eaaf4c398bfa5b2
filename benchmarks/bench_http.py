"""The HTTP server of ``listen`` and of the sandbox beside the standard library's: quick senders, and slow ones.

Usage: python benchmarks/bench_http.py
"""

from __future__ import annotations

import select
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from corena_recon.gateway.http_server import HttpServer, Response

BODY = b"x" * 236
POST = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
UNENDED = POST[:40]
QUICK_POSTS = 4_000
SLOW_SENDERS = 400
PATIENCE_S = 15


class Own:
    name = "corena_recon"

    def __init__(self) -> None:
        self.server = HttpServer(lambda request: Response(200, request.body[:2]), body_max_bytes=1 << 20).start()
        self.port = int(self.server.url.rpartition(":")[2])

    def stop(self) -> None:
        self.server.stop()


class StandardLibrary:
    name = "http.server.ThreadingHTTPServer"

    def __init__(self) -> None:
        self.server = Quiet(("127.0.0.1", 0), Answering)
        self.server.socket.listen(1024)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.1}).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Nothing is printed."""


class Answering(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(body[:2])

    def log_message(self, *_: Any) -> None:
        """Nothing is logged."""


def answered_after_s(port: int) -> float:
    start_s = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(POST)
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
    assert b" 200 " in answer
    return time.perf_counter() - start_s


def measure(kind: type[Own | StandardLibrary]) -> list[str]:
    server = kind()
    start_s = time.perf_counter()
    with ThreadPoolExecutor(4) as senders:
        times_s = sorted(senders.map(answered_after_s, [server.port] * QUICK_POSTS))
    quick_s = time.perf_counter() - start_s
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(SLOW_SENDERS)]
    for connection in slow:
        connection.sendall(UNENDED)
    beside_slow_s = answered_after_s(server.port)
    time.sleep(PATIENCE_S)
    held = len(slow) - len(select.select(slow, [], [], 0)[0])
    server.stop()
    for connection in slow:
        connection.close()
    return [
        kind.name,
        f"{QUICK_POSTS / quick_s:,.0f}",
        f"{times_s[QUICK_POSTS * 99 // 100] * 1000:.1f}",
        f"{beside_slow_s:.2f}",
        f"{held:,}",
    ]


if __name__ == "__main__":
    print(
        f"| server | posts/s, 4 senders | 99 % within ms | answer beside {SLOW_SENDERS:,} slow senders, s "
        f"| of them held after {PATIENCE_S} s |\n|---|--:|--:|--:|--:|"
    )
    for kind in (Own, StandardLibrary):
        print(f"| {' | '.join(measure(kind))} |", flush=True)
