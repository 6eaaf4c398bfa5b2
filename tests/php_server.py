"""PHP's own web server, for what shops run on it."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import threading
from typing import TYPE_CHECKING

from tests.places import PHP_GATEWAY

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def php_serving(php: str, script: str, **environment: str) -> Iterator[str]:
    """The address of ``php -S`` with one script."""
    process = subprocess.Popen(
        [php, "-S", "127.0.0.1:0", PHP_GATEWAY / script],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    with process.stderr as log:
        announced = re.search(r"http://127\.0\.0\.1:\d+", log.readline())
        assert announced
        drain = threading.Thread(target=log.read)
        drain.start()
        try:
            yield announced[0]
        finally:
            process.kill()
            process.wait()
            drain.join()
