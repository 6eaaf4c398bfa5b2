"""Stored notifications posted again: their very bytes, each once, with a journal of what became of them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from corena_recon.errors import OutputError
from corena_recon.gateway.capture_log import Captured, captured
from corena_recon.gateway.notifying import FAILURES, Handler, problem_of
from corena_recon.languages import Words
from corena_recon.php import read_post
from corena_recon.text import printable, text_of

RESENT_SENTENCES: Final = Words(
    "resent",
    {
        "would_be_sent": "number {seq} of {received_at}, {identifier}, {bytes} byte{bytes:|s}: not sent yet",
        "sent": "number {seq} of {received_at}, {identifier}: answered with {status} in {milliseconds} ms",
        "refused": "number {seq} of {received_at}, {identifier}: answered with {status} in {milliseconds} ms",
        "failed": "number {seq} of {received_at}, {identifier}: {problem}",
        "sent_before": "number {seq} of {received_at}, {identifier}: sent before, as the journal says",
    },
)
"""What became of each, by its state."""
RESENT_NAMES: Final = Words("resent_names", {state: state.replace("_", " ") for state in RESENT_SENTENCES.english})
"""What each state is called."""

_SUCCESSES: Final = range(200, 300)
_BEGINNING: Final = b'{"at": "'


class Resent(NamedTuple):
    """What became of one stored notification.

    Attributes:
        stored: The notification.
        identifier: As posted; empty where it has none.
        state: ``would_be_sent``, ``sent``, ``refused`` (the handler answered with an error), ``failed`` (there is no
            answer) or ``sent_before`` (the journal says so).
        status: The HTTP status of the answer, or None.
        problem: Why there is no answer, or None.
        took_s: How long the answer took, in seconds.
    """

    stored: Captured
    identifier: str
    state: str
    status: int | None = None
    problem: str | None = None
    took_s: float = 0.0

    @property
    def facts(self) -> dict[str, Any]:
        """What its sentence says, as JSON can hold it."""
        return {
            "seq": self.stored.seq,
            "received_at": self.stored.received_at,
            "identifier": self.identifier,
            "bytes": len(self.stored.body),
            "status": self.status,
            "problem": self.problem,
            "milliseconds": round(self.took_s * 1000),
        }


def resend(
    sources: Iterable[str | os.PathLike[str]],
    handler: Handler,
    *,
    identifiers: Collection[str] = (),
    journal: str | os.PathLike[str] | None = None,
    observer: Callable[[Resent], None],
) -> None:
    """Posts stored notifications again, or says which it would post.

    Args:
        sources: Capture files, or folders of them.
        handler: Where to.
        identifiers: These alone; all where there are none.
        journal: A file to which a line is added for each post, on disk before the next; what it says was answered with
            success by this handler is not posted again. None posts nothing.
        observer: Is told of each.

    Raises:
        SourceError: A source is no capture.
        OutputError: The journal cannot be read or written.
    """
    # What cannot be read is told before anything is posted.
    chosen = [
        (stored, identifier)
        for source in sources
        for stored in captured(source)
        if (identifier := _identifier_of(stored)) in identifiers or not identifiers
    ]
    if journal is None:
        for stored, identifier in chosen:
            observer(Resent(stored, identifier, "would_be_sent"))
        return
    kept = _Journal(Path(journal), handler.url)
    for stored, identifier in chosen:
        if kept.holds(stored):
            observer(Resent(stored, identifier, "sent_before"))
            continue
        resent = _posted(stored, identifier, handler)
        kept.add(resent)
        observer(resent)


def _identifier_of(stored: Captured) -> str:
    value = read_post(stored.body, stored.content_type or "").fields.get(b"identifier")
    return text_of(value) if isinstance(value, bytes) else ""


def _posted(stored: Captured, identifier: str, handler: Handler) -> Resent:
    began_s = time.monotonic()
    try:
        answer = handler.post(stored.body, content_type=stored.content_type)
    except FAILURES as error:
        problem = problem_of(error)
        return Resent(stored, identifier, "failed", None, problem, time.monotonic() - began_s)
    state = "sent" if answer.status in _SUCCESSES else "refused"
    return Resent(stored, identifier, state, answer.status, None, time.monotonic() - began_s)


class _Journal:
    """What was posted to one handler, and how it answered."""

    def __init__(self, path: Path, url: str) -> None:
        self._path = path
        self._url = url
        self._succeeded = set()
        try:
            content = path.read_bytes() if path.exists() else b""
            *lines, rest = content.split(b"\n")
            if rest and _BEGINNING.startswith(rest[: len(_BEGINNING)]):
                # What a crash cut off says of one post nothing more.
                os.truncate(path, len(content) - len(rest))
            elif rest:
                lines.append(rest)
            for line in lines:
                entry = json.loads(line)
                if entry["url"] == url and entry["state"] == "sent":
                    self._succeeded.add((entry["seq"], entry["sha256"]))
        except OSError as error:
            raise self._unusable(error.strerror or type(error).__name__) from None
        except (ValueError, KeyError, TypeError):
            raise self._unusable("it holds something else") from None

    def holds(self, stored: Captured) -> bool:
        return (stored.seq, _digest(stored)) in self._succeeded

    def add(self, resent: Resent) -> None:
        entry: dict[str, Any] = {
            "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            "url": self._url,
            "source": resent.stored.source,
            "seq": resent.stored.seq,
            "sha256": _digest(resent.stored),
            "identifier": resent.identifier,
            "state": resent.state,
            "status": resent.status,
            "problem": resent.problem,
        }
        try:
            with self._path.open("ab") as file:
                file.write(json.dumps(entry).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._unusable(error.strerror or type(error).__name__) from None

    def _unusable(self, why: str) -> OutputError:
        return OutputError(f"the journal {printable(str(self._path))} cannot be used: {why}")


def _digest(stored: Captured) -> str:
    return sha256(stored.body).hexdigest()
