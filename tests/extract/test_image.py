"""Scans: read with the extra `ocr`, refused with its name without it."""

import zlib
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from expectations.judge import judge_files
from extract.formats.drawn import child, image, pdf
from extract.read import read_report
from tests.pdf import document, show, table

EXAMPLE = Path(__file__).parents[1] / "examples" / "pdf" / "chromium_2021.pdf"


def scan(data: bytes, dots: float = 200 / 72) -> bytes:
    """A PDF of pictures of the pages of another one."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    with pdfium.PdfDocument(data) as document:
        kids = " ".join(f"{3 + 3 * number} 0 R" for number in range(len(document)))
        objects.append(f"<< /Type /Pages /Count {len(document)} /Kids [{kids}] >>".encode())
        for number, page in enumerate(document):
            width, height = page.get_size()
            grey = page.render(scale=dots, grayscale=True).to_numpy().squeeze()
            packed = zlib.compress(grey.tobytes())
            shown = f"{width} 0 0 {height} 0 0 cm /X Do".encode()
            first = 3 + 3 * number
            objects += [
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents {first + 1} 0 R /Resources"
                f" << /XObject << /X {first + 2} 0 R >> >> >>".encode(),
                b"<< /Length %d >> stream\n%s\nendstream" % (len(shown), shown),
                b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8 "
                b"/Filter /FlateDecode /Length %d >> stream\n%s\nendstream"
                % (grey.shape[1], grey.shape[0], len(packed), packed),
            ]
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    references = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(offsets) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{references}trailer << /Size {size} /Root 1 0 R >>\n"
    return out + f"{end}startxref\n{len(out)}\n%%EOF\n".encode()


def test_a_scan_is_read_as_printed_and_every_cell_says_how() -> None:
    """The cells of a report, recognised: the same as from its text; each is marked, and no failure is the source's."""
    pytest.importorskip("rapidocr", reason="the extra ocr is not installed")
    printed = {(c.indicator_code, c.applicant_code): c.printed for c in read_report(EXAMPLE.read_bytes(), "text").cells}
    (judged,) = judge_files([(scan(EXAMPLE.read_bytes()), "scan")])
    cells = {(c.indicator_code, c.applicant_code): c for c in judged.reading.cells}
    assert {key: cell.printed for key, cell in cells.items()} == printed
    assert {cell.method for cell in cells.values()} == {"ocr"}
    assert {cell.issue for cell in cells.values()} <= {"read_by_ocr", "label_aligned"}
    assert not any(check.attribution == "source" for check in judged.checks if check.severity == "statutory")
    assert judged.verdict is not None
    statutory = [check.outcome for check in judged.checks if check.severity == "statutory"]
    assert judged.verdict.verdict != "pass" or set(statutory) <= {"pass", "not_applicable"}


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"II*\x00",
        scan(EXAMPLE.read_bytes(), 0.2),
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
