"""The committed sample is what its scripts write, and other HMAC implementations agree with it."""

from __future__ import annotations

import csv
import gzip
import hmac
import importlib.util
import os
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from tests.places import SAMPLE_DATA

if TYPE_CHECKING:
    from types import ModuleType

SAMPLE = SAMPLE_DATA
PHP = SAMPLE / "php"
DOCUMENTATION_FIELDS = [
    "status",
    "signature",
    "identifier",
    "data[payment_trx]",
    "data[amount]",
    "data[payment_type]",
]


def program(name: str) -> str:
    """The path of a program; without it the test fails in CI and is skipped elsewhere."""
    path = shutil.which(name)
    if path is None and os.environ.get("CI"):
        pytest.fail(f"{name} is needed in CI")
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def unpacked(name: str, octets: bytes) -> bytes:
    """The content of a gzip file: how well it is packed depends on the zlib at hand."""
    return gzip.decompress(octets) if name.endswith(".gz") else octets


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def secrets_of(path: Path) -> dict[str, str]:
    return {key["id"]: key["secret"] for key in tomllib.loads(path.read_text(encoding="utf-8"))["keys"]}


def bodies_with_rows(bodies: Path, rows: list[dict[str, str]]) -> list[tuple[dict[str, str], dict[str, str]]]:
    lines = bodies.read_text(encoding="utf-8").splitlines()
    fields = [{name: values[-1] for name, values in parse_qs(line, errors="replace").items()} for line in lines]
    return list(zip(fields, rows, strict=True))


@pytest.fixture(scope="module")
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sample_data_make", SAMPLE / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_committed_files_are_what_make_writes(make: ModuleType) -> None:
    written = {name: unpacked(name, octets) for name, octets in make.sample_files().items()}
    others = {"make.py", "README.md"}
    committed = {
        path.name: unpacked(path.name, path.read_bytes())
        for path in SAMPLE.iterdir()
        if path.is_file() and path.name not in others
    }
    assert committed == written


def test_every_record_is_expected_once() -> None:
    expected = [(row["source"], int(row["record"])) for row in rows_of(SAMPLE / "expected.csv")]
    present = []
    for path in sorted(SAMPLE.glob("ipn-*")):
        lines = unpacked(path.name, path.read_bytes()).count(b"\n") - path.name.endswith(".csv")
        present += [(path.name, record) for record in range(1, lines + 1)]
    assert sorted(expected) == sorted(present)


def test_outcomes_of_rows_are_those_of_their_identifiers() -> None:
    outcomes = {row["identifier"]: row["outcome"] for row in rows_of(SAMPLE / "expected_outcomes.csv")}
    for row in rows_of(SAMPLE / "expected.csv"):
        assert row["outcome"] == outcomes.get(row["identifier"], "")
    assert {row["identifier"] for row in rows_of(SAMPLE / "orders.csv")} <= set(outcomes)


@pytest.mark.parametrize("folder", [SAMPLE, PHP], ids=["sample", "php"])
def test_signatures_of_bodies_by_the_standard_library(folder: Path) -> None:
    rows = rows_of(folder / "expected.csv")
    bodies = folder / ("bodies.txt" if folder == PHP else "ipn-bodies.txt")
    if folder == SAMPLE:
        rows = [row for row in rows if row["source"] == bodies.name]
    secrets = [secret.encode() for secret in secrets_of(folder / "keys.toml").values()]
    checked = 0
    for fields, row in bodies_with_rows(bodies, rows):
        if row["signature_status"] in {"valid", "invalid"}:
            signed = (fields["data[amount]"] + fields["identifier"]).encode()
            made = {hmac.digest(secret, signed, "sha256").hex().upper() for secret in secrets}
            assert (fields["signature"] in made) == (row["signature_status"] == "valid"), row
            checked += 1
    assert checked > 30


def test_signatures_by_openssl() -> None:
    openssl = program("openssl")
    rows = [row for row in rows_of(SAMPLE / "expected.csv") if row["source"] == "ipn-bodies.txt"]
    honest = [(f, r) for f, r in bodies_with_rows(SAMPLE / "ipn-bodies.txt", rows) if not r["planted"]]
    secrets = secrets_of(SAMPLE / "keys.toml")
    for key_id, (fields, _) in (("live-2025", honest[0]), ("live-2026", honest[-1])):
        signed = (fields["data[amount]"] + fields["identifier"]).encode()
        command = [
            openssl,
            "dgst",
            "-sha256",
            "-mac",
            "HMAC",
            "-macopt",
            f"hexkey:{secrets[key_id].encode().hex()}",
        ]
        shown = subprocess.run(command, input=signed, capture_output=True, check=True).stdout.decode()
        assert shown.split()[-1].upper() == fields["signature"]


@pytest.mark.php
def test_php_writes_the_committed_php_set(tmp_path: Path) -> None:
    subprocess.run([program("php"), str(PHP / "make_bodies.php"), str(tmp_path)], check=True)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written == {name: (PHP / name).read_bytes() for name in ("bodies.txt", "keys.toml", "expected.csv")}


def test_php_bodies_have_the_gateway_s_fields_in_its_order() -> None:
    rows = rows_of(PHP / "expected.csv")
    for fields, row in bodies_with_rows(PHP / "bodies.txt", rows):
        names = [*DOCUMENTATION_FIELDS, "data[currency]"]
        if row["signature_status"] == "missing":
            names.remove("signature")
        assert list(fields) == names
        assert fields["identifier"] == row["identifier"]
