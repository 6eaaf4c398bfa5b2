"""What PHP's own functions print of an array, as shops append it to a file."""

from __future__ import annotations

from typing import Any

from tests.archive_fixtures.php_writers import dumped, exported, printed, serialized
from tests.every_form.notifications import Notifications


def printed_under_dates(posts: Notifications) -> bytes:
    return "".join(f"----- {one.day_and_time} -----\n{printed(one.nested())}\n" for one in posts).encode()


def exported_without_ends(posts: Notifications) -> bytes:
    return "".join(exported(one.nested()) for one in posts).encode()


def dumped_one_by_one(posts: Notifications) -> bytes:
    return "".join(dumped(one.nested()) for one in posts).encode()


def serialized_lines(posts: Notifications) -> bytes:
    return "".join(serialized(one.nested()) + "\n" for one in posts).encode()


def printed_on_windows(posts: Notifications) -> bytes:
    return "".join(f"{printed(one.nested())}\n" for one in posts).replace("\n", "\r\n").encode()


def short_arrays(posts: Notifications) -> bytes:
    """As Symfony's and Laravel's exporters write arrays."""
    return "".join(f"{_short(one.nested())}\n" for one in posts).encode()


def _short(array: dict[str, Any], indentation: str = "") -> str:
    inner = f"{indentation}    "
    elements = (
        f"{inner}'{name}' => {_short(value, inner) if isinstance(value, dict) else repr(value)},\n"
        for name, value in array.items()
    )
    return f"[\n{''.join(elements)}{indentation}]"
