"""The agency an id means, with its full name and the places and bodies above it."""

import re

from transform.agencies.agency import CENTRAL, Agency, AgencyType
from transform.agencies.gazetteer import Gazetteer
from transform.agencies.wording import Wording, stem


class Roster:
    """Agencies by id; none is made twice in two ways."""

    def __init__(self, wording: Wording, places: Gazetteer) -> None:
        self._wording = wording
        self._words = wording.words
        self._places = places

    def agency(self, agency_id: str) -> Agency:
        """The agency of an id. Raises KeyError when its division code is unknown."""
        code, _, body = agency_id.partition("-")
        return self.body(code, body) if body else self.government(code)

    def knows(self, agency_id: str) -> bool:
        """Whether `agency` has an answer for an id."""
        code, _, body = agency_id.partition("-")
        return code in self._places.divisions or (code == CENTRAL and bool(body))

    def government(self, code: str) -> Agency:
        """The government, or administration, of a division."""
        division = self._places.divisions[code]
        kind: AgencyType = "gov"
        if division.level == 4:
            kind = self._places.unit_type(code)
        elif self._places.is_zone(code):
            kind = "zone"
        return Agency(
            agency_id=code,
            division_code=code,
            name=self._place_name(code) + self._title_of(self._places.official_name(code), kind),
            level=division.level,
            type=kind,
            parent_id=division.parent or None,
            **self._place_fields(code),
        )

    def body(self, code: str, body: str) -> Agency:
        """A body of a place, by its name as its id carries it."""
        kind: AgencyType = "dept"
        if body in self._words["office"]:
            kind = "gov_office"
        elif self._wording.managed.search(body) and self._wording.zone_name.search(self._wording.managed.sub("", body)):
            kind = "zone"
        if body.endswith(("街道", "街道办事处")):
            kind = "street"
        elif body.endswith(("镇人民政府", "乡人民政府")):
            kind = "township"
        if code == CENTRAL:
            return Agency(f"{code}-{body}", code, body, 0, kind, "", "", "", None)
        zone = self._places.zone_of(code, body)
        parent = code
        if zone:
            administration = zone.zone + next(iter(self._words["management"]))
            kind = "zone" if body == administration else kind
            parent = code if body == administration else f"{code}-{administration}"
        elif head := self._words["vertical_body"].get(body):
            parent = f"{CENTRAL}-{head}"
        level = zone.level if zone else self._places.divisions[code].level
        return Agency(
            agency_id=f"{code}-{body}",
            division_code=code,
            name=self._name_of_body(code, body, in_zone=bool(zone)),
            level=4 if kind in ("street", "township") else level,
            type=kind,
            parent_id=parent,
            **self._place_fields(code),
        )

    def _name_of_body(self, code: str, body: str, *, in_zone: bool) -> str:
        """A body's full name: with its place before it, unless the name of its zone begins with that (大连金普新区)."""
        head = next((word for word in self._words["vertical_head"] if body.startswith(word)), "")
        if head:
            return head + self._place_name(code) + body.removeprefix(head)
        own = self._places.divisions[code].name
        if in_zone and body.startswith(stem(own)):
            return self._place_name(code).removesuffix(own) + body
        return self._place_name(code) + body

    def _place_fields(self, code: str) -> dict[str, str]:
        names = {
            self._places.divisions[part].level: self._places.divisions[part].name for part in self._places.lineage(code)
        }
        return {"province": names[1], "prefecture": names.get(2, ""), "county": names.get(3, "")}

    def _place_name(self, code: str) -> str:
        lineage = self._places.lineage(code)
        zones = "".join(self._places.divisions[part].name for part in lineage if self._places.is_zone(part))
        # Zones carry the place in their names: 江苏省|徐州经济技术开发区, not 徐州市徐州经济技术开发区.
        return "".join(
            self._places.official_name(part)
            for part in lineage
            if self._places.is_zone(part)
            or self._places.divisions[part].level == 1
            or stem(self._places.divisions[part].name) not in zones
        )

    def _title_of(self, name: str, kind: AgencyType) -> str:
        if kind == "zone":
            return next(iter(self._words["management"])) if self._wording.zone_name.search(name) else ""
        if name.endswith(("会", "办事处")):
            return ""
        if kind == "street":
            return "办事处"
        return "行政公署" if re.search(r"盟$|地区$", name) and kind == "gov" else "人民政府"
