"""The worklist: from the doubts of a store, by key presses, to a store that agrees with what was decided."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from random import Random

import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner

from benchmarks.corpus import agencies
from expectations.rules import load_rules
from flows.cli import app
from flows.review import apply, problems
from tests.browser import grave_violations
from tests.flows.nights import night
from tests.render import Layout, addresses, render
from transform.agencies import Directory
from transform.corrections import load_corrections
from warehouse.dashboard import Server, build
from warehouse.lake.store import Lake
from warehouse.query import query

RULES = {code: (rule.title.zh, rule.title.en) for code, rule in load_rules().items()}
TO_DO = "state IN ('open', 'reopened')"
# What a reviewer presses, by kind of doubt.
KEYS = {"suggestion": "s", "rule": "k", "value": "b"}


def planted(folder, reports):
    """Reports with five doubts in three of them: a wrong total each, then a sum that fails or a sign for a number; of
    thirty one is nobody's.
    """
    folder.mkdir(parents=True)
    directory = Directory.load()
    named = [one.name for one in agencies()[::31] if directory.resolve(one.name).agency == one]
    for number in range(reports):
        values = dict.fromkeys(addresses("2021"), "0")
        name, year = named[number // 4], 2021 + number % 4
        if number % 30 == 0:
            name = "某局"
            values |= {("licence_decisions", ""): str(number)}  # or its files would be the same
        else:
            values |= {("res_total", "total"): "2"}
            if number % 3 == 1:
                values |= {("rev_upheld", ""): "3"}
            elif number % 3 == 2:
                values |= {("licence_decisions", ""): "—"}
        data = render("2021", values, "txt", layout=Layout(agency=name, year=year))
        (folder / f"{number:04}.txt").write_bytes(data)


def asked(store, sql):
    """The one figure that answers a question."""
    return next(iter(query(store, sql).to_pylist()[0].values()))


@pytest.fixture(scope="module")
def store(tmp_path_factory, pytestconfig):
    """A store with doubts: 500 over 300 reports by night, else some 50 over 30."""
    folder = tmp_path_factory.mktemp("worklist")
    planted(folder / "in", 300 if pytestconfig.getoption("night") else 30)
    night([folder / "in"], folder / "store")
    return folder / "store"


@pytest.fixture(scope="module")
def site(store):
    """Its site, as first built."""
    return build(store, store / "dashboard", RULES).folder


@pytest.fixture
def page(browser):
    """A page that says nothing wrong, of a browser that knows its reviewer."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: m.type in ("error", "warning") and wrong.append(m.text))
    yield page
    context.close()
    assert not wrong


def visit(page, url):
    """Open an address and wait until a doubt, or word that there is none, is on the screen."""
    page.goto("about:blank")
    page.goto(url)
    page.wait_for_selector("main[aria-busy=false] h1")
    page.wait_for_selector(SHOWN)
    return page


SHOWN = "#detail[aria-busy=false][data-doubt], main[aria-busy=false]:not(:has(#detail))"


def press(page, key):
    """Press a key and wait until the page said what came of it and shows a doubt."""
    page.evaluate("document.getElementById('said').textContent = ''")
    page.keyboard.press(key)
    page.wait_for_selector("#said:not(:empty)")
    page.wait_for_selector(SHOWN)


def kind(page):
    """The kind of the doubt on the screen."""
    return page.evaluate("document.getElementById('detail').dataset.doubt.split(' ')[1]")


def waiting(page):
    """How many decisions wait in the browser."""
    return int(page.inner_text("#waiting").split()[0])


@contextmanager
def serving(store, folder):
    """The local server of a site."""
    server = Server(folder, Lake(store).warehouse, lambda: None, store / "corrections")
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield server
    server.shutdown()
    thread.join()


def test_every_doubt_is_on_the_list(store):
    """No report needs a person without a doubt that says why, and none that passed has one to do."""
    listed = f"report_id IN (SELECT report_id FROM worklist WHERE {TO_DO})"
    sql = f"SELECT (verdict <> 'pass') = ({listed}) AS agree FROM report"
    assert {row["agree"] for row in query(store, sql).to_pylist()} == {True}
    causes = query(store, "FROM cause").to_pylist()
    assert {row["kind"] for row in causes} == {"name", "suggestion", "rule", "value"}
    assert all(row["settles"] <= row["reports"] for row in causes)


def test_an_address_shows_its_doubt_and_filters(page, store, site):
    """Facets and the doubt shown stand in the address; what was chosen is there again."""
    visit(page, f"{site.as_uri()}/worklist.html")
    page.select_option("#choose-kind", "rule")
    page.wait_for_url("**kind=rule*")
    page.wait_for_selector(SHOWN)
    rules = asked(store, f"SELECT count(*) FROM worklist WHERE kind = 'rule' AND {TO_DO}")
    assert page.inner_text("#counts").startswith(f"{rules} 处疑点")
    first = page.get_attribute("#detail", "data-doubt")
    page.click("#after")
    page.wait_for_selector(f"#detail[aria-busy=false]:not([data-doubt='{first}'])")
    shown = page.get_attribute("#detail", "data-doubt")
    again = visit(page, page.url)
    assert again.get_attribute("#detail", "data-doubt") == shown
    assert page.input_value("#choose-kind") == "rule"


def test_going_back_leads_to_the_doubt_that_was_left(page, site):
    """From a doubt to its report and back: the same doubt, as far down the page, the link taken in focus."""
    page.set_viewport_size({"width": 1280, "height": 500})
    visit(page, f"{site.as_uri()}/worklist.html#kind=suggestion")
    first = page.get_attribute("#detail", "data-doubt")
    page.click("#after")
    page.wait_for_selector(f"#detail[aria-busy=false]:not([data-doubt='{first}'])")
    link = page.locator("#detail a[href^='report.html']")
    link.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    left, before = page.get_attribute("#detail", "data-doubt"), page.evaluate("scrollY")
    assert before > 50
    link.click()
    page.wait_for_selector(".form")
    page.go_back()
    page.wait_for_selector(SHOWN)
    page.wait_for_function("() => document.activeElement.matches('#detail a[href^=\"report.html\"]')")
    assert page.get_attribute("#detail", "data-doubt") == left
    assert page.evaluate("scrollY") == before


@pytest.fixture(scope="module")
def mixed(small, tmp_path_factory):
    """A store of many agencies, years and verdicts, reports of nobody and of no year among them; and its site."""
    store = type(small)(tmp_path_factory.mktemp("mixed") / "store")
    rng = Random("mixed")
    places = [agency for agency in agencies() if agency.province in ("江苏省", "山西省", "北京市")]
    for number in range(240):
        agency, year = rng.choice(places), rng.choice((2021, 2022, 2023))
        verdict = rng.choice(("pass", "flagged", "flagged", "quarantined"))
        who = {
            "agency": agency.agency_id, "agency_name": agency.name, "agency_level": agency.level, "year": year,
            "agency_type": agency.type, "province": agency.province, "prefecture": agency.prefecture,
            "county": agency.county, "division_code": agency.division_code,
        }  # fmt: skip
        if verdict == "quarantined":
            who |= rng.choice(({}, {"agency": None, "agency_name": "某局"}, {"year": None}))
        code, doubt = rng.choice(("R3-TOT", "R3-ROW", "R4-SUM")), rng.choice(("", "2"))
        more = {"suggested_value": 3} if doubt else {}
        store.add(
            chr(0x4E00 + number), verdict=verdict, reason=rng.choice(("rule", "reading")), **who,
            cells=[("requests", "res_total", "total", "2", 2, "2021", more)],
            checks=[(code, "fail" if verdict == "flagged" else "pass", "res_total/total")],
        )  # fmt: skip
    store.commit()
    store.build()
    return store.path, build(store.path, store.path.parent / "site", RULES).folder


_P = "coalesce(nullif(regexp_extract(agency_id, '^[0-9]{2}'), ''), 'none')"
_WHERE = {
    "p": f"{_P} = '{{}}'", "year": "coalesce(report_year::VARCHAR, 'none') = '{}'", "kind": "kind = '{}'",
    "severity": "severity = '{}'", "attribution": "coalesce(nullif(attribution, ''), 'open') = '{}'",
    "rule": "list_contains(string_split(rules, ' '), '{}')", "level": "agency_level = '{}'",
}  # fmt: skip


def _filters(rng):
    """A page, what is chosen on it, and the same as SQL."""
    values = {
        "p": ["11", "14", "32"], "year": ["2021", "2022", "2023"], "level": ["1", "2", "3", "4"],
        "kind": ["name", "suggestion", "rule", "other"], "severity": ["critical", "statutory"],
        "attribution": ["open", "reading"], "rule": ["R3-TOT", "R3-ROW", "R4-SUM"],
    }  # fmt: skip
    on = {
        "coverage": ["p", "year", "level"], "quality": ["p", "year"],
        "worklist": ["p", "year", "kind", "severity", "attribution", "rule"],
    }  # fmt: skip
    page = rng.choice(["coverage", "quality", "worklist", "worklist"])
    chosen = {
        name: rng.choice(values[name])
        for name in on[page]
        if rng.random() < 0.5 or (name, page) == ("year", "coverage")
    }
    if page == "worklist":
        chosen = {
            name: "none" if name in ("p", "year") and rng.random() < 0.3 else value for name, value in chosen.items()
        }
    tests = [_WHERE[name].replace("{}", value) for name, value in chosen.items()]
    return page, chosen, " AND ".join(tests) or "TRUE"


@pytest.mark.slow
def test_counts_of_fifty_random_filters_are_those_of_sql(page, mixed, series):
    """Coverage, Quality and the worklist under any choice, reports of nobody included."""
    store, site = mixed
    rng = Random("filters")
    filters = [_filters(rng) for _ in range(50)]
    for name, chosen, where in [filters[number] for number in series(50)]:
        page.goto(f"{site.as_uri()}/{name}.html#{'&'.join(f'{key}={value}' for key, value in chosen.items())}")
        page.reload()
        page.wait_for_selector("main[aria-busy=false] h1")
        if name == "worklist":
            sql = f"""
                SELECT count(*) AS doubts, count(DISTINCT report_id) AS reports, count(DISTINCT (kind, what)) AS causes
                FROM worklist WHERE {TO_DO} AND {where}"""
            (row,) = query(store, sql).to_pylist()
            expected = f"{row['doubts']} 处疑点，{row['reports']} 份年报，{row['causes']} 个原因。"
            assert page.inner_text("#counts") == expected, chosen
        elif name == "coverage":
            sql = f"""
                SELECT count(*) FILTER (expected), count(*) FILTER (received), count(*) FILTER (verdict = 'pass'),
                    count(*) FILTER (verdict = 'flagged'), count(*) FILTER (verdict = 'quarantined'),
                    count(*) FILTER (expected AND NOT received)
                FROM coverage JOIN dim_agency USING (agency_id) WHERE {where}"""
            expected = [f"{value:,}" for value in query(store, sql).to_pylist()[0].values()]
            shown = page.locator(".cards >> nth=0").locator("b").all_inner_texts()[:6]
            assert (shown or ["0"] * 6) == expected, chosen  # a level nobody in the region has
        else:
            sql = f"SELECT count(*) FROM report WHERE verdict <> 'pass' AND {where}"
            assert page.inner_text("#table-worst .count") == f"{asked(store, sql)} 行", chosen
            of_report = where.replace("agency_id", "report.agency_id").replace("report_year", "report.report_year")
            sql = f"""
                SELECT coalesce(sum(n), 0)::BIGINT FROM (
                    SELECT count(*) AS n FROM lake.quality_check AS c JOIN report USING (report_id)
                    WHERE c.is_current AND c.outcome IN ('fail', 'not_evaluable') AND {of_report})"""
            places = page.locator(":is(#table-statutory, #table-heuristic) tbody tr > :nth-child(4)").all_inner_texts()
            assert sum(map(int, places)) == asked(store, sql), chosen


def test_today_and_status_count_what_sql_counts(page, mixed):
    """What the first page and the terminal say of the whole store, reports of nobody included."""
    store, site = mixed
    visit(page, f"{site.as_uri()}/index.html")
    states = {
        row["state"]: row["n"]
        for row in query(store, "SELECT state, count(*) AS n FROM worklist GROUP BY 1").to_pylist()
    }
    shown = page.locator(".cards >> nth=-1").locator("b").all_inner_texts()
    assert shown[1:] == ["0"] + [
        str(states.get(name, 0)) for name in ("open", "reopened", "told", "confirmed", "kept", "corrected")
    ]
    told = json.loads(CliRunner().invoke(app, ["status", "--json", "--store", str(store)]).stdout)
    by_verdict = query(store, "SELECT verdict, count(*) AS n FROM report GROUP BY 1").to_pylist()
    assert {row["state"]: row["documents"] for row in told["holds"]} == {row["verdict"]: row["n"] for row in by_verdict}
    quarantined = sum(row["count"] for row in told["troubles"] if row["what"].startswith("quarantined"))
    assert quarantined == asked(store, "SELECT count(*) FROM report WHERE verdict = 'quarantined'") > 0
    tiles = page.locator(".cards >> nth=0").locator("b").all_inner_texts()
    assert tiles[0] == str(asked(store, "SELECT count(*) FROM report"))
    sql = "SELECT count(*) FROM report WHERE verdict = 'quarantined' OR verdict = 'flagged' AND is_current"
    assert tiles[2] == str(asked(store, sql))


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_page_is_accessible(browser, site, scheme, width):
    """Axe finds no serious violation, nothing is wider than the screen, and no figure is broken over lines."""
    for view in ("worklist.html#kind=suggestion", "worklist.html#kind=name"):
        context = browser.new_context(bypass_csp=True, color_scheme=scheme, viewport={"width": width, "height": 900})
        page = visit(context.new_page(), f"{site.as_uri()}/{view}")
        assert not grave_violations(page), view
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        heights = page.evaluate("""
            [...document.querySelectorAll(".detail .grid td, .figures b")]
                .filter((one) => /^[0-9]+$/.test(one.textContent)).map((one) => {
                    const range = document.createRange();
                    range.selectNodeContents(one);
                    return range.getClientRects().length;
                })""")
        assert set(heights) <= {1}
        context.close()


def test_decisions_can_be_undone_and_outlive_the_page(page, site):
    """A key decides and goes on; undo brings the doubt back; another visit finds what was decided."""
    visit(page, f"{site.as_uri()}/worklist.html#kind=suggestion")
    first = page.get_attribute("#detail", "data-doubt")
    press(page, "s")
    assert page.evaluate("document.activeElement.id") == "reviewer"  # who decides has to be known
    page.keyboard.type("Li s")  # no key of a field decides anything
    page.keyboard.press("Enter")
    assert waiting(page) == 0
    press(page, "s")
    assert page.get_attribute("#detail", "data-doubt") != first
    press(page, "t")
    assert waiting(page) == 2
    press(page, "u")
    visit(page, page.url)
    assert waiting(page) == 1
    press(page, "u")
    assert page.get_attribute("#detail", "data-doubt") == first
    assert waiting(page) == 0
    press(page, "Shift+K")
    assert waiting(page) > 1
    assert page.locator(".causes .current .doubts .done").count() > 0


def _post(server, text, **headers):
    """Status and answer of decisions sent."""
    connection = HTTPConnection("127.0.0.1", server.server_port)
    host = f"127.0.0.1:{server.server_port}"
    sound = {
        "Host": host,
        "Origin": f"http://{host}",
        "Content-Type": "application/yaml",
        "X-Gongkai-Token": server.token,
    }
    connection.request("POST", headers.pop("path", "/corrections"), text.encode(), sound | headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


ENTRY = """- agency: "321322000000"
  year: 2023
  cell: requests/res_total/total
  action: override
  value: 0
  expect: "2"
  reason: looked
  reviewer: Li
  date: 2026-01-31
"""


def test_the_server_takes_decisions_from_its_own_pages_only(small, tmp_path):
    """A foreign site, a name made to lead here, another user of this machine, a broken text: nothing is written."""
    store = tmp_path / "store"
    with serving(small.path, tmp_path) as server:
        server.corrections = store / "corrections"
        for status, changed in (
            (421, {"Host": "evil.example"}), (421, {"Host": "127.0.0.1:1"}), (403, {"Origin": "http://evil.example"}),
            (403, {"Origin": "null"}), (403, {"X-Gongkai-Token": ""}), (403, {"X-Gongkai-Token": "guess"}),
            (415, {"Content-Type": "text/plain"}), (404, {"path": "/../x.yml"}), (413, {"Content-Length": "9" * 12}),
        ):  # fmt: skip
            assert _post(server, ENTRY, **changed)[0] == status, changed
        for text in (
            "- a",
            "",
            ENTRY.replace("override", "overide"),
            "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        ):
            status, answer = _post(server, text)
            assert status == 422, text
            assert json.loads(answer)["problems"]
        assert not server.corrections.exists()
        status, answer = _post(server, ENTRY)
        assert (status, _post(server, ENTRY)[0]) == (201, 200)
        (file,) = server.corrections.iterdir()
        assert (json.loads(answer)["file"], file.read_text("utf-8")) == (file.name, ENTRY)
        status, answer = _post(server, ENTRY.replace("value: 0", "value: 1"))
        assert status == 422
        assert "expected one, neither is used" in json.loads(answer)["problems"][0]


def settle(page, doubts):
    """Decide every doubt on the list by a key, an unknown name by a code."""
    pressed = 0
    while waiting(page) < doubts:
        what = kind(page)
        if what == "name":
            page.keyboard.press("v")
            page.keyboard.type(agencies()[5 + pressed].agency_id)
            press(page, "Enter")
        else:
            press(page, KEYS[what])
        pressed += 1
        assert pressed <= doubts


@pytest.mark.slow
def test_all_doubts_are_settled_by_keys_in_one_sitting(page, store, site):
    """From the first page to a store that agrees; handed in to the local server, which writes them into the store."""
    doubts = asked(store, f"SELECT count(*) FROM worklist WHERE {TO_DO}")
    with serving(store, site) as server:
        visit(page, server.entrance)
        assert "token" not in page.url
        page.click("#table-causes tbody a >> nth=0")
        page.wait_for_url("**/worklist.html*")
        page.wait_for_selector(SHOWN)
        page.fill("#reviewer", "李敏")
        page.keyboard.press("Enter")
        start = time.perf_counter()
        settle(page, doubts)
        seconds = time.perf_counter() - start
        page.click("#send")
        page.wait_for_selector("#said:has-text('corrections/worklist-')")
        assert waiting(page) == 0
        page.goto("about:blank")  # or the page would ask the server that is gone for news
    (file,) = (store / "corrections").glob("*.yml")
    assert len(yaml.safe_load(file.read_text("utf-8"))) == doubts
    assert problems(store, load_corrections(store / "corrections")) == []

    begun, busy = time.perf_counter(), sum(os.times()[2:4])
    command = [sys.executable, "-m", "flows.cli", "review", "apply", "--store", str(store)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    took = f"{time.perf_counter() - begun:.1f} s to apply, {sum(os.times()[2:4]) - busy:.1f} s of processors"
    print(f"{doubts} doubts: {seconds:.1f} s at the keys, {took}")  # noqa: T201
    read = asked(store, "SELECT arg_max(files_read, started_at) FROM run")
    assert read == asked(store, "SELECT count(*) FROM report")
    assert asked(store, f"SELECT count(*) FROM worklist WHERE {TO_DO}") == 0
    states = {
        row["kind"]: row["state"] for row in query(store, "SELECT DISTINCT kind, state FROM worklist").to_pylist()
    }
    assert states["rule"] == "kept"
    assert states["cell"] == "corrected"
    assert asked(store, "SELECT count(*) FROM worklist WHERE decision <> '' AND reviewer <> '李敏'") == 0
    assert apply(store, Console(quiet=True)).lines == []
    (store / "corrections" / "again.yml").write_bytes(file.read_bytes())
    assert apply(store, Console(quiet=True)).lines == []

    anew = build(store, store / "dashboard", RULES).folder
    visit(page, f"{anew.as_uri()}/index.html")
    settled = asked(store, "SELECT count(*) FROM worklist WHERE decision <> ''")
    assert page.locator(".cards >> nth=-1").locator("b").all_inner_texts()[:3] == ["0", str(settled), "0"]
    page.click("a[href*='since=settled']")
    page.wait_for_selector(SHOWN)
    assert page.inner_text("#counts").startswith(f"{settled} 处疑点")
    visit(page, f"{anew.as_uri()}/worklist.html")
    assert page.locator("#detail").count() == 0
    visit(page, f"{anew.as_uri()}/worklist.html#state=all&kind=rule")
    assert "李敏" in page.inner_text("#detail")
