"""Whose report a document is, and of which year.

Title, sentences, stated period, signature, tags and labels of the page each say something about agency and year
(`transform.evidence`). They are weighed in a stated order of trust, never taken first come: what the report says of
itself beats whoever posted it. Where statements of the report contradict each other nothing is decided; the value stays
None with an issue that says why.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import Literal, NamedTuple

from extract.read import Issue
from transform.agencies import Agency, Directory, Resolution
from transform.evidence import (
    HEAD_LINES,
    TRUST,
    Evidence,
    Page,
    collect,
    comparable,
    credit_code,
    odd_period,
    of_another_year,
    posted_in,
)
from transform.hint import NO_HINT, Hint
from transform.reference import vocabulary

Scope = Literal["own", "area", "system", "unknown"]
# What a statement came to: it decided, agrees, completes a bare name with its place, contradicts, or does not count.
Role = Literal["decides", "agrees", "completes", "contradicts", ""]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A statement, what its name was read as, and what it came to."""

    evidence: Evidence
    resolution: Resolution
    role: Role = ""

    @property
    def trust(self) -> int:
        """Its place in the order of trust, 100 the highest."""
        return TRUST[self.evidence.kind].weight


@dataclass(frozen=True, slots=True)
class Imprint:
    """Whose report it is: ``agency`` and ``report_year`` are right, or None with an issue.

    ``agency_name`` and ``title`` stand as printed, without white space. ``candidates``: the agencies it may
    be when ``agency`` is None. ``scope`` is own, area (a government with all below it), system or unknown.
    ``credit_code``: the unified social credit code of the publisher in its index number, '' if there is none.
    ``evidence``: every statement about agency, year and place, the most trusted first.
    """

    agency: Agency | None
    agency_name: str
    report_year: int | None
    scope: Scope
    published_on: date | None
    title: str
    candidates: tuple[Agency, ...]
    issues: tuple[Issue, ...]
    credit_code: str = ""
    evidence: tuple[Weighed, ...] = ()


class _Verdict(NamedTuple):
    agency: Agency | None
    name: str
    candidates: tuple[Agency, ...] = ()
    issues: tuple[Issue, ...] = ()


class _Speaker(NamedTuple):
    """How a text speaks of its author: as township or branch, or how its name ends (局 署); and the bureau above
    it by the word for its place (市 of 市局), "" for none; whether a zone commands it as well.
    """

    kinds: frozenset[str]
    superior: str
    under_zone: bool


_ONE_YEAR = "one year in title, preamble and stated period"
_JUST_ONE = "a name that fits just one agency"
_SAME = "the same agency in title, preamble and signature"
_CANDIDATES = 12
# From this likeness on, two names of bodies of one place are an old and a new one, or a long and a short one.
_AKIN = 0.75
_LEAST_NAMING = 20  # kinds trusted less only tell a place
_TITLES = ("title", "article title", "page title", "metadata")
_BINDING = (*_TITLES, "preamble", "signature")
_DATE = re.compile(r"(20\d\d)[年\-/.](\d{1,2})[月\-/.](\d{1,2})日?")
_SAID_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)(年)?")
_TERM = 3  # months in which the reports of the year before come out
_SIGNED = re.compile(r"(?:\D{4,40})?20\d\d[年\-/.]\d{1,2}[月\-/.]\d{1,2}日?")
_PUBLISHED = re.compile(r"(?:发布|公开|公布)(?:日期|时间):(.+)")
_OFFICE_ONLY = re.compile(r"[(（]?(?:机关|本级)[)）]?$")
_WHOLE_AREA = re.compile(r"(?:汇总|包括|涵盖)[^。]{0,20}(?:各部门|各单位|各乡镇|各街道|各镇街|全[省市区县州盟旗])")
_WHOLE_SYSTEM = re.compile(r"(?:数据|统计|汇总)[^。]{0,20}全系统|全系统[^。]{0,12}(?:数据|汇总)")
_SUPERIOR = re.compile(
    r"(?:按照|根据|遵照|围绕|在)[^。;]{0,10}?(?P<place>[省市县区])局(?P<zone>[^。;]{0,20}?(?:区|园)(?:党工委|管委会))?"
    r"[^。;]{0,20}?(?:部署|领导|要求|指导|安排|统一)"
)
_OFFICE_OF_BODY = re.compile(r"(?:综合)?(?:办公室|办)$")


def imprint_of(
    lines: Sequence[str],
    *,
    title_hint: str = "",
    metadata: Mapping[str, str] = MappingProxyType({}),
    tags: Mapping[str, str] = MappingProxyType({}),
    source: str = "",
    directory: Directory,
    hint: Hint = NO_HINT,
    years: Container[int] = range(0),
) -> Imprint:
    """Agency and year of a report, from its paragraphs in order, the statutory tables left out.

    ``title_hint`` is the page's own title, ``metadata`` what the portal states about it, labels as printed, ``tags``
    the tags of its head, ``source`` the name or address of the file. ``hint`` counts only where the page is silent, and
    an issue says that it did. ``years`` are those in which the form of its tables was prescribed.
    Never raises for what a document says: whatever is missing or contradicts itself becomes an issue.
    """
    page = Page.of(lines, title_hint, metadata, tags, source)
    found = collect(page, directory)
    published = _published(page)
    year, year_issues = _year(found, published, page, hint, years)
    weighing = _Weighing(found, hint, year, directory)
    verdict = weighing.verdict(_speaker(page))
    title = next((one.text for one in found if one.kind in _TITLES), "")
    return Imprint(
        agency=verdict.agency,
        agency_name=verdict.name,
        report_year=year,
        scope=_scope(verdict, "".join(page.text[:HEAD_LINES])),
        published_on=published,
        title=title,
        candidates=verdict.candidates,
        issues=(*year_issues, *verdict.issues),
        credit_code=credit_code(page),
        evidence=tuple(weighing.weighed(verdict)),
    )


# -- the agency ------------------------------------------------------------------------------------------------


class _Weighing:
    """The statements of a document, each read by the directory, and what follows from them together."""

    def __init__(self, found: Sequence[Evidence], hint: Hint, year: int | None, directory: Directory) -> None:
        self._year = year
        self._directory = directory
        self._hint = Evidence("hint", hint.agency, hint.agency)
        self._found = [*found, self._hint] if hint.agency else list(found)
        self._read = {one: self._resolve(one) for one in self._found}
        self._lead: Evidence | None = None
        self._completing: set[Evidence] = set()

    def verdict(self, speaker: _Speaker) -> _Verdict:
        """The agency of the statement trusted most, made definite by places and contradicted by no other."""
        lead = self._lead = self._leading(speaker)
        if lead is None:
            return self._nobody(speaker)
        agency = self._definite(lead)
        if agency is None:
            return _open(lead, self._read[lead])
        if doubt := _is_another(agency, speaker, printed=lead.kind in _TITLES):
            return _doubted(agency, lead, doubt)
        verdict = _Verdict(agency, lead.name, (), tuple(self._hinted(lead)))
        for rival, other in self._printed_otherwise(lead):
            if _contradicts(agency, other):
                upheld = rival.kind == "signature" and self._is_upheld(agency)
                return _contradicted(agency, lead, rival, other, upheld=upheld, noted=verdict.issues)
        return verdict

    def _is_upheld(self, agency: Agency) -> bool:
        """Whether a sentence of the report names the same agency as its title: then a signature of another body of the
        place is its old name.
        """
        sentences = (one for one in self._found if one.kind in ("preamble", "subject", "contact"))
        return any(self._read[one].agency == agency for one in sentences)

    def weighed(self, verdict: _Verdict) -> Iterator[Weighed]:
        """Every statement with the part it had."""
        for one in self._found:
            yield Weighed(one, self._read[one], self._role(one, verdict))

    def _role(self, one: Evidence, verdict: _Verdict) -> Role:
        if one is self._lead:
            return "decides" if verdict.agency else ""
        if one in self._completing:
            return "completes"
        rivals = verdict.agency or (verdict.candidates[0] if verdict.issues and verdict.candidates else None)
        if not rivals or not one.name or not self._read[one].agency:
            return ""
        if not _contradicts(rivals, self._read[one]):
            return "agrees"
        return "contradicts" if one.kind in _BINDING else ""

    def _resolve(self, one: Evidence, context: str | None = None) -> Resolution:
        if not one.name:
            return Resolution(None, (), "")
        return self._directory.resolve(_OFFICE_ONLY.sub("", one.name), context_code=context, year=self._year)

    def _is_read(self, one: Evidence) -> bool:
        return bool(self._read[one].agency or self._read[one].candidates)

    def _leading(self, speaker: _Speaker) -> Evidence | None:
        """The statement to go by: the title, unless it cannot be read and a statement of the report completes it; else
        the one trusted most of those that can be read.
        """
        named = [one for one in self._found if one.name and TRUST[one.kind].weight >= _LEAST_NAMING]
        binding = [one for one in named if one.kind in _BINDING]
        title = next((one for one in binding if one.kind in _TITLES), None)
        if title and not self._is_read(title):
            known = (one for one in binding if self._read[one].agency and _completes(one.name, title.name))
            return next(known, title)
        if lead := next(filter(self._is_read, binding), None):
            return lead
        telling = self._telling(named, speaker)
        named_else = [one.name for one in named if one.kind in ("preamble", "subject") and not self._is_read(one)]
        if telling and TRUST[telling.kind].own is False and not _may_be_one_of(telling.name, named_else):
            telling = None  # whoever posted the page is not the body the text names, which we do not know
        return telling or next(iter(binding), None)

    def _telling(self, named: Sequence[Evidence], speaker: _Speaker) -> Evidence | None:
        """A statement that binds nobody and names the author all the same: its first chapter, its contact, its page."""
        subjects = [one for one in named if one.kind == "subject" and self._speaks(one, speaker)]
        if len({self._definite(one, note=False) for one in subjects}) > 1:
            return None  # the first chapter tells of other bodies too
        others = (one for one in named if one.kind not in (*_BINDING, "subject") and self._speaks(one, speaker))
        hint = (one for one in self._found if one.kind == "hint" and self._speaks(one, speaker))
        return next(iter([*subjects, *others, *hint]), None)

    def _speaks(self, one: Evidence, speaker: _Speaker) -> bool:
        """Whether a statement that binds nobody may name the author: it can be read, and the text speaks of itself as
        such a body.
        """
        agency = self._definite(one, note=False)
        return agency is not None and not _is_another(agency, speaker, printed=False)

    def _definite(self, one: Evidence, *, note: bool = True) -> Agency | None:
        """The agency a statement names; a bare name is looked up in the places the others name, the report's first."""
        resolution = self._read[one]
        if resolution.agency:
            return resolution.agency
        others = [other for other in self._found if other is not one]
        for tier in (lambda e: TRUST[e.kind].own, lambda e: not TRUST[e.kind].own and e.kind != "hint", _is_hint):
            helping = self._helping(one, [other for other in others if tier(other)], resolution)
            if len(set(helping.values())) == 1:
                if note:
                    self._completing |= set(helping)
                return next(iter(helping.values()))
        return None

    def _helping(self, one: Evidence, others: Sequence[Evidence], resolution: Resolution) -> dict[Evidence, Agency]:
        """The statements that make a name definite, and what each makes of it."""
        helping = {}
        for other in others:
            known = self._read[other].agency
            found = known if known in resolution.candidates else self._looked_up(one, other, known)
            if found:
                helping[other] = found
        return helping

    def _looked_up(self, one: Evidence, other: Evidence, known: Agency | None) -> Agency | None:
        """The agency a bare name means in the place another statement tells."""
        # 县财政局 says whose it is; so does the zone of a place, 经济开发区管委会, which has one.
        has_head = comparable(one.name).startswith((*vocabulary()["head"], *vocabulary()["zone_head"]))
        if known and known.type == "zone" and "-" in known.agency_id:
            # A zone without a code of its own: its organs bear its name.
            zone = known.name.removesuffix(next(iter(vocabulary()["management"])))
            return self._resolve(one._replace(name=zone + one.name)).agency
        if known and (has_head or other.kind != "hint"):
            return self._resolve(one, known.division_code).agency
        # A paper or a portal of the government above says nothing of a body that is not named as one of that place's.
        if other.code and (has_head or other.kind == "index number"):
            return self._resolve(one, other.code).agency
        return None

    def _printed_otherwise(self, lead: Evidence) -> Iterator[tuple[Evidence, Resolution]]:
        """What else the report itself says, names without a place looked up where the lead's agency is."""
        for one in self._found:
            if one is not lead and one.name and one.kind in _BINDING:
                yield one, self._read[one]

    def _hinted(self, lead: Evidence) -> Iterator[Issue]:
        if lead.kind == "hint" or self._hint in self._completing:
            expected = "an agency in title, preamble, signature or metadata"
            yield Issue("agency_hinted", "source", self._hint.name, expected)

    def _nobody(self, speaker: _Speaker) -> _Verdict:
        """No statement names the author; those that were left out because the text is another body's are candidates."""
        weak = [one for one in self._found if TRUST[one.kind].weight >= 5 and self._read[one].agency]
        posted = [(one, agency) for one in weak if (agency := self._read[one].agency)]
        candidates = tuple(dict.fromkeys(agency for _, agency in posted))
        doubt = next((doubt for _, agency in posted if (doubt := _is_another(agency, speaker, printed=False))), "")
        if not candidates:
            expected = "an agency in title, preamble, signature or metadata"
            return _Verdict(None, "", (), (Issue("agency_not_found", "title", "", expected),))
        first, _ = posted[0]
        expected = f"the name of the author: {doubt or 'the text tells of several bodies'}; " + _listed(candidates)
        return _Verdict(None, "", candidates, (Issue("agency_ambiguous", first.kind, first.name, expected),))


def _is_hint(one: Evidence) -> bool:
    return one.kind == "hint"


def _completes(full: str, bare: str) -> bool:
    """Whether a name is a bare one with its place (安平县样板局 for 县样板局), or one without what was run into it."""
    heads = "|".join(vocabulary()["head"])
    core = re.sub(f"^(?:{heads})", "", comparable(bare))
    name = comparable(full)
    return len(core) > 1 and (name.endswith(core) or core.endswith(name))


def _may_be_one_of(name: str, others: Sequence[str]) -> bool:
    return not others or any(_completes(name, other) for other in others)


def _listed(candidates: Sequence[Agency]) -> str:
    """Candidates in words, so that a reviewer can settle which one it is."""
    named = [f"{rival.agency_id} {rival.name}" for rival in candidates[:_CANDIDATES]]
    further = [f"{len(candidates) - _CANDIDATES} more"] if len(candidates) > _CANDIDATES else []
    return "one of: " + "; ".join([*named, *further])


def _open(lead: Evidence, resolution: Resolution) -> _Verdict:
    candidates = resolution.candidates
    code = "agency_ambiguous" if candidates else "agency_not_found"
    expected = f"a name that fits just {_listed(candidates)}" if candidates else _JUST_ONE
    return _Verdict(None, lead.name, candidates, (Issue(code, lead.kind, lead.name, expected),))


def _doubted(agency: Agency, lead: Evidence, doubt: str) -> _Verdict:
    issue = Issue("name_conflict", lead.kind, f"{lead.kind} {lead.name}; {doubt}", _SAME)
    return _Verdict(None, lead.name, (agency,), (issue,))


def _contradicted(
    agency: Agency, first: Evidence, second: Evidence, other: Resolution, *, upheld: bool, noted: tuple[Issue, ...]
) -> _Verdict:
    """An old name beside a new one, or a government above, is noted; any other second body leaves the agency open."""
    rivals = [rival for rival in (other.agency, *other.candidates) if rival]
    found = f"{first.kind} {first.name}; {second.kind} {second.name}"
    same_place = upheld and all(rival.division_code == agency.division_code for rival in rivals)
    if same_place or all(_is_akin(agency, rival) for rival in rivals):
        issue = Issue("name_differs", second.kind, found, _SAME)
        return _Verdict(agency, first.name, (), (*noted, issue))
    issue = Issue("name_conflict", second.kind, found, _SAME)
    return _Verdict(None, first.name, (agency, *rivals), (issue,))


def _contradicts(agency: Agency, other: Resolution) -> bool:
    """Whether a second name cannot mean the same: names we cannot read say nothing against it."""
    if not other.agency:
        return bool(other.candidates) and agency not in other.candidates
    second = other.agency
    if second == agency:
        return False
    if agency.division_code == second.division_code:
        # A report is often signed by the office of its government or of its body.
        government = {"gov", "gov_office", "street", "township", "zone"}
        if "gov_office" in (agency.type, second.type) and {agency.type, second.type} <= government:
            return False
        return _OFFICE_OF_BODY.sub("", second.agency_id) != agency.agency_id
    return True


def _is_akin(agency: Agency, rival: Agency) -> bool:
    """Whether two agencies are likely one, or one the government of the other."""
    if agency.division_code != rival.division_code:
        # 安平县财政局 signed by the city's government; never two bodies of two places.
        return rival.agency_id == agency.parent_id
    if "gov" in (agency.type, rival.type) or "zone" in (agency.type, rival.type):
        return True
    first, second = sorted((agency.agency_id.partition("-")[2], rival.agency_id.partition("-")[2]), key=len)
    letters = iter(second)
    abbreviates = all(letter in letters for letter in first)
    return abbreviates or SequenceMatcher(None, first, second).ratio() >= _AKIN


def _speaker(page: Page) -> _Speaker:
    """How the text speaks of its author."""
    text = "".join(page.overview)
    kinds = {kind for word, kind in vocabulary()["self"].items() if kind != word and word in text}
    superior = _SUPERIOR.search(text)
    return _Speaker(frozenset(kinds), superior["place"] if superior else "", bool(superior and superior["zone"]))


def _is_another(agency: Agency, speaker: _Speaker, *, printed: bool) -> str:
    """Why the author of a text is not this agency, in words; "" if nothing says so.

    `printed` tells that the title names it: then only what can hold of no such body speaks against it.
    """
    place = agency.name.partition(agency.agency_id.partition("-")[2] or " ")[0]
    is_superior = agency.type == "dept" and bool(speaker.superior) and place.endswith(speaker.superior)
    if is_superior and (speaker.under_zone or not printed) and "分局" not in agency.name:
        return f"the text takes orders from the {speaker.superior}局, as a branch of it does"
    if "branch" in speaker.kinds and "分局" not in agency.name:
        return "the text speaks of itself as a branch (分局)"
    if printed:
        return ""
    kinds = speaker.kinds - {"branch"}
    if any(_is_of_kind(agency, kind) for kind in kinds):
        return ""
    if agency.type == "gov_office":
        return "an office posts and answers for its government too, and the text does not speak of itself as one"
    if not kinds:
        return ""
    return f"the text speaks of itself as another body ({', '.join(sorted(kinds))}), not as {agency.name}"


def _is_of_kind(agency: Agency, kind: str) -> bool:
    if kind == "township":
        return agency.type in ("township", "street") or (agency.type == "gov_office" and agency.level == 4)
    return agency.agency_id.partition("-")[2].endswith(tuple(kind.split()))


# -- year, day and scope ---------------------------------------------------------------------------------------


def _year(
    found: Iterable[Evidence], published: date | None, page: Page, hint: Hint, in_force: Container[int]
) -> tuple[int | None, tuple[Issue, ...]]:
    """The year all strong statements agree on; where there is none, what prose and then the day of publication say."""
    dated = [one for one in found if one.years]
    strong = [one for one in dated if one.kind not in ("prose", "posted")]
    issues = tuple(_period_issue(page))
    years = {year for one in strong for year in one.years}
    if len(years) > 1:
        said = "; ".join(f"{one.kind} {'/'.join(map(str, one.years))}" for one in strong)
        where = ", ".join(dict.fromkeys(one.kind for one in strong))
        return None, (*issues, Issue("year_conflict", where, said, _ONE_YEAR))
    prose = next((one for one in dated if one.kind == "prose"), None)
    if years:
        (year,) = years
        said = prose.text if prose and year not in prose.years else of_another_year(page, year)
        if said:
            issues += (Issue("year_differs", "prose", said, f"{year}, as in the {strong[0].kind}"),)
        return year, issues
    if prose:
        return prose.years[0], issues
    if hint.year:
        return hint.year, (*issues, Issue("year_hinted", "source", str(hint.year), _ONE_YEAR))
    inferred, issue = _inferred(published, page, in_force)
    return inferred, (*issues, issue)


def _inferred(published: date | None, page: Page, in_force: Container[int]) -> tuple[int | None, Issue]:
    """The year before the report was published, if the text mentions that year or nothing speaks against it."""
    said = {int(year): bool(mark) for year, mark in sorted(_SAID_YEAR.findall("".join(page.text)))}
    if published and said.get(published.year - 1):
        return published.year - 1, Issue("year_inferred", "publication date", str(published), _ONE_YEAR)
    day = (published.year, published.month) if published else None
    posted = posted_in(page.source) or day
    if posted and _came_out_in_term(posted, said, in_force) and (not day or day[0] == posted[0]):
        where, when = ("publication date", str(published)) if published else ("address", "{}-{:02}".format(*posted))
        return posted[0] - 1, Issue("year_posted", where, when, _ONE_YEAR)
    return None, Issue("year_not_found", "title", "", _ONE_YEAR)


def _came_out_in_term(posted: tuple[int, int], said: Mapping[int, bool], in_force: Container[int]) -> bool:
    """Whether a page may be the report of the year before it was posted: within the term of Article 49, on a form of
    that year, and naming no other. Pages are posted again years later.
    """
    year, month = posted
    silent = not said or bool(said.get(year - 1) and max(said) <= year)
    return month <= _TERM and year - 1 in in_force and silent


def _period_issue(page: Page) -> Iterator[Issue]:
    if period := odd_period(page):
        yield Issue("period_not_a_year", "period", period, "figures from 1 January to 31 December")


def _published(page: Page) -> date | None:
    """The day of publication by label, tag, a 发布日期 line or the date at the end. No other date counts."""
    labelled = [match[1] for line in page.text[:HEAD_LINES] if (match := _PUBLISHED.fullmatch(line))]
    signed = [line for line in reversed(page.text[-HEAD_LINES:]) if _SIGNED.fullmatch(line)]
    for source in (comparable(page.labelled("meta_date")), page.tag("pubdate"), *labelled, *signed):
        if match := _DATE.search(source):
            try:
                return date(int(match[1]), int(match[2]), int(match[3]))
            except ValueError:
                continue  # 2月30日, as printed
    return None


def _scope(verdict: _Verdict, head: str) -> Scope:
    agency = verdict.agency
    if not agency:
        return "unknown"
    if _WHOLE_SYSTEM.search(head):
        return "system"
    if agency.type != "gov" or _OFFICE_ONLY.search(verdict.name):
        return "own"
    return "area" if _WHOLE_AREA.search(head) else "unknown"
