"""Every error this package raises on purpose.

    CorenaReconError
    ├── InputError            what was handed over cannot be used
    │   ├── SourceError       a file cannot be opened, is refused, or is of no known form
    │   └── ColumnError       a table lacks the columns that are needed
    ├── ConfigurationError    what was asked for cannot be done
    │   ├── KeyRingError      a key ring or one of its keys is unusable
    │   └── OptionError       an option has no meaning or contradicts another
    ├── OutputError           a report cannot be written or is not a report
    ├── ConsistencyError      figures contradict each other: nothing was written
    └── GatewayError          the payment gateway
        ├── GatewayUnreachable   no request was sent
        ├── GatewayRefused       the gateway answered with an error
        ├── GatewayBroken        the answer is none that the documentation knows
        └── OutcomeUnknown       a request was sent and nobody knows what became of it

Messages say what is wrong, where and what was found; ``hint`` says what to do; further facts are attributes.
No message carries a secret or a whole body.
"""

from __future__ import annotations

from typing import Any


class CorenaReconError(Exception):
    """Base of every error of this package.

    Args:
        message: What is wrong, where, and what was found.
        hint: What to do about it.
        facts: What a program may want to read; each becomes an attribute.
    """

    def __init__(self, message: str, *, hint: str | None = None, **facts: Any) -> None:  # noqa: ANN401
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.facts = facts

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        facts = self.__dict__.get("facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(name)

    def __str__(self) -> str:
        return f"{self.message} (hint: {self.hint})" if self.hint else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.hint, self.facts)


def _rebuild(kind: type[CorenaReconError], message: str, hint: str | None, facts: dict[str, Any]) -> CorenaReconError:
    return kind(message, hint=hint, **facts)


class InputError(CorenaReconError):
    """What was handed over cannot be used."""


class SourceError(InputError):
    """A source cannot be opened, is refused for safety, or is of no known form."""


class ColumnError(InputError):
    """A table lacks columns that are needed; ``found`` and ``needed`` list them."""


class ConfigurationError(CorenaReconError):
    """What was asked for cannot be done."""


class KeyRingError(ConfigurationError):
    """A key ring or one of its keys is unusable; never carries a secret."""


class OptionError(ConfigurationError):
    """An option has no meaning or contradicts another."""


class OutputError(CorenaReconError):
    """A report cannot be written, or a folder is not a report."""


class GatewayError(CorenaReconError):
    """The payment gateway did not do what was asked."""


class GatewayUnreachable(GatewayError):  # noqa: N818
    """No request was sent: trying again is safe."""


class GatewayRefused(GatewayError):  # noqa: N818
    """The gateway answered with an error; ``messages`` lists its words."""


class GatewayBroken(GatewayError):  # noqa: N818
    """The answer is none that the documentation knows; ``status`` and ``first_bytes`` describe it."""


class OutcomeUnknown(GatewayError):  # noqa: N818
    """A request was sent and its outcome is unknown: look in the merchant panel before trying again."""


class ConsistencyError(CorenaReconError):
    """The figures of a run contradict each other: nothing was written."""
