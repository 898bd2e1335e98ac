"""Pages that offer files: the report itself, or the same report in another shape; through the flow to the warehouse."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from flows.show.summary import Summary
from flows.sources.attachments import attachments
from tests.docx import write_docx
from tests.flows.nights import night
from tests.pdf import PdfLayout, write_pdf
from tests.render import Layout, lay_out, render
from tests.site import Site, page
from tests.strategies import LOCAL, distinct_numbers
from transform.hint import Hint
from warehouse.query import query

VALUES = {key: str(value) for key, value in distinct_numbers("2021", LOCAL["2021"][0]).items()}
HONGZE, CAIZHENG, SHUYANG = "江苏省淮安市洪泽区人民政府", "江苏省淮安市洪泽区财政局", "江苏省宿迁市沭阳县人民政府"


def html(agency: str, year: int, *links: tuple[str, str], published: str = "") -> bytes:
    """A report as a web page with links under it."""
    data = render("2021", VALUES, "html", layout=Layout(agency=agency, year=year, published=published))
    return data.replace(b"</body>", _links(links).encode() + b"</body>")


def word(agency: str = "", year: int = 0) -> bytes:
    """A report as a Word file; without an agency the tables alone."""
    layout = Layout(agency=agency, year=year) if agency else Layout(front=False)
    return write_docx(lay_out("2021", VALUES, layout=layout), layout, Random(0))


def pdf(agency: str, year: int) -> bytes:
    """A report as a PDF."""
    layout = PdfLayout(agency=agency, year=year)
    return write_pdf(lay_out("2021", VALUES, layout=layout), layout)


def bare(title: str, *links: tuple[str, str]) -> bytes:
    """A page of a title and links."""
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{_links(links)}</body></html>".encode()


def _links(links: tuple[tuple[str, str], ...]) -> str:
    return "".join(f'<p><a href="{address}">{words}</a></p>' for address, words in links)


PAGES = {
    # a page that only links to its report, which does not say whose it is
    "/only.htm": bare(f"{CAIZHENG}2021年政府信息公开工作年度报告", ("/f/only.docx", "附件下载")),
    "/f/only.docx": word(),
    # a page with tables, and the same as a Word file of the same day
    "/both.htm": html(HONGZE, 2022, ("/f/both.docx", "Word版下载")),
    "/f/both.docx": word(HONGZE, 2022),
    # a page with tables, a Word file and a PDF
    "/three.htm": html(SHUYANG, 2023, ("/f/three.docx", "点击下载.docx"), ("/f/three.pdf", "点击下载.pdf")),
    "/f/three.docx": word(SHUYANG, 2023),
    "/f/three.pdf": pdf(SHUYANG, 2023),
}


class Store:
    """A store filled from the site, a night at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = Site()
        self.site.pages = {path: page(data) for path, data in PAGES.items()}
        self.site.pages["/robots.txt"] = page("User-agent: *\nDisallow:\n", "text/plain")

    def night(self) -> Summary:
        """One run over the three pages."""
        addresses = "".join(f"\n      - {self.site.address}{path}" for path in PAGES if path.endswith(".htm"))
        declared = self.folder / "sources.yml"
        declared.write_text(f"sources:\n  - name: a\n    private: [127.0.0.1]\n    delay: 0\n    urls: {addresses}\n")
        return night([], self.folder / "store", declared)

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of the warehouse, addresses as paths."""
        rows = query(self.folder / "store", sql).to_pylist()
        return [tuple(v.replace(self.site.address, "") if isinstance(v, str) else v for v in r.values()) for r in rows]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store after a night."""
    filled = Store(tmp_path_factory.mktemp("attachments"))
    with filled.site:
        filled.night()
        yield filled


def test_a_page_that_only_links_names_the_file_that_holds_its_report(store: Store) -> None:
    """The page says where the report is, the report where it was published; agency and year are the page's, marked."""
    (said,) = store.ask("SELECT outcome, reason FROM document WHERE source_name LIKE '%/only.htm'")
    assert said[0] == "report_without_tables"
    assert str(said[1]).endswith("二, 三 or 四; the report is in what it offers: /f/only.docx")
    assert store.ask("SELECT source_name, page_url, agency_name, report_year, verdict FROM report "
                     "WHERE report_year = 2021") == [
        ("/f/only.docx", "/only.htm", CAIZHENG, 2021, "pass"),
    ]  # fmt: skip
    assert store.ask("SELECT DISTINCT code FROM quality_issue WHERE code LIKE '%hinted' ORDER BY ALL") == [
        ("agency_hinted",), ("year_hinted",),
    ]  # fmt: skip


def test_the_same_report_in_several_shapes_is_one_with_renditions(store: Store) -> None:
    """One is current and counts in facts, the others are kept; all know their page."""
    found = store.ask(
        "SELECT source_name, page_url, relation FROM report WHERE report_year IN (2022, 2023) ORDER BY ALL"
    )
    assert [(name, on) for name, on, _ in found] == [
        ("/both.htm", None), ("/f/both.docx", "/both.htm"), ("/f/three.docx", "/three.htm"),
        ("/f/three.pdf", "/three.htm"), ("/three.htm", None),
    ]  # fmt: skip
    assert sorted(str(relation) for *_, relation in found) == ["first", "first", "rendition", "rendition", "rendition"]
    assert store.ask("SELECT report_year, count(*) FROM report WHERE is_current GROUP BY ALL ORDER BY ALL") == [
        (2021, 1), (2022, 1), (2023, 1),
    ]  # fmt: skip
    assert store.ask("SELECT report_year, count(*) FROM fact WHERE indicator_code = 'licence_decisions' "
                     "GROUP BY ALL ORDER BY ALL") == [(2021, 1), (2022, 1), (2023, 1)]  # fmt: skip


def test_a_quiet_night_asks_for_attachments_too_and_reads_nothing(store: Store) -> None:
    """What a known page offered is asked for conditionally."""
    store.site.log.clear()
    before = store.ask("FROM report ORDER BY ALL")
    summary = store.night()
    assert {request.path for request in store.site.log} == {*PAGES, "/robots.txt"}
    assert all(request.is_conditional for request in store.site.log)
    assert summary.lines == []
    assert store.ask("FROM report ORDER BY ALL") == before


PAGE = "https://www.example.gov.cn/nb/1.htm"


def hints(title: str, *links: tuple[str, str], declared: Hint = Hint()) -> list[tuple[str, int | None]]:  # noqa: B008
    """Agency and year of each file a page offers."""
    return [(a.hint.agency, a.hint.year) for a in attachments(bare(title, *links), PAGE, "utf-8", declared)]


TITLE = f"{CAIZHENG}2021年政府信息公开工作年度报告"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (("a.docx", "附件"), (CAIZHENG, 2021)),
        (("a.docx", "附件：2020年政府信息公开工作年度报告.docx"), (CAIZHENG, 2020)),
        (("2020年年报.docx", "下载"), (CAIZHENG, 2020)),
        (("a.docx", f"{SHUYANG}2021年政府信息公开工作年度报告"), (SHUYANG, 2021)),
        (("a.docx", "财政局2021年政府信息公开工作年度报告.docx"), (CAIZHENG, 2021)),
        (("a.docx", "水务局2021年政府信息公开工作年度报告.docx"), ("", 2021)),
        (("a.docx", "2019年、2020年年报.docx"), (CAIZHENG, None)),
    ],
)
def test_what_a_page_knows_goes_for_a_file_whose_link_says_nothing_else(
    link: tuple[str, str], expected: tuple[str, int | None]
) -> None:
    """The words and the address of a link are nearer to the file than the title of the page."""
    assert hints(TITLE, link) == [expected]


def test_several_files_of_one_kind_are_no_renditions() -> None:
    """A page that collects the reports of many agencies says nothing of whose a file is; its source may."""
    links = (("a.docx", "附件1"), ("b.docx", "附件2"), ("c.pdf", "附件3"))
    assert hints(TITLE, *links) == [("", None), ("", None), (CAIZHENG, 2021)]
    assert hints(TITLE, *links, declared=Hint(HONGZE, 2022))[:2] == [(HONGZE, 2022)] * 2


def test_a_silent_page_passes_on_what_is_declared() -> None:
    """A page that says nothing, and one that names somebody nobody knows."""
    declared = Hint(HONGZE, 2022)
    assert hints("下载", ("a.docx", "附件"), declared=declared) == [(HONGZE, 2022)]
    assert hints("无此局2021年政府信息公开工作年度报告", ("a.docx", "附件"), declared=declared) == [(HONGZE, 2021)]
