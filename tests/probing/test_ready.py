"""The tests that a shop's developers keep, run for real: a careful handler passes, the documentation's way fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from corena_recon.errors import OutputError
from corena_recon.probing import ATTACKS, write_ready_tests
from tests.conftest import required_program

if TYPE_CHECKING:
    from pathlib import Path

CAREFUL = {
    "shop.py": """
import hashlib, hmac
from urllib.parse import parse_qs

def new_shop(shop):
    paid = []
    def accepts(body, content_type):
        if content_type != "application/x-www-form-urlencoded":
            return False
        posted = {name: values[-1] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()}
        amount, identifier = posted.get("data[amount]", ""), posted.get("identifier", "")
        mine = hmac.new(shop["secret"].encode(), (amount + identifier).encode(), hashlib.sha256).hexdigest().upper()
        if not hmac.compare_digest(mine, posted.get("signature", "")) or posted.get("status") != "success":
            return False
        wanted = (shop["identifier"], shop["amount"], shop["currency"])
        if (identifier, amount, posted.get("data[currency]")) != wanted or paid:
            return False
        paid.append(identifier)
        return True
    return accepts
""",
    "shop.php": """<?php
return function (array $shop): callable {
    $paid = false;
    return function (string $body, string $type) use ($shop, &$paid): bool {
        $text = fn ($value) => is_string($value) ? $value : '';
        $amount = $text($_POST['data']['amount'] ?? null);
        $identifier = $text($_POST['identifier'] ?? null);
        $mine = strtoupper(hash_hmac('sha256', $amount . $identifier, $shop['secret']));
        $ok = hash_equals($mine, $text($_POST['signature'] ?? null)) && ($_POST['status'] ?? null) === 'success'
            && $identifier === $shop['identifier'] && $amount === $shop['amount']
            && ($_POST['data']['currency'] ?? null) === $shop['currency'] && !$paid;
        $paid = $paid || $ok;
        return $ok;
    };
};
""",
    "shop.mjs": """
import { createHmac, timingSafeEqual } from 'node:crypto';
export function newShop(shop) {
  let paid = false;
  return (body, type) => {
    if (type !== 'application/x-www-form-urlencoded') return false;
    const posted = new URLSearchParams(body.toString());
    const amount = posted.get('data[amount]') ?? '', identifier = posted.get('identifier') ?? '';
    const mine = createHmac('sha256', shop.secret).update(amount + identifier).digest('hex').toUpperCase();
    const theirs = posted.get('signature') ?? '';
    const ok = theirs.length === 64 && timingSafeEqual(Buffer.from(mine), Buffer.from(theirs))
      && posted.get('status') === 'success' && identifier === shop.identifier && amount === shop.amount
      && posted.get('data[currency]') === shop.currency && !paid;
    paid ||= ok;
    return ok;
  };
}
""",
}
"""By file: a handler that accepts the one open order once."""
CARELESS = {"shop.py": ("or paid", ""), "shop.php": ("&& !$paid", ""), "shop.mjs": ("&& !paid", "")}
"""By file: what makes it release an order twice."""
RUN = {
    "shop.py": (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_notifications.py"),
    "shop.php": ("php", "notifications_test.php"),
    "shop.mjs": ("node", "--test", "notifications.test.mjs"),
}
PACKAGES = {"php": "php-cli", "node": "nodejs"}


def run(folder: Path, file: str, program: str) -> subprocess.CompletedProcess[str]:
    (folder / file).write_text(program, encoding="utf-8")
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(RUN[file], cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("file", RUN)
def test_the_tests_tell_a_careful_handler_from_a_careless_one(file: str, tmp_path: Path) -> None:
    if RUN[file][0] in PACKAGES:
        required_program(RUN[file][0], PACKAGES[RUN[file][0]])
    folder = write_ready_tests(
        tmp_path / "ready", identifier="71", amount="11.00000000", currency="USD", public_key="test_1a2b3c"
    )
    careful = run(folder, file, CAREFUL[file])
    assert careful.returncode == 0, careful.stdout + careful.stderr
    careless = run(folder, file, CAREFUL[file].replace(*CARELESS[file]))
    assert careless.returncode == 1
    for name in ("replayed", "trx_conflict"):
        assert name in careless.stdout
    assert "release an order once" in careless.stdout


def test_every_attack_is_a_case_and_the_first_is_genuine(tmp_path: Path) -> None:
    folder = write_ready_tests(tmp_path / "ready", identifier="71", amount="11.00000000", public_key="test_1a2b3c")
    told = json.loads((folder / "notification_cases.json").read_text(encoding="utf-8"))
    names = [case["name"] for case in told["cases"]]
    assert names == ["genuine", *(attack.code for attack in ATTACKS if attack.code != "identifier_case")]
    assert [case["name"] for case in told["cases"] if case["is_accepted"]] == ["genuine"]


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="not there yet"):
        write_ready_tests(tmp_path, identifier="71", amount="11.00000000")
    assert [*tmp_path.iterdir()] == []
