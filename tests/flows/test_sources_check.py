"""`gongkai sources check`, on a site that has an index page of every kind there is."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from flows.cli import app
from flows.sources.check import platform_of
from tests.site import Reply, Site, moved, page


def links(*found: tuple[str, str]) -> Reply:
    """A page of (address, words)."""
    return page("".join(f'<li><a href="{address}">{words}</a></li>' for address, words in found))


@pytest.fixture
def site() -> Iterator[Site]:
    """A site that keeps one folder for itself."""
    with Site() as running:
        running.pages["/robots.txt"] = page("User-agent: *\nDisallow: /secret/\n", "text/plain")
        yield running


def run(site: Site, folder: Path, *indexes: dict[str, object]) -> tuple[int, list[dict[str, object]]]:
    """Exit status and pages of a check of these index pages."""
    declared = folder / "sources.yml"
    found = [index | {"url": f"{site.address}{index['url']}"} for index in indexes]
    source = {"name": "甲县", "private": ["127.0.0.1/32"], "delay": 0, "index": found}
    limits = {"seconds": 5, "backoff": 0.01, "attempts": 1}
    declared.write_text(yaml.safe_dump({"limits": limits, "sources": [source]}, allow_unicode=True), "utf-8")
    done = CliRunner().invoke(app, ["sources", "check", str(declared), "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_a_page_that_lists_reports_is_fine(site: Site, tmp_path: Path) -> None:
    """Counted are those a crawl would take; the platform is that of their addresses."""
    site.pages["/zfxxgknb/"] = links(
        ("202401/t20240131_1.html", "甲县2023年政府信息公开工作年度报告"),
        ("202301/t20230131_2.html", "甲县2022年政府信息公开工作年度报告"),
        ("202301/t20230131_3.html", "甲县召开会议"),
    )
    status, (found,) = run(site, tmp_path, {"url": "/zfxxgknb/"})
    assert (status, found["status"], found["reports"], found["platform"]) == (0, 200, 2, "trs")
    assert found["problem"] == ""


def test_a_page_that_leads_to_others_is_fine(site: Site, tmp_path: Path) -> None:
    """As one with a folder for each year."""
    site.pages["/nb/"] = links(("/nb/2023n/", "2023年"), ("/nb/2022n/", "2022年"))
    status, (found,) = run(site, tmp_path, {"url": "/nb/", "follow": "^/nb/[^/]+/$"})
    assert (status, found["reports"], found["further"]) == (0, 0, 2)


def test_the_wrong_platform_is_said_with_the_right_one(site: Site, tmp_path: Path) -> None:
    """What to write instead stands in the message."""
    site.pages["/zfxxgknb/"] = links(("202401/t20240131_1.html", "2023年政府信息公开工作年度报告"))
    status, (found,) = run(site, tmp_path, {"url": "/zfxxgknb/", "platform": "hanweb"})
    assert status == 1
    assert (found["reports"], found["platform"]) == (0, "trs")
    assert "expected platform: trs" in str(found["problem"])


def test_what_does_not_answer_or_lists_nothing_is_said(site: Site, tmp_path: Path) -> None:
    """One page that is fine does not hide the others."""
    site.pages["/nb/"] = links(("/info/1/2.htm", "2023年年报"))
    site.pages["/news/"] = links(("/info/1/3.htm", "甲县召开会议"))
    site.pages["/secret/nb/"] = site.pages["/nb/"]
    site.pages["/down/"] = Reply(b"", 503)
    site.pages["/round/"] = moved("/round/")
    site.pages["/away/"] = moved("https://www.example.com/")
    urls = ("/nb/", "/news/", "/gone/", "/down/", "/secret/nb/", "/round/", "/away/")
    pages: list[dict[str, object]] = [{"url": url} for url in urls]
    status, found = run(site, tmp_path, *pages)
    problems = [str(row["problem"]) for row in found]
    assert status == 1
    assert problems[0] == ""
    for problem, said in zip(
        problems[1:],
        ("no link names", "404", "503", "robots.txt forbids", "at most 5 redirects", "no host of the"),
        strict=True,
    ):
        assert said in problem
    assert not site.asked("/secret/nb/")


def test_a_site_that_does_not_say_whether_it_may_be_asked_is_not(site: Site, tmp_path: Path) -> None:
    """As in a crawl."""
    site.pages["/robots.txt"] = Reply(b"", 500)
    site.pages["/nb/"] = links(("/info/1/2.htm", "2023年年报"))
    status, (found,) = run(site, tmp_path, {"url": "/nb/"})
    assert status == 1
    assert "does not say whether it may be" in str(found["problem"])
    assert not site.asked("/nb/")


def test_several_files_are_checked_as_one_and_shown_as_a_table(site: Site, tmp_path: Path) -> None:
    """A name that stands in two of them is told before anything is asked."""
    site.pages["/nb/"] = links(("/info/1/2.htm", "2023年年报"))
    files = [tmp_path / f"{name}.yml" for name in "ab"]
    for file in files:
        index = {"url": f"{site.address}/nb/"}
        source = {"name": file.stem, "private": ["127.0.0.1/32"], "delay": 0, "index": [index]}
        file.write_text(yaml.safe_dump({"sources": [source]}), "utf-8")
    done = CliRunner().invoke(app, ["sources", "check", *map(str, files)])
    assert done.exit_code == 0, done.output
    assert done.stdout.count("vsb") == 2
    asked = len(site.log)
    twice = CliRunner().invoke(app, ["sources", "check", str(files[0]), str(files[0])])
    assert twice.exit_code == 2
    assert "names used twice: a" in twice.output
    assert len(site.log) == asked


def test_the_platform_of_addresses_is_the_one_that_fits_most() -> None:
    """None where none fits."""
    trs = [f"https://www.example.gov.cn/nb/202401/t20240131_{n}.html" for n in range(2)]
    assert platform_of([*trs, "https://www.example.gov.cn/info/1/2.htm"]) == "trs"
    assert platform_of(["https://www.example.gov.cn/report/2023"]) == ""
