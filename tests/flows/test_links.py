"""Where a page leads, however it says so."""

import pytest

from flows.sources.links import links

BASE = "https://www.example.gov.cn/zwgk/a/index.html"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<iframe src="/pdfjs/web/viewer.html?file=/upload/a.pdf"></iframe>', "/upload/a.pdf"),
        ('<iframe src="/op/view.aspx?src=https%3A%2F%2Fwww.example.gov.cn%2Fa.docx"></iframe>', "/a.docx"),
        (r'<a href="\files\a.doc">附件</a>', "/files/a.doc"),
        ('<meta http-equiv="Refresh" content="0; URL=\'/b.html\'">', "/b.html"),
        ("<a onclick=\"window.open('/c.pdf')\">下载</a>", "/c.pdf"),
        ('<script>window.location.href = "/d.html"</script>', "/d.html"),
        ('<script>PDFObject.embed("e.pdf", "#x")</script>', "/zwgk/a/e.pdf"),
        ('<frameset><frame src="f.html"></frameset>', "/zwgk/a/f.html"),
        ('<div data-url="/g.pdf">附件</div>', "/g.pdf"),
    ],
)
def test_a_page_leads_to_what_it_shows(markup: str, expected: str) -> None:
    """Viewers, frames, refreshes and scripts, to the address a person would end at."""
    assert [link.url.removeprefix("https://www.example.gov.cn") for link in links(markup.encode(), BASE)] == [expected]


@pytest.mark.parametrize("markup", ['<a href="/list.html?url=2">下一页</a>', "<script>var a = '/x.html'</script>"])
def test_what_leads_nowhere_else_is_left(markup: str) -> None:
    """A parameter that names no file, and a string of a script that goes nowhere."""
    assert [link.url for link in links(markup.encode(), BASE)] == (
        ["https://www.example.gov.cn/list.html?url=2"] if "href" in markup else []
    )
