"""Reports with the weight of those people read, for the shapes whose cost is mostly that of their producer's files.

The statutory tables alone make lean files. A published report has some 2,500 characters of prose in the type of
official letters, six to eight pages in print, and what its producer adds: Word's styles, lists, fonts and theme,
embedded fonts in a PDF, summaries in a .doc, styles in every cell of a web page and links around it. The weight was
chosen to bring the bare parsers near the times measured over reports found on the web: the tree of a web page 0.46 ms,
unzipping and parsing a .docx 4.3 ms, the text of a PDF 8.3 ms, the streams of a .doc 0.65 ms.

A .docx is made when it is needed. The others lie in `benchmarks/files`, as LibreOffice wrote them from the .docx;
``python -m benchmarks.weight`` writes them anew, and weighs the .doc as Word would.
"""

import io
import re
import zipfile
from pathlib import Path
from random import Random

from olefile import OleFileIO

from tests.docx import NAMESPACES, archive, write_docx
from tests.extract.word97 import container
from tests.ofd import write_ofd
from tests.producers import converted
from tests.render import Layout, Sheet, lay_out
from tests.strategies import distinct_numbers
from tests.workbook import BookLayout, by_openpyxl

EDITIONS = ("2019", "2021")
FILES = Path(__file__).parent / "files"
PROSE = {
    "一": [
        "本机关把政务公开作为联系群众、接受监督的日常工作，年初列出任务，按季检查，年底对照清单逐项销号。",
        "主动公开方面，门户网站全年更新栏目四十余个，预算决算、项目招标、安全生产、食品抽检等内容随产生随发布。",
        "政策文件与解读材料同日上网，文字之外配有图解和问答，办事群众在手机上也能读到同样的内容。",
        "依申请公开方面，设一个窗口收件，登记、补正、会商、答复、送达各环节留有记录，疑难件由法制机构先行审核。",
        "对内容相近的申请，先以电话向申请人说明已公开的出处，能当场告知的当场告知，减少往返。",
        "政府信息管理方面，公文起草时就确定公开属性，不予公开的写明理由，每年对到期文件重新审查一次。",
        "平台建设方面，完成站点的适老化改造，检索结果按时间和部门归类，失效链接每周巡查一遍。",
        "政务新媒体由专人值守，转载须经两人核对，长期不更新的账号已合并或注销，留言在两个工作日内回复。",
        "监督保障方面，公开工作列入年度考核，全年组织培训三次，请律师讲授典型案例，一线人员轮流交流经验。",
        "基层站所设有查阅点，配备电脑和纸质目录，老人和残疾人可由工作人员代为查询、打印并说明用途。",
        "重大决策在公布前征求意见，意见采纳情况另行说明，听证会和座谈会的记录附在决策文件之后。",
        "公共企事业单位的信息也纳入目录，学校招生、医院收费、供水供气的标准按月核对，变动的当日更换。",
    ],
    "五": [
        "对照群众的期待，仍有三方面不足：部分解读停留在复述条文，数据开放的颗粒偏粗，个别站所更新偏慢。",
        "改进的办法，一是请政策起草人撰写解读，先问清企业和居民最关心的几件事，再定要讲的内容。",
        "二是把能够机读的表格与文件一并发布，字段附上说明，便于研究者和媒体核对使用。",
        "三是每月抽查一次更新情况，结果在机关内部通报，连续两次落后的，由负责人说明原因和补救时限。",
        "上一年提出的问题已经办结，栏目重复的情形基本消除，答复文书的格式也已统一。",
    ],
    "六": [
        "本年度没有收取信息处理费。",
        "人大代表建议和政协委员提案的答复，除涉及秘密的以外，全文登载于专栏，可按年份和承办单位检索。",
        "本报告所列数据的统计期限为一月一日至十二月三十一日，电子版可在本机关网站下载，如有疑问请与办公室联系。",
    ],
}
HEADINGS = ("主动公开", "依申请公开", "政府信息管理", "平台建设", "监督保障")


def prose(rng: Random) -> dict[str, str]:
    """The sections without tables, a paragraph a line."""
    found = {}
    for section, sentences in PROSE.items():
        headings = HEADINGS if section == "一" else ("",) * (len(sentences) // 2)
        said = ("".join(rng.sample(sentences, min(len(sentences), 9 if heading else 4))) for heading in headings)
        numbered = zip("一二三四五", headings, said, strict=False)
        found[section] = "\n".join(
            f"（{number}）{heading}。{text}" if heading else text for number, heading, text in numbered
        )
    return found


def word_report(edition: str) -> bytes:
    """A report of an edition as Word would keep it."""
    lean = write_docx(*_report(edition))
    with zipfile.ZipFile(io.BytesIO(lean)) as package:
        parts = {name: package.read(name).decode() for name in package.namelist()}
    parts["word/document.xml"] = _dressed(parts["word/document.xml"])
    return archive(parts | word_parts())


def workbook(edition: str) -> bytes:
    """A report of an edition as a workbook, its prose in cells over the width of the tables."""
    sheets, layout, rng = _report(edition)
    return by_openpyxl(sheets, BookLayout(**vars(layout)), rng)


def layout_file(edition: str) -> bytes:
    """A report of an edition as an OFD file."""
    sheets, layout, _ = _report(edition)
    return write_ofd(sheets, layout)


def _report(edition: str) -> tuple[list[Sheet], Layout, Random]:
    rng = Random(edition)
    values = {key: format(value, "f") for key, value in distinct_numbers(edition).items()}
    layout = Layout(agency="示例县青石镇人民政府", year=int(edition), prose=prose(rng))
    return lay_out(edition, values, layout=layout, rng=rng), layout, rng


def web_page(page: str) -> str:
    """A page with what a portal puts around it and its editor into every cell."""
    links = "".join(
        f'<li class="nav-{n}"><a href="/col/col{n}/index.html" target="_blank">栏目{n}</a></li>' for n in range(60)
    )
    page = page.replace("<body>", f'<body><div class="header"><ul class="menu clearfix">{links}</ul></div>', 1)
    page = re.sub(r"<(t[dh])\b", rf"<\1 {_WEB_CELL}", page)
    return re.sub(r"<p>(.*?)</p>", rf"<p {_WEB_LINE}><span {_WEB_TYPE}>\1</span></p>", page, flags=re.DOTALL)


def word_97(data: bytes) -> bytes:
    """A .doc of LibreOffice with the weight of Word's: behind its tables come styles, lists, fonts and theme."""
    with OleFileIO(io.BytesIO(data)) as file:
        streams = {"/".join(name): file.openstream(name).read() for name in file.listdir()}
    streams["1Table"] += Random(0).randbytes(_WORDS_TABLES)
    return container(streams)


def _dressed(document: str) -> str:
    """The main part with what Word adds to paragraphs, runs and cells."""
    document = re.sub(r"<w:rPr>.*?</w:rPr>", _RUN, document)
    document = document.replace("<w:p>", '<w:p w:rsidR="00A10B2C" w:rsidRDefault="00A10B2C" w:rsidP="00D3E4F5">')
    around = re.split("(<w:tbl>.*?</w:tbl>)", document)
    around[::2] = (re.sub(r"(<w:p [^>]*>)", rf"\1{_PARAGRAPH}", text) for text in around[::2])
    document = "".join(around)
    return document.replace("<w:tcPr>", f"<w:tcPr>{_CELL}")


# -- the parts Word puts into every file -------------------------------------------------------------------------------

_WEB_CELL = 'valign="center" style="padding: 0px 7px; border: 1px solid rgb(0, 0, 0); word-break: break-all;"'
_WEB_LINE = 'style="margin: 0px; text-align: center; line-height: 21px;"'
_WEB_TYPE = 'style="font-family: 宋体; font-size: 14px; color: rgb(51, 51, 51);"'
_WORDS_TABLES = 24_000  # bytes
_LATENT, _STYLES, _LISTS, _LEVELS, _FONTS = 376, 60, 12, 9, 16
_PARAGRAPH = (
    '<w:pPr><w:widowControl w:val="0"/><w:spacing w:line="560" w:lineRule="exact"/><w:jc w:val="both"/></w:pPr>'
)
_RUN = (
    '<w:rPr><w:rFonts w:ascii="仿宋_GB2312" w:eastAsia="仿宋_GB2312" w:hAnsi="仿宋" w:cs="宋体" w:hint="eastAsia"/>'
    '<w:color w:val="000000"/><w:kern w:val="0"/><w:sz w:val="21"/><w:szCs w:val="21"/></w:rPr>'
)
_CELL = '<w:tcW w:w="900" w:type="dxa"/><w:vAlign w:val="center"/><w:noWrap/>'
_LOOK = (
    '<w:pPr><w:keepNext/><w:widowControl w:val="0"/><w:spacing w:before="120" w:after="60" w:line="560"'
    ' w:lineRule="exact"/><w:ind w:firstLineChars="200" w:firstLine="640"/><w:jc w:val="both"/></w:pPr><w:rPr><w:rFonts'
    ' w:ascii="Times New Roman" w:eastAsia="仿宋_GB2312" w:hAnsi="Times New Roman" w:cs="Times New Roman"/>'
    '<w:kern w:val="2"/><w:sz w:val="32"/><w:szCs w:val="32"/>'
    '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr>'
)


def word_parts() -> dict[str, str]:
    """Styles with Word's list of latent ones, lists, fonts, settings and a theme, by their names in the package."""
    latent = "".join(
        f'<w:lsdException w:name="style {n}" w:semiHidden="1" w:uiPriority="{n % 99}" w:unhideWhenUsed="1"/>'
        for n in range(_LATENT)
    )
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="s{n}"><w:name w:val="body {n}"/><w:qFormat/>{_LOOK}</w:style>'
        for n in range(_STYLES)
    )
    level = '<w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/><w:lvlJc w:val="left"/>' + _LOOK
    levels = "".join(f'<w:lvl w:ilvl="{n}">{level}</w:lvl>' for n in range(_LEVELS))
    lists = "".join(f'<w:abstractNum w:abstractNumId="{n}">{levels}</w:abstractNum>' for n in range(_LISTS))
    named = "".join(f'<w:num w:numId="{n + 1}"><w:abstractNumId w:val="{n}"/></w:num>' for n in range(_LISTS))
    fonts = "".join(
        f'<w:font w:name="字体{n}"><w:panose1 w:val="02010609030101010101"/><w:charset w:val="86"/><w:family'
        ' w:val="modern"/><w:pitch w:val="fixed"/></w:font>'
        for n in range(_FONTS)
    )
    scripts = "".join(f'<a:font script="S{n:03}" typeface="字体{n}"/>' for n in range(30))
    colours = "".join(f'<a:accent{n}><a:srgbClr val="4472C{n}"/></a:accent{n}>' for n in range(1, 7))
    theme = "".join(f"<a:{kind}Font>{scripts}</a:{kind}Font>" for kind in ("major", "minor"))
    return {
        "word/styles.xml": _part("styles", f"<w:latentStyles>{latent}</w:latentStyles>{styles}"),
        "word/numbering.xml": _part("numbering", lists + named),
        "word/fontTable.xml": _part("fonts", fonts),
        "word/settings.xml": _part(
            "settings", '<w:zoom w:percent="100"/><w:rsids>' + '<w:rsid w:val="00A1"/>' * 80 + "</w:rsids>"
        ),
        "word/theme/theme1.xml": (
            '<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="Office"><a:themeElements>'
            f"<a:clrScheme>{colours}</a:clrScheme><a:fontScheme>{theme}</a:fontScheme></a:themeElements></a:theme>"
        ),
    }


def _part(name: str, content: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:{name} {NAMESPACES}>{content}</w:{name}>'


def main() -> None:
    """Write the files LibreOffice makes of the reports."""
    FILES.mkdir(exist_ok=True)
    reports = [word_report(edition) for edition in EDITIONS]
    for shape, weigh in (("pdf", bytes), ("doc", word_97)):
        for edition, data in zip(EDITIONS, converted(reports, shape, suffix=".docx"), strict=True):
            (FILES / f"{edition}.{shape}").write_bytes(weigh(data))


if __name__ == "__main__":
    main()
