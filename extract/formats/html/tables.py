"""Tables of a web page: the cells they show and the grid column each begins in.

Rows and columns follow the table model of the HTML standard (WHATWG, 4.9.12 "Processing model"): rowspan and colspan
are laid out, so every physical cell knows the grid column it begins in. What is not shown bears the attribute
`hidden`, whatever hides it: `extract.formats.html.cascade` has seen to that.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from extract.document import Cell, UnreadableFileError
from extract.formats.html.styles import matters, styled_apart
from extract.labels import clean
from extract.shown import dim

# The standard caps colspan at 1000; no statutory table is wider than 16 columns, and a span bomb must not hang us.
MAX_COLSPAN, MAX_ROWSPAN = 64, 1000
MAX_CELLS = 20_000

BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd details div dl dt fieldset figure footer form h1 h2 h3 "
    "h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
# Elements whose content is not shown as it stands.
SKIPPED = frozenset("script style noscript template head iframe object svg select".split())
SPACES = " \t\r\n\f"
WHITE = re.compile(f"[{SPACES}]+")

_GROUPS = ("thead", "tbody", "tfoot")
# What stands for a picture in a cell: it may be one of a figure.
PICTURE = dim("\ufffc")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[\u4e00-\u9fff]")
# Controls that show no value of theirs as text (HTML standard, 4.10.5.1), and one that shows it as dots.
_MUTE = frozenset("hidden checkbox radio range color file image".split())
_SPOT = 3  # pixels: pictures that small only keep a place
# What marks mean: a new line (no text holds that character, the parser takes it out), a row, a group of rows.
BREAK, _ROW, _GROUP = "\0", "\1", "\2"
_LONG = 1024  # characters: cells of prose do not come again


class _Cell(NamedTuple):
    """A cell as printed. A rowspan of 0 reaches to the end of the group of rows."""

    text: str
    colspan: int
    rowspan: int


class Printed(NamedTuple):
    """The shown rows of a table, and the numbers (from 0) of those that begin a group: head, bodies, foot."""

    rows: list[list[_Cell]]
    groups: list[int]


class StyledError(Exception):
    """There are elements that can hide, strike or raise: the cascade has to be settled first."""


def lay_out(table: LexborNode, path: str, *, settled: bool) -> list[list[Cell]]:
    """The shown cells of a table on their columns; `path` is an XPath to all its rows.

    Raises UnreadableFileError for a table larger than `MAX_CELLS`, StyledError for one whose styles are to be settled.
    """
    steps = None
    if (printed := rows_in(table.html or "", settled=settled)) is None:
        if not settled:
            raise StyledError
        printed, steps = rows_of(table), list(_steps(table))
    ends = iter([*printed.groups, len(printed.rows)])
    rows: list[list[Cell]] = []
    hanging: dict[int, int] = {}  # grid column -> rows it is still taken by a cell from above
    total = end = 0
    for number, row in enumerate(printed.rows, 1):
        if total + MAX_COLSPAN * len(row) > MAX_CELLS and total + sum(cell.colspan for cell in row) > MAX_CELLS:
            raise UnreadableFileError(
                f"{path} has more than {MAX_CELLS} cells; expected a statutory table of at most a few hundred"
            )
        while end < number:  # no cell reaches into the next group
            end = next(ends)
        cells: list[Cell] = []
        column = 0
        taken = hanging
        hanging = {at: left - 1 for at, left in taken.items() if left > 1} if taken else {}
        begin = f"{path}[{number}]/*["
        for ordinal, (text, colspan, rowspan) in enumerate(row, 1):
            while column in taken:
                column += 1
            place = path + steps[number - 1][ordinal - 1] if steps else f"{begin}{ordinal}]"
            if rowspan != 1:
                rowspan = min(rowspan or MAX_ROWSPAN, end - number + 1)  # noqa: PLW2901
                if rowspan > 1:
                    hanging.update(dict.fromkeys(range(column, column + colspan), rowspan - 1))
            cells.append(Cell(text, number, ordinal, place, column, colspan, rowspan))
            column += colspan
        rows.append(cells)
        total += column
    return rows


def rows_of(table: LexborNode) -> Printed:
    """The cells of a table, walked node by node."""
    printed = Printed([], [])
    for part, _ in _children(table, ("tr", *_GROUPS)):
        if part.tag in _GROUPS:
            printed.groups.append(len(printed.rows))
        for tr in [part] if part.tag == "tr" else (row for row, _ in _children(part, ("tr",))):
            printed.rows.append(
                [
                    _Cell(
                        _cell_text(td), span(own.get("colspan"), MAX_COLSPAN), span(own.get("rowspan"), MAX_ROWSPAN, 0)
                    )
                    for td, own in _children(tr, ("td", "th"))
                ]
            )
    return printed


def _steps(table: LexborNode) -> Iterator[list[str]]:
    """The steps of XPath to the shown cells of each shown row, from all rows of a table."""
    numbers = {tr.mem_id: number for number, tr in enumerate(table.css("tr"), 1)}
    for part, _ in _children(table, ("tr", *_GROUPS)):
        for tr in [part] if part.tag == "tr" else (row for row, _ in _children(part, ("tr",))):
            within = [child.mem_id for child in tr.iter() if child.is_element_node]
            ordinals = {mem_id: ordinal for ordinal, mem_id in enumerate(within, 1)}
            shown = _children(tr, ("td", "th"))
            yield [f"[{numbers[tr.mem_id]}]/*[{ordinals[td.mem_id]}]" for td, _ in shown]


def _children(node: LexborNode, tags: tuple[str, ...]) -> Iterator[tuple[LexborNode, Mapping[str, str | None]]]:
    """The children of these tags that are shown, with their attributes: getting those costs most."""
    child = node.child
    while child is not None:
        if child.tag in tags and "hidden" not in (attributes := child.attributes):
            yield child, attributes
        child = child.next


@lru_cache(maxsize=1024)
def span(value: str | None, most: int, least: int = 1) -> int:
    """How many columns or rows an attribute says."""
    digits = re.match(r"\s*(\d{1,6})", value or "")
    return min(max(int(digits.group(1)), least), most) if digits else 1


def _cell_text(td: LexborNode) -> str:
    """Text of a cell: inline pieces joined as they stand, blocks and <br> on lines of their own."""
    child = td.child
    if child is None:
        return ""
    if child.next is None and child.tag == "-text":
        return _in_lines(child.text_content or "")
    pieces: list[str] = []
    drawn: list[int] = []  # those of the pieces that are no text
    node: LexborNode | None = child
    end = td.mem_id
    while node is not None:
        tag = node.tag or ""
        before = node.prev
        if tag in BLOCKS or (before is not None and before.tag in BLOCKS):
            pieces.append(BREAK)
        if tag == "-text":
            pieces.append(node.text_content or "")
        elif tag in _DRAWN:
            drawn.append(len(pieces))
            pieces.append("" if "hidden" in node.attributes else _DRAWN[tag](node))
        elif node.child is not None and tag not in SKIPPED and "hidden" not in node.attributes:
            node = node.child
            continue
        while node is not None and node.next is None:
            node = node.parent
            if node is not None and node.mem_id == end:
                node = None
        node = node.next if node is not None else None
    if drawn:
        _settle_drawn(pieces, drawn)
    return _in_lines("".join(pieces))


def _settle_drawn(pieces: list[str], drawn: list[int]) -> None:
    """Mark what is drawn beside other figures: no one figure then is meant. Beside words a picture is an ornament."""
    has_words = _WORD.search("".join(pieces))
    several = len([one for at, one in enumerate(pieces) if one and (at in drawn or _DIGIT.search(one))]) > 1
    for index in drawn:
        piece = pieces[index]
        pieces[index] = "" if piece == PICTURE and has_words else dim(piece) if several and piece != PICTURE else piece


def _value(control: LexborNode) -> str:
    """What an input shows. A hint is shown while nothing is filled in: nobody can tell whose figure it is."""
    attributes = control.attributes
    kind = (attributes.get("type") or "").lower()
    if kind in _MUTE:
        return ""
    value = attributes.get("value") or ""
    return dim(value) if kind == "password" else value or dim(attributes.get("placeholder") or "")


def _choice(select: LexborNode) -> str:
    """What a list shows while closed: the option chosen last, else the first; one that stays open shows all."""
    options = [option for option in select.css("option") if "hidden" not in option.attributes]
    if "multiple" in select.attributes or span(select.attributes.get("size"), MAX_ROWSPAN) > 1:
        return BREAK.join(dim(option.text()) for option in options)
    chosen = [option for option in options if "selected" in option.attributes]
    able = [option for option in options if "disabled" not in option.attributes]
    return "".join(option.attributes.get("label") or option.text() for option in (chosen[-1:] or able or options)[:1])


def _written(script: LexborNode) -> str:
    """A script in a cell may write a figure there."""
    return PICTURE if "document.write" in (script.text() or "") else ""


def _document(frame: LexborNode) -> str:
    """Another document stands there as a picture does, if one is named."""
    return "" if {"src", "srcdoc", "data"}.isdisjoint(frame.attributes) else PICTURE


def _shadow(template: LexborNode) -> str:
    """What is shown instead of its element, and around what that holds; another template is not shown."""
    return PICTURE if "shadowrootmode" in template.attributes else ""


def _picture(img: LexborNode) -> str:
    sizes = [span(img.attributes.get(side), MAX_ROWSPAN, 0) for side in ("width", "height") if img.attributes.get(side)]
    return "" if sizes and min(sizes) <= _SPOT else PICTURE


# What elements show that are not their content.
_DRAWN: dict[str, Callable[[LexborNode], str]] = {
    "input": _value,
    "select": _choice,
    "img": _picture,
    "script": _written,
    "iframe": _document,
    "object": _document,
    "template": _shadow,
    "svg": lambda node: dim(node.text() or ""),
    "button": _cell_text,
    "textarea": _cell_text,
}


def _in_lines(text: str) -> str:
    """A text as a cell shows it: white space as one blank, also across inline elements, and a line for each break."""
    text = clean(WHITE.sub(" ", text).strip(BREAK))
    return "\n".join(filter(None, map(clean, text.split(BREAK)))) if BREAK in text else text


def layout_tables(tables: list[LexborNode]) -> set[int]:
    """The tables that hold others: they lay out the page. A table of a single cell is a frame around its text."""
    found: set[int] = set()
    for table in tables:
        if not _has_two_cells(table):
            continue
        node = table.parent
        while node is not None and node.mem_id not in found:
            if node.tag == "table":
                found.add(node.mem_id)
            node = node.parent
    return found


def _has_two_cells(table: LexborNode) -> bool:
    cells = (node for node in table.traverse() if node.tag in ("td", "th"))
    return next(cells, None) is not None and next(cells, None) is not None


# -- tables from markup ----------------------------------------------------------------------------------------------
# Most tables hold nothing but shown text in lines. The parser writes such a one out whole (HTML standard, 13.3: names
# in small letters, values in double quotes, every cell closed) in a tenth of the time a walk over its nodes takes.

# Elements whose content is not shown as it stands: a table that holds one is not read from its markup.
_OTHERWISE = SKIPPED | frozenset("input img button table textarea xmp noembed noframes plaintext".split())
_MARK = re.compile(r"(<[^>]*>)")
_NAME = re.compile(r"<(?:/?([a-z][^\s/>]*)|!--.*-->$)", re.DOTALL)
_ATTRIBUTE = re.compile(r'\s([^\s=">]+)="([^"]*)"')
_SPAN = re.compile(r'\s(col|row)span="\s*(\d{1,6})')
_HIDDEN_MARK = re.compile(r"\shidden(?=[\s=>]|$)")
# What the serialiser writes for characters that mean something in markup (HTML standard, 13.3).
_ESCAPED = (("&nbsp;", "\xa0"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&"))


class _OddMarkupError(Exception):
    """What the markup prints, only its nodes tell."""


def rows_in(markup: str, *, settled: bool = True) -> Printed | None:
    """The cells of a table, as `rows_of` gives them, from its markup; None where that holds anything unusual, be it
    styles that are not settled.
    """
    _, _, content = markup.partition(">")
    *before_ends, rest = content.replace("</th>", "</td>").split("</td>")
    rows: list[list[_Cell]] = []
    groups: list[int] = []
    piece_of, printed = _PIECES[settled]
    try:
        for piece in before_ends:
            starts, cell = piece_of(piece) if len(piece) < _LONG else printed(piece)
            if starts:
                _start(starts, rows, groups)
            rows[-1].append(cell)
        _start(printed(rest + "<td>")[0], rows, groups)  # rows without a cell
    except _OddMarkupError:
        return None
    return Printed(rows, groups)


def _start(starts: str, rows: list[list[_Cell]], groups: list[int]) -> None:
    for start in starts:
        if start == _ROW:
            rows.append([])
        else:
            groups.append(len(rows))


def _piece(markup: str, meaning_of: Callable[[str], str | tuple[int, int]]) -> tuple[str, _Cell]:
    """What stands between the ends of two cells: the groups and rows that begin, and a cell."""
    _, *marked = _MARK.split(markup)
    starts, spans, text = "", (1, 1), "<"  # odd, unless a cell begins
    for mark, after in zip(marked[::2], marked[1::2], strict=True):
        meaning = meaning_of(mark)
        if isinstance(meaning, tuple):
            spans, text = meaning, after
        elif meaning in (_ROW, _GROUP):
            starts += meaning
        else:  # what stands between cells is begun anew with the next
            text += meaning + after
    return starts, _Cell(_text_in(text), *spans)


@lru_cache(maxsize=8192)
def _meaning(mark: str) -> str | tuple[int, int]:
    """What a tag or comment is: (colspan, rowspan) where a cell begins, a row or a group of them, a break in the text,
    or nothing ("").

    Raises _OddMarkupError for one that does more than that, and for one cut off within a value.
    """
    found = _NAME.match(mark)
    name = found.group(1) if found else ""
    opens = name and not mark.startswith("</")
    if not found or (name and mark.count('"') % 2) or (opens and (name in _OTHERWISE or _HIDDEN_MARK.search(mark))):
        raise _OddMarkupError
    if name in ("td", "th"):
        spans = dict(_SPAN.findall(mark))
        return span(spans.get("col"), MAX_COLSPAN), span(spans.get("row"), MAX_ROWSPAN, 0)
    if opens and (name == "tr" or name in _GROUPS):
        return _ROW if name == "tr" else _GROUP
    return BREAK if name in BLOCKS else ""


@lru_cache(maxsize=8192)
def _plain_meaning(mark: str) -> str | tuple[int, int]:
    """The same of a tag whose styles are not settled; odd, too, is one that can hide, strike or raise."""
    found = _NAME.match(mark)
    if found and found[1]:
        attributes = dict(_ATTRIBUTE.findall(mark))
        is_apart = found[1] not in BLOCKS and styled_apart(attributes.get("style", ""))
        if found[1] == "ol" or is_apart or matters(found[1], attributes):
            raise _OddMarkupError
    return _meaning(mark)


def _kept(meaning_of: Callable[[str], str | tuple[int, int]]) -> tuple[Callable[[str], tuple[str, _Cell]], ...]:
    """How to read a piece of markup: most are printed again and again, so that a short one is kept."""
    printed = partial(_piece, meaning_of=meaning_of)
    return lru_cache(maxsize=8192)(printed), printed


_PIECES = {True: _kept(_meaning), False: _kept(_plain_meaning)}


def _text_in(markup: str) -> str:
    if "<" in markup or ">" in markup:  # of an attribute or a comment
        raise _OddMarkupError
    if "&" in markup:
        for written, meant in _ESCAPED:
            markup = markup.replace(written, meant)
    return _in_lines(markup)
