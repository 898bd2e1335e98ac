"""How the sheets of an .xls show their cells, from the records of BIFF8 ([MS-XLS] 2.4) and BIFF5.

A record is its type, its length and its content, all integers little-endian. calamine reads the values; here only what
says how they are shown is looked at.
"""

import io
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from struct import iter_unpack, unpack_from
from typing import NamedTuple

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from extract.document import Cell, Document, UnreadableFileError
from extract.formats.compound import Compound
from extract.formats.drawn import child
from extract.formats.drawn.flow import to_blocks
from extract.formats.sheet.layout import check_size
from extract.formats.sheet.narrow import USUAL, At
from extract.formats.sheet.printed import BUILT_IN, GENERAL, UNKNOWN, Value, on_ground
from extract.formats.sheet.workbook import PLAIN, Content, Look, Style, build, check_sheets
from extract.labels import clean
from extract.shown import DOUBTFUL, UNSEEN, contrast, has_signs

MEDIA_TYPE = "application/vnd.ms-excel"
STREAMS = ("Workbook", "Book")
_PANIC = "PanicException"  # of a library in Rust, which is no Exception and has no name to import
_fields = attrgetter(*(each.name for each in fields(Cell)))

_BOF, _EOF, _FILE_PASS, _CONTINUE = 0x809, 0x0A, 0x2F, 0x3C
_BOUND_SHEET, _FONT, _FORMAT, _XF, _PALETTE, _SST = 0x85, 0x31, 0x41E, 0xE0, 0x92, 0xFC
_ROW, _COL_INFO, _WINDOW2 = 0x208, 0x7D, 0x23E
_CONDITIONS, _CONDITION, _NEW_CONDITIONS, _NEW_CONDITION = 0x1B0, 0x1B1, 0x879, 0x87A
_USUAL_WIDTH, _DRAWING, _OBJECT = 0x55, 0xEC, 0x5D
_ANCHOR = bytes.fromhex("000010f012000000")  # the head of an OfficeArtClientAnchorSheet
_COMMON, _UNFILLED = 0x15, frozenset((0x01, 0x04, 0x0B, 0x0C, 0x14, 0x19))  # FtCmo; its ot
_LABEL_SST, _MUL_RK, _MUL_BLANK = 0xFD, 0xBD, 0xBE
# 2.5.10 Bes, 2.5.133 FormulaValue: where a record says that it holds an error, how, and which one.
_ERRORS_AT = {0x205: (7, 1, 6), 0x06: (6, 2, 8)}
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_CELLS = frozenset((0x06, 0x203, 0x204, 0x205, 0x27E, 0xD6, _LABEL_SST))  # row, column and style come first
_FUTURE, _OF_TEMPLATE = 12, 22  # bytes: the header of a later record; flags, priority and template of a rule
_BAR_RULE, _SIGNS_RULE = 4, 6
_BIFF8 = 0x600
_NAME = 14  # where in its record the name of a font stands
_WHITE, _BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
_SYSTEM = {0: _BLACK, 1: _WHITE, 8: _BLACK, 9: _WHITE, 64: _BLACK, 65: _WHITE, 0x7FFF: _BLACK}
_FIRST_OF_PALETTE = 8


def read(data: bytes) -> Document:
    """Parse an .xls.

    Raises UnreadableFileError where it is damaged, protected by a password or larger than its limits.
    """
    try:
        answer = child.call(parse, data)
    except UnreadableFileError as error:
        raise UnreadableFileError(str(error), MEDIA_TYPE) from None
    return Document(MEDIA_TYPE, blocks=to_blocks(answer["blocks"]))


def parse(data: bytes) -> child.Answer:
    """Its paragraphs and grids, told in the process that may be exhausted: calamine makes room for whatever a record
    says there is, and where there is none it ends its process.
    """
    container = Compound.of(data)
    content = container.stream(next((name for name in STREAMS if container.exists(name)), STREAMS[0]))
    blocks = build(_contents(data, content), MEDIA_TYPE).blocks
    return {
        "blocks": [one if isinstance(one, str) else [list(map(_fields, row)) for row in one.rows] for one in blocks]
    }


def _contents(data: bytes, stream: bytes) -> Iterator[Content]:
    looks = dict(_looks(stream))
    check_sheets(len(looks), MEDIA_TYPE)
    for name, sheet in looks.items():
        check_size(name, sheet.look.rows, sheet.look.columns, MEDIA_TYPE)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            for number, meta in enumerate(workbook.sheets_metadata):
                if meta.typ is SheetTypeEnum.WorkSheet and meta.visible is SheetVisibleEnum.Visible:
                    if meta.name not in looks:
                        raise ValueError(f"no content of the sheet {meta.name}")
                    held = workbook.get_sheet_by_index(number)
                    texts, long = looks[meta.name].texts(held.to_python(skip_empty_area=False))
                    merges = [(*start, *end) for start, end in held.merged_cell_ranges or ()]
                    yield Content(meta.name, texts, long, merges, looks[meta.name].look)
    except PasswordError as error:
        raise UnreadableFileError("found a workbook with a password; expected one without", MEDIA_TYPE) from error
    except (CalamineError, ValueError, OSError) as error:
        raise UnreadableFileError(f"found damage ({error}); expected a whole workbook", MEDIA_TYPE) from error
    except BaseException as error:
        if type(error).__name__ != _PANIC:
            raise
        raise UnreadableFileError(f"found damage ({error}); expected a whole workbook", MEDIA_TYPE) from None


class _Record(NamedTuple):
    kind: int
    at: int  # where it begins in the stream
    content: bytes


def _records(stream: bytes, at: int = 0) -> Iterator[_Record]:
    while at + 4 <= len(stream):
        kind, length = unpack_from("<HH", stream, at)
        yield _Record(kind, at, stream[at + 4 : at + 4 + length])
        at += 4 + length


Colour = tuple[float, float, float]


class _Font(NamedTuple):
    colour: int = 0x7FFF
    struck: bool = False
    raised: bool = False
    height: int = 220  # twips
    signs: bool = False


class _Format(NamedTuple):
    """The numbers of a style's font, format of numbers and ground (-1: the paper, None: a pattern leaves it unknown),
    and whether lines cross its cells.
    """

    font: int
    number: int
    ground: int | None
    is_crossed: bool


@dataclass(slots=True)
class _Globals:
    """What all sheets share."""

    sheets: list[tuple[str, int]] = field(default_factory=list)  # those of cells: their names, where they begin
    fonts: list[_Font] = field(default_factory=list)
    formats: dict[int, str] = field(default_factory=dict)
    styles: list[_Format] = field(default_factory=list)
    shrunk: list[int] = field(default_factory=list)  # the styles that make their text fit
    palette: dict[int, Colour] = field(default_factory=dict)
    strings: dict[int, "_Pieces"] = field(default_factory=dict)  # those that may be struck, raised or not seen in part

    def font(self, index: int) -> _Font:
        """The font of a number; 4 is left out in counting ([MS-XLS] 2.5.129)."""
        index -= index > 4
        return self.fonts[index] if index < len(self.fonts) else _Font()

    def colour(self, index: int) -> Colour | None:
        return self.palette.get(index) or _SYSTEM.get(index)

    def style(self, number: int) -> Style:
        if number >= len(self.styles):
            return PLAIN
        font_index, format_index, _, is_crossed = self.styles[number]
        font = self.font(font_index)
        code = on_ground(self.formats.get(format_index) or BUILT_IN.get(format_index, UNKNOWN), self.ground(number))
        ink = self.ink(font, self.ground(number))
        return Style(GENERAL if code.lower() in ("general", "@") else code, ink, font.struck or is_crossed, font.raised)

    def ground(self, number: int) -> Colour | None:
        """The colour behind the cells of a style; None where nobody can tell."""
        ground = self.styles[number].ground
        return _WHITE if ground == -1 else self.colour(ground) if ground is not None else None

    def scale(self, number: int) -> float:
        """How large the type of a style is, for the usual one; 0 where it is made to fit."""
        return (
            0.0 if number in self.shrunk else self.font(self.styles[number].font).height / max(self.font(0).height, 1)
        )

    def ink(self, font: _Font, ground: Colour | None) -> str:
        colour = self.colour(font.colour)
        ratio = contrast(colour, ground) if colour and ground else 21.0
        return "hidden" if ratio < UNSEEN else "dim" if ratio < DOUBTFUL or font.signs else "shown"


def _looks(stream: bytes) -> Iterator[tuple[str, "_Sheet"]]:
    try:
        shared = _shared(stream)
        cache = [style if (style := shared.style(n)) != PLAIN else None for n in range(len(shared.styles))]
        scales = [shared.scale(number) for number in range(len(shared.styles))]
        for name, at in shared.sheets:
            yield name, _look(stream, at, shared, cache, scales)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"found damage ({error}); expected a whole workbook", MEDIA_TYPE) from error


def _shared(stream: bytes) -> _Globals:
    shared = _Globals()
    strings: list[bytes] = []
    before, version = 0, _BIFF8
    for kind, _, content in _records(stream):
        if kind == _BOF:
            version = unpack_from("<H", content)[0]
        elif kind == _FILE_PASS:
            raise UnreadableFileError("found a workbook with a password; expected one without", MEDIA_TYPE)
        elif kind == _BOUND_SHEET:
            if content[5] == 0:
                shared.sheets.append((_short_text(content, 6, version), unpack_from("<I", content)[0]))
        elif kind == _FONT:
            height, flags, colour, _, raised_by = unpack_from("<HHHHH", content)
            signs = has_signs(_short_text(content, _NAME, version)) if len(content) > _NAME + 1 else False
            shared.fonts.append(_Font(colour, bool(flags & 8), raised_by in (1, 2), height, signs))
        elif kind == _FORMAT:
            shared.formats[unpack_from("<H", content)[0]] = _format(content, version)
        elif kind == _XF:
            shared.styles.append(_xf(content, version))
            shared.shrunk += [len(shared.styles) - 1] if version >= _BIFF8 and content[8] & 0x10 else []
        elif kind == _PALETTE:
            for number in range(min(unpack_from("<H", content)[0], 56)):
                red, green, blue = content[2 + 4 * number : 5 + 4 * number]
                shared.palette[_FIRST_OF_PALETTE + number] = red / 255, green / 255, blue / 255
        elif kind == _SST or (kind == _CONTINUE and before == _SST):
            strings.append(content)
        elif kind == _EOF:
            break
        before = before if kind == _CONTINUE else kind
    shared.strings = _marked_strings(strings, shared) if strings else {}
    return shared


def _format(content: bytes, version: int) -> str:
    if version < _BIFF8:
        return _short_text(content, 2, version)
    count, wide = unpack_from("<HB", content, 2)
    return _text(content[5:], count, wide)


def _short_text(content: bytes, at: int, version: int) -> str:
    """A text behind its length in one byte (2.5.240); before BIFF8 in the encoding of its machine."""
    if version < _BIFF8:
        return content[at + 1 : at + 1 + content[at]].decode("gb18030", "replace")
    return _text(content[at + 2 :], content[at], content[at + 1])


def _text(content: bytes, count: int, wide: int) -> str:
    return content[: 2 * count].decode("utf-16-le") if wide & 1 else content[:count].decode("latin-1")


def _xf(content: bytes, version: int) -> _Format:
    """How cells of a style look (2.4.353)."""
    font, number = unpack_from("<HH", content)
    is_crossed = False
    if version < _BIFF8:
        colours = unpack_from("<I", content, 8)[0]
        pattern, ground = colours >> 16 & 0x3F, colours & 0x7F
    else:
        pattern, ground = content[17] >> 2 & 0x3F, unpack_from("<H", content, 18)[0] & 0x7F
        sides, lines = unpack_from("<II", content, 10)
        is_crossed = bool(sides >> 30 and lines >> 21 & 0xF)  # which diagonals are drawn, and how
    return _Format(font, number, -1 if pattern == 0 else ground if pattern == 1 else None, is_crossed)


# -- sheets ------------------------------------------------------------------------------------------------------------


def _look(stream: bytes, at: int, shared: _Globals, styles: list[Style | None], scales: list[float]) -> "_Sheet":
    reader = _Sheet(shared, styles, scales)
    depth = 0
    for kind, _, content in _records(stream, at):
        depth += (kind == _BOF) - (kind == _EOF)  # a chart on the sheet has records of its own
        if kind in _CELLS:
            reader.cell(kind, content)
        elif read := reader.others.get(kind):
            read(content)
        elif depth == 0:
            break
    for top, left, bottom, right in reader.covers:
        reader.look.cover(top, left, bottom, right)
    reader.look.hidden_rows = frozenset(reader.hidden_rows)
    reader.look.hidden_columns = frozenset(reader.hidden_columns)
    return reader


class _Sheet:
    """What the records of a sheet say, one after the other."""

    def __init__(self, shared: _Globals, styles: list[Style | None], scales: list[float]) -> None:
        self.shared, self.styles, self.scales = shared, styles, scales
        self.look = Look()
        self.styled: dict[At, Style] = {}
        self.errors: dict[At, str] = {}  # which calamine does not tell
        self.pieced: dict[At, str] = {}  # strings in pieces, as they are seen
        self.sizes: dict[At, float] = {}
        self.look.widths.scale = lambda at: self.sizes.get(at, 1.0)
        self.look.widths.largest = max(scales, default=1.0)
        self.anchors: list[tuple[int, ...]] = []  # of what is drawn, until it is told what
        self.covers: list[tuple[int, ...]] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: set[int] = set()
        self.fields: list[tuple[int, ...]] = []  # under the conditions that follow
        self.others: dict[int, Callable[[bytes], None]] = {
            _MUL_RK: lambda content: self.cells(content, 6), _MUL_BLANK: lambda content: self.cells(content, 2),
            _ROW: self.row, _COL_INFO: self.columns, _WINDOW2: self.window, _USUAL_WIDTH: self.usual_width,
            _DRAWING: self.drawing, _OBJECT: self.object,
            _CONDITIONS: self.conditions, _NEW_CONDITIONS: lambda content: self.conditions(content[_FUTURE:]),
            _CONDITION: lambda content: self.condition(_may_hide(content, self.shared)),
            _NEW_CONDITION: lambda content: self.condition(_hides_value(content[_FUTURE:], self.shared)),
        }  # fmt: skip

    def cell(self, kind: int, content: bytes) -> None:
        row, column, style = unpack_from("<HHH", content)
        self.place(row, column, style)
        if kind == _LABEL_SST and self.shared.strings:
            number = unpack_from("<I", content, 6)[0]
            if number in self.shared.strings and style < len(self.styles):
                self.pieced[row, column] = self.shared.strings[number].on(style, self.shared)
        elif (at := _ERRORS_AT.get(kind)) and content[at[0]] == at[1]:
            self.errors[row, column] = _ERRORS.get(content[at[2]], "#")

    def cells(self, content: bytes, size: int) -> None:
        row, column = unpack_from("<HH", content)
        for number in range((len(content) - 6) // size):
            self.place(row, column + number, unpack_from("<H", content, 4 + size * number)[0])

    def place(self, row: int, column: int, number: int) -> None:
        look = self.look
        look.rows, look.columns = max(look.rows, row + 1), max(look.columns, column + 1)
        if number < len(self.styles) and (style := self.styles[number]) is not None:
            self.styled[row, column] = style
        if number < len(self.scales) and self.scales[number] != 1:
            self.sizes[row, column] = self.scales[number]

    def texts(self, rows: Sequence[Sequence[Value]]) -> tuple[list[dict[int, str]], list[At]]:
        """(what the cells show of their values, row by row and by their columns, the long numbers among them)."""
        texts: list[dict[int, str]] = []
        long, fitting = [], self.look.widths.fitting
        for row, values in enumerate(rows):
            texts.append(line := {})
            for column, value in enumerate(values):
                at = row, column
                if at in self.pieced:
                    line[column] = clean(self.pieced[at])
                elif value != "" or at in self.errors:
                    shown = self.errors.get(at) or (clean(value) if isinstance(value, str) else value)
                    line[column] = self.look.text(shown, self.styled.get(at))
                    if isinstance(value, int | float) and len(line[column]) > fitting:
                        long.append(at)
        return texts, long

    def row(self, content: bytes) -> None:
        row, height, flags = unpack_from("<H4xH4xH", content)
        if flags & 0x20 or height & 0x7FFF == 0:
            self.hidden_rows.add(row)

    def columns(self, content: bytes) -> None:
        first, last, width, _, flags = unpack_from("<HHHHH", content)
        self.look.widths.columns.update(dict.fromkeys(range(first, min(last, 0xFF) + 1), width / 256))
        if flags & 1 or width == 0:
            self.hidden_columns.update(range(first, min(last, 0xFF) + 1))

    def window(self, content: bytes) -> None:
        self.look.shows_zeros = bool(unpack_from("<H", content)[0] & 0x10)

    def usual_width(self, content: bytes) -> None:
        self.look.widths.usual = unpack_from("<H", content)[0] + USUAL - 8

    def drawing(self, content: bytes) -> None:
        """Where something is drawn: from a cell to another (2.5.193 OfficeArtClientAnchorSheet)."""
        at = content.find(_ANCHOR)
        if at >= 0 and at + 26 <= len(content):
            left, _, top, _, right, beside, bottom, below = unpack_from("<8H", content, at + 10)
            self.anchors.append((top, left, bottom - (not below), right - (not beside)))

    def object(self, content: bytes) -> None:
        """What it is (2.4.181 Obj): lines, notes and the arrows of a filter cover nothing."""
        if self.anchors and unpack_from("<HH", content)[0] == _COMMON:
            anchor = self.anchors.pop()
            self.covers += [anchor] if unpack_from("<H", content, 4)[0] not in _UNFILLED else []

    def conditions(self, content: bytes) -> None:
        self.fields = list(iter_unpack("<HHHH", content[14 : 14 + 8 * unpack_from("<H", content, 12)[0]]))

    def condition(self, hides: bool) -> None:
        """Mark what a format under a condition may hide, for the condition is not computed here."""
        for top, bottom, left, right in self.fields if hides else ():
            self.look.cover(top, left, bottom, right)


def _may_hide(condition: bytes, shared: _Globals) -> bool:
    """Whether a format under a condition (2.4.42, 2.5.91) has a number format, strikes, raises or hides."""
    flags = unpack_from("<I", condition, 6)[0]
    if flags & 1 << 25:
        return True
    if not flags & 1 << 26:
        return False
    strokes, raised_by, colour = unpack_from("<I2xH4xi", condition, 12 + 68)
    font = _Font(colour if colour >= 0 else 0x7FFF, bool(strokes & 0x80), raised_by in (1, 2))
    return font.struck or font.raised or shared.ink(font, _WHITE) != "shown"


def _hides_value(rule: bytes, shared: _Globals) -> bool:
    """Whether a rule of Excel 2007 (2.4.43 CF12) bears such a format, or shows a bar or a sign and no value (2.5.30
    CFDatabar, 2.5.36 CFMultistate); `rule` is what stands behind its header.
    """
    try:
        kind, _, first, second, size = unpack_from("<BBHHI", rule)
        if size and _may_hide(rule[:6] + rule[10 : 10 + size], shared):
            return True
        formula = 10 + (size or 2) + first + second
        at = formula + 2 + unpack_from("<H", rule, formula)[0] + _OF_TEMPLATE
        return bool(rule[at + 5] & 1 if kind == _SIGNS_RULE else not rule[at + 3] & 2 if kind == _BAR_RULE else False)
    except (struct.error, IndexError):
        return True


# -- strings in pieces -------------------------------------------------------------------------------------------------


class _Strings:
    """The shared strings, over the records they go on in; characters cut there say anew how wide they are (2.5.293)."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts = parts
        self.part, self.at = 0, 0

    @property
    def is_at_end(self) -> bool:
        """Whether nothing follows."""
        return self.part + 1 >= len(self.parts) and self.at >= len(self.parts[-1])

    def take(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            piece = self.parts[self.part][self.at : self.at + size - len(found)]
            found += piece
            self.at += len(piece)
            if len(found) < size:
                self.part, self.at = self.part + 1, 0
        return found

    def text(self, count: int, wide: bool) -> str:
        pieces: list[str] = []
        while count:
            room = len(self.parts[self.part]) - self.at
            if room == 0:
                self.part, self.at = self.part + 1, 0
                wide = bool(self.take(1)[0] & 1)
                continue
            here = min(count, room // (1 + wide) or 1)
            pieces.append(self.take(here * (1 + wide)).decode("utf-16-le" if wide else "latin-1", "surrogatepass"))
            count -= here
        return "".join(pieces)


def _marked_strings(parts: list[bytes], shared: _Globals) -> dict[int, "_Pieces"]:
    """The strings with pieces in fonts that strike, raise or hide them. Nothing is looked at where no font does, and no
    ground may hide one.
    """
    risky = _risky(shared)
    if not risky:
        return {}
    strings = _Strings(parts)
    found = {}
    for number in range(unpack_from("<II", strings.take(8))[1]):
        if strings.is_at_end:  # some writers count more than there are
            break
        count, flags = unpack_from("<HB", strings.take(3))
        runs = unpack_from("<H", strings.take(2))[0] if flags & 8 else 0
        more = unpack_from("<I", strings.take(4))[0] if flags & 4 else 0
        text = strings.text(count, bool(flags & 1))
        pieces = [unpack_from("<HH", strings.take(4)) for _ in range(runs)]
        strings.take(more)
        if risky.intersection(font for _, font in pieces):
            found[number] = _Pieces(text, pieces)
    return found


def _risky(shared: _Globals) -> set[int]:
    """The numbers of the fonts that may strike, raise or hide a piece: all of them where cells have grounds."""
    numbers = {number for number in range(len(shared.fonts) + 1) if number != 4}  # which is left out in counting
    is_filled = any(style.ground != -1 for style in shared.styles)
    return numbers if is_filled else {number for number in numbers if _risks(shared, shared.font(number))}


def _risks(shared: _Globals, font: _Font) -> bool:
    return font.struck or font.raised or shared.ink(font, _WHITE) != "shown"


class _Pieces(NamedTuple):
    """A text whose pieces begin at characters and have fonts; before the first it is in the font of its cell."""

    text: str
    fonts: list[tuple[int, ...]]

    def on(self, number: int, shared: _Globals) -> str:
        """What cells of a style show of it."""
        units = self.text.encode("utf-16-le", "surrogatepass")
        starts = [0, *(start for start, _ in self.fonts), len(units) // 2]
        fonts = [shared.font(shared.styles[number].font), *(shared.font(font) for _, font in self.fonts)]
        ground, is_crossed = shared.ground(number), shared.styles[number].is_crossed
        found = []
        for font, start, end in zip(fonts, starts, starts[1:], strict=False):
            piece = units[2 * start : 2 * end].decode("utf-16-le", "replace")
            style = Style(GENERAL, shared.ink(font, ground), font.struck or is_crossed, font.raised)
            found.append(style.print(piece))
        return "".join(found)
