"""What the exact reader is found to make of a shape: which leaf goes where, which must stay, and what has no recipe."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from corena_recon.archive.forms.jsonl import JsonLines
from corena_recon.archive.forms.logs.urlencoded import FormLines
from corena_recon.archive.forms.recorders.ngrok import Ngrok
from corena_recon.archive.recipes.tracing import TEXT_COLUMNS, fits, row_by, trace
from corena_recon.archive.records.posting import Posted
from corena_recon.native import Apart, Guard, Kind, Recipe, has_core, take_apart

if TYPE_CHECKING:
    from corena_recon.archive.recipes.tracing import ReadRecord

pytestmark = pytest.mark.skipif(not has_core(), reason="there is no compiled core, or it is off")

FORM_TYPE = "application/x-www-form-urlencoded"
BODY = "status=success&identifier=CMD-1&data%5Bamount%5D=11.00"
NESTED = '"status": "ok", "identifier": "C", "data": {"amount": "1"}'
JSONL, FORM = JsonLines(), FormLines()


def way_of(line: str) -> tuple[ReadRecord, Kind]:
    return (JSONL.read_line, Kind.JSON) if line.startswith("{") else (FORM.read_line, Kind.FORM)


def traced(line: str) -> list[tuple[Apart, Recipe]]:
    """The recipes that a line gives, each with the line taken apart as it wants it: one, and one for any order."""
    read, kind = way_of(line)
    recipes = trace(line.encode(), kind, read)
    assert [recipe.is_free for recipe in recipes] in ([], [False], [False, True])
    return [(apart_for(recipe, line.encode(), kind), recipe) for recipe in recipes]


def apart_for(recipe: Recipe, record: bytes, kind: Kind) -> Apart:
    apart = take_apart(record, kind, is_sorted=recipe.is_free)
    assert apart is not None
    return apart


def copied(recipe: Recipe, apart: Apart) -> dict[str, str]:
    """Each column that takes a leaf, as it is for this record."""
    row = row_by(recipe, apart)
    assert row is not None
    cells = zip(TEXT_COLUMNS, recipe.cells, strict=True)
    return {name: getattr(row, name) for name, cell in cells if cell and any(piece.leaf >= 0 for piece in cell)}


# One line a case: the line, the columns that take leaves, the leaf that says when, the leaf of the charge.
LEARNED = [
    (
        '{"status": "success", "signature": "F0", "identifier": "C-1", "data": {"amount": "1.5", "currency": "USD"}}',
        {"status": "success", "signature": "F0", "identifier": "C-1", "amount_text": "1.5", "currency": "USD"},
        None,
        None,
    ),
    (
        '{"status": "ok", "identifier": "C", "data": {"amount": 11.00, "charge": 0.50}, "received_at": 1764547200}',
        {"status": "ok", "identifier": "C", "amount_text": "11.00"},
        "1764547200",
        "0.50",
    ),
    (
        '{"status": "ok", "identifier": "C", "data[amount]": "1", "note": "n", "more": {"deep": [2]}}',
        {"status": "ok", "identifier": "C", "amount_text": "1", "extra": '{"note":"n","more":{"deep":["2"]}}'},
        None,
        None,
    ),
    (
        f'{{"received_at": "2025-12-01T00:00:00Z", "content_type": "{FORM_TYPE}", "body": "{BODY}&a=b"}}',
        {"status": "success", "identifier": "CMD-1", "amount_text": "11.00", "extra": '{"a":"b"}'},
        "2025-12-01T00:00:00Z",
        None,
    ),
    # a moment whose name does not tell whether it was posted is in both places
    (
        '{"status": "ok", "identifier": "C", "data": {"amount": "1"}, "created_at": "2025-12-01T00:00:00Z"}',
        {"status": "ok", "identifier": "C", "amount_text": "1", "extra": '{"created_at":"2025-12-01T00:00:00Z"}'},
        "2025-12-01T00:00:00Z",
        None,
    ),
    (BODY, {"status": "success", "identifier": "CMD-1", "amount_text": "11.00"}, None, None),
    (
        BODY + "&data[charge]=0.1&data[currency][code]=EUR&data[currency][symbol]=e",
        {
            "status": "success",
            "identifier": "CMD-1",
            "amount_text": "11.00",
            "currency": "EUR",
            "extra": '{"data":{"currency":{"symbol":"e"}}}',
        },
        None,
        "0.1",
    ),
]


@pytest.mark.parametrize(("line", "columns", "moment", "charge"), LEARNED)
def test_what_a_record_teaches(line: str, columns: dict[str, str], moment: str | None, charge: str | None) -> None:
    read, _ = way_of(line)
    found = traced(line)
    assert len(found) == (2 if line.startswith("{") else 1)
    for apart, recipe in found:
        assert copied(recipe, apart) == columns
        assert row_by(recipe, apart) == read(line.encode())
        texts = [None if leaf < 0 else apart.leaves[leaf].decode() for leaf in (recipe.instant, recipe.charge)]
        assert texts == [moment, charge]


# One line a case: the line, and which of its leaves decide about more than their own text.
FROZEN = [
    (f'{{{NESTED}, "endpoint": "live"}}', ["live"]),
    (f'{{{NESTED}, "endpoint": "elsewhere"}}', ["elsewhere"]),
    (f'{{"content_type": "{FORM_TYPE}", "body": "{BODY}"}}', [FORM_TYPE]),
    (f'{{"headers": {{"Content-Type": "{FORM_TYPE}", "Host": "h"}}, "body": "{BODY}"}}', [FORM_TYPE]),
    (f'{{"isBase64Encoded": "no", "body": "{BODY}"}}', ["no"]),
    # another text that names a field may be anything to the exact reader
    (f'{{{NESTED}, "note": "its signature is there"}}', ["its signature is there"]),
    (f'{{{NESTED}, "headers": [["x", "Array ( [identifier] => 7 )"]]}}', ["Array ( [identifier] => 7 )"]),
    (f'{{"isBase64Encoded": 0, "body": "{BODY}"}}', ["0"]),
]


@pytest.mark.parametrize(("line", "frozen"), FROZEN)
def test_values_that_decide_something_are_guarded(line: str, frozen: list[str]) -> None:
    read, _ = way_of(line)
    found = traced(line)
    assert found
    for apart, recipe in found:
        assert [apart.leaves[guard.leaf].decode() for guard in recipe.guards] == frozen
        assert [guard.octets.decode() for guard in recipe.guards] == frozen
        assert fits(recipe, apart)
        for guard in recipe.guards:
            leaves = [b"Q" if number == guard.leaf else text for number, text in enumerate(apart.leaves)]
            assert not fits(recipe, apart._replace(leaves=tuple(leaves)))
        assert row_by(recipe, apart) == read(line.encode())


def test_a_length_that_is_announced_is_guarded_by_the_text_it_is_of() -> None:
    line = f'{{"headers": {{"Content-Type": "{FORM_TYPE}", "Content-Length": "{len(BODY)}"}}, "body": "{BODY}"}}'
    read, kind = way_of(line)
    longer = line.replace("CMD-1", "CMD-123").replace(f'"{len(BODY)}"', f'"{len(BODY) + 2}"')
    cut = line.replace("CMD-1", "C")
    found = traced(line)
    assert len(found) == 2
    for apart, recipe in found:
        assert Guard(apart.leaves.index(str(len(BODY)).encode()), b"", 0) in recipe.guards
        for record, is_fitting in ((longer, True), (cut, False)):
            other = apart_for(recipe, record.encode(), kind)
            assert fits(recipe, other) is is_fitting
            assert (row_by(recipe, other) == read(record.encode())) is is_fitting


# Records that are unreadable, or that readers understand in several ways, or that no one could tell.
REFUSED = [
    '{"status": "ok", "identifier": "C", "identifier": "D", "data": {"amount": "1"}}',
    '{"status": "ok", "identifier": "C", "data": {"amount": "1"}, "data[amount]": "2"}',
    '{"status": "ok", "identifier": "C", "data": {"amount": ["1"]}}',
    '{"status": "ok", "identifier": "", "data": {"amount": "1"}}',
    "status=a&identifier=b&data[amount]=1&status=c",
    "status=a&identifier=b&data[amount]=1&data.amount=2",
    "status=a&identifier=%FF&data[amount]=1",
    # no mark is left that does not stand in it already
    json.dumps({**json.loads("{" + NESTED + "}"), "note": "".join(f"{nonce}W" for nonce in range(100, 1000))}),
]


@pytest.mark.parametrize("line", REFUSED)
def test_what_no_recipe_comes_of(line: str) -> None:
    assert traced(line) == []


def test_a_moment_that_is_none_is_like_any_other_text() -> None:
    line = f'{{{NESTED}, "received_at": "2026-02-30T00:00:00Z"}}'
    read, _ = way_of(line)
    for apart, recipe in traced(line):
        assert recipe.instant < 0
        assert row_by(recipe, apart) == read(line.encode())


def test_of_leaves_that_only_together_decide_something_the_first_is_guarded() -> None:
    def read(octets: bytes) -> Posted:
        first, second = json.loads(octets).values()
        return Posted(status="same" if max(len(first), len(second)) < 6 else first)

    recipe, *_ = trace(b'{"a":"good morning","b":"everybody"}', Kind.JSON, read)
    assert recipe.guards == (Guard(0, b"good morning"),)


def test_a_reader_that_minds_the_order_gives_a_recipe_for_one_order() -> None:
    def minding(octets: bytes) -> Posted:
        names = list(json.loads(octets))
        return Posted(status=json.loads(octets)["a"], merchant=names[0])

    def unminding(octets: bytes) -> Posted:
        return Posted(status=json.loads(octets)["a"])

    one = trace(b'{"a":"x","b":"y"}', Kind.JSON, minding)
    free = trace(b'{"a":"x","b":"y"}', Kind.JSON, unminding)
    assert [recipe.is_free for recipe in one] == [False]
    assert [recipe.is_free for recipe in free] == [False, True]


NOTIFICATION = {"status": "success", "identifier": "C-1", "signature": "F0", "data": {"amount": "1.0"}}
POSTS = [
    *(
        b"POST /ipn HTTP/1.1\r\nContent-Type: %b\r\n\r\n%b%b" % (FORM_TYPE.encode(), BODY.encode(), b"0" * more)
        for more in range(3)
    ),
    b"POST /ipn HTTP/1.1\r\nContent-Type: application/json\r\n\r\n" + json.dumps(NOTIFICATION).encode(),
    BODY.encode(),
    json.dumps(NOTIFICATION).encode(),
]
GETS = [b"GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n" + b"x" * more for more in range(3)]


@pytest.mark.parametrize("get", GETS)
@pytest.mark.parametrize("post", POSTS)
def test_a_notification_in_base64_is_never_taken_for_other_traffic(get: bytes, post: bytes) -> None:
    def entry(raw: bytes) -> bytes:
        request = {"raw": base64.b64encode(raw).decode(), "method": "X", "headers": {}}
        return json.dumps({"uri": "/a", "start": "2026-01-02T03:04:05Z", "request": request}).encode()

    read = Ngrok()._read_line
    assert read(entry(get)) is None
    row = read(entry(post))
    assert row is not None
    for recipe in trace(entry(get), Kind.JSON, read):
        apart = take_apart(entry(post), Kind.JSON, is_sorted=recipe.is_free)
        # where it is not taken apart the exact reader has it
        assert apart is None or not fits(recipe, apart) or row_by(recipe, apart) == row
