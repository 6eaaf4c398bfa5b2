"""The attacks as tests that a shop's developers keep: cases as JSON, and what runs them in PHP, Python and Node."""

from __future__ import annotations

import json
from importlib import resources
from os import PathLike, fspath
from pathlib import Path
from typing import Final

from corena_recon.errors import OutputError
from corena_recon.languages import ENGLISH
from corena_recon.probing.attacks import ATTACK_REMEDIES, ATTACK_SENTENCES, ATTACKS, GENUINE, Order
from corena_recon.text import printable

CASES_FILE: Final = "notification_cases.json"
RUNNERS: Final = ("notifications_test.php", "test_notifications.py", "notifications.test.mjs")
"""PHP for itself alone, Python for pytest, Node for its own runner."""

_SECRET = b"a secret for tests alone"


def write_ready_tests(
    folder: str | PathLike[str], *, identifier: str, amount: str, currency: str = "USD", public_key: str | None = None
) -> Path:
    """Writes the cases and what runs them into a new folder, signed with an invented secret.

    Args:
        folder: Must not be there yet.
        identifier: Of the order that waits for its payment.
        amount: The order's amount as the gateway writes it.
        currency: The order's currency.
        public_key: The shop's public key, to try it as a secret.

    Returns:
        The folder.

    Raises:
        OutputError: The folder is there, or cannot be written.
    """
    order = Order(identifier=identifier, amount=amount, currency=currency, secret=_SECRET, public_key=public_key)
    cases = [
        {
            "name": attack.code,
            "content_type": attack.content_type,
            "body": body.decode(),
            "is_accepted": attack is GENUINE,
            "follows_the_genuine_one": attack.is_late,
            "what": ATTACK_SENTENCES.say(attack.code, ENGLISH),
            "otherwise": "" if attack is GENUINE else ATTACK_REMEDIES.say(attack.code, ENGLISH),
        }
        for attack in (GENUINE, *ATTACKS)
        if (body := attack.body(order)) is not None
    ]
    shop = {"secret": _SECRET.decode(), "identifier": identifier, "amount": amount, "currency": currency}
    place = Path(fspath(folder))
    try:
        place.mkdir(parents=True)
        (place / CASES_FILE).write_text(json.dumps({"shop": shop, "cases": cases}, indent=1) + "\n", encoding="utf-8")
        for name in RUNNERS:
            (place / name).write_bytes(resources.files(__package__).joinpath("ready_tests", name).read_bytes())
    except OSError as error:
        raise OutputError(
            f"the tests cannot be written to {printable(str(place))}: {error.strerror or type(error).__name__}",
            hint="name a folder that is not there yet",
        ) from None
    return place
