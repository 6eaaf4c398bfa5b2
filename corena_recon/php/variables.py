"""PHP's variables of a request: which array element a posted name stands for.

The rules of ``main/php_variables.c`` on bytes: the last duplicate wins, an array replaces a text of the same
name and the reverse, dots and spaces of a top-level name become underscores, names end at NUL, what follows a
closing bracket is ignored.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

PostValue: TypeAlias = "bytes | dict[bytes, PostValue]"
"""A value of ``$_POST``: a text, or an array whose keys are written out (``b"0"`` is PHP's integer 0)."""

MAX_INPUT_NESTING_LEVEL: Final = 64
"""PHP's ``max_input_nesting_level``: a deeper name deletes its whole top-level variable."""
COOKIE_PREFIXES: Final = (b"__Host-", b"__Secure-")
"""Keys that begin so are dropped unless the posted name begins so too."""

_MANGLED = bytes.maketrans(b" .", b"__")
_MANGLED_UNCLOSED = bytes.maketrans(b" .[", b"___")
_LONG_MIN, _LONG_MAX = -(2**63), 2**63 - 1
_INTEGER_KEY = re.compile(rb"0|-?[1-9][0-9]{0,18}")


class PhpArray(dict[bytes, "PostValue"]):
    """A PHP array, which remembers the integer that its next unnamed element gets."""

    __slots__ = ("_next_index",)

    def __init__(self) -> None:
        super().__init__()
        self._next_index = _LONG_MIN

    def put(self, key: bytes, value: PostValue) -> None:
        """Sets an element; a key that is an integer moves the next one behind it."""
        self[key] = value
        if _INTEGER_KEY.fullmatch(key) and self._next_index <= (index := int(key)) <= _LONG_MAX:
            self._next_index = min(index + 1, _LONG_MAX)

    def free_key(self) -> bytes | None:
        """The key of the next unnamed element; None when the integers are used up."""
        key = b"%d" % (0 if self._next_index == _LONG_MIN else self._next_index)
        return None if key in self else key


def register(fields: PhpArray, name: bytes, value: bytes, *, keeps_deep: bool = False) -> bool:
    """Puts one variable where PHP puts it.

    Args:
        fields: Changed in place.
        name: Decoded.
        value: Decoded.
        keeps_deep: Puts a too deeply nested value at the limit instead of deleting its variable.

    Returns:
        False when the name is nested too deeply.
    """
    name = name.partition(b"\0")[0].lstrip(b" ")
    *outer_keys, last_key = path = _path_of(name)
    is_too_deep = len(path) > MAX_INPUT_NESTING_LEVEL + 1
    array = fields
    for key in outer_keys[:MAX_INPUT_NESTING_LEVEL]:
        used_key = array.free_key() if key is None else key
        if used_key is None or _is_forbidden(used_key, name):
            return True
        inner = array.get(used_key)
        if not isinstance(inner, PhpArray):
            inner = PhpArray()
            array.put(used_key, inner)
        array = inner
    if is_too_deep and not keeps_deep:
        del fields[path[0] or b""]
        return False
    used_key = array.free_key() if last_key is None else last_key
    if used_key is not None and path[0] and not _is_forbidden(used_key, name):
        array.put(used_key, value)
    return not is_too_deep


def _is_forbidden(key: bytes, name: bytes) -> bool:
    """Whether a key looks like a protected cookie although the name does not."""
    return any(key.startswith(prefix) and not name.startswith(prefix) for prefix in COOKIE_PREFIXES)


def _path_of(name: bytes) -> list[bytes | None]:
    """The keys that a name leads through, None for an unnamed element; one too many when it is too deep."""
    root, bracket, _ = name.partition(b"[")
    path: list[bytes | None] = [root.translate(_MANGLED)]
    start = len(root) + 1
    while bracket and root:
        if len(path) > MAX_INPUT_NESTING_LEVEL:
            path.append(None)
            break
        inside = start + 1 if name[start : start + 1].isspace() else start
        end = inside if name[inside : inside + 1] == b"]" else name.find(b"]", inside)
        if end < 0:
            if len(path) == 1:
                path = [root.translate(_MANGLED) + b"_" + name[start:].translate(_MANGLED_UNCLOSED)]
            break
        path.append(None if end == inside else name[start:end])
        bracket = name[end + 1 : end + 2] if name[end + 1 : end + 2] == b"[" else b""
        start = end + 2
    return path
