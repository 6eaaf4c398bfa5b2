"""The command line as a user calls it; exit codes are part of the contract."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import corena_recon as cr
from corena_recon.command_line import main as cli
from corena_recon.command_line.main import BAD_INPUT, EXCEPTIONS, NOTHING_EXCEPTIONAL, main
from corena_recon.command_line.options import ORDERING, READING, RECONCILING, VERIFYING, Option
from corena_recon.errors import OptionError
from corena_recon.orders import OrderOptions
from corena_recon.stages import audit as auditing
from tests.making import SECRET, ipn, jsonl
from tests.places import SAMPLE_DATA

SAMPLES = SAMPLE_DATA


@pytest.fixture(autouse=True)
def key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORENA_SECRET_KEY", SECRET)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "ipn.jsonl").write_bytes(jsonl(ipn("A"), ipn("B")))
    (tmp_path / "orders.csv").write_text("order_id,total,currency,status\nA,11,USD,paid\nB,11.00,USD,paid\n")
    return tmp_path


def test_nothing_exceptional_is_0(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["reconcile", str(shop / "ipn.jsonl"), "--orders", str(shop / "orders.csv"), "--out", str(shop / "r")])
    printed = capsys.readouterr()
    assert code == NOTHING_EXCEPTIONAL
    assert "matched" in printed.out
    assert f"report written to {shop / 'r'}" in printed.err
    assert (shop / "r" / "manifest.json").is_file()


def test_exceptions_are_1(shop: Path) -> None:
    (shop / "orders.csv").write_text("order_id,total,currency,status\nA,12,USD,paid\n")
    assert main(["reconcile", str(shop / "ipn.jsonl"), "--orders", str(shop / "orders.csv")]) == EXCEPTIONS


def test_an_unreadable_record_is_1(shop: Path) -> None:
    (shop / "ipn.jsonl").write_bytes(jsonl(ipn("A")) + b"{broken\n")
    assert main(["verify", str(shop / "ipn.jsonl")]) == EXCEPTIONS


def test_json_is_one_object_of_the_contract(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["reconcile", str(shop / "ipn.jsonl"), "--orders", str(shop / "orders.csv"), "--json"])
    printed = json.loads(capsys.readouterr().out)
    assert printed["intake"] == {"sources": 1, "records": 2, "notifications": 2, "unreadable": 0, "other": 0}
    assert printed["signatures"] == {"valid": 2}
    assert printed["verdicts"] == {"accepted": 2}
    assert printed["findings"] == {}
    assert printed["orders"] == {"rows": 2, "unreadable": 0}
    assert printed["outcomes"] == {"matched": 2}
    assert printed["tie_out"] == [
        {
            "currency": "USD",
            "ordered": "22.00000000",
            "paid": "22.00000000",
            "difference": "0.00000000",
            "by_outcome": {},
        }
    ]
    assert {"read", "verify", "reconcile", "write", "total"} <= set(printed["seconds"])
    assert printed["report"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verify", "absent.jsonl"], "does not exist"),
        (["verify", "{shop}/ipn.jsonl", "--keys", "absent.toml"], "cannot be read"),
        (["verify", "{shop}/ipn.jsonl", "--form", "tar"], "no archive form"),
        (["reconcile", "{shop}/ipn.jsonl", "--orders", "{shop}/absent.csv"], "absent.csv"),
        (["reconcile", "{shop}/ipn.jsonl", "--orders", "{shop}/orders.csv", "--tolerance", "5%"], "tolerance"),
        (["reconcile", "{shop}/ipn.jsonl", "--orders", "{shop}/orders.csv", "--column", "x"], "FIELD=COLUMN"),
        (["verify", "{shop}/ipn.jsonl", "--out", "{shop}"], "no report"),
        (["demo", "--rows", "0"], "--rows"),
    ],
)
def test_bad_input_is_2_and_one_sentence(
    shop: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    code = main([argument.format(shop=shop) for argument in arguments])
    printed = capsys.readouterr()
    assert code == BAD_INPUT
    assert words in printed.err
    assert printed.err.startswith("corena-recon: ")
    assert len(printed.err.splitlines()) == 1
    assert printed.out == ""


OPTIONS: dict[str, tuple[list[str], Any]] = {
    # what is typed, and what the parameter becomes
    "--keys": ([str(SAMPLES / "keys.toml")], cr.KeyRing.from_toml(SAMPLES / "keys.toml")),
    "--mode": (["test"], "test"),
    "--merchant": (["Kivu Books"], "Kivu Books"),
    "--success-status": (["paid", "done"], ["paid", "done"]),
    "--amount-decimals": (["2", "8"], [2, 8]),
    "--currency": (["EUR", "CDF"], ["EUR", "CDF"]),
    "--public-key": (["PUB1", "PUB2"], ["PUB1", "PUB2"]),
    "--form": (["nginx"], "nginx"),
    "--previous": (["report"], "report"),
    "--memory": (["1_024"], 1024**3),
    "--platform": (["odoo"], "odoo"),
    "--column": (["identifier=Order=ID", "amount=Total"], {"identifier": "Order=ID", "amount": "Total"}),
    "--timezone": (["Africa/Lubumbashi"], "Africa/Lubumbashi"),
    "--order-currency": (["CDF"], "CDF"),
    "--tolerance": (["0.01"], "0.01"),
    "--as-of": (["2026-01-31"], "2026-01-31"),
    "--grace": (["2 days"], "2 days"),
    "--match-on": (["transaction", "amount"], ["transaction", "amount"]),
    "--window": (["5 days"], "5 days"),
    "--ledger": (["panel.csv"], "panel.csv"),
}
COMMANDS = {
    ("verify", "ipn.jsonl"): (*VERIFYING, *READING),
    ("reconcile", "ipn.jsonl", "--orders", "orders.csv"): (*VERIFYING, *READING, *ORDERING, *RECONCILING),
}


@pytest.fixture
def called_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str]], dict[str, Any]]:
    """What a command line calls ``audit`` with, by parameter."""
    signature = inspect.signature(auditing.audit)
    calls: list[dict[str, Any]] = []

    def audit(*positional: Any, **named: Any) -> None:
        arguments = signature.bind(*positional, **named).arguments
        calls.append({**arguments.pop("options", {}), **arguments, "progress": None})
        raise OptionError("nothing more is wanted")

    def call(arguments: list[str]) -> dict[str, Any]:
        assert main(arguments) == BAD_INPUT
        return calls.pop()

    monkeypatch.setattr(auditing, "audit", audit)
    return call


@pytest.mark.parametrize(
    ("command", "option"),
    [(command, option) for command, options in COMMANDS.items() for option in options],
    ids=lambda part: part.flag if isinstance(part, Option) else part[0],
)
def test_every_option_reaches_its_parameter_and_no_other(
    called_with: Callable[[list[str]], dict[str, Any]], command: tuple[str, ...], option: Option
) -> None:
    texts, value = OPTIONS[option.flag]
    plain = called_with([*command])
    typed = called_with([*command, *(part for text in texts for part in (option.flag, text))])
    if option in ORDERING:
        assert option.parameter in inspect.signature(cr.read_orders).parameters
        value = OrderOptions(**{option.parameter: value})
    name = "order_options" if option in ORDERING else option.parameter
    assert name not in plain
    reached = typed.pop(name)
    if isinstance(value, cr.KeyRing):
        reached, value = [[(key.id, key.fingerprint()) for key in ring] for ring in (reached, value)]
    assert reached == value
    assert typed == plain


@pytest.mark.parametrize("option", [*READING, *VERIFYING, *RECONCILING], ids=lambda option: option.flag)
def test_every_option_sets_a_parameter_that_a_function_has(option: Option) -> None:
    functions = (auditing.audit, cr.read_ipns, cr.verify, cr.reconcile)
    named = [name for function in functions for name in inspect.signature(function).parameters]
    assert option.parameter in named


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_takes_an_option_that_is_in_no_table(command: tuple[str, ...]) -> None:
    parsed = vars(cli._parser().parse_args([*command]))
    of_the_command = {"run", "archive", "out", "json", "of_the_audit", "of_the_orders"}
    if "--orders" in command:
        of_the_command.add("orders")
    assert parsed.keys() - of_the_command == {option.attribute for option in COMMANDS[command]}
    assert {*parsed["of_the_audit"], *parsed["of_the_orders"]} == {*COMMANDS[command]}


@pytest.mark.parametrize(
    "arguments",
    [[], ["audit"], ["reconcile"], ["reconcile", "a"], ["verify", "a", "--mode", "dev"], ["demo", "--rows", "x"]],
)
def test_bad_arguments_are_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == BAD_INPUT


def test_the_sample_as_a_process_with_a_key_ring_in_a_file() -> None:
    archives = [
        str(SAMPLES / name)
        for name in ("ipn-nested.jsonl.gz", "ipn-bodies.txt", "ipn-export.csv", "ipn-envelopes.jsonl")
    ]
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "corena_recon",
            "reconcile",
            *archives,
            "--orders",
            str(SAMPLES / "orders.csv"),
            "--keys",
            str(SAMPLES / "keys.toml"),
            "--json",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == EXCEPTIONS
    assert ran.stderr == ""
    assert json.loads(ran.stdout)["verdicts"]["unreadable"] == 6


def test_demo_finds_what_it_planted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["demo", "--rows", "500", "--out", str(tmp_path / "report")]) == NOTHING_EXCEPTIONAL
    assert "every verdict is the one that was planted" in capsys.readouterr().err
    assert (tmp_path / "report" / "results.parquet").is_file()


def test_an_output_that_takes_nothing_is_one_sentence_and_a_closed_one_changes_nothing(shop: Path) -> None:
    (shop / "orders.csv").write_text("order_id,total,currency,status\nA,12,USD,paid\n")
    command = [sys.executable, "-m", "corena_recon", "reconcile", str(shop / "ipn.jsonl")]
    command += ["--orders", str(shop / "orders.csv")]
    if Path("/dev/full").exists():
        with Path("/dev/full").open("wb") as full:
            refused = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert (refused.returncode, refused.stderr.count("\n")) == (BAD_INPUT, 1)
    reading, writing = os.pipe()
    os.close(reading)
    piped = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (piped.returncode, piped.stderr) == (EXCEPTIONS, "")
    shell = ["sh", "-c", '"$@" >&-', "sh", *command]
    closed = subprocess.run(shell, stderr=subprocess.PIPE, text=True, check=False)
    assert (closed.returncode, closed.stderr) == (EXCEPTIONS, "")
