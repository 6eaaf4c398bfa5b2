"""Texts of no known form that name a notification's fields, in whatever notation a program writes pairs."""

from __future__ import annotations

import re
from typing import Final

_MARK: Final = (
    rb"""(?:\\{0,8}["']|&(?:quot|apos|\#0{0,4}3[49]|\#x2[27]);|\\{1,8}(?:u00|x)2[27]"""
    rb"""|%(?:25){0,2}2[27]){1,2}"""
)
"""A quotation mark as it stands in JSON, doubled in a CSV cell, or escaped by a log, a page or an address."""
_MARKED: Final = (
    rb"""(?:(?<=["'])|(?<=quot;|apos;)|(?<=\#3[49];|x2[27];)|(?<=\#03[49];)|(?<=u002[27])|(?<=x2[27]|%2[27]|52[27]))"""
)
"""The same, behind which a name begins."""
_VALUE: Final = (
    rb"""(?:MARK|[\[({<0-9-]|[bu]MARK|\Z|(?:null|nil|none|true|false)\b"""
    rb"""|(?!(?:string|str|text|varchar|char|required|optional)\b)[^\s,;&|\])}<>"'`]{1,200}+"""
    rb"""(?=\s{0,40}(?:\Z|[,;&|\])}]|[\w\[\]%.]{1,60}\s{0,9}[:=]|(?<=\n)|MARK)))"""
)
"""What stands behind a colon: a quoted text, a number, a bracket, or one word that no sentence goes on from."""
_BEGIN: Final = rb"(?:(?<![\w.$/-])|(?<=%26)|(?<=%2526)|(?<=\\u0026)|(?<=\\[nt]))"
_PAIR: Final = rb"""(?ix)
      MARKED NAME \s{0,9} MARK \s{0,40} (?:
          (?:\]?\s{0,40}=>|=|;|%(?:25)?3A)                                      # Ruby, PHP, var_dump, serialize
        | : \s{0,40} VALUE                                                      # JSON, Python, JavaScript
        | , \s{0,40} (?:[bu]?MARK (?!(?:status|identifier|signature|data|amount)\b) | [0-9-])     # lists of pairs
        | , \s{0,40} MARK value MARK
      )
    | (?<=[\s;]name=["']) NAME ["'] (?:;[^\r\n]{0,200})? (?:\r?\n|\s{1,40}value=)  # multipart, HTML
    | (?<=\[)(?<!\w\[) NAME (?::[\w\\:]{1,100})?\] \s{0,40} =(?:>|&gt;)         # print_r
    | (?<=\[) NAME ,[ ] CELL                                                   # C#
    | BEGIN NAME </t[dh]> \s{0,40} <t[dh][^<>]{0,80}> CELL     # tables of pages
    | (?:(?<=<)|(?<=&lt;)|(?<=\w:)) NAME (?:\s[^<>]{0,200})?(?:>|&gt;) \s{0,200} [^<\s&]  # XML
    | (?<=name>|.key>) NAME \s{0,40} </
    | (?<=`) NAME ` \s{0,40} = \s{0,40} MARK                                    # SQL
    | BEGIN NAME (?:
          (?:\s{0,40}=>\s{0,40}|=|%(?:25)?3D|\\u003d) [^\s=]                    # bodies, logfmt, Java
        | :[^\s:/]                                                              # Go
        | \s{0,40} [:=] \s{1,40} VALUE                                          # YAML, Node, a browser's panel
        | [ ]{0,40} (?:\t|\||\r?\n) [ \t]{0,40} CELL                            # columns
      )
"""


def names_a_notification(octets: bytes) -> bool:
    """Whether a text names ``signature`` beside another posted field, each with a value behind it.

    Any notation of pairs counts: what programs print of dictionaries, maps and forms, markup, bodies, columns. Prose
    about the fields, or a row of their names, does not.

    Args:
        octets: One entry of an archive.
    """
    return _has_pair(octets, _SIGNATURE, _SIGNATURE_PAIR) and _has_pair(octets, _OTHER_FIELD, _OTHER_PAIR)


def _has_pair(octets: bytes, name: re.Pattern[bytes], pair: re.Pattern[bytes]) -> bool:
    return any(pair.match(octets, found.start()) for found in name.finditer(octets))


def _pair_of(name: bytes, cell: bytes) -> re.Pattern[bytes]:
    pattern = _PAIR.replace(b"VALUE", _VALUE)
    for word, stands_for in ((b"MARKED", _MARKED), (b"MARK", _MARK), (b"BEGIN", _BEGIN), (b"CELL", cell)):
        pattern = pattern.replace(word, stands_for)
    return re.compile(pattern.replace(b"NAME", name))


_SIGNATURE: Final = re.compile(rb"signature", re.IGNORECASE)
_SIGNATURE_PAIR: Final = _pair_of(rb"signature", rb"[0-9A-F]{32}")
_OTHER_FIELD: Final = re.compile(rb"status|identifier|data|amount", re.IGNORECASE)
_OTHER_PAIR: Final = _pair_of(
    rb"(?:status|identifier|data(?:(?:[\[._]|%(?:25)?5B)\w{1,40}(?:\]|%(?:25)?5D)?)?|amount)", rb"[^\s|]"
)
