"""The command line as a user calls it; exit codes are part of the contract."""

from __future__ import annotations

import errno
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
from corena_recon.command_line import gateway as gateway_commands
from corena_recon.command_line import main as cli
from corena_recon.command_line.main import (
    BAD_INPUT,
    DEMONSTRATING,
    EXCEPTIONS,
    EXPLAINING,
    MERGING,
    NOTHING_EXCEPTIONAL,
    main,
)
from corena_recon.command_line.options import (
    DECIDING,
    JSON,
    LANG,
    MASK,
    ORDERING,
    OUT,
    READING,
    RECONCILING,
    SHARING,
    TOP,
    VERIFYING,
    Option,
)
from corena_recon.errors import OptionError
from corena_recon.receiver import Receiver
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


def test_hints_of_a_report_are_in_flags(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "orders.csv").write_text("order_id,total,status,payment_method\nA,11,Zut,corena\nX,11,paid,cod\n")
    main(["reconcile", str(shop / "ipn.jsonl"), "--orders", str(shop / "orders.csv")])
    printed = " ".join(capsys.readouterr().out.split())
    for hint in (
        "Say what these words mean (--state).",
        "naming the payment method of this gateway (--where), here corena (1).",
        "or give the currency of its orders (--currency).",
    ):
        assert hint in printed


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
    mapping = printed["orders"].pop("mapping")
    assert printed["orders"] == {"rows": 2, "unreadable": 0, "excluded": 0}
    assert (mapping["identifier"], mapping["order_amount"], mapping["rows_read"]) == ("order_id", "total", 2)
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
    assert printed["worklist"] == []
    assert printed["headline"].startswith("Nothing needs a person")


def test_the_dearest_rows_are_shown_and_printed(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "orders.csv").write_text("order_id,total,currency,status\nA,12,USD,paid\nB,13,USD,paid\n")
    arguments = ["reconcile", str(shop / "ipn.jsonl"), "--orders", str(shop / "orders.csv"), "--top", "1"]
    assert main(arguments) == EXCEPTIONS
    assert "The dearest 1 of 2" in capsys.readouterr().out
    assert main([*arguments, "--json", "--lang", "fr"]) == EXCEPTIONS
    [row] = json.loads(capsys.readouterr().out)["worklist"]
    assert {**row, "why": "", "next_step": "", "source": ""} == {
        "identifier": "B",
        "outcome": "underpaid",
        "currency": "USD",
        "at_risk": "2.00000000",
        "since": None,
        "why": "",
        "next_step": "",
        "source": "",
        "record": 2,
        "decision": None,
    }
    assert row["why"].replace("\u00a0", " ") == "11,00 USD ont été payés sur 13,00 USD : il manque 2,00 USD."


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verify", "absent.jsonl"], "does not exist"),
        (["verify", "{shop}/ipn.jsonl", "--keys", "absent.toml"], "cannot be read"),
        (["verify", "{shop}/ipn.jsonl", "--form", "tar"], "no archive form"),
        (["reconcile", "{shop}/ipn.jsonl", "--orders", "{shop}/absent.csv"], "absent.csv"),
        (["reconcile", "{shop}/ipn.jsonl", "--orders", "{shop}/orders.csv", "--tolerance", "5%"], "--tolerance"),
        (["reconcile", "{shop}/ipn.jsonl", "--orders", "{shop}/orders.csv", "--column", "x"], "--column takes"),
        (
            ["reconcile", "{shop}/ipn.jsonl", "--orders", "{shop}/orders.csv", "--as-of", "2026-01-31"],
            "--as-of and --grace",
        ),
        (["reconcile", "{shop}/ipn.jsonl"], "required: --orders"),
        (["verify", "{shop}/ipn.jsonl", "--form"], "--form: expected one argument"),
        (["verify", "{shop}/ipn.jsonl", "--succes-status", "paid"], "did you mean --success-status?"),
        (["verify", "{shop}/ipn.jsonl", "--mode", "Live"], "give --mode live or --mode test"),
        (["verify", "{shop}/ipn.jsonl", "--memory", "0"], "2 GiB: --memory 2048"),
        (["verify", "mode=live/absent.jsonl"], "mode=live/absent.jsonl does not exist"),
        (["verfy", "{shop}/ipn.jsonl"], "did you mean verify?"),
        (["close", "{shop}"], "corena-recon init writes one"),
        (["demo", "--top", "-1"], "--top takes a number from 0 on (hint: for example --top 10)"),
        (["demo", "--rows", "x"], "--rows takes a whole number (hint: for example --rows 100000)"),
        (["explain", "{shop}", "A", "--lang", "de"], "give --lang en or --lang fr"),
        (["initiate", "--mode", "live"], "give --allow-live to move real money"),
        (["initiate", "--shipping", "city=Goma", "--shipping", "city=Bukavu"], "--shipping takes each field once"),
        (["listen", "{shop}/captures", "--port", "99999"], "--host and --port cannot be listened on"),
        (["sandbox", "--port", "99999"], "--port cannot be listened on"),
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


def test_without_keys_the_flag_is_told(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CORENA_SECRET_KEY")
    assert main(["verify", str(shop / "ipn.jsonl")]) == BAD_INPUT
    assert "(hint: give --keys keys.toml, or set CORENA_SECRET_KEY in the environment)" in capsys.readouterr().err


OPTIONS: dict[str, tuple[list[str], Any]] = {
    # what is typed, and what the parameter becomes
    "--orders": (["a.csv", "b.csv"], ["orders.csv", "a.csv", "b.csv"]),
    "--out": (["report"], "report"),
    "--keep-raw": ([], True),
    "--day-first": (["no"], False),
    "--decimal-mark": ([","], ","),
    "--delimiter": ([";"], ";"),
    "--encoding": (["cp1252"], "cp1252"),
    "--where": (["pay=a", "pay=b=c", "shop=x"], {"pay": ["a", "b=c"], "shop": ["x"]}),
    "--header-row": (["5"], 5),
    "--sheet": (["Orders"], "Orders"),
    "--state": (["Reliquat=open", "Soldé=paid"], {"Reliquat": "open", "Soldé": "paid"}),
    "--keys": ([str(SAMPLES / "keys.toml")], cr.KeyRing.from_toml(SAMPLES / "keys.toml")),
    "--mode": (["test"], "test"),
    "--merchant": (["Kivu Books"], "Kivu Books"),
    "--success-status": (["paid", "done"], ["paid", "done"]),
    "--amount-decimals": (["2", "8"], [2, 8]),
    "--supported-currency": (["EUR", "CDF"], ["EUR", "CDF"]),
    "--public-key": (["PUB1", "PUB2"], ["PUB1", "PUB2"]),
    "--form": (["nginx"], "nginx"),
    "--previous": (["report"], "report"),
    "--shard": (["3/16"], "3/16"),
    "--work": (["work"], "work"),
    "--memory": (["1_024"], 1024**3),
    "--platform": (["odoo"], "odoo"),
    "--column": (["identifier=Order=ID", "amount=Total"], {"identifier": "Order=ID", "amount": "Total"}),
    "--timezone": (["Africa/Lubumbashi"], "Africa/Lubumbashi"),
    "--currency": (["CDF"], "CDF"),
    "--tolerance": (["0.01"], "0.01"),
    "--as-of": (["2026-01-31"], "2026-01-31"),
    "--grace": (["2 days"], "2 days"),
    "--match-on": (["transaction", "amount"], ["transaction", "amount"]),
    "--window": (["5 days"], "5 days"),
    "--ledger-timezone": (["Africa/Lubumbashi"], "Africa/Lubumbashi"),
    "--ledger": (["panel.csv"], "panel.csv"),
    "--decisions": (["decided.jsonl"], "decided.jsonl"),
    "--two-people": ([], True),
    "--mask": ([], True),
    "--lang": (["fr"], "fr"),
}
COMMANDS = {
    ("verify", "ipn.jsonl"): (*VERIFYING, *READING, *DECIDING, *SHARING, OUT, MASK, LANG),
    ("reconcile", "ipn.jsonl", "--orders", "orders.csv"): (
        *VERIFYING,
        *READING,
        *ORDERING,
        *RECONCILING,
        *DECIDING,
        *SHARING,
        OUT,
        MASK,
        LANG,
    ),
}
AUDITING = (*VERIFYING, *READING, *RECONCILING, *DECIDING, *SHARING, OUT, MASK, LANG)
TABLES: dict[str, tuple[Callable[..., Any], tuple[Option, ...]]] = {
    # a function, and the rows that set its parameters
    "audit": (cr.audit, AUDITING),
    "verify": (cr.verify, AUDITING),
    "reconcile": (cr.reconcile, AUDITING),
    "read_ipns": (cr.read_ipns, AUDITING),
    "read_ledger": (cr.read_ledger, ()),
    "read_orders": (cr.read_orders, ORDERING),
    "demo": (cr.demo, DEMONSTRATING),
    "explain": (cr.explain, EXPLAINING),
    "diff": (cr.diff, (LANG,)),
    "merge": (cr.merge, MERGING),
}
WITHOUT_A_ROW = {
    ("audit", "archive"): "is typed without a flag",
    ("audit", "progress"): "is the line on stderr",
    ("audit", "order_options"): "has a table of its own",
    ("verify", "notifications"): "is a frame",
    ("reconcile", "notifications"): "is a frame",
    ("reconcile", "transaction_column"): "is for frames that were merged; --column transaction=NAME says it of a file",
    ("read_ipns", "source"): "is typed without a flag",
    ("read_orders", "source"): "is --orders",
    ("read_ledger", "source"): "is --ledger",
    ("read_ledger", "mode"): "is none of audit's: the ledger of an audit is the live one",
    ("read_ledger", "timezone"): "is none of audit's",
    ("read_ledger", "encoding"): "is none of audit's",
    ("diff", "old"): "is typed without a flag",
    ("merge", "work"): "is typed without a flag",
    ("merge", "progress"): "is the line on stderr",
    ("diff", "new"): "is typed without a flag",
    ("explain", "explained"): "is typed without a flag",
    ("explain", "identifier"): "is typed without a flag",
    ("explain", "candidates_max"): "is a matter of patience in a notebook",
}
"""Parameters that no option sets, and why."""


@pytest.fixture
def called_with(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str]], dict[str, Any]]:
    """What a command line calls ``audit`` with, by parameter."""
    signature = inspect.signature(auditing.audit)
    calls: list[dict[str, Any]] = []

    def audit(*positional: Any, **named: Any) -> None:
        calls.append({**signature.bind(*positional, **named).arguments, "progress": None})
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
    typed = called_with(
        [*command, *(part for text in texts for part in (option.flag, text))] + [option.flag] * (not texts)
    )
    if option in ORDERING:
        value = {option.parameter: value}
    name = "order_options" if option in ORDERING else option.parameter
    assert plain.pop(name, None) == (["orders.csv"] if name == "orders" else None)
    reached = typed.pop(name)
    if isinstance(value, cr.KeyRing):
        reached, value = [[(key.id, key.fingerprint()) for key in ring] for ring in (reached, value)]
    assert reached == value
    assert typed == plain


@pytest.mark.parametrize("function", TABLES)
def test_every_parameter_has_a_row_or_a_reason(function: str) -> None:
    call, options = TABLES[function]
    without = {parameter for name, parameter in WITHOUT_A_ROW if name == function}
    assert {*inspect.signature(call).parameters} - {option.parameter for option in options} == without


@pytest.mark.parametrize("function", ["audit", "read_orders", "demo", "explain"])
def test_every_row_sets_a_parameter_that_there_is(function: str) -> None:
    call, options = TABLES[function]
    assert {option.parameter for option in options} <= {*inspect.signature(call).parameters}


def test_the_gateway_side_sets_parameters_that_there_are() -> None:
    client = {*inspect.signature(cr.PaymentClient).parameters, *inspect.signature(cr.PaymentClient.initiate).parameters}
    for option in (*gateway_commands._INITIATING, *gateway_commands._PAYMENT, *gateway_commands._CUSTOMER):
        assert option.parameter.partition(".")[0] in client
    assert {option.parameter for option in gateway_commands._LISTENING} <= {*inspect.signature(Receiver).parameters}
    assert {option.parameter for option in gateway_commands._SANDBOX} <= {
        *inspect.signature(cr.sandbox.start).parameters
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_takes_an_option_that_is_in_no_table(command: tuple[str, ...]) -> None:
    parsed = cli._parser()[0].parse_args([*command])
    about = {"run", "archive", "program", "options", "of_the_call", "of_the_orders"}
    assert vars(parsed).keys() - about == {option.attribute for option in (*COMMANDS[command], JSON, TOP)}
    assert {*parsed.of_the_call, *parsed.of_the_orders} == {*COMMANDS[command]}


SECRET_LIKE = "sk_l1ve_N0b0dyMayReadThis"
TAKES_ANY_TEXT = {"--merchant", "--success-status", "--supported-currency", "--public-key", "--sheet", "--delimiter"}
NAMES_A_FILE = {"--keys", "--decisions", "--previous", "--out", "--orders", "--ledger"}
"""Messages about files name them."""


@pytest.mark.parametrize(
    "option",
    [
        option
        for option in (*VERIFYING, *READING, *ORDERING, *RECONCILING)
        if option.example and option.flag not in TAKES_ANY_TEXT | NAMES_A_FILE
    ],
    ids=lambda option: option.flag,
)
def test_what_an_option_does_not_take_is_told_in_the_words_of_the_command_line(
    shop: Path, capsys: pytest.CaptureFixture[str], option: Option
) -> None:
    other = {"--as-of": ["--grace", "1 day"], "--grace": ["--as-of", "2026-01-31"]}.get(option.flag, [])
    command = ["reconcile", str(shop / "ipn.jsonl"), "--orders", str(shop / "orders.csv"), *other]
    assert main([*command, option.flag, SECRET_LIKE]) == BAD_INPUT
    said = capsys.readouterr().err
    assert option.flag in said
    assert len(said.splitlines()) == 1
    assert SECRET_LIKE not in said
    assert f"{option.parameter}=" not in said
    assert option.parameter.isalpha() or option.parameter not in said


@pytest.mark.parametrize(
    "arguments",
    [
        [SECRET_LIKE],
        ["verify", "a", f"--{SECRET_LIKE}"],
        ["verify", "a", f"--json={SECRET_LIKE}"],
        ["demo", SECRET_LIKE],
        ["sandbox", "--seed", SECRET_LIKE],
        ["sandbox", "--mischief", SECRET_LIKE],
        ["listen", "{shop}/captures", "--endpoint", SECRET_LIKE],
        ["initiate", "--mode", SECRET_LIKE],
        ["initiate", "--base-url", SECRET_LIKE],
        ["initiate", "--checkout-theme", SECRET_LIKE],
        ["initiate", "--billing", SECRET_LIKE],
        ["explain", "{shop}", "A", "--lang", SECRET_LIKE],
        ["probe", SECRET_LIKE, "--keys", "{shop}/keys.toml", "--identifier", "A", "--amount", "11"],
        ["probe", "http://127.0.0.1:9/", "--keys", "{shop}/keys.toml", "--identifier", "A", "--amount", SECRET_LIKE],
    ],
)
def test_what_is_refused_is_not_repeated(shop: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    (shop / "keys.toml").write_text('[[keys]]\nid = "t"\nmode = "test"\nsecret = "of a shop"\n')
    assert main([argument.format(shop=shop) for argument in arguments]) == BAD_INPUT
    said = capsys.readouterr().err
    assert SECRET_LIKE not in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("command", cli._parser()[1])
def test_help_shows_the_values_of_every_option_and_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == NOTHING_EXCEPTIONAL
    helped = "".join(capsys.readouterr().out.split())
    commands = cli._parser()[0]._subparsers
    assert commands is not None
    (choices,) = (action.choices for action in commands._group_actions)
    assert choices is not None
    for option in dict(choices)[command].get_default("options"):
        assert option.flag in helped
        assert "".join(option.typed().split()) in helped
        assert all(value in helped for value in option.values)


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


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError("s3cret"), "memory is not enough for this (hint: allow more, or give --memory"),
        (RuntimeError("can't start new thread"), "the system lets no more threads be started"),
        (OSError(errno.EMFILE, "Too many open files", "s3cret"), "stopped by the system: Too many open files"),
        (RuntimeError("s3cret"), "stopped by an unexpected RuntimeError"),
        (KeyError("s3cret"), "stopped by an unexpected KeyError"),
    ],
)
def test_an_unexpected_exception_is_one_sentence_and_never_exit_code_1(
    error: Exception, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("corena_recon.stages.audit.audit", failing)
    assert main(["verify", "a.jsonl"]) == 2
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert words in shown
    assert "s3cret" not in shown
    monkeypatch.setenv("CORENA_RECON_TRACEBACK", "1")
    assert main(["verify", "a.jsonl"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_what_is_asked_to_end_leaves_nothing_behind(shop: Path) -> None:
    command = [sys.executable, "-m", "corena_recon", "verify", "-", "--out", str(shop / "report")]
    (shop / "temporary").mkdir()
    environment = {**os.environ, "TMPDIR": str(shop / "temporary")}
    before = sorted(shop.rglob("*"))
    run = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    while len(sorted(shop.rglob("*"))) < len(before) + 2:
        assert run.poll() is None
    run.terminate()
    _, said = run.communicate()
    assert (run.returncode, said) == (130, b"corena-recon: interrupted\n")
    assert sorted(shop.rglob("*")) == before
