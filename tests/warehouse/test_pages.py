"""Pages that lead to each other: rules, agencies, lists and searches by their addresses, and the way back."""

import json
import string
from random import Random
from urllib.parse import unquote

import pytest

from docs.make.cookbook import samples
from expectations.rules import load_rules
from tests.browser import visit
from warehouse.dashboard import build
from warehouse.query import query

RULES = {code: (rule.title.zh, rule.title.en) for code, rule in load_rules().items()}
A_FLAGGED = "SELECT report_id, agency_id, report_year FROM report WHERE verdict = 'flagged' ORDER BY ALL LIMIT 1"
PLACES = {
    "32": ("江苏省", "3208", "淮安市", ("洪泽区", "盱眙县", "金湖县")),
    "50": ("重庆市", "5001", "", ("涪陵区", "江北区", "长寿区")),
    "35": ("福建省", "3502", "厦门市", ("思明区", "海沧区", "翔安区")),
}


@pytest.fixture(scope="module")
def store(small, tmp_path_factory):
    """Nine counties of three provinces over seven years: some reports fail a rule, some are quarantined or missing."""
    store, chance = type(small)(tmp_path_factory.mktemp("pages") / "store"), Random(23)
    names = iter(string.ascii_letters + string.digits)
    for province, prefix, prefecture, counties in PLACES.values():
        for index, county in enumerate(counties, start=51):
            for year in range(2019, 2026):
                fate = chance.choice(["pass", "pass", "flagged", "flagged", "quarantined", "missing"])
                if fate == "missing":
                    continue
                store.add(
                    next(names), agency=f"{prefix}{index}000000",
                    agency_name=f"{province}{prefecture}{county}人民政府", year=year, verdict=fate, province=province,
                    prefecture=prefecture, county=county, agency_level=3, agency_type="gov",
                    reason={"pass": "", "flagged": "R3-ROW res_total: sum 1, total 0"}.get(fate, "agency not known"),
                    cells=[("requests", "req_new", "total", str(713 * year), 713 * year),
                           ("requests", "res_total", "total", "0", 0)],
                    checks=[("R3-ROW", "fail", "res_total/total")] * (fate == "flagged"),
                    issues=["unit_inferred"] * (fate == "pass"),
                )  # fmt: skip
    for body, year in (("卫生局", 2020), ("卫生和计划生育局", 2021)):  # a reform renamed it
        store.add(
            next(names), agency=f"320852000000-{body}", agency_name=f"江苏省淮安市盱眙县{body}", year=year,
            province="江苏省", prefecture="淮安市", county="盱眙县", agency_level=3, agency_type="dept",
        )  # fmt: skip
    store.commit()
    store.build()
    return store.path


@pytest.fixture(scope="module")
def site(store):
    """Its site, from its folder."""
    return build(store, store / "dashboard", RULES).folder.as_uri()


@pytest.fixture(scope="module")
def samples_site(tmp_path_factory):
    """The site of data/samples."""
    store = samples(tmp_path_factory.mktemp("samples") / "store")
    return build(store, store / "dashboard", RULES).folder.as_uri()


def sql(store, question):
    """The rows of an answer as tuples."""
    return [tuple(row.values()) for row in query(store, question).to_pylist()]


def state(page):
    """What the address carries."""
    return dict(part.split("=", 1) for part in unquote(page.evaluate("location.hash.slice(1)")).split("&") if part)


def test_a_table_is_an_address(page, site):
    """Order, filter and page stand in the address, which shows the same again; going back undoes a step."""
    visit(page, f"{site}/rule.html#code=R3-ROW")
    page.click("#table-failing thead button:has-text('年度')")
    page.click("#table-failing thead button:has-text('年度')")
    page.fill("#filter-failing", "洪泽")
    assert state(page)["failing-sort"].lstrip("-") == "report_year"
    assert state(page)["failing-find"] == "洪泽"
    before = page.inner_text("#table-failing tbody")
    address = page.url
    visit(page, address)
    assert page.inner_text("#table-failing tbody") == before
    page.click("#table-failing thead button:has-text('年度')")
    assert page.inner_text("#table-failing tbody") != before
    page.go_back()
    page.wait_for_function("() => document.querySelector('#table-failing tbody')")
    page.wait_for_timeout(300)
    assert page.inner_text("#table-failing tbody") == before


def test_going_back_leads_to_the_same_place(page, site):
    """The page is as far down as it was, and the link taken has the focus."""
    page.set_viewport_size({"width": 1280, "height": 500})
    visit(page, f"{site}/rule.html#code=R3-ROW")
    link = page.locator("#table-failing tbody a").nth(12)
    link.scroll_into_view_if_needed()
    page.evaluate("scrollBy(0, 120)")
    page.wait_for_timeout(300)
    before, taken = page.evaluate("scrollY"), link.get_attribute("href")
    assert before > 100
    link.click()
    page.wait_for_selector(".form")
    page.go_back()
    page.wait_for_selector("#table-failing")
    page.wait_for_function("() => document.activeElement && document.activeElement.matches('#table-failing a')")
    assert page.evaluate("scrollY") == before
    assert page.evaluate("document.activeElement.getAttribute('href')") == taken


def test_a_rule_counts_as_sql_does(page, site, store):
    """Reports that fail, by province and year, and the list behind each count."""
    visit(page, f"{site}/rule.html#code=R3-ROW")
    assert "各类申请人之和等于总计" in page.inner_text("h1")
    failing = "FROM report JOIN quality_check USING (report_id) WHERE outcome = 'fail' AND check_code = 'R3-ROW'"
    ((all_of_them,),) = sql(store, f"SELECT count(DISTINCT report_id) {failing}")
    assert page.inner_text(".cards b") == str(all_of_them)
    page.select_option("#choose-p", "50")
    page.wait_for_url("**p=50**")
    page.wait_for_function("() => !document.querySelector('#table-failing').innerText.includes('江苏')")
    ((of_one,),) = sql(store, f"SELECT count(DISTINCT report_id) {failing} AND report.agency_id LIKE '50%'")
    assert page.inner_text("#table-failing .count") == f"{of_one} 行"
    visit(page, f"{site}/rule.html#code=unit_inferred&lang=en")
    ((issues,),) = sql(store, "SELECT count(DISTINCT report_id) FROM quality_issue WHERE code = 'unit_inferred'")
    assert page.inner_text(".cards b") == str(issues)
    assert "inferred" in page.inner_text("h1")


def test_from_the_first_page_to_a_cell(page, site):
    """Quality, a rule's count, a report: the third step shows the cell."""
    visit(page, f"{site}/quality.html")
    page.click("#table-statutory tbody td a >> nth=0")
    page.wait_for_selector("#table-failing tbody a")
    page.click("#table-failing tbody a >> nth=0")
    page.wait_for_selector(".form td.chosen [data-cell='res_total/total']")


def test_what_is_missing_is_three_clicks_away(page, site, store):
    """From the tile of the first page to the years of an agency, by lists that add up."""
    visit(page, f"{site}/index.html")
    ((missing,),) = sql(store, "SELECT count(*) FROM agency_year WHERE state = 'missing'")
    assert page.inner_text(".cards .missing b") == str(missing)
    page.click(".cards .missing a")
    page.wait_for_selector("#table-states")
    assert sum(map(int, page.locator("#table-states tbody td").all_inner_texts())) == missing
    page.click("#table-states a:has-text('江苏')")
    page.wait_for_selector("#table-states a[href^='agency.html']")
    in_province = "SELECT count(*) FROM agency_year WHERE state = 'missing' AND agency_id LIKE '32%'"
    assert page.locator("#table-states tbody tr").count() == sql(store, in_province)[0][0]
    page.click("#table-states a[href^='agency.html'] >> nth=0")
    page.wait_for_selector(".years li.missing")


def test_counts_of_coverage_lead_to_their_agencies(page, site, store):
    """Every count of a year is a link to as many agencies, for the country and for a province."""
    visit(page, f"{site}/coverage.html#year=2021")
    for word, condition in (
        ("missing", "state = 'missing'"),
        ("flagged", "state = 'flagged'"),
        ("pass", "state = 'pass'"),
    ):
        for province, wanted in (("", "TRUE"), ("32", "agency_id LIKE '32%'")):
            ((count,),) = sql(
                store, f"SELECT count(*) FROM agency_year WHERE report_year = 2021 AND {condition} AND {wanted}"
            )
            visit(page, f"{site}/coverage.html#year=2021&state={word}&p={province}")
            if province:
                assert page.locator("#table-states tbody tr").count() == count
            else:
                shown = page.locator("#table-states tbody td").all_inner_texts()
                assert sum(map(int, shown)) == count
    visit(page, f"{site}/coverage.html#year=2021")
    assert page.locator(".tile").count() == len(PLACES)
    page.click(".tile a:has-text('江苏')")
    page.wait_for_selector("h2:has-text('收到 / 应有')")
    assert state(page)["p"] == "32"


def test_an_agency_has_a_page(page, site, store):
    """Years with their verdicts, findings that lead to rules and cells, figures, and those like it."""
    agency = "320851000000"
    visit(page, f"{site}/agency.html#a={agency}")
    assert "洪泽区人民政府" in page.inner_text("h1")
    states = sql(store, f"SELECT report_year, state FROM agency_year WHERE agency_id = '{agency}' ORDER BY 1")
    look = "all => all.map(li => [Number(li.querySelector('b').innerText), li.className.split(' ')[1]])"
    shown = page.locator(".years li").evaluate_all(look)
    assert [tuple(one) for one in shown] == states
    codes = {
        code
        for (code,) in sql(
            store, f"SELECT check_code FROM quality_check WHERE agency_id = '{agency}' AND outcome = 'fail'"
        )
    }
    hrefs = page.locator("#table-findings a[href^='rule.html']").evaluate_all(
        "all => all.map(a => a.getAttribute('href'))"
    )
    assert codes <= {href.partition("code=")[2] for href in hrefs}
    assert page.locator("section:has(h2:has-text('同级同类机关')) .found a[href*='320852000000']").count() == 1
    assert page.locator(".crumbs a").all_inner_texts() == ["全国", "江苏省", "淮安市", "洪泽区"]
    visit(page, f"{site}/agency.html#a=320852000000-卫生局")
    page.click("section:has(h2:has-text('承继机关')) li:has-text('改称') a")
    page.wait_for_selector("h1:has-text('卫生和计划生育局')")
    assert page.locator("section:has(h2:has-text('承继机关')) li:has-text('以前称') a").count() == 1


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("hongze", "洪泽区"), ("hzq", "洪泽区"), ("jshahz", "洪泽区"), ("洪澤", "洪泽区"), ("洪泽淮安", "洪泽区"),
        ("chongqing fuling", "涪陵区"), ("xiamen siming", "思明区"), ("changshou", "长寿区"), ("350252", "海沧区"),
    ],
)  # fmt: skip
def test_an_agency_is_found_however_it_is_written(page, site, asked, found):
    """Pinyin whole or by initials, characters read in two ways, traditional ones, parts in any order, a code."""
    visit(page, f"{site}/search.html#q={asked}")
    hits = page.locator("main .found a").all_inner_texts()
    assert len(hits) == 1
    assert found in hits[0]


def test_a_rule_is_found_from_any_page(page, site):
    """The field in the head of every page, reached by a key."""
    visit(page, f"{site}/runs.html")
    page.keyboard.press("/")
    page.keyboard.type("R3-ROW")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html#q=R3-ROW")
    colours = page.locator("#q").evaluate(
        "e => (({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(e))"
    )
    assert len(set(colours)) == 2  # what was typed is to be seen
    page.click("main a:has-text('R3-ROW')")
    page.wait_for_selector("h1:has-text('R3-ROW')")


@pytest.mark.parametrize(("width", "height"), [(1280, 860), (390, 860)])
def test_a_cell_is_seen_beside_its_place(page, samples_site, width, height):
    """On a large screen and on a telephone: the cell an address names, and its place in the source."""
    page.set_viewport_size({"width": width, "height": height})
    visit(page, f"{samples_site}/report.html#at=320813/2023&id=3d0a14e53ceda6d7&cell=rev_total")
    page.wait_for_selector(".document .marked")
    page.wait_for_timeout(200)
    for selector in (".form td.chosen button", ".document .marked"):
        on_top = page.locator(selector).evaluate(
            """one => {
                const { left, top, width, height } = one.getBoundingClientRect();
                return one.contains(document.elementFromPoint(left + width / 2, top + height / 2));
            }"""
        )
        assert on_top, selector


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_figure_is_broken_over_lines(page, site, store, language):
    """Whatever the width, a number of a statutory table stands in one line, and every column is on the screen."""
    ((report, agency, year),) = sql(
        store, "SELECT report_id, agency_id, report_year FROM report WHERE verdict = 'flagged' ORDER BY ALL LIMIT 1"
    )
    for width in (390, 800, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        visit(page, f"{site}/report.html#at={agency[:6]}/{year}&id={report}&lang={language}")
        lines = page.locator(".form td.cell button").evaluate_all(
            """all => all.map(button => {
                const range = document.createRange();
                range.selectNodeContents(button);
                return new Set([...range.getClientRects()].map(rect => Math.round(rect.top))).size;
            })"""
        )
        assert lines
        assert max(lines) == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert width < 800 or page.locator("#head").bounding_box()["height"] < 110  # it stays on the screen
        if width >= 1280:
            over = page.locator(".tables .scroll").evaluate_all(
                "all => all.map(one => one.scrollWidth - one.clientWidth)"
            )
            assert max(over) <= 0


def test_reasons_are_in_the_language_of_the_page(page, site, store):
    """What the program said of a report, in words of either language and without codes among Chinese."""
    ((report, agency, year),) = sql(
        store, "SELECT report_id, agency_id, report_year FROM report WHERE verdict = 'flagged' ORDER BY ALL LIMIT 1"
    )
    at = f"{site}/report.html#at={agency[:6]}/{year}&id={report}"
    visit(page, at)
    assert page.inner_text(".reason") == "各类申请人之和等于总计（（七）总计：各项相加1，总计0）"
    visit(page, f"{at}&lang=en")
    assert page.inner_text(".reason") == "R3-ROW res_total: sum 1, total 0"


def test_a_first_visit_loads_little(site, store):
    """The scripts and data every page begins with stay far below 2 MB."""
    folder = store / "dashboard"
    first = [*(folder / "static").iterdir(), folder / "vendor" / "echarts.common.min.js"]
    first += [folder / "data" / f"{name}.js" for name in ("site", "today", "forms", "store")]
    assert sum(file.stat().st_size for file in first) < 2_000_000
    known = json.loads((folder / "data" / "search.js").read_text("utf-8").partition(",")[2][:-3])
    assert {"zhong", "chong"} <= set(known["sounds"]["重"].split())
