"""Every shape of one report: sheets of `tests.render` written by our own producers and converted by others.

Our own are quick and need nothing; LibreOffice and Chromium print what an office or a browser makes of the same page,
where they are installed.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from random import Random

from tests.docx import WordLayout, write_docx
from tests.extract.word97 import of_sheets
from tests.pdf import PdfLayout, bar, dashes, stroke, twice, write_pdf
from tests.render import COPIED, MARKDOWN, PIPED, TABBED, Layout, Sheet, write

Producer = Callable[[list[Sheet], Layout, Random], bytes]

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


# Shape → our own producer, its options drawn by the random numbers.
OWN: dict[str, Producer] = {"txt": _txt, "html": _html, "docx": _docx, "doc": _doc, "pdf": _pdf}

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
# What LibreOffice makes of a page, by the name of its filter; a browser only prints.
_FILTERS = {"docx": "docx:Office Open XML Text", "doc": "doc:MS Word 97", "pdf": "pdf:writer_pdf_Export"}


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
    assert BROWSER
    found = []
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "page.html"), Path(folder, "page.pdf")
        for page in pages:
            source.write_bytes(page)
            subprocess.run(
                [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile",
                 f"--print-to-pdf={target}", "--no-pdf-header-footer", str(source)],
                check=True, capture_output=True, timeout=120,
            )  # fmt: skip
            found.append(target.read_bytes())
    return found
