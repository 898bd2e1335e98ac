"""Every count is a link, and the list behind it has that many rows: over all pages of the dashboard and of Data Docs."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from expectations.rules import load_rules
from flows.standing import Standing
from tests.browser import drawn, visit
from tests.flows.nights import night
from tests.render import Layout, addresses, render
from warehouse.dashboard import build
from warehouse.dashboard.pages import PAGES
from warehouse.query import query

RULES = {code: (rule.title.zh, rule.title.en) for code, rule in load_rules().items()}
TOWNS = ("江苏省淮安市洪泽区", "江苏省淮安市盱眙县", "北京市大兴区", "重庆市涪陵区")
# Numbers that are no counts: by selector, or by the title of their column.
NO_COUNTS = (
    ".years, .versions, .around, .crumbs, .walk, .scale, .chips, .areas, #heat thead, .found small, .tile b",  # years, ids
    ".form, #tables, .side, .legend, .map, .document",  # cells of a report and of its source: what counts lead to
    "#detail, #causes, #reviewer, .decider",  # the doubt on the screen, and its list
    ".count, .turn, h1, h2, summary, kbd",  # what the table beneath has
    "年度", "位次", "省内位次", "全国位次", "不予公开率位次", "版本", "表样", "字节", "原文", "建议", "起", "止",
    "年报 · report", "说明 · what is wrong",
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
    const rows = [...table.querySelectorAll("tbody tr")].map((row) => [...row.children].map((cell) => cell.textContent.trim()));
    const sums = [...table.querySelectorAll("thead th")].map((head, n) => [head.textContent.trim(), rows.reduce((all, row) => all + number(row[n]), 0)]);
    const counted = /[\d,]+/.exec(table.querySelector(".count").textContent);
    return [table.id.replace("table-", ""), { rows: number(counted[0]), sums: Object.fromEntries(sums) }];
  });
  return { tables: Object.fromEntries(tables), cards: text(".cards b"), counts: text("#counts").join(), years: text(".years li").length,
    cell: text(".form td.chosen").join(), cause: text("#causes [aria-expanded=true] small").join(), heading: text("h1").join() };
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


def rows_behind(found, url, column):
    """What a count that leads there may be the number of."""
    tables, name = found["tables"], urlsplit(url).path.rpartition("/")[2]
    asked = parse_qs(urlsplit(url).fragment)
    if column in PLACES and name in ("rule.html", "quality.html") or name == "quality.html":
        return [table["sums"]["问题数"] for table in tables.values() if "问题数" in table["sums"]]
    for by in ("provinces", "byrun", "outcomes", "states"):  # whose counts add up
        if by in tables and not (by == "states" and "p" in asked):
            return [list(tables[by]["sums"].values())[-1]]
    if name == "worklist.html":
        return [int(text.replace(",", "")) for text in re.findall(r"[\d,]+", found["cause"] + found["counts"])]
    if name == "coverage.html" and "state" not in asked:
        return [int(text.replace(",", "")) for text in found["cards"]]
    return [table["rows"] for table in tables.values()]


def agrees(one, found):
    """Whether what stands behind a count is what it says."""
    text, url = one["text"].replace(",", "").replace("−", "-"), one["link"]
    if "/report.html" in url:  # a figure has its cell; a share, a sum or a change the first cell it is made of
        return bool(found["cell"]) == ("&cell=" in url)
    if "/agency.html" in url or "/docs/" in url:
        return True
    behind = rows_behind(found, url, one["column"])
    if "/" in text:  # received of expected
        return {int(part) for part in text.split("/")} <= set(behind)
    return text.endswith("%") or int(text) in behind


PLACES = ("问题数", "不成立 · fails", "无法判断 · not evaluable")


def test_every_count_is_a_link_to_as_many_rows(page, store, site):
    """From every page, by every count, to whatever that leads to: no count without a list, none with another."""
    docs = store / "docs"
    queue = [f"{site.as_uri()}/{name}.html" for name in PAGES]
    queue += [file.as_uri() for file in [docs / "index.html", *sorted(docs.glob("*/index.html"))]]
    seen, wrong, asked = {}, [], []
    for url in queue:
        opened(page, url)
        counts = list(counts_on(page.evaluate(_NUMBERS, _SELECTORS)))
        seen[url] = page.evaluate(_BEHIND)
        wrong += [(unquote(url), one["text"], one["html"]) for one in counts if not one["link"]]
        asked += [(url, one) for one in counts if one["link"] not in ("", "button")]
        known = set(queue)
        queue += [link for link in dict.fromkeys(one["link"] for _, one in asked) if link not in known]
    assert len(queue) > 100
    for url, one in asked:
        if not agrees(one, seen[one["link"]]):
            wrong.append((unquote(url), one["text"], unquote(one["link"]), rows_behind(seen[one["link"]], one["link"], one["column"])))
    assert not wrong


def opened(page, url):
    """A page once it is drawn, the worklist with its doubt; another cell of the same report needs no new page."""
    report, _, cell = url.partition("&cell=")
    if cell and page.url.startswith(report):
        page.evaluate("url => { location.href = url }", url)
        page.wait_for_function("cell => document.querySelector('.form td.chosen [data-cell]')?.dataset.cell.startsWith(cell)", arg=cell)
    elif "/docs/" in url:
        page.goto(url)
    else:
        visit(page, url)
    if "worklist" in url:
        page.wait_for_selector("#detail[aria-busy=false][data-doubt], main:not(:has(#detail))")
