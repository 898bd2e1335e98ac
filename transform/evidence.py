"""What a report and its page say about whose it is and of which year: every statement, with its kind.

Nothing is decided here. `transform.publisher` weighs the statements, in the order of `TRUST`.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from transform.agencies import Directory, simplified
from transform.reference import vocabulary

Kind = Literal[
    "title", "article title", "page title", "metadata", "preamble", "period", "signature", "subject", "contact",
    "publisher", "source", "prose", "notice", "index number", "portal", "site", "hint",
]  # fmt: skip


class Trust(NamedTuple):
    """How far a kind of statement is trusted. What the report says of itself (`own`) outweighs what stands around."""

    weight: int
    own: bool
    why: str


# The order of trust. Kinds below 20 never name the agency: they only tell in which place a bare name is looked up.
TRUST: dict[Kind, Trust] = {
    "title": Trust(100, True, "prescribed, with agency and year (国办公开办函〔2019〕60号, 〔2021〕30号)"),
    "article title": Trust(95, True, "the tag ArticleTitle repeats the title (国办发〔2017〕47号)"),
    "page title": Trust(95, True, "the title of the page repeats the title"),
    "metadata": Trust(95, True, "the portal's table repeats the title"),
    "preamble": Trust(90, True, "the report says which report it is"),
    "period": Trust(85, True, "the period the figures cover"),
    "signature": Trust(80, True, "the name above the date at the end"),
    "subject": Trust(60, True, "the body whose work the first chapter describes"),
    "contact": Trust(50, True, "the body that answers questions about the report"),
    "publisher": Trust(30, False, "whoever posted the page, often a body above; counts only where the text is silent"),
    "source": Trust(20, False, "whoever the page was taken from; counts only where the text is silent"),
    "prose": Trust(20, True, "the year the sentences of the first chapter begin with"),
    "notice": Trust(18, True, "a paper of the government above, named in the text: its place"),
    "index number": Trust(15, False, "the unified social credit code in the index number: its place (GB 32100-2015)"),
    "portal": Trust(12, True, "the portal the report says it publishes on: its place"),
    "site": Trust(10, False, "the site the page stands on: its place"),
    "hint": Trust(5, False, "what whoever brought the file knows"),
}


class Evidence(NamedTuple):
    """A statement about agency, year or place. `text` stands as printed, `name` is "" and `years` empty where it says
    nothing of them; `code` is a division it points to.
    """

    kind: Kind
    text: str
    name: str = ""
    years: tuple[int, ...] = ()
    code: str = ""


HEAD_LINES = 15
_TAIL_LINES = 25
_TITLE_LENGTH = 70
_NAME_LENGTH = 40
_INVISIBLE = re.compile(r"\[bookmark:[^\]]*\]|[\s\u200b\ufeff]")

_YEAR = r"20\d\d年?度?"
_REPORT = (
    r"(?:政府)?(?:信息|资讯)公开(?:工作)?(?:情况)?的?"
    rf"(?P<y3>{_YEAR})?(?:年度|年)?(?:工作)?(?:情况)?(?:报告|年报)"
)
_TITLE = re.compile(
    rf"(?P<y1>{_YEAR})?(?:关于)?(?P<name>[^\d:>»/|\[\]【】]*?)(?:关于)?(?P<y2>{_YEAR})?的?{_REPORT}"
    rf"(?:\((?P<y4>{_YEAR})\))?(?:[-_|—(].*)?"
)
# What a trail of links or a label puts before the title on one line.
_BEFORE_TITLE = re.compile(r".*[>»/|:\]】]")
_PART_OF_YEAR = re.compile(r"半年$|季度$|月$")
_HAN_YEAR = re.compile(r"二[〇○零][〇○零一二三四五六七八九]{2}(?=年)")
_HAN_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_CITED = re.compile(r"《[^》]*》|〔[^〕]*〕|\[[^\]]*\]|\([^)]*\)")
_CALLS_ITSELF = r"([^,。;、:]{0,60}?信息公开[^,。;、]{0,10}?(?:报告|年报))"
_VERBS = r"(?:公布|公开|编制|编写|撰写|发布|制作|形成)"
_PREAMBLE = re.compile(rf"(?:(?:公布|编制|编写|撰写|发布|制作|形成|现将)[了并和]?)+{_CALLS_ITSELF}")
# Below the first heading only a sentence that plainly presents this very report, not one about last year's.
_PRESENTED = re.compile(rf"(?:现|特|兹)[^,。;、:]{{0,8}}?(?:{_VERBS}[了并和]?)+{_CALLS_ITSELF}|现将{_CALLS_ITSELF}")
_COMPILED = re.compile(r"本(?:年度)?(?:年报|报告)由([^,。;、:]{3,40}?)(?:负责)?(?:编制|编写|撰写|制作|发布)")
_CONTACT = re.compile(r"请(?:直接)?(?:与|同|向|联系)([^,。;:\d]{3,40}?)(?=[(,。;:\d]|联系|咨询|反映|$)")
_INNER_OFFICE = re.compile(
    r"(?<=.)(?:(?:政府信息|政务|信息)公开)(?:工作)?(?:领导小组)?(?:办公室|办|科|股|受理机构|机构|工作机构)?$"
    r"|(?<=[局厅委院校会])(?:综合)?(?:办公室|办|科)$|(?:党政|党政综合)(?:办公室|办)$"
)
_NOTICE = re.compile(r"([\u4e00-\u9fff]{2,24}?)(?:人民)?政府(?:办公[厅室])?(?:关于|印发|转发)")
_PORTAL = re.compile(r"([\u4e00-\u9fff]{2,12}[省市县区州旗])(?:人民)?(?:政府)?(?:门户|官方)?网")
_SUBJECT = re.compile(
    r"(?:^|[。;]|[,、](?=20\d\d年))(?:\([一二三四五六七八九十\d]+\)|\d[.、])?(?:20\d\d年度?(?:以来)?[,、]?)?"
    r"(?:在[^。;]{2,40}?(?:领导|指导|支持|关心|帮助|部署)下[,、])?"
    r"([\u4e00-\u9fff()]{3,30}?)(?:党组|党委|党工委)?"
    r"(?:始终|继续|严格|认真|高度|坚持|积极|深入|紧紧|紧密|按照|根据|进一步|全面|切实|持续|不断|充分|在|以习|依据|主动)"
)
_DAY = r"(20\d\d)年(\d{1,2})月(\d{1,2})日"
_FULL_YEAR = re.compile(r"(20\d\d)年0?1月(?:0?1日)?起?(?:至|到|-|—|–|~)(?:(20\d\d)年|当年)?12月")
_LAST_DAY = re.compile(r"统计截[止至](?:时间|日期|期限)?[为至]?(20\d\d)年12月31日")
_ANY_PERIOD = re.compile(rf"{_DAY}(?:起)?(?:至|到|-|—|–|~)(?:(20\d\d)年)?(\d{{1,2}})月(\d{{1,2}})日")
_PERIOD_WORD = re.compile(r"统计|期限|时限|周期|报告期")
_IN_PROSE = re.compile(
    r"(?:^|[。;])(?:\([一二三四五六七八九十\d]+\)(?:[^。]{0,20}情况)?|\d[.、])?(20\d\d)年度?(?![\d上下第一二三四])"
    r"|[,、](20\d\d)年度?[,、]?(?:我|本|全年|各|在|共|县|市|区|未|主动|街道|镇|乡)"
    r"|截[止至](20\d\d)年12月31日"
)
_CHAPTER_ONE = re.compile(r"(?:一|1)[、.]|总体情况$")
_CHAPTER_TWO = re.compile(r"(?:[二2][、.])?主动公开政府信息")
_DATE_LINE = re.compile(r"(?P<above>[^\d:\[\]【】]{4,40})?20\d\d[年\-/.]\d{1,2}(?:月|[月\-/.]\d{1,2}日?)")


class Page(NamedTuple):
    """A report made ready for matching: its lines as printed without white space, and as compared; the labels of its
    portal; the tags of its page; its title; the name or address it came by.
    """

    printed: Sequence[str]
    text: Sequence[str]
    metadata: Mapping[str, str]
    tags: Mapping[str, str]
    title: str
    source: str

    @classmethod
    def of(
        cls, lines: Sequence[str], title: str, metadata: Mapping[str, str], tags: Mapping[str, str], source: str
    ) -> "Page":
        """From raw lines; nothing of them is lost but white space and marks nobody sees."""
        printed = [line for line in map(plain, lines) if line]
        said = {comparable(plain(label)).rstrip(":"): plain(value) for label, value in metadata.items()}
        return cls(printed, [comparable(line) for line in printed], said, tags, plain(title), source)

    def labelled(self, kind: str) -> str:
        """What the portal states under the labels of a kind of `vocabulary.csv`, "" for nothing."""
        return next((self.metadata[label] for label in vocabulary()[kind] if self.metadata.get(label)), "")

    def tag(self, name: str) -> str:
        """A tag of the page, "" for none."""
        return plain(self.tags.get(name, ""))

    @property
    def overview(self) -> Sequence[str]:
        """The lines before chapter two."""
        end = next((i for i, line in enumerate(self.text) if _CHAPTER_TWO.match(line)), len(self.text))
        return self.text[:end]


class _HalfWidth(dict[int, str]):
    """Character by character NFKC that keeps the length of a text; filled as characters come."""

    def __missing__(self, code: int) -> str:
        half = unicodedata.normalize("NFKC", chr(code))
        self[code] = half if len(half) == 1 else chr(code)
        return self[code]


_HALF_WIDTH = _HalfWidth()


def plain(text: str) -> str:
    """``text`` without white space and extraction marks."""
    return _INVISIBLE.sub("", text)


def comparable(text: str) -> str:
    """``text`` for matching, as long as it was: simplified script, half width, years in digits."""
    folded = unicodedata.normalize("NFKC", text)
    if len(folded) != len(text):
        folded = text.translate(_HALF_WIDTH)
    same = simplified(folded)
    folded = same if len(same) == len(folded) else folded
    return _in_digits(folded)


def _in_digits(text: str) -> str:
    return _HAN_YEAR.sub(lambda match: "2" + match[0][1:].translate(_HAN_DIGITS), text)


def collect(page: Page, directory: Directory) -> list[Evidence]:
    """Every statement of a page about its agency, year and place, each once, in the order of trust."""
    said = dict.fromkeys(one for one in _statements(page, directory) if one.name or one.years or one.code)
    return sorted(said, key=lambda one: -TRUST[one.kind].weight)


def _statements(page: Page, directory: Directory) -> Iterator[Evidence]:
    yield from _title(page, directory)
    yield from one_title(page.tag("articletitle"), "article title")
    for title in dict.fromkeys((page.title, page.tag("title"))):
        yield from one_title(title, "page title")
    yield from one_title(page.labelled("meta_title"), "metadata")
    yield from _preamble(page)
    yield from _period(page)
    yield from _signature(page)
    yield from _subject(page)
    yield from _contact(page)
    yield Evidence("publisher", page.labelled("meta_publisher"), page.labelled("meta_publisher"))
    for source in dict.fromkeys((page.tag("contentsource"), page.labelled("meta_source"))):
        yield Evidence("source", source, source)
    yield from _prose_year(page)
    yield from _places(page, directory)


# -- titles ----------------------------------------------------------------------------------------------------


def _title(page: Page, directory: Directory) -> Iterator[Evidence]:
    """The title at the head of the body, over up to four lines: the first that names an agency we know, and of those
    the one over the fewest lines, for a line above may be a banner or a trail of links and no part of it.
    """
    head = min(len(page.printed), HEAD_LINES)
    found: list[tuple[int, Evidence]] = []
    for start in range(head):
        for end in range(start + 1, min(start + 4, head) + 1):
            joined = "".join(page.text[start:end])
            if len(joined) > _TITLE_LENGTH:
                break
            lines = end - start
            found += [
                (lines, said) for said in _one_title("".join(page.printed[start:end]), _in_digits(joined), "title")
            ]
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
        if len(below) <= _NAME_LENGTH and directory.resolve(below).agency:
            best = best._replace(name=below)
    yield best


def one_title(printed: str, kind: Kind) -> Iterator[Evidence]:
    """What a title says, if `printed` is one."""
    yield from _one_title(printed, comparable(printed), kind)


def _one_title(printed: str, text: str, kind: Kind) -> Iterator[Evidence]:
    if "公开" not in text or "报" not in text:
        return
    match = _TITLE.fullmatch(text) if len(text) <= _TITLE_LENGTH else None
    if not match and (trail := _BEFORE_TITLE.match(text)):
        printed, text = printed[trail.end() :], text[trail.end() :]
        match = _TITLE.fullmatch(text) if len(text) <= _TITLE_LENGTH else None
    if not match or _PART_OF_YEAR.search(match["name"]) or _is_furniture(match["name"]):
        return
    name = printed[slice(*match.span("name"))]
    # In …人民政府信息公开… the title's 政府信息 has swallowed the end of the name.
    name += "政府" if name.endswith("人民") else ""
    years = {int(part[:4]) for part in match.group("y1", "y2", "y3", "y4") if part}
    yield Evidence(kind, printed, name.strip("-—_"), tuple(sorted(years)))


def _is_furniture(name: str) -> bool:
    """Whether words of a site stand in what should be a name: its trail of links, its columns."""
    return any(word in name for word in vocabulary()["furniture"])


# -- sentences -------------------------------------------------------------------------------------------------


def _preamble(page: Page) -> Iterator[Evidence]:
    """Sentences that name this report; what is cited in 《》 are other papers."""
    lines = len(page.overview)
    heading = next((i for i, line in enumerate(page.text[:HEAD_LINES]) if _CHAPTER_ONE.match(line)), HEAD_LINES)
    for pattern, start, end in ((_PREAMBLE, 0, heading), (_PRESENTED, 0, lines), (_COMPILED, 0, lines)):
        printed, text = _without_citations(page, start, min(end, lines))
        for match in pattern.finditer(text):
            group = match.lastindex or 0
            sentence = printed[slice(*match.span(group))]
            said = (
                one_title(sentence, "preamble")
                if pattern is not _COMPILED
                else [Evidence("preamble", printed[slice(*match.span())], sentence)]
            )
            for one in said:
                own = comparable(one.name).startswith(tuple(vocabulary()["self"]))
                yield one._replace(name="" if own else one.name)


def _without_citations(page: Page, start: int, end: int) -> tuple[str, str]:
    """(as printed, as compared) of some lines run together, of one length, without what is cited or in brackets."""
    printed, text = "".join(page.printed[start:end]), "".join(page.text[start:end])
    kept = []
    at = 0
    for cited in _CITED.finditer(text):
        kept.append(slice(at, cited.start()))
        at = cited.end()
    kept.append(slice(at, len(text)))
    return "".join(printed[part] for part in kept), "".join(text[part] for part in kept)


def _period(page: Page) -> Iterator[Evidence]:
    """The period the figures cover: any full year before chapter two, later only where called the period."""
    joined = "".join(page.text)
    starts = zip(accumulate(map(len, page.text), initial=0), page.text, strict=False)
    chapter_two = next((start for start, line in starts if _CHAPTER_TWO.match(line)), len(joined))
    for match in _FULL_YEAR.finditer(joined):
        first, last = int(match[1]), int(match[2] or match[1])
        named = _PERIOD_WORD.search(joined[max(0, match.start() - 25) : match.start()])
        if named or (match.start() < chapter_two and first == last):
            yield Evidence("period", match[0], "", tuple(sorted({first, last})))
    for match in _LAST_DAY.finditer(joined):
        yield Evidence("period", match[0], "", (int(match[1]),))


def odd_period(page: Page) -> str:
    """A stated period of the figures that is not a calendar year, as printed; "" for none."""
    joined = "".join(page.text)
    for match in _ANY_PERIOD.finditer(joined):
        first, last = match.group(1, 2, 3), match.group(4, 5, 6)
        whole = (int(first[1]), int(first[2]), int(last[1]), int(last[2])) == (1, 1, 12, 31)
        named = _PERIOD_WORD.search(joined[max(0, match.start() - 25) : match.start()])
        if named and not (whole and last[0] in (None, first[0])):
            return match[0]
    return ""


def _signature(page: Page) -> Iterator[Evidence]:
    """The name above, or before, the date at the end."""
    foot = list(zip(page.printed, page.text, strict=True))[-_TAIL_LINES:]
    for (above, text), (line, dated) in pairwise([("", ""), *foot]):
        if not (match := _DATE_LINE.fullmatch(dated)):
            continue
        if match["above"]:
            yield Evidence("signature", line, line[slice(*match.span("above"))])
        elif len(above) <= _NAME_LENGTH and not re.search(r"[,。:;、]", text):
            yield Evidence("signature", above, above)


def _subject(page: Page) -> Iterator[Evidence]:
    """The bodies whose work the sentences of the first chapter describe."""
    own = tuple(vocabulary()["self"])
    said = {match[1] for line in page.overview for match in _SUBJECT.finditer(line)}
    for name in sorted(said):
        if name.endswith(_bodies()) and not name.startswith(own):
            yield Evidence("subject", name, name)


@lru_cache(maxsize=1)
def _bodies() -> tuple[str, ...]:
    """The words names of bodies end with."""
    kinds = ("government", "office", "department", "not_department", "management", "zone", "unit")
    return tuple(word for kind in kinds for word in vocabulary()[kind])


def _contact(page: Page) -> Iterator[Evidence]:
    """The body a question about the report goes to, without its own office for such questions."""
    own = tuple(vocabulary()["self"])
    for match in _CONTACT.finditer("".join(page.overview)):
        name = _INNER_OFFICE.sub("", match[1])
        if not name.startswith(own):
            yield Evidence("contact", match[0], name)


def _prose_year(page: Page) -> Iterator[Evidence]:
    """The year with which sentences before chapter two begin, if it is one year alone."""
    found = (match for line in page.overview for match in _IN_PROSE.finditer(line))
    said = {int(match[match.lastindex or 0]) for match in found}
    if len(said) == 1:
        (year,) = said
        yield Evidence("prose", f"{year}年", "", (year,))


# -- places ----------------------------------------------------------------------------------------------------


def _places(page: Page, directory: Directory) -> Iterator[Evidence]:
    """Places in which a name without one is looked up."""
    text = "".join(page.overview)
    for kind, pattern in (("notice", _NOTICE), ("portal", _PORTAL)):
        for place in dict.fromkeys(match[1] for match in pattern.finditer(text)):
            if code := _ends_in_place(place, directory):
                yield Evidence(kind, place, code=code)  # type: ignore[arg-type]  # the two kinds above
    if code := credit_code(page):
        yield Evidence("index number", code, code=code[2:8] + "000000")
    for site in (page.tag("sitename"), page.tag("sitedomain"), urlsplit(page.source).hostname or ""):
        if owner := directory.owner_of(site):
            yield Evidence("site", site, owner.name)
    site = page.tag("sitename")
    found = directory.resolve(re.sub(r"(?:门户|官方)?(?:网站|网)$", "", site)).agency if site else None
    if found and "-" not in found.agency_id:
        yield Evidence("site", site, code=found.division_code)


def _ends_in_place(text: str, directory: Directory) -> str:
    """The code of the one division whose name a text ends with, the longest name first; "" for none."""
    for start in range(len(text) - 1):
        found = directory.resolve(text[start:]).agency
        if found and "-" not in found.agency_id:
            return found.division_code
    return ""


def credit_code(page: Page) -> str:
    """The unified social credit code an index number begins with, '' if it begins with none.

    GB 32100-2015: 18 characters, the third to eighth are the division, the last one checks the others.
    """
    code = page.labelled("meta_index")[:18].upper()
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    if len(code) < 18 or not set(code) <= set(alphabet) or not code[2:8].isdigit() or not code.strip("0"):
        return ""
    weighed = sum(alphabet.index(char) * pow(3, i, 31) for i, char in enumerate(code[:17]))
    return code if alphabet[-weighed % 31] == code[17] else ""
