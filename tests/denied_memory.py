"""A program that does some of everything, with executable memory or without; ``test_denied_memory`` runs it.

    python -m tests.denied_memory MEANS FOLDER

MEANS is how executable memory is denied: ``prctl`` or ``seccomp``. The demonstration's shop goes to
FOLDER, and to standard output, as JSON, whether the core is used and what ``hmac_sha256`` gave.
"""

from __future__ import annotations

import ctypes
import errno
import json
import mmap
import os
import platform
import sys

REFUSED = 77
"""The exit code where the system does not know this means; standard error says why."""
MESSAGES = [b"11.00000000DFU80XZIKS", b"", None, b"x" * 200, b"y" * 100_000]
ROWS = 300

_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_MDWE = 65
_MDWE_REFUSE_EXEC_GAIN = 1
_SECCOMP_MODE_FILTER = 2
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _FAIL_WITH = 0x7FFF0000, 0x00050000
_PROTECTION_PLACE = 32  # of the lower half of the third argument in struct seccomp_data, on little-endian machines
_MPROTECT_NUMBERS = {"x86_64": 10, "aarch64": 226}


class Instruction(ctypes.Structure):
    """``struct sock_filter``."""

    _fields_ = [
        ("code", ctypes.c_uint16),
        ("if_true", ctypes.c_uint8),
        ("if_false", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    ]


class Program(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = [("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(Instruction))]


def deny_by_prctl() -> None:
    """What systemd's ``MemoryDenyWriteExecute`` does from Linux 6.3 on."""
    _prctl(_PR_SET_MDWE, _MDWE_REFUSE_EXEC_GAIN)


def deny_by_seccomp() -> None:
    """What it does on older systems."""
    number = _MPROTECT_NUMBERS.get(platform.machine())
    if number is None:
        raise OSError(errno.ENOSYS, f"the number of mprotect is not known here for {platform.machine()}")
    instructions = (Instruction * 6)(
        Instruction(_LOAD, 0, 0, 0),
        Instruction(_JUMP_IF_EQUAL, 0, 3, number),
        Instruction(_LOAD, 0, 0, _PROTECTION_PLACE),
        Instruction(_JUMP_IF_SET, 0, 1, mmap.PROT_EXEC),
        Instruction(_RETURN, 0, 0, _FAIL_WITH | errno.EPERM),
        Instruction(_RETURN, 0, 0, _ALLOW),
    )
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    program = Program(len(instructions), instructions)
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(program))


def _prctl(option: int, *arguments: int) -> None:
    words = [ctypes.c_ulong(word) for word in (*arguments, 0, 0, 0, 0)[:4]]
    if ctypes.CDLL(None, use_errno=True).prctl(option, *words) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"prctl({option}) is refused: {os.strerror(code)}")


def work(folder: str) -> dict[str, list[str]]:
    """Whether the core is used, and the digests of ``MESSAGES`` in hexadecimal."""
    import corena_recon as cr  # noqa: PLC0415 - executable memory is denied before anything is loaded
    from corena_recon.native import core  # noqa: PLC0415

    digests = cr.hmac_sha256(b"secret", MESSAGES).to_pylist()
    os.mkdir(folder)  # noqa: PTH102 - nothing more is loaded than is needed
    os.chdir(folder)
    cr.demo(ROWS, "shop")
    return {
        "core": [] if core() is None else ["used"],
        "digests": [digest and digest.hex() for digest in digests],
    }


def main(means: str, folder: str) -> int:
    """Denies and works."""
    try:
        {"prctl": deny_by_prctl, "seccomp": deny_by_seccomp}[means]()
    except OSError as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    print(json.dumps(work(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
