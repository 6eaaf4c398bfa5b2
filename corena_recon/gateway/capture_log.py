"""The capture form: one JSON line a POST, each chained to the line before it; how to write and to check it.

A line is the canonical JSON of its record: RFC 8785 for the values that occur here (names sorted, no white
space, UTF-8, shortest escapes; text, integers and null, never a fraction). ``chain`` is the hexadecimal
SHA-256 of the previous line's ``chain``, 64 zeros at a file's first, followed by this line's canonical JSON
without ``chain``. ``seq`` counts on from file to file. The chain shows a changed, missing or added line; who
can rewrite a whole file can rewrite its chain, and lines cut off at the end leave a chain that is whole: keep
the head of the log elsewhere to show that.

A file is only ever appended to. Where a crash left an unfinished line, that file stays as it is, its tail
reported by whoever reads it, and the next file of the folder begins a chain of its own.
"""

from __future__ import annotations

import base64
import json
import mmap
import os
import re
import sys
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from corena_recon.chain import GENESIS, Link, canonical_json, chain_of, link_of
from corena_recon.errors import OutputError, SourceError
from corena_recon.text import printable
from corena_recon.vocabulary import RECORD_MAX_BYTES

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_LINE_MAX_BYTES_BESIDE_BODY: Final = 512 * 1024
"""What a request's head of 64 KiB may become in JSON."""
BODY_MAX_BYTES: Final = (RECORD_MAX_BYTES - _LINE_MAX_BYTES_BESIDE_BODY) // 4 * 3
"""The longest body whose line is no longer than what reading takes for a record; some 5.6 MiB."""
WITHHELD: Final = "(withheld)"
"""What is stored in place of the value of a header that carries credentials."""
CREDENTIAL_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Headers whose values are withheld: no verdict rests on them, and an archive is handed to others."""

_FILE_NAME = re.compile(r"ipn-([0-9]{6,9})\.jsonl")


class Arrival(NamedTuple):
    """One POST as it came in.

    Attributes:
        endpoint: ``live``, ``test`` or None, as the receiver was told; never taken from the request.
        method: The request's method.
        path: The request's path, as sent.
        query: What followed the first question mark, without it.
        content_type: The header's value, or None.
        headers: Every header by its lower-case name; repeated ones are joined with a comma and a space.
        remote_addr: The address that connected; behind a proxy, the proxy's.
        body: The body's bytes.
    """

    endpoint: str | None
    method: str
    path: str
    query: str
    content_type: str | None
    headers: Mapping[str, str]
    remote_addr: str
    body: bytes


class Captured(NamedTuple):
    """One stored POST, read again.

    Attributes:
        source: The file.
        seq: Its number in the capture.
        received_at: When it came, as stored.
        content_type: The header's value, or None.
        body: Its very bytes.
    """

    source: str
    seq: int
    received_at: str
    content_type: str | None
    body: bytes


def captured(source: str | os.PathLike[str]) -> Iterator[Captured]:
    """Every stored POST of a capture file, or of all in a folder, in the order of their files.

    Raises:
        SourceError: There is no such file, or a line of it is no stored POST.
    """
    place = Path(source)
    try:
        files = (
            sorted(file for file in place.iterdir() if _FILE_NAME.fullmatch(file.name)) if place.is_dir() else [place]
        )
        for file in files:
            with file.open("rb") as lines:
                for number, line in enumerate(lines, 1):
                    yield _captured(str(file), number, line)
    except OSError as error:
        raise SourceError(f"{printable(str(place))} cannot be read: {error.strerror or type(error).__name__}") from None


class CaptureLog:
    """Appends arrivals to the newest ``ipn-NNNNNN.jsonl`` of a folder, durable before ``append`` returns.

    Threads that append at the same time share one write and one fsync. Processes take turns by a lock on the
    file, and each continues the chain where the last one left it. Nothing is opened before the first append,
    so that a web server may fork after it made the log.

    Args:
        folder: Where the files are; made when absent.
        clock: Gives the current moment, with its zone.

    Raises:
        OutputError: The folder cannot be made.
    """

    def __init__(
        self, folder: str | os.PathLike[str], *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.folder = Path(folder)
        self._clock = clock
        self._queue: list[_Waiting] = []
        self._queueing = threading.Lock()
        self._writing = threading.Lock()
        self._file: _OpenFile | None = None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"the folder {self.folder} cannot be made: {error.strerror}") from None

    @property
    def head(self) -> tuple[int, str] | None:
        """``seq`` and ``chain`` of the last line written here, to be kept elsewhere; None before any."""
        file = self._file
        return None if file is None else (file.seq, file.chain)

    def append(self, arrival: Arrival) -> int:
        """Store one arrival and give its ``seq``; on return it survives a crash of the machine.

        Raises:
            OutputError: It could not be stored; the POST must not be answered with success.
        """
        with self._queueing:
            waiting = _Waiting(arrival, self._clock())
            self._queue.append(waiting)
        with self._writing:
            if not waiting.is_settled:
                self._write_queued()
        if waiting.failure is not None:
            raise OutputError(
                f"a notification could not be stored in {self.folder}: {waiting.failure.strerror}"
            ) from waiting.failure
        return waiting.seq

    def close(self) -> None:
        """Close the file; a later append opens it again."""
        with self._writing:
            self._let_go()

    def _write_queued(self) -> None:
        with self._queueing:
            batch, self._queue = self._queue, []
        try:
            with self._locked_file() as file:
                file.append(batch)
        except OSError as error:
            self._let_go()
            for waiting in batch:
                waiting.failure = error
        for waiting in batch:
            waiting.is_settled = True

    @contextmanager
    def _locked_file(self) -> Iterator[_OpenFile]:
        while True:
            file = self._file or _OpenFile(self.folder)
            self._file = file
            with file.locked():
                if file.is_newest() and file.can_be_continued():
                    yield file
                    return
            self._let_go()

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class _Waiting:
    __slots__ = ("arrival", "failure", "is_settled", "received_at", "seq")

    def __init__(self, arrival: Arrival, received_at: datetime) -> None:
        self.arrival = arrival
        self.received_at = received_at
        self.seq = 0
        self.is_settled = False
        self.failure: OSError | None = None


class _OpenFile:
    """The newest file of a folder, and the end of its chain as this process last saw it."""

    def __init__(self, folder: Path) -> None:
        numbers = [int(match[1]) for file in folder.iterdir() if (match := _FILE_NAME.fullmatch(file.name))]
        self._number = max(numbers, default=1)
        self._folder = folder
        self.seq, self.chain = 0, GENESIS
        self._seen_bytes = -1
        self._path = _path(folder, self._number)
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        if not numbers:
            _sync_folder(folder)

    @contextmanager
    def locked(self) -> Iterator[None]:
        if sys.platform == "win32":
            yield
            return
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def is_newest(self) -> bool:
        """Whether another process has not begun the next file, and nobody has moved this one away."""
        try:
            is_in_place = os.path.samestat(self._path.stat(), os.fstat(self._descriptor))
        except FileNotFoundError:
            return False
        return is_in_place and not _path(self._folder, self._number + 1).exists()

    def can_be_continued(self) -> bool:
        """Find the end of the chain; behind a torn tail make the next file instead, and say no."""
        size_bytes = os.fstat(self._descriptor).st_size
        if size_bytes == self._seen_bytes:
            return True
        last, is_torn = _last_link(self._descriptor, size_bytes)
        if is_torn:
            _make(_path(self._folder, self._number + 1))
            return False
        if last is None:
            self.seq, self.chain = self._seq_of_earlier_files(), GENESIS
        else:
            self.seq, self.chain = last.seq, last.chain
        self._seen_bytes = size_bytes
        return True

    def append(self, batch: list[_Waiting]) -> None:
        lines = []
        seq, chain = self.seq, self.chain
        for waiting in batch:
            seq += 1
            record = _record(waiting.arrival, seq, waiting.received_at)
            chain = chain_of(chain, record)
            lines.append(canonical_json({**record, "chain": chain}) + b"\n")
            waiting.seq = seq
        self._write(b"".join(lines))
        self.seq, self.chain = seq, chain

    def close(self) -> None:
        with suppress(OSError):
            os.close(self._descriptor)

    def _write(self, octets: bytes) -> None:
        rest = memoryview(octets)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        os.fsync(self._descriptor)
        self._seen_bytes += len(octets)

    def _seq_of_earlier_files(self) -> int:
        for number in range(self._number - 1, 0, -1):
            with suppress(FileNotFoundError), _path(self._folder, number).open("rb") as file:
                last, _ = _last_link(file.fileno(), os.fstat(file.fileno()).st_size)
                if last is not None:
                    return last.seq
        return 0


def _record(arrival: Arrival, seq: int, received_at: datetime) -> dict[str, Any]:
    return {
        "seq": seq,
        "received_at": received_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "endpoint": arrival.endpoint,
        "method": arrival.method,
        "path": arrival.path,
        "query": arrival.query,
        "content_type": arrival.content_type,
        "headers": {name: WITHHELD if name in CREDENTIAL_HEADERS else value for name, value in arrival.headers.items()},
        "remote_addr": arrival.remote_addr,
        "body_base64": base64.b64encode(arrival.body).decode("ascii"),
    }


def _captured(source: str, number: int, line: bytes) -> Captured:
    try:
        record = json.loads(line)
        body = base64.b64decode(record["body_base64"], validate=True)
        return Captured(source, int(record["seq"]), str(record["received_at"]), record.get("content_type"), body)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SourceError(
            f"line {number} of {printable(source)} is no stored notification",
            hint="give files that corena-recon listen has written",
        ) from None


def _last_link(descriptor: int, size_bytes: int) -> tuple[Link | None, bool]:
    """The last line that can be read, and whether the file ends in anything else than a whole line."""
    if size_bytes == 0:
        return None, False
    with mmap.mmap(descriptor, size_bytes, access=mmap.ACCESS_READ) as content:
        end = size_bytes
        is_torn = content[-1:] != b"\n"
        while end > 0:
            start = content.rfind(b"\n", 0, end - 1) + 1
            link = link_of(content[start:end])
            if link is not None:
                return link, is_torn
            is_torn, end = True, start
    return None, True


def _path(folder: Path, number: int) -> Path:
    return folder / f"ipn-{number:06d}.jsonl"


def _make(path: Path) -> None:
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
