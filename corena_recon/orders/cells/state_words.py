"""The words of order and payment states, without accents and in lower case.

Sources: the states that WooCommerce, Shopify, PrestaShop, Magento, OpenCart, WHMCS, Odoo, Wix, Squarespace, BigCommerce
and Stripe name in their code and documentation, in English, French and Spanish, and what shops write in their place.
"""

from __future__ import annotations

import re
from typing import Final

from corena_recon.vocabulary import OrderState

_WORDS: Final = {
    OrderState.PAID: """
        paid, completed, complete, processing, processed, success, successful, succeeded, captured, settled,
        payment received, payment accepted, remote payment accepted, payment complete, payment completed,
        paid in full, fulfilled, shipped, delivered, processing in progress, preparation in progress,
        on backorder paid, partially refunded, partial refund, partially shipped, ready for pickup,
        invoiced, payee, paye, payees, payes, reglee, regle, paiement accepte, paiement recu,
        paiement effectue, paiement a distance accepte, terminee, termine, traitee, traite,
        en cours de traitement, en cours de preparation, preparation en cours, encaisse, encaissee, expedie,
        expediee, livre, livree, reussi, reussie, acquittee, acquitte, soldee,
        en attente de reapprovisionnement paye, en attente de reapprovisionnement payee,
        awaiting fulfillment, awaiting shipment, awaiting pickup, partially fulfilled, in payment, canceled reversal,
        shipping, dispatched, partiellement expedie, partiellement expediee, pret a etre retire,
        prete a etre retiree, en cours de livraison,
        partiellement remboursee, partiellement rembourse, remboursement partiel, pago aceptado, pagado,
        pagada, completado, completada, enviado, entregado, preparacion en curso, preparacion en proceso
        """,
    OrderState.OPEN: """
        open, pending, pending payment, awaiting payment, unpaid, not paid, on hold, holded, draft,
        checkout draft, new, created, initiated, failed, failure, payment failed, payment error, declined,
        denied, rejected, authorized, authorised, overdue, payment pending, payment review, partially paid,
        partially authorized, awaiting bank wire payment, awaiting check payment, awaiting bank transfer,
        awaiting cash on delivery validation, on backorder not paid, quotation, quotation sent, incomplete,
        manual verification required, partial, requires payment method, requires action, requires confirmation,
        requires capture, suspected fraud, fraud, rejetee, rejete, brouillon de commande, en attente de validation,
        en attente de validation cod, paiement a la livraison en attente, a regler,
        disputed, dispute, in dispute, en litige, litige, conteste, contestee,
        waiting, collections, abandoned, en attente, en attente de paiement, en attente du paiement,
        attente paiement, paiement en attente, a payer, impayee, impaye, non payee, non paye, non reglee,
        non regle, brouillon, nouvelle, nouveau, creee, cree, en suspens, echouee, echoue, echec,
        paiement echoue, erreur de paiement, refusee, refuse, paiement refuse, partiellement payee,
        partiellement paye, en attente du paiement par cheque, en attente de virement bancaire,
        en attente du paiement par virement, en attente de paiement par cheque,
        en attente de paiement par virement bancaire, en attente de reapprovisionnement non paye, devis,
        devis envoye, autorisee, autorise, en retard, pendiente, pendiente de pago, en espera,
        en espera de pago, en espera de pago por cheque, pago pendiente, error en pago,
        en espera de pago por banco, en espera de pago por transferencia bancaria, no pagado
        """,
    OrderState.CANCELLED: """
        cancelled, canceled, cancel, voided, void, expired, trash, trashed, deleted, cancelled by customer,
        annulee, annule, annulees, annules, abandonnee, expiree, expire, supprimee, supprime, corbeille,
        cancelado, cancelada, anulado, anulada, caducado
        """,
    OrderState.REFUNDED: """
        refunded, refund, fully refunded, reversed, chargeback, charged back, remboursee, rembourse,
        remboursees, rembourses, remboursement, reembolsado, reembolsada
        """,
}
STATE_OF_WORD: Final = {
    word.strip(): state for state, words in _WORDS.items() for word in re.split(r"[,\n]", words) if word.strip()
}
"""What a status says as a whole."""
FLAGS: Final = {
    **dict.fromkeys(("true", "1", "yes", "y", "x", "oui", "o", "vrai", "si", "verdadero"), OrderState.PAID),
    **dict.fromkeys(("false", "0", "no", "n", "non", "faux", "falso"), OrderState.OPEN),
}
"""What a column says that tells of each order whether it is paid, and nothing else."""
PLATFORM_WORDS: Final = {
    # A confirmed sale or a locked order says nothing of its payment.
    "odoo": {
        **dict.fromkeys(("sale", "sales order", "done", "locked", "invoiced", "bon de commande"), OrderState.UNKNOWN),
        "sent": OrderState.OPEN,
    },
    # A Magento order is closed by a credit memo over all of it.
    "magento": {"closed": OrderState.REFUNDED, "fermee": OrderState.REFUNDED, "ferme": OrderState.REFUNDED},
    # What WooCommerce calls processing in French.
    "woocommerce": {"en cours": OrderState.PAID, "attente": OrderState.OPEN},
    # OpenCart gives 0 to an order whose checkout never ended; the other numbers are each shop's own.
    "opencart": {"0": OrderState.OPEN},
}
"""What it says in the exports of one platform."""
PHRASES: Final = {
    **dict.fromkeys(
        ("cancelled", "canceled", "voided", "annulee", "annule", "annulees", "annules", "anulado", "anulada"),
        OrderState.CANCELLED,
    ),
    **dict.fromkeys(
        ("refunded", "charged back", "remboursee", "rembourse", "remboursees", "rembourses", "reembolsado"),
        OrderState.REFUNDED,
    ),
    **dict.fromkeys(
        (
            "unpaid", "not paid", "pending payment", "payment pending", "awaiting payment", "payment failed", "failed",
            "disputed", "impayee", "impaye", "non payee", "non paye", "a payer", "en attente de paiement",
            "en attente du paiement", "paiement en attente", "paiement refuse", "paiement echoue", "en litige",
            "partially paid", "paid partially", "partly paid", "payee partiellement", "paye partiellement",
            "partiellement payee", "partiellement paye",
        ),
        OrderState.OPEN,
    ),
    **dict.fromkeys(
        (
            "paid", "payee", "paye", "completed", "shipped", "delivered", "terminee", "expediee", "livree",
            "partially refunded", "refunded partially", "partly refunded", "remboursee partiellement",
            "rembourse partiellement", "partiellement remboursee", "partiellement rembourse",
            "remboursement partiel",
        ),
        OrderState.PAID,
    ),
}  # fmt: skip
"""What is understood in the midst of other words, too."""
DOUBTS: Final = frozenset(
    ("not", "non", "no", "pas", "never", "jamais", "sans", "without", "be", "etre", "sera", "will")
)
"""Beside these a word may say the contrary, or not yet."""
