"""Which template each line of a text follows, and where the template's slots are in it.

A template is a run of steps of four i32: where a constant begins among the constants, its length, the kind of slot
that follows it (``SlotKind``), and the number of the slot. The last step's kind is ``END``: the line ends there.

match_lines(ptr text, i64 begin, i64 end, i64 template_count, ptr first_steps, ptr steps, ptr constants,
            i64 row_limit, ptr templates, ptr spans, i64 row_bytes, ptr progress)
    reads whole lines from ``begin`` on; a line feed stands before ``end``, and nothing behind ``end`` is touched.
    templates[row] = the template's number as i32, -1 for none. Slot n of a row has its first byte and its end, two
    i32, at spans + row * row_bytes + 8 * n; slot 0 is the line itself without its end. ``progress`` gets two i64:
    where reading stopped, and the number of rows.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from corena_recon.native.machine_code.code import constant
from corena_recon.native.machine_code.flow import Flow, inner
from corena_recon.vocabulary import RAW_MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH: Final = 32
"""Bytes looked at together; constants are padded by as many."""

STEP_BYTES: Final = 16

_OCTETS: Final = f"<{WIDTH} x i8>"
_MASK: Final = f"<{WIDTH} x i1>"


class SlotKind(IntEnum):
    """What may stand in a slot, one byte at least.

    ``TEXT``: ASCII from space to tilde without quote and backslash, as JSON strings hold it verbatim. ``FORM``:
    letters, digits and ``-._~*``, as urlencoded values hold them verbatim. ``NUMBER``: a JSON number without exponent.
    """

    END = 0
    TEXT = 1
    FORM = 2
    NUMBER = 3


def matching_text() -> str:
    """The functions of this module."""
    return (
        _scan_text("scan_text", _outside_text)
        + _scan_text("scan_form", _outside_form)
        + _digits_end_text()
        + _scan_number_text()
        + _is_same_text()
        + _match_line_text()
        + _line_end_text()
        + _match_lines_text()
    )


def _every(octet: int) -> str:
    return constant([octet] * WIDTH, "i8")


def _bits(code: Flow, mask: str) -> str:
    return code.value(f"bitcast {_MASK} {mask} to i{WIDTH}")


def _is_beyond(code: Flow, position: str) -> str:
    """Whether fewer than WIDTH bytes can be read there."""
    return code.test("sgt", code.op("add", "i64", position, WIDTH), "%end")


def _within(code: Flow, octets: str, first: str, count: int) -> str:
    return code.op("icmp ult", _OCTETS, code.op("sub", _OCTETS, octets, _every(ord(first))), _every(count))


def _is(code: Flow, octets: str, character: str) -> str:
    return code.op("icmp eq", _OCTETS, octets, _every(ord(character)))


def _outside_text(code: Flow, octets: str) -> str:
    printable = _within(code, octets, " ", ord("~") - ord(" ") + 1)
    special = code.op("or", _MASK, _is(code, octets, '"'), _is(code, octets, "\\"))
    return code.op("or", _MASK, code.op("xor", _MASK, printable, constant([1] * WIDTH, "i1")), special)


def _outside_form(code: Flow, octets: str) -> str:
    letters = _within(code, code.op("or", _OCTETS, octets, _every(0x20)), "a", 26)
    digits, marks = _within(code, octets, "0", 10), _within(code, octets, "-", 2)
    others = [_is(code, octets, character) for character in "_~*"]
    inside = code.op("or", _MASK, letters, digits, marks, *others)
    return code.op("xor", _MASK, inside, constant([1] * WIDTH, "i1"))


def _scan_text(name: str, outside: Callable[[Flow, str], str]) -> str:
    """The end of the bytes of one class; where they cannot be read together, the place where that is so."""
    code = Flow()
    position = code.variable("%begin")
    with code.forever():
        here = code.get(position)
        code.give_when(_is_beyond(code, here), here)
        bits = _bits(code, outside(code, code.load(_OCTETS, code.at("%text", here))))
        with code.when(code.test("ne", bits, 0, "i32")):
            first = code.value(f"call i32 @llvm.cttz.i32(i32 {bits}, i1 true)")
            code.give(code.op("add", "i64", here, code.value(f"zext i32 {first} to i64")))
        code.add(position, WIDTH)
    return code.function(inner("i64", name, "ptr %text, i64 %begin, i64 %end"))


def _digits_end_text() -> str:
    code = Flow()
    position = code.variable("%begin")
    with code.forever():
        here = code.get(position)
        code.give_when(code.test("sge", here, "%end"), here)
        digit = code.op("sub", "i8", code.load("i8", code.at("%text", here)), ord("0"))
        code.give_when(code.test("uge", digit, 10, "i8"), here)
        code.add(position, 1)
    return code.function(inner("i64", "digits_end", "ptr %text, i64 %begin, i64 %end"))


def _scan_number_text() -> str:
    code = Flow()
    code.give_when(_is_beyond(code, "%begin"), "%begin")
    position = code.variable("%begin")
    with code.when(code.test("eq", code.load("i8", code.at("%text", "%begin")), ord("-"), "i8")):
        code.add(position, 1)
    first = code.get(position)
    end = _digits_end(code, first)
    code.give_when(code.test("eq", first, end), "%begin")
    leads_with_zero = code.test("eq", code.load("i8", code.at("%text", first)), ord("0"), "i8")
    is_long = code.test("ne", end, code.op("add", "i64", first, 1))
    code.give_when(code.op("and", "i1", leads_with_zero, is_long), "%begin")
    code.give_when(code.test("sge", end, "%end"), end)
    with code.when(code.test("eq", code.load("i8", code.at("%text", end)), ord("."), "i8")):
        point_end = code.op("add", "i64", end, 1)
        decimals_end = _digits_end(code, point_end)
        code.give_when(code.test("ne", decimals_end, point_end), decimals_end)
    code.give(end)
    return code.function(inner("i64", "scan_number", "ptr %text, i64 %begin, i64 %end"))


def _digits_end(code: Flow, position: str) -> str:
    return code.value(f"call i64 @digits_end(ptr %text, i64 {position}, i64 %end)")


def _is_same_text() -> str:
    code = Flow()
    compared = code.variable(0)
    with code.forever():
        so_far = code.get(compared)
        left = code.op("sub", "i64", "%length", so_far)
        code.give_when(code.test("sle", left, 0), "true", "i1")
        here = code.op("add", "i64", "%begin", so_far)
        code.give_when(_is_beyond(code, here), "false", "i1")
        found = code.load(_OCTETS, code.at("%text", here))
        wanted = code.load(_OCTETS, code.at("%wanted", so_far))
        differing = _bits(code, code.op("icmp ne", _OCTETS, found, wanted))
        with code.when(code.test("slt", left, WIDTH)):
            needed = code.op("sub", "i32", code.op("shl", "i32", "1", code.value(f"trunc i64 {left} to i32")), 1)
            code.give(code.test("eq", code.op("and", "i32", differing, needed), 0, "i32"), "i1")
        code.give_when(code.test("ne", differing, 0, "i32"), "false", "i1")
        code.add(compared, WIDTH)
    return code.function(inner("i1", "is_same", "ptr %text, i64 %begin, i64 %end, ptr %wanted, i64 %length"))


def _match_line_text() -> str:
    """Where the next line begins when the line follows the template, else 0."""
    code = Flow()
    position, step = code.variable("%begin"), code.variable("%first_step", "ptr")
    stop = code.variable(0)
    with code.forever():
        this_step = code.get(step, "ptr")
        offset, length, kind, slot = (code.number(code.at(this_step, 4 * part)) for part in range(4))
        here, wanted = code.get(position), code.at("%constants", offset)
        is_same = code.value(f"call i1 @is_same(ptr %text, i64 {here}, i64 %end, ptr {wanted}, i64 {length})")
        code.give_when(code.op("xor", "i1", is_same, "true"), 0)
        start = code.op("add", "i64", here, length)
        with code.when(code.test("eq", kind, SlotKind.END)):
            _end_line(code, start)
        code.set(stop, start)
        for slot_kind in (SlotKind.TEXT, SlotKind.FORM, SlotKind.NUMBER):
            with code.when(code.test("eq", kind, slot_kind)):
                name = f"scan_{slot_kind.name.lower()}"
                code.set(stop, code.value(f"call i64 @{name}(ptr %text, i64 {start}, i64 %end)"))
        end = code.get(stop)
        code.give_when(code.test("eq", start, end), 0)
        _store_span(code, code.item("%span", slot, 8), start, end)
        code.set(position, end)
        code.set(step, code.at(this_step, STEP_BYTES), "ptr")
    return code.function(
        "internal i64 @match_line(ptr %text, i64 %begin, i64 %end, ptr %first_step, ptr %constants, ptr %span)"
    )


def _end_line(code: Flow, stop: str) -> None:
    """A line ends with LF or CR LF. So many bytes can be read behind it that every slot may be copied in steps."""
    code.give_when(_is_beyond(code, stop), 0)
    code.give_when(code.test("sgt", code.op("sub", "i64", stop, "%begin"), RAW_MAX_BYTES), 0)
    first, second = (code.load("i8", code.at("%text", code.op("add", "i64", stop, n))) for n in range(2))
    _store_span(code, "%span", "%begin", stop)
    code.give_when(code.test("eq", first, ord("\n"), "i8"), code.op("add", "i64", stop, 1))
    ends = code.op("and", "i1", code.test("eq", first, 13, "i8"), code.test("eq", second, 10, "i8"))
    code.give_when(ends, code.op("add", "i64", stop, 2))
    code.give(0)


def _store_span(code: Flow, pointer: str, start: str, end: str) -> None:
    code.store("i32", code.value(f"trunc i64 {start} to i32"), pointer)
    code.store("i32", code.value(f"trunc i64 {end} to i32"), code.at(pointer, 4))


def _line_end_text() -> str:
    """Where the line feed is that ends a line."""
    code = Flow()
    position = code.variable("%begin")
    with code.forever() as near_the_end:
        here = code.get(position)
        code.leave_when(_is_beyond(code, here), near_the_end)
        bits = _bits(code, _is(code, code.load(_OCTETS, code.at("%text", here)), "\n"))
        with code.when(code.test("ne", bits, 0, "i32")):
            first = code.value(f"call i32 @llvm.cttz.i32(i32 {bits}, i1 true)")
            code.give(code.op("add", "i64", here, code.value(f"zext i32 {first} to i64")))
        code.add(position, WIDTH)
    with code.forever():
        here = code.get(position)
        code.give_when(code.test("eq", code.load("i8", code.at("%text", here)), ord("\n"), "i8"), here)
        code.add(position, 1)
    return code.function("internal i64 @line_end(ptr %text, i64 %begin, i64 %end)")


def _match_lines_text() -> str:
    code = Flow()
    position, row, likely = code.variable("%begin"), code.variable(0), code.variable(0)
    tried, template = code.variable(0), code.variable(0)
    following = code.variable(0)
    with code.forever() as finished:
        here, this_row = code.get(position), code.get(row)
        code.leave_when(code.test("sge", here, "%end"), finished)
        code.leave_when(code.test("sge", this_row, "%row_limit"), finished)
        span = code.at("%spans", code.op("mul", "i64", this_row, "%row_bytes"))
        # Lines of one template follow each other, so the last one that fitted is tried first.
        code.set(tried, 0)
        code.set(template, code.get(likely))
        code.set(following, 0)
        with code.forever() as decided:
            code.leave_when(code.test("sge", code.get(tried), "%template_count"), decided)
            this_template = code.get(template)
            first_step = code.number(code.item("%first_steps", this_template, 4))
            step = code.item("%steps", first_step, STEP_BYTES)
            arguments = f"ptr %text, i64 {here}, i64 %end, ptr {step}, ptr %constants, ptr {span}"
            code.set(following, code.value(f"call i64 @match_line({arguments})"))
            code.leave_when(code.test("ne", code.get(following), 0), decided)
            code.add(tried, 1)
            code.add(template, 1)
            with code.when(code.test("eq", code.get(template), "%template_count")):
                code.set(template, 0)
        with code.when(code.test("ne", code.get(following), 0)):
            code.set(likely, code.get(template))
        with code.when(code.test("eq", code.get(following), 0)):
            feed = code.value(f"call i64 @line_end(ptr %text, i64 {here}, i64 %end)")
            _store_span(code, span, here, feed)
            code.set(following, code.op("add", "i64", feed, 1))
            code.set(template, -1)
        number = code.value(f"trunc i64 {code.get(template)} to i32")
        code.store("i32", number, code.item("%templates", this_row, 4))
        code.set(position, code.get(following))
        code.add(row, 1)
    code.store("i64", code.get(position), "%progress")
    code.store("i64", code.get(row), code.at("%progress", 8))
    return code.function(
        "void @match_lines(ptr %text, i64 %begin, i64 %end, i64 %template_count, ptr %first_steps, ptr %steps,"
        " ptr %constants, i64 %row_limit, ptr %templates, ptr %spans, i64 %row_bytes, ptr %progress)"
    )
