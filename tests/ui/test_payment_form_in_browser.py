from __future__ import annotations
import pytest
from typing import Any
from playwright.sync_api import expect
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

FORM = "from corena_recon.payment_form.widget import PaymentForm\nform = PaymentForm(lang={!r})\nform"

def test_x(open_notebook: Any) -> None:
    nb = open_notebook(FORM.format("en"))
    p = nb.page
    expect(nb.button("Initiate the payment")).to_be_enabled(timeout=60000)
    nb.field("Amount *").fill("1000.10")
    nb.field("Details *").click()
    expect(nb.output.get_by_text("1000.10")).to_be_visible()
    p.screenshot(path="/tmp/shot_edit.png")
    for t in ["Shop","Addresses","Customer","Shipping"]:
        nb.tab(t).click()
        p.screenshot(path=f"/tmp/shot_tab_{t}.png")
    nb.field("Address")
    nb.tab("Payment").click()
    nb.button("Initiate the payment").click()
    link = nb.output.get_by_role("link", name="Open the checkout page")
    expect(link).to_be_visible()
    nb.button("Forge one").click()
    expect(nb.output.get_by_text("✘ forged").first).to_be_visible()
    p.screenshot(path="/tmp/shot_forged.png")
    with p.context.expect_page() as opened:
        link.click()
    c = opened.value
    c.get_by_role("button", name="Pay").wait_for()
    c.screenshot(path="/tmp/shot_checkout.png")
    c.get_by_role("button", name="Pay").click()
    c.wait_for_url("**/panel")
    c.screenshot(path="/tmp/shot_panel.png")
    expect(nb.output.get_by_text("✔ accepted").first).to_be_visible()
    p.screenshot(path="/tmp/shot_paid.png")
    nb.output.screenshot(path="/tmp/shot_paid_out.png")
