"""The form as a person meets it: JupyterLab, Chromium, the sandbox's checkout page."""

from __future__ import annotations

import base64
import io
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import segno

from corena_recon import sandbox
from corena_recon.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.ui.conftest import Notebook

    OpenNotebook = Callable[..., Notebook]

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

FORM = "import corena_recon as cr\nform = cr.PaymentForm({})\nform"
SENT = "print(len(form.sandbox.payments))"
HOSTILE = '<img src=x onerror="window.ran=1">$\\href{javascript:ran=1}{x}$&#60;script>ran=1</script>'
SHORT_HOSTILE = "<img src onerror=ran"
SERIOUS = {"serious", "critical"}
CANARY = "canary-8f2b71c94d"


def test_a_payment_from_the_first_field_to_the_verified_notification(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(FORM.format("lang='en'"))
    seen(notebook.output.get_by_text("TEST: sandbox on this machine, no real money"))
    notebook.field("Amount *").fill("1000.10")
    notebook.field("Currency *").fill("usd")
    notebook.tab("Customer").click()
    notebook.field("E-mail *").fill("no address")
    notebook.button("Initiate the payment").click()
    seen(notebook.output.get_by_role("alert").get_by_text("Nothing was sent. To correct: Currency, E-mail."))
    seen(notebook.output.get_by_text("must be an e-mail address"))
    seen(notebook.tab("! Payment (1)"))
    notebook.field("E-mail *").fill("amina@example.com")
    notebook.tab("Payment").click()
    seen(notebook.output.get_by_text("must be upper-case letters, such as USD"))
    notebook.field("Currency *").fill("USD")
    notebook.field("Currency *").press("Enter")
    seen(notebook.output.get_by_text("Will be posted exactly as: 1000.10 USD"))

    notebook.button("Initiate the payment").click()
    link = notebook.output.get_by_role("link", name="Open the checkout page")
    seen(link)
    address = str(link.get_attribute("href"))
    assert notebook.python("print(form.redirect_url)") == address
    assert qr_text(notebook) == address
    seen(notebook.output.get_by_text(f"on {address.split('/')[2]}", exact=False))
    notebook.button("Forge one").click()
    seen(notebook.output.get_by_text("✘ forged").first)
    seen(notebook.output.get_by_text("Every field of a forged notification can look right."))
    assert notebook.python("print(form.attempts['outcome'].to_list())") == "['no_trusted_payment']"

    pay(notebook)
    seen(notebook.output.get_by_text("✔ accepted").first)
    seen(notebook.output.get_by_text("Result: ✔ paid in full"))
    assert notebook.python("print(form.attempts[['amount', 'verdict', 'outcome']].values.tolist())") == (
        "[['1000.10', 'accepted', 'matched']]"
    )


def test_a_double_click_sends_one_payment(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(FORM.format("lang='fr'"))
    notebook.button("Initier le paiement").dblclick()
    seen(notebook.output.get_by_role("link", name="Ouvrir la page de paiement"))
    notebook.page.evaluate(
        "() => [...document.querySelectorAll('button')].filter(b => b.textContent === 'Initier le paiement')"
        ".forEach(b => { b.disabled = false; b.click(); b.click(); })"
    )
    assert notebook.python(SENT) == "1"
    notebook.button("Nouveau paiement").dblclick()
    notebook.button("Initier le paiement").dblclick()
    seen(notebook.output.get_by_text("Tentatives : 2"))
    assert notebook.python(SENT) == "2"


def test_hostile_text_in_every_field_and_notification_runs_nothing(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(FORM.format(""))
    notebook.python("before = {name: field.value for name, field in form.fields.items()}")
    notebook.field("Currency *").fill(HOSTILE)
    notebook.button("Initiate the payment").click()
    seen(notebook.output.get_by_role("alert").get_by_text("Nothing was sent."))
    hostile = f"dict.fromkeys(set(form.fields) - {{'checkout_theme'}}, {HOSTILE!r})"
    notebook.python(f"form.fill(**{hostile}); form.initiate()")
    for title in ("Shop", "Addresses", "Customer", "Shipping", "Billing"):
        notebook.tab(title).click()
        seen(notebook.output.locator("input[type=text]:visible").first)
        assert notebook.output.locator("input[type=text]:visible").first.input_value() == HOSTILE
    notebook.python(f"form.fill(**(before | {notebook_payment()!r}))")
    notebook.button("Initiate the payment").click()
    checkout = open_checkout(notebook)
    seen(checkout.get_by_text(HOSTILE).first)
    for field in ("status", "currency", "payment_trx", "signature"):
        notebook.python(posting(field))
    arrived = "form._live_controller.wait_until(lambda now: len(now.current.notifications) == 4, 60)"
    assert notebook.python(f"print({arrived})") == "True"
    seen(notebook.output.get_by_text("Notifications of this payment"))
    stranger = urlencode({HOSTILE: 1, "status": HOSTILE, "identifier": HOSTILE, "data[amount]": 1})
    notebook.field("Body of a notification").fill(stranger)
    notebook.button("Check it").click()
    seen(notebook.output.get_by_role("alert").get_by_text("This notification is for the identifier"))
    notebook.page.evaluate("() => document.querySelectorAll('details').forEach(details => { details.open = true })")
    seen(notebook.output.get_by_text(SHORT_HOSTILE).filter(visible=True).first)
    for page in (notebook.page, checkout):
        assert page.evaluate("() => [window.ran, document.querySelectorAll('img[src=x], img[src=\"\"]').length]") == [
            None,
            0,
        ]


def test_keyboard_alone_suffices(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(FORM.format(""))
    page = notebook.page
    notebook.tab("Payment").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    tab_to(page, "Shop's name *")
    page.keyboard.press("Control+a")
    page.keyboard.type("Keyboard shop")
    tab_to(page, "Initiate the payment")
    page.keyboard.press("Enter")
    seen(notebook.output.get_by_role("link", name="Open the checkout page"))
    tab_to(page, "Open the checkout page")
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    checkout = opened.value
    seen(checkout.get_by_text("Keyboard shop"))
    tab_to(checkout, "Pay")
    checkout.keyboard.press("Enter")
    checkout.wait_for_url("**/panel")
    seen(notebook.output.get_by_text("✔ accepted").first)


def test_axe_finds_nothing_serious(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(FORM.format("lang='fr'"))
    page = notebook.page
    seen(notebook.output.get_by_role("tab").first)
    notebook.python("form.fill(amount='1,5', details=''); form.initiate()")
    seen(notebook.output.get_by_role("alert").locator("b"))
    assert serious(page, OUTPUT) == []
    notebook.python("form.fill(amount='15.00', details='x'); form.initiate(); form.wait_for_link(); form.forge()")
    notebook.python("form.sandbox.pay(form.redirect_url, mischief='replay'); form.wait_for_verdict('suspect')")
    seen(notebook.output.get_by_text("? suspecte").first)
    assert serious(page, OUTPUT) == []
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate("async theme => await jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
        page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
        if theme == "JupyterLab Dark":
            assert serious(page, OUTPUT) == []
        notebook.python(f"form.start_over(); form.fill(checkout_theme={theme.split()[1].lower()!r})")
        notebook.python("form.initiate(); form.wait_for_link()")
        checkout = open_checkout(notebook)
        assert serious(checkout, "html") == []
        checkout.close()


OUTPUT = ".jp-NotebookPanel .jp-OutputArea-output"


def test_a_secret_is_nowhere_in_the_saved_notebook(open_notebook: OpenNotebook, tmp_path: Path) -> None:
    with sandbox.start() as gateway, Receiver(tmp_path, endpoint="test") as receiver:
        settings = f"{gateway.merchant.test_public_key!r}, base_url={gateway.url!r}, archive={str(tmp_path)!r}"
        payment = dict(
            notebook_payment(), ipn_url=f"{receiver.url}/ipn", success_url=gateway.url, cancel_url=gateway.url
        )
        notebook = open_notebook(FORM.format(f"{settings}, payment={payment!r}"))
        notebook.button("Initiate the payment").click()
        address = notebook.output.get_by_role("link", name="Open the checkout page").get_attribute("href")
        gateway.pay(str(address))
        seen(notebook.output.get_by_text("Arrived, but not checked: give the secret key."))
        secret = notebook.field("Secret key")
        secret.fill(CANARY)
        secret.press("Enter")
        seen(notebook.output.get_by_text("✘ forged").first)
        true_secret = gateway.merchant.keys.secret_text("test")
        secret.fill(true_secret)
        secret.press("Enter")
        seen(notebook.output.get_by_text("✔ accepted").first)
        assert secret.input_value() == ""
        saved = notebook.save()
    assert "PasswordModel" in saved
    assert CANARY not in saved
    assert true_secret not in saved


def test_a_reopened_notebook_without_a_kernel_says_what_became_of_the_payment(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(FORM.format("payment={'amount': '11.00'}"))
    kept = notebook.output.locator(".corena-recon-kept")
    notebook.button("Initiate the payment").click()
    pay(notebook)
    seen(notebook.output.get_by_text("Result: ✔ paid in full"))
    # While the form itself is there, it says so once.
    kept.get_by_text("Result: ✔ paid in full").wait_for(state="attached")
    assert not kept.is_visible()
    notebook.reopen()
    seen(kept.get_by_text("Result: ✔ paid in full"))
    seen(kept.get_by_text("What the notebook keeps of the form; run the cell to use it."))


def test_running_the_cell_again_replaces_the_form(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(FORM.format(""))
    seen(notebook.output.get_by_role("tab").first)
    first = notebook.python("import threading; first = form; print(len(threading.enumerate()))")
    notebook.page.evaluate("async () => { await jupyterapp.commands.execute('notebook:run-all-cells') }")
    assert notebook.python("print(form is first, first.state, form.state)") == "False closed editing"
    assert notebook.python("print(len(threading.enumerate()))") == first
    notebook.button("Close the form").click()
    seen(notebook.output.get_by_text("This form is closed."))
    assert notebook.python("print([t.name for t in threading.enumerate() if 'corena' in t.name])") == "[]"


def notebook_payment() -> dict[str, Any]:
    """A payment with hostile text wherever the gateway takes any text."""
    names = ("address_one", "address_two", "area", "city", "sub_city", "state", "postcode", "country", "others")
    address = dict.fromkeys(names, HOSTILE)
    return {
        "identifier": SHORT_HOSTILE,
        "amount": "1.00",
        "currency": "USD",
        "details": HOSTILE[:100],
        "site_name": HOSTILE,
        "site_logo": "",
        "gateway_methods": "",
        "customer": {"first_name": HOSTILE, "last_name": HOSTILE, "email": "a@b.example", "mobile": "+243 900 000"},
        "shipping_info": address,
        "billing_info": address,
    }


def posting(field: str) -> str:
    """Code that posts a forged notification with hostile text in one field."""
    values = {"status": "success", "currency": "USD", "payment_trx": "ABCDEFGHJKLM", "signature": "0" * 64}
    values[field] = HOSTILE
    body = urlencode(
        {
            "status": values["status"],
            "signature": values["signature"],
            "identifier": SHORT_HOSTILE,
            "data[amount]": "1.00000000",
            "data[currency]": values["currency"],
            "data[payment_trx]": values["payment_trx"],
        }
    )
    return (
        "import urllib.request\n"
        f"urllib.request.urlopen(form._rehearsal.ipn_url, data={body.encode()!r}, timeout=30).close()"
    )


def seen(locator: Any) -> None:
    # What is true now may stand in the form's top line and in its history.
    locator.first.wait_for(state="visible")


def open_checkout(notebook: Notebook) -> Page:
    link = notebook.output.get_by_role("link").first
    with notebook.page.context.expect_page() as opened:
        link.click()
    checkout: Page = opened.value
    seen(checkout.get_by_role("heading", level=1))
    return checkout


def pay(notebook: Notebook) -> None:
    checkout = open_checkout(notebook)
    checkout.get_by_role("button", name="Pay", exact=True).click()
    checkout.wait_for_url("**/panel")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            return
    pytest.fail(f"the keyboard does not reach {name!r}")


FOCUSED = """() => {
    const element = document.activeElement;
    return (element.labels && element.labels.length ? element.labels[0].textContent : element.textContent).trim();
}"""


def serious(page: Page, selector: str) -> list[str]:
    """What axe-core finds serious or critical within the element."""
    package = find_spec("axe_playwright_python")
    assert package is not None
    assert package.origin is not None
    script = Path(package.origin).with_name("axe.min.js").read_text()
    page.evaluate(script)
    found = page.evaluate("async selector => (await axe.run(selector)).violations", selector)
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in found
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def qr_text(notebook: Notebook) -> str:
    """The address whose QR code is exactly the picture beside the link."""
    picture = notebook.output.get_by_role("img", name="QR code of the checkout page's address")
    shown = base64.b64decode(str(picture.get_attribute("src")).partition(",")[2])
    address = notebook.python("print(form.redirect_url)")
    expected = io.BytesIO()
    segno.make(address, error="l", micro=False).save(expected, kind="png", scale=4, border=4)
    return address if shown == expected.getvalue() else ""
