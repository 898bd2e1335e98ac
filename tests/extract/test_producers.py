"""Every shape by each of its producers: what goes in comes out, cell by cell, or is marked; nothing silently wrong.

By night some two hundred reports of every producer, else one of each edition.
"""

import shutil
from binascii import b2a_base64
from collections import Counter
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from typing import Any

import numpy
import pytest

from extract.formats.archive import members
from extract.formats.drawn import child, image
from extract.sniff import parse
from tests import archives, workbook
from tests.damage import Case, account, damaged
from tests.docx import OFFICE as SPACE
from tests.docx import embedding
from tests.producers import OFFICE, OWN, converted
from tests.render import Layout, write
from tests.scans import pictures
from tests.strategies import EDITIONS

pytestmark = pytest.mark.slow

NIGHT = 35  # reports of a producer in an edition by night, else one
BUNDLE = 21  # reports in an archive

Batch = Callable[[Sequence[Case]], list[bytes]]


@pytest.fixture(name="cases")
def drawn_cases(series: Callable[..., list[int]]) -> list[Case]:
    """Damaged reports of every edition."""
    numbers = [len(EDITIONS) * turn + place for turn in series(NIGHT, NIGHT) for place in range(len(EDITIONS))]
    return [damaged(EDITIONS[number % len(EDITIONS)], f"produced {number}") for number in numbers]


def books(cases: Sequence[Case], writer: workbook.Writer) -> list[bytes]:
    """Workbooks of them."""
    return [writer(case.sheets, workbook.drawn(case.layout, case.rng), case.rng) for case in cases]


def office_text(shape: str) -> Batch:
    """LibreOffice, of web pages."""

    def batch(cases: Sequence[Case]) -> list[bytes]:
        pages = [write(c.sheets, "html", layout=Layout(thead=True, wrap="p"), rng=c.rng) for c in cases]
        return converted(pages, shape)

    return batch


def office_book(shape: str) -> Batch:
    """LibreOffice, of workbooks."""
    return lambda cases: converted(books(cases, workbook.by_xlsxwriter), shape, suffix=".xlsx")


def by(writer: workbook.Writer) -> Batch:
    """A library for workbooks."""
    return lambda cases: books(cases, writer)


BATCHES: dict[str, Batch] = {name: by(writer) for name, writer in workbook.PRODUCERS.items()}
if OFFICE:
    BATCHES |= {f"LibreOffice {shape}": office_text(shape) for shape in ("rtf", "odt", "fodt")}
    BATCHES |= {f"LibreOffice {shape}": office_book(shape) for shape in ("xlsx", "xls", "ods")}


def held(cases: Sequence[Case], files: Sequence[bytes], *, whole: bool) -> None:
    """No cell is silently wrong, nearly all are right; of a `whole` series more than of a few of it."""
    fates: Counter[str] = Counter()
    for case, data in zip(cases, files, strict=True):
        found, _ = account(case, data)
        assert not found["silent"], case.edition
        fates += found
    assert fates["right"] >= (0.99 if whole else 0.95) * sum(fates.values()), fates


@pytest.mark.parametrize("name", BATCHES)
def test_reports_of_a_producer_come_back(name: str, cases: list[Case]) -> None:
    """Damaged as those of our own are."""
    held(cases, BATCHES[name](cases), whole=len(cases) > len(EDITIONS))


@pytest.mark.parametrize("kind", archives.KINDS | archives.TOOLS)
def test_bundles_of_a_packer_hold_their_reports(kind: str, cases: list[Case]) -> None:
    """Every file comes out as it went in, and is the report it was."""
    pack = (archives.KINDS | archives.TOOLS)[kind]
    shapes = ("txt", "html", "docx", "xlsx", "ods")
    for start in range(0, len(cases), BUNDLE):
        bundled = cases[start : start + BUNDLE]
        files = {}
        for number, case in enumerate(bundled):
            shape = shapes[number % len(shapes)]
            name = f"{number}.{shape}" if kind == "rar" else f"示例县 第{number}号.{shape}"
            files[name] = OWN[shape](case.sheets, case.layout, case.rng)
        found = list(members(pack(files), f"bundle.{kind}"))
        assert [(member.name, member.data, member.reason) for member in found] == [
            (*file, "") for file in files.items()
        ]
        held(bundled, [member.data for member in found], whole=len(cases) > len(EDITIONS))


def test_packed_files_come_back(cases: list[Case]) -> None:
    """A report in a .gz, by a library and by the tool."""
    for case in cases:
        data = OWN["txt"](case.sheets, case.layout, case.rng)
        packed = [archives.gzipped(data)]
        packed += [archives.gzipped_by_tool("report.txt", data)] if shutil.which("gzip") else []
        for one in packed:
            assert [(m.name, m.data) for m in members(one, "report.txt.gz")] == [("report.txt", data)]


# -- pictures ----------------------------------------------------------------------------------------------------------
#
# What is recognised in a picture hangs on its dots alone: they must come to the recogniser as they were drawn, and as
# another library sees them, for OpenCV's GIFs have fewer colours. The tests of recognition read PNGs.

cv2: Any = import_module("cv2") if find_spec("cv2") else None  # of the extra ocr
Image: Any = import_module("PIL.Image") if find_spec("PIL") else None


def by_opencv(kind: str, page: Any) -> bytes:
    """OpenCV's picture of a page."""
    how = [cv2.IMWRITE_WEBP_QUALITY, 101] if kind == "webp" else []
    return bytes(cv2.imencode(f".{kind}", page, how)[1])


def by_pillow(kind: str, page: Any) -> bytes:
    """Pillow's."""
    target = BytesIO()
    Image.fromarray(page[:, :, 0]).save(target, kind, **({"lossless": True, "method": 0} if kind == "webp" else {}))
    return target.getvalue()


def inside_page(picture: bytes) -> bytes:
    """A web page that holds a picture."""
    inline = b2a_base64(picture, newline=False).decode()
    return f'<html><body><h1>title</h1><img src="data:image/png;base64,{inline}" width="640"></body></html>'.encode()


def inside_word(picture: bytes) -> bytes:
    """A Word file that holds it."""
    drawing = "http://schemas.openxmlformats.org/drawingml/2006"
    blip = f'<a:blip xmlns:a="{drawing}/main" xmlns:r="{SPACE}/relationships" r:embed="p"/>'
    inline = f'<wp:inline xmlns:wp="{drawing}/wordprocessingDrawing"><wp:extent cx="5000000" cy="9"/>{blip}</wp:inline>'
    body = f"<w:p><w:r><w:drawing>{inline}</w:drawing></w:r></w:p>"
    return embedding(body, f"{SPACE}/relationships/image", "p", "media/image1.png", picture)


def inside_office(files: Sequence[bytes]) -> list[bytes]:
    """The Word files LibreOffice makes of web pages that hold them."""
    return converted([inside_page(picture) for picture in files], "docx")


@pytest.fixture(name="pages")
def drawn_pages(cases: list[Case]) -> list[Any]:
    """The first page of each report, in as many greys as a GIF has."""
    pytest.importorskip("rapidocr", reason="the extra ocr is not installed")
    drawn = []
    for case in cases:
        grey = next(pictures(OWN["pdf"](case.sheets, case.layout, case.rng), 72))[:, :, 1]
        drawn.append(numpy.repeat(grey[:, :, None], 3, axis=2))
    return drawn


@pytest.mark.parametrize("producer", [by_opencv, by_pillow])
@pytest.mark.parametrize("kind", ["gif", "bmp", "webp", "png"])
def test_the_dots_of_a_picture_come_to_the_recogniser(
    kind: str, producer: Callable[[str, Any], bytes], pages: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever they were packed in."""
    came: list[Any] = []

    class Recogniser:
        def page(self, number: int, colours: Any, dots: float) -> Any:
            came.append(colours)
            raise StopIteration

    monkeypatch.setattr(image, "_Reader", Recogniser)
    monkeypatch.setattr(child, "allow", lambda seconds: None)
    for page in pages:
        picture = producer(kind, page)
        with pytest.raises(StopIteration):
            image.read_pictures([picture], paper=False)
        dots = came.pop()
        assert (dots == numpy.asarray(Image.open(BytesIO(picture)).convert("RGB"))[:, :, ::-1]).all()
        assert (dots == page).all() or (kind == "gif" and producer is by_opencv)


def test_pictures_come_out_of_what_holds_them(pages: list[Any]) -> None:
    """Byte by byte: those in a web page, and in a Word file of ours or of LibreOffice."""
    files = [by_pillow("png", page) for page in pages]
    assert [parse(inside_page(picture)).held for picture in files] == [[picture] for picture in files]
    assert [parse(inside_word(picture)).held for picture in files] == [[picture] for picture in files]
    if OFFICE:
        assert [parse(data).held for data in inside_office(files)] == [[picture] for picture in files]
