"""Orders straight from databases, through pandas and SQLAlchemy."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pandas as pd
import pytest

from corena_recon.orders import read_orders
from tests.waiting import WAIT_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

sqlalchemy = pytest.importorskip("sqlalchemy")

TABLE = """
    CREATE TABLE shop_order (id VARCHAR(40) PRIMARY KEY, number INTEGER, total NUMERIC(15,4),
                             currency CHAR(3), status VARCHAR(40), created_at TIMESTAMP, paid_at TIMESTAMP)
"""
ROWS = """
    INSERT INTO shop_order VALUES
    ('00123', 1, 1234.50, 'USD', 'paid', '2026-01-05 10:00:00', '2026-01-05 10:01:00'),
    ('1E5', NULL, 0.10, 'EUR', 'annulée', '2026-01-06 10:00:00', NULL),
    ('NA', 3, NULL, NULL, NULL, NULL, NULL)
"""


def _orders_of(url: str) -> pd.DataFrame:
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text(TABLE))
            connection.execute(sqlalchemy.text(ROWS))
        with engine.connect() as connection:
            statement = sqlalchemy.text("SELECT * FROM shop_order ORDER BY id")
            return read_orders(pd.read_sql(statement, connection))
    finally:
        engine.dispose()


def _check(orders: pd.DataFrame) -> None:
    by_identifier = {row["identifier"]: row for row in orders.to_dict("records")}
    assert set(by_identifier) == {"00123", "1E5", "NA"}
    assert by_identifier["00123"]["order_amount"] == Decimal("1234.50")
    assert by_identifier["1E5"]["order_amount"] == Decimal("0.10")
    assert by_identifier["NA"]["unreadable"] == "missing_amount"
    assert orders.set_index("identifier")["order_state"].to_dict() == {
        "00123": "paid",
        "1E5": "cancelled",
        "NA": "unknown",
    }
    moment = by_identifier["00123"]["ordered_at"]
    assert pd.Timestamp(moment) == pd.Timestamp("2026-01-05 10:00:00", tz="UTC")
    assert by_identifier["00123"]["number"] == "1"


def test_orders_of_a_sqlite_database(tmp_path: Path) -> None:
    _check(_orders_of(f"sqlite:///{tmp_path / 'shop.db'}"))


@pytest.mark.database
def test_orders_of_a_postgresql_database(postgresql_url: str) -> None:
    _check(_orders_of(postgresql_url))


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server of this test alone, on a loopback port."""
    if not os.environ.get("CI"):
        pytest.importorskip("psycopg")
    programs = _postgresql_programs()
    # pytest's own temporary folders are closed to the user that runs the server.
    folder = Path(tempfile.mkdtemp(prefix="corena_recon_postgresql_"))
    data = folder / "data"
    as_user: list[str | Path] = [*_other_user(folder)]
    _run(
        [
            *as_user,
            programs / "initdb",
            "-D",
            data,
            "-A",
            "trust",
            "-U",
            "shop",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        ]
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
    control = [*as_user, programs / "pg_ctl", "-D", data, "-w"]
    _run([*control, "-l", folder / "log", "-o", options, "start"])
    try:
        yield f"postgresql+psycopg://shop@127.0.0.1:{port}/postgres"
    finally:
        _run([*control, "-m", "immediate", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


def _postgresql_programs() -> Path:
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    found = shutil.which("initdb")
    folders += [Path(found).resolve().parent] if found else []
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    return _skip_unless_in_ci("PostgreSQL's server programs are not installed")


def _skip_unless_in_ci(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _other_user(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: then the user that Debian's package made runs it."""
    if os.geteuid() != 0:
        return []
    try:
        shutil.chown(folder, "postgres")
    except LookupError:
        _skip_unless_in_ci("there is no user postgres to run the server as")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def _run(command: Sequence[str | Path]) -> None:
    done = subprocess.run(
        [str(each) for each in command], capture_output=True, text=True, timeout=WAIT_S, check=False, cwd="/"
    )
    assert done.returncode == 0, done.stdout + done.stderr
