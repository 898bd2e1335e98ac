"""Web tables are read from their markup where it is plain: then it says what the nodes of the tree say."""

import lxml.html
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from extract.formats import html
from extract.formats.html import tables
from tests.series import examples

# What tables on the web are made of, the odd things in values of attributes and comments among them.
PIECES = [
    "<tr>", "<tr class='r'>", '<tr title=\'">\'>', "</tr>", "<tbody>", "<thead>", "<caption>", "<colgroup><col>",
    "<td>", "<td colspan=2>", "<td rowspan='3' style='color:red'>", "<td title='<td>'>", "<td title='</td>'>",
    '<td title=\'a"b>c\'>', "</td>", "<th>", "<th colspan=65>", "</th>", "<td hidden>", "<td style='display: none'>",
    "<p>", "<p style='text-align:center'>", "</p>", "<br>", "<span>", "<span title='</td><td>'>", "<span title='>'>",
    "</span>", "<b>", "</b>", "<a href='?a=1&b=2'>", "</a>", "<sup>1</sup>", "<div style='visibility:hidden'>", "<div>",
    "</div>", "<!-- note -->", "<!-- </td> -->", "<!-- \" -->", "<script>'</td>'</script>", "<input value=5>",
    "<ul><li>", " <b> 7 </b> ", "12", "0", "３", "总计", " ", "\n", "&nbsp;", "&lt;td&gt;", "&amp;nbsp;", "&quot;",
    "\u3000", "1\t2",
]  # fmt: skip


@examples(500)
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_markup_and_nodes_of_a_table_say_the_same(pieces: list[str]) -> None:
    """Wherever markup is enough, however odd the page around it."""
    for table in LexborHTMLParser(f"<table>{''.join(pieces)}</table>").css("table"):
        printed = tables.rows_in(table.html or "")
        assert printed is None or printed == tables.rows_of(table)


def test_a_place_leads_to_its_cell_past_what_is_not_shown() -> None:
    """Comments are no elements to XPath, hidden cells and scripts are."""
    row = "<td hidden>9</td><!-- note --><td>制发</td><script>'</td>'</script><!-- \" --><td>5</td>"
    page = f"<table><tr><td>1</td></tr><tr hidden><td>2</td></tr><tr>{row}</tr></table>"
    tree = lxml.html.document_fromstring(page)
    (grid,) = html.read(page).grids
    for cell in (cell for cells in grid.rows for cell in cells):
        assert [node.text for node in tree.xpath(cell.place)] == [cell.text]


def test_plain_markup_is_enough() -> None:
    """Inline elements, lines and spans need no walk over nodes."""
    page = "<table><tr><th colspan=2>指标</th></tr><tr><td><p><span>制发</span></p></td><td> 5<br>件 </td></tr></table>"
    table = LexborHTMLParser(page).css("table")[0]
    rows = [[("指标", 2, 1)], [("制发", 1, 1), ("5\n件", 1, 1)]]
    assert tables.rows_in(table.html or "") == (rows, [0])
