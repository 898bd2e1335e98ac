"""Scans: read with the extra `ocr`, refused with its name without it."""

import re
from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import numpy
import pytest

from expectations.judge import Judged, judge_files
from extract.document import UnreadableFileError
from extract.formats.drawn import child, cleaning, image, pdf, upright
from extract.formats.drawn.lines import UNCLEAR
from extract.read import read_report
from extract.reading import ReadCell
from tests.pdf import document, show, table
from tests.scans import DAMAGES, bound, pictures
from transform.interpret import read_file

ROOT = Path(__file__).parents[2]
EXAMPLE = Path(__file__).parents[1] / "examples" / "pdf" / "chromium_2021.pdf"


def by_key(cells: Iterable[ReadCell]) -> dict[tuple[str, str], ReadCell]:
    """Cells by indicator and applicant."""
    return {(cell.indicator_code, cell.applicant_code): cell for cell in cells}


@pytest.fixture(scope="module")
def printed() -> dict[tuple[str, str], ReadCell]:
    """The cells of a report, from its text."""
    return by_key(read_report(EXAMPLE.read_bytes(), "text").cells)


@pytest.fixture(scope="module")
def scanned() -> Judged:
    """A scan of it: recognising one takes seconds."""
    pytest.importorskip("rapidocr", reason="the extra ocr is not installed")
    (judged,) = judge_files([(bound(pictures(EXAMPLE.read_bytes())), "scan")])
    return judged


@pytest.mark.slow
def test_a_scan_is_read_as_printed_and_every_cell_says_how(
    scanned: Judged, printed: dict[tuple[str, str], ReadCell]
) -> None:
    """The cells of a report, recognised: the same as from its text; each is marked, and no failure is the source's."""
    judged, cells = scanned, by_key(scanned.reading.cells)
    assert {key: cell.printed for key, cell in cells.items()} == {key: cell.printed for key, cell in printed.items()}
    assert {cell.method for cell in cells.values()} == {"ocr"}
    assert {cell.issue for cell in cells.values()} <= {"read_by_ocr", "label_aligned"}
    assert not any(check.attribution == "source" for check in judged.checks if check.severity == "statutory")
    assert judged.verdict is not None
    statutory = [check.outcome for check in judged.checks if check.severity == "statutory"]
    assert judged.verdict.verdict != "pass" or set(statutory) <= {"pass", "not_applicable"}


@pytest.mark.slow
def test_a_scan_names_boxes_in_the_measure_of_its_original(
    scanned: Judged, printed: dict[tuple[str, str], ReadCell]
) -> None:
    """Page by page, to three points."""

    def sides(place: str) -> list[float]:
        return [float(number) for number in re.findall(r"[\d.]+", place)]

    for key, cell in by_key(scanned.reading.cells).items():
        apart = zip(sides(cell.place), sides(printed[key].place), strict=True)
        assert all(abs(one - other) < 3 for one, other in apart), key


# The first two have half the pages of the others.
SAMPLES = (
    EXAMPLE, EXAMPLE.with_name("libreoffice_2019.pdf"),
    *((ROOT / "benchmarks" / "files" / f"{edition}.pdf") for edition in ("2019", "2021")),
)  # fmt: skip


@pytest.mark.slow
def test_damaged_scans_are_read_right_or_each_wrong_cell_has_an_issue(series: Callable[..., list[int]]) -> None:
    """Askew, coarse, faint, in shadow, under seals, by telephone: at least 99.5 % of the cells as printed, and no wrong
    one with no more said of it than that it was recognised. By night every sample in every way, else one in one.
    """
    pytest.importorskip("rapidocr", reason="the extra ocr is not installed")
    drawn = series(len(DAMAGES), 10)
    samples = SAMPLES if len(drawn) == len(DAMAGES) else [SAMPLES[sum(drawn) % 2]]
    total = right = 0
    for number, sample in product(drawn, samples):
        rng = Random(number)
        data = sample.read_bytes()
        printed = {(c.indicator_code, c.applicant_code): c.printed for c in read_report(data, "text").cells}
        scan = bound(DAMAGES[number](page, rng) for page in pictures(data))
        reading, report = read_file(scan, "scan")
        assert report is not None, reading.reason
        cells = {(c.indicator_code, c.applicant_code): c for c in reading.cells}
        named = {(i.indicator_code, i.applicant_code) for i in report.issues if i.code != "read_by_ocr"}
        wrong = {key for key, text in printed.items() if key not in cells or cells[key].printed != text}
        silent = {key for key in wrong if key not in named and cells[key].issue in ("", "read_by_ocr")}
        assert not silent, f"{sample.name} {DAMAGES[number].__name__}: {silent}"
        total, right = total + len(printed), right + len(printed) - len(wrong)
    assert total - right <= max(1, 0.005 * total), f"{right} of {total}"


def _ruled() -> Any:
    """A page of ruled cells."""
    page = numpy.full((2339, 1654), 255, numpy.uint8)
    for at in range(200, 1500, 200):
        page[at : at + 2, 200:1402] = page[200:1402, at : at + 2] = 120
    return page


def test_a_page_seen_from_aside_is_read_as_if_seen_from_above_and_its_places_told_as_they_were() -> None:
    """Rulings run level and upright, within two dots; a box is told where the picture has it."""
    cv2 = pytest.importorskip("cv2", reason="the extra ocr is not installed")
    corners = numpy.array([(0, 0), (1654, 0), (1654, 2339), (0, 2339)], numpy.float32)
    seen = corners + numpy.array([(60, 20), (-30, 0), (0, -25), (0, 0)], numpy.float32)
    away = cv2.getPerspectiveTransform(corners, seen)
    picture = cv2.warpPerspective(_ruled(), away, (1654, 2339), borderValue=255)
    back = upright.to_upright(picture, 255 - picture, 200 / 72)
    assert back is not None
    places = cv2.perspectiveTransform(numpy.array([[(200, 200), (1400, 200), (1400, 1400), (200, 1400)]], float), away)
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = cv2.perspectiveTransform(places, back)[0]
    assert max(abs(x0 - x3), abs(x1 - x2), abs(y0 - y1), abs(y2 - y3)) < 2
    x, y, *_ = upright.before((x0 * 0.36, y0 * 0.36, x2 * 0.36, y2 * 0.36), back, 200 / 72)
    assert x == pytest.approx(0.36 * min(places[0, 0, 0], places[0, 3, 0]), abs=0.5)
    assert y == pytest.approx(0.36 * min(places[0, 0, 1], places[0, 1, 1]), abs=0.5)
    assert upright.to_upright(_ruled(), 255 - _ruled(), 200 / 72) is None
    empty = numpy.full((2339, 1654), 255, numpy.uint8)
    assert upright.to_upright(empty, 255 - empty, 200 / 72) is None


def test_a_red_seal_is_no_print_and_red_print_is() -> None:
    """What shines through a seal stays, be it as pale as a ruling; figures in red stay as dark as others."""
    cv2 = pytest.importorskip("cv2", reason="the extra ocr is not installed")
    red = (40, 40, 210)
    page = cv2.cvtColor(_ruled(), cv2.COLOR_GRAY2BGR)
    cv2.putText(page, "120", (430, 350), cv2.FONT_HERSHEY_SIMPLEX, 1, red, 3, cv2.LINE_AA)
    seal = numpy.full_like(page, 255)
    cv2.circle(seal, (900, 900), 180, red, 60, cv2.LINE_AA)
    grey, stamps = cleaning.without_stamps(numpy.minimum(page, seal), 200 / 72)
    assert grey[320:350, 430:490].min() < 80
    assert grey[900, 700] > 235
    assert grey[1000:1002, 1050:1080].max() < 190
    assert stamps[900, 720]
    assert not stamps[300:360, 400:520].any()


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"II*\x00",
        bound([numpy.full((300, 200, 3), 255, numpy.uint8)]),
        document(show("2222", 60, 700, font="U") + "".join(show("2222", 60, 60 + 20 * n, font="U") for n in range(9))),
    ],
    ids=["png", "jpeg", "tiff", "scan", "font without a map"],
)
def test_without_the_extra_a_scan_names_it(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unreadable, and what to install: never a file that is no report."""
    monkeypatch.setattr(image, "find_spec", lambda name: None)
    monkeypatch.setattr(child, "call", lambda function, data: function(data))
    reading = read_report(data, "scan")
    assert reading.outcome == "unreadable"
    assert reading.reason.startswith("needs_ocr: ")
    assert "pip install 'gongkai[ocr]'" in reading.reason


def test_pages_whose_figures_alone_cannot_be_told_are_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a page that is in order, and among labels and prose that are: the page is named that has to be."""
    monkeypatch.setattr(image, "find_spec", lambda name: None)
    monkeypatch.setattr(child, "call", lambda function, data: function(data))
    prose = "".join(show("本机关按时公开了应当公开的内容，并回复了申请。", 60, 400 - 14 * n) for n in range(24))
    widths = (160, 80, 80)
    labels = ["信息内容", "规章", "行政规范性文件", "行政许可", "行政处罚", "行政强制", "行政事业性收费"]
    told = table(60, 700, [[label, "12", "305"] for label in labels], widths) + prose
    bare = table(60, 700, [[label, "", ""] for label in labels], widths) + prose
    untold = bare + "".join(show("22", x, 686 - 20 * n, font="U") for n in range(7) for x in (222, 302))
    assert pdf.read(document(told, bare)).doubt == ""
    with pytest.raises(UnreadableFileError, match="needs_ocr: page 2 has no text, or none whose fonts tell"):
        pdf.read(document(told, untold))
    few = bare + "".join(show("22", 222, 686 - 20 * n, font="U") for n in range(3))
    cells = [cell.text for grid in pdf.read(document(told, few)).grids for row in grid.rows for cell in row]
    assert sum(UNCLEAR in text for text in cells) == 3


LAYER = "q 595 0 0 842 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI Q 3 Tr\n"


def test_a_text_layer_over_a_picture_is_somebody_elses_recognition(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page whose text is invisible over a picture: without the extra its text counts, each cell read by OCR."""
    monkeypatch.setattr(image, "find_spec", lambda name: None)
    monkeypatch.setattr(child, "call", lambda function, data: function(data))
    rows = [["信息内容", "本年制发件数"], ["规章", "12"], ["行政规范性文件", "305"]]
    read = pdf.read(document(LAYER + table(60, 700, rows, (120, 90))))
    assert read.doubt == "read_by_ocr"
    assert [[cell.text for cell in row] for row in read.grids[0].rows] == rows
    assert pdf.read(document(LAYER.replace("3 Tr", "") + table(60, 700, rows, (120, 90)))).doubt == ""


def test_a_picture_has_no_paper() -> None:
    """Its boxes are told in its own pixels, from the top; those of a scanned page in points, from the bottom."""
    box = (10.0, 20.0, 30.0, 40.0)
    assert image.View(2.5, 0).place(1, box) == "picture, box 25,50,75,100 pixels"
    assert image.View(2.5, 800).place(3, box) == "page 3, box 10.0,760.0,30.0,780.0"
