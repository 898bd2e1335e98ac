"""Sheets of `tests.render` as OpenDocument texts, written by hand, and single tables with styles of their own."""

import io
import zipfile
from collections.abc import Mapping
from html import escape
from random import Random

from tests.render import Box, Layout, Sheet, back_matter, front_matter, padded, pieces_of

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_NAMES = {"office": "office", "text": "text", "table": "table", "style": "style", "draw": "drawing"}
SPACES = " ".join(f'xmlns:{prefix}="{_OASIS}:{name}:1.0"' for prefix, name in _NAMES.items())
SPACES += f' xmlns:fo="{_OASIS}:xsl-fo-compatible:1.0"'
TEXT, SHEET = "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet"


def pack(body: str, automatic: str = "", styles: str = "", media_type: str = TEXT) -> bytes:
    """An OpenDocument file around the content of its office:text or office:spreadsheet."""
    kind = "text" if media_type == TEXT else "spreadsheet"
    manifest = f'<manifest><file-entry full-path="/" media-type="{media_type}"/></manifest>'
    return archive(
        {
            "mimetype": media_type,
            "content.xml": f"<office:document-content {SPACES}><office:automatic-styles>{automatic}"
            f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}></office:body>"
            "</office:document-content>",
            "styles.xml": f"<office:document-styles {SPACES}><office:styles>{styles}</office:styles>"
            "</office:document-styles>",
            "META-INF/manifest.xml": manifest,
        }
    )


def flat(body: str, automatic: str = "") -> bytes:
    """The same as one XML file."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {SPACES} office:mimetype="{TEXT}">'
        f"<office:automatic-styles>{automatic}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body></office:document>"
    ).encode()


def archive(parts: Mapping[str, str]) -> bytes:
    """A zip file with these parts, the same bytes on every day."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(zipfile.ZipInfo(name), content.encode(), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def write_odt(sheets: list[Sheet], layout: Layout, rng: Random) -> bytes:
    """The OpenDocument text that prints these sheets. The same arguments give the same bytes."""
    parts = [*map(paragraph, front_matter(layout))]
    for sheet in sheets:
        parts.append(paragraph(sheet.heading))
        parts += [_table(rows, layout, rng) for rows in pieces_of(sheet, layout)]
    parts += map(paragraph, back_matter(layout))
    body = "".join(parts)
    if rng.random() < 0.3:
        body = f"<text:section>{body}</text:section>"
    return flat(body) if rng.random() < 0.3 else pack(body)


def paragraph(text: str) -> str:
    """A paragraph, each line of it in a span of its own."""
    lines = "<text:line-break/>".join(f"<text:span>{escape(line)}</text:span>" for line in text.split("\n"))
    return f"<text:p>{lines if text else ''}</text:p>"


def _table(rows: list[list[Box]], layout: Layout, rng: Random) -> str:
    width = sum(box.colspan for box in rows[0])
    lines, hanging = [], set[tuple[int, int]]()
    for number, row in enumerate(rows):
        cells, column, waiting = [], 0, list(row)
        while column < width:
            if (number, column) in hanging or not waiting:
                cells.append("<table:covered-table-cell/>")
                column += 1
                continue
            box = waiting.pop(0)
            spans = f' table:number-columns-spanned="{box.colspan}"' if box.colspan > 1 or rng.random() < 0.1 else ""
            spans += f' table:number-rows-spanned="{box.rowspan}"' if box.rowspan > 1 else ""
            inner = "".join(paragraph(padded(line, layout, rng)) for line in box.text.split("\n"))
            cells.append(f"<table:table-cell{spans}>{inner}</table:table-cell>")
            covered = box.colspan - 1
            if covered > 1 and rng.random() < 0.5:
                cells.append(f'<table:covered-table-cell table:number-columns-repeated="{covered}"/>')
            else:
                cells += ["<table:covered-table-cell/>"] * covered
            hanging.update(
                (number + down, column + over) for down in range(1, box.rowspan) for over in range(box.colspan)
            )
            column += box.colspan
        lines.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
    columns = f'<table:table-column table:number-columns-repeated="{width}"/>'
    if rng.random() < 0.3:
        lines[0] = f"<table:table-header-rows>{lines[0]}</table:table-header-rows>"
    return f"<table:table>{columns}{''.join(lines)}</table:table>"
