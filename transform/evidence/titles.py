"""Titles of annual reports, in the wordings sites print: agency and year in any order, marks and words around them."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from transform.agencies import Directory
from transform.evidence.kinds import Evidence, Kind
from transform.evidence.page import HEAD_LINES, NAME_LENGTH, Page, comparable, in_digits
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
_PART_OF_YEAR = re.compile(r"半年$|季度$|月$")
_SITE_BEFORE = re.compile(r"^[!-~]+(?=[^!-~])")


class Title(NamedTuple):
    """A title: as printed, the name of the agency in it, "" for none, and its years."""

    printed: str
    name: str
    years: tuple[int, ...]


def read_title(printed: str, *, of_page: bool = False) -> Title | None:
    """What a title says; None if it is none of an annual report. Behind the title `of_page` stands the name of its site.

    White space is gone from `printed`.
    """
    return _read(printed, comparable(printed), of_page=of_page)


def titles(page: Page, directory: Directory) -> Iterator[Evidence]:
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
    """The title over up to four lines: the first that names an agency we know, of those the one over the fewest lines:
    a line above may be a banner or a trail of links and no part of it.
    """
    head = min(len(page.printed), HEAD_LINES)
    found: list[tuple[int, Evidence]] = []
    for start in range(head):
        for end in range(start + 1, min(start + 4, head) + 1):
            joined = "".join(page.text[start:end])
            if len(joined) > _TITLE_LENGTH:
                break
            if title := _read("".join(page.printed[start:end]), in_digits(joined), of_page=False):
                found.append((end - start, _said("title", title)))
    if not found:
        return

    def rank(reading: tuple[int, Evidence]) -> tuple[bool, bool, bool, int]:
        lines, said = reading
        resolution = directory.resolve(said.name)
        return not resolution.agency, not resolution.candidates, not said.years, lines

    _, best = min(found, key=rank)
    if not best.name:
        after = next((i for i, line in enumerate(page.printed[:head]) if line.endswith(best.text)), head) + 1
        below = page.printed[after] if after < len(page.printed) else ""
        if len(below) <= NAME_LENGTH and directory.resolve(below).agency:
            best = best._replace(name=below)
    yield best


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
    return bool(text) and text.endswith(bodies()) and not is_furniture(text)  # type: ignore[union-attr]


@lru_cache(maxsize=1)
def bodies() -> tuple[str, ...]:
    """The words names of bodies end with."""
    kinds = ("government", "office", "department", "not_department", "management", "zone", "unit")
    return tuple(word for kind in kinds for word in vocabulary()[kind])
