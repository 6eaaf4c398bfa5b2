# ruff: noqa: E501, DTZ001 - the lines are those of the exports; workbooks know no time zone
"""Writes the export fixtures beside this file, in the shapes that shops and the merchant panel produce.

Run it as ``python tests/orders_fixtures/make_exports.py``; the workbooks need openpyxl and xlwt, the rest
nothing.
"""

from __future__ import annotations

import csv
import datetime as dt
import html
import json
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parent

GENERIC_CLEAN = """\
identifier,amount,currency,status,created_at
CMD-000001,11.00,USD,completed,2026-01-05 10:00:00
00123,1234.5,USD,processing,2026-01-05T10:00:00Z
1E5,0.10,usd,pending,2026-01-05 10:00:00+02:00
NA,99999999999999999999.99999999,EUR,refunded,2026-01-06
null,7,USD,something else,
"""

GENERIC_FRENCH = """\
sep=;
N° de commande;Date de commande;État;Montant TTC;Devise;Client
CMD-1;13/01/2026 à 14h30;Payée;1 234,50 €;;Zoé
CMD-2;02/01/2026;Annulée;12,00;EUR;Noël
CMD-3;5 février 2026;Remboursée;1.234;EUR;"Léa; Max"
CMD-4;1er août 2026;En attente;(5,00);EUR;
"""

GENERIC_DAMAGED = '''\
Order ID,Total,Currency,Status,Date
"=""00123""",11.00,USD,paid,2026-01-05
'0456,12.00,USD,paid,2026-01-05
1.23E+12,13.00,USD,paid,2026-01-05
7,14.00,USD,paid
8,15.00,USD,paid,2026-01-05,surplus
Order ID,Total,Currency,Status,Date
9,,USD,paid,2026-01-05
,16.00,USD,paid,2026-01-05
10,NaN,USD,paid,2026-01-05

,,,,
11,1E5,USD,paid,2026-01-05
12,17.00,USD,"paid,2026-01-05
13,18.00,USD,paid,2026-01-05
'''

WOO_REST = [
    {
        "id": 727, "parent_id": 0, "number": "727", "order_key": "wc_order_58d2d042d1d", "status": "processing",
        "currency": "USD", "date_created": "2026-03-22T16:28:02", "date_created_gmt": "2026-03-22T19:28:02",
        "total": "29.35", "total_tax": "1.35", "payment_method": "corena", "transaction_id": "AB12CD34EF56",
        "date_paid": "2026-03-22T16:28:08", "refunds": [], "line_items": [{"id": 315, "total": "6.00"}],
    },
    {
        "id": 723, "parent_id": 0, "number": "0723", "order_key": "wc_order_58d17c18352", "status": "refunded",
        "currency": "KWD", "date_created": "2026-03-21T16:16:00", "date_created_gmt": "2026-03-21T19:16:00",
        "total": "1.234", "total_tax": "0.000", "payment_method": "corena", "transaction_id": "",
        "date_paid": None, "refunds": [{"id": 726, "reason": "", "total": "-1.234"}], "line_items": [],
    },
]  # fmt: skip

WOO_REST_LINES = """\
{"id":1,"number":"1","status":"wc-completed","currency":"USD","total":"11.00","date_created":"2026-01-05T10:00:00"}
{"id":2,"number":"2","status":"on-hold","currency":"USD","total":12.50,"date_created":"2026-01-05T11:00:00"}
{"id":3,"number":"3","status":"cancelled","total":"1","total":"2","date_created":"2026-01-05T12:00:00"}
not json
[1]
{"id":4,"number":"4","status":"checkout-draft","currency":null,"total":"","date_created":null}
"""

WOO_ADVANCED_DEFAULT = """\
Order Number,Order Status,Order Date,Customer Note,First Name (Billing),Cart Discount Amount,Order Subtotal Amount,Order Tax Amount,Order Shipping Amount,Order Refund Amount,Order Total Amount(- Refund),Order Total Amount,Order Total Tax Amount
1001,Completed,2026-01-05 10:00,,Ann,0.00,10.00,1.00,0.00,0.00,11.00,11.00,1.00
1002,Refunded,2026-01-06 10:00,"two
lines",Bob,0.00,10.00,1.00,0.00,11.00,0.00,11.00,1.00
"""

WOO_ADVANCED_FULL = """\
Order Id\tOrder Number\tOrder Status\tOrder Date\tCurrency\tTransaction Id\tOrder Total Amount\tItem Name\tQuantity
501\t1001\tProcessing\t2026-01-05 10:00\tUSD\tAB12CD34EF56\t11.00\tHat\t1
\t\t\t\t\t\t\tScarf\t2
502\t1002\tPending payment\t2026-01-06 10:00\tUSD\t\t1,234.50\tCoat\t1
"""

WOO_WEBTOFFEE = """\
"order_id","order_number","order_date","paid_date","status","order_total","order_key","order_currency","payment_method","transaction_id","refund_items","line_item_1"
"801","801","2026-01-05 10:00:00","2026-01-05 10:01:00","completed","11.00","wc_order_a","USD","corena","AB12CD34EF56","","name:Hat|quantity:1"
"802","802","2026-01-06 10:00:00","","failed","12.00","wc_order_b","EUR","corena","","amount:-5.00|reason:|date:2026-01-07",""
"""

WOO_ANALYTICS = """\
Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),Net Sales,Attribution
2026-01-05 10:00:00,1001,$10.00,Completed,Ann,new,1x Hat,1,,10,Direct
"""

SHOPIFY_HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,"
    "Lineitem quantity,Lineitem name,Lineitem price,Shipping Zip,Payment Method,Payment Reference,Refunded Amount,Id\n"
)
SHOPIFY = (
    SHOPIFY_HEADER
    + """\
#1001,ann@example.com,paid,2025-10-07 09:51:00 +0200,fulfilled,EUR,10.00,0.00,1.00,11.00,2025-10-07 09:50:26 +0200,1,Hat,5.00,'75008,Corena,c1.1,0.00,6123456789012
#1001,ann@example.com,,,,,,,,,2025-10-07 09:50:26 +0200,1,Scarf,5.00,,,,,
#1002,bob@example.com,voided,,,EUR,10.00,0.00,0.00,10.00,2025-10-08 09:50:26 +0200,1,Hat,10.00,,Corena + gift,c1.2 + c1.3,0.00,6123456789013
"""
)
SHOPIFY_AWKWARD = (
    SHOPIFY_HEADER
    + """\
1044,,partially_refunded,,,CLP,194038,0,0,194038,2025-10-07 09:50:26 -0300,1,"Hat, ""big"" one",194038,,,,38,1
1044,,,,,,,,,,2025-10-07 09:50:26 -0300,2,Scarf,0,,,,,
"""
    + SHOPIFY_HEADER
    + """\
1045,,expired,,,CLP,5000,0,0,5000,2025-10-07 09:50:26 -0300,1,Hat,5000,,,,0,2
1044,,paid,,,CLP,194038,0,0,194039,2025-10-07 09:50:26 -0300,1,Hat,194038,,,,0,1
1045,,,,,,,,,,2025-10-07 09:50:26 -0300,1,Belt,0,,,,,
1046,,,,,,,,,,2025-10-08 09:50:26 -0300,1,Lost,0,,,,,
"""
)

SQUARESPACE = """\
Order ID,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Subtotal,Shipping,Taxes,Amount Refunded,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Payment Method,Payment Reference,Channel Type
00012,ann@example.com,PAID,2026-03-05 10:02:11 -0500,PENDING,,USD,30.00,5.00,0.00,0.00,35.00,,0.00,Flat,2026-03-05 10:02:10 -0500,1,Candle,10.00,SQ1,Ann Doe,PAYME,T1,web
00012,ann@example.com,,,,,,,,,,,,,,,2,Soap,10.00,SQ2,,,,
00013,bob@example.com,REFUNDED,2026-03-05 10:02:11 -0500,PENDING,,USD,8.00,0.00,0.00,8.00,8.00,,0.00,Flat,2026-03-05 10:02:10 -0500,1,Tea,8.00,SQ3,Bob Doe,PAYME,T2,web
"""
SQUARESPACE_SHORT = """\
Order ID,Email,Financial Status,Currency,Total,Created at,Lineitem name
00014,ann@example.com,PENDING,EUR,1234.50,2026-03-06 10:02:10 -0500,Coat
"""
WIX = """\
Order number,Date created,Time,Fulfill by,Total order quantity,Contact email,Item,Variant,SKU,Qty,Quantity refunded,Price,Payment status,Payment method,Coupon code,Gift card amount,Shipping rate,Total tax,Total,Currency,Refunded amount,Net amount,Additional fees,Fulfillment status
10001,"Mar 5, 2026",9:15:51 AM,,3,ann@example.com,Hat,Red,H1,1,0,10.00,Paid,Payme,,0,2.00,0,32.00,USD,0,32.00,0,Fulfilled
10001,"Mar 5, 2026",9:15:51 AM,,3,ann@example.com,Scarf,,S1,2,0,10.00,,,,,,,,,,,,
10002,"Mar 6, 2026",8:05:00 PM,,1,bob@example.com,Mug,,M1,1,0,"1,234.00",Unpaid,Manual,,0,0,0,"1,234.00",USD,0,"1,234.00",0,Unfulfilled
"""
WIX_REPEATED = """\
Order number,Date created,Time,Contact email,Item,Qty,Price,Payment status,Total,Currency,Refunded amount,Net amount,Fulfillment status
10003,"Mar 5, 2026",9:15:51 AM,ann@example.com,Hat,1,10.00,Fully refunded,30.00,EUR,30.00,0.00,Fulfilled
10003,"Mar 5, 2026",9:15:51 AM,ann@example.com,Scarf,2,10.00,Fully refunded,30.00,EUR,30.00,0.00,Fulfilled
"""
BIGCOMMERCE = """\
Order ID,Customer ID,Customer Name,Customer Email,Order Date,Order Time,Order Status,Subtotal (inc tax),Subtotal (ex tax),Tax Total,Shipping Cost (inc tax),Order Total (inc tax),Order Total (ex tax),Refund Amount,Payment Method,Transaction ID,Total Quantity,Order Currency Code,Exchange Rate
301,7,Ann Doe,ann@example.com,05/03/2026,10:15:00,Awaiting Fulfillment,24.00,20.00,5.00,6.00,30.00,25.00,0.00,Payme,T1,2,USD,1.0000000000
302,8,Bob Doe,bob@example.com,25/03/2026,11:30:00,Awaiting Payment,24.00,20.00,4.00,0.00,24.00,20.00,0.00,Payme,,1,USD,1.0000000000
"""
BIGCOMMERCE_API = [
    {"id": 303, "customer_id": 7, "date_created": "Thu, 05 Mar 2026 10:15:00 +0000", "status_id": 4, "status": "Refunded",
     "subtotal_inc_tax": "24.0000", "total_ex_tax": "25.0000", "total_inc_tax": "30.0000", "currency_code": "USD",
     "default_currency_code": "EUR", "payment_method": "Payme", "payment_provider_id": "T3", "payment_status": "refunded"},
]  # fmt: skip
PRESTASHOP_ENGLISH = """\
ID;Reference;"New client";Delivery;Customer;Total;Payment;Status;Date
12;XKBKNABJK;1;France;"A. DOE";€1,234.50;"Corena Payme";"Payment accepted";"2026-01-05 10:00:00"
11;OHSATSERP;0;France;"J. DOE";€69.90;"Bank wire";"Awaiting bank wire payment";"2026-01-04 10:00:00"
"""
PRESTASHOP_FRENCH = """\
ID;Référence;"Nouveau client";Livraison;Client;Total;Paiement;État;Date
12;XKBKNABJK;Oui;France;"A. DOE";"1 234,50 €";"Corena Payme";"Paiement accepté";"05/01/2026 10:00:00"
11;OHSATSERP;Non;France;"J. DOE";"69,90 €";Chèque;"En attente du paiement par chèque";"13/01/2026 10:00:00"
10;UOYEVOLI;Non;France;"J. DOE";"9,90 €";Chèque;Annulé;"13/12/2025 10:00:00"
""".replace("1 234", "1\u202f234")
PRESTASHOP_SPANISH = """\
ID;Referencia;"Nuevo cliente";Entrega;Cliente;Total;Pago;Estado;Fecha
12;XKBKNABJK;1;España;"A. DOE";"12,50 €";"Corena Payme";"Pago aceptado";"2026-01-05 10:00:00"
"""

MAGENTO = """\
ID,"Purchase Point","Purchase Date","Bill-to Name","Ship-to Name","Grand Total (Base)","Grand Total (Purchased)",Status
000000123,"Main Website
 Main Website Store
  Default Store View","Oct 12, 2025, 14:03:22","Ann Doe","Ann Doe",$1234.50,"€1,100.00",Complete
000000124,"Main Website
 Main Website Store
  Default Store View","Oct 13, 2025, 9:03:22","Bob Doe",,$11.00,€10.00,"Pending Payment"
"""
MAGENTO_DOLLARS = """\
ID,"Purchase Point","Purchase Date","Grand Total (Base)","Grand Total (Purchased)",Status,"Total Refunded"
2000000001,Main,"Jan 5, 2026, 2:03:22 PM","$1,234",$1.234,closed,
2000000002,Main,"Jan 5, 2026, 2:03:22 PM","$1,234",$5,holded,
"""

OPENCART = """\
order_id,invoice_no,store_id,email,payment_code,total,order_status_id,currency_id,currency_code,currency_value,date_added
1,0,0,a@example.com,corena,100.0000,5,2,EUR,0.91230000,2026-01-05 10:00:00
2,0,0,b@example.com,corena,11.5550,0,1,USD,1.00000000,2026-01-06 10:00:00
3,0,0,c@example.com,corena,10.0000,1,3,JPY,155.55500000,2026-01-06 10:00:00
"""
OPENCART_JSON = [
    {"order_id": "7", "total": "10.0000", "currency_code": "GBP", "currency_value": "0.79345000", "order_status": "Complete",
     "date_added": "2026-01-05 10:00:00", "transaction_id": "T7"},
    {"order_id": "8", "total": "10.0000", "currency_code": "GBP", "currency_value": "", "order_status": "Canceled",
     "date_added": "2026-01-05 10:00:00", "transaction_id": ""},
]  # fmt: skip

WHMCS = {
    "result": "success", "totalresults": 2, "startnumber": 0, "numreturned": 2,
    "invoices": {"invoice": [
        {"id": 31, "userid": 3, "firstname": "Ann", "invoicenum": "", "date": "2026-01-05", "duedate": "2026-01-19",
         "datepaid": "2026-01-06 10:00:00", "subtotal": "10.00", "credit": "0.00", "tax": "1.00", "total": "11.00",
         "status": "Paid", "paymentmethod": "corena", "currencycode": "USD"},
        {"id": 32, "userid": 3, "firstname": "Ann", "invoicenum": "2026-7", "date": "0000-00-00", "duedate": "2026-01-19",
         "datepaid": "0000-00-00 00:00:00", "subtotal": "1.234", "credit": "0.00", "tax": "0.00", "total": "1.234",
         "status": "Collections", "paymentmethod": "corena", "currencycode": "KWD"},
    ]},
}  # fmt: skip
WHMCS_CSV = """\
id,userid,invoicenum,date,duedate,datepaid,total,status,currencycode
31,3,,2026-01-05,2026-01-19,2026-01-06 10:00:00,11.00,Paid,USD
32,3,,2026-01-05,2026-01-19,0000-00-00 00:00:00,12.00,Cancelled,USD
"""

ODOO_LABELS = """\
"Order Reference","Creation Date","Customer","Salesperson","Total","Status","Order Lines/Product"
"S00012","2026-01-05 10:00:00","Ann","Mitchell","11.00","Sales Order","Hat"
"","","","","","","Scarf"
"S00013","2026-01-06 10:00:00","Bob","Mitchell","1234.50","Quotation","Coat"
"""
ODOO_TECHNICAL = """\
id,name,date_order,partner_id,amount_total,currency_id,state,order_line/product_id
__export__.sale_order_12,S00012,2026-01-05 10:00:00,Ann,11.0,EUR,sale,Hat
,,,,,,,Scarf
,,,,,,,Belt
__export__.sale_order_13,S00013,2026-01-06 10:00:00,Bob,1234.5,EUR,cancel,Coat
"""
ODOO_FRENCH = """\
Référence de la commande;Date de création;Client;Vendeur;Total;Statut
S00014;05/01/2026;Zoé;Mitchell;1.234,50;Devis
S00015;25/01/2026;Zoé;Mitchell;1.234;Bon de commande
"""

DEPOSITS_HEADER = "SL,Trx Number,Amount,Charge,Payment Charge,After Charge,Gateway Name,Method Currency,Date\n"
DEPOSITS = (
    DEPOSITS_HEADER
    + """\
1,AB12CD34EF56,"$1,234.50 USD",$1.00 USD,$0.00 USD,$0.00 USD,Card,USD,05/01/2026
2,GH78IJ91KL23,$11.00 USD,$1.00 USD,$0.00 USD,$0.00 USD,Card,USD,13/01/2026
"""
)
DEPOSITS_AWKWARD = (
    DEPOSITS_HEADER
    + """\
1,AB12CD34EF56,"1,234.50 USD",1.00 USD,0.00 USD,0.00 USD,Card,USD,05/01/2026
2,GH78IJ91KL23,"1,234 USD",1.00 USD,0.00 USD,0.00 USD,Card,USD,06/01/2026
3,MN45OP67QR89,,,,,Card,USD,06/01/2026
4,ST12UV34WX56,5.00 USD,,,,Card,USD,31/02/2026
5,broken
"""
)
TRANSACTIONS = """\
SL,Trx Number,Trx Type,Amount,Charge,Post Charge,Details,Remark,Date
1,AB12CD34EF56,+,"$1,234.50",$1.00,$0.00,Payment,payment,05/01/2026
2,GH78IJ91KL23,-,$5.00,$0.00,$0.00,Withdrawal,withdraw,06/01/2026
3,MN45OP67QR89,+,$5.00,$0.00,$0.00,Withdrawal rejected,withdraw_reject,07/01/2026
4,ST12UV34WX56,+,$11.00,$0.00,$0.00,Payment,payment,08/01/2026
"""
WITHDRAWALS = """\
SL,Trx Number,Amount,Charge,After Charge,Gateway Name,Method Currency,Date
1,AB12CD34EF56,$11.00,$1.00,$10.00,Bank,USD,05/01/2026
"""
API_PAYMENTS = """\
id,user_id,deposit_id,currency,identifier,trx,amount,details,type,status,created_at,updated_at
1,7,31,USD,CMD-000001,AB12CD34EF56,11.00000000,Order,live,1,2026-01-05 23:30:00,2026-01-05 23:31:00
2,7,32,USD,CMD-000002,GH78IJ91KL23,1.23400000,Order,live,0,2026-01-06 10:00:00,2026-01-06 10:00:00
3,7,33,USD,CMD-000003,MN45OP67QR89,12.00000000,Order,test,1,2026-01-07 10:00:00,2026-01-07 10:00:00
4,7,34,EUR,CMD-000004,ST12UV34WX56,13.00000000,Order,live,4,2026-01-08 10:00:00,2026-01-08 10:00:00
"""

WORKBOOK_ROWS: list[list[object]] = [
    ["Order ID", "Total", "Currency", "Status", "Date"],
    ["00123", 1.1 * 3, "USD", "paid", dt.datetime(2026, 1, 5, 10, 0, 0)],
    [1001, 11, "USD", "pending", dt.datetime(2026, 1, 6)],
    [None, None, None, None, None],
    ["CMD-7", "1.234,50", "EUR", "refunded", "2026-01-07"],
    [6123456789012, 1.234, "KWD", "paid", None],
]


def html_table(text: str) -> str:
    """The CSV text as the HTML table that panels and shops name ``.xls``."""
    rows = list(csv.reader(text.splitlines()))
    cells = ["".join(f"<{tag}> {html.escape(cell)} </{tag}>" for cell in row) for tag, row in zip(
        ["th"] + ["td"] * len(rows), rows, strict=False)]  # fmt: skip
    body = "\n".join(f"<tr>{row}</tr>" for row in cells)
    return f"<html><head><meta charset='utf-8'></head><body><table border='1'>\n{body}\n</table></body></html>\n"


FILES: dict[str, bytes] = {
    "generic_clean.csv": GENERIC_CLEAN.encode(),
    "generic_french.csv": GENERIC_FRENCH.replace("\n", "\r\n").encode("cp1252"),
    "generic_utf16.tsv": GENERIC_CLEAN.replace(",", "\t").encode("utf-16"),
    "generic_damaged.csv": GENERIC_DAMAGED.encode("utf-8-sig"),
    "woocommerce_rest.json": json.dumps(WOO_REST, indent=1).encode(),
    "woocommerce_rest.jsonl": WOO_REST_LINES.encode(),
    "woocommerce_advanced_default.csv": WOO_ADVANCED_DEFAULT.encode(),
    "woocommerce_advanced_full.tsv": WOO_ADVANCED_FULL.encode("utf-8-sig"),
    "woocommerce_webtoffee.csv": WOO_WEBTOFFEE.encode(),
    "woocommerce_webtoffee_boms.csv": WOO_WEBTOFFEE.replace('"order_', '"\ufefforder_', 6).encode(),
    "woocommerce_analytics.csv": WOO_ANALYTICS.encode(),
    "squarespace.csv": SQUARESPACE.encode(),
    "squarespace_short.csv": SQUARESPACE_SHORT.encode(),
    "wix.csv": WIX.encode(),
    "wix_repeated.csv": WIX_REPEATED.encode(),
    "bigcommerce.csv": BIGCOMMERCE.encode(),
    "bigcommerce_api.json": json.dumps(BIGCOMMERCE_API, indent=1).encode(),
    "shopify.csv": SHOPIFY.encode(),
    "shopify_awkward.csv": SHOPIFY_AWKWARD.encode(),
    "prestashop_english.csv": PRESTASHOP_ENGLISH.encode(),
    "prestashop_french.csv": PRESTASHOP_FRENCH.encode(),
    "prestashop_spanish.csv": PRESTASHOP_SPANISH.encode(),
    "magento.csv": MAGENTO.encode(),
    "magento_dollars.csv": MAGENTO_DOLLARS.encode(),
    "opencart.csv": OPENCART.encode(),
    "opencart.json": json.dumps({"rows": OPENCART_JSON}).encode(),
    "whmcs.json": json.dumps(WHMCS, indent=1).encode(),
    "whmcs.csv": WHMCS_CSV.encode(),
    "odoo_labels.csv": ODOO_LABELS.encode(),
    "odoo_technical.csv": ODOO_TECHNICAL.encode(),
    "odoo_french.csv": ODOO_FRENCH.encode(),
    "webtoffee_as_html.xls": html_table(WOO_WEBTOFFEE).encode(),
    "export_deposits.csv": DEPOSITS.encode(),
    "export_deposits_awkward.csv": DEPOSITS_AWKWARD.encode(),
    "export_deposits.xls": html_table(DEPOSITS).encode(),
    "export_transactions.csv": TRANSACTIONS.encode(),
    "export_transactions.xls": html_table(TRANSACTIONS).encode(),
    "export_withdrawals.csv": WITHDRAWALS.encode(),
    "api_payments.csv": API_PAYMENTS.encode(),
}


def write_workbooks() -> None:
    """The same rows as a new and as an old Excel workbook."""
    openpyxl, xlwt = import_module("openpyxl"), import_module("xlwt")

    new = openpyxl.Workbook()
    for row in WORKBOOK_ROWS:
        new.active.append(row)
    new.create_sheet("Notes").append(["not orders"])
    new.save(FOLDER / "workbook.xlsx")
    old = xlwt.Workbook()
    sheet = old.add_sheet("Orders")
    as_date = xlwt.easyxf(num_format_str="YYYY-MM-DD HH:MM:SS")
    for place, row in enumerate(WORKBOOK_ROWS):
        for column, value in enumerate(row):
            if isinstance(value, dt.datetime):
                sheet.write(place, column, value, as_date)
            elif value is not None:
                sheet.write(place, column, value)
    old.save(str(FOLDER / "workbook.xls"))


if __name__ == "__main__":
    for name, octets in FILES.items():
        (FOLDER / name).write_bytes(octets)
    write_workbooks()
