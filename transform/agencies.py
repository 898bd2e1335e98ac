"""Which agency a printed name means.

A name is read from its left end as a chain of divisions that nest by code (province, prefecture, county,
township), followed by the kind of body it is: a government, its office, a department, a zone. A name that
fits two places is never decided by guessing; it comes back unresolved with its candidates.

Division codes: GB/T 2260 to county level, below it the statistical bureau's (`transform.reference`).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple, Self

from opencc import OpenCC

from transform.reference import Alias, Division, Zone, aliases, divisions, vocabulary, zones

AgencyType = Literal["gov", "gov_office", "dept", "street", "township", "zone"]

# generic: 城区, 郊区 and their like, which many cities have or had; stem: without 市, 区, …;
# dissolved: of a place whose government is no more, in the years it had one; merged: the same name pointing to its
# successor, a candidate where no year is known or the place had no code of its own, but never that agency.
NameForm = Literal["full", "generic", "dissolved", "merged", "stem"]

CENTRAL = "000000000000"


@dataclass(frozen=True, slots=True)
class Agency:
    """One public body.

    ``agency_id`` is the 12-digit division code for governments, townships, streets and zones that have one of
    their own; any other body is ``<code of its government>-<its name without the place>``, in Han characters.
    """

    agency_id: str
    division_code: str
    name: str
    level: int  # 0 central, 1 province, 2 prefecture, 3 county, 4 township
    type: AgencyType
    province: str
    prefecture: str
    county: str
    parent_id: str | None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a name resolved to: an agency, or None with the agencies it might be, and why in one line."""

    agency: Agency | None
    candidates: tuple[Agency, ...]
    evidence: str


class _Name(NamedTuple):
    code: str
    form: NameForm
    first: int
    last: int


class _Place(NamedTuple):
    code: str  # '' before anything has matched
    end: int
    form: Literal["full", "stem"]
    unique: bool
    zone: str = ""  # the name of a zone of the place, which has no code of its own


class _Reading(NamedTuple):
    agency: Agency
    matched: int  # characters of the name explained by divisions
    sure: bool


_ANY_YEAR = (0, 9999)
_NO_YEAR = (1, 0)  # only where no year is known
_UNIT_SUFFIX = re.compile(r"(?<=.)(?:街道|地区|镇|乡|苏木)$")
_STREET = re.compile(r"([\u4e00-\u9fff]{2,4}?)街道(?:办事处)?")
# Zones whose names the State Council gave them.
_DISTINCT = ("national_economic_zone", "national_high_tech_zone", "national_new_area")
_MASKED = re.compile(r"[某×*]|(?i:xx)")  # a name made unreadable on purpose
_IN_BOTH = set("乾著藉夥覆")
_GENERIC = {"街道", "地区", "苏木", "办事处"}
# 成都市场监管局 is 成都 + 市场监管局, not 成都市 + 场监管局.
_SPLIT_WORD = re.compile(r"场监|政市容|政工程|政管理|政公用|容管理")
# A second name of the same body: 财政局(国资办). A branch is another body: 规划局(大兴分局).
_SECOND_NAME = re.compile(r"(?<=.)\([^()]*(?:(?<!分)局|委|办|厅|委员会|办公室|中心|开发区|管委会)\)")
_UNKNOWN_PLACE = re.compile(r"[^局委办厅院队]{0,6}?(?:[区县市旗镇乡]|街道|苏木).")


class Directory:
    """All divisions and the rules of agency names. Get the one instance from `Directory.load`.

    `asked` are the names and sites it was asked about since someone cleared it: what is made of them depends on them.
    """

    def __init__(self, more: Iterable[Alias] = ()) -> None:
        self._words = vocabulary()
        self._divisions: dict[str, Division] = {}  # with the nearest real place as parent
        self._names: dict[str, list[_Name]] = {}
        self._units: dict[str, list[str]] = {}  # township-level name → codes
        self._unit_stems: dict[str, list[str]] = {}  # county → names of its units without their kind
        self._listed: dict[str, list[str]] = {}  # the same, of units that are no town or street, without 管委会
        self._zones: dict[tuple[str, str], list[str]] = {}  # (place, zone's name without it) → codes
        self._uncoded: dict[str, list[Zone]] = {}  # zone's name → zones without a code of their own
        self._zones_under: dict[str, list[Zone]] = {}  # code of their place → the same
        self._official: dict[str, str] = {}  # code → official name, where it is not the statistical one
        self._sites: dict[str, str] = {}  # name or host of a site → id of the agency whose it is
        self._by_name: dict[str, str] = {}  # complete agency name → agency id
        self._with_counties: set[str] = set()
        self._is_department = _suffix(self._words["department"])
        whole = "|".join(self._words["whole_department"])
        self._two_departments = re.compile(rf".+(?:{whole}).+(?<!分)(?:{whole}|委)$")
        self._not_department = _suffix(self._words["not_department"])
        self._zone_name = _suffix(self._words["zone"])
        self._managed = _suffix(self._words["management"])
        self._zone_ends = (*self._words["zone"], *self._words["management"])
        self._zone_head = re.compile("|".join(self._words["zone_head"]))
        self._not_a_place = re.compile("|".join(self._words["not_a_place"]))
        self._head = re.compile(f"({'|'.join(self._words['head'])})?(.+)")
        shorts = self._words["zone_short"]
        self._zone_full = {short: full for full, short in shorts.items() if list(shorts.values()).count(short) == 1}
        self._read_divisions()
        self._read_zones()
        for row in (*aliases(), *more):
            self._read_alias(row)
        self._begin = {
            *self._names,
            *self._uncoded,
            *(name for _, name in self._zones),
        }  # what a name can begin or go on with
        self._longest = max(map(len, self._begin))
        # A report names its agency in title, preamble, signature and metadata.
        self._resolved = lru_cache(maxsize=4096)(self._resolve)
        self.asked: set[str] = set()
        # One name is asked about for every place it may begin with.
        self._unit_forms = lru_cache(maxsize=4096)(self._listed_forms)

    @classmethod
    @lru_cache(maxsize=2)
    def load(cls, more: tuple[Alias, ...] = ()) -> Self:
        """The directory of the shipped reference data and `more` names of a store; read once per process."""
        return cls(more)

    def resolve(self, name: str, *, context_code: str | None = None, year: int | None = None) -> Resolution:
        """The agency that ``name`` means, or None and the candidates.

        ``context_code`` is the 12-digit code of a division known to contain the agency (the site's, say): it
        settles ambiguity and completes names without their place, but never overrules a place that is named.
        ``year``, a report year, limits former names of divisions to their time. Never raises for any name.
        """
        self.asked.add(name)
        return self._resolved(name, context_code, year)

    def _resolve(self, name: str, context_code: str | None, year: int | None) -> Resolution:
        printed = _SECOND_NAME.sub("", re.sub(r"\s", "", unicodedata.normalize("NFKC", name)))
        if printed in self._by_name:
            return Resolution(self.agency(self._by_name[printed]), (), "listed name")
        printed = printed.removeprefix("中华人民共和国")
        for head in self._words["vertical_head"]:
            if printed.startswith(head) and (branch := self._vertical(head, printed.removeprefix(head), year)):
                return branch
        # Conversion also damages correct names (乾县 → 干县), so the printed form is read as well.
        forms = dict.fromkeys((printed, simplified(printed)))
        readings = max((list(self._readings(form, year)) for form in forms), key=_longest)
        if not readings and context_code:
            return self._settle(list(self._read_in_context(simplified(printed), context_code)), context_code)
        found = self._settle(readings, context_code)
        return self._settle_listed(found, simplified(printed), context_code) if found.agency else found

    def owner_of(self, site: str) -> Agency | None:
        """The agency whose site this is, by the site's name or host, as far as a store has settled it."""
        self.asked.add(site)
        return self.agency(self._sites[site]) if site in self._sites else None

    def knows(self, agency_id: str) -> bool:
        """Whether `agency` has an answer for an id."""
        code, _, body = agency_id.partition("-")
        return code in self._divisions or (code == CENTRAL and bool(body))

    def agency(self, agency_id: str) -> Agency:
        """The agency of an id. Raises KeyError when its division code is unknown."""
        code, _, body = agency_id.partition("-")
        return self._body(code, body) if body else self._government(code)

    # --- resolving ---------------------------------------------------------------------------------------

    def _readings(self, name: str, year: int | None) -> Iterator[_Reading]:
        for place in self._places(name, year):
            yield from self._read(place, name)

    def _settle(self, readings: list[_Reading], context: str | None) -> Resolution:
        """The agency that explains most of the name, if there is only one and nothing makes it doubtful."""
        if not readings:
            return Resolution(None, (), "no division or body of this name")
        longest = _longest(readings)
        sure: dict[Agency, bool] = {}
        for reading in readings:
            if reading.matched == longest:
                sure[reading.agency] = sure.get(reading.agency, False) or reading.sure
        candidates = sorted(sure, key=lambda agency: agency.agency_id)
        if len(candidates) > 1 and context:
            within = [agency for agency in candidates if self._within(agency.division_code, context)]
            candidates = within if len(within) == 1 else candidates
        if len(candidates) == 1 and sure[candidates[0]]:
            return Resolution(candidates[0], (), f"read as {candidates[0].name}")
        reason = "several places of this name" if len(candidates) > 1 else "only a similar name is known"
        return Resolution(None, tuple(candidates), reason)

    def _settle_listed(self, found: Resolution, name: str, context: str | None) -> Resolution:
        """A farm, bureau or zone listed by just this name among the townships may be meant instead.

        It is, where it lies in the place the name begins with (延吉市林业局); elsewhere the name is anyone's (东城区).
        """
        assert found.agency
        units = self._listed.get(self._managed.sub("", name), [])
        if not units or found.agency.agency_id in units:
            return found
        inside = [unit for unit in units if self._within(unit, found.agency.division_code)]
        if len(units) == len(inside) == 1 and "-" in found.agency.agency_id:
            return Resolution(self._government(units[0]), (), f"listed as {name}")
        candidates = sorted({found.agency, *map(self._government, units)}, key=lambda agency: agency.agency_id)
        within = [agency for agency in candidates if context and self._within(agency.division_code, context)]
        if len(within) == 1:
            return Resolution(within[0], (), f"read as {within[0].name}")
        return Resolution(None, tuple(candidates), "several places of this name")

    def _vertical(self, head: str, rest: str, year: int | None) -> Resolution | None:
        """A branch of a vertically managed body, named by its place with or without suffix; None where it is none."""
        for word in sorted(self._words["vertical_department"], key=len, reverse=True):
            if rest.endswith(word) and rest != word:
                place = rest.removesuffix(word)
                break
        else:
            return None
        found = self._resolve(place, None, year)
        governments = [a for a in (found.agency, *found.candidates) if a and "-" not in a.agency_id]
        codes = {agency.agency_id for agency in governments} or {
            known.code for known in self._names.get(place, ()) if known.form == "stem"
        }
        body = word if self._words["vertical_body"].get(word) == head else head + word
        branches = tuple(self._body(code, body) for code in sorted(codes))
        if len(branches) == 1 and (found.agency or not governments):
            return Resolution(branches[0], (), f"read as {branches[0].name}")
        return Resolution(None, branches, "several places of this name" if branches else "no division of this name")

    def _places(self, name: str, year: int | None) -> list[_Place]:
        """Every chain of nested divisions that ``name`` can begin with, the empty chain first."""
        found = [_Place("", 0, "full", True)]
        for place in found:  # grows while it is walked: each chain is extended in turn
            for end in range(min(len(name), place.end + self._longest), place.end + 1, -1):
                piece = name[place.end : end]
                if piece not in self._begin:
                    continue
                rest = name[end:]
                if piece.endswith("市") and _SPLIT_WORD.match(rest):
                    continue
                coded = self._zones.get((place.code, piece), ())
                found.extend(_Place(zone, end, "full", place.unique) for zone in coded)
                found.extend(self._uncoded_places(place, piece, end))
                names = [
                    known
                    for known in self._names.get(piece, ())
                    if self._within(known.code, place.code)
                    and known.code != place.code
                    and (known.form != "dissolved" if year is None else known.first <= year <= known.last)
                ]
                stems = sum(known.form == "stem" for known in names)
                for known in names:
                    if known.form != "stem":
                        unique = known.form in {"full", "dissolved"} or (known.form == "generic" and bool(place.code))
                        found.append(_Place(known.code, end, "full", unique))
                    elif self._stem_may_stand(known, place, rest):
                        found.append(_Place(known.code, end, "stem", stems == 1))
        return found

    def _uncoded_places(self, place: _Place, piece: str, end: int) -> Iterator[_Place]:
        """A zone without a code of its own: of the place that is named, else the only one of its name in reach."""
        if place.zone:
            return
        inside = [zone for zone in self._uncoded.get(piece, ()) if self._within(zone.code, place.code)]
        own = [zone for zone in inside if zone.code == place.code]
        for zone in own or (inside if len(inside) == 1 and piece not in self._names else ()):
            # Many cities have an eastern new area: without its place only a name of its own kind is sure.
            distinct = (
                zone.level == 2 or zone.kind in _DISTINCT or piece.startswith(_stem(self._divisions[zone.code].name))
            )
            yield _Place(zone.code, end, "full", zone in own or distinct, zone.zone)

    def _stem_may_stand(self, known: _Name, above: _Place, rest: str) -> bool:
        """A county is named without its suffix only before the name of its zone: 浙江|乐清|经济开发区.

        Without the places above it, that zone must be one we know.
        """
        if self._divisions[known.code].level < 3:
            return bool(rest)
        listed = (name for zone in self._zones_under.get(known.code, ()) for name in (zone.zone, *zone.short))
        return any(map(rest.startswith, listed)) or bool(above.code and self._zone_head.match(rest))

    def _read(self, place: _Place, name: str) -> Iterator[_Reading]:
        """What the rest of ``name`` may mean after ``place``."""
        rest = name[place.end :]
        if place.zone:
            yield from self._read_zone(place, rest)
            return
        if not place.code:
            yield from self._units_anywhere("", rest, 0)
            return
        if self._is_government(place, rest):
            yield _Reading(self._government(place.code), place.end, place.unique)
            return
        if self._has_units(place.code):
            yield from self._bodies_of_units(place.code, rest, place.end)
        if rest in self._words["office"]:
            yield _Reading(self._body(place.code, self._body_name(rest)), place.end, self._sure(place, rest))
            return
        # Streets and departments are often named after their government: 龙岗区人民政府平湖街道办事处.
        lead = next((w for w in ("人民政府", *self._management_of(place.code)) if rest.startswith(w)), "")
        below = rest.removeprefix(lead)
        beside = below.lstrip("、,/和暨")
        if lead and self._managed.search(beside) and self._names_a_place(beside):
            # Two bodies under one roof (…人民政府 …开发区管委会): the government stands for both.
            yield _Reading(self._government(place.code), place.end, place.unique)
            return
        if self._has_units(place.code):
            for unit, length in self._units_within(place.code, below):
                yield _Reading(self._government(unit), place.end + length, place.unique)
            yield from self._near_units(place.code, below, place.end)
            if place.form == "full" and place.unique and (street := self._unlisted_street(place.code, below)):
                yield _Reading(self._body(place.code, street), place.end, True)
        else:
            yield from self._units_anywhere(place.code, below, place.end)
        if body := self._body_name(below):
            yield _Reading(self._body(place.code, body), place.end, self._sure(place, below))

    def _read_zone(self, place: _Place, rest: str) -> Iterator[_Reading]:
        """What may follow the name of a zone without a code: its administration, an organ of it, a town in it."""
        management = self._words["management"]
        if not rest or rest in management or rest in self._words["government"]:
            title = next(iter(management))
            yield _Reading(self._body(place.code, place.zone + title), place.end, place.unique)
            return
        lead = next((word for word in sorted(management, key=len, reverse=True) if rest.startswith(word)), "")
        organ = rest.removeprefix(lead)
        for unit, length in self._units_within(place.code, organ):
            yield _Reading(self._government(unit), place.end + len(lead) + length, place.unique)
        if body := self._body_name(organ):
            yield _Reading(self._body(place.code, place.zone + body), place.end, place.unique)

    def _sure(self, place: _Place, body: str) -> bool:
        """A body below a place without its suffix (宿迁发改局) is sure only for its zones: 亳州|高新区; and for bodies
        that are named so: 南京|海关.
        """
        named_so = self._zone_head.match(body) or body in self._words["stem_body"]
        return place.unique and (place.form == "full" or bool(named_so))

    def _read_in_context(self, name: str, context: str) -> Iterator[_Reading]:
        """A name without its place (区统计局): the nearest place of that kind around the context."""
        match = self._head.fullmatch(name)
        code = context if context in self._divisions else ""
        while match and code:
            head = match[1] or ""
            if self._divisions[code].name.endswith(head):
                place = _Place(code, len(name) - len(match[2]), "full", True)
                rest = match[2]
                if head and self._is_government(place, rest):
                    yield _Reading(self._government(code), 0, True)
                elif body := self._body_name(rest):
                    yield _Reading(self._body(code, body), 0, True)
                return
            code = self._divisions[code].parent

    def _is_government(self, place: _Place, rest: str) -> bool:
        if not rest:
            return place.form == "full"
        return rest in self._words["management" if self._is_zone(place.code) else "government"]

    def _management_of(self, code: str) -> Iterable[str]:
        return self._words["management"] if self._is_zone(code) else ()

    def _body_name(self, rest: str) -> str:
        """The name of a department, office or zone as its id carries it, '' when ``rest`` is none."""
        if rest in self._words["office"]:
            return self._words["office"][rest]
        if rest in self._words["stem_body"]:
            return rest
        if self._not_department.search(rest) or _UNKNOWN_PLACE.match(self._not_a_place.sub("", rest)):
            return ""
        if (
            self._two_departments.match(rest)
            or _MASKED.search(rest)
            or any(word in rest for word in self._words["furniture"])
        ):
            return ""  # two names run together, or words of a site
        zone = self._managed.sub("", rest)
        if self._zone_name.search(zone):
            for short, full in self._zone_full.items():
                zone = zone.removesuffix(short) + full if zone.endswith(short) else zone
            return simplified(zone) + next(iter(self._words["management"]))
        if self._is_department.search(rest):
            return simplified(self._with_full_zone(rest))
        return ""

    def _with_full_zone(self, rest: str) -> str:
        """An organ of a zone by the zone's full name: 高新区财政局 is 高新技术产业开发区财政局."""
        for short, full in self._zone_full.items():
            if rest.startswith(short):
                return full + rest.removeprefix(short)
        return rest

    # --- township-level units ----------------------------------------------------------------------------

    def _units_within(self, code: str, rest: str) -> list[tuple[str, int]]:
        """(code, length of its name) of the unit that ``rest`` names exactly in a county."""
        for form, length in self._unit_forms(rest):
            if form in self._units and (found := [unit for unit in self._units[form] if self._within(unit, code)]):
                return [(unit, length) for unit in found]
        return []

    def _listed_forms(self, rest: str) -> tuple[tuple[str, int], ...]:
        """``rest`` as a unit may be listed, most literal first. 街道办事处 is never dropped as one suffix."""
        bare = [rest]
        for word in (*self._words["government"], "办事处", *self._words["management"]):
            if rest.endswith(word) and rest != word:
                bare.append(rest.removesuffix(word))
        if rest.endswith("街道办"):
            bare.append(rest.removesuffix("办"))
        found = []
        for form in bare:
            if form in _GENERIC or len(form) < 2:
                continue
            length = len(form)
            found.append((form, length))
            if form.endswith("街"):
                found.append((form + "道", length))
            if rest == form + "办事处" and not _UNIT_SUFFIX.search(form):
                found.append((form + "街道", length))
        return tuple(found)

    def _near_units(self, code: str, rest: str, end: int, exact: tuple[str, ...] = ()) -> Iterator[_Reading]:
        """Units that differ in kind only (a 镇 that is listed as 街道): candidates, never an answer."""
        if not exact and self._units_within(code, rest):
            return
        for form, length in self._unit_forms(rest):
            stem = _UNIT_SUFFIX.sub("", form)
            if stem == form or (form.endswith("地区") and form + "办事处" != rest):
                continue  # 喀什地区 is a prefecture
            for suffix in ("街道", "镇", "乡", "苏木", "地区"):
                for unit in self._units.get(stem + suffix, ()):
                    if unit not in exact and self._within(unit, code):
                        yield _Reading(self._government(unit), end + length, False)

    def _unlisted_street(self, code: str, rest: str) -> str:
        """The name of a street office of a county that the table of 2023 does not list, "" for none.

        New ones are set up every year, above all in zones. It is none if the county has a unit of nearly this name:
        that one is meant, by an older name or with a character wrong.
        """
        match = _STREET.fullmatch(rest)
        if not match or _MASKED.search(rest):
            return ""
        name = match[1]
        for unit in self._unit_stems.get(code, ()):
            if len(unit) == len(name) and sum(a != b for a, b in zip(unit, name, strict=True)) <= 1:
                return ""
            if unit in name or name in unit:
                return ""
        return f"{name}街道办事处"

    def _units_anywhere(self, code: str, rest: str, end: int) -> Iterator[_Reading]:
        """A town whose county is not named: sure only if nothing in reach has even a similar name.

        Units of another kind are similar: else a town that has since become a street would be taken for its
        last remaining namesake.
        """
        exact = [(unit, length) for unit, length in self._units_within(code, rest) if self._unit_type(unit) != "zone"]
        for unit, length in exact:
            yield _Reading(self._government(unit), end + length, True)
        yield from self._near_units(code, rest, end, tuple(unit for unit, _ in exact))

    def _bodies_of_units(self, code: str, rest: str, end: int) -> Iterator[_Reading]:
        """Departments below a town: 庞各庄镇|党政办公室."""
        for length in range(len(rest) - 2, 1, -1):
            for unit in self._units.get(rest[:length], ()):
                if not self._within(unit, code) or self._unit_type(unit) == "zone":
                    continue
                for word in ("", *self._words["government"], "办事处"):
                    tail = rest[length:]
                    if tail.startswith(word) and (body := self._body_name(tail.removeprefix(word))):
                        yield _Reading(self._body(unit, body), end + length, True)

    def _has_units(self, code: str) -> bool:
        """Whether townships lie directly below: a county, or a city without districts."""
        return self._divisions[code].level == 3 or (
            self._divisions[code].level == 2 and code not in self._with_counties
        )

    def _names_a_place(self, text: str) -> bool:
        return any(text[:end] in self._names for end in range(2, len(text)))

    # --- building agencies -------------------------------------------------------------------------------

    def _government(self, code: str) -> Agency:
        division = self._divisions[code]
        kind: AgencyType = "gov"
        if division.level == 4:
            kind = self._unit_type(code)
        elif self._is_zone(code):
            kind = "zone"
        return Agency(
            agency_id=code,
            division_code=code,
            name=self._place_name(code) + self._title_of(self._official_name(code), kind),
            level=division.level,
            type=kind,
            parent_id=division.parent or None,
            **self._place_fields(code),
        )

    def _body(self, code: str, body: str) -> Agency:
        kind: AgencyType = "dept"
        if body in self._words["office"]:
            kind = "gov_office"
        elif self._managed.search(body) and self._zone_name.search(self._managed.sub("", body)):
            kind = "zone"
        if body.endswith(("街道", "街道办事处")):
            kind = "street"
        if code == CENTRAL:
            return Agency(f"{code}-{body}", code, body, 0, kind, "", "", "", None)
        zone = self._zone_of(code, body)
        parent = code
        if zone:
            administration = zone.zone + next(iter(self._words["management"]))
            kind = "zone" if body == administration else kind
            parent = code if body == administration else f"{code}-{administration}"
        elif head := next((h for word, h in self._words["vertical_body"].items() if body == word), ""):
            parent = f"{CENTRAL}-{head}"
        level = zone.level if zone else self._divisions[code].level
        return Agency(
            agency_id=f"{code}-{body}",
            division_code=code,
            name=self._name_of_body(code, body, in_zone=bool(zone)),
            level=4 if kind == "street" else level,
            type=kind,
            parent_id=parent,
            **self._place_fields(code),
        )

    def _zone_of(self, code: str, body: str) -> Zone | None:
        """The zone without a code that a body is the administration or an organ of."""
        fitting = [zone for zone in self._zones_under.get(code, ()) if body.startswith(zone.zone)]
        return max(fitting, key=lambda zone: len(zone.zone), default=None)

    def _name_of_body(self, code: str, body: str, *, in_zone: bool) -> str:
        """A body's full name: with its place before it, unless the name of its zone begins with that (大连金普新区)."""
        head = next((word for word in self._words["vertical_head"] if body.startswith(word)), "")
        if head:
            return head + self._place_name(code) + body.removeprefix(head)
        own = self._divisions[code].name
        if in_zone and body.startswith(_stem(own)):
            return self._place_name(code).removesuffix(own) + body
        return self._place_name(code) + body

    def _lineage(self, code: str) -> list[str]:
        """The division and all above it, highest first."""
        codes = [code]
        while parent := self._divisions[codes[0]].parent:
            codes.insert(0, parent)
        return codes

    def _official_name(self, code: str) -> str:
        return self._official.get(code, self._divisions[code].name)

    def _place_fields(self, code: str) -> dict[str, str]:
        names = {self._divisions[part].level: self._divisions[part].name for part in self._lineage(code)}
        return {"province": names[1], "prefecture": names.get(2, ""), "county": names.get(3, "")}

    def _place_name(self, code: str) -> str:
        lineage = self._lineage(code)
        zones = "".join(self._divisions[part].name for part in lineage if self._is_zone(part))
        # Zones carry the place in their names: 江苏省|徐州经济技术开发区, not 徐州市徐州经济技术开发区.
        return "".join(
            self._official_name(part)
            for part in lineage
            if self._is_zone(part) or self._divisions[part].level == 1 or _stem(self._divisions[part].name) not in zones
        )

    def _title_of(self, name: str, kind: AgencyType) -> str:
        if kind == "zone":
            return next(iter(self._words["management"])) if self._zone_name.search(name) else ""
        if name.endswith(("会", "办事处")):
            return ""
        if kind == "street":
            return "办事处"
        return "行政公署" if re.search(r"盟$|地区$", name) and kind == "gov" else "人民政府"

    def _unit_type(self, code: str) -> AgencyType:
        name = self._official_name(code)
        if name.endswith(("街道", "办事处", "地区")):
            return "street"
        return "township" if name.endswith(("镇", "乡", "苏木")) else "zone"

    def _is_zone(self, code: str) -> bool:
        """Statistical zones of county rank bear 7x in the county digits (not in GB/T 2260)."""
        level = self._divisions[code].level
        return code[4] == "7" if level == 3 else level == 4 and self._unit_type(code) == "zone"

    def _within(self, code: str, above: str) -> bool:
        if not above:
            return True
        division = self._divisions.get(above)
        length = 9 if division and division.level == 4 else 2 * division.level if division else 12
        return code.startswith(above[:length])

    # --- reading the reference data ----------------------------------------------------------------------

    def _read_divisions(self) -> None:
        placeholders: dict[str, str] = {}
        for row in divisions():
            code, name = row.code, row.name
            parent = placeholders.get(row.parent, row.parent)
            if row.level < 4 and (
                name in self._words["placeholder"] or (parent and self._divisions[parent].name == name)
            ):
                # Codes that only make the levels even (市辖区; 嘉峪关市 below 嘉峪关市) are no places.
                placeholders[code] = parent
                continue
            self._divisions[code] = row if parent == row.parent else row._replace(parent=parent)
            if row.level == 4:
                self._read_unit(code, name)
            else:
                self._read_upper(code, name, row.level, parent)
        self._read_short_forms()

    def _read_upper(self, code: str, name: str, level: int, parent: str) -> None:
        if level == 3:
            self._with_counties.add(parent)
        # 城区, 郊区, 东区 are, or were, districts of many cities: they stand alone for none.
        self._add(name, code, "generic" if len(name) == 2 and name.endswith("区") else "full")
        if self._is_zone(code):
            self._add_zone(name, code)
        elif (stem := _stem(name)) != name:
            self._add(stem, code, "stem")

    def _read_unit(self, code: str, name: str) -> None:
        if "（" in name:
            name = unicodedata.normalize("NFKC", name)
        if name.endswith("街道办事处"):
            name = name.removesuffix("办事处")
        self._units.setdefault(name, []).append(code)
        self._unit_stems.setdefault(self._divisions[code].parent, []).append(_UNIT_SUFFIX.sub("", name))
        if code[6] in "45":
            self._listed.setdefault(self._managed.sub("", name), []).append(code)
        if name.endswith(self._zone_ends):
            self._add_zone(name, code)

    def _read_short_forms(self) -> None:
        """Autonomous places without the peoples, 恩施土家族苗族自治州 → 恩施州, 恩施自治州."""
        people = "|".join(sorted(self._words["ethnic"], key=len, reverse=True))
        long_form = re.compile(rf"(.{{2,}}?)(?:{people})+(?:自治)?([区州县旗乡镇])")
        found: dict[str, list[str]] = {}
        for code, division in self._divisions.items():
            may_be_long = "族" in division.name or "自治" in division.name
            match = long_form.fullmatch(division.name) if may_be_long else None
            if not match:
                continue
            short = match[1] + match[2]
            if division.level < 4:
                self._add(match[1], code, "stem")
                found.setdefault(f"{match[1]}自治{match[2]}", []).append(code)
                if match[2] != "区":
                    found.setdefault(short, []).append(code)
            elif not any(self._within(unit, division.parent) for unit in self._units.get(short, ())):
                self._units.setdefault(short, []).append(code)
        for short, codes in found.items():
            if short not in self._names and len(codes) == 1:
                self._add(short, codes[0], "full")

    def _add_zone(self, name: str, code: str) -> None:
        """List a zone under the place its name begins with, by the rest of its name, also shortened (高新区).

        Only under that place: the 经济开发区 of a county is not the one of its city.
        """
        inner = self._managed.sub("", name)
        owner = ""
        for above in self._lineage(code)[:-1]:
            full = self._divisions[above].name
            for part in (full, _stem(full)):
                if inner.startswith(part) and inner != part:
                    inner, owner = inner.removeprefix(part), above
                    break
        for full, short in {**self._words["zone_short"], "": ""}.items():
            if inner.endswith(full):
                key = (owner or self._divisions[code].parent, inner.removesuffix(full) + short)
                self._zones.setdefault(key, []).append(code)

    def _read_zones(self) -> None:
        for zone in zones():
            self._zones_under.setdefault(zone.code, []).append(zone)
            for name in (zone.zone, *zone.short):
                self._uncoded.setdefault(name, []).append(zone)

    def _read_alias(self, row: Alias) -> None:
        if row.kind == "agency":
            self._by_name[row.alias] = row.code
        elif row.kind == "site":
            self._sites[row.alias] = row.code
        elif row.kind == "unit":
            self._read_unit(row.code, row.alias)
        elif row.kind == "official":
            self._official[row.code] = row.alias
            self._units.setdefault(row.alias, []).append(row.code)
        else:
            years = int(row.valid_from or _ANY_YEAR[0]), int(row.valid_to or _ANY_YEAR[1])
            if row.former_code:
                self._add_dissolved(row.alias, row.former_code, years)
                years = _NO_YEAR
            self._add(row.alias, row.code, "merged" if row.kind == "merged" else "full", years)

    def _add_dissolved(self, name: str, code: str, years: tuple[int, int]) -> None:
        """A county that is in the table no more keeps its own code, so that its reports are not its successor's."""
        above = (code[:4] + "00000000", code[:2] + "0000000000")
        self._divisions[code] = Division(code, name, 3, next(part for part in above if part in self._divisions))
        self._add(name, code, "dissolved", years)

    def _add(
        self,
        name: str,
        code: str,
        form: NameForm,
        years: tuple[int, int] = _ANY_YEAR,
    ) -> None:
        self._names.setdefault(name, []).append(_Name(code, form, *years))


@lru_cache(maxsize=4096)
def simplified(text: str) -> str:
    """``text`` in simplified script, for comparing only; what a report prints is never changed.

    A text whose only characters to convert are in use in both scripts (乾安县) is in simplified script already.
    """
    converted: str = _to_simplified().convert(text)
    if len(converted) == len(text) and {a for a, b in zip(text, converted, strict=True) if a != b} <= _IN_BOTH:
        return text
    return converted


@lru_cache(maxsize=1)
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def _longest(readings: list[_Reading]) -> int:
    return max((reading.matched for reading in readings), default=-1)


def _suffix(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(f"(?<=.)(?:{'|'.join(sorted(words, key=len, reverse=True))})$")


def _stem(name: str) -> str:
    """A division's name without its kind, kept whole where fewer than two characters would remain."""
    return re.sub(r"(?<=..)(?:自治区|地区|[省市区县州盟旗])$", "", name)
