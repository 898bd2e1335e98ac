"""What of a page is shown: one answer for every reader.

A reader settles from its format's own cascade whether a character is shown. What is not shown is no part of the text.
What is printed but may not be meant (struck, raised or lowered), or of which nobody can tell whether a reader of the
page sees it, stays in the text and bears a mark, so that a value with such a character is `unclear` and never grows a
digit. Marks are characters because paragraphs and cells are plain text; no published number contains one of them.
"""

import re
from collections.abc import Sequence

# Behind every struck character, before raised or lowered ones, behind every character that may not be seen.
STRUCK, RAISED, DIM = "\u0336", "^", "\u0333"

_CHARACTER = re.compile(r"(?<=\S)")
# Beside the marks: what turns the order of the characters behind it (RIGHT-TO-LEFT OVERRIDE).
_MARK = re.compile(f"[{STRUCK}{DIM}\u202e]|{re.escape(RAISED)}")

# Below this contrast (WCAG 2.2, 1.4.3: from 1 to 21) ink is not seen on its ground, below the second it may not be.
UNSEEN, DOUBTFUL = 1.05, 1.5
_SIGNS = re.compile(r"[\s\"']*(?:Wingdings|Webdings)", re.IGNORECASE)
# Points of height below which print is not seen, and below which it may not be.
SPECK, TINY = 1.0, 3.0


def has_signs(font: str) -> bool:
    """Whether a font has small pictures in the places of digits; of a list of fonts, whether the first one has."""
    return _SIGNS.match(font) is not None


def struck(text: str) -> str:
    """The text with a stroke through every character."""
    return _CHARACTER.sub(STRUCK, text)


def raised(text: str) -> str:
    """The text behind the mark of what is raised or lowered: a footnote mark, an exponent."""
    return RAISED + text if text.strip() else text


def dim(text: str) -> str:
    """The text, every character marked as one that may not be seen."""
    return _CHARACTER.sub(DIM, text)


def is_unclear(text: str) -> bool:
    """Whether a printed text bears one of the marks, or is written from right to left."""
    return bool(_MARK.search(text))


def contrast(ink: Sequence[float], ground: Sequence[float]) -> float:
    """The contrast ratio of two colours, red, green and blue from 0 to 1 each: 1 (alike) to 21 (black on white)."""
    low, high = sorted((_luminance(ink), _luminance(ground)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Sequence[float]) -> float:
    """Relative luminance of sRGB as WCAG 2.2 defines it."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
