from __future__ import annotations

from pathlib import Path

import pytest

from corena_recon.engine import connect, sql_literal


def test_a_connection_speaks_utc_and_keeps_its_limits(tmp_path: Path) -> None:
    with connect(threads=1, memory_limit_bytes=256_000_000, spill_folder=tmp_path) as connection:
        settings = connection.execute(
            "SELECT current_setting('TimeZone'), current_setting('threads'), current_setting('temp_directory')"
        ).fetchall()
    assert settings == [("UTC", 1, str(tmp_path))]


@pytest.mark.parametrize("text", ["plain", "it's", "''", "\\", "é\n"])
def test_a_literal_is_the_text(text: str) -> None:
    with connect(threads=1) as connection:
        assert connection.execute(f"SELECT {sql_literal(text)}").fetchall() == [(text,)]
