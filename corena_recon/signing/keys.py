"""The key ring: which secrets may have signed a notification, and when each of them was in force.

A notification carries no key id, and regenerating keys replaces them at once, so an archive spans several
secrets. A secret lives in one attribute that nothing prints, compares, copies or pickles.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from secrets import token_bytes
from typing import Final, NoReturn, Protocol, TypeAlias, overload

from corena_recon.arguments import is_mode
from corena_recon.errors import KeyRingError
from corena_recon.signing.ring_file import RingFile
from corena_recon.text import printable
from corena_recon.vocabulary import PLACEHOLDER_SECRETS, Mode

_ENVIRONMENT_NAME = re.compile(r"CORENA_(TEST_)?SECRET_KEY(?:_([A-Za-z0-9_]+))?")
_TOML_SUFFIX = ".toml"
_WAYS_TO_A_RING = (
    "give KeyRing([Key(id='live', secret=…, mode='live')]), KeyRing.from_toml('keys.toml') or KeyRing.from_env()"
)


class Key:
    """One secret key of a merchant.

    Args:
        id: The name that reports use for it.
        secret: The secret itself; never shown, copied or pickled.
        mode: ``live`` or ``test``.
        merchant: Whose key it is, where one archive holds several merchants.
        valid_from: First moment it was in force; without a zone it is UTC.
        valid_until: Last moment it was in force; a date includes that whole day (UTC).

    Raises:
        KeyRingError: The secret is empty, a placeholder or edged with white space, or a field has no meaning.
    """

    __slots__ = ("_secret", "id", "merchant", "mode", "valid_from", "valid_until")

    def __init__(
        self,
        *,
        id: str,  # noqa: A002 - the contract's name
        secret: str | bytes,
        mode: str,
        merchant: str | None = None,
        valid_from: datetime | date | str | None = None,
        valid_until: datetime | date | str | None = None,
    ) -> None:
        if not isinstance(id, str) or not id:
            raise KeyRingError("a key has no id", hint="give every key a name of its own")
        if not is_mode(mode):
            raise KeyRingError(f"key {id!r}: its mode is neither 'live' nor 'test'", field="mode")
        if not isinstance(merchant, str | None):
            raise KeyRingError(
                f"key {id!r}: its merchant is of type {type(merchant).__name__}, not text", field="merchant"
            )
        self.id = id
        self.mode = Mode(mode)
        self.merchant = merchant
        self.valid_from = _moment(valid_from, id, "valid_from", is_end=False)
        self.valid_until = _moment(valid_until, id, "valid_until", is_end=True)
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise KeyRingError(f"key {id!r}: valid_until is before valid_from", field="valid_until")
        self._secret = _usable_secret(secret, id)

    def secret_bytes(self) -> bytes:
        """The secret, for signing and checking alone."""
        return self._secret

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that tell keys apart; to try what secret they are of takes long for each guess."""
        return hmac.digest(_stretched(self._secret), b"corena_recon key fingerprint", "sha256")[:8].hex()

    def is_in_force(self, moment: datetime) -> bool:
        """Whether the moment lies within the key's validity, both ends included."""
        return (self.valid_from is None or self.valid_from <= moment) and (
            self.valid_until is None or moment <= self.valid_until
        )

    def __repr__(self) -> str:
        return f"Key(id={self.id!r}, mode={self.mode.value!r}, secret=…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is never pickled or copied: it holds a secret")


class RingKey(Protocol):
    """What is known of a key without its secret."""

    @property
    def id(self) -> str:
        """The name that reports use for it."""
        ...

    @property
    def mode(self) -> Mode:
        """Live or test."""
        ...

    @property
    def merchant(self) -> str | None:
        """Whose key it is."""
        ...

    @property
    def valid_from(self) -> datetime | None:
        """First moment it was in force."""
        ...

    @property
    def valid_until(self) -> datetime | None:
        """Last moment it was in force."""
        ...


class KeyRing(Sequence[Key]):
    """The keys that may have signed, in the order in which they are tried.

    Args:
        keys: At least one key, with ids of their own; one key alone need not be in a list.

    Attributes:
        files: Where it was read from: its TOML file and those of its secrets.

    Raises:
        KeyRingError: No key, two keys of one id, or something that is no key.
    """

    __slots__ = ("_keys", "files")

    def __init__(self, keys: Key | Iterable[Key]) -> None:
        self.files: tuple[Path, ...] = ()
        self._keys = (keys,) if isinstance(keys, Key) else _keys_in(keys)
        if not self._keys:
            raise KeyRingError(
                "the key ring holds no key",
                hint="give keys='keys.toml', or set CORENA_SECRET_KEY in the environment",
            )
        self._refuse_secrets_as_names()
        ids = [key.id for key in self._keys]
        for place, key_id in enumerate(ids):
            if key_id in ids[:place]:
                hint = "give every key a name of its own"
                raise KeyRingError(f"two keys share the id {key_id!r}", hint=hint, place=place, field="id")

    def _refuse_secrets_as_names(self) -> None:
        for number, key in enumerate(self._keys, start=1):
            for field, name in (("id", key.id), ("merchant", key.merchant)):
                if name is not None and self.holds(name):
                    raise KeyRingError(
                        f"key {number} of the ring: its {field} is a secret of the ring",
                        hint="give it a name of its own: reports show it",
                    )

    def holds(self, text: str) -> bool:
        """Whether a text that reports would show is one of the secrets."""
        return text.encode("utf-8", "surrogatepass") in {key.secret_bytes() for key in self._keys}

    def seal(self, message: bytes) -> str:
        """Hexadecimal digits that only a holder of all these keys can make of the message; no notification has them."""
        parts = b"".join(hmac.digest(_stretched(key.secret_bytes()), b"corena_recon seal", "sha256") for key in self)
        names = json.dumps([key.id for key in self]).encode("ascii")
        return hmac.digest(parts, names + b"\n" + message, "sha256").hex()

    @classmethod
    def of(cls, keys: Keys) -> KeyRing:
        """The key ring that is meant where keys are asked for: a ring, the path of its TOML file, one key, or several.

        A path that is text must name a file that is there or end in ``.toml``: other text may be a secret.

        Raises:
            KeyRingError: It is none of these, or the file holds no usable key ring.
        """
        if isinstance(keys, KeyRing):
            return keys
        if isinstance(keys, str) and not _is_plainly_a_path(keys):
            raise _unusable(keys)
        return cls.from_toml(keys) if isinstance(keys, str | os.PathLike) else cls(keys)

    @classmethod
    def from_toml(cls, path: str | os.PathLike[str]) -> KeyRing:
        """The key ring of a TOML file: ``[[keys]]`` with ``id``, ``mode`` and one way to the secret.

        The secret is one of ``secret_env`` (an environment variable), ``secret_file`` (a file, relative to this one;
        one newline at its end does not count) or ``secret``.

        Raises:
            KeyRingError: The file cannot be read, or one of its keys is unusable.
        """
        file = RingFile(*_path_of(path))
        keys = []
        for place in range(len(file.tables)):
            with file.telling(place):
                keys.append(Key(**file.arguments(place)))
        with file.telling():
            ring = cls(keys)
        ring.files = file.files
        return ring

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> KeyRing:
        """The keys of ``CORENA_SECRET_KEY`` and ``CORENA_TEST_SECRET_KEY``, either with a ``_LABEL`` suffix.

        A key's id is its mode, followed by ``-label`` where there is one.

        Raises:
            KeyRingError: There is no such variable, or a key is unusable.
        """
        environ = os.environ if environ is None else environ
        if not isinstance(environ, Mapping):
            raise KeyRingError(
                f"an environment is a mapping of names to values, not of type {type(environ).__name__}",
                hint="give KeyRing.from_env() alone",
            )
        keys = []
        for name in sorted(name for name in environ if isinstance(name, str)):
            match = _ENVIRONMENT_NAME.fullmatch(name)
            if match:
                mode = Mode.TEST if match[1] else Mode.LIVE
                key_id = f"{mode}-{match[2].lower()}" if match[2] else mode.value
                keys.append(Key(id=key_id, secret=environ[name], mode=mode))
        return cls(keys)

    def namesakes(self) -> list[tuple[Key, ...]]:
        """The keys that are one secret under several labels, together."""
        labels: dict[bytes, list[Key]] = {}
        for key in self._keys:
            labels.setdefault(key.secret_bytes(), []).append(key)
        return [tuple(keys) for keys in labels.values() if len(keys) > 1]

    def unlike(self, fingerprints: Mapping[str, str]) -> list[str]:
        """The ids of keys that are here or there alone, or not the same, beside fingerprints by id."""
        own = {key.id: key.fingerprint() for key in self._keys}
        return sorted(name for name in {*own, *fingerprints} if own.get(name) != fingerprints.get(name))

    @property
    def default_mode(self) -> Mode:
        """What a record without an endpoint is: ``test`` where the ring holds test keys alone, else ``live``."""
        return Mode.TEST if all(key.mode is Mode.TEST for key in self._keys) else Mode.LIVE

    @overload
    def __getitem__(self, index: int) -> Key: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Key, ...]: ...
    def __getitem__(self, index: int | slice) -> Key | tuple[Key, ...]:
        return self._keys[index]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(f'{key.id} ({key.mode})' for key in self._keys)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key ring is never pickled or copied: it holds secrets")


Keys: TypeAlias = "KeyRing | Key | Iterable[Key] | str | os.PathLike[str]"
"""What is taken where keys are asked for: a key ring, the path of its TOML file, one key, or several."""


def _keys_in(keys: object) -> tuple[Key, ...]:
    if isinstance(keys, str | bytes | bytearray | os.PathLike | Mapping) or not isinstance(keys, Iterable):
        raise _unusable(keys)
    held = tuple(keys)
    for key in held:
        if not isinstance(key, Key):
            raise KeyRingError(
                f"a key ring is given something of type {type(key).__name__} for a key", hint=_WAYS_TO_A_RING
            )
    return held


def _unusable(keys: object) -> KeyRingError:
    return KeyRingError(f"keys of type {type(keys).__name__} cannot be used", hint=_WAYS_TO_A_RING)


def _is_plainly_a_path(text: str) -> bool:
    # Unlike pathlib, os takes a name that is too long for one that is not there.
    return text.lower().endswith(_TOML_SUFFIX) or os.path.isfile(text)  # noqa: PTH113


def _path_of(path: object) -> tuple[Path, str]:
    """The path of a key ring, and how messages name it; what may be a secret in its place is not named."""
    if not isinstance(path, str | os.PathLike):
        raise KeyRingError(f"a key ring's path is text, not of type {type(path).__name__}", hint=_WAYS_TO_A_RING)
    text = os.fsdecode(path)
    is_named = isinstance(path, os.PathLike) or _is_plainly_a_path(text)
    return Path(text), printable(text) if is_named else ""


def _usable_secret(secret: str | bytes, key_id: str) -> bytes:
    if not isinstance(secret, str | bytes):
        raise KeyRingError(f"key {key_id!r}: the secret is of type {type(secret).__name__}, not text", field="secret")
    octets = secret.encode("utf-8", "surrogateescape") if isinstance(secret, str) else secret
    if not octets:
        raise KeyRingError(f"key {key_id!r}: the secret is empty", field="secret")
    if octets != octets.strip() or (isinstance(secret, str) and secret != secret.strip()):
        raise KeyRingError(
            f"key {key_id!r}: the secret begins or ends with white space",
            hint="copy it again without the blanks or the line end",
            field="secret",
        )
    if octets.decode("utf-8", "replace") in PLACEHOLDER_SECRETS:
        raise KeyRingError(
            f"key {key_id!r}: the secret is a placeholder of the documentation",
            hint="copy the secret key from Account > Settings > API Key",
            field="secret",
        )
    return octets


_PROCESS: Final = token_bytes(32)
_STRETCHED: Final[dict[bytes, bytes]] = {}
"""By a mark of the secret that means nothing outside this process."""


def _stretched(secret: bytes) -> bytes:
    """What stands for a secret in reports that may be handed on: a weak one cannot be guessed from it quickly."""
    mark = hmac.digest(_PROCESS, secret, "sha256")
    if mark not in _STRETCHED:
        salt = b"corena_recon key"
        try:
            _STRETCHED[mark] = hashlib.scrypt(secret, salt=salt, n=2**13, r=8, p=1, dklen=32)
        except ValueError:
            # Systems that allow approved methods alone have none that needs memory.
            _STRETCHED[mark] = hashlib.pbkdf2_hmac("sha256", secret, salt, 100_000)
    return _STRETCHED[mark]


def _moment(value: datetime | date | str | None, key_id: str, field: str, *, is_end: bool) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = (
                date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else datetime.fromisoformat(value)
            )
        except ValueError:
            raise _no_date(key_id, field) from None
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        midnight = datetime(value.year, value.month, value.day, tzinfo=UTC)
        return midnight + timedelta(days=1, microseconds=-1) if is_end else midnight
    raise _no_date(key_id, field)


def _no_date(key_id: str, field: str) -> KeyRingError:
    return KeyRingError(f"key {key_id!r}: {field} is no date", hint="write 2026-01-31", field=field)
