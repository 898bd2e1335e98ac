"""Sentences by which a report tells whose it is and of which year: who compiled it, its period, who signed it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from transform.evidence.kinds import Evidence
from transform.evidence.page import CHAPTER_ONE, CHAPTER_TWO, HEAD_LINES, NAME_LENGTH, Page, comparable, is_label
from transform.evidence.titles import bodies, is_furniture, read_title
from transform.reference import vocabulary

_TAIL_LINES = 25
_OPENING_LINES = 8  # below the first heading in which a report may say whose it is
_CITED = re.compile(r"《[^》]*》|〔[^〕]*〕|\[[^\]]*\]|\([^)]*\)")
_CALLS_ITSELF = r"(?P<title>[^,。;、:]{0,60}?信息公开[^,。;、]{0,10}?(?:报告|年报))"
_AND = r"(?:了|并|和(?=公布|公开|编制|编写|发布))?"
_VERB = r"(?:公布|公开|编制|编写|编报|撰写|起草|发布|制作|形成|汇总)"
_WRITES = r"(?:编制|编写|编报|撰写|起草|发布|制作|形成|汇总)"
_BODY = r"(?P<body>[\u4e00-\u9fff]{3,40}?)"
# The report as a title of its own, after a verb that presents it: 现公布X局2022年政府信息公开工作年度报告.
_PREAMBLE = re.compile(rf"(?:(?:公布|编制|编写|撰写|发布|制作|形成|现将){_AND})+{_CALLS_ITSELF}")
# Below the first heading only a sentence that plainly presents this very report, not one about last year's.
_PRESENTED = re.compile(
    rf"(?:现|特|兹)[^,。;、:]{{0,8}}?(?:{_VERB}{_AND})+{_CALLS_ITSELF}|现将{_CALLS_ITSELF.replace('title', 'told')}"
)
# 现编制并发布《X局2022年政府信息公开工作年度报告》.
_QUOTED = re.compile(rf"(?:现|特|兹)[^,。;、:《]{{0,8}}?(?:{_VERB}{_AND})+《(?P<title>[^《》]{{4,60}}(?:报告|年报))》")
# 现将X局2022年度政府信息公开工作情况报告如下; 现将2022年工作情况报告如下.
_REPORTED = re.compile(
    r"现将(?P<body>[\u4e00-\u9fff]{3,40}?)?(?P<year>20\d\d)年度?[^,。;、:]{0,30}?(?:情况|总结|报告|年报)"
)
# 本报告由X局(根据《条例》)编制; 由X局编制的2022年…报告.
_COMPILED = re.compile(
    rf"由{_BODY}(?=负责|牵头|组织|统一|依据|根据|按照|依照|严格|{_WRITES})[^。;、:]{{0,40}}?{_WRITES}"
    r"(?:的(?P<year>20\d\d)年)?"
)
_OF_REPORT = re.compile(r"本(?:年度)?(?:报告|年报)|年度报告|年报")
# 本年度报告是X局按照《条例》编制的.
_IS_OF = re.compile(
    rf"本(?:年度)?(?:报告|年报)(?:是|为|系){_BODY}(?=20\d\d年|根据|按照|依据|依照|对|{_WRITES})"
    r"(?:[^。;]{0,40}?编制的?(?P<year>20\d\d)年)?"
)
# X局编制了2022年度政府信息公开工作年度报告; X局现将2022年度政府信息公开工作情况向社会公布.
_BY = re.compile(
    rf"{_BODY}(?:现|特|兹|已|向社会|依法|组织|{_VERB}|了|将|就)+(?P<year>20\d\d)年度?"
    r"[^,。;、:]{0,12}?信息公开[^,。;、:]{0,12}?(?:报告|年报|情况)"
)
# X局2022年度政府信息公开工作年度报告根据《条例》编制, in one paragraph: else it is the title and what follows it.
_OPENS = re.compile(
    rf"{_BODY}(?P<year>20\d\d)年度?[^,。;、:]{{0,12}}?信息公开[^,。;、:]{{0,12}}?(?:报告|年报)(?=根据|按照|由|共|包括)"
)
_COMPILES = re.compile(rf"{_BODY}(?:依据|根据|按照|依照)?{_WRITES}了?本(?:年度)?(?:报告|年报)(?P<year>(?!))?")
_PAUSE = re.compile(r"[,。;:]|总体情况|概述")
# What else such a sentence or the one after it says, if the report is this one.
_THIS_ONE = re.compile(
    r"现(?:将|公布|公开|予|向|就|编)|特(?:编|此|向)|兹|本(?:年度)?(?:报告|年报)|全文|统计期限|部分组成|如下[:。]"
)
_CONTACT = re.compile(
    r"(?:请|可|欢迎|直接)(?:直接|及时)?(?:与|同|向|联系|致电|咨询):?([^,。;:\d]{3,40}?)(?=[(,。;:\d]|联系|咨询|反映|$)"
)
_INNER_OFFICE = re.compile(
    r"(?<=.)(?:(?:政府信息|政务|信息)公开)(?:工作)?(?:领导小组)?(?:办公室|办|科|股|处|室|受理机构|机构|工作机构)?$"
    r"|(?<=[局厅委院校会队处站所馆署心])(?:综合)?(?:办公室|办|科)$|(?:党政|党政综合)(?:办公室|办)$"
    r"|(?<=[镇乡]人民政府)办公室$|(?<=街道办事处)办公室$"
)
_OPENING = r"(?:^|[。;]|[,、](?=20\d\d年)|^(?:为|按照|根据|依据)[^。;]{4,60}?,)"
_SUBJECT = re.compile(
    rf"{_OPENING}(?:\([一二三四五六七八九十\d]+\)|\d[.、])?(?:20\d\d年度?(?:以来)?[,、]?)?"
    r"(?:在[^。;]{2,40}?(?:领导|指导|支持|关心|帮助|部署)下[,、])?"
    r"([\u4e00-\u9fff()]{3,30}?)(?:党组|党委|党工委)?(?:20\d\d年度?)?"
    r"(?:始终|继续|严格|认真|高度|坚持|积极|深入|紧紧|紧密|按照|根据|进一步|全面|切实|持续|不断|充分|在|以习|依据|主动"
    r"|扎实|大力|着力|坚决|立足|加强|聚焦|紧扣|牢固|牢牢|贯彻|落实|推进|通过|共主动|累计)"
)
_DAY = r"(20\d\d)年(\d{1,2})月(?:(\d{1,2})日)?"
_TO = r"(?:起|开始)?,?(?:至|到|-|—|–|~|截止)+"
# Also where the marks between the figures were lost: 20251月1日至202512月31日, 201911日起至20191231日止.
_FULL_YEAR = re.compile(
    rf"(20\d\d)(?:[年./-]?0?[1元][月./-](?:0?1日?)?{_TO}(?:(20\d\d)[年./-]?|当年|同年)?12[月./-]|年?11日?{_TO}(20\d\d)年?1231)"
)
_LAST_DAY = re.compile(r"统计截[止至](?:时间|日期|期限)?[为至]?(20\d\d)年12月31日")
_ANY_PERIOD = re.compile(rf"{_DAY}{_TO}(?:(20\d\d)年)?(\d{{1,2}})月(?:(\d{{1,2}})日)?")
_PERIOD_WORD = re.compile(r"统计|期限|时限|周期|报告期|起止")
_IN_PROSE = (
    re.compile(
        r"(?:^|[。;])(?:\([一二三四五六七八九十\d]+\)(?:[^。]{0,20}情况)?|\d[.、])?(20\d\d)年度?(?![\d上下第一二三四])"
        r"|[,、](20\d\d)年度?[,、]?(?:我|本|全年|各|在|共|县|市|区|未|主动|街道|镇|乡)"
        r"|截[止至](20\d\d)年12月31日"
    ),
    re.compile(
        rf"{_OPENING}[\u4e00-\u9fff]{{2,30}}?(20\d\d)年度?(?=认真|严格|深入|积极|坚持|扎实|高度|继续|全面|主动)"
    ),
)
# A sentence that counts what an earlier year brought, and does not compare.
_OF_YEAR = re.compile(
    r"(?:\([一二三四五六七八九十\d]+\)|\d[.、]|[一二三四五六七八九十]是)?(20\d\d)年度?[,、]?(?![\d上下第一二三四.\-/至底末初起以])"
)
_COUNTS = re.compile(r"\d余?(?:件|条|次|篇|份|起|项|期|场)")
_COMPARES = re.compile(r"[比较]|同期|上[一]?年|去年|今年|本年|[增减升降]|相当|持平|累计|历年|以来|截[止至]|20\d\d年")
_DATE_LINE = re.compile(r"(?P<above>[^\d:\[\]【】]{4,40})?20\d\d[年\-/.]\d{1,2}(?:月|[月\-/.]\d{1,2}日?)")


def of_sentences(page: Page) -> Iterator[Evidence]:
    """What the sentences of a report say about itself."""
    yield from _preamble(page)
    yield from _period(page)
    yield from _signature(page)
    yield from _subject(page)
    yield from _contact(page)
    yield from _prose_year(page)


def _preamble(page: Page) -> Iterator[Evidence]:
    """Sentences that name this report; what is cited in 《》 are other papers."""
    end = len(page.overview)
    heading = next((i for i, line in enumerate(page.text[:HEAD_LINES]) if CHAPTER_ONE.match(line)), HEAD_LINES)
    overview, opening = _Prose.of(page, end), _Prose.of(page, min(heading + _OPENING_LINES, end))
    above = opening.starts[min(heading, len(opening.starts) - 1)]
    for match in _PREAMBLE.finditer(opening.text, 0, above):
        yield from opening.titled(match, "title")
    printed, text = "".join(page.printed[:end]), "".join(page.overview)
    for match in _QUOTED.finditer(text):
        yield from _Prose(printed, text, ()).titled(match, "title")
    for match in _PRESENTED.finditer(overview.text):
        yield from overview.titled(match, "title" if match["title"] else "told")
    for match in _COMPILED.finditer(overview.text):
        if _OF_REPORT.search(overview.text[max(0, match.start() - 30) : match.end() + 30]):
            yield overview.of_body(match)
    for pattern in (_REPORTED, _IS_OF):
        yield from map(opening.of_body, pattern.finditer(opening.text))
    begins = opening.begins()
    yield from map(opening.of_body, opening.matches(_COMPILES, begins))
    for match in opening.matches(_BY, begins):
        # Below the heading it may be last year's report that somebody published.
        is_first = match.start() < above or "。" not in opening.text[: match.start()]
        if is_first or _THIS_ONE.search(opening.text[match.start() : match.end() + 80]):
            yield opening.of_body(match)
    for line, compared in zip(page.printed, page.overview, strict=False):
        if "信息公开" in compared and (opens := _OPENS.match(compared)):
            yield _Prose(line, compared, ()).of_body(opens)


class _Prose(NamedTuple):
    """Lines run together, as printed and as compared, of one length, without what is cited or in brackets; where each
    line begins, and the last ends.
    """

    printed: str
    text: str
    starts: Sequence[int]

    @classmethod
    def of(cls, page: Page, end: int) -> "_Prose":
        """The first lines of a page, but for labels of its portal."""
        pairs = zip(page.printed[:end], page.text[:end], strict=True)
        lines = [("", "") if is_label(text) else (printed, text) for printed, text in pairs]
        printed, text = "".join(line for line, _ in lines), "".join(line for _, line in lines)
        starts = list(accumulate((len(line) for _, line in lines), initial=0))
        kept, at = [], 0
        for cited in _CITED.finditer(text):
            kept.append(slice(at, cited.start()))
            at = cited.end()
        kept.append(slice(at, len(text)))
        return cls(
            "".join(printed[part] for part in kept),
            "".join(text[part] for part in kept),
            [sum(min(part.stop, start) - part.start for part in kept if part.start < start) for start in starts],
        )

    def begins(self) -> list[int]:
        """Where a line, a sentence or a part of one begins."""
        return sorted({*self.starts, *[pause.end() for pause in _PAUSE.finditer(self.text)]})

    def matches(self, pattern: re.Pattern[str], begins: Iterable[int]) -> Iterator[re.Match[str]]:
        """What a pattern finds at some places."""
        return filter(None, [pattern.match(self.text, at) for at in begins])

    def titled(self, match: re.Match[str], group: str) -> Iterator[Evidence]:
        """What the title in a sentence says."""
        if title := read_title(self.printed[slice(*match.span(group))]):
            yield _without_self(Evidence("preamble", title.printed, title.name, title.years))

    def of_body(self, match: re.Match[str]) -> Evidence:
        """The body of a sentence, if it is one, and the year of the report."""
        said = match.groupdict()
        body = said["body"] or ""
        name = _outer(self.printed[slice(*match.span("body"))]) if body.endswith(bodies()) else ""
        name = "" if is_furniture(name) else name
        years = (int(said["year"]),) if said["year"] else ()
        return _without_self(Evidence("preamble", self.printed[slice(*match.span())], name, years))


def _outer(name: str) -> str:
    """The body whose own office for such work is named."""
    outer = _INNER_OFFICE.sub("", name)
    return outer + "政府" if outer.endswith("人民") else outer


def _without_self(said: Evidence) -> Evidence:
    """A statement without the words a report uses for itself (本机关, 我局): they name nobody."""
    own = comparable(said.name).startswith(tuple(vocabulary()["self"]))
    return said._replace(name="" if own else said.name)


def _period(page: Page) -> Iterator[Evidence]:
    """The period the figures cover: any full year before chapter two, later only where called the period."""
    joined = "".join(page.text)
    starts = zip(accumulate(map(len, page.text), initial=0), page.text, strict=False)
    chapter_two = next((start for start, line in starts if CHAPTER_TWO.match(line)), len(joined))
    for match in _FULL_YEAR.finditer(joined):
        first, last = int(match[1]), int(match[2] or match[3] or match[1])
        named = _PERIOD_WORD.search(joined[max(0, match.start() - 25) : match.start()])
        if named or (match.start() < chapter_two and first == last):
            yield Evidence("period", match[0], "", tuple(sorted({first, last})))
    for match in _LAST_DAY.finditer(joined):
        yield Evidence("period", match[0], "", (int(match[1]),))


def odd_period(page: Page) -> str:
    """A stated period of the figures that is not a calendar year, as printed; "" for none."""
    joined = "".join(page.text)
    for match in _ANY_PERIOD.finditer(joined):
        year, *first = match.group(1, 2, 3)
        until, *last = match.group(4, 5, 6)
        whole = [int(part) for part in (*first, *last) if part] in ([1, 1, 12, 31], [1, 12], [1, 1, 12], [1, 12, 31])
        named = _PERIOD_WORD.search(joined[max(0, match.start() - 25) : match.start()])
        if named and not (whole and until in (None, year)):
            return match[0]
    return ""


def of_another_year(page: Page, year: int) -> str:
    """A sentence before chapter two that gives figures of an earlier year as if they were the report's; "" for none."""
    for sentence in (part for line in page.overview for part in re.split("[。;!?]", line)):
        opened = _OF_YEAR.match(sentence)
        if (
            opened
            and int(opened[1]) < year
            and _COUNTS.search(sentence)
            and not _COMPARES.search(sentence[opened.end() :])
        ):
            return sentence
    return ""


def _signature(page: Page) -> Iterator[Evidence]:
    """The name above, or before, the date at the end."""
    foot = list(zip(page.printed, page.text, strict=True))[-_TAIL_LINES:]
    for (above, text), (line, dated) in pairwise([("", ""), *foot]):
        if not (match := _DATE_LINE.fullmatch(dated)):
            continue
        if match["above"]:
            yield Evidence("signature", line, line[slice(*match.span("above"))])
        elif len(above) <= NAME_LENGTH and not re.search(r"[,。:;、]", text):
            yield Evidence("signature", above, above)


def _subject(page: Page) -> Iterator[Evidence]:
    """The bodies whose work the sentences of the first chapter describe."""
    own = tuple(vocabulary()["self"])
    said = set()
    for printed, line in zip(page.printed, page.overview, strict=False):
        for match in _SUBJECT.finditer(line):
            if match[1].endswith(bodies()) and not match[1].startswith(own):
                said.add(printed[slice(*match.span(1))])
    for name in sorted(said):
        yield Evidence("subject", name, name)


def _contact(page: Page) -> Iterator[Evidence]:
    """The body a question about the report goes to, without its own office for such questions."""
    own = tuple(vocabulary()["self"])
    for match in _CONTACT.finditer("".join(page.overview)):
        name = _outer(match[1])
        if not name.startswith(own):
            yield Evidence("contact", match[0], name)


def _prose_year(page: Page) -> Iterator[Evidence]:
    """The year with which sentences before chapter two begin, if it is one year alone."""
    found = (match for line in page.overview for pattern in _IN_PROSE for match in pattern.finditer(line))
    said = {int(match[match.lastindex or 0]) for match in found}
    if len(said) == 1:
        (year,) = said
        yield Evidence("prose", f"{year}年", "", (year,))
