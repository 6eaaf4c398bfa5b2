"""Stored notifications posted again: their very bytes, each once, whatever ends the run."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from corena_recon.command_line.main import main
from corena_recon.errors import OutputError, SourceError
from corena_recon.gateway.capture_log import Arrival, CaptureLog
from corena_recon.gateway.notifying import Handler
from corena_recon.gateway.resending import Resent, resend
from tests.fault_server import FaultServer, answering

if TYPE_CHECKING:
    from pathlib import Path

BODIES = [b"status=success&identifier=A-1&x=\xff%00", b"status=success&identifier=A-2", b"\x00 no form"]


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    log = CaptureLog(tmp_path / "capture")
    for body in BODIES:
        log.append(Arrival("test", "POST", "/ipn", "", "application/x-www-form-urlencoded", {}, "127.0.0.1", body))
    log.close()
    return tmp_path / "capture"


def posted(server: FaultServer) -> list[bytes]:
    return [request.partition(b"\r\n\r\n")[2] for request in server.requests]


def states(capture: Path, url: str, journal: Path | None, *identifiers: str) -> list[str]:
    told: list[Resent] = []
    resend([capture], Handler(url), identifiers=identifiers, journal=journal, observer=told.append)
    return [resent.state for resent in told]


def test_without_a_journal_nothing_is_posted(capture: Path) -> None:
    with FaultServer(answering(b"")) as server:
        assert states(capture, server.url, None) == ["would_be_sent"] * 3
        assert states(capture, server.url, None, "A-2") == ["would_be_sent"]
    assert server.requests == []


def test_each_is_posted_once_with_its_very_bytes(capture: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    with FaultServer(answering(b"")) as server:
        assert states(capture, server.url, journal, "A-2") == ["sent"]
        assert states(capture, server.url, journal) == ["sent", "sent_before", "sent"]
        assert states(capture, server.url, journal) == ["sent_before"] * 3
    assert posted(server) == [BODIES[1], BODIES[0], BODIES[2]]
    entries = [json.loads(line) for line in journal.read_bytes().splitlines()]
    assert [(entry["seq"], entry["state"], entry["status"]) for entry in entries] == [
        (2, "sent", 200),
        (1, "sent", 200),
        (3, "sent", 200),
    ]


def test_what_was_refused_or_cut_off_in_the_journal_is_posted_again(capture: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    statuses = iter(["500 No", "200 OK"])

    def behave(connection: socket.socket, server: FaultServer) -> None:
        answering(b"", status=next(statuses))(connection, server)

    with FaultServer(behave) as server:
        assert states(capture, server.url, journal, "A-1") == ["refused"]
        journal.write_bytes(journal.read_bytes() + b'{"at": "cut o')
        assert states(capture, server.url, journal, "A-1") == ["sent"]
        assert states(capture, server.url, journal, "A-1") == ["sent_before"]
    assert posted(server) == [BODIES[0]] * 2


def test_what_is_no_capture_or_no_journal_is_said_before_anything_is_posted(capture: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text('{"status": "success"}\n')
    with FaultServer(answering(b"")) as server:
        handler = Handler(server.url)
        with pytest.raises(SourceError, match=r"line 1 of .* is no stored notification"):
            resend([capture, other], handler, journal=tmp_path / "journal", observer=print)
        with pytest.raises(SourceError, match="cannot be read"):
            resend([tmp_path / "absent"], handler, journal=tmp_path / "journal", observer=print)
        for content in ('{"status": "success"}\n', "not a line of a journal"):
            other.write_text(content)
            with pytest.raises(OutputError, match="holds something else"):
                resend([capture], handler, journal=other, observer=print)
            assert other.read_text() == content
    assert server.requests == []


def test_the_command_shows_first_and_posts_with_a_journal(
    capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with FaultServer(answering(b"")) as server:
        words = ["resend", str(capture), "--to", server.url, "--identifier", "A-1"]
        assert main(words) == 0
        shown = capsys.readouterr()
        assert server.requests == []
        assert "would be sent" in shown.out
        assert "1 would be posted; nothing was" in shown.err
        assert main([*words, "--journal", str(tmp_path / "journal.jsonl"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["event"], told["seq"], told["status"]) == ("sent", 1, 200)
    assert main([*words, "--journal", str(tmp_path / "other.jsonl"), "--lang", "fr"]) == 1
    assert "échec" in capsys.readouterr().out
    assert main(["resend", str(capture), "--to", "http://192.0.2.1/"]) == 2
    assert "--host 192.0.2.1" in capsys.readouterr().err
