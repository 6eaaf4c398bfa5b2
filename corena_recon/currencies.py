"""The currencies' codes, symbols and names: which of them say one currency, and which several share.

Sources: ISO 4217 (codes and minor units), Unicode CLDR (symbols and names in English and French), and what shops write
beside amounts.
"""

from __future__ import annotations

from typing import Final

_ALL_CODES: Final = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ "
    "GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR "
    "LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN "
    "PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB "
    "TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG "
    "BTC USDT USDC"
)
CODES: Final = frozenset(_ALL_CODES.split())
"""The codes that are in use, and those of three coins that shops take."""

_DOLLARS: Final = (
    "USD AUD BBD BMD BND BSD BZD CAD FJD GYD HKD JMD KYD LRD NAD NZD SBD SGD SRD TTD TWD XCD "
    "ARS CLP COP CUP DOP MXN UYU"
)
_FRANCS: Final = "CHF XOF XAF XPF BIF CDF DJF GNF KMF RWF"

SHARED_SYMBOLS: Final[dict[str, frozenset[str]]] = {
    symbol: frozenset(codes.split())
    for symbol, codes in {
        "$": _DOLLARS,
        "C$": "CAD NIO",
        "A$": "AUD ARS",
        "S$": "SGD SRD",
        "MX$": "MXN",
        "£": "GBP EGP FKP GIP LBP SDG SHP SSP SYP",
        "¥": "JPY CNY",
        "₩": "KRW KPW",
        "₱": "PHP CUP",
        "₭": "LAK",
        "₨": "INR LKR MUR NPR PKR SCR",
        "﷼": "IRR OMR QAR SAR YER",
        "؋": "AFN",
        "kr": "DKK ISK NOK SEK",
        "₣": _FRANCS,
        "Fr": _FRANCS,
        "CFA": "XOF XAF",
        "FC": "CDF KMF",
        "RM": "MYR",
        "DH": "AED MAD",
        "DA": "DZD",
        "DT": "TND",
        "Ar": "MGA",
        "Ft": "HUF",
        "лв": "BGN",
    }.items()
}
"""Symbols that alone are no proof of a currency, and the currencies that they may mean: they rule out all others."""

SYMBOLS: Final[dict[str, str]] = {
    "€": "EUR", "₹": "INR", "₽": "RUB", "₺": "TRY", "₴": "UAH", "₦": "NGN", "₫": "VND", "₪": "ILS",
    "₡": "CRC", "₲": "PYG", "₵": "GHS", "₸": "KZT", "₼": "AZN", "₾": "GEL", "₮": "MNT", "৳": "BDT",
    "฿": "THB", "₿": "BTC", "US$": "USD", "$US": "USD", "U$S": "USD", "CA$": "CAD", "$CA": "CAD", "AU$": "AUD",
    "NZ$": "NZD", "HK$": "HKD", "R$": "BRL", "zł": "PLN", "Kč": "CZK",
}  # fmt: skip
"""Symbols of one currency alone."""

SPELLINGS: Final[dict[str, str]] = {
    "kr.": "kr", "Kr": "kr", "Fr.": "Fr", "F": "Fr", "Rs.": "₨", "Rs": "₨", "F CFA": "CFA", "FCFA": "CFA",
    "F.CFA": "CFA", "CFA F": "CFA", "Fc": "FC", "FCs": "FC", "Dhs": "DH",
}  # fmt: skip
"""Other ways of writing a shared symbol."""

NAMES: Final[dict[str, str]] = {
    name: meaning
    for meaning, names in {
        "EUR": ("euro", "euros"),
        "USD": (
            "us dollar", "us dollars", "usd dollar", "dollar us", "dollars us", "dollar usd", "united states dollar",
            "dollar americain", "dollars americains", "dollar des etats unis",
        ),
        "CAD": ("canadian dollar", "dollar canadien", "dollars canadiens"),
        "GBP": ("british pound", "pound sterling", "pounds sterling", "livre sterling", "livres sterling"),
        "CHF": ("swiss franc", "franc suisse", "francs suisses"),
        "CDF": ("congolese franc", "franc congolais", "francs congolais"),
        "XOF": ("franc cfa bceao", "franc cfa ouest africain", "west african cfa franc", "bceao", "uemoa"),
        "XAF": ("franc cfa beac", "franc cfa d afrique centrale", "central african cfa franc", "beac", "cemac"),
        "GNF": ("guinean franc", "franc guineen", "francs guineens"),
        "MAD": ("moroccan dirham", "dirham marocain", "dirhams marocains"),
        "TND": ("tunisian dinar", "dinar tunisien", "dinars tunisiens"),
        "DZD": ("algerian dinar", "dinar algerien", "dinars algeriens"),
        "NGN": ("naira", "nairas"),
        "GHS": ("cedi", "cedis"),
        "MGA": ("ariary",),
        "CFA": ("cfa", "fcfa", "f cfa", "franc cfa", "francs cfa", "cfa franc", "cfa francs"),
        "$": ("dollar", "dollars"),
        "£": ("pound", "pounds", "livre", "livres"),
        "Fr": ("franc", "francs"),
    }.items()
    for name in names
}  # fmt: skip
"""Names, without accents and in lower case, and the code or the shared symbol that each means."""

NULL_WORDS: Final = frozenset({"null", "(null)", "none", "nil", "nan", "na", "n/a", "n.a.", "-", "--", "—", "–", "\\n"})
"""What exports write, in lower case, where nothing stands."""

TAX_WORDS: Final = frozenset({"TTC", "HT", "HTVA", "TVA", "TVAC", "VAT", "TAX", "NET", "INCL", "EXCL", "BRUT", "GROSS"})
"""Letters that stand beside amounts and in their headers, and are no currency."""

_WITHOUT_MINOR_UNIT: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_WITH_THREE_DIGITS: Final = "BHD IQD JOD KWD LYD OMR TND"
MINOR_DIGITS: Final[dict[str, int]] = {
    **dict.fromkeys(_WITHOUT_MINOR_UNIT.split(), 0),
    **dict.fromkeys(_WITH_THREE_DIGITS.split(), 3),
}
"""ISO 4217's minor units where they are not two."""


def meanings(word: str) -> frozenset[str]:
    """The codes that a code or a shared symbol may mean."""
    return SHARED_SYMBOLS.get(word, frozenset({word}))
