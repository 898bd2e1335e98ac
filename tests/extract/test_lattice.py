"""Rulings and characters of any kind make pages: whatever is drawn, the steps to cells and paragraphs hold."""

from hypothesis import given
from hypothesis import strategies as st

from extract.formats.drawn.breaks import drop_furniture, mend_breaks
from extract.formats.drawn.flow import flow, title, to_blocks
from extract.formats.drawn.lattice import Page, Ruling, boxes, lay_out
from extract.formats.drawn.lines import Char
from tests.series import examples

# Few places, so that what is drawn meets, lies over each other, and has no extent now and then.
PLACES = st.sampled_from([0.0, 2.0, 3.5, 20.0, 40.0, 41.0, 60.0, 62.5, 100.0, 140.0])
GLYPHS = st.sampled_from(
    ["0", "1", "9", ".", "-", "万", "（", "行政", "规章", "总计", "1.", "重复申请", "\ufffd", "^2"]
)
RULINGS = st.lists(st.builds(lambda at, a, b: Ruling(at, min(a, b), max(a, b)), PLACES, PLACES, PLACES), max_size=12)


@st.composite
def chars(draw: st.DrawFn) -> list[Char]:
    """Characters of any place and size, in the order of the file."""
    found = []
    for order in range(draw(st.integers(0, 14))):
        x, y = draw(PLACES), draw(PLACES)
        width, height = draw(st.sampled_from([0.0, 2.0, 5.0, 30.0])), draw(st.sampled_from([0.0, 0.5, 5.0, 8.0]))
        found.append(Char(x, y - height, x + width, y, y, draw(GLYPHS), draw(st.integers(0, 2)), order))
    return found


PAGES = st.lists(st.tuples(chars(), RULINGS, RULINGS), min_size=1, max_size=3)


@examples(300)
@given(PAGES)
def test_whatever_is_drawn_comes_out_once(drawn: list[tuple[list[Char], list[Ruling], list[Ruling]]]) -> None:
    """No step fails, no character is lost between rulings and rows, and no cell lies outside its table."""
    pages = [lay_out(number, *page) for number, page in enumerate(drawn)]
    for page, (shown, across, down) in zip(pages, drawn, strict=True):
        placed = [char for table in page.tables for row in table.rows for cell in row for char in cell.chars]
        assert len(placed) == len(set(map(id, placed)))
        assert {id(char) for char in placed} <= {id(char) for char in shown}
        assert len(placed) == len(shown) or page.lines
        assert all(x0 < x1 and y0 < y1 for x0, y0, x1, y1 in boxes(across, down))
    drop_furniture(pages)
    mend_breaks(pages)
    for block in to_blocks(flow(pages, lambda page, box: f"{page} {box}")):
        assert isinstance(block, str) or all(cell.colspan >= 1 for row in block.rows for cell in row)
    assert isinstance(title(pages[0]), str)


def test_a_cell_over_two_columns_that_a_number_runs_into_is_taken_once() -> None:
    """A number that begins in a narrow cell and ends in one over two columns makes one cell of both."""
    down = [Ruling(x, 0, 40) for x in (0, 20, 100)] + [Ruling(60, 20, 40)]
    across = [Ruling(y, 0, 100) for y in (0, 20, 40)]
    number = [Char(12, 5, 20, 12, 12, "7", 0, 0), Char(21, 5, 70, 12, 12, "8", 0, 1)]
    table = lay_out(0, [*number, Char(5, 25, 10, 32, 32, "1", 0, 2)], across, down).tables[0]
    assert [[cell.text for cell in row] for row in table.rows] == [["78"], ["1", "", ""]]


def test_a_line_of_no_height_is_a_line() -> None:
    """Characters a font gives no height end no paragraph with an error."""
    flat = [Char(x, 700, x + 5, 700, 700, "字", 0, n) for n, x in enumerate((60, 66, 72))]
    page = lay_out(0, [*flat, *(char._replace(y0=710, y1=710, base=710, order=9) for char in flat)], [], [])
    assert isinstance(page, Page)
    assert "".join(map(str, flow([page], lambda *_: ""))).replace(" ", "") == "字字字字字字"
