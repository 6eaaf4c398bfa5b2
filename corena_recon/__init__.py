"""Verify archived Corena Payme payment notifications in bulk and reconcile them with orders.

Names are loaded when they are first used: importing the package alone loads neither pandas nor the network, the
notebook or a compiler.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from corena_recon.version import __version__

if TYPE_CHECKING:
    from corena_recon import sandbox as sandbox
    from corena_recon.archive.reading import read_ipns as read_ipns
    from corena_recon.demonstration.demonstration import demo as demo
    from corena_recon.gateway.client import PaymentClient as PaymentClient
    from corena_recon.orders import read_orders as read_orders
    from corena_recon.orders.ledger import read_ledger as read_ledger
    from corena_recon.payment_form.widget import PaymentForm as PaymentForm
    from corena_recon.project import Project as Project
    from corena_recon.report.result import Reconciliation as Reconciliation
    from corena_recon.signing.bulk import hmac_sha256 as hmac_sha256
    from corena_recon.signing.keys import Key as Key
    from corena_recon.signing.keys import KeyRing as KeyRing
    from corena_recon.stages.audit import audit as audit
    from corena_recon.stages.diff import diff as diff
    from corena_recon.stages.explain import explain as explain
    from corena_recon.stages.merge import merge as merge
    from corena_recon.stages.reconcile import reconcile as reconcile
    from corena_recon.stages.verify import verify as verify


_HOMES: Final = {
    "Key": "signing.keys",
    "KeyRing": "signing.keys",
    "PaymentClient": "gateway.client",
    "PaymentForm": "payment_form.widget",
    "Reconciliation": "report.result",
    "Project": "project",
    "audit": "stages.audit",
    "diff": "stages.diff",
    "demo": "demonstration.demonstration",
    "explain": "stages.explain",
    "hmac_sha256": "signing.bulk",
    "merge": "stages.merge",
    "read_ipns": "archive.reading",
    "read_ledger": "orders.ledger",
    "read_orders": "orders",
    "reconcile": "stages.reconcile",
    "verify": "stages.verify",
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
