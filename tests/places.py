"""Where in the repository the things stand that tests read."""

from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).parent
ROOT: Final = TESTS.parent
SAMPLE_DATA: Final = ROOT / "sample_data"
NOTEBOOKS: Final = ROOT / "notebooks"
ARCHIVE_FIXTURES: Final = TESTS / "archive_fixtures"
ORDERS_FIXTURES: Final = TESTS / "orders_fixtures"
STORED_REPORTS: Final = TESTS / "stored_reports"
PHP_GATEWAY: Final = TESTS / "php_gateway"
CORE: Final = ROOT / "corena_recon" / "native" / "core"
"""The sources of the compiled core."""
