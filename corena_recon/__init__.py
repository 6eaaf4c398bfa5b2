"""Verify archived Corena Payme payment notifications in bulk and reconcile them with orders.

Names are loaded when they are first used: importing the package alone loads neither pandas nor the network, the
notebook or a compiler.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from corena_recon import sandbox as sandbox
    from corena_recon.archive.reading import read_ipns as read_ipns
    from corena_recon.auditing import audit as audit
    from corena_recon.bulk_hmac import hmac_sha256 as hmac_sha256
    from corena_recon.client import PaymentClient as PaymentClient
    from corena_recon.demonstration import demo as demo
    from corena_recon.explanation import explain as explain
    from corena_recon.keys import Key as Key
    from corena_recon.keys import KeyRing as KeyRing
    from corena_recon.ledger import read_ledger as read_ledger
    from corena_recon.orders import read_orders as read_orders
    from corena_recon.payment_form.widget import PaymentForm as PaymentForm
    from corena_recon.reconciliation import reconcile as reconcile
    from corena_recon.report import Reconciliation as Reconciliation
    from corena_recon.verification import verify as verify

__version__ = "0.1.0"

_HOMES: Final = {
    "Key": "keys",
    "KeyRing": "keys",
    "PaymentClient": "client",
    "PaymentForm": "payment_form.widget",
    "Reconciliation": "report",
    "audit": "auditing",
    "demo": "demonstration",
    "explain": "explanation",
    "hmac_sha256": "bulk_hmac",
    "read_ipns": "archive.reading",
    "read_ledger": "ledger",
    "read_orders": "orders",
    "reconcile": "reconciliation",
    "verify": "verification",
}

_MODULES: Final = frozenset({"sandbox"})

__all__ = ["__version__", *_HOMES, *_MODULES]  # noqa: PLE0604 - they are strings


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name in _MODULES:
        return import_module(f"corena_recon.{name}")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'corena_recon' has no attribute {name!r}")
    value = getattr(import_module(f"corena_recon.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
