from __future__ import annotations

import pytest

from corena_recon.archive.records import typed_values
from corena_recon.archive.records.typed_values import are_typed


@pytest.mark.parametrize(
    ("text", "is_typed"),
    [
        (b'{"amount": {"$numberDecimal": "1"}}', True),
        (b'{"_id":{"$oid":"x"}}', True),
        (b'{"fields":{"a":{ "stringValue": "x"}}}', True),
        (b'{"a":{"S":"x"},"b":{"N": "1"}}', True),
        (b'{"a":{"M" :{}}}', True),
        (b'{"S":"x"}', True),
        (b'{"k":1,"S":"x"}', False),
        (b'{"a":"$x","Value":1}', False),
    ],
)
def test_typed_values_are_told(text: bytes, is_typed: bool) -> None:
    assert are_typed(text) is is_typed


def test_most_texts_are_told_from_typed_ones_at_a_glance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed_values, "_MARKS", None)
    assert not are_typed(b'{"status":"success","data":{"amount":"1","currency":"USD"}} ' * 100)
