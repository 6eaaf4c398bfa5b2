from __future__ import annotations

from pathlib import Path

import pytest

from corena_recon.errors import OptionError
from corena_recon.tables.engine import connect, sql_literal


def test_a_connection_speaks_utc_and_keeps_its_limits(tmp_path: Path) -> None:
    with connect(threads=1, memory_limit_bytes=256_000_000, spill_folder=tmp_path) as connection:
        settings = connection.execute(
            "SELECT current_setting('TimeZone'), current_setting('threads'), current_setting('temp_directory')"
        ).fetchall()
        with connection.cursor() as other:
            zone = other.execute("SELECT current_setting('TimeZone')").fetchall()
    assert settings == [("UTC", 1, str(tmp_path))]
    assert zone == [("UTC",)]


def test_too_little_memory_is_an_error_of_its_own(tmp_path: Path) -> None:
    many = "SELECT list(range ORDER BY hash(range)) FROM range(10_000_000)"
    with (
        pytest.raises(OptionError, match="memory"),
        connect(threads=1, memory_limit_bytes=16_000_000, spill_folder=tmp_path) as connection,
    ):
        connection.execute(many)


@pytest.mark.parametrize("text", ["plain", "it's", "''", "\\", "é\n"])
def test_a_literal_is_the_text(text: str) -> None:
    with connect(threads=1) as connection:
        assert connection.execute(f"SELECT {sql_literal(text)}").fetchall() == [(text,)]
