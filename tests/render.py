"""A report written back into the shapes agencies publish: the inverse of `extract`, for tests and benchmarks.

`render` puts printed texts into the statutory tables of an edition and writes them as a text export
or a web page. Which lines are printed follows from the values: a key of a local line (sub-rows in
Beijing, an extra row in Hubei, a line the edition splits but an agency does not) prints that line.
Labels come from `load_forms()` only.

Three steps, each open to tests that damage a page: `lay_out` makes sheets of boxes, `write` makes a
file of sheets, `render` is both.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from extract.forms import Block, Column, Label, Line, Table, load_forms

Key = tuple[str, str]  # (indicator_code, applicant_code)
Values = Mapping[Key, str]

TABBED, PIPED, MARKDOWN, PAGE = "tabbed", "piped", "markdown", "page"
STACKED, STACKED_PIPED = "stacked", "stacked piped"
COPIED, SPACED = "copied", "spaced"
# Where white space parts the cells, a blank one leaves no trace: SPACED is for reports without.
STYLES = {"txt": (TABBED, PIPED, MARKDOWN, STACKED, STACKED_PIPED, COPIED), "html": (PAGE,)}

_SUMS_NOTE = "：第一项加第二项之和，等于第三项加第四项之和）"
_PROSE = {
    "一": ("总体情况", "本机关按时公开了应当公开的内容。"),
    "五": ("存在的主要问题及改进情况", "公开的内容还不够细，下一步继续改进。"),
    "六": ("其他需要报告的事项", "没有其他需要报告的事项。"),
}
_RAGGED = ((2, 1, 1), (1, 2, 1), (1, 1, 2))  # spans of three values under headers of spans 1, 2, 1


@dataclass(frozen=True)
class Layout:
    """How a report is printed. The first group goes for every shape, the second for web pages only."""

    style: str = ""  # one of STYLES[shape]; "" is the first
    padding: str = ""  # blanks put around texts and into short labels
    broken: bool = False  # labels and headers broken over lines
    spellings: bool = False  # other listed spellings of labels
    definitions: bool = False  # explanations in brackets behind labels
    split: bool = False  # a table for each block instead of one for each section
    front: bool = True  # title, preamble, sections without tables, signature
    agency: str = "示例县人民政府"
    year: int = 2023
    all_years: bool = False  # a statistical form of before 2019 has a column of the year and one of all years
    prose: Mapping[str, str] = field(default_factory=dict)  # section number → its text, instead of the usual one
    period: int = 0  # the year the figures are said to be of; 0 is the year of the report
    signature: str = ""  # who signs; "" is the agency
    published: str = ""  # the date under the signature; "" is 15 January of the year after
    encoding: str = "utf-8"

    declared: str = "utf-8"  # what the page says its encoding is
    wrap: str = ""  # "" bare text, "p" paragraphs, "spans" pieces of one or two characters
    nbsp: bool = False  # blank cells hold &nbsp;
    thead: bool = False  # headers as th, in a thead where the table has one header
    ragged: bool = False  # values of section 二 do not stand flush under their headers
    nested: bool = False  # inside tables used for page layout
    chrome: bool = False  # navigation, metadata table, footer
    hidden: bool = False  # a hidden copy with other numbers before each table


@dataclass
class Box:
    """A printed cell: `kind` caption, stub, header, label or value; `code` the line or column it names."""

    text: str
    kind: str
    colspan: int = 1
    rowspan: int = 1
    key: Key | None = None
    code: str = ""


@dataclass
class Sheet:
    """A statutory table as printed; `starts` are the rows where a new block begins."""

    table: Table
    rows: list[list[Box]] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)

    @property
    def heading(self) -> str:
        """The section heading over the table."""
        return f"{self.table.section}{'：' if self.table.unit_column else '、'}{self.table.label.zh}"

    def boxes(self, kind: str) -> list[Box]:
        """All boxes of a kind, in reading order."""
        return [box for row in self.rows for box in row if box.kind == kind]


def addresses(edition: str, local: Iterable[str] = ()) -> list[Key]:
    """The cells of an edition in printed order; `local` names lines printed besides or for national ones."""
    chosen = frozenset(local)
    return [
        table.address(line, column)
        for table in load_forms()[edition].tables.values()
        for block in table.blocks
        for line in block.lines
        for leaf in _leaves(line, chosen)
        for line, column in ((leaf, column) for column in block.leaves)
    ]


def _leaves(line: Line, chosen: frozenset[str]) -> Iterator[Line]:
    if line.printed == "both":
        if not line.local or line.code in chosen:
            yield line
        for part in line.parts:
            yield from _leaves(part, chosen)
    elif line.code in chosen or not line.parts:
        if not line.local or line.code in chosen:
            yield line
    elif line.printed != "whole" or any(part.code in chosen for part in line.parts):
        for part in line.parts:
            yield from _leaves(part, chosen)
    else:
        yield line


def render(edition: str, values: Values, shape: str, *, layout: Layout = Layout(), rng: Random | None = None) -> bytes:
    """A report of an edition as the bytes of a file. The same arguments give the same bytes."""
    return write(lay_out(edition, values, layout=layout, rng=rng), shape, layout=layout, rng=rng)


# -- from values to sheets -------------------------------------------------------------------------


def lay_out(edition: str, values: Values, *, layout: Layout = Layout(), rng: Random | None = None) -> list[Sheet]:
    """The tables of an edition as rows of boxes, merged cells by their spans."""
    return [
        (_Lister if table.unit_column else _Printer)(table, values, layout, rng or Random(0)).sheet()
        for table in load_forms()[edition].tables.values()
    ]


class _Printer:
    def __init__(self, table: Table, values: Values, layout: Layout, rng: Random) -> None:
        self.table, self.values, self.layout, self.rng = table, values, layout, rng
        self.width = max(len(block.leaves) for block in table.blocks)
        self.ragged = layout.ragged and self.width == 3
        self.depth = max((self.depth_of(line, b) for b in table.blocks for line in b.lines if b.labelled), default=0)

    def sheet(self) -> Sheet:
        sheet = Sheet(self.table)
        for block in self.table.blocks:
            sheet.starts.append(len(sheet.rows))
            if block.caption:
                width = self.depth + self.width + self.ragged
                sheet.rows.append([Box(self.dress(block.caption), "caption", colspan=width)])
            sheet.rows += self.header(block)
            for line in block.lines:
                if self.is_printed(line, block):
                    sheet.rows += self.lines(line, block, 1)
        return sheet

    def is_printed(self, line: Line, block: Block) -> bool:
        own = any(self.table.address(line, column) in self.values for column in block.leaves)
        return own or any(self.is_printed(part, block) for part in line.parts)

    def depth_of(self, line: Line, block: Block) -> int:
        return 1 + max((self.depth_of(p, block) for p in line.parts if self.is_printed(p, block)), default=0)

    def header(self, block: Block) -> list[list[Box]]:
        height = max(_height(column) for column in block.columns)
        rows: list[list[Box]] = [[] for _ in range(height)]
        spans = iter(self.spans(len(block.leaves), (1, 2, 1)))

        def place(column: Column, level: int) -> None:
            leaves = sum(1 for _ in column.leaves())
            rowspan = 1 if column.columns else height - level
            colspan = leaves if column.columns or leaves > 1 else next(spans)
            rows[level].append(Box(self.dress(column.label), "header", colspan, rowspan, code=column.code))
            for below in column.columns:
                place(below, level + 1)

        for column in block.columns:
            place(column, 0)
        if self.table.applicants:  # the note on the sums stands left, 申请人情况 above
            rows.insert(0, [Box(self.table.stubs[0], "stub", self.width)])
            rows[0].insert(0, Box(self.table.stubs[1] + _SUMS_NOTE, "stub", self.depth, height + 1))
        elif self.depth:
            rows[0].insert(0, Box(self.table.stubs[0], "stub", self.depth, height))
        return rows

    def lines(self, line: Line, block: Block, level: int) -> list[list[Box]]:
        printed = [part for part in line.parts if self.is_printed(part, block)]
        keys = [self.table.address(line, column) for column in block.leaves]
        own = any(key in self.values for key in keys)
        # A line printed with numbers of its own stands above its parts, else beside them.
        rows = [row for part in printed for row in self.lines(part, block, level if own else level + 1)]
        label = Box(self.dress(line.label), "label", code=line.code)
        if rows and not own:
            label.rowspan = len(rows)
            rows[0].insert(0, label)
            return rows
        label.colspan = self.depth - level + 1
        spans = self.spans(len(block.leaves), self.rng.choice(_RAGGED))
        cells = [Box(self.values.get(k, ""), "value", s, key=k) for k, s in zip(keys, spans, strict=True)]
        return [[label, *cells] if block.labelled else cells, *rows]

    def spans(self, columns: int, ragged: tuple[int, ...]) -> tuple[int, ...]:
        """Column spans that fill the width of the table, whatever the number of columns in this block."""
        width = self.width + self.ragged
        if columns == self.width:
            return ragged if self.ragged else (1,) * columns
        return ((width + 1) // 2, width // 2) if columns == 2 else (width,)

    def dress(self, label: Label) -> str:
        """A label as this layout prints it."""
        layout, rng, text = self.layout, self.rng, label.zh
        if layout.spellings and label.also and rng.random() < 0.5:
            text = rng.choice(label.also)
        if layout.padding and len(text) <= 3:
            text = layout.padding.join(text)
        if layout.broken and len(text) > 1 and rng.random() < 0.4:
            at = rng.randrange(1, len(text))
            text = f"{text[:at]}\n{text[at:]}"
        if layout.definitions and not re.search(r"[（(]", text) and rng.random() < 0.4:
            text += "（指按规定统计的数量）"
        return text


class _Lister(_Printer):
    """Prints the statistical forms before 2019: a line a row, with its unit and its figure."""

    def header(self, block: Block) -> list[list[Box]]:
        assert self.table.unit_column is not None
        stubs = [Box(self.table.stubs[0], "stub"), Box(self.dress(self.table.unit_column), "stub")]
        extra = [Box("历年累计", "stub")] if self.layout.all_years else []
        column = block.columns[0]
        heading = f"{self.layout.year}年度" if self.layout.all_years else self.dress(column.label)
        return [[*stubs, Box(heading, "header", code=column.code), *extra]]

    def lines(self, line: Line, block: Block, level: int) -> list[list[Box]]:
        key = self.table.address(line, block.columns[0])
        value = [Box("", "stub")] if line.printed == "heading" else [Box(self.values.get(key, ""), "value", key=key)]
        unit = Box("——" if line.printed == "heading" else line.unit, "unit")
        extra = [Box("" if line.printed == "heading" else "987654", "stub")] if self.layout.all_years else []
        row = [Box(self.dress(line.label), "label", code=line.code), unit, *value, *extra]
        rows = [
            row for part in line.parts if self.is_printed(part, block) for row in self.lines(part, block, level + 1)
        ]
        return [row, *rows] if line.printed == "heading" or key in self.values else rows


def _height(column: Column) -> int:
    return 1 + max((_height(below) for below in column.columns), default=0)


# -- from sheets to bytes --------------------------------------------------------------------------


def write(sheets: list[Sheet], shape: str, *, layout: Layout = Layout(), rng: Random | None = None) -> bytes:
    """The file that prints these sheets."""
    style = layout.style or STYLES[shape][0]
    writers = {TABBED: _tabbed, PIPED: _piped, MARKDOWN: _markdown, PAGE: _page, COPIED: _copied, SPACED: _spaced}
    writer = (writers | {STACKED: _stacked, STACKED_PIPED: _stacked_piped})[style]
    return writer(sheets, layout, rng or Random(0)).encode(layout.encoding)


def front_matter(layout: Layout) -> list[str]:
    """Title, preamble and first section, a paragraph each."""
    if not layout.front:
        return []
    period = layout.period or layout.year
    return [
        f"{layout.agency}{layout.year}年政府信息公开工作年度报告",
        f"本报告所列数据的统计期限自{period}年1月1日起至{period}年12月31日止。",
        *_section("一", layout),
    ]


def _section(number: str, layout: Layout) -> list[str]:
    title, line = _PROSE[number]
    return [f"{number}、{title}", layout.prose.get(number, line)]


def back_matter(layout: Layout) -> list[str]:
    """The sections behind the tables, signature and date."""
    if not layout.front:
        return []
    signed = [layout.signature or layout.agency, layout.published or f"{layout.year + 1}年1月15日"]
    return [*_section("五", layout), *_section("六", layout), *signed]


def padded(text: str, layout: Layout, rng: Random) -> str:
    """A text with the blanks of the layout around it."""
    return f"{layout.padding * rng.randrange(3)}{text}{layout.padding * rng.randrange(2)}" if layout.padding else text


def pieces_of(sheet: Sheet, layout: Layout) -> list[list[list[Box]]]:
    """The rows of a sheet, in one table or one for each block."""
    if not layout.split:
        return [sheet.rows]
    ends = [*sheet.starts[1:], len(sheet.rows)]
    return [sheet.rows[start:end] for start, end in zip(sheet.starts, ends, strict=True)]


def physical(rows: list[list[Box]]) -> list[list[str]]:
    """Rows of texts as a word processor keeps them: "" where a cell merged downwards goes on."""
    found: list[list[str]] = []
    hanging: dict[int, tuple[int, int]] = {}  # first grid column -> (width, rows left)
    for row in rows:
        texts: list[str] = []
        after: dict[int, tuple[int, int]] = {}
        at = 0
        waiting = list(row)
        while waiting or any(start >= at for start in hanging):
            if at in hanging:
                width, left = hanging[at]
                texts.append("")
                if left > 1:
                    after[at] = (width, left - 1)
            elif waiting:
                box = waiting.pop(0)
                width = box.colspan
                texts.append(box.text)
                if box.rowspan > 1:
                    after[at] = (width, box.rowspan - 1)
            else:
                width = 1
            at += width
        found.append(texts)
        hanging = after
    return found


def _tabbed(sheets: list[Sheet], layout: Layout, rng: Random) -> str:
    """As Tika writes Word tables: TAB opens a cell, a blank line ends a row, two blank lines end a table."""
    lines = [line for text in front_matter(layout) for line in (text, "")]
    for sheet in sheets:
        lines.append(sheet.heading)
        for rows in pieces_of(sheet, layout):
            for texts in physical(rows):
                lines += [f"\t{padded(text, layout, rng)}" for text in texts]
                lines.append("")
            lines.append("")
    lines += [line for text in back_matter(layout) for line in (text, "")]
    return "\n".join(lines) + "\n"


def _piped(sheets: list[Sheet], layout: Layout, rng: Random) -> str:
    """One row a line, a bar behind each cell."""
    lines = front_matter(layout)
    for sheet in sheets:
        lines.append(sheet.heading)
        for rows in pieces_of(sheet, layout):
            lines += ["".join(f"{padded(text, layout, rng)} | " for text in _flat(texts)) for texts in physical(rows)]
            lines.append("")
    return "\n".join([*lines, *back_matter(layout)]) + "\n"


def _markdown(sheets: list[Sheet], layout: Layout, rng: Random) -> str:
    """Bars on both sides of a row and a ruler under the first one."""
    lines = front_matter(layout)
    for sheet in sheets:
        lines += [f"## {sheet.heading}", ""]
        for rows in pieces_of(sheet, layout):
            grid = [
                "| " + " | ".join(padded(text, layout, rng) for text in _flat(texts)) + " |" for texts in physical(rows)
            ]
            ruler = "|" + " --- |" * max(map(len, physical(rows)))
            lines += [grid[0], ruler, *grid[1:], ""]
    return "\n".join([*lines, *back_matter(layout)]) + "\n"


def _copied(sheets: list[Sheet], layout: Layout, rng: Random) -> str:
    """A row a line, TAB between its cells, as a browser copies a table: nothing where a merged cell goes on."""
    return _row_a_line(sheets, layout, rng, "\t")


def _spaced(sheets: list[Sheet], layout: Layout, rng: Random) -> str:
    """A row a line, blanks between its cells."""
    return _row_a_line(sheets, layout, rng, "  ")


def _row_a_line(sheets: list[Sheet], layout: Layout, rng: Random, between: str) -> str:
    lines = front_matter(layout)
    for sheet in sheets:
        lines.append(sheet.heading)
        for rows in pieces_of(sheet, layout):
            lines += [between.join(padded(t, layout, rng) for t in _flat([box.text for box in row])) for row in rows]
            lines.append("")
    return "\n".join([*lines, *back_matter(layout)]) + "\n"


def _stacked(sheets: list[Sheet], layout: Layout, rng: Random) -> str:
    """One cell a line and a blank line behind each: a blank cell is a blank line of its own."""
    return _one_a_line(sheets, layout, rng, ("", "\n"))


def _stacked_piped(sheets: list[Sheet], layout: Layout, rng: Random) -> str:
    """One cell a line, a bar behind it."""
    return _one_a_line(sheets, layout, rng, (" |", ""))


def _one_a_line(sheets: list[Sheet], layout: Layout, rng: Random, after: tuple[str, str]) -> str:
    lines = front_matter(layout)
    for sheet in sheets:
        lines.append(sheet.heading)
        for rows in pieces_of(sheet, layout):
            texts = _flat([box.text for row in rows for box in row])
            lines += ["".join((padded(text, layout, rng), *after)) for text in texts]
    return "\n".join([*lines, *back_matter(layout)]) + "\n"


def _flat(texts: list[str]) -> list[str]:
    return [text.replace("\n", "") for text in texts]


def _page(sheets: list[Sheet], layout: Layout, rng: Random) -> str:
    """A web page as portals print it."""
    title = front_matter(layout)[0] if layout.front else ""
    meta = f'<meta charset="{layout.declared}">'
    parts = [f"<!DOCTYPE html>\n<html><head>{meta}<title>{title}</title></head>\n<body>"]
    if layout.chrome:
        parts += [
            '<div class="nav"><ul><li><a href="/">首页</a></li><li>政府信息公开年报</li></ul></div>',
            _metadata(layout),
        ]
    content = [f"<p>{line}</p>" for line in front_matter(layout)]
    for sheet in sheets:
        content.append(f"<p><strong>{sheet.heading}</strong></p>")
        for rows in pieces_of(sheet, layout):
            if layout.hidden:
                other = [[replace(b, text="7") if b.kind == "value" else b for b in row] for row in rows]
                content.append(f'<div style="display: none">{_html_table(other, layout, rng)}</div>')
            content.append(_html_table(rows, layout, rng))
    content += [f'<p style="text-align:right">{line}</p>' for line in back_matter(layout)]
    body = "\n".join(content)
    if layout.nested:
        for opening in ('<table class="main"><tr><td>', '<table width="100%"><tr><td>\n'):
            body = f"{opening}{body}</td></tr></table>"
    parts.append(f'<div class="article">{body}</div>')
    if layout.chrome:
        parts.append("<div>打印本页 关闭窗口</div><script>var count = [1, 2, 3];</script>")
        parts.append("<style>td {color: #000}</style>")
    return "\n".join([*parts, "</body></html>\n"])


def _metadata(layout: Layout) -> str:
    pairs = [
        ("发布机构", layout.agency),
        ("公开日期", f"{layout.year + 1}-01-15"),
        ("索引号", "000014349/2024-00001"),
    ]
    return "<table>" + "".join(f"<tr><td>{key}：</td><td>{value}</td></tr>" for key, value in pairs) + "</table>"


def _html_table(rows: list[list[Box]], layout: Layout, rng: Random) -> str:
    lines = ["<tr>" + "".join(_html_cell(box, layout, rng) for box in row) + "</tr>" for row in rows]
    top = next((n for n, row in enumerate(rows) if any(box.kind in ("label", "value") for box in row)), len(rows))
    headers = any(box.kind == "header" for row in rows[top:] for box in row)
    if layout.thead and not headers:
        lines = ["<thead>", *lines[:top], "</thead>", "<tbody>", *lines[top:], "</tbody>"]
    return '<table border="1" cellspacing="0">\n' + "\n".join(lines) + "\n</table>"


def _html_cell(box: Box, layout: Layout, rng: Random) -> str:
    tag = "th" if layout.thead and box.kind in ("caption", "stub", "header") else "td"
    spans = "".join(f' {name}="{n}"' for name, n in (("colspan", box.colspan), ("rowspan", box.rowspan)) if n > 1)
    lines = [_html_text(padded(line, layout, rng), layout, rng) for line in box.text.split("\n")]
    if layout.wrap == "p" or (layout.wrap == "spans" and rng.random() < 0.5):
        inner = "".join(f'\n<p align="center">{line}</p>' for line in lines) + "\n"
    else:
        inner = "<br/>".join(lines)
    return f"<{tag}{spans}>{inner}</{tag}>"


def _html_text(text: str, layout: Layout, rng: Random) -> str:
    if not text:
        return "&nbsp;" if layout.nbsp else ""
    pieces = [text]
    if layout.wrap == "spans":
        pieces = re.findall(r".{1,2}" if rng.random() < 0.5 else r".", text)
    escaped = [html.escape(piece).replace("\xa0", "&nbsp;") for piece in pieces]
    if layout.wrap == "spans":
        return "".join(f'<span style="font-size:14px">{piece}</span>' for piece in escaped) + "<span><o:p></o:p></span>"
    return escaped[0]
