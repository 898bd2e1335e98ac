"""Sheets of `tests.render` as OpenDocument texts and spreadsheets, written by hand, and tables with styles."""

import io
import zipfile
from collections.abc import Mapping
from html import escape
from random import Random

from extract.formats.sheet.printed import shown
from tests.render import Box, Layout, Sheet, back_matter, front_matter, padded, pieces_of
from tests.workbook import OTHER, BookLayout, Put, place

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_NAMES = {
    "office": "office",
    "text": "text",
    "table": "table",
    "style": "style",
    "draw": "drawing",
    "number": "datastyle",
    "config": "config",
}
SPACES = " ".join(f'xmlns:{prefix}="{_OASIS}:{name}:1.0"' for prefix, name in _NAMES.items())
SPACES += f' xmlns:fo="{_OASIS}:xsl-fo-compatible:1.0" xmlns:svg="{_OASIS}:svg-compatible:1.0"'
SPACES += ' xmlns:xlink="http://www.w3.org/1999/xlink"'
SPACES += "".join(
    f' xmlns:{prefix}="urn:org:documentfoundation:names:experimental:{name}:xmlns:{prefix}:1.0"'
    for prefix, name in (("loext", "office"), ("calcext", "calc"))
)
TEXT, SHEET = "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet"


def pack(body: str, automatic: str = "", styles: str = "", media_type: str = TEXT, settings: str = "") -> bytes:
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
            "settings.xml": f"<office:document-settings {SPACES}>{settings}</office:document-settings>",
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


# -- spreadsheets ------------------------------------------------------------------------------------------------------


def write_ods(sheets: list[Sheet], layout: BookLayout, rng: Random) -> bytes:
    """The OpenDocument spreadsheet that prints these sheets. The same arguments give the same bytes."""
    tables = [_worksheet(name, cells, layout, rng) for name, cells in place(sheets, layout, rng)]
    if layout.unseen:
        row = f"<table:table-row>{_value_cell(Put(0, 0, 1, 1, 7), '')}</table:table-row>"
        tables.append(f'<table:table table:name="h" table:style-name="gone">{row}</table:table>')
    gone = (
        '<style:style style:name="gone" style:family="table"><style:table-properties table:display="false"/>'
        "</style:style>"
    )
    return pack("".join(tables), gone, media_type=SHEET)


def _worksheet(name: str, cells: list[Put], layout: BookLayout, rng: Random) -> str:
    heads = {(put.row, put.column): put for put in cells}
    covered = {
        (put.row + down, put.column + over)
        for put in cells
        for down in range(put.rowspan)
        for over in range(put.colspan)
    } - heads.keys()
    width = 1 + max(put.column + put.colspan for put in cells)
    rows = []
    for number in range(max(put.row + put.rowspan for put in cells)):
        found, blank = [], 0
        for column in range(width):
            put, at = heads.get((number, column)), (number, column)
            if put is None and at not in covered:
                blank += 1
                continue
            found += [f'<table:table-cell table:number-columns-repeated="{blank}"/>'] if blank else []
            blank = 0
            spans = "" if put is None or put.rowspan * put.colspan == 1 else (
                f' table:number-columns-spanned="{put.colspan}" table:number-rows-spanned="{put.rowspan}"'
            )  # fmt: skip
            under = paragraph(OTHER) if layout.unseen and rng.random() < 0.2 else ""
            told = f"<table:covered-table-cell>{under}</table:covered-table-cell>"
            found.append(_value_cell(put, spans) if put else told)
        rows.append(f"<table:table-row>{''.join(found)}</table:table-row>")
    if layout.unseen:
        gone = f'<table:table-row table:visibility="collapse">{_value_cell(Put(0, 0, 1, 1, 7), "")}</table:table-row>'
        rows.insert(rng.randrange(len(rows)) if not covered else len(rows), gone)
    end = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    columns = f'<table:table-column table:number-columns-repeated="{width}"/>'
    return f'<table:table table:name="{name}">{columns}{"".join(rows)}{end}</table:table>'


def _value_cell(put: Put, spans: str) -> str:
    if isinstance(put.value, str):
        lines = "".join(map(paragraph, put.value.split("\n"))) if put.value else ""
        kind = ' office:value-type="string"' if put.value else ""
        return f"<table:table-cell{kind}{spans}>{lines}</table:table-cell>"
    value = f' office:value-type="float" office:value="{put.value}"'
    return f"<table:table-cell{value}{spans}>{paragraph(shown(float(put.value), put.code))}</table:table-cell>"
