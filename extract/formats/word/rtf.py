"""Rich Text Format, which offices save as .rtf and, just as often, under the name .doc.

After Microsoft's specification 1.9.1. Text runs between control words; what a group changes of the text ends with it.
Paragraphs and rows of tables end with control words of their own, and what stands before the end of a row says where
the edges of its cells are.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from extract.document import Document, UnreadableFileError
from extract.formats.word.tables import End, RowShape, build

MEDIA_TYPE = "application/rtf"
MAX_DEPTH = 32  # tables within tables
MAX_TOKENS = 1_000_000  # control words and pieces of text; a report has some ten thousand

_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])"
    rb"|[\r\n\x00]+|([^\\{}\r\n\x00]+)"
)
# Groups that hold something else than the text of the page, as do all that begin with \\* but one.
_ELSEWHERE = frozenset(
    "fonttbl colortbl stylesheet info pict object header headerl headerr headerf footer footerl footerr footerf "
    "footnote annotation fldinst nonesttables listtext pntext xe tc rxe shpinst shprslt".split()
)
_NESTED = "nesttableprops"
_PRINTED = {
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ", "qmspace": " ", "~": "\xa0", "_": "-",
    "\\": "\\", "{": "{", "}": "}", "\n": "\n", "\r": "\n",
}  # fmt: skip
_CODE_PAGES = {134: "gb18030", 136: "big5", 128: "cp932", 129: "cp949"}  # \fcharset
_STROKE = re.compile(r"(?<=\S)")
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class _State:
    """What a group changes and its end restores."""

    elsewhere: bool = False
    font: int = 0
    hidden: bool = False  # or deleted
    struck: bool = False
    raised: bool = False
    fallback: int = 1  # characters behind \u for programs without Unicode


@dataclass(slots=True)
class _Row:
    """The cells of a row as far as they are defined."""

    edges: list[int] = field(default_factory=lambda: [0])
    joined: list[bool] = field(default_factory=list)
    down: list[int] = field(default_factory=list)
    next_joined: bool = False
    next_down: int = 0

    def define(self, name: str, number: int) -> None:
        """A control word that says how wide a cell is and what it is merged with."""
        if name == "trleft":
            self.edges[0] = number
        elif name in ("clmgf", "clmrg"):
            self.next_joined = name == "clmrg"
        elif name in ("clvmgf", "clvmrg"):
            self.next_down = 3 if name == "clvmgf" else 1
        elif name == "cellx":
            self.edges.append(number)
            self.joined.append(self.next_joined)
            self.down.append(self.next_down)
            self.next_joined, self.next_down = False, 0


def read(data: bytes) -> Document:
    """Parse a file.

    Raises UnreadableFileError for tables whose rows do not end or do not have the cells they define, and for a file of
    more than `MAX_TOKENS`.
    """
    return build(_Reader().paragraphs(data), MEDIA_TYPE)


class _Reader:
    def __init__(self) -> None:
        self.state = _State()
        self.outer: list[_State] = []
        self.page = "cp1252"
        self.fonts: dict[int, str] = {}
        self.raw = bytearray()  # text not decoded yet
        self.skip = 0  # characters still to come for programs without Unicode
        self.text: list[str] = []  # of the paragraph that is being read
        self.depth = 0  # the tables it is in
        self.rows: dict[int, _Row] = {}  # by depth

    def paragraphs(self, data: bytes) -> Iterator[tuple[str, End]]:
        """The paragraphs, ends of cells and ends of rows, in their order."""
        starred = False
        end = 0
        for count, token in enumerate(_TOKEN.finditer(data)):
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
                self.outer.append(replace(self.state))
            elif brace and self.outer:
                self.state = self.outer.pop()
            elif word == b"bin":
                end = token.end() + int(number or 0)
            elif word:
                name = word.decode()
                self.state.elsewhere |= name in _ELSEWHERE or (starred and name != _NESTED)
                yield from self.control(name, int(number) if number else None)
            elif symbol:
                self.put(_PRINTED.get(symbol.decode("latin-1"), ""))
            starred = symbol == b"*"
        yield self.ended(End())

    def add(self, raw: bytes) -> None:
        """Bytes of text; those that stand for a character already given in Unicode are passed over."""
        passed = min(self.skip, len(raw))
        self.skip -= passed
        self.raw += raw[passed:]

    def flush(self) -> None:
        if self.raw:
            raw, self.raw = self.raw, bytearray()
            self.put(raw.decode(self.fonts.get(self.state.font, self.page), "replace"))

    def put(self, text: str) -> None:
        """Printed text, with marks for what plain text cannot show."""
        if text and not self.state.hidden and not self.state.elsewhere:
            text = _STROKE.sub("\u0336", text) if self.state.struck else text
            self.text.append(f"^{text}" if self.state.raised and text.strip() else text)

    def control(self, name: str, number: int | None) -> Iterator[tuple[str, End]]:
        """What a control word does, and the paragraph it ends."""
        state = self.state
        on = number != 0
        self.skip = 0
        if name == "f":
            state.font = number or 0
        elif name == "fcharset" and number in _CODE_PAGES:
            self.fonts[state.font] = _CODE_PAGES[number]
        elif name == "ansicpg":
            self.page = _code_page(number or 1252)
        elif name == "uc":
            state.fallback = number or 0
        elif name == "u" and number is not None:
            self.put(chr(number % 0x10000))
            self.skip = state.fallback
        elif name in _PRINTED:
            self.put(_PRINTED[name])
        elif name == "plain":
            state.hidden = state.struck = state.raised = False
        elif name in ("v", "deleted"):
            state.hidden = on
        elif name in ("strike", "striked"):
            state.struck = on
        elif name in ("super", "sub", "nosupersub"):
            state.raised = on and name != "nosupersub"
        elif name == "shptxt" and not self.depth:  # a box of text, such as a title is put into
            yield self.ended(End())
            state.elsewhere = False
        elif not state.elsewhere:
            yield from self.structure(name, number)

    def ended(self, end: End) -> tuple[str, End]:
        """The paragraph that was read, which ends so."""
        text, self.text = "".join(self.text), []
        if _SURROGATES.search(text):
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return text, end

    # -- paragraphs and tables ---------------------------------------------------------------------------------

    def structure(self, name: str, number: int | None) -> Iterator[tuple[str, End]]:
        """Control words that end paragraphs, place them in tables or define rows."""
        if name in ("par", "sect", "page"):
            yield self.ended(End(self.depth))
        elif name in ("cell", "nestcell"):
            self.depth = 1 if name == "cell" else max(self.depth, 2)
            yield self.ended(End(self.depth, ends_cell=True))
        elif name in ("row", "nestrow"):
            depth = 1 if name == "row" else max(self.depth, 2)
            if self.text:
                yield self.ended(End(depth))
            row = self.rows.get(depth)
            shape = RowShape(tuple(row.edges), tuple(row.joined), tuple(row.down)) if row and row.joined else None
            yield "", End(depth, ends_row=True, shape=shape)
        elif name == "pard":
            self.depth = 0
        elif name == "intbl":
            self.depth = max(self.depth, 1)
        elif name == "itap":
            self.depth = number or 0
            if self.depth > MAX_DEPTH:
                raise UnreadableFileError(f"found tables {number} deep; expected at most {MAX_DEPTH}", MEDIA_TYPE)
        elif name == "trowd":
            self.rows[max(self.depth, 1)] = _Row()
        elif row := self.rows.get(max(self.depth, 1)):
            row.define(name, number or 0)


def _code_page(number: int) -> str:
    """The encoding of a code page.

    Raises UnreadableFileError for one that is not known.
    """
    name = {936: "gb18030", 65001: "utf-8"}.get(number, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        message = f"found text in code page {number}; expected one that is known"
        raise UnreadableFileError(message, MEDIA_TYPE) from None
