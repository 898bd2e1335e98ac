"""Sheets of `tests.render` written as PDF files, and what such files are drawn with.

`write_pdf(lay_out(...), layout)` breaks tables wherever the page ends: a cell cut by the break shows the lines of its
text that fit above it and the rest below, as word processors do.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from tests.render import Box, Layout, Sheet, back, front

PAGE_WIDTH, PAGE_HEIGHT, MARGIN = 595, 842, 40
SIZE = 8
LEADING = 10
# Widths a column asks for; all are stretched to the page.
_LABEL_WIDTH, _VALUE_WIDTH = 80, 44

_FONTS = (
    b"<< /F << /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts"
    b" [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo"
    b" << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 /W [1 95 500 814 939 500] >>] >>"
    b" /U << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Differences [50 /unheard] >> >> >>"
)


def show(text: str, x: float, y: float, size: float = 10, turn: str = "1 0 0 1", font: str = "F") -> str:
    """Text with its base line at a point."""
    shown = f"<{text.encode('utf-16-be').hex()}>" if font == "F" else f"({text})"
    return f"BT /{font} {size} Tf {turn} {x:g} {y:g} Tm {shown} Tj ET\n"


def stroke(x0: float, y0: float, x1: float, y1: float) -> str:
    """A line."""
    return f"0.5 w {x0:g} {y0:g} m {x1:g} {y1:g} l S\n"


def document(*pages: str, extra: str = "", objects: tuple[bytes, ...] = (), trailer: str = "") -> bytes:
    """The bytes of a PDF with these content streams; `extra` goes into the page dictionaries."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        _FONTS,
    ]
    first = 4 + 2 * len(pages)
    for n, page in enumerate(pages):
        packed = zlib.compress(page.encode())
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAGE_WIDTH} {PAGE_HEIGHT}] /Contents {5 + 2 * n} 0 R"
            f" /Resources << /Font 3 0 R /XObject << /X {first} 0 R >> >> {extra.format(first=first)} >>".encode()
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


# -- whole reports ---------------------------------------------------------------------------------------------------


def write_pdf(sheets: list[Sheet], layout: Layout) -> bytes:
    """The file that prints these sheets."""
    pages = _Pages()
    for text in front(layout):
        pages.print(text)
    for sheet in sheets:
        pages.print(sheet.heading)
        pages.draw(sheet.rows)
    for text in back(layout):
        pages.print(text)
    return document(*pages.drawn)


@dataclass
class _Placed:
    """A box on its rows and columns of the grid, its text in lines."""

    box: Box
    row: int
    column: int
    lines: list[str]


class _Pages:
    """Pages being filled from top to bottom."""

    def __init__(self) -> None:
        self.drawn = [""]
        self.y: float = PAGE_HEIGHT - MARGIN

    def print(self, text: str) -> None:
        """A paragraph."""
        for line in _wrapped(text, PAGE_WIDTH - 2 * MARGIN, 10):
            self._need(16)
            self.y -= 16
            self.drawn[-1] += show(line, MARGIN, self.y + 4)

    def draw(self, rows: list[list[Box]]) -> None:
        """A ruled table, as many rows on each page as fit."""
        placed = _place(rows)
        columns = max(p.column + p.box.colspan for p in placed)
        edges = _edges(placed, columns)
        for p in placed:
            p.lines = _wrapped(p.box.text, edges[p.column + p.box.colspan] - edges[p.column] - 4, SIZE)
        heights = _heights(placed, len(rows))
        first = 0
        while first < len(rows):
            self._need(heights[first])
            end, used = first, 0.0
            while end < len(rows) and used + heights[end] <= self.y - MARGIN:
                used += heights[end]
                end += 1
            self._part(placed, edges, heights, first, max(end, first + 1))
            first = max(end, first + 1)
        self.y -= 8

    def _part(self, placed: list[_Placed], edges: list[float], heights: list[float], first: int, end: int) -> None:
        tops = [self.y - height for height in accumulate(heights[first:end], initial=0.0)]
        for p in placed:
            top, bottom = max(p.row, first), min(p.row + p.box.rowspan, end)
            if top >= bottom:
                continue
            x0, x1 = edges[p.column], edges[p.column + p.box.colspan]
            y1, y0 = tops[top - first], tops[bottom - first]
            self.drawn[-1] += stroke(x0, y1, x1, y1) + stroke(x0, y0, x1, y0)
            self.drawn[-1] += stroke(x0, y0, x0, y1) + stroke(x1, y0, x1, y1)
            fitting = len(p.lines) if bottom == p.row + p.box.rowspan else int((y1 - y0 - 4) / LEADING)
            now, p.lines = p.lines[:fitting], p.lines[fitting:]
            middle = (y1 + y0) / 2 + len(now) * LEADING / 2
            for number, line in enumerate(now, 1):
                self.drawn[-1] += show(line, x0 + 2, middle - number * LEADING + 2, SIZE)
        self.y = tops[-1]

    def _need(self, height: float) -> None:
        if self.y - height < MARGIN:
            self.drawn.append("")
            self.y = PAGE_HEIGHT - MARGIN


def _place(rows: list[list[Box]]) -> list[_Placed]:
    taken: set[tuple[int, int]] = set()
    placed = []
    for number, row in enumerate(rows):
        column = 0
        for box in row:
            while (number, column) in taken:
                column += 1
            rowspan = min(box.rowspan, len(rows) - number)
            taken |= {(number + down, column + across) for down in range(rowspan) for across in range(box.colspan)}
            placed.append(_Placed(box, number, column, []))
    return placed


def _edges(placed: list[_Placed], columns: int) -> list[float]:
    """Where columns begin and end; those of labels are wider."""
    labels = {p.column + n for p in placed if p.box.kind == "label" for n in range(p.box.colspan)}
    widths = [_LABEL_WIDTH if column in labels else _VALUE_WIDTH for column in range(columns)]
    scale = (PAGE_WIDTH - 2 * MARGIN) / sum(widths)
    return [round(edge, 1) for edge in accumulate((width * scale for width in widths), initial=MARGIN)]


def _heights(placed: list[_Placed], rows: int) -> list[float]:
    heights = [LEADING + 4.0] * rows
    for p in sorted(placed, key=lambda p: p.box.rowspan):
        last = min(p.row + p.box.rowspan, rows)
        lacking = len(p.lines) * LEADING + 4 - sum(heights[p.row : last])
        if lacking > 0:
            heights[last - 1] += lacking
    return heights


def _wrapped(text: str, width: float, size: float) -> list[str]:
    return [line for part in text.split("\n") for line in _broken(part, width, size)]


def _broken(text: str, width: float, size: float) -> Iterator[str]:
    """A text in lines; a number is never broken."""
    line, used = "", 0.0
    for word in _words(text):
        wide = sum(size if character > "\u2000" else size / 2 for character in word)
        if line and used + wide > width:
            yield line
            line, used = "", 0.0
        line, used = line + word, used + wide
    if line:
        yield line


def _words(text: str) -> Iterator[str]:
    """Chinese one character after the other, figures and signs as a whole."""
    word = ""
    for character in text:
        if character < "\u2000":
            word += character
        else:
            if word:
                yield word
            word = ""
            yield character
    if word:
        yield word
