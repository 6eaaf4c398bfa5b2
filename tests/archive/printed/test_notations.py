"""A notification's fields are seen in every notation of pairs, and never in prose."""

from __future__ import annotations

import html
import json
import time
from collections import ChainMap, OrderedDict
from urllib.parse import quote, urlencode

import pytest

from corena_recon.archive.printed.notations import names_a_notification

SIGNATURE = "69B5D8DFCC945D9109A4EAD448FD99A6D42E7532551209593A6D2E8B0C266151"
FIELDS = {"status": "success", "signature": SIGNATURE, "identifier": "CMD-7001", "data[amount]": "11.00"}
JSON = json.dumps(FIELDS)

NOTATIONS = {
    "JSON": JSON,
    "JSON, cut behind the name": '{"identifier": "CMD-7001", "signature":',
    "JSON, torn": f'{{"identifier": "CMD-7001", "signature": "{SIGNATURE[:20]}[2026-03-01 10:00:00]',
    "JSON in a JSON string": json.dumps(JSON),
    "JSON in a JSON string, twice": json.dumps(json.dumps(JSON)),
    "JSON in a CSV cell": '"' + JSON.replace('"', '""') + '"',
    "JSON, escaped by a page": html.escape(JSON),
    "JSON, escaped by nginx": JSON.replace('"', r"\x22"),
    "JSON, escaped by PHP": JSON.replace('"', r"\u0022"),
    "JSON in an address": quote(JSON),
    "pairs": json.dumps(list(FIELDS.items())),
    "names and values": json.dumps([{"name": name, "value": value} for name, value in FIELDS.items()]),
    "typed values": json.dumps({name: {"stringValue": value} for name, value in FIELDS.items()}),
    "body": urlencode(FIELDS),
    "body, encoded twice": quote(urlencode(FIELDS)),
    "body, escaped by a page": urlencode(FIELDS).replace("&", "&amp;"),
    "Python": repr(FIELDS),
    "Python, bytes": repr({name.encode(): value.encode() for name, value in FIELDS.items()}),
    "Python, OrderedDict": repr(OrderedDict(FIELDS)),
    "Python, OrderedDict of old": f"OrderedDict({list(FIELDS.items())!r})",
    "Python, ImmutableMultiDict": f"ImmutableMultiDict({list(FIELDS.items())!r})",
    "Python, QueryDict": f"<QueryDict: { {name: [value] for name, value in FIELDS.items()}!r}>",
    "Python, ChainMap": repr(ChainMap(FIELDS)),
    "Ruby": "{" + ", ".join(f'"{name}"=>"{value}"' for name, value in FIELDS.items()) + "}",
    "Ruby 3.4": "{" + ", ".join(f'"{name}" => "{value}"' for name, value in FIELDS.items()) + "}",
    "Ruby, symbols": f'{{:status=>"success", :signature=>"{SIGNATURE}"}}',
    "Ruby, short symbols": f'{{status: "success", signature: "{SIGNATURE}"}}',
    "Elixir": f'%{{"status" => "success", "signature" => "{SIGNATURE}"}}',
    "Node": f"[Object: null prototype] {{\n  status: 'success',\n  signature: '{SIGNATURE}'\n}}",
    "Node, one line": f"{{ status: 'success', signature: '{SIGNATURE}' }}",
    "Go, url.Values": f"map[identifier:[CMD-7001] signature:[{SIGNATURE}] status:[success]]",
    "Go, struct": f"{{Status:success Signature:{SIGNATURE} Identifier:CMD-7001}}",
    "Go, typed struct": f'main.IPN{{Status:"success", Signature:"{SIGNATURE}"}}',
    "Java": f"{{status=success, signature={SIGNATURE}, identifier=CMD-7001}}",
    "Java, record": f"Ipn[status=success, signature={SIGNATURE}]",
    "C#": f"Ipn {{ Status = success, Signature = {SIGNATURE} }}",
    "logfmt": f"level=info status=success signature={SIGNATURE}",
    "INI": f"status = success\nsignature = {SIGNATURE}\n",
    "YAML": f"status: success\nsignature: {SIGNATURE}\nidentifier: CMD-7001\n",
    "YAML, short signature": "status: success\nsignature: abc\n",
    "one line": f"status: success signature: {SIGNATURE} identifier: CMD-7001",
    "panel, columns": f"status\tsuccess\nsignature\t{SIGNATURE}\n",
    "panel, lines": f"status\nsuccess\nsignature\n{SIGNATURE}\n",
    "psql": f"status    | success\nsignature | {SIGNATURE}\n",
    "print_r": f"Array\n(\n    [status] => success\n    [signature] => {SIGNATURE}\n)\n",
    "print_r, object": f"I Object\n(\n    [status:protected] => success\n    [signature:I:private] => {SIGNATURE}\n)\n",
    "print_r, one line": f"Array (     [status] => success     [signature] => {SIGNATURE} )",
    "print_r, no signature": "Array\n(\n    [status] => success\n    [signature] => \n)\n",
    "var_export": f"array (\n  'status' => 'success',\n  'signature' => '{SIGNATURE}',\n)",
    "var_dump": f'array(2) {{\n ["status"]=>\n string(7) "success"\n ["signature"]=>\n string(64) "{SIGNATURE}"\n}}\n',
    "serialize": f'a:2:{{s:6:"status";s:7:"success";s:9:"signature";s:64:"{SIGNATURE}";}}',
    "screen of a shop": f"status => success\nsignature => {SIGNATURE}\n",
    "XML": f"<ipn><status>success</status><signature>{SIGNATURE}</signature></ipn>",
    "XML, prefixed": f'<c:status>success</c:status><c:signature type="hex">\n{SIGNATURE}</c:signature>',
    "XML, escaped": f"&lt;status&gt;success&lt;/status&gt;&lt;signature&gt;{SIGNATURE}&lt;/signature&gt;",
    "property list": f"<key>status</key><string>success</string><key>signature</key><string>{SIGNATURE}</string>",
    "SQL": f"UPDATE ipn SET `status`='success', `signature`='{SIGNATURE}'",
    "dotted": f"signature={SIGNATURE} data.amount=11.00",
    "multipart": "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in FIELDS.items()
    ),
    "HTML form": "".join(f'<input name="{name}" value="{value}">' for name, value in FIELDS.items()),
}

OTHERS = {
    "prose": "the signature of the status is checked before the identifier is read",
    "prose with a colon": "signature: the HMAC of amount and identifier\nstatus: one of success and failed",
    "prose in quotes": 'the "signature" and the "status" of a notification, and its "identifier": see below',
    "Markdown list": "- `signature`: HMAC-SHA256 of amount and identifier\n- `status`: success or failed\n",
    "Markdown, bold": "**signature**: the HMAC\n**status**: success or failed\n",
    "Markdown table": "| field | type |\n| status | string |\n| signature | string |",
    "types": "status: string\nsignature: string\nidentifier: string\n",
    "names in a row": "Fields:\nstatus,identifier,signature,amount\nAsk Awa for the key.\n",
    "names in columns": "status\tidentifier\tsignature\tamount\n",
    "names as JSON": '["status", "signature", "identifier", "data"]',
    "a formula": "signature = upper-case hex of HMAC\nstatus is not signed",
    "a program": "$signature=$_POST['signature'];\nif ($status=='success') { check($signature); }",
    "header of another gateway": f'stripe-signature: t=1,v1={SIGNATURE}\n{{"status": "succeeded"}}',
    "status alone": '{"status": "success", "amount": "11.00"}',
    "signature alone": f'{{"signature": "{SIGNATURE}"}}',
    "nothing": "",
}


@pytest.mark.parametrize("name", NOTATIONS)
def test_a_notation_of_pairs_names_a_notification(name: str) -> None:
    assert names_a_notification(NOTATIONS[name].encode())


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_pair_names_none(name: str) -> None:
    assert not names_a_notification(OTHERS[name].encode())


@pytest.mark.parametrize(
    "piece", ["signature ", '"signature" ', "<signature ", "signature: " + "x" * 200 + " " * 40 + "("]
)
def test_a_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    def seconds(size: int) -> float:
        octets = (piece * (size // len(piece))).encode()
        begin = time.process_time()
        assert not names_a_notification(octets)
        return time.process_time() - begin

    assert seconds(400_000) < 40 * seconds(40_000) + 0.1
