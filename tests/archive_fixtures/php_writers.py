"""What PHP's own functions print of an array."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Array: TypeAlias = Mapping[Any, Any]
"""Texts and arrays by texts or by integers."""


def printed(array: Array, indentation: str = "") -> str:
    """As ``print_r`` prints it."""
    elements = "".join(
        f"{indentation}    [{key}] => "
        + (printed(value, f"{indentation}        ") if isinstance(value, dict) else value)
        + "\n"
        for key, value in array.items()
    )
    return f"Array\n{indentation}(\n{elements}{indentation})\n"


def exported(array: Array, indentation: str = "") -> str:
    """As ``var_export`` prints it."""
    elements = ""
    for key, value in array.items():
        inner = f"\n{indentation}  {exported(value, f'{indentation}  ')}" if isinstance(value, dict) else _quoted(value)
        elements += f"{indentation}  {_quoted(key) if isinstance(key, str) else key} => {inner},\n"
    return f"array (\n{elements}{indentation})"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def dumped(array: Array, indentation: str = "") -> str:
    """As ``var_dump`` prints it."""
    elements = ""
    for key, value in array.items():
        inner = dumped(value, f"{indentation}  ") if isinstance(value, dict) else f"{_string(value)}\n"
        name = f'"{key}"' if isinstance(key, str) else key
        elements += f"{indentation}  [{name}]=>\n{indentation}  {inner}"
    return f"array({len(array)}) {{\n{elements}{indentation}}}\n"


def _string(text: str) -> str:
    return f'string({len(text.encode())}) "{text}"'


def serialized(value: Any) -> str:
    """As ``serialize`` writes it."""
    if isinstance(value, int):
        return f"i:{value};"
    if isinstance(value, str):
        return f's:{len(value.encode())}:"{value}";'
    elements = "".join(serialized(key) + serialized(inner) for key, inner in value.items())
    return f"a:{len(value)}:{{{elements}}}"
