"""Binary Word files: two producers, what the page does not show, and damage that must never pass for a report."""

import csv
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.document import Document, Grid, UnreadableFileError
from extract.formats.word.doc import read
from extract.read import Reading, read_report
from extract.shown import is_unclear
from tests.extract import word97
from tests.extract.word97 import (
    ABOVE,
    BOLD,
    DELETED,
    FIRST,
    HIDDEN,
    JOINED,
    LEADS,
    RAISED,
    STRUCK,
    Run,
    Word,
    container,
    depth,
    of_sheets,
    row_of,
    style_sheet,
)
from tests.render import Key, Layout, lay_out
from tests.series import examples
from tests.strategies import EDITIONS, LOCAL, SECTIONED, consistent_numbers, spellings

EXAMPLES = sorted((Path(__file__).parents[1] / "examples" / "doc").glob("*.doc"))
NAMES = [path.stem for path in EXAMPLES]
bounded = examples(25)


def printed_in(reading: Reading) -> dict[Key, str]:
    """The printed text of every cell read."""
    return {(cell.indicator_code, cell.applicant_code): cell.printed for cell in reading.cells}


def expected_of(path: Path) -> dict[Key, str]:
    """What the file beside an example says it prints."""
    with path.with_suffix(".csv").open(encoding="utf-8") as lines:
        return {(row["indicator_code"], row["applicant_code"]): row["printed"] for row in csv.DictReader(lines)}


def texts(grid: Grid) -> list[list[str]]:
    """The cells of a grid as text."""
    return [[cell.text for cell in row] for row in grid.rows]


def spans(grid: Grid) -> list[list[tuple[int, int, int]]]:
    """(first column, colspan, rowspan) of the cells of a grid."""
    return [[(cell.first, cell.colspan, cell.rowspan) for cell in row] for row in grid.rows]


def one_row(*runs: Run | str) -> Document:
    """A document with one table of one row and two cells, a label and these runs."""
    word = Word()
    word.add("before")
    word.add_row([["label"], list(runs)], row_of([0, 1000, 2000], [0, 0]))
    word.add("behind")
    return read(word.to_bytes())


def table(rows: list[tuple[list[str], list[int], list[int]]], **options: int) -> Grid:
    """The grid of a table of (texts, edges, flags)."""
    word = Word()
    for cells, edges, flags in rows:
        word.add_row([[text] for text in cells], row_of(edges, flags))
    word.add()
    return read(word.to_bytes(**options)).grids[0]


# -- what is in order --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EXAMPLES, ids=NAMES)
def test_examples_of_two_producers_read_as_printed(path: Path) -> None:
    """Every cell of the files written by LibreOffice and by our own writer, none of them marked."""
    reading = read_report(path.read_bytes(), path.name)
    assert (reading.outcome, reading.issues, reading.media_type) == ("report", [], "application/msword")
    assert printed_in(reading) == expected_of(path)
    assert all(grid.spans_known for grid in reading.document.grids)


def test_there_are_examples_of_both_editions() -> None:
    """The test above would pass on an empty folder."""
    assert {path.stem.split("_")[1] for path in EXAMPLES} == set(SECTIONED)
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize(
    ("edition", "local"), [(edition, local) for edition in EDITIONS for local in LOCAL[edition]], ids=str
)
@given(data=st.data())
@bounded
def test_whatever_way_a_report_is_stored_it_reads_the_same(
    edition: str, local: tuple[str, ...], data: st.DataObject
) -> None:
    """Pieces of any size in any order, compressed or not, crooked rows, tables in tables, rows kept elsewhere."""
    printed = data.draw(spellings(edition, data.draw(consistent_numbers(edition, local))))
    layout = Layout(broken=data.draw(st.booleans()), spellings=data.draw(st.booleans()))
    word = of_sheets(
        lay_out(edition, printed, layout=layout, rng=Random(7)),
        inside=data.draw(st.integers(1, 4)),
        jitter=data.draw(st.sampled_from([0, 1, 14, -20])),
        phantom=data.draw(st.booleans()),
    )
    bytes_ = word.to_bytes(
        piece=data.draw(st.sampled_from([0, 1000, 61, 9])),
        compressed=data.draw(st.booleans()),
        shuffled=data.draw(st.booleans()),
        row_data=data.draw(st.booleans()),
    )
    reading = read_report(bytes_, "report.doc")
    assert (reading.outcome, reading.issues) == ("report", [])
    assert printed_in(reading) == printed


def test_paragraphs_and_tables_keep_their_order() -> None:
    """Blocks come in reading order, cells know their place in the file."""
    document = one_row("12")
    before, grid, behind = document.blocks
    assert (before, behind) == ("before", "behind")
    assert isinstance(grid, Grid)
    assert [cell.place for cell in grid.rows[0]] == ["table[1]/tr[1]/tc[1]", "table[1]/tr[1]/tc[2]"]


@pytest.mark.parametrize("piece", [0, 1, 3])
def test_characters_beyond_the_first_plane_shift_nothing(piece: int) -> None:
    """A surrogate pair takes two positions, even when a piece ends within it."""
    word = Word()
    word.add("𠮷𡘙𣏌 before")
    word.add_row([["𠮷1"], ["2"]], row_of([0, 1000, 2000], [0, 0]))
    word.add()
    document = read(word.to_bytes(piece=piece))
    assert document.blocks[0] == "𠮷𡘙𣏌 before"
    assert texts(document.grids[0]) == [["𠮷1", "2"]]


@pytest.mark.parametrize(
    ("runs", "printed"),
    [
        (["\x1e8"], "-8"),
        (["1\x1f2"], "12"),
        (["a\x0bb"], "a\nb"),
        (["\xa012 "], "12"),
        (["\x13 = SUM(LEFT) \\* 7\x1412\x15"], "12"),
        (["\x13 HYPERLINK \x13 DATE \x1499\x15 \x1412\x15"], "12"),
        (["1\x13 TC 5\x152"], "12"),
        (['1\x13 SYMBOL 50 \\f "Arial"\x15'], "12"),
        (["\x13 TC \x13 SYMBOL 57\x15\x1512"], "12"),
        (["12\x13 34"], "12 34"),
        (["12", Run("5", DELETED)], "12"),
        (["12", Run("5", HIDDEN)], "12"),
        (["12", Run("5", BOLD)], "125"),
        (["12", Run("1)", RAISED)], "12^1)"),
        ([Run("12", STRUCK), "13"], "1\u03362\u033613"),
        (["12\x08\x02"], "12"),
        (["12\x01"], "12\u0333"),
    ],
)
def test_a_cell_holds_what_the_page_shows(runs: list[Run | str], printed: str) -> None:
    """Field codes, deleted and hidden text are gone; struck and raised text cannot pass for digits."""
    document = one_row(*runs)
    assert texts(document.grids[0]) == [["label", printed]]
    assert document.blocks[-1] == "behind"


def test_field_marks_in_two_cells_hide_nothing() -> None:
    """A field does not run from cell to cell; what looks like one is damage, and all its text is kept."""
    word = Word()
    word.add_row([["label\x13"], ["12"], ["\x1513"]], row_of([0, 1000, 2000, 3000], [0, 0, 0]))
    word.add()
    assert texts(read(word.to_bytes()).grids[0]) == [["label", "12", "13"]]


NORMAL, NONE = (1, 0xFFF, b"", b""), (0, 0xFFF, b"", b"")
HIDDEN_STYLE, STRUCK_STYLE = (2, 0xFFF, b"", HIDDEN), (2, 0xFFF, b"", STRUCK)
OF_STYLE_1, OF_STYLE_2 = struct.pack("<HH", 0x4A30, 1), struct.pack("<HH", 0x4A30, 2)


@pytest.mark.parametrize(
    ("styles", "runs", "style", "printed"),
    [
        ([NORMAL, HIDDEN_STYLE], ["12", Run("5", OF_STYLE_1)], 0, "12"),
        ([NORMAL, HIDDEN_STYLE, (2, 1, b"", b"")], ["12", Run("5", OF_STYLE_2)], 0, "12"),
        ([NORMAL, STRUCK_STYLE], ["12", Run("5", OF_STYLE_1)], 0, "125\u0336"),
        ([NORMAL, HIDDEN_STYLE], ["12", Run("5", OF_STYLE_1 + HIDDEN[:2] + b"\0")], 0, "125"),
        ([NORMAL, (1, 0, b"", HIDDEN)], ["12"], 1, ""),
        ([NORMAL, (1, 0, b"", HIDDEN)], [Run("12", HIDDEN[:2] + b"\0"), "5"], 1, "12"),
        ([NORMAL, (1, 0, b"", HIDDEN)], [Run("12", HIDDEN), "5"], 1, "12"),
        ([NORMAL, (1, 0, b"", HIDDEN), (1, 1, b"", HIDDEN)], ["12"], 2, "12"),
        ([NORMAL, (1, 0, b"", HIDDEN), HIDDEN_STYLE], [Run("5", OF_STYLE_2)], 1, "5\u0333"),
        ([NORMAL, (1, 2, b"", b""), (1, 1, b"", STRUCK)], ["12"], 1, "1\u03362\u0336"),
    ],
)  # fmt: skip
def test_text_looks_as_its_styles_say(
    styles: list[tuple[int, int, bytes, bytes]], runs: list[Run | str], style: int, printed: str
) -> None:
    """Styles with their bases; what is said of a run goes over them; what depends on two that differ is in doubt."""
    word = Word()
    word.add_row([["label"], runs], row_of([0, 1000, 2000], [0, 0]), style=style)
    word.add()
    shown = texts(read(word.to_bytes(style=style_sheet(*styles))).grids[0])[0][1]
    assert shown == printed


@pytest.mark.parametrize(
    ("prm", "prls", "blocks"),
    [
        (0, b"", ["before", "text"]),
        (1, DELETED, []),
        (0x41 << 1 | 1 << 8, b"", []),
        (0x41 << 1, b"", ["before", "text"]),
        (0x55 << 1 | 1 << 8, b"", ["before", "text"]),
    ],
)
def test_properties_of_a_whole_piece_are_applied(prm: int, prls: bytes, blocks: list[str]) -> None:
    """Files saved fast change text by a note on its piece, in a short form or a list."""
    word = Word()
    word.add("before")
    word.add("text")
    assert read(word.to_bytes(prm=prm, prls=prls)).blocks == blocks


def test_properties_may_come_in_any_order() -> None:
    """That a paragraph is in a table does not undo what was said of its depth."""
    word = Word()
    word.add_row([["1"]], row_of([0, 1000], [0]), inside=2)
    for paragraph in word.paragraphs:
        tables, rest = paragraph.papx[:9], paragraph.papx[9:]
        paragraph.papx = tables[3:] + tables[:3] + rest
    word.add(papx=depth(1), mark="\x07")
    word.add(papx=depth(1) + word97.ENDS_ROW + row_of([0, 1000], [0]), mark="\x07")
    word.add("behind")
    assert read(word.to_bytes()).blocks[1:] == ["behind"]


def test_a_paragraph_can_be_taken_out_of_its_table() -> None:
    """sprmPDtap on a piece lowers the depth its paragraph properties say."""
    word = Word()
    word.add("text", papx=depth(1))
    assert read(word.to_bytes(prm=1, prls=struct.pack("<Hi", 0x664A, -1))).blocks == ["text"]


def test_footnotes_are_not_in_the_text() -> None:
    """Only the main text is read; the pieces behind it are accounted for."""
    word = Word(notes="99")
    word.add("main")
    assert read(word.to_bytes()).blocks == ["main"]


def test_page_breaks_part_lines() -> None:
    """A page break within a paragraph ends no paragraph of its own."""
    word = Word()
    word.add("one\x0ctwo")
    word.add("three", mark="\x0c")
    word.add("four")
    assert read(word.to_bytes()).blocks == ["one", "two", "three", "four"]


# -- tables ------------------------------------------------------------------------------------------------------------


def test_spans_follow_from_the_edges() -> None:
    """Columns are what all rows make together; cells merged downwards belong to the row they begin in."""
    grid = table(
        [
            (["a", "b"], [0, 1000, 3000], [FIRST, 0]),
            (["", "c", "d"], [0, 1000, 2000, 3000], [ABOVE, 0, 0]),
            (["e", "f"], [0, 2000, 3000], [0, 0]),
        ]
    )
    assert grid.spans_known
    assert texts(grid) == [["a", "b"], ["c", "d"], ["e", "f"]]
    assert spans(grid) == [[(0, 1, 2), (1, 2, 1)], [(1, 1, 1), (2, 1, 1)], [(0, 2, 1), (2, 1, 1)]]
    assert [cell.column for cell in grid.rows[1]] == [2, 3]


@pytest.mark.parametrize(("leads", "joined"), [(LEADS, JOINED), (JOINED, LEADS), (3, LEADS)])
def test_cells_merged_sideways_are_one(leads: int, joined: int) -> None:
    """Both readings of the two bits: the description of Word 97 and the later one turn them round."""
    grid = table(
        [(["7", "", "8"], [0, 1000, 2000, 3000], [leads, joined, 0]), (["1", "2", "3"], [0, 1000, 2000, 3000], [0] * 3)]
    )
    assert (texts(grid)[0], spans(grid)[0]) == (["7", "8"], [(0, 2, 1), (2, 1, 1)])


def test_what_is_left_in_merged_cells_is_no_figure() -> None:
    """Word does not show it; a label that stands there is taken up, a number is not."""
    rows = [(["", ""], [0, 1000, 2000], [FIRST, FIRST]), (["总计", "5"], [0, 1000, 2000], [ABOVE, ABOVE])]
    assert texts(table(rows)) == [["总计", ""], []]


def test_edges_a_few_twips_apart_are_one_column() -> None:
    """Rows rounded differently, and a blank cell a single twip wide, make no columns of their own."""
    grid = table(
        [
            (["a", "b"], [0, 1000, 2000], [0, 0]),
            (["c", "", "d"], [-4, 1011, 1012, 1995], [0, 0, 0]),
        ]
    )
    assert (texts(grid), spans(grid)[1]) == ([["a", "b"], ["c", "d"]], [(0, 1, 1), (1, 1, 1)])


def test_a_cell_too_narrow_for_its_text_leaves_the_spans_unknown() -> None:
    """No text is lost to the tolerance: cells are counted along the row instead."""
    grid = table([(["a", "5", "b"], [0, 1000, 1001, 2000], [0, 0, 0])])
    assert not grid.spans_known
    assert texts(grid) == [["a", "5", "b"]]


def test_rows_without_a_shape_are_counted() -> None:
    """A table whose rows have no edges has no known spans."""
    word = Word()
    word.add_row([["a"], ["5"]], b"")
    word.add()
    grid = read(word.to_bytes()).grids[0]
    assert (grid.spans_known, texts(grid)) == (False, [["a", "5"]])


def nested(cells: int) -> Document:
    """A table of rows of this many cells with a table of two cells in the last cell."""
    word = Word()
    edges = [1000 * number for number in range(cells + 1)]
    word.add_row([[f"c{number}"] for number in range(cells)], row_of(edges, [0] * cells))
    for number in range(cells - 1):
        word.add(f"d{number}", papx=depth(1), mark="\x07")
    word.add("above", papx=depth(1))
    word.add_row([["1"], ["2"]], row_of([0, 500, 1000], [0, 0]), inside=2)
    word.add("below", papx=depth(1), mark="\x07")
    word.add(papx=depth(1) + word97.ENDS_ROW + row_of(edges, [0] * cells), mark="\x07")
    word.add("end")
    return read(word.to_bytes())


def test_a_table_that_arranges_the_page_is_no_grid() -> None:
    """Its paragraphs and tables stand in their order."""
    document = nested(2)
    assert [b if isinstance(b, str) else texts(b) for b in document.blocks] == [
        "c0", "c1", "d0", "above", [["1", "2"]], "below", "end",
    ]  # fmt: skip


def test_a_table_in_a_cell_of_a_table_is_a_grid_too() -> None:
    """The outer one keeps its text in the cell, the inner one follows it."""
    document = nested(3)
    outer, inner = document.grids
    assert texts(outer) == [["c0", "c1", "c2"], ["d0", "d1", "above\n1 2\nbelow"]]
    assert (texts(inner), inner.number) == ([["1", "2"]], 2)


# -- what is not -------------------------------------------------------------------------------------------------------


def small() -> bytes:
    """A sound file with a table."""
    word = Word()
    word.add("before")
    word.add_row([["label"], ["12"]], row_of([0, 1000, 2000], [0, 0]))
    word.add("behind")
    return word.to_bytes(piece=8)


@pytest.mark.parametrize(
    ("streams", "found", "media_type"),
    [
        ({"PowerPoint Document": b"\x00"}, "PowerPoint", "application/vnd.ms-powerpoint"),
        ({"EncryptedPackage": b"\x00", "EncryptionInfo": b"\x00"}, "password", "application/x-ole-storage"),
        ({"Contents": b"\x00", "Other": b"\x00"}, "Contents, Other", "application/x-ole-storage"),
        ({}, "container", "application/x-ole-storage"),
    ],
)
def test_other_containers_are_named(streams: dict[str, bytes], found: str, media_type: str) -> None:
    """The message says what was found instead of a Word document."""
    with pytest.raises(UnreadableFileError, match=found) as error:
        read(container(streams))
    assert error.value.media_type == media_type


@pytest.mark.parametrize(
    ("at", "change", "found"),
    [
        (0, b"\xdc\xa5\x68\x00", "Word 95"),
        (11, b"\x13", "encrypted"),
        (11, b"\x10", "0Table"),
        (76, b"\x01", "characters"),
        (80, b"\x01", "characters"),
        (0x1A2, b"\x7f", "damaged"),
        (0x1A6, b"\x00", "damaged"),
    ],
)
def test_what_the_header_of_the_file_says_is_checked(at: int, change: bytes, found: str) -> None:
    """Old and encrypted files, lengths that do not fit the piece table, structures outside their stream."""
    data = bytearray(small())
    start = data.index(struct.pack("<HH", 0xA5EC, 0xC1))
    data[start + at : start + at + len(change)] = change
    with pytest.raises(UnreadableFileError, match=found):
        read(bytes(data))


def broken_tables() -> Iterator[tuple[str, Word]]:
    """Documents whose marks and properties tell different tables."""
    row = row_of([0, 1000, 2000], [0, 0])
    word = Word()
    word.add("label", papx=depth(1), mark="\x07")
    word.add("behind")
    yield "within a row", word
    word = Word()
    word.add_row([["label"]], row)
    yield "row of 1 cells", word
    word = Word()
    word.add("stray", mark="\x07")
    yield "in its table", word
    word = Word()
    word.add_row([["label"], ["12"]], row)
    word.paragraphs[-1].runs.append(Run("13"))
    yield "behind the last cell", word
    word = Word()
    word.add("12", papx=depth(40), mark="\x07")
    yield "nested", word
    word = Word()
    word.add("1\x002")
    yield "binary", word
    word = Word()
    word.add("text", mark="")
    yield "behind the last paragraph", word


@pytest.mark.parametrize(("found", "word"), list(broken_tables()), ids=str)
def test_text_and_properties_that_disagree_are_refused(found: str, word: Word) -> None:
    """A row that does not end or has other cells than edges is damage, never a shorter row."""
    with pytest.raises(UnreadableFileError, match=found):
        read(word.to_bytes())


@pytest.mark.parametrize("change", [1, 2, -2, 64, 0x40000000])
def test_pieces_that_point_to_other_text_are_noticed(change: int) -> None:
    """Text from another place or in another encoding does not end its paragraphs where their properties do."""
    word = Word()
    word.add("before")
    word.add_row([["label"], ["12"]], row_of([0, 1000, 2000], [0, 0]))
    data = bytearray(word.to_bytes())
    at = data.index(struct.pack("<I", 0x800), data.index(struct.pack("<II", 0, len(word.text))))
    struct.pack_into("<I", data, at, 0x800 + change)
    with pytest.raises(UnreadableFileError):
        read(bytes(data))


def cut_and_flipped(data: bytes) -> Iterator[bytes]:
    """The file cut at many places, and with single bytes changed in every structure of it."""
    rng = Random(1)
    for end in [*range(0, 2048, 97), *range(2048, len(data), 997), len(data) - 1]:
        yield data[:end]
    fib = data.index(struct.pack("<H", 0xA5EC), 512)
    first, last = struct.unpack_from("<II", data, fib + 24)  # the text itself: what changes there is not damage
    places = [*range(512), *range(fib, fib + min(first, 0x400)), *range(fib + last, len(data))]
    for at in rng.sample(places, 500):
        changed = bytearray(data)
        changed[at] ^= 1 << rng.randrange(8)
        yield bytes(changed)


@pytest.mark.parametrize("path", EXAMPLES, ids=NAMES)
def test_damage_is_refused_or_harmless(path: Path, series: Callable[[int], list[int]]) -> None:
    """Whatever byte breaks: the same cells, a refusal or marked cells; never another exception, never other values."""
    data = path.read_bytes()
    expected = expected_of(path)
    outcomes = set()
    damages = list(cut_and_flipped(data))
    for number in series(len(damages)):
        reading = read_report(damages[number], path.name)
        outcomes.add(reading.outcome)
        if reading.outcome == "report":
            unmarked = {
                (c.indicator_code, c.applicant_code): c.printed
                for c in reading.cells
                if not (c.issue or is_unclear(c.printed))
            }
            assert unmarked.items() <= expected.items()
    assert outcomes >= {"report", "unreadable"}


@pytest.mark.parametrize("path", EXAMPLES, ids=NAMES)
def test_chains_that_run_in_circles_end(path: Path) -> None:
    """A FAT entry that points back makes a stream neither endless nor another one."""
    data = path.read_bytes()
    blocks = str(read(data).blocks)
    (fat,) = struct.unpack_from("<I", data, 76)
    refused = 0
    for sector in range(1, len(data) // 512 - 1):
        changed = bytearray(data)
        struct.pack_into("<I", changed, 512 * (fat + 1) + 4 * sector, sector - 1)
        try:
            assert str(read(bytes(changed)).blocks) == blocks
        except UnreadableFileError:
            refused += 1
    assert refused


@pytest.mark.parametrize("path", EXAMPLES, ids=NAMES)
def test_streams_may_lie_in_pieces(path: Path) -> None:
    """A stream is the same whether its sectors follow one another in the file or only in its chain."""
    data = bytearray(path.read_bytes())
    whole = str(read(bytes(data)).blocks)
    table = 512 * (struct.unpack_from("<I", data, 76)[0] + 1)
    fat = list(struct.unpack_from("<128I", data, table))
    chains = [at for at in range(1, 125) if fat[at - 1 : at + 2] == [at, at + 1, at + 2]]
    for at in chains[::2]:
        if fat[at - 1 : at + 2] != [at, at + 1, at + 2]:
            continue
        here, there = slice(512 * (at + 1), 512 * (at + 2)), slice(512 * (at + 2), 512 * (at + 3))
        data[here], data[there] = data[there], data[here]
        fat[at - 1 : at + 2] = [at + 1, at + 2, at]
        struct.pack_into("<128I", data, table, *fat)
    assert len(chains) > 2
    assert str(read(bytes(data)).blocks) == whole


@pytest.mark.parametrize("at", [44, 64, 72])
def test_more_sectors_than_the_file_has_are_refused(at: int) -> None:
    """Counts of sectors are believed only as far as the file reaches: the library would collect them all."""
    data = bytearray(small())
    struct.pack_into("<I", data, at, 0xFFFFFFF0)
    with pytest.raises(UnreadableFileError, match="container"):
        read(bytes(data))


def test_row_properties_are_not_unfolded_without_end() -> None:
    """Every row may have its properties elsewhere, but not all of them the same long list again and again."""
    filler = struct.pack("<HB", 0x2403, 0) * 5000
    word = Word(data=struct.pack("<H", len(filler)) + filler)
    for number in range(60):
        word.add(f"{number}", papx=struct.pack("<HIHB", 0x6646, 0, 0x2403, number))
    with pytest.raises(UnreadableFileError, match="row properties"):
        read(word.to_bytes())
