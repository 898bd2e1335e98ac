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
_POINT, _VALUE = r"-?\d+(?:\.\d+)? -?\d+(?:\.\d+)?", r'="[\w.# -]*"'
_OTHERS = rf'(?: (?:(?:ID|Join|Cap|MiterLimit){_VALUE}|LineWidth="0?\.\d+"))*'
_PREFIX = re.compile(rb"<(\w+:|)Page[ >]")


@lru_cache(maxsize=16)
def _path(prefix: str) -> re.Pattern[bytes]:
    """A path object of one stroke: the corner of its boundary, its colour, the stroke."""
    return re.compile(
        rf'<{prefix}PathObject{_OTHERS} Boundary="({_POINT}) [\d. -]*"{_OTHERS}>'
        rf"(<{prefix}StrokeColor Value{_VALUE} ?/>)?"
        rf"<{prefix}AbbreviatedData>M ({_POINT} L {_POINT}) ?</{prefix}AbbreviatedData></{prefix}PathObject>".encode()
    )


# The corner of the boundary of a path, the stroke within, and whether the object says its colour.
Strokes = list[tuple[float, float, Stroke, bool]]


def gathered(content: bytes) -> tuple[bytes, list[Strokes]]:
    """(the markup of a page with an element in place of paths that follow one another, those paths)."""
    root = _PREFIX.search(content)
    is_bare = b"<!" not in content and content.count(b"<?") <= 1  # what stands in comments is no path
    if root is None or len(content) > MAX_BYTES or not is_bare:
        return content, []
    pieces = _path(root[1].decode()).split(content)
    runs: list[Strokes] = []
    rest = [pieces[0]]
    last: Strokes = []
    for corner, colour, data, behind in zip(*(pieces[at::4] for at in range(1, 5)), strict=True):
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
