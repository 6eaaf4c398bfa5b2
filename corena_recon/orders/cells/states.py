"""What an export's own status word means for payment."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from corena_recon.orders.cells.state_words import DOUBTS, PHRASES, PLATFORM_WORDS, STATE_OF_WORD
from corena_recon.tables.columns import encoded, translated
from corena_recon.vocabulary import OrderState

_PHRASE = re.compile(rf"\b(?:{'|'.join(sorted(PHRASES, key=len, reverse=True))})\b")
_WEIGHT: Final = (OrderState.REFUNDED, OrderState.CANCELLED)
"""What a status that says several things is, first of all."""
_OTHER_ENCODINGS: Final = ("utf-8", "cp850", "mac_roman")
_READ_AS: Final = ("cp1252", "mac_roman", "cp850")
_OCTET_CHARACTERS: Final = range(0xEF80, 0xF000)
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def order_state(status: str, platform: str = "generic", states: Mapping[str, str] | None = None) -> OrderState:
    """The state that a status word of an export means, ``unknown`` for a word that is not understood.

    Partly refunded is ``paid``: all of it was paid before a part went back. Partly paid and merely authorised
    are ``open``. Shipped and delivered are ``paid``: the shop has let the goods go. What is disputed is ``open``.

    Args:
        status: As exported. Letters that were read in a wrong encoding are mended where that makes the word known.
        platform: The kind of export.
        states: Further words, and the state that each means.
    """
    own = {fold(word): OrderState(state) for word, state in (states or {}).items()}
    readings = [fold(text).removeprefix("wc ") for text in (status, *_mended(status))]
    for word in readings:
        state = own.get(word) or PLATFORM_WORDS.get(platform.partition("-")[0], {}).get(word) or STATE_OF_WORD.get(word)
        if state:
            return state
    return next((state for state in map(_state_in, readings) if state is not OrderState.UNKNOWN), OrderState.UNKNOWN)


def order_states(
    statuses: pa.Array, platform: str = "generic", states: Mapping[str, str] | None = None
) -> pa.DictionaryArray:
    """``order_state`` of a column of strings or of a dictionary of them; null and blank cells are ``unknown``."""
    words = encoded(statuses)
    if words.null_count:
        # The dictionary's own fill_null looks every cell up.
        places = pc.fill_null(words.indices, len(words.dictionary))
        words = pa.DictionaryArray.from_arrays(places, pa.concat_arrays([words.dictionary, pa.array([""])]))
    return translated(words, [order_state(word or "", platform, states).value for word in words.dictionary.to_pylist()])


def order_states_of_both(
    payments: pa.DictionaryArray, orders: pa.DictionaryArray, is_cancelled: pa.Array
) -> pa.DictionaryArray:
    """The states of orders of which payment and work each have one.

    The payment's goes first; but an order that was cancelled or refunded is that, though its payment be paid.

    Args:
        payments: The states by the payment's own status.
        orders: The states by the order's status.
        is_cancelled: Whether the export says when each was cancelled; null is no.
    """
    sides = [payments.dictionary_decode(), orders.dictionary_decode(), pc.cast(is_cancelled, pa.string())]
    kinds = pc.binary_join_element_wise(*sides, " ", null_handling="replace", null_replacement="false")
    kinds = kinds.dictionary_encode()
    return translated(kinds, [_state_of_both(*kind.split()).value for kind in kinds.dictionary.to_pylist()])


def _state_of_both(payment: str, order: str, is_cancelled: str) -> OrderState:
    if payment in (OrderState.REFUNDED, OrderState.CANCELLED, OrderState.OPEN):
        return OrderState(payment)
    if order in _WEIGHT:
        return OrderState(order)
    if is_cancelled == "true":
        return OrderState.CANCELLED
    return OrderState(order if payment == OrderState.UNKNOWN else payment)


def _state_in(words: str) -> OrderState:
    """The state that words around it leave no doubt of."""
    found = {PHRASES[phrase] for phrase in _PHRASE.findall(words)}
    if not found or DOUBTS.intersection(_PHRASE.sub(" ", words).split()):
        return OrderState.UNKNOWN
    return next((state for state in _WEIGHT if state in found), found.pop() if len(found) == 1 else OrderState.UNKNOWN)


def _mended(text: str) -> list[str]:
    """What a text may have been before its octets were read in an encoding that was not theirs."""
    if text.isascii():
        return []
    found = []
    for read_as in _READ_AS:
        with suppress(UnicodeEncodeError):
            octets = b"".join(_octet_of(character, read_as) for character in text)
            for encoding in _OTHER_ENCODINGS:
                with suppress(UnicodeDecodeError):
                    found.append(octets.decode(encoding))
    return found


def _octet_of(character: str, encoding: str) -> bytes:
    if ord(character) in _OCTET_CHARACTERS or 0x80 <= ord(character) < 0xA0:
        return bytes((ord(character) & 0xFF,))
    return character.encode(encoding)


def fold(text: str) -> str:
    """Words in lower case without accents and punctuation: how headers and states are compared."""
    letters = text.casefold()
    if not letters.isascii():
        letters = "".join(c for c in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(c))
    return _NOT_WORD.sub(" ", letters).strip()
