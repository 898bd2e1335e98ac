"""Every count of the dashboard and of Data Docs is a link, and the list behind it has that many rows."""

import re
import sys
from collections import Counter
from itertools import groupby
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from expectations.rules import load_rules
from tests.browser import visit
from tests.flows.nights import night
from tests.render import Layout, addresses, render
from warehouse.dashboard import build
from warehouse.dashboard.pages import PAGES, texts

RULES = {code: (rule.title.zh, rule.title.en) for code, rule in load_rules().items()}
TOWNS = ("江苏省淮安市洪泽区", "江苏省淮安市盱眙县", "北京市大兴区", "重庆市涪陵区")
# Numbers that are no counts: by selector, or by the title of their column.
NO_COUNTS = (
    ".years, .versions, .around, .crumbs, .walk, .scale, .chips, #heat thead, .found small",  # years and codes
    ".form, #tables, .side, .legend, .map, .document",  # cells of a report and of its source: what counts lead to
    "#detail, #causes, #reviewer, .decider",  # the doubt on the screen, and its list
    ".count, .turn, h1, h2, summary, kbd",  # what the table beneath has
    "年度", "位次", "省内位次", "全国位次", "不予公开率位次", "版本", "表样", "字节", "原文", "建议", "起", "止",
    "年报 · report", "例 · such as", "说明 · what is wrong",
)  # fmt: skip
# Counts that lead nowhere, and why.
NOWHERE = {
    "找到": "nothing is kept of files found unchanged, one by one",
    "#brought li:first-child": "the same, of the last run",
    "#facts": "all facts are more than any list shows; Ask counts them",
    "收到率": "a share: its counts stand beside it",
    "通过率": "a share: its counts stand beside it",
    "检查 · evaluated": "checks that hold are listed nowhere",
    ".ge-section": "Great Expectations' own pages, annexed as they are",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store after three runs: some reports and files that are none; more of them; all of them read again."""
    folder = tmp_path_factory.mktemp("counts")
    inbox = folder / "in"
    inbox.mkdir()

    def put(number, name, year, **wrong):
        values = {at: str(number % 7) if at[0].startswith("normdoc") else "0" for at in addresses("2021")}
        values |= {("req_new", at): "4" for at in ("natural", "total")}
        values |= {("res_full", at): "4" for at in ("natural", "total")}
        values |= {("res_total", at): "4" for at in ("natural", "total")}
        values |= {(code, ""): value for code, value in wrong.items()}
        (inbox / f"{number:02}.txt").write_bytes(render("2021", values, "txt", layout=Layout(agency=name, year=year)))

    for number, town in enumerate(TOWNS):
        put(number, f"{town}人民政府", 2021)
    put(10, f"{TOWNS[0]}人民政府", 2022, rev_upheld="3")
    put(11, "某局", 2022)
    (inbox / "notice.txt").write_text("关于开展某项工作的通知\n请各单位按时报送。\n", "utf-8")
    (inbox / "broken.pdf").write_bytes(b"%PDF-1.4 cut")
    (inbox / "again.txt").write_bytes((inbox / "00.txt").read_bytes())
    night([inbox], folder / "store")
    put(12, f"{TOWNS[1]}人民政府", 2023, licence_decisions="—")
    put(13, f"{TOWNS[2]}人民政府", 2023, rev_upheld="5")
    night([inbox], folder / "store")
    night([inbox], folder / "store", again=True)
    return folder / "store"


@pytest.fixture(scope="module")
def site(store):
    """Its site, beside its Data Docs."""
    return build(store, store / "dashboard", RULES).folder


# Every element that shows a number by itself: where it leads, and the title of its column. What charts show stands in
# tables, too.
_NUMBERS = r"""
(selectors) => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!/^[−-]?[\d,]*\d(\.\d+)?%?( ?\/ ?[\d,]+)?( \/)?$/.test(text)) continue;
    if (element.closest("script, style, option, datalist, nav, header, label, .hidden")) continue;
    const cell = element.closest("td, th");
    const head = cell && cell.closest("table").querySelectorAll("thead tr:last-child > *")[cell.cellIndex];
    const link = element.closest("a[href], button");
    found.push({ text, column: head ? head.textContent.trim() : "", link: link ? link.href || "button" : "",
      of: selectors.filter((one) => element.closest(one)), html: element.outerHTML.slice(0, 200) });
  }
  return found;
}
"""
# What there is on a page for a count to be the number of: rows of tables, sums of their columns, figures.
_BEHIND = r"""
() => {
  const number = (text) => Number(text.replace(/[,\s]/g, "").replace("−", "-"));
  const text = (selector) => [...document.querySelectorAll(selector)].map((one) => one.textContent.trim());
  const tables = [...document.querySelectorAll(".table")].map((table) => {
    const lines = [...table.querySelectorAll("tbody tr")];
    const rows = lines.map((row) => [...row.children].map((cell) => cell.textContent));
    const sum = (column) => rows.reduce((all, row) => all + number(row[column]), 0);
    const sums = [...table.querySelectorAll("thead th")].map((head, column) => [head.textContent.trim(), sum(column)]);
    const counted = /[\d,]+/.exec(table.querySelector(".count").textContent);
    return [table.id.replace("table-", ""), { rows: number(counted[0]), sums: Object.fromEntries(sums) }];
  });
  return { tables: Object.fromEntries(tables), cards: text(".cards b"), counts: text("#counts").join(),
    cell: text(".form td.chosen").join(), cause: text("#causes [aria-expanded=true] small").join() };
}
"""


_SELECTORS = [one for one in (*NO_COUNTS, *NOWHERE) if re.search(r"[.#]", one)]


def counts_on(shown):
    """The counts among the numbers a page shows, without those that lead nowhere and need not."""
    for one in shown:
        if one["column"] in NO_COUNTS or any(of in NO_COUNTS for of in one["of"]):
            continue
        excused = one["column"] in NOWHERE or any(of in NOWHERE for of in one["of"])
        if one["link"] or not (excused or one["text"] in ("0", "0%")):
            yield one


# The table that is the list behind a count, by page; by its province, run or outcome where it is long.
LISTS = {
    "reports.html": ("readings", "provinces"), "runs.html": ("files", "byrun", "outcomes"),
    "coverage.html": ("states",), "compare.html": ("ranked", "provinces"), "rule.html": ("failing", "provinces"),
    "quality.html": ("judged",),
}  # fmt: skip
# Columns of counts of findings, of which a row of a list may have several.
PLACES = ("问题数", "不成立 · fails", "无法判断 · not evaluable")


def number_behind(found, url, column):
    """What a count that leads there may be the number of."""
    name, asked = urlsplit(url).path.rpartition("/")[2], parse_qs(urlsplit(url).fragment)
    if name == "worklist.html":
        return [int(text.replace(",", "")) for text in re.findall(r"[\d,]+", found["cause"] + found["counts"])]
    if name == "coverage.html" and "state" not in asked:
        return [int(text.replace(",", "")) for text in found["cards"]]
    (shown,) = (table for table in LISTS[name] if table in found["tables"])
    table = found["tables"][shown]
    if column in PLACES:
        return [table["sums"]["问题数"]]
    adds_up = shown in ("provinces", "byrun", "outcomes") or (shown == "states" and "p" not in asked)
    return [list(table["sums"].values())[-1] if adds_up else table["rows"]]


def agrees(one, found):
    """Whether what stands behind a count is what it says."""
    text, url = one["text"].replace(",", "").replace("−", "-"), one["link"]
    if "/report.html" in url:  # a figure has its cell; a share, a sum or a change the first cell it is made of
        return bool(found["cell"]) or "&cell=" not in url
    if "/docs/" in url:
        return True
    behind = number_behind(found, url, one["column"])
    if "/" in text:  # received of expected
        return {int(part) for part in text.split("/")} <= set(behind)
    return text.endswith("%") or int(text) in behind


def opened(page, url):
    """A page once it is drawn, the worklist with its doubt; another cell of the same report needs no new page."""
    report, _, cell = url.partition("&cell=")
    if cell and page.url.startswith(report):
        page.evaluate("url => { location.href = url }", url)
        page.wait_for_function(
            "cell => document.querySelector('.form td.chosen [data-cell]')?.dataset.cell.startsWith(cell)", arg=cell
        )
    elif "/docs/" in url:
        page.goto(url)
    else:
        visit(page, url)
    if "worklist" in url:
        page.wait_for_selector("#detail[aria-busy=false][data-doubt], main:not(:has(#detail))")


def kind(source, one):
    """A link like others: from the same page and column, to the same page, with the same words in its address."""
    target = urlsplit(one["link"])
    return urlsplit(source).path, one["column"], target.path, *sorted(parse_qs(target.fragment))


def test_every_count_is_a_link_to_as_many_rows(page, store, site, series, pytestconfig):
    """From every page, by every count, to whatever that leads to: no count without a list, none with another. By day
    a link of a kind is enough, and of the kinds that lead to a page some are taken.
    """
    page.set_default_timeout(120_000)  # there are many, and others may want the machine
    docs = store / "docs"
    level = [f"{site.as_uri()}/{name}.html" for name in PAGES]
    level += [file.as_uri() for file in [docs / "index.html", *sorted(docs.glob("*/index.html"))]]
    seen, wrong, asked, taken = {}, [], [], Counter()
    most = sys.maxsize if pytestconfig.getoption("night") else 1
    while level:
        leading = {}
        for url in level:
            opened(page, url)
            seen[url] = page.evaluate(_BEHIND)
            for one in counts_on(page.evaluate(_NUMBERS, _SELECTORS)):
                if not one["link"]:
                    wrong.append((unquote(url), one["text"], one["html"]))
                elif (known := one["link"] in (*seen, *level, *leading)) or taken[kind(url, one)] < most:
                    taken[kind(url, one)] += not known
                    leading.setdefault(one["link"], []).append((url, one))
        level = [link for link in drawn_links(leading, series) if link not in seen]
        asked += [count for link, counts in leading.items() if link in (*seen, *level) for count in counts]
    assert {page_of(url) for url in seen} >= {*LISTS, "worklist.html", "report.html"}
    for url, one in asked:
        if not agrees(one, seen[one["link"]]):
            wrong.append((unquote(url), one["text"], unquote(one["link"]), seen[one["link"]]))
    assert not wrong


def page_of(url):
    """The page an address is of."""
    return urlsplit(url).path.rpartition("/")[2]


def drawn_links(links, series):
    """Some links to every page."""
    for _, found in groupby(sorted(links, key=page_of), page_of):
        to_page = list(found)
        yield from (to_page[number] for number in series(len(to_page)))


# A point of each series of each chart that shows something.
_POINTS = """
() => [...document.querySelectorAll(".chart[data-drawn]")].flatMap((place) =>
  echarts.getInstanceByDom(place).getOption().series.flatMap((series, seriesIndex) => {
    const value = (point) => (point && typeof point === "object" ? point.value : point);
    const dataIndex = series.data.findIndex((point) => Number(value(point)) > 0);
    const point = { chart: place.id, seriesIndex, dataIndex, seriesName: series.name };
    return dataIndex < 0 ? [] : [{ ...point, value: value(series.data[dataIndex]) }];
  }))
"""
_TAKE = """
({ chart, seriesIndex, dataIndex, seriesName }) => {
  const drawn = echarts.getInstanceByDom(document.getElementById(chart));
  const { xAxis, yAxis } = drawn.getOption();
  const name = [xAxis, yAxis].map(([axis]) => axis).find((axis) => axis.type === "category").data[dataIndex];
  drawn.trigger("click", { seriesIndex, dataIndex, seriesName, name });
}
"""


@pytest.mark.parametrize(
    "view",
    ["index", "runs", "quality", "rule#code=R4-SUM", "compare#a=110115000000", "agency#a=110115000000"],
)
def test_a_bar_leads_to_as_many_rows(page, site, view, series):
    """A point of every series of every chart leads to a list of its value, or to the cell of the figure. By day half
    of the points are taken.
    """
    name, _, state = view.partition("#")
    url = f"{site.as_uri()}/{name}.html#{state}"
    opened(page, url)
    points = page.evaluate(_POINTS)
    assert points
    for point in (points[number] for number in series(len(points), 4)):
        opened(page, url)
        page.evaluate(_TAKE, point)
        page.wait_for_url(lambda now: now != url)
        there = page.url
        opened(page, there)
        column = "问题数" if point["chart"] in ("chart-statutory", "chart-heuristic") else ""
        share = "%" if point["seriesName"] in ("通过率", *RATES) else ""
        one = {"text": f"{point['value']}{share}", "link": there, "column": column}
        assert agrees(one, page.evaluate(_BEHIND)), (point, unquote(there))


RATES = [zh for zh, _ in texts()["rates"].values()]
