"""What is learned from sample lines: which bytes are slots, what each slot does, and when a line gives no template."""

from __future__ import annotations

import pytest

from corena_recon.archive.forms.jsonl import JsonLines
from corena_recon.archive.forms.urlencoded import FormLines
from corena_recon.archive.lines.skeletons import may_stand, skeleton_of
from corena_recon.archive.lines.template_book import MAX_TEMPLATES, TemplateBook, TemplateMemory
from corena_recon.archive.lines.templates import Template, trace
from corena_recon.archive.records.posting import Posted
from corena_recon.native.line_kernel.loading import Piece
from corena_recon.native.line_kernel.matching import SlotKind

ROOMS = {"{": JsonLines(), "s": FormLines()}
FORM_TYPE = "application/x-www-form-urlencoded"
BODY = "status=success&identifier=CMD-1&data%5Bamount%5D=11.00"


def slots_of(line: str) -> list[str]:
    return [value.decode() for value in skeleton_of(line.encode()).values]


def template_of(line: str) -> Template | None:
    return trace(skeleton_of(line.encode()), ROOMS[line[0]].read_line).template


def uses(template: Template, values: list[str]) -> dict[str, str]:
    """Each column that takes a slot, with the sample's values in place of the slots."""
    cells = {}
    for name, pieces in template.cells.items():
        if pieces and any(piece.slot > 0 for piece in pieces):
            cells[name] = "".join(
                piece.octets.decode() + (values[piece.slot - 1] if piece.slot > 0 else "") for piece in pieces
            )
    return cells


# One line a case: the line, and its slots.
SKELETONS = [
    ('{"a": "x", "b":"y"}', ["x", "y"]),
    ('{"a": "", "b": "\u00e9", "c": "a\\/b", "d": "a\\"b"}', []),
    ('{"a": 1, "b": -0.50, "c": 1e5, "d": 01, "e": [2, true, null]}', ["1", "-0.50", "2"]),
    ('{"a": {"b": ["x", "12"]}, "1": "y"}', ["x", "12", "y"]),
    ('{"body": "status=ok&data[amount]=1.5&note=a+b&x="}', ["ok", "1.5"]),
    ('{"url": "https://shop.example/?a=b"}', ["https://shop.example/?a=b"]),
    ('{"headers": [{"name": "Host", "value": "x"}]}', ["x"]),
    ("status=success&data%5Bamount%5D=1.5&x=&y=%41&z", ["success", "1.5"]),
    ("no pairs at all", []),
]


@pytest.mark.parametrize(("line", "slots"), SKELETONS)
def test_slots_are_what_may_be_copied_byte_for_byte(line: str, slots: list[str]) -> None:
    skeleton = skeleton_of(line.encode())
    assert [value.decode() for value in skeleton.values] == slots
    assert skeleton.line() == line.encode()


@pytest.mark.parametrize("octet", range(256))
def test_no_slot_takes_a_byte_that_readers_change(octet: int) -> None:
    """RFC 8259, section 7: unescaped is %x20-21 / %x23-5B / %x5D-10FFFF; here of ASCII, and without DEL."""
    one = bytes([octet])
    assert may_stand(one, SlotKind.TEXT) == (0x20 <= octet < 0x7F and one not in b'"\\')
    assert may_stand(one, SlotKind.FORM) == (one.isalnum() or one in b"-._~*")
    assert may_stand(one, SlotKind.NUMBER) == one.isdigit()


# One line a case: the line, the columns that take slots, the slot that says when, the slot of the charge.
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
def test_what_a_line_teaches(line: str, columns: dict[str, str], moment: str | None, charge: str | None) -> None:
    skeleton = skeleton_of(line.encode())
    found = trace(skeleton, ROOMS[line[0]].read_line)
    assert found.template is not None
    free = [value.decode() for slot, value in enumerate(skeleton.values) if slot not in found.frozen]
    numbered = {step.slot: value for step, value in zip(found.template.steps, free, strict=False)}
    values = [numbered.get(number, "") for number in range(1, len(free) + 1)]
    assert uses(found.template, values) == columns
    assert numbered.get(found.template.instant_slot) == moment
    assert numbered.get(found.template.charge_slot) == charge


NESTED = '"status": "ok", "identifier": "C", "data": {"amount": "1"}'
# One line a case: the line, and which of its slots decide about more than their own text.
FROZEN = [
    (f'{{{NESTED}, "endpoint": "live"}}', ["live"]),
    (f'{{{NESTED}, "endpoint": "elsewhere"}}', ["elsewhere"]),
    (f'{{"content_type": "{FORM_TYPE}", "body": "{BODY}"}}', [FORM_TYPE]),
    (f'{{"headers": {{"Content-Type": "{FORM_TYPE}", "Host": "h"}}, "body": "{BODY}"}}', [FORM_TYPE]),
    (f'{{"isBase64Encoded": "no", "body": "{BODY}"}}', ["no"]),
    (f'{{"isBase64Encoded": 0, "body": "{BODY}"}}', ["0"]),
    (f'{{"payload": "none", "body": "{BODY}"}}', ["none"]),
]


@pytest.mark.parametrize(("line", "frozen"), FROZEN)
def test_values_that_decide_something_are_constant(line: str, frozen: list[str]) -> None:
    skeleton = skeleton_of(line.encode())
    found = trace(skeleton, JsonLines().read_line)
    assert found.template is not None
    assert [skeleton.values[slot].decode() for slot in found.frozen] == frozen


# Lines that are no notification, or that readers understand in several ways.
REFUSED = [
    '{"status": "ok"}',
    '{"status": "ok", "identifier": "C", "identifier": "D", "data": {"amount": "1"}}',
    '{"status": "ok", "identifier": "C", "data": {"amount": "1"}, "data[amount]": "2"}',
    '{"status": "ok", "identifier": "C", "data": {"amount": "1"}',
    '{"status": "ok", "identifier": "C", "data": {"amount": ["1"]}}',
    "status=a&identifier=b&data[amount]=1&status=c",
    "status=a&identifier=b&data[amount]=1&data.amount=2",
    '{"status": "ok", "identifier": "C", "data": {"amount": "1"}, "x": [' + ", ".join(map(str, range(10, 50))) + "]}",
    "status=a&identifier=b&data[amount]=1&c=%0D\r",
]


@pytest.mark.parametrize("line", REFUSED)
def test_what_no_template_comes_of(line: str) -> None:
    assert template_of(line) is None


def test_a_reader_whose_rows_depend_on_several_slots_at_once_gives_no_template() -> None:
    def read_line(octets: bytes) -> Posted:
        first, second = skeleton_of(octets).values
        return Posted(status="same" if len(first) == len(second) == 1 else first.decode())

    assert trace(skeleton_of(b"a=hello&b=world"), read_line).template is None


def test_a_book_learns_what_several_lines_share_and_no_more_than_it_may() -> None:
    book = TemplateBook(FormLines().read_line, keeps_raw=True)
    lines = [f"status=s&identifier=i{n}&data[amount]=1&x{n // 2}=y".encode() for n in range(2 * MAX_TEMPLATES + 9)]
    assert not book.learn(lines[:1], book.learned)
    known = book.learned
    assert book.learn(lines, known)
    assert len(book.learned.templates) == MAX_TEMPLATES
    assert book.learn([], known)
    assert not book.learn(lines, book.learned)
    assert book.learned.program.count == MAX_TEMPLATES


def test_a_book_tells_lines_apart_by_what_is_constant_in_them() -> None:
    book = TemplateBook(JsonLines().read_line, keeps_raw=False)
    lines = [f'{{{NESTED}, "endpoint": "{mode}"}}'.encode() for mode in ("live", "test") * 3]
    book.learn(lines, book.learned)
    book.learn(lines[1::2], book.learned)
    assert [template.cells["endpoint"] for template in book.learned.templates] == [(Piece(b"live"),), (Piece(b"test"),)]


def test_known_templates_are_used_when_no_attempt_is_left() -> None:
    read_line = FormLines().read_line
    lines = [b"status=s&identifier=i&data[amount]=1", b"identifier=i&status=s&data[amount]=1"] * 3
    teacher = TemplateBook(read_line, keeps_raw=False, attempts=1)
    assert teacher.learn(lines, teacher.learned)
    pupil = TemplateBook(read_line, keeps_raw=False, attempts=1)
    assert pupil.learn(lines, pupil.learned)
    assert len(pupil.learned.templates) == 2
    last = TemplateBook(read_line, keeps_raw=False, attempts=0)
    assert last.learn(lines, last.learned)
    assert all(template in last.learned.templates for template in teacher.learned.templates)
    assert len(last.learned.templates) == 2


def test_a_line_like_one_of_an_earlier_source_is_not_traced_again() -> None:
    asked = 0

    def read_line(octets: bytes) -> Posted | None:
        nonlocal asked
        asked += 1
        return JsonLines().read_line(octets)

    memory = TemplateMemory()
    first, second, other = (
        skeleton_of(f'{{{NESTED}, "endpoint": "{mode}", "x": "{value}"}}'.encode())
        for mode, value in (("live", "a"), ("live", "bb"), ("test", "a"))
    )
    traced = memory.trace(first, read_line)
    assert traced == trace(first, JsonLines().read_line)
    asked = 0
    assert memory.known(second, read_line) == traced
    assert asked == 0
    assert memory.known(other, read_line) is None
    assert memory.trace(other, read_line) == trace(other, JsonLines().read_line) != traced
    assert memory.known(first, read_line) == traced
    assert memory.known(first, lambda _: None) is None
