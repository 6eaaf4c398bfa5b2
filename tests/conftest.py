"""Shared by all tests: the foreign programs that some of them run."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import settings

settings.register_profile("project", deadline=None)
settings.load_profile("project")


def required_program(name: str, package: str) -> str:
    """The path of a program that a test cannot do without.

    Its absence is a failure in CI, where nothing may be skipped unseen, and a skip elsewhere.

    Args:
        name: The program.
        package: The Debian package that brings it.
    """
    path = shutil.which(name)
    if path is not None:
        return path
    reason = f"{name} is not installed (apt-get install {package})"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def php() -> str:
    """The path of a PHP interpreter."""
    return required_program("php", "php-cli")
