"""Names are data: whatever bytes a file is called by, it is read, on record, and does nothing to who looks at it."""

import csv
import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page
from rich.console import Console

from expectations.docs import DataDocs, _Whose
from expectations.judge import frames_of, judge
from flows.show import screen
from flows.show.screen import printable, show_table, write_table
from flows.show.summary import Summary, in_markdown, needing_a_person, show_summary
from flows.sources.declared import as_named
from flows.sources.find import find_files, name_of
from tests.browser import MISSING, chromium, launched
from tests.flows.nights import cut, night, page
from tests.warehouse.conftest import Store
from transform.interpret import read_file
from warehouse.dashboard import build as build_site
from warehouse.dashboard.pages import PAGES
from warehouse.export import export
from warehouse.query import query

GOOD = int(os.environ.get("GONGKAI_GOOD", "60"))  # a night asks for 300
HOSTILE = [
    *("公开年报".encode("gbk"), "龍頭鎮".encode("big5"), b"\xff\xfe\xfd", b"\x80", "é".encode("latin-1")),
    *(b"\xed\xa0\x80", b"\xc0\xaf", b"a\x1b[2Jb", b"a\x1b]0;title\x07b", b"a\nb", b"a\r\nb", b"a\tb", b"a\x01b"),
    *(b"\x7f", b"\x08\x08\x08", "\u202egpj".encode(), "\u2066a\u2069".encode(), "\u200fa".encode(), "\u2028a".encode()),
    *("\u2029a".encode(), "\x85a".encode(), "\ufeffa".encode(), "\x9b2J".encode(), b"[bold]x", b"[red]x["),
    *(b"[link=file:etc]x", b":smile:", b"<img src=x onerror=alert(1)>", b"<script>alert(1)<", b"&amp;lt;"),
    *(b"**b** `c` | d |", b"# h", b"[a](javascript:alert(1))", b"=1+1", b"+cmd|' C'!A0", b"@SUM(1)", b"-1+1"),
    *(b"x" * 250, "年".encode() * 83, b"%s%n{0}{}", b"$(id)`id`;rm", b"' OR 1=1 --", b"a..%2f..%2fetc"),
]


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A run over good files and hostile names, in a folder whose own name is no UTF-8."""
    folder = tmp_path_factory.mktemp("names") / os.fsdecode("来件".encode("gbk"))
    folder.mkdir()
    for number in range(GOOD):
        good = page(2021 + number % 3, agency="四川省攀枝花市盐边县新九镇人民政府")
        (folder / f"good-{number:03d}.html").write_bytes(good.replace(b"</body>", b"<!-- %d --></body>" % number))
    whole = page(2024, agency="四川省攀枝花市盐边县新九镇人民政府")
    for number, name in enumerate(HOSTILE):
        data = cut(whole) if number % 5 == 0 else whole
        (folder / os.fsdecode(name)).write_bytes(data + b"<!-- %d -->" % number)
    (folder / "out.html").symlink_to("/etc/passwd")
    (folder / "in.html").symlink_to(folder / "good-000.html")
    (folder / "away").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    (folder / "again").symlink_to(folder)
    return night([as_named(str(folder))], tmp_path_factory.mktemp("names") / "store")


def test_every_file_is_on_record(summary) -> None:
    """Under a name a person can read; a link to a file or a folder outside is refused, one inside is not."""
    names = query(summary.store, "SELECT source_name FROM document")["source_name"].to_pylist()
    assert len(names) == len(set(names)) == GOOD + len(HOSTILE) + 1
    assert {"公开年报", r"a\x1b[2Jb", r"a\nb", "[bold]x", "=1+1", r"\u202egpj"} <= set(names)
    assert not [name for name in names if printable(name) != name]
    refused = {line.source_name for line in summary.lines if "leads out of the folder" in line.reason}
    assert refused == {"out.html", "away"}
    assert query(summary.store, "SELECT count(DISTINCT source_name) AS n FROM fact").to_pylist()[0]["n"] >= 1


def seen(monkeypatch: pytest.MonkeyPatch, show: object, *, terminal: bool = False) -> str:
    """What a log or a terminal gets, byte by byte."""
    out = StringIO()
    monkeypatch.setattr(screen.sys, "stdout", out)
    out.isatty = lambda: terminal
    show()
    return out.getvalue()


def test_nothing_is_interpreted_on_the_terminal(summary, monkeypatch: pytest.MonkeyPatch) -> None:
    """Summary and query show the names as they are stored, and no control character but the line's end."""
    shown = seen(monkeypatch, lambda: show_summary(screen.terminal(), summary))
    shown += seen(monkeypatch, lambda: show_table(query(summary.store, "SELECT source_name, reason FROM document")))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", shown)
    for name in ("[bold]x", r"a\x1b[2Jb", ":smile:", "[link=file:etc]x", "<script>alert(1)<"):
        assert name in shown
    assert isinstance(screen.terminal(), Console)


@pytest.mark.parametrize("terminal", [False, True])
def test_a_terminal_gets_the_names_and_nothing_else(
    terminal: bool, summary: Summary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte by byte: head, names as they are stored, count; on a terminal with colours of our own between them."""
    for name, value in (("TERM", "xterm-256color"), ("COLUMNS", "1000")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    names = query(summary.store, "SELECT source_name FROM document ORDER BY source_name")
    shown = seen(monkeypatch, lambda: show_table(names), terminal=terminal)
    assert ("\x1b[" in shown) == terminal
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown).encode().split(b"\n")
    listed = [name.encode() for name in names["source_name"].to_pylist()]
    assert [line.rstrip(b" ") for line in plain] == [b"source_name", *listed, b"%d rows" % len(listed), b""]


def test_a_cell_that_would_steer_the_terminal_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is printed through it, styles of our own aside."""
    shown = seen(monkeypatch, lambda: screen.terminal().print("a\x1b[2Jb [bold]c\u202e"))
    assert shown == "a\\x1b[2Jb [bold]c\\u202e\n"


def test_logs_artifacts_and_spreadsheets(summary, tmp_path: Path) -> None:
    """One line a name; no formula in CSV, though a number and a dash stay what they are."""
    for row in needing_a_person(summary):
        assert all(printable(text) == text for text in row.values())
    assert "\x1b" not in in_markdown(summary)
    with (tmp_path / "names.csv").open("wb") as out:
        write_table(query(summary.store, "SELECT source_name, '-' AS dash, '-5' AS n FROM document"), "csv", out)
    lines = (tmp_path / "names.csv").read_text("utf-8").splitlines()[1:]
    assert not [line for line in lines if re.match(r'"?[=+@-]', line)]
    assert '"\'=1+1","-","-5"' in lines


def test_names_of_any_bytes(tmp_path: Path) -> None:
    """UTF-8, else GB18030, else escaped; by part, so that one folder does not spoil another."""
    mixed = Path(os.fsdecode("来件".encode("gbk")), "年报.html")
    assert name_of(mixed) == "来件/年报.html"
    assert name_of(Path(os.fsdecode(b"\xff.txt"))) == r"\xff.txt"
    (tmp_path / os.fsdecode(b"\xff.txt")).write_bytes(b"")
    found, _ = find_files([str(tmp_path)])
    assert found[0].path.read_bytes() == b""


# -- browsers and spreadsheets -----------------------------------------------------------------------------------------

# As they are stored as names; and, in prose and cells, also what names of files cannot hold.
AS_TEXT = [
    *(name_of(Path(os.fsdecode(name))) for name in HOSTILE),
    *(
        "</script><script>window.pwned=1</script>",
        "javascript:window.pwned=1",
        "{{7*7}}",
        "<!--",
        "]]>",
        "</td></table>",
    ),
    *("<svg/onload=window.pwned=1>", '"><img src=x onerror=window.pwned=1>', '=HYPERLINK("http://a.example")', "＝1+1"),
]


def filled(folder: Path, names: Sequence[str]) -> Store:
    """A store of a report for each name, which stands wherever the world has a say: as the name of its file and of its
    agency, as title, reason, cell, and in what a rule found.
    """
    store = Store(folder)
    for number, name in enumerate(names):
        letter, agency = chr(0x4E00 + number), f"990000000000-{number:02}"
        cells = [("requests", "req_new", "total", name, "unparsed"), ("requests", "res_full", "total", "1", 1)]
        store.add(
            letter, name, agency=agency, agency_name=name, title=name, reason=name, verdict="flagged", province=name,
            prefecture="", county="", agency_level=1, agency_type="gov", cells=cells, checks=[("R3-ROW", "fail")],
        )  # fmt: skip
        store.add(chr(0x5E00 + number), f"{name}?", outcome="unreadable")
    for row in store.pending["document"]:
        row["reason"] = row["source_name"]
    for row in store.pending["quality_check"]:
        row |= {"message_zh": names[0], "message_en": names[0], "found": names[0]}
    store.commit()
    store.build()
    return store


def documented(folder: Path, names: Sequence[str]) -> Path:
    """The Data Docs of as many reports, each of which breaks a sum and has the name as agency and in a cell."""
    reports = []
    for number, name in enumerate(names):
        text = page(2023, "txt").decode()
        _, report = read_file(f"{text}\n{number}".encode(), name)
        first = next(fact for fact in report.facts if fact.cell.indicator_code == "res_total")
        broken = first._replace(value=first.value + 1, cell=first.cell._replace(printed=name))
        facts = tuple(broken if fact is first else fact for fact in report.facts)
        imprint = replace(report.imprint, agency=replace(report.imprint.agency, name=name))
        reports.append(replace(report, imprint=imprint, facts=facts))
    docs = DataDocs(folder, "run")
    docs.add(judge(frames_of(reports)))
    docs.quarantined = [(_Whose(name, name, name, "2023"), name) for name in names]
    docs.close()
    return folder / "run"


def elements(page: Page, address: str, is_drawn: str) -> Counter[str]:
    """The elements of a page with the names of their attributes, and how many are alike, once they stay as they are."""
    page.goto(address)
    page.wait_for_selector(is_drawn)
    named = "() => [...document.querySelectorAll('*')].map(e => `${e.tagName} ${[...e.attributes].map(a => a.name)}`)"
    before, found = None, Counter(page.evaluate(named))
    while found != before:
        page.wait_for_timeout(100)
        before, found = found, Counter(page.evaluate(named))
    return found


@pytest.fixture(scope="module")
def browser_page() -> Any:
    """A page of a browser that was told by no script that ran."""
    if not chromium():
        pytest.skip(MISSING)
    with launched() as browser:
        page, told = browser.new_page(), []
        page.on("dialog", lambda dialog: told.append(dialog.message))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith(("file:", "data:", "blob:")) or told.append(asked.url))
        yield page
        assert told == []


@pytest.mark.parametrize("kind", ["dashboard", "data docs"])
def test_a_browser_sees_text_and_nothing_else(
    kind: str, browser_page: Page, tmp_path: Path, series: Callable[..., list[int]]
) -> None:
    """Every page has the elements and attributes it has where all names are plain, and no script of a name ran."""
    make: Callable[[Path, Sequence[str]], Path]
    if kind == "dashboard":
        shown = f"report.html#at=990000/2023&id={chr(0x4E00) * 16}&cell=req_new/total"
        views, is_drawn = (
            [*(f"{name}.html" for name in PAGES), "index.html#p=99&f=/&c=/&s=990000", shown],
            "main[aria-busy=false] h1",
        )

        def make(folder: Path, names: Sequence[str]) -> Path:
            return build_site(filled(folder / "store", names).path, folder / "site", {"R3-ROW": ("和", "sum")}).folder
    else:
        views, is_drawn, make = [], "main h1", documented
    plain = make(tmp_path / "plain", [f"name {number}" for number in range(len(AS_TEXT))])
    hostile = make(tmp_path / "hostile", AS_TEXT)
    views = views or sorted(path.name for path in plain.glob("*.html"))
    for view in (views[number] for number in series(len(views), 3)):
        expected = elements(browser_page, f"{plain.as_uri()}/{view}", is_drawn)
        assert elements(browser_page, f"{hostile.as_uri()}/{view}", is_drawn) == expected, view
        assert browser_page.evaluate("window.pwned") is None, view


def test_no_spreadsheet_finds_a_formula(tmp_path: Path) -> None:
    """In no file of a release: text in CSV begins with no sign of a formula, cells of the workbook are text."""
    export(filled(tmp_path / "store", AS_TEXT).path, tmp_path / "release")
    files = sorted((tmp_path / "release").rglob("*.csv"))
    assert files
    for file in files:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            cells = [cell for line in csv.reader(lines) for cell in line]
        assert not [cell for cell in cells if re.match(r"\s*[=+@＝＋＠]|\s*[-－](?!\d+(\.\d+)?$|[-－]*$)", cell)], (
            file.name
        )
    for file in (tmp_path / "release").rglob("*.xlsx"):
        for sheet in openpyxl.load_workbook(file):
            kinds = Counter(cell.data_type for row in sheet.iter_rows() for cell in row)
            assert "f" not in kinds, (file.name, sheet.title)
            assert not [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.hyperlink]
