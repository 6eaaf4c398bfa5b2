from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corena_recon.php.form import read_post
from corena_recon.php.multipart import boundary_of, php_parts, plain_parts
from corena_recon.vocabulary import Unreadable
from tests.php.oracle import PostCase, post_table

CONTENT_TYPE = b"multipart/form-data; boundary=XB"


def field(name: str, value: str, *, line_end: str = "\r\n", parameters: str = "") -> str:
    return line_end.join(("--XB", f'Content-Disposition: form-data; name="{name}"{parameters}', "", value, ""))


IPN = (
    field("status", "success")
    + field("signature", "A" * 64)
    + field("identifier", "DFU80XZIKS")
    + field("data[amount]", "11.00000000")
)
END = "--XB--\r\n"


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=XB", "XB"),
        ('multipart/form-data; boundary="X;B"; charset=utf-8', "X;B"),
        ("multipart/form-data; boundary=XB; charset=utf-8", "XB"),
        ("multipart/form-data; boundary=XB, x", "XB"),
        ("multipart/form-data; BOUNDARY=Xb", "Xb"),
        ("multipart/form-data; boundary=", ""),
        ("multipart/form-data; boundary", None),
        ('multipart/form-data; boundary="XB', None),
        ("multipart/form-data", None),
    ],
)
def test_boundary_of(content_type: str, boundary: str | None) -> None:
    assert boundary_of(content_type.encode()) == (None if boundary is None else boundary.encode())


@pytest.mark.parametrize(
    "body",
    [
        IPN + END,
        "preamble\r\n" + IPN + END + "epilogue",
        IPN.replace("--XB\r\n", "--XB\r\nContent-Type: text/plain; charset=utf-8\r\n") + END,
        IPN.replace('"', "") + END,
        IPN + field("file", "x", parameters='; filename="x.txt"') + END,
    ],
    ids=["ordinary", "preamble", "typed parts", "unquoted", "with a file"],
)
def test_honest_body_is_not_ambiguous(body: str) -> None:
    posted = read_post(body.encode(), CONTENT_TYPE)
    assert posted.fields[b"data"] == {b"amount": b"11.00000000"}
    assert not posted.ambiguous
    assert posted.problem is None


@pytest.mark.parametrize(
    "body",
    [
        IPN + field("identifier", "OTHER") + END,
        IPN + END + field("identifier", "OTHER") + END,
        IPN + field("identifier", "OTHER", line_end="\n") + END,
        IPN + field("identifier", "OTHER", parameters='; name="x"') + END,
        IPN + field("x", "OTHER", parameters='; name="identifier"') + END,
        IPN + field("identifier", "OTHER", parameters='; filename=""') + END,
        IPN + field("identifier\0x", "OTHER") + END,
        IPN + field(" identifier", "OTHER") + END,
        IPN + field("data.amount", "99.00") + END,
        IPN + field("data[amount]x", "99.00") + END,
        IPN.replace("\r\n", "\n") + END,
        IPN.replace('name="identifier"', "name='identifier'") + END,
    ],
    ids=[
        "duplicate",
        "behind the end",
        "line feeds",
        "two names, the first",
        "two names, the last",
        "file",
        "NUL",
        "leading space",
        "dot",
        "text behind a bracket",
        "line feeds alone",
        "single quotes",
    ],
)
def test_pollution_is_ambiguous(body: str) -> None:
    assert read_post(body.encode(), CONTENT_TYPE).ambiguous


@pytest.mark.parametrize(
    ("body", "is_lost"),
    [
        (field("x", "1") * 996 + IPN + END, False),
        (field("x", "1") * 997 + IPN + END, True),
        (IPN + field("x", "1") * 1500 + END, False),
        (field("x", "1", parameters='; filename=""') * 1017 + IPN + END, True),
    ],
)
def test_limits(body: str, is_lost: bool) -> None:
    posted = read_post(body.encode(), CONTENT_TYPE)
    assert posted.problem is (Unreadable.BODY_LIMIT if is_lost else None)
    assert posted.ambiguous is is_lost


def test_fields_beyond_the_limit_are_marked() -> None:
    body = (field("a", "1") * 3 + END).encode()
    assert [part.is_read for part in php_parts(body, b"XB", max_fields=2)] == [True, True, False]


@pytest.mark.parametrize(
    "case", [case for case in post_table() if "multipart: value" in case.name], ids=lambda case: case.name
)
def test_plain_reader_agrees_on_values(case: PostCase) -> None:
    plain = {part.name: part.value for part in plain_parts(case.posted.body, b"XB")}
    assert plain == case.post


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,6}(\[[a-z]{1,4}\])?", fullmatch=True),
        st.binary(max_size=40) | st.integers(5000, 5200).map(lambda size: b"v" * size),
        max_size=4,
    )
)
def test_honest_parts_are_read_alike(values: dict[str, bytes]) -> None:
    if any(b"--XB" in value for value in values.values()):
        return
    body = b"".join(field(name, "\0").encode().replace(b"\0", value) for name, value in values.items())
    body += END.encode()
    expected = [(name.encode(), value) for name, value in values.items()]
    assert [part[:2] for part in php_parts(body, b"XB", max_fields=1000)] == expected
    assert [part[:2] for part in plain_parts(body, b"XB")] == expected


@pytest.mark.parametrize("piece", [b'"\\"', b"'\\'", b'"\\', b"'\\", b'"="', b"';'", b"="])
def test_a_hostile_disposition_is_read_once(piece: bytes) -> None:
    """Read with steps back it would take longer than anyone can wait, so that this test would never end."""
    disposition = b"Content-Disposition: form-data; name" + piece * 2000
    body = b"--X\r\n" + disposition + b"\r\n\r\nvalue\r\n--X--\r\n"
    assert len(list(php_parts(body, b"X", max_fields=1000))) <= 1
