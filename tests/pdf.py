"""Reports as PDF files, drawn by hand: text and lines placed on pages, and `write_pdf` for sheets of `tests.render`.

A page of a PDF holds no tables. Cells are drawn the ways producers do: whole strokes, thin bars, pieces, double lines.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

from tests.render import Box, Layout, Sheet, back_matter, front_matter, pieces_of

_FONTS = (
    b"<< /F << /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts"
    b" [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo"
    b" << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 /W [1 95 500 814 939 500] >>] >>"
    b" /U << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Differences [50 /unheard] >> >> >>"
)


def show(text: str, x: float, y: float, size: float = 10, turn: str = "1 0 0 1", font: str = "F") -> str:
    """Text with its base line at a point."""
    shown = f"<{text.encode('utf-16-be').hex()}>" if font == "F" else f"({text})"
    return f"BT /{font} {size} Tf {turn} {x} {y} Tm {shown} Tj ET\n"


def stroke(x0: float, y0: float, x1: float, y1: float) -> str:
    """A line."""
    return f"0.5 w {x0} {y0} m {x1} {y1} l S\n"


def bar(x0: float, y0: float, x1: float, y1: float) -> str:
    """A line as a thin filled rectangle."""
    return f"{x0 - 0.25} {y0 - 0.25} {x1 - x0 + 0.5} {y1 - y0 + 0.5} re f\n"


def dashes(x0: float, y0: float, x1: float, y1: float) -> str:
    """A line in pieces with gaps of 1.5 points."""
    if x0 == x1:
        cuts = [y0 + 9 * n for n in range(int((y1 - y0) / 9) + 1)] + [y1]
        return "".join(stroke(x0, a, x0, b - 1.5) for a, b in pairwise(cuts) if b - 1.5 > a)
    cuts = [x0 + 9 * n for n in range(int((x1 - x0) / 9) + 1)] + [x1]
    return "".join(stroke(a, y0, b - 1.5, y0) for a, b in pairwise(cuts) if b - 1.5 > a)


def twice(x0: float, y0: float, x1: float, y1: float) -> str:
    """A line drawn double, as around cells that stand apart."""
    across = y0 == y1
    shifts = [(0, d) if across else (d, 0) for d in (-1, 1)]
    return "".join(stroke(x0 + right, y0 + up, x1 + right, y1 + up) for right, up in shifts)


Rule = Callable[[float, float, float, float], str]


def table(x: float, y: float, rows: list[list[str]], widths: tuple[int, ...], rule: Rule = stroke) -> str:
    """A ruled table with its upper left corner at a point."""
    height = 20
    edges = list(accumulate(widths, initial=x))
    drawn = "".join(rule(x, y - n * height, edges[-1], y - n * height) for n in range(len(rows) + 1))
    for n, row in enumerate(rows):
        top, bottom = y - n * height, y - (n + 1) * height
        drawn += "".join(rule(edge, bottom, edge, top) for edge in edges)
        drawn += "".join(show(text, edge + 2, bottom + 6) for edge, text in zip(edges, row, strict=False) if text)
    return drawn


def document(
    *pages: str,
    extra: str = "",
    objects: tuple[bytes, ...] = (),
    trailer: str = "",
    resources: str = "",
    catalog: str = "",
    width: int = 595,
    height: int = 842,
) -> bytes:
    """The bytes of a PDF with these content streams, a page each; `extra` goes into the page dictionaries."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    bodies = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        _FONTS,
    ]
    first = 4 + 2 * len(pages)
    for n, page in enumerate(pages):
        packed = zlib.compress(page.encode())
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents {5 + 2 * n} 0 R /Resources"
            f" << /Font 3 0 R /XObject << /X {first} 0 R >> {resources} >> {extra.format(first=first)} >>".encode()
        )
        bodies.append(f"<< /Length {len(packed)} /Filter /FlateDecode >> stream\n".encode() + packed + b"\nendstream")
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate([*bodies, *objects], 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    references = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(offsets) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{references}trailer << /Size {size} /Root 1 0 R {trailer} >>\n"
    return out + f"{end}startxref\n{len(out)}\n%%EOF\n".encode()


def form(content: str, matrix: str) -> bytes:
    """A form XObject with a matrix."""
    dictionary = f"<< /Type /XObject /Subtype /Form /BBox [0 0 900 900] /Matrix [{matrix}] /Resources << /Font 3 0 R >>"
    return f"{dictionary} /Length {len(content)} >> stream\n{content}\nendstream".encode()


# -- whole reports -----------------------------------------------------------------------------------------------------

WIDTH, _LEFT, _RIGHT, _MARGIN = 842, 40, 800, 60
_SIZE, _LEADING, _PADDING = 9, 12, 3


@dataclass(frozen=True)
class PdfLayout(Layout):
    """A layout with what only drawn pages have."""

    rule: Rule = stroke
    height: int = 595  # of a page in points
    again: bool = False  # header rows drawn again on the next page


@dataclass
class _Slot:
    """A cell to be drawn: its columns, the rows it takes, and the lines of text in it."""

    lines: list[str]
    left: int
    right: int
    top: int
    bottom: int


def write_pdf(sheets: list[Sheet], layout: Layout) -> bytes:
    """The PDF that prints these sheets. The same arguments give the same bytes."""
    drawn = layout if isinstance(layout, PdfLayout) else PdfLayout(**vars(layout))
    return document(*print_pages(sheets, drawn), width=WIDTH, height=drawn.height)


Show = Callable[[str, float, float, float], str]  # text, where its base line begins, its size -> what draws it


def print_pages(sheets: list[Sheet], drawn: PdfLayout, show: Show = show) -> list[str]:
    """What draws each page, in points from the lower left corner."""
    pages = _Pages(drawn, show)
    title, *front = front_matter(drawn) or [""]
    if title:
        pages.text(title, 15)
    for line in front:
        pages.text(line)
    for sheet in sheets:
        pages.text(sheet.heading)
        for rows in pieces_of(sheet, drawn):
            pages.table(rows)
    for line in back_matter(drawn):
        pages.text(line)
    return pages.done()


class _Pages:
    """Content streams being written from top to bottom."""

    def __init__(self, layout: PdfLayout, show: Show) -> None:
        self.layout, self.show = layout, show
        self.streams = [""]
        self.y = self.top = layout.height - _MARGIN

    def done(self) -> list[str]:
        """The pages, numbered at their foot."""
        return [page + self.show(f"- {n} -", WIDTH / 2, _MARGIN / 2, 8) for n, page in enumerate(self.streams, 1)]

    def turn(self) -> None:
        self.streams.append("")
        self.y = self.top

    def text(self, text: str, size: int = 10) -> None:
        """A paragraph, its lines as wide as the page."""
        for line in _wrapped(text, _RIGHT - _LEFT, size):
            if self.y < _MARGIN + 2 * size:
                self.turn()
            self.y -= 1.6 * size
            self.streams[-1] += self.show(line, _LEFT, self.y, size)
        self.y -= 6

    def table(self, rows: list[list[Box]]) -> None:
        """A table; cells merged over a page break are closed and opened again there."""
        widths = _widths(rows)
        edges = list(accumulate(widths, initial=float(_LEFT)))
        slots = list(_slots(rows, edges))
        heights = [float(_LEADING + 2 * _PADDING)] * len(rows)
        for slot in sorted(slots, key=lambda slot: slot.bottom - slot.top):
            need = len(slot.lines) * _LEADING + 2 * _PADDING
            heights[slot.bottom - 1] += max(0.0, need - sum(heights[slot.top : slot.bottom]))
        head = next((n for n, row in enumerate(rows) if any(b.kind in ("value", "label") for b in row)), 0)
        start = 0
        while start < len(rows):
            repeated = range(head) if self.layout.again and start > 0 and head < start else range(0)
            room = self.y - _MARGIN - sum(heights[n] for n in repeated)
            end = start
            while end < len(rows) and sum(heights[start : end + 1]) <= room:
                end += 1
            if end == start and self.y < self.top:
                self.turn()
                continue
            if end == start:  # not even a fresh page has room for it: without the header, or over the margin
                repeated, end = range(0), start + 1
            for first, last in ((0, len(repeated)), (start, end)) if repeated else ((start, end),):
                self.draw(slots, edges, heights, first, last)
            start = end
            if start < len(rows):
                self.turn()
        self.y -= 10

    def draw(self, slots: list[_Slot], edges: list[float], heights: list[float], first: int, last: int) -> None:
        """The rows from `first` to before `last` on this page."""
        tops = dict(enumerate(accumulate((-height for height in heights[first:last]), initial=self.y), first))
        for slot in slots:
            top, bottom = max(slot.top, first), min(slot.bottom, last)
            if top >= bottom:
                continue
            x0, x1, y1, y0 = edges[slot.left], edges[slot.right], tops[top], tops[bottom]
            for side in ((x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1)):
                self.streams[-1] += self.layout.rule(*side)
            room = int((y1 - y0 - 2 * _PADDING + 1) // _LEADING)
            shown, slot.lines = (slot.lines[:room], slot.lines[room:]) if slot.bottom > last else (slot.lines, [])
            if slot.bottom <= last and first == 0:
                slot.lines = shown  # may be drawn again over the next page
            for number, line in enumerate(shown, 1):
                self.streams[-1] += self.show(line, x0 + _PADDING, y1 - number * _LEADING, _SIZE)
        self.y = tops[last]


def _widths(rows: list[list[Box]]) -> list[float]:
    """Columns of labels wide, columns of figures as wide as is left."""
    width = sum(box.colspan for box in rows[0])
    values = max((sum(box.colspan for box in row if box.kind in ("value", "header")) for row in rows), default=0)
    labels = width - min(values, width)
    wide = 62.0 if labels > 1 else 130.0
    return [wide] * labels + [(_RIGHT - _LEFT - wide * labels) / (width - labels)] * (width - labels)


def _slots(rows: list[list[Box]], edges: list[float]) -> Iterator[_Slot]:
    taken: set[tuple[int, int]] = set()
    for number, row in enumerate(rows):
        at = 0
        for box in row:
            while (number, at) in taken:
                at += 1
            right = at + box.colspan
            taken.update((number + down, at + over) for down in range(box.rowspan) for over in range(box.colspan))
            room = edges[right] - edges[at] - 2 * _PADDING
            lines = [part for line in box.text.split("\n") for part in _wrapped(line, room, _SIZE) if part]
            yield _Slot(lines, at, right, number, min(number + box.rowspan, len(rows)))
            at = right


def _wrapped(text: str, width: float, size: int) -> Iterator[str]:
    """Lines no wider than `width`; figures are not broken."""
    line, used = "", 0.0
    for word in re.findall(r"[!-~]+|.", text):
        wide = sum(size / 2 if "\x20" <= char <= "\x7e" else size for char in word)
        if line and used + wide > width:
            yield line
            line, used = "", 0.0
        line += word
        used += wide
    yield line
