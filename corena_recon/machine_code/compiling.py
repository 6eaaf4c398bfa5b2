"""Machine code made while the program runs, from text in LLVM's intermediate representation."""

from __future__ import annotations

import ctypes
import importlib
from typing import Any, Final

POINTER: Final = ctypes.c_void_p
COUNT: Final = ctypes.c_int64


class MachineCode:
    """Functions compiled for this processor; nothing is kept on disk.

    Args:
        text: The module.
        optimise: Whether to move variables from memory to registers and inner functions into their callers first:
            a tenth of the time of LLVM's usual passes, and nearly all of their gain on such code.

    Raises:
        Exception: Whatever a missing or unfit compiler raises.
    """

    def __init__(self, text: str, *, optimise: bool = False) -> None:
        llvm = _compiler()
        machine = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
            cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2, jit=True
        )
        module = llvm.parse_assembly(text)
        if optimise:
            passes = llvm.create_new_module_pass_manager()
            passes.add_always_inliner_pass()
            passes.add_sroa_pass()
            passes.add_simplify_cfg_pass()
            passes.add_instruction_combine_pass()
            passes.run(module, llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options()))
        self._engine = llvm.create_mcjit_compiler(module, machine)
        self._engine.finalize_object()

    def function(self, name: str, *kinds: Any) -> Any:  # noqa: ANN401 - ctypes has no better types
        """A function that gives nothing, callable with arguments of these ctypes; calls release the GIL."""
        return ctypes.CFUNCTYPE(None, *kinds)(self._engine.get_function_address(name))


def has_sha_instructions() -> bool:
    """Whether this is an x86 processor with the SHA extensions."""
    llvm = _compiler()
    return bool(llvm.get_process_triple().startswith("x86_64") and llvm.get_host_cpu_features().get("sha", False))


def _compiler() -> Any:  # noqa: ANN401
    llvm = importlib.import_module("llvmlite.binding")
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm
