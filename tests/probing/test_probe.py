"""Handlers probed: the documentation's own sample and a careful one on real PHP, and some that answer in other ways."""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from corena_recon.command_line.main import main
from corena_recon.errors import InputError, OptionError
from corena_recon.gateway import notifying
from corena_recon.probing import ATTACKS, Probe, probe, trying
from corena_recon.probing.attacks import Order
from corena_recon.signing import Key, KeyRing
from tests.php_server import php_serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET = "the secret of a shop"
KEYS = KeyRing([Key(id="test", secret=SECRET, mode="test"), Key(id="live", secret="never used here", mode="live")])
TWO_TEST_KEYS = KeyRing([KEYS[0], Key(id="b", secret="another secret", mode="test")])
EVERY_CODE = {attack.code for attack in ATTACKS}
UNCHECKED_BY_THE_SAMPLE = {"amount_underpaid", "boundary_twin", "currency_other", "replayed", "trx_conflict"}


@contextlib.contextmanager
def serving(answer: Callable[[bytes], tuple[int, bytes]]) -> Iterator[str]:
    """The address of a handler that answers so."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/ipn"
        finally:
            server.shutdown()
            thread.join()


def probed_on_php(php: str, script: str, results: Path, identifier: str, secret: str = SECRET) -> Probe:
    shop = {"SECRET_KEY": secret, "MY_IDENTIFIER": identifier, "RESULT_FILE": str(results)}
    with php_serving(php, script, **shop) as url:
        return probe(
            f"{url}/{script}", KEYS, identifiers=[identifier], amount="11", public_key="test_1a2b3c", watch=results
        )


@pytest.mark.php
@pytest.mark.parametrize(
    ("identifier", "secret", "accepted"),
    [
        ("CMD-000071", SECRET, UNCHECKED_BY_THE_SAMPLE),
        ("71", SECRET, UNCHECKED_BY_THE_SAMPLE | {"identifier_number", "identifier_space"}),
        ("CMD-000071", "YOUR_SECRET_KEY", {"weak_key_placeholder"}),
        ("CMD-000071", "test_1a2b3c", {"weak_key_public"}),
        ("CMD-000071", "", {"weak_key_empty"}),
    ],
)
def test_what_the_documentations_sample_accepts(
    php: str, tmp_path: Path, identifier: str, secret: str, accepted: set[str]
) -> None:
    found = probed_on_php(php, "ipn_release.php", tmp_path / "released", identifier, secret)
    assert {*found.accepted} == accepted
    assert found.genuine.is_accepted is (secret == SECRET)
    assert found.is_conclusive
    assert {reply.code for reply in found.replies} | {*found.not_tried} == EVERY_CODE


@pytest.mark.php
def test_a_careful_handler_accepts_no_forgery(php: str, tmp_path: Path) -> None:
    found = probed_on_php(php, "ipn_careful.php", tmp_path / "released", "CMD-000071")
    assert found.genuine.is_accepted
    assert found.accepted == ()
    assert found.not_tried == ("identifier_number",)


def test_answers_tell_where_they_differ() -> None:
    def answer(body: bytes) -> tuple[int, bytes]:
        is_taken = b"failed" in body or (b"status=success" in body and b"CMD-2" in body and b"=11.00000000&" in body)
        return (200, b"thank you, payment %d" % len(body)) if is_taken else (400, b"no")

    with serving(answer) as url:
        found = probe(url, KEYS, identifiers=["CMD-1", "CMD-2"], amount="11.00")
    assert found.genuine.is_accepted
    assert found.accepted == ("status_failed",)
    assert found.not_tried == ("weak_key_public", "identifier_number", "replayed", "trx_conflict")
    assert "1 of 18 forgeries is accepted" in found.text()
    assert "accept the status success alone" in found.text()
    assert "acceptée" in found.text("fr")


def test_answers_that_do_not_tell_are_said_to() -> None:
    with serving(lambda _: (200, b"")) as url, pytest.raises(OptionError, match="answers do not tell"):
        probe(url, KEYS, identifiers=["CMD-1"], amount="11.00")


def test_a_handler_that_refuses_the_genuine_one_too_proves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ring = tmp_path / "keys.toml"
    ring.write_text(f'[[keys]]\nid = "t"\nmode = "test"\nsecret = "{SECRET}"\n')
    with serving(lambda _: (403, b"no")) as url:
        code = main(["probe", url, "--keys", str(ring), "--identifier", "A-1", "--amount", "11", "--lang", "fr"])
    printed = capsys.readouterr()
    assert code == 2
    assert "rien ne peut être dit" in printed.out


def test_the_command_says_what_is_accepted_and_writes_tests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ring = tmp_path / "keys.toml"
    ring.write_text(f'[[keys]]\nid = "t"\nmode = "test"\nsecret = "{SECRET}"\n')
    paid = tmp_path / "paid"

    def answer(body: bytes) -> tuple[int, bytes]:
        if b"status=success" in body:
            paid.write_bytes(paid.read_bytes() + b"x" if paid.exists() else b"x")
        return 200, b"OK"

    words = ["--keys", str(ring), "--identifier", "A-1", "--amount", "11", "--watch", str(paid)]
    with serving(answer) as url:
        code = main(["probe", url, *words, "--json", "--tests", str(tmp_path / "tests")])
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert code == 1
    assert told["genuine"]["is_accepted"] is True
    assert {*told["accepted"]} == EVERY_CODE - {*told["not_tried"]} - {
        "status_failed", "status_missing", "signature_true", "signature_zero",
    }  # fmt: skip
    assert {*told["not_tried"]} == {"weak_key_public", "identifier_number"}
    assert SECRET not in printed.out + printed.err
    assert all(SECRET not in file.read_text() for file in (tmp_path / "tests").iterdir())


def test_forgeries_leave_this_machine_only_where_the_host_is_named_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    posted: list[tuple[str, bool]] = []

    def elsewhere(host: str, _port: int) -> tuple[str, int]:
        raise PermissionError(host)

    def post(url: str, _body: bytes, *, content_type: str, is_elsewhere: bool) -> notifying.Answer:
        posted.append((url, is_elsewhere))
        return notifying.Answer(200 if len(posted) == 19 else 403, content_type.encode())

    monkeypatch.setattr(notifying, "loopback_address", elsewhere)
    monkeypatch.setattr(notifying, "post", post)
    monkeypatch.setattr(trying, "PAUSE_ELSEWHERE_S", 0.0)
    url = "https://shop.example/ipn"
    for host in (None, "shop.example.net", "127.0.0.1"):
        with pytest.raises(OptionError, match=r"host='shop\.example'"):
            probe(url, KEYS, identifiers=["A-1"], amount="11", host=host)
    assert posted == []
    found = probe(url, KEYS, identifiers=["A-1"], amount="11", host="Shop.example")
    assert posted == [(url, True)] * 19
    assert found.genuine.is_accepted


@pytest.mark.parametrize(
    ("url", "keys", "options", "words"),
    [
        ("shop.example/ipn", KEYS, {}, "no address of a handler"),
        ("ftp://127.0.0.1/ipn", KEYS, {}, "no address of a handler"),
        ("http://user:word@127.0.0.1/ipn", KEYS, {}, "no address of a handler"),
        ("http://127.0.0.1:99999/ipn", KEYS, {}, "no address of a handler"),
        ("http://127.0.0.1:9/ipn", KeyRing(KEYS[1]), {}, "holds no test keys"),
        (
            "http://127.0.0.1:9/ipn",
            TWO_TEST_KEYS,
            {},
            "holds 2 test keys",
        ),
        ("http://127.0.0.1:9/ipn", KEYS, {"amount": "0.01"}, "amount is no plain decimal above"),
        ("http://127.0.0.1:9/ipn", KEYS, {"amount": "1e3"}, "amount is no plain decimal above"),
        ("http://127.0.0.1:9/ipn", KEYS, {"identifiers": []}, "identifiers are none"),
        ("http://127.0.0.1:9/ipn", KEYS, {"identifiers": ["A" * 21]}, "identifiers are none"),
    ],
)
def test_what_has_no_meaning_is_refused_before_anything_is_posted(
    url: str, keys: KeyRing, options: dict[str, object], words: str
) -> None:
    with pytest.raises(OptionError, match=words):
        probe(url, keys, **{"identifiers": ["A-1"], "amount": "11", **options})  # type: ignore[arg-type]


def test_a_handler_that_does_not_answer_is_said_to() -> None:
    with pytest.raises(InputError, match="does not answer"):
        probe("http://127.0.0.1:9/ipn", KEYS, identifiers=["A-1"], amount="11")


def test_a_key_is_in_no_representation() -> None:
    order = Order(identifier="A", amount="11.00000000", currency="USD", secret=SECRET.encode())
    assert SECRET not in repr(order)
