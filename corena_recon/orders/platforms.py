"""The exports that are recognised by their header, and which of their columns is what.

Sources: the headers that the platforms' own code and public exports of them have, and what shops write in English and
French.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from corena_recon.orders.cells.states import fold

FIELDS: Final = (
    "identifier",
    "order_amount",
    "order_currency",
    "order_status",
    "ordered_at",
    "transaction_id",
    "payment_status",
    "is_paid",
    "cancelled_at",
    "ordered_time",
    "refunded_amount",
    "changed_at",
    "customer",
    "row_type",
    "refund_of",
    "split_number",
)
"""What a column of an export can be."""
KEPT: Final = (
    *("transaction_id", "payment_status", "is_paid", "cancelled_at", "ordered_time", "refunded_amount", "changed_at"),
    *("customer", "row_type", "refund_of", "split_number"),
)
"""Of these, what stays a column of the export's own."""
NEEDED: Final = ("identifier", "order_amount")
"""What an export cannot be read without."""


class Platform(NamedTuple):
    """One kind of export.

    Attributes:
        name: The word for ``platform=``.
        signatures: Sets of folded headers; an export that has all of one set is of this kind.
        fields: For each field, the folded headers that hold it, the best first.
        decimal_mark: The decimal mark that this kind writes, or None where it depends on the shop's language.
        continuation: ``above`` where a row that says nothing of an order belongs to the order above, whatever else
            it says; None where it does if it says nothing but of items.
        utc_columns: Folded headers of moments that are UTC whatever ``timezone=`` says.
        refusal: Why amounts must not be taken from it, or None.
    """

    name: str
    signatures: tuple[frozenset[str], ...]
    fields: dict[str, tuple[str, ...]]
    decimal_mark: str | None = None
    continuation: str | None = None
    utc_columns: frozenset[str] = frozenset()
    refusal: str | None = None


def _headers(text: str) -> tuple[str, ...]:
    return tuple(header.strip() for header in re.split(r"[,\n]", text) if header.strip())


def _signatures(*texts: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(_headers(text)) for text in texts)


GENERIC: Final = Platform(
    "generic",
    (),
    {
        "identifier": _headers("""
            identifier, order identifier, order id, orderid, id order, order number, order no, order ref,
            order reference, order, order name, merchant reference, identifiant, identifiant commande,
            identifiant de commande, identifiant de la commande, id commande, numero de commande,
            numero de la commande, numero commande, n de commande, no de commande, num de commande,
            n commande, no commande, num commande, commande, reference commande, reference de commande,
            reference de la commande, ref commande, reference, ref, invoice id, invoiceid, id, number,
            numero, invoice number, facture, numero de facture, n de facture, pedido"""),
        "order_currency": _headers("""
            order currency, order currency code, currency, currency code, currencycode, currency iso, iso code, devise,
            code devise, monnaie, moneda, payment currency, transaction currency, devise du paiement"""),
        "order_status": _headers("""
            order status, status, order state, state, statut, etat, statut de la commande,
            statut de commande, statut commande, etat de la commande, etat commande, estado,
            payment status, financial status, payment state, statut du paiement, statut paiement,
            statut de paiement, etat du paiement"""),
        "ordered_at": _headers("""
            ordered at, date created gmt, created at gmt, order date gmt, created at,
            order date, date created, order created at, created, creation date,
            purchase date, placed at, date added, date order, date, datetime, timestamp, order time,
            created on, invoice date, date placed, order placed, create date, issue date,
            date de commande, date de la commande, date commande, date de creation, date creation, cree le,
            creee le, passee le, date d achat, fecha"""),
        "ordered_time": _headers("time, order time, created time, heure, heure de commande, heure de la commande"),
        "transaction_id": _headers("""
            transaction id, payment trx, trx, transaction, transactionid, trx id, trx number, txn id,
            transid, transaction number, gateway transaction id, payment transaction id, payment reference,
            payment id, id transaction, id de transaction, identifiant de transaction,
            numero de transaction, n de transaction, transaction paiement"""),
        "payment_status": _headers("""
            payment status, financial status, payment state, statut du paiement, statut paiement,
            statut de paiement, etat du paiement, etat paiement"""),
        "is_paid": _headers("""
            is paid, ispaid, paid, est payee, est paye, payee, paye, est reglee, est regle, reglee, regle, encaissee,
            encaisse, pagado, pagada"""),
        "refunded_amount": _headers("""
            refunded amount, refund amount, amount refunded, order refund amount, refunded total, total refunded,
            order refunded total, refund total, montant rembourse, total rembourse, remboursement"""),
        "changed_at": _headers("""
            changed at, date modified gmt, updated at, modified at, date modified, last modified, last updated,
            date updated, date upd, write date, modified, updated, date de modification, modifie le, modifiee le,
            mis a jour le, mise a jour"""),
        "customer": _headers("""
            buyer, email, customer email, billing email, contact email, buyer email, e mail, email billing,
            adresse email, adresse e mail, courriel, email client, customer, customer name, client, nom du client,
            client name, billing name, contact name, acheteur, partner id"""),
        "row_type": _headers("type, order type, row type, transaction type, record type, kind"),
        "refund_of": _headers("""
            parent order id, order parent id, parent order, parent id, post parent, refunded order id, refunded order,
            original order id, original order, commande d origine, commande remboursee"""),
        "cancelled_at": _headers("""
            cancelled at, canceled at, cancelled on, cancelled date, date cancelled, cancellation date,
            annulee le, annule le, date d annulation, date annulation"""),
    },
)  # fmt: skip
"""Common English and French headers, for what no known platform names; of amounts see AMOUNTS."""

AMOUNTS: Final = tuple(
    map(
        _headers,
        (
            """order amount, order total, grand total, total price set, order grand total, order total amount,
            total amount, amount total, total order amount, order value, invoice total, total price, price total,
            total paid, montant total, montant commande, montant de la commande, total commande, total de la commande,
            total general, prix total""",
            "total",
            "amount, montant, somme, importe, value, valeur",
            "price, prix",
        ),
    )
)
"""Headers of what an order costs, by how surely they are of the order as a whole: the last are of an item as often."""

_TAXES: Final = "(?:tax(?:es)?|vat|tva|gst)"
NET: Final = re.compile(
    rf"\b(?:net|nette|ht|h t|htva|(?:excl|ex|excluding|before|without|sans|hors) {_TAXES}|excl"
    rf"|{_TAXES} (?:excl|exclusive|excluded|non incluses?|non comprises?))\b"
)
GROSS: Final = re.compile(
    rf"\b(?:gross|brut|ttc|t t c|tvac|toutes taxes comprises|(?:incl|inc|including|with|avec) {_TAXES}|incl"
    rf"|{_TAXES} (?:incl|inclusive|included|incluses?|comprises?))\b"
)
CHARGED_CURRENCIES: Final = _headers("""
    charged currency, currency charged, presentment currency, customer currency, purchased currency, billed currency,
    devise facturee, devise debitee""")
"""Headers of the currency of amounts that were charged in another than the shop's own."""
CHARGED: Final = re.compile(r"\b(?:charged|purchased|presentment|billed|facture|facturee|debite|encaisse)\b")
BASE: Final = re.compile(
    r"\b(?:base|converted|converti|reporting|(?:shop|store|default|boutique)(?: currency| money)?)\b"
)
"""What headers say of an amount: without tax or with it, in the currency that was charged or in the shop's own."""

PLATFORMS: Final = (
    Platform(
        "woocommerce-analytics",
        _signatures("order, net sales", "n revenue formatted", "order number, net sales"),
        {},
        refusal="Net Sales is not what was charged: it leaves out tax and shipping",
    ),
    Platform(
        "woocommerce-rest",
        _signatures(
            "id, number, status, total, date created",
            "id, status, total, order key",
            "id, status, total, line items",
        ),
        {
            "identifier": ("id",),
            "order_amount": ("total",),
            "order_currency": ("currency",),
            "order_status": ("status",),
            "ordered_at": ("date created gmt", "date created"),
            "transaction_id": ("transaction id",),
        },
        decimal_mark=".",
        utc_columns=frozenset({"date created gmt"}),
    ),
    Platform(
        "woocommerce-webtoffee",
        _signatures(
            "order id, order number, order date, order total, order key",
            "order id, order total, order currency, wt import key",
        ),
        {
            "identifier": ("order id", "order number"),
            "order_amount": ("order total",),
            "order_currency": ("order currency",),
            "order_status": ("status",),
            "ordered_at": ("order date",),
            "transaction_id": ("transaction id",),
        },
        decimal_mark=".",
    ),
    Platform(
        "woocommerce-advanced",
        _signatures("order number, order status, order total amount", "order id, order status, order total amount"),
        {
            "identifier": ("order id", "order number"),
            "order_amount": ("order total amount",),
            "order_currency": ("currency", "order currency"),
            "order_status": ("order status",),
            "ordered_at": ("order date",),
            "transaction_id": ("transaction id",),
        },
        continuation="above",
    ),
    Platform(
        "shopify",
        _signatures(
            "name, financial status, total, lineitem name",
            "name, financial status, total",
            "name, total price, financial status",
            "name, totalpriceset",
        ),
        {
            "identifier": ("name",),
            "order_amount": ("total", "total price", "total price set"),
            "order_currency": ("currency",),
            "order_status": ("financial status", "display financial status"),
            "ordered_at": ("created at",),
            "transaction_id": ("payment reference", "payment id", "payment references"),
        },
        decimal_mark=".",
    ),
    Platform(
        "squarespace",
        _signatures("order id, financial status, total, lineitem name", "ordernumber, grandtotal, fulfillmentstatus"),
        {
            "identifier": ("order id", "order number"),
            "order_amount": ("total", "grand total"),
            "order_currency": ("currency",),
            "order_status": ("financial status",),
            "ordered_at": ("created at",),
            "transaction_id": ("payment reference",),
        },
        decimal_mark=".",
    ),
    Platform(
        "wix",
        _signatures(
            "order number, date created, payment status, total, net amount", "order number, date created, item, qty"
        ),
        {
            "identifier": ("order number",),
            "order_amount": ("total",),
            "order_currency": ("currency",),
            "order_status": ("payment status",),
            "ordered_at": ("date created",),
            "ordered_time": ("time",),
        },
    ),
    Platform(
        "bigcommerce",
        _signatures("order id, order status, order total inc tax", "id, total inc tax, currency code"),
        {
            "identifier": ("order id", "id"),
            "order_amount": ("order total inc tax", "total inc tax"),
            "order_currency": ("order currency code", "currency code"),
            "order_status": ("order status", "status"),
            "payment_status": ("payment status",),
            "ordered_at": ("order date", "date created"),
            "ordered_time": ("order time",),
            "transaction_id": ("transaction id", "payment provider id"),
        },
        decimal_mark=".",
    ),
    Platform(
        "prestashop",
        _signatures(
            "id, reference, total, payment, status",
            "id, reference, total, paiement, etat",
            "id, reference, total, paiement, statut",
            "id, referencia, total, pago, estado",
            "id order, reference, total paid",
        ),
        {
            "identifier": ("id cart", "cart id", "id panier", "reference", "referencia"),
            "split_number": ("id", "id order"),
            "order_amount": ("total paid tax incl", "total paid", "total"),
            "order_currency": ("currency", "devise", "moneda", "iso code"),
            "order_status": ("status", "etat", "statut", "estado", "osname", "current state"),
            "ordered_at": ("date", "fecha", "date add"),
            "transaction_id": ("transaction id", "id transaction"),
        },
    ),
    Platform(
        "magento",
        _signatures(
            "id, purchase point, purchase date, grand total purchased",
            "id, purchase date, grand total base, grand total purchased",
            "increment id, grand total",
        ),
        {
            "identifier": ("increment id", "id"),
            "order_amount": ("grand total purchased", "grand total"),
            "order_currency": ("order currency code", "currency"),
            "order_status": ("status",),
            "ordered_at": ("purchase date", "created at"),
        },
        utc_columns=frozenset({"created at"}),
    ),
    Platform(
        "opencart",
        _signatures("order id, total, currency value"),
        {
            "identifier": ("order id",),
            "order_amount": ("total",),
            "order_currency": ("currency code",),
            "order_status": ("order status", "status", "order status id"),
            "ordered_at": ("date added",),
            "transaction_id": ("transaction id",),
        },
        decimal_mark=".",
    ),
    Platform(
        "whmcs",
        _signatures(
            "id, duedate, datepaid, total, status",
            "id, userid, datepaid, total",
            "id, invoicenum, total, status",
        ),
        {
            "identifier": ("id",),
            "order_amount": ("total",),
            "order_currency": ("currencycode", "currency code"),
            "order_status": ("status",),
            "ordered_at": ("date", "created at"),
            "transaction_id": ("transid", "transaction id"),
        },
        decimal_mark=".",
    ),
    Platform(
        "odoo",
        _signatures(
            "name, amount total",
            "order reference, total, salesperson",
            "order reference, total, invoice status",
            "order reference, total, customer",
            "reference de la commande, total, vendeur",
            "reference de la commande, total, client",
        ),
        {
            "identifier": ("name", "order reference", "reference de la commande"),
            "order_amount": ("amount total", "total"),
            "order_currency": ("currency id", "currency id name", "currency", "devise"),
            "order_status": ("state", "status", "statut", "etat"),
            "ordered_at": (
                "date order",
                "order date",
                "creation date",
                "date de la commande",
                "date de commande",
                "date de creation",
            ),
            "transaction_id": ("transaction ids", "transaction id"),
        },
        continuation="above",
    ),
)
"""Every known export, tried in this order."""

PLATFORM_NAMES: Final = (*(platform.name for platform in PLATFORMS), GENERIC.name)


def recognise(names: list[str]) -> Platform:
    """The kind of export that has this header; ``generic`` when none is known."""
    headers = {fold(name) for name in names}
    for platform in PLATFORMS:
        if any(signature <= headers for signature in platform.signatures):
            return platform
    return GENERIC


def platform_named(name: str) -> Platform | None:
    """The kind of export of this name, or the first of its family (``woocommerce``)."""
    every = [*PLATFORMS, GENERIC]
    exact = [platform for platform in every if platform.name == name.casefold()]
    family = [p for p in every if p.name.startswith(f"{name.casefold()}-") and p.refusal is None]
    return next(iter([*exact, *family]), None)
