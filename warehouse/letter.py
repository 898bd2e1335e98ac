"""The data check sheet an agency is sent, as a Word file or a workbook: each figure as printed, and as it should be."""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from html import escape
from pathlib import Path

from warehouse.workbook import write_list

# Twips: A4 across, and its margins.
_PAPER = 'w:w="16838" w:h="11906" w:orient="landscape"'
_MARGIN = 1000
_ROOM = 16838 - 2 * _MARGIN
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_PART = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
# The same bytes for the same letter.
_MADE = (2000, 1, 1, 0, 0, 0)


def write_letter(
    file: Path, title: str, paragraphs: Sequence[str], columns: Mapping[str, int], rows: Sequence[Sequence[object]]
) -> None:
    """Write a letter: `columns` with their widths in characters, `rows` of values; an address in them becomes a link.

    `.docx` has the paragraphs over the table and room for an answer below it; `.xlsx` has the table alone. Raises
    ValueError for any other ending, OSError where it cannot be written.
    """
    if file.suffix.lower() == ".xlsx":
        write_list(file, title, columns, rows)
    elif file.suffix.lower() == ".docx":
        _write_docx(file, title, paragraphs, columns, rows)
    else:
        raise ValueError(f"{file}: found {file.suffix or 'no ending'}; expected a name that ends in .docx or .xlsx")


def _write_docx(
    file: Path, title: str, paragraphs: Sequence[str], columns: Mapping[str, int], rows: Sequence[Sequence[object]]
) -> None:
    links: list[str] = []
    body = "".join(_document(title, paragraphs, columns, rows, links))
    targets = "".join(
        f'<Relationship Id="l{number}" Type="{_OFFICE}/hyperlink" Target="{escape(link)}" TargetMode="External"/>'
        for number, link in enumerate(links)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_PART}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="d" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{targets}</Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{_WORD}" xmlns:r="{_OFFICE}"><w:body>{body}</w:body></w:document>',
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            data = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{text}'
            package.writestr(zipfile.ZipInfo(name, _MADE), data, zipfile.ZIP_DEFLATED)


def _document(
    title: str,
    paragraphs: Sequence[str],
    columns: Mapping[str, int],
    rows: Sequence[Sequence[object]],
    links: list[str],
) -> Iterator[str]:
    """The parts of a document; the addresses it links go into `links`."""
    yield _paragraph(_run(title, 36, "方正小标宋简体", bold=True), "center")
    for text in paragraphs:
        yield _paragraph(_run(text, 24), indent=True)
    whole = sum(columns.values())
    widths = [_ROOM * width // whole for width in columns.values()]
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    yield f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{edges}</w:tblBorders>'
    yield f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
    yield _row([_run(name, 20, bold=True) for name in columns], widths, "<w:tblHeader/>")
    for row in rows:
        yield _row([_value(value, links) for value in row], widths)
    yield f"</w:tbl>{_paragraph(_run('核对意见：', 24))}{_paragraph('')}"
    yield _paragraph(_run("核对人：　　　　　　　　　　　　日期：　　　　年　　月　　日", 24), "right")
    margins = " ".join(f'w:{side}="{_MARGIN}"' for side in ("top", "right", "bottom", "left"))
    yield f"<w:sectPr><w:pgSz {_PAPER}/><w:pgMar {margins}/></w:sectPr>"


def _row(cells: Sequence[str], widths: Sequence[int], properties: str = "") -> str:
    """A row that stays on one page."""
    made = (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{_paragraph(cell)}</w:tc>'
        for cell, width in zip(cells, widths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{properties}</w:trPr>{''.join(made)}</w:tr>"


def _value(value: object, links: list[str]) -> str:
    text = "" if value is None else f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
    if not text.startswith(("http://", "https://")):
        return _run(text, 20)
    links.append(text)
    return f'<w:hyperlink r:id="l{len(links) - 1}">{_run(text, 18, color="0563C1")}</w:hyperlink>'


def _paragraph(runs: str, align: str = "", *, indent: bool = False) -> str:
    properties = f'<w:jc w:val="{align}"/>' if align else ""
    properties = ('<w:ind w:firstLineChars="200" w:firstLine="480"/>' if indent else "") + properties
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def _run(text: str, size: int, font: str = "仿宋", *, bold: bool = False, color: str = "") -> str:
    """Text in half points; characters XML knows nothing of are left out."""
    shown = escape("".join(char for char in text if char >= " " or char == "\t"), quote=False)
    weight, ink = "<w:b/>" if bold else "", f'<w:color w:val="{color}"/>' if color else ""
    fonts = f'<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{font}"/>'
    properties = f'{fonts}{weight}{ink}<w:sz w:val="{size}"/>'
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{shown}</w:t></w:r>'
