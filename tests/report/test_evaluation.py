"""Labels that somebody gave, held against a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import corena_recon as cr
from corena_recon.command_line.main import EXCEPTIONS, NOTHING_EXCEPTIONAL, main
from corena_recon.errors import CorenaReconError
from tests.making import ipn, orders, verified
from tests.places import SAMPLE_DATA

SAMPLES = ["ipn-nested.jsonl.gz", "ipn-bodies.txt", "ipn-export.csv", "ipn-envelopes.jsonl"]


@pytest.fixture(scope="module")
def found() -> cr.Reconciliation:
    return cr.reconcile(
        verified(ipn("A"), ipn("B"), ipn("C", signature="0" * 64), ipn("D", signature="0" * 64), ipn("A")),
        orders(("A", "11", "USD", "paid"), ("B", "12", "USD", "paid")),
    )


def test_precision_and_recall_are_of_what_is_labelled(found: cr.Reconciliation) -> None:
    labels = pd.DataFrame(
        {
            "source": ["elsewhere/<memory>"] * 5,
            "record": ["1", "2", "3", "4", "9"],
            "verdict": ["accepted", "forged", "forged", "suspect", "forged"],
        }
    )
    evaluation = found.evaluate(labels)
    told = evaluation.frame.set_index("class")[["labelled", "found", "agreed", "precision", "recall"]]
    assert {name: [*row] for name, row in told.astype(object).replace({pd.NA: None}).T.items()} == {
        "accepted": [1, 2, 1, 0.5, 1.0],
        "forged": [2, 2, 1, 0.5, 0.5],
        "suspect": [1, 0, 0, None, 0.0],
    }
    assert [*evaluation.missed.sort_values("record")["found"]] == ["accepted", "forged"]
    assert str(evaluation).split("\n") == [
        "Verdicts: 2 of 4 are as labelled.",
        "  accepted: precision 50.00 % (1 of 2), recall 100.00 % (1 of 1)",
        "  forged: precision 50.00 % (1 of 2), recall 50.00 % (1 of 2)",
        "  suspect: precision none (0 of 0), recall 0.00 % (0 of 1)",
        "1 label is of nothing that the report has.",
    ]


REFUSED: list[tuple[Any, str]] = [
    ({"verdict": ["forged"]}, "labels of verdict lack identifier"),
    ({"identifier": ["A"]}, "neither a verdict nor an outcome"),
    ({"identifier": ["A"], "verdict": ["forged"]}, "A has more than one verdict in the report"),
    ({"identifier": ["A", "A"], "outcome": ["matched", "unpaid"]}, "A has more than one outcome in the labels"),
]


@pytest.mark.parametrize(("columns", "said"), REFUSED)
def test_labels_that_say_nothing_certain_are_refused(found: cr.Reconciliation, columns: Any, said: str) -> None:
    with pytest.raises(CorenaReconError, match=said):
        found.evaluate(pd.DataFrame(columns))
    with pytest.raises(CorenaReconError, match="labels are a int"):
        found.evaluate(7)


def test_the_command_says_that_the_samples_are_as_expected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = str(tmp_path / "report")
    monkeypatch.chdir(SAMPLE_DATA)
    cr.audit(SAMPLES, "orders.csv", cr.KeyRing.from_toml("keys.toml"), report)
    assert main(["report", report, "--labels", "expected.csv"]) == NOTHING_EXCEPTIONAL
    printed = capsys.readouterr().out
    assert "forged: precision 100.00 %" in printed
    assert "Outcomes: " in printed
    wrong = tmp_path / "labels.csv"
    wrong.write_text("identifier,outcome\nCMD-000001,overpaid\n")
    assert main(["report", report, "--labels", str(wrong)]) == EXCEPTIONS
    assert "Outcomes: 0 of 1 are as labelled." in capsys.readouterr().out
