"""Status words."""

from __future__ import annotations

import pyarrow as pa
import pytest

from corena_recon.orders.cells.states import fold, order_state, order_states, order_states_of_both

STATES = [
    # words, platform, state
    ("paid Paid PAID completed wc-completed wc-processing Processing captured success", "generic", "paid"),
    ("Payée payé Réglée Terminée terminé Expédiée partially_refunded PARTIALLY_REFUNDED", "generic", "paid"),
    ("pending on-hold wc-on-hold pending_payment unpaid draft checkout-draft failed", "generic", "open"),
    ("authorized partially_paid", "generic", "open"),
    ("Impayée Échouée Brouillon refusée", "generic", "open"),
    ("cancelled canceled wc-cancelled voided expired trash Annulée ANNULÉ annule", "generic", "cancelled"),
    ("refunded wc-refunded Remboursée remboursé chargeback", "generic", "refunded"),
    ("closed 5 whatever 注文", "generic", "unknown"),
    ("closed Fermée", "magento", "refunded"),
    ("holded pending_payment", "magento", "open"),
    ("sale done", "odoo", "unknown"),
    ("draft sent", "odoo", "open"),
    ("cancel", "odoo", "cancelled"),
    ("0", "opencart", "open"),
    ("Attente", "woocommerce-advanced", "open"),
    ("1 5", "opencart", "unknown"),
    ("Unpaid Overdue Collections", "whmcs", "open"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "platform", "state"), STATES)
def test_a_status_word_means(words: str, platform: str, state: str) -> None:
    assert {order_state(word, platform).value for word in words.split()} == {state}


@pytest.mark.parametrize(("phrase", "state"), [
    ("En attente de paiement", "open"),
    ("En attente du paiement par chèque", "open"),
    ("Paiement accepté", "paid"),
    ("En cours de préparation", "paid"),
    ("En attente de réapprovisionnement (payé)", "paid"),
    ("En attente de réapprovisionnement (non payé)", "open"),
    ("Erreur de paiement", "open"),
    ("Partiellement remboursée", "paid"),
    ("On backorder (not paid)", "open"),
    (" Payment   accepted ", "paid"),
    # words around
    ("Annulée par le client", "cancelled"),
    ("Cancelled by the merchant", "cancelled"),
    ("Commande annulée et remboursée", "refunded"),
    ("Payée, puis annulée", "cancelled"),
    ("Order paid (Payme)", "paid"),
    ("Non payée (relance 2)", "open"),
    ("Disputed", "open"),
    ("Not cancelled", "unknown"),
    ("Ne sera pas annulée", "unknown"),
    ("To be refunded", "unknown"),
    # read in a wrong encoding
    ("AnnulÃ©e", "cancelled"),
    ("Annul√©e", "cancelled"),
    ("Annul├®e", "cancelled"),
    ("Remboursée partiellement", "paid"),
    ("Payée partiellement", "open"),
    ("Commande expédiée", "paid"),
    ("not shipped", "unknown"),
    ("Awaiting Fulfillment", "paid"),
    ("Manual Verification Required", "open"),
    ("Canceled Reversal", "paid"),
    ("Annul\u201ae", "cancelled"),
    ("AnnulŽe", "cancelled"),
    ("Annul\uef8ee", "cancelled"),
    ("RemboursÃ©e par le SAV", "refunded"),
])  # fmt: skip
def test_a_status_phrase_means(phrase: str, state: str) -> None:
    assert order_state(phrase).value == state


def test_a_word_of_the_shop_s_own() -> None:
    states = {"Reliquat": "open", "Livrée": "cancelled"}
    assert [order_state(word, states=states).value for word in ("RELIQUAT", "livrée", "payée")] == [
        "open",
        "cancelled",
        "paid",
    ]


BOTH = [
    # the payment's state, the order's, whether it was cancelled, the state
    ("open", "paid", None, "open"),
    ("refunded", "paid", None, "refunded"),
    ("refunded", "paid", True, "refunded"),
    ("paid", "open", None, "paid"),
    ("paid", "cancelled", None, "cancelled"),
    ("paid", "refunded", False, "refunded"),
    ("paid", "paid", True, "cancelled"),
    ("unknown", "open", False, "open"),
    ("unknown", "unknown", True, "cancelled"),
]


@pytest.mark.parametrize(("payment", "order", "is_cancelled", "state"), BOTH)
def test_the_payment_s_state_goes_first(payment: str, order: str, is_cancelled: bool | None, state: str) -> None:
    payments, orders = (pa.array([side]).dictionary_encode() for side in (payment, order))
    assert order_states_of_both(payments, orders, pa.array([is_cancelled], pa.bool_())).to_pylist() == [state]


def test_a_column_of_words() -> None:
    assert order_states(pa.array(["paid", None, "", "paid", "?"])).to_pylist() == [
        "paid",
        *["unknown"] * 2,
        "paid",
        "unknown",
    ]
    assert order_states(pa.nulls(2, pa.string())).to_pylist() == ["unknown", "unknown"]


def test_folding() -> None:
    assert fold("  N° de COMMANDE (réf.) ") == "n de commande ref"
