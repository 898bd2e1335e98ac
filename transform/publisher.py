"""Whose report a document is, and of which year.

Title, preamble, stated period, signature and page metadata each say something about agency and year. They
must agree: where they do not, nothing is decided and the value stays None with an issue that says why.
The title is prescribed by 国办公开办函〔2019〕60号 and 〔2021〕30号; the stated period is customary.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise
from types import MappingProxyType
from typing import NamedTuple

from extract.read import Issue
from transform.agencies import Agency, Directory, Resolution, simplified
from transform.reference import vocabulary


@dataclass(frozen=True, slots=True)
class Hint:
    """What whoever brought a document knows of it: the agency by name, the report year; '' and None for nothing."""

    agency: str = ""
    year: int | None = None


NO_HINT = Hint()


@dataclass(frozen=True, slots=True)
class Imprint:
    """Whose report it is: ``agency`` and ``report_year`` are right, or None with an issue.

    ``agency_name`` and ``title`` stand as printed, without white space. ``candidates``: the agencies it may
    be when ``agency`` is None. ``scope`` is own, area (a government with all below it), system or unknown.
    ``credit_code``: the unified social credit code of the publisher in its index number, '' if there is none.
    """

    agency: Agency | None
    agency_name: str
    report_year: int | None
    scope: str
    published_on: date | None
    title: str
    candidates: tuple[Agency, ...]
    issues: tuple[Issue, ...]
    credit_code: str = ""


class _Said(NamedTuple):
    """What one part of the document says about agency and year."""

    where: str
    text: str
    name: str = ""
    years: tuple[int, ...] = ()


class _Verdict(NamedTuple):
    agency: Agency | None
    name: str
    candidates: tuple[Agency, ...] = ()
    issues: tuple[Issue, ...] = ()


_JUST_ONE = "a name that fits just one agency"
_CANDIDATES = 12
_HEAD_LINES = 15
_FOOT_LINES = 12
_TITLE_LENGTH = 70
_NAME_LENGTH = 40
_INVISIBLE = re.compile(r"\[bookmark:[^\]]*\]|[\s\u200b\ufeff]")

_YEAR = r"20\d\d年?度?"
_REPORT = (
    r"(?:政府)?(?:信息|资讯)公开(?:工作)?(?:情况)?的?"
    rf"(?P<y3>{_YEAR})?(?:年度|年)?(?:工作)?(?:情况)?(?:报告|年报)"
)
_TITLE = re.compile(rf"(?P<y1>{_YEAR})?(?:关于)?(?P<name>[^\d:]*?)(?:关于)?(?P<y2>{_YEAR})?的?{_REPORT}(?:[-_|—(].*)?")
_PART_OF_YEAR = re.compile(r"半年$|季度$|月$")
_HAN_YEAR = re.compile(r"二[〇○零][〇○零一二三四五六七八九]{2}(?=年)")
_HAN_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_CITED = re.compile(r"《[^》]*》|〔[^〕]*〕|\[[^\]]*\]|\([^)]*\)")
_PREAMBLE = re.compile(
    r"(?:(?:公布|编制|编写|撰写|发布|制作|形成|现将)[了并和]?)+([^,。;、]{0,60}?信息公开[^,。;、]{0,10}?(?:报告|年报))"
)
_FULL_YEAR = re.compile(r"(20\d\d)年0?1月(?:0?1日)?起?(?:至|到|-|—|–|~)(?:(20\d\d)年|当年)?12月")
_LAST_DAY = re.compile(r"统计截[止至](?:时间|日期|期限)?[为至]?(20\d\d)年12月31日")
_PERIOD_WORD = re.compile(r"统计|期限|时限|周期|报告期")
_CHAPTER_ONE = re.compile(r"(?:一|1)[、.]|总体情况$")
_CHAPTER_TWO = re.compile(r"(?:[二2][、.])?主动公开政府信息")
_DATE = re.compile(r"(20\d\d)[年\-/.](\d{1,2})[月\-/.](\d{1,2})日?")
_DATE_LINE = re.compile(r"(?P<above>\D{4,40})?20\d\d[年\-/.]\d{1,2}(?:月|[月\-/.]\d{1,2}日?)")
_PUBLISHED = re.compile(r"(?:发布|公开|公布)(?:日期|时间):(.+)")
_OFFICE_ONLY = re.compile(r"机关$|本级$")
_WHOLE_AREA = re.compile(r"(?:汇总|包括|涵盖)[^。]{0,20}(?:各部门|各单位|各乡镇|各街道|各镇街|全[省市区县州盟旗])")
_WHOLE_SYSTEM = re.compile(r"(?:数据|统计|汇总)[^。]{0,20}全系统|全系统[^。]{0,12}(?:数据|汇总)")


def imprint_of(
    lines: Sequence[str],
    *,
    title_hint: str = "",
    metadata: Mapping[str, str] = MappingProxyType({}),
    directory: Directory,
    hint: Hint = NO_HINT,
) -> Imprint:
    """Agency and year of a report, from its paragraphs in order, the statutory tables left out.

    ``title_hint`` is the page's own title, ``metadata`` what the portal states about it, keys as printed. ``hint``
    counts only where the page is silent, and an issue says that it did.
    Never raises for what a document says: whatever is missing or contradicts itself becomes an issue.
    """
    printed = [line for line in map(_plain, lines) if line]
    text = [_comparable(line) for line in printed]
    facts = {_comparable(_plain(key)).rstrip(":"): _plain(value) for key, value in metadata.items()}
    said = [
        *_title(printed, text, directory),
        *_one_title(hinted := _plain(title_hint), _comparable(hinted), "page title"),
        *_one_title(stated := _fact(facts, "meta_title"), _comparable(stated), "metadata"),
    ]
    title = said[0].text if said else ""
    said += _preamble(printed, text)
    year, year_issues = _year([*said, *_period(text)], hint)
    said += _signature(printed, text)
    said.append(_Said("publisher", "", _fact(facts, "meta_publisher")))
    credit_code = _credit_code(facts)
    place = credit_code[2:8] + "000000" if credit_code else ""
    named = [one for one in said if one.name]
    verdict = _agency(named, place, year, directory) if named else _unnamed(hint, year, directory)
    return Imprint(
        agency=verdict.agency,
        agency_name=verdict.name,
        report_year=year,
        scope=_scope(verdict, "".join(text[:_HEAD_LINES])),
        published_on=_published(facts, text),
        title=title,
        candidates=verdict.candidates,
        issues=(*year_issues, *verdict.issues),
        credit_code=credit_code,
    )


class _HalfWidth(dict[int, str]):
    """Character by character NFKC that keeps the length of a text; filled as characters come."""

    def __missing__(self, code: int) -> str:
        half = unicodedata.normalize("NFKC", chr(code))
        self[code] = half if len(half) == 1 else chr(code)
        return self[code]


_HALF_WIDTH = _HalfWidth()


def _plain(text: str) -> str:
    return _INVISIBLE.sub("", text)


def _comparable(text: str) -> str:
    """``text`` for matching, as long as it was: simplified script, half width, years in digits."""
    folded = unicodedata.normalize("NFKC", text)
    if len(folded) != len(text):
        folded = text.translate(_HALF_WIDTH)
    same = simplified(folded)
    folded = same if len(same) == len(folded) else folded
    return _in_digits(folded)


def _in_digits(text: str) -> str:
    return _HAN_YEAR.sub(lambda match: "2" + match[0][1:].translate(_HAN_DIGITS), text)


def _fact(facts: Mapping[str, str], kind: str) -> str:
    return next((facts[key] for key in vocabulary()[kind] if facts.get(key)), "")


def _title(printed: Sequence[str], text: Sequence[str], directory: Directory) -> Iterator[_Said]:
    """The title at the head of the body, over up to four lines: the first that names an agency we know."""
    head = min(len(printed), _HEAD_LINES)
    found: list[_Said] = []
    for start in range(head):
        for end in range(start + 1, min(start + 4, head) + 1):
            joined = "".join(text[start:end])
            if len(joined) > _TITLE_LENGTH:
                break
            found += _one_title("".join(printed[start:end]), _in_digits(joined), "title")

    def rank(said: _Said) -> tuple[bool, bool, bool]:
        resolution = directory.resolve(said.name)
        return not resolution.agency, not resolution.candidates, not said.years

    # The line above may be a site's banner and no part of the title: prefer the reading that makes sense.
    yield from sorted(found, key=rank)[:1]


def _one_title(printed: str, text: str, where: str) -> Iterator[_Said]:
    """What a title says, if `printed`, comparable as `text`, is one."""
    may_be = len(text) <= _TITLE_LENGTH and "公开" in text and "报" in text
    match = _TITLE.fullmatch(text) if may_be else None
    if not match or _PART_OF_YEAR.search(match["name"]):
        return
    name = printed[slice(*match.span("name"))]
    # In …人民政府信息公开… the title's 政府信息 has swallowed the end of the name.
    name += "政府" if name.endswith("人民") else ""
    years = {int(part[:4]) for part in (match["y1"], match["y2"], match["y3"]) if part}
    yield _Said(where, printed, name, tuple(sorted(years)))


def _preamble(printed: Sequence[str], text: Sequence[str]) -> Iterator[_Said]:
    """Sentences before chapter one that name this report; what is cited in 《》 are other papers."""
    end = next((i for i, line in enumerate(text[:_HEAD_LINES]) if _CHAPTER_ONE.match(line)), _HEAD_LINES)
    cited = _CITED.sub(lambda match: "\0" * len(match[0]), "".join(text[:end]))
    kept = [pair for pair in zip("".join(printed[:end]), cited, strict=True) if pair[1] != "\0"]
    for match in _PREAMBLE.finditer("".join(plain for _, plain in kept)):
        sentence = "".join(char for char, _ in kept[slice(*match.span(1))])
        for said in _one_title(sentence, _comparable(sentence), "preamble"):
            own = said.name.startswith(tuple(vocabulary()["self"]))
            yield said._replace(name="" if own else said.name)


def _period(text: Sequence[str]) -> Iterator[_Said]:
    """The period the figures cover: any full year before chapter two, later only where called the period."""
    joined = "".join(text)
    starts = zip(accumulate(map(len, text), initial=0), text, strict=False)
    chapter_two = next((start for start, line in starts if _CHAPTER_TWO.match(line)), len(joined))
    for match in _FULL_YEAR.finditer(joined):
        first, last = int(match[1]), int(match[2] or match[1])
        named = _PERIOD_WORD.search(joined[max(0, match.start() - 25) : match.start()])
        if named or (match.start() < chapter_two and first == last):
            yield _Said("period", match[0], "", tuple(sorted({first, last})))
    for match in _LAST_DAY.finditer(joined):
        yield _Said("period", match[0], "", (int(match[1]),))


def _signature(printed: Sequence[str], text: Sequence[str]) -> Iterator[_Said]:
    """The name above, or before, the date at the foot."""
    foot = list(zip(printed, text, strict=True))[-_FOOT_LINES:]
    for (above, plain), (line, dated) in pairwise([("", ""), *foot]):
        if not (match := _DATE_LINE.fullmatch(dated)):
            continue
        if match["above"]:
            yield _Said("signature", line, line[slice(*match.span("above"))])
        elif len(above) <= _NAME_LENGTH and not re.search(r"[,。:;、]", plain):
            yield _Said("signature", above, above)


def _published(facts: Mapping[str, str], text: Sequence[str]) -> date | None:
    """The day of publication by metadata, a 发布日期 line or the date at the foot. No other date counts."""
    labelled = [match[1] for line in text[:_HEAD_LINES] if (match := _PUBLISHED.fullmatch(line))]
    signed = [line for line in reversed(text[-_FOOT_LINES:]) if _DATE_LINE.fullmatch(line)]
    for source in (_comparable(_fact(facts, "meta_date")), *labelled, *signed):
        if match := _DATE.search(source):
            try:
                return date(int(match[1]), int(match[2]), int(match[3]))
            except ValueError:
                continue  # 2月30日, as printed
    return None


def _year(said: Sequence[_Said], hint: Hint) -> tuple[int | None, tuple[Issue, ...]]:
    dated = [one for one in said if one.years]
    years = {year for one in dated for year in one.years}
    expected = "one year in title, preamble and stated period"
    if not years and hint.year:
        return hint.year, (Issue("year_hinted", "heuristic", "source", str(hint.year), expected),)
    if not years:
        return None, (Issue("year_not_found", "critical", "title", "", expected),)
    if len(years) == 1:
        return years.pop(), ()
    found = "; ".join(f"{one.where} {'/'.join(map(str, one.years))}" for one in dated)
    where = ", ".join(dict.fromkeys(one.where for one in dated))
    return None, (Issue("year_conflict", "critical", where, found, expected),)


def _unnamed(hint: Hint, year: int | None, directory: Directory) -> _Verdict:
    """The agency of a document that names none."""
    expected = "an agency in title, preamble, signature or metadata"
    agency = directory.resolve(hint.agency, year=year).agency if hint.agency else None
    if agency:
        return _Verdict(agency, "", (), (Issue("agency_hinted", "heuristic", "source", hint.agency, expected),))
    return _Verdict(None, "", (), (Issue("agency_not_found", "critical", "title", "", expected),))


def _agency(named: Sequence[_Said], place: str, year: int | None, directory: Directory) -> _Verdict:
    """The agency of the first name, made definite by the other names and contradicted by none.

    The title binds; only where it names nobody does the first name that can be understood count.
    """
    read = [(one, directory.resolve(_body_of(one), year=year)) for one in named]
    known = [pair for pair in read if pair[1].agency or pair[1].candidates]
    first, resolution = read[0] if not known or named[0].where in {"title", "page title"} else known[0]
    others = [(one, other) for one, other in read if one is not first]
    agency, candidates = resolution.agency, resolution.candidates
    if not agency:
        # The places named elsewhere may complete the name, if they all lead to the same agency.
        places = {other.agency.division_code for _, other in others if other.agency} | {place} - {""}
        found = {directory.resolve(_body_of(first), context_code=code, year=year).agency for code in places}
        found |= {other.agency for _, other in others if other.agency in candidates}
        found -= {None}
        agency = found.pop() if len(found) == 1 else None
    if not agency:
        code = "agency_ambiguous" if candidates else "agency_not_found"
        # The candidates are told, so that a reviewer can settle which one it is.
        named_so = [f"{rival.agency_id} {rival.name}" for rival in candidates[:_CANDIDATES]]
        further = [f"{len(candidates) - _CANDIDATES} more"] if len(candidates) > _CANDIDATES else []
        expected = "a name that fits just one of: " + "; ".join([*named_so, *further]) if candidates else _JUST_ONE
        issue = Issue(code, "critical", first.where, first.name, expected)
        return _Verdict(None, first.name, candidates, (issue,))
    # Portals name whoever posted the page; that contradicts nothing.
    printed = [(one, other) for one, other in others if one.where != "publisher"]
    rival = next(((one, other) for one, other in printed if not _agrees(agency, other)), None)
    if not rival:
        return _Verdict(agency, first.name)
    return _contradicted(agency, first, *rival)


def _contradicted(agency: Agency, first: _Said, second: _Said, other: Resolution) -> _Verdict:
    """Two bodies of one place may be an old name beside a new one; two places cannot be the same agency."""
    rivals = [rival for rival in (other.agency, *other.candidates) if rival]
    same_place = all(rival.division_code == agency.division_code for rival in rivals)
    issue = Issue(
        "name_differs" if same_place else "name_conflict",
        "heuristic" if same_place else "critical",
        second.where,
        f"{first.where} {first.name}; {second.where} {second.name}",
        "the same agency in title, preamble and signature",
    )
    if same_place:
        return _Verdict(agency, first.name, (), (issue,))
    return _Verdict(None, first.name, (agency, *rivals), (issue,))


def _body_of(said: _Said) -> str:
    return _OFFICE_ONLY.sub("", said.name)


def _agrees(agency: Agency, other: Resolution) -> bool:
    """Whether a second name may mean the same: names we cannot read say nothing against it."""
    if not other.agency:
        return agency in other.candidates or not other.candidates
    if "gov_office" in {
        agency.type,
        other.agency.type,
    }:  # a government's report is often signed by its office
        government = {"gov", "gov_office", "street", "township"}
        both = {agency.type, other.agency.type}
        return agency.division_code == other.agency.division_code and both <= government
    return other.agency == agency


def _scope(verdict: _Verdict, head: str) -> str:
    agency = verdict.agency
    if not agency:
        return "unknown"
    if _WHOLE_SYSTEM.search(head):
        return "system"
    if agency.type != "gov" or _OFFICE_ONLY.search(verdict.name):
        return "own"
    return "area" if _WHOLE_AREA.search(head) else "unknown"


def _credit_code(facts: Mapping[str, str]) -> str:
    """The unified social credit code an index number begins with, '' if it begins with none.

    GB 32100-2015: 18 characters, the third to eighth are the division, the last one checks the others.
    """
    code = _fact(facts, "meta_index")[:18].upper()
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    if len(code) < 18 or not set(code) <= set(alphabet) or not code[2:8].isdigit():
        return ""
    weighed = sum(alphabet.index(char) * pow(3, i, 31) for i, char in enumerate(code[:17]))
    return code if alphabet[-weighed % 31] == code[17] else ""
