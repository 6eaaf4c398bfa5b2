"""What PHP's own functions print of an array, as shops append it to a file."""

from __future__ import annotations

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
