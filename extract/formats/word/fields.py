"""What a field of a Word document shows that keeps no result (ECMA-376 Part 1, 17.16.5), whatever container holds it.

A field shows the result that was stored when it was last updated; some are drawn anew by the program that shows the
page, from their instruction. Where one of these keeps no result, its figure is no text of the file.
"""

import re

from extract.shown import DIM, has_signs

# Drawn by the program each time: a button's text, a formula, a place on the line, a number it counts, a form's control.
_DRAWN = frozenset(
    "MACROBUTTON GOTOBUTTON EQ ADVANCE SYMBOL AUTONUM AUTONUMLGL AUTONUMOUT LISTNUM FORMCHECKBOX FORMDROPDOWN".split()
)
_SYMBOL = re.compile(r"\s*SYMBOL\s+(0[xX][0-9A-Fa-f]{1,4}|\d{1,5})(?=\s|$)", re.IGNORECASE)
_FONT = re.compile(r'\\f\s*"?([^"\\]*)')


def shown(instruction: str) -> str:
    """The text a field without a result shows: that of a SYMBOL (17.16.5.66), DIM for what no file tells, or none."""
    name = (instruction.split(maxsplit=1) or [""])[0].upper()
    if name not in _DRAWN:
        return ""
    symbol, font = _SYMBOL.match(instruction), _FONT.search(instruction)
    if symbol and not (font and has_signs(font[1])):
        code = int(symbol[1], 0) if symbol[1][:2] in ("0x", "0X") else int(symbol[1])
        if 0x20 < code < 0x7F:
            return chr(code)
    return DIM
