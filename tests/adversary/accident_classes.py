"""What stores, exports, spreadsheets and transports do to honest notifications."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tests.adversary.forms import CELLS_HEADER, TABLE_HEADER, body_of, fields_of, file_of, moment_text, record_of
from tests.adversary.posts import (
    ARRAY,
    BODIES,
    CELLS,
    ENVELOPES,
    FLAT,
    NESTED,
    NUMBERS,
    TABLE,
    TEXT,
    TIMED_RAW,
    Maker,
    OwnFile,
    Planted,
    Post,
    Scene,
)


def _stored_as(change: Callable[[str], str]) -> Maker:
    """A text store that keeps the value and not its spelling: the signature still verifies."""

    def make(scene: Scene) -> Planted:
        post = scene.genuine(amount=f"{scene.random.randint(1, 999)}.50000000", forms=TEXT)
        return [replace(post, amount=change(post.amount))]

    return make


def _rounded(amount: str, change: Callable[[str], str], forms: tuple[str, ...]) -> Maker:
    """A store that loses value: nothing verifies, and nothing is guessed."""

    def make(scene: Scene) -> Planted:
        post = scene.genuine(amount=str(scene.random.randint(1, 999)) + amount, forms=forms)
        return [post.forged("signature_invalid", amount=change(post.amount))]

    return make


def float_damage(scene: Scene) -> Planted:
    """Beyond 15 digits a float store has lost the text for good: no one can call it forged."""
    amount = f"{scene.random.randint(10**11, 10**12 - 1)}.{scene.random.randint(10**7, 10**8 - 1)}"
    post = scene.genuine(amount=amount, forms=(NUMBERS,))
    damaged = repr(float(amount))
    return [post.suspect("signature_unverifiable", amount=damaged, signature_status="unverifiable")]


def forged_in_a_number_store(scene: Scene) -> Planted:
    post = scene.genuine(forms=(NUMBERS,))
    return [post.forged("signature_invalid", amount=scene.price())]


def signature_read_as_a_number(scene: Scene) -> Planted:
    post = scene.genuine(forms=TEXT)
    return [post.forged("signature_malformed", signature=scene.one_of("1.23E+63", "inf", "1.0", "#NAME?"))]


def plus_not_encoded(scene: Scene) -> Planted:
    post = scene.genuine(identifier="A+B" + scene.identifier(), forms=TIMED_RAW)
    body = body_of(post).replace(b"%2B", b"+")
    return [post.forged("signature_invalid", body=body, identifier=post.identifier.replace("+", " "))]


def decoded_before_storing(scene: Scene) -> Planted:
    post = scene.genuine(identifier="50%41" + scene.identifier(), forms=TIMED_RAW)
    body = body_of(post).replace(b"%25", b"%")
    return [post.forged("signature_invalid", body=body, identifier=post.identifier.replace("%41", "A"))]


def amount_cut_in_a_body(scene: Scene) -> Planted:
    post = scene.genuine(amount="123.45678901"[:12], forms=TIMED_RAW)
    fields = fields_of(post)
    amount = post.amount[: scene.random.randint(5, 10)]
    body = body_of(post).replace(fields["data[amount]"].encode(), amount.encode())
    return [post.forged("signature_invalid", body=body, amount=amount)]


def excel_apostrophe(scene: Scene) -> Planted:
    number = scene.number()
    return [scene.genuine(identifier=number, forms=TEXT).forged("signature_invalid", identifier="'" + number)]


def null_words(scene: Scene) -> Planted:
    """An SQL export writes NULL where nothing was posted."""
    post = scene.genuine(trx=None, forms=(TABLE,))
    cells = record_of(TABLE, post).decode().split(",")
    cells[6] = scene.one_of("NULL", "\\N")
    return [replace(post, record=",".join(cells).encode())]


def csv_row_too_short(scene: Scene) -> Planted:
    post = scene.genuine(forms=(TABLE,))
    return [post.unread("invalid_row", record=record_of(TABLE, post).rsplit(b",", scene.random.randint(1, 5))[0])]


def csv_row_too_long(scene: Scene) -> Planted:
    post = scene.genuine(forms=(TABLE,))
    return [post.unread("invalid_row", record=record_of(TABLE, post) + b",x" * scene.random.randint(1, 5))]


def csv_body_not_quoted(scene: Scene) -> Planted:
    post = scene.genuine(forms=(CELLS,))
    record = record_of(CELLS, post).replace(b"&identifier=", b"&note=a,b&identifier=")
    return [post.unread("invalid_row", record=record)]


def json_escaped_twice(scene: Scene) -> Planted:
    post = scene.genuine(forms=(NESTED,))
    return [post.accepted(record=json.dumps(record_of(NESTED, post).decode()).encode())]


def json_control_character(scene: Scene) -> Planted:
    post = scene.genuine(forms=(NESTED,))
    return [post.unread("invalid_json", record=record_of(NESTED, post).replace(b'"USD"', b'"U\x01D"'))]


def no_notification_in_a_line(scene: Scene) -> Planted:
    post = scene.genuine(forms=(NESTED,))
    record = scene.one_of(b'{"ping": 1}', b"{}", b'{"level": "info", "text": "restarted"}')
    return [post.unread("no_ipn_fields", record=record)]


def _file(suffix: str, posts: list[Post], content: bytes) -> OwnFile:
    return OwnFile(suffix, content, tuple(posts))


def last_line_cut(scene: Scene) -> Planted:
    form = scene.one_of(NESTED, FLAT, ENVELOPES)
    whole, cut = scene.genuine(), scene.genuine().unread("truncated")
    content = file_of(form, [record_of(form, whole), record_of(form, cut)])
    return _file("jsonl", [whole, cut], content[: -scene.random.randint(3, 60)])


def last_row_cut(scene: Scene) -> Planted:
    whole, cut = scene.genuine(), scene.genuine().unread("truncated")
    content = file_of(TABLE, [record_of(TABLE, whole), record_of(TABLE, cut)])
    return _file("csv", [whole, cut], content[: -scene.random.randint(16, 120)])


def array_cut(scene: Scene) -> Planted:
    whole, cut = scene.genuine(), scene.genuine().unread("truncated")
    content = file_of(ARRAY, [record_of(ARRAY, whole), record_of(ARRAY, cut)])
    return _file("json", [whole, cut], content[: -scene.random.randint(6, 60)])


def gzip_cut(scene: Scene) -> Planted:
    """What was before the cut is read, what was cut off is reported."""
    posts = [scene.genuine() for _ in range(3)]
    cut = scene.genuine().unread("truncated")
    lines = file_of(NESTED, [record_of(NESTED, post) for post in (*posts, cut)])
    return _file("jsonl.gz", [*posts, cut], gzip.compress(lines[:-40], mtime=0)[:-4])


def windows_line_ends(scene: Scene) -> Planted:
    form, suffix = scene.one_of((NESTED, "jsonl"), (BODIES, "txt"), (TABLE, "csv"), (CELLS, "csv"), (ARRAY, "json"))
    posts = [scene.genuine(forms=(form,)) for _ in range(3)]
    content = file_of(form, [record_of(form, post) for post in posts])
    return _file(suffix, posts, content.replace(b"\n", b"\r\n"))


def byte_order_mark(scene: Scene) -> Planted:
    form, suffix = scene.one_of((NESTED, "jsonl"), (BODIES, "txt"), (TABLE, "csv"), (CELLS, "csv"), (ARRAY, "json"))
    posts = [scene.genuine(forms=(form,)) for _ in range(2)]
    return _file(suffix, posts, b"\xef\xbb\xbf" + file_of(form, [record_of(form, post) for post in posts]))


def blank_lines(scene: Scene) -> Planted:
    form, suffix = scene.one_of((NESTED, "jsonl"), (BODIES, "txt"), (TABLE, "csv"))
    posts = [scene.genuine(forms=(form,)) for _ in range(3)]
    content = file_of(form, [record_of(form, post) for post in posts])
    return _file(suffix, posts, content.replace(b"\n", b"\n\n"))


def no_last_line_end(scene: Scene) -> Planted:
    form, suffix = scene.one_of((NESTED, "jsonl"), (BODIES, "txt"), (TABLE, "csv"))
    posts = [scene.genuine(forms=(form,)) for _ in range(2)]
    return _file(suffix, posts, file_of(form, [record_of(form, post) for post in posts]).removesuffix(b"\n"))


def one_body_a_file(scene: Scene) -> Planted:
    post = scene.genuine()
    return _file("body", [post], body_of(post) + scene.one_of(b"", b"\n", b"\r\n"))


def other_delimiters(scene: Scene) -> Planted:
    delimiter = scene.one_of(b";", b"\t", b"|")
    posts = [scene.genuine() for _ in range(2)]
    rows = [TABLE_HEADER.encode(), *(record_of(TABLE, post) for post in posts), b""]
    return _file("csv", posts, b"\n".join(rows).replace(b",", delimiter))


def backslash_quotes(scene: Scene) -> Planted:
    post = scene.genuine()
    payload = record_of(NESTED, post).decode().replace('"', '\\"')
    row = f'{moment_text(post.at_us)},live,,"{payload}"\n'
    return _file("csv", [post], (CELLS_HEADER + "\n" + row).encode())


_CLASSES: Final[dict[str, Maker]] = {
    "two_decimals_kept": _stored_as(lambda text: text[:-6]),
    "one_decimal_kept": _stored_as(lambda text: text[:-7]),
    "zeros_appended": _stored_as(lambda text: text + "00"),
    "spreadsheet_zero": _stored_as(lambda text: "0" + text),
    "rounded_to_tenths": _rounded(".49000000", lambda text: str(round(float(text), 1)), TEXT),
    "rounded_to_whole": _rounded(".49000000", lambda text: text.partition(".")[0], TEXT),
    "rounded_number": _rounded(".49000000", lambda text: str(round(float(text), 1)), (NUMBERS,)),
    "number_cut_to_cents": _rounded(".12345678", lambda text: text[:-6], (NUMBERS,)),
    **{
        maker.__name__: maker
        for maker in (
            float_damage,
            forged_in_a_number_store,
            signature_read_as_a_number,
            plus_not_encoded,
            decoded_before_storing,
            amount_cut_in_a_body,
            excel_apostrophe,
            null_words,
            csv_row_too_short,
            csv_row_too_long,
            csv_body_not_quoted,
            json_escaped_twice,
            json_control_character,
            no_notification_in_a_line,
            last_line_cut,
            last_row_cut,
            array_cut,
            gzip_cut,
            windows_line_ends,
            byte_order_mark,
            blank_lines,
            no_last_line_end,
            one_body_a_file,
            other_delimiters,
            backslash_quotes,
        )
    },
}
CLASSES: Final[dict[str, Maker]] = {f"accident_{name}": maker for name, maker in _CLASSES.items()}
