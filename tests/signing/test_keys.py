from __future__ import annotations

import copy
import hashlib
import pickle
import time
import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from corena_recon.errors import KeyRingError
from corena_recon.signing.keys import Key, KeyRing
from corena_recon.vocabulary import Mode

CANARY = "c4n4ry-s3cret-of-the-tests"
RING = f"[[keys]]\nid='a'\nmode='live'\nsecret='{CANARY}'\n"


def key(**changes: object) -> Key:
    return Key(**{"id": "k", "secret": CANARY, "mode": "live", **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"secret": ""}, "empty"),
        ({"secret": b""}, "empty"),
        ({"secret": "YOUR_SECRET_KEY"}, "placeholder"),
        ({"secret": f" {CANARY}"}, "white space"),
        ({"secret": f"{CANARY}\n"}, "white space"),
        ({"secret": f"{CANARY}\u00a0"}, "white space"),
        ({"secret": 7}, "type int"),
        ({"mode": "production"}, "mode"),
        ({"id": ""}, "no id"),
        ({"valid_from": "yesterday"}, "no date"),
        ({"valid_until": 5}, "no date"),
    ],
)
def test_unusable_keys_are_refused_without_showing_the_secret(changes: dict[str, object], words: str) -> None:
    with pytest.raises(KeyRingError, match=words) as refusal:
        key(**changes)
    assert CANARY not in str(refusal.value)


@pytest.mark.parametrize("holder", [key(), KeyRing([key()])], ids=["key", "ring"])
def test_no_way_out_for_a_secret(holder: Key | KeyRing) -> None:
    assert CANARY not in repr(holder) + str(holder)
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="never pickled"):
            way(holder)
    assert not hasattr(holder, "__dict__")


def test_the_fingerprint_tells_keys_apart() -> None:
    prints = {key(secret=secret).fingerprint() for secret in (CANARY, CANARY + "x", CANARY[:-1])}
    assert len(prints) == 3
    assert all(len(text) == 16 and CANARY not in text for text in prints)


def test_neither_fingerprint_nor_seal_can_be_guessed_at_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both stand in manifests; a guess at a secret costs what they cost: 8 MiB, and as long as that takes."""
    costs: list[int] = []
    scrypt = hashlib.scrypt

    def counted(secret: bytes, **how: Any) -> bytes:
        costs.append(128 * how["n"] * how["r"] * how["p"])
        return scrypt(secret, **how)

    monkeypatch.setattr(hashlib, "scrypt", counted)
    first, second = (key(id=name, secret=f"weak {name} {time.time_ns()}") for name in "ab")
    prints = {one.fingerprint() for one in (first, second, first)}
    seals = {KeyRing(keys).seal(b"facts") for keys in ([first], [second], [first, second], [second, first])}
    assert (len(prints), len(seals)) == (2, 4)
    assert costs == [8 << 20] * 2


def test_systems_without_that_hash_have_another(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> bytes:
        raise ValueError("unsupported")

    monkeypatch.setattr(hashlib, "scrypt", refused)
    one = key(secret=f"weak {time.time_ns()}")
    assert len(one.fingerprint()) == 16
    assert KeyRing([one]).seal(b"facts") != KeyRing([one]).seal(b"other facts")


@pytest.mark.parametrize(
    ("moment", "is_in_force"),
    [
        (datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 1, 1, tzinfo=UTC), True),
        (datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC), True),
        (datetime(2026, 2, 1, tzinfo=UTC), False),
    ],
)
def test_dates_bound_a_validity_both_included(moment: datetime, is_in_force: bool) -> None:
    assert key(valid_from=date(2026, 1, 1), valid_until="2026-01-31").is_in_force(moment) is is_in_force


def write_ring(path: Path) -> Path:
    path.write_text(f"[[keys]]\nid='a'\nmode='live'\nsecret='{CANARY}'\n")
    return path


def test_what_is_plainly_meant_as_a_key_ring_is_taken(tmp_path: Path) -> None:
    named, without_suffix = write_ring(tmp_path / "keys.toml"), write_ring(tmp_path / "ring")
    ring = KeyRing([key()])
    assert KeyRing.of(ring) is ring
    for keys in (key(), [key()], (key(),), iter([key()]), named, str(named), without_suffix, str(without_suffix)):
        assert [each.secret_bytes() for each in KeyRing.of(keys)] == [CANARY.encode()]
    assert KeyRing(key())[0].id == "k"
    for absent in (tmp_path / "absent", str(tmp_path / "absent.toml")):
        with pytest.raises(KeyRingError, match=r"absent\S* cannot be read: No such file"):
            KeyRing.of(absent)


@pytest.mark.parametrize("make", [KeyRing.of, KeyRing, KeyRing.from_toml, KeyRing.from_env])
@pytest.mark.parametrize("keys", [CANARY, CANARY.encode(), {"live": CANARY}, [CANARY], {CANARY}, f"{CANARY}\0"])
def test_what_may_be_a_secret_is_refused_and_told_nowhere(make: Callable[[Any], KeyRing], keys: Any) -> None:
    with pytest.raises(KeyRingError) as refused:
        make(keys)
    error = refused.value
    told = [str(error), repr(error), repr(error.args), repr(vars(error)), *traceback.format_exception(error)]
    assert CANARY not in "".join(told)


@pytest.mark.parametrize("keys", [CANARY, b"x", None, 5, object(), {"a": key()}, [key(), None], Path])
def test_a_refusal_says_how_to_build_a_ring(keys: Any) -> None:
    with pytest.raises(KeyRingError, match=r"of type \w+.*KeyRing\(\[Key\(id='live', secret=…, mode='live'\)\]\)"):
        KeyRing.of(keys)


def test_a_path_is_no_key_and_none_of_its_parts() -> None:
    with pytest.raises(KeyRingError, match=r"KeyRing.from_toml"):
        KeyRing(Path("keys.toml"))  # type: ignore[arg-type]


def test_a_ring_from_the_environment() -> None:
    ring = KeyRing.from_env(
        {
            "CORENA_SECRET_KEY": "live1",
            "CORENA_SECRET_KEY_OLD": "live0",
            "CORENA_TEST_SECRET_KEY": "test1",
            "OTHER": "x",
        }
    )
    assert [(key.id, key.mode.value) for key in ring] == [("live", "live"), ("live-old", "live"), ("test", "test")]
    assert ring.default_mode is Mode.LIVE
    assert KeyRing([key(mode="test")]).default_mode is Mode.TEST
    with pytest.raises(KeyRingError, match="no key"):
        KeyRing.from_env({})


def test_a_ring_from_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_SECRET", "from-environment")
    (tmp_path / "secret.txt").write_text("from-file\n")
    (tmp_path / "keys.toml").write_text(
        '[[keys]]\nid = "a"\nmode = "live"\nsecret_env = "SHOP_SECRET"\nvalid_from = 2026-01-01\n'
        '[[keys]]\nid = "b"\nmode = "test"\nsecret_file = "secret.txt"\nmerchant = "m"\n'
        '[[keys]]\nid = "c"\nmode = "live"\nsecret = "inline"\nvalid_until = 2026-01-31T10:00:00+01:00\n'
    )
    ring = KeyRing.from_toml(tmp_path / "keys.toml")
    assert [key.secret_bytes() for key in ring] == [b"from-environment", b"from-file", b"inline"]
    assert ring[1].merchant == "m"
    assert ring[2].valid_until == datetime(2026, 1, 31, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"keys.toml has no \[\[keys\]\]"),
        ("\nkeys = 5", r"keys.toml line 2 has no \[\[keys\]\]"),
        ("[[keys]]\nmode='live'", "line 1: .* without an id needs exactly one of"),
        ("\n[[keys]]\nmode='live'\nsecret='x'", "line 2: a key has no id"),
        ("[[keys]]\nid='a'\nmode='live'", "line 1: .*exactly one of"),
        (f"[[keys]]\nid='a'\nmode='live'\nsecret='{CANARY}'\nsecret_env='B'", "line 5: .*exactly one of"),
        ("[[keys]]\nid='a'\nmode='live'\nsecret_env='NOT_SET_ANYWHERE'", "line 4: .*no variable"),
        (f"[[keys]]\nid='a'\nmode='live'\nsecret_env='{CANARY}'", "secret_env names a variable, and is not the secret"),
        (f"[[keys]]\nid='a'\nmode='live'\nsecret_file='{CANARY}'", "line 4: .*cannot be read"),
        ("[[keys]]\nid='a'\nmode='live'\nsecret_file='absent'", "cannot be read"),
        (f"[[keys]]\nid='a'\nmode='live'\nsecrte='{CANARY}'", "line 4: .*unknown field 'secrte' .*did you mean secret"),
        (f"[[keys]]\nid='a'\nmode='live'\n{CANARY}='secret'", r"line 4: .*unknown field \(hint: fields are"),
        (f"# two of one name\n{RING}{RING}", "line 7: two keys share the id 'a'"),
        (f"{RING}\n[[keys]]\nid='b'\nmode='production'\nsecret='{CANARY}'", "line 8: key 'b': its mode"),
        (f"{RING}[[keys]]\nid='b'\nmode='test'\nsecret=''", "line 8: key 'b': the secret is empty"),
        (f"{RING}valid_from='soon'", "line 5: key 'a': valid_from is no date"),
        (f"keys = [\n  {{id='a', mode='lvie', secret='{CANARY}'}},\n]", "line 1: key 'a': its mode"),
        (f"\nsecret = '{CANARY}", "line 2 is not TOML"),
        (f"[[keys]]\nid='{CANARY}'\nmode='live'\nsecret='{CANARY}'\n" * 2, "its id is a secret"),
        (f"[[keys]]\nid='a'\nmerchant='{CANARY}'\nmode='live'\nsecret='{CANARY}'\n", "its merchant is a secret"),
    ],
)
def test_bad_key_rings_are_refused_without_showing_a_secret(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text)
    with pytest.raises(KeyRingError, match=words) as refusal:
        KeyRing.from_toml(path)
    assert CANARY not in str(refusal.value)
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


@pytest.mark.parametrize(
    "changes",
    [{"merchant": 7}, {"valid_from": "2026-02-01", "valid_until": "2026-01-01"}, {"mode": "S3CRET-typed-here"}],
)
def test_a_field_without_a_meaning_is_refused_and_not_repeated(changes: dict[str, Any]) -> None:
    with pytest.raises(KeyRingError) as refused:
        Key(**{"id": "k", "secret": "a-secret-of-some-length", "mode": "live", **changes})
    assert "S3CRET" not in str(refused.value)
