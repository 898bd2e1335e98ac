"""What only looks like a report: told by the words around its tables and the figures in them together.

A page that calls itself the report of a year is never refused for its words alone, unless it is hijacked.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from operator import attrgetter

from extract.document import Document, Grid
from extract.labels import spellings, squeeze, squeeze_text
from extract.reading import ReadCell
from extract.recognise import RecognisedTable
from extract.vocabulary import vocabulary

_SECTION = re.compile(r"^[一二三四五六七八九十]{1,2}、")
_SENTENCE = re.compile(r"[。;、!?]")
_TITLE_LENGTH = 60
_ANNUAL = re.compile(r"公开.*(?:年度报告|年报|报告|总结)|年度报告")
_PART_OF_YEAR = re.compile(r"(?:第?[一二三四1-4]季度|[上下]半年|半年度|(?<!\d)\d{1,2}月份)")
_MONTHS = re.compile(r"(?<!\d)(\d{1,2})月?[-—–~至到](\d{1,2})月(?!\d)")
_NOTICE = re.compile(r"国办公开办函|(?:填报|填写)(?:说明|要求)|填表说明|(?:格式|样式|模板)的?(?:通知|函)|报告格式")
_SELF_CHECK = re.compile(r"自查|自评|考核|检查表|测评")
_YEARLY = re.compile(r"(?:19|20)\d\d年?度?.*(?:年度报告|年报)")
# What is about reports and is none: notices, models, explanations, lists.
_ABOUT = re.compile(
    r"通知|函$|格式|样式|模板|解读|图解|说明|要求|指南|目录|汇总|一览|列表|公告$|发布$|公布$|自查|自评|考核|测评"
)
# What a report says of itself in its first paragraphs.
_OF_ITSELF = re.compile(
    r"本(?:年度|年)?(?:报告|年报)[^。]{0,30}(?:统计期限|所列数据|数据统计|编制|组成|下载)|(?:现公布|现公开|特编制)[^。]*(?:年度报告|年报)"
)
_FIRST = 12  # paragraphs
_SHORT = 20  # characters of a line that holds one row of a table at most
_A_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_NUMBERED = 6  # lines; fewer figures may rise by one each
# Reports an index lists at least; a report itself links to one or two others.
_LISTED = 5
# Three of them on one page are no matter of public security any more.
GAMBLING = ("百家乐", "时时彩", "六合彩", "娱乐城", "老虎机", "真人娱乐", "博彩", "棋牌", "投注", "澳门赌场", "开户送")
_INJECTED = 3
# One of these is in all of them but two. A page without any has no three, and that is soon told.
_TELLING = re.compile(f"[{''.join(map(spellings, '乐彩娱虎棋赌'))}]")


def look_alike(document: Document, tables: list[RecognisedTable], *, figures: bool, claimed: bool = False) -> str:
    """What a document is instead of a report, as a reason; "" if nothing says so. `figures` tells whether its
    statutory tables print any, `claimed` whether it calls itself a report: then it may well cite the notice.
    """
    printed = document.text
    if words := _gambling(printed):
        return f"found gambling advertisements ({'、'.join(words)}) on the page; expected the site of an agency"
    titles = list(_titles(document, tables))
    part = next((title for title in titles if _is_part_of_year(title)), "")
    if part and not any(_ANNUAL.search(title) and not _is_part_of_year(title) for title in titles):
        return f"found statistics of a part of a year ({part}); expected the report of a whole year"
    return "" if figures else _without_figures(document, titles, bool(tables), claimed)


def _gambling(printed: str) -> list[str]:
    """The words of gambling on a page, if they are too many for a report of the police."""
    if not _TELLING.search(printed):
        return []
    text = squeeze_text(printed)
    words = [word for word in GAMBLING if word in text]
    return words if len(words) >= _INJECTED else []


def _without_figures(document: Document, titles: list[str], has_tables: bool, claimed: bool) -> str:
    """What a document is that prints no figure of the form."""
    printed = document.text
    if not claimed and (found := _NOTICE.search(squeeze_text(printed))):
        return f"found the form with the words of its notice ({found.group()}) and no figure; expected a filled-in form"
    if has_tables:
        return "found a blank form: every value cell of its statutory tables is blank; expected at least one figure"
    if found := next((f for title in titles if (f := _SELF_CHECK.search(title))), None):
        return (
            f"found a self-check or assessment ({found.group()}) without a statutory table; expected an annual report"
        )
    listed = {line for line in map(squeeze, _short(document)) if _YEARLY.search(line)}
    if len(listed) >= _LISTED:
        return f"found an index of {len(listed)} annual reports; expected one of them"
    return ""


def years_in_titles(document: Document, tables: list[RecognisedTable]) -> set[str]:
    """The years that the titles of a document name."""
    return {year for title in _titles(document, tables) for year in _A_YEAR.findall(title)}


def calls_itself_report(document: Document, tables: list[RecognisedTable]) -> bool:
    """Whether the title or the first paragraphs of a document say that it is the report of a year."""
    titles = [*_titles(document, tables), squeeze(document.meta.get("articletitle", ""))]
    if any(_ABOUT.search(title) for title in titles):
        return False
    if any(_YEARLY.search(title) for title in titles):
        return True
    paragraphs = [block for block in document.article_blocks if isinstance(block, str)]
    return any(_OF_ITSELF.search(squeeze(text)) for text in paragraphs[:_FIRST])


def ran_together(document: Document) -> bool:
    """Whether the cells of the form stand in a text with nothing between them: names of columns one behind the other,
    and labels with figures right behind them.
    """
    words = vocabulary()
    lines = [squeeze_text(line) for line in document.text.split("\n")]
    glued = {label for line in lines if len(line) > _SHORT for label in words.run_of_figures.findall(line)}
    return len(glued) > 1 and any(words.run_of_columns.search(line) for line in lines)


def has_line_numbers_only(cells: list[ReadCell]) -> bool:
    """Whether the only figures of a table are the numbers of its lines, from 1 on in their order."""
    numbers: list[int] = []
    for _, row in groupby((cell for cell in cells if cell.place), attrgetter("grid", "row")):
        *_, last = row
        if not last.printed.isdecimal() or (not numbers and int(last.printed) != 1):  # as in the first line of most
            return False
        numbers.append(int(last.printed))
    steps = [after - number for number, after in pairwise(numbers)]
    return len(numbers) >= _NUMBERED and min(steps) > 0 and sum(step == 1 for step in steps) > 0.8 * len(steps)


def lost_repeats(document: Document) -> bool:
    """Whether a text prints no line twice. Any form does: such an export kept the first of equal lines only."""
    lines = [squeeze(cell.text) for grid in document.grids for row in grid.rows for cell in row if cell.text]
    return document.media_type == "text/plain" and len(lines) > 1 and len(set(lines)) == len(lines)


def names_a_year(document: Document, tables: list[RecognisedTable]) -> bool:
    """Whether a title says report of a year: such a page is no blank form, whatever became of its figures."""
    return any(_YEARLY.search(title) and not _NOTICE.search(title) for title in _titles(document, tables))


def _is_part_of_year(title: str) -> bool:
    months = _MONTHS.search(title)
    return bool(_PART_OF_YEAR.search(title)) or (
        months is not None and months.groups() not in (("1", "12"), ("01", "12"))
    )


def _titles(document: Document, tables: list[RecognisedTable]) -> Iterator[str]:
    """The title of the file and what may be one on the page: short lines before the first section or table."""
    if document.title and "公开" in document.title:
        yield squeeze(document.title)
    grids = {id(row.grid) for table in tables for row in table.rows}
    for block in document.blocks:
        if isinstance(block, Grid):
            if id(block) in grids:
                return
            continue
        line = squeeze(block)
        if _SECTION.match(line):
            return
        named = "公开" in line or "年度报告" in line
        if named and len(line) <= _TITLE_LENGTH and not _SENTENCE.search(line):
            yield line


def _short(document: Document) -> Iterable[str]:
    for block in document.blocks:
        for line in [block] if isinstance(block, str) else (cell.text for row in block.rows for cell in row):
            if len(line) <= _TITLE_LENGTH:
                yield line
