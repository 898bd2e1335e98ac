"""What a web page can do to a character before a figure: it is never in the value, and marked where that is unsure.

How the rules that do it are found and weighed against others, and the tables a page hides or only carries.
"""

import json
from binascii import b2a_base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from extract.formats import html
from extract.read import read_report
from extract.shown import is_unclear
from extract.sniff import parse
from tests.render import Layout, render
from tests.strategies import distinct_numbers
from transform.numbers import parse_number

MECHANISMS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "mechanisms" / "web.yaml").read_text(encoding="utf-8")
)["web"]["mechanisms"]
PAGE = (
    "<!doctype html><html><head>{head}</head><body><table><tr><td>规章</td><td>{cell}</td><td>7</td></tr>"
    "<tr><td>行政规范性文件</td><td>1</td><td>2</td></tr></table></body></html>"
)
BESIDE = "<i class=x id=y>9</i>59"


def cells(head: str, cell: str = BESIDE) -> list[str]:
    """The texts of the first row."""
    (grid,) = html.read(PAGE.format(head=head, cell=cell)).grids
    return [one.text for one in grid.rows[0]]


def becomes(value: str) -> str:
    """What became of the 9."""
    if value == "59":
        return "gone"
    return "marked" if is_unclear(value) and parse_number(value, "count").issue == "unclear" else value


@pytest.mark.parametrize("how", MECHANISMS, ids=lambda how: how["what"])
def test_a_character_is_gone_or_marked(how: dict[str, Any]) -> None:
    """By every mechanism of the formats."""
    head, cell = (f"<style>{how['css']}</style>", BESIDE) if "css" in how else ("", how["html"])
    found = archived(how["link"], how["css"]) if "link" in how else cells(head, cell)
    assert becomes(found[1]) == how["fate"]


def archived(link: str, css: str) -> list[str]:
    """The texts of the first row of a page saved with its sheet, by the names a site and a browser give it."""
    parts = [("text/html", "http://a.gov.cn/p/i.html", PAGE.format(head=link, cell=BESIDE))]
    parts += [("text/css", "http://a.gov.cn/p/a/b.css", css), ("text/css", "cid:css-1@mhtml.blink", css)]
    saved = "".join(
        f"--b\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Location: {name}\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{b2a_base64(text.encode()).decode()}\r\n"
        for kind, name, text in parts
    )
    head = 'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n'
    (grid,) = parse(f"{head}{saved}--b--\r\n".encode()).grids
    return [one.text for one in grid.rows[0]]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="stylesheet" href="b.css">', '<link rel="alternate stylesheet" href="a/b.css">',
        '<link rel="stylesheet" href="a/b.css" media="print">', '<link rel="icon" href="a/b.css">', "",
    ],
)  # fmt: skip
def test_a_sheet_that_does_not_go_for_the_page_hides_nothing(link: str) -> None:
    """One nobody has, one to choose, one for paper, and one the page does not name."""
    assert archived(link, ".x{display:none}")[1] == "959"


ONE_RULE = [how for how in MECHANISMS if how.get("css", "").startswith(".x{") and how["css"].count("{") == 1]


@pytest.mark.parametrize("how", ONE_RULE, ids=lambda how: how["what"])
def test_a_style_attribute_does_what_a_rule_does(how: dict[str, Any]) -> None:
    """Whatever else the page holds."""
    style = how["css"][3:-1].replace('"', "&quot;")
    assert becomes(cells("", f'<I STYLE="{style}">9</I>59')[1]) == how["fate"]


HIDES = [
    "#y{display:none}", "i{display:none}", "td i{display:none}", "td>i{display:none}", "td~td i{display:none}",
    "td *{display:none}", "[class=x]{display:none}", "td i:first-child{display:none}", "td :nth-child(1){display:none}",
    "td i:not(.z){display:none}", "td :is(i,b){display:none}", "td:has(i) i{display:none}", "b,.x{display:none}",
    ".x{display:none!important} .x{display:inline}", "td .x{display:none} .x{display:inline}",
    "#y{display:none} i.x{display:inline}", ".x{display:inline} .x{display:none}", ".x{display:none;display:nonsense}",
    "/*}*/.x{/*;*/display/**/:/**/none}", r".\78 {display:none}", r".x{d\isplay:none}", "td{.x{display:none}}",
    "td{& > .x{display:none}}", ".x{@media screen{display:none}}", "<!-- .x{display:none} -->",
    "@charset 'utf-8'; @import url(a.css); .x{display:none}", "@layer a{.x{display:none}}",
    "@media screen{.x{display:none}}", "@media all{.x{display:none}}", "@media (min-width:600px){.x{display:none}}",
    "@media only screen and (min-width:40em) and (orientation:landscape){.x{display:none}}",
    "@media (width>=600px){.x{display:none}}", "@media not print{.x{display:none}}",
    "@media print, screen{.x{display:none}}", "@supports (display:grid){.x{display:none}}",
    "@layer b,a; @layer a{.x{display:none}} @layer b{td .x{display:inline}}",
    "@layer a{@layer c{.x{opacity:1}} .x{opacity:0}}",
    "@layer a,b; @layer a{.x{display:none!important}} @layer b{td .x{display:inline!important}}",
    "td .x:not(:target){display:none}", ".x:not(:focus-within){display:none}", ".x:defined{display:none}",
    ":dir(ltr) .x{display:none}", "td:not(:lang(en)) .x{display:none}",
    ".x{animation:1s k forwards} @keyframes k{to{opacity:0}}",
    "@import 'data:text/css,.x%7Bdisplay:none%7D';",
    "@import url(data:text/css;base64,LnggeyBkaXNwbGF5OiBub25lIH0=) screen;",
    "@supports (display:grid) and (not (display:foo-bar)){.x{display:none}}",
]  # fmt: skip
DOES_NOTHING = [
    ".x, ::-moz-foo{display:none}", ".x, i:unheard-of{display:none}", ".z{} } .x{display:none}",
    ".z{}; .x{display:none}",
    ".x{visibility:none}", ".x{opacity:0px}", ".x{opacity:0,5}", ".x{opacity:alpha(opacity=0)}",
    ".x{overflow:none;width:0}",
    ".x{display:none} i{all:unset!important}", "@layer b,a; @layer a{.x{display:inline}} @layer b{td .x{display:none}}",
    "@layer a,b; @layer a{.x{display:inline!important}} @layer b{td .x{display:none!important}}", ".x{color:ffffff}",
    ".x{font-size:1}", ".x{opacity:0;animation:k 1s both} @keyframes k{to{opacity:1}}", ".x{zoom:1}",
    ".x{list-style:none}",
    ".x{animation:k 1s} @keyframes k{to{opacity:0}}", ".x:lang(en){display:none}", ".x:dir(rtl){display:none}",
    "td i{display:inline-block}", ".x{color:windowtext;background:window}", "body::first-letter{font-size:0}",
    "", ".x{color:#333;font-size:14px}", ".z{display:none}", ".x:hover{display:none}", ".X{display:none}",
    "@media print{.x{display:none}}", "@media (max-width:600px){.x{display:none}}",
    "@media (400px<=width<=700px){.x{display:none}}", "@supports not (display:grid){.x{display:none}}",
    ".x{display:none} .x{display:inline}", ".x{display:none} #y{display:inline}", ".x{*display:none}",
    "@layer a{.x{display:none}} .x{display:inline}", ".x{visibility:hidden} td .x{visibility:visible}",
    ".x{width:0;height:0;overflow:hidden}", "td{height:0;width:0;overflow:hidden}", ".x{transform:scale(0)}",
    "td{vertical-align:super}", ".x{position:relative;top:1px}", ".x{text-decoration:underline}",
    ".x{filter:grayscale(100%)}", '.x::after{content:"";display:table;clear:both}', ".x{text-indent:-2em}",
    ".x{color:#666;background:#ff0}", ".x{background-image:url(a.png)}",
]  # fmt: skip


@pytest.mark.parametrize("css", HIDES)
def test_rules_are_found_and_weighed_as_browsers_do(css: str) -> None:
    """Selectors, order, specificity, conditions, layers, nesting, and what editors write into sheets."""
    assert cells(f"<style>{css}</style>")[1] == "59"


@pytest.mark.parametrize("css", DOES_NOTHING)
def test_what_changes_nothing_is_read_plainly(css: str) -> None:
    """No mark where nothing is in doubt."""
    assert cells(f"<style>{css}</style>") == ["规章", "959", "7"]


TWO_LINES = [
    "<b style='display:block'>5</b><b style='display:block'>9</b>",
    "<b style='display:table'>5</b><b style='display:table'>9</b>",
    "<b style='display:table-cell;padding:9px'>5</b><b style='display:table-cell'>9</b>",
    "<b style='display:flex;flex-direction:column'><i>5</i><i>9</i></b>",
    "<b style='display:flex;justify-content:space-between'><i>5</i><i>9</i></b>",
    "<style>.x::after{content:'\\a';white-space:pre}</style><b class=x>5</b>9",
    "<style>.x{display:block}</style><b class=x>5</b>9",
]


@pytest.mark.parametrize("cell", TWO_LINES)
def test_what_stands_on_two_lines_is_no_one_number(cell: str) -> None:
    """Nor what stands far apart on one."""
    assert cells("", cell)[1] == "5\n9"


SHOWN = [
    "<style>.x{display:inline!important}</style><i class=x style='display:none'>9</i>59",
    "<style>.x{display:none}</style><i class=x style='all:unset'>9</i>59",
    "<style>[hidden]{display:initial}</style><i hidden>9</i>59",
    "<font color=white><a href=#>9</a></font>59",
    "<font color='rgb(255,255,255)'>9</font>59", "<font color=transparent>9</font>59",
    "<font color='#ff000000'>9</font>59",
    "<b style='float:left'>959</b>", "<b style='display:inline-block;font-size:9px'>959</b>",
    "<b style='position:relative;left:1px'>959</b>", "<p style='margin-left:-5.4pt'>959</p>",
    "<div style='width:50px;overflow:hidden'>959</div>", "<input style='width:40px;vertical-align:top' value=959>",
]  # fmt: skip


@pytest.mark.parametrize("cell", SHOWN)
def test_what_is_shown_is_read(cell: str) -> None:
    """Whatever hides it is overruled, no colour to a browser, or does no harm."""
    assert cells("", cell)[1] == "959"


@pytest.mark.parametrize("cell", ["<b id=n></b>", "<b><p id=n></p></b>", "<span id=n></span>", "<span id=m></span>"])
def test_an_empty_cell_that_a_script_fills_is_in_doubt(cell: str) -> None:
    """If it calls it by its name."""
    script = "<script>document.getElementById('n').innerText='59'; $('#o').show()</script>"
    assert is_unclear(cells(script, cell)[1]) == ("id=n" in cell and "<b id" not in cell)


def test_a_button_has_colours_of_its_own() -> None:
    """Beside a figure it is in doubt all the same."""
    assert is_unclear(cells("", "<font color=white><button>9</button></font>59")[1])


TABLE = "<table><tr><td>规章</td><td>{}</td></tr><tr><td>行政规范性文件</td><td>7</td></tr></table>"


@pytest.mark.parametrize(
    ("begin", "around", "cell", "shown"),
    [
        ("", "<div style='font-size:0'>", "59", "59"), ("", "<font color=white>", "59", "59"),
        ("<!doctype html>", "<div style='font-size:0'>", "59", ""), ("<!doctype html>", "<font color=white>", "59", ""),
        ("", "", "<i style='color:ffffff'>9</i>59", "59"),
        ("", "", "<b style='float:left;width:.5;overflow:hidden'>9</b>59", "59"),
        ("<!DOCTYPE html PUBLIC '-//W3C//DTD HTML 4.01 Transitional//EN'>", "<font color=white>", "59", "59"),
        ("<!doctype html>", "<style>td{font-size:14px}</style><div style='font-size:0'>", "59", "59"),
    ],
)  # fmt: skip
def test_pages_without_a_grammar_are_laid_out_as_of_old(begin: str, around: str, cell: str, shown: str) -> None:
    """In quirks mode tables take over neither size nor colour, and numbers need neither sign nor unit."""
    (grid,) = html.read(f"{begin}<body>{around}{TABLE.format(cell)}").grids
    assert grid.rows[0][1].text == shown


def test_links_have_the_colour_the_body_says() -> None:
    """By an attribute of old pages."""
    (grid,) = html.read(f"<body link='#ffffff'>{TABLE.format('<a href=#>9</a>59')}").grids
    assert grid.rows[0][1].text == "59"


@pytest.mark.parametrize("row", ["display:grid", "display:flex"])
def test_cells_that_change_places_are_in_doubt(row: str) -> None:
    """Where their row places them, or they are moved over one another."""
    page = (
        f"<table><tr style='{row}'><td>规章<td style='grid-area:1/3'>5<td style='order:-1'>9<tr><td>a<td>1<td>2</table>"
    )
    (grid,) = html.read(page).grids
    assert all(is_unclear(cell.text) for cell in grid.rows[0][1:])
    (grid,) = html.read(TABLE.format("5<td style='position:relative;left:-70px'>9")).grids
    assert is_unclear(grid.rows[0][2].text)


def test_a_dark_column_is_in_doubt() -> None:
    """Its ground lies below its cells."""
    (grid,) = html.read(TABLE.format("5").replace("<table>", "<table><col style='background:#000'>")).grids
    assert is_unclear(grid.rows[0][1].text)


@pytest.mark.parametrize("apart", ["float:left", "position:relative;left:-40px", "display:inline-block;font-size:12px"])
def test_what_lays_out_the_page_moves_no_figure(apart: str) -> None:
    """In a cell of a table that holds others."""
    page = (
        f"<table><tr><td>菜单 3<td><div style='overflow:hidden'><div style='{apart}'>{TABLE.format('59')}</div></div>"
    )
    (grid,) = html.read(page).grids
    assert grid.rows[0][1].text == "59"


@pytest.mark.parametrize(
    "address", ["data:text/css,.x%7Bdisplay%3Anone%7D", "data:text/css;base64,LnggeyBkaXNwbGF5OiBub25lIH0="]
)
def test_a_sheet_within_its_address_is_read(address: str) -> None:
    """As pages saved in one file have them."""
    assert cells(f'<link rel="stylesheet" href="{address}">')[1] == "59"


@pytest.mark.parametrize("importing", ['@import "a/b.css";', "@import url(a/b.css) screen;"])
def test_a_sheet_of_an_archive_may_be_imported(importing: str) -> None:
    """By a sheet of the page."""
    assert archived(f"<style>{importing}</style>", ".x{display:none}")[1] == "59"
    assert archived(f"<style>{importing}</style>", "@media print{.x{display:none}}")[1] == "959"


def test_ink_may_be_seen_where_a_sheet_outside_the_page_paints_the_ground() -> None:
    """Then it is marked, not dropped; a ground the page itself paints is known."""
    link = "<link rel=stylesheet href=a.css>"
    assert is_unclear(cells(link, "<font color=white>9</font>59")[1])
    assert cells(link, "<b style='background:#fff'><font color=white>9</font>59</b>")[1] == "59"


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ("<td>a<td style='visibility:hidden'>9<td>5", ["a", "", "5"]),
        ("<td>a<td style='opacity:0'>9<td>5", ["a", "", "5"]),
        ("<td>a<td style='display:none'>9<td>5", ["a", "5"]),
        ("<td>a<td hidden>9<td>5", ["a", "5"]),
    ],
)
def test_a_cell_that_is_blank_keeps_its_column(row: str, shown: list[str]) -> None:
    """Only what is not displayed lets the next one move up."""
    (grid,) = html.read(f"<table><tr>{row}<tr><td>b<td>1</table>").grids
    assert [cell.text for cell in grid.rows[0]] == shown


@pytest.mark.parametrize(
    "hidden", ["<tr style='visibility:collapse'>", "<tr hidden>", "<tbody style='display:none'><tr>"]
)
def test_a_row_that_is_closed_is_not_there(hidden: str) -> None:
    """Nor is a group of rows."""
    (grid,) = html.read(f"<table><tr><td>a<td>5{hidden}<td>9<td>9<tbody><tr><td>b<td>6</table>").grids
    assert [[cell.text for cell in row] for row in grid.rows] == [["a", "5"], ["b", "6"]]


def test_a_cell_ends_with_its_group_of_rows() -> None:
    """However many rows it says it spans: a head never reaches into the body."""
    page = "<table><thead><tr><th rowspan=9>a<th rowspan=0>b<tr><th>c<tbody><tr><td>1<td>2<td>3</table>"
    (grid,) = html.read(page).grids
    assert [[(cell.first, cell.rowspan) for cell in row] for row in grid.rows] == [
        [(0, 2), (1, 2)],
        [(2, 1)],
        [(0, 1), (1, 1), (2, 1)],
    ]


REPORT = "".join(f"<tr><td>{name}</td><td>1</td><td>2</td><td>3</td></tr>" for name in ("规章", "行政规范性文件"))


@pytest.mark.parametrize(
    "hides",
    [
        "<div style='display:none'>{}</div>", "<div style='height:0;overflow:hidden'>{}</div>", "<dialog>{}</dialog>",
        "<style>.TRS_Editor .old{{display:none}}</style><div class=TRS_Editor><div class=old>{}</div></div>",
        "<div style='position:absolute;left:-3000px'>{}</div>", "<template>{}</template>",
        "<p>a<noscript>{}</noscript>",
    ],
)  # fmt: skip
def test_a_hidden_copy_of_a_table_is_not_read(hides: str) -> None:
    """While another table is shown."""
    shown = f"<table>{REPORT}</table>"
    document = html.read(hides.format(f"<table>{REPORT.replace('1', '8')}</table>") + shown)
    (grid,) = document.grids
    assert [cell.text for cell in grid.rows[0]] == ["规章", "1", "2", "3"]


NUMBERS = {key: str(value) for key, value in distinct_numbers("2021").items()}


def carried(how: str) -> bytes:
    """A report whose tables the page only carries."""
    page = render("2021", NUMBERS, "html", layout=Layout()).decode()
    start, end = page.index("<table"), page.rindex("</table>") + len("</table>")
    markup = page[start:end]
    escaped = {
        "html": markup.replace("&", "&amp;").replace("<", "&lt;"),
        "single": markup.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("</", "<\\/"),
        "double": markup.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("</", "<\\/"),
        "unicode": json.dumps(markup)[1:-1].replace("<", "\\u003c").replace(">", "\\u003e"),
        "template": markup.replace("`", "\\`"),
        "pieces": "');document.write('".join(
            line.replace("'", "\\'").replace("</", "<\\/") for line in markup.split("\n")
        ),
        "markup": markup,
    }
    return f"{page[:start]}{how.format(**escaped)}{page[end:]}".encode()


@pytest.mark.parametrize(
    "how",
    [
        "<script>var c='{single}';</script>", '<script>show("{double}")</script>', '<script>var c="{unicode}"</script>',
        "<script>var c=`{template}`</script>", "<script>document.write('{pieces}')</script>",
        '<script type="application/json">{{"a":[{{"body":"{double}"}}]}}</script>', "<template>{markup}</template>",
        "<noscript>{markup}</noscript>", "<xmp style='display:none'>{markup}</xmp>", "<textarea>{html}</textarea>",
        '<script type="text/html">{markup}</script>', "<script type='text/xml'><r><![CDATA[{markup}]]></r></script>",
        "<div style='display:none'>{markup}</div>", "<div id=a hidden>{markup}</div>",
    ],
)  # fmt: skip
def test_tables_a_page_carries_are_read_where_it_shows_none(how: str) -> None:
    """As a script would put them on the page."""
    reading = read_report(carried(how), "page.html")
    printed = {(cell.indicator_code, cell.applicant_code): cell.printed for cell in reading.cells if cell.place}
    assert printed == NUMBERS


@pytest.mark.parametrize(
    "script",
    [
        "var n=5; var c='<table><tr><td>规章</td><td>'+n+'</td></tr></table>'",
        "var c=''; for (const r of rows) c += '<tr><td>' + r + '</td></tr>'; c = '<table>' + c + '</table>'",
    ],
)
def test_a_table_that_a_script_computes_is_not_guessed(script: str) -> None:
    """What stands between two strings may be a figure."""
    assert html.read(f"<p>政府信息公开</p><script>{script}</script>").grids == []
