"""Binary Word documents (.doc, and .wps files that are the same inside), after Microsoft's [MS-DOC].

The text is a sequence of UTF-16 code units, cut into pieces that lie anywhere in the file (2.4.1 Retrieving Text).
Tables are no objects of their own: paragraphs say that they end a cell or a row and how deep they are nested (2.4.3
Overview of Tables), and the mark that ends a row carries the edges of its cells (2.6.3 Table Properties). Every
paragraph is thus told twice, by its mark in the text and by its entry among the paragraph properties. A file where
the two disagree is damaged and is not read.
"""

import re
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise
from operator import itemgetter, lt
from typing import NamedTuple

from extract.document import Document, UnreadableFileError
from extract.formats.compound import Compound
from extract.formats.word import fields
from extract.formats.word.covers import Cover, cover, under
from extract.formats.word.looks import WHITE, Colour, marks, rgb
from extract.formats.word.sprms import (
    SYMBOL,
    Setting,
    StyleSheet,
    modifiers,
    of_paragraph,
    of_row,
    placing,
    telling,
)
from extract.formats.word.tables import End, RowShape, build, cells_around
from extract.shown import DIM, RAISED, STRUCK, has_signs

MEDIA_TYPE = "application/msword"
MAX_DEPTH = 32  # tables within tables; web pages pasted into Word reach about ten

# FibRgFcLcb97: fcStshf, fcPlcfBteChpx, fcPlcfBtePapx, fcSttbfFfn, fcClx, fcPlcSpaMom, fcDggInfo
_STYLES, _CHARACTERS, _PARAGRAPHS, _FONTS, _CLX, _DRAWINGS, _DRAWN = 1, 12, 13, 15, 33, 40, 50
_NAME = 40  # where in an entry of the table of fonts (FFN) its name begins
# A shape (OfficeArtFSP) with its flags, and its properties (OfficeArtFOPT); which are its filling, and whether it is.
_SHAPE = re.compile(rb"\x0a\xf0\x08\0\0\0.{4}(.{4})..\x0b\xf0(.{4})", re.DOTALL)
_BACKGROUND, _FILL_COLOUR, _FILL_STYLE, _FILLED = 0x400, 0x181, 0x1BF, 0x10
_NO_WRAP, _BY_TEXT = 3, 2  # Spa.wr, Spa.by
_SHORT_PRMS = {0x18: 0x2416, 0x19: 0x2417, 0x41: 0x0800, 0x4D: 0x2A0C, 0x57: 0x0837, 0x5C: 0x083C, 0x62: 0x2A42,
                0x68: 0x2A48, 0x73: 0x2A53}  # Prm0.isprm (2.9.215) -> the sprms read here  # fmt: skip
_FLAGS = _ROW, _INNER_CELL, _INNER_ROW = 0x2417, 0x244B, 0x244C  # sprmPFTtp, sprmPFInnerTableCell, sprmPFInnerTtp
_TABLE_SPRMS = frozenset((*_FLAGS, 0x2416, 0x6649, 0x664A, 0xD608, 0xD62B, 0x5624, 0x5625))
_ELSEWHERE = re.compile(rb"[\x45\x46]\x66|\x6b\x64")  # sprmPHugePapx (old and new), sprmPTableProps may be there
_MARKS = re.compile("[\x07\x0c\r]")
_FIELD_MARKS = re.compile("[\x13-\x15]")
_CONTROLS = re.compile("[\x01-\x06\x08\x0b\x0e-\x1f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNPRINTED = re.compile("[\x01-\x06\x08\x0b\x0e-\x1f\ud800-\udfff]")  # any of them
_CP1252 = {chr(code): bytes([code]).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}
# Line break, column break, non-breaking hyphen; a picture, of which nobody knows what it shows.
_PRINTED = {"\x0b": "\n", "\x0e": "\n", "\x1e": "-", "\x01": DIM}


def read(data: bytes) -> Document:
    """Parse a file of Word 97 or later.

    Raises UnreadableFileError for other OLE containers, for encrypted and older Word files, and for a file whose text,
    piece table and paragraph properties do not fit each other.
    """
    return read_compound(Compound.of(data))


def read_compound(container: Compound) -> Document:
    """Parse a file that is open already; raises UnreadableFileError as `read` does."""
    with _within_bounds():
        return build(_WordFile(container).paragraphs(), MEDIA_TYPE)


def shown(data: bytes) -> str:
    """The text a file shows with the marks that end its paragraphs, cells and rows.

    Raises UnreadableFileError as `read` does.
    """
    with _within_bounds():
        return _WordFile(Compound.of(data)).shown()


@contextmanager
def _within_bounds() -> Iterator[None]:
    try:
        yield
    except (struct.error, IndexError) as error:
        raise _damaged("a structure that runs over its end", "all of it") from error


def _damaged(found: str, expected: str) -> UnreadableFileError:
    return UnreadableFileError(f"the Word file is damaged: found {found}; expected {expected}", MEDIA_TYPE)


# -- the file ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters `start` to `end` lie from byte `at` on, `width` bytes each; `prls` are properties of all of them."""

    start: int
    end: int
    at: int
    width: int
    prls: bytes


class _Paragraph(NamedTuple):
    """Lines `first` to `last` of the text, the character that ends them, its style and property modifiers."""

    first: int
    last: int
    at: int
    style: int
    prls: bytes
    end: End


_paragraph = partial(tuple.__new__, _Paragraph)  # from its fields in a tuple


class _WordFile:
    """The streams of a Word file and the paragraphs they make."""

    def __init__(self, container: Compound) -> None:
        if not container.exists("WordDocument"):
            raise container.foreign("a Word document")
        self.container = container
        self.word = container.stream("WordDocument")
        ident, version, flags = struct.unpack_from("<HH6xH", self.word)
        if ident != 0xA5EC or version < 0xC0:
            raise UnreadableFileError(
                f"found a Word file of type {ident:#x}, version {version:#x} (Word 95 or older?); expected Word 97 or "
                "later", MEDIA_TYPE,
            )  # fmt: skip
        if flags & 0x0100:
            raise UnreadableFileError("the Word file is encrypted; expected one without a password", MEDIA_TYPE)
        if struct.unpack_from("<32xH28xH88xH", self.word)[:2] != (14, 22):
            raise _damaged("a FIB of another layout", "14 words and 22 numbers in its fixed parts")
        self.table = container.stream("1Table" if flags & 0x0200 else "0Table")
        self.data: bytes | None = None
        self.data_left = 0
        self.pieces = self._pieces()
        self.styles = StyleSheet.of(self._located(_STYLES))
        self.counting: set[tuple[int, bytes]] = set()  # style and modifiers of paragraphs that are counted
        self.styles.signs, self.styles.backdrop = frozenset(self._sign_fonts()), self._backdrop()

    def _located(self, number: int) -> bytes:
        """A structure of the table stream, by its number in FibRgFcLcb97."""
        at, size = struct.unpack_from("<II", self.word, 154 + 8 * number)
        found = self.table[at : at + size]
        if not size or len(found) != size:
            raise _damaged(f"structure {number} at {at} + {size}", f"it within {len(self.table)} bytes")
        return found

    def _pieces(self) -> list[_Piece]:
        """The piece table (Clx), as far as the main text goes; it has to cover all text to the character."""
        main, *others = struct.unpack_from("<8i", self.word, 76)  # FibRgLw97.ccpText to ccpHdrTxbx
        clx, at = self._located(_CLX), 0
        modifiers: list[bytes] = []
        while clx[at] == 1:
            (size,) = struct.unpack_from("<H", clx, at + 1)
            modifiers.append(clx[at + 3 : at + 3 + size])
            at += 3 + size
        kind, size = struct.unpack_from("<BI", clx, at)
        count = (size - 4) // 12
        at += 5
        starts = struct.unpack_from(f"<{count + 1}I", clx, at)
        if kind != 2 or size != 12 * count + 4 or at + size != len(clx) or starts[0] or not _ascend(starts):
            raise _damaged("pieces of text out of order", "a piece table that runs upwards from 0")
        if main < 1 or min(others) < 0 or starts[-1] != main + sum(others) + any(others):
            raise _damaged(f"pieces of {starts[-1]} characters", f"{main} of text and {sum(others)} of notes")
        if starts[-1] > len(self.word):
            raise _damaged(f"{starts[-1]} characters", f"no more than the {len(self.word)} bytes they are in")
        pieces = []
        for number, (start, end) in enumerate(pairwise(starts)):
            if start >= main:
                break
            place, prm = struct.unpack_from("<2xIH", clx, at + 4 * (count + 1) + 8 * number)
            width = 1 if place & 0x40000000 else 2  # FcCompressed
            first = (place & 0x3FFFFFFF) // (3 - width)
            if first + (end - start) * width > len(self.word):
                raise _damaged(f"a piece of text at {first}", f"it within {len(self.word)} bytes")
            if prm & 1:
                prls = modifiers[prm >> 1]
            else:
                sprm = _SHORT_PRMS.get(prm >> 1 & 0x7F)
                prls = struct.pack("<HB", sprm, prm >> 8) if sprm else b""
            pieces.append(_Piece(start, min(end, main), first, width, prls))
        return pieces

    def _pages(self, number: int, size: int) -> Iterator[tuple[bytes, tuple[int, ...], bytes]]:
        """The formatted disk pages (PapxFkp, ChpxFkp) of a bin table, with the offsets they divide and, for all between
        two, where in the page their properties are, in words: the first bytes of entries of a `size`.
        """
        table = self._located(number)
        count = (len(table) - 4) // 8
        firsts = struct.unpack_from(f"<{count + 1}I", table)
        if not count or not _ascend(firsts):
            raise _damaged(f"a bin table of {count} pages out of order", "pages in ascending order")
        for first, place in zip(firsts, struct.unpack_from(f"<{count}I", table, 4 * count + 4), strict=False):
            at = 512 * (place & 0x3FFFFF)  # PnFkpPapx keeps ten bits for others
            page = self.word[at : at + 512]
            offsets = struct.unpack_from(f"<{page[511] + 1}I", page)
            if offsets[0] != first or len(offsets) < 2 or not _ascend(offsets):
                raise _damaged(f"offsets out of order in the page at {at}", f"them to ascend from {first}")
            begin = 4 * len(offsets)
            places = page[begin : begin + size * page[511] : size]
            if len(places) != page[511]:
                raise _damaged(f"{page[511]} entries in the page at {at}", "as many as fit")
            yield page, offsets, places

    def _paragraph_ends(self) -> dict[int, bytes]:
        """Byte offset behind a paragraph -> its style and properties."""
        found: dict[int, bytes] = {}
        for page, offsets, places in self._pages(_PARAGRAPHS, 13):
            properties = {place: _papx(page, 2 * place) if place else b"" for place in set(places)}
            found.update(zip(offsets[1:], map(properties.__getitem__, places), strict=True))
        return found

    def _text(self) -> str:
        """The main text as the pieces hold it, a character for every code unit."""
        pieces: list[str] = []
        for piece in self.pieces:
            count = piece.end - piece.start
            raw = self.word[piece.at : piece.at + count * piece.width]
            if piece.width == 1:
                text = raw.decode("latin-1")
                if not text.isascii():
                    text = "".join(_CP1252.get(char, char) for char in text)
            else:
                text = raw.decode("utf-16-le", "surrogatepass")
                if len(text) != count:  # a surrogate pair became one character
                    text = "".join(map(chr, struct.unpack(f"<{count}H", raw)))
            pieces.append(text)
        text = "".join(pieces)
        if "\x00" in text:
            raise _damaged("binary data in the text", "only text")
        return text

    def _runs(self, telling: Callable[[bytes], object] | None) -> Iterator[tuple[int, int, bytes]]:
        """(start, end, property modifiers) of the runs of the text, in their order (2.6.1 Character Properties): of
        those whose modifiers are `telling`, or else of all.
        """
        runs: list[tuple[int, int, bytes]] = []  # by offsets in the file
        told: dict[bytes, object] = {}
        for page, offsets, places in self._pages(_CHARACTERS, 1):
            said: dict[int, bytes] = {}
            for at in set(places):
                chpx = page[2 * at + 1 : 2 * at + 1 + page[2 * at]] if at else b""
                if chpx not in told:
                    told[chpx] = not telling or telling(chpx)
                if told[chpx]:
                    said[at] = chpx
            if said:
                spans = zip(pairwise(offsets), places, strict=True)
                runs += [(begin, end, said[at]) for (begin, end), at in spans if at in said]
        ends = [end for _, end, _ in runs]
        for piece in self.pieces:
            last = piece.at + (piece.end - piece.start) * piece.width
            number = bisect_right(ends, piece.at)
            done = piece.start
            while number < len(runs) and runs[number][0] < last:
                begin, end = max(runs[number][0], piece.at) - piece.at, min(ends[number], last) - piece.at
                start = piece.start + begin // piece.width
                if piece.prls and done < start:
                    yield done, start, piece.prls
                done = piece.start - (-end // piece.width)
                yield start, done, runs[number][2] + piece.prls
                number += 1
            if piece.prls and done < piece.end:
                yield done, piece.end, piece.prls

    def _effects(self, paragraphs: list["_Paragraph"]) -> Iterator[tuple[int, int, str | None]]:
        """Spans of the text that are not printed as they stand, in their order: the marks they bear (None where nobody
        sees them), and "=" before a symbol that stands there.
        """
        styles = self.styles
        placed = [placing(prls) for prls in {one.prls for one in paragraphs}]
        painted = any([is_painted for _, is_painted in placed]) or styles.backdrop is not None
        every = any([is_low for is_low, _ in placed]) or styles.are_telling(painted=painted)
        settings: list[Setting] = []
        ends = [one.at for one in paragraphs]
        known: dict[tuple[bytes, Setting], str | None] = {}
        for start, end, prls in self._runs(None if every else telling(painted=painted, signs=styles.signs)):
            settings = settings or self._settings(paragraphs, styles)
            for number in range(bisect_left(ends, start), bisect_left(ends, end - 1) + 1):
                key = prls, settings[number]
                if key not in known:
                    known[key] = _effect(prls, settings[number], styles)
                if known[key] != "":
                    yield max(start, ends[number - 1] + 1 if number else 0), min(end, ends[number] + 1), known[key]

    def _settings(self, paragraphs: list["_Paragraph"], styles: StyleSheet) -> list[Setting]:
        """Where the text of each paragraph stands."""
        page = None if styles.backdrop or self._has_drawings_behind() else WHITE
        found = []
        for one, cells in zip(paragraphs, cells_around([one.end for one in paragraphs]), strict=True):
            _, _, given = of_paragraph(one.prls)
            style = one.style if given is None else given
            ground, is_cut, _ = of_paragraph(styles.paragraphs(style) + one.prls)
            of_rows = ""
            for end, cell in cells:
                grounds, crossed, is_low, of_table = of_row(paragraphs[end].prls)
                ground = ground or grounds.get(cell)
                of_rows += STRUCK * (cell in crossed) + DIM * (is_low or styles.is_unlike(of_table))
            found.append(Setting(style, ground or page, of_rows + DIM * is_cut))
        return found

    def _sign_fonts(self) -> Iterator[int]:
        """The numbers of fonts that have signs in the places of digits (SttbfFfn)."""
        at, size = struct.unpack_from("<II", self.word, 154 + 8 * _FONTS)
        stored = self.table[at : at + size]
        if "dings".encode("utf-16-le") not in stored:  # as all of them end
            return
        at = 4
        for number in range(int.from_bytes(stored[:2], "little")):
            size = 1 + stored[at]
            if has_signs(stored[at + _NAME : at + size].decode("utf-16-le", "replace")):
                yield number
            at += size

    def _backdrop(self) -> Colour | None:
        """The colour of the page, if it has one: that of the shape which is its background ([MS-ODRAW] 2.2.40)."""
        at, size = struct.unpack_from("<II", self.word, 154 + 8 * _DRAWN)
        stored = self.table[at : at + size]
        for shape in _SHAPE.finditer(stored):
            flags, length = (int.from_bytes(part, "little") for part in shape.groups())
            properties = stored[shape.end() : shape.end() + length]
            said = dict(struct.iter_unpack("<HI", properties[: len(properties) // 6 * 6]))
            colour = said.get(_FILL_COLOUR, 0xFFFFFF)  # a COLORREF: red comes last
            if flags & _BACKGROUND and said.get(_FILL_STYLE, _FILLED) & _FILLED and colour < 0xFFFFFF:
                return rgb((colour & 255) << 16 | colour & 0xFF00 | colour >> 16)
        return None

    def _has_drawings_behind(self) -> bool:
        """Whether a drawing lies behind the text."""
        return any(flags & 0x4000 for *_, flags in self._drawings())

    def _drawings(self) -> Iterator[tuple[int, int, int, int]]:
        """The drawings (PlcfSpa): the character each hangs on, its top and bottom in twips, flags."""
        at, size = struct.unpack_from("<II", self.word, 154 + 8 * _DRAWINGS)
        stored = self.table[at : at + size]
        count = (len(stored) - 4) // 30
        for number in range(count):
            (anchor,) = struct.unpack_from("<I", stored, 4 * number)
            yield anchor, *struct.unpack_from("<8xi4xiH", stored, 4 * (count + 1) + 26 * number)

    def shown(self) -> str:
        """The main text as it is printed, with the marks that end its paragraphs."""
        return self._read()[1]

    def _read(self) -> tuple[list["_Paragraph"], str]:
        text = self._text()
        found = list(self._paragraphs(text))
        return found, _printed(text, self._effects(found))

    def paragraphs(self) -> Iterable[tuple[str, End]]:
        """The paragraphs of the main text as they are printed, with what their ends say."""
        found, text = self._read()
        *lines, rest = _lines(text)
        if rest:
            raise _damaged(f"text behind the last paragraph: {rest[:80]!r}", "a paragraph mark at its end")
        texts = lines
        if len(found) < len(lines):
            texts = [lines[at] if at == last else "\n".join(lines[at : last + 1]) for at, last, *_ in found]
        ends = [one.end for one in found]
        if DIM in text:
            texts = [line if end.depth else line.strip(DIM) for line, end in zip(texts, ends, strict=True)]
        for number in self._counted(found):
            texts[number] = DIM + texts[number]
        printed = list(zip(texts, ends, strict=True))
        covers = list(self._covers([one.at for one in found]))
        return under(printed, covers) if covers else printed

    def _counted(self, paragraphs: list["_Paragraph"]) -> list[int]:
        """Which paragraphs in cells a number is counted for, which is printed and no text of the file."""
        return [
            number
            for number, one in enumerate(paragraphs if self.counting else ())
            if (one.style, one.prls) in self.counting and one.end.depth and not one.end.ends_row
        ]

    def _covers(self, ends: list[int]) -> Iterator[Cover]:
        """What lies in front of the text and lets none flow around it (2.9.250 Spa), by paragraphs with these ends."""
        for at, top, bottom, flags in self._drawings():
            wrap, is_below, vertical = flags >> 5 & 15, flags & 0x4000, flags >> 3 & 3
            near = top / 20 if vertical == _BY_TEXT else None
            if wrap == _NO_WRAP and not is_below and (found := cover(bisect_left(ends, at), near, (bottom - top) / 20)):
                yield found

    def _paragraphs(self, text: str) -> Iterator["_Paragraph"]:
        """The paragraphs of the main text as they are stored (2.4.2 Determining Paragraph Boundaries)."""
        properties = self._paragraph_ends()
        pieces = iter(self.pieces)
        end_of_piece = origin = width = (
            0  # `origin` is the byte where the text would begin, were it all like this piece
        )
        extra = b""
        known: dict[tuple[str, bytes], tuple[int, bytes, End]] = {}
        at, first, is_broken = -1, 0, False
        *lines, rest = _lines(text)
        for last, line in enumerate(lines):
            at += len(line) + 1
            while at >= end_of_piece:
                piece = next(pieces)
                end_of_piece, width, extra = piece.end, piece.width, piece.prls
                origin = piece.at - piece.start * width
            papx, mark = properties.get(origin + (at + 1) * width), text[at]
            if papx is None:  # a page break within a paragraph, or a stray line break
                if mark == "\x07":
                    raise _damaged(f"the end of a cell at character {at}", "it among the paragraph properties")
                is_broken |= mark == "\r"
                continue
            if extra:
                papx = papx.ljust(2, b"\0") + extra
            if said := known.get((mark, papx)):
                style, prls, end = said
            else:
                style, prls = int.from_bytes(papx[:2], "little"), papx[2:]
                prls = self._with_stored(prls) if _ELSEWHERE.search(prls) else prls
                end = _end(mark, prls)
                known[mark, papx] = style, prls, end
                if self.styles.counts(style, prls):
                    self.counting.add((style, prls))
            if (mark == "\x07" and end.depth != 1) or (is_broken and end.depth):
                raise _damaged(f"the end of a cell or paragraph before character {at + 1}", "it in its table")
            yield _paragraph((first, last, at, style, prls, end))
            first, is_broken = last + 1, False
        if first < len(lines) or rest:
            raise _damaged(f"text behind the last paragraph: {text[-80:]!r}", "a paragraph mark at its end")

    def _with_stored(self, prls: bytes) -> bytes:
        """Modifiers too long for a page of their paragraph stand in the Data stream (PrcData): they go before it."""
        stored = b""
        for _, operand in modifiers(prls, (0x6645, 0x6646, 0x646B)):
            if self.data is None:
                self.data = self.container.stream("Data")
                self.data_left = 8 * len(self.data)
            at = int.from_bytes(operand, "little")
            (size,) = struct.unpack_from("<H", self.data, at)
            self.data_left -= size
            stored += self.data[at + 2 : at + 2 + size]
            if at + 2 + size > len(self.data) or self.data_left < 0:
                raise _damaged(f"row properties at {at}", f"each once within {len(self.data)} bytes")
        return stored + prls if len(prls) > 6 else stored  # without the place alone, rows alike have equal properties


def _papx(page: bytes, at: int) -> bytes:
    """The style of a paragraph, two bytes, and its property modifiers (PapxInFkp)."""
    size = 2 * page[at] - 1 if page[at] else 2 * page[at + 1]
    begin = at + (3 if page[at] else 4)  # behind the size and the style
    if begin + size > 514:
        raise _damaged(f"properties of {size} bytes at {at}", "them within a page of 512")
    return page[begin - 2 : begin + size - 2] if size > 1 else b""


@lru_cache(maxsize=4096)
def _end(mark: str, prls: bytes) -> End:
    """Property modifiers applied in their order (2.6.2 Paragraph Properties, 2.6.3 Table Properties).

    A page may say the same of hundreds of paragraphs, an agency of all the rows it ever prints.
    """
    depth, flags = 0, dict.fromkeys(_FLAGS, False)
    edges: tuple[int, ...] = ()
    joined: list[bool] = []
    down: list[int] = []
    for sprm, operand in modifiers(prls, _TABLE_SPRMS):
        if sprm in flags:
            flags[sprm] = bool(operand[0])
        elif sprm == 0x2416:  # sprmPFInTable
            depth = max(depth, 1) if operand[0] else 0
        elif sprm == 0x6649:  # sprmPItap
            depth = int.from_bytes(operand, "little", signed=True)
        elif sprm == 0x664A:  # sprmPDtap
            depth += int.from_bytes(operand, "little", signed=True)
        elif sprm == 0xD608:  # sprmTDefTable
            edges, joined, down = _row_shape(operand)
        elif sprm == 0xD62B and edges:  # sprmTVertMerge
            down[operand[0]] = operand[1]
        elif sprm in (0x5624, 0x5625) and edges:  # sprmTMerge, sprmTSplit
            for cell in range(operand[0] + 1, min(operand[1], len(joined))):
                joined[cell] = sprm == 0x5624
    if not 0 <= depth <= MAX_DEPTH:
        raise _damaged(f"tables nested {depth} deep", f"at most {MAX_DEPTH}")
    shape = RowShape(edges, tuple(joined), tuple(down)) if edges else None
    if depth > 1:  # where cells end with ordinary paragraph marks
        return End(depth, flags[_INNER_CELL], flags[_INNER_ROW], shape)
    return End(depth, mark == "\x07", mark == "\x07" and flags[_ROW], shape)


def _lines(text: str) -> list[str]:
    """A text in pieces, each ended by a mark but the last."""
    return text.replace("\x07", "\r").replace("\x0c", "\r").split("\r")


def _ascend(numbers: tuple[int, ...]) -> bool:
    return all(map(lt, numbers, numbers[1:]))


def _row_shape(operand: bytes) -> tuple[tuple[int, ...], list[bool], list[int]]:
    """The operand of sprmTDefTable: the number of cells, their edges, and a TC80 for each or for the first ones."""
    count = operand[0]
    edges = struct.unpack_from(f"<{count + 1}h", operand, 1)
    flags = operand[3 + 2 * count :: 20].ljust(count, b"\x00")  # the low bytes of TCGRF hold all merges
    # [MS-DOC] 2.9.317 calls 1 a continuation and 2 or 3 the first of a set; Word 97's own description has 1 for the
    # first and 2 for the rest. A set begins with its first cell, which tells the two readings apart.
    across = [flag & 3 for flag in flags]
    first = next((value == 1 for value in across if value), True)
    joined = [value > 0 and (value == 1) != first for value in across]
    return edges, joined, [flag >> 5 & 3 for flag in flags]


def _effect(prls: bytes, setting: Setting, styles: StyleSheet) -> str | None:
    """What becomes of text with these property modifiers that stands there."""
    found = marks(styles.look(prls, setting))
    if found is None:
        return None
    for _, operand in modifiers(prls, (SYMBOL,)):
        code = int.from_bytes(operand[2:], "little")
        return "=" + (chr(code) if code > 0x20 else "\ufffd") + found + setting.marks
    return found + setting.marks


def _field_codes(text: str) -> Iterator[tuple[int, int, str | None]]:
    """Spans of fields that are not printed: all but the result (PlcFld). A stray mark hides nothing. The mark that ends
    a field without a result stands for what it shows, behind "+".
    """
    stack: list[list[int]] = []
    for found in _FIELD_MARKS.finditer(text):
        if found[0] == "\x13":
            stack.append([found.start()])
        elif found[0] == "\x14" and stack:
            stack[-1].append(found.start())
        elif found[0] == "\x15" and stack:
            begin, *separators = stack.pop()
            end = separators[0] if separators else found.start()
            if "\x07" not in text[begin:end]:
                yield begin, end, None
                if not text[end : found.start()].strip("\x14 ") and (shown := fields.shown(text[begin + 1 : end])):
                    yield found.start(), found.end(), "+" + shown


def _printed(text: str, effects: Iterable[tuple[int, int, str | None]]) -> str:
    """The text as the page shows it, with all its paragraph marks and the marks of what is unclear."""
    as_it_stands = _UNPRINTED.search(text) is None
    spans = sorted([*effects, *(() if as_it_stands else _field_codes(text))], key=itemgetter(0, 1))
    if spans:
        chars = list(text)
        done = 0
        for begin, end, effect in spans:
            if effect is None:  # fields in fields: what is done is not done again
                for at in range(max(begin, done), end):
                    chars[at] = chars[at] if _MARKS.match(chars[at]) else ""
                done = max(done, end)
            elif effect[:1] == "+":
                chars[begin] = effect[1:] if begin >= done else ""
            else:
                _mark(chars, begin, end, effect)
        text = "".join(chars)
    if as_it_stands and not spans:
        return text
    for char in set(_CONTROLS.findall(text)):
        text = text.replace(char, _PRINTED.get(char, ""))
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _mark(chars: list[str], begin: int, end: int, effect: str) -> None:
    """Mark characters, those of pairs of surrogates and of words together; "(" stands for a symbol."""
    symbol = effect[1] if effect[0] == "=" else ""
    behind = "".join(mark for mark in (STRUCK, DIM) if mark in effect)
    before = " "
    for at in range(begin, end):
        char = chars[at]
        if char == "(" and symbol:
            chars[at] = char = symbol
        if char > " " and RAISED in effect and before <= " ":
            chars[at] = RAISED + chars[at]
        if char > " " and not "\ud800" <= char < "\udc00":
            chars[at] += behind
        before = char
