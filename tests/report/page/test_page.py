"""The page as a file: what stands in it, what does not, and that it is the same each time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import pickle
import re
from pathlib import Path
from typing import Any

import pytest

import corena_recon as cr
from corena_recon.command_line.main import BAD_INPUT, NOTHING_EXCEPTIONAL, main
from corena_recon.errors import KeyRingError, OptionError
from corena_recon.report import read_manifest
from corena_recon.report.page import proof
from corena_recon.report.stored.made_files import write_made
from corena_recon.stages.check import check
from tests.making import ipn, jsonl, orders, ring, signature, verified
from tests.reliability.processes import CANARY, encodings

HALF = proof.HELD_BYTES


def block_of(page: str, name: str) -> Any:
    found = re.search(f'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def rows_of(data: dict[str, Any]) -> list[tuple[int, bytes, bytes, bytes]]:
    """Each packed row: its key's place, amount, identifier, half a signature."""
    octets, count = base64.b64decode(data["octets"]), data["rows"]
    numbers = [int.from_bytes(octets[at : at + 2], "little") for at in range(0, 6 * count, 2)]
    at, rows = (6 + HALF) * count, []
    for row in range(count):
        lengths = numbers[count + 2 * row : count + 2 * row + 2]
        amount, identifier = octets[at : at + lengths[0]], octets[at + lengths[0] : at + sum(lengths)]
        at += sum(lengths)
        rows.append((numbers[row], amount, identifier, octets[6 * count + HALF * row : 6 * count + HALF * (row + 1)]))
    assert at == len(octets)
    return rows


def toml_of(key: str, secret: str) -> str:
    return f'[[keys]]\nid = "{key}"\nmode = "live"\nsecret = "{secret}"\n'


def half(secret: str, message: bytes) -> bytes:
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()[:HALF]


def report(secret: str = CANARY, **options: Any) -> cr.Reconciliation:
    """An underpaid order, one in order, a forgery, bytes that are not UTF-8, and a record that cannot be read."""
    posted = (
        b"status=success&identifier=%FF%00<b>&signature="
        + hmac.new(secret.encode(), b"7.00000000\xff\x00<b>", hashlib.sha256).hexdigest().upper().encode()
        + b"&data%5Bamount%5D=7.00000000&data%5Bpayment_trx%5D=T\n"
    )
    archive = jsonl(
        ipn("A", signature=signature("11.00000000", "A", secret)),
        ipn("B", signature=signature("11.00000000", "B", secret)),
        ipn("C", "12.50", signature=signature("1.25", "C", secret)),
        {"status": "success", "identifier": "D", "signature": ""},
    )
    keys = cr.KeyRing(
        [cr.Key(id="live", secret=secret, mode="live"), cr.Key(id="old", secret="other one", mode="live")]
    )
    export = b"order_id,total,currency,status\nA,12,USD,paid\nB,11,USD,paid\n"
    found: cr.Reconciliation = cr.audit([archive, posted], export, keys, **options)
    return found


@pytest.fixture(scope="module")
def whole() -> cr.Reconciliation:
    return report()


@pytest.fixture(scope="module")
def folder(whole: cr.Reconciliation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return whole.to_parquet(tmp_path_factory.mktemp("page") / "report")


def test_the_command_prints_the_digest_that_the_manifest_holds_and_the_bytes_are_the_same_each_time(
    folder: Path, whole: cr.Reconciliation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, keys = folder / "report.html", tmp_path / "keys.toml"
    keys.write_text(f"{toml_of('live', CANARY)}{toml_of('old', 'other one')}")
    digests = []
    page.write_bytes(b"another")
    for _ in range(2):
        assert main(["report", str(folder), "--html", str(page), "--keys", str(keys)]) == NOTHING_EXCEPTIONAL
        digests.append(capsys.readouterr().out.strip())
    assert digests == [hashlib.sha256(page.read_bytes()).hexdigest()] * 2
    assert read_manifest(folder)["outputs"]["report.html"] == digests[0]
    whole.to_html(page)
    assert hashlib.sha256(page.read_bytes()).hexdigest() == digests[0]


def test_rows_behind_the_head_are_data_that_hold_what_markup_would(
    whole: cr.Reconciliation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = whole.to_html(tmp_path / "page.html").read_text("utf-8")
    monkeypatch.setattr("corena_recon.report.page.page.WRITTEN_MAX", 1)
    page = whole.to_html(tmp_path / "page.html").read_text("utf-8")
    head, data = page.split('<script type="application/json" id="packed">')
    assert head.count('<td class="name">') == 1
    assert written.count('<td class="name">') == len(whole.worklist) == 1 + len(block_of(page, "packed")["rows"])
    assert f"The other {len(whole.worklist) - 1} are shown by this page" in head
    assert "unlisted" not in written.split("</style>")[1].split("<script")[0]
    texts = block_of(page, "packed")["texts"]
    assert len(texts) == len({*texts})
    assert "\\xFF\\x00&lt;b&gt;" in head
    for said in ("12.50|C", "Valid if the amount were 1.25 instead of 12.50"):
        assert any(said in text for text in texts), said
    assert "<b>" not in data.split("</script>")[0]


def test_what_columns_hold_is_counted_and_no_signature_is_told(whole: cr.Reconciliation, tmp_path: Path) -> None:
    page = whole.to_html(tmp_path / "page.html").read_text("utf-8")
    for name, filled, empty, distinct, frequent in (
        ("notifications · identifier", 5, 0, 5, ""),
        ("notifications · signature", 5, 0, 5, ""),
        ("notifications · currency", 3, 2, 1, "<span><code>USD</code> × 3</span>"),
        ("notifications · amount", 4, 1, 3, "<span><code>11.00</code> × 2</span>"),
        ("orders · order_amount", 2, 0, 2, ""),
    ):
        counts = "".join(f'<td class="n">{count}</td>' for count in (filled, empty, distinct))
        assert f'<th scope="row">{name}</th>{counts}<td>{frequent}</td>' in page, name
    assert '<th scope="row">USD</th><td class="n">2</td><td class="n">11.00</td>' in page
    assert "other rules were checked and found nothing" in page


def test_it_is_told_how_far_a_page_and_a_workbook_are(whole: cr.Reconciliation, tmp_path: Path) -> None:
    class Told(list[tuple[str, int, int]]):
        def __call__(self, stage: str, count: int) -> None:
            """Stages alone are of no interest."""

        def share(self, stage: str, done: int, total: int) -> None:
            self.append((stage, done, total))

    told = Told()
    whole.to_html(tmp_path / "page.html", progress=told)
    whole.to_excel(tmp_path / "book.xlsx", progress=told)
    ends = {stage: (done, total) for stage, done, total in told}
    assert ends.keys() == {"count what columns hold", "pack the signatures", "explain", "write the workbook"}
    assert all(done == total for done, total in ends.values())


def test_with_the_keys_of_the_run_it_says_what_would_make_a_forgery_valid_and_holds_none_of_them(
    whole: cr.Reconciliation, folder: Path, tmp_path: Path
) -> None:
    octets = whole.to_html(tmp_path / "page.html").read_bytes()
    assert b"Valid if the amount were 1.25 instead of 12.50" in octets
    forbidden = signature("12.50", "C", CANARY)
    assert forbidden[:8] + "…" in octets.decode()
    assert forbidden[:9] not in octets.decode()
    assert [way for way, secret in encodings(CANARY).items() if secret in octets + pickle.dumps(whole)] == []
    back = cr.Reconciliation.read_parquet(folder)
    without = back.to_html(tmp_path / "page.html").read_bytes()
    assert b"Valid if the amount" not in without
    assert b"No keys were given" in without
    with pytest.raises(KeyRingError, match=r"^the keys are not those of the run: live, old \(hint: ") as caught:
        back.to_html(tmp_path / "page.html", keys=cr.Key(id="live", secret=f"not {CANARY}", mode="live"))
    assert CANARY not in str(caught.value)


def test_what_a_person_needs_stands_in_it_and_no_secret(folder: Path, tmp_path: Path) -> None:
    octets = cr.Reconciliation.read_parquet(folder).to_html(tmp_path / "page.html").read_bytes()
    page = octets.decode()
    for said in (
        "Needs a person: ",
        "11.00\N{NO-BREAK SPACE}USD was paid of 12.00\N{NO-BREAK SPACE}USD",
        "Ask the payer for",
        "signed bytes</dt><dd><code>12.50|C",
        "\\xFF\\x00&lt;b&gt;",
        "<title>underpaid: paid 11.00</title>",
        '<th scope="row">signature_invalid</th><td class="n">1</td>',
        "C (<memory> record 3)".replace("<", "&lt;").replace(">", "&gt;"),
        hashlib.sha256(b"order_id,total,currency,status\nA,12,USD,paid\nB,11,USD,paid\n").hexdigest(),
        "default-src &#39;none&#39;",
    ):
        assert said in page, said
    assert [way for way, secret in encodings(CANARY).items() if secret in octets] == []
    assert "0E-8" not in page
    made = signature("11.00000000", "A", CANARY)
    assert made[: 2 * HALF] + "…" in page
    assert made[: 2 * HALF + 1] not in page


def test_the_policy_names_the_digests_of_its_script_and_style(folder: Path, tmp_path: Path) -> None:
    page = cr.Reconciliation.read_parquet(folder).to_html(tmp_path / "page.html").read_text("utf-8")
    [script] = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    [style] = re.findall("<style>(.*?)</style>", page, re.DOTALL)
    for text, directive in ((script, "script-src"), (style, "style-src")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{directive} &#39;sha256-{digest}&#39;;".replace("+", "+") in page
    assert " style=" not in page
    assert not re.search(r"\b(?:src|href)=\"(?!#)", page)


def test_every_signature_can_be_computed_from_what_the_page_holds(folder: Path, tmp_path: Path) -> None:
    data = block_of(cr.Reconciliation.read_parquet(folder).to_html(tmp_path / "page.html").read_text("utf-8"), "data")
    assert data["keys"] == ["live", "old"]
    rows = rows_of(data)
    of_key = [row for row in rows if row[0] == 0]
    assert [identifier for _, _, identifier, _ in of_key] == [b"A", b"B", b"\xff\x00<b>"]
    for _, amount, identifier, received in of_key:
        assert received == half(CANARY, amount + identifier)
    refused = [(amount, received) for key, amount, _, received in rows if key]
    assert refused[0] == (b"12.50", half(CANARY, b"1.25C"))
    assert {amount for amount, _ in refused} == {b"12.50", b"12.50000000", b"12.5"}
    assert sum(count for _, _, count in data["runs"]) == 4


def test_of_more_than_there_is_room_for_it_holds_the_exceptions_and_a_sample_that_nobody_chose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "PROVEN_MAX", 9)
    many = [ipn(f"N{number}") for number in range(40)]
    shop = orders(*((f"N{number}", "12" if number == 33 else "11", "USD", "paid") for number in range(40)))
    found = [cr.reconcile(cr.verify(cr.read_ipns(jsonl(*many, *more)), ring()), shop) for more in ((), [ipn("X")])]
    pages = [one.to_html(tmp_path / "page.html").read_text("utf-8") for one in (*found, found[0])]
    held = [{identifier for _, _, identifier, _ in rows_of(block_of(page, "data"))} for page in pages]
    assert {len(names) for names in held} == {9}
    assert all(b"N33" in names for names in held)
    assert held[0] == held[2] != held[1]
    assert pages[0] == pages[2]
    assert "9 of 40, 1 of them of exceptions" in pages[0]


def test_in_french_all_of_it_is_french_and_an_unknown_language_is_refused(folder: Path, tmp_path: Path) -> None:
    found = cr.Reconciliation.read_parquet(folder)
    page = found.to_html(tmp_path / "page.html", lang="fr").read_text("utf-8")
    for said in (
        '<html lang="fr">',
        "Demandent une personne",
        "ont été payés sur",
        "octets signés",
        "Secret de la clé",
    ):
        assert said in page, said
    assert "Needs a person" not in page
    with pytest.raises(OptionError, match="lang"):
        found.to_html(tmp_path / "page.html", lang="klingon")


def test_without_orders_and_without_anything_there_is_a_page_too(tmp_path: Path) -> None:
    for archive in (jsonl(ipn("A", signature="0" * 64)), jsonl({"no": "ipn"})):
        page = cr.audit(archive, keys=ring()).to_html(tmp_path / "page.html").read_text("utf-8")
        assert 'id="money"' not in page


def test_the_command_line_refuses_what_it_cannot_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(folder)]) == BAD_INPUT
    assert "--html report.html" in capsys.readouterr().err
    assert main(["report", str(folder), "--html", str(folder / "page.html")]) == BAD_INPUT
    assert "call it report.html" in capsys.readouterr().err


def test_a_page_that_was_altered_together_with_its_digest_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "ipn.jsonl").write_bytes(jsonl(ipn("A")))
    (tmp_path / "orders.csv").write_text("order_id,total,currency,status\nA,12,USD,paid\n")
    page = tmp_path / "report" / "report.html"
    found = cr.audit(tmp_path / "ipn.jsonl", tmp_path / "orders.csv", ring(), page.parent)
    found.to_html(page, lang="fr")
    assert check(page.parent, keys=ring()).code == "same"
    altered = page.read_bytes().replace(b"12,00", b"11,00")
    write_made(page, altered, found.manifest_facts())
    told = check(page.parent, keys=ring())
    assert (told.code, told.facts["name"]) == ("altered_page", str(page))


def test_a_page_stays_short_whatever_strangers_post(tmp_path: Path) -> None:
    long = [ipn(f"{number}" + "W" * 50_000, currency="C" * 50_000, data_currency="C" * 50_000) for number in range(8)]
    found = cr.reconcile(verified(*long, ipn("A")), orders(("A", "12", "USD", "paid")))
    page = found.to_html(tmp_path / "page.html").read_text("utf-8")
    assert len(page) < 200_000
    assert "8 of them are too long for this page." in page
