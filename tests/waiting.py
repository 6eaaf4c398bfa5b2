"""How long tests wait for what must happen: on a machine that does much besides, everything takes many times longer."""

from typing import Final

WAIT_S: Final = 180.0
"""Only what hangs takes as long."""
