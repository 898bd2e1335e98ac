"""What a reader of the page sees of a run of text in a Word document, whatever container keeps it.

Every reader resolves the cascade of its format (defaults of the document, styles of table, paragraph and character,
direct formatting) to a `Look`; what a look makes of the text is decided here once.
"""

from typing import NamedTuple

from extract.shown import DIM, DOUBTFUL, RAISED, SPECK, STRUCK, TINY, UNSEEN, contrast, dim, raised, struck

Colour = tuple[float, float, float]  # red, green and blue from 0 to 1
WHITE: Colour = (1, 1, 1)
BLACK: Colour = (0, 0, 0)

# Percent of their width to which characters are squeezed, and the share of its size by which the next one is moved
# back over a character, from which on nobody can read a figure.
_SQUEEZED, _OVERLAPPING = 10, 0.4
# Shading patterns mix their two colours: "pct25" and those that are neither clear nor solid (half of each).
_HALF = 50
# Twips: an indent to the left by more than an inch, or to the right by the width of a page, takes text off its cell.
_INCH, _PAGE = 1_440, 11_906


class Look(NamedTuple):
    """How a run is printed: `size` in points, `scale` in percent of a character's width, `spacing` in points between
    two characters.

    No `ink` is the automatic colour, which is chosen to be seen. No `ground` is one that cannot be told: a picture or
    the filling of a box. `unsure` says that of the format's own means one stands there that not every program shows.
    """

    hidden: bool = False
    struck: bool = False
    raised: bool = False
    unsure: bool = False
    size: float = 10.0
    scale: int = 100
    spacing: float = 0.0
    ink: Colour | None = None
    ground: Colour | None = WHITE


def marks(look: Look) -> str | None:
    """The marks of `extract.shown` the text bears, "" for none; None where nothing of it is seen."""
    alike = contrast(look.ink, look.ground or WHITE) if look.ink else DOUBTFUL
    if look.hidden or look.size < SPECK or (alike < UNSEEN and look.ground):
        return None
    dark = alike < DOUBTFUL or look.size < TINY or look.scale < _SQUEEZED or -look.spacing > look.size * _OVERLAPPING
    return STRUCK * look.struck + DIM * (look.unsure or dark) + RAISED * look.raised


def marked(text: str, marks: str) -> str:
    """The text with these marks."""
    text = struck(text) if STRUCK in marks else text
    text = dim(text) if DIM in marks else text
    return raised(text) if RAISED in marks else text


def is_off(left: float, first: float) -> bool:
    """Whether indents, in twips, of the lines of a paragraph and of its first one lead off the page."""
    return not (-_INCH <= left < _PAGE and -_INCH <= left + first < _PAGE)


def rgb(number: int) -> Colour:
    """A colour from its six hexadecimal digits, read as a number."""
    return (number >> 16 & 255) / 255, (number >> 8 & 255) / 255, (number & 255) / 255


def mixed(fore: Colour, back: Colour, percent: int = _HALF) -> Colour:
    """The colour of a pattern of which so much is foreground."""
    share = min(max(percent, 0), 100) / 100
    red, green, blue = (f * share + b * (1 - share) for f, b in zip(fore, back, strict=True))
    return red, green, blue
