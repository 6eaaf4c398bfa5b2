from __future__ import annotations

import threading

import pytest

from corena_recon.errors import OptionError
from corena_recon.payment_form.widget import PaymentForm


@pytest.mark.filterwarnings("default")
def test_a_form_rehearses_in_a_sandbox_of_its_own_and_leaves_no_thread() -> None:
    before = threading.active_count()
    form = PaymentForm()
    assert form.state == "editing"
    assert form.verdict is None
    assert len(form.attempts) == 0
    form.close()
    assert form.state == "closed"
    assert threading.active_count() <= before


def test_an_option_without_meaning_is_refused() -> None:
    with pytest.raises(OptionError):
        PaymentForm(payment={"no_such_field": "x"})
