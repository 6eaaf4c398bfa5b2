"""Writes post_table.json: tricky bodies, each with the ``$_POST`` that a real PHP makes of it.

python tests/php/make_post_table.py
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from typing import TYPE_CHECKING

from tests.php.oracle import FOLDER, URLENCODED, Posted, as_text, serving, version

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNATURE = b"FF78915E48DDE61A5699F41A3A3D28B94A34151B983EB37EFC8182B813B54349"
HEAD = b"status=success&signature=%b&identifier=DFU80XZIKS" % SIGNATURE
IPN = HEAD + b"&data[payment_trx]=AB12CD34EF56&data[amount]=11.00000000&data[currency]=USD"
MULTIPART = b"multipart/form-data; boundary=XB"

Segments = list[tuple[bytes, int]]

# What follows an ordinary status, signature and identifier.
AFTER_HEAD: dict[str, bytes] = {
    # brackets and escapes
    "raw brackets": b"data[amount]=11.00",
    "escaped brackets": b"data%5Bamount%5D=11.00",
    "lower-case escapes": b"data%5bamount%5d=11.00",
    "one bracket escaped": b"data[amount%5D=11.00",
    "doubly escaped brackets": b"data%255Bamount%255D=11.00",
    "escaped letters": b"%64%61%74%61[%61mount]=11.00",
    "escaped equals in name": b"data[a%3Db]=1",
    "escaped ampersand in name": b"data[a%26b]=1",
    "bracket opened in name, closed in value": b"data[amount=11.00]",
    "equals in brackets": b"data[a=b]=1",
    # duplicates
    "duplicate, other value": b"data[amount]=11.00&data[amount]=99.00",
    "duplicate, same value": b"data[amount]=11.00&data[amount]=11.00",
    "duplicate in two spellings": b"data[amount]=11.00&data%5Bamount%5D=99.00",
    "duplicate identifier": b"data[amount]=11.00&identifier=OTHER",
    "duplicate status": b"data[amount]=11.00&status=failed",
    "duplicate empty": b"data[amount]=11.00&data[amount]=",
    "duplicate without equals": b"data[amount]=11.00&data[amount]",
    "three duplicates": b"data[amount]=1&data[amount]=2&data[amount]=1",
    # arrays against texts
    "text then array": b"data=x&data[amount]=11.00",
    "array then text": b"data[amount]=11.00&data=x",
    "array, text, array": b"data[amount]=11.00&data=x&data[currency]=USD",
    "text then deeper": b"data[amount]=11.00&data[amount][x]=1",
    "deeper then text": b"data[amount][x]=1&data[amount]=11.00",
    "status becomes array": b"data[amount]=11.00&status[]=success",
    "status becomes keyed array": b"data[amount]=11.00&status[x]=success",
    "identifier becomes array": b"data[amount]=11.00&identifier[0]=OTHER",
    "data is text": b"data=11.00",
    "data is JSON": b'data={"amount":"11.00"}',
    "data is empty": b"data=",
    # top-level names
    "dot for bracket": b"data.amount=11.00",
    "dot beside bracket": b"data[amount]=11.00&data.amount=99.00",
    "space for bracket": b"data amount=11.00",
    "plus in name": b"data+amount=11.00",
    "underscore beside dot": b"data_amount=1&data.amount=2",
    "dot in root": b"da.ta[amount]=11.00",
    "space in root": b"da ta[amount]=11.00",
    "dots and spaces": b"a.b c.=1",
    "leading space": b"data[amount]=11.00& identifier=OTHER",
    "leading escaped space": b"data[amount]=11.00&%20identifier=OTHER",
    "leading plus": b"data[amount]=11.00&+identifier=OTHER",
    "leading spaces on array": b"data[amount]=11.00&  data[amount]=99.00",
    "trailing space": b"data[amount]=11.00&identifier =OTHER",
    "leading tab": b"data[amount]=11.00&%09identifier=OTHER",
    "leading newline": b"data[amount]=11.00&\nidentifier=OTHER",
    "leading NUL": b"data[amount]=11.00&%00identifier=OTHER",
    "only spaces": b"data[amount]=11.00&   =1",
    "only a dot": b"data[amount]=11.00&.=1",
    "upper case": b"DATA[AMOUNT]=11.00&Identifier=OTHER",
    "byte order mark": b"data[amount]=11.00&%EF%BB%BFidentifier=OTHER",
    "bytes that are not UTF-8": b"d\xff[\xfe]=\xfd",
    "hyphen and at sign": b"a-b=1&a@b=2&$c=3",
    "numeric names": b"0=a&1=b&00=c&-1=d&-0=e",
    "numeric array": b"5[x]=a&5[y]=b",
    # NUL
    "NUL in name": b"data[amount]=11.00&identifier%00x=OTHER",
    "raw NUL in name": b"data[amount]=11.00&identifier\0x=OTHER",
    "NUL before bracket": b"data%00[amount]=11.00",
    "NUL in brackets": b"data[am%00ount]=11.00",
    "NUL after key": b"data[amount%00]=11.00",
    "NUL after bracket": b"data[amount]%00x=11.00",
    "NUL in value": b"data[amount]=11%00.00",
    "raw NUL in value": b"data[amount]=11\0.00",
    # broken brackets
    "unclosed": b"data[amount=11.00",
    "unclosed with dots": b"data[am.ou nt[x=11.00",
    "unclosed second": b"data[amount][x=11.00",
    "unclosed second with dots": b"data[a.b][c.d=1",
    "unclosed after append": b"data[][x=1",
    "text after bracket": b"data[amount]x=11.00",
    "text after bracket beside": b"data[amount]=11.00&data[amount]x=99.00",
    "text between brackets": b"data[a]b[c]=1",
    "space between brackets": b"data[a] [c]=1",
    "dot after bracket": b"data[a].b=1",
    "doubled opening": b"data[[amount]=11.00",
    "doubled opening and closing": b"data[[amount]]=11.00",
    "doubled closing": b"data[amount]]=11.00",
    "reversed": b"data]amount[=11.00",
    "leading bracket": b"[data]=1",
    "leading bracket with root behind": b"[x]data=1",
    "leading unclosed bracket": b"[data=1",
    "leading closing bracket": b"]data=1",
    "only brackets": b"]=1&[=2&[]=3&][=4",
    "opening at the end": b"data[=1",
    "opening and space at the end": b"data[ =1",
    "two openings at the end": b"data[[=1",
    "quoted key": b"data['amount']=11.00",
    "doubly quoted key": b'data["amount"]=11.00',
    # keys
    "space before key": b"data[ amount]=11.00",
    "space after key": b"data[amount ]=11.00",
    "tab before key": b"data[%09amount]=11.00",
    "key is a space": b"data[ ]=1&data[ ]=2",
    "key is two spaces": b"data[  ]=1",
    "key is a newline": b"data[%0A]=1&data[%0D]=2&data[%0B]=3&data[%0C]=4",
    "dot in key": b"data[am.ount]=11.00",
    "space in key": b"data[am ount]=11.00",
    "key with brackets in escapes": b"data[a%5Bb]=1",
    "integer keys": b"data[0]=a&data[1]=b",
    "integers in other forms": b"data[00]=a&data[-0]=b&data[+1]=c&data[1.0]=d&data[1e1]=e&data[0x1]=f",
    "append": b"data[]=a&data[]=b",
    "append after key": b"data[7]=a&data[]=b&data[3]=c&data[]=d",
    "append after text key": b"data[amount]=11.00&data[]=x",
    "append after leading zero": b"data[007]=a&data[]=b",
    "append after minus one": b"data[-1]=a&data[]=b",
    "append after the greatest": b"data[9223372036854775807]=a&data[]=b",
    "append after the last but one": b"data[9223372036854775806]=a&data[]=b&data[]=c",
    "append behind the range": b"data[9223372036854775808]=a&data[]=b",
    "append arrays": b"data[][a]=1&data[][a]=2&data[][]=3",
    "append array after the greatest": b"data[9223372036854775807]=a&data[][x]=b",
    "append after replacement": b"data[5]=a&data=x&data[]=b",
    "append below": b"data[a][]=1&data[a][]=2&data[b][]=3",
    "prototype": b"__proto__[x]=1&data[__proto__][y]=2&constructor[prototype]=3",
    "GLOBALS and this": b"GLOBALS[x]=1&this=2&_POST[a]=3",
    "cookie prefixes": b"__Host-a=1&__Secure-b=2",
    "cookie prefixes by mangling": b"..Host-a=1&_ Secure-b=2&..Host-[x]=3",
    "cookie prefixes in keys": b"data[__Host-a]=1&data[x][__Secure-b]=2&data[][__Host-c]=3",
    "cookie prefixes in both": b"__Host-a[__Host-b]=1&__Host-a[__Secure-b]=2",
    # values
    "plus in value": b"data[amount]=+11.00",
    "escaped plus in value": b"data[amount]=%2B11.00",
    "space in value": b"data[amount]= 11.00",
    "equals in value": b"data[amount]=11.00=12.00",
    "brackets in value": b"data[amount]=[11.00]",
    "bad escapes in value": b"data[amount]=%zz%4&x=%&y=%1g&z=%%41&w=%4%31",
    "bad escapes in name": b"da%zzta=1&%=2&%4=3",
    "escape cut by the end": b"data[amount]=11.00%",
    "escape cut by a digit": b"data[amount]=11.00%3",
    "doubly escaped value": b"data[amount]=11%252E00",
    "unicode escape": b"data[amount]=%u0031",
    "full-width digits": b"data[amount]=\xef\xbc\x91\xef\xbc\x91",
    "comma": b"data[amount]=11,00",
    "trailing newline": b"data[amount]=11.00\r\n",
    "HTML entity": b"data[amount]=11.00&amp;identifier=OTHER",
    "timestamp as an array": b"data[payment_timestamp][date]=2021-07-13+12%3A00%3A00.000000"
    b"&data[payment_timestamp][timezone_type]=3&data[payment_timestamp][timezone]=UTC",
    "currency as an array": b"data[currency][code]=USD&data[currency][symbol]=%24",
    # separators
    "semicolon": b"data[amount]=11.00;identifier=OTHER",
    "doubled ampersand": b"&&data[amount]=11.00&&",
    "no name": b"=1&data[amount]=11.00",
    "neither name nor value": b"=&data[amount]=11.00&=",
    "no equals": b"data[amount]&data[currency]",
    "question mark": b"?data[amount]=11.00",
    "hash": b"data[amount]=11.00#x",
}

# A whole body, and its content type.
WHOLE: dict[str, tuple[bytes | None, Segments]] = {
    "gateway's own": (URLENCODED, [(IPN.replace(b"[", b"%5B").replace(b"]", b"%5D"), 1)]),
    "newline first": (URLENCODED, [(b"\n" + IPN, 1)]),
    "byte order mark first": (URLENCODED, [(b"\xef\xbb\xbf" + IPN, 1)]),
    "question mark first": (URLENCODED, [(b"?" + IPN, 1)]),
    "gzip bytes": (URLENCODED, [(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03abc&=\x00", 1)]),
    "999 before": (URLENCODED, [(b"x=1&", 996), (HEAD + b"&data[amount]=11.00", 1)]),
    "amount is number 1000": (
        URLENCODED,
        [(b"x=1&", 996), (HEAD + b"&data[amount]=11.00&data[amount]=9", 1)],
    ),
    "amount is number 1001": (URLENCODED, [(b"x=1&", 997), (HEAD + b"&data[amount]=11.00&y=2", 1)]),
    "amount is number 1002": (URLENCODED, [(b"x=1&", 998), (HEAD + b"&data[amount]=11.00", 1)]),
    "1001 and a trailing ampersand": (URLENCODED, [(b"x=1&", 1001)]),
    "junk behind the limit": (URLENCODED, [(IPN, 1), (b"&x=1", 1200)]),
    "duplicate behind the limit": (URLENCODED, [(IPN, 1), (b"&x=1", 1200), (b"&data[amount]=99", 1)]),
    "empty pairs count": (URLENCODED, [(b"&", 1001), (IPN, 1)]),
    "empty pairs count, one less": (URLENCODED, [(b"&", 1000), (IPN, 1)]),
    "pairs without a name count": (URLENCODED, [(b"=&", 1001), (IPN, 1)]),
    "1001 appended": (URLENCODED, [(b"d[]&", 1003)]),
    "63 levels": (URLENCODED, [(IPN + b"&data", 1), (b"[a]", 63), (b"=1", 1)]),
    "64 levels": (URLENCODED, [(IPN + b"&data", 1), (b"[a]", 64), (b"=1", 1)]),
    "65 levels": (URLENCODED, [(IPN + b"&data", 1), (b"[a]", 65), (b"=1", 1)]),
    "65 levels, unclosed": (URLENCODED, [(IPN + b"&data", 1), (b"[a]", 64), (b"[=1", 1)]),
    "64 levels, unclosed": (URLENCODED, [(IPN + b"&data", 1), (b"[a]", 63), (b"[=1", 1)]),
    "65 levels, then data again": (
        URLENCODED,
        [(IPN + b"&data", 1), (b"[]", 65), (b"=1&data[amount]=11.00000000", 1)],
    ),
    "65 levels of something else": (URLENCODED, [(IPN + b"&x", 1), (b"[a]", 65), (b"=1", 1)]),
    "200 levels": (URLENCODED, [(IPN + b"&data", 1), (b"[a]", 200), (b"=1", 1)]),
    "65 levels below a forbidden key": (URLENCODED, [(b"x[y]=1&x[__Host-a]", 1), (b"[a]", 64), (b"=1", 1)]),
    "long name": (URLENCODED, [(b"k", 20_000), (b"=1&" + IPN, 1)]),
    "long value": (URLENCODED, [(b"x=", 1), (b"v", 20_000), (b"&" + IPN, 1)]),
    "value over a read of 8 KiB": (URLENCODED, [(b"x=", 1), (b"%41", 2_800), (b"&" + IPN, 1)]),
    "type with charset": (URLENCODED + b"; charset=UTF-8", [(IPN, 1)]),
    "type with charset ISO-8859-1": (URLENCODED + b"; charset=ISO-8859-1", [(IPN + b"&x=%E9", 1)]),
    "type in capitals": (b"APPLICATION/X-WWW-Form-URLencoded", [(IPN, 1)]),
    "two types": (URLENCODED + b", text/plain", [(IPN, 1)]),
    "two types, the other first": (b"text/plain, " + URLENCODED, [(IPN, 1)]),
    "type and a word": (URLENCODED + b" x", [(IPN, 1)]),
    "type and a tab": (URLENCODED + b"\t; charset=UTF-8", [(IPN, 1)]),
    "type and a letter": (URLENCODED + b"x", [(IPN, 1)]),
    "type quoted": (b'"' + URLENCODED + b'"', [(IPN, 1)]),
    "type begins with semicolon": (b";" + URLENCODED, [(IPN, 1)]),
    "JSON": (b"application/json", [(b'{"status":"success","data":{"amount":"11.00"}}', 1)]),
    "text": (b"text/plain", [(IPN, 1)]),
    "empty type": (b"", [(IPN, 1)]),
    "no type": (None, [(IPN, 1)]),
    "multipart/mixed": (b"multipart/mixed; boundary=XB", [(b"--XB\r\n\r\n\r\n--XB--", 1)]),
}


def part(disposition: bytes, value: bytes = b"v", *, more: bytes = b"", end: bytes = b"\r\n") -> bytes:
    """One part of a multipart body with the boundary XB."""
    return end.join((b"--XB", b"Content-Disposition: " + disposition + more, b"", value, b""))


def named(name: bytes, value: bytes = b"v") -> bytes:
    """An ordinary part."""
    return part(b'form-data; name="%b"' % name, value)


FIELDS = (
    named(b"status", b"success")
    + named(b"signature", SIGNATURE)
    + named(b"identifier", b"DFU80XZIKS")
    + named(b"data[amount]", b"11.00")
)
END = b"--XB--\r\n"

# Multipart bodies with the boundary XB.
PARTS: dict[str, bytes | Segments] = {
    "ordinary": FIELDS + END,
    "duplicate": FIELDS + named(b"data[amount]", b"99.00") + END,
    "preamble": b"preamble\r\n" + FIELDS + END,
    "epilogue": FIELDS + END + b"epilogue\r\n",
    "parts behind the end": FIELDS + END + named(b"identifier", b"OTHER") + END,
    "no end": FIELDS,
    "cut in the last delimiter": FIELDS + b"--X",
    "cut before the last line end": FIELDS[:-2],
    "cut in a value": FIELDS[:-4],
    "cut in a header": FIELDS + b'--XB\r\nContent-Disposition: form-data; name="x',
    "cut behind the headers": FIELDS + b'--XB\r\nContent-Disposition: form-data; name="x"\r\n\r\n',
    "line feeds alone": (FIELDS + END).replace(b"\r\n", b"\n"),
    "carriage returns alone": (FIELDS + END).replace(b"\r\n", b"\r"),
    "two carriage returns": FIELDS.replace(b"\r\n--", b"\r\r\n--") + END,
    "unquoted": part(b"form-data; name=status") + END,
    "single quotes": part(b"form-data; name='status'") + END,
    "unquoted with a space": part(b"form-data; name=a b; x=y") + END,
    "unclosed quote": part(b'form-data; name="a; x=y') + END,
    "two names": part(b'form-data; name="identifier"; name="x"') + END,
    "two dispositions": part(b'form-data; name="a"', more=b'\r\nContent-Disposition: form-data; name="b"') + END,
    "escaped quote": part(b'form-data; name="a\\"b"') + END,
    "escaped backslash": part(b'form-data; name="a\\\\"; x="b"') + END,
    "backslash and letter": part(b'form-data; name="a\\b"') + END,
    "capital parameter": part(b'FORM-DATA; NAME="a"') + END,
    "lower-case header": b'--XB\r\ncontent-disposition:form-data;name="a"\r\n\r\nv\r\n' + END,
    "space before colon": b'--XB\r\nContent-Disposition : form-data; name="a"\r\n\r\nv\r\n' + END,
    "space before equals": part(b'form-data; name ="a"') + END,
    "space behind equals": part(b'form-data; name= "a"') + END,
    "two equals": part(b'form-data; name=="a"') + END,
    "name first": part(b'name="a"') + END,
    "other disposition": part(b'attachment; name="a"') + END,
    "extended name": part(b"form-data; name*=utf-8''a") + END,
    "empty name": part(b'form-data; name=""') + named(b"b") + END,
    "no name": part(b"form-data") + named(b"b") + END,
    "no disposition": b"--XB\r\nContent-Type: text/plain\r\n\r\nv\r\n" + named(b"b") + END,
    "no headers": b"--XB\r\n\r\nv\r\n" + named(b"b") + END,
    "folded header": part(b'form-data;\r\n name="a"') + END,
    "folded with text before": part(b'form-data; name="a\r\n b"') + END,
    "line without a colon": part(b'form-data; name="a"', more=b"\r\njunk") + END,
    "headers behind": part(b'form-data; name="a"', more=b"\r\nContent-Type: text/plain\r\nX: y") + END,
    "headers before": named(b"a").replace(b"--XB\r\n", b"--XB\r\nContent-Type: text/plain\r\n") + END,
    "NUL in name": named(b"identifier\0x") + named(b"b") + END,
    "NUL in value": named(b"a", b"x\0y") + END,
    "NUL behind a delimiter": b"--XB\0junk\r\n" + named(b"a")[6:] + END,
    "space behind a delimiter": b"--XB \r\n" + named(b"a")[6:] + named(b"b") + END,
    "delimiter with more": named(b"a", b"x\r\n--XBC\r\ny") + named(b"b") + END,
    "delimiter in the line": named(b"a", b"x --XB\r\ny") + END,
    "delimiter right behind the headers": named(b"a", b"") + named(b"b", b"--XB") + END,
    "empty value": named(b"a", b"") + END,
    "no empty line for the value": b'--XB\r\nContent-Disposition: form-data; name="a"\r\n\r\n--XB\r\n'
    + named(b"b")
    + END,
    "line ends in a value": named(b"a", b"\r\nx\r\n\n\r") + END,
    "escapes are kept": named(b"data%5Bamount%5D", b"1%30+1") + END,
    "mangled names": named(b" data.amount") + named(b"data[x]y") + named(b"data[z") + END,
    "appended": named(b"data[]", b"a") + named(b"data[]", b"b") + END,
    "file": part(b'form-data; name="identifier"; filename="x"') + named(b"b") + END,
    "file, name behind": part(b'form-data; filename="x"; name="identifier"') + named(b"b") + END,
    "file with an empty name": part(b'form-data; name="identifier"; filename=""') + named(b"b") + END,
    "file without a field name": part(b'form-data; filename="x"') + named(b"b") + END,
    "extended file name": part(b"form-data; name=\"identifier\"; filename*=utf-8''x") + named(b"b") + END,
    "file then field of the name": part(b'form-data; name="a"; filename="x"') + named(b"a") + END,
    "file with bad brackets": part(b'form-data; name="a]["; filename="x"', b"--XB\r\nx") + named(b"b") + END,
    "file that begins with the delimiter": part(b'form-data; name="a"; filename="x"', b"--XB") + named(b"b") + END,
    "files beyond twenty": [(part(b'form-data; name="a"; filename="x"'), 22), (named(b"b") + END, 1)],
    "limit on files": [
        (
            named(b"MAX_FILE_SIZE", b"3") + b'--XB\r\nContent-Disposition: form-data; name="a"; filename="x"\r\n\r\n',
            1,
        ),
        (b"0123456789", 2000),
        (b"\r\n" + named(b"b") + END, 1),
    ],
    "file over 2 MiB": [
        (b'--XB\r\nContent-Disposition: form-data; name="a"; filename="x"\r\n\r\n', 1),
        (b"0123456789", 220_000),
        (b"\r\n" + named(b"b") + END, 1),
    ],
    "fields: 1000": [(named(b"x"), 999), (named(b"b") + END, 1)],
    "fields: 1001": [(named(b"x"), 1000), (named(b"b") + END, 1)],
    "fields: a notification behind 1000": [(named(b"x"), 1000), (FIELDS + END, 1)],
    "parts: 1020": [(part(b'form-data; name="a"; filename=""'), 1019), (named(b"b") + END, 1)],
    "parts: 1021": [(part(b'form-data; name="a"; filename=""'), 1020), (named(b"b") + END, 1)],
    "parts without a disposition": [(b"--XB\r\nX: y\r\n\r\nv\r\n", 1021), (named(b"b") + END, 1)],
    "long header line": part(b'form-data; name="a"', more=b"\r\nX: " + b"y" * 6000) + named(b"b") + END,
    "name over the window": part(b'form-data; name="' + b"n" * 6000 + b'"') + named(b"b") + END,
    "value of 5118": named(b"a", b"x" * 5118) + END,
    "value of 5119": named(b"a", b"x" * 5119) + END,
    "value of 5120": named(b"a", b"x" * 5120) + END,
    "carriage return at the window's end": named(b"a", b"x" * 5118 + b"\r" + b"y" * 9) + END,
    "line end at the window's end": named(b"a", b"x" * 5118 + b"\r\n" + b"y" * 9) + END,
    "half a delimiter at the window's end": named(b"a", b"x" * 5115 + b"\r\n--X" + b"y" * 9) + END,
    "file without line ends": part(b'form-data; name="a"; filename=""', b"x" * 5120 + b"--XB") + named(b"b") + END,
}

# Content types with the ordinary multipart body.
BOUNDARIES: dict[str, bytes] = {
    "quoted": b'multipart/form-data; boundary="XB"',
    "quoted, more behind": b'multipart/form-data; boundary="XB"x; y',
    "quote not closed": b'multipart/form-data; boundary="XB',
    "single quotes": b"multipart/form-data; boundary='XB'",
    "capitals": b"Multipart/FORM-DATA; Boundary=XB",
    "semicolon behind": b"multipart/form-data; boundary=XB; charset=utf-8",
    "comma behind": b"multipart/form-data; boundary=XB, x",
    "comma before": b"multipart/form-data, boundary=XB",
    "no space": b"multipart/form-data;boundary=XB",
    "space before equals": b"multipart/form-data; boundary =XB",
    "space behind equals": b"multipart/form-data; boundary= XB",
    "word before": b"multipart/form-data; xboundaryx=XB",
    "other parameter between": b"multipart/form-data; boundary; charset=XB",
    "two": b"multipart/form-data; boundary=XB; boundary=YB",
    "capitals and lower case": b"multipart/form-data; BOUNDARY=YB; boundary=XB",
    "with two hyphens": b"multipart/form-data; boundary=--XB",
    "empty": b"multipart/form-data; boundary=",
    "missing": b"multipart/form-data",
    "no equals": b"multipart/form-data; boundary",
    "other boundary": b"multipart/form-data; boundary=YB",
    "urlencoded body": MULTIPART,
}


def cases() -> Iterator[tuple[str, bytes | None, Segments]]:
    """Every case: its name, content type and body in segments."""
    for name, tail in AFTER_HEAD.items():
        yield f"urlencoded: {name}", URLENCODED, [(HEAD + b"&" + tail, 1)]
    for name, (content_type, segments) in WHOLE.items():
        yield f"body: {name}", content_type, segments
    for name, body in PARTS.items():
        yield f"multipart: {name}", MULTIPART, [(body, 1)] if isinstance(body, bytes) else body
    for name, content_type in BOUNDARIES.items():
        yield f"boundary: {name}", content_type, [(IPN if name == "urlencoded body" else FIELDS + END, 1)]


def main() -> None:
    php = shutil.which("php")
    if php is None:
        sys.exit("php is not installed (apt-get install php-cli)")
    written = []
    with serving(php) as server:
        for name, content_type, segments in cases():
            body = b"".join(text * count for text, count in segments)
            written.append(
                {
                    "id": name,
                    "content_type": None if content_type is None else content_type.decode("latin-1"),
                    "body": [[text.decode("latin-1"), count] for text, count in segments],
                    "post": as_text(server.post(Posted(content_type, body))),
                }
            )
    table = {"php_version": version(php), "characters": "one a byte (ISO 8859-1)", "cases": written}
    text = json.dumps(table, indent=1, ensure_ascii=True) + "\n"
    (FOLDER / "post_table.json").write_text(text, encoding="utf-8")
    print(f"{len(written)} cases, PHP {table['php_version']}")


if __name__ == "__main__":
    main()
