"""Shared by all tests: where they write, the foreign programs that some of them run, and what takes long to make."""

from __future__ import annotations

import gc
import os
import pickle
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import find, settings
from hypothesis.strategies import booleans

from tests.made_once import made_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb
    import pandas as pd

    from tests.adversary.benchmark import Archive

settings.register_profile("project", deadline=None)
settings.load_profile("project")

IN_MEMORY: Final = Path("/dev/shm")
"""Where what is written need not wait for a disk; all that makes it durable is done there, too."""
_ROOM_BYTES: Final = 4 * 1024**3


def pytest_configure() -> None:
    """Folders of tests are in memory where there is room, unless a place is named for them."""
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > _ROOM_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))
    # Processes that tests start find compiled what others have imported.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_finish() -> None:
    """What has been collected stays until the end: nobody need look through it again for garbage."""
    # Hypothesis asks the collector once who holds its own random numbers: of what is frozen, nobody.
    find(booleans(), bool)
    gc.collect()
    gc.freeze()


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


@pytest.fixture(scope="session")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """One connection for tests that ask many small things: opening one for each takes longer than all of them."""
    from corena_recon.tables.engine import connect  # noqa: PLC0415 - by far not every run of tests needs it

    with connect(threads=1) as connection:
        yield connection


@pytest.fixture(scope="session")
def core_objects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of the core, each compiled by itself: what is compiled with a slip or other code joins the rest."""
    from tests.native.compiled import compile_objects  # noqa: PLC0415 - likewise

    return made_once(tmp_path_factory, "core_objects", compile_objects)


@pytest.fixture(scope="session")
def attack_archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """The adversarial benchmark; it and what is made of it take seconds, so that every run makes them once."""
    from tests.adversary.benchmark import built  # noqa: PLC0415 - likewise

    archive: Archive = _pickled_once(tmp_path_factory, "attack_archive", built)
    return archive


@pytest.fixture(scope="session")
def attack_folder(attack_archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its files."""
    return made_once(tmp_path_factory, "attacks", attack_archive.write)


@pytest.fixture(scope="session")
def attacks(attack_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Its notifications as read; nobody may change them."""
    import corena_recon as cr  # noqa: PLC0415 - likewise

    return _pickled_once(tmp_path_factory, "read_attacks", lambda: cr.read_ipns(attack_folder))


@pytest.fixture(scope="session")
def judged_attacks(attacks: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The same, verified; nobody may change them."""
    import corena_recon as cr  # noqa: PLC0415 - likewise
    from tests.adversary.benchmark import OPTIONS  # noqa: PLC0415
    from tests.adversary.keyring import ring  # noqa: PLC0415

    return _pickled_once(tmp_path_factory, "judged_attacks", lambda: cr.verify(attacks, ring(), **OPTIONS))


def _pickled_once(factory: pytest.TempPathFactory, name: str, make: Callable[[], Any]) -> Any:
    folder = made_once(factory, name, lambda folder: (folder / "made").write_bytes(pickle.dumps(make())))
    return pickle.loads((folder / "made").read_bytes())
