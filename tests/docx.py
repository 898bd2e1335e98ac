"""Sheets of `tests.render` written as Word files: what Word, WPS and LibreOffice do to the same three tables.

`write_docx(lay_out(...), layout, rng)` takes a plain `Layout` or a `WordLayout` with what only Word files can do.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from random import Random

from tests.render import Box, Layout, Sheet, back_matter, front_matter, padded, pieces_of

TRANSITIONAL = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NAMESPACES = (
    f'xmlns:w="{TRANSITIONAL}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
)
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_COLUMN = 900  # twips
_SIZE = 21  # half points
_FONT = f'<w:rPr><w:rFonts w:eastAsia="仿宋" w:hint="eastAsia"/><w:sz w:val="{_SIZE}"/></w:rPr>'


@dataclass(frozen=True)
class Paper:
    """What a Word file is printed on, in twips; the size of its type in half points. A page cuts rows or keeps them."""

    width: int = 16838  # wide enough for the fifteen columns of section 四
    height: int = 11906
    top: int = 720
    side: int = 720
    bottom: int = 720
    size: int = _SIZE
    whole_rows: bool = False

    @property
    def section(self) -> str:
        """The properties of the section it is the paper of."""
        orient = ' w:orient="landscape"' if self.width > self.height else ""
        return (
            f'<w:sectPr><w:pgSz w:w="{self.width}" w:h="{self.height}"{orient}/><w:pgMar w:top="{self.top}" '
            f'w:right="{self.side}" w:bottom="{self.bottom}" w:left="{self.side}"/></w:sectPr>'
        )

    @property
    def column(self) -> int:
        """The width of a column of figures: the fifteen of section 四 fit."""
        return min(_COLUMN, (self.width - 2 * self.side) // 15)


@dataclass(frozen=True)
class WordLayout(Layout):
    """A layout with what Word files add. `nested` and `ragged` hold too, `hidden` puts hidden text before values."""

    hmerge: bool = False  # cells merged sideways one by one (w:hMerge) instead of by w:gridSpan
    runs: bool = False  # texts cut into several runs, numbers too
    tracked: bool = False  # values as tracked insertions beside tracked deletions
    controls: bool = False  # rows, cells and texts inside content controls (w:sdt)
    phantom: bool = False  # a grid column of one twip that a row's cells count to either side
    boxed: bool = False  # the title in a text box
    paper: Paper = Paper()


@dataclass(frozen=True)
class _Slot:
    """A cell of a Word row: `down` is "", restart or continue."""

    box: Box
    first: int
    down: str


def write_docx(sheets: list[Sheet], layout: Layout, rng: Random) -> bytes:
    """The Word file that prints these sheets. The same arguments give the same bytes."""
    word = layout if isinstance(layout, WordLayout) else WordLayout(**vars(layout))
    title, *front = front_matter(word) or [""]
    parts = [_boxed(title) if word.boxed and title else _paragraph(title), *map(_paragraph, front)]
    for sheet in sheets:
        parts.append(_paragraph(sheet.heading))
        parts += [_table(rows, word, rng) + _paragraph("") for rows in pieces_of(sheet, word)]
    parts += map(_paragraph, back_matter(word))
    body = "".join(parts)
    for _ in range(2 * word.nested):
        body = f"<w:tbl><w:tblGrid><w:gridCol w:w='9000'/></w:tblGrid><w:tr><w:tc>{body}</w:tc></w:tr></w:tbl><w:p/>"
    return pack(body.replace(f'<w:sz w:val="{_SIZE}"/>', f'<w:sz w:val="{word.paper.size}"/>'), title, paper=word.paper)


def embedding(body: str, kind: str, number: str, target: str, content: bytes) -> bytes:
    """A Word package whose main part refers by a number to a file it holds, by a relationship of a kind."""
    source = io.BytesIO(pack(body))
    with zipfile.ZipFile(source, "a") as package:
        related = f'<Relationship Id="{number}" Type="{kind}" Target="{target}"/>'
        relationships = f'<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>'
        package.writestr("word/_rels/document.xml.rels", relationships)
        package.writestr(f"word/{target}", content)
    return source.getvalue()


def chunked(target: str, content: bytes) -> bytes:
    """A Word file with a paragraph and, behind it, a file embedded as a piece of its text (17.17.2.1)."""
    chunk = f'<w:altChunk r:id="c" xmlns:r="{OFFICE}/relationships"/>'
    body = f"<w:p><w:r><w:t>前文</w:t></w:r></w:p>{chunk}<w:p/>"
    return embedding(body, f"{OFFICE}/relationships/aFChunk", "c", target, content)


def pack(
    body: str,
    title: str = "",
    part: str = "word/document.xml",
    namespaces: str = NAMESPACES,
    paper: Paper = Paper(),
    styles: str = "",
    theme: str = "",
    before: str = "",
    data: str = "",
) -> bytes:
    """A Word package around the blocks of a body and what stands before it, with what its part of styles holds and the
    data its controls are bound to.
    """
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    related = f'<Relationship Id="d" Type="{OFFICE}/relationships/officeDocument" Target="{part}"/>'
    related += f'<Relationship Id="c" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="core.xml"/>'
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    types = f'<Override PartName="/{part}" ContentType="{main}"/><Default Extension="xml" ContentType="text/xml"/>'
    folder, _, name = part.rpartition("/")
    parts = {
        "[Content_Types].xml": f'{head}<Types xmlns="{_PACKAGE}/content-types">{types}</Types>',
        "_rels/.rels": f'{head}<Relationships xmlns="{_PACKAGE}/relationships">{related}</Relationships>',
        part: f"{head}<w:document {namespaces}>{before}<w:body>{body}{paper.section}</w:body></w:document>",
        "core.xml": f'{head}<p xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(title)}</dc:title></p>',
    }
    if styles or data:
        beside = f'<Relationship Id="s" Type="{OFFICE}/relationships/styles" Target="styles.xml"/>'
        beside += f'<Relationship Id="t" Type="{OFFICE}/relationships/theme" Target="theme/theme1.xml"/>'
        beside += f'<Relationship Id="x" Type="{OFFICE}/relationships/customXml" Target="../data/item.xml"/>'
        whole = f'<Relationships xmlns="{_PACKAGE}/relationships">{beside}</Relationships>'
        parts[f"{folder}/_rels/{name}.rels"] = head + whole
        parts[f"{folder}/styles.xml"] = f"{head}<w:styles {namespaces}>{styles}</w:styles>"
        parts[f"{folder}/theme/theme1.xml"] = head + theme
    if data:
        beside = f'<Relationship Id="p" Type="{OFFICE}/relationships/customXmlProps" Target="properties.xml"/>'
        parts["data/_rels/item.xml.rels"] = (
            f'{head}<Relationships xmlns="{_PACKAGE}/relationships">{beside}</Relationships>'
        )
        parts["data/properties.xml"] = f'{head}<ds:datastoreItem xmlns:ds="{OFFICE}/customXml" ds:itemID="{{D}}"/>'
        parts["data/item.xml"] = head + data
    return archive(parts)


def archive(parts: dict[str, str]) -> bytes:
    """A zip file with these parts, the same bytes on every day."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(zipfile.ZipInfo(name), content.encode(), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _table(rows: list[list[Box]], layout: WordLayout, rng: Random) -> str:
    width = max(sum(slot.box.colspan for slot in slots) for slots in _slots(rows))
    edge = rng.randrange(1, width) if layout.phantom and width > 1 else width + 1
    columns = [layout.paper.column] * width
    if edge < width:
        columns.insert(edge, 1)
    grid = "".join(f'<w:gridCol w:w="{column}"/>' for column in columns)
    lines = "".join(_row(slots, edge, layout, rng) for slots in _slots(rows))
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    look = f'<w:tblPr><w:tblStyle w:val="a3"/><w:tblBorders>{borders}</w:tblBorders></w:tblPr>'
    return f"<w:tbl>{look}<w:tblGrid>{grid}</w:tblGrid>{lines}</w:tbl>"


def _slots(rows: list[list[Box]]) -> Iterator[list[_Slot]]:
    """The cells of each row as Word holds them: what is merged downwards goes on as a cell of its own."""
    hanging: dict[int, tuple[Box, int]] = {}  # first grid column -> (box, rows left)
    for row in rows:
        slots: list[_Slot] = []
        after: dict[int, tuple[Box, int]] = {}
        at = 0
        waiting = list(row)
        while waiting or any(first >= at for first in hanging):
            if at in hanging:
                (box, left), down = hanging[at], "continue"
            else:
                box = waiting.pop(0) if waiting else Box("", "blank")
                left, down = box.rowspan, "restart" if box.rowspan > 1 else ""
            if left > 1:
                after[at] = (box, left - 1)
            slots.append(_Slot(box, at, down))
            at += box.colspan
        yield slots
        hanging = after


def _row(slots: list[_Slot], edge: int, layout: WordLayout, rng: Random) -> str:
    """A row; the sliver after grid column `edge` goes to the cell before or after it, beside merged cells after."""
    ends = [slot for slot in slots if edge in (slot.first, slot.first + slot.box.colspan)]
    before = not any(slot.down for slot in ends) and rng.random() < 0.5
    cells = []
    for slot in slots:
        last = slot.first + slot.box.colspan
        sliver = slot.first < edge < last or (last == edge if before else slot.first == edge)
        cells.append(_cell(slot, slot.box.colspan + sliver, layout, rng))
    whole = "<w:trPr><w:cantSplit/></w:trPr>" if layout.paper.whole_rows else ""
    row = f"<w:tr>{whole}{''.join(cells)}</w:tr>"
    return _control(row) if layout.controls and rng.random() < 0.3 else row


def _cell(slot: _Slot, span: int, layout: WordLayout, rng: Random) -> str:
    down = f'<w:vMerge w:val="{slot.down}"/>'.replace(' w:val="continue"', "") if slot.down else ""
    inner = "<w:p/>"
    if slot.down != "continue":
        lines = [_text(padded(line, layout, rng), slot.box, layout, rng) for line in slot.box.text.split("\n")]
        break_ = rng.choice(["</w:p><w:p>", "<w:r><w:br/></w:r>"])
        inner = f"<w:p>{break_.join(lines)}</w:p>"
    if not layout.hmerge or span == 1:
        spans = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
        width = f'<w:tcW w:w="{layout.paper.column * span}" w:type="dxa"/>'
        cell = f"<w:tc><w:tcPr>{width}{spans}{down}</w:tcPr>{inner}</w:tc>"
        return _control(cell) if layout.controls and rng.random() < 0.3 else cell
    cells = [f'<w:tc><w:tcPr><w:hMerge w:val="restart"/>{down}</w:tcPr>{inner}</w:tc>']
    cells += [f"<w:tc><w:tcPr><w:hMerge/>{down}</w:tcPr><w:p/></w:tc>"] * (span - 1)
    return "".join(cells)


def _text(text: str, box: Box, layout: WordLayout, rng: Random) -> str:
    """The runs of a line of text in a cell."""
    size = rng.randrange(1, 3) if layout.runs else len(text) or 1
    runs = "".join(_run(text[at : at + size]) for at in range(0, len(text), size))
    if box.kind == "value":
        if layout.tracked:
            old = '<w:del w:id="1" w:author="a"><w:r><w:delText>9</w:delText></w:r></w:del>'
            runs = f'{old}<w:ins w:id="2" w:author="a">{runs}</w:ins>'
        if layout.hidden:
            runs = f"<w:r><w:rPr><w:vanish/></w:rPr><w:t>7</w:t></w:r>{runs}"
    return _control(runs) if layout.controls and rng.random() < 0.3 else runs


def _run(text: str) -> str:
    return f'<w:r>{_FONT}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _paragraph(text: str) -> str:
    return f"<w:p>{_run(text) if text else ''}</w:p>"


def _control(inner: str) -> str:
    return f"<w:sdt><w:sdtPr/><w:sdtContent>{inner}</w:sdtContent></w:sdt>"


def _boxed(text: str) -> str:
    """A paragraph that holds nothing but a text box, for new readers and once more for old ones."""
    content = f"<w:txbxContent>{_paragraph(text)}</w:txbxContent>"
    new = f'<mc:Choice Requires="wps"><w:drawing><wps:txbx>{content}</wps:txbx></w:drawing></mc:Choice>'
    old = f"<mc:Fallback><w:pict><v:textbox>{content}</v:textbox></w:pict></mc:Fallback>"
    return f"<w:p><w:r><mc:AlternateContent>{new}{old}</mc:AlternateContent></w:r></w:p>"
