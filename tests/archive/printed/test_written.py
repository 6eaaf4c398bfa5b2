"""What programs print of a notification is read to the letter, and nothing is read that could be another."""

from __future__ import annotations

import html
import json
import pprint
import time
from collections import OrderedDict

import pytest

from corena_recon.archive.printed.written import rows_of_written
from corena_recon.archive.records.posting import NO_FACTS
from tests.archive.printed.test_notations import FIELDS, NOTATIONS, SIGNATURE

HARD = "É \"q\" 'a' \\n🎉\x07 `b`"
NESTED = {
    "status": "success",
    "signature": SIGNATURE,
    "identifier": HARD,
    "data": {"amount": "11.00000000", "note": "x\ny: z"},
}
AMOUNT = "'data' => { amount: '11.00000000', note: 'x\\ny: z' }"

FLAT = {"data[amount]": "11.00000000"}

# As Node 20, Ruby 3.3, Elixir 1.16, Go 1.22 and Rust 1.77 print it.
ELSEWHERE = {
    "Node": f"{{\n  status: 'success',\n  signature: '{SIGNATURE}',\n"
    "  identifier: 'É \"q\" \\'a\\' \\\\n🎉\\x07 `b`',\n"
    "  data: { amount: '11.00000000', note: 'x\\ny: z' }\n}",
    "Node, Map": f"Map(4) {{\n  'status' => 'success',\n  'signature' => '{SIGNATURE}',\n"
    f"  'identifier' => 'É \"q\" \\'a\\' \\\\n🎉\\x07 `b`',\n  {AMOUNT}\n}}",
    "Node, in a request": f"{{ method: 'POST', body: {{ status: 'success', signature: '{SIGNATURE}',\n"
    "    identifier: 'É \"q\" \\'a\\' \\\\n🎉\\x07 `b`', data: { amount: '11.00000000' } } }",
    "Ruby": f'{{"status"=>"success", "signature"=>"{SIGNATURE}", "identifier"=>"É \\"q\\" \'a\' \\\\n🎉\\a `b`", '
    '"data"=>{"amount"=>"11.00000000"}}',
    "Elixir": f'%{{"status" => "success", "signature" => "{SIGNATURE}", '
    '"identifier" => "É \\"q\\" \'a\' \\\\n🎉\\a `b`", "data" => %{"amount" => "11.00000000"}}',
    "Go": 'map[string]interface {}{"data":map[string]interface {}{"amount":"11.00000000"}, '
    f'"identifier":"É \\"q\\" \'a\' \\\\n🎉\\a `b`", "signature":"{SIGNATURE}", "status":"success"}}',
    "Go, struct": f'main.IPN{{Status:"success", Signature:"{SIGNATURE}", '
    'Identifier:"É \\"q\\" \'a\' \\\\n🎉\\a `b`", Data:main.Data{Amount:"11.00000000"}}',
    "Rust": f'Ipn {{ status: "success", signature: "{SIGNATURE}", '
    'identifier: "É \\"q\\" \'a\' \\\\n🎉\\u{7} `b`", data: Data { amount: "11.00000000" } }',
    "Perl": f"$VAR1 = {{\n  'status' => 'success',\n  'signature' => '{SIGNATURE}',\n"
    f"  'identifier' => 'É \"q\" \\'a\\' \\\\n🎉\x07 `b`',\n  'data' => {{\n    'amount' => '11.00000000'\n  }}\n}};",
}
WRITTEN = ELSEWHERE | {
    "Python": repr(NESTED),
    "Python, pprint": pprint.pformat(NESTED, width=30),
    "Python, lists of one": repr({name: [value] for name, value in {**NESTED, **FLAT}.items() if name != "data"}),
    "Python, pairs": f"ImmutableMultiDict({list(NESTED.items())!r})",
    "Python, OrderedDict": repr(OrderedDict(NESTED)),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_quoted_texts_are_read_to_the_letter(name: str) -> None:
    [row] = rows_of_written(f"IPN {WRITTEN[name]} behind".encode(), NO_FACTS)
    assert (row.identifier, row.amount_text, row.signature) == (HARD, "11.00000000", SIGNATURE)
    assert (row.unreadable, row.body_ambiguous) == (None, False)


# Texts quote nothing: whatever its value holds goes on to the line's end.
PAIRS = {"status": "success", "signature": SIGNATURE, "identifier": ' a => b: "c", d=e [x] ', "data[amount]": "11.00"}
IN_LINES = {
    **{
        by: "".join(f"{name}{by}{value}\n" for name, value in PAIRS.items())
        for by in ("=", ": ", " = ", " => ", "\t", ":")
    },
    "padded": "".join(f"{name:<20}: {value}\n" for name, value in PAIRS.items()),
    "behind a log's words": "IPN from 192.0.2.1 - " + "".join(f"{name}: {value}\n" for name, value in PAIRS.items()),
    "C#": "".join(f"[{name}, {value}]\n" for name, value in PAIRS.items()),
    "quoted names": "".join(f'"{name}" = {value}\n' for name, value in PAIRS.items()),
    "nested JSON": f"status: success\nsignature: {SIGNATURE}\nidentifier: {PAIRS['identifier']}\n"
    'data: {"amount":"11.00"}\n',
    "indented": f"status: success\ndata:\n  amount: 11.00\n  currency: USD\nsignature: {SIGNATURE}\n"
    f"identifier: {PAIRS['identifier']}\n#",
    "a page's table": "<table>"
    + "".join(f"<tr><td>{name}</td>\n<td class='v'>{html.escape(value)}</td></tr>" for name, value in PAIRS.items()),
}


@pytest.mark.parametrize("name", IN_LINES)
def test_pairs_are_read_to_the_end_of_their_lines(name: str) -> None:
    [row] = rows_of_written(IN_LINES[name].encode(), NO_FACTS)
    assert (row.identifier, row.amount_text, row.status) == (PAIRS["identifier"], "11.00", "success")


def test_quotation_marks_of_yaml_are_no_part_of_values_and_others_are_not_taken_for_such() -> None:
    def read(identifier: str, amount: str) -> list[str | None]:
        text = f"status: success\nsignature: {SIGNATURE}\nidentifier: {identifier}\ndata:\n  amount: {amount}\n"
        return [row.identifier for row in rows_of_written(text.encode(), NO_FACTS)]

    assert read("'O''Brien'", "'11.00'") == ["O'Brien"]
    assert read(r'"\u00c9 a"', "'11.00'") == ["É a"]
    assert read("CMD-1", "'11.00'") == ["CMD-1"]
    assert read("'00123'", "11.00") == []


def test_pairs_on_one_line_are_read_where_nothing_could_part_them() -> None:
    def line(identifier: str, by: str) -> bytes:
        return by.join(
            f"{name}={identifier if name == 'identifier' else value}" for name, value in FIELDS.items()
        ).encode()

    for by in (", ", " ", "; ", " | "):
        [row] = rows_of_written(line("CMD-1", by), NO_FACTS)
        assert (row.identifier, row.amount_text) == ("CMD-1", "11.00")
        assert rows_of_written(line("CMD 1", by), NO_FACTS) == []
        assert rows_of_written(line("CMD(1)", by), NO_FACTS) == []
    [row] = rows_of_written(NOTATIONS["Go, url.Values"].replace("]]", "] data[amount]:[11.00]]").encode(), NO_FACTS)
    assert (row.identifier, row.signature, row.amount_text) == ("CMD-7001", SIGNATURE, "11.00")


def test_what_languages_with_types_print_is_read_by_the_gateway_s_names() -> None:
    rest = f"Signature:{SIGNATURE} Identifier:CMD-1 Data:{{PaymentTrx:T1 Amount:11.00 Currency:USD}}}}"
    java = f"Ipn[status=success, signature={SIGNATURE}, identifier=CMD-1, data=Data[paymentTrx=T1, amount=11.00]]"
    yaml = (
        f"{{status: success, signature: {SIGNATURE}, identifier: 'CMD-1', data: {{amount: '11.00', payment_trx: T1}}}}"
    )
    for text in (f"{{Status:success {rest}", f"&{{Status:success {rest}", java, yaml):
        [row] = rows_of_written(text.encode(), NO_FACTS)
        found = (row.status, row.identifier, row.signature, row.amount_text, row.payment_trx, row.body_ambiguous)
        assert found == ("success", "CMD-1", SIGNATURE, "11.00", "T1", False)


def test_lines_that_were_broken_at_a_width_are_joined_which_is_a_guess() -> None:
    text = json.dumps(FIELDS | {"data": {"amount": "11.00"}})
    wrapped = "\n".join(text[at : at + 60] for at in range(0, len(text), 60))
    [row] = rows_of_written(wrapped.encode(), NO_FACTS)
    assert (row.identifier, row.signature, row.body_ambiguous) == (FIELDS["identifier"], SIGNATURE, True)


def test_what_the_writer_left_out_is_truncated_and_no_other_value() -> None:
    cut = f"{{ status: 'success', signature: '{SIGNATURE}', identifier: 'A', data: [Object] }}"
    assert [row.unreadable for row in rows_of_written(cut.encode(), NO_FACTS)] == ["truncated"]
    two = rows_of_written((repr(NESTED) + repr({**NESTED, "identifier": "B"})).encode(), NO_FACTS)
    assert [row.identifier for row in two] == [HARD, "B"]
    assert rows_of_written(json.dumps(list(FIELDS)).encode(), NO_FACTS) == []


@pytest.mark.parametrize(
    "piece", ["{signature: ", "['signature', ", "signature = 00000000\n", "{'a': {", "signature=1a1a1a1a "]
)
def test_a_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    def seconds(size: int) -> float:
        octets = (piece * (size // len(piece))).encode()
        begin = time.process_time()
        rows_of_written(octets, NO_FACTS)
        return time.process_time() - begin

    assert seconds(200_000) < 40 * seconds(20_000) + 0.1
