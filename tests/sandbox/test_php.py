"""The documentation's own PHP, on real PHP, against the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from corena_recon import sandbox
from corena_recon.gateway.notifying import request_bytes
from corena_recon.sandbox.gateway import notification
from tests.fault_server import FaultServer, answering
from tests.php_server import php_serving
from tests.places import PHP_GATEWAY

pytestmark = pytest.mark.php


def run_php(php: str, script: str, **environment: str) -> str:
    done = subprocess.run(
        [php, PHP_GATEWAY / script], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout


def test_the_documentations_initiate_sample_gets_a_checkout_page_and_its_ipn_sample_judges(
    php: str, tmp_path: Path
) -> None:
    results = tmp_path / "results.txt"
    with sandbox.start(seed=1) as running:
        shop = {
            "SECRET_KEY": running.merchant.keys.secret_text("test"),
            "MY_IDENTIFIER": "DFU80XZIKS",
            "RESULT_FILE": str(results),
        }
        with php_serving(php, "ipn.php", **shop) as shop_url:
            for mischief in ("none", "tamper", "forge", "test_key", "replay"):
                answer = json.loads(
                    run_php(
                        php,
                        "initiate.php",
                        SANDBOX_URL=running.url,
                        PUBLIC_KEY=running.merchant.test_public_key,
                        IPN_URL=shop_url + "/ipn.php",
                    )
                )
                assert (answer["status"], answer["message"]) == ("success", ["Payment initiated"])
                assert answer["redirect_url"].startswith(running.url + "/payment/checkout?payment_trx=")
                running.pay(answer["redirect_url"], mischief=mischief)
        assert all(delivery.status == 200 for delivery in running.deliveries)
    assert results.read_text(encoding="utf-8").splitlines() == [
        "accepted 11.00000000 DFU80XZIKS",
        "refused 110.00000000 DFU80XZIKS",
        "refused 11.00000000 DFU80XZIKS",  # forged
        "accepted 11.00000000 DFU80XZIKS",  # the genuine one behind it
        "refused 11.00000000 DFU80XZIKS",  # signed with the live key
        "accepted 11.00000000 DFU80XZIKS",
        "accepted 11.00000000 DFU80XZIKS",  # the replay: the sample does not look at the transaction id
    ]


def test_a_wrong_key_gets_the_documented_error(php: str) -> None:
    with sandbox.start() as running:
        answer = run_php(
            php, "initiate.php", SANDBOX_URL=running.url, PUBLIC_KEY="your_public_key", IPN_URL="http://example.com/"
        )
    assert json.loads(answer) == {"status": "error", "message": ["Invalid api key"]}


def test_the_posted_bytes_are_those_of_php_and_curl(php: str) -> None:
    with FaultServer(answering(b"")) as raw:
        run_php(php, "post_notification.php", IPN_URL=raw.url + "/ipn.php?shop=7")
        url = raw.url + "/ipn.php?shop=7"
    sent = notification(
        url,
        b"test_secret",
        amount="11.00000000",
        identifier=b"DFU80XZIKS",
        trx="AB12CD34EF56",
        currency=b"USD",
    )
    assert raw.requests == [request_bytes(url, sent.body)]


def test_a_multipart_initiation_is_read_as_php_reads_it(php: str) -> None:
    script = (
        "$p = require $argv[1]; $p['public_key'] = $argv[3]; $flat = [];"
        "foreach (explode('&', http_build_query($p)) as $pair) {"
        " [$name, $value] = explode('=', $pair); $flat[urldecode($name)] = urldecode($value); }"
        "$ch = curl_init($argv[2] . '/test/payment/initiate'); curl_setopt($ch, CURLOPT_POSTFIELDS, $flat);"
        "curl_setopt($ch, CURLOPT_RETURNTRANSFER, true); echo curl_exec($ch);"
    )
    with sandbox.start() as running:
        arguments = [str(PHP_GATEWAY / "initiate_parameters.php"), running.url, running.merchant.test_public_key]
        done = subprocess.run([php, "-r", script, *arguments], capture_output=True, text=True, check=True)
        assert running.payments[0].identifier == b"DFU80XZIKS"
    assert json.loads(done.stdout)["status"] == "success"
