"""Whatever stands in whatever place of a public call, it works or one sentence says what to give."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pytest

import corena_recon as cr
from corena_recon.errors import CorenaReconError
from tests.making import OnlyArrow, ipn, jsonl, orders, ring, verified

SECRET_LIKE: Final = "sk_l1ve_N0b0dyMayReadThis"
ARCHIVE: Final = jsonl(ipn("A"))
PUBLIC_KEY: Final = "test_invented"

CLIENT: Final = cr.PaymentClient(PUBLIC_KEY, base_url="http://127.0.0.1:9")
PAYMENT: Final = {
    "identifier": "A",
    "currency": "USD",
    "amount": "1.00",
    "details": "a test",
    "site_name": "shop",
    **dict.fromkeys(("ipn_url", "success_url", "cancel_url"), "https://shop.example/"),
    "customer": {"first_name": "A", "last_name": "B", "email": "a@shop.example", "mobile": "1"},
}

ZOO: Final[dict[str, Any]] = {
    "None": None,
    "int": 7,
    "negative int": -7,
    "float": 1.5,
    "bool": True,
    "text": SECRET_LIKE,
    "empty text": "",
    "bytes": SECRET_LIKE.encode(),
    "dict": {"a": SECRET_LIKE},
    "dict of numbers": {5: 5},
    "empty list": [],
    "list of texts": [SECRET_LIKE],
    "list of wrong things": [object(), 3],
    "tuple of three": (1, 2, 3),
    "empty frame": pd.DataFrame(),
    "frame without columns": pd.DataFrame(index=[0, 1]),
    "frame of something else": pd.DataFrame({"x": [SECRET_LIKE]}),
    "series": pd.Series([1, 2]),
    "Arrow capsule": OnlyArrow(pa.table({"x": [SECRET_LIKE]})),
    "object": object(),
    "key": ring()[0],
}


@cache
def small() -> cr.Reconciliation:
    """A report of one notification and its order; nobody may change it."""
    return cr.reconcile(verified(ipn("A")), orders(("A", "11.00", "USD", "paid")))


CALLS: Final[dict[str, tuple[Callable[..., Any], dict[str, Any]]]] = {
    "Key": (cr.Key, {"id": "k", "secret": "invented", "mode": "live"}),
    "KeyRing": (cr.KeyRing, {"keys": list(ring())}),
    "KeyRing.of": (cr.KeyRing.of, {"keys": ring()}),
    "KeyRing.from_toml": (cr.KeyRing.from_toml, {"path": "keys.toml"}),
    "KeyRing.from_env": (cr.KeyRing.from_env, {}),
    "PaymentClient": (cr.PaymentClient, {"public_key": PUBLIC_KEY}),
    "PaymentClient.initiate": (CLIENT.initiate, PAYMENT),
    "PaymentClient.problems_of": (CLIENT.problems_of, {"payment": PAYMENT}),
    "PaymentForm": (cr.PaymentForm, {"public_key": PUBLIC_KEY}),
    "Reconciliation.read_parquet": (cr.Reconciliation.read_parquet, {"folder": "report"}),
    "Reconciliation.to_parquet": (
        lambda folder, partition=None, row_group_rows=3: small().to_parquet(
            folder, partition=partition, row_group_rows=row_group_rows
        ),
        {"folder": "report"},
    ),
    "Reconciliation.to_excel": (lambda file, lang="en": small().to_excel(file, lang=lang), {"file": "report.xlsx"}),
    "Reconciliation.evaluate": (
        lambda labels: small().evaluate(labels),
        {"labels": pd.DataFrame({"identifier": ["A"], "verdict": ["forged"]})},
    ),
    "Reconciliation.masked": (lambda key: small().masked(key), {"key": b"a key of masks that is invented"}),
    "Reconciliation.to_html": (
        lambda file, lang="en", keys=None: small().to_html(file, lang=lang, keys=keys),
        {"file": "page.html"},
    ),
    "audit": (cr.audit, {"archive": ARCHIVE, "orders": b"order_id,total\nA,11.00\n", "keys": ring()}),
    "Project": (cr.Project, {"file": "corena.toml"}),
    "demo": (cr.demo, {"rows": 1}),
    "diff": (cr.diff, {"old": "report", "new": "report"}),
    "explain": (cr.explain, {"explained": verified(ipn("A")), "identifier": "A"}),
    "hmac_sha256": (cr.hmac_sha256, {"secret": b"invented", "messages": [b"m"]}),
    "merge": (cr.merge, {"work": "work"}),
    "read_ipns": (cr.read_ipns, {"source": ARCHIVE}),
    "read_ledger": (cr.read_ledger, {"source": b"Trx Number,Amount\n"}),
    "read_orders": (cr.read_orders, {"source": b"order_id,total\nA,11.00\n"}),
    "reconcile": (
        cr.reconcile,
        {"notifications": verified(ipn("A")), "orders": orders(("A", "11.00", "USD", "paid"))},
    ),
    "sandbox.start": (cr.sandbox.start, {}),
    "verify": (cr.verify, {"notifications": cr.read_ipns(ARCHIVE), "keys": ring()}),
}
"""Every public way in, with sound values for what it needs."""

NAMED: Final = {
    *(("audit", name) for name in ("archive", "orders", "ledger", "decisions", "out", "previous", "work")),
    *((call, "source") for call in ("read_ipns", "read_orders", "read_ledger")),
    *((f"Reconciliation.{call}", "folder") for call in ("read_parquet", "to_parquet")),
    *(("reconcile", name) for name in ("orders", "ledger", "decisions", "transaction_column")),
    ("Reconciliation.to_html", "file"),
    ("demo", "out"),
    ("Reconciliation.to_excel", "file"),
    ("Reconciliation.evaluate", "labels"),
    *(("merge", name) for name in ("work", "out")),
    ("Project", "file"),
    *(("diff", name) for name in ("old", "new")),
    ("explain", "explained"),
    ("verify", "notifications"),
    ("PaymentForm", "archive"),
}
"""Where a path stands, contents or a column: messages name files and columns."""


def parameters_of(call: str) -> list[str]:
    return [
        name
        for name, parameter in inspect.signature(CALLS[call][0]).parameters.items()
        if parameter.kind is not parameter.VAR_KEYWORD
    ]


PLACES: Final = [(call, parameter) for call in CALLS for parameter in parameters_of(call)]


def called(call: str, **changes: Any) -> Any:
    function, sound = CALLS[call]
    given = {**sound, **changes}
    positional = [
        given.pop(name)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is parameter.POSITIONAL_ONLY
    ]
    return function(*positional, **given)


def refusal_of(call: str, **changes: Any) -> CorenaReconError | None:
    try:
        result = called(call, **changes)
    except CorenaReconError as error:
        return error
    except Exception as error:
        raise AssertionError(f"{call} given {changes!r} ends in {type(error).__name__}") from error
    if isinstance(result, cr.PaymentForm):
        result.close()
    if isinstance(result, cr.sandbox.Sandbox):
        result.stop()
    return None


def test_the_table_has_every_public_name() -> None:
    assert {call.partition(".")[0] for call in CALLS} == {*cr.__all__} - {"__version__"}


@pytest.mark.parametrize(("call", "parameter"), PLACES, ids=map(".".join, PLACES))
def test_a_wrong_thing_works_or_is_refused_in_one_sentence(
    call: str, parameter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for animal, value in ZOO.items():
        refusal = refusal_of(call, **{parameter: value})
        if refusal is not None:
            said = "".join(traceback.format_exception(refusal)) + repr(refusal) + repr(refusal.facts)
            assert refusal.message.strip(), animal
            assert "\n" not in str(refusal), animal
            assert SECRET_LIKE not in said or (call, parameter) in NAMED, animal
