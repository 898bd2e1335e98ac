"""Path objects that are one stroke, taken from the markup of a page before it is parsed: a table has a thousand.

What follows one another becomes one element, so that strokes keep their place between the other objects, inside their
layer and blocks. A path that is written otherwise stays as it is.
"""

import re
from functools import lru_cache

from extract.formats.drawn.ofd.values import Stroke

STROKES = "strokes"  # the element in place of path objects; `at` is their number among the runs
MAX_BYTES = 1_000_000  # of a page worth the effort

THIN = 1.0  # millimetres: only lines thinner than this are taken
_POINT, _VALUE = rb"-?\d+(?:\.\d+)? -?\d+(?:\.\d+)?", rb'="[\w.# -]*"'
_OTHERS = rb"(?: (?:(?:ID|Join|Cap|MiterLimit)" + _VALUE + rb'|LineWidth="0?\.\d+"))*'
_PATH = re.compile(
    rb"<((?:\w+:)?)PathObject" + _OTHERS + rb' Boundary="(' + _POINT + rb') [\d. -]*"' + _OTHERS + rb">"
    rb"(<\1StrokeColor Value" + _VALUE + rb" ?/>)?"
    rb"<\1AbbreviatedData>M (" + _POINT + b" L " + _POINT + rb") ?</\1AbbreviatedData></\1PathObject>"
)
_GROUPS = _PATH.groups + 1

# The corner of the boundary of a path, the stroke within, and whether the object says its colour.
Strokes = list[tuple[float, float, Stroke, bool]]


def gathered(content: bytes) -> tuple[bytes, list[Strokes]]:
    """(the markup of a page with an element in place of paths that follow one another, those paths)."""
    if len(content) > MAX_BYTES or b"<!" in content:  # what stands in comments is no path
        return content, []
    pieces = _PATH.split(content)
    runs: list[Strokes] = []
    rest = [pieces[0]]
    last: Strokes = []
    for corner, colour, data, behind in zip(*(pieces[at::_GROUPS] for at in range(2, _GROUPS + 1)), strict=False):
        if not last:
            rest.append(b'<%s at="%d"/>' % (STROKES.encode(), len(runs)))
            runs.append(last)
        x, y = corner.split()
        last.append((float(x), float(y), _stroke(data), colour is not None))
        if behind.strip():
            rest.append(behind)
            last = []
    return b"".join(rest), runs


@lru_cache(maxsize=4096)
def _stroke(data: bytes) -> Stroke:
    x0, y0, _, x1, y1 = data.split()
    return float(x0), float(y0), float(x1), float(y1)
