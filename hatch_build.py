"""Compiles the core into what is installed: one library a platform, for any Python.

Without a compiler the package is built all the same: Python does the core's work then, with the same results, slower.
``CORENA_RECON_NATIVE=off`` asks for that.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SOURCES = Path(__file__).parent / "corena_recon" / "native" / "core"
_COMPILING = runpy.run_path(str(_SOURCES / "compiling.py"))
_HAVE_ZIG = ("linux", "darwin", "win32")


class CoreBuildHook(BuildHookInterface[Any]):
    """Asks for the ziglang wheel only where no compiler is on PATH."""

    def dependencies(self) -> list[str]:
        """What the build needs besides."""
        is_needed = not _is_unwanted() and _COMPILING["compiler"]() is None and sys.platform in _HAVE_ZIG
        return ["ziglang>=0.13"] if is_needed else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the interface's
        """Compiles in place, for the wheel and for an editable installation alike."""
        if _is_unwanted() or not self._compiled():
            return
        build_data["artifacts"].append(f"corena_recon/native/core/{_COMPILING['LIBRARY_NAME']}")
        build_data["pure_python"] = False
        build_data["tag"] = "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")

    def _compiled(self) -> bool:
        try:
            _COMPILING["compile_core"]()
        except FileNotFoundError as missing:
            self._go_on_without(str(missing))
            return False
        except subprocess.CalledProcessError as failure:
            if os.environ.get("CI") == "true":
                raise
            self._go_on_without(f"the C compiler {failure.cmd[0]} fails on the sources of the core")
            return False
        return True

    def _go_on_without(self, reason: str) -> None:
        (_SOURCES / _COMPILING["LIBRARY_NAME"]).unlink(missing_ok=True)
        self.app.display_warning(f"{reason}; corena_recon is built without its compiled core: it works, but is slower")


def _is_unwanted() -> bool:
    return os.environ.get("CORENA_RECON_NATIVE") == "off"
