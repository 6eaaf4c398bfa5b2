"""What a caller may set about an audit: its own options, and those of the stages that it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Unpack

from corena_recon.arguments import chosen, refuse_unknown, require, require_flag, require_text
from corena_recon.errors import OptionError
from corena_recon.judgement import JudgingArguments, JudgingOptions, judging_options, option_facts
from corena_recon.languages import ENGLISH, require_language
from corena_recon.orders import OrderArguments, OrderOptions, order_options
from corena_recon.reconciliation import ReconcilingArguments, ReconcilingOptions, reconciling_options

MEMORY_BYTES: Final = 2 * 1024**3
"""How much memory an audit may use when the caller does not say."""

_MEMORY_MAX_BYTES: Final = 1 << 50
_OWN: Final = ("lang", "form", "keep_raw", "memory_bytes", "two_people")


class AuditArguments(JudgingArguments, ReconcilingArguments, total=False):
    """The options of ``audit`` as callers give them; ``audit``, ``verify`` and ``reconcile`` describe each."""

    lang: str
    form: str | None
    keep_raw: bool
    memory_bytes: int
    two_people: bool
    order_options: OrderArguments | None


class AuditOptions(NamedTuple):
    """The options of ``audit``, checked."""

    judging: JudgingOptions = JudgingOptions()
    reconciling: ReconcilingOptions = ReconcilingOptions()
    orders: OrderOptions = OrderOptions()
    lang: str = ENGLISH
    form: str | None = None
    keep_raw: bool = False
    memory_bytes: int = MEMORY_BYTES
    two_people: bool = False

    def as_facts(self) -> dict[str, Any]:
        """The options as plain values for the manifest; only those that differ from their defaults."""
        facts = {**option_facts(self.judging), **option_facts(self.reconciling)}
        facts.update(
            {name: value for name, value in self.orders._asdict().items() if value != getattr(OrderOptions(), name)}
        )
        if self.lang != ENGLISH:
            facts["lang"] = self.lang
        if self.form is not None:
            facts["form"] = self.form
        if self.keep_raw:
            facts["keep_raw"] = True
        if self.two_people:
            facts["two_people"] = True
        return facts


DEFAULTS: Final[Mapping[str, Any]] = {
    **JudgingOptions._field_defaults,
    **ReconcilingOptions._field_defaults,
    **chosen(AuditOptions._field_defaults, _OWN),
    "order_options": None,
}
"""What each option of ``audit`` is when it is not given."""


def audit_options(**given: Unpack[AuditArguments]) -> AuditOptions:
    """The options of ``audit``, checked.

    Raises:
        OptionError: One has no meaning, or is none.
    """
    refuse_unknown("audit", given, DEFAULTS)
    own = chosen(given, _OWN)
    options = AuditOptions(
        judging_options(**chosen(given, JudgingOptions._fields)),
        reconciling_options(**chosen(given, ReconcilingOptions._fields)),
        _of_the_orders(given.get("order_options")),
        **own,
    )
    require_language(options.lang)
    require_text("form", options.form, "jsonl")
    require_flag("keep_raw", options.keep_raw)
    require_flag("two_people", options.two_people)
    if not isinstance(options.memory_bytes, int) or not 1 <= options.memory_bytes <= _MEMORY_MAX_BYTES:
        raise OptionError(
            "memory_bytes is no size that a computer has", hint="for example 2 GiB: memory_bytes=2 * 1024**3"
        )
    return options


def options_of_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The options of ``audit`` of which ``AuditOptions.as_facts`` told."""
    of_orders = chosen(facts, OrderOptions._fields)
    others = {name: value for name, value in facts.items() if name not in OrderOptions._fields}
    return {**others, **({"order_options": of_orders} if of_orders else {})}


def _of_the_orders(given: OrderArguments | None) -> OrderOptions:
    names = {} if given is None else given
    require("order_options", names, Mapping, f"the options of read_orders are {', '.join(OrderOptions._fields)}")
    refuse_unknown("read_orders", names, OrderOptions._fields)
    return order_options(**names)
