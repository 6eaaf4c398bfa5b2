"""How cells look: number formats, fonts and sides, one for each style."""

from __future__ import annotations

from typing import Final

from corena_recon.report.workbook.cells import Style

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

_AS_TEXT: Final = 49
_GENERAL: Final = 0
_FORMATS: Final = {
    164: "#,##0",
    165: "#,##0.00",
    166: "#,##0.000",
    167: "#,##0.00000000",
    168: "yyyy-mm-dd hh:mm:ss",
}
_PLAIN, _BOLD, _LARGE = range(3)
_ALIGNED: Final = {"right": 'horizontal="right" indent="1"', "prose": 'horizontal="left" wrapText="1"'}
"""A number stands apart from the text in the next column, and prose goes on in a next line."""
_LOOKS: Final = {
    # style: number format, font, fill, alignment
    Style.TEXT: (_AS_TEXT, _PLAIN, 0, "left"),
    Style.HEAD: (_AS_TEXT, _BOLD, 2, "left"),
    Style.TITLE: (_AS_TEXT, _LARGE, 0, "left"),
    Style.COUNT: (164, _PLAIN, 0, "right"),
    Style.MOMENT: (168, _PLAIN, 0, "right"),
    Style.EXACT: (_AS_TEXT, _PLAIN, 0, "right"),
    Style.WHOLE: (164, _PLAIN, 0, "right"),
    Style.CENTS: (165, _PLAIN, 0, "right"),
    Style.MILLS: (166, _PLAIN, 0, "right"),
    Style.FULL: (167, _PLAIN, 0, "right"),
    Style.NUMBER_HEAD: (_AS_TEXT, _BOLD, 2, "right"),
    Style.PROSE: (_AS_TEXT, _PLAIN, 0, "prose"),
}


def styles_part() -> str:
    """The part that says what each ``Style`` looks like."""
    formats = "".join(f'<numFmt numFmtId="{number}" formatCode="{code}"/>' for number, code in _FORMATS.items())
    looks = "".join(
        f'<xf numFmtId="{number}" fontId="{font}" fillId="{fill}" borderId="0" xfId="0" applyNumberFormat="1" '
        f'applyFont="1" applyFill="1" applyAlignment="1"><alignment vertical="top" {_aligned(side)}/></xf>'
        for number, font, fill, side in ((_GENERAL, _PLAIN, 0, "general"), *(_LOOKS[style] for style in Style))
    )
    plain = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
    return (
        f'{DECLARATION}<styleSheet xmlns="{MAIN}"><numFmts count="{len(_FORMATS)}">{formats}</numFmts>'
        f'<fonts count="3"><font>{plain}</font><font><b/>{plain}</font>'
        f"<font><b/>{plain.replace('11', '13')}</font></fonts>"
        '<fills count="3"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill>'
        '<fill><patternFill patternType="solid"><fgColor rgb="FFDCE6F1"/></patternFill></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(_LOOKS) + 1}">{looks}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _aligned(side: str) -> str:
    return _ALIGNED.get(side, f'horizontal="{side}"')
