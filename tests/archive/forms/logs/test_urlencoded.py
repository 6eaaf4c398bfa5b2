"""Bodies as they were posted: several multipart ones in a file, and what parts others."""

from __future__ import annotations

from corena_recon import read_ipns
from tests.every_form import notifications

POSTS = notifications(3)


def multipart(fields: dict[str, str], boundary: str) -> bytes:
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return f"{''.join(parts)}--{boundary}--\r\n".encode()


def test_each_multipart_body_of_a_file_is_a_record() -> None:
    for boundaries, is_ambiguous in (("abc", False), ("aaa", True)):
        bodies = [multipart(one.flat(), 30 * "-" + name) for one, name in zip(POSTS, boundaries, strict=True)]
        for octets in (b"".join(bodies), b"\n".join(bodies)):
            frame = read_ipns(octets)
            assert frame["identifier"].tolist() == [one.identifier for one in POSTS]
            assert frame["body_ambiguous"].tolist() == [is_ambiguous] * len(POSTS)
            assert [count["records"] for count in frame.attrs["intake"]] == [len(POSTS)]


def test_what_parts_bodies_is_no_part_of_them() -> None:
    bodies = [one.body() for one in POSTS]
    for text in ("\0".join(bodies), "\0" * 600 + "\n".join(bodies), "".join(bodies)):
        frame = read_ipns(text.encode())
        assert frame["currency"].tolist() == [one.currency for one in POSTS]
        assert frame["unreadable"].isna().all()
    log = "".join(f"{body} 2026-03-01 10:00:00\n" for body in bodies)
    assert read_ipns(log.encode())["currency"].tolist() == [one.currency for one in POSTS]
