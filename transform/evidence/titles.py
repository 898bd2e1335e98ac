"""Titles of annual reports, in the wordings sites print: agency and year in any order, marks and words around them."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from transform.agencies import Directory
from transform.evidence.kinds import Evidence, Kind
from transform.evidence.page import CHAPTER_ONE, HEAD_LINES, NAME_LENGTH, Page, comparable, in_digits, is_label
from transform.reference import vocabulary

_TITLE_LENGTH = 70
# 2023年度; 23年 where four digits are not printed; 2023年1-12月 is the year.
YEAR = r"(?:20\d\d|(?<!\d)[012]\d(?=年))年?度?(?:1月?份?[-—–~至到]12月份?)?"
_DISCLOSURE = r"(?:(?:政府|政务)?(?:信息|资讯)(?:主动)?公开|政务公开|依申请公开)"
_REPORT = (
    rf"{_DISCLOSURE}(?:(?:和|与|及|以及|暨|、){_DISCLOSURE})*(?:工作)?(?:开展|执行|落实)?(?:情况)?的?"
    rf"(?P<y3>{YEAR})?(?:年度|年)?(?:工作)?(?:情况)?(?:总结)?(?:报告书?|年报|总结)"
)
# What may stand between the name and the year or the report: it belongs to neither.
_LINK = r"(?:关于|公布|公开|发布|报送|上报|印发|编制|的)*"
_NAME = r"(?P<name>(?:[^\d:>»/|\[\]【】]|(?<!\d)\d{1,3}(?=[团师连]))*?)"
_AFTER = (
    rf"(?:的?(?:公示|公告|通告|通知))?(?P<y4>{YEAR})?"
    r"(?:\((?P<bracketed>[^()\d]{3,40})\)|[-—–]{1,3}(?P<dashed>[^-—–_|\d]{3,40}))?"
    r"(?:\.(?:docx?|wps|pdf|ofd|xlsx?|html?))?(?:[-_|—–(].*)?"
)
_TITLE = re.compile(rf"(?P<y1>{YEAR})?{_LINK}{_NAME}{_LINK}(?P<y2>{YEAR})?的?{_REPORT}{_AFTER}")
# What a trail of links or a label puts before the title on one line.
_BEFORE_TITLE = re.compile(r".*[>»/|:\]】]")
# The title of the report in the title of a paper about it: 关于印发《…》的通知.
_QUOTED = re.compile(r"《(?P<title>[^《》]*公开[^《》]*(?:报告|年报))》")
_NUMBERED = re.compile(r"^(?:附件?\d{0,2}[:.、]?|\d{1,2}[.、])(?=\D)")  # an item, an annex
_BRACKETED_YEAR = re.compile(rf"[【(〔]{YEAR}[】)〕]")
_ONLY_YEAR = re.compile(r"20\d\d年?度?")
_COLUMN = re.compile(r"(?:.*[>»/|:])?(?:政府)?信息公开(?:年报|年度报告)")  # how sites call the column of such reports
_PART_OF_YEAR = re.compile(r"半年$|季度$|月$")
_SITE_BEFORE = re.compile(r"^[!-~]+(?=[^!-~])")


class Title(NamedTuple):
    """A title: as printed, the name of the agency in it, "" for none, and its years."""

    printed: str
    name: str
    years: tuple[int, ...]


def read_title(printed: str, *, of_page: bool = False) -> Title | None:
    """What a title says; None if it is none of an annual report. The title `of_page` ends with the name of its site.

    White space is gone from `printed`.
    """
    return _read(printed, comparable(printed), of_page=of_page)


def of_titles(page: Page, directory: Directory) -> Iterator[Evidence]:
    """The title at the head of the body, and those that tags, the page and its portal repeat."""
    yield from _of_body(page, directory)
    for kind, printed in (
        ("article title", page.tag("articletitle")),
        *(("page title", title) for title in dict.fromkeys((page.title, page.tag("title")))),
        ("metadata", page.labelled("meta_title")),
    ):
        if title := read_title(printed, of_page=kind == "page title"):
            yield _said(kind, title)  # type: ignore[arg-type]  # the three kinds above


def _of_body(page: Page, directory: Directory) -> Iterator[Evidence]:
    """The title above the first chapter, over up to four lines: the first that names an agency we know, and of those
    the one over the fewest lines, for a line above may be a banner or a trail of links and no part of it.
    """
    printed, text = _head(page)
    found: list[tuple[int, Evidence]] = []
    for start in range(len(text)):
        for end in range(start + 1, min(start + 4, len(text)) + 1):
            joined = "".join(text[start:end])
            if len(joined) > _TITLE_LENGTH:
                break
            title = _read("".join(printed[start:end]), in_digits(joined), of_page=False)
            if title and not _is_trail(text[start:end], title):
                found.append((end - start, _said("title", title)))
    if not found:
        return

    def rank(reading: tuple[int, Evidence]) -> tuple[bool, bool, bool, int]:
        lines, said = reading
        resolution = directory.resolve(said.name)
        return not resolution.agency, not resolution.candidates, not said.years, lines

    _, best = min(found, key=rank)
    yield best if best.name else best._replace(name=_below(page, best, directory))


def _is_trail(lines: Sequence[str], title: Title) -> bool:
    """Whether several lines are a trail of links: 安平县财政局 above 政府信息公开年报, unless with a year."""
    return len(lines) > 1 and any(map(_COLUMN.fullmatch, lines if not title.years else lines[:-1]))


def _below(page: Page, title: Evidence, directory: Directory) -> str:
    """The agency on the line below a title that names none, "" for none."""
    lines = [line for line in zip(page.printed, page.text, strict=True) if not is_label(line[1])]
    for (line, text), (below, _) in pairwise(lines[:HEAD_LINES]):
        if line.endswith(title.text) and not _COLUMN.fullmatch(text):
            return below if len(below) <= NAME_LENGTH and directory.resolve(below).agency else ""
    return ""


def _head(page: Page) -> tuple[list[str], list[str]]:
    """The lines, as printed and as compared, among which the title is: not below the first chapter's heading; no lists
    of years, which lead to the reports of others; no labels of the portal (发布机构：…).
    """
    end = next((i for i, line in enumerate(page.text[:HEAD_LINES]) if CHAPTER_ONE.match(line)), HEAD_LINES)
    lines = [line for line in zip(page.printed[:end], page.text[:end], strict=True) if not is_label(line[1])]
    if sum(bool(_ONLY_YEAR.fullmatch(text)) for _, text in lines) > 1:
        lines = [line for line in lines if not _ONLY_YEAR.fullmatch(line[1])]
    return [printed for printed, _ in lines], [text for _, text in lines]


def _said(kind: Kind, title: Title) -> Evidence:
    return Evidence(kind, title.printed, title.name, title.years)


def _read(printed: str, text: str, *, of_page: bool) -> Title | None:
    if "公开" not in text or not ("报" in text or "总结" in text):
        return None
    if quoted := _QUOTED.search(text):
        printed, text = printed[slice(*quoted.span("title"))], quoted["title"]
    printed, text = _without_marks(printed, text)
    match = _whole(text)
    if not match and (trail := _BEFORE_TITLE.match(text)):
        printed, text = printed[trail.end() :], text[trail.end() :]
        match = _whole(text)
    if not match or _PART_OF_YEAR.search(match["name"]) or is_furniture(match["name"]):
        return None
    name = printed[slice(*match.span("name"))]
    # In …人民政府信息公开… the title's 政府信息 has swallowed the end of the name.
    name += "政府" if name.endswith("人民") else ""
    if not name and not of_page:
        name = next((printed[slice(*match.span(part))] for part in ("bracketed", "dashed") if _names(match[part])), "")
    years = {_year(part) for part in match.group("y1", "y2", "y3", "y4") if part}
    return Title(printed, _SITE_BEFORE.sub("", name.strip("-—_")), tuple(sorted(years)))


def _year(printed: str) -> int:
    return int(printed[:4]) if printed[:4].isdigit() else 2000 + int(printed[:2])


def _whole(text: str) -> re.Match[str] | None:
    return _TITLE.fullmatch(text) if len(text) <= _TITLE_LENGTH else None


def _without_marks(printed: str, text: str) -> tuple[str, str]:
    """A title as printed and as compared, of one length, without its number and the brackets around a year."""
    marks = [match.span() for match in _NUMBERED.finditer(text)]
    for match in _BRACKETED_YEAR.finditer(text):
        marks += [(match.start(), match.start() + 1), (match.end() - 1, match.end())]
    for start, end in reversed(marks):
        printed, text = printed[:start] + printed[end:], text[:start] + text[end:]
    return printed, text


def is_furniture(name: str) -> bool:
    """Whether words of a site stand in what should be a name: its trail of links, its columns."""
    return any(word in name for word in vocabulary()["furniture"])


def _names(text: str | None) -> bool:
    """Whether what stands behind a title names a body: 公开版 and 网站 do not."""
    return text is not None and text.endswith(bodies()) and not is_furniture(text)


@lru_cache(maxsize=1)
def bodies() -> tuple[str, ...]:
    """The words names of bodies end with."""
    kinds = ("government", "office", "department", "not_department", "management", "zone", "unit")
    return tuple(word for kind in kinds for word in vocabulary()[kind])
