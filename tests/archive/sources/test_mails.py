"""Mails as Python's own writer encodes them: what they say is read as if it had not been encoded."""

from __future__ import annotations

import email.policy
import json
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any, Final
from urllib.parse import urlencode

import pytest

import corena_recon as cr
from corena_recon.archive.sources.mails import plain_mails
from tests.archive_fixtures.php_writers import printed
from tests.making import ipn, ring

POSTS: Final = [ipn("É-1"), ipn("A=20"), ipn("CMD-3")]
WRITERS: Final[dict[str, Callable[[Any], str]]] = {
    "json": json.dumps,
    "indented": lambda post: json.dumps(post, indent=2, ensure_ascii=False),
    "body": lambda post: urlencode(
        {name: value for name, value in post.items() if name != "data"}
        | {f"data[{name}]": value for name, value in post["data"].items()}
    ),
    "print_r": printed,
}
POLICY: Final = email.policy.default.clone(linesep="\n", cte_type="8bit")


def mail(text: str, encoding: str, charset: str = "utf-8", *, is_multipart: bool = False) -> bytes:
    message = EmailMessage(POLICY)
    for name, value in (("From", "shop@example.org"), ("Subject", "IPN"), ("Message-ID", "<1@example.org>")):
        message[name] = value
    message.set_content(text, charset=charset, cte=encoding)
    if is_multipart:
        message.add_alternative("<p>paid</p>", subtype="html")
    return message.as_bytes()


def box(*mails: bytes) -> bytes:
    return b"".join(b"From shop@example.org Sun Mar  1 10:00:00 2026\n" + one + b"\n" for one in mails)


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
@pytest.mark.parametrize("writer", WRITERS)
def test_notifications_in_mails_are_what_was_posted(encoding: str, writer: str) -> None:
    archives = [
        box(*(mail(WRITERS[writer](post), encoding, charset, is_multipart=is_multipart) for post in POSTS))
        for charset in ("utf-8", "iso-8859-1")
        for is_multipart in (False, True)
    ]
    for octets in archives:
        verified = cr.verify(octets, ring())
        assert verified["verdict"].tolist() == ["accepted"] * 3
        assert verified["identifier"].tolist() == ["É-1", "A=20", "CMD-3"]
    assert cr.verify(mail(WRITERS[writer](POSTS[0]), encoding), ring())["verdict"].tolist() == ["accepted"]


def test_it_does_not_matter_where_blocks_end() -> None:
    octets = box(*(mail(WRITERS["indented"](post), "quoted-printable", is_multipart=True) for post in POSTS))
    whole = b"".join(plain_mails(iter([octets])))
    for size in (1, 7, 100):
        assert b"".join(plain_mails(iter(octets[at : at + size] for at in range(0, len(octets), size)))) == whole


def test_utf8_below_a_header_that_knows_nothing_of_it_stays_as_it_is() -> None:
    octets = mail(WRITERS["indented"](POSTS[0]), "8bit").replace(b'charset="utf-8"', b'charset="iso-8859-1"')
    assert cr.verify(octets, ring())["identifier"].tolist() == ["É-1"]


@pytest.mark.parametrize(
    "octets", [b"", b"a: b\n\nc=3D", b'{"MIME-Version": 1}\n\nc=3D\n', b"POST /ipn HTTP/1.1\n\nc=3D"]
)
def test_what_is_no_mail_is_left_as_it_is(octets: bytes) -> None:
    assert b"".join(plain_mails(iter([octets]))) == octets


def test_damage_in_base64_and_lines_like_headers_in_a_text_are_left_as_they_are() -> None:
    begin = b"MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n"

    def said(text: bytes) -> bytes:
        return b"".join(plain_mails(iter([begin + text]))).removeprefix(begin)

    assert said(b"YWJj\nYWI\n") == b"abcYWI\n"
    assert said(b"=abc\n").strip()
    text = "Content-Transfer-Encoding: base64\n\nYWJj\n--x\n"
    assert text.encode() in b"".join(plain_mails(iter([mail(text, "7bit")])))
