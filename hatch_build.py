"""Compiles the core into what is installed: one library a platform, for any Python."""

from __future__ import annotations

import runpy
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_COMPILING = runpy.run_path(str(Path(__file__).parent / "corena_recon/native/core/compiling.py"))


class CoreBuildHook(BuildHookInterface[Any]):
    """Asks for the ziglang wheel only where no compiler is on PATH."""

    def dependencies(self) -> list[str]:
        """What the build needs besides."""
        return [] if _COMPILING["compiler"]() else ["ziglang>=0.13"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Compiles in place, for the wheel and for an editable installation alike."""
        _COMPILING["compile_core"]()
        build_data["artifacts"].append(f"corena_recon/native/{_COMPILING['LIBRARY_NAME']}")
        build_data["pure_python"] = False
        build_data["tag"] = "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")
