"""The article of a page, told from navigation, side columns and imprints that name other agencies and years."""

from itertools import product

import pytest

from extract.document import Grid
from extract.formats import html
from extract.read import read_report

TITLE = "示例县财政局2023年度政府信息公开工作年度报告"
SECTIONS = (
    "<p>根据《中华人民共和国政府信息公开条例》规定，现公布示例县财政局2023年度政府信息公开工作年度报告。</p>"
    "<p>一、总体情况</p><p>本机关把公开列入年度考核，全年更新栏目四十余个，预算决算随产生随发布。</p>"
    "<p>二、主动公开政府信息情况</p>"
)
TABLE = (
    "<table><tr><td colspan=4>第二十条第（一）项</td></tr><tr><td>信息内容</td><td>本年制发件数</td>"
    "<td>本年废止件数</td><td>现行有效件数</td></tr><tr><td>规章</td><td>0</td><td>0</td><td>0</td></tr>"
    "<tr><td>行政规范性文件</td><td>6</td><td>1</td><td>26</td></tr></table>"
)
REST = (
    "<p>五、存在的主要问题及改进情况</p><p>对照群众的期待，解读偏少。下一步由起草人撰写解读，先问清关心的几件事。</p>"
)
SIGNED = "<p>示例县财政局</p><p>2024年1月26日</p>"

ABOVE = {
    "nothing": "",
    "a trail of links": "<div>当前位置：<a href=/>首页</a> &gt; <a href=/a>示例县人民政府</a></div>",
    "a trail in a list": "<ul><li>首页</li><li>示例县人民政府</li><li>政府信息公开年报</li></ul>",
    "a trail in a line": "<div>您的位置：首页 &gt; 政务公开 &gt; 示例县审计局 &gt; 政府信息公开年报</div>",
    "a trail that ends in the title": f"<div class=crumb><a>首页</a></div><ul class=nav><li>{TITLE}</li></ul>",
    "a menu": "".join(f"<li><a href=/{name}>示例县{name}局</a></li>" for name in ("教育", "审计", "统计", "公安"))
    + "<li>示例县人民政府门户网站</li>",
    "a banner": "<div class=header><div>邻县人民政府</div><div>2021年6月1日 星期二</div></div>",
    "a calendar": f"<div class=side><table>{('<tr>' + '<td>7</td>' * 7 + '</tr>') * 5}</table></div>",
}  # fmt: skip
BELOW = {
    "nothing": "",
    "neighbours": "<div>上一篇：示例县审计局2022年政府信息公开工作年度报告</div><div>下一篇：无</div>",
    "related links": "<div class=related><h3>相关链接</h3><ul>"
    + "".join(f"<li><a href=/{year}>邻县财政局{year}年政府信息公开年度报告</a></li>" for year in range(2015, 2023))
    + "</ul></div>",
    "an imprint": "<div class=footer><p>主办单位：邻县人民政府办公室</p><p>网站标识码：3501220001</p></div>",
    "an imprint without a name": "<div><p>邻县人民政府办公室主办</p><p>闽ICP备00000000号</p></div>",
    "things to do": "<div>【打印本页】 【关闭窗口】</div><div>扫一扫在手机打开当前页</div><div>邻县人民政府</div>",
    "a long notice": "<div class=foot><p>为确保浏览效果，建议您使用较新的浏览器；本站由邻县大数据局维护。</p></div>",
}  # fmt: skip
AROUND = {
    "the container of TRS": "<h1>{title}</h1><div>时间：2024-01-26</div><div class=TRS_Editor>{body}</div>",
    "the container of UCAP": "<div class=tit>{title}</div><div id=zoom><ucapcontent>{body}</ucapcontent></div>",
    "a container with its title": "<div class='con article-content'><p>{title}</p>{body}</div>",
    "an element without a name": "<div><div><p>{title}</p><div>{body}</div></div></div>",
    "a table": "<table width=980><tr><td><b>{title}</b></td></tr><tr><td>{body}</td></tr></table>",
    "a table with a side column": "<table><tr><td><a>示例县审计局</a></td><td><p>{title}</p>{body}</td></tr></table>",
    "nothing": "<p>{title}</p>{body}",
    "a title over two lines": "<div class=view><p>示例县财政局2023年度</p><p>政府信息公开工作年度报告</p>{body}</div>",
}  # fmt: skip
FURNITURE = (
    "首页",
    "审计局",
    "统计局",
    "邻县",
    "门户网站",
    "打印",
    "扫一扫",
    "上一篇",
    "浏览器",
    "您的位置",
    "当前位置",
)


def page(
    above: str, around: str, below: str, tables: str = TABLE, head: str = f"<title>{TITLE}_邻县人民政府</title>"
) -> str:
    """A page with a report."""
    body = SECTIONS + tables + REST + SIGNED
    article = AROUND[around].format(title=TITLE, body=body)
    return f"<!doctype html><html><head>{head}</head><body>{ABOVE[above]}{article}{BELOW[below]}</body></html>"


def lines(text: str) -> list[str]:
    """The paragraphs of the article."""
    return [block for block in html.read(text).article_blocks if isinstance(block, str)]


def assert_whole(found: list[str]) -> None:
    """The article from its title to its date, and nothing that leads elsewhere."""
    assert "".join(found[:2]).startswith(TITLE)
    assert found[-2:] == ["示例县财政局", "2024年1月26日"]
    assert not [line for line in found if any(word in line for word in FURNITURE)]


@pytest.mark.parametrize(("above", "around", "below"), list(product(ABOVE, AROUND, BELOW)))
def test_an_article_is_told_from_what_stands_around_it(above: str, around: str, below: str) -> None:
    """Whatever that is, with tables or in prose alone."""
    text = page(above, around, below)
    assert_whole(lines(text))
    assert [block.rows[-1][-1].text for block in html.read(text).article_blocks if isinstance(block, Grid)] == ["26"]
    if not around.startswith("a table"):  # a table that holds none is no layout
        assert_whole(lines(page(above, around, below, tables="")))


HEADS = {
    "the tag for it": f'<title>邻县人民政府门户网站</title><meta name="ArticleTitle" content="{TITLE}">',
    "nothing": "<title>邻县人民政府门户网站</title>",
    "no title": "",
    "the site before it": f"<title>邻县人民政府 - {TITLE}</title>",
}


@pytest.mark.parametrize(("head", "around"), list(product(HEADS, AROUND)))
def test_a_title_is_found_whatever_names_it(head: str, around: str) -> None:
    """The head of the page, or where it stands."""
    assert_whole(lines(page("a trail in a list", around, "an imprint", head=HEADS[head])))


def test_a_document_without_furniture_is_all_article() -> None:
    """So is every document of another format."""
    document = html.read(page("nothing", "the container of TRS", "nothing"))
    assert document.article is None
    assert document.article_blocks is document.blocks


def test_a_title_with_nothing_below_it_is_the_article() -> None:
    """What the imprint says is none of a report whose page holds no more than its title."""
    text = f"<title>{TITLE}_邻县人民政府</title>{ABOVE['a trail in a list']}<h1>{TITLE}</h1>{BELOW['a long notice']}"
    assert lines(text) == [TITLE]


def test_what_a_page_says_about_itself() -> None:
    """The tags pages of government must carry, by their names in small letters; no others, and none that is blank."""
    head = (
        '<title>示例 </title><meta name="SiteName" content="示例县人民政府"><meta name="viewport" content="width=1">'
        '<META NAME="PubDate" CONTENT=" 2024-01-26 08:00 "><meta name="ContentSource" content="">'
        '<meta name="PubDate" content="2">'
    )
    assert html.read(head).meta == {"title": "示例", "sitename": "示例县人民政府", "pubdate": "2024-01-26 08:00"}


def test_who_reads_a_report_is_given_its_article() -> None:
    """The report speaks, not the page around it."""
    assert_whole(read_report(page("a menu", "a table", "related links").encode(), "page.html").around.article_lines)
