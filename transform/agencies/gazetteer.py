"""Which places there are, by what names, and how they lie in each other."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal, NamedTuple

from transform.agencies.agency import AgencyType
from transform.agencies.wording import Wording, stem
from transform.reference import Alias, Division, Zone, aliases, divisions, zones

# generic: 城区, 郊区 and their like, which many cities have or had; stem: without 市, 区, …;
# dissolved: of a place whose government is no more, in the years it had one; merged: the same name pointing to its
# successor, a candidate where no year is known or the place had no code of its own, but never that agency.
NameForm = Literal["full", "generic", "dissolved", "merged", "stem"]

_ANY_YEAR = (0, 9999)
_NO_YEAR = (1, 0)  # only where no year is known


class Name(NamedTuple):
    """A place that bears a name, in which form, and in which report years."""

    code: str
    form: NameForm
    first: int
    last: int


class Gazetteer:
    """All divisions, zones and their names, from the reference data and the aliases of a store."""

    def __init__(self, wording: Wording, more: Iterable[Alias] = ()) -> None:
        self._wording = wording
        self._words = wording.words
        self.divisions: dict[str, Division] = {}  # with the nearest real place as parent
        self.names: dict[str, list[Name]] = {}
        self.units: dict[str, list[str]] = {}  # township-level name → codes
        self.units_in: dict[str, list[tuple[str, str]]] = {}  # county → names and codes of its units
        self.listed: dict[str, list[str]] = {}  # the same, of units that are no town or street, without 管委会
        self.zones: dict[tuple[str, str], list[str]] = {}  # (place, zone's name without it) → codes
        self.uncoded: dict[str, list[Zone]] = {}  # zone's name → zones without a code of their own
        self.zones_under: dict[str, list[Zone]] = {}  # code of their place → the same
        self._official: dict[str, str] = {}  # code → official name, where it is not the statistical one
        self.sites: dict[str, str] = {}  # name or host of a site → id of the agency whose it is
        self.by_name: dict[str, str] = {}  # complete agency name → agency id
        self._with_counties: set[str] = set()
        self._zone_ends = (*wording.words["zone"], *wording.words["management"])
        self._read_divisions()
        self._read_zones()
        for row in (*aliases(), *more):
            self._read_alias(row)
        self.great_zones = tuple(zone.zone for under in self.zones_under.values() for zone in under if zone.level == 2)
        # What a name can begin or go on with.
        self.begin = {*self.names, *self.uncoded, *(name for _, name in self.zones)}
        self.longest = max(map(len, self.begin))

    def has_units(self, code: str) -> bool:
        """Whether townships lie directly below: a county, or a city without districts."""
        return self.divisions[code].level == 3 or (self.divisions[code].level == 2 and code not in self._with_counties)

    def names_a_place(self, text: str) -> bool:
        """Whether a text begins with the name of a place, and goes on."""
        return any(text[:end] in self.names for end in range(2, len(text)))

    def lineage(self, code: str) -> list[str]:
        """The division and all above it, highest first."""
        codes = [code]
        while parent := self.divisions[codes[0]].parent:
            codes.insert(0, parent)
        return codes

    def official_name(self, code: str) -> str:
        """The name a place has itself, where the statistical table has another."""
        return self._official.get(code, self.divisions[code].name)

    def unit_type(self, code: str) -> AgencyType:
        """What governs a unit below a county, by its name."""
        name = self.official_name(code)
        if name.endswith(("街道", "办事处", "地区")):
            return "street"
        return "township" if name.endswith(("镇", "乡", "苏木")) else "zone"

    def is_zone(self, code: str) -> bool:
        """Statistical zones of county rank bear 7x in the county digits (not in GB/T 2260)."""
        level = self.divisions[code].level
        return code[4] == "7" if level == 3 else level == 4 and self.unit_type(code) == "zone"

    def within(self, code: str, above: str) -> bool:
        """Whether a division is another one or lies in it; everything lies in ""."""
        if not above:
            return True
        division = self.divisions.get(above)
        length = 9 if division and division.level == 4 else 2 * division.level if division else 12
        return code.startswith(above[:length])

    def zone_of(self, code: str, body: str) -> Zone | None:
        """The zone without a code that a body is the administration or an organ of."""
        fitting = [zone for zone in self.zones_under.get(code, ()) if body.startswith(zone.zone)]
        return max(fitting, key=lambda zone: len(zone.zone), default=None)

    def _read_divisions(self) -> None:
        placeholders: dict[str, str] = {}
        for row in divisions():
            code, name, level, above = row
            parent = placeholders.get(above, above)
            if level < 4 and (name in self._words["placeholder"] or (parent and self.divisions[parent].name == name)):
                # Codes that only make the levels even (市辖区; 嘉峪关市 below 嘉峪关市) are no places.
                placeholders[code] = parent
                continue
            self.divisions[code] = row if parent is above else row._replace(parent=parent)
            if level == 4:
                self._read_unit(code, name, parent)
            else:
                self._read_upper(code, name, level, parent)
        self._read_short_forms()

    def _read_upper(self, code: str, name: str, level: int, parent: str) -> None:
        if level == 3:
            self._with_counties.add(parent)
        # 城区, 郊区, 东区 are, or were, districts of many cities: they stand alone for none.
        self._add(name, code, "generic" if len(name) == 2 and name.endswith("区") else "full")
        if self.is_zone(code):
            self._add_zone(name, code)
        elif (bare := stem(name)) != name:
            self._add(bare, code, "stem")

    def _read_unit(self, code: str, name: str, parent: str) -> None:
        if "（" in name:
            name = unicodedata.normalize("NFKC", name)
        if name.endswith("街道办事处"):
            name = name.removesuffix("办事处")
        self.units.setdefault(name, []).append(code)
        self.units_in.setdefault(parent, []).append((name, code))
        if code[6] in "45":
            self.listed.setdefault(self._wording.managed.sub("", name), []).append(code)
        if name.endswith(self._zone_ends):
            self._add_zone(name, code)

    def _read_short_forms(self) -> None:
        """Autonomous places without the peoples, 恩施土家族苗族自治州 → 恩施州, 恩施自治州."""
        people = "|".join(sorted(self._words["ethnic"], key=len, reverse=True))
        long_form = re.compile(rf"(.{{2,}}?)(?:{people})+(?:自治)?([区州县旗乡镇])")
        found: dict[str, list[str]] = {}
        for code, division in self.divisions.items():
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
            elif not any(self.within(unit, division.parent) for unit in self.units.get(short, ())):
                self.units.setdefault(short, []).append(code)
        for short, codes in found.items():
            if short not in self.names and len(codes) == 1:
                self._add(short, codes[0], "full")

    def _add_zone(self, name: str, code: str) -> None:
        """List a zone under the place its name begins with, by the rest of its name, also shortened (高新区).

        Only under that place: the 经济开发区 of a county is not the one of its city.
        """
        inner = self._wording.managed.sub("", name)
        owner = ""
        for above in self.lineage(code)[:-1]:
            full = self.divisions[above].name
            for part in (full, stem(full)):
                if inner.startswith(part) and inner != part:
                    inner, owner = inner.removeprefix(part), above
                    break
        for full, short in {**self._words["zone_short"], "": ""}.items():
            if inner.endswith(full):
                key = (owner or self.divisions[code].parent, inner.removesuffix(full) + short)
                self.zones.setdefault(key, []).append(code)

    def _read_zones(self) -> None:
        for zone in zones():
            self.zones_under.setdefault(zone.code, []).append(zone)
            for name in (zone.zone, *zone.short):
                self.uncoded.setdefault(name, []).append(zone)

    def _read_alias(self, row: Alias) -> None:
        if row.kind == "agency":
            self.by_name[row.alias] = row.code
        elif row.kind == "site":
            self.sites[row.alias] = row.code
        elif row.kind == "unit":
            self._read_unit(row.code, row.alias, self.divisions[row.code].parent)
        elif row.kind == "official":
            self._official[row.code] = row.alias
            self.units.setdefault(row.alias, []).append(row.code)
        else:
            years = int(row.valid_from or _ANY_YEAR[0]), int(row.valid_to or _ANY_YEAR[1])
            if row.former_code:
                self._add_dissolved(row.alias, row.former_code, years)
                years = _NO_YEAR
            self._add(row.alias, row.code, "merged" if row.kind == "merged" else "full", years)

    def _add_dissolved(self, name: str, code: str, years: tuple[int, int]) -> None:
        """A county that is in the table no more keeps its own code, so that its reports are not its successor's."""
        above = (code[:4] + "00000000", code[:2] + "0000000000")
        self.divisions[code] = Division(code, name, 3, next(part for part in above if part in self.divisions))
        self._add(name, code, "dissolved", years)

    def _add(
        self,
        name: str,
        code: str,
        form: NameForm,
        years: tuple[int, int] = _ANY_YEAR,
    ) -> None:
        self.names.setdefault(name, []).append(Name(code, form, *years))
