"""A small writer of binary Word files, after [MS-DOC] and [MS-CFB]: a second producer to test the reader with.

It knows what the reader has to know and shares no line with it. Options lay the same document out as other writers
do: in pieces, in other encodings, with row properties in the data stream, inside other tables.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from tests.render import Box, Layout, Sheet, back_matter, front_matter

IN_TABLE = struct.pack("<HB", 0x2416, 1)
ENDS_ROW = struct.pack("<HB", 0x2417, 1)
ENDS_INNER_CELL = struct.pack("<HB", 0x244B, 1)
ENDS_INNER_ROW = struct.pack("<HB", 0x244C, 1)
DELETED = struct.pack("<HB", 0x0800, 1)
HIDDEN = struct.pack("<HB", 0x083C, 0x81)
STRUCK = struct.pack("<HB", 0x0837, 1)
RAISED = struct.pack("<HB", 0x2A48, 1)
BOLD = struct.pack("<HB", 0x0835, 1)
FIRST, ABOVE = 0x60, 0x20  # TC80: first cell of a set merged downwards; part of the cell above
LEADS, JOINED = 1, 2  # TC80: first cell of a set merged sideways; part of the cell before


def depth(tables: int) -> bytes:
    """sprmPItap: how many tables a paragraph is in."""
    return IN_TABLE + struct.pack("<Hi", 0x6649, tables)


def row_of(edges: list[int], flags: Iterable[int]) -> bytes:
    """sprmTDefTable: edges of the cells in twips and the low byte of each one's flags."""
    cells = b"".join(struct.pack("<H18x", flag) for flag in flags)
    operand = struct.pack(f"<B{len(edges)}h", len(edges) - 1, *edges) + cells
    return struct.pack("<HH", 0xD608, len(operand) + 1) + operand


def style_sheet(*styles: tuple[int, int, bytes, bytes]) -> bytes:
    """STSH of styles: (1 of paragraphs, 2 of characters, 3 of tables, 0 for none; number of its base; papx; chpx)."""
    base = 10
    stored = struct.pack("<HHHHHHHHHH", 18, len(styles), base, 1, 0x5B, 15, 0, 0, 0, 0)
    for number, (kind, based_on, papx, chpx) in enumerate(styles):
        if not kind:
            stored += struct.pack("<H", 0)
            continue
        paragraphs = struct.pack("<H", number) + papx
        parts = {1: [paragraphs, chpx], 2: [chpx], 3: [b"", paragraphs, chpx]}[kind]
        std = struct.pack("<HHHHH", 0xFFE, kind | based_on << 4, len(parts), 0, 0)
        std += struct.pack("<H", 1) + "s\0".encode("utf-16-le")
        std += b"".join(struct.pack("<H", len(part)) + part + bytes(len(part) % 2) for part in parts)
        stored += struct.pack("<H", len(std)) + std + bytes(len(std) % 2)
    return stored


@dataclass
class Run:
    """Text with one set of character properties."""

    text: str
    chpx: bytes = b""


@dataclass
class Paragraph:
    """Runs with the mark that ends them and the paragraph's properties."""

    runs: list[Run]
    mark: str
    papx: bytes = b""
    style: int = 0


@dataclass
class Word:
    """A document being written."""

    paragraphs: list[Paragraph] = field(default_factory=list)
    notes: str = ""  # a footnote's text, behind the main text
    data: bytes = b""  # what the data stream begins with
    drawings: list[tuple[int, int, int, int]] = field(default_factory=list)  # character, top and bottom in twips, flags
    fonts: list[str] = field(default_factory=list)
    drawn: bytes = b""  # what is drawn in the whole document (OfficeArtContent)

    @property
    def text(self) -> str:
        """The main text with its marks."""
        return "".join(_units("".join(run.text for run in p.runs) + p.mark) for p in self.paragraphs)

    def add(self, *runs: Run | str, papx: bytes = b"", mark: str = "\r", style: int = 0) -> None:
        """A paragraph."""
        self.paragraphs.append(Paragraph([r if isinstance(r, Run) else Run(r) for r in runs], mark, papx, style))

    def add_row(self, cells: list[list[Run | str]], row: bytes, inside: int = 1, style: int = 0) -> None:
        """A row of cells with the properties of its mark, in a table that is `inside` tables deep."""
        inner = inside > 1
        for runs in cells:
            papx = depth(inside) + ENDS_INNER_CELL * inner
            self.add(*runs, papx=papx, mark="\r" if inner else "\x07", style=style)
        self.add(papx=depth(inside) + (ENDS_INNER_ROW if inner else ENDS_ROW) + row, mark="\r" if inner else "\x07")

    def to_bytes(
        self,
        *,
        piece: int = 0,
        compressed: bool = False,
        shuffled: bool = False,
        row_data: bool = False,
        style: bytes = b"",
        prm: int = 0,
        prls: bytes = b"",
    ) -> bytes:
        """The file: text cut every `piece` characters, compressed where it can be, pieces in another order.

        With `row_data` long properties stand in the data stream. As in files saved fast, `prm` goes for every piece;
        `prls` are the properties that 1 stands for.
        """
        file = _File(self, piece, row_data)
        file.compressed, file.shuffled = compressed, shuffled
        file.style, file.prm, file.prls = style, prm, prls
        return file.write()


def of_sheets(
    sheets: list[Sheet],
    *,
    layout: Layout | None = None,
    inside: int = 1,
    jitter: int = 0,
    phantom: bool = False,
) -> Word:
    """A report as an agency's Word file: headings and tables, `jitter` twips off in every second row.

    Without a `layout` there is nothing before the tables. `inside` more than 1 puts everything into tables of one cell;
    `phantom` splits a column 1 twip from its edge.
    """
    word = Word()
    for text in front_matter(layout) if layout else []:
        word.add(text)
    for sheet in sheets:
        word.add(sheet.heading, papx=depth(inside - 1) if inside > 1 else b"")
        for number, (cells, edges, flags) in enumerate(_cells(sheet.rows)):
            shift = jitter * (number % 2)
            places = [1000 * edge + shift - (phantom and edge == 3 and number % 3 == 0) for edge in edges]
            word.add_row([[text] for text in cells], row_of(places, flags), inside)
    for level in range(inside - 1, 0, -1):
        inner = level > 1
        word.add(papx=depth(level) + ENDS_INNER_CELL * inner, mark="\r" if inner else "\x07")
        end = depth(level) + (ENDS_INNER_ROW if inner else ENDS_ROW) + row_of([0, 9000], [0])
        word.add(papx=end, mark="\r" if inner else "\x07")
    for text in back_matter(layout) if layout else ["示例县人民政府"]:
        word.add(text)
    return word


def _cells(rows: list[list[Box]]) -> Iterable[tuple[list[str], list[int], list[int]]]:
    """(texts, edges, flags) of each row, with the cells that continue those above."""
    hanging: dict[int, tuple[int, int]] = {}  # first column -> (width, rows left)
    for row in rows:
        texts, edges, flags = [], [0], []
        waiting = list(row)
        below: dict[int, tuple[int, int]] = {}
        while waiting or edges[-1] in hanging:
            at = edges[-1]
            if at in hanging:
                (width, left), text, flag = hanging[at], "", ABOVE
            else:
                box = waiting.pop(0)
                width, left, text = box.colspan, box.rowspan, box.text.replace("\n", "\x0b")
                flag = FIRST if left > 1 else 0
            if left > 1:
                below[at] = (width, left - 1)
            texts.append(text)
            flags.append(flag)
            edges.append(at + width)
        hanging = below
        yield texts, edges, flags


class _File:
    compressed = shuffled = False
    style = prls = b""
    prm = 0

    def __init__(self, word: Word, piece: int, row_data: bool) -> None:
        self.word = word
        self.data = word.data
        self.text = ""
        self.ends: list[tuple[int, bytes]] = []  # paragraph ends in the text, with properties
        self.runs: list[tuple[int, bytes]] = []
        for paragraph in word.paragraphs:
            for run in (*paragraph.runs, Run(paragraph.mark)):
                self.text += _units(run.text)
                self.runs.append((len(self.text), run.chpx))
            papx = self.elsewhere(paragraph.papx) if row_data else paragraph.papx
            self.ends.append((len(self.text), struct.pack("<H", paragraph.style) + papx))
        self.main = len(self.text)
        if word.notes:
            self.text += _units(word.notes) + "\r\r"
            self.runs.append((len(self.text), b""))
            self.ends.append((len(self.text), b"\0\0"))
        size = piece or len(self.text)
        self.cuts = [*range(0, len(self.text), size), len(self.text)]

    def elsewhere(self, papx: bytes) -> bytes:
        """sprmPHugePapx, and the properties in the data stream."""
        if len(papx) < 40:
            return papx
        at = len(self.data)
        self.data += struct.pack("<H", len(papx)) + papx
        return struct.pack("<HI", 0x6646, at)

    def write(self) -> bytes:
        body = bytearray(0x800)
        places: dict[int, tuple[int, int]] = {}  # piece -> (offset, width)
        pieces = list(enumerate(pairwise(self.cuts)))
        for number, (start, end) in reversed(pieces) if self.shuffled else pieces:
            text = self.text[start:end]
            narrow = self.compressed and all(char < "\x80" for char in text)
            places[number] = (len(body), 1 if narrow else 2)
            body += text.encode("latin-1") if narrow else b"".join(struct.pack("<H", ord(c)) for c in text)
        end_of_text = len(body)
        tables = b""
        located = {1: self.style or b"\x00" * 20}
        for number, entries in ((12, self.runs), (13, self.ends)):
            body += bytes(-len(body) % 512)
            located[number] = self.pages(body, self.in_file(entries, places), is_papx=number == 13)
        if drawings := self.word.drawings:
            anchors = [at for at, *_ in drawings] + [self.main]
            located[40] = struct.pack(f"<{len(anchors)}I", *anchors) + b"".join(
                struct.pack("<IiiiiHI", 1, 0, top, 900, bottom, flags, 0) for _, top, bottom, flags in drawings
            )
        if fonts := self.word.fonts:
            names = [f"{name}\0".encode("utf-16-le") for name in fonts]
            entries = [bytes([39 + len(name)]) + bytes(39) + name for name in names]
            located[15] = struct.pack("<HH", len(fonts), 0) + b"".join(entries)
        if self.word.drawn:
            located[50] = self.word.drawn
        descriptors = b""
        for number, _ in pieces:
            at, width = places[number]
            descriptors += struct.pack("<HIH", 0, at if width == 2 else 2 * at | 0x40000000, self.prm)
        plc = struct.pack(f"<{len(self.cuts)}I", *self.cuts) + descriptors
        modifiers = b"\x01" + struct.pack("<H", len(self.prls)) + self.prls if self.prls else b""
        located[33] = modifiers + b"\x02" + struct.pack("<I", len(plc)) + plc
        struct.pack_into("<HHHHHHH", body, 0, 0xA5EC, 0xC1, 0, 0, 0, 0x1200, 0xBF)
        struct.pack_into("<H", body, 32, 14)
        struct.pack_into("<H", body, 62, 22)
        struct.pack_into("<I", body, 64, len(body))
        notes = len(self.text) - self.main
        struct.pack_into("<ii", body, 76, self.main, max(notes - 1, 0))
        struct.pack_into("<H", body, 152, 0x5D)
        for number, content in located.items():
            struct.pack_into("<II", body, 154 + 8 * number, len(tables), len(content))
            tables += content
        struct.pack_into("<II", body, 24, 0x800, end_of_text)
        streams = {"WordDocument": bytes(body), "1Table": tables}
        return container(streams | ({"Data": self.data} if self.data else {}))

    def in_file(
        self, entries: list[tuple[int, bytes]], places: dict[int, tuple[int, int]]
    ) -> list[tuple[int, int, bytes]]:
        """(first offset, offset behind, properties), cut where the pieces are."""
        found = []
        start = 0
        cuts = self.cuts
        for end, properties in entries:
            for number, (first, last) in enumerate(pairwise(cuts)):
                begin, until = max(first, start), min(last, end)
                if begin < until:
                    at, width = places[number]
                    found.append((at + (begin - first) * width, at + (until - first) * width, properties))
            start = end
        return sorted(found)

    @staticmethod
    def pages(body: bytearray, entries: list[tuple[int, int, bytes]], *, is_papx: bool) -> bytes:
        """Formatted disk pages appended to the file; their bin table."""
        firsts, numbers = [], []
        waiting = list(entries)
        last = waiting[-1][1]
        each = 13 if is_papx else 1
        while waiting:
            page = bytearray(512)
            bottom = 511
            taken: list[tuple[tuple[int, int, bytes], int]] = []
            seen: dict[bytes, int] = {}
            while waiting:
                properties = waiting[0][2]
                stored = properties
                if is_papx:
                    size = len(stored) // 2  # in words
                    stored = bytes([size + 1]) + stored if len(stored) % 2 else bytes([0, size]) + stored
                elif properties:
                    stored = bytes([len(properties)]) + properties
                at = seen.get(stored, (bottom - len(stored)) & ~1 if stored else 0)
                room = min(at or 511, *seen.values(), 511) if seen else at or 511
                if 4 * (len(taken) + 2) + each * (len(taken) + 1) > room:
                    break
                if stored and stored not in seen:
                    page[at : at + len(stored)] = stored
                    seen[stored] = bottom = at
                taken.append((waiting.pop(0), at))
            offsets = [entry[0] for entry, _ in taken] + [taken[-1][0][1]]
            struct.pack_into(f"<{len(offsets)}I", page, 0, *offsets)
            for index, (_, at) in enumerate(taken):
                page[4 * len(offsets) + each * index] = at // 2
            page[511] = len(taken)
            firsts.append(offsets[0])
            numbers.append(len(body) // 512)
            body += page
        count = len(numbers)
        return struct.pack(f"<{count + 1}I{count}I", *firsts, last, *numbers)


def _units(text: str) -> str:
    """A character for every UTF-16 code unit."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return "".join(map(chr, struct.unpack(f"<{len(raw) // 2}H", raw)))


def container(streams: dict[str, bytes]) -> bytes:
    """An OLE container of these streams, none in the mini stream."""
    sectors: list[bytes] = []
    fat: list[int] = []

    def store(content: bytes) -> int:
        first = len(sectors)
        chunks = [content[at : at + 512].ljust(512, b"\x00") for at in range(0, len(content), 512)]
        sectors.extend(chunks)
        fat.extend([*range(first + 1, first + len(chunks)), 0xFFFFFFFE])
        return first

    entries = [("Root Entry", 5, 0xFFFFFFFE, 0)]
    for name, content in sorted(streams.items(), key=lambda item: (len(item[0]), item[0])):
        padded = content.ljust(4096, b"\x00")
        entries.append((name, 2, store(padded), len(padded)))
    directory = b""
    for number, (name, kind, first, size) in enumerate(entries):
        right = number + 1 if 0 < number < len(entries) - 1 else 0xFFFFFFFF
        child = 1 if number == 0 and len(entries) > 1 else 0xFFFFFFFF
        raw = (name + "\x00").encode("utf-16-le")
        directory += struct.pack("<64sHBBIII36xIII", raw, len(raw), kind, 1, 0xFFFFFFFF, right, child, first, size, 0)
    empty = struct.pack("<66x2xIII48x", 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    directory += empty * (-len(directory) // 128 % 4)
    first_directory = store(directory)
    fat_sectors = 1
    while fat_sectors * 128 < len(sectors) + fat_sectors:
        fat_sectors += 1
    places = range(len(sectors), len(sectors) + fat_sectors)
    fat += [0xFFFFFFFD] * fat_sectors
    fat += [0xFFFFFFFF] * (-len(fat) % 128)
    table = struct.pack(f"<{len(fat)}I", *fat)
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
        0, fat_sectors, first_directory, 0, 0x1000, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0,
    )  # fmt: skip
    header += struct.pack("<109I", *places, *[0xFFFFFFFF] * (109 - fat_sectors))
    return header + b"".join(sectors) + table
