"""An option of a stage is declared once; whoever looks at the function sees all of them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, Final

import pytest

import corena_recon as cr
from corena_recon.errors import OptionError
from corena_recon.judgement.options import JudgingArguments, JudgingOptions
from corena_recon.orders.options import OrderArguments, OrderOptions
from corena_recon.reconciliation.options import ReconcilingArguments, ReconcilingOptions
from corena_recon.stages.running.options import DEFAULTS, AuditArguments, AuditOptions, audit_options
from tests.making import ipn, jsonl, orders, ring, verified

STAGES: Final[list[tuple[Callable[..., Any], Any, Any]]] = [
    (cr.verify, JudgingArguments, JudgingOptions),
    (cr.reconcile, ReconcilingArguments, ReconcilingOptions),
    (cr.read_orders, OrderArguments, OrderOptions),
]


@pytest.mark.parametrize(("function", "arguments", "options"), STAGES)
def test_what_is_taken_is_what_is_checked_shown_and_described(
    function: Callable[..., Any], arguments: Any, options: Any
) -> None:
    assert tuple(arguments.__annotations__) == options._fields
    shown = inspect.signature(function).parameters
    assert inspect.Parameter.VAR_KEYWORD not in {parameter.kind for parameter in shown.values()}
    described = re.findall(r"^        ([a-z_]+): ", (function.__doc__ or "").split("Raises:")[0], flags=re.MULTILINE)
    for name in options._fields:
        assert (shown[name].kind, shown[name].default) == (
            inspect.Parameter.KEYWORD_ONLY,
            options._field_defaults[name],
        )
        assert name in described


def test_an_audit_takes_the_options_of_all_stages() -> None:
    assert {*AuditArguments.__annotations__} == {*DEFAULTS}
    assert {*DEFAULTS} >= {*JudgingOptions._fields, *ReconcilingOptions._fields}
    shown = inspect.signature(cr.audit).parameters
    assert {name: shown[name].default for name in DEFAULTS} == DEFAULTS


def test_a_default_that_is_given_is_as_good_as_none() -> None:
    assert audit_options(**DEFAULTS) == audit_options() == AuditOptions()
    assert audit_options().as_facts() == {}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda options: cr.verify(cr.read_ipns(jsonl(ipn("A"))), ring(), **options), "verify has no option mod"),
        (
            lambda options: cr.reconcile(verified(ipn("A")), orders(("A", "11.00", "USD", "paid")), **options),
            "reconcile has no option windo",
        ),
        (lambda options: cr.read_orders(b"order_id,total\nA,11.00\n", **options), "read_orders has no option platfrom"),
    ],
)
def test_an_option_that_is_none_is_refused_and_never_ignored(call: Callable[[Any], object], words: str) -> None:
    *_, name = words.split()
    with pytest.raises(OptionError, match=words + r" \(hint: did you mean (mode|window|platform)\?\)"):
        call({name: None})
