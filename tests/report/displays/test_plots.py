"""Pictures of a report: their numbers, what is drawn of them, and that they are loaded when they are drawn."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest

import corena_recon as cr
from corena_recon.errors import OptionError
from corena_recon.report.displays.figures import WATERFALL
from tests.making import ipn, jsonl, orders, ring

EVIL = "<img src=x onerror=alert(1)>$\\frac{1}{0}$"


@pytest.fixture(scope="module")
def found() -> cr.Reconciliation:
    archive = jsonl(
        ipn("A", received_at="2026-01-01T23:59:59Z"),
        ipn("B", "5.00000000", received_at="2026-01-02T00:00:00Z"),
        ipn("C", signature="0" * 64, received_at="2026-01-02T10:00:00Z"),
        ipn("D"),
        ipn("E", "900.00000000", data_currency=EVIL),
    )
    shop = orders(
        *((name, "11", "USD", "paid") for name in "ABC"), ("D", "11", "USD", "paid"), ("F", "7", "EUR", "paid")
    )
    return cr.reconcile(cr.verify(cr.read_ipns(archive), ring()), shop)


def test_records_are_counted_by_the_day_on_which_they_came(found: cr.Reconciliation) -> None:
    table = found.plot.daily().table
    assert [*table.columns] == ["day", "accepted", "forged"]
    assert [(str(row.day), row.accepted, row.forged) for row in table.itertuples()] == [
        ("2026-01-01", 1, 0),
        ("2026-01-02", 1, 1),
        ("<NA>", 2, 0),
    ]
    axes: Any = found.plot.daily().draw()
    assert [patch.get_height() for patch in axes.patches] == [1, 1, 0, 1]
    assert "2 records do not say when they came" in axes.get_xlabel()


def test_the_steps_lead_from_what_was_ordered_to_what_was_paid(found: cr.Reconciliation) -> None:
    chart = found.plot.waterfall("USD")
    assert [*chart.table.columns] == WATERFALL.names
    assert [(row.step, row.amount, row.level) for row in chart.table.itertuples()] == [
        ("ordered", Decimal(44), Decimal(44)),
        ("underpaid", Decimal(-6), Decimal(38)),
        ("paid_on_forgery", Decimal(-11), Decimal(27)),
        ("paid", Decimal(27), Decimal(27)),
    ]
    axes: Any = chart.draw()
    widths = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in axes.patches]
    assert widths == [(0, 44), (44, 38), (38, 27), (0, 27)]


def test_the_differences_of_outcomes_are_those_of_the_tie_out(found: cr.Reconciliation) -> None:
    lines = found.tie_out.set_index("currency")
    for currency in ("USD", "EUR"):
        table = found.plot.outcomes(currency).table
        assert table["difference"].sum() == lines.loc[currency, "difference"]
        assert table["ordered"].sum() == lines.loc[currency, "ordered"]
    [row] = found.plot.outcomes("EUR").table.to_dict("records")
    assert (row["outcome"], row["identifiers"], row["ordered"]) == ("missing_payment", 1, Decimal(7))


def test_a_cell_shows_picture_and_numbers_and_strangers_currencies_as_text(found: cr.Reconciliation) -> None:
    code = next(row["currency"] for row in found.summary["tie_out"] if row["currency"] not in ("USD", "EUR"))
    for shown in (found.plot.daily(), found.plot.outcomes(code), found.plot.waterfall(code)):
        html = shown._repr_html_()
        assert html.startswith('<img src="data:image/png;base64,')
        assert "<img src=x" not in html.lower()
        assert "<table>" in html
    assert "&lt;img" in found.plot.waterfall(code)._repr_html_().lower()
    with pytest.raises(OptionError, match="no such currency"):
        found.plot.outcomes("XOF")


def test_matplotlib_is_loaded_when_something_is_drawn_and_missed_in_one_sentence() -> None:
    program = """
import sys
sys.modules["matplotlib"] = sys.modules["matplotlib.figure"] = None
import corena_recon as cr
chart = cr.audit(b'{"status":"success","identifier":"A","signature":"x","data":{"amount":"1"}}', keys=cr.KeyRing(
    [cr.Key(id="k", secret="invented", mode="live")])).plot.daily()
assert len(chart.table) == 1
print(chart._repr_html_())
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install &#x27;corena-recon[plot]&#x27;" in ran.stdout
    assert "<table>" in ran.stdout
