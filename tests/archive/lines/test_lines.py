from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

import corena_recon as cr
from corena_recon.archive.forms.logs.urlencoded import Body, FormLines
from corena_recon.archive.lines.lines import Line, lines_of
from corena_recon.archive.sources.containers import ByteStream
from corena_recon.vocabulary import RAW_MAX_BYTES, RECORD_MAX_BYTES

BODY = b"status=success&signature=F&identifier=A1&data%5Bamount%5D=11.00&data%5Bcurrency%5D=USD"
SPACED = BODY.replace(b"&data", b"&data[holder]=John O'Brien Smith&data", 1)


@pytest.mark.parametrize(
    ("octets", "lines"),
    [
        (b"", []),
        (b"\xef\xbb\xbf", []),
        (b"a", [Line(b"a", is_complete=False)]),
        (b"a\n", [Line(b"a")]),
        (b"a\r\nb\r\n", [Line(b"a", end=b"\r\n"), Line(b"b", end=b"\r\n")]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n", [Line(b"a"), Line(b"\xef\xbb\xbfb")]),
        (b"\n\n", [Line(b""), Line(b"")]),
        (b"a\rb\x0bc\x85d\n", [Line(b"a\rb\x0bc\x85d")]),
        (b"a\n\0", [Line(b"a"), Line(b"\0", is_complete=False)]),
    ],
)
def test_lines_end_at_line_feeds_alone(octets: bytes, lines: list[Line]) -> None:
    for size in (1, 2, 100):
        blocks = [octets[start : start + size] for start in range(0, len(octets), size)]
        assert list(lines_of(iter(blocks))) == lines


@given(st.lists(st.binary(max_size=5), max_size=8), st.integers(1, 7))
def test_no_byte_is_lost_or_moved(pieces: list[bytes], size: int) -> None:
    octets = b"x" + b"\n".join(pieces)
    blocks = [octets[start : start + size] for start in range(0, len(octets), size)]
    lines = list(lines_of(iter(blocks)))
    expected = octets.removesuffix(b"\n").split(b"\n") if octets else []
    assert [line.octets for line in lines] == [line.removesuffix(b"\r") for line in expected]
    assert all(line.is_complete for line in lines[:-1])


def test_a_line_too_long_for_a_record_is_given_in_part() -> None:
    big = b"x" * (RECORD_MAX_BYTES + 1)
    cut = big[:RAW_MAX_BYTES]
    assert list(lines_of(iter([b"a\n" + big, b"xx\nb\n"]))) == [Line(b"a"), Line(cut, is_too_long=True), Line(b"b")]
    assert list(lines_of(iter([big + b"\nb\n"]))) == [Line(cut, is_too_long=True), Line(b"b")]
    assert list(lines_of(iter([big]))) == [Line(cut, is_complete=False, is_too_long=True)]


@pytest.mark.parametrize(
    ("octets", "unreadable", "truncated"),
    [
        (BODY + b"\n\n" + BODY + b"\n", [None, None], False),
        (BODY + b"\n" + BODY, [None, None], False),
        (BODY + b"\n" + BODY[:-2], [None, "truncated"], True),
        (BODY + b"\n" + BODY[:20], [None, "truncated"], True),
        (BODY + b"\n" + BODY[:20] + b"\n", [None, "missing_field"], False),
        (BODY + b"\nhello\n", [None, "no_ipn_fields"], False),
    ],
)
def test_bodies_line_by_line(octets: bytes, unreadable: list[str | None], truncated: bool) -> None:
    frame = cr.read_ipns(octets, form="form")
    assert frame["unreadable"].astype(object).where(frame["unreadable"].notna(), None).tolist() == unreadable
    assert frame.attrs["intake"][0]["truncated"] is truncated


@pytest.mark.parametrize(
    ("octets", "unreadable", "truncated"),
    [
        (BODY, None, False),
        (BODY + b"\r\n", None, False),
        (b"\xef\xbb\xbf" + BODY, None, False),
        (BODY[:-2], None, True),
        (BODY + b"&x=" + b"y" * RECORD_MAX_BYTES, "too_large", False),
        (b'--b\r\nContent-Disposition: form-data; name="status"\r\n\r\nsuc', "missing_field", True),
    ],
)
def test_a_file_that_is_one_body(octets: bytes, unreadable: str | None, truncated: bool) -> None:
    stream = ByteStream("test", io.BytesIO(octets))
    [batch] = Body().read(stream, keep_raw=False)
    assert (batch.records, batch.table["unreadable"].to_pylist(), stream.truncated) == (1, [unreadable], truncated)


@pytest.mark.parametrize(
    ("head", "form", "body"),
    [
        (BODY, False, True),
        (BODY + b"\n", False, True),
        (BODY + b"\n" + BODY, True, False),
        (BODY + b"\nhello\n", False, False),
        (SPACED, False, True),
        (SPACED + b"\n" + BODY + b"\n", True, False),
        (b"IPN " + SPACED, False, False),
        (b"status=200 body=" + BODY + b"\n" + BODY + b"\n", False, False),
        (b"hello\n" + BODY + b"\n" + BODY + b"\n", True, False),
        (b"some words\n" + BODY + b"\n" + BODY + b"\n", False, False),
        (b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--b--\r\n', False, True),
        (b"a,b\n1,2\n", False, False),
        (b"", False, False),
    ],
)
def test_what_is_recognised_as_bodies(head: bytes, form: bool, body: bool) -> None:
    assert (FormLines().recognises(head), Body().recognises(head)) == (form, body)


@pytest.mark.parametrize("blank", [b"\n", b"\r\n\n", b" \n\t\n"])
def test_blank_lines_before_a_body_are_no_part_of_it(blank: bytes) -> None:
    frame = cr.read_ipns(blank + BODY + b"\n")
    assert frame[["status", "identifier", "currency"]].values.tolist() == [["success", "A1", "USD"]]
    assert frame.attrs["intake"][0]["form"] == "body"
    too_large = cr.read_ipns(blank + BODY + b"&x=" + b"y" * (RECORD_MAX_BYTES - len(BODY) - 3))
    assert too_large["unreadable"].tolist() == ["too_large"]
