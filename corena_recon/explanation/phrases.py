"""The sentences of an explanation, in English; other languages have them in ``languages``.

What they quote is strangers' text: shortened here, made safe where it is shown.
"""

from __future__ import annotations

from typing import Final

from corena_recon.languages import FINDING_SENTENCES, OUTCOME_SENTENCES, REASON_SENTENCES, Words, quoted
from corena_recon.text import printable

SEAM: Final = "|"
"""Stands between amount and identifier where signed bytes are shown; the same character in the data is escaped."""


def seamed(amount: str, identifier: str) -> str:
    """The signed bytes with the seam shown; what is not printable, the seam's character and backslashes are escaped."""
    return f"{_escaped(amount)}{SEAM}{_escaped(identifier)}"


def reason_sentence(code: str, lang: str) -> str:
    """What a reason means; empty for a word that explains itself."""
    for sentences in (FINDING_SENTENCES, OUTCOME_SENTENCES, REASON_SENTENCES):
        if code in sentences.english:
            return sentences.say(code, lang)
    return ""


def say(name: str, lang: str, /, **facts: object) -> str:
    """One of PHRASES with its facts."""
    return PHRASES.say(name, lang, **{fact: quoted(value) for fact, value in facts.items()})


def _escaped(text: str) -> str:
    return printable(text.replace("\\", "\\x5C").replace(SEAM, "\\x7C"))


PHRASES: Final = Words(
    "explanation_phrases",
    {
        # labels
        "identifier": "Identifier",
        "order": "Order",
        "outcome": "Outcome",
        "reason": "Reasons",
        "signed_bytes": "signed bytes",
        "signature": "signature received",
        "tried": "tried",
        "verified_by": "verified by",
        "expected": "expected begins",
        "fields": "not signed",
        "colon": ": ",
        # the identifier
        "unknown": "No notification and no order has exactly this identifier.",
        "no_notification": "No notification has exactly this identifier.",
        "no_order": "No order has exactly this identifier.",
        "similar": "Similar identifiers exist: {found}.",
        "more": "{count} more notification{count:|s} of this identifier {count:is|are} not shown.",
        "where": "{source} record {record}",
        "arrived": "arrived {at}",
        "no_arrival": "arrival not recorded",
        "order_line": "{amount} {currency}, state {state} ({status}), {where}",
        "sent_on": "Payment {trx} ({where}) was given to order {identifier} by the pass {rule}.",
        "brought": "Payment {trx}, posted as {identifier} ({where}), was given to this order by the pass {rule}.",
        "paid_line": "paid {amount} {currency}, difference {difference}",
        "unreadable": "The record could not be read: {reason}.",
        # what was tried
        "keys_tried": "keys {keys}",
        "no_keys_known": "the keys of the verification",
        "as_posted": "the amount as posted",
        "renderings": "and written {amounts}",
        "not_tried": "nothing: there is nothing to compare",
        "no_key_fits": "no key",
        "key_fits": "key {key}",
        "key_fits_rendered": "key {key}, with the amount written {rendering}",
        "key_fits_mended": "key {key}, once trimmed and upper-cased",
        "none_posted": "none was posted",
        "withheld": "{digits} (the rest is withheld: it would make an untrusted message verify)",
        # statuses without a finding
        "valid": "The signature verifies with exactly these bytes.",
        "valid_rendered": (
            "The record has the amount as {posted}; the signature verifies with the same amount written {rendering}."
        ),
        "no_payment": "The status {status} is not one that means a payment.",
        "other_mode": "It is genuine, but of another mode or merchant than the audit: it pays nothing here.",
        # facts of findings
        "earlier_is": "The earlier one is {where}.",
        "other_is": "The other one is {where}.",
        "differs": "{field} is {there} there, {here} here.",
        "also_on": "It is also on {seam}, {where}.",
        "twin_is": "The other split is {seam}, {where}.",
        "decimals_are": "Its number of decimals is {count}; that of key {key}'s notifications is {usual}.",
        "decimals_count": "Its number of decimals is {count}.",
        "copied_from": "It is the signature of {seam}, {where}.",
        "in_force": "Key {key} was in force {span}.",
        "from": "from {start}",
        "until": "until {end}",
        "from_until": "from {start} until {end}",
        "signed_with": "It was signed with key {key}.",
        "merchants": "Key {key} is of {owner}, the record of {merchant}.",
        "characters": "It has {count} character{count:|s}.",
        "signature_length": "It has {count} character{count:|s}.",
        "signature_lower": "It holds lower-case letters.",
        "signature_blank": "It begins or ends with blanks.",
        "signature_other": "It holds characters that are no hexadecimal digits.",
        "posted_amount": "It was posted as {amount}.",
        "rendering_fits": "It fits {rendering}.",
        "currency_is": "The currency is {currency}.",
        "in_fields": "It is in: {fields}.",
        # counterfactuals
        "if_key": "Valid under key {key} of the ring given now, which the verification did not have.",
        "if_empty_key": "The signature was made with an empty key: anyone can make it.",
        "if_weak_key": "The signature was made with the key {secret}, which is no secret: anyone can make it.",
        "if_amount": "Valid if the amount were {other} instead of {posted}",
        "if_identifier": "Valid if the identifier were {other} instead of {posted}",
        "if_pair": "Valid for {seam} ({where}): the signature was copied from there",
        "if_rewritten": "Valid for {seam}: whoever wrote the archive changed both the amount and the identifier",
        "if_recipe": "Valid if signatures were made as {formula} instead of HMAC-SHA256(secret, amount + identifier)",
        "if_writing": "Valid if the signature were written as 64 upper-case hexadecimal digits",
        "if_signature_cut": "Valid if the signature were whole: {digits} of its 64 digits {digits:was|were} cut off",
        "if_signature_digits": "Valid but for {digits} of the signature's 64 digits, which {digits:was|were} changed",
        "if_split": (
            "Genuine if the same signed bytes are cut as {seam}, with the usual {decimals} decimal{decimals:|s}"
        ),
        "split_is_known": "the archive or the orders know that identifier",
        "under_key": "key {key}",
        "order_amount": "the order's amount",
        "places": "the decimal point was moved by {count} place{count:|s}",
        "origin_digits": "digits were changed, added or dropped",
        "origin_amount_written": "the same amount, written otherwise",
        "origin_rounded": "the amount was rounded",
        "origin_sign": "the sign was changed",
        "origin_decimal_moved": "the decimal point was moved",
        "origin_order": "the order's amount",
        "origin_archive": "found elsewhere in the archive or the orders",
        "origin_counted": "found by counting up from 0.01",
        "origin_identifier_case": "only the case differs",
        "origin_identifier_spaces": "only blanks differ",
        "origin_identifier_zeros": "only leading zeros differ",
        "origin_identifier_slashes": "whoever wrote the archive added backslashes",
        "origin_identifier_entities": "whoever wrote the archive changed characters to HTML entities, or back",
        "origin_identifier_percent": "whoever wrote the archive left the text encoded as for an address, or encoded",
        "origin_identifier_escapes": "whoever wrote the archive left JSON's escapes in the text",
        "origin_identifier_encoding": "whoever wrote the archive took the text for one of another encoding",
        "origin_identifier_form": "only the form differs",
        "origin_identifier_character": "one character differs",
        "origin_identifier_cut": "the identifier was lengthened",
        "origin_identifier_neighbour": "another number nearby",
        "written_lower": "the signature is in lower case",
        "written_edges": "the signature has something before or after it",
        "written_base64": "the signature is in base64",
        "written_base64_of_hex": "the signature is the base64 of its hexadecimal text",
        "nothing_found": "No single change that was tried makes the signature valid.",
        "nothing_posted": "No signature was posted, so no change of another field can make it valid.",
        "no_keys": (
            "No keys were given: other amounts, identifiers, keys and recipes could not be tried. Give the key ring "
            "(keys=, --keys FILE)."
        ),
        "not_searched": (
            "What would make it valid was not searched: only the first {count} different case{count:|s} {count:is|are}."
        ),
        # notes
        "seam_note": (
            "In signed bytes, | shows where the amount ends and the identifier begins. It is not among the bytes; a | "
            "or \\ of the data is written \\x7C or \\x5C, bytes that cannot be shown \\xNN, characters \\uNNNN."
        ),
        "unsigned_note": (
            'The signature covers amount and identifier alone; everything under "not signed" anyone could have changed.'
        ),
        "search_note": (
            "{tried} signature{tried:|s} {tried:was|were} computed in search of what would be valid (at most {limit})."
        ),
    },
)
