"""What hides, strikes or raises a character on a web page, by every mechanism of HTML and CSS there is one for.

In each page a 9 stands beside the figure 59. Not shown, it is no part of the value; struck, raised or doubtful, it may
be, but the cell bears a mark. The same pages with a mechanism that does nothing print 959.
"""

import pytest

from extract.formats import html
from extract.read import read_report
from extract.shown import is_unclear
from tests.render import Layout, render
from tests.strategies import distinct_numbers
from transform.numbers import parse_number

PAGE = (
    "<!doctype html><html><head>{head}</head><body><table><tr><td>规章</td><td>{cell}</td><td>7</td></tr>"
    "<tr><td>行政规范性文件</td><td>1</td><td>2</td></tr></table></body></html>"
)
BESIDE = "<i class=x id=y>9</i>59"


def cells(head: str, cell: str = BESIDE) -> list[str]:
    """The texts of the first row."""
    (grid,) = html.read(PAGE.format(head=head, cell=cell)).grids
    return [one.text for one in grid.rows[0]]


GONE = [
    # selectors, weight and order
    ".x{display:none}", "#y{display:none}", "i{display:none}", "td i{display:none}", "td>i{display:none}",
    "td~td i{display:none}", "td *{display:none}", "[class=x]{display:none}", "td i:first-child{display:none}",
    "td :nth-child(1){display:none}", "td i:not(.z){display:none}", "td :is(i,b){display:none}", "td:has(i) i{display:none}",
    ".x{display:none!important} .x{display:inline}", "td .x{display:none} .x{display:inline}", "#y{display:none} i.x{display:inline}",
    ".x{display:inline} .x{display:none}", ".x{display:none;display:nonsense}", "/*}*/.x{/*;*/display/**/:/**/none}",
    r".\78 {display:none}", r".x{d\isplay:none}", "td{.x{display:none}}", "td{& > .x{display:none}}", ".x{@media screen{display:none}}",
    "<!-- .x{display:none} -->", "@charset 'utf-8'; @import url(a.css); .x{display:none}", "@layer a{.x{display:none}}",
    # conditions
    "@media screen{.x{display:none}}", "@media all{.x{display:none}}", "@media (min-width:600px){.x{display:none}}",
    "@media only screen and (min-width:40em) and (orientation:landscape){.x{display:none}}", "@media (width>=600px){.x{display:none}}",
    "@media not print{.x{display:none}}", "@media print, screen{.x{display:none}}", "@supports (display:grid){.x{display:none}}",
    "@supports (display:grid) and (not (display:foo-bar)){.x{display:none}}", "@container (min-width:1px){.x{display:none}}",
    # properties
    ".x{visibility:hidden}", ".x{visibility:collapse}", ".x{opacity:0}", ".x{opacity:.01}", ".x{opacity:0%}", ".x{font-size:0}",
    ".x{font:0/0 a}", "td{font-size:20px} .x{font-size:0em}", ".x{color:#fff}", ".x{color:white}", ".x{color:transparent}",
    ".x{color:rgb(255 255 255 / 90%)}", ".x{color:hsl(0 0% 100%)}", ".x{-webkit-text-fill-color:transparent}", ".x{background:#000}",
    "td{background:#123456;color:#fff} .x{color:#123456}", "body{background:#eee} .x{color:#eee}",
    ":root{--d:none} .x{display:var(--d)}", ".x{display:var(--unset,none)}",
    ".x{position:absolute;left:-9999px}", ".x{position:fixed;top:-200vh}", ".x{position:relative;left:-9999px}",
    ".x{position:absolute;inset:-9999px auto auto auto}", ".x{margin-left:-9999px}", ".x{margin:0 0 0 -9999px}",
    ".x{display:inline-block;text-indent:-9999px}", ".x{display:block;text-indent:-999em}",
    ".x{position:absolute;clip:rect(0 0 0 0)}", ".x{position:absolute;clip:rect(1px,1px,1px,1px)}", ".x{clip-path:inset(100%)}",
    ".x{clip-path:circle(0)}", ".x{clip-path:polygon(0 0,0 0,0 0)}", ".x{display:inline-block;width:0;overflow:hidden}",
    ".x{display:block;height:0;overflow:hidden}", ".x{float:left;max-height:0;overflow:clip}", "td{display:flex} .x{width:0;overflow:hidden}",
    ".x{position:absolute;width:1px;height:1px;overflow:hidden}", ".x{display:block;line-height:0;overflow:hidden}",
    ".x{display:block;content-visibility:hidden}", ".x{display:inline-block;transform:scale(0)}", ".x{display:inline-block;scale:0}",
    ".x{display:inline-block;transform:translateX(-9999px)}", ".x{filter:opacity(0)}",
]  # fmt: skip

MARKED = [
    ".x{text-decoration:line-through}", "td i{text-decoration-line:underline line-through}", "i{text-decoration:line-through red}",
    ".x{vertical-align:super}", ".x{vertical-align:sub}", ".x{vertical-align:5px}", ".x{vertical-align:50%}",
    ".x{vertical-align:text-top;font-size:50%}", ".x{position:relative;top:-5px}", ".x{position:relative;bottom:.4em}",
    ".x{font-variant-position:super}", '.x{font-feature-settings:"sups"}', ".x{font-size:1px}", ".x{font-size:2pt}", ".x{font-size:10%}",
    ".x{font-size:calc(1px - 1px)}", ".x{color:#eee}", ".x{opacity:.1}", ".x{display:inline-block;transform:rotateY(90deg)}",
    ".x{display:inline-block;rotate:90deg}", ".x{filter:blur(5px)}", ".x{-webkit-text-security:disc}", ".x{mix-blend-mode:screen}",
    ".x{mask-image:linear-gradient(transparent,transparent)}", ".x{letter-spacing:-1em}", ".x{position:absolute}",
    ".x{position:relative;z-index:-1}", "td{display:flex;flex-direction:row-reverse}", ".x{clip-path:inset(20%)}",
    ".x{background:linear-gradient(transparent 45%,red 45%,red 55%,transparent 55%)}", "td{direction:rtl;unicode-bidi:bidi-override}",
    '.x::before{content:"8"}', "td:after{content:'\\38'}", ".x::after{content:attr(class)}", ".x::after{content:counter(n)}",
    '.x{position:relative} .x::after{content:"";position:absolute;top:50%;width:100%;border-top:1px solid}',
]  # fmt: skip

NOTHING = [
    "", ".x{color:#333;font-size:14px}", ".z{display:none}", ".x:hover{display:none}", "@media print{.x{display:none}}",
    "@media (max-width:600px){.x{display:none}}", "@media (400px<=width<=700px){.x{display:none}}", ".x{display:none} .x{display:inline}",
    "@supports not (display:grid){.x{display:none}}", "@layer a{.x{display:none}} .x{display:inline}", ".x{*display:none}",
    ".x{display:none} #y{display:inline}", ".x{width:0;height:0;overflow:hidden}", "td{height:0;width:0;overflow:hidden}",
    "td{vertical-align:super}", ".x{position:relative;top:1px}", ".x{text-decoration:underline}", ".x{filter:grayscale(100%)}",
    '.x::after{content:"";display:table;clear:both}', ".X{display:none}", ".x{text-indent:-2em}", ".x{color:#666;background:#ff0}",
    ".x{visibility:hidden} td .x{visibility:visible}", ".x{background-image:url(a.png)}", ".x{transform:scale(0)}",
]  # fmt: skip


@pytest.mark.parametrize("css", GONE)
def test_what_is_hidden_is_no_part_of_the_value(css: str) -> None:
    assert cells(f"<style>{css}</style>") == ["规章", "59", "7"]


@pytest.mark.parametrize("css", MARKED)
def test_what_is_struck_raised_or_doubtful_is_marked(css: str) -> None:
    _, value, _ = cells(f"<style>{css}</style>")
    assert is_unclear(value)
    assert parse_number(value, "count").issue == "unclear"


@pytest.mark.parametrize("css", NOTHING)
def test_what_changes_nothing_is_read_plainly(css: str) -> None:
    assert cells(f"<style>{css}</style>") == ["规章", "959", "7"]


@pytest.mark.parametrize("css", [css for css in [*GONE, *MARKED] if css.startswith(".x{") and css.count("{") == 1])
def test_a_style_attribute_does_what_a_rule_does(css: str) -> None:
    style = css[3:-1].replace('"', "&quot;")
    _, value, _ = cells("", f'<i style="{style}">9</i>59')
    assert value == "59" if css in GONE else is_unclear(value)


HIDDEN_BY_HTML = [
    "<i hidden>9</i>59", "<i hidden=until-found>9</i>59", "<i popover>9</i>59", "<dialog>9</dialog>59",
    "<details><summary></summary>9</details>59", "<details><summary></summary><b>9</b></details>59",
    "<I STYLE='DISPLAY : NONE'>9</I>59", "<i style='display&#58;none'>9</i>59", "<font color=white>9</font>59",
    "<font color=FFFFFF>9</font>59", "<input type=checkbox value=9>59", "<input type=radio value=9>59", "<input type=hidden value=9>59",
    "<input type=range value=9>59", "<input type=file value=9>59", "<datalist><option>9</datalist>59", "<meter value=9>9</meter>59",
    "<progress>9</progress>59", "<video>9</video>59", "<audio>9</audio>59", "<canvas>9</canvas>59", "<object>9</object>59",
    "<iframe>9</iframe>59", "<applet>9</applet>59", "<noscript>9</noscript>59", "<noframes>9</noframes>59", "<noembed>9</noembed>59",
    "<template>9</template>59", "<script>9</script>59", "<style>9</style>59", "<!--9-->59", "<abbr title=9>59</abbr>",
    "<math><semantics><mn>59</mn><annotation>9</annotation></semantics></math>", "<math><mphantom><mn>9</mn></mphantom><mn>59</mn></math>",
    "<i style='visibility:hidden'>9<b style='visibility:visible'>59</b></i>", "<i style='font-size:0'>9<b style='font-size:12px'>59</b></i>",
    "<button hidden>9</button>59", "<select style='display:none'><option>9</select>59", "<ruby>59<rp>9</rp></ruby>",
    "<input value=59>", "<input type=number value=59>", "<select><option>9<option selected>59</select>", "<textarea>59</textarea>",
    "<img src=a.gif width=1 height=1>59",
]  # fmt: skip

MARKED_BY_HTML = [
    "<del>9</del>59", "<s>9</s>59", "<strike>9</strike>59", "<sup>9</sup>59", "59<sub>9</sub>", "<ruby>59<rt>9</rt></ruby>",
    "<bdo dir=rtl>95</bdo>", "\u202e95\u202c", "<math><msup><mn>59</mn><mn>9</mn></msup></math>",
    "<math><menclose notation=updiagonalstrike><mn>9</mn></menclose><mn>59</mn></math>", "<svg><text>59</text></svg>",
    "<img src=59.png>", "<img src=9.png>59", "<input placeholder=59>", "<input type=password value=59>", "9<input value=5>",
    "5<select><option>9</select>", "<button>9</button>59", "<select multiple><option>5<option>9</select>",
]  # fmt: skip


@pytest.mark.parametrize("cell", HIDDEN_BY_HTML)
def test_elements_and_attributes_that_do_not_show_their_text(cell: str) -> None:
    assert cells("", cell) == ["规章", "59", "7"]


@pytest.mark.parametrize("cell", MARKED_BY_HTML)
def test_elements_that_strike_raise_or_leave_it_open(cell: str) -> None:
    assert is_unclear(cells("", cell)[1])


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
    (grid,) = html.read(f"<table><tr>{row}<tr><td>b<td>1</table>").grids
    assert [cell.text for cell in grid.rows[0]] == shown


@pytest.mark.parametrize(
    "hidden", ["<tr style='visibility:collapse'>", "<tr hidden>", "<tbody style='display:none'><tr>"]
)
def test_a_row_that_is_closed_is_not_there(hidden: str) -> None:
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
        "<div style='position:absolute;left:-3000px'>{}</div>", "<template>{}</template>", "<noscript>{}</noscript>",
    ],
)  # fmt: skip
def test_a_hidden_copy_of_a_table_is_not_read(hides: str) -> None:
    """While another table is shown."""
    shown = f"<table>{REPORT}</table>"
    document = html.read(hides.format(f"<table>{REPORT.replace('1', '8')}</table>") + shown)
    assert [[cell.text for cell in row] for grid in document.grids for row in grid.rows][0] == ["规章", "1", "2", "3"]
    assert len(document.grids) == 1


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
        "unicode": "".join(f"\\u{ord(char):04x}" for char in markup),
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
    assert html.read(f"<p>政府信息公开</p><script>{script}</script>").grids == []
