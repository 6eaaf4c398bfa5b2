"""The commands of the gateway side, as the command line will call them."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from corena_recon.chain import check_chain
from corena_recon.command_line import gateway as commands
from corena_recon.errors import OptionError, OutputError
from corena_recon.signing.keys import KeyRing
from tests.raw_http import exchange, ipn
from tests.waiting import WAIT_S

if TYPE_CHECKING:
    from pathlib import Path

PAYMENT = [
    "--amount=11.00",
    "--details=T-shirt",
    "--ipn-url=http://127.0.0.1:9/ipn",
    "--success-url=http://127.0.0.1:9/ok",
    "--cancel-url=http://127.0.0.1:9/no",
    "--site-name=Shop",
    "--first-name=John",
    "--last-name=Doe",
    "--email=j@example.com",
    "--mobile=12345789",
]


def parsed(add: str, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    getattr(commands, add)(parser)
    return parser.parse_args(words)


def running(command: str, *words: str) -> subprocess.Popen[str]:
    """A command in a process of its own, as the command line would run it."""
    program = (
        "import argparse, sys\nfrom corena_recon.command_line import gateway as commands\n"
        f"parser = argparse.ArgumentParser()\ncommands.add_{command}_arguments(parser)\n"
        f"sys.exit(commands.run_{command}(parser.parse_args()))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=WAIT_S)
    return process.returncode, rest


def test_listen_stores_until_it_is_ended(tmp_path: Path) -> None:
    process = running("listen", str(tmp_path / "captures"), "--endpoint", "test")
    assert process.stdout
    url = process.stdout.readline().strip()
    assert exchange(url, ipn())[0] == 200
    code, printed = ended(process)
    assert code == 0
    assert "stored" in printed
    assert "/ipn: success DFU80XZIKS 11.00000000" in printed
    (line,) = (tmp_path / "captures" / "ipn-000001.jsonl").read_bytes().splitlines()
    assert json.loads(line)["endpoint"] == "test"
    assert check_chain([line]) == "ok"


def test_listen_writes_an_object_a_line_where_it_is_asked_to(tmp_path: Path) -> None:
    process = running("listen", str(tmp_path / "captures"), "--json")
    assert process.stdout
    url = json.loads(process.stdout.readline())["url"]
    assert exchange(url, ipn())[0] == 200
    code, printed = ended(process)
    assert code == 0
    told = json.loads(printed)
    assert (told["event"], told["seq"], told["identifier"]) == ("stored", 1, "DFU80XZIKS")


def test_sandbox_and_initiate_work_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys_file = tmp_path / "keys.toml"
    process = running("sandbox", "--seed", "1", "--merchant", 'a "b"', "--keys-out", str(keys_file))
    assert process.stdout
    url, test_key, live_key = (process.stdout.readline().strip() for _ in range(3))
    assert test_key.startswith('a "b" test public key: test_')
    assert live_key.startswith('a "b" live public key: pro_')
    monkeypatch.setenv("CORENA_TEST_PUBLIC_KEY", test_key.rpartition(" ")[2])
    words = [*PAYMENT, "--base-url", url, "--shipping", "city=Goma", "--gateway-method", "visa"]
    assert commands.run_initiate(parsed("add_initiate_arguments", *words)) == 0
    text = capsys.readouterr().out
    assert f"checkout page: {url}/payment/checkout?payment_trx=" in text
    assert "amount: 11.00 USD\n" in text
    words += ["--json", "--identifier", "A1", "--public-key", test_key.rpartition(" ")[2]]
    assert commands.run_initiate(parsed("add_initiate_arguments", *words)) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["identifier"] == "A1"
    assert document["checkout_host"] == "127.0.0.1"
    code, printed = ended(process)
    assert code == 0
    assert [line.split()[2] for line in printed.splitlines()] == ["initiated", "initiated"]
    assert not any(key.secret_bytes().decode() in printed for key in KeyRing.from_toml(keys_file))
    assert keys_file.stat().st_mode & 0o077 == 0
    keys = KeyRing.from_toml(keys_file)
    assert {(key.mode, key.merchant) for key in keys} == {("live", 'a "b"'), ("test", 'a "b"')}
    assert not any(key.secret_bytes().decode() in text + test_key + live_key for key in keys)


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    keys_file = tmp_path / "keys.toml"
    keys_file.write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        commands.run_sandbox(parsed("add_sandbox_arguments", "--keys-out", str(keys_file)))
    assert keys_file.read_text(encoding="utf-8") == "mine"


def test_everything_missing_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CORENA_TEST_PUBLIC_KEY", raising=False)
    with pytest.raises(OptionError) as caught:
        commands.run_initiate(parsed("add_initiate_arguments"))
    assert {"public_key", "amount", "ipn_url", "customer.email"} <= set(caught.value.problems)


@pytest.mark.parametrize("pair", ["city", "=Goma", "city=Goma --shipping city=Bukavu"])
def test_an_address_is_given_field_by_field(pair: str) -> None:
    with pytest.raises(OptionError):
        commands.run_initiate(parsed("add_initiate_arguments", *PAYMENT, "--shipping", *pair.split()))


def test_live_needs_its_own_word() -> None:
    with pytest.raises(OptionError, match="live payments are not allowed"):
        commands.run_initiate(parsed("add_initiate_arguments", *PAYMENT, "--mode", "live"))


def test_help_comes_without_heavy_modules() -> None:
    program = (
        "import sys\nfrom corena_recon.command_line import gateway\n"
        "print([name for name in ('requests', 'duckdb', 'pandas', 'ipywidgets') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout == "[]\n"
