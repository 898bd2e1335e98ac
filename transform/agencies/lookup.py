"""The agency a printed name means."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple, Self

from transform.agencies.agency import CENTRAL, Agency, Resolution
from transform.agencies.gazetteer import Gazetteer, Name
from transform.agencies.roster import Roster
from transform.agencies.wording import MASKED, SECOND_NAME, UNIT_SUFFIX, Wording, simplified, stem
from transform.reference import Alias


class _Place(NamedTuple):
    code: str  # '' before anything has matched
    zone: str  # the name of a zone of the place, which has no code of its own; '' for none
    end: int
    form: Literal["full", "stem"]
    unique: bool


class _Reading(NamedTuple):
    agency: Agency
    matched: int  # characters of the name explained by divisions
    sure: bool


_UNIT = re.compile(
    r"(?P<street>[\u4e00-\u9fff]{2,4}?)街道(?:办事处)?"
    r"|(?P<regiment>(?:[一二三四五六七八九十〇零]{1,4}|\d{1,3})团)(?:场|镇)?"
    r"|(?P<town>[^省市区县旗委局院城乡镇]{2,5}?)(?P<kind>[镇乡])(?:人民政府|政府)?"
)
_HAN = str.maketrans("0123456789〇", "零一二三四五六七八九零")
_OF_CORPS = re.compile(r"[师团]")  # its divisions and regiments are no organs of its head office
# Zones whose names the State Council gave them.
_DISTINCT = ("national_economic_zone", "national_high_tech_zone", "national_new_area", "cooperation_zone")
_ZONE, _USUAL_ZONE = "开发区", "经济开发区"
# 成都市场监管局 is 成都 + 市场监管局, not 成都市 + 场监管局.
_SPLIT_WORD = re.compile(r"场监|政市容|政工程|政管理|政公用|容管理")


class Directory:
    """All divisions and the rules of agency names. Get the one instance from `Directory.load`.

    `asked` are the names and sites it was asked about since someone cleared it: what is made of them depends on them.
    """

    def __init__(self, more: Iterable[Alias] = ()) -> None:
        self._wording = Wording()
        self._words = self._wording.words
        self._places = Gazetteer(self._wording, more)
        self._roster = Roster(self._wording, self._places)
        # A report names its agency in title, preamble, signature and metadata.
        self._resolved = lru_cache(maxsize=4096)(self._resolve)
        self.asked: set[str] = set()

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
        printed = SECOND_NAME.sub("", re.sub(r"\s", "", unicodedata.normalize("NFKC", name)))
        if printed in self._places.by_name:
            return Resolution(self._roster.agency(self._places.by_name[printed]), (), "listed name")
        printed = printed.removeprefix("中华人民共和国")
        for head in self._words["vertical_head"]:
            if printed.startswith(head) and (branch := self._vertical(head, printed.removeprefix(head), year)):
                return branch
        for head, full in self._words["central_head"].items():
            rest = printed.removeprefix(head)
            if rest != printed and not _OF_CORPS.search(rest) and (body := self._wording.body_name(rest)):
                organ = self._roster.body(CENTRAL, full + body)
                return Resolution(organ, (), f"read as {organ.name}")
        # Conversion also damages correct names (乾县 → 干县), so the printed form is read as well.
        forms = dict.fromkeys((printed, simplified(printed)))
        readings = max((list(self._readings(form, year)) for form in forms), key=_longest)
        if not readings and context_code:
            return self._settle(list(self._read_in_context(simplified(printed), context_code)), context_code)
        found = self._settle(readings, context_code)
        return self._settle_listed(found, simplified(printed), context_code) if found.agency else found

    def knows(self, agency_id: str) -> bool:
        """Whether `agency` has an answer for an id."""
        return self._roster.knows(agency_id)

    def agency(self, agency_id: str) -> Agency:
        """The agency of an id. Raises KeyError when its division code is unknown."""
        return self._roster.agency(agency_id)

    def owner_of(self, site: str) -> Agency | None:
        """The agency whose site this is, by the site's name or host, as far as a store has settled it."""
        self.asked.add(site)
        return self._roster.agency(self._places.sites[site]) if site in self._places.sites else None

    def _readings(self, name: str, year: int | None) -> Iterator[_Reading]:
        for place in self._chains(name, year):
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
            within = [agency for agency in candidates if self._places.within(agency.division_code, context)]
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
        units = self._places.listed.get(self._wording.managed.sub("", name), [])
        if not units or found.agency.agency_id in units:
            return found
        inside = [unit for unit in units if self._places.within(unit, found.agency.division_code)]
        if len(units) == len(inside) == 1 and "-" in found.agency.agency_id:
            return Resolution(self._roster.government(units[0]), (), f"listed as {name}")
        candidates = sorted({found.agency, *map(self._roster.government, units)}, key=lambda agency: agency.agency_id)
        within = [agency for agency in candidates if context and self._places.within(agency.division_code, context)]
        if len(within) == 1:
            return Resolution(within[0], (), f"read as {within[0].name}")
        return Resolution(None, tuple(candidates), "several places of this name")

    def _vertical(self, head: str, rest: str, year: int | None) -> Resolution | None:
        """A branch of a vertically managed body, named by its place with or without suffix; None where it is none."""
        for word in sorted(self._words["vertical_department"], key=len, reverse=True):
            place, _, branch = rest.partition(word)
            if place and branch and not branch.endswith(("分局", "稽查局", "税务所")):
                place, branch = rest.removesuffix(word), ""
            if place and place != rest:
                break
        else:
            return None
        found = self._resolve(place, None, year)
        full = self._words["vertical_head"][head]
        body = (word if self._words["vertical_body"].get(word) == full else full + word) + branch
        if found.agency and found.agency.type == "zone" and "-" in found.agency.agency_id:
            zone = found.agency.agency_id.partition("-")[2].removesuffix(next(iter(self._words["management"])))
            branches: tuple[Agency, ...] = (self._roster.body(found.agency.division_code, zone + body),)
            return Resolution(branches[0], (), f"read as {branches[0].name}")
        governments = [a for a in (found.agency, *found.candidates) if a and "-" not in a.agency_id]
        codes = {agency.agency_id for agency in governments} or {
            known.code for known in self._places.names.get(place, ()) if known.form == "stem"
        }
        branches = tuple(self._roster.body(code, body) for code in sorted(codes))
        if len(branches) == 1 and (found.agency or not governments):
            return Resolution(branches[0], (), f"read as {branches[0].name}")
        return Resolution(None, branches, "several places of this name" if branches else "no division of this name")

    def _chains(self, name: str, year: int | None) -> list[_Place]:
        """Every chain of nested divisions that ``name`` can begin with, the empty chain first."""
        found = [_Place("", "", 0, "full", True)]
        for place in found:  # grows while it is walked: each chain is extended in turn
            for end in range(min(len(name), place.end + self._places.longest), place.end + 1, -1):
                piece = name[place.end : end]
                if piece not in self._places.begin:
                    continue
                rest = name[end:]
                if piece.endswith("市") and _SPLIT_WORD.match(rest):
                    continue
                coded = self._places.zones.get((place.code, piece), ())
                found.extend(_Place(zone, "", end, "full", place.unique) for zone in coded)
                found.extend(self._uncoded_places(place, piece, end))
                names = [
                    known
                    for known in self._places.names.get(piece, ())
                    if self._places.within(known.code, place.code)
                    and known.code != place.code
                    and (known.form != "dissolved" if year is None else known.first <= year <= known.last)
                ]
                stems = sum(known.form == "stem" for known in names)
                for known in names:
                    if known.form != "stem":
                        unique = known.form in {"full", "dissolved"} or (known.form == "generic" and bool(place.code))
                        found.append(_Place(known.code, "", end, "full", unique))
                    elif self._stem_may_stand(known, place, rest):
                        found.append(_Place(known.code, "", end, "stem", stems == 1))
        return found

    def _uncoded_places(self, place: _Place, piece: str, end: int) -> Iterator[_Place]:
        """A zone without a code of its own: of the place that is named, else the only one of its name in reach."""
        if place.zone:
            return
        inside = [zone for zone in self._places.uncoded.get(piece, ()) if self._places.within(zone.code, place.code)]
        own = [zone for zone in inside if zone.code == place.code]
        # 苏州|高新区 is Suzhou's, never the one of Kunshan in it.
        is_kind = piece in self._words["zone_short"] or piece in self._words["zone_short"].values()
        is_reached = len(inside) == 1 and not is_kind and piece not in self._places.names
        for zone in own or (inside if is_reached else ()):
            # Many cities have an eastern new area: without its place only a name of its own kind is sure.
            known = (stem(self._places.divisions[zone.code].name), *self._places.great_zones)
            distinct = zone.level == 2 or zone.kind in _DISTINCT or piece.startswith(known)
            yield _Place(*zone.address, end, "full", zone in own or distinct)

    def _stem_may_stand(self, known: Name, above: _Place, rest: str) -> bool:
        """A county is named without its suffix only before the name of its zone: 浙江|乐清|经济开发区.

        Without the places above it, that zone must be one we know.
        """
        if self._places.divisions[known.code].level < 3:
            return bool(rest)
        listed = (name for zone in self._places.zones_under.get(known.code, ()) for name in (zone.zone, *zone.short))
        return any(map(rest.startswith, listed)) or bool(above.code and self._wording.zone_head.match(rest))

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
            yield _Reading(self._roster.government(place.code), place.end, place.unique)
            return
        if self._places.has_units(place.code):
            yield from self._bodies_of_units(place.code, rest, place.end)
        if rest in self._words["office"]:
            yield _Reading(
                self._roster.body(place.code, self._wording.body_name(rest)), place.end, self._sure(place, rest)
            )
            return
        # Streets and departments are often named after their government: 龙岗区人民政府平湖街道办事处.
        lead = next((w for w in ("人民政府", *self._management_of(place.code)) if rest.startswith(w)), "")
        below = rest.removeprefix(lead)
        if below == "办公室" and self._places.is_zone(place.code):
            below = next(iter(self._words["management"])) + below
        beside = below.lstrip("、,/和暨")
        if lead and self._wording.managed.search(beside) and self._places.names_a_place(beside):
            # Two bodies under one roof (…人民政府 …开发区管委会): the government stands for both.
            yield _Reading(self._roster.government(place.code), place.end, place.unique)
            return
        if self._places.has_units(place.code):
            for unit, length in self._units_within(place.code, below):
                yield _Reading(self._roster.government(unit), place.end + length, place.unique)
            yield from self._near_units(place.code, below, place.end)
            if place.form == "full" and place.unique:
                yield from self._unlisted_unit(place, below)
        else:
            yield from self._units_anywhere(place.code, below, place.end)
        yield from self._bodies(place, below)

    def _bodies(self, place: _Place, rest: str) -> Iterator[_Reading]:
        """A department or zone of a place. 沛县开发区 may be the zone every county has, or another: none is sure."""
        if self._wording.managed.sub("", rest) != _ZONE:
            if body := self._wording.body_name(rest):
                yield _Reading(self._roster.body(place.code, body), place.end, self._sure(place, rest))
            return
        known = [zone for zone in self._places.zones_under.get(place.code, ()) if zone.zone.endswith(_ZONE)]
        units = [zone.unit for zone in known if zone.unit]
        title = next(iter(self._words["management"]))
        yield from (_Reading(self._roster.government(unit), place.end, False) for unit in units)
        names = (*(zone.zone for zone in known if not zone.unit), *(() if units else (_USUAL_ZONE,)))
        for name in dict.fromkeys(names):
            yield _Reading(self._roster.body(place.code, name + title), place.end, False)

    def _read_zone(self, place: _Place, rest: str) -> Iterator[_Reading]:
        """What may follow the name of a zone without a code: its administration, an organ of it, a town in it."""
        management = self._words["management"]
        if not rest or rest in management or rest in self._words["government"]:
            title = next(iter(management))
            yield _Reading(self._roster.body(place.code, place.zone + title), place.end, place.unique)
            return
        lead = next((word for word in sorted(management, key=len, reverse=True) if rest.startswith(word)), "")
        organ = rest.removeprefix(lead)
        if organ == "办公室":
            organ = next(iter(management)) + organ
        for unit, length in self._units_within(place.code, organ):
            yield _Reading(self._roster.government(unit), place.end + len(lead) + length, place.unique)
        if body := self._wording.body_name(organ):
            yield _Reading(self._roster.body(place.code, place.zone + body), place.end, place.unique)

    def _sure(self, place: _Place, body: str) -> bool:
        """A body below a place without its suffix (宿迁发改局) is sure only for its zones: 亳州|高新区; and for bodies
        that are named so: 南京|海关.
        """
        named_so = self._wording.zone_head.match(body) or body in self._words["stem_body"]
        return place.unique and (place.form == "full" or bool(named_so))

    def _read_in_context(self, name: str, context: str) -> Iterator[_Reading]:
        """A name without its place (区统计局): the nearest place of that kind around the context."""
        match = self._wording.head.fullmatch(name)
        code = context if context in self._places.divisions else ""
        while match and code:
            head = match[1] or ""
            if self._places.divisions[code].name.endswith(head):
                place = _Place(code, "", len(name) - len(match[2]), "full", True)
                rest = match[2]
                if head and self._is_government(place, rest):
                    yield _Reading(self._roster.government(code), 0, True)
                elif body := self._wording.body_name(rest):
                    yield _Reading(self._roster.body(code, body), 0, True)
                return
            code = self._places.divisions[code].parent

    def _is_government(self, place: _Place, rest: str) -> bool:
        if not rest:
            return place.form == "full"
        return rest in self._words["management" if self._places.is_zone(place.code) else "government"]

    def _management_of(self, code: str) -> Iterable[str]:
        return self._words["management"] if self._places.is_zone(code) else ()

    def _units_within(self, code: str, rest: str) -> list[tuple[str, int]]:
        """(code, length of its name) of the unit that ``rest`` names exactly in a county."""
        for form, length in self._wording.unit_forms(rest):
            if form in self._places.units and (
                found := [unit for unit in self._places.units[form] if self._places.within(unit, code)]
            ):
                return [(unit, length) for unit in found]
        return []

    def _near_units(self, code: str, rest: str, end: int, exact: tuple[str, ...] = ()) -> Iterator[_Reading]:
        """Units that differ in kind only (a 镇 that is listed as 街道): candidates, never an answer."""
        if not exact and self._units_within(code, rest):
            return
        for form, length in self._wording.unit_forms(rest):
            stem = UNIT_SUFFIX.sub("", form)
            if stem == form or (form.endswith("地区") and form + "办事处" != rest):
                continue  # 喀什地区 is a prefecture
            for suffix in ("街道", "镇", "乡", "苏木", "地区"):
                for unit in self._places.units.get(stem + suffix, ()):
                    if unit not in exact and self._places.within(unit, code):
                        yield _Reading(self._roster.government(unit), end + length, False)

    def _unlisted_unit(self, place: _Place, rest: str) -> Iterator[_Reading]:
        """A street office or town of a county that the table of 2023 does not list.

        Every year streets are set up, above all in zones, and towns merged. It is doubtful if the county has units of
        nearly this name: one may be meant, by an older name or with a character wrong.
        """
        match = _UNIT.fullmatch(rest)
        if not match or MASKED.search(rest):
            return
        if match["regiment"]:  # of the Xinjiang corps, governed as a town is
            yield _Reading(self._roster.body(place.code, match["regiment"].translate(_HAN)), place.end, True)
            return
        name = match["street"] or match["town"]
        units = self._places.units_in.get(place.code, ())
        near = [code for unit, code in units if _are_near(UNIT_SUFFIX.sub("", unit), name)]
        title = "街道办事处" if match["street"] else f"{match['kind']}人民政府"
        if not near or match["town"]:
            yield _Reading(self._roster.body(place.code, name + title), place.end, not near)
        if match["town"]:
            yield from (_Reading(self._roster.government(code), place.end, False) for code in near)

    def _units_anywhere(self, code: str, rest: str, end: int) -> Iterator[_Reading]:
        """A town whose county is not named: sure only if nothing in reach has even a similar name.

        Units of another kind are similar: else a town that has since become a street would be taken for its
        last remaining namesake.
        """
        exact = [
            (unit, length) for unit, length in self._units_within(code, rest) if self._places.unit_type(unit) != "zone"
        ]
        for unit, length in exact:
            yield _Reading(self._roster.government(unit), end + length, True)
        yield from self._near_units(code, rest, end, tuple(unit for unit, _ in exact))

    def _bodies_of_units(self, code: str, rest: str, end: int) -> Iterator[_Reading]:
        """Departments below a town: 庞各庄镇|党政办公室."""
        for length in range(len(rest) - 2, 1, -1):
            for unit in self._places.units.get(rest[:length], ()):
                if not self._places.within(unit, code) or self._places.unit_type(unit) == "zone":
                    continue
                for word in ("", *self._words["government"], "办事处"):
                    tail = rest[length:]
                    if tail.startswith(word) and (body := self._wording.body_name(tail.removeprefix(word))):
                        yield _Reading(self._roster.body(unit, body), end + length, True)


def _are_near(stem: str, name: str) -> bool:
    """Whether two names differ by a character, or one is part of the other."""
    same_length = len(stem) == len(name)
    return stem in name or name in stem or (same_length and sum(map(str.__ne__, stem, name)) <= 1)


def _longest(readings: list[_Reading]) -> int:
    return max((reading.matched for reading in readings), default=-1)
