"""Deliver notifications, to this machine alone; answers are recorded and otherwise ignored, as the gateway does."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from corena_recon.gateway.events import Event, Observer
from corena_recon.gateway.notifying import FAILURES, post, problem_of
from corena_recon.text import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from corena_recon.sandbox.gateway import Notification
    from corena_recon.sandbox.mischief import Plan


class Delivery(NamedTuple):
    """One notification that was posted, or that was not.

    Attributes:
        url: Where to.
        body: What was posted.
        status: The HTTP status of the answer, or None.
        problem: Why there is no answer, or None.
        identifier: Of the payment, as posted.
        posted_at: When.
        took_s: How long the answer took, in seconds.
    """

    url: str
    body: bytes
    status: int | None
    problem: str | None
    identifier: str
    posted_at: datetime
    took_s: float


class Courier:
    """Delivers plans and remembers what became of them.

    Args:
        delay_s: How long late ones wait, in seconds.
        clock: Gives the current moment, with its zone.
        observer: Is told of each.
    """

    def __init__(self, *, delay_s: float, clock: Callable[[], datetime], observer: Observer) -> None:
        self._delay_s = delay_s
        self._clock = clock
        self._observer = observer
        self._lock = threading.Lock()
        self._deliveries: list[Delivery] = []
        self._behind_next: list[Notification] = []
        self._late: list[Notification] = []
        self._timers: list[threading.Timer] = []
        self._open: set[socket.socket] = set()
        self._is_stopped = False

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """What was posted so far, in order."""
        with self._lock:
            return tuple(self._deliveries)

    def dispatch(self, plan: Plan) -> None:
        """Deliver what is due now, then what waited for it; keep the rest."""
        with self._lock:
            if self._is_stopped:
                return
            due = [*plan.now, *self._behind_next]
            self._behind_next = list(plan.behind_next)
            if plan.late:
                self._late += plan.late
                timer = threading.Timer(self._delay_s, self._deliver_late, [plan.late])
                self._timers.append(timer)
                timer.start()
        for notification in due:
            self._deliver(notification)

    def release(self) -> None:
        """Deliver at once everything that waits."""
        with self._lock:
            due = [*self._behind_next, *self._late]
            self._behind_next, self._late = [], []
        for notification in due:
            self._deliver(notification)

    def stop(self) -> None:
        """End every delivery and thread; what still waits is not delivered."""
        with self._lock:
            self._is_stopped = True
            self._behind_next, self._late = [], []
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for timer in self._timers:
            timer.cancel()
            timer.join()

    def _deliver_late(self, late: tuple[Notification, ...]) -> None:
        for notification in late:
            with self._lock:
                is_due = notification in self._late
                if is_due:
                    self._late.remove(notification)
            if is_due:
                self._deliver(notification)

    def _deliver(self, notification: Notification) -> None:
        body, identifier = notification.body, text_of(notification.identifier)
        status, problem = None, None
        posted_at, began_s = self._clock(), time.monotonic()
        try:
            status = post(notification.url, body, watched=self._watched).status
        except FAILURES as error:
            problem = problem_of(error)
        took_s = time.monotonic() - began_s
        with self._lock:
            self._deliveries.append(Delivery(notification.url, body, status, problem, identifier, posted_at, took_s))
        facts = {"identifier": identifier, "url": notification.url}
        if problem is None:
            took = {"status": status, "milliseconds": round(took_s * 1000)}
            self._observer(Event("delivered", {**facts, **took}))
        else:
            self._observer(Event("undelivered", {**facts, "problem": problem}))

    @contextmanager
    def _watched(self, connection: socket.socket) -> Iterator[None]:
        with self._lock:
            if self._is_stopped:
                raise ConnectionAbortedError("the sandbox is stopping")
            self._open.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)
