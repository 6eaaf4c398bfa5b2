"""Machine code made while the program runs, from text in LLVM's intermediate representation."""

from __future__ import annotations

import ctypes
import importlib
import mmap
import os
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
        OSError: This process may not make memory executable.
        Exception: Whatever a missing or unfit compiler raises.
    """

    def __init__(self, text: str, *, optimise: bool = False) -> None:
        _try_executable_memory()
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
        address = self._engine.get_function_address(name)
        if not address:
            raise LookupError(f"the compiled module has no function {name}")
        return ctypes.CFUNCTYPE(None, *kinds)(address)


def has_sha_instructions() -> bool:
    """Whether this is an x86 processor with the SHA extensions."""
    llvm = _compiler()
    return bool(llvm.get_process_triple().startswith("x86_64") and llvm.get_host_cpu_features().get("sha", False))


def _try_executable_memory() -> None:
    """Makes one page executable in the compiler's way, which overlooks a refusal and dies of calling its code."""
    if os.name != "posix":
        return
    with mmap.mmap(-1, mmap.PAGESIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as page:
        page.write_byte(0)
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        c_library = ctypes.CDLL(None, use_errno=True)
        wanted = (POINTER(address), ctypes.c_size_t(mmap.PAGESIZE), mmap.PROT_READ | mmap.PROT_EXEC)
        if c_library.mprotect(*wanted) != 0:
            raise OSError(ctypes.get_errno(), "this process may not make memory executable")


def _compiler() -> Any:  # noqa: ANN401
    llvm = importlib.import_module("llvmlite.binding")
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm
