"""A gateway on this machine, for rehearsing payments without money and without the internet.

with start() as sandbox:
    client = PaymentClient(sandbox.merchant.test_public_key, base_url=sandbox.url)
    initiated = client.initiate(...)          # open initiated.redirect_url in a browser, or:
    sandbox.pay(initiated.redirect_url)       # the notification is posted to ipn_url
    keys = sandbox.merchant.key_ring()        # to verify it
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from corena_recon.arguments import require, words_of
from corena_recon.errors import OptionError
from corena_recon.gateway.events import Observer, nobody
from corena_recon.sandbox.gateway import Merchant, Payment, PaymentState
from corena_recon.sandbox.mischief import Mischief
from corena_recon.sandbox.server import Sandbox, run_sandbox
from corena_recon.vocabulary import SUPPORTED_CURRENCIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

__all__ = ["Merchant", "Mischief", "Payment", "PaymentState", "Sandbox", "start"]


def start(
    *,
    seed: int | None = None,
    port: int = 0,
    merchants: str | Iterable[str] = ("shop",),
    mischief: str = Mischief.NONE,
    delay_s: float = 1.0,
    currencies: str | Iterable[str] = SUPPORTED_CURRENCIES,
    clock: Callable[[], datetime] | None = None,
    observer: Observer = nobody,
) -> Sandbox:
    """A sandbox gateway that serves on 127.0.0.1 until it is stopped; a context manager stops it.

    Args:
        seed: The same seed gives the same keys and, in the same order of requests, the same transaction ids;
            None gives unpredictable ones.
        port: The port; 0 takes a free one.
        merchants: Their names, or the only one's; each has live and test keys of its own.
        mischief: What happens to notifications: ``none``, ``drop``, ``delay``, ``duplicate``, ``reorder``,
            ``tamper``, ``replay``, ``forge`` or ``test_key``.
        delay_s: How long ``delay`` waits, in seconds.
        currencies: Which currencies it takes, or the only one.
        clock: Gives the current moment, with its zone; the system's when None.
        observer: Is told of each initiation, payment and delivery, from the thread in which it happens.

    Raises:
        OptionError: No merchant, no such mischief, the port cannot be listened on, or an option has no meaning.
    """
    require("seed", seed, (int, type(None)), "give a number, or None for keys that nobody can foretell")
    require("port", port, int, "give the number of a port, or 0 for a free one")
    require("delay_s", delay_s, (int, float), "give a number of seconds")
    if clock is not None and not callable(clock):
        raise OptionError(f"clock is a {type(clock).__name__}", hint="give a function that returns the current moment")
    return run_sandbox(
        seed=seed,
        port=port,
        merchants=words_of("merchants", merchants, "shop"),
        mischief=mischief,
        delay_s=delay_s,
        currencies=frozenset(words_of("currencies", currencies, "USD")),
        clock=clock,
        observer=observer,
    )
