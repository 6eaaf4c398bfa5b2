"""Writes http_build_query.json: arrays, each with the query that a real PHP writes for it.

    python tests/php/make_http_build_query.py

Arrays are lists of [name, value] pairs in the file, so that numbered names stay numbers; a list is a PHP
list.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.php.oracle import FOLDER, http_build_queries, php_literal, version

ARRAYS: dict[str, Any] = {
    "initiate sample": {
        "identifier": "DFU80XZIKS",
        "currency": "USD",
        "amount": 11,
        "details": "Purchase T-shirt",
        "ipn_url": "http://example.com/ipn_url.php",
        "public_key": "your_public_key",
        "checkout_theme": "light",
        "customer": {
            "first_name": "John",
            "last_name": "Doe",
            "email": "joan@gmail.com",
            "mobile": "12345789",
        },
        "shipping_info": {"address_one": "", "city": ""},
    },
    "empty": {},
    "list": {"gateway_methods": ["paypal", "stripe"]},
    "list with a gap": {"g": {2: "a", 5: "b"}},
    "top-level list": ["a", "b"],
    "numbered and negative": {0: "a", -1: "b", 7: {3: "c"}},
    "empty array": {"a": [], "b": "1"},
    "empty array below": {"a": {"b": []}},
    "null": {"site_logo": None, "x": "1"},
    "null below": {"a": {"b": None, "c": [None, "x"]}},
    "booleans": {"t": True, "f": False},
    "integers": {"a": 0, "b": -5, "c": 9223372036854775807},
    "amounts as text": {"a": "11.00", "b": "1e2", "c": "+11.00", "d": "011", "e": " 11"},
    "zero text": {"a": "0"},
    "empty text": {"a": "", "b": {"c": ""}},
    "empty name": {"": "v", "a": {"": "w"}},
    "deep": {"a": {"b": {"c": {"d": {"e": "1"}}}}},
    "reserved characters": {"d": "a&b=c+d%20/?#[]@!$'()*,;:~-_. \"<>\\^`{|}"},
    "reserved characters in names": {"a b&=+%[]~.*": {"x y&=+%[]~.*": "1"}},
    "controls": {"d": "a\r\nb\tc\x00d\x7f"},
    "letters and pictures": {"détails": "Achat T-shirt été ☕ 😀 المبلغ"},
    "bytes that are not UTF-8": {"d": b"\xff\xfe\x80"},
    "every byte": {"d": bytes(range(256))},
}


def paired(value: Any) -> Any:
    """The array for JSON."""
    if isinstance(value, dict):
        return {"array": [[key, paired(inner)] for key, inner in value.items()]}
    if isinstance(value, list):
        return [paired(inner) for inner in value]
    return {"bytes": value.hex()} if isinstance(value, bytes) else value


def main() -> None:
    php = shutil.which("php")
    if php is None:
        sys.exit("php is not installed (apt-get install php-cli)")
    queries = http_build_queries(php, [php_literal(array) for array in ARRAYS.values()])
    written = [
        {"id": name, "array": paired(array), "query": query.decode()}
        for (name, array), query in zip(ARRAYS.items(), queries, strict=True)
    ]
    text = json.dumps({"php_version": version(php), "cases": written}, indent=1) + "\n"
    (FOLDER / "http_build_query.json").write_text(text, encoding="utf-8")
    print(f"{len(written)} cases")


if __name__ == "__main__":
    main()
