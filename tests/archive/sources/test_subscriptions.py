"""Events of CloudWatch's subscriptions, opened as what is compressed is."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Final

import pytest

from corena_recon.archive.sources.subscriptions import without_subscriptions
from tests.archive.differential import Archive, differences, native_reading, read
from tests.every_form import notifications

POSTS: Final = notifications(6)


def event(document: bytes) -> str:
    return json.dumps({"awslogs": {"data": base64.b64encode(gzip.compress(document, mtime=0)).decode()}})


def events() -> list[str]:
    """Three events of two log entries each."""
    documents = (
        {
            "messageType": "DATA_MESSAGE",
            "logGroup": "/aws/lambda/ipn",
            "logEvents": [
                {"id": one.number, "timestamp": 1767225600000, "message": f"INFO IPN {json.dumps(one.nested())}\n"}
                for one in POSTS[first : first + 2]
            ],
        }
        for first in (0, 2, 4)
    )
    return [event(json.dumps(document).encode()) for document in documents]


@pytest.mark.parametrize("written", ["\n".join(events()) + "\n", "".join(events()), f"[{', '.join(events())}]"])
@pytest.mark.parametrize("block_bytes", [100, 1 << 20])
def test_every_log_entry_of_an_event_is_a_record(written: str, block_bytes: int) -> None:
    archive = Archive((written.encode(),), None, block_bytes)
    assert differences(archive) == []
    with native_reading(is_on=True):
        found = read(archive)
    assert found.table["identifier"].to_pylist() == [one.identifier for one in POSTS]
    assert found.table["received_at"].null_count == 0
    assert [(one.records, one.notifications) for one in found.intake] == [(6, 6)]


@pytest.mark.parametrize(
    "damaged",
    [
        events()[0].replace("H4sI", "H4sJ"),
        events()[0].replace('"}}', '="}}'),
        events()[0].replace("}}", "}"),
        event(bytes(1 << 20)),
        event(b"{\n}"),
        "x",
    ],
)
def test_what_cannot_be_opened_stays_as_it_is(damaged: str) -> None:
    sound, other = event(b'{"a": 1}'), event(b'{"b": 2}')
    found = b"".join(without_subscriptions(iter([sound.encode(), f"\n{damaged}\n".encode(), other.encode()])))
    assert found == f'{{"a": 1}}\n{damaged}\n{{"b": 2}}\n'.encode()


def test_what_is_no_such_event_is_left_alone() -> None:
    blocks = [b'{"awslogs": {"data": "x"}}', event(b"{}").encode()]
    assert list(without_subscriptions(iter(blocks))) == blocks
    assert list(without_subscriptions(iter(()))) == []
