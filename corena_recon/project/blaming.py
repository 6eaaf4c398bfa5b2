"""What stopped a close, told of the project file: the line of the entry at fault, and hints as the file writes them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from corena_recon.errors import CorenaReconError, KeyRingError, OptionError
from corena_recon.project.settings import SOURCE, Settings
from corena_recon.text import printable
from corena_recon.toml_lines import at_line, toml_of

_ORDERS: Final = "orders"
_PYTHON: Final = re.compile(r"""\b([a-z_]+)=('[^']*'|"[^"]*"|\{[^}]*\}|\[[^]]*\]|True|False|\d+)""")


def about_keys(settings: Settings, error: KeyRingError) -> KeyRingError:
    """An error of the keys, with the line that names the ring, or with what may name one."""
    place = printable(str(settings.file))
    if settings.keys is None:
        hint = 'write keys = "keys.toml" there, or set CORENA_SECRET_KEY in the environment'
        return KeyRingError(f"{place} names no keys; the environment's: {error.message}", hint=hint)
    return KeyRingError(f"{at_line(place, settings.line('keys'))}: {error.message}", hint=error.hint)


def about(settings: Settings, error: CorenaReconError) -> CorenaReconError:
    """An error of a close, with the line of the entry that it is about; as it is where it is about none."""
    entry = _entry_of(settings, error.message)
    if entry is None and not isinstance(error, OptionError):
        return error
    place = at_line(printable(str(settings.file)), None if entry is None else settings.line(entry))
    hint = None if error.hint is None else _PYTHON.sub(_in_toml, error.hint)
    return type(error)(f"{place}: {error.message}", hint=hint, **error.facts)


def _entry_of(settings: Settings, message: str) -> str | None:
    """The entry that a message is about: one of those that it names, within the table whose file it names, if any."""
    paths = [(path, entry) for entry, some in _paths(settings) for path in some if _is_named(path, message)]
    _, by_path = max(paths, key=lambda each: len(each[0]), default=("", None))
    told = message
    for path, _ in paths:
        told = told.replace(path, "")
    candidates = [name for name in (*settings.entries, *settings.lines) if name not in dict(_paths(settings))]
    if by_path is not None:
        inner = f"{_ORDERS}."
        candidates = [name for name in candidates if by_path.startswith(_ORDERS) and name.startswith(inner)]
    named = [name for name in candidates if _is_meant(name, settings.entries.get(name), told)]
    named = named or [name for name, _ in _paths(settings) if by_path is None and _is_meant(name, None, told)]
    return max(named, key=lambda name: name.count("."), default=by_path)


def _is_meant(name: str, value: object, told: str) -> bool:
    is_value = isinstance(value, str) and repr(printable(value)) in told
    return is_value or re.search(rf"(?<!\w){re.escape(name.rpartition('.')[2])}(?!\w)", told) is not None


def _is_named(path: str, message: str) -> bool:
    return re.search(rf"(?<![\w/.-]){re.escape(path)}(?![\w-])", message) is not None


def _paths(settings: Settings) -> Iterator[tuple[str, Iterable[str]]]:
    """The entries that name paths, and the paths as messages name them."""
    orders = _ORDERS if _ORDERS in settings.entries else f"{_ORDERS}.{SOURCE}"
    places: dict[str, Iterable[str | Path]] = {
        "archive": settings.archive,
        orders: settings.orders,
        "ledger": settings.ledger,
        "report": (settings.report,),
        "decisions": (settings.decisions,),
    }
    for entry, some in places.items():
        yield entry, [printable(str(path)) for path in some]


def _in_toml(found: re.Match[str]) -> str:
    """What Python writes as ``name=value``, as TOML writes it."""
    try:
        return f"{found[1]} = {toml_of(ast.literal_eval(found[2]))}"
    except (ValueError, SyntaxError):
        return found[0]
