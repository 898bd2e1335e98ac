"""Pages that turn into something else with status 200, and pages that only show or lead to their report."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from flows.cli import app
from flows.show.morning import tables_of, troubles_of
from flows.show.summary import needing_a_person
from flows.sources.challenge import challenge_in
from tests.flows.nights import night
from tests.flows.nights import page as report
from tests.flows.test_attachments import word
from tests.site import Reply, Site, page
from warehouse.query import query

AGENCY = "四川省攀枝花市盐边县新九镇人民政府"
YEARS = (2021, 2022, 2023, 2024)
CHALLENGE = '<html><head><script>$_ts=window["$_ts"];$_ts.cd="q";</script></head><body><input></body></html>'
MISSING = "<html><head><title>出错了</title></head><body><h1>您访问的页面不存在</h1><p>3 秒后返回首页</p></body></html>"
TITLE = f"<html><body><h1>{AGENCY}2023年政府信息公开工作年度报告</h1><p>正在加载</p></body></html>"


@pytest.fixture
def site() -> Iterator[Site]:
    """An index of four reports."""
    with Site() as running:
        running.pages |= {f"/info/1/{year}.htm": page(report(year, agency=AGENCY)) for year in YEARS}
        links = "".join(f'<a href="/info/1/{year}.htm">{year}年度报告</a>' for year in YEARS)
        running.pages |= {"/robots.txt": page("User-agent: *\nDisallow:\n", "text/plain"), "/nb.html": page(links)}
        yield running


def declare(site: Site, folder: Path, **given: object) -> Path:
    """A file of sources for the site."""
    source = {"name": "镇", "private": ["127.0.0.1"], "delay": 0, **given}
    path = folder / "sources.yml"
    path.write_text(yaml.safe_dump({"limits": {"attempts": 1}, "sources": [source]}, allow_unicode=True))
    return path


def test_a_page_that_turned_is_told_and_what_was_read_of_it_stands(site: Site, tmp_path: Path) -> None:
    """A challenge, two equal pages of error, a title alone, an index without links: status 1, artifacts, status."""
    store = tmp_path / "store"
    sources = declare(site, tmp_path, index=[{"url": f"{site.address}/nb.html", "platform": "vsb"}])
    assert not night([], store, sources).needs_a_person
    facts = query(store, "FROM fact ORDER BY ALL").to_pylist()
    site.pages |= {
        "/info/1/2021.htm": page(CHALLENGE), "/info/1/2022.htm": page(MISSING), "/info/1/2023.htm": page(TITLE),
        "/info/1/2024.htm": page(MISSING),
    }  # fmt: skip
    summary = night([], store, sources)

    assert summary.needs_a_person
    told = {row["name"].removeprefix(site.address): (row["what"], row["reason"]) for row in needing_a_person(summary)}
    assert {name: what for name, (what, _) in told.items()} == {
        "/info/1/2021.htm": "not fetched", "/info/1/2022.htm": "replaced", "/info/1/2024.htm": "replaced",
        "/info/1/2023.htm": "report_without_tables",
    }  # fmt: skip
    assert told["/info/1/2021.htm"][1].startswith("refused by the site: found a script of 瑞数; expected the page")
    assert told["/info/1/2024.htm"][1].startswith("a report stood here before; now: no statutory table found")
    troubles = {trouble.what.partition(": ")[0]: trouble for trouble in troubles_of(store, tables_of(store))}
    assert {what: trouble.count for what, trouble in troubles.items()} == {
        "report without tables": 1, "no report where one was": 2, "镇": 1,
    }  # fmt: skip
    assert troubles["镇"].what == "镇: refused by the site: found a script of 瑞数; expected the page"
    assert all(trouble.what_to_do and trouble.example for trouble in troubles.values())
    assert CliRunner().invoke(app, ["status", "--check", "--store", str(store)]).exit_code == 1
    assert query(store, "FROM fact ORDER BY ALL").to_pylist() == facts

    site.pages["/nb.html"] = page("<h1>栏目</h1>")
    assert [why for _, why in night([], store, sources).fetched.failures] == [
        "lists no report any more; expected links to some, as it had before"
    ]
    site.pages |= {f"/info/1/{year}.htm": page(report(year, agency=AGENCY)) for year in YEARS}
    site.pages["/nb.html"] = page("".join(f'<a href="/info/1/{year}.htm">{year}年度报告</a>' for year in YEARS))
    assert not night([], store, sources).needs_a_person
    assert query(store, "FROM fact ORDER BY ALL").to_pylist() == facts


@pytest.mark.parametrize(
    ("markup", "kind"),
    [
        (CHALLENGE, "瑞数"),
        ("<script>var arg1='3000176000856006061501533003690027800375';</script>", "阿里云"),
        ("<html><title>Just a moment...</title><script src='/cdn-cgi/challenge-platform/h/b'></script>", "Cloudflare"),
        ("<html><body><h3>安全验证</h3>请完成滑块验证后继续访问</body></html>", "a request for a browser"),
        ("<html><body>您的访问被拦截，事件编号 1</body></html>", "a refusal"),
        ("<script>document.cookie='a='+f();location.href=location.href;</script>", "sets a cookie"),
        ("<script>location.href='/a.html'</script>", ""),
        (MISSING, ""),
        (f"{CHALLENGE}<a href='/a.docx'>下载</a>", ""),
        (f"{CHALLENGE}{'本机关主动公开政府信息。' * 30}", ""),
        ("%PDF-1.7", ""),
    ],
)
def test_a_challenge_is_told_from_a_page(markup: str, kind: str) -> None:
    """By its script or its words, if there is nothing else; a page behind a protection carries its script, too."""
    assert kind in (found := challenge_in(markup.encode(), "http://www.example.gov.cn/", "")), found
    assert bool(found) == bool(kind)


LED = {
    "/viewer.htm": '<iframe src="/pdfjs/web/viewer.html?file=%2Ff%2F1.docx"></iframe>',
    "/office.htm": '<iframe src="https://view.officeapps.example/op/view.aspx?src={site}/f/2.docx"></iframe>',
    "/frames.htm": '<frameset><frame src="/menu.htm"><frame src="/nr/3.htm"></frameset>',
    "/refresh.htm": '<meta http-equiv="refresh" content="0;url=/nr/4.htm">',
    "/location.htm": '<script>window.location.href="/nr/5.htm";</script>',
    "/onclick.htm": "<a onclick=\"window.open('/f/6.docx')\">附件下载</a>",
    "/backslash.htm": r'<a href="\f\7.docx">附件</a>',
    "/twice.htm": '<iframe src="/nr/8.htm"></iframe>',
}


def test_what_a_page_shows_or_leads_to_is_followed_within_the_allow_list(site: Site, tmp_path: Path) -> None:
    """Viewers, frames, refreshes, scripts, backslashes: eight reports; nothing is asked of another host."""
    for path, led in LED.items():
        site.pages[path] = page(
            f"<html><head><title>年度报告</title></head>{led.replace('{site}', site.address)}</html>"
        )
    site.pages |= {f"/f/{n}.docx": page(word(AGENCY, 2010 + n), "application/msword") for n in (1, 2, 6, 7, 8)}
    site.pages |= {f"/nr/{n}.htm": page(report(2010 + n, agency=AGENCY)) for n in (3, 4, 5)}
    site.pages |= {"/nr/8.htm": page(f'<h1>{AGENCY}2018年度报告</h1><a href="/f/8.docx">附件</a>')}
    site.pages |= {"/menu.htm": page("<p>栏目</p>"), "/stay.htm": page(report(2021, agency=AGENCY))}
    elsewhere = '<iframe src="https://elsewhere.example/nr.htm"></iframe><script>location.href="//m.example/"</script>'
    site.pages |= {"/out.htm": Reply(f"<p>{AGENCY}</p>{elsewhere}".encode())}
    urls = [f"{site.address}{path}" for path in (*LED, "/out.htm")]
    summary = night([], tmp_path / "store", declare(site, tmp_path, urls=urls))

    assert summary.fetched.failures == []
    assert not summary.needs_a_person  # /nr/8.htm has no tables, but what it offers was read
    found = query(tmp_path / "store", "SELECT report_year, page_url FROM report WHERE is_current ORDER BY ALL")
    assert found["report_year"].to_pylist() == [2010 + n for n in range(1, 9)]
    led_by = [str(url).removeprefix(site.address) for url in found["page_url"].to_pylist()]
    assert led_by == [*list(LED)[:7], "/nr/8.htm"]
    site.log.clear()
    assert night([], tmp_path / "store", declare(site, tmp_path, urls=urls)).lines == []
    assert {request.path for request in site.log if not request.is_conditional} <= {"/robots.txt", "/out.htm"}
