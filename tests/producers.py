"""Every shape of one report: sheets of `tests.render` written by our own producers and converted by others.

Our own are quick and need nothing; LibreOffice and Chromium print what an office or a browser makes of the same page,
where they are installed.
"""

import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from random import Random
from typing import Protocol

import pypdfium2 as pdfium

from tests import odf, ofd, ofd_office, workbook
from tests.browser import chromium, launched
from tests.docx import Paper, WordLayout, write_docx
from tests.extract.word97 import of_sheets
from tests.pdf import PdfLayout, bar, dashes, stroke, twice, write_pdf
from tests.render import COPIED, MARKDOWN, PIPED, TABBED, Layout, Sheet, write

Producer = Callable[[list[Sheet], Layout, Random], bytes]
Report = tuple[list[Sheet], Random]


class Printer(Protocol):
    """Prints reports, a PDF each; with `whole_rows` no page ends within a line."""

    def __call__(self, reports: Sequence[Report], *, whole_rows: bool = False) -> list[bytes]: ...


_STYLES = (TABBED, COPIED, PIPED, MARKDOWN)
_PAGE_FLAGS = ("nbsp", "thead", "ragged", "nested", "chrome", "hidden")
_WORD_FLAGS = ("hmerge", "runs", "tracked", "controls", "phantom", "boxed", "nested", "hidden")


def _some(rng: Random, names: Sequence[str]) -> dict[str, bool]:
    return {name: rng.random() < 0.3 for name in names}


def _common(layout: Layout) -> dict[str, object]:
    """The fields of a layout that hold for every shape."""
    return {field.name: getattr(layout, field.name) for field in fields(Layout)}


def _txt(sheets: list[Sheet], layout: Layout, rng: Random) -> bytes:
    return write(sheets, "txt", layout=Layout(**_common(layout) | {"style": rng.choice(_STYLES)}), rng=rng)


def _html(sheets: list[Sheet], layout: Layout, rng: Random) -> bytes:
    wrap = rng.choice(("", "p", "spans"))
    return write(sheets, "html", layout=Layout(**_common(layout) | _some(rng, _PAGE_FLAGS) | {"wrap": wrap}), rng=rng)


def _docx(sheets: list[Sheet], layout: Layout, rng: Random) -> bytes:
    return write_docx(sheets, WordLayout(**_common(layout) | _some(rng, _WORD_FLAGS)), rng)


def _doc(sheets: list[Sheet], layout: Layout, rng: Random) -> bytes:
    word = of_sheets(sheets, inside=rng.choice((1, 1, 2)), jitter=rng.choice((0, 1, 14)), phantom=rng.random() < 0.5)
    return word.to_bytes(piece=rng.choice((0, 500, 61)), compressed=rng.random() < 0.5, shuffled=rng.random() < 0.5)


def _pdf(sheets: list[Sheet], layout: Layout, rng: Random) -> bytes:
    drawn = {"rule": rng.choice((stroke, bar, dashes, twice)), "height": rng.choice((595, 3000))}
    return write_pdf(sheets, PdfLayout(**_common(layout) | drawn | {"again": rng.random() < 0.5}))


def _xlsx(sheets: list[Sheet], layout: Layout, rng: Random) -> bytes:
    return rng.choice([*workbook.PRODUCERS.values()])(sheets, workbook.drawn(layout, rng, grouped=False), rng)


def _xls(sheets: list[Sheet], layout: Layout, rng: Random) -> bytes:
    return workbook.by_xlwt(sheets, workbook.drawn(layout, rng, grouped=False), rng)


def _ods(sheets: list[Sheet], layout: Layout, rng: Random) -> bytes:
    return odf.write_ods(sheets, workbook.drawn(layout, rng, grouped=False), rng)


def _odt(sheets: list[Sheet], layout: Layout, rng: Random) -> bytes:
    return odf.write_odt(sheets, layout, rng)


def _ofd(sheets: list[Sheet], layout: Layout, rng: Random) -> bytes:
    return ofd.write_ofd(sheets, ofd.drawn(layout, rng))


# Shape → our own producer, its options drawn by the random numbers; a second one of a shape nobody else writes.
OWN: dict[str, Producer] = {
    "txt": _txt, "html": _html, "docx": _docx, "doc": _doc, "pdf": _pdf, "xlsx": _xlsx, "xls": _xls, "odt": _odt,
    "ods": _ods, "ofd": _ofd, "ofd of an office": ofd_office.write_ofd,
}  # fmt: skip

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
BROWSER = chromium()
# What LibreOffice makes of a page, by the name of its filter; a browser only prints.
_FILTERS = {
    "docx": "docx:Office Open XML Text", "doc": "doc:MS Word 97", "rtf": "rtf:Rich Text Format",
    "pdf": "pdf:writer_pdf_Export", "odt": "odt:writer8", "fodt": "fodt:OpenDocument Text Flat XML",
    "xlsx": "xlsx:Calc MS Excel 2007 XML", "xls": "xls:MS Excel 97", "ods": "ods:calc8",
}  # fmt: skip


def converted(pages: Sequence[bytes], shape: str, *, suffix: str = ".html") -> list[bytes]:
    """Web pages, or Word files, as LibreOffice writes them in a shape; all in one run of it."""
    assert OFFICE
    with tempfile.TemporaryDirectory() as folder:
        names = [Path(folder, f"{number}{suffix}") for number in range(len(pages))]
        for name, page in zip(names, pages, strict=True):
            name.write_bytes(page)
        found = Path(folder, "found")
        read_as = ["--infilter=HTML (StarWriter)"] if suffix == ".html" else []
        subprocess.run(
            [OFFICE, f"-env:UserInstallation=file://{folder}/profile", "--headless", *read_as, "--convert-to",
             _FILTERS[shape], "--outdir", str(found), *map(str, names)],
            check=True, capture_output=True, timeout=60 + 10 * len(pages),
        )  # fmt: skip
        return [(found / f"{name.stem}.{shape}").read_bytes() for name in names]


def printed(pages: Sequence[bytes]) -> list[bytes]:
    """Web pages as Chromium prints them."""
    with launched() as browser:
        tab = browser.new_page()
        found = []
        for page in pages:
            tab.set_content(page.decode())
            found.append(tab.pdf(prefer_css_page_size=True))
    return found


# -- reports on paper --------------------------------------------------------------------------------------------------
#
# Paper, margins and type are drawn, so that pages end anywhere in a table, and within its lines unless rows are whole.

_PAPERS = ((11906, 16838), (16838, 11906), (14572, 10319))  # A4 upright and across, B5 across, in twips


def _office_prints(reports: Sequence[Report], *, whole_rows: bool = False) -> list[bytes]:
    """Word files on all kinds of paper, as LibreOffice prints them."""
    words = []
    for sheets, rng in reports:
        width, height = rng.choice(_PAPERS)
        side = rng.choice((567, 1134, 1800))
        size = rng.choice((16, 18, 21, 24, 28))
        paper = Paper(width, height, rng.randrange(600, 2600), side, rng.randrange(600, 1800), size, whole_rows)
        words.append(write_docx(sheets, WordLayout(paper=paper), rng))
    return converted(words, "pdf", suffix=".docx")


def _browser_prints(reports: Sequence[Report], *, whole_rows: bool = False) -> list[bytes]:
    """Web pages on all kinds of paper, as Chromium prints them."""
    pages = []
    for sheets, rng in reports:
        layout = Layout(thead=rng.random() < 0.5, wrap=rng.choice(("", "p")))
        style = (
            f"@page {{ size: {rng.choice(('A4', 'A4 landscape', 'B5'))}; "
            f"margin: {rng.randrange(10, 40)}mm {rng.choice((8, 15, 28))}mm {rng.randrange(10, 40)}mm }}"
            f"body {{ margin: 0 }} td p {{ margin: 0 }} {'tr { break-inside: avoid }' if whole_rows else ''}"
            f"table {{ table-layout: fixed; width: 100%; border-collapse: {rng.choice(('collapse', 'separate'))} }}"
            f"td, th {{ font-size: {rng.choice((9, 10.5, 12, 14, 16))}pt; word-break: break-all;"
            f" vertical-align: {rng.choice(('top', 'middle'))} }}"
        )
        page = write(sheets, "html", layout=layout, rng=rng).decode()
        pages.append(page.replace("</head>", f"<style>{style}</style></head>", 1).encode())
    return printed(pages)


# Those that are installed, by their names.
PRINTERS: dict[str, Printer] = ({"LibreOffice": _office_prints} if OFFICE else {}) | (
    {"Chromium": _browser_prints} if BROWSER else {}
)


def shows_all(sheets: Sequence[Sheet], data: bytes) -> bool:
    """Whether the pages of a PDF show as many figures as the sheets.

    Where a merged cell meets the end of a page, LibreOffice may leave the rest of its table out.
    """
    with pdfium.PdfDocument(data) as document:
        text = "".join(page.get_textpage().get_text_range() for page in document)
    return _figures(text) >= _figures("".join(box.text for sheet in sheets for box in sheet.boxes("value")))


def _figures(text: str) -> Counter[str]:
    return Counter(filter(str.isdigit, text))
