"""What callers give as options, checked: of what has no meaning is said what it is, never what it holds.

What stands where a word belongs may be a secret that was meant for another place, so no message repeats it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

from corena_recon.errors import OptionError
from corena_recon.vocabulary import Mode

_Function = TypeVar("_Function", bound=Callable[..., Any])


def takes(arguments: type, defaults: Mapping[str, Any]) -> Callable[[_Function], _Function]:
    """Has ``help`` and completion show every option of a function that is written with ``**options``.

    Args:
        arguments: The dictionary type that ``options`` unpacks.
        defaults: What each option is when it is not given.
    """
    from inspect import Parameter, signature  # noqa: PLC0415 - help of the command line comes without

    def shown(function: _Function) -> _Function:
        written = signature(function)
        fixed = [each for each in written.parameters.values() if each.kind is not Parameter.VAR_KEYWORD]
        options = [
            Parameter(
                name, Parameter.KEYWORD_ONLY, default=defaults[name], annotation=getattr(kind, "__forward_arg__", kind)
            )
            for name, kind in arguments.__annotations__.items()
        ]
        vars(function)["__signature__"] = written.replace(parameters=[*fixed, *options])
        return function

    return shown


def refuse_unknown(function: str, given: Iterable[object], options: Collection[str]) -> None:
    """Refuses what is no option of a function; its name is repeated only where it is nearly one.

    Args:
        function: The function's name.
        given: The names that were given.
        options: The names of its options.

    Raises:
        OptionError: A name is none of them.
    """
    for name in given:
        if name in options:
            continue
        near = near_name(name, options)
        if near is None:
            raise OptionError(
                f"{function} is given an option that it has not", hint=f"its options are {', '.join(options)}"
            )
        raise OptionError(f"{function} has no option {name}", hint=f"did you mean {near}?")


def near_name(name: object, names: Iterable[str]) -> str | None:
    """The name that somebody meant who wrote this one; None where it is like none of them."""
    from difflib import get_close_matches  # noqa: PLC0415 - few runs need it

    return next(iter(get_close_matches(name, names, 1)), None) if isinstance(name, str) else None


def chosen(options: Mapping[str, object], names: Collection[str]) -> dict[str, Any]:
    """Those of the options that have one of the names."""
    return {name: value for name, value in options.items() if name in names}


def require(name: str, value: object, kinds: type | tuple[type, ...], hint: str) -> None:
    """Refuses a value of another type; True and False are no numbers.

    Args:
        name: The option's.
        value: What was given.
        kinds: The types that it may have.
        hint: What to give instead.

    Raises:
        OptionError: It has none of the types.
    """
    allowed = kinds if isinstance(kinds, tuple) else (kinds,)
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        raise OptionError(f"{name} is of type {type(value).__name__}", hint=hint)


def require_text(name: str, value: object, example: str) -> None:
    """Refuses what is neither text nor None.

    Raises:
        OptionError: It is something else.
    """
    require(name, value, (str, type(None)), f"give text, for example {name}={example!r}")


def require_flag(name: str, value: object) -> None:
    """Refuses what is neither True nor False.

    Raises:
        OptionError: It is something else.
    """
    require(name, value, bool, f"give {name}=True or {name}=False")


def is_mode(value: object) -> bool:
    """Whether it is ``live`` or ``test``."""
    return isinstance(value, str) and value in tuple(Mode)


def words_of(name: str, value: object, example: str) -> tuple[str, ...]:
    """The words of an option that takes several; one word alone is that one.

    Args:
        name: The option's.
        value: What was given.
        example: A word that it may hold.

    Raises:
        OptionError: It is neither text nor a set, list or other run of texts.
    """
    if isinstance(value, str):
        return (value,)
    # A mapping and a frame give their keys when they are gone through, bytes give numbers.
    if not isinstance(value, Iterable) or isinstance(value, bytes | bytearray | memoryview) or hasattr(value, "keys"):
        raise OptionError(f"{name} is of type {type(value).__name__}", hint=f"give words: {name}={{{example!r}}}")
    words = tuple(value)
    for word in words:
        if not isinstance(word, str):
            raise OptionError(
                f"{name} holds something of type {type(word).__name__}", hint=f"give words: {name}={{{example!r}}}"
            )
    return words
