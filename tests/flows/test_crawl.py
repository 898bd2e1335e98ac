"""Nights on a site that behaves as real ones do: all it should give, nothing it should not, and how it was asked."""

import gzip
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from flows.show.summary import Tally
from flows.sources.crawl import READ, Crawl
from flows.sources.declared import Sources
from flows.sources.fetch import is_public
from tests.docx import write_docx
from tests.render import Layout, lay_out, render
from tests.site import Reply, Site, in_turn, moved, page
from tests.strategies import distinct_numbers
from warehouse.lake.store import Lake
from warehouse.schema import arrow_schema

AGENCY = "江苏省淮安市洪泽区人民政府"
VALUES = {key: str(value) for key, value in distinct_numbers("2021", ("res_other",)).items()}
DELAY = 0.1


def report(year: int, encoding: str = "utf-8") -> bytes:
    """A report as a web page."""
    return render("2021", VALUES, "html", layout=Layout(agency=AGENCY, year=year, encoding=encoding, declared=encoding))


def attachment(year: int) -> bytes:
    """A report as a Word file."""
    layout = Layout(agency=AGENCY, year=year)
    return write_docx(lay_out("2021", VALUES, layout=layout), layout, Random(0))


def index(*links: tuple[str, str]) -> Reply:
    """An index page of (address, words)."""
    body = "".join(f'<li><a href="{address}">{words}</a></li>' for address, words in links)
    return page(f"<html><body><ul>{body}</ul></body></html>")


@pytest.fixture
def site() -> Iterator[Site]:
    """A site with a robots.txt."""
    with Site() as running:
        running.pages["/robots.txt"] = page("User-agent: *\nDisallow: /secret/\n", "text/plain")
        yield running


def declared(site: Site, **given: object) -> Sources:
    """One source on the site, asked without delay unless the test says so."""
    source = {"name": "a", "private": ["127.0.0.1/32"], "delay": 0, "at_once": 2, "agency": AGENCY, **given}
    limits = source.pop("limits", {})
    return Sources.model_validate({"sources": [source], "limits": {"seconds": 5, "backoff": 0.02, **limits}})


def night(lake: Lake, sources: Sources, run_id: str = "r1") -> Tally:
    """One walk, its rows committed to the lake."""
    record = {**dict.fromkeys(arrow_schema("run").names), "run_id": run_id}
    return Crawl(lake, run_id, sources, lambda rows: lake.commit({"fetch": rows}, record)).run()


def rows(lake: Lake, site: Site, run_id: str = "r1") -> dict[str, dict]:
    """The requests of a night by address, of those on the site only the path."""
    found = [row for row in lake.fetches().to_pylist() if row["run_id"] == run_id]
    return {row["url"].removeprefix(site.address): row for row in found}


def art(number: int) -> str:
    """The address of an article as one make of site has it."""
    return f"/art/2024/1/{number}/art_1_{number}.html"


def build_site(site: Site, inside: Site) -> None:
    """Three pages of an index, one of them of news only, and behind them all that happens on a real site."""
    site.pages |= {
        "/nb/index.html": index(
            (art(1), "2021年政府信息公开工作年度报告"), (art(1) + "#top", "2021年度报告（正文）"),
            (art(2), "2022年度报告"), (art(3), "2023年度报告"),
            ("/secret" + art(4), "2024年度报告"), (art(5), "春节放假通知"),
            ("/about.html", "关于年报"), ("http://elsewhere.example" + art(6), "某局年度报告"),
            ("javascript:void(0)", "年度报告"), ("http://[broken", "年度报告"), ("index.html", "首页"),
        ),
        "/nb/index_2.html": index((art(5), "春节放假通知"), (art(18), "元旦放假通知"), ("index.html", "首页")),
        "/nb/index_3.html": index(
            (art(7), "年度报告：忙"), (art(8), "年度报告：慢"), (art(9), "年度报告：太慢"), (art(10), "年度报告：太大"),
            (art(11), "年度报告：搬走"), (art(12), "年度报告：进内网"), (art(13), "年度报告：没有"),
            (art(14), "年度报告：附件"), (art(15), "年度报告：打转"), (art(16), "年度报告：断线"),
            (art(17), "年度报告：压缩"),
        ),
        art(1): page(report(2021)),
        art(2): page(report(2022, "gb18030"), "text/html; charset=iso-8859-1"),
        art(3): in_turn(Reply(status=503), page(report(2023))),
        art(5): page("通知"),
        art(7): in_turn(Reply(status=429, headers={"Retry-After": "1"}), page(report(2019))),
        art(8): Reply(report(2018), seconds=0.5, etag='"slow"'),
        art(9): Reply(report(2017), seconds=3),
        art(10): Reply(bytes(2_000_000), chunked=True),
        art(11): moved("/new" + art(11), 301),
        "/new" + art(11): page(report(2016)),
        art(12): moved(inside.address + art(1)),
        art(14): page(
            '<h1>2015年度报告</h1><a href="/files/2015.docx">2015年政府信息公开工作年度报告.docx</a>'
            '<a href="/down.jsp?id=7">附件下载</a><a href="/app.html">客户端下载</a>'
            '<a href="/nb/index.html">政府信息公开年报</a>'
        ),
        "/files/2015.docx": page(attachment(2015), "application/octet-stream"),
        "/down.jsp?id=7": page(attachment(2014), "application/octet-stream"),
        art(15): moved(art(15)),
        art(16): in_turn(Reply(breaks_off=True), page(report(2013))),
        art(17): Reply(
            gzip.compress(report(2012)),
            headers={"Content-Encoding": "gzip", "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"},
        ),
    }  # fmt: skip
    inside.pages[art(1)] = page(report(2011))


WANTED = {art(n) for n in (1, 2, 3, 7, 8, 14, 16, 17)} | {"/new" + art(11), "/files/2015.docx", "/down.jsp?id=7"}
LOST = {art(9), art(10), art(13), art(15), "/secret" + art(4), "http://elsewhere.example" + art(6)}


def test_one_night_gets_what_it_should_and_nothing_else_and_the_second_only_asks_what_changed(
    site: Site, tmp_path: Path
) -> None:
    """Everything behind the index is archived; what failed, was forbidden or leads astray is noted with its reason; the
    request log shows the pace; the second night transfers no document.
    """
    lake = Lake(tmp_path)
    with Site("127.0.0.2") as inside:
        build_site(site, inside)
        sources = declared(
            site, index=[{"url": site.address + "/nb/index.html", "platform": "hanweb", "more": "index_{page}.html"}],
            hosts=["127.0.0.1", "127.0.0.2"], delay=DELAY, years="2011-", licence="政府信息，注明来源",
            limits={"seconds": 1, "bytes": 1_000_000, "attempts": 2},
        )  # fmt: skip
        tally = night(lake, sources)
        first = rows(lake, site)
        got = {path: row for path, row in first.items() if row["document_sha256"] and row["purpose"] in READ}

        assert set(got) == WANTED
        failed = LOST | {inside.address + art(1)}
        assert tally.counts == {"new": len(WANTED), "failed": len(failed)}
        assert {url.removeprefix(site.address) for url, _ in tally.failures} == failed
        assert lake.originals.read(got[art(17)]["document_sha256"]) == report(2012)
        assert inside.log == []
        assert "not public" in first[inside.address + art(1)]["error"]

        # What it should not ask for, it did not.
        asked = {request.path for request in site.log}
        assert not asked & {"/secret" + art(4), art(5), art(6), "/about.html", "/app.html"}
        assert site.log[0].path == "/robots.txt"
        # Nothing twice, but what failed for the moment.
        again = {path for path in asked if len(site.asked(path)) > 1}
        assert again == {art(3), art(7), art(9), art(16)}
        # The pace: never more than two at once, and so long between two on average of any five.
        assert site.most_at_once() <= 2
        begun = [request.begun for request in site.log]
        assert all(later - earlier >= 4 * DELAY - 0.1 for earlier, later in zip(begun, begun[4:], strict=False))
        # Retry-After holds for the whole host.
        busy = site.asked(art(7))
        assert busy[1].begun - busy[0].begun >= 1
        assert not [r for r in site.log if busy[0].ended < r.begun < busy[0].ended + 0.9]
        # How a document was found, and what its source says of it.
        assert got["/files/2015.docx"]["found_on"].endswith(art(14))
        assert got["/files/2015.docx"]["purpose"] == "attachment"
        assert first[art(11)]["redirected_to"] == site.address + "/new" + art(11)
        assert got["/new" + art(11)]["found_on"].endswith(art(11))
        assert got[art(1)]["agency_hint"] == AGENCY
        assert (got[art(2)]["charset"], got[art(2)]["content_type"]) == ("iso-8859-1", "text/html")
        assert "forbids" in first["/secret" + art(4)]["error"]
        assert "1000000 bytes" in first[art(10)]["error"]

        site.log.clear()
        tally = night(lake, sources, "r2")
        second = rows(lake, site, "r2")

    assert tally.counts == {"unchanged": len(WANTED), "failed": len(failed)}
    unconditional = {r.path for r in site.log if not r.is_conditional}
    assert unconditional == {art(n) for n in (9, 10, 11, 12, 13, 15)} | {"/nb/index_4.html"}  # nothing is known of them
    assert all(r.status == 304 for r in site.log if r.is_conditional)
    assert {path: second[path]["document_sha256"] for path in WANTED} == {
        path: first[path]["document_sha256"] for path in WANTED
    }


def test_an_unreachable_index_loses_no_document_and_a_changed_page_is_a_new_one(site: Site, tmp_path: Path) -> None:
    """While a page fails, what it brought stays; what it brings later stands beside it."""
    lake = Lake(tmp_path)
    site.pages |= {"/i.html": index((art(1), "2021年度报告")), art(1): page(report(2021))}
    sources = declared(site, index=[{"url": site.address + "/i.html"}])
    night(lake, sources)
    site.pages["/i.html"] = Reply(status=500)
    assert night(lake, sources, "r2").counts == {"failed": 1}
    site.pages |= {"/i.html": index((art(1), "2021年度报告")), art(1): page(report(2022))}
    assert night(lake, sources, "r3").counts == {"new": 1}

    versions = [row for row in lake.fetches().to_pylist() if row["url"].endswith(art(1))]
    assert [lake.originals.read(row["document_sha256"]) for row in versions] == [report(2021), report(2022)]
    assert lake.originals.has(versions[0]["document_sha256"])


def test_half_a_document_is_none(site: Site, tmp_path: Path) -> None:
    """A body that ends early is not archived; asked again, the whole one is."""
    lake = Lake(tmp_path)
    site.pages["/a.html"] = in_turn(Reply(report(2021), cut_to=999), page(report(2021)))
    site.pages["/b.html"] = Reply(report(2022), cut_to=999)
    night(lake, declared(site, urls=[site.address + "/a.html", site.address + "/b.html"], limits={"attempts": 2}))
    found = rows(lake, site)

    assert lake.originals.read(found["/a.html"]["document_sha256"]) == report(2021)
    assert (found["/a.html"]["attempts"], found["/b.html"]["document_sha256"]) == (2, None)
    assert found["/b.html"]["error"]


def test_what_the_archive_lost_is_fetched_again(site: Site, tmp_path: Path) -> None:
    """A condition is only sent for what is there to be confirmed."""
    lake = Lake(tmp_path)
    site.pages["/a.html"] = page(report(2021))
    sources = declared(site, urls=[site.address + "/a.html"])
    night(lake, sources)
    sha256 = rows(lake, site)["/a.html"]["document_sha256"]
    (tmp_path / "raw" / sha256[:2] / sha256).unlink()
    night(lake, sources, "r2")

    assert [request.is_conditional for request in site.asked("/a.html")] == [False, False]
    assert lake.originals.read(rows(lake, site, "r2")["/a.html"]["document_sha256"]) == report(2021)


@pytest.mark.parametrize(
    ("robots", "allowed", "said"),
    [
        (Reply(b"gone", 404), True, ""),
        (page("User-agent: *\nDisallow: /*.html$\n", "text/plain"), False, "forbids"),
        (page("User-agent: gongkai\nAllow: /a.html\n\nUser-agent: *\nDisallow: /\n", "text/plain"), True, ""),
        (page("<html>首页</html>"), True, ""),
        (moved("http://elsewhere.example/"), True, ""),
        (Reply(status=503), False, "does not say"),
        (Reply(breaks_off=True), False, "does not say"),
        (page("User-agent: *\nCrawl-delay: 86400\n", "text/plain"), False, "86400"),
    ],
)
def test_robots_txt_is_obeyed_as_rfc_9309_has_it(
    site: Site, tmp_path: Path, robots: Reply, allowed: bool, said: str
) -> None:
    """None allows, one that cannot be had forbids; wildcards count; a wait beyond all measure is told."""
    lake = Lake(tmp_path)
    site.pages |= {"/robots.txt": robots, "/a.html": page(report(2021))}
    night(lake, declared(site, urls=[site.address + "/a.html"], limits={"attempts": 2}))
    row = rows(lake, site)["/a.html"]

    assert bool(site.asked("/a.html")) is bool(row["document_sha256"]) is allowed
    assert said in row["error"]
    assert bool(row["error"]) is not allowed


def test_the_last_known_robots_txt_holds_while_a_host_does_not_say(site: Site, tmp_path: Path) -> None:
    """A failing robots.txt neither frees what was forbidden nor stops what was allowed."""
    lake = Lake(tmp_path)
    site.pages |= {"/a.html": page("a"), "/secret/b.html": page("b")}
    sources = declared(site, urls=[site.address + "/a.html", site.address + "/secret/b.html"], limits={"attempts": 1})
    night(lake, sources)
    site.pages["/robots.txt"] = Reply(status=503)
    night(lake, sources, "r2")

    assert len(site.asked("/a.html")) == 2
    assert not site.asked("/secret/b.html")


def test_the_delay_of_robots_txt_is_kept(site: Site, tmp_path: Path) -> None:
    """Crawl-delay holds where it is longer than ours."""
    site.pages["/robots.txt"] = page("User-agent: *\nCrawl-delay: 0.4\n", "text/plain")
    night(Lake(tmp_path), declared(site, urls=[f"{site.address}/{name}.html" for name in "abc"]))
    begun = [request.begun for request in site.log[1:]]

    assert len(begun) == 3
    assert begun[2] - begun[0] >= 0.7


def test_two_sources_on_one_host_share_its_pace(site: Site, tmp_path: Path) -> None:
    """The slower and narrower of the two holds for both."""
    common = {"private": ["127.0.0.1"], "delay": 0}
    sources = Sources.model_validate({
        "sources": [
            {"name": "a", **common, "at_once": 4, "urls": [f"{site.address}/a{n}.html" for n in range(4)]},
            {"name": "b", **common, "delay": 0.2, "urls": [f"{site.address}/b{n}.html" for n in range(2)]},
        ]
    })  # fmt: skip
    site.pages |= {f"/{name}.html": Reply(b"x", seconds=0.1) for name in ("a0", "a1", "a2", "a3", "b0", "b1")}
    night(Lake(tmp_path), sources)

    after = [request.begun for request in site.log if request.begun >= site.asked("/b0.html")[0].begun]
    assert all(later - earlier >= 0.1 for earlier, later in pairwise(after))


def test_a_host_that_falls_silent_is_left_alone(site: Site, tmp_path: Path) -> None:
    """After a few addresses without an answer the rest are not asked for, and each says so."""
    lake = Lake(tmp_path)
    paths = [f"/{number}.html" for number in range(12)]
    site.pages |= {path: Reply(breaks_off=True) for path in paths}
    tally = night(lake, declared(site, urls=[site.address + path for path in paths], at_once=1, limits={"attempts": 1}))

    assert len(site.log) == 1 + 5
    assert tally.counts == {"failed": 12}
    assert sum("not asked" in row["error"] for row in rows(lake, site).values()) == 7


def test_a_site_that_asks_for_too_much_patience_is_left_for_the_next_run(site: Site, tmp_path: Path) -> None:
    """Retry-After as a date, beyond the limit: one request, and the reason on its row."""
    lake = Lake(tmp_path)
    later = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    site.pages["/a.html"] = Reply(status=503, headers={"Retry-After": later})
    night(lake, declared(site, urls=[site.address + "/a.html"]))

    assert len(site.asked("/a.html")) == 1
    assert "patience" in rows(lake, site)["/a.html"]["error"]


def test_sitemaps_json_lists_years_and_agencies_are_followed(site: Site, tmp_path: Path) -> None:
    """One kind of index for all: packed sitemaps of sitemaps, JSON of a platform, year folders, agencies' own pages."""
    place = site.address
    urlset = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{}</urlset>"
    nested = f"<sitemapindex><sitemap><loc>{place}/map1.xml.gz</loc></sitemap></sitemapindex>"
    entries = "".join(f"<url><loc>{place}{path}</loc></url>" for path in (art(1), "/news/1.html"))
    listed = [{"title": "2023年度报告", "url": f"{place}/gkmlpt/content/8/8766/post_1.html", "id": 1}]
    site.pages |= {
        "/map.xml": page(f"<?xml version='1.0'?>{nested}", "application/xml"),
        "/map1.xml.gz": page(gzip.compress(urlset.format(entries).encode()), "application/gzip"),
        "/gkmlpt/api/all/7?page=1&sid=2": page(json.dumps({"articles": listed, "total": 1}), "application/json"),
        "/2022n/index.html": index(("/bm/a.html", "财政局"), ("/x.pdf", "2022年度报告")),
        "/bm/a.html": index((art(2), "2022年度报告"), ("/bm/a_2.html", "下一页>")),
        "/bm/a_2.html": index((art(3), "2022年度报告（更正）"), ("/bm/a.html", "上一页")),
    }
    site.pages |= {
        path: page(path) for path in (art(1), art(2), art(3), "/x.pdf", "/gkmlpt/content/8/8766/post_1.html")
    }
    lake = Lake(tmp_path)
    tally = night(lake, declared(site, years="2021-2022", index=[
        {"url": place + "/map.xml"},
        {"url": place + "/gkmlpt/api/all/7?page=1&sid=2", "platform": "gkmlpt"},
        {"url": place + "/{year}n/index.html", "follow": "/bm/"},
    ]))  # fmt: skip
    found = rows(lake, site)
    years = {path: row["year_hint"] for path, row in found.items() if row["purpose"] == "document"}

    assert years == {
        art(1): None, art(2): 2022, art(3): 2022, "/x.pdf": 2022, "/gkmlpt/content/8/8766/post_1.html": None,
    }  # fmt: skip
    assert tally.failures == []
    assert (found["/2021n/index.html"]["status"], found["/2021n/index.html"]["error"]) == (404, "")


def test_pages_are_counted_no_further_than_they_bring_links(site: Site, tmp_path: Path) -> None:
    """A site that answers every number with its last page, and writes the numbers around it, is left after one such."""
    site.pages |= {
        f"/p_{n}.html": index(
            *((art(m), "年度报告") for m in (min(n, 3), 9)), *((f"/p_{n + k}.html", "·") for k in (1, 2))
        )
        for n in range(1, 30)
    }
    site.pages |= {art(n): page(str(n)) for n in (1, 2, 3, 9)}
    lake = Lake(tmp_path)
    night(lake, declared(site, index=[{"url": site.address + "/p_1.html", "more": "p_{page}.html"}]))

    assert sorted(request.path for request in site.log if request.path.startswith("/p_")) == [
        f"/p_{n}.html" for n in (1, 2, 3, 4)
    ]
    assert {path for path, row in rows(lake, site).items() if row["purpose"] == "document"} == {
        art(n) for n in (1, 2, 3, 9)
    }


def test_an_endless_index_is_cut_off_and_told(site: Site, tmp_path: Path) -> None:
    """A calendar without end costs as many pages as the limits say."""
    site.pages |= {f"/p{n}.html": index((art(n), "年度报告"), (f"/p{n + 1}.html", "下一页")) for n in range(30)}
    site.pages |= {art(n): page(str(n)) for n in range(30)}
    tally = night(Lake(tmp_path), declared(site, index=[{"url": site.address + "/p0.html"}], limits={"pages": 5}))

    assert len([request for request in site.log if request.path.startswith("/p")]) == 5
    assert [why for _, why in tally.failures] == [
        "refused: more than 5 index pages; raise limits / pages if the source has so many"
    ]


def test_objects_are_fetched_when_their_store_says_they_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Object storage by pattern: each object archived once, again after a change; what is too big is told."""
    import fsspec

    store = fsspec.filesystem("memory")
    store.pipe(
        {"/reports/2022/a.html": report(2021), "/reports/2022/b.txt": b"x", "/reports/2022/big.html": bytes(2000_000)}
    )
    monkeypatch.setattr("flows.sources.declared._OBJECTS", frozenset(["memory"]))
    sources = Sources.model_validate(
        {"limits": {"bytes": 1_000_000}, "sources": [{"name": "a", "objects": ["memory://reports/**/*.html"]}]}
    )
    lake = Lake(tmp_path)
    try:
        assert night(lake, sources).counts == {"new": 1, "failed": 1}
        assert night(lake, sources, "r2").counts == {"unchanged": 1, "failed": 1}
        store.pipe("/reports/2022/a.html", report(2022))
        assert night(lake, sources, "r3").counts == {"new": 1, "failed": 1}
    finally:
        store.rm("/reports", recursive=True)
    brought = [row["document_sha256"] for row in lake.fetches().to_pylist() if row["document_sha256"]]
    assert {lake.originals.read(sha256) for sha256 in brought} == {report(2021), report(2022)}


def test_a_name_is_looked_up_once_and_only_what_was_checked_is_connected_to(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is public when asked first and private when asked again gains nothing; nor one that is both."""
    look_up = socket.getaddrinfo
    answers = {"turn.example": [["203.0.113.7"], ["127.0.0.1"]], "both.example": [["8.8.8.8", "127.0.0.1"]],
               "inside.example": [["127.0.0.1"]], "mapped.example": [["::ffff:127.0.0.1"]]}  # fmt: skip
    asked = []

    def resolver(host: str, *rest: object, **named: object) -> list:
        if host not in answers:
            return look_up(host, *rest, **named)
        asked.append(host)
        addresses = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, rest[0])) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    port = site.address.rpartition(":")[2]
    urls = [f"http://{host}:{port}/a.html" for host in answers]
    lake = Lake(tmp_path)
    night(lake, declared(site, urls=urls, private=["203.0.113.0/24"], limits={"attempts": 1, "seconds": 0.5}))
    said = {row["url"].split("/")[2].split(":")[0]: row["error"] for row in lake.fetches().to_pylist()}

    assert site.log == []
    assert asked.count("turn.example") == 1
    assert all("not public" in said[host] for host in ("both.example", "inside.example", "mapped.example"))
    # What the source does name is asked, by whatever name.
    night(lake, declared(site, urls=[f"http://inside.example:{port}/a.html"]), "r2")
    assert [request.path for request in site.log] == ["/robots.txt", "/a.html"]


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2001:4860:4860::8888", True), ("240e:40:8000::1", True), ("::ffff:8.8.8.8", True),
        ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False), ("0.0.0.0", False),
        ("169.254.169.254", False), ("100.100.100.200", False), ("224.0.0.1", False), ("255.255.255.255", False),
        ("::1", False), ("::", False), ("fe80::1", False), ("fd00::1", False), ("fec0::1", False), ("ff02::1", False),
        ("::ffff:10.0.0.1", False), ("2002:7f00:1::", False), ("64:ff9b::7f00:1", False),
        ("192.0.0.8", False), ("192.88.99.1", False), ("198.18.0.1", False), ("2001::1", False), ("::7f00:1", False),
        ("64:ff9b::808:808", True), ("64:ff9b:1::1", False), ("3fff::1", False),
    ],
)  # fmt: skip
def test_public_addresses(address: str, public: bool) -> None:
    """Private, local and reserved addresses in every dress; public ones of both families."""
    from ipaddress import ip_address

    assert is_public(ip_address(address)) is public


def test_a_certificate_nobody_vouches_for_is_refused(site: Site, tmp_path: Path) -> None:
    """TLS is verified: a self-signed host brings nothing, and is asked once."""
    import ssl

    site.server.socket = _self_signed(tmp_path).wrap_socket(site.server.socket, server_side=True)
    assert isinstance(site.server.socket, ssl.SSLSocket)
    lake = Lake(tmp_path / "store")
    site.pages["/a.html"] = page(report(2021))
    night(lake, declared(site, urls=[site.address.replace("http:", "https:") + "/a.html"], limits={"attempts": 3}))
    robots, document = sorted(lake.fetches().to_pylist(), key=lambda row: row["purpose"] != "robots")

    assert "CERTIFICATE_VERIFY_FAILED" in robots["error"]
    assert robots["attempts"] == 1
    assert document["document_sha256"] is None
    assert site.log == []


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls_is_spoken_where_a_source_says_so(
    old: bool, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that knows TLS 1.0 alone is refused once, with the next step, or asked; its certificate is looked at."""
    import ssl

    context = _self_signed(tmp_path)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "both.pem"))
    site.pages["/a.html"] = page(report(2021))
    urls = [site.address.replace("http:", "https:") + "/a.html"]
    lake = Lake(tmp_path / "store")
    tally = night(lake, declared(site, urls=urls, old_tls=old, limits={"attempts": 3}))
    if old:
        assert tally.counts == {"new": 1}, tally.failures
        return
    (robots,) = [row for row in lake.fetches().to_pylist() if row["purpose"] == "robots"]
    assert robots["error"].endswith("; expected TLS 1.2 or later. If the site knows none: old_tls of the source")
    assert robots["attempts"] == 1
    assert site.log == []


def _self_signed(folder: Path) -> "ssl.SSLContext":  # noqa: F821
    import ssl
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "both.pem").write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


def test_a_source_has_its_time(site: Site, tmp_path: Path) -> None:
    """What is left when it is over is noted once and asked for the next night."""
    site.pages |= {"/i.html": index((art(1), "2021年度报告"), (art(2), "2022年度报告"))}
    site.pages |= {art(1): page(report(2021)), art(2): page(report(2022))}
    lake = Lake(tmp_path)
    tally = night(lake, declared(site, index=[{"url": site.address + "/i.html"}], limits={"minutes": 1e-9}))
    assert tally.counts == {"failed": 1}
    assert "took more than 1e-09 minutes; the next run goes on" in tally.failures[0][1]
    assert night(lake, declared(site, index=[{"url": site.address + "/i.html"}]), "r2").counts == {"new": 2}


def test_no_secret_of_an_address_is_stored(site: Site, tmp_path: Path) -> None:
    """A link with a token is followed, but what is stored lets nobody in; a link that would sign us in is none."""
    name = f"{art(1)}?token=hush"
    with_name = site.address.replace("http://", "http://me:hush@") + art(2)
    site.pages |= {"/i.html": index((name, "2021年度报告"), (with_name, "2022年度报告")), art(2): page(report(2022))}
    site.pages |= {name: page(report(2021))}
    lake = Lake(tmp_path)
    sources = declared(site, index=[{"url": site.address + "/i.html", "documents": ["/art/"]}])
    assert night(lake, sources).counts == {"new": 1}
    assert "hush" not in str(lake.fetches().to_pylist())
    assert f"{art(1)}?token=…" in rows(lake, site)
    assert night(lake, sources, "r2").counts == {"unchanged": 1}


def test_a_rotten_original_costs_its_address_only(site: Site, tmp_path: Path) -> None:
    """An index page the archive has no more as it was: told, and the others are asked."""
    site.pages |= {
        "/i.html": index((art(1), "2021年度报告")),
        art(1): page(report(2021)),
        "/b.html": page(report(2022)),
    }
    lake = Lake(tmp_path)
    sources = declared(site, index=[{"url": site.address + "/i.html"}], urls=[site.address + "/b.html"])
    night(lake, sources)
    sha256 = rows(lake, site)["/i.html"]["document_sha256"]
    (tmp_path / "raw" / sha256[:2] / sha256).write_bytes(b"rotten")
    tally = night(lake, sources, "r2")
    assert tally.counts["failed"] == 1
    assert "other bytes than archived" in tally.failures[0][1]
