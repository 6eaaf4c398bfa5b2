"""JSON exports."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corena_recon as cr
from corena_recon.errors import SourceError
from corena_recon.orders.exports.objects import read_json

DOCUMENTS = [
    # document, form, id column, unreadable
    ('[{"id":1},{"id":"2"}]', "json", ["1", "2"], [None, None]),
    ('{"id":1}', "json", ["1"], [None]),
    ('{"orders":[{"id":1}],"next":null}', "json", ["1"], [None]),
    ('{"result":"success","invoices":{"invoice":[{"id":1},{"id":2}]}}', "json", ["1", "2"], [None, None]),
    ('{"id":1,"line_items":[{"id":7}]}', "json", ["1"], [None]),
    ('{"id":1}\n{"id":2}\n', "jsonl", ["1", "2"], [None, None]),
    ('\ufeff{"id":1}\r\n\r\n{"id":2}', "jsonl", ["1", "2"], [None, None]),
    ('{"id":1}\nnot json\n[3]\n"x"\n{"id":', "jsonl", ["1", *[None] * 4],
     [None, "invalid_json", "not_an_object", "not_an_object", "invalid_json"]),
    ('{"id":\n{"id":2}\n', "jsonl", [None, "2"], ["invalid_json", None]),
    # a truncated array keeps its whole elements
    ('[{"id":1}, {"id":2}, {"id":', "json", ["1", "2", None], [None, None, "invalid_json"]),
    # of a damaged one whatever is like the others is read; what it holds is not
    ('[{"id":1,"n":2},{"id":2 "n":3,"items":[{"x":1},{"x":2}]},{"id":3,"n":4}]', "json", ["1", None, "3"],
     [None, "invalid_json", None]),
    ('[{"id":1}][{"id":2}]', "json", ["1", "2"], [None, None]),
    ('[{"id":1}, 5]', "json", ["1", None], [None, "not_an_object"]),
    # a key given twice has two values: neither is chosen
    ('[{"id":1,"id":2}]', "json", None, ["invalid_json"]),
    ('[{"id":1,"a":{"b":1,"b":2}}]', "json", ["1"], [None]),
    ("[]", "json", None, []),
    ('[{"id":' + "[" * 100_000, "json", None, ["invalid_json"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "form", "ids", "unreadable"), DOCUMENTS)
def test_documents(text: str, form: str, ids: list[str | None] | None, unreadable: list[str | None]) -> None:
    export = read_json("f", text.encode())
    assert export.form == form
    assert export.unreadable.to_pylist() == unreadable
    assert export.record.to_pylist() == list(range(1, len(unreadable) + 1))
    if ids is not None:
        assert export.columns[export.names.index("id")].to_pylist() == ids


def test_pages_a_line_hold_orders_and_a_document_that_is_cut_off_is_told() -> None:
    order = '{"orders":[{"order_id":"%s","total":"5"}],"next":null}'
    pages = "\n".join([order % "A", order % "B", "torn", '{"orders":[],"next":null}'])
    frame = cr.read_orders(pages.encode())
    assert frame["identifier"].fillna("-").to_list() == ["A", "B", "-"]
    assert frame["unreadable"].fillna("-").to_list() == ["-", "-", "invalid_json"]
    for cut in ((order % "A")[:-4], '{\n"orders":[\n{"order_id":"A","total":"5"},\n{"ord'):
        with pytest.raises(SourceError, match="damaged or cut off"):
            cr.read_orders(cut.encode())


def test_number_tokens_keep_their_text() -> None:
    export = read_json(
        "f",
        b'[{"a":11.00,"b":100000000000000000000.50,"c":1e5,"d":"11.00","e":-0,"f":NaN,"g":true,"h":null}]',
    )
    cells = {name: column[0].as_py() for name, column in zip(export.names, export.columns, strict=True)}
    assert cells == {
        "a": "11.00", "b": "100000000000000000000.50", "c": "1e5", "d": "11.00", "e": "-0", "f": "NaN",
        "g": "true", "h": None,
    }  # fmt: skip
    assert {export.names[place] for place in export.is_number} == {"a", "b", "c", "e", "f"}


def test_nested_values_become_json_with_their_number_tokens() -> None:
    export = read_json("f", '[{"id":1,"lines":[{"total":5.00,"name":"é\\""}]}]'.encode())
    assert export.columns[1].to_pylist() == ['[{"total":5.00,"name":"é\\""}]']


def test_however_deep_a_cell_is_its_order_is_read() -> None:
    for depth in (70, 600):
        export = read_json("f", f'[{{"id":"1","x":{"[" * depth + "]" * depth}}},{{"id":"2","x":5}}]'.encode())
        assert export.unreadable.to_pylist() == [None, None]
        assert [column.to_pylist() for column in export.columns] == [["1", "2"], ["[" * 64 + '"…"' + "]" * 64, "5"]]
    assert read_json("f", b'[{"id":"1","x":' + b"[" * 100_000).unreadable.to_pylist() == ["invalid_json"]


def test_an_empty_document_is_refused() -> None:
    with pytest.raises(SourceError, match="empty"):
        read_json("f", b" \n ")


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=5), max_size=3), min_size=1, max_size=4),
    st.integers(0, 200),
)
def test_a_cut_never_raises_and_never_loses_a_whole_record(records: list[dict[str, str]], cut: int) -> None:
    text = json.dumps(records)
    kept = text[: max(1, len(text) - cut)]
    export = read_json("f", kept.encode())
    if kept.startswith("[") and len(kept) > 1:
        whole = sum(1 for reason in export.unreadable.to_pylist() if reason is None)
        assert whole == len(records) or export.row_count <= len(records)


def test_half_a_surrogate_pair_is_no_text() -> None:
    frame = cr.read_orders(rb'[{"identifier": "\ud800", "amount": "1"}, {"identifier": "\ud83d\ude00", "amount": "2"}]')
    assert list(frame["unreadable"]) == ["invalid_json", pd.NA]
    assert frame["identifier"][1] == "\U0001f600"
    with pytest.raises(SourceError, match="no Unicode"):
        cr.read_orders([{"identifier": "\ud800", "amount": "1"}])
