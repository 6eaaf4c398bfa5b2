"""What a form needs to rehearse offline: a sandbox, and a receiver for the sandbox's notifications."""

from __future__ import annotations

import threading
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from corena_recon.payment_form.words import words
from corena_recon.receiver import Receiver
from corena_recon.sandbox import start

if TYPE_CHECKING:
    import os

    from corena_recon.sandbox import Sandbox
    from corena_recon.vocabulary import Mode

_LOOK_S: Final = 0.5


class Rehearsal:
    """A sandbox with a receiver beside it; both serve on this machine until closed or until the program ends.

    Args:
        mode: Which endpoint's notifications are received.
        sandbox: A running sandbox, which stays its owner's to stop; one of its own when None.
        folder: Where notifications are stored; a temporary folder when None.

    Raises:
        OutputError: The folder cannot be made.
    """

    def __init__(self, mode: Mode, *, sandbox: Sandbox | None, folder: str | os.PathLike[str] | None) -> None:
        self._temporary = TemporaryDirectory(prefix="corena-recon-") if folder is None else None
        self.folder = folder if self._temporary is None else self._temporary.name
        self._receiver = Receiver(str(self.folder), endpoint=mode.value).start()
        self._is_own = sandbox is None
        self.sandbox = start() if sandbox is None else sandbox
        self._closing = threading.Event()
        self._closed = threading.Lock()
        # The servers' threads keep a program from ending: this one ends them when the main thread has ended.
        self._watcher = threading.Thread(target=self._watch_main_thread, name="corena_recon rehearsal", daemon=True)
        self._watcher.start()

    @property
    def ipn_url(self) -> str:
        """Where the sandbox posts notifications."""
        return f"{self._receiver.url}/ipn"

    def close(self) -> None:
        """Stop what was started here."""
        with self._closed:
            if self._closing.is_set():
                return
            self._closing.set()
            if self._is_own:
                self.sandbox.stop()
            self._receiver.stop()
            if self._temporary is not None:
                self._temporary.cleanup()
        if threading.current_thread() is not self._watcher:
            self._watcher.join()

    def _watch_main_thread(self) -> None:
        while not self._closing.wait(_LOOK_S):
            if not threading.main_thread().is_alive():
                self.close()


def rehearsal_texts(rehearsal: Rehearsal, mode: str, language: str) -> dict[str, str]:
    """What the fields hold at first, so that one click suffices."""
    merchant = rehearsal.sandbox.merchant
    panel = f"{rehearsal.sandbox.url}/panel"
    return {
        "public_key": merchant.live_public_key if mode == "live" else merchant.test_public_key,
        "amount": "11.00",
        "details": words("title", language),
        "site_name": words("test_shop", language),
        "ipn_url": rehearsal.ipn_url,
        "success_url": panel,
        "cancel_url": panel,
        "customer.first_name": "Amina",
        "customer.last_name": words("test_name", language),
        "customer.email": "amina@example.com",
        "customer.mobile": "+243 900 000 000",
    }
