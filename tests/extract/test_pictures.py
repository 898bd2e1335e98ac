"""Pictures instead of text: whatever their format they are scans, and a report whose tables are pictures says so."""

from binascii import b2a_base64
from collections.abc import Callable

import pytest

from extract.formats.drawn import child, image
from extract.read import read_report
from tests.docx import OFFICE, embedding, pack

BITMAP = b"BM" + (200).to_bytes(4, "little") + bytes(4) + b"\x36\x00\x00\x00" + bytes(100)
FILES = {
    "image/gif": b"GIF89a\x01\x00\x01\x00" + bytes(30),
    "image/bmp": BITMAP,
    "image/webp": b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(30),
    "image/png": b"\x89PNG\r\n\x1a\n" + bytes(30),
    "image/jpeg": b"\xff\xd8\xff\xe0" + bytes(30),
    "image/tiff": b"II*\x00" + bytes(30),
}  # fmt: skip
TITLE = "示例县人民政府2023年政府信息公开工作年度报告"
TABLE = ["规章", "12"]
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SPACE = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"


@pytest.mark.parametrize("media_type", FILES)
def test_pictures_of_every_format_need_recognition(media_type: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the reason says so."""
    monkeypatch.setattr(image, "find_spec", lambda name: None)
    monkeypatch.setattr(child, "call", lambda function, data: function(data))
    reading = read_report(FILES[media_type], "scan")
    assert (reading.outcome, reading.media_type) == ("unreadable", media_type)
    assert reading.reason.startswith("needs_ocr")


@pytest.mark.parametrize("media_type", FILES)
def test_damaged_pictures_of_every_format_say_so(media_type: str) -> None:
    """With the extra, in the process that opens drawn pages."""
    pytest.importorskip("rapidocr", reason="the extra ocr is not installed")
    reading = read_report(FILES[media_type], "scan")
    assert (reading.outcome, reading.media_type) == ("unreadable", media_type)
    assert reading.reason == "the picture is damaged; expected one that can be opened"


def test_text_that_begins_like_a_bitmap_is_text() -> None:
    """BM may be the first letters of a name."""
    assert read_report("BMW示例县政府信息公开".encode(), "a.txt").media_type == "text/plain"


def page(picture: str, title: str = TITLE) -> bytes:
    """A report in which a picture stands."""
    return f"<html><body><h1>{title}</h1><p>一、总体情况</p><p>{picture}</p></body></html>".encode()


def word(width: str) -> bytes:
    """The same as a Word file; the picture is so many English Metric Units wide."""
    drawing = f'<w:drawing><wp:inline xmlns:wp="{SPACE}"><wp:extent cx="{width}" cy="9"/></wp:inline></w:drawing>'
    return pack(f"<w:p><w:r><w:t>{TITLE}</w:t></w:r></w:p><w:p><w:r>{drawing}</w:r></w:p>")


@pytest.mark.parametrize(
    "data",
    [
        page('<img src="a.png" width="640">'), page("<img style='width: 600.5px' src=a.png>"), word("5000000"),
        page(f'<img src="data:image/png;base64,{"A" * 30_000}">'),
    ],
)  # fmt: skip
def test_a_report_whose_tables_are_pictures_says_so(data: bytes) -> None:
    """It is a report, and not read: whoever looks for what is missing finds it."""
    reading = read_report(data, "report")
    assert reading.outcome == "unreadable"
    assert reading.reason.startswith("needs_ocr: the document calls itself the report of a year")


def inside(picture: bytes) -> bytes:
    """The same as a web page that holds the picture."""
    return page(f'<img src="data:image/png;base64,{b2a_base64(picture, newline=False).decode()}">')


def drawn(picture: bytes) -> bytes:
    """The same as a Word file that holds the picture."""
    blip = f'<a:blip xmlns:a="{DRAWING}" xmlns:r="{OFFICE}/relationships" r:embed="p"/>'
    drawing = f'<w:drawing><wp:inline xmlns:wp="{SPACE}"><wp:extent cx="5000000" cy="9"/>{blip}</wp:inline></w:drawing>'
    body = f"<w:p><w:r><w:t>{TITLE}</w:t></w:r></w:p><w:p><w:r>{drawing}</w:r></w:p>"
    return embedding(body, f"{OFFICE}/relationships/image", "p", "media/image1.png", picture)


@pytest.mark.parametrize("held", [inside, drawn])
def test_pictures_in_place_of_tables_are_read_where_recognition_is_there(
    held: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tables drawn in the pictures a report holds are its tables, and every cell says how it was read."""
    monkeypatch.setattr(image, "find_spec", lambda name: True)
    asked: list[bytes] = []

    def recognised(function: child.Function, data: bytes) -> child.Answer:
        asked.append(data)
        return {"title": "", "blocks": [[row] for row in [[(text, 1, 1, "picture", 0, 1, 1)] for text in TABLE]]}

    monkeypatch.setattr(child, "call", recognised)
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 80
    reading = read_report(held(picture), "report")
    assert asked == [len(picture).to_bytes(4, "big") + picture]
    assert reading.document.doubt == "read_by_ocr"
    assert [grid.rows[0][0].text for grid in reading.document.grids] == TABLE
    assert reading.reason.startswith("the document calls itself the report of a year, and no statutory table")
    monkeypatch.setattr(image, "find_spec", lambda name: None)
    assert read_report(held(picture), "report").reason.startswith("needs_ocr: the document calls itself")


@pytest.mark.parametrize(
    "data",
    [
        page('<img src="logo.png" width="60">'), page('<img src="a.png">'), word("50000"), word("wide"),
        page('<img src="a.png" width="640">', "公开指南"),
    ],
)  # fmt: skip
def test_other_pictures_say_nothing(data: bytes) -> None:
    """Signs of a site, pictures of no known size, pages that are no report."""
    reading = read_report(data, "page")
    assert reading.outcome in ("not_a_report", "report_without_tables")
    assert "needs_ocr" not in reading.reason
