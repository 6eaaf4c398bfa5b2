"""The page in a real browser: hostile text, with its policy and without; the proof; axe-core; a narrow screen."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import corena_recon as cr
from tests.hostile import HOSTILE
from tests.making import SECRET, ipn, jsonl, orders, ring, signature
from tests.notebook_support import new_notebook, saved_text
from tests.report.displays.test_card import ELEMENTS as ELEMENTS_OF_A_CARD
from tests.report.displays.test_card import hostile_report
from tests.ui.test_payment_form_in_browser import serious

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.ui.conftest import Lab, Notebook

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

POLICY = re.compile(rb'<meta http-equiv="Content-Security-Policy"[^>]*>')
ELEMENTS = """() => [...new Set([...document.querySelectorAll('*')].flatMap(
    element => [element.tagName, ...[...element.attributes].map(one => element.tagName + ' ' + one.name)]))]"""
IN_A_CELL = """() => {
    const panel = [...document.querySelectorAll('.jp-NotebookPanel')].find(one => one.offsetParent);
    const cell = panel.querySelector('.jp-RenderedHTML');
    return [...new Set([...cell.querySelectorAll('*')].flatMap(
        element => [element.tagName, ...[...element.attributes].map(one => element.tagName + ' ' + one.name)]))];
}"""
OPEN_ANOTHER = """async path => {
    const widget = await jupyterapp.commands.execute('docmanager:open', {path, factory: 'Notebook'});
    await widget.context.ready;
    // Whoever closes it before its kernel stands leaves a question on the screen.
    await widget.sessionContext.ready;
    jupyterapp.shell.activateById(widget.id);
    return widget.content.model.cells.get(0).trusted;
}"""
ROWS = """async () => {
    document.querySelectorAll('#rows details').forEach(one => { one.open = true });
    await new Promise(resolve => setTimeout(resolve, 200));
    return [...document.querySelectorAll('#rows tbody tr')].map(row => row.innerHTML.replace(/\\n/g, ''));
}"""
OPEN_ALL = "() => document.querySelectorAll('details').forEach(one => { one.open = true })"
SHOWN = "() => document.body.innerText"
RUNNING = "() => [window.taken, document.title]"
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


class Opened(NamedTuple):
    """A page from a file, without a network, and what it said and asked for."""

    page: Page
    heard: list[str]


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Callable[..., Opened]]:
    contexts = []

    def open_file(file: Path, **options: Any) -> Opened:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, "locale": "en-US", **options})
        contexts.append(context)
        context.set_offline(True)
        heard: list[str] = []
        page = context.new_page()
        page.on("console", lambda said: heard.append(said.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("dialog", lambda dialog: heard.append(dialog.message))
        page.on("request", lambda request: None if request.url == file.as_uri() else heard.append(request.url))
        page.goto(file.as_uri())
        return Opened(page, heard)

    yield open_file
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report full of hostile strings, with its page."""
    folder = hostile_report().to_parquet(tmp_path_factory.mktemp("hostile") / "report")
    cr.Reconciliation.read_parquet(folder).to_html(folder / "report.html")
    return folder


@pytest.fixture(scope="module")
def plain() -> cr.Reconciliation:
    archive = jsonl(
        *(ipn(name, endpoint="live", received_at=f"2026-01-0{day}T00:00:00Z") for day, name in enumerate("ABC", 1)),
        ipn("D", "110.00000000", signature=signature("11.00000000", "D"), received_at="2026-01-05T00:00:00Z"),
        ipn("E", signature="nothing"),
        {"no": "ipn"},
    )
    shop = orders(*((name, "12", "USD", "Zut") for name in "ABCDEF"), ("G", "1", "", "paid"))
    return cr.reconcile(cr.verify(cr.read_ipns(archive), ring()), shop)


@pytest.mark.parametrize("has_policy", [True, False], ids=["policy", "no policy"])
def test_nothing_of_strangers_acts_and_no_element_or_attribute_is_added(
    opened: Callable[..., Opened],
    report: Path,
    plain: cr.Reconciliation,
    tmp_path: Path,
    has_policy: bool,
) -> None:
    assert len(set(HOSTILE)) >= 200
    expected = {*opened(plain.to_html(tmp_path / "plain.html")).page.evaluate(ELEMENTS), "DETAILS open"}
    file = tmp_path / "page.html"
    hostile = (report / "report.html").read_bytes()
    assert len(POLICY.findall(hostile)) == 1
    file.write_bytes(hostile if has_policy else POLICY.sub(b"", hostile))
    page, heard = opened(file)
    title = page.title()
    page.evaluate(OPEN_ALL)
    page.get_by_label("Search").fill("<script>")
    assert page.get_by_role("status").first.inner_text().startswith("36 of ")
    page.get_by_label("Search").fill("")
    page.get_by_role("button", name=re.compile("^Show the .* left$")).click()
    page.evaluate(OPEN_ALL)
    page.get_by_role("button", name="identifier", exact=True).click()
    page.get_by_role("button", name=re.compile("^Show the .* left$")).click()
    page.get_by_label("Secret of key live").fill("not the secret")
    page.get_by_role("button", name="Compute all signatures").click()
    page.get_by_text("None of the signatures of live agrees").wait_for()
    assert heard == []
    assert page.evaluate(RUNNING) == [None, title]
    assert {*page.evaluate(ELEMENTS)} - expected == set()
    shown = page.evaluate(SHOWN)
    assert UNSEEN.search(shown) is None
    assert all(text in shown for text in ("<script>alert(1)</script>", "\\u202Eesrever", "\\x1B[31mred"))


def test_rows_that_are_data_become_what_markup_is(
    opened: Callable[..., Opened], report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = cr.Reconciliation.read_parquet(report)
    pages = [opened(found.to_html(tmp_path / "written.html"))]
    monkeypatch.setattr("corena_recon.report.page.page.WRITTEN_MAX", 0)
    pages.append(opened(found.to_html(tmp_path / "packed.html")))
    written, packed = (page.evaluate(ROWS) for page, _ in pages)
    assert len(written) == 100
    assert written == packed
    for page, heard in pages:
        page.get_by_label("Search").fill("<script>")
        assert page.get_by_role("status").first.inner_text().startswith("36 of ")
        page.get_by_label("Search").fill("")
        page.get_by_role("button", name=re.compile("^Show the .* left$")).click()
        assert page.locator("#rows tbody tr").count() == len(found.worklist)
        assert heard == []


def test_a_reader_with_the_secret_computes_every_signature_and_sees_the_row_that_was_altered(
    opened: Callable[..., Opened], tmp_path: Path
) -> None:
    found = cr.reconcile(
        cr.verify(
            cr.read_ipns(
                [
                    jsonl(ipn("A\u202e"), ipn("B", "12.50", signature="A" * 64), ipn("C")),
                    posted(b"\xff\xfe\x00<b>"),
                ]
            ),
            cr.KeyRing([*ring(), cr.Key(id="old", secret="another one", mode="live")]),
        ),
        orders(("C", "11", "USD", "paid")),
    )
    file = found.to_html(tmp_path / "page.html")
    page, heard = opened(file)
    page.get_by_label("Secret of key live").fill(f"  {SECRET}")
    page.get_by_label("Secret of key live").press("Enter")
    page.get_by_text("Everything agrees: 4 signatures computed").wait_for()
    assert page.get_by_text("live: 3 of 3 signatures agree.").is_visible()
    assert page.get_by_text("Refused: 1 of 1 signature agrees with none").is_visible()
    assert page.get_by_text("old: 0 signatures not checked").is_visible()
    assert page.get_by_label("Secret of key live").input_value() == ""
    assert SECRET not in page.content()

    [text] = re.findall('<script type="application/json" id="data">(.*?)</script>', file.read_text("utf-8"))
    data = json.loads(text)
    octets = base64.b64decode(data["octets"])
    data["octets"] = base64.b64encode(octets.replace(b"\xff\xfe\x00<", b"\xff\xfd\x00<")).decode()
    file.write_text(file.read_text("utf-8").replace(text, json.dumps(data)), "utf-8")
    page, heard = opened(file)
    page.get_by_label("Secret of key live").fill(SECRET)
    page.get_by_role("button", name="Compute all signatures").click()
    page.get_by_text("1 of 4 rows does not agree").wait_for()
    row = page.locator("#rows-differing").inner_text()
    assert "11.00000000|\\xFF\\xFD\\x00<b>" in row
    assert "signed with live, says the report" in row
    assert heard == []


def posted(identifier: bytes) -> bytes:
    import hashlib  # noqa: PLC0415 - made by the standard library alone
    import hmac  # noqa: PLC0415

    made = hmac.new(SECRET.encode(), b"11.00000000" + identifier, hashlib.sha256).hexdigest().upper()
    escaped = "".join(f"%{octet:02X}" for octet in identifier)
    return f"status=success&identifier={escaped}&signature={made}&data[amount]=11.00000000\n".encode()


def test_axe_finds_nothing_and_a_narrow_screen_is_wide_enough(
    opened: Callable[..., Opened], plain: cr.Reconciliation, tmp_path: Path
) -> None:
    file = plain.to_html(tmp_path / "page.html", lang="fr")
    for options in ({"color_scheme": "dark"}, {"color_scheme": "light", "viewport": {"width": 390, "height": 844}}):
        page, heard = opened(file, **options)
        page.evaluate(OPEN_ALL)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert serious(page, "html") == []
        assert heard == []


def test_without_scripts_the_worklist_is_a_plain_table_and_the_page_says_what_it_needs(
    opened: Callable[..., Opened], plain: cr.Reconciliation, tmp_path: Path
) -> None:
    page, _ = opened(plain.to_html(tmp_path / "page.html"), java_script_enabled=False)
    assert page.locator("#rows tbody tr").count() == len(plain.worklist)
    assert not page.get_by_label("Search").is_visible()
    assert page.get_by_text("This needs JavaScript.").is_visible()


def test_the_card_in_jupyterlab_adds_nothing_of_strangers_whether_it_is_trusted_or_not(
    lab: Lab, open_notebook: Callable[..., Notebook], report: Path
) -> None:
    found = cr.Reconciliation.read_parquet(report)
    notebook = open_notebook(f"import corena_recon as cr\ncr.Reconciliation.read_parquet({str(report)!r})")
    page = notebook.page
    heard: list[str] = []
    page.on("dialog", lambda dialog: heard.append(dialog.message))
    notebook.output.get_by_text("Needs a person:").wait_for()
    trusted = page.evaluate(IN_A_CELL)
    stored = json.loads(saved_text(new_notebook(["found"])))
    stored["cells"][0]["outputs"] = [
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {"text/html": found._repr_html_() + "<script>window.taken = 1</script>", "text/plain": "found"},
        }
    ]
    (lab.root / "another.ipynb").write_text(json.dumps(stored), "utf-8")
    assert page.evaluate(OPEN_ANOTHER, "another.ipynb") is False
    page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)").get_by_text("Needs a person:").wait_for()
    assert page.evaluate(RUNNING)[0] is None
    assert heard == []
    for elements in (trusted, page.evaluate(IN_A_CELL)):
        assert {"TABLE", "TD style", "DETAILS"} <= {*elements}
        assert {*elements} <= {name.upper() for name in ELEMENTS_OF_A_CARD} | {
            f"{name.upper()} {attribute}" for name in ELEMENTS_OF_A_CARD for attribute in ("style", "scope")
        }
