"""The receiver: every POST that was answered with 200 is in the file, whatever happens to the process."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import subprocess
import sys
import threading
import wsgiref.util
import wsgiref.validate
from typing import TYPE_CHECKING, Any

import pytest

import corena_recon as cr
from corena_recon.chain import check_chain
from corena_recon.errors import OptionError
from corena_recon.gateway.capture_log import BODY_MAX_BYTES
from corena_recon.gateway.events import Event
from corena_recon.receiver import Receiver, app
from tests.fault_server import FaultServer, answering
from tests.raw_http import IPN_BODY, exchange, ipn
from tests.waiting import WAIT_S

if TYPE_CHECKING:
    from pathlib import Path


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "ipn-000001.jsonl").read_bytes().splitlines()]


def test_a_notification_is_stored_with_its_very_bytes(tmp_path: Path) -> None:
    with Receiver(tmp_path, endpoint="test") as receiver:
        octets = ipn(path="/ipn.php?shop=7", headers="Authorization: Basic canary\r\n")
        assert exchange(receiver.url, octets)[0] == 200
    (record,) = records(tmp_path)
    assert base64.b64decode(record["body_base64"]) == IPN_BODY
    assert record["seq"] == 1
    assert record["endpoint"] == "test"
    assert record["method"] == "POST"
    assert record["path"] == "/ipn.php"
    assert record["query"] == "shop=7"
    assert record["content_type"] == "application/x-www-form-urlencoded"
    assert record["headers"]["authorization"] == "(withheld)"
    assert record["remote_addr"] == "127.0.0.1"
    assert check_chain((tmp_path / "ipn-000001.jsonl").read_bytes().splitlines()) == "ok"


def test_junk_is_evidence_too_and_refusals_are_not_stored(tmp_path: Path) -> None:
    with Receiver(tmp_path) as receiver:
        assert exchange(receiver.url, ipn(b""))[0] == 200
        assert exchange(receiver.url, ipn(b"\x00\xff not a form"))[0] == 200
        assert exchange(receiver.url, b"GET /ipn HTTP/1.1\r\n\r\n")[0] == 405
        assert exchange(receiver.url, ipn(b"x" * (BODY_MAX_BYTES + 1)))[0] == 413
        assert exchange(receiver.url, ipn(b"x" * BODY_MAX_BYTES))[0] == 200
    assert [len(base64.b64decode(record["body_base64"])) for record in records(tmp_path)] == [
        0,
        13,
        BODY_MAX_BYTES,
    ]
    assert records(tmp_path)[0]["endpoint"] is None


def test_a_post_that_could_not_be_stored_is_not_answered_with_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with Receiver(tmp_path) as receiver:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fail)
            assert exchange(receiver.url, ipn())[0] == 503
        assert exchange(receiver.url, ipn())[0] == 200


def test_the_answer_comes_after_the_fsync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    may_sync, real_fsync, answers = threading.Event(), os.fsync, list[int]()

    def held_fsync(descriptor: int) -> None:
        may_sync.wait(WAIT_S)
        real_fsync(descriptor)

    with Receiver(tmp_path) as receiver:
        assert exchange(receiver.url, ipn())[0] == 200
        monkeypatch.setattr(os, "fsync", held_fsync)
        sender = threading.Thread(target=lambda: answers.append(exchange(receiver.url, ipn())[0]))
        sender.start()
        sender.join(0.3)
        assert answers == []
        may_sync.set()
        sender.join()
    assert answers == [200]


def test_what_is_stored_is_told_and_forwarded_with_its_very_bytes(tmp_path: Path) -> None:
    told: list[Event] = []
    has_forwarded = threading.Semaphore(0)

    def observe(event: Event) -> None:
        told.append(event)
        if "forwarded" in event.code:
            has_forwarded.release()

    octets = ipn(body=IPN_BODY + b"&x=\xff")
    with FaultServer(answering(b"", status="500 No")) as handler:
        with Receiver(tmp_path, forward_to=handler.url + "/ipn.php", observer=observe) as receiver:
            assert exchange(receiver.url, octets)[0] == 200
            assert has_forwarded.acquire(timeout=WAIT_S)
        url = handler.url
    with Receiver(tmp_path, forward_to=url, observer=observe) as receiver:
        assert exchange(receiver.url, octets)[0] == 200
        assert has_forwarded.acquire(timeout=WAIT_S)
    assert [request.partition(b"\r\n\r\n")[2] for request in handler.requests] == [IPN_BODY + b"&x=\xff"]
    assert [event.code for event in told] == ["stored", "forwarded", "stored", "not_forwarded"]
    assert told[0].facts == {
        "seq": 1,
        "path": "/ipn",
        "bytes": len(IPN_BODY) + 4,
        "status": "success",
        "identifier": "DFU80XZIKS",
        "amount": "11.00000000",
    }
    assert told[1].facts["status"] == 500
    assert "Connection refused" in told[3].facts["problem"]


def test_nothing_is_forwarded_to_another_machine(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="not this machine"):
        Receiver(tmp_path, forward_to="http://192.0.2.1/ipn")
    with pytest.raises(OptionError, match="forward_to is no address"):
        Receiver(tmp_path, forward_to="ipn.php")


def test_a_port_in_use_and_a_wrong_endpoint_are_told(tmp_path: Path) -> None:
    with Receiver(tmp_path / "one") as receiver:
        port = int(receiver.url.rsplit(":", 1)[1])
        with pytest.raises(OptionError, match="cannot be listened on"):
            Receiver(tmp_path / "two", port=port)
    with pytest.raises(OptionError, match="cannot be listened on"):
        Receiver(tmp_path, port=70_000)
    with pytest.raises(OptionError, match="endpoint"):
        Receiver(tmp_path, endpoint="sandbox")
    with pytest.raises(OptionError, match="endpoint"):
        app(tmp_path, endpoint="sandbox")


LISTEN = """
import sys, threading
from corena_recon.receiver import Receiver
with Receiver(sys.argv[1]) as receiver:
    print(receiver.url, flush=True)
    threading.Event().wait()
"""
SENDERS, ROUNDS, ACKNOWLEDGED_BEFORE_KILL = 8, 3, 150


def test_killed_at_any_moment_every_acknowledged_post_is_in_the_file(tmp_path: Path) -> None:
    acknowledged: list[bytes] = []
    for number in range(ROUNDS):
        acknowledged += _killed_while_receiving(tmp_path, number)
    lines = [line for file in sorted(tmp_path.iterdir()) for line in file.read_bytes().splitlines()]
    stored = [base64.b64decode(json.loads(line)["body_base64"]) for line in lines if _is_whole(line)]
    assert len(acknowledged) >= ROUNDS * ACKNOWLEDGED_BEFORE_KILL
    assert set(acknowledged) <= set(stored)
    assert len(stored) == len(set(stored))
    for file in tmp_path.iterdir():
        of_file = file.read_bytes().splitlines()
        torn_at = len(of_file) if not _is_whole(of_file[-1]) else None
        assert check_chain(of_file) == (f"broken at {torn_at}" if torn_at else "ok")


def _killed_while_receiving(folder: Path, round_number: int) -> list[bytes]:
    acknowledged: list[bytes] = []
    enough = threading.Event()
    with subprocess.Popen([sys.executable, "-c", LISTEN, folder], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()

        def send(sender: int) -> None:
            for number in range(100_000):
                body = b"identifier=R%dS%dN%d" % (round_number, sender, number)
                try:
                    status, _, _ = exchange(url, ipn(body))
                except (OSError, IndexError):
                    return
                assert status == 200
                acknowledged.append(body)
                if len(acknowledged) >= ACKNOWLEDGED_BEFORE_KILL:
                    enough.set()

        senders = [threading.Thread(target=send, args=(sender,)) for sender in range(SENDERS)]
        for sender in senders:
            sender.start()
        assert enough.wait(60)
        os.kill(process.pid, signal.SIGKILL)
        for sender in senders:
            sender.join()
    return acknowledged


def _is_whole(line: bytes) -> bool:
    try:
        return "chain" in json.loads(line)
    except ValueError:
        return False


# The same as a WSGI application, checked by the standard library's own validator.


def call_wsgi(application: Any, body: bytes = IPN_BODY, /, **environ: Any) -> tuple[str, dict[str, str], bytes]:
    answered: list[Any] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/ipn",
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "192.0.2.7",
        "wsgi.input": io.BytesIO(body),
        **environ,
    }
    wsgiref.util.setup_testing_defaults(environ)
    validated: Any = wsgiref.validate.validator(application)
    result = validated(environ, lambda *answer: answered.append(answer))
    content = b"".join(result)
    result.close()
    return answered[0][0], dict(answered[0][1]), content


def test_the_wsgi_application_stores_the_same_record(tmp_path: Path) -> None:
    with Receiver(tmp_path / "server", endpoint="live") as receiver:
        exchange(receiver.url, ipn(path="/shop/ipn%C3%A9?a=1", headers="Cookie: canary\r\n"))
    application = app(tmp_path / "wsgi", endpoint="live")
    status, headers, content = call_wsgi(
        application,
        SCRIPT_NAME="/shop",
        PATH_INFO="/ipnÃ©",
        QUERY_STRING="a=1",
        REMOTE_ADDR="127.0.0.1",
        HTTP_HOST="127.0.0.1",
        HTTP_ACCEPT="*/*",
        HTTP_COOKIE="canary",
    )
    assert (status, content) == ("200 OK", b"OK\n")
    assert headers["Content-Length"] == "3"
    (of_server,), (of_wsgi,) = records(tmp_path / "server"), records(tmp_path / "wsgi")
    for record in (of_server, of_wsgi):
        del record["received_at"], record["chain"]
    assert of_wsgi == of_server


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        ({"REQUEST_METHOD": "GET"}, "405 Method Not Allowed"),
        ({"CONTENT_LENGTH": "9999"}, "400 Bad Request"),
        ({"CONTENT_LENGTH": ""}, "200 OK"),
        ({"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}, "411 Length Required"),
    ],
)
def test_what_the_wsgi_application_refuses(tmp_path: Path, environ: dict[str, Any], status: str) -> None:
    assert call_wsgi(app(tmp_path), IPN_BODY, **environ)[0] == status
    assert len(list(tmp_path.iterdir())) == (status == "200 OK")


HOSTS = [
    # names it is known by, the header, the answer
    ((), "Host: anything.example", 200),
    (("shop.example", "127.0.0.1"), "Host: shop.example", 200),
    (("Shop.Example",), "Host: shop.EXAMPLE:8080", 200),
    (("[::1]",), "Host: [::1]:80", 200),
    ("shop.example", "Host: shop.example", 200),
    (("shop.example",), "Host: evil.example", 421),
    (("shop.example",), "Host: shop.example.evil.example", 421),
    (("shop.example",), "Host: shop.example\r\nHost: evil.example", 421),
    (("shop.example",), "Accept: */*", 421),
]


@pytest.mark.parametrize(("hosts", "header", "status"), HOSTS)
def test_requests_for_other_hosts_are_refused_where_hosts_are_named(
    tmp_path: Path, hosts: str | tuple[str, ...], header: str, status: int
) -> None:
    with Receiver(tmp_path, hosts=hosts) as receiver:
        assert exchange(receiver.url, ipn().replace(b"Host: 127.0.0.1", header.encode()))[0] == status
    assert len(list(tmp_path.iterdir())) == (status == 200)


def test_hosts_that_are_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="hosts holds what is no name"):
        Receiver(tmp_path, hosts=["shop.example", ""])


def test_the_longest_body_that_is_stored_is_read(tmp_path: Path) -> None:
    """Whatever else the request has, as far as a request's head goes."""
    headers = "X-Junk: " + "\x01" * 60_000 + "\r\n"
    body = IPN_BODY + b"&data[note]=" + b"x" * (BODY_MAX_BYTES - len(IPN_BODY) - 12)
    with Receiver(tmp_path) as receiver:
        assert exchange(receiver.url, ipn(body, headers=headers))[0] == 200
    read = cr.read_ipns(tmp_path)
    assert read["unreadable"].isna().all()
    assert len(read) == 1


def test_the_wsgi_application_reads_at_most_the_limit(tmp_path: Path) -> None:
    application = app(tmp_path)
    assert call_wsgi(application, b"x" * (BODY_MAX_BYTES + 1))[0] == "413 Content Too Large"
    assert call_wsgi(application, b"x" * BODY_MAX_BYTES)[0] == "200 OK"
    assert len(records(tmp_path)) == 1


def test_a_chunked_body_arrives_through_servers_that_end_the_input(tmp_path: Path) -> None:
    environ: dict[str, Any] = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    assert call_wsgi(app(tmp_path), IPN_BODY, **environ)[0] == "200 OK"
    assert base64.b64decode(records(tmp_path)[0]["body_base64"]) == IPN_BODY
