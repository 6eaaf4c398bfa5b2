"""Bodies that no honest sender writes, from a seed: names, values, escapes and multipart gone wrong."""

from __future__ import annotations

from random import Random

from tests.php.oracle import URLENCODED, Posted

_ROOTS = (b"status", b"identifier", b"signature", b"data", b"data", b"data", b"a", b"0", b"__Host-a", b"b.c")
_KEYS = (
    b"amount",
    b"amount",
    b"currency",
    b"payment_trx",
    b"",
    b"",
    b"0",
    b"1",
    b"7",
    b"-3",
    b"007",
    b"-0",
    b" ",
    b" a",
    b"x.y",
    b"x y",
    b"\t",
    b"9223372036854775807",
    b"9223372036854775808",
    b"-9223372036854775808",
    b"__Host-k",
    b"\xff",
    b"[",
    b"'q'",
)
_NOISE = (
    b"[",
    b"]",
    b"[]",
    b"][",
    b".",
    b" ",
    b"+",
    b"%",
    b"%0",
    b"%00",
    b"\0",
    b"%5B",
    b"%5d",
    b"%2E",
    b"%20",
    b"=",
    b"&",
    b";",
    b"\t",
    b"\r\n",
    b"\xc3\xa9",
    b"%zz",
    b"_",
    b"%253D",
    b"\xef\xbb\xbf",
    b"%26",
    b"%3D",
)
_VALUES = (
    b"success",
    b"11.00000000",
    b"11",
    b"DFU80XZIKS",
    b"",
    b"a+b",
    b"%2B",
    b"%C3%A9",
    b"%zz%",
    b"a=b",
    b"\0",
    b"%00x",
    b"x" * 40,
    b"\n",
    b"1e3",
    b"\xff\xfe",
)
_BOUNDARIES = (b"XB", b"--XB", b"X B", b"a'b", b"----WebKitFormBoundaryABCDEF0123456789", b"X", b"-")
_PART_NOISE = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"--",
    b"\r\n--",
    b"\n--X",
    b"--XB",
    b"\r\n--XB--",
    b"\n--XBC",
    b";",
    b'"',
    b"\\",
)


def generated(seed: int, index: int) -> Posted:
    """The body number ``index`` of a seed."""
    random = Random(seed * 1_000_003 + index)
    if random.random() < 0.3:
        return _multipart(random)
    return Posted(URLENCODED, _urlencoded(random))


def _urlencoded(random: Random) -> bytes:
    pairs = [_pair(random) for _ in range(random.choice((1, 2, 3, 5, 8)))]
    if random.random() < 0.01:
        filler = random.choice((b"", b"p=1", b"q[]=1"))
        position = random.randint(0, len(pairs))
        pairs[position:position] = [filler] * random.randint(990, 1003)
    return b"&".join(pairs)


def _pair(random: Random) -> bytes:
    pair = _escaped(random, _name(random))
    if random.random() < 0.9:
        pair += b"=" + random.choice(_VALUES)
    return _noisy(random, pair, _NOISE, 0.15)


def _name(random: Random) -> bytes:
    name = random.choice(_ROOTS)
    depth = random.choice((0, 1, 1, 1, 1, 2, 3))
    if random.random() < 0.01:
        depth = random.randint(62, 67)
    name += b"".join(b"[%b]" % random.choice(_KEYS) for _ in range(depth))
    return _noisy(random, name, _NOISE, 0.3)


def _noisy(random: Random, text: bytes, noise: tuple[bytes, ...], likelihood: float) -> bytes:
    while random.random() < likelihood:
        position = random.randint(0, len(text))
        text = text[:position] + random.choice(noise) + text[position + random.choice((0, 0, 1)) :]
    return text


def _escaped(random: Random, name: bytes) -> bytes:
    share = random.choice((0.0, 0.0, 0.3, 1.0))
    form = random.choice((b"%%%02X", b"%%%02x"))
    plain = name if share else name.replace(b"&", b"%26").replace(b"=", b"%3D")
    return b"".join(form % byte if random.random() < share else bytes([byte]) for byte in plain)


def _multipart(random: Random) -> Posted:
    boundary = random.choice(_BOUNDARIES)
    count = random.choice((1, 2, 3, 5))
    if random.random() < 0.01:
        count = random.choice((22, 999, 1001, 1021))
    parts = [_part(random, boundary) for _ in range(min(count, 22))]
    body = random.choice((b"", b"", b"preamble\r\n", b"\r\n", b"x" * 5120))
    body += b"".join(parts) * (-(-count // len(parts)))
    body += random.choice((b"--%b--\r\n", b"--%b--", b"--%b\r\n", b"--%b--\r\n" * 2, b"")).replace(b"%b", boundary)
    if random.random() < 0.1:
        body += b"".join(parts)
    body = _noisy(random, body, _PART_NOISE, 0.2)
    if random.random() < 0.1:
        body = body[: random.randint(0, len(body))]
    return Posted(_content_type(random, boundary), body)


def _content_type(random: Random, boundary: bytes) -> bytes:
    form = random.choice(
        (
            b"multipart/form-data; boundary=%b",
            b"multipart/form-data; boundary=%b",
            b'multipart/form-data; boundary="%b"',
            b"Multipart/Form-Data;BOUNDARY=%b;charset=utf-8",
            b"multipart/form-data, boundary=%b, x",
        )
    )
    return form.replace(b"%b", boundary)


def _part(random: Random, boundary: bytes) -> bytes:
    line_end = random.choice((b"\r\n", b"\r\n", b"\r\n", b"\n"))
    lines = [b"--" + boundary, *_part_headers(random), b"", _part_value(random, boundary)]
    return line_end.join(lines) + random.choice((b"\r\n", b"\r\n", b"\r\n", line_end, b"\r\r\n", b""))


def _part_headers(random: Random) -> list[bytes]:
    name = b"MAX_FILE_SIZE" if random.random() < 0.03 else _name(random).replace(b"\n", b"")
    name = _noisy(random, name, (b'"', b"\\", b"'", b";", b"=", b" "), 0.1)
    form = random.choice(
        (
            b'form-data; name="%b"',
            b'form-data; name="%b"',
            b"form-data; name=%b",
            b"form-data; name='%b'",
            b'form-data; filename="f"; name="%b"',
            b'form-data; name="%b"; filename=""',
            b'name="%b"',
            b'form-data; name="status"; name="%b"',
            b'form-data;\r\n name="%b"',
            b'form-data; x="a;b"; NAME = "%b"',
            b'form-data; NAME="%b"; name*=x',
            b'form-data;name=="%b";',
            b"form-data",
            b'form-data; name="%b',
        )
    )
    header = random.choice((b"Content-Disposition: ", b"Content-Disposition: ", b"content-disposition:"))
    lines = [header + _noisy(random, form.replace(b"%b", name), _PART_NOISE, 0.05)]
    if random.random() < 0.2:
        extra = random.choice(
            (b"Content-Type: text/plain", b" folded", b"junk", b"Content-Disposition: x", b"X:" * 3000)
        )
        lines.insert(random.randint(0, 1), extra)
    return lines


def _part_value(random: Random, boundary: bytes) -> bytes:
    value = random.choice(_VALUES)
    if random.random() < 0.1:
        value += b"y" * random.choice((4000, 5060, 5100, 5118, 5119, 5120, 5121, 10238, 10240))
    if random.random() < 0.1:
        value += (
            random.choice((b"\r\n--", b"\n--", b"--", b"\r\n\r\n--")) + boundary[: random.randint(0, len(boundary))]
        )
    return _noisy(random, value, _PART_NOISE, 0.2)
