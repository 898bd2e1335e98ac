"""Rich Text Format, which offices save as .rtf and, just as often, under the name .doc.

After Microsoft's specification 1.9.1. Text runs between control words; what a group changes of the text ends with it.
Paragraphs and rows of tables end with control words of their own; what a row says of the edges and grounds of its cells
stands before its end, by some writers only there.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from extract.document import Document, UnreadableFileError
from extract.formats.word import fields
from extract.formats.word.covers import Cover, cover, line, under
from extract.formats.word.looks import BLACK, WHITE, Colour, Look, is_off, marked, marks, mixed, rgb
from extract.formats.word.tables import End, RowShape, build, cells_around
from extract.shown import DIM, DOUBTFUL, STRUCK, TINY, contrast, has_signs

MEDIA_TYPE = "application/rtf"
MAX_DEPTH = 32  # tables within tables
MAX_TOKENS = 1_000_000  # control words and pieces of text; a report has some ten thousand

# Writers before Unicode put double-byte characters down as they are: their second byte may be a brace or a backslash.
_PIECE, _PIECE_OF_PAIRS = rb"[^\\{}\r\n\x00]", rb"[\x81-\xfe][@-~\x80-\xfe]|[^\\{}\r\n\x00]"
_TOKEN, _TOKEN_OF_PAIRS = (
    re.compile(
        rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^A-Za-z])|([{}])"
        rb"|[\r\n\x00]+|((?:" + piece + rb")+)"
    )
    for piece in (_PIECE, _PIECE_OF_PAIRS)
)
_PAIRS = re.compile(rb"\\ansicpg(?:936|949|950|932|54936)\b")
# Groups that hold something else than the text of the page, as do all that begin with \\* but those shown.
_ELSEWHERE = frozenset(
    "fonttbl colortbl stylesheet info pict object header headerl headerr headerf footer footerl footerr footerf "
    "footnote annotation fldinst nonesttables xe tc tcn rxe txe comment doccomm private shpinst shprslt upr".split()
)
_NESTED, _UNICODE = "nesttableprops", "ud"
# What programs print in place of the number they count themselves for a list.
_COUNTED = ("listtext", "pntext")
_COUNTING = ("pnlvl", "pnlvlbody")
# Groups whose text is no text of the page, but tells something of it.
_TELLING = {
    "fldinst": "code",
    "formfield": "",
    "ffl": "entry",
    "sn": "name",
    "sv": "value",
    "fonttbl": "font",
    "falt": "",
}
_TABLES = ("colortbl", "stylesheet")
_OPENING = frozenset((*_TABLES, *_COUNTED, *_COUNTING, *_TELLING, "shpinst", "pict", "field", "background"))
_PRINTED = {
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ", "qmspace": " ", "column": "\n", "lbr": "\n",
    "softline": "\n", "~": "\xa0", "_": "-",
    "chpgn": DIM, "sectnum": DIM, "chdate": DIM, "chtime": DIM, "\\": "\\", "{": "{", "}": "}", "\n": "\n", "\r": "\n",
}  # fmt: skip
_CODE_PAGES = {134: "gb18030", 136: "big5", 128: "cp932", 129: "cp949"}  # \fcharset
_LANGUAGES = {2052: "gb18030", 4100: "gb18030", 1028: "big5", 3076: "big5", 1041: "cp932", 1042: "cp949"}  # \deflangfe
_CHARACTER_SETS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_SURROGATES = re.compile("[\ud800-\udfff]")

# Control words of characters: what they set, and to what where no number follows. A number of 0 switches off.
_SWITCHES = {
    "v": "hidden", "deleted": "hidden", "strike": "strike", "striked": "dstrike", "super": "aligned", "sub": "aligned",
    "webhidden": "web", "spv": "spec", "twoinone": "combined", "horzvert": "turned",
}  # fmt: skip
_MEASURES = {
    "up": ("position", 6), "dn": ("position", 6), "fs": ("size", 24), "cf": ("ink", 0), "highlight": ("highlight", 0),
    "chcbpat": ("back", 0), "chcfpat": ("fore", 0), "chshdng": ("share", 0), "cb": ("behind", 0),
    "charscalex": ("scale", 100), "expndtw": ("spacing", 0),
}  # fmt: skip
_OF_PARAGRAPHS = {"cbpat": "back", "cfpat": "fore", "shading": "share", "ls": "list", "li": "li", "fi": "fi"}
_UNSURE = ("web", "spec", "turned", "counted", "unknown", "signs")
_OF_CELLS = {"clcbpat": "back", "clcfpat": "fore", "clshdng": "share"}
_OF_SHAPES = frozenset(("shptop", "shpbottom", "shpwr", "shpfblwtxt", "shpbypage", "shpbymargin"))
_NO_WRAP = 3
_LINE = "20"  # of the types of shapes
_OF_FORMS = ("ffres", "ffdefres")
_AS_USUAL = 25  # \ffres: the usual entry of a list
# What ends a paragraph, a cell or a row in a box that is itself in a cell ends a line of that cell.
_OF_BOXES = dict.fromkeys(("par", "sect", "page", "cell", "nestcell", "row", "nestrow"), "\n") | {
    "intbl": "",
    "itap": "",
}
_STYLES = ("s", "cs", "ds", "ts")
_CUT_OFF = int(20 * TINY)  # twips: the height of a line or row that is exact

Said = dict[str, int]


@dataclass(slots=True)
class _Field:
    """A field as far as it is read."""

    instruction: list[str] = field(default_factory=list)
    printed: bool = False  # whether it keeps a result
    entries: list[str] = field(default_factory=list)  # of the list of a form
    said: Said = field(default_factory=dict)

    def shown(self) -> str:
        """What it shows that keeps no result: of a list of a form the entry that is chosen, or else the usual one."""
        number = self.said.get("ffres", _AS_USUAL)
        number = self.said.get("ffdefres", 0) if number == _AS_USUAL else number
        return self.entries[number] if 0 <= number < len(self.entries) else fields.shown("".join(self.instruction))


@dataclass(slots=True)
class _State:
    """What a group changes and its end restores."""

    elsewhere: bool = False
    counted: bool = False
    telling: str = ""  # what text that is elsewhere tells of
    of_field: _Field | None = None
    shape: "_Shape | None" = None
    background: bool = False
    table: str = ""  # colortbl or stylesheet, while it is read
    font: int = 0
    fallback: int = 1  # characters behind \u for programs without Unicode
    boxed: bool = False
    in_cell: bool = False  # a box that is
    said: Said = field(default_factory=dict)  # of characters
    style: int | None = None  # of characters
    paragraph: int = 0  # the style of paragraphs
    ground: Said = field(default_factory=dict)  # of paragraphs
    cut: bool = False

    def branch(self) -> "_State":
        return replace(self, said=dict(self.said), ground=dict(self.ground))


@dataclass(slots=True)
class _Style:
    based_on: int | None = None
    said: Said = field(default_factory=dict)


@dataclass(slots=True)
class _Row:
    """The cells of a row as far as they are defined."""

    edges: list[int] = field(default_factory=lambda: [0])
    joined: list[bool] = field(default_factory=list)
    down: list[int] = field(default_factory=list)
    grounds: list[Said] = field(default_factory=list)
    crossed: list[bool] = field(default_factory=list)
    next_joined: bool = False
    next_down: int = 0
    next_ground: Said = field(default_factory=dict)
    next_crossed: bool = False
    cut: bool = False

    def define(self, name: str, number: int) -> None:
        """A control word that says how wide a cell is, what it is merged with, what is drawn in it."""
        if name == "trleft":
            self.edges[0] = number
        elif name == "trrh":
            self.cut = -_CUT_OFF < number < 0
        elif name in ("clmgf", "clmrg"):
            self.next_joined = name == "clmrg"
        elif name in ("clvmgf", "clvmrg"):
            self.next_down = 3 if name == "clvmgf" else 1
        elif name in _OF_CELLS:
            self.next_ground[_OF_CELLS[name]] = number
        elif name in ("cldglu", "cldgll"):
            self.next_crossed = True
        elif name == "cellx":
            self.edges.append(number)
            self.joined.append(self.next_joined)
            self.down.append(self.next_down)
            self.grounds.append(self.next_ground)
            self.crossed.append(self.next_crossed)
            self.next_joined, self.next_down, self.next_ground, self.next_crossed = False, 0, {}, False


@dataclass(slots=True)
class _Piece:
    """Text with what goes for it: of its characters, of its styles, of its paragraph."""

    text: str
    said: Said
    styles: Said
    ground: Said
    boxed: bool
    cut: bool


@dataclass(slots=True)
class _Shape:
    """What is drawn: the paragraph it hangs on, and what its control words say."""

    at: int
    said: Said = field(default_factory=dict)

    def cover(self) -> Cover | None:
        """What it covers, if it lies in front of the text and lets none flow around it."""
        said = self.said
        top = None if said.keys() & {"shpbypage", "shpbymargin"} else said.get("shptop", 0) / 20
        height = (said.get("shpbottom", 0) - said.get("shptop", 0)) / 20
        if said.get("line"):
            return line(self.at, top, height) if said.get("shpwr", _NO_WRAP) == _NO_WRAP else None
        if said.get("shpwr") != _NO_WRAP or said.get("shpfblwtxt"):
            return None
        return cover(self.at, top, height)


@dataclass(slots=True)
class _Paragraph:
    pieces: list[_Piece]
    end: End
    row: _Row | None = None  # that it ends


def read(data: bytes) -> Document:
    """Parse a file.

    Raises UnreadableFileError for tables whose rows do not end or do not have the cells they define, and for a file of
    more than `MAX_TOKENS`.
    """
    return build(shown(data), MEDIA_TYPE)


def shown(data: bytes) -> Iterator[tuple[str, End]]:
    """The paragraphs a file shows, with what their ends say.

    Raises UnreadableFileError for a file of more than `MAX_TOKENS`.
    """
    reader = _Reader()
    reader.parse(data)
    covers = [found for shape in reader.shapes if (found := shape.cover())]
    return under([*reader.printed()], covers) if covers else reader.printed()


class _Reader:
    def __init__(self) -> None:
        self.state = _State()
        self.outer: list[_State] = []
        self.page = ""  # the code page, if the file says one
        self.font = 0  # the one that goes where none is named
        self.fonts: dict[int, str] = {}
        self.colours: list[Colour | None] = []
        self.colour: list[int] | None = None  # red, green and blue of the one that is being read
        self.styles: dict[tuple[str, int], _Style] = {}
        self.raw = bytearray()  # text not decoded yet
        self.skip = 0  # characters still to come for programs without Unicode
        self.pieces: list[_Piece] = []  # of the paragraph that is being read
        self.depth = 0  # the tables it is in
        self.rows: dict[int, _Row] = {}  # by depth
        self.shapes: list[_Shape] = []
        self.counted = False  # whether the number of the paragraph is printed
        self.signs: set[int] = set()  # the fonts of signs
        self.property = ""  # of a shape, that is being read
        self.backdrop: Colour | None = None  # of the page, which is shown on screens and seldom printed
        self.paragraphs: list[_Paragraph] = []  # with ends of cells and of rows, in their order

    def parse(self, data: bytes) -> None:
        """Collect the paragraphs of a file."""
        starred = False
        end = 0
        token_of = _TOKEN_OF_PAIRS if _PAIRS.search(data, 0, 1024) else _TOKEN
        for count, token in enumerate(token_of.finditer(data)):
            if count == MAX_TOKENS:
                raise UnreadableFileError(f"found more than {count:,} words; expected a report", MEDIA_TYPE)
            word, number, code, symbol, brace, text = token.groups()
            if token.start() < end:  # of a picture
                continue
            if code or text:
                self.add(bytes([int(code, 16)]) if code else text)
                continue
            self.flush()
            if brace == b"{":
                self.outer.append(self.state.branch())
            elif brace and self.outer:
                self.leave()
            elif word == b"bin":
                self.skip -= self.skip > 0  # all of it stands for one character
                end = token.end() + int(number or 0)
            elif word:
                name = word.decode()
                self.begin(name, starred=starred)
                self.control(name, int(number) if number else None)
            elif symbol:
                self.put(_PRINTED.get(symbol.decode("latin-1"), ""))
            starred = symbol == b"*"
        self.end(End())

    def leave(self) -> None:
        """A group ends: of a field that keeps no result, of a box in a cell, or of something else."""
        inner, self.state = self.state, self.outer.pop()
        if inner.in_cell and not self.state.in_cell:
            self.stand("\n")
        done = inner.of_field
        if done is None or done is self.state.of_field:
            return
        text = "" if done.printed else done.shown()
        if text and (text != DIM or self.depth):
            self.put(text)
        if self.state.of_field:
            self.state.of_field.printed |= done.printed

    def stand(self, text: str) -> None:
        """Text that stands in the paragraph whatever goes for others: a break, the mark of a figure that is none."""
        self.pieces.append(_Piece(text, {}, {}, {}, boxed=False, cut=False))

    def begin(self, name: str, *, starred: bool) -> None:
        """What a control word at the head of a group says of all that the group holds."""
        if name in _OPENING:
            self.open(name)
        # \upr: the same text once more, in Unicode; \object: what it last looked like
        if ((starred and name == _UNICODE) or name == "result") and len(self.outer) > 1:
            self.state.elsewhere = self.outer[-2].elsewhere
        elif name in _ELSEWHERE or (starred and name not in (_NESTED, *_COUNTED) and not self.state.table):
            self.state.elsewhere = True

    def open(self, name: str) -> None:
        """The head of a group that tells something of the page, or holds something else than text."""
        state = self.state
        state.telling = _TELLING.get(name, "")
        state.background |= name == "background"
        if name in _TABLES:
            state.table = name
        elif name in _COUNTED:
            state.counted = self.counted = True
        elif name in _COUNTING and self.outer:
            self.outer[-1].ground["list"] = 1
        elif name == "shpinst":
            state.shape = _Shape(len(self.paragraphs))
            self.shapes += [] if state.elsewhere else [state.shape]  # those of headers stand there
        elif name == "pict" and self.depth:  # a figure may stand in it
            self.stand(DIM)
        elif name == "field":
            state.of_field = _Field()
        elif name == "ffl" and state.of_field:
            state.of_field.entries.append("")

    # -- text --------------------------------------------------------------------------------------------------

    def add(self, raw: bytes) -> None:
        """Bytes of text; those that stand for a character already given in Unicode are passed over."""
        passed = min(self.skip, len(raw))
        self.skip -= passed
        self.raw += raw[passed:]

    def flush(self) -> None:
        if self.raw:
            raw, self.raw = bytes(self.raw), bytearray()
            if self.state.table:
                self.of_table(raw)
            else:
                self.put(_decoded(raw, self.fonts.get(self.state.font, self.page)))

    def of_table(self, raw: bytes) -> None:
        """Text in a table of the head: each colour ends with a semicolon."""
        for _ in range(raw.count(b";") if self.state.table == "colortbl" else 0):
            red, green, blue = self.colour or (0, 0, 0)
            self.colours.append(rgb(red << 16 | green << 8 | blue) if self.colour else None)
            self.colour = None

    def put(self, text: str) -> None:
        """Text of the page, with what goes for it."""
        state = self.state
        if state.elsewhere:
            self.tell(text)
        elif text:
            styles = self.chain("s", state.paragraph)
            if state.style is not None:
                styles = styles | (self.chain("cs", state.style) or {"unknown": ("cs", state.style) not in self.styles})
            said = state.said | {"counted": state.counted, "signs": state.font in self.signs}
            cut = state.cut or is_off(state.ground.get("li", 0), state.ground.get("fi", 0))
            self.pieces.append(_Piece(text, said, styles, dict(state.ground), state.boxed, cut))
            if state.of_field and text.strip():
                state.of_field.printed = True

    def tell(self, text: str) -> None:
        """Text that tells something of the page: of a field, of a font, of a shape."""
        state = self.state
        if state.telling == "font" and has_signs(text):
            self.signs.add(state.font)
        elif state.telling == "name":
            self.property = text
        elif state.telling == "value":
            self.of_shape(text)
        elif state.of_field and state.telling == "code":
            state.of_field.instruction.append(text)
        elif state.of_field and state.telling == "entry":
            state.of_field.entries[-1] += text

    def of_shape(self, value: str) -> None:
        """What a property of a shape says (Drawing Object Properties): lines, letters it draws, the page's colour."""
        if self.property == "shapeType" and value == _LINE and self.state.shape:
            self.state.shape.said["line"] = 1
        elif self.property == "gtextUNICODE" and self.depth:
            self.stand(DIM)
        elif self.property == "fillColor" and self.state.background and value.isdecimal():
            blue, green, red = (int(value[:9]) >> shift & 255 for shift in (16, 8, 0))
            self.backdrop = rgb(red << 16 | green << 8 | blue)

    def chain(self, kind: str, number: int) -> Said:
        """What a style says with all it is based on."""
        found: Said = {}
        seen: set[int] = set()
        at: int | None = number
        while at is not None and at not in seen and (style := self.styles.get((kind, at))):
            seen.add(at)
            found = style.said | found
            at = style.based_on
        return found

    def control(self, name: str, number: int | None) -> None:
        """What a control word does."""
        state = self.state
        self.skip = 0
        if state.table:
            self.define(name, number)
        elif name in _PRINTED:
            self.put(_PRINTED[name])
        elif name == "u" and number is not None:
            self.put(chr(number % 0x10000))
            self.skip = state.fallback
        elif name in _SWITCHES or name in _MEASURES or name == "nosupersub":
            _say(state.said, name, number)
        elif name == "plain":
            state.said, state.style, state.font = {}, None, self.font
        elif name == "cs":
            state.style = number
        elif not self.encoding(name, number):
            if name == "shptxt":
                self.open_box()
            elif state.in_cell and name in _OF_BOXES:
                self.put(_OF_BOXES[name])
            elif not state.elsewhere:
                self.structure(name, number)
            elif drawn := self.drawn(name):
                drawn.said[name] = number or 0

    def open_box(self) -> None:
        """A box of text begins, such as a title is put into: paragraphs of their own, or lines of the cell it is in."""
        if self.depth:
            self.stand("\n")
        else:
            self.end(End())
        self.state.elsewhere, self.state.boxed, self.state.in_cell = False, True, bool(self.depth)

    def drawn(self, name: str) -> _Shape | _Field | None:
        """The shape or the field a control word tells something of, if it does."""
        if name in _OF_SHAPES:
            return self.state.shape
        return self.state.of_field if name in _OF_FORMS else None

    def encoding(self, name: str, number: int | None) -> bool:
        """Whether a control word tells how text is encoded, which it then is."""
        state = self.state
        if name == "f":
            state.font = number or 0
        elif name == "deff":
            self.font = state.font = number or 0
        elif name == "fcharset" and number in _CODE_PAGES:
            self.fonts[state.font] = _CODE_PAGES[number]
        elif name == "cpg" and number:
            self.fonts[state.font] = _code_page(number)
        elif name == "ansicpg":
            self.page = _code_page(number or 1252)
        elif name == "deflangfe" and number in _LANGUAGES:
            self.page = self.page or _LANGUAGES[number]
        elif name in _CHARACTER_SETS:
            self.page = _CHARACTER_SETS[name]
        elif name == "uc":
            state.fallback = number or 0
        else:
            return False
        return True

    def define(self, name: str, number: int | None) -> None:
        """A control word of the table of colours or of styles."""
        state = self.state
        if state.table == "colortbl":
            if name in ("red", "green", "blue"):
                self.colour = self.colour or [0, 0, 0]
                self.colour[("red", "green", "blue").index(name)] = (number or 0) & 255
        elif name in _STYLES:
            self.styles[name, number or 0] = _Style(None, state.said)
        elif name == "sbasedon":
            for style in self.styles.values():
                if style.said is state.said:
                    style.based_on = number
        elif name in _SWITCHES or name in _MEASURES or name == "nosupersub":
            _say(state.said, name, number)

    # -- looks -------------------------------------------------------------------------------------------------

    def printed(self) -> Iterator[tuple[str, End]]:
        """The text of the paragraphs as it is printed, with its marks."""
        around = cells_around([paragraph.end for paragraph in self.paragraphs])
        for paragraph, cells in zip(self.paragraphs, around, strict=True):
            ground: Colour | None = None
            of_row = ""
            for end, cell in cells:
                row = self.paragraphs[end].row
                if row and cell < len(row.grounds):
                    ground = ground or self.shade(row.grounds[cell])
                    of_row += STRUCK * row.crossed[cell] + DIM * row.cut
            text = "".join([self.shown(piece, ground, of_row) for piece in paragraph.pieces])
            if _SURROGATES.search(text):
                text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            yield text, paragraph.end

    def shown(self, piece: _Piece, ground: Colour | None, of_row: str) -> str:
        """The text of a piece as it is printed, with its marks; `ground` and `of_row` are those of the cell it is in.

        Writers say again of the text what its style says, and programs differ in what they do where one did not: what
        would be unseen by its style alone is in doubt.
        """
        ground = self.shade(piece.ground) or ground or (None if piece.boxed or self.backdrop else WHITE)
        direct = marks(self.look(piece.said, ground))
        if direct is None:
            return ""
        styled = marks(self.look(piece.styles | piece.said, ground)) if piece.styles else direct
        return marked(piece.text, direct + (DIM if styled is None else styled) + DIM * piece.cut + of_row)

    def look(self, said: Said, ground: Colour | None) -> Look:
        ink = self.coloured(said.get("ink", 0))
        ground = self.coloured(said.get("highlight", 0)) or self.shade(said) or ground
        alike = ink and self.backdrop and not ground and contrast(ink, self.backdrop) < DOUBTFUL
        return Look(
            hidden=bool(said.get("hidden")),
            struck=bool(said.get("strike") or said.get("dstrike")),
            raised=bool(said.get("aligned") or said.get("combined")) or abs(said.get("position", 0)) > 1,
            unsure=bool(alike) or any(map(said.get, _UNSURE)),
            size=said.get("size", 24) / 2,
            scale=said.get("scale", 100),
            spacing=said.get("spacing", 0) / 20,
            ink=ink,
            ground=ground,
        )

    def coloured(self, number: int) -> Colour | None:
        return self.colours[number] if 0 <= number < len(self.colours) else None

    def shade(self, said: Said) -> Colour | None:
        """The colour of a shading: its background, its foreground by a share in hundredths of a percent."""
        back = self.coloured(said.get("back", 0)) or self.coloured(said.get("behind", 0))
        if not said.get("share"):
            return back
        return mixed(self.coloured(said.get("fore", 0)) or BLACK, back or WHITE, said["share"] // 100)

    # -- paragraphs and tables ---------------------------------------------------------------------------------

    def structure(self, name: str, number: int | None) -> None:
        """Control words that end paragraphs, place them in tables or define rows."""
        if name in ("par", "sect", "page"):
            self.end(End(self.depth))
        elif name in ("cell", "nestcell"):
            self.depth = 1 if name == "cell" else max(self.depth, 2)
            self.end(End(self.depth, ends_cell=True))
        elif name in ("row", "nestrow"):
            self.end_row(1 if name == "row" else max(self.depth, 2))
        elif name == "pard":
            self.depth *= self.state.in_cell
            self.state.paragraph, self.state.ground, self.state.cut = 0, {}, False
        elif name == "intbl":
            self.depth = max(self.depth, 1)
        elif name == "itap":
            self.depth = number or 0
            if self.depth > MAX_DEPTH:
                raise UnreadableFileError(f"found tables {number} deep; expected at most {MAX_DEPTH}", MEDIA_TYPE)
        elif name == "s":
            self.state.paragraph = number or 0
        elif name in _OF_PARAGRAPHS:
            self.state.ground[_OF_PARAGRAPHS[name]] = number or 0
        elif name == "sl":
            self.state.cut = -_CUT_OFF < (number or 0) < 0
        elif name == "trowd":
            self.rows[max(self.depth, 1)] = _Row()
        elif row := self.rows.get(max(self.depth, 1)):
            row.define(name, number or 0)

    def end(self, end: End, row: _Row | None = None) -> None:
        """The paragraph that was read ends so; a number that is counted for it and not printed stands before it."""
        if end.depth and self.state.ground.get("list") and not self.counted and not end.ends_row:
            self.pieces.insert(0, _Piece(DIM, {}, {}, {}, boxed=False, cut=False))
        self.paragraphs.append(_Paragraph(self.pieces, end, row))
        self.pieces, self.counted = [], False

    def end_row(self, depth: int) -> None:
        if self.pieces:
            self.end(End(depth))
        row = self.rows.get(depth)
        shape = RowShape(tuple(row.edges), tuple(row.joined), tuple(row.down)) if row and row.joined else None
        self.end(End(depth, ends_row=True, shape=shape), row)


def _say(said: Said, name: str, number: int | None) -> None:
    """Put down what a control word says of characters."""
    if name == "nosupersub":
        said["aligned"] = 0
    elif name in _SWITCHES:
        said[_SWITCHES[name]] = int(number != 0)
    else:
        key, usual = _MEASURES[name]
        said[key] = usual if number is None else number


def _decoded(raw: bytes, page: str) -> str:
    """Text in a code page; where the file names none, in that of Chinese text if it can be."""
    if not page:
        try:
            return raw.decode("gb18030")
        except UnicodeDecodeError:
            page = "cp1252"
    return raw.decode(page, "replace")


def _code_page(number: int) -> str:
    """The encoding of a code page.

    Raises UnreadableFileError for one that is not known.
    """
    name = {936: "gb18030", 54936: "gb18030", 65001: "utf-8", 10000: "mac_roman"}.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        message = f"found text in code page {number}; expected one that is known"
        raise UnreadableFileError(message, MEDIA_TYPE) from None
